"""Why a trust gains or loses adds up to the unit, whatever the system and the mode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, relaxed

import mutualaid as ma

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
MODES = (ma.Deep(), ma.Resource(), ma.Transactional(), ma.Deep(max_sacrifice=0.1))


@relaxed
@given(cases(), st.sampled_from(MODES))
def test_the_reasons_of_every_trust_add_up(case, mode):
    """To what its own patients bear together less alone; travel, moves and aid stand beside."""
    system = case.system()
    plan = ma.optimise(system, case.policy, mode)
    sides = [
        table.groupby(table["origin"].astype(object))["harm"].sum()
        for table in (plan.baseline_entries, plan.entries)
    ]
    for trust in system.providers:
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
        moved = plan.moves[plan.moves["origin"] == trust]
        assert table.loc[away, "patients"].sum() == moved["patients"].sum()
        assert (
            table["cost"].sum() == plan.entries.loc[plan.entries["origin"] == trust, "cost"].sum()
        )
        assert repr(why).startswith(f"{trust}: ")
