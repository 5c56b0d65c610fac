"""The plan: who is treated where and when, what follows from it, and the proof that it is best."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.audit import every_audit
from mutualaid.data.system import System
from mutualaid.model.limits.targets import Target, target_table
from mutualaid.model.model import Model
from mutualaid.model.outcome import Outcome
from mutualaid.outcomes import tables
from mutualaid.plan import clauses as contract
from mutualaid.plan import explain
from mutualaid.plan.acceptances import ask_table
from mutualaid.plan.front_door import front_door
from mutualaid.plan.one_more_slot import SolvedProblem
from mutualaid.plan.partner_accounts import PartnerAccounts
from mutualaid.plan.slot_prices import (
    choice_cost,
    limit_table,
    line_prices,
    mean_prices,
    slot_table,
)
from mutualaid.plan.summary import Summary
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.policy import Policy
from mutualaid.solve.certificate import Certificate
from mutualaid.solve.solver import Solution


@dataclass(frozen=True, eq=False, kw_only=True)
class CertifiedPlan(PartnerAccounts):
    """A plan and its proof, with the tables and accounts that follow from them.

    :class:`mutualaid.Plan` is one, with all that can be made of it.

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
        With objectives in order, targets or moves that stand: see
        :func:`mutualaid.outcomes.tables.stage_table`. The certificate then says how far the plan
        is, at most, from the least cost that takes no notice of them.
    fairness : pandas.DataFrame or None
        With a fair share of the gain: see :func:`mutualaid.planning.max_min_share.share_fairly`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3))
    >>> plan.certificate.optimal
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
        """Who found the flow, of which the proof is independent.

        ``"start"``: known before (nobody moves, or a lower rung's plan) and not bettered within the
        limits. ``"greedy"``: few lanes, opened one by one.
        """
        return self.solution.solver

    @property
    def objective(self) -> float:
        """Harm, extra travel and moves, in harm-weeks."""
        return tables.in_harm_weeks(self.certificate.cost)

    @property
    def bound(self) -> float:
        """No plan costs less, in harm-weeks: what the linear relaxation proves.

        Costs of whole patients are multiples of what all costs share. So a plan can be proven best,
        with a :attr:`gap` of 0, though its objective is a part of that above the bound.
        """
        proof = self.certificate
        return tables.in_harm_weeks(proof.lower_bound if proof.relaxed is None else proof.relaxed)

    @property
    def gap(self) -> float:
        """How far, at most, the objective is above the best, as a share of it."""
        return self.certificate.gap

    @cached_property
    def entries(self) -> pd.DataFrame:
        """Everybody, treated or not: see :func:`mutualaid.outcomes.tables.entries`."""
        return tables.entries(self.model, self.outcome)

    @cached_property
    def baseline_entries(self) -> pd.DataFrame:
        """The same for the baseline, in which nobody helps anybody."""
        if self.baseline_outcome is self.outcome:
            return self.entries
        return tables.entries(self.baseline_model, self.baseline_outcome)

    @cached_property
    def leavers(self) -> pd.DataFrame:
        """Who leaves untreated: see ``mutualaid.outcomes.tables.leavers``."""
        return tables.leavers(self.model, self.entries)

    @cached_property
    def baseline_leavers(self) -> pd.DataFrame:
        """The same in the baseline."""
        if self.baseline_model is self.model:
            return self.leavers
        return tables.leavers(self.baseline_model, self.baseline_entries)

    @property
    def baseline_objective(self) -> float:
        """What the baseline costs, in harm-weeks."""
        return tables.in_harm_weeks(int(self.baseline_entries["harm"].sum()))

    @property
    def harm_weeks(self) -> float:
        """The objective without travel and moves, in harm-weeks."""
        return tables.in_harm_weeks(int(self.entries["harm"].sum()))

    @cached_property
    def treatments(self) -> pd.DataFrame:
        """Everybody treated.

        ``origin``, ``provider``, ``service``, ``priority``, ``weeks_waiting`` (at the census;
        for later referrals minus the weeks until it), ``period``, ``patients``, ``minutes`` (one
        way), ``miles`` where the travel table has them, ``weeks_at_treatment`` (when the period
        starts), the other columns of the queues,
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
    def slots(self) -> pd.DataFrame:
        """A provider's own slots: ``provider``, ``service``, ``period``, ``slots``, ``used``."""
        return slot_table(self.model, self.solution).reset_index(drop=True)

    @cached_property
    def prices(self) -> pd.DataFrame:
        """What one more slot would save.

        ``provider``, ``service``, ``period``, ``slots``, ``used``; ``price``: the harm-weeks by
        which :attr:`bound` would fall with one whole slot more there, in the system, with all
        that follows: what each trust does alone, and so the promises that are measured against
        it, are made anew with the slot. It is what :func:`mutualaid.optimise` finds with the slot;
        without side rows the objective falls by exactly as much.

        A price is that of one slot *more*: the next one may save less, and one slot less may cost
        more. Under promises it can lie below 0: a trust that could do more alone may have to be
        promised more than the slot brings. Not so where a fair share of the gain is held, which
        stays what it is, or where the model was built with a ``reference``. Targets and other
        objectives than the cost have no part in the bound, and so none in its fall.

        Where a booking has lost its slot, one more goes to who was booked.

        ``exact``: whether it is that. With side rows a linear program is solved for each slot; on
        large plans only for the dearest, and the others' prices are those of the dual, at most
        which the slot saves (False). A price is missing where even that is not known, or where no
        plan would keep every promise with the slot. Of streams and classes it is the mean, weighted
        by slots (of all periods if none), exact if all are: see :meth:`mutualaid.Plan.prices_by`.
        """
        return mean_prices(self._line_prices)

    @cached_property
    def _line_prices(self) -> pd.DataFrame:
        return line_prices(self.solved_problem, self.solution)

    @property
    def solved_problem(self) -> SolvedProblem:
        """The problem that the plan solves, for working out what more slots would change."""
        return SolvedProblem(
            model=self.model,
            mode=self.collaboration,
            baseline_model=self.baseline_model,
            baseline_outcome=self.baseline_outcome,
            shared=self.fairness is not None,
        )

    def violations(self) -> pd.DataFrame:
        """Check the plan's tables against the system and the policy, without the network.

        Returns
        -------
        pandas.DataFrame
            ``rule``, ``where``, ``amount``; empty, or the plan would not have been returned.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> plan.violations().empty
        True
        """
        lends = self.model.frame.rooms is not None
        return every_audit.violations(
            self.system,
            self.policy,
            self.collaboration,
            self.entries,
            self.baseline_entries,
            cost=self.certificate.cost,
            paid=choice_cost(self.model, self.solution),
            estate=self.collaboration.lend if lends else None,
            given=self.help_given,
        )

    @property
    def published_with(self) -> tuple[CertifiedPlan, ...]:
        """The plans that it is published with: those of its ladder, or itself alone.

        Small numbers are hidden in all that is written of these plans as in one system: see
        ``mutualaid.disclosure.several_plans``.
        """
        known: tuple[CertifiedPlan, ...] = self.__dict__.get("_published_with", (self,))
        return known

    @property
    def targets(self) -> pd.DataFrame:
        """How each target fares: see :func:`mutualaid.model.limits.targets.target_table`."""
        system = self.system
        return target_table(self.asked_targets, self.entries, system.periods, system.period_weeks)

    @checks_arguments
    def clauses(self, *, prices: bool = False) -> pd.DataFrame:
        """Say of each promise and trust what was promised, and what came.

        Parameters
        ----------
        prices
            Whether to work out what each costs everybody: a linear program each.

        Returns
        -------
        pandas.DataFrame
            ``promise``, ``figure``, ``lens``, ``period``, ``origin`` (the trust), ``service``
            (empty where not by it), ``alone``, ``limit`` (the worst that keeps the promise),
            ``came``, ``kept``, ``binds`` (one patient, or 1/1000 harm-week, worse would break it)
            and ``price``, if asked for: by how many harm-weeks the relaxation's least cost falls
            without it, others kept; the same in all its rows; missing for harm that the mode
            protects anyhow. ``min_weeks_saved``, of all trusts, is last. Empty without any. Shares
            are missing where nobody waits.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
        >>> plan = ma.optimise(system, None, ma.Deep(promises="board"))
        >>> bool(plan.clauses()["kept"].all())
        True
        """
        asked, sides = self.collaboration.promised, (self.entries, self.baseline_entries)
        saved = self.policy.min_weeks_saved if self.collaboration.moves else 0
        table = contract.clause_table(self.system, asked, *sides, saved)
        if prices:
            costs = contract.promise_costs(self.solved_problem)
            table["price"] = table["promise"].map(costs).astype(float)
        return table

    @cached_property
    def limits(self) -> pd.DataFrame:
        """The side rows: ``limit`` (says it), ``kind``, ``level``, ``lower``, ``upper``, ``price``.

        What a row is of stands between its kind and its level, missing where it does not apply:
        ``origin``, ``provider``, ``service``, ``period``, ``pool``, ``group``, ``other_group``,
        ``site``, ``room``, ``target``, ``promise``, ``rank`` (of a fair share), and the other
        columns of the queues where rows are about single queues.

        The price is what the objective would fall by, in harm-weeks, with one unit more on the
        binding side; of the linear relaxation. Levels are in the row's own units: patients,
        1/1000 of a pool's unit, or 1/1000 harm-weeks. Infinite where there is no limit.
        """
        return limit_table(self.model, self.solution)

    @checks_arguments
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
            Whose patients, by code or by name.
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

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> print(plan.explain("XA1", "C_110", priority="P4", area="XA1-E"))  # doctest: +ELLIPSIS
        XA1...
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

    @cached_property
    def asks(self) -> pd.DataFrame:
        """How many patients are asked along each lane in each period, and how many go.

        A row for patients who are alike: the columns that tell queues apart, ``provider``,
        ``period``; with an acceptance or ``min_weeks_saved`` ``alone_period`` (in which they would
        be treated alone) and ``weeks_saved``; ``minutes``, ``extra_minutes``; ``patients`` (who go:
        as many as are expected to accept), ``chance`` (the share of those asked who accept, 1
        without an acceptance) and ``asked`` (``patients / chance``; who declines may be asked once
        more, and counts twice then).

        Examples
        --------
        >>> import mutualaid as ma
        >>> half = ma.Policy(acceptance=ma.Acceptance.constant(0.5))
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=3), half)
        >>> bool((plan.asks["asked"] == 2 * plan.asks["patients"]).all())
        True
        """
        return ask_table(self.model, self.outcome)

    @property
    def expected_acceptances(self) -> float:
        """How many patients go: as many as are expected to accept, all without an acceptance."""
        return float(self.moves["patients"].sum())

    @cached_property
    def if_everybody_accepts(self) -> CertifiedPlan:
        """The plan that would cost least if everybody who is asked accepted.

        Itself where no policy says that some decline.

        Examples
        --------
        >>> import mutualaid as ma
        >>> half = ma.Policy(acceptance=ma.Acceptance.constant(0.5))
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=3), half)
        >>> bool(plan.if_everybody_accepts.objective <= plan.objective)
        True
        """
        if not self.policy.some_decline:
            return self
        found: CertifiedPlan = front_door().optimise(
            self.system,
            self.policy.replace(acceptance=None),
            self.collaboration,
        )
        return found

    def _accepting(self) -> str:
        if not self.policy.some_decline:
            return "move, if everybody accepts"
        return f"move; {self.asks['asked'].sum():,.0f} are asked, as some decline"

    @property
    def _summary(self) -> Summary:
        return Summary(
            mode=self.collaboration.name,
            system=repr(self.system),
            before=self.baseline_objective,
            after=self.objective,
            whole=self.measures(by=None).iloc[0],
            asked=self._accepting(),
            proof=repr(self.certificate),
            today=None if self.system.as_today is None else self.three_numbers(),
        )

    def __repr__(self) -> str:
        return self._summary.text()

    def _repr_html_(self) -> str:
        return self._summary.html()
