"""Slots of one stream or wait class treat nobody of another; people speak of services."""

from __future__ import annotations

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.audit import plan_audit
from mutualaid.cli.plan_file import read_plan_file, write_plan_file
from mutualaid.cli.scenario.read import read_scenario_file
from mutualaid.plan.slot_prices import mean_prices
from mutualaid.simulation.noise import Noise
from mutualaid.simulation.sample_path import draw_sample_path

BOTH = ("stream", "wait_class")


def table(columns, *values, **same):
    """Rows of a table about hips."""
    return pd.DataFrame(list(values), columns=columns.split()).assign(service="C_110", **same)


def waiting(*values):
    return table("origin wait_class weeks_waiting patients", *values)


def slots(*values, **same):
    return table("provider wait_class slots", *values, **{"period": 1, **same})


WAYS = pd.DataFrame({"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [30.0, 30.0]})
LISTS = waiting(("ALD", "1", 40, 5), ("ALD", "2", 60, 3))
ROOMS = slots(("ALD", "1", 1), ("ALD", "2", 4), ("BIR", "1", 2), ("BIR", "2", 0))


def two_classes(lists=LISTS, rooms=ROOMS, periods=1, **more):
    """Five wait in Alder's first class, with one slot there and two at Birch; four slots for the
    three of its second."""
    return ma.System(lists, rooms, WAYS, periods=periods, **more)


def test_a_slot_of_another_class_stays_empty_while_somebody_waits():
    """Alder has a slot of its second class to spare, and two of the first still wait."""
    plan = ma.optimise(two_classes())
    assert plan.remaining["wait_class"].tolist() == ["1"]
    assert plan.remaining["patients"].tolist() == [2]
    assert plan.slots.to_dict("list")["slots"] == [5, 2]
    assert plan.slots.to_dict("list")["used"] == [4, 2]
    assert plan.moves["wait_class"].tolist() == ["1"]
    assert plan.moves["patients"].tolist() == [2]


def test_without_the_column_the_slot_is_used():
    """One slot more is for whoever waits longest."""
    lists = LISTS.drop(columns="wait_class")
    rooms = ROOMS.drop(columns="wait_class").groupby(["provider", "service", "period"])["slots"]
    plan = ma.optimise(two_classes(lists, rooms.sum().reset_index()))
    assert plan.remaining["patients"].tolist() == [1]


def test_the_audit_notices_who_takes_a_slot_of_another_class():
    """The forged plan treats one of the first class more, in the slot that the second leaves."""
    plan = ma.optimise(two_classes())
    entries = plan.entries.copy()
    left = entries["provider"].isna() & (entries["patients"] == 2)
    home = (entries["provider"] == "ALD") & (entries["wait_class"] == "1")
    entries.loc[left, "patients"] -= 1
    entries.loc[home, "patients"] += 1
    found = plan_audit.violations(plan.system, plan.policy, entries, plan.certificate.cost)
    told = found.set_index("rule")["where"]
    assert told["no more treatments than slots"] == "ALD, C_110, 1, 1"


def test_lines_are_numbered_by_service_then_stream_then_class():
    """Whatever the order of rows; services alone where there is no such column."""
    lists = waiting(("ALD", "2", 40, 5), ("ALD", "1", 40, 5)).assign(stream=["out", "in"])
    rooms = slots(("ALD", "2", 1), ("ALD", "9", 1)).assign(stream="out")
    with pytest.warns(ma.InputWarning, match="nobody has capacity for C_110 in 1: the 5 patients"):
        system = ma.System(lists, rooms, WAYS, periods=1)
    assert system.lines.labels == (
        *(("C_110", "in", "1"), ("C_110", "out", "2"), ("C_110", "out", "9")),
    )
    assert system.lines.columns == ("service", *BOTH)
    assert system.queue_columns == ["origin", "service", *BOTH]
    plain = ma.datasets.collaborative(trusts=2)
    assert plain.lines.labels == tuple((service,) for service in plain.services)


@pytest.mark.parametrize("short", ["capacity", "waiting_list", "referrals"])
def test_a_table_that_lacks_the_column_is_named(short):
    """With the column, and what to do."""
    joins = table("origin wait_class period patients", ("ALD", "1", 1, 2))
    tables = {"waiting_list": LISTS, "capacity": ROOMS, "referrals": joins}
    tables[short] = tables[short].drop(columns="wait_class").iloc[:1]
    with pytest.raises(ma.InputError) as error:
        ma.System(travel=WAYS, periods=1, **tables)
    (problem,) = error.value.problems.to_dict("records")
    assert (problem["table"], problem["column"]) == (short, "wait_class")
    assert problem["problem"].startswith("the column is missing, and ")
    assert problem["remedy"].startswith("add it")


def test_removals_alone_cannot_tell_slots_apart():
    """Their column without the others' is a mistake of one kind, told once for each table."""
    leave = table("origin wait_class period patients", ("ALD", "1", 1, 2))
    lists, rooms = (one.drop(columns="wait_class").iloc[:1] for one in (LISTS, ROOMS))
    with pytest.raises(ma.InputError) as error:
        ma.System(lists, rooms, WAYS, removals=leave, periods=1)
    assert set(error.value.problems["table"]) == {"capacity", "waiting_list"}


def test_classes_that_are_numbers_are_refused_once():
    """Labels are text: it is said of the column, and not that it is missing."""
    with pytest.raises(ma.InputError) as error:
        two_classes(rooms=ROOMS.astype({"wait_class": int}))
    assert error.value.problems[["table", "column"]].to_numpy().tolist() == [
        ["capacity", "wait_class"]
    ]


def test_removals_that_say_no_class_are_shared_in_proportion():
    """Of ten and five with one wait, three who leave are two and one; the audit agrees."""
    lists = waiting(("ALD", "1", 40, 10), ("ALD", "2", 40, 5))
    for clock in ({}, {"weeks_waiting": 40}):
        leave = table("origin period patients", ("ALD", 1, 3)).assign(**clock)
        plan = ma.optimise(two_classes(lists, removals=leave))
        left = plan.entries.groupby("wait_class", observed=True)["patients"].sum()
        assert left.to_dict() == {"1": 8, "2": 4}
        assert plan.violations().empty
    assert plan.system.notes == ()


def test_more_removals_than_patients_of_all_classes_are_told():
    """Twenty leave, and fifteen are there."""
    lists = waiting(("ALD", "1", 40, 10), ("ALD", "2", 40, 5))
    with pytest.warns(ma.InputWarning, match="5 of the removals find nobody"):
        two_classes(lists, removals=table("origin period patients", ("ALD", 1, 20)))


def test_a_way_matters_only_to_slots_that_somebody_waits_for():
    """Birch has slots of the second class only, for which nobody waits at Alder."""
    lists, rooms = LISTS.iloc[:1], slots(("ALD", "1", 1), ("BIR", "2", 3))
    none = WAYS.iloc[:0]
    assert len(ma.System(lists, rooms, none, periods=1).lines) == 2
    with pytest.raises(ma.InputError, match="ALD to BIR"):
        ma.System(lists, rooms.assign(wait_class="1"), none, periods=1)


def test_rooms_are_not_lent_where_slots_are_told_apart():
    """Nobody says which class a team in a lent room treats."""
    estate = ma.Estate(
        rooms=pd.DataFrame({"site": ["BIR"], "period": [1], "slots": [2]}),
        teams=pd.DataFrame({"provider": ["ALD"], "service": "C_110", "period": [1], "slots": [2]}),
    )
    with pytest.raises(ma.InputError, match="told apart by wait_class: nobody"):
        ma.optimise(two_classes(), None, ma.Resource(lend=estate))


def test_a_policy_speaks_of_the_service():
    """One route, whatever the class: a plan of one lane moves both."""
    lists = waiting(("ALD", "1", 40, 5), ("ALD", "2", 40, 5))
    rooms = slots(*((p, c, n) for p, n in (("ALD", 0), ("BIR", 4)) for c in ("1", "2")))
    plan = ma.optimise(two_classes(lists, rooms), ma.Policy(max_lanes=1))
    assert plan.moves["patients"].tolist() == [4, 4]
    assert plan.violations().empty
    assert ma.optimise(two_classes(lists, rooms), ma.Policy(max_lanes=0)).moves.empty


def test_a_lane_may_be_forbidden_to_a_class():
    """As to any other label of the queues."""
    rules = ma.Policy(forbidden_lanes=[{"provider": "BIR", "wait_class": "1"}])
    assert ma.optimise(two_classes(), rules).moves.empty


def test_pools_are_shared_by_all_classes():
    """Four hours, of which every patient takes one."""
    pools = pd.DataFrame({"provider": ["ALD"], "pool": "hours", "period": 1, "amount": [4.0]})
    usage = pd.DataFrame({"service": ["C_110"], "pool": "hours", "amount": [1.0]})
    rooms = slots(("ALD", "1", 9), ("ALD", "2", 9))
    plan = ma.optimise(two_classes(rooms=rooms, pools=pools, usage=usage))
    assert plan.treatments["patients"].sum() == 4
    assert plan.violations().empty


def test_variables_have_names_of_their_own():
    """Slots of two classes, and the lists of each."""
    model = ma.build(two_classes(rooms=ROOMS.replace({"slots": {0: 1}})))
    names = model.arcs["name"]
    assert names.is_unique
    assert {"slots_ALD_C_110_1_t1", "slots_ALD_C_110_2_t1"} <= set(names)
    assert not names.str.contains("_n[0-9]+$").any()
    own = model.arcs[model.arcs["kind"] == "slots"]
    assert set(own["wait_class"]) == {"1", "2"}


def test_an_explanation_says_which_slots_are_lacking():
    """Birch has none of the second class."""
    plan = ma.optimise(two_classes())
    told = plan.explain("ALD", "C_110", "BIR", wait_class="2")
    assert "BIR has no slot for this service and wait_class." in told
    with pytest.raises(ma.InputError, match="say which wait_class"):
        plan.explain("ALD", "C_110")


def test_prices_of_a_service_are_means_over_its_classes():
    """A slot of Alder's first class saves, one of its second nothing: four in five are these."""
    plan = ma.optimise(two_classes())
    apart = plan.prices_by("wait_class").set_index(["provider", "wait_class"])["price"]
    assert apart["ALD", "1"] > 0
    assert apart["ALD", "2"] == 0
    mean = plan.prices.set_index("provider")["price"]
    assert mean["ALD"] == pytest.approx(apart["ALD", "1"] / 5)
    # Birch's slots are all of the first class.
    assert mean["BIR"] == apart["BIR", "1"]
    with pytest.raises(ma.InputError, match="not told apart by stream: use wait_class"):
        plan.prices_by("stream")
    with pytest.raises(ma.InputError, match="told apart by nothing"):
        plan.prices_by([])
    plain = ma.optimise(ma.datasets.collaborative(trusts=2, periods=1))
    with pytest.raises(ma.InputError, match="no streams or classes"):
        plain.prices_by("stream")


def test_a_mean_price_without_slots_is_that_of_the_usual_mix():
    """In the second period, three to one as in the first; without any at all, of all alike."""
    prices = pd.DataFrame(
        {"provider": "A", "service": "hips", "stream": ["day", "night"] * 2, "period": [1, 1, 2, 2]}
    ).assign(slots=[3, 1, 0, 0], used=0, price=[2.0, 10.0, 4.0, 12.0], exact=[True] * 3 + [False])
    mean = mean_prices(prices)
    assert mean["price"].tolist() == [4.0, 6.0]
    assert mean["exact"].tolist() == [True, False]
    assert mean_prices(prices.assign(slots=0))["price"].tolist() == [6.0, 8.0]
    unknown = mean_prices(prices.assign(price=[2.0, float("nan"), 4.0, 12.0]))["price"]
    assert unknown.isna().tolist() == [True, False]


def test_who_has_no_slots_of_the_class_at_home_is_treated_elsewhere():
    """Alder has slots of the second class alone, and no home lane for the first."""
    rooms = slots(("ALD", "2", 4), ("BIR", "1", 2))
    plan = ma.optimise(two_classes(rooms=rooms))
    assert plan.moves["patients"].tolist() == [2]
    assert plan.remaining["patients"].tolist() == [3]
    assert plan.violations().empty


def test_next_slots_are_of_a_class():
    """The dearest are of the first class."""
    plan = ma.optimise(two_classes())
    found = ma.studies.next_slots(plan, top=3)
    assert found.columns.to_list()[:4] == ["provider", "service", "wait_class", "period"]
    assert set(found["wait_class"]) == {"1"}


def test_sessions_bring_slots_of_a_class():
    """Of either, where it is not said; of a pool alone a class cannot be said."""
    lists = pd.DataFrame({"slots": [1], "most": [2]})
    placed = ma.studies.deploy(two_classes(), lists, budget=3)
    assert set(placed.table["wait_class"]) == {"1"}
    assert placed.table["sessions"].sum() == 2
    other = ma.studies.deploy(two_classes(), lists.assign(wait_class="2"), budget=3)
    assert other.table.empty
    wrong = pd.DataFrame({"slots": [1], "wait_class": ["7"]})
    with pytest.raises(ma.InputError, match="is not in this system"):
        ma.studies.deploy(two_classes(), wrong, budget=3)


def test_a_new_site_has_the_usual_mix():
    """Ten slots, where four of seven are of the second class: six and four, whole."""
    hub = ma.studies.changes.Site(provider="HUB", slots={"C_110": 10}, minutes={"ALD": 5})
    system, _ = hub.apply(two_classes(), ma.Policy())
    own = system.capacity.query("provider == 'HUB'").set_index("wait_class")["slots"]
    assert own.to_dict() == {"1": 4, "2": 6}
    odd = ma.studies.changes.Site(provider="HUB", slots={"C_999": 1}, minutes={"ALD": 5})
    with pytest.raises(ma.InputError, match="their mix of wait_class is not known"):
        odd.apply(two_classes(), ma.Policy())


def test_obstacles_are_told_by_service():
    """Two slots more are needed at either trust, of the first class."""
    plan = ma.optimise(two_classes(), targets=[ma.Target(weeks=18, share_within=1.0)])
    found = ma.studies.obstacles(plan).query("limit == 'capacity'")
    assert found["needed"].tolist()[0] == "2 slots more"
    assert set(found["where"].tolist()[1:]) <= {"ALD C_110", "BIR C_110"}


def people():
    """The same lists, patient by patient."""
    rows = LISTS.loc[LISTS.index.repeat(LISTS["patients"])].drop(columns="patients")
    return rows.reset_index(drop=True).assign(patient_id=[f"p{i}" for i in range(8)])


def test_patients_are_named_by_class_and_planned_anew():
    """Offers go to the first class; who accepts takes a slot of it."""
    patients = ma.PatientList(people())
    plan = ma.optimise(ma.System(patients, ROOMS, WAYS, periods=1))
    named = plan.patients(patients)
    offered = named[named["decision"] == "offer"]
    assert set(offered["wait_class"]) == {"1"}
    assert len(offered) == 2
    back = offered[["patient_id"]].assign(response="accepted")
    again = ma.patients.replan(plan, back, patients)
    assert again.plan.moves.empty
    left = again.plan.system.capacity.set_index(["provider", "wait_class"])["slots"]
    assert left.to_dict() == {("ALD", "1"): 1, ("ALD", "2"): 4, ("BIR", "1"): 0, ("BIR", "2"): 0}
    asked = plan.offers(patients, acceptance=ma.Acceptance.constant(0.5), risk=0.5)
    assert set(asked.table["wait_class"]) == {"1"}
    assert asked.cells[["provider", "wait_class"]].to_numpy().tolist() == [["BIR", "1"]]


def test_offers_for_two_classes_are_two_cells():
    """Each has reserves of its own, who can use its slots."""
    rooms = slots(("ALD", "1", 0), ("ALD", "2", 0), ("BIR", "1", 2), ("BIR", "2", 1))
    patients = ma.PatientList(people())
    plan = ma.optimise(ma.System(patients, rooms, WAYS, periods=1))
    asked = plan.offers(patients, acceptance=ma.Acceptance.constant(0.5), risk=0.5)
    assert asked.cells["wait_class"].tolist() == ["1", "2"]
    assert asked.cells["slots"].tolist() == [2, 1]
    assert (asked.cells["offers"] > asked.cells["slots"]).all()


def test_patients_may_go_where_there_are_slots_of_their_class():
    """Who consents to nothing keeps from nowhere that has none for them anyway."""
    consents = people().assign(consent="no")
    rooms = ROOMS[ROOMS["slots"] > 0]
    plan = ma.optimise(ma.System(ma.PatientList(consents), rooms, WAYS, periods=1))
    told = plan.entries.groupby("wait_class", observed=True)["may_go"].unique()
    assert [list(one) for one in told] == [["nowhere"], ["anywhere"]]


def test_patients_without_their_class_are_refused():
    """Nobody's class is guessed."""
    plan = ma.optimise(two_classes())
    with pytest.raises(ma.InputError, match="the list has no wait_class"):
        plan.patients(people().drop(columns="wait_class"))


def test_demand_is_drawn_for_each_class():
    """Ten thousand are expected of each; what comes differs by more than chance alone."""
    joins = table("origin wait_class period patients", *(("ALD", c, 1, 10_000) for c in "12"))
    rooms = slots(*(("ALD", c, 10_000) for c in "12"))
    plan = ma.optimise(two_classes(rooms=rooms, referrals=joins))
    noise = Noise(referrals=0.5, capacity=0, cancelled=0, acceptance=1, removals=False)
    for seed in (0, 2):
        drawn = draw_sample_path(plan.model.frame, noise, seed).system.referrals["patients"]
        assert abs(drawn[0] - drawn[1]) > 500


def test_a_replay_keeps_to_classes():
    """What is drawn is of each class, and the slots of a period are of theirs."""
    joins = table("origin wait_class period patients", ("ALD", "1", 1, 4), ("ALD", "2", 2, 4))
    rooms = pd.concat([ROOMS, ROOMS.assign(period=2)])
    plan = ma.optimise(two_classes(rooms=rooms, referrals=joins, periods=2))
    runs = plan.replay(seeds=[0, 1]).runs
    assert (runs["harm_weeks"] > 0).all()


def test_a_plan_file_gives_the_same_plan_again(tmp_path):
    """From tables in which the classes look like numbers."""
    files = {"waiting_list": LISTS, "capacity": ROOMS, "travel": WAYS}
    for name, rows in files.items():
        rows.to_csv(tmp_path / f"{name}.csv", index=False)
    path = tmp_path / "winter.toml"
    path.write_text("[data]\nperiods = 1\n" + "".join(f'{n} = "{n}.csv"\n' for n in files))
    scenario = read_scenario_file(path)
    plan = ma.optimise(scenario.system, scenario.policy, scenario.collaboration)
    saved = write_plan_file(tmp_path / "w.npz", scenario, path, [plan], ladder=False)
    again = read_plan_file(saved).plans(scenario, (scenario.collaboration,))[0]
    pd.testing.assert_frame_equal(again.entries, plan.entries)
    assert plan.remaining["patients"].tolist() == [2]


def test_pages_and_tables_speak_of_services(tmp_path):
    """Rows of prices are by service, in the file as in the plan."""
    plan = ma.optimise(two_classes())
    plan.to_csv(tmp_path / "prices.csv", table="prices", suppress_below=0)
    rows = pd.read_csv(tmp_path / "prices.csv")
    assert rows["price"].tolist() == pytest.approx(plan.prices["price"].tolist())
    assert "wait_class" not in rows
    plan.to_html(tmp_path / "page.html")
    assert "wait_class" not in (tmp_path / "page.html").read_text(encoding="utf-8")
