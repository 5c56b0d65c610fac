"""The parts of a model: a network, what its arcs stand for, and the data they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.data.system import System
from mutualaid.model.arcs import Meaning
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.harm_costs import Curves
from mutualaid.model.lanes import Lanes, Slots
from mutualaid.model.network import Ints, Network
from mutualaid.model.outcome import Outcome
from mutualaid.model.queues import Codes, Queues
from mutualaid.model.strands import Strands
from mutualaid.policy.policy import Policy


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rooms:
    """Lent rooms as arrays.

    Attributes
    ----------
    team_slots : int64 array, shape (providers, services, periods)
        Slots that each team can staff; those of its own rooms where it is not listed.
    room_slots, session, price : int64 arrays, shape (rooms, periods)
        Slots of each room; patients to a session (0 if it is not let by the session); price of a
        session in 1/1000 harm-weeks.
    team : int64 array, shape (pairs,)
        The team of each pair of slots; -1 for a provider's own.
    """

    team_slots: Ints
    room_slots: Ints
    session: Ints
    price: Ints
    team: Codes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frame:
    """What is derived from a system and a policy and is the same for every mode.

    ``whole`` is what each trust does alone, where queues are told apart by it: its queues are not.
    """

    system: System
    policy: Policy
    queues: Queues
    slots: Slots
    lanes: Lanes
    curves: Curves
    rooms: Rooms | None = None
    whole: Whole | None = None

    @property
    def lead(self) -> int:
        """Whole periods that begin between when a patient arrives and the first move."""
        return -(-self.policy.lead_weeks // self.system.period_weeks)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Model:
    """A network and what its arcs stand for.

    ``chain`` masks the queues in chain form, and ``strands`` are theirs; the release arcs of a
    strand name its first lot for all of it. ``nodes`` number the nodes of the network among all
    that the frame has, which are the same in every model with these chains; nodes of choices come
    after them and have no number. ``choices`` are the integer variables that are not flows of
    patients. ``texts`` are what keys of side rows and choices refer to that is neither in the
    system nor in the policy: targets, and constraints of a caller's own.
    """

    frame: Frame
    lanes: Lanes
    chain: Mask
    strands: Strands
    network: Network
    means: Meaning
    nodes: Ints
    choices: tuple[Choice, ...] = ()
    texts: tuple[str, ...] = ()

    def told(self, texts: Sequence[str]) -> tuple[Model, Ints]:
        """Put texts among those of the model; also gives the code of each."""
        every = tuple(dict.fromkeys([*self.texts, *texts]))
        code = {text: place for place, text in enumerate(every)}
        return replace(self, texts=every), np.array([code[t] for t in texts], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Whole:
    """What each trust does alone, by queues that are not told apart by it.

    Attributes
    ----------
    frame
        The frame with these queues.
    model, outcome
        The model in which nobody moves, and what becomes of its lots; it may be of other slots.
    """

    frame: Frame
    model: Model
    outcome: Outcome
