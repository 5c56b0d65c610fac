"""Who of a cohort goes, where the plan does not mind: those who gain most by going.

A plan says how many of a cohort (patients of one queue who have waited equally long) are treated
where and when; which of them goes costs the same. Those who would be treated at the same time
alone are alike, and a *band*. The places at home are shared out first, the latest one first: each
goes to the band that is treated alone the soonest, but no sooner than the place is, so that
nobody who stays waits longer than alone; where there is no such band, to the one that is treated
alone the latest, which loses least. Whoever is left goes: those whom their own trust would treat
last. The bands take the places elsewhere in the order in which they are treated alone, and
patients of a band take its places by rank (the longest wait first, then priority, then a hash), in
the order of the period, in it home first, then the shortest extra way, then the provider's code.
"""

from __future__ import annotations

import numpy as np

from mutualaid.data.column_checks import Ints, Mask
from mutualaid.model.outcome import Outcome
from mutualaid.model.queues import Codes


def choose(
    outcome: Outcome,
    away: Mask,
    left: Ints,
    end: int,
    lot: Codes,
    alone: Ints,
    rank: Ints,
    entry: Codes,
) -> None:
    """Give patients of cohorts of which some stay and some go their places, in ``entry``.

    Cohorts that all stay, all go or would all be treated at the same time alone are left as they
    are: there is nothing to choose.

    Parameters
    ----------
    outcome
        What becomes of every lot, by lot.
    away, left : arrays, shape (entries,)
        Whether an entry is elsewhere, and how many places of it are free. These are lessened.
    end
        The period that stands for being untreated.
    lot, alone, rank, entry : int64 arrays, shape (patients,)
        The lot of each patient, the period in which their own trust would treat them alone, their
        rank among all, and the entry that they have; -1 where they have none yet. This is filled.
    """
    free = np.flatnonzero(entry < 0)
    order = free[np.lexsort((rank[free], alone[free], lot[free]))]
    lots, start = np.unique(lot[order], return_index=True)
    ends = np.append(start, len(order))[1:]
    # Whoever is alike has the same period alone, first and last.
    several = alone[order[start]] < alone[order[ends - 1]]
    goes = np.zeros(int(max(lot.max(initial=-1), outcome.lot.max(initial=-1))) + 1, dtype=np.int64)
    np.add.at(goes, outcome.lot[away], left[away])
    mixed = several & (goes[lots] > 0) & (goes[lots] < ends - start)
    first, last = (np.searchsorted(outcome.lot, lots, side=s) for s in ("left", "right"))
    for at in np.flatnonzero(mixed).tolist():
        people = order[start[at] : ends[at]]
        here = np.arange(first[at], last[at])
        here = here[left[here] > 0]
        places = np.repeat(here, left[here])
        # Who is expected to leave, or has no place at all, is untreated at home.
        lacking = max(len(people) - len(places), 0)
        places = np.append(places, np.full(lacking, -1, dtype=np.int64))[: len(people)]
        times = np.where(places < 0, end, outcome.period[places])
        elsewhere = np.where(places < 0, False, away[places])
        taken = places[_matched(alone[people], times, elsewhere)]
        entry[people] = taken
        np.subtract.at(left, taken[taken >= 0], 1)


def _matched(alone: Ints, times: Ints, away: Mask) -> Codes:
    """Position of the place of each patient.

    Patients are by ``alone``, then by rank; places in the order in which they are taken.
    """
    bands, size = np.unique(alone, return_counts=True)
    room = size.tolist()
    own: list[list[int]] = [[] for _ in room]
    over = []
    for place in np.flatnonzero(~away)[::-1].tolist():
        band = int(np.searchsorted(bands, times[place]))
        while band < len(room) and not room[band]:
            band += 1
        if band == len(room):
            over.append(place)
            continue
        room[band] -= 1
        own[band].append(place)
    for place in over:
        band = max(b for b, many in enumerate(room) if many)
        room[band] -= 1
        own[band].append(place)
    goes = iter(np.flatnonzero(away).tolist())
    for band, many in enumerate(room):
        own[band].extend(next(goes) for _ in range(many))
    return np.array([place for taken in own for place in sorted(taken)], dtype=np.int64)
