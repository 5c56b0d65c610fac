"""What the value of an argument must be: a number within limits, a share, one of some words.

:class:`Arguments` collects what is wrong with the arguments of one call; :data:`argument` has the
same checks for an argument that is looked at alone, and raises at once. Each message names the
argument, the value and what to write instead. Of a value that may hold patients only its type is
told.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from types import TracebackType, UnionType
from typing import Any, NoReturn, Self, TypeGuard

import numpy as np

from mutualaid.errors import InputError, Problems

LONGEST_SHOWN = 60
"""A value is shown up to so many letters."""
LARGEST_SHOWN: int = 10**LONGEST_SHOWN
"""Whole numbers are shown up to this one; Python itself refuses to write the very largest."""


def is_number(value: object, low: float = -math.inf, high: float = math.inf) -> TypeGuard[float]:
    """Whether a value is a number within limits: no truth value, no NaN.

    Examples
    --------
    >>> is_number(0.5, 0, 1), is_number(True), is_number("1"), is_number(float("nan"))
    (True, False, False, False)
    """
    if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
        return False
    return bool(low <= value <= high)


def is_whole(value: object, low: float = -math.inf, high: float = math.inf) -> TypeGuard[int]:
    """Whether a value is a whole number within limits, and of a type for whole numbers.

    Examples
    --------
    >>> is_whole(3, 1), is_whole(3.0), is_whole(True), is_whole(0, 1)
    (True, False, False, False)
    """
    return isinstance(value, int | np.integer) and is_number(value, low, high)


def shown(value: object) -> str:
    """Write a value for a message: as it is where it is short and plain, else its type.

    Examples
    --------
    >>> shown("deeper"), shown([1, 2]), shown({"RJ1": 3}), shown(np.float64(0.5))
    ("'deeper'", '[1, 2]', 'a dict', '0.5')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int) and abs(value) > LARGEST_SHOWN:
        return "far too large"
    plain = _is_plain(value) or (
        isinstance(value, list | tuple | range) and all(_is_plain(one) for one in value)
    )
    if plain and len(repr(value)) <= LONGEST_SHOWN:
        return repr(value)
    return typed(value)


def typed(value: object) -> str:
    """Name what a value is of, and nothing that is in it.

    Examples
    --------
    >>> typed(3), typed("deeper"), typed(int)
    ('an int', 'a str', 'a class, int')
    """
    if isinstance(value, type):
        return f"a class, {value.__name__}"
    what = type(value).__name__
    return f"{'an' if what[:1] in 'AEIOUaeio' else 'a'} {what}"


def _is_plain(value: object) -> bool:
    if isinstance(value, int):
        return abs(value) <= LARGEST_SHOWN
    return value is None or isinstance(value, float | complex | str | np.generic)


class Arguments(Problems):
    """The arguments of one call as they are checked: what is wrong with them is told at once.

    Used as a context, it raises :class:`mutualaid.InputError` at its end if anything is wrong.
    Every check gives the value back, or the least that is allowed in place of one that cannot be
    used, so that later checks can go on.

    Parameters
    ----------
    call
        What was called, as messages name it.

    Examples
    --------
    >>> with Arguments("offers") as check:
    ...     risk = check.share("risk", 1.5)
    ...     notice = check.whole("notice_weeks", 3, 0)
    Traceback (most recent call last):
    mutualaid.errors.InputError: 1 problem in the input:
      offers.risk: is 1.5. Remedy: write a share from 0 to 1.
    """

    def __init__(self, call: str) -> None:
        super().__init__()
        self.call = call

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.raise_if_any()

    def wrong(self, name: str, what: str, remedy: str) -> None:
        """Note what is wrong with an argument: the end of a sentence, and what to do."""
        self.add(self.call, name, what, remedy)

    def number(
        self,
        name: str,
        value: object,
        low: float = 0,
        high: float = math.inf,
        what: str = "a number",
        *,
        above: bool = False,
        below: bool = False,
        optional: bool = False,
    ) -> float:
        """A number from the least to the most.

        Parameters
        ----------
        name, value
            The argument.
        low, high
            The least and the most.
        what
            What it is, in a remedy.
        above, below
            The least, or the most, is itself not allowed.
        optional
            None will do.

        Returns
        -------
        float
            The number; the least where it cannot be used; infinity for None.
        """
        if value is None and optional:
            return math.inf
        if is_number(value, low, high) and not (
            (above and value == low) or (below and value == high)
        ):
            try:
                return float(value)
            except OverflowError:
                return math.inf
        self.wrong(name, f"is {shown(value)}", _remedy(what, low, high, above, below, optional))
        return float(low)

    def share(
        self,
        name: str,
        value: object,
        high: float = 1,
        *,
        below: bool = False,
        optional: bool = False,
    ) -> float:
        """A share from 0 to 1, or to another most."""
        return self.number(name, value, 0, high, "a share", below=below, optional=optional)

    def whole(
        self,
        name: str,
        value: object,
        low: int = 0,
        high: float = math.inf,
        what: str = "a whole number",
        *,
        optional: bool = False,
        of_floats: bool = False,
    ) -> int:
        """A whole number from the least to the most; ``of_floats``: or a float that is one."""
        if value is None and optional:
            return low
        if is_whole(value, low, high):
            return int(value)
        if of_floats and is_number(value, low, high) and float(value).is_integer():
            return int(value)
        self.wrong(name, f"is {shown(value)}", _remedy(what, low, high, False, False, optional))
        return low

    def flag(self, name: str, value: object) -> None:
        """True or False, and nothing that may stand for them."""
        if not isinstance(value, bool):
            self.wrong(name, f"is {shown(value)}", "write True or False")

    def choice(self, name: str, value: object, options: Collection[object]) -> None:
        """One of several words; None only where it is one of them."""
        if not isinstance(value, str | None) or value not in options:
            self.wrong(name, f"is {shown(value)}", f"use {_either(map(repr, options))}")

    def kind(self, name: str, value: object, kind: type | UnionType, remedy: str) -> bool:
        """An object of a class, of which only the type is told; gives whether it is one."""
        if not isinstance(value, kind):
            self.wrong(name, f"is {typed(value)}", remedy)
        return isinstance(value, kind)

    def listed(self, name: str, value: object, remedy: str) -> tuple[Any, ...]:
        """One value or more, where a text or a mapping is no list of several."""
        if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
            self.wrong(name, f"is {shown(value)}", remedy)
            return ()
        several = tuple(value)
        if not several:
            self.wrong(name, "is empty", remedy)
        return several


class _Alone(Arguments):
    """An argument that is looked at alone: what is wrong is raised at once."""

    def wrong(self, name: str, what: str, remedy: str) -> NoReturn:
        raise InputError(f"{name} {what}: {remedy}")


argument = _Alone("")
"""The checks of :class:`Arguments` for one argument, which raise at once."""


def _remedy(what: str, low: float, high: float, above: bool, below: bool, optional: bool) -> str:
    text = f"write {what} {'above' if above else 'from'} {_plain(low)}"
    if below and high < math.inf:
        text += f", below {_plain(high)}"
    elif high < math.inf:
        text += f"{', up' if above else ''} to {_plain(high)}"
    return text + ", or None" * optional


def _plain(limit: float) -> str:
    return f"{limit:,g}" if limit % 1 else f"{int(limit):,}"


def _either(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
