"""From the command line: the list to ring on Monday, its answers, and the list of Tuesday."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.cli import main

SCENARIO = """\
[data]
patients = "extract.csv"
census = 2026-01-31
capacity = "capacity.csv"
travel = "travel.csv"
periods = 3
[policy]
min_weeks_saved = 4
[outputs]
page = false
workbook = false
"""


@pytest.fixture
def ours(tmp_path):
    """A scenario of an extract of two trusts."""
    people = ma.datasets.patients(2000, trusts=2).drop(columns="willing")
    people.to_csv(tmp_path / "extract.csv", index=False)
    here = ma.datasets.collaborative(trusts=2, list_size=2000, periods=3)
    capacity = here.table("capacity")
    # One trust is short of slots, the other has some to spare.
    short = (capacity["provider"] == here.providers[0]).to_numpy()
    capacity["slots"] = capacity["slots"].where(~short, capacity["slots"] // 3)
    capacity["slots"] = capacity["slots"].where(short, capacity["slots"] * 2)
    capacity.to_csv(tmp_path / "capacity.csv", index=False)
    here.table("travel").to_csv(tmp_path / "travel.csv", index=False)
    path = tmp_path / "ours.toml"
    path.write_text(f"{SCENARIO}identifiers = true\ntoday = 2026-02-02\n", encoding="utf-8")
    return path


@pytest.fixture
def call(capsys):
    def called(*arguments):
        with pytest.raises(SystemExit) as caught:
            main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return called


def answer(path, words):
    """Write answers into the first rows of the first trust's sheet; give whom they are of."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[1]
    rows = list(page.iter_rows())
    head = next(i for i, row in enumerate(rows) if row[0].value == "Row")
    heads = [cell.value for cell in rows[head]]
    who = []
    for row, word in zip(rows[head + 1 :], words, strict=False):
        row[heads.index("Answer")].value = word
        who.append(row[heads.index("Patient")].value)
    book.save(path)
    return who


def listed(path):
    """Every patient of a list."""
    book = openpyxl.load_workbook(path)
    return {
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    }


def test_a_list_is_written_its_answers_are_read_and_the_next_list_goes_on(ours, call):
    """Accepted and declined are gone; who was not reached is rung again; then once more."""
    code, out, _ = call("solve", ours)
    monday = ours.with_name("ours-calls.xlsx")
    assert code == 0
    assert f"wrote {monday}" in out
    yes, no, again, *_ = answer(monday, ["accepted", "declined", "not reached"])
    code, out, err = call("answers", monday, ours)
    assert code == 0, err
    assert "ours-calls.xlsx: <5 accepted, <5 declined" in out
    tuesday = ours.with_name("ours-calls-2.xlsx")
    assert again in listed(tuesday)
    assert not {yes, no} & listed(tuesday)
    (later, *_) = answer(tuesday, ["accepted"])
    code, _, err = call("answers", monday, tuesday, ours, "--today", "2026-02-04")
    assert code == 0, err
    wednesday = ours.with_name("ours-calls-3.xlsx")
    assert not {yes, later} & listed(wednesday)
    assert "04/02/2026" in " ".join(listed(wednesday))
    # A plan that was not kept is found again.
    ours.with_name("ours.npz").unlink()
    wednesday.unlink()
    assert call("answers", monday, tuesday, ours)[0] == 0
    assert wednesday.exists()


def test_an_answer_that_cannot_be_read_is_told_and_nothing_is_written(ours, call):
    """By sheet and row, on the standard error."""
    assert call("solve", ours)[0] == 0
    monday = ours.with_name("ours-calls.xlsx")
    answer(monday, ["accepted", "perhaps"])
    code, _, err = call("answers", monday, ours)
    assert code == 1
    assert "ours-calls.xlsx, sheet '" in err
    assert "row 8: 'perhaps'" in err
    assert not ours.with_name("ours-calls-2.xlsx").exists()


def test_without_being_asked_for_no_file_names_anybody(ours, call):
    """The list to ring has numbers; so have tables of offers."""
    ours.write_text(f'{SCENARIO}csv = ["offers"]\nparquet = ["offers"]\n', encoding="utf-8")
    assert call("solve", ours)[0] == 0
    people = set(pd.read_csv(ours.with_name("extract.csv"), dtype=str)["patient_id"])
    assert not people & listed(ours.with_name("ours-calls.xlsx"))
    csv = pd.read_csv(ours.with_name("ours-offers.csv"))
    parquet = pd.read_parquet(ours.with_name("ours-offers.parquet"))
    assert csv.columns.to_list() == parquet.columns.to_list()
    assert csv["row"].to_list() == [*range(1, len(csv) + 1)]
    assert (csv["weeks_saved"] >= 4).all()
    assert not {"patient_id", "pathway_id"} & set(csv)
    ours.write_text(f'{SCENARIO}identifiers = true\ncsv = ["offers"]\n', encoding="utf-8")
    assert call("solve", ours)[0] == 0
    named = pd.read_csv(ours.with_name("ours-offers.csv"), dtype=str)
    assert set(named["patient_id"]) <= people


def test_who_was_never_asked_by_name_cannot_be_rung(tmp_path, call):
    """A scenario of counts has nobody to ring: what needs patients is refused before planning."""
    counts = '[data]\nexample = "collaborative"\ntrusts = 2\nperiods = 2\n[outputs]\n'
    path = tmp_path / "counts.toml"
    for line in ('csv = ["offers"]', "calls = true"):
        path.write_text(f"{counts}{line}\n", encoding="utf-8")
        code, out, err = call("solve", path)
        assert (code, out) == (1, "")
        assert "there is nobody to ask" in err
    path.write_text(counts, encoding="utf-8")
    assert call("answers", tmp_path / "any.xlsx", path)[0] == 1
    assert call("answers", path)[0] == 2


def test_weeks_ahead_and_day_are_those_of_the_file(ours, call):
    """Nobody is rung for a later month than the file says."""
    ours.write_text(f"{SCENARIO}weeks_ahead = 0\ntoday = 2026-02-02\n", encoding="utf-8")
    assert call("solve", ours)[0] == 0
    patients = ma.read_waiting_list(ours.with_name("extract.csv"), census="2026-01-31")
    plan = ma.optimise(
        ma.System(
            patients.waiting_list(),
            pd.read_csv(ours.with_name("capacity.csv")),
            pd.read_csv(ours.with_name("travel.csv")),
            periods=3,
        ),
        ma.Policy(min_weeks_saved=4),
    )
    calls = plan.call_list(patients, weeks=0, today=dt.date(2026, 2, 2))
    assert calls.number in " ".join(listed(ours.with_name("ours-calls.xlsx")))
