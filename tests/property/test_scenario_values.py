"""Whatever stands behind a key of a scenario file, a person is told what to write, and where."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutualaid.cli import main
from mutualaid.cli.scenario.change_keys import KINDS
from mutualaid.cli.scenario.check_keys import fitting
from mutualaid.cli.scenario.data_keys import SOURCES, EstimateKeys, MatrixKeys
from mutualaid.cli.scenario.made_tables import (
    ActivityKeys,
    CountsKeys,
    JoinedKeys,
    LeftKeys,
    SessionsKeys,
)
from mutualaid.cli.scenario.mode_keys import MODES
from mutualaid.cli.scenario.named_files import Files
from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.policy_keys import PolicyKeys
from mutualaid.cli.scenario.problems import FileProblems
from mutualaid.cli.scenario.read import read_scenario
from mutualaid.cli.scenario.scenario_keys import ScenarioKeys, SolveKeys, TargetKeys
from mutualaid.errors import InputError

MADE_UP = {"example": "collaborative", "trusts": 2, "areas_per_trust": 1, "periods": 1}
MADE_UP |= {"list_size": 300}
PLAIN = st.one_of(
    st.booleans(),
    st.sampled_from([-1, 0, 1, 2, 53, 10**20]),
    st.sampled_from([-0.5, 0.0, 0.5, 3.0, 1e300, float("inf"), float("nan")]),
    st.sampled_from(["", "rtt", "table", "Deep", "C_110", "XA1", "trust", ".", "a\0b", "x.html"]),
    st.text(max_size=6),
    st.dates(),
    st.datetimes(),
    st.times(),
)
NAMES = st.sampled_from(["curve", "XA1", "52", "P2", "rooms", "table", "matrix", "by"])
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
TABLES = [
    *SOURCES.values(),
    *(CountsKeys, SessionsKeys, ActivityKeys, JoinedKeys, LeftKeys),
    *(MatrixKeys, EstimateKeys, PolicyKeys, SolveKeys, OutputsKeys, TargetKeys),
    *MODES.values(),
    *KINDS.values(),
]
KEYS = [(part, name) for part in TABLES for name in part.model_fields]


def names(part_and_key):
    return f"{part_and_key[0].__name__}-{part_and_key[1]}"


def least(part):
    """What a table needs, and the word that chooses it."""
    needed = {
        name: field.examples[0]
        for name, field in part.model_fields.items()
        if field.is_required() and name != part.chosen_by
    }
    chosen = next((n for known in (MODES, KINDS) for n, p in known.items() if p is part), None)
    if chosen is None:
        chosen = "collaborative"
    return needed | ({part.chosen_by: chosen} if part.chosen_by else {})


WRONG = [-1, 10**20, 0.5, float("nan"), "nowhere", "", True, dt.date(1979, 5, 27), dt.time(7, 32)]
WRONG += [[], [[]], [{"x": 1}], {}, {"x": []}]


@pytest.mark.parametrize("one", KEYS, ids=names)
def test_a_value_that_does_not_fit_is_told_at_its_key_with_what_to_write(one):
    part, name = one
    refused = 0
    for value in WRONG:
        found = FileProblems("winter.toml", {("here", name): 3})
        read = fitting(part, {**least(part), name: value}, ("here",), found, Files(Path("absent")))
        told = [row for row in found.rows if str(row["column"]).startswith(f"here.{name}")]
        refused += bool(told)
        for row in told:
            assert row["line"] == 3
            assert re.match(r"is |has |there is no file |lacks ", str(row["problem"]))
            assert row["remedy"]
            assert "pydantic" not in f"{row['problem']} {row['remedy']}"
        # Another key is wrong only for a file that is not there.
        others = [row for row in found.rows if row not in told]
        assert all(str(row["problem"]).startswith("there is no file") for row in others)
        assert found.rows or read is not None
    assert refused >= 3


def tables(draw):
    """A file with one key, or an item's, taken at random."""
    heading = draw(st.sampled_from(["data", "policy", "collaboration", "change", "target"]))
    heading = draw(st.sampled_from([heading, "solve", "outputs"]))
    choices = {
        "data": [*SOURCES.values()],
        "policy": [PolicyKeys],
        "collaboration": [*MODES.values()],
        "change": [*KINDS.values()],
        "target": [TargetKeys],
        "solve": [SolveKeys],
        "outputs": [OutputsKeys],
    }
    part = draw(st.sampled_from(choices[heading]))
    key = draw(st.sampled_from([*part.model_fields]))
    table = {**(MADE_UP if heading == "data" else least(part)), key: draw(VALUES)}
    listed = heading in ("change", "target")
    return {"data": MADE_UP, heading: [table] if listed else table}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.composite(tables)())
def test_no_file_is_a_fault_of_the_command(tmp_path, capsys, content):
    """It can be planned, or every line of the answer says where and what: never a traceback."""
    path = tmp_path / "winter.toml"
    path.write_text(tomli_w.dumps(content), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["check", str(path)])
    err = capsys.readouterr().err
    assert left.value.code in (0, 1), err
    assert "Traceback" not in err
    if left.value.code == 1:
        lines = [line for line in err.splitlines() if not line.startswith("Note: ")]
        told = lines[1:] if "problems:" in lines[0] else lines
        assert told
        assert all(re.search(r"\bline \d+, ", line) for line in told), err


def problems(content):
    """What is wrong with a file, as it is told; nothing where it can be planned."""
    try:
        read_scenario(tomli_w.dumps(content), name="w.toml", folder=Path("absent"), stem="w")
    except InputError as error:
        return str(error)
    return ""


@given(PLAIN, st.sampled_from([*ScenarioKeys.model_fields, "winter"]))
def test_what_stands_in_place_of_a_table_is_told(value, name):
    told = problems({"data": MADE_UP, name: value})
    assert told.startswith(f"w.toml: line 1, {name}: ") or (name, value, told) == ("version", 1, "")
