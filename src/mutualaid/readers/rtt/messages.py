"""What a reader of rates must know: months, parts and lists that lack, and lists that moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.data.words.known_names import with_name
from mutualaid.errors import Problems
from mutualaid.formats import first_few, listed, many, percent, word
from mutualaid.readers.rtt.list_months import consecutive
from mutualaid.readers.rtt.validate import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from mutualaid.readers.rtt.list_months import Flows, Marks
    from mutualaid.readers.rtt.list_transfers import Move
    from mutualaid.readers.rtt.rows_pandas import Numbers

SHOWN = 5
GIVES = {
    "part_2": "waiting list",
    "part_1a": "capacity of admitted patients",
    "part_1b": "capacity of patients who are not admitted",
    "part_3": "new clock starts",
}
"""What is not known without a part, in the order of the list of them."""
SPELT = {"part_1a": "1A", "part_1b": "1B", "part_2": "2", "part_3": "3"}


def missing_parts(parts: Mapping[str, frozenset[str]]) -> list[str]:
    """Name the parts that no month has, of those that a system is made of.

    Examples
    --------
    >>> missing_parts({"2026-01": frozenset({"incomplete", "new_periods"})})
    ['part_1a', 'part_1b']
    """
    there = frozenset[str]().union(*parts.values())
    return [part for part in SPELT if PARTS[part] not in there]


def what_is_missing(parts: Mapping[str, frozenset[str]]) -> str:
    """Say which parts no month has, and what is not known without them; nothing if none lacks.

    Examples
    --------
    >>> what_is_missing({"2026-01": frozenset({"incomplete"})}).partition(",")[0]
    'holds only part 2: parts 1A'
    """
    lacking = missing_parts(parts)
    if not lacking:
        return ""
    there = [SPELT[part] for part in SPELT if part not in lacking]
    without = []
    if "part_2" in lacking:
        without.append("nobody is known to wait")
    if {"part_1a", "part_1b"} <= {*lacking}:
        without.append("there is no capacity")
    else:
        without += [f"there is no {GIVES[one]}" for one in ("part_1a", "part_1b") if one in lacking]
    if "part_3" in lacking:
        without.append("no new clock starts are known")
    return (
        f"holds only {_parts(there)}: {_parts([SPELT[part] for part in lacking])} "
        f"{word(len(lacking), 'is', 'are')} missing, so that {listed(without)}"
    )


def _parts(names: Sequence[str]) -> str:
    return f"{word(len(names), 'part')} {listed(names)}" if names else "part 2A"


def part_notes(parts: Mapping[str, frozenset[str]]) -> list[str]:
    """What lacks in all files, and what in some of them."""
    notes = []
    lacking = missing_parts(parts)
    if lacking:
        notes.append(f"The extract {what_is_missing(parts)}.")
    for month in sorted(parts):
        gone = [
            SPELT[part] for part in SPELT if part not in lacking and PARTS[part] not in parts[month]
        ]
        if gone:
            notes.append(
                f"{month}: {_parts(gone)} {word(len(gone), 'is', 'are')} missing; the month "
                "counts for no rate that is made of them."
            )
    return notes


def presence_notes(flow: Flows) -> list[str]:
    """Providers that made a return in some months and not in others."""
    notes = []
    ever = flow.present.any(axis=0)
    for month, present in zip(flow.months, flow.present, strict=True):
        absent = ever & ~present
        if absent.any():
            last = month == flow.months[-1]
            what = "no list, capacity, referrals or removals" if last else "rates of other months"
            who = some(map(with_name, flow.providers[absent]))
            notes.append(f"{month}: no return from {who}: {what}.")
    together = consecutive(flow.months)
    for now in range(1, len(flow.months)):
        if now in together:
            continue
        before, after = flow.months[now - 1], flow.months[now]
        between = pd.period_range(before, after, freq="M")[1:-1].astype(str)
        notes.append(
            f"Months are missing between {before}, {after} ({some(between)}): no balance over a "
            "gap."
        )
    return notes


def list_notes(flow: Flows) -> list[str]:
    """Services that a provider began or ended, and returns that lacked one in between."""
    ever = flow.given.any(axis=0)
    provider_first = flow.present.argmax(axis=0)
    began = ever & (flow.first > provider_first[:, None]) & flow.given[-1]
    ended = ever & ~flow.given[-1] & flow.present[-1][:, None]
    last = np.take_along_axis(flow.waiting, flow.last[None], axis=0)[0]
    notes = []
    if began.any():
        texts = _lists(flow, began, flow.waiting[-1], "began in {}", flow.first)
        notes.append(
            f"{many(began.sum(), 'list')} began while "
            f"{word(began.sum(), 'its provider', 'their providers')} made returns already, with "
            f"rates of the months since: {texts}."
        )
    if ended.any():
        texts = _lists(flow, ended, last, "ended after {}", flow.last)
        notes.append(
            f"{many(ended.sum(), 'list')} ended, with {last[ended].sum():,.0f} patients waiting in "
            f"the last return, and have no capacity, referrals or removals: {texts}."
        )
    missed = flow.missed & flow.given[-1]
    lists = missed.any(axis=0)
    if lists.any():
        texts = _lists(flow, lists, flow.waiting[-1], "is missing in {}", missed.argmax(axis=0))
        notes.append(
            f"{many(lists.sum(), 'list is', 'lists are')} missing in months between "
            f"others, which count for none of the rates: {texts}."
        )
    return notes


def _lists(flow: Flows, lists: Marks, size: Numbers, what: str, when: npt.NDArray[np.intp]) -> str:
    """Name the largest of some lists, and what happened to each in which month."""
    places = np.argwhere(lists)
    order = np.argsort(-size[lists], kind="stable")
    texts = [
        f"the list of {with_name(flow.services[s])} at {with_name(flow.providers[p])} "
        f"{what.format(flow.months[when[p, s]])} ({size[p, s]:,.0f} waiting)"
        for p, s in places[order]
    ]
    return first_few(texts, SHOWN)


def move_notes(flow: Flows, moves: Sequence[Move]) -> list[str]:
    """Name likely mergers and services that were recoded."""
    notes = []
    for move in [one for one in moves if not one.where]:
        before, month = flow.months[move.month - 1], flow.months[move.month]
        notes.append(
            f"{month}: {with_name(move.before)} made its last return for {before}, with "
            f"{move.patients:,} patients waiting, and {with_name(move.after)} has {move.jump:,} "
            f"more than then: a merger is likely. If it is one, pass "
            f"successors={{'{move.before}': '{move.after}'}}; until then the rates of "
            f"{move.after} are without what {move.before} did. A twin and a backtest "
            "take it for one."
        )
    texts = [
        f"{one.before} fell by {one.patients:,} and {one.after} rose by {one.jump:,} at "
        f"{one.where} in {flow.months[one.month]}"
        for one in sorted(moves, key=lambda one: -one.jump)
        if one.where
    ]
    if texts:
        notes.append(
            "Patients seem to have been moved from one service to another as lists began or "
            f"ended, which counts neither as removals nor as growth: {'; '.join(texts[:SHOWN])}"
            + (f" and {len(texts) - SHOWN} more." if len(texts) > SHOWN else ".")
        )
    return notes


def below_notes(flow: Flows, rate: Numbers, new: Numbers, anybody: Marks) -> list[str]:
    """Removals that were below 0, and those of lists that are empty."""
    notes = []
    below = np.minimum(rate, 0.0)
    if below.any():
        share = f" ({percent(-below.sum() / new.sum())} of new RTT periods)" if new.any() else ""
        worst = [
            f"{with_name(flow.services[s])} at {with_name(flow.providers[p])} ({below[p, s]:,.0f})"
            for p, s in np.argwhere(below < 0)[np.argsort(below[below < 0], kind="stable")]
        ]
        notes.append(
            f"Removals below 0 were set to 0 for {(below < 0).sum():,} lists, together "
            f"{-below.sum():,.0f} patients a period{share}: lists there grew by more than is "
            f"reported, most at {some(worst)}, so all removals together come out higher than the "
            "balance of the whole."
        )
    lost = (rate > 0) & ~anybody
    if lost.any():
        notes.append(
            f"Removals of {rate[lost].sum():,.0f} patients a period were left out: {lost.sum():,} "
            f"lists are empty in {flow.months[-1]} and nobody joins them."
        )
    return notes


def some(codes: Iterable[object]) -> str:
    """Name the first of some codes, and say how many more there are."""
    return first_few(map(str, codes), SHOWN)


def gathered(problems: Problems) -> Problems:
    """Say what is wrong in the same way with many columns of a file once, and name the first."""
    found: dict[tuple[str, str, str], list[tuple[str, str, str, int, str, str]]] = {}
    for row in problems.rows:
        found.setdefault((row[0], row[2], row[5]), []).append(row)
    rows = []
    for same in found.values():
        if len(same) <= SHOWN:
            rows += same
            continue
        name, column, problem, _, examples, remedy = same[0]
        also = ", ".join(row[1] for row in same[1:3])
        what = f"{problem}; so it is in {len(same) - 1} more columns ({also}, …)"
        rows.append((name, column, what, sum(row[3] for row in same), examples, remedy))
    return Problems(rows=rows, codes=problems.codes)
