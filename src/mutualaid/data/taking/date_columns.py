"""Columns that hold dates, months or an index: they tell no patients apart.

A list of several months is several lists. Rows that differ in nothing but a date, or in the
number that a program gave each row, stand for the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Ints
from mutualaid.data.words.column_names import headings_in, tidy
from mutualaid.data.words.headings import DESCRIBES, SAID_BY
from mutualaid.errors import Problems

SNAPSHOT = headings_in(
    "month months period year quarter financial_year fy fin_year archive archive_date"
    " archive_month census census_date snapshot snapshot_date snapshot_month as_at as_at_date"
    " as_of as_of_date extract_date extract_month extraction_date report_date report_month"
    " reporting_date reporting_month reporting_period report_period week_ending week_ending_date"
    " der_week_ending month_ending month_end period_end period_start period_name"
    " effective_snapshot_date data_date year_month month_year calendar_month data_month"
    " publication_date publication_month published submission_date data_period time_period created"
    " data_set_created date_and_time_data_set_created load_date effective_date run_date"
    " upload_date file_date reference_date"
)
"""Headings of the day or month that a list is of."""

INDEX = {""} | headings_in(
    "index id rowid row rows rownumber rownum rowno rownames recordid record recordnumber"
    " recordno level0 no nr n x seq sequence serial serialno serialnumber lineno line derrowid key"
    " uid guid uuid unnamed0 rn idx rowindex sortorder sort"
)
"""Headings of what only numbers the rows; "Unnamed: 0" is what ``to_csv`` leaves behind."""

_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*"
_YEAR = r"(?:(?:19|20)\d\d|'?\d\d)"
_LED = (
    r"(?:rtt[-_ ]*|w/?[ce][-. ]*|week[-_ ]*(?:ending|commencing)[-_ ]*"
    r"|(?:month[-_ ]*(?:of|ending)|as at)[-_ ]*)?"
)
"""What dates and months are led by: RTT-April-2025, w/e 04/05/2025."""
_MONTHS = re.compile(
    rf"{_LED}(?:(?:19|20)\d\d[-/. ]?(?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[-/.](?:19|20)\d\d"
    rf"|{_MONTH_NAME}[-/., ]*{_YEAR}|(?:19|20)\d\d[-/. ]*{_MONTH_NAME}|{_MONTH_NAME}"
    rf"|(?:19|20)\d\d[-/ ]?[qmw]\d\d?|[qmw]\d\d?[-/ ]?(?:19|20)\d\d"
    rf"|(?:19|20)\d\d[-/](?:20)?\d\d(?:[-/ ]*[qmp]\d\d?)?|\d\d[-/]\d\d[-/ ]*[qmp]\d\d?"
    rf"|[qmp]\d\d?[-/ ]*(?:20)?\d\d[-/]\d\d)",
    re.ASCII | re.IGNORECASE,
)
_DAYS = re.compile(
    rf"{_LED}(?:(?:19|20)\d\d[-/.]?\d\d?[-/.]?\d\d?|\d\d?[-/.]\d\d?[-/.](?:\d\d)?\d\d"
    rf"|\d\d?(?:st|nd|rd|th)?[-/., ]*{_MONTH_NAME}[-/., ]*{_YEAR}"
    rf"|(?:mon|tue|wed|thu|fri|sat|sun)?[a-z]*,?\s*{_MONTH_NAME}[-/., ]*\d\d?(?:st|nd|rd|th)?,?"
    rf"[-/. ]+{_YEAR})"
    r"(?:[T ]+\d\d?:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:[ap]m|z|[+-]\d\d:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_COUNTED = re.compile(r"(?:month|week|wk|quarter|period)[-_ .]*\d\d?", re.ASCII | re.IGNORECASE)
_FILE = re.compile(
    r".+\.(?:csv|xls|xlsx|xlsb|xlsm|ods|zip|gz|txt|parquet)", re.ASCII | re.IGNORECASE
)
SERIALS = (36_526, 55_153)
"""Days of 2000 to 2050 as workbooks number them."""
LOOKED_AT = 50
"""Distinct values of a text that are enough to see that it holds no dates."""
LARGEST = 2**53
"""Numbers up to here are whole in every column of numbers."""
FEWEST = 3
"""Rows from which on numbers that follow each other are a running number."""


def kind_of(heading: str, values: pd.Series) -> str | None:
    """Say whether a column holds dates, months or an index: one of :data:`APART`, or None.

    Examples
    --------
    >>> kind_of("ArchiveDate", pd.Series(["2025-05", "2025-06"]))
    'months'
    >>> kind_of("seen", pd.Series(["31/05/2025", "02/06/2025"])), kind_of("ward", pd.Series(["7"]))
    ('dates', None)
    >>> kind_of("Unnamed: 0", pd.Series([0, 1]))
    'index'
    """
    form = tidy(heading)
    if form in SNAPSHOT:
        return "months"
    if form in INDEX or re.fullmatch(r"unnamed\d+", form):
        return "index"
    if form in {tidy(name) for name in DESCRIBES - {"priority_date", "decision_to_admit"}}:
        return None
    held = _held(values)
    if held is not None:
        return held
    return "index" if _runs(values) else None


def _held(values: pd.Series) -> str | None:
    """Whether the values themselves are dates or months."""
    dtype = values.dtype
    if isinstance(dtype, pd.PeriodDtype):
        return "months"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        days = pd.DatetimeIndex(pd.unique(values.dropna()))
        whole = len(days) > 0 and bool((days.is_month_start | days.is_month_end).all())
        return "months" if whole else "dates"
    if isinstance(dtype, pd.CategoricalDtype):
        cells = pd.Series(values.cat.categories)
        return None if isinstance(cells.dtype, pd.CategoricalDtype) else _held(cells)
    if pd.api.types.is_bool_dtype(dtype):
        return None
    if pd.api.types.is_float_dtype(dtype) or pd.api.types.is_integer_dtype(dtype):
        return _numbers(values.dropna())
    return _texts(values)


def _numbers(values: pd.Series) -> str | None:
    """Months as 202505 and days as 20250531."""
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    for digits, least, most, kind in (
        (1, 190_001, 209_912, "months"),
        (100, 19_000_101, 20_991_231, "dates"),
    ):
        if least <= low and high <= most:
            months = (values.astype("float64") // digits) % 100
            if bool(((months >= 1) & (months <= 12)).all()):
                return kind
    whole = bool((values == values.round()).all())
    return "dates" if whole and low >= SERIALS[0] and high <= SERIALS[1] else None


def _texts(values: pd.Series) -> str | None:
    """Texts, or dates of Python's own, of which every one is a date or a month."""
    first = [v for v in values.iloc[:LOOKED_AT] if not _missing(v)]
    tests = {"files": _is_file, "dates": _is_counted, "": _is_date}
    kind = next((k for k, test in tests.items() if first and all(map(test, first))), None)
    if kind is None:
        return None
    try:
        known = [v for v in pd.unique(values) if not _missing(v)]
    except TypeError:
        return None
    if not all(map(tests[kind], known)):
        return None
    if kind:
        return kind
    months = (
        all(isinstance(v, str) and _MONTHS.fullmatch(v.strip()) for v in known)
        or all(isinstance(v, pd.Period) for v in known)
        or (len(known) > 1 and _ends_of_months(known))
    )
    return "months" if months else "dates"


def _ends_of_months(known: list[object]) -> bool:
    """Whether every date is the first or one of the last days of a month."""
    orders = [_numbers_of(value) for value in known]
    return any(
        all(
            len(numbers) > at and (numbers[at] == 1 or 28 <= numbers[at] <= 31)
            for numbers in orders
        )
        for at in (0, 1, 2)
    )


def _numbers_of(value: object) -> list[int]:
    text = str(value)
    if re.fullmatch(r"\d{8}", text.strip()):
        text = f"{text[:4]} {text[4:6]} {text[6:]}"
    return [int(number) for number in re.findall(r"\d+", text)[:3]]


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value or value == ""


def _is_file(value: object) -> bool:
    return isinstance(value, str) and _FILE.fullmatch(value.strip()) is not None


def _is_counted(value: object) -> bool:
    """Whether a text counts months or weeks, as "Month 3", or is a workbook's number of a day."""
    if not isinstance(value, str):
        return False
    text = value.strip()
    if re.fullmatch(r"\d{5}(?:\.0+)?", text, re.ASCII):
        return SERIALS[0] <= float(text) <= SERIALS[1]
    return _COUNTED.fullmatch(text) is not None


def _is_date(value: object) -> bool:
    if isinstance(value, str):
        text = value.strip()
        return bool(_MONTHS.fullmatch(text) or _DAYS.fullmatch(text))
    return isinstance(value, pd.Period) or hasattr(value, "isoformat")


def _runs(values: pd.Series) -> bool:
    """Whether whole numbers follow each other row by row, from 0 or 1 or in any order."""
    if len(values) < FEWEST or values.hasnans or not pd.api.types.is_numeric_dtype(values.dtype):
        return False
    if pd.api.types.is_bool_dtype(values.dtype) or not bool((values == values.round()).all()):
        return False
    if not bool((values.abs() < LARGEST).all()):
        return False
    numbers: Ints = values.to_numpy(dtype=np.int64)
    low, high = int(numbers.min()), int(numbers.max())
    return high - low == len(numbers) - 1 and len(np.unique(numbers)) == len(numbers)


def several(table: str, frame: pd.DataFrame, kinds: Mapping[str, str], problems: Problems) -> None:
    """Note each column that says that a table is of several months, by its kind of dates."""
    for heading, kind in kinds.items():
        named = tidy(heading) in SNAPSHOT
        if kind != "months" or (tidy(heading) in map(tidy, SAID_BY) and not named):
            continue
        if not named and "patient_id" in frame:
            continue
        try:
            count = int(frame[heading].nunique(dropna=False))
        except TypeError:
            count = 2
        if count > 1:
            what = f"holds {count:,} dates or months, and a list is of one"
            remedy = "keep the rows of one of them (the latest, say), and drop the column"
            problems.add(table, heading, what, remedy)


ONE_MONTH = "keep the rows of one month (the latest, say), and drop the column"
APART = {
    "months": ("holds dates or months", ONE_MONTH),
    "dates": (
        "holds dates",
        "keep the rows of one day, or drop the column and add up rows that are alike",
    ),
    "index": (
        "only numbers the rows",
        "drop the column, then add up rows that are alike; name it patient_id if each row is a "
        "patient; write it as text if it says something else",
    ),
    "files": ("names files", ONE_MONTH),
}
"""What such a column does instead of telling patients apart, and what to do."""
