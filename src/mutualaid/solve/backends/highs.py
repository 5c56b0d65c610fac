"""Linear and mixed-integer programs by HiGHS, straight from arrays.

Every return value is read: HiGHS answers ``kOptimal`` to models that it refused in part. Costs are
scaled down where they are large, since its tolerances are absolute and it gives up at costs of
about 1e14 times its tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from mutualaid.errors import SolverError
from mutualaid.model.network import NO_LIMIT, Ints, Network, SideRows
from mutualaid.solve.certificate import shared_unit
from mutualaid.solve.interface import Answer, Floats, Limits, Mask, nothing_to_carry
from mutualaid.solve.status import Status, within_memory

_S = highspy.HighsModelStatus
STATUS: dict[Any, Status] = {
    _S.kOptimal: Status.OPTIMAL,
    _S.kModelEmpty: Status.OPTIMAL,
    _S.kInfeasible: Status.INFEASIBLE,
    # Every arc is bounded, so that "unbounded or infeasible" can only be the latter.
    _S.kUnboundedOrInfeasible: Status.INFEASIBLE,
    _S.kTimeLimit: Status.FEASIBLE,
    _S.kIterationLimit: Status.FEASIBLE,
    _S.kSolutionLimit: Status.FEASIBLE,
    _S.kInterrupt: Status.FEASIBLE,
    _S.kMemoryLimit: Status.MEMORY,
}

LARGEST_COST = 2**20
"""Costs above it are divided by a power of two, so that none exceeds it."""
FINER = 2.0**20
"""Factor on side rows that must be kept more exactly than HiGHS's tolerance."""
SMALLEST = 1e-12
"""The smallest coefficient that HiGHS is told to keep; its default drops those below 1e-9."""
OTHER_WAYS: tuple[dict[str, object], ...] = (
    {"presolve": "on"},
    {"simplex_strategy": 4, "presolve": "off"},
    {"solver": "ipm", "presolve": "on"},
)
"""Further attempts where HiGHS fails on a linear program: with presolve, by primal simplex, by
an interior point method."""


class Quiet(highspy.Highs):  # type: ignore[misc]
    """HiGHS without output: highspy 1.16 prints a banner as soon as callbacks are on."""

    def enableCallbacks(self) -> None:  # noqa: N802
        """Turn callbacks on without output."""
        require_ok(self.setOptionValue("output_flag", False), "option output_flag")
        super().enableCallbacks()


def solve_highs(network: Network, limits: Limits, *, whole: np.ndarray | None = None) -> Answer:
    """Solve a network with its side rows.

    Parameters
    ----------
    network
        The network.
    limits
        Time, threads and gap.
    whole
        Mask over arcs whose flow must be a whole number; None for the linear relaxation.

    Returns
    -------
    Answer
        With duals where ``whole`` is None.

    Raises
    ------
    SolverError
        If HiGHS refuses the model or an option.
    """
    if not network.arcs:
        return nothing_to_carry(network)
    scale, unit = row_scale(network.rows), _cost_scale(network.cost)
    if limits.fine:
        scale = scale * FINER
    solver = _loaded(network, whole, scale, unit)
    held = bool((network.lower == network.capacity).any())
    presolve = whole is not None and held
    _set_limits(solver, limits, whole=whole is not None, presolve=presolve)
    if whole is not None:
        # Whole flows cost multiples of what their costs share: less than one of them is no gap.
        gap = (shared_unit(network.cost) - 0.5) * unit
        require_ok(solver.setOptionValue("mip_abs_gap", gap), f"option mip_abs_gap = {gap!r}")
    if limits.threads is not None:
        # HiGHS keeps the threads of its first run in a process, and refuses another number.
        highspy.Highs.resetGlobalScheduler(True)
    said = run(solver, ({"presolve": "off" if presolve else "on"},))
    status = STATUS.get(said, Status.ERROR)
    found = solver.getInfo().primal_solution_status
    usable = found == highspy.SolutionStatus.kSolutionStatusFeasible
    detail = f"HiGHS: {solver.modelStatusToString(said)}"
    if status in (Status.OPTIMAL, Status.FEASIBLE) and not usable:
        status = Status.NO_SOLUTION if status is Status.FEASIBLE else Status.ERROR
    if status not in (Status.OPTIMAL, Status.FEASIBLE):
        return Answer(status=status, detail=detail)
    solution = solver.getSolution()
    dual: Floats | None = None if whole is not None else np.asarray(solution.row_dual)
    return Answer(
        status=status,
        flow=np.asarray(solution.col_value, dtype=np.float64),
        node_dual=None if dual is None else dual[: network.nodes] / unit,
        row_dual=None if dual is None else dual[network.nodes :] * scale / unit,
        detail=detail,
    )


class Program:
    """The linear relaxation of a network, solved repeatedly with warm starts.

    Parameters
    ----------
    network, limits
        As for :func:`solve_highs`. The network has arcs.
    presolve
        Whether HiGHS may reduce the program first: worth it where most arcs are held.
    """

    def __init__(self, network: Network, limits: Limits, *, presolve: bool = False) -> None:
        self.nodes, self.arcs = network.nodes, network.arcs
        self.scale, self.unit = row_scale(network.rows), _cost_scale(network.cost)
        self.cost = network.cost.astype(np.float64)
        self.solver = _loaded(network, None, self.scale, self.unit)
        _set_limits(self.solver, limits, whole=False, presolve=presolve)
        if limits.threads is not None:
            highspy.Highs.resetGlobalScheduler(True)

    def limit_rows(self, rows: Ints, lower: Floats, upper: Floats) -> None:
        """Set lower and upper limits of some side rows, which may be infinite."""
        place = (self.nodes + rows).astype(np.int32)
        scale = self.scale[rows]
        changed = self.solver.changeRowsBounds(len(place), place, lower * scale, upper * scale)
        require_ok(changed, "other limits of rows")

    def start_from(self, network: Network, flow: Ints, tree: Mask) -> None:
        """Start the next solve from the basis of a spanning forest, where rows are slack.

        Parameters
        ----------
        network
            The network of the program.
        flow : int64 array, shape (arcs,)
            Arcs outside the forest stand at the bound that it has them at, or at the lower one.
        tree : bool array, shape (arcs,)
            The arcs of the forest: each component of the network is spanned by one tree.
        """
        status = highspy.HighsBasisStatus
        full = (flow == network.capacity) & (flow > network.lower)
        columns = np.full(network.arcs, status.kLower, dtype=object)
        columns[full] = status.kUpper
        columns[tree] = status.kBasic
        rows = np.full(network.nodes + len(self.scale), status.kLower, dtype=object)
        # A tree has an arc less than it has nodes.
        roots = network.node_start[:-1][np.diff(network.node_start) > 0]
        rows[roots] = status.kBasic
        rows[network.nodes :] = status.kBasic
        basis = highspy.HighsBasis()
        basis.col_status, basis.row_status = columns.tolist(), rows.tolist()
        basis.valid = True
        require_ok(self.solver.setBasis(basis), "a first basis")

    def add_rows(self, rows: SideRows) -> None:
        """Add further side rows; the next solve starts from the last basis."""
        scale = row_scale(rows)
        added = self.solver.addRows(
            len(rows),
            infinite(rows.lower) * scale,
            infinite(rows.upper) * scale,
            len(rows.arc),
            rows.start[:-1].astype(np.int32),
            rows.arc.astype(np.int32),
            rows.coefficient * scale[rows.row],
        )
        require_ok(added, "further rows")
        self.scale = np.concatenate([self.scale, scale])

    def limit_arcs(self, arcs: Ints, lower: Ints | Floats, upper: Ints | Floats) -> None:
        """Set bounds of some arcs or added variables."""
        place = arcs.astype(np.int32)
        low, high = lower.astype(np.float64), upper.astype(np.float64)
        require_ok(self.solver.changeColsBounds(len(place), place, low, high), "other bounds")

    def add_columns(self, cost: Floats, rows: Sequence[Ints], values: Sequence[Floats]) -> Ints:
        """Add variables from 0 to 1 with entries in some side rows; return their positions."""
        lengths = [len(entries) for entries in rows]
        place = (self.nodes + np.concatenate(rows)).astype(np.int32)
        first = self.solver.getNumCol()
        added = self.solver.addCols(
            len(rows),
            cost * self.unit,
            np.zeros(len(rows)),
            np.ones(len(rows)),
            len(place),
            np.concatenate([[0], np.cumsum(lengths)])[:-1].astype(np.int32),
            place,
            np.concatenate(values) * self.scale[np.concatenate(rows)],
        )
        require_ok(added, "further variables")
        self.cost = np.concatenate([self.cost, cost])
        columns: Ints = np.arange(first, first + len(rows), dtype=np.int64)
        return columns

    def price_columns(self, columns: Ints, cost: Floats) -> None:
        """Set the cost of some arcs or added variables."""
        self.cost[columns] = cost
        unit = _cost_scale(self.cost)
        if unit != self.unit:
            self.unit, columns = unit, np.arange(len(self.cost))
        place = columns.astype(np.int32)
        changed = self.solver.changeColsCost(len(place), place, self.cost[columns] * unit)
        require_ok(changed, "other costs")

    def drop_from_column(self, column: int, row: int) -> None:
        """Remove the entry of an added variable in a side row."""
        changed = self.solver.changeCoeff(self.nodes + row, column, 0.0)
        require_ok(changed, "a row without the added variable")

    def solve(self) -> tuple[Floats, Floats, Floats]:
        """Solve; flows (then added variables), duals of the balances, duals of the side rows.

        Raises
        ------
        SolverError
            If it does not reach an optimum.
        """
        said = run(self.solver, OTHER_WAYS)
        status = STATUS.get(said, Status.ERROR)
        if status is not Status.OPTIMAL:
            # What a limit leaves behind is no bound.
            status = Status.NO_SOLUTION if status is Status.FEASIBLE else status
            raise SolverError(
                f"no bound was found (HiGHS: {self.solver.modelStatusToString(said)})", str(status)
            )
        solution = self.solver.getSolution()
        dual = np.asarray(solution.row_dual) / self.unit
        flow = np.asarray(solution.col_value, dtype=np.float64)
        return flow, dual[: self.nodes], dual[self.nodes :] * self.scale


def write_model(
    network: Network, path: Path, arc_names: list[str], row_names: list[str], whole: np.ndarray
) -> None:
    """Write the model to an ``.mps`` or ``.lp`` file.

    Parameters
    ----------
    network
        The network.
    path
        Where to; its name ends in one of :data:`LAST_LINE`.
    arc_names, row_names
        Unique names of the variables, and of the balances and then the side rows.
    whole
        Mask over arcs whose flow must be a whole number.

    Raises
    ------
    OSError
        If the file cannot be written to its end, as on a full disk.
    """
    solver = _loaded(network, whole, np.ones(len(network.rows)), 1.0, arc_names, row_names)
    require_ok(solver.writeModel(str(path)), f"writing {path.name}")
    # HiGHS 1.16 says that all is well when the disk was full halfway.
    last = LAST_LINE[path.suffix]
    with path.open("rb") as written:
        written.seek(max(path.stat().st_size - len(last), 0))
        if written.read() != last:
            raise OSError("the file was cut off: is the disk full?")


LAST_LINE = {".mps": b"ENDATA\n", ".lp": b"end\n"}
"""What a model's file ends with, by the ending of its name."""


def _loaded(
    network: Network,
    whole: np.ndarray | None,
    scale: Floats,
    unit: float,
    arc_names: list[str] | None = None,
    row_names: list[str] | None = None,
) -> highspy.Highs:
    solver = Quiet()
    require_ok(solver.setOptionValue("output_flag", False), "option output_flag")
    small = solver.setOptionValue("small_matrix_value", SMALLEST)
    require_ok(small, f"option small_matrix_value = {SMALLEST!r}")
    model = _model(network, whole, scale, unit, arc_names, row_names)
    require_ok(solver.passModel(model), "the model")
    return solver


def row_scale(rows: SideRows) -> Floats:
    """Powers of two that scale each side row's largest coefficient to about 1.

    HiGHS keeps rows to an absolute tolerance: in 1/1000 harm-weeks of a whole trust it would be
    finer than floating point.
    """
    largest = np.ones(len(rows), dtype=np.int64)
    np.maximum.at(largest, rows.row, np.abs(rows.coefficient))
    result: Floats = np.exp2(-np.ceil(np.log2(largest)))
    return result


def _cost_scale(cost: Ints | Floats) -> float:
    """The power of two that scales the largest cost to at most :data:`LARGEST_COST`."""
    largest = float(np.abs(cost).max(initial=0))
    return float(np.exp2(-max(np.ceil(np.log2(max(largest, 1.0) / LARGEST_COST)), 0.0)))


def run(solver: highspy.Highs, other_ways: Sequence[dict[str, object]] = ()) -> Any:
    """Run HiGHS, with further attempts where it fails; return its status of the model.

    That it found no solution, or stopped at a limit, is an answer and no failure.

    Raises
    ------
    SolverError
        If it fails in every way, or runs out of memory.
    """
    ran = _ran(solver)
    said = solver.getModelStatus()
    if _answered(ran, said):
        return said
    for options in other_ways:
        before = {name: solver.getOptionValue(name)[1] for name in options}
        # From the basis in which it failed, it could fail again.
        require_ok(solver.clearSolver(), "another start")
        for name, value in options.items():
            require_ok(solver.setOptionValue(name, value), f"option {name} = {value!r}")
        ran = _ran(solver)
        said = solver.getModelStatus()
        for name, value in before.items():
            require_ok(solver.setOptionValue(name, value), f"option {name} = {value!r}")
        if _answered(ran, said):
            return said
    # A warning is what a stop at a limit gives; the model's status says which.
    if ran == highspy.HighsStatus.kError:
        raise SolverError("HiGHS failed while solving")
    return said


def _ran(solver: highspy.Highs) -> highspy.HighsStatus:
    with within_memory("HiGHS"):
        ran: highspy.HighsStatus = solver.run()
    failed = ran == highspy.HighsStatus.kError
    if failed and STATUS.get(solver.getModelStatus()) is Status.MEMORY:
        raise SolverError("HiGHS ran out of memory", str(Status.MEMORY))
    return ran


def _answered(ran: highspy.HighsStatus, said: highspy.HighsModelStatus) -> bool:
    return ran != highspy.HighsStatus.kError and said in STATUS


def _model(
    network: Network,
    whole: np.ndarray | None,
    scale: Floats,
    unit: float,
    arc_names: list[str] | None,
    row_names: list[str] | None,
) -> highspy.HighsLp:
    rows, arcs = network.rows, network.arcs
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = arcs, network.nodes + len(rows)
    model.col_cost_ = network.cost.astype(np.float64) * np.float64(unit)
    model.col_lower_ = network.lower.astype(np.float64)
    model.col_upper_ = network.capacity.astype(np.float64)
    model.row_lower_ = np.concatenate([network.supply, infinite(rows.lower) * scale]).astype(
        np.float64
    )
    model.row_upper_ = np.concatenate([network.supply, infinite(rows.upper) * scale]).astype(
        np.float64
    )
    column = np.concatenate([np.arange(arcs), np.arange(arcs), rows.arc])
    index = np.concatenate([network.tail, network.head, network.nodes + rows.row])
    value = np.concatenate([np.ones(arcs), -np.ones(arcs), rows.coefficient * scale[rows.row]])
    order = np.argsort(column, kind="stable")
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=arcs))])
    model.a_matrix_.index_ = index[order].astype(np.int32)
    model.a_matrix_.value_ = value[order].astype(np.float64)
    if whole is not None and whole.any():
        kinds = np.array([highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger])
        model.integrality_ = list(kinds[whole.astype(int)])
    if arc_names is not None and row_names is not None:
        model.col_names_, model.row_names_ = arc_names, row_names
    return model


def infinite(limit: Ints) -> Floats:
    """Limits as floats, with infinities where there is none."""
    result = limit.astype(np.float64)
    result[limit == NO_LIMIT] = highspy.kHighsInf
    result[limit == -NO_LIMIT] = -highspy.kHighsInf
    return result


def _set_limits(solver: highspy.Highs, limits: Limits, *, whole: bool, presolve: bool) -> None:
    # HiGHS 1.16 searches a network's balances for dependent rows for longer than it then takes
    # to solve it (measured: 38 s of 42 s at the size of an ICB), and finds little else to reduce
    # unless most arcs are held.
    options: dict[str, object] = {"presolve": "choose" if presolve else "off"}
    if limits.time_limit is not None:
        options["time_limit"] = float(limits.time_limit)
    if limits.threads is not None:
        options["threads"] = int(limits.threads)
    if whole:
        options["mip_rel_gap"] = float(limits.mip_gap or 0.0)
        if limits.nodes is not None:
            options["mip_max_nodes"] = int(limits.nodes)
    for option, value in options.items():
        require_ok(solver.setOptionValue(option, value), f"option {option} = {value!r}")


def require_ok(status: highspy.HighsStatus, what: str) -> None:
    """Raise a SolverError unless HiGHS accepted in full what it was given."""
    if status != highspy.HighsStatus.kOk:
        raise SolverError(f"HiGHS refused {what}: {status}")
