"""What is in a file: by its first bytes, unpacked, and refused where no table can be in it."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple

from mutualaid.errors import InputError
from mutualaid.formats import first_few

MOST_UNPACKED_BYTES = 4_000_000_000
"""What may come out of a packed file: a few megabytes may hold terabytes."""
BLOCK_BYTES = 1 << 22

ZIP, EMPTY_ZIP, GZIP, PARQUET = b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"PAR1"
OLE, FEATHER, OLD_FEATHER, STREAM = b"\xd0\xcf\x11\xe0", b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"
AS_CSV = "open it in the program that it is from, and save the table as CSV or as a workbook"
FOREIGN = {
    b"BZh": ("is packed with bzip2", "unpack it first"),
    b"\xfd7zXZ": ("is packed with xz", "unpack it first"),
    b"\x28\xb5\x2f\xfd": ("is packed with zstd", "unpack it first"),
    b"7z\xbc\xaf": ("is a 7z archive", "unpack it first"),
    b"Rar!": ("is a rar archive", "unpack it first"),
    OLD_FEATHER: ("is a Feather file of version 1", "save it as Parquet or CSV"),
    b"%PDF": ("is a PDF", "ask for the table itself, as CSV or as a workbook"),
    b"\x89PNG": ("is a picture", "ask for the table itself, as CSV or as a workbook"),
    b"\xff\xd8\xff": ("is a picture", "ask for the table itself, as CSV or as a workbook"),
    b"SQLite format 3": ("is a database", "save the table as CSV"),
    b"$FL2": ("is a file of SPSS", AS_CSV),
    b"\x00\x01\x00\x00Standard": ("is a database of Access", AS_CSV),
    b"{\\rtf": ("is a document (RTF)", AS_CSV),
}
"""First bytes of files that are known and not read, and what to do."""
PAGE = (
    "is a web page, whatever its name says",
    "open it in Excel, and save it as .xlsx or CSV; if it asks to sign in, download it again",
)
JSON = ("is JSON", "save it as CSV: pandas.read_json(…).to_csv(…, index=False)")
MARKED_UP = {
    b"<?xml": ("is XML", "open it in Excel, and save it as .xlsx or CSV"),
    **dict.fromkeys((b"<!", b"<html", b"<head", b"<body", b"<table", b"<meta", b"<div"), PAGE),
    **dict.fromkeys((b"{", b"[{", b"[\r\n", b"[\n"), JSON),
}
"""The same of texts, behind blanks and marks of their encoding."""
INSIDE = {
    "xl/workbook.xml": "workbook",
    "xl/workbook.bin": "workbook",
    "content.xml": "workbook",
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a presentation",
    "Index/Document.iwa": "a file of Apple's Numbers or Pages",
}
"""By the name of a file in an archive, what the archive is."""


class Content(NamedTuple):
    """What is in a file, unpacked."""

    kind: str
    """``"text"``, ``"workbook"``, ``"parquet"`` or ``"arrow"``."""
    source: Path | bytes
    """Where it is read from: the file as it is, or what was packed in it."""
    inside: str = ""
    """The name of what was packed, in an archive."""

    def data(self) -> bytes:
        """All of it."""
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()

    def stream(self) -> IO[bytes]:
        """All of it, to be read from any place."""
        held = self.source
        return io.BytesIO(held) if isinstance(held, bytes) else held.open("rb")


def unreadable(path: Path, why: object, remedy: str = "") -> InputError:
    """Make the error that a file cannot be read."""
    return InputError(f"{path} cannot be read: {why}" + (f". Remedy: {remedy}." if remedy else ""))


def content_of(path: Path, member: str | None = None) -> Content:
    """Say what a file is, and unpack it.

    Parameters
    ----------
    path
        The file.
    member
        The file that is meant in an archive of several.

    Raises
    ------
    InputError
        If it is packed or written in a way that is not read, or damaged.
    OSError
        If there is no such file.
    """
    if path.is_dir():
        raise unreadable(path, "it is a folder", "name a file in it")
    with path.open("rb") as file:
        start = file.read(64)
        if not file.seekable():
            # What comes through a pipe can be read only once.
            return _content(path, start + file.read(), member)
    return _content(path, path, member, start)


def _content(
    path: Path, held: Path | bytes, member: str | None, start: bytes = b"", inside: str = ""
) -> Content:
    start = start or (held[:64] if isinstance(held, bytes) else start)
    if not start:
        raise unreadable(path, "the file is empty", "save it again")
    try:
        if start.startswith(GZIP) and not inside:
            return _content(path, _ungzipped(path, held), member, inside=path.stem)
        if start.startswith((ZIP, EMPTY_ZIP)):
            return _of_archive(path, held, member, inside)
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise unreadable(
            path, f"it is damaged or was cut short ({error})", "copy or download it again"
        ) from error
    if start.startswith(PARQUET):
        return Content("parquet", held, inside)
    if start.startswith((FEATHER, STREAM)):
        return Content("arrow", held, inside)
    if start.startswith(OLE):
        return Content("workbook", held, inside)
    _refuse(path, start, Path(inside or path.name).suffix.lower())
    return Content("text", held, inside)


def _refuse(path: Path, start: bytes, named: str) -> None:
    """Say what a file is that is not read, by how it starts, or is not what its name says."""
    for first, (what, remedy) in FOREIGN.items():
        if start.startswith(first):
            raise unreadable(path, f"it {what}", remedy)
    text = start.replace(b"\0", b"")
    for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        text = text.removeprefix(mark)
    for first, (what, remedy) in MARKED_UP.items():
        if text.lstrip(b" \t\r\n").lower().startswith(first):
            raise unreadable(path, f"it {what}", remedy)
    packed = {".gz": "gzip", ".zip": "zip"}
    if named in packed:
        raise unreadable(path, f"it is no {packed[named]} file", "copy or download it again")
    if named in (".xlsx", ".xlsm", ".xlsb", ".ods", ".parquet", ".pq", ".feather"):
        what = "Parquet" if named in (".parquet", ".pq") else f"what {named} files are"
        raise unreadable(path, f"it is not {what}", "save it again, or name it .csv if it is text")


def _ungzipped(path: Path, held: Path | bytes) -> bytes:
    packed = io.BytesIO(held) if isinstance(held, bytes) else held.open("rb")
    with packed, gzip.open(packed) as stream:
        return _counted(path, stream)  # type: ignore[arg-type]


def _counted(path: Path, stream: IO[bytes]) -> bytes:
    """Everything that comes out of a packed file, up to a limit."""
    blocks, size = [], 0
    while block := stream.read(BLOCK_BYTES):
        size += len(block)
        if size > MOST_UNPACKED_BYTES:
            what = f"more than {MOST_UNPACKED_BYTES:,} bytes are packed in it"
            raise unreadable(path, what, "unpack it yourself if you trust it")
        blocks.append(block)
    return b"".join(blocks)


def _of_archive(path: Path, held: Path | bytes, member: str | None, inside: str) -> Content:
    packed = io.BytesIO(held) if isinstance(held, bytes) else held.open("rb")
    with packed, zipfile.ZipFile(packed) as archive:
        names = {info.filename for info in archive.infolist()}
        what = next((INSIDE[name] for name in INSIDE if name in names), None)
        if what == "workbook":
            return Content("workbook", held, inside)
        if what is not None:
            raise unreadable(path, f"it is {what}", AS_CSV)
        files = [
            info
            for info in archive.infolist()
            if not info.is_dir()
            # The shadows that a Mac adds.
            and not info.filename.startswith("__MACOSX/")
            and not info.filename.endswith(".DS_Store")
        ]
        meant = [info for info in files if member in (None, info.filename)]
        if len(meant) != 1 or inside:
            shown = first_few([info.filename for info in files]) if files else "none"
            raise InputError(
                f"{path} holds {len(files)} files ({shown}): name the one that is meant behind "
                f"a #, as in {path.name}#{files[0].filename if files else 'table.csv'}, or pass "
                "it alone"
            )
        if meant[0].flag_bits & 1:
            raise unreadable(path, "the archive has a password", "unpack it, and pass the table")
        try:
            with archive.open(meant[0]) as stream:
                data = _counted(path, stream)
        except NotImplementedError as error:
            raise unreadable(path, error, "unpack it, and pass the table") from error
    return _content(path, data, None, inside=meant[0].filename)
