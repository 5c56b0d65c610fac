"""A second opinion on who is moved: consent, dates, limits of their own, what sites accept.

Like :mod:`mutualaid.audit.plan_audit` it reads tables only. What each patient's columns allow is
worked out anew here, provider by provider.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.audit.plan_audit import in_lent_rooms, weeks_at_census
from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.schema import DECLINED, DECLINED_ALL, NO_PRIORITY
from mutualaid.data.site_criteria import ICB, accepted
from mutualaid.data.system import System
from mutualaid.policy.policy import NEVER_MOVE, Policy

Breach = tuple[str, str, float]
EVER = 10**6
"""Weeks, beyond any date: who has none is not kept from moving by it."""

RULE = "nobody moves against their own consent, date or limit, or where they are not accepted"


def violations(system: System, policy: Policy, table: pd.DataFrame) -> pd.DataFrame:
    """List cohorts of which more move than their own columns allow.

    Parameters
    ----------
    system, policy
        What the plan was made for.
    table
        A table of :func:`mutualaid.outcomes.tables.entries`.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount`` (patients); empty if all is well.
    """
    found = list(_cohorts(system, policy, table)) if "may_go" in table else []
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _cohorts(system: System, policy: Policy, table: pd.DataFrame) -> Iterator[Breach]:
    keys = [*system.queue_columns, "weeks_waiting", "referred"]
    parts = [system.waiting_list.assign(referred=0)]
    if system.referrals is not None:
        weeks = weeks_at_census(system.referrals, system.period_weeks)
        when = system.referrals["period"]
        parts.append(system.referrals.assign(weeks_waiting=weeks, referred=when))
    may = np.concatenate([allowed(system, policy, part) for part in parts])
    patients = np.concatenate([part["patients"].to_numpy(dtype=np.int64) for part in parts])
    # Who is treated by the own team in a lent room goes there too.
    moves = pd.concat([table[table["moved"].to_numpy()], in_lent_rooms(system, table)])
    plain = dict.fromkeys(system.queue_columns, object)
    rows = pd.concat([part[keys].astype(plain) for part in [*parts, moves]], ignore_index=True)
    cohort = rows.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    listed, moving = cohort[: len(patients)], cohort[len(patients) :]
    size = int(cohort.max(initial=-1)) + 1
    moved = moves["patients"].to_numpy(dtype=np.int64)
    goes = moves["provider"].astype(object).to_numpy()
    # Counted by provider, and once for whoever may go to any at all.
    counts = [(p, may[:, at], goes == p) for at, p in enumerate(system.providers)]
    counts.append(("any provider", np.asarray(may.any(axis=1)), np.ones(len(moves), dtype=bool)))
    for provider, free, gone in counts:
        room = np.bincount(listed[free], weights=patients[free], minlength=size)
        taken = np.bincount(moving[gone], weights=moved[gone], minlength=size)
        for place in np.flatnonzero(taken > room)[:5].tolist():
            who = rows.iloc[int(np.flatnonzero(cohort == place)[0])]
            told = ", ".join(str(part) for part in [*who.tolist(), provider])
            yield RULE, told, float(taken[place] - room[place])


def named_violations(
    system: System, policy: Policy, table: pd.DataFrame, people: pd.DataFrame, named: pd.DataFrame
) -> pd.DataFrame:
    """List everything in a table of named patients that the plan or a rule does not allow.

    Parameters
    ----------
    system, policy
        What the plan was made for.
    table
        The plan's table of :func:`mutualaid.outcomes.tables.entries`.
    people
        The patients, a row each.
    named
        The same with who is offered what, in the same order.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount`` (patients); empty if all is well.
    """
    found = list(_named(system, policy, table, people, named))
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _named(
    system: System, policy: Policy, table: pd.DataFrame, people: pd.DataFrame, named: pd.DataFrame
) -> Iterator[Breach]:
    same = len(people) == len(named) and bool(
        (people["patient_id"].to_numpy() == named["patient_id"].to_numpy()).all()
    )
    if not same or named["patient_id"].duplicated().any():
        yield "every patient of the list is there once", "patients", float(len(named))
        return
    here = (named["decision"] == "offer").to_numpy()
    offers, who = named[here], people[here]
    keys = [*(k for k in system.queue_columns if k in people), "weeks_waiting", "provider"]
    keys.append("period")
    plain = {k: object for k in keys if k not in ("weeks_waiting", "period")}
    moves = table[(table["moved"] & (table["referred"] == 0)).to_numpy()]
    planned = moves.astype(plain).groupby(keys)["patients"].sum()
    offered = offers.astype({**plain, "period": "int64"}).groupby(keys).size()
    gap = planned.sub(offered, fill_value=0)
    for where, amount in gap[gap != 0].head().items():
        told = ", ".join(str(part) for part in (where if isinstance(where, tuple) else (where,)))
        yield "as many are offered a place as the plan moves", told, float(abs(amount))
    at = pd.Index(system.providers).get_indexer(pd.Index(offers["provider"].astype(object)))
    own = allowed(system, policy, who)[np.arange(len(who)), at]
    period = offers["period"].to_numpy(dtype=np.int64)
    weeks = who["weeks_waiting"].to_numpy(dtype=np.int64) + (period - 1) * system.period_weeks
    broken = {
        RULE: ~own,
        "nobody is offered their own provider": (
            offers["provider"].astype(object) == offers["origin"].astype(object)
        ).to_numpy(),
        "nobody is offered a place further than allowed": ~(
            offers["minutes"].to_numpy(dtype=np.float64) <= policy.max_minutes
        ),
        "nobody moves before the least wait": np.maximum(weeks, 0) < policy.min_weeks_to_move,
        "nobody moves before proper notice": (period - 1) * system.period_weeks
        < policy.notice_weeks,
        # Patients with a name are on the list at the census.
        "nobody moves before a move can be prepared": (period - 1) * system.period_weeks
        < policy.lead_weeks,
    }
    if policy.max_miles < np.inf:
        far = _far(system, "miles", who[system.start], list(system.providers))
        within = far[np.arange(len(who)), at] <= policy.max_miles
        broken["nobody is offered a place further than so many miles"] = ~within
    if "priority" in who:
        movable = [*(set(policy.movable_priorities) - set(NEVER_MOVE)), NO_PRIORITY]
        broken["only movable priorities move"] = ~who["priority"].isin(movable).to_numpy()
    if "cancer" in who and not policy.move_cancer:
        broken["cancer pathways do not move"] = who["cancer"].to_numpy(dtype=bool)
    for rule, mask in broken.items():
        if mask.any():
            yield rule, "patients", float(mask.sum())


def allowed(system: System, policy: Policy, people: pd.DataFrame) -> Mask:
    """Say which providers each row's own columns leave open, whatever the policy's other rules.

    Parameters
    ----------
    system, policy
        What the plan was made for.
    people
        Waiting list, referrals or patients.

    Returns
    -------
    bool array, shape (rows, providers)

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1)
    >>> people = system.waiting_list.head(1).assign(consent="no")
    >>> allowed(system, ma.Policy(), people).any()
    np.False_
    """
    accepts = system.table("accepts")
    if accepts is None:
        accepts = pd.DataFrame({"provider": [], "column": [], "among": []}, dtype=object)
    providers = list(system.providers)
    result = np.ones((len(people), len(providers)), dtype=bool)
    for name, test in _TESTS.items():
        if name in people:
            rows, values = _values(people[name])
            result &= np.array([test(value, policy) for value in values], dtype=bool)[rows, None]
        elif name in system.waiting_list and name == "consent":
            result &= "not asked" in policy.movable_consent
    if DECLINED in people:
        rows, values = _values(people[DECLINED])
        said = [
            [value != DECLINED_ALL and str(value).casefold() != p.casefold() for p in providers]
            for value in values
        ]
        result &= np.array(said, dtype=bool).reshape(len(values), len(providers))[rows]
    for name, unit in (("willing_minutes", "minutes"), ("willing_miles", "miles")):
        if name not in people:
            continue
        limit = people[name].to_numpy(dtype=np.float64)[:, None]
        near = _far(system, unit, people[system.start], providers) <= limit
        # A way that has no distance is within no limit in miles but none.
        result &= near | ((limit == np.inf) & (unit == "miles"))
    for name in dict.fromkeys([*accepts["column"].astype(object).map(str), ICB]):
        if name == ICB and ICB not in people:
            continue
        for service in people["service"].unique():
            mine = np.flatnonzero((people["service"] == service).to_numpy())
            rows, values = np.zeros(len(mine), dtype=np.int64), [None]
            if name in people:
                rows, values = _values(people[name].iloc[mine])
            result[mine] &= accepted(values, name, str(service), accepts, providers)[rows]
    return result


def _far(system: System, unit: str, starts: pd.Series, providers: list[str]) -> Floats:
    """How far it is from each row's start to each provider, NaN where no table says."""
    ways = system.travel.astype({system.start: object, "provider": object})
    known: dict[Any, float] = {}
    if unit in ways:
        known = ways.set_index([system.start, "provider"])[unit].to_dict()
    rows, values = _values(starts)
    far = [[known.get((value, p), np.nan) for p in providers] for value in values]
    each: Floats = np.array(far, dtype=np.float64).reshape(len(values), len(providers))[rows]
    return each


_TESTS: dict[str, Callable[[Any, Policy], bool]] = {
    "consent": lambda word, policy: word in policy.movable_consent,
    "date_weeks": lambda weeks, policy: not weeks < min(policy.keep_dates_weeks, EVER),
    "transferred": lambda moved, policy: policy.move_transferred or not moved,
    "adult": lambda adult, policy: bool(adult) or not policy.adults_only,
}


def _values(column: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Each row's value as a position among the values of a column."""
    if isinstance(column.dtype, pd.CategoricalDtype) and not column.hasnans:
        return np.asarray(column.cat.codes, dtype=np.int64), list(column.cat.categories)
    codes, values = pd.factorize(column, use_na_sentinel=False)
    return np.asarray(codes, dtype=np.int64), list(values)
