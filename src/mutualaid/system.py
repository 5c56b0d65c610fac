"""The system: who waits, who can treat, and how far it is. Checked once, then never changed."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from mutualaid import rules
from mutualaid.checks import Clean, as_frame, check_duplicates, check_table
from mutualaid.errors import InputError, InputWarning, Problems
from mutualaid.schema import TABLES

KEYS: Mapping[str, tuple[str, ...]] = {
    "capacity": ("provider", "service", "period", "site"),
    "travel": ("origin", "area", "provider"),
    "referrals": ("origin", "service", "priority", "area", "period"),
    "removals": ("origin", "service", "priority", "area", "period"),
    "pools": ("provider", "pool", "period"),
    "usage": ("provider", "service", "pool"),
}
QUEUE_COLUMNS = ("origin", "service", "priority", "area")
LONGEST_HORIZON_PERIODS = 520


class System:
    """Hospitals that could help each other: lists, capacity and the ways between them.

    Every table is a DataFrame (or anything with the Arrow or the dataframe interchange
    protocol) and is checked in full: every problem is found in one pass and raised together.
    The checked system never changes; its tables are handed out as copies.

    Parameters
    ----------
    waiting_list
        ``origin``, ``service``, ``weeks_waiting`` (RTT week band at the census), ``patients``;
        optionally ``priority``, ``area`` and any other column that a policy may ask about. With
        a ``patient_id`` each row is one patient and ``patients`` may be left out.
    capacity
        ``provider``, ``service``, ``period``, ``slots`` (patients who can be treated);
        optionally ``site``, whose slots are added up.
    travel
        ``origin`` or ``area``, ``provider``, ``minutes`` one way.
    referrals, removals
        ``origin``, ``service``, ``period``, ``patients``, and ``priority`` and ``area`` where
        the waiting list has them. A referral of period `t` joins at the start of `t` with no
        week waited. Removals leave untreated: see :mod:`mutualaid.model.queues`.
    pools, usage
        Resources shared by services: ``provider``, ``pool``, ``period``, ``amount``; and
        ``service``, ``pool``, ``amount`` a patient, and ``provider`` where usage differs from
        place to place (then for every provider of the pool). Amounts are kept to 1/1000 of their
        unit.
    period_weeks, periods
        Length of a period in weeks, and how many there are.
    unlisted
        What a pair of origin (or area) and provider without a row in ``travel`` means, where
        somebody waits for what the provider offers: an ``"error"``, or ``"unreachable"``.

    Raises
    ------
    InputError
        If anything in the tables cannot be used; ``.problems`` lists everything.

    Warns
    -----
    InputWarning
        Where somebody waits for a service that nobody has capacity for, or more patients are
        removed than are there.

    Examples
    --------
    >>> import pandas as pd
    >>> system = System(
    ...     pd.DataFrame({"origin": ["A"], "service": ["hips"], "weeks_waiting": [40],
    ...                   "patients": [12]}),
    ...     pd.DataFrame({"provider": ["A", "B"], "service": "hips", "period": 1,
    ...                   "slots": [3, 5]}),
    ...     pd.DataFrame({"origin": ["A"], "provider": ["B"], "minutes": [25]}),
    ...     periods=1,
    ... )
    >>> system
    System: 12 patients waiting at 1 of 2 providers, 1 service, 8 slots in 1 period of 4 weeks
    """

    __slots__ = (
        "_tables",
        "period_weeks",
        "periods",
        "providers",
        "services",
        "start",
        "unlisted",
    )

    _tables: dict[str, pd.DataFrame]
    period_weeks: int
    periods: int
    providers: tuple[str, ...]
    services: tuple[str, ...]
    start: str
    """Where travel starts: ``"origin"`` or ``"area"``."""
    unlisted: str

    def __init__(
        self,
        waiting_list: object,
        capacity: object,
        travel: object,
        referrals: object | None = None,
        removals: object | None = None,
        pools: object | None = None,
        usage: object | None = None,
        period_weeks: int = 4,
        periods: int = 13,
        *,
        unlisted: str = "error",
    ) -> None:
        _check_horizon(period_weeks, periods, unlisted)
        given = {
            "waiting_list": waiting_list,
            "capacity": capacity,
            "travel": travel,
            "referrals": referrals,
            "removals": removals,
            "pools": pools,
            "usage": usage,
        }
        needed = ("waiting_list", "capacity", "travel")
        frames = {
            name: as_frame(name, table)
            for name, table in given.items()
            if table is not None or name in needed
        }
        tables = _check(frames, int(periods), unlisted)
        set_ = object.__setattr__
        set_(self, "period_weeks", int(period_weeks))
        set_(self, "periods", int(periods))
        set_(self, "unlisted", unlisted)
        set_(self, "start", "area" if "area" in tables["travel"] else "origin")
        set_(self, "providers", _union(tables, rules.PROVIDER_COLUMNS))
        set_(self, "services", _union(tables, rules.SERVICE_COLUMNS))
        set_(self, "_tables", _canonical(tables, frames))
        _warn(tables)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a System never changes: make a new one to change {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a System never changes: {name} cannot be deleted")

    def __getstate__(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)

    def replace(self, **tables: object) -> System:
        """Make the same system with some tables changed; this one stays as it is.

        Parameters
        ----------
        **tables
            Tables by name, as for :class:`System`; None takes one away.

        Raises
        ------
        InputError
            If there is no such table, or the new ones cannot be used.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2)
        >>> half = system.capacity.assign(slots=lambda rows: rows["slots"] // 2)
        >>> bool(system.replace(capacity=half).capacity["slots"].sum()
        ...      < system.capacity["slots"].sum())
        True
        """
        absent = [name for name in tables if name not in TABLES]
        if absent:
            raise InputError(f"a System has no {', '.join(absent)}: use {', '.join(TABLES)}")
        given: dict[str, object] = {name: table.copy() for name, table in self._tables.items()}
        given.update(tables)
        return System(
            **{name: given.get(name) for name in TABLES},
            period_weeks=self.period_weeks,
            periods=self.periods,
            unlisted=self.unlisted,
        )

    def __repr__(self) -> str:
        waiting = self._tables["waiting_list"]
        count = int(waiting["patients"].sum())
        lists = waiting["origin"].nunique()
        slots = int(self._tables["capacity"]["slots"].sum())
        referred = self._tables.get("referrals")
        more = "" if referred is None else f", {int(referred['patients'].sum()):,} to be referred"
        services = f"{len(self.services)} service{'s' * (len(self.services) != 1)}"
        periods = f"{self.periods} period{'s' * (self.periods != 1)} of {self.period_weeks} weeks"
        return (
            f"System: {count:,} patients waiting at {lists} of {len(self.providers)} providers"
            f"{more}, {services}, {slots:,} slots in {periods}"
        )

    def table(self, name: str) -> pd.DataFrame | None:
        """One of the tables as it was checked, rows in a fixed order, or None if not given.

        Examples
        --------
        >>> import mutualaid as ma
        >>> ma.datasets.collaborative(trusts=2).table("pools") is None
        True
        """
        if name not in TABLES:
            raise InputError(f"no table is called {name!r}: one of {', '.join(TABLES)}")
        frame = self._tables.get(name)
        return None if frame is None else frame.copy()

    @property
    def waiting_list(self) -> pd.DataFrame:
        """Who waits: a copy."""
        return self._tables["waiting_list"].copy()

    @property
    def capacity(self) -> pd.DataFrame:
        """Who can treat how many, and when: a copy."""
        return self._tables["capacity"].copy()

    @property
    def travel(self) -> pd.DataFrame:
        """How far it is: a copy."""
        return self._tables["travel"].copy()

    @property
    def referrals(self) -> pd.DataFrame | None:
        """Who joins, and when: a copy, or None."""
        return self.table("referrals")

    @property
    def removals(self) -> pd.DataFrame | None:
        """Who leaves untreated, and when: a copy, or None."""
        return self.table("removals")

    @property
    def pools(self) -> pd.DataFrame | None:
        """Resources that services share: a copy, or None."""
        return self.table("pools")

    @property
    def usage(self) -> pd.DataFrame | None:
        """What a patient needs of each pool: a copy, or None."""
        return self.table("usage")

    @property
    def queue_columns(self) -> list[str]:
        """Columns that every queue of this system is told apart by."""
        return [name for name in QUEUE_COLUMNS if name in self._tables["waiting_list"]]


def _warn(tables: Mapping[str, Clean]) -> None:
    lonely = rules.without_capacity(tables)
    if lonely:
        count = sum(
            int(tables[name]["patients"][rules.rows_with(tables, name, "service", lonely)].sum())
            for name in ("waiting_list", "referrals")
            if name in tables
        )
        warnings.warn(
            f"nobody has capacity for {', '.join(sorted(lonely)[:5])}"
            f"{', …' * (len(lonely) > 5)}: "
            f"the {count:,} patients on these lists can only wait",
            InputWarning,
            stacklevel=3,
        )
    beyond = _removed_beyond_the_list(tables)
    if beyond:
        warnings.warn(
            f"{beyond:,} of the removals find nobody left to remove: the lists run dry first",
            InputWarning,
            stacklevel=3,
        )


def _removed_beyond_the_list(tables: Mapping[str, Clean]) -> int:
    """How many removals come when fewer patients than that have ever been on the list."""
    if "removals" not in tables:
        return 0
    keys = [key for key in QUEUE_COLUMNS if key in tables["waiting_list"]]
    parts = []
    for name, sign in (("waiting_list", 1), ("referrals", 1), ("removals", -1)):
        if name in tables:
            clean = tables[name]
            part = pd.DataFrame({key: np.asarray(clean[key], dtype=object) for key in keys})
            part["period"] = clean.get("period", 0)
            part["balance"] = sign * clean["patients"]
            parts.append(part)
    moves = pd.concat(parts).groupby([*keys, "period"], observed=True)["balance"].sum()
    running = moves.groupby(level=keys, observed=True).cumsum()
    lowest = running.groupby(level=keys, observed=True).min()
    return int(-lowest.clip(upper=0).sum())


def _check_horizon(period_weeks: object, periods: object, unlisted: str) -> None:
    problems = Problems()
    for name, value in (("period_weeks", period_weeks), ("periods", periods)):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not 1 <= int(str(value)) <= LONGEST_HORIZON_PERIODS:
            problems.add(
                "System", name, f"is {value!r}", f"a whole number, 1 to {LONGEST_HORIZON_PERIODS}"
            )
    if unlisted not in ("error", "unreachable"):
        problems.add("System", "unlisted", f"is {unlisted!r}", "'error' or 'unreachable'")
    problems.raise_if_any()


def _check(frames: Mapping[str, pd.DataFrame], periods: int, unlisted: str) -> dict[str, Clean]:
    problems = Problems()
    extras = _extras(frames["waiting_list"])
    tables = {
        name: check_table(
            name, frame, periods, problems, extras if name in ("referrals", "removals") else ()
        )
        for name, frame in frames.items()
    }
    waiting = tables["waiting_list"]
    if "patient_id" in frames["waiting_list"]:
        _one_patient_a_row(waiting, len(frames["waiting_list"]), problems)
    else:
        _check_cohorts(waiting, frames["waiting_list"], problems)
    for name, keys in KEYS.items():
        if name not in tables:
            continue
        needed = [c.name for c in TABLES[name] if c.required and c.name in keys]
        given = [key for key in keys if key in frames[name]]
        if all(key in tables[name] for key in {*needed, *given}):
            more = [h for h in _extras(frames[name]) if h in extras]
            columns = {**tables[name], **{h: frames[name][h].to_numpy() for h in more}}
            check_duplicates(name, columns, [*keys, *more], problems)
    if ("pools" in tables) != ("usage" in tables):
        lacking = "usage" if "pools" in tables else "pools"
        problems.add(lacking, "", "the table is missing", "give pools and usage together")
    for rule in rules.ALWAYS:
        rule(tables, problems)
    if unlisted == "error":
        rules.ways_are_known(tables, problems)
    problems.raise_if_any()
    return tables


def _one_patient_a_row(waiting: Clean, rows: int, problems: Problems) -> None:
    patients = waiting.setdefault("patients", np.ones(rows, dtype=np.int64))
    if (patients != 1).any():
        problems.add(
            "waiting_list",
            "patients",
            "is not 1 although each row is one patient",
            "drop the column, or drop patient_id",
            rows=patients != 1,
            values=patients,
        )


def _check_cohorts(waiting: Clean, frame: pd.DataFrame, problems: Problems) -> None:
    """Each cohort has one row; every column that describes patients tells cohorts apart."""
    extras = _extras(frame)
    keys = [h for h in frame.columns if h != "patients" and (h in waiting or h in extras)]
    if {"origin", "service", "weeks_waiting"} <= set(waiting):
        columns = {h: waiting[h] if h in waiting else frame[h].to_numpy() for h in keys}
        check_duplicates("waiting_list", columns, keys, problems)


def _declared(table: str) -> set[str]:
    return {column.name for column in TABLES[table]}


def _extras(frame: pd.DataFrame) -> list[str]:
    """Columns that describe patients beyond those that the tables have names for."""
    named = {name for table in TABLES for name in _declared(table)}
    return [heading for heading in frame.columns if heading not in named]


def _union(tables: Mapping[str, Clean], places: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({label for t, c in places for label in rules.labels(tables, t, c)}))


def _canonical(
    tables: Mapping[str, Clean], frames: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Put rows into one order and labels into one set of categories, whatever the input's."""
    shared = {
        column: pd.Index(_union(tables, vocabulary), dtype=object)
        for vocabulary in rules.VOCABULARIES
        for _, column in vocabulary
    }
    result = {}
    for name, clean in tables.items():
        columns = {
            heading: values.set_categories(shared[heading])
            if isinstance(values, pd.Categorical) and heading in shared
            else values
            for heading, values in clean.items()
        }
        frame = pd.DataFrame(columns)
        for heading in _extras(frames[name]):
            frame[heading] = frames[name][heading].to_numpy()
        result[name] = _sorted(frame, name)
    return result


def _sorted(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    keys = KEYS.get(name, (*QUEUE_COLUMNS, "weeks_waiting"))
    known = [key for key in keys if key in frame]
    others = [h for h in frame.columns if h not in _declared(name) or h == "patient_id"]
    order = [pd.factorize(frame[h].astype(str), sort=True)[0] for h in others]
    codes = [
        frame[key].cat.codes if isinstance(frame[key].dtype, pd.CategoricalDtype) else frame[key]
        for key in known
    ]
    position = np.lexsort([*reversed(order), *reversed(codes)])
    return frame.iloc[position].reset_index(drop=True)
