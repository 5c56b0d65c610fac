"""Who is treated when, counted anew after a replay with much chance, policy by policy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.simulation import Noise, Replanned, replay
from mutualaid.simulation import plan_policies as planned
from mutualaid.simulation.compare import POLICIES
from mutualaid.simulation.observation import context_of
from mutualaid.simulation.plan_policies import plan_again
from mutualaid.simulation.sample_path import draw_sample_path
from mutualaid.simulation.simulate import simulate

MUCH = Noise(referrals=0.5, removals=True, cancelled=0.2, capacity=0.3, acceptance=0.5)


@pytest.fixture(scope="module")
def short():
    """Four periods: Alder's long list, and Birch with slots to spare."""
    waiting = pd.DataFrame(
        [("ALD", 60, 40), ("ALD", 40, 50), ("ALD", 20, 60), ("BIR", 20, 20)],
        columns=["origin", "weeks_waiting", "patients"],
    ).assign(service="C_110")
    join = pd.DataFrame(
        [(o, t, 20) for o in ("ALD", "BIR") for t in range(1, 5)],
        columns=["origin", "period", "patients"],
    ).assign(service="C_110")
    return ma.optimise(
        two_trusts(
            periods=4,
            waiting=waiting,
            slots=(15, 40),
            referrals=join,
            removals=join.assign(patients=1),
        )
    )


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_nobody_is_lost_and_no_slot_used_twice(short, policy, closed):
    """Counted anew from who is treated when: lists, long waiters, moves, ways, harm, and slots.

    Where all slots of the last period fall through, who has moved for them waits there.
    """
    frame = short.model.frame
    context = context_of(short, 0.5)
    sample = draw_sample_path(frame, MUCH, 4)
    if closed:
        sample.slots[:, -1] = 0
    run = simulate(context, sample, policy)
    queues, curves, lanes, out = frame.queues, frame.curves, frame.lanes, run.outcome
    patients, lot, treated = out.patients, out.lot, out.lane >= 0
    assert (patients > 0).all()
    counted = np.bincount(lot, weights=patients, minlength=len(queues.lot_queue))
    assert (counted == sample.patients).all()
    used = np.zeros(sample.slots.shape[:2], dtype=np.int64)
    place = lanes.pair[out.lane[treated]], out.period[treated] - 1
    np.add.at(used, place, patients[treated])
    assert (used <= sample.slots.sum(axis=2)).all()
    for period in range(1, curves.periods + 1):
        waiting = (queues.lot_arrival[lot] <= period) & (out.period > period)
        assert run.list_size[period - 1] == patients[waiting].sum()
        waited = queues.lot_weeks[lot] + period * frame.system.period_weeks
        over = [patients[waiting & (waited >= mark)].sum() for mark in (18, 52, 65)]
        assert run.over[:, period - 1].tolist() == over
    assert (queues.lot_arrival[lot[treated]] <= out.period[treated]).all()
    harm = curves.until(
        queues.lot_queue[lot], queues.lot_weeks[lot], queues.lot_arrival[lot], out.period
    )
    assert run.harm == (harm * patients).sum()
    # Who has moved and waits there at the end has moved as well.
    away = treated & lanes.away[np.maximum(out.lane, 0)]
    assert patients[away].sum() <= run.moves <= run.asked <= 2 * sample.patients.sum()
    assert (run.asked > 0) == (policy.name != "nothing")
    held = run.moves - patients[away].sum()
    if closed and policy.name != "nothing":
        assert held > 0
    else:
        assert held == 0
        assert run.cost == (lanes.cost[out.lane[away]] * patients[away]).sum()
        assert run.minutes == (lanes.extra[out.lane[away]] * patients[away]).sum()
    assert run.moves < run.asked or not run.asked


@pytest.mark.parametrize(("every", "made"), [(1, [1, 2, 3, 4]), (2, [1, 3]), (3, [1, 4]), (4, [1])])
def test_a_new_plan_is_made_when_it_is_time(short, monkeypatch, every, made):
    """Every so many periods from the first on; between them the newest is followed."""
    when = []

    def watched(seen):
        when.append(seen.period)
        return plan_again(seen)

    monkeypatch.setattr(planned, "plan_again", watched)
    replay(short, [Replanned(every=every)], Noise.none(), seeds=[0], hindsight=False)
    assert when == made
