"""What may come otherwise: changes to a system or a policy, each of which makes a new one.

A change says what is multiplied, closed, added or allowed, and where: ``provider``, ``service``
and ``periods`` (None: everywhere, always). Counts stay whole: over the periods of a row's place the
total is rounded down once, and what is left over is carried from one period to the next.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from mutualaid.errors import InputError, Problems
from mutualaid.policy import Policy
from mutualaid.system import System

State = tuple[System, Policy]
LARGEST_FACTOR = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. Use one of the kinds below."""

    kind: ClassVar[str] = ""

    @abstractmethod
    def apply(self, system: System, policy: Policy) -> State:
        """Make the changed system and policy; those that are given stay as they are."""

    def described(self) -> dict[str, Any]:
        """The change as plain values, with its ``kind``; what is not given is left out."""
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items()
            if value is not None
        }
        return {"kind": self.kind, **plain}


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

    def __post_init__(self) -> None:
        _check(self)

    def apply(self, system: System, policy: Policy) -> State:
        """Multiply the slots."""
        table = _times(self, system, "capacity", "slots", {"provider": self.provider})
        return system.replace(capacity=table), policy

    def __str__(self) -> str:
        return f"capacity times {self.factor:g}{_where(self)}"


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

    def __post_init__(self) -> None:
        _check(self)

    def apply(self, system: System, policy: Policy) -> State:
        """Take its slots away."""
        shut = Capacity(
            factor=0, provider=self.provider, service=self.service, periods=self.periods
        )
        return shut.apply(system, policy)

    def __str__(self) -> str:
        return f"{self.provider} closed{_where(self, ('service', 'periods'))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients(Change):
    """Patients who join or leave, multiplied. Use one of the two kinds below."""

    factor: float
    origin: str | None = None
    service: str | None = None
    periods: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        _check(self)

    def apply(self, system: System, policy: Policy) -> State:
        """Multiply the table of the kind's name."""
        table = _times(self, system, self.kind, "patients", {"origin": self.origin})
        return system.replace(**{self.kind: table}), policy

    def __str__(self) -> str:
        return f"{self.kind} times {self.factor:g}{_where(self)}"


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

    def __post_init__(self) -> None:
        _check(self)

    def apply(self, system: System, policy: Policy) -> State:
        """Multiply the usage; where it is the same for all providers, it is told apart."""
        usage = system.usage
        if usage is None:
            raise InputError(f"{self}: the system has no usage")
        if self.provider is not None and "provider" not in usage:
            everywhere = pd.DataFrame({"provider": list(system.providers)})
            usage = usage.merge(everywhere, how="cross")
        wanted = {"pool": self.pool, "provider": self.provider, "service": self.service}
        rows = _rows(self, usage, wanted)
        usage["amount"] = usage["amount"].where(~rows, usage["amount"] * self.factor)
        return system.replace(usage=usage), policy

    def __str__(self) -> str:
        return f"{self.pool} a patient times {self.factor:g}{_where(self)}"


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

    def __post_init__(self) -> None:
        _check(self)

    def apply(self, system: System, policy: Policy) -> State:
        """Multiply the amounts."""
        pools = system.pools
        if pools is None:
            raise InputError(f"{self}: the system has no pools")
        rows = _rows(self, pools, {"pool": self.pool, "provider": self.provider}, self.periods)
        pools["amount"] = pools["amount"].where(~rows, pools["amount"] * self.factor)
        return system.replace(pools=pools), policy

    def __str__(self) -> str:
        return f"{self.pool} times {self.factor:g}{_where(self)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Change):
    """A new provider, such as a hub.

    Parameters
    ----------
    provider
        Its code.
    slots
        Patients of each service that it can treat in a period.
    minutes
        How far it is, one way, from each origin (or area, if the system's travel is by area).
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

    def __post_init__(self) -> None:
        _check(self)

    def apply(self, system: System, policy: Policy) -> State:
        """Add it to capacity and travel."""
        if self.provider in system.providers:
            raise InputError(f"{self}: the system has {self.provider} already; use Capacity")
        when = self.periods or tuple(range(1, system.periods + 1))
        rows = [(self.provider, s, t, n) for s, n in self.slots.items() for t in when]
        own = ["provider", "service", "period", "slots"]
        capacity = _below(system.capacity, pd.DataFrame(rows, columns=own))
        ways = [(place, self.provider, far) for place, far in self.minutes.items()]
        columns = [system.start, "provider", "minutes"]
        travel = _below(system.travel, pd.DataFrame(ways, columns=columns))
        return system.replace(capacity=capacity, travel=travel), policy

    def __str__(self) -> str:
        return f"{self.provider} opens{_where(self, ('periods',))}"


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
        known = [item.name for item in fields(Policy)]
        absent = [name for name in self.policy if name not in known]
        if absent:
            raise InputError(f"a policy has no {', '.join(absent)}: use {', '.join(known)}")

    def apply(self, system: System, policy: Policy) -> State:
        """Change the policy."""
        return system, replace(policy, **self.policy)

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.policy.items())


KINDS: dict[str, type[Change]] = {
    one.kind: one for one in (Capacity, Closure, Referrals, Removals, Stay, Pool, Site, Rule)
}


def _check(change: Change) -> None:
    """Check a change's own values, all of them at once."""
    problems = Problems()
    where = type(change).__name__
    for item in fields(change):
        value = getattr(change, item.name)
        if item.name == "factor":
            real = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            if not real or not 0 <= float(str(value)) <= LARGEST_FACTOR:
                top = f"a number from 0 to {LARGEST_FACTOR:,g}"
                problems.add(where, "factor", f"is {value!r}", top)
        elif item.name == "periods" and value is not None:
            whole = isinstance(value, list | tuple | range) and all(
                isinstance(t, int | np.integer) and not isinstance(t, bool) and t >= 1
                for t in value
            )
            if not whole or not value:
                problems.add(where, "periods", f"is {value!r}", "a list of whole numbers from 1")
            else:
                object.__setattr__(change, "periods", tuple(sorted({int(t) for t in value})))
        elif item.name in ("slots", "minutes"):
            _check_amounts(where, item.name, value, problems)
        elif value is not None and item.name != "periods" and not isinstance(value, str):
            problems.add(where, item.name, f"is {value!r}", "write a code, or leave it out")
    problems.raise_if_any()


def _check_amounts(where: str, name: str, value: object, problems: Problems) -> None:
    if not isinstance(value, Mapping) or not value:
        problems.add(where, name, f"is a {type(value).__name__}", "map codes to numbers")
        return
    for code, amount in value.items():
        real = isinstance(amount, int | float | np.number) and not isinstance(amount, bool)
        whole = name == "minutes" or (real and float(amount).is_integer())
        if not real or not whole or not 0 <= float(amount) < math.inf:
            problems.add(where, name, f"of {code} is {amount!r}", "a number from 0")


def _rows(
    change: Change,
    table: pd.DataFrame,
    wanted: Mapping[str, str | None],
    periods: tuple[int, ...] | None = None,
) -> pd.Series:
    """The rows that a change is about.

    Raises
    ------
    InputError
        If there are none: a change that changes nothing is a mistake.
    """
    rows = pd.Series(True, table.index)
    for column, code in wanted.items():
        if code is not None:
            rows &= table[column] == code
    if periods is not None:
        rows &= table["period"].isin(periods)
    if not rows.any():
        raise InputError(f"{change}: the system has nothing there; correct codes and periods")
    return rows


def _times(
    change: Capacity | Patients,
    system: System,
    name: str,
    amount: str,
    wanted: dict[str, str | None],
) -> pd.DataFrame:
    """A table of counts, some of them multiplied."""
    table = system.table(name)
    if table is None:
        raise InputError(f"{change}: the system has no {name}")
    rows = _rows(change, table, wanted | {"service": change.service}, change.periods)
    keys = [column for column in table if column not in (amount, "period")]
    part = table[rows].sort_values("period", kind="stable")
    # A float is read as the decimal that it prints as: 0.1 is a tenth.
    factor = Fraction(repr(float(change.factor)))
    group = part[keys].astype(object).fillna("").agg(tuple, axis=1)
    total = part.groupby(group, sort=False)[amount].cumsum()
    scaled = [int(n * factor) for n in total.astype(object)]
    before = [int(n * factor) for n in (total - part[amount]).astype(object)]
    table.loc[part.index, amount] = np.subtract(scaled, before)
    return table


def _below(table: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Both tables, one below the other, codes as plain text."""
    plain = table.astype(
        {name: object for name in ("origin", "area", "provider", "service") if name in table}
    )
    return pd.concat([plain, more], ignore_index=True)


def _where(
    change: Change, names: tuple[str, ...] = ("provider", "origin", "service", "periods")
) -> str:
    """Where and when, in words."""
    words = {"provider": " at {}", "origin": " of {}", "service": " for {}"}
    told = ""
    for name in names:
        value = getattr(change, name, None)
        if value is None:
            continue
        if name == "periods":
            many = "s" if len(value) > 1 else ""
            told += f" in period{many} {', '.join(map(str, value))}"
        else:
            told += words[name].format(value)
    return told
