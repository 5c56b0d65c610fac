"""Outcomes as tables: a row for every (cohort, lane, period) that anybody has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.schema import ALONE_PERIOD, AMOUNTS_OF_ENTRIES, who
from mutualaid.model.model import Model
from mutualaid.model.outcome import Outcome
from mutualaid.policy.harm import SCALE
from mutualaid.solve.certificate import Certificate

WHO = ("origin", "provider", "service", "priority")


def entries(model: Model, outcome: Outcome) -> pd.DataFrame:
    """Put an outcome into one table, treated and untreated.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`mutualaid.data.schema.ENTRIES`, and after ``priority`` the other
        columns of the queues.
    """
    frame, lanes = model.frame, model.lanes
    queues, providers = frame.queues, frame.system.providers
    queue = queues.lot_queue[outcome.lot]
    treated = outcome.lane >= 0

    def of_lane(values: np.ndarray, otherwise: float) -> np.ndarray:
        result = np.full(len(queue), otherwise, dtype=values.dtype)
        result[treated] = values[outcome.lane[treated]]
        return result

    columns: dict[str, object] = {}
    names = ["origin", "provider", "service", "priority"]
    names += [name for name in queues.names if name not in names]
    for name in names:
        if name == "provider":
            codes = of_lane(lanes.provider, -1)
            columns[name] = pd.Categorical.from_codes(codes, categories=pd.Index(providers))
        elif name in queues.labels:
            columns[name] = queues.labels[name].array.take(queue)
        else:
            none = np.full(len(queue), -1, dtype=np.int8)
            columns[name] = pd.Categorical.from_codes(none, categories=pd.Index([], dtype=object))
    if frame.rooms is not None:
        site = of_lane(frame.slots.provider[lanes.pair], -1)
        columns["site"] = pd.Categorical.from_codes(site, categories=pd.Index(providers))
    if frame.system.lines.whole:
        of = of_lane(frame.slots.service[lanes.pair], -1)
        columns["slots_of"] = pd.Categorical.from_codes(of, pd.Index(frame.system.services))
    weeks = queues.lot_weeks[outcome.lot]
    first = queues.lot_arrival[outcome.lot]
    harm = frame.curves.until(queue, weeks, first, outcome.period)
    never = np.full(len(queue), frame.curves.periods + 1, dtype=np.int64)
    untreated = frame.curves.until(queue, weeks, first, never)
    distance = {"miles": of_lane(lanes.miles, 0.0)} if "miles" in frame.system.travel else {}
    return pd.DataFrame(
        {
            **columns,
            "weeks_waiting": weeks,
            "referred": queues.lot_referred[outcome.lot],
            "period": outcome.period,
            **({} if queues.alone is None else {ALONE_PERIOD: queues.alone[queue]}),
            "patients": outcome.patients,
            "minutes": of_lane(lanes.minutes, 0.0),
            **distance,
            "extra_minutes": of_lane(lanes.extra, 0.0),
            "moved": treated & of_lane(lanes.away, False),
            "harm": harm * outcome.patients,
            "cost": of_lane(lanes.cost, 0) * outcome.patients,
            "saved": (untreated - harm) * outcome.patients,
        }
    )


def leavers(model: Model, like: pd.DataFrame) -> pd.DataFrame:
    """Put who leaves untreated into a table, whatever the outcome: removals are data.

    Parameters
    ----------
    model
        Its queues know who leaves, and when.
    like
        The table of :func:`entries` of one of its outcomes.

    Returns
    -------
    pandas.DataFrame
        The columns of ``like``: ``period`` is that at whose start they leave, nobody treats them,
        and they bear no harm. No rows if nobody leaves.
    """
    queues = model.frame.queues
    removed = queues.removed
    if removed is None:
        return like.iloc[:0]
    queue = queues.lot_queue[removed.lot]
    values: dict[str, object] = {
        "weeks_waiting": queues.lot_weeks[removed.lot],
        "referred": queues.lot_referred[removed.lot],
        "period": removed.period,
        "patients": removed.patients,
    }
    columns: dict[str, object] = {}
    for name, column in like.items():
        if name in values:
            columns[str(name)] = values[str(name)]
        elif name in queues.labels:
            columns[str(name)] = queues.labels[name].array.take(queue)
        elif isinstance(column.dtype, pd.CategoricalDtype):
            nobody = np.full(len(queue), -1, dtype=np.int8)
            columns[str(name)] = pd.Categorical.from_codes(nobody, dtype=column.dtype)
        else:
            columns[str(name)] = np.zeros(len(queue), dtype=column.to_numpy().dtype)
    return pd.DataFrame(columns)


def treatments(table: pd.DataFrame, periods: int, period_weeks: int) -> pd.DataFrame:
    """Rows of who is treated, with the weeks waited when the period starts."""
    rows = table[table["period"] <= periods]
    rows = rows.assign(
        weeks_at_treatment=(rows["weeks_waiting"] + (rows["period"] - 1) * period_weeks).clip(0)
    )
    miles = ["miles"] if "miles" in table else []
    first = [*WHO, "weeks_waiting", "period", "patients", "minutes", *miles]
    more = [c for c in table.columns if c not in (*first, "moved", *AMOUNTS_OF_ENTRIES)]
    names = [*first, "weeks_at_treatment", *more, "moved"]
    return rows[names].reset_index(drop=True)


def remaining(table: pd.DataFrame, periods: int, period_weeks: int) -> pd.DataFrame:
    """Rows of who still waits after the last period, with the weeks waited by then."""
    rows = table[table["period"] > periods]
    rows = rows.assign(weeks_at_end=rows["weeks_waiting"] + periods * period_weeks)
    first = ["origin", "service", "priority", "weeks_waiting", "patients"]
    said = {*who(table), "site"}
    names = [*first, "weeks_at_end", *(c for c in table.columns if c in said - {*first})]
    return rows[names].reset_index(drop=True)


def stage_table(asked: Sequence[tuple[str, float]], proofs: Sequence[Certificate]) -> pd.DataFrame:
    """Each objective in order: what it came to, its bound, its gap, and the slack it was given.

    Harm and cost in harm-weeks, travel in extra minutes one way, the others in patients.
    """
    unit = dict.fromkeys(("cost", "cost and changes", "harm", "travel"), SCALE)
    return pd.DataFrame(
        {
            "objective": [name for name, _ in asked],
            "value": [p.cost / unit.get(n, 1) for (n, _), p in zip(asked, proofs, strict=True)],
            "bound": [
                p.lower_bound / unit.get(n, 1) for (n, _), p in zip(asked, proofs, strict=True)
            ],
            "gap": [proof.gap for proof in proofs],
            "slack": [slack for _, slack in asked],
        }
    )


def in_harm_weeks(units: int) -> float:
    """Units of 1/1000 as harm-weeks."""
    return units / SCALE
