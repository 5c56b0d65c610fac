"""A problem falls apart where neither a node nor a side row holds it together, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.errors import SolverError
from mutualaid.model import linear_terms
from mutualaid.model.limits.baseline import alone
from mutualaid.model.limits.row_kinds import nameless
from mutualaid.model.limits.side_rows import grouped
from mutualaid.model.network import stack_rows
from mutualaid.solve.backends.highs import Program, solve_highs
from mutualaid.solve.decompose import parts_of
from mutualaid.solve.interface import Limits
from mutualaid.solve.max_min import fair_gains
from mutualaid.solve.solver import solve


@pytest.fixture(scope="module")
def services():
    """Five services of three trusts: five components that know nothing of each other."""
    return ma.build(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)).network


def row_over(network, components, most):
    """A side row over the first arcs of some components."""
    arcs = np.concatenate(
        [np.arange(network.arc_start[k], network.arc_start[k] + 3) for k in components]
    )
    one = np.ones_like(arcs)
    return grouped(arcs, one, 0 * one, None, np.array([most]), nameless(1))


def test_components_without_rows_are_free(services):
    """No side row: everything is free."""
    free, tied = parts_of(services)
    assert free.network.arcs == services.arcs
    assert tied == []


def test_rows_tie_what_they_touch_and_what_that_touches(services):
    """Rows over 0 and 1, and over 1 and 2, make one part; a row over 4 another; 3 is free."""
    rows = stack_rows(
        row_over(services, [0, 1], 10**6),
        row_over(services, [1, 2], 10**6),
        row_over(services, [4], 10**6),
    )
    free, tied = parts_of(replace(services, rows=rows))
    assert [part.network.components for part in tied] == [3, 1]
    assert free.network.components == services.components - 4
    assert [len(part.rows) for part in tied] == [2, 1]
    pieces = np.sort(np.concatenate([free.arcs, *(part.arcs for part in tied)]))
    assert (pieces == np.arange(services.arcs)).all()
    for part in tied:
        assert (part.network.rows.arc >= 0).all()
        assert (services.cost[part.arcs] == part.network.cost).all()


def test_a_row_that_nothing_is_in_is_still_kept(services):
    """Nothing at least one: no plan. Nothing at most one: as if it were not there."""
    none = np.zeros(0, dtype=np.int64)
    least = grouped(none, none, none, np.array([1]), None, nameless(1))
    with pytest.raises(SolverError):
        solve(replace(services, rows=least))
    most = grouped(none, none, none, None, np.array([1]), nameless(1))
    found = solve(replace(services, rows=most))
    assert found.certificate.cost == solve(services).certificate.cost


def test_apart_or_at_once_the_optimum_is_the_same():
    """Nobody worse off in any service: a problem a service, and all of them as one."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2)
    network = ma.build(system, collaboration=ma.Resource(protect="service")).network
    whole = np.zeros(network.arcs, dtype=bool)
    whole[network.rows.arc] = True
    at_once = solve_highs(network, Limits(mip_gap=1e-6), whole=whole)
    apart = solve(network, limits=Limits(mip_gap=1e-6))
    assert len(parts_of(network)[1]) > 1
    assert apart.certificate.cost == pytest.approx(float(network.cost @ at_once.flow), rel=2e-6)
    assert apart.certificate.lower_bound <= apart.certificate.cost


def test_no_trust_s_fair_gain_can_grow_but_from_one_that_has_less():
    """What max-min fair means: each gain, made as large as the poorer ones allow, is no larger."""
    model = ma.build(
        ma.datasets.collaborative(trusts=6, areas_per_trust=1, periods=4),
        ma.Policy(max_minutes=45),
        ma.Transactional(),
    )
    network, before = model.network, alone(*model.baseline)
    base = before.harm.sum(axis=1)
    term = linear_terms.harm(model.model)
    group = model.model.frame.queues.origin[term.queue]
    first = len(network.rows)
    rows = grouped(term.arc, term.coefficient, group, None, base, nameless(6))
    wide = replace(network, rows=stack_rows(network.rows, rows))
    place = first + np.arange(6)
    level = fair_gains(wide, place, base, Limits())
    assert level.min() + 1e-4 < level.max()
    for mine in range(6):
        program = Program(wide, Limits())
        poorer = level <= level[mine] + 1e-9
        cap = np.where(poorer, base * (1 - level) + 1e-6 * base, base)
        program.limit_rows(place, np.full(6, -np.inf), cap)
        own = np.zeros(network.arcs)
        np.add.at(own, term.arc[group == mine], term.coefficient[group == mine])
        program.price_columns(np.arange(network.arcs), own)
        flow, _, _ = program.solve()
        best = 1 - float(own @ flow) / base[mine]
        assert best == pytest.approx(level[mine], abs=2e-5)


def test_rows_of_large_units_are_kept_to_the_unit():
    """Harm counts thousands a patient: scaling rows for the solver breaks none of them."""
    plan = ma.optimise(
        two_trusts(slots=(1, 3), periods=3, waiting=mixed()), collaboration=ma.Resource()
    )
    harm = plan.entries.groupby("origin", observed=True)["harm"].sum()
    before = plan.baseline_entries.groupby("origin", observed=True)["harm"].sum()
    assert (harm <= before).all()
    assert plan.model.network.rows.coefficient.max() > 1000


def mixed():
    """Long waiters at Alder, short ones at Birch."""
    return pd.DataFrame(
        [("ALD", "C_110", 60, 5), ("BIR", "C_110", 3, 8)],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )
