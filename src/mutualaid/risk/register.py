"""The risk register of a plan, and of the rungs of a ladder side by side."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.errors import InputError
from mutualaid.risk import distribution, narrative, of_moving
from mutualaid.risk.phrases import records
from mutualaid.risk.risk_settings import RiskSettings

TABLES: tuple[str, ...] = (
    *("whole", "groups", "by_trust", "by_provider", "residual"),
    *("moving", "distance", "ways", "continuity", "deprivation"),
)
NOBODY = "There are no patients, and so there is no risk."


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskRegister:
    """The risks of a plan: taken away, moved, left, and those of moving itself.

    Printed, it is the agenda of an honest conversation. Made by :meth:`mutualaid.Plan.risks`.

    Attributes
    ----------
    settings : RiskSettings
        The options that it was made with.
    whole, groups : pandas.DataFrame
        The whole system and each group: see :func:`mutualaid.risk.distribution.risks`.
    by_trust : pandas.DataFrame
        By trust, what of its own patients' risk is taken away, kept and new, and whom it treats:
        see :func:`mutualaid.risk.distribution.by_trust`.
    by_provider : pandas.DataFrame
        By the provider in whose hands patients are, and their origin: see
        :func:`mutualaid.risk.distribution.by_provider`.
    residual : pandas.DataFrame
        The highest risks that stay: see :func:`mutualaid.risk.distribution.residual`.
    moving, distance, ways, continuity : pandas.DataFrame
        The risks of moving: in all, by origin, by origin and provider, and by origin and service:
        see :mod:`mutualaid.risk.of_moving`.
    deprivation : pandas.DataFrame or None
        Who is asked to travel: see :func:`mutualaid.risk.of_moving.deprivation`; None if the list
        does not say.
    """

    settings: RiskSettings
    whole: pd.DataFrame
    groups: pd.DataFrame
    by_trust: pd.DataFrame
    by_provider: pd.DataFrame
    residual: pd.DataFrame
    moving: pd.DataFrame
    distance: pd.DataFrame
    ways: pd.DataFrame
    continuity: pd.DataFrame
    deprivation: pd.DataFrame | None

    @cached_property
    def agenda(self) -> str:
        """The register in words: what is taken away, moved, left, and risked by moving."""
        settings = self.settings
        (whole,), (move,) = (records(table) for table in (self.whole, self.moving))
        if not whole["patients"]:
            return NOBODY
        parts = {
            "Risks that the plan takes away": narrative.risks_removed(
                whole, self.groups, self.by_trust, settings
            ),
            "Risks that it moves, and to whom": narrative.risks_shifted(
                self.groups, self.by_trust, settings
            ),
            "Risks that stay": narrative.risks_remaining(whole, self.residual, settings),
            "Risks of moving": narrative.risks_of_moving(
                move, self.continuity, self.deprivation, settings
            ),
        }
        return "\n".join(
            line for title, said in parts.items() for line in (title, *(f"  {s}" for s in said))
        )

    def __repr__(self) -> str:
        return self.agenda


def register(
    before: pd.DataFrame,
    after: pd.DataFrame,
    periods: int,
    period_weeks: int,
    settings: RiskSettings,
) -> RiskRegister:
    """Register the risks of a plan.

    Parameters
    ----------
    before, after
        Tables of :func:`mutualaid.outcomes.tables.entries`, of the same patients; how deprived
        their homes are is added by :func:`mutualaid.risk.of_moving.labelled`.
    periods, period_weeks
        The horizon.
    settings
        Its options: see :func:`mutualaid.risk.risk_settings.check_settings`.

    Raises
    ------
    InputError
        If the two are not of the same patients.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> found = register(plan.baseline_entries, plan.entries, 2, 4, RiskSettings())
    >>> float(found.whole["harm_weeks_after"].iloc[0]) == plan.harm_weeks
    True
    >>> print(found.agenda.splitlines()[0])
    Risks that the plan takes away
    """
    pairs = distribution.paired(before, after, periods, period_weeks)
    groups = distribution.risks(pairs, settings)
    trusts = sorted({*after["provider"].cat.categories, *pairs["origin"]})
    return RiskRegister(
        settings=settings,
        whole=distribution.risks(pairs, settings, by=()),
        groups=groups,
        by_trust=distribution.by_trust(pairs, settings, trusts),
        by_provider=distribution.by_provider(pairs, settings),
        residual=distribution.residual(groups, settings),
        moving=of_moving.moving(after, settings),
        distance=of_moving.distance(after, settings),
        ways=of_moving.distance(after, settings, by=("origin", "provider")),
        continuity=of_moving.continuity(after, settings),
        deprivation=of_moving.deprivation(after, settings),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskLadder:
    """The risk registers of several plans for one system, each a step above the one before.

    Printed, it says what each step takes from whom and puts on whom.

    Attributes
    ----------
    registers : mapping of str to RiskRegister
        By rung, the lowest first.

    Raises
    ------
    InputError
        If there are fewer than two, or they differ in their patients or options.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> alone = plan.baseline_entries
    >>> sides = {"Independent": alone, "Deep": plan.entries}
    >>> registers = {name: register(alone, to, 2, 4, RiskSettings()) for name, to in sides.items()}
    >>> rungs = RiskLadder(registers=registers)
    >>> bool(rungs.table["moved"].iloc[1] == plan.moves["patients"].sum())
    True
    >>> print(rungs.agenda.splitlines()[0])
    From Independent to Deep
    """

    registers: Mapping[str, RiskRegister]

    def __post_init__(self) -> None:
        if len(self.registers) < 2:
            raise InputError("a ladder has two rungs or more: register the risks of each plan")
        first, *others = (
            (
                one.settings,
                one.groups[[*one.settings.by, "patients"]],
                one.by_trust[["origin", "patients"]],
            )
            for one in self.registers.values()
        )
        for settings, groups, trusts in others:
            alike = settings == first[0] and groups.equals(first[1]) and trusts.equals(first[2])
            if not alike:
                raise InputError(
                    "the registers are not of the same patients, or not looked at in one way: "
                    "register plans of one system with the same options"
                )

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a rung, of the whole system.

        ``rung``, ``patients``; all that :func:`mutualaid.risk.distribution.risks` measures, on the
        rung; ``patients_better``, ``patients_worse``, ``harm_weeks_taken`` and ``harm_weeks_new``,
        against acting alone; and all of :func:`mutualaid.risk.of_moving.moving`.
        """
        rows = []
        for name, one in self.registers.items():
            (whole,), (move,) = (records(t) for t in (one.whole, one.moving))
            hands = ("patients_better", "patients_worse", "harm_weeks_taken", "harm_weeks_new")
            rows.append(
                {
                    "rung": name,
                    "patients": whole["patients"],
                    **{
                        measure.removesuffix("_after"): value
                        for measure, value in whole.items()
                        if measure.endswith("_after")
                    },
                    **{measure: one.by_trust[measure].sum() for measure in hands},
                    **move,
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def steps(self) -> pd.DataFrame:
        """What each step changes, by group.

        ``rung``, ``below`` (the rung below), the columns that make the rows of ``groups``,
        ``harm_weeks_below``, ``harm_weeks`` and ``harm_weeks_change``.
        """
        parts = []
        for lower, upper in itertools.pairwise(self.registers):
            below, here = (self.registers[rung].groups for rung in (lower, upper))
            part = here[list(self.registers[upper].settings.by)].assign(
                harm_weeks_below=below["harm_weeks_after"], harm_weeks=here["harm_weeks_after"]
            )
            part["harm_weeks_change"] = part["harm_weeks"] - part["harm_weeks_below"]
            part.insert(0, "rung", upper)
            part.insert(1, "below", lower)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    @checks_arguments
    def side_by_side(self, table: str) -> pd.DataFrame:
        """Lay one table of the registers side by side, with the column ``rung`` in front.

        Parameters
        ----------
        table
            The name of a table of :class:`RiskRegister`: ``"groups"``, ``"by_trust"``, ….

        Raises
        ------
        InputError
            If there is no such table, or the list does not say how deprived its patients are.

        Examples
        --------
        >>> import mutualaid as ma
        >>> alone = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2)).baseline_entries
        >>> same = register(alone, alone, 2, 4, RiskSettings())
        >>> RiskLadder(registers={"A": same, "B": same}).side_by_side("by_trust")["rung"].tolist()
        ['A', 'A', 'B', 'B']
        """
        if table not in TABLES:
            raise InputError(f"there is no table {table!r}: use {', '.join(TABLES)}")
        parts = []
        for name, one in self.registers.items():
            part: pd.DataFrame | None = getattr(one, table)
            if part is None:
                raise InputError(
                    f"the list does not say {one.settings.deprivation!r} of its queues"
                )
            part = part.copy()
            part.insert(0, "rung", name)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def agenda(self) -> str:
        """The ladder in words: what each step takes from whom, and puts on whom."""
        rows = records(self.table)
        if not rows[0]["patients"]:
            return NOBODY
        lines = []
        for (lower, upper), (below, here) in zip(
            itertools.pairwise(self.registers.values()), itertools.pairwise(rows), strict=True
        ):
            groups = self.steps[self.steps["rung"] == here["rung"]]
            trusts = upper.by_trust.assign(
                harm_weeks_change=upper.by_trust["harm_weeks_after"]
                - lower.by_trust["harm_weeks_after"]
            )
            lines.append(f"From {below['rung']} to {here['rung']}")
            lines += [
                f"  {said}"
                for said in narrative.ladder_step(below, here, groups, trusts, upper.settings)
            ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.agenda
