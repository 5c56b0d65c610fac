"""Peers: what others would solve the same problem with, each checked for the same optimum.

A peer is a file with a function ``ready(folder, …)`` and its line here. None of them imports
mutualaid: they start from arrays in a file.
"""

from __future__ import annotations

from benchmarks.line import Line

DENSE = ("dense",)

PEERS = (
    Line(
        key="pulp-cbc",
        title="dense cohort model, PuLP + CBC",
        work="benchmarks.peers.pulp_dense:ready",
        arguments={"solver": "cbc"},
        needs=DENSE,
        packages=("pulp", "cbc"),
        check="close",
    ),
    Line(
        key="pulp-highs",
        title="dense cohort model, PuLP + HiGHS",
        work="benchmarks.peers.pulp_dense:ready",
        arguments={"solver": "highs"},
        needs=DENSE,
        packages=("pulp", "highspy"),
        check="close",
    ),
    Line(
        key="linopy-highs",
        title="dense cohort model, linopy + HiGHS",
        work="benchmarks.peers.linopy_dense:ready",
        needs=DENSE,
        packages=("linopy", "xarray", "highspy"),
        check="close",
    ),
    Line(
        key="scipy-highs",
        title="dense cohort model, SciPy linprog (HiGHS) on sparse arrays",
        work="benchmarks.peers.scipy_dense:ready",
        needs=DENSE,
        packages=("scipy",),
        check="close",
    ),
    Line(
        key="ortools-ageing",
        title="ageing network, OR-Tools SimpleMinCostFlow: flow only",
        work="benchmarks.peers.ortools_flow:ready",
        arguments={"network": "ageing"},
        yardstick="flow",
        needs=("ageing",),
        packages=("ortools",),
    ),
    Line(
        key="ortools-chain",
        title="chain network, OR-Tools SimpleMinCostFlow: flow only",
        work="benchmarks.peers.ortools_flow:ready",
        arguments={"network": "chain"},
        yardstick="flow",
        needs=("chain",),
        packages=("ortools",),
    ),
    Line(
        key="networkx-chain",
        title="chain network, networkx network_simplex: flow only",
        work="benchmarks.peers.networkx_simplex:ready",
        yardstick="flow",
        needs=("chain",),
        packages=("networkx",),
        # It needs minutes for what the others do in a tenth of a second.
        sizes=("smoke",),
    ),
)
