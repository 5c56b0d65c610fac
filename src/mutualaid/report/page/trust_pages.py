"""A trust's own page within the page: what it gives and gets, and what that does to its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.formats import word
from mutualaid.outcomes.sacrifice import STANDARD
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.readers.display_names import Names
from mutualaid.report.forecast_sheet import THREE
from mutualaid.report.page.forecast_part import past_charts, three_table
from mutualaid.report.page.matrices import price_rows, prices_by_service
from mutualaid.report.page.svg_charts import Chart
from mutualaid.report.page.table_cells import Column, Table, known, of_sheet, printed
from mutualaid.report.sheet import COUNT, ONE, SIGNED, TEXT, Sheet
from mutualaid.report.sheets import AIDED, FIGURES, MOVE_HEADINGS

BLOCK = len(FIGURES) + len(AIDED)
"""Rows of the sheet by trust that one trust has."""
WORSE = "worse"
DRAWN = (18,)
"""Weeks over which past forecasts of a trust are drawn."""
MOST_LANES, MOST_PRICES = 15, 10
PLAIN = {
    "list_size": "on the list at the end",
    "over_18": "over 18 weeks at the end",
    "over_52": "over 52 weeks at the end",
    "over_65": "over 65 weeks at the end",
    "share_within_18": "share within 18 weeks at the end",
    "mean_wait": "mean wait so far, in weeks",
    "harm_weeks": "harm of waiting, in harm-weeks",
}
BETTER = {**dict.fromkeys(PLAIN, -1), "share_within_18": 1}
"""Which way a figure is better; others are neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a page says of one trust."""

    anchor: str
    label: str
    short: str
    said: Sequence[str]
    sacrifices: Sequence[str]
    figures: Table
    three: Table | None
    past: Sequence[Chart]
    gives: Table | None
    gets: Table | None
    prices: Table | None


def trust_parts(
    plan: CertifiedPlan,
    counts: Counts,
    gains: pd.DataFrame,
    laid_out: Sequence[Sheet],
    labels: Names,
) -> list[Trust]:
    """Say of every trust what a plan asks of it and gives it.

    Parameters
    ----------
    plan, counts
        The plan, and its counts with small numbers hidden.
    gains
        What the plan does to each: see :func:`mutualaid.report.series.gains`.
    laid_out
        The sheets of its workbook.
    labels
        How trusts are called.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> from mutualaid.report.sheets import sheets
    >>> from mutualaid.report.series import gains
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> counts = counts_of(plan)
    >>> labels = Names(["XA1", "XB2"])
    >>> found = trust_parts(plan, counts, gains(plan, counts), sheets(plan, counts), labels)
    >>> found[0].anchor
    'trust-XA1'
    """
    pages = {sheet.name: sheet for sheet in laid_out}
    prices = prices_by_service(plan)
    result = []
    for place, code in enumerate(counts.trusts["origin"].astype(str)):
        rows = slice((place + 1) * BLOCK, (place + 2) * BLOCK)
        own = pages["By trust"].table.iloc[rows, 1:]
        kinds = list(pages["By trust"].row_kinds or [])[rows]
        given, received = own["Together"].iloc[-1], own["Together"].iloc[-2]
        key = labels.ids[code]
        moves = pages["Moves"]
        result.append(
            Trust(
                anchor=key,
                label=labels.full(code),
                short=labels.short(code),
                said=_said(given, received),
                sacrifices=_sacrifices(own, gains.iloc[place]),
                figures=_figures(own, kinds, gains.iloc[place], f"{key}-figures"),
                three=three_table(pages.get(THREE), code, f"{key}-three"),
                past=past_charts(plan.system, counts.threshold, code, f"{key}-", DRAWN),
                gives=_lanes(moves, ("provider", "origin"), code, labels, f"{key}-gives"),
                gets=_lanes(moves, ("origin", "provider"), code, labels, f"{key}-gets"),
                prices=_prices(prices[prices["provider"] == code], f"{key}-prices"),
            )
        )
    return result


def _said(given: object, received: object) -> list[str]:
    if given == 0 and received == 0:
        return ["It takes no part: it treats its own patients, and nobody else's."]
    return [
        f"It treats {_people(given)} of other trusts, and {_people(received)} of its own are "
        "treated by others."
    ]


def _people(count: object) -> str:
    if count == HIDDEN:
        return "a number of patients that is hidden (*)"
    text = printed(count)
    if text.startswith("<"):
        return f"fewer than {text[1:]} patients"
    return f"{text} {word(text, 'patient')}"


def _sacrifices(own: pd.DataFrame, gain: pd.Series) -> list[str]:
    """Every figure that gets worse, in words; what is hidden is not told."""
    found = []
    for name, row in zip(FIGURES, own.itertuples(index=False, name=None), strict=False):
        _, before, after, change = row
        if _direction(change, BETTER.get(name, 0)) != WORSE:
            continue
        kind = FIGURES[name][1]
        line = f"Own patients, {PLAIN[name]}: {printed(after, kind)}, alone {printed(before, kind)}"
        if name == "share_within_18" and before >= STANDARD > after:
            line += f"; the standard of {STANDARD:.0%} is no longer met"
        found.append(f"{line}.")
    if gain["reported_change"] > 0:
        found.append(
            f"What it reports itself over 18 weeks, in an average period: "
            f"{printed(gain['reported_after'])} patients, alone {printed(gain['reported_before'])}."
        )
    return found


def _figures(own: pd.DataFrame, kinds: Sequence[str], gain: pd.Series, key: str) -> Table:
    """The trust's figures, alone and together, with the direction in words."""
    sheet = Sheet(
        name=key,
        title="What it does to our figures: our own patients, wherever they are treated",
        notes=[],
        table=own,
        kinds=(TEXT, COUNT, COUNT, SIGNED),
        row_kinds=kinds,
    )
    table = of_sheet(sheet, key)
    rows = [
        [*row, _direction(change, BETTER.get(name, 0))]
        for name, row, change in zip([*FIGURES, *AIDED], table.rows, own["Change"], strict=True)
    ]
    changed = gain["reported_change"]
    rows.append(
        [
            "We report ourselves over 18 weeks, in an average period (patients)",
            known(gain["reported_before"]),
            known(gain["reported_after"]),
            known(changed, SIGNED),
            _direction(HIDDEN if changed != changed else changed, -1),
        ]
    )
    return replace(table, columns=[*table.columns, Column("Effect")], rows=rows)


def _direction(change: object, better: int) -> str:
    if not better:
        return ""
    if change is None or isinstance(change, str):
        return "hidden" if change == HIDDEN else ""
    # Numbers, of pandas or NumPy.
    signed = float(change) * better  # type: ignore[arg-type]
    return "better" if signed > 0 else WORSE if signed < 0 else "the same"


def _lanes(moves: Sheet, ends: tuple[str, str], code: str, labels: Names, key: str) -> Table | None:
    """The lanes that end, or start, at a trust: those with most patients, then hidden ones."""
    here, there = (MOVE_HEADINGS[end] for end in ends)
    own = moves.table[moves.table[here].astype(str) == code]
    if own.empty:
        return None
    size = pd.to_numeric(own["Patients"], errors="coerce")
    own = own.loc[size.sort_values(ascending=False, kind="stable", na_position="last").index]
    caption, who = "What we get: our own patients, treated by others", "Who treats them"
    if ends[0] == "provider":
        caption, who = "What we give: patients of others whom we treat", "Whose patients"
    notes = ["Minutes: the mean way, one way."]
    if len(own) > MOST_LANES:
        notes += [f"The largest {MOST_LANES} of {len(own)} lanes; all of them are under Moves."]
    shown = own[[there, "Service", "Patients", MOVE_HEADINGS["minutes"]]].head(MOST_LANES)
    return Table(
        key=key,
        caption=caption,
        columns=[Column(who), Column("Service"), Column("Patients", COUNT), Column("Minutes", ONE)],
        rows=[
            [labels.short(str(other)), str(service), printed(patients), printed(way, ONE)]
            for other, service, patients, way in shown.itertuples(index=False, name=None)
        ],
        notes=notes,
    )


def _prices(own: pd.DataFrame, key: str) -> Table | None:
    if own.empty:
        return None
    notes = [f"The highest {MOST_PRICES} of {len(own)}."] if len(own) > MOST_PRICES else []
    return Table(
        key=key,
        caption="Our prices: what one more slot here would save everybody (harm-weeks)",
        columns=[
            Column("Service"),
            Column("Average period", ONE),
            Column("Highest", ONE),
            Column("… in period", COUNT),
        ],
        rows=[row[1:] for row in price_rows(own.head(MOST_PRICES))],
        notes=notes,
    )
