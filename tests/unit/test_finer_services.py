"""Parts of a service, whose patients use its slots where a provider lists none for the part."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import best
from strategies import Case, relaxed

import mutualaid as ma
from mutualaid.audit import plan_audit

BONES, HIPS, OLD = "C_110", "C_110/hip", "C_110/hip/again"
PARTS = {HIPS: BONES, OLD: HIPS}


def lists(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """So many wait at an origin for a service, each for 40 weeks."""
    table = pd.DataFrame(rows, columns=["origin", "service", "patients"])
    return table.assign(weeks_waiting=40)


def system(waiting, *slots: tuple[str, str, int], finer=PARTS, **more) -> ma.System:
    capacity = pd.DataFrame(slots, columns=["provider", "service", "slots"]).assign(period=1)
    trusts = ("ALD", "BIR", "CED")
    ways = [(a, b, 30.0) for a in trusts for b in trusts if a != b]
    travel = pd.DataFrame(ways, columns=["origin", "provider", "minutes"])
    return ma.System(waiting, capacity, travel, periods=1, finer=finer, **more)


def treated(plan: ma.Plan) -> dict[tuple[str, str, str], int]:
    """Patients by provider, service and whose slots they use."""
    keys = ["provider", "service", "slots_of"]
    table = plan.treatments.astype(dict.fromkeys(keys, str))
    return table.groupby(keys)["patients"].sum().to_dict()


def test_hips_are_done_in_slots_for_bones_where_nothing_else_is_said():
    """At home and at Birch: three slots each, of which one is for the patient who waits for any."""
    waiting = lists(("ALD", HIPS, 5), ("ALD", BONES, 1))
    plan = ma.optimise(system(waiting, ("ALD", BONES, 3), ("BIR", BONES, 3), finer={HIPS: BONES}))
    assert plan.remaining.empty
    assert plan.moves["patients"].sum() == 3
    assert {key[2] for key in treated(plan)} == {BONES}
    assert plan.slots["used"].tolist() == [3, 3]
    assert plan.measures(by="service").set_index("service")["treated_after"].to_dict() == {
        BONES: 1,
        HIPS: 5,
    }
    assert plan.certificate.optimal
    assert not len(plan.model.network.rows)


@pytest.mark.parametrize("own", [0, 2])
def test_where_hips_have_slots_of_their_own_they_use_no_others(own):
    """Birch says how many hips it does: so many and no more, though bones have room."""
    waiting = lists(("ALD", HIPS, 5))
    one = system(waiting, ("BIR", BONES, 9), ("BIR", HIPS, own), finer={HIPS: BONES})
    plan = ma.optimise(one)
    assert treated(plan) == ({("BIR", HIPS, HIPS): own} if own else {})
    if not own:
        assert "no slot" in plan.explain(origin="ALD", service=HIPS, provider="BIR")


def test_slots_for_hips_treat_nobody_else():
    waiting = lists(("ALD", BONES, 5), ("ALD", HIPS, 1))
    plan = ma.optimise(system(waiting, ("BIR", BONES, 2), ("BIR", HIPS, 9), finer={HIPS: BONES}))
    assert treated(plan) == {("BIR", BONES, BONES): 2, ("BIR", HIPS, HIPS): 1}


def test_the_nearest_slots_are_used_of_parts_of_parts():
    """Hips that are done again: in slots for hips at Birch, and for bones at Cedar."""
    waiting = lists(("ALD", OLD, 8))
    one = system(waiting, ("BIR", HIPS, 3), ("BIR", BONES, 9), ("CED", BONES, 2))
    assert treated(ma.optimise(one)) == {("BIR", OLD, HIPS): 3, ("CED", OLD, BONES): 2}


def test_streams_are_kept_apart():
    waiting = lists(("ALD", HIPS, 5)).assign(stream="admitted")
    capacity = pd.DataFrame(
        {"provider": "ALD", "service": BONES, "stream": ["admitted", "other"], "slots": [2, 9]}
    ).assign(period=1)
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["ALD"], "minutes": [0.0]})
    plan = ma.optimise(ma.System(waiting, capacity, travel, periods=1, finer={HIPS: BONES}))
    assert plan.treatments["patients"].sum() == 2


def test_without_parts_hips_can_only_wait():
    """As ever, which is told."""
    waiting = lists(("ALD", HIPS, 5))
    with pytest.warns(ma.InputWarning, match="nobody has capacity for C_110/hip"):
        system(waiting, ("BIR", BONES, 9), finer=None)
    assert ma.optimise(system(waiting, ("BIR", BONES, 9), finer={HIPS: BONES})).moves.size


def test_a_way_that_only_a_part_needs_must_be_there():
    """Only where the whole has slots that the part would use."""
    waiting = lists(("ALD", HIPS, 5))
    travel = pd.DataFrame({"origin": ["BIR"], "provider": ["ALD"], "minutes": [9.0]})

    def made(**slots):
        rows = [("BIR", name.replace("_", "/"), n, 1) for name, n in slots.items()]
        capacity = pd.DataFrame(rows, columns=["provider", "service", "slots", "period"])
        return ma.System(waiting, capacity, travel, periods=1, finer={HIPS: "bones"})

    with pytest.raises(ma.InputError, match="ALD to BIR"):
        made(bones=3)


def test_receivers_are_told_by_the_service_that_people_wait_for():
    """A specialist that takes bones does not thereby take hips."""
    waiting = lists(("ALD", HIPS, 5), ("ALD", BONES, 5))
    one = system(waiting, ("BIR", BONES, 20), finer={HIPS: BONES})
    plan = ma.optimise(one, ma.Policy(specialists={"BIR": [BONES]}))
    assert {*plan.moves["service"]} == {BONES}


@st.composite
def with_parts(draw):
    """Two or three trusts, two periods, bones, hips and hips again; any of them with slots or not.

    Where nobody has slots for hips, these are a part of nothing, and hips again of bones.
    """
    trusts = ("RA", "RB", "RC")[: draw(st.integers(2, 3))]
    cells = [(p, s) for p in trusts for s in (BONES, HIPS, OLD)]
    listed = draw(st.lists(st.sampled_from(cells), unique=True, min_size=1))
    listed += [(trusts[0], BONES)] if BONES not in {s for _, s in listed} else []
    slots = [(*cell, t, draw(st.integers(0, 2))) for cell in sorted(listed) for t in (1, 2)]
    waits = draw(st.lists(st.sampled_from(cells), unique=True, min_size=1, max_size=3))
    tables = {
        "waiting_list": pd.DataFrame(
            [(*who, draw(st.sampled_from([3, 20, 60])), draw(st.integers(1, 2))) for who in waits],
            columns=["origin", "service", "weeks_waiting", "patients"],
        ),
        "capacity": pd.DataFrame(slots, columns=["provider", "service", "period", "slots"]),
        "travel": pd.DataFrame(
            [(a, b, draw(st.sampled_from([5.0, 60.0, 90.0]))) for a in trusts for b in trusts],
            columns=["origin", "provider", "minutes"],
        ),
    }
    there = {s for _, s in (*listed, *waits)}
    part_of = {HIPS: BONES, OLD: HIPS if HIPS in {s for _, s in listed} else BONES}
    parts = [(s, whole) for s, whole in part_of.items() if s in there]
    if parts:
        tables["finer"] = pd.DataFrame(parts, columns=["service", "part_of"])
    rules = {"harm": ma.harm.rtt(), "tail_weeks": 4}
    if draw(st.booleans()):
        rules["max_in"] = {trusts[0]: draw(st.integers(0, 2))}
    return Case(tables, ma.Policy(**rules), 4, 2)


@relaxed
@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
@given(with_parts(), st.sampled_from(["auto", "ageing"]))
def test_no_plan_by_brute_force_is_better(case, formulation):
    """Every patient tried in every slot that they may use, of the nearest that is listed."""
    plan = ma.optimise(case.system(), case.policy, formulation=formulation)
    cost, moves = best(case.tables, case.policy, case.period_weeks, case.periods)
    assert plan.certificate.cost == cost
    assert plan.moves["patients"].sum() == moves


def test_parts_that_nobody_has_slots_for_cost_what_the_whole_does():
    """A list that is told apart by operation, and slots that are not: nothing changes."""
    whole = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)
    waiting = whole.waiting_list.astype({"service": str})
    half = waiting["patients"] // 2
    parts = [
        waiting.assign(patients=half, service=waiting["service"] + "/hip"),
        waiting.assign(patients=waiting["patients"] - half, service=waiting["service"] + "/knee"),
    ]
    told = pd.concat(parts)
    kept = {"referrals": None, "removals": None}
    finer = {one: one.split("/")[0] for one in told["service"].unique()}
    one = whole.replace(waiting_list=told[told["patients"] > 0], finer=finer, **kept)
    plan, before = ma.optimise(one), ma.optimise(whole.replace(**kept))
    assert plan.objective == before.objective
    assert plan.baseline_objective == before.baseline_objective
    assert plan.solver == before.solver == "flow"


def test_the_audit_counts_whose_slots_are_used():
    """Six are said to be treated in five slots: of bones two, of hips four."""
    waiting = lists(("ALD", HIPS, 4), ("ALD", BONES, 2))
    one = system(waiting, ("BIR", BONES, 6), finer={HIPS: BONES})
    plan = ma.optimise(one)
    fewer = one.replace(capacity=one.capacity.assign(slots=5))
    found = plan_audit.violations(fewer, plan.policy, plan.entries, plan.certificate.cost)
    assert found[["where", "amount"]].to_numpy().tolist() == [["BIR, C_110, 1", 1.0]]


def test_one_more_slot_for_bones_is_worth_what_it_saves_a_hip():
    waiting = lists(("ALD", HIPS, 4))
    plan = ma.optimise(system(waiting, ("BIR", BONES, 3), finer={HIPS: BONES}))
    more = ma.optimise(system(waiting, ("BIR", BONES, 4), finer={HIPS: BONES}))
    assert plan.prices["price"].tolist() == [pytest.approx(plan.objective - more.objective)]


def test_who_is_rung_and_what_is_left_go_by_whose_slots_they_are():
    """Birch has three slots for bones: offered together, and one less once a hip has said yes."""
    people = pd.DataFrame(
        {
            "patient_id": [f"p{n}" for n in range(4)],
            "origin": "ALD",
            "service": [HIPS, BONES, HIPS, HIPS],
            "weeks_waiting": [40, 39, 38, 37],
            "consent": "yes",
        }
    )
    patients = ma.PatientList(people)
    one = system(patients, ("BIR", BONES, 3), finer={HIPS: BONES})
    plan = ma.optimise(one)
    offers = plan.offers(patients, acceptance=ma.Acceptance.constant(0.5), risk=0.3, notice_weeks=0)
    assert offers.cells[["service", "slots"]].to_numpy().tolist() == [[BONES, 3]]
    assert {*offers.table["slots_of"]} == {BONES}
    said = pd.DataFrame({"patient_id": ["p0"], "response": "accepted"})
    after = ma.patients.replan(plan, said, patients).plan
    assert after.system.capacity["slots"].tolist() == [2]


@pytest.mark.parametrize(
    ("finer", "told"),
    [
        ({"C_110/knee": BONES}, r"finer\.service: is on no list and has no capacity"),
        ({HIPS: "C_120"}, r"finer\.part_of: has no capacity here"),
        ({HIPS: HIPS}, r"finer\.service: is a part of itself"),
        ({HIPS: BONES, BONES: HIPS}, r"finer\.service: is a part of itself"),
        ({HIPS: "X05"}, r"finer\.part_of: is a group of unlike services"),
        (pd.DataFrame({"service": [HIPS]}), r"finer\.part_of: the column is missing"),
        (
            pd.DataFrame({"service": [HIPS, HIPS], "part_of": [BONES, "X05"]}),
            r"finer\.service: these rows stand for the same thing",
        ),
    ],
)
def test_parts_that_cannot_be_used_are_told(finer, told):
    slots = [("BIR", s, 4) for s in (BONES, HIPS, "X05")]
    with pytest.raises(ma.InputError, match=told):
        system(lists(("ALD", HIPS, 5)), *slots, finer=finer)


def test_what_parts_do_not_go_with_is_told():
    """Pools and bookings, whose slots nobody says; lent rooms; replays."""
    waiting = lists(("ALD", HIPS, 5))
    pools = pd.DataFrame({"provider": ["BIR"], "pool": "beds", "period": 1, "amount": 9.0})
    usage = pd.DataFrame({"service": [BONES], "pool": "beds", "amount": 1.0})
    booked = waiting.assign(period=1, patients=1)
    slots = ("BIR", BONES, 4)
    for more, told in (({"pools": pools, "usage": usage}, "pools"), ({"booked": booked}, "booked")):
        with pytest.raises(ma.InputError, match=f"does not go with {told}"):
            system(waiting, slots, finer={HIPS: BONES}, **more)
    one = system(waiting, slots, finer={HIPS: BONES})
    rooms = pd.DataFrame({"site": ["BIR"], "period": 1, "slots": 3})
    teams = pd.DataFrame({"provider": ["ALD"], "service": [HIPS], "period": 1, "slots": 3})
    with pytest.raises(ma.InputError, match="without finer"):
        ma.optimise(one, None, ma.Deep(lend=ma.Estate(rooms=rooms, teams=teams)))
    with pytest.raises(ma.InputError, match="has finer services"):
        ma.optimise(one).replay(seeds=[1])


def test_no_system_without_parts_changes():
    """The table is not there, nor the column of whose slots."""
    one = ma.datasets.collaborative(trusts=2, periods=2)
    assert one.table("finer") is None
    assert "slots_of" not in ma.optimise(one).treatments
    again = system(lists(("ALD", HIPS, 5)), ("BIR", BONES, 9), finer={HIPS: BONES})
    assert again.table("finer").astype(str).to_dict("records") == [
        {"service": HIPS, "part_of": BONES}
    ]
    none = again.replace(finer=None, waiting_list=lists(("ALD", BONES, 5)))
    assert none.table("finer") is None
