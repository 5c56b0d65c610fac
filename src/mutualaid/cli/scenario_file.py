"""Scenario files: where the tables are, the policy, the mode and the outputs, as TOML.

A file is checked whole: its keys, their values, the files that it names, what is in these, and
whether all of it fits together. Everything that is wrong is told at once, with line and key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutualaid.cli.data_section import DataReader, Loaded
from mutualaid.cli.files import Files
from mutualaid.cli.findings import Findings, ScenarioFileError, meant, told
from mutualaid.cli.output_section import Outputs
from mutualaid.cli.sections import Reader, keys_of
from mutualaid.cli.toml_lines import Place, lines_of, syntax_error
from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.model.build import FORMULATIONS
from mutualaid.model.limits.targets import Target
from mutualaid.planning.optimise import optimise
from mutualaid.planning.solve_options import in_order, limits_of
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.policy import Policy
from mutualaid.solve.solver import SOLVERS
from mutualaid.studies.changes import Change

TABLES = ("data", "policy", "collaboration", "solve", "outputs")
LISTS = ("change", "target")
ELSEWHERE = (
    *("system", "policy", "collaboration", "targets", "previous", "change_weeks"),
    *("executor", "progress"),
)
"""What :func:`mutualaid.optimise` takes from other parts of the file, or not from a file."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenarioFile:
    """A scenario file that can be used.

    Attributes
    ----------
    name : str
        What it is called in messages.
    folder : pathlib.Path
        Where paths in it start.
    stem : str
        What its outputs are called, unless it says otherwise.
    system, policy : System, Policy
        With the changes applied.
    collaboration : Collaboration
        The mode.
    targets : tuple of Target
        Targets of the plan.
    options : mapping
        Further arguments of :func:`mutualaid.optimise`.
    outputs : Outputs
        What is written.
    loaded : Loaded
        What was read.
    inputs : mapping of str to pathlib.Path
        Every file that was read, by the name that it has in the scenario file.
    planning : str
        A digest of all but the outputs: two files that plan the same have the same.
    findings : Findings
        Where problems that show later are told with their line.
    """

    name: str
    folder: Path
    stem: str
    system: System
    policy: Policy
    collaboration: Collaboration
    targets: tuple[Target, ...]
    options: Mapping[str, Any]
    outputs: Outputs
    loaded: Loaded
    inputs: Mapping[str, Path]
    planning: str
    findings: Findings

    def place(self, table: str, column: str) -> Place:
        """Say which key a problem is about that shows only when the plan is made."""
        names = (column.partition(" ")[0], table.rpartition(".")[2])
        for name in names:
            for part, known in (
                ("policy", keys_of(Policy)),
                ("collaboration", keys_of(type(self.collaboration))),
                ("solve", SOLVE_KEYS),
            ):
                if name in known:
                    return part, name
        return next(((part,) for part in TABLES if part == table), ())


def read_scenario_file(path: Path) -> ScenarioFile:
    r"""Read a scenario file and everything that it names.

    Raises
    ------
    InputError
        If it, or anything that it names, cannot be used; every problem at once.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "winter.toml"
    ...     _ = path.write_text('[data]\nexample = "collaborative"\ntrusts = 3\nperiods = 2\n')
    ...     read_scenario_file(path).system.providers
    ('XA1', 'XB2', 'XC3')
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{path} is not UTF-8 text: is it a scenario file?") from error
    return read_scenario(text, name=path.name, folder=path.parent, stem=path.stem)


def read_scenario(
    text: str, *, name: str, folder: Path, stem: str, with_lines: bool = True
) -> ScenarioFile:
    """Read a scenario from its text: see :func:`read_scenario_file`.

    Without lines, messages name keys only: for a text that nobody wrote.

    Examples
    --------
    >>> read_scenario("[date]", name="winter.toml", folder=Path(), stem="winter")
    Traceback (most recent call last):
    mutualaid.cli.findings.ScenarioFileError: winter.toml has 2 problems:
      data: is missing: write [data] and where the tables are
      line 1, date: is no part of a scenario: did you mean data?
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, what = syntax_error(text, error)
        findings = Findings(name, {("",): line})
        findings.add(("",), f"this is not TOML: {what}", "correct the line, or the one before")
        raise findings.error() from error
    except RecursionError:
        raise InputError(f"{name} is not a scenario file: its values are nested too deep") from None
    findings = Findings(name, lines_of(text) if with_lines else {})
    return _Parts(findings, content, folder, stem).read()


@dataclass(frozen=True)
class _Parts:
    """The parts of one file, read one after another; nothing is raised before the end."""

    findings: Findings
    content: Mapping[str, Any]
    folder: Path
    stem: str

    def read(self) -> ScenarioFile:
        findings, files = self.findings, Files(self.folder)
        findings.unknown(self.content, (), [*TABLES, *LISTS])
        if "data" not in self.content:
            findings.add(("data",), "is missing", "write [data] and where the tables are")
        parts = {name: findings.table(self.content.get(name, {}), (name,)) for name in TABLES}
        reader = Reader(findings, files)
        policy = reader.policy(parts["policy"])
        mode = reader.mode(parts["collaboration"])
        changes = [
            (place, made)
            for place, table in self._listed("change")
            if (made := reader.change(table, place)) is not None
        ]
        targets = [reader.fields(Target, table, place) for place, table in self._listed("target")]
        options = self._options(parts["solve"])
        outputs = reader.fields(Outputs, parts["outputs"], ("outputs",))
        if outputs is not None:
            outputs.look_up(findings, Files(self.folder))
        data = DataReader(findings, files, parts["data"], asked(policy or Policy()))
        loaded = data.load() if "data" in self.content else None
        system = None if loaded is None else loaded.system
        if system is not None:
            system, policy = self._changed(system, policy, changes)
        findings.raise_if_any()
        if loaded is None or system is None or policy is None or mode is None or outputs is None:
            raise ScenarioFileError(findings.error().problems)
        return ScenarioFile(
            name=findings.name,
            folder=self.folder,
            stem=self.stem,
            system=system,
            policy=policy,
            collaboration=mode,
            targets=tuple(targets),
            options=options,
            outputs=outputs,
            loaded=loaded,
            inputs=files.used,
            planning=digest({n: v for n, v in self.content.items() if n != "outputs"}),
            findings=findings,
        )

    def _listed(self, name: str) -> list[tuple[Place, Mapping[str, Any]]]:
        """Give the tables of ``[[name]]`` with their places."""
        given = self.content.get(name, [])
        if not isinstance(given, list):
            self.findings.add((name,), f"is {told(given)}", f"write each as [[{name}]]")
            return []
        places: list[Place] = [(name, number) for number in range(len(given))]
        return [
            (place, self.findings.table(table, place))
            for place, table in zip(places, given, strict=True)
        ]

    def _options(self, table: Mapping[str, Any]) -> Mapping[str, Any]:
        place: Place = ("solve",)
        self.findings.unknown(table, place, SOLVE_KEYS)
        limits = ("time_limit", "threads", "mip_gap")
        for name in limits:
            if name in table:
                values = {one: table[one] if one == name else None for one in limits}
                self._try(limits_of, values, (*place, name))
        if "objectives" in table or "slack" in table:
            values = {name: table.get(name) for name in ("objectives", "slack")}
            self.findings.made(place, in_order, values)
        for name, known in (("solver", SOLVERS), ("formulation", FORMULATIONS)):
            value = table.get(name, known[0])
            first = value.partition(":")[0] if isinstance(value, str) else value
            if (first if name == "solver" else value) not in known:
                self.findings.add((*place, name), f"is {told(value)}", meant(value, known))
        return {name: value for name, value in table.items() if name in SOLVE_KEYS}

    def _try(self, function: Any, values: Mapping[str, Any], place: Place) -> None:
        try:
            function(**values)
        except InputError as error:
            problem, _, remedy = str(error).removeprefix(f"{place[-1]} ").partition(": ")
            self.findings.add(place, problem, remedy)

    def _changed(
        self,
        system: System,
        policy: Policy | None,
        changes: list[tuple[Place, Change]],
    ) -> tuple[System, Policy | None]:
        """Apply the changes in order; one that does not fit is noted, and those after it tried."""
        known = policy is not None
        state = system, policy or Policy()
        for place, change in changes:
            try:
                state = change.apply(*state)
            except InputError as error:
                text = str(error).removeprefix(f"{change}: ")
                self.findings.add(place, f"{change}: {text}")
        return state[0], state[1] if known else None


def asked(policy: Policy) -> list[str]:
    """Name the columns of patients that a policy asks about, other than those always kept.

    Examples
    --------
    >>> from mutualaid.policy.equity import Equity
    >>> asked(Policy(equity=Equity(by="deprivation", min_gain=0)))
    ['deprivation']
    """
    always = ("origin", "service", "priority", "area", "weeks_waiting")
    by = [policy.harm.by, None if policy.equity is None else policy.equity.by]
    return [name for name in dict.fromkeys(by) if name is not None and name not in always]


def digest(content: Mapping[str, Any]) -> str:
    """Give the SHA-256 of what TOML holds, whatever the order of its keys.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    plain = json.dumps(content, sort_keys=True, default=_as_text)
    return hashlib.sha256(plain.encode()).hexdigest()


def _as_text(value: object) -> str:
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    raise TypeError(f"TOML holds no {type(value).__name__}")


SOLVE_KEYS = [name for name in inspect.signature(optimise).parameters if name not in ELSEWHERE]
