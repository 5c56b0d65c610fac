"""In which encoding a text is written: Unicode if it is that, else what Excel for Windows writes.

Which of the old encodings a text is in cannot be told from a few letters (charset-normalizer took
the "Ynys Môn" of a Windows file for Chinese): so there is one that is assumed, and said, and texts
in which it makes no words are refused.
"""

from __future__ import annotations

import codecs
import re

UTF8_BOM = codecs.BOM_UTF8
MARKS = (
    # The mark of UTF-32 starts with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
OLD = "cp1252"
READ_AS_OLD = "the file is not UTF-8: read as Windows-1252"
SAVE_AS_UTF8 = "save it as CSV UTF-8"
LOOKED_AT_BYTES = 200
WORD = 8
"""Letters before and behind a sign that are told with it."""
AMID_WORDS = re.compile(r"[^\W\d_]([\x7f-\xbf\u02c6\u02dc\u2000-\u22ff]|[\xd7\xf7])[^\W\d_]")
"""Signs between two letters, as they come of a text that is in another encoding."""
QUOTES = frozenset("\u2013\u2014\u2018\u2019\xad\xa0\xaa\xb5\xb7\xba")
"""Of these, what stands within words: dashes, apostrophes, and letters that are written small."""


class EncodingError(ValueError):
    """A text is in no encoding that is read."""


def as_utf8(data: bytes) -> tuple[bytes, str]:
    """Give a text in UTF-8 without a mark, and what to say of how it was read.

    Raises
    ------
    EncodingError
        If it is damaged, or in an encoding that is not known.

    Examples
    --------
    >>> as_utf8("Môn".encode("utf-16")) == as_utf8("Môn".encode()) == ("Môn".encode(), "")
    True
    >>> as_utf8("Môn".encode("cp1252"))[1]
    'the file is not UTF-8: read as Windows-1252'
    """
    marked = next((name for mark, name in MARKS if data.startswith(mark)), None)
    encoding = marked or _unmarked(data)
    if encoding is not None:
        try:
            return data.decode(encoding).removeprefix("\ufeff").encode(), ""
        except UnicodeDecodeError as error:
            raise EncodingError(f"it starts as {encoding.upper()[:6]} and is not") from error
    data = data.removeprefix(UTF8_BOM)
    if data.isascii():
        return data, ""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return _old(data, error), READ_AS_OLD
    return data, ""


def _unmarked(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its first letters is 0."""
    start = data[:LOOKED_AT_BYTES]
    if b"\0" not in start or len(start) < 4:
        return None
    for name, zeros, others in (
        ("utf-16-le", start[1::2], start[::2]),
        ("utf-16-be", start[::2], start[1::2]),
    ):
        if not any(zeros) and all(others[: len(others) - 1]):
            return name
    return None


def _old(data: bytes, error: UnicodeDecodeError) -> bytes:
    line = data.count(b"\n", 0, error.start) + 1
    replaced = data.decode(errors="replace")
    odd, well = replaced.count("\ufffd"), sum(not c.isascii() for c in _some(replaced))
    if well > odd:
        raise EncodingError(
            f"most of it is UTF-8, and line {line:,} is not: it was damaged, or put together from "
            "files of two encodings"
        )
    try:
        text = data.decode(OLD)
    except UnicodeDecodeError as other:
        line = data.count(b"\n", 0, other.start) + 1
        raise EncodingError(f"it is neither UTF-8 nor Windows-1252: see line {line:,}") from other
    amid = (one for one in AMID_WORDS.finditer(text) if one.group(1) not in QUOTES)
    found = next(amid, None)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        start = max(found.start() - WORD, text.rfind("\n", 0, found.start()) + 1)
        word = text[start : found.end() + WORD].splitlines()[0]
        raise EncodingError(
            f"it is not UTF-8, and read as Windows-1252 line {line:,} says {word!r}"
        )
    return text.encode()


def _some(text: str) -> str:
    return text.replace("\ufffd", "")
