"""The model of a system once more when nothing but its slots has changed.

Scenarios of capacity differ in what slots carry, not in queues, lanes, harm or arcs. What they
share is worked out once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.data.system import System
from mutualaid.model.arcs import Kind
from mutualaid.model.lanes import build_slots
from mutualaid.model.limits.caps_and_pools import build_rows
from mutualaid.model.model import Frame, Model
from mutualaid.policy.policy import Policy


def frame_again(frame: Frame, system: System, policy: Policy) -> Frame | None:
    """The frame of a system, from that of another one that differs in its slots only.

    Returns
    -------
    Frame or None
        None where more differs: other tables, the policy, or which pairs of provider and service
        have slots and when.
    """
    same = policy is frame.policy and frame.rooms is None
    if not (same and system.differs_in_capacity_only(frame.system)):
        return None
    slots, before = build_slots(system), frame.slots
    alike = np.array_equal(slots.position, before.position) and np.array_equal(
        slots.count == 0, before.count == 0
    )
    return replace(frame, system=system, slots=slots) if alike else None


def model_again(model: Model, frame: Frame) -> Model | None:
    """A model for a frame of :func:`frame_again`, with the arcs of another one.

    Returns
    -------
    Model or None
        None where it was made for another frame, or either has side rows: these count slots, too,
        and rows that could not bind before may do so now.
    """
    if frame.lanes is not model.frame.lanes or len(model.network.rows) or model.choices:
        return None
    means = model.means
    slots = means.arcs(Kind.SLOTS)
    capacity = model.network.capacity.copy()
    capacity[slots] = frame.slots.count[means.pair[slots], means.period[slots] - 1]
    network = replace(model.network, capacity=capacity)
    rows = build_rows(
        frame.system, frame.policy, frame.queues, frame.slots, model.lanes, network, means
    )
    return None if len(rows) else replace(model, frame=frame, network=network)
