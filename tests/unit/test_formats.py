"""Numbers as people read them: a share that is not 0 never prints as 0, and names are names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.data.words.known_names import without_ending
from mutualaid.formats import first_few, listed, many, percent, shortened, whole_percent, word
from mutualaid.readers.display_names import Names, proper, service_name


@given(st.floats(1e-8, 1 - 1e-8), st.integers(0, 4))
def test_a_share_of_some_patients_is_never_none_and_never_all(share, digits):
    """However few decimals are asked for."""
    for text in (percent(share, digits), percent(-share, digits), whole_percent(share)):
        assert 0 < abs(float(text.rstrip("%"))) < 100
    assert abs(float(percent(share, digits).rstrip("%")) / 100 - share) < 0.501 * 10 ** -(
        digits + 2
    )


def test_a_share_of_next_to_nobody_is_told_by_what_it_is_below():
    """Nobody reads ten decimals; none at all would be a lie."""
    assert percent(7e-12) == percent(9.9e-9, 4) == whole_percent(1e-10) == "less than 0.000001%"


def test_none_and_all_print_as_such():
    """Also where adding up left a trace of nothing."""
    assert percent(0.0) == percent(-0.0) == percent(1e-16) == percent(-1e-16, signed=True) == "0.0%"
    assert percent(1.0) == "100.0%"
    assert whole_percent(1.0) == "100%"
    assert whole_percent(0.0) == "0%"


def test_things_are_counted_in_words():
    """One trust, two trusts, and verbs that agree."""
    assert [many(n, "trust") for n in (0, 1, 2, 1200)] == [
        "0 trusts",
        "1 trust",
        "2 trusts",
        "1,200 trusts",
    ]
    assert many(1, "list is", "lists are") == "1 list is"
    assert word("1", "patient") == "patient"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert first_few("ABCDEFG", 5) == "A, B, C, D, E and 2 more"


@given(
    st.text(st.characters(codec="ascii", categories=["L", "Zs"]), max_size=60), st.integers(4, 40)
)
def test_a_name_that_is_cut_says_so(name, longest):
    """What is whole stays as it is; what is cut is shorter and ends with an ellipsis."""
    cut = shortened(name, longest)
    assert len(cut) <= longest
    assert cut == name if len(name) <= longest else cut.endswith("…")


@pytest.mark.parametrize(
    ("given_name", "read"),
    [
        ("TAMESIDE AND GLOSSOP INTEGRATED CARE", "Tameside and Glossop Integrated Care"),
        ("GUY'S AND ST THOMAS' NHS FOUNDATION TRUST", "Guy's and St Thomas' NHS Foundation Trust"),
        ("NHS NORTH EAST LONDON ICB", "NHS North East London ICB"),
        ("ROYAL STOKE-ON-TRENT", "Royal Stoke-on-Trent"),
        ("Alder NHS Trust", "Alder NHS Trust"),
        ("RJ1", "RJ1"),
    ],
)
def test_names_in_the_capitals_of_files_are_read_as_names(given_name, read):
    """Small words stay small and abbreviations large; a name that has its own form keeps it."""
    assert proper(given_name) == read


def test_a_trust_is_called_alike_on_a_page_and_in_a_figure():
    """Spelt alike; where there is little room without what every trust is called."""
    names = Names(["RM3", "RW6"], {"RM3": "NORTHERN CARE ALLIANCE NHS FOUNDATION TRUST"})
    assert names.full("RM3") == "Northern Care Alliance NHS Foundation Trust (RM3)"
    assert names.short("RM3") == "Northern Care Alliance (RM3)"
    assert names("RM3") == "Northern Care Alliance"
    assert names.full("RW6") == names.short("RW6") == names("RW6") == "RW6"


def test_a_long_name_is_cut_between_words():
    """With its code whole, and never in the middle without an ellipsis."""
    long = "Wrightington, Wigan and Leigh Teaching Hospitals NHS Foundation Trust"
    names = Names(["RRF"], {"RRF": long})
    assert names.short("RRF") == "Wrightington, Wigan… (RRF)"
    assert without_ending(long).startswith(names("RRF").rstrip("…"))
    assert service_name("C_110") == "Trauma and Orthopaedic"
