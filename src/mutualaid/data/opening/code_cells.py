"""Cells as codes: text, whatever they look like."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.errors import Problems


def as_codes(values: pd.Series) -> pd.Series:
    """A column of codes as text: identifiers that are whole numbers are their digits.

    Categories that are text already stay as they are.

    Examples
    --------
    >>> as_codes(pd.Series([2, 3.0, "007", None], dtype=object)).tolist()
    ['2', '3', '007', None]
    """
    codes, labels = distinct(values)
    known = all(type(label) is str for label in labels)
    if known and is_categorical(values):
        return values
    texts = np.array([*(labels if known else map(_code, labels)), None], dtype=object)
    return pd.Series(texts[codes], index=values.index, dtype=object)


def check_codes(table: str, column: str, values: pd.Series, problems: Problems) -> None:
    """Note codes that are no text, or have blanks around them."""
    codes, labels = distinct(values)
    wrong = [not (isinstance(v, str) and v.strip() == v != "") for v in labels]
    bad = np.array([*wrong, True], dtype=bool)[codes]
    problems.note(
        table,
        column,
        bad,
        "is not a code",
        "write text such as 'RJ1', without blanks around it",
        values.astype(object) if bad.any() else values,
    )


def as_written(values: pd.Series) -> pd.Series:
    """The cells of a column one by one, however they are kept."""
    return values.astype(object) if is_categorical(values) else values


def distinct(values: pd.Series) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]:
    """Each cell as a position among the different ones, -1 where missing; and those."""
    if is_categorical(values):
        return np.asarray(values.cat.codes, dtype=np.intp), values.cat.categories.to_numpy(object)
    try:
        codes, labels = pd.factorize(values)
    except TypeError:
        plain = values.map(lambda value: value if isinstance(value, Hashable) else repr(value))
        codes, labels = pd.factorize(plain)
    return np.asarray(codes, dtype=np.intp), pd.Index(labels).to_numpy(dtype=object)


def is_categorical(values: pd.Series) -> bool:
    """Whether cells are kept as positions among the different ones."""
    return isinstance(values.dtype, pd.CategoricalDtype)


def _code(label: object) -> object:
    whole = isinstance(label, int | float | np.number) and not isinstance(label, bool)
    return str(int(label)) if whole and float(label).is_integer() else label  # type: ignore[call-overload,arg-type]
