"""Columns of extracts and tables of travel that had been passed over, or taken for another."""

import pandas as pd
import pytest

import mutualaid as ma

CENSUS = "2026-01-31"


def an_extract(**columns):
    """Patients of one clinic, in as many rows as the columns have values."""
    rows = len(next(iter(columns.values())))
    return pd.DataFrame(
        {
            "Hospital Number": [f"h{row}" for row in range(rows)],
            "Provider": "XA1",
            "TFC": "110",
            "RTT Start Date": "02/06/2025",
            **columns,
        }
    )


def waiting(**columns):
    """Which rows are on the list still."""
    patients = ma.read_waiting_list(an_extract(**columns), census=CENSUS)
    return sorted(patients.rows(identifiers=True)["local_id"].str[1:].astype(int))


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Active", ["N", "Y"]),
        ("Is Active", [0, 1]),
        ("Active Flag", ["", "Y"]),
        ("On List", [False, True]),
        ("Still Waiting", ["removed - treated", "waiting"]),
        ("Off List Date", ["05/01/2026", ""]),
        ("Date Left List", ["05/01/2026", ""]),
        ("WL Removal Dt", ["05/01/2026", ""]),
        ("Removed From WL", ["Y", "N"]),
        ("RIP", ["Y", ""]),
        ("Date of Decease", ["05/01/2026", ""]),
        ("Clock Status", ["Stopped", "Running"]),
    ],
)
def test_who_has_left_by_other_headings_is_not_waiting(heading, values):
    assert waiting(**{heading: values}) == [1]


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_a_flag_that_marks_only_who_is_inactive_says_nothing_of_the_rest():
    assert waiting(Active=["N", "", ""]) == [1, 2]


@pytest.mark.parametrize(
    ("heading", "minutes"),
    [
        ("durationInSeconds", 20),
        ("seconds_am_peak", 20),
        ("duration_s_2019", 20),
        ("journey_hours_by_bus", 72_000),
        ("minutes_am_peak", 1200),
    ],
)
@pytest.mark.filterwarnings("ignore:half of the ways")
def test_the_unit_of_times_is_read_from_any_heading_that_names_it(heading, minutes):
    long = pd.DataFrame({"origin": ["XA1"], "provider": ["XB2"], heading: [1200]})
    assert ma.travel_matrix(long)["minutes"].tolist() == [minutes]
    unknown = long.set_axis(["a", "b", heading], axis=1)
    assert ma.travel_matrix(unknown)["minutes"].tolist() == [minutes]


@pytest.mark.parametrize("heading", ["km_google", "drive miles (AA)", "route metres 2019"])
def test_the_only_column_is_no_time_where_it_speaks_of_a_distance(heading):
    long = pd.DataFrame({"origin": ["XA1"], "provider": ["XB2"], heading: [12]})
    with pytest.raises(ma.InputError, match="a distance is no time"):
        ma.travel_matrix(long)
    with pytest.raises(ma.InputError, match="a distance is no time"):
        ma.travel_matrix(long.set_axis(["a", "b", heading], axis=1))


@pytest.mark.parametrize("heading", ["km", "Distance in miles"])
@pytest.mark.parametrize("unit", [None, "minutes"])
def test_a_wide_table_of_distances_is_none_of_times(heading, unit):
    wide = pd.DataFrame({heading: ["XA1", "XB2"], "XA1": [0, 20], "XB2": [25, 0]})
    with pytest.raises(ma.InputError, match="a distance is no time"):
        ma.travel_matrix(wide, unit=unit)


def test_a_wide_table_is_in_the_unit_of_its_first_heading():
    wide = pd.DataFrame({"seconds": ["XA1", "XB2"], "XA1": [0, 1200], "XB2": [1500, 0]})
    ways = ma.travel_matrix(wide).set_index(["origin", "provider"])["minutes"]
    assert ways[("XA1", "XB2")] == 25
    assert ways[("XB2", "XA1")] == 20
    with pytest.raises(ma.InputError, match="says seconds"):
        ma.travel_matrix(wide, unit="minutes")


def test_no_end_of_a_way_is_recommended_as_its_time():
    long = pd.DataFrame({"origin": ["XA1"], "provider": ["XB2"], "km": [12]})
    with pytest.raises(ma.InputError, match="'km'") as caught:
        ma.travel_matrix(long)
    assert "origin" not in str(caught.value)


@pytest.mark.parametrize("zone", ["+00", "+0000", "Z"])
def test_summer_midnights_as_databases_write_them_are_days_in_london(zone):
    extract = an_extract(**{"RTT Start Date": [f"2025-06-12 23:00:00{zone}"]})
    patients = ma.read_waiting_list(extract, census=CENSUS)
    assert patients.rows()["clock_start"].astype(str).tolist() == ["2025-06-13"]
