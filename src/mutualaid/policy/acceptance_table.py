"""A table of probabilities that offers are accepted: the first row that fits an offer holds."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats, Ints, Mask, check_numbers
from mutualaid.data.schema import PRIORITIES
from mutualaid.errors import SHOWN, Problems

LABELS = (
    *("origin", "provider", "service", "priority"),
    *("area", "deprivation", "ethnicity", "age_band"),
)
"""Columns of a table of probabilities that an offer may be recognised by."""

LIMITS = {"up_to_minutes": "minutes", "from_weeks": "weeks_waiting"}
"""Its other columns, and the column of the offers that each is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The probability of the first row that fits an offer.

    Attributes
    ----------
    probabilities : tuple of float
        Of each row.
    labels : tuple of (str, tuple)
        Columns of labels that some row asks for, and what each row asks for; None: any.
    limits : tuple of (str, tuple)
        The same for limits; an infinity: none.

    Examples
    --------
    >>> table_of(pd.DataFrame({"origin": ["XA1", ""], "probability": [0.2, 0.5]})).labels
    (('origin', ('XA1', None)),)
    """

    probabilities: tuple[float, ...]
    labels: tuple[tuple[str, tuple[str | None, ...]], ...]
    limits: tuple[tuple[str, tuple[float, ...]], ...]

    def __call__(self, offers: pd.DataFrame) -> Floats:
        """Give the probability of each offer; they have the columns that the rows ask for."""
        rows = len(self.probabilities)
        first = np.full(len(offers), rows, dtype=np.int64)
        keys = {name: _codes(offers[name], labels) for name, labels in self.labels}
        for layer in self._layers():
            reached = self._reached(layer[0], offers)
            first = np.minimum(first, np.where(reached, self._fitting(layer, keys, first), rows))
        if (first == rows).any():
            self._tell_unfit(offers, first == rows)
        return np.asarray(self.probabilities)[first]

    def _layers(self) -> list[list[int]]:
        """Rows that give the same labels and have the same limits: one look-up serves them all."""
        layers: dict[tuple[object, ...], list[int]] = {}
        for row in range(len(self.probabilities)):
            given = (labels[row] is not None for _, labels in self.labels)
            limits = (limit[row] for _, limit in self.limits)
            layers.setdefault((*given, *limits), []).append(row)
        return list(layers.values())

    def _reached(self, row: int, offers: pd.DataFrame) -> Mask:
        """Offers within the limits of a row."""
        reached = np.ones(len(offers), dtype=np.bool_)
        for name, limits in self.limits:
            numbers = numbers_of(offers[LIMITS[name]])
            limit = limits[row]
            reached &= numbers <= limit if name == "up_to_minutes" else numbers >= limit
        return reached

    def _fitting(self, layer: list[int], keys: dict[str, tuple[Ints, Ints]], first: Ints) -> Ints:
        """The first row of a layer whose labels each offer has; the number of rows if none has."""
        given = [name for name, labels in self.labels if labels[layer[0]] is not None]
        if not given:
            return np.full_like(first, layer[0])
        wanted = pd.DataFrame({name: keys[name][0][layer] for name in given})
        wanted = wanted.assign(row=layer).drop_duplicates(given)
        held = pd.DataFrame({name: keys[name][1] for name in given})
        found = held.merge(wanted, how="left", on=given)["row"]
        return found.fillna(len(self.probabilities)).to_numpy(dtype=np.int64)

    def _tell_unfit(self, offers: pd.DataFrame, unfit: Mask) -> None:
        names = [name for name, _ in self.labels]
        what = "fits no row of the table of acceptance"
        if names:
            texts = (texts_of(offers.loc[unfit, name]) for name in names)
            counts = Counter(zip(*texts, strict=True))
            firsts = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
            said = [
                " ".join(f"{n} {label}" for n, label in zip(names, labels, strict=True))
                + f" ({count:,})"
                for labels, count in firsts
            ]
            what += ": " + ", ".join(said) + (", …" if len(counts) > SHOWN else "")
        remedy = "add a row for them, or a last row that holds only a probability"
        problems = Problems()
        problems.add("offers", ", ".join(names), what, remedy, rows=unfit)
        problems.raise_if_any()


def table_of(frame: pd.DataFrame) -> Table:
    """Take a table of probabilities as a rule, checked.

    Raises
    ------
    InputError
        If a column is missing or unknown, or a value unusable.

    Examples
    --------
    >>> rule = table_of(pd.DataFrame({"from_weeks": [52, None], "probability": [0.7, 0.4]}))
    >>> rule(pd.DataFrame({"weeks_waiting": [60, 30]})).tolist()
    [0.7, 0.4]
    """
    problems = Problems()
    known = ("probability", *LABELS, *LIMITS)
    for heading in frame.columns:
        if heading not in known:
            remedy = f"drop it, or rename it to one of {', '.join(known)}"
            problems.add("acceptance", str(heading), "is not a column of this table", remedy)
    problems.need("acceptance", frame, ("probability",))
    if "probability" in frame and not len(frame):
        problems.add("acceptance", "", "has no rows", "add one that holds a probability")
    problems.raise_if_any()
    chances = check_numbers("acceptance", "probability", frame["probability"], problems)
    if chances is not None and (chances > 1).any():
        remedy = "write a number from 0 to 1 (40 % is 0.4)"
        rows = chances > 1
        problems.add("acceptance", "probability", "is above 1", remedy, rows=rows, values=chances)
    labels = {n: _labels_of(n, frame[n], problems) for n in LABELS if n in frame}
    limits = {n: _limits_of(n, frame[n], problems) for n in LIMITS if n in frame}
    problems.raise_if_any()
    return Table(
        probabilities=tuple(map(float, () if chances is None else chances)),
        labels=tuple((name, given) for name, given in labels.items() if any(given)),
        limits=tuple((n, given) for n, given in limits.items() if np.isfinite(given).any()),
    )


def _labels_of(name: str, values: pd.Series, problems: Problems) -> tuple[str | None, ...]:
    """The labels that rows ask for, None where they ask for none."""
    given = [None if gone else value for value, gone in zip(values, values.isna(), strict=True)]
    texts = [None if v is None or v == "" else _text(v) for v in given]
    # A quintile is a number to whoever reads a file: every other label is a code.
    odd = [
        not isinstance(v, str | None) and not (name == "deprivation" and _text(v).isdigit())
        for v in given
    ]
    blank = [t is not None and t != t.strip() for t in texts]
    other = [
        name == "priority" and t is not None and t not in PRIORITIES and t.upper() in PRIORITIES
        for t in texts
    ]
    for wrong, what, remedy in (
        (odd, "holds numbers, not text", "write codes as text, e.g. 'C_110' or 'P2'"),
        (blank, "has blanks around the code", "strip them"),
        (other, "is a standard code in another spelling", "write P1 to P6"),
    ):
        if any(wrong):
            problems.add("acceptance", name, what, remedy, rows=wrong, values=values)
    return tuple(texts)


def _limits_of(name: str, values: pd.Series, problems: Problems) -> tuple[float, ...]:
    """The limits of rows, an infinity where they have none."""
    none = [bool(gone) or value == "" for value, gone in zip(values, values.isna(), strict=True)]
    filled = pd.Series([0 if gone else value for value, gone in zip(values, none, strict=True)])
    numbers = check_numbers("acceptance", name, filled, problems)
    if numbers is None:
        return ()
    free = math.inf if name == "up_to_minutes" else -math.inf
    return tuple(np.where(none, free, numbers.astype(np.float64)).tolist())


def numbers_of(values: pd.Series) -> Floats:
    """Give a column of numbers as floats, NaN where there is none.

    Examples
    --------
    >>> numbers_of(pd.Series([1, None], dtype="Int64")).tolist()
    [1.0, nan]
    """
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _text(value: object) -> str:
    """A label as text: a whole number that a gap in its column made a fraction is whole again."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def texts_of(values: pd.Series) -> list[str]:
    """Give labels of offers as text.

    Examples
    --------
    >>> texts_of(pd.Series([1.0, None]))
    ['1', 'missing']
    """
    pairs = zip(values, values.isna(), strict=True)
    return ["missing" if gone else _text(value) for value, gone in pairs]


def _codes(values: pd.Series, labels: Sequence[str | None]) -> tuple[Ints, Ints]:
    """Labels of the table's rows and of the offers as numbers; -1 for those of no row."""
    number = {label: i for i, label in enumerate(dict.fromkeys(filter(None, labels)))}
    held = values.astype("category").cat
    by_category = np.array([number.get(_text(t), -1) for t in held.categories] + [-1])
    of_rows = np.array([-1 if label is None else number[label] for label in labels])
    return of_rows, by_category[held.codes]
