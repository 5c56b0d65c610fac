"""A trust, a service or a board is meant by its code or its name: one rule, and never a guess."""

from __future__ import annotations

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.data.words import england
from mutualaid.data.words.known_names import boards_named, providers_named, services_named

NCA = "Northern Care Alliance NHS Foundation Trust"


@pytest.fixture
def tables():
    """Two trusts with two services, all by code."""
    trusts, services = ["R0A", "RM3"], ["C_110", "C_130"]
    pairs = [(trust, service) for trust in trusts for service in services]
    listed = pd.DataFrame(pairs, columns=["origin", "service"])
    slots = pd.DataFrame(pairs, columns=["provider", "service"])
    ways = [("R0A", "RM3", 20.0), ("RM3", "R0A", 25.0)]
    return {
        "waiting_list": listed.assign(weeks_waiting=20, patients=[30, 20, 10, 5]),
        "capacity": slots.assign(period=1, slots=[5, 5, 9, 9]),
        "travel": pd.DataFrame(ways, columns=["origin", "provider", "minutes"]),
        "referrals": listed.assign(period=1, patients=4),
    }


def same(one, other):
    """Two systems have the same tables."""
    names = ("waiting_list", "capacity", "travel", "referrals")
    return all(one.table(name).equals(other.table(name)) for name in names)


def renamed(tables, name, column, names):
    """The tables with other labels in one column."""
    return {**tables, name: tables[name].replace({column: names})}


# --- one rule ---


@pytest.mark.parametrize(
    "text",
    [
        *(NCA, "NORTHERN CARE ALLIANCE NHS FT", "northern care alliance", "RM3", "rm3"),
        "The Northern Care Alliance Trust",
    ],
)
def test_a_trust_is_known_by_its_code_and_by_its_name(text):
    """In capitals or not, with "NHS Foundation Trust", "NHS FT", "Trust" or nothing behind."""
    known = providers_named([*england.provider_names()])
    assert known.find(text).code == "RM3"
    assert known.find(text).exact == (text in ("RM3", NCA))


@pytest.mark.parametrize(
    "text", ["Guys & St. Thomas", "GUY\u2019S AND SAINT THOMAS\u2019 NHS TRUST"]
)
def test_signs_and_small_differences_do_not_matter(text):
    """Apostrophes, "&" and "and", "St", "St." and "Saint"."""
    assert providers_named([*england.provider_names()]).find(text).code == "RJ1"


def test_a_name_that_two_have_is_told_with_both():
    """There are two Duchy Hospitals, and nobody says which."""
    known = providers_named([*england.provider_names()])
    assert known.find("Duchy Hospital") is None
    told = known.unknown("Duchy Hospital")
    assert told == "'Duchy Hospital' (could be NT447 (Duchy Hospital) and NVC04 (Duchy Hospital))"


def test_a_part_of_a_name_is_never_taken_for_it():
    """St Mary's is a hospital of Imperial College, and another one's name has the words."""
    known = providers_named([*england.provider_names()])
    assert known.find("St Mary's") is None
    assert "St Marys Portsmouth" in known.unknown("St Mary's")
    assert known.unknown("Wigan").startswith("'Wigan' (could be RRF (Wrightington, Wigan and")


def test_a_slip_is_told_with_what_is_nearest():
    """By code and by name."""
    known = providers_named([*england.provider_names()])
    assert known.unknown("RM33") == "'RM33' (nearest: RM3 (Northern Care Alliance))"
    assert known.unknown("Nothern Care") == "'Nothern Care' (nearest: RM3 (Northern Care Alliance))"


def test_services_and_boards_are_known_by_name():
    """As hospitals call them; as people call them."""
    services = services_named([*ma.readers.SERVICES])
    found = [services.find(text).code for text in ("Orthopaedics", "T&O", "110", "Eyes", "ENT")]
    assert found == ["C_110", "C_110", "C_110", "C_130", "C_120"]
    boards = boards_named([*england.board_names()])
    told = ("Greater Manchester", "NHS Greater Manchester ICB", "qop")
    assert {boards.find(text).code for text in told} == {"QOP"}
    assert boards.find("Manchester") is None


# --- tables of a system ---


@pytest.mark.parametrize("name", ["Northern Care Alliance", NCA, NCA.upper()])
@pytest.mark.parametrize(
    ("table", "column"),
    [("capacity", "provider"), ("waiting_list", "origin"), ("travel", "origin")],
)
def test_a_table_may_name_a_trust_that_others_have_the_code_of(tables, table, column, name):
    """The system is the same, and its quality says what was read as what."""
    system = ma.System(**renamed(tables, table, column, {"RM3": name}), periods=1)
    assert same(system, ma.System(**tables, periods=1))
    row = system.quality.query("problem == @told", local_dict={"told": f"names {name!r}"})
    assert row["done"].tolist() == ["read as RM3 (Northern Care Alliance)"]
    assert row["table"].tolist() == [table]


def test_a_table_may_name_a_service_that_others_have_the_code_of(tables):
    """Orthopaedics are C_110."""
    other = renamed(tables, "capacity", "service", {"C_110": "Orthopaedics", "C_130": "Eyes"})
    assert same(ma.System(**other, periods=1), ma.System(**tables, periods=1))


def test_one_name_in_two_spellings_is_one_trust(tables):
    """Neither is a code: the table of slots says how it is written."""
    ours = {"R0A": "St Mary's NHS Trust", "RM3": "Hope"}
    theirs = {"R0A": "ST MARYS", "RM3": "Hope"}
    named = {
        name: frame.replace({c: ours for c in ("origin", "provider") if c in frame})
        for name, frame in tables.items()
    }
    named["waiting_list"] = tables["waiting_list"].replace({"origin": theirs})
    system = ma.System(**named, periods=1)
    assert system.providers == ("Hope", "St Mary's NHS Trust")
    assert "names 'ST MARYS'" in set(system.quality["problem"])


def test_two_labels_in_one_column_are_two_trusts(tables):
    """Nobody merges St Mary's with St. Marys where one table has both."""
    names = {"R0A": "St Mary's", "RM3": "St. Marys"}
    named = {
        name: frame.replace({c: names for c in ("origin", "provider") if c in frame})
        for name, frame in tables.items()
    }
    assert ma.System(**named, periods=1).providers == ("St Mary's", "St. Marys")


def test_numbered_services_are_not_one(tables):
    """Hips 1 in one table and Hips 2 in another are two services."""
    names = {"C_110": "Hips 1", "C_130": "Eyes"}
    other = {name: frame.replace({"service": names}) for name, frame in tables.items()}
    other["capacity"] = other["capacity"].replace({"service": {"Hips 1": "Hips 2"}})
    with pytest.warns(ma.InputWarning, match="nobody has capacity for Hips 1"):
        assert "Hips 2" in ma.System(**other, periods=1).services


def test_systems_with_one_label_each_are_as_they_were(tables):
    """Nothing is read as anything else, and quality says nothing of names."""
    quality = ma.System(**tables, periods=1).quality
    assert not quality["problem"].str.startswith("names").any()


def test_a_table_that_is_replaced_may_name_what_the_others_have_codes_of(tables):
    """The tables that stay have the labels."""
    system = ma.System(**tables, periods=1)
    named = tables["capacity"].replace({"provider": {"RM3": "Northern Care Alliance"}})
    assert same(system.replace(capacity=named), system)
