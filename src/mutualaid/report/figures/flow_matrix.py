"""Who goes where, as a matrix: from each trust whose patients move to each that treats them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.disclosure.single_sums import SHOWN
from mutualaid.errors import InputError
from mutualaid.formats import listed, many
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.readers.display_names import Names
from mutualaid.report.figures.canvas import Canvas, fill, message, name_columns
from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.labels import cells
from mutualaid.report.figures.style import GREY, SMALL, drawable
from mutualaid.report.series import flows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 16
"""Trusts that a matrix has room for, on either side, if its numbers are to be read."""

FEW, TINY = 10, 7.0
"""With more columns than these, numbers are of this size."""

NAMED_FLOWS = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Moved:
    """The flows of a plan, and what is said of all of them.

    Attributes
    ----------
    pairs : pandas.DataFrame
        See :func:`mutualaid.report.series.flows`.
    counts : Counts
        The counts that they come from.
    whole : bool
        Whether all services are in them, so that the trusts' totals are their totals.
    title, when : str
        How many move, and over what time.
    """

    pairs: pd.DataFrame
    counts: Counts
    whole: bool
    title: str
    when: str

    @property
    def shown(self) -> int:
        """Patients in flows that are shown."""
        return int(self.pairs["patients"].sum())

    def total(self, trust: str, side: str) -> str:
        """How many a trust sends (``out``) or takes (``in``), as it may be printed."""
        if not self.whole:
            end = {"out": "origin", "in": "provider"}[side]
            own = self.pairs[self.pairs[end] == trust]
            return amount(int(own["patients"].sum()), bool(own["more"].any()))
        at = self.counts.trusts["origin"].astype(str) == trust
        if not at.any():
            return "0"
        counts = self.counts
        name = f"moves_{side}_after"
        return cells(counts.trusts[at], counts.trust_marks[at], name, counts.threshold)[0]

    def sentence(self, names: Names) -> str:
        """The largest flows in words."""
        largest = self.pairs[self.pairs["patients"] > 0].head(NAMED_FLOWS)
        if largest.empty:
            return "All flows are too small to be shown."
        texts = [
            f"{names(row['origin'])} to {names(row['provider'])} "
            f"{amount(int(row['patients']), bool(row['more']))}"
            for row in largest.to_dict("records")
        ]
        return f"The largest flows: {listed(texts)}."


def moved(plan: CertifiedPlan, counts: Counts, services: Collection[str] | None = None) -> Moved:
    """Gather the flows of a plan, of all services or of some.

    Raises
    ------
    InputError
        If a service is none of the plan's.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> found = moved(plan, counts_of(plan))
    >>> found.shown == int(found.pairs["patients"].sum())
    True
    """
    title = "Patients treated away from home"
    if services is None and counts.whole_marks["moves_out_after"].iloc[0] == SHOWN:
        number = int(counts.whole["moves_out_after"].iloc[0])
        title = f"{many(number, 'patient is', 'patients are')} treated away from home"
    if services is not None:
        own = counts.moves["service"].astype(str).isin(_services(plan, services))
        counts = replace(counts, moves=counts.moves[own])
    system = plan.system
    when = f"in {many(system.periods, 'period')} of {many(system.period_weeks, 'week')}"
    if plan.policy.acceptance is None:
        when += ", if everybody accepts"
    return Moved(pairs=flows(counts), counts=counts, whole=services is None, title=title, when=when)


def _services(plan: CertifiedPlan, services: Collection[str]) -> set[str]:
    there = set(plan.slots["service"].astype(str)) | set(
        plan.system.waiting_list["service"].astype(str)
    )
    wanted = {services} if isinstance(services, str) else {str(code) for code in services}
    if unknown := sorted(wanted - there):
        raise InputError(f"services {', '.join(unknown)} are not in the plan")
    return wanted


def amount(patients: int, more: bool) -> str:
    """Patients of a flow as they are printed: with a + if hidden lanes come on top.

    Examples
    --------
    >>> amount(1200, False), amount(1200, True), amount(0, True)
    ('1,200', '1,200+', '*')
    """
    if patients == 0 and more:
        return HIDDEN
    return f"{patients:,}{'+' if more else ''}"


def notes(found: Moved) -> list[str]:
    """What the signs in the figure mean, if any is used.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> notes(moved(plan, counts_of(plan, 0)))
    []
    """
    said = []
    if bool((found.pairs["more"] & (found.pairs["patients"] == 0)).any()):
        said.append(f"{HIDDEN} some patients; how many is hidden, to protect small numbers.")
    if bool((found.pairs["more"] & (found.pairs["patients"] > 0)).any()):
        said.append("+ and some more, hidden to protect small numbers.")
    return said


def draw_matrix(found: Moved, names: Names) -> Drawing:
    """Draw flows as a matrix, the trusts that move the most patients first.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> from mutualaid.report.figures.style import styled
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> with styled():
    ...     drawing = draw_matrix(moved(plan, counts_of(plan)), Names(["XA1", "XB2", "XC3"]))
    >>> drawing.alt.startswith("Matrix of flows")
    True
    """
    if found.pairs.empty:
        return message("Nobody is treated away from home", found.when, "No flow to draw.")
    rows, columns = (largest(found.pairs, end) for end in ("origin", "provider"))
    drawn = found.pairs[found.pairs["origin"].isin(rows) & found.pairs["provider"].isin(columns)]
    said = notes(found) + _left_out(found.pairs, drawn)
    sheet = Canvas(
        found.title,
        "Patients from each trust (rows) who are treated at another (columns) " + found.when,
        said,
        height=1.5 + 0.34 * (len(rows) + 1),
    )
    axes = sheet.panels()
    size = SMALL if len(columns) <= FEW else TINY
    _fill(axes, drawn, rows, columns, size)
    totals = [(len(columns), place, found.total(code, "out")) for place, code in enumerate(rows)]
    totals += [(place, len(rows), found.total(code, "in")) for place, code in enumerate(columns)]
    for total in totals:
        axes.text(*total, ha="center", va="center", size=size, color=GREY, weight="bold")
    labels = [*(names(code) for code in columns), "All sent"]
    turned = max(sheet.wide(label, SMALL) for label in labels) > 6.0 / len(labels)
    name_columns(axes, labels, turned=turned)
    axes.set_yticks(range(len(rows) + 1), [*(drawable(names(c)) for c in rows), "All taken"])
    axes.set_xlim(-0.5, len(columns) + 0.5)
    axes.set_ylim(len(rows) + 0.5, -0.5)
    return sheet.drawing(
        f"Matrix of flows between trusts. {found.title} {found.when}. "
        f"{many(len(rows), 'trust')} send and {many(len(columns), 'trust')} take. "
        + " ".join([found.sentence(names), *_left_out(found.pairs, drawn)])
    )


def largest(pairs: pd.DataFrame, end: str, most: int = MOST) -> list[str]:
    """The trusts at one end of flows, those that move the most patients first.

    Examples
    --------
    >>> pairs = pd.DataFrame({"origin": ["A", "B", "B"], "patients": [9, 5, 7]})
    >>> largest(pairs, "origin"), largest(pairs, "origin", 1)
    (['B', 'A'], ['B'])
    """
    total = pairs.groupby(end)["patients"].sum().sort_values(ascending=False, kind="stable")
    return [str(code) for code in total.index[:most]]


def _fill(
    axes: Axes, drawn: pd.DataFrame, rows: list[str], columns: list[str], size: float
) -> None:
    values = np.full((len(rows), len(columns)), np.nan)
    texts = {}
    for row in drawn.to_dict("records"):
        place = rows.index(row["origin"]), columns.index(row["provider"])
        values[place] = row["patients"] or np.nan
        texts[place] = amount(int(row["patients"]), bool(row["more"]))
    fill(axes, values, (0.0, max(float(drawn["patients"].max()), 1.0)), texts, size)


def _left_out(pairs: pd.DataFrame, drawn: pd.DataFrame) -> list[str]:
    left = pairs.drop(index=drawn.index)
    if left.empty:
        return []
    number = int(left["patients"].sum())
    return [
        f"Not drawn: {many(len(left), 'flow')} of trusts that move fewer, "
        f"{amount(number, bool(left['more'].any()))} patients in all."
    ]
