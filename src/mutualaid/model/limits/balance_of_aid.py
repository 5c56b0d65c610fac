"""What a trust does for the others is matched by what they do for it: ``balance``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mutualaid.errors import InputError
from mutualaid.model import linear_terms
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.pools import pool_names, pool_usage
from mutualaid.model.limits.reciprocity import given_less_received, most_of
from mutualaid.model.limits.row_kinds import Known, LimitKind
from mutualaid.model.limits.side_rows import Added
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.policy.collaboration import Collaboration

IN_PATIENTS = LimitKind(
    "balance_in_patients", ("provider",), "balance of aid of {} in patients".format
)
IN_MONEY = LimitKind("balance_in_money", ("provider",), "balance of aid of {} in money".format)
IN_POOL = LimitKind("balance_in_pool", ("provider", "pool"), "balance of aid of {} in {}".format)
KINDS = (IN_PATIENTS, IN_MONEY, IN_POOL)

AID_SCALE = 1000
"""Pools and money are balanced to 1/1000 of their unit."""


def add(model: Model, mode: Collaboration, _before: Alone) -> Added:
    """One row a trust, of each pool where aid is counted in pools.

    Raises
    ------
    InputError
        If the mode needs what the system does not have: pools, or a tariff for a service.
    """
    if mode.balance is None:
        return model, []
    arc, every = linear_terms.away(model), np.arange(len(model.frame.system.providers))
    counts: list[tuple[Known, Ints]]
    scale = AID_SCALE
    if mode.balance == "patients":
        counts, scale = [(IN_PATIENTS.rows(every), np.ones_like(arc))], 1
    elif mode.balance == "tariff":
        counts = [(IN_MONEY.rows(every), _tariff(model, arc, mode.tariff or {}))]
    else:
        counts = [(IN_POOL.rows(every, k), amount) for k, amount in _pool_use(model, arc)]
    limit = np.full(len(every), most_of(mode.tolerance, scale), dtype=np.int64)
    return model, [
        given_less_received(model, amount, known, -limit, limit) for known, amount in counts
    ]


def _tariff(model: Model, arc: Codes, tariff: Mapping[str, float]) -> Ints:
    services = model.frame.system.services
    moving = np.unique(model.frame.queues.service[model.means.queue[arc]])
    absent = [services[s] for s in moving if services[s] not in tariff]
    if absent:
        raise InputError(
            f"the tariff has nothing for {', '.join(absent[:5])}{', …' * (len(absent) > 5)}: "
            "name every service that may move"
        )
    money = np.zeros(len(services), dtype=np.int64)
    for code in moving:
        money[code] = round(tariff[services[code]] * AID_SCALE)
    return money[model.frame.queues.service[model.means.queue[arc]]]


def _pool_use(model: Model, arc: Codes) -> list[tuple[int, Ints]]:
    """What each patient uses of each pool, by the pool's code."""
    system = model.frame.system
    if system.usage is None:
        raise InputError("balance='pool' needs pools and usage in the system")
    service = model.frame.queues.service[model.means.queue[arc]]
    provider = model.lanes.provider[model.means.lane[arc]]
    used, names = set(system.usage["pool"]), pool_names(system)
    return [
        (code, pool_usage(system, pool)[provider, service])
        for code, pool in enumerate(names)
        if pool in used
    ]
