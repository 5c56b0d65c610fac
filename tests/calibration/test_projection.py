"""A week of a projection: who is there, goes or joins adds up, and no list explodes."""

from __future__ import annotations

import numpy as np
import pytest

from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.projection import MOST_GROWTH, Projection

WEEKS = 60


def rates(level=0.0, treated=0.02):
    """Rates of one list that nobody joins anew."""
    flat = np.full((1, WEEKS), treated / 2, dtype=np.float32)
    return Rates(
        admitted=flat,
        non_admitted=flat,
        leaving=np.zeros_like(flat),
        joining=np.zeros(1),
        level=np.full(WEEKS, level),
        trend=np.zeros(WEEKS),
        season={},
    )


def test_who_waits_is_treated_or_leaves_adds_up():
    before = np.full((1, WEEKS), 10.0, dtype=np.float32)
    week = Projection(before, rates(level=0.01), 0.95).week(1.0)
    gone = week.admitted.sum() + week.non_admitted.sum() + week.left.sum()
    assert week.waiting.sum() + gone == pytest.approx(before.sum(), rel=1e-5)


def test_a_list_that_few_months_say_is_joined_by_many_does_not_explode():
    """Whatever joins at old ages, a list grows by a fiftieth a week at most."""
    on = Projection(np.full((1, WEEKS), 10.0, dtype=np.float32), rates(level=-0.5), 0.95)
    for _ in range(28):
        last = on.week(1.0)
    assert last.waiting.sum() <= 10 * WEEKS * np.exp(28 * float(MOST_GROWTH)) * (1 + 1e-4)
