"""Own patients of a trust bear at most so many harm-weeks: ``harm_at_most`` of a mode.

Who is hit by a shock may have to fall short of what it was promised: :func:`short` makes its limit
one that can be missed, and says on which arcs by how much.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from mutualaid.model import linear_terms
from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import Added, grouped, offered, with_rows
from mutualaid.model.model import Model
from mutualaid.model.network import SAFE, Ints
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.harm import SCALE

INSURED = LimitKind("insured", ("origin",), "own patients of {}, as was settled".format)
SHORT = LimitKind("short", ("origin",), "short of what was settled for {}".format)
KINDS = (INSURED, SHORT)


def add(model: Model, mode: Collaboration, _before: Alone) -> Added:
    """One row a trust that is told its limit, where it could bind."""
    if not mode.harm_at_most:
        return model, []
    providers, queues = model.frame.system.providers, model.frame.queues
    limit = np.full(len(providers), SAFE - 1, dtype=np.int64)
    for place, trust in enumerate(providers):
        if trust in mode.harm_at_most:
            limit[place] = min(round(mode.harm_at_most[trust] * SCALE), SAFE - 1)
    term = linear_terms.harm(model)
    group = queues.origin[term.queue]
    reach = np.zeros(len(providers))
    np.add.at(reach, group, term.coefficient * model.network.capacity[term.arc].astype(np.float64))
    known = INSURED.rows(np.arange(len(providers)))
    kept = reach > limit
    return model, [grouped(term.arc, term.coefficient, group, None, limit, known, kept=kept)]


def short(model: Model, before: Alone, trusts: Collection[str], unit: int = 1) -> Model:
    """Let the limits of some trusts be missed, at most down to what each bears alone.

    By how much is counted in units of so many 1/1000 harm-weeks, of which the last may be begun.
    """
    providers, rows = model.frame.system.providers, model.network.rows
    soft = np.isin(np.arange(len(providers)), [providers.index(trust) for trust in trusts])
    place = np.flatnonzero(rows.kind == INSURED.number)
    place = place[soft[rows.key[place, 0]]]
    whose = rows.key[place, 0]
    room = np.maximum(before.harm.sum(axis=1)[whose] - rows.upper[place], 0)
    room = -(-room // unit)
    keys = SHORT.keys(whose)
    model, arcs = offered(
        model,
        [
            Choice(key=key, most=most, switch=False)
            for key, most in zip(keys, room.tolist(), strict=True)
        ],
    )
    entry = np.isin(rows.row, place)
    missable = grouped(
        np.concatenate([rows.arc[entry], arcs]),
        np.concatenate([rows.coefficient[entry], np.full(len(arcs), -unit)]),
        np.concatenate([np.searchsorted(place, rows.row[entry]), np.arange(len(place))]),
        None,
        rows.upper[place],
        INSURED.rows(whose),
    )
    others = rows.only(np.flatnonzero(~np.isin(np.arange(len(rows)), place)))
    return with_rows(replace(model, network=replace(model.network, rows=others)), missable)


def shortfall(model: Model) -> Ints:
    """The objective that counts how far limits are missed, in units; shape (arcs,)."""
    result = np.zeros(model.network.arcs, dtype=np.int64)
    arcs = model.means.arcs(Kind.CHOICE).tolist()
    for choice, arc in zip(model.choices, arcs, strict=True):
        result[arc] = choice.key[0] == SHORT.number
    return result
