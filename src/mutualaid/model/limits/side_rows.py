"""How side rows are made of arcs, and how they and choices are put into a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.model.auxiliary_arcs import Choice, add_choices
from mutualaid.model.limits.row_kinds import Known
from mutualaid.model.model import Model
from mutualaid.model.network import NO_LIMIT, Ints, Network, SideRows, stack_rows
from mutualaid.model.queues import Codes

Added: TypeAlias = tuple[Model, Sequence[SideRows]]
"""What a limit gives back: the model, with choices and bounds that it needs, and its rows."""


def with_rows(model: Model, *rows: SideRows) -> Model:
    """Put further side rows into a model."""
    if not any(map(len, rows)):
        return model
    network = model.network
    return replace(model, network=replace(network, rows=stack_rows(network.rows, *rows)))


def offered(model: Model, choices: Sequence[Choice]) -> tuple[Model, Ints]:
    """Put further choices into a model; also gives the arc of each."""
    network, means, arcs = add_choices(model.network, model.means, choices)
    made = replace(model, network=network, means=means, choices=(*model.choices, *choices))
    return made, arcs


def eased(rows: SideRows, row: Ints, arcs: Codes, coefficient: Ints) -> SideRows:
    """Rows with further entries, on arcs that none of them is on.

    Examples
    --------
    >>> import numpy as np
    >>> from mutualaid.model.limits.row_kinds import nameless
    >>> rows = grouped(np.array([1, 2]), np.array([1, 1]), np.array([0, 1]), None,
    ...                np.array([9, 9]), nameless(2))
    >>> more = eased(rows, np.array([0]), np.array([7]), np.array([-5]))
    >>> more.start.tolist(), more.arc.tolist(), more.coefficient.tolist()
    ([0, 2, 3], [1, 7, 2], [1, -5, 1])
    """
    of = np.concatenate([rows.row, row])
    arc = np.concatenate([rows.arc, arcs])
    order = np.lexsort((arc, of))
    count = np.bincount(of, minlength=len(rows))
    return replace(
        rows,
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        arc=arc[order].astype(np.int64),
        coefficient=np.concatenate([rows.coefficient, coefficient])[order].astype(np.int64),
    )


def capped(
    network: Network, arcs: Codes, coefficient: Ints, group: Codes, limit: Ints, known: Known
) -> SideRows:
    """Build one row a group, ``sum(coefficient * flow) <= limit``, where it could be broken."""
    reach = np.bincount(
        group, weights=coefficient * network.capacity[arcs].astype(np.float64), minlength=len(limit)
    )
    return grouped(arcs, coefficient, group, None, limit, known, kept=reach > limit)


def grouped(
    arcs: Codes,
    coefficient: Ints,
    group: Codes,
    lower: Ints | None,
    upper: Ints | None,
    known: Known,
    *,
    kept: Mask | None = None,
) -> SideRows:
    """Build one row a group, ``lower <= sum(coefficient * flow) <= upper``.

    Parameters
    ----------
    arcs, coefficient, group
        The entries: on which arc, by how much, in which row. Entries of the same arc and row are
        added up; those that come to 0 are dropped.
    lower, upper
        Limits of each group; None for none.
    known
        What each row is.
    kept
        Mask over groups: only these become rows; None for all.

    Examples
    --------
    >>> import numpy as np
    >>> from mutualaid.model.limits.row_kinds import nameless
    >>> rows = grouped(np.array([4, 4]), np.array([1, 2]), np.array([0, 0]), None, np.array([9]),
    ...                nameless(1))
    >>> rows.arc.tolist(), rows.coefficient.tolist()
    ([4], [3])
    """
    none = np.full(len(known), NO_LIMIT, dtype=np.int64)
    lower = -none if lower is None else lower
    upper = none if upper is None else upper
    rows = np.arange(len(known)) if kept is None else np.flatnonzero(kept)
    if kept is not None:
        used = kept[group]
        arcs, coefficient, group = arcs[used], coefficient[used], group[used]
    order = np.lexsort((arcs, group))
    arcs, coefficient, group = arcs[order], coefficient[order], group[order]
    if len(arcs):
        new = np.concatenate([[True], (np.diff(group) != 0) | (np.diff(arcs) != 0)])
        coefficient = np.add.reduceat(coefficient, np.flatnonzero(new))
        arcs, group = arcs[new], group[new]
        left = coefficient != 0
        arcs, coefficient, group = arcs[left], coefficient[left], group[left]
    count = np.bincount(group, minlength=len(known))[rows]
    return SideRows(
        start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        arc=arcs.astype(np.int64),
        coefficient=coefficient.astype(np.int64),
        lower=lower[rows],
        upper=upper[rows],
        kind=np.full(len(rows), known.kind, dtype=np.int64),
        key=known.key[rows],
    )
