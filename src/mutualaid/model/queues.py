"""Queues and their lots: how the model groups the patients who wait.

A *lot* is a group of patients of one queue with the same wait: a cohort of the list at the census,
or the referrals of one period who join with the same weeks on their clock.
Its ``weeks`` are those waited at the census; for referrals of period `t` they are those on the
clock when they join (0 where the table does not say) less the weeks until then, so that a lot has
waited ``weeks + (t - 1) * period_weeks`` weeks at the start of any period `t`. Nobody can be
treated, or bears harm, before the period of referral.

Removals (patients who leave untreated) are data: no plan may gain by "removing" a long waiter. They
are taken off the lots before anything is optimised, period by period, from the patients on the list
when the period starts, its referrals included. If the table does not say how long they have waited,
those who have waited least leave: the newest referrals first, then the youngest cohorts, the
assumption that flatters no plan. If it does (``weeks_waiting``, at the start of the period), those
with exactly that wait leave; if there are too few, the newest of those who have waited less, and
never those who have waited longer: see ``mutualaid.data.removal_order``. Patients who leave bear
no harm in any plan. Removals that fit several queues are shared in proportion (largest remainder).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.booked_order import Reserved
from mutualaid.data.label_codes import positions
from mutualaid.data.removal_order import Leavers, in_proportion, leave
from mutualaid.data.schema import ALONE_PERIOD, IDENTIFIERS
from mutualaid.data.system import System, reserved_of
from mutualaid.data.words.column_names import tidy
from mutualaid.data.words.headings import spellings
from mutualaid.errors import InputError
from mutualaid.model.eligibility import MayGo
from mutualaid.model.network import Ints
from mutualaid.model.sorted_rows import in_order, run_starts
from mutualaid.policy.equity import UNKNOWN, as_groups

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Booked:
    """Patients who are treated at home in a period, whatever a plan does.

    Attributes
    ----------
    lot, period, patients : int64 arrays
        So many of a lot in a period; by lot, then period, and each pair once.
    """

    lot: Codes
    period: Ints
    patients: Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Removed:
    """Patients who leave untreated, whatever a plan does; they are in no lot's ``patients``.

    Attributes
    ----------
    lot, period, patients : int64 arrays
        So many of a lot leave when a period starts; by lot, then period, and each pair once.
    """

    lot: Codes
    period: Ints
    patients: Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Queues:
    """Queues and their lots, in a fixed order.

    Attributes
    ----------
    labels : pandas.DataFrame
        A row a queue: ``origin``, ``service`` and the other columns that tell queues apart, as
        categoricals. Sorted by service, then origin, then the others.
    origin, service, line : int64 arrays, shape (queues,)
        Positions in ``system.providers``, ``system.services`` and ``system.lines``.
    lot_queue, lot_weeks, lot_referred, lot_patients, lot_removed : int64 arrays, shape (lots,)
        The lots, the longest waiters of each queue first: queue, weeks waited at the census,
        period of referral (0: on the list at the census), patients after removals, and patients
        removed. Those who join with weeks on the clock may have waited longer than others before
        them.
    booked : Booked or None
        Who of these patients has a date; None if nobody has.
    removed : Removed or None
        When those of ``lot_removed`` leave; None if nobody does.
    alone, whole : int64 arrays, shape (queues,), or None
        The period in which their own trust treats the patients of a queue if nobody moves, and a
        number for each queue as it is without that; None where queues are not told apart by it.
        See :mod:`mutualaid.model.alone_groups`.
    """

    labels: pd.DataFrame
    origin: Codes
    service: Codes
    line: Codes
    lot_queue: Codes
    lot_weeks: Ints
    lot_referred: Ints
    lot_patients: Ints
    lot_removed: Ints
    may_go: MayGo | None = None
    booked: Booked | None = None
    removed: Removed | None = None
    alone: Codes | None = None
    whole: Codes | None = None

    def __len__(self) -> int:
        return len(self.origin)

    @property
    def names(self) -> list[str]:
        """The columns that separate queues: who patients are, not what would become of them."""
        return [str(name) for name in self.labels.columns if name != ALONE_PERIOD]

    @property
    def group(self) -> Codes:
        """The first of the queues that are one but for what would become of them alone."""
        if self.whole is None:
            return np.arange(len(self), dtype=np.int64)
        first, row = np.unique(self.whole, return_index=True, return_inverse=True)[1:]
        return first[row].astype(np.int64)

    @property
    def lot_arrival(self) -> Ints:
        """The first period in which a lot can be treated."""
        return np.maximum(self.lot_referred, 1)

    def patients(self) -> Ints:
        """Patients of each queue over the horizon, after removals; shape (queues,)."""
        return np.bincount(self.lot_queue, weights=self.lot_patients, minlength=len(self)).astype(
            np.int64
        )

    @property
    def lot_free(self) -> Ints:
        """Patients of each lot without those who are booked: whom a plan may treat as it likes."""
        if self.booked is None:
            return self.lot_patients
        free = self.lot_patients.copy()
        np.subtract.at(free, self.booked.lot, self.booked.patients)
        return free

    def free(self) -> Ints:
        """Patients of each queue who are not booked; shape (queues,)."""
        return np.bincount(self.lot_queue, weights=self.lot_free, minlength=len(self)).astype(
            np.int64
        )

    def arrived(self, periods: int) -> Ints:
        """Patients of each queue, but for booked ones, who have arrived by each period.

        Shape (queues, periods).
        """
        table = np.zeros((len(self), periods), dtype=np.int64)
        place = np.ravel_multi_index((self.lot_queue, self.lot_arrival - 1), table.shape)
        np.add.at(table.reshape(-1), place, self.lot_free)
        return np.cumsum(table, axis=1)


def build_queues(
    system: System,
    asked: Sequence[str] = (),
    goes: tuple[MayGo, Sequence[Codes]] | None = None,
    groups: Sequence[str] = (),
    reserved: Reserved | None = None,
) -> Queues:
    """Group the patients of a system into queues and lots.

    Parameters
    ----------
    system
        The system.
    asked
        Further columns of the waiting list that separate queues, because the policy reads them.
    goes
        Where patients may go by their own columns: the result of
        :func:`mutualaid.model.eligibility.may_go` for the waiting list and the referrals.
    groups
        Further columns that separate queues, as text; missing values, and referrals without the
        column, are in the group "unknown".
    reserved
        Which bookings stand; those of the system as it is, if not given.

    Raises
    ------
    InputError
        If a column asked for is not in the waiting list, or has missing values there, or is not
        in the referrals.

    Examples
    --------
    >>> import mutualaid as ma
    >>> queues = build_queues(ma.datasets.collaborative(trusts=2))
    >>> int(queues.lot_patients.min()) >= 0
    True
    """
    names = list(dict.fromkeys(["service", "origin", *system.queue_columns, *asked, *groups]))
    waiting = system.waiting_list
    referrals = system.referrals
    # Every patient has an origin and a service, which stay as the system has them.
    for name in [name for name in groups if name not in ("origin", "service")]:
        for table in (waiting, referrals):
            if table is not None and (name in table or table is referrals):
                known = name in table
                table[name] = as_groups(table[name]) if known else UNKNOWN
    sets = None
    if goes is not None:
        sets, codes = goes
        names.append("may_go")
        words = pd.Index(sets.labels)
        waiting["may_go"] = pd.Categorical.from_codes(codes[0], categories=words)
        if referrals is not None:
            referrals["may_go"] = pd.Categorical.from_codes(codes[1], categories=words)
    _check_asked(names, waiting, referrals)
    parts = [waiting] if referrals is None else [waiting, referrals]
    count, weeks_waiting, referred = _people(system, parts)
    rows = np.flatnonzero(count > 0)
    key, dims, categories = _codes(parts, names, rows)
    queue, queue_key = pd.factorize(key, sort=True)
    queue_codes = dict(zip(names, np.unravel_index(queue_key, dims), strict=True))
    labels = pd.DataFrame(
        {
            name: pd.Categorical.from_codes(queue_codes[name], categories=categories[name])
            for name in ["origin", "service", *names[2:]]
        }
    )
    order = in_order(queue, -weeks_waiting[rows], referred[rows])
    queue, rows = queue[order], rows[order]
    weeks_waiting, referred = weeks_waiting[rows], referred[rows]
    first = run_starts(queue, weeks_waiting, referred)
    patients = np.add.reduceat(count[rows], first) if len(first) else count[rows]
    lots = queue[first].astype(np.int64), weeks_waiting[first], referred[first]
    reserved = reserved or reserved_of(system)
    booked = None
    free = patients
    if reserved is not None and len(reserved.row):
        lot_of = np.full(len(count), -1, dtype=np.int64)
        lot_of[rows] = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(rows))))
        booked = _booked(reserved, lot_of)
        free = patients.copy()
        np.subtract.at(free, booked.lot, booked.patients)
    removed = _removed(system, labels, *lots, free)
    gone = np.zeros_like(patients)
    if removed is not None:
        np.add.at(gone, removed.lot, removed.patients)
    return Queues(
        labels=labels,
        origin=positions(labels["origin"], system.providers),
        service=positions(labels["service"], system.services),
        line=system.lines.of(labels),
        lot_queue=lots[0],
        lot_weeks=lots[1],
        lot_referred=lots[2],
        lot_patients=patients - gone,
        lot_removed=gone,
        may_go=sets,
        booked=booked,
        removed=removed,
    )


def _booked(reserved: Reserved, lot_of: Codes) -> Booked:
    """Bookings that stand by lot and period, from the lot of each row of patients."""
    lot = lot_of[reserved.row]
    order = in_order(lot, reserved.period)
    lot, period = lot[order], reserved.period[order]
    first = run_starts(lot, period)
    return Booked(
        lot=lot[first],
        period=period[first],
        patients=np.add.reduceat(reserved.patients[order], first),
    )


def _check_asked(
    names: Sequence[str], waiting: pd.DataFrame, referrals: pd.DataFrame | None
) -> None:
    counts = [name for name in ("weeks_waiting", "patients") if name in names]
    if counts:
        raise InputError(
            f"the policy asks about {', '.join(counts)}, which does not tell queues apart: use a "
            "column that describes patients (for the wait, min_weeks_to_move or a harm curve)"
        )
    who = [name for name in names if name in IDENTIFIERS]
    if who:
        raise InputError(
            f"the policy asks about {', '.join(who)}, which say who a patient is: no plan tells "
            "patients apart by that"
        )
    for table, frame in (("waiting_list", waiting), ("referrals", referrals)):
        if frame is None:
            continue
        absent = [name for name in names if name not in frame]
        if absent:
            ours = {name: spellings("waiting_list").get(tidy(name)) for name in absent}
            read = [f"{n} was read as {o}" for n, o in ours.items() if o in frame]
            remedy = "add the column, or choose a policy that does not need it"
            raise InputError(
                f"the policy asks about {', '.join(absent)}, which {table} does not have: "
                + (f"ask about it by our name ({', '.join(read)})" if read else remedy)
            )
        if "cancer" in names and not frame["cancer"].isna().any():
            odd = ~frame["cancer"].map(lambda value: isinstance(value, bool | np.bool_))
            if odd.any():
                raise InputError(
                    f"{table}.cancer is neither True nor False in {int(odd.sum())} rows: "
                    "write True or False"
                )
        gaps = [name for name in names if frame[name].isna().any()]
        if gaps:
            raise InputError(
                f"the policy asks about {', '.join(gaps)}, which has missing values in {table}: "
                "fill them first"
            )


def _people(system: System, parts: Sequence[pd.DataFrame]) -> tuple[Ints, Ints, Ints]:
    """Patients of each row, their weeks at the census, and their period of referral."""
    count = np.concatenate([part["patients"].to_numpy(dtype=np.int64) for part in parts])
    weeks = [parts[0]["weeks_waiting"].to_numpy(dtype=np.int64)]
    referred = [np.zeros(len(parts[0]), dtype=np.int64)]
    for part in parts[1:]:
        period = part["period"].to_numpy(dtype=np.int64)
        weeks.append(at_census(part, system.period_weeks))
        referred.append(period)
    return count, np.concatenate(weeks), np.concatenate(referred)


def at_census(joining: pd.DataFrame, period_weeks: int) -> Ints:
    """Weeks waited at the census, from ``weeks_waiting`` at the start of ``period``.

    Negative if the clock starts after the census; ``weeks_later`` if it starts in the period.

    Examples
    --------
    >>> table = pd.DataFrame({"period": [1, 3, 3], "weeks_waiting": [0, 0, 30]})
    >>> at_census(table, 4).tolist()
    [0, -8, 22]
    """
    until: Ints = (joining["period"].to_numpy(dtype=np.int64) - 1) * period_weeks
    result = -until
    for name, sign in (("weeks_waiting", 1), ("weeks_later", -1)):
        if name in joining:
            result = result + sign * joining[name].to_numpy(dtype=np.int64)
    return result


def _codes(
    parts: Sequence[pd.DataFrame], names: Sequence[str], rows: Codes | slice = slice(None)
) -> tuple[Codes, tuple[int, ...], dict[str, pd.Index]]:
    """A code for each combination of labels that sorts as the labels do.

    ``rows`` are positions in the concatenated parts.
    """
    codes, dims, categories = [], [], {}
    for name in names:
        column = pd.concat([part[name] for part in parts], ignore_index=True)
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes.append(column.cat.codes.to_numpy(dtype=np.int64)[rows])
            categories[name] = column.cat.categories
        else:
            code, values = pd.factorize(column.iloc[rows], sort=True)
            codes.append(code.astype(np.int64))
            categories[name] = pd.Index(values)
        dims.append(max(len(categories[name]), 1))
    if float(np.prod(np.array(dims, dtype=np.float64))) >= 2**62:
        raise InputError("the waiting list has too many different labels to tell queues apart")
    shape = tuple(dims)
    return np.ravel_multi_index(tuple(codes), shape).astype(np.int64), shape, categories


def _removed(
    system: System,
    labels: pd.DataFrame,
    lot_queue: Codes,
    lot_weeks: Ints,
    lot_referred: Ints,
    lot_patients: Ints,
) -> Removed | None:
    """Patients who leave untreated, by lot and period; None if nobody does."""
    removals = system.removals
    if removals is None or not len(removals) or not len(lot_queue):
        return None
    keys = [name for name in labels.columns if name in removals]
    code = _codes([labels, removals], keys)[0]
    pool_of_queue, pool_of_removal = code[: len(labels)], code[len(labels) :]
    pools, pool_of_queue = np.unique(pool_of_queue, return_inverse=True)
    known = np.isin(pool_of_removal, pools)
    told = "weeks_waiting" in removals
    leavers = Leavers(
        pool=np.searchsorted(pools, pool_of_removal[known]),
        period=removals["period"].to_numpy(dtype=np.int64)[known],
        weeks=at_census(removals, system.period_weeks)[known] if told else None,
        patients=removals["patients"].to_numpy(dtype=np.int64)[known],
    )

    # Newest first; a referral of period 1 is newer than a cohort with no week waited. Of those
    # alike in both the queues stay in order.
    pool = pool_of_queue[lot_queue]
    order = in_order(pool, lot_weeks, -lot_referred)
    pool, referred = pool[order], lot_referred[order]
    first = run_starts(pool, lot_weeks[order], referred)
    age = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(pool))))
    left = lot_patients[order].copy()
    parts = []
    age_pool, age_weeks = pool[first], lot_weeks[order][first]
    for period in range(1, system.periods + 1):
        here = np.where(referred <= period, left, 0)
        there = here if len(first) == len(here) else np.add.reduceat(here, first)
        take = leave(age_pool, age_weeks, there, leavers.of(period)).taken
        part = in_proportion(take, here, age, first)
        left -= part
        some = np.flatnonzero(part)
        parts.append((order[some], np.full(len(some), period, dtype=np.int64), part[some]))
    lot, when, patients = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not len(lot):
        return None
    by_lot = in_order(lot, when)
    return Removed(lot=lot[by_lot], period=when[by_lot], patients=patients[by_lot])
