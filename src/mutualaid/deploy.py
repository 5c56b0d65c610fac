"""Deployment: where extra sessions do the population most good.

Sessions (weekend lists, insourced teams, a mobile theatre) are placed by the same optimisation
that moves patients: how many of each go where and when is a choice, limited by what there is and
by a budget in whatever unit they cost: lists, staff-weeks, money.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mutualaid.checks import LARGEST_COUNT, as_frame, check_labels, check_numbers
from mutualaid.collaboration import Collaboration
from mutualaid.errors import InputError, Problems
from mutualaid.model.arcs import Kind
from mutualaid.model.build import Model
from mutualaid.model.choices import Choice, add_choices
from mutualaid.model.network import Ints, SideRows, stack_rows
from mutualaid.model.queues import Codes
from mutualaid.model.rows import grouped
from mutualaid.optimise import build
from mutualaid.plan import Plan
from mutualaid.policy import Policy
from mutualaid.solve.answer import Limits
from mutualaid.solve.run import solve
from mutualaid.system import System
from mutualaid.tables import in_harm_weeks

KEYS = ("provider", "service", "period")
COST_SCALE = 1000
"""Budgets are kept to 1/1000 of their unit."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Deployment:
    """Extra sessions and the plan that uses them. Made by :func:`deploy`.

    Attributes
    ----------
    table : pandas.DataFrame
        ``provider``, ``service``, ``period``, ``sessions``, ``slots`` (that they add), ``cost``.
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
        return (
            f"Deployment: {sessions:,} sessions ({slots:,} slots) save {self.saved:,.1f} "
            f"harm-weeks; at most {self.gap:.4%} above the best placing"
        )


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
        A table of what may be placed: ``slots`` (patients to a session); optionally
        ``provider``, ``service`` and ``period`` (an absent column or an empty cell: any that the
        system has; a session goes to a service where the provider has it in some period),
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
    enlarged = _with_slots(system, cells, cells["most"])
    model = build(enlarged, policy, collaboration, reference=system)
    wider, arcs = _with_sessions(model.model, system, cells, budget)
    limits = Limits(time_limit=time_limit, threads=threads)
    found = solve(wider.network, "auto" if solver == "flow" else solver, limits)
    number = found.flow[arcs]
    placed = _with_slots(system, cells, number)
    chosen = cells.assign(sessions=number)
    chosen = chosen[chosen["sessions"] > 0]
    table = pd.DataFrame(
        {
            **{key: chosen[key].to_numpy() for key in KEYS},
            "sessions": chosen["sessions"].to_numpy(),
            "slots": (chosen["sessions"] * chosen["slots"]).to_numpy(),
            "cost": (chosen["sessions"] * chosen["cost"]).to_numpy(),
        }
    )
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


def _cells(system: System, sessions: object, budget: float) -> pd.DataFrame:
    """Every (provider, service, period) with the sessions that may go there."""
    table = as_frame("sessions", sessions).reset_index(drop=True)
    problems = Problems()
    _check(table, budget, system, problems)
    problems.raise_if_any()
    offered = system.capacity[["provider", "service"]].astype(object).drop_duplicates()
    places = offered.merge(pd.DataFrame({"period": range(1, system.periods + 1)}), how="cross")
    parts = []
    for row in table.to_dict("records"):
        here = places
        for key in KEYS:
            if key in row and not pd.isna(row[key]):
                here = here[here[key] == row[key]]
        cost = float(row.get("cost", 1.0))
        within = int(budget // cost) if cost > 0 else LARGEST_COUNT
        most = row.get("most")
        most = within if most is None or pd.isna(most) else min(int(most), within)
        parts.append(here.assign(slots=int(row["slots"]), cost=cost, most=most))
    cells = pd.concat(parts, ignore_index=True)
    if not len(cells):
        raise InputError("sessions: no provider has any of these services")
    return cells.sort_values(list(KEYS), kind="stable", ignore_index=True)


def _check(table: pd.DataFrame, budget: float, system: System, problems: Problems) -> None:
    known: dict[str, list[object]] = {
        "provider": list(system.providers),
        "service": list(system.services),
        "period": list(range(1, system.periods + 1)),
    }
    surplus = [str(c) for c in table if c not in (*KEYS, "slots", "most", "cost")]
    if surplus or "slots" not in table:
        problems.add(
            "sessions",
            ", ".join(surplus) or "slots",
            "is not as it should be",
            "columns slots; optionally provider, service, period, most, cost",
        )
        return
    real = isinstance(budget, int | float | np.number) and not isinstance(budget, bool)
    if not real or not 0 <= budget <= LARGEST_COUNT:
        problems.add("deploy", "budget", f"is {budget!r}", f"a number from 0 to {LARGEST_COUNT:,}")
    for heading in map(str, table.columns):
        values = table[heading]
        if heading in known:
            stray = (values.notna() & ~values.isin(known[heading])).to_numpy()
            if stray.any():
                problems.add(
                    "sessions",
                    heading,
                    "is not in this system",
                    "correct it",
                    rows=stray,
                    values=values,
                )
            if heading != "period":
                filled = values.astype(object).where(values.notna(), "any").infer_objects()
                check_labels("sessions", heading, filled, problems)
            continue
        some = values[values.notna()] if heading == "most" else values
        numbers = check_numbers("sessions", heading, some, problems)
        if numbers is None:
            continue
        low = 1 if heading == "slots" else 0
        wrong = (numbers < low) | ((numbers != np.floor(numbers)) & (heading != "cost"))
        if wrong.any():
            problems.add("sessions", heading, f"is not a whole number from {low}", "correct it")


def _with_slots(system: System, cells: pd.DataFrame, number: Ints | pd.Series) -> System:
    """The system with so many sessions of each cell."""
    extra = cells[list(KEYS)].assign(slots=np.asarray(number) * cells["slots"].to_numpy())
    capacity = system.capacity.drop(columns="site", errors="ignore").astype(
        {"provider": object, "service": object}
    )
    both = pd.concat([capacity, extra])
    return system.replace(capacity=both.groupby(list(KEYS), as_index=False)["slots"].sum())


def _with_sessions(
    model: Model, system: System, cells: pd.DataFrame, budget: float
) -> tuple[Model, Codes]:
    """Say that slots beyond the system's own are those of sessions, within the budget."""
    choices = [
        Choice(name=f"sessions {p} {s} {t} row {i}", most=int(most))
        for i, (p, s, t, most) in enumerate(
            cells[[*KEYS, "most"]].itertuples(index=False, name=None)
        )
    ]
    network, means, chosen = add_choices(model.network, model.means, choices)
    slots = model.frame.slots
    own = system.capacity.groupby(list(KEYS), observed=True)["slots"].sum()
    arcs = means.arcs(Kind.SLOTS)
    arcs = arcs[slots.room[means.pair[arcs]] < 0]
    providers, services = model.frame.system.providers, model.frame.system.services
    place = [
        (providers[slots.provider[pair]], services[slots.service[pair]], int(period))
        for pair, period in zip(means.pair[arcs].tolist(), means.period[arcs].tolist(), strict=True)
    ]
    row_of = {where: i for i, where in enumerate(place)}
    cell_row = np.array(
        [row_of[where] for where in cells[list(KEYS)].itertuples(index=False, name=None)]
    )
    limit = own.reindex(pd.MultiIndex.from_tuples(place, names=list(KEYS))).fillna(0)
    used = np.zeros(len(arcs), dtype=bool)
    used[cell_row] = True
    extra = grouped(
        np.concatenate([arcs, chosen]),
        np.concatenate([np.ones_like(arcs), -cells["slots"].to_numpy(dtype=np.int64)]),
        np.concatenate([np.arange(len(arcs)), cell_row]),
        None,
        limit.to_numpy(dtype=np.int64),
        [f"slots at {p} for {s} in period {t}, with sessions" for p, s, t in place],
        kept=used,
    )
    cost = np.rint(cells["cost"].to_numpy(dtype=np.float64) * COST_SCALE).astype(np.int64)
    spend: SideRows = grouped(
        chosen,
        cost,
        np.zeros(len(chosen), dtype=np.int64),
        None,
        np.array([int(budget * COST_SCALE)], dtype=np.int64),
        ["budget of sessions"],
    )
    rows = stack_rows(network.rows, extra, spend)
    network = replace(network, rows=rows)
    wider = replace(model, network=network, means=means, choices=(*model.choices, *choices))
    return wider, chosen
