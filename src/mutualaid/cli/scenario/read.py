"""Scenario files: where the tables are, the policy, the mode and the outputs, as TOML.

A file is checked whole: its keys, their values, the files that it names, what is in these, and
whether all of it fits together. Everything that is wrong is told at once, with line and key.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutualaid.cli.scenario.change_keys import Change
from mutualaid.cli.scenario.check_keys import fitting
from mutualaid.cli.scenario.from_own_tables import read_own_tables
from mutualaid.cli.scenario.line_numbers import Place, lines_of, syntax_error
from mutualaid.cli.scenario.load_data import DataReader
from mutualaid.cli.scenario.mode_keys import MODES, Mode
from mutualaid.cli.scenario.named_files import Files, read_names
from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.part import File, Part
from mutualaid.cli.scenario.policy_keys import PolicyKeys
from mutualaid.cli.scenario.problems import FileProblems, told
from mutualaid.cli.scenario.ready import ScenarioFile
from mutualaid.cli.scenario.scenario_keys import VERSION, ScenarioKeys, SolveKeys, TargetKeys
from mutualaid.data.schema import LINE_COLUMNS
from mutualaid.data.system import System
from mutualaid.data.taking.from_file import read_frame
from mutualaid.errors import InputError
from mutualaid.planning.solve_options import in_order
from mutualaid.policy.policy import Policy
from mutualaid.readers.own_tables.parts_found import WORKBOOKS
from mutualaid.studies.changes import Change as MadeChange

TABLES = ("data", "policy", "collaboration", "solve", "outputs")


def read_scenario_file(path: Path) -> ScenarioFile:
    r"""Read a scenario file and everything that it names.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "winter.toml"
    ...     _ = path.write_text('[data]\nexample = "collaborative"\ntrusts = 3\nperiods = 2\n')
    ...     read_scenario_file(path).system.providers
    ('XA1', 'XB2', 'XC3')
    """
    if path.is_dir() or path.suffix.lower() in WORKBOOKS:
        return read_own_tables(path)
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
    mutualaid.cli.scenario.problems.ScenarioFileError: winter.toml has 2 problems:
      data: is missing: write [data] and where the tables are
      line 1, date: is no part of a scenario: did you mean data?
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, what = syntax_error(text, error)
        problems = FileProblems(name, {("",): line})
        problems.add(("",), f"this is not TOML: {what}", "correct the line, or the one before")
        raise problems.error() from error
    except RecursionError:
        raise InputError(f"{name} is not a scenario file: its values are nested too deep") from None
    problems = FileProblems(name, lines_of(text) if with_lines else {})
    version = content.get("version", VERSION)
    if type(version) is not int or version != VERSION:
        # What another version means by its keys is not known here.
        remedy = f"this mutualaid reads version {VERSION}: write that, or use the one it is for"
        problems.add(("version",), f"is {told(version)}", remedy)
        problems.raise_if_any()
    return _Parts(problems, content, Files(folder), stem).read()


@dataclass(frozen=True)
class _Parts:
    """The parts of one file, read one after another; nothing is raised before the end."""

    problems: FileProblems
    content: Mapping[str, Any]
    files: Files
    stem: str

    def read(self) -> ScenarioFile:
        problems = self.problems
        for name in self.content:
            if name not in ScenarioKeys.model_fields:
                problems.unknown((name,), ScenarioKeys.model_fields)
        if "data" not in self.content:
            problems.add(("data",), "is missing", "write [data] and where the tables are")
        tables = {name: problems.table(self.content.get(name, {}), (name,)) for name in TABLES}
        policy = self._made(PolicyKeys, tables["policy"], ("policy",))
        mode = self._made(Mode, tables["collaboration"], ("collaboration",))
        changes = self._listed("change", Change)
        targets = self._listed("target", TargetKeys)
        options = self._options(tables["solve"])
        outputs = self._outputs(tables["outputs"])
        data = DataReader(problems, self.files, tables["data"], asked(policy or Policy()))
        loaded: Any = data.load() if isinstance(self.content.get("data"), Mapping) else None
        system: Any = None
        if loaded is not None:
            system, policy = self._changed(loaded.system, policy, changes)
        problems.raise_if_any()
        planned = {n: v for n, v in self.content.items() if n not in ("outputs", "version")}
        return ScenarioFile(
            name=problems.name,
            folder=self.files.folder,
            stem=self.stem,
            system=system,
            policy=policy,
            collaboration=mode,
            targets=tuple(target for _, target in targets),
            options=options,
            outputs=outputs,
            loaded=loaded,
            inputs=self.files.used,
            planning=digest(planned),
            keys={
                "policy": PolicyKeys.model_fields,
                "collaboration": MODES[mode.name].model_fields,
                "solve": SolveKeys.model_fields,
                "data": (),
                "outputs": (),
            },
            problems=problems,
        )

    def _made(self, kind: Any, table: Mapping[str, Any], place: Place) -> Any:
        """Make what a table stands for; None if it cannot be made, which is noted."""
        part = fitting(kind, table, place, self.problems, self.files)
        return None if part is None else self._value(part, place)

    def _value(self, value: Any, place: Place) -> Any:
        """Make what a value stands for: an object of a table, a table of a file."""
        if isinstance(value, File):
            try:
                return read_frame(str(place[-1]), self.files.source(value))
            except InputError as error:
                self.problems.add(place, str(error))
                return None
        if isinstance(value, list) and any(isinstance(one, Part) for one in value):
            made_of_each = [self._value(one, (*place, at)) for at, one in enumerate(value)]
            return None if None in made_of_each else made_of_each
        if not isinstance(value, Part):
            return value
        given = value.given()
        values = {name: self._value(one, (*place, name)) for name, one in given.items()}
        usable = {name: one for name, one in values.items() if one is not None}
        # With what is unusable left out, so that everything is told at once.
        made = self.problems.made(place, value.maker(), usable)
        return made if len(usable) == len(given) else None

    def _listed(self, name: str, kind: Any) -> list[tuple[Place, Any]]:
        """Make what the tables of ``[[name]]`` stand for; what cannot be made is left out."""
        given = self.content.get(name, [])
        if not isinstance(given, list):
            self.problems.add((name,), f"is {told(given)}", f"write each as [[{name}]]")
            return []
        found = []
        for number, one in enumerate(given):
            place: Place = (name, number)
            found.append((place, self._made(kind, self.problems.table(one, place), place)))
        return [(place, made) for place, made in found if made is not None]

    def _options(self, table: Mapping[str, Any]) -> Mapping[str, Any]:
        solve = fitting(SolveKeys, table, ("solve",), self.problems)
        given: dict[str, Any] = {} if solve is None else solve.given()
        ordered = {name: given.get(name) for name in ("objectives", "slack")}
        if any(value is not None for value in ordered.values()):
            self.problems.made(("solve",), in_order, ordered)
        return given

    def _outputs(self, table: Mapping[str, Any]) -> Any:
        """Read what is written; the file of names is none that a plan depends on."""
        place: Place = ("outputs", "names")
        files = Files(self.files.folder)
        outputs = fitting(OutputsKeys, table, ("outputs",), self.problems, files)
        if outputs is not None and isinstance(outputs.names, File):
            try:
                read_names(files.source(outputs.names))
            except InputError as error:
                self.problems.taken(error, lambda *_: place)
        return outputs

    def _changed(
        self, system: System, policy: Policy | None, changes: list[tuple[Place, MadeChange]]
    ) -> tuple[System, Policy | None]:
        """Apply the changes in order; one that does not fit is noted, and those after it tried."""
        state = system, policy or Policy()
        for place, change in changes:
            try:
                state = change.apply(*state)
            except InputError as error:
                for row in error.problems.to_dict("records"):
                    about = ".".join(filter(None, (row["table"], row["column"])))
                    self.problems.row(place, row, about, by=str(change))
        return state[0], policy and state[1]


def asked(policy: Policy) -> list[str]:
    """Name the columns of patients that a policy asks about, other than those always kept.

    Examples
    --------
    >>> from mutualaid.policy.equity import Equity
    >>> asked(Policy(equity=Equity(by="deprivation", min_gain=0)))
    ['deprivation']
    """
    always = ("origin", "service", *LINE_COLUMNS, "priority", "area", "weeks_waiting")
    by = [policy.harm.by, None if policy.equity is None else policy.equity.by]
    return [name for name in dict.fromkeys(by) if name is not None and name not in always]


def digest(content: Mapping[str, Any]) -> str:
    """Give the SHA-256 of what TOML holds, whatever the order of its keys.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    # Only dates and times are not JSON.
    plain = json.dumps(content, sort_keys=True, default=lambda value: value.isoformat())
    return hashlib.sha256(plain.encode()).hexdigest()
