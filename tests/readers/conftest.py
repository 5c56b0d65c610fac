"""Real files where they are at hand, and small made-up ones everywhere."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data: MUTUALAID_DATA, or shared/data beside the project."""
    place = Path(os.environ.get("MUTUALAID_DATA", ROOT.parent / "shared" / "data"))
    if not (place / "rtt").is_dir():
        pytest.skip(f"no real data at {place}: set MUTUALAID_DATA to the folder that holds rtt/")
    return place


HEAD = [
    "Period",
    "Provider Parent Org Code",
    "Provider Parent Name",
    "Provider Org Code",
    "Provider Org Name",
    "Commissioner Parent Org Code",
    "Commissioner Parent Name",
    "Commissioner Org Code",
    "Commissioner Org Name",
    "RTT Part Type",
    "RTT Part Description",
    "Treatment Function Code",
    "Treatment Function Name",
]
TAIL = ["Total", "Patients with unknown clock start date", "Total All"]


def band_headings(top: int) -> list[str]:
    closed = [f"Gt {week:02} To {week + 1:02} Weeks SUM 1" for week in range(top)]
    return [*closed, f"Gt {top:02} Weeks SUM 1"]


def row(
    provider: str,
    service: str,
    part: str,
    patients: int | dict[int, int],
    *,
    unknown: int = 0,
    commissioner: str = "01A",
    period: str = "RTT-January-2026",
    top: int = 104,
) -> list[object]:
    """One line of an extract: patients by week, or their number where the part has no weeks."""
    weeks = patients if isinstance(patients, dict) else {}
    new = part.lower().endswith("3")
    counts: list[object] = ["" if new else weeks.get(week, 0) for week in range(top + 1)]
    number = patients if isinstance(patients, int) else sum(patients.values())
    waiting = part.lower().startswith("part_2")
    tail = ["" if waiting or new else number, "" if waiting or new else unknown, number + unknown]
    names = [
        period,
        "QAA",
        "NHS SOMEWHERE ICB",
        provider,
        f"{provider} HOSPITAL",
        "QAA",
        "NHS SOMEWHERE ICB",
        commissioner,
        "A PLACE",
        part,
        "",
        service,
        "",
    ]
    return [*names, *counts, *tail]


def text(
    rows: Sequence[Sequence[object]], *, heading: Sequence[str] | None = None, junk: str = ""
) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([*HEAD, *band_headings(104), *TAIL] if heading is None else heading)
    writer.writerows(rows)
    return junk + stream.getvalue()


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
