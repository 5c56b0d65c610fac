"""Where hospitals are, and how long the way between them takes."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from mutualaid.errors import InputError, InputWarning
from mutualaid.readers import read_sites, travel_matrix, travel_times


@pytest.fixture
def three_hospitals():
    """St Thomas' in London, the Royal Sussex in Brighton, Leeds General Infirmary."""
    return pd.DataFrame(
        {
            "provider": ["RXH", "RJ1", "RR8"],
            "latitude": [50.8189, 51.4980, 53.8013],
            "longitude": [-0.1185, -0.1188, -1.5517],
        }
    )


# --- places ---


@pytest.mark.parametrize(
    "headings",
    [
        ("provider", "latitude", "longitude"),
        ("Provider Code", "Lat", "Lng"),
        ("ORG_CODE", "LATITUDE", "LON"),
        ("Organisation Code", "lat", "long"),
        ("trust", " Latitude ", "longitude"),
        ("site-code".replace("-", "_"), "lat", "lon"),
    ],
)
def test_the_usual_headings_are_recognised(three_hospitals, headings):
    """However the columns are headed, provider, latitude and longitude come out, sorted."""
    sites = read_sites(three_hospitals.set_axis(list(headings), axis=1))
    assert list(sites.columns) == ["provider", "latitude", "longitude"]
    assert sites["provider"].tolist() == ["RJ1", "RR8", "RXH"]
    assert sites["latitude"].tolist() == [51.4980, 53.8013, 50.8189]


def test_headings_can_be_named(three_hospitals):
    """Any heading will do if the analyst says which is which."""
    table = three_hospitals.set_axis(["where", "north", "east"], axis=1)
    sites = read_sites(table, provider="where", latitude="north", longitude="east")
    assert sites["provider"].tolist() == ["RJ1", "RR8", "RXH"]
    with pytest.raises(InputError) as caught:
        read_sites(table, provider="who")
    said = str(caught.value)
    assert "sites.provider: no column is called who" in said
    assert "sites.latitude: the column is missing" in said
    assert "one of: where, north, east" in said


def test_names_and_boards_come_along(three_hospitals, tmp_path):
    """A file keeps the name and the integrated care board of each provider, and drops the rest."""
    path = tmp_path / "sites.csv"
    three_hospitals.assign(
        provider_name=["Sussex", "Guy's", "Leeds"], icb_code="Q", icb_name="ICB", beds=1
    ).to_csv(path, index=False, encoding="utf-8-sig")
    sites = read_sites(path)
    assert list(sites.columns) == [
        "provider",
        "latitude",
        "longitude",
        "name",
        "icb_code",
        "icb_name",
    ]
    assert sites["name"].tolist() == ["Guy's", "Leeds", "Sussex"]


def test_codes_of_a_file_stay_text(tmp_path):
    """A code such as NA or 001 is neither missing nor a number."""
    path = tmp_path / "sites.csv"
    path.write_text("code,lat,lon\nNA,51.5,-0.1\n001,52.5,-0.1\n")
    assert read_sites(path)["provider"].tolist() == ["001", "NA"]


def test_places_that_are_not_known_are_left_out_and_told(three_hospitals):
    """How many have no coordinates, and who."""
    three_hospitals.loc[1, "longitude"] = np.nan
    with pytest.warns(InputWarning, match="1 of 3 rows have no coordinates and are left out: RJ1"):
        assert read_sites(three_hospitals)["provider"].tolist() == ["RR8", "RXH"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "words"),
    [
        (91.0, 0.0, "sites.latitude: is not between -90 and 90 (1 row; row 1: 91.0)"),
        (51.5, -181.0, "sites.longitude: is not between -180 and 180 (1 row; row 1: -181.0)"),
        (-0.12, 51.5, "is in the UK only if the two are swapped (1 row; row 1)"),
        (530_000.0, 180_000.0, "look like eastings and northings in metres (1 row; row 1)"),
    ],
)
def test_places_that_cannot_be_are_refused(three_hospitals, latitude, longitude, words):
    """Off the globe, swapped, or on the British National Grid."""
    three_hospitals.loc[1, ["latitude", "longitude"]] = [latitude, longitude]
    with pytest.raises(InputError) as caught:
        read_sites(three_hospitals)
    assert words in str(caught.value)


def test_the_grid_is_named_in_the_remedy(three_hospitals):
    """What to do with eastings and northings."""
    three_hospitals["latitude"] = 530_000
    with pytest.raises(InputError, match=r"convert the British National Grid to latitude and"):
        read_sites(three_hospitals)


def test_a_place_abroad_is_a_place(three_hospitals):
    """Only a pair that is in the UK when swapped is taken for swapped."""
    three_hospitals.loc[1, ["latitude", "longitude"]] = [40.4, -3.7]
    assert len(read_sites(three_hospitals)) == 3


def test_words_and_gaps_in_place_of_values_are_refused(three_hospitals):
    """A latitude in words and a code that is blank, both at once."""
    table = three_hospitals.astype(object)
    table.loc[0, "latitude"] = "north"
    table.loc[2, "provider"] = " RR8"
    with pytest.raises(InputError) as caught:
        read_sites(table)
    said = str(caught.value)
    assert "sites.latitude: is not a number (1 row; row 0: 'north')" in said
    assert "sites.provider: is not a code (1 row; row 2: ' RR8')" in said


def test_a_provider_of_several_sites_has_no_one_place(three_hospitals):
    """Two sites of a trust are an error, or their median if the analyst says so."""
    sites = pd.concat([three_hospitals, three_hospitals.assign(latitude=51.0)])
    with pytest.raises(InputError, match=r"provider: has more than one row \(6 rows") as caught:
        read_sites(sites)
    assert "duplicates='median'" in str(caught.value)
    middle = read_sites(sites, duplicates="median").set_index("provider")
    assert middle.loc["RJ1", "latitude"] == pytest.approx((51.4980 + 51.0) / 2)
    with pytest.raises(InputError, match="duplicates is 'mean': use 'error' or 'median'"):
        read_sites(sites, duplicates="mean")


def test_a_file_that_is_not_there_is_named(tmp_path):
    """The path is in the message."""
    with pytest.raises(InputError, match=r"nowhere.csv cannot be read: No such file"):
        read_sites(tmp_path / "nowhere.csv")


def test_the_providers_of_england(shared_data):
    """306 of 515 providers have a place, and each of them once."""
    with pytest.warns(InputWarning, match="209 of 515 rows have no coordinates"):
        sites = read_sites(shared_data / "providers.csv")
    assert len(sites) == 306
    assert sites["provider"].is_unique


def test_hospital_sites_of_england_have_a_median(shared_data):
    """1,207 sites belong to 307 providers; the provider is the parent, not the site."""
    with pytest.raises(InputError, match="has more than one row"):
        read_sites(shared_data / "hospital_sites.csv")
    sites = read_sites(shared_data / "hospital_sites.csv", duplicates="median")
    assert len(sites) == 307
    assert "RJ1" in set(sites["provider"])


# --- estimated minutes ---


def test_london_to_brighton_is_76_km(three_hospitals):
    """0.6791 degrees of a meridian are 75.5 km; at 60 km/h without detour, 75.5 minutes."""
    travel = travel_times(three_hospitals, detour=1, kmh=60).set_index(["origin", "provider"])
    assert travel.loc[("RJ1", "RXH"), "minutes"] == pytest.approx(75.5, abs=0.05)
    # London to Leeds by the spherical law of cosines, another formula than the library's.
    south, north, apart = np.radians([51.4980, 53.8013, 1.5517 - 0.1188])
    angle = np.arccos(np.sin(south) * np.sin(north) + np.cos(south) * np.cos(north) * np.cos(apart))
    assert travel.loc[("RJ1", "RR8"), "minutes"] == pytest.approx(6371.0088 * angle, abs=0.06)


def test_every_way_is_there_and_the_way_home_is_none(three_hospitals):
    """Both directions of every pair, the same minutes both ways, nothing to oneself."""
    travel = travel_times(three_hospitals)
    assert len(travel) == 9
    wide = travel.pivot_table(
        index="origin", columns="provider", values="minutes", observed=True
    ).to_numpy()
    assert (np.diag(wide) == 0).all()
    assert (wide == wide.T).all()
    assert travel["origin"].dtype == travel["provider"].dtype
    assert travel["origin"].cat.categories.tolist() == ["RJ1", "RR8", "RXH"]
    assert travel["minutes"].dtype == "float64"
    assert (travel["minutes"] == travel["minutes"].round(1)).all()


def test_minutes_follow_detour_and_speed(three_hospitals):
    """Twice the detour is twice the time; twice the speed is half of it."""
    once = travel_times(three_hospitals, detour=1, kmh=40)["minutes"]
    assert travel_times(three_hospitals, detour=2, kmh=80)["minutes"].equals(once)
    assert travel_times(three_hospitals, detour=2, kmh=40)["minutes"].to_numpy() == pytest.approx(
        2 * once.to_numpy(), abs=0.11
    )
    assert travel_times(three_hospitals, kmh=40).equals(travel_times(three_hospitals, 1.3, 40))
    assert travel_times(three_hospitals, detour=2).equals(travel_times(three_hospitals, 2, 45))
    assert travel_times(three_hospitals)["miles"].equals(
        travel_times(three_hospitals, 1.3, 45)["miles"]
    )


def test_long_ways_can_be_left_out(three_hospitals):
    """Within 90 minutes there is London to Brighton and back, and everybody's own."""
    travel = travel_times(three_hospitals, max_minutes=90)
    assert len(travel) == 5
    assert travel["minutes"].max() <= 90


def test_the_first_minutes_are_slow_and_the_last_fast(three_hospitals):
    """By the curve: 75.5 km are 3.44 + 0.553 x 75.5 + 3.82 x 8.69 = 78.4 minutes."""
    travel = travel_times(three_hospitals).set_index(["origin", "provider"])["minutes"]
    assert travel["RJ1", "RXH"] == pytest.approx(78.4, abs=0.1)
    assert travel["RJ1", "RJ1"] == 0
    beside = pd.DataFrame({"provider": ["A", "B"], "latitude": 51.5, "longitude": 0.1})
    assert travel_times(beside)["minutes"].tolist() == [0.0, 3.4, 3.4, 0.0]


def test_the_order_of_the_sites_does_not_matter(three_hospitals):
    """The table is sorted by label, and the caller's is not changed."""
    before = three_hospitals.copy()
    turned = travel_times(three_hospitals.iloc[::-1])
    assert turned.equals(travel_times(three_hospitals))
    assert three_hospitals.equals(before)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"detour": 0.9}, "travel_times.detour: is 0.9"),
        ({"kmh": 0}, "travel_times.kmh: is 0"),
        ({"kmh": float("nan")}, "travel_times.kmh: is nan"),
        ({"max_minutes": -1}, "travel_times.max_minutes: is -1"),
    ],
)
def test_speeds_that_make_no_sense_are_refused(three_hospitals, arguments, words):
    """No way is shorter than the crow's, and nobody travels at 0 km/h."""
    with pytest.raises(InputError) as caught:
        travel_times(three_hospitals, **arguments)
    assert words in str(caught.value)


def test_two_rows_for_one_hospital_are_refused(three_hospitals):
    """Which place is meant cannot be guessed."""
    with pytest.raises(InputError, match="has more than one row"):
        travel_times(pd.concat([three_hospitals, three_hospitals]))


def car_times(shared_data, **speed):
    """Car times between 125 hospitals beside what is estimated, but for the ways to themselves."""
    by_car = travel_matrix(shared_data / "travel" / "inter_hospital_time_calibrated.csv")
    hospitals = read_sites(
        shared_data / "travel" / "stroke_hospitals_2022.csv", provider="Postcode"
    )
    both = by_car.astype({"origin": str, "provider": str}).merge(
        travel_times(hospitals, **speed).astype({"origin": str, "provider": str}),
        on=["origin", "provider"],
        suffixes=("", "_guessed"),
        validate="one_to_one",
    )
    return both[both["origin"] != both["provider"]].assign(
        off=lambda table: table["minutes_guessed"] - table["minutes"],
        # Miles are 1.3 times the great circle.
        km=lambda table: table["miles"] * 1.609344 / 1.3,
    )


@pytest.mark.parametrize(
    ("speed", "error", "bias", "within"),
    [({}, 6.0, 3.8, 871), ({"kmh": 45}, 23.4, 22.4, 451), ({"kmh": 70}, 7.25, -1.2, None)],
)
def test_estimates_against_real_car_times(shared_data, speed, error, bias, within):
    """What the documentation says of the error is what is measured, by the curve and at a speed."""
    both = car_times(shared_data, **speed)
    near = both[both["minutes"] < 60]
    assert len(near) == 1_082
    assert near["off"].abs().mean() == pytest.approx(error, abs=0.06)
    assert near["off"].mean() == pytest.approx(bias, abs=0.06)
    if within is not None:
        assert (near["minutes_guessed"] <= 60).sum() == pytest.approx(within, abs=3)


def test_the_curve_is_the_fit_and_holds_out(shared_data):
    """The least squares fit below 150 km; as far off where hospitals were held out of it."""
    both = car_times(shared_data)
    both = both[both["km"] < 150]
    assert both["off"].abs().mean() == pytest.approx(10.1, abs=0.05)
    assert both["off"].mean() == pytest.approx(0, abs=0.1)
    terms = np.column_stack([np.ones(len(both)), both["km"], np.sqrt(both["km"])])
    minutes = both["minutes"].to_numpy()
    fitted = np.linalg.lstsq(terms, minutes, rcond=None)[0]
    assert fitted == pytest.approx([3.44, 0.553, 3.82], abs=0.05)
    labels = sorted(both["origin"].unique())
    group = dict(
        zip(labels, np.random.default_rng(2026).permutation(len(labels)) % 10, strict=True)
    )
    ends = both[["origin", "provider"]].map(group.get)
    off = []
    for held in range(10):
        out = ends.eq(held).any(axis=1).to_numpy()
        found = np.linalg.lstsq(terms[~out], minutes[~out], rcond=None)[0]
        off.append(np.abs(terms[out] @ found - minutes[out]))
    assert np.concatenate(off).mean() == pytest.approx(10.1, abs=0.1)


# --- an analyst's own matrix ---


def test_a_wide_matrix_has_origins_down_and_providers_across():
    """From London to Brighton is not from Brighton to London."""
    wide = pd.DataFrame({"from": ["RJ1", "RXH"], "RXH": [91, 0], "RJ1": [0, 90]})
    assert travel_matrix(wide).to_numpy().tolist() == [
        ["RJ1", "RJ1", 0.0],
        ["RJ1", "RXH", 91.0],
        ["RXH", "RJ1", 90.0],
        ["RXH", "RXH", 0.0],
    ]


@pytest.mark.parametrize("headings", [["origin", "provider", "minutes"], ["from", "to", "t"]])
def test_a_long_matrix_has_a_row_a_way(headings):
    """By its headings, or by three columns of which only the last is a number."""
    long = pd.DataFrame([["RXH", "RJ1", 90], ["RJ1", "RXH", 91]], columns=headings)
    assert travel_matrix(long).to_numpy().tolist() == [["RJ1", "RXH", 91.0], ["RXH", "RJ1", 90.0]]


def test_a_long_matrix_may_have_more_columns():
    """Known headings are found among others, in any order."""
    long = pd.DataFrame({"tolls": [3], "Minutes": [91], "Provider": ["RXH"], "Origin": ["RJ1"]})
    assert travel_matrix(long).to_numpy().tolist() == [["RJ1", "RXH", 91.0]]


@pytest.mark.parametrize(("unit", "time"), [("minutes", 90), ("seconds", 5400), ("hours", 1.5)])
def test_the_unit_is_declared(unit, time, tmp_path):
    """An hour and a half in each unit, from a file."""
    path = tmp_path / "ways.csv"
    path.write_text(f"origin,provider,time\nRJ1,RXH,{time}\n")
    assert travel_matrix(path, unit=unit)["minutes"].tolist() == [90.0]


def test_an_unknown_unit_is_refused():
    """Miles are not a time."""
    with pytest.raises(
        InputError, match="unit is 'miles': use 'minutes', 'seconds', 'hours' or None"
    ):
        travel_matrix(pd.DataFrame({"a": ["RJ1"], "RJ1": [0]}), unit="miles")


def test_seconds_taken_for_minutes_are_noticed():
    """Half of all ways over ten hours: the unit is wrong."""
    wide = pd.DataFrame({"from": ["RJ1"], "RXH": [5400], "RR8": [14000]})
    with pytest.warns(InputWarning, match="check that unit='minutes' is right"):
        travel_matrix(wide)


def test_names_become_codes():
    """Postcodes in the matrix, codes in the table; a postcode without a code is named."""
    wide = pd.DataFrame({"from": ["SE1", "BN2"], "SE1": [0, 90], "BN2": [91, 0]})
    travel = travel_matrix(wide, names={"SE1": "RJ1", "BN2": "RXH"})
    assert travel["origin"].tolist() == ["RJ1", "RJ1", "RXH", "RXH"]
    with pytest.raises(InputError) as caught:
        travel_matrix(wide, names={"SE1": "RJ1"})
    assert "travel.origin: is not in names (1 row; row 1: 'BN2')" in str(caught.value)
    with pytest.raises(InputError, match="this way is there more than once"):
        travel_matrix(wide, names={"SE1": "RJ1", "BN2": "RJ1"})


def test_ways_that_are_blank_are_left_out_and_told():
    """A blank is no way of 0 minutes."""
    wide = pd.DataFrame({"from": ["RJ1", "RXH"], "RJ1": [0, None], "RXH": [91, 0]})
    with pytest.warns(InputWarning, match="1 of 4 ways have no time and are left out"):
        assert len(travel_matrix(wide)) == 3


def test_times_that_cannot_be_are_refused():
    """Words and negative times, both at once."""
    long = pd.DataFrame(
        {"origin": ["RJ1", "RXH"], "provider": ["RXH", "RJ1"], "minutes": ["far", -3]}
    )
    with pytest.raises(InputError) as caught:
        travel_matrix(long)
    assert "travel.minutes: is not a number (1 row; row 0: 'far')" in str(caught.value)
    assert "travel.minutes: is below 0 (1 row; row 1: -3.0)" in str(caught.value)


def test_a_matrix_of_one_column_is_refused():
    """There is nobody to travel to."""
    with pytest.raises(InputError, match="travel has one column"):
        travel_matrix(pd.DataFrame({"from": ["RJ1"]}))


def test_a_matrix_is_not_changed():
    """The caller's table is the caller's."""
    wide = pd.DataFrame({"from": ["RJ1", "RXH"], "RJ1": [0, 5400], "RXH": [5460, 0]})
    before = wide.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        travel_matrix(wide, unit="seconds")
    assert wide.equals(before)
