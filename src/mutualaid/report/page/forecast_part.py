"""The forecast on a page: three numbers, and how well such forecasts have done before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.data.forecast_tables import ALL
from mutualaid.data.system import System
from mutualaid.report.forecast_sheet import (
    EVERYBODY,
    SHOWN_FIGURES,
    Told,
    charted,
    hide_small,
    record,
    told_of,
)
from mutualaid.report.page.svg_charts import WIDTHS, Chart, Drawing, Frame, axis_scale, placed
from mutualaid.report.page.table_cells import CHANGES, NOTHING, Column, Table, printed
from mutualaid.report.sheet import COUNT, SIGNED, TEXT, Sheet

LINES = (18, 52)
"""Weeks over which past forecasts are drawn, where any were made."""
FLAT = 0.5
"""If all that is drawn differs by less than this share, the axis does not start at 0."""
LEGEND = (
    ("published", "Published"),
    ("forecast", "Forecast"),
    ("range", "Where it was said to lie, nine times in ten"),
)
HEADINGS = (
    Column("Figure"),
    Column("As today", COUNT),
    Column("… nine times in ten", COUNT),
    Column("Alone, in order", COUNT),
    Column("Together", COUNT),
    Column("Order at home", SIGNED),
    Column("Aid", SIGNED),
    Column("The aid is", TEXT),
)


def three_table(sheet: Sheet | None, whose: str, key: str) -> Table | None:
    """Three numbers of a trust, or of all, as a table; None where there is no forecast.

    Parameters
    ----------
    sheet
        See :func:`mutualaid.report.forecast_sheet.three_sheet`.
    whose
        The code of a trust, or ``"All trusts"``.
    key
        Its part of an id.

    Examples
    --------
    >>> three_table(None, "All trusts", "three") is None
    True
    """
    told = told_of(sheet, whose)
    if sheet is None or not told:
        return None
    rows = []
    for name, found in told.items():
        label, kind = SHOWN_FIGURES[name]
        ends = [printed(found[end], kind) for end in ("low", "high")]
        rows.append(
            [
                label,
                printed(found["as_today"], kind),
                NOTHING if NOTHING in ends else " to ".join(ends),
                *(printed(found[side], kind) for side in ("in_order", "together")),
                *(printed(found[step], CHANGES[kind]) for step in ("order_at_home", "aid")),
                printed(found["aid_told"]),
            ]
        )
    return Table(
        key=key,
        caption=sheet.title,
        columns=HEADINGS,
        rows=rows,
        notes=sheet.notes if whose == EVERYBODY else (),
    )


def as_things_are(told: Mapping[str, Told], month: str) -> str:
    """Say in a sentence what would be as today, in order and together.

    Examples
    --------
    >>> over = {"as_today": 900, "low": 850, "high": 950, "in_order": 500, "together": 400}
    >>> as_things_are({"over_18": over}, "2026-01")[:69]
    'As things are, 900 patients (850 to 950, nine times in ten) would hav'
    """
    over = told["over_18"]
    ends = [printed(over[end]) for end in ("low", "high")]
    range_ = "" if NOTHING in ends else f" ({' to '.join(ends)}, nine times in ten)"
    return (
        f"As things are, {printed(over['as_today'])} patients{range_} would have waited over 18 "
        f"weeks at the end, by the forecast from {month}; with each trust alone in order "
        f"{printed(over['in_order'])}, together {printed(over['together'])}. The first step is "
        "order at home, and is not counted as aid."
    )


def past_charts(
    system: System, threshold: int, provider: str = ALL, key: str = "", lines: Sequence[int] = LINES
) -> list[Chart]:
    """How forecasts of this kind have done before: a chart for each line of which enough is known.

    Parameters
    ----------
    system
        With its forecast; none has no charts.
    threshold
        Smaller counts are hidden.
    provider
        Whose; by default all together.
    key
        What ids begin with.
    lines
        Weeks.

    Examples
    --------
    >>> import mutualaid as ma
    >>> past_charts(ma.datasets.collaborative(trusts=2), 5)
    []
    """
    forecast = system.as_today
    if forecast is None:
        return []
    found = []
    for over in lines:
        rows = charted(forecast.history, provider, over)
        if len(rows):
            found.append(_chart(rows, threshold, over, f"{key}past-{over}"))
    return found


def _chart(rows: pd.DataFrame, threshold: int, over: int, key: str) -> Chart:
    names = ["published", "forecast", "low", "high", "persistence"]
    shown = hide_small(rows, names, threshold)
    # A point that is hidden is not drawn; the lines go past it.
    drawn = rows[names].where(shown.map(lambda value: not isinstance(value, str)))
    cells = [
        [str(month), *map(printed, row)]
        for month, row in zip(rows["month"], shown.to_numpy(), strict=True)
    ]
    lowest, scale = _axis(drawn)
    frames = [Frame(look, max(len(rows) - 1, 1), scale, lowest) for look in WIDTHS]
    starts = f" The axis starts at {lowest:,.0f}, not at 0." if lowest else ""
    ahead = int(rows["horizon"].iloc[0])
    return Chart(
        key=key,
        title=f"Over {over} weeks, forecast {ahead} months ahead",
        words=record(rows, f"over {over} weeks") + starts,
        legend=LEGEND,
        drawings=[_drawing(frame, drawn, cells) for frame in frames],
        table=Table(
            key=key,
            caption=f"Patients over {over} weeks: forecast {ahead} months ahead, and published",
            columns=[
                Column("Month"),
                Column("Published", COUNT),
                Column("Forecast", COUNT),
                Column("… from", COUNT),
                Column("… to", COUNT),
                Column("If nothing had changed", COUNT),
            ],
            rows=cells,
        ),
    )


def _axis(drawn: pd.DataFrame) -> tuple[float, tuple[float, list[float]]]:
    """Where the axis starts, above 0 where differences could not be seen from there; its marks."""
    values = drawn[["published", "forecast", "low", "high"]].to_numpy(np.float64)
    values = values[~np.isnan(values)]
    least, most = float(values.min(initial=np.inf)), float(values.max(initial=0.0))
    if not len(values) or most - least > FLAT * most:
        return 0.0, axis_scale(most)
    step = axis_scale(max(most - least, 1.0))[1][1]
    lowest = max(least - step, 0.0) // step * step
    return lowest, axis_scale(most - lowest)


def _drawing(frame: Frame, drawn: pd.DataFrame, cells: Sequence[Sequence[str]]) -> Drawing:
    def points(name: str) -> list[str]:
        return [
            f"{frame.across(place)} {frame.up(value)}"
            for place, value in enumerate(drawn[name])
            if value == value
        ]

    def line(name: str) -> str:
        return "M" + "L".join(points(name)) if points(name) else ""

    both = drawn[["low", "high"]].notna().all(axis=1)
    ranged = drawn.where(both)
    ends = [
        [
            f"{frame.across(place)} {frame.up(value)}"
            for place, value in enumerate(ranged[name])
            if value == value
        ]
        for name in ("low", "high")
    ]
    area = f"M{'L'.join([*ends[0], *ends[1][::-1]])}Z" if ends[0] else ""
    step = frame.room / max(len(drawn) - 1, 1)
    spots = [
        (
            placed(frame.across(place) - step / 2),
            placed(step),
            f"{row[0]}: {row[1]} published, {row[2]} forecast ({row[3]} to {row[4]})",
        )
        for place, row in enumerate(cells)
    ]
    skip = -(-len(drawn) // (8 if frame.look == "wide" else 4))
    ticks = range(0, len(drawn), skip)
    return frame.drawing(
        "Month",
        [("range-area", area), ("published", line("published")), ("forecast", line("forecast"))],
        ticks,
        spots,
        called={place: cells[place][0] for place in ticks},
    )
