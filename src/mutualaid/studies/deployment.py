"""Deployment: where extra sessions do the population most good.

Sessions (weekend lists, insourced teams, a mobile theatre, a ward of beds) are placed by the same
optimisation that moves patients: how many of each go where and when is a choice, limited by what
there is and by a budget in whatever unit they cost: lists, staff-weeks, money. A session brings
slots of a service, an amount of a pool, or both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.data.column_checks import LARGEST_COUNT, check_labels, check_numbers
from mutualaid.data.system import System
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import InputError, Problems
from mutualaid.formats import percent
from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.pools import pool_use, thousandths
from mutualaid.model.limits.row_kinds import NAMELESS, nameless
from mutualaid.model.limits.side_rows import grouped, offered, with_rows
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows
from mutualaid.model.queues import Codes
from mutualaid.outcomes.tables import in_harm_weeks
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build
from mutualaid.planning.solve_options import limits_of
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.policy import Policy
from mutualaid.solve.solver import solve

COLUMNS = ("sessions", "slots", "pool", "amount", "cost")
COST_SCALE = 1000
"""Budgets are kept to 1/1000 of their unit."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Deployment:
    """Extra sessions and the plan that uses them. Made by :func:`deploy`.

    Attributes
    ----------
    table : pandas.DataFrame
        ``provider``, ``service`` (empty for a pool alone; and its stream and class, where the
        system has them), ``period``, ``sessions``, ``slots``
        (that they add), ``pool`` and ``amount`` (of it that they add; empty and 0 for slots
        alone), ``cost``.
    plan, without : Plan
        The plan with the sessions, and the best plan of the same mode without.
    bound : float
        No placing within the budget leaves less than so many harm-weeks, with travel and moves.
    """

    table: pd.DataFrame
    plan: Plan
    without: Plan
    bound: float

    @property
    def saved(self) -> float:
        """Harm-weeks, with travel and moves, that the sessions save."""
        return in_harm_weeks(self.without.certificate.cost - self.plan.certificate.cost)

    @property
    def gap(self) -> float:
        """How far, at most, the plan is above the best placing, as a share of its objective."""
        return max(self.plan.objective - self.bound, 0.0) / max(abs(self.plan.objective), 1e-3)

    def __repr__(self) -> str:
        sessions, slots = int(self.table["sessions"].sum()), int(self.table["slots"].sum())
        pools = self.table[self.table["pool"] != ""].groupby("pool")["amount"].sum()
        brought = ", ".join([f"{slots:,} slots", *(f"{n:,g} of {p}" for p, n in pools.items())])
        return (
            f"Deployment: {sessions:,} sessions ({brought}) save {self.saved:,.1f} "
            f"harm-weeks; at most {percent(self.gap, 4)} above the best placing"
        )


@checks_arguments
def deploy(
    system: System,
    sessions: object,
    budget: float,
    policy: Policy | None = None,
    collaboration: Collaboration | None = None,
    *,
    solver: str = "auto",
    time_limit: float | None = None,
    threads: int | None = None,
) -> Deployment:
    """Place extra sessions where they save most.

    Parameters
    ----------
    system
        The system without them.
    sessions
        A table of what may be placed: ``slots`` (patients to a session), or ``pool`` and
        ``amount`` (of that pool to a session, as in the system's pools), or all three; optionally
        ``provider``, ``service`` (``stream``, ``wait_class``) and ``period`` (an absent column or
        an empty cell: any that the system has; slots go to a service where the provider has it in
        some period, and pools to providers that list them; what is a pool alone is of no service),
        ``most`` (sessions at each provider, service and period; otherwise what the budget
        allows) and ``cost`` (of a session, in the unit of the budget; otherwise 1).
    budget
        The most that all sessions together may cost.
    policy, collaboration, solver, time_limit, threads
        As for :func:`mutualaid.optimise`. Promises are measured against what each trust would do
        alone without the sessions.

    Returns
    -------
    Deployment

    Raises
    ------
    InputError
        If the table cannot be used.
    SolverError
        If no plan was found.

    Examples
    --------
    >>> import pandas as pd
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    >>> lists = pd.DataFrame({"slots": [6], "most": [2]})
    >>> placed = deploy(system, lists, budget=3)
    >>> int(placed.table["sessions"].sum()), bool(placed.saved > 0)
    (3, True)
    """
    cells = _cells(system, sessions, budget)
    enlarged = _with(system, cells, cells["most"])
    model = build(enlarged, policy, collaboration, reference=system)
    wider, arcs = _with_sessions(model.model, system, cells, budget)
    limits = limits_of(time_limit, threads, None)
    found = solve(wider.network, "auto" if solver == "flow" else solver, limits)
    number = found.flow[arcs]
    placed = _with(system, cells, number)
    chosen = cells.assign(sessions=number)
    chosen = chosen[chosen["sessions"] > 0]
    added = {name: chosen["sessions"] * chosen[name] for name in ("slots", "amount", "cost")}
    table = chosen.assign(**added).reset_index(drop=True)[[*_keys(system), *COLUMNS]]
    plans = [
        made.solve(solver, time_limit=time_limit, threads=threads)
        for made in (
            build(placed, policy, collaboration, reference=system),
            build(system, policy, collaboration),
        )
    ]
    return Deployment(
        table=table,
        plan=plans[0],
        without=plans[1],
        bound=in_harm_weeks(found.certificate.lower_bound),
    )


def _keys(system: System) -> tuple[str, ...]:
    return ("provider", *system.lines.columns, "period")


def _cells(system: System, sessions: object, budget: float) -> pd.DataFrame:
    """Every place and period with the sessions that may go there."""
    table = frame_of("sessions", sessions).reset_index(drop=True)
    with Arguments("deploy") as check:
        check.number("budget", budget, 0, LARGEST_COUNT)
        _check(table, system, check)
    patients = sum(
        int(table["patients"].sum())
        for table in (system.waiting_list, system.referrals)
        if table is not None
    )
    when = pd.DataFrame({"period": range(1, system.periods + 1)})
    keys = _keys(system)
    offered = system.capacity[list(keys[:-1])].astype(object).drop_duplicates()
    parts = []
    for row in table.to_dict("records"):
        given = {str(name): value for name, value in row.items() if not pd.isna(value)}
        here = offered
        if "pool" in given and system.pools is not None:
            listed = system.pools.loc[system.pools["pool"] == given["pool"], "provider"]
            here = here[here["provider"].isin(set(listed))]
        if "slots" not in given:
            nothing = dict.fromkeys(system.lines.columns, "")
            here = here.drop_duplicates("provider").assign(**nothing)
        here = here.merge(when, how="cross")
        for key in keys:
            if key in given:
                here = here[here[key] == given[key]]
        cost = float(given.get("cost", 1.0))
        within = _useful(system, given, patients)
        if cost > 0:
            within = min(within, int(budget // cost))
        parts.append(
            here.assign(
                slots=int(given.get("slots", 0)),
                pool=str(given.get("pool", "")),
                amount=float(given.get("amount", 0.0)),
                cost=cost,
                most=min(int(given.get("most", within)), within),
            )
        )
    cells = pd.concat(parts, ignore_index=True)
    if not len(cells):
        raise InputError("sessions: no provider has any of these services, or of these pools")
    return cells.sort_values(list(keys), kind="stable", ignore_index=True)


def _useful(system: System, row: Mapping[str, Any], patients: int) -> int:
    """So many sessions at one place would do for everybody."""
    enough = 0
    if "slots" in row:
        enough = patients // int(row["slots"]) + 1
    if "pool" in row and system.usage is not None:
        used = system.usage.loc[system.usage["pool"] == row["pool"], "amount"]
        need = float(used.max()) if len(used) else 0.0
        enough = max(enough, int(patients * need / float(row["amount"])) + 1)
    return enough


def _check(table: pd.DataFrame, system: System, problems: Problems) -> None:
    pools = [] if system.pools is None else sorted(set(system.pools["pool"]))
    known: dict[str, list[object]] = {
        "provider": list(system.providers),
        "service": list(system.services),
        **{name: sorted(set(system.capacity[name])) for name in system.lines.more},
        "period": list(range(1, system.periods + 1)),
        "pool": list(pools),
    }
    optional = ("provider", *system.lines.columns, "period", "most", "cost")
    surplus = [str(c) for c in table if c not in (*known, "slots", "amount", "most", "cost")]
    if surplus or not {"slots", "pool"} & set(table):
        problems.add(
            "sessions",
            ", ".join(surplus) or "slots",
            "is not a column of this table" if surplus else "the column is missing",
            f"use slots, or pool and amount; optionally {', '.join(optional)}",
        )
        return
    _check_contents(table, system.lines.columns, problems)
    for heading in map(str, table.columns):
        values = table[heading]
        if heading in known:
            stray = (values.notna() & ~values.isin(known[heading])).to_numpy()
            problems.note("sessions", heading, stray, "is not in this system", "correct it", values)
            if heading != "period":
                filled = values.astype(object).where(values.notna(), "any").infer_objects()
                check_labels("sessions", heading, filled, problems)
            continue
        there = (values.notna() | (heading == "cost")).to_numpy()
        numbers = check_numbers("sessions", heading, values[there], problems)
        if numbers is None:
            continue
        whole = heading in ("slots", "most")
        low = 1 if heading == "slots" else 0
        wrong, what, remedy = numbers < low, f"is not a whole number from {low}", "correct it"
        if whole:
            wrong |= numbers != np.floor(numbers)
        if heading == "amount":
            wrong, what, remedy = numbers <= 0, "is 0", "write what a session adds"
        if wrong.any():
            rows = there.copy()
            rows[there] = wrong
            problems.add("sessions", heading, what, remedy, rows=rows, values=values)


def _check_contents(table: pd.DataFrame, lines: Sequence[str], problems: Problems) -> None:
    """Every session brings something, and of a pool it is said how much."""
    there = {
        name: table[name].notna().to_numpy() if name in table else np.zeros(len(table), dtype=bool)
        for name in ("slots", "pool", "amount", *lines)
    }
    for column, rows, what, remedy in (
        ("slots", ~there["slots"] & ~there["pool"], "is empty", "write slots or a pool"),
        (
            "amount",
            there["pool"] != there["amount"],
            "and pool do not fit",
            "write both or neither",
        ),
        *(
            (
                name,
                there[name] & ~there["slots"] & there["pool"],
                "is given for a pool alone, which all services share",
                "leave it empty, or write slots",
            )
            for name in lines
        ),
    ):
        problems.note("sessions", column, rows, what, remedy)


def _with(system: System, cells: pd.DataFrame, number: Ints | pd.Series) -> System:
    """The system with so many sessions of each cell."""
    count = np.asarray(number)
    tables = {}
    for name, keys, amount, of in (
        ("capacity", _keys(system), "slots", cells["slots"] > 0),
        ("pools", ("pool", "provider", "period"), "amount", cells["pool"] != ""),
    ):
        own = getattr(system, name)
        if not of.any() or own is None:
            continue
        extra = cells.loc[of, list(keys)]
        extra[amount] = (count * cells[amount].to_numpy())[of]
        own = own.drop(columns="site", errors="ignore")
        own = own.astype({key: object for key in keys if key != "period"})
        both = pd.concat([own, extra])
        tables[name] = both.groupby(list(keys), as_index=False)[amount].sum()
    return system.replace(**tables)


def _with_sessions(
    model: Model, system: System, cells: pd.DataFrame, budget: float
) -> tuple[Model, Codes]:
    """Say that slots beyond the system's own are those of sessions, within the budget."""
    keys, most = NAMELESS.keys(np.arange(len(cells))), cells["most"].astype(int).tolist()
    choices = [Choice(key=key, most=number) for key, number in zip(keys, most, strict=True)]
    wider, chosen = offered(model, choices)
    cost = np.rint(cells["cost"].to_numpy(dtype=np.float64) * COST_SCALE).astype(np.int64)
    spend: SideRows = grouped(
        chosen,
        cost,
        np.zeros(len(chosen), dtype=np.int64),
        None,
        np.array([int(budget * COST_SCALE)], dtype=np.int64),
        nameless(1),
    )
    extra = [_slot_rows(wider, system, cells, chosen), *_pool_rows(wider, system, cells, chosen)]
    return with_rows(wider, *extra, spend), chosen


def _slot_rows(model: Model, system: System, cells: pd.DataFrame, chosen: Codes) -> SideRows:
    """Slots that are used are the system's own or those of sessions."""
    of = np.flatnonzero(cells["slots"] > 0)
    means, slots = model.means, model.frame.slots
    keys, lines = list(_keys(system)), system.lines.labels
    own = system.capacity.groupby(keys, observed=True)["slots"].sum()
    arcs = means.arcs(Kind.SLOTS)
    arcs = arcs[slots.room[means.pair[arcs]] < 0]
    providers = model.frame.system.providers
    place = [
        (providers[slots.provider[pair]], *lines[slots.line[pair]], int(period))
        for pair, period in zip(means.pair[arcs].tolist(), means.period[arcs].tolist(), strict=True)
    ]
    row_of = {where: i for i, where in enumerate(place)}
    wanted = cells.iloc[of]
    cell_row = np.array(
        [row_of[where] for where in wanted[keys].itertuples(index=False, name=None)],
        dtype=np.int64,
    )
    limit = own.reindex(pd.MultiIndex.from_tuples(place, names=keys)).fillna(0)
    used = np.zeros(len(arcs), dtype=bool)
    used[cell_row] = True
    return grouped(
        np.concatenate([arcs, chosen[of]]),
        np.concatenate([np.ones_like(arcs), -wanted["slots"].to_numpy(dtype=np.int64)]),
        np.concatenate([np.arange(len(arcs)), cell_row]),
        None,
        limit.to_numpy(dtype=np.int64),
        nameless(len(place)),
        kept=used,
    )


def _pool_rows(
    model: Model, system: System, cells: pd.DataFrame, chosen: Codes
) -> Iterator[SideRows]:
    """What is used of a pool is the system's own or that of sessions."""
    provider_of = {name: code for code, name in enumerate(system.providers)}
    for use in pool_use(system, model.frame.slots, model.means):
        of = np.flatnonzero(cells["pool"] == use.pool)
        more = cells.iloc[of]
        group = more["provider"].map(provider_of).to_numpy(dtype=np.int64) * system.periods
        group += more["period"].to_numpy(dtype=np.int64) - 1
        kept = np.zeros(len(use.limit), dtype=bool)
        kept[group] = True
        yield grouped(
            np.concatenate([use.arcs, chosen[of]]),
            np.concatenate([use.needs, -thousandths(more["amount"])]),
            np.concatenate([use.group, group]),
            None,
            use.limit,
            nameless(len(kept)),
            kept=kept,
        )
