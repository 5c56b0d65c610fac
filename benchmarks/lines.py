"""Every line of the table, ours and the peers', in the order in which they are measured."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from benchmarks.line import SIZES, Line
from benchmarks.peers import PEERS

SCENARIOS = {"smoke": 5, "icb": 100, "region": 100, "england": 100}
FUTURES = {"smoke": 3, "icb": 20, "region": 20, "england": 20}
PROCESSES = 2
SMALL = ("smoke", "icb", "region")


def lines_of(size: str) -> tuple[Line, ...]:
    """List every line there is, with the numbers of a size."""
    scenarios, futures = SCENARIOS[size], FUTURES[size]
    own = (
        Line(
            key="auto",
            title="mutualaid: built, solved, certified, decoded, audited, measured",
            work="benchmarks.own:plan",
        ),
        Line(
            key="solve",
            title="mutualaid, solve only: flow, prices, ties settled, certificate",
            work="benchmarks.own:solution",
        ),
        Line(key="flow", title="mutualaid, flow only", work="benchmarks.own:flow"),
        Line(
            key="ageing",
            title="mutualaid on the ageing network",
            work="benchmarks.own:plan",
            arguments={"formulation": "ageing"},
        ),
        Line(
            key="highs",
            title="mutualaid with HiGHS",
            work="benchmarks.own:plan",
            arguments={"solver": "highs"},
            packages=("highspy",),
        ),
        Line(
            key="by-week",
            title="mutualaid by week, the same horizon",
            work="benchmarks.own:plan",
            arguments={"table": "week"},
            needs=("week",),
            check="none",
        ),
        Line(
            key="by-week-pool",
            title=f"mutualaid by week, services side by side in {PROCESSES} processes",
            work="benchmarks.own:plan",
            arguments={"table": "week", "processes": PROCESSES},
            needs=("week",),
            check="none",
        ),
        Line(
            key="transactional",
            title="mutualaid, Transactional: nobody worse off, aid in balance",
            work="benchmarks.own:plan",
            arguments={"mode": "Transactional"},
            check="not below",
        ),
        Line(
            key="resource",
            title="mutualaid, Resource: nobody worse off",
            work="benchmarks.own:plan",
            arguments={"mode": "Resource"},
            check="not below",
        ),
        Line(
            key="scenarios",
            title=f"mutualaid, {scenarios} capacity scenarios",
            work="benchmarks.own:scenarios",
            arguments={"count": scenarios},
            sizes=SMALL,
        ),
        Line(
            key="scenarios-pool",
            title=f"mutualaid, {scenarios} capacity scenarios in {PROCESSES} processes",
            work="benchmarks.own:scenarios",
            arguments={"count": scenarios, "processes": PROCESSES},
            sizes=SMALL,
        ),
        Line(
            key="two-stage",
            title=f"mutualaid, first period decided for {futures} futures",
            work="benchmarks.own:two_stage",
            arguments={"count": futures},
            check="not below",
            sizes=SMALL,
        ),
        Line(
            key="read-csv",
            title="yardstick: pandas (pyarrow) reads the file and groups it once",
            work="benchmarks.own:read_csv",
            yardstick="read-csv",
            needs=(),
            packages=("pyarrow",),
            check="none",
            sizes=("england",),
        ),
        Line(
            key="from-the-file",
            title="mutualaid, from the file to the plan with measures and prices",
            work="benchmarks.own:from_the_file",
            yardstick="read-csv",
            needs=(),
            sizes=("england",),
        ),
    )
    return own + PEERS


def chosen(size: str, only: Collection[str]) -> list[Line]:
    """Choose what is measured at a size, and the yardsticks of all that is.

    Raises
    ------
    ValueError
        If a name is unknown, or needs a file that the size does without.
    """
    every = {line.key: line for line in lines_of(size)}
    unknown = [key for key in only if key not in every]
    if unknown:
        raise ValueError(f"--only {', '.join(unknown)}: the names are {', '.join(every)}")
    wanted = {key for key, line in every.items() if (key in only if only else size in line.sizes)}
    from_files = {"read-csv", "from-the-file"}
    if size == SIZES[0] and wanted & from_files:
        raise ValueError(f"--only {', '.join(sorted(wanted & from_files))}: {size} has no file")
    while missing := {every[key].yardstick for key in wanted} - wanted:
        wanted |= missing
    return [line for key, line in every.items() if key in wanted]


def needs_of(lines: Sequence[Line]) -> list[str]:
    """List what has to be prepared for some lines."""
    return sorted({need for line in lines for need in line.needs})
