"""What a plan says: its tables, measures, prices, words."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.outcomes.measures import quantile

PLAIN = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=0)


@pytest.fixture
def plan():
    """Six 40-week waiters at Alder, two slots there and four at Birch, one period."""
    return ma.optimise(two_trusts(), PLAIN)


def test_moves_have_the_promised_columns(plan):
    """Origin, provider, service, priority, weeks, period, patients, minutes come first."""
    assert plan.moves.columns[:8].to_list() == [
        "origin",
        "provider",
        "service",
        "priority",
        "weeks_waiting",
        "period",
        "patients",
        "minutes",
    ]
    row = plan.moves.iloc[0]
    assert (row["origin"], row["provider"], row["patients"], row["minutes"]) == (
        "ALD",
        "BIR",
        4,
        30.0,
    )


def test_everybody_is_treated_or_remains(plan):
    """Two at home, four at Birch, nobody left."""
    assert plan.treatments["patients"].sum() == 6
    assert plan.remaining.empty
    alone = ma.optimise(two_trusts(), PLAIN, ma.Independent())
    assert alone.treatments["patients"].sum() == 2
    assert alone.remaining["patients"].sum() == 4


def test_objective_bound_and_gap(plan):
    """Four moves at half a week each, with half an hour each: four harm-weeks, proven."""
    assert (plan.objective, plan.bound, plan.gap) == (4.0, 4.0, 0.0)
    assert plan.baseline_objective == 16.0
    assert plan.harm_weeks == 0.0
    certificate = plan.certificate
    assert certificate.exact
    assert certificate.valid
    assert (certificate.primal_infeasibility, certificate.dual_infeasibility) == (0, 0)


def test_measures_through_the_residents_lens(plan):
    """Alder's own: nobody on the list instead of four; Birch has no patients of its own."""
    table = plan.measures(by="origin").set_index("origin")
    alder = table.loc["ALD"]
    assert (alder["list_size_before"], alder["list_size_after"]) == (4, 0)
    assert (alder["over_18_before"], alder["over_18_after"]) == (4, 0)
    assert (alder["treated_before"], alder["treated_after"]) == (2, 6)
    assert (alder["moves_out_after"], alder["moves_in_after"]) == (4, 0)
    assert alder["mean_wait_before"] == 44
    # Treated half-way through the period: 40 weeks and two.
    assert alder["mean_wait_treated_after"] == alder["p92_wait_treated_after"] == 42
    # Six patients for half of four weeks.
    assert alder["person_weeks_after"] == 12
    assert alder["person_weeks_before"] == 4 * 4 + 2 * 2
    assert (alder["harm_weeks_before"], alder["harm_weeks_after"]) == (16, 0)
    assert alder["travel_minutes_after"] == 4 * 30
    assert table.loc["BIR", "moves_in_after"] == 4
    assert table.loc["BIR", "treated_after"] == 0
    assert table.loc["BIR", "harm_weeks_before"] == 0


def test_measures_through_the_providers_lens(plan):
    """Birch reports four treatments of 42 weeks that it would not have had."""
    birch = plan.measures(by="origin", lens="provider").set_index("origin").loc["BIR"]
    assert (birch["treated_before"], birch["treated_after"]) == (0, 4)
    assert birch["mean_wait_treated_after"] == 42
    assert birch["person_weeks_after"] == 8
    kept = plan.measures(by="origin", lens="provider", reported_by="origin").set_index("origin")
    assert kept.loc["BIR", "treated_after"] == 0
    assert kept.loc["ALD", "treated_after"] == 6


def test_who_has_moved_is_on_the_receivers_list_when_the_period_starts(plan):
    """At the start of period 1 Birch reports the four over 18 weeks; then they are treated."""
    start = plan.measures(by="origin", lens="provider", period=1).set_index("origin")
    assert start.loc["BIR", "list_size_after"] == 4
    assert start.loc["BIR", "over_18_after"] == 4
    assert start.loc["BIR", "list_size_before"] == 0
    assert start.loc["ALD", "list_size_after"] == 2
    origin = plan.measures(by="origin", lens="provider", period=1, reported_by="origin")
    assert origin.set_index("origin").loc["ALD", "list_size_after"] == 6


def test_measures_of_the_whole_system_and_by_several_columns():
    """One row for all, or a row for each origin and service."""
    plan = ma.optimise(ma.datasets.collaborative(trusts=3))
    whole = plan.measures(by=None)
    assert len(whole) == 1
    both = plan.measures(by=["origin", "priority"])
    assert len(both) == 9
    assert both["list_size_after"].sum() == whole["list_size_after"].iloc[0]
    assert both["moves_in_after"].sum() == both["moves_out_after"].sum() > 0
    assert set(plan.measures(by="service")["service"]) == set(plan.system.services)
    assert len(plan.measures(by="area")) == 9


@pytest.mark.parametrize(("days_band", "over"), [(17, 0), (18, 1)])
def test_eighteen_weeks_are_bands_0_to_17(days_band, over):
    """126 days are within 18 weeks (band 17), 127 are not (band 18)."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [days_band], "patients": [1]}
    )
    plan = ma.optimise(two_trusts(waiting=waiting), PLAIN)
    now = plan.measures(by=None, period=1).iloc[0]
    assert now["over_18_before"] == over
    assert now["within_18_before"] == 1 - over


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"by": "consultant"}, "not by consultant"),
        ({"lens": "patient"}, "'residents' or 'provider'"),
        ({"reported_by": "nobody"}, "'receiver' or 'origin'"),
        ({"period": 9}, "from 1 to 2"),
    ],
)
def test_measures_say_what_they_can_be_by(plan, bad, words):
    """A wrong word gets the list of right ones."""
    with pytest.raises(ma.InputError, match=words):
        plan.measures(**bad)


def test_percentiles_are_the_smallest_wait_that_covers_the_share():
    """The 92nd percentile of 25 patients is the 23rd longest-known wait."""
    import numpy as np

    waits = np.arange(1, 26)
    result = quantile(np.zeros(25, dtype=int), waits, np.ones(25), 0.92, 1)
    assert result.tolist() == [23.0]


def test_prices_name_the_slot_and_what_one_more_saves():
    """With five waiting too long, one slot more at Alder saves a month; at Birch, less the way."""
    plan = ma.optimise(two_trusts(slots=(1, 2)), PLAIN)
    prices = plan.prices.set_index("provider")["price"]
    assert prices["ALD"] == 4.0
    assert prices["BIR"] == 3.0
    assert plan.prices.columns.to_list() == [
        "provider",
        "service",
        "period",
        "slots",
        "used",
        "price",
        "exact",
    ]
    assert plan.prices["exact"].all()


def test_a_plan_describes_itself(plan):
    """A reader of the console sees harm, moves, breaches, the proof, and the assumption."""
    text = repr(plan)
    assert "Plan (Deep)" in text
    assert "4.0 harm-weeks" in text
    assert "75.00% below the 16.0 of Independent" in text
    assert "4 of 6 treated patients move, if everybody accepts" in text
    assert "proven best" in text


def test_explain_says_what_becomes_of_a_queue(plan):
    """Who is treated where, and what one more would change."""
    text = plan.explain("ALD", "C_110")
    assert "6 patients" in text
    assert "2 treated at home (ALD) in period 1" in text
    assert "4 treated at BIR in period 1" in text
    assert plan.explain("ALD", "C_110", weeks_waiting=40).startswith(
        "ALD C_110, 40 weeks at the census: 6 patients."
    )


def test_explain_puts_a_price_on_the_lane():
    """Waiting a month costs four weeks, the move one: the slot is worth three."""
    plan = ma.optimise(two_trusts(slots=(1, 2)), PLAIN)
    text = plan.explain("ALD", "C_110", "BIR")
    assert "The way is 30 minutes, 30 more than home" in text
    assert "save 4.000 harm-weeks; travel and move cost 1.000; the slot is worth 3.000" in text


def test_explain_says_why_not():
    """Too far, a mixed service, nobody helps: the rule that says no is named."""
    far = ma.optimise(two_trusts(minutes=80.0), PLAIN)
    assert "Nobody is sent further than the travel limit" in far.explain("ALD", "C_110", "BIR")
    mixed = ma.optimise(two_trusts(service="X05"), PLAIN)
    assert "mixed treatment functions do not move" in mixed.explain("ALD", "X05", "BIR")
    alone = ma.optimise(two_trusts(), PLAIN, ma.Independent())
    assert "nobody helps anybody" in alone.explain("ALD", "C_110", "BIR")
    closed = ma.optimise(two_trusts(slots=(2, 0)), PLAIN)
    assert "BIR has no slot for this service." in closed.explain("ALD", "C_110", "BIR")


def test_explain_gives_the_reasons_that_hold_and_no_other():
    """Too early for notice; no slots then; nobody referred yet: each where it is so, by itself."""
    system = ma.System(
        {"origin": ["A"], "service": ["C_110"], "weeks_waiting": [60], "patients": [2]},
        {"provider": ["A", "B", "B"], "service": "C_110", "period": [1, 1, 3], "slots": [1, 5, 5]},
        {"origin": ["A"], "provider": ["B"], "minutes": [20]},
        periods=3,
    )
    plan = ma.optimise(system, ma.Policy(notice_weeks=3))
    told = [plan.explain("A", "C_110", "B", period=t).splitlines()[-1] for t in (1, 2)]
    assert told[0].endswith(
        "In period 1: nobody is moved with less than 3 weeks' notice, and this period begins 0 "
        "weeks after the census."
    )
    assert told[1].endswith("In period 2: no slots there in this period.")
    late = ma.System(
        {"origin": ["C"], "service": ["C_110"], "weeks_waiting": [1], "patients": [1]},
        system.capacity,
        {"origin": ["A", "C", "C"], "provider": ["B", "B", "A"], "minutes": [20, 20, 20]},
        {"origin": ["A"], "service": ["C_110"], "period": [3], "patients": [2]},
        periods=3,
    )
    told = ma.optimise(late).explain("A", "C_110", "B", period=1).splitlines()[-1]
    assert told.endswith("In period 1: nobody of them has been referred by then.")


def test_explain_says_what_a_worthless_move_would_add():
    """At ten weeks a move, four weeks of waiting are the lesser evil: six are lost."""
    plan = ma.optimise(two_trusts(), PLAIN.replace(move_weeks=9.5))
    assert "one more there would add 6.000 harm-weeks" in plan.explain("ALD", "C_110", "BIR")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("XXX", "C_110"), "no queue with origin XXX"),
        (("ALD", "C_110", "XXX"), "'XXX' is not a provider"),
    ],
)
def test_explain_names_what_it_does_not_know(plan, call, words):
    """A wrong code is named."""
    with pytest.raises(ma.InputError, match=words):
        plan.explain(*call)
    with pytest.raises(ma.InputError, match="from 1 to 1"):
        plan.explain("ALD", "C_110", period=3)
    with pytest.raises(ma.InputError, match="nobody of"):
        plan.explain("ALD", "C_110", weeks_waiting=1)


def test_both_spellings_optimise():
    """British and American."""
    assert ma.optimize is ma.optimise


def test_every_public_name_is_there_sorted_and_documented():
    """The list of public names is honest."""
    assert ma.__all__ == sorted(ma.__all__)
    assert all(getattr(ma, name).__doc__ for name in ma.__all__)


def test_a_plan_survives_pickling(plan):
    """Plans can go to another process and come back."""
    import pickle

    again = pickle.loads(pickle.dumps(plan))
    assert again.moves.equals(plan.moves)
    assert repr(again) == repr(plan)
