"""A promised figure of every trust is no worse than alone, and the plan is the best of those."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Option, best
from strategies import cases, relaxed

import mutualaid as ma

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
FIGURES = (
    "harm",
    "over_18",
    "over_52",
    "over_65",
    "share_within_18",
    "list_size",
    "treated",
    "treated_own",
)


@st.composite
def promises(draw, periods):
    """A promise about a figure, at the end of any period."""
    figure = draw(st.sampled_from(FIGURES))
    return ma.Promise(
        figure,
        by=draw(st.sampled_from(["trust", "service"])),
        **draw(
            st.sampled_from(
                [
                    {"lens": "residents"},
                    {"lens": "provider"},
                    {"lens": "provider", "reported_by": "origin"},
                ]
            )
        ),
        period=None if figure == "harm" else draw(st.none() | st.integers(1, periods)),
        tolerance=draw(st.sampled_from([0.0, 0.1, 0.25])),
    )


def counted(promise, whose, service, provider, weeks, referred, period, patients, harm, ends):
    """What patients count: (trust, service, figure, list), None for nothing."""
    end, length = promise.period or ends[0], ends[1]
    trust = whose
    if promise.figure == "harm":
        number, of_all = harm, 0
    elif promise.figure.startswith("treated"):
        number, of_all = patients * (period <= end), 0
        if promise.figure == "treated_own":
            number *= provider == whose
        elif promise.lens == "provider" and promise.reported_by == "receiver" and number:
            trust = provider
    else:
        of_all = patients * (referred <= end < period)
        mark = {"list_size": -9999, "share_within_18": 18}.get(promise.figure)
        mark = int(promise.figure[5:]) if mark is None else mark
        number = of_all * (weeks + end * length >= mark)
    return (trust, service if promise.by == "service" else ""), number, of_all


def figures(promise, entries, ends):
    """Each trust's figure and list from a plan's table, row by row."""
    total: dict[tuple[str, str], list[int]] = {}
    for row in entries.astype({"provider": object}).to_dict("records"):
        provider = "" if pd.isna(row["provider"]) else row["provider"]
        keys = ("weeks_waiting", "referred", "period", "patients", "harm")
        values = (int(row[key]) for key in keys)
        key, number, of_all = counted(
            promise, row["origin"], row["service"], provider, *values, ends
        )
        both = total.setdefault(key, [0, 0])
        both[0] += number
        both[1] += of_all
    return total


def is_kept(promise, came, alone):
    """Whether no figure is worse than alone, beyond the tolerance."""
    slack = Fraction(str(promise.tolerance))
    for key in {*came, *alone}:
        (now, listed), (then, listed_then) = came.get(key, (0, 0)), alone.get(key, (0, 0))
        if promise.figure == "share_within_18":
            share = Fraction(then, listed_then) if listed_then else 0
            if now > (share + slack) * listed:
                return False
        elif promise.figure.startswith("treated"):
            if now < then * (1 - slack):
                return False
        elif now > then * (1 + slack):
            return False
    return True


@relaxed
@given(cases(most_patients=9), st.data())
def test_no_trusts_figure_is_worse_than_alone(case, data):
    """Recounted row by row from the plan's own tables, for every figure and way of working."""
    system = case.system()
    asked = data.draw(st.lists(promises(system.periods), min_size=1, max_size=3))
    ends = system.periods, system.period_weeks
    plans = [
        ma.optimise(system, case.policy, mode)
        for mode in (
            ma.Independent(),
            ma.Transactional(promises=asked),
            ma.Resource(promises=asked),
            ma.Deep(promises=asked),
        )
    ]
    costs = [plan.certificate.cost for plan in plans]
    assert costs == sorted(costs, reverse=True)
    for plan in plans[1:]:
        for promise in asked:
            sides = [figures(promise, t, ends) for t in (plan.entries, plan.baseline_entries)]
            assert is_kept(promise, *sides)
        clauses = plan.clauses()
        assert clauses["kept"].all()
        assert plan.violations().empty


def figure_of(promise, option: Option, ends):
    """What one patient counts, by what becomes of them."""
    person = option.person
    weeks, referred = person["weeks_waiting"], person["referred"]
    provider = option.provider if option.period <= ends[0] else ""
    who = person["origin"], person["service"], provider
    return counted(promise, *who, weeks, referred, option.period, 1, option.harm, ends)


@relaxed
@given(cases(most_patients=2), st.data())
def test_no_plan_by_brute_force_keeps_the_promises_at_less_cost(case, data):
    """Every patient to every place, one by one: the cheapest of those that keep all promises."""
    system = case.system()
    asked = data.draw(st.lists(promises(system.periods), min_size=1, max_size=2))
    ends = system.periods, system.period_weeks
    plan = ma.optimise(system, case.policy, ma.Deep(promises=asked))
    alone = [figures(promise, plan.baseline_entries, ends) for promise in asked]
    keys = [(p, key) for p, one in enumerate(asked) for key in every_key(one, system)]
    place = {key: 1 + 2 * at for at, key in enumerate(keys)}

    def counts(option):
        result = [0] * (1 + 2 * len(keys))
        if option is None:
            return tuple(result)
        result[0] = option.cost
        for number, promise in enumerate(asked):
            key, count, of_all = figure_of(promise, option, ends)
            at = place[number, key]
            result[at] += count
            result[at + 1] += of_all
        return tuple(result)

    kept = []
    for totals in best(case.tables, case.policy, case.period_weeks, case.periods, counts=counts):
        came = [
            {key: totals[place[p, key] : place[p, key] + 2] for at, key in keys if at == p}
            for p in range(len(asked))
        ]
        if all(map(is_kept, asked, came, alone)):
            kept.append(totals[0])
    assert plan.certificate.cost == min(kept)


def every_key(promise, system):
    """Trusts, or trusts and services."""
    services = system.services if promise.by == "service" else ("",)
    return [(trust, service) for trust in system.providers for service in services]
