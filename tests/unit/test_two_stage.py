"""Moves that are decided before anybody knows which future comes."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, costly, rising

import mutualaid as ma
from mutualaid.solve.interface import Limits
from mutualaid.solve.stochastic.extensive_form import build_extensive_form
from mutualaid.solve.stochastic.two_stage_program import decide, hedge, risk
from mutualaid.studies import changes as ch
from mutualaid.studies.mean_system import mean_system
from mutualaid.studies.recourse import _program, _start

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
FACTORS = st.lists(st.sampled_from([0, 0.5, 1, 1.5, 2]), min_size=1, max_size=3)
MEASURES = [("expected", 0.9), ("cvar", 0.0), ("cvar", 0.5), ("worst", 0.9)]
MODES = [ma.Deep(), ma.Resource()]


def futures(factors):
    """One scenario for each factor of capacity."""
    return [ma.studies.Scenario(f"{i}", [ch.Capacity(factor=f)]) for i, f in enumerate(factors)]


@costly
@given(
    cases(most_patients=6),
    FACTORS,
    st.sampled_from(MEASURES),
    st.sampled_from(MODES),
    st.sampled_from([0.0, 0.5, 4.0]),
    st.data(),
)
def test_deciding_lies_between_knowing_and_deciding_for_the_mean(
    case, factors, measure, mode, cancel, data
):
    """Wait and see <= two-stage <= expected-value plan, whatever the measure; bounds hold."""
    likely = data.draw(st.lists(st.sampled_from([1, 2, 5]), min_size=len(factors), max_size=3))
    plan = ma.studies.two_stage(
        case.system(),
        case.policy,
        futures(factors),
        commit=data.draw(st.integers(1, case.periods)),
        probabilities=likely[: len(factors)],
        collaboration=mode,
        measure=measure[0],
        level=measure[1],
        cancel_weeks=cancel,
    )
    value = plan.worth
    assert value["wait_and_see"] <= value["two_stage"] <= value["expected_value_plan"]
    assert plan.bound <= plan.objective == value["two_stage"]
    assert (plan.table["wait_and_see"] <= plan.table["objective"]).all()
    assert (plan.table["kept"] + plan.table["cancelled"] == plan.table["promised"]).all()
    for name, made in plan.plans.items():
        assert made.certificate.valid
        assert made.violations().empty
        row = plan.table.set_index("scenario").loc[name]
        paid = row["objective"] - made.objective
        assert paid == pytest.approx(cancel * row["cancelled"])


@costly
@given(cases(most_patients=4), FACTORS, st.sampled_from(MEASURES))
def test_no_other_moves_come_up_in_the_decided_periods(case, factors, measure):
    """In every scenario the first moves are those that were decided, or fewer."""
    plan = ma.studies.two_stage(
        case.system(), case.policy, futures(factors), commit=1, measure=measure[0], level=measure[1]
    )
    keys = [*case.system().queue_columns, "provider", "period"]
    decided = plan.moves.astype(dict.fromkeys(keys[:-1], str)).groupby(keys)["patients"].sum()
    for made in plan.plans.values():
        first = made.moves[made.moves["period"] == 1].astype(dict.fromkeys(keys[:-1], str))
        done = first.groupby(keys)["patients"].sum()
        assert (done <= decided.reindex(done.index, fill_value=0)).all()
        assert set(done.index) <= set(decided.index)


def program_of(system, policy, scenarios, weight, commit=1, cancel=4000):
    models = [ma.build(*one.apply(system, policy)) for one in scenarios]
    program, _ = _program(models, commit, np.array(weight), cancel)
    return program, [_start(model) for model in models]


@costly
@given(cases(most_patients=2, side_rows=False), FACTORS, st.sampled_from(MEASURES))
def test_small_programs_are_as_good_as_trying_every_decision(case, factors, measure):
    """Brute force over all decisions: none is better, and none lies below the bound."""
    alpha = {"expected": Fraction(0), "worst": Fraction(1)}.get(
        measure[0], Fraction(repr(measure[1]))
    )
    program, starts = program_of(
        case.system(), case.policy, futures(factors), [1] * len(factors), cancel=700
    )
    wide = build_extensive_form(program)
    most = wide.network.capacity[wide.decided].tolist()
    if np.prod([m + 1.0 for m in most]) > 60:
        return
    limits = Limits()
    best = min(
        decide(program, np.array(way, dtype=np.int64), alpha, "auto", limits, starts).objective
        for way in itertools.product(*(range(m + 1) for m in most))
    )
    found = hedge(program, alpha, "auto", limits, starts)
    assert found.bound <= best <= found.decided.objective
    if alpha == 0:
        assert found.decided.objective == best


def test_cvar_runs_from_the_mean_to_the_worst_case():
    """At level 0 the mean, at 1 the worst case, and never falling in between."""
    costs, weight = [5, 9, 1, 30], np.array([4, 3, 2, 1])
    levels = [Fraction(i, 20) for i in range(21)]
    values = [risk(costs, weight, level) for level in levels]
    assert values[0] == Fraction(4 * 5 + 3 * 9 + 2 * 1 + 30, 10)
    assert values[-1] == 30
    assert values == sorted(values)
    assert risk(costs, weight, Fraction(9, 10)) == 30
    assert risk(costs, weight, Fraction(8, 10)) == Fraction(30 + 9, 2)


@costly
@given(cases(most_patients=6), FACTORS)
def test_level_0_is_the_expectation_and_level_1_the_worst_case(case, factors):
    """The same plans, or as good, by either name."""
    system, scenarios = case.system(), futures(factors)

    def measured(**options):
        return ma.studies.two_stage(system, case.policy, scenarios, commit=1, **options)

    mean, cvar = measured(), measured(measure="cvar", level=0.0)
    assert cvar.objective == mean.objective
    worst, nearly = measured(measure="worst"), measured(measure="cvar", level=0.999)
    assert nearly.objective == pytest.approx(worst.objective)
    assert worst.objective == pytest.approx(worst.table["objective"].max())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("measure", "level"), [("expected", 0.9), ("cvar", 0.7), ("worst", 0.9)])
def test_at_the_size_of_hospitals_next_to_nothing_is_left_open(measure, level, mode):
    """Thousands of patients, five winters with odds of their own: proven to 1/10,000."""
    system = ma.datasets.collaborative(trusts=4, areas_per_trust=1, periods=5)
    scenarios = [
        ma.studies.Scenario(f"{share:.0%}", [ch.Capacity(factor=share, periods=(2, 3, 4))])
        for share in (1.0, 0.95, 0.85, 0.7, 0.5)
    ]
    outbreak = ma.studies.Scenario("outbreak", [ch.Closure(provider="XA1", periods=(2,))])
    plan = ma.studies.two_stage(
        system,
        None,
        [*scenarios, scenarios[2] + outbreak],
        commit=2,
        probabilities=[3, 4, 4, 2, 1, 1],
        collaboration=mode,
        measure=measure,
        level=level,
    )
    assert plan.gap < 1e-4
    assert plan.worth["stochastic_solution"] >= 0
    assert plan.rounds == 1 if measure == "expected" else plan.rounds < 20


def test_one_certain_future_is_the_plan_for_it():
    """With one scenario there is nothing to hedge: the plan is the best plan."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)
    winter = ma.studies.Scenario("winter", [ch.Capacity(factor=0.8, periods=(2, 3))])
    plan = ma.studies.two_stage(system, None, [winter], commit=2)
    best = ma.optimise(*winter.apply(system))
    assert plan.objective == best.objective == plan.worth["wait_and_see"]
    assert plan.gap == 0
    assert plan.worth["stochastic_solution"] == plan.worth["perfect_information"] == 0


def test_a_receiver_that_may_close_is_promised_less():
    """Birch has room, but closes one time in two: cancelling costs more than it is worth."""
    system = two_trusts(periods=1)
    closed = ma.studies.Scenario("closed", [ch.Closure(provider="BIR")])
    open_ = ma.studies.Scenario("open")
    bold = ma.studies.two_stage(system, None, [open_, closed], commit=1, cancel_weeks=0.0)
    shy = ma.studies.two_stage(system, None, [open_, closed], commit=1, cancel_weeks=500.0)
    assert int(bold.moves["patients"].sum()) == 4
    assert shy.moves.empty
    assert shy.table["cancelled"].sum() == 0
    assert shy.objective > bold.objective
    likely = ma.studies.two_stage(
        system, None, [open_, closed], commit=1, cancel_weeks=20.0, probabilities=[0.95, 0.05]
    )
    assert int(likely.moves["patients"].sum()) == 4
    assert likely.table["cancelled"].tolist() == [0, 4]


def test_promises_to_trusts_hold_in_every_scenario():
    """Under Resource nobody is worse off than alone, whichever winter comes."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    plan = ma.studies.two_stage(
        system, None, futures([1, 0.8]), commit=1, collaboration=ma.Resource()
    )
    for made in plan.plans.values():
        table = made.measures()
        assert (table["harm_weeks_after"] <= table["harm_weeks_before"] + 1e-9).all()
    assert plan.gap < 1e-3


def test_rows_and_scenarios_in_another_order_give_the_same_values():
    """Neither the order of rows nor that of scenarios matters."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    shuffled = system.replace(
        waiting_list=system.waiting_list.sample(frac=1, random_state=1),
        capacity=system.capacity.sample(frac=1, random_state=2),
    )
    scenarios = futures([1, 0.7, 0.9])
    one = ma.studies.two_stage(system, None, scenarios, commit=2, measure="cvar", level=0.5)
    other = ma.studies.two_stage(shuffled, None, scenarios, commit=2, measure="cvar", level=0.5)
    pd.testing.assert_frame_equal(one.moves, other.moves)
    back = ma.studies.two_stage(system, None, scenarios[::-1], commit=2, measure="cvar", level=0.5)
    assert back.objective == pytest.approx(one.objective, rel=1e-5)


def test_the_mean_of_systems_keeps_totals():
    """Over a provider's periods the mean loses less than one slot."""
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=5)
    ways = dict.fromkeys(system.travel["area"], 5)
    others = [
        one.apply(system)[0]
        for one in (
            ma.studies.Scenario("a", [ch.Capacity(factor=0.7), ch.Referrals(factor=1.3)]),
            ma.studies.Scenario("b", [ch.Site(provider="HUB", slots={"C_110": 9}, minutes=ways)]),
        )
    ]
    mean = mean_system([system, *others], np.array([2, 1, 1]))
    keys = ["provider", "service"]
    slots = [
        s.capacity.astype(dict.fromkeys(keys, str)).groupby(keys)["slots"].sum()
        for s in (system, *others, mean)
    ]
    exact = (2 * slots[0]).add(slots[1], fill_value=0).add(slots[2], fill_value=0) / 4
    short = exact - slots[3].reindex(exact.index)
    assert ((short >= 0) & (short < 1)).all()
    assert slots[3]["HUB", "C_110"] == 11
    assert "HUB" in mean.providers


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"commit": 0}, "two_stage.commit"),
        ({"commit": 9}, "two_stage.commit"),
        ({"measure": "median"}, "two_stage.measure"),
        ({"level": 1.0, "measure": "cvar"}, "two_stage.level"),
        ({"cancel_weeks": -1}, "two_stage.cancel_weeks"),
        ({"probabilities": [1.0]}, "one for each"),
        ({"probabilities": [1.0, 0.0]}, "positive numbers"),
        ({"probabilities": [1.0, 1e-9]}, "1/100,000"),
        ({"collaboration": ma.Transactional(share="max-min")}, "leave share out"),
        ({"scenarios": []}, "two_stage.scenarios"),
        ({"scenarios": futures([1]) * 2}, "more than once"),
        (
            {"scenarios": [ma.studies.Scenario("far", [ch.Rule(policy={"max_minutes": 90})])]},
            "change the policy",
        ),
    ],
)
def test_what_cannot_be_meant_is_said(options, told):
    """Each mistake is named."""
    system = two_trusts(periods=2)
    given_ = {"scenarios": futures([1, 0.5]), "commit": 1, **options}
    with pytest.raises(ma.InputError, match=told):
        ma.studies.two_stage(system, None, **given_)


def test_a_limit_between_groups_is_not_decided_on_in_advance():
    """It could not be kept whatever comes; nor is it a coalition's to keep."""
    policy = ma.Policy(equity=ma.Equity(min_gain=0.0))
    with pytest.raises(ma.InputError, match="limit between groups"):
        ma.studies.two_stage(two_trusts(periods=2), policy, futures([1, 0.5]), commit=1)
    with pytest.raises(ma.InputError, match="limit between groups"):
        ma.studies.shapley(two_trusts(), policy)


def test_weights_too_fine_for_a_solver_are_made_coarser():
    """Finely mixed scenarios once made costs at which HiGHS failed; theatres bind here."""
    waiting = [("RA", "C_110", 0, 1), ("RA", "C_110", 3, 1), ("RA", "X05", 51, 1)]
    slots = [("RA", "X05", 1, 2), ("RA", "X05", 2, 0), ("RA", "C_110", 1, 0), ("RA", "C_110", 2, 0)]
    slots += [("RB", "C_110", 1, 0), ("RB", "X05", 1, 1)]
    theatres = [("RA", 1, 0.0), ("RA", 2, 0.0), ("RB", 1, 1.5), ("RB", 2, 1.5)]
    system = ma.System(
        pd.DataFrame(
            [*waiting, ("RA", "X05", 10, 1)],
            columns=["origin", "service", "weeks_waiting", "patients"],
        ),
        pd.DataFrame(slots, columns=["provider", "service", "period", "slots"]),
        pd.DataFrame({"origin": ["RA", "RB"], "provider": ["RB", "RA"], "minutes": 0.0}),
        pools=pd.DataFrame(theatres, columns=["provider", "period", "amount"]).assign(pool="t"),
        usage=pd.DataFrame({"service": ["C_110", "X05"], "pool": "t", "amount": [0.5, 1.5]}),
        period_weeks=1,
        periods=2,
    )
    policy = ma.Policy(harm=ma.harm.from_function(rising), move_weeks=0.0, max_out=0)
    plan = ma.studies.two_stage(
        system, policy, futures([1, 1.5]), commit=1, measure="cvar", level=0.5
    )
    assert plan.moves.empty
    assert plan.bound <= plan.objective == plan.worth["wait_and_see"]
