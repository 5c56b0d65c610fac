"""Tables of travel times in every form that tools and colleagues hand over."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mutualaid as ma
from mutualaid.errors import InputError, InputWarning
from mutualaid.readers import travel_matrix


@pytest.fixture
def read(tmp_path):
    """Read text as a file; what is warned of is an error unless a test says otherwise."""

    def read(text, name="ways.csv", encoding="utf-8", **options):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return travel_matrix(path, **options)

    return read


def ways(table):
    """A table of ways as plain rows."""
    return table.astype(dict.fromkeys(table.columns[:2], str)).round(2).to_numpy().tolist()


@pytest.mark.parametrize("first", ["origin", "from", "From_ID", "origin_code", "FROM", "Origin ID"])
@pytest.mark.parametrize("second", ["provider", "to", "to_id", "destination", "Dest", "Hospital"])
@pytest.mark.parametrize("time", ["minutes", "Mins", "travel_time", "travel time (min)", "time"])
def test_the_ends_of_a_way_have_many_names(read, first, second, time):
    """Two rows from one place to two hospitals whose codes are numbers."""
    table = read(f"{first},note,{second},{time}\nRJ1,x,2,10\nRJ1,y,3,55\n")
    assert ways(table) == [["RJ1", "2", 10.0], ["RJ1", "3", 55.0]]
    assert table.columns.tolist() == ["origin", "provider", "minutes"]


@pytest.mark.parametrize(
    ("heading", "minutes"),
    [
        *[("duration_s", 30), ("seconds", 30), ("drive_time_secs", 30), ("Time (seconds)", 30)],
        *[("hours", 108_000), ("travel_hrs", 108_000), ("mins", 1800), ("time_min", 1800)],
    ],
)
@pytest.mark.filterwarnings("ignore:half of the ways take over:mutualaid.InputWarning")
def test_the_heading_says_the_unit(read, heading, minutes):
    """1,800 seconds are half an hour; 1,800 minutes are not."""
    assert read(f"from,to,{heading}\nRA9,RH8,1800\n")["minutes"].tolist() == [minutes]


@pytest.mark.parametrize(
    ("heading", "unit"), [("minutes", "seconds"), ("duration_s", "minutes"), ("hours", "seconds")]
)
def test_a_unit_that_the_heading_contradicts_is_refused(read, heading, unit):
    """Both are named: nobody can say which of the two is wrong."""
    says = {"duration_s": "seconds"}.get(heading, heading)
    with pytest.raises(
        InputError, match=rf"unit='{unit}', and the heading '{heading}' says {says}"
    ):
        read(f"from,to,{heading}\nRA9,RH8,1800\n", unit=unit)


@pytest.mark.parametrize(
    ("heading", "miles"),
    [("miles", 31), ("distance_km", 31 / 1.609344), ("Distance (metres)", 31 / 1609.344)],
)
def test_distances_come_along(read, heading, miles):
    """In miles, whatever they were in; a blank is a distance that is not known."""
    table = read(f"from,to,minutes,{heading}\nRA9,RH8,30,31\nRH8,RA9,30,\n")
    known = table.set_index(["origin", "provider"])["miles"]
    assert known["RA9", "RH8"] == pytest.approx(miles)
    assert np.isnan(known["RH8", "RA9"])


def test_a_distance_in_no_unit_is_not_read(read):
    """And that is said; with its unit it is."""
    text = "from,to,minutes,distance\nRA9,RH8,31,31000\n"
    with pytest.warns(InputWarning, match="'distance' does not say in which unit"):
        assert "miles" not in read(text)
    assert read(text, distance_unit="metres")["miles"].tolist() == pytest.approx([19.26], abs=0.01)


def test_a_table_of_osrm_is_in_seconds_and_metres(read):
    """That is said; and who says minutes is told what speed it would be."""
    text = "origin,destination,duration,distance\nRA9,RH8,1860,31000\nRH8,RA9,1900,30000\n"
    with pytest.warns(InputWarning, match="as OSRM writes them, in seconds and metres"):
        table = read(text)
    assert ways(table) == [["RA9", "RH8", 31.0, 19.26], ["RH8", "RA9", 31.67, 18.64]]
    with pytest.raises(InputError, match=r"unit='minutes', and half.*0\.6. miles an hour.*OSRM"):
        read(text, unit="minutes")
    by_hand = "origin,destination,duration,distance\nRA9,RH8,31,31\n"
    table = read(by_hand, unit="minutes", distance_unit="km")
    assert ways(table) == [["RA9", "RH8", 31.0, 19.26]]


def test_several_percentiles_are_asked_about(read):
    """The middle one is a day in two, the 85th a bad day: nobody guesses which is meant."""
    text = "from_id,to_id,travel_time_p50,travel_time_p85\nE01,RA9,10,14\nE01,RH8,55,60\n"
    with pytest.raises(InputError, match="'travel_time_p50', 'travel_time_p85': pass time="):
        read(text)
    assert read(text, time="travel_time_p85")["minutes"].tolist() == [14.0, 60.0]
    with pytest.raises(InputError, match="time is 'p85': one of 'from_id'"):
        read(text, time="p85")


def test_seconds_and_minutes_in_one_table(read):
    """The same ways in both units: the minutes are read; other ways: which is asked."""
    same = "from,to,seconds,minutes\nRA9,RH8,1860,31\nRH8,RA9,1290,21.5\n"
    with pytest.warns(InputWarning, match="are read from 'seconds'"):
        assert read(same)["minutes"].tolist() == [31.0, 21.5]
    assert read(same, unit="minutes")["minutes"].tolist() == [31.0, 21.5]
    other = "from,to,drive_seconds,bus_minutes\nRA9,RH8,1860,95\n"
    with pytest.raises(InputError, match="'drive_seconds', 'bus_minutes': pass time="):
        read(other)
    assert read(other, time="bus_minutes")["minutes"].tolist() == [95.0]
    assert read(other, unit="seconds")["minutes"].tolist() == [31.0]


@pytest.mark.parametrize("blank", ["NA", "NaN", "", "NULL", "null", "#N/A", "n/a", "-"])
def test_what_stands_for_no_way(read, blank):
    """Of R, pandas, databases and Excel; wide and long."""
    with pytest.warns(InputWarning, match="1 of 4 ways have no time and are left out"):
        wide = read(f"from,RA9,RH8\nRA9,0,{blank}\nRH8,31,0\n")
    assert ways(wide) == [["RA9", "RA9", 0.0], ["RH8", "RA9", 31.0], ["RH8", "RH8", 0.0]]
    with pytest.warns(InputWarning, match="1 of 2 ways"):
        assert len(read(f"from,to,minutes\nRA9,RH8,{blank}\nRH8,RA9,31\n")) == 1


@pytest.mark.parametrize("heading", ['""', "Unnamed: 0", "X", "rownames", "...1"])
@pytest.mark.parametrize("first", [0, 1])
def test_names_of_rows_are_no_places(read, heading, first):
    """R and pandas number the rows in a column of its own: left out, and said."""
    text = f"{heading},from_id,to_id,minutes\n{first},E01,RA9,10\n{first + 1},E01,RH8,12\n"
    with pytest.warns(InputWarning, match="numbers the rows, and is left out"):
        assert ways(read(text)) == [["E01", "RA9", 10.0], ["E01", "RH8", 12.0]]
    wide = f"{heading},from,RA9,RH8\n{first},RA9,0,31\n{first + 1},RH8,30,0\n"
    with pytest.warns(InputWarning, match="numbers the rows"):
        assert len(read(wide)) == 4


def test_a_wide_table_without_a_heading_over_its_places(read):
    """As R and pandas write a matrix; also where the places are numbers."""
    assert ways(read(",RA9,RH8\nRA9,0,31\nRH8,30,0\n"))[1] == ["RA9", "RH8", 31.0]
    assert ways(read('"",1,2\n1,0,31\n2,30,0\n'))[1] == ["1", "2", 31.0]


def test_rows_with_a_cell_too_many_are_refused(read):
    """R's write.table gives row names no heading: columns would be read one off."""
    with pytest.raises(InputError, match=r"2 rows with more cells than headings.*row.names"):
        read('"from","to","minutes"\n"1","E01","RA9",10\n"2","E01","RH8",12\n')


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_decimal_commas(read, separator):
    """As a machine writes that is set up for Germany or France."""
    text = "from,RA9,RH8\nRA9,0,31#5\nRH8,30#25,0\n".replace(",", separator).replace("#", ",")
    assert ways(read(text))[1:3] == [["RA9", "RH8", 31.5], ["RH8", "RA9", 30.25]]


def test_a_comma_that_could_be_either_is_asked_about(read):
    """1,250 between semicolons; with another number that shows what commas are it is clear."""
    with pytest.raises(InputError, match="commas that may be decimal points or not"):
        read("from;to;minutes\nRA9;RH8;1,250\n")
    assert read("from;to;minutes\nRA9;RH8;1,250\nRH8;RA9;31,5\n")["minutes"].tolist() == [
        1.25,
        31.5,
    ]


@pytest.mark.filterwarnings("ignore:half of the ways take over:mutualaid.InputWarning")
def test_thousands_in_a_file_of_commas(read):
    """Excel in English writes them in quotation marks."""
    table = read('from,to,seconds\nRA9,RH8,"1,860"\nRH8,RA9,"1,290.6"\n')
    assert table["minutes"].tolist() == pytest.approx([31.0, 21.51])


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c,d\nE01,RA9,10,14\nE01,RH8,55,60\n",
        "zone,trip,name,minutes\nE01,2,x,10\nE01,3,y,55\n",
        "from_id,x,travel_time_p50\nE01,2,10\nE01,3,55\n",
        "from_id,RA9,travel_time\nE01,2,10\n",
        "a,lat,minutes\nE01,51.5,10\nE02,50.8,55\n",
    ],
)
def test_a_long_table_is_never_taken_for_a_wide_one(read, text):
    """Ways to providers called "minutes" would be made; the headings that are needed are told."""
    with pytest.raises(InputError, match=r"neither a long table nor a wide one.*head the columns"):
        read(text)


def test_a_place_that_is_there_twice_makes_no_wide_table(read):
    """Three columns of which the second is a number: nothing says that it is a hospital."""
    with pytest.raises(InputError, match=r"several rows for 'E01'.*head the columns origin"):
        read("a,b,c\nE01,2,10\nE01,3,55\n")


def test_milliseconds_are_no_minutes(read):
    """A unit that is not read is an error; so is a table of truth values."""
    with pytest.raises(InputError, match="no column of times but 'duration_ms': convert it"):
        read("from,to,duration_ms\nA,B,1860000\n")
    with pytest.raises(InputError, match="is True or False"):
        travel_matrix(pd.DataFrame({"from": ["A"], "to": ["B"], "minutes": [True]}))


def test_names_beside_codes_are_left_alone(read):
    """The code is the end of the way."""
    text = "origin_code,origin_name,destination_code,destination_name,minutes\nRA9,x,RH8,y,30\n"
    assert ways(read(text)) == [["RA9", "RH8", 30.0]]


def test_a_word_among_the_minutes_of_a_wide_table_is_named(read):
    """The column and the row."""
    with pytest.raises(
        InputError, match=r"RH8: is not a number \(1 row; ways\.csv, row 2: 'far'\)"
    ):
        read("from,RA9,RH8\nRA9,0,far\nRH8,30,0\n")


def test_two_columns_for_one_end_are_refused(read):
    """Whoever means one drops the other."""
    with pytest.raises(InputError, match="'to_id', 'site', each of which could be the provider"):
        read("from_id,to_id,site,minutes\nE01,RA9,S1,10\n")
    with pytest.raises(InputError, match="'from' and 'lsoa'"):
        read("from,lsoa,to,minutes\nRA9,E01,RA9,10\n")
    assert len(read("from,provider,site,minutes\nRH8,RA9,S1,10\n")) == 1


# --- areas ---


def test_the_names_of_hospitals_are_enough_for_a_table_of_areas(read):
    """The first column comes out as area, which a System takes."""
    table = read(
        "LSOA,TQ27AA,EX25DW\nE01,10,31\nE02,31,5\n", names={"TQ27AA": "RA9", "EX25DW": "RH8"}
    )
    assert table.columns.tolist() == ["area", "provider", "minutes"]
    assert ways(table)[1] == ["E01", "RH8", 31.0]
    waiting = {"origin": ["RA9"], "service": ["110"], "weeks_waiting": [9], "patients": [5]}
    capacity = {"provider": ["RA9", "RH8"], "service": "110", "period": 1, "slots": 3}
    system = ma.System(
        pd.DataFrame({**waiting, "area": ["E02"]}), pd.DataFrame(capacity), table, periods=1
    )
    assert system.start == "area"
    with pytest.raises(InputError, match=r"travel\.provider: is not in names"):
        read("LSOA,TQ27AA,EX25DW\nE01,10,31\n", names={"TQ27AA": "RA9"})


@pytest.mark.parametrize(
    ("heading", "label", "start"),
    [
        *[("from", "E01000001", "area"), ("id", "W01000001", "area"), ("x", "RA9", "origin")],
        *[("msoa21cd", "E02", "area"), ("Postcode", "SW1A 2", "area"), ("area", "n", "area")],
        *[("lsoa11cd", "E01000001", "area"), ("from_postcode", "SE1", "origin")],
    ],
)
def test_ways_start_at_areas_where_heading_or_codes_say_so(read, heading, label, start):
    """Wide and long."""
    assert read(f"{heading},RA9,RH8\n{label},10,20\n").columns[0] == start
    assert read(f"{heading},to,minutes\n{label},RA9,10\n").columns[0] == start


def test_postcodes_of_hospitals_are_no_homes(read):
    """A square table of postcodes is one of hospitals; and so is one that names all of them."""
    square = "postcode,SE1,BN2\nSE1,0,90\nBN2,91,0\n"
    assert read(square).columns[0] == "origin"
    table = read(square, names={"SE1": "RJ1", "BN2": "RXH"})
    assert ways(table)[1] == ["RJ1", "RXH", 90.0]


# --- sizes that cannot be ---


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        ([1260, 1900, 2400], "half of the ways take over 1,900 minutes"),
        ([0.4, 1.2, 2.9], "no way takes more than 2.9 minutes"),
        ([200, 210, 220, 230, 240, 250], "the shortest of 6 ways takes 200 minutes"),
        ([0.5] * 19 + [9.5, 9.9], "nine in ten of 21 ways take 0.5 minutes or less"),
    ],
)
def test_times_that_are_unlikely_are_told_with_the_figures(minutes, words):
    """By the reader, and by the System if the table is made by hand."""
    table = pd.DataFrame(
        {"origin": [f"R{n}" for n in range(len(minutes))], "provider": "RA9", "minutes": minutes}
    )
    with pytest.warns(InputWarning, match=f"{words}: check that unit='minutes' is right"):
        travel_matrix(table)
    places = [*table["origin"], "RA9"]
    capacity = pd.DataFrame({"provider": places, "service": "110", "period": 1, "slots": 3})
    waiting = table[["origin"]].assign(service="110", weeks_waiting=3, patients=1)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        ma.System(waiting, capacity, table, periods=1, unlisted="unreachable")
    assert any(words in str(one.message) for one in told)


@pytest.mark.parametrize(
    ("minutes", "miles", "words"),
    [(31.0, 31_000 / 1609, None), (30.0, 0.75, None), (31.0, 70.0, "more"), (300.0, 5.0, "less")],
)
def test_speeds_that_nobody_travels_at_are_told(minutes, miles, words):
    """Times and distances each look right, and together they do not."""
    table = pd.DataFrame(
        {"origin": ["RA9"], "provider": ["RH8"], "minutes": [minutes], "miles": [miles]}
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        travel_matrix(table)
    assert [str(one.message).split(" than ")[0] for one in told] == (
        [f"half of the ways are made at {words}"] if words else []
    )


CODES = st.sampled_from(["RA9", "RH8", "007", "NA", "12", "1e3", "E01000001", "SE1 7EH"])


@given(
    st.dictionaries(st.tuples(CODES, CODES), st.integers(10, 90), min_size=1, max_size=9),
    st.sampled_from(
        [("from", "to", "minutes"), ("Origin_ID", "Destination", "Travel Time (mins)")]
    ),
    st.sampled_from([",", ";", "\t"]),
    st.booleans(),
)
def test_a_table_says_the_same_in_every_form(tmp_path_factory, cells, headings, mark, numbered):
    """Whatever its headings, separator and row names; codes stay what they are."""
    rows = [[*way, str(minutes)] for way, minutes in cells.items()]
    lines = [list(headings), *rows]
    if numbered:
        lines = [["", *lines[0]], *([str(n), *row] for n, row in enumerate(rows, 1))]
    path = tmp_path_factory.mktemp("ways") / "ways.csv"
    path.write_text("\n".join(mark.join(line) for line in lines), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        table = travel_matrix(path)
    found = {(str(a), str(b)): m for a, b, m in table.itertuples(index=False)}
    assert found == {way: float(minutes) for way, minutes in cells.items()}


def test_one_direction_is_filled_from_the_other_where_that_is_asked_for(read):
    """What is known of both directions stays as it is, and so does what is known of none."""
    text = "from,to,minutes,miles\nA,B,20,9\nB,A,25,9\nA,C,31,12\n"
    with pytest.warns(ma.InputWarning, match="1 way taken from the way back"):
        ways = read(text, both_ways=True)
    assert ways.to_numpy().tolist() == [
        ["A", "B", 20.0, 9.0],
        ["A", "C", 31.0, 12.0],
        ["B", "A", 25.0, 9.0],
        ["C", "A", 31.0, 12.0],
    ]


def test_nobody_travels_back_to_an_area(read):
    with pytest.raises(ma.InputError, match="both_ways goes with ways between providers"):
        read("lsoa,to,minutes\nE01000001,A,20\n", both_ways=True)
