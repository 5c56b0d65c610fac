"""What is written in a figure: names that no drawing stumbles over, and numbers for people."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from mutualaid.disclosure.published_counts import printed
from mutualaid.errors import InputError
from mutualaid.readers.services import SERVICES
from mutualaid.report.spreadsheet_text import writable

LONGEST = 30
"""Characters of a name that a figure has room for."""

ENDINGS = (" NHS FOUNDATION TRUST", " NHS TRUST")
SMALL_WORDS = frozenset({"And", "At", "For", "In", "Of", "On", "The", "With", "Upon"})
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
MINUS = "\u2212"


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


def shortened(text: str, longest: int = LONGEST) -> str:
    """Cut a text that is too long, and say so with an ellipsis.

    Examples
    --------
    >>> shortened("Wrightington, Wigan and Leigh", 22)
    'Wrightington, Wigan…'
    """
    if len(text) <= longest:
        return text
    start = text[: longest - 1]
    whole_words = start.rpartition(" ")[0]
    # A word is cut only where hardly anything would be left without it.
    kept = whole_words if len(whole_words) * 2 > longest else start
    words = kept.rstrip(" ,;-").split(" ")
    while len(words) > 1 and words[-1].title() in SMALL_WORDS:
        words.pop()
    return " ".join(words).rstrip(",;-") + "…"


def plain_name(name: str) -> str:
    """Name a trust as people do: not in capitals, without the words that every trust bears.

    Examples
    --------
    >>> plain_name("TAMESIDE AND GLOSSOP NHS FOUNDATION TRUST"), plain_name("Ivy Down")
    ('Tameside and Glossop', 'Ivy Down')
    """
    for ending in ENDINGS:
        if name.upper().endswith(ending):
            name = name[: -len(ending)]
            break
    if not name.isupper():
        return name
    words = name.title().replace("'S", "'s").split(" ")
    return " ".join(w.lower() if n and w in SMALL_WORDS else w for n, w in enumerate(words))


class Names:
    """Names of providers, cleaned, short, and no two the same.

    Parameters
    ----------
    codes
        All providers that are drawn.
    names
        Names by code; a provider without one goes by its code.

    Raises
    ------
    InputError
        If names are no mapping from text to text.

    Examples
    --------
    >>> names = Names(["RA1", "RB2", "RC3"], {"RA1": "St Mary's", "RB2": "St Mary's"})
    >>> names("RA1"), names("RC3")
    ("St Mary's (RA1)", 'RC3')
    """

    def __init__(self, codes: Iterable[object], names: Mapping[str, str] | None = None) -> None:
        given = _checked(names)
        keys = list(dict.fromkeys(str(code) for code in codes))
        full = {key: plain_name(clean(given.get(key, ""))) or clean(key) or "?" for key in keys}
        short = {key: shortened(name) for key, name in full.items()}
        shared = Counter(short.values())
        self._names = {
            key: name
            if shared[name] == 1
            else f"{shortened(name, 18)} ({shortened(clean(key), 8)})"
            for key, name in short.items()
        }

    def __call__(self, code: object) -> str:
        """The name that is drawn for a code."""
        return self._names[str(code)]


def _checked(names: Mapping[str, str] | None) -> Mapping[str, str]:
    if names is None:
        return {}
    if not isinstance(names, Mapping):
        raise InputError(f"names are a {type(names).__name__}: pass a mapping from code to name")
    wrong = [key for key, name in names.items() if not isinstance(name, str)]
    if wrong:
        raise InputError(f"the name of {wrong[0]!r} is no text: names map a code to a name")
    return {str(key): name for key, name in names.items()}


def service_name(code: object) -> str:
    """Name a service: by NHS England's name, if it is one of the return's.

    Examples
    --------
    >>> service_name("C_110"), service_name("hips")
    ('Trauma and Orthopaedic', 'hips')
    """
    return shortened(clean(SERVICES.get(str(code), str(code))) or "?")


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


def share(part: float) -> str:
    """Write a share in per cent, with as many digits as are of use.

    Examples
    --------
    >>> share(0.0656), share(1.46), share(-0.0004)
    ('6.6%', '146%', '\u22120.04%')
    """
    percent = abs(part) * 100
    digits = 0 if percent >= 100 or percent == 0 else 1 if percent >= 0.95 else 2
    return f"{MINUS if part < 0 else ''}{percent:,.{digits}f}%"


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


def many(number: int, one: str, more: str | None = None) -> str:
    """Count things.

    Examples
    --------
    >>> many(1, "trust"), many(2000, "trust")
    ('1 trust', '2,000 trusts')
    """
    return f"{number:,} {one if number == 1 else more or one + 's'}"


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
