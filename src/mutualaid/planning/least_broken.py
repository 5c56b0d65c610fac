"""Which promises cannot be kept together, and by how much at the least."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mutualaid.errors import SolverError
from mutualaid.formats import figures, many
from mutualaid.model.limits.not_worse_off import OF_SERVICE, OF_TRUST
from mutualaid.model.limits.promised_figures import PROMISED
from mutualaid.model.limits.row_labels import row_sentences
from mutualaid.model.model import Model
from mutualaid.model.network import NO_LIMIT, Ints
from mutualaid.policy.harm import SCALE
from mutualaid.policy.promise import WITHIN, Promise
from mutualaid.solve.interface import Floats, Limits
from mutualaid.solve.max_min import least_violation
from mutualaid.solve.status import found_nothing

TRIFLE = 1e-6
HARM = "harm"
SHOWN = 5
"""So many broken promises are named."""


def least_broken(model: Model, promised: Sequence[Promise], limits: Limits) -> list[str]:
    """Say which promises must be broken, whose, and by how much, where not all can be kept.

    As few patients as possible, all promises together; a harm-week counts as much as a patient. Of
    the linear relaxation: no plan of whole patients breaks them by less in all.

    Parameters
    ----------
    model
        The model that no plan keeps every row of.
    promised
        The figures that its mode promises.
    limits
        What a solver may use.

    Returns
    -------
    list of str
        The largest first; empty where no promise stands in the way, but something else.
    """
    rows = model.network.rows
    row = np.flatnonzero(np.isin(rows.kind, (PROMISED.number, OF_TRUST.number, OF_SERVICE.number)))
    if not len(row):
        return []
    of_harm, unit = _units(model, promised, row)
    weight = np.where(of_harm, SCALE, unit)
    try:
        found = least_violation(model.network, row, _most(model, row) / weight, weight, limits)
    except SolverError as error:
        if not found_nothing(error):
            raise
        return []
    sentences = row_sentences(model)
    order = np.argsort(-found, kind="stable")
    return [
        f"{sentences[row[at]]}, by {_amount(float(found[at]), harm=bool(of_harm[at]))}"
        for at in order
        if found[at] > TRIFLE
    ]


def _units(model: Model, promised: Sequence[Promise], row: Ints) -> tuple[np.ndarray, Ints]:
    """Which rows are of harm, and what of a row's level is one patient in the others."""
    rows = model.network.rows
    of_harm, unit = np.ones(len(row), dtype=bool), np.ones(len(row), dtype=np.int64)
    figure = {repr(promise): promise.figure for promise in promised}
    for at, place in enumerate(row.tolist()):
        if rows.kind[place] != PROMISED.number:
            continue
        told = figure[model.texts[rows.key[place, 2]]]
        of_harm[at] = told == HARM
        if told == WITHIN:
            # Who is over counts so much more than who is merely on the list.
            entries = rows.coefficient[rows.start[place] : rows.start[place + 1]]
            unit[at] = max(int(entries.max(initial=1)), 1)
    return of_harm, unit


def _most(model: Model, row: Ints) -> Floats:
    """More than any flow can break a row by."""
    network, rows = model.network, model.network.rows
    reach = np.zeros(len(rows))
    size = np.abs(rows.coefficient.astype(np.float64)) * network.capacity[rows.arc]
    np.add.at(reach, rows.row, size)
    limit = np.where(rows.upper == NO_LIMIT, rows.lower, rows.upper)[row]
    return np.asarray(reach[row] + np.abs(limit) + 1.0, dtype=np.float64)


def _amount(size: float, *, harm: bool) -> str:
    if harm:
        return figures(size, "harm-week")
    return many(int(np.ceil(size - TRIFLE)), "patient")


def told_of(broken: Sequence[str]) -> str:
    """The sentence of an error, from what :func:`least_broken` gives.

    Examples
    --------
    >>> told_of(["XA1: treated by the end, by 3 patients"]).split(". ")[1]
    'Least is broken by: XA1: treated by the end, by 3 patients'
    """
    more = len(broken) - SHOWN
    told = "; ".join([*broken[:SHOWN], *([f"and {more:,} more"] if more > 0 else [])])
    return (
        f"no plan keeps every promise and all other limits. Least is broken by: {told}. Allow for "
        "it with a tolerance, leave a promise out, or look at what else limits the plan"
    )
