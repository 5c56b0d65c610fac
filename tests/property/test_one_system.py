"""Nothing that one run writes gives away what it hides: all of it is attacked at once."""

from __future__ import annotations

import random
import re

import pandas as pd
import pytest
from attacker import Attacker, Run

import mutualaid as ma
from mutualaid.disclosure.several_plans import counts_of

WEEKS = [*range(72), 76, 90]


def small_system(seed):
    """Two or three trusts with few patients, some of whom are referred later."""
    rng = random.Random(seed)
    trusts = ["ALD", "BIR", "CED"][: rng.choice([2, 2, 3])]
    services = ["C_110", "C_120"][: rng.choice([1, 1, 2])]
    periods, length = rng.choice([1, 1, 2, 3]), rng.choice([1, 4, 4])
    weeks = [0, 3, 9, 14, 17, 18, 20, 40, 51, 52, 60]
    pairs = [(o, s) for o in trusts for s in services]
    waiting = [
        (o, s, w, rng.choice([1, 2, 3, 4, 6, 9, 15, 40, 120]))
        for o, s in pairs
        for w in rng.sample(weeks, rng.choice([1, 2, 3]))
    ]
    times = range(1, periods + 1)
    slots = [(p, s, t, rng.choice([0, 1, 2, 3, 5, 8, 20, 60])) for p, s in pairs for t in times]
    ways = [(a, b, float(rng.choice([10, 20, 30, 50]))) for a in trusts for b in trusts if a != b]
    more = {}
    if rng.random() < 0.4:
        rows = [(o, s, t, rng.choice([1, 3, 6, 12])) for o, s in pairs for t in times]
        columns = ["origin", "service", "period", "patients"]
        more["referrals"] = pd.DataFrame(rows, columns=columns)
    return ma.System(
        pd.DataFrame(waiting, columns=["origin", "service", "weeks_waiting", "patients"]),
        pd.DataFrame(slots, columns=["provider", "service", "period", "slots"]),
        pd.DataFrame(ways, columns=["origin", "provider", "minutes"]),
        periods=periods,
        period_weeks=length,
        **more,
    )


def attacked(plan, folder, threshold=5):
    """Somebody with all files and the screen, and what is true."""
    reader = Attacker(plan, Run(plan, folder, threshold), WEEKS)
    truth = reader.true_world(plan)
    assert not reader.broken(truth), "what is written is true"
    return reader, truth


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
@pytest.mark.parametrize("seed", [*range(12), 18, 28, 39])
def test_nothing_of_a_run_gives_away_what_it_hides(seed, tmp_path):
    """Tables, page, charts, workbook and screen: each hidden 1 to 4 may be 1, and may be 4."""
    modes = (ma.Deep(), ma.Resource(), ma.Independent())
    plan = ma.optimise(small_system(seed), ma.Policy(), modes[seed % 3])
    reader, truth = attacked(plan, tmp_path)
    assert not reader.exposed(truth)


def long_waiter():
    """Twenty on Alder's list, one of them over 18 weeks; and nobody is treated."""
    waiting = pd.DataFrame(
        [("ALD", 3, 10), ("ALD", 5, 9), ("ALD", 20, 1), ("BIR", 3, 60), ("BIR", 20, 30)],
        columns=["origin", "weeks_waiting", "patients"],
    ).assign(service="C_110")
    slots = pd.DataFrame({"provider": ["ALD", "BIR"], "service": "C_110", "period": 1, "slots": 0})
    ways = pd.DataFrame({"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": 30.0})
    with pytest.warns(ma.InputWarning):
        return ma.optimise(ma.System(waiting, slots, ways, periods=1))


def test_a_quantile_does_not_say_how_many_wait_long(tmp_path):
    """A 92nd percentile of 9 weeks would say that it is one."""
    plan = long_waiter()
    plan.to_csv(tmp_path / "m.csv", table="measures")
    table = pd.read_csv(tmp_path / "m.csv", encoding="utf-8-sig", dtype=str).set_index("origin")
    assert table.loc["ALD", "over_18_after"] == "<5"
    for name in ("median_wait_after", "p92_wait_after", "mean_wait_after", "harm_weeks_after"):
        assert table.loc["ALD", name] == "*", name
    # Of ninety, ten more or fewer on either side would not change the median.
    assert table.loc["BIR", "median_wait_after"] == "7.0"
    reader, truth = attacked(plan, tmp_path)
    assert not reader.exposed(truth)


def test_the_attacker_is_no_fool(tmp_path):
    """Told the 92nd percentile, it knows that one patient waits over 18 weeks."""
    plan = long_waiter()
    run = Run(plan, tmp_path)
    own = run.csv["measures"]["origin"] == "ALD"
    run.csv["measures"].loc[own, "p92_wait_after"] = "9.0"
    reader = Attacker(plan, run, WEEKS)
    found = reader.exposed(reader.true_world(plan))
    assert found["ALD", "over_18", "after"] == (1, 1)


def test_a_rung_hides_what_its_ladder_hides():
    """Whichever file is written, and when: before it was a rung it stood alone."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2)
    rungs = ma.ladder(system)
    for plan in rungs.plans.values():
        assert plan.published_with == tuple(rungs.plans.values())
        assert counts_of(plan) is counts_of(plan)
    alone = ma.optimise(system)
    assert alone.published_with == (alone,)
    before = counts_of(alone)
    ladder = ma.studies.Ladder(plans={"Deep": alone, "Resource": rungs.plans["Resource"]})
    assert counts_of(ladder.plans["Deep"]) is not before


def test_the_page_and_the_screen_say_the_same(tmp_path):
    """One count for both, to the last mark."""
    plan = ma.optimise(small_system(14), ma.Policy(), ma.Deep())
    run = Run(plan, tmp_path)
    page = {row[0]: row[1:3] for row in run.page.summary.rows}
    assert page["On the list at the end (patients)"] == run.screen["on the list"]
    assert page["… over 18 weeks (patients)"] == run.screen["over 18 weeks"]
    assert page["Harm with travel and moves (harm-weeks)"] == run.screen["harm-weeks"]
    assert re.search(r"<5|\*", " ".join(map(str, run.screen.values())))
