"""What was measured as tables and as a page, in Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.growth import Curve, Fit
from benchmarks.results import Result, ratio


def table(results: Sequence[Result]) -> str:
    """Lay the lines out."""
    others = {result.key: result for result in results}
    lines = [
        "| | name | seconds (median) | least | ratio | to | peak MB | objective |",
        "|---|---|---:|---:|---:|---|---:|---|",
    ]
    for result in results:
        sign, value = ratio(result, others)
        cells = [
            result.title,
            f"`{result.key}`",
            *(
                [_seconds(result.median), _seconds(result.least)]
                if result.seconds
                else [f"**{result.note}**", ""]
            ),
            "" if math.isnan(value) else sign + _significant(value),
            "" if result.yardstick == result.key else f"`{result.yardstick}`",
            f"{result.megabytes:,.0f}" if result.megabytes else "",
            result.note if result.seconds else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def stage_table(stages: Mapping[str, Sequence[float | None]]) -> str:
    """Lay seconds and megabytes of the stages out: the medians, and the most."""
    total = sum(found[0] or 0.0 for found in stages.values())
    lines = ["| stage | seconds | share | memory grows by (MB) |", "|---|---:|---:|---:|"]
    for name, (seconds, megabytes) in stages.items():
        share = (seconds or 0.0) / total if total else 0.0
        grown = "" if megabytes is None else f"{megabytes:,.0f}"
        lines.append(f"| {name} | {_seconds(seconds or 0.0)} | {share:.0%} | {grown} |")
    lines.append(f"| in all | {_seconds(total)} | | |")
    return "\n".join(lines) + "\n"


def growth_table(curves: Sequence[Curve]) -> str:
    """Lay the fitted exponents out."""
    lines = [
        "| grows with | measured at | seconds | exponent of time | of memory | |",
        "|---|---|---|---:|---:|---|",
    ]
    for curve in curves:
        places = sorted(set(curve.x))
        seconds = [
            min(s for x, s in zip(curve.x, curve.seconds, strict=True) if x == place)
            for place in places
        ]
        cells = [
            curve.name,
            ", ".join(f"{place:,.0f}" for place in places),
            ", ".join(_seconds(one) for one in seconds),
            _fit(curve.time),
            _fit(curve.memory),
            curve.note,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def page(run: Mapping[str, Any], scale: str, comparison: str = "") -> str:
    """Write the page.

    Parameters
    ----------
    run
        What ``--json`` writes.
    scale
        What :func:`benchmarks.scale.text` says; empty for nothing.
    comparison
        What :func:`benchmarks.compare.compared` says; empty for nothing.
    """
    results = [Result.of_record(item) for item in run["lines"]]
    parts = [f"# Benchmarks: {run['size']}\n", _about(run)]
    if results:
        parts += ["## The lines\n", _HOW.format(**run), table(results)]
        parts.append("## How to measure a line again\n")
        parts.append(_commands(results))
    if comparison:
        parts += ["## Beside an earlier run\n", comparison]
    if run.get("stages"):
        parts += ["## Stages\n", _STAGES, stage_table(run["stages"])]
    if run.get("growth"):
        curves = [Curve.of_record(item) for item in run["growth"]]
        parts += ["## Growth\n", _GROWTH, growth_table(curves)]
    if scale:
        parts += ["## Beyond one machine\n", scale]
    return "\n".join(parts)


_HOW = """\
Every measurement is a process of its own; all lines are measured in turn, {repeat} times, each
time in another order. *Ratio*
is that of the medians of the line and of its yardstick, the line named beside it. Time is that of
the work, without loading packages (each works on something tiny first) and what was prepared;
memory that of the process and its
children while it works. Dense models start from arrays of cohorts, lanes, harm and slots, flow
solvers from the network: working these out costs the peers nothing. A line is stopped at
{limit_seconds:g} s or {limit_gigabytes:g} GB. Every objective is checked: one that is wrong fails
the run.
"""
_STAGES = """\
One plan from the file, or from making the tables up, on. Each trust alone is planned as well, and
counted here: two solves, two decodings. The medians of the rounds, and the most memory.
"""
_GROWTH = """\
On the made-up collaborative, one thing varied at a time: a plan with its measures, the fastest
round. The exponent `b` of `a x^b` by least squares on logarithms, ± its standard error; behind it
the slope between the two largest.
"""


def _about(run: Mapping[str, Any]) -> str:
    machine = run["machine"]
    packages = ", ".join(
        f"{name} {version or 'missing'}" for name, version in machine["packages"].items()
    )
    memory = machine["memory_gigabytes"]
    lines = [f"- {text}" for text in run["described"].values()]
    lines += [
        f"- {machine['cpu']}, {machine['cores']} cores"
        + (f", {memory:g} GB" if memory else "")
        + f", {machine['system']}, {machine['when']}",
        f"- Python {machine['python']}, {packages}",
    ]
    return "\n".join(lines) + "\n"


def _commands(results: Sequence[Result]) -> str:
    return "\n".join(f"- {one.title}: `{one.command}`" for one in results) + "\n"


def _fit(fit: Fit | None) -> str:
    return "" if fit is None else f"{fit.exponent:.2f} ± {fit.error:.2f} ({fit.last:.2f})"


def _seconds(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:,.1f}"


def _significant(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
