"""Two ways to read the RTT file: pyarrow takes none that pandas would read otherwise."""

from __future__ import annotations

import os
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.errors import InputError, Problems
from mutualaid.readers import read_rtt
from mutualaid.readers.rtt import rows_arrow as _rtt_arrow
from mutualaid.readers.rtt.rows_arrow import read_plain
from mutualaid.readers.rtt.rows_pandas import read_any

DATA = Path(os.environ.get("MUTUALAID_DATA", Path(__file__).parents[3] / "shared" / "data"))
TEXTS = (
    "Period",
    "Provider Org Code",
    "Provider Org Name",
    "Commissioner Org Code",
    "Commissioner Org Name",
    "RTT Part Type",
    "Treatment Function Code",
)
COUNTS = (
    "Gt 00 To 01 Weeks SUM 1",
    "Gt 01 To 02 Weeks SUM 1",
    "Gt 02 Weeks SUM 1",
    "Total",
    "Patients with unknown clock start date",
    "Total All",
)
HEADINGS = TEXTS + COUNTS
PLAIN = (b"RTT-January-2026", b"RAA", b"A HOSPITAL", b"01A", b"A PLACE", b"Part_2", b"C_110")
USUAL = dict(zip(HEADINGS, (*PLAIN, b"4", b"0", b"1", b"", b"", b"5"), strict=True))

# What a cell of text may hold: codes, and all that CSV readers quarrel about.
NASTY_TEXTS = (
    *(b"NA", b"", b'""', b"NULL", b"-", b"nan", b"007", b"1e5", b"5E1", b"True", b"inf", b"0x1F"),
    *(b'"a,b"', b'"a\nb"', b'"a\r\nb"', b'"a""b"', b'"a"b', b'a"b"', b'"a"b,c"', b'"', b'"\n'),
    *(b" a", b"a ", b"\ta", b' "a"', b' "a,b"', b'" a"', b'"a" ', b"#a", b"'", b"\\", b'\\"'),
    *(b"\0", b"a\0b", b"a\rb", b"a\x0bb", b"a\x1cb", b"\x1a", b"\x7f", b"\x85", b"\xa0a"),
    *(b"\xef\xbb\xbfa", b"\xc3\xa9", b"\xe9", b"a" * 300),
)
NASTY_COUNTS = (
    *(b"", b"-", b"NA", b"NULL", b'""', b'"-"', b'"NA"', b"N/A", b"null", b"NaN", b"nan", b"inf"),
    *(b" 5", b"5 ", b" 5 ", b"\t5", b"5\t", b" ", b"- ", b" NA", b"0 0", b"5\x0b", b"\x0c5"),
    *(b"+5", b"-0", b"-5", b"+0", b"5.0", b"5.", b"1e3", b"1E0", b"2.5", b"007", b"0" * 40),
    *(b"1,234", b'"1,234"', b'"5"', b'" 5 "', b'"5"0', b'"5" ', b'5"', b"1_0", b"True"),
    *(b"0x1F", b"0X1f", b" 0x1", b'"0x1F"', b"0x", b"00x1", b"-0x1", b"0b1", b"0o7", b"1\r"),
    *(b"2147483647", b"2147483648", b"100000001", b"99999999999", b"\0", b"5\0", b"\xa05"),
)
NASTY_LINES = (
    b"",
    b" ",
    b"\t",
    b",",
    b",,,,,,,,,,,,",
    b",,,,,,,0,,,,,",
    b'""',
    b'"',
    b"\r",
    b"end",
)
ENDS = (b"\n", b"\r\n", b"\r")


def line(order=HEADINGS, **changed):
    """One row of an extract, as bytes."""
    cells = USUAL | {HEADINGS[int(place[1:])]: cell for place, cell in changed.items()}
    return b",".join(cells[heading] for heading in order)


def content(lines, order=HEADINGS, end=b"\r\n"):
    """A whole file."""
    return ",".join(order).encode() + b"\n" + b"".join(each + end for each in lines)


def as_lists(rows):
    """All that was read, in a form that can be compared; a missing value is None."""
    arrays = {
        **{key: np.asarray(values, dtype=object) for key, values in rows.texts.items()},
        **rows.numbers,
        **{name: getattr(rows.cells, name) for name in ("rows", "weeks", "pathways")},
    }
    values = {
        key: [None if value != value else value for value in array.tolist()]
        for key, array in arrays.items()
    }
    kinds = {key: array.dtype for key, array in arrays.items()}
    return rows.layout, rows.end, values, kinds


def read_by_both(path, body):
    """Read by pyarrow, or None; it must be what pandas reads without a problem."""
    path.write_bytes(body)
    fast = read_plain(path)
    if fast is not None:
        problems = Problems()
        slow = read_any(path, problems)
        assert problems.rows == []
        assert as_lists(fast) == as_lists(slow)
    return fast


@pytest.fixture
def path(tmp_path):
    """A file that is not there yet."""
    return tmp_path / "january.csv"


@pytest.fixture(scope="module")
def one_path(tmp_path_factory):
    """One file for all examples of a random test."""
    return tmp_path_factory.mktemp("rtt") / "january.csv"


@pytest.fixture(autouse=True)
def arrow():
    """There is nothing to compare without pyarrow."""
    return pytest.importorskip("pyarrow")


def without_arrow(monkeypatch):
    """Let pyarrow be a package that is not installed."""
    monkeypatch.setitem(sys.modules, "pyarrow.csv", None)


# --- what one reads, the other reads ---


@pytest.mark.parametrize("end", ENDS[:2])
def test_todays_file_is_read_by_pyarrow(path, end):
    """Quoted names, codes like NA, blanks, dashes, and spaces around a count are all plain."""
    lines = [
        line(),
        line(_1=b"NA", _2=b'"A, ""B"" AND C"', _4=b'"D, E"'),
        line(_3=b"", _7=b"", _8=b"-", _9=b"NULL", _10=b" 7 ", _11=b'"1"', _12=b"007"),
    ]
    rows = read_by_both(path, content(lines, end=end))
    assert rows is not None
    assert list(rows.texts["provider"]) == ["RAA", "NA", "RAA"]
    assert list(rows.texts["provider_name"])[1] == 'A, "B" AND C'
    assert rows.cells.by_row(3).tolist() == [5, 5, 0]
    assert rows.numbers["total_all"].tolist() == [5, 5, 7]


@pytest.mark.parametrize("place", range(len(TEXTS)))
@pytest.mark.parametrize("cell", NASTY_TEXTS)
def test_both_read_the_same_texts(path, place, cell):
    """In every column, in a middle row, in the last and in the only one."""
    odd, order = line(**{f"_{place}": cell}), HEADINGS[place:] + HEADINGS[:place]
    turned = line(order, **{f"_{place}": cell})
    for lines in ([line(), odd, line()], [line(), odd], [odd]):
        read_by_both(path, content(lines))
    for lines in ([line(order), turned, line(order)], [turned]):
        read_by_both(path, content(lines, order))


@pytest.mark.parametrize("place", [len(TEXTS), len(TEXTS) + 4, len(HEADINGS) - 1])
@pytest.mark.parametrize("cell", NASTY_COUNTS)
def test_both_read_the_same_counts(path, place, cell):
    """A week band, unknown clock starts, and the last column."""
    odd, order = line(**{f"_{place}": cell}), HEADINGS[place:] + HEADINGS[:place]
    for lines in ([line(), odd, line()], [line(), odd]):
        read_by_both(path, content(lines))
    read_by_both(path, content([line(order, **{f"_{place}": cell}), line(order)], order))


@pytest.mark.parametrize("odd", NASTY_LINES)
@pytest.mark.parametrize("end", ENDS)
def test_both_see_the_same_lines(path, odd, end):
    """Blank lines, rows of commas, cut-off rows, and the line ends of an old Mac."""
    for lines in ([line(), odd, line()], [line(), odd], [odd, line()], [line() + b",", line()]):
        read_by_both(path, content(lines, end=end))
        read_by_both(path, content(lines, end=end)[: -len(end)])


@st.composite
def bodies(draw):
    """Files with a few oddities, in any order of columns, and perhaps cut off."""
    order = draw(st.permutations(HEADINGS))
    places = st.integers(0, len(HEADINGS) - 1)
    lines = []
    for _ in range(draw(st.integers(1, 8))):
        changed = {}
        for place in draw(st.lists(places, max_size=2)):
            nasty = NASTY_TEXTS if place < len(TEXTS) else NASTY_COUNTS
            changed[f"_{place}"] = draw(st.sampled_from(nasty))
        lines.append(line(order, **changed))
    lines += draw(st.lists(st.sampled_from(NASTY_LINES), max_size=1))
    body = content(draw(st.permutations(lines)), order, draw(st.sampled_from(ENDS)))
    return body[: len(body) - draw(st.sampled_from([0, 0, 0, 1, 2, 7]))]


@given(body=bodies(), block=st.sampled_from([64, 150, 400, 1 << 20]))
def test_both_read_the_same_whatever_is_odd(one_path, body, block):
    """Also where a quotation mark stands on one side of a block and its end on the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_rtt_arrow, "BLOCK_BYTES", block)
        read_by_both(one_path, body)


@pytest.mark.parametrize(
    "odd",
    [
        line(_4=b'"'),
        line(_7=b"0x1F"),
        line(_7=b'" 0X1F"'),
        line(_0=b" RTT-January-2026"),
        line(_2=b"ST MARY\xe2\x80\x99S"),
        line(_7=b"1e1"),
        line(_7=b"1.0"),
        b"",
        b"," * 12,
    ],
)
def test_what_is_not_plain_is_left_to_pandas(path, odd):
    """Where the two would differ, or might, pyarrow does not read at all."""
    assert read_by_both(path, content([line(), odd, line()])) is None


def test_a_file_without_the_end_of_its_last_line_is_left_to_pandas(path):
    """It may be cut off."""
    assert read_by_both(path, content([line(), line()])[:-2]) is None


# --- the tables of a whole file ---


def tables(rtt):
    """All that is read, frame by frame."""
    names = ("waiting_list", "capacity", "referrals", "removals", "counts", "providers", "excluded")
    return {name: getattr(rtt, name) for name in names}


def same(one, other):
    """Whether two reads are equal in every value, type and note."""
    for name, table in tables(one).items():
        pd.testing.assert_frame_equal(table, tables(other)[name], check_exact=True)
    assert (one.notes, one.months, one.removals_basis) == (
        other.notes,
        other.months,
        other.removals_basis,
    )


def test_without_pyarrow_the_tables_are_the_same(path, monkeypatch):
    """Somebody who has not installed it reads the same month."""
    path.write_bytes(
        content(
            [line(), line(_5=b"Part_3", _7=b"", _9=b"", _12=b"62"), line(_1=b"RBB", _3=b"NONC")]
        )
    )
    fast = read_rtt(path)
    without_arrow(monkeypatch)
    assert read_plain(path) is None
    same(fast, read_rtt(path))


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "rtt").is_dir(), reason="no real data")
def test_without_pyarrow_january_2026_is_the_same(monkeypatch):
    """NHS England's own file, by both; pyarrow does take it."""
    (real,) = (DATA / "rtt").glob("20260131*.zip")
    assert read_plain(real) is not None
    fast = read_rtt(real)
    without_arrow(monkeypatch)
    same(fast, read_rtt(real))


@pytest.mark.parametrize("installed", [True, False])
def test_what_is_wrong_is_told_in_the_same_words(path, monkeypatch, installed):
    """A count below 0, one that is too large and a part that is unknown: column, row and value."""
    lines = [line(_8=b"-3"), line(_12=b"100000001", _3=b"02B"), line(_5=b"Part_9")]
    path.write_bytes(content(lines))
    if not installed:
        without_arrow(monkeypatch)
    with pytest.raises(InputError) as caught:
        read_rtt(path)
    assert caught.value.problems[["column", "problem", "examples"]].to_numpy().tolist() == [
        ["RTT Part Type", "is not one that the RTT return has", "row 2: 'Part_9'"],
        ["Total All", "is over 100,000,000", "row 1: 100000001.0"],
        ["Gt 01 To 02 Weeks SUM 1", "is below 0", "row 0: -3.0"],
    ]


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("code", ["007", "5E1", "1e5"])
def test_a_code_that_looks_like_a_number_is_a_code(path, monkeypatch, code, installed):
    """Also where it is the only one of its column: pandas 3.1 would make 50.0 of 5E1."""
    path.write_bytes(content([line(_1=code.encode(), _3=code.encode())]))
    if not installed:
        without_arrow(monkeypatch)
    assert read_rtt(path).waiting_list["origin"].unique().tolist() == [code]
    assert read_rtt(path, exclude_commissioners=[code]).waiting_list.empty


def test_a_zip_that_is_damaged_is_not_read_half(tmp_path):
    """Its check sum is looked at, as its last block comes."""
    body = content([line(_1=b"R%05d" % i) for i in range(3000)])
    whole = tmp_path / "january.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("january.csv", body)
    assert len(read_plain(whole).texts["part"]) == 3000
    whole.write_bytes(whole.read_bytes().replace(b"R02999", b"R02998"))
    assert read_plain(whole) is None
    with pytest.raises(InputError, match="the zip cannot be read"):
        read_rtt(whole)


def test_what_comes_through_a_pipe_is_read_once(tmp_path):
    """A first look that took something away would leave the rest to be misread."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    pipe = tmp_path / "january.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[content([line()])])
    writer.start()
    assert read_rtt(pipe).waiting_list["patients"].tolist() == [4, 1]
    writer.join()
