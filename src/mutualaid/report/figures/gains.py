"""What the plan does to each trust: to its own patients, and to what it reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.formats import listed, many
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.readers.display_names import Names
from mutualaid.report.figures.canvas import Canvas, message, note, number_axis, with_room
from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.labels import share, signed
from mutualaid.report.figures.style import BLUE, DARK, FAINT, GREY, ORANGE, SMALL, WHITE, drawable
from mutualaid.report.series import gains, rounding

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 30
"""Trusts that are drawn; of more, those with the largest gains and sacrifices."""

ROW, LEFT = 0.34, 0.56
"""Inches of a row; the share of the width that gains have, whose labels are long."""

NAMED = 3


def draw_gains(plan: CertifiedPlan, counts: Counts, names: Names) -> Drawing:
    """Draw gains and sacrifices of each trust in both lenses.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> from mutualaid.report.figures.style import styled
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> with styled():
    ...     drawing = draw_gains(plan, counts_of(plan), Names(["XA1", "XB2", "XC3"]))
    >>> drawing.alt.startswith("Bar chart of gains")
    True
    """
    table = gains(plan, counts)
    if table.empty:
        return message("Who gains and who gives", "", "No trust has a list.")
    rows = chosen(table)
    system = plan.system
    sheet = Canvas(
        _title(table),
        f"Each trust over {many(system.periods * system.period_weeks, 'week')}, together against "
        "alone; the largest gains first",
        _notes(counts, table, rows),
        height=max(1.35 + ROW * len(rows), 2.0),
    )
    own, reported = sheet.panels(ncols=2, sharey=True, width_ratios=[LEFT, 1 - LEFT])
    labels = [drawable(names(code)) for code in rows["trust"]]
    aside = max(sheet.wide(label, SMALL) for label in labels) + 0.7
    _own(own, rows, sheet, (sheet.shape()[0] - aside) * LEFT)
    _reported(reported, rows)
    own.set_yticks(range(len(rows)), labels)
    own.set_ylim(len(rows) - 0.4, -0.6)
    return sheet.drawing(f"Bar chart of gains and sacrifices by trust. {_sentences(table, names)}")


def chosen(table: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The trusts that are drawn: largest gain first; of too many, the two ends.

    Examples
    --------
    >>> table = pd.DataFrame({"trust": list("ABC"), "saved": [1.0, -9.0, 5.0]})
    >>> chosen(table)["trust"].tolist(), chosen(table, 2)["trust"].tolist()
    (['C', 'A', 'B'], ['C', 'B'])
    """
    ordered = table.sort_values("saved", ascending=False, kind="stable", na_position="last")
    if len(ordered) > most:
        far = ordered["saved"].abs().sort_values(ascending=False, kind="stable").index[:most]
        ordered = ordered.loc[ordered.index.isin(far)]
    return ordered.reset_index(drop=True)


def _own(axes: Axes, rows: pd.DataFrame, sheet: Canvas, inches: float) -> None:
    saved = rows["saved"].fillna(0.0).to_numpy(dtype=float)
    for mask, ink, hatch in ((saved >= 0, BLUE, ""), (saved < 0, ORANGE, "////")):
        places = np.flatnonzero(mask)
        axes.barh(places, saved[mask], height=0.62, color=ink, hatch=hatch, zorder=2)
    axes.set_title("Own patients: harm-weeks saved,\nwherever they are treated", weight="bold")
    texts = [
        "hidden" if np.isnan(gain) else f"{signed(gain)} ({share(part, signed=True)})"
        for gain, part in zip(rows["saved"], rows["saved_share"], strict=True)
    ]
    axes.set_xlim(*with_room(saved, texts, sheet, inches))
    axes.axvline(0, color=DARK, linewidth=1.0, zorder=3)
    for place, (gain, text) in enumerate(zip(saved, texts, strict=True)):
        side, ha = (-5, "right") if gain < 0 else (5, "left")
        ink = GREY if text == "hidden" else DARK
        note(axes, text, (gain, place), (side, 0), ha=ha, va="center", size=SMALL, color=ink)
    _finish(axes, len(rows), "Harm-weeks; left of 0: a sacrifice")


def _reported(axes: Axes, rows: pd.DataFrame) -> None:
    before, after = (rows[f"reported_{side}"].to_numpy(dtype=float) for side in ("before", "after"))
    places = np.arange(len(rows))
    worse = after > before
    look: dict[str, Any]
    for mask, ink in ((~worse, BLUE), (worse, ORANGE)):
        axes.hlines(places[mask], before[mask], after[mask], color=ink, linewidth=3.5, zorder=2)
        look = {"color": ink, "edgecolor": DARK if ink == ORANGE else BLUE, "zorder": 4}
        axes.scatter(after[mask], places[mask], s=62, label="together", **look)
    look = {"facecolor": WHITE, "edgecolor": DARK, "linewidth": 1.4, "zorder": 3}
    axes.scatter(before, places, s=38, label="alone", **look)
    widest = max(float(np.max(np.nan_to_num([before, after]), initial=0.0)), 1.0)
    axes.set_xlim(-0.02 * widest, widest * 1.26)
    for place, (old, new) in enumerate(zip(before, after, strict=True)):
        text, end, ink = signed(new - old), max(old, new), DARK
        if np.isnan(new - old):
            text, end, ink = "hidden", 0.0, GREY
        elif new == old:
            text, ink = "no change", GREY
        note(axes, text, (end, place), (9, 0), va="center", size=SMALL, color=ink)
    axes.set_title(
        "Patients over 18 weeks whom it reports itself:\n"
        "white alone, filled together, orange if more",
        weight="bold",
    )
    _finish(axes, len(rows), "Patients over 18 weeks as an average period starts")


def _finish(axes: Axes, rows: int, label: str) -> None:
    number_axis(axes.xaxis, 4)
    axes.grid(axis="x")
    axes.spines.left.set_visible(False)
    axes.set_xlabel(label)
    for place in range(0, rows, 2):
        axes.axhspan(place - 0.5, place + 0.5, color=FAINT, zorder=0)


def _title(table: pd.DataFrame) -> str:
    gain, loss = int((table["saved"] > 0).sum()), int((table["saved"] < 0).sum())
    if not gain and not loss:
        return "No trust's own patients are better or worse off than alone"
    better = f"{gain} of {len(table)} trusts' own patients bear less harm than alone"
    if not loss:
        return f"{better}, and nobody's bear more"
    whose = many(loss, "trust's", "trusts'")
    return f"{better}; {whose} bear more"


def _notes(counts: Counts, table: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    said = []
    left = table[~table["trust"].isin(rows["trust"])]
    if len(left):
        said.append(
            f"Not drawn: {many(len(left), 'trust')} whose own patients gain or lose least, "
            f"{signed(float(left['saved'].sum()))} harm-weeks in all."
        )
    if step := rounding(counts):
        said.append(f"Reported patients are rounded to the nearest {step}.")
    said.append(
        "Patients who move count on the receiver's list, clock running, until they are treated."
    )
    return said


def _sentences(table: pd.DataFrame, names: Names) -> str:
    said = [f"{_title(table)}."]
    order = table.dropna(subset="saved").sort_values("saved", kind="stable")
    for rows, what in (
        (order[order["saved"] > 0].iloc[::-1], "The most is saved for"),
        (order[order["saved"] < 0], "The largest sacrifices:"),
    ):
        texts = [
            f"{names(row['trust'])} {signed(row['saved'])} harm-weeks "
            f"({share(row['saved_share'], signed=True)})"
            for row in rows.head(NAMED).to_dict("records")
        ]
        said += [f"{what} {listed(texts)}."] if texts else []
    more = table[table["reported_change"] > 0].nlargest(NAMED, "reported_change")
    texts = [
        f"{names(row['trust'])} {signed(row['reported_change'])}" for row in more.to_dict("records")
    ]
    if texts:
        said.append(f"Reporting more patients over 18 weeks in an average period: {listed(texts)}.")
    return " ".join(said)
