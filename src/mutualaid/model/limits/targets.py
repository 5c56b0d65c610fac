"""Targets: nobody over 65 weeks by the end of March, 92 % within 18 weeks in every trust.

A target is kept wherever it can be. Where it cannot, the plan misses it by as few patients as
possible, before anything else is made small, and says who misses it and by how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.errors import InputError
from mutualaid.model import linear_terms
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.row_kinds import LimitKind, grid
from mutualaid.model.limits.side_rows import grouped, offered, with_rows
from mutualaid.model.model import Model
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes

BY = ("system", "trust", "service", "trust and service")
WHOSE = ("origin", "service", "target")


def _all(origin: str, service: str) -> str:
    return " ".join(filter(None, (origin, service))) or "all"


MISSED = LimitKind(
    "missed", WHOSE, lambda origin, service, t: f"missed {_all(origin, service)} {t}"
)
TARGET = LimitKind("target", WHOSE, lambda origin, service, t: f"{_all(origin, service)}: {t}")
KINDS = (MISSED, TARGET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target for who is on the list when a period ends: by residents, wherever they are treated.

    Parameters
    ----------
    weeks
        Whoever has waited so many weeks, or more, when the period ends is *over*.
    patients
        At most so many may be over.
    share_within
        Instead: at least this share of the list must not be over.
    by
        For ``"system"``, each ``"trust"``, each ``"service"``, or each ``"trust and service"``.
    period
        At whose end; None for the last.
    origins, services
        Only these, by code or by name; None for all.

    Raises
    ------
    InputError
        If anything is out of range.

    Examples
    --------
    Nobody over 65 weeks after three periods; 92 % within 18 weeks in every trust at the end.

    >>> Target(weeks=65, period=3)
    Target: nobody over 65 weeks at the end of period 3, in each trust
    >>> Target(weeks=18, share_within=0.92)
    Target: 92% within 18 weeks at the end, in each trust
    """

    weeks: int
    patients: int = 0
    share_within: float | None = None
    by: str = "trust"
    period: int | None = None
    origins: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        with Arguments("Target") as check:
            check.whole("weeks", self.weeks)
            check.whole("patients", self.patients)
            check.whole("period", self.period, 1, optional=True)
            check.share("share_within", self.share_within, optional=True)
            check.choice("by", self.by, BY)

    @checks_arguments
    def marks(self, periods: int) -> list[tuple[int, int]]:
        """Whom the network must tell apart: (period, weeks).

        Raises
        ------
        InputError
            If the period is beyond the horizon.
        """
        period = self.period or periods
        if period > periods:
            raise InputError(f"{self!r}: the horizon ends with period {periods}")
        return [(period, self.weeks)]

    def in_codes(self, names: SystemNames) -> Target:
        """The same target with the codes of the trusts and services that it names.

        Examples
        --------
        >>> import mutualaid as ma
        >>> names = ma.Target(weeks=65, services=("Trauma and Orthopaedic",))
        >>> names.in_codes(SystemNames.of(["RM3"], ["C_110"])).services
        ('C_110',)
        """
        changed: dict[str, Any] = {}
        for name, column in (("origins", "origin"), ("services", "service")):
            given = getattr(self, name)
            texts = given if isinstance(given, list | tuple) else ()
            if found := names.codes(column, texts, f"Target.{name}"):
                changed[name] = tuple(found.get(one, one) for one in texts)
        return replace(self, **changed) if changed else self

    def __repr__(self) -> str:
        who = "nobody" if not self.patients else f"at most {self.patients:,}"
        what = f"{who} over {self.weeks} weeks"
        if self.share_within is not None:
            what = f"{self.share_within:.4g}".rstrip("0").rstrip(".")
            what = f"{100 * self.share_within:g}% within {self.weeks} weeks"
        when = "at the end" if self.period is None else f"at the end of period {self.period}"
        where = "" if self.by == "system" else f", in each {self.by}"
        only = [*(self.origins or ()), *(self.services or ())]
        return f"Target: {what} {when}{where}{' of ' * bool(only)}{', '.join(only)}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Promised:
    """A model with soft targets, and the arcs that count by how much each is missed."""

    model: Model
    missed: Codes


def promise(model: Model, targets: Sequence[Target]) -> Promised:
    """Add targets to a model, each with a choice that says by how many patients it is missed.

    Raises
    ------
    InputError
        If a target names a trust or a service that is not there.
    """
    missed: list[Codes] = []
    for target in targets:
        model, arcs = _add(model, target)
        missed.append(arcs)
    none = np.zeros(0, dtype=np.int64)
    return Promised(model=model, missed=np.concatenate([none, *missed]))


def _add(model: Model, target: Target) -> tuple[Model, Codes]:
    frame = model.frame
    period, weeks = target.marks(frame.curves.periods)[0]
    over = linear_terms.waiting(model, period, weeks)
    everybody = linear_terms.waiting(model, period)
    group, whose = _groups(model, target)
    count = len(whose[0])
    limit = np.full(count, target.patients, dtype=np.int64)
    arc, coefficient, queue = over.arc, over.coefficient, over.queue
    unit = 1
    if target.share_within is not None:
        # Over at most (1 - share) of all, in whole numbers.
        share = Fraction(repr(float(target.share_within)))
        unit = share.denominator
        rest = unit - share.numerator
        arc = np.concatenate([over.arc, everybody.arc])
        coefficient = np.concatenate(
            [np.full(len(over.arc), unit), np.full(len(everybody.arc), -rest)]
        ).astype(np.int64)
        queue = np.concatenate([over.queue, everybody.queue])
        limit = np.zeros(count, dtype=np.int64)
    wanted = group[queue] >= 0
    arc, coefficient, queue = arc[wanted], coefficient[wanted], queue[wanted]
    patients = np.zeros(count, dtype=np.int64)
    counted = group >= 0
    np.add.at(patients, group[counted], frame.queues.patients()[counted])
    kept = np.isin(np.arange(count), group[queue])
    used = np.flatnonzero(kept)
    model, code = model.told([repr(target)])
    keys = MISSED.keys(*(codes[used] for codes in whose), code)
    model, chosen = offered(
        model,
        [
            Choice(key=key, most=most, switch=False)
            for key, most in zip(keys, patients[used].tolist(), strict=True)
        ],
    )
    rows = grouped(
        np.concatenate([arc, chosen]),
        np.concatenate([coefficient, np.full(len(chosen), -unit)]),
        np.concatenate([group[queue], used]),
        None,
        limit,
        TARGET.rows(*whose, code),
        kept=kept,
    )
    return with_rows(model, rows), chosen


def _groups(model: Model, target: Target) -> tuple[Codes, tuple[Codes, Codes]]:
    """Each queue's group, -1 for queues that the target is not about, and whose each group is."""
    system, queues = model.frame.system, model.frame.queues
    _check(system, target)
    trusts, services = len(system.providers), len(system.services)
    by_trust, by_service = "trust" in target.by, "service" in target.by
    origin, service = grid(trusts if by_trust else 1, services if by_service else 1)
    group = np.zeros(len(queues), dtype=np.int64)
    if by_trust:
        group += queues.origin * (services if by_service else 1)
    if by_service:
        group += queues.service
    whose = origin if by_trust else origin - 1, service if by_service else service - 1
    inside = np.ones(len(queues), dtype=bool)
    if target.origins is not None:
        of = np.isin(np.arange(trusts), [system.providers.index(p) for p in target.origins])
        inside &= of[queues.origin]
    if target.services is not None:
        of = np.isin(np.arange(services), [system.services.index(s) for s in target.services])
        inside &= of[queues.service]
    return np.where(inside, group, -1), whose


def _check(system: System, target: Target) -> None:
    for what, column, given, known in (
        ("origins", "origin", target.origins, system.providers),
        ("services", "service", target.services, system.services),
    ):
        absent = sorted(set(given or ()) - set(known))
        if absent:
            told = SystemNames.of(system.providers, system.services).told(column, absent)
            raise InputError(f"{target!r}: {what} has {told}, not in this system")


def target_table(
    targets: Sequence[Target], table: pd.DataFrame, periods: int, period_weeks: int
) -> pd.DataFrame:
    """Count from a plan's table how each target fares.

    Parameters
    ----------
    targets
        The targets.
    table
        A table of :func:`mutualaid.outcomes.tables.entries`.
    periods, period_weeks
        The horizon.

    Returns
    -------
    pandas.DataFrame
        ``target``, ``origin`` and ``service`` (empty where the target is not by them),
        ``waiting`` (patients on the list), ``over``, ``allowed`` (patients over), ``missed``
        (patients over beyond it), ``met``.
    """
    columns = ["target", "origin", "service", "waiting", "over", "allowed", "missed", "met"]
    parts = [_count(target, table, periods, period_weeks) for target in targets]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _count(target: Target, table: pd.DataFrame, periods: int, period_weeks: int) -> pd.DataFrame:
    period, weeks = target.marks(periods)[0]
    rows = table[(table["referred"] <= period) & (table["period"] > period)]
    if target.origins is not None:
        rows = rows[rows["origin"].isin(target.origins)]
    if target.services is not None:
        rows = rows[rows["service"].isin(target.services)]
    waited = rows["weeks_waiting"] + period * period_weeks
    counted = pd.DataFrame(
        {
            "origin": rows["origin"].astype(object) if "trust" in target.by else "",
            "service": rows["service"].astype(object) if "service" in target.by else "",
            "waiting": rows["patients"],
            "over": rows["patients"].where(waited >= weeks, 0),
        }
    )
    found = counted.groupby(["origin", "service"], as_index=False)[["waiting", "over"]].sum()
    found["allowed"] = target.patients
    if target.share_within is not None:
        rest = 1 - Fraction(repr(float(target.share_within)))
        found["allowed"] = [int(n) * rest.numerator // rest.denominator for n in found["waiting"]]
    found["missed"] = (found["over"] - found["allowed"]).clip(lower=0)
    found["met"] = found["missed"] == 0
    return found.assign(target=repr(target).removeprefix("Target: "))


def missed_cost(arcs: int, missed: Ints) -> Ints:
    """Objective that counts by how many patients targets are missed."""
    result = np.zeros(arcs, dtype=np.int64)
    result[missed] = 1
    return result
