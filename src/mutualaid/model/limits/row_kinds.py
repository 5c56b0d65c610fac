"""What a side row or a choice is: its kind, what tells it from others of its kind, its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from mutualaid.model import network
from mutualaid.model.network import Ints


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Rows of one kind, each by its key."""

    kind: int
    key: network.Keys

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, eq=False)
class LimitKind:
    """A kind of side row, or of choice.

    Parameters
    ----------
    name
        What it is called in tables; no two kinds are called the same.
    fields
        What tells rows of the kind apart, in order: names of
        :data:`mutualaid.model.limits.row_labels.FIELDS`.
    sentence
        Makes the sentence of a row from the texts of these, empty where there is none.

    Examples
    --------
    >>> kind = LimitKind("cap", ("provider", "period"), "at most so many at {} in period {}".format)
    >>> kind.rows(np.array([4, 7]), 1).key[:, :2].tolist()
    [[4, 1], [7, 1]]
    """

    name: str
    fields: tuple[str, ...]
    sentence: Callable[..., str]

    @cached_property
    def number(self) -> int:
        """The number of the kind in arrays: made of its name, the same in every process."""
        return crc32(self.name.encode())

    def rows(self, *codes: npt.NDArray[np.integer[Any]] | int) -> Known:
        """Rows by the codes of their fields: positions, periods from 1, -1 for none."""
        if len(codes) != len(self.fields):
            raise ValueError(f"a row of kind {self.name} is known by {', '.join(self.fields)}")
        columns = np.broadcast_arrays(*map(np.atleast_1d, codes)) if codes else []
        key = np.full((len(columns[0]) if columns else 1, network.KEY), -1, dtype=np.int32)
        for place, column in enumerate(columns):
            key[:, place] = column
        return Known(self.number, key)

    def keys(self, *codes: npt.NDArray[np.integer[Any]] | int) -> list[tuple[int, ...]]:
        """The same as numbers of one choice each, the kind's own first."""
        rows = self.rows(*codes)
        return [(rows.kind, *key) for key in rows.key.tolist()]


NAMELESS = LimitKind("", ("number",), "nameless {}".format)
"""Rows and choices that a model only has while something is worked out: nobody asks for them."""


def nameless(count: int) -> Known:
    """So many rows that nobody asks for."""
    return NAMELESS.rows(np.arange(count))


def grid(*sizes: int) -> list[Ints]:
    """The codes of every combination, the last one running fastest.

    Examples
    --------
    >>> [codes.tolist() for codes in grid(2, 3)]
    [[0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]]
    """
    return [codes.ravel() for codes in np.indices(sizes, dtype=np.int64)]
