"""A plan in a few sentences and figures, with its other side: who gives, and who fares worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.formats import listed, many, percent
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.readers.display_names import Names
from mutualaid.report import series
from mutualaid.report.page.table_cells import printed
from mutualaid.report.sheets import FIGURES
from mutualaid.risk.phrases import records

Summary = Mapping[str, tuple[object, object, object]]
"""Figures by what they are: alone, together, and their change."""

COST = "Harm with travel and moves (harm-weeks)"
MOVED = "Patients treated away from home"
WAY = "Their mean extra way (minutes, one way)"
FEWEST = 100
"""Of fewer acceptances even the tens might tell a hidden lane."""
LOSERS = 3
"""So many trusts that fare worse are named in the headline; all are in the charts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One key figure: alone and together, and what has changed in words."""

    label: str
    before: str
    after: str
    said: str
    look: str


def summary_of(sheet: pd.DataFrame) -> Summary:
    """The summary's rows by what they are: alone, together, change.

    Examples
    --------
    >>> table = pd.DataFrame([["Treated", 1, 2, 1]],
    ...                      columns=["Figure", "Alone", "Together", "Change"], dtype=object)
    >>> summary_of(table)["Treated"]
    (1, 2, 1)
    """
    rows = sheet.itertuples(index=False, name=None)
    return {str(row[0]): (row[1], row[2], row[3]) for row in rows}


def headline(
    plan: CertifiedPlan,
    gains: pd.DataFrame,
    summary: Summary,
    labels: Names,
    *,
    hidden: bool = False,
    today: str = "",
) -> list[str]:
    """Say what a plan brings and what it asks, in three to five sentences.

    ``hidden`` says whether any number is; ``today`` what would be as today, where it is forecast.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> from mutualaid.report.sheets import sheets
    >>> from mutualaid.report.series import gains
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2), None, ma.Independent())
    >>> found = counts_of(plan)
    >>> table = summary_of(sheets(plan, found)[0].table)
    >>> headline(plan, gains(plan, found), table, Names(["XA1", "XB2"]))[0]
    'Nobody moves: every patient is treated at home or waits.'
    """
    moved = summary[MOVED][1]
    if moved == 0:
        return [
            "Nobody moves: every patient is treated at home or waits.",
            f"At the end {printed(_row(summary, 'over_18')[1])} patients have waited over 18 "
            f"weeks, {printed(_row(summary, 'over_52')[1])} of them over 52 weeks.",
            *([today] if today else []),
        ]
    return [
        _saved(plan, summary),
        *([today] if today else []),
        _waits(summary, " alone in order" if today else ""),
        _moved(plan, summary, moved, hidden=hidden),
        _worse(plan, gains, labels),
    ]


def cards(summary: Summary) -> list[Card]:
    """The key figures, alone and together.

    Examples
    --------
    >>> rows = {label: (9, 4, -5) for label, _ in FIGURES.values()}
    >>> cards({**rows, MOVED: (0, 7, 7)})[0].said
    '5 fewer'
    """
    found = [
        _card(label, _row(summary, name))
        for name, label in (
            ("over_18", "Over 18 weeks at the end"),
            ("over_52", "Over 52 weeks at the end"),
            ("over_65", "Over 65 weeks at the end"),
            ("harm_weeks", "Harm of waiting (harm-weeks)"),
        )
    ]
    before, after, _ = summary[MOVED]
    moved = Card(
        label="Treated away from home",
        before=printed(before),
        after=printed(after),
        said="nobody moves" if after == 0 else "patients who move",
        look="plain",
    )
    return [*found, moved]


def _row(summary: Summary, name: str) -> tuple[object, object, object]:
    return summary[FIGURES[name][0]]


def _card(label: str, row: Sequence[object]) -> Card:
    before, after, change = row
    look, said = "plain", "hidden"
    if isinstance(change, int | float) or hasattr(change, "dtype"):
        amount = float(str(change))
        look = "better" if amount < 0 else "worse" if amount > 0 else "plain"
        said = f"{printed(abs(amount))} {'fewer' if amount < 0 else 'more'}"
        said = said if amount else "no change"
    return Card(label=label, before=printed(before), after=printed(after), said=said, look=look)


def _saved(plan: CertifiedPlan, summary: Summary) -> str:
    weeks = plan.system.periods * plan.system.period_weeks
    before, _, change = summary[COST]
    some = plan.policy.some_decline
    who = "as many accept as are expected to" if some else "everybody accepts"
    condition = f"If {who}, w"
    if isinstance(change, str) or not isinstance(before, int | float):
        return f"{condition}orking together lowers the harm of waiting over {weeks} weeks."
    saved = -float(str(change))
    if saved <= 0:
        return (
            f"{condition}orking together saves nothing that can be shown over {weeks} weeks, "
            "travel and moves counted."
        )
    share = saved / before if before else 0.0
    # What is saved is never held against what would be as today: that is order at home.
    against = ", against each trust alone in order" if plan.system.as_today is not None else ""
    all_ = ""
    if some:
        every = plan.if_everybody_accepts
        part = (every.baseline_objective - every.objective) / max(every.baseline_objective, 1e-9)
        all_ = f" If everybody accepted it would be {percent(part)}."
    return (
        f"{condition}orking together saves {printed(saved)} of {printed(before)} harm-weeks over "
        f"{weeks} weeks ({percent(share)}){against}, travel and moves counted.{all_}"
    )


def _waits(summary: Summary, against: str) -> str:
    parts: list[str] = []
    for weeks in series.LINES:
        before, after, _ = _row(summary, f"over_{weeks}")
        if before == 0 and after == 0:
            continue
        patients = "" if parts else " patients"
        many = "nobody has" if after == 0 else f"{printed(after)}{patients} have"
        parts.append(f"{many} waited over {weeks} weeks instead of {printed(before)}")
    if not parts:
        return "At the end nobody has waited over 18 weeks, either way."
    return f"At the end {listed(parts)}{against}."


def _moved(
    plan: CertifiedPlan,
    summary: Summary,
    moved: object,
    *,
    hidden: bool,
) -> str:
    way = summary[WAY][1]
    far = ""
    if way is not None and way != HIDDEN:
        far = f", {printed(way)} minutes further each way on average"
    if isinstance(moved, str):
        return "Some patients are treated away from home; how many is hidden, as they are few."
    likely = ""
    if plan.policy.some_decline:
        likely = _asked(float(plan.asks["asked"].sum()), FEWEST * hidden)
    return f"For that {printed(moved)} patients are treated away from home{far}{likely}."


def _asked(asked: float, fewest: float) -> str:
    """How many are asked, so roughly that it tells nothing of hidden lanes."""
    tens = round(asked / 10) * 10
    if tens <= 0 or tens < fewest:
        return "; more are asked, as some decline"
    return f"; some {printed(tens)} times somebody is asked, as some decline"


def _worse(plan: CertifiedPlan, gains: pd.DataFrame, labels: Names) -> str:
    """Who pays: the trusts whose own patients bear more harm than alone."""
    hidden = series.untold(plan, gains)
    but = f" (figures of {many(hidden, 'trust')} are hidden, and may be worse)" if hidden else ""
    least = "at least " if hidden else ""
    losing = gains[gains["saved"] < 0].sort_values("saved", kind="stable")
    if losing.empty:
        seen = "are seen to bear" if hidden else "bear"
        return f"No trust's own patients {seen} more harm than alone{but}."
    named = [
        f"{labels.short(row['trust'])} ({printed(-row['saved'])} harm-weeks more"
        + (f", {percent(-row['saved_share'], 0)})" if row["saved_share"] else ")")
        for row in records(losing.head(LOSERS))
    ]
    more = len(losing) - len(named)
    others = [many(more, "more trust")] if more else []
    return (
        f"The other side: in {least}{len(losing)} of {len(gains)} trusts the trust's own patients "
        f"bear more harm than alone{but}: {listed([*named, *others])}."
    )
