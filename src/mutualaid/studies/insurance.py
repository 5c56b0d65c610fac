"""Insurance: an agreement that is made before anybody knows whose roof leaks.

"Nobody is worse off than alone" asks little in a shock, as the one that is hit is worst off alone.
Insured, it is brought back to a share of what it loses against the calm, and the others lose at
most a stated share for it; where that cannot be, the plan comes as near as can be, and says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from mutualaid.arguments import Arguments, argument, checks_arguments, typed
from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.errors import InputError
from mutualaid.formats import figures, listed
from mutualaid.plan_methods import Plan
from mutualaid.planning.least_shortfall import Nearest, kept, nearest
from mutualaid.planning.optimise import build, optimise
from mutualaid.planning.solve_options import limits_of
from mutualaid.policy.collaboration import Independent, Resource
from mutualaid.policy.estate import Estate
from mutualaid.policy.harm import SCALE
from mutualaid.policy.insured import Insured
from mutualaid.policy.policy import Policy
from mutualaid.solve.interface import Limits
from mutualaid.studies.scenarios import Scenario, check_names
from mutualaid.studies.settlement import Settled, Settlement, harm_of, plain

SUM_OF_CHANCES = 1 + 1e-9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shock:
    """What may come, how likely it is, and whom it hits.

    Parameters
    ----------
    scenario
        What is otherwise than in the calm.
    chance
        How likely it is, from 0 to 1, over the horizon.
    hit
        Whose loss is insured, by code or by name. None: of every trust whose own patients bear
        more alone in the shock than alone in the calm.
    lend
        Rooms that are lent in this shock: see :class:`mutualaid.Estate`.

    Raises
    ------
    InputError
        If anything is out of range.

    Examples
    --------
    >>> from mutualaid.studies import Scenario, changes
    >>> flood = Scenario("flood", [changes.Closure(provider="XA1", periods=(2,))])
    >>> Shock(scenario=flood, chance=0.04).name
    'flood'
    """

    scenario: Scenario
    chance: float
    hit: tuple[str, ...] | None = None
    lend: Estate | None = None

    def __post_init__(self) -> None:
        with Arguments("Shock") as check:
            check.kind("scenario", self.scenario, Scenario, "pass a mutualaid.studies.Scenario")
            check.share("chance", self.chance)
            check.kind("lend", self.lend, Estate | None, "pass a mutualaid.Estate")
            if self.hit is not None:
                given = (self.hit,) if isinstance(self.hit, str) else self.hit
                trusts = check.listed("hit", given, "list trusts, or leave it out")
                if not all(isinstance(trust, str) and trust for trust in trusts) or not trusts:
                    check.wrong("hit", "names no trust", "list codes, or leave it out")
                object.__setattr__(self, "hit", tuple(trusts))

    @property
    def name(self) -> str:
        """What the scenario is called."""
        return self.scenario.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurance:
    """What partners promise whoever is hit by a shock.

    Parameters
    ----------
    share
        To at least this share of its loss each trust that is hit is brought back: of the
        harm-weeks that its own patients bear alone in the shock beyond alone in the calm.
    most_loss
        The most harm that each other trust's own patients bear beyond the calm, as a share of what
        they bear in the calm, alone (beyond the shock, where the shock itself costs them more).
        None for no limit.

    Raises
    ------
    InputError
        If a share is not from 0 to 1.

    Examples
    --------
    >>> Insurance(share=0.5, most_loss=0.02)
    Insurance: 50% of the loss is brought back, others lose at most 2% of their harm in the calm
    >>> Insurance(share=1.5)
    Traceback (most recent call last):
    mutualaid.errors.InputError: 1 problem in the input:
      Insurance.share: is 1.5. Remedy: write a share from 0 to 1.
    """

    share: float = 0.5
    most_loss: float | None = 0.02

    def __post_init__(self) -> None:
        with Arguments("Insurance") as check:
            check.share("share", self.share)
            check.share("most_loss", self.most_loss, optional=True)

    def __repr__(self) -> str:
        most = "whatever others lose"
        if self.most_loss is not None:
            most = f"others lose at most {plain(self.most_loss)} of their harm in the calm"
        return f"Insurance: {plain(self.share)} of the loss is brought back, {most}"

    @checks_arguments
    def settle(
        self,
        system: System,
        policy: Policy | None = None,
        shocks: Sequence[Shock] = (),
        *,
        solver: str = "auto",
        time_limit: float | None = None,
        threads: int | None = None,
        mip_gap: float | None = None,
        progress: Callable[[str], object] | None = None,
    ) -> Settled:
        """Plan every shock as it is insured, and weigh what the promise is worth and costs.

        In each shock the plan is the cheapest that keeps the promise: one in which nobody else
        bears more than alone, if there is any, and else one in which they lose what they said at
        most. Where no plan keeps it, those that are hit fall short by as few harm-weeks as can be,
        all of them together, before anything else is made small. Nobody who is hit bears more than
        alone.

        Parameters
        ----------
        system, policy
            The calm: as for :func:`mutualaid.optimise`.
        shocks
            What may come; at most one of them does, so that chances add up to at most 1.
        solver, time_limit, threads, mip_gap
            As for :func:`mutualaid.optimise`.
        progress
            Called with the name of each shock when it is done.

        Returns
        -------
        Settled

        Raises
        ------
        InputError
            If there are no shocks, their chances add up to more than 1, two have the same name, or
            one names a trust that is not there or does not fit the system.
        SolverError
            As :func:`mutualaid.optimise`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)
        >>> closed = ma.studies.changes.Capacity(factor=0.7, provider="XB2", periods=(2, 3))
        >>> leak = ma.studies.Shock(scenario=ma.studies.Scenario("leak", [closed]), chance=0.1)
        >>> settled = ma.Insurance(share=0.2, most_loss=0.1).settle(system, None, [leak])
        >>> settled.table[["shock", "origin", "reached"]].to_dict("records")
        [{'shock': 'leak', 'origin': 'XB2', 'reached': True}]
        >>> bool(abs(settled.premiums["premium"].sum()) < 1e-9)
        True
        """
        limits = limits_of(time_limit, threads, mip_gap)
        _check(shocks, system)
        names = SystemNames.of(system.providers, system.services)
        calm = optimise(
            system, policy, Independent(), solver, time_limit=time_limit, threads=threads
        )
        search = _Search(insurance=self, calm=calm, solver=solver, limits=limits)
        settlements = {}
        for shock in shocks:
            settlements[shock.name] = search.settle(shock, _hit(shock, names, system.providers))
            if progress is not None:
                progress(shock.name)
        return Settled.of(self.share, self.most_loss, calm, settlements)


def _check(shocks: object, system: System) -> None:
    if isinstance(shocks, Shock) or not isinstance(shocks, Sequence):
        raise InputError("shocks is no list: write [mutualaid.studies.Shock(…), …]")
    for one in shocks:
        if not isinstance(one, Shock):
            argument.wrong("shocks", f"has {typed(one)}", "pass a mutualaid.studies.Shock")
    if not check_names([shock.scenario for shock in shocks]):
        raise InputError("shocks is empty: say what may come")
    total = sum(shock.chance for shock in shocks)
    if total > SUM_OF_CHANCES:
        raise InputError(
            f"the chances of the shocks add up to {total:g}: at most one of them comes, so that "
            "they are to add up to 1 at most"
        )
    names = SystemNames.of(system.providers, system.services)
    problems = []
    for shock in shocks:
        given = shock.hit or ()
        found = names.codes("origin", given, "Shock.hit")
        absent = sorted({found.get(one, one) for one in given} - set(system.providers))
        if absent:
            told = names.told("origin", absent)
            problems.append(f"shock {shock.name!r}: hit has {told}, not in this system")
    if problems:
        raise InputError("; ".join(problems))


def _hit(shock: Shock, names: SystemNames, providers: Sequence[str]) -> tuple[str, ...] | None:
    if shock.hit is None:
        return None
    found = names.codes("origin", shock.hit, "Shock.hit")
    given = {found.get(one, one) for one in shock.hit}
    return tuple(one for one in providers if one in given)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Search:
    """How each shock is settled."""

    insurance: Insurance
    calm: Plan
    solver: str
    limits: Limits
    usual: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "usual", harm_of(self.calm.entries, self.calm.system.providers))

    def settle(self, shock: Shock, hit: tuple[str, ...] | None) -> Settlement:
        """Plan a shock without the promise, and with it."""
        state = shock.scenario.apply(self.calm.system, self.calm.policy)
        without = build(*state, Resource(lend=shock.lend, promises="harm")).solve_within(
            self.limits, self.solver
        )
        then = harm_of(without.baseline_entries, self.calm.system.providers)
        if hit is None:
            hit = tuple(trust for trust, harm in then.items() if harm > self.usual[trust])
        wanted = self._limits(then, hit)
        mode = Insured(
            harm_at_most={trust: most / SCALE for trust, most in wanted.items()}, lend=shock.lend
        )
        near = self._gently(state, mode, hit, without, then)
        near = near or self._nearest(state, mode, hit, without)
        plan = near.plan
        bears = harm_of(plan.entries, self.calm.system.providers)
        short = {trust: max(bears[trust] - wanted[trust], 0) for trust in hit}
        why = self._why(state, mode, hit, plan) if any(short.values()) else ""
        return Settlement(
            shock=shock.name,
            chance=shock.chance,
            hit=hit,
            plan=plan,
            without=without,
            limits=wanted,
            short=short,
            least_short=near.least if why else 0.0,
            why=why,
        )

    def _limits(self, then: Mapping[str, int], hit: Sequence[str]) -> dict[str, int]:
        """What each trust's own patients bear at most, in 1/1000 harm-weeks."""
        # A float is read as the decimal that it prints as: 0.1 is a tenth.
        share = Fraction(repr(float(self.insurance.share)))
        limits = {}
        for trust, alone in then.items():
            usual = self.usual[trust]
            if trust in hit:
                limits[trust] = (alone - share * max(alone - usual, 0)).__floor__()
            elif self.insurance.most_loss is not None:
                extra = Fraction(repr(float(self.insurance.most_loss))) * usual
                limits[trust] = max(alone, usual) + extra.__floor__()
        return limits

    def _gently(
        self,
        state: tuple[System, Policy],
        mode: Insured,
        hit: Sequence[str],
        start: Plan,
        then: Mapping[str, int],
    ) -> Nearest | None:
        """The cheapest plan in which the promise is kept and nobody else loses, if there is one."""
        own = {trust: mode.harm_at_most[trust] for trust in hit}
        gentle = replace(mode, harm_at_most={t: own.get(t, h / SCALE) for t, h in then.items()})
        plan = kept(lambda m: build(*state, m), gentle, hit, start, self.solver, self.limits)
        return None if plan is None else Nearest(plan=plan, least=0.0)

    def _nearest(
        self, state: tuple[System, Policy], mode: Insured, hit: Sequence[str], start: Plan
    ) -> Nearest:
        """The cheapest plan that keeps the limits, or comes as near to them as can be."""
        return nearest(lambda m: build(*state, m), mode, hit, start, self.solver, self.limits)

    def _why(
        self, state: tuple[System, Policy], mode: Insured, hit: Sequence[str], plan: Plan
    ) -> str:
        """Say what stands in the way of the promise."""
        own = {trust: mode.harm_at_most[trust] for trust in hit}
        free = self._nearest(state, Insured(harm_at_most=own, lend=mode.lend), hit, plan)
        if free.least > 0:
            return (
                "even if it did not count what the others lose, at least "
                f"{figures(free.least, 'harm-week')} would be missing: slots, travel and rules "
                "allow no more"
            )
        bears = harm_of(free.plan.entries, self.calm.system.providers)
        over = {
            trust: (bears[trust] - round(most * SCALE)) / SCALE
            for trust, most in mode.harm_at_most.items()
            if trust not in hit and bears[trust] > round(most * SCALE)
        }
        if not over:
            return "no better plan was found with what the solver was given"
        told = listed([f"{trust} by {more:,.0f} harm-weeks" for trust, more in over.items()])
        return f"others would have to lose more than they said: {told}"
