"""Real files where they are at hand, and small made-up ones everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rtt_files import HEAD, TAIL, band_headings, row, text

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data: MUTUALAID_DATA, or shared/data beside the project."""
    place = Path(os.environ.get("MUTUALAID_DATA", ROOT.parent / "shared" / "data"))
    if not (place / "rtt").is_dir():
        pytest.skip(f"no real data at {place}: set MUTUALAID_DATA to the folder that holds rtt/")
    return place


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write an extract of some rows to a file, and give its path."""

    def to_file(
        rows: Sequence[Sequence[object]],
        name: str = "january.csv",
        *,
        encoding: str = "utf-8",
        **form: object,
    ) -> Path:
        path = tmp_path / name
        path.write_bytes(text(rows, **form).encode(encoding))  # type: ignore[arg-type]
        return path

    return to_file


@pytest.fixture
def line() -> Callable[..., list[object]]:
    """Make one row of an extract."""
    return row


@pytest.fixture
def headings() -> Callable[[int], list[str]]:
    """Make the headings of an extract with a given top band."""
    return lambda top: [*HEAD, *band_headings(top), *TAIL]
