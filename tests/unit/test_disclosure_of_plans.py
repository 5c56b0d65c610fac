"""No table, chart or rung gives away what another one hides: every kind of sum, attacked."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from reader import Reader

import mutualaid as ma
from mutualaid.disclosure import known_cohorts as cohorts
from mutualaid.disclosure import slot_counts as rooms
from mutualaid.disclosure.several_plans import counts_of, counts_side_by_side

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
SEEDS = range(10)


def few(seed):
    """Two or three trusts with few patients and few slots."""
    rng = random.Random(seed)
    trusts = ["ALD", "BIR", "CED"][: 2 + seed % 2]
    services = ["C_110", "C_120"][: 1 + seed % 3 % 2]
    periods = 1 + seed % 3
    pairs = [(o, s) for o in trusts for s in services]
    times = range(1, periods + 1)
    waiting = [
        (o, s, week, rng.choice([1, 1, 2, 3, 4, 6, 9, 30]))
        for o, s in pairs
        for week in rng.sample([0, 3, 9, 14, 17, 20, 40, 51, 60, 70, 80], 3)
    ]
    slots = [(p, s, t, rng.choice([0, 1, 2, 3, 5, 8, 20])) for p, s in pairs for t in times]
    ways = [(a, b, float(rng.choice([10, 30]))) for a in trusts for b in trusts if a != b]
    more = {}
    if seed % 4 == 3:
        join = [(o, s, t, rng.choice([1, 2, 6])) for o, s in pairs for t in times]
        columns = ["origin", "service", "period", "patients"]
        more["referrals"] = pd.DataFrame(join, columns=columns)
    return ma.System(
        pd.DataFrame(waiting, columns=["origin", "service", "weeks_waiting", "patients"]),
        pd.DataFrame(slots, columns=["provider", "service", "period", "slots"]),
        pd.DataFrame(ways, columns=["origin", "provider", "minutes"]),
        periods=periods,
        **more,
    )


@pytest.fixture(scope="module")
def plans():
    """The best plan of each system."""
    return [ma.optimise(few(seed)) for seed in SEEDS]


def test_the_reader_is_no_fool(plans):
    """With everything shown, every small count is known."""
    for plan in plans[:3]:
        shown = counts_of(plan, 0)
        reader = Reader([shown])
        reader.most = 4
        small = [key for key, at in reader.place.items() if 1 <= reader.truth[at] <= 4]
        known = [key for key in small if reader.protected[reader.place[key]]]
        assert known
        assert sorted(map(str, reader.exposed())) == sorted(map(str, known))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_table_of_a_plan_gives_a_small_count_away(plans, seed):
    """Lists, bands, lanes, slots, bins, sizes and all that is left over between them."""
    assert not Reader([counts_of(plans[seed])]).exposed()


def test_what_is_read_is_what_there_is(plans):
    """Who is listed and referred, slots, bins, sizes and lanes are those of the tables."""
    for plan in plans[:8]:
        counts, system, end = counts_of(plan, 0), plan.system, plan.system.periods
        assert counts.listed == (system.waiting_list["patients"].sum(), 0)
        joined = 0 if system.referrals is None else system.referrals["patients"].sum()
        assert counts.referred == (joined, 0)
        assert counts.slots == (system.capacity["slots"].sum(), 0)
        for name, rows in (("alone", plan.baseline_entries), ("together", plan.entries)):
            left = rows[rows["period"] > end]
            weeks = left["weeks_waiting"] + end * system.period_weeks
            bins = left.groupby(weeks // system.period_weeks * system.period_weeks)["patients"]
            assert counts.waits[name][lambda n: n > 0].to_dict() == bins.sum().to_dict()
            sizes = [
                rows.loc[(rows["referred"] <= t) & (rows["period"] > t), "patients"].sum()
                for t in range(end + 1)
            ]
            assert counts.sizes[name].tolist() == sizes
        lanes = plan.moves.groupby(["origin", "provider", "service"], observed=True)["patients"]
        assert counts.moves["patients"].tolist() == lanes.sum().tolist()
        assert counts.remaining["patients"].sum() == counts.sizes["together"].iloc[-1]
        assert counts.hidden == 0
        some = counts_of(plan)
        frames = (some.moves["mark"], some.trust_marks, some.whole_marks, some.prices["mark"])
        assert some.hidden == sum((frame != 0).to_numpy().sum() for frame in frames) > 0
        # All slots together would tell the hidden ones.
        assert bool(some.slots[1]) == bool(some.prices["slots_mark"].any())
    assert any(counts_of(plan).slots[1] for plan in plans)


@pytest.mark.parametrize("seed", SEEDS)
def test_nor_where_patients_are_too_many_to_tell_cohorts_apart(seed, monkeypatch):
    """As in a large system, where neither cohorts nor the slots of each period are counted."""
    monkeypatch.setattr(cohorts, "MOST", 0)
    monkeypatch.setattr(rooms, "MOST", 0)
    assert not Reader([counts_of(ma.optimise(few(seed)))]).exposed()


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_no_rung_of_a_ladder_gives_away_what_another_hides(seed):
    """What trusts do alone is in all of them, and differences between rungs are counts too."""
    rungs = ma.ladder(few(seed))
    found = list(counts_side_by_side(rungs.plans, 5).values())
    assert not Reader(found).exposed()
    # Each by itself would hide another count of what is the same in all, and so give it away.
    alone = [
        ma.optimise(plan.system, plan.policy, plan.collaboration) for plan in rungs.plans.values()
    ]
    assert Reader([counts_of(plan) for plan in alone]).exposed()
    first = found[0]
    for counts in found[1:]:
        sides = [name for name in counts.trust_marks if name.endswith("_before")]
        assert counts.trust_marks[sides].equals(first.trust_marks[sides])
        assert counts.wait_marks[["census", "alone"]].equals(first.wait_marks[["census", "alone"]])
        assert counts.size_marks["alone"].equals(first.size_marks["alone"])
        assert counts.prices["slots_mark"].equals(first.prices["slots_mark"])
        assert counts.coarse == first.coarse
