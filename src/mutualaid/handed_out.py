"""What a plan hands out: offers to named patients, and files for people."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from mutualaid import audit_personal
from mutualaid.accounts import Accounts
from mutualaid.arguments import checks_arguments
from mutualaid.choice import Acceptance
from mutualaid.decode import Outcome
from mutualaid.equity import as_groups
from mutualaid.equity_report import EquityReport, grouped_entries, report
from mutualaid.errors import InputError, SolverError
from mutualaid.model.build import Model
from mutualaid.offers import Offers, make_offers
from mutualaid.patient_list import PatientList
from mutualaid.patients import Located, Places, as_patients, locate, moved, named, place
from mutualaid.policy import NOTICE_WEEKS, Policy
from mutualaid.schema import IDENTIFIERS

if TYPE_CHECKING:
    from mutualaid.plan import Plan
    from mutualaid.report.figures import PlanFigures


def shown_together(plans: Iterable[Plan]) -> None:
    """Make plans for one system hide their small numbers together, from now on.

    Examples
    --------
    >>> import mutualaid as ma
    >>> made_up = ma.datasets.collaborative(trusts=2, periods=2)
    >>> plan, other = ma.optimise(made_up), ma.optimise(made_up, collaboration=ma.Resource())
    >>> shown_together([plan, other])
    >>> other in plan.beside
    True
    """
    every = tuple(plans)
    for plan in every:
        plan.__dict__["_beside"] = every


class HandedOut(Accounts):
    """What is handed out of a plan. :class:`mutualaid.Plan` is one."""

    model: Model
    outcome: Outcome
    baseline_model: Model
    baseline_outcome: Outcome

    @property
    @abstractmethod
    def policy(self) -> Policy:
        """The policy that the plan follows."""

    @property
    def beside(self) -> tuple[Plan, ...]:
        """The plans that it is shown with: those of its ladder, or itself alone.

        Small numbers are hidden in all that is written of these plans as in one system: see
        ``mutualaid.report.together``.
        """
        known: tuple[Plan, ...] = self.__dict__.get("_beside", (cast("Plan", self),))
        return known

    @checks_arguments
    def patients(
        self, patients: object | None = None, *, previous: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Say for every patient of the list who treats them, and when. Holds identifiers.

        Patients of a cohort take the plan's places in a stated order: see
        :mod:`mutualaid.patients`. The table is checked, patient by patient, before it is given.

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
        people = as_patients(patients, self.system.waiting_list)
        return self._named(people, locate(self.model.frame, people), previous)[1]

    def _named(
        self, people: PatientList, who: Located, previous: pd.DataFrame | None
    ) -> tuple[Places, pd.DataFrame]:
        places = place(self.model, self.outcome, people, who, previous)
        table = named(self.model, places, people, previous)
        broken = audit_personal.named_violations(
            self.system, self.policy, self.entries, people.frame, table
        )
        if len(broken):
            raise SolverError(f"the offers failed their audit:\n{broken.to_string(index=False)}")
        return places, table

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
        :mod:`mutualaid.offers`.

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
        real = isinstance(risk, int | float | np.number) and not isinstance(risk, bool)
        if not real or not 0 <= float(risk) <= 1:
            raise InputError(f"risk is {risk!r}: write a chance from 0 to 1")
        whole = isinstance(notice_weeks, int | np.integer) and not isinstance(notice_weeks, bool)
        if not whole or notice_weeks < 0:
            raise InputError(f"notice_weeks is {notice_weeks!r}: write whole weeks from 0")
        people = as_patients(patients, self.system.waiting_list)
        who = locate(self.model.frame, people)
        places, table = self._named(people, who, previous)
        return make_offers(
            self.model,
            people,
            places,
            place(self.baseline_model, self.baseline_outcome, people, who),
            table,
            acceptance=self.policy.acceptance if acceptance is None else acceptance,
            risk=float(risk),
            notice_weeks=max(int(notice_weeks), self.policy.notice_weeks),
        )

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
        weeks = self.system.period_weeks
        if patients is None and "patient_id" not in self.system.waiting_list:
            before, after = (
                grouped_entries(table, by) for table in (self.baseline_entries, self.entries)
            )
            return report(by, before, after, weeks)
        people = as_patients(patients, self.system.waiting_list)
        if by not in people.frame or by in IDENTIFIERS:
            raise InputError(f"the list has no {by} to make groups of")
        group = as_groups(people.frame[by]).to_numpy()
        sides = []
        who = locate(self.model.frame, people)
        for model, outcome in (
            (self.baseline_model, self.baseline_outcome),
            (self.model, self.outcome),
        ):
            places = place(model, outcome, people, who)
            sides.append(
                pd.DataFrame(
                    {
                        "group": group,
                        "patients": 1,
                        "weeks_waiting": people.frame["weeks_waiting"].to_numpy(),
                        "period": places.period,
                        "moved": moved(model, places),
                        "extra_minutes": np.append(model.lanes.extra, np.nan)[places.lane],
                    }
                )
            )
        return report(by, sides[0], sides[1], weeks)

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
        from mutualaid.report import write_workbook

        return write_workbook(cast("Plan", self), path, **options)

    @checks_arguments
    def to_csv(self, path: str | PathLike[str], **options: Any) -> Path:
        """Write a table of the plan to a CSV file: see :func:`mutualaid.report.write_csv`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.to_csv("wards.csv", table="wards")
        Traceback (most recent call last):
        mutualaid.errors.InputError: table is 'wards': use one of moves, measures, prices, remaining
        """
        from mutualaid.report import write_csv

        return write_csv(cast("Plan", self), path, **options)

    @checks_arguments
    def to_parquet(self, path: str | PathLike[str], **options: Any) -> Path:
        """Write a table of the plan to a Parquet file: see :func:`mutualaid.report.write_parquet`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.to_parquet("wards.parquet", table="wards")
        Traceback (most recent call last):
        mutualaid.errors.InputError: table is 'wards': use one of moves, measures, prices, remaining
        """
        from mutualaid.report import write_parquet

        return write_parquet(cast("Plan", self), path, **options)

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
        from mutualaid.report import write_page

        return write_page(cast("Plan", self), path, **options)

    @cached_property
    def plot(self) -> PlanFigures:
        """Figures of the plan: see :class:`mutualaid.report.figures.PlanFigures`."""
        from mutualaid.report.figures import PlanFigures

        return PlanFigures(cast("Plan", self))

    @cached_property
    def expected_acceptances(self) -> float:
        """How many of the patients whom the plan moves are expected to accept.

        By the policy's ``acceptance``; all of them without one. What an offer saves is counted
        from when the patients of the cohort are treated, on average, if nobody helps anybody.
        NaN where the rule asks about what the plan does not tell patients apart by: see
        :meth:`offers`.
        """
        away = self.entries["moved"].to_numpy()
        if self.policy.acceptance is None or not away.any():
            return float(self.outcome.patients[away].sum())
        alone = self.baseline_outcome
        size = len(self.model.frame.queues.lot_queue)
        people = np.bincount(alone.lot, weights=alone.patients, minlength=size)
        periods = np.bincount(alone.lot, weights=alone.patients * alone.period, minlength=size)
        mean = periods / np.maximum(people, 1)
        weeks = self.system.period_weeks
        saved = (mean[self.outcome.lot] - self.outcome.period) * weeks
        rows = self.entries[away].assign(weeks_saved=saved[away])
        rows["weeks_at_treatment"] = rows["weeks_waiting"] + (rows["period"] - 1) * weeks
        if any(
            name not in rows or rows[name].isna().all() for name in self.policy.acceptance.needs
        ):
            return float("nan")
        return float(self.policy.acceptance(rows) @ rows["patients"].to_numpy())
