"""The books of mutual aid from one plan to the next: who gave and got over years."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, argument, checks_arguments, shown
from mutualaid.errors import InputError
from mutualaid.formats import many
from mutualaid.html_repr import shown as html
from mutualaid.outcomes import ledger as books
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.plan.ledger_file import COLUMNS, MONEY, read_ledger, read_premiums, write_ledger
from mutualaid.plan.published import require_plan
from mutualaid.policy.harm import SCALE

KEYS = ["date", "provider", "origin", "service"]
Day = str | dt.date


@dataclass(frozen=True, eq=False, kw_only=True)
class Ledger:
    """Who treated whose patients over years, one plan's horizon after another.

    Made by :meth:`of` or :meth:`load`, and never changed: :meth:`extend` gives another one. It
    holds small numbers, and is the partners' own.

    Attributes
    ----------
    rows : pandas.DataFrame
        As they are saved: ``date`` (of the period's first day, as text), ``provider``, ``origin``,
        ``service``, ``horizon`` (from 0), ``patients``, ``saved`` (1/1000 harm-weeks),
        ``extra_minutes`` and, where money is booked, ``tariff``.
    known : tuple of dict
        What is known of each horizon: see :attr:`horizons`.
    paid : tuple of dict
        Premiums that are booked: see :meth:`insure`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> first, second = (
    ...     ma.optimise(ma.datasets.collaborative(trusts=n, areas_per_trust=1, periods=3))
    ...     for n in (2, 3))
    >>> books = ma.Ledger.of(first, "2026-04-06").extend(second, "2026-06-29")
    >>> books.balance()["origin"].to_list()
    ['XA1', 'XB2', 'XC3']
    >>> int(books.balance()["patients_net"].sum())
    0
    """

    rows: pd.DataFrame
    known: tuple[Mapping[str, Any], ...]
    paid: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    @checks_arguments
    def of(
        cls,
        plan: CertifiedPlan,
        start: Day,
        *,
        periods: int | None = None,
        tariff: Mapping[str, float] | None = None,
    ) -> Ledger:
        """Open the books with a plan: see :meth:`extend`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> ma.Ledger.of(plan, "2026-04-06").horizons["end"].to_list()
        ['2026-06-01']
        """
        columns = [*COLUMNS, *([MONEY] if tariff is not None else [])]
        none = cls(rows=pd.DataFrame(columns=columns), known=())
        return none.extend(plan, start, periods=periods, tariff=tariff)

    @checks_arguments
    def extend(
        self,
        plan: CertifiedPlan,
        start: Day,
        *,
        periods: int | None = None,
        tariff: Mapping[str, float] | None = None,
    ) -> Ledger:
        """Book the next plan's horizon besides, by its dates.

        Parameters
        ----------
        plan
            The plan. Its trusts may be others than before: who is new has given and got nothing.
        start
            The first day of its first period: a date, or ``"2026-04-06"``.
        periods
            Book its first periods only: those that were lived through before the next plan.
            None for all of them.
        tariff
            Money for a patient of each service; in all horizons, or in none.

        Returns
        -------
        Ledger

        Raises
        ------
        InputError
            If the plan is in the ledger already, its dates overlap those of another one, money is
            booked here and not there, or an argument cannot be understood.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> ma.Ledger.of(plan, "2026-04-06").extend(plan, "2026-06-01")
        Traceback (most recent call last):
        mutualaid.errors.InputError: this plan is in the ledger already, from 2026-04-06: ...
        """
        require_plan(plan)
        system = plan.system
        with Arguments("Ledger") as check:
            check.whole("periods", periods, 1, system.periods, optional=True)
        first = _day(start)
        lived = system.periods if periods is None else periods
        length = dt.timedelta(weeks=system.period_weeks)
        end = first + lived * length
        print_ = _fingerprint(plan)
        self._check(print_, first, end, with_money=tariff is not None)
        book = books.ledger(
            plan.entries,
            plan.baseline_entries,
            ("service", "period"),
            tariff,
            system.periods,
            own=False,
        )
        book = book[book["period"] <= lived]
        dates = [(first + (int(p) - 1) * length).isoformat() for p in book["period"]]
        rows = pd.DataFrame(
            {
                "date": np.array(dates, dtype=object),
                **{name: book[name].astype(object).to_numpy() for name in KEYS[1:]},
                "horizon": len(self.known),
                "patients": book["patients"].to_numpy(),
                "saved": np.rint(book["harm_weeks_saved"].to_numpy() * SCALE).astype(np.int64),
                "extra_minutes": book["extra_minutes"].to_numpy(),
                **({} if tariff is None else {MONEY: book[MONEY].to_numpy()}),
            }
        )
        horizon = {
            "start": first.isoformat(),
            "end": end.isoformat(),
            "period_weeks": system.period_weeks,
            "periods": lived,
            "mode": plan.collaboration.name,
            "trusts": [*system.providers],
            "patients": int(rows["patients"].sum()),
            "saved": int(rows["saved"].sum()),
            "plan": print_,
        }
        every = pd.concat([self.rows, rows], ignore_index=True) if len(self.rows) else rows
        return Ledger(rows=every, known=(*self.known, horizon), paid=self.paid)

    @checks_arguments
    def insure(self, premiums: pd.DataFrame, date: Day) -> Ledger:
        """Book what partners pay in for an insurance, and are paid.

        Parameters
        ----------
        premiums
            ``origin`` (a trust) and ``premium`` (harm-weeks that it pays in; below 0, is paid), as
            in :attr:`mutualaid.studies.Settled.premiums`. They add up to 0.
        date
            From when on it is insured; once a day.

        Returns
        -------
        Ledger

        Raises
        ------
        InputError
            If a column is missing or has something else, a trust is there twice, premiums do not
            add up to 0, or some are booked on that day already.

        Examples
        --------
        >>> import mutualaid as ma, pandas as pd
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> premiums = pd.DataFrame({"origin": ["XA1", "XB2"], "premium": [12.5, -12.5]})
        >>> books = ma.Ledger.of(plan, "2026-04-06").insure(premiums, "2026-04-06")
        >>> books.balance()["premium"].to_list()
        [12.5, -12.5]
        """
        day = _day(date).isoformat()
        if any(one["date"] == day for one in self.paid):
            raise InputError(f"premiums of {day} are in the ledger already: book each once")
        return replace(self, paid=(*self.paid, {"date": day, "premiums": read_premiums(premiums)}))

    def _check(self, plan: str, first: dt.date, end: dt.date, *, with_money: bool) -> None:
        """Refuse what is in already, what overlaps, and money that is booked by halves."""
        for one in self.known:
            if one["plan"] == plan:
                raise InputError(
                    f"this plan is in the ledger already, from {one['start']}: pass the next one"
                )
        for one in self.known:
            if first.isoformat() < one["end"] and one["start"] < end.isoformat():
                raise InputError(
                    f"{first} to {end} overlaps the horizon from {one['start']} to {one['end']}: "
                    "book only the periods of each plan that were lived through (periods=)"
                )
        if self.known and with_money != (MONEY in self.rows):
            raise InputError(
                "money is booked in every horizon or in none: "
                + ("leave out the tariff" if with_money else "pass a tariff")
            )

    @property
    def horizons(self) -> pd.DataFrame:
        """A row a horizon, in the order in which they were booked.

        ``start`` and ``end`` (the first day, and the first day after it), ``period_weeks``,
        ``periods``, ``mode``, ``trusts`` (codes), ``patients`` (treated for others) and
        ``harm_weeks_saved``.
        """
        names = ["start", "end", "period_weeks", "periods", "mode", "trusts", "patients"]
        table = pd.DataFrame([{name: one[name] for name in names} for one in self.known])
        table["trusts"] = [tuple(trusts) for trusts in table["trusts"]]
        return table.assign(harm_weeks_saved=[one["saved"] / SCALE for one in self.known])

    @property
    def trusts(self) -> tuple[str, ...]:
        """Everybody who is a partner in any horizon, or is insured."""
        insured = {trust for one in self.paid for trust in one["premiums"]}
        return tuple(sorted({trust for one in self.known for trust in one["trusts"]} | insured))

    @property
    def table(self) -> pd.DataFrame:
        """A row a period, provider, origin and service.

        ``date`` (the period's first day), ``provider`` (who treated), ``origin`` (whose patients),
        ``service``, ``patients``, ``harm_weeks_saved`` and ``extra_minutes`` as in
        :meth:`mutualaid.Plan.ledger`, and ``tariff`` where money is booked.
        """
        table = self.rows.assign(harm_weeks_saved=self.rows["saved"] / SCALE)
        money = [MONEY] if MONEY in table else []
        table = table[[*KEYS, "patients", "harm_weeks_saved", "extra_minutes", *money]]
        return table.sort_values(KEYS, ignore_index=True)

    @checks_arguments
    def balance(self, since: Day | None = None, until: Day | None = None) -> pd.DataFrame:
        """Add the ledger up by trust, over all of it or between two days.

        Parameters
        ----------
        since, until
            Periods that begin on the one day or later, and before the other.

        Returns
        -------
        pandas.DataFrame
            As :meth:`mutualaid.Plan.balance`, of everybody in :attr:`trusts`, with ``horizons``
            besides: in how many each is a partner; and ``premium`` where any are booked: what each
            has paid in, less what it was paid, in harm-weeks.

        Raises
        ------
        InputError
            If a day cannot be understood.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> early = ma.Ledger.of(plan, "2026-04-06").balance(until="2026-04-06")
        >>> int(early["patients_given"].sum())
        0
        """
        book = self.table
        first = "" if since is None else _day(since).isoformat()
        end = None if until is None else _day(until).isoformat()
        book = book[book["date"] >= first]
        if end is not None:
            book = book[book["date"] < end]
        result = books.balance(book, self.trusts)
        counts = [sum(trust in one["trusts"] for one in self.known) for trust in self.trusts]
        result = result.assign(horizons=counts)
        if not self.paid:
            return result
        paid = [
            one["premiums"]
            for one in self.paid
            if first <= one["date"] and (end is None or one["date"] < end)
        ]
        sums = [sum(one.get(trust, 0) for one in paid) / SCALE for trust in self.trusts]
        return result.assign(premium=sums)

    @property
    def pairs(self) -> pd.DataFrame:
        """Who owes whom: a row a provider and origin.

        ``provider``, ``origin``, ``patients`` (of the origin that the provider has treated),
        ``returned`` (the other way round) and ``net``; the same of ``harm_weeks_saved`` as
        ``saved``, ``saved_returned`` and ``saved_net``.
        """
        sums = self.rows.groupby(KEYS[1:3])[["patients", "saved"]].sum().reset_index()
        turned = sums.rename(columns={"provider": "origin", "origin": "provider"})
        turned = turned.rename(columns={"patients": "returned", "saved": "saved_returned"})
        # Who only got has a row as well, with nothing given.
        table = sums.merge(turned, how="outer", on=KEYS[1:3]).fillna(0)
        table = table.sort_values(KEYS[1:3], ignore_index=True)
        for name, returned, net in (
            ("patients", "returned", "net"),
            ("saved", "saved_returned", "saved_net"),
        ):
            table[[name, returned]] = table[[name, returned]].astype(np.int64)
            table[net] = table[name] - table[returned]
        for name in ("saved", "saved_returned", "saved_net"):
            table[name] = table[name] / SCALE
        order = ["patients", "returned", "net", "saved", "saved_returned", "saved_net"]
        return table[[*KEYS[1:3], *order]]

    @checks_arguments
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the ledger to a Parquet file, whole or not at all.

        Raises
        ------
        InputError
            If pyarrow is not installed, the name does not end in ``.parquet``, or the path cannot
            be written to.

        Examples
        --------
        >>> import mutualaid as ma, tempfile
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = ma.Ledger.of(plan, "2026-04-06").save(f"{folder}/aid.parquet")
        ...     again = ma.Ledger.load(path)
        >>> again.horizons["start"].to_list()
        ['2026-04-06']
        """
        return write_ledger(path, self.rows, self.known, self.paid)

    @classmethod
    @checks_arguments
    def load(cls, path: str | os.PathLike[str]) -> Ledger:
        """Read a ledger that :meth:`save` has written, and check that it adds up.

        Raises
        ------
        InputError
            If there is no such file, it is no ledger or one of another version, or its rows are
            not of its horizons, their trusts and dates, or do not add up; all problems at once.

        Examples
        --------
        >>> import mutualaid as ma
        >>> ma.Ledger.load("nowhere.parquet")
        Traceback (most recent call last):
        mutualaid.errors.InputError: nowhere.parquet: there is no such file
        """
        rows, known, paid = read_ledger(path)
        return cls(rows=rows, known=tuple(known), paid=tuple(paid))

    def _headline(self) -> str:
        last = max(one["end"] for one in self.known)
        first = min(one["start"] for one in self.known)
        given = many(sum(one["patients"] for one in self.known), "patient")
        return (
            f"Ledger of {many(len(self.trusts), 'trust')}, {many(len(self.known), 'horizon')} from "
            f"{first} to {last}: {given} treated for others"
        )

    def __repr__(self) -> str:
        lines = [
            f"  {row['origin']}: {row['patients_given']:,} given, {row['patients_received']:,} "
            f"received, net {row['patients_net']:+,}"
            for row in self.balance().to_dict("records")
        ]
        return "\n".join([self._headline(), *lines])

    def _repr_html_(self) -> str:
        names = ["patients_given", "patients_received", "patients_net"]
        return html(
            "Ledger",
            [self._headline()],
            caption="Patients treated for others, and own patients treated by others",
            headings=["Trust", "Given", "Received", "Net"],
            rows=[[row["origin"], *(row[n] for n in names)] for row in _records(self.balance())],
        )


def _records(table: pd.DataFrame) -> Sequence[dict[Any, Any]]:
    return table.to_dict("records")


def _day(given: Day) -> dt.date:
    """The day that is meant."""
    if isinstance(given, dt.datetime):
        return given.date()
    if isinstance(given, dt.date):
        return given
    argument.kind("start", given, str, "write a date, such as '2026-04-06'")
    try:
        return dt.date.fromisoformat(given)
    except ValueError:
        raise InputError(
            f"{shown(given)} is no date: write it as year, month and day, such as '2026-04-06'"
        ) from None


def _fingerprint(plan: CertifiedPlan) -> str:
    """What tells one plan from another: who waits, and who is treated where and when."""
    digest = hashlib.sha256()
    table = plan.entries
    plain = pd.DataFrame(
        {
            "origin": table["origin"].astype(str),
            "provider": table["provider"].astype(object).fillna("").astype(str),
            "service": table["service"].astype(str),
            **{name: table[name] for name in ("weeks_waiting", "referred", "period")},
            "patients": table["patients"],
        }
    )
    keys = [name for name in plain if name != "patients"]
    whole = plain.groupby(keys, sort=True)["patients"].sum().reset_index()
    digest.update(f"{plan.system.period_weeks} {plan.system.periods}\n".encode())
    digest.update(whole.to_csv(index=False, lineterminator="\n").encode())
    return digest.hexdigest()
