"""Match the arcs and side rows of two models of the same queues and lanes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import add_choices
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows, stack_rows

FIELDS = ("kind", "lane", "pair", "lot", "queue", "period", "weeks")


def arcs_in(model: Model, other: Model) -> Ints:
    """Positions in ``model`` of the arcs of another model; -1 for arcs that it does not have.

    Arcs are matched by what they stand for and cost, equal ones by their order; choices by name.
    """
    tables = []
    for one in (model, other):
        columns = [getattr(one.means, name).astype(np.int64) for name in FIELDS]
        tables.append(np.stack([*columns, one.network.cost], axis=1))
    both = np.unique(np.concatenate(tables), axis=0, return_inverse=True)[1].ravel()
    here, there = both[: model.network.arcs], both[model.network.arcs :]
    mine, theirs = (code * (len(both) + 1) + _nth(code) for code in (here, there))
    order = np.argsort(mine, kind="stable")
    found = np.searchsorted(mine[order], theirs)
    found[found == len(mine)] = 0
    result = order[found] if len(order) else np.full(len(theirs), -1, dtype=np.int64)
    result[mine[result] != theirs if len(mine) else slice(None)] = -1
    result[np.isin(other.means.kind, (Kind.CHOICE, Kind.REST))] = -1
    chosen = {
        choice.name: int(arc)
        for choice, arc in zip(model.choices, model.means.arcs(Kind.CHOICE), strict=True)
    }
    for choice, arc in zip(other.choices, other.means.arcs(Kind.CHOICE).tolist(), strict=True):
        if choice.name in chosen:
            result[arc], result[arc + 1] = chosen[choice.name], chosen[choice.name] + 1
    return result


def _nth(code: Ints) -> Ints:
    """For each entry the number of equal entries before it."""
    order = np.argsort(code, kind="stable")
    first = np.searchsorted(code[order], code[order])
    result = np.empty_like(code)
    result[order] = np.arange(len(code)) - first
    return result


def with_rest(model: Model, other: Model, excluded: Collection[str] | None = None) -> Model | None:
    """Add the side rows of another model with the same lanes that a model does not have.

    Rows that can be missed at no cost, such as those of targets, never bind and are left out.

    Parameters
    ----------
    model, other
        The model, and the other one.
    excluded
        Names of rows that are not to be added; those of the model itself if not given.

    Returns
    -------
    Model or None
        None if an arc of such a row is not in the model.
    """
    rows = other.network.rows
    names = set(model.network.rows.names if excluded is None else excluded)
    loose = np.zeros(other.network.arcs, dtype=bool)
    loose[other.network.loose] = True
    missed = np.bincount(rows.row, weights=loose[rows.arc], minlength=len(rows)) > 0
    kept = np.array([name not in names for name in rows.names], dtype=bool) & ~missed
    if not kept.any():
        return model
    known = {choice.name for choice in model.choices}
    more = [choice for choice in other.choices if choice.switch and choice.name not in known]
    network, means, _ = add_choices(model.network, model.means, more)
    wider = replace(model, network=network, means=means, choices=(*model.choices, *more))
    entry = kept[rows.row]
    place = arcs_in(wider, other)[rows.arc[entry]]
    if (place < 0).any():
        return None
    rest = SideRows(
        start=np.concatenate([[0], np.cumsum(np.diff(rows.start)[kept])]).astype(np.int64),
        arc=place,
        coefficient=rows.coefficient[entry],
        lower=rows.lower[kept],
        upper=rows.upper[kept],
        names=tuple(name for name, is_kept in zip(rows.names, kept, strict=True) if is_kept),
    )
    return replace(wider, network=replace(network, rows=stack_rows(network.rows, rest)))
