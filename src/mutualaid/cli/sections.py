"""The parts of a scenario file, turned into what they stand for.

Which keys a part may have is never listed here: they are the fields of the class, or the
parameters of the function, that the part is for.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from mutualaid.cli.files import Files, read_table
from mutualaid.cli.findings import Findings, meant, told
from mutualaid.cli.toml_lines import Place
from mutualaid.errors import InputError
from mutualaid.policy import collaboration, harm
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.collaboration import Collaboration, Deep
from mutualaid.policy.harm import Harm
from mutualaid.policy.policy import Policy
from mutualaid.studies.changes import KINDS, Change

Curves = Mapping[str, Callable[..., object]]
HARM: Curves = {
    "rtt": harm.rtt,
    "clinical": harm.clinical,
    "person_weeks": harm.person_weeks,
    "table": harm.from_table,
}
ACCEPTANCE: Curves = {
    "default": Acceptance.default,
    "constant": Acceptance.constant,
    "table": Acceptance.from_table,
}
CURVES: Mapping[type, Curves] = {Harm: HARM, Acceptance: ACCEPTANCE}
"""What has no fields to be written down, by the name that it has in ``curve``."""

MODES: Mapping[str, type[Collaboration]] = {
    name: mode
    for name, mode in vars(collaboration).items()
    if isinstance(mode, type) and issubclass(mode, Collaboration) and mode is not Collaboration
}
PRESETS: Mapping[str, Callable[..., Policy]] = {"pidmas": Policy.pidmas}
"""Policies that have a name of their own; what else is written changes them."""


@dataclasses.dataclass(frozen=True)
class Reader:
    """Reads parts of one scenario file; what is wrong is noted, and nothing is raised."""

    findings: Findings
    files: Files

    def policy(self, table: Mapping[str, Any]) -> Policy | None:
        """Make the policy of ``[policy]``."""
        place: Place = ("policy",)
        preset = table.get("preset")
        make = PRESETS.get(preset) if isinstance(preset, str) else None
        more = [] if make is None else keys_of(make)
        if preset is not None and make is None:
            wrong = f"is {told(preset)}"
            self.findings.add((*place, "preset"), wrong, meant(preset, list(PRESETS)))
        rest = {name: value for name, value in table.items() if name != "preset"}
        known = [*keys_of(Policy), *more]
        self.findings.unknown(rest, place, [*known, "preset"])
        values = self.values(Policy, {n: v for n, v in rest.items() if n in known}, place)
        return None if values is None else self.findings.made(place, make or Policy, values)

    def mode(self, table: Mapping[str, Any]) -> Collaboration | None:
        """Make the mode of ``[collaboration]``."""
        place: Place = ("collaboration",)
        name = table.get("mode", Deep.__name__)
        kind = MODES.get(name) if isinstance(name, str) else None
        if kind is None:
            self.findings.add((*place, "mode"), f"is {told(name)}", meant(name, list(MODES)))
            return None
        rest = {n: v for n, v in table.items() if n != "mode"}
        return typing.cast("Collaboration | None", self.fields(kind, rest, place, ["mode"]))

    def change(self, table: Mapping[str, Any], place: Place) -> Change | None:
        """Make one ``[[change]]``."""
        name = table.get("kind")
        kind = KINDS.get(name) if isinstance(name, str) else None
        if kind is None:
            wrong = "is missing" if name is None else f"is {told(name)}"
            self.findings.add((*place, "kind"), wrong, meant(name, list(KINDS)))
            return None
        rest = {n: v for n, v in table.items() if n != "kind"}
        return typing.cast("Change | None", self.fields(kind, rest, place, ["kind"]))

    def fields(
        self,
        kind: Callable[..., Any],
        table: Mapping[str, Any],
        place: Place,
        others: typing.Sequence[str] = (),
    ) -> Any:
        """Make what a table's keys are the fields of; None if it cannot be made."""
        known = keys_of(kind)
        self.findings.unknown(table, place, [*known, *others])
        values = self.values(kind, {n: v for n, v in table.items() if n in known}, place)
        return None if values is None else self.findings.made(place, kind, values)

    def values(
        self, kind: Callable[..., object], table: Mapping[str, Any], place: Place
    ) -> dict[str, Any] | None:
        """Turn what TOML can write into what fields hold; None if some cannot be."""
        hints = hints_of(kind)
        found = {
            name: self._value(hints.get(name, object), value, (*place, name))
            for name, value in table.items()
        }
        usable = {name: value for name, value in found.items() if value is not UNUSABLE}
        if len(usable) < len(found):
            # The others are checked all the same, so that everything is told at once.
            self.findings.made(place, kind, usable)
            return None
        return usable

    def _value(self, hint: object, value: Any, place: Place) -> Any:
        kinds = parts_of(hint)
        for kind in kinds:
            if isinstance(kind, type) and kind in CURVES and isinstance(value, str | Mapping):
                return self._curve(CURVES[kind], value, place)
            if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
                made = self.fields(typing.cast("type", kind), value, place)
                return UNUSABLE if made is None else made
        if isinstance(value, str) and str not in kinds and pd.DataFrame in kinds:
            return self._table(value, place)
        if isinstance(value, Mapping) and _by_number(hint):
            return {int(k) if k.isdecimal() else k: v for k, v in value.items()}
        return value

    def _table(self, value: object, place: Place) -> Any:
        path = self.files.find(self.findings, place, value)
        if path is None:
            return UNUSABLE
        try:
            return read_table(str(place[-1]), path)
        except InputError as error:
            self.findings.add(place, str(error))
            return UNUSABLE

    def _curve(self, curves: Curves, value: str | Mapping[str, Any], place: Place) -> Any:
        given = {"curve": value} if isinstance(value, str) else dict(value)
        name = given.pop("curve", None)
        make = curves.get(name) if isinstance(name, str) else None
        if make is None:
            wrong = "is missing" if name is None else f"is {told(name)}"
            at = place if isinstance(value, str) else (*place, "curve")
            self.findings.add(at, wrong, meant(name, list(curves)))
            return UNUSABLE
        known = keys_of(make)
        self.findings.unknown(given, place, [*known, "curve"])
        given = {n: v for n, v in given.items() if n in known}
        values = self.values(make, given, place)
        if values is not None and isinstance(values.get("table"), str):
            values["table"] = self._table(values["table"], (*place, "table"))
        if values is None or any(v is UNUSABLE for v in values.values()):
            return UNUSABLE
        made = self.findings.made(place, make, values)
        return UNUSABLE if made is None else made


class _Unusable:
    """What stands for a value that cannot be used, and is told already."""


UNUSABLE = _Unusable()


def keys_of(kind: Callable[..., object]) -> list[str]:
    """Name the keys that a part of a scenario file may have: fields, or parameters.

    Examples
    --------
    >>> keys_of(harm.rtt)
    ['rate', 'steps']
    """
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    parameters = inspect.signature(kind).parameters.values()
    return [one.name for one in parameters if one.kind not in variadic]


def hints_of(kind: Callable[..., object]) -> dict[str, Any]:
    """Give the types of fields or parameters; those that cannot be told are left out.

    Examples
    --------
    >>> hints_of(harm.rtt)["rate"]
    <class 'float'>
    """
    try:
        return typing.get_type_hints(kind)
    except NameError:
        # Some names are there for type checkers only.
        return {}


def parts_of(hint: object) -> list[object]:
    """Give the types that a type is a choice of.

    Examples
    --------
    >>> parts_of(int | None)
    [<class 'int'>, <class 'NoneType'>]
    """
    inside = typing.get_args(hint)
    if not inside or typing.get_origin(hint) not in UNIONS:
        return [hint]
    return [part for one in inside for part in parts_of(one)]


UNIONS = (typing.Union, type(int | str))


def _by_number(hint: object) -> bool:
    """Whether a mapping goes by whole numbers, which TOML can write as text only."""
    return any(typing.get_args(one)[:1] == (int,) for one in parts_of(hint))
