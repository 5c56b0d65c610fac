"""A price is what one more slot saves: the relaxation with it says the same, in every mode."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from oracle import lined
from relaxed import NEAR, relaxation
from strategies import cases, costly, estates, prices_of

import mutualaid as ma

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
    ma.Resource(promises="board"),
    ma.Transactional(promises="board"),
    ma.Deep(),
    ma.Deep(max_sacrifice=0.1),
    ma.Deep(reciprocity=1),
)


@st.composite
def tight(draw):
    """A case with notice, a ramp or groups besides: whatever may tie a plan."""
    case = draw(cases(most_patients=6))
    more = {"notice_weeks": draw(st.sampled_from([0, 0, 2, 4]))}
    if draw(st.integers(0, 4)) == 0:
        more["ramp"] = sorted(draw(st.integers(0, 3)) for _ in range(case.periods))
    if draw(st.integers(0, 4)) == 0:
        more["max_lanes"] = draw(st.integers(0, 2))
    more["send_or_receive"] = draw(st.integers(0, 3)) == 0
    if "area" in case.tables["waiting_list"] and draw(st.integers(0, 2)) == 0:
        limit = draw(st.sampled_from([{"min_gain": 0.0}, {"max_gap_weeks": 30.0}]))
        more["equity"] = ma.Equity(by="area", **limit)
    return replace(case, policy=case.policy.replace(**more))


@st.composite
def modes(draw, case):
    """A mode, among them those that lend rooms."""
    if len(lined(case.tables["capacity"])) > 1:
        return draw(st.sampled_from(MODES))
    lends = st.builds(lambda estate: ma.Resource(lend=estate), estates(case))
    return draw(st.one_of(st.sampled_from(MODES), st.sampled_from(MODES), lends))


def with_one(system, place):
    """The system with a slot more."""
    keys = ["provider", *lined(system.capacity), "period"]
    capacity = system.capacity.astype(dict.fromkeys(keys[:-1], object))
    more = pd.DataFrame([(*place, 1)], columns=[*keys, "slots"])
    slots = pd.concat([capacity, more]).groupby(keys, as_index=False)["slots"].sum()
    return system.replace(capacity=slots)


def check(case, mode, chosen):
    """Compare some prices with what slots save."""
    system = case.system()
    base = relaxation(system, case.policy, mode)
    try:
        plan = ma.optimise(system, case.policy, mode)
    except ma.InputError:
        if case.policy.equity is None:
            raise
        return
    assert plan.bound == pytest.approx(base, abs=2e-3)
    for row in prices_of(plan).iloc[chosen].itertuples():
        place = (row.provider, *(getattr(row, name) for name in system.lines.columns), row.period)
        least = relaxation(with_one(system, place), case.policy, mode)
        note(f"{mode} {place}: price {row.price}, with it {least} instead of {base}")
        assert row.exact == (least is not None)
        expected = np.nan if least is None else base - least
        assert row.price == pytest.approx(expected, abs=NEAR, nan_ok=True)


@costly
@given(st.data())
def test_every_price_is_what_one_more_slot_saves_in_the_relaxation(data):
    """In every mode, with pools, caps, notice, groups, lent rooms and closed slots."""
    case = data.draw(tight())
    mode = data.draw(modes(case))
    capacity = case.tables["capacity"]
    places = len(capacity[["provider", *lined(capacity)]].drop_duplicates()) * case.periods
    at = st.integers(0, places - 1)
    check(case, mode, data.draw(st.lists(at, min_size=1, max_size=3, unique=True)))
