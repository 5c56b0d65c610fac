"""What side rows and choices say, in words and as columns: made when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.model import network
from mutualaid.model.limits import KINDS
from mutualaid.model.limits.group_gaps import groups_of
from mutualaid.model.limits.pools import pool_names
from mutualaid.model.model import Model
from mutualaid.model.network import Ints


def _providers(model: Model) -> Sequence[str]:
    return model.frame.system.providers


def _groups(model: Model) -> Sequence[str]:
    equity = model.frame.policy.equity
    return () if equity is None else groups_of(model, equity.by).names


def _queues(model: Model) -> Sequence[str]:
    queues = model.frame.queues
    rows = queues.labels[queues.names].to_numpy(dtype=object).tolist()
    return [" ".join(map(str, row)) for row in rows]


FIELDS: Mapping[str, Callable[[Model], Sequence[str]] | None] = {
    "origin": _providers,
    "provider": _providers,
    "service": lambda model: model.frame.system.services,
    "period": None,
    "pool": lambda model: pool_names(model.frame.system),
    "group": _groups,
    "other_group": _groups,
    "site": _providers,
    "room": None,
    "target": lambda model: model.texts,
    "promise": lambda model: model.texts,
    "partner": lambda model: model.texts,
    "resource": lambda model: model.texts,
    "rank": None,
    "queue": _queues,
    "most": None,
    "called": lambda model: model.texts,
    "number": None,
}
"""What rows may be known by, and the text of each code; None where it is the number itself."""

IN_FULL = ("queue", "most", "called", "number", "partner", "resource")
"""Fields without a column: a queue has its own, and the others are said already."""


def sentences(model: Model, kind: Ints, key: network.Keys) -> list[str]:
    """What rows or choices say.

    Parameters
    ----------
    model
        The model that they are of.
    kind, key
        Those of :class:`mutualaid.model.network.SideRows`.
    """
    result = np.full(len(kind), "", dtype=object)
    for number in np.unique(kind).tolist():
        what, rows = KINDS[number], np.flatnonzero(kind == number)
        texts = [_texts(model, name, key[rows, at]) for at, name in enumerate(what.fields)]
        result[rows] = [what.sentence(*(text[i] for text in texts)) for i in range(len(rows))]
    return result.tolist()


def _texts(model: Model, name: str, code: network.Keys) -> np.ndarray:
    """The text of each code of a field, empty where there is none."""
    known = FIELDS[name]
    if known is None:
        return np.where(code < 0, "", code.astype(str).astype(object))
    return np.array([*known(model), ""], dtype=object)[code]


def row_sentences(model: Model) -> list[str]:
    """What each side row of a model says."""
    rows = model.network.rows
    return sentences(model, rows.kind, rows.key)


def choice_sentences(model: Model) -> list[str]:
    """What each choice of a model is."""
    keys = np.array([choice.key for choice in model.choices], dtype=np.int64)
    keys = keys.reshape(len(model.choices), network.KEY + 1)
    return sentences(model, keys[:, 0], keys[:, 1:].astype(np.int32))


def key_table(model: Model) -> pd.DataFrame:
    """The kind of each side row, and what tells it from others, missing where it does not apply.

    Returns
    -------
    pandas.DataFrame
        ``kind`` and the names of :data:`FIELDS` that have a column; where rows are about single
        queues, the other columns of these as well.
    """
    rows, queues = model.network.rows, model.frame.queues
    codes = {name: np.full(len(rows), -1, dtype=np.int64) for name in FIELDS}
    kinds = np.full(len(rows), "", dtype=object)
    for number in np.unique(rows.kind).tolist():
        what, mine = KINDS[number], rows.kind == number
        kinds[mine] = what.name
        for place, name in enumerate(what.fields):
            codes[name][mine] = rows.key[mine, place]
    of_queue = codes["queue"] >= 0
    queue = codes["queue"][of_queue]
    codes["origin"][of_queue], codes["service"][of_queue] = (
        queues.origin[queue],
        queues.service[queue],
    )
    table = pd.DataFrame({"kind": pd.Series(kinds, dtype=str)})
    for name, known in FIELDS.items():
        if name in IN_FULL:
            continue
        if known is None:
            table[name] = pd.array(codes[name], dtype="Int64")
            table.loc[codes[name] < 0, name] = pd.NA
        else:
            table[name] = pd.Categorical.from_codes(codes[name], pd.Index([*known(model)]))
    for name in queues.names if of_queue.any() else []:
        if name not in table:
            table[name] = queues.labels[name].astype(object).reindex(codes["queue"]).to_numpy()
    return table
