"""Everything that a report counts, suppressed as one table, because one table gives away another.

A move is in the list of moves, on its receiver's sheet, in what trusts give and take, and in the
slots that are used. A trust's list is those within 18 weeks and those over; and who was treated
alone or together, with who still waits, is the same number of people. All of that is one system
of counts, and what is hidden is chosen for all of it at once; whatever is written for people
(workbook, CSV, Parquet) reads it from here, so that no file shows what another one hides.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from mutualaid.measures import COUNTS, THRESHOLDS
from mutualaid.plan import Plan, require_plan
from mutualaid.report.single_sums import SHOWN, STAR, Ints, Marks
from mutualaid.report.suppression import THRESHOLD, check_threshold
from mutualaid.report.tally import Tally

LANE = ("origin", "provider", "service")
SLOT = ("provider", "service", "period")
OVER = tuple(f"over_{weeks}" for weeks in THRESHOLDS)
LISTED = ("list_size", "within_18", *OVER, "treated")
SIDES = ("before", "after")
AID = ("moves_out_after", "moves_in_after")


@dataclass(frozen=True, eq=False, kw_only=True)
class Counts:
    """The counts of a plan, and what of each is shown.

    Attributes
    ----------
    threshold : int
        Counts from 1 to one below it are small; 0: nothing is hidden.
    moves : pandas.DataFrame
        ``origin``, ``provider``, ``service``, ``patients``, ``minutes`` and ``extra_minutes``
        (means, one way), ``first`` and ``last`` (period); ``mark``: 0 shown, 1 small, 2 hidden.
    trusts : pandas.DataFrame
        The measures of the residents' lens by ``origin``: see :meth:`mutualaid.Plan.measures`.
    trust_marks : pandas.DataFrame
        For each measure, counts and what is worked out from them, its mark.
    whole, whole_marks : pandas.DataFrame
        The same for all trusts together: one row.
    prices : pandas.DataFrame
        See :attr:`mutualaid.Plan.slots`; ``mark``: of ``used``.
    """

    threshold: int
    moves: pd.DataFrame
    trusts: pd.DataFrame
    trust_marks: pd.DataFrame
    whole: pd.DataFrame
    whole_marks: pd.DataFrame
    prices: pd.DataFrame

    @property
    def hidden(self) -> int:
        """How many counts are not shown as they are."""
        frames = (self.moves["mark"], self.trust_marks, self.whole_marks, self.prices["mark"])
        return sum(int((np.asarray(frame) != SHOWN).sum()) for frame in frames)


def counts_of(plan: Plan, suppress_below: int | None = THRESHOLD) -> Counts:
    """Count what a report shows of a plan, and choose what to hide.

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
    moves, prices = lanes(plan.moves), plan.slots
    trusts, whole = plan.measures(by="origin"), plan.measures(by=None)
    tally = Tally()
    cell, total = add_measures(tally, trusts, whole)
    lane = tally.add(moves["patients"])
    place = pd.Index(trusts["origin"].astype(str))
    out, into = (
        place.get_indexer(pd.Index(moves[name].astype(str))) for name in ("origin", "provider")
    )
    tally.sums(cell["moves_out_after"], lane, out)
    tally.sums(cell["moves_in_after"], lane, into)
    used = tally.add(prices["used"])
    _slots(tally, plan, cell, (moves, lane), (prices, used))
    marks = tally.marks(limit)
    # Minutes over known ways would tell how many went each.
    travel = bool((marks[lane] == SHOWN).all())
    return Counts(
        threshold=limit,
        moves=moves.assign(mark=marks[lane]),
        trusts=trusts,
        trust_marks=measure_marks(trusts, cell, marks, travel),
        whole=whole,
        whole_marks=measure_marks(whole, total, marks, travel),
        prices=prices.assign(mark=marks[used]),
    )


def lanes(moves: pd.DataFrame, by: tuple[str, ...] = LANE) -> pd.DataFrame:
    """Add up moves: patients, their mean minutes one way, and the first and last period.

    Examples
    --------
    >>> moves = pd.DataFrame({"origin": ["A", "A"], "provider": ["B", "B"], "service": ["x", "x"],
    ...     "patients": [1, 3], "minutes": [20.0, 40.0], "extra_minutes": [0.0, 4.0],
    ...     "period": [2, 5]})
    >>> print(lanes(moves).to_string(index=False))
    origin provider service  patients  minutes  extra_minutes  first  last
         A        B       x         4     35.0            3.0      2     5
    """
    weight = moves["patients"]
    table = moves[list(by)].assign(
        patients=weight,
        minutes=moves["minutes"] * weight,
        extra_minutes=moves["extra_minutes"] * weight,
        first=moves["period"],
        last=moves["period"],
    )
    how = dict.fromkeys(("patients", "minutes", "extra_minutes"), "sum")
    groups = table.groupby(list(by), observed=True, sort=True)
    result = groups.agg({**how, "first": "min", "last": "max"}).reset_index()
    for name in ("minutes", "extra_minutes"):
        result[name] = result[name] / result["patients"]
    return result


def add_measures(
    tally: Tally, groups: pd.DataFrame, whole: pd.DataFrame
) -> tuple[dict[str, Ints], dict[str, Ints]]:
    """Add the measures of groups and of all of them together; where each count is."""
    names = [f"{name}_{side}" for side in SIDES for name in LISTED] + list(AID)
    cell = {name: tally.add(groups[name]) for name in names}
    total = {name: tally.add(whole[name]) for name in names}
    for name in names:
        tally.sums(total[name], cell[name], np.zeros(len(groups), dtype=np.int64))
    _lists(tally, cell)
    _lists(tally, total)
    return cell, total


def measure_marks(
    table: pd.DataFrame, cell: dict[str, Ints], marks: Marks, travel: bool
) -> pd.DataFrame:
    """Marks of all measures: what is worked out from a hidden count is hidden with it.

    Parameters
    ----------
    table
        Measures, of groups or of everybody.
    cell
        Where their counts are.
    marks
        The marks of all counts.
    travel
        Whether minutes of travel may be shown.
    """
    found = {name: marks[place] for name, place in cell.items()}
    for heading in table.columns:
        name, _, side = str(heading).rpartition("_")
        if heading in found or side not in SIDES or name in COUNTS:
            continue
        basis = ["treated"]
        if name == "share_within_18":
            basis = ["list_size", "within_18", "over_18"]
        elif name in ("mean_wait", "median_wait", "p92_wait"):
            basis = ["list_size"]
        hidden = np.any([found[f"{part}_{side}"] != SHOWN for part in basis], axis=0)
        if name == "travel_minutes" and not travel:
            hidden = np.ones(len(table), dtype=bool)
        found[str(heading)] = np.where(hidden, STAR, SHOWN).astype(np.int8)
    return pd.DataFrame(found, index=table.index)


def _lists(tally: Tally, cell: dict[str, Ints]) -> None:
    """What a list is made of, and that who is treated or waits is the same number either way."""
    everybody = []
    for side in SIDES:
        size, within, treated = (
            cell[f"{name}_{side}"] for name in ("list_size", "within_18", "treated")
        )
        over = [cell[f"{name}_{side}"] for name in OVER]
        trust = np.arange(len(size))
        tally.sums(size, np.concatenate([within, over[0]]), np.tile(trust, 2))
        for longer, longest in pairwise(over):
            # A reader takes one from the other: that difference is a count of patients too.
            tally.rest(longer, longest)
        everybody.append(np.concatenate([size, treated]))
    count = np.concatenate(tally.counts)
    before, after = (count[both].reshape(2, -1).sum(axis=0) for both in everybody)
    trust = np.flatnonzero(before == after)
    people = tally.add(before[trust], published=False)
    for both in everybody:
        tally.sums(people, both.reshape(2, -1)[:, trust].ravel(), np.tile(np.arange(len(trust)), 2))


def _slots(
    tally: Tally,
    plan: Plan,
    cell: dict[str, Ints],
    moves: tuple[pd.DataFrame, Ints],
    prices: tuple[pd.DataFrame, Ints],
) -> None:
    """Slots are used by patients of the provider's own and by those who come to it."""
    table, used = prices
    pair = table["provider"].astype(str) + "\n" + table["service"].astype(str)
    number, pairs = pd.factorize(pair)
    amount = np.bincount(number, table["used"], len(pairs)).astype(np.int64)
    at_pair = tally.add(amount, published=False)
    tally.sums(at_pair, used, number)
    lane_table, lane = moves
    goes = lane_table["provider"].astype(str) + "\n" + lane_table["service"].astype(str)
    to_pair = pd.Index(pairs).get_indexer(goes)
    coming = np.bincount(to_pair[to_pair >= 0], lane_table["patients"][to_pair >= 0], len(pairs))
    own = amount - coming.astype(np.int64)
    if plan.model.frame.rooms is not None or (to_pair < 0).any() or (own < 0).any():
        # In rooms that are lent patients use other slots than those in the table.
        return
    mine = tally.add(own, published=False)
    everybody = np.arange(len(pairs))
    tally.sums(at_pair, np.concatenate([mine, lane]), np.concatenate([everybody, to_pair]))
    count = np.concatenate(tally.counts)
    home = tally.rest(cell["treated_after"], cell["moves_out_after"])
    provider = pd.Index([pair.split("\n")[0] for pair in pairs])
    trusts = pd.Index(plan.measures(by="origin")["origin"].astype(str))
    at_trust = trusts.get_indexer(provider)
    total = np.bincount(at_trust, own, len(trusts)).astype(np.int64)
    left = count[cell["treated_after"]] - count[cell["moves_out_after"]]
    if (at_trust >= 0).all() and (total == left).all():
        tally.sums(home, mine, at_trust)


def hidden_slots(prices: pd.DataFrame) -> pd.Series:
    """Rows of the prices whose slots are hidden as well: full slots would say how many used them.

    Examples
    --------
    >>> hidden_slots(pd.DataFrame({"mark": [0, 1, 2]})).tolist()
    [False, True, True]
    """
    return prices["mark"] != SHOWN
