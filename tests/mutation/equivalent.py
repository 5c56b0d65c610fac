"""Mutants that were looked at and change nothing that anybody could notice, and why."""

from __future__ import annotations

from collections.abc import Mapping

# The line before and after, wherever it stands, with single spaces.
KNOWN: Mapping[tuple[str, str], str] = {
    (
        "mine, theirs = (code * (len(both) + 1) + _nth(code) for code in (here, there))",
        "mine, theirs = (code * (len(both) + 1) - _nth(code) for code in (here, there))",
    ): "keys stay different, and alike for both",
    (
        "group = np.asarray(pd.factorize(group * (len(values) + 1) + codes)[0], dtype=np.int64)",
        "group = np.asarray(pd.factorize(group * (len(values) + 1) - codes)[0], dtype=np.int64)",
    ): "keys stay different",
    (
        "pair_provider = np.append(frame.slots.provider, len(where) - 1)",
        "pair_provider = np.append(frame.slots.provider, len(where) - 2)",
    ): "arcs without a pair have no provider in their names",
    (
        "none = np.zeros(0, dtype=np.int32)",
        "none = np.zeros( 1, dtype=np.int32)",
    ): "HiGHS is told that there are 0 entries, and reads none",
    (
        "if limits.executor is None or network.components == 1:",
        "if limits.executor is None or network.components <= 1:",
    ): "a network without components has nothing to solve either way",
    (
        "some = int(np.gcd.reduce(cost[:SOME])) if len(cost) else 0",
        "some = int(np.gcd.reduce(cost[:SOME])) if len(cost) else 1",
    ): "without costs the answer is 1 by either way",
    (
        "self.graph.set_pivot_rule(rule)",
        "pass",
    ): "how fast a cheapest flow is found; which one is settled on does not depend on it",
    (
        "times = int(max(1, min(FINEST // unit, SAFE / 4 / largest / unit)))",
        "times = int(max(1, min(FINEST // unit, SAFE / 5 / largest / unit)))",
    ): "how finely weights are kept",
    ("FINEST = 2**16", "FINEST = 3**16"): "how finely weights are kept",
    ("EFFORT = 3 * 10**6", "EFFORT = 3 * 10** 7"): "how long exact prices are looked for",
}
