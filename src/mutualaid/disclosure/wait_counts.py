"""Who waits how long, as counts among the others: at the census, and at the end.

Bins are as long as a period. What follows from that for lists and for who is treated is in
:mod:`mutualaid.disclosure.known_cohorts`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.disclosure.published_counts import Tally
from mutualaid.disclosure.single_sums import Ints
from mutualaid.plan.certified import CertifiedPlan

SERIES = ("census", "alone", "together")
ENDS = {"alone": "before", "together": "after"}


def longest_bin(plan: CertifiedPlan) -> int:
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


def waits_of(plan: CertifiedPlan, bins: int) -> pd.DataFrame:
    """Count patients by weeks waited: see :attr:`mutualaid.disclosure.plan_counts.Counts.waits`.

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


def _sides(plan: CertifiedPlan) -> dict[str, tuple[Ints, Ints]]:
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
        tally.sums(whole, found[name])
    return found


def sizes_of(plan: CertifiedPlan) -> pd.DataFrame:
    """Count who is on the list at the census and as each period ends: ``alone``, ``together``.

    Who is referred in a period is counted from its end on, if not treated by then.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> bool(sizes_of(plan)["together"].iloc[-1] == plan.remaining["patients"].sum())
    True
    """
    periods = plan.system.periods
    counted = {}
    for name, rows in (("alone", plan.baseline_entries), ("together", plan.entries)):
        joined, left = (_by_period(rows, column, periods) for column in ("referred", "period"))
        counted[name] = np.cumsum(joined - left)[: periods + 1]
    return pd.DataFrame(counted)


def _by_period(rows: pd.DataFrame, column: str, periods: int) -> Ints:
    return np.bincount(rows[column], rows["patients"], periods + 2).astype(np.int64)


def add_sizes(
    tally: Tally,
    plan: CertifiedPlan,
    total: dict[str, Ints],
    known: tuple[Ints, Ints],
    used: tuple[pd.DataFrame, Ints],
    alone: tuple[pd.DataFrame, Ints],
    first: dict[str, Ints] | None,
) -> dict[str, Ints]:
    """Add the sizes of the list, and that who joins and is treated makes them; where each is.

    Parameters
    ----------
    tally, plan, total, first
        As for :func:`add_waits`.
    known
        Where those of the census are, and those to be referred.
    used
        Prices, and where the slots are that are used: in a period so many are treated.
    alone
        A table with a ``period``, if it has one, of who is treated alone, and where they are.
    """
    sizes, periods = sizes_of(plan), plan.system.periods
    joined = _by_period(plan.entries, "referred", periods)[1 : periods + 1]
    shared = ("joined", "treated")
    found: dict[str, Ints] = {} if first is None else {name: first[name] for name in shared}
    if first is None:
        found["joined"] = tally.add(joined, published=False, patients=False)
        lost = tally.amounts[known[1]] - joined.sum()
        if (lost >= 0).all():
            # Others leave untreated before a slot is theirs.
            gone = tally.add(lost[lost > 0], published=False, patients=False)
            everybody = np.concatenate([found["joined"], gone])
            tally.sums(known[1], everybody)
    for name, side in ENDS.items():
        if first is not None and name == "alone":
            found[name] = first[name]
            continue
        same = total["list_size_after"] is total["list_size_before"]
        if name == "together" and same and sizes["together"].equals(sizes["alone"]):
            found[name] = found["alone"]
            _in_slots(tally, plan, found["treated"], used)
            continue
        found[name] = place = tally.add(sizes[name])
        ends = ((place[:1], known[0]), (place[-1:], total[f"list_size_{side}"]))
        for mine, whole in ends:
            if tally.amounts[mine] == tally.amounts[whole]:
                tally.sums(whole, mine)
        rows = plan.baseline_entries if name == "alone" else plan.entries
        treated = tally.add(
            _by_period(rows, "period", periods)[1 : periods + 1], published=False, patients=False
        )
        number = np.arange(periods)
        # Who was on the list or joined is on the list or treated.
        there = tally.add(sizes[name].to_numpy()[:-1] + joined, published=False, patients=False)
        before, after = [place[:-1], found["joined"]], [place[1:], treated]
        if not joined.any():
            before = before[:1]
        tally.sums(there, np.concatenate(before), np.tile(number, len(before)))
        tally.sums(there, np.concatenate(after), np.tile(number, 2))
        tally.sums(total[f"treated_{side}"], treated)
        if name == "alone":
            found["treated"] = treated
        _in_slots(tally, plan, treated, used if name == "together" else alone)
    return found


def _in_slots(
    tally: Tally, plan: CertifiedPlan, treated: Ints, used: tuple[pd.DataFrame, Ints]
) -> None:
    """As many are treated in a period as slots are used, unless rooms are lent."""
    table, place = used
    if "period" not in table:
        return
    period = table["period"].astype(np.int64).to_numpy() - 1
    slots = np.bincount(period, tally.amounts[place], plan.system.periods)
    if np.array_equal(slots, tally.amounts[treated]):
        tally.sums(treated, place, period)
