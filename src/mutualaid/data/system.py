"""The system: who waits, who can treat, and how far it is. Checked once, then never changed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.as_today import AsToday
from mutualaid.data.booked_order import Reserved, reserve, voided
from mutualaid.data.column_checks import Clean
from mutualaid.data.finer_services import finer_table
from mutualaid.data.intake.assemble import assembled, check_horizon
from mutualaid.data.intake.forecast_checks import KEEPS_FORECAST, check_forecast
from mutualaid.data.intake.normalise import (
    QUEUE_COLUMNS,
    Known,
    checked_before,
    odd,
    without_booked,
)
from mutualaid.data.lines import Lines
from mutualaid.data.plausibility import unlikely
from mutualaid.data.schema import TABLES
from mutualaid.data.system_at_a_glance import in_words, overview
from mutualaid.data.taking.safety_columns import Finding
from mutualaid.data.taking.take_table import QUALITY
from mutualaid.errors import InputError, tell


class System:
    """Hospitals that could help each other: lists, capacity and the ways between them.

    Every table is a DataFrame (or anything with the Arrow or the dataframe interchange protocol),
    or the path of a file (CSV, workbook, Parquet or Feather; one sheet of several is named behind
    a ``#``, as in ``"plan.xlsx#Slots"``), and is checked in full: every problem is found in one
    pass and raised together. The checked system never changes; its tables are handed out as
    copies. Headings are known in any spelling and under the names of
    ``mutualaid.data.words.column_names``; :attr:`quality` says what was read as what, and which
    columns mean nothing here.

    Parameters
    ----------
    waiting_list
        ``origin``, ``service``, ``weeks_waiting`` (RTT week band at the census), ``patients``;
        optionally ``priority``, ``area``, the personal columns of
        :data:`mutualaid.data.schema.PERSONAL` and any other column that a policy may ask about.
        With a ``patient_id`` each row is one patient and ``patients`` may be left out. Or a
        :class:`mutualaid.PatientList`.
    capacity
        ``provider``, ``service``, ``period``, ``slots`` (patients who can be treated);
        optionally ``site``, whose slots are added up. ``stream`` and ``wait_class``, in all
        tables of patients alike, tell slots of a service further apart: those of one label treat
        nobody of another.
    travel
        ``origin`` or ``area``, ``provider``, ``minutes`` one way, and ``miles`` one way (blank
        where not known) if a limit in miles is to hold.
    referrals, removals
        ``origin``, ``service``, ``period``, ``patients``, and ``priority`` and ``area`` where
        the waiting list has them; optionally ``weeks_waiting`` (RTT week band) when the period
        starts. A referral of period `t` joins at the start of `t` with so many weeks on its
        clock: decisions to admit, transfers in; without the column, or with 0, its clock starts
        then. Removals (which may lack ``stream`` and ``wait_class``: they are shared out in
        proportion) leave untreated, at the start of their period: with the column from those
        who have waited so many weeks by then, without it from the newest. See
        :mod:`mutualaid.model.queues`.
    pools, usage
        Resources shared by services: ``provider``, ``pool``, ``period``, ``amount``; and
        ``service``, ``pool``, ``amount`` a patient, and ``provider`` where usage differs from
        place to place (then for every provider of the pool). Amounts are kept to 1/1000 of their
        unit.
    period_weeks, periods
        Length of a period in weeks, and how many there are.
    unlisted
        What a pair of origin (or area) and provider without a row in ``travel`` means, where
        somebody waits for what the provider offers: an ``"error"``, or ``"unreachable"``; who
        has no way at all then is told.
    accepts
        What sites accept: ``provider``, ``column`` (of the waiting list), at least one of
        ``at_least``, ``at_most`` and ``among`` (values with ``|`` between them), and ``service``
        where it holds for one service only. A patient is accepted who meets all that a provider
        asks for; a value that is missing meets nothing. See :func:`mutualaid.patients.within_icb`.
    booked
        Who has a date: ``origin``, ``service``, ``weeks_waiting`` (when the period starts),
        ``period``, ``patients``, ``stream`` and ``wait_class`` where slots have them, and
        ``priority`` and ``area`` where the waiting list has them; without the last two, bookings
        that fit several queues are shared in proportion. They are treated
        at home in that period whatever a plan does, and nobody of them is removed. See
        ``mutualaid.data.booked_order``; :meth:`mutualaid.PatientList.booked` makes the table.
    finer
        Which services are parts of another: ``service``, ``part_of``, or a mapping. Patients of
        ``"C_110/hip"`` use the slots of ``"C_110"`` at a provider that lists no capacity, not even
        0 slots, for ``"C_110/hip"`` itself; slots of a part treat nobody else.
    as_today
        What is forecast if everybody goes on as today, of this very system: see
        :class:`mutualaid.data.as_today.AsToday`. It changes no plan; it is told beside them.

    Raises
    ------
    InputError
        If anything in the tables cannot be used; ``.problems`` lists everything.

    Warns
    -----
    InputWarning
        Where somebody waits for a service that nobody has capacity for, or more patients are
        removed than are there; where bookings find no patient or no slot; where a priority, a
        consent or the like is not known, so that these patients do not move; where ways look too
        long or too short for minutes, or too fast or slow for their miles; and who is cut off by
        ``unlisted="unreachable"``.

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
        "_as_today",
        "_found",
        "_known",
        "_tables",
        "lines",
        "period_weeks",
        "periods",
        "providers",
        "services",
        "start",
        "unlisted",
    )

    _as_today: AsToday | None
    _found: dict[str, tuple[Finding, ...]]
    _known: Known
    _tables: dict[str, pd.DataFrame]
    lines: Lines
    """Which slots can treat whom: see ``mutualaid.data.lines``."""
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
        accepts: object | None = None,
        booked: object | None = None,
        finer: object | None = None,
        as_today: AsToday | None = None,
    ) -> None:
        check_horizon(period_weeks, periods, unlisted)
        given = {
            "waiting_list": waiting_list,
            "capacity": capacity,
            "travel": travel,
            "referrals": referrals,
            "removals": removals,
            "pools": pools,
            "usage": usage,
            "accepts": accepts,
            "booked": booked,
            "finer": finer_table(finer) if isinstance(finer, Mapping) else finer,
        }
        horizon = {"period_weeks": int(period_weeks), "periods": int(periods)}
        self.__setstate__(assembled(given, horizon, unlisted, Known(), {}) | horizon)
        self._stand_behind(as_today)
        for said in unlikely(self._clean(), self.periods, self.period_weeks):
            tell(said)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a System never changes: make a new one to change {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a System never changes: {name} cannot be deleted")

    def __getstate__(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__ if name != "_known"}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        object.__setattr__(self, "_known", Known())
        object.__setattr__(self, "_found", {})
        object.__setattr__(self, "_as_today", None)
        for name, value in state.items():
            object.__setattr__(self, name, value)

    def _stand_behind(self, as_today: object, known: AsToday | None = None) -> None:
        """Take in a forecast, if it is of this system, as a known one is."""
        remedy = "pass a mutualaid.data.as_today.AsToday"
        argument.kind("as_today", as_today, AsToday | None, remedy)
        if isinstance(as_today, AsToday) and as_today is not known:
            horizon = {"period_weeks": self.period_weeks, "periods": self.periods}
            check_forecast(as_today, self._tables, self.providers, self.services, horizon)
        object.__setattr__(self, "_as_today", as_today)

    def replace(self, **tables: object) -> System:
        """Make the same system with some tables changed; this one stays as it is.

        Parameters
        ----------
        **tables
            Tables by name, as for :class:`System`; None takes one away. With another table than
            ``travel`` or ``accepts`` it is another system, of which there is no forecast: pass
            ``as_today`` as well, or :attr:`as_today` is None.

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
        kept = self._as_today if {*tables} <= {*KEEPS_FORECAST} else None
        as_today = tables.pop("as_today", kept)
        absent = [name for name in tables if name not in TABLES]
        if absent:
            raise InputError(f"a System has no {', '.join(absent)}: use {', '.join(TABLES)}")
        known = self._known.kept(self._tables, tables, self.period_weeks)
        given = {
            name: tables[name] if name in tables else self._tables.get(name) for name in TABLES
        }
        if isinstance(given["finer"], Mapping):
            given["finer"] = finer_table(given["finer"])
        given.update({name: was.frame for name, was in known.tables.items()})
        found = {name: rows for name, rows in self._found.items() if name not in tables}
        other = object.__new__(System)
        horizon = {"period_weeks": self.period_weeks, "periods": self.periods}
        other.__setstate__(assembled(given, horizon, self.unlisted, known, found, tables) | horizon)
        other._stand_behind(as_today, kept)
        return other

    @checks_arguments
    def differs_in_capacity_only(self, other: System) -> bool:
        """Whether all else is the very same as in another system, as :meth:`replace` leaves it.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2)
        >>> system.replace(capacity=system.capacity).differs_in_capacity_only(system)
        True
        """
        names = (set(self._tables) | set(other._tables)) - {"capacity"}
        return all(self._tables.get(n) is other._tables.get(n) for n in names) and all(
            getattr(self, name) == getattr(other, name)
            for name in self.__slots__
            if not name.startswith("_")
        )

    def __repr__(self) -> str:
        return in_words(
            self._tables, self.providers, self.services, self.periods, self.period_weeks
        )

    def _repr_html_(self) -> str:
        return overview(self._tables, self.providers, repr(self), self.periods)

    @checks_arguments
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
        return None if frame is None else _copy(frame)

    def _clean(self) -> dict[str, Clean]:
        return {name: checked_before(name, frame).clean for name, frame in self._tables.items()}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of a plan should know of these tables: warned of, and shown with plans.

        What is unlikely, though possible, such as slots a week that are taken for slots a period
        (``mutualaid.data.plausibility``); services without capacity; who is cut off; bookings that
        do not stand. None where all looks as usual.

        Examples
        --------
        >>> import mutualaid as ma, warnings
        >>> system = ma.datasets.collaborative(trusts=2)
        >>> system.notes
        ()
        >>> system.replace(referrals=None, removals=None).notes[0][:35]
        'nobody joins any list in 52 weeks: '
        """
        if self._known.notes is None:
            tables, waiting = self._clean(), self._tables["waiting_list"]
            reserved = reserved_of(self)
            void = () if reserved is None else voided(reserved)
            free = None if reserved is None else without_booked(self._tables, reserved)
            found = odd(tables, waiting, Known(), self.period_weeks, self.unlisted, free)
            more = unlikely(tables, self.periods, self.period_weeks)
            self._known.notes = (*void, *found, *more)
        return self._known.notes

    def _standing(self, capacity: pd.DataFrame | None) -> Reserved | None:
        if "booked" not in self._tables:
            return None
        if capacity is None and self._known.reserved is not None:
            return self._known.reserved
        other = {} if capacity is None else {"capacity": capacity}
        found = reserve(
            {**self._tables, **other}, self.queue_columns, self.period_weeks, self.periods
        )
        if capacity is None:
            self._known.reserved = found
        return found

    @property
    def quality(self) -> pd.DataFrame:
        """What was found when the tables were taken in, and what was done about it.

        Columns ``table``, ``column``, ``problem``, ``rows`` and ``done``: headings that were read
        as a column of ours, words that are not known and whom they keep, columns that tell
        patients apart and mean nothing else.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2)
        >>> given = system.waiting_list.rename(columns={"origin": "Trust"}).assign(ward="7")
        >>> quality = system.replace(waiting_list=given).quality
        >>> quality[["column", "done"]].to_dict("records")[0]
        {'column': 'origin', 'done': 'read as origin'}
        """
        rows = [row for name in TABLES for row in self._found.get(name, ())]
        return pd.DataFrame(rows, columns=QUALITY)

    @property
    def waiting_list(self) -> pd.DataFrame:
        """Who waits: a copy."""
        return _copy(self._tables["waiting_list"])

    @property
    def capacity(self) -> pd.DataFrame:
        """Who can treat how many, and when: a copy."""
        return _copy(self._tables["capacity"])

    @property
    def travel(self) -> pd.DataFrame:
        """How far it is: a copy."""
        return _copy(self._tables["travel"])

    @property
    def referrals(self) -> pd.DataFrame | None:
        """Who joins, and when: a copy, or None."""
        return self.table("referrals")

    @property
    def removals(self) -> pd.DataFrame | None:
        """Who leaves untreated, and when: a copy, or None."""
        return self.table("removals")

    @property
    def booked(self) -> pd.DataFrame | None:
        """Who has a date, and when: a copy, or None."""
        return self.table("booked")

    @property
    def pools(self) -> pd.DataFrame | None:
        """Resources that services share: a copy, or None."""
        return self.table("pools")

    @property
    def usage(self) -> pd.DataFrame | None:
        """What a patient needs of each pool: a copy, or None."""
        return self.table("usage")

    @property
    def as_today(self) -> AsToday | None:
        """What is forecast if everybody goes on as today; None where no forecast is known."""
        return self._as_today

    @property
    def queue_columns(self) -> list[str]:
        """Columns that every queue of this system is told apart by."""
        return [name for name in QUEUE_COLUMNS if name in self._tables["waiting_list"]]


def reserved_of(system: System, capacity: pd.DataFrame | None = None) -> Reserved | None:
    """Which bookings of a system stand, and whom they take; None without a table of bookings.

    ``capacity`` is a table to look in for slots, in place of the system's own.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2)
    >>> first = system.waiting_list.head(1).drop(columns="deprivation")
    >>> dates = first.assign(period=1, patients=1)
    >>> reserved_of(system.replace(booked=dates)).patients.tolist()
    [1]
    """
    return system._standing(capacity)  # noqa: SLF001


def _copy(frame: pd.DataFrame) -> pd.DataFrame:
    """A table that can be changed without changing this one: copied when it is, since pandas 3."""
    return frame.copy(deep=int(pd.__version__.partition(".")[0]) < 3)
