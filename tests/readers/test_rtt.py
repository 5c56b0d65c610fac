"""NHS England's monthly RTT file: real months, and every form that the file has had."""

from __future__ import annotations

import warnings
import zipfile

import pandas as pd
import pytest

from mutualaid.errors import InputError, InputWarning
from mutualaid.readers import read_rtt

JANUARY_DAYS, FEBRUARY_DAYS, PERIOD_DAYS = 31, 28, 28


@pytest.fixture(scope="module")
def months(shared_data):
    """The last three real files, oldest first."""
    files = sorted((shared_data / "rtt").glob("*.zip"))[-3:]
    assert [file.name[:6] for file in files] == ["202511", "202512", "202601"]
    return files


@pytest.fixture(scope="module")
def january(months):
    """January 2026 as NHS England publishes it, without commissioner NONC."""
    return read_rtt(months[-1])


@pytest.fixture(scope="module")
def quarter(months):
    """November 2025 to January 2026."""
    return read_rtt(months)


@pytest.fixture
def two_trusts(line):
    """Trust RAA and trust RBB in January: a list each, and what was done and begun."""
    return [
        line("RAA", "C_110", "Part_2", {0: 4, 17: 3, 18: 2, 52: 1, 104: 1}),
        line("RAA", "C_110", "Part_2A", {18: 2}),
        line("RAA", "C_110", "Part_1A", {10: 5}, unknown=1),
        line("RAA", "C_110", "Part_1B", {3: 25}),
        line("RAA", "C_110", "Part_3", 62),
        line("RBB", "C_120", "Part_2", {5: 10}),
        line("RBB", "C_120", "Part_3", 31),
    ]


def rate(table, *labels):
    """The one rate of a table for a provider and a service."""
    found = table[(table.iloc[:, 0] == labels[0]) & (table["service"] == labels[1])]
    assert len(found) == 1
    return found.iloc[0, 2]


def told(notes, words):
    """Whether one of the notes says these words."""
    return any(words in note for note in notes)


# --- the real files ---


def test_january_2026_as_the_file_has_it(months):
    """With every commissioner, the counts are those of the published file."""
    rtt = read_rtt(months[-1], exclude_commissioners=())
    assert rtt.totals().loc["2026-01"].to_dict() == {
        "incomplete": 7_187_677,
        "within_18": 4_412_147,
        "over_18": 7_187_677 - 4_412_147,
        "over_52": 137_320,
        "over_65": 9_522,
        "over_78": 2_947,
        "over_104": 576,
        "providers": 515,
        "cohorts": 153_956,
        "completed_admitted": 302_826,
        "completed_non_admitted": 1_251_335,
        "new_periods": 1_773_734,
        "incomplete_dta": 1_189_547,
    }
    known = rtt.totals(unknown_clock=False).loc["2026-01"]
    assert known["completed_admitted"] == 302_741
    assert known["completed_non_admitted"] == 1_250_736
    assert known["incomplete"] == 7_187_677
    assert round(100 * 4_412_147 / 7_187_677, 2) == 61.38
    assert rtt.excluded["pathways"].sum() == 0


def test_january_2026_as_nhs_england_publishes_it(january):
    """Without care commissioned outside England, the counts are the published totals."""
    totals = january.totals().loc["2026-01"]
    assert totals["incomplete"] == 7_155_958
    assert totals["within_18"] == 4_395_958
    assert totals["over_52"] == 133_860
    left_out = january.excluded.set_index("part")["pathways"]
    assert left_out["incomplete"] == 7_187_677 - 7_155_958
    assert left_out["new_periods"] == 1_773_734 - 1_767_584


def test_the_waiting_list_of_january_2026_is_all_who_wait(january):
    """One sorted row for each hospital, service and week; nobody twice and nobody lost."""
    table = january.waiting_list
    assert list(table.columns) == ["origin", "service", "weeks_waiting", "patients"]
    assert table["patients"].sum() == 7_155_958
    assert table["weeks_waiting"].max() == 104
    keys = ["origin", "service", "weeks_waiting"]
    assert not table.duplicated(keys).any()
    assert table.equals(table.sort_values(keys, ignore_index=True))
    assert "C_999" not in set(table["service"])
    assert table["patients"].dtype == "int64"
    assert table["weeks_waiting"].dtype == "int64"


def test_rates_of_january_2026_are_scaled_from_31_days(january):
    """What was done and begun in 31 days, times 28/31."""
    slots = january.capacity["slots"].sum()
    assert slots == pytest.approx((301_671 + 1_246_943) * PERIOD_DAYS / JANUARY_DAYS)
    assert january.referrals["patients"].sum() == pytest.approx(
        1_767_584 * PERIOD_DAYS / JANUARY_DAYS
    )
    assert january.removals["patients"].sum() == pytest.approx(
        0.145 * 1_767_584 * PERIOD_DAYS / JANUARY_DAYS
    )
    assert january.removals_basis.startswith("estimated: 14.5% of the new RTT periods")


def test_every_provider_of_january_2026_has_its_name_and_board(january):
    """Codes are the key; two providers of January have the same name."""
    providers = january.providers.set_index("provider")
    assert providers.loc["RJ1", "name"] == "GUY'S AND ST THOMAS' NHS FOUNDATION TRUST"
    assert providers.loc["RJ1", "icb_code"] == "QKK"
    assert providers.index.is_unique
    assert providers["name"].duplicated().sum() == 1


def test_three_months_agree_with_one(quarter, january):
    """The list is the latest; totals of that month do not change with older files beside it."""
    assert quarter.months == ("2025-11", "2025-12", "2026-01")
    assert quarter.waiting_list.equals(january.waiting_list)
    assert quarter.totals().loc[["2026-01"]].equals(january.totals())


def test_the_order_of_the_files_does_not_matter(months, quarter):
    """November last gives the same tables as November first."""
    turned = read_rtt([months[2], months[0], months[1]])
    for name in ("waiting_list", "capacity", "referrals", "removals", "counts", "providers"):
        assert getattr(turned, name).equals(getattr(quarter, name)), name


def test_a_trust_that_skipped_a_month_keeps_its_rate(quarter, months):
    """Barking, Havering and Redbridge (RF4) made no return for November 2025."""
    assert told(quarter.notes, "2025-11: no return from")
    later = read_rtt(months[1:])
    assert rate(quarter.capacity, "RF4", "C_130") == rate(later.capacity, "RF4", "C_130")
    assert rate(quarter.removals, "RF4", "C_130") == rate(later.removals, "RF4", "C_130")


def test_removals_of_england_are_the_measured_balance(quarter):
    """Over whoever has a list at both ends of a month, 14.5 % of new periods leave untreated."""
    counts = quarter.counts
    waiting = counts[counts["part"] == "incomplete"]
    balance = begun = 0
    for before, month in (("2025-11", "2025-12"), ("2025-12", "2026-01")):
        ends = [set(waiting.loc[waiting["month"] == m, "provider"]) for m in (before, month)]
        both = counts[counts["provider"].isin(ends[0] & ends[1])]
        total = both.groupby(["month", "part"], observed=True)["pathways"].sum()
        new = total[month, "new_periods"]
        done = total[month, "completed_admitted"] + total[month, "completed_non_admitted"]
        fall = total[before, "incomplete"] - total[month, "incomplete"]
        balance, begun = balance + fall + new - done, begun + new
    assert (balance, begun) == (486_326, 3_359_934)
    assert round(balance / begun, 3) == 0.145


def test_a_system_of_three_london_trusts(quarter):
    """Guy's, King's and Imperial: their lists and nobody else's, whole numbers a period."""
    codes = ["RJ1", "RJZ", "RYJ"]
    travel = pd.DataFrame({"origin": codes * 3, "provider": [c for c in codes for _ in range(3)]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        system = quarter.system(travel.assign(minutes=20.0), periods=6, providers=codes)
    assert system.providers == ("RJ1", "RJZ", "RYJ")
    own = quarter.waiting_list[quarter.waiting_list["origin"].isin(codes)]
    assert system.waiting_list["patients"].sum() == own["patients"].sum()
    slots = quarter.capacity[quarter.capacity["provider"].isin(codes)]
    assert system.capacity["slots"].sum() == pytest.approx(6 * slots["slots"].sum(), abs=50)
    assert system.period_weeks == 4


# --- what the tables mean ---


def test_each_part_goes_to_its_table(write, two_trusts):
    """Lists, work done, work begun: each in its own table, in the unit of that table."""
    rtt = read_rtt(write(two_trusts))
    assert rtt.month == "2026-01"
    assert rtt.waiting_list.to_numpy().tolist() == [
        ["RAA", "C_110", 0, 4],
        ["RAA", "C_110", 17, 3],
        ["RAA", "C_110", 18, 2],
        ["RAA", "C_110", 52, 1],
        ["RAA", "C_110", 104, 1],
        ["RBB", "C_120", 5, 10],
    ]
    # 5 + 1 admitted and 25 not admitted in 31 days: one a day.
    assert rtt.capacity.to_numpy().tolist() == [["RAA", "C_110", pytest.approx(28.0)]]
    assert rate(rtt.referrals, "RAA", "C_110") == pytest.approx(56.0)
    assert rate(rtt.referrals, "RBB", "C_120") == pytest.approx(28.0)
    assert "RTT 2026-01: 21 pathways waiting at 2 providers" in repr(rtt)


def test_the_counts_keep_unknown_clock_starts_apart(write, two_trusts):
    """Whoever has no known clock start has no week, and is counted all the same."""
    rtt = read_rtt(write(two_trusts))
    admitted = rtt.counts[rtt.counts["part"] == "completed_admitted"]
    assert admitted["weeks_waiting"].isna().tolist() == [True, False]
    assert admitted["pathways"].tolist() == [1, 5]
    assert rtt.totals().loc["2026-01", "completed_admitted"] == 6
    assert rtt.totals(unknown_clock=False).loc["2026-01", "completed_admitted"] == 5
    assert told(rtt.notes, "1 completed pathways have an unknown clock start")
    assert told(rtt.notes, "1 patients are in the open band at the top")


def test_week_17_is_within_18_weeks_and_week_18_is_not(write, two_trusts):
    """The limits of NHS England's summary, on a list that has a patient at each."""
    totals = read_rtt(write(two_trusts)).totals().loc["2026-01"]
    assert totals[["within_18", "over_18", "over_52", "over_65", "over_104"]].tolist() == [
        17,
        4,
        2,
        1,
        1,
    ]
    assert totals[["providers", "cohorts", "incomplete_dta"]].tolist() == [2, 6, 2]


def test_commissioners_are_added_up_and_nonc_is_left_out(write, line):
    """Two commissioners of one list are one list; care from outside England is not in it.

    Rows without a commissioner cannot be told apart and may be several.
    """
    rows = [
        line("RAA", "C_110", "Part_2", {3: 5}),
        line("RAA", "C_110", "Part_2", {3: 2}, commissioner="02B"),
        line("RAA", "C_110", "Part_2", {3: 1}, commissioner="NONC"),
        line("RAA", "C_110", "Part_2", {3: 1}, commissioner=""),
        line("RAA", "C_110", "Part_2", {3: 1}, commissioner=""),
    ]
    path = write(rows)
    assert read_rtt(path).waiting_list["patients"].tolist() == [9]
    assert read_rtt(path).excluded["pathways"].tolist() == [1]
    assert read_rtt(path, exclude_commissioners=()).waiting_list["patients"].tolist() == [10]
    assert read_rtt(path, exclude_commissioners="02B").waiting_list["patients"].tolist() == [8]


def test_a_period_of_one_week_is_a_quarter_of_four(write, two_trusts):
    """Rates are a period's: half the weeks, half the slots."""
    path = write(two_trusts)
    one, four = read_rtt(path, period_weeks=1), read_rtt(path)
    assert one.capacity["slots"].sum() == pytest.approx(four.capacity["slots"].sum() / 4)
    assert one.removals["patients"].sum() == pytest.approx(four.removals["patients"].sum() / 4)


def test_one_month_estimates_who_leaves_untreated(write, two_trusts):
    """With no month before, removals are a share of who joins, and the basis says so."""
    rtt = read_rtt(write(two_trusts), removals_share=0.5)
    assert rate(rtt.removals, "RBB", "C_120") == pytest.approx(14.0)
    assert rtt.removals_basis == (
        "estimated: 50.0% of the new RTT periods, as there is no pair of consecutive months"
    )


@pytest.fixture
def two_months(write, line):
    """RAA loses 14 a month untreated, RBB grows by itself, RCC reports only in February."""
    january = [
        line("RAA", "C_110", "Part_2", {3: 100}),
        line("RBB", "C_110", "Part_2", {3: 10}),
        line("RBB", "C_120", "Part_2", {3: 6}),
        line("RAA", "C_110", "Part_3", 0),
        line("RAA", "C_110", "Part_1B", {3: 0}),
    ]
    february = [
        line("RAA", "C_110", "Part_2", {3: 106}),
        line("RAA", "C_110", "Part_3", 50),
        line("RAA", "C_110", "Part_1B", {3: 30}),
        line("RBB", "C_110", "Part_2", {3: 17}),
        line("RBB", "C_110", "Part_3", 3),
        line("RCC", "C_110", "Part_2", {3: 40}),
        line("RCC", "C_110", "Part_3", 100),
    ]
    for one in february:
        one[0] = "RTT-February-2026"
    return [write(february, "february.csv"), write(january, "january.csv")]


def test_two_months_give_a_balance(two_months):
    """100 + 50 - 30 - 106 = 14 left untreated in the 28 days of February, a period."""
    rtt = read_rtt(two_months)
    assert rate(rtt.removals, "RAA", "C_110") == pytest.approx(14.0)
    assert rtt.removals_basis.startswith("balance of 2026-01 to 2026-02")


def test_a_list_that_grew_by_itself_loses_nobody(two_months):
    """10 + 3 - 17 is 4 below 0: nobody is removed, and the notes say how many were cut off."""
    rtt = read_rtt(two_months)
    removed = rtt.removals
    assert "C_110" not in set(removed.loc[removed["origin"] == "RBB", "service"])
    assert told(rtt.notes, "set to 0 for 1 lists, together 4 patients a period")


def test_a_list_that_is_gone_removes_nobody(two_months):
    """RBB's 6 ENT patients of January are not there in February, so that nobody can leave."""
    rtt = read_rtt(two_months)
    assert "C_120" not in set(rtt.removals["service"])
    assert told(rtt.notes, "Removals of 6 patients a period were left out")


def test_a_provider_that_is_new_gets_the_estimate(two_months):
    """A return that appears is no patient who appears: RCC has no balance yet."""
    rtt = read_rtt(two_months)
    assert rate(rtt.removals, "RCC", "C_110") == pytest.approx(14.5)
    assert "for RCC estimated: 14.5% of the new RTT periods" in rtt.removals_basis
    assert told(rtt.notes, "2026-01: no return from RCC: rates of other months")
    # February alone, as RCC made no return for January.
    assert rate(rtt.referrals, "RCC", "C_110") == pytest.approx(100.0)
    # Both months: 50 new in 31 + 28 days.
    both = JANUARY_DAYS + FEBRUARY_DAYS
    assert rate(rtt.referrals, "RAA", "C_110") == pytest.approx(50 * PERIOD_DAYS / both)


def test_months_with_a_gap_have_no_balance(write, line):
    """January and March say nothing of who left in between."""
    rows = [line("RAA", "C_110", "Part_2", {3: 5}), line("RAA", "C_110", "Part_3", 31)]
    march = [[*one] for one in rows]
    for one in march:
        one[0] = "RTT-March-2026"
    rtt = read_rtt([write(rows), write(march, "march.csv")])
    assert rtt.removals_basis.startswith("estimated")
    assert told(rtt.notes, "Months are missing between 2026-01, 2026-03")


def test_a_provider_that_stopped_reporting_has_no_capacity(write, line):
    """Whoever is not in the latest month has no list and no slots: the return is missing."""
    january = [line("RAA", "C_110", "Part_1A", {3: 5}), line("RBB", "C_110", "Part_2", {3: 5})]
    february = [line("RBB", "C_110", "Part_2", {3: 5}, period="RTT-February-2026")]
    rtt = read_rtt([write(january), write(february, "february.csv")])
    assert rtt.capacity.empty
    assert told(rtt.notes, "2026-02: no return from RAA: no list, capacity, referrals or removals")


def test_a_provider_that_stopped_reporting_removes_nobody(write, line):
    """RAA's balance of February says nothing once its return is missing, and is told once."""
    rows = [line("RAA", "C_110", "Part_2", {3: 9}), line("RBB", "C_110", "Part_2", {3: 5})]
    february = [line("RAA", "C_110", "Part_2", {3: 5}), line("RBB", "C_110", "Part_2", {3: 5})]
    for one in february:
        one[0] = "RTT-February-2026"
    march = [line("RBB", "C_110", "Part_2", {3: 5}, period="RTT-March-2026")]
    rtt = read_rtt([write(rows), write(february, "february.csv"), write(march, "march.csv")])
    assert rtt.removals.empty
    assert told(rtt.notes, "2026-03: no return from RAA")
    assert not told(rtt.notes, "were left out")


# --- every form of the file ---


@pytest.mark.parametrize("suffix", ["csv", "zip", "ZIP"])
def test_a_zip_is_as_good_as_the_file_in_it(write, two_trusts, tmp_path, suffix):
    """Analysts pass what they have downloaded."""
    path = write(two_trusts)
    if suffix.lower() == "zip":
        with zipfile.ZipFile(tmp_path / f"january.{suffix}", "w") as archive:
            archive.write(path, "folder/january.csv")
            archive.writestr("__MACOSX/._january.csv", "shadow")
            archive.writestr("readme.txt", "about")
        path = tmp_path / f"january.{suffix}"
    assert read_rtt(str(path)).waiting_list["patients"].sum() == 21


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_encoding_does_not_matter(write, two_trusts, encoding):
    """A byte-order mark, or a curly apostrophe of Excel, changes nothing."""
    two_trusts[0][4] = "ST MARY\N{RIGHT SINGLE QUOTATION MARK}S"
    rtt = read_rtt(write(two_trusts, encoding=encoding))
    assert rtt.waiting_list["patients"].sum() == 21
    assert rtt.providers.loc[0, "name"] == "ST MARY\N{RIGHT SINGLE QUOTATION MARK}S"


def test_lines_above_the_heading_are_skipped(write, two_trusts):
    """Some months have a title above the table."""
    rtt = read_rtt(write(two_trusts, junk='"RTT data, provisional",,\r\n\r\n,,\r\n'))
    assert rtt.waiting_list["patients"].sum() == 21


def test_empty_lines_below_the_table_are_skipped(write, two_trusts):
    """Excel saves empty rows as commas."""
    blank = [""] * len(two_trusts[0])
    assert read_rtt(write([*two_trusts, blank, blank])).waiting_list["patients"].sum() == 21


def test_the_code_column_may_be_headed_treatment_function_name(write, two_trusts, headings):
    """Then two columns have that heading, and the first holds the codes."""
    heading = headings(104)
    heading[heading.index("Treatment Function Code")] = "Treatment Function Name"
    rtt = read_rtt(write(two_trusts, heading=heading))
    assert set(rtt.waiting_list["service"]) == {"C_110", "C_120"}


@pytest.mark.parametrize(
    ("part", "service", "heading"),
    [
        ("PART_2", "C_110", "RTT Part Type"),
        ("part 2", "110", "rtt part type"),
        (" Part-2 ", "c_110", "RTT  PART TYPE "),
    ],
)
def test_older_spellings_mean_the_same(write, line, headings, part, service, heading):
    """Capitals, blanks and codes without C_ have all been used."""
    names = headings(104)
    names[names.index("RTT Part Type")] = heading
    rtt = read_rtt(write([line("RAA", service, part, {3: 5})], heading=names))
    assert rtt.waiting_list.to_numpy().tolist() == [["RAA", "C_110", 3, 5]]


@pytest.mark.parametrize(
    ("period", "extra", "month"),
    [
        ("RTT-January-2026", None, "2026-01"),
        ("RTT-JAN-2026", None, "2026-01"),
        ("2015-16-APRIL", None, "2015-04"),
        ("2015-16-JANUARY", None, "2016-01"),
        ("JANUARY", {"Year": "2015-16"}, "2016-01"),
        ("JANUARY", {"Year": "2019"}, "2020-01"),
        ("10", {"Period Name": "December", "Year": "2019/20"}, "2019-12"),
        ("RTT-January-2026", {"Year": "2025-26"}, "2026-01"),
    ],
)
def test_every_way_of_writing_the_month(write, line, headings, period, extra, month):
    """Calendar months, and financial years that begin in April."""
    row = [*line("RAA", "C_110", "Part_2", {3: 5}, period=period), *(extra or {}).values()]
    path = write([row], heading=[*headings(104), *(extra or {})])
    assert read_rtt(path).months == (month,)


def test_files_before_april_2021_end_at_52_weeks(write, line, headings):
    """The top band is then 52 and up: longer waits are not told apart, and the notes say so."""
    rows = [line("RAA", "110", "Part_2", {3: 5, 52: 4}, top=52, period="RTT-March-2020")]
    rtt = read_rtt(write(rows, heading=headings(52)))
    assert rtt.waiting_list["weeks_waiting"].tolist() == [3, 52]
    totals = rtt.totals().loc["2020-03"]
    assert totals["over_52"] == 4
    assert totals[["over_65", "over_78", "over_104"]].isna().all()
    assert told(rtt.notes, "2020-03: the top band is below 104 weeks (52)")


@pytest.mark.parametrize(
    "dropped", [["Total All"], ["Total", "Total All"], ["Patients with unknown clock start date"]]
)
def test_totals_may_be_missing(write, line, headings, dropped):
    """Without a total, a row is its week bands and unknown clock starts."""
    rows = [
        line("RAA", "C_110", "Part_2", {3: 5}),
        line("RAA", "C_110", "Part_1A", {3: 30}, unknown=1),
    ]
    heading = headings(104)
    keep = [i for i, name in enumerate(heading) if name not in dropped]
    path = write([[r[i] for i in keep] for r in rows], heading=[heading[i] for i in keep])
    assert rate(read_rtt(path).capacity, "RAA", "C_110") == pytest.approx(28.0)


def test_new_periods_may_be_in_the_column_total(write, line):
    """Older files have no Total All for clock starts."""
    row = line("RAA", "C_110", "Part_3", 31)
    row[-3], row[-1] = row[-1], ""
    assert read_rtt(write([row])).referrals["patients"].tolist() == [pytest.approx(28.0)]


def test_new_periods_are_counted_once_even_with_weeks(write, line):
    """Whoever has just joined has no week, whatever a file says beside the total."""
    row = line("RAA", "C_110", "Part_3", 31)
    row[13] = 31
    rtt = read_rtt(write([row]))
    assert rtt.referrals["patients"].tolist() == [pytest.approx(28.0)]
    assert rtt.counts["weeks_waiting"].isna().all()


def test_blanks_dashes_and_thousands_are_read(write, line):
    """A blank or a dash is nobody; "1,234" is 1234."""
    row = line("RAA", "C_110", "Part_2", {3: 1})
    row[13], row[14], row[16] = "", "-", "1,234"
    row[-1] = "1,234"
    assert read_rtt(write([row])).waiting_list["patients"].tolist() == [1234]


def test_totals_of_services_are_checked_and_left_out(write, two_trusts, line):
    """C_999 doubles everything; where it is not the sum, the notes name the hospital."""
    right = line("RBB", "C_999", "Part_2", {5: 10})
    wrong = line("RAA", "C_999", "Part_2", {5: 12})
    rtt = read_rtt(write([*two_trusts, right, wrong]))
    assert rtt.waiting_list["patients"].sum() == 21
    (note,) = [note for note in rtt.notes if "C_999" in note]
    assert "RAA incomplete +1" in note
    assert "RBB incomplete" not in note
    assert told(read_rtt(write(two_trusts)).notes, "no C_999 rows")


def test_a_row_total_that_is_not_its_bands_is_told(write, line):
    """The bands are used, as only they say how long."""
    row = line("RAA", "C_110", "Part_2", {3: 5})
    row[-1] = 9
    rtt = read_rtt(write([row]))
    assert rtt.waiting_list["patients"].tolist() == [5]
    assert told(rtt.notes, "Total All differs from the week bands and unknown clock starts in 1")


def test_waiting_with_an_unknown_clock_start_is_told(write, line):
    """Nobody can say how long they have waited, so that they are not in the list."""
    row = line("RAA", "C_110", "Part_2", {3: 5}, unknown=2)
    row[-2] = 2
    rtt = read_rtt(write([row]))
    assert rtt.waiting_list["patients"].tolist() == [5]
    assert rtt.totals().loc["2026-01", "incomplete"] == 7
    assert told(rtt.notes, "2 patients wait with an unknown clock start")


def test_a_treatment_function_of_the_future_is_kept_and_told(write, line):
    """A new code is nothing to stumble over, and nothing to keep quiet about."""
    rtt = read_rtt(write([line("RAA", "C_104", "Part_2", {3: 5})]))
    assert rtt.waiting_list["service"].tolist() == ["C_104"]
    assert told(rtt.notes, "C_104 are treatment functions that mutualaid does not know")


def test_a_code_that_looks_like_a_missing_value_is_a_code(write, line):
    """A provider with the code NA is a provider."""
    rtt = read_rtt(write([line("NA", "C_110", "Part_2", {3: 5})]))
    assert rtt.waiting_list["origin"].tolist() == ["NA"]


def test_a_file_may_hold_several_months(write, line):
    """Somebody has put two months one below the other."""
    rows = [
        line("RAA", "C_110", "Part_2", {3: 5}, period="RTT-February-2026"),
        line("RAA", "C_110", "Part_2", {3: 7}),
    ]
    rtt = read_rtt(write(rows))
    assert rtt.totals()["incomplete"].to_dict() == {"2026-01": 7, "2026-02": 5}
    assert rtt.waiting_list["patients"].tolist() == [5]


def test_counts_are_in_order_even_if_the_files_overlap(write, line):
    """One file holds January and March, another February: the counts go month by month."""
    rows = [
        line("RAA", "C_110", "Part_2", {3: 5}, period=f"RTT-{month}-2026")
        for month in ("January", "February", "March")
    ]
    rtt = read_rtt([write(rows[::2], "both.csv"), write(rows[1:2], "february.csv")])
    assert rtt.counts["month"].astype(str).tolist() == ["2026-01", "2026-02", "2026-03"]
    assert rtt.months == ("2026-01", "2026-02", "2026-03")


def test_a_trust_has_its_latest_name(write, line):
    """Names change and codes stay; who has gone keeps the last name it had."""
    january = [line("RAA", "C_110", "Part_2", {3: 5}), line("RBB", "C_110", "Part_2", {3: 5})]
    february = [line("RAA", "C_110", "Part_2", {3: 5}, period="RTT-February-2026")]
    february[0][4] = "RAA TEACHING HOSPITAL"
    rtt = read_rtt([write(january), write(february, "february.csv")])
    assert rtt.providers[["provider", "name"]].to_numpy().tolist() == [
        ["RAA", "RAA TEACHING HOSPITAL"],
        ["RBB", "RBB HOSPITAL"],
    ]


# --- what cannot be read ---


def refused(*paths, **arguments):
    """What the reader says of files that it cannot use."""
    with pytest.raises(InputError) as caught:
        read_rtt(list(paths), **arguments)
    return str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    """The name and what to do."""
    said = refused(tmp_path / "nowhere.csv")
    assert "nowhere.csv: cannot be read: No such file" in said
    assert "check the path" in said


def test_no_file_at_all_is_refused():
    """An empty list of files is a mistake."""
    assert "no RTT file was given" in refused()


def test_another_file_of_the_nhs_is_refused(tmp_path):
    """A list of beds has no RTT part type."""
    path = tmp_path / "beds.csv"
    path.write_text("Org Code,Beds\nRJ1,10\n")
    said = refused(path)
    assert "beds.csv: is not an RTT extract: no line has the heading 'RTT Part Type'" in said
    assert "Full CSV data file" in said


def test_an_extract_without_rows_is_refused(write):
    """Headings alone are not a month."""
    assert "has headings and no rows" in refused(write([]))


def test_missing_columns_are_all_named(write, two_trusts, headings):
    """Every column that is lacking, in one message."""
    gone = {"Provider Org Code", "Period", "Gt 05 To 06 Weeks SUM 1"}
    keep = [i for i, name in enumerate(headings(104)) if name not in gone]
    said = refused(
        write([[r[i] for i in keep] for r in two_trusts], heading=[headings(104)[i] for i in keep])
    )
    assert "Provider Org Code: the column is missing" in said
    assert "Period: the column is missing" in said
    assert "not one band a week from 0 up (missing: Gt 05 To 06 Weeks)" in said


def test_a_table_that_is_cut_off_at_the_right_is_refused(write, two_trusts, headings):
    """Without the open band at the top the longest waits would be lost."""
    said = refused(write([r[:100] for r in two_trusts], heading=headings(104)[:100]))
    assert "expected one open band, 'Gt 104 Weeks'" in said


def test_codes_that_the_return_does_not_have_are_named(write, two_trusts):
    """Part, treatment function, month and provider, each with its row and its value."""
    two_trusts[0][9] = "Part_4"
    two_trusts[1][11] = "Hips"
    two_trusts[2][0] = "RTT-Spring-2026"
    two_trusts[3][3] = ""
    said = refused(write(two_trusts))
    assert "RTT Part Type: is not one that the RTT return has (1 row; row 0: 'Part_4')" in said
    assert "Treatment Function Code: is not one that the RTT return has (1 row; row 1: " in said
    assert "Period: is not one that the RTT return has (1 row; row 2: 'RTT-Spring-2026')" in said
    assert "Provider Org Code: is blank (1 row; row 3" in said


@pytest.mark.parametrize(
    ("count", "what"),
    [
        (-3, "is below 0"),
        (2.5, "is not a whole number"),
        ("inf", "is over 100,000,000"),
        ("many", "is not a number"),
        ("*", "is not a number"),
    ],
)
@pytest.mark.parametrize(
    ("column", "heading"), [(16, "Gt 03 To 04 Weeks SUM 1"), (-1, "Total All")]
)
def test_counts_of_people_are_whole_and_not_negative(
    write, two_trusts, count, what, column, heading
):
    """Half a patient, fewer than none, a suppressed cell: named with column and row."""
    two_trusts[5][column] = count
    said = refused(write(two_trusts))
    assert f"{heading}: {what} (1 row; row 5" in said


def test_one_list_twice_is_refused(write, two_trusts):
    """The same provider, commissioner, part and service again would be counted again."""
    said = refused(write([*two_trusts, two_trusts[0]]))
    assert "these rows stand for the same list (2 rows; rows 0: 'RAA', 7: 'RAA')" in said


def test_two_files_of_one_month_are_refused(write, two_trusts):
    """January twice would be two Januaries."""
    said = refused(write(two_trusts), write(two_trusts, "january-revised.csv"))
    assert "january-revised.csv.Period: is 2026-01, as january.csv is" in said


def test_problems_of_all_files_are_told_at_once(write, two_trusts, tmp_path):
    """One message for a missing file and a bad count in another."""
    two_trusts[0][16] = -1
    said = refused(write(two_trusts), tmp_path / "nowhere.csv")
    assert said.startswith("2 problems in the input:")
    assert "is below 0" in said
    assert "nowhere.csv" in said


def test_a_broken_zip_is_refused(tmp_path, write, two_trusts):
    """Cut off, damaged inside, or no zip at all: download it again."""
    path = write(two_trusts)
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "january.csv")
    content = whole.read_bytes()
    for broken in (content[:200], content[:100] + b"\0" * 40 + content[140:], b"nothing"):
        whole.write_bytes(broken)
        said = refused(whole)
        assert "whole.zip: the zip cannot be read" in said
        assert "download the file again" in said


def test_a_zip_holds_one_month(tmp_path):
    """None or several CSV files: which one is meant cannot be guessed."""
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "")
        archive.writestr("b.csv", "")
    assert "the zip holds 2 CSV files (a.csv, b.csv), not one" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xlsx", "")
    assert "the zip holds 0 CSV files (none), not one" in refused(path)


def test_a_comma_that_shifts_a_row_is_noticed(write, two_trusts):
    """A name with a bare comma puts every code into the next column."""
    path = write(two_trusts)
    path.write_bytes(path.read_bytes().replace(b"RBB HOSPITAL", b"RBB, HOSPITAL", 1))
    said = refused(path)
    assert "RTT Part Type: is not one that the RTT return has" in said
    assert "row 5" in said


def test_a_file_that_was_cut_off_is_refused(write, two_trusts):
    """A download that stopped ends in the middle of a row."""
    path = write(two_trusts)
    path.write_bytes(path.read_bytes()[:-100])
    said = refused(path)
    assert "the last row ends after " in said
    assert "it was cut off" in said


def test_a_quotation_mark_that_never_closes_is_refused(write, two_trusts):
    """The rest of the file would be one name."""
    path = write(two_trusts)
    path.write_bytes(path.read_bytes().replace(b"RBB HOSPITAL", b'"RBB HOSPITAL', 1))
    assert "cannot be read as CSV" in refused(path)


def test_text_among_the_counts_hides_no_other_problem(write, two_trusts):
    """A word, a negative count and an unknown part are told together."""
    two_trusts[0][16], two_trusts[1][17], two_trusts[2][9] = "many", -1, "Part_9"
    said = refused(write(two_trusts))
    assert "is not a number (1 row; row 0: 'many')" in said
    assert "is below 0 (1 row; row 1" in said
    assert "'Part_9'" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"period_weeks": 0}, "read_rtt.period_weeks: is 0"),
        ({"period_weeks": 2.5}, "read_rtt.period_weeks: is 2.5"),
        ({"removals_share": 1.5}, "read_rtt.removals_share: is 1.5"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(write, two_trusts, arguments, words):
    """A period has whole weeks, and a share is between nobody and everybody."""
    assert words in refused(write(two_trusts), **arguments)


# --- straight to a system ---


@pytest.fixture
def rtt(write, two_trusts):
    """RAA and RBB in January."""
    return read_rtt(write(two_trusts))


@pytest.fixture
def ways():
    """RAA and RBB are 25 minutes apart; RZZ is on the map and made no return."""
    return pd.DataFrame(
        {"origin": ["RAA", "RBB", "RAA"], "provider": ["RBB", "RAA", "RZZ"], "minutes": [25, 25, 9]}
    )


def test_a_system_has_whole_numbers_each_period(rtt, ways):
    """28 slots a period at RAA, for 3 periods, and nobody of RBB can be treated."""
    with pytest.warns(InputWarning) as told_of:
        system = rtt.system(ways, periods=3)
    assert system.capacity["slots"].tolist() == [28, 28, 28]
    assert system.waiting_list["patients"].sum() == 21
    assert system.periods == 3
    assert system.providers == ("RAA", "RBB")
    assert any("1 providers of travel made no return" in str(w.message) for w in told_of)


def test_providers_that_travel_does_not_name_are_left_out_and_told(rtt, ways):
    """How many hospitals, how many patients, and which."""
    only_one = ways.assign(origin="RAA", provider="RAA").head(1)
    with pytest.warns(InputWarning, match="1 of 2 providers are left out with 10 of 21 patients"):
        system = rtt.system(only_one)
    assert set(system.waiting_list["origin"]) == {"RAA"}


def test_providers_and_services_can_be_chosen(rtt, ways):
    """Exactly these, with no word about the others."""
    system = rtt.system(ways, providers=["RAA"], services="C_110")
    assert system.providers == ("RAA",)
    assert system.services == ("C_110",)
    both = rtt.system(ways, providers=["RAA", "RBB"], services=["C_110"])
    assert both.services == ("C_110",)
    assert set(both.waiting_list["origin"]) == {"RAA"}


def test_a_provider_or_service_that_is_not_there_is_named(rtt, ways):
    """Both mistakes at once, each with what was probably meant."""
    with pytest.raises(InputError) as caught:
        rtt.system(ways, providers=["RAA1", "RAA"], services=["111"])
    said = str(caught.value)
    assert (
        "system.providers: made no return for 2026-01: 'RAA1' (nearest: RAA (Raa Hospital))" in said
    )
    assert (
        "system.services: are not in the return for 2026-01: '111' (nearest: C_110 (Trauma" in said
    )


def test_choosing_nobody_is_refused(rtt, ways):
    """An empty list of providers is a mistake, not a wish."""
    with pytest.raises(InputError, match="providers: none are chosen"):
        rtt.system(ways, providers=[])


def test_a_map_of_other_places_is_refused(rtt, ways):
    """Names in place of codes match nobody."""
    with pytest.raises(InputError, match="travel names no provider that made a return for 2026-01"):
        rtt.system(ways.assign(origin="A HOSPITAL", provider="B HOSPITAL"))


def test_ways_that_are_missing_are_an_error_unless_said_otherwise(write, line, ways):
    """unlisted="unreachable" is passed on: no way is then no lane."""
    rows = [
        line("RAA", "C_110", "Part_2", {3: 5}),
        line("RBB", "C_110", "Part_1A", {3: 31}),
        line("RAA", "C_110", "Part_3", 31),
    ]
    rtt = read_rtt(write(rows))
    back = ways.iloc[[1]]
    with pytest.raises(InputError, match="is not there for 1 pair "):
        rtt.system(back)
    with pytest.warns(InputWarning, match="can go nowhere else: RAA"):
        assert rtt.system(back, unlisted="unreachable").providers == ("RAA", "RBB")


def test_reading_changes_nothing_of_the_callers(rtt, ways):
    """The table of ways is the caller's, and so are the tables of the reader."""
    before = [ways.copy(), rtt.capacity.copy(), rtt.waiting_list.copy()]
    rtt.system(ways, providers=["RAA"])
    for now, then in zip([ways, rtt.capacity, rtt.waiting_list], before, strict=True):
        assert now.equals(then)
