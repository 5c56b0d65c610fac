"""What a backtest says of a forecast, in a few numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.calibration.past_forecasts import ENGLAND
from mutualaid.errors import Problems

LARGEST = 100
NEEDED = (
    *("month", "horizon", "provider", "over"),
    *("forecast", "low", "high", "published", "persistence", "one_queue"),
)
YARDSTICKS = ("persistence", "one_queue")


@checks_arguments
def accuracy(table: pd.DataFrame, largest: int = LARGEST) -> pd.DataFrame:
    """Sum a backtest up: how far off, in which direction, and how often within the range.

    Parameters
    ----------
    table
        What :func:`mutualaid.backtest` gave.
    largest
        So many providers are the largest ones: those with the longest lists in the last month.

    Returns
    -------
    pandas.DataFrame
        A row for each ``whose`` (``"England"``; ``"largest"``, the largest providers;
        ``"providers"``, all of them), ``horizon`` (months) and ``over`` (weeks). ``forecasts`` is
        how many there are with somebody published; ``error`` how far off they are, as a share of
        what was published: the mean for England, the median for providers, without regard to the
        sign; ``bias`` the mean (or median) with its sign, above 0 where too many were forecast;
        ``persistence`` and ``one_queue`` are errors of the same kind; ``within`` is the share of
        published counts, none included, that lie in the range.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "month": ["2025-09", "2025-10"], "horizon": 3, "provider": "England", "over": 18,
    ...     "forecast": [103.0, 99.0], "low": 95.0, "high": 105.0, "published": 100.0,
    ...     "persistence": [94.0, 94.0], "one_queue": 60.0,
    ... })
    >>> accuracy(table)[["error", "bias", "persistence", "within"]].round(3).iloc[0].tolist()
    [0.02, 0.01, 0.06, 1.0]
    """
    problems = Problems()
    problems.need("backtest", table, NEEDED)
    problems.raise_if_any()
    argument.whole("accuracy: largest", largest, 1)
    lists = table[(table["provider"] != ENGLAND) & (table["over"] == 0)]
    last = lists[lists["month"] == lists["month"].max()].drop_duplicates("provider")
    # nlargest keeps the first of equals: rows are in the order of the providers' codes.
    big = set(last.nlargest(largest, "published")["provider"])
    england = (table["provider"] == ENGLAND).to_numpy()
    groups = {
        ENGLAND: england,
        "largest": table["provider"].isin(big).to_numpy(),
        "providers": ~england,
    }
    rows = []
    for whose, mask in groups.items():
        for (horizon, over), some in table[mask].groupby(["horizon", "over"]):
            rows.append({"whose": whose, "horizon": horizon, "over": over, **_row(some, whose)})
    columns = ["whose", "horizon", "over", "forecasts", "error", "bias", *YARDSTICKS, "within"]
    return pd.DataFrame(rows, columns=columns)


def _row(some: pd.DataFrame, whose: str) -> dict[str, float]:
    middle = np.mean if whose == ENGLAND else np.median
    known = some[some["published"] > 0]
    found: dict[str, float] = {"forecasts": len(known)}
    for name in ("forecast", *YARDSTICKS):
        off = (known[name] / known["published"] - 1).to_numpy(dtype=np.float64)
        found["error" if name == "forecast" else name] = (
            float(middle(np.abs(off))) if len(off) else np.nan
        )
        if name == "forecast":
            found["bias"] = float(middle(off)) if len(off) else np.nan
    found["within"] = float(some["published"].between(some["low"], some["high"]).mean())
    return found
