"""What sites accept, and what patients' own columns say: each rule binds, and does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from listed import PLAIN, people, plan_for, rows, sent, trusts

import mutualaid as ma
from mutualaid.data.site_criteria import accepted, within_icb
from mutualaid.model.eligibility import may_go

BIRCH = {"provider": "BIR"}


def asks(*requirements):
    """Requirements as a table, those of Birch unless they say otherwise."""
    return pd.DataFrame([{**BIRCH, **requirement} for requirement in requirements])


@pytest.mark.parametrize(
    ("values", "requirement", "expected"),
    [
        ([1, 2, 3], {"at_most": 2}, "Ann Bob"),
        ([1, 2, 3], {"at_least": 2}, "Bob Cat"),
        ([1, 2, 3], {"at_least": 2, "at_most": 2}, "Bob"),
        ([1, 2, 3], {"among": "1|3"}, "Ann Cat"),
        ([1, 2, 3], {"at_least": 2, "among": "1|3"}, "Cat"),
        ([1.0, 2.5, np.nan], {"among": "1|2.5"}, "Ann Bob"),
        ([1.0, 2.0, np.nan], {"at_least": 0}, "Ann Bob"),
        ([1.0, 2.0, np.nan], {"at_most": 9}, "Ann Bob"),
        (["1", "2", "ill"], {"at_most": 2}, "Ann Bob"),
        (["2", "10", None], {"at_least": 9}, "Bob"),
        (["local", "general", None], {"among": "local|regional"}, "Ann"),
        ([True, False, None], {"among": "False"}, "Bob"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*says nothing that sites ask about")
def test_a_site_takes_only_who_meets_its_requirement(values, requirement, expected):
    """A number within limits, or one of the values named; what is not known meets nothing."""
    accepts = asks({"column": "asked", **requirement})
    assert " ".join(sent(people(asked=values), accepts=accepts)) == expected


def test_a_patient_has_to_meet_all_that_a_site_asks():
    """Adults of grade 2 at most: Ann is one, Bob too ill, Cat too young."""
    accepts = asks({"column": "asa", "at_most": 2}, {"column": "age", "at_least": 18})
    assert set(sent(people(asa=[1, 3, 1], age=[40, 40, 9]), accepts=accepts)) == {"Ann"}


def test_two_rows_may_ask_about_one_column():
    """Both hold, whichever comes first: grade 2 or 3, and not 3."""
    both = [{"column": "asa", "among": "2|3"}, {"column": "asa", "at_most": 2}]
    for requirements in (both, both[::-1]):
        assert set(sent(people(asa=[1, 2, 3]), accepts=asks(*requirements))) == {"Bob"}


@pytest.mark.filterwarnings("ignore:.*says nothing that sites ask about")
def test_a_site_that_asks_nothing_takes_everybody():
    """Cedar, further away, takes whom Birch does not."""
    ways = {
        (a, b): 30.0 + 10 * ("CED" in (a, b))
        for a in ("ALD", "BIR", "CED")
        for b in ("ALD", "BIR", "CED")
    }
    slots = {"ALD": 0, "BIR": 9, "CED": 9}
    accepts = asks({"column": "asa", "at_most": 2})
    found = sent(people(asa=[1.0, 3.0, np.nan]), accepts=accepts, slots=slots, minutes=ways)
    assert found == {"Ann": "BIR", "Bob": "CED", "Cat": "CED"}


@pytest.mark.parametrize(
    ("service", "expected"),
    [("C_110", {"Bob"}), ("C_120", {"Ann"}), ("", set()), (None, set()), (np.nan, set())],
)
@pytest.mark.filterwarnings("ignore:.*says nothing that sites ask about")
@pytest.mark.parametrize("grade", [3.0, np.nan])
def test_a_requirement_may_hold_for_one_service_only(service, expected, grade):
    """Ann waits for a hip, Bob for an ear; the limit is 2, and both are of grade 3 or of none.

    Cat, of grade 1, may go for either.
    """
    other = "C_120" if service == "C_110" else "C_110"
    patients = people(service=["C_110", "C_120", other], asa=[grade, grade, 1.0])
    expected = {*expected, "Cat"}
    accepts = asks({"service": service, "column": "asa", "at_most": 2})
    assert set(sent(patients, accepts=accepts)) == expected


def test_requirements_do_not_keep_anybody_from_their_own_provider():
    """Birch's own patient is treated there, whatever Birch asks of others."""
    patients = people(origin=["BIR"], asa=[4])
    plan = plan_for(patients, accepts=asks({"column": "asa", "at_most": 2}))
    assert plan.patients(patients)["provider"].to_list() == ["BIR"]


def test_what_a_site_accepts_is_told_value_by_value():
    """Birch wants grade 2 at most; of another column, and for another service, it asks nothing."""
    accepts = asks({"column": "asa", "at_most": 2, "service": "C_110"})
    told = {}
    for column, service in (("asa", "C_110"), ("asa", "C_120"), ("age", "C_110")):
        told[column, service] = accepted([1, 3, None], column, service, accepts, ["ALD", "BIR"])
    assert told["asa", "C_110"].tolist() == [[True, True], [True, False], [True, False]]
    assert told["asa", "C_120"].all()
    assert told["age", "C_110"].all()


def test_what_is_missing_is_no_text():
    """However it is written, it is none of the values that a site names."""
    accepts = asks({"column": "asa", "among": "nan|None|<NA>|NaT|"})
    missing = [None, np.nan, pd.NA, float("nan")]
    assert not accepted(missing, "asa", "C_110", accepts, ["BIR"]).any()
    assert accepted(["", "nan"], "asa", "C_110", accepts, ["BIR"]).all()


def test_of_referrals_without_the_column_nothing_is_known():
    """A site that asks for a grade does not take patients of whom none is recorded yet."""
    referrals = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": 1, "patients": 2})
    for column, values in (("asa", [1]), ("willing_icb", ["QXX"])):
        accepts = (
            asks({"column": "asa", "at_most": 2}) if column == "asa" else within_icb({"BIR": "QXX"})
        )
        plan = plan_for(people(**{column: values}), accepts=accepts, referrals=referrals)
        found = plan.moves.groupby("referred")["patients"].sum().to_dict()
        assert found == ({0: 1} if column == "asa" else {0: 1, 1: 2})


@pytest.mark.parametrize(
    ("icb", "expected"),
    [
        ({"BIR": "QXX"}, {"Ann", "Bob"}),
        ({"BIR": "QYY"}, {"Ann", "Cat"}),
        ({"ALD": "QXX"}, {"Ann"}),
    ],
)
def test_who_goes_only_within_their_icb_goes_where_that_is_known(icb, expected):
    """Ann goes anywhere, Bob within QXX, Cat within QYY, and of Dan it is not known."""
    patients = people(willing_icb=["", "QXX", "QYY", None])
    assert set(sent(patients, accepts=within_icb(icb))) == expected


def test_who_goes_only_within_their_icb_stays_and_is_counted_where_nothing_says_who_is_in_it():
    """Only Ann goes; that the three others cannot is said aloud."""
    patients = people(willing_icb=["", "QXX", "QYY", None])
    with pytest.warns(ma.InputWarning, match="only within their ICB: 3;"):
        assert set(sent(patients)) == {"Ann"}


def test_an_icb_matters_only_to_who_is_bound_to_one():
    """Where the list does not say who is bound, a table of ICBs keeps nobody at home."""
    assert set(sent(people(asa=[1, 2]), accepts=within_icb({"BIR": "QXX"}))) == {"Ann", "Bob"}


@pytest.mark.parametrize("icb", [{"BIR": 1}, {"BIR": ""}, {"": "QXX"}, {2: "QXX"}, {"BIR": None}])
def test_codes_of_icbs_are_text(icb):
    """A code that is no text is refused."""
    with pytest.raises(ma.InputError, match="as text"):
        within_icb(icb)


def test_everything_wrong_with_a_table_of_requirements_is_said_at_once():
    """A stranger's site, a service nobody offers, a column nobody has, a row without a limit."""
    accepts = asks(
        {"provider": "ZED", "column": "asa", "at_most": 2},
        {"service": "C_999", "column": "asa", "at_most": 2},
        {"column": "colour", "at_most": 2},
        {"column": "asa"},
    )
    with pytest.raises(ma.InputError) as error:
        trusts(people(asa=[1]), accepts=accepts)
    found = error.value.problems
    assert found["table"].unique().tolist() == ["accepts"]
    assert found["column"].to_list() == ["provider", "service", "column", ""]
    assert found["examples"].to_list() == [
        "row 0: 'ZED'",
        "row 1: 'C_999'",
        "row 2: 'colour'",
        "row 3",
    ]


@pytest.mark.parametrize("empty", ["", None])
def test_a_row_without_a_limit_says_nothing_beside_others_that_do(empty):
    """Every limit that another row has is left empty here."""
    accepts = asks(
        {"column": "asa", "at_least": 1, "at_most": 2, "among": "1"},
        {"column": "asa", "at_least": None, "at_most": None, "among": empty},
        {"column": "asa", "among": "2"},
    )
    with pytest.raises(ma.InputError) as error:
        trusts(people(asa=[1]), accepts=accepts)
    assert error.value.problems["problem"].to_list() == ["says nothing"]
    assert error.value.problems["examples"].to_list() == ["row 1"]


@pytest.mark.parametrize(
    ("column", "value"), [("at_most", "two"), ("at_least", "low"), ("among", 3), ("service", 110)]
)
def test_limits_are_numbers_and_values_are_text(column, value):
    """A word where a number belongs, or a number where text does, is named."""
    wrong = {"column": "asa", "at_least": 1, column: value}
    accepts = pd.DataFrame(
        [{**BIRCH, "column": "asa", "at_most": 2}, {**BIRCH, **wrong}], dtype=object
    )
    with pytest.raises(ma.InputError) as error:
        trusts(people(asa=[1]), accepts=accepts)
    first = error.value.problems.iloc[0]
    assert (first["table"], first["column"], first["rows"]) == ("accepts", column, 1)
    assert first["examples"] == f"row 1: {value!r}"


def test_numbers_may_be_written_as_text_in_the_table():
    """Limits from a CSV file, with blanks where there is none."""
    accepts = asks({"column": "asa", "at_most": "2", "at_least": ""})
    assert set(sent(people(asa=[1, 3]), accepts=accepts)) == {"Ann"}


def test_a_row_may_be_there_only_once():
    """The same requirement twice is a slip."""
    with pytest.raises(ma.InputError, match="same thing"):
        trusts(people(asa=[1]), accepts=asks(*[{"column": "asa", "at_most": 2}] * 2))


def test_a_system_of_patients_keeps_the_columns_that_sites_ask_about():
    """Of the columns of a list that no rule knows, only those asked about tell patients apart."""
    patients = people(asa=[1, 2], colour=["red", "blue"])
    assert "asa" not in trusts(patients).waiting_list
    kept = trusts(patients, accepts=asks({"column": "asa", "at_most": 2})).waiting_list
    assert kept["asa"].to_list() == [1, 2]
    assert "colour" not in kept


@pytest.mark.parametrize(
    ("column", "values", "examples"),
    [
        ("date_weeks", [-1, np.nan, 3], "rows 0: -1.0, 1: nan"),
        ("date_weeks", ["soon", "3", "4"], "row 0: 'soon'"),
        ("willing_minutes", [-0.5, np.inf, 0], "row 0: -0.5"),
        ("willing_minutes", [np.nan, 5, 6], "row 0: nan"),
        ("willing_miles", [np.nan, 5, 6], "row 0: nan"),
        ("willing_miles", [-0.5, np.inf, 0], "row 0: -0.5"),
        ("date_weeks", [True, True, False], "rows 0: True, 1: True, 2: False"),
    ],
)
@pytest.mark.parametrize("by_name", [True, False])
def test_nonsense_in_a_personal_column_is_named(column, values, examples, by_name):
    """The table, the column and the rows; whether the list has names or not."""
    waiting = rows(weeks_waiting=[40, 41, 42], **{column: values})
    if not by_name:
        waiting = waiting.drop(columns="patient_id").assign(patients=1)
    with pytest.raises(ma.InputError) as error:
        trusts(waiting)
    found = error.value.problems
    assert found[["table", "column"]].to_numpy().tolist() == [["waiting_list", column]]
    assert found["rows"].iloc[0] == examples.count(":")
    assert found["examples"].iloc[0].replace("None", "nan") == examples.replace("None", "nan")


@pytest.mark.parametrize(
    ("column", "values", "read", "said"),
    [
        ("consent", ["Y", "maybe", None], ["yes", "not known", "not known"], "'maybe' (1), empty"),
        ("transferred", ["a", "Yes", 0], [True, True, False], "'a' (1)"),
        ("adult", [True, None, 2], [True, False, False], "'2' (1), empty (1)"),
    ],
)
@pytest.mark.parametrize("by_name", [True, False])
def test_nonsense_about_a_patient_keeps_the_patient(column, values, read, said, by_name):
    """What cannot be read is taken for what keeps somebody at home, and told with its words."""
    waiting = rows(weeks_waiting=[40, 41, 42], **{column: values})
    if not by_name:
        waiting = waiting.drop(columns="patient_id").assign(patients=1)
    with pytest.warns(ma.InputWarning) as told:
        system = trusts(waiting)
    assert said in str(told[0].message)
    assert system.waiting_list[column].to_list() == read
    assert said in system.quality["problem"].iloc[-1]


def test_nonsense_is_told_of_in_referrals_too():
    """A referral may say what the list says, in the same words."""
    referrals = pd.DataFrame(
        {"origin": ["ALD"], "service": "C_110", "period": 1, "patients": 2, "consent": "perhaps"}
    )
    with pytest.warns(ma.InputWarning, match=r"referrals.consent: 'perhaps' \(2\)"):
        system = trusts(people(consent=["yes"]), referrals=referrals)
    assert not ma.optimise(system).moves["referred"].any()


@pytest.mark.parametrize(
    ("movable", "said", "expected"),
    [
        (("yes",), None, {0: 1}),
        (("yes", "not asked"), None, {0: 1, 1: 2}),
        (("yes",), "yes", {0: 1, 1: 2}),
        (("yes", "not asked"), "no", {0: 1}),
    ],
)
def test_referrals_that_do_not_say_were_not_asked(movable, said, expected):
    """Ann consents; two patients join the list in the first month."""
    referrals = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": 1, "patients": 2})
    if said is not None:
        referrals["consent"] = said
    plan = plan_for(people(consent=["yes"]), {"movable_consent": movable}, referrals=referrals)
    assert plan.moves.groupby("referred")["patients"].sum().to_dict() == expected


@pytest.mark.parametrize(
    ("column", "values", "rules", "expected"),
    [
        ("consent", ["yes", "no", "not asked"], {}, "Ann"),
        ("consent", ["yes", "no", "not asked"], {"movable_consent": ("not asked",)}, "Cat"),
        ("date_weeks", [np.inf, 0, 30], {}, "Ann"),
        ("date_weeks", [np.inf, 7, 8], {"keep_dates_weeks": 8}, "Ann Cat"),
        ("date_weeks", [np.inf, 0, 8], {"keep_dates_weeks": 0}, "Ann Bob Cat"),
        ("transferred", [False, True, False], {}, "Ann Bob Cat"),
        ("transferred", [False, True, False], {"move_transferred": False}, "Ann Cat"),
        ("adult", [True, False, True], {}, "Ann Bob Cat"),
        ("adult", [True, False, True], {"adults_only": True}, "Ann Cat"),
        ("willing_minutes", [np.inf, 29.9, 30.0], {}, "Ann Cat"),
        ("declined", ["", "BIR", "CED"], {}, "Ann Cat"),
        ("declined", ["", "any", "ALD"], {}, "Ann Cat"),
    ],
)
def test_each_personal_column_keeps_its_patients_at_home(column, values, rules, expected):
    """Three patients who differ in one column, with room for all at Birch, half an hour away."""
    assert " ".join(sent(people(**{column: values}), rules)) == expected


def test_a_patients_own_limit_does_not_widen_that_of_the_policy():
    """Who would go anywhere is still not sent further than the policy allows."""
    assert sent(people(willing_minutes=[np.inf]), {"max_minutes": 29.9}) == {}


def test_a_wish_holds_at_the_very_edge_of_the_policys_reach():
    """An hour away, as far as the policy allows: who said no stays all the same."""
    patients = people(consent=["yes", "no"])
    assert set(sent(patients, {"max_minutes": 60}, minutes=60.0)) == {"Ann"}


def test_the_own_trust_is_no_place_to_be_sent_to():
    """Where ways start at homes there is one to the own trust: who declined Birch goes nowhere."""
    patients = people(area=["north", "north"], declined=["BIR", ""])
    capacity = pd.DataFrame({"provider": ["ALD", "BIR"], "service": "C_110", "period": 1})
    travel = pd.DataFrame({"area": "north", "provider": ["ALD", "BIR"], "minutes": [5.0, 30.0]})
    system = ma.System(patients, capacity.assign(slots=9), travel, periods=1)
    sets, codes = may_go(system, ma.Policy(**PLAIN), patients.frame)
    assert [sets.labels[code] for code in codes[0]] == ["nowhere", "anywhere"]


def test_a_way_that_is_not_known_leads_nowhere():
    """Cedar is not in the table of ways: who declined Birch has nowhere left to go."""
    patients = people(declined=["BIR", ""])
    whole = trusts(patients, slots={"ALD": 0, "BIR": 9, "CED": 9})
    travel = whole.travel[whole.travel["provider"].astype(str) != "CED"].astype({"provider": str})
    with pytest.warns(ma.InputWarning, match="nobody of others can be sent there: ALD, CED|CED"):
        system = ma.System(patients, whole.capacity, travel, periods=1, unlisted="unreachable")
    for limit in (60, np.inf):
        rules = ma.Policy(**PLAIN, max_minutes=limit)
        sets, codes = may_go(system, rules, patients.frame)
        assert [sets.labels[code] for code in codes[0]] == ["nowhere", "anywhere"]


def words(asa, **columns):
    """The words for where the patients of a list of three trusts may go."""
    patients = people(asa=asa, **columns)
    accepts = pd.DataFrame(
        [("BIR", "asa", 3.0), ("CED", "asa", 2.0), ("DOE", "asa", 2.0)],
        columns=["provider", "column", "at_most"],
    )
    slots = {"ALD": 0, "BIR": 9, "CED": 9, "DOE": 9}
    system = trusts(patients, accepts=accepts, slots=slots)
    sets, codes = may_go(system, ma.Policy(**PLAIN), patients.frame)
    return [sets.labels[code] for code in codes[0]], sets, codes[0], system


def test_where_patients_may_go_is_said_in_words():
    """Anywhere, nowhere, or to the places that are left."""
    told, sets, codes, system = words([1, 3, 4, 1], willing_minutes=[np.inf, np.inf, np.inf, 0.0])
    assert told == ["anywhere", "to BIR", "nowhere", "nowhere"]
    assert sets.labels == tuple(sorted(set(told)))
    assert sets.open[codes[1]].tolist() == [p == "BIR" for p in system.providers]
    assert sets.open[codes[0]].all()
    assert not sets.open[codes[2]].any()


def test_several_places_are_told_in_order():
    """Who declined Birch may still go to the two others."""
    assert words([1], declined=["BIR"])[0] == ["to CED, DOE"]


def test_a_service_that_nobody_else_offers_leaves_nothing_to_limit():
    """Who could go nowhere in any case has no limit of their own: one queue, not two."""
    patients = people(consent=["yes", "no"])
    system = trusts(patients, slots={"ALD": 1})
    sets, codes = may_go(system, ma.Policy(**PLAIN), patients.frame)
    assert sets.labels == ("anywhere",)
    assert codes[0].tolist() == [0, 0]


def test_a_queue_for_each_set_of_places_not_for_each_combination():
    """Seven patients of grade 1 to 3 with seven limits of their own are in two queues."""
    patients = people(
        willing_minutes=[31.0, 40.0, 50.0, 60.0, 10.0, 20.0, 29.0], asa=[1, 2, 3] * 2 + [1]
    )
    accepts = asks({"column": "asa", "at_most": 3})
    plan = plan_for(patients, accepts=accepts)
    assert sorted(plan.model.frame.queues.labels["may_go"]) == ["anywhere", "nowhere"]


def test_a_provider_whose_code_looks_like_two_is_not_taken_for_them():
    """ "A", "B" and "A, B": who may go to the first two goes there, and not to the third."""
    codes = ["HOME", "A", "B", "A, B", "C"]
    waiting = pd.DataFrame(
        {
            "patient_id": ["one", "two"],
            "origin": "HOME",
            "service": "C_110",
            "weeks_waiting": 40,
            "near": ["A and B", "A, B"],
        }
    )
    capacity = pd.DataFrame({"provider": codes, "service": "C_110", "period": 1, "slots": 5})
    travel = pd.DataFrame({"origin": "HOME", "provider": codes[1:], "minutes": 30.0})
    accepts = pd.DataFrame(
        {
            "provider": codes[1:],
            "column": "near",
            "among": ["A and B", "A and B", "A, B", "nobody"],
        }
    )
    system = ma.System(waiting, capacity, travel, periods=1, accepts=accepts)
    sets, (which,) = may_go(system, ma.Policy(), system.waiting_list)
    assert len(sets.labels) == 2
    reach = [set(np.array(system.providers)[sets.open[code]]) for code in which]
    assert sorted(map(sorted, reach)) == [["A", "B"], ["A, B"]]
