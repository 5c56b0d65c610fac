"""Who is booked: patients who are treated at home in a period, whatever a plan does.

Bookings are data, like removals, and come before them: who has a date is not removed. Period by
period, a booking takes a patient of its queue who has waited exactly as long as it says when the
period starts and has been referred by then: the earliest referred first, and where the list says
who has a date (``date_weeks``), of these who has one in the period. Bookings that fit several
queues are shared among them in proportion, by largest remainder; within a queue, among patients who
are alike.

A booking stands if it finds its patient and a slot at home in its period, and what that needs of
pools. Where slots are too few, of the bookings of one provider, line of slots and period those who
have waited least lose theirs; where a pool is, those of all its services. Their patients wait like
others, and a later booking may find them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.booked_pools import PoolsLeft
from mutualaid.data.column_checks import Ints
from mutualaid.data.label_codes import alike, combined
from mutualaid.data.removal_order import in_proportion
from mutualaid.data.schema import IDENTIFIERS, LINE_COLUMNS
from mutualaid.formats import many, word

Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reserved:
    """Bookings that stand, and how many do not.

    Attributes
    ----------
    row, period, patients : int64 arrays
        Rows of the waiting list and, numbered on, of the referrals; in which period so many of
        their patients are treated at home. By row, then period.
    asked : int
        All bookings.
    nobody, no_pool : int
        Those that no patient fits, and those for which a pool has too little left.
    no_slot : pandas.DataFrame
        Those that find no slot left: ``provider``, what tells lines of slots apart, ``period``,
        ``patients``.
    """

    row: Ints
    period: Ints
    patients: Ints
    asked: int
    nobody: int
    no_pool: int
    no_slot: pd.DataFrame

    def __post_init__(self) -> None:
        for array in (self.row, self.period, self.patients):
            array.setflags(write=False)

    def of_rows(self, rows: int) -> Ints:
        """How many of each row are booked, shape (rows,)."""
        return np.bincount(self.row, weights=self.patients, minlength=rows).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _People:
    """Rows of patients: numbers of what they are alike in, each an array of shape (rows,)."""

    wait: Ints
    """What bookings say: of whose list, and how long they have waited."""
    label: Ints
    """Of whose list alone, in the order of the labels."""
    queue: Ints
    kind: Ints
    """Alike but for who they are."""
    place: Ints
    """The own provider and the line of slots."""
    weeks: Ints
    referred: Ints
    date: Ints
    """The period of a date; 0 for none, -1 where it is beyond any period or before the first."""
    count: Ints


def reserve(
    tables: Frames, queue_columns: Sequence[str], period_weeks: int, periods: int
) -> Reserved:
    """Find which bookings stand, and whom they take.

    Parameters
    ----------
    tables
        The checked tables of a system by name, ``booked`` among them.
    queue_columns
        Columns that every queue is told apart by.
    period_weeks, periods
        The horizon.

    Examples
    --------
    Of three bookings for who will have waited 44 weeks when period 2 starts, two find a slot:

    >>> made = {"origin": ["A"], "service": ["hips"]}
    >>> found = reserve({
    ...     "waiting_list": pd.DataFrame({**made, "weeks_waiting": [40], "patients": [9]}),
    ...     "capacity": pd.DataFrame({"provider": ["A"], "service": ["hips"], "period": [2],
    ...                               "slots": [2]}),
    ...     "booked": pd.DataFrame({**made, "weeks_waiting": [44], "period": [2],
    ...                             "patients": [3]}),
    ... }, ["origin", "service"], 4, 2)
    >>> found.patients.tolist(), int(found.no_slot["patients"].sum())
    ([2], 1)
    """
    booked = tables["booked"]
    room = _Room(tables, periods)
    people, asked = _numbered(tables, queue_columns, period_weeks, room.place)
    left = people.count.copy()
    when = booked["period"].to_numpy(dtype=np.int64)
    number = booked["patients"].to_numpy(dtype=np.int64)
    parts, nobody = [], 0
    waits = int(max(people.wait.max(initial=0), asked.max(initial=0))) + 1
    for period in np.unique(when[number > 0]).tolist():
        now = when == period
        wanted = np.bincount(asked[now], weights=number[now], minlength=waits).astype(np.int64)
        fit = (wanted[people.wait] > 0) & (people.referred <= period) & (left > 0)
        rows, dated = _in_turn(people, np.flatnonzero(fit), period)
        first = _starts(people.wait[rows], people.referred[rows], dated)
        there = np.add.reduceat(left[rows], first) if len(first) else first
        take = _filled(wanted, people.wait[rows[first]], there)
        nobody += int(number[now].sum() - take.sum())
        kept = room.keep(people, rows[first], take, period)
        levels = people.queue[rows], people.kind[rows], rows
        taken = _shared(kept, left[rows], first, levels)
        left[rows] -= taken
        some = taken > 0
        parts.append((rows[some], np.full(int(some.sum()), period, dtype=np.int64), taken[some]))
    row, period_of, patients = (
        np.concatenate([np.zeros(0, dtype=np.int64), *column])
        for column in (zip(*parts, strict=True) if parts else ((), (), ()))
    )
    order = np.lexsort((period_of, row))
    return Reserved(
        row=row[order],
        period=period_of[order],
        patients=patients[order],
        asked=int(number.sum()),
        nobody=nobody,
        no_pool=room.no_pool,
        no_slot=room.no_slot(),
    )


def voided(found: Reserved) -> Iterator[str]:
    """Say how many bookings do not stand, and why.

    Examples
    --------
    >>> none = np.zeros(0, dtype=np.int64)
    >>> list(voided(Reserved(row=none, period=none, patients=none, asked=5, nobody=2, no_pool=0,
    ...                      no_slot=pd.DataFrame({"patients": [1]}))))[0][:40]
    '3 of the 5 bookings are void, their pati'
    """
    no_slot = int(found.no_slot["patients"].sum())
    void = found.nobody + no_slot + found.no_pool
    if not void:
        return
    reasons = [
        f"{count:,} {text}"
        for count, text in (
            (found.nobody, f"{word(found.nobody, 'finds', 'find')} nobody who has waited so long"),
            (no_slot, f"{word(no_slot, 'finds', 'find')} no slot left at home in the period"),
            (found.no_pool, f"{word(found.no_pool, 'finds', 'find')} too little of a pool left"),
        )
        if count
    ]
    yield (
        f"{void:,} of the {many(found.asked, 'booking')} {word(void, 'is', 'are')} void, "
        f"their patients wait like others and the slots are the plan's: {'; '.join(reasons)}"
    )


def _numbered(
    tables: Frames, queue_columns: Sequence[str], weeks: int, place: Ints
) -> tuple[_People, Ints]:
    """Patients as numbers, and what each booking says of whom, numbered alike."""
    parts = _lists(tables)
    every = [*parts, tables["booked"]]
    rows = sum(map(len, parts))
    clock = np.concatenate([_at_census(part, weeks) for part in every])
    label = _codes(every, [name for name in queue_columns if name in tables["booked"]])
    wait = alike(label, clock)[0]
    waiting, joining = parts[0], parts[1:]
    referred = [part["period"].to_numpy(dtype=np.int64) for part in joining]
    kind = np.arange(rows)
    if "patient_id" in waiting:
        kind[: len(waiting)] = _kinds(waiting)
    people = _People(
        wait=wait[:rows],
        label=label[:rows],
        queue=_codes(parts, queue_columns),
        kind=kind,
        place=place,
        weeks=clock[:rows],
        referred=np.concatenate([np.zeros(len(waiting), dtype=np.int64), *referred]),
        date=np.concatenate([_periods(waiting, weeks), *(np.zeros_like(r) for r in referred)]),
        count=np.concatenate([part["patients"].to_numpy(dtype=np.int64) for part in parts]),
    )
    return people, wait[rows:]


def _at_census(table: pd.DataFrame, period_weeks: int) -> Ints:
    """Weeks waited at the census, below 0 if the clock starts later."""
    weeks = table["weeks_waiting"].to_numpy(dtype=np.int64) if "weeks_waiting" in table else 0
    if "weeks_later" in table:
        weeks = weeks - table["weeks_later"].to_numpy(dtype=np.int64)
    until = (
        (table["period"].to_numpy(dtype=np.int64) - 1) * period_weeks if "period" in table else 0
    )
    return np.asarray(weeks - until, dtype=np.int64)


def _codes(parts: Sequence[pd.DataFrame], names: Sequence[str]) -> Ints:
    """Number the combinations of labels of some tables, one below the other, in their order."""
    labels = [
        pd.api.types.union_categoricals(
            [pd.Categorical(part[name]) for part in parts], sort_categories=True
        )
        for name in names
    ]
    return combined(labels)


def _kinds(waiting: pd.DataFrame) -> Ints:
    """Number patients who are alike but for who they are."""
    names = [name for name in waiting if name not in (*IDENTIFIERS, "patients")]
    columns = [waiting[name] for name in names]
    return alike(
        *(
            c.cat.codes.to_numpy() if isinstance(c.dtype, pd.CategoricalDtype) else c.to_numpy()
            for c in columns
        )
    )[0]


def _periods(waiting: pd.DataFrame, period_weeks: int) -> Ints:
    """The period of each row's date; 0 for none."""
    if "date_weeks" not in waiting:
        return np.zeros(len(waiting), dtype=np.int64)
    weeks = waiting["date_weeks"].to_numpy(dtype=np.float64)
    dated = np.isfinite(weeks)
    return np.where(dated, np.where(dated, weeks, 0) // period_weeks + 1, 0).astype(np.int64)


def _in_turn(people: _People, rows: Ints, period: int) -> tuple[Ints, Ints]:
    """Rows in the order in which bookings take them; and whose date it is: 0, nobody's 1, 2."""
    date = people.date[rows]
    dated = np.where(date == period, 0, np.where(date == 0, 1, 2))
    wait, referred = people.wait[rows], people.referred[rows]
    order = np.lexsort((rows, people.kind[rows], people.queue[rows], dated, referred, wait))
    return rows[order], dated[order]


def _starts(*columns: Ints) -> Ints:
    """Where runs of rows alike in all columns start."""
    new = np.zeros(len(columns[0]), dtype=bool)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


def _filled(most: Ints, owner: Ints, asked: Ints) -> Ints:
    """Serve requests in order, those of each owner side by side, as far as there is any for it."""
    running = np.cumsum(asked) - asked
    first = _starts(owner)
    before = running - np.repeat(running[first], np.diff(np.append(first, len(owner))))
    result: Ints = np.clip(most[owner] - before, 0, asked)
    return result


def _shared(total: Ints, there: Ints, first: Ints, levels: Sequence[Ints]) -> Ints:
    """Share totals of groups among parts, of parts among theirs, to the last level: each row."""
    every = np.zeros(len(there), dtype=bool)
    every[first] = True
    for level in levels:
        coarse = np.flatnonzero(every)
        every[1:] |= level[1:] != level[:-1]
        fine = np.flatnonzero(every)
        if len(fine) > len(coarse):
            owner = np.searchsorted(coarse, fine, side="right") - 1
            parts = np.add.reduceat(there, fine)
            total = in_proportion(total, parts, owner, np.searchsorted(fine, coarse))
    return total


class _Room:
    """Slots at home, and what there is of pools, period by period."""

    def __init__(self, tables: Frames, periods: int) -> None:
        parts, capacity = _lists(tables), tables["capacity"].rename(columns={"provider": "origin"})
        self.lines = ["service", *(name for name in LINE_COLUMNS if name in capacity)]
        every = alike(_codes([*parts, capacity], ["origin", *self.lines]))[0]
        rows = len(every) - len(capacity)
        self.place = every[:rows]
        places, first = np.unique(self.place, return_index=True)
        self.slots = np.zeros((int(every.max(initial=-1)) + 1, periods), dtype=np.int64)
        when = capacity["period"].to_numpy(dtype=np.int64) - 1
        np.add.at(self.slots, (every[rows:], when), capacity["slots"].to_numpy(dtype=np.int64))
        # Places of patients are numbered first, from 0.
        self.labels = _rows_of(parts, ["origin", *self.lines], first)
        self.short = np.zeros((len(places), periods), dtype=np.int64)
        self.pools = PoolsLeft(tables, self.labels, periods)
        self.no_pool = 0

    def keep(self, people: _People, rows: Ints, take: Ints, period: int) -> Ints:
        """How many of the bookings of some groups stand, by their slots and pools.

        ``rows`` holds a row of each group, in the order in which bookings take them.
        """
        place, weeks = people.place[rows], people.weeks[rows]
        # Who has waited longest keeps theirs; of those who have waited as long the earliest
        # referred, then in the order of their lists.
        order = np.lexsort((people.label[rows], people.referred[rows], -weeks))
        of_place = order[np.argsort(place[order], kind="stable")]
        kept = np.empty_like(take)
        kept[of_place] = _filled(self.slots[:, period - 1], place[of_place], take[of_place])
        np.add.at(self.short[:, period - 1], place, take - kept)
        stand = kept.copy()
        stand[order] = self.pools.hold(place[order], kept[order], period)
        self.no_pool += int(kept.sum() - stand.sum())
        return stand

    def no_slot(self) -> pd.DataFrame:
        """Bookings that found no slot, by provider, line of slots and period, in this order."""
        place, step = np.nonzero(self.short)
        table = self.labels.iloc[place].rename(columns={"origin": "provider"})
        table = table.assign(period=step + 1, patients=self.short[place, step])
        return table.sort_values(["provider", *self.lines, "period"], ignore_index=True)


def _lists(tables: Frames) -> list[pd.DataFrame]:
    """The tables of patients."""
    return [tables[name] for name in ("waiting_list", "referrals") if name in tables]


def _rows_of(parts: Sequence[pd.DataFrame], names: Sequence[str], rows: Ints) -> pd.DataFrame:
    """Labels of some rows of tables, one below the other; the rows rise."""
    start, found = 0, []
    for part in parts:
        here = rows[(rows >= start) & (rows < start + len(part))] - start
        found.append(part[list(names)].iloc[here].astype(object))
        start += len(part)
    return pd.concat(found, ignore_index=True)
