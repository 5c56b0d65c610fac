"""Numbers, shares, counts, dates and lists as people read them, wherever they are shown.

A share that is not 0 never prints as 0 %, and one that is not all never as 100 %: it gets as many
decimals as that takes.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable

MINUS = "\u2212"
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode's categories of what nobody sees, which could turn the text around it."""
UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
NOISE = 1e-12
"""A share so small is what adding up leaves of 0."""
LEAST = 1e-8
"""The least share that is written in full: one patient in a hundred million."""


def many(number: int, one: str, more: str | None = None) -> str:
    """Count things.

    Examples
    --------
    >>> many(1, "trust"), many(2000, "trust"), many(0, "way"), many(2, "is", "are")
    ('1 trust', '2,000 trusts', '0 ways', '2 are')
    """
    return f"{number:,} {word(number, one, more)}"


def word(number: float | str, one: str, more: str | None = None) -> str:
    """A word for one thing or for several, by a number or by how it is written.

    Examples
    --------
    >>> word(1, "is", "are"), word(3, "trust"), word("1", "patient")
    ('is', 'trusts', 'patient')
    """
    return one if number in (1, "1") else one + "s" if more is None else more


def listed(parts: Iterable[str]) -> str:
    """Join texts as a sentence does.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a", "b"]), listed(["a"]), listed([])
    ('a, b and c', 'a and b', 'a', '')
    """
    *most, last = [*parts] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def figure(amount: float) -> str:
    """A number without decimals from 100 up, with one below.

    Examples
    --------
    >>> [figure(amount) for amount in (1234.5678, 12.0, 0.31, 0.01, 0.0, -0.01)]
    ['1,235', '12', '0.3', 'less than 0.1', '0', '0']
    """
    if 0 < amount < 0.05:
        return "less than 0.1"
    if abs(amount) >= 99.95:
        return f"{amount:,.0f}"
    return f"{round(amount, 1) + 0.0:.1f}".removesuffix(".0")


def figures(amount: float, one: str) -> str:
    """So many of a unit, by :func:`figure`.

    Examples
    --------
    >>> figures(1.0, "harm-week"), figures(23.44, "minute"), figures(0.01, "minute")
    ('1 harm-week', '23.4 minutes', 'less than 0.1 minutes')
    """
    return f"{(said := figure(amount))} {word(said, one)}"


def percent(share: float, digits: int = 1, *, signed: bool = False) -> str:
    """A share of 1 as a percentage.

    Parameters
    ----------
    share
        The share.
    digits
        Decimals; more where a share would print as none, or as all, and is neither.
    signed
        Whether a rise has its sign as well.

    Examples
    --------
    >>> percent(0.25), percent(0.0004), percent(0.99996), percent(0.0), percent(1.0)
    ('25.0%', '0.04%', '99.996%', '0.0%', '100.0%')
    >>> percent(-0.0004), percent(0.12, 0, signed=True), percent(0.0, signed=True)
    ('-0.04%', '+12%', '0.0%')
    >>> percent(7e-12)
    'less than 0.000001%'
    """
    size = abs(share)
    if NOISE < size < LEAST:
        return f"less than {LEAST:.6%}"
    for left in (size, abs(1 - size)):
        if NOISE < left < 0.5 * 10.0 ** (-2 - digits):
            digits = math.ceil(-math.log10(left)) - 2
    if size <= NOISE:
        share, signed = 0.0, False
    return f"{share:{'+' if signed else ''},.{digits}%}"


def whole_percent(share: float) -> str:
    """A share of 1 as a percentage in a sentence: no decimal where it is a whole one.

    Examples
    --------
    >>> whole_percent(0.05), whole_percent(0.0004), whole_percent(0.125), whole_percent(1.0)
    ('5%', '0.04%', '12.5%', '100%')
    """
    return percent(share).removesuffix(".0%").removesuffix("%") + "%"


def typeset(text: str) -> str:
    r"""Numbers with a true minus.

    Examples
    --------
    >>> typeset("-3") == "\u22123"
    True
    """
    return text.replace("-", MINUS)


def date(day: dt.date) -> str:
    """A day in full.

    Examples
    --------
    >>> date(dt.date(2026, 1, 5))
    '5 January 2026'
    """
    return f"{day.day} {day:%B %Y}"


def shortened(text: str, longest: int) -> str:
    """Cut a text that is too long, between words where that leaves enough, with an ellipsis.

    Examples
    --------
    >>> shortened("Wrightington, Wigan and Leigh", 22), shortened("Northern", 6)
    ('Wrightington, Wigan…', 'North…')
    """
    if len(text) <= longest:
        return text
    start = text[: longest - 1]
    whole_words = start.rpartition(" ")[0]
    # A word is cut only where hardly anything would be left without it.
    kept = whole_words if len(whole_words) * 2 > longest else start
    words = kept.rstrip(" ,;-").split(" ")
    while len(words) > 1 and words[-1].casefold() in SMALL_WORDS:
        words.pop()
    return " ".join(words).rstrip(" ,;-") + "…"


SMALL_WORDS = frozenset({"and", "at", "for", "in", "of", "on", "the", "with", "under", "upon"})
"""Words that are written small within a name, and that no cut name ends with."""


def first_few(texts: Iterable[str], most: int = 5) -> str:
    """The first of several texts, and how many more there are.

    Examples
    --------
    >>> first_few(["RJ1", "RXH", "RYR"], 2), first_few(["RJ1"])
    ('RJ1, RXH and 1 more', 'RJ1')
    """
    found = list(texts)
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def writable(text: str) -> str:
    r"""Replace what no file can hold: halves of characters, and two that are none.

    Examples
    --------
    >>> writable("a\ud800b") == "a\ufffdb"
    True
    """
    return UNWRITABLE.sub("\ufffd", text)


def clean(text: object) -> str:
    r"""Take out what is seen by no reader: control and format characters, double blanks.

    Examples
    --------
    >>> clean("Alder\x07\n  \u202eValley")
    'Alder Valley'
    """
    spaced = "".join(" " if c.isspace() else c for c in writable(str(text)))
    seen = (c for c in spaced if unicodedata.category(c) not in UNSEEN)
    return " ".join("".join(seen).split())
