"""Partners that are no hospitals spare pools of trusts where their account allows: ``partners``.

How many whole units a partner gives of each resource, where and when, is a choice that costs no
harm. It widens the row of the pool that it spares. Its account is a side row of its own in money;
where taking part costs something at all, so is whether it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.pools import (
    AMOUNT_SCALE,
    POOL,
    PoolUse,
    pool_names,
    pool_use,
    thousandths,
)
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, capped, eased, grouped, offered
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.partner import Partner

HELP = LimitKind(
    "partner_help",
    ("partner", "resource", "provider", "pool", "period"),
    "{} gives {} to {} for {} in period {}".format,
)
HOLDS = LimitKind(
    "partner_holds", ("partner", "resource", "period"), "what {} holds of {} in period {}".format
)
SPARED = LimitKind(
    "spared",
    ("provider", "pool", "period"),
    lambda provider, pool, period: f"{pool} spared at {provider} in period {period}",
)
SPARED_SHARE = LimitKind(
    "spared_share",
    HELP.fields,
    "share of what {} spares with {} at {} of {} in period {}".format,
)
ACCOUNT = LimitKind("partner_account", ("partner",), "account of {}".format)
TAKES_PART = LimitKind("partner_takes_part", ("partner",), "{} takes part".format)
HELP_IF = LimitKind("help_if_taking_part", ("partner",), "help of {} if it takes part".format)
KINDS = (HELP, HOLDS, SPARED, SPARED_SHARE, ACCOUNT, TAKES_PART, HELP_IF)

GIVEN = ("pool", "provider", "spares", "period")
TRIFLE = 1e-9
PENCE = 100
MONEY = PENCE * AMOUNT_SCALE
"""Accounts are kept in so many parts of a pound: pence, of 1/1000 of a unit."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Help:
    """What partners may give, an entry a choice: a resource, to whom, for which pool, when.

    Attributes
    ----------
    arc : int64 array
        The choice of how many whole units are given.
    key : tuple of int64 arrays
        Codes of partner, resource, provider, pool of the provider, and the period.
    most : int64 array
        What the partner holds of the resource then.
    spared, share : int64 arrays
        What a unit given spares of the pool, and at most how much of what patients use of it can
        be spared, in 1/1000.
    gain : int64 array
        What a unit given brings the partner's account, in parts of a pound as :data:`MONEY` says.
    """

    arc: Ints
    key: tuple[Ints, ...]
    most: Ints
    spared: Ints
    share: Ints
    gain: Ints

    @property
    def place(self) -> tuple[Ints, Ints, Ints]:
        """Provider, pool and period of each."""
        _, _, provider, pool, period = self.key
        return provider, pool, period


def add(model: Model, mode: Collaboration, _before: Alone) -> Added:
    """Rows of what partners hold, what they can spare, and their accounts; wider rows of pools.

    Raises
    ------
    InputError
        If a partner does not fit the system.
    """
    if not mode.partners:
        return model, []
    system, rows = model.frame.system, []
    for partner in mode.partners:
        partner.check(system.providers, system.pools, system.periods)
    # What there is of pools is in the rows already, which help widens.
    uses = list(pool_use(system, model.frame.slots, model.means))
    every = []
    for partner in mode.partners:
        model, one = _offered(model, partner)
        model, account = _account(model, partner, one)
        rows += [_held(model, one), *account]
        every.append(one)
    given = _together(every)
    rows += [_spared(model, uses, given), _spared_share(model, uses, given)]
    network = model.network
    widened = _widened(network.rows, given)
    return replace(model, network=replace(network, rows=widened)), rows


def _offered(model: Model, partner: Partner) -> tuple[Model, Help]:
    """Put what a partner may give into a model, as choices that flows of patients do not wait for.

    A pool of a trust that is worth nothing to it brings nothing, and neither does what comes after
    its horizon.
    """
    system = model.frame.system
    table = partner.spares.merge(partner.pools, on="pool", suffixes=("", "_held"))
    table = table.sort_values(list(GIVEN), kind="stable")
    resources = sorted(set(table["pool"]))
    model, code = model.told([partner.name, *resources])
    resource = code[1:][_places(table["pool"], resources)]
    key = (
        np.full(len(table), code[0], dtype=np.int64),
        resource,
        _places(table["provider"], system.providers),
        _places(table["spares"], pool_names(system)),
        table["period"].to_numpy(dtype=np.int64),
    )
    most = np.floor(table["amount_held"].to_numpy() + TRIFLE).astype(np.int64)
    spared = thousandths(table["amount"])
    costs, worth = (
        _pence(table[column].map(dict(rates)).fillna(0))
        for column, rates in (("pool", partner.costs), ("spares", partner.benefits))
    )
    counts = [partner.counts_benefit(int(p), system.period_weeks) for p in table["period"]]
    choices = [
        Choice(key=known, most=number, switch=False)
        for known, number in zip(HELP.keys(*key), most.tolist(), strict=True)
    ]
    model, arc = offered(model, choices)
    return model, Help(
        arc=arc,
        key=key,
        most=most,
        spared=spared,
        share=thousandths(table.get("at_most", pd.Series(1.0, table.index))),
        gain=np.where(counts, worth * spared, 0) - costs * AMOUNT_SCALE,
    )


def _together(several: Sequence[Help]) -> Help:
    """What several partners may give."""
    return Help(
        key=tuple(np.concatenate(codes) for codes in zip(*(h.key for h in several), strict=True)),
        **{
            name: np.concatenate([getattr(one, name) for one in several])
            for name in ("arc", "most", "spared", "share", "gain")
        },
    )


def _held(model: Model, given: Help) -> SideRows:
    """A partner gives no more than it holds, to all trusts together."""
    partner, resource, *_, period = given.key
    known, group = np.unique(np.stack([partner, resource, period]), axis=1, return_inverse=True)
    limit = np.zeros(known.shape[1], dtype=np.int64)
    limit[group.ravel()] = given.most
    ones = np.ones_like(given.arc)
    return capped(model.network, given.arc, ones, group.ravel(), limit, HOLDS.rows(*known))


def _account(model: Model, partner: Partner, given: Help) -> tuple[Model, list[SideRows]]:
    """A partner's account comes to what it asks for at least, or it gives nothing."""
    who = given.key[0][:1]
    due = _parts(partner.fixed_cost) + max(_parts(partner.at_least), 0)
    arc, cost, rows = given.arc, -given.gain, []
    if due:
        key = TAKES_PART.keys(who)[0]
        model, chosen = offered(model, [Choice(key=key, most=1)])
        # Together it cannot give more than it holds for each use.
        most = np.append(np.ones_like(arc), -given.most.sum())
        arc, cost = np.append(arc, chosen), np.append(cost, due)
        zero = np.zeros(len(arc), dtype=np.int64)
        rows.append(grouped(arc, most, zero, None, zero[:1], HELP_IF.rows(who)))
    loss = max(-_parts(partner.at_least), 0)
    shared = max(int(np.gcd.reduce(cost)), 1)
    most_lost = np.array([loss // shared], dtype=np.int64)
    group = np.zeros(len(arc), dtype=np.int64)
    rows.append(grouped(arc, cost // shared, group, None, most_lost, ACCOUNT.rows(who)))
    return model, rows


def _spared(model: Model, uses: Sequence[PoolUse], given: Help) -> SideRows:
    """No more of a pool is spared than patients use of it there and then."""
    known, group = np.unique(np.stack(given.place), axis=1, return_inverse=True)
    arc, needs, row = _used(model, uses, known)
    return grouped(
        np.concatenate([given.arc, arc]),
        np.concatenate([given.spared, -needs]),
        np.concatenate([group.ravel(), row]),
        None,
        np.zeros(known.shape[1], dtype=np.int64),
        SPARED.rows(*known),
    )


def _spared_share(model: Model, uses: Sequence[PoolUse], given: Help) -> SideRows:
    """One resource spares no more than its share of what patients use, where it has one."""
    some = np.flatnonzero(given.share < AMOUNT_SCALE)
    common = np.gcd(given.share[some], AMOUNT_SCALE)
    whole, most = AMOUNT_SCALE // common, given.share[some] // common
    arc, needs, row = _used(model, uses, np.stack(given.place)[:, some])
    return grouped(
        np.concatenate([given.arc[some], arc]),
        np.concatenate([given.spared[some] * whole, -needs * most[row]]),
        np.concatenate([np.arange(len(some)), row]),
        None,
        np.zeros(len(some), dtype=np.int64),
        SPARED_SHARE.rows(*(codes[some] for codes in given.key)),
    )


def _used(
    model: Model, uses: Sequence[PoolUse], places: npt.NDArray[np.int64]
) -> tuple[Ints, Ints, Ints]:
    """The arcs that use pools at some places, what each needs, and the column of its place."""
    names, periods = pool_names(model.frame.system), model.frame.system.periods
    parts: list[tuple[Ints, ...]] = [tuple(np.zeros(0, dtype=np.int64) for _ in range(3))]
    for use in uses:
        asked = np.flatnonzero(places[1] == names.index(use.pool))
        for column in asked.tolist():
            provider, _, period = places[:, column].tolist()
            mine = use.group == provider * periods + period - 1
            arc, needs = use.arcs[mine].astype(np.int64), use.needs[mine]
            parts.append((arc, needs, np.full(len(arc), column, dtype=np.int64)))
    arc, needs, row = (np.concatenate(column) for column in zip(*parts, strict=True))
    return arc, needs, row


def _widened(rows: SideRows, given: Help) -> SideRows:
    """Rows of pools with what is spared of them; those that cannot bind are not there."""
    provider, pool, period = given.place
    known = POOL.rows(pool, provider, period)
    mine = np.flatnonzero(rows.kind == known.kind)
    place = {tuple(key): row for key, row in zip(rows.key[mine].tolist(), mine, strict=True)}
    row = np.array([place.get(tuple(key), -1) for key in known.key.tolist()], dtype=np.int64)
    there = row >= 0
    return eased(rows, row[there], given.arc[there], -given.spared[there])


def _places(values: pd.Series, among: Sequence[str]) -> Ints:
    return pd.Index(list(among)).get_indexer(pd.Index(list(values))).astype(np.int64)


def _pence(money: pd.Series) -> Ints:
    result: Ints = np.rint(money.to_numpy(dtype=np.float64) * PENCE).astype(np.int64)
    return result


def _parts(money: float) -> int:
    """Pounds in the parts that accounts are kept in, to the penny."""
    return round(money * PENCE) * AMOUNT_SCALE
