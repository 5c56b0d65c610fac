"""Whoever tries all whole numbers finds every small count at 1, and at the largest small one.

The attacker here knows no linear programs: it writes down every table that agrees with what is
printed, and looks what each hidden count is in them.
"""

from __future__ import annotations

from types import SimpleNamespace

import highspy
import numpy as np
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.disclosure.attacker import Attack, _require, _run
from mutualaid.disclosure.published_counts import Tally
from mutualaid.disclosure.single_sums import LEFT_OUT, SHOWN, SMALL, STAR, SingleSums, known_range
from mutualaid.disclosure.suppression import _arranged, hide
from mutualaid.report import suppress

ENOUGH = 24
"""More than any count needs to go up to for the others' sake."""


def every_table(leaves, sums, most):
    """All whole numbers up to a bound for the first counts, and what the others then are."""
    grids = np.meshgrid(*[np.arange(most + 1)] * leaves, indexing="ij")
    columns = [grid.ravel() for grid in grids]
    for total, parts in sums:
        assert total == len(columns), "sums come in the order of their totals"
        columns.append(sum(columns[part] for part in parts))
    return np.stack(columns, axis=1)


def agreeing(cells, sums, marks, threshold=5, named=None):
    """The tables that agree with all that is printed."""
    leaves = len(cells) - len(sums)
    tables = every_table(leaves, sums, ENOUGH if leaves < 4 else 16)
    named = np.zeros(len(cells), dtype=bool) if named is None else np.asarray(named)
    for place, (count, mark) in enumerate(zip(cells, marks, strict=True)):
        mine = tables[:, place]
        if mark == SHOWN:
            tables = tables[mine == count]
        elif mark == SMALL:
            tables = tables[(mine >= 1) & (mine < threshold)]
        elif mark == STAR and named[place] and count:
            tables = tables[mine >= 1]
    assert (tables == cells).all(axis=1).any(), "what is printed is true"
    return tables


def pinned(cells, sums, marks, threshold=5, named=None, spared=None):
    """Small counts of patients that cannot be as low as 1, or as high as the largest small one."""
    tables = agreeing(cells, sums, marks, threshold, named)
    own = np.ones(len(cells), dtype=bool) if spared is None else ~np.asarray(spared)
    return [
        place
        for place, count in enumerate(cells)
        if 0 < count < threshold
        and own[place]
        and not tables[:, place].min() <= 1 < threshold - 1 <= tables[:, place].max()
    ]


def linked(seed):
    """Three or four counts, some sums of them, and sums of those: with what else may be said."""
    rng = np.random.default_rng(seed)
    leaves = int(rng.integers(2, 5))
    cells = rng.choice([0, 1, 2, 3, 4, 5, 6, 8, 9], leaves).tolist()
    sums = []
    for _ in range(int(rng.integers(1, 5))):
        size = int(rng.integers(1, min(len(cells), 3) + 1))
        parts = sorted(rng.choice(len(cells), size, replace=False).tolist())
        sums.append((len(cells), parts))
        cells.append(sum(cells[part] for part in parts))
    return cells, sums, rng


@pytest.mark.parametrize("group", range(6))
def test_no_whole_table_is_ruled_out_that_has_a_small_count_at_an_end(group):
    """Sixty linked tables a group: as they are; with counts printed nowhere, rows and slots."""
    for seed in range(60 * group, 60 * group + 60):
        cells, sums, rng = linked(seed)
        told = {}
        if group in (1, 4):
            told["published"] = rng.random(len(cells)) < 0.7
        if group in (2, 4):
            told["named"] = rng.random(len(cells)) < 0.5
        if group in (3, 4):
            told["spared"] = rng.random(len(cells)) < 0.4
        threshold = 3 if group == 5 else 5
        marks = hide(cells, sums, threshold=threshold, **told)
        named, spared = told.get("named"), told.get("spared")
        assert not pinned(cells, sums, marks, threshold, named, spared), seed
        count, shown = np.array(cells), marks == SHOWN
        small = (count > 0) & (count < threshold) & ~np.asarray(told.get("spared", False))
        assert not (small & shown).any(), seed
        assert not ((marks == SMALL) & ~((count > 0) & (count < threshold))).any(), seed
        assert not ((marks == LEFT_OUT) & ~np.asarray(told.get("named", False))).any(), seed
        assert not shown[~np.asarray(told.get("published", np.ones_like(shown)))].any(), seed


def test_the_attacker_finds_what_is_given_away():
    """A lone <5 with its total; two of which the sum is 2; a row that must be there."""
    assert pinned([3, 9, 12], [(2, [0, 1])], [SMALL, SHOWN, SHOWN]) == [0]
    assert pinned([1, 1, 2], [(2, [0, 1])], [SMALL, SMALL, SMALL]) == [0, 1, 2]
    assert not pinned([2, 7, 9], [(2, [0, 1])], [SMALL, STAR, SHOWN])
    cells, sums, marks = [2, 1, 2, 5], [(3, [0, 1, 2])], [SMALL, STAR, STAR, SHOWN]
    assert pinned(cells, sums, marks) == []
    # Were there one row at least for either of the others, it could not be four.
    assert pinned(cells, sums, marks, named=[False, True, True, False]) == [0, 1, 2]


ROW = [(3, [0, 1, 2])]


@pytest.mark.parametrize(
    ("cells", "marks"),
    [
        # Beside 9 and 20 the smaller goes; beside 0 and 20 the one that is not 0.
        ([3, 9, 20, 32], [1, 2, 0, 0]),
        ([3, 0, 20, 23], [1, 0, 2, 0]),
        # Beside zeros only the total, which is small as well.
        ([3, 0, 0, 3], [1, 0, 0, 1]),
        # Two small ones of which the sum leaves both open: nothing else.
        ([2, 3, 20, 25], [1, 1, 0, 0]),
        ([1, 4, 20, 25], [1, 1, 0, 0]),
        # Both 1, or both 4: the sum says so, and a third must go.
        ([1, 1, 20, 22], [1, 1, 2, 0]),
        ([4, 4, 20, 28], [1, 1, 2, 0]),
        ([5, 9, 20, 34], [0, 0, 0, 0]),
    ],
)
def test_what_goes_beside_a_small_count(cells, marks):
    """The cheapest that is enough, and nothing where nothing is needed."""
    assert hide(cells, ROW).tolist() == marks
    assert not pinned(cells, ROW, marks)


def test_small_is_from_one_to_one_below_the_threshold():
    """Five is not; nobody is not; with a threshold of three only 1 and 2 are."""
    assert hide([0, 1, 4, 5], []).tolist() == [0, 1, 1, 0]
    assert hide([0, 1, 2, 3], [], threshold=3).tolist() == [0, 1, 1, 0]
    assert hide([4, 5, 6], [], threshold=6).tolist() == [1, 1, 0]


def test_slots_are_spared_and_patients_are_not():
    """Two slots may be shown; they go only where they would tell how many patients there are."""
    assert hide([2, 9], [], spared=[True, False]).tolist() == [SHOWN, SHOWN]
    assert hide([2, 9], [], spared=[False, True]).tolist() == [SMALL, SHOWN]
    full = hide([2, 2], [(0, [1])], spared=[True, False]).tolist()
    assert full == [STAR, SMALL]


def settled(seed):
    """A linked table after the easy part of suppression: what is marked, and what was added."""
    cells, sums, rng = linked(seed)
    table = _arranged(np.array(cells), sums, np.ones(len(cells), dtype=bool))
    marks = np.zeros(len(cells), dtype=np.int8)
    single = SingleSums(table, marks, 5)
    before = marks.copy()
    assert (before == np.where((table.count > 0) & (table.count < 5), SMALL, SHOWN)).all()
    return table, sums, single, marks, before, rng


def left_open(table, sums, marks, limit=5):
    """What each sum by itself leaves of its counts: the least and the most, for each."""
    low, high = known_range(table, marks, limit)
    for total, parts in sums:
        for cell in (total, *parts):
            others = [part for part in parts if part != cell]
            if cell == total:
                least, most = low[others].sum(), high[others].sum()
            else:
                least = low[total] - high[others].sum()
                most = high[total] - low[others].sum()
            yield total, parts, cell, max(least, low[cell]), min(most, high[cell])


@pytest.mark.parametrize("group", range(4))
def test_no_single_sum_gives_away_what_the_easy_part_hides(group):
    """Small counts may be at either end for each sum; what is hidden beside them is not alone."""
    for seed in range(100 * group, 100 * group + 100):
        table, sums, single, marks, before, _ = settled(seed)
        added = single.settle()
        assert sorted(added) == np.flatnonzero((marks != SHOWN) & (before == SHOWN)).tolist()
        for total, parts, cell, least, most in left_open(table, sums, marks):
            shown = [part for part in (total, *parts) if marks[part] == SHOWN and part != cell]
            helpless = not any(table.count[part] > 0 for part in shown)
            if before[cell] == SMALL and not helpless:
                assert least <= 1, (seed, cell)
                assert most >= 4, (seed, cell)
            if marks[cell] == STAR:
                assert most > least, (seed, cell)
        number = [sum(marks[part] != SHOWN for part in (total, *parts)) for total, parts in sums]
        assert single.hidden.tolist() == number


@pytest.mark.parametrize("group", range(2))
def test_what_is_hidden_later_is_not_left_alone_either(group):
    """After a count more only its own sums need be looked at, and then those of what follows."""
    for seed in range(100 * group, 100 * group + 100):
        table, sums, single, marks, _, rng = settled(seed)
        single.settle()
        shown = np.flatnonzero((marks == SHOWN) & (table.count > 0))
        if not len(shown):
            continue
        more = int(rng.choice(shown))
        before = marks.copy()
        single.mark(more)
        assert marks[more] == STAR
        added = single.settle(more)
        changed = np.flatnonzero(marks != before).tolist()
        assert sorted([more, *added]) == changed
        for _, _, cell, least, most in left_open(table, sums, marks):
            if marks[cell] == STAR:
                assert most > least, (seed, cell)
        single.mark(more)
        number = [sum(marks[part] != SHOWN for part in (total, *parts)) for total, parts in sums]
        assert single.hidden.tolist() == number


def test_the_cheapest_is_no_total_not_zero_lonely_in_few_sums_and_small():
    """In that order; of totals the smallest comes first."""
    cells = [9, 6, 0, 7, 22, 6, 13]
    sums = [(4, [0, 1, 2, 3]), (5, [1]), (6, [1, 3])]
    table = _arranged(np.array(cells), sums, np.ones(len(cells), dtype=bool))
    single = SingleSums(table, np.zeros(len(cells), dtype=np.int8), 5)
    assert single.cheapest(np.array([4, 2])) == 2
    assert single.cheapest(np.array([2, 0])) == 0
    # Nine is alone in one sum, seven in two and six in three.
    assert single.cheapest(np.array([0, 1, 3])) == 0
    assert single.cheapest(np.array([1, 3])) == 3
    assert single.cheapest(np.array([4, 5, 6])) == 5
    single.mark(4)
    single.mark(6)
    # With the totals hidden, six would be alone in one sum only, seven and nine in none.
    assert single.cheapest(np.array([0, 1, 3])) == 3


def nine():
    """Three and six, hidden, with a total of nine: each so much less or more than it is."""
    attack = Attack(3, np.zeros(3, int), np.arange(3), np.array([-1.0, -1.0, 1.0]))
    attack.open(np.array([0, 1]), np.array([2.0, 6.0]), np.array([1.0, 50.0]))
    return attack


@pytest.mark.parametrize("whole", [False, True])
def test_the_attacker_of_the_package_finds_the_ends(whole):
    """From three to one or four; what is not open does not move, and later may."""
    attack = nine()
    find = attack.least_whole if whole else lambda weight: attack.least(weight)[0]
    assert find(np.array([1.0, 0, 0])).tolist() == [-2, 2, 0]
    assert find(np.array([-1.0, 0, 0])).tolist() == [1, -1, 0]
    assert find(np.array([0, 1.0, 0])).tolist() == [1, -1, 0]
    attack.open(np.array([2]), np.array([4.0]), np.array([0.0]))
    assert find(np.array([0, 1.0, 0])).tolist() in ([1, -5, -4], [0, -4, -4])
    before = find(np.array([1.0, 1.0, 0])).tolist()
    attack.open(np.array([2]), np.array([0.0]), np.array([0.0]))
    assert find(np.array([1.0, 1.0, 0])).sum() == sum(before)


def test_prices_say_which_shown_count_would_help():
    """For fewer than six: one less in the total, or one more of the three, who are four at most."""
    assert nine().least(np.array([0, 1.0, 0]))[1].tolist() == [-1, 0, 1]
    assert nine().least(np.array([0, -1.0, 0]))[1].tolist() == [1, 0, -1]
    # Of one patient or more there could be one less only if there could be none.
    assert nine().least(np.array([1.0, 0, 0]))[1].tolist() == [1, 0, 0]


def test_halves_of_patients_are_not_whole():
    """Two equal counts and a third of twelve in all: that one is even, and cannot be one."""
    row, column = np.array([0, 0, 1, 1, 1, 1]), np.array([0, 1, 0, 1, 2, 3])
    value = np.array([1.0, -1.0, -1.0, -1.0, -1.0, 1.0])
    attack = Attack(4, row, column, value)
    attack.open(np.arange(3), np.array([5.0, 5.0, 1.0]), np.array([9.0, 9.0, 9.0]))
    lower = np.array([0, 0, 1.0, 0])
    assert attack.least(lower)[0].tolist() == [0.5, 0.5, -1, 0]
    assert attack.least_whole(lower).tolist() == [0, 0, 0, 0]


def test_a_solver_that_fails_is_not_taken_at_its_word():
    """No count is called safe because a search broke off."""
    said = highspy.HighsModelStatus
    for run, model in (
        (highspy.HighsStatus.kError, said.kOptimal),
        (highspy.HighsStatus.kOk, said.kTimeLimit),
        (highspy.HighsStatus.kOk, said.kInfeasible),
    ):
        broken = SimpleNamespace(
            run=lambda run=run: run,
            getModelStatus=lambda model=model: model,
            modelStatusToString=str,
        )
        with pytest.raises(ma.SolverError, match="hidden counts can be"):
            _run(broken)
    with pytest.raises(ma.SolverError, match="HiGHS refused the sums"):
        _require(highspy.HighsStatus.kError, "the sums")


def test_what_is_left_after_a_known_part_is_protected():
    """Twenty over 18 weeks and 18 over 52: the two between are printed nowhere, and told."""
    tally = Tally()
    longer, longest = tally.add([20]), tally.add([18])
    assert tally.marks(5).tolist() == [SHOWN, SHOWN]
    left = tally.rest(longer, longest)
    marks = tally.marks(5)
    assert tally.amounts[left].tolist() == [2]
    assert (marks[[0, 1]] != SHOWN).any()
    assert marks[left].tolist() == [STAR]
    assert not pinned([18, 2, 20], [(2, [0, 1])], marks[[1, 2, 0]])


def test_a_combination_of_which_there_is_nobody_is_no_mistake():
    """Nought is a number from nought."""
    table = pd.DataFrame({"origin": ["A", "B"], "patients": [0, 9]})
    assert suppress(table, by=["origin"]).cells["patients"].tolist() == [0, 9]
