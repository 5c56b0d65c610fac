"""Where one more slot would save most: a heat map of providers and services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.formats import listed, many
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.readers.display_names import Names, service_name
from mutualaid.report.figures.canvas import Canvas, fill, message, name_columns, number_axis
from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.style import SMALL, drawable
from mutualaid.report.series import price_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SERVICES, MOST_PROVIDERS = 25, 18
"""How many are drawn: those with the highest prices."""

FEW, TINY = 12, 7.5
"""With more columns than these, numbers are of this size."""

NAMED = 3


def draw_prices(plan: CertifiedPlan, names: Names) -> Drawing:
    """Draw what one more slot saves, a row a service and a column a provider.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.report.figures.style import styled
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> with styled():
    ...     drawing = draw_prices(plan, Names(["XA1", "XB2", "XC3"]))
    >>> drawing.alt.startswith("Heat map of prices")
    True
    """
    table = price_map(plan).T
    unit = "Harm-weeks that one more slot would save, in an average period"
    if table.empty:
        why = "Nobody has any slots." if plan.slots.empty else "No price is known."
        return message("What one more slot is worth", unit, why)
    drawn = table.iloc[:MOST_SERVICES, :MOST_PROVIDERS]
    best = _highest(table)
    said = [
        f"{service_name(code[0])} at {names(code[1])}, {_number(price)} harm-weeks"
        for *code, price in best
    ]
    title = f"One more slot is worth most for {said[0]}"
    if best[0][2] <= 0:
        title = "One more slot would save nothing anywhere"
    left = [len(table) - len(drawn), table.shape[1] - drawn.shape[1]]
    notes = (
        ["Empty fields: the provider has no slots for the service."]
        if drawn.isna().any(axis=None)
        else []
    )
    if not plan.prices["exact"].all():
        notes.append("Not every price is worked out: some are what a slot saves at most.")
    if any(left):
        kinds = [many(n, what) for n, what in zip(left, ("service", "provider"), strict=True) if n]
        notes.append(f"Not drawn: {listed(kinds)} with lower prices.")
    sheet = Canvas(title, unit, notes, height=1.5 + 0.32 * max(len(drawn), 3))
    axes = sheet.panels()
    _fill(axes, drawn)
    axes.set_yticks(range(len(drawn)), [drawable(service_name(code)) for code in drawn.index])
    name_columns(axes, [names(code) for code in drawn.columns], turned=True)
    return sheet.drawing(
        f"Heat map of prices. {unit}, for {many(len(table), 'service')} at "
        f"{many(table.shape[1], 'provider')}: from {_number(table.min().min())} to "
        f"{_number(table.max().max())}. The highest: {listed(said)}."
    )


def _highest(table: pd.DataFrame) -> list[tuple[str, str, float]]:
    values = table.to_numpy(dtype=float)
    order = np.argsort(-np.nan_to_num(values, nan=-np.inf), axis=None, kind="stable")[:NAMED]
    places = np.column_stack(np.unravel_index(order, values.shape))
    return [
        (str(table.index[row]), str(table.columns[column]), float(values[row, column]))
        for row, column in places
        if not np.isnan(values[row, column])
    ]


def _number(price: float) -> str:
    return f"{price:,.0f}" if price >= 100 else f"{price:,.1f}"


def _fill(axes: Axes, drawn: pd.DataFrame) -> None:
    values = drawn.to_numpy(dtype=float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    known = np.argwhere(~np.isnan(values)).tolist()
    texts = {(row, column): _number(values[row, column]) for row, column in known}
    size = SMALL if values.shape[1] <= FEW else TINY
    picture = fill(axes, values, (low, high if high > low else low + 1.0), texts, size)
    bar = axes.figure.colorbar(picture, ax=axes, shrink=0.9, pad=0.02, aspect=28)
    bar.set_label("Harm-weeks for one more slot")
    bar.outline.set_visible(False)
    number_axis(bar.ax.yaxis)
