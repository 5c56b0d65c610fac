"""How much of the slots a plan may use."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_counts import made_counts

from mutualaid.calibration.monthly_counts import STREAMS
from mutualaid.calibration.steering import STEERABLE, by_default, is_all, steerable_of
from mutualaid.errors import InputError

COUNTS = made_counts(2, 2)
LISTS = np.arange(4)
CLASSES = ("1", "2")
DEFAULT = np.full((2, 4, 2), 0.3)


def share(asked: object) -> np.ndarray:
    return steerable_of(asked, COUNTS, LISTS, STREAMS, CLASSES, DEFAULT)


def test_without_a_word_it_is_the_default() -> None:
    assert share(None) is DEFAULT


def test_a_share_is_that_of_every_slot() -> None:
    assert (share(0.4) == 0.4).all()
    assert (share(np.float32(1)) == 1).all()


def test_a_table_says_what_it_names_and_the_rest_keeps_the_default() -> None:
    asked = pd.DataFrame({"provider": ["RX1"], "stream": ["admitted"], "share": [0.9]})
    found = share(asked)
    assert (found[0, 2:] == 0.9).all()
    assert (found[1] == 0.3).all()
    assert (found[0, :2] == 0.3).all()


def test_a_table_of_classes_holds_for_all_providers() -> None:
    found = share({"wait_class": ["1"], "share": [0.0]})
    assert (found[..., 0] == 0).all()
    assert (found[..., 1] == 0.3).all()


def test_a_table_of_a_share_alone_holds_for_all() -> None:
    assert (share({"share": [0.7]}) == 0.7).all()


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (1.2, "share from 0 to 1"),
        (float("nan"), "share from 0 to 1"),
        (pd.DataFrame({"provider": ["RX1"]}), "is missing"),
        (pd.DataFrame({"provider": ["RX9"], "share": [0.5]}), "is not known"),
        (pd.DataFrame({"stream": ["day"], "share": [0.5]}), "is not known"),
        (pd.DataFrame({"share": [0.5, 0.6]}), "the same twice"),
        (pd.DataFrame({"provider": ["RX1", "RX1"], "share": [0.5, 0.6]}), "the same twice"),
        (pd.DataFrame({"provider": ["RX1"], "share": [-1]}), "is no share"),
        (pd.DataFrame({"provider": ["RX1"], "share": ["half"]}), "is no share"),
        (pd.DataFrame({"trust": ["RX1"], "share": [0.5]}), "is no column"),
        (pd.DataFrame({"provider": [], "share": []}), "has no row"),
    ],
)
def test_what_makes_no_sense_is_refused(asked: object, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        share(asked)


def test_a_stream_that_is_not_told_apart_cannot_be_named() -> None:
    asked = pd.DataFrame({"stream": ["admitted"], "share": [0.5]})
    with pytest.raises(InputError, match="not told apart"):
        steerable_of(asked, COUNTS, LISTS, (), CLASSES, DEFAULT[:1])


def test_the_quickest_are_never_steerable_by_default_however_many_classes() -> None:
    completed, moved = np.array([[10.0], [30.0]]), np.array([0.0])
    for points in ((0, 1), (0, 0.3, 1), (0, 0.2, 0.6, 1)):
        width = np.diff(points)
        found = by_default(points, completed, moved)
        np.testing.assert_allclose(found[0, 0] @ width, 0.7 * STEERABLE["admitted"])
        np.testing.assert_allclose(found[1, 0] @ width, 0.7 * STEERABLE["non_admitted"])


def test_completions_without_an_admission_are_no_more_steerable_in_the_admitted_stream() -> None:
    found = by_default((0.3, 1), np.array([[10.0], [30.0]]), np.array([10.0]))
    assert found[0, 0, 0] == pytest.approx((0.5 + 0.2) / 2)


def test_all_is_all() -> None:
    assert is_all(1)
    assert is_all(1.0)
    assert not is_all(True)
    assert not is_all(None)
