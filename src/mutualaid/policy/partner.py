"""Partners that are no hospitals: what they hold, what helping costs them, and what they gain.

A council, a federation of GPs, a community trust or an independent provider holds resources (hours
of home care, rooms, places of a virtual ward, transport). A unit of one spares so many units of a
pool of a trust: an hour of home care, half a bed-day. That costs the partner money by use, and
gains it money by what it spares: care needs that days in hospital would have made. Money is never
added to harm: it stands in an account of the partner's own, which is no part of the objective.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.data.column_checks import check_labels, check_numbers
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import Problems

POOL_KEYS = ("pool", "period")
SPARE_KEYS = ("pool", "provider", "spares")
MOST_MONEY = 1e9
MOST_RATE = 1e6
MOST_WEEKS = 5_200
LABELS = ("pool", "provider", "spares")


@dataclass(frozen=True, eq=False)
class Partner:
    """A partner that treats nobody, but holds what trusts need: a council, for instance.

    The plan decides how many whole units of each resource it gives, where and when. Each trust
    alone has none of it.

    Parameters
    ----------
    name
        What it is called; not like a trust.
    pools
        What it holds: ``pool``, ``period``, ``amount`` (whole units of it are given; a period that
        is not listed has none).
    spares
        What it is good for: ``pool`` (of the partner's), ``provider``, ``spares`` (a pool of that
        trust's), ``amount`` (so many units of it are spared by one unit of the partner's) and
        optionally ``at_most`` (of what the trust's patients use of it in a period, at most this
        share can be spared so; empty: all of it).
    costs
        Money that a unit of each of its pools costs it when it is given.
    benefits
        Money that each unit of a trust's pool is worth to it when it is spared, by pool; a pool
        that is left out is worth nothing.
    fixed_cost
        Money that taking part costs it, however little it gives.
    at_least
        It takes part only where its account, benefits less costs, comes to at least this; below 0:
        what it is ready to lose.
    benefit_weeks
        So many weeks after a period begins, what is spared in it is worth its money.
    horizon_weeks
        Benefits that come later than so many weeks after the census do not count for it, costs
        always do; None: all benefits count.

    Raises
    ------
    InputError
        If anything is out of range, or a table cannot be used; ``.problems`` lists everything.

    Examples
    --------
    >>> council = Partner(
    ...     "Council",
    ...     pools=pd.DataFrame({"pool": ["home care"], "period": [1], "amount": [200]}),
    ...     spares=pd.DataFrame({"pool": ["home care"], "provider": ["XA1"], "spares": ["beds"],
    ...                          "amount": [0.5]}),
    ...     costs={"home care": 24},
    ...     benefits={"beds": 60},
    ... )
    >>> council
    Partner: Council gives home care to XA1
    """

    name: str
    pools: pd.DataFrame
    spares: pd.DataFrame
    costs: Mapping[str, float]
    benefits: Mapping[str, float]
    fixed_cost: float = 0.0
    at_least: float = 0.0
    benefit_weeks: int = 0
    horizon_weeks: int | None = None

    def __post_init__(self) -> None:
        with Arguments("Partner") as check:
            if not isinstance(self.name, str) or not self.name.strip() or "\n" in self.name:
                check.wrong("name", "is no text of one line", "say what the partner is called")
            for of, rates in (("costs", self.costs), ("benefits", self.benefits)):
                if check.kind(of, rates, Mapping, "map pools to money") and isinstance(
                    rates, Mapping
                ):
                    for pool, money in rates.items():
                        check.number(f"{of} of {pool}", money, 0, MOST_RATE)
            check.number("fixed_cost", self.fixed_cost, 0, MOST_MONEY)
            check.number("at_least", self.at_least, -MOST_MONEY, MOST_MONEY)
            check.whole("benefit_weeks", self.benefit_weeks, 0, MOST_WEEKS)
            check.whole("horizon_weeks", self.horizon_weeks, 0, MOST_WEEKS, optional=True)
        problems = Problems()
        pools = _checked("partner.pools", self.pools, ("pool", "period", "amount"), (), problems)
        needed = ("pool", "provider", "spares", "amount")
        spares = _checked("partner.spares", self.spares, needed, ("at_most",), problems)
        problems.raise_if_any()
        object.__setattr__(self, "pools", pools)
        object.__setattr__(self, "spares", spares)
        self._check_together(problems)
        problems.raise_if_any()

    def _check_together(self, problems: Problems) -> None:
        """Note what is there twice, and names that stand for nothing."""
        for table, frame, keys in (
            ("partner.pools", self.pools, POOL_KEYS),
            ("partner.spares", self.spares, SPARE_KEYS),
        ):
            twice = frame[list(keys)].duplicated(keep=False).to_numpy()
            problems.note(table, ", ".join(keys), twice, "is there twice", "keep one")
        held, spared = set(self.pools["pool"]), set(self.spares["spares"])
        stray = ~self.spares["pool"].isin(held).to_numpy()
        what = f"is a pool that {self.name} does not hold"
        remedy = "list it in pools, or drop the row"
        problems.note("partner.spares", "pool", stray, what, remedy, self.spares["pool"])
        free = [pool for pool in sorted(held) if pool not in self.costs]
        if free:
            what = f"says nothing of {', '.join(free)}"
            problems.add("partner", "costs", what, "write what a unit costs, 0 if nothing")
        for of, rates, known in (
            ("costs", self.costs, held),
            ("benefits", self.benefits, spared),
        ):
            if odd := sorted(str(pool) for pool in rates if pool not in known):
                remedy = f"name {', '.join(sorted(known)) or 'none'}"
                problems.add("partner", of, f"names no such pool: {', '.join(odd)}", remedy)

    def check(self, providers: Sequence[str], pools: pd.DataFrame | None, periods: int) -> None:
        """Check that it fits a system.

        Parameters
        ----------
        providers, periods
            Those of the system.
        pools
            The system's table of pools, if it has one.

        Raises
        ------
        InputError
            If it is called like a trust, or spares a pool that no such trust holds.
        """
        problems = Problems()
        if self.name in providers:
            problems.add(
                "partner", "name", f"is {self.name}, a trust's code", "call the partner otherwise"
            )
        held = set() if pools is None else set(zip(pools["provider"], pools["pool"], strict=True))
        asked = zip(self.spares["provider"], self.spares["spares"], strict=True)
        stray = np.array([pair not in held for pair in asked], dtype=bool)
        told = self.spares["provider"] + ", " + self.spares["spares"]
        problems.note(
            *("partner.spares", "provider, spares", stray, "is a pool that no such trust holds"),
            *("list it in the system's pools, or drop the row", told),
        )
        late = (self.pools["period"] > periods).to_numpy()
        problems.note(
            *("partner.pools", "period", late, f"is after the last period, {periods}"),
            *("drop the row, or plan for more periods", self.pools["period"]),
        )
        problems.raise_if_any()

    def counts_benefit(self, period: int, period_weeks: int) -> bool:
        """Whether what is spared in a period is worth anything to it, within its horizon.

        Examples
        --------
        >>> pools = pd.DataFrame({"pool": ["beds"], "period": [1], "amount": [9]})
        >>> spares = pd.DataFrame({"pool": ["beds"], "provider": ["A"], "spares": ["beds"],
        ...                        "amount": [1]})
        >>> partner = Partner("P", pools, spares, {"beds": 1}, {}, benefit_weeks=8,
        ...                   horizon_weeks=12)
        >>> [partner.counts_benefit(period, 4) for period in (1, 2, 3)]
        [True, True, False]
        """
        comes = (period - 1) * period_weeks + self.benefit_weeks
        return self.horizon_weeks is None or comes <= self.horizon_weeks

    def __repr__(self) -> str:
        gives = ", ".join(dict.fromkeys(self.spares["pool"]))
        to = ", ".join(dict.fromkeys(self.spares["provider"]))
        return f"Partner: {self.name} gives {gives} to {to}"


def check_partners(given: object, check: Arguments) -> None:
    """Note what is wrong with the ``partners`` of a mode."""
    remedy = "write [mutualaid.Partner(…), …]"
    if not check.kind("partners", given, list | tuple, remedy):
        return
    names = []
    for one in given if isinstance(given, list | tuple) else ():
        check.kind("partners", one, Partner, remedy)
        names += [one.name] if isinstance(one, Partner) else []
    if twice := sorted({name for name in names if names.count(name) > 1}):
        check.wrong("partners", f"has {', '.join(twice)} twice", "name each once")


def _checked(
    name: str, given: object, needed: tuple[str, ...], more: tuple[str, ...], problems: Problems
) -> pd.DataFrame:
    """Take a table: texts for labels, whole numbers for periods, numbers for the others."""
    frame = frame_of(name, given).reset_index(drop=True)
    absent = [column for column in needed if column not in frame]
    surplus = [str(column) for column in frame.columns if column not in (*needed, *more)]
    if absent or surplus:
        told = [f"lacks {', '.join(absent)}"] * bool(absent)
        told += [f"has {', '.join(surplus)}"] * bool(surplus)
        remedy = f"columns {', '.join(needed)}" + f"; optionally {', '.join(more)}" * bool(more)
        problems.add(name, "", " and ".join(told), remedy)
        return frame
    if not len(frame):
        problems.add(name, "", "is empty", "list what the partner holds and what it is good for")
    result: dict[str, object] = {}
    for column in frame.columns:
        values = frame[column]
        if column in LABELS:
            check_labels(name, column, values, problems)
            result[column] = values.astype(object)
            continue
        if column == "at_most":
            values = values.fillna(1.0)
        numbers = check_numbers(name, column, values, problems)
        if numbers is None:
            continue
        if column == "period":
            wrong = (numbers < 1) | (numbers != np.floor(numbers))
            problems.note(name, column, wrong, "is no whole number from 1", "correct it", numbers)
        elif column == "at_most":
            problems.note(name, column, numbers > 1, "is above 1", "write a share", numbers)
        else:
            problems.note(
                name, column, numbers > MOST_RATE, "is above 1,000,000", "correct it", numbers
            )
        if name == "partner.spares" and column == "amount":
            fine = numbers < 0.0005
            problems.note(name, column, fine, "is below 1/1000", "write more", numbers)
        result[column] = numbers.astype(np.int64) if column == "period" else numbers.astype(float)
    return pd.DataFrame(result)
