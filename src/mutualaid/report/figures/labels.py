"""What is written in a figure: names that no drawing stumbles over, and numbers for people."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.disclosure.published_counts import printed
from mutualaid.formats import MINUS, percent, typeset


def signed(number: float, digits: int = 0) -> str:
    """Write a change with its sign.

    Examples
    --------
    >>> signed(1234), signed(-5), signed(0)
    ('+1,234', '\u22125', '0')
    """
    text = f"{abs(number):,.{digits}f}"
    if not any(c in "123456789" for c in text):
        return text
    return ("+" if number > 0 else MINUS) + text


def share(part: float, *, signed: bool = False) -> str:
    """Write a share in per cent where there is little room.

    Examples
    --------
    >>> share(0.0656), share(1.46), share(-0.0004), share(0.05, signed=True)
    ('6.6%', '146%', '\u22120.04%', '+5.0%')
    """
    digits = 0 if part == 0 or abs(part) >= 1 else 1
    return typeset(percent(part, digits, signed=signed))


def short_number(number: float) -> str:
    """Write a number for an axis.

    Examples
    --------
    >>> short_number(1_250_000), short_number(-2500), short_number(40_000), short_number(0.5)
    ('1.25m', '\u22122,500', '40,000', '0.5')
    """
    size = abs(number)
    text = f"{size / 1e6:,.10g}m" if size >= 1e6 else f"{size:,.10g}"
    return f"{MINUS if number < 0 else ''}{text}"


def cells(table: pd.DataFrame, marks: pd.DataFrame, name: str, threshold: int) -> list[str]:
    """Counts of a measure as they are printed, small ones hidden.

    Examples
    --------
    >>> table, marks = pd.DataFrame({"moves": [1200, 3]}), pd.DataFrame({"moves": [0, 1]})
    >>> cells(table, marks, "moves", 5)
    ['1,200', '<5']
    """
    found = printed(table[name], np.asarray(marks[name]), threshold)
    return [text if isinstance(text, str) else f"{text:,}" for text in found]
