"""Lines of slots told of as services: the sums are right, and a single line is no line."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, costly, prices_of

import mutualaid as ma

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
MODES = (ma.Independent(), ma.Transactional(tolerance=1), ma.Resource(), ma.Deep())
BOTH = ("stream", "wait_class")


@costly
@given(cases(most_patients=9, lines=False), st.sampled_from(MODES), st.sampled_from(["x", "é 1"]))
def test_one_stream_and_one_class_change_nothing(case, mode, label):
    """Called anything: the same plan but for the columns, the same cost, the same prices."""
    lined = {
        name: frame.assign(stream=label, wait_class=label)
        if name in ("waiting_list", "capacity", "referrals", "removals", "booked")
        else frame
        for name, frame in case.tables.items()
    }
    horizon = {"period_weeks": case.period_weeks, "periods": case.periods}
    plain, other = (
        ma.optimise(ma.System(**tables, **horizon), case.policy, mode)
        for tables in (case.tables, lined)
    )
    assert other.certificate.cost == plain.certificate.cost
    pd.testing.assert_frame_equal(other.entries.drop(columns=[*BOTH]), plain.entries)
    pd.testing.assert_frame_equal(other.slots, plain.slots)
    pd.testing.assert_frame_equal(other.prices, plain.prices)


@costly
@given(cases(most_patients=9), st.sampled_from(MODES))
def test_figures_by_service_are_those_of_its_lines_together(case, mode):
    """Counts and harm add up; prices are means weighted by slots."""
    plan = ma.optimise(case.system(), case.policy, mode)
    columns = list(plan.system.lines.columns)
    whole, apart = plan.measures(by="service"), plan.measures(by=columns)
    counts = [c for c in whole if c.startswith(("list_size", "over_", "treated", "harm_weeks"))]
    sums = apart.groupby("service", observed=True)[counts].sum()
    pd.testing.assert_frame_equal(sums, whole.set_index("service")[counts], check_index_type=False)
    keys = ["provider", "service", "period"]
    prices = prices_of(plan).astype({"provider": str, "service": str})
    prices["worth"] = prices["price"] * prices["slots"]
    both = prices.groupby(keys)[["slots", "used", "worth"]].sum(min_count=1).reset_index()
    mean = plan.prices
    assert both["slots"].tolist() == mean["slots"].tolist() == plan.slots["slots"].tolist()
    assert both["used"].tolist() == mean["used"].tolist()
    known = (mean["slots"] > 0) & mean["price"].notna()
    assert (mean["price"] * mean["slots"])[known].tolist() == pytest.approx(
        both["worth"][known].tolist()
    )
