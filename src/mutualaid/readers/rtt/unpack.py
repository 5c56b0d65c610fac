"""What a file is by its first bytes, and the CSV file that is packed in it, up to a limit.

A packed file says little about the size of what is in it: a few megabytes may hold terabytes, and
what the head of a zip says of its content need not be so. It is therefore counted as it comes.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

from mutualaid.data.words.column_names import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mutualaid.errors import Problems

MOST_UNPACKED_BYTES = 400_000_000
"""What may come out of a zip or gz file. A month of NHS England's extract is 85 to 100 million
bytes, so that there is room for four; reading takes a few times as much memory."""
MOST_PARQUET_ROWS = 2_500_000
"""Rows that a Parquet file may have: a month has 183,000 (January 2026), so a year has room."""

HEADING_WITHIN_BYTES = 100_000
BLOCK_BYTES = 1 << 20
PART = "RTT Part Type"
"""The heading that no other file of the NHS has."""
SOURCE = (
    "pass NHS England's 'Consultant-led RTT waiting times, Full CSV data file', as .csv or .zip"
)
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)

ZIP, EMPTY_ZIP, GZIP, PARQUET = b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"PAR1"
WORKBOOK = "is an Excel workbook"
WORKBOOK_REMEDY = (
    "pass the CSV or zip of the 'RTT waiting times, Full CSV data file'; who waits by provider and "
    "week, as in NHS England's workbooks, is read by read_counts"
)
FOREIGN = {
    b"\xd0\xcf\x11\xe0": (WORKBOOK, WORKBOOK_REMEDY),
    b"BZh": ("is packed with bzip2", "unpack it, and pass the CSV file"),
    b"\xfd7zXZ": ("is packed with xz", "unpack it, and pass the CSV file"),
    b"\x28\xb5\x2f\xfd": ("is packed with zstd", "unpack it, and pass the CSV file"),
    b"7z\xbc\xaf": ("is a 7z archive", "unpack it, and pass the CSV file"),
    b"Rar!": ("is a rar archive", "unpack it, and pass the CSV file"),
    b"ARROW1": ("is a Feather file", "pass the table itself, or save it as Parquet or CSV"),
    b"%PDF": ("is a PDF", SOURCE),
    b"<": ("is a web page or XML", "download the file again: " + SOURCE),
}
"""First bytes of files that are known and not read here, and what to do."""
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class UnreadableError(ValueError):
    """A file is not one that can be read here."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


class _Limited:
    """What is unpacked, counted as it comes."""

    def __init__(self, stream: IO[bytes], kind: str) -> None:
        self._stream, self._kind, self._left = stream, kind, MOST_UNPACKED_BYTES

    def read(self, size: int) -> bytes:
        """Give the next bytes, at most so many."""
        block = self._stream.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise too_large(self._kind)
        return block


def too_large(kind: str) -> UnreadableError:
    """Make the error that more is packed into a file than is ever unpacked."""
    return UnreadableError(
        f"the {kind} holds more than {MOST_UNPACKED_BYTES:,} bytes, and a month of the extract "
        "about 100,000,000",
        "pass one month a file, or unpack it yourself and pass the CSV file if you trust it",
    )


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a CSV file as it is, or the only CSV file in a zip or gz file.

    Raises
    ------
    UnreadableError
        If it is of another kind, or what is packed in it is too large.
    """
    with path.open("rb") as given:
        # What comes through a pipe can be read only once, and not in any order.
        file = given if given.seekable() else io.BytesIO(given.read())
        start = file.read(8)
        file.seek(0)
        refuse_foreign(start)
        if is_zip(path, start):
            with zipfile.ZipFile(file) as archive, archive.open(_member(archive)) as stream:
                yield cast("IO[bytes]", _Limited(stream, "zip"))
        elif start.startswith(GZIP):
            with gzip.open(file) as unpacked:
                yield cast("IO[bytes]", _Limited(cast("IO[bytes]", unpacked), "gz file"))
        else:
            yield cast("IO[bytes]", file)


def is_file(path: Path) -> bool:
    """Whether there is a file that can be read more than once: no folder, pipe or mere name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        # A name that is too long; what is wrong with it is told where it is opened.
        return False


def refuse_foreign(start: bytes) -> None:
    """Say what a file is that is known and not read here."""
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    for first, (problem, remedy) in FOREIGN.items():
        if text.startswith(first):
            raise UnreadableError(problem, remedy)


def is_zip(path: Path, start: bytes) -> bool:
    """Whether a file is a zip, by its name or by how it starts."""
    return path.suffix.lower() == ".zip" or start.startswith((ZIP, EMPTY_ZIP))


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The only CSV file in a zip, without the shadows that a Mac adds."""
    names = archive.namelist()
    if any(name == "[Content_Types].xml" or name == "content.xml" for name in names):
        raise UnreadableError(WORKBOOK, WORKBOOK_REMEDY)
    members = [
        info
        for info in archive.infolist()
        if info.filename.lower().endswith(".csv") and not info.filename.startswith("__MACOSX/")
    ]
    if len(members) != 1:
        found = ", ".join(info.filename for info in members[:5]) or "none"
        others = [name for name in names if not name.endswith("/")][:5]
        also = f"; it holds {', '.join(others)}" if others and not members else ""
        raise UnreadableError(
            f"the zip holds {len(members)} CSV files ({found}), not one{also}",
            "pass the one CSV file itself",
        )
    if members[0].file_size > MOST_UNPACKED_BYTES:
        raise too_large("zip")
    return members[0]


def head_of(path: Path) -> bytes:
    """Read the start of a file, unpacked, where its headings are.

    Raises
    ------
    UnreadableError, OSError, and what a damaged zip raises
        If there is none.
    """
    with opened(path) as stream:
        return as_utf8(stream.read(HEADING_WITHIN_BYTES), whole=False)


def as_utf8(content: bytes, *, whole: bool = True) -> bytes:
    """Turn what Excel saves as "Unicode text" into what everybody else saves."""
    if not content.startswith(UTF16):
        return content
    try:
        return content.decode("utf-16", errors="strict" if whole else "replace").encode()
    except UnicodeDecodeError as error:
        what = "is damaged: it starts as UTF-16 and is not"
        raise UnreadableError(what, "save it again") from error


def has_part_heading(head: bytes) -> bool:
    """Whether the start of a file has the heading that only an RTT extract has.

    Examples
    --------
    >>> has_part_heading(b"period,rtt_part_type"), has_part_heading(b"Org Code,Beds")
    (True, False)
    """
    return tidy(PART) in tidy(as_utf8(head, whole=False).decode("utf-8", errors="replace"))


def file_bytes(path: Path, problems: Problems) -> bytes | None:
    """Read a CSV file, packed or not; note a problem and give None if not.

    A file whose start has no headings is not read to its end.
    """
    try:
        with opened(path) as stream:
            blocks = [stream.read(HEADING_WITHIN_BYTES)]
            if has_part_heading(blocks[0]):
                while block := stream.read(BLOCK_BYTES):
                    blocks.append(block)
        return as_utf8(b"".join(blocks))
    except UnreadableError as error:
        what, remedy = error.problem, error.remedy
    except IsADirectoryError:
        what, remedy = "is a folder", "pass the files that are in it"
    except gzip.BadGzipFile as error:
        what, remedy = f"the gz file cannot be read: {error}", "download the file again"
    except OSError as error:
        what, remedy = f"cannot be read: {error.strerror or error}", "check the path"
    except BROKEN_ZIP as error:
        kind = "zip" if path.suffix.lower() != ".gz" else "gz file"
        what, remedy = f"the {kind} cannot be read: {error}", "download the file again"
    problems.add(path.name, "", what, remedy)
    return None
