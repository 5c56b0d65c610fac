"""What a public function is called with, held against what it says it takes.

One mechanism for every public function and method. Ranges, spellings and how arguments go together
are the functions' own to check, in words of their own. What they did not foresee ends here: a call
that failed with an error of Python's is held against the annotations that a reader and a type
checker go by, and whoever passed something else is told what, by its name.
"""

from __future__ import annotations

import builtins
import collections.abc
import functools
import importlib
import inspect
import math
import os
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeVar, cast

import numpy as np
import pandas as pd

from mutualaid.arguments.values import LONGEST_SHOWN, typed
from mutualaid.errors import InputError, Problems, SolverError

F = TypeVar("F", bound=Callable[..., Any])

NUMBERS: Mapping[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool, np.bool_), "True or False"),
    int: ((int, np.integer), "a whole number"),
    float: ((int, float, np.integer, np.floating), "a number"),
}
SEVERAL = (
    collections.abc.Sequence,
    collections.abc.Collection,
    collections.abc.Iterable,
    collections.abc.Set,
    list,
)
IMPORTED_AS = {"np": "numpy", "npt": "numpy.typing", "pd": "pandas", "pulp": "pulp"}
MAPPINGS = (collections.abc.Mapping, dict)


def checks_arguments(function: F) -> F:
    """Tell of arguments of another kind than a function's annotations, where a call failed.

    Parameters
    ----------
    function
        A function or method of which every parameter is annotated. Annotations that say nothing
        of a kind (``object``, ``Any``, a protocol) are not checked.

    Returns
    -------
    callable
        The same; a call that would fail with another error than the library's own raises
        :class:`mutualaid.InputError` if arguments are of another kind, and names all of them at
        once. Of a value only its type is told, unless it is a number or a text where a text was
        meant: it may hold patients.

    Examples
    --------
    >>> @checks_arguments
    ... def most(weeks: list[int], top: int = 5) -> list[int]:
    ...     return sorted(weeks)[-top:]
    >>> most([18, 52, 65], top=1)
    [65]
    >>> most("18", top=None)
    Traceback (most recent call last):
    mutualaid.errors.InputError: 2 problems in the input:
      most.weeks: is a str. Remedy: write a list of whole numbers.
      most.top: is None. Remedy: write a whole number.
    """
    signature = inspect.signature(function)
    variadic = {
        name: parameter.kind
        for name, parameter in signature.parameters.items()
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }

    @functools.cache
    def kinds() -> dict[str, object]:
        return {name: _kind(function, p.annotation) for name, p in signature.parameters.items()}

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (InputError, SolverError):
            raise
        except Exception as error:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                raise error from None
            wrong = _wrong(bound, variadic, kinds())
            if not wrong:
                raise
            raise _error(function.__name__, wrong) from error

    return cast("F", checked)


def _wrong(
    call: inspect.BoundArguments, variadic: Mapping[str, object], kinds: Mapping[str, object]
) -> list[tuple[str, object, object]]:
    """Arguments that are not of their kind: name, value, kind."""
    given: list[tuple[str, object, object]] = []
    for name, value in call.arguments.items():
        if name not in variadic:
            given.append((name, value, kinds[name]))
        elif variadic[name] is inspect.Parameter.VAR_KEYWORD:
            given += [(one, part, kinds[name]) for one, part in value.items()]
        else:
            given += [(name, part, kinds[name]) for part in value]
    return [one for one in given if not _fits(one[1], one[2])]


def _error(function: str, wrong: list[tuple[str, object, object]]) -> InputError:
    if len(wrong) == 1:
        name, value, kind = wrong[0]
        return InputError(f"{name} {_found(value, kind)}: {_meant(kind)}")
    problems = Problems()
    for name, value, kind in wrong:
        problems.add(function, name, _found(value, kind), _meant(kind))
    return InputError(problems.frame())


class _Anything:
    """A kind that cannot be told, and whatever is made of it."""

    def __getattr__(self, name: str) -> _Anything:
        return self

    def __getitem__(self, item: object) -> _Anything:
        return self

    def __or__(self, other: object) -> _Anything:
        return self

    __ror__ = __or__


class _Names(dict[str, object]):
    """Names of a module, and those that it has for type checkers alone."""

    def __missing__(self, name: str) -> object:
        if name in IMPORTED_AS:
            return importlib.import_module(IMPORTED_AS[name])
        public = sys.modules[__name__.partition(".")[0]]
        return getattr(builtins, name, getattr(public, name, _Anything()))


def _kind(function: Callable[..., object], annotation: object) -> object:
    if annotation is inspect.Parameter.empty:
        return Any
    if not isinstance(annotation, str):
        return annotation
    # Names are looked up where the function was written, never in what a caller passes.
    return eval(annotation, {}, _Names(function.__globals__))


def _parts(kind: object) -> tuple[object, ...]:
    """Kinds of which one will do."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return tuple(part for one in typing.get_args(kind) for part in _parts(one))
    return (kind,)


def _fits(value: object, kind: object) -> bool:
    return any(_fits_one(value, part) for part in _parts(kind))


def _fits_one(value: object, kind: object) -> bool:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any or isinstance(kind, _Anything):
        return True
    if _is_none(kind):
        return value is None
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if isinstance(kind, type) and kind in NUMBERS:
        allowed = NUMBERS[kind][0]
        right = isinstance(value, allowed) and (kind is bool or not isinstance(value, bool))
        return right and not (isinstance(value, float | np.floating) and math.isnan(value))
    base = origin or kind
    if base in SEVERAL:
        # What is used up by looking at it is welcome only where it is looked at once.
        once = base is collections.abc.Iterable or hasattr(value, "__len__")
        every = _listed(value, inner)
        return once and _is_list(value) and all(_fits(one, inner[0]) for one in every)
    if base is tuple:
        return isinstance(value, tuple | list) and all(
            _fits(one, inner[0]) for one in _listed(value, inner)
        )
    if base in MAPPINGS:
        return isinstance(value, Mapping) and (
            not inner or all(_fits(k, inner[0]) and _fits(v, inner[1]) for k, v in value.items())
        )
    if base is collections.abc.Callable:
        return callable(value)
    if base is os.PathLike:
        return isinstance(value, os.PathLike)
    if value is pd.NaT:
        # A date by its type, and none.
        return False
    told = isinstance(base, type) and not getattr(base, "_is_protocol", False)
    return not told or isinstance(value, cast("type", base))


def _is_list(value: object) -> bool:
    return (
        isinstance(value, collections.abc.Iterable)
        and not isinstance(value, str | bytes | Mapping)
        and not hasattr(value, "columns")
    )


def _listed(value: object, inner: tuple[object, ...]) -> Iterator[object]:
    """What is in a list; nothing where that is not said, or looking at it would use it up."""
    if inner and isinstance(value, collections.abc.Iterable):
        yield from () if isinstance(value, collections.abc.Iterator) else value


def _found(value: object, kind: object) -> str:
    """Say what a value is, or what is wrong in it."""
    for part in _parts(kind):
        inner = typing.get_args(part)
        base = typing.get_origin(part) or part
        if base in (*SEVERAL, tuple) and inner and _is_list(value):
            odd = [one for one in _listed(value, inner) if not _fits(one, inner[0])]
            return f"has {_shown(odd[0], inner[0])}" if odd else "can be read only once"
        if base in MAPPINGS and inner and isinstance(value, Mapping):
            odd, meant = next(
                (one, want)
                for pair in value.items()
                for one, want in zip(pair, inner, strict=True)
                if not _fits(one, want)
            )
            return f"has {_shown(odd, meant)}"
    return f"is {_shown(value, kind)}"


def _shown(value: object, kind: object) -> str:
    text = any(part is str or typing.get_origin(part) is Literal for part in _parts(kind))
    plain = value is None or isinstance(value, bool | int | float | np.number | np.bool_)
    if plain or (text and isinstance(value, str) and len(value) <= LONGEST_SHOWN):
        return repr(value.item() if isinstance(value, np.generic) else value)
    return typed(value)


def _meant(kind: object) -> str:
    """Say what is meant, as an order: write a number, pass a mutualaid.Plan."""
    words = list(dict.fromkeys(_name(part) for part in _parts(kind) if not _is_none(part)))
    if any(_is_none(part) for part in _parts(kind)):
        words.append("None")
    passed = any(word.startswith(("a mutualaid.", "an object", "a pandas")) for word in words)
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    return f"{'pass' if passed else 'write'} {listed}"


def _is_none(kind: object) -> bool:
    return kind is None or kind is type(None)


def _name(kind: object) -> str:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    base: Any = origin or kind
    if origin is Literal:
        return ", ".join(repr(one) for one in inner)
    if isinstance(kind, type) and kind in NUMBERS:
        return NUMBERS[kind][1]
    if base is str:
        return "text"
    if base is os.PathLike:
        return "a path"
    if base is collections.abc.Callable:
        return "a function"
    if base in MAPPINGS:
        return (
            f"a mapping from {_plural(inner[0])} to {_plural(inner[1])}" if inner else "a mapping"
        )
    if base in (*SEVERAL, tuple):
        of = f" of {_plural(inner[0])}" if inner and inner[0] is not Any else ""
        return f"a list{of}"
    name = getattr(base, "__name__", str(base))
    module = getattr(base, "__module__", "").partition(".")[0]
    known = {"mutualaid": f"a mutualaid.{name}", "pandas": f"a pandas {name}"}
    return known.get(module, f"an object of {module}: {name}" if module != "builtins" else name)


def _plural(kind: object) -> str:
    parts = [part for part in _parts(kind) if not _is_none(part)]
    words = [_name(part).removeprefix("an ").removeprefix("a ") for part in parts]
    several = {
        "whole number": "whole numbers",
        "number": "numbers",
        "text": "texts",
        "path": "paths",
    }
    return " or ".join(several.get(word, word) for word in words)
