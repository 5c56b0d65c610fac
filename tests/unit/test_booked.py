"""Who is booked is treated at home then: by hand, at two trusts."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pulp
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.cli.plan_file import read_plan_file, write_plan_file
from mutualaid.cli.scenario.read import read_scenario_file
from mutualaid.data.schema import TABLES
from mutualaid.data.system import reserved_of
from mutualaid.simulation import Noise, replay

HIPS = "C_110"
MODES = (ma.Independent(), ma.Transactional(), ma.Resource(), ma.Deep())


def dates(*rows, columns=("origin", "period", "weeks_waiting", "patients"), **more):
    """A table of bookings for hips."""
    return pd.DataFrame(list(rows), columns=list(columns)).assign(service=HIPS, **more)


def waiting(*rows, columns=("origin", "weeks_waiting", "patients")):
    """A waiting list for hips."""
    return pd.DataFrame(list(rows), columns=list(columns)).assign(service=HIPS)


def stands(system):
    """How many bookings stand."""
    return int(reserved_of(system).patients.sum())


def told(system):
    """What the notes say of bookings."""
    return [note for note in system.notes if "void" in note]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_bookings_that_fill_everything_are_the_plan(mode):
    """The young are booked into every slot, and the long waiters wait, whoever could help."""
    system = two_trusts(
        periods=2,
        slots=(2, 1),
        waiting=waiting(("ALD", 60, 5), ("ALD", 3, 4), ("BIR", 1, 2)),
        booked=dates(("ALD", 1, 3, 2), ("ALD", 2, 7, 2), ("BIR", 1, 1, 1), ("BIR", 2, 5, 1)),
    )
    plan = ma.optimise(system, ma.Policy(harm=ma.harm.person_weeks()), mode)
    rows = plan.treatments[["origin", "provider", "weeks_waiting", "period", "patients"]]
    assert sorted(rows.astype(object).itertuples(index=False, name=None)) == [
        ("ALD", "ALD", 3, 1, 2),
        ("ALD", "ALD", 3, 2, 2),
        ("BIR", "BIR", 1, 1, 1),
        ("BIR", "BIR", 1, 2, 1),
    ]
    assert plan.remaining["patients"].sum() == 5
    assert plan.objective == plan.baseline_objective == plan.bound
    # Weeks from the census until treatment, or for two periods and the tail.
    assert plan.objective == 4 * 2 + 4 * 1 + 5 * (8 + 13)
    assert (plan.slots["used"] == plan.slots["slots"]).all()


def test_a_slot_that_is_booked_is_no_longer_the_plans():
    """Two of Birch's own are booked there, so that only two of Alder's can go."""
    lists = waiting(("ALD", 40, 6), ("BIR", 2, 2))
    assert moved(ma.optimise(two_trusts(waiting=lists))) == 4
    system = two_trusts(waiting=lists, booked=dates(("BIR", 1, 2, 2)))
    plan = ma.optimise(system)
    assert moved(plan) == 2
    home = plan.treatments[plan.treatments["origin"] == "BIR"]
    assert home[["provider", "minutes", "extra_minutes", "moved"]].to_numpy().tolist() == [
        ["BIR", 0.0, 0.0, False]
    ]
    booked = plan.entries[plan.entries["origin"] == "BIR"]
    assert booked["cost"].tolist() == [0]


def test_who_has_a_date_is_not_removed():
    """Of two referred at once one is booked a month later; three leave: the other, and two more."""
    new = waiting(("ALD", 1, 2), columns=("origin", "period", "patients"))
    gone = waiting(("ALD", 1, 3), columns=("origin", "period", "patients"))
    system = two_trusts(
        periods=2,
        waiting=waiting(("ALD", 40, 3)),
        referrals=new,
        removals=gone,
        booked=dates(("ALD", 2, 4, 1)),
    )
    entries = ma.optimise(system).entries
    assert entries.query("referred == 1")[["period", "patients"]].to_numpy().tolist() == [[2, 1]]
    assert entries.query("referred == 0")["patients"].sum() == 1
    with pytest.warns(ma.InputWarning, match="1 of the removals find nobody left to remove"):
        system.replace(removals=gone.assign(patients=5))


def test_of_those_who_have_waited_as_long_the_earliest_referred_are_booked():
    """On the list at the census, and joining with as many weeks on the clock."""
    joining = dates(("ALD", 2, 44, 2))
    system = two_trusts(
        periods=2,
        waiting=waiting(("ALD", 40, 1)),
        referrals=joining,
        slots=(2, 0),
        booked=dates(("ALD", 2, 44, 2)),
        minutes=500.0,
    )
    entries = ma.optimise(system).entries.query("period == 2")
    found = entries.set_index("referred")["patients"]
    assert found.to_dict() == {0: 1, 2: 1}


def test_bookings_that_fit_several_queues_are_shared_in_proportion():
    """Five of six P2 and four P3 are booked: three and two."""
    lists = waiting(
        ("ALD", 40, 6, "P2"),
        ("ALD", 40, 4, "P3"),
        columns=("origin", "weeks_waiting", "patients", "priority"),
    )
    system = two_trusts(waiting=lists, slots=(5, 0), booked=dates(("ALD", 1, 40, 5)))
    entries = ma.optimise(system).entries.query("period == 1")
    assert entries.set_index("priority")["patients"].to_dict() == {"P2": 3, "P3": 2}
    said = dates(("ALD", 1, 40, 4), priority="P3")
    entries = ma.optimise(system.replace(booked=said)).entries.query("period == 1")
    found = entries.set_index("priority")["patients"].to_dict()
    assert found["P3"] == 4


@pytest.mark.parametrize(
    ("bookings", "sentence"),
    [
        (dates(("ALD", 1, 41, 2)), "2 of the 2 bookings are void.* 2 find nobody who has waited"),
        (dates(("ALD", 1, 40, 9)), "7 of the 9 bookings .* 3 find nobody .* 4 find no slot left"),
        (dates(("ALD", 1, 3, 1)), "1 of the 1 booking is void.* 1 finds nobody"),
    ],
)
def test_what_is_void_is_told_and_waits_like_others(bookings, sentence):
    """Bookings without a patient, and without a slot."""
    with pytest.warns(ma.InputWarning, match=sentence):
        system = two_trusts(booked=bookings)
    assert len(told(system)) == 1
    plan = ma.optimise(system)
    assert plan.entries["patients"].sum() == 6
    assert moved(plan) == 4


def test_who_has_waited_least_loses_the_date_when_slots_are_cut():
    """Of four booked two are left, those of 60 weeks; the others are void, and told."""
    system = two_trusts(
        slots=(4, 0),
        waiting=waiting(("ALD", 60, 2), ("ALD", 5, 2)),
        booked=dates(("ALD", 1, 60, 2), ("ALD", 1, 5, 2)),
    )
    assert told(system) == []
    cut = ma.studies.changes.Capacity(factor=0.5)
    with pytest.warns(ma.InputWarning, match="2 of the 4 bookings are void"):
        less, _ = cut.apply(system, ma.Policy())
    plan = ma.optimise(less, ma.Policy(harm=ma.harm.person_weeks()))
    assert plan.treatments[["weeks_waiting", "patients"]].to_numpy().tolist() == [[60, 2]]
    # With a slot more, one of the others has a date again.
    assert plan.prices["price"].max() == 4 + 13
    names = [ma.studies.Scenario("half", [cut])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        assert len(ma.studies.run_scenarios(system, scenarios=names).table)
        assert ma.studies.two_stage(system, ma.Policy(), names, commit=1) is not None


def test_a_pool_that_is_too_small_voids_those_of_all_its_services_who_have_waited_least():
    """Two hours of theatre, one each: of hips and knees the two longest waits keep their dates."""
    lists = waiting(("ALD", 60, 1), ("ALD", 20, 1))
    knees = waiting(("ALD", 40, 1)).assign(service="C_130")
    rest = two_trusts()
    system = ma.System(
        pd.concat([lists, knees]),
        pd.DataFrame({"provider": "ALD", "service": [HIPS, "C_130"], "period": 1, "slots": 5}),
        rest.travel,
        pools=pd.DataFrame({"provider": ["ALD"], "pool": "theatre", "period": 1, "amount": 2.0}),
        usage=pd.DataFrame({"service": [HIPS, "C_130"], "pool": "theatre", "amount": 1.0}),
        periods=1,
    )
    booked = pd.concat(
        [
            dates(("ALD", 1, 60, 1), ("ALD", 1, 20, 1)),
            dates(("ALD", 1, 40, 1)).assign(service="C_130"),
        ]
    )
    with pytest.warns(ma.InputWarning, match="1 of the 3 bookings .* 1 finds too little of a pool"):
        system = system.replace(booked=booked)
    plan = ma.optimise(system)
    assert sorted(plan.treatments["weeks_waiting"]) == [40, 60]


def test_bad_bookings_are_errors_with_their_remedy():
    """Nobody's origin, a service nobody knows, columns that the list does not have, no wait."""
    with pytest.raises(ma.InputError) as caught:
        two_trusts(booked=dates(("XYZ", 1, 40, 1), ("ALD", 9, 40, 1)).assign(service="C_999"))
    found = set(zip(caught.value.problems["table"], caught.value.problems["column"], strict=True))
    assert {("booked", "origin"), ("booked", "service"), ("booked", "period")} <= found
    with pytest.raises(ma.InputError, match="tells bookings apart"):
        two_trusts(booked=dates(("ALD", 1, 40, 1), priority="P3"))
    with pytest.raises(ma.InputError, match="weeks_waiting"):
        two_trusts(booked=dates(("ALD", 1, 40, 1)).drop(columns="weeks_waiting"))


def test_without_bookings_nothing_is_other_than_before():
    """A table without rows, and none, give the same plan, byte for byte."""
    system = two_trusts(periods=2, waiting=waiting(("ALD", 40, 6), ("BIR", 3, 2)))
    empty = system.replace(booked=dates(("ALD", 1, 40, 1)).head(0))
    one, other = ma.optimise(system), ma.optimise(empty)
    for name in ("entries", "prices", "limits"):
        assert getattr(one, name).to_csv() == getattr(other, name).to_csv()
    assert one.model.network.arcs == other.model.network.arcs
    assert empty.replace(booked=None).booked is None


def test_patients_with_a_date_are_offered_it_and_nobody_elses():
    """Dan, who has waited least, has a date next week; Ann, who has waited longest, in a month."""
    patients = ma.PatientList(
        pd.DataFrame(
            {
                "patient_id": ["Ann", "Bob", "Cat", "Dan"],
                "origin": "ALD",
                "service": HIPS,
                "weeks_waiting": [40, 40, 40, 40],
                "days_waiting": [287, 286, 285, 284],
                "date_weeks": [5, np.inf, np.inf, 1],
            }
        )
    )
    booked = patients.booked(period_weeks=4, periods=2)
    assert booked.drop(columns=["origin", "service"]).to_numpy().tolist() == [
        [1, 40, 1],
        [2, 44, 1],
    ]
    assert patients.booked(period_weeks=4, periods=1)["patients"].sum() == 1
    system = two_trusts(periods=2, waiting=patients, slots=(2, 0), booked=booked)
    named = ma.optimise(system).patients(patients).set_index("patient_id")
    assert named["period"].to_dict() == {"Ann": 2, "Bob": 1, "Cat": 2, "Dan": 1}
    assert told(system) == []
    nobody = patients.rows(identifiers=True).assign(date_weeks=np.inf)
    assert ma.PatientList(nobody).booked().empty
    with pytest.raises(ma.InputError, match="date_weeks"):
        ma.PatientList(nobody.drop(columns="date_weeks")).booked()


def test_dates_that_cannot_be_read_are_no_bookings():
    """Such a patient is kept at home from week 0; that is no date."""
    patients = ma.PatientList(
        pd.DataFrame(
            {"patient_id": ["Ann"], "origin": "ALD", "service": HIPS, "weeks_waiting": 40}
        ),
    )
    frame = patients.rows(identifiers=True).assign(date=pd.NaT, date_weeks=0.0)
    assert ma.PatientList(frame, checked=True).booked().empty


@pytest.mark.parametrize("dated", [True, False])
def test_who_was_treated_leaves_no_booking_behind_for_another_who_is_alike(dated):
    """Ann was treated as booked. The other slot is Cat's, who has waited longest, not Bob's."""
    rows = pd.DataFrame(
        {
            "patient_id": ["Ann", "Bob", "Cat"],
            "origin": "ALD",
            "service": HIPS,
            "weeks_waiting": [40, 40, 60],
            "days_waiting": [286, 285, 425],
            "date_weeks": [1, np.inf, np.inf],
        }
    )
    patients = ma.PatientList(rows if dated else rows.drop(columns="date_weeks"))
    system = two_trusts(waiting=patients, slots=(2, 0), booked=dates(("ALD", 1, 40, 1)))
    plan = ma.optimise(system, ma.Policy(harm=ma.harm.person_weeks()))
    assert plan.patients(patients).set_index("patient_id")["period"].dropna().index.tolist() == [
        "Ann",
        "Cat",
    ]
    back = pd.DataFrame({"patient_id": ["Ann"], "response": ["treated"]})
    again = ma.patients.replan(plan, back, patients)
    assert again.plan.system.booked["patients"].tolist() == [0]
    assert again.offers.set_index("patient_id")["period"].dropna().index.tolist() == ["Cat"]


def test_a_replay_keeps_every_date():
    """Without chance a replay does what the plan says; with it, dates stand as far as slots do."""
    system = two_trusts(
        periods=2,
        slots=(2, 3),
        waiting=waiting(("ALD", 40, 9), ("ALD", 3, 2), ("BIR", 30, 1)),
        booked=dates(("ALD", 1, 3, 1), ("ALD", 2, 7, 1)),
    )
    plan = ma.optimise(system)
    table = replay(plan, noise=Noise.none(), seeds=[0]).table.set_index("policy")
    assert table.loc["LP once", "objective"] == plan.objective
    assert table.loc["LP re-planned", "objective"] == plan.objective
    assert table.loc["nothing", "objective"] == plan.baseline_objective
    runs = replay(plan, seeds=range(3)).runs
    assert np.isfinite(runs["objective"]).all()


def test_a_plan_file_and_a_model_file_have_bookings(tmp_path):
    """The table has a key in scenario files; the plan made again is the same; names are unique."""
    system = two_trusts(
        periods=2, waiting=waiting(("ALD", 40, 6), ("ALD", 3, 2)), booked=dates(("ALD", 2, 7, 1))
    )
    files = []
    for name in TABLES:
        if system.table(name) is not None:
            system.table(name).to_csv(tmp_path / f"{name}.csv", index=False)
            files.append(f'{name} = "{name}.csv"\n')
    text = "[data]\nperiods = 2\n" + "".join(files)
    path = tmp_path / "dates.toml"
    path.write_text(text)
    scenario = read_scenario_file(path)
    plan = ma.optimise(scenario.system, scenario.policy)
    saved = write_plan_file(tmp_path / "p.npz", scenario, path, [plan], ladder=False)
    (again,) = read_plan_file(saved).plans(scenario, (ma.Deep(),))
    assert again.entries.to_csv() == plan.entries.to_csv()
    model = ma.build(system, formulation="ageing")
    assert model.arcs["name"].is_unique
    assert "booked" in set(model.arcs["kind"])
    problem = model.to_pulp()
    assert model.write(tmp_path / "model.lp").exists()
    problem.solve(pulp.HiGHS(msg=False))
    assert model.plan_from(problem).objective == plan.objective
