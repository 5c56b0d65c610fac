"""What each provider is paid stays within limits, and contracts are kept: ``income`` of a mode."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from mutualaid.errors import InputError
from mutualaid.model import linear_terms
from mutualaid.model.arcs import Kind
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, capped, grouped
from mutualaid.model.model import Model
from mutualaid.model.network import NO_LIMIT, Ints
from mutualaid.model.queues import Codes
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.income import Income

PAID = LimitKind("income", ("provider",), "income of {}".format)
CONTRACT = LimitKind(
    "contract",
    ("provider", "service"),
    lambda provider, service: f"contract with {' for '.join(filter(None, (provider, service)))}",
)
KINDS = (PAID, CONTRACT)
PENCE = 100


def add(model: Model, mode: Collaboration, before: Alone) -> Added:
    """One row a provider whose income is limited, and one a contract.

    Raises
    ------
    InputError
        If the tariff lacks a service, or a trust or service is not in the system.
    """
    income = mode.income
    if income is None:
        return model, []
    system = model.frame.system
    income.check(system.providers, system.services)
    money = np.array([round(income.tariff[s] * PENCE) for s in system.services], dtype=np.int64)
    treated = np.isin(model.means.kind, (Kind.TREAT, Kind.DIRECT, Kind.BOOKED))
    arc = np.flatnonzero(treated & (model.means.period <= model.frame.curves.periods))
    provider, service = _where(model, arc)
    lower, upper = _bounds(income, model, before, money)
    kept = (lower > 0) | (upper < NO_LIMIT)
    rows = [
        grouped(
            *(arc, money[service], provider, lower, upper),
            PAID.rows(np.arange(len(system.providers))),
            kept=kept,
        )
    ]
    if income.contracts is not None:
        away = linear_terms.away(model)
        provider, service = _where(model, away)
        for who, what, most in income.contracts[["provider", "service", "at_most"]].itertuples(
            index=False
        ):
            at = system.providers.index(who)
            code = system.services.index(what) if what else -1
            mine = away[(provider == at) & ((service == code) | (code < 0))]
            known, limit = CONTRACT.rows(at, code), np.array([int(most)], dtype=np.int64)
            zero = np.zeros_like(mine)
            rows.append(capped(model.network, mine, np.ones_like(mine), zero, limit, known))
    return model, rows


def _where(model: Model, arc: Codes) -> tuple[Ints, Ints]:
    """Who treats on each arc, and of which service."""
    queue, lane = model.means.queue[arc], model.means.lane[arc]
    # Without a lane they are treated at home.
    origin = model.frame.queues.origin[queue]
    treats = np.where(lane >= 0, model.lanes.provider[lane], origin).astype(np.int64)
    return treats, model.frame.queues.service[queue].astype(np.int64)


def _bounds(income: Income, model: Model, before: Alone, money: Ints) -> tuple[Ints, Ints]:
    """The least and the most that each provider is paid, in pence."""
    providers = model.frame.system.providers
    lower = np.full(len(providers), -NO_LIMIT, dtype=np.int64)
    upper = np.full(len(providers), NO_LIMIT, dtype=np.int64)
    if income.tolerance is not None:
        # Alone everybody is treated at home.
        queues, outcome = before.model.frame.queues, before.outcome
        queue = queues.lot_queue[outcome.lot]
        done = outcome.period <= model.frame.curves.periods
        alone = np.zeros(len(providers), dtype=np.int64)
        pence = money[queues.service[queue]] * outcome.patients
        np.add.at(alone, queues.origin[queue][done], pence[done])
        share = 1 - Fraction(repr(float(income.tolerance)))
        each = [-(-int(one) * share.numerator // share.denominator) for one in alone.tolist()]
        lower = np.array(each, dtype=np.int64)
    if income.limits is not None:
        for who, floor, ceiling in income.limits[["provider", "floor", "ceiling"]].itertuples(
            index=False
        ):
            at = providers.index(who)
            lower[at] = max(lower[at], round(floor * PENCE))
            if np.isfinite(ceiling):
                upper[at] = round(ceiling * PENCE)
    for who, least, most in zip(providers, lower.tolist(), upper.tolist(), strict=True):
        if least > most:
            raise InputError(
                f"income.limits: the ceiling of {who}, {most / PENCE:,.2f}, is below what it is to "
                f"be paid at least, {least / PENCE:,.2f}: raise it, or the tolerance"
            )
    return lower, upper
