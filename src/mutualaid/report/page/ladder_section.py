"""The ladder on a page: four ways to work together side by side, and who pays for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import printed as counted
from mutualaid.formats import many, percent
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.readers.display_names import Names
from mutualaid.report import series
from mutualaid.report.forecast_sheet import Told, three_sheet, told_of
from mutualaid.report.page.headline import COST, MOVED, Summary
from mutualaid.report.page.table_cells import NOTHING, Column, Table, known, printed
from mutualaid.report.rules_text import MODES, promised_by_each
from mutualaid.report.sheet import COUNT, POINTS, SHARE, SIGNED, change
from mutualaid.report.sheets import FIGURES
from mutualaid.risk.phrases import Row, records


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders:
    """The ladder: in words, as a table, and what each rung does to each trust."""

    said: Sequence[str]
    steps: Table
    trusts: Table


def ladder_part(
    plans: Mapping[str, CertifiedPlan],
    counts: Mapping[str, Counts],
    gains: Mapping[str, pd.DataFrame],
    summaries: Mapping[str, Summary],
    labels: Names,
) -> Ladders:
    """Lay the rungs side by side, from what may be shown of each.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.report.page.headline import summary_of
    >>> from mutualaid.disclosure.several_plans import counts_side_by_side
    >>> from mutualaid.report.sheets import sheets
    >>> plans = ma.ladder(ma.datasets.collaborative(trusts=2, periods=2)).plans
    >>> counts = counts_side_by_side(plans, 5)
    >>> tables = {name: summary_of(sheets(plans[name], counts[name])[0].table) for name in plans}
    >>> gains = {name: series.gains(plans[name], counts[name]) for name in plans}
    >>> found = ladder_part(plans, counts, gains, tables, Names(["XA1", "XB2"]))
    >>> [row[0] for row in found.steps.rows]
    ['Independent', 'Transactional', 'Resource', 'Deep']
    """
    first = next(iter(plans))
    today = told_of(three_sheet(plans[first], counts[first]))
    forecast = plans[first].system.as_today
    steps = _steps(summaries, {row["rung"]: row for row in records(series.steps(plans, counts))})
    told = promised_by_each(plan.collaboration for plan in plans.values())
    steps = replace(steps, notes=[*steps.notes, *told])
    said = _said(plans, summaries, gains, labels)
    if forecast is not None:
        steps = _under_today(steps, today)
        said.insert(
            1,
            f"As things are, {printed(today['over_18']['as_today'])} patients would have waited "
            f"over 18 weeks at the end, by the forecast from {forecast.month}. From there to "
            "Independent is order at home, which takes nobody's help and is no part of what is "
            "saved.",
        )
    return Ladders(said=said, steps=steps, trusts=_trusts(counts, gains, labels))


def _under_today(steps: Table, today: Mapping[str, Told]) -> Table:
    """The table of the rungs, beneath what is forecast as today; nothing of it is saved."""
    names = ["harm_weeks", *(f"over_{w}" for w in series.LINES)]
    harm, *over = (printed(today[name]["as_today"]) for name in names)
    row = ["As today", harm, NOTHING, NOTHING, NOTHING, *over, NOTHING, NOTHING]
    note = "As today: forecast, if everybody goes on as now; saved: against Independent."
    return replace(steps, rows=[row, *steps.rows], notes=[note, *steps.notes])


def _steps(summaries: Mapping[str, Summary], steps: Mapping[str, Row]) -> Table:
    rows = []
    below: object = None
    for name, summary in summaries.items():
        alone, cost, _ = summary[COST]
        saved = change(cost, alone)
        known = not isinstance(saved, str) and bool(alone)
        # Numbers, as they are not hidden.
        share = saved / alone if known else saved  # type: ignore[operator]
        # Alone may be rounded as the plan beside it is, and is the same number all the same.
        step = None if below is None else change(cost, alone if below == "alone" else below)
        more = " +" if steps[name]["unknown"] else ""
        rows.append(
            [
                name,
                printed(cost),
                printed(share, SHARE),
                printed(step),
                printed(summary[MOVED][1]),
                *(printed(summary[FIGURES[f"over_{w}"][0]][1]) for w in series.LINES),
                f"{steps[name]['worse_off']}{more}",
                printed(steps[name]["worst_loss"], SHARE) + more,
            ]
        )
        below = cost if summary[MOVED][1] != 0 else "alone"
    notes = [
        "Harm with travel and moves, over the horizon and its tail; waits are those at the end. "
        "Worse off: a trust's own patients bear more harm than alone, wherever they are treated.",
        *(f"{name}: {words}." for name, words in MODES.items() if name in summaries),
    ]
    if any(row["unknown"] for row in steps.values()):
        notes.append("A + stands for trusts whose harm is hidden and may come on top.")
    return Table(
        key="steps",
        caption="Ways to work together, side by side",
        columns=[
            Column("Way"),
            Column("Harm (harm-weeks)", COUNT),
            Column("Saved", SHARE),
            Column("By this step", COUNT),
            Column("Moves", COUNT),
            *(Column(f"Over {w} weeks", COUNT) for w in series.LINES),
            Column("Trusts worse off", COUNT),
            Column("Worst loss", SHARE),
        ],
        rows=rows,
        notes=notes,
    )


def _trusts(
    counts: Mapping[str, Counts], gains: Mapping[str, pd.DataFrame], labels: Names
) -> Table:
    """What each rung saves each trust's own patients, and what it gives and gets."""
    moving = [name for name, found in counts.items() if len(found.moves)]
    aid = {name: _aid(counts[name]) for name in moving}
    by_trust = {name: gains[name].set_index("trust") for name in moving}
    codes = next(iter(counts.values())).trusts["origin"].astype(str)
    rows = []
    for place, code in enumerate(codes):
        row = [labels.short(code)]
        for name in moving:
            saved, share = by_trust[name].loc[code, ["saved", "saved_share"]]
            row += [known(saved, SIGNED), known(share, POINTS), *aid[name][place]]
        rows.append(row)
    kinds = {
        "saved (harm-weeks)": SIGNED,
        "share": POINTS,
        "treats of others": COUNT,
        "treated by others": COUNT,
    }
    of_rungs = [Column(f"{name}: {what}", kind) for name in moving for what, kind in kinds.items()]
    return Table(
        key="who-pays",
        caption="Who gains and who pays, on each step of the ladder",
        columns=[Column("Trust"), *of_rungs],
        rows=rows,
        notes=[
            "Saved: harm-weeks that a trust's own patients are spared, wherever they are treated; "
            "with a minus, what they bear more."
        ],
    )


def _aid(counts: Counts) -> list[list[str]]:
    shown = []
    for name in ("moves_in_after", "moves_out_after"):
        marks = counts.trust_marks[name].to_numpy()
        shown.append(list(map(printed, counted(counts.trusts[name], marks, counts.threshold))))
    return [list(pair) for pair in zip(*shown, strict=True)]


def _said(
    plans: Mapping[str, CertifiedPlan],
    summaries: Mapping[str, Summary],
    gains: Mapping[str, pd.DataFrame],
    labels: Names,
) -> list[str]:
    """The ladder in words: what each step brings, and who pays for the last one."""
    first = next(iter(plans.values()))
    weeks = first.system.periods * first.system.period_weeks
    number = len(first.system.providers)
    # What lies between today and Independent is order at home, and saved by no way.
    of_whom = " of Independent" if first.system.as_today is not None else ""
    some = first.policy.some_decline
    condition = ", if as many accept as are expected to" if some else ", if everybody accepts"
    ways = {2: "Two", 3: "Three", 4: "Four"}.get(len(plans), str(len(plans)))
    said = [
        f"{ways} ways to work together, for {many(number, 'trust')} "
        f"over {weeks} weeks{condition}. Each allows all that the one before allows."
    ]
    for name, summary in summaries.items():
        alone, cost, _ = summary[COST]
        if not plans[name].collaboration.moves:
            said.append(f"{name}: {MODES[name][0].lower()}{MODES[name][1:]}.")
            continue
        saved = change(cost, alone)
        moved = summary[MOVED][1]
        share = "some harm (how much is hidden)"
        if not isinstance(saved, str):
            part = float(str(saved)) / float(str(alone)) if alone else 0.0
            share = f"{percent(part)} of the harm{of_whom}"
        # By share, as the table of the ladder has the worst loss.
        order = ["saved_share", "saved"]
        losing = gains[name][gains[name]["saved"] < 0].sort_values(order, kind="stable")
        hidden = series.untold(plans[name], gains[name])
        least, most = ("at least ", "of those shown most of all") if hidden else ("", "most of all")
        who = f"no trust's own patients {'are seen to fare' if hidden else 'fare'} worse"
        if len(losing):
            worst = losing.iloc[0]
            who = (
                f"the own patients of {least}{len(losing)} of {number} trusts fare worse, {most} "
                f"those of {labels.short(worst['trust'])}"
            )
            if worst["saved_share"]:
                who += f" ({percent(-worst['saved_share'], 0)} more harm than alone)"
        but = f"; figures of {many(hidden, 'trust')} are hidden, and may be worse" if hidden else ""
        said.append(f"{name} saves {share} with {printed(moved)} moves; {who}{but}.")
    return said
