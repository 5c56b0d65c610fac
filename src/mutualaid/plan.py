"""The plan: who is treated where and when, what follows from it, and the proof that it is best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from mutualaid import audit, audit_rooms, books, explain, measures, promises, sacrifice, tables
from mutualaid.collaboration import Collaboration
from mutualaid.decode import Outcome
from mutualaid.model.build import Model
from mutualaid.policy import Policy
from mutualaid.prices import choice_cost, limit_table, price_table
from mutualaid.solve.certificate import Certificate
from mutualaid.solve.run import Solution
from mutualaid.system import System
from mutualaid.tables import in_harm_weeks
from mutualaid.targets import Target, target_table


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
    asked_targets : tuple of Target
        The targets it was made for: :attr:`targets` says how they fare.
    stages : pandas.DataFrame or None
        With objectives in order or targets: see :func:`mutualaid.tables.stage_table`. The
        certificate then says how far the plan is, at most, from the least cost that takes no
        notice of them.
    fairness : pandas.DataFrame or None
        With a fair share of the gain: see :func:`mutualaid.fairness.share_fairly`.

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
    asked_targets: tuple[Target, ...] = ()
    stages: pd.DataFrame | None = None
    fairness: pd.DataFrame | None = None

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
        paid = choice_cost(self.model, self.solution)
        rooms = self.model.frame.rooms
        estate = getattr(self.collaboration, "lend", None) if rooms is not None else None
        cost = self.certificate.cost - paid
        return pd.concat(
            [
                audit.violations(self.system, self.policy, self.entries, cost),
                promises.violations(
                    self.system, self.collaboration, self.entries, self.baseline_entries
                ),
                *(
                    [audit_rooms.violations(self.system, estate, self.entries, paid)]
                    if estate is not None
                    else []
                ),
            ],
            ignore_index=True,
        )

    def ledger(
        self,
        by: str | Sequence[str] = (),
        *,
        tariff: Mapping[str, float] | None = None,
        own: bool = False,
    ) -> pd.DataFrame:
        """Book who treated whose patients, and what it saved them.

        Parameters
        ----------
        by
            Further columns that make the rows: any of ``"service"``, ``"period"``,
            ``"priority"``, ``"area"``.
        tariff
            Money for a patient of each service.
        own
            Also by how much each trust's treatments of its own patients differ from what it
            would do alone (``provider`` is ``origin``). The harm-weeks saved for a trust then
            add up to what its own patients gain over Independent.

        Returns
        -------
        pandas.DataFrame
            ``provider`` (who treated), ``origin`` (whose patients), the columns ``by``,
            ``patients``, ``harm_weeks_saved`` (what never being treated would have added to
            their harm), ``extra_minutes`` (one way, all patients) and, with a tariff, ``tariff``.

        Raises
        ------
        InputError
            If a column is not there, or the tariff lacks a service.
        """
        periods = self.system.periods
        return books.ledger(self.entries, self.baseline_entries, by, tariff, periods, own=own)

    def balance(self, *, tariff: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Add up the ledger by trust.

        Returns
        -------
        pandas.DataFrame
            ``origin``, and of ``patients``, ``harm_weeks_saved`` and, with a tariff, money what
            the trust has ``_given`` the others, what it has ``_received``, and the difference
            ``_net``.
        """
        return books.balance(self.ledger(tariff=tariff), self.system.providers)

    def sacrifices(
        self,
        target: float | Mapping[str, float] = sacrifice.STANDARD,
        *,
        reported_by: str = "receiver",
        period: int | None = None,
    ) -> pd.DataFrame:
        """List every figure of every trust that the plan makes worse, in both lenses.

        Parameters
        ----------
        target
            The share within 18 weeks that trusts are held to: one for all, or by trust.
        reported_by
            Who reports a moved patient in the provider's lens: ``"receiver"`` or ``"origin"``.
        period
            As for :meth:`measures`. At the end of the plan whoever moved has been treated, so
            that reports differ from residents' figures at the start of other periods only.

        Returns
        -------
        pandas.DataFrame
            ``origin``, ``lens``, ``measure`` (``harm_weeks``, ``over_18``, ``over_52``,
            ``over_65``, ``share_within_18``), ``before`` (Independent), ``after``, ``change``,
            ``target``, ``met_before`` and ``met_after`` (missing without a target).
        """
        views = {
            lens: self.measures(lens=lens, reported_by=reported_by, period=period)
            for lens in measures.LENSES
        }
        return sacrifice.sacrifices(views, target)

    def passing_on(
        self,
        lines: Mapping[str, float] | None = None,
        *,
        reported_by: str = "receiver",
        period: int | None = None,
    ) -> pd.DataFrame:
        """List every trust, service and line that the plan pushes over, which stood under before.

        Parameters
        ----------
        lines
            For each measure of :meth:`measures` its line: shares are to stay at or above it,
            counts at or below. By default nobody over 52 or 65 weeks and 92 % within 18.
        reported_by, period
            As for :meth:`sacrifices`.

        Returns
        -------
        pandas.DataFrame
            ``lens``, ``origin``, ``service`` (empty: all services together), ``measure``,
            ``line``, ``before``, ``after``; empty if no performance challenge is passed on.
        """
        views: dict[tuple[str, tuple[str, ...]], pd.DataFrame] = {
            (lens, by): self.measures(by=by, lens=lens, reported_by=reported_by, period=period)
            for lens in measures.LENSES
            for by in (("origin",), ("origin", "service"))
        }
        return sacrifice.passing_on(views, sacrifice.LINES if lines is None else lines)

    @property
    def targets(self) -> pd.DataFrame:
        """How each target fares: see :func:`mutualaid.targets.target_table`."""
        system = self.system
        return target_table(self.asked_targets, self.entries, system.periods, system.period_weeks)

    @cached_property
    def limits(self) -> pd.DataFrame:
        """The side rows: ``limit`` (what it says), ``level``, ``lower``, ``upper``, ``price``.

        The price is what the objective would fall by, in harm-weeks, with one unit more on the
        binding side; of the linear relaxation. Levels are in the row's own units: patients,
        1/1000 of a pool's unit, or 1/1000 harm-weeks. Infinite where there is no limit.
        """
        return limit_table(self.model, self.solution)

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
