"""Rates a period, as whole numbers period by period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.column_checks import Floats, Ints
from mutualaid.errors import InputError, Problems

LONGEST_HORIZON_PERIODS = 520


def carried_on(running: Floats) -> Ints:
    """Whole numbers of each period; what is left of one is carried on to the next.

    Parameters
    ----------
    running : float64 array, shape (periods, rows)
        Sums up to each period, 0 or more: they are rounded, not each period's amount.

    Returns
    -------
    int64 array, shape (periods, rows)

    Examples
    --------
    >>> carried_on(np.array([[1.4], [2.8], [4.2]])).ravel().tolist()
    [1, 2, 1]
    """
    ends = np.floor(running + 0.5).astype(np.int64)
    return np.concatenate([ends[:1], ends[1:] - ends[:-1]])


@checks_arguments
def every_period(rates: pd.DataFrame, periods: int) -> pd.DataFrame:
    """Turn rates a period into whole numbers for each period.

    The running total is rounded, not each period, so that after any number of periods the
    whole numbers are within one half of the rates' sum: nothing is gained or lost by rounding.

    Parameters
    ----------
    rates
        A table whose last number column, ``slots`` or ``patients``, is a rate a period.
    periods
        How many periods.

    Returns
    -------
    pandas.DataFrame
        The same rows for each of the periods 1 to ``periods``, with ``period`` and whole numbers.

    Raises
    ------
    InputError
        If there is no such column, a rate is negative, missing or infinite, or the periods are
        below 1 or above 520.

    Examples
    --------
    >>> import pandas as pd
    >>> rates = pd.DataFrame({"provider": ["A"], "service": ["hips"], "slots": [1.4]})
    >>> every_period(rates, 4)["slots"].to_list()
    [1, 2, 1, 2]
    """
    column = next((name for name in ("slots", "patients") if name in rates), None)
    if column is None:
        raise InputError("every_period needs a column slots or patients, as a rate a period")
    argument.whole("periods", periods, 1, LONGEST_HORIZON_PERIODS)
    rate = rates[column].to_numpy(dtype=np.float64)
    bad = ~(np.isfinite(rate) & (rate >= 0))
    if bad.any():
        problems = Problems()
        problems.add("rates", column, "is not a rate", "write 0 or more", rows=bad, values=rate)
        problems.raise_if_any()
    table = pd.concat([rates] * periods, ignore_index=True)
    table["period"] = np.repeat(np.arange(1, periods + 1), len(rates))
    table[column] = carried_on(np.outer(np.arange(1, periods + 1), rate)).ravel()
    return table[[name for name in table.columns if name != column] + [column]]
