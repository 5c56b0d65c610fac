"""Cut points of wait classes, and who belongs to which."""

from __future__ import annotations

import numpy as np
import pytest

from mutualaid.calibration.wait_classes import SIX, classes_of, cut_points, profiles
from mutualaid.errors import InputError


def test_six_classes_are_cut_as_stated_and_others_by_a_rule_finer_at_the_top() -> None:
    assert cut_points(6) == SIX
    assert cut_points(1) == (0.0, 1.0)
    for number in (2, 4, 10, 20):
        points = np.array(cut_points(number))
        assert len(points) == number + 1
        assert points[0] == 0
        assert points[-1] == 1
        assert (np.diff(np.diff(points)) < 1e-12).all()


@pytest.mark.parametrize(
    "odd",
    [0, 21, -1, True, "six", 2.5, None, (0, 1, 0.5), (0.1, 1), (0, 0.9), (0, float("nan"), 1)],
)
def test_other_classes_are_refused(odd: object) -> None:
    with pytest.raises(InputError, match="write a number of classes"):
        cut_points(odd)


def cut(points: tuple[float, ...], rate: float = 0.3):
    profile = np.array([[0.4, 0.3, 0.2, 0.1]])
    return classes_of(profile, np.full((1, 4), rate), points)


def test_everybody_belongs_to_one_class() -> None:
    found = cut((0, 0.5, 0.8, 1))
    np.testing.assert_allclose(found.belonging.sum(axis=0), 1)
    np.testing.assert_allclose(found.completed.sum(axis=0), 1)


def test_who_has_waited_long_is_in_no_class_that_is_done_by_then() -> None:
    found = cut((0, 0.7, 1))
    assert found.belonging[0, 0, 2:].max() == 0
    assert found.belonging[1, 0, 0] > 0


def test_a_week_in_which_a_cut_point_falls_is_shared() -> None:
    found = cut((0, 0.55, 1))
    np.testing.assert_allclose(found.completed[:, 0, 1], [0.5, 0.5])


def test_classes_together_are_completed_as_often_as_the_stream() -> None:
    found = cut((0, 0.5, 0.8, 1))
    average = np.full((1, 4), 0.3)
    rate = found.rate(average)
    np.testing.assert_allclose((rate * found.belonging).sum(axis=0), average)


def test_who_has_outstayed_a_class_is_first() -> None:
    rate = cut((0, 0.4, 1)).rate(np.full((1, 4), 0.3))
    assert (rate[0, 0, 1:] == rate[0, 0, 0]).all()


def test_a_small_list_has_the_waits_of_its_service_and_a_large_one_its_own() -> None:
    completed = np.array([[1.0, 0.0], [0.0, 50_000.0], [0.0, 0.0]])
    found = profiles(completed, np.array([0, 0, 1]), 3)
    assert found[0, 1] > 0.9
    assert found[1, 1] > 0.99
    np.testing.assert_allclose(found[2], completed.sum(axis=0) / completed.sum())


def test_where_nobody_is_completed_every_week_is_alike() -> None:
    np.testing.assert_allclose(profiles(np.zeros((1, 4)), np.array([0]), 1), 0.25)
