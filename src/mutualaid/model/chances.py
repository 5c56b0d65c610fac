"""The chance that patients of a queue accept treatment elsewhere, and how many are counted on.

Queues are told apart by when their patients are treated alone, so that what an offer saves is one
number for each lane and period: see :mod:`mutualaid.model.alone_groups`.

Chances are held as *asks a move*: how many patients must be asked for one to say yes, in 1/1000,
rounded up. From there on all is whole numbers. Each patient is asked at most twice, so that of
:math:`n` patients asked for a single place with chance :math:`a` at most :math:`a (2 - a) n` are
counted on. In whole patients it is this number rounded down or up, up as often as the part of a
patient asks for: by a fixed sequence over the queues of one list, which does not know what a plan
would like.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.model.lanes import Lanes
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.model.sorted_rows import members
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.acceptance_table import LABELS
from mutualaid.policy.policy import Policy

UNIT = 1000
"""An ask counts so many units."""
NEVER = 100 * UNIT
"""Where more than this would have to be asked for a move, nobody is: 100 patients."""
STEPS = 4096
"""Into so many steps a patient is cut when parts of patients are rounded."""
GOLDEN = 2531
"""The golden section of :data:`STEPS`, and odd: its multiples are spread evenly."""
ROWS = 2_000_000
"""So many offers are looked at together."""

WEEKS = ("weeks_waiting", "weeks_at_treatment")
"""Columns of offers in which patients of one queue differ."""


def labels_read(system: System, policy: Policy) -> list[str]:
    """Columns of the waiting list that tell apart who is likelier to accept.

    Raises
    ------
    InputError
        If the list does not have one.
    """
    acceptance = policy.acceptance
    if acceptance is None or not policy.some_decline:
        return []
    told = ("origin", "provider", "service", "priority")
    own = [name for name in (*LABELS, *acceptance.reads) if name not in told]
    tables = [t for t in (system.waiting_list, system.referrals) if t is not None and len(t)]
    have = list(dict.fromkeys(name for name in own if all(name in t for t in tables)))
    if acceptance.reads_all:
        return have
    missing = [name for name in own if name in acceptance.needs and name not in have]
    if missing:
        raise InputError(
            f"acceptance, a {acceptance.name}, depends on {', '.join(missing)}, and waiting_list "
            "or referrals do not say it: add the column (PatientList.waiting_list keeps those that "
            "it is told to), or pass an acceptance without it"
        )
    return [name for name in have if name in (*acceptance.needs, *acceptance.reads)]


def asks_a_move(frame: Frame, lanes: Lanes, open_: Mask) -> Ints:
    """How many patients must be asked for one to go, in units of 1/1000.

    Parameters
    ----------
    frame, lanes
        The frame, whose queues are told apart by when their patients are treated alone; its lanes.
    open_ : bool array, shape (lanes, periods)
        Where patients could go at all.

    Returns
    -------
    int64 array, shape (lanes, periods)
        :data:`UNIT` where everybody accepts, or nobody has to be asked; more than :data:`NEVER`
        where nobody is asked.
    """
    asks = np.full(open_.shape, UNIT, dtype=np.int64)
    acceptance = frame.policy.acceptance
    if acceptance is None or not frame.policy.some_decline or frame.queues.alone is None:
        return asks
    lane, step = np.nonzero(open_ & lanes.away[:, None])
    asks[~open_ & lanes.away[:, None]] = NEVER + 1
    for start in range(0, len(lane), ROWS):
        part = slice(start, start + ROWS)
        chance = _chance(frame, lanes, acceptance, lane[part], step[part])
        # A little off the quotient: 1 / 0.1 is ten, not a thousandth more.
        needed = np.ceil(UNIT / np.maximum(chance, 1 / (NEVER * UNIT)) - 1e-9)
        asks[lane[part], step[part]] = np.minimum(needed, NEVER + 1).astype(np.int64)
    return asks


def counted_on(asks: Ints, patients: Ints, rank: Codes) -> Ints:
    """How many of a queue's patients are counted on to go along a single lane in a period.

    Parameters
    ----------
    asks : int64 array
        Asks a move, in 1/1000.
    patients : int64 array, of the same shape
        How many could be asked.
    rank : int64 array, to be broadcast against them
        The place of the queue among those of its list.

    Examples
    --------
    >>> half = np.array([2000, 2000, 2000, 1000])
    >>> counted_on(half, np.array([100, 1, 1, 7]), np.arange(4)).tolist()
    [75, 0, 1, 7]
    """
    usable = np.where(asks > NEVER, UNIT, asks)
    # a (2 - a) n, with a = UNIT / asks, in steps of a patient.
    top = UNIT * (2 * usable - UNIT) * patients * STEPS
    raised = (rank * GOLDEN + STEPS // 2) % STEPS * usable**2
    result: Ints = (top + raised) // (usable**2 * STEPS)
    return np.where(asks > NEVER, 0, np.minimum(result, patients))


def places_in_list(frame: Frame) -> Codes:
    """The place of each queue among those of its list: the same origin and line."""
    queues = frame.queues
    order = np.lexsort((np.arange(len(queues)), queues.line, queues.origin))
    key = (queues.origin * len(frame.system.lines) + queues.line)[order]
    first = np.searchsorted(key, key)
    result = np.empty(len(queues), dtype=np.int64)
    result[order] = np.arange(len(queues)) - first
    return result


def _chance(frame: Frame, lanes: Lanes, acceptance: Acceptance, lane: Codes, step: Codes) -> Floats:
    """The chance of each lane and period: of its patients together, where they differ."""
    queues, queue = frame.queues, lanes.queue[lane]
    read = (*acceptance.needs, *acceptance.reads)
    by_lot = acceptance.reads_all or any(name in read for name in WEEKS)
    if not by_lot:
        return _asked(frame, lanes, acceptance, lane, step, None)
    rows, lot = members(queues.lot_queue, queue)
    weight = queues.lot_free[lot] * (queues.lot_arrival[lot] + frame.lead <= step[rows] + 1)
    some = weight > 0
    rows, lot, weight = rows[some], lot[some], weight[some]
    chance = _asked(frame, lanes, acceptance, lane[rows], step[rows], lot)
    people = np.bincount(rows, weights=weight, minlength=len(lane))
    total = np.bincount(rows, weights=weight * chance, minlength=len(lane))
    result: Floats = total / np.maximum(people, 1)
    return result


def _asked(
    frame: Frame,
    lanes: Lanes,
    acceptance: Acceptance,
    lane: Codes,
    step: Codes,
    lot: Codes | None,
) -> Floats:
    """What the rule says of offers: of a lane in a period, and of a lot if patients differ."""
    queues, weeks = frame.queues, frame.system.period_weeks
    queue = lanes.queue[lane]
    assert queues.alone is not None
    alone = queues.alone
    columns: dict[str, Callable[[], object]] = {
        name: lambda name=name: queues.labels[name].array.take(queue)  # type: ignore[misc]
        for name in queues.names
    }
    columns["provider"] = lambda: pd.Categorical.from_codes(
        lanes.provider[lane], categories=pd.Index(frame.system.providers)
    )
    columns["period"] = lambda: step + 1
    columns["minutes"] = lambda: lanes.minutes[lane]
    columns["extra_minutes"] = lambda: lanes.extra[lane]
    columns["weeks_saved"] = lambda: (alone[queue] - step - 1) * weeks
    if lot is not None:
        columns["weeks_waiting"] = lambda: queues.lot_weeks[lot]
        columns["weeks_at_treatment"] = lambda: np.maximum(queues.lot_weeks[lot] + step * weeks, 0)
    wanted = columns if acceptance.reads_all else (*acceptance.needs, *acceptance.reads)
    known = {name: columns[name]() for name in wanted if name in columns}
    offers = pd.DataFrame(known, index=pd.RangeIndex(len(lane)))
    try:
        return acceptance(offers)
    except KeyError as error:
        raise InputError(
            f"acceptance, a {acceptance.name}, reads a column that plans do not tell patients "
            f"apart by: {error}; it can read {', '.join(columns)}"
        ) from error
