"""Patients by name at two or three trusts, few enough to work out by hand."""

from __future__ import annotations

import pandas as pd

import mutualaid as ma

PLAIN = {"harm": ma.harm.person_weeks(), "tail_weeks": 13}
NAMES = ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay", "Gus", "Hal", "Ivy", "Jim")
"""Identifiers of the patients, in the order of their rows."""


def rows(**columns: object) -> pd.DataFrame:
    """Patients of Alder, a row each, who differ in what is given as a list."""
    given = {"origin": "ALD", "service": "C_110", "weeks_waiting": 40, **columns}
    count = max((len(v) for v in given.values() if isinstance(v, list)), default=1)
    named = {"patient_id": list(NAMES[:count]), **given}
    return pd.DataFrame({k: v if isinstance(v, list) else [v] * count for k, v in named.items()})


def people(census: object = None, **columns: object) -> ma.PatientList:
    """The same as a list of patients."""
    return ma.PatientList(rows(**columns), census=census)


def trusts(
    waiting: object, slots=None, minutes=30.0, periods=1, miles=None, **more: object
) -> ma.System:
    """A system whose trusts have so many slots each period: a number, or one for each period.

    By default Alder has none and Birch nine. ``minutes`` is the way between any two trusts, or
    the way by (origin, provider). ``miles`` is the distance of each, if given.
    """
    slots = {"ALD": 0, "BIR": 9} if slots is None else slots
    if isinstance(waiting, ma.PatientList):
        services = sorted(set(waiting.rows()["service"]))
    else:
        services = sorted(set(waiting["service"]))
    capacity = [
        (provider, service, t, many if isinstance(many, int) else many[t - 1])
        for provider, many in slots.items()
        for service in services
        for t in range(1, periods + 1)
    ]
    ways = [(a, b) for a in slots for b in slots if a != b]
    travel = [(*way, minutes if isinstance(minutes, float) else minutes[way]) for way in ways]
    table = pd.DataFrame(travel, columns=["origin", "provider", "minutes"])
    return ma.System(
        waiting,
        pd.DataFrame(capacity, columns=["provider", "service", "period", "slots"]),
        table if miles is None else table.assign(miles=miles),
        periods=periods,
        **more,
    )


def plan_for(waiting: object, rules: dict[str, object] | None = None, **more: object) -> ma.Plan:
    """The best plan under a simple policy with some rules changed."""
    return ma.optimise(trusts(waiting, **more), ma.Policy(**{**PLAIN, **(rules or {})}))


def sent(patients: ma.PatientList, rules: dict[str, object] | None = None, **more: object):
    """Who is offered a place elsewhere: provider by patient."""
    named = plan_for(patients, rules, **more).patients(patients)
    offers = named[named["decision"] == "offer"]
    return dict(zip(offers["patient_id"], offers["provider"].astype(str), strict=True))
