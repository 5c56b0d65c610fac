"""Shares of patients that floating point misses by a trifle are shares all the same."""

from __future__ import annotations

import numpy as np
import pytest
from hospitals import moved, two_trusts

import mutualaid as ma
from mutualaid.model.limits.max_share_moved import share_limit
from mutualaid.outcomes.measures import quantile


def a_hundred():
    """Alder has a hundred patients and no slots, Birch slots for all of them."""
    waiting = two_trusts().waiting_list.assign(patients=100)
    return two_trusts(waiting=waiting, slots=(0, 200))


def test_every_per_cent_of_a_hundred_may_move():
    """29 per cent are 29, though 100 * 0.29 is 28.999999999999996."""
    assert 100 * 0.29 < 29
    queues = ma.build(a_hundred(), ma.Policy()).model.frame.queues
    for count in range(101):
        policy = ma.Policy(max_share_moved=count / 100)
        assert share_limit(queues, policy).tolist() == [count]
    assert share_limit(queues, ma.Policy(max_share_moved=0.2999)).tolist() == [29]


@pytest.mark.parametrize("formulation", ["chain", "ageing"])
def test_a_plan_moves_every_per_cent_that_it_may(formulation):
    """29 of a hundred, and not 28."""
    policy = ma.Policy(max_share_moved=0.29)
    assert moved(ma.optimise(a_hundred(), policy, formulation=formulation)) == 29


def test_every_per_cent_of_the_patients_is_where_it_should_be():
    """A hundred who waited 1 to 100 weeks: a share of n per cent waited n weeks at most."""
    assert 25 * 0.28 > 7
    one, group = np.ones(100), np.zeros(100, dtype=int)
    for count in range(1, 101):
        assert quantile(group, np.arange(1, 101), one, count / 100, 1).tolist() == [count]
    few = quantile(group[:25], np.arange(1, 26), one[:25], 0.28, 1)
    assert few.tolist() == [7]
