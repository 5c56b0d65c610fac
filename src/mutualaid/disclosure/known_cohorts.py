"""What a reader knows of patients whom no table counts: they are the same alone and together.

Who waits at the end has waited on since the census; who does not has been treated. Of a trust's
patients of one service and one length of wait those who are left and those who are treated are as
many alone as together, and they add up to all that is printed: lists, lines of 18, 52, … weeks,
bins of the charts, treatments. None of these numbers is printed, and none is protected by itself;
but without them a reader would know of more than the counts do that are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.label_codes import rows_among
from mutualaid.disclosure.plan_counts import OVER
from mutualaid.disclosure.published_counts import Tally
from mutualaid.disclosure.single_sums import Ints
from mutualaid.outcomes.measures import THRESHOLDS
from mutualaid.plan.certified import CertifiedPlan

MOST = 4_000
"""With more of these numbers services, then trusts, are not told apart: they are far from few."""
LEVELS = (("origin", "service"), ("origin",), ())


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Cohorts:
    """Patients by trust, service and wait: how many there are, and where in the tally.

    Attributes
    ----------
    groups : pandas.DataFrame
        A row a group: its labels.
    start : int64 array, shape (parts,)
        The weeks, at the end, from which a part goes to the next.
    size : int
        How long a bin is, in weeks.
    people : int64 array, shape (groups, parts)
        Where everybody is, by what they would have waited at the end if untreated.
    left, treated : int64 arrays, shape (groups, parts)
        Where those are who wait at the end alone, and those who do not.
    """

    groups: pd.DataFrame
    start: Ints
    size: int
    people: Ints
    left: Ints
    treated: Ints


def add_cohorts(tally: Tally, plans: Sequence[CertifiedPlan], bins: int) -> Cohorts:
    """Add what becomes of cohorts alone, as finely as their number permits.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> found = add_cohorts(Tally(), [plan], 40)
    >>> found.people.shape == (len(found.groups), len(found.start))
    True
    """
    plan = plans[0]
    size = plan.system.period_weeks
    cuts = [line for line in THRESHOLDS if line < bins * size]
    start = np.unique([*(np.arange(bins) * size), *cuts]).astype(np.int64)
    rows = plan.baseline_entries
    for names in LEVELS:
        groups = rows[list(names)].astype(str).drop_duplicates(ignore_index=True)
        if not names:
            groups = pd.DataFrame(index=pd.RangeIndex(1))
        if len(groups) * len(start) * (1 + 2 * (1 + len(plans))) <= MOST or not names:
            break
    left, treated = _amounts(plan, rows, groups, start)
    places = [_add(tally, amount) for amount in (left + treated, left, treated)]
    _same_people(tally, places[0], places[1], places[2])
    people, left, treated = places
    return Cohorts(groups=groups, start=start, size=size, people=people, left=left, treated=treated)


def _amounts(
    plan: CertifiedPlan, rows: pd.DataFrame, groups: pd.DataFrame, start: Ints
) -> tuple[Ints, Ints]:
    """How many of each group and part wait at the end, and how many do not."""
    names = list(groups.columns)
    group = np.zeros(len(rows), dtype=np.int64)
    if names:
        group = rows_among(groups, rows[names].astype(str))
    weeks = rows["weeks_waiting"].to_numpy() + plan.system.periods * plan.system.period_weeks
    place = group * len(start) + np.searchsorted(start, weeks, side="right") - 1
    late = (rows["period"] > plan.system.periods).to_numpy()
    patients, size = rows["patients"].to_numpy(), len(groups) * len(start)
    left, treated = (
        np.bincount(place[mask], patients[mask], size).astype(np.int64).reshape(len(groups), -1)
        for mask in (late, ~late)
    )
    return left, treated


def _add(tally: Tally, amount: Ints) -> Ints:
    return tally.add(amount.ravel(), published=False, patients=False).reshape(amount.shape)


def _same_people(tally: Tally, people: Ints, left: Ints, treated: Ints) -> None:
    number = np.tile(np.arange(people.size), 2)
    tally.sums(people.ravel(), np.concatenate([left.ravel(), treated.ravel()]), number)


def link_alone(
    tally: Tally,
    cohorts: Cohorts,
    measured: tuple[dict[str, Ints], dict[str, Ints]],
    trusts: pd.Index,
    wait: dict[str, Ints],
    treated: tuple[pd.DataFrame, Ints],
) -> None:
    """Say what cohorts add up to where nobody helps anybody.

    Parameters
    ----------
    tally, cohorts
        The counts so far, and the cohorts among them.
    measured, trusts
        Where the measures are, of trusts and of all together; the trusts.
    wait
        Where the bins are.
    treated
        A table with ``origin`` and ``service`` of who is treated, and where they are.
    """
    _link(
        tally, cohorts, (cohorts.left, cohorts.treated), measured, trusts, wait["alone"], "before"
    )
    if len(cohorts.groups.columns) < len(LEVELS[0]):
        return
    _by_service(tally, cohorts, cohorts.treated, treated)


def _by_service(
    tally: Tally, cohorts: Cohorts, places: Ints, counted: tuple[pd.DataFrame, Ints]
) -> None:
    """Say that the parts of each group are as many as it has in a table."""
    table, there = counted
    at = rows_among(cohorts.groups, table[list(LEVELS[0])].astype(str))
    for group in range(len(cohorts.groups)):
        mine = there[at == group]
        number = int(tally.amounts[mine].sum())
        if number != tally.amounts[places[group]].sum():
            continue
        whole = tally.add([number], published=False, patients=False)
        for parts in (mine, places[group]):
            tally.sums(whole, parts)


def link_together(
    tally: Tally,
    plan: CertifiedPlan,
    cohorts: Cohorts,
    measured: tuple[dict[str, Ints], dict[str, Ints]],
    trusts: pd.Index,
    wait: dict[str, Ints],
    of_service: tuple[tuple[pd.DataFrame, Ints], ...],
) -> None:
    """Say what the same cohorts add up to in a plan.

    Parameters
    ----------
    tally, plan, cohorts, measured, trusts, wait
        As for :func:`link_alone`.
    of_service
        Tables with ``origin`` and ``service`` and where their counts are: first of who is left,
        then of who is treated.
    """
    cell, _ = measured
    after = (cohorts.left, cohorts.treated)
    amounts = _amounts(plan, plan.entries, cohorts.groups, cohorts.start)
    still = cell["list_size_after"] is cell["list_size_before"]
    if not still or not np.array_equal(amounts[0], tally.amounts[cohorts.left]):
        if not np.array_equal(sum(amounts), tally.amounts[cohorts.people]):
            return
        after = _add(tally, amounts[0]), _add(tally, amounts[1])
        _same_people(tally, cohorts.people, *after)
        _link(tally, cohorts, after, measured, trusts, wait["together"], "after")
    if len(cohorts.groups.columns) < len(LEVELS[0]) or len(of_service) < len(after):
        return
    for places, counted in zip(after, of_service, strict=True):
        _by_service(tally, cohorts, places, counted)


def _link(
    tally: Tally,
    cohorts: Cohorts,
    places: tuple[Ints, Ints],
    measured: tuple[dict[str, Ints], dict[str, Ints]],
    trusts: pd.Index,
    bins: Ints,
    side: str,
) -> None:
    left, treated = places
    by_trust = "origin" in cohorts.groups
    cell = measured[0] if by_trust else measured[1]
    whose = np.zeros(len(left), dtype=np.int64)
    if by_trust:
        whose = np.asarray(trusts.get_indexer(pd.Index(cohorts.groups["origin"])), dtype=np.int64)
    wanted = [("list_size", left), ("treated", treated)]
    wanted += [
        (name, left[:, cohorts.start >= line]) for line, name in zip(THRESHOLDS, OVER, strict=True)
    ]
    there, number = np.unique(whose, return_inverse=True)
    for name, some in wanted:
        if some.shape[1]:
            total = cell[f"{name}_{side}"][there]
            tally.sums(total, some.ravel(), np.repeat(number, some.shape[1]))
    owner = cohorts.start // cohorts.size
    tally.sums(bins, left.ravel(), np.tile(owner, len(left)))


def link_census(
    tally: Tally,
    plan: CertifiedPlan,
    cohorts: Cohorts,
    census: Ints,
    joined: Ints,
    *,
    referred: bool,
    gone: bool,
) -> None:
    """Say that bins of the census are those of the end, as many weeks before.

    Who is referred in the first period waits as long as the youngest of the census; who has left
    untreated is of the census and of no cohort.
    """
    weeks = plan.system.periods * plan.system.period_weeks
    owner = cohorts.start // cohorts.size - plan.system.periods
    for period, place in enumerate(joined, start=1):
        # Of those referred in the first period one knows, with the youngest of the census.
        parts = cohorts.people[:, owner == 1 - period].ravel()
        known = np.append(place, census[0]) if period == 1 else np.array([place])
        number = int(tally.amounts[parts].sum())
        if referred and number == tally.amounts[known].sum() and (period > 1 or not gone):
            whole = tally.add([number], published=False, patients=False)
            for some in (parts, known):
                tally.sums(whole, some)
    for bin_ in range(1 if referred else 0, len(census) - weeks // cohorts.size):
        parts = cohorts.people[:, owner == bin_].ravel()
        away = int(tally.amounts[census[bin_]] - tally.amounts[parts].sum())
        if away < 0 or (away and not gone):
            continue
        if gone:
            lost = tally.add([away], published=False, patients=False)
            parts = np.concatenate([parts, lost])
        tally.sums(census[[bin_]], parts)
