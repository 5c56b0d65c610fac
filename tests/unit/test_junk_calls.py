"""Whatever is passed by mistake, the answer is one clear message and never a traceback of ours."""

from __future__ import annotations

import datetime as dt
import inspect
import warnings

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma

pytestmark = pytest.mark.slow

JUNK = (
    *(None, True, 0, 5, -1, 2**70, 0.5, float("nan"), float("inf")),
    *("", "x", b"x", [], [None], [2, "three", None], (1,), {}, {"x": object()}, {1: 2}, {"x"}),
    *(object(), object, print, range(3), iter([1]), np.arange(3), np.array(["x"]), pd.NaT, pd.NA),
    *(pd.DataFrame(), pd.DataFrame({"x": [1]}), pd.Series(["x"]), dt.date(2026, 1, 31)),
)
WINTER = ma.studies.Scenario("winter", [ma.studies.changes.Capacity(factor=0.9)])


def the_plan():
    return ma.optimise(
        ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2, services=["C_110"])
    )


PLAN = the_plan()
SYSTEM = PLAN.system
LADDER = ma.ladder(SYSTEM)
EXTRACT = ma.datasets.patients(30, trusts=2, areas_per_trust=1)
PEOPLE = ma.read_waiting_list(EXTRACT, census="2026-01-31")
RATES = pd.DataFrame({"provider": ["XA1"], "service": ["C_110"], "slots": [3]})
SESSIONS = SYSTEM.capacity.head(2).assign(sessions=1, slots_each=2)
COUNTS = pd.DataFrame({"trust": ["XA1"], "service": ["ENT"], "0-6 weeks": [3], "6+ weeks": [1]})
LISTS = pd.DataFrame({"provider": ["XA1"], "service": ["ENT"], "sessions": [3], "cases": [4]})
DONE = pd.DataFrame({"provider": ["XA1"], "service": ["ENT"], "completed": [3]})
JOINED = pd.DataFrame({"origin": ["XA1"], "service": ["ENT"], "patients": [3]})
PLACES = ma.datasets.collaborative_providers(trusts=2)

CALLS = {
    "System": (
        ma.System,
        {"waiting_list": SYSTEM.waiting_list, "capacity": SYSTEM.capacity, "travel": SYSTEM.travel},
    ),
    "System.table": (SYSTEM.table, {"name": "travel"}),
    "Policy": (ma.Policy, {}),
    "Policy.pidmas": (ma.Policy.pidmas, {}),
    "Deep": (ma.Deep, {}),
    "Resource": (ma.Resource, {}),
    "Transactional": (ma.Transactional, {}),
    "Equity": (ma.Equity, {}),
    "Estate": (ma.Estate, {"rooms": RATES, "teams": RATES}),
    "Target": (ma.Target, {"weeks": 52}),
    "Noise": (ma.simulation.Noise, {}),
    "Scenario": (ma.studies.Scenario, {"name": "winter"}),
    "Acceptance.constant": (ma.Acceptance.constant, {"p": 0.5}),
    "Acceptance.from_table": (ma.Acceptance.from_table, {"table": RATES}),
    "Acceptance.from_function": (ma.Acceptance.from_function, {"f": len}),
    "changes.Capacity": (ma.studies.changes.Capacity, {"factor": 0.5}),
    "changes.Closure": (ma.studies.changes.Closure, {"provider": "XA1"}),
    "changes.Patients": (ma.studies.changes.Patients, {"factor": 0.5}),
    "changes.Pool": (ma.studies.changes.Pool, {"factor": 0.5, "pool": "beds"}),
    "changes.Referrals": (ma.studies.changes.Referrals, {"factor": 0.5}),
    "changes.RemovalShare": (ma.studies.changes.RemovalShare, {"share": 0.1}),
    "changes.Removals": (ma.studies.changes.Removals, {"factor": 0.5}),
    "changes.Rule": (ma.studies.changes.Rule, {"policy": {"max_minutes": 30}}),
    "changes.Site": (
        ma.studies.changes.Site,
        {"provider": "XZ9", "slots": {"C_110": 3}, "minutes": {"XA1": 20.0}},
    ),
    "changes.Stay": (ma.studies.changes.Stay, {"factor": 0.5, "pool": "beds"}),
    "changes.removals_at": (
        ma.studies.changes.removals_at,
        {"referrals": SYSTEM.referrals, "share": 0.1},
    ),
    "harm.rtt": (ma.harm.rtt, {}),
    "harm.clinical": (ma.harm.clinical, {}),
    "harm.from_table": (ma.harm.from_table, {"table": RATES}),
    "harm.from_function": (ma.harm.from_function, {"function": lambda week: 1.0 + 0 * week}),
    "datasets.collaborative": (ma.datasets.collaborative, {"trusts": 2, "periods": 2}),
    "datasets.collaborative_providers": (ma.datasets.collaborative_providers, {}),
    "datasets.accepts": (ma.datasets.accepts, {"trusts": 2}),
    "datasets.patients": (ma.datasets.patients, {"size": 10}),
    "build": (ma.build, {"system": SYSTEM}),
    "optimise": (ma.optimise, {"system": SYSTEM}),
    "ladder": (ma.ladder, {"system": SYSTEM}),
    "deploy": (ma.studies.deploy, {"system": SYSTEM, "sessions": SESSIONS, "budget": 1.0}),
    "frontier": (ma.studies.frontier, {"system": SYSTEM}),
    "every_period": (ma.every_period, {"rates": RATES, "periods": 2}),
    "next_lanes": (ma.studies.next_lanes, {"plan": PLAN}),
    "next_slots": (ma.studies.next_slots, {"plan": PLAN}),
    "obstacles": (ma.studies.obstacles, {"plan": PLAN}),
    "price_of_equity": (ma.studies.price_of_equity, {"plan": PLAN}),
    "refill": (ma.studies.refill, {"plan": PLAN}),
    "removal_sensitivity": (ma.studies.removal_sensitivity, {"system": SYSTEM, "factors": [1.0]}),
    "replan": (ma.patients.replan, {"plan": PLAN, "responses": RATES}),
    "replay": (ma.simulation.replay, {"plan": PLAN, "seeds": range(1)}),
    "run_scenarios": (ma.studies.run_scenarios, {"system": SYSTEM, "scenarios": [WINTER]}),
    "sweep": (ma.studies.sweep, {"system": SYSTEM, "max_minutes": [30]}),
    "shapley": (ma.studies.shapley, {"system": SYSTEM}),
    "stress": (ma.studies.stress, {"plan": PLAN, "scenarios": [WINTER]}),
    "two_stage": (ma.studies.two_stage, {"system": SYSTEM, "scenarios": [WINTER], "commit": 1}),
    "winter_periods": (ma.studies.winter_periods, {"system": SYSTEM, "census": "2026-01-31"}),
    "winter_scenarios": (ma.studies.winter_scenarios, {"system": SYSTEM, "census": "2026-01-31"}),
    "within_icb": (ma.patients.within_icb, {"icb": {"XA1": "Q1"}}),
    "suppress": (ma.report.suppress, {"frame": SYSTEM.waiting_list, "by": ["origin"]}),
    "transfer_list": (ma.patients.transfer_list, {"offers": RATES, "patients": PEOPLE}),
    "slots_from_sessions": (
        ma.slots_from_sessions,
        {"table": LISTS, "per": "week", "utilisation": 1.0, "working_weeks": 52},
    ),
    "slots_from_activity": (ma.slots_from_activity, {"table": DONE, "per": "week"}),
    "referrals_from_history": (
        ma.referrals_from_history,
        {"table": JOINED, "per": "week", "waiting_list": SYSTEM.waiting_list, "by": ["priority"]},
    ),
    "removals_from_history": (ma.removals_from_history, {"table": JOINED, "per": "week"}),
    "read_counts": (ma.read_counts, {"table": COUNTS, "open_weeks": 9}),
    "read_rtt": (ma.read_rtt, {"path": "absent.zip"}),
    "read_sites": (ma.read_sites, {"source": PLACES}),
    "read_waiting_list": (ma.read_waiting_list, {"source": EXTRACT, "census": "2026-01-31"}),
    "travel_matrix": (ma.travel_matrix, {"source": pd.DataFrame({"from": ["A"], "A": [0]})}),
    "travel_times": (ma.travel_times, {"sites": PLACES}),
    **{
        f"Plan.{name}": (getattr(PLAN, name), given)
        for name, given in {
            "balance": {},
            "changes_since": {"previous": PLAN},
            "equity": {},
            "explain": {"origin": "XA1", "service": "C_110"},
            "ledger": {},
            "measures": {},
            "offers": {"patients": PEOPLE},
            "new_threshold_breaches": {},
            "patients": {"patients": PEOPLE},
            "risks": {},
            "sacrifices": {},
            "stress": {"scenarios": [WINTER]},
            "to_csv": {"path": "absent/moves.csv"},
            "to_excel": {"path": "absent/plan.xlsx"},
            "to_html": {"path": "absent/plan.html"},
            "to_parquet": {"path": "absent/moves.parquet"},
        }.items()
    },
    **{
        f"Ladder.{name}": (getattr(LADDER, name), given)
        for name, given in {
            "frontier": {},
            "new_threshold_breaches": {},
            "smallest_plan": {"within": 0.1},
            "value_per_move": {},
            "to_html": {"path": "absent/ladder.html"},
        }.items()
    },
    **{
        f"Plan.plot.{name}": (getattr(PLAN.plot, name), {})
        for name in ("flows", "waits", "gains", "prices", "list_size")
    },
    "Ladder.plot.rungs": (LADDER.plot.rungs, {}),
    "Ladder.plot.frontier": (LADDER.plot.frontier, {}),
    "Harm.rate": (ma.harm.clinical().rate, {"weeks": 3, "label": "P3"}),
    "Scenario.apply": (WINTER.apply, {"system": SYSTEM}),
    "scenarios.to_toml": (ma.studies.scenarios.to_toml, {"scenarios": [WINTER]}),
    "scenarios.from_toml": (
        ma.studies.scenarios.from_toml,
        {"text": ma.studies.scenarios.to_toml([WINTER])},
    ),
    "PlanModel.solve": (ma.build(SYSTEM).solve, {}),
    "PlanModel.plan_from": (ma.build(SYSTEM).plan_from, {"problem": None}),
    "PlanModel.write": (ma.build(SYSTEM).write, {"path": "absent/model.mps"}),
}


def parameters(function):
    return [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]


@pytest.mark.parametrize("name", CALLS)
def test_junk_in_place_of_any_argument_is_told_and_never_a_raw_error(name, tmp_path, monkeypatch):
    """An answer, or an InputError; a SolverError where the call could be understood."""
    monkeypatch.chdir(tmp_path)
    function, given = CALLS[name]
    raw = {}
    for argument in parameters(function):
        # What fails inside a function of the caller's own is the caller's to see.
        own = argument in ("progress", "f", "function")
        for junk in JUNK if not own else [one for one in JUNK if not callable(one)]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    function(**{**given, argument: junk})
                except (ma.InputError, ma.SolverError):
                    continue
                except Exception as error:
                    raw[f"{argument}={junk!r:.40}"] = repr(error)[:120]
    assert not raw
