"""What may come otherwise: changes to a system or a policy, each of which makes a new one.

A change says what is multiplied, closed, added or allowed, and where: ``provider``, ``service``
and ``periods`` (None: everywhere, always). Counts stay whole: over the periods of a row's place the
total is rounded down once, and what is left over is carried from one period to the next.
"""

from mutualaid.studies.changes.base import Change, State
from mutualaid.studies.changes.kinds import (
    Capacity,
    Closure,
    Patients,
    Pool,
    Referrals,
    Removals,
    Rule,
    Site,
    Stay,
)
from mutualaid.studies.changes.removal_change import RemovalShare, removals_at

KINDS: dict[str, type[Change]] = {
    one.kind: one
    for one in (Capacity, Closure, Referrals, Removals, RemovalShare, Stay, Pool, Site, Rule)
}
"""By the name that a change has in TOML."""

__all__ = [
    "Capacity",
    "Change",
    "Closure",
    "KINDS",
    "Patients",
    "Pool",
    "Referrals",
    "RemovalShare",
    "Removals",
    "Rule",
    "Site",
    "State",
    "Stay",
    "removals_at",
]
