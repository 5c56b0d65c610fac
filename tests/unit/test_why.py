"""Why a trust gains or loses: each unit of its change has one reason, and the reasons add up."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma

HIPS = "C_110"
HOSTILE = "<script>alert(1)</script>"
PERSON_WEEKS = ma.Policy(harm=ma.harm.person_weeks(), move_weeks=0.25, tail_weeks=4)


def rows_of(why):
    """Patients and harm-weeks by reason and partner."""
    table = why.table.groupby(["reason", "partner"])[["patients", "harm_weeks"]].sum()
    return {key: tuple(row) for key, row in table.iterrows()}


def hips(*rows):
    return pd.DataFrame(
        [(origin, HIPS, weeks, patients) for origin, weeks, patients in rows],
        columns=["origin", "service", "weeks_waiting", "patients"],
    )


def test_who_goes_is_treated_sooner_and_who_stays_gets_the_slots_they_left():
    """Four hips at Alder, a slot a period; Birch treats two in the first period.

    Alone they are treated in periods 1 to 4 (0, 4, 8, 12 weeks). Together one stays in period 1,
    one takes the slot of period 2, and two go: who would have been third and fourth at home, or
    who was second leaves a slot for the third. In all 24 weeks become 4.
    """
    system = two_trusts(periods=4, waiting=hips(("ALD", 40, 4)), slots=(1, 0))
    capacity = pd.concat(
        [
            system.capacity[system.capacity["provider"] == "ALD"],
            pd.DataFrame({"provider": "BIR", "service": HIPS, "period": [1], "slots": [2]}),
        ]
    )
    plan = ma.optimise(system.replace(capacity=capacity), PERSON_WEEKS)
    why = plan.why("ALD")
    assert (why.alone, why.together, why.change) == (24_000, 4_000, -20_000)
    assert rows_of(why) == {
        ("sooner elsewhere", "BIR"): (2, -12.0),
        ("sooner at home, slots freed", "BIR"): (1, -8.0),
    }
    assert why.table["cost"].sum() == 2 * (250 + 500)
    assert why.aid[["partner", "patients_given", "patients_received"]].to_numpy().tolist() == [
        ["BIR", 0, 2]
    ]
    assert why.text.startswith("ALD: its own patients bear 20 harm-weeks less with the plan")
    assert "2 patients treated elsewhere, sooner than alone: 12 harm-weeks less (BIR C_110" in repr(
        why
    )


def test_a_host_waits_longer_for_its_guests_and_is_told_for_whose():
    """Birch's patient of 5 weeks waits a period for Alder's of 60, as harm rises after 52."""
    policy = ma.Policy(move_weeks=0.0, weeks_per_hour=0.0, tail_weeks=0)
    system = two_trusts(periods=2, waiting=hips(("ALD", 60, 1), ("BIR", 5, 1)), slots=(0, 1))
    plan = ma.optimise(system, policy)
    host = plan.why("BIR")
    assert rows_of(host) == {("later at home, others treated", "ALD"): (1, 4.0)}
    assert host.aid["patients_given"].tolist() == [1]
    assert "treated later at home, as patients of others are treated there" in host.text
    assert "What its slots are worth to everybody" in host.text
    guest = plan.why("ALD")
    # Untreated alone: 60 to 68 weeks at 3 a week, and 4 from 65 on.
    assert guest.change == -(5 * 3 + 3 * 4) * 1000
    assert list(guest.table["reason"]) == ["sooner elsewhere"]


def test_what_is_counted_after_the_horizon_and_who_joins_are_told_apart():
    """One patient joins in period 2 and is treated only at Birch; the tail is 4 weeks."""
    referrals = pd.DataFrame({"origin": ["ALD"], "service": [HIPS], "period": [2], "patients": [1]})
    system = two_trusts(periods=2, waiting=hips(("ALD", 40, 2)), slots=(1, 0), referrals=referrals)
    slots = pd.concat(
        [
            system.capacity[system.capacity["provider"] == "ALD"],
            pd.DataFrame({"provider": "BIR", "service": HIPS, "period": [2], "slots": [1]}),
        ]
    )
    why = ma.optimise(system.replace(capacity=slots), PERSON_WEEKS).why("ALD")
    assert why.table["harm"].sum() == why.change == -8_000
    assert why.table["harm_of_joiners"].sum() == -8_000
    assert why.table["harm_of_tail"].sum() == -4_000
    assert "counted after the horizon" in why.text


def test_nothing_changes_alone():
    """Nobody helps anybody: no rows, and it says so."""
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    why = ma.optimise(system, None, ma.Independent()).why("XA1")
    assert why.table.empty
    assert why.change == 0
    assert why.text == "XA1: its own patients bear as much with the plan as alone."


@pytest.mark.parametrize(
    "mode",
    [
        ma.Deep(),
        ma.Resource(protect="service"),
        ma.Transactional(),
        ma.Transactional(promises="board"),
        ma.Deep(max_sacrifice=0.02),
    ],
)
def test_every_trust_adds_up_in_every_way_of_working(mode):
    """To 1/1000 harm-week, and to the change that the measures tell."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)
    plan = ma.optimise(system, None, mode)
    own = plan.measures().set_index("origin")
    for trust in system.providers:
        why = plan.why(trust)
        assert int(why.table["harm"].sum()) == why.change
        told = own.loc[trust, "harm_weeks_after"] - own.loc[trust, "harm_weeks_before"]
        assert why.change / 1000 == pytest.approx(told, abs=1e-6)
        cost = plan.entries.loc[plan.entries["origin"] == trust, "cost"].sum()
        assert why.table["cost"].sum() == cost
        moved = plan.moves["origin"] == trust
        assert why.aid["patients_received"].sum() == plan.moves.loc[moved, "patients"].sum()


def test_where_weeks_saved_are_asked_for_it_adds_up_too():
    """Queues are then told apart by when their patients are treated alone."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)
    plan = ma.optimise(system, ma.Policy(min_weeks_saved=4))
    assert len(plan.moves)
    for trust in system.providers:
        why = plan.why(trust)
        assert int(why.table["harm"].sum()) == why.change


def test_what_costs_something_is_named_with_its_price():
    """Under a clause that binds the text says which, and what a unit more would bring."""
    system = ma.datasets.collaborative(trusts=4, periods=6)
    plan = ma.optimise(system, None, ma.Transactional())
    told = {trust: plan.why(trust) for trust in system.providers}
    kinds = set().union(*(why.clauses["kind"] for why in told.values()))
    assert {"harm_of_trust", "balance_in_patients"} <= kinds
    assert any("one patient more would spare everybody" in why.text for why in told.values())
    assert any("one harm-week more would spare" in why.text for why in told.values())


def test_a_trust_by_name_and_one_that_is_not_there():
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    plan = ma.optimise(system)
    with pytest.raises(ma.InputError, match=r"'XZ9'.* is not a trust .* write one of XA1, XB2"):
        plan.why("XZ9")
    with pytest.raises(ma.InputError, match="trust"):
        plan.why(3)


def test_in_a_notebook_it_is_a_table_that_runs_nothing():
    """Whatever a trust is called."""
    waiting = hips((HOSTILE, 40, 3))
    capacity = pd.DataFrame({"provider": ["BIR"], "service": HIPS, "period": 1, "slots": 2})
    travel = pd.DataFrame({"origin": [HOSTILE], "provider": ["BIR"], "minutes": [5.0]})
    plan = ma.optimise(ma.System(waiting, capacity, travel, periods=1))
    html = plan.why(plan.system.providers[0])._repr_html_()
    why = plan.why(next(p for p in plan.system.providers if p != "BIR"))
    assert "<script>" not in html + why._repr_html_()
    assert "all reasons" in why._repr_html_()
