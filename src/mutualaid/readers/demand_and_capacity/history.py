"""What is done, who joins and who leaves in each period, as it was before."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.data.column_checks import Mask
from mutualaid.data.rates import carried_on
from mutualaid.errors import InputError, tell
from mutualaid.formats import first_few, many
from mutualaid.readers.demand_and_capacity.history_rates import Asked, rates_of
from mutualaid.readers.demand_and_capacity.list_shares import list_of, shared_out, split
from mutualaid.readers.rtt.read import RTT


@checks_arguments
def slots_from_activity(
    table: str | os.PathLike[str] | RTT | object,
    *,
    per: str | None = None,
    periods: int = 13,
    period_weeks: int = 4,
    census: str | dt.date | None = None,
    gaps: str = "error",
    hidden: int | None = None,
) -> pd.DataFrame:
    """Make the slots of each period of what was done in the months or weeks before.

    What was done is a floor for what can be done: spare capacity is in no such table.

    Parameters
    ----------
    table
        Path of a CSV, workbook or Parquet file, or a table with ``provider``, ``service``, a
        number (``slots``, ``completed``, ``activity``, ``patients``), a column of months
        (``month``) or weeks (``week_ending``, ``week_commencing``), and perhaps ``site``,
        ``stream`` and ``wait_class``. Or with a column for each month in place of both. Without
        months or weeks each number is a rate. Or what :func:`read_rtt` gives, whose rates are
        taken.
    per
        What numbers are of: a ``"week"``, a ``"month"`` or, of rates, a ``"year"``.
    periods, period_weeks
        How many periods, and how long they are.
    census
        The day before the first period. By default the last day of the history.
    gaps
        What it means that a list has no row for a month or week in which others have one: it is
        an ``"error"``, nothing was done (``"zero"``), or it is not known (``"skip"``).
    hidden
        What stands for a hidden count (``*``, ``<5``). By default these are an error.

    Returns
    -------
    pandas.DataFrame
        ``provider``, ``service``, the other labels that the table has, ``period`` and ``slots``:
        whole numbers, what is left of a period carried on to the next.

    Raises
    ------
    InputError
        If a column is missing, a number is missing, hidden or negative, a date names no month or
        week, a total is among the rows, a list has gaps, or rows differ in nothing but numbers.

    Warns
    -----
    InputWarning
        Which months or weeks the history lacks, and from which day periods are counted.

    Notes
    -----
    A month's number is divided by its working days in England, and each period has as many times
    that as it has working days. Rates are taken as they are: a year counts 52 weeks, and a month
    a twelfth of it.

    Examples
    --------
    December had 21 working days, and the four weeks from New Year's Day have 19:

    >>> table = pd.DataFrame({"provider": ["RJ1"], "service": ["C_110"], "month": ["2025-12"],
    ...                       "completed": [42]})
    >>> slots_from_activity(table, per="month", census="2025-12-31", periods=1)
      provider service  period  slots
    0      RJ1   C_110       1     38
    """
    asked = Asked(
        table="slots",
        per=per,
        periods=periods,
        period_weeks=period_weeks,
        census=census,
        gaps=gaps,
        hidden=hidden,
    )
    notes: list[str] = []
    keys, running = rates_of(table, asked, notes)
    for note in notes:
        tell(note)
    return _made(keys, carried_on(running), "slots")


@checks_arguments
def referrals_from_history(
    table: str | os.PathLike[str] | RTT | object,
    *,
    per: str | None = None,
    periods: int = 13,
    period_weeks: int = 4,
    census: str | dt.date | None = None,
    gaps: str = "error",
    hidden: int | None = None,
    waiting_list: object | None = None,
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """Make the referrals of each period of who joined the lists in the months or weeks before.

    Parameters
    ----------
    table
        As for :func:`slots_from_activity`, with ``origin``, ``service`` and a number
        (``patients``, ``referrals``, ``additions``). Or what :func:`read_rtt` gives: its rates of
        the same providers and services.
    per, periods, period_weeks, census, gaps, hidden
        As for :func:`slots_from_activity`.
    waiting_list
        The list: of a published file only its providers and services are taken.
    by
        Columns of the list (``"priority"``, ``"area"``) by which those who join are told apart
        too, in the proportions of each list's patients.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``service``, the columns of ``by``, ``period`` and ``patients``: whole numbers,
        what is left of a period carried on to the next. Parts of a list add up to it, and are
        there where somebody is.

    Raises
    ------
    InputError
        As for :func:`slots_from_activity`; or if the list lacks a column, or the published file
        has none of its lists.

    Warns
    -----
    InputWarning
        As for :func:`slots_from_activity`; how lists were split, and which have no rate.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": ["RJ1"], "service": ["C_110"], "referrals": [10]})
    >>> referrals_from_history(table, per="week", periods=2)
      origin service  period  patients
    0    RJ1   C_110       1        40
    1    RJ1   C_110       2        40
    """
    asked = Asked(
        table="referrals",
        per=per,
        periods=periods,
        period_weeks=period_weeks,
        census=census,
        gaps=gaps,
        hidden=hidden,
    )
    return _arrivals(table, asked, waiting_list, by)


@checks_arguments
def removals_from_history(
    table: str | os.PathLike[str] | RTT | object,
    *,
    per: str | None = None,
    periods: int = 13,
    period_weeks: int = 4,
    census: str | dt.date | None = None,
    gaps: str = "error",
    hidden: int | None = None,
    waiting_list: object | None = None,
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """Make the removals of each period of who left the lists untreated before.

    Parameters
    ----------
    table, per, periods, period_weeks, census, gaps, hidden, waiting_list, by
        As for :func:`referrals_from_history`; the number may be headed ``removals``.

    Returns
    -------
    pandas.DataFrame
        As :func:`referrals_from_history` gives.

    Raises
    ------
    InputError
        As :func:`referrals_from_history` does.

    Warns
    -----
    InputWarning
        As :func:`referrals_from_history` does.

    Examples
    --------
    >>> table = pd.DataFrame({"origin": ["RJ1"], "service": ["C_110"], "removals": [26]})
    >>> removals_from_history(table, per="year", periods=2)["patients"].to_list()
    [2, 2]
    """
    asked = Asked(
        table="removals",
        per=per,
        periods=periods,
        period_weeks=period_weeks,
        census=census,
        gaps=gaps,
        hidden=hidden,
    )
    return _arrivals(table, asked, waiting_list, by)


def _arrivals(
    table: object, asked: Asked, waiting_list: object | None, by: Sequence[str]
) -> pd.DataFrame:
    notes: list[str] = []
    listing = list_of(asked.call, waiting_list, by)
    keys, running = rates_of(table, asked, notes)
    if isinstance(table, RTT) and listing is not None:
        kept = _of_list(keys, listing, asked, notes)
        keys, running = keys[kept].reset_index(drop=True), running[:, kept]
    whole = carried_on(running)
    if listing is not None and len(by):
        more = [one for one in keys.columns if one in by]
        if more:
            what = f"has {first_few(more)} itself: the list splits only what it lacks"
            raise InputError(f"{asked.table} {what}: leave it out of by=")
        parts, of, share = split(keys[["origin", "service"]], listing, by, notes)
        rest = keys.drop(columns=["origin", "service"]).iloc[of].reset_index(drop=True)
        whole, keys = shared_out(whole, running, of, share), pd.concat([parts, rest], axis=1)
    for note in notes:
        tell(note)
    made = _made(keys, whole, "patients")
    # Most parts of a list have nobody in most periods.
    return made[made["patients"] > 0].reset_index(drop=True) if len(by) else made


def _of_list(keys: pd.DataFrame, listing: pd.DataFrame, asked: Asked, notes: list[str]) -> Mask:
    """Which lists of a published file are on the analyst's own."""
    lists = set(zip(listing["origin"], listing["service"], strict=True))
    found = [*zip(keys["origin"], keys["service"], strict=True)]
    kept = np.array([one in lists for one in found], dtype=bool)
    absent = sorted(f"{origin} {service}" for origin, service in lists - set(found))
    if not kept.any():
        raise InputError(
            f"{asked.table}: the published file has none of the lists {first_few(absent)}: write "
            "providers and services as it does, such as RJ1 and C_110"
        )
    if absent:
        lists_ = many(len(absent), "list")
        notes.append(
            f"{asked.table}: the published file has no rate for {lists_}"
            f" ({first_few(absent, 3)}): they have none"
        )
    return kept


def _made(keys: pd.DataFrame, whole: np.ndarray, amount: str) -> pd.DataFrame:
    """The table of whole numbers, list by list and period by period."""
    periods = len(whole)
    result = keys.loc[np.repeat(keys.index, periods)].reset_index(drop=True)
    period = np.tile(np.arange(1, periods + 1), len(keys))
    return result.assign(period=period, **{amount: whole.T.ravel()})
