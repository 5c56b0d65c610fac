"""The sheets of a workbook, as tables with headings for people, small numbers hidden."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from mutualaid.disclosure.plan_counts import SIDES, Counts, hidden_slots
from mutualaid.disclosure.published_counts import HIDDEN, printed
from mutualaid.disclosure.single_sums import SHOWN
from mutualaid.errors import InputError
from mutualaid.formats import date
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.report import rules_text
from mutualaid.report.forecast_sheet import three_sheet
from mutualaid.report.glossary import glossary
from mutualaid.report.patient_sheets import named_sheets
from mutualaid.report.series import NOT_EXACT
from mutualaid.report.sheet import COUNT, DATE, ONE, SHARE, SIGNED, TEXT, Sheet, change

FIGURES = {
    "list_size": ("On the list at the end (patients)", COUNT),
    "over_18": ("… over 18 weeks (patients)", COUNT),
    "over_52": ("… over 52 weeks (patients)", COUNT),
    "over_65": ("… over 65 weeks (patients)", COUNT),
    "share_within_18": ("… within 18 weeks (share)", SHARE),
    "mean_wait": ("… mean wait so far (weeks)", ONE),
    "treated": ("Treated (patients)", COUNT),
    "mean_wait_treated": ("… mean wait until treated (weeks)", ONE),
    "harm_weeks": ("Harm of waiting (harm-weeks)", COUNT),
}
FIGURE_KINDS = tuple(kind for _, kind in FIGURES.values())
AIDED = {
    "moves_out_after": "Own patients treated by others",
    "moves_in_after": "Others' patients treated",
}
COMPARED = ("Figure", "Alone", "Together", "Change")
MOVE_HEADINGS = {
    "origin": "From (origin)",
    "provider": "To (provider)",
    "service": "Service",
    "patients": "Patients",
    "minutes": "Mean minutes, one way",
    "extra_minutes": "Mean extra minutes, one way",
    "first": "First period",
    "last": "Last period",
}
ACCOUNT_HEADINGS = {
    "cost": "Cost of what it gives",
    "fixed_cost": "Cost of taking part",
    "benefit": "Benefit of what it spares",
    "account": "Account (benefit less costs)",
    "at_least": "What it asks for, at least",
}
MOVE_KINDS = (TEXT, TEXT, TEXT, COUNT, ONE, ONE, COUNT, COUNT)


def sheets(
    plan: CertifiedPlan,
    counts: Counts,
    *,
    offers: pd.DataFrame | None = None,
    quality: pd.DataFrame | None = None,
    census: dt.date | None = None,
) -> list[Sheet]:
    """Lay a plan out in sheets.

    Parameters
    ----------
    plan
        The plan.
    counts
        Its counts: see :func:`mutualaid.disclosure.plan_counts.counts_of`.
    offers
        Named rows for the receivers' sheets, which then hold identifiers: the table of
        ``plan.patients``. None: counts.
    quality
        What was found when the list was read: ``column``, ``problem``, ``rows``, ``done``.
    census
        The day for which waits are counted, if known.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> [sheet.name for sheet in sheets(plan, counts_of(plan))][:3]
    ['Summary', 'By trust', 'Moves']
    """
    moves = _moves(counts)
    three = three_sheet(plan, counts)
    result = [_summary(plan, counts, census), *([three] if three is not None else [])]
    result += [_by_trust(counts), moves]
    going = counts.moves["provider"].astype(str)
    if offers is None:
        result += [_to(name, moves, going == name, counts) for name in sorted(set(going))]
    else:
        result += named_sheets(offers)
    if plan.asked_targets:
        result.append(targets_sheet(plan, counts))
    if plan.collaboration.partners:
        result.append(partners_sheet(plan, counts))
    result += [_prices(plan, counts, census), _rules(plan, counts)]
    if quality is not None and len(quality):
        result.append(_quality(quality, counts.threshold))
    return [*result, _reading(counts)]


def _shown(table: pd.DataFrame, marks: pd.DataFrame, name: str, threshold: int) -> list[object]:
    """A measure of each row as it is printed; None where there is none."""
    values = printed(table[name], marks[name].to_numpy(), threshold)
    return [None if value is None or value != value else value for value in values]


def _summary(plan: CertifiedPlan, counts: Counts, census: dt.date | None) -> Sheet:
    rows = _figures(counts.whole, counts.whole_marks, counts.threshold)
    moved = _shown(counts.whole, counts.whole_marks, "moves_in_after", counts.threshold)[0]
    costs = [HIDDEN if cost != cost else cost for cost in counts.costs]
    rows.append(("Harm with travel and moves (harm-weeks)", *costs, change(*costs)))
    rows.append(("Patients treated away from home", 0, moved, change(0, moved)))
    rows.append(("Their mean extra way (minutes, one way)", None, _mean_way(counts), None))
    return Sheet(
        name="Summary",
        title="Mutual aid: the plan in one page",
        notes=_asked(plan, counts, census),
        table=pd.DataFrame(rows, columns=list(COMPARED), dtype=object),
        kinds=(TEXT, COUNT, COUNT, SIGNED),
        row_kinds=(*FIGURE_KINDS, COUNT, COUNT, COUNT),
    )


def _swing(counts: Counts) -> float:
    """Minutes by which a small number, moved from one hidden lane to another, could show."""
    moves = counts.moves
    if (moves["mark"] == SHOWN).all():
        return 0.0
    widest = float(moves["extra_minutes"].max() - moves["extra_minutes"].min())
    return 2 * counts.threshold * widest


def _mean_way(counts: Counts) -> object:
    """The mean extra way to the whole minute, unless it could tell hidden lanes apart."""
    moves = counts.moves
    patients = int(moves["patients"].sum())
    if not patients:
        return None
    swing, total = _swing(counts), float((moves["extra_minutes"] * moves["patients"]).sum())
    low, mean, high = (round((total + way) / patients) for way in (-swing, 0.0, swing))
    return mean if low == mean == high else HIDDEN


def _asked(plan: CertifiedPlan, counts: Counts, census: dt.date | None) -> list[str]:
    system, mode = plan.system, plan.collaboration.name
    weeks = system.periods * system.period_weeks
    start = f"from {date(census)}, " if census is not None else ""
    lines = [
        f"Asked: {mode}. {rules_text.MODES.get(mode, '')}.",
        *rules_text.promised(plan.collaboration),
        f"Horizon: {start}{system.periods} periods of {system.period_weeks} weeks ({weeks} weeks).",
        *rules_text.alone(system),
        rules_text.proof(plan.certificate),
    ]
    if not plan.policy.some_decline:
        lines.append("If everybody accepts: no patient has been asked. Fewer will go than shown.")
    else:
        lines.append("More are asked than go: as many go as are expected to accept: see the rules.")
    lines.append("A proposal for people who know the patients. They decide, with the patients.")
    if counts.threshold:
        lines.append(
            f"Counts of 1 to {counts.threshold - 1} are shown as <{counts.threshold}; "
            f"{HIDDEN} hides another number that would give one of them away. Lanes, "
            "and who waits for a service of a trust, may be left out for that as well."
        )
    if plan.collaboration.moves:
        lines += rules_text.specialists(system, plan.policy, counts.threshold)
    lines += rules_text.notes(system, counts.threshold)
    if counts.coarse is not None:
        lines.append(
            f"Harm is rounded to {counts.coarse.harm:,.0f} harm-weeks and mean waits to a step, so "
            f"that they tell no hidden number; where that is too coarse they are hidden ({HIDDEN})."
        )
    return lines


def _figures(own: pd.DataFrame, marks: pd.DataFrame, threshold: int) -> list[tuple[object, ...]]:
    """Each figure of one row of measures: what it is, alone, together, change."""
    rows: list[tuple[object, ...]] = []
    for name, (label, _) in FIGURES.items():
        pair = [_shown(own, marks, f"{name}_{side}", threshold)[0] for side in SIDES]
        rows.append((label, *pair, change(*pair)))
    return rows


def _by_trust(counts: Counts) -> Sheet:
    both = [("All trusts", counts.whole, counts.whole_marks)]
    both += [
        (str(trust), counts.trusts.iloc[[place]], counts.trust_marks.iloc[[place]])
        for place, trust in enumerate(counts.trusts["origin"])
    ]
    rows: list[tuple[object, ...]] = []
    for trust, own, marks in both:
        figures = _figures(own, marks, counts.threshold)
        for name, label in AIDED.items():
            after = _shown(own, marks, name, counts.threshold)[0]
            figures.append((label, 0, after, change(0, after)))
        rows += [(trust, *row) for row in figures]
    return Sheet(
        name="By trust",
        title="Each trust's own patients, wherever they are treated",
        notes=[
            "Filter by trust, or by figure to compare trusts.",
            "Harm-weeks are over the horizon and its tail.",
        ],
        table=pd.DataFrame(rows, columns=["Trust", *COMPARED], dtype=object),
        kinds=(TEXT, TEXT, COUNT, COUNT, SIGNED),
        row_kinds=(*FIGURE_KINDS, *[COUNT] * len(AIDED)) * len(both),
    )


def _moves(counts: Counts) -> Sheet:
    moves = counts.moves
    table = moves[list(MOVE_HEADINGS)].astype(object)
    hidden = moves["mark"] != SHOWN
    table["patients"] = printed(moves["patients"], moves["mark"].to_numpy(), counts.threshold)
    for name in ("minutes", "extra_minutes"):
        table[name] = table[name].mask(hidden, HIDDEN)
    for name in ("first", "last"):
        # When patients go says of a slot how many use it at least.
        table[name] = table[name].mask(hidden | ~moves["timed"], HIDDEN)
    return Sheet(
        name="Moves",
        title="Who is treated away from home: from where, where to, how many, how far, when",
        notes=["A row for each lane: origin, provider and service."],
        table=table.rename(columns=MOVE_HEADINGS),
        kinds=MOVE_KINDS,
    )


def _to(name: str, moves: Sheet, here: pd.Series, counts: Counts) -> Sheet:
    place = int(np.flatnonzero(counts.trusts["origin"].astype(str) == name)[0])
    every = _shown(counts.trusts, counts.trust_marks, "moves_in_after", counts.threshold)[place]
    kinds = dict(zip(moves.table, MOVE_KINDS, strict=True))
    kinds.pop(MOVE_HEADINGS["provider"])
    return Sheet(
        name=f"To {name}",
        title=f"Offers of {name}: patients of others whom it treats by the plan",
        notes=["Numbers of patients. The trusts choose whom to ask, and ask them."],
        table=moves.table.loc[here.to_numpy(), list(kinds)].reset_index(drop=True),
        kinds=list(kinds.values()),
        total=["All", "", every, *[None] * (len(kinds) - 3)],
    )


def _prices(plan: CertifiedPlan, counts: Counts, census: dt.date | None) -> Sheet:
    prices = counts.prices
    hidden = hidden_slots(prices)
    table = pd.DataFrame(
        {
            "Provider": prices["provider"].astype(str),
            "Service": prices["service"].astype(str),
            "Period": prices["period"],
            "Slots": prices["slots"].astype(object).mask(hidden, HIDDEN),
            "Slots used": printed(prices["used"], prices["mark"].to_numpy(), counts.threshold),
            "One more slot would save (harm-weeks)": plan.prices["price"],
        }
    )
    kinds = [TEXT, TEXT, COUNT, COUNT, COUNT, ONE]
    notes = ["A slot treats one patient. The price holds for the next slot, not for many."]
    if not plan.prices["exact"].all():
        rough = np.where(plan.prices["price"].isna(), "", "at most")
        table["How exact"] = np.where(plan.prices["exact"], "exact", rough)
        kinds.append(TEXT)
        notes.append(f"{NOT_EXACT} ma.studies.next_slots(plan) works out the dearest.")
    if census is not None:
        weeks = (prices["period"] - 1) * plan.system.period_weeks
        days = pd.Timestamp(census) + pd.to_timedelta(weeks * 7, unit="D")
        table.insert(3, "First day", days)
        kinds.insert(3, DATE)
    return Sheet(
        name="Prices",
        title="What one more slot would save, anywhere",
        notes=notes,
        table=table,
        kinds=kinds,
    )


def targets_sheet(plan: CertifiedPlan, counts: Counts) -> Sheet:
    """Which targets are met, and by whom they are missed.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> system = ma.datasets.collaborative(trusts=2, periods=2)
    >>> plan = ma.optimise(system, targets=[ma.Target(weeks=104)])
    >>> targets_sheet(plan, counts_of(plan)).table["Met"].tolist()
    ['met', 'met']
    """
    targets = plan.targets
    limit = counts.threshold
    # That few are allowed, or over, would narrow a hidden count.
    tells = (targets["allowed"].between(1, limit - 1) & (targets["over"] < limit)) | (
        targets["over"].between(1, limit - 1) & (targets["allowed"] > 0)
    )
    met = targets["met"].map({True: "met", False: "missed"}).astype(object).mask(tells, HIDDEN)
    table = pd.DataFrame(
        {
            "Target": targets["target"].astype(str),
            "Trust": targets["origin"].astype(str),
            "Service": targets["service"].astype(str),
            "Met": met,
        }
    )
    kinds = [TEXT, TEXT, TEXT, TEXT]
    notes = ["Targets come before anything else: they are missed by as few patients as can be."]
    if not limit:
        table["Missed by (patients)"] = targets["missed"]
        kinds.append(COUNT)
    else:
        notes.append("By how many is in plan.targets: here it would tell hidden numbers.")
    return Sheet(
        name="Targets",
        title="What was to be reached, and whether it is",
        notes=notes,
        table=table,
        kinds=kinds,
    )


def partners_sheet(plan: CertifiedPlan, counts: Counts) -> Sheet:
    """Accounts of partners that are no hospitals, in whole money.

    An account of fewer spared units than small counts are hidden below could tell of few patients.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> partners_sheet(plan, counts_of(plan)).table.empty
    True
    """
    accounts = plan.partner_accounts
    part = accounts["takes_part"].map({True: "yes", False: "no"}).astype(object)
    spared = plan.help_given.groupby("partner")["spared"].sum()
    units = accounts["partner"].map(spared).fillna(0.0).to_numpy(dtype=float)
    few = pd.Series((units > 0) & (units < counts.threshold), accounts.index)
    money = {
        heading: accounts[name].round().astype(object).mask(few & (name != "at_least"), HIDDEN)
        for name, heading in ACCOUNT_HEADINGS.items()
    }
    named = {"Partner": accounts["partner"].astype(str), "Takes part": part}
    return Sheet(
        name="Partners",
        title="Partners that are no hospitals: do they gain by what they give?",
        notes=[
            "Money, apart from harm: it is no part of what the plan makes as small as can be.",
            "A partner takes part only where its account comes to what it asks for.",
        ],
        table=pd.DataFrame({**named, **money}),
        kinds=(TEXT, TEXT, *[COUNT] * len(money)),
    )


def _rules(plan: CertifiedPlan, counts: Counts) -> Sheet:
    price = rules_text.price_of_gaining(plan, None if counts.coarse is None else counts.coarse.harm)
    return Sheet(
        name="Rules in force",
        title="The rules under which this is the best plan",
        notes=["Change a rule and the best plan may change.", *price],
        table=rules_text.rules(plan.policy, plan.collaboration),
        kinds=(TEXT, TEXT, TEXT),
    )


def _quality(quality: pd.DataFrame, threshold: int) -> Sheet:
    headings = {
        "column": "Column",
        "problem": "What was found",
        "rows": "Rows",
        "done": "What was done",
    }
    if absent := [name for name in headings if name not in quality]:
        raise InputError(f"quality has no {', '.join(absent)}: pass the list's own table")
    rows = quality["rows"].to_numpy()
    small = (rows > 0) & (rows < threshold)
    table = quality[list(headings)].assign(rows=printed(rows, small.astype(np.int8), threshold))
    return Sheet(
        name="Data quality",
        title="What was found in the waiting list, and what was done about it",
        notes=["Problems in the data are problems of the plan: mend them where they arise."],
        table=table.rename(columns=headings),
        kinds=(TEXT, TEXT, COUNT, TEXT),
    )


def _reading(counts: Counts) -> Sheet:
    return Sheet(
        name="How to read it",
        title="How to read it, and who decides",
        notes=["Words as they are used in this workbook."],
        table=glossary(counts.threshold),
        kinds=(TEXT, TEXT),
    )
