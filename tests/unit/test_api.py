"""What the library promises to whoever writes code with it, kept as a text: ``api.txt``.

Every public name is in it with its full signature, and of classes every public method, property
and field. A change of any of them shows in review. To renew the text after a change that is meant::

    python -m tests.unit.test_api
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import inspect
import re
import types
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import pytest

import mutualaid as ma

ROOT = Path(__file__).parents[2]
STORED = Path(__file__).with_name("api.txt")
RENEW = "python -m tests.unit.test_api"
LINE = 100
REPORTS = re.compile(r"^\.\. auto(?:class|function):: (mutualaid\.report[\w.]+)$", re.MULTILINE)


def public_names(module: types.ModuleType) -> Iterator[tuple[str, object]]:
    """Public names of a module and of the public modules in it, and what each is."""
    own = [name for name, thing in vars(module).items() if is_of(module, thing)]
    for name in sorted(getattr(module, "__all__", own)):
        thing = getattr(module, name)
        yield f"{module.__name__}.{name}", thing
        if isinstance(thing, types.ModuleType):
            yield from public_names(thing)


def is_of(module: types.ModuleType, thing: object) -> bool:
    """Whether a module that lists no public names is where a public one is written."""
    where = getattr(thing, "__module__", None), getattr(thing, "__name__", "_")[:1]
    return where[0] == module.__name__ and where[1] != "_"


def in_rooms() -> Iterator[tuple[str, object]]:
    """What a call gives or takes that is named in no room of the front door: its types."""
    for room in ("readers", "policy", "planning", "solve", "calibration"):
        yield from public_names(importlib.import_module(f"mutualaid.{room}"))


def given_away() -> Iterator[tuple[str, object]]:
    """What the methods of a plan lead on to, by the reference: its files and its figures."""
    for page in sorted((ROOT / "docs" / "reference").glob("*.rst")):
        for name in REPORTS.findall(page.read_text(encoding="utf-8")):
            module, _, last = name.rpartition(".")
            yield name, getattr(importlib.import_module(module), last)


def described() -> str:
    """The whole text."""
    lines: list[str] = []
    first: dict[int, str] = {}
    for name, thing in dict([*public_names(ma), *in_rooms(), *given_away()]).items():
        known = first.setdefault(id(thing), name)
        lines += [f"{name} is {known}"] if known != name else lines_of(name, thing)
    return "\n".join(lines) + "\n"


def lines_of(name: str, thing: object) -> list[str]:
    """What is promised of one name."""
    if isinstance(thing, types.ModuleType):
        return [f"{name}: module"]
    if inspect.isclass(thing):
        return [*class_line(name, thing), *members(name, thing)]
    if isinstance(thing, types.GenericAlias):
        return [f"{name} = {re.sub(r'[a-z_]+[.]', '', repr(thing))}"]
    if callable(thing):
        return signature(name, thing)
    keys = f" of {', '.join(sorted(map(str, thing)))}" if isinstance(thing, Mapping) else ""
    return [f"{name}: {type(thing).__name__}{keys}"]


def class_line(name: str, kind: type) -> list[str]:
    """A class, what one may take it for, and how it is made if it says so itself."""
    known = [b for b in kind.__bases__ if not is_ours(b) or b.__name__ in ma.__all__]
    bases = ", ".join(base.__name__ for base in known if base is not object)
    head = f"class {name}" + f"[{bases}]" * bool(bases)
    maker = next((base for base in kind.__mro__ if "__init__" in vars(base)), object)
    if not is_ours(maker) or getattr(kind, "_is_protocol", False):
        return [head]
    return signature(head, kind)


def members(name: str, kind: type) -> list[str]:
    """Methods, properties and fields of a class and of those of ours that it inherits from."""
    found: list[str] = []
    ours = [base for base in kind.__mro__ if is_ours(base)]
    fields = {key: str(said) for base in reversed(ours) for key, said in annotations(base).items()}
    names = {key for base in ours for key in vars(base)} | {*fields}
    for key in sorted(key for key in names if not key.startswith("_")):
        one = inspect.getattr_static(kind, key, None)
        full = f"{name}.{key}"
        if key in fields:
            found.append(f"{full}: {fields[key]}")
        elif isinstance(one, property | cached_property):
            getter = one.fget if isinstance(one, property) else one.func
            found.append(f"{full}: {annotations(getter).get('return', '?')} (property)")
        elif isinstance(one, classmethod | staticmethod):
            found += signature(f"{type(one).__name__} {full}", getattr(kind, key))
        elif inspect.isfunction(one):
            found += signature(full, one)
        else:
            found.append(f"{full}: {type(one).__name__}")
    return found


def annotations(thing: object) -> dict[str, object]:
    """Annotations as they are written."""
    said = inspect.get_annotations(inspect.unwrap(thing) if callable(thing) else thing)
    return {k: v if isinstance(v, str) else inspect.formatannotation(v) for k, v in said.items()}


def is_ours(kind: type) -> bool:
    """Whether a class is one of the library's own."""
    return kind.__module__.partition(".")[0] in ("mutualaid", __name__.partition(".")[0])


def signature(name: str, thing: object) -> list[str]:
    """A call with all that it takes; a line for each parameter where one line is too short."""
    made = inspect.signature(thing)
    parts, marks = [], {p.kind for p in made.parameters.values()}
    starred = inspect.Parameter.VAR_POSITIONAL in marks
    for one in made.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        parts.append(parameter(one))
    gives = made.return_annotation
    after = "" if gives in (inspect.Signature.empty, None, "None") else f" -> {plain(gives)}"
    line = f"{name}({', '.join(parts)}){after}"
    if len(line) <= LINE:
        return [line]
    return [f"{name}(", *(f"    {part}," for part in parts), f"){after}"]


def parameter(one: inspect.Parameter) -> str:
    """A parameter as it is written, its default without where it lies in memory."""
    stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
    said = "" if one.annotation is one.empty else f": {plain(one.annotation)}"
    if one.default is one.empty:
        return f"{stars}{one.name}{said}"
    default = re.sub(r" at 0x[0-9a-fA-F]+", "", " ".join(repr(one.default).split()))
    return f"{stars}{one.name}{said} = {default}"


def plain(annotation: object) -> str:
    """An annotation without quotes."""
    if isinstance(annotation, str):
        return annotation
    return inspect.formatannotation(annotation)


@pytest.mark.usual_lead
@pytest.mark.usual_promises
def test_the_public_names_are_as_they_were_agreed():
    """Whoever changes one renews the text, and the reviewer sees what changed."""
    stored, found = STORED.read_text(encoding="utf-8"), described()
    changes = difflib.unified_diff(
        stored.splitlines(), found.splitlines(), STORED.name, "now", n=0, lineterm=""
    )
    assert stored == found, "\n".join([*changes, f"If this is meant: {RENEW}"])


def test_nothing_stands_at_the_top_that_is_not_public():
    """What ``dir(mutualaid)`` shows is listed, or a room of the house."""
    shown = {
        name
        for name in dir(ma)
        if not name.startswith("_") and not isinstance(getattr(ma, name), types.ModuleType)
    }
    assert shown - {*ma.__all__} == set()


def test_the_tab_key_shows_what_a_room_offers_and_nothing_else():
    """Not the files that it is made of, nor what these import."""
    for room in (ma.studies, ma.patients, ma.simulation, ma.report, ma.datasets, ma.harm):
        assert dir(room) == sorted(room.__all__)


def test_every_name_of_the_library_is_in_the_text():
    """A hospital's own code may use any of them."""
    told = STORED.read_text(encoding="utf-8")
    missing = [n for n in ma.__all__ if not re.search(rf"\bmutualaid\.{n}\b", told)]
    assert missing == []
    assert " at 0x" not in told


def usual_ward(patient: str) -> str:
    """The ward that a patient is sent to."""
    return f"the usual ward of {patient}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ward:
    """A ward of which the text tells all that may be asked."""

    beds: int = 12
    _staff: int = 4

    @property
    def free(self) -> int:
        """Beds that nobody lies in."""
        return self.beds

    @classmethod
    def of(cls, *names: str, **more: int) -> Ward:
        """Make one."""
        return cls(beds=len(names) + len(more))

    def admit(self, patient: str, ward: object = usual_ward) -> str:
        """Find a bed."""
        return f"{patient} lies in {ward}"


def test_a_class_is_told_with_all_that_may_be_asked_of_it():
    """Fields, properties, methods, defaults; nothing private, and no address of the day."""
    assert lines_of("a.Ward", Ward) == [
        "class a.Ward(*, beds: int = 12, _staff: int = 4)",
        "a.Ward.admit(self, patient: str, ward: object = <function usual_ward>) -> str",
        "a.Ward.beds: int",
        "a.Ward.free: int (property)",
        "classmethod a.Ward.of(*names: str, **more: int) -> Ward",
    ]


def test_a_parameter_that_is_added_shows():
    """The text of a function is not that of the same function with an option more."""

    def refer(patient: str) -> None:
        """Refer a patient."""

    def refer_further(patient: str, *, urgent: bool = False) -> None:
        """Refer a patient, in haste if need be."""

    assert signature("refer", refer) == ["refer(patient: str)"]
    assert signature("refer", refer_further) == ["refer(patient: str, *, urgent: bool = False)"]


if __name__ == "__main__":
    STORED.write_text(described(), encoding="utf-8", newline="\n")
