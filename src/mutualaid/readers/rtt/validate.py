"""Rows of the RTT full extract, checked: labels that the return has, and counts of people."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from mutualaid.data.words.service_words import SERVICES
from mutualaid.readers.rtt.period_columns import month_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from mutualaid.errors import Problems
    from mutualaid.readers.rtt.layout import Layout
    from mutualaid.readers.rtt.rows_pandas import Cells, Numbers, Rows

PARTS = {
    "part_2": "incomplete",
    "part_2a": "incomplete_dta",
    "part_1a": "completed_admitted",
    "part_1b": "completed_non_admitted",
    "part_3": "new_periods",
}
"""What each part type of the file is called here, in the order of tables."""

UNPRINTABLE = "holds a line break or another character that is not printed"
BLANKS_AROUND = " \t\xa0"
LARGEST_COUNT = 100_000_000


@dataclass(frozen=True)
class Sheet:
    """One file, checked: one row for each row of the file that says something."""

    labels: dict[str, pd.Categorical]
    """``month``, ``part``, ``provider``, ``service``; ``commissioner`` and names as given."""
    cells: Cells
    numbers: dict[str, Numbers]
    """``total``, ``unknown`` and ``total_all`` where the file has them; NaN where blank."""
    top_band: int


def checked(name: str, rows: Rows, problems: Problems) -> Sheet:
    """Check every column that is used; note everything that cannot be used."""
    _check_end(name, rows.end, rows.layout, problems)
    labels = _labels(name, rows.texts, rows.layout, problems)
    _check_counts(name, rows, problems)
    return Sheet(labels, rows.cells, rows.numbers, top_band=len(rows.layout.bands) - 1)


def _check_end(name: str, end: bytes, layout: Layout, problems: Problems) -> None:
    """A download that stopped ends in the middle of a row."""
    lines = end.decode("utf-8", errors="replace").splitlines()
    last = lines[-1] if lines else ""
    cells = len(next(csv.reader([last], delimiter=layout.separator), []))
    width = len(layout.headings)
    if last.strip() and cells < width:
        what = f"the last row ends after {cells} of {width} cells"
        problems.add(name, "", what, "download the file again: it was cut off")


def _labels(
    name: str, given: dict[str, pd.Categorical], layout: Layout, problems: Problems
) -> dict[str, pd.Categorical]:
    rules: dict[str, tuple[Callable[[str], str | None], str]] = {
        "part": (_part, "the parts are Part_1A, Part_1B, Part_2, Part_2A and Part_3"),
        "service": (_service, "the code is C_ and three digits, or X01 to X06"),
        "provider": (_code, "each row has the code of its provider, on one line"),
    }
    result = {
        key: _relabel(name, layout.headings[layout.columns[key]], given[key], *rule, problems)
        for key, rule in rules.items()
    }
    result["month"] = _months(name, given, layout, problems)
    if "commissioner" in given:
        heading = layout.headings[layout.columns["commissioner"]]
        _check_printable(name, heading, given["commissioner"], problems)
        result["commissioner"] = given["commissioner"]
    rest = [key for key in ("provider_name", "icb", "icb_name") if key in given]
    return result | {key: _on_one_line(given[key]) for key in rest}


def _check_printable(name: str, heading: str, codes: pd.Categorical, problems: Problems) -> None:
    """A code with a line break or the like would break every list that it is written in."""
    odd = [not str(label).strip(BLANKS_AROUND).isprintable() for label in codes.categories]
    if any(odd):
        rows, values = np.array([*odd, False])[codes.codes], np.asarray(codes, dtype=object)
        remedy = "write the code on one line, in letters and digits"
        problems.add(name, heading, UNPRINTABLE, remedy, rows=rows, values=values)


def _on_one_line(names: pd.Categorical) -> pd.Categorical:
    """Names as they are given, with a blank for each line break."""
    labels = [str(label) for label in names.categories]
    if all(label.isprintable() for label in labels):
        return names
    whole = [
        " ".join("".join(c if c.isprintable() else " " for c in label).split()) for label in labels
    ]
    return pd.Categorical(np.array([*whole, None], dtype=object)[names.codes])


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
        odd = [one for one, target in zip(values.categories, targets, strict=False) if not target]
        blank = not any(str(label).strip() for label in odd)
        other = UNPRINTABLE if translate is _code else "is not one that the RTT return has"
        what = "is blank" if blank else other
        problems.add(name, heading, what, remedy, rows=bad, values=np.asarray(values, dtype=object))
    known = pd.Index(sorted({target for target in targets if target is not None}), dtype=object)
    places = known.get_indexer(pd.Index(targets, dtype=object))
    return pd.Categorical.from_codes(places[codes], categories=known)


def _part(text: str) -> str | None:
    return PARTS.get(re.sub(r"[\s_-]+", "_", text.strip().lower()))


def _code(text: str) -> str | None:
    """A provider's code, which goes into lists, file names and pages as it is."""
    code = text.strip(BLANKS_AROUND)
    return code if code and code.isprintable() else None


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
    heading = layout.headings[layout.columns[keys[0]]]
    remedy = "write it as RTT-January-2026 or 2026-01-31"
    return _relabel(name, heading, texts, month_of, remedy, problems)


def _check_counts(name: str, rows: Rows, problems: Problems) -> None:
    """Counts of people are whole and not below 0; blank is none."""
    layout, cells = rows.layout, rows.cells
    for key, column in layout.totals.items():
        counts = rows.numbers[key]
        _check_column(name, layout.headings[column], np.arange(len(counts)), counts, problems)
    for week in np.unique(cells.weeks[~_is_count(cells.pathways)]):
        here = cells.weeks == week
        heading = layout.headings[layout.bands[week]]
        _check_column(name, heading, cells.rows[here], cells.pathways[here], problems)


def _is_count(counts: Numbers) -> npt.NDArray[np.bool_]:
    whole = np.floor(counts)
    fine: npt.NDArray[np.bool_] = (counts == whole) & (whole >= 0) & (whole <= LARGEST_COUNT)
    return fine


def _check_column(
    name: str, heading: str, rows: npt.NDArray[np.intp], counts: Numbers, problems: Problems
) -> None:
    """Note which rows of a column hold something else than a count or a blank."""
    if (_is_count(counts) | np.isnan(counts)).all():
        return
    for bad, what in (
        (counts < 0, "is below 0"),
        ((counts >= 0) & (counts != np.floor(counts)), "is not a whole number"),
        (counts > LARGEST_COUNT, f"is over {LARGEST_COUNT:,}"),
    ):
        if bad.any():
            remedy = "counts of pathways are whole, 0 or more"
            problems.add(name, heading, what, remedy, rows=rows[bad], values=counts[bad])
