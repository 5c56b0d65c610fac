"""Small tables as Excel and machines abroad save them: sites, ways, and those of scenarios."""

from __future__ import annotations

import zipfile

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.data.opening.number_cells import read_numbers
from mutualaid.data.taking.from_file import read_frame as read_table
from mutualaid.errors import InputError, InputWarning, Problems
from mutualaid.readers import read_sites, travel_matrix

SITES = "code;name;lat;lon\nRA9;Ynys Môn;53,25;-4,31\nRH8;Exeter;50,7123;-3,5\n"
CAPACITY = pd.DataFrame(
    {"provider": ["007", "RH8"], "service": ["110"] * 2, "period": [1, 1], "slots": [1250, 40]}
)


def test_sites_of_a_machine_abroad(tmp_path):
    """Semicolons, decimal commas, and Windows-1252, which is said."""
    path = tmp_path / "sites.csv"
    path.write_bytes(SITES.encode("cp1252"))
    with pytest.warns(InputWarning, match=r"sites\.csv: the file is not UTF-8.*Windows-1252"):
        sites = read_sites(path)
    assert sites["name"].tolist() == ["Ynys Môn", "Exeter"]
    assert sites[["latitude", "longitude"]].to_numpy().tolist() == [[53.25, -4.31], [50.7123, -3.5]]


def test_workbooks_are_read_as_csv_files_are(tmp_path):
    """Sites, ways, and a table of a scenario, whose codes stay text."""
    pytest.importorskip("python_calamine")
    sites = pd.DataFrame({"code": ["RA9"], "name": ["Ynys Môn"], "lat": [50.5], "lon": [-3.5]})
    ways = pd.DataFrame({"from": [1, 2], "to": [2, 1], "minutes": [20, 30.5], "miles": [9, None]})
    for name, table in (("sites", sites), ("ways", ways), ("capacity", CAPACITY)):
        table.to_excel(tmp_path / f"{name}.xlsx", index=False)
    assert read_sites(tmp_path / "sites.xlsx")["name"].tolist() == ["Ynys Môn"]
    table = travel_matrix(tmp_path / "ways.xlsx")
    assert table["origin"].astype(str).tolist() == ["1", "2"]
    assert table["minutes"].tolist() == [20, 30.5]
    assert table["miles"].isna().tolist() == [False, True]
    read = read_table("capacity", tmp_path / "capacity.xlsx")
    assert read.astype(object).to_numpy().tolist() == CAPACITY.astype(object).to_numpy().tolist()


@pytest.mark.parametrize("name", ["ways.zip", "ways.txt", "ways.tsv", "WAYS.CSV"])
def test_files_by_any_usual_name(tmp_path, name):
    """An archive of one file is that file."""
    text = "from,to,minutes\nRA9,RH8,20\n"
    path = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inside.csv", text)
    else:
        path.write_text(text.replace(",", "\t") if name.endswith(".tsv") else text)
    assert travel_matrix(path)["minutes"].tolist() == [20]


def test_archives_that_cannot_be_read_are_named(tmp_path):
    """Of two files nobody knows which is meant."""
    two, none = tmp_path / "two.zip", tmp_path / "none.zip"
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")
    none.write_bytes(b"PK but no archive")
    with pytest.raises(InputError, match=r"two\.zip holds 2 files"):
        travel_matrix(two)
    with pytest.raises(InputError, match=r"none\.zip cannot be read"):
        travel_matrix(none)
    with zipfile.ZipFile(tmp_path / "ways.docx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(InputError, match=r"ways\.docx cannot be read: it is a Word document"):
        travel_matrix(tmp_path / "ways.docx")


def test_thousands_with_commas_are_numbers_in_the_tables_of_a_scenario(tmp_path):
    """In columns of numbers; a name with a comma is a name."""
    path = tmp_path / "capacity.csv"
    CAPACITY.assign(slots=["1,250", "40"]).to_csv(path, index=False)
    assert read_table("capacity", path)["slots"].tolist() == [1250, 40]
    other = tmp_path / "names.csv"
    pd.DataFrame({"code": ["1,250"]}).to_csv(other, index=False)
    assert read_table("names", other)["code"].tolist() == ["1,250"]
    path.write_text("provider;service;period;slots\n007;110;1;1,250\n")
    with pytest.raises(InputError, match="commas that may be decimal points or not"):
        read_table("capacity", path)


@pytest.mark.parametrize(
    ("text", "done", "number"),
    [
        ("1,250", '.str.replace(",", "")', 1250),
        ("12,345,678", '.str.replace(",", "")', 12_345_678),
        ("31,5", '.str.replace(",", ".")', 31.5),
        ("40", "", 40),
    ],
)
def test_the_remedy_for_numbers_that_are_text_works(text, done, number):
    """What the error says to do is done here."""
    table = CAPACITY.assign(slots=[text, "7"])
    waiting = {"origin": ["007"], "service": ["110"], "weeks_waiting": [9], "patients": [5]}
    ways = {"origin": ["007"], "provider": ["RH8"], "minutes": [20]}
    with pytest.raises(InputError) as error:
        ma.System(waiting, table, ways, periods=1)
    remedy = error.value.problems["remedy"].item()
    assert f"pandas.to_numeric(table['slots']{done})" in remedy
    said = remedy[remedy.index("pandas.") :]
    assert eval(said, {"pandas": pd, "table": table}).tolist() == [number, 7]


@pytest.mark.parametrize(
    ("cells", "continental", "numbers"),
    [
        (["1,250", "7"], False, [1250, 7]),
        (["1,250.5"], True, [1250.5]),
        (["1.250,5", "0,125"], False, [1250.5, 0.125]),
        (["1,250", "2,5"], True, [1.25, 2.5]),
        (["1,250"], True, None),
        (["1,250", "2,5"], False, None),
        (["1,250.5", "2,5"], True, None),
        (["1.250", "2,5"], True, None),
        (["12,50,1"], False, None),
    ],
)
def test_commas_are_what_the_column_shows(cells, continental, numbers):
    """Thousands or decimals; where both could be, it is no number."""
    problems = Problems()
    found = read_numbers("t", "c", pd.Series(cells), problems, continental=continental)
    assert bool(problems.rows) == (numbers is None)
    if numbers is not None:
        assert found.tolist() == numbers
