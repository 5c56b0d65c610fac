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
from mutualaid.risk.risk_settings import View

TABLES: tuple[str, ...] = (
    *("whole", "groups", "carried", "carriers", "residual"),
    *("moving", "distance", "ways", "continuity", "deprivation"),
)
NOBODY = "There are no patients, and so there is no risk."


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskRegister:
    """The risks of a plan: taken away, moved, left, and those of moving itself.

    Printed, it is the agenda of an honest conversation. Made by :meth:`mutualaid.Plan.risks`.

    Attributes
    ----------
    how : View
        How the risks were looked at.
    whole, groups : pandas.DataFrame
        The whole system and each group: see :func:`mutualaid.risk.distribution.risks`.
    carried : pandas.DataFrame
        By trust, what of its own patients' risk is taken away, kept and new, and whom it treats:
        see :func:`mutualaid.risk.distribution.carried`.
    carriers : pandas.DataFrame
        In whose hands whose patients are: see :func:`mutualaid.risk.distribution.carriers`.
    residual : pandas.DataFrame
        The highest risks that stay: see :func:`mutualaid.risk.distribution.residual`.
    moving, distance, ways, continuity : pandas.DataFrame
        The risks of moving: in all, by origin, by origin and provider, and by origin and service:
        see :mod:`mutualaid.risk.of_moving`.
    deprivation : pandas.DataFrame or None
        Who is asked to travel: see :func:`mutualaid.risk.of_moving.deprivation`; None if the list
        does not say.
    """

    how: View
    whole: pd.DataFrame
    groups: pd.DataFrame
    carried: pd.DataFrame
    carriers: pd.DataFrame
    residual: pd.DataFrame
    moving: pd.DataFrame
    distance: pd.DataFrame
    ways: pd.DataFrame
    continuity: pd.DataFrame
    deprivation: pd.DataFrame | None

    @cached_property
    def agenda(self) -> str:
        """The register in words: what is taken away, moved, left, and risked by moving."""
        how = self.how
        (whole,), (move,) = (records(table) for table in (self.whole, self.moving))
        if not whole["patients"]:
            return NOBODY
        parts = {
            "Risks that the plan takes away": narrative.taken(
                whole, self.groups, self.carried, how
            ),
            "Risks that it moves, and to whom": narrative.put(self.groups, self.carried, how),
            "Risks that stay": narrative.stays(whole, self.residual, how),
            "Risks of moving": narrative.travel(move, self.continuity, self.deprivation, how),
        }
        return "\n".join(
            line for title, said in parts.items() for line in (title, *(f"  {s}" for s in said))
        )

    def __repr__(self) -> str:
        return self.agenda


def register(
    before: pd.DataFrame, after: pd.DataFrame, periods: int, period_weeks: int, how: View
) -> RiskRegister:
    """Register the risks of a plan.

    Parameters
    ----------
    before, after
        Tables of :func:`mutualaid.outcomes.tables.entries`, of the same patients; how deprived
        their homes are is added by :func:`mutualaid.risk.of_moving.labelled`.
    periods, period_weeks
        The horizon.
    how
        How to look at them: see :func:`mutualaid.risk.risk_settings.view`.

    Raises
    ------
    InputError
        If the two are not of the same patients.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> found = register(plan.baseline_entries, plan.entries, 2, 4, View())
    >>> float(found.whole["harm_weeks_after"].iloc[0]) == plan.harm_weeks
    True
    >>> print(found.agenda.splitlines()[0])
    Risks that the plan takes away
    """
    pairs = distribution.paired(before, after, periods, period_weeks)
    groups = distribution.risks(pairs, how)
    trusts = sorted({*after["provider"].cat.categories, *pairs["origin"]})
    return RiskRegister(
        how=how,
        whole=distribution.risks(pairs, how, by=()),
        groups=groups,
        carried=distribution.carried(pairs, how, trusts),
        carriers=distribution.carriers(pairs, how),
        residual=distribution.residual(groups, how),
        moving=of_moving.moving(after, how),
        distance=of_moving.distance(after, how),
        ways=of_moving.distance(after, how, by=("origin", "provider")),
        continuity=of_moving.continuity(after, how),
        deprivation=of_moving.deprivation(after, how),
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
        If there are fewer than two, or they are not of the same patients looked at in one way.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> alone = plan.baseline_entries
    >>> sides = {"Independent": alone, "Deep": plan.entries}
    >>> registers = {name: register(alone, to, 2, 4, View()) for name, to in sides.items()}
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
            (one.how, one.groups[[*one.how.by, "patients"]], one.carried[["origin", "patients"]])
            for one in self.registers.values()
        )
        for how, groups, trusts in others:
            alike = how == first[0] and groups.equals(first[1]) and trusts.equals(first[2])
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
                    **{measure: one.carried[measure].sum() for measure in hands},
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
            part = here[list(self.registers[upper].how.by)].assign(
                harm_weeks_below=below["harm_weeks_after"], harm_weeks=here["harm_weeks_after"]
            )
            part["harm_weeks_change"] = part["harm_weeks"] - part["harm_weeks_below"]
            part.insert(0, "rung", upper)
            part.insert(1, "below", lower)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    @checks_arguments
    def along(self, table: str) -> pd.DataFrame:
        """Lay one table of the registers side by side, with the column ``rung`` in front.

        Parameters
        ----------
        table
            The name of a table of :class:`RiskRegister`: ``"groups"``, ``"carried"``, ….

        Raises
        ------
        InputError
            If there is no such table, or the list does not say how deprived its patients are.

        Examples
        --------
        >>> import mutualaid as ma
        >>> alone = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2)).baseline_entries
        >>> same = register(alone, alone, 2, 4, View())
        >>> RiskLadder(registers={"A": same, "B": same}).along("carried")["rung"].tolist()
        ['A', 'A', 'B', 'B']
        """
        if table not in TABLES:
            raise InputError(f"there is no table {table!r}: use {', '.join(TABLES)}")
        parts = []
        for name, one in self.registers.items():
            part: pd.DataFrame | None = getattr(one, table)
            if part is None:
                raise InputError(f"the list does not say {one.how.deprivation!r} of its queues")
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
            trusts = upper.carried.assign(
                harm_weeks_change=upper.carried["harm_weeks_after"]
                - lower.carried["harm_weeks_after"]
            )
            lines.append(f"From {below['rung']} to {here['rung']}")
            lines += [
                f"  {said}" for said in narrative.step(below, here, groups, trusts, upper.how)
            ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.agenda
