"""``mutualaid check`` says what a file is, how good it is, and nothing about any one patient."""

from __future__ import annotations

import zipfile

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.cli import main
from mutualaid.cli.identify import KINDS, kind_of
from mutualaid.data.schema import TABLES


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(["check", *map(str, arguments)])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return called


@pytest.fixture
def folder(tmp_path):
    """The tables of a collaborative, a list of patients, sites and a scenario."""
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, list_size=300, periods=2)
    for name in TABLES:
        if system.table(name) is not None:
            system.table(name).to_csv(tmp_path / f"{name}.csv", index=False)
    ma.datasets.patients(300, trusts=2, areas_per_trust=1).to_csv(
        tmp_path / "extract.csv", index=False
    )
    (tmp_path / "places.csv").write_text("code,lat,lon\nXA1,54.0,2.0\n")
    (tmp_path / "winter.toml").write_text('[data]\nexample = "collaborative"\ntrusts = 2\n')
    return tmp_path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((f"{one}.csv", one) for one in ("capacity", "travel", "referrals", "removals")),
        ("waiting_list.csv", "waiting_list"),
        ("extract.csv", "patients"),
        ("places.csv", "sites"),
        ("winter.toml", "scenario"),
    ],
)
def test_a_file_is_known_by_what_is_in_it(folder, name, kind):
    assert kind_of(folder / name) == kind


def test_every_kind_can_be_asked_for(folder, call):
    for name in KINDS:
        code, _, _ = call(folder / "absent.csv", "--as", name)
        assert code == 1


def test_tables_are_checked_alone_and_against_each_other(folder, call):
    files = [folder / f"{name}.csv" for name in ("waiting_list", "capacity", "travel")]
    code, out, err = call(*files)
    assert (code, err) == (0, "")
    assert "Together: System: 300 patients waiting" in out
    travel = pd.read_csv(files[2])
    travel[travel["provider"] != "XB2"].to_csv(files[2], index=False)
    code, out, err = call(*files)
    assert code == 1
    assert "travel" in err


def test_tables_under_a_hospitals_own_headings_are_checked_against_each_other(folder, call):
    files = [folder / f"{name}.csv" for name in ("waiting_list", "capacity", "travel")]
    for file in files:
        pd.read_csv(file).rename(columns=str.title).to_csv(file, index=False)
    code, out, err = call(*files)
    assert (code, err) == (0, "")
    assert "Together: System: 300 patients waiting" in out


def test_a_table_that_cannot_be_used_does_not_hide_the_others(folder, call):
    capacity = pd.read_csv(folder / "capacity.csv")
    capacity.loc[2, "slots"] = -1
    capacity.to_csv(folder / "capacity.csv", index=False)
    code, out, err = call(folder / "capacity.csv", folder / "travel.csv")
    assert code == 1
    assert "capacity.csv" in err
    assert "below 0" in err
    assert "travel.csv: travel" in out


def test_patients_are_told_of_without_telling_of_any(folder, call):
    """Few rows with one fault are not counted out, and no identifier is shown."""
    extract = pd.read_csv(folder / "extract.csv", dtype=str)
    extract.loc[[3, 5], "service"] = "C_999"
    extract.to_csv(folder / "extract.csv", index=False)
    code, out, err = call(folder / "extract.csv", "--census", "2026-01-31")
    assert code == 0
    fault = next(row for row in out.splitlines() if "a total, not a patient" in row)
    assert "<5" in fault
    for identifier in ("patient_id", "person_id", "local_id", "pathway_id"):
        if identifier in extract:
            assert not any(str(value) in out + err for value in extract[identifier].dropna())


def test_what_could_be_either_is_asked_for(tmp_path, call):
    rows = "origin,service,period,patients\nA,x,1,2\n"
    (tmp_path / "moves.csv").write_text(rows)
    code, out, err = call(tmp_path / "moves.csv")
    assert (code, out) == (2, "")
    assert "--as referrals|removals" in err
    assert call(tmp_path / "moves.csv", "--as", "referrals")[0] == 0


def test_what_is_nothing_known_is_told(tmp_path, call):
    (tmp_path / "beds.csv").write_text("ward,beds\nA,20\n")
    code, _, err = call(tmp_path / "beds.csv")
    assert code == 2
    assert "is nothing that is known here" in err
    code, _, err = call(tmp_path / "beds.csv", "--as", "bets")
    assert code == 2
    assert "is no kind of file" in err


@pytest.mark.parametrize(
    "name", ["noise.csv", "noise.toml", "noise.npz", "noise.zip", "noise.xlsx"]
)
def test_noise_is_an_error_for_people(tmp_path, call, name):
    (tmp_path / name).write_bytes(bytes(range(256)) * 4)
    code, _, err = call(tmp_path / name)
    assert code in (1, 2)
    assert "a fault in mutualaid" not in err


def test_a_zip_is_the_table_that_is_in_it(tmp_path, call):
    with zipfile.ZipFile(tmp_path / "january.zip", "w") as archive:
        archive.writestr("january.csv", "a,b\n1,2\n")
    code, _, err = call(tmp_path / "january.zip")
    assert code == 2
    assert "is nothing that is known here" in err
    code, _, err = call(tmp_path / "january.zip", "--as", "rtt")
    assert code == 1
    assert "not an RTT extract" in err


def test_a_series_of_what_ifs_is_read(tmp_path, call):
    text = '[[scenario]]\nname = "flood"\n[[scenario.change]]\nkind = "closure"\nprovider = "XA1"\n'
    (tmp_path / "floods.toml").write_text(text)
    code, out, _ = call(tmp_path / "floods.toml")
    assert code == 0
    assert "Scenario 'flood': XA1 closed" in out


def test_a_scenario_with_mistakes_is_told_with_lines(folder, call):
    (folder / "winter.toml").write_text('[data]\nexample = "collaborativ"\n')
    code, _, err = call(folder / "winter.toml")
    assert code == 1
    assert err == (
        "Error: winter.toml: line 2, data.example: is 'collaborativ': did you mean collaborative?\n"
    )


def test_a_small_sum_is_hidden(tmp_path, call):
    two_trusts().waiting_list.assign(patients=3).to_csv(tmp_path / "waiting_list.csv", index=False)
    _, out, _ = call(tmp_path / "waiting_list.csv")
    assert "1 row, <5 patients" in out


def test_headings_of_another_system_are_read_and_what_means_nothing_is_named(folder, call):
    """A list under Trust and Priority is read; the ward tells patients apart, nothing else."""
    listed = pd.read_csv(folder / "waiting_list.csv", dtype=str)
    listed = listed.rename(columns={"origin": "Trust", "patients": "PATIENTS"})
    listed.assign(ward="7").to_csv(folder / "waiting_list.csv", index=False)
    assert kind_of(folder / "waiting_list.csv") == "waiting_list"
    code, out, _ = call("waiting_list.csv", "capacity.csv", "travel.csv")
    assert code == 0
    assert "(headed 'Trust')" in out
    assert "tells patients apart, means nothing else" in out
    assert "of the list, ward tells patients apart" in out


def test_a_slip_in_a_list_is_an_error_of_check(folder, call):
    """Nobody is moved against a consent that was misspelt."""
    listed = pd.read_csv(folder / "waiting_list.csv", dtype=str)
    listed.assign(consnt="no").to_csv(folder / "waiting_list.csv", index=False)
    code, _, err = call("waiting_list.csv", "--as", "waiting_list")
    assert code == 1
    assert "looks like 'consent'" in err


def test_codes_under_another_heading_stay_codes(folder, call):
    """007 under Trust Code is no number."""
    (folder / "slots.csv").write_text("Trust Code,TFC,Period,Slots\n007,110,1,5\n")
    code, out, err = call("slots.csv", "--as", "capacity")
    assert code == 0, err
    assert "1 row, 5 slots" in out


def test_a_scenario_says_what_was_found_in_its_tables(folder, call):
    """The tables that a scenario names are read as they are headed, and that is told."""
    listed = pd.read_csv(folder / "waiting_list.csv", dtype=str).rename(columns={"origin": "Trust"})
    listed.assign(ward="7").to_csv(folder / "waiting_list.csv", index=False)
    tables = ("waiting_list", "capacity", "travel", "referrals", "removals")
    keys = "\n".join(f'{one} = "{one}.csv"' for one in tables if (folder / f"{one}.csv").exists())
    (folder / "own.toml").write_text(f"[data]\n{keys}\nperiods = 2\n")
    code, out, err = call("own.toml")
    assert code == 0, err
    assert "read as origin" in out
    assert "tells patients apart, means nothing else" in out
