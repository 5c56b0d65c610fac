"""A hundred kinds of broken table: each is told so that its owner finds the cell, or is read."""

from __future__ import annotations

import pytest
from broken_tables import READ, TOLD

from mutualaid.cli import main
from mutualaid.data.taking.from_file import from_file


@pytest.fixture
def check(capsys):
    """Call ``mutualaid check``, and give its exit code and what it says."""

    def called(path):
        with pytest.raises(SystemExit) as caught:
            main(["check", str(path), "--as", "capacity"])
        out, err = capsys.readouterr()
        return caught.value.code, " ".join(out.split()), err

    return called


def test_there_are_a_hundred_of_them():
    """And half as many again that are read."""
    assert len(TOLD) >= 100
    assert len(READ) >= 35


@pytest.mark.parametrize("kind", TOLD)
def test_what_is_broken_is_told_with_file_place_and_remedy(kind, tmp_path, check):
    """File, sheet, row and column as far as they have a meaning, and what to do."""
    make, said = TOLD[kind]
    code, _, err = check(make(tmp_path))
    assert code == 1
    assert "a fault in mutualaid" not in err
    assert [one for one in said if one not in err] == [], err


@pytest.mark.parametrize("kind", READ)
def test_what_is_odd_and_clear_is_read_and_noted(kind, tmp_path, check):
    """Nothing is read otherwise than it is written without a word."""
    make, said = READ[kind]
    path = make(tmp_path)
    code, out, err = check(path)
    assert (code, err) == (0, "")
    assert [one for one in said if one not in out] == [], out
    slots = from_file("capacity", path).frame
    numbers = slots[[h for h in slots.columns if str(h).strip() == "slots"]].to_numpy()
    assert numbers.dtype.kind == "i"
