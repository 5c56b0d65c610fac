"""A plan file gives the same plan again, or an error: never another plan, and never a patient."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.cli import commands, main
from mutualaid.cli.outputs import modes_of_ladder
from mutualaid.cli.plan_file import ROWS, fingerprint, read_plan_file, write_plan_file
from mutualaid.cli.scenario.read import read_scenario_file
from mutualaid.data.schema import TABLES
from mutualaid.model.network import at_most, stack_rows
from mutualaid.solve.certificate import certify
from mutualaid.solve.solver import solve

SMALL = (
    '[data]\nexample = "collaborative"\ntrusts = 3\nareas_per_trust = 1\nperiods = 2\n'
    "list_size = 900\n"
)
OF_TABLES = (
    '[data]\nwaiting_list = "waiting_list.csv"\ncapacity = "capacity.csv"\ntravel = "travel.csv"\n'
    "periods = 2\n"
)


def planned(folder, text):
    """A scenario file, its plan, and the plan file."""
    path = folder / "winter.toml"
    path.write_text(text)
    scenario = read_scenario_file(path)
    plan = ma.optimise(
        scenario.system,
        scenario.policy,
        scenario.collaboration,
        targets=scenario.targets,
        **scenario.options,
    )
    return scenario, plan, write_plan_file(folder / "w.npz", scenario, path, [plan], ladder=False)


def again(saved):
    read = read_plan_file(saved)
    scenario = read_scenario_file(read.scenario)
    return read.plans(scenario, (scenario.collaboration,))[0]


@pytest.fixture
def folder(tmp_path):
    system = two_trusts(periods=2)
    for name in TABLES:
        if system.table(name) is not None:
            system.table(name).to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(
    "more",
    [
        "",
        '[collaboration]\nmode = "Independent"\n',
        '[collaboration]\nmode = "Transactional"\n',
        '[collaboration]\nmode = "Transactional"\nmin_gain = 0.01\n',
        '[collaboration]\nmode = "Transactional"\nshare = "max-min"\n',
        "[policy]\nmax_lanes = 3\nmax_in = 20\n",
        '[solve]\nobjectives = ["over_52", "moves"]\nslack = { over_52 = 0.1 }\n',
        "[[target]]\nweeks = 30\n",
        '[[change]]\nkind = "capacity"\nfactor = 0.8\n',
        '[solve]\nformulation = "ageing"\nsolver = "highs"\n',
    ],
    ids=lambda more: more.replace("\n", " ")[:60] or "deep",
)
def test_the_plan_of_a_file_is_the_plan(tmp_path, more):
    """Its moves, prices, proof and tables, to the last digit, without a solver for it."""
    _, plan, saved = planned(tmp_path, SMALL + more)
    back = again(saved)
    assert back.certificate == plan.certificate
    assert back.solver == plan.solver
    for name in ("moves", "remaining", "prices", "limits", "targets"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(plan, name))
    for name in ("stages", "fairness"):
        ours, theirs = getattr(plan, name), getattr(back, name)
        assert (ours is None) == (theirs is None)
        if ours is not None:
            pd.testing.assert_frame_equal(theirs, ours, check_dtype=False)


def test_the_four_plans_of_a_ladder_come_back(tmp_path):
    path = tmp_path / "winter.toml"
    path.write_text(SMALL)
    scenario = read_scenario_file(path)
    rungs = ma.ladder(scenario.system, scenario.policy)
    plans = list(rungs.plans.values())
    write_plan_file(tmp_path / "w.npz", scenario, path, plans, ladder=True)
    saved = read_plan_file(tmp_path / "w.npz")
    modes = modes_of_ladder(scenario.collaboration)
    assert modes == tuple(plan.collaboration for plan in plans)
    back = saved.plans(scenario, modes)
    assert [plan.certificate for plan in back] == [plan.certificate for plan in plans]


def test_the_same_plan_is_the_same_file(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    files = [planned(tmp_path / name, SMALL)[2].read_bytes() for name in ("a", "b")]
    assert files[0] == files[1]


@pytest.mark.parametrize("name", ["waiting_list", "capacity", "travel"])
def test_a_table_that_changed_is_an_error_that_names_it(folder, name):
    _, _, saved = planned(folder, OF_TABLES)
    table = pd.read_csv(folder / f"{name}.csv")
    column = {"waiting_list": "patients", "capacity": "slots", "travel": "minutes"}[name]
    table[column] += 1
    table.to_csv(folder / f"{name}.csv", index=False)
    with pytest.raises(ma.InputError, match=rf"{name}\.csv changed: solve the scenario again"):
        again(saved)


def test_another_policy_is_an_error_and_another_title_is_none(folder):
    _, plan, saved = planned(folder, OF_TABLES)
    path = folder / "winter.toml"
    path.write_text(f'{OF_TABLES}[outputs]\ntitle = "Winter"\n')
    assert again(saved).objective == plan.objective
    path.write_text(f"{OF_TABLES}[policy]\nmove_weeks = 2\n")
    with pytest.raises(ma.InputError, match="itself, other than in"):
        again(saved)


def altered(saved, change):
    """The same file with something in it changed."""
    with np.load(saved) as file:
        content = {name: file[name].copy() for name in file.files}
    head = json.loads(content["head"].tobytes())
    change(content, head)
    content["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    np.savez(saved, **content)


def test_flows_that_were_tampered_with_fail_their_certificate(folder):
    _, _, saved = planned(folder, OF_TABLES)

    def one_less(content, _):
        content["flow_0"][np.flatnonzero(content["flow_0"])[0]] -= 1

    altered(saved, one_less)
    with pytest.raises(ma.SolverError, match="failed its certificate"):
        again(saved)


def test_prices_that_prove_nothing_are_no_proof(folder):
    _, _, saved = planned(folder, OF_TABLES)
    altered(saved, lambda content, _: content["potential_0"].fill(0))
    with pytest.raises(ma.SolverError, match="failed its certificate"):
        again(saved)


def test_prices_that_prove_the_flow_but_are_not_its_own_are_refused(folder):
    """Nobody would see in the proof that a slot is said to be worth more than it is."""
    _, plan, saved = planned(folder, OF_TABLES)
    network, own = plan.model.network, plan.solution.potential
    for node in range(network.nodes):
        other = own.copy()
        other[node] -= 1
        if certify(network, plan.solution.flow, other).optimal:
            break
    else:
        pytest.skip("no other prices prove this flow")
    altered(saved, lambda content, _: content.update(potential_0=other))
    with pytest.raises(ma.SolverError, match="prices are not its flow's"):
        again(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda content, _: content.update(flow_0=content["flow_0"][:-1]),
        lambda content, _: content.update(flow_0=content["flow_0"].astype(float)),
        lambda content, _: content.pop("potential_0"),
        lambda _, head: head.update(version=99),
        lambda _, head: head.update(format="another"),
        lambda _, head: head.pop("plans"),
        lambda _, head: head["plans"][0].update(network="0" * 64),
        lambda _, head: head["plans"][0].update(price_scale=0),
        lambda _, head: head["plans"][0].update(rows=["more"]),
        lambda _, head: head["plans"][0].update(choices=[[["one", -1]]]),
        lambda content, _: content["potential_0"].__setitem__(0, 2**63 - 1),
        lambda content, _: content["flow_0"].__setitem__(0, 2**62),
        lambda _, head: head.update(plans=head["plans"] * 2),
        lambda _, head: head.update(scenario=3),
        lambda _, head: head.update(scenario="\ud800.toml"),
        lambda _, head: head.update(scenario="s\0.toml"),
        lambda _, head: head.update(kind="leader"),
        lambda _, head: head["plans"][0].update(price_scale=10**400),
        lambda _, head: head["plans"][0].update(price_scale=True),
    ],
)
def test_a_damaged_file_is_an_error_for_people(folder, change):
    _, _, saved = planned(folder, OF_TABLES)
    altered(saved, change)
    with pytest.raises(ma.InputError, match=r"solve the scenario again|not a plan file|holds"):
        again(saved)


@pytest.mark.parametrize("packing", ["stored", "compressed"])
def test_a_file_of_which_any_bit_was_flipped_is_damaged_or_the_same_plan(folder, packing):
    """A date of packing may change without harm; nothing else is another plan or a raw error."""
    _, plan, saved = planned(folder, OF_TABLES)
    if packing == "stored":
        altered(saved, lambda *_: None)
    whole = saved.read_bytes()
    random = np.random.default_rng(7)
    for at in random.integers(0, 8 * len(whole), 150).tolist():
        content = bytearray(whole)
        content[at // 8] ^= 1 << at % 8
        saved.write_bytes(content)
        back, said = plan, "w.npz"
        try:
            back = again(saved)
        except ma.InputError as error:
            said = str(error)
        assert "w.npz" in said
        assert back.certificate == plan.certificate
        pd.testing.assert_frame_equal(back.moves, plan.moves)


@pytest.mark.parametrize("length", [0, 1, 30, -1, -200])
def test_a_file_that_was_cut_off_is_damaged(folder, length):
    _, _, saved = planned(folder, OF_TABLES)
    saved.write_bytes(saved.read_bytes()[:length])
    with pytest.raises(ma.InputError, match=r"w\.npz is damaged"):
        again(saved)


def test_limits_come_from_the_scenario_and_never_from_the_file(folder):
    """A row "nobody moves", with a fingerprint to match, would make no plan proven best."""
    scenario, _, saved = planned(folder, f'{OF_TABLES}[collaboration]\nmode = "Transactional"\n')
    made = ma.build(scenario.system, scenario.policy, scenario.collaboration)
    arcs = made.arcs
    away = (arcs["kind"] == "treat") & (arcs["origin"] != arcs["provider"])
    nobody = at_most(away.to_numpy(dtype=np.int64), 0)
    closed = replace(made.network, rows=stack_rows(made.network.rows, nobody))
    worse = solve(closed)

    def one_row_more(content, head):
        for name in ("flow", "potential", "row_price"):
            content[f"{name}_0"] = getattr(worse, name)
        content |= {f"rows_{name}_0": getattr(nobody, name) for name in ROWS}
        head["plans"][0] |= {
            "network": fingerprint(closed),
            "price_scale": worse.price_scale,
        }

    altered(saved, one_row_more)
    with pytest.raises(ma.InputError, match="damaged"):
        again(saved)


def test_the_share_that_a_file_claims_is_worked_out_again(tmp_path):
    """Another flow in a file of a fair share is not shown, however good it is."""
    text = f'{SMALL}[collaboration]\nmode = "Transactional"\nshare = "max-min"\n'
    _, plan, saved = planned(tmp_path, text)
    altered(saved, lambda content, _: content.update(flow_0=content["flow_0"] * 0))
    with pytest.raises(ma.InputError, match="holds another plan than its scenario gives"):
        again(saved)
    assert plan.fairness is not None


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / "w.npz", head=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ma.InputError, match="no plan file"):
        read_plan_file(tmp_path / "w.npz")


def test_a_plan_file_holds_no_patient(tmp_path):
    """Neither identifiers nor any label of the waiting list."""
    people = ma.datasets.patients(200, trusts=2, areas_per_trust=1)
    people.to_csv(tmp_path / "extract.csv", index=False)
    here = ma.datasets.collaborative(trusts=2, areas_per_trust=1, list_size=200, periods=2)
    for name in ("capacity", "travel"):
        here.table(name).to_csv(tmp_path / f"{name}.csv", index=False)
    accepts = "".join(f"{code},willing_icb,|\n" for code in here.providers)
    (tmp_path / "accepts.csv").write_text(f"provider,column,among\n{accepts}")
    text = (
        '[data]\npatients = "extract.csv"\ncensus = 2026-01-31\ncapacity = "capacity.csv"\n'
        'travel = "travel.csv"\naccepts = "accepts.csv"\nperiods = 2\n'
    )
    _, plan, saved = planned(tmp_path, text)
    pd.testing.assert_frame_equal(again(saved).moves, plan.moves)
    with np.load(saved, allow_pickle=False) as file:
        told = file["head"].tobytes().decode()
        numbers = {name for name in file.files if name != "head"}
        assert numbers == {"flow_0", "potential_0", "row_price_0"}
    for column in ("patient_id", "area", "service", "priority"):
        assert not any(f'"{value}"' in told for value in people[column].astype(str).unique())


def test_a_report_is_written_without_solving(folder, capsys, monkeypatch):
    """The same workbook, byte for byte, by a call in which nothing may be solved for the plan."""
    path = folder / "winter.toml"
    path.write_text(f'{OF_TABLES}[outputs]\nfolder = "out"\npage = false\n')
    with pytest.raises(SystemExit):
        main(["solve", str(path)])
    workbook = folder / "out" / "winter.xlsx"
    before = workbook.read_bytes()
    workbook.unlink()

    def solved(*_, **__):
        raise AssertionError("nothing is solved")

    monkeypatch.setattr(commands, "optimise", solved)
    monkeypatch.setattr("mutualaid.planning.search.solve", solved)
    with pytest.raises(SystemExit) as caught:
        main(["report", str(folder / "out" / "winter.npz")])
    assert caught.value.code == 0
    assert workbook.read_bytes() == before
    assert "proven best" in capsys.readouterr().out


def test_a_scenario_that_was_moved_is_named(folder, capsys):
    path = folder / "winter.toml"
    path.write_text(f"{OF_TABLES}[outputs]\npage = false\n")
    with pytest.raises(SystemExit):
        main(["solve", str(path)])
    moved = path.rename(folder / "spring.toml")
    for more, code in ([], 1), (["--scenario", str(moved)], 0):
        with pytest.raises(SystemExit) as caught:
            main(["report", str(folder / "winter.npz"), *more])
        assert caught.value.code == code
    assert (folder / "spring.xlsx").is_file()
    assert "winter.toml" in capsys.readouterr().err
