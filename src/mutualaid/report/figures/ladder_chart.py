"""The ladder: what each way to collaborate saves, and at what price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.disclosure.single_sums import SHOWN
from mutualaid.formats import listed, many
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.report.figures.canvas import Canvas, note, number_axis, with_room
from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.labels import cells, share
from mutualaid.report.figures.style import BLUE, DARK, GREY, ORANGE, SMALL, drawable
from mutualaid.report.series import LINES

if TYPE_CHECKING:
    from matplotlib.axes import Axes


OF_ALONE = "the harm of each trust alone, in order"
NO_AID = "What lies between today and Independent is order at home, and not in what is saved."
Floats = npt.NDArray[np.float64]


class Rungs(Protocol):
    """What a figure needs to know of a :class:`mutualaid.studies.Ladder`."""

    @property
    def plans(self) -> Mapping[str, CertifiedPlan]:
        """The plans by the name of the mode."""
        ...

    def frontier(self, *, tolerance: float = ..., time_limit: float | None = ...) -> pd.DataFrame:
        """Total harm against the cap on any one trust's sacrifice."""
        ...


class Panel(NamedTuple):
    """A bar for each rung; a value is missing where it is hidden."""

    heading: str
    values: Sequence[float]
    labels: Sequence[str]
    ink: str


def draw_rungs(
    table: pd.DataFrame, counts: Mapping[str, Counts], weeks: int, *, forecast: bool = False
) -> Drawing:
    """Draw the rungs one above the other, with what each saves and costs.

    Parameters
    ----------
    table
        See :func:`mutualaid.report.series.steps`.
    counts
        The counts of each rung's plan.
    weeks
        How long the plans are.
    forecast
        Whether what happens as today is forecast, so that it must not be taken for Independent.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.report.figures.style import styled
    >>> from mutualaid.disclosure.several_plans import counts_side_by_side
    >>> from mutualaid.report.series import steps
    >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
    >>> counts = counts_side_by_side(rungs.plans, 5)
    >>> with styled():
    ...     drawing = draw_rungs(steps(rungs.plans, counts), counts, 8)
    >>> drawing.alt.startswith("Bar charts of the ladder")
    True
    """
    panels = _panels(table, counts)
    best = table.iloc[-1]
    amount = "some" if np.isnan(best["saved"]) else share(best["saved_share"])
    title = f"{best['rung']} saves {amount} of {OF_ALONE if forecast else 'all harm'}; "
    title += _losers(int(best["worse_off"]))
    sheet = Canvas(
        title,
        f"Four ways to collaborate over {many(weeks, 'week')}: each rung allows all that the one "
        "below allows",
        [
            "Harm-weeks saved are net of travel and moves. Worse off: a trust's own patients bear "
            "more harm than if it were alone.",
            *([NO_AID] if forecast else []),
            *_hidden(panels),
        ],
        height=2.9,
    )
    axes = sheet.panels(ncols=len(panels), sharey=True)
    inches = (sheet.shape()[0] - 1.2) / len(panels) - 0.15
    for place, panel in zip(axes, panels, strict=True):
        _bars(place, panel, sheet, inches)
    axes[0].set_yticks(range(len(table)), [drawable(str(name)) for name in table["rung"]])
    axes[0].tick_params(axis="y", labelsize=10.5)
    return sheet.drawing(_sentences(table, panels))


def _panels(table: pd.DataFrame, counts: Mapping[str, Counts]) -> list[Panel]:
    saved = [
        HIDDEN if np.isnan(amount) else f"{amount:,.0f}\n({share(part)})" if amount else "0"
        for amount, part in zip(table["saved"], table["saved_share"], strict=True)
    ]
    line, (over, over_labels) = _over(counts)
    moves, move_labels = _counted(counts, "moves_in_after")
    worse = [int(number) for number in table["worse_off"]]
    return [
        Panel("Harm-weeks saved", list(table["saved"]), saved, BLUE),
        Panel(f"Over {line} weeks at the end", over, over_labels, DARK),
        Panel("Patients who move", moves, move_labels, BLUE),
        Panel("Trusts worse off", worse, [str(number) for number in worse], ORANGE),
    ]


def _over(counts: Mapping[str, Counts]) -> tuple[int, tuple[list[float], list[str]]]:
    """Who waits over 52 weeks on each rung; over 18 where nobody waits so long on any."""
    for line in LINES[1::-1]:
        found = _counted(counts, f"over_{line}_after", f"over_{line}_before")
        if any(label != "0" for label in found[1]):
            break
    return line, found


def _counted(
    counts: Mapping[str, Counts], name: str, alone: str | None = None
) -> tuple[list[float], list[str]]:
    """A count of all trusts on each rung; nobody helping anybody is in every rung's counts."""
    values, labels = [], []
    for place, found in enumerate(counts.values()):
        marks, threshold = found.whole_marks, found.threshold
        text = cells(found.whole, marks, name, threshold)[0]
        hidden = marks[name].iloc[0] != SHOWN
        if place == 0 and alone is not None:
            # What any rung hides of it, no rung may show.
            hidden = any(c.whole_marks[alone].iloc[0] != SHOWN for c in counts.values())
            text = "*" if hidden and not text.startswith("<") else text
        values.append(np.nan if hidden else float(found.whole[name].iloc[0]))
        labels.append(text)
    return values, labels


def _bars(axes: Axes, panel: Panel, sheet: Canvas, inches: float) -> None:
    drawn = np.nan_to_num(np.asarray(panel.values, dtype=float))
    places = range(len(drawn))
    hatch = "////" if panel.ink == ORANGE else ""
    axes.barh(places, drawn, height=0.55, color=panel.ink, hatch=hatch, zorder=2)
    axes.set_xlim(*with_room([*drawn, 1.0], [*panel.labels, ""], sheet, inches))
    axes.axvline(0, color=GREY, linewidth=1.0, zorder=3)
    for place, text in zip(places, panel.labels, strict=True):
        look = {"va": "center", "size": SMALL, "linespacing": 1.15}
        note(axes, text, (drawn[place], place), (5, 0), **look)
    axes.set_title(panel.heading, weight="bold", size=SMALL + 0.5)
    axes.set_xticks([])
    axes.set_ylim(-0.6, len(drawn) - 0.4)
    axes.spines[["left", "bottom"]].set_visible(False)


def _losers(number: int) -> str:
    if number == 0:
        return "no trust's own patients are worse off"
    whose = many(number, "trust's", "trusts'")
    return f"{whose} own patients are worse off"


def _hidden(panels: Sequence[Panel]) -> list[str]:
    hidden = any(np.isnan(np.asarray(panel.values, dtype=float)).any() for panel in panels)
    return ["Without a bar: hidden, to protect small numbers."] if hidden else []


def _sentences(table: pd.DataFrame, panels: Sequence[Panel]) -> str:
    said = ["Bar charts of the ladder."]
    what = panels[1].heading[0].lower() + panels[1].heading[1:]
    for place, row in enumerate(table.to_dict("records")):
        over, moves = panels[1].labels[place], panels[2].labels[place]
        saved = f"saves {row['saved']:,.0f} harm-weeks ({share(row['saved_share'])})"
        if np.isnan(row["saved"]):
            saved = "saves some harm (how much is hidden)"
        said.append(
            f"{row['rung']} {'saves nothing' if place == 0 else saved}: {over} {what}, "
            f"{moves} patients move, {_losers(int(row['worse_off']))}."
        )
    return " ".join(said)


def draw_frontier(curve: pd.DataFrame) -> Drawing:
    """Draw total harm against the most that any one trust's own patients may lose.

    Parameters
    ----------
    curve
        See :meth:`mutualaid.studies.Ladder.frontier`.

    Examples
    --------
    >>> from mutualaid.report.figures.style import styled
    >>> curve = pd.DataFrame({"max_sacrifice": [0.0, 0.1], "objective": [900.0, 800.0],
    ...     "kink": [False, False], "saved_per_point": [10.0, float("nan")]})
    >>> with styled():
    ...     draw_frontier(curve).alt.startswith("Curve of total harm")
    True
    """
    cap, harm = curve["max_sacrifice"].to_numpy() * 100, curve["objective"].to_numpy()
    start, end = float(harm[0]), float(harm[-1])
    bends = curve["kink"].to_numpy(dtype=bool)
    fallen = start - end
    title = "Nobody need be worse off: letting trusts sacrifice saves nothing more"
    if round(fallen) > 0:
        title = f"Sparing every trust a sacrifice costs {fallen:,.0f} harm-weeks"
    notes = [
        "A bound for plans of whole patients. The vertical axis starts well above 0, to show the "
        "bend."
    ]
    if bends.any():
        notes.append("Dots: where the curve bends.")
    sheet = Canvas(
        title,
        "Least harm, with travel and moves, against the most that any one trust's own patients may "
        "lose",
        notes,
        height=4.0,
    )
    axes = sheet.panels()
    axes.plot(cap, harm, color=BLUE, linewidth=2.4, label="frontier", zorder=3)
    axes.plot(cap[bends], harm[bends], "o", color=BLUE, markersize=5, label="kinks", zorder=4)
    for place in (0, -1):
        axes.plot(cap[place], harm[place], "o", color=DARK, markersize=8, zorder=5, clip_on=False)
    _ends(axes, cap, harm)
    _first_step(axes, curve)
    number_axis(axes.xaxis, 7)
    number_axis(axes.yaxis)
    axes.grid(axis="y")
    axes.set_xlabel(
        "Most that any one trust's own patients may lose (% of the harm they bear alone)"
    )
    axes.set_ylabel("Harm-weeks")
    return sheet.drawing(_curve_in_words(curve, cap, harm))


def _ends(axes: Axes, cap: Floats, harm: Floats) -> None:
    span = max(float(harm.max() - harm.min()), 1.0)
    wide = max(float(cap[-1]), 1.0)
    axes.set_xlim(-0.02 * wide, 1.02 * wide)
    axes.set_ylim(harm.min() - 0.12 * span, harm.max() + 0.22 * span)
    nothing = f"no trust's own patients lose anything: {harm[0]:,.0f}"
    note(axes, nothing, (cap[0], harm[0]), (10, 8))
    if len(cap) > 1:
        free = f"no cap binds: {harm[-1]:,.0f}"
        note(axes, free, (cap[-1], harm[-1]), (0, 13), ha="right", color=DARK)


def _first_step(axes: Axes, curve: pd.DataFrame) -> None:
    """Say at the half of the fall how little sacrifice buys it."""
    cap, harm = curve["max_sacrifice"].to_numpy() * 100, curve["objective"].to_numpy()
    if harm[0] - harm[-1] <= 0:
        return
    half = (harm[0] + harm[-1]) / 2
    at = float(np.interp(-half, -harm, cap))
    axes.plot(at, half, "D", color=ORANGE, markeredgecolor=DARK, markersize=8, zorder=6)
    text = f"half of that is saved if no trust may lose more than {share(at / 100)}"
    note(axes, text, (at, half), (12, 6))


def _curve_in_words(curve: pd.DataFrame, cap: Floats, harm: Floats) -> str:
    said = [
        "Curve of total harm against the cap on any one trust's sacrifice.",
        f"From {harm[0]:,.0f} harm-weeks if no trust's own patients may "
        f"lose anything to {harm[-1]:,.0f} if they may lose "
        f"{share(float(cap[-1]) / 100)} of the harm that they bear alone, where the cap binds no "
        "more.",
    ]
    first = curve["saved_per_point"].iloc[0]
    if not pd.isna(first):
        said.append(f"The first percentage point saves {float(first):,.0f} harm-weeks.")
    bends = cap[curve["kink"].to_numpy(dtype=bool)]
    if len(bends):
        said.append(f"It bends at {listed([share(at / 100) for at in bends[:5]])}.")
    return " ".join(said)
