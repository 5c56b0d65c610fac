"""Beyond one machine: what a far larger run would cost, by stated arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.growth import Curve, Fit
from benchmarks.results import Result

QUEUES, PERIODS = "queues of a trust and service", "periods in 52 weeks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What would be run, and on what.

    Attributes
    ----------
    areas, priorities : int
        Into how many home areas and surgical priorities each trust's lists are divided.
    scenarios : int
        How many scenarios.
    cores, gigabytes : int, float
        Of the one machine.
    cluster_cores : int
        Of the cluster.
    cluster_gigabytes : float
        For each core of the cluster.
    """

    areas: int = 20
    priorities: int = 3
    scenarios: int = 1_000
    cores: int = 2
    gigabytes: float = 16.0
    cluster_cores: int = 256
    cluster_gigabytes: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one scenario and all of them would cost.

    Attributes
    ----------
    seconds, low, high : float
        Of one scenario, and the same with every exponent two standard errors lower or higher.
    gigabytes : float
        Of one scenario.
    machine_hours, cluster_hours : float
        Of all scenarios; infinite where one does not fit into the memory.
    machine_at_once, cluster_at_once : int
        How many scenarios run side by side.
    """

    seconds: float
    low: float
    high: float
    gigabytes: float
    machine_hours: float
    cluster_hours: float
    machine_at_once: int
    cluster_at_once: int


def steep(fit: Fit) -> float:
    """The steeper of the fitted exponent and the last slope: what to go on with."""
    return max(fit.exponent, fit.last)


def cost(
    seconds: float,
    megabytes: tuple[float, float],
    stretches: Sequence[tuple[float, Fit, Fit]],
    wish: Wish,
) -> Cost:
    """Work out what a larger run costs.

    Parameters
    ----------
    seconds
        What was measured.
    megabytes
        In use when the work began, which stays as it is, and at most.
    stretches
        By what factor something grows, and the power laws of time and memory.
    wish
        What would be run, and on what.
    """
    longer = math.prod(factor ** steep(time) for factor, time, _ in stretches)
    doubt = math.exp(sum(abs(math.log(factor)) * 2 * time.error for factor, time, _ in stretches))
    larger = math.prod(factor ** steep(memory) for factor, _, memory in stretches)
    before, most = megabytes
    one, gigabytes = seconds * longer, (before + (most - before) * larger) / 1024
    here = min(wish.cores, math.floor(wish.gigabytes / gigabytes))
    there = min(
        wish.cluster_cores,
        math.floor(wish.cluster_cores * wish.cluster_gigabytes / gigabytes),
    )
    return Cost(
        seconds=one,
        low=one / doubt,
        high=one * doubt,
        gigabytes=gigabytes,
        machine_hours=_hours(one, wish.scenarios, here),
        cluster_hours=_hours(one, wish.scenarios, there),
        machine_at_once=here,
        cluster_at_once=there,
    )


def _hours(seconds: float, scenarios: int, at_once: int) -> float:
    return math.ceil(scenarios / at_once) * seconds / 3600 if at_once else math.inf


def text(
    size: str,
    base: Result,
    curves: Sequence[Curve],
    wish: Wish,
) -> str:
    """Write the arithmetic out.

    Parameters
    ----------
    size
        What was measured.
    base
        Its plan, by week or in periods of four weeks.
    curves
        Growth curves with those of queues and periods among them.
    wish
        What would be run, and on what.
    """
    known = {one.name: one for one in curves}
    seconds, weekly = base.median, base.key == "by-week"
    megabytes = base.megabytes_before, base.megabytes
    named: list[tuple[str, str, float]] = []
    if not weekly:
        named.append((PERIODS, "52 periods of a week instead of 13 of four", 4.0))
    queues = wish.areas * wish.priorities
    named.append(
        (QUEUES, f"{wish.areas} home areas times {wish.priorities} priorities", float(queues))
    )
    stretches, lines = [], []
    for name, why, factor in named:
        curve = known.get(name)
        if curve is None or curve.time is None or curve.memory is None:
            return f"Not known: the growth curve of {name} was not measured.\n"
        stretches.append((factor, curve.time, curve.memory))
        lines.append(
            f"- {why}: {factor:g} times the {name}; time by {factor:g}^{steep(curve.time):.2f} = "
            f"{factor ** steep(curve.time):,.1f}, what memory "
            f"it adds by {factor:g}^{steep(curve.memory):.2f} = "
            f"{factor ** steep(curve.memory):,.1f}"
        )
        if factor > max(curve.x) / min(curve.x):
            lines.append(
                f"  (beyond what was measured, {min(curve.x):g} to {max(curve.x):g}: a forecast)"
            )
    found = cost(seconds, megabytes, stretches, wish)
    what = "by week" if weekly else "in periods of four weeks"
    return "\n".join(
        [
            f"A run over {size} by week, by home area and priority, with {wish.scenarios:,} "
            "scenarios, from what was measured here and the growth curves (the steeper of the "
            "fitted exponent and the last slope):",
            "",
            f"- measured, {size} {what}: {seconds:,.2f} s; {base.megabytes:,.0f} MB, "
            f"{base.megabytes_before:,.0f} of them before it began",
            *lines,
            f"- one scenario: {seconds:,.2f} s times all that = **{found.seconds:,.0f} s** "
            f"({found.low:,.0f} to {found.high:,.0f} s with every exponent two standard errors "
            f"lower or higher), **{found.gigabytes:,.1f} GB**",
            f"- one machine of {wish.cores} cores and {wish.gigabytes:g} GB, "
            f"{_at_once(found.machine_at_once)}: {_told(found.machine_hours)}",
            f"- a cluster of {wish.cluster_cores} cores with {wish.cluster_gigabytes:g} GB each, "
            f"{_at_once(found.cluster_at_once)}: {_told(found.cluster_hours)}",
            "",
            "Scenarios do not talk to one another, so that they are dealt out whole; what reading "
            "the tables and sending them costs is not in it. A plan without side rows falls into "
            "services, which can be dealt out as well.",
            "",
        ]
    )


def _at_once(count: int) -> str:
    return f"{count:,} scenarios at once" if count else "not one scenario at once"


def _told(hours: float) -> str:
    if math.isinf(hours):
        return "it does not fit into the memory"
    if hours >= 1:
        return f"**{hours:,.1f} hours**"
    return f"**{hours * 60:,.0f} minutes**" if hours > 0.1 else f"**{hours * 3600:,.0f} seconds**"
