"""Counts by band of waits, in the shapes in which statistical offices publish them; all made up."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mutualaid as ma
from mutualaid.errors import Problems
from mutualaid.readers.counts.band_names import band_of
from mutualaid.readers.counts.bands import bands_said, settled

IRELAND = """Archive Date,Hospital Group,Hospital HIPE,Hospital,Specialty HIPE,Specialty,Case Type,\
Adult/Child,Age Profile,Time Bands,Total
30/11/2025,West,0901,St Brigid's,0100,Urology,Day Case,Adult,16-64, 0-3 Months,7
31/12/2025,West,0901,St Brigid's,0100,Urology,Day Case,Adult,16-64, 0-3 Months,26
31/12/2025,West,0901,St Brigid's,0100,Urology,Day Case,Adult,65+, 0-3 Months,13
31/12/2025,West,0901,St Brigid's,0100,Urology,Inpatient,Adult,16-64, 3-6 Months,2
31/12/2025,East,0902,Mercy,0600,ENT,Inpatient,Child,0-15, 18+ Months,5
31/12/2025,East,0902,Mercy,0600,ENT,Inpatient,Child,0-15, 6-9 Months,1
"""
NORTHERN_IRELAND = """Quarter Ending,HSC Trust,Specialty,Programme of Care,0 - 6 weeks,\
>6 - 12 weeks,> 12-26 weeks,>26 - 52 weeks,>52 weeks,Total Waiting
31/12/2025,Lagan,ENT,Acute,60,0,14,26,5,105
31/12/2025,Lagan,Urology,Acute,"1,200",6,0,0,0,"1,206"
31/12/2025,Lagan,Total,Acute,"1,260",6,14,26,5,"1,311"
31/12/2025,Bann,ENT,Acute,6,6,14,26,0,52
"""
WALES = """Local health board,Treatment function,Up to 26 weeks,26 to 36 weeks,Over 36 weeks
Dyfi,Urology,260,10,4
Dyfi,All specialties,260,10,4
Teifi,Urology,26,20,0
"""
WALES_LONG = """Data,Date_Code,Date_ItemName_ENG,Localhealthboard_Code,\
Localhealthboard_ItemName_ENG,Treatmentfunction_ItemName_ENG,Weekswaiting_ItemName_ENG
4,202512,December 2025,7A1,Dyfi,Urology,Over 26 weeks and up to 27 weeks
3,202512,December 2025,7A1,Dyfi,Urology,Up to 26 weeks
9,202512,December 2025,7A1,Dyfi,Urology,Over 27 weeks
16,202512,December 2025,7A1,Dyfi,Urology,Total
"""


@pytest.fixture
def read(tmp_path):
    """Read a text as a file; what is told comes back as well."""

    def reader(text, **options):
        path = tmp_path / "counts.csv"
        path.write_text(text, encoding="utf-8")
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found = ma.read_counts(path, **options)
        return found, [str(one.message) for one in told]

    return reader


def england(rows):
    """A sheet of a provider workbook: a column a week, and figures made of them."""
    bands = [f">{week}-{week + 1}" for week in range(52)]
    heads = ["Region Code", "Provider Code", "Provider Name", "Treatment Function Code"]
    heads += ["Treatment Function", *bands, "52 plus", "Total number of incomplete pathways"]
    heads += ["Total within 18 weeks", "% within 18 weeks", "Total 52 plus weeks"]
    lines = []
    for provider, code, name, weeks in rows:
        counts = [weeks.get(week) for week in range(53)]
        total = sum(weeks.values())
        within = sum(number for week, number in weeks.items() if week < 18)
        figures = [total, within, within / total, weeks.get(52, 0)]
        lines.append(["Y59", provider, f"TRUST {provider}", code, name, *counts, *figures])
    return pd.DataFrame(lines, columns=heads)


def sums(waiting, *by):
    return waiting.groupby([*by])["patients"].sum().to_dict()


def waits(waiting, origin, service):
    rows = waiting[(waiting["origin"] == origin) & (waiting["service"] == service)]
    return dict(zip(rows["weeks_waiting"], rows["patients"], strict=True))


def test_ireland_has_a_row_a_band_and_several_months(read):
    with pytest.raises(ma.InputError, match="pass census= with one, such as '31/12/2025'"):
        read(IRELAND)
    waiting, told = read(IRELAND, census="2025-12-31")
    assert sums(waiting, "origin", "service") == {("0901", "0100"): 41, ("0902", "0600"): 6}
    urology = waits(waiting, "0901", "0100")
    assert urology == {**dict.fromkeys(range(13), 3), 16: 1, 22: 1}
    open_band = "'18+ Months' is open: its patients are taken to have waited 78 to 90 weeks"
    assert f"{open_band} (open_weeks=13)" in told
    assert any("added up over 'Case Type' (2), 'Age Profile' (3)" in note for note in told)
    assert any("origin is read from 'Hospital HIPE', not from 'Hospital'" in one for one in told)


def test_names_are_read_in_place_of_codes_where_they_are_asked_for(read):
    options = {"origin": "Hospital", "service": "Specialty", "census": dt.date(2025, 12, 31)}
    waiting, _ = read(IRELAND, **options)
    assert set(waiting["origin"]) == {"St Brigid's", "Mercy"}


def test_a_column_that_is_kept_tells_queues_apart(read):
    waiting, _ = read(IRELAND, census="2025-12", keep=["Case Type"])
    assert sums(waiting, "origin", "Case Type") == {
        ("0901", "Day Case"): 39,
        ("0901", "Inpatient"): 2,
        ("0902", "Inpatient"): 6,
    }


def test_northern_ireland_has_a_column_a_band_and_rows_of_totals(read):
    waiting, told = read(NORTHERN_IRELAND)
    assert waits(waiting, "Bann", "ENT") == dict.fromkeys(range(52), 1)
    assert sums(waiting, "origin") == {"Lagan": 1311, "Bann": 52}
    assert "1 row of totals is left out ('Total')" in told
    open_band = "'>52 weeks' is open: its patients are taken to have waited 52 to 77 weeks"
    assert f"{open_band} (open_weeks=26)" in told
    assert waits(waiting, "Lagan", "ENT")[max(waiting["weeks_waiting"])] == 1


def test_wales_has_bands_up_to_and_over(read):
    waiting, told = read(WALES, open_weeks=4)
    assert waits(waiting, "Dyfi", "Urology") == {
        **dict.fromkeys(range(26), 10),
        **dict.fromkeys(range(26, 36), 1),
        **dict.fromkeys(range(36, 40), 1),
    }
    assert told == ["1 row of totals is left out ('All specialties')"]


def test_wales_has_a_row_a_week_as_well(read):
    waiting, told = read(WALES_LONG, open_weeks=9)
    assert waits(waiting, "7A1", "Urology")[26] == 4
    assert waiting["patients"].sum() == 16
    assert "1 row of sums of bands left out" in told


def test_the_provider_workbook_of_england_is_read():
    table = england(
        [
            ("RA1", "C_110", "Trauma and Orthopaedic", {0: 9, 17: 2, 52: 4}),
            ("RA1", "C_101", "Urology", {3: 5}),
            ("RA1", "C_999", "Total", {0: 9, 3: 5, 17: 2, 52: 4}),
        ]
    )
    with pytest.warns(ma.InputWarning) as told:
        waiting = ma.read_counts(table)
    assert waits(waiting, "RA1", "C_110") == {0: 9, 17: 2, 52: 4}
    assert sums(waiting, "service") == {"C_101": 5, "C_110": 15}
    notes = [str(one.message) for one in told]
    assert any("taken as weeks" in note for note in notes)
    assert any("left out: 'Total within 18 weeks', '% within 18 weeks'" in note for note in notes)
    assert any(
        "'52 plus' is open: its patients are taken to have waited 52 weeks" in n for n in notes
    )


def test_the_list_is_ready_for_a_system():
    table = pd.DataFrame({"Hospital": ["A", "B"], "Specialty": "ENT", "0-6 Months": [50, 20]})
    waiting = ma.read_counts(table.assign(**{"6 Months +": [9, 0]}), open_weeks=26)
    slots = pd.DataFrame({"provider": ["B"], "service": ["ENT"], "period": [1], "slots": [9]})
    ways = [("A", "A", 0), ("B", "B", 0), ("A", "B", 20), ("B", "A", 20)]
    travel = pd.DataFrame(ways, columns=["origin", "provider", "minutes"])
    system = ma.System(waiting, slots, travel, periods=1)
    assert system.waiting_list["patients"].sum() == 79


@pytest.mark.parametrize(
    ("names", "weeks"),
    [
        (["0-6 Months", "6-12 Months", "12-18 Months", "18 Months +"], [0, 26, 52, 78]),
        (["0 - 6 weeks", ">6 - 13 weeks", ">13 weeks"], [0, 6, 13]),
        (["0-6 weeks", "7-12 weeks", "13-18 weeks", "19+ weeks"], [0, 7, 13, 19]),
        (["0-91 days", "92-182 days", "183-364 days", "365+ days"], [0, 13, 26, 52]),
        (["<1 year", "1-2 years", "2 years or more"], [0, 52, 104]),
        (["up to 6 months", "6 months to 1 year", "over 1 year"], [0, 26, 52]),
        (["x0_6_months", "x6_12_months", "x12_months_plus"], [0, 26, 52]),
        (["Gt 00 To 01 Weeks SUM 1", "Gt 01 To 02 Weeks SUM 1", "Gt 02 Weeks SUM 1"], [0, 1, 2]),
    ],
)
def test_where_a_band_begins_the_one_below_it_ends(names, weeks):
    problems = Problems()
    said = {name: band_of(name) for name in names}
    bands = settled(bands_said(said, None, problems, []), 10, problems, [])
    assert not problems.rows
    assert [band.first for band in bands] == weeks
    assert [band.end for band in bands] == [*weeks[1:], weeks[-1] + 10]


@pytest.mark.parametrize("name", ["Hospital 2", "2025", "Total 52 plus weeks", "% within 18 weeks"])
def test_what_is_no_band_is_not_taken_for_one(name):
    assert band_of(name) is None


def wide(**bands):
    return pd.DataFrame(
        {"trust": ["A"], "specialty": ["ENT"], **{k: [v] for k, v in bands.items()}}
    )


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (wide(**{"0-26 weeks": 5, "Over 26 weeks": 3, "Over 52 weeks": 1}), {}, "overlap"),
        (wide(**{"0-6": 5, "6-12": 3}), {}, "name no unit"),
        (wide(**{"0-6 weeks": 5, "6+ weeks": "<5"}), {}, "pass hidden="),
        (wide(**{"0-6 weeks": 5, "6+ weeks": "<5"}), {"hidden": 7}, "is below hidden=7"),
        (wide(**{"0-6 weeks": 5, "6+ weeks": -1}), {}, "is below 0"),
        (wide(**{"0-6 weeks": 5, "6+ weeks": 1.5}), {}, "is not a whole number"),
        (wide(**{"0-6 weeks": 5, "6+ weeks": "many"}), {}, "is not a number"),
        (wide(**{"0-6 weeks": 5, "6+ weeks": 1, "Total": 7}), {}, "the bands add up to 6"),
        (wide(weeks=5), {}, "no bands of waits"),
        (wide(**{"0-6 weeks": 0, "6+ weeks": 0}), {}, "counts nobody"),
        (
            wide(**{"0-6 weeks": 5, "6+ weeks": 1}),
            {"origin": "hospital"},
            "no heading of the table",
        ),
        (wide(**{"0-6 weeks": 5, "6+ weeks": 1}), {"bands": {"0-6 weeks": (6, 0)}}, "first week"),
        (wide(**{"0-6 weeks": 5, "6+ weeks": 1}), {"bands": {"0-7": (0, 7)}}, "are not headings"),
        (wide(**{"0-6 weeks": 5, "6+ weeks": 1}), {"census": "2026-01"}, "no column holds dates"),
        (wide(**{"0-6 weeks": 5, "6+ weeks": 1}), {"profile": {1: -2}}, "profile"),
        (wide(**{"6+ weeks": 5, "over 6 weeks": 1}), {}, "overlap"),
    ],
)
def test_what_cannot_be_used_is_told_with_what_to_do(table, options, words):
    with pytest.raises(ma.InputError, match=words) as refused:
        ma.read_counts(table, **options)
    problems = refused.value.problems
    assert (problems["remedy"].str.len() > 0).all() or words == "profile"


def test_every_problem_is_told_at_once():
    table = pd.DataFrame(
        {
            "trust": ["A", "", "C"],
            "specialty": "ENT",
            "0-6 weeks": [1, 2, "*"],
            "6-12 weeks": [1, -2, 3],
        }
    )
    with pytest.raises(ma.InputError) as refused:
        ma.read_counts(table)
    assert set(refused.value.problems["column"]) == {"trust", "0-6 weeks", "6-12 weeks"}


def test_a_hidden_count_has_the_value_that_is_given_and_is_told(read):
    text = "trust,specialty,0-4 weeks,4+ weeks,Total\nA,ENT,<5,8,*\nB,ENT,4,4,8\n"
    waiting, told = read(text, hidden=2, open_weeks=4)
    assert sums(waiting, "origin") == {"A": 10, "B": 8}
    assert told == ["1 hidden count taken as 2"]


def test_a_total_without_its_parts_is_refused(read):
    text = "trust,specialty,0-4 weeks,4+ weeks\nA,ENT,4,4\nB,All specialties,7,1\n"
    with pytest.raises(ma.InputError, match=r"a total whose parts are not in the table .*row 3"):
        read(text)


def test_a_total_that_is_no_sum_of_its_parts_is_told(read):
    text = "trust,specialty,0-4 weeks,4+ weeks\nA,ENT,4,4\nA,Total,4,5\n"
    _, told = read(text, open_weeks=4)
    assert "1 row of totals is left out ('Total'); 1 of them differ from the sum" in told[0]


def test_totals_by_age_are_no_patients_of_their_own(read):
    text = "trust,specialty,age_group,0-4 weeks,4+ weeks\n"
    text += "A,ENT,Adult,1,2\nA,ENT,Child,3,4\nA,ENT,All ages,4,6\n"
    waiting, told = read(text, open_weeks=4)
    assert waiting["patients"].sum() == 10
    assert "1 row of totals is left out ('All ages')" in told


def test_a_total_by_another_name_is_refused(read):
    """Scotland writes Z9 for all specialties, and nothing else says so."""
    rows = ["A,A1,14,4", "A,C8,7,0", "A,Z9,21,4", "B,A1,3,0", "B,C8,3,1", "B,Z9,6,1"]
    with pytest.raises(ma.InputError, match="'Z9' has in every band the patients of all others"):
        read("\n".join(["hbt,specialty,0-12 weeks,Over 12 weeks", *rows]))


def test_a_country_is_a_total_of_its_boards(read):
    text = "HBT,Specialty,Weeks,NumberOnList\nS92000003,A1,000-012,9\nS08000015,A1,000-012,4\n"
    text += "S08000016,A1,000-012,5\nS08000016,A1,012-,0\n"
    waiting, told = read(text, open_weeks=4)
    assert sums(waiting, "origin") == {"S08000015": 4, "S08000016": 5}
    assert told == ["1 row of totals is left out ('S92000003')"]


SCOTLAND = """MonthEnding,HBT,Specialty,NumberWaiting,NumberWaitingOver12Weeks,\
NumberWaitingOver26Weeks
20251231,S08000015,A1,40,16,2
"""


def test_of_columns_that_hold_each_other_everybody_counts_once(read):
    waiting, told = read(SCOTLAND, open_weeks=2)
    by_band = np.histogram(waiting["weeks_waiting"], [0, 12, 26, 28], weights=waiting["patients"])[
        0
    ]
    assert by_band.tolist() == [24, 14, 2]
    assert told == [
        "each of 'NumberWaiting', 'NumberWaitingOver12Weeks', 'NumberWaitingOver26Weeks' holds the "
        "next one"
    ]


def test_no_column_holds_more_than_the_one_that_holds_it(read):
    with pytest.raises(ma.InputError, match="is more than 'NumberWaitingOver12Weeks'"):
        read(SCOTLAND.replace("16,2", "16,20"))


def test_numbers_beside_the_counts_tell_rows_apart(read):
    text = "trust,specialty,type,weeks waited,patients,mean\n"
    text += "A,ENT,1,0-4 weeks,4,2.5\nA,ENT,2,0-4 weeks,8,2.5\nA,ENT,2,4-8 weeks,4,6\n"
    waiting, told = read(text)
    assert waits(waiting, "A", "ENT") == {
        **dict.fromkeys(range(4), 3),
        **dict.fromkeys(range(4, 8), 1),
    }
    assert "added up over 'type' (2): keep= keeps a column" in told
    assert "left out: 'mean'" in told


def test_a_row_that_is_there_twice_is_refused(read):
    text = "trust,specialty,0-4 weeks,4+ weeks\nA,ENT,1,2\nA,ENT,1,2\n"
    with pytest.raises(ma.InputError, match="differ in nothing but their counts"):
        read(text)


def test_footnotes_below_the_table_are_left_out_and_told(read):
    text = "trust,specialty,0-4 weeks,4+ weeks\nA,ENT,1,2\nSource: made up,,,\n"
    waiting, told = read(text, open_weeks=4)
    assert set(waiting["origin"]) == {"A"}
    assert told == ["1 row without counts left out"]


def test_bands_of_ones_own_are_those_that_count(read):
    text = "trust,specialty,short,long,0-4 weeks\nA,ENT,4,2,9\n"
    waiting, told = read(text, bands={"short": (0, 4), "long": (40, 42)})
    assert waits(waiting, "A", "ENT") == {0: 1, 1: 1, 2: 1, 3: 1, 40: 1, 41: 1}
    assert "left out: '0-4 weeks'" in told
    assert "no band holds waits of 4 to 39 weeks: nobody is counted there" in told


def test_a_profile_says_where_in_its_band_a_patient_stands(read):
    text = "trust,specialty,0-4 weeks,4+ weeks\nA,ENT,100,2\n"
    waiting, _ = read(text, profile={0: 1, 3: 3}, open_weeks=2)
    assert waits(waiting, "A", "ENT") == {0: 25, 3: 75, 4: 1, 5: 1}
    usual = pd.DataFrame({"weeks_waiting": [0, 3], "patients": [10, 30]})
    again, _ = read(text, profile=usual, open_weeks=2)
    pd.testing.assert_frame_equal(waiting, again)


def test_the_extract_of_england_is_sent_to_its_reader():
    table = pd.DataFrame({"RTT Part Type": ["Part_2"], "Gt 00 To 01 Weeks SUM 1": [3]})
    with pytest.raises(ma.InputError, match="pass it to read_rtt"):
        ma.read_counts(table)


def test_many_small_queues_are_spread_evenly_together():
    table = pd.DataFrame({"trust": [f"T{i:03}" for i in range(260)], "specialty": "ENT"})
    waiting = ma.read_counts(table.assign(**{"0-26 weeks": 1, "26 weeks +": 0}), open_weeks=1)
    by_week = waiting.groupby("weeks_waiting")["patients"].sum()
    assert len(by_week) == 26
    assert by_week.between(9, 11).all()


@given(
    st.lists(st.tuples(*[st.integers(0, 60)] * 4), min_size=1, max_size=6),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_every_band_keeps_its_patients_and_the_order_of_rows_means_nothing(counts, long, random):
    names = ["0-13 weeks", "13-26 weeks", "26-52 weeks", "52 weeks +"]
    rows = [(f"T{i}", "ENT", *numbers) for i, numbers in enumerate(counts)]
    table = pd.DataFrame(rows, columns=["trust", "specialty", *names])
    if not table[names].to_numpy().sum():
        return
    if long:
        table = table.melt(["trust", "specialty"], var_name="Weeks waited", value_name="patients")
    order = list(range(len(table)))
    random.shuffle(order)
    waiting = ma.read_counts(table, open_weeks=30)
    again = ma.read_counts(table.iloc[order], open_weeks=30)
    pd.testing.assert_frame_equal(waiting, again)
    edges = pd.cut(waiting["weeks_waiting"], [-1, 12, 25, 51, 81], labels=False)
    found = waiting.groupby(["origin", edges])["patients"].sum().to_dict()
    there = {
        (f"T{i}", at): number
        for i, numbers in enumerate(counts)
        for at, number in enumerate(numbers)
        if number
    }
    assert found == there
    assert np.issubdtype(waiting["patients"].dtype, np.integer)
