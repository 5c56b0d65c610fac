"""What an extract does not say for certain lets nobody move, and is said aloud."""

from __future__ import annotations

import datetime as dt
import math
import warnings

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import relaxed

import mutualaid as ma
from mutualaid.data.schema import PRIORITIES
from mutualaid.data.words.column_names import KNOWN
from mutualaid.data.words.patient_words import urgency
from mutualaid.errors import InputError, InputWarning
from mutualaid.readers.waiting_list import read_waiting_list

CENSUS = "2026-01-31"
WAITED = "2025-06-02"


def extract(rows, **columns):
    """Patients of Alder who have waited since June, with columns of a test's own."""
    base = {
        "MRN": [f"h{at}" for at in range(rows)],
        "Provider": "XA1",
        "TFC": "110",
        "RTT Start Date": WAITED,
    }
    return pd.DataFrame({**base, **columns}, index=range(rows))


def read(table, **options):
    """Read quietly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return read_waiting_list(table, **{"census": CENSUS, **options})


def column(name, cells, output, **options):
    """What a column of cells becomes."""
    return read(extract(len(cells), **{name: cells}), **options).frame[output].tolist()


def said(table, **options):
    """What is said aloud while an extract is read."""
    with pytest.warns(InputWarning) as caught:
        read_waiting_list(table, **{"census": CENSUS, **options})
    assert len(caught) == 1
    return str(caught[0].message)


def movable(patients):
    """Hospital numbers of those who may move under the most generous policy that is asked for."""
    frame = patients.frame
    free = pd.Series(True, index=frame.index)
    for name, test in (
        ("priority", lambda cells: cells.isin(["P2", "P3", "P4", "none"])),
        ("cancer", lambda cells: ~cells.astype(bool)),
        ("consent", lambda cells: cells.eq("yes")),
        ("date_weeks", lambda cells: cells.eq(math.inf)),
        ("transferred", lambda cells: ~cells.astype(bool)),
        ("adult", lambda cells: cells.astype(bool)),
        ("asa", lambda cells: cells.le(2)),
        ("willing_minutes", lambda cells: cells.ge(20)),
    ):
        if name in frame:
            free &= test(frame[name])
    return set(frame.loc[free, "local_id"])


# --- priority ---

URGENT = ["Urgent", "Soon", "HIGH", "Priority 2", "2 - Urgent", "P2b", "expedite", "U", "2"]
CANCER = [
    "2WW",
    "2 week wait",
    "Two-Week Wait",
    "USC",
    "Cancer",
    "Urgent suspected cancer",
    "62 day target",
]
ROUTINE = ["Routine", "routine referral", "4 - Routine", "1 - Routine", "Non-urgent", "not urgent"]
UNSAID = [
    "Elective",
    "Planned",
    "R",
    "A",
    "Medium",
    "1",
    "3",
    "4",
    "P3?",
    "not routine",
    "P3 or P4?",
]


def test_words_of_urgency_are_read_as_what_they_say():
    """Urgent is P2, cancer is cancer, routine is P4; of any other word nothing is known."""
    for words, priority, cancer in (
        (["Emergency", "P1a", "immediate"], "P1", False),
        (URGENT, "P2", False),
        (CANCER, "P2", True),
        (ROUTINE, "P4", False),
        (UNSAID, "not known", False),
    ):
        patients = read(extract(len(words), Priority=words))
        assert set(patients.frame["priority"]) == {priority}, words
        assert ("cancer" in patients.frame) == cancer
        assert not cancer or patients.frame["cancer"].all()


def test_nobody_moves_whose_priority_is_not_known():
    """On to the plan: of a list in all kinds of words only the surely routine are moved."""
    words = [*URGENT, *CANCER, *ROUTINE, *UNSAID, "P3", "P4", ""]
    patients = read(extract(len(words), Priority=words))
    rooms = pd.DataFrame({"provider": ["XA1", "XB2"], "service": "C_110", "slots": [0, 99]})
    way = pd.DataFrame({"origin": ["XA1"], "provider": ["XB2"], "minutes": [20]})
    system = ma.System(patients, ma.every_period(rooms, 1), way, periods=1)
    offers = ma.optimise(system, ma.Policy(max_minutes=60)).patients(patients)
    gone = offers.loc[offers["provider"].astype(str) == "XB2", "patient_id"].astype(str)
    assert {words[int(name[1:])] for name in gone} == {*ROUTINE, "P3", "P4"}


def test_words_that_are_not_known_are_said_with_their_counts():
    """The most frequent first, with the ways out; and written down."""
    table = extract(5, Priority=["Elective", "Elective", "zzz", "3", ""])
    told = said(table)
    assert "3 priority: is not a known code: 'Elective' (2), 'zzz' (1)" in told
    assert "1 priority: is a number of no known scale: '3' (1)" in told
    assert "1 priority: is missing" in told
    assert "priorities={'word': 'P4'}" in told
    kept = read(table).quality.query("rows > 0")["done"]
    assert set(kept) == {"taken as not known: does not move"}


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        ("Procedure Priority Code", ["P1", "P2", "P3", "P4"]),
        ("P_Code", ["P1", "P2", "P3", "P4"]),
        ("Priority Type Code", ["P4", "P2", "P2", "not known"]),
        ("Priority", ["not known", "P2", "not known", "not known"]),
    ],
)
def test_the_heading_settles_what_a_number_counts(heading, meant):
    """1 is the most urgent of the P codes, and routine among the types of referral."""
    assert column(heading, ["1", "2", "3", "4"], "priority") == meant


def test_the_analyst_may_say_what_words_and_numbers_mean():
    """By the column's name, or word by word."""
    table = extract(3, Priority=["1", "3", "Elective"])
    surgical = read(table, columns={"priority": "Priority"}, priorities={"elective ": "p4"})
    assert surgical.frame["priority"].tolist() == ["P1", "P3", "P4"]
    referral = read(table, columns={"priority_type": "Priority"}, priorities={"ELECTIVE": "P3"})
    assert referral.frame["priority"].tolist() == ["P4", "P2", "P3"]
    assert referral.frame["cancer"].tolist() == [False, True, False]
    with pytest.raises(InputError, match="priorities is"):
        read(table, priorities={"Elective": "soon"})


def test_every_column_of_urgency_is_heard():
    """Beside a P code, the type of the referral and a description; the strictest holds."""
    codes = ["P4", "P4", "P4", "", "", "P3", "zzz"]
    types = ["1", "2", "3", "1", "", "", "1"]
    words = ["Routine", "", "", "", "", "Soon", ""]
    table = extract(7, p_code=codes, priority_type=types, Urgency=words)
    patients = read(table)
    meant = ["P4", "P2", "P2", "P4", "not known", "P2", "not known"]
    assert patients.frame["priority"].tolist() == meant
    assert patients.frame["cancer"].tolist() == [False, False, True, *[False] * 4]
    assert "another column says more urgent: the stricter holds" in said(table)


@relaxed
@given(text=st.text(max_size=12))
def test_any_text_at_all_is_a_priority_or_not_known(text):
    """And whoever may move by it is called P3, P4, low, routine or not urgent."""
    found = urgency(text)
    assert found.priority in (*PRIORITIES, "not known")
    if found.priority in ("P3", "P4"):
        assert any(sign in text.casefold() for sign in ("3", "4", "low", "routine", "urgent"))


# --- wishes, age, flags ---


def test_answers_that_cannot_be_read_let_nobody_move():
    """Of consent, cancer, transfers, limits and ages; each is said."""
    cells = {
        "Consent": ["yes", "perhaps", "yes", "yes", "yes", "yes"],
        "Cancer flag": ["N", "N", "pending", "N", "N", "N"],
        "Transferred": ["no", "no", "no", "who knows", "no", "no"],
        "Willing to travel": ["50 minutes", "", "", "", "n/a", ""],
        "Age": ["50", "50", "50", "50", "50", "fifty"],
    }
    table = extract(6, **cells)
    assert movable(read(table)) == {"h0"}
    told = said(table)
    for word in ("'perhaps'", "'pending'", "gives no age"):
        assert word in told


def test_an_adult_is_one_by_all_that_is_said():
    """An age that cannot be read is not mended by a date of birth."""
    born = ["1980-01-01", "1980-01-01", "2015-01-01", None]
    table = extract(4, Age=["45", "old", "45", "45"], DOB=born)
    assert read(table).frame["adult"].tolist() == [True, False, False, True]


def test_two_grades_are_none():
    """Of "2 - 3" it is not known which holds."""
    grades = column("ASA", ["2", "2 - 3", "ASA 2 (was 3)", "2 - mild"], "asa")
    assert [math.isnan(grade) for grade in grades] == [False, True, True, False]


JUNK = [
    "???",
    "banana",
    "-1",
    "999",
    "unknown",
    "31/02/2026",
    "P9",
    "maybe",
    "yes?",
    "P3?",
    "4?",
    "°",
]
SAFE = {
    "p_code": ["P1", "P2", "P4"],
    "priority_type": ["3", "2", "1"],
    "consent": ["no", "not asked", "yes"],
    "cancer": ["Y", "N", "N"],
    "age": ["17", "40", "70"],
    "dob": ["2009-01-01", "1985-01-01", "1955-01-01"],
    "adult": ["no", "yes", "yes"],
    "willing": ["10 minutes", "no", "2 hours"],
    "asa": ["4", "1", "2"],
    "outpatient_date": ["2026-02-05", "2026-12-01", "2026-03-01"],
    "transferred": ["yes", "no", "no"],
    "removal_date": ["2026-01-01", "", ""],
    "rtt_end_date": ["2026-01-05", "", ""],
    "date_of_death": ["2026-01-05", "", ""],
    "deceased": ["y", "n", "n"],
    "rtt_status": ["30", "20", "20"],
    "waiting_list_status": ["removed", "waiting", "waiting"],
}


@pytest.mark.parametrize("name", SAFE)
@relaxed
@given(data=st.data())
def test_junk_lets_nobody_move(name, data):
    """Whatever stands in a cell instead of what stood there, nobody moves who did not before."""
    others = data.draw(st.sets(st.sampled_from(sorted(SAFE)), max_size=2))
    chosen = {other: SAFE[other] for other in (name, *others)}
    before = extract(3, **chosen)
    at = data.draw(st.integers(0, 2))
    junk = data.draw(st.sampled_from(JUNK) | st.text("zqj?!#", min_size=2, max_size=4))
    if name == "outpatient_date" and not junk.strip("?"):
        # A mark for "no date yet" is an answer.
        junk = "banana"
    after = before.astype(object)
    after.loc[at, name] = junk
    try:
        free = movable(read(after))
    except InputError:
        return
    blocked = {f"h{at}"} - movable(read(before))
    assert not free & blocked


# --- who has left ---


@pytest.mark.parametrize(
    ("heading", "gone", "stays", "unclear"),
    [
        ("Date Removed", "05/01/2026", "", "sometime"),
        ("REMOVAL_DATE", "2026-01-31", "31/12/9999", "??"),
        ("discharge date", "20260105", "-", "TBC"),
        ("Withdrawn Date", "5 Jan 2026", "not removed", "banana"),
        ("RTT End Date", "2026-01-05", "2026-02-05", "soon"),
        ("Admission Date", "05/01/2026", "05/03/2026", "banana"),
        ("Date of Death", "2026-02-05", "", "unknown"),
        ("Deceased", "Y", "N", "perhaps"),
        ("removed_from_list", "yes", "no", "x"),
        ("Withdrawn", "1", "0", "7"),
        ("Waiting List Status", "Removed - patient choice", "Active", "stage 2"),
        ("RTT Status", "34 - declined", "20", "77"),
    ],
)
def test_who_has_left_is_not_waiting(heading, gone, stays, unclear):
    """Under any usual heading; what does not tell is set aside too, and said."""
    table = extract(4, **{heading: [gone, stays, unclear, None]})
    assert read(table).frame["local_id"].tolist() == ["h1", "h3"]
    assert "2 of 4 rows are set aside" in said(table)


def test_any_reason_for_a_removal_is_one():
    """Who has none has not been removed."""
    reasons = ["Treated elsewhere", "12", None, "n/a", "not removed", "-"]
    patients = read(extract(6, **{"Removal Reason": reasons}))
    assert patients.frame["local_id"].tolist() == ["h2", "h3", "h4", "h5"]


def test_every_column_that_says_who_has_left_is_read():
    """Two dates and a flag: any of them is enough."""
    cells = {"Removal Date": ["2026-01-01", None, None, None]}
    cells["Date Withdrawn"] = [None, "2026-01-01", None, None]
    cells["Died"] = ["no", "no", "yes", "no"]
    assert read(extract(4, **cells)).frame["local_id"].tolist() == ["h3"]


def test_who_left_after_the_census_waited_at_it():
    """And it is told; but nobody is asked who has died since."""
    cells = {"Removal Date": ["2026-02-05", None], "Date of Death": [None, "2026-02-05"]}
    patients = read(extract(2, **cells))
    assert patients.frame["local_id"].tolist() == ["h0"]
    told = patients.quality.set_index("problem").loc["is after the census"]
    assert (told["rows"], told["done"]) == (1, "still waiting at the census")


@pytest.mark.parametrize(
    "word", ["TBC", "awaiting list", "not booked", "?", "To be confirmed", "no date yet", "-"]
)
def test_a_date_to_be_confirmed_is_none_yet(word):
    """The patient waits, and has no date; it is told."""
    patients = read(extract(2, **{"TCI Date": [word, "12/03/2026"]}))
    assert patients.frame["date_weeks"].tolist() == [math.inf, 5]
    told = patients.quality.set_index("problem")["rows"]
    assert told["says in words that there is no date"] == 1


# --- dates ---


def test_a_column_that_is_month_first_is_not_read_day_first():
    """The proof is shown with the way out, which works."""
    days = pd.date_range("2025-01-01", "2025-12-31", freq="7D")
    table = extract(len(days), **{"RTT Start Date": days.strftime("%m/%d/%Y")})
    with pytest.raises(InputError) as caught:
        read(table)
    late = int((days.day > 12).sum())
    message = str(caught.value)
    assert f"clock_start: {late} dates can only be month first (01/15/2025)" in message
    assert "dates='month first'" in message
    for order in ("month first", {"clock_start": "month first"}):
        assert read(table, dates=order).frame["clock_start"].tolist() == days.tolist()


def test_a_column_of_both_orders_is_refused():
    """Nobody knows which of them 02/03 is in; who says so loses only those of the other."""
    starts = ["25/06/2025", "06/25/2025", "02/03/2025"]
    table = extract(3, **{"RTT Start Date": starts})
    with pytest.raises(InputError, match=r"1 date can only be month first .* the orders are mixed"):
        read(table)
    assert read(table, dates="day first").frame["clock_start"].dt.month.tolist() == [6, 3]


def test_all_columns_of_dates_are_told_at_once_and_no_birthday_is_shown():
    """Every column with its own proof."""
    cells = {"DOB": ["12/31/1980"], "TCI Date": ["02/28/2026"], "Removal Date": ["03/31/2026"]}
    with pytest.raises(InputError) as caught:
        read(extract(1, **cells))
    assert set(caught.value.problems["column"]) == {"date_of_birth", "date", "removal_date"}
    assert "1980" not in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "day"),
    [
        (["02-SEP-25", "13-SEP-25"], dt.date(2025, 9, 2)),
        (["02/09/25", "13/09/25"], dt.date(2025, 9, 2)),
        (["45902", "45913"], dt.date(2025, 9, 2)),
        ([45902.0, 45913.0], dt.date(2025, 9, 2)),
        ([20250902, 20250913], dt.date(2025, 9, 2)),
        (["2 September 2025", "13th Sept 2025"], dt.date(2025, 9, 2)),
        (["Tue 2 Sep 2025", "Sep 13, 2025"], dt.date(2025, 9, 2)),
        (["2025-07-01T23:30:00Z", "2025-12-01T23:30:00Z"], dt.date(2025, 7, 2)),
        (["2025-07-01 23:00:00+00:00", None], dt.date(2025, 7, 2)),
        (["2025-07-02 00:00:00+01:00", None], dt.date(2025, 7, 2)),
        (pd.to_datetime(["2025-07-01T23:00Z", "2025-12-01T23:30Z"]), dt.date(2025, 7, 2)),
        (["02/09/2025 11:30:00 PM", "13/09/2025 12:00:00 AM"], dt.date(2025, 9, 2)),
    ],
)
def test_dates_of_exports_are_read_where_the_column_agrees(cells, day):
    """Oracle's, Excel's, Access's; an instant is a date in London."""
    patients = read(extract(2, **{"RTT Start Date": cells}))
    assert patients.frame["clock_start"].iloc[0].date() == day


def test_forms_that_do_not_agree_are_named():
    """A number of a day among other dates is none, and it is said what it looks like."""
    starts = ["2025-09-01", "45902", "02/09/25"]
    table = extract(3, **{"RTT Start Date": starts})
    patients = read(table)
    assert len(patients) == 1
    told = " ".join(patients.quality["problem"])
    assert "numbers of days as Excel keeps them (45902)" in told
    assert "years of two digits (02/09/25)" in told
    assert "years of two digits among other forms (02/09/25), numbers of days as" in said(table)
    with pytest.raises(InputError, match=r"is not a date: numbers \(1748822400\)"):
        read(extract(1, **{"RTT Start Date": ["1748822400"]}))


def test_a_century_is_the_last_that_fits():
    """Nobody is born after the census, and no clock of 1925 is meant."""
    table = extract(3, DOB=["02/09/45", "02/09/10", "31/01/26"])
    assert read(table).frame["age"].tolist() == [80, 15, 0]
    with pytest.raises(InputError, match="years of two digits that seem to come first"):
        read(extract(2, **{"RTT Start Date": ["25/09/02", "25/09/11"]}))


# --- services ---


@pytest.mark.parametrize("meant", ["C_110", "110", "Trauma", "t&o"])
def test_services_may_be_named_in_the_words_of_the_file(meant):
    """Whatever the right-hand side is written as, and without regard to capitals and blanks."""
    words = ["Knee clinic", "KNEE  CLINIC", "120"]
    table = extract(3, TFC=words)
    patients = read(table, services={"knee clinic": meant, "120": "X05"})
    assert patients.frame["service"].tolist() == ["C_110", "C_110", "X05"]
    assert "'KNEE  CLINIC' (1), 'Knee clinic' (1)" in said(table)


def test_a_column_of_cancer_flags_that_is_empty_tells_nothing():
    """It may be one that nobody fills in: that is said, with the way out."""
    table = extract(2, Cancer=["", None])
    assert not movable(read(table))
    assert "is missing on every row" in said(table)
    assert movable(read(table, columns={"cancer": None})) == {"h0", "h1"}


def test_everybody_knows_what_t_and_o_is():
    """Usual abbreviations and names need no mapping; a code and another's name are none."""
    words = ["T&O", "ENT", "Ophthal", "Gynae", "110 TRAUMA & ORTHOPAEDICS", "Urology (101)", "X01"]
    meant = ["C_110", "C_120", "C_130", "C_502", "C_110", "C_101", "X01"]
    assert column("TFC", words, "service") == meant
    assert column("TFC", ["110 - Urology", "110"], "service") == ["C_110"]


# --- headings ---


@relaxed
@given(data=st.data())
def test_headings_may_be_spelt_in_any_way(data):
    """Capitals, blanks and marks do not change what a column means."""
    cells = {"p_code": ["P1", "P4"], "consent": ["no", "yes"], "cancer_flag": ["Y", "N"]}
    cells["tci_date"], cells["removal_date"] = ["TBC", ""], ["", "2026-01-01"]
    wanted = read(extract(2, **cells)).frame

    def spelt(heading):
        mark = data.draw(st.sampled_from(["_", " ", "-", "", "  ", "."]))
        style = data.draw(st.sampled_from([str.upper, str.title, str.lower, str.capitalize]))
        return style(heading.replace("_", mark))

    names = {name: spelt(name) for name in cells}
    found = read(extract(2, **cells).rename(columns=names)).frame
    pd.testing.assert_frame_equal(found, wanted)


@pytest.mark.parametrize(
    ("heading", "meant"),
    [("Consent by letter", "consent"), ("Pt Priority", "priority"), ("Cancr_Pathway", "cancer")],
)
def test_a_heading_that_sounds_like_a_rule_is_said_not_to_be_read(heading, meant):
    """With what it sounds like; named or left out it is silent."""
    table = extract(1, **{heading: "Y"})
    assert f"the column {heading!r} sounds like {meant}, and is not read" in said(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_waiting_list(table, columns={meant: None}, census=CENSUS)


@pytest.mark.parametrize(
    "bands", [["0-6 Months", "18 Months +"], [">0-1", ">1-2"], ["0 - 6 weeks", "52+ weeks"]]
)
def test_counts_by_band_are_sent_to_a_system(bands):
    """With what to make of them."""
    table = pd.DataFrame({"Hospital": ["A"], "Specialty": ["Urology"], **dict.fromkeys(bands, 5)})
    with pytest.raises(InputError) as caught:
        read(table)
    for word in (
        bands[0],
        "origin, service, weeks_waiting",
        "patients",
        "DataFrame.melt",
        "System",
    ):
        assert word in str(caught.value)


def test_fields_that_say_who_may_move_read_every_column():
    """None of these is settled by the surest column alone."""
    for name in ("priority", "priority_type", "cancer", "consent", "clock_stop", "date"):
        assert KNOWN[name].every
