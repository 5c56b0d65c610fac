"""A price is what one more slot saves: the relaxation with it says the same, in every mode."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from strategies import cases, costly, estates

import mutualaid as ma
from mutualaid.errors import SolverError
from mutualaid.solve.answer import Limits
from mutualaid.solve.flow import solve_flow
from mutualaid.solve.run import relax

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")

MODES = (
    ma.Independent(),
    ma.Transactional(),
    ma.Transactional(tolerance=1, protect="service"),
    ma.Transactional(min_gain=0.1),
    ma.Resource(),
    ma.Resource(cost_tolerance=0.2, reciprocity=1),
    ma.Resource(protect="service"),
    ma.Resource(spare_only=True),
    ma.Deep(),
    ma.Deep(max_sacrifice=0.1),
    ma.Deep(reciprocity=1),
)
NEAR = 2e-5
"""Of HiGHS's tolerances, in harm-weeks."""


@st.composite
def tight(draw):
    """A case with notice, a ramp or groups besides: whatever may tie a plan."""
    case = draw(cases(most_patients=6))
    more = {"notice_weeks": draw(st.sampled_from([0, 0, 2, 4]))}
    if draw(st.integers(0, 4)) == 0:
        more["ramp"] = sorted(draw(st.integers(0, 3)) for _ in range(case.periods))
    if draw(st.integers(0, 4)) == 0:
        more["max_lanes"] = draw(st.integers(0, 2))
    if "area" in case.tables["waiting_list"] and draw(st.integers(0, 2)) == 0:
        limit = draw(st.sampled_from([{"min_gain": 0.0}, {"max_gap_weeks": 30.0}]))
        more["equity"] = ma.Equity(by="area", **limit)
    return replace(case, policy=case.policy.replace(**more))


@st.composite
def modes(draw, case):
    """A mode, among them those that lend rooms."""
    lends = st.builds(lambda estate: ma.Resource(lend=estate), estates(case))
    return draw(st.one_of(st.sampled_from(MODES), st.sampled_from(MODES), lends))


def with_one(system, place):
    """The system with a slot more."""
    keys = ["provider", "service", "period"]
    capacity = system.capacity.astype({"provider": object, "service": object})
    more = pd.DataFrame([(*place, 1)], columns=[*keys, "slots"])
    slots = pd.concat([capacity, more]).groupby(keys, as_index=False)["slots"].sum()
    return system.replace(capacity=slots)


def relaxation(system, policy, mode):
    """What the relaxation costs, in harm-weeks: built and solved from nothing."""
    network = ma.build(system, policy, mode).network
    if not len(network.rows):
        return network.total(solve_flow(network)) / 1000
    return float(network.cost @ relax(network, Limits()).flow) / 1000


def check(case, mode, chosen):
    """Compare prices with what slots save; say how many, and how many press against a promise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        system = case.system()
        try:
            plan = ma.optimise(system, case.policy, mode)
        except (ma.InputError, SolverError) as error:
            # Limits between groups that nobody can keep: no plan, no prices.
            assert case.policy.equity is not None, error
            return
        assert plan.prices["exact"].all() or case.policy.equity is not None
        base = relaxation(system, case.policy, mode)
        assert plan.bound == pytest.approx(base, abs=2e-3)
        for row in plan.prices.iloc[chosen].itertuples():
            place = row.provider, row.service, row.period
            try:
                saved = base - relaxation(with_one(system, place), case.policy, mode)
            except SolverError as error:
                assert error.status == "infeasible"
                assert np.isnan(row.price)
                continue
            note(f"{mode} {place}: price {row.price}, saves {saved}")
            assert row.price == pytest.approx(saved, abs=NEAR)


@costly
@given(st.data())
def test_every_price_is_what_one_more_slot_saves_in_the_relaxation(data):
    """In every mode, with pools, caps, notice, groups, lent rooms and closed slots."""
    case = data.draw(tight())
    mode = data.draw(modes(case))
    places = len(case.tables["capacity"][["provider", "service"]].drop_duplicates()) * case.periods
    at = st.integers(0, places - 1)
    check(case, mode, data.draw(st.lists(at, min_size=1, max_size=3, unique=True)))
