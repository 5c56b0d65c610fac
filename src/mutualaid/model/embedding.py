"""Match the arcs and side rows of two models of the same queues and lanes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mutualaid.model.arcs import Kind
from mutualaid.model.limits.asked_twice import ASKED_TWICE
from mutualaid.model.limits.side_rows import offered, with_rows
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, SideRows

FIELDS = ("kind", "lane", "pair", "lot", "queue", "period", "weeks")


def arcs_in(model: Model, other: Model) -> Ints:
    """Positions in ``model`` of the arcs of another model; -1 for arcs that it does not have.

    Arcs are matched by what they stand for and cost, equal ones by their order; choices by key.
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
    chosen = _choices(model)
    for key, arc in _choices(other).items():
        if key in chosen:
            result[arc], result[arc + 1] = chosen[key], chosen[key] + 1
    return result


def _choices(model: Model) -> dict[tuple[int, ...], int]:
    """The arc of each choice, by its key."""
    arcs = model.means.arcs(Kind.CHOICE).tolist()
    return {choice.key: arc for choice, arc in zip(model.choices, arcs, strict=True)}


def same_rows(rows: SideRows, others: SideRows) -> Ints:
    """Where each row is among others, by kind and key; -1 where it is not."""
    keys = [np.column_stack([one.kind, one.key]) for one in (rows, others)]
    code = np.unique(np.concatenate(keys), axis=0, return_inverse=True)[1].ravel()
    place = np.full(len(code), -1, dtype=np.int64)
    place[code[len(rows) :]] = np.arange(len(others))
    return place[code[: len(rows)]]


def _nth(code: Ints) -> Ints:
    """For each entry the number of equal entries before it."""
    order = np.argsort(code, kind="stable")
    first = np.searchsorted(code[order], code[order])
    result = np.empty_like(code)
    result[order] = np.arange(len(code)) - first
    return result


def with_rest(model: Model, other: Model, excluded: SideRows | None = None) -> Model | None:
    """Add the side rows of another model with the same lanes that a model does not have.

    Rows that can be missed at no cost, such as those of targets, never bind and are left out.

    Parameters
    ----------
    model, other
        The model, whose rows and choices refer to no texts, and the other one.
    excluded
        Rows that are not to be added; those of the model itself if not given.

    Returns
    -------
    Model or None
        None if an arc of such a row is not in the model.
    """
    rows = other.network.rows
    loose = np.zeros(other.network.arcs, dtype=bool)
    loose[other.network.loose] = True
    missed = np.bincount(rows.row, weights=loose[rows.arc], minlength=len(rows)) > 0
    known = same_rows(rows, model.network.rows if excluded is None else excluded) >= 0
    # What can be expected of a queue's answers hangs on what it would do alone: made anew.
    known |= rows.kind == ASKED_TWICE.number
    rest = rows.only(np.flatnonzero(~known & ~missed))
    if not len(rest):
        return model
    chosen = _choices(model)
    more = [choice for choice in other.choices if choice.switch and choice.key not in chosen]
    wider = replace(offered(model, more)[0], texts=other.texts)
    place = arcs_in(wider, other)[rest.arc]
    if (place < 0).any():
        return None
    return with_rows(wider, replace(rest, arc=place))
