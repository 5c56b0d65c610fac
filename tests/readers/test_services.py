"""Treatment functions: national codes and RTT codes, both ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mutualaid.errors import InputError
from mutualaid.readers import MIXED_SERVICES, SERVICES, national_service, rtt_service


@pytest.mark.parametrize(
    ("recorded", "reported"),
    [
        ("110", "C_110"),
        ("C_110", "C_110"),
        ("108", "C_110"),
        ("111", "C_110"),
        ("115", "C_110"),
        ("144", "C_140"),
        ("145", "C_140"),
        ("172", "C_170"),
        ("173", "C_170"),
        ("C_145", "C_140"),
        ("X02", "X02"),
        ("X06", "X06"),
    ],
)
def test_a_hospital_code_belongs_to_its_rtt_service(recorded, reported):
    """What a hospital records is counted under the named function of the RTT guidance."""
    assert rtt_service(recorded) == reported


def test_every_named_service_goes_to_its_national_code_and_back():
    """Each of the 18 named functions survives the way there and back."""
    named = [code for code in SERVICES if code not in MIXED_SERVICES]
    assert len(named) == 18
    assert rtt_service(national_service(named)).tolist() == named


def test_a_column_of_codes_keeps_its_rows_and_its_name():
    """A Series comes back with the same index and name, and is not changed itself."""
    codes = pd.Series(["108", "X03", "108"], index=[7, 5, 3], name="tfc")
    services = rtt_service(codes)
    assert services.to_dict() == {7: "C_110", 5: "X03", 3: "C_110"}
    assert services.name == "tfc"
    assert codes.tolist() == ["108", "X03", "108"]


def test_an_array_of_codes_gives_an_array():
    """Arrays and tuples give arrays; nothing gives nothing."""
    assert rtt_service(np.array(["101", "502"], dtype=object)).tolist() == ["C_101", "C_502"]
    assert national_service(("C_101",)).tolist() == ["101"]
    assert rtt_service([]).tolist() == []


@pytest.mark.parametrize(
    "code", [" C_110", "c_110", "11", "1100", "", "C_999", "999", "X07", "\u0661\u0661\u0660"]
)
def test_a_code_that_is_not_well_formed_is_refused(code):
    """Blanks, small letters, other lengths and the total of all services are no service."""
    with pytest.raises(InputError, match="belongs to no named RTT service") as caught:
        rtt_service(["110", code])
    assert f"row 1: {code!r}" in str(caught.value)


def test_a_missing_code_is_refused():
    """A gap in the column is named by its row, not carried along."""
    with pytest.raises(InputError, match="row 1"):
        rtt_service(pd.Series(["110", None]))


def test_a_code_of_a_mixed_group_is_not_guessed():
    """Colorectal surgery (104) is somewhere in X01 to X06; which one needs the national table."""
    with pytest.raises(InputError, match="other= what becomes of codes that belong to X01 to X06"):
        rtt_service("104")


def test_the_analyst_says_what_becomes_of_other_codes():
    """All of them to one group, or each by a mapping; codes that it lacks are still an error."""
    assert rtt_service(["104", "110"], other="X05").tolist() == ["X05", "C_110"]
    assert rtt_service(["104", "108"], other={"104": "X05"}).tolist() == ["X05", "C_110"]
    with pytest.raises(InputError, match="'106'"):
        rtt_service(["104", "106"], other={"104": "X05"})
    with pytest.raises(InputError, match="other= leads to X99, which is no RTT service"):
        rtt_service("104", other="X99")


def test_the_total_is_no_service_even_with_a_fallback():
    """C_999 would count everybody twice."""
    with pytest.raises(InputError, match="C_999"):
        rtt_service("C_999", other="X06")


def test_digits_of_another_script_are_no_code():
    """Not even where all other codes are welcome."""
    with pytest.raises(InputError, match="belongs to no named RTT service"):
        rtt_service("\u0661\u0661\u0660", other="X06")


@pytest.mark.parametrize("code", ["X02", "C_999", "110"])
def test_a_group_has_no_national_code(code):
    """X02 stands for many codes, and 110 is no RTT code."""
    with pytest.raises(InputError, match="has no national code of its own"):
        national_service(code)
