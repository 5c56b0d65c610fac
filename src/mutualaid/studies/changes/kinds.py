"""The kinds of changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import pandas as pd

from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.policy.policy import Policy
from mutualaid.studies.changes.base import Change, State, below, check, rows_of, times, where


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity(Change):
    """Slots, multiplied.

    Parameters
    ----------
    factor
        0.8 for a fifth fewer.
    provider, service, periods
        Where and when; None for all.

    Raises
    ------
    InputError
        If anything is out of range; when applied, if nothing is there to be changed.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> fewer, _ = Capacity(factor=0.5, periods=(2,)).apply(system, ma.Policy())
    >>> bool(fewer.capacity["slots"].sum() < system.capacity["slots"].sum())
    True
    """

    kind: ClassVar[str] = "capacity"
    factor: float
    provider: str | None = None
    service: str | None = None
    periods: tuple[int, ...] | None = None

    def apply(self, system: System, policy: Policy) -> State:
        """Multiply the slots."""
        wanted = {"provider": self.provider, "service": self.service}
        table = times(self, system.capacity, "slots", self.factor, wanted, self.periods)
        return system.replace(capacity=table), policy

    def __str__(self) -> str:
        return f"capacity times {self.factor:g}{where(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure(Change):
    """A provider, or a service of it, that treats nobody: a flood, a power cut, a strike.

    Examples
    --------
    >>> str(Closure(provider="XA1", periods=(3, 4)))
    'XA1 closed in periods 3, 4'
    """

    kind: ClassVar[str] = "closure"
    provider: str
    service: str | None = None
    periods: tuple[int, ...] | None = None

    def apply(self, system: System, policy: Policy) -> State:
        """Take its slots away."""
        shut = Capacity(
            factor=0, provider=self.provider, service=self.service, periods=self.periods
        )
        return shut.apply(system, policy)

    def __str__(self) -> str:
        return f"{self.provider} closed{where(self, ('service', 'periods'))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients(Change):
    """Patients who join or leave, multiplied. Use one of the two kinds below."""

    factor: float
    origin: str | None = None
    service: str | None = None
    periods: tuple[int, ...] | None = None

    def apply(self, system: System, policy: Policy) -> State:
        """Multiply the table of the kind's name."""
        table = system.table(self.kind)
        if table is None:
            raise InputError(f"{self}: the system has no {self.kind}")
        wanted = {"origin": self.origin, "service": self.service}
        table = times(self, table, "patients", self.factor, wanted, self.periods)
        return system.replace(**{self.kind: table}), policy

    def __str__(self) -> str:
        return f"{self.kind} times {self.factor:g}{where(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrals(Patients):
    """Referrals, multiplied.

    Examples
    --------
    >>> str(Referrals(factor=1.1, service="C_110"))
    'referrals times 1.1 for C_110'
    """

    kind: ClassVar[str] = "referrals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removals(Patients):
    """Patients who leave untreated, multiplied.

    Examples
    --------
    >>> str(Removals(factor=0.5))
    'removals times 0.5'
    """

    kind: ClassVar[str] = "removals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay(Change):
    """What a patient needs of a pool, multiplied: the length of stay where the pool is beds.

    Examples
    --------
    >>> str(Stay(factor=0.8, pool="beds", provider="XA1"))
    'beds a patient times 0.8 at XA1'
    """

    kind: ClassVar[str] = "stay"
    factor: float
    pool: str
    provider: str | None = None
    service: str | None = None

    def apply(self, system: System, policy: Policy) -> State:
        """Multiply the usage; where it is the same for all providers, it is told apart."""
        usage = system.usage
        if usage is None:
            raise InputError(f"{self}: the system has no usage")
        if self.provider is not None and "provider" not in usage:
            everywhere = pd.DataFrame({"provider": list(system.providers)})
            usage = usage.merge(everywhere, how="cross")
        wanted = {"pool": self.pool, "provider": self.provider, "service": self.service}
        rows = rows_of(self, usage, wanted)
        usage["amount"] = usage["amount"].where(~rows, usage["amount"] * self.factor)
        return system.replace(usage=usage), policy

    def __str__(self) -> str:
        return f"{self.pool} a patient times {self.factor:g}{where(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool(Change):
    """What there is of a pool, multiplied: beds lost to winter, theatres under repair.

    Examples
    --------
    >>> str(Pool(factor=0.9, pool="beds", periods=(10, 11)))
    'beds times 0.9 in periods 10, 11'
    """

    kind: ClassVar[str] = "pool"
    factor: float
    pool: str
    provider: str | None = None
    periods: tuple[int, ...] | None = None

    def apply(self, system: System, policy: Policy) -> State:
        """Multiply the amounts."""
        pools = system.pools
        if pools is None:
            raise InputError(f"{self}: the system has no pools")
        rows = rows_of(self, pools, {"pool": self.pool, "provider": self.provider}, self.periods)
        pools["amount"] = pools["amount"].where(~rows, pools["amount"] * self.factor)
        return system.replace(pools=pools), policy

    def __str__(self) -> str:
        return f"{self.pool} times {self.factor:g}{where(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Change):
    """A new provider, such as a hub.

    Parameters
    ----------
    provider
        Its code.
    slots
        Patients of each service that it can treat in a period. Where slots are of streams or
        classes, they are shared among those of the service as all slots of the system are.
    minutes
        How far it is, one way, from each origin (or area, if the system's travel is by area).
    miles
        The same as a distance: what a limit in miles is checked in. Where it is not said nobody
        is sent to the site who has such a limit.
    periods
        When it is open; None for always.

    Examples
    --------
    >>> str(Site(provider="HUB", slots={"C_110": 40}, minutes={"XA1": 20}))
    'HUB opens'
    """

    kind: ClassVar[str] = "site"
    provider: str
    slots: Mapping[str, int]
    minutes: Mapping[str, float]
    periods: tuple[int, ...] | None = None
    miles: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        check(self)
        lost = [place for place in self.miles or () if place not in self.minutes]
        if lost:
            raise InputError(f"{self}: miles names {', '.join(lost)}, which minutes does not")

    def apply(self, system: System, policy: Policy) -> State:
        """Add it to capacity and travel."""
        if self.provider in system.providers:
            raise InputError(f"{self}: the system has {self.provider} already; use Capacity")
        when = self.periods or tuple(range(1, system.periods + 1))
        rows = [(self.provider, s, t, n) for s, n in self.slots.items() for t in when]
        own = ["provider", "service", "period", "slots"]
        new = pd.DataFrame(rows, columns=own)
        capacity = below(system.capacity, self._of_lines(new, system))
        ways = pd.DataFrame({"provider": self.provider, "minutes": dict(self.minutes)})
        if self.miles is not None:
            ways["miles"] = pd.Series(dict(self.miles), dtype=float)
        ways = ways.rename_axis(system.start).reset_index()
        travel = below(system.travel, ways)
        return system.replace(capacity=capacity, travel=travel), policy

    def _of_lines(self, slots: pd.DataFrame, system: System) -> pd.DataFrame:
        """Slots of services as slots of lines, in the usual mix, by largest remainder."""
        names = list(system.lines.columns)
        if len(names) == 1:
            return slots
        mix = system.capacity.groupby(names, observed=True)["slots"].sum().reset_index()
        mix = mix.astype(dict.fromkeys(names, object)).rename(columns={"slots": "usual"})
        mix = mix[mix["usual"] > 0]
        lost = sorted(set(slots["service"]) - set(mix["service"]))
        if lost:
            raise InputError(
                f"{self}: nobody has slots for {', '.join(lost)}, so that their mix of "
                f"{' and '.join(names[1:])} is not known: add the rows to capacity"
            )
        both = slots.merge(mix, on="service")
        of = both.groupby(["service", "period"])
        part = both["slots"] * both["usual"]
        size = of["usual"].transform("sum")
        both["part"], both["rest"] = part // size, part % size
        order = both.sort_values("rest", ascending=False, kind="stable")
        rank = order.groupby(["service", "period"]).cumcount().reindex(both.index)
        short = both["slots"] - of["part"].transform("sum")
        both["slots"] = both["part"] + (rank < short)
        return both[["provider", *names, "period", "slots"]]

    def __str__(self) -> str:
        return f"{self.provider} opens{where(self, ('periods',))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Change):
    """Another policy: any of its parameters by name, such as ``max_minutes``.

    Examples
    --------
    >>> str(Rule(policy={"max_minutes": 90}))
    'max_minutes 90'
    """

    kind: ClassVar[str] = "rule"
    policy: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not isinstance(self.policy, Mapping):
            what = type(self.policy).__name__
            raise InputError(f"policy is a {what}: write {{'max_minutes': 90}}, names and values")
        known = [item.name for item in fields(Policy)]
        absent = [str(name) for name in self.policy if name not in known]
        if absent:
            raise InputError(f"a policy has no {', '.join(absent)}: use {', '.join(known)}")

    def apply(self, system: System, policy: Policy) -> State:
        """Change the policy."""
        return system, replace(policy, **self.policy)

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.policy.items())
