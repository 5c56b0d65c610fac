"""A thousand rounds of offers to made-up patients overfill as often as was said, and no more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.readers.waiting_list import read_waiting_list

SERVICES = ("C_110", "C_130")
DRAWS, RISK = 1_000, 0.1
CELL = ["service", "provider", "period"]


def where(made_up):
    """Which ICB each provider is in."""
    homes = made_up[["origin", "icb"]].drop_duplicates()
    return ma.patients.within_icb(dict(zip(homes["origin"], homes["icb"], strict=True)))


pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:waiting_list.asa.*empty:mutualaid.InputWarning"),
]


@pytest.fixture(scope="module")
def offers():
    """Offers of a plan for 4,000 patients of four trusts, by the default curve of acceptance."""
    made_up = ma.datasets.patients(4_000, trusts=4, services=SERVICES)
    patients = read_waiting_list(made_up, census="2026-01-31")
    rest = ma.datasets.collaborative(trusts=4, services=SERVICES, list_size=4_000, periods=6)
    system = ma.System(
        patients,
        rest.capacity,
        rest.travel,
        referrals=rest.referrals,
        removals=rest.removals,
        periods=6,
        accepts=pd.concat([ma.datasets.accepts(trusts=4, services=SERVICES), where(made_up)]),
    )
    policy = ma.Policy(
        movable_consent=("yes", "not asked"), acceptance=ma.Acceptance.default(), max_minutes=90
    )
    return ma.optimise(system, policy).offers(patients, risk=RISK)


@pytest.fixture(scope="module")
def accepted(offers):
    """How many accept in each draw, cell by cell; shape (draws, cells)."""
    rng = np.random.default_rng(2026)
    chance = offers.table["acceptance"].to_numpy()
    yes = rng.random((DRAWS, len(chance))) < chance
    first = np.flatnonzero(offers.table["rank"] == 1)
    assert offers.table.iloc[first][CELL].astype(str).to_numpy().tolist() == (
        offers.cells[CELL].astype(str).to_numpy().tolist()
    )
    return np.add.reduceat(yes.astype(np.int64), first, axis=1)


def test_there_is_something_to_simulate(offers):
    """Cells of many sizes, hundreds of offers in reserve, and a risk that is used up somewhere."""
    assert len(offers.cells) >= 10
    assert (offers.table["kind"] == "reserve").sum() > 500
    assert RISK / 2 < offers.cells["risk"].max() <= RISK


def test_slots_are_overfilled_as_often_as_was_said(offers, accepted):
    """Summed over the cells within four standard errors, and in each cell within five."""
    over = accepted > offers.cells["slots"].to_numpy()
    risk = offers.cells["risk"].to_numpy()
    deviation = over.sum(axis=0) - DRAWS * risk
    error = np.sqrt(DRAWS * risk * (1 - risk))
    assert abs(deviation.sum()) <= 4 * np.sqrt((error**2).sum())
    assert (abs(deviation) <= 5 * error + 1).all()
    assert over.mean(axis=0).max() <= RISK + 5 * np.sqrt(RISK * (1 - RISK) / DRAWS)


@pytest.mark.parametrize("measure", ["expected", "filled", "over"])
def test_as_many_accept_and_find_a_slot_as_was_said(offers, accepted, measure):
    """The means of all draws lie within four standard errors of what was expected."""
    slots = offers.cells["slots"].to_numpy()
    drawn = {
        "expected": accepted,
        "filled": np.minimum(accepted, slots),
        "over": np.maximum(accepted - slots, 0),
    }[measure].sum(axis=1)
    error = drawn.std(ddof=1) / np.sqrt(DRAWS)
    assert abs(drawn.mean() - offers.cells[measure].sum()) <= 4 * error


def test_patients_in_reserve_fill_slots_that_would_stay_empty(offers):
    """Of the planned alone far fewer would accept than there are slots."""
    planned = offers.table[offers.table["kind"] == "planned"]
    assert len(planned) == offers.cells["slots"].sum()
    assert planned["acceptance"].sum() < 0.5 * offers.cells["filled"].sum()
