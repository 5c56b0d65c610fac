"""NHS England's monthly file in the forms in which people keep it, and what is none of them."""

from __future__ import annotations

import bz2
import datetime
import gzip
import io
import lzma
import zipfile

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutualaid.errors import InputError
from mutualaid.readers import read_rtt
from mutualaid.readers.rtt.period_columns import month_of

PATIENTS = {0: 4, 17: 3, 52: 1, 104: 2}


@pytest.fixture
def rows(line):
    """One trust in January: who waits, what was done, who joined."""
    return [
        line("RAA", "C_110", "Part_2", PATIENTS),
        line("RAA", "C_110", "Part_1A", {10: 5}, unknown=1),
        line("RAA", "C_110", "Part_1B", {3: 25}),
        line("RAA", "C_110", "Part_3", 62),
    ]


@pytest.fixture
def plain(write, rows):
    """The file as it is published."""
    return write(rows)


@pytest.fixture
def frame(plain):
    """The file as somebody has read it."""
    return pd.read_csv(plain, dtype=str, keep_default_na=False)


def same_month(rtt):
    """The tables of the one trust of January, whatever it was read from."""
    assert rtt.months == ("2026-01",)
    assert rtt.waiting_list.to_numpy().tolist() == [
        ["RAA", "C_110", week, count] for week, count in PATIENTS.items()
    ]
    assert rtt.capacity.to_numpy().tolist() == [["RAA", "C_110", pytest.approx(28.0)]]
    assert rtt.referrals.to_numpy().tolist() == [["RAA", "C_110", pytest.approx(56.0)]]


def refused(given, **arguments):
    """What the reader says of something that it cannot read."""
    with pytest.raises(InputError) as caught:
        read_rtt(given, **arguments)
    return str(caught.value)


# --- spellings ---

SPELLINGS = {
    "as janitor cleans them": lambda name: name.lower().replace(" ", "_"),
    "as R makes names of them": lambda name: name.replace(" ", "."),
    "in capitals": str.upper,
    "in small letters": str.lower,
    "with blanks around and between": lambda name: f" {name.replace(' ', '  ')} ",
    "with hyphens": lambda name: name.replace(" ", "-"),
    "without any blank": lambda name: name.replace(" ", ""),
    "without SUM 1": lambda name: name.removesuffix(" SUM 1"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_headings_mean_the_same_however_they_are_spelt(frame, tmp_path, spelling):
    """R, pandas and databases clean headings; not one of them becomes ambiguous by it."""
    path = tmp_path / "kept.csv"
    frame.rename(columns=SPELLINGS[spelling]).to_csv(path, index=False)
    same_month(read_rtt(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gap=st.sampled_from([" ", "_", ".", "-", "  ", ""]),
    change=st.sampled_from([str.lower, str.upper, str.title, str.swapcase]),
    around=st.sampled_from(["", " ", "_"]),
    separator=st.sampled_from(",;\t|"),
)
def test_any_mixture_of_spellings_and_separators_is_read(
    frame, tmp_path, gap, change, around, separator
):
    """The tables are those of the published file, whatever was done to its headings."""
    kept = frame.rename(columns=lambda name: f"{around}{change(name).replace(' ', gap)}")
    path = tmp_path / "mixed.csv"
    kept.to_csv(path, index=False, sep=separator)
    same_month(read_rtt(path))
    same_month(read_rtt(kept))


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("Provider Org Code", "provider_org_code"),
        ("Period", "PERIOD "),
        ("RTT Part Type", "rtt.part.type"),
        ("Total All", "total_all"),
        ("Gt 05 To 06 Weeks SUM 1", "gt_05_to_06_weeks"),
        ("Gt 104 Weeks SUM 1", "Gt.104.Weeks"),
    ],
)
def test_a_heading_that_is_there_twice_is_refused(frame, name, also):
    """Which of the two is meant is not guessed; both are named."""
    said = refused(frame.assign(**{also: "1"}))
    assert f"'{name}' and '{also}' fit equally well" in said


# --- packings and encodings ---


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_cells_may_be_separated_by_other_marks(frame, tmp_path, separator):
    """Excel in most of Europe writes semicolons."""
    path = tmp_path / "kept.csv"
    frame.to_csv(path, index=False, sep=separator)
    same_month(read_rtt(path))


def test_a_packed_file_is_as_good_as_the_file(plain, tmp_path):
    """Whatever its name says, what it starts with says what it is."""
    for name in ("january.csv.gz", "january.gz", "january.csv.bin"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(plain.read_bytes()))
        same_month(read_rtt(path))


def test_a_file_of_parquet_is_read(frame, tmp_path):
    """With text in every column, and with numbers where numbers belong."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "january.parquet"
    frame.to_parquet(path)
    same_month(read_rtt(path))
    numbers = frame.apply(lambda c: pd.to_numeric(c) if c.name[:2] in ("Gt", "To") else c)
    numbers.rename(columns=SPELLINGS["as janitor cleans them"]).to_parquet(path)
    same_month(read_rtt(path))


def test_the_line_ends_of_an_old_mac_are_line_ends(plain):
    """Excel for Mac saves CSV with carriage returns alone."""
    plain.write_bytes(plain.read_bytes().replace(b"\r\n", b"\r"))
    same_month(read_rtt(plain))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_file_saved_by_excel_is_read(write, rows, encoding):
    """A byte-order mark, Windows-1252, or what Excel calls Unicode text."""
    rows[0][4] = "ST MARY\N{RIGHT SINGLE QUOTATION MARK}S"
    rtt = read_rtt(write(rows, encoding=encoding))
    same_month(rtt)
    assert rtt.providers.loc[0, "name"] == "ST MARY\N{RIGHT SINGLE QUOTATION MARK}S"


# --- tables that somebody has read already ---


def test_a_table_is_read_like_its_file(frame, plain):
    """Text, numbers, categories, missing values, Arrow: the same month."""
    numbers = pd.read_csv(plain)
    kinds = {
        "text": frame,
        "numbers": numbers,
        "categories": frame.astype("category"),
        "objects": frame.astype(object).mask(frame == ""),
        "nullable": numbers.convert_dtypes(),
        "columns": frame.to_dict("list"),
        "cleaned": frame.rename(columns=SPELLINGS["as janitor cleans them"]),
        "another index": frame.set_axis(list("dcba")),
    }
    for kind, table in kinds.items():
        rtt = read_rtt(table)
        same_month(rtt)
        assert rtt.providers["name"].tolist() == ["RAA HOSPITAL"], kind


def test_a_table_of_arrow_is_read(frame):
    """What polars, DuckDB and pyarrow hand over."""
    pa = pytest.importorskip("pyarrow")
    same_month(read_rtt(pa.Table.from_pandas(frame)))


def test_tables_and_files_are_read_together(frame, write, rows):
    """February as a file, January as a table, and nothing of the caller's is changed."""
    february = [["RTT-February-2026", *row[1:]] for row in rows]
    before = frame.copy()
    rtt = read_rtt([write(february, "february.csv"), frame])
    assert rtt.months == ("2026-01", "2026-02")
    pd.testing.assert_frame_equal(frame, before)


def test_numbers_of_a_table_that_are_codes_stay_codes(frame):
    """Files before 2021 have codes such as 110, which pandas reads as a number."""
    for code in (110, 110.0):
        same_month(read_rtt(frame.assign(**{"Treatment Function Code": code})))


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("Gt 00 To 01 Weeks SUM 1", "*", "is not a number (4 rows; rows 0: '*'"),
        ("Gt 00 To 01 Weeks SUM 1", True, "is not a number"),
        ("Gt 00 To 01 Weeks SUM 1", "1,5", "is not a number"),
        ("Gt 00 To 01 Weeks SUM 1", -1, "is below 0"),
        ("Gt 00 To 01 Weeks SUM 1", 0.5, "is not a whole number"),
        ("RTT Part Type", 2, "is not one that the RTT return has"),
        ("Provider Org Code", None, "is blank"),
        ("Period", 46053, "is not one that the RTT return has"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_as_of_a_file(frame, column, value, words):
    """Column, rows and values."""
    assert f"table.{column}: {words}" in refused(frame.assign(**{column: value}))


def test_a_table_without_what_is_needed_is_refused(frame):
    """No rows; no such column; a column that is in the index; lists in cells."""
    assert "table: has headings and no rows" in refused(frame.iloc[:0])
    assert "no column is headed 'RTT Part Type'" in refused(frame.iloc[:, :5])
    said = refused(frame.set_index("Provider Org Code"))
    assert "Provider Org Code: in the index" in said
    assert "reset_index()" in said
    cells = pd.Series([[1]] * len(frame))
    assert "holds lists or the like" in refused(frame.assign(Period=cells))


def test_a_decimal_comma_is_not_taken_for_thousands(write, line):
    """1,5 is one and a half, and no count; 1,234 is 1234."""
    row = line("RAA", "C_110", "Part_2", {3: 1})
    row[16] = "1,5"
    assert "is not a number (1 row; row 0: '1,5')" in refused(write([row]))


def test_what_is_wrong_with_every_week_is_said_once(frame):
    """105 week bands with a star are one problem."""
    bands = [name for name in frame if name.startswith("Gt ")]
    said = refused(frame.assign(**dict.fromkeys(bands, "*")))
    assert said.startswith("1 problem in the input:")
    assert "so it is in 104 more columns" in said


# --- months ---


@pytest.mark.parametrize(
    "period",
    [
        *("2026-01-31", "2026-01-01", "2026-01", "2026/01/31", "20260131", "202601", "01/2026"),
        *("31/01/2026", "01/01/2026", "15/01/2026", "01/31/2026", "31-01-2026", "31.01.2026"),
        *("Jan-26", "January 26", "JAN26", "January 2026", "January-2026", "Jan 2026", "2026-Jan"),
        *("31-Jan-26", "01-JAN-26", "31-Jan-2026", "RTT-January-2026", "RTT-Jan-26"),
        *("2026-01-31 00:00:00", "2026-01-31T00:00:00", "2026-01-31T00:00:00.000Z"),
    ],
)
def test_every_way_of_writing_january_2026(write, line, period):
    """The month as a name or as a day in it."""
    assert month_of(period) == "2026-01"
    row = line("RAA", "C_110", "Part_2", PATIENTS, period=period)
    assert read_rtt(write([row])).months == ("2026-01",)


@pytest.mark.parametrize(
    "period",
    [
        *("02/01/2026", "26-Jan", "15-Jan-26", "2011-12", "2010-11", "201112", "2025-26", "2026"),
        *("January", "46053", "13/13/2026", "32/01/2026", "2026-02-30", "2026-13", "Q4 2026"),
        *("2026-01-31 23:00:00", "Jan-Mar 2026", "January 2026 to March 2026", "Spring-26"),
        *("January-2025-31", "", "-", "0"),
    ],
)
def test_what_names_no_single_month_is_refused(period):
    """A day that may be a month, a year that may be financial, half a year."""
    assert month_of(period) is None


@pytest.mark.parametrize(
    ("texts", "month"),
    [
        ("2026-01-31\t2025-26", "2026-01"),
        ("2026-01-31\tJANUARY\t2025-26", "2026-01"),
        ("2026-01-31\tFEBRUARY\t2025-26", None),
        ("2026-01-31\t2026-02-28", None),
        ("JANUARY\t2011-12", "2012-01"),
        ("DECEMBER\t2011-12", "2011-12"),
        ("Jan-26\t2025-26", "2026-01"),
    ],
)
def test_a_date_beside_a_financial_year_is_the_date(texts, month):
    """31 January 2026 is in 2026, and in the financial year that began in 2025."""
    assert month_of(texts) == month


@given(date=st.dates(datetime.date(2007, 4, 1), datetime.date(2099, 12, 31)))
def test_a_date_is_in_its_month_or_is_refused(date):
    """Never in another month, day first or month first."""
    iso = f"{date:%Y-%m}"
    assert month_of(f"{date:%Y-%m-%d}") == iso
    assert month_of(f"{date:%d/%m/%Y}") in (iso, None)
    assert month_of(f"{date:%d-%b-%Y}") == iso
    if date.day in (1, 31):
        assert month_of(f"{date:%d/%m/%Y}") == iso


@pytest.mark.parametrize(
    "period",
    [pd.Timestamp("2026-01-31"), pd.Timestamp("2026-01-31").date(), pd.Period("2026-01", "M")],
)
def test_the_period_of_a_table_may_be_a_date(frame, period):
    """As pandas holds one."""
    same_month(read_rtt(frame.assign(Period=period)))


# --- commissioners ---


def without_commissioners(table):
    return table.drop(columns=[name for name in table if name.startswith("Commissioner")])


def test_a_file_need_not_tell_commissioners_apart(frame):
    """Those who add up providers drop them; that NONC is then in it is said."""
    rtt = read_rtt(without_commissioners(frame))
    same_month(rtt)
    assert any("those of NONC are not left out" in note for note in rtt.notes)
    assert not any("added up" in note for note in rtt.notes)


def test_rows_of_several_commissioners_are_added_up_and_told(write, line):
    """The column is gone and the rows are still theirs."""
    rows = [
        line("RAA", "C_110", "Part_2", {3: 5}),
        line("RAA", "C_110", "Part_2", {3: 2}, commissioner="02B"),
        line("RBB", "C_110", "Part_2", {3: 1}),
    ]
    rtt = read_rtt(without_commissioners(pd.read_csv(write(rows), dtype=str)))
    assert rtt.waiting_list["patients"].tolist() == [7, 1]
    assert any("2 rows are of lists that have several" in note for note in rtt.notes)


def test_a_file_with_every_row_twice_is_refused(frame):
    """Added up it would be two Januaries."""
    twice = pd.concat([without_commissioners(frame)] * 2)
    assert "every list is there 2 times with the same count" in refused(twice)


def test_a_commissioner_that_nobody_has_is_told(plain):
    """A slip of the pen excludes nobody."""
    notes = read_rtt(plain, exclude_commissioners=["NOCN"]).notes
    assert any("No row is of the commissioners NOCN" in note for note in notes)
    assert not any("No row is of" in note for note in read_rtt(plain).notes)


# --- what is none of them ---

WORKBOOK = {"[Content_Types].xml": "", "xl/workbook.xml": ""}


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("Incomplete-Provider-Jan26.xlsx", zipped(WORKBOOK), "is an Excel workbook"),
        ("january.zip", zipped(WORKBOOK), "is an Excel workbook"),
        ("Incomplete-Provider-Jan16.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook"),
        ("january.ods", zipped({"content.xml": ""}), "is an Excel workbook"),
        ("january.zip", zipped({"a.xlsx": ""}), "holds 0 CSV files (none), not one; it holds a.xl"),
        ("january.csv.bz2", bz2.compress(b"a"), "is packed with bzip2"),
        ("january.csv.xz", lzma.compress(b"a"), "is packed with xz"),
        ("january.7z", b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        ("january.csv", b"<!DOCTYPE html><html>", "is a web page"),
        ("january.csv", b"\xef\xbb\xbf\n<html>", "is a web page"),
        ("january.pdf", b"%PDF-1.7", "is a PDF"),
        ("january.csv.gz", b"\x1f\x8bnothing", "cannot be read"),
        ("january.csv.gz", gzip.compress(b"RTT Part Type," * 99, mtime=0)[:-9], "cannot be read"),
        ("january.csv", b"", "is not an RTT extract"),
        ("january.parquet", b"PAR1nothing", "cannot be read"),
        ("january.csv", b"\xff\xfeR", "is damaged"),
    ],
)
def test_what_a_file_is_and_what_to_pass_is_said(tmp_path, name, body, words):
    """One message with the name of the file; a workbook is a workbook whatever its name."""
    path = tmp_path / name
    path.write_bytes(body)
    said = refused(path)
    assert said.startswith("1 problem in the input:")
    assert name in said
    assert words in said
    assert "Remedy: " in said


def test_a_workbook_is_told_from_a_zip_and_the_csv_is_asked_for(tmp_path):
    """NHS England's own workbooks by provider are other tables."""
    path = tmp_path / "Incomplete-Provider-Jan26.xlsx"
    path.write_bytes(zipped(WORKBOOK))
    assert "pass the CSV or zip" in refused(path)


class Strange:
    """Nothing that can be read."""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "is None, neither a path nor a table"),
        (5, "is 5, neither"),
        (2.5, "is 2.5, neither"),
        (b"january.csv", "is a bytes"),
        (Strange(), "is a Strange"),
        (Strange, "neither a path nor a table"),
        ("", "is '', which is no path"),
        ("a\0b", "which is no path"),
        ("https://www.england.nhs.uk/january.zip", "is a web address"),
        (io.StringIO("a"), "is a StringIO: an open file"),
        ({"january": "january.zip"}, "is a dict, not a table"),
        ([[1, 2]], "is [1, 2], neither"),
        (pd.Series([1.5]), "is 1.5, neither"),
        (range(2), "is 0, neither"),
        ((), "no RTT file was given"),
        ("a" * 5000, "cannot be read: File name too long"),
    ],
)
def test_what_is_no_file_is_said_to_be_none(given, words):
    """In the words of every other wrong call, and never as an error of Python's."""
    assert words in refused(given)


def test_every_wrong_item_of_a_list_is_named(plain):
    """Two of three are no paths."""
    said = refused([plain, None, 5])
    assert said.startswith("2 problems in the input:")
    assert "read_rtt.path[1]: is None" in said
    assert "read_rtt.path[2]: is 5, neither" in said


def test_a_folder_is_said_to_be_one(tmp_path):
    """Its files are asked for."""
    assert "is a folder. Remedy: pass the files that are in it" in refused(tmp_path)


HUGE = pytest.param(10**5000, id="far too large")


@pytest.mark.parametrize("value", [None, -1, True, 2.5, "4", [4], HUGE, float("nan"), Strange])
@pytest.mark.parametrize("name", ["period_weeks", "removals_share"])
def test_numbers_of_the_call_are_numbers(plain, name, value):
    """Whatever else is passed is shown, and what it should be."""
    if (name, value) == ("removals_share", None):
        value = "none"
    assert f"read_rtt.{name}: is " in refused(plain, **{name: value})


@pytest.mark.parametrize(
    "value", [None, 5, [None], [5], {"a": 1}, b"NONC", Strange, pd.DataFrame()]
)
def test_commissioners_of_the_call_are_codes(plain, value):
    """A list of text, or one code."""
    assert "read_rtt.exclude_commissioners: " in refused(plain, exclude_commissioners=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("periods", value) for value in (None, 0, -1, 2.5, True, "13", [13])),
        pytest.param("periods", 10**5000, id="far too many periods"),
        *(("providers", value) for value in (5, [None], [5], b"RAA", {"RAA": 1})),
        *(("services", value) for value in (5, [None], [5])),
        *(("unlisted", value) for value in (None, 5, pd.DataFrame())),
    ],
)
def test_what_a_system_is_asked_for_is_checked(plain, name, value):
    """Periods, codes and words are refused before anything is made of them."""
    if value is None and name in ("providers", "services"):
        return
    ways = {"origin": ["RAA"], "provider": ["RAA"], "minutes": [0]}
    with pytest.raises(InputError, match=f"system.{name}: "):
        read_rtt(plain).system(ways, **{name: value})


# --- codes ---


@pytest.mark.parametrize("code", ["RA\nA", "RAA\n", "R\tA", "R\x07A", "R\u200bA", "RA\u2028A"])
@pytest.mark.parametrize("column", ["Provider Org Code", "Commissioner Org Code"])
def test_a_code_that_does_not_fit_on_a_line_is_refused(frame, tmp_path, column, code):
    """Where it enters, and not where it breaks a list; from a file and from a table."""
    odd = frame.assign(**{column: code})
    path = tmp_path / "odd.csv"
    odd.to_csv(path, index=False)
    for source in (odd, path):
        assert f"{column}: holds a line break or another character" in refused(source)


def test_a_name_on_two_lines_is_put_on_one(frame):
    """A name is shown and never looked up."""
    rtt = read_rtt(frame.assign(**{"Provider Org Name": "ST MARY'S\r\nHOSPITAL"}))
    assert rtt.providers["name"].tolist() == ["ST MARY'S HOSPITAL"]


def test_a_service_that_is_none_is_told_with_every_group(frame):
    """X01 was one until April 2021, and is said wherever X02 to X06 are."""
    said = refused(frame.assign(**{"Treatment Function Code": "X09"}))
    assert "C_ and three digits, or X01 to X06" in said


def test_names_of_providers_may_lack(frame):
    """A file cut down to what is counted has codes, and nothing is called nan."""
    rtt = read_rtt(frame.drop(columns=["Provider Org Name", "Provider Parent Name"]))
    assert list(rtt.providers) == ["provider", "name", "icb_code", "icb_name"]
    assert rtt.providers["name"].isna().all()
    assert rtt.providers["icb_code"].tolist() == ["QAA"]


@pytest.mark.parametrize("kind", ["table", "csv"])
def test_who_waits_without_the_parts_is_sent_to_the_reader_of_counts(frame, tmp_path, kind):
    """A sheet of a provider workbook, and an extract of which only the list was kept."""
    sheet = pd.DataFrame({"Provider Code": ["RA1"], ">0-1": [3], ">1-2": [4], "52 plus": [0]})
    for table in (sheet, frame.drop(columns="RTT Part Type")):
        given = table
        if kind == "csv":
            given = tmp_path / "provider.csv"
            table.to_csv(given, index=False)
        assert "pass it to read_counts" in refused(given)


def test_columns_that_were_renamed_for_short_are_read(frame):
    """Provider Code and Month are what people make of Provider Org Code and Period."""
    short = frame.rename(columns={"Provider Org Code": "provider_code", "Period": "Month"})
    assert read_rtt(short).waiting_list.equals(read_rtt(frame).waiting_list)


def test_an_extract_without_its_month_asks_for_it(frame):
    assert "with the month of the rows, such as 2026-01" in refused(frame.drop(columns="Period"))
