"""Months of made-up RTT counts of which the truth is known: played day by day from rates.

``played`` gives the counts that calibration reads; ``extracts`` writes the same to files of the
form of NHS England's. Each list has clocks that start on working days, and a share of those who
wait is treated, with an admission or without, or leaves, on each working day, by weeks waited.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rtt_files import row, text

from mutualaid.calibration.monthly_counts import MonthlyCounts
from mutualaid.data.workdays import is_workday

WEEKS = 105
DAYS = 7
LEAD = 1000
"""Days played before the first month, from an empty list on: by then it hardly changes."""
PARTS = ("Part_1A", "Part_1B", "Part_2", "Part_2A", "Part_3")
"""As :func:`extracts` writes them, in this order."""

Lists = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Rates:
    """Shares of those waiting who go on a working day, by weeks waited, from 0 on.

    The same in all lists unless ``own`` has other ones for a provider.
    """

    admitted: Callable[[np.ndarray], np.ndarray] = lambda w: np.where(w < 18, 0.002, 0.008)
    non_admitted: Callable[[np.ndarray], np.ndarray] = lambda w: np.where(w < 6, 0.012, 0.006)
    leaving: Callable[[np.ndarray], np.ndarray] = lambda w: np.where(w < 2, 0.004, 0.001)


STEADY = Rates()


def played(
    lists: Lists,
    first: str = "2024-04",
    months: int = 12,
    *,
    rates: Rates = STEADY,
    more: Callable[[pd.Timestamp], float] = lambda _: 1.0,
    absent: Collection[tuple[str, str]] = (),
    without: Collection[str] = (),
    whole: bool = False,
) -> MonthlyCounts:
    """Play some lists through some months.

    Parameters
    ----------
    lists
        Clocks that start on a working day, by provider and service.
    first, months
        The first month and how many follow each other, it included.
    rates
        What happens on a working day.
    more
        By day, how many times as many clocks start as usual.
    absent
        Pairs of a provider and a month for which it makes no return.
    without
        Months of which there is no file.
    whole
        Whether counts are rounded, as those of files are.
    """
    keys = sorted(lists)
    providers, services = (tuple(sorted({key[place] for key in keys})) for place in (0, 1))
    calendar = pd.period_range(first, periods=months, freq="M")
    cubes, new = _play(np.array([lists[key] for key in keys]), calendar, rates, more)
    if whole:
        cubes, new = cubes.round(), new.round()
    kept = [at for at, month in enumerate(calendar) if str(month) not in without]
    cubes, new = cubes[:, kept], new[kept]
    names = tuple(str(calendar[at]) for at in kept)
    for provider, month in absent:
        if month in names:
            mine = [at for at, key in enumerate(keys) if key[0] == provider]
            cubes[:, names.index(month), mine] = 0
            new[names.index(month), mine] = 0
    waiting, admitted, non_admitted = cubes.astype(np.float32)
    return MonthlyCounts(
        months=names,
        providers=providers,
        services=services,
        provider=np.array([providers.index(key[0]) for key in keys]),
        service=np.array([services.index(key[1]) for key in keys]),
        waiting=waiting,
        admitted=admitted,
        non_admitted=non_admitted,
        decided=(waiting * np.float32(0.1)).astype(np.float32),
        new=new.astype(np.float64),
        given=waiting.sum(axis=2) > 0,
        whole=np.ones(len(names), dtype=bool),
        unknown=0.0,
    )


def _play(
    starts: np.ndarray,
    calendar: pd.PeriodIndex,
    rates: Rates,
    more: Callable[[pd.Timestamp], float],
) -> tuple[np.ndarray, np.ndarray]:
    """Lists at the ends of months, and who was treated in each stream; and clocks that started."""
    age = np.minimum(np.maximum(np.arange(WEEKS * DAYS + 1) - 1, 0) // DAYS, WEEKS - 1)
    going = [kind(age) for kind in (rates.admitted, rates.non_admitted, rates.leaving)]
    waiting = np.zeros((len(starts), len(age)))
    cubes = np.zeros((3, len(calendar), len(starts), WEEKS))
    new = np.zeros((len(calendar), len(starts)))
    begin = calendar[0].start_time
    days = pd.date_range(begin - pd.Timedelta(days=LEAD), calendar[-1].end_time.normalize())
    for day, works in zip(days, is_workday(days), strict=True):
        month = (day.year - begin.year) * 12 + day.month - begin.month
        older = np.zeros_like(waiting)
        older[:, 1:] = waiting[:, :-1]
        older[:, -1] += waiting[:, -1]
        waiting = older
        if works:
            joined = starts * more(day)
            gone = [share * waiting for share in going]
            waiting = waiting - sum(gone)
            waiting[:, 0] += joined
            if month >= 0:
                new[month] += joined
                for cube, some in zip(cubes[1:], gone[:2], strict=True):
                    cube[month] += _by_week(some, age)
        if month >= 0:
            cubes[0, month] = _by_week(waiting, age)
    return cubes, new


def _by_week(patients: np.ndarray, age: np.ndarray) -> np.ndarray:
    return np.stack([np.bincount(age, weights=row, minlength=WEEKS) for row in patients])


def extracts(counts: MonthlyCounts, folder: Path) -> list[Path]:
    """Write a file a month, in the form of NHS England's; counts are rounded."""
    paths = []
    for at, month in enumerate(counts.months):
        rows = []
        for place in np.flatnonzero(counts.given[at]):
            provider, service = counts.provider[place], counts.service[place]
            names = counts.providers[provider], counts.services[service]
            cubes = counts.admitted, counts.non_admitted, counts.waiting, counts.decided
            for part, cube in zip(PARTS, cubes, strict=False):
                weeks = {w: int(n) for w, n in enumerate(cube[at, place].round()) if n >= 1}
                rows.append(row(*names, part, weeks, period=_period(month)))
            started = round(counts.new[at, place])
            rows.append(row(*names, PARTS[-1], started, period=_period(month)))
        path = folder / f"{month}.csv"
        path.write_text(text(rows), encoding="utf-8", newline="")
        paths.append(path)
    return paths


def _period(month: str) -> str:
    return f"RTT-{pd.Period(month, 'M').strftime('%B-%Y')}"
