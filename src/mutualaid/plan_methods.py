"""The public plan: what partners, analysts and bookers ask of a certified plan, put together.

A certified plan lies below all that is made of it: offers to patients, files, figures, trials in
other scenarios. This is the one place above them where they become its methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.errors import InputError
from mutualaid.offers.choose import Offers
from mutualaid.offers.equity_report import EquityReport
from mutualaid.offers.named_offers import equity_of, named_patients, offers_of
from mutualaid.outcomes.move_keys import changes_between
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.plan.front_door import Replayed, front_door
from mutualaid.plan.slot_prices import mean_prices
from mutualaid.plan.why import Why, why
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.policy import NOTICE_WEEKS
from mutualaid.policy.specialists import closed_to_others
from mutualaid.report import list_calls, write_csv, write_page, write_parquet, write_workbook
from mutualaid.report.call_list import CallList
from mutualaid.report.figures import PlanFigures


class Stressed(Protocol):
    """What a plan under stress tells: see :class:`mutualaid.studies.shocks.Stress`."""

    @property
    def table(self) -> pd.DataFrame:
        """A row a scenario."""

    @property
    def trusts(self) -> pd.DataFrame:
        """A row a scenario and trust."""

    @property
    def plans(self) -> Mapping[str, Plan]:
        """With promises kept, by scenario."""


class Plan(CertifiedPlan):
    """A certified plan. Made by :func:`mutualaid.optimise`; never changed.

    Its values, tables and accounts are those of ``mutualaid.plan.certified``.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3))
    >>> plan.certificate.optimal
    True
    >>> bool(plan.objective <= plan.baseline_objective)
    True
    """

    @checks_arguments
    def prices_by(self, by: str | Sequence[str]) -> pd.DataFrame:
        """What one more slot of a stream or class would save: :attr:`prices`, told apart.

        Parameters
        ----------
        by
            ``"stream"``, ``"wait_class"``, or both; over what is left out prices are means, as
            in :attr:`prices`.

        Returns
        -------
        pandas.DataFrame
            The columns of :attr:`prices`, and those that are asked for after ``service``.

        Raises
        ------
        InputError
            If slots of the system are not told apart by that.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2, periods=2)
        >>> tables = {name: system.table(name).assign(stream="admitted")
        ...           for name in ("waiting_list", "capacity", "referrals")}
        >>> plan = ma.optimise(system.replace(**tables))
        >>> plan.prices_by("stream")["stream"].unique().tolist()
        ['admitted']
        """
        names = [by] if isinstance(by, str) else list(by)
        known = self.system.lines.more
        absent = [str(name) for name in names if name not in known]
        if absent or not names:
            told = f"use {' or '.join(known)}" if known else "this system has no streams or classes"
            raise InputError(
                f"slots are not told apart by {', '.join(absent) or 'nothing'}: {told}"
            )
        return mean_prices(self._line_prices, names)

    def closed_specialists(self) -> pd.DataFrame:
        """List the slots of specialist trusts that only their own patients may use.

        Returns
        -------
        pandas.DataFrame
            ``provider``, ``kind`` (empty where it is the policy that says so), ``service`` and
            ``slots`` of all periods; of services that patients of other trusts wait for.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2, periods=2)
        >>> plan = ma.optimise(system, ma.Policy(specialists={"XB2": ["C_110"]}))
        >>> "C_120" in set(plan.closed_specialists()["service"])
        True
        """
        policy = self.policy
        mixed = policy.move_mixed_services
        return closed_to_others(self.system, policy.specialists, mixed=mixed)

    @checks_arguments
    def changes_since(self, previous: CertifiedPlan | pd.DataFrame) -> pd.DataFrame:
        """List how the moves differ from those of another plan, or a table of moves.

        Returns
        -------
        pandas.DataFrame
            The columns that tell queues apart, ``provider``, ``period``, ``before``, ``after``
            and ``change`` (patients); empty if nothing changes.

        Raises
        ------
        InputError
            If it is neither, or a column is not there.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.changes_since(plan).empty
        True
        """
        before = previous.moves if isinstance(previous, CertifiedPlan) else previous
        labels = self.model.frame.queues.names
        keys = {*labels, "provider", "period", "patients"}
        if not isinstance(before, pd.DataFrame) or not keys <= {*before.columns}:
            raise InputError(f"previous is no plan and no table with {', '.join(sorted(keys))}")
        return changes_between(before, self.moves, labels)

    @checks_arguments
    def why(self, trust: str) -> Why:
        """Say why a trust gains or loses: which lanes, whose patients, which clause, which price.

        Every patient of the trust is followed from what becomes of them alone to what becomes of
        them together: treated elsewhere; sooner at home, in slots that those left who went; later
        at home, because patients of others were treated there. The rows add up to what the trust's
        own patients bear together less what they bear alone, to 1/1000 harm-week.

        Parameters
        ----------
        trust
            By code or by name.

        Returns
        -------
        Why
            ``table`` (a row a reason, partner and service), ``text``, and beside them ``aid``,
            ``clauses`` and ``slots``. It holds small numbers: for the trust itself, not to be
            published.

        Raises
        ------
        InputError
            If there is no such trust; it names those there are.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> told = plan.why("XA1")
        >>> own = plan.measures().set_index("origin").loc["XA1"]
        >>> change = own["harm_weeks_after"] - own["harm_weeks_before"]
        >>> bool(abs(told.table["harm_weeks"].sum() - change) < 1e-6)
        True
        """
        return why(self, trust)

    @checks_arguments
    def patients(
        self, patients: object | None = None, *, previous: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Say for every patient of the list who treats them, and when. Holds identifiers.

        Patients of a cohort take the plan's places in a stated order: see
        :mod:`mutualaid.offers.allocate`. The table is checked, patient by patient, before it is
        given.

        Parameters
        ----------
        patients
            The list that the system was made of: a :class:`mutualaid.PatientList`, or a table
            with a ``patient_id``. Not needed if the system itself has a row for each patient.
        previous
            A table of this kind whose offers stand: as many as can are kept, and every change
            is told.

        Returns
        -------
        pandas.DataFrame
            A row a patient, in the order of the list: ``patient_id`` and the other labels of the
            list; ``decision`` (``"offer"``: asked to go elsewhere; ``"keeps date"``: has a date
            at home; ``"stays"``), ``provider`` and ``period`` (by the plan; missing for who is
            untreated to the end), ``from_date`` (the period's first day) and ``earliest_date``
            (of an offer, with three weeks' notice), both only where the census is known,
            ``minutes`` and ``extra_minutes`` (one way), ``weeks_at_treatment`` (when the period
            starts) and, with ``previous``, ``change``: ``"kept"``, ``"other period"``, ``"other
            provider"``, ``"new"`` or ``"withdrawn"``.

        Raises
        ------
        InputError
            If the list is not the one that the plan was made for.

        Examples
        --------
        >>> import mutualaid as ma
        >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
        >>> everybody = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
        >>> people = everybody.assign(patients=1, patient_id=range(len(everybody)))
        >>> plan = ma.optimise(made_up)
        >>> offers = plan.patients(people.astype({"patient_id": str}))
        >>> listed = plan.moves.query("referred == 0")["patients"].sum()
        >>> bool((offers["decision"] == "offer").sum() == listed)
        True
        """
        return named_patients(self, patients, previous)

    @checks_arguments
    def offers(
        self,
        patients: object | None = None,
        *,
        acceptance: Acceptance | None = None,
        risk: float = 0.05,
        notice_weeks: int = NOTICE_WEEKS,
        previous: pd.DataFrame | None = None,
    ) -> Offers:
        """Choose whom to ask for which slot, when some will say no. Holds identifiers.

        Those whom the plan moves are asked, and so many more in reserve that the chance of
        overfilling the slots of any one service, provider and period stays within ``risk``: see
        :mod:`mutualaid.offers.choose`.

        Parameters
        ----------
        patients, previous
            As for :meth:`patients`.
        acceptance
            How likely patients are to accept; the policy's, if not given. Without any, everybody
            is taken to accept and nobody is in reserve.
        risk
            The chance of more acceptances than slots that is put up with, from 0 to 1.
        notice_weeks
            No offer is made for a period that is over before so many weeks have passed.

        Returns
        -------
        Offers

        Raises
        ------
        InputError
            If the list is not the one that the plan was made for, or an argument is out of range.

        Examples
        --------
        >>> import mutualaid as ma
        >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
        >>> everybody = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
        >>> people = everybody.assign(patients=1, patient_id=range(len(everybody)))
        >>> plan = ma.optimise(made_up)
        >>> offers = plan.offers(people.astype({"patient_id": str}),
        ...                      acceptance=ma.Acceptance.constant(0.5))
        >>> bool((offers.cells["risk"] <= 0.05).all())
        True
        """
        return offers_of(
            self,
            patients,
            acceptance=acceptance,
            risk=risk,
            notice_weeks=notice_weeks,
            previous=previous,
        )

    @checks_arguments
    def call_list(self, patients: object | None = None, weeks: int = 4, **options: Any) -> CallList:
        """Say whom to ring now: see :func:`mutualaid.report.list_calls`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
        >>> everybody = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
        >>> people = everybody.assign(patients=1, patient_id=range(len(everybody)))
        >>> calls = ma.optimise(made_up).call_list(people.astype({"patient_id": str}), weeks=2)
        >>> int(calls.table["period"].max()), "patient_id" in calls.table
        (2, False)
        """
        return list_calls(self, patients, weeks, **options)

    @checks_arguments
    def equity(self, by: str = "deprivation", patients: object | None = None) -> EquityReport:
        """Measure how evenly groups of patients wait, move and travel, before and after.

        Parameters
        ----------
        by
            The column that makes the groups: ``"deprivation"``, ``"ethnicity"``, ``"age_band"``
            or any other of the list.
        patients
            The list that the system was made of: its patients are counted one by one. Without it
            the plan's own queues are, with later referrals, if they are told apart by ``by``.

        Returns
        -------
        EquityReport

        Raises
        ------
        InputError
            If nothing tells the patients apart by that column.

        Examples
        --------
        >>> import mutualaid as ma
        >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
        >>> policy = ma.Policy(equity=ma.Equity(by="deprivation", min_gain=0.0))
        >>> report = ma.optimise(made_up, policy).equity("deprivation")
        >>> bool((report.table["gain_weeks"].dropna() > -1).all())
        True
        """
        return equity_of(self, by, patients)

    @checks_arguments
    def to_excel(self, path: str | PathLike[str], **options: Any) -> Path:
        """Write the plan to a workbook: see :func:`mutualaid.report.write_workbook`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.to_excel("plan.doc")
        Traceback (most recent call last):
        mutualaid.errors.InputError: 'plan.doc': a workbook's name ends in .xlsx
        """
        return write_workbook(self, path, **options)

    @checks_arguments
    def to_csv(self, path: str | PathLike[str], **options: Any) -> Path:
        """Write a table of the plan to a CSV file: see :func:`mutualaid.report.write_csv`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.to_csv("wards.csv", table="wards")
        Traceback (most recent call last):
        mutualaid.errors.InputError: table is 'wards': use 'moves', 'measures', ...
        """
        return write_csv(self, path, **options)

    @checks_arguments
    def to_parquet(self, path: str | PathLike[str], **options: Any) -> Path:
        """Write a table of the plan to a Parquet file: see :func:`mutualaid.report.write_parquet`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.to_parquet("wards.parquet", table="wards")
        Traceback (most recent call last):
        mutualaid.errors.InputError: table is 'wards': use 'moves', 'measures', ...
        """
        return write_parquet(self, path, **options)

    @checks_arguments
    def to_html(self, path: str | PathLike[str], **options: Any) -> Path:
        """Write the plan to a page that opens offline: see :func:`mutualaid.report.write_page`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.to_html("plan.doc")
        Traceback (most recent call last):
        mutualaid.errors.InputError: 'plan.doc': a page's name ends in .html
        """
        return write_page(self, path, **options)

    @cached_property
    def plot(self) -> PlanFigures:
        """Figures of the plan: see :class:`mutualaid.report.figures.PlanFigures`."""
        return PlanFigures(self)

    @checks_arguments
    def stress(self, scenarios: Sequence[object], **options: Any) -> Stressed:
        """Say how the plan fares in other scenarios: see :func:`mutualaid.studies.stress`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2))
        >>> tested = plan.stress([ma.studies.Scenario("as expected")])
        >>> bool(tested.table["cost_of_promise"].iloc[0] == 0)
        True
        """
        tested: Stressed = front_door().studies.stress(self, scenarios, **options)
        return tested

    @checks_arguments
    def replay(self, **options: Any) -> Replayed:
        """Let the plan and simpler policies run where much is chance.

        See :func:`mutualaid.simulation.replay`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2))
        >>> list(plan.replay(seeds=[0], hindsight=False).table["policy"])[:3]
        ['plan', 'nothing', 'nearest first']
        """
        replayed: Replayed = front_door().simulation.replay(self, **options)
        return replayed
