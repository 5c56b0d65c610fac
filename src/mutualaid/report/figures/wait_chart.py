"""How long people wait: at the census, and at the end alone and together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.single_sums import SHOWN
from mutualaid.formats import many
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.report.figures.canvas import Canvas, message, note, number_axis
from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.labels import cells
from mutualaid.report.figures.style import BLUE, DARK, FAINT, GREY, PALE_BLUE, SMALL
from mutualaid.report.series import LINES, TODAY, waits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ints = npt.NDArray[np.int64]

LONG = 52
"""Waits over this are drawn a second time, on a scale of their own: few, and not to be missed."""

AFTER_LAST_LINE = 8
BROWN = "#8A5300"
"""As dark as the others, for what is forecast."""
LOOKS: dict[str, dict[str, Any]] = {
    "census": {"color": GREY, "linewidth": 1.0, "linestyle": (0, (2, 1.5))},
    "alone": {"color": DARK, "linewidth": 1.6},
    "together": {"color": BLUE, "linewidth": 2.4},
    TODAY: {"color": BROWN, "linewidth": 1.8, "linestyle": (0, (4, 1.5))},
}


def draw_waits(plan: CertifiedPlan, counts: Counts) -> Drawing:
    """Draw the waits in bins as long as a period, with the lines of 18, 52 and 65 weeks.

    Who is referred joins as a period starts, so that waits at the end come in steps of a period:
    bins of that length, and no shorter ones, say how many there really are.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> from mutualaid.report.figures.style import styled
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> with styled():
    ...     drawing = draw_waits(plan, counts_of(plan))
    >>> drawing.alt.startswith("Histogram of waits")
    True
    """
    system = plan.system
    seen = waits(counts, system.as_today)
    length, weeks = system.period_weeks, system.periods * system.period_weeks
    subtitle = (
        f"Patients by how long they have waited, in steps of {many(length, 'week')}: at the census "
        f"and after {many(weeks, 'week')}, alone and together"
    )
    if system.as_today is not None:
        subtitle += ", and as today by the forecast"
    names = [name for name in LOOKS if name in seen]
    bins = seen[names].fillna(0)
    if not bins.to_numpy().any():
        return message("How long patients wait", subtitle, "Nobody is on any list, or too few.")
    edges = np.arange(len(bins) + 1, dtype=np.int64) * length
    over = {line: _over(counts, line) for line in LINES}
    alone, together = over[LINES[0]]
    title = f"Over {LINES[0]} weeks: {alone} if alone, {together} together"
    if system.as_today is not None:
        today = system.as_today.table(over=[LINES[0]])[f"over_{LINES[0]}"].round().item()
        small = 0 < today < counts.threshold
        said = f"<{counts.threshold}" if small else f"{today:,.0f}"
        title = (
            f"Over {LINES[0]} weeks: {said} as today, {alone} alone in order, {together} together"
        )
    long_waits = bins.loc[edges[:-1] >= LONG - LONG % length, names].to_numpy()
    tail = bool(long_waits.any())
    sheet = Canvas(title, subtitle, _notes(counts, length, tail), height=3.85)
    panels = sheet.panels(ncols=2 if tail else 1, squeeze=False, width_ratios=[5, 3][: 1 + tail])
    axes = panels[0, 0]
    _draw(axes, edges, bins)
    axes.set_xlim(0, max(int(edges[-1]), LINES[-1] + AFTER_LAST_LINE * 2))
    _lines(axes, over)
    _key(axes, names)
    axes.set_ylim(0, _ceiling(edges, bins))
    if tail:
        _draw_tail(panels[0, 1], edges, bins)
    return sheet.drawing(f"Histogram of waits. {_sentences(over, weeks)}")


def _over(counts: Counts, line: int) -> tuple[str, str]:
    """Who waits over a line alone and together, as it may be printed."""
    names = (f"over_{line}_{side}" for side in ("before", "after"))
    alone, together = (
        cells(counts.whole, counts.whole_marks, name, counts.threshold)[0] for name in names
    )
    return alone, together


def _draw(axes: Axes, edges: Ints, bins: pd.DataFrame) -> None:
    axes.stairs(bins["together"], edges, fill=True, color=PALE_BLUE, label="filled")
    for name in map(str, bins):
        axes.stairs(bins[name], edges, baseline=None, label=name, **LOOKS[name])
    number_axis(axes.yaxis)
    axes.set_xlabel("Weeks waited")
    axes.set_ylabel("Patients in each step")
    axes.grid(axis="y")


def _lines(axes: Axes, over: dict[int, tuple[str, str]]) -> None:
    heights = dict(zip(LINES, (1.0, 1.0, 0.74), strict=True))
    for line, (alone, together) in over.items():
        axes.axvline(line, ymax=heights[line], color=DARK, linewidth=0.9, zorder=3)
        for text, down, ink, weight in (
            (f"over {line} weeks", 0, DARK, "bold"),
            (f"{alone} alone", 13, DARK, "normal"),
            (f"{together} together", 26, BLUE, "bold"),
        ):
            look = {"color": ink, "weight": weight, "linespacing": 1.3, "zorder": 4}
            _on_line(axes, text, (line, heights[line]), -down, **look)


def _on_line(axes: Axes, text: str, at: tuple[int, float], up: int, **look: Any) -> None:
    """Write a text right of a line of weeks, whose height is a share of the panel."""
    across = axes.get_xaxis_transform()
    note(axes, text, at, (5, up), xycoords=across, size=SMALL, va="top", **look)


def _key(axes: Axes, names: list[str]) -> None:
    """Name the lines inside the panel, right of the first line, where waits are few."""
    words = {"census": "at the census", TODAY: "as today (forecast)"}
    across = axes.get_xaxis_transform()
    for place, name in enumerate(names):
        y = 0.74 - 0.07 * place
        look = LOOKS[name]
        axes.plot([LINES[0] + 1.5, LINES[0] + 5.5], [y, y], transform=across, **look)
        weight = "bold" if name == "together" else "normal"
        style = {"va": "center", "size": SMALL, "color": look["color"], "weight": weight}
        axes.text(LINES[0] + 6.5, y, words.get(name, name), transform=across, **style)


def _ceiling(edges: Ints, bins: pd.DataFrame) -> float:
    """High enough for the words to stand clear of the lines."""
    highest = bins.max(axis=1).to_numpy()
    right = edges[1:]
    beyond = highest[right > LINES[0]].max(initial=0)
    further = highest[right > LINES[2]].max(initial=0)
    share = 0.54 - 0.07 * (len(bins.columns) - 3)
    return float(max(1.08 * highest.max(initial=1), beyond / share, further / 0.5))


def _draw_tail(axes: Axes, edges: Ints, bins: pd.DataFrame) -> None:
    _draw(axes, edges, bins)
    length = int(edges[1] - edges[0])
    start = LONG - LONG % length
    axes.set_xlim(start, max(int(edges[-1]), LINES[-1] + length))
    highest = bins.loc[edges[:-1] >= start].to_numpy().max()
    axes.set_ylim(0, 1.12 * float(highest))
    axes.axvline(LINES[-1], color=DARK, linewidth=0.9)
    axes.set_facecolor(FAINT)
    axes.set_ylabel("")
    axes.set_title("The longest waits, on a scale of their own", size=SMALL, weight="bold")
    _on_line(axes, f"{LINES[-1]} weeks", (LINES[-1], 1.0), -2, weight="bold")


def _notes(counts: Counts, length: int, tail: bool) -> list[str]:
    said = [
        "Who is referred joins as a period starts, so that at the end nobody has waited under "
        f"{many(length, 'week')}."
    ]
    if tail:
        said.append("Heights in the two panels cannot be compared.")
    if (counts.wait_marks != SHOWN).any(axis=None):
        said.append("Steps with a few patients only, and some others that would tell, are hidden.")
    return said


def _sentences(over: dict[int, tuple[str, str]], weeks: int) -> str:
    texts = [
        f"{alone} patients have waited over {line} weeks if each trust is alone, "
        f"{together} together"
        for line, (alone, together) in over.items()
    ]
    return f"After {many(weeks, 'week')}, {'; '.join(texts)}."
