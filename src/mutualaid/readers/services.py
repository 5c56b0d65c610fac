"""RTT treatment functions: national codes and RTT codes, both ways.

The monthly RTT return knows 18 named treatment functions and five mixed groups; hospitals record
finer national treatment function codes. The roll-up of those that belong to a named function
follows section 10.1.4 of *Recording and reporting referral to treatment (RTT) waiting times for
consultant-led elective care* (NHS England, version 5.0, 2025).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.words.service_words import SERVICES
from mutualaid.errors import InputError, Problems
from mutualaid.policy.policy import MIXED_SERVICES

TOTAL = "C_999"
"""The sum of all treatment functions; never a service of its own."""

ROLL_UP: Mapping[str, str] = MappingProxyType(
    {
        "108": "C_110",
        "111": "C_110",
        "115": "C_110",
        "144": "C_140",
        "145": "C_140",
        "172": "C_170",
        "173": "C_170",
    }
)
"""National codes that the RTT return counts under another named function."""

_WELL_FORMED = re.compile(r"(?:C_)?(?P<digits>\d{3})|X0[1-6]", re.ASCII)
_Many: TypeAlias = npt.NDArray[Any] | pd.Index | list[str] | tuple[str, ...]


@overload
def rtt_service(codes: str, *, other: str | Mapping[str, str] = ...) -> str: ...
@overload
def rtt_service(codes: pd.Series, *, other: str | Mapping[str, str] = ...) -> pd.Series: ...
@overload
def rtt_service(codes: _Many, *, other: str | Mapping[str, str] = ...) -> npt.NDArray[Any]: ...
def rtt_service(
    codes: str | pd.Series | _Many, *, other: str | Mapping[str, str] = "error"
) -> str | pd.Series | npt.NDArray[Any]:
    """Turn national treatment function codes into the services of the RTT return.

    Parameters
    ----------
    codes
        One code or many, each three digits (``"110"``), the same with ``C_`` (``"C_110"``), or
        an RTT group (``"X02"``). Text only, so that no leading zero is lost.
    other
        What becomes of a code that belongs to no named function. Which of the mixed groups it
        belongs to depends on the national table of treatment functions, so it is not guessed:
        ``"error"`` names such codes; a service such as ``"X06"`` takes all of them; a mapping
        from national code, or any word that stands for one, to service is looked up (before
        the library's own roll-up, without regard to capitals and blanks), and a code that it
        does not have is an error. The service may be written as ``"C_110"`` or ``"110"``.

    Returns
    -------
    str, pandas.Series or numpy.ndarray
        Services such as ``"C_110"``: text for text, a Series (same index) for a Series, an
        array of text for anything else.

    Raises
    ------
    InputError
        If a code is missing, not well-formed, the total ``C_999``, or belongs to no named
        function and ``other`` does not say what to do.

    Notes
    -----
    Source: NHS England, RTT recording and reporting guidance v5.0, section 10.1.4.

    Examples
    --------
    >>> rtt_service("110")
    'C_110'
    >>> rtt_service(["108", "C_145", "X02"]).tolist()
    ['C_110', 'C_140', 'X02']
    >>> rtt_service(["110", "104"], other={"104": "X05"}).tolist()
    ['C_110', 'X05']
    >>> rtt_service(["T&O", "120"], other={"t & o": "110"}).tolist()
    ['C_110', 'C_120']
    """
    if not isinstance(other, str | Mapping):
        raise InputError(f"other is {other!r}: 'error', a service, or a mapping to services")
    told = other if isinstance(other, Mapping) else {}
    table = {_key(code): _target(to) for code, to in told.items()}
    fallback = None if isinstance(other, Mapping) or other == "error" else _target(other)
    _check_targets([*table.values(), *([] if fallback is None else [fallback])])

    def translate(code: str) -> str | None:
        if _key(code) in table:
            return table[_key(code)]
        found = _WELL_FORMED.fullmatch(code)
        if found is None:
            return None
        digits = found["digits"]
        if digits is None:
            return code
        named = ROLL_UP.get(digits, f"C_{digits}")
        return named if named in SERVICES else fallback if f"C_{digits}" != TOTAL else None

    return _translate(
        codes,
        translate,
        "belongs to no named RTT service",
        "write '110', 'C_110' or 'X02', leave the total C_999 out, or say with other= what "
        "becomes of codes that belong to X01 to X06",
    )


@overload
def national_service(codes: str) -> str: ...
@overload
def national_service(codes: pd.Series) -> pd.Series: ...
@overload
def national_service(codes: _Many) -> npt.NDArray[Any]: ...
def national_service(codes: str | pd.Series | _Many) -> str | pd.Series | npt.NDArray[Any]:
    """Turn named services of the RTT return into national treatment function codes.

    Parameters
    ----------
    codes
        One service or many, such as ``"C_110"``.

    Returns
    -------
    str, pandas.Series or numpy.ndarray
        Three-digit codes; text for text, a Series for a Series, an array for anything else.

    Raises
    ------
    InputError
        If a code is not a named service: the groups ``X01`` to ``X06`` stand for many national
        codes, and ``C_999`` for all of them.

    Examples
    --------
    >>> national_service("C_110")
    '110'
    """

    def translate(code: str) -> str | None:
        return code[2:] if code in SERVICES and code not in MIXED_SERVICES else None

    return _translate(
        codes,
        translate,
        "has no national code of its own",
        "pass only named services such as 'C_110'; the groups X01 to X06 stand for many codes",
    )


def _key(code: object) -> str:
    """A code or a word for comparing, without regard to capitals and blanks."""
    text = "".join(str(code).split()).casefold()
    return text.removeprefix("c_")


def _target(to: object) -> str:
    """A service as the return writes it, from its national code as well."""
    text = str(to).strip().upper()
    return f"C_{text}" if text.isdecimal() else text


def _check_targets(targets: Iterable[str]) -> None:
    unknown = sorted({str(target) for target in targets} - set(SERVICES))
    if unknown:
        raise InputError(
            f"other= leads to {', '.join(unknown)}, which is no RTT service: "
            f"'error', or one of {', '.join(SERVICES)}"
        )


def _translate(
    codes: str | pd.Series | _Many,
    translate: Callable[[str], str | None],
    problem: str,
    remedy: str,
) -> str | pd.Series | npt.NDArray[Any]:
    """Translate each distinct code once, and name all that cannot be translated."""
    single = isinstance(codes, str)
    given = codes if isinstance(codes, pd.Series) else pd.Series([codes] if single else list(codes))
    numbers, uniques = pd.factorize(given, use_na_sentinel=True)
    targets = [translate(code) if isinstance(code, str) else None for code in uniques]
    # A missing code has number -1 and so finds the None at the end.
    result: npt.NDArray[Any] = np.array([*targets, None], dtype=object)[numbers]
    bad = np.array([target is None for target in [*targets, None]])[numbers]
    if bad.any():
        problems = Problems()
        column, values = "" if given.name is None else str(given.name), given.to_numpy(dtype=object)
        problems.add("services", column, problem, remedy, rows=bad, values=values)
        problems.raise_if_any()
    if single:
        return str(result[0])
    if isinstance(codes, pd.Series):
        return pd.Series(result, index=codes.index, name=codes.name, dtype=object)
    return result
