"""What is written to a log, for whoever switches it on: how a plan was found, never of whom."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys

import pandas as pd
import pytest
from hospitals import two_trusts
from listed import trusts

import mutualaid as ma
from mutualaid.report import write_workbook

PATIENTS = [f"94347659{number}" for number in range(10, 20)]
MADE_A_PLAN = """
import mutualaid as ma
system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
ma.optimise(system, collaboration=ma.Resource())
"""


@pytest.fixture
def log(caplog):
    """What the library tells, down to the least."""
    caplog.set_level(logging.DEBUG, logger="mutualaid")
    return caplog


def lines(log) -> list[str]:
    """The messages, each of a logger below the library's own."""
    assert {record.name.partition(".")[0] for record in log.records} == {"mutualaid"}
    return [record.getMessage() for record in log.records]


def test_nothing_is_told_unless_somebody_asks():
    """Neither on the screen nor on the standard error."""
    done = subprocess.run(
        [sys.executable, "-c", MADE_A_PLAN],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_whoever_asks_is_told_on_the_standard_error():
    """Two lines of logging's own are enough."""
    asked = "import logging\nlogging.basicConfig(level=logging.INFO)\n" + MADE_A_PLAN
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.stdout == ""
    assert "Resource: planned, certified and audited in" in done.stderr


def test_a_log_tells_that_a_plan_without_side_rows_was_solved_as_a_flow(log):
    """The model of the plan and of each trust alone, then both solved, then the plan."""
    plan = ma.optimise(two_trusts())
    told = lines(log)
    sizes = f"{plan.model.network.nodes} nodes, {plan.model.network.arcs} arcs, 0 side rows"
    assert sum(sizes in line for line in told) == 1
    assert sum("solved by flow" in line for line in told) == 2
    assert not any("tied by" in line for line in told)
    assert re.fullmatch(
        r"Deep: planned, certified and audited in \d+\.\d\d s, by flow, gap 0", told[-1]
    )


def test_a_log_tells_that_side_rows_were_solved_as_a_whole_program(log):
    """A cap on moves ties both trusts together."""
    ma.optimise(two_trusts(), ma.Policy(max_moves=2))
    told = lines(log)
    assert any(re.fullmatch(r"\d+ arcs tied by 1 side rows: as a whole program", t) for t in told)
    assert any("1 side rows solved by highs" in line for line in told)


def test_a_log_tells_the_rounds_of_a_large_problem(log, monkeypatch):
    """Prices first, then a program of few arcs, until its cost is next to the bound."""
    monkeypatch.setattr("mutualaid.solve.solver.SIFTED", 1)
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    ma.optimise(system, collaboration=ma.Resource())
    told = lines(log)
    rounds = [re.match(r"round (\d+): (\d+) of (\d+) arcs", line) for line in told]
    found = [match for match in rounds if match]
    assert [int(match[1]) for match in found] == list(range(1, len(found) + 1))
    assert len(found) > 0
    assert all(int(match[2]) <= int(match[3]) for match in found)
    assert any("from prices and few of its arcs" in line for line in told)


def test_no_patient_is_in_a_log(log, tmp_path):
    """A list is planned, offered, answered and written; who is on it stays on it."""
    listed = ma.PatientList(
        pd.DataFrame(
            {
                "patient_id": PATIENTS,
                "origin": "ALD",
                "service": "C_110",
                "weeks_waiting": range(30, 40),
                "area": [f"home of {patient}" for patient in PATIENTS],
            }
        )
    )
    policy = ma.Policy(acceptance=ma.Acceptance.constant(0.5))
    plan = ma.optimise(trusts(listed, periods=2), policy)
    offers = plan.offers(listed)
    answers = offers.table.head(1)[["patient_id"]].assign(response="declined")
    again = ma.patients.replan(plan, answers, listed, offers=offers.table)
    write_workbook(
        again.plan,
        tmp_path / "o.xlsx",
        patients=again.patients,
        offers=again.offers,
        identifiers=True,
    )
    told = "\n".join(lines(log))
    assert "planned, certified and audited" in told
    assert [patient for patient in PATIENTS if patient[-4:] in told] == []
    assert not any(word in told for word in ("ALD", "C_110", "home of"))


def test_messages_are_put_together_only_where_they_are_read(log):
    """Each is a pattern and its values: nothing is spelt out for a log that is off."""
    ma.optimise(two_trusts(), ma.Policy(max_moves=2))
    assert all(record.args for record in log.records)
