"""A frame with slots more in one place, and what hangs on them: bookings and lent rooms."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from mutualaid.data.system import reserved_of
from mutualaid.model.build import build_frame
from mutualaid.model.lanes import build_lanes, build_slots
from mutualaid.model.limits.lent_rooms import add_rooms
from mutualaid.model.model import Frame
from mutualaid.policy.collaboration import Collaboration


def frame_with(frame: Frame, mode: Collaboration, pair: int, step: int, count: int) -> Frame:
    """A frame with slots more in one place; of lent rooms, with what its team can do then."""
    if count and frame.system.booked is not None:
        # With a slot more another booking may stand.
        reserved = reserved_of(frame.system, _capacity_with(frame, pair, step, count))
        frame = build_frame(frame.system, frame.policy, mode.lend, reserved)
    slots = build_slots(frame.system) if frame.rooms is not None else frame.slots
    more = slots.count.copy()
    more[pair, step] += count
    slots = replace(slots, count=more)
    if frame.rooms is None or mode.lend is None:
        return replace(frame, slots=slots)
    lanes = build_lanes(frame.system, frame.policy, frame.queues, slots)
    slots, lanes, rooms = add_rooms(
        frame.system, frame.policy, frame.queues, slots, lanes, mode.lend
    )
    return replace(frame, slots=slots, lanes=lanes, rooms=rooms)


def _capacity_with(frame: Frame, pair: int, step: int, count: int) -> pd.DataFrame:
    """The table of capacity with slots more in one place."""
    table, system = frame.system.capacity, frame.system
    here = (table["provider"] == system.providers[frame.slots.provider[pair]]).to_numpy()
    here = here & (system.lines.of(table) == frame.slots.line[pair])
    more = table[here].head(1).assign(period=step + 1, slots=count)
    wider: pd.DataFrame = pd.concat([table, more], ignore_index=True)
    return wider
