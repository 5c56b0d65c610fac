"""Plan files: what a solver found, without anything that the tables say already.

A plan file holds flows and prices as plain arrays, which scenario file they are for, and a digest
of every file that was read. It holds no table, no forecast of what happens as today, no patient and
no code to run. To make the plan of it again, the tables are read again, the model is built anew,
and the arrays are certified and audited like those of any solver: a file that was tampered with, or
that belongs to other data, is an error and never another plan.

A plan file is data and no authority: limits come from the scenario alone. What is proven step by
step (objectives in order, targets, a fair share of the gain) needs limits that were found on the
way, so these steps are taken again, and the plan that they give must be the one in the file.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from mutualaid.atomic_write import written_whole
from mutualaid.cli.scenario.ready import ScenarioFile
from mutualaid.errors import InputError, SolverError
from mutualaid.model.network import SAFE, Ints, Network
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build
from mutualaid.planning.problem import PlanModel
from mutualaid.policy.collaboration import Collaboration
from mutualaid.solve.potentials import potentials
from mutualaid.solve.solver import certified

FORMAT, VERSION = "mutualaid plan", 3
ARRAYS = ("flow", "potential", "row_price")
ROWS = ("start", "arc", "coefficient", "lower", "upper")
LADDER = "ladder"
KINDS = ("plan", LADDER)
HEAD = {"scenario": str, "planning": str, "kind": str, "mutualaid": str, "inputs": dict}
PLAN = {"mode": str, "solver": str, "network": str, "price_scale": int}
"""What there is besides arrays: of the file, and of each plan."""
SOLVING = ("solver", "time_limit", "threads", "mip_gap")
LARGEST_BYTES = 4 * 2**30
"""A plan file that unpacks to more is no plan file: England's, by week, takes some 0.1 GiB."""


@dataclass(frozen=True, eq=False)
class PlanFile:
    """What a plan file says, before anything is made of it."""

    path: Path
    """Where it lies."""
    head: Mapping[str, Any]
    """All but the arrays."""
    arrays: Mapping[str, Ints]
    """By name and number of the plan, such as ``"flow_0"``."""

    @property
    def scenario(self) -> Path:
        """Where the scenario file lay when the plan file was written."""
        return Path(os.path.normpath(self.path.parent / str(self.head["scenario"])))

    @property
    def is_ladder(self) -> bool:
        """Whether it holds the four plans of a ladder."""
        return bool(self.head["kind"] == LADDER)

    def check(self, scenario: ScenarioFile) -> None:
        """Check that nothing that was read has changed since."""
        changed = []
        if self.head["planning"] != scenario.planning:
            changed.append(f"{scenario.name} itself, other than in [outputs]")
        now = {name: digest_of(path) for name, path in scenario.inputs.items()}
        changed += [name for name, then in self.head["inputs"].items() if now.get(name) != then]
        if changed:
            raise InputError(
                f"{self.path.name} is not of these data: since it was written, "
                f"{', '.join(changed)} changed: solve the scenario again"
            )

    def plans(self, scenario: ScenarioFile, modes: Sequence[Collaboration]) -> list[Plan]:
        """Make the plans again; each is certified and audited anew."""
        self.check(scenario)
        saved = self.head["plans"]
        if len(saved) != len(modes):
            raise InputError(f"{self.path.name} holds {len(saved)} plans, not {len(modes)}")
        return [self._plan(scenario, mode, k) for k, mode in enumerate(modes)]

    def _plan(self, scenario: ScenarioFile, mode: Collaboration, k: int) -> Plan:
        head = self.head["plans"][k]
        flow, potential, row_price = (self.arrays[f"{name}_{k}"] for name in ARRAYS)
        options = {} if self.is_ladder else build_options(scenario)
        made = build(scenario.system, scenario.policy, mode, **options)
        network = made.network
        if fingerprint(network) != head["network"]:
            raise InputError(
                f"{self.path.name} was written for another model of the same data, by mutualaid "
                f"{self.head['mutualaid']}: solve the scenario again"
            )
        if made.in_steps:
            return self._taken_again(scenario, made, flow)
        scale = int(head["price_scale"])
        if not _plausible(network, flow, potential, row_price, scale):
            raise _damaged(self.path)
        try:
            solution = certified(network, flow, potential, row_price, head["solver"], scale=scale)
        except SolverError as error:
            raise SolverError(f"{self.path} is damaged or was altered: {error}") from error
        # Many prices prove a flow cheapest; those that say what a slot is worth are the flow's own.
        if not len(network.rows) and (potential != potentials(network, flow, network.cost)).any():
            raise SolverError(f"{self.path} is damaged or was altered: prices are not its flow's")
        return made.plan_of(made.model, solution)

    def _taken_again(self, scenario: ScenarioFile, made: PlanModel, flow: Ints) -> Plan:
        """Take the steps of a plan again, and hold the plan that they give against the file's."""
        options = {n: scenario.options[n] for n in SOLVING if n in scenario.options}
        plan = made.solve(**options)
        if not np.array_equal(plan.solution.flow, flow):
            raise InputError(
                f"{self.path.name} holds another plan than its scenario gives now, step by step: "
                "solve the scenario again"
            )
        return plan


def write_plan_file(
    path: Path, scenario: ScenarioFile, source: Path, plans: Sequence[Plan], *, ladder: bool
) -> Path:
    """Write a plan file, whole or not at all."""
    options = {} if ladder else build_options(scenario)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "mutualaid": version("mutualaid"),
        "kind": KINDS[ladder],
        "scenario": _relative(source, path.parent),
        "planning": scenario.planning,
        "inputs": {name: digest_of(file) for name, file in scenario.inputs.items()},
        "plans": [_head(plan, options) for plan in plans],
    }
    arrays: dict[str, Any] = {
        f"{name}_{k}": getattr(plan.solution, name)
        for k, plan in enumerate(plans)
        for name in ARRAYS
    }
    content = io.BytesIO()
    packed = np.frombuffer(json.dumps(head).encode(), np.uint8)
    np.savez_compressed(content, **arrays, head=packed)
    with written_whole(path) as temporary:
        temporary.write_bytes(content.getvalue())
    return path


def _head(plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
    network = plan.model.network
    if plan.fairness is not None:
        # What a fair share was found with lies beside the model that the scenario gives.
        network = build(plan.system, plan.policy, plan.collaboration, **options).network
    return {
        "mode": plan.collaboration.name,
        "solver": plan.solution.solver,
        "price_scale": plan.solution.price_scale,
        "network": fingerprint(network),
    }


def read_plan_file(path: Path) -> PlanFile:
    """Read a plan file; nothing in it is run or unpickled.

    Examples
    --------
    >>> read_plan_file(Path("absent.npz"))
    Traceback (most recent call last):
    mutualaid.errors.InputError: absent.npz cannot be read: No such file or directory
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        head, arrays = _unpacked(content)
    except Exception as error:
        # Damaged bytes make unpacking fail in a dozen ways, none of which a reader needs to know.
        raise _damaged(path) from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError(f"{path} is not a plan file: name one that solve or ladder wrote")
    if head.get("version") != VERSION:
        raise InputError(f"{path} is of another version of mutualaid: solve the scenario again")
    if not _complete(head, arrays):
        raise _damaged(path)
    return PlanFile(path, head, arrays)


def _damaged(path: Path) -> InputError:
    """Make the error that a file cannot be what was written."""
    return InputError(
        f"{path} is damaged, or no plan file: solve the scenario again, or name one that solve "
        "wrote"
    )


def _unpacked(content: bytes) -> tuple[Any, dict[str, Ints]]:
    """Unpack all that a plan file holds, every byte of it checked."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        size = sum(entry.file_size for entry in packed.infolist())
        # testzip reads all there is: NumPy stops at the last number, before what was packed is
        # held against its checksum.
        if size > LARGEST_BYTES or packed.testzip() is not None:
            raise ValueError
    with np.load(io.BytesIO(content), allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in saved.files}
    return json.loads(arrays.pop("head").tobytes()), arrays


def _complete(head: Mapping[str, Any], arrays: Mapping[str, Ints]) -> bool:
    """Whether everything is there that is read later, and of its kind, and nothing else."""
    plans = head.get("plans")
    if not isinstance(plans, list) or not all(isinstance(plan, dict) for plan in plans):
        return False
    kinds: list[tuple[Mapping[str, Any], Mapping[str, type]]]
    kinds = [(head, HEAD), *((plan, PLAN) for plan in plans)]
    named = [f"{name}_{k}" for k in range(len(plans)) for name in ARRAYS]
    return (
        all(type(table.get(n)) is kind for table, known in kinds for n, kind in known.items())
        and head["kind"] in KINDS
        and _is_text(head["scenario"])
        and set(head) == {*HEAD, "format", "version", "plans"}
        and all(set(plan) == {*PLAN} for plan in plans)
        and all(isinstance(value, str) for value in head["inputs"].values())
        and {*named} == {*arrays}
        and all(array.dtype == np.int64 and array.ndim == 1 for array in arrays.values())
    )


def _is_text(value: str) -> bool:
    """Whether it is text that can be the name of a file, and shown."""
    try:
        return "\0" not in value and bool(value.encode())
    except UnicodeEncodeError:
        return False


def _plausible(network: Network, flow: Ints, potential: Ints, row_price: Ints, scale: int) -> bool:
    """Whether arrays are of the network's size, and small enough to be certified in 64 bits.

    What a solver gives always is. A file may hold numbers with which a sum wraps around, and a
    proof that wraps around proves nothing.
    """
    sizes = (len(flow), len(potential), len(row_price))
    if sizes != (network.arcs, network.nodes, len(network.rows)) or not 1 <= scale < SAFE:
        return False
    if ((flow < 0) | (flow > network.capacity)).any():
        return False
    rows = network.rows
    on_arc = np.zeros(network.arcs)
    prices = row_price.astype(np.float64)
    np.add.at(on_arc, rows.arc, np.abs(prices[rows.row] * rows.coefficient))
    largest = 2 * np.abs(potential.astype(np.float64)).max(initial=0) + on_arc.max(initial=0)
    return bool(largest + (float(network.cost.max(initial=0)) + 1) * scale < SAFE)


def build_options(scenario: ScenarioFile) -> dict[str, Any]:
    """Pick what the model itself depends on from the options of solving."""
    names = ("formulation", "objectives", "slack")
    chosen = {name: scenario.options[name] for name in names if name in scenario.options}
    return {**chosen, "targets": scenario.targets}


def fingerprint(network: Network) -> str:
    """Give the SHA-256 of a network: the same for the same arrays and side rows."""
    whole = hashlib.sha256()
    arcs = ("supply", "tail", "head", "capacity", "lower", "cost", "tie")
    for of, names in ((network, arcs), (network.rows, ROWS)):
        for name in names:
            whole.update(np.ascontiguousarray(getattr(of, name), dtype=np.int64).tobytes() + b"|")
    return whole.hexdigest()


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _relative(path: Path, folder: Path) -> str:
    try:
        return os.path.relpath(path.resolve(), folder.resolve())
    except ValueError:
        # On another drive.
        return str(path.resolve())
