"""What a page says, as plain texts and tables: nothing here knows how it looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.several_plans import counts_side_by_side
from mutualaid.formats import many, percent
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.policy.collaboration import Collaboration
from mutualaid.readers.display_names import Names
from mutualaid.report import rules_text, series
from mutualaid.report.forecast_sheet import EVERYBODY, THREE, told_of
from mutualaid.report.glossary import glossary
from mutualaid.report.page.alternatives import Replayed, alternatives
from mutualaid.report.page.forecast_part import as_things_are, past_charts, three_table
from mutualaid.report.page.headline import COST, Card, Summary, cards, headline, summary_of
from mutualaid.report.page.ladder_section import Ladders, ladder_part
from mutualaid.report.page.matrices import (
    Bars,
    Matrix,
    flow_matrix,
    gain_bars,
    price_matrix,
    price_table,
)
from mutualaid.report.page.svg_charts import Chart, sizes_chart, waits_chart
from mutualaid.report.page.table_cells import Column, Table, of_sheet, printed
from mutualaid.report.page.trust_pages import Trust, trust_parts
from mutualaid.report.sheet import COUNT, Sheet
from mutualaid.report.sheets import MOVE_HEADINGS, sheets
from mutualaid.solve.certificate import Certificate

MOST_MOVES, MOST_PRICES = 2_000, 600
"""Longer tables make a page slow: the largest rows are shown, and where the others are is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a page says of one plan."""

    key: str
    name: str
    meaning: str
    headline: Sequence[str]
    cards: Sequence[Card]
    three: Table | None
    summary: Table
    charts: Sequence[Chart]
    gains: Bars
    flows: Matrix | None
    trusts: Sequence[Trust]
    moves: Table
    heat: Matrix
    prices: Table
    targets: Table | None
    partners: Table | None
    rules: Table
    quality: Table | None
    proof: str
    proven: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that a page says."""

    title: str
    asked: Sequence[str]
    made_by: str
    ladder: Ladders | None
    parts: Sequence[Part]
    alternatives: Sequence[Table]
    past: Sequence[Chart] | None
    glossary: Sequence[tuple[str, str]]


def page_of(
    plans: Mapping[str, CertifiedPlan],
    *,
    suppress_below: int | None,
    title: str | None,
    labels: Names,
    quality: pd.DataFrame | None,
    census: dt.date | None,
    replay: Replayed | None = None,
) -> Page:
    """Make what a page says, of one plan or of several for the same system.

    Parameters
    ----------
    plans
        By name; the last is shown first.
    suppress_below, title, quality, census, replay
        As for :func:`mutualaid.report.page.write_page`.
    labels
        How trusts are called.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> page = page_of({"Deep": plan}, suppress_below=5, title=None,
    ...                labels=Names(["XA1", "XB2"]), quality=None, census=None)
    >>> page.title
    'Mutual aid: a plan for 2 trusts'
    """
    counts = counts_side_by_side(plans, suppress_below)
    laid_out = {
        name: sheets(plan, counts[name], quality=quality, census=census)
        for name, plan in plans.items()
    }
    summaries = {name: summary_of(found[0].table) for name, found in laid_out.items()}
    gains = {name: series.gains(plan, counts[name]) for name, plan in plans.items()}
    parts = [
        _part(name, plan, counts[name], gains[name], laid_out[name], summaries[name], labels)
        for name, plan in plans.items()
    ]
    several = len(plans) > 1
    last = list(laid_out)[-1]
    # What was asked differs by rung; what is proven has a place of its own.
    asked = [
        note
        for note in laid_out[last][0].notes
        if note != rules_text.proof(plans[last].certificate)
    ]
    shown = {name: (plan, counts[name]) for name, plan in plans.items()}
    threshold, system = counts[last].threshold, plans[last].system
    return Page(
        title=title or _title(plans),
        asked=asked[1:] if several else asked,
        made_by=f"mutualaid {version('mutualaid')}",
        ladder=ladder_part(plans, counts, gains, summaries, labels) if several else None,
        parts=parts,
        alternatives=[] if replay is None else alternatives(shown, replay),
        past=None if system.as_today is None else past_charts(system, threshold),
        glossary=[
            (str(row["Word"]), _for_a_page(str(row["Meaning"])))
            for row in glossary(threshold).to_dict("records")
        ],
    )


def _title(plans: Mapping[str, CertifiedPlan]) -> str:
    number = len(next(iter(plans.values())).system.providers)
    trusts = many(number, "trust")
    if len(plans) > 1:
        return f"Mutual aid: ways for {trusts} to work together"
    return f"Mutual aid: a plan for {trusts}"


def _part(
    name: str,
    plan: CertifiedPlan,
    counts: Counts,
    gains: pd.DataFrame,
    laid_out: Sequence[Sheet],
    summary: Summary,
    labels: Names,
) -> Part:
    pages = {sheet.name: sheet for sheet in laid_out}
    quality, targets = pages.get("Data quality"), pages.get("Targets")
    partners = pages.get("Partners")
    three, forecast = pages.get(THREE), plan.system.as_today
    today = "" if forecast is None else as_things_are(told_of(three), forecast.month)
    coarse = counts.coarse is not None
    return Part(
        key=name.lower(),
        name=name,
        meaning=_meaning(plan.collaboration),
        headline=headline(plan, gains, summary, labels, hidden=coarse, today=today),
        cards=cards(summary),
        three=three_table(three, EVERYBODY, "three"),
        summary=of_sheet(pages["Summary"], "summary", caption="All figures, alone and together"),
        charts=[waits_chart(plan, counts), sizes_chart(plan, counts)],
        gains=gain_bars(gains, series.rounding(counts), labels),
        flows=flow_matrix(counts, labels),
        trusts=trust_parts(plan, counts, gains, laid_out, labels),
        moves=_moves(pages["Moves"], labels),
        heat=price_matrix(plan, labels),
        prices=price_table(plan, labels, MOST_PRICES),
        partners=None if partners is None else of_sheet(partners, "partners"),
        targets=None if targets is None else of_sheet(targets, "targets", tools=True),
        rules=of_sheet(pages["Rules in force"], "rules", tools=True),
        quality=None if quality is None else of_sheet(quality, "quality"),
        proof=rules_text.proof(plan.certificate),
        proven=_proven(plan.certificate, summary[COST]),
    )


def _meaning(mode: Collaboration) -> str:
    """What a way to work together is, without the last full stop."""
    said = [rules_text.MODES.get(mode.name, ""), *rules_text.promised(mode)]
    return ". ".join(line.removesuffix(".") for line in said)


def _moves(sheet: Sheet, labels: Names) -> Table:
    """The lanes, the largest first; hidden ones last, where their order tells nothing."""
    size = pd.to_numeric(sheet.table["Patients"], errors="coerce")
    order = size.sort_values(ascending=False, kind="stable", na_position="last").index
    table = of_sheet(
        replace(sheet, table=sheet.table.loc[order[:MOST_MOVES]]),
        "moves",
        label=labels.short,
        labelled=(MOVE_HEADINGS["origin"], MOVE_HEADINGS["provider"]),
        tools=True,
    )
    notes = list(sheet.notes)
    if len(order) > MOST_MOVES:
        notes.append(
            f"The largest {MOST_MOVES:,} of {len(order):,}; all of them are in the workbook "
            "(plan.to_excel) and in the CSV file (plan.to_csv)."
        )
    return replace(table, notes=notes)


def _proven(certificate: Certificate, cost: tuple[object, object, object]) -> Table:
    """What was recomputed, so roughly where exact numbers would tell a hidden one."""
    rows = [
        ["Harm with travel and moves, alone (harm-weeks)", printed(cost[0])],
        ["Harm with travel and moves, together (harm-weeks)", printed(cost[1])],
        ["… at most so much above the best there can be", percent(certificate.gap, 4)],
        ["The largest amount by which a limit is broken", f"{certificate.primal_infeasibility:g}"],
        ["The largest price with the wrong sign", f"{certificate.dual_infeasibility:g}"],
        ["Worked out in", "whole numbers" if certificate.exact else "floating point"],
        ["Holds", "yes" if certificate.valid else "no"],
    ]
    return Table(
        key="proven",
        caption="What the certificate recomputed",
        columns=[Column("What"), Column("Found", COUNT)],
        rows=rows,
    )


def _for_a_page(text: str) -> str:
    """The glossary is written for a workbook of several sheets."""
    text = text.replace("see the horizon on the first sheet", "see the horizon at the top")
    return text.replace("whole workbook", "whole page").replace("another workbook", "another page")
