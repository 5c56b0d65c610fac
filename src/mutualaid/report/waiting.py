"""Who waits how long, as counts among the others: at the census, and at the end.

Bins are as long as a period. What follows from that for lists and for who is treated is in
:mod:`mutualaid.report.cohorts`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.plan import Plan
from mutualaid.report.single_sums import Ints
from mutualaid.report.tally import Tally

SERIES = ("census", "alone", "together")
ENDS = {"alone": "before", "together": "after"}


def longest_bin(plan: Plan) -> int:
    """How many bins a plan's waits need, were nobody of the census treated.

    Examples
    --------
    >>> import mutualaid as ma
    >>> longest_bin(ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))) > 10
    True
    """
    system = plan.system
    sides = _sides(plan)
    later = system.periods * system.period_weeks
    longest = [int(weeks.max()) for weeks, _ in sides.values() if len(weeks)]
    longest.append(int(sides["census"][0].max(initial=0)) + later)
    return 1 + max(longest) // system.period_weeks


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


def add_waits(
    tally: Tally,
    waits: pd.DataFrame,
    total: dict[str, Ints],
    listed: Ints,
    first: dict[str, Ints] | None,
) -> dict[str, Ints]:
    """Add bins, and that they add up to lists; where each is.

    Parameters
    ----------
    tally
        The counts so far.
    waits
        The bins: see :func:`waits_of`.
    total
        Where the measures of everybody together are.
    listed
        Where the patients of the census are.
    first
        Where the bins of another plan for the same system are: what is done alone is the same.
    """
    found: dict[str, Ints] = {}
    for name in SERIES:
        known = first.get(name) if first is not None and name != "together" else None
        if name == "together" and total["list_size_after"] is total["list_size_before"]:
            known = found["alone"]
        if known is not None and np.array_equal(tally.amounts[known], waits[name]):
            found[name] = known
            continue
        found[name] = tally.add(waits[name])
        whole = listed if name == "census" else total[f"list_size_{ENDS[name]}"]
        tally.sums(whole, found[name], np.zeros(len(waits), dtype=np.int64))
    return found
