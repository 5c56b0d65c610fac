"""What a model consists of: a network, what its arcs mean, and what they were made of."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.data.column_checks import Mask
from mutualaid.data.system import System
from mutualaid.model.arcs import Meaning
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.harm_costs import Curves
from mutualaid.model.lanes import Lanes, Slots
from mutualaid.model.network import Ints, Network
from mutualaid.model.queues import Codes, Queues
from mutualaid.model.strands import Strands
from mutualaid.policy.policy import Policy


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rooms:
    """Lent rooms as arrays.

    Attributes
    ----------
    team_slots : int64 array, shape (providers, services, periods)
        What each team can do; what its own rooms allow where it is not listed.
    room_slots, session, price : int64 arrays, shape (rooms, periods)
        Slots of each room; patients to a session (0: not let by the session); price of a session
        in 1/1000 harm-weeks.
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
    """All of a system and a policy that does not depend on who collaborates."""

    system: System
    policy: Policy
    queues: Queues
    slots: Slots
    lanes: Lanes
    curves: Curves
    rooms: Rooms | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Model:
    """A network, what its arcs mean, which queues are chains, and what may be chosen besides.

    ``strands`` are those of the chains. Of a queue that has several, release arcs name the first
    lot of a strand for all of it.
    """

    frame: Frame
    lanes: Lanes
    chain: Mask
    strands: Strands
    network: Network
    means: Meaning
    choices: tuple[Choice, ...] = ()
