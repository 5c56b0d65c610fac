"""The dense cohort model in PuLP, variable by variable, as it is written by hand."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import pulp

from benchmarks.dense import SCALE, Dense
from benchmarks.line import Answer


def ready(folder: str, solver: str) -> Callable[[], Answer]:
    """Load the model's arrays; then build it, solve it with ``"cbc"`` or ``"highs"``, read it."""
    dense = Dense.load(Path(folder) / "dense.npz")
    program = _cbc() if solver == "cbc" else _highs()

    def solve() -> Answer:
        problem = build(dense)
        # PuLP 3 and 4 say in different ways how it went; the objective is checked in any case.
        problem.solve(program)
        found = pulp.value(problem.objective)
        if found is None:
            raise RuntimeError(f"PuLP with {solver} found nothing")
        return Answer(objective=found * SCALE + dense.constant)

    return solve


def build(dense: Dense) -> pulp.LpProblem:
    """Write the model."""
    problem = pulp.LpProblem("dense", pulp.LpMinimize)
    in_slot: dict[tuple[int, int], list[tuple[pulp.LpVariable, float]]] = {}
    objective = []
    lanes_of: dict[int, list[tuple[int, int, int]]] = {}
    for lane, (queue, pair, cost) in enumerate(
        zip(
            dense.lane_queue.tolist(),
            dense.lane_pair.tolist(),
            dense.lane_cost.tolist(),
            strict=True,
        )
    ):
        lanes_of.setdefault(queue, []).append((lane, pair, cost))
    lots = zip(
        dense.lot_queue.tolist(),
        dense.lot_arrival.tolist(),
        dense.lot_patients.tolist(),
        dense.harm.tolist(),
        strict=True,
    )
    for lot, (queue, arrival, patients, harm) in enumerate(lots):
        mine = []
        for lane, pair, cost in lanes_of.get(queue, []):
            for period in range(arrival, dense.periods + 1):
                variable = problem.add_variable(f"x_{lot}_{lane}_{period}", 0, patients)
                saved = harm[period - 1] + cost - harm[-1]
                objective.append((variable, saved / SCALE))
                mine.append((variable, 1))
                in_slot.setdefault((pair, period), []).append((variable, 1))
        if mine:
            problem.addConstraint(_sum(mine) <= patients, f"lot_{lot}")
    slots = dense.slots.tolist()
    for (pair, period), terms in in_slot.items():
        problem.addConstraint(_sum(terms) <= slots[pair][period - 1], f"slots_{pair}_{period}")
    problem.setObjective(_sum(objective))
    return problem


def _sum(terms: Sequence[tuple[pulp.LpVariable, float]]) -> pulp.LpAffineExpression:
    make = getattr(pulp.LpAffineExpression, "from_list", pulp.LpAffineExpression)
    return make(terms)


def _cbc() -> pulp.LpSolver:
    """CBC, the newest that is there: that of ``pulp[cbc]``, one on the path, or PuLP's own."""
    try:
        path = import_module("cbcbox").cbc_bin_path()
    except ModuleNotFoundError:
        here = str(Path(sys.executable).parent)
        path = shutil.which("cbc", path=os.pathsep.join([here, os.environ.get("PATH", "")]))
    if path is not None:
        return pulp.COIN_CMD(path=path, msg=False)
    if "PULP_CBC_CMD" in pulp.listSolvers(onlyAvailable=True):
        return pulp.PULP_CBC_CMD(msg=False)
    raise ModuleNotFoundError("there is no CBC", name="cbc")


def _highs() -> pulp.LpSolver:
    import_module("highspy")
    return pulp.HiGHS(msg=False)
