"""Few ways opened in small networks, every choice of which is tried."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from networks import ints, lists

from mutualaid.solve.lane_selection import Opening, open_few

SEEDS = range(20)


def opening_of(network):
    """Ways 0 to 3 of the first service are groups 0 to 3, those of the second 4 to 7."""
    return Opening(network, ints([0, 1, 2, 3, 7, 8, 9, 10]), np.arange(8), 8)


def least(network, k, opened):
    """What a service costs at least, patient by patient, with some of its ways open."""
    patients = int(network.supply[4 * k])
    room = network.capacity[7 * k + 5 : 7 * k + 7].tolist()
    ways = [7 * k + way for way in range(4) if 4 * k + way in opened]
    # The cheapest ways first: a patient's place matters to nobody else but by number.
    total, left = 0, patients
    for arc in sorted(ways, key=lambda one: network.cost[one]):
        hospital = int(network.head[arc]) - 4 * k - 1
        go = min(left, int(network.capacity[arc]), room[hospital])
        total, left = total + go * int(network.cost[arc]), left - go
        room[hospital] -= go
    return total + 20 * left


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_service_costs_with_some_ways_open(seed):
    network = lists(seed)
    opening = opening_of(network)
    for k in (0, 1):
        for count in range(5):
            for opened in combinations(range(4 * k, 4 * k + 4), count):
                assert opening.cost(k, opened[::-1]) == least(network, k, opened)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_way_saves_more_than_it_is_said_to(seed):
    network = lists(seed)
    opening = opening_of(network)
    for opened in ((), (4,), (5, 7)):
        bounds = {-minus: bound for bound, minus in opening.most_saved(1, opened)}
        assert list(bounds.values()) == sorted(bounds.values(), reverse=True)
        assert not set(bounds) & set(opened)
        for group in set(range(4, 8)) - set(opened):
            saved = least(network, 1, opened) - least(network, 1, (*opened, group))
            assert saved <= bounds.get(group, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_way_is_the_one_that_saves_most(seed):
    """Of those that save the same the first."""
    network = lists(seed)
    opening = opening_of(network)
    for opened in ((), (0,), (1, 2), (0, 1, 2, 3)):
        saved = {
            group: least(network, 0, opened) - least(network, 0, (*opened, group))
            for group in sorted(set(range(4)) - set(opened))
        }
        most = max(saved.values(), default=0)
        group = next((g for g, one in saved.items() if one == most > 0), -1)
        assert opening.best_next(0, opened) == (group, most if group >= 0 else 0)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most", [0, 1, 3, 8])
def test_few_ways_are_opened_and_no_exchange_of_one_is_better(seed, most):
    network = lists(seed)
    opening = opening_of(network)
    chosen = open_few(opening, most)
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= most
    for k in (0, 1):
        mine = [group for group in chosen if group // 4 == k]
        others = [group for group in range(4 * k, 4 * k + 4) if group not in mine]
        here = least(network, k, mine)
        for out in mine:
            for other in others:
                assert here <= least(network, k, [g for g in mine if g != out] + [other])
        if len(chosen) < most:
            assert all(least(network, k, [*mine, other]) == here for other in others)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_way_is_the_best_of_all(seed):
    network = lists(seed)
    chosen = open_few(opening_of(network), 1)

    def total(opened):
        return least(network, 0, opened) + least(network, 1, opened)

    assert total(chosen) == min(total((group,)) for group in range(8))
