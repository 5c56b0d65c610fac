"""How many of the patients whom a plan moves are expected to accept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.model.outcome import Outcome
from mutualaid.policy.acceptance import Acceptance


def expected_acceptances(
    acceptance: Acceptance | None,
    entries: pd.DataFrame,
    outcome: Outcome,
    alone: Outcome,
    lots: int,
    weeks: int,
) -> float:
    """Add up the chances that patients who are asked accept.

    Parameters
    ----------
    acceptance
        How likely patients are to accept; None: everybody does.
    entries
        Everybody in the plan, row by row as in ``outcome``.
    outcome, alone
        What becomes of every lot in the plan, and if nobody helps anybody.
    lots
        How many lots there are.
    weeks
        Weeks of a period.

    Returns
    -------
    float
        Patients; NaN where the rule asks about what tells no patients of the plan apart.
    """
    away = entries["moved"].to_numpy()
    if acceptance is None or not away.any():
        return float(outcome.patients[away].sum())
    people = np.bincount(alone.lot, weights=alone.patients, minlength=lots)
    periods = np.bincount(alone.lot, weights=alone.patients * alone.period, minlength=lots)
    mean = periods / np.maximum(people, 1)
    saved = (mean[outcome.lot] - outcome.period) * weeks
    rows = entries[away].assign(weeks_saved=saved[away])
    rows["weeks_at_treatment"] = (rows["weeks_waiting"] + (rows["period"] - 1) * weeks).clip(0)
    if any(name not in rows or rows[name].isna().all() for name in acceptance.needs):
        return float("nan")
    return float(acceptance(rows) @ rows["patients"].to_numpy())
