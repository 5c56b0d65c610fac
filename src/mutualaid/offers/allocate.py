"""From counts to people: which patient is treated where and when, so that the plan comes true.

A plan says how many of a cohort (patients of one queue who have waited equally long) are treated
in each place and period. Its patients take these places in a stated order: the longest wait in
days first, then the more urgent priority, then a fixed hash of the identifier, so that ties fall
alike on every machine and nobody gains by an old number. The places are taken in the order of
the period, in it the own provider's first, then those with the shortest extra way, then by the
provider's code. Where some of a cohort go and some stay, those go who gain most by it, as
:mod:`mutualaid.offers.who_goes` says.

Who is expected to leave untreated is a number, never a name: in a cohort of which some leave, the
last in that order have no place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Ints, Mask
from mutualaid.data.label_codes import codes_of, found_among, positions
from mutualaid.data.patient_list import PatientList
from mutualaid.data.schema import PERSONAL
from mutualaid.errors import InputError
from mutualaid.model.eligibility import may_go
from mutualaid.model.model import Frame, Model
from mutualaid.model.outcome import Outcome
from mutualaid.model.queues import Codes, Queues
from mutualaid.offers.who_goes import choose
from mutualaid.policy.equity import as_groups
from mutualaid.policy.policy import NOTICE_WEEKS

HASH_KEY = "mutualaid-order."
"""Sixteen characters, as the hash asks for; another key would break ties otherwise."""

DECISIONS = ("offer", "stays", "keeps date")
CHANGES = ("kept", "other period", "other provider", "new", "withdrawn")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Places:
    """Where each patient of a list stands in a plan: arrays of shape (patients,).

    Attributes
    ----------
    who : Located
        Their queues, lots and ranks.
    lane : int64 array
        Position of the lane that treats them; -1 for who is untreated to the end.
    period : int64 array
        The period of treatment; ``periods + 1`` for who is untreated to the end.
    """

    who: Located
    lane: Codes
    period: Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Located:
    """Each patient of a list among the queues of a system: arrays of shape (patients,).

    Attributes
    ----------
    queue, lot : int64 arrays
        Positions of the patient's queue and lot.
    urgency : int64 array
        The patient's rank among all, from 0: see :func:`urgency`.
    """

    queue: Codes
    lot: Codes
    urgency: Ints


def locate(worked_out: Frame, patients: PatientList) -> Located:
    """Find every patient of the list among the queues.

    Raises
    ------
    InputError
        If the list is not the one that the system was made of.
    """
    queue = queue_of(worked_out, patients)
    lot = _lot_of(worked_out.queues, patients, queue)
    return Located(queue=queue, lot=lot, urgency=urgency(patients))


def moved(model: Model, places: Places) -> Mask:
    """Who of a list is treated away from home."""
    result: Mask = np.append(model.lanes.away, False)[places.lane]
    return result


def queue_of(worked_out: Frame, patients: PatientList) -> Codes:
    """Find the queue that each patient is in.

    Raises
    ------
    InputError
        If the list lacks a column that tells queues apart, or holds patients of no queue.
    """
    queues, system = worked_out.queues, worked_out.system
    frame = patients.frame
    unheard = [name for name in PERSONAL if name in frame and name not in system.waiting_list]
    if unheard:
        raise InputError(
            f"the list holds {', '.join(unheard)}, of which the plan knows nothing: make the "
            "System of the list itself"
        )
    absent = [name for name in queues.names if name != "may_go" and name not in frame]
    if absent:
        raise InputError(
            f"the list has no {', '.join(absent)}, which the plan tells patients apart by: "
            "pass the list that the system was made of"
        )

    def coded() -> Iterator[tuple[Codes, Codes, int]]:
        equity = worked_out.policy.equity
        if queues.alone is not None:
            yield queues.alone, _alone_period(worked_out, patients), system.periods + 2
        for name in queues.names:
            mine = queues.labels[name].cat
            if name == "may_go":
                sets, codes = may_go(system, worked_out.policy, frame)
                code = positions(pd.Index(sets.labels), mine.categories)[codes[0]]
            else:
                grouped = equity is not None and equity.by == name
                column = as_groups(frame[name]) if grouped else frame[name]
                code = positions(column, mine.categories)
            own: Ints = np.asarray(mine.codes, dtype=np.int64)
            yield own, code, len(mine.categories) + 1

    found = found_among(coded(), len(queues), len(frame))
    lost = int((found < 0).sum())
    if lost:
        raise InputError(
            f"{lost:,} patients of the list are in no queue of the plan: pass the "
            "list that the system was made of"
        )
    return found


def _alone_period(worked_out: Frame, patients: PatientList) -> Ints:
    """When their own trust would treat each patient, if nobody moved: by the same order."""
    whole = worked_out.whole
    if whole is None:
        raise ValueError("queues are told apart by what each trust does alone, which is not there")
    who = locate(whole.model.frame, patients)
    treated = place(whole.model, whole.outcome, patients, who).period
    queues = worked_out.queues
    if queues.alone is None or queues.whole is None:
        return treated
    # Queues that are not told apart have one number for all.
    stays = np.zeros(len(whole.model.frame.queues), dtype=bool)
    stays[queues.whole[queues.alone == 0]] = True
    return np.where(stays[who.queue], 0, treated)


def _lot_of(queues: Queues, patients: PatientList, queue: Codes) -> Codes:
    """The lot of each patient: of those of its queue at the census, the one of its wait."""
    listed = np.flatnonzero(queues.lot_referred == 0)
    weeks = patients.frame["weeks_waiting"].to_numpy(dtype=np.int64)
    span = int(max(weeks.max(initial=0), queues.lot_weeks.max(initial=0))) + 1
    lot_key = queues.lot_queue[listed] * span + span - 1 - queues.lot_weeks[listed]
    key = queue * span + span - 1 - weeks
    at = np.minimum(np.searchsorted(lot_key, key), max(len(lot_key) - 1, 0))
    known = lot_key[at] == key if len(lot_key) else np.zeros(len(key), dtype=bool)
    there = queues.lot_patients[listed] + queues.lot_removed[listed]
    count = np.bincount(at[known], minlength=len(listed))
    if not known.all() or (count != there).any():
        surplus = int((~known).sum() + np.clip(count - there, 0, None).sum())
        lacking = int(np.clip(there - count, 0, None).sum())
        raise InputError(
            f"the list is not the one that the plan was made for: {surplus:,} patients are more "
            f"in their cohort than the plan knows, and {lacking:,} are fewer"
        )
    result: Codes = listed[at]
    return result


def urgency(patients: PatientList) -> Ints:
    """Each patient's rank among all, from 0: the longest wait first, as the module says."""
    frame = patients.frame
    ids = frame["patient_id"].astype(object).to_numpy()
    keys: list[np.ndarray] = [
        pd.util.hash_array(ids, encoding="utf8", hash_key=HASH_KEY, categorize=False)
    ]
    if "priority" in frame:
        codes, values = codes_of(frame["priority"])
        # By the labels, whatever order a category gives them.
        keys.append(np.append(pd.Index(values.astype(object)).argsort().argsort(), -1)[codes])
    waited = "days_waiting" if "days_waiting" in frame else "weeks_waiting"
    keys.append(-frame[waited].to_numpy(dtype=np.int64))
    rank = np.empty(len(frame), dtype=np.int64)
    rank[np.lexsort(keys)] = np.arange(len(frame))
    return rank


def _ranks(group: Codes, *keys: np.ndarray) -> Ints:
    """How many of the same group come before each; the last key counts most."""
    sequence = np.lexsort([*keys, group])
    ranked = group[sequence]
    rank = np.empty(len(group), dtype=np.int64)
    rank[sequence] = np.arange(len(group)) - np.searchsorted(ranked, ranked)
    return rank


def place(
    model: Model,
    outcome: Outcome,
    patients: PatientList,
    who: Located,
    previous: pd.DataFrame | None = None,
    alone: Places | None = None,
) -> Places:
    """Give every patient of the list a place in the plan.

    Parameters
    ----------
    model, outcome
        The model and what becomes of every lot.
    patients, who
        The list that the system was made of, and where its patients are among the queues.
    previous
        Offers that stand (``patient_id``, ``provider``, ``period``): as many as can are kept.
    alone
        Their places if nobody helped anybody, by which those are found who gain most by going.
    """
    lot, first = who.lot, who.urgency
    entry = np.full(len(lot), -1, dtype=np.int64)
    left = outcome.patients.copy()
    _dated(model, outcome, patients, lot, first, entry, left)
    if previous is not None:
        _keep(model, outcome, patients, lot, first, previous, entry, left)
    end = model.frame.curves.periods + 1
    if alone is not None:
        away = np.append(model.lanes.away, False)[outcome.lane]
        choose(outcome, away, left, end, lot, alone.period, first, entry)
    free = np.flatnonzero(entry < 0)
    rank = _ranks(lot[free], first[free])
    sequence = np.repeat(np.arange(len(left)), left)
    start = np.searchsorted(outcome.lot[sequence], np.arange(len(model.frame.queues.lot_queue) + 1))
    at = start[lot[free]] + rank
    fits = at < start[lot[free] + 1]
    entry[free[fits]] = sequence[at[fits]]
    # Who has no place, be it that everybody is removed, gets what is at the end.
    lane = np.append(outcome.lane, -1)[entry]
    period = np.append(outcome.period, end)[entry]
    return Places(who=who, lane=lane, period=period)


def _dated(
    model: Model,
    outcome: Outcome,
    patients: PatientList,
    lot: Codes,
    first: Ints,
    entry: Codes,
    left: Ints,
) -> None:
    """Give who has a date the treatment at home that is booked for its period."""
    booked, weeks = model.frame.queues.booked, model.frame.system.period_weeks
    if booked is None or "date_weeks" not in patients.frame:
        return
    date = patients.frame["date_weeks"].to_numpy(dtype=np.float64)
    span = model.frame.curves.periods + 1
    mine = np.flatnonzero((date >= 0) & (date < (span - 1) * weeks))
    key = lot[mine] * span + (date[mine] // weeks).astype(np.int64) + 1
    of_booking = booked.lot * span + booked.period
    at = np.minimum(np.searchsorted(of_booking, key), len(of_booking) - 1)
    fits = (of_booking[at] == key) & (_ranks(key, first[mine]) < booked.patients[at])
    home = np.flatnonzero(np.append(model.lanes.home, False)[outcome.lane])
    of_entry = outcome.lot[home] * span + outcome.period[home]
    taken = home[np.searchsorted(of_entry, key[fits])]
    entry[mine[fits]] = taken
    np.subtract.at(left, taken, 1)


def _keep(
    model: Model,
    outcome: Outcome,
    patients: PatientList,
    lot: Codes,
    first: Ints,
    previous: pd.DataFrame,
    entry: Codes,
    left: Ints,
) -> None:
    """Let who has an offer keep it, if the plan has the same for their cohort; or its provider."""
    provider, period = standing_of(patients, previous, model.frame.system.providers)
    away = np.append(model.lanes.away, False)[outcome.lane]
    entry_provider = np.where(away, np.append(model.lanes.provider, -1)[outcome.lane], -1)
    periods = model.frame.curves.periods + 1
    width = len(model.frame.system.providers) + 1

    def cell(lots: Codes, providers: Codes, times: Ints | int) -> Codes:
        result: Codes = (lots * width + providers + 1) * (periods + 1) + times
        return result

    for by_period in (True, False):
        mine = np.flatnonzero((provider >= 0) & (entry < 0))
        if not len(mine):
            return
        open_ = np.flatnonzero((entry_provider >= 0) & (left > 0))
        key = cell(lot[mine], provider[mine], period[mine] if by_period else 0)
        of_entry = cell(
            outcome.lot[open_], entry_provider[open_], outcome.period[open_] if by_period else 0
        )
        sequence = np.lexsort((outcome.period[open_], of_entry))
        count = left[open_][sequence]
        entry_key, places = np.repeat(of_entry[sequence], count), np.repeat(open_[sequence], count)
        at = np.searchsorted(entry_key, key) + _ranks(key, first[mine])
        fits = at < np.searchsorted(entry_key, key, side="right")
        taken = places[at[fits]]
        entry[mine[fits]] = taken
        np.subtract.at(left, taken, 1)


def standing_of(
    patients: PatientList, previous: pd.DataFrame, providers: tuple[str, ...]
) -> tuple[Codes, Ints]:
    """Find the provider and period of the offer that each patient holds; -1 and 0 for none."""
    needed = ("patient_id", "provider", "period")
    absent = [name for name in needed if name not in previous]
    if absent:
        raise InputError(f"previous has no {', '.join(absent)}: pass a table of plan.patients")
    offers = previous
    if "decision" in offers:
        offers = offers[(offers["decision"] == "offer").to_numpy(dtype=bool)]
    if offers["patient_id"].duplicated().any():
        raise InputError("previous holds more than one offer for a patient: keep the one that is")
    known = pd.Index(patients.frame["patient_id"], dtype=object)
    at = positions(offers["patient_id"], known)
    code = positions(offers["provider"], providers)
    numbers = pd.to_numeric(offers["period"], errors="coerce")
    if (numbers.isna() & offers["period"].notna()).any():
        raise InputError("previous has periods that are not numbers: pass a table of plan.patients")
    times = numbers.fillna(0).to_numpy(dtype=np.int64)
    here = (at >= 0) & (code >= 0)
    provider = np.full(len(known), -1, dtype=np.int64)
    period = np.zeros(len(known), dtype=np.int64)
    provider[at[here]], period[at[here]] = code[here], times[here]
    return provider, period


def named(
    model: Model, places: Places, patients: PatientList, previous: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Write places as a table, a row a patient: see :meth:`mutualaid.Plan.patients`."""
    frame, lanes, system = patients.frame, model.lanes, model.frame.system
    treated = places.lane >= 0
    away = moved(model, places)
    provider = np.where(treated, np.append(lanes.provider, -1)[places.lane], -1)
    weeks = frame["weeks_waiting"].to_numpy(dtype=np.int64)
    start = (places.period - 1) * system.period_weeks
    held = ("patient_id", "pathway_id", "pathway_issuer", "origin", *system.lines.columns)
    held += ("priority", "area")
    columns: dict[str, object] = {name: frame[name].array for name in held if name in frame}
    columns["weeks_waiting"] = weeks
    if "days_waiting" in frame:
        columns["days_waiting"] = frame["days_waiting"].array
    columns["decision"] = _decisions(frame, away)
    columns["provider"] = pd.Categorical.from_codes(provider, categories=pd.Index(system.providers))
    columns["period"] = _where(places.period, treated)
    if patients.census is not None:
        columns["from_date"] = _dates(patients.census, start, treated)
        notice = np.maximum(start, NOTICE_WEEKS)
        columns["earliest_date"] = _dates(patients.census, notice, away)
    ways = {"minutes": lanes.minutes, "miles": lanes.miles, "extra_minutes": lanes.extra}
    for name, values in ways.items():
        if name == "miles" and name not in system.travel:
            continue
        columns[name] = np.append(values, np.nan)[places.lane]
    columns["weeks_at_treatment"] = _where(weeks + start, treated)
    if previous is not None:
        columns["change"] = _changes(patients, previous, system.providers, away, provider, places)
    return pd.DataFrame(columns, index=frame.index)


def _decisions(frame: pd.DataFrame, away: Mask) -> pd.Series:
    dated = np.zeros(len(frame), dtype=bool)
    if "date_weeks" in frame:
        dated = np.isfinite(frame["date_weeks"].to_numpy(dtype=np.float64))
    codes = np.where(away, 0, np.where(dated, 2, 1))
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(DECISIONS)))


def _where(values: Ints, mask: Mask) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(values.astype(np.int64), ~mask)


def _dates(census: dt.date, weeks: Ints, mask: Mask) -> np.ndarray:
    dates = np.datetime64(census, "D") + (weeks * 7).astype("timedelta64[D]")
    result: np.ndarray = np.where(mask, dates, np.datetime64("NaT", "D")).astype("datetime64[s]")
    return result


def _changes(
    patients: PatientList,
    previous: pd.DataFrame,
    providers: tuple[str, ...],
    away: Mask,
    provider: Codes,
    places: Places,
) -> pd.Series:
    was, when = standing_of(patients, previous, providers)
    had = was >= 0
    codes = np.full(len(was), -1, dtype=np.int64)
    codes[away & ~had] = CHANGES.index("new")
    codes[had & ~away] = CHANGES.index("withdrawn")
    both = had & away
    codes[both] = CHANGES.index("other provider")
    same = both & (was == provider)
    codes[same] = CHANGES.index("other period")
    codes[same & (when == places.period)] = CHANGES.index("kept")
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(CHANGES)))


def as_patients(patients: object, waiting_list: pd.DataFrame) -> PatientList:
    """Take a list of patients as it comes: a PatientList, a table, or the system's own rows.

    Raises
    ------
    InputError
        If there is no list, and the system was made of counts.
    """
    if isinstance(patients, PatientList):
        return patients
    if patients is not None:
        return PatientList(patients)
    if "patient_id" not in waiting_list:
        raise InputError(
            "the system was made of counts: pass the patients, as read by read_waiting_list"
        )
    return PatientList(waiting_list, checked=True)
