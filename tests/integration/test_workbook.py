"""The workbook as other programs read it: openpyxl, and LibreOffice where it is installed."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import zipfile

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.report import write_workbook

pytestmark = pytest.mark.slow

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed: pip install openpyxl")

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "@SUM(1+1)*cmd",
    "x" * 300,
    "x" * 299 + "y",
    "\u0645\u0633\u062a\u0634\u0641\u0649",
    "🏥 🚑",
    "http://example.org/",
    "[a]:*?/\\",
    "-1+1",
)


@pytest.fixture(scope="module")
def plan():
    return ma.optimise(ma.datasets.collaborative())


@pytest.fixture(scope="module")
def book(plan, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "plan.xlsx"
    return openpyxl.load_workbook(write_workbook(plan, path))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Long waiters at one trust; the others, with room for ten each, are called like attacks."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": [110]}
    )
    capacity = pd.DataFrame(
        {"provider": ["ALD", *HOSTILE], "service": "C_110", "period": 1, "slots": 10}
    )
    travel = pd.DataFrame({"origin": "ALD", "provider": list(HOSTILE), "minutes": 30.0})
    made = ma.optimise(ma.System(waiting, capacity, travel, periods=1))
    return write_workbook(made, tmp_path_factory.mktemp("hostile") / "plan.xlsx")


def cells(book):
    return [cell for page in book for row in page.iter_rows() for cell in row]


def test_every_sheet_is_there(plan, book):
    """In the order in which people read."""
    receivers = sorted(set(plan.moves["provider"].astype(str)))
    assert book.sheetnames == [
        *("Summary", "By trust", "Moves"),
        *(f"To {name}" for name in receivers),
        *("Prices", "Rules in force", "How to read it"),
    ]


def test_headers_stay_tables_filter_and_pages_print(book):
    """On every sheet: frozen, filtered, A4 landscape, as wide as the page, the header repeated."""
    for page in book:
        head = int(page.freeze_panes[1:]) - 1
        assert page.auto_filter.ref.startswith(f"A{head}:")
        assert page.cell(head, 1).font.bold
        assert page.page_setup.orientation == "landscape"
        assert int(page.page_setup.paperSize) == 9
        # One page wide is what a file says by saying nothing.
        assert page.page_setup.fitToWidth in (None, 1)
        assert int(page.page_setup.fitToHeight) == 0
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert page.print_title_rows == f"${head}:${head}"
        width = page.column_dimensions["A"].width
        assert width >= 9


def test_numbers_are_numbers_in_their_own_formats(book):
    """Counts with thousands, shares in per cent, changes with a sign."""
    page = book["Summary"]
    rows = {row[0].value: row for row in page.iter_rows() if row[0].value}
    size, share = rows["On the list at the end (patients)"], rows["… within 18 weeks (share)"]
    assert [cell.number_format for cell in size[1:]] == ["#,##0", "#,##0", "+#,##0;-#,##0;0"]
    assert [cell.number_format for cell in share[1:]] == ["0.0%", "0.0%", "+0.0%;-0.0%;0.0%"]
    assert share[2].value == pytest.approx(0.804, abs=0.001)
    assert rows["… mean wait so far (weeks)"][1].number_format == "#,##0.0"
    moves = [row for row in book["Moves"].iter_rows(min_row=5) if row[3].value]
    assert sum(isinstance(row[3].value, int | float) for row in moves) > 20


def test_the_file_says_what_the_plan_says(plan, book):
    """Figures are read back, not only written."""
    page = book["By trust"]
    after = plan.measures().set_index("origin")["list_size_after"]
    for row in page.iter_rows(values_only=True):
        if row[1] == "On the list at the end (patients)" and row[0] in after.index:
            assert row[3] == after[row[0]]
    lanes = plan.moves.groupby(["origin", "provider", "service"], observed=True)["patients"].sum()
    for row in book["Moves"].iter_rows(values_only=True):
        if isinstance(row[3], int | float):
            assert row[3] == lanes[row[:3]]
            assert row[3] >= 5


def test_no_count_below_five_is_anywhere(plan, book, tmp_path):
    """Unless all is to be shown."""
    small = [c.value for c in cells(book) if c.value == "<5"]
    assert small
    lanes = plan.moves.groupby(["origin", "provider", "service"], observed=True)["patients"].sum()
    every = openpyxl.load_workbook(write_workbook(plan, tmp_path / "all.xlsx", suppress_below=0))
    shown = [row[3] for row in every["Moves"].iter_rows(min_row=5, values_only=True)]
    assert [n for n in shown if isinstance(n, int | float)] == lanes[lanes > 0].tolist()
    assert not [c for c in cells(every) if c.value in ("<5", "*")]


def test_the_same_plan_gives_the_same_bytes_and_no_names(plan, tmp_path):
    """Whoever writes it, and whenever."""
    first = write_workbook(plan, tmp_path / "a.xlsx").read_bytes()
    assert write_workbook(plan, tmp_path / "b.xlsx").read_bytes() == first
    again = ma.optimise(ma.datasets.collaborative())
    assert write_workbook(again, tmp_path / "c.xlsx").read_bytes() == first
    found = openpyxl.load_workbook(tmp_path / "a.xlsx").properties
    assert not found.creator
    assert not found.lastModifiedBy
    assert found.created == dt.datetime(2000, 1, 1)


def test_hostile_names_are_text_and_their_sheets_are_valid(hostile):
    """No formula, no link, no script; each trust has its own sheet."""
    found = openpyxl.load_workbook(hostile)
    assert not [cell for cell in cells(found) if cell.data_type == "f" or cell.hyperlink]
    values = {cell.value for cell in cells(found)}
    assert set(HOSTILE) <= values
    pages = [name for name in found.sheetnames if name.startswith("To ")]
    assert len(pages) == len(HOSTILE)
    assert len({name.casefold() for name in found.sheetnames}) == len(found.sheetnames)
    assert max(len(name.encode("utf-16-le")) // 2 for name in found.sheetnames) == 31
    risky = [cell for cell in cells(found) if cell.value in ("=cmd|' /C calc'!A0", "-1+1")]
    assert risky
    assert all(cell.quotePrefix for cell in risky)
    with zipfile.ZipFile(hostile) as parts:
        text = b"".join(parts.read(name) for name in parts.namelist())
    for part in (b"<f>", b"<hyperlink", b"<script"):
        assert part not in text


@pytest.fixture(scope="module")
def named():
    """Three offers of two receivers, and who stays."""
    return pd.DataFrame(
        {
            "patient_id": ["=SECRET1", "secret2", "secret3", "secret4"],
            "pathway_id": ["way1", "way2", "way3", None],
            "origin": "ALD",
            "service": "C_110",
            "weeks_waiting": [30, 45, 40, 10],
            "decision": ["offer", "offer", "offer", "stays"],
            "provider": ["BIR", "BIR", "BIR", "ALD"],
            "period": pd.array([1, 2, 1, 2], dtype="Int64"),
            "from_date": pd.to_datetime(["2026-02-01", "2026-03-01", "2026-02-01", None]),
            "minutes": [30.0, 30.0, 30.0, np.nan],
            "weeks_at_treatment": pd.array([30, 49, 40, None], dtype="Int64"),
        }
    )


def test_patients_are_named_only_where_that_is_asked_for(named, tmp_path):
    """By period, then the longest wait; dates as dates; who stays is not on any sheet."""
    made = ma.optimise(two_trusts(periods=2))
    plain = write_workbook(made, tmp_path / "plain.xlsx", offers=named)
    with zipfile.ZipFile(plain) as parts:
        text = b"".join(parts.read(name) for name in parts.namelist())
    assert b"secret" not in text.lower()
    path = write_workbook(made, tmp_path / "named.xlsx", offers=named, identifiers=True)
    found = openpyxl.load_workbook(path)
    assert [name for name in found.sheetnames if name.startswith("To ")] == ["To BIR"]
    page = found["To BIR"]
    assert "CONFIDENTIAL" in page["A2"].value
    head = int(page.freeze_panes[1:]) - 1
    headings = [cell.value for cell in page[head]]
    assert headings[:3] == ["Patient", "Pathway", "From (origin)"]
    rows = list(page.iter_rows(min_row=head + 1))
    assert [row[0].value for row in rows] == ["secret3", "=SECRET1", "secret2"]
    day = rows[0][headings.index("First day of the period")]
    assert (day.value, day.number_format) == (dt.datetime(2026, 2, 1), "dd mmm yyyy")
    assert rows[1][0].data_type == "s"


def test_the_list_gives_the_census_the_quality_and_the_names(named, tmp_path):
    """A list of patients brings them along."""

    class Listed:
        census = dt.date(2026, 1, 31)
        quality = pd.DataFrame({"column": ["x"], "problem": ["y"], "rows": [9], "done": ["z"]})

    made = ma.optimise(two_trusts())
    path = write_workbook(made, tmp_path / "plan.xlsx", patients=Listed(), offers=named)
    found = openpyxl.load_workbook(path)
    assert "Data quality" in found.sheetnames
    assert found.properties.created == dt.datetime(2026, 1, 31)
    assert any("31 January 2026" in str(cell.value) for cell in cells(found))
    prices = found["Prices"]
    head = int(prices.freeze_panes[1:]) - 1
    assert [cell.value for cell in prices[head]][3] == "First day"
    assert prices.cell(head + 1, 4).value == dt.datetime(2026, 1, 31)


def test_what_cannot_be_written_is_told_and_nothing_is_left(plan, named, tmp_path):
    """Wrong endings, nobody named, tables of something else."""
    for path, options, words in (
        ("plan.xls", {}, r"ends in \.xlsx"),
        ("plan.xlsx", {"identifiers": True}, "nobody is named"),
        ("plan.xlsx", {"identifiers": True, "offers": "everybody"}, "is a str"),
        (
            "plan.xlsx",
            {"identifiers": True, "offers": named[["origin"]]},
            "no decision, patient_id",
        ),
        ("plan.xlsx", {"suppress_below": 1}, "3 to 1,000"),
        ("not/there.xlsx", {}, "is not there"),
    ):
        with pytest.raises(ma.InputError, match=words):
            write_workbook(plan, tmp_path / path, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOffice is not installed: apt-get install libreoffice-calc",
)
@pytest.mark.parametrize("which", ["plain", "hostile"])
def test_libreoffice_opens_it(which, plan, hostile, tmp_path):
    """Every sheet, without repair: its first sheet as text, and all of it as a print."""
    path = hostile if which == "hostile" else write_workbook(plan, tmp_path / "plan.xlsx")
    for kind in ("csv", "pdf"):
        run = subprocess.run(
            [
                *("soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"),
                *("--convert-to", kind, "--outdir", str(tmp_path), str(path)),
            ],
            capture_output=True,
            timeout=180,
            check=False,
        )
        assert run.returncode == 0
        assert b"rror" not in run.stdout + run.stderr
    assert "Mutual aid: the plan in one page" in (tmp_path / "plan.csv").read_text("latin-1")
    assert (tmp_path / "plan.pdf").stat().st_size > 10_000
