"""What partners promise each other, as side rows: nobody worse off, aid matched by aid.

A promise is measured against what each trust would do alone: the plan of
:class:`mutualaid.Independent` for the same system and policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from mutualaid.errors import InputError
from mutualaid.model import linear_terms
from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import Choice, add_choices
from mutualaid.model.decode import Outcome
from mutualaid.model.limits.caps_and_pools import grouped, pool_usage
from mutualaid.model.model import Model
from mutualaid.model.network import SAFE, Ints, SideRows, stack_rows
from mutualaid.model.queues import Codes
from mutualaid.policy.collaboration import Collaboration, Deep, Resource, Transactional

AID_SCALE = 1000
"""Pools and money are balanced to 1/1000 of their unit."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Alone:
    """What each trust would do alone.

    Attributes
    ----------
    harm : int64 array, shape (providers, services)
        What its own patients would bear, in 1/1000 harm-weeks.
    treated : int64 array, shape (queues, periods)
        How many it would treat.
    of_queue : int64 array, shape (queues,)
        What the patients of each queue would bear, in 1/1000 harm-weeks.
    """

    harm: Ints
    treated: Ints
    of_queue: Ints


def alone(model: Model, outcome: Outcome) -> Alone:
    """Measure the plan in which nobody helps anybody."""
    frame = model.frame
    queues, periods = frame.queues, frame.curves.periods
    queue = queues.lot_queue[outcome.lot]
    first = queues.lot_arrival[outcome.lot]
    each = frame.curves.until(queue, queues.lot_weeks[outcome.lot], first, outcome.period)
    harm = np.zeros((len(frame.system.providers), len(frame.system.services)), dtype=np.int64)
    np.add.at(harm, (queues.origin[queue], queues.service[queue]), each * outcome.patients)
    treated = np.zeros((len(queues), periods + 1), dtype=np.int64)
    np.add.at(treated, (queue, outcome.period - 1), outcome.patients)
    of_queue = np.zeros(len(queues), dtype=np.int64)
    np.add.at(of_queue, queue, each * outcome.patients)
    return Alone(harm=harm, treated=treated[:, :periods], of_queue=of_queue)


def harm_caps(harm: Ints, share: float) -> Ints:
    """The most that may be borne: a share more than alone, rounded down to the unit."""
    # A float is read as the decimal that it prints as: 0.1 is a tenth.
    factor = 1 + Fraction(repr(float(share)))
    limits = [int(value) * factor for value in harm.ravel().tolist()]
    caps = [min(limit.numerator // limit.denominator, SAFE - 1) for limit in limits]
    return np.array(caps, dtype=np.int64).reshape(harm.shape)


def agree(model: Model, mode: Collaboration, before: Alone) -> Model:
    """Add a mode's promises to a model.

    Raises
    ------
    InputError
        If the mode needs what the system does not have: pools, or a tariff for a service.
    """
    if isinstance(mode, Transactional):
        rows = [_harm_rows(model, before, 0.0, mode.protect), *_balance_rows(model, mode)]
        model = _with(model, rows)
        return _taking_part(model, mode.min_gain, before) if mode.min_gain else model
    if isinstance(mode, Resource):
        rows = _reciprocity(model, mode.reciprocity)
        if mode.spare_only:
            model, more = _owners_first(model, before)
            rows += more
        # Who is treated at home as before, in numbers, and elsewhere besides, is never worse off
        # where harm never falls with waiting; the rows are needed for the others.
        if not mode.spare_only or not model.chain.all():
            rows.append(_harm_rows(model, before, mode.cost_tolerance, mode.protect))
        return _with(model, rows)
    if isinstance(mode, Deep):
        rows = _reciprocity(model, mode.reciprocity)
        if mode.max_sacrifice is not None:
            rows.append(_harm_rows(model, before, mode.max_sacrifice, "trust"))
        return _with(model, rows)
    return model


def _with(model: Model, rows: list[SideRows]) -> Model:
    rows = [part for part in rows if len(part)]
    if not rows:
        return model
    return replace(
        model, network=replace(model.network, rows=stack_rows(model.network.rows, *rows))
    )


def _harm_rows(model: Model, before: Alone, share: float, protect: str) -> SideRows:
    """Own patients bear at most a share more than alone."""
    system, queues = model.frame.system, model.frame.queues
    term = linear_terms.harm(model)
    if protect == "service":
        group = queues.origin * len(system.services) + queues.service
        limit = harm_caps(before.harm, share).ravel()
        names = [f"own patients of {p} for {s}" for p in system.providers for s in system.services]
    else:
        group = queues.origin
        limit = harm_caps(before.harm.sum(axis=1), share)
        names = [f"own patients of {p}" for p in system.providers]
    of_row = group[term.queue]
    reach = np.zeros(len(names))
    np.add.at(reach, of_row, term.coefficient * model.network.capacity[term.arc].astype(np.float64))
    return grouped(term.arc, term.coefficient, of_row, None, limit, names, kept=reach > limit)


def _given_less_received(
    model: Model, amount: Ints, names: list[str], lower: Ints | None, upper: Ints
) -> SideRows:
    """Rows of what each trust does for others less what others do for it.

    ``amount`` is what a patient counts, by arc of :func:`mutualaid.model.linear_terms.away`.
    """
    arc = linear_terms.away(model)
    lane = model.means.lane[arc]
    origin = model.frame.queues.origin[model.lanes.queue[lane]]
    return grouped(
        np.concatenate([arc, arc]),
        np.concatenate([amount, -amount]),
        np.concatenate([model.lanes.provider[lane], origin]),
        lower,
        upper,
        names,
    )


def _balance_rows(model: Model, mode: Transactional) -> list[SideRows]:
    system = model.frame.system
    arc = linear_terms.away(model)
    counts: dict[str, Ints] = {}
    scale = AID_SCALE
    if mode.balance == "patients":
        counts["patients"], scale = np.ones_like(arc), 1
    elif mode.balance == "tariff":
        counts["money"] = _tariff(model, arc, mode.tariff or {})
    else:
        counts = _pool_use(model, arc)
    # Infinity is no limit; more than all there is, is as good.
    limit = int(min(mode.tolerance * scale, float(SAFE - 1)))
    all_of_them = np.full(len(system.providers), limit, dtype=np.int64)
    return [
        _given_less_received(
            model,
            amount,
            [f"balance of aid of {p} in {what}" for p in system.providers],
            -all_of_them,
            all_of_them,
        )
        for what, amount in counts.items()
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


def _pool_use(model: Model, arc: Codes) -> dict[str, Ints]:
    system = model.frame.system
    if system.usage is None:
        raise InputError("balance='pool' needs pools and usage in the system")
    service = model.frame.queues.service[model.means.queue[arc]]
    provider = model.lanes.provider[model.means.lane[arc]]
    result = {}
    for pool in sorted(set(system.usage["pool"])):
        result[pool] = pool_usage(system, pool)[provider, service]
    return result


def _reciprocity(model: Model, most: float | None) -> list[SideRows]:
    """Nobody gives more than it gets plus so many patients."""
    if most is None:
        return []
    providers = model.frame.system.providers
    limit = np.full(len(providers), int(min(most, float(SAFE - 1))), dtype=np.int64)
    names = [f"reciprocity of {p}" for p in providers]
    amount = np.ones_like(linear_terms.away(model))
    return [_given_less_received(model, amount, names, None, limit)]


def _owners_first(model: Model, before: Alone) -> tuple[Model, list[SideRows]]:
    """In each queue and period as many are treated at home as alone.

    Queues of the chain have one arc for it, whose bounds say so; those of the ageing network may
    have several, and a side row.
    """
    means, network = model.means, model.network
    treat = means.arcs(Kind.TREAT)
    home = np.concatenate(
        [treat[model.lanes.home[means.lane[treat]]], means.arcs(Kind.DIRECT)]
    ).astype(np.int64)
    queue, period = means.queue[home], means.period[home]
    wanted = before.treated[queue, period - 1]
    single = model.chain[queue]
    lower, capacity = network.lower.copy(), network.capacity.copy()
    lower[home[single]] = wanted[single]
    capacity[home[single]] = wanted[single]
    model = replace(model, network=replace(network, lower=lower, capacity=capacity))
    periods = before.treated.shape[1]
    group = queue[~single].astype(np.int64) * periods + period[~single] - 1
    used = np.zeros(before.treated.size, dtype=bool)
    used[group] = True
    if not used.any():
        return model, []
    texts = model.frame.queues.labels.astype(str).agg(" ".join, axis=1)
    names = [
        f"treated at home of {text} in period {t + 1}" for text in texts for t in range(periods)
    ]
    limit = before.treated.ravel()
    entries = home[~single], np.ones_like(home[~single]), group
    return model, [grouped(*entries, limit, limit, names, kept=used)]


def _taking_part(model: Model, min_gain: float, before: Alone) -> Model:
    """Whoever takes part gains at least a share; whether a trust does is a choice."""
    system, queues = model.frame.system, model.frame.queues
    providers = system.providers
    count = len(providers)
    network, means, chosen = add_choices(
        model.network, model.means, [Choice(name=f"{p} takes part", most=1) for p in providers]
    )
    harm = before.harm.sum(axis=1)
    arc = linear_terms.away(model)
    lane = model.means.lane[arc]
    patients = np.bincount(queues.origin, weights=queues.patients(), minlength=count)
    slots = model.frame.slots
    own = slots.room < 0
    offered = np.zeros(count, dtype=np.int64)
    np.add.at(offered, slots.provider[own], slots.count[own].sum(axis=1))
    most = patients.astype(np.int64) + offered
    every = np.arange(count)
    nobody = grouped(
        np.concatenate([arc, arc, chosen]),
        np.concatenate([np.ones_like(arc), np.ones_like(arc), -most]),
        np.concatenate([queues.origin[model.lanes.queue[lane]], model.lanes.provider[lane], every]),
        None,
        np.zeros(count, dtype=np.int64),
        [f"moves of {p} if it takes part" for p in providers],
    )
    term = linear_terms.harm(model)
    gain = harm - harm_less(harm, min_gain)
    gains = grouped(
        np.concatenate([term.arc, chosen]),
        np.concatenate([term.coefficient, gain]),
        np.concatenate([queues.origin[term.queue], every]),
        None,
        harm,
        [f"gain of {p} if it takes part" for p in providers],
    )
    wider = replace(
        model,
        network=network,
        means=means,
        choices=(*model.choices, *(Choice(name=f"{p} takes part", most=1) for p in providers)),
    )
    return _with(wider, [nobody, gains])


def harm_less(harm: Ints, share: float) -> Ints:
    """What is left of harm after a share of it is gained, rounded down to the unit."""
    factor = 1 - Fraction(repr(float(share)))
    left = [int(value) * factor for value in harm.tolist()]
    return np.array([value.numerator // value.denominator for value in left], dtype=np.int64)
