"""Whole numbers of fractions keep their totals, and their errors do not pile up."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mutualaid.data.whole_numbers import (
    UNITS,
    along,
    floors,
    in_levels,
    in_units,
    largest_remainder,
    split,
)

numbers = st.floats(0, 500, allow_nan=False)


@given(
    st.lists(numbers, min_size=1, max_size=20),
    st.integers(0, 10_000),
)
def test_a_total_is_shared_out_to_the_last_patient(weights: list[float], total: int) -> None:
    weight = np.array(weights)
    parts = largest_remainder(weight, np.zeros(len(weight), dtype=int), np.array([total]))
    assert parts.sum() == total
    assert (parts >= 0).all()
    if weight.sum() > 0:
        assert (np.abs(parts - weight / weight.sum() * total) <= 1 + 1e-6).all()


def test_each_group_has_its_own_total() -> None:
    group = np.array([0, 1, 0, 1])
    parts = largest_remainder(np.array([1.0, 0.0, 2.0, 0.0]), group, np.array([3, 1]))
    assert parts[[0, 2]].tolist() == [1, 2]
    assert parts[[1, 3]].sum() == 1


def test_nobody_is_shared_among_nobody() -> None:
    none = np.zeros(0)
    assert largest_remainder(none, none.astype(int), np.zeros(0, dtype=int)).size == 0


@given(st.lists(st.lists(numbers, min_size=1, max_size=10), min_size=1, max_size=5))
def test_running_sums_are_right_within_a_half(lines: list[list[float]]) -> None:
    values = np.concatenate([np.array(line) for line in lines])
    size = np.array([len(line) for line in lines])
    first = np.cumsum(size) - size
    whole = along(values, first)
    for start, length in zip(first, size, strict=True):
        part = slice(start, start + length)
        off = np.cumsum(whole[part]) - np.cumsum(values[part])
        assert (np.abs(off) <= 0.5 + 1e-4).all()
    assert (whole >= np.floor(values - 1e-4)).all()
    assert (whole <= np.ceil(values + 1e-4)).all()


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(1, 6), st.randoms())
def test_parts_of_each_number_add_up_to_it(totals: list[int], parts: int, random) -> None:
    share = np.array([[random.random() + 1e-3 for _ in totals] for _ in range(parts)])
    share /= share.sum(axis=0)
    total = np.array(totals)
    whole = split(total, share)
    assert (whole.sum(axis=0) == total).all()
    assert (whole >= 0).all()
    off = np.cumsum(whole - share * total, axis=1)
    assert (np.abs(off) <= parts).all()


def test_a_part_of_a_tenth_gets_one_of_ten_single_patients() -> None:
    whole = split(np.ones(10, dtype=int), np.repeat([[0.1], [0.9]], 10, axis=1))
    assert whole.sum(axis=1).tolist() == [1, 9]


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=numbers))
def test_periods_add_up_to_the_rounded_running_total(values: np.ndarray) -> None:
    group = np.arange(values.shape[1]) // 3
    whole = in_levels(values, group)
    running = np.cumsum(values.sum(axis=1))
    assert np.cumsum(whole.sum(axis=1)).tolist() == np.floor(running + 0.5).astype(int).tolist()
    assert (whole >= 0).all()


def test_a_list_with_a_slot_in_five_periods_has_it_in_five_periods() -> None:
    whole = in_levels(np.full((10, 3), 0.2), np.array([0, 0, 1]))
    assert whole.sum(axis=0).tolist() == [2, 2, 2]


def test_what_is_left_of_a_patient_is_carried_to_the_next_period() -> None:
    carried = np.array([UNITS // 2])
    booked = []
    for _ in range(4):
        whole, carried = floors(np.cumsum(in_units(np.array([0.25]))), np.array([0]), carried)
        booked.append(int(whole[0]))
    assert booked == [0, 1, 0, 0]
