"""Columns that decide who may move: read as what they say, and never widened by what they do not.

Priorities, consents and truths are read from the words that people use. A word that is not known,
and a cell that is empty, lets nobody move who would not move otherwise, and is told aloud.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Ints, Mask
from mutualaid.data.schema import (
    CONSENTS,
    DECLINED,
    DECLINED_ALL,
    NO_PRIORITY,
    NOT_KNOWN,
    PRIORITIES,
)
from mutualaid.data.words import patient_words
from mutualaid.data.words.cell_values import NULLS, text_of

EVERY_OFFER = frozenset({DECLINED_ALL, "all", "declined", "refused", "every", "everything"})
_A_DATE = re.compile(r"\d+[-/. ]\w+[-/. ]\d+", re.ASCII)
WORDS_SHOWN = 5
LONGEST_WORD = 30
NUMBERS = ("date_weeks", "willing_minutes", "willing_miles")
NO_SCALE = (
    "no priority that is known, a P code or a priority type (write P3, or head the column p_code)"
)


class Finding(NamedTuple):
    """Something that was found when a table was taken in: a row of ``quality``."""

    table: str
    column: str
    problem: str
    rows: int
    done: str


@dataclass(slots=True)
class Taken:
    """A table that has been taken in."""

    frame: pd.DataFrame
    """The table, in our words."""
    findings: list[Finding] = field(default_factory=list)
    """What was found, and what was done about it."""
    told: list[str] = field(default_factory=list)
    """What has to be said aloud."""
    words: dict[str, Ints] = field(default_factory=dict)
    """The columns whose words were turned into ours, each distinct word that was given a number."""


class _Words(NamedTuple):
    """A column by its distinct texts: each row's position among them, -1 where it is empty."""

    codes: Ints
    texts: list[str]
    as_given: bool
    """Whether every cell is the text that it reads as."""
    comparable: bool = True
    """Whether there are texts: lists and the like have none."""


_Tell = Callable[[Sequence[bool], str, str], None]
"""Notes which texts (and, last, whether empty cells) say nothing, of what, and what follows."""
_Reader = Callable[[_Words, _Tell], pd.Categorical | Mask | None]
"""Reads a column; None where nothing changes."""


def understood(table: str, frame: pd.DataFrame, scale: patient_words.Scale = "unsure") -> Taken:
    """Read the columns of a table that decide who may move; it is under our headings.

    ``scale`` is what a bare number counts under ``priority``, by what that column was called.

    Examples
    --------
    >>> given = pd.DataFrame({"consent": ["Y", "perhaps", None], "patients": [1, 2, 3]})
    >>> read = understood("waiting_list", given)
    >>> read.frame["consent"].to_list()
    ['yes', 'not known', 'not known']
    >>> read.told
    ["waiting_list.consent: 'perhaps' (2), empty (3) says no consent that is known: they do not \
move"]
    """
    result = Taken(frame)
    columns: dict[str, Any] = {}
    readers: dict[str, _Reader] = {"priority": functools.partial(_priority, scale), **_READERS}
    for name, reader in readers.items():
        if name not in frame or (name in _TRUTHS and frame[name].dtype == bool):
            continue
        words = _words(frame[name])
        read = reader(words, functools.partial(_tell, result, table, name, words))
        if read is not None:
            columns[name] = read
            if words.comparable:
                result.words[name] = words.codes + 1
    for name in NUMBERS:
        if name in frame:
            numbers = _as_numbers(frame[name])
            if numbers is not None:
                columns[name] = numbers
    if columns:
        result.frame = frame.assign(**columns)
    return result


def _words(values: pd.Series) -> _Words:
    """A column by its texts."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, uniques = np.asarray(values.cat.codes), list(values.cat.categories)
    else:
        try:
            found, held = pd.factorize(values)
        except TypeError:
            nothing = np.full(len(values), -1, dtype=np.int64)
            return _Words(nothing, [], as_given=True, comparable=False)
        codes, uniques = np.asarray(found), list(held)
    place: dict[str, int] = {}
    moved, as_given = [], bool((codes >= 0).all())
    for value in uniques:
        text = text_of(value)
        as_given &= isinstance(value, str) and value == text
        empty = not text or text.casefold() in NULLS
        moved.append(-1 if empty else place.setdefault(text, len(place)))
    again: Ints = np.array([*moved, -1], dtype=np.int64)[codes]
    return _Words(again, list(place), as_given and -1 not in moved)


def _priority(scale: patient_words.Scale, words: _Words, tell: _Tell) -> pd.Categorical | None:
    """P1 to P6, "none", and any other word as it was given: a policy that names it moves it."""
    if words.as_given and {*PRIORITIES, NO_PRIORITY}.issuperset(words.texts):
        return None
    meant = [patient_words.priority(text, scale) for text in words.texts]
    numbers = [one is None and text.isdigit() for one, text in zip(meant, words.texts, strict=True)]
    others = [one is None and not n for one, n in zip(meant, numbers, strict=True)]
    tell([*others, True], "no priority that is known", "do not move")
    tell([*numbers, False], NO_SCALE, "do not move")
    labels = [m or text for m, text in zip(meant, words.texts, strict=True)]
    return _labelled(words.codes, [*labels, NOT_KNOWN])


def _consent(words: _Words, tell: _Tell) -> pd.Categorical | None:
    if words.as_given and {*CONSENTS}.issuperset(words.texts):
        return None
    meant = [patient_words.consent(text) or NOT_KNOWN for text in words.texts]
    odd = [one == NOT_KNOWN for one in meant]
    tell([*odd, True], "no consent that is known", "do not move")
    return _labelled(words.codes, [*meant, NOT_KNOWN])


def _truth(says: Callable[[str], bool | None], safe: bool, done: str) -> _Reader:
    """A reader of a column of True and False that takes what it cannot read for the safe one."""

    def read(words: _Words, tell: _Tell) -> Mask:
        meant = [*map(says, words.texts), None]
        tell([one is None for one in meant], "neither yes nor no", done)
        final: Mask = np.array([safe if one is None else one for one in meant])[words.codes]
        return final

    return read


def _declined(words: _Words, _: _Tell) -> pd.Categorical | None:
    """Whose offers patients have declined; where it is not said whose, they are not asked again."""
    meant = []
    for text in words.texts:
        flag = patient_words.yes_no(text)
        every = flag is True or text.casefold() in EVERY_OFFER or _A_DATE.match(text) is not None
        meant.append("" if flag is False else DECLINED_ALL if every else text)
    if meant == words.texts and words.as_given:
        return None
    return _labelled(words.codes, [*meant, ""])


_TRUTHS: Mapping[str, _Reader] = {
    "cancer": _truth(patient_words.cancer, True, "are taken to be on a cancer pathway"),
    "transferred": _truth(patient_words.yes_no, True, "are taken to have been moved before"),
    "adult": _truth(patient_words.yes_no, False, "are not taken for adults"),
}
_READERS: Mapping[str, _Reader] = {"consent": _consent, **_TRUTHS, DECLINED: _declined}


def _labelled(codes: Ints, labels: Sequence[str]) -> pd.Categorical:
    """Texts by their positions; -1 is the last."""
    categories = pd.Index(sorted(set(labels)), dtype=object)
    places = categories.get_indexer(pd.Index(labels, dtype=object))
    found = pd.Categorical.from_codes(places[codes], categories=categories)
    return found.remove_unused_categories()


def _tell(
    result: Taken, table: str, name: str, words: _Words, odd: Sequence[bool], what: str, done: str
) -> None:
    """Note whom a column says nothing of: the words, and how many patients each stands for."""
    here = np.array(odd)[words.codes]
    if not here.any():
        return
    frame = result.frame
    patients = np.ones(len(frame), dtype=np.int64)
    if "patients" in frame and frame["patients"].dtype.kind in "iu":
        patients = frame["patients"].to_numpy(dtype=np.int64)
    said = words_and_counts(words.codes[here], words.texts, patients[here])
    result.findings.append(Finding(table, name, f"{said}: {what}", int(here.sum()), f"they {done}"))
    result.told.append(f"{table}.{name}: {said} says {what}: they {done}")


def words_and_counts(codes: Ints, texts: Sequence[str], patients: Ints) -> str:
    """Words with the number of patients that each stands for, the most first, empty cells last.

    Examples
    --------
    >>> words_and_counts(np.array([0, -1, 1]), ["Soon", "High"], np.array([2, 5, 3]))
    "'High' (3), 'Soon' (2), empty (5)"
    """
    count = np.bincount(codes + 1, weights=patients, minlength=1).astype(np.int64)
    words = ["empty", *map(shown_word, texts)]
    there = np.unique(codes + 1).tolist()
    there.sort(key=lambda at: (at == 0, -count[at], words[at]))
    said = ", ".join(f"{words[at]} ({count[at]:,})" for at in there[:WORDS_SHOWN])
    return said + ", …" * (len(there) > WORDS_SHOWN)


def shown_word(text: str) -> str:
    """A word as a message may show it: short, and no number that could say who somebody is.

    Examples
    --------
    >>> shown_word("Soon"), shown_word("943 476 5919")
    ("'Soon'", 'a long number')
    """
    if len(re.sub(r"\D", "", text)) > 5:
        return "a long number"
    return repr(text if len(text) <= LONGEST_WORD else f"{text[:LONGEST_WORD]}…")


def _as_numbers(values: pd.Series) -> pd.Series | None:
    """Numbers that are written as text or objects; None where some are not, or nothing changes."""
    if pd.api.types.is_float_dtype(values.dtype) and not hasattr(values.dtype, "numpy_dtype"):
        return None
    if pd.api.types.is_bool_dtype(values.dtype):
        return None
    cells = values.astype(object)
    if cells.map(lambda cell: isinstance(cell, bool | np.bool_)).any():
        return None
    numbers = pd.to_numeric(cells, errors="coerce")
    return None if numbers.isna().any() else numbers.astype(np.float64)
