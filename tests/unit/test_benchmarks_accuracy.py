"""The page that says how well the forecast has fared."""

from __future__ import annotations

import pytest
from benchmarks import accuracy as command
from benchmarks.data import NoDataError, extracts
from rtt_months import extracts as written
from rtt_months import played

LISTS = {("RAA", "C_110"): 60.0, ("RBB", "C_110"): 25.0}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of eleven made-up months under the names that published files have."""
    place = tmp_path_factory.mktemp("data")
    (place / "rtt").mkdir()
    made = played(LISTS, months=11, without=["2024-09"], whole=True)
    for path in written(made, place):
        path.rename(place / "rtt" / f"{path.stem}-full-extract.csv")
    return place


def test_the_page_has_england_each_month_and_the_largest(data, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    page = tmp_path / "accuracy.md"
    given = ["--data", str(data), "--markdown", str(page), "--figures", str(tmp_path)]
    assert command.main(given) == 0
    text = page.read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == text.strip()
    assert "10 months" in text
    assert "2024-04 to 2025-02 without 2024-09" in text
    for head in ("## England", "## From each month", "## The hundred largest", "## All providers"):
        assert head in text
    list_ahead = next(row for row in text.splitlines() if row.startswith("| 1 | the list | 3 |"))
    assert float(list_ahead.split("|")[4].strip(" %")) < 1
    assert {path.name for path in tmp_path.glob("*.svg")} == {*command.DRAWN.values()}


def test_without_files_it_says_what_is_needed(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MUTUALAID_DATA", raising=False)
    assert command.main([]) == command.NO_DATA
    assert "pass --data DIR" in capsys.readouterr().err
    (tmp_path / "rtt").mkdir()
    with pytest.raises(NoDataError, match="has no rtt"):
        extracts(tmp_path)
