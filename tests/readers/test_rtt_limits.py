"""What is packed in a file is counted as it comes out, whatever the file says of its size."""

from __future__ import annotations

import gzip
import struct
import subprocess
import sys
import textwrap
import zipfile

import pandas as pd
import pytest

from mutualaid.errors import InputError
from mutualaid.readers import read_rtt
from mutualaid.readers.rtt import rows_frame, unpack

SMALL = 200_000


@pytest.fixture
def small(monkeypatch):
    """A limit that a test reaches in no time."""
    monkeypatch.setattr(unpack, "MOST_UNPACKED_BYTES", SMALL)


@pytest.fixture
def large(write, line):
    """A month that unpacks to twice the limit, and is packed to a hundredth of it."""
    rows = [line(f"R{i:05}", "C_110", "Part_2", {3: 5}) for i in range(1_000)]
    path = write(rows)
    assert path.stat().st_size > 1.5 * SMALL
    return path


def pack(path, kind):
    """A zip or gz file of a file."""
    packed = path.with_suffix(f".csv.{kind}")
    if kind == "gz":
        packed.write_bytes(gzip.compress(path.read_bytes()))
    else:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "january.csv")
    assert packed.stat().st_size < SMALL / 2
    return packed


def refused(path):
    with pytest.raises(InputError) as caught:
        read_rtt(path)
    return str(caught.value)


def test_a_real_month_has_room():
    """NHS England's files unpack to 85 to 100 million bytes."""
    assert 200_000_000 <= unpack.MOST_UNPACKED_BYTES <= 1_000_000_000


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", ["zip", "gz"])
@pytest.mark.parametrize("installed", [True, False])
def test_what_unpacks_to_too_much_is_refused(large, monkeypatch, kind, installed):
    """The message names the file and the limit, and says what to do."""
    if not installed:
        monkeypatch.setitem(sys.modules, "pyarrow.csv", None)
    said = refused(pack(large, kind))
    assert f"january.csv.{kind}: the {kind}" in said
    assert "holds more than 200,000 bytes" in said
    assert "pass one month a file, or unpack it yourself" in said


@pytest.mark.usefixtures("small")
def test_the_same_month_unpacked_is_read(large):
    """What lies on a disk has its size for everybody to see."""
    assert read_rtt(large).waiting_list["patients"].sum() == 5_000


@pytest.mark.usefixtures("small")
def test_a_zip_that_lies_about_its_content_is_refused(large):
    """Its list of contents says 1,000 bytes; more comes out, or nothing that can be trusted."""
    path = pack(large, "zip")
    body = bytearray(path.read_bytes())
    size = struct.pack("<I", large.stat().st_size)
    assert body.count(size) == 2
    path.write_bytes(bytes(body).replace(size, struct.pack("<I", 1_000)))
    said = refused(path)
    assert "cannot be read" in said or "holds more than" in said


@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_bomb_without_headings_is_not_unpacked_at_all(tmp_path, kind):
    """A gigabyte of zeros is looked at for its headings and no further."""
    path = tmp_path / f"bomb.{kind}"
    block = bytes(1 << 24)
    if kind == "gz":
        with gzip.open(path, "wb", compresslevel=1) as file:
            for _ in range(8):
                file.write(block)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.csv", block * 8)
    assert "is not an RTT extract" in refused(path)


def test_a_bomb_takes_no_more_memory_than_four_months(tmp_path, write, line):
    """Six megabytes that would unpack to some gigabytes; the process says what it took."""
    head = write([line("RAA", "C_110", "Part_2", {3: 5})]).read_bytes()
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(head)
        for _ in range(64):
            file.write(b"," * (1 << 23))
    code = f"""
        import resource, mutualaid as ma
        try:
            ma.read_rtt({str(path)!r})
        except ma.InputError as error:
            assert "holds more than" in str(error), error
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(run.stdout) * unit < 3_000_000_000


def test_a_parquet_file_of_too_many_rows_is_refused(write, line, monkeypatch, tmp_path):
    """Rows that are all the same take no room in the file, and much when they are read."""
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(rows_frame, "MOST_PARQUET_ROWS", 1_000)
    frame = pd.read_csv(write([line("RAA", "C_110", "Part_2", {3: 5})]), dtype=str)
    path = tmp_path / "bomb.parquet"
    pd.concat([frame] * 2_000).to_parquet(path)
    said = refused(path)
    assert "bomb.parquet: has 2,000 rows" in said
    assert "pass one month a file" in said
