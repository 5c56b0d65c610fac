"""The page that says how far a plan hangs on classes, streams and steerable slots."""

from __future__ import annotations

import pandas as pd
import pytest
from benchmarks import sensitivity
from benchmarks.accuracy import NO_DATA
from rtt_months import extracts, played

LISTS = {("RAA", "C_110"): 20.0, ("RBB", "C_110"): 8.0}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of three made-up months of two trusts of a board."""
    place = tmp_path_factory.mktemp("data")
    (place / "rtt").mkdir()
    for path in extracts(played(LISTS, months=3, whole=True), place):
        path.rename(place / "rtt" / f"{path.stem}-full-extract.csv")
    sites = {"provider_code": ["RAA", "RBB"], "icb_code": "QOP", "latitude": [53.4, 53.5]}
    pd.DataFrame({**sites, "longitude": -2.2}).to_csv(place / "providers.csv", index=False)
    return place


def test_the_page_has_a_row_for_every_way_to_tell_lists_apart(data, tmp_path, capsys):
    """Two modes, two kinds of streams, two numbers of classes, five shares."""
    path = tmp_path / "page.md"
    asked = ["--data", str(data), "--icb", "QOP", "--markdown", str(path), "--periods", "1"]
    assert sensitivity.main([*asked, "--classes", "1", "2"]) == 0
    text = path.read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == text.strip()
    assert "The 2 NHS trusts of QOP, from 2024-06" in text
    rows = [line for line in text.splitlines() if line.startswith(("| two", "| one"))]
    assert len(rows) == 2 * 2 * 2 * 5
    assert sum("by default" in row for row in rows) == 8


def test_a_board_that_is_not_there_is_told(data):
    with pytest.raises(SystemExit, match="no NHS trust of Q0P"):
        sensitivity.main(["--data", str(data), "--icb", "Q0P"])


def test_without_files_it_says_what_is_needed(capsys, monkeypatch):
    monkeypatch.delenv("MUTUALAID_DATA", raising=False)
    assert sensitivity.main([]) == NO_DATA
    assert "pass --data DIR" in capsys.readouterr().err
