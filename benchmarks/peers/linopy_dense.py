"""The dense cohort model in linopy: labelled arrays and masks, no loops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import linopy
import numpy as np
import xarray as xr

from benchmarks.dense import SCALE, Dense
from benchmarks.line import Answer


def ready(folder: str) -> Callable[[], Answer]:
    """Load the model's arrays; then build the labelled model, and solve it with HiGHS."""
    dense = Dense.load(Path(folder) / "dense.npz")

    def solve() -> Answer:
        model = build(dense)
        status, condition = model.solve(solver_name="highs", io_api="direct", output_flag=False)
        if (status, condition) != ("ok", "optimal"):
            raise RuntimeError(f"linopy: {status}, {condition}")
        return Answer(objective=float(model.objective.value) * SCALE + dense.constant)

    return solve


def build(dense: Dense) -> linopy.Model:
    """Write the model over (lot, provider, period); what may not be is masked out."""
    providers = np.unique(dense.pair_provider)
    services = np.unique(dense.pair_service)
    shape = int(dense.lot_queue.max(initial=0)) + 1, len(providers)
    allowed, travel = np.zeros(shape, dtype=bool), np.zeros(shape)
    at = dense.lane_queue, np.searchsorted(providers, dense.lane_provider)
    allowed[at], travel[at] = True, dense.lane_cost / SCALE
    lots, periods = np.arange(len(dense.lot_queue)), np.arange(1, dense.periods + 1)
    lanes = {"lot": lots, "provider": providers}
    goes = xr.DataArray(allowed[dense.lot_queue], lanes)
    way = xr.DataArray(travel[dense.lot_queue], lanes)
    times = {"lot": lots, "period": periods}
    arrived = xr.DataArray(dense.lot_arrival[:, None] <= periods, times)
    saved = xr.DataArray((dense.harm[:, :-1] - dense.harm[:, -1:]) / SCALE, times)
    room = np.zeros((len(services), len(providers), dense.periods))
    pair = (
        np.searchsorted(services, dense.pair_service),
        np.searchsorted(providers, dense.pair_provider),
    )
    room[pair] = dense.slots
    slots = xr.DataArray(room, {"service": services, "provider": providers, "period": periods})
    patients = xr.DataArray(dense.lot_patients, {"lot": lots})
    service = xr.DataArray(dense.lot_service, {"lot": lots}, name="service")

    model = linopy.Model()
    # No more than the cohort's patients follows from the rows; said again, it makes HiGHS four
    # times as fast here.
    most = patients.broadcast_like(goes * arrived)
    x = model.add_variables(lower=0, upper=most, mask=goes & arrived, name="x")
    model.add_constraints(x.sum(["provider", "period"]) <= patients, name="lots")
    here = np.isin(services, dense.lot_service)
    model.add_constraints(
        x.groupby(service).sum() <= slots.isel(service=np.flatnonzero(here)), name="slots"
    )
    model.add_objective((x * (saved + way)).sum())
    return model
