"""How time and memory grow with the problem, on the made-up collaborative.

One thing is varied at a time; the power law ``time = a x^b`` is fitted by least squares on the
logarithms of all measurements. An exponent of 1 means: twice as much, twice as long. What every
plan costs, however small, flattens the curve, so the slope between the two largest is told too.
"""

from __future__ import annotations

import math
import pickle
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.line import Answer
from benchmarks.measure import Limits, Measurement, measure

if TYPE_CHECKING:
    import pandas as pd

BASE: dict[str, Any] = {
    "trusts": 8,
    "services": 6,
    "areas": 2,
    "priorities": True,
    "periods": 13,
    "period_weeks": 4,
    "band_weeks": 1,
    "patients": 60_000,
}
TINY = {"trusts": 2, "services": 1, "periods": 2, "patients": 600}
CURVES: dict[str, list[tuple[float, dict[str, Any]]]] = {
    "trusts (lists in proportion)": [
        (n, {"trusts": n, "patients": 7_500 * n}) for n in (4, 8, 16, 26)
    ],
    "services (lists in proportion)": [
        (n, {"services": n, "patients": 10_000 * n}) for n in (3, 6, 12, 24)
    ],
    "queues of a trust and service": [
        (1, {"areas": 1, "priorities": False}),
        (3, {"areas": 1}),
        (6, {"areas": 2}),
        (12, {"areas": 4}),
    ],
    "periods in 52 weeks": [
        (13, {"periods": 13, "period_weeks": 4}),
        (26, {"periods": 26, "period_weeks": 2}),
        (52, {"periods": 52, "period_weeks": 1}),
    ],
    "periods of 4 weeks": [(n, {"periods": n}) for n in (6, 13, 26, 39)],
    "week bands": [(104 // n, {"band_weeks": n}) for n in (8, 4, 2, 1)],
    "patients": [(n, {"patients": n}) for n in (60_000, 240_000, 960_000, 3_840_000)],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A power law that was fitted.

    Attributes
    ----------
    exponent, error : float
        The exponent, and its standard error by the scatter around the line.
    last : float
        The slope between the medians at the two largest.
    """

    exponent: float
    error: float
    last: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Curve:
    """How time and memory grow with one thing.

    Attributes
    ----------
    name : str
        What is varied.
    x, seconds, megabytes : list of float
        A measurement each: how much of it, how long the plan took, and by how much memory grew.
    time, memory : Fit or None
        What was fitted; None where there is nothing to fit.
    note : str
        What was not measured, and why.
    """

    name: str
    x: list[float]
    seconds: list[float]
    megabytes: list[float]
    time: Fit | None
    memory: Fit | None
    note: str = ""

    def record(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Curve:
        """Read what :meth:`record` wrote."""
        fits = {k: Fit(**record[k]) if record[k] else None for k in ("time", "memory")}
        return cls(**{**record, **fits})


def power_law(x: Sequence[float], y: Sequence[float]) -> Fit | None:
    """Fit ``y = a x^b`` by least squares on the logarithms.

    Returns
    -------
    Fit or None
        None if there are fewer than three points or two different ``x``, or a ``y`` is not above
        0.
    """
    places = sorted(set(x))
    # Two parameters are fitted: through no more points than these there is no scatter to see.
    if len(places) < 2 or len(x) < 3 or min(y) <= 0:
        return None
    across, up = np.log(x), np.log(y)
    centred = across - across.mean()
    spread = float(centred @ centred)
    slope = float(centred @ up) / spread
    left = up - up.mean() - slope * centred
    error = math.sqrt(float(left @ left) / (len(x) - 2) / spread)
    first, second = (median(b for a, b in zip(x, y, strict=True) if a == p) for p in places[-2:])
    last = math.log(second / first) / math.log(places[-1] / places[-2])
    return Fit(exponent=slope, error=error, last=last)


def curves(
    repeat: int,
    limits: Limits,
    say: Callable[[str], object],
    take: Callable[[str, Mapping[str, Any], Limits], Measurement] = measure,
) -> list[Curve]:
    """Measure every point of every curve, round by round, each in a fresh process."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in CURVES}
    notes: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        warm = f"{folder}/tiny.pickle"
        take("benchmarks.growth:make", {"path": warm, **BASE, **TINY}, limits)
        for number in range(1, repeat + 1):
            for name, points in CURVES.items():
                for x, change in points:
                    path = f"{folder}/{list(CURVES).index(name)}-{x:g}.pickle"
                    if number == 1:
                        given = {"path": path, **BASE, **change}
                        made = take("benchmarks.growth:make", given, limits)
                        if made.status != "measured":
                            notes[name] = f"{x:g}: {made.note}"
                    given = {"path": path, "warm": {"path": warm}}
                    one = take("benchmarks.growth:ready", given, limits)
                    if one.status != "measured":
                        notes.setdefault(name, f"{x:g}: {one.note}")
                        continue
                    grown = one.megabytes - one.megabytes_before
                    found[name].append((x, one.seconds, grown))
                say(f"growth, round {number} of {repeat}: {name}")
    return [curve(name, found[name], notes.get(name, "")) for name in CURVES]


def curve(name: str, found: Sequence[tuple[float, float, float]], note: str = "") -> Curve:
    """Fit the power laws of one curve."""
    x, seconds, megabytes = ([one[i] for one in found] for i in range(3))
    return Curve(
        name=name,
        x=x,
        seconds=seconds,
        megabytes=megabytes,
        time=power_law(x, seconds),
        memory=power_law(x, megabytes),
        note=note,
    )


def make(
    path: str,
    trusts: int,
    services: int,
    areas: int,
    priorities: bool,
    periods: int,
    period_weeks: int,
    band_weeks: int,
    patients: int,
) -> Callable[[], Answer]:
    """Make up a collaborative and write it to a file, so that making it costs the plan nothing."""
    # The parent measures nothing itself, and need not load the library.
    import mutualaid as ma

    def work() -> Answer:
        system = ma.datasets.collaborative(
            trusts=trusts,
            services=[f"C_{100 + i}" for i in range(services)],
            areas_per_trust=areas,
            priorities=priorities,
            periods=periods,
            period_weeks=period_weeks,
            list_size=patients,
        )
        system = system.replace(waiting_list=coarse(system.waiting_list, band_weeks))
        with Path(path).open("wb") as stream:
            pickle.dump(system, stream)
        return Answer()

    return work


def coarse(listed: pd.DataFrame, band_weeks: int) -> pd.DataFrame:
    """Put a waiting list into bands of so many weeks."""
    weeks = listed["weeks_waiting"] // band_weeks * band_weeks
    labels = [name for name in listed.columns if name != "patients"]
    banded = listed.assign(weeks_waiting=weeks)
    return banded.groupby(labels, observed=True, dropna=False)[["patients"]].sum().reset_index()


def ready(path: str) -> Callable[[], Answer]:
    """Load a collaborative; then plan and measure it."""
    import mutualaid as ma

    with Path(path).open("rb") as stream:
        system = pickle.load(stream)

    def work() -> Answer:
        plan = ma.optimise(system)
        plan.measures(by="origin")
        return Answer(objective=plan.certificate.cost, gap=plan.gap)

    return work
