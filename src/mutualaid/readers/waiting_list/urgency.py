"""How urgent patients are: every column that speaks of it, and the strictest where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mutualaid.data.column_checks import Mask
from mutualaid.data.schema import NOT_KNOWN as NOT_KNOWN_PRIORITY
from mutualaid.data.words.patient_words import (
    STRICTEST_FIRST,
    UNREAD,
    Scale,
    Urgency,
    cancer,
    moves,
    scale_of,
    urgency,
)
from mutualaid.readers.waiting_list.extract import NOT_KNOWN, Column, Extract
from mutualaid.readers.waiting_list.parse import Labels

SILENT = len(STRICTEST_FIRST)
"""The rank of a cell that says nothing."""
STAYS = "taken as not known: does not move"
SAY_WHAT = "say what such words mean with priorities={'word': 'P4'}"
SAY_WHICH = (
    "bare numbers could be P codes or priority types: say with columns={'priority': ...} or "
    "columns={'priority_type': ...} which"
)
WORDS_SHOWN, LETTERS_SHOWN = 8, 30


def urgencies(extract: Extract, told: Mapping[str, str]) -> dict[str, Column]:
    """Surgical priority, its last review, and whether the pathway is one for cancer.

    What the analyst has ``told`` of words, in small letters, comes first.
    """
    columns: dict[str, Column] = {}
    names = extract.every("priority", "priority_type")
    spoken = [_column(extract, name, told) for name in names]
    if spoken:
        columns["priority"] = _strictest(extract, names[0], [ranks for ranks, _ in spoken])
    if "priority_date" in extract:
        reviewed, unreadable = extract.days("priority_date")
        log = extract.quality_log
        log.note_rows("priority_date", "is not a date", unreadable, "read as blank")
        columns["priority_date"] = reviewed.astype("datetime64[s]")
    flagged = [_flag(extract, name) for name in extract.every("cancer")]
    suspected = [mask for _, mask in spoken]
    if flagged or extract.every("priority_type") or any(mask.any() for mask in suspected):
        columns["cancer"] = np.logical_or.reduce([*flagged, *suspected])
    return columns


def _scale(extract: Extract, name: str) -> Scale:
    """What a bare number in a column counts: as the analyst says, or by its heading."""
    if name in extract.named:
        return "surgical" if name == "priority" else "referral"
    return scale_of(str(extract.headings.get(name, name)))


def _column(
    extract: Extract, name: str, told: Mapping[str, str]
) -> tuple[npt.NDArray[np.int8], Mask]:
    """The rank of each row's priority, and whether it speaks of cancer."""
    labels, scale = extract.labels(name), _scale(extract, name)
    found = [
        Urgency(told[text.casefold()]) if text.casefold() in told else urgency(text, scale)
        for text in labels.texts
    ]
    numbers = [
        one == UNREAD and text.isdigit() for one, text in zip(found, labels.texts, strict=True)
    ]
    words = [one == UNREAD and not n for one, n in zip(found, numbers, strict=True)]
    for marks, what, remedy in (
        (words, NOT_KNOWN, SAY_WHAT),
        (numbers, "is a number of no known scale", SAY_WHICH),
    ):
        rows = labels.spread(marks, False, bool)
        shown = counted(labels, marks)
        extract.quality_log.tell(name, f"{what}: {shown}", rows, STAYS, remedy)
    ranks = [STRICTEST_FIRST.index(one.priority) for one in found]
    return (
        labels.spread(ranks, SILENT, np.int8),
        labels.spread((one.cancer for one in found), False, bool),
    )


def counted(labels: Labels, marks: Sequence[bool]) -> str:
    """Words of a column that are marked, the most frequent first, each with its rows."""
    rows = np.bincount(labels.codes[~labels.missing], minlength=len(labels.texts)).tolist()
    chosen = [
        (count, text) for count, text, mark in zip(rows, labels.texts, marks, strict=True) if mark
    ]
    chosen.sort(key=lambda pair: (-pair[0], pair[1]))
    shown = ", ".join(
        f"{text[:LETTERS_SHOWN]!r} ({count:,})" for count, text in chosen[:WORDS_SHOWN]
    )
    return f"{shown}, …" if len(chosen) > WORDS_SHOWN else shown


def _strictest(extract: Extract, name: str, ranks: list[npt.NDArray[np.int8]]) -> Labels:
    """Each row's strictest priority; not known where no column says one."""
    least = np.minimum.reduce(ranks)
    log = extract.quality_log
    log.tell(name, "is missing", (least == SILENT) & log.usable, STAYS, _leave_out(name))
    free = np.array([moves(Urgency(label)) for label in STRICTEST_FIRST] + [False])
    says = np.array([rank != SILENT for rank in ranks])
    may = np.array([free[rank] for rank in ranks])
    differ = (says & may).any(axis=0) & (says & ~may).any(axis=0)
    log.tell(name, "another column says more urgent", differ, "the stricter holds")
    place = [*range(SILENT), STRICTEST_FIRST.index(NOT_KNOWN_PRIORITY)]
    return Labels(np.array(place, dtype=np.int32)[least], STRICTEST_FIRST)


def _flag(extract: Extract, name: str) -> Mask:
    """Who is on a cancer pathway by one column of flags, or cannot be told not to be.

    A blank is a no only in a column that marks those who are and says nothing of the others; a
    column of blanks marks nobody, and tells nothing.
    """
    labels = extract.labels(name)
    meant = [cancer(text) for text in labels.texts]
    odd = [one is None for one in meant]
    rows = labels.spread(odd, False, bool)
    done, log = "taken as yes: does not move", extract.quality_log
    log.tell(name, f"{NOT_KNOWN}: {counted(labels, odd)}", rows, done)
    blank = not meant or not all(meant)
    if blank:
        what = "is missing where others say yes or no" if meant else "is missing on every row"
        log.tell(name, what, labels.missing & log.usable, done, _leave_out(name))
    return labels.spread((True if one is None else one for one in meant), blank, bool)


def _leave_out(name: str) -> str:
    return f"leave the column out with columns={{{name!r}: None}} if it decides nothing"
