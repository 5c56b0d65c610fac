"""Each check of the certificate, broken alone: whatever is wrong, the certificate says it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.model.network import NO_LIMIT, SAFE, Network, SideRows
from mutualaid.solve.certificate import (
    FINEST,
    SOME,
    Certificate,
    broken,
    certify,
    inner,
    lower_bound,
    right_signs,
    shared_unit,
    whole_prices,
)


def whole(*numbers):
    return np.array(numbers, dtype=np.int64)


def side_row(coefficient, lower=-NO_LIMIT, upper=NO_LIMIT):
    """So much of each of the two ways, added up, lies between two limits."""
    return SideRows(
        start=whole(0, 2),
        arc=whole(0, 1),
        coefficient=whole(*coefficient),
        lower=whole(lower),
        upper=whole(upper),
    )


def two_ways(*, lower=(0, 0), capacity=(2, 3), cost=(2, 5), supply=(3, -3), **more):
    """Three patients and two ways to be treated: two at most go at a cost of 2, the rest at 5.

    With supplies of three nodes the ways start at the first and at the second.
    """
    arcs = len(cost)
    return Network(
        supply=whole(*supply),
        tail=np.arange(arcs, dtype=np.int32) * (len(supply) - 2),
        head=np.full(arcs, len(supply) - 1, dtype=np.int32),
        capacity=whole(*capacity),
        lower=whole(*lower),
        cost=whole(*cost),
        tie=np.zeros(arcs, dtype=np.int64),
        node_start=whole(0, len(supply)),
        arc_start=whole(0, arcs),
        **more,
    )


BREAKS = {
    "one patient has nowhere to go": ({}, (2, 0), 1),
    "one patient more goes than there is": ({}, (2, 2), 1),
    "a way carries fewer than it must": ({"lower": (1, 0)}, (0, 3), 1),
    "a way carries fewer than nobody": ({"capacity": (2, 5)}, (-1, 4), 1),
    "a way carries more than it can": ({}, (3, 0), 1),
    "a side row falls below its limit": ({"rows": side_row((1, 3), lower=8)}, (2, 1), 3),
    "a side row rises above its limit": ({"rows": side_row((1, 3), upper=4)}, (2, 1), 1),
    "the worst of two breaks counts": ({"rows": side_row((1, 3), lower=8)}, (3, 0), 5),
    "places at one provider are two short": (
        {"supply": (1, 1, -2), "capacity": (2, 2), "cost": (2, 5)},
        (0, 0),
        2,
    ),
    "two of a list are not among those who go to either provider": (
        {"supply": (2, -1, -1), "capacity": (2, 2), "cost": (2, 5)},
        (0, 0),
        2,
    ),
}


@pytest.mark.parametrize(("change", "flow", "amount"), BREAKS.values(), ids=BREAKS)
def test_each_limit_that_a_flow_breaks_is_seen(change, flow, amount):
    """One limit is broken and all others are kept: by how much is said, and nothing is proven."""
    network = two_ways(**change)
    assert broken(network, whole(*flow)) == amount
    prices = np.zeros(network.nodes, dtype=np.int64), np.zeros(len(network.rows), dtype=np.int64)
    certificate = certify(network, whole(*flow), *prices)
    assert certificate.primal_infeasibility == amount
    assert not certificate.feasible
    assert not certificate.valid
    assert not certificate.optimal
    assert repr(certificate).startswith("Certificate: NOT VALID; every limit NOT kept;")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"lower": (2, 1)},
        {"capacity": (2, 1)},
        {"rows": side_row((1, 3), lower=5)},
        {"rows": side_row((1, 3), upper=5)},
    ],
)
def test_a_limit_that_is_just_met_is_kept(change):
    """Two go the first way and one the second, as many as must or may."""
    assert broken(two_ways(**change), whole(2, 1)) == 0


def test_what_cannot_be_broken_is_a_plan_for_nobody():
    """No patients and no ways: nothing is broken, the cost is 0 and so is the bound."""
    nothing = two_ways(lower=(), capacity=(), cost=(), supply=(0, 0))
    certificate = certify(nothing, whole(), whole(0, 0))
    assert (certificate.cost, certificate.lower_bound) == (0, 0)
    assert certificate.valid


@pytest.mark.parametrize(
    ("change", "potential", "price", "scale", "bound"),
    [
        # Three patients at a price of 2 each, none for the dearer way.
        ({}, (0, 2), (), 1, 6),
        # Prices of all nodes count by their supply, 3 of them at -4.
        ({}, (4, 6), (), 1, 6),
        # At a price of 5 the two places at 2 are worth 3 each to those who have them.
        ({}, (0, 5), (), 1, 9),
        # One must take the dearer way, at 3 more than the price of 2.
        ({"lower": (0, 1)}, (0, 2), (), 1, 9),
        # Three times the dearer way is at least 3: each unit of that is worth 1.
        ({"rows": side_row((0, 3), lower=3)}, (0, 2), (1,), 1, 9),
        # At most 2 of a row that counts the first way twice: its price of 1.5 is 3 halves.
        ({"rows": side_row((2, 0), upper=2)}, (0, 10), (-3,), 2, 12),
        # A row that must be met exactly may have a price of either sign.
        ({"rows": side_row((1, 0), lower=1, upper=1)}, (0, 5), (-3,), 1, 12),
        ({"rows": side_row((0, 1), lower=1, upper=1)}, (0, 2), (3,), 1, 9),
        # A price in eighths.
        ({}, (0, 20), (), 8, Fraction(60 - 2 * 4, 8)),
    ],
)
def test_each_part_of_the_bound_counts(change, potential, price, scale, bound):
    """Balances, limits of ways and of side rows: what their prices prove, worked out by hand."""
    network = two_ways(**change)
    assert lower_bound(network, whole(*potential), whole(*price), scale) == bound


@pytest.mark.parametrize(
    ("limits", "price", "amount"),
    [
        ({"upper": 2}, 3, 3.0),
        ({"upper": 2}, -3, 0.0),
        ({"lower": 1}, -3, 3.0),
        ({"lower": 1}, 3, 0.0),
        ({"lower": 1, "upper": 2}, 3, 0.0),
        ({"lower": 1, "upper": 2}, -3, 0.0),
        ({"lower": 1 - NO_LIMIT, "upper": NO_LIMIT - 1}, 3, 0.0),
        ({"lower": 1 - NO_LIMIT, "upper": NO_LIMIT - 1}, -3, 0.0),
        ({}, 0, 0.0),
        ({}, 1, 1.0),
    ],
)
@pytest.mark.parametrize("scale", [1, 4])
def test_a_price_that_its_row_has_no_limit_for_is_seen(limits, price, amount, scale):
    """A limit from above can only cost, one from below can only pay; the sign says which."""
    network = two_ways(rows=side_row((1, 0), **limits))
    prices = whole(0, 2 * scale), whole(price)
    certificate = certify(network, whole(2, 1), *prices, scale)
    assert certificate.dual_infeasibility == amount / scale
    assert certificate.valid == (amount == 0)
    if amount:
        # Nothing is built on the price: what the balances prove stands.
        assert certificate.lower_bound == 6


def test_the_worst_price_of_the_wrong_sign_is_told():
    """Of two rows limited from above that are said to pay 2 and 7, the one at 7."""
    rows = SideRows(
        start=whole(0, 1, 2),
        arc=whole(0, 1),
        coefficient=whole(1, 1),
        lower=whole(-NO_LIMIT, -NO_LIMIT),
        upper=whole(2, 2),
    )
    certificate = certify(two_ways(rows=rows), whole(2, 1), whole(0, 2), whole(2, 7))
    assert certificate.dual_infeasibility == 7


@pytest.mark.parametrize(
    ("lower", "upper", "price", "kept"),
    [
        (-NO_LIMIT, 2, 3, 0),
        (-NO_LIMIT, 2, -3, -3),
        (1, NO_LIMIT, -3, 0),
        (1, NO_LIMIT, 3, 3),
        (1, 2, 3, 3),
        (1, 2, -3, -3),
        (-NO_LIMIT, NO_LIMIT, 3, 0),
        (-NO_LIMIT, NO_LIMIT, -3, 0),
    ],
)
def test_prices_of_the_wrong_sign_are_left_out(lower, upper, price, kept):
    """Whole or from floating point."""
    rows = side_row((1, 0), lower, upper)
    assert right_signs(rows, whole(price)).tolist() == [kept]
    assert right_signs(rows, np.array([price / 4])).tolist() == [kept / 4]


def certificate(**changes):
    """A certificate of a plan that costs 8,000 and is proven best."""
    right = {"cost": 8000, "lower_bound": 8000, "primal_infeasibility": 0.0}
    other = {"dual_infeasibility": 0.0, "exact": True, "pure": True}
    return Certificate(**{**right, **other, **changes})


BEST = "proven best; every limit kept; checked in whole numbers"


@pytest.mark.parametrize(
    ("changes", "words", "valid", "optimal", "gap"),
    [
        ({}, BEST, True, True, 0.0),
        ({"exact": False}, BEST.replace("whole numbers", "floating point"), True, True, 0.0),
        (
            {"primal_infeasibility": 1.0},
            "NOT VALID; every limit NOT kept; checked in whole numbers",
            False,
            False,
            0.0,
        ),
        ({"dual_infeasibility": 1.0}, BEST.replace("proven best", "NOT VALID"), False, True, 0.0),
        ({"lower_bound": 6000}, BEST.replace("proven best", "NOT VALID"), False, False, 0.25),
        (
            {"lower_bound": 6000, "pure": False},
            BEST.replace("proven best", "at most 25.0000% above the best"),
            True,
            False,
            0.25,
        ),
        (
            {"lower_bound": 9000, "pure": False},
            BEST.replace("proven best", "NOT VALID"),
            False,
            False,
            -0.125,
        ),
        (
            {"cost": 0, "lower_bound": -2, "pure": False},
            BEST.replace("proven best", "at most 200.0000% above the best"),
            True,
            False,
            2.0,
        ),
    ],
)
def test_a_certificate_says_what_was_proven_and_no_more(changes, words, valid, optimal, gap):
    """A break, a wrong price, a gap that must not be there, a cost below its own bound."""
    proof = certificate(**changes)
    assert repr(proof) == f"Certificate: {words}"
    assert (proof.valid, proof.optimal, proof.gap) == (valid, optimal, gap)


def test_a_notebook_shows_the_figures_of_a_certificate():
    """What was recomputed stands beside what it is."""
    page = certificate(
        lower_bound=7500, primal_infeasibility=3.5, dual_infeasibility=4.25, exact=False
    )._repr_html_()
    for figure in ("8,000", "7,500", "3.5", "4.25", ">no<"):
        assert figure in page
    assert ">yes<" in certificate()._repr_html_()


@pytest.mark.parametrize(
    ("rows", "pure", "valid"),
    [(False, None, False), (False, False, True), (True, None, True), (True, True, False)],
)
def test_a_gap_is_no_fault_only_where_side_rows_may_leave_one(rows, pure, valid):
    """One at 2 and two at 5 cost 12; prices prove 9 only."""
    more = {"rows": side_row((1, 0), upper=2)} if rows else {}
    proof = certify(two_ways(**more), whole(1, 2), whole(0, 5), pure=pure)
    assert (proof.cost, proof.lower_bound, proof.feasible) == (12, 9, True)
    assert proof.valid is valid
    assert proof.exact


def test_without_prices_of_side_rows_none_of_them_counts():
    """As with prices of 0."""
    network = two_ways(rows=side_row((1, 0), upper=1))
    proof = certify(network, whole(1, 2), whole(0, 5))
    assert proof == certify(network, whole(1, 2), whole(0, 5), whole(0))


@pytest.mark.parametrize(
    ("potential", "scale", "relaxed", "proven"),
    [
        ((0, 5), 2, 8, 9),
        ((0, 6), 2, 9, 9),
        ((0, 7), 1, 6, 6),
        ((0, -1), 2, -1, 0),
        ((0, -7), 2, -10, -9),
    ],
)
def test_a_bound_is_rounded_up_to_what_a_plan_can_cost(potential, scale, relaxed, proven):
    """All costs are whole threes: a bound of 7.5 proves 8, and with that in mind 9."""
    network = two_ways(cost=(3, 6), capacity=(3, 3))
    proof = certify(network, whole(3, 0), whole(*potential), None, scale)
    assert (proof.cost, proof.relaxed, proof.lower_bound) == (9, relaxed, proven)


@pytest.mark.parametrize(
    ("costs", "unit"),
    [
        ([], 1),
        ([0, 0], 1),
        ([6, 9], 3),
        ([0, 4], 4),
        ([4] * SOME, 4),
        ([4] * SOME + [6], 2),
        ([0] * SOME + [6], 6),
        ([1] * SOME + [6], 1),
    ],
)
def test_costs_share_a_unit_however_many_there_are(costs, unit):
    """The first ten thousand costs tell only if they share nothing."""
    assert shared_unit(np.array(costs, dtype=np.int64)) == unit


@given(
    st.lists(
        st.tuples(st.integers(-NO_LIMIT, NO_LIMIT), st.sampled_from([0, 1, -3, 2**20, 1 - 2**61])),
        max_size=6,
    )
)
def test_sums_are_exact_however_large(pairs):
    """Sums of products, in Python's own whole numbers."""
    a, b = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    assert inner(a, b) == sum(x * y for x, y in pairs)


@pytest.mark.parametrize(
    "pairs",
    [
        # Each alone fits into 64 bits, and only the count of them does not.
        [(2**32, 2**30)] * 8,
        [(2**31, -(2**30))] * 16,
        # The largest two never meet.
        [(2**61, 1), (1, 2**61)],
        [(2**61, 3), (2**61, 3), (-(2**61), 3)],
        [(-SAFE, 2), (-SAFE, 2), (1, 1)],
        [(NO_LIMIT, 1), (NO_LIMIT, 1), (-NO_LIMIT, -1)],
        [(3, 5), (-2, 7)],
        [],
    ],
)
def test_sums_near_64_bits_do_not_wrap_around(pairs):
    """Whichever way they are added up."""
    a, b = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    assert inner(a, b) == sum(x * y for x, y in pairs)


@pytest.mark.parametrize(
    ("change", "potential", "price"),
    [
        ({}, (0.0, 5.0), ()),
        ({}, (-(2.0**30), 2.0**30), ()),
        ({}, (0.0, 2.0**45), ()),
        # Twice this and the dearest way and one more are 2 to the 30: the next scale just fails.
        ({}, (0.0, 2.0**29 - 3), ()),
        ({"cost": (2**40, 5)}, (0.0, 0.0), ()),
        ({"rows": side_row((2**20, 1), lower=1)}, (0.0, 5.0), (2.0**15,)),
        ({"rows": side_row((2**20, -(2**20)), upper=1)}, (0.0, 5.0), (-(2.0**15),)),
    ],
)
def test_prices_from_floating_point_are_kept_as_finely_as_64_bits_allow(change, potential, price):
    """What an arc costs after all prices fits; at twice the scale it might not."""
    network = two_ways(**change)
    floats = np.array(potential), np.array(price)
    prices = whole_prices(network, *floats)
    scale = prices[2]
    assert prices[0].tolist() == [int(p * scale) for p in potential]
    assert prices[1].tolist() == [int(p * scale) for p in price]
    rows = network.rows
    most = 2 * max(map(abs, potential)) + int(network.cost.max()) + 1
    most += max(map(abs, price), default=0) * int(np.abs(rows.coefficient).max(initial=0))
    assert most * scale < SAFE
    assert scale == FINEST or 2 * most * scale >= SAFE


def test_prices_of_all_rows_of_a_way_add_up():
    """Two rows at the same way: neither alone is too large for 64 bits."""
    rows = SideRows(
        start=whole(0, 1, 2),
        arc=whole(0, 0),
        coefficient=whole(2**20, -(2**20)),
        lower=whole(-NO_LIMIT, 0),
        upper=whole(1, NO_LIMIT),
    )
    network, price = two_ways(rows=rows), np.array([-(2.0**20), 2.0**20])
    scale = whole_prices(network, np.zeros(2), price)[2]
    assert (2**41 + 6) * scale < SAFE <= 2 * (2**41 + 6) * scale


def test_prices_are_rounded_to_the_nearest_and_never_cut_off():
    """A third of a unit and two thirds, in 2 to the 40; those of rows as those of balances."""
    third = 1 / 3
    expected = [round(third * FINEST), round(2 * third * FINEST)]
    prices = whole_prices(two_ways(), np.array([third, 2 * third]), np.zeros(0))
    assert prices[0].tolist() == expected
    for part, whole_part in zip((third, 2 * third), expected, strict=True):
        rows = side_row((1, 0), lower=1)
        found = whole_prices(two_ways(rows=rows), np.zeros(2), np.array([part]))
        assert found[1].tolist() == [whole_part]


@pytest.mark.parametrize("price", [2.0**61, 2.0**70, np.inf, np.nan])
def test_prices_too_large_for_64_bits_are_refused(price):
    """However coarse they are made."""
    with pytest.raises(OverflowError, match="64 bits"):
        whole_prices(two_ways(), np.array([0.0, price]), np.zeros(0))


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-50, 50))
def test_prices_from_floating_point_never_prove_too_much(a, b, price):
    """At most one goes the first way, so that the best plan costs 12, whatever the prices say."""
    network = two_ways(rows=side_row((1, 0), upper=1))
    potential, row_price, scale = whole_prices(network, np.array([a, b]), np.array([price]))
    proof = certify(network, whole(1, 2), potential, right_signs(network.rows, row_price), scale)
    assert proof.lower_bound <= 12 == proof.cost
    assert proof.valid


def test_prices_from_floating_point_prove_what_they_are_worth():
    """A price of 5 for going and of -3 for the row: 12, though a trifle off."""
    network = two_ways(rows=side_row((1, 0), upper=1))
    almost = np.array([0.0, 5 - 1e-9]), np.array([-3 + 1e-9])
    potential, row_price, scale = whole_prices(network, *almost)
    proof = certify(network, whole(1, 2), potential, row_price, scale)
    assert proof.optimal
    assert proof.relaxed == 12
