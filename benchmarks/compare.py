"""Two runs of the benchmarks, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.results import Result, ratio

ROUNDS, CLEAR = 3, 0.1


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Lay an earlier run and this one side by side, as Markdown.

    A line is called faster or slower only if all its rounds were, of three or more, and by a
    tenth: of two rounds each, one line in three would be so by chance. On another machine only
    the ratios to the yardsticks can be compared, and the text says so.

    Parameters
    ----------
    old, new
        What ``--json`` wrote.

    Raises
    ------
    ValueError
        If the two are not of the same size.
    """
    if old.get("size") != new.get("size"):
        raise ValueError(f"that run is of {old.get('size')}, this one of {new.get('size')}")
    before, after = (
        {item["key"]: Result.of_record(item) for item in run["lines"]} for run in (old, new)
    )
    lines = []
    if _where(old) != _where(new):
        lines += [
            "Measured on another machine: seconds cannot be compared, ratios to the yardstick can.",
            "",
        ]
    lines += [
        "| line | seconds before | now | now to before | ratio to yardstick before | now | |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for key in [*after, *(key for key in before if key not in after)]:
        one, other = before.get(key), after.get(key)
        cells = [
            key,
            _seconds(one),
            _seconds(other),
            _number(other.median / one.median) if one and other else "",
            _ratio(one, before),
            _ratio(other, after),
            _judged(one, other),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _where(run: Mapping[str, Any]) -> Sequence[object]:
    return [run["machine"].get(name) for name in ("cpu", "cores", "memory_gigabytes")]


def _judged(before: Result | None, after: Result | None) -> str:
    if before is None or after is None:
        return "new" if before is None else "not measured now"
    if not (before.seconds and after.seconds):
        return "" if before.status == after.status else f"{before.status}, now {after.status}"
    enough = min(len(before.seconds), len(after.seconds)) >= ROUNDS
    if enough and _clearly(after, before):
        return "faster"
    return "slower" if enough and _clearly(before, after) else "no clear difference"


def _clearly(quick: Result, slow: Result) -> bool:
    return max(quick.seconds) < min(slow.seconds) and quick.median <= slow.median * (1 - CLEAR)


def _seconds(result: Result | None) -> str:
    if result is None:
        return ""
    return f"{result.median:.3f}" if result.seconds else result.note


def _ratio(result: Result | None, others: Mapping[str, Result]) -> str:
    if result is None:
        return ""
    sign, value = ratio(result, others)
    return sign + _number(value) if not math.isnan(value) else ""


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.2f}"
