"""Whether a forecast of what happens as today is of the system that it is to stand behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.data.as_today import AsToday
from mutualaid.data.forecast_tables import CELL
from mutualaid.errors import Problems

KEEPS_FORECAST = ("travel", "accepts")
"""Tables that change nothing of what happens where nobody moves."""
APART = 0.01
"""By this share, or one patient, a list at the census may differ from the forecast's."""


def check_forecast(
    as_today: AsToday,
    tables: Mapping[str, pd.DataFrame],
    providers: Sequence[str],
    services: Sequence[str],
    horizon: Mapping[str, int],
) -> None:
    """Check that a forecast is of a system: its horizon, its lists, and who waits at the census.

    Raises
    ------
    InputError
        If it is of another one; everything that differs is told.
    """
    problems = Problems()
    for name, value in horizon.items():
        given = getattr(as_today, name)
        if given != value:
            said = f"is {given}, and {value} in the system"
            problems.add("as_today", name, said, "forecast the system's own horizon")
    cells = as_today.cells
    for name, known in (("origin", providers), ("service", services)):
        stranger = ~cells[name].isin(list(known)).to_numpy()
        said, remedy = "is not in the system", "forecast what the system has, and nothing else"
        problems.note("as_today.cells", name, stranger, said, remedy, cells[name])
    forecast = cells[list(CELL)].assign(patients=as_today.waiting[:, 0].sum(axis=1, dtype=float))
    listed = tables["waiting_list"][[*CELL, "patients"]].astype(dict.fromkeys(CELL, object))
    both = pd.concat(
        {
            "listed": listed.groupby(list(CELL))["patients"].sum(),
            "forecast": forecast.groupby(list(CELL))["patients"].sum(),
        },
        axis=1,
    ).fillna(0.0)
    apart = (both["listed"] - both["forecast"]).abs() > np.maximum(APART * both["listed"], 1.0)
    if apart.any():
        odd = both[apart]
        told = [
            f"{origin} {service}: {row.forecast:,.0f} for {row.listed:,.0f}"
            for (origin, service), row in zip(odd.index, odd.itertuples(), strict=True)
        ]
        said = f"has other lists at the census than the waiting list in {len(odd)} of {len(both)}"
        said = f"{said} ({'; '.join(told[:3])}{'; …' if len(told) > 3 else ''})"
        problems.add("as_today", "waiting", said, "forecast the system's own waiting list")
    problems.raise_if_any()
