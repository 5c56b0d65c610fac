"""Small numbers stay unknown to whoever knows all totals."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pulp
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import costly, relaxed

import mutualaid as ma
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.disclosure.single_sums import SingleSums
from mutualaid.disclosure.suppression import _arranged, check_threshold, hide
from mutualaid.report import suppress

SHOWN, SMALL, STAR = 0, 1, 2
ENDLESS = 100_000


def attack(cells, sums, marks, cell, sense, threshold=5):
    """The least or the most that a count can be, by a reader with another solver."""
    lp = pulp.LpProblem("reader", sense)
    counts = []
    for number, (count, mark) in enumerate(zip(cells, marks, strict=True)):
        low, high = {SHOWN: (count, count), SMALL: (1, threshold - 1), STAR: (0, ENDLESS)}[mark]
        counts.append(lp.add_variable(f"x{number}", low, high))
    lp += counts[cell]
    for total, parts in sums:
        lp += counts[total] == pulp.lpSum(counts[part] for part in parts)
    lp.solve(pulp.HiGHS(msg=False))
    return counts[cell].value()


def exposed(cells, sums, marks, threshold=5):
    """Small counts that a reader can narrow, with the range that is left."""
    found = {}
    for cell in np.flatnonzero((np.array(cells) > 0) & (np.array(cells) < threshold)):
        least = attack(cells, sums, marks, cell, pulp.LpMinimize, threshold)
        most = attack(cells, sums, marks, cell, pulp.LpMaximize, threshold)
        if least > 1 + 1e-6 or most < threshold - 1 - 1e-6:
            found[int(cell)] = (least, most)
    return found


def with_margins(table):
    """A table of rows and columns with its totals: cells and sums."""
    table = np.asarray(table)
    rows, columns = table.shape
    number = np.arange(table.size).reshape(table.shape)
    cells = [*table.ravel(), *table.sum(axis=1), *table.sum(axis=0), table.sum()]
    end = table.size
    sums = [(end + r, number[r]) for r in range(rows)]
    sums += [(end + rows + c, number[:, c]) for c in range(columns)]
    grand = end + rows + columns
    sums += [(grand, range(end, end + rows)), (grand, range(end + rows, grand))]
    return [int(count) for count in cells], sums


@st.composite
def tables(draw, largest=4):
    """Tables of two ways."""
    rows, columns = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    count = st.one_of(st.integers(0, 6), st.integers(0, 40))
    return draw(
        st.lists(st.lists(count, min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )


@st.composite
def linked(draw):
    """Several tables that share counts: any sums of any counts, and sums of sums."""
    cells = draw(st.lists(st.integers(0, 12), min_size=2, max_size=9))
    sums = []
    for _ in range(draw(st.integers(1, 6))):
        parts = draw(st.lists(st.integers(0, len(cells) - 1), min_size=1, max_size=5, unique=True))
        sums.append((len(cells), parts))
        cells = [*cells, sum(cells[part] for part in parts)]
    return cells, sums


@settings(relaxed)
@given(tables())
def test_no_total_of_a_table_gives_a_small_number_away(table):
    """Trusts by services, with every total: each <5 can still be 1, and can still be 4."""
    cells, sums = with_margins(table)
    assert not exposed(cells, sums, hide(cells, sums))


@settings(relaxed)
@given(linked(), st.sampled_from([3, 5, 7]))
@example(([1, 1, 2], [(2, [0, 1])]), 5)
@example(([3, 5, 8], [(2, [0, 1])]), 5)
def test_no_table_gives_away_what_another_hides(case, threshold):
    """Moves, their sums, and the sums of those: all of them are attacked together."""
    cells, sums = case
    marks = hide(cells, sums, threshold=threshold)
    assert not exposed(cells, sums, marks, threshold)


@settings(relaxed)
@given(linked())
def test_only_small_numbers_are_called_small(case):
    """Whatever is called <5 is 1 to 4, and no small number is shown."""
    cells, sums = case
    marks = hide(cells, sums)
    count = np.array(cells)
    small = (count > 0) & (count < 5)
    assert not (marks[small] == SHOWN).any()
    assert not (marks[~small] == SMALL).any()


@settings(costly)
@given(linked())
def test_nothing_is_hidden_where_nothing_is_small(case):
    """No small count: everything is shown."""
    cells, sums = case
    cells = [5 * count for count in cells]
    assert not hide(cells, sums).any()


def could_be(cells, sums, marks, cell, value, most):
    """Whether whole numbers up to a bound agree with all that is shown: by trying them all."""
    free = [n for n, mark in enumerate(marks) if mark != SHOWN and n < most[0]]
    ranges = [range(1, 5) if marks[n] == SMALL else range(most[1] + 1) for n in free]
    for values in product(*ranges):
        guess = dict(zip(free, values, strict=True))
        table = [guess.get(n, cells[n]) for n in range(most[0])]
        for total, parts in sums:
            assert total == len(table)
            table.append(sum(table[part] for part in parts))
        fits = all(
            mark == STAR or (1 <= got <= 4 if mark == SMALL else got == true)
            for got, true, mark in zip(table, cells, marks, strict=True)
        )
        if fits and table[cell] == value:
            return True
    return False


@settings(costly)
@given(
    st.lists(st.integers(0, 7), min_size=2, max_size=4).flatmap(
        lambda cells: st.tuples(
            st.just(cells),
            st.lists(
                st.lists(st.integers(0, len(cells) - 1), min_size=1, max_size=3, unique=True),
                min_size=1,
                max_size=3,
            ),
        )
    )
)
def test_whole_patients_could_be_either_end(case):
    """Not only parts of patients: brute force over all whole numbers finds 1, and finds 4."""
    base, groups = case
    cells = [*base, *(sum(base[part] for part in parts) for parts in groups)]
    sums = [(len(base) + n, parts) for n, parts in enumerate(groups)]
    marks = hide(cells, sums)
    for cell, count in enumerate(cells):
        if marks[cell] == SMALL:
            for value in (1, 4):
                assert could_be(cells, sums, marks, cell, value, (len(base), 12)), (cell, value)
        elif 0 < count < 5:
            assert marks[cell] == STAR


def test_parts_of_patients_are_no_excuse():
    """Two hidden counts that must be equal leave an even number: it could be 1 in halves only."""
    cells = [2, 10, 10, 20, 30, 30, 22]
    sums = [(4, [1, 3]), (5, [2, 3]), (6, [0, 1, 2])]
    in_halves = [SMALL, STAR, STAR, STAR, SHOWN, SHOWN, SHOWN]
    assert not exposed(cells, sums, in_halves)
    assert not could_be(cells, sums, in_halves, 0, 1, (4, 22))
    marks = hide(cells, sums)
    assert marks[0] == SMALL
    for value in (1, 4):
        assert could_be(cells, sums, marks, 0, value, (4, 22))


def test_one_small_number_takes_three_others_with_it():
    """The smallest that help: 3 beside 9, and 7 beside 8 in the other row."""
    cells, sums = with_margins([[3, 9, 50], [7, 8, 60], [90, 91, 92]])
    marks = hide(cells, sums)
    assert np.flatnonzero(marks).tolist() == [0, 1, 3, 4]


def test_what_is_hidden_for_anothers_sake_is_not_left_alone():
    """Sum by sum, before any linear program: 9 and 7 beside the 3, then 8 beside both."""
    cells, sums = with_margins([[3, 9], [7, 8]])
    table = _arranged(np.array(cells), sums, np.ones(len(cells), dtype=bool))
    marks = np.zeros(len(cells), dtype=np.int8)
    assert sorted(SingleSums(table, marks, 5).settle()) == [1, 2, 3]
    assert marks.tolist() == [SMALL, STAR, STAR, STAR, *[SHOWN] * 5]


def test_zero_is_no_small_number_but_may_hide_one():
    """Nobody and three, with a total of three: that there are three must not be told."""
    assert hide([0, 9], []).tolist() == [SHOWN, SHOWN]
    cells, sums = [3, 0, 0, 40, 43], [(4, [0, 1, 2, 3])]
    assert hide(cells, sums).tolist() == [SMALL, SHOWN, SHOWN, STAR, SHOWN]


def test_totals_are_hidden_last():
    """A trust with three patients of one service: only its total could help, and is hidden."""
    cells, sums = [3, 30, 3, 33], [(2, [0]), (3, [0, 1])]
    marks = hide(cells, sums)
    assert marks.tolist() == [SMALL, STAR, SMALL, SHOWN]
    assert hide([3, 9, 12, 70, 82], [(2, [0, 1]), (4, [2, 3])])[2] == SHOWN


def test_two_ones_do_not_tell_that_two_are_small():
    """1 and 1 make 2: were all called <5, neither could be 4, nor could the total be 1."""
    assert hide([1, 1, 2], [(2, [0, 1])]).tolist() == [STAR, SMALL, STAR]


def test_a_difference_that_is_printed_nowhere_is_protected():
    """20 over 18 weeks and 18 over 52: the two between must not be told."""
    cells, sums = [20, 18, 2], [(0, [1, 2])]
    marks = hide(cells, sums, published=[True, True, False])
    assert (marks[:2] != SHOWN).any()
    assert not exposed(cells, sums, marks)
    assert not hide(cells, sums, threshold=0, published=[True] * 3).any()


@pytest.mark.parametrize("threshold", [None, 0])
def test_suppression_can_be_switched_off(threshold):
    """Then everything is shown, and nothing is hidden for it."""
    cells, sums = with_margins([[1, 2], [3, 4]])
    assert not hide(cells, sums, threshold=threshold).any()


@pytest.mark.parametrize("threshold", [1, 2, -5, 2.5, "five", True])
def test_a_threshold_that_tells_the_number_is_refused(threshold):
    """Below 2 there is only 1."""
    with pytest.raises(ma.InputError, match="3 to 1,000"):
        check_threshold(threshold)


def test_counts_that_cannot_be_are_refused():
    """Parts that do not add up, negative and broken numbers, counts that are not there."""
    with pytest.raises(ma.InputError, match="not the sum of their parts: number 1"):
        hide([1, 2, 3, 4], [(2, [0, 1]), (3, [0, 1])])
    with pytest.raises(ma.InputError, match="negative"):
        hide([-1], [])
    with pytest.raises(ma.InputError, match="whole numbers"):
        hide([1.5], [])
    with pytest.raises(ma.InputError, match="not there"):
        hide([1, 2], [(2, [0, 1])])
    with pytest.raises(ma.InputError, match="not there"):
        hide([1, 2], [(-1, [0])])


@settings(relaxed, max_examples=30)
@given(tables(3), st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference_to_safety_or_to_repeats(table, random):
    """The same counts give the same marks, twice."""
    cells, sums = with_margins(table)
    assert hide(cells, sums).tolist() == hide(cells, sums).tolist()
    random.shuffle(sums)
    assert not exposed(cells, sums, hide(cells, sums))


def moves(rows):
    return pd.DataFrame(rows, columns=["origin", "provider", "service", "patients"])


def test_a_table_by_labels_is_suppressed_with_the_totals_that_are_printed():
    """From two trusts to two, by service, with totals by origin and in all."""
    table = moves(
        [
            ("A", "C", "hips", 2),
            ("A", "D", "hips", 20),
            ("B", "C", "hips", 30),
            ("B", "D", "eyes", 40),
        ]
    )
    out = suppress(table, by=["origin", "provider", "service"], totals=[["origin"], []])
    assert out.cells["patients"].tolist() == ["<5", "*", 30, 40]
    assert out.totals["origin",].to_numpy().tolist() == [["A", 22], ["B", 70]]
    assert out.totals[()]["patients"].tolist() == [92]
    alone = suppress(table, by=["origin", "provider", "service"], totals=[])
    assert alone.cells["patients"].tolist() == ["<5", 20, 30, 40]
    every = suppress(table, by=["origin", "provider", "service"], threshold=None)
    assert every.cells["patients"].tolist() == [2, 20, 30, 40]
    seven = suppress(table, by=["origin", "provider", "service"], totals=[], threshold=25)
    assert seven.cells["patients"].tolist() == ["<25", "<25", 30, 40]


def test_a_table_that_cannot_be_suppressed_is_refused():
    """Every problem is named."""
    table = moves([("A", "C", "hips", 2), ("A", "C", "hips", 3)])
    with pytest.raises(ma.InputError, match="several rows"):
        suppress(table, by=["origin", "provider"])
    with pytest.raises(ma.InputError) as caught:
        suppress(table, "patient", by=["origin", "site"], totals=[["service"]])
    assert caught.value.problems["column"].tolist() == ["site", "patient", "service"]
    with pytest.raises(ma.InputError, match="whole numbers"):
        suppress(table.assign(patients=0.5), by=["origin", "provider", "service"])
    empty = suppress(table.iloc[:0], by=["origin"], totals=[["origin"], []])
    assert empty.totals[()]["patients"].tolist() == [0]


def test_many_small_numbers_are_hidden_in_parts_of_patients_only():
    """With hundreds hidden, no search for whole numbers: and still nobody is exposed."""
    random = np.random.default_rng(3)
    table = random.poisson(3, (20, 30)) * (random.random((20, 30)) > 0.2)
    cells, sums = with_margins(table)
    marks = hide(cells, sums)
    assert (marks != SHOWN).sum() > 300
    for cell in np.flatnonzero(marks == SMALL)[:6]:
        assert attack(cells, sums, marks, cell, pulp.LpMinimize) <= 1 + 1e-6
        assert attack(cells, sums, marks, cell, pulp.LpMaximize) >= 4 - 1e-6


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_one_who_waits_and_one_who_is_treated_are_not_told_to_be_two():
    """Where nobody moves, "<5" beside "<5" would say that of this trust there are two at least."""
    waiting = {"origin": "A", "service": "C_110", "weeks_waiting": [0, 1], "patients": [1, 1]}
    other = {"origin": "B", "service": "C_110", "weeks_waiting": [0, 3], "patients": [1, 3]}
    system = ma.System(
        pd.concat([pd.DataFrame(waiting), pd.DataFrame(other)]),
        pd.DataFrame({"provider": ["A", "B"], "service": "C_110", "period": 1, "slots": [1, 0]}),
        pd.DataFrame({"origin": ["A", "B"], "provider": ["B", "A"], "minutes": 900.0}),
        periods=1,
    )
    found = counts_of(ma.optimise(system))
    marks = found.trust_marks.iloc[0]
    assert {marks["list_size_after"], marks["treated_after"]} != {1}
