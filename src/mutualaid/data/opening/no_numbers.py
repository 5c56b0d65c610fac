"""What stands where a number is wanted and is none: what it is, and what to write."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple


class Why(NamedTuple):
    """Why a cell is no number."""

    problem: str
    remedy: str


PLAIN = Why("is not a number", "write a number")
COMMAS = Why(
    "has commas that may be decimal points or not",
    "write numbers without commas, such as 1250 or 1.25",
)
TRUTH = Why("is True or False", "write a number")
DATE = Why(
    "is a date", "write a number; where Excel made a date of it, format the cells as numbers first"
)
TIME = Why("is a time", "write one number in the column's unit, such as 90 for 1:30 hours")
HIDDEN = Why(
    "stands for a number that is hidden", "ask for the number, or write what you take for it"
)
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
KINDS = (
    (
        r"#(?:ref|div/0|value|name|num|null|spill|calc)[!?]?",
        Why("is an error of Excel", "mend the formula, or type the value in its place"),
    ),
    (r"=.*", Why("is a formula that was saved as text", "paste its value (Paste Special, Values)")),
    (r".*%", Why("is a percentage", "write the number itself")),
    (
        r"\(.*\d.*\)",
        Why("is in brackets, as negative amounts are", "write the number, with its sign"),
    ),
    (
        r"[<>\u2264\u2265]=?\s*\d.*|\d[\d.,]*\s*\+",
        Why("is a limit, as small numbers are hidden behind", HIDDEN.remedy),
    ),
    (
        r"[~\u2248]\s*\d.*|(?:c|ca|circa|about|approx)\.?\s*\d.*",
        Why("is about a number", "write one number"),
    ),
    (r"\*+|\.{2,}|\u2026|supp(?:ressed)?|redacted|hidden", HIDDEN),
    (
        r"tb[cad]|\?+|unknown|not known|pending",
        Why(
            "says that it is not known",
            "write a number, or leave it blank where one need not be known",
        ),
    ),
    (
        r"\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*"
        rf"|\d{{1,2}}[- ]{MONTH}(?:[- ]\d{{2,4}})?|{MONTH}[- ]\d{{2,4}}",
        DATE,
    ),
    (r"\d+(?:\.\d+)?\s*(?:-|\u2013|\u2014|to)\s*\d+.*", Why("is a range", "write one number")),
    (
        r"[\d\s]*(?:\d\s*/\s*\d+|[\u00bc-\u00be])",
        Why("is a fraction", "write it with a point, such as 0.5"),
    ),
    (r"\d{1,3}:\d\d(?::\d\d)?", TIME),
    (
        r"[\u00a3$\u20ac].*|.*[\u00a3$\u20ac]",
        Why("is an amount of money", "write the number alone, in the column's unit"),
    ),
    (r"\d[\d.]*[-\u2212]", Why("has its sign behind it", "write the sign before the number")),
    (
        r"[+-]?[\d.,]+\s*[^\W\d_].*",
        Why("has a unit or a word of its own", "write the number alone, in the column's unit"),
    ),
    (
        r"\d+(?:[., ]\d+){2,}|\d+ \d+",
        Why(
            "has points, commas or blanks that are not between thousands",
            "write it such as 1250 or 1.25",
        ),
    ),
)
PATTERNS = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), why) for pattern, why in KINDS)


def why_no_number(value: object) -> Why:
    """Say why a cell is no number.

    Examples
    --------
    >>> why_no_number("#REF!").problem, why_no_number("<5").problem, why_no_number("ten").problem
    ('is an error of Excel', 'is a limit, as small numbers are hidden behind', 'is not a number')
    """
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, dt.date):
        return DATE
    if isinstance(value, dt.time | dt.timedelta):
        return TIME
    text = str(value).strip()
    return next((why for pattern, why in PATTERNS if pattern.fullmatch(text)), PLAIN)
