"""A fair share of the gain: the largest smallest proportional gain, then the next.

The fair levels are those of the linear relaxation. Whole patients cannot always reach them all
at once; then every trust keeps the same share of its fair gain, as large a share as is found, and
the plan says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mutualaid.agreements import Alone
from mutualaid.errors import SolverError
from mutualaid.model import terms
from mutualaid.model.build import Model
from mutualaid.model.network import Ints, stack_rows
from mutualaid.model.rows import grouped
from mutualaid.solve.answer import Limits
from mutualaid.solve.fair import fair_gains
from mutualaid.solve.run import solve

GIVEN_UP = (0.0, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Shares of the fair gain that everybody may have to give up for whole patients."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shared:
    """A model in which every trust keeps its fair gain, and the gains."""

    model: Model
    table: pd.DataFrame


def share_fairly(model: Model, before: Alone, solver: str, limits: Limits) -> Shared:
    """Hold every trust to its fair gain.

    Parameters
    ----------
    model
        A model with promises already in it.
    before
        What each trust bears alone.
    solver, limits
        As for :func:`mutualaid.optimise`.

    Returns
    -------
    Shared
        The table has ``origin``, ``fair_gain`` (of the linear relaxation) and ``kept`` (the gain
        that the plan keeps to at least), as shares of what the trust bears alone.

    Raises
    ------
    SolverError
        If no plan was found.
    """
    system, queues = model.frame.system, model.frame.queues
    base = before.harm.sum(axis=1)
    term = terms.harm(model)
    group = queues.origin[term.queue]
    names = [f"fair share of {p}" for p in system.providers]
    bears = base > 0
    shares = grouped(term.arc, term.coefficient, group, None, base, names, kept=bears)
    rows = stack_rows(model.network.rows, shares)
    place = len(model.network.rows) + np.arange(len(shares))
    gain = np.zeros(len(base))
    wider = replace(model.network, rows=rows)
    gain[bears] = fair_gains(wider, place, base[bears], limits)
    caps = np.ceil(base * (1 - gain)).astype(np.int64)
    for given_up in GIVEN_UP:
        kept = _between(caps, base, given_up)
        held = replace(rows, upper=np.concatenate([model.network.rows.upper, kept[bears]]))
        candidate = replace(model, network=replace(model.network, rows=held))
        try:
            solve(candidate.network, "auto" if solver == "flow" else solver, limits)
        except SolverError:
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            reached = np.where(bears, 1 - kept / np.maximum(base, 1), 0.0)
        table = pd.DataFrame({"origin": system.providers, "fair_gain": gain, "kept": reached})
        return Shared(model=candidate, table=table)
    raise SolverError("no plan of whole patients shares the gain", "no solution")


def _between(caps: Ints, base: Ints, given_up: float) -> Ints:
    result: Ints = np.minimum(np.ceil(caps + (base - caps) * given_up).astype(np.int64), base)
    return result
