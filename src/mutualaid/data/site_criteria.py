"""What each site accepts: limits on a patient's own columns, and who fits them.

An anaesthetic that is not given there, no beds overnight, no critical care, adults only, ASA
grades up to 2: each is a row of the table ``accepts``, a requirement that a patient's column must
meet. A provider without a row accepts everybody; a value that is not known is not accepted.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.data.column_checks import Clean, Mask
from mutualaid.data.label_codes import codes_of
from mutualaid.data.schema import CONSENTS, IDENTIFIERS, NOT_KNOWN
from mutualaid.data.taking.safety_columns import words_and_counts
from mutualaid.data.words.cell_values import measure, text_of
from mutualaid.errors import InputError, Problems

ICB = "willing_icb"
SEPARATOR = "|"


@checks_arguments
def within_icb(icb: Mapping[str, str]) -> pd.DataFrame:
    """Say which ICB each provider is in: who goes only within their ICB goes nowhere else.

    Parameters
    ----------
    icb
        The ICB of each provider, by provider.

    Returns
    -------
    pandas.DataFrame
        Rows for the table ``accepts`` of :class:`mutualaid.System`: ``provider``, ``column``,
        ``among``.

    Raises
    ------
    InputError
        If a code is not text.

    Examples
    --------
    >>> within_icb({"XA1": "QXX"})["among"].to_list()
    ['|QXX']
    """
    if not all(isinstance(code, str) and code for pair in icb.items() for code in pair):
        raise InputError("within_icb: write the code of each provider and of its ICB as text")
    return pd.DataFrame(
        {
            "provider": list(icb),
            "column": ICB,
            # Nothing before the bar: whoever is willing to go anywhere is welcome too.
            "among": [f"{SEPARATOR}{code}" for code in icb.values()],
        }
    )


def check_personal(table: str, frame: pd.DataFrame, problems: Problems) -> None:
    """Personal columns hold what the rules about them can read."""
    if "consent" in frame:
        _note(table, frame, "consent", ~frame["consent"].isin((*CONSENTS, NOT_KNOWN)), problems)
    for name in ("date_weeks", "willing_minutes", "willing_miles"):
        if name in frame:
            values = frame[name]
            if not pd.api.types.is_numeric_dtype(values.dtype):
                values = pd.to_numeric(values.astype(object), errors="coerce")
            wrong = ~(values >= 0) | (values.dtype == bool)
            _note(table, frame, name, wrong, problems)
    for name in ("transferred", "adult"):
        if name in frame:
            _note(table, frame, name, ~frame[name].isin([True, False]), problems)


READ = {
    "consent": ("is not one of the words for it", f"write {', '.join(CONSENTS)}"),
    "date_weeks": ("is not a number from 0", "write whole weeks, infinite where there is no date"),
    "willing_minutes": ("is not a number from 0", "write minutes, infinite for no limit"),
    "willing_miles": ("is not a number from 0", "write miles, infinite for no limit"),
    "transferred": ("is neither True nor False", "write True or False"),
    "adult": ("is neither True nor False", "write True or False"),
}


def _note(table: str, frame: pd.DataFrame, name: str, wrong: pd.Series, problems: Problems) -> None:
    mask = wrong.to_numpy(dtype=bool)
    if mask.any():
        what, remedy = READ[name]
        problems.add(table, name, what, remedy, rows=mask, values=frame[name])


def check_accepts(
    accepts: Clean, headings: Sequence[str], tables: Mapping[str, Clean], problems: Problems
) -> None:
    """Each row names a provider and a service that are there, a column, and a requirement."""
    capacity = tables.get("capacity", {})
    known: dict[str, list[str]] = {
        "column": [name for name in (*headings, ICB) if name not in IDENTIFIERS]
    }
    if "provider" in capacity:
        known["provider"] = list(capacity["provider"].categories)
    if "service" in capacity:
        known["service"] = ["", *capacity["service"].categories]
    for name, what, remedy in (
        ("provider", "has no capacity here", "correct or drop it"),
        (
            "service",
            "is not a service with capacity",
            "correct it, or leave it empty for every service",
        ),
        (
            "column",
            "is not a column of waiting_list",
            "add the column to the list, or drop the row",
        ),
    ):
        if name in accepts and name in known:
            given = np.asarray(accepts[name], dtype=object)
            problems.note("accepts", name, ~np.isin(given, known[name]), what, remedy, given)
    if "column" not in accepts:
        return
    told = np.zeros(len(accepts["column"]), dtype=bool)
    for name in ("at_least", "at_most"):
        if name in accepts:
            told |= ~np.isnan(accepts[name])
    if "among" in accepts:
        told |= np.array([value != "" for value in accepts["among"]], dtype=bool)
    if not told.all():
        problems.add("accepts", "", "says nothing", "fill at_least, at_most or among", rows=~told)


def unread(accepts: pd.DataFrame, waiting: pd.DataFrame) -> list[str]:
    """Say which values of what sites ask about are not known: they are not accepted there.

    Parameters
    ----------
    accepts, waiting
        The checked tables.

    Examples
    --------
    >>> rule = pd.DataFrame({"provider": ["XB2"], "column": ["asa"], "at_most": [2.0]})
    >>> unread(rule, pd.DataFrame({"asa": [1, 9, None], "patients": [5, 6, 7]}))
    ["waiting_list.asa: '9' (6), empty (7) says nothing that sites ask about: they are not sent \
where it is asked"]
    """
    sentences = []
    for name in dict.fromkeys(accepts["column"].astype(object)):
        if name == ICB or name not in waiting:
            continue
        rules = accepts[accepts["column"].astype(object) == name]
        limits = [n for n in ("at_least", "at_most") if n in rules and rules[n].notna().any()]
        codes, values = codes_of(waiting[name])
        unknown = [bool(limits) and measure(value, str(name)) is None for value in values]
        odd = np.array([*unknown, True], dtype=bool)[codes]
        if odd.any():
            texts = [text_of(value) for value in values]
            patients = waiting["patients"].to_numpy(dtype=np.int64)[odd]
            said = words_and_counts(codes[odd], texts, patients)
            sentences.append(
                f"waiting_list.{name}: {said} says nothing that sites ask about: "
                "they are not sent where it is asked"
            )
    return sentences


def accepted(
    values: Sequence[object],
    column: str,
    service: str,
    accepts: pd.DataFrame,
    providers: Sequence[str],
) -> Mask:
    """Say which providers accept patients with some values of one column, for a service.

    Parameters
    ----------
    values
        Values of the column.
    column, service
        The column, and the service.
    accepts
        The checked table of requirements.
    providers
        The providers.

    Returns
    -------
    bool array, shape (values, providers)

    Examples
    --------
    >>> rule = pd.DataFrame({"provider": ["XB2"], "column": ["asa"], "at_most": [2]})
    >>> accepted([1, 3, None], "asa", "C_110", rule, ["XA1", "XB2"]).tolist()
    [[True, True], [True, False], [True, False]]
    """
    result = np.ones((len(values), len(providers)), dtype=bool)
    place = {provider: at for at, provider in enumerate(providers)}
    rules = [rule for rule in accepts.to_dict("records") if str(rule["column"]) == column]
    if column == ICB:
        # Nobody has said where the others are: nobody is sent there who is bound to an ICB.
        told = {str(rule["provider"]) for rule in rules}
        bound = np.fromiter((_text(v) != "" for v in values), bool, len(values))
        elsewhere = np.fromiter((p not in told for p in providers), bool, len(providers))
        result[np.ix_(bound, elsewhere)] = False
    for rule in rules:
        meant = rule.get("service")
        if not isinstance(meant, str) or meant in ("", service):
            at = place[str(rule["provider"])]
            result[:, at] &= np.fromiter((_meets(v, rule) for v in values), bool, len(values))
    return result


def _meets(value: object, rule: Mapping[Hashable, object]) -> bool:
    for name, sign in (("at_least", 1.0), ("at_most", -1.0)):
        limit = _number(rule.get(name))
        if math.isnan(limit):
            continue
        # A value that is no number, or none that this can be, meets no limit.
        number = measure(value, str(rule["column"]))
        if number is None or not sign * number >= sign * limit:
            return False
    among = rule.get("among")
    return not (isinstance(among, str) and among) or _text(value) in among.split(SEPARATOR)


def _number(value: object) -> float:
    try:
        return math.nan if value is None or value is pd.NA else float(str(value))
    except ValueError:
        return math.nan


def _text(value: object) -> str:
    """A value as text, whole numbers without a point; a missing one as a text that nothing is."""
    if value is None or value is pd.NA or value != value:
        return "\0"
    number = _number(value) if isinstance(value, float | np.floating) else math.nan
    return str(int(number)) if math.isfinite(number) and number.is_integer() else str(value)
