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

from mutualaid.disclosure.coarse_figures import Coarse
from mutualaid.disclosure.published_counts import Tally
from mutualaid.disclosure.single_sums import SHOWN, STAR, Ints, Marks
from mutualaid.outcomes.measures import COUNTS, THRESHOLDS
from mutualaid.plan.certified import CertifiedPlan

LANE = ("origin", "provider", "service")
SLOT = ("provider", "service", "period")
OVER = tuple(f"over_{weeks}" for weeks in THRESHOLDS)
LISTED = ("list_size", "within_18", *OVER, "treated")
SIDES = ("before", "after")
AID = ("moves_out_after", "moves_in_after")
Placed = tuple[dict[str, Ints], dict[str, Ints]]
"""Where the counts of groups are, and of all of them together."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Counts:
    """What a plan shows: its counts, what of each is shown, and what is worked out from them.

    Attributes
    ----------
    threshold : int
        Counts from 1 to one below it are small; 0: nothing is hidden.
    moves : pandas.DataFrame
        ``origin``, ``provider``, ``service``, ``patients``, ``minutes`` and ``extra_minutes``
        (means, one way), ``first`` and ``last`` (period); ``mark``: 0 shown, 1 small, 2 hidden;
        ``timed``: whether the periods may be shown.
    trusts : pandas.DataFrame
        The measures of the residents' lens by ``origin``: see :meth:`mutualaid.Plan.measures`;
        what is no count is as coarse as :mod:`mutualaid.disclosure.coarse_figures` says.
    trust_marks : pandas.DataFrame
        For each measure, counts and what is worked out from them, its mark.
    whole, whole_marks : pandas.DataFrame
        The same for all trusts together: one row.
    prices : pandas.DataFrame
        See :attr:`mutualaid.Plan.slots`; ``mark``: of ``used``; ``slots_mark``.
    remaining : pandas.DataFrame
        ``origin``, ``service``, ``patients`` who still wait at the end; ``mark``.
    waits, wait_marks : pandas.DataFrame
        ``census``, ``alone`` and ``together``: patients on all lists by weeks waited, in bins as
        long as a period (the index: the first week of each); and their marks.
    sizes, size_marks : pandas.DataFrame
        ``alone`` and ``together``: patients on all lists, at the census and as each period ends
        (the index); and their marks.
    listed, referred, slots : tuple of (int, int)
        Patients of the census, patients to be referred, and slots; and the mark of each.
    costs : tuple of (float, float)
        Harm with travel and moves, alone and together; missing where it is hidden.
    coarse : Coarse or None
        How coarse figures are that are no counts; None: as they are, since nothing is hidden.
    """

    threshold: int
    moves: pd.DataFrame
    trusts: pd.DataFrame
    trust_marks: pd.DataFrame
    whole: pd.DataFrame
    whole_marks: pd.DataFrame
    prices: pd.DataFrame
    remaining: pd.DataFrame
    waits: pd.DataFrame
    wait_marks: pd.DataFrame
    sizes: pd.DataFrame
    size_marks: pd.DataFrame
    listed: tuple[int, int]
    referred: tuple[int, int]
    slots: tuple[int, int]
    costs: tuple[float, float]
    coarse: Coarse | None

    @property
    def hidden(self) -> int:
        """How many counts are not shown as they are."""
        frames = (self.moves["mark"], self.trust_marks, self.whole_marks, self.prices["mark"])
        return sum(int((np.asarray(frame) != SHOWN).sum()) for frame in frames)


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
    tally: Tally, groups: pd.DataFrame, whole: pd.DataFrame, before: Placed | None = None
) -> Placed:
    """Add the measures of groups and of all of them together; where each count is.

    Parameters
    ----------
    tally
        The counts so far.
    groups, whole
        Measures of the residents' lens.
    before
        Where the counts of another plan for the same system are. What is done alone is the same,
        and is taken from there; so is what follows, where it is the same number everywhere.
    """
    cell: dict[str, Ints] = {}
    total: dict[str, Ints] = {}
    for side in SIDES:
        names = {f"{name}_{side}": f"{name}_before" for name in LISTED}
        known = before if before is not None or side == SIDES[0] else (cell, total)
        if known is not None and all(
            np.array_equal(tally.amounts[place[old]], table[name])
            for name, old in names.items()
            for place, table in zip(known, (groups, whole), strict=True)
        ):
            cell |= {name: known[0][old] for name, old in names.items()}
            total |= {name: known[1][old] for name, old in names.items()}
            continue
        _add(tally, list(names), groups, whole, cell, total)
        for place in (cell, total):
            _list(tally, place, side)
    _add(tally, list(AID), groups, whole, cell, total)
    for place in (cell, total):
        _people(tally, place)
    return cell, total


def _add(
    tally: Tally,
    names: list[str],
    groups: pd.DataFrame,
    whole: pd.DataFrame,
    cell: dict[str, Ints],
    total: dict[str, Ints],
) -> None:
    for name in names:
        cell[name], total[name] = tally.add(groups[name]), tally.add(whole[name])
        tally.sums(total[name], cell[name])


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
        if name == "travel_minutes" and side == SIDES[1] and not travel:
            hidden = np.ones(len(table), dtype=bool)
        found[str(heading)] = np.where(hidden, STAR, SHOWN).astype(np.int8)
    return pd.DataFrame(found, index=table.index)


def _list(tally: Tally, cell: dict[str, Ints], side: str) -> None:
    """What a list is made of."""
    size, within = cell[f"list_size_{side}"], cell[f"within_18_{side}"]
    over = [cell[f"{name}_{side}"] for name in OVER]
    trust = np.arange(len(size))
    tally.sums(size, np.concatenate([within, over[0]]), np.tile(trust, 2))
    for longer, longest in pairwise(over):
        # A reader takes one from the other: that difference is a count of patients too.
        tally.rest(longer, longest)


def _people(tally: Tally, cell: dict[str, Ints]) -> None:
    """Who is treated or waits is the same number either way."""
    both = [[cell[f"{name}_{side}"] for name in ("list_size", "treated")] for side in SIDES]
    before, after = (tally.amounts[pair[0]] + tally.amounts[pair[1]] for pair in both)
    trust = np.flatnonzero(before == after)
    people = tally.add(before[trust], published=False)
    # Where nobody moves both are one and the same list, and one sum.
    same = all(np.array_equal(*places) for places in zip(*both, strict=True))
    for pair in both[: 1 if same else 2]:
        parts = np.concatenate([part[trust] for part in pair])
        tally.sums(people, parts, np.tile(np.arange(len(trust)), 2))


def add_slots(
    tally: Tally,
    plan: CertifiedPlan,
    cell: dict[str, Ints],
    moves: tuple[pd.DataFrame, Ints],
    prices: tuple[pd.DataFrame, Ints],
    trusts: pd.Index,
) -> tuple[pd.DataFrame, Ints] | None:
    """Slots are used by patients of the provider's own and by those who come to it.

    Returns
    -------
    tuple of pandas.DataFrame and int64 array, or None
        ``origin`` and ``service`` of whom is treated, at home and elsewhere, and where they are;
        None where rooms are lent.
    """
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
        return None
    mine = tally.add(own, published=False)
    everybody = np.arange(len(pairs))
    tally.sums(at_pair, np.concatenate([mine, lane]), np.concatenate([everybody, to_pair]))
    count = tally.amounts
    home = tally.rest(cell["treated_after"], cell["moves_out_after"])
    provider = pd.Index([pair.split("\n")[0] for pair in pairs])
    at_trust = trusts.get_indexer(provider)
    total = np.bincount(at_trust, own, len(trusts)).astype(np.int64)
    left = count[cell["treated_after"]] - count[cell["moves_out_after"]]
    if (at_trust >= 0).all() and (total == left).all():
        tally.sums(home, mine, at_trust)
    at_home = pd.DataFrame(
        {
            "origin": [pair.split("\n")[0] for pair in pairs],
            "service": [pair.split("\n")[1] for pair in pairs],
        }
    )
    away = lane_table[["origin", "service"]].astype(str)
    return pd.concat([at_home, away], ignore_index=True), np.concatenate([mine, lane])


def hide_slots(tables: list[pd.DataFrame], closed: set[tuple[str, ...]]) -> list[pd.DataFrame]:
    """Hide slots whose use is hidden, and use that would tell slots, in plans for one system.

    A slot with a price is full, and others may be: their use says how many slots there are.

    Parameters
    ----------
    tables
        Slots with the ``mark`` of ``used``, plan by plan.
    closed
        Slots that are hidden besides, or providers and services of which all are.

    Returns
    -------
    list of pandas.DataFrame
        The same with more marks, and ``slots_mark``.
    """
    keys = [pd.MultiIndex.from_frame(table[list(SLOT)].astype(str)) for table in tables]
    hidden: set[tuple[str, ...]] = set()
    for table, key in zip(tables, keys, strict=True):
        hidden |= set(key[(table["mark"] != SHOWN).to_numpy()])
    found = []
    for table, key in zip(tables, keys, strict=True):
        shut = np.array([k in hidden or k in closed or k[:2] in closed for k in key], dtype=bool)
        full = (table["used"] == table["slots"]).to_numpy()
        mark = table["mark"].to_numpy()
        found.append(
            table.assign(
                mark=np.where(shut & full & (mark == SHOWN), STAR, mark).astype(np.int8),
                slots_mark=np.where(shut, STAR, SHOWN).astype(np.int8),
            )
        )
    return found


def hidden_slots(prices: pd.DataFrame) -> pd.Series:
    """Rows of the prices whose slots are hidden as well: full slots would say how many used them.

    Examples
    --------
    >>> hidden_slots(pd.DataFrame({"mark": [0, 1, 2], "slots_mark": [0, 0, 2]})).tolist()
    [False, True, True]
    """
    return (prices["mark"] != SHOWN) | (prices["slots_mark"] != SHOWN)
