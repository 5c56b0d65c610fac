"""Which of a million identifiers stand on more than one row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Mask

Words = npt.NDArray[np.uint64]

MOST_LENGTHS = 64
"""Columns with texts of more lengths than these are compared as they are."""

WORD_BYTES = 8
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(29)


def numbered(identifiers: pd.Series) -> npt.NDArray[np.int64]:
    """Number identifiers that stand on several rows: -1 where there is none or it stands alone.

    Equal numbers are equal identifiers. Where text lies in Arrow's memory it is hashed there, and
    only rows that share a hash are compared: all others differ for certain.

    Examples
    --------
    >>> numbered(pd.Series(["b", "a", None, "b", None])).tolist()
    [0, -1, -1, 0, -1]
    """
    result = np.full(len(identifiers), -1, dtype=np.int64)
    rows = np.flatnonzero(_suspects(identifiers) & identifiers.notna().to_numpy(dtype=bool))
    codes, _ = pd.factorize(identifiers.iloc[rows])
    repeated = np.bincount(codes, minlength=1)[codes] > 1
    result[rows[repeated]] = codes[repeated]
    return result


def _suspects(identifiers: pd.Series) -> Mask:
    """Rows that may be repeated: every row that is, and hardly any other."""
    hashes = _hashes(identifiers)
    if hashes is None:
        return np.ones(len(identifiers), dtype=bool)
    if pd.Index(hashes).is_unique:
        return np.zeros(len(identifiers), dtype=bool)
    return pd.Series(hashes).duplicated(keep=False).to_numpy()


def _hashes(identifiers: pd.Series) -> Words | None:
    """A number for each text, the same for the same text; None if the texts are not in Arrow."""
    if getattr(identifiers.dtype, "storage", None) != "pyarrow":
        return None
    import pyarrow as pa

    held = pa.array(identifiers.array, type=pa.large_string())
    if isinstance(held, pa.ChunkedArray):
        held = held.combine_chunks()
    _, offsets, data = held.buffers()
    ends = np.frombuffer(offsets, np.int64)[held.offset : held.offset + len(held) + 1]
    letters = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    lengths = np.diff(ends)
    different = np.flatnonzero(np.bincount(lengths)) if len(lengths) else lengths
    if len(different) > MOST_LENGTHS:
        return None
    hashes = np.zeros(len(lengths), dtype=np.uint64)
    for length in different.tolist():
        # Texts of one length are the rows of a table of letters.
        mine = lengths == length
        starts = ends[:-1][mine]
        table = np.zeros((len(starts), -(-length // WORD_BYTES) * WORD_BYTES), dtype=np.uint8)
        if length:
            windows = np.lib.stride_tricks.sliding_window_view(letters, length)
            table[:, :length] = windows[starts]
        hashes[mine] = _mixed(table.view(np.uint64))
    return hashes


def _mixed(words: Words) -> Words:
    """Mix the words of each row into one."""
    mixed = np.zeros(len(words), dtype=np.uint64)
    for column in words.T:
        # Unsigned numbers wrap around, which is what mixes them.
        mixed = (mixed ^ column) * MULTIPLIER
        mixed ^= mixed >> SHIFT
    return mixed
