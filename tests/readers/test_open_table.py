"""One opener for tables of any kind: what it reads, and how a System takes the paths of files."""

from __future__ import annotations

import gzip
import shutil
import subprocess

import pandas as pd
import pytest
from benchmarks.tables import measured
from broken_tables import GOOD, HEAD, LINES, ROWS, archive, book, workbook_bytes

import mutualaid as ma
from mutualaid.data.opening.open_table import open_table
from mutualaid.data.taking.from_file import from_file, given_table
from mutualaid.errors import InputError, InputWarning
from mutualaid.readers import read_waiting_list, travel_matrix

LISTED = "Trust;TFC;Weeks waiting;Patients\nRJ1;110;9;1 250\nRXH;110;12;40\n"
WAYS = "origin,provider,minutes\nRJ1,RXH,25 mins\nRXH,RJ1,30\n"
SLOTS = f"Slots of 2026\n\n{HEAD}\n{ROWS[0]}\nRXH,110,1,#\n\nSource: theatre managers\n"


@pytest.fixture
def folder(tmp_path):
    """Three tables as three colleagues sent them."""
    (tmp_path / "list.csv").write_text(LISTED, encoding="utf-16")
    (tmp_path / "slots.csv.gz").write_bytes(gzip.compress(SLOTS.replace("#", "7").encode()))
    (tmp_path / "ways.csv").write_text(WAYS)
    return tmp_path


def files(folder):
    """Paths of the three."""
    return [folder / name for name in ("list.csv", "slots.csv.gz", "ways.csv")]


def test_a_system_takes_paths_and_its_quality_says_what_was_read_otherwise(folder):
    """Blanks between thousands, a unit, titles and notes; nobody has to write code."""
    with pytest.warns(InputWarning, match=r"slots\.csv\.gz: below the table, from row 7, is left"):
        system = ma.System(*files(folder), periods=1)
    assert system.waiting_list["patients"].tolist() == [1250, 40]
    assert system.travel["minutes"].tolist() == [25, 30]
    found = set(system.quality[["table", "column", "done"]].itertuples(index=False, name=None))
    assert ("waiting_list", "patients", "read as 1250") in found
    assert ("travel", "minutes", "read as 25") in found
    problems = set(system.quality["problem"])
    assert "has its unit beside it, as in '25 mins'" in problems
    assert "the headings are in row 3; what is above them is not read: 'Slots of 2026'" in problems


def test_what_is_wrong_in_all_files_is_told_at_once_by_their_own_rows(folder):
    """A word among the slots and a code that nobody has; titles and blank lines are counted."""
    (folder / "slots.csv.gz").write_bytes(gzip.compress(SLOTS.replace("#", "ten").encode()))
    (folder / "ways.csv").write_text(WAYS.replace("30", "-30"))
    with pytest.raises(InputError) as error:
        ma.System(*files(folder), periods=1)
    rows = error.value.problems.set_index("column")["examples"]
    assert rows["slots"] == "slots.csv.gz, row 5: 'ten'"
    assert rows["minutes"].startswith("ways.csv, row 3: -30")


def test_every_file_that_cannot_be_opened_is_named(folder):
    """With the table that it was to be."""
    with pytest.raises(InputError) as error:
        ma.System(folder / "none.csv", folder, folder / "ways.csv")
    assert error.value.problems["table"].tolist() == ["waiting_list", "capacity"]
    assert "none.csv cannot be read: No such file" in str(error.value)
    assert "it is a folder" in str(error.value)


def test_the_same_tables_by_path_and_as_frames_make_the_same_system(tmp_path):
    """A made-up collaborative, written and read again."""
    made = ma.datasets.collaborative(trusts=2, areas_per_trust=1, list_size=300, periods=2)
    tables = {n: made.table(n) for n in ("waiting_list", "capacity", "travel", "referrals")}
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    paths = {name: str(tmp_path / f"{name}.csv") for name in tables}
    by_path, by_frame = (ma.System(**given, periods=2) for given in (paths, tables))
    for name in tables:
        pd.testing.assert_frame_equal(by_path.table(name), by_frame.table(name))


@pytest.mark.parametrize("kind", ["xls", "ods", "xlsx"])
def test_workbooks_of_every_program(kind, tmp_path):
    """Of LibreOffice, where it is there, and of Excel."""
    (tmp_path / "capacity.xlsx").write_bytes(workbook_bytes())
    if kind != "xlsx":
        if shutil.which("soffice") is None:
            pytest.skip("no LibreOffice")
        command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/office"]
        command += ["--convert-to", kind, "--outdir", str(tmp_path)]
        subprocess.run([*command, str(tmp_path / "capacity.xlsx")], check=True, timeout=120)
    read = from_file("capacity", tmp_path / f"capacity.{kind}")
    assert read.frame.to_numpy().tolist() == GOOD[1:]


def test_a_sheet_is_named_beside_the_path_or_behind_it(tmp_path):
    """By its name in any capitals; and so is a file in an archive."""
    south = [GOOD[0], ["RYR", "110", 1, 9]]
    path = book({"North": GOOD, "South": south})(tmp_path)
    assert open_table(path, sheet="south").sheet == "South"
    for given in (f"{path}#South", open_table(path, sheet="South")):
        assert given_table("capacity", given).frame["slots"].tolist() == [9]
    with pytest.raises(InputError, match="has no sheet 'West': it has 'North' and 'South'"):
        open_table(path, sheet="West")
    packed = archive({"a.csv": LINES, "b.csv": LINES.replace("40", "41")})(tmp_path)
    assert from_file("capacity", f"{packed}#b.csv").frame["slots"].iloc[0] == 41
    plain = tmp_path / "capacity.csv"
    plain.write_text(LINES)
    with pytest.raises(InputError, match="is no workbook, and has no sheet 'South'"):
        open_table(plain, sheet="South")


def test_patients_and_ways_are_read_from_the_sheet_that_holds_them(tmp_path):
    """A cover sheet and titles above, as a hospital sends a list."""
    rows = [["Waiting list"], [], ["Hospital Number", "Provider", "TFC", "RTT Start Date"]]
    rows.append(["H1", "XA1", 110, "01/09/2025"])
    ways = [["from", "RJ1", "RXH"], ["RJ1", 0, 31], ["RXH", 30, 0]]
    path = book({"Cover": [["Read me"]], "List": rows, "Ways": ways})(tmp_path)
    patients = read_waiting_list(path, census="2026-01-31")
    assert patients.rows()["days_waiting"].tolist() == [152]
    assert "the headings are in row 3" in " ".join(patients.quality["problem"])
    assert travel_matrix(path, sheet="Ways")["minutes"].tolist() == [0, 31, 30, 0]


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_patients_that_are_refused_are_told_by_the_rows_of_the_file(tmp_path):
    """The heading is row 1, a blank line is row 2."""
    path = tmp_path / "list.csv"
    path.write_text("Hospital Number,Provider,TFC,RTT Start Date\n\nH1,XA1,,01/09/2025\n")
    told = r"service: is missing \(1 row; list\.csv, column 'TFC', row 3\)"
    with pytest.raises(InputError, match=told):
        read_waiting_list(path, census="2026-01-31", unusable="error")


def test_codes_are_codes_and_long_identifiers_keep_their_digits(tmp_path):
    """Zeros in front, NA, and numbers that a float would round."""
    path = tmp_path / "list.csv"
    ids = [str(2**53 + 1), "007"]
    path.write_text(
        "origin,service,weeks_waiting,patient_id\nNA,007,9," + ids[0] + "\nNA,007,9," + ids[1]
    )
    frame = from_file("waiting_list", path).frame
    assert frame["origin"].tolist() == ["NA", "NA"]
    assert frame["service"].tolist() == ["007", "007"]
    assert frame["patient_id"].tolist() == ids


def test_rows_of_many_forms_are_the_same_by_either_parser(tmp_path):
    """Quotation marks, ragged rows: what pyarrow does not read, pandas does, and alike."""
    plain, ragged = tmp_path / "a.csv", tmp_path / "b.csv"
    plain.write_text('provider,service,period,slots\n"RJ1",110,1,"40"\nRXH,110,1,25\n')
    ragged.write_text('provider,service,period,slots\n"RJ1",110,1,"40",\nRXH,110,1,25\n')
    first, second = (from_file("capacity", path).frame for path in (plain, ragged))
    assert first.astype(object).to_numpy().tolist() == second.astype(object).to_numpy().tolist()


def test_the_benchmark_of_tables_measures_each():
    """In turn, at a size that takes no time."""
    found = measured(200, None, 1)
    assert len(found) == 3
    assert all(min(row) > 0 for row in found.values())
