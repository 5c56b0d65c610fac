"""Random small calls of every mode, and a script that makes many and counts what goes wrong.

A seed makes a call: hospitals, a policy, a way to collaborate, objectives in order, targets. Run as
``python tests/random_calls.py 10000`` (and a first seed), it prints every call that fails, is
slower than two seconds, or is worse than brute force where that can be asked.
"""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pandas as pd

import mutualaid as ma
from mutualaid.model.linear_terms import OBJECTIVES

FEW = 6
"""Brute force is asked about systems of at most so many patients."""
SLOW = 2.0
PROVIDERS, SERVICES, PRIORITIES = ("RA", "RB", "RC"), ("C_110", "X05"), ("P2", "P3", "P4")


@dataclass(frozen=True)
class Call:
    """What :func:`mutualaid.optimise` is called with."""

    tables: dict[str, pd.DataFrame]
    period_weeks: int
    periods: int
    policy: ma.Policy
    mode: ma.Collaboration
    objectives: list[str] | None
    slack: dict[str, float] | None
    targets: list[ma.Target]
    formulation: str

    def system(self) -> ma.System:
        """The hospitals."""
        return ma.System(**self.tables, period_weeks=self.period_weeks, periods=self.periods)

    def plan(self) -> ma.Plan:
        """The call itself."""
        return ma.optimise(
            self.system(),
            self.policy,
            self.mode,
            objectives=self.objectives,
            slack=self.slack,
            targets=self.targets,
            formulation=self.formulation,
        )

    def best(self) -> list[int] | None:
        """What each objective comes to by brute force; None where it cannot be asked."""
        if sum(self.tables["waiting_list"]["patients"]) > FEW or len(self.targets) > 1:
            return None
        asked: dict[str, Any] = {"moves": self.mode.moves}
        if any(not self.mode.itself_holds(one) for one in self.mode.promised):
            return None
        if isinstance(self.mode, ma.Transactional):
            if self.mode.share or self.mode.min_gain or self.mode.balance != "patients":
                return None
            asked["imbalance"] = int(self.mode.tolerance)
        if self.policy.ramp is not None or self.policy.max_lanes is not None:
            return None
        limit = {ma.Transactional: 0.0}.get(type(self.mode))
        if isinstance(self.mode, ma.Resource):
            limit = self.mode.cost_tolerance
        elif isinstance(self.mode, ma.Deep):
            limit = self.mode.max_sacrifice
        if getattr(self.mode, "reciprocity", None) is not None:
            return None
        if getattr(self.mode, "spare_only", False):
            return None
        if getattr(self.mode, "protect", "trust") != "trust":
            return None
        if limit is not None:
            alone = ma.optimise(self.system(), self.policy, ma.Independent())
            harm = alone.entries.groupby("origin", observed=False)["harm"].sum()
            asked["harm_caps"] = {
                p: int(harm.get(p, 0) * (1000 + round(limit * 1000)) // 1000) for p in PROVIDERS
            }
        order = [
            (name, Fraction(repr((self.slack or {}).get(name, 0.0))))
            for name in self.objectives or ["cost"]
        ]
        if "cost" not in dict(order):
            order.append(("cost", Fraction(0)))
        return oracle.in_order(
            self.tables, self.policy, self.period_weeks, self.periods, order, self.targets, **asked
        )


def call_of(seed: int) -> Call:
    """The call of a seed."""
    rng = np.random.default_rng(seed)

    def some(chance: float) -> bool:
        return bool(rng.random() < chance)

    def one(values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    few = some(0.5)
    providers = PROVIDERS[: one([1, 2, 2, 2, 3, 3])]
    services = SERVICES[: one([1, 1, 2])]
    period_weeks, periods = one([1, 2, 4]), one([1, 2, 3] if few else [1, 2, 4, 6])
    by_priority, by_area = some(0.3), some(0.3)
    areas = ("north", "south") if by_area else ("",)
    keys = ["origin", "service"] + ["priority"] * by_priority + ["area"] * by_area

    def key() -> list[Any]:
        return [
            one(providers),
            one(services),
            *([one(PRIORITIES)] if by_priority else []),
            *([one(areas)] if by_area else []),
        ]

    left, rows = (FEW if few else 10**6), {}
    for _ in range(int(rng.integers(1, 4 if few else 9))):
        count = min(int(rng.integers(1, 4 if few else 30)), left)
        left -= count
        if count:
            rows[(*key(), int(one([0, 3, 10, 16, 17, 18, 40, 51, 52, 70])))] = count
    tables = {
        "waiting_list": pd.DataFrame(
            [(*k, n) for k, n in rows.items()], columns=[*keys, "weeks_waiting", "patients"]
        )
    }
    times = range(1, periods + 1)
    slots = [
        (p, s, t, int(rng.integers(0, 3 if few else 12)) * some(0.7))
        for p in providers
        for s in services
        for t in times
    ]
    tables["capacity"] = pd.DataFrame(slots, columns=["provider", "service", "period", "slots"])
    ways = [(a, p) for a in (areas if by_area else providers) for p in providers if a != p]
    tables["travel"] = pd.DataFrame(
        [(*way, float(one([0, 5, 20, 30, 59, 60, 61, 90]))) for way in ways],
        columns=["area" if by_area else "origin", "provider", "minutes"],
    ).astype({"minutes": float, "provider": str, "area" if by_area else "origin": str})
    if some(0.3) and not few:
        joins = {(*key(), int(one(times))): int(rng.integers(0, 5)) for _ in range(3)}
        tables["referrals"] = pd.DataFrame(
            [(*k, n) for k, n in joins.items()], columns=[*keys, "period", "patients"]
        )
    if some(0.25):
        tables["pools"] = pd.DataFrame(
            [
                (p, "theatre", t, float(one([0, 1.5, 3, 6]) * (1 if few else 4)))
                for p in providers[:2]
                for t in times
            ],
            columns=["provider", "pool", "period", "amount"],
        )
        tables["usage"] = pd.DataFrame(
            [(s, "theatre", float(one([0.5, 1, 1.5, 2]))) for s in services],
            columns=["service", "pool", "amount"],
        )
    harm = one(
        [
            ma.harm.person_weeks(),
            ma.harm.person_weeks(),
            ma.harm.rtt(),
            ma.harm.rtt(steps={int(rng.integers(0, 60)): float(one([0.25, 1.0, 4.5]))}),
            ma.harm.rtt(rate=float(10 ** rng.uniform(3, 5))),
            ma.harm.rtt(rate=1000.0, steps={18: float(10 ** rng.uniform(3, 5))}),
            ma.harm.from_table(
                {
                    "weeks_waiting": [0, int(rng.integers(1, 70))],
                    "rate": [float(one([0.0, 0.5, 2.0, 1e5])), float(one([0.0, 1.0, 1e3]))],
                }
            ),
            ma.harm.from_function(_rising),
            *([ma.harm.clinical()] if by_priority else []),
        ]
    )
    rules: dict[str, Any] = {
        "harm": harm,
        "max_minutes": one([20, 60, 90, 90]),
        "weeks_per_hour": one([0.0, 1.0, 3.0]),
        "move_weeks": one([0.0, 0.5]),
        "tail_weeks": one([0, 13, 52]),
        "min_weeks_to_move": one([0, 0, 0, 17, 52]),
        "movable_priorities": one([("P3", "P4"), ("P2", "P3", "P4")]),
        "move_mixed_services": some(0.7),
    }
    if some(0.2):
        rules["max_out"] = int(rng.integers(0, 4))
    if some(0.2):
        rules["max_in"] = {p: int(rng.integers(0, 3)) for p in providers[:2]}
    if some(0.2):
        rules["max_share_moved"] = one([0.0, 0.4, 0.5])
    if some(0.05):
        rules["max_lanes"] = int(rng.integers(0, 3))
    if some(0.05):
        rules["ramp"] = [1, 2]
    mode = one(
        [
            ma.Independent(),
            ma.Deep(),
            ma.Deep(),
            ma.Deep(max_sacrifice=one([0.0, 0.1])),
            ma.Deep(reciprocity=int(rng.integers(0, 3))),
            ma.Resource(),
            ma.Resource(),
            ma.Resource(cost_tolerance=0.05),
            ma.Resource(spare_only=True),
            ma.Resource(protect="service"),
            ma.Transactional(),
            ma.Transactional(),
            ma.Transactional(tolerance=one([1, 2])),
            ma.Transactional(min_gain=0.05),
            ma.Transactional(protect="service"),
            ma.Resource(promises="board", protect=one(["trust", "service"])),
            ma.Transactional(promises="board", tolerance=one([0, 1])),
            *([ma.Transactional(share="max-min", tolerance=one([0, 2]))] if some(0.3) else []),
            *([ma.Transactional(balance="pool")] if "pools" in tables else []),
        ]
    )
    order, slack = None, None
    if some(0.8):
        names = list(rng.permutation(OBJECTIVES))
        order = [str(name) for name in names[: int(rng.integers(1, 5))]]
        if some(0.3):
            slack = {order[0]: one([0.005, 0.1, 0.5])}
    targets = []
    if some(0.15):
        targets.append(
            ma.Target(weeks=one([18, 52]), patients=one([0, 1]), by=one(["system", "trust"]))
        )
    if some(0.08):
        targets.append(ma.Target(weeks=18, share_within=0.92, by=one(["system", "trust"])))
    return Call(
        tables,
        period_weeks,
        periods,
        ma.Policy(**rules),
        mode,
        order,
        slack,
        targets,
        one(["auto", "auto", "auto", "ageing"]),
    )


def _rising(weeks):
    return 1 + weeks / 7


def verdict(seed: int) -> tuple[str, float, str]:
    """How a call fares: a word, its seconds, and what more there is to say."""
    call = call_of(seed)
    began = time.process_time()
    try:
        plan = call.plan()
    except Exception as error:
        return "FAILED", time.process_time() - began, f"{type(error).__name__}: {error}"[:300]
    seconds = time.process_time() - began
    wanted = call.best()
    if wanted is None:
        return "unasked", seconds, ""
    stages = plan.stages
    if stages is None:
        found = [plan.certificate.cost]
    else:
        found = [
            round(v * (1000 if n in ("cost", "harm", "travel") else 1))
            for n, v in zip(stages["objective"], stages["value"], strict=True)
        ]
    if found != wanted:
        return "WRONG", seconds, f"{found} instead of {wanted}"
    return "equal", seconds, ""


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Make many calls."""
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    warnings.simplefilter("ignore", ma.InputWarning)
    tally, slowest = {}, (0.0, -1)
    for seed in range(first, first + count):
        word, seconds, more = verdict(seed)
        tally[word] = tally.get(word, 0) + 1
        slowest = max(slowest, (seconds, seed))
        if word in ("FAILED", "WRONG") or seconds > SLOW:
            _say(f"{seed}: {word} in {seconds:.2f} s; {more}")
    _say(f"{count} calls: {tally}; the slowest took {slowest[0]:.2f} s (seed {slowest[1]})")


if __name__ == "__main__":
    main()
