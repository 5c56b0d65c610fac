"""Slots, joiners and leavers as today from published counts, beside a trust's own list."""

from __future__ import annotations

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.calibration import Twin, calibrate

MONTHS = ("RTT-December-2025", "RTT-January-2026")
WAITS = dict.fromkeys(range(40), 20)
DONE = dict.fromkeys(range(2, 40), 5)


@pytest.fixture
def twin(write, line) -> Twin:
    paths = []
    for month in MONTHS:
        lines = []
        for provider in ("ALD", "BIR"):
            for part, patients in (
                ("Part_1A", DONE),
                ("Part_1B", DONE),
                ("Part_2", WAITS),
                ("Part_2A", dict.fromkeys(range(4, 40), 5)),
                ("Part_3", 480),
            ):
                lines.append(line(provider, "C_110", part, patients, period=month))
        paths.append(write(lines, name=f"{month}.csv"))
    return calibrate(paths)


def test_slots_have_streams_and_no_classes(twin: Twin) -> None:
    own = twin.slots(3, ["ALD"])
    assert list(own.capacity.columns) == ["provider", "service", "stream", "period", "slots"]
    assert set(own.capacity["stream"]) == {"admitted", "non_admitted"}
    assert own.capacity["slots"].dtype == int
    assert set(own.capacity["provider"]) == {"ALD"}
    for table in (own.referrals, own.removals, own.booked):
        assert "wait_class" not in table
        assert set(table["origin"]) <= {"ALD"}
    whole = twin.slots(3, "ALD", streams=False, steerable=1)
    assert "stream" not in whole.capacity
    assert whole.booked is None
    by_period = [t.capacity.groupby("period")["slots"].sum().tolist() for t in (own, whole)]
    assert by_period[0] == pytest.approx(by_period[1], abs=1)
    with pytest.raises(ma.InputError, match="ZZZ"):
        twin.slots(3, ["ZZZ"])


def test_they_stand_beside_a_list_of_patients(twin: Twin) -> None:
    count = 60
    people = ma.PatientList(
        {
            "patient_id": [f"p{i}" for i in range(count)],
            "origin": ["ALD"] * count,
            "service": ["C_110"] * count,
            "weeks_waiting": [i % 40 for i in range(count)],
            "admitted": [i % 3 == 0 for i in range(count)],
        }
    ).with_streams()
    own = twin.slots(2, steerable=1)
    ways = pd.DataFrame({"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": 20.0})
    system = ma.System(people, own.capacity, ways, own.referrals, periods=2)
    plan = ma.optimise(system)
    assert set(plan.treatments["stream"]) == {"admitted", "non_admitted"}
