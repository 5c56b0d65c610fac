"""The counts of all that is written of a plan, or of the plans of a ladder, hidden as one system.

A page, its charts, the workbooks, every table and the screen are read by the same people. A count
that one of them hides and another one shows, or lets be worked out, would be no secret. So all of
them read what they show from here: a plan that is a rung of a ladder hides what the whole ladder
hides, whichever of its files is written, and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from mutualaid.disclosure.coarse_figures import Coarse, coarse_measures, coarse_of, rounded
from mutualaid.disclosure.known_cohorts import (
    Cohorts,
    add_cohorts,
    link_alone,
    link_census,
    link_together,
)
from mutualaid.disclosure.plan_counts import (
    Counts,
    Placed,
    add_measures,
    add_slots,
    hide_slots,
    lanes,
    measure_marks,
)
from mutualaid.disclosure.published_counts import Tally
from mutualaid.disclosure.single_sums import LEFT_OUT, SHOWN, STAR, Ints, Marks
from mutualaid.disclosure.slot_counts import Rooms, add_rooms, link_used
from mutualaid.disclosure.suppression import THRESHOLD, check_threshold
from mutualaid.disclosure.wait_counts import (
    ENDS,
    add_sizes,
    add_waits,
    longest_bin,
    sizes_of,
    waits_of,
)
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.plan.published import require_plan

LEFT = ("origin", "service")

_KEPT: WeakKeyDictionary[CertifiedPlan, dict[tuple[int, ...], Counts]] = WeakKeyDictionary()
"""What has been counted, by threshold and with which plans: each file of a run asks for it."""


def counts_of(plan: CertifiedPlan, suppress_below: int | None = THRESHOLD) -> Counts:
    """Count what is shown of a plan, and choose what to hide.

    A rung of a ladder is counted with the ladder's other rungs: see
    :attr:`mutualaid.Plan.published_with`.

    Raises
    ------
    InputError
        If it is no plan, or the threshold is 1 or 2.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> found = counts_of(plan)
    >>> small = found.moves["patients"].between(1, 4)
    >>> bool((found.moves.loc[small, "mark"] > 0).all())
    True
    """
    require_plan(plan)
    limit = check_threshold(suppress_below)
    beside = plan.published_with
    key = (limit, *map(id, beside))
    if key not in _KEPT.get(plan, {}):
        for own, counts in zip(beside, _together(beside, limit), strict=True):
            _KEPT.setdefault(own, {})[key] = counts
    return _KEPT[plan][key]


def counts_side_by_side(
    plans: Mapping[str, CertifiedPlan], suppress_below: int | None
) -> dict[str, Counts]:
    """Count what is shown of several plans, and choose what to hide in all of them.

    Parameters
    ----------
    plans
        Plans for one system, by name.
    suppress_below
        Smaller counts are hidden; None or 0 shows all.

    Raises
    ------
    InputError
        As :func:`counts_of`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
    >>> found = counts_side_by_side(rungs.plans, 5)
    >>> before = [counts.trust_marks["over_18_before"].tolist() for counts in found.values()]
    >>> all(marks == before[0] for marks in before)
    True
    """
    limit = check_threshold(suppress_below)
    every = tuple(plans.values())
    if all(set(every) <= set(plan.published_with) for plan in every):
        return {name: counts_of(plan, limit) for name, plan in plans.items()}
    return dict(zip(plans, _together(every, limit), strict=True))


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Tables:
    """What is counted of a plan, and where its counts are in the tally."""

    moves: pd.DataFrame
    trusts: pd.DataFrame
    whole: pd.DataFrame
    prices: pd.DataFrame
    remaining: pd.DataFrame
    waits: pd.DataFrame
    measured: Placed
    lane: Ints
    used: Ints
    room: Rooms
    left: Ints
    wait: dict[str, Ints]
    sizes: dict[str, Ints]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Census:
    """Patients of the census and to be referred; and where they are in the tally."""

    listed: Ints
    referred: Ints


def _together(plans: tuple[CertifiedPlan, ...], limit: int) -> list[Counts]:
    """Count what plans for one system show, and hide in all of them at once."""
    tally = Tally()
    census = _add_census(tally, plans[0])
    bins = max(longest_bin(plan) for plan in plans)
    cohorts = add_cohorts(tally, plans, bins)
    found: list[_Tables] = []
    for plan in plans:
        found.append(
            _add_plan(tally, plan, census, cohorts, bins, len(plans), found[0] if found else None)
        )
    marks = tally.marks(limit)
    hidden = bool((marks[np.asarray(tally.published)] != SHOWN).any())
    coarse = coarse_of(plans, limit) if hidden else None
    closed = found[0].room.closed(marks)
    prices = hide_slots([tables.prices.assign(mark=marks[tables.used]) for tables in found], closed)
    return [
        _counts(plan, tables, slots, census, tally, marks, limit, coarse)
        for plan, tables, slots in zip(plans, found, prices, strict=True)
    ]


def _add_census(tally: Tally, plan: CertifiedPlan) -> _Census:
    """The numbers with which a system introduces itself."""
    system = plan.system
    referrals = system.referrals
    amounts = [int(system.waiting_list["patients"].sum())]
    amounts.append(0 if referrals is None else int(referrals["patients"].sum()))
    listed, referred = (tally.add([amount]) for amount in amounts)
    return _Census(listed=listed, referred=referred)


def _add_plan(
    tally: Tally,
    plan: CertifiedPlan,
    census: _Census,
    cohorts: Cohorts,
    bins: int,
    plans: int,
    first: _Tables | None,
) -> _Tables:
    """Add what a plan counts, and all that adds up to something in it."""
    moves, prices = lanes(plan.moves), plan.slots
    trusts, whole = plan.measures(by="origin"), plan.measures(by=None)
    measured = add_measures(tally, trusts, whole, None if first is None else first.measured)
    cell, total = measured
    place = pd.Index(trusts["origin"].astype(str))
    lane = tally.add(moves["patients"], named=True)
    for column, measure in (("origin", "moves_out_after"), ("provider", "moves_in_after")):
        tally.sums(cell[measure], lane, place.get_indexer(pd.Index(moves[column].astype(str))))
    used = tally.add(prices["used"])
    treated = add_slots(tally, plan, cell, (moves, lane), (prices, used), place)
    room = add_rooms(tally, plan, prices, plans) if first is None else first.room
    link_used(tally, room, prices, used)
    remaining = (
        plan.remaining.groupby(list(LEFT), observed=True, sort=True)["patients"].sum().reset_index()
    )
    left = tally.add(remaining["patients"], named=True)
    whose = place.get_indexer(pd.Index(remaining["origin"].astype(str)))
    _sums_if(tally, cell["list_size_after"], left, whose)
    waits = waits_of(plan, bins)
    gone = _everybody(tally, total, census)
    referred = bool(tally.amounts[census.referred].any())
    wait = add_waits(tally, waits, total, census.listed, None if first is None else first.wait)
    if first is None:
        link_alone(tally, cohorts, measured, place, wait, room.tables)
    sizes = add_sizes(
        tally,
        plan,
        total,
        (census.listed, census.referred),
        (prices, used),
        room.tables,
        None if first is None else first.sizes,
    )
    if first is None:
        census_bins = wait["census"], sizes["joined"]
        link_census(tally, plan, cohorts, *census_bins, referred=referred, gone=gone)
    of_service = ((remaining, left),) if treated is None else ((remaining, left), treated)
    link_together(tally, plan, cohorts, measured, place, wait, of_service)
    return _Tables(
        moves=moves,
        trusts=trusts,
        whole=whole,
        prices=prices,
        remaining=remaining,
        waits=waits,
        measured=measured,
        lane=lane,
        used=used,
        room=room,
        left=left,
        wait=wait,
        sizes=sizes,
    )


def _sums_if(tally: Tally, totals: Ints, parts: Ints, group: Ints) -> None:
    """Say what adds up to what, if it does: a reader who thinks so is told nothing wrong."""
    sums = np.bincount(group[group >= 0], tally.amounts[parts][group >= 0], len(totals))
    if (group >= 0).all() and (sums == tally.amounts[totals]).all():
        tally.sums(totals, parts, group)


def _everybody(tally: Tally, total: dict[str, Ints], census: _Census) -> bool:
    """Who is listed or referred is treated, waits, or has left untreated: whether any have."""
    value = tally.amounts
    known = np.concatenate([census.listed, census.referred])
    ends = np.concatenate([total["list_size_after"], total["treated_after"]])
    people, stayed = int(value[known].sum()), int(value[ends].sum())
    if people < stayed:
        return False
    everybody = tally.add([people], published=False)
    gone = tally.add([people - stayed], published=False)
    tally.sums(everybody, known)
    parts = ends if people == stayed else np.concatenate([ends, gone])
    tally.sums(everybody, parts)
    return people > stayed


def _counts(
    plan: CertifiedPlan,
    tables: _Tables,
    prices: pd.DataFrame,
    census: _Census,
    tally: Tally,
    marks: Marks,
    limit: int,
    coarse: Coarse | None,
) -> Counts:
    cell, total = tables.measured
    moves = tables.moves.assign(mark=marks[tables.lane])
    remaining = tables.remaining.assign(mark=marks[tables.left])
    # Minutes over known ways would tell how many went each.
    travel = bool((moves["mark"] == SHOWN).all())
    trusts, trust_marks = coarse_measures(
        tables.trusts, measure_marks(tables.trusts, cell, marks, travel), plan, ("origin",), coarse
    )
    whole, whole_marks = coarse_measures(
        tables.whole, measure_marks(tables.whole, total, marks, travel), plan, (), coarse
    )
    listed, referred = (
        (int(tally.amounts[place][0]), int(marks[place][0]))
        for place in (census.listed, census.referred)
    )
    unknown = bool((prices["slots_mark"] != SHOWN).any())
    return Counts(
        threshold=limit,
        moves=_listed(moves.assign(timed=_timed(moves, prices))),
        trusts=trusts,
        trust_marks=trust_marks,
        whole=whole,
        whole_marks=whole_marks,
        prices=prices,
        remaining=_listed(remaining),
        waits=tables.waits,
        wait_marks=pd.DataFrame(
            {name: marks[place] for name, place in tables.wait.items()}, index=tables.waits.index
        ),
        sizes=sizes_of(plan),
        size_marks=pd.DataFrame({name: marks[tables.sizes[name]] for name in ENDS}),
        listed=listed,
        referred=referred,
        slots=(int(plan.system.capacity["slots"].sum()), STAR if unknown else SHOWN),
        costs=_costs(plan, whole_marks, coarse),
        coarse=coarse,
    )


def _listed(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that may be there at all."""
    return table[table["mark"] != LEFT_OUT].reset_index(drop=True)


def _timed(moves: pd.DataFrame, prices: pd.DataFrame) -> pd.Series:
    """Lanes whose first and last period tell nothing of slots whose use is hidden."""
    names = ["provider", "service"]
    hidden = prices.loc[prices["mark"] != SHOWN, names].astype(str)
    closed = set(hidden.itertuples(index=False, name=None))
    goes = moves[names].astype(str).itertuples(index=False, name=None)
    return pd.Series([pair not in closed for pair in goes], index=moves.index, dtype=bool)


def _costs(plan: CertifiedPlan, marks: pd.DataFrame, coarse: Coarse | None) -> tuple[float, float]:
    """Harm with travel and moves, where the harm and the number of moves may be told."""
    exact = np.array([plan.baseline_objective, plan.objective])
    near = exact if coarse is None else rounded(exact, coarse.harm)
    hidden = [
        marks["harm_weeks_before"].iloc[0] != SHOWN,
        marks["harm_weeks_after"].iloc[0] != SHOWN or marks["moves_in_after"].iloc[0] != SHOWN,
    ]
    alone, together = np.where(hidden, np.nan, near).tolist()
    return alone, together
