"""Which moves are open when: one place that says so, for every policy of a replay.

A lot is open in a period if there has been time for notice and to prepare a move, and its patients
have waited long enough; a lane if who takes it then is treated so much sooner than alone, by the
forecast at the census. What
patients decide for themselves (consent, dates, limits of their own), and what sites accept, is in
the lanes themselves.
"""

from __future__ import annotations

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.model.alone_groups import saves_enough
from mutualaid.model.model import Frame


def in_time(frame: Frame, period: int) -> Mask:
    """Mask of the lots, shape (lots,), whose patients can be moved so soon.

    Notice counts from the census; the time that a move takes also from when patients join.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=2)
    >>> frame = ma.optimise(system, ma.Policy(notice_weeks=3, lead_weeks=0)).model.frame
    >>> [bool(in_time(frame, period).any()) for period in (1, 2)]
    [False, True]
    """
    weeks, policy = frame.system.period_weeks, frame.policy
    since = (period - frame.queues.lot_arrival) * weeks
    return (since >= policy.lead_weeks) & ((period - 1) * weeks >= policy.notice_weeks)


def open_lots(frame: Frame, period: int) -> Mask:
    """Mask of the lots, shape (lots,), whose patients may be asked to move in a period.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=2)
    >>> policy = ma.Policy(min_weeks_to_move=18, lead_weeks=0)
    >>> frame = ma.optimise(system, policy).model.frame
    >>> int(frame.queues.lot_weeks[open_lots(frame, 1)].min())
    18
    """
    # A clock that starts later in the period shows no week, as a new one does.
    waited = np.maximum(frame.curves.waited(frame.queues.lot_weeks, period), 0)
    result: Mask = in_time(frame, period) & (waited >= frame.policy.min_weeks_to_move)
    return result


def open_lanes(frame: Frame, period: int) -> Mask:
    """Mask of the lanes, shape (lanes,), by which anybody may be treated away in a period.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=2)
    >>> policy = ma.Policy(min_weeks_saved=8, lead_weeks=0)
    >>> frame = ma.optimise(system, policy).model.frame
    >>> bool(open_lanes(frame, 1).any()), bool(open_lanes(frame, 2).any())
    (True, False)
    """
    result: Mask = frame.lanes.away & saves_enough(frame, frame.lanes)[:, period - 1]
    return result
