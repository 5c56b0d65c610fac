"""The command: what is written, compared with earlier runs, and when a run has failed."""

from __future__ import annotations

import json
import os
import sys

import numpy as np
import pytest
from benchmarks import __main__ as command
from benchmarks import compare, growth, page, scale
from benchmarks.data import NoDataError, find
from benchmarks.lines import chosen
from benchmarks.measure import Measurement
from benchmarks.results import Result

BEST = 40_000_000


def took(seconds=1.0, objective=BEST, **given):
    return Measurement(status="measured", seconds=seconds, objective=objective, **given)


def result(key, seconds, **given):
    rest = {"title": key, "yardstick": "auto", "command": f"measure {key}", "status": "measured"}
    return Result(key=key, seconds=seconds, **{**rest, **given})


# Comparing


def run(*lines, size="icb", cpu="a"):
    where = {"cpu": cpu, "cores": 2, "memory_gigabytes": 24.0}
    return {"size": size, "machine": where, "lines": [one.record() for one in lines]}


def row(text, key):
    found = next(r for r in text.splitlines() if r.startswith(f"| {key} |"))
    return [cell.strip() for cell in found.strip("|").split("|")]


def test_only_what_was_faster_in_every_round_is_called_faster():
    old = run(
        result("auto", [2.0, 2.2, 2.1]),
        result("a", [4.0, 4.5, 5.0]),
        result("b", [4.0, 4.5, 5.0]),
        result("c", [4.0, 4.5, 5.0]),
        result("few", [4.0, 5.0]),
        result("little", [4.1, 4.0, 4.2]),
        result("gone", [1.0]),
        result("peer", [], status="missing", note="missing"),
    )
    new = run(
        result("auto", [1.0, 1.1, 1.05]),
        result("a", [3.0, 3.45, 3.9]),
        result("b", [3.0, 3.1, 4.1]),
        result("c", [5.5, 5.1, 5.2]),
        result("few", [1.0, 1.1]),
        result("little", [3.9, 3.8, 3.9]),
        result("peer", [8.0]),
        result("fresh", [1.0]),
    )
    text = compare.compared(old, new)
    assert row(text, "a")[1:6] == ["4.500", "3.450", "0.77", "2.14", "3.29"]
    keys = ("auto", "a", "b", "c", "few", "little", "gone", "peer", "fresh")
    verdicts = {key: row(text, key)[6] for key in keys}
    assert verdicts == {
        "auto": "faster",
        "a": "faster",
        "b": "no clear difference",
        "c": "slower",
        "few": "no clear difference",
        "little": "no clear difference",
        "gone": "not measured now",
        "peer": "missing, now measured",
        "fresh": "new",
    }
    assert "another machine" not in text


def test_another_machine_is_told_and_another_size_is_refused():
    assert "another machine" in compare.compared(run(cpu="b"), run(cpu="a"))
    with pytest.raises(ValueError, match="of smoke, this one of icb"):
        compare.compared(run(size="smoke"), run())


# The page


def test_the_page_has_a_row_and_a_command_for_every_line_also_for_those_not_measured():
    lines = [
        result("auto", [2.0, 2.5], note="proven best", megabytes=140.0),
        result("peer", [], status="missing", note="missing: pip install mutualaid[bench]"),
        result("late", [], status="over", note="not within 600 s", limit=600.0),
    ]
    record = {
        **run(*lines),
        "described": {"system": "System: seven trusts"},
        "repeat": 2,
        "limit_seconds": 600.0,
        "limit_gigabytes": 16.0,
        "stages": {"read": [3.0, None], "solve": [1.0, 12.0]},
        "growth": [growth.curve("trusts", [(1, 1.0, 1.0), (2, 2.0, 4.0), (4, 4.0, 16.0)]).record()],
    }
    record["machine"] |= {"system": "Linux", "python": "3.11", "when": "2026-02-01"}
    record["machine"]["packages"] = {"numpy": "2.0", "ortools": None}
    text = page.page(record, "on paper", "before and now")
    for one in lines:
        assert f"`{one.command}`" in text
    assert (
        "| peer | `peer` | **missing: pip install mutualaid[bench]** | |  | `auto` |"
        in text.replace("|  |  |", "| |  |")
    )
    assert "| late | `late` | **not within 600 s** |  | > 267 | `auto` |  |  |" in text
    assert "| auto | `auto` | 2.250 | 2.000 | 1 |  | 140 | proven best |" in text
    assert "ortools missing" in text
    assert "seven trusts" in text
    assert "| read | 3.000 | 75% |  |" in text
    assert (
        "| trusts | 1, 2, 4 | 1.000, 2.000, 4.000 | 1.00 ± 0.00 (1.00) | 2.00 ± 0.00 (2.00) |  |"
        in text
    )
    assert "on paper" in text
    assert "before and now" in text


# Data


def test_the_latest_extract_is_taken(tmp_path):
    (tmp_path / "rtt").mkdir()
    for month in ("20251231-RTT-December-2025", "20260131-RTT-January-2026"):
        (tmp_path / "rtt" / f"{month}-full-extract.zip").touch()
    with pytest.raises(NoDataError, match=r"providers\.csv"):
        find(tmp_path)
    (tmp_path / "providers.csv").touch()
    assert find(tmp_path).rtt.name.startswith("20260131")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoDataError, match="full-extract"):
        find(tmp_path / "empty")


def test_the_folder_may_be_told_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("MUTUALAID_DATA", raising=False)
    with pytest.raises(NoDataError, match="--data DIR or set MUTUALAID_DATA"):
        find(None)
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    with pytest.raises(NoDataError, match="has no"):
        find(None)


# The command


@pytest.fixture
def pretended(monkeypatch):
    """The command without processes: what each work is said to have found."""
    found = {
        "benchmarks.prepare:ready": took(details={"system": "System: three trusts"}),
        "benchmarks.stages:ready": took(details={"stages": {"read": [1.0, None]}}),
    }
    monkeypatch.delenv("MUTUALAID_DATA", raising=False)

    def pretend(work, given, _limits):
        # Whoever is measured does something tiny first.
        assert work.endswith("prepare:ready") or given["warm"] == {
            "folder": f"{given['folder']}/warm"
        }
        return found.get(work, took(gap=0.0))

    monkeypatch.setattr(command, "measure", pretend)
    return found


@pytest.mark.usefixtures("pretended")
def test_a_run_is_written_and_can_be_compared_with_later(tmp_path, capsys):
    written, told = tmp_path / "a.json", tmp_path / "a.md"
    asked = ["--repeat", "2", "--json", str(written), "--markdown", str(told)]
    assert command.main(asked) == 0
    record = json.loads(written.read_text(encoding="utf-8"))
    assert (record["size"], record["repeat"], record["optimum"]) == ("smoke", 2, BEST)
    assert {one["key"] for one in record["lines"]} == {one.key for one in chosen("smoke", [])}
    assert record["machine"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["machine"]["cores"] == os.cpu_count()
    assert record["machine"]["packages"]["numpy"] == np.__version__
    text = told.read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    assert "python -m benchmarks --size smoke --only pulp-cbc" in text
    assert command.main(["--repeat", "1", "--compare", str(written)]) == 0
    assert "Beside an earlier run" in capsys.readouterr().out


def test_a_wrong_objective_fails_the_run(pretended, capsys):
    pretended["benchmarks.peers.scipy_dense:ready"] = took(objective=BEST * 1.01)
    assert command.main(["--only", "scipy-highs"]) == 1
    assert "scipy-highs: wrong" in capsys.readouterr().err


def test_a_missing_peer_does_not_fail_the_run(pretended, capsys):
    gone = Measurement(status="missing", note="scipy")
    pretended["benchmarks.peers.scipy_dense:ready"] = gone
    assert command.main(["--only", "scipy-highs"]) == 0
    assert "missing: pip install mutualaid[bench] (scipy)" in capsys.readouterr().out


@pytest.mark.usefixtures("pretended")
@pytest.mark.parametrize(
    "asked", [["--size", "icb"], ["--only", "nobody"], ["--compare", "no such file"]]
)
def test_what_cannot_be_begun_ends_with_2_and_a_clear_line(capsys, asked):
    assert command.main(asked) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


@pytest.mark.usefixtures("pretended")
def test_only_asked_parts_are_measured(monkeypatch, capsys):
    monkeypatch.setattr(command, "curves", lambda *_: [growth.curve("trusts", [])])
    assert command.main(["--parts", "growth"]) == 0
    out = capsys.readouterr().out
    assert "## Growth" in out
    assert "## The lines" not in out
    assert "## Stages" not in out
    assert command.main(["--only", "flow"]) == 0
    assert "## Stages" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command.main(["--parts", "nothing"])
    with pytest.raises(SystemExit):
        command.main(["--repeat", "0"])


def test_beyond_one_machine_goes_on_from_the_plan_by_week(pretended, monkeypatch, capsys):
    curves = [
        growth.curve(scale.QUEUES, [(1, 1.0, 4.0), (3, 3.0, 12.0), (12, 12.0, 48.0)]),
        growth.curve(scale.PERIODS, [(13, 1.0, 1.0), (26, 2.0, 2.0), (52, 4.0, 4.0)]),
    ]
    monkeypatch.setattr(command, "curves", lambda *_: curves)
    asked = ["--parts", "lines,growth", "--scenarios", "500", "--cluster-cores", "64"]
    pretended["benchmarks.own:plan"] = took(gap=0.0, megabytes=300.0, megabytes_before=100.0)
    assert command.main(asked) == 0
    out = capsys.readouterr().out
    assert "with 500 scenarios" in out
    assert "a cluster of 64 cores" in out
    assert "measured, smoke by week" in out
