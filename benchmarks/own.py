"""What mutualaid does itself: whole plans, parts of the way, and many plans."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd

import mutualaid as ma
from benchmarks import cases
from benchmarks.data import Files
from benchmarks.line import Answer
from benchmarks.uncertain import dips
from mutualaid.solve.backends.flow import Flows
from mutualaid.solve.solver import solve

TWO_ROWS = """\
RTT Part Type,Provider Org Code,Treatment Function Code,Gt 00 To 01 Weeks SUM 1
Part_2,RXX,C_110,4
Part_2,RXX,C_120,5
"""
"""To read where there is no file: such as what is read to load packages."""
Timed = Callable[[], Answer]


def plan(
    folder: str,
    table: str = "system",
    mode: str = "Deep",
    formulation: str = "auto",
    solver: str = "auto",
    processes: int | None = None,
) -> Timed:
    """From a system to a plan: built, solved, certified, decoded, audited and measured.

    With so many processes services are solved side by side; they start within the time.
    """
    system, policy = load(folder, table)
    collaboration = getattr(ma, mode)()

    def work() -> Answer:
        with ExitStack() as stack:
            pool = processes and stack.enter_context(ProcessPoolExecutor(processes))
            made = ma.optimise(
                system,
                policy,
                collaboration,
                solver,
                formulation=formulation,
                executor=pool or None,
            )
        made.measures(by="origin")
        return proven(made)

    return work


def flow(folder: str) -> Timed:
    """Solve the chain network: the flow and nothing else."""
    network = ma.build(*load(folder)).network

    def work() -> Answer:
        return Answer(objective=network.total(Flows(network).solve(network.cost)))

    return work


def solution(folder: str) -> Timed:
    """Solve the chain network: flow, prices, ties settled by the fixed rule, certificate."""
    network = ma.build(*load(folder)).network

    def work() -> Answer:
        found = solve(network)
        if not found.certificate.optimal:
            raise ValueError(f"not proven best: {found.certificate}")
        return Answer(objective=found.certificate.cost, gap=found.certificate.gap)

    return work


def scenarios(folder: str, count: int, processes: int | None = None) -> Timed:
    """One plan for each of so many scenarios of capacity, the first as expected.

    One after another here, or side by side in so many processes, which start within the time.
    """
    system, policy = load(folder)
    listed = capacities(count)

    def work() -> Answer:
        if processes is None:
            runs = ma.studies.run_scenarios(system, policy, listed)
        else:
            with ProcessPoolExecutor(processes) as executor:
                runs = ma.studies.run_scenarios(system, policy, listed, executor=executor)
        for made in runs.plans.values():
            proven(made)
        return proven(runs.plans[listed[0].name])

    return work


def capacities(count: int) -> list[ma.studies.Scenario]:
    """The expected capacity, and then from 10 % fewer to 10 % more slots in even steps."""
    steps = max(count - 2, 1)
    factors = [0.9 + 0.2 * i / steps for i in range(count - 1)]
    changed = [
        ma.studies.Scenario(
            f"slots times {factor:.4f}", [ma.studies.changes.Capacity(factor=factor)]
        )
        for factor in factors
    ]
    return [ma.studies.Scenario("as expected"), *changed]


def two_stage(folder: str, count: int) -> Timed:
    """A plan whose first period is decided for so many futures at once."""
    system, policy = load(folder)
    futures = dips(system, count)

    def work() -> Answer:
        made = ma.studies.two_stage(system, policy, futures, commit=1, measure="expected")
        return Answer(objective=round(made.objective * ma.harm.SCALE), gap=made.gap)

    return work


def from_the_file(folder: str) -> Timed:
    """From the published file to the plan with measures and prices: nothing is prepared."""
    size, files = case_of(folder)

    def work() -> Answer:
        if files is None:
            system = cases.system_of(size, None)
        else:
            system = cases.system_from(size, *cases.tables_of(files), periods=13)
        made = ma.optimise(system)
        made.measures(by=None)
        made.measures(by="origin")
        prices = made.prices
        return Answer(
            objective=proven(made).objective, gap=made.gap, details={"prices": len(prices)}
        )

    return work


def read_csv(folder: str) -> Timed:
    """Read the published file by pandas and pyarrow, and group it once."""
    _, files = case_of(folder)
    source = StringIO(TWO_ROWS) if files is None else files.rtt

    def work() -> Answer:
        table = pd.read_csv(source, engine="pyarrow")
        bands = [name for name in table.columns if name.startswith("Gt ")]
        keys = ["RTT Part Type", "Provider Org Code", "Treatment Function Code"]
        groups = table.groupby(keys)[bands].sum()
        return Answer(details={"groups": len(groups)})

    return work


def load(folder: str, table: str = "system") -> tuple[ma.System, ma.Policy]:
    """Load a system and a policy that were prepared."""
    with (Path(folder) / f"{table}.pickle").open("rb") as stream:
        system, policy = pickle.load(stream)
    return system, policy


def case_of(folder: str) -> tuple[str, Files | None]:
    """Say which size was prepared, and from which files, if from any."""
    case: dict[str, Any] = json.loads((Path(folder) / "case.json").read_text(encoding="utf-8"))
    files = None
    if case["rtt"] is not None:
        files = Files(rtt=Path(case["rtt"]), sites=Path(case["sites"]))
    return case["size"], files


def proven(made: ma.Plan) -> Answer:
    """Answer with a plan's cost and gap.

    Raises
    ------
    ValueError
        If its certificate is not valid.
    """
    if not made.certificate.valid:
        raise ValueError(f"the plan is not proven: {made.certificate}")
    return Answer(objective=made.certificate.cost, gap=made.certificate.gap)
