"""Plan files: what a solver found, without anything that the tables say already.

A plan file holds flows and prices as plain arrays, which scenario file they are for, and a digest
of every file that was read. It holds no table, no patient and no code to run. To make the plan of
it again, the tables are read again, the model is built anew, and the arrays are certified and
audited like those of any solver: a file that was tampered with, or that belongs to other data, is
an error and never another plan.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.cli.scenario_file import ScenarioFile
from mutualaid.collaboration import Collaboration
from mutualaid.errors import InputError
from mutualaid.model.build import Model
from mutualaid.model.choices import Choice, add_choices
from mutualaid.model.network import SAFE, Ints, Network, SideRows, no_rows, stack_rows
from mutualaid.optimise import build
from mutualaid.plan import Plan
from mutualaid.report.files import written_whole
from mutualaid.solve.run import certified

FORMAT, VERSION = "mutualaid plan", 1
ARRAYS = ("flow", "potential", "row_price")
ROWS = ("start", "arc", "coefficient", "lower", "upper")
LADDER = "ladder"
HEAD: Mapping[str, type] = {
    **dict.fromkeys(("scenario", "planning", "kind", "mutualaid"), str),
    "inputs": dict,
}
PLAN: Mapping[str, Any] = {
    **dict.fromkeys(("mode", "solver", "network"), str),
    **dict.fromkeys(("choices", "rows"), list),
    **dict.fromkeys(("stages", "fairness"), dict | None),
    "price_scale": int,
    "pure": bool,
}
"""What there is besides arrays: of the file, and of each plan."""


@dataclass(frozen=True, eq=False)
class PlanFile:
    """What a plan file says, before anything is made of it.

    Attributes
    ----------
    path : pathlib.Path
        Where it lies.
    head : mapping
        All but the arrays.
    arrays : mapping of str to array
        By name and number of the plan, such as ``"flow_0"``.
    """

    path: Path
    head: Mapping[str, Any]
    arrays: Mapping[str, Ints]

    @property
    def scenario(self) -> Path:
        """Where the scenario file lay when the plan file was written."""
        return Path(os.path.normpath(self.path.parent / str(self.head["scenario"])))

    @property
    def is_ladder(self) -> bool:
        """Whether it holds the four plans of a ladder."""
        return bool(self.head["kind"] == LADDER)

    def check(self, scenario: ScenarioFile) -> None:
        """Check that nothing that was read has changed since.

        Raises
        ------
        InputError
            If the scenario or a file that it names is another.
        """
        changed = []
        if self.head["planning"] != scenario.planning:
            changed.append(f"{scenario.name} itself, other than in [outputs]")
        before = self.head["inputs"]
        now = {name: digest_of(path) for name, path in scenario.inputs.items()}
        now = {name: value for name, value in now.items() if name in before}
        changed += [name for name, value in now.items() if before[name] != value]
        changed += [name for name in before if name not in now]
        if changed:
            raise InputError(
                f"{self.path.name} is not of these data: since it was written, "
                f"{', '.join(changed)} changed: solve the scenario again"
            )

    def plans(self, scenario: ScenarioFile, modes: Sequence[Collaboration]) -> list[Plan]:
        """Make the plans again; each is certified and audited anew.

        Raises
        ------
        InputError
            If the file is not of this scenario.
        SolverError
            If what it holds does not pass.
        """
        self.check(scenario)
        saved = self.head["plans"]
        if len(saved) != len(modes):
            raise InputError(f"{self.path.name} holds {len(saved)} plans, not {len(modes)}")
        return [self._plan(scenario, mode, k) for k, mode in enumerate(modes)]

    def _plan(self, scenario: ScenarioFile, mode: Collaboration, k: int) -> Plan:
        head, arrays = self.head["plans"][k], {n: self.arrays[f"{n}_{k}"] for n in ARRAYS}
        options = {} if self.is_ladder else build_options(scenario)
        made = build(scenario.system, scenario.policy, mode, **options)
        try:
            model = self._wider(made.model, head, k)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            raise self.damaged() from error
        network = model.network
        if fingerprint(network) != head["network"]:
            raise InputError(
                f"{self.path.name} was written for another model of the same data, by mutualaid "
                f"{self.head['mutualaid']}: solve the scenario again"
            )
        flow, potential, row_price = (arrays[name] for name in ARRAYS)
        scale = int(head["price_scale"])
        if not _plausible(network, flow, potential, row_price, scale):
            raise self.damaged()
        solution = certified(
            network,
            flow,
            potential,
            row_price,
            str(head["solver"]),
            scale=scale,
            pure=bool(head["pure"]),
        )
        frames = {
            name: None if head[name] is None else pd.DataFrame(head[name])
            for name in ("stages", "fairness")
        }
        return made.plan_of(model, solution, **frames)

    def _wider(self, model: Model, head: Mapping[str, Any], k: int) -> Model:
        """Put side rows and choices that were found on the way beside the model."""
        network, means, choices = model.network, model.means, model.choices
        for group in head["choices"]:
            more = tuple(Choice(name=str(name), most=int(most)) for name, most in group)
            network, means, _ = add_choices(network, means, more)
            choices = (*choices, *more)
        if head["rows"]:
            arrays = {name: self.arrays[f"rows_{name}_{k}"] for name in ROWS}
            rows = SideRows(**arrays, names=tuple(map(str, head["rows"])))
            network = replace(network, rows=stack_rows(network.rows, rows))
        return replace(model, network=network, means=means, choices=choices)

    def damaged(self) -> InputError:
        """Make the error that the file cannot be what was written."""
        return InputError(f"{self.path} is damaged: solve the scenario again")


def write_plan_file(
    path: Path, scenario: ScenarioFile, source: Path, plans: Sequence[Plan], *, ladder: bool
) -> Path:
    """Write a plan file, whole or not at all.

    Parameters
    ----------
    path
        The file to write.
    scenario, source
        The scenario file, and where it lies.
    plans
        The plan, or those of a ladder from the lowest rung up.
    ladder
        Whether they are a ladder's.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If the path cannot be written to.
    """
    arrays: dict[str, Ints] = {}
    heads = []
    for k, plan in enumerate(plans):
        arrays |= {f"{name}_{k}": getattr(plan.solution, name) for name in ARRAYS}
        choices, rows = _more(plan, {} if ladder else build_options(scenario))
        arrays |= {f"rows_{name}_{k}": getattr(rows, name) for name in ROWS if len(rows)}
        heads.append(_head(plan, choices, rows))
    head = {
        "format": FORMAT,
        "version": VERSION,
        "mutualaid": version("mutualaid"),
        "kind": LADDER if ladder else "plan",
        "scenario": _relative(source, path.parent),
        "planning": scenario.planning,
        "inputs": {name: digest_of(file) for name, file in scenario.inputs.items()},
        "plans": heads,
    }
    named: dict[str, Any] = {**arrays, "head": np.frombuffer(json.dumps(head).encode(), np.uint8)}
    with written_whole(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **named)
    return path


def _head(plan: Plan, choices: list[list[tuple[str, int]]], rows: SideRows) -> dict[str, Any]:
    frames = {"stages": plan.stages, "fairness": plan.fairness}
    return {
        "mode": plan.collaboration.name,
        "solver": plan.solution.solver,
        "price_scale": plan.solution.price_scale,
        "pure": plan.certificate.pure,
        "network": fingerprint(plan.model.network),
        "choices": choices,
        "rows": list(rows.names),
        **{
            name: None if frame is None else frame.astype(object).to_dict("list")
            for name, frame in frames.items()
        },
    }


def read_plan_file(path: Path) -> PlanFile:
    """Read a plan file; nothing in it is run or unpickled.

    Raises
    ------
    InputError
        If it is none, or was written in another format.

    Examples
    --------
    >>> read_plan_file(Path("absent.npz"))
    Traceback (most recent call last):
    mutualaid.errors.InputError: absent.npz cannot be read: No such file or directory
    """
    try:
        with np.load(path, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        head = json.loads(arrays.pop("head").tobytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} is not a plan file: name one that solve or ladder wrote"
        ) from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError(f"{path} is not a plan file: name one that solve or ladder wrote")
    if head.get("version") != VERSION:
        raise InputError(f"{path} is of another version of mutualaid: solve the scenario again")
    saved = PlanFile(path, head, arrays)
    if not _complete(head, arrays):
        raise saved.damaged()
    return saved


def _complete(head: Mapping[str, Any], arrays: Mapping[str, Ints]) -> bool:
    """Whether everything is there that is read later, and of its kind."""
    plans = head.get("plans")
    if not isinstance(plans, list) or not all(isinstance(plan, dict) for plan in plans):
        return False
    kinds = [(head, HEAD), *((plan, PLAN) for plan in plans)]
    named = [f"{name}_{k}" for k in range(len(plans)) for name in ARRAYS]
    named += [f"rows_{n}_{k}" for k, p in enumerate(plans) for n in ROWS if p.get("rows")]
    return (
        all(isinstance(table.get(n), kind) for table, known in kinds for n, kind in known.items())
        and {*named} <= {*arrays}
        and all(array.dtype == np.int64 and array.ndim == 1 for array in arrays.values())
    )


def _plausible(network: Network, flow: Ints, potential: Ints, row_price: Ints, scale: int) -> bool:
    """Whether arrays are of the network's size, and small enough to be certified in 64 bits.

    What a solver gives always is. A file may hold numbers with which a sum wraps around, and a
    proof that wraps around proves nothing.
    """
    sizes = (len(flow), len(potential), len(row_price))
    if sizes != (network.arcs, network.nodes, len(network.rows)) or scale < 1:
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
    for name in ("supply", "tail", "head", "capacity", "lower", "cost", "tie"):
        whole.update(np.ascontiguousarray(getattr(network, name), dtype=np.int64).tobytes())
        whole.update(b"|")
    for name in ROWS:
        whole.update(np.ascontiguousarray(getattr(network.rows, name), dtype=np.int64).tobytes())
        whole.update(b"|")
    return whole.hexdigest()


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     empty = Path(folder) / "empty.csv"
    ...     _ = empty.write_bytes(b"")
    ...     digest_of(empty)[:8]
    'e3b0c442'
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _more(plan: Plan, options: Mapping[str, Any]) -> tuple[list[list[tuple[str, int]]], SideRows]:
    """What a plan's model has beside the one that was built: choices by group, and side rows."""
    if plan.fairness is None:
        # Only a fair share is found in steps that put rows beside the model.
        return [], no_rows()
    made = build(plan.system, plan.policy, plan.collaboration, **options)
    network, base = plan.model.network, made.network
    sizes = np.diff(network.node_start[base.components :]) - 1
    names = [(choice.name, choice.most) for choice in plan.model.choices[len(made.model.choices) :]]
    groups = []
    for size in sizes.tolist():
        groups.append(names[:size])
        names = names[size:]
    first, rows = len(base.rows), network.rows
    entry = int(rows.start[first])
    more = SideRows(
        start=rows.start[first:] - entry,
        arc=rows.arc[entry:].copy(),
        coefficient=rows.coefficient[entry:].copy(),
        lower=rows.lower[first:].copy(),
        upper=rows.upper[first:].copy(),
        names=rows.names[first:],
    )
    return groups, more


def _relative(path: Path, folder: Path) -> str:
    try:
        return os.path.relpath(path.resolve(), folder.resolve())
    except ValueError:
        # On another drive.
        return str(path.resolve())
