"""How forecasts of what happens as today have done before: what was said, and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.disclosure.suppression import check_threshold
from mutualaid.report.figures.canvas import Canvas, message, number_axis
from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.style import BLUE, DARK, PALE_BLUE
from mutualaid.report.forecast_sheet import charted, hide_small, record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMES = ("published", "forecast", "low", "high")
TITLE = "How well this baseline has forecast you"


def draw_forecasts(
    history: pd.DataFrame | None,
    provider: str,
    called: str,
    *,
    over: int = 18,
    suppress_below: int | None = 5,
    title: str = TITLE,
) -> Drawing:
    """Draw what was forecast, with its range, against what came, month by month.

    Parameters
    ----------
    history
        See :class:`mutualaid.data.as_today.AsToday`; None where there is no forecast.
    provider, called
        Whose patients: the code, or ``"all"``, and how it is called.
    over
        Weeks; 0 for the whole list.
    suppress_below
        Smaller counts are not drawn.
    title
        What stands above it.

    Examples
    --------
    >>> from mutualaid.report.figures.style import styled
    >>> with styled():
    ...     draw_forecasts(None, "all", "all trusts together").alt
    'How well this baseline has forecast you. No forecast stands behind this system.'
    """
    what = f"over {over} weeks" if over else "on the list"
    subtitle = f"Patients {what} of {called}"
    if history is None:
        return message(title, subtitle, "No forecast stands behind this system.")
    rows = charted(history, provider, over)
    if rows.empty:
        return message(title, subtitle, "How such forecasts have done before is not known.")
    shown = hide_small(rows, NAMES, check_threshold(suppress_below))
    hidden = shown.map(lambda value: isinstance(value, str))
    drawn = rows[list(NAMES)].mask(hidden).astype(np.float64)
    said = record(rows, what)
    ahead = int(rows["horizon"].iloc[0])
    notes = [said, "The axis does not start at 0."]
    if hidden.any(axis=None):
        notes.append("Small numbers are left out.")
    sheet = Canvas(title, f"{subtitle}, forecast {ahead} months ahead", notes, height=3.4)
    axes = sheet.panels()
    _draw(axes, drawn, [str(month) for month in rows["month"]])
    return sheet.drawing(f"Line chart of past forecasts. {said}")


def _draw(axes: Axes, drawn: pd.DataFrame, months: list[str]) -> None:
    place = np.arange(len(drawn))
    axes.fill_between(
        place,
        drawn["low"],
        drawn["high"],
        color=PALE_BLUE,
        linewidth=0,
        label="where it was said to lie, nine times in ten",
    )
    axes.plot(place, drawn["published"], color=DARK, linewidth=2.2, marker="o", label="published")
    dashes = (0, (4, 2))
    axes.plot(place, drawn["forecast"], color=BLUE, linewidth=2, linestyle=dashes, label="forecast")
    every = -(-len(months) // 8)
    axes.set_xticks(place[::every], months[::every])
    axes.set_xlim(-0.2, len(months) - 0.8)
    axes.set_ylabel("Patients")
    number_axis(axes.yaxis)
    axes.grid(axis="y")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncol=3, frameon=False)
