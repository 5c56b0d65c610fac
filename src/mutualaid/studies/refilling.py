"""Staying small after the backlog: where a plan's lists would refill, and why.

A plan clears what is on the lists now. Whether they stay short is a matter of what joins and what
can be treated, week after week, once help ends: see :mod:`mutualaid.studies.queueing`; and for how
many leave untreated, :mod:`mutualaid.studies.removal_range`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.plan.published import require_plan
from mutualaid.plan_methods import Plan
from mutualaid.studies import queueing

ROWS = ("origin", "service")
NOT_KNOWN = "not known: the system has no referrals"
NOBODY_JOINS = "nobody joins"
STAYS = "stays small"
VERDICTS = (
    NOT_KNOWN,
    "grows, with the plan or without it",
    "refills once the plan ends",
    "grows while the plan lasts: its slots go to others",
    "does not grow, but has too few slots to stay at its target size",
    "shrinks, but is over twice its target size: needs relief",
    "shrinks towards its target size",
    STAYS,
    NOBODY_JOINS,
)
"""What is said of a list, the worst first."""


@checks_arguments
def refill(
    plan: Plan,
    *,
    by: str | Sequence[str] = ROWS,
    target_weeks: float = 18,
    factor: float = queueing.FACTOR,
    relief_weeks: float = queueing.RELIEF_WEEKS,
) -> pd.DataFrame:
    """Say where the lists would refill after a plan, and what would keep them small.

    Rates are patients a week, averaged over the horizon: over less than a year, or with capacity
    that changes, they are those of this horizon only. Slots count as usable: where pools bind,
    loads are higher than they look here. Sums over services hide that one cannot use another's
    slots.

    Parameters
    ----------
    plan
        The plan.
    by
        What makes the rows: ``"origin"``, ``"service"`` or both.
    target_weeks
        The wait that hardly anybody should exceed.
    factor
        How many mean waits that is: see :func:`mutualaid.studies.queueing.factor_for`. With 4, 1.8
        % exceed it.
    relief_weeks
        Weeks after the horizon in which lists are to come to their target size.

    Returns
    -------
    pandas.DataFrame
        The worst first (by verdict, then by how fast the list would grow once the plan has
        ended): the columns ``by`` and

        - ``referrals``, ``removals`` (who leave untreated, those who found somebody to remove),
          ``demand`` (the difference, at least 0), a week;
        - ``capacity_alone`` (the trust's own slots), ``capacity_plan`` (less those that go to
          others' patients, and with those that its own patients get elsewhere), a week;
        - ``load_alone``, ``load_plan`` (demand over capacity; 0 where nobody joins, infinite
          where there are no slots), ``target_capacity`` (that keeps the list at its target size);
        - ``list_size_now`` (at the census), ``list_size_alone``, ``list_size_plan`` (at the end),
          ``target_list_size``;
        - ``relief_capacity_alone``, ``relief_capacity_plan`` (that brings the list at the end to
          its target size in ``relief_weeks``; at least the target capacity);
        - ``pressure_now``, ``pressure_alone``, ``pressure_plan`` (0 where nobody waits);
        - ``refills_alone``, ``refills_plan`` (whether the capacity falls short of the target
          capacity, once the plan has ended and while it lasts);
        - ``weeks_to_refill`` (after the plan, until the list is as long as at the census; 0 if
          it is already, infinite if it will not be);
        - ``verdict``, what becomes of the list, in words.

        All that depends on demand is missing (NaN or NA) in a system without a table of
        referrals, and the verdict says so.

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=6))
    >>> table = refill(plan, by="origin")
    >>> table[["origin", "verdict"]].iloc[0].tolist()
    ['XC3', 'refills once the plan ends']
    """
    require_plan(plan)
    keys = [by] if isinstance(by, str) else list(by)
    _check(keys, target_weeks=target_weeks, factor=factor, relief_weeks=relief_weeks)
    known = plan.system.referrals is not None
    table = _counts(plan, keys)
    demand = table["demand"].to_numpy()
    target = queueing.target_list_size(demand, target_weeks, factor)
    # Who has nobody to treat needs no margin.
    least = np.where(demand > 0, queueing.target_capacity(demand, target_weeks, factor), 0.0)
    table["target_capacity"], table["target_list_size"] = least, target
    for side in ("alone", "plan"):
        capacity, size = (table[f"{name}_{side}"].to_numpy() for name in ("capacity", "list_size"))
        table[f"load_{side}"] = queueing.load(demand, capacity)
        relief = queueing.relief_capacity(demand, size, target, relief_weeks)
        table[f"relief_capacity_{side}"] = np.maximum(relief, least)
        table[f"refills_{side}"] = pd.array(capacity < least, dtype="boolean")
    for side in ("now", "alone", "plan"):
        table[f"pressure_{side}"] = queueing.pressure(table[f"wait_{side}"], target_weeks)
    table["shortage"] = demand - table["capacity_alone"] if known else 0.0
    table["weeks_to_refill"] = _weeks_to_refill(table)
    table["verdict"] = _verdicts(table) if known else NOT_KNOWN
    table["rank"] = table["verdict"].map(VERDICTS.index)
    falling = ["shortage", "pressure_plan"]
    order = ["rank", *falling, *keys]
    ascending = [name not in falling for name in order]
    table = table.sort_values(order, ascending=ascending, ignore_index=True)
    if not known:
        table[list(OF_DEMAND)] = np.nan
        table[["refills_alone", "refills_plan"]] = pd.NA
    return table[[*keys, *COLUMNS]]


COLUMNS = (
    *("referrals", "removals", "demand", "capacity_alone", "capacity_plan"),
    *("load_alone", "load_plan", "target_capacity"),
    *("list_size_now", "list_size_alone", "list_size_plan", "target_list_size"),
    *("relief_capacity_alone", "relief_capacity_plan"),
    *("pressure_now", "pressure_alone", "pressure_plan", "refills_alone", "refills_plan"),
    *("weeks_to_refill", "verdict"),
)
OF_DEMAND = (
    *("referrals", "demand", "load_alone", "load_plan", "target_capacity", "target_list_size"),
    *("relief_capacity_alone", "relief_capacity_plan", "weeks_to_refill"),
)


def _check(keys: Sequence[str], **above_zero: float) -> None:
    with Arguments("refill") as check:
        if not keys or len(set(keys)) < len(keys) or not set(keys) <= set(ROWS):
            check.wrong("by", f"is {list(keys)!r}", "use origin, service, or both")
        for name, value in above_zero.items():
            check.number(name, value, above=True, below=True)


def _counts(plan: Plan, keys: list[str]) -> pd.DataFrame:
    """Who joins, who leaves, slots a week, lists and mean waits, a row for each group."""
    system, queues = plan.system, plan.model.frame.queues
    lots = (
        queues.labels[list(ROWS)]
        .iloc[queues.lot_queue]
        .assign(
            joined=np.where(queues.lot_referred > 0, queues.lot_patients + queues.lot_removed, 0),
            removed=queues.lot_removed,
        )
    )
    waiting = system.waiting_list
    waiting["waited"] = waiting["patients"] * waiting["weeks_waiting"]
    done = plan.treatments
    # Own patients in rooms that are lent have not moved, and take no slot of the own capacity.
    lent = done["site"].astype(str) != done["provider"].astype(str) if "site" in done else False
    got, given = done[done["moved"] | lent], done[done["moved"]]
    slots = _total(system.capacity, keys, "slots", who="provider")
    elsewhere = _total(got, keys, "patients")
    to_others = _total(given, keys, "patients", who="provider")
    ends = plan.measures(by=keys)
    ends = ends.set_index(_labels(ends, keys))
    sums = {
        "referrals": _total(lots, keys, "joined"),
        "removals": _total(lots, keys, "removed"),
        "capacity_alone": slots,
        "capacity_plan": slots.sub(to_others, fill_value=0).add(elsewhere, fill_value=0),
        "list_size_now": _total(waiting, keys, "patients"),
        "waited": _total(waiting, keys, "waited"),
        "list_size_alone": ends["list_size_before"],
        "list_size_plan": ends["list_size_after"],
        "wait_alone": ends["mean_wait_before"],
        "wait_plan": ends["mean_wait_after"],
    }
    table = pd.DataFrame(sums).fillna(0.0)
    table["wait_now"] = table.pop("waited") / table["list_size_now"].clip(lower=1)
    table["demand"] = (table["referrals"] - table["removals"]).clip(lower=0)
    rates = ["referrals", "removals", "demand", "capacity_alone", "capacity_plan"]
    table[rates] /= system.periods * system.period_weeks
    sizes = [f"list_size_{side}" for side in ("now", "alone", "plan")]
    return table.astype(dict.fromkeys(sizes, np.int64)).reset_index()


def _total(table: pd.DataFrame, keys: list[str], value: str, who: str = "origin") -> pd.Series:
    """The sum of a column by group; a provider may stand for the origin."""
    named = table[[who, "service", value]].rename(columns={who: "origin"})
    return named[value].groupby(_labels(named, keys)).sum()


def _labels(table: pd.DataFrame, keys: list[str]) -> list[pd.Series]:
    """Labels as plain text, so that tables with other categories go together."""
    return [table[key].astype(str) for key in keys]


def _weeks_to_refill(table: pd.DataFrame) -> np.ndarray:
    """Weeks after the plan until the list is as long as at the census."""
    cleared = (table["list_size_now"] - table["list_size_plan"]).to_numpy(dtype=np.float64)
    growth = table["shortage"].to_numpy(dtype=np.float64)
    never = np.full_like(cleared, np.inf)
    weeks = np.divide(cleared, growth, out=never, where=growth > 0)
    return np.where(cleared <= 0, 0.0, weeks)


def _verdicts(table: pd.DataFrame) -> np.ndarray:
    """What is said of each list: the first of the verdicts that holds."""
    ends, target = table["list_size_plan"], table["target_list_size"]
    alone, with_plan = table["load_alone"] >= 1, table["load_plan"] >= 1
    holds = [
        table["demand"] == 0,
        alone & with_plan,
        alone,
        with_plan,
        table["capacity_alone"] < table["target_capacity"],
        ends > 2 * target,
        ends > target,
    ]
    return np.select(holds, [NOBODY_JOINS, *VERDICTS[1:7]], default=STAYS)
