"""What is random in a replay: each source by itself, as much of it as is asked for, and no more.

Bounds are four standard errors of what the distribution of each source says; seeds are fixed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.simulation import LongestFirst, Noise, Nothing, PlanOnce, nobody, replay
from mutualaid.simulation.sample_path import STREAMS, draw_sample_path

OFF = {"referrals": None, "removals": False, "cancelled": 0.0, "capacity": 0.0, "acceptance": 1.0}
ON = {"referrals": 0.5, "removals": True, "cancelled": 0.2, "capacity": 0.3, "acceptance": 0.6}
SEEDS = range(15)
PERIODS = 40
SLOTS, JOIN, LEAVE = 30, 40, 3
COLUMNS = ["origin", "period"]


def busy(slots=SLOTS, join=JOIN, **more):
    """Alder and Birch, forty periods of four weeks: thirty slots each, forty join, three leave."""
    every = [(o, t) for o in ("ALD", "BIR") for t in range(1, PERIODS + 1)]
    table = pd.DataFrame(every, columns=COLUMNS).assign(service="C_110")
    waiting = pd.DataFrame(
        [("ALD", 30, 60), ("ALD", 10, 90), ("BIR", 20, 80)],
        columns=["origin", "weeks_waiting", "patients"],
    ).assign(service="C_110")
    tables = {
        "waiting": waiting,
        "slots": (slots, slots),
        "referrals": table.assign(patients=join),
        "removals": table.assign(patients=LEAVE),
    }
    return two_trusts(periods=PERIODS, **{**tables, **more})


@pytest.fixture(scope="module")
def plan():
    """The best plan for them."""
    return ma.optimise(busy())


@pytest.fixture(scope="module")
def frame(plan):
    """What is expected."""
    return plan.model.frame


def only(**noise):
    """Noise of one source; all others are off."""
    return Noise(**{**OFF, **noise})


def samples(frame, noise):
    """A sample path for each seed."""
    return [draw_sample_path(frame, noise, seed) for seed in SEEDS]


def close(values, mean, variance, tails=1.0):
    """Draws have a mean and a variance, within four standard errors of each.

    That of the variance is a normal sample's, and more where tails are heavier.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    size = len(values)
    assert abs(values.mean() - mean) <= 4 * (variance / size) ** 0.5
    assert abs(values.var() / variance - 1) <= 4 * tails * (2 / size) ** 0.5


def apart(one, other):
    """Draws have nothing to do with each other: no correlation beyond four standard errors."""
    one, other = np.ravel(one), np.ravel(other)
    return abs(np.corrcoef(one, other)[0, 1]) <= 4 / len(one) ** 0.5


def each_its_own(drawn):
    """Trusts, and months that follow one another, have draws of their own."""
    drawn = np.reshape(drawn, (len(SEEDS), 2, PERIODS))
    return apart(drawn[:, 0], drawn[:, 1]) and apart(drawn[:, :, 1:], drawn[:, :, :-1])


def referred(sample):
    """Who is referred, by trust and period."""
    return sample.system.referrals["patients"].to_numpy()


def leaving(sample):
    """Who leaves untreated, by trust and period."""
    return sample.system.removals["patients"].to_numpy()


def slots(sample):
    """Slots that take place, by trust and period."""
    return sample.slots.sum(axis=2).ravel()


def answers(sample):
    """Each patient's own numbers, of a first and of a second time of being asked."""
    return sample.draws


PARTS = {
    "referrals": referred,
    "removals": leaving,
    "cancelled": slots,
    "capacity": slots,
}


def test_with_all_chance_off_what_is_expected_comes_to_pass(frame):
    """Whatever the seed: who joins, who leaves, and each week's slots."""
    for seed in (0, 1, 17):
        sample = draw_sample_path(frame, Noise.none(), seed)
        assert (referred(sample) == JOIN).all()
        assert (leaving(sample) == LEAVE).all()
        assert (slots(sample) == SLOTS).all()
        # Thirty slots in four weeks, as evenly as can be.
        assert (np.sort(sample.slots, axis=2) == [7, 7, 8, 8]).all()
        assert (sample.patients == frame.queues.lot_patients).all()
        assert (sample.removed == frame.queues.lot_removed).all()


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_where_nobody_joins_or_leaves_nobody_does():
    """Chance has nothing to work on; the list of the census is there as it is."""
    quiet = ma.optimise(busy(referrals=None, removals=None, slots=3)).model.frame
    sample = draw_sample_path(quiet, Noise(**ON), 2)
    assert sample.system.referrals is None
    assert sample.system.removals is None
    assert (sample.patients == quiet.queues.lot_patients).all()
    assert sample.patients.sum() == 230


def test_a_system_that_has_been_warned_of_is_drawn_in_silence():
    """Nobody joins: said once, and not again for every seed."""
    with pytest.warns(ma.InputWarning, match="nobody joins"):
        system = busy(referrals=None, removals=None, slots=3)
    frame = ma.optimise(system).model.frame
    assert (slots(draw_sample_path(frame, Noise.none(), 0)) == 3).all()


def test_a_single_slot_takes_place_and_none_where_there_is_none():
    """Thirty a month at Birch, and nobody operates at Alder; then one each."""
    system = busy()
    table = system.capacity
    closed = table.assign(slots=table["slots"].where(table["provider"] == "BIR", 0))
    frame = ma.optimise(system.replace(capacity=closed)).model.frame
    drawn = draw_sample_path(frame, only(cancelled=0.2, capacity=0.3), 0).slots
    assert drawn.sum(axis=(1, 2)).astype(bool).tolist() == [False, True]
    frame = ma.optimise(busy(slots=1, join=2, removals=None)).model.frame
    assert (slots(draw_sample_path(frame, Noise.none(), 0)) == 1).all()
    drawn = [slots(draw_sample_path(frame, only(cancelled=0.2), seed)) for seed in range(5)]
    # Two are planned, and each takes place with a chance of a half.
    close(drawn, 1, 0.5)


def test_who_comes_is_of_the_month_in_which_they_come():
    """With one referral a month often nobody comes: other months' patients stay in theirs."""
    frame = ma.optimise(busy(join=1, removals=None)).model.frame
    queues = frame.queues
    sample = draw_sample_path(frame, only(referrals=0.0), 1)
    table = sample.system.referrals
    assert (table["patients"] == 0).any()
    for trust, name in enumerate(sample.system.providers):
        for month in range(1, PERIODS + 1):
            lots = (queues.origin[queues.lot_queue] == trust) & (queues.lot_referred == month)
            rows = (table["origin"] == name) & (table["period"] == month)
            assert sample.patients[lots].sum() == table.loc[rows, "patients"].sum()
    assert sample.patients.sum() == table["patients"].sum() + 230


@pytest.mark.parametrize("source", PARTS)
def test_a_source_that_is_switched_on_changes_its_own_part_and_no_other(frame, source):
    """Seed by seed something else comes to pass; of the other sources nothing does."""
    calm = draw_sample_path(frame, Noise.none(), 3)
    drawn = [draw_sample_path(frame, only(**{source: ON[source]}), seed) for seed in (3, 4)]
    for name, part in PARTS.items():
        same_part = part is PARTS[source]
        for sample in drawn:
            assert (not np.array_equal(part(sample), part(calm))) == same_part, name
        if same_part:
            assert not np.array_equal(part(drawn[0]), part(drawn[1]))


@pytest.mark.parametrize("off", PARTS)
def test_switching_a_source_off_leaves_the_draws_of_the_others(frame, off):
    """Each kind of chance has a stream of its own."""
    noisy = draw_sample_path(frame, Noise(**ON), 8)
    less = draw_sample_path(frame, Noise(**{**ON, off: OFF[off]}), 8)
    for name, part in PARTS.items():
        if part is PARTS[off]:
            assert not np.array_equal(part(less), part(noisy)), name
        else:
            assert (part(less) == part(noisy)).all(), name
    # The first patients' answers: how many there are may differ.
    ours, theirs = answers(less)[0], answers(noisy)[0]
    both = min(len(ours), len(theirs))
    assert (ours[:both] == theirs[:both]).all()


def test_sources_do_not_share_a_stream(frame):
    """Were two streams one, a bad month for referrals would always be one for slots."""
    rng = [np.random.default_rng(np.random.SeedSequence([5, n])) for n in range(len(STREAMS))]
    first = {float(each.random()) for each in rng}
    assert len(first) == len(STREAMS) == len(PARTS) + 1
    sample = draw_sample_path(frame, Noise.none(), 5)
    expected = np.random.default_rng(
        np.random.SeedSequence([5, STREAMS.index("acceptance")])
    ).random(answers(sample).shape)
    assert (answers(sample) == expected).all()


def test_referrals_are_poisson_around_the_table(frame):
    """With no spread of demand: mean and variance are both forty."""
    drawn = [referred(sample) for sample in samples(frame, only(referrals=0.0))]
    close(drawn, JOIN, JOIN)
    assert each_its_own(drawn)


def test_demand_spreads_as_much_as_is_said(frame):
    """A spread of half: Poisson's forty, and a quarter of forty squared."""
    drawn = [referred(sample) for sample in samples(frame, only(referrals=0.5))]
    close(drawn, JOIN, JOIN + 0.25 * JOIN**2, tails=1.6)
    assert each_its_own(drawn)


def test_all_referrals_of_a_service_of_a_trust_rise_together():
    """Urgent and routine patients of one month share its demand; those of another do not."""
    system = busy(join=400, slots=400, removals=None)
    both = [system.referrals.assign(priority=kind) for kind in ("P2", "P4")]
    system = system.replace(
        referrals=pd.concat(both, ignore_index=True),
        waiting_list=system.waiting_list.assign(priority="P4"),
    )
    drawn = samples(ma.optimise(system).model.frame, only(referrals=0.5))
    first = (system.referrals["priority"] == "P2").to_numpy()
    urgent, routine = (np.array([referred(w)[rows] for w in drawn]) for rows in (first, ~first))
    assert np.corrcoef(urgent.ravel(), routine.ravel())[0, 1] > 0.95
    assert each_its_own(urgent)


def test_removals_are_poisson_around_the_table(frame):
    """Mean and variance are both three; as many are missing from the lists as leave."""
    drawn = samples(frame, only(removals=True))
    close([leaving(sample) for sample in drawn], LEAVE, LEAVE)
    assert each_its_own([leaving(sample) for sample in drawn])
    everybody = int((frame.queues.lot_patients + frame.queues.lot_removed).sum())
    for sample in drawn:
        assert sample.removed.sum() == leaving(sample).sum()
        assert sample.patients.sum() == everybody - leaving(sample).sum()


def test_sessions_are_cancelled_one_by_one(frame):
    """A fifth of a week's sessions: 9 or 10 are planned for 7 or 8 to take place on average."""
    drawn = np.array([sample.slots for sample in samples(frame, only(cancelled=0.2))])
    planned = draw_sample_path(frame, Noise.none(), 0).slots
    tried = np.ceil(planned / 0.8)
    assert (drawn <= tried).all()
    for amount in (7, 8):
        weeks = drawn[:, planned == amount]
        most = np.ceil(amount / 0.8)
        assert weeks.max() == most
        close(weeks, amount, amount * (1 - amount / most))
    assert each_its_own(drawn.sum(axis=3))


def test_no_session_is_cancelled_where_none_shall_be(frame):
    """Slot by slot what was planned, whatever else is random."""
    planned = draw_sample_path(frame, Noise.none(), 0).slots
    for seed in (0, 1):
        sample = draw_sample_path(frame, only(referrals=0.5, removals=True, acceptance=0.3), seed)
        assert (sample.slots == planned).all()


def test_more_sessions_fall_through_where_more_are_cancelled(frame):
    """As the share rises so does what is planned beyond the table; the mean stays."""
    spread = []
    for share in (0.05, 0.3, 0.6):
        drawn = [slots(draw_sample_path(frame, only(cancelled=share), seed)) for seed in range(5)]
        assert abs(np.mean(drawn) - SLOTS) <= 4 * (SLOTS / np.size(drawn)) ** 0.5
        spread.append(np.var(drawn))
    assert spread == sorted(spread)
    # Sixty percent of a binomial, against five to fifteen: rounding up plans some more.
    assert spread[-1] > 3 * spread[0] > 0


def test_a_trusts_capacity_rises_and_falls_as_one():
    """A spread of 0.3: both services of a trust have the same good or bad month, others not."""
    own = busy(slots=400, join=400, removals=None)
    twice = {
        name: pd.concat([own.table(name), own.table(name).assign(service="C_120")])
        for name in ("waiting_list", "referrals", "capacity")
    }
    frame = ma.optimise(own.replace(**twice)).model.frame
    drawn = np.array([sample.slots.sum(axis=2) for sample in samples(frame, only(capacity=0.3))])
    first = drawn[:, frame.slots.service == 0]
    close(first / 400, 1, 0.3**2, tails=1.5)
    assert each_its_own(first)
    for trust in (0, 1):
        one, other = drawn[:, frame.slots.provider == trust].swapaxes(0, 1)
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.99
    # Every week of the month is as good or bad as the month.
    weeks = np.array([sample.slots for sample in samples(frame, only(capacity=0.3))])
    assert np.corrcoef(weeks[..., 0].ravel(), weeks[..., 3].ravel())[0, 1] > 0.98


@pytest.mark.parametrize("share", [0.2, 0.67])
def test_as_many_accept_as_is_said(frame, share):
    """Whatever the lot, whoever comes before, and whether asked a first or a second time."""
    for again in (0, 1):
        drawn = np.concatenate(
            [answers(sample)[again] < share for sample in samples(frame, Noise.none())]
        )
        assert len(drawn) > 40_000
        close(drawn, share, share * (1 - share))
        assert apart(drawn[1:], drawn[:-1])


def test_who_is_asked_later_gives_an_answer_of_their_own(frame):
    """The third and fourth of a lot: their two answers, not the first ones, or another lot's."""
    sample = draw_sample_path(frame, Noise.none(), 1)
    starts = np.concatenate([[0], np.cumsum(sample.patients)])
    for again in (False, True):
        given = answers(sample)[int(again)]
        for lot, count in enumerate(sample.patients.tolist()):
            mine = given[starts[lot] : starts[lot] + count]
            for place in range(min(count, 6)):
                asked = min(2, count - place)
                for chance in (0.2, 0.7):
                    offer = (np.array([number]) for number in (lot, place, asked, chance))
                    found = sample.accepting(*offer, again=again)
                    assert found.tolist() == [(mine[place : place + asked] < chance).sum()]


def test_a_world_is_the_same_for_every_policy(plan):
    """Each policy sees the same people join, whoever is asked elsewhere, and has the same row."""

    class Watch:
        """Moves nobody, or follows the plan, and notes who is there."""

        def __init__(self, name, decide):
            self.name, self.choose, self.come = name, decide, []

        def decide(self, seen):
            new = seen.frame.queues.lot_arrival == seen.period
            self.come.append(seen.unasked[new].tolist())
            return self.choose(seen)

    both = [Watch("idle", nobody), Watch("active", PlanOnce().decide), Watch("again", nobody)]
    runs = replay(plan, both, seeds=[1, 2], hindsight=False).runs
    assert both[0].come == both[1].come
    assert both[0].come[:PERIODS] != both[0].come[PERIODS:]
    same = runs.set_index(["policy", "seed"]).drop(columns="over_65")
    assert same.loc["idle"].equals(same.loc["again"])
    assert not same.loc["idle"].equals(same.loc["active"])
    alone = replay(plan, [LongestFirst()], seeds=[1, 2], hindsight=False).runs
    among = replay(plan, [Nothing(), PlanOnce(), LongestFirst()], seeds=[1, 2]).runs
    among = among[among["policy"] == "longest first"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among)
