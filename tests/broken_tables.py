"""Tables of capacity as they come by mail: broken in a hundred ways, each small and made up."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl
import pandas as pd

HEAD = "provider,service,period,slots"
ROWS = ("RJ1,110,1,40", "RXH,110,1,25", "RYR,120,1,12")
GOOD = [HEAD.split(","), ["RJ1", "110", 1, 40], ["RXH", "110", 1, 25], ["RYR", "120", 1, 12]]
Make = Callable[[Path], Path]


def text(*lines: str, name: str = "capacity.csv", encoding: str = "utf-8", end: str = "\n") -> Make:
    """A text file of some lines."""
    return raw((end.join(lines) + end).encode(encoding), name)


def raw(content: bytes, name: str = "capacity.csv") -> Make:
    """A file of some bytes."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def cell(value: str, *, column: str = "slots", name: str = "capacity.csv", mark: str = ",") -> Make:
    """The good table with something else in the second row of a column: row 3 of the file."""
    table = [row.split(",") for row in (HEAD, *ROWS)]
    table[2][table[0].index(column)] = value
    return text(*(mark.join(row) for row in table), name=name)


def book(
    sheets: dict[str, Sequence[Sequence[object]]],
    change: Callable[[openpyxl.Workbook], None] | None = None,
    name: str = "capacity.xlsx",
) -> Make:
    """A workbook of some sheets, with something done to it before it is saved."""

    def make(folder: Path) -> Path:
        made = openpyxl.Workbook()
        made.remove(made.active)
        for title, rows in sheets.items():
            sheet = made.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
        if change is not None:
            change(made)
        made.save(folder / name)
        return folder / name

    return make


def sheet_cell(value: object, place: str = "D3", kind: str | None = None) -> Make:
    """The good table as a workbook, with something else in a cell."""

    def change(made: openpyxl.Workbook) -> None:
        made["Slots"][place] = value
        if kind is not None:
            made["Slots"][place].data_type = kind

    return book({"Slots": GOOD}, change)


def merged(made: openpyxl.Workbook) -> None:
    """Merge two headings."""
    made["Slots"].merge_cells("C1:D1")


def hidden(title: str) -> Callable[[openpyxl.Workbook], None]:
    """Hide a sheet."""

    def change(made: openpyxl.Workbook) -> None:
        made[title].sheet_state = "hidden"

    return change


def archive(files: dict[str, str], name: str = "capacity.zip") -> Make:
    """An archive of some text files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for inside, content in files.items():
            made.writestr(inside, content)
    return raw(held.getvalue(), name)


def workbook_bytes() -> bytes:
    """The good table as the bytes of a workbook."""
    held = io.BytesIO()
    pd.DataFrame(GOOD[1:], columns=GOOD[0]).to_excel(held, index=False, sheet_name="Slots")
    return held.getvalue()


def parquet_bytes() -> bytes:
    """The good table as the bytes of a Parquet file."""
    held = io.BytesIO()
    pd.DataFrame(GOOD[1:], columns=GOOD[0]).to_parquet(held)
    return held.getvalue()


LINES = "\n".join((HEAD, *ROWS)) + "\n"
PACKED = gzip.compress(LINES.encode() * 50)
ENCRYPTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le")
)
TWO = [["provider", "service", "period", "slots"], ["RJ1", "110", 1, 40]]

NUMBERS = {
    "a word": ("ten", "is not a number", "write a number"),
    "an error of Excel": ("#REF!", "is an error of Excel", "mend the formula"),
    "a division by zero": ("#DIV/0!", "is an error of Excel", "mend the formula"),
    "a formula as text": ("=B2*4", "is a formula that was saved as text", "paste its value"),
    "a percentage": ("80%", "is a percentage", "write the number itself"),
    "a negative number": ("-5", "is below 0", "write 0 or more"),
    "a negative number of an accountant": ("(5)", "is in brackets", "write the number"),
    "a minus behind": ("5-", "has its sign behind it", "before the number"),
    "a hidden small number": (
        "<5",
        "is a limit, as small numbers are hidden",
        "ask for the number",
    ),
    "a star for a small number": ("*", "stands for a number that is hidden", "ask for the number"),
    "two points for a small number": ("..", "stands for a number that is hidden", "ask for"),
    "about a number": ("~20", "is about a number", "write one number"),
    "circa a number": ("c. 20", "is about a number", "write one number"),
    "a range": ("10-15", "is a range", "write one number"),
    "a range in words": ("10 to 15", "is a range", "write one number"),
    "more than a number": ("20+", "is a limit", "ask for the number"),
    "a fraction of patients": ("12.5", "is not a whole number", "round it"),
    "a fraction": ("1/2", "is a fraction", "such as 0.5"),
    "a fraction in one sign": ("2½", "is a fraction", "such as 0.5"),
    "an ISO date": ("2026-01-31", "is a date", "write a number"),
    "a day and a month": ("05/01/2026", "is a date", "write a number"),
    "what Excel made of 1-2": ("01-Feb", "is a date", "format the cells as numbers"),
    "a time": ("1:30", "is a time", "write one number"),
    "an amount of money": ("£400", "is an amount of money", "write the number alone"),
    "another unit": ("4 sessions", "has a unit or a word of its own", "write the number alone"),
    "a letter for a nought": ("4O", "has a unit or a word of its own", "write the number alone"),
    "to be confirmed": ("TBC", "says that it is not known", "write a number"),
    "a question mark": ("?", "says that it is not known", "write a number"),
    "an empty cell": ("", "is missing", "write the number"),
    "a dash": ("-", "is missing", "write the number"),
    "NA of R": ("NA", "is missing", "write the number"),
    "NULL of a database": ("NULL", "is missing", "write the number"),
    "infinity": ("inf", "is not a number", "write a number"),
    "too large a number": ("99999999999", "is over", "check the unit"),
    "grouped in twos": ('"12,34,5"', "has points, commas or blanks", "such as 1250"),
    "points between thousands": (
        "1.250.000",
        "has points, commas or blanks",
        "such as 1250 or 1.25",
    ),
    "a truth": ("TRUE", "is not a number", "write a number"),
    "two numbers": ("12 40", "has points, commas or blanks", "such as 1250"),
    "hexadecimal": ("0x1F", "has a unit or a word", "write the number alone"),
    "an underscore": ("1_250", "is not a number", "write a number"),
}
"""What stands in row 3 of the slots: what is said of it, and the remedy."""

TOLD: dict[str, tuple[Make, tuple[str, ...]]] = {
    **{
        kind: (cell(value), ("capacity.csv", "row 3", "slots", *said))
        for kind, (value, *said) in NUMBERS.items()
    },
    # Codes
    "no code": (cell("", column="provider"), ("capacity.csv", "row 3", "provider", "is missing")),
    "only blanks for a code": (
        cell("  ", column="service"),
        ("capacity.csv", "row 3", "service", "is missing", "write the code"),
    ),
    "blanks around a code": (
        cell(" RXH", column="provider"),
        ("capacity.csv", "row 3", "provider", "blanks around", "strip them: 'RXH'"),
    ),
    "a line break in a code": (
        cell('"RX\nH"', column="provider"),
        ("capacity.csv", "row 3", "provider", "line break", "without it"),
    ),
    "a month where a period is meant": (
        cell("Jan-26", column="period"),
        ("capacity.csv", "row 3", "period", "is a date"),
    ),
    "a serial where a period is meant": (
        cell("46053", column="period"),
        ("capacity.csv", "row 3", "period", "46053", "is not one of the periods"),
    ),
    "period 0": (cell("0", column="period"), ("capacity.csv", "row 3", "period", "is not one of")),
    # Numbers that could be either
    "a comma that could be a point": (
        cell("1,250", mark=";"),
        ("capacity.csv", "row 3", "slots", "commas that may be decimal points", "without commas"),
    ),
    "commas of both kinds": (
        text(HEAD.replace(",", ";"), "RJ1;110;1;1,250.5", "RXH;110;1;2,5"),
        ("capacity.csv", "row", "slots", "commas that may be decimal points"),
    ),
    "points for thousands beside decimal commas": (
        text(HEAD.replace(",", ";"), "RJ1;110;1;1.250", "RXH;110;1;2,5"),
        ("capacity.csv", "row 3", "slots", "commas that may be decimal points"),
    ),
    # Rows
    "a total at the end": (
        text(HEAD, *ROWS, "Total,,,77"),
        ("capacity.csv", "row 5: 'Total'", "looks like a total", "delete the row"),
    ),
    "a total below a blank row": (
        text(HEAD, *ROWS, "", "Total,,,77"),
        ("capacity.csv", "row 6: 'Total'", "looks like a total", "delete the row"),
    ),
    "a note right below the table": (
        text(HEAD, *ROWS, "Source: theatre managers,,,"),
        ("capacity.csv", "row 5", "service", "is missing", "drop the row"),
    ),
    "a cell too many": (
        text(HEAD, ROWS[0], "RXH,110,1,1,250", ROWS[2]),
        ("capacity.csv", "row 3", "more cells than headings", "quotation marks"),
    ),
    "a cell too few": (
        text(HEAD, ROWS[0], "RXH,110,1", ROWS[2]),
        ("capacity.csv", "row 3", "slots", "is missing"),
    ),
    "names of rows without a heading": (
        text('"provider","service","period","slots"', '"1","RJ1","110",1,40'),
        ("capacity.csv", "row 2", "more cells than headings", "row.names = FALSE"),
    ),
    "the same row twice": (
        text(HEAD, *ROWS, ROWS[0]),
        ("capacity.csv", "rows 2, 5", "stand for the same thing", "add their numbers together"),
    ),
    "a quotation mark that is not closed": (
        text(HEAD, ROWS[0], '"RXH,110,1,25', ROWS[2]),
        ("capacity.csv", "quotation mark", "row 3", "close it"),
    ),
    "two quotation marks for inches": (
        text(HEAD, ROWS[0], '"RXH,110,1,25', ROWS[1], '"RYR,120,1,12'),
        ("capacity.csv", "quotation mark", "row 3", "close it"),
    ),
    # Headings
    "a column is missing": (
        text("provider,service,slots", "RJ1,110,40"),
        ("capacity.csv", "period", "the column is missing", "add it"),
    ),
    "two columns of one name": (
        text(HEAD + ",slots", *(f"{row},1" for row in ROWS)),
        ("capacity.csv", "'slots'", "D and E", "Rename"),
    ),
    "two headings for one thing": (
        text(HEAD + ",Trust", *(f"{row},RJ1" for row in ROWS)),
        ("capacity.csv", "Trust", "means the same as 'provider'", "drop it"),
    ),
    "a heading that nobody knows": (
        text(HEAD + ",ward", *(f"{row},x" for row in ROWS)),
        ("capacity.csv", "ward", "drop"),
    ),
    "no headings": (text(*ROWS), ("capacity.csv", "the column is missing", "provider")),
    "months across": (
        text("provider,service,Jan-26,Feb-26", "RJ1,110,40,41"),
        ("capacity.csv", "period", "the column is missing"),
    ),
    # Encodings
    "a Mac's letters": (
        text(HEAD, "Ynys Môn,110,1,40", encoding="mac_roman"),
        ("capacity.csv", "not UTF-8", "line 2", "Ynys M", "save it as CSV UTF-8"),
    ),
    "letters of DOS": (
        text(HEAD, "Ynys Môn,110,1,40", encoding="cp850"),
        ("capacity.csv", "not UTF-8", "line 2", "Ynys M", "save it as CSV UTF-8"),
    ),
    "two encodings in one file": (
        raw(f"{HEAD}\nYnys Môn é,110,1,4\n".encode() + "Mônz,110,1,4\n".encode("cp1252")),
        ("capacity.csv", "most of it is UTF-8", "line 3", "save it as CSV UTF-8"),
    ),
    "bytes that no text has": (
        raw(HEAD.encode() + b"\nRJ1,110,1,\x81\x8d\n"),
        ("capacity.csv", "neither UTF-8 nor Windows-1252", "line 2", "UTF-8"),
    ),
    "a BOM in the middle": (
        raw(LINES.encode("utf-8-sig") * 2),
        ("capacity.csv", "BOM", "line 5", "one behind the other", "save it again"),
    ),
    "zero bytes": (
        raw(f"{HEAD}\nRJ1,110,1,40\n".encode() + bytes(50)),
        ("capacity.csv", "zero bytes", "line 3", "save it again"),
    ),
    "half of UTF-16": (
        raw(LINES.encode("utf-16")[:-1]),
        ("capacity.csv", "starts as UTF-16", "save it as CSV UTF-8"),
    ),
    # Files
    "an empty file": (raw(b""), ("capacity.csv", "the file is empty", "save it again")),
    "blank lines only": (raw(b"\n\n \n"), ("capacity.csv", "the file is empty", "save it again")),
    "no file": (lambda folder: folder / "capacity.csv", ("capacity.csv", "No such file", "path")),
    "a folder": (lambda folder: folder, ("it is a folder", "name a file in it")),
    "a gz that was cut short": (
        raw(PACKED[:-20], "capacity.csv.gz"),
        ("capacity.csv.gz", "cut short", "download it again"),
    ),
    "a gz that is none": (
        raw(LINES.encode(), "capacity.csv.gz"),
        ("capacity.csv.gz", "no gzip file", "download it again"),
    ),
    "a gz in a gz": (
        raw(gzip.compress(PACKED), "capacity.csv.gz.gz"),
        ("capacity.csv.gz.gz", "cannot be read"),
    ),
    "a zip that was cut short": (
        raw(b"PK\x03\x04 and no more", "capacity.zip"),
        ("capacity.zip", "cut short", "download it again"),
    ),
    "a zip with two tables": (
        archive({"a.csv": LINES, "b.csv": LINES}),
        ("capacity.zip", "2 files", "a.csv, b.csv", "capacity.zip#a.csv"),
    ),
    "an empty zip": (archive({}), ("capacity.zip", "0 files", "none")),
    "a web page saved as xls": (
        raw(b"<html><table><tr><td>provider</td></tr></table></html>", "capacity.xls"),
        ("capacity.xls", "web page", "save it as .xlsx or CSV"),
    ),
    "a page to sign in": (
        raw(b"<!DOCTYPE html><title>Sign in</title>"),
        ("capacity.csv", "web page", "sign in"),
    ),
    "a workbook of 2003 in XML": (
        raw(b'<?xml version="1.0"?><Workbook/>', "capacity.xls"),
        ("capacity.xls", "it is XML", "save it as .xlsx or CSV"),
    ),
    "JSON": (
        raw(b'[{"provider": "RJ1"}]', "capacity.json"),
        ("capacity.json", "it is JSON", "read_json"),
    ),
    "a PDF": (raw(b"%PDF-1.7", "capacity.pdf"), ("capacity.pdf", "it is a PDF", "as CSV")),
    "a picture of a table": (
        raw(b"\x89PNG\r\n\x1a\n", "capacity.png"),
        ("capacity.png", "it is a picture", "as CSV"),
    ),
    "a Word document": (
        archive({"word/document.xml": "<w/>"}, "capacity.docx"),
        ("capacity.docx", "it is a Word document", "save the table as CSV"),
    ),
    "a file of Apple's Numbers": (
        archive({"Index/Document.iwa": "x"}, "capacity.numbers"),
        ("capacity.numbers", "Apple's Numbers", "save the table as CSV"),
    ),
    "a 7z archive": (
        raw(b"7z\xbc\xaf\x27\x1c", "capacity.7z"),
        ("capacity.7z", "is a 7z archive", "unpack it"),
    ),
    "a text that is called a workbook": (
        raw(LINES.encode(), "capacity.xlsx"),
        ("capacity.xlsx", "is not what .xlsx files are", "name it .csv"),
    ),
    "a broken Parquet file": (
        raw(parquet_bytes()[:-30], "capacity.parquet"),
        ("capacity.parquet", "Parquet file is damaged", "save it again"),
    ),
    # Workbooks
    "a password": (
        raw(ENCRYPTED, "capacity.xlsx"),
        ("capacity.xlsx", "password", "save a copy without"),
    ),
    "a damaged workbook": (
        raw(workbook_bytes()[:-200], "capacity.xlsx"),
        ("capacity.xlsx", "cut short"),
    ),
    "an empty sheet": (
        book({"Slots": []}),
        ("capacity.xlsx", "every sheet is empty: 'Slots'", "write the table into one"),
    ),
    "only a hidden sheet with a table": (
        book({"Cover": [], "Slots": GOOD}, hidden("Slots")),
        ("capacity.xlsx", "'Cover' and 'Slots' (hidden)", "capacity.xlsx#Slots"),
    ),
    "two sheets with a table": (
        book({"North": GOOD, "South": GOOD}),
        ("capacity.xlsx", "'North' and 'South'", "Name it: capacity.xlsx#North"),
    ),
    "merged headings": (
        book({"Slots": GOOD}, merged),
        ("capacity.xlsx", "sheet 'Slots'", "row 1", "C1:D1", "unmerge"),
    ),
    "an error in a cell": (
        sheet_cell("#REF!", kind="e"),
        ("capacity.xlsx", "sheet 'Slots'", "cell D3", "slots", "#REF!", "mend the formula"),
    ),
    "an error in a code": (
        sheet_cell("#NAME?", "A3", "e"),
        ("capacity.xlsx", "sheet 'Slots'", "cell A3", "provider", "#NAME?", "mend the formula"),
    ),
    "a formula that never ran": (
        sheet_cell("=40/2"),
        ("capacity.xlsx", "sheet 'Slots'", "cell D3", "slots", "formula", "open the workbook"),
    ),
    "a date in a number": (
        sheet_cell(dt.datetime(2026, 1, 31)),
        ("capacity.xlsx", "sheet 'Slots'", "cell D3", "slots", "is a date", "write a number"),
    ),
    "a time in a number": (
        sheet_cell(dt.time(1, 30)),
        ("capacity.xlsx", "sheet 'Slots'", "cell D3", "slots", "is a time", "write one number"),
    ),
    "a truth in a number": (
        sheet_cell(True),
        ("capacity.xlsx", "sheet 'Slots'", "cell D3", "slots", "is True or False"),
    ),
    "a fraction in a cell": (
        sheet_cell(12.5),
        ("capacity.xlsx", "sheet 'Slots'", "cell D3", "slots", "is not a whole number"),
    ),
    "a word below titles": (
        book({"Slots": [["Slots 2026"], [], *GOOD[:2], ["RXH", "110", 1, "ten"]]}),
        ("capacity.xlsx", "sheet 'Slots'", "cell D5", "slots", "'ten'", "write a number"),
    ),
    "a sheet with a heading twice": (
        book({"Slots": [[*GOOD[0], "slots"], [*GOOD[1], 3]]}),
        ("capacity.xlsx", "sheet 'Slots'", "'slots'", "D and E"),
    ),
    "a workbook in a gz that was cut short": (
        raw(gzip.compress(workbook_bytes())[:-300], "capacity.xlsx.gz"),
        ("capacity.xlsx.gz", "cut short", "download it again"),
    ),
}
"""By what is broken: the file, and what the message has to say."""

READ: dict[str, tuple[Make, tuple[str, ...]]] = {
    "commas between thousands": (cell('"1,250"'), ("'1,250'", "read as 1250")),
    "blanks between thousands": (cell("1 250"), ("'1 250'", "read as 1250")),
    "no-break blanks between thousands": (cell("1\u00a0250"), ("1", "read as 1250")),
    "thin blanks between thousands": (cell("1\u202f250"), ("read as 1250",)),
    "apostrophes between thousands": (cell("1'250"), ("read as 1250",)),
    "a unit": (cell("40 patients"), ("'40 patients'", "read as 40")),
    "blanks around a number": (cell(" 40 "), ()),
    "a no-break blank behind a number": (cell("40\u00a0"), ()),
    "a number with a nought behind its point": (cell("40.0"), ()),
    "semicolons": (text(HEAD.replace(",", ";"), *(r.replace(",", ";") for r in ROWS)), ()),
    "tabs": (text(HEAD.replace(",", "\t"), *(r.replace(",", "\t") for r in ROWS)), ()),
    "pipes": (text(HEAD.replace(",", "|"), *(r.replace(",", "|") for r in ROWS)), ()),
    "a BOM": (text(HEAD, *ROWS, encoding="utf-8-sig"), ()),
    "UTF-16": (text(HEAD, *ROWS, encoding="utf-16"), ()),
    "UTF-16 without a mark": (text(HEAD, *ROWS, encoding="utf-16-le"), ()),
    "UTF-32": (text(HEAD, *ROWS, encoding="utf-32"), ()),
    "Windows-1252": (
        text(HEAD, "Môn,110,1,40", encoding="cp1252"),
        ("not UTF-8: read as Windows-1252",),
    ),
    "lines of old Macs": (text(HEAD, *ROWS, end="\r"), ()),
    "lines of Windows": (text(HEAD, *ROWS, end="\r\n"), ()),
    "blank lines": (text("", HEAD, "", *ROWS, ""), ()),
    "separators behind each row": (text(HEAD + ",", *(f"{row}," for row in ROWS)), ()),
    "blank rows of a spreadsheet": (text(HEAD, *ROWS, ",,,", ",,,"), ()),
    "titles above": (
        text("Slots 2026,,,", ",,,", HEAD, *ROWS),
        ("row 3", "not read: 'Slots 2026'"),
    ),
    "headings again": (text(HEAD, *ROWS[:2], HEAD, ROWS[2]), ("row 4", "the headings again")),
    "notes below": (
        text(HEAD, *ROWS, "", "Source: theatre managers"),
        ("row 6", "left out", "Source"),
    ),
    "a gz": (raw(gzip.compress(LINES.encode()), "capacity.csv.gz"), ()),
    "a zip from a Mac": (archive({"c.csv": LINES, "__MACOSX/._c.csv": "x"}), ()),
    "a workbook": (raw(workbook_bytes(), "capacity.xlsx"), ()),
    "a workbook in a zip": (raw(workbook_bytes(), "capacity.zip"), ()),
    "a workbook by another name": (raw(workbook_bytes(), "capacity.csv"), ()),
    "a Parquet file": (raw(parquet_bytes(), "capacity.pq"), ()),
    "a cover sheet": (
        book({"Cover": [["Slots of 2026"], ["by theatre managers"]], "Slots": GOOD}),
        ("sheet 'Slots' is read", "'Cover'"),
    ),
    "a hidden sheet beside it": (
        book({"Slots": GOOD, "Old": GOOD}, hidden("Old")),
        ("'Old' (hidden)",),
    ),
    "titles in a sheet": (
        book({"Slots": [["Slots 2026"], [], *GOOD]}),
        ("row 3", "not read: 'Slots 2026'"),
    ),
    "a table that starts at C4": (
        book({"Slots": [[], [], [], *([None, None, *row] for row in GOOD)]}),
        (),
    ),
    "numbers as text in a sheet": (sheet_cell("1,250"), ("read as 1250",)),
    "codes as numbers in a sheet": (sheet_cell(110, "B3"), ()),
    "notes below a sheet": (
        book({"Slots": [*GOOD, [], ["Source: theatre managers"]]}),
        ("row 6", "left out"),
    ),
}
"""By what is odd: a file that is read all the same, and what is said of it."""
