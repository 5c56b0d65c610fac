"""A line of the table: what is measured, beside which yardstick, and how the answer is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SIZES = ("smoke", "icb", "region", "england")
Check = Literal["equal", "close", "not below", "none"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Line:
    """One line.

    Attributes
    ----------
    key : str
        What ``--only`` calls it.
    title : str
        What the table says.
    work : str
        ``module:function``. The function makes everything ready, untimed, and returns what is
        timed; that returns an :class:`Answer`. Each measurement calls it in a fresh process.
    arguments : mapping
        Of the function, besides ``folder``, where what was prepared lies.
    yardstick : str
        The key of the line that the ratio is to.
    needs : tuple of str
        What has to be prepared: see :mod:`benchmarks.prepare`.
    packages : tuple of str
        What may be missing: then the line says so.
    check : str
        The objective must be ``"equal"`` to the proven optimum, ``"close"`` (within a millionth,
        for solvers in floating point), or ``"not below"`` it (of plans that promise more).
        ``"none"`` where the certificate is all there is to check, or nothing is solved.
    sizes : tuple of str
        Where it is measured unless ``--only`` names it.
    """

    key: str
    title: str
    work: str
    yardstick: str = "auto"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ("system",)
    packages: tuple[str, ...] = ()
    check: Check = "equal"
    sizes: tuple[str, ...] = SIZES


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a measured work found.

    Attributes
    ----------
    objective : float or None
        In 1/1000 harm-weeks; a whole number where the solver's arithmetic is.
    gap : float or None
        How far, at most, it is above the best, as a share; where that is proven.
    details : mapping
        Anything else, as numbers and words.
    """

    objective: float | None = None
    gap: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
