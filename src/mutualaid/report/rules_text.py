"""Rules in words: every field of a policy and of a way to collaborate, for people."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass

import pandas as pd

from mutualaid.data.system import System
from mutualaid.formats import first_few, listed, percent
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.plan.clauses import price_of_weeks_saved
from mutualaid.plan.one_more_slot import is_plain
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.harm import Harm
from mutualaid.policy.policy import Policy
from mutualaid.policy.promise import Promise
from mutualaid.policy.specialists import closed_to_others, said
from mutualaid.solve.certificate import Certificate

FIGURES = {
    "harm": "the harm of its own patients",
    "over_18": "who is over 18 weeks",
    "over_52": "who is over 52 weeks",
    "over_65": "who is over 65 weeks",
    "share_within_18": "the share within 18 weeks",
    "list_size": "the list",
}
MODES = {
    "Independent": "Nobody helps anybody: every patient is treated at home or waits",
    "Transactional": "All benefit: no trust's own patients are worse off, aid is matched by aid",
    "Resource": "Nobody is worse off, but giving need not be matched",
    "Deep": "The population first: least harm in all, whatever it does to a trust's own figures",
    "Insured": "Insured: who is hit gets back a share of its loss, the others lose little for it",
}
ALONE = (
    '"Alone" is what the same trusts would do if nobody helped anybody and each treated its '
    "longest waiters first, whatever they wait for: an order that no hospital keeps. It is no "
    "forecast: as things are, more would wait long."
)
NO_FORECAST = "No forecast of what happens as today stands behind this system."
_PEOPLE = re.compile(r"(?:\bthe )?\b\d[\d,]* (?=patients?\b|of the removals\b)| \(\d[\d,]*\)")


def alone(system: System) -> list[str]:
    """Say what "alone" means beside what is forecast as today, or that there is no forecast.

    Examples
    --------
    >>> import mutualaid as ma
    >>> alone(ma.datasets.collaborative(trusts=2))[-1]
    'No forecast of what happens as today stands behind this system.'
    """
    forecast = system.as_today
    if forecast is None:
        return [ALONE, NO_FORECAST]
    return [
        ALONE,
        f'"As today" is a forecast, from {forecast.month}: everybody goes on as now. What lies '
        'between it and "alone" is order at home, which takes nobody\'s help; aid is what '
        '"together" is beyond "alone", and nothing else.',
    ]


def notes(system: System, threshold: int) -> list[str]:
    """Give what a reader should know of a system's tables, without counts where some are hidden.

    Examples
    --------
    >>> import mutualaid as ma, warnings
    >>> system = ma.datasets.collaborative(trusts=2)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     system = system.replace(referrals=None, removals=None)
    >>> notes(system, 5)[0][:52]
    'Unlikely or odd in the data: nobody joins any list i'
    """
    # What is said of "some" is rounded already.
    found = [
        _PEOPLE.sub("", note) if threshold and "some " not in note else note
        for note in system.notes
    ]
    return [f"Unlikely or odd in the data: {note}." for note in found]


def specialists(system: System, policy: Policy, threshold: int) -> list[str]:
    """Say what specialist trusts do not take in, without numbers of slots where some are hidden.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2)
    >>> specialists(system, Policy(), 5)
    []
    >>> specialists(system, Policy(specialists={"XB2": ["C_110"]}), 5)[0][:51]
    'Specialists take in only what they are told to take'
    """
    mixed = policy.move_mixed_services
    told = said(closed_to_others(system, policy.specialists, mixed=mixed), slots=not threshold)
    return [f"{told[0].upper()}{told[1:]}."] if told else []


def promised(mode: Collaboration) -> list[str]:
    """Say which figures of each trust a mode keeps no worse than alone, in a line; none if none.

    Examples
    --------
    >>> from mutualaid import Deep, Promise, Resource
    >>> promised(Resource())[0][:64]
    'In each trust no worse than alone: the harm of its own patients;'
    >>> promised(Resource(promises="harm")), promised(Deep(promises=[Promise("treated")]))
    ([], ['Promised: treated by the end no worse than alone, in each trust.'])
    """
    usual = [p for p in mode.promised if p == Promise(p.figure) and p.figure in FIGURES]
    others = [_said(p) for p in mode.promised if p not in usual]
    lines = []
    if usual:
        told = "; ".join(FIGURES[p.figure] for p in usual)
        lines.append(f"In each trust no worse than alone: {told} (waits are those at the end).")
    return [*lines, *([f"Promised: {'; '.join(others)}."] if others else [])]


def promised_by_each(modes: Iterable[Collaboration]) -> list[str]:
    """Say what several modes promise, those that promise the same together.

    Examples
    --------
    >>> from mutualaid import Deep, Resource, Transactional
    >>> promised_by_each([Transactional(), Resource(), Deep()])[0][:56]
    'Transactional and Resource: in each trust no worse than '
    """
    names: dict[str, list[str]] = {}
    for mode in modes:
        for line in promised(mode):
            names.setdefault(line, []).append(mode.name)
    return [f"{listed(who)}: {line[0].lower()}{line[1:]}" for line, who in names.items()]


def _said(promise: Promise) -> str:
    return repr(promise).removeprefix("Promise: ")


MEANINGS = {
    "harm": "What a week of waiting costs, in harm-weeks",
    "max_minutes": "Nobody is sent further than this (minutes, one way)",
    "max_miles": "Nobody is sent further than this (miles, one way)",
    "min_weeks_to_move": "Only who has waited so many weeks is moved",
    "weeks_per_hour": "An hour of extra travel, one way, counts as so many harm-weeks",
    "move_weeks": "Any move counts as so many harm-weeks",
    "tail_weeks": "Who is untreated at the end is counted for so many weeks more",
    "movable_priorities": "Priorities that may move, where the list has priorities",
    "move_mixed_services": "Mixed treatment functions (X01 to X06) may move",
    "move_cancer": "Patients on cancer pathways may move",
    "movable_consent": "Who may move, by what they said when asked",
    "keep_dates_weeks": "Who has a date within so many weeks keeps it",
    "move_transferred": "Who was transferred before may move again",
    "adults_only": "Only adults move",
    "notice_weeks": "Nobody is moved with less notice than so many weeks",
    "lead_weeks": "Nobody is moved before so many weeks since the census, or since they joined",
    "min_weeks_saved": "Nobody is moved who is not treated so many weeks sooner than alone",
    "specialists": "Specialist trusts take in only what is listed; yes: those known take nothing",
    "forbidden_lanes": "Moves that are forbidden",
    "allowed_lanes": "The only moves that are allowed",
    "max_out": "At most so many patients out of a provider each period",
    "max_in": "At most so many patients into a provider each period",
    "max_share_moved": "At most this share of each queue is moved",
    "max_moves": "At most so many moves in each period",
    "ramp": "At most so many moves in each of the first periods, the last number from then on",
    "max_lanes": "At most so many lanes (origin, provider, service) are opened",
    "min_batch": "A lane that is used carries at least so many patients",
    "batch_periods": "A batch is counted over so many periods",
    "lane_weeks": "Opening a lane counts as so many harm-weeks",
    "send_or_receive": "No trust sends and receives patients of one service in one period",
    "acceptance": "How likely patients are to accept an offer",
    "equity": "Limits on how unevenly groups of patients fare",
    "tolerance": "Given and received aid may differ by so much",
    "balance": "How aid is counted",
    "min_gain": "Each trust that takes part gains at least this share",
    "share": "How the gain is shared",
    "protect": "Whose patients must not be worse off: each trust's, or each service's of a trust",
    "tariff": "Money for a patient of each service",
    "cost_tolerance": "A trust's own patients may bear so much more harm, as a share",
    "spare_only": "Others use only what the owner's own plan leaves over",
    "lend": "Rooms that are lent, for the home trust's own team",
    "reciprocity": "Nobody treats more patients of others than others of its own, plus so many",
    "promises": "Figures of each trust that are no worse than alone",
    "partners": "Partners that are no hospitals: what they give, what it costs and brings them",
    "income": "Limits of what trusts are paid, and contracts for others' patients",
    "harm_at_most": "The most harm-weeks that a trust's own patients may bear",
    "max_sacrifice": "The most that a trust's own patients may lose, as a share",
}
LONGEST = 20
AFFORDABLE = 500_000
"""Arcs of a plan that is solved once more to say what a rule costs."""


def rules(policy: Policy, collaboration: Collaboration) -> pd.DataFrame:
    """Every rule that a plan was made under: ``Rule``, ``Setting``, ``Name in the software``.

    Examples
    --------
    >>> from mutualaid import Deep
    >>> found = rules(Policy(max_minutes=45), Deep())
    >>> found.loc[found["Name in the software"] == "max_minutes", "Setting"].item()
    '45'
    """
    name = collaboration.name
    rows = [("How the partners work together", MODES.get(name, name), name)]
    for part in (collaboration, policy):
        for item in fields(part):
            meaning = MEANINGS.get(item.name, item.name.replace("_", " "))
            value = getattr(part, item.name)
            told = "; ".join(map(_said, collaboration.promised)) if item.name == "promises" else ""
            rows.append((meaning, told or setting(value), item.name))
    return pd.DataFrame(rows, columns=["Rule", "Setting", "Name in the software"])


def setting(value: object) -> str:
    """A setting as people read it.

    Examples
    --------
    >>> setting(None), setting(True), setting(("P3", "P4")), setting(float("inf"))
    ('not set', 'yes', 'P3, P4', 'no limit')
    """
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "no limit" if math.isinf(value) else f"{value:,.10g}"
    if isinstance(value, Harm):
        return value.name
    if isinstance(value, pd.DataFrame):
        return _rows(value)
    if isinstance(value, Mapping):
        return first_few((f"{key}: {setting(item)}" for key, item in value.items()), LONGEST)
    if isinstance(value, tuple | list):
        return first_few(map(setting, value), LONGEST) or "none"
    if is_dataclass(value) and not isinstance(value, type):
        named = ((item.name, getattr(value, item.name)) for item in fields(value))
        told = (
            f"{n.replace('_', ' ')}: {setting(item)}" for n, item in named if not callable(item)
        )
        return first_few(told, LONGEST)
    return str(value)


def _rows(table: pd.DataFrame) -> str:
    if table.empty:
        return "none"
    texts = []
    for row in table.head(LONGEST).astype(object).itertuples(index=False):
        named = zip(map(str, table.columns), row, strict=True)
        texts.append(", ".join(f"{name} {setting(v)}" for name, v in named if not pd.isna(v)))
    more = f"; and {len(table) - LONGEST} rows more" if len(table) > LONGEST else ""
    return "; ".join(texts) + more


def proof(certificate: Certificate) -> str:
    """Say who proved what of a plan, in a sentence.

    Examples
    --------
    >>> proof(Certificate(cost=5, lower_bound=5, primal_infeasibility=0, dual_infeasibility=0,
    ...                   exact=True, pure=True))[:60]
    'Proven best: no plan under these rules costs less. Every lim'
    """
    if certificate.optimal:
        best = "Proven best: no plan under these rules costs less."
    else:
        gap = percent(certificate.gap, 4)
        best = f"Proven to be at most {gap} above the best plan under these rules."
    how = "in whole-number arithmetic" if certificate.exact else "in floating-point arithmetic"
    return (
        f"{best} Every limit was recounted and the bound worked out {how} by the library's "
        "certificate, in which no solver has a part."
    )


def price_of_gaining(plan: CertifiedPlan, step: float | None) -> list[str]:
    """Say that only who gains by it moves, and what that costs everybody; nothing if not asked.

    Parameters
    ----------
    plan
        The plan. Of a large one, or one that side rows tie, the price is not worked out here: see
        :meth:`mutualaid.Plan.clauses`.
    step
        Harm-weeks to which harm is rounded; None for as it is.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> price_of_gaining(ma.optimise(system, ma.Policy(min_weeks_saved=4)), 100.0)[0][:62]
    'Nobody moves who is not treated at least 4 weeks sooner than a'
    """
    weeks = plan.policy.min_weeks_saved
    if not weeks or not plan.collaboration.moves:
        return []
    rule = f"Nobody moves who is not treated at least {weeks} weeks sooner than alone"
    if plan.model.network.arcs > AFFORDABLE or not is_plain(plan.solved_problem):
        return [f"{rule} (min_weeks_saved; 0 asks for nothing)."]
    price = price_of_weeks_saved(plan.solved_problem)
    told = f"{price:,.0f}"
    if step is not None:
        rounded = round(price / step) * step
        told = f"about {rounded:,.0f}" if rounded else f"less than {step:,.0f}"
    return [f"{rule} (min_weeks_saved; 0 asks for nothing): it costs {told} harm-weeks in all."]
