"""From measurements to results: round robin, medians, ratios, and who found what."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.line import Line
from benchmarks.measure import Measurement

CLOSE = 1e-6
"""How far, at most, floating point may be from the optimum, as a share of it."""
LARGEST_GAP = 1e-3
"""How far, at most, a plan with a proven bound may be above it, as a share."""
INSTALL = "pip install mutualaid[bench]"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Result:
    """What all measurements of a line say.

    Attributes
    ----------
    key, title, yardstick : str
        See :class:`benchmarks.line.Line`.
    command : str
        What measures it again.
    status : str
        ``"measured"``, ``"over"``, ``"missing"``, ``"failed"`` or ``"wrong"``.
    note : str
        Why, if it was not measured; else what was found about the objective.
    seconds : list of float
        In the order of the rounds.
    megabytes, megabytes_before : float
        The most of all rounds, and the least that was in use when the work began.
    objective, gap : float or None
        See :class:`benchmarks.line.Answer`.
    limit : float
        Seconds that a measurement was given.
    """

    key: str
    title: str
    yardstick: str
    command: str
    status: str
    note: str = ""
    seconds: list[float] = field(default_factory=list)
    megabytes: float = 0.0
    megabytes_before: float = 0.0
    objective: float | None = None
    gap: float | None = None
    limit: float = math.inf

    @property
    def median(self) -> float:
        """Seconds, the median of the rounds; NaN if not measured."""
        return statistics.median(self.seconds) if self.seconds else math.nan

    @property
    def least(self) -> float:
        """Seconds of the fastest round; NaN if not measured."""
        return min(self.seconds, default=math.nan)

    @property
    def broken(self) -> bool:
        """Whether the run as a whole has failed because of this line."""
        return self.status in ("failed", "wrong")

    def record(self) -> dict[str, Any]:
        """Everything, for JSON."""
        finite = {"limit": None if math.isinf(self.limit) else self.limit}
        return {**asdict(self), **finite, "median": self.median if self.seconds else None}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Result:
        """Read what :meth:`record` wrote."""
        given = {k: v for k, v in record.items() if k in cls.__slots__}
        if given.get("limit") is None:
            given["limit"] = math.inf
        return cls(**given)


def round_robin(
    lines: Sequence[Line],
    repeat: int,
    take: Callable[[Line], Measurement],
    say: Callable[[str], object],
) -> dict[str, list[Measurement]]:
    """Measure every line once, then every line again, and so on, each round in another order.

    A machine that others use has slow minutes: with a fixed order they would fall on the same
    lines. The orders are the same for every run. A line that was not measured in one round is not
    tried in the next.
    """
    found: dict[str, list[Measurement]] = {line.key: [] for line in lines}
    for number in range(1, repeat + 1):
        for line in random.Random(number).sample(lines, len(lines)):
            if any(one.status != "measured" for one in found[line.key]):
                continue
            one = take(line)
            found[line.key].append(one)
            told = f"{one.seconds:.3f} s" if one.status == "measured" else one.note
            say(f"round {number} of {repeat}: {line.key}: {told}")
    return found


def result_of(
    line: Line, found: Sequence[Measurement], optimum: float | None, command: str, limit: float
) -> Result:
    """Put the measurements of a line together, and check what it found.

    Parameters
    ----------
    line
        The line.
    found
        Its measurements.
    optimum
        What was proven to be the best objective, in 1/1000 harm-weeks.
    command
        What measures it again.
    limit
        Seconds that each measurement was given.
    """
    common: dict[str, Any] = {
        "key": line.key,
        "title": line.title,
        "yardstick": line.yardstick,
        "command": command,
        "limit": limit,
    }
    bad = next((one for one in found if one.status != "measured"), None)
    if bad is not None:
        status, note = bad.status, bad.note
        if status == "missing":
            package = note.partition(".")[0]
            if package not in line.packages:
                status, note = "failed", f"there is no module {note}"
            else:
                note = f"missing: {INSTALL} ({package})"
        return Result(**common, status=status, note=note)
    said = [verdict(line, one, optimum) for one in found]
    wrong = next((text for right, text in said if not right), None)
    return Result(
        **common,
        status="measured" if wrong is None else "wrong",
        note=said[-1][1] if wrong is None else wrong,
        seconds=[one.seconds for one in found],
        megabytes=max(one.megabytes for one in found),
        megabytes_before=min(one.megabytes_before for one in found),
        objective=found[-1].objective,
        gap=max((one.gap for one in found if one.gap is not None), default=None),
    )


def verdict(line: Line, found: Measurement, optimum: float | None) -> tuple[bool, str]:
    """Say whether an objective is what it must be, and how it compares."""
    objective, gap = found.objective, found.gap
    if gap is not None and not gap <= LARGEST_GAP:
        return False, f"wrong: a gap of {gap:.3%}"
    proof = "" if gap is None else "proven best" if gap == 0 else f"gap at most {gap:.1g}"
    if line.check == "none":
        return True, proof
    if objective is None or optimum is None:
        return False, "wrong: no objective to check"
    off = (objective - optimum) / max(abs(optimum), 1)
    if line.check == "equal":
        right = objective == optimum
        text = proof or "the same optimum"
    elif line.check == "close":
        right = abs(off) <= CLOSE
        text = f"the same optimum within {CLOSE:g}"
    else:
        right = off >= -CLOSE
        text = f"{off:+.3%} harm; {proof}"
    if not right:
        return False, f"wrong: {objective:,.3f} instead of {optimum:,.0f}"
    return True, text


def ratio(result: Result, others: Mapping[str, Result]) -> tuple[str, float]:
    """Compare a line to its yardstick.

    Returns
    -------
    (str, float)
        ``""`` and the ratio of the medians, or ``"> "`` and what it is above, where the line was
        stopped at its limit of seconds; NaN where there is nothing to compare.
    """
    base = others[result.yardstick].median if result.yardstick in others else math.nan
    if math.isnan(base) or base <= 0:
        return "", math.nan
    if result.status == "over" and result.note.endswith(" s"):
        return "> ", result.limit / base
    return "", result.median / base
