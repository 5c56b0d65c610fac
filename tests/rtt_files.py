"""NHS England's monthly extracts, made up row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

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
