"""Every key of a table held against its model; what does not fit is told with a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from mutualaid.cli.scenario.line_numbers import Place
from mutualaid.cli.scenario.named_files import Files
from mutualaid.cli.scenario.part import FILE, WRITE
from mutualaid.cli.scenario.problems import FileProblems, heading, meant, told
from mutualaid.cli.scenario.schema_file import schema_of

Schema = Mapping[str, Any]
UNKNOWN = "extra_forbidden"
CHOICE = ("union_tag_invalid", "union_tag_not_found")
"""Kinds of error of a table that does not say which of several it is."""
KEY = "[key]"
"""The last step to a key that does not fit; only weeks are keys of a kind."""
OWN = (FILE, UNKNOWN, KEY, *CHOICE)
"""Kinds of error that say what is wrong; of any other it is told what could be written."""
WORDS = {
    "boolean": ("true or false", "true or false"),
    "integer": ("a whole number", "whole numbers"),
    "number": ("a number", "numbers"),
    "array": ("a list", "lists"),
    "object": ("a table", "tables"),
    "string": ("text, in quotes", "texts, in quotes"),
}
LIMITS = {
    "minimum": "from",
    "exclusiveMinimum": "above",
    "maximum": "to",
    "exclusiveMaximum": "to below",
}


def fitting(
    kind: Any,
    table: Mapping[str, Any],
    place: Place,
    problems: FileProblems,
    files: Files | None = None,
) -> Any:
    """Read a table by its model; what does not fit is noted, left out, and the rest is read.

    Gives None if too little fits.

    Examples
    --------
    >>> from mutualaid.cli.scenario.scenario_keys import TargetKeys
    >>> found = FileProblems("winter.toml", {})
    >>> fitting(TargetKeys, {"weeks": 65, "patients": -1}, ("target", 0), found)
    TargetKeys(weeks=65, ...)
    >>> found.rows[0]["problem"], found.rows[0]["remedy"]
    ('is -1', 'write a whole number from 0')
    """
    model: TypeAdapter[Any] = TypeAdapter(kind)
    try:
        return model.validate_python(dict(table), context=files)
    except ValidationError as error:
        wrong = _note(schema_of(kind), error, table, place, problems)
    try:
        rest = {name: table[name] for name in table if name not in wrong}
        return model.validate_python(rest, context=files)
    except ValidationError:
        return None


class _Fault(NamedTuple):
    """One error of the models: where it is, in the file and in the schema."""

    place: Place
    value: Any
    meant: list[Schema]
    kind: str
    said: Mapping[str, Any]


def _note(
    schema: Schema,
    error: ValidationError,
    table: Mapping[str, Any],
    place: Place,
    problems: FileProblems,
) -> set[object]:
    """Note what is wrong, and say which keys of the table it is in."""
    faults: dict[tuple[Place, str], _Fault] = {}
    absent: dict[Place, list[str]] = {}
    for one in error.errors(include_url=False):
        loc = one["loc"]
        if one["type"] == "missing":
            absent.setdefault(_found(schema, table, loc[:-1], one).place, []).append(str(loc[-1]))
        else:
            fault = _found(schema, table, loc, one)
            faults.setdefault((fault.place, fault.kind if fault.kind in OWN else ""), fault)
    for around, names in absent.items():
        listed = ", ".join(names)
        problems.add((*place, *around), f"lacks {listed}", f"write {listed}")
    for (at, own), fault in faults.items():
        # What fits none of several kinds is told where it came nearest to one of them.
        nearer = any(
            other != (at, own) and other[0][: len(at)] == at and (other[1] or other[0] != at)
            for other in faults
        )
        if own or not nearer:
            _add(fault, place, problems)
    places = [*(fault.place for fault in faults.values()), *absent]
    return {one[0] for one in places if one}


def _found(
    schema: Schema, table: object, loc: Iterable[str | int], error: Mapping[str, Any]
) -> _Fault:
    """Follow an error through the table and through the schema, side by side."""
    value: Any = table
    place: Place = ()
    around = here = _kinds(schema, schema)
    for step in loc:
        inside = isinstance(value, Mapping) and step in value
        if inside or (isinstance(value, list) and isinstance(step, int)):
            value, place, around = value[step], (*place, step), here
            here = [one for part in here for one in _inside(schema, part, step)]
        else:
            # The name of one of several kinds, as pydantic calls it.
            here = [one for one in here if step in _names_of(one)] or here
    kind = KEY if KEY in error["loc"] else error["type"]
    return _Fault(place, value, around if kind == UNKNOWN else here, kind, error.get("ctx", {}))


def _names_of(schema: Schema) -> list[Any]:
    consts = [one.get("const") for one in schema.get("properties", {}).values()]
    return [schema.get("title"), *filter(None, consts)]


def _inside(root: Schema, part: Schema, step: str | int) -> list[Schema]:
    """What the schema says of a key or an item."""
    own = part.get("properties", {}).get(step)
    if own is None:
        own = part.get("items" if isinstance(step, int) else "additionalProperties")
    return _kinds(root, own) if isinstance(own, Mapping) else []


def _kinds(root: Schema, part: Schema) -> list[Schema]:
    """The kinds of value of which one will do."""
    if "$ref" in part:
        return _kinds(root, root["$defs"][part["$ref"].rpartition("/")[2]])
    several = part.get("anyOf") or part.get("oneOf")
    if several:
        return [one for other in several for one in _kinds(root, other)]
    inside = part.get("items") or part.get("additionalProperties")
    return [{**part, "of": _kinds(root, inside)}] if isinstance(inside, Mapping) else [part]


def _add(fault: _Fault, place: Place, problems: FileProblems) -> None:
    at = (*place, *fault.place)
    if fault.kind == FILE:
        problems.add(at, fault.said["problem"], fault.said["remedy"])
    elif fault.kind == UNKNOWN:
        known = dict.fromkeys(name for one in fault.meant for name in one.get("properties", {}))
        problems.unknown(at, known)
    elif fault.kind == KEY:
        problems.add(at, f"is no key of {heading(at[:-1])}", "write whole weeks from 0 as keys")
    elif fault.kind in CHOICE and isinstance(fault.value, Mapping):
        key = str(fault.said["discriminator"]).strip("'")
        parts = [one["properties"] for one in fault.meant if "properties" in one]
        names = [part[key]["const"] for part in parts]
        said = f"is {told(fault.value[key])}" if key in fault.value else "is missing"
        problems.add((*at, key), said, meant(fault.value.get(key), names))
    else:
        problems.add(at, f"is {told(fault.value)}", remedy(fault.meant, fault.value))


def remedy(kinds: Iterable[Schema], value: object) -> str:
    """Say what to write where one of some kinds is meant.

    Examples
    --------
    >>> remedy([{"type": "integer", "minimum": 0}, {"type": "boolean"}], "x")
    'write a whole number from 0, or true or false'
    """
    listed = list(kinds)
    names = [name for one in listed for name in _values(one)]
    others = [one for one in listed if not _values(one)]
    texts = any(one.get("type") == "string" and "pattern" not in one for one in others)
    if names and isinstance(value, str) and not texts:
        return meant(value, [str(name) for name in names])
    phrases = [_phrase(one, 0) for one in others]
    if names:
        phrases.insert(0, " or ".join(map(told, dict.fromkeys(names))))
    return f"write {', or '.join(dict.fromkeys(phrases))}"


def _values(schema: Schema) -> list[Any]:
    """The only values that will do, if these can be listed."""
    return list(schema.get("enum", [schema["const"]] if "const" in schema else []))


def _phrase(schema: Schema, many: int) -> str:
    """A kind of value in words: one (0), or several (1)."""
    if WRITE in schema:
        return str(schema[WRITE][many])
    if values := _values(schema):
        return "any of " * many + ", ".join(map(told, values))
    one = WORDS[schema.get("type", "string")][many]
    for name, word in LIMITS.items():
        if name in schema:
            one += f" {word} {schema[name]:,.15g}"
    if "of" in schema:
        one += " of " + " or ".join(dict.fromkeys(_phrase(part, 1) for part in schema["of"]))
    return one
