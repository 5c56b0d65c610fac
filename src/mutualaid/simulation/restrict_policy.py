"""Restrict a policy to the labels that a system of a replay still has."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mutualaid.data.system import System
from mutualaid.policy.policy import Policy


def fitting(policy: Policy, system: System) -> Policy:
    """The policy without the forbidden and allowed lanes whose labels the system does not have.

    In the course of a replay the last patient of an area may be treated. A lane forbidden to the
    patients of that area then names a label that is not in the tables, which is an input error.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=2)
    >>> policy = ma.Policy(forbidden_lanes=[{"origin": "XA1", "area": "nowhere"}])
    >>> fitting(policy, system).forbidden_lanes is None
    True
    """
    forbidden = _of_somebody(rows(policy.forbidden_lanes), system)
    if policy.allowed_lanes is None:
        return policy.replace(forbidden_lanes=forbidden or None)
    kept = _of_somebody(rows(policy.allowed_lanes), system)
    allowed = kept or pd.DataFrame(columns=["provider"], dtype=object)
    return policy.replace(forbidden_lanes=forbidden or None, allowed_lanes=allowed)


def rows(lanes: object) -> list[dict[str, str]]:
    """A table of lanes as mappings, empty cells left out."""
    if not isinstance(lanes, pd.DataFrame):
        return []
    return [
        {str(name): value for name, value in row.items() if not pd.isna(value)}
        for row in lanes.to_dict("records")
    ]


def _of_somebody(lanes: list[dict[str, str]], system: System) -> list[dict[str, str]]:
    """Rows all of whose labels somebody has."""
    headings = {heading for lane in lanes for heading in lane}
    known = {heading: _labels(system, heading) for heading in headings}
    return [lane for lane in lanes if _all_known(lane, known)]


def _all_known(lane: Mapping[str, str], known: Mapping[str, set[object]]) -> bool:
    return all(value in known[heading] for heading, value in lane.items())


def _labels(system: System, heading: str) -> set[object]:
    if heading == "provider":
        return set(system.providers)
    tables = [t for t in (system.waiting_list, system.referrals) if t is not None]
    return {label for t in tables for label in t.loc[t["patients"] > 0, heading].unique()}
