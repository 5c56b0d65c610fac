"""Rows of the RTT full extract: read in one pass, and checked column by column."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.readers._rtt_layout import NUMBERS, SOURCE, Layout
from mutualaid.readers.services import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutualaid.errors import Problems

Numbers: TypeAlias = npt.NDArray[np.float64]

PARTS = {
    "part_2": "incomplete",
    "part_2a": "incomplete_dta",
    "part_1a": "completed_admitted",
    "part_1b": "completed_non_admitted",
    "part_3": "new_periods",
}
"""What each part type of the file is called here, in the order of tables."""

BLANKS = ["", "-", "NA", "NULL"]
LARGEST_COUNT = 100_000_000
LONGEST_LINE_BYTES = 10_000
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEARS = re.compile(r"(20\d\d)(?:\s*[-/]\s*(?:20)?(\d\d)(?!\d))?")
FIRST_MONTH_OF_YEAR = 4


@dataclass(frozen=True)
class Sheet:
    """One file, checked: one row for each row of the file that says something."""

    labels: dict[str, pd.Categorical]
    """``month``, ``part``, ``provider``, ``service``; ``commissioner`` and names as given."""
    bands: Numbers
    """Pathways by row and week band."""
    numbers: dict[str, Numbers]
    """``total``, ``unknown`` and ``total_all`` where the file has them; NaN where blank."""


def read_sheet(name: str, content: bytes, layout: Layout, problems: Problems) -> Sheet | None:
    """Read and check every column that is used; note everything that cannot be used."""
    found = len(problems.rows)
    frame = _parse(name, content, layout, problems)
    if frame is None:
        return None
    _check_end(name, content, layout, problems)
    labels = _labels(name, frame, layout, problems)
    bands = frame[[str(column) for column in layout.bands]].to_numpy()
    numbers = {
        key: frame[str(layout.columns[key])].to_numpy() for key in NUMBERS if key in layout.columns
    }
    _check_counts(name, layout, bands, numbers, problems)
    return Sheet(labels, bands, numbers) if len(problems.rows) == found else None


def _parse(name: str, content: bytes, layout: Layout, problems: Problems) -> pd.DataFrame | None:
    """Read the columns that are used, named by their position; blank lines are left out."""
    try:
        frame = _read(content, layout, "float64")
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame()
    except pd.errors.ParserError as error:
        problems.add(name, "", f"cannot be read as CSV: {error}", "download the file again")
        return None
    except ValueError:
        frame = _with_numbers(name, _read(content, layout, "str"), layout, problems)
    if len(frame) and frame[_text_columns(layout)].isna().all(axis=1).any():
        frame = frame[frame.notna().any(axis=1)]
    if not len(frame):
        problems.add(name, "", "has headings and no rows", SOURCE)
        return None
    return frame


def _read(content: bytes, layout: Layout, kind: str) -> pd.DataFrame:
    try:
        return _read_as(content, layout, kind, "utf-8", "strict")
    except UnicodeDecodeError:
        # Older files were saved by Excel; only names of organisations can be touched by it.
        return _read_as(content, layout, kind, "cp1252", "replace")


def _read_as(
    content: bytes,
    layout: Layout,
    kind: str,
    encoding: str,
    encoding_errors: Literal["strict", "replace"],
) -> pd.DataFrame:
    counts, texts = _count_columns(layout), _text_columns(layout)
    stream = io.BytesIO(content)
    stream.seek(layout.start)
    return pd.read_csv(
        stream,
        header=None,
        names=[str(column) for column in range(len(layout.headings))],
        usecols=[*texts, *counts],
        dtype={**dict.fromkeys(texts, "category"), **dict.fromkeys(counts, kind)},
        index_col=False,
        encoding=encoding,
        encoding_errors=encoding_errors,
        # A code may be "NA"; only a blank is missing there.
        keep_default_na=False,
        na_values={**{text: [""] for text in texts}, **dict.fromkeys(counts, BLANKS)},
    )


def _count_columns(layout: Layout) -> list[str]:
    totals = [layout.columns[key] for key in NUMBERS if key in layout.columns]
    return [str(column) for column in (*layout.bands, *totals)]


def _text_columns(layout: Layout) -> list[str]:
    return [str(column) for key, column in layout.columns.items() if key not in NUMBERS]


def _with_numbers(
    name: str, frame: pd.DataFrame, layout: Layout, problems: Problems
) -> pd.DataFrame:
    """Say which cells of number columns hold something else; only run when some do."""
    numbers = {}
    for column in _count_columns(layout):
        text = frame[column]
        numbers[column] = pd.to_numeric(text.str.replace(",", ""), errors="coerce")
        bad = (numbers[column].isna() & text.notna()).to_numpy()
        if bad.any():
            problems.add(
                name,
                layout.headings[int(column)],
                "is not a number",
                "write the count, or leave it blank if there are none",
                rows=bad,
                values=text,
            )
    return frame.assign(**numbers)


def _check_end(name: str, content: bytes, layout: Layout, problems: Problems) -> None:
    """A download that stopped ends in the middle of a row."""
    last = content[-LONGEST_LINE_BYTES:].decode("utf-8", errors="replace").splitlines()[-1]
    cells, width = len(next(csv.reader([last]), [])), len(layout.headings)
    if last.strip() and cells < width:
        problems.add(
            name,
            "",
            f"the last row ends after {cells} of {width} cells",
            "download the file again: it was cut off",
        )


def _labels(
    name: str, frame: pd.DataFrame, layout: Layout, problems: Problems
) -> dict[str, pd.Categorical]:
    given = {
        key: pd.Categorical(frame[str(column)])
        for key, column in layout.columns.items()
        if key not in NUMBERS
    }
    rules: dict[str, tuple[Callable[[str], str | None], str]] = {
        "part": (_part, "the parts are Part_1A, Part_1B, Part_2, Part_2A and Part_3"),
        "service": (_service, "the code is C_ and three digits, or X01 to X06"),
        "provider": (lambda text: text.strip() or None, "each row has the code of its provider"),
    }
    result = {
        key: _relabel(name, layout.headings[layout.columns[key]], given[key], *rule, problems)
        for key, rule in rules.items()
    }
    result["month"] = _months(name, given, layout, problems)
    rest = [key for key in ("commissioner", "provider_name", "icb", "icb_name") if key in given]
    return result | {key: given[key] for key in rest}


def _relabel(
    name: str,
    heading: str,
    values: pd.Categorical,
    translate: Callable[[str], str | None],
    remedy: str,
    problems: Problems,
) -> pd.Categorical:
    """Translate the distinct labels of a column, put them in order, and note those unknown."""
    # A blank cell has code -1 and so finds the None at the end.
    targets = [*(translate(str(label)) for label in values.categories), None]
    codes = np.asarray(values.codes)
    bad = np.array([target is None for target in targets])[codes]
    if bad.any():
        what = "is blank" if (codes[bad] < 0).all() else "is not one that the RTT return has"
        problems.add(name, heading, what, remedy, rows=bad, values=np.asarray(values, dtype=object))
    known = sorted({target for target in targets if target is not None})
    place = np.array([-1 if target is None else known.index(target) for target in targets])
    return pd.Categorical.from_codes(place[codes], categories=pd.Index(known, dtype=object))


def _part(text: str) -> str | None:
    return PARTS.get(re.sub(r"[\s_-]+", "_", text.strip().lower()))


def _service(text: str) -> str | None:
    """Write a code as the files of today do; older ones have no ``C_``.

    A treatment function that is new in the return is kept under its own code.
    """
    code = text.strip().upper()
    if code in SERVICES or re.fullmatch(r"C_\d{3}", code, re.ASCII):
        return code
    return f"C_{code}" if re.fullmatch(r"\d{3}", code, re.ASCII) else None


def _months(
    name: str, given: dict[str, pd.Categorical], layout: Layout, problems: Problems
) -> pd.Categorical:
    """Find the calendar month of each row, as ``"2026-01"``."""
    keys = [key for key in ("period", "period_name", "year") if key in given]
    texts = given[keys[0]]
    for key in keys[1:]:
        pairs = pd.Series(texts).astype(str) + "\t" + pd.Series(given[key]).astype(str)
        texts = cast("pd.Categorical", pairs.astype("category").array)
    return _relabel(
        name,
        layout.headings[layout.columns[keys[0]]],
        texts,
        month_of,
        "write it as RTT-January-2026",
        problems,
    )


def month_of(text: str) -> str | None:
    r"""Read the month of a row from what its period columns say.

    Parameters
    ----------
    text
        ``"RTT-January-2026"``; by financial year, ``"2015-16-JANUARY"``; or the texts of the
        columns Period, Period Name and Year with tabs between them, whose year is financial
        where only the last of them has one.

    Returns
    -------
    str or None
        The calendar month, as ``"2026-01"``; None if the text names no single month.

    Examples
    --------
    >>> month_of("RTT-January-2026"), month_of("2015-16-JANUARY"), month_of("JANUARY\t2015")
    ('2026-01', '2016-01', '2016-01')
    """
    columns = text.split("\t")
    names = {word[:3] for word in re.findall(r"[a-z]{3,}", text.lower())} & set(MONTHS)
    found = [(place, match) for place, match in enumerate(map(YEARS.search, columns)) if match]
    if len(names) != 1 or not found:
        return None
    place, years = found[0]
    month, year = MONTHS.index(names.pop()) + 1, int(years[1])
    financial = years[2] is not None or 0 < place == len(columns) - 1
    return f"{year + (financial and month < FIRST_MONTH_OF_YEAR)}-{month:02}"


def _check_counts(
    name: str,
    layout: Layout,
    bands: Numbers,
    numbers: dict[str, Numbers],
    problems: Problems,
) -> None:
    """Counts of people are whole and not below 0; blank is none."""
    columns = {layout.columns[key]: values for key, values in numbers.items()}
    columns |= {column: bands[:, week] for week, column in enumerate(layout.bands)}
    for column, values in columns.items():
        whole = np.floor(values)
        if (((values == whole) & (whole >= 0) & (whole <= LARGEST_COUNT)) | np.isnan(values)).all():
            continue
        for bad, what in (
            (values < 0, "is below 0"),
            ((values >= 0) & (values != whole), "is not a whole number"),
            (values > LARGEST_COUNT, f"is over {LARGEST_COUNT:,}"),
        ):
            if bad.any():
                problems.add(
                    name,
                    layout.headings[column],
                    what,
                    "counts of pathways are whole, 0 or more",
                    rows=bad,
                    values=values,
                )
