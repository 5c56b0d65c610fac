"""Rules of who may be asked when, in replays of any small plan: no policy breaks one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from people import people
from strategies import cases, costly

import mutualaid as ma
from mutualaid.audit import eligibility_audit, plan_audit, weeks_saved_audit
from mutualaid.outcomes.tables import entries
from mutualaid.simulation import Noise, PlanOnce, Replanned, replay
from mutualaid.simulation.compare import POLICIES
from mutualaid.simulation.observation import context_of
from mutualaid.simulation.sample_path import draw_sample_path
from mutualaid.simulation.simulate import simulate

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")

CURVES = (
    1.0,
    0.4,
    ma.Acceptance.default(),
    ma.Acceptance.from_function(lambda o: 0.5 * (o["minutes"] < 40)),
)


@st.composite
def ruled(draw):
    """A case whose policy asks for notice, for time to prepare a move, and for weeks saved."""
    case = draw(cases(most_patients=9, side_rows=False))
    notice = draw(st.sampled_from([0, 1, 3, 4, 8]))
    lead = draw(st.sampled_from([0, 1, 3, 4, 8]))
    saved = draw(st.sampled_from([0, 1, 4, 8]))
    rules = {"notice_weeks": notice, "lead_weeks": lead, "min_weeks_saved": saved}
    return case.system(), case.policy.replace(**rules)


def waiting_costs(plan):
    """Whether each week of waiting costs something: else a plan may as well leave slots empty."""
    return bool((np.diff(plan.model.frame.curves.total, axis=1) > 0).all())


class Watched:
    """A policy, and what it asks for in each period."""

    def __init__(self, policy):
        self.name, self.policy, self.asked = policy.name, policy, []

    def decide(self, observation):
        decision = self.policy.decide(observation)
        self.asked.append((observation, decision))
        return decision


@costly
@given(ruled())
def test_with_nothing_random_a_replay_does_what_a_plan_with_rules_says(case):
    """Followed, or made anew each period: it costs the same, and is the same when followed."""
    plan = ma.optimise(*case)
    assume(waiting_costs(plan))
    result = replay(plan, [PlanOnce(), Replanned()], Noise.none(), seeds=[0])
    table = result.table.set_index("policy")
    assert table.loc["LP once", "objective"] == plan.objective
    assert table.loc["LP re-planned", "objective"] == plan.objective
    assert table.loc["LP once", "harm_weeks"] == plan.harm_weeks
    assert table.loc["LP once", "moves"] == plan.moves["patients"].sum()
    assert (result.periods.query("policy == 'LP once'").eval("list_size == plan")).all()


@costly
@given(ruled(), st.sampled_from(CURVES))
def test_with_nothing_random_who_moves_gains_under_every_policy(case, acceptance):
    """The audit of plans finds nothing in what becomes of everybody, whoever decides."""
    system, policy = case
    plan = ma.optimise(system, policy)
    sample = draw_sample_path(plan.model.frame, Noise.none(), 0)
    for rule in POLICIES:
        run = simulate(context_of(plan, acceptance), sample, rule)
        table = entries(plan.model, run.outcome)
        # Who accepts beyond the slots there are waits there, and then is treated later.
        if acceptance == 1.0:
            found = weeks_saved_audit.violations(
                policy, table, plan.baseline_entries, system.period_weeks
            )
            assert found.empty, rule.name
        cost = run.harm + int(table["cost"].sum())
        assert plan_audit.violations(system, policy, table, cost).empty, rule.name


@costly
@given(ruled(), st.sampled_from(CURVES), st.integers(0, 2**32))
def test_nobody_is_asked_too_soon_too_often_or_for_nothing(case, acceptance, seed):
    """Counted from what each policy asks for, where all is random."""
    system, policy = case
    plan = ma.optimise(system, policy)
    frame = plan.model.frame
    queues, weeks = frame.queues, system.period_weeks
    sample = draw_sample_path(frame, Noise(referrals=0.5, cancelled=0.3), seed)
    context = context_of(plan, acceptance)
    for rule in POLICIES:
        watched = Watched(rule)
        run = simulate(context, sample, watched)
        asked = np.zeros(len(queues.lot_queue), dtype=np.int64)
        for observation, decision in watched.asked:
            np.add.at(asked, decision.lot, decision.asked)
            some = decision.asked > 0
            begins = (observation.period - 1) * weeks
            assert begins >= policy.notice_weeks or not some.any()
            joined = (np.maximum(queues.lot_referred, 1)[decision.lot[some]] - 1) * weeks
            assert (begins - joined >= policy.lead_weeks).all()
            if policy.min_weeks_saved:
                when = queues.labels["alone_period"].to_numpy(np.int64)
                saved = (when[queues.lot_queue[decision.lot]] - observation.period) * weeks
                assert (saved >= policy.min_weeks_saved)[some].all()
            likely = observation.chance(decision.lot, decision.lane)
            assert (likely[some] > 0).all()
            together = np.zeros_like(asked)
            np.add.at(together, decision.lot, decision.asked)
            assert (together <= observation.unasked + observation.asked_once).all()
        assert (asked <= 2 * sample.patients).all()
        assert run.moves <= run.asked == asked.sum()


@costly
@given(people(), st.sampled_from([0, 3]), st.integers(0, 2**32))
def test_no_policy_sends_anybody_against_their_own_limits(case, lead, seed):
    """Consent, dates, how far they are willing to go, what sites accept."""
    policy = case.policy.uncapped().replace(equity=None, lead_weeks=lead)
    assume("pools" not in case.case.tables)
    system = case.system()
    plan = ma.optimise(system, policy)
    for noise in (Noise.none(), Noise(acceptance=0.5)):
        sample = draw_sample_path(plan.model.frame, noise, seed)
        context = context_of(plan, noise.acceptance)
        for rule in POLICIES:
            run = simulate(context, sample, rule)
            table = entries(plan.model, run.outcome)
            assert eligibility_audit.violations(sample.system, policy, table).empty, rule.name
            assert table["patients"].sum() == sample.patients.sum()
    if waiting_costs(plan):
        found = replay(plan, [PlanOnce(), Replanned()], Noise.none(), seeds=[0], hindsight=False)
        assert (found.table["objective"] == plan.objective).all()
