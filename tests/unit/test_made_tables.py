"""From a published table of counts to a plan, by a scenario file alone."""

from __future__ import annotations

import warnings

import pytest

from mutualaid.cli.scenario.problems import ScenarioFileError
from mutualaid.cli.scenario.read import read_scenario

FILES = {
    "counts.csv": """Archive Date,Hospital,Specialty,0-6 Months,6-12 Months,12 Months +,Total
30/11/2025,Mercy,ENT,9,9,9,27
31/12/2025,Mercy,ENT,26,26,*,
31/12/2025,Mercy,Total,26,26,*,
31/12/2025,Bons,ENT,52,0,0,52
""",
    "lists.csv": "provider,service,sessions,cases\nMercy,ENT,2,4\nBons,ENT,3,4\n",
    "done.csv": "provider,service,month,completed\nMercy,ENT,2025-12,21\nBons,ENT,2025-12,42\n",
    "joined.csv": "origin,service,referrals\nMercy,ENT,3\nBons,ENT,4\n",
    "left.csv": "origin,service,removals\nMercy,ENT,52\nBons,ENT,13\n",
    "travel.csv": "from,to,minutes\nMercy,Bons,20\nMercy,Mercy,0\nBons,Bons,0\n",
    "usual.csv": "weeks_waiting,patients\n0,5\n60,3\n",
}
SCENARIO = """\
[data]
waiting_list = { counts = "counts.csv", census = "2025-12", hidden = 2, open_weeks = 26 }
capacity = { sessions = "lists.csv", per = "week", utilisation = 0.9, working_weeks = 42 }
referrals = { history = "joined.csv", per = "week" }
removals = { history = "left.csv", per = "year" }
travel = { matrix = "travel.csv", both_ways = true }
period_weeks = 2
periods = 6
"""


@pytest.fixture
def read(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def reader(text):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_scenario(text, name="made.toml", folder=tmp_path, stem="made").system

    return reader


def test_every_table_of_a_system_is_made_of_what_people_have(read):
    system = read(SCENARIO)
    assert system.waiting_list.groupby("origin", observed=True)["patients"].sum().to_dict() == {
        "Bons": 52,
        "Mercy": 54,
    }
    # Two lists a week of four cases, 90 % of them treated, 42 weeks of 52: 5.8 a week.
    slots = system.capacity.groupby("provider", observed=True)["slots"].sum()
    assert slots.to_dict() == {"Mercy": 70, "Bons": 105}
    assert system.referrals["patients"].sum() == 12 * 7
    assert system.removals["patients"].sum() == 12 + 3
    assert len(system.travel) == 4


def test_slots_are_made_of_what_was_done(read):
    sessions = SCENARIO.splitlines()[2]
    text = SCENARIO.replace(sessions, 'capacity = { activity = "done.csv", per = "month" }')
    slots = read(text).capacity.groupby("provider", observed=True)["slots"].sum()
    assert slots["Bons"] == 2 * slots["Mercy"]


def test_a_profile_is_a_file(read):
    system = read(SCENARIO.replace("open_weeks = 26", 'open_weeks = 26, profile = "usual.csv"'))
    assert set(system.waiting_list.query("origin == 'Bons'")["weeks_waiting"]) == {0}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (", hidden = 2", "", "line 2.*pass hidden="),
        ('census = "2025-12"', 'census = "2024-01"', "line 2.*no row is of that date"),
        (', per = "week", utilisation', ", utilisation", "line 3.*write per"),
        ("utilisation = 0.9, ", "", "line 3.*pass utilisation="),
        ("working_weeks = 42", "working_weeks = 60", "line 3.*52"),
        ('"joined.csv", per = "week"', '"joined.csv", per = "day"', "line 4"),
        ('"joined.csv", per = "week"', '"joined.csv", per = "week", by = ["age"]', "line 4.*by"),
        ('"left.csv"', '"lost.csv"', "line 5.*there is no file"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(read, old, new, words):
    assert old in SCENARIO
    with pytest.raises(ScenarioFileError, match=f"(?s){words}"):
        read(SCENARIO.replace(old, new))
