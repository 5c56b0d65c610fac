"""Acceptance learned from answers: what is known of the offers, drawn to the default curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.policy.acceptance import curve_log_odds
from mutualaid.policy.learned_acceptance import UNITS

DEFAULT = ma.Acceptance.default()
OFFERS = pd.DataFrame(
    {"weeks_saved": [0, 4, 13, 26, 60, 400], "extra_minutes": [0, 60, 60, 30, 90, 5]}
)
NONE = pd.DataFrame(columns=["response", "weeks_saved", "extra_minutes"])
TRUE = {
    "everybody": 0.4,
    "weeks_saved": -0.6,
    "extra_minutes": 0.5,
    "deprivation": 0.3,
    "age": -0.25,
    "service C_110": 0.7,
    "service C_130": -0.4,
}
"""Departures of the log odds from the default curve."""


def answers(size, seed=1, truth=None):
    """Offers to made-up patients, and what they said by a known rule."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "weeks_saved": rng.integers(1, 30, size),
            "extra_minutes": rng.uniform(0, 70, size).round(1),
            "deprivation": rng.integers(1, 6, size),
            "age": rng.integers(18, 95, size),
            "service": rng.choice(["C_110", "C_130"], size),
        }
    )
    odds = curve_log_odds(table)
    for term, coefficient in (truth or TRUE).items():
        name, _, label = term.partition(" ")
        if term == "everybody":
            odds = odds + coefficient
        elif label:
            odds = odds + coefficient * (table[name] == label).to_numpy()
        else:
            unit = UNITS[name]
            odds = odds + coefficient * ((table[name] - unit.middle) / unit.size).to_numpy()
    table["chance"] = 1 / (1 + np.exp(-odds))
    yes = rng.random(size) < table["chance"]
    table["response"] = np.where(yes, "accepted", rng.choice(["declined", "no answer"], size))
    return table


def learn(table, **options):
    return ma.learn_acceptance(table.drop(columns="chance", errors="ignore"), **options)


def test_without_answers_it_is_the_default_curve():
    """And its uncertainty is what was believed before."""
    learned = ma.learn_acceptance(NONE)
    assert np.allclose(learned(OFFERS), DEFAULT(OFFERS), rtol=1e-12, atol=1e-300)
    assert (learned.table["coefficient"] == 0).all()
    assert np.allclose(learned.table["standard_error"], 1.0)
    assert (
        repr(learned) == "Acceptance(learned from 0 answers, 0 of them yes, and the default curve)"
    )


def test_few_answers_move_it_little_and_more_move_it_more():
    """The same share of yes, ten, a hundred and ten thousand times."""
    like = {"weeks_saved": 26.0, "extra_minutes": 30.0}
    offer = pd.DataFrame([like])
    found = []
    for times in (1, 10, 1000):
        table = pd.DataFrame([like] * 10 * times)
        table["response"] = (["accepted"] * 9 + ["declined"]) * times
        found.append(float(ma.learn_acceptance(table)(offer)[0]))
    assert DEFAULT(offer)[0] < found[0] < found[1] < found[2] <= 0.9
    assert found[2] == pytest.approx(0.9, abs=1e-3)


def test_known_coefficients_are_found_again():
    """Of 60,000 answers each lies within four of its standard errors, and these are small."""
    learned = learn(answers(60_000))
    table = learned.table.set_index("term")
    assert table.index.to_list() == list(TRUE)
    # What everybody has and what each service has can be told apart by the prior alone.
    for term in ("weeks_saved", "extra_minutes", "deprivation", "age"):
        row = table.loc[term]
        assert abs(row["coefficient"] - TRUE[term]) < 4 * row["standard_error"] < 0.3
        assert row["low"] < row["coefficient"] < row["high"]
    both = [
        table.loc["everybody", "coefficient"] + table.loc[f"service {s}", "coefficient"]
        for s in ("C_110", "C_130")
    ]
    assert both == pytest.approx([1.1, 0.0], abs=0.12)


def test_standard_errors_are_those_of_repeated_answers():
    """Over 200 sets of answers the estimates spread as much as is said, or a little less."""
    truth = {"everybody": 0.2, "weeks_saved": 0.3, "extra_minutes": -0.2}
    found, said = [], []
    for seed in range(200):
        table = answers(1500, seed, truth)[["weeks_saved", "extra_minutes", "response"]]
        learned = ma.learn_acceptance(table).table
        found.append(learned["coefficient"].to_numpy())
        said.append(learned["standard_error"].to_numpy())
    spread, told = np.std(found, axis=0), np.mean(said, axis=0)
    assert (spread < 1.12 * told).all()
    assert (spread > 0.8 * told).all()


def test_it_is_calibrated_on_answers_that_it_has_not_seen():
    """By tenths of the chance, as many accept as were expected; the default curve is far off."""
    learned = learn(answers(20_000, 1))
    fresh = answers(40_000, 2)
    chance = learned(fresh.drop(columns=["response", "chance"]))
    yes = (fresh["response"] == "accepted").to_numpy()
    tenth = pd.qcut(chance, 10, labels=False)
    for one in range(10):
        here = tenth == one
        assert yes[here].mean() == pytest.approx(chance[here].mean(), abs=0.025)
    assert abs(DEFAULT(fresh).mean() - yes.mean()) > 0.05
    told = learned.interval(fresh, level=0.95)
    inside = (told["low"] <= fresh["chance"]) & (fresh["chance"] <= told["high"])
    assert inside.mean() > 0.9


def test_intervals_are_wider_where_less_is_known_and_hold_the_chance():
    """A higher level is wider; far from all answers more is possible."""
    learned = learn(answers(2000))
    offers = OFFERS.assign(service="C_110")
    wide, wider = learned.interval(offers, 0.8), learned.interval(offers, 0.99)
    assert (wider["low"] <= wide["low"]).all()
    assert (wide["low"] <= wide["acceptance"]).all()
    assert (wide["acceptance"] <= wide["high"]).all()
    assert (wide["high"] <= wider["high"]).all()
    assert np.allclose(wide["acceptance"], learned(offers))
    reach = [wide["high"][i] - wide["low"][i] for i in (2, 4)]
    assert reach[0] < reach[1]


def test_the_order_of_rows_does_not_matter():
    """Bit for bit."""
    table = answers(3000)
    first = learn(table)
    for seed in range(3):
        mixed = learn(table.sample(frac=1, random_state=seed))
        pd.testing.assert_frame_equal(mixed.table, first.table, check_exact=True)
        assert (mixed.covariance == first.covariance).all()


def test_answers_that_a_rule_splits_without_error_do_not_explode():
    """Whoever saves more than ten weeks says yes, all others no."""
    table = answers(500)
    table["response"] = np.where(table["weeks_saved"] > 10, "accepted", "declined")
    learned = learn(table)
    assert np.isfinite(learned.table.select_dtypes("number")).all(axis=None)
    assert (learned.table["coefficient"].abs() < 12).all()
    everybody = ma.learn_acceptance(
        pd.DataFrame({"response": ["accepted"] * 50, "weeks_saved": 8, "extra_minutes": 20})
    )
    assert 0.8 < everybody(pd.DataFrame({"weeks_saved": [8], "extra_minutes": [20]}))[0] < 1


def test_extreme_offers_give_chances():
    """Weeks by the thousand, below 0, and a way of days."""
    learned = learn(answers(300))
    odd = pd.DataFrame({"weeks_saved": [-5000, 5000, 0], "extra_minutes": [0, 0, 9000]})
    chances = learned(odd)
    assert ((chances >= 0) & (chances <= 1)).all()
    table = odd.assign(response=["declined", "accepted", "declined"])
    assert np.isfinite(ma.learn_acceptance(table).table["coefficient"]).all()


def test_what_is_not_known_of_an_offer_counts_as_the_middle():
    """No quintile is the third; a service without answers is as everybody."""
    learned = learn(answers(3000))
    offer = pd.DataFrame({"weeks_saved": [12, 12], "extra_minutes": [30, 30]})
    known = offer.assign(deprivation=[3, np.nan], age=[60, np.nan], service=["C_999", None])
    assert np.allclose(learned(known), learned(offer))
    assert learned.needs == ("weeks_saved", "extra_minutes")


def test_a_small_spread_trusts_the_curve_more():
    """And a wide one the answers."""
    table = answers(400)
    reach = [
        np.abs(learn(table, spread=spread).table["coefficient"]).sum() for spread in (0.01, 0.3, 3)
    ]
    assert reach[0] < 0.2 < reach[1] < reach[2]


def test_age_bands_and_who_was_not_asked_in_the_end():
    """Bands where there is no age; the treated and the removed say nothing."""
    table = pd.DataFrame(
        {
            "response": ["accepted", "declined", "treated", "removed"],
            "weeks_saved": 8,
            "extra_minutes": 20,
            "age_band": ["18-44", "75+", "75+", "45-64"],
        }
    )
    learned = ma.learn_acceptance(table)
    assert learned.answers == 2
    assert learned.accepted == 1
    terms = learned.table.set_index("term")["coefficient"]
    assert terms.index.to_list()[3:] == ["age_band 18-44", "age_band 75+"]
    assert terms["age_band 18-44"] > 0 > terms["age_band 75+"]


def test_what_cannot_be_learned_from_is_told_at_once():
    """A word, a gap, a quintile that is none; and what is no spread."""
    table = pd.DataFrame(
        {
            "response": ["accepted", "maybe", "declined"],
            "weeks_saved": [4, 5, np.nan],
            "extra_minutes": [1, "far", 3],
            "deprivation": [1, 9, np.nan],
        }
    )
    with pytest.raises(ma.InputError) as caught:
        ma.learn_acceptance(table)
    assert caught.value.problems["column"].to_list() == [
        "response",
        "weeks_saved",
        "extra_minutes",
        "deprivation",
    ]
    with pytest.raises(ma.InputError, match="response: the column is missing"):
        ma.learn_acceptance(table.drop(columns="response"))
    for spread in (0, -1, float("nan"), "wide"):
        with pytest.raises(ma.InputError, match="spread is"):
            ma.learn_acceptance(NONE, spread=spread)


def test_a_policy_takes_it_and_plans_with_it():
    """Offers are made by it, and it says what it is."""
    learned = learn(answers(2000))
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    plan = ma.optimise(system, ma.Policy(acceptance=learned))
    moves = plan.moves["patients"].sum()
    assert 0 < moves < plan.asks["asked"].sum()
    assert "learned from 2,000 answers" in learned.says
