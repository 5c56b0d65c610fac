"""Reuse a model for a system that differs in its slots only.

Scenarios of capacity share queues, lanes, harm and arcs, which are derived once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.data.system import System, reserved_of
from mutualaid.model.arcs import Kind
from mutualaid.model.lanes import build_slots
from mutualaid.model.limits import limited
from mutualaid.model.model import Frame, Model
from mutualaid.policy.policy import Policy


def frame_again(frame: Frame, system: System, policy: Policy) -> Frame | None:
    """The frame of a system, from that of one that differs in its slots only.

    Returns
    -------
    Frame or None
        None if other tables or the policy differ, or the pairs of provider and service with slots
        in each period.
    """
    same = policy is frame.policy and frame.rooms is None
    if not (same and system.differs_in_capacity_only(frame.system)):
        return None
    slots, before = build_slots(system), frame.slots
    alike = np.array_equal(slots.position, before.position) and np.array_equal(
        slots.count == 0, before.count == 0
    )
    return replace(frame, system=system, slots=slots) if alike and _same(frame, system) else None


def _same(frame: Frame, system: System) -> bool:
    """Whether the same bookings stand in a system as in that of a frame."""
    found, before = reserved_of(system), reserved_of(frame.system)
    if found is None or before is None:
        return found is before
    names = ("row", "period", "patients")
    return all(np.array_equal(getattr(found, n), getattr(before, n)) for n in names)


def model_again(model: Model, frame: Frame) -> Model | None:
    """The model of a frame of :func:`frame_again`, with the arcs of the earlier model.

    Returns
    -------
    Model or None
        None if it belongs to another frame, or there are side rows, which depend on slots as well.
    """
    if frame.lanes is not model.frame.lanes or len(model.network.rows) or model.choices:
        return None
    means = model.means
    slots = means.arcs(Kind.SLOTS)
    capacity = model.network.capacity.copy()
    capacity[slots] = frame.slots.count[means.pair[slots], means.period[slots] - 1]
    network = replace(model.network, capacity=capacity)
    again = replace(model, frame=frame, network=network)
    again = limited(again, moves=not model.lanes.home.all())
    return None if len(again.network.rows) else again
