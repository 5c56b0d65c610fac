"""A scenario file says all that a plan needs, and whatever is wrong in it is told at once."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.cli.scenario.change_keys import KINDS
from mutualaid.cli.scenario.data_keys import SOURCES
from mutualaid.cli.scenario.mode_keys import MODES
from mutualaid.cli.scenario.named_files import read_names
from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.policy_keys import PolicyKeys
from mutualaid.cli.scenario.problems import ScenarioFileError
from mutualaid.cli.scenario.read import read_scenario, read_scenario_file
from mutualaid.cli.scenario.scenario_keys import SolveKeys, TargetKeys
from mutualaid.cli.scenario.template import template
from mutualaid.data.schema import TABLES

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "scenarios").glob("*.toml"))
MADE_UP = '[data]\nexample = "collaborative"\ntrusts = 2\nareas_per_trust = 1\nperiods = 3\n'


@pytest.fixture
def tables(tmp_path):
    """The two trusts' tables as CSV files."""
    system = two_trusts(periods=2)
    for name in TABLES:
        if system.table(name) is not None:
            system.table(name).to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "data.txt").write_text("not a table\n")
    return tmp_path


OF_TABLES = """\
[data]
waiting_list = "waiting_list.csv"
capacity = "capacity.csv"
travel = "travel.csv"
periods = 2
"""


def read(text, folder=Path()):
    return read_scenario(text, name="winter.toml", folder=folder, stem="winter")


def problems(text, folder=Path()):
    """Line, key and message of everything that is wrong."""
    with pytest.raises(ScenarioFileError) as caught:
        read(text, folder)
    found = caught.value.problems
    told = zip(found["line"], found["column"], found["problem"], found["remedy"], strict=True)
    return [(line, key, f"{problem}: {remedy}") for line, key, problem, remedy in told], str(
        caught.value
    )


def test_ten_different_mistakes_get_ten_messages_at_once():
    """Each names its line and its key, what is wrong, and what to write."""
    text = """\
[data]
example = "collaborative"
trusts = 99

[policy]
max_minute = 60
weeks_per_hour = -1
movable_priorities = ["P1"]
harm = "rt"

[collaboration]
mode = "Transactional"
tolerance = "five"

[[change]]
kind = "capacity"
factor = -0.5

[solve]
solver = "simplex"

[output]
title = "x"

[outputs]
csv = ["moves", "beds"]
suppress_below = 1
"""
    found, message = problems(text)
    assert [(line, key) for line, key, _ in found] == [
        (3, "data.trusts"),
        (6, "policy.max_minute"),
        (7, "policy.weeks_per_hour"),
        (8, "policy.movable_priorities"),
        (9, "policy.harm"),
        (13, "collaboration.tolerance"),
        (17, "change[1].factor"),
        (20, "solve.solver"),
        (22, "output"),
        (26, "outputs.csv[2]"),
        (27, "outputs.suppress_below"),
    ]
    assert "winter.toml has 11 problems" in message
    assert "line 6, policy.max_minute: is no key of [policy]: did you mean max_minutes?" in message
    assert "line 9, policy.harm: is 'rt': did you mean rtt?" in message
    assert "did you mean outputs?" in message
    assert all(text.partition(": ")[2] for _, _, text in found)


def test_what_only_the_tables_show_is_told_with_the_rest(tables):
    """A negative count in a table, a policy out of range and a file that is not there."""
    capacity = pd.read_csv(tables / "capacity.csv")
    capacity.loc[1, "slots"] = -3
    capacity.to_csv(tables / "capacity.csv", index=False)
    found, _ = problems(f"{OF_TABLES}[policy]\nmove_weeks = -2\n", tables)
    assert (7, "policy.move_weeks") in [(line, key) for line, key, _ in found]
    line, _, text = next(one for one in found if one[1] == "data.capacity")
    assert line == 3
    assert "slots" in text
    assert "below 0" in text


def test_a_file_that_is_not_there_is_told_with_the_one_that_is(tables):
    found, _ = problems(OF_TABLES.replace('"capacity.csv"', '"capacty.csv"'), tables)
    assert [(line, key) for line, key, _ in found] == [(3, "data.capacity")]
    assert "did you mean capacity.csv?" in found[0][2]


def test_a_file_is_never_read_from_a_list_or_a_folder(tables):
    text = OF_TABLES.replace('"capacity.csv"', '["capacity.csv"]').replace('"travel.csv"', '"."')
    found, _ = problems(text, tables)
    assert [key for _, key, _ in found] == ["data.capacity", "data.travel"]


def test_what_is_not_toml_says_where():
    found, message = problems("[data]\nexample = collaborative\n")
    assert found[0][0] == 2
    assert "not TOML" in message


def test_an_empty_file_asks_for_data():
    _, message = problems("")
    assert "write [data] and where the tables are" in message


def test_two_sources_are_one_too_many():
    found, _ = problems('[data]\nexample = "collaborative"\nrtt = "january.zip"\n')
    assert "write one of waiting_list, patients, rtt, example" in found[0][2]


def test_the_system_is_that_of_the_tables(tables):
    scenario = read(OF_TABLES, tables)
    assert repr(scenario.system) == repr(two_trusts(periods=2))
    assert ma.optimise(scenario.system).objective == ma.optimise(two_trusts(periods=2)).objective


def test_codes_stay_text_whatever_they_look_like(tables):
    """A provider 007 is not provider 7, and a service NA is not missing."""
    for name in ("waiting_list", "capacity", "travel"):
        text = (tables / f"{name}.csv").read_text()
        (tables / f"{name}.csv").write_text(text.replace("ALD", "007").replace("C_110", "NA"))
    system = read(OF_TABLES, tables).system
    assert system.providers == ("007", "BIR")
    assert system.services == ("NA",)


def test_parquet_tables_are_read_as_well(tables):
    pytest.importorskip("pyarrow")
    two_trusts(periods=2).capacity.to_parquet(tables / "capacity.parquet")
    text = OF_TABLES.replace("capacity.csv", "capacity.parquet")
    assert repr(read(text, tables).system) == repr(two_trusts(periods=2))


def test_travel_may_come_from_places(tables):
    (tables / "sites.csv").write_text(
        "provider_code,provider_name,latitude,longitude\nALD,Alder,54.0,2.0\nBIR,Birch,54.0,2.1\n"
    )
    text = OF_TABLES.replace('travel = "travel.csv"', 'sites = "sites.csv"\ntravel = { kmh = 60 }')
    scenario = read(text, tables)
    slow = read(text.replace("60", "30"), tables).system.travel["minutes"]
    assert (slow >= scenario.system.travel["minutes"]).all()
    assert scenario.loaded.names == {"ALD": "Alder", "BIR": "Birch"}


def test_a_matrix_of_travel_times_is_read(tables):
    (tables / "minutes.csv").write_text("from,ALD,BIR\nALD,0,25\nBIR,25,0\n")
    text = OF_TABLES.replace('"travel.csv"', '{ matrix = "minutes.csv" }')
    travel = read(text, tables).system.travel
    assert set(travel["minutes"]) == {0.0, 25.0}


def test_without_ways_the_file_says_that_they_are_missing(tables):
    found, _ = problems(OF_TABLES.replace('travel = "travel.csv"\n', ""), tables)
    assert "does not say how far it is" in found[0][2]


@pytest.mark.parametrize("field", [one.name for one in dataclasses.fields(ma.Policy)])
def test_every_field_of_a_policy_is_a_key(field):
    """A value that no field takes is told as the key's, so the key is known."""
    found, _ = problems(f"{MADE_UP}[policy]\n{field} = 1979-05-27\n")
    assert [(line, key) for line, key, _ in found] == [(7, f"policy.{field}")]
    assert "is no key" not in found[0][2]


def test_a_policy_is_the_one_that_python_would_make():
    scenario = read(
        f"""{MADE_UP}
[policy]
max_minutes = inf
movable_priorities = ["P2", "P3"]
max_in = {{ XA1 = 5 }}
ramp = [1, 2]
forbidden_lanes = [{{ origin = "XA1" }}]
[policy.harm]
curve = "rtt"
steps = {{ 52 = 9.0 }}
[policy.equity]
by = "deprivation"
min_gain = 0.0
"""
    )
    policy = scenario.policy
    assert policy.max_minutes == float("inf")
    assert policy.movable_priorities == ("P2", "P3")
    assert policy.max_in["patients"].tolist() == [5]
    assert policy.ramp == (1, 2)
    assert policy.harm.rate(52) == 10.0
    assert policy.equity == ma.Equity(by="deprivation", min_gain=0.0)


def test_lanes_and_curves_may_be_tables_of_their_own(tables):
    (tables / "lanes.csv").write_text("origin,provider\nALD,BIR\n")
    (tables / "harm.csv").write_text("weeks_waiting,rate\n0,1\n18,3\n")
    scenario = read(
        f'{OF_TABLES}[policy]\nforbidden_lanes = "lanes.csv"\n'
        'harm = { curve = "table", table = "harm.csv" }\n',
        tables,
    )
    assert scenario.policy.forbidden_lanes["origin"].tolist() == ["ALD"]
    assert scenario.policy.harm.rate(20) == 3.0
    assert set(scenario.inputs) >= {"lanes.csv", "harm.csv"}


def test_patient_initiated_mutual_aid_has_a_name():
    policy = read(f'{MADE_UP}[policy]\npreset = "pidmas"\nmiles = 100\nnotice_weeks = 4\n').policy
    assert (policy.max_miles, policy.max_minutes) == (100, float("inf"))
    assert (policy.min_weeks_to_move, policy.notice_weeks) == (40, 4)


@pytest.mark.parametrize("name", MODES)
def test_every_mode_is_read_with_its_own_fields(name):
    scenario = read(f'{MADE_UP}[collaboration]\nmode = "{name}"\n')
    assert scenario.collaboration == getattr(ma, name)()


def test_a_field_of_another_mode_is_told():
    found, _ = problems(f'{MADE_UP}[collaboration]\nmode = "Deep"\ntolerance = 5\n')
    assert [(line, key) for line, key, _ in found] == [(8, "collaboration.tolerance")]


def test_estate_is_lent_by_tables(tables):
    (tables / "rooms.csv").write_text("site,period,slots\nBIR,1,2\n")
    (tables / "teams.csv").write_text("provider,service,period,slots\nALD,C_110,1,4\n")
    text = '[collaboration]\nlend = { rooms = "rooms.csv", teams = "teams.csv" }\n'
    scenario = read(OF_TABLES + text, tables)
    assert repr(scenario.collaboration.lend) == "Estate: 2 slots in rooms at BIR, for teams of ALD"


def test_changes_are_applied_in_order_before_anything_is_planned():
    text = (
        '[[change]]\nkind = "capacity"\nfactor = 0.5\n'
        '[[change]]\nkind = "rule"\npolicy = { max_minutes = 5 }\n'
    )
    scenario = read(MADE_UP + text)
    before = scenario.loaded.system.capacity["slots"].sum()
    assert 0.4 * before < scenario.system.capacity["slots"].sum() <= 0.5 * before
    assert scenario.policy.max_minutes == 5.0


def test_a_change_that_changes_nothing_is_told_with_its_line():
    found, _ = problems(f'{MADE_UP}[[change]]\nkind = "closure"\nprovider = "XQ9"\n')
    assert [(line, key) for line, key, _ in found] == [(6, "change[1]")]
    assert "the system has nothing there" in found[0][2]


def test_what_a_change_makes_of_the_tables_is_told_with_a_remedy():
    """A hub to which no area has a way."""
    hub = 'kind = "site"\nprovider = "HUB"\nslots = { C_110 = 4 }\nminutes = { nowhere = 5 }\n'
    found, message = problems(f"{MADE_UP}[[change]]\n{hub}")
    assert {(line, key) for line, key, _ in found} == {(6, "change[1]")}
    assert all(text.startswith("HUB opens: ") for _, _, text in found)
    assert "add a row for each area and provider" in message


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_change_is_known(kind):
    """What is missing is told as the kind's own fields."""
    found, _ = problems(f'{MADE_UP}[[change]]\nkind = "{kind}"\nnothing = 1\n')
    assert not any(key == "change[1].kind" for _, key, _ in found)
    assert any(key == "change[1].nothing" for _, key, _ in found)


def test_targets_and_objectives_are_those_of_the_plan():
    scenario = read(
        f'{MADE_UP}[[target]]\nweeks = 52\n[solve]\nobjectives = ["over_65", "harm"]\nthreads = 1\n'
    )
    assert scenario.targets == (ma.Target(weeks=52),)
    assert scenario.options == {"objectives": ["over_65", "harm"], "threads": 1}


def test_patients_are_read_with_what_the_policy_asks_about(tables):
    """An extract, counted into queues that are told apart by deprivation."""
    ma.datasets.patients(400, trusts=2).to_csv(tables / "extract.csv", index=False)
    here = ma.datasets.collaborative(trusts=2, list_size=400, periods=2)
    for name in ("capacity", "travel"):
        here.table(name).to_csv(tables / f"{name}.csv", index=False)
    accepts = "".join(f"{code},willing_icb,|\n" for code in here.providers)
    (tables / "accepts.csv").write_text(f"provider,column,among\n{accepts}")
    text = """\
[data]
patients = "extract.csv"
census = 2026-01-31
capacity = "capacity.csv"
travel = "travel.csv"
accepts = "accepts.csv"
periods = 2
[policy]
equity = { by = "deprivation", min_gain = 0.0 }
"""
    scenario = read(text, tables)
    assert int(scenario.system.waiting_list["patients"].sum()) == 400
    assert "deprivation" in scenario.system.waiting_list
    assert not {"patient_id", "person_id"} & {*scenario.system.waiting_list.columns}
    assert len(scenario.loaded.patients) == 400
    found, _ = problems(text.replace('by = "deprivation"', 'by = "shoe_size"'), tables)
    assert "has no shoe_size" in found[0][2]


def test_a_column_that_a_table_lacks_is_named(tmp_path):
    (tmp_path / "names.csv").write_text("code,colour\nXA1,red\n")
    found, _ = problems(f'{MADE_UP}[outputs]\nnames = "names.csv"\n', tmp_path)
    assert found[0][2].startswith("the column name is missing")


def test_the_plan_does_not_depend_on_what_is_written_of_it():
    """Two files that differ in their outputs only plan the same."""
    plain, titled = read(MADE_UP), read(f'{MADE_UP}[outputs]\ntitle = "Winter"\n')
    assert plain.planning == titled.planning
    assert plain.planning != read(f"{MADE_UP}[policy]\nmax_minutes = 30\n").planning


def test_names_come_from_a_file_with_one_name_a_code(tmp_path):
    (tmp_path / "names.csv").write_text("code,name\nXA1,Alder\nXA1,Birch\n")
    found, _ = problems(f'{MADE_UP}[outputs]\nnames = "names.csv"\n', tmp_path)
    assert found[0][1] == "outputs.names"
    assert "has two names" in found[0][2]


@pytest.mark.parametrize("heading", ["code", "Provider", "Org Code", "trust"])
def test_names_of_trusts_are_read_under_the_headings_of_a_table_of_sites(tmp_path, heading):
    (tmp_path / "names.csv").write_text(f"{heading},Name\nXA1,Alder\nXB2,Birch\n")
    assert read_names(tmp_path / "names.csv") == {"XA1": "Alder", "XB2": "Birch"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_ready_to_be_planned(path):
    scenario = read_scenario_file(path)
    assert scenario.system.providers


@pytest.mark.parametrize("key", ["capacity", "referrals", "travel", "sites"])
def test_a_file_that_cannot_be_read_is_told_at_its_own_key(key, tmp_path):
    """Not at the line of the waiting list."""
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    for name in ("waiting_list", "capacity", "travel", "referrals"):
        getattr(system, name).to_csv(tmp_path / f"{name}.csv", index=False)
    sites = pd.DataFrame({"provider_code": ["XA1"], "latitude": [53.0], "longitude": [-2.0]})
    sites.to_csv(tmp_path / "sites.csv", index=False)
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook")
    names = ["waiting_list", "capacity", "travel", "referrals", "sites"]
    files = {name: "broken.xlsx" if name == key else f"{name}.csv" for name in names}
    text = "\n".join(["[data]", *(f'{name} = "{file}"' for name, file in files.items())])
    with pytest.raises(ScenarioFileError) as caught:
        read(text, tmp_path)
    told = str(caught.value)
    assert f"line {2 + names.index(key)}, data.{key}: " in told
    assert "broken.xlsx" in told


def test_the_template_is_ready_to_be_planned_and_names_every_key():
    text = template("winter.toml")
    assert read(text).system.providers
    parts = (PolicyKeys, *MODES.values(), TargetKeys, SolveKeys, OutputsKeys, *SOURCES.values())
    known = {name for part in parts for name in part.model_fields}
    assert {name for name in known if not re.search(rf"^#? ?{name}\b", text, re.MULTILINE)} == set()
    assert all(f'"{name}"' in text for name in (*MODES, *KINDS))
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.usual_lead
@pytest.mark.usual_promises
@pytest.mark.parametrize("section", ["policy", "solve", "outputs"])
def test_what_the_template_shows_as_usual_changes_nothing(section):
    """Each line that is not an example holds anyway: with its # taken away the plan is the same."""
    part = template("winter.toml").split(f"\n[{section}]\n")[1].split("\n\n")[0]
    lines = [
        line.removeprefix("# ")
        for line in part.splitlines()
        if re.match(r"# [a-z_]+ = ", line) and not line.endswith("# for example")
    ]
    assert lines
    shown, usual = read("\n".join([MADE_UP, f"[{section}]", *lines])), read(MADE_UP)
    if section == "policy":
        for one in dataclasses.fields(ma.Policy):
            if one.name != "harm":
                assert getattr(shown.policy, one.name) == getattr(usual.policy, one.name)
    assert shown.outputs == usual.outputs
    plans = [
        ma.optimise(one.system, one.policy, one.collaboration, **one.options)
        for one in (shown, usual)
    ]
    pd.testing.assert_frame_equal(plans[0].moves, plans[1].moves)


def test_an_unknown_example_does_not_keep_other_mistakes_of_its_part_from_being_told():
    found, _ = problems('[data]\nexample = "colaborative"\ntrusts = 0\nperiods = "13"\n')
    assert [(line, key) for line, key, *_ in found] == [
        (2, "data.example"),
        (3, "data.trusts"),
        (4, "data.periods"),
    ]


def test_a_file_that_says_no_version_is_of_the_first():
    """It plans the same, so a plan that was kept may be written again."""
    assert read(f"version = 1\n{MADE_UP}").planning == read(MADE_UP).planning


@pytest.mark.parametrize("version", ["2", "0", '"1"', "true", "1.0"])
def test_a_file_of_another_version_is_told_and_nothing_else_of_it(version):
    """What its other keys mean there is not known."""
    found, _ = problems(f"# winter\nversion = {version}\n[data]\ntables = 3\n")
    assert [(line, key) for line, key, _ in found] == [(2, "version")]
    assert "this mutualaid reads version 1" in found[0][2]


def test_a_change_of_rules_is_read_like_the_policy():
    """Its curves and tables too, and what is wrong in it at its own line."""
    rule = '[[change]]\nkind = "rule"\n[change.policy]\n'
    policy = read(f'{MADE_UP}{rule}harm = "person_weeks"\nmax_in = {{ XA1 = 5 }}\n').policy
    assert policy.harm.rate(80) == 1.0
    assert policy.max_in["patients"].tolist() == [5]
    found, _ = problems(f"{MADE_UP}{rule}max_minuts = 5\nmove_weeks = -1\n")
    assert found == [
        (9, "change[1].policy.max_minuts", found[0][2]),
        (10, "change[1].policy.move_weeks", "is -1: write a number from 0 to 1,000,000"),
    ]
    assert "did you mean max_minutes?" in found[0][2]


def test_the_band_of_patient_initiated_mutual_aid_goes_with_its_name():
    found, _ = problems(f"{MADE_UP}[policy]\nmiles = 50\n")
    assert [(line, key) for line, key, _ in found] == [(7, "policy.miles")]
    assert 'write preset = "pidmas" as well, or max_miles instead' in found[0][2]


def test_one_code_may_stand_for_a_list_of_one():
    scenario = read(f'{MADE_UP}services = "C_110"\n[[target]]\nweeks = 52\norigins = "XA1"\n')
    assert scenario.system.services == ("C_110",)
    assert scenario.targets[0].origins == ["XA1"]


def test_each_wrong_item_of_a_list_and_of_a_table_is_told_where_it_stands():
    found, _ = problems(
        f"""{MADE_UP}
[policy]
max_in = {{ XA1 = 5, XB2 = -1 }}
ramp = [
  1,
  "two",
]
forbidden_lanes = [{{ origin = 7 }}]
"""
    )
    assert [(line, key) for line, key, _ in found] == [
        (8, "policy.max_in.XB2"),
        (11, "policy.ramp[2]"),
        (13, "policy.forbidden_lanes[1].origin"),
    ]
    assert found[1][2] == "is 'two': write a whole number from 0 to 1,000,000,000"


@pytest.mark.parametrize("week", ["x", "18.5", "-1"])
def test_a_step_at_no_whole_week_is_told_by_its_week_and_not_by_its_rate(week):
    text = '[data]\nexample = "collaborative"\n[policy.harm]\ncurve = "rtt"\n'
    found, _ = problems(f"{text}steps = {{ '{week}' = 1.0 }}\n")
    remedy = "is no key of [policy.harm.steps]: write whole weeks from 0 as keys"
    assert found == [(5, f"policy.harm.steps.{week}", remedy)]


def test_aid_in_money_without_a_tariff_is_told_at_the_balance():
    text = '[data]\nexample = "collaborative"\n[collaboration]\nmode = "Transactional"\n'
    found, _ = problems(f'{text}balance = "tariff"\n')
    remedy = "is 'tariff', and no tariff is given: give a tariff as well"
    assert found == [(5, "collaboration.balance", remedy)]
