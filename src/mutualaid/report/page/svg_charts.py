"""Charts of a page: where each line and bar is, worked out here and drawn as inline SVG.

Each chart comes in two widths, so that its text has the same size on a phone and on a desk.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
_HIDDEN_POINTS = [f"{HIDDEN} stands for a number that is hidden: the line goes past it."]
Rule = tuple[str, float, float, float, float]
"""A straight line: how it looks, and where it starts and ends."""
SERIES = ("census", "alone", "together")
WORDS = {
    "census": "at the census",
    "alone": "at the end, each trust alone",
    "together": "at the end, together",
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
    table, size = series.waits(counts), plan.system.period_weeks
    starts, bins = table["weeks_waiting"].to_numpy(), table[list(SERIES)].fillna(0)
    rows = [
        [f"{start} to {start + size - 1}" if size > 1 else str(start), *map(printed, row)]
        for start, row in zip(
            starts,
            table[[f"{name}_printed" for name in SERIES]].itertuples(index=False, name=None),
            strict=True,
        )
    ]
    end = int(starts[-1]) + size
    top, marks = _scale(float(bins.to_numpy().max(initial=1)))
    drawings = [
        _waits(look, width, bins, size, end, (top, marks), rows) for look, width in WIDTHS.items()
    ]
    longest = [
        f"{int(starts[used[-1]]) + size} weeks {WORDS[name]}"
        for name in SERIES
        if len(used := np.flatnonzero(bins[name]))
    ]
    words = f"Patients on the list by weeks waited, in steps of {size} weeks. " + (
        f"The longest waits shown are below {'; '.join(longest)}." if longest else "Nobody waits."
    )
    return Chart(
        key="waits",
        title="How long people wait",
        words=words,
        legend=[(name, WORDS[name][0].upper() + WORDS[name][1:]) for name in SERIES],
        drawings=drawings,
        table=Table(
            key="waits",
            caption="Patients on the list, by weeks waited",
            columns=[
                Column(heading="Weeks waited"),
                Column(heading="At the census", kind=COUNT),
                Column(heading="At the end, alone", kind=COUNT),
                Column(heading="At the end, together", kind=COUNT),
            ],
            rows=rows,
            notes=_hidden_bins(counts),
        ),
    )


def _hidden_bins(counts: Counts) -> list[str]:
    if not (counts.wait_marks != SHOWN).any(axis=None):
        return []
    return [
        f"<{counts.threshold} and {HIDDEN} stand for numbers that are hidden: nothing is drawn "
        "there, and at the end they are left out."
    ]


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
    hidden = bool(sizes[["alone", "together"]].isna().any(axis=None))
    pair = ("alone", "together")
    rows = [
        [str(row.week), printed(row.alone_printed), printed(row.together_printed)]
        for row in sizes.itertuples(index=False)
    ]
    top, marks = _scale(max(float(sizes[list(pair)].fillna(0).to_numpy().max()), 1.0))
    drawings = [_sizes(look, width, sizes, (top, marks), rows) for look, width in WIDTHS.items()]
    first, last = sizes.iloc[0], sizes.iloc[-1]
    end = {name: printed(last[f"{name}_printed"]) for name in pair}
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
                Column(heading="Weeks from the census", kind=COUNT),
                Column(heading="Alone", kind=COUNT),
                Column(heading="Together", kind=COUNT),
            ],
            rows=rows,
            notes=_HIDDEN_POINTS if hidden else [],
        ),
    )


def _scale(most: float) -> tuple[float, list[float]]:
    """A round top of an axis, and the marks on the way."""
    step = 10.0 ** math.floor(math.log10(max(most, 1.0)))
    for part in (0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0):
        if most <= 5 * part * step and part * step >= 1:
            step *= part
            break
    count = max(1, math.ceil(most / step))
    return count * step, [step * number for number in range(count + 1)]


def _frame(
    width: int, scale: tuple[float, list[float]], axis: str
) -> tuple[list[Rule], list[Text]]:
    """Lines across with their numbers, and what the axis below counts."""
    top, marks = scale
    floor = HEIGHT - BOTTOM
    rules: list[Rule] = []
    texts = [Text(x=0, y=14, words="Patients", anchor="start", look="axis")]
    for mark in marks:
        y = _at(floor - (floor - TOP) * mark / top)
        rules.append(("zero" if mark == 0 else "grid", LEFT, y, width - RIGHT, y))
        texts.append(Text(x=LEFT - 8, y=y + 4, words=printed(mark), anchor="end"))
    middle = _at((LEFT + width - RIGHT) / 2)
    texts.append(Text(x=middle, y=HEIGHT - 6, words=axis, look="axis"))
    return rules, texts


def _waits(
    look: str,
    width: int,
    bins: pd.DataFrame,
    size: int,
    end: int,
    scale: tuple[float, list[float]],
    rows: Sequence[Sequence[str]],
) -> Drawing:
    floor, across = HEIGHT - BOTTOM, width - LEFT - RIGHT
    rules, texts = _frame(width, scale, "Weeks waited")

    def steps(name: str, *, closed: bool) -> str:
        path = [f"M{LEFT} {floor}"] if closed else []
        for place, count in zip(bins.index.to_numpy() * size, bins[name], strict=True):
            y = _at(floor - (floor - TOP) * float(count) / scale[0])
            left, right = (_at(LEFT + across * week / end) for week in (place, place + size))
            path.append(f"{'L' if path else 'M'}{left} {y}H{right}")
        return "".join(path) + (f"V{floor}Z" if closed else "")

    every = 13 if end <= 120 and look == "wide" else 26
    for week in range(0, end + 1, every if end > every else size):
        x = _at(LEFT + across * week / end)
        rules.append(("tick", x, floor, x, floor + 5))
        texts.append(Text(x=x, y=floor + 18, words=str(week)))
    for weeks in series.LINES:
        if weeks < end:
            x = _at(LEFT + across * weeks / end)
            rules.append(("line", x, TOP - 12, x, floor))
            words = f"{weeks} weeks" if look == "wide" else str(weeks)
            texts.append(Text(x=x, y=TOP - 16, words=words, look="line"))
    return Drawing(
        look=look,
        width=width,
        height=HEIGHT,
        areas=[
            ("together area", steps("together", closed=True)),
            ("census", steps("census", closed=False)),
            ("alone", steps("alone", closed=False)),
            ("together", steps("together", closed=False)),
        ],
        rules=rules,
        texts=texts,
        spots=[
            (
                _at(LEFT + across * place * size / end),
                _at(across * size / end),
                f"{row[0]} weeks: {row[1]} at the census; at the end {row[2]} alone, "
                f"{row[3]} together",
            )
            for place, row in zip(bins.index, rows, strict=True)
        ],
    )


def _sizes(
    look: str,
    width: int,
    sizes: pd.DataFrame,
    scale: tuple[float, list[float]],
    rows: Sequence[Sequence[str]],
) -> Drawing:
    floor, across = HEIGHT - BOTTOM, width - LEFT - RIGHT
    rules, texts = _frame(width, scale, "Weeks from the census")
    last = max(int(sizes["week"].iloc[-1]), 1)
    at = {week: _at(LEFT + across * week / last) for week in sizes["week"]}

    def line(name: str) -> str:
        places = [
            f"{at[week]} {_at(floor - (floor - TOP) * float(count) / scale[0])}"
            for week, count in zip(sizes["week"], sizes[name], strict=True)
            if count == count
        ]
        return "M" + "L".join(places) if places else ""

    skip = math.ceil(len(sizes) / (8 if look == "wide" else 5))
    for week in list(at)[::skip]:
        rules.append(("tick", at[week], floor, at[week], floor + 5))
        texts.append(Text(x=at[week], y=floor + 18, words=str(week)))
    step = across / max(len(sizes) - 1, 1)
    return Drawing(
        look=look,
        width=width,
        height=HEIGHT,
        areas=[("alone", line("alone")), ("together", line("together"))],
        rules=rules,
        texts=texts,
        spots=[
            (
                _at(at[week] - step / 2),
                _at(step),
                f"After {week} weeks: {row[1]} alone, {row[2]} together",
            )
            for week, row in zip(sizes["week"], rows, strict=True)
        ],
    )


def _at(value: float) -> float:
    """A place to a tenth of a unit; whole ones without a point."""
    rounded = round(float(value), 1)
    return int(rounded) if rounded == int(rounded) else rounded
