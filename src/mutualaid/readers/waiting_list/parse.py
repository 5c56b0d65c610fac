"""Cells of an extract as labels, identifiers and numbers.

Whatever a column holds, only its distinct values are looked at one by one; the rows are numbers
that point at them. What cannot be read is marked, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.words.cell_values import NULLS, POINT_ZERO, text_of
from mutualaid.data.words.column_names import TABLE
from mutualaid.errors import InputError

EMPTY_WORDS = NULLS | {"none", "n/a", "#n/a"}
"""What says that nothing is recorded. No code of the NHS is one of these; "NA" could be one."""

NOTHING = EMPTY_WORDS | {"na"}
"""The same where it stands for a date, a number or an identifier."""

SPELT = sorted(
    {"", "NaN", "NaT"}
    | {form for word in NOTHING for form in (word, word.upper(), word.capitalize())}
)
"""The same with its capitals, and nothing at all."""

TEXT = pd.Series([""]).dtype
"""How pandas keeps text: as objects before pandas 3."""

NO_LABEL = -1
NUMBER = re.compile(r"[+-]?(?:\d+(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf", re.I | re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """A column of few distinct texts."""

    codes: npt.NDArray[Any]
    """A row each: the position of its text, -1 where there is none."""
    texts: tuple[str, ...]
    """Distinct texts."""
    words: int = 0
    """Rows that say NULL or the like, and so hold nothing."""

    @property
    def missing(self) -> Mask:
        """Rows without a text."""
        result: Mask = self.codes == NO_LABEL
        return result

    def spread(self, marks: Iterable[Any], absent: Any, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Give each row what stands at its text's place, and who has none what is said here."""
        # Code -1 finds the last place.
        result: npt.NDArray[Any] = np.array([*marks, absent], dtype=dtype)[self.codes]
        return result


def labels_of(name: str, column: pd.Series, nothing: frozenset[str] = EMPTY_WORDS) -> Labels:
    """Number the distinct texts of a column, but for words that say that there is nothing.

    Raises
    ------
    InputError
        If cells are lists or the like, which cannot be compared.
    """
    held = column.array
    if isinstance(held, pd.Categorical):
        codes: npt.NDArray[Any] = np.asarray(held.codes)
        uniques = held.categories
        used = np.zeros(len(uniques) + 1, dtype=bool)
        used[codes] = True
    else:
        try:
            codes, uniques = pd.factorize(column)
        except TypeError as error:
            raise InputError(f"{TABLE}.{name}: holds values that cannot be compared") from error
        used = np.ones(len(uniques), dtype=bool)
    place: dict[str, int] = {}
    moved, words = [], []
    for value, there in zip(uniques, used, strict=False):
        text = text_of(value) if there else ""
        words.append(text.lower() in nothing)
        absent = words[-1] or not text
        moved.append(NO_LABEL if absent else place.setdefault(text, len(place)))
    counted = np.append(words, False)[codes].sum() if any(words) else 0
    if moved != list(range(len(moved))):
        codes = np.array([*moved, NO_LABEL])[codes]
    return Labels(codes, tuple(place), int(counted))


def recoded(
    labels: Labels, code: Callable[[str], str | None], *, absent: str, unreadable: str
) -> tuple[Labels, int]:
    """Translate texts, and count the rows whose text means nothing that is known.

    A row that has no text gets ``absent``, and one whose text is not known ``unreadable``.
    """
    meant = [code(value) for value in labels.texts]
    odd = labels.spread((m is None for m in meant), False, bool)
    final = [unreadable if m is None else m for m in meant]
    place = {text: at for at, text in enumerate(dict.fromkeys([*final, absent]))}
    codes = labels.spread((place[text] for text in final), place[absent], np.int32)
    return Labels(codes, tuple(place)), int(odd.sum())


def categories(labels: Labels, rows: npt.NDArray[Any] | slice) -> pd.Categorical:
    """Make a categorical of some rows: its categories sorted, each with a row."""
    codes = labels.codes[rows]
    used = np.zeros(len(labels.texts) + 1, dtype=bool)
    used[codes] = True
    texts = [text for text, there in zip(labels.texts, used, strict=False) if there]
    order = {text: at for at, text in enumerate(sorted(texts))}
    dense = Labels(codes, labels.texts).spread(
        (order.get(text, NO_LABEL) for text in labels.texts), NO_LABEL, np.int32
    )
    return pd.Categorical.from_codes(dense, categories=pd.Index(list(order), dtype=object))


def identifier_of(column: pd.Series) -> tuple[pd.Series, int]:
    """Write identifiers as text, missing where blank; and count those that say NULL or the like.

    Text that pandas keeps in Arrow stays there: no Python object is made for any row of it.
    """
    if not isinstance(column.dtype, pd.StringDtype):
        column = _as_text(column)
    column = column.str.strip()
    if column.str.endswith(".0").any():
        column = column.str.replace(POINT_ZERO, r"\1", regex=True)
    blank = column.isin(SPELT).to_numpy(dtype=bool)
    if not blank.any():
        return column, 0
    return column.mask(blank), int((column[blank] != "").sum())


def _as_text(column: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(column.dtype) and not column.hasnans:
        return column.astype(str)
    texts = [
        None if absent else text_of(v) for v, absent in zip(column, column.isna(), strict=True)
    ]
    return pd.Series(texts, index=column.index, dtype=TEXT)


def numbers_of(name: str, column: pd.Series) -> tuple[Floats, Mask]:
    """Read a column of numbers: NaN where blank, and a mark where there is something else."""
    kind = column.dtype
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers, np.zeros(len(numbers), dtype=bool)
    labels = labels_of(name, column, NOTHING)
    read = [float(v.replace(",", "")) if NUMBER.fullmatch(v) else None for v in labels.texts]
    values = labels.spread((np.nan if v is None else v for v in read), np.nan, np.float64)
    return values, labels.spread((v is None for v in read), False, bool)
