"""Slots from sessions and from what was done; who joins and who leaves, from history."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mutualaid as ma
from mutualaid.readers.demand_and_capacity.list_shares import shared_out


def sessions(**columns):
    start = {"provider": ["RJ1"], "service": ["C_110"], "sessions": [10], "cases": [4]}
    return pd.DataFrame({**start, **columns})


def activity(*rows, when="month", number="completed"):
    return pd.DataFrame(rows, columns=["provider", "service", when, number])


def quietly(function, *given, **options):
    """The answer, and what was told."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = function(*given, **options)
    return found, [str(one.message) for one in told]


WEEKLY = {"per": "week", "utilisation": 1.0, "working_weeks": 52, "periods": 2}


# Sessions.


@pytest.mark.parametrize(
    ("options", "total"),
    [
        ({}, 10 * 4 * 8),
        ({"utilisation": 0.85}, 10 * 4 * 8 * 0.85),
        ({"working_weeks": 42}, 10 * 4 * 8 * 42 / 52),
        ({"period_weeks": 1}, 10 * 4 * 2),
        ({"per": "month", "working_weeks": None}, 10 * 4 * 8 * 12 / 52),
        ({"per": "year", "working_weeks": None}, 10 * 4 * 8 / 52),
    ],
)
def test_slots_are_sessions_times_cases_times_utilisation(options, total):
    slots = ma.slots_from_sessions(sessions(), **{**WEEKLY, **options})
    assert slots["slots"].sum() == int(total + 0.5)


def test_what_is_left_of_a_period_is_carried_on():
    table = sessions(sessions=[1], cases=[0.35])
    slots = ma.slots_from_sessions(table, **{**WEEKLY, "periods": 5})
    assert slots["slots"].tolist() == [1, 2, 1, 2, 1]


def test_theatres_of_one_list_are_added_up_and_lines_are_not():
    table = pd.concat([sessions(theatre=["1"]), sessions(theatre=["2"], sessions=[5])])
    assert ma.slots_from_sessions(table, **WEEKLY)["slots"].tolist() == [240, 240]
    by_stream = table.assign(stream=["admitted", "non_admitted"])
    slots = ma.slots_from_sessions(by_stream, **WEEKLY)
    assert slots.groupby("stream")["slots"].sum().to_dict() == {
        "admitted": 320,
        "non_admitted": 160,
    }


def test_sessions_of_each_period_are_read():
    table = pd.concat([sessions(period=[1]), sessions(period=[2], sessions=[0])])
    assert ma.slots_from_sessions(table, **WEEKLY)["slots"].tolist() == [160, 0]
    with pytest.raises(ma.InputError, match="lacks some of the 3 periods for RJ1 C_110"):
        ma.slots_from_sessions(table, **{**WEEKLY, "periods": 3})


def test_utilisation_may_stand_in_the_table_as_a_percentage():
    table = sessions(utilisation=["85%"])
    slots = ma.slots_from_sessions(table, per="week", working_weeks=52, periods=1)
    assert slots["slots"].tolist() == [136]


def test_a_file_is_read_like_its_table(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text("Trust Code;Service;Sessions per week;Cases per list\nRJ1;C_110;2,5;4\n")
    assert ma.slots_from_sessions(path, **WEEKLY)["slots"].tolist() == [40, 40]


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (sessions(), {"per": None}, "per: is None"),
        (sessions(), {"per": "quarter"}, "use 'week', 'month' or 'year'"),
        (sessions(), {"utilisation": None}, "utilisation: is not said"),
        (sessions(), {"working_weeks": None}, "working_weeks: is not said"),
        (sessions(), {"per": "year"}, "goes with per='week'"),
        (sessions(utilisation=[0.9]), {}, "is in the table and in the call"),
        (sessions(utilisation=[85]), {"utilisation": None}, "a percentage with its sign"),
        (sessions().rename(columns={"sessions": "sessions_per_year"}), {}, "says a year, and per"),
        (
            sessions().rename(columns={"cases": "cases_per_week"}),
            {},
            "cases: the column is missing",
        ),
        (sessions(sessions=[None]), {}, "is blank"),
        (sessions(sessions=[-1]), {}, "is below 0"),
        (sessions(service=["Total"]), {}, "is a total"),
        (sessions(provider=[""]), {}, "is missing"),
        (pd.concat([sessions(), sessions()]), {}, "differ in nothing"),
        (sessions(lists=[3]), {}, "mean the same"),
    ],
)
def test_what_slots_cannot_be_made_of_is_told(table, options, words):
    with pytest.raises(ma.InputError, match=words) as refused:
        ma.slots_from_sessions(table, **{**WEEKLY, **options})
    assert (refused.value.problems["remedy"].str.len() > 0).all()


def test_every_problem_of_the_sessions_is_told_at_once():
    table = pd.concat([sessions(sessions=[-1]), sessions(cases=["many"], provider=[""])])
    with pytest.raises(ma.InputError) as refused:
        ma.slots_from_sessions(table, **WEEKLY)
    assert set(refused.value.problems["column"]) == {"sessions", "cases", "provider"}


# Activity.


def test_a_month_is_its_working_days():
    """December 2025 has 21, January 2026 has 21; the 28 days from 1 February have 20."""
    table = activity(("RJ1", "C_110", "2025-12", 42), ("RJ1", "C_110", "Jan-26", 63))
    slots, told = quietly(ma.slots_from_activity, table, per="month", periods=1)
    assert slots["slots"].tolist() == [50]
    assert told == ["slots: periods are counted from 2026-01-31, the end of the history"]


def test_weeks_say_whether_they_start_or_end():
    rows = [("RJ1", "C_110", day, 10) for day in ("2026-01-11", "2026-01-18", "2026-01-25")]
    table = activity(*rows, when="week_ending")
    slots = ma.slots_from_activity(table, per="week", periods=2, census="2026-01-25")
    assert slots["slots"].tolist() == [40, 40]
    with pytest.raises(ma.InputError, match="head it week_ending or week_commencing"):
        ma.slots_from_activity(table.rename(columns={"week_ending": "week"}), per="week")
    odd = activity(("RJ1", "C_110", "2026-01-11", 10), ("RJ1", "C_110", "2026-01-19", 10))
    with pytest.raises(ma.InputError, match="one day of the week"):
        ma.slots_from_activity(odd.rename(columns={"month": "week_ending"}), per="week")


@pytest.mark.parametrize(("gaps", "slots"), [("zero", 10), ("skip", 20)])
def test_a_list_without_a_month_is_asked_about(gaps, slots):
    rows = [("RJ1", "C_110", "2025-12", 21), ("RJ1", "C_110", "2026-01", 21)]
    table = activity(*rows, ("RXH", "C_110", "2026-01", 21))
    with pytest.raises(ma.InputError, match="lacks rows: RXH C_110 2025-12"):
        ma.slots_from_activity(table, per="month")
    options = {"per": "month", "periods": 1, "census": "2026-01", "gaps": gaps}
    found = ma.slots_from_activity(table, **options)
    assert found[found["provider"] == "RXH"]["slots"].tolist() == [slots]


def test_months_may_be_columns():
    long = activity(
        *[("RJ1", "C_110", "2025-12", 42), ("RJ1", "C_110", "2026-01", 63)],
        *[("RXH", "C_110", "2025-12", 4), ("RXH", "C_110", "2026-01", 7)],
    )
    wide = pd.DataFrame(
        {
            "Provider Code": ["RJ1", "RXH"],
            "Service": "C_110",
            "Dec-25": [42, 4],
            "Jan-26": ["63", 7],
            "Total": [105, 11],
        }
    )
    options = {"per": "month", "census": "2026-01"}
    found, told = quietly(ma.slots_from_activity, wide, **options)
    pd.testing.assert_frame_equal(found, ma.slots_from_activity(long, **options))
    assert told == ["slots: left out: 'Total'"]
    with pytest.raises(ma.InputError, match=r"slots.Jan-26: is blank \(1 row; row 1\)"):
        ma.slots_from_activity(wide.assign(**{"Jan-26": [63, None]}), **options)


def test_a_missing_column_is_asked_for_by_the_name_that_it_has_here():
    table = pd.DataFrame({"provider": ["RJ1"], "service": ["C_110"], "done": [3]})
    with pytest.raises(ma.InputError, match=r"slots\.slots: the column is missing"):
        ma.slots_from_activity(table, per="week")


def test_a_month_that_nobody_has_is_told():
    table = activity(("RJ1", "C_110", "2025-10", 23), ("RJ1", "C_110", "2025-12", 21))
    slots, told = quietly(
        ma.slots_from_activity, table, per="month", periods=1, census="2025-12-31"
    )
    assert slots["slots"].tolist() == [19]
    assert told == ["slots: no rows of 2025-11, which count for nothing"]


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (activity(("RJ1", "C_110", "2025-12", 5)), {}, "per: is None"),
        (activity(("RJ1", "C_110", "2025-12", 5)), {"per": "year"}, "holds dates, and per is"),
        (activity(("RJ1", "C_110", "spring", 5)), {"per": "month"}, "names no single month"),
        (activity(("RJ1", "C_110", "2025-12", "<5")), {"per": "month"}, "pass hidden="),
        (activity(("RJ1", "C_110", "2025-12", None)), {"per": "month"}, "is blank"),
        (activity(("RJ1", "C_110", "2025-12", -5)), {"per": "month"}, "is below 0"),
        (activity(("RJ1", "Total", "2025-12", 5)), {"per": "month"}, "is a total"),
        (activity(*[("RJ1", "C_110", "2025-12", 5)] * 2), {"per": "month"}, "differ in nothing"),
        (activity(("RJ1", "C_110", "2025-12", 5)), {"per": "month", "gaps": "no"}, "gaps"),
        (activity(("RJ1", "C_110", "2025-12", 5)), {"per": "month", "census": "soon"}, "no date"),
        (
            pd.DataFrame({"provider": ["RJ1"], "service": ["C_110"], "slots": [1]}),
            {"per": "week", "census": "2026-01-31"},
            "goes with a column of months",
        ),
    ],
)
def test_what_a_history_cannot_say_is_told(table, options, words):
    with pytest.raises(ma.InputError, match=words) as refused:
        ma.slots_from_activity(table, **options)
    assert (refused.value.problems["remedy"].str.len() > 0).all()


# Who joins and who leaves.

LIST = pd.DataFrame(
    {
        "origin": ["RJ1", "RJ1", "RXH"],
        "service": "C_110",
        "weeks_waiting": [3, 9, 9],
        "patients": [1, 3, 8],
        "priority": ["P2", "P4", "P3"],
    }
)


def joiners(**columns):
    start = {"origin": ["RJ1", "RXH"], "service": "C_110", "referrals": [10, 5]}
    return pd.DataFrame({**start, **columns})


def test_who_joins_is_told_apart_as_the_list_is():
    found, told = quietly(
        ma.referrals_from_history,
        joiners(),
        per="week",
        periods=2,
        waiting_list=LIST,
        by=["priority"],
    )
    rj1 = found[found["origin"] == "RJ1"]
    assert rj1.groupby("priority")["patients"].sum().to_dict() == {"P2": 20, "P4": 60}
    assert found.groupby(["origin", "period"])["patients"].sum().to_list() == [40, 40, 20, 20]
    assert told == ["split by priority in the proportions of the waiting list"]


def test_a_list_that_nobody_is_on_is_split_as_the_service_is_elsewhere():
    found, told = quietly(
        ma.removals_from_history,
        joiners(origin=["RJ1", "RYR"]).rename(columns={"referrals": "removals"}),
        per="month",
        periods=3,
        waiting_list=LIST,
        by=["priority"],
    )
    assert set(found[found["origin"] == "RYR"]["priority"]) == {"P2", "P3", "P4"}
    assert any("RYR C_110" in note and "nobody is on their own list" in note for note in told)


def test_the_tables_are_ready_for_a_system():
    ways = [(a, b, 0 if a == b else 20) for a in ("RJ1", "RXH") for b in ("RJ1", "RXH")]
    options = {"per": "week", "periods": 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        joins = ma.referrals_from_history(joiners(), **options, waiting_list=LIST, by=["priority"])
        leaves = ma.removals_from_history(
            joiners(removals=[1, 1]).drop(columns="referrals"),
            **options,
            waiting_list=LIST,
            by=["priority"],
        )
        slots = ma.slots_from_sessions(sessions(), **WEEKLY)
        travel = pd.DataFrame(ways, columns=["origin", "provider", "minutes"])
        system = ma.System(LIST, slots, travel, referrals=joins, removals=leaves, periods=2)
    assert system.referrals["patients"].sum() == 120
    assert system.capacity["slots"].sum() == 320


def test_published_rates_are_taken_for_the_lists_of_ones_own(published):
    listed = LIST.assign(origin=["RA9", "RA9", "RZZ"])
    found, told = quietly(ma.referrals_from_history, published, periods=13, waiting_list=listed)
    assert set(found["origin"]) == {"RA9"}
    rate = published.referrals.set_index("origin")["patients"]["RA9"]
    assert found["patients"].sum() == int(13 * rate + 0.5)
    assert told == [
        "referrals: the published file has no rate for 1 list (RZZ C_110): they have none"
    ]
    with pytest.raises(ma.InputError, match="has none of the lists"):
        ma.removals_from_history(published, waiting_list=listed.assign(service="hips"))
    with pytest.raises(ma.InputError, match="the rates of the file are known"):
        ma.referrals_from_history(published, per="week")


def test_published_rates_fit_other_lengths_of_periods(published):
    short = ma.slots_from_activity(published, periods=8, period_weeks=1)
    long = ma.slots_from_activity(published, periods=2, period_weeks=4)
    assert abs(short["slots"].sum() - long["slots"].sum()) <= len(published.capacity)


@pytest.fixture
def published():
    bands = [f"Gt {week:02} To {week + 1:02} Weeks" for week in range(104)] + ["Gt 104 Weeks"]
    rows = []
    for provider in ("RA9", "RB1"):
        for part, week, number in (("Part_2", 5, 90), ("Part_1A", 9, 31), ("Part_3", None, 40)):
            counts = {band: number if at == week else None for at, band in enumerate(bands)}
            who = {"Provider Org Code": provider, "Treatment Function Code": "C_110"}
            part = {"Period": "2026-01", "RTT Part Type": part}
            rows.append({**part, **who, **counts, "Total All": number})
    return ma.read_rtt(pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"by": ["priority"]}, "is given without waiting_list"),
        ({"by": ["postcode"], "waiting_list": LIST}, "write some of"),
        ({"by": ["area"], "waiting_list": LIST}, "waiting_list.area: the column is missing"),
        ({"by": ["priority"], "waiting_list": LIST.assign(patients=0)}, "counts nobody"),
    ],
)
def test_what_cannot_be_split_is_told(options, words):
    with pytest.raises(ma.InputError, match=words):
        ma.referrals_from_history(joiners(), per="week", **options)


@given(
    st.lists(st.floats(0, 40), min_size=1, max_size=4),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.integers(1, 12),
)
def test_parts_add_up_to_their_list_and_stay_near_their_share(rates, weights, periods):
    running = np.outer(np.arange(1, periods + 1), rates)
    whole = np.diff(np.floor(running + 0.5).astype(np.int64), axis=0, prepend=0)
    of = np.repeat(np.arange(len(rates)), len(weights))
    share = np.tile(np.array(weights) / sum(weights), len(rates))
    parts = shared_out(whole, running, of, share)
    assert (parts >= 0).all()
    sums = parts.reshape(periods, len(rates), len(weights)).sum(axis=2)
    assert (sums == whole).all()
    due = running[:, of] * share
    assert (np.abs(np.cumsum(parts, axis=0) - due) <= len(weights)).all()
