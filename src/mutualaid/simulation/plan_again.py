"""Plan anew in the course of a replay, for the list as it is and what is still expected.

The new plan has the lists, slots and rules that hold from then on. What the policy says of the time
since the census or a referral, and of weeks saved against the forecast of the census, becomes a
column of its patients: the periods in which moves are open to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.label_codes import rows_among
from mutualaid.data.system import System
from mutualaid.model.alone_groups import saves_enough
from mutualaid.model.arcs import Kind
from mutualaid.model.eligibility import MayGo
from mutualaid.model.model import Frame, Model
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.model.sorted_rows import in_order, run_starts
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build
from mutualaid.policy.policy import Policy
from mutualaid.simulation.observation import Observation, edges, unbooked_slots
from mutualaid.simulation.open_moves import in_time
from mutualaid.simulation.restrict_policy import fitting, rows
from mutualaid.simulation.sample_path import capacity_table, quietly
from mutualaid.simulation.schedule import Schedule, schedule_from

DECLINED = "said no in the replay"
"""A column, ``"yes"`` for patients who have declined, that keeps them in queues of their own."""
OPEN = "moves open in the replay"
"""A column: for each period that is left, 1 if moves are open then to the patients, or 0."""
MAY_GO = "may go in the replay"
"""A column: where patients may go by their own columns."""
KINDS = ("no", "yes")
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Observed:
    """What is planned anew, whose period 1 is that of the observation.

    Attributes
    ----------
    system, policy
        What is left of the plan's own.
    columns : dict of str to str
        Columns of the frame's queues, but those of what becomes of them, and what they are called
        in the system.
    pattern : object array, shape (lots,), or None
        The column :data:`OPEN` of each lot; None where the system has none.
    """

    system: System
    policy: Policy
    columns: dict[str, str]
    pattern: Texts | None


def plan_again(observation: Observation) -> Schedule:
    """Schedule of the best plan from this period on, for today's list and what is expected."""
    frame, now = observation.frame, observation.period
    found = as_observed(observation)
    plan = planned(found, observation)
    known = plan.model.frame.queues.labels
    queues = frame.queues
    code = np.zeros(len(queues.lot_queue), dtype=np.int64)
    patterns = np.array([""], dtype=object)
    if found.pattern is not None:
        patterns, code = np.unique(found.pattern.astype(str), return_inverse=True)
    each, place = np.unique(queues.lot_queue * len(patterns) + code, return_inverse=True)
    labels = queues.labels[list(found.columns)].rename(columns=found.columns)
    labels = labels.iloc[each // len(patterns)].reset_index(drop=True)
    labels[OPEN] = patterns[each % len(patterns)]
    numbers = np.stack([rows_among(known, labels.assign(**{DECLINED: kind})) for kind in KINDS])
    return schedule_from(plan.model, plan.outcome, frame, numbers[:, place], now)


def planned(found: Observed, observation: Observation) -> Plan:
    """The best plan for what is observed."""
    problem = build(found.system, found.policy, observation.context.collaboration)
    return replace(problem, model=_shut(problem.model)).solve()


def _shut(model: Model) -> Model:
    """Shut the moves of patients in periods that are not open to them."""
    labels = model.frame.queues.labels
    if OPEN not in labels:
        return model
    kinds = labels[OPEN].cat
    open_ = np.array([[one == "1" for one in kind] for kind in kinds.categories], dtype=bool)
    means, network = model.means, model.network
    arcs = means.arcs(Kind.TREAT)
    lane = means.lane[arcs]
    pattern = np.asarray(kinds.codes, dtype=np.int64)[model.lanes.queue[lane]]
    shut = arcs[model.lanes.away[lane] & ~open_[pattern, means.period[arcs] - 1]]
    capacity = network.capacity.copy()
    capacity[shut] = 0
    return replace(model, network=replace(network, capacity=capacity))


def as_observed(observation: Observation) -> Observed:
    """The system and policy of an observation, whose period becomes period 1.

    The list is today's; referrals and slots are the expected ones. Patients who have declined twice
    may not move, nor may as many of the others as are expected to decline: otherwise the plan would
    count on moves that never happen. Expected removals are already taken off the referrals, who is
    booked off the lists and the slots, and the slots for patients who have moved and still wait off
    the slots.
    """
    frame = observation.frame
    queues, system, now = frame.queues, frame.system, observation.period
    later = np.where(queues.lot_referred > now, queues.lot_free, 0)
    here = observation.unasked + observation.asked_once
    willing, coming = willing_of(observation, later)
    parts = {
        "no": (willing, coming),
        "yes": (observation.declined + here - willing, later - coming),
    }
    some = any(count.any() for count in parts["yes"])
    parts = parts if some else {"no": parts["no"]}
    pattern = _patterns(observation)
    columns = {name: MAY_GO if name == "may_go" else name for name in queues.names}
    labels = queues.labels[list(columns)].rename(columns=columns)
    tables = []
    for kind, counts in parts.items():
        more = {DECLINED: kind} if some else {}
        made = (
            _cohorts(observation, counts[0], pattern),
            _referrals(observation, counts[1], pattern),
        )
        tables.append([_labelled(t, labels, queues.lot_queue, pattern, more) for t in made])
    waiting, referrals = (pd.concat(side, ignore_index=True) for side in zip(*tables, strict=True))
    slots = unbooked_slots(frame)[:, now - 1 :]
    slots = slots - np.clip(
        observation.held[:, None] - (np.cumsum(slots, axis=1) - slots), 0, slots
    )
    again = quietly(
        lambda: System(
            waiting,
            capacity_table(frame, slots),
            system.travel,
            referrals if len(referrals) else None,
            period_weeks=system.period_weeks,
            periods=system.periods - now + 1,
            unlisted=system.unlisted,
        )
    )
    people = pd.concat([table for table in (waiting, referrals) if len(table)] or [waiting])
    policy = _policy(frame, again, people)
    return Observed(system=again, policy=policy, columns=columns, pattern=pattern)


def _policy(frame: Frame, again: System, people: pd.DataFrame) -> Policy:
    """The policy of what is left: what hangs on the census is in columns of the patients."""
    policy = fitting(frame.policy, again).replace(
        notice_weeks=0, lead_weeks=0, min_weeks_saved=0, adults_only=False, acceptance=None
    )
    lanes = []
    if DECLINED in people and (people[DECLINED] == "yes").any():
        lanes.append({DECLINED: "yes"})
    if MAY_GO in people and frame.queues.may_go is not None:
        lanes += _closed(frame.queues.may_go, set(people[MAY_GO]), again.providers)
    if OPEN in people and len(people):
        # Nobody moves to where they are: it shuts nothing, and queues are told apart by the column.
        first = people.iloc[0]
        lanes.append({OPEN: first[OPEN], "origin": first["origin"], "provider": first["origin"]})
    return policy.replace(forbidden_lanes=[*rows(policy.forbidden_lanes), *lanes] or None)


def _closed(sets: MayGo, there: set[str], providers: tuple[str, ...]) -> list[dict[str, str]]:
    """Lanes that patients close themselves, or sites to them, as rows of forbidden lanes."""
    result = []
    for label, open_ in zip(sets.labels, sets.open, strict=True):
        if label in there:
            shut = [name for name, may in zip(providers, open_, strict=True) if not may]
            # Who may go nowhere, or anywhere, is told by one row, or by none.
            every = [{MAY_GO: label}] if len(shut) == len(providers) else None
            result += every or [{MAY_GO: label, "provider": name} for name in shut]
    return result


def willing_of(observation: Observation, later: Ints) -> tuple[Ints, Ints]:
    """How many of each lot are expected to accept: of those who are here, and who come later.

    An offer is taken for the likeliest one that the lot can have: now, or when it joins. Who has
    not been asked may be asked twice, if there are two periods left. In whole patients; rounding is
    of the running total, so that none is lost.
    """
    here = observation.unasked + observation.asked_once
    frame, answers = observation.frame, observation.context.answers
    if answers.acceptance == 1:
        return here, later
    lots = np.flatnonzero((here > 0) | (later > 0))
    lot, lane = edges(frame, lots, np.flatnonzero(frame.lanes.away))
    when = np.maximum(frame.queues.lot_arrival, observation.period)
    best = np.zeros(len(here))
    for period in np.unique(when[lots]):
        then = when[lot] == period
        chance = answers.chance(frame, lot[then], lane[then], int(period))
        np.maximum.at(best, lot[then], chance)
    twice = 1 - (1 - best) ** np.where(when < frame.curves.periods, 2, 1)
    share = np.divide(
        observation.unasked * twice + observation.asked_once * best,
        here,
        out=np.zeros_like(best),
        where=here > 0,
    )
    return share_of(here, share), share_of(later, twice)


def share_of(patients: Ints, share: Floats | float) -> Ints:
    """A share of each lot in whole patients; the running total is rounded, so none is lost.

    Examples
    --------
    >>> share_of(np.array([1, 1, 1, 1]), 0.5).tolist()
    [1, 0, 1, 0]
    """
    ends = np.floor(np.cumsum(patients * share) + 0.5 + ROUNDING).astype(np.int64)
    result: Ints = np.minimum(np.diff(ends, prepend=0), patients)
    return result


ROUNDING = 1e-9
"""A share that is a whole number but for rounding is that number."""


def _patterns(observation: Observation) -> Texts | None:
    """When moves are open to each lot, as text of 0 and 1; None where they always are."""
    frame, now = observation.frame, observation.period
    queues, periods = frame.queues, frame.curves.periods
    away = frame.lanes.away
    moves = np.zeros(len(queues), dtype=bool)
    moves[frame.lanes.queue[away]] = True
    # Who never gains by moving has no lane here, and would have one in the new plan.
    gains = np.full((len(queues), periods), queues.alone is None)
    gains[frame.lanes.queue[away]] = saves_enough(frame, frame.lanes)[away]
    open_: Mask = np.stack(
        [
            np.where(
                moves[queues.lot_queue] & (period >= queues.lot_arrival),
                in_time(frame, period) & gains[queues.lot_queue, period - 1],
                gains[queues.lot_queue, -1],
            )
            for period in range(now, periods + 1)
        ],
        axis=1,
    )
    if open_.all():
        return None
    kinds, code = np.unique(open_, axis=0, return_inverse=True)
    words = np.array(["".join("01"[int(one)] for one in kind) for kind in kinds], dtype=object)
    result: Texts = words[code.reshape(-1)]
    return result


def _cohorts(observation: Observation, patients: Ints, pattern: Texts | None) -> pd.DataFrame:
    """Patients who wait, by lot: a row a queue, wait and pattern."""
    lot = np.flatnonzero(patients > 0)
    # Who has joined in this period with a clock that starts later in it has waited no week yet.
    weeks = np.maximum(observation.waited[lot], 0)
    return _added_up(observation, lot, patients[lot], pattern, weeks_waiting=weeks)


def _referrals(observation: Observation, patients: Ints, pattern: Texts | None) -> pd.DataFrame:
    """Expected patients, by lot, with their clocks: a row a queue, period, clock and pattern."""
    queues = observation.frame.queues
    lot = np.flatnonzero(patients > 0)
    columns = {"period": queues.lot_referred[lot] - observation.period + 1}
    clock = observation.frame.curves.waited(queues.lot_weeks, queues.lot_arrival)
    if clock[queues.lot_referred > 0].any():
        columns["weeks_waiting"] = np.maximum(clock[lot], 0)
    if (clock[queues.lot_referred > 0] < 0).any():
        columns["weeks_later"] = np.maximum(-clock[lot], 0)
    return _added_up(observation, lot, patients[lot], pattern, **columns)


def _added_up(
    observation: Observation, lot: Codes, patients: Ints, pattern: Texts | None, **columns: Ints
) -> pd.DataFrame:
    """Counts by lot, those added up that are alike in all that the new plan sees of them."""
    queues = observation.frame.queues
    code = np.zeros(len(lot), dtype=np.int64)
    if pattern is not None:
        code = np.unique(pattern[lot].astype(str), return_inverse=True)[1].astype(np.int64)
    keys = [queues.group[queues.lot_queue[lot]], code, *columns.values()]
    order = in_order(*keys)
    first = run_starts(*(key[order] for key in keys))
    count = np.add.reduceat(patients[order], first) if len(first) else patients
    rows = {name: values[order][first] for name, values in columns.items()}
    return pd.DataFrame({"lot": lot[order][first], **rows, "patients": count})


def _labelled(
    table: pd.DataFrame,
    labels: pd.DataFrame,
    lot_queue: Codes,
    pattern: Texts | None,
    more: dict[str, str],
) -> pd.DataFrame:
    """Counts by lot as a table of a system, with the labels of their queues."""
    lot = table["lot"].to_numpy(dtype=np.int64)
    who = labels.iloc[lot_queue[lot]].astype(object).reset_index(drop=True)
    if pattern is not None:
        who[OPEN] = pattern[lot]
    found: pd.DataFrame = who.assign(**more).join(table.drop(columns="lot"))
    return found
