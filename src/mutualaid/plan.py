"""The plan: who is treated where and when, what follows from it, and the proof that it is best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from mutualaid import audit, explain, measures, tables
from mutualaid.collaboration import Collaboration
from mutualaid.decode import Outcome
from mutualaid.model.build import Model
from mutualaid.policy import Policy
from mutualaid.prices import price_table
from mutualaid.solve.certificate import Certificate
from mutualaid.solve.run import Solution
from mutualaid.system import System
from mutualaid.tables import in_harm_weeks


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """A certified plan. Made by :func:`mutualaid.optimise`; never changed.

    Attributes
    ----------
    collaboration : Collaboration
        How the partners work together.
    model, solution, outcome
        The model that was solved, its certified flow, and what becomes of every lot.
    baseline_model, baseline_outcome
        The same for the baseline, in which nobody helps anybody.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3))
    >>> plan.certificate.optimal
    True
    >>> bool(plan.objective <= plan.baseline_objective)
    True
    """

    collaboration: Collaboration
    model: Model
    solution: Solution
    outcome: Outcome
    baseline_model: Model
    baseline_outcome: Outcome

    @property
    def system(self) -> System:
        """The system that the plan is for."""
        return self.model.frame.system

    @property
    def policy(self) -> Policy:
        """The policy that it follows."""
        return self.model.frame.policy

    @property
    def certificate(self) -> Certificate:
        """What has been proven."""
        return self.solution.certificate

    @property
    def solver(self) -> str:
        """Who found the flow; the proof does not depend on it."""
        return self.solution.solver

    @property
    def objective(self) -> float:
        """Harm, extra travel and moves, in harm-weeks."""
        return in_harm_weeks(self.certificate.cost)

    @property
    def bound(self) -> float:
        """No plan of whole patients costs less, in harm-weeks."""
        return in_harm_weeks(self.certificate.lower_bound)

    @property
    def gap(self) -> float:
        """How far, at most, the objective is above the best, as a share of it."""
        return self.certificate.gap

    @cached_property
    def entries(self) -> pd.DataFrame:
        """Everybody, treated or not: see :func:`mutualaid.tables.entries`."""
        return tables.entries(self.model, self.outcome)

    @cached_property
    def baseline_entries(self) -> pd.DataFrame:
        """The same for the baseline, in which nobody helps anybody."""
        if self.baseline_outcome is self.outcome:
            return self.entries
        return tables.entries(self.baseline_model, self.baseline_outcome)

    @property
    def baseline_objective(self) -> float:
        """What the baseline costs, in harm-weeks."""
        return in_harm_weeks(int(self.baseline_entries["harm"].sum()))

    @property
    def harm_weeks(self) -> float:
        """The objective without travel and moves, in harm-weeks."""
        return in_harm_weeks(int(self.entries["harm"].sum()))

    @cached_property
    def treatments(self) -> pd.DataFrame:
        """Everybody treated.

        ``origin``, ``provider``, ``service``, ``priority``, ``weeks_waiting`` (at the census;
        for later referrals minus the weeks until it), ``period``, ``patients``, ``minutes`` (one
        way), ``weeks_at_treatment`` (when the period starts), the other columns of the queues,
        ``referred`` (period; 0: on the list at the census), ``extra_minutes`` and ``moved``.
        """
        return tables.treatments(self.entries, self.system.periods, self.system.period_weeks)

    @cached_property
    def moves(self) -> pd.DataFrame:
        """Everybody treated away from home: the columns of :attr:`treatments` but ``moved``."""
        rows = self.treatments
        return rows[rows["moved"]].drop(columns="moved").reset_index(drop=True)

    @cached_property
    def remaining(self) -> pd.DataFrame:
        """Who still waits after the last period.

        ``origin``, ``service``, ``priority``, ``weeks_waiting`` (as in :attr:`treatments`),
        ``patients``, ``weeks_at_end`` and the other columns of the queues.
        """
        return tables.remaining(self.entries, self.system.periods, self.system.period_weeks)

    @cached_property
    def prices(self) -> pd.DataFrame:
        """What one more slot would save.

        ``provider``, ``service``, ``period``, ``slots``, ``used`` and ``price``: the harm-weeks
        by which the objective would fall with one slot more there. Exact where no side row
        binds; with side rows the shadow price of the linear relaxation.
        """
        return price_table(self.model, self.solution)

    def measures(
        self,
        by: str | Sequence[str] | None = "origin",
        lens: str = "residents",
        *,
        reported_by: str = "receiver",
        period: int | None = None,
    ) -> pd.DataFrame:
        """Waiting-list measures, before (``Independent``) and after, side by side.

        Parameters
        ----------
        by
            A column, or several, that make the rows: ``"origin"``, ``"service"``, ``"priority"``
            or another column of the queues; None for the whole system. In the provider's lens
            ``"origin"`` holds who reports.
        lens
            ``"residents"`` or ``"provider"``: see :mod:`mutualaid.measures`.
        reported_by
            Who reports a moved patient in the provider's lens: ``"receiver"`` or ``"origin"``.
        period
            Look at the list as the period starts, after that period's moves, and count what was
            done before it; None for the end of the last period.

        Returns
        -------
        pandas.DataFrame
            A row a group; each measure as ``…_before`` and ``…_after``:

            - ``list_size``, ``within_18``, ``share_within_18``, ``over_18``, ``over_52``,
              ``over_65``, ``over_78``, ``over_104``: patients on the list, by weeks waited;
            - ``mean_wait``, ``median_wait``, ``p92_wait``: of who is on the list, whole weeks;
            - ``treated``, ``mean_wait_treated``, ``median_wait_treated``, ``p92_wait_treated``:
              patients, and their weeks at treatment, half a period after its start;
            - ``person_weeks``: spent on the list, half a period when treated;
            - ``harm_weeks``: over the whole horizon and its tail, always at the origin;
            - ``moves_out``, ``moves_in``: patients; ``travel_minutes``: extra, one way.

        Raises
        ------
        InputError
            If a column, lens, reporter or period is not there.
        """
        system = self.system
        how = measures.view(self.entries, by, lens, reported_by, period, system.periods)
        return measures.compare(
            self.baseline_entries,
            self.entries,
            how,
            system.periods,
            system.period_weeks,
            system.providers,
        )

    def violations(self) -> pd.DataFrame:
        """Check the plan's tables against the system and the policy, without the network.

        Returns
        -------
        pandas.DataFrame
            ``rule``, ``where``, ``amount``; empty, or the plan would not have been returned.
        """
        return audit.violations(self.system, self.policy, self.entries, self.certificate.cost)

    def explain(
        self,
        origin: str,
        service: str,
        provider: str | None = None,
        *,
        period: int = 1,
        weeks_waiting: int | None = None,
        **labels: object,
    ) -> str:
        """Say in words why a cohort or a lane is treated as it is.

        Parameters
        ----------
        origin, service
            Whose patients.
        provider
            A lane: why patients go there, or do not. None: what becomes of the patients.
        period
            The period to look at.
        weeks_waiting
            One cohort only.
        **labels
            Other columns of the queue, such as ``priority="P3"`` and ``area=…``; needed where
            more than one queue fits.

        Raises
        ------
        InputError
            If there is no such queue, more than one, or no such provider or period.
        """
        return explain.explain(
            self.model,
            self.solution,
            self.entries,
            {"origin": origin, "service": service, **labels},
            provider,
            period,
            weeks_waiting,
            moves=self.collaboration.moves,
        )

    def __repr__(self) -> str:
        whole = self.measures(by=None).iloc[0]
        before, after = self.baseline_objective, self.objective
        saved = (before - after) / before if before else 0.0
        lines = [
            f"Plan ({self.collaboration.name}), {self.system!r}",
            f"  {self.objective:,.1f} harm-weeks with travel and moves: {saved:.2%} below the "
            f"{before:,.1f} of Independent",
            f"  {int(whole['moves_in_after']):,} of {int(whole['treated_after']):,} treated "
            "patients move, if everybody accepts",
            f"  over 18 weeks at the end: {int(whole['over_18_after']):,} "
            f"(Independent: {int(whole['over_18_before']):,}); over 52: "
            f"{int(whole['over_52_after']):,} ({int(whole['over_52_before']):,}); over 65: "
            f"{int(whole['over_65_after']):,} ({int(whole['over_65_before']):,})",
            f"  {self.certificate!r}",
        ]
        return "\n".join(lines)
