"""Who waits how long, as counts among the others: at the census, and at the end.

Bins are as long as a period, so that whoever waits from the census to the end has gone on by whole
bins: of a bin of the census what is left at the end is known, and what has been treated of it. And
where a line of 18, 52, … weeks goes through a bin, those over it are on one of its sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.measures import THRESHOLDS
from mutualaid.plan import Plan
from mutualaid.report.counts import OVER
from mutualaid.report.single_sums import Ints
from mutualaid.report.tally import Tally

SERIES = ("census", "alone", "together")
ENDS = {"alone": "before", "together": "after"}


def longest_bin(plan: Plan) -> int:
    """How many bins a plan's waits need.

    Examples
    --------
    >>> import mutualaid as ma
    >>> longest_bin(ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))) > 10
    True
    """
    longest = [int(weeks.max()) for weeks, _ in _sides(plan).values() if len(weeks)]
    return 1 + max(longest, default=0) // plan.system.period_weeks


def waits_of(plan: Plan, bins: int) -> pd.DataFrame:
    """Count patients by weeks waited: see :attr:`mutualaid.report.counts.Counts.waits`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> waits_of(plan, longest_bin(plan)).index[:3].tolist()
    [0, 4, 8]
    """
    size = plan.system.period_weeks
    counted = {
        name: np.bincount(weeks // size, patients, bins).astype(np.int64)
        for name, (weeks, patients) in _sides(plan).items()
    }
    return pd.DataFrame(counted, index=np.arange(bins) * size)


def _sides(plan: Plan) -> dict[str, tuple[Ints, Ints]]:
    """Weeks waited and patients: of the census, and of who still waits, alone and together."""
    system = plan.system
    listed = system.waiting_list
    found = {"census": (listed["weeks_waiting"].to_numpy(), listed["patients"].to_numpy())}
    for name, rows in (("alone", plan.baseline_entries), ("together", plan.entries)):
        late = (rows["period"] > system.periods).to_numpy()
        weeks = rows["weeks_waiting"].to_numpy()[late] + system.periods * system.period_weeks
        found[name] = weeks, rows["patients"].to_numpy()[late]
    return found


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Parts:
    """Bins cut where a line goes through them.

    Attributes
    ----------
    size, start : int64
        How long a bin is, and where each part starts, in weeks.
    """

    size: int
    start: Ints

    @classmethod
    def of(cls, plan: Plan, bins: int) -> _Parts:
        size = plan.system.period_weeks
        cuts = [line for line in THRESHOLDS if line < bins * size]
        return cls(size=size, start=np.unique([*(np.arange(bins) * size), *cuts]))

    def back(self, weeks: int) -> _Parts:
        """The same parts so many weeks earlier, of who waited by then."""
        return _Parts(size=self.size, start=self.start[self.start > weeks] - weeks)

    def add(self, tally: Tally, bins: Ints, rows: tuple[Ints, Ints]) -> Ints:
        """Add the parts of bins that are there already: where each is."""
        weeks, patients = rows
        inside = np.searchsorted(self.start, weeks, side="right") - 1
        known = inside >= 0
        amount = np.bincount(inside[known], patients[known], len(self.start)).astype(np.int64)
        owner = self.start // self.size
        end = np.append(self.start[1:], len(bins) * self.size)
        whole = (self.start % self.size == 0) & (end - self.start >= self.size)
        part = bins[owner].copy()
        part[~whole] = tally.add(amount[~whole], published=False)
        for bin_ in np.unique(owner[~whole]):
            own = part[owner == bin_]
            left = tally.amounts[bins[bin_]] - tally.amounts[own].sum()
            if left:
                own = np.append(own, tally.add([left], published=False))
            tally.sums(bins[[bin_]], own, np.zeros(len(own), dtype=np.int64))
        return part


def add_waits(
    tally: Tally,
    plan: Plan,
    waits: pd.DataFrame,
    total: dict[str, Ints],
    listed: Ints,
    gone: Ints,
    first: dict[str, Ints] | None,
) -> dict[str, Ints]:
    """Add bins, what adds up to what among them, and where each is.

    Parameters
    ----------
    tally
        The counts so far.
    plan, waits
        The plan and its bins.
    total
        Where the measures of everybody together are.
    listed, gone
        Where those of the census, and those who left untreated, are.
    first
        Where the bins of another plan for the same system are: what is done alone is the same.
    """
    found: dict[str, Ints] = {}
    rows = _sides(plan)
    parts = _Parts.of(plan, len(waits))
    for name in SERIES:
        known = first.get(name) if first is not None and name != "together" else None
        if name == "together" and total["list_size_after"] is total["list_size_before"]:
            known = found["alone"]
        if known is not None and np.array_equal(tally.amounts[known], waits[name]):
            found[name] = known
            continue
        found[name] = tally.add(waits[name])
        every = np.zeros(len(waits), dtype=np.int64)
        if name == "census":
            tally.sums(listed, found[name], every)
            continue
        side = ENDS[name]
        tally.sums(total[f"list_size_{side}"], found[name], every)
        part = parts.add(tally, found[name], rows[name])
        for line, measure in zip(THRESHOLDS, OVER, strict=True):
            over = part[parts.start >= line]
            tally.sums(total[f"{measure}_{side}"], over, np.zeros(len(over), dtype=np.int64))
        _treated(tally, plan, parts, part, found, rows, (total[f"treated_{side}"], gone))
    return found


def _treated(
    tally: Tally,
    plan: Plan,
    parts: _Parts,
    part: Ints,
    found: dict[str, Ints],
    rows: dict[str, tuple[Ints, Ints]],
    left: tuple[Ints, Ints],
) -> None:
    """What is missing at the end of a bin of the census has been treated, or has left."""
    weeks = plan.system.periods * plan.system.period_weeks
    later = part[parts.start > weeks]
    if not len(later):
        return
    then = parts.back(weeks).add(tally, found["census"], rows["census"])
    missing = tally.amounts[then] - tally.amounts[later]
    ends = np.concatenate(left)
    rest = int(tally.amounts[ends].sum() - missing.sum())
    if (missing < 0).any() or rest < 0:
        return
    away = tally.add(missing, published=False)
    number = np.arange(len(then))
    tally.sums(then, np.concatenate([later, away]), np.tile(number, 2))
    # They, the youngest of the census and those referred since are all who are treated or left.
    all_of_them = tally.add(tally.amounts[ends].sum(keepdims=True), published=False)
    others = tally.add([rest], published=False)
    tally.sums(all_of_them, ends, np.zeros(len(ends), dtype=np.int64))
    whole = np.concatenate([away, others])
    tally.sums(all_of_them, whole, np.zeros(len(whole), dtype=np.int64))
