"""Checks of one table at a time: its columns, their types, their values.

Each check notes what it finds in a :class:`mutualaid.errors.Problems` and goes on, so that an
analyst sees every problem at once. What comes out is clean: sorted categoricals for labels,
int64 for counts, float64 for minutes and amounts.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import typed
from mutualaid.data.schema import Column, columns
from mutualaid.data.words.headings import check_headings
from mutualaid.errors import InputError, Problems

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Clean: TypeAlias = dict[str, Any]

Number = int | float | np.number
INT64_MAX = np.iinfo(np.int64).max
FROM_ARROW = "from_arrow"
"""Not in pandas before 3."""

AMOUNTS_A_UNIT = 1_000
MOST_LOST = 0.01
"""Share of an amount that rounding may change."""

CONTROLS = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of control characters, lone surrogates and separators of lines."""

LARGEST_COUNT = 1_000_000_000
LARGEST_KEY = 2**62
"""Numbers for combinations of labels stay below this, well within 64 bits."""
LONGEST_WAIT_WEEKS = 5_200
LONGEST_WAY_MINUTES = 100_000
LONGEST_WAY_MILES = 13_000
"""Half of the way round the Earth."""


def as_frame(name: str, table: object) -> pd.DataFrame:
    """Take a table as pandas, whatever kind of table it is.

    Parameters
    ----------
    name
        What to call the table in an error.
    table
        A pandas DataFrame, anything with the Arrow or the dataframe interchange protocol
        (polars, pyarrow, DuckDB), or a mapping from column names to values.

    Raises
    ------
    InputError
        If it is none of these, or names a column twice.

    Examples
    --------
    >>> as_frame("capacity", {"provider": ["XA1"], "slots": [3]}).columns.to_list()
    ['provider', 'slots']
    """
    if isinstance(table, pd.DataFrame):
        frame = table
    else:
        try:
            frame = _foreign_frame(table)
        except (OverflowError, TypeError, ValueError) as error:
            raise InputError(f"{name} is {typed(table)}, not a table: pass a DataFrame") from error
        except ImportError as error:
            raise InputError(
                f"{name} is {typed(table)}, which takes pyarrow to read: pip install "
                "pyarrow, or pass a pandas DataFrame"
            ) from error
    if not frame.columns.is_unique:
        twice = sorted(set(frame.columns[frame.columns.duplicated()].map(str)))
        raise InputError(f"{name} has more than one column called {', '.join(twice)}")
    return frame


def _foreign_frame(table: object) -> pd.DataFrame:
    """Take a table that is not pandas's, or raise a TypeError or ValueError."""
    if hasattr(table, "__arrow_c_stream__") and hasattr(pd.DataFrame, FROM_ARROW):
        from_arrow: Callable[[object], pd.DataFrame] = getattr(pd.DataFrame, FROM_ARROW)
        return from_arrow(table)
    if hasattr(table, "__dataframe__"):
        return pd.api.interchange.from_dataframe(table)
    if isinstance(table, Mapping):
        return pd.DataFrame(dict(table))
    raise TypeError("not a table")


def check_table(
    name: str, frame: pd.DataFrame, periods: int, problems: Problems, extra: Sequence[str] = ()
) -> Clean:
    """Check one table on its own.

    Parameters
    ----------
    name
        One of :data:`mutualaid.data.schema.TABLES`.
    frame
        The table as the caller gave it; never changed.
    periods
        How many periods there are.
    problems
        Where problems are noted.
    extra
        Columns that are welcome beyond those of the schema.

    Returns
    -------
    dict
        The columns that are there and had no problem, by name.
    """
    declared = columns(name)
    check_headings(name, frame, problems, extra)
    clean: Clean = {}
    for heading in frame.columns:
        if heading not in declared:
            continue
        column = declared[heading]
        values = _check_column(name, column, frame[heading], periods, problems)
        if values is not None:
            clean[heading] = values
    return clean


def _check_column(
    table: str, column: Column, values: pd.Series, periods: int, problems: Problems
) -> pd.Categorical | Ints | Floats | None:
    if column.kind == "label":
        return check_labels(table, column.name, values, problems)
    if column.kind == "identifier":
        return _check_identifiers(table, column.name, values, problems)
    if column.kind in ("bound", "maybe"):
        return _check_optional(table, column, values, problems)
    if column.kind == "miles":
        return _check_miles(table, column, values, problems)
    numbers = check_numbers(table, column.name, values, problems)
    if numbers is None:
        return None
    if column.kind in ("minutes", "amount"):
        amounts = numbers.astype(np.float64)
        limit = LONGEST_WAY_MINUTES if column.kind == "minutes" else LARGEST_COUNT
        if (amounts > limit).any():
            _too_much(table, column, amounts, limit, problems)
            return None
        if column.kind == "amount":
            _check_fine_enough(table, column, amounts, problems)
        return amounts
    return _check_whole(table, column, numbers, periods, problems)


def _check_fine_enough(table: str, column: Column, amounts: Floats, problems: Problems) -> None:
    """Amounts are kept to 1/1000 of their unit: what that would change is not rounded unsaid."""
    lost = np.abs(np.rint(amounts * AMOUNTS_A_UNIT) / AMOUNTS_A_UNIT - amounts)
    coarse = lost > MOST_LOST * amounts
    problems.note(
        table,
        column.name,
        coarse,
        f"is kept to 1/{AMOUNTS_A_UNIT:,} of its unit, which changes it by over {MOST_LOST:.0%}",
        "write pools and usage in a smaller unit (minutes for hours)",
        amounts,
    )


def check_labels(
    table: str, name: str, values: pd.Series, problems: Problems
) -> pd.Categorical | None:
    """Check that labels are text, with no blanks around them and none missing."""
    found = len(problems.rows)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        kind = pd.api.types.infer_dtype(values, skipna=True)
        if kind not in ("string", "empty"):
            other = values.map(lambda v: not isinstance(v, str)).to_numpy() & ~values.isna()
            remedy = "write codes as text, e.g. '110' or 'RJ1'"
            problems.add(table, name, f"holds {kind}, not text", remedy, rows=other, values=values)
            return None
        found_codes, uniques = pd.factorize(values, use_na_sentinel=True)
        codes: Ints = np.asarray(found_codes, dtype=np.int64)
        labels = pd.Index(uniques, dtype=object)
    else:
        codes = np.asarray(values.array.codes, dtype=np.int64)
        labels = pd.Index(values.array.categories, dtype=object)
        if not all(isinstance(label, str) for label in labels):
            problems.add(table, name, "holds categories that are not text", "write codes as text")
            return None
    texts = labels.to_numpy(dtype=object)
    stripped = np.array([text.strip() for text in texts], dtype=object)
    odd = texts != stripped
    problems_by_label = {
        "is missing": codes < 0,
        "is empty": _among(codes, texts == ""),
    }
    for what, mask in problems_by_label.items():
        problems.note(table, name, mask, what, "write the code, or drop the row")
    blank = _among(codes, odd & (stripped != ""))
    if blank.any():
        meant = sorted(set(stripped[odd]) - {""})[:5]
        remedy = "strip them: " + ", ".join(map(repr, meant))
        problems.add(table, name, "has blanks around the code", remedy, rows=blank, values=values)
    unseen = _among(codes, np.array([_has_control(text) for text in stripped], dtype=bool))
    if unseen.any():
        what = "has a line break or another control character in it"
        problems.add(table, name, what, "write the code without it", rows=unseen, values=values)
    only_blank = _among(codes, odd & (stripped == ""))
    problems.note(table, name, only_blank, "is blank", "write the code, or drop the row")
    if len(problems.rows) > found:
        return None
    used = np.flatnonzero(np.bincount(codes, minlength=len(labels)))
    order = np.argsort(texts[used], kind="stable")
    rank = np.zeros(len(labels), dtype=np.int32)
    rank[used[order]] = np.arange(len(used), dtype=np.int32)
    return pd.Categorical.from_codes(
        rank[codes], categories=pd.Index(texts[used[order]], dtype=object)
    )


def _has_control(text: str) -> bool:
    """Whether a text would break a line or a file: controls, separators, halves of characters."""
    if text.isprintable():
        return False
    return any(unicodedata.category(character) in CONTROLS for character in text)


def _among(codes: npt.NDArray[Any], labels: npt.ArrayLike) -> Mask:
    """Rows whose label is one of the marked ones; a missing label (code -1) never is."""
    marked: Mask = np.append(np.asarray(labels, dtype=bool), False)
    result: Mask = marked[codes] if marked.any() else np.zeros(len(codes), dtype=np.bool_)
    return result


def _check_identifiers(
    table: str, name: str, values: pd.Series, problems: Problems
) -> npt.NDArray[Any] | None:
    """Each patient is there once; what the identifier says is never shown."""
    blank = values.map(lambda v: isinstance(v, str) and not v.strip()).to_numpy(dtype=bool)
    missing, twice = values.isna().to_numpy() | blank, values.duplicated(keep=False).to_numpy()
    problems.note(table, name, missing, "is missing", "give each patient an identifier")
    problems.note(
        table, name, twice & ~missing, "stands for more than one row", "keep one row a patient"
    )
    return None if missing.any() or twice.any() else values.to_numpy()


def _check_optional(
    table: str, column: Column, values: pd.Series, problems: Problems
) -> npt.NDArray[Any] | None:
    """Cells that may be empty: numbers, with NaN where empty; or text, "" where empty."""
    missing = values.isna().to_numpy(dtype=bool)
    if column.kind == "bound":
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
        odd = np.isnan(numbers) & ~missing & (values.astype(str).str.strip() != "").to_numpy()
    else:
        numbers = values.astype(object).where(~missing, "").to_numpy(dtype=object)
        odd = np.array([not isinstance(value, str) or _has_control(value) for value in numbers])
        odd = odd.astype(bool)
    if odd.any():
        remedy = "write a number or leave it empty" if column.kind == "bound" else "write text"
        problems.add(table, column.name, "cannot be read", remedy, rows=odd, values=values)
        return None
    return numbers


def check_numbers(
    table: str, name: str, values: pd.Series, problems: Problems
) -> npt.NDArray[Any] | None:
    """Check that numbers are numbers: no text, truth values, gaps or infinities; none below 0."""
    dtype = values.dtype
    if pd.api.types.is_bool_dtype(dtype) and len(values):
        problems.add(table, name, "holds True and False", "write numbers", rows=_all(values))
        return None
    if values.hasnans:
        remedy = "write the number (0 if none) or drop the row"
        missing = values.isna().to_numpy()
        problems.add(table, name, "is missing", remedy, rows=missing)
        # What else is wrong is told at once; a 0 is never wrong.
        filled = values.astype(object).where(~missing, 0).infer_objects()
        check_numbers(table, name, filled, problems)
        return None
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_complex_dtype(dtype):
        odd = values.map(lambda v: isinstance(v, bool) or not isinstance(v, Number))
        if pd.api.types.is_object_dtype(dtype) and not odd.any():
            huge = values.map(lambda v: INT64_MAX < abs(v) != math.inf).to_numpy()
            if not huge.any():
                return check_numbers(table, name, pd.to_numeric(values), problems)
            _too_large(table, name, values, huge, problems)
            return None
        kind = pd.api.types.infer_dtype(values, skipna=True)
        remedy = _remedy_of_text(name, values) if kind == "string" else "write numbers"
        problems.add(table, name, f"holds {kind}, not numbers", remedy, rows=odd, values=values)
        return None
    numbers = values.to_numpy(dtype=getattr(dtype, "numpy_dtype", None))
    if numbers.dtype.kind == "f":
        numbers = numbers.astype(np.float64)
        infinite = np.isinf(numbers)
        if problems.note(
            table, name, infinite, "is infinite", "write a finite number, or drop the row"
        ):
            return None
    negative = numbers < 0
    if problems.note(table, name, negative, "is below 0", "write 0 or more", numbers):
        return None
    return numbers


def _check_miles(
    table: str, column: Column, values: pd.Series, problems: Problems
) -> Floats | None:
    """Distances from 0, NaN where one is not known."""
    missing = values.isna().to_numpy(dtype=bool)
    known = values.astype(object).where(~missing, 0.0) if missing.any() else values
    numbers = check_numbers(table, column.name, known.infer_objects(), problems)
    if numbers is None:
        return None
    miles: Floats = np.where(missing, np.nan, numbers.astype(np.float64))
    if (miles > LONGEST_WAY_MILES).any():
        _too_much(table, column, miles, LONGEST_WAY_MILES, problems)
        return None
    return miles


def _remedy_of_text(name: str, values: pd.Series) -> str:
    """What makes numbers of text, commas and all."""
    column = f"table[{name!r}]"
    with_comma = values.map(lambda value: isinstance(value, str) and "," in value)
    if not with_comma.any():
        odd = values[pd.to_numeric(values.astype(object), errors="coerce").isna()]
        if not len(odd):
            return f"convert it: pandas.to_numeric({column})"
        what = "the first week of each band" if name == "weeks_waiting" else "a number"
        return f"write {what} where there is {str(odd.iloc[0])!r}; then pandas.to_numeric({column})"
    shown = str(values[with_comma].iloc[0]).strip()
    plain, parts = f'{column}.str.replace(",", "")', shown.rpartition(",")[2]
    if len(parts) == 3 and parts.isdecimal():
        return (
            f"take out the commas that separate thousands ({shown!r} as {shown.replace(',', '')}): "
            f"pandas.to_numeric({plain})"
        )
    point = f'{column}.str.replace(",", ".")'
    return f"write a point for the comma ({shown!r}): pandas.to_numeric({point})"


def _check_whole(
    table: str, column: Column, numbers: npt.NDArray[Any], periods: int, problems: Problems
) -> Ints | None:
    name = column.name
    if numbers.dtype.kind == "f":
        fractional = numbers != np.floor(numbers)
        if problems.note(
            table,
            name,
            fractional,
            "is not a whole number",
            f"round it: a whole number is meant ({column.unit})",
            numbers,
        ):
            return None
    if numbers.dtype.kind in "fu":
        # 2**63 itself is representable as a float and is one too large for int64.
        huge = numbers >= 2.0**63 if numbers.dtype.kind == "f" else numbers > np.uint64(INT64_MAX)
        if huge.any():
            _too_large(table, name, numbers, huge, problems)
            return None
    whole = numbers.astype(np.int64)
    if column.kind == "period":
        outside = (whole < 1) | (whole > periods)
        if problems.note(
            table,
            name,
            outside,
            f"is not one of the periods 1 to {periods}",
            "drop the row or change periods=",
            whole,
        ):
            return None
    limit = LONGEST_WAIT_WEEKS if column.kind == "weeks" else LARGEST_COUNT
    if (whole > limit).any():
        _too_much(table, column, whole, limit, problems)
        return None
    return whole


def _too_much(
    table: str, column: Column, numbers: npt.NDArray[Any], limit: int, problems: Problems
) -> None:
    what, remedy = f"is over {limit:,}", f"check the unit: {column.unit}"
    problems.add(table, column.name, what, remedy, rows=numbers > limit, values=numbers)


def _too_large(
    table: str, name: str, values: npt.NDArray[Any] | pd.Series, mask: Mask, problems: Problems
) -> None:
    problems.add(
        table, name, "does not fit in 64 bits", "check the number", rows=mask, values=values
    )


def _all(values: pd.Series) -> Mask:
    return np.ones(len(values), dtype=np.bool_)
