"""Charts of a page: where each line and bar is, worked out here and drawn as inline SVG.

Each chart comes in two widths, so that its text has the same size on a phone and on a desk.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.disclosure.single_sums import SHOWN
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.report import series
from mutualaid.report.page.table_cells import Column, Table, printed
from mutualaid.report.sheet import COUNT

WIDTHS = {"wide": 760, "narrow": 340}
HEIGHT = 300
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 40, 44
FLOOR = HEIGHT - BOTTOM
_HIDDEN_POINTS = [f"{HIDDEN} stands for a number that is hidden: the line goes past it."]
Rule = tuple[str, float, float, float, float]
"""A straight line: how it looks, and where it starts and ends."""
SERIES = ("census", "alone", "together")
PAIR = SERIES[1:]
WORDS = {
    "census": "at the census",
    "alone": "at the end, each trust alone",
    "together": "at the end, together",
    series.TODAY: "at the end, as today (forecast)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of a chart: where it is, and at which end it is held."""

    x: float
    y: float
    words: str
    anchor: str = "middle"
    look: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One chart at one width: everything in units of the drawing."""

    look: str
    width: int
    height: int
    areas: Sequence[tuple[str, str]]
    rules: Sequence[Rule]
    texts: Sequence[Text]
    spots: Sequence[tuple[float, float, str]]
    """Where a pointer stops, how wide that is, and what is said there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart: what it shows in a line and in words, its drawings, and its numbers."""

    key: str
    title: str
    words: str
    legend: Sequence[tuple[str, str]]
    drawings: Sequence[Drawing]
    table: Table


def waits_chart(plan: CertifiedPlan, counts: Counts) -> Chart:
    """Who waits how long, at the census and at the end, in bins as long as a period.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> waits_chart(plan, counts_of(plan)).title
    'How long people wait'
    """
    forecast = plan.system.as_today
    table, size = series.waits(counts, forecast), plan.system.period_weeks
    names = [name for name in WORDS if name in table]
    starts, bins = table["weeks_waiting"].to_numpy(), table[names].fillna(0)
    counts_printed = table[[f"{name}_printed" for name in names]].to_numpy()
    rows = [
        [f"{start} to {start + size - 1}" if size > 1 else str(start), *map(printed, row)]
        for start, row in zip(starts, counts_printed, strict=True)
    ]
    end, scale = int(starts[-1]) + size, axis_scale(float(bins.to_numpy().max(initial=1)))
    drawings = [_waits(Frame(look, end, scale), bins, size, rows) for look in WIDTHS]
    longest = [
        f"{int(starts[used[-1]]) + size} weeks {WORDS[name]}"
        for name in SERIES
        if len(used := np.flatnonzero(bins[name]))
    ]
    words = f"Patients on the list by weeks waited, in steps of {size} weeks. " + (
        f"The longest waits shown are below {'; '.join(longest)}." if longest else "Nobody waits."
    )
    if forecast is not None:
        words += " The last step of the forecast is of all who have waited longer, too."
    hidden = (
        f"<{counts.threshold} and {HIDDEN} stand for numbers that are hidden: nothing is drawn "
        "there, and at the end they are left out."
    )
    return Chart(
        key="waits",
        title="How long people wait",
        words=words,
        legend=[(name, WORDS[name][0].upper() + WORDS[name][1:]) for name in names],
        drawings=drawings,
        table=Table(
            key="waits",
            caption="Patients on the list, by weeks waited",
            columns=[
                Column("Weeks waited"),
                Column("At the census", COUNT),
                Column("At the end, alone", COUNT),
                Column("At the end, together", COUNT),
                *([Column("At the end, as today", COUNT)] if forecast is not None else []),
            ],
            rows=rows,
            notes=[hidden] if (counts.wait_marks != SHOWN).any(axis=None) else [],
        ),
    )


def sizes_chart(plan: CertifiedPlan, counts: Counts) -> Chart:
    """How many are on the list between periods, alone and together.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> sizes_chart(plan, counts_of(plan)).table.rows[0][0]
    '0'
    """
    sizes = series.list_sizes(plan, counts)
    hidden = bool(sizes[list(PAIR)].isna().any(axis=None))
    rows = [
        [str(row.week), printed(row.alone_printed), printed(row.together_printed)]
        for row in sizes.itertuples(index=False)
    ]
    first, last = sizes.iloc[0], sizes.iloc[-1]
    weeks = max(int(last["week"]), 1)
    scale = axis_scale(float(sizes[list(PAIR)].fillna(0).to_numpy().max()))
    drawings = [_sizes(Frame(look, weeks, scale), sizes, rows) for look in WIDTHS]
    end = {name: printed(last[f"{name}_printed"]) for name in PAIR}
    ends = f"{end['together']} together and {end['alone']} alone"
    if last["together"] == last["alone"]:
        ends = f"{end['alone']}, together as alone"
    words = (
        f"The list goes from {printed(first['alone_printed'])} patients to {ends} after "
        f"{last['week']} weeks. Each point counts who waits between one period and the next."
    )
    if hidden:
        words = (
            "How many are on the list is hidden: it would tell a small number. Nothing is drawn."
        )
    return Chart(
        key="sizes",
        title="How many are on the list",
        words=words,
        legend=[("alone", "Each trust alone"), ("together", "Together")],
        drawings=drawings,
        table=Table(
            key="sizes",
            caption="Patients on the list, by weeks from the census",
            columns=[
                Column("Weeks from the census", COUNT),
                Column("Alone", COUNT),
                Column("Together", COUNT),
            ],
            rows=rows,
            notes=_HIDDEN_POINTS if hidden else [],
        ),
    )


def axis_scale(most: float) -> tuple[float, list[float]]:
    """A round top of an axis, and the marks on the way.

    Examples
    --------
    >>> axis_scale(37)
    (40.0, [0.0, 10.0, 20.0, 30.0, 40.0])
    """
    step = 10.0 ** math.floor(math.log10(max(most, 1.0)))
    for part in (0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0):
        if most <= 5 * part * step and part * step >= 1:
            step *= part
            break
    count = max(1, math.ceil(most / step))
    return count * step, [step * number for number in range(count + 1)]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where weeks and patients are in a drawing, from week 0 to the last one.

    Numbers of patients begin with ``lowest``, on which the marks of ``scale`` come.

    Examples
    --------
    >>> Frame("wide", 10, axis_scale(37)).across(0)
    62
    """

    look: str
    last: int
    scale: tuple[float, list[float]]
    lowest: float = 0.0

    @property
    def room(self) -> int:
        """How wide the drawing is between its margins."""
        return WIDTHS[self.look] - LEFT - RIGHT

    def across(self, week: float) -> float:
        """Where a week is."""
        return placed(LEFT + self.room * week / self.last)

    def up(self, patients: float) -> float:
        """Where so many patients are."""
        return placed(FLOOR - (FLOOR - TOP) * (float(patients) - self.lowest) / self.scale[0])

    def drawing(
        self,
        axis: str,
        areas: Sequence[tuple[str, str]],
        ticks: Iterable[int],
        spots: Sequence[tuple[float, float, str]],
        *,
        lines: Iterable[int] = (),
        called: Mapping[int, str] | None = None,
    ) -> Drawing:
        """Draw areas between lines across with their numbers, and weeks below with their name.

        ``called`` has what is written at a week, if other than its number.
        """
        width = WIDTHS[self.look]
        rules: list[Rule] = []
        texts = [Text(x=0, y=14, words="Patients", anchor="start", look="axis")]
        for mark in self.scale[1]:
            y = self.up(self.lowest + mark)
            rules.append(("zero" if mark == 0 else "grid", LEFT, y, width - RIGHT, y))
            words = printed(self.lowest + mark)
            texts.append(Text(x=LEFT - 8, y=y + 4, words=words, anchor="end"))
        middle = placed((LEFT + width - RIGHT) / 2)
        texts.append(Text(x=middle, y=HEIGHT - 6, words=axis, look="axis"))
        for week in ticks:
            x = self.across(week)
            rules.append(("tick", x, FLOOR, x, FLOOR + 5))
            texts.append(Text(x=x, y=FLOOR + 18, words=(called or {}).get(week, str(week))))
        for week in lines:
            x = self.across(week)
            rules.append(("line", x, TOP - 12, x, FLOOR))
            words = f"{week} weeks" if self.look == "wide" else str(week)
            texts.append(Text(x=x, y=TOP - 16, words=words, look="line"))
        return Drawing(
            look=self.look,
            width=width,
            height=HEIGHT,
            areas=areas,
            rules=rules,
            texts=texts,
            spots=spots,
        )


def _waits(frame: Frame, bins: pd.DataFrame, size: int, rows: Sequence[Sequence[str]]) -> Drawing:
    starts = bins.index.to_numpy() * size

    def steps(name: str, *, closed: bool = False) -> str:
        path = [f"M{LEFT} {FLOOR}"] if closed else []
        for start, count in zip(starts, bins[name], strict=True):
            left, right = frame.across(start), frame.across(start + size)
            path.append(f"{'L' if path else 'M'}{left} {frame.up(count)}H{right}")
        return "".join(path) + (f"V{FLOOR}Z" if closed else "")

    every = 13 if frame.last <= 120 and frame.look == "wide" else 26
    wide = placed(frame.room * size / frame.last)
    spots = [
        (
            frame.across(start),
            wide,
            f"{row[0]} weeks: {row[1]} at the census; at the end {row[2]} alone, {row[3]} together"
            + "".join(f", {today} as today" for today in row[4:]),
        )
        for start, row in zip(starts, rows, strict=True)
    ]
    area = ("together area", steps("together", closed=True))
    return frame.drawing(
        "Weeks waited",
        [area, *((name, steps(name)) for name in map(str, bins))],
        range(0, frame.last + 1, every if frame.last > every else size),
        spots,
        lines=[weeks for weeks in series.LINES if weeks < frame.last],
    )


def _sizes(frame: Frame, sizes: pd.DataFrame, rows: Sequence[Sequence[str]]) -> Drawing:
    def line(name: str) -> str:
        places = [
            f"{frame.across(week)} {frame.up(count)}"
            for week, count in zip(sizes["week"], sizes[name], strict=True)
            if count == count
        ]
        return "M" + "L".join(places) if places else ""

    skip = math.ceil(len(sizes) / (8 if frame.look == "wide" else 5))
    step = frame.room / max(len(sizes) - 1, 1)
    spots = [
        (
            placed(frame.across(week) - step / 2),
            placed(step),
            f"After {week} weeks: {row[1]} alone, {row[2]} together",
        )
        for week, row in zip(sizes["week"], rows, strict=True)
    ]
    areas = [(name, line(name)) for name in PAIR]
    return frame.drawing("Weeks from the census", areas, list(sizes["week"])[::skip], spots)


def placed(value: float) -> float:
    """A place to a tenth of a unit; whole ones without a point.

    Examples
    --------
    >>> placed(3.04), placed(3.14)
    (3, 3.1)
    """
    rounded = round(float(value), 1)
    return int(rounded) if rounded == int(rounded) else rounded
