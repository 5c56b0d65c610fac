"""Why a trust gains or loses adds up to the unit, whatever the system and the mode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, costly, estates, relaxed

import mutualaid as ma

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
MODES = (ma.Deep(), ma.Resource(promises="board"), ma.Transactional(), ma.Deep(max_sacrifice=0.1))


@relaxed
@given(cases(), st.sampled_from(MODES))
def test_the_reasons_of_every_trust_add_up(case, mode):
    """To what its own patients bear together less alone; travel, moves and aid stand beside."""
    adds_up(ma.optimise(case.system(), case.policy, mode))


@costly
@given(cases(lines=False), st.data())
def test_they_add_up_where_rooms_are_lent(case, data):
    """Own patients may then be treated by their own team in the rooms of another."""
    mode = ma.Deep(lend=data.draw(estates(case)))
    adds_up(ma.optimise(case.system(), case.policy, mode))


def adds_up(plan):
    """Every trust's reasons add up to the unit, and each is of the sign that it says."""
    sides = [
        table.groupby(table["origin"].astype(object))["harm"].sum()
        for table in (plan.baseline_entries, plan.entries)
    ]
    for trust in plan.system.providers:
        why = plan.why(trust)
        alone, together = (int(side.get(trust, 0)) for side in sides)
        assert (why.alone, why.together) == (alone, together)
        table = why.table
        assert int(table["harm"].sum()) == together - alone
        sooner = table["reason"].str.startswith("sooner")
        later = table["reason"].str.startswith("later")
        assert (table.loc[sooner, "harm"] <= 0).all()
        assert (table.loc[later, "harm"] >= 0).all()
        away = table["reason"].str.endswith("elsewhere")
        mine = plan.entries[plan.entries["origin"] == trust]
        assert table.loc[away, "patients"].sum() == mine.loc[mine["moved"], "patients"].sum()
        assert table.loc[away, "cost"].sum() == mine.loc[mine["moved"], "cost"].sum()
        assert repr(why).startswith(f"{trust}: ")
