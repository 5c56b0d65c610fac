"""Rates of the months in which a list existed: services, providers and parts that come and go."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutualaid.errors import InputError, InputWarning
from mutualaid.readers import read_rtt

MONTHS = ("October-2025", "November-2025", "December-2025", "January-2026", "February-2026")
DAYS = {"October": 31, "November": 30, "December": 31, "January": 31, "February": 28, "March": 31}
PERIOD_DAYS = 28


@pytest.fixture
def files(write, line):
    """Write a file a month: by provider and service, who waits at its end, is done, and joins."""

    def to_files(months):
        paths = []
        for month, lists in months.items():
            rows = [
                line(provider, service, part, count, period=f"RTT-{month}")
                for (provider, service), (waiting, done, new) in lists.items()
                for part, count in (
                    ("Part_2", {3: waiting}),
                    ("Part_1A", {3: 0}),
                    ("Part_1B", {3: done}),
                    ("Part_3", new),
                )
            ]
            paths.append(write(rows, f"{month}.csv"))
        return paths

    return to_files


def rate(table, who, service):
    """The rate of a list, 0 if it has none."""
    return table.loc[(table.iloc[:, 0] == who) & (table["service"] == service)].iloc[:, 2].sum()


def told(rtt, *words):
    """Whether one of the notes says all these words."""
    return any(all(word in note for word in words) for note in rtt.notes)


STEADY = (1_000, 100, 110)


def steady(*services):
    """RAA with lists that do not change but for 10 a month who leave."""
    return {("RAA", service): STEADY for service in services}


# --- services that begin and end ---


def test_a_service_that_began_has_the_rate_of_the_months_since(files):
    """Respiratory medicine opens in January; the three months before were not without work."""
    months = {
        month: steady("C_110", *(["C_340"] if "2026" in month else [])) for month in MONTHS[:4]
    }
    rtt = read_rtt(files(months))
    assert rate(rtt.capacity, "RAA", "C_340") == pytest.approx(100 * PERIOD_DAYS / 31)
    assert rate(rtt.referrals, "RAA", "C_340") == pytest.approx(110 * PERIOD_DAYS / 31)
    days = sum(DAYS[month.split("-")[0]] for month in MONTHS[:4])
    assert rate(rtt.capacity, "RAA", "C_110") == pytest.approx(400 * PERIOD_DAYS / days)
    assert told(
        rtt, "the list of C_340 (Respiratory Medicine) at RAA began in 2026-01 (1,000 waiting)"
    )


def test_patients_of_a_service_that_began_did_not_join_without_a_clock_start(files):
    """1,000 patients who were not there the month before are no removals below 0."""
    months = {MONTHS[2]: steady("C_110"), MONTHS[3]: steady("C_110", "C_340")}
    rtt = read_rtt(files(months))
    assert not told(rtt, "below 0")
    assert rate(rtt.removals, "RAA", "C_340") == pytest.approx(0.145 * 110 * PERIOD_DAYS / 31)
    assert (
        "for the lists of C_340 (Respiratory Medicine) at RAA estimated: 14.5%"
        in rtt.removals_basis
    )


def test_a_service_that_ended_has_no_rates(files):
    """Nobody is treated where nobody is treated any more; how many waited is told."""
    months = {
        month: steady("C_110", *([] if "2026" in month else ["C_340"])) for month in MONTHS[:4]
    }
    rtt = read_rtt(files(months))
    for table in (rtt.capacity, rtt.referrals, rtt.removals):
        assert rate(table, "RAA", "C_340") == 0
        assert rate(table, "RAA", "C_110") > 0
    assert told(
        rtt,
        "ended, with 1,000 patients waiting",
        "C_340 (Respiratory Medicine) at RAA ended after 2025-12",
    )


def test_a_month_in_which_a_service_made_no_return_counts_for_nothing(files):
    """1,000 patients are there before and after: the return lacks, and not the patients."""
    months = {month: steady("C_110", "C_340") for month in MONTHS[:4]}
    months[MONTHS[1]] = steady("C_110")
    rtt = read_rtt(files(months))
    assert rate(rtt.capacity, "RAA", "C_340") == pytest.approx(300 * PERIOD_DAYS / (31 * 3))
    # Of the three pairs of months only December and January show the list at both ends.
    assert rate(rtt.removals, "RAA", "C_340") == pytest.approx(10 * PERIOD_DAYS / 31)
    assert not told(rtt, "below 0")
    assert told(
        rtt,
        "1 list is missing in months between",
        "C_340 (Respiratory Medicine) at RAA is missing in 2025-11",
    )


def test_a_month_in_which_nobody_waited_was_a_month_without_work(files):
    """A list that had run out and has no row was there all the same."""
    months = {month: steady("C_110") | {("RAA", "C_340"): (0, 30, 30)} for month in MONTHS[:4]}
    months[MONTHS[1]] = steady("C_110")
    rtt = read_rtt(files(months))
    assert rate(rtt.capacity, "RAA", "C_340") == pytest.approx(90 * PERIOD_DAYS / (31 * 3 + 30))
    assert not told(rtt, "missing in months between")


def test_a_row_of_zeros_says_that_the_list_was_there(files):
    """Somebody has written down that nothing was done."""
    months = {month: steady("C_110", "C_340") for month in MONTHS[:2]}
    months[MONTHS[0]][("RAA", "C_340")] = (0, 0, 0)
    rtt = read_rtt(files(months))
    assert rate(rtt.capacity, "RAA", "C_340") == pytest.approx(100 * PERIOD_DAYS / 61)
    assert not told(rtt, "began in")


def test_other_medical_of_2021_is_told_from_new_patients(files):
    """X01 became X02 to X06: nobody left untreated, nobody joined, and the notes say it."""
    after = {("RAA", "X02"): (600, 60, 66), ("RAA", "X05"): (400, 40, 44)}
    months = {
        MONTHS[0]: steady("C_110", "X01"),
        MONTHS[1]: steady("C_110", "X01"),
        MONTHS[2]: steady("C_110") | after,
    }
    rtt = read_rtt(files(months))
    assert not told(rtt, "below 0")
    assert told(rtt, "X01 fell by 1,000 and X02, X05 rose by 1,000 at RAA in 2025-12")
    assert rate(rtt.capacity, "RAA", "X02") == pytest.approx(60 * PERIOD_DAYS / 31)
    assert rate(rtt.capacity, "RAA", "X01") == 0
    assert rate(rtt.removals, "RAA", "X02") == pytest.approx(0.145 * 66 * PERIOD_DAYS / 31)


def test_a_service_that_took_a_share_of_another_is_told(files):
    """X06 goes on with 400 fewer, who are in X02 now; no 400 patients have left."""
    months = {month: steady("X06") for month in MONTHS[:3]}
    months[MONTHS[2]] = {("RAA", "X06"): (590, 60, 60), ("RAA", "X02"): (400, 40, 50)}
    rtt = read_rtt(files(months))
    assert told(rtt, "X06 fell by 410 and X02 rose by 400 at RAA in 2025-12")
    # October to November: 10 of 30 days.
    assert rate(rtt.removals, "RAA", "X06") == pytest.approx(10 * PERIOD_DAYS / 30)


# --- providers ---


def test_a_provider_that_appears_has_rates_of_its_own_months(files):
    """RBB makes its first return in January."""
    months = {month: steady("C_110") for month in MONTHS[:4]}
    months[MONTHS[3]] |= {("RBB", "C_110"): (50, 31, 31)}
    rtt = read_rtt(files(months))
    assert rate(rtt.capacity, "RBB", "C_110") == pytest.approx(PERIOD_DAYS)
    assert not told(rtt, "RBB", "began in")
    assert told(rtt, "2025-10: no return from RBB")


def merged(names=("RW6", "RM3"), services=("C_110", "C_120")):
    """One trust takes over the lists of another in December."""
    gone, heir = names
    months = {}
    for month in MONTHS[:4]:
        after = month in MONTHS[2:]
        lists = {(heir, service): (2_000 + 1_000 * after, 200 + 100 * after, 220 + 110 * after)
                 for service in services}  # fmt: skip
        if not after:
            lists |= {(gone, service): STEADY for service in services}
        months[month] = lists
    return months


def test_a_merger_that_is_not_told_is_named(files):
    """A list vanishes while another jumps by about its size: the note says what to pass."""
    rtt = read_rtt(files(merged()))
    assert told(
        rtt,
        "2025-12: RW6 made its last return for 2025-11, with 2,000 patients waiting",
        "RM3 (Northern Care Alliance) has 2,000 more than then: a merger is likely",
        "pass successors={'RW6': 'RM3'}",
    )
    assert not told(rtt, "below 0")


def test_successors_are_one_provider_in_every_month(files):
    """Lists, work and clock starts of both, over all four months, and one name."""
    rtt = read_rtt(files(merged()), successors={"RW6": "RM3"})
    days = 31 + 30 + 31 + 31
    for service in ("C_110", "C_120"):
        assert rate(rtt.capacity, "RM3", service) == pytest.approx(1_200 * PERIOD_DAYS / days)
        assert rate(rtt.referrals, "RM3", service) == pytest.approx(1_320 * PERIOD_DAYS / days)
        # 20 of October's 3,000 leave in November, and 30 of them in each month after.
        left = (3_000 + 330 - 300 - 3_000) * 3
        assert rate(rtt.removals, "RM3", service) == pytest.approx(left * PERIOD_DAYS / 92)
    assert rtt.totals()["incomplete"].tolist() == [6_000] * 4
    assert rtt.providers["provider"].tolist() == ["RM3"]
    assert rtt.providers["name"].tolist() == ["RM3 HOSPITAL"]
    assert set(rtt.counts["provider"].unique()) == {"RM3"}
    assert told(rtt, "counted to successors in every month: RW6 to RM3")
    assert not told(rtt, "a merger is likely")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(1, 500), min_size=3, max_size=3),
    names=st.permutations(["RAA", "RBB", "RCC"]),
)
def test_codes_that_succeed_each_other_are_as_if_they_had_always_been_one(files, sizes, names):
    """Reading three codes as one is reading a file that has one."""
    one, two, three = names
    months = {
        month: {
            (name, service): (size, size // 2, size // 3)
            for name, size in zip(names, sizes, strict=True)
            for service in ("C_110", "X02")
        }
        for month in MONTHS[:2]
    }
    split = read_rtt(files(months), successors={one: two, two: three})
    total, done, new = sum(sizes), sum(n // 2 for n in sizes), sum(n // 3 for n in sizes)
    whole = read_rtt(
        files(
            {
                month: {(three, s): (total, done, new) for s in ("C_110", "X02")}
                for month in MONTHS[:2]
            }
        )
    )
    for table in ("waiting_list", "capacity", "referrals", "removals"):
        pd.testing.assert_frame_equal(getattr(split, table), getattr(whole, table))


def test_a_list_of_a_merged_trust_is_no_row_twice(write, line):
    """Both trusts have a row for one commissioner and service; that is no mistake."""
    rows = [line(code, "C_110", "Part_2", {3: 5}) for code in ("RW6", "RM3")]
    rtt = read_rtt(write(rows), successors={"RW6": "RM3"})
    assert rtt.waiting_list.to_numpy().tolist() == [["RM3", "C_110", 3, 10]]
    with pytest.raises(InputError, match="these rows stand for the same list"):
        read_rtt(write([*rows, rows[0]]), successors={"RW6": "RM3"})


@pytest.mark.parametrize(
    ("successors", "words"),
    [
        (
            {"RW6": "RM4"},
            "are in none of the files: 'RM4' (nearest: RM3 (Northern Care Alliance))",
        ),
        ({"RW6": "RW6"}, "leads back to where it starts: RW6 to RW6"),
        ({"RW6": "RM3", "RM3": "RW6"}, "leads back to where it starts: RW6 to RM3 to RW6"),
        ({"RW6": None}, "holds None, which is no code"),
        ({6: "RM3"}, "holds 6, which is no code"),
        ({"RW6": "R\nM3"}, "which is no code"),
        ({"RW6": ""}, "which is no code"),
        ("RW6", "is 'RW6', not a mapping"),
        ([("RW6", "RM3")], "is a list, not a mapping"),
        (5, "is 5, not a mapping"),
    ],
)
def test_successors_that_lead_nowhere_are_refused(files, successors, words):
    """In a circle, to nobody, or to what is no code."""
    with pytest.raises(InputError) as caught:
        read_rtt(files(merged()), successors=successors)
    assert f"read_rtt.successors: {words}" in str(caught.value) or words in str(caught.value)


def test_a_predecessor_that_nobody_knows_is_said_aloud(files):
    """It may be a slip of the pen, or long gone."""
    with pytest.warns(InputWarning, match="in none of the files.*'RW7' .nearest: RW6"):
        rtt = read_rtt(files(merged()), successors={"RW7": "RM3"})
    assert told(rtt, "'RW7' (nearest: RW6)")


@pytest.mark.parametrize(
    ("heir", "why"),
    [
        ((2_000, 2_010), "an ordinary month"),
        ((2_000, 6_000), "far more than the list that is gone"),
        ((50_000, 52_000), "no more than it changes in any month"),
    ],
)
def test_not_every_list_that_vanishes_has_merged(files, heir, why):
    """RW6 makes no return; nobody else has its patients."""
    before, after = heir
    noise = (0, 2_100, 0) if before == 50_000 else (0, 0, 0)
    months = {}
    for place, month in enumerate(MONTHS[:4]):
        waiting = after if place == 3 else before + noise[place]
        months[month] = {("RM3", "C_110"): (waiting, 200, 220)}
        if place < 3:
            months[month] |= {("RW6", "C_110"): (2_000, 200, 220)}
    assert not told(read_rtt(files(months)), "a merger is likely"), why


def test_services_tell_who_has_taken_over(files):
    """RXX grows by as much in another service: it is not the heir."""
    months = {
        MONTHS[0]: {("RW6", "C_110"): STEADY, ("RM3", "C_110"): STEADY, ("RXX", "C_130"): STEADY},
        MONTHS[1]: {("RM3", "C_110"): (1_980, 200, 220), ("RXX", "C_130"): (2_000, 100, 110)},
    }
    rtt = read_rtt(files(months))
    assert told(rtt, "RW6 made its last return", "RM3 (Northern Care Alliance) has 980 more")
    assert not told(rtt, "RXX has 1,000 more")


def test_two_trusts_that_make_a_third_are_both_named(files):
    """Neither is like the new one by itself."""
    months = {
        MONTHS[0]: {("RAA", "C_110"): STEADY, ("RBB", "C_110"): (700, 70, 80)},
        MONTHS[1]: {("RCC", "C_110"): (1_690, 170, 190)},
    }
    rtt = read_rtt(files(months))
    assert told(rtt, "pass successors={'RAA': 'RCC'}")
    assert told(rtt, "pass successors={'RBB': 'RCC'}")


def test_a_month_that_lacks_is_named(files):
    """No file of December: no balance from November to January, and the note says which."""
    months = {month: steady("C_110") for month in (MONTHS[0], MONTHS[1], MONTHS[3])}
    rtt = read_rtt(files(months))
    assert told(rtt, "Months are missing between 2025-11, 2026-01 (2025-12): no balance over a gap")
    assert "2025-11 to 2026-01" not in rtt.removals_basis


def test_removals_below_0_are_told_with_where(files):
    """The list that grew most by itself is named."""
    months = {month: steady("C_110", "C_120") for month in MONTHS[:2]}
    months[MONTHS[1]][("RAA", "C_120")] = (1_300, 100, 110)
    assert told(
        read_rtt(files(months)),
        "set to 0 for 1 lists",
        "most at C_120 (Ear Nose and Throat) at RAA (-271)",
    )


# --- parts ---


@pytest.fixture
def only(write, line):
    """Write a file with some parts of one list in a month."""

    def to_file(*parts, month="January-2026"):
        counts = {"Part_2": {3: 100, 20: 50}, "Part_1A": {3: 31}, "Part_1B": {3: 62}, "Part_3": 93}
        rows = [line("RAA", "C_110", part, counts[part], period=f"RTT-{month}") for part in parts]
        return write(rows, f"{month}.csv")

    return to_file


WAYS = {"origin": ["RAA"], "provider": ["RAA"], "minutes": [0]}
EVERY = ("Part_2", "Part_1A", "Part_1B", "Part_3")


def test_a_file_of_incomplete_pathways_only_says_what_is_missing(only):
    """Read it is; planned it is not, as there are no slots."""
    rtt = read_rtt(only("Part_2"))
    assert rtt.waiting_list["patients"].sum() == 150
    says = "holds only part 2: parts 1A, 1B and 3 are missing, so that there is no capacity"
    assert told(rtt, says, "no new clock starts")
    assert "(no part 1A, 1B, 3)" in repr(rtt)
    with pytest.raises(InputError, match=says):
        rtt.system(WAYS)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("Part_1A", "Part_1B", "Part_3"), "part 2 is missing, so that nobody is known to wait"),
        (("Part_2", "Part_3"), "parts 1A and 1B are missing, so that there is no capacity"),
    ],
)
def test_without_a_list_or_slots_there_is_no_system(only, parts, words):
    """Refused at once, with the parts that lack."""
    rtt = read_rtt(only(*parts))
    assert told(rtt, words)
    with pytest.raises(InputError, match=words):
        rtt.system(WAYS)


def test_without_clock_starts_nobody_joins_and_that_is_said(only):
    """A plan of it is rosy; the System says so where it is made."""
    rtt = read_rtt(only("Part_2", "Part_1A", "Part_1B"))
    assert told(rtt, "part 3 is missing, so that no new clock starts are known")
    with pytest.warns(InputWarning) as said:
        rtt.system(WAYS)
    told_by_name = [str(one.message) for one in said]
    assert any("part 3 is missing" in one for one in told_by_name)
    assert any("nobody joins any list" in one for one in told_by_name)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("Part_2", "Part_1A", "Part_3"), "no capacity of patients who are not admitted"),
        (("Part_2", "Part_1B", "Part_3"), "no capacity of admitted patients"),
    ],
)
def test_half_of_the_capacity_is_said_to_be_half(only, parts, words):
    """Without admitted patients, or only with them."""
    rtt = read_rtt(only(*parts))
    assert told(rtt, words)
    assert "(no part 1" in repr(rtt)


def test_a_whole_file_says_nothing_of_parts(only):
    """All that a system is made of is there."""
    rtt = read_rtt(only(*EVERY))
    assert not told(rtt, "missing")
    assert "no part" not in repr(rtt)
    assert rtt.system(WAYS).providers == ("RAA",)


@pytest.mark.parametrize("lacking", EVERY[1:])
def test_a_month_without_a_part_counts_for_no_rate_of_it(only, lacking):
    """January has everything and February not: no rate is halved by what is not known."""
    february = only(*(part for part in EVERY if part != lacking), month="February-2026")
    rtt = read_rtt([only(*EVERY), february])
    assert told(rtt, f"2026-02: part {lacking[5:]} is missing; the month counts for no rate")
    alone = read_rtt(only(*EVERY))
    if lacking == "Part_3":
        assert rtt.referrals.equals(alone.referrals)
    else:
        assert rtt.capacity.equals(alone.capacity)
    # Who left in February cannot be known either.
    assert rtt.removals_basis.startswith("estimated")


def test_a_latest_month_without_a_list_is_no_system(only):
    """January's list is not February's."""
    rtt = read_rtt([only(*EVERY), only(*EVERY[1:], month="February-2026")])
    with pytest.raises(InputError, match="the extract of 2026-02, the latest month, has no part 2"):
        rtt.system(WAYS)


# --- 21 real months ---


@pytest.fixture(scope="module")
def real(shared_data):
    """Files of April 2024 to January 2026, in order; March 2025 is not among them."""
    files = sorted((shared_data / "rtt").glob("*.zip"))
    if len(files) < 21:
        pytest.skip("fewer than 21 real months are at hand")
    return files


def months_of(files, *months):
    return [file for file in files if file.name[:6] in months]


def test_north_middlesex_and_the_royal_free_are_found_to_have_merged(real):
    """RAP is part of RAL from January 2025; no other merger is suspected in these months."""
    files = months_of(real, "202411", "202412", "202501")
    rtt = read_rtt(files)
    (note,) = [one for one in rtt.notes if "a merger is likely" in one]
    assert "successors={'RAP': 'RAL'}" in note
    both = read_rtt(files, successors={"RAP": "RAL"})
    assert not told(both, "a merger is likely")
    waiting = both.counts[both.counts["part"] == "incomplete"]
    lists = waiting.groupby(["month", "provider"], observed=True)["pathways"].sum()
    december, january = lists["2024-12", "RAL"], lists["2025-01", "RAL"]
    assert abs(january / december - 1) < 0.02
    assert both.capacity.loc[both.capacity["provider"] == "RAL", "slots"].sum() > (
        1.1 * rtt.capacity.loc[rtt.capacity["provider"] == "RAL", "slots"].sum()
    )


def test_a_merger_across_the_month_that_lacks_is_found(real):
    """NVG01 is Y9S1N in April 2025, after a month without a file."""
    rtt = read_rtt(months_of(real, "202502", "202504"))
    assert told(rtt, "successors={'NVG01': 'Y9S1N'}")
    assert told(rtt, "Months are missing between 2025-02, 2025-04 (2025-03)")


def test_sheffield_has_not_merged_with_anybody(real):
    """RHQ stops making returns in July 2025 with 91,256 patients, which nobody else has."""
    rtt = read_rtt(months_of(real, "202505", "202506", "202507"))
    assert told(rtt, "2025-07: no return from", "RHQ")
    assert not told(rtt, "RHQ", "a merger is likely")


def test_other_services_of_bristol_are_told_from_new_patients(real):
    """RQ3 splits X06 in May 2025: 6,027 patients of X02 were waiting before."""
    rtt = read_rtt(months_of(real, "202503", "202504", "202505", "202506"))
    assert told(rtt, "X06 fell by 5,432 and X02", "at RQ3 in 2025-05")
    own = rtt.counts[(rtt.counts["provider"] == "RQ3") & (rtt.counts["service"] == "X02")]
    done = own[own["part"].isin(["completed_admitted", "completed_non_admitted"])]
    assert set(done["month"]) == {"2025-05", "2025-06"}
    expected = done["pathways"].sum() * PERIOD_DAYS / (31 + 30)
    assert rate(rtt.capacity, "RQ3", "X02") == pytest.approx(expected)


def test_rates_do_not_depend_on_lists_of_others(real):
    """The rate of every list is its count over the days of the months that have it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rtt = read_rtt(months_of(real, "202510", "202511", "202512"))
    counts = rtt.counts
    days = {"2025-10": 31, "2025-11": 30, "2025-12": 31}
    done = counts[counts["part"].isin(["completed_admitted", "completed_non_admitted"])]
    sums = done.groupby(["provider", "service"], observed=True)["pathways"].sum()
    there = counts.drop_duplicates(["month", "provider", "service"])
    whole = there.groupby(["provider", "service"], observed=True)["month"].nunique() == 3
    table = rtt.capacity.set_index(["provider", "service"])["slots"]
    always = [key for key in table.index if whole[key]]
    assert len(always) > 3_000
    expected = sums[always] * PERIOD_DAYS / sum(days.values())
    assert np.allclose(table[always], expected)


def test_a_merger_is_no_row_twice_where_commissioners_are_not_told_apart(files):
    """Both trusts have as many patients; each list is there once all the same."""
    months = {MONTHS[0]: {("RW6", "C_110"): STEADY, ("RM3", "C_110"): STEADY}}
    table = pd.read_csv(files(months)[0], dtype=str).drop(columns="Commissioner Org Code")
    rtt = read_rtt(table, successors={"RW6": "RM3"})
    assert rtt.waiting_list["patients"].tolist() == [2_000]
