"""The counts of several plans for the same system, hidden so that no plan gives another away.

Plans side by side share what each trust would do alone. A figure that one plan hides there and
another one shows would be no secret, so the counts of all plans are one table, in which what they
share is the same number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.plan import Plan
from mutualaid.report.counts import Counts, add_measures, counts_of, measure_marks
from mutualaid.report.single_sums import SHOWN, Ints
from mutualaid.report.tally import Tally

BEFORE, AFTER = "_before", "_after"


def counts_side_by_side(plans: Mapping[str, Plan], suppress_below: int | None) -> dict[str, Counts]:
    """Count what a page shows of several plans, and choose what to hide in all of them.

    Whatever :func:`mutualaid.report.counts.counts_of` hides of a plan by itself stays hidden, so
    that a page of several plans shows nothing that the workbook of one of them hides.

    Parameters
    ----------
    plans
        Plans for one system, by name.
    suppress_below
        Smaller counts are hidden; None or 0 shows all.

    Raises
    ------
    InputError
        As :func:`mutualaid.report.counts.counts_of`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2)
    >>> rungs = ma.ladder(system)
    >>> found = counts_side_by_side(rungs.plans, 5)
    >>> before = [counts.trust_marks["over_18_before"].tolist() for counts in found.values()]
    >>> all(marks == before[0] for marks in before)
    True
    """
    alone = {name: counts_of(plan, suppress_below) for name, plan in plans.items()}
    if len(alone) == 1:
        return alone
    tally = Tally()
    cells = {name: _add(tally, counts) for name, counts in alone.items()}
    first = next(iter(cells.values()))
    for name, (own, whole, _) in cells.items():
        still = not plans[name].collaboration.moves
        for mine, shared in ((own, first[0]), (whole, first[1])):
            _share(tally, mine, shared, still=still)
    threshold = next(iter(alone.values())).threshold
    marks = tally.marks(threshold)
    result: dict[str, Counts] = {}
    for name, counts in alone.items():
        own, whole, lane = cells[name]
        moves = counts.moves.assign(mark=np.maximum(counts.moves["mark"], marks[lane]))
        travel = bool((moves["mark"] == SHOWN).all())
        of_trusts = measure_marks(counts.trusts, own, marks, travel)
        of_all = measure_marks(counts.whole, whole, marks, travel)
        result[name] = replace(
            counts,
            moves=moves,
            trust_marks=_worst(counts.trust_marks, of_trusts),
            whole_marks=_worst(counts.whole_marks, of_all),
        )
    return _with_shared_marks(plans, result)


def _worst(marks: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Of two marks the one that shows less."""
    return marks.where(marks >= others, others)


def _add(tally: Tally, counts: Counts) -> tuple[dict[str, Ints], dict[str, Ints], Ints]:
    """Add the counts of one plan: where those of trusts, of everybody and of lanes are."""
    own, whole = add_measures(tally, counts.trusts, counts.whole)
    lane = tally.add(counts.moves["patients"])
    place = counts.trusts["origin"].astype(str).tolist()
    number = {trust: at for at, trust in enumerate(place)}
    for column, measure in (("origin", "moves_out_after"), ("provider", "moves_in_after")):
        goes = np.array([number[t] for t in counts.moves[column].astype(str)], dtype=np.int64)
        tally.sums(own[measure], lane, goes)
    return own, whole, lane


def _share(tally: Tally, mine: dict[str, Ints], shared: dict[str, Ints], *, still: bool) -> None:
    """Say that what is done alone is one number; so is what follows where nobody moves."""
    for name in [name for name in shared if name.endswith(BEFORE)]:
        same = [mine[name]] if mine is not shared else []
        same += [mine[name.removesuffix(BEFORE) + AFTER]] if still else []
        for cells in same:
            tally.sums(shared[name], cells, np.arange(len(cells)))


def _with_shared_marks(plans: Mapping[str, Plan], found: dict[str, Counts]) -> dict[str, Counts]:
    """Hide what trusts do alone in every plan, once it is hidden in one."""
    result = dict(found)
    for frame in ("trust_marks", "whole_marks"):
        first = getattr(next(iter(found.values())), frame)
        shared = [str(name) for name in first if str(name).endswith(BEFORE)]
        after = [name.removesuffix(BEFORE) + AFTER for name in shared]
        seen = [getattr(counts, frame)[shared].to_numpy() for counts in found.values()]
        seen += [
            getattr(counts, frame)[after].to_numpy()
            for name, counts in found.items()
            if not plans[name].collaboration.moves
        ]
        worst = np.max(seen, axis=0)
        for name, counts in result.items():
            marks = getattr(counts, frame).copy()
            marks[shared] = worst
            if not plans[name].collaboration.moves:
                marks[after] = worst
            result[name] = replace(counts, **{frame: marks})
    return result
