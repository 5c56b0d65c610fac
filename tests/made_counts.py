"""Months of counts that are made up, as NHS England publishes them: a few lists, week by week."""

from __future__ import annotations

import numpy as np

from mutualaid.calibration.monthly_counts import MonthlyCounts
from mutualaid.calibration.projection import WEEKS_A_MONTH

WEEKS = 60


def made_counts(
    providers: int = 3,
    services: int = 2,
    months: int = 6,
    *,
    patients: float = 300.0,
    seed: int = 1,
    weeks: int = WEEKS,
) -> MonthlyCounts:
    """Lists of about so many patients each: every week some are admitted and others go."""
    rng = np.random.default_rng(seed)
    lists = providers * services
    age = np.arange(weeks)
    size = rng.uniform(0.3, 1.7, lists) * patients
    now = rng.poisson(size[:, None] * np.exp(-age / 11.0) / 11.0)
    flows = np.zeros((3, months, lists, weeks), dtype=np.float32)
    new = np.zeros((months, lists))
    for week in range(round(months * WEEKS_A_MONTH)):
        month = min(int(week / WEEKS_A_MONTH), months - 1)
        for flow, rate in zip(flows[:2], (0.02, 0.06), strict=True):
            ended = rng.binomial(now, rate)
            flow[month] += ended
            now = now - ended
        now = now - rng.binomial(now, 0.01)
        older = np.zeros_like(now)
        older[:, 1:] = now[:, :-1]
        older[:, -1] += now[:, -1]
        older[:, 0] = rng.poisson(size / 11.0)
        new[month] += older[:, 0]
        now = older
        flows[2, month] = now
    admitted, non_admitted, waiting = flows
    return MonthlyCounts(
        months=tuple(f"2025-{month + 1:02d}" for month in range(months)),
        providers=tuple(f"RX{i}" for i in range(providers)),
        services=tuple(f"C_1{i}0" for i in range(services)),
        provider=np.repeat(np.arange(providers), services),
        service=np.tile(np.arange(services), providers),
        waiting=waiting,
        admitted=admitted,
        non_admitted=non_admitted,
        decided=rng.binomial(waiting.astype(int), np.minimum(age / 80, 0.6)).astype(np.float32),
        new=new,
        given=np.ones((months, lists), dtype=bool),
        whole=np.ones(months, dtype=bool),
        unknown=0.0,
    )
