"""How long the list is as the periods go by, alone and together."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.formats import many
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.report.figures.canvas import Canvas, message, note, number_axis
from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.labels import short_number
from mutualaid.report.figures.style import BLUE, DARK, PALE_BLUE
from mutualaid.report.series import list_sizes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES: dict[str, tuple[str, float, Any]] = {
    "alone": (DARK, 1.6, (0, (3, 2))),
    "together": (BLUE, 3.2, "solid"),
}
ENOUGH = 0.35
"""If the lines rise or fall by less than this share, the axis is broken, and says so."""

APART = 15.0
"""Points between two labels."""


def draw_list_size(plan: CertifiedPlan, counts: Counts, census: dt.date | None = None) -> Drawing:
    """Draw how many patients are on the list, from the census to the end.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> from mutualaid.report.figures.style import styled
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> with styled():
    ...     drawing = draw_list_size(plan, counts_of(plan))
    >>> drawing.alt.startswith("Line chart of the list")
    True
    """
    table = list_sizes(plan, counts)
    subtitle = "Patients on all lists together, between one period and the next"
    hidden = bool(table[list(SIDES)].isna().any(axis=None))
    table = table.dropna(subset=list(SIDES))
    if len(table) < 2 or not table[list(SIDES)].to_numpy().any():
        return message("How long the list is", subtitle, "Nobody is on any list, or too few.")
    floor = lowest(table)
    notes = [f"The axis starts at {floor:,}, not at 0."] if floor else []
    if hidden:
        notes.append("Points that would tell a small number are left out.")
    title, said = _words(table)
    sheet = Canvas(title, subtitle, notes, height=3.9)
    axes = sheet.panels()
    _draw(axes, table)
    highest = float(table[list(SIDES)].to_numpy().max())
    axes.set_ylim(floor, highest + 0.12 * (highest - floor))
    axes.set_xlim(0, table["week"].iloc[-1])
    _weeks(axes, table, census)
    if floor:
        _mark_break(axes)
    _label(axes, table)
    return sheet.drawing(f"Line chart of the list. {said}")


def lowest(table: pd.DataFrame) -> int:
    """Where the axis starts: at 0, or where differences could not be seen from there, higher.

    Examples
    --------
    >>> lowest(pd.DataFrame({"alone": [100, 40], "together": [100, 30]}))
    0
    >>> lowest(pd.DataFrame({"alone": [71_810, 69_100], "together": [71_810, 68_200]}))
    67000
    """
    values = table[list(SIDES)].to_numpy()
    low, high = int(values.min()), int(values.max())
    if high - low >= ENOUGH * high or high == low:
        return 0
    step = 10 ** int(np.floor(np.log10(high - low)))
    return int(max((low - (high - low) // 4) // step * step, 0))


def _draw(axes: Axes, table: pd.DataFrame) -> None:
    week = table["week"]
    axes.fill_between(week, table["alone"], table["together"], color=PALE_BLUE, linewidth=0)
    # Both must be seen where they are the same: the dashes lie on the broad line.
    for name, order in (("together", 3), ("alone", 4)):
        ink, width, dashes = SIDES[name]
        look: dict[str, Any] = {"color": ink, "zorder": order}
        axes.plot(week, table[name], linewidth=width, linestyle=dashes, label=name, **look)
        axes.plot(week.iloc[-1:], table[name].iloc[-1:], "o", clip_on=False, **look)
    axes.set_ylabel("Patients on the list")
    number_axis(axes.yaxis)
    axes.grid(axis="y")


def _weeks(axes: Axes, table: pd.DataFrame, census: dt.date | None) -> None:
    weeks = table["week"].to_numpy()
    every = -(-(len(weeks) - 1) // 7)
    ticks = sorted({*map(int, weeks[:-1:every]), int(weeks[-1])})
    if len(ticks) > 2 and ticks[-1] - ticks[-2] < ticks[1] - ticks[0]:
        ticks.pop(-2)
    labels = [f"{week}" for week in ticks]
    if census is not None:
        days = [census + dt.timedelta(weeks=week) for week in ticks]
        labels = [f"{week}\n{day.day} {day:%b %Y}" for week, day in zip(ticks, days, strict=True)]
    axes.set_xticks(ticks, labels)
    axes.set_xlabel("Weeks from the census")


def _mark_break(axes: Axes) -> None:
    """Two strokes through the foot of the axis: it does not start at 0."""
    for up in (0.018, 0.036):
        look: dict[str, Any] = {"color": DARK, "linewidth": 1.2, "clip_on": False, "zorder": 6}
        ends = [up - 0.008, up + 0.008]
        axes.plot([-0.009, 0.009], ends, transform=axes.transAxes, **look)


def _label(axes: Axes, table: pd.DataFrame) -> None:
    """Name the lines at their ends, and the sizes there, one label above the other."""
    end = table.iloc[-1]
    names = sorted(SIDES, key=lambda name: end[name])
    spots = axes.transData.transform([(end["week"], end[name]) for name in names])[:, 1]
    gap = (spots[1] - spots[0]) * 72 / axes.figure.dpi
    push = max((APART - gap) / 2, 0.0)
    for name, up in zip(names, (-push, push), strict=True):
        text = f"{name} {short_number(int(end[name]))}"
        weight = "bold" if name == "together" else "normal"
        look = {"va": "center", "color": SIDES[name][0], "weight": weight}
        note(axes, text, (end["week"], end[name]), (11, up), annotation_clip=False, **look)


def _words(table: pd.DataFrame) -> tuple[str, str]:
    first, end = table.iloc[0], table.iloc[-1]
    weeks = many(int(end["week"]), "week")
    fewer = int(end["alone"]) - int(end["together"])
    said = (
        f"At the census {int(first['alone']):,} patients are on the list; after "
        f"{weeks} {int(end['alone']):,} if each trust is alone, {int(end['together']):,} together."
    )
    if not fewer:
        return f"After {weeks} the list is as long together as alone: {end['alone']:,}", said
    word = "fewer" if fewer > 0 else "more"
    return f"After {weeks} {abs(fewer):,} {word} patients wait together than alone", said
