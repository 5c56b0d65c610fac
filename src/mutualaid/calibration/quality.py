"""What calibration assumed, smoothed and clipped, and for whom."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.fitting import HIGHEST_RATE, LIST_PRIOR, RECENT, WINDOW_MONTHS
from mutualaid.calibration.monthly_counts import MonthlyCounts
from mutualaid.calibration.path import LONGEST_GAP_MONTHS, start
from mutualaid.data.column_checks import Mask
from mutualaid.formats import percent

COLUMNS = ("kind", "what", "providers", "lists", "patients", "whom", "done")
NAMED = 5

Row = tuple[str, str, int, int, int, str, str]


def quality(counts: MonthlyCounts, rates: Rates, notes: tuple[str, ...]) -> pd.DataFrame:
    """List what was assumed, smoothed, clipped or missing.

    Returns
    -------
    pandas.DataFrame
        ``kind`` (``"assumed"``, ``"missing"``, ``"smoothed"``, ``"clipped"`` or ``"read"``),
        ``what``, how many ``providers``, ``lists`` and ``patients`` waiting it touches, ``whom``
        (the largest providers by code), and what was ``done``.
    """
    rows = [
        *_months(counts, rates),
        *_merged(counts),
        *_providers(counts),
        *_lists(counts),
        *_clipped(counts, rates),
        *(("read", note, 0, 0, 0, "", "as the reader of the files says") for note in notes),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(counts: MonthlyCounts, kind: str, what: str, lists: Mask, done: str) -> Iterator[Row]:
    """A row for some lists; none if there are none."""
    if not lists.any():
        return
    waiting = counts.waiting[-1].sum(axis=1, dtype=np.float64) * lists
    mine = counts.by_provider(waiting)
    touched = counts.by_provider(lists.astype(np.float64)) > 0
    largest = np.argsort(-np.where(touched, mine, -1.0), kind="stable")[: int(touched.sum())]
    whom = ", ".join(counts.providers[i] for i in largest[:NAMED])
    whom += f" and {len(largest) - NAMED} more" if len(largest) > NAMED else ""
    yield kind, what, int(touched.sum()), int(lists.sum()), round(float(waiting.sum())), whom, done


def _months(counts: MonthlyCounts, rates: Rates) -> Iterator[Row]:
    every = np.ones(len(counts.provider), dtype=bool)

    def told(kind: str, what: str, done: str) -> Iterator[Row]:
        return _row(counts, kind, what, every, done)

    holes = [
        str(month)
        for month in pd.period_range(counts.months[0], counts.months[-1], freq="M")
        if str(month) not in counts.months
    ]
    if holes:
        yield from told("missing", f"{', '.join(holes)}: no file", "no change is counted over it")
    parts = [m for m, whole in zip(counts.months, counts.whole, strict=True) if not whole]
    if parts:
        yield from told(
            "missing", f"{', '.join(parts)}: not all of parts 1A, 1B, 2 and 3", "no rates from it"
        )
    used = counts.pairs(WINDOW_MONTHS) or counts.pairs()[-1:]
    yield from told(
        "assumed",
        f"rates of {len(used)} months to {counts.months[-1]}",
        f"each month counts {RECENT:g} times as much as the month after it",
    )
    if rates.season:
        low = min(rates.season, key=lambda month: rates.season[month])
        name = pd.Timestamp(2000, low, 1).month_name()
        yield from told(
            "assumed",
            f"{len(rates.season)} calendar months have a season of their own",
            f"least is done on a working day in {name}: {percent(rates.season[low])} of usual",
        )
    else:
        yield from told("assumed", "fewer than twelve months", "no seasons; working days only")
    if counts.unknown:
        yield from told(
            "assumed",
            f"{percent(counts.unknown, 2)} of completed pathways have an unknown clock start",
            "shared out by week as the others of their list",
        )


def _merged(counts: MonthlyCounts) -> Iterator[Row]:
    for one in counts.merged:
        yield from _row(
            counts,
            "assumed",
            f"{counts.providers[one.before]} has merged into {counts.providers[one.after]}: no "
            f"return from {counts.months[one.month]} on, when the other grew by about its lists",
            counts.provider == one.after,
            "its lists are counted there; follow_mergers=False leaves them apart",
        )


def _providers(counts: MonthlyCounts) -> Iterator[Row]:
    returned, provider = counts.returned, counts.provider
    late = start(counts)[1]
    times = returned.sum(axis=0)
    yield from _row(
        counts,
        "missing",
        f"no return for {counts.months[-1]}",
        late[provider],
        "the list is taken to be that of the last return",
    )
    gone = (~returned[-1] & ~late & (times > 0))[provider]
    yield from _row(
        counts,
        "missing",
        f"no return for {LONGEST_GAP_MONTHS} months",
        gone,
        "nobody is taken to wait there any more",
    )
    yield from _row(
        counts,
        "smoothed",
        "providers with a single return",
        ((times == 1) & returned[-1])[provider],
        "rates of the services in England",
    )


def _lists(counts: MonthlyCounts) -> Iterator[Row]:
    window = counts.pairs(WINDOW_MONTHS) or counts.pairs()[-1:]
    done = sum(
        counts.admitted[month].sum(axis=1) + counts.non_admitted[month].sum(axis=1)
        for month in window
    )
    there = counts.waiting[-1].sum(axis=1) > 0
    yield from _row(
        counts,
        "smoothed",
        f"lists with fewer than {LIST_PRIOR:g} completed pathways in the months used",
        (np.asarray(done) < LIST_PRIOR) & there,
        "rates are more those of the service and the provider than their own",
    )
    ended = counts.returned[-1][counts.provider] & ~counts.given[-1] & counts.given.any(axis=0)
    yield from _row(counts, "missing", "lists that have ended", ended, "nobody joins them")
    begun = counts.given[-1] & ~counts.given[:-1].any(axis=0)
    yield from _row(
        counts,
        "smoothed",
        "lists that are new in the last month",
        begun,
        "rates of the service and the provider",
    )


def _clipped(counts: MonthlyCounts, rates: Rates) -> Iterator[Row]:
    there = counts.waiting[-1] > 0
    high = (np.maximum(rates.admitted, rates.non_admitted) >= HIGHEST_RATE) & there
    yield from _row(
        counts,
        "clipped",
        f"rates above {HIGHEST_RATE:g} a week",
        high.any(axis=1),
        f"set to {HIGHEST_RATE:g}",
    )
    joined = (rates.leaving < 0) & there
    yield from _row(
        counts,
        "assumed",
        "ages at which more join, with weeks on their clock, than leave untreated",
        joined.any(axis=1),
        "they join at these ages",
    )
