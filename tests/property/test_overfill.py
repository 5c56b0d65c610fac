"""How many to ask: against every outcome counted out, the binomial formula, and simulation."""

from __future__ import annotations

import itertools
import math
import time
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import costly, relaxed

import mutualaid as ma
from mutualaid.offers import overbooking as overfill
from mutualaid.offers.overbooking import (
    acceptances,
    draw,
    expected_outcome,
    how_many,
    offers_for_cells,
    offers_to_make,
    overfill_risk,
)
from mutualaid.policy.acceptance import Acceptance

chances = st.floats(0, 1, allow_subnormal=False)
few = st.lists(chances, max_size=10)
risks = st.sampled_from([0.0, 0.01, 0.05, 0.2, 0.5, 0.9, 1.0]) | chances
near = pytest.approx


def counted_out(probabilities):
    """The chance of each number of acceptances: every one of the 2^n outcomes, in fractions."""
    pmf = [Fraction(0)] * (len(probabilities) + 1)
    exact = [Fraction(p) for p in probabilities]
    for outcome in itertools.product((False, True), repeat=len(exact)):
        chance = math.prod(
            (p if yes else 1 - p for p, yes in zip(exact, outcome, strict=True)), start=Fraction(1)
        )
        pmf[sum(outcome)] += chance
    return pmf


def binomial_tail(n, probability, slots):
    """The chance that more than ``slots`` of ``n`` accept, in fractions."""
    p = Fraction(probability)
    terms = (math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(slots + 1, n + 1))
    return float(sum(terms, Fraction(0)))


def one_by_one(probabilities, slots, risk):
    """The rule in plain words: ask one more as long as the chance of overfilling allows it."""
    asked = 0
    while asked < len(probabilities):
        if overfill_risk(probabilities[: asked + 1], slots) > risk * (1 + overfill.TIE):
            break
        asked += 1
    return asked


@costly
@given(few)
@example([])
@example([1.0, 1.0, 0.0])
@example([1e-9] * 8)
def test_the_distribution_is_that_of_all_outcomes(probabilities):
    """Entry by entry, the smallest included: relative to the entry, not to 1."""
    pmf = acceptances(probabilities)
    assert pmf.shape == (len(probabilities) + 1,)
    assert pmf.tolist() == near(
        [float(p) for p in counted_out(probabilities)], rel=1e-12, abs=1e-290
    )


@relaxed
@given(st.integers(0, 150), chances, st.integers(0, 150))
@example(150, 0.01, 100)
def test_for_equal_probabilities_it_is_the_binomial(n, probability, slots):
    """Also far out in the tail, where one minus the rest would be nothing but rounding."""
    equal = [probability] * n
    exact = [
        math.comb(n, k) * Fraction(probability) ** k * (1 - Fraction(probability)) ** (n - k)
        for k in range(n + 1)
    ]
    assert acceptances(equal).tolist() == near([float(p) for p in exact], rel=1e-11, abs=1e-290)
    assert overfill_risk(equal, slots) == near(
        binomial_tail(n, probability, slots), rel=1e-11, abs=1e-290
    )


@relaxed
@given(st.integers(0, 2**32 - 1), st.integers(500, 3000))
def test_thousands_of_patients_still_sum_to_one(seed, n):
    """And their mean and variance are those of independent answers."""
    probabilities = np.random.default_rng(seed).random(n)
    pmf = acceptances(probabilities)
    accept = np.arange(n + 1)
    mean, variance = probabilities.sum(), (probabilities * (1 - probabilities)).sum()
    assert pmf.min() >= 0
    assert pmf.sum() == near(1, abs=1e-12)
    assert pmf @ accept == near(mean, rel=1e-12)
    assert pmf @ (accept - mean) ** 2 == near(variance, rel=1e-9)


@costly
@given(few, st.integers(0, 11))
def test_what_comes_of_the_offers(probabilities, slots):
    """Each who accepts either fills a slot or finds none; counted out of all outcomes."""
    exact = counted_out(probabilities)
    outcome = expected_outcome(probabilities, slots)
    accepted, filled, over, risk = outcome
    assert accepted == near(float(sum(k * p for k, p in enumerate(exact))), rel=1e-12, abs=1e-290)
    assert filled == near(
        float(sum(min(k, slots) * p for k, p in enumerate(exact))), rel=1e-12, abs=1e-290
    )
    beyond = [(k - slots, p) for k, p in enumerate(exact) if k > slots]
    assert over == near(float(sum(k * p for k, p in beyond)), rel=1e-12, abs=1e-290)
    assert risk == near(float(sum(p for _, p in beyond)), rel=1e-12, abs=1e-290)
    assert filled + over == near(accepted)
    assert 0 <= risk <= 1
    assert overfill_risk(probabilities, slots) == outcome.risk
    assert len(probabilities) > slots or (risk, over) == (0, 0)


@relaxed
@given(st.lists(chances, max_size=30), st.integers(0, 12), risks)
@example([0.1] * 5, 1, 0.01)
@example([0.5] * 5, 1, 0.25)
@example([0.0] * 5, 0, 0.0)
def test_one_more_offer_would_risk_too_much(probabilities, slots, risk):
    """Unless all were made; never fewer than the slots."""
    made = how_many(probabilities, slots, risk)
    assert min(slots, len(probabilities)) <= made <= len(probabilities)
    assert overfill_risk(probabilities[:made], slots) <= risk * (1 + 2 * overfill.TIE)
    if made < len(probabilities):
        assert overfill_risk(probabilities[: made + 1], slots) > risk
    assert made == one_by_one(probabilities, slots, risk)


@relaxed
@given(st.lists(chances, max_size=30), st.integers(0, 12), risks, risks)
def test_more_slots_or_more_risk_never_mean_fewer_offers(probabilities, slots, risk, other):
    """And who is surer to accept crowds the others out."""
    low, high = sorted((risk, other))
    assert how_many(probabilities, slots, low) <= how_many(probabilities, slots, high)
    assert how_many(probabilities, slots, risk) <= how_many(probabilities, slots + 1, risk)
    surer = [(1 + p) / 2 for p in probabilities]
    assert how_many(surer, slots, risk) <= how_many(probabilities, slots, risk)
    assert how_many(probabilities, slots, 1.0) == len(probabilities)


def test_a_chance_that_equals_the_risk_is_within_it():
    """0.1 times 0.1 is a little more than 0.01 in floating point, and no more than 0.01."""
    assert 0.1 * 0.1 > 0.01
    assert how_many([0.1, 0.1, 0.1], 1, 0.01) == offers_to_make(0.1, 1, 0.01) == 2
    assert how_many([0.1, 0.1, 0.1], 1, 0.01 * (1 - 1e-8)) == 1
    assert offers_to_make(0.1, 1, 0.01 * (1 - 1e-8)) == 1


cells = st.lists(
    st.tuples(st.lists(chances, max_size=20), st.integers(0, 9), st.integers(0, 2)), max_size=12
)


@relaxed
@given(cells, risks, st.sampled_from([1, 7, 30, 2**16]), st.sampled_from([1, 8, 10**9]))
def test_many_cells_are_answered_as_each_by_itself(blocks, risk, states, packing):
    """Whatever lies between the blocks, and however the cells are batched."""
    first, count, slots, row = [], [], [], []
    for probabilities, places, gap in blocks:
        row += [1.0] * gap
        first.append(len(row))
        row += probabilities
        count.append(len(probabilities))
        slots.append(places)
    alone = [one_by_one(probabilities, places, risk) for probabilities, places, _ in blocks]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overfill, "STATES_AT_ONCE", states)
        patch.setattr(overfill, "WORTH_PACKING", packing)
        found = offers_for_cells(first, count, row, slots, risk)
        backwards = offers_for_cells(first[::-1], count[::-1], row, slots[::-1], risk)
    assert found.tolist() == alone == backwards.tolist()[::-1]
    assert found.dtype == np.int64


def test_thousands_of_large_cells_take_no_time():
    """A plan for a region: 3,000 cells of up to 300 slots, up to 1,000 candidates each."""
    rng = np.random.default_rng(3)
    slots, count = rng.integers(1, 301, 3000), rng.integers(1, 1001, 3000)
    first = np.concatenate(([0], count.cumsum()[:-1]))
    probabilities = 0.7 * rng.random(count.sum())
    began = time.process_time()
    found = offers_for_cells(first, count, probabilities, slots, 0.1)
    assert time.process_time() - began < 5
    for cell in range(0, 3000, 60):
        block = probabilities[first[cell] : first[cell] + count[cell]]
        made = found[cell]
        assert overfill_risk(block[:made], slots[cell]) <= 0.1
        assert made == len(block) or overfill_risk(block[: made + 1], slots[cell]) > 0.1
    assert 1000 < (found < count).sum() < 3000


@relaxed
@given(st.floats(0.05, 1), st.integers(0, 8), st.floats(0, 0.95))
@example(0.5, 1, 0.25)
@example(1.0, 3, 0.5)
def test_the_most_offers_of_one_probability(probability, slots, risk):
    """One more would risk too much, by the binomial formula; and it is what how_many says."""
    made = offers_to_make(probability, slots, risk)
    assert made >= slots
    assert binomial_tail(made, probability, slots) <= risk * (1 + 2 * overfill.TIE)
    assert binomial_tail(made + 1, probability, slots) > risk
    assert made == how_many([probability] * (made + 5), slots, risk)


def test_hardly_anybody_accepts():
    """One in a hundred thousand: for one slot, the Poisson distribution says how many to ask."""
    made = offers_to_make(1e-5, 1, 0.05)
    mean = made * 1e-5
    assert 1 - math.exp(-mean) * (1 + mean) == near(0.05, rel=1e-4)
    assert offers_to_make(1e-6, 300, 0.5) == near(300.67e6, rel=1e-4)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_simulation_confirms_the_risk(seed):
    """1,000 times, patients answer by the default curve: within 4 standard errors."""
    rng = np.random.default_rng(seed)
    offers = pd.DataFrame(
        {"extra_minutes": rng.uniform(5, 60, 80), "weeks_saved": rng.uniform(0, 40, 80)}
    )
    probabilities = Acceptance.default()(offers)
    slots = 20
    made = how_many(probabilities, slots, 0.2)
    asked = probabilities[:made]
    outcome = expected_outcome(asked, slots)
    answers = [int(draw(asked, rng).sum()) for _ in range(1000)]
    over = np.mean([yes > slots for yes in answers])
    filled = [min(yes, slots) for yes in answers]
    assert slots < made < 80
    assert 0.1 < outcome.risk <= 0.2
    assert abs(over - outcome.risk) <= 4 * math.sqrt(outcome.risk * (1 - outcome.risk) / 1000)
    assert abs(np.mean(filled) - outcome.filled) <= 4 * np.std(filled) / math.sqrt(1000)
    assert abs(np.mean(answers) - outcome.accepted) <= 4 * np.std(answers) / math.sqrt(1000)


def test_each_patient_answers_by_themselves():
    """Who is certain is certain; the same seed gives the same answers, the next draw others."""
    rng = np.random.default_rng(7)
    probabilities = np.repeat([0.0, 0.5, 1.0], 1000)
    first = draw(probabilities, rng)
    assert first.dtype == bool
    assert not first[:1000].any()
    assert first[2000:].all()
    assert 400 < first[1000:2000].sum() < 600
    assert (first == draw(probabilities, np.random.default_rng(7))).all()
    assert (first != draw(probabilities, rng)).any()
    assert draw([], rng).shape == (0,)


def test_what_was_passed_stays_as_it_was():
    """Arrays of the caller are read, not written."""
    probabilities, slots = np.array([0.5, 0.5, 0.5]), np.array([1])
    count = np.array([3])
    offers_for_cells([0], count, probabilities, slots, 0.3)
    expected_outcome(probabilities, 1)
    assert probabilities.tolist() == [0.5, 0.5, 0.5]
    assert (count.tolist(), slots.tolist()) == ([3], [1])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: acceptances([0.5, 1.5, -1, math.nan]), "not a probability.*rows 1: 1.5, 2: -1"),
        (lambda: acceptances([[0.5]]), r"shape \(1, 1\)"),
        (lambda: acceptances(["half"]), "numbers from 0 to 1"),
        (lambda: acceptances([True]), "type bool"),
        (lambda: acceptances(0.5), r"shape \(\)"),
        (lambda: overfill_risk([0.5], -1), "slots: is below 0"),
        (lambda: overfill_risk([0.5], 1.5), "whole numbers"),
        (lambda: overfill_risk([0.5], True), "whole numbers"),
        (lambda: how_many([0.5], 1, 1.01), "risk: is 1.01"),
        (lambda: how_many([0.5], 1, -0.1), "risk: is -0.1"),
        (lambda: how_many([0.5], 1, math.nan), "risk: is nan"),
        (lambda: how_many([0.5], 1, True), "risk: is True"),
        (lambda: how_many([0.5], 1, "low"), "risk: is 'low'"),
        (lambda: offers_to_make(0.0, 3, 0.1), "nobody accepts"),
        (lambda: offers_to_make(0.5, 3, 1.0), "no number is the most"),
        (lambda: offers_to_make(1.5, 3, 0.1), "not a probability"),
        (lambda: offers_for_cells([0], [2], [0.5], [1], 0.1), "within the 1 candidates .1 row"),
        (lambda: offers_for_cells([1], [1], [0.5], [1], 0.1), "within the 1 candidates .1 row"),
        (lambda: offers_for_cells([1], [2], [0.5] * 2, [1], 0.1), "within the 2 candidates .1 row"),
        (lambda: offers_for_cells([0, 1], [1], [0.5], [1], 0.1), "2, 1 and 1"),
        (lambda: offers_for_cells([-1], [1], [0.5], [1], 0.1), "first: is below 0"),
        (lambda: draw([0.5], 7), "default_rng"),
    ],
)
def test_numbers_that_cannot_be_used_are_told(call, said):
    """Each with what to write instead."""
    with pytest.raises(ma.InputError, match=said):
        call()


def test_all_that_is_wrong_is_told_at_once():
    """Four problems, not the first of four."""
    with pytest.raises(ma.InputError) as caught:
        offers_for_cells([0.5], [-2], [2.0], [1], 3)
    columns = caught.value.problems["column"].to_list()
    assert columns == ["probabilities", "first", "count", "risk"]


def test_no_cells_need_no_offers():
    """An empty plan, and cells without candidates or slots."""
    assert offers_for_cells([], [], [], [], 0.1).tolist() == []
    assert offers_for_cells([0, 0, 5], [0, 2, 0], [0.2, 0.3], [4, 0, 0], 0.1).tolist() == [0, 0, 0]
    assert how_many([], 3, 0.1) == 0
