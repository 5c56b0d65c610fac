"""Two hundred scenarios give the same numbers one by one, in processes and on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager

import pandas as pd
import pytest

import mutualaid as ma

pytestmark = pytest.mark.slow

SCENARIOS = 200


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2) as executor:
        yield executor


@contextmanager
def dask_cluster() -> Iterator[Executor]:
    distributed = pytest.importorskip(
        "distributed", reason="needs Dask: pip install 'mutualaid[distributed]'"
    )
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        yield executor


@pytest.fixture(scope="module")
def system() -> ma.System:
    return ma.datasets.collaborative(
        trusts=3, areas_per_trust=1, periods=3, services=("C_110", "C_130")
    )


@pytest.fixture(scope="module")
def scenarios() -> list[ma.studies.Scenario]:
    """Winters of every depth, in each period."""
    return [
        ma.studies.Scenario(
            f"{i}", [ma.studies.changes.Capacity(factor=0.5 + i / 400, periods=(1 + i % 3,))]
        )
        for i in range(SCENARIOS)
    ]


@pytest.fixture(scope="module")
def one_by_one(system, scenarios) -> ma.studies.Runs:
    return ma.studies.run_scenarios(system, None, scenarios)


# Dask's own clean-up of sockets and event loops is not ours to mend.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("side_by_side", [processes, dask_cluster])
def test_two_hundred_scenarios_are_the_same_wherever_they_run(
    system, scenarios, one_by_one, side_by_side
):
    """The same table and the same treatments, to the last patient."""
    with side_by_side() as executor:
        other = ma.studies.run_scenarios(system, None, scenarios, executor=executor)
    assert len(other.plans) == SCENARIOS
    pd.testing.assert_frame_equal(one_by_one.table, other.table)
    for name, plan in one_by_one.plans.items():
        pd.testing.assert_frame_equal(plan.treatments, other.plans[name].treatments)
