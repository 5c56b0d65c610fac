"""Arguments are held against what they must be, and every message says what to write instead."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from mutualaid.arguments import Arguments, argument, is_number, is_whole, shown
from mutualaid.errors import InputError


def said(check, *args, **options):
    """The message of a check of one argument that fails."""
    with pytest.raises(InputError) as caught:
        check(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize("value", [True, "1", None, 1j, [1], math.nan, np.bool_(True)], ids=repr)
def test_a_share_of_beds_is_a_number_and_nothing_that_could_stand_for_one(value):
    """Truth values and text are no numbers, and neither is what is missing."""
    assert not is_number(value)
    assert not is_whole(value)
    assert "write a share from 0 to 1" in said(argument.share, "share", value)


@pytest.mark.parametrize("value", [0, 1, 0.25, np.float32(0.5), np.int8(1)], ids=repr)
def test_a_share_of_any_numeric_type_is_one(value):
    """It comes back as a plain number."""
    assert argument.share("share", value) == value
    assert type(argument.share("share", value)) is float


def test_limits_are_said_as_they_are_kept():
    """Above and below, with and without a most, and where None will do."""
    number = argument.number
    assert said(number, "kmh", 0, above=True) == "kmh is 0: write a number above 0"
    assert said(number, "tolerance", 1, 0, 1, below=True).endswith("from 0, below 1")
    assert said(number, "chance", 0, 0, 1, above=True).endswith("above 0, up to 1")
    assert said(number, "gap", -1, 0, 5200, optional=True).endswith("from 0 to 5,200, or None")
    assert said(number, "gap", 2, 0, 1.5).endswith("from 0 to 1.5")
    assert number("gap", None, 0, 5, optional=True) == math.inf
    assert number("minutes", math.inf) == math.inf
    assert said(number, "minutes", math.inf, below=True) == "minutes is inf: write a number from 0"


def test_whole_periods_are_whole():
    """4.0 is no count of periods, unless floats are read as well; nor is a period 0 one."""
    whole = argument.whole
    assert said(whole, "every", 4.0, 1) == "every is 4.0: write a whole number from 1"
    assert (
        said(whole, "every", 0, 1, what="whole periods") == "every is 0: write whole periods from 1"
    )
    assert whole("weeks", 18.0, of_floats=True) == 18
    assert "is 18.5" in said(whole, "weeks", 18.5, of_floats=True)
    assert type(whole("every", np.int64(4), 1)) is int


def test_words_that_are_not_known_are_answered_with_those_that_are():
    """None is one of them only where it is listed."""
    assert said(argument.choice, "lens", "trust", ("residents", "provider")) == (
        "lens is 'trust': use 'residents' or 'provider'"
    )
    assert "use 'max-min' or None" in said(argument.choice, "share", 3, ("max-min", None))
    argument.choice("share", None, ("max-min", None))
    assert "is None" in said(argument.choice, "lens", None, ("residents",))


def test_a_text_is_no_list_of_texts():
    """Nor is a mapping, and an empty list lists nobody."""
    for value in ("RJ1", {"RJ1": 1}, 5):
        assert said(argument.listed, "trusts", value, "write a list").endswith("write a list")
    assert said(argument.listed, "trusts", [], "write a list") == "trusts is empty: write a list"
    assert argument.listed("trusts", ["RJ1"], "write a list") == ("RJ1",)


def test_a_table_of_patients_is_never_shown():
    """Of what is not plain and short only the type is told."""
    patients = pd.DataFrame({"patient_id": ["943 476 5919"]})
    for value in (patients, patients["patient_id"], [patients], {"943 476 5919": 1}):
        assert "943" not in shown(value)
        assert "943" not in said(argument.kind, "system", value, int, "pass a mutualaid.System")
    assert shown("x" * 100) == "a str"
    assert shown(10**5000) == "far too large"
    assert shown([10**5000]) == "a list"
    assert "is far too large" in said(argument.whole, "periods", 10**5000, 1, 520)


def test_all_that_is_wrong_with_a_call_is_said_at_once():
    """Each argument with its name, and nothing where nothing is wrong."""
    check = Arguments("optimise")
    check.flag("moves", 1)
    check.number("weeks", "many")
    check.share("share", 0.5)
    with pytest.raises(InputError) as caught, check:
        pass
    assert list(caught.value.problems["column"]) == ["moves", "weeks"]
    assert set(caught.value.problems["table"]) == {"optimise"}
    with Arguments("optimise") as check:
        check.flag("moves", True)


def test_an_error_within_a_check_is_not_hidden_by_problems():
    """A fault is told as what it is."""
    check = Arguments("optimise")
    check.flag("moves", 1)
    with pytest.raises(ZeroDivisionError), check:
        raise ZeroDivisionError
