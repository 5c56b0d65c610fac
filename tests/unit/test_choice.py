"""Who would accept: a stated curve, one number, a table or the analyst's own function."""

from __future__ import annotations

import dataclasses
import pickle
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import relaxed

import mutualaid as ma
from mutualaid.policy import acceptance as choice
from mutualaid.policy.acceptance import Acceptance

near = pytest.approx
CANARY = "9434765919"
OFFERS = pd.DataFrame(
    {
        "patient_id": [f"{CANARY}{i}" for i in range(6)],
        "origin": ["XA1", "XA1", "XB2", "XB2", "XB2", "XC3"],
        "provider": ["XB2", "XC3", "XA1", "XC3", "XC3", "XA1"],
        "service": ["C_110"] * 5 + ["C_502"],
        "priority": ["P2", "P3", "P4", "P4", "none", "P4"],
        "area": ["north", "north", "south", "south", "south", "west"],
        "deprivation": ["1", "1", "5", "3", "unknown", "2"],
        "minutes": [20.0, 55.0, 30.0, 30.1, 90.0, 0.0],
        "extra_minutes": [10.0, 45.0, 25.0, 20.0, 80.0, -5.0],
        "weeks_waiting": [17, 18, 52, 60, 5, 80],
        "weeks_saved": [4, 9, 30, 17, 0, 50],
    }
)


def by_hand(table, offers):
    """The rule in plain words: from the top, the first row all of which an offer meets."""
    found = []
    for offer in offers.to_dict("records"):
        for row in table.to_dict("records"):
            wanted = {k: v for k, v in row.items() if not (pd.isna(v) or v == "")}
            probability = wanted.pop("probability")
            fits = offer["minutes"] <= wanted.pop("up_to_minutes", np.inf)
            fits &= offer["weeks_waiting"] >= wanted.pop("from_weeks", 0)
            if fits and all(offer[name] == label for name, label in wanted.items()):
                found.append(probability)
                break
        else:
            return None
    return found


def half(offers):
    """One in two accepts."""
    return np.full(len(offers), 0.5)


def curve(weeks_saved, extra_minutes):
    """The default for offers that differ in these two."""
    return Acceptance.default()(
        pd.DataFrame({"weeks_saved": weeks_saved, "extra_minutes": extra_minutes})
    )


def test_the_default_goes_through_what_was_published():
    """London 67 %, half of the ceiling on the Isle of Wight, Portugal 20 %."""
    assert curve([26, 17, 13], [30, 60, 60]).tolist() == near([0.67, 0.35, 0.20], rel=1e-12)
    for anchor in (choice.LONDON, choice.ISLE_OF_WIGHT, choice.PORTUGAL):
        assert curve([anchor.weeks_saved], [anchor.extra_minutes])[0] == near(anchor.share)
    assert choice.CEILING == 0.7
    # What its docstring says of it.
    rule = Acceptance.default().rule
    assert rule.per_week / rule.per_minute == near(6.6, abs=0.05)
    assert curve([0], [0])[0] == near(0.10, abs=0.005)


@relaxed
@given(st.floats(-100, 200), st.floats(-100, 300), st.floats(0, 50), st.floats(0, 50))
def test_more_weeks_saved_and_fewer_minutes_are_never_less_welcome(weeks, minutes, more, further):
    """And nobody's chance is below 0, or above the share that would ever move."""
    here, sooner, further_away = curve(
        [weeks, weeks + more, weeks], [minutes, minutes, minutes + further]
    )
    assert 0 <= further_away <= here <= sooner <= choice.CEILING


def test_the_curve_rises_and_falls_in_earnest():
    """Week by week, and minute by minute, in the range that plans are about."""
    assert (np.diff(curve(np.arange(41), np.full(41, 30.0))) > 0).all()
    assert (np.diff(curve(np.full(61, 17), np.arange(61.0))) < 0).all()
    assert curve([1e6, -1e6, 0], [0, 0, 1e6]).tolist() == near([0.7, 0, 0])


@relaxed
@given(st.tuples(*[st.tuples(st.floats(0.05, 0.65), st.floats(0, 50), st.floats(0, 90))] * 3))
def test_a_curve_goes_through_any_three_anchors(points):
    """Unless they lie on one line, where no one curve does."""
    anchors = [
        choice.Anchor(share=share, weeks_saved=weeks, extra_minutes=minutes)
        for share, weeks, minutes in points
    ]
    corners = np.array([[1, a.weeks_saved, a.extra_minutes] for a in anchors])
    if abs(np.linalg.det(corners)) < 10:
        return
    rule = choice._Curve.through(0.7, *anchors)
    offers = pd.DataFrame(corners[:, 1:], columns=["weeks_saved", "extra_minutes"])
    assert rule(offers).tolist() == near([a.share for a in anchors], rel=1e-6)


def test_one_number_for_everybody():
    """From nobody to everybody; the offers need no column at all."""
    for p in (0, 0.4, 1, np.float64(0.25)):
        found = Acceptance.constant(p)(OFFERS)
        assert found.tolist() == [float(p)] * 6
        assert found.dtype == np.float64
    assert "40 %" in Acceptance.constant(0.4).says
    for p in (-0.1, 1.1, np.nan, np.inf, True, "0.4", None):
        with pytest.raises(ma.InputError, match=r"p is .*: write a probability from 0 to 1"):
            Acceptance.constant(p)


def test_the_first_row_that_fits_holds():
    """The later ones only where the first ones do not fit."""
    table = pd.DataFrame(
        {
            "provider": ["XC3", "", None, "XA1", ""],
            "deprivation": ["", "1", np.nan, "", ""],
            "up_to_minutes": [30, np.nan, 30, np.nan, np.nan],
            "from_weeks": [np.nan, 18, 18, 52, np.nan],
            "probability": [0.1, 0.2, 0.3, 0.4, 0.5],
        }
    )
    found = Acceptance.from_table(table)(OFFERS)
    assert found.tolist() == [0.5, 0.2, 0.3, 0.5, 0.5, 0.3]
    assert found.tolist() == by_hand(table, OFFERS)


def test_limits_hold_to_the_minute_and_the_week():
    """Up to 30 minutes is 30 minutes too; from 18 weeks is week 18 too; one way, not extra."""
    near_by = Acceptance.from_table({"up_to_minutes": [30, None], "probability": [0.6, 0.3]})
    assert near_by.needs == ("minutes",)
    assert near_by(OFFERS).tolist() == [0.6, 0.3, 0.6, 0.3, 0.3, 0.6]
    long = Acceptance.from_table({"from_weeks": [18, None], "probability": [0.6, 0.3]})
    assert long.needs == ("weeks_waiting",)
    assert long(OFFERS).tolist() == [0.3, 0.6, 0.6, 0.6, 0.3, 0.6]
    nowhere = Acceptance.from_table({"up_to_minutes": [0, ""], "probability": [1, 0]})
    assert nowhere(OFFERS).tolist() == [0, 0, 0, 0, 0, 1]


ROWS = st.fixed_dictionaries(
    {
        "origin": st.sampled_from(["", "XA1", "XB2", "elsewhere"]),
        "provider": st.sampled_from(["", "XA1", "XC3"]),
        "priority": st.sampled_from(["", "", "P4", "none"]),
        "deprivation": st.sampled_from([None, None, "1", "5", "unknown"]),
        "up_to_minutes": st.sampled_from([None, 0, 30, 60]),
        "from_weeks": st.sampled_from([None, 18, 52]),
        "probability": st.floats(0, 1),
    }
)


@relaxed
@given(st.lists(ROWS, min_size=1, max_size=8), st.booleans(), st.permutations(range(6)))
def test_any_table_does_what_its_rows_say(rows, fallback, order):
    """However the offers' labels are stored, in whatever order they come."""
    table = pd.DataFrame([*rows, {"probability": 0.125}] if fallback else rows)
    offers = OFFERS.iloc[order]
    expected = by_hand(table, offers)
    labels = ["origin", "provider", "priority", "deprivation"]
    stored = [
        offers.astype(dict.fromkeys(labels, "category")),
        offers.astype(dict.fromkeys(labels, object)).set_index("minutes", drop=False),
    ]
    acceptance = Acceptance.from_table(table)
    for form in stored:
        if expected is None:
            with pytest.raises(ma.InputError, match="fits no row"):
                acceptance(form)
        else:
            assert acceptance(form).tolist() == expected
    if fallback:
        assert expected is not None


def test_an_offer_that_fits_no_row_is_told_by_its_labels():
    """How many, of which kind, the most frequent first; and never who."""
    acceptance = Acceptance.from_table(
        pd.DataFrame({"origin": ["XA1", "XB2"], "provider": ["", "XA1"], "probability": 0.5})
    )
    with pytest.raises(ma.InputError) as caught:
        acceptance(OFFERS)
    told = str(caught.value)
    assert "origin XB2 provider XC3 (2), origin XC3 provider XA1 (1)" in told
    assert "(3 rows; rows 3, 4, 5)" in told
    assert "a last row that holds only a probability" in told
    assert CANARY not in told + caught.value.problems.to_string() + repr(acceptance)
    assert "north" not in told
    only_near = Acceptance.from_table({"up_to_minutes": [30], "probability": [0.5]})
    with pytest.raises(ma.InputError, match=r"the table of acceptance \(3 rows"):
        only_near(OFFERS)
    many = OFFERS.assign(origin=[f"X{i}" for i in range(6)])
    with pytest.raises(ma.InputError, match=r"origin X4 provider XC3 \(1\), …"):
        Acceptance.from_table({"origin": ["no"], "provider": ["one"], "probability": [1]})(many)


def test_a_missing_label_fits_only_rows_that_ask_for_none():
    """Nobody's area is guessed."""
    offers = OFFERS.assign(area=["north", None, np.nan, "south", "south", ""])
    table = {"area": ["north", "south", ""], "probability": [0.1, 0.2, 0.3]}
    for form in (offers, offers.astype({"area": "category"})):
        assert Acceptance.from_table(table)(form).tolist() == [0.1, 0.3, 0.3, 0.2, 0.2, 0.3]
    table = {"area": ["north", "south"], "probability": [0.1, 0.2]}
    with pytest.raises(ma.InputError, match=r"area missing \(2\)"):
        Acceptance.from_table(table)(offers)


def test_a_quintile_may_be_a_number():
    """As pandas reads it from a file, with a gap or without; in the table and in the offers."""
    for quintiles in ([1, 5, 3, None], ["1", "5", "3", ""]):
        table = pd.DataFrame({"deprivation": quintiles, "probability": [0.1, 0.5, 0.3, 0.9]})
        acceptance = Acceptance.from_table(table)
        assert acceptance(OFFERS).tolist() == [0.1, 0.1, 0.5, 0.3, 0.9, 0.9]
        numbers = OFFERS.assign(deprivation=[1, 1, 5, 3, 4, 2])
        assert acceptance(numbers).tolist() == [0.1, 0.1, 0.5, 0.3, 0.9, 0.9]
        gaps = OFFERS.assign(deprivation=[1, 1, 5, 3, np.nan, 2])
        assert acceptance(gaps).tolist() == [0.1, 0.1, 0.5, 0.3, 0.9, 0.9]
    with pytest.raises(ma.InputError, match="deprivation: holds numbers, not text"):
        Acceptance.from_table({"deprivation": [1.5], "probability": [0.1]})


def test_a_column_that_is_empty_throughout_is_not_needed():
    """It asks for nothing."""
    acceptance = Acceptance.from_table(
        {"age_band": ["", None], "up_to_minutes": [None, None], "probability": [0.3, 0.4]}
    )
    assert acceptance.needs == ()
    assert acceptance(pd.DataFrame({"origin": ["XA1"]})).tolist() == [0.3]
    assert acceptance.name == "table of 2 rows"


def test_a_table_that_cannot_be_used_is_told_in_full():
    """Every problem at once."""
    with pytest.raises(ma.InputError) as caught:
        Acceptance.from_table(
            pd.DataFrame(
                {
                    "service": [110, 120],
                    "priority": ["p2", "P3"],
                    "origin": ["XA1", " XB2"],
                    "up_to_minutes": [30, "far"],
                    "from_weeks": [-1, 3],
                    "probability": [0.5, 40],
                }
            )
        )
    problems = caught.value.problems.set_index("column")["problem"]
    assert set(problems.index) == {
        *("service", "priority", "origin", "up_to_minutes", "from_weeks", "probability")
    }
    assert problems["service"] == "holds numbers, not text"
    assert problems["priority"] == "is a standard code in another spelling"
    assert problems["origin"] == "has blanks around the code"
    assert problems["probability"] == "is above 1"
    rows = caught.value.problems.set_index("column")["rows"].to_dict()
    assert rows.pop("service") == 2
    assert set(rows.values()) == {1}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"origin": ["XA1"]}, "probability: the column is missing"),
        ({"probability": []}, "has no rows"),
        ({"probability": [None]}, "probability: is missing"),
        ({"probability": [-0.5]}, "is below 0"),
        ({"probability": ["half"]}, "not numbers"),
        ({"probability": [0.5], "extra_minutes": [3]}, "extra_minutes: is not a column"),
        ({"probability": [0.5], "patient_id": [CANARY]}, "patient_id: is not a column"),
        (7, "is an int, not a table"),
    ],
)
def test_what_a_table_lacks_is_told(table, said):
    """With the column, and never with an identifier."""
    with pytest.raises(ma.InputError, match=said) as caught:
        Acceptance.from_table(table)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("acceptance", "columns"),
    [
        (Acceptance.default(), {"weeks_saved", "extra_minutes"}),
        (
            Acceptance.from_table(
                {
                    "area": ["north", ""],
                    "up_to_minutes": [30, None],
                    "from_weeks": [5, None],
                    "probability": [1, 0],
                }
            ),
            {"area", "minutes", "weeks_waiting"},
        ),
    ],
)
def test_columns_that_offers_lack_are_told_at_once(acceptance, columns):
    """Each of them; and numbers that are none."""
    assert set(acceptance.needs) == columns
    with pytest.raises(ma.InputError) as caught:
        acceptance(OFFERS[["origin"]])
    assert set(caught.value.problems["column"]) == columns
    numbers = columns - {"area"}
    for wrong in ("near", None, np.nan, np.inf, True):
        with pytest.raises(ma.InputError) as caught:
            acceptance(OFFERS.assign(**dict.fromkeys(numbers, wrong)))
        assert set(caught.value.problems["column"]) == numbers
    one = OFFERS.assign(**{name: [1, 2, np.nan, 4, 5, 6] for name in numbers})
    with pytest.raises(ma.InputError, match=r"is missing or not finite \(1 row; row 2"):
        acceptance(one)


def test_a_function_of_ones_own():
    """It sees the offers as they are, and cannot change them."""

    def spoils(offers):
        offers["minutes"] = 0.0
        return offers["weeks_waiting"] / 100

    before = OFFERS.copy()
    acceptance = Acceptance.from_function(spoils)
    assert acceptance(OFFERS).tolist() == near([0.17, 0.18, 0.52, 0.6, 0.05, 0.8])
    pd.testing.assert_frame_equal(OFFERS, before)
    assert acceptance.name == "function spoils"
    assert "the function of the clinic" in Acceptance.from_function(half, "of the clinic").says
    assert Acceptance.from_function(lambda _: [0, 1] * 3)(OFFERS).tolist() == [0, 1] * 3
    first_of = Acceptance.from_function(
        lambda offers: offers["minutes"] / offers["minutes"].iloc[0]
    )
    assert first_of(OFFERS[:1]).tolist() == [1]
    assert first_of(OFFERS[:0]).tolist() == []
    shuffled = OFFERS.sample(frac=1, random_state=1)
    found = Acceptance.from_function(lambda offers: offers["weeks_waiting"] / 100)(shuffled)
    assert found.tolist() == near((shuffled["weeks_waiting"] / 100).tolist())


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda _: 0.5, r"shape \(\)"),
        (lambda offers: [0.5] * (len(offers) - 1), "return 6 numbers"),
        (lambda offers: np.full((len(offers), 1), 0.5), r"shape \(6, 1\)"),
        (lambda offers: ["yes"] * len(offers), "return 6 numbers"),
        (lambda offers: [True] * len(offers), "type bool"),
        (lambda _: [0.5, np.nan, 0.5, 1.5, -0.1, np.inf], "not a probability .4 rows; rows 1, 3"),
        (lambda offers: offers["patient_id"].astype(float), "6 rows; rows 0, 1, 2, 3, 4, …"),
        (lambda offers: offers["weeks_waiting"].sort_values() / 100, "another index"),
        (lambda offers: pd.Series([0.5] * 6, index=offers["patient_id"]), "another index"),
    ],
)
def test_what_a_function_returns_is_checked(function, said):
    """Its shape, its order and its range; by row number, since it may return anything."""
    with pytest.raises(ma.InputError, match=said) as caught:
        Acceptance.from_function(function, "of the clinic")(OFFERS)
    assert CANARY not in str(caught.value)
    assert "of the clinic" in str(caught.value)


def test_a_function_must_be_one():
    """Said when it is given, not when it is called."""
    with pytest.raises(ma.InputError, match="takes a function"):
        Acceptance.from_function(0.5)


def kinds():
    """One of each."""
    return [
        Acceptance.default(),
        Acceptance.constant(0.4),
        Acceptance.from_table({"origin": ["XA1", ""], "probability": [0.2, 0.6]}),
        Acceptance.from_function(half),
    ]


@pytest.mark.parametrize("acceptance", kinds(), ids=lambda a: a.name)
def test_every_kind_is_a_value(acceptance):
    """It goes to other processes, into frozen policies and sets, and never changes."""

    @dataclasses.dataclass(frozen=True)
    class Rules:
        acceptance: Acceptance

    sent = pickle.loads(pickle.dumps(acceptance))
    assert sent(OFFERS).tolist() == acceptance(OFFERS).tolist()
    assert (sent.name, sent.says, sent.needs) == (
        acceptance.name,
        acceptance.says,
        acceptance.needs,
    )
    assert Rules(acceptance) == Rules(acceptance)
    assert len({Rules(acceptance), Rules(acceptance)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        acceptance.name = "another"
    assert repr(acceptance) == f"Acceptance({acceptance.name})"
    assert acceptance.says.endswith(".")
    assert acceptance.says.count(". ") == 0
    assert acceptance(OFFERS[:0]).shape == (0,)
    assert (acceptance(OFFERS) is acceptance(OFFERS)) is False


def test_the_same_rule_is_the_same_value():
    """Two policies that take the same view are the same policy; whose function is odd is not."""
    for one, other in zip(kinds()[:3], kinds()[:3], strict=True):
        assert one == other
        assert hash(one) == hash(other)
    assert len(set(kinds())) == 4
    assert Acceptance.constant(0.4) != Acceptance.constant(0.5)

    @dataclasses.dataclass
    class Model:
        weights: np.ndarray

        def __call__(self, offers):
            return np.full(len(offers), self.weights.mean())

    models = [Acceptance.from_function(Model(np.array([0.2, 0.4]))) for _ in range(2)]
    assert models[0] != models[1]
    assert len({*models, *models}) == 2
    assert models[0](OFFERS).tolist() == near([0.3] * 6)


def test_reports_say_where_a_probability_comes_from():
    """The default names its sources and what is assumed; the others are as given."""
    default, constant, table, function = kinds()
    for word in ("70%", "London", "Isle of Wight", "Portugal", "assumed"):
        assert word in default.says
    assert constant.says == "Every patient is taken to accept with a chance of 40 %, as given."
    assert "table of 2 rows by origin, as given" in table.says
    assert "function half, as given" in function.says


def test_a_large_table_and_many_offers_take_no_time():
    """10,000 rows by area and provider, with limits; 100,000 offers."""
    rng = np.random.default_rng(4)
    areas, providers = [f"E{i:05}" for i in range(500)], [f"X{i:02}" for i in range(20)]
    table = pd.DataFrame(
        [(a, p) for a in areas for p in providers], columns=["area", "provider"]
    ).assign(up_to_minutes=rng.choice([30, 60, 90], 10_000), probability=rng.random(10_000))
    table = pd.concat([table, pd.DataFrame({"probability": [0.05]})], ignore_index=True)
    offers = pd.DataFrame(
        {
            "area": rng.choice(areas, 100_000),
            "provider": rng.choice(providers, 100_000),
            "minutes": rng.uniform(0, 120, 100_000),
        }
    ).astype({"area": "category", "provider": "category"})
    acceptance = Acceptance.from_table(table)
    began = time.process_time()
    found = acceptance(offers)
    assert time.process_time() - began < 2
    fits = offers.merge(table, on=["area", "provider"], how="left")
    within = fits["minutes"] <= fits["up_to_minutes"]
    assert found.tolist() == np.where(within, fits["probability"], 0.05).tolist()
