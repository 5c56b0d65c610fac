"""The keys of ``[outputs]``: what is written, and where."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mutualaid.cli.scenario.part import AS_WHOLE, WRITE, File, Part, Text
from mutualaid.disclosure.suppression import THRESHOLD


def _named(ending: str) -> object:
    """The name of a file with an ending, in capitals or not."""
    letters = "".join(f"[{one.lower()}{one.upper()}]" for one in ending)
    what = f"of a file that ends in .{ending}, in quotes"
    return Field(
        pattern=rf"^[^\x00]*[^\x00/]\.{letters}$",
        json_schema_extra={WRITE: [f"the name {what}", f"names {what}"]},
    )


Page = Annotated[str, _named("html")]
Workbook = Annotated[str, _named("xlsx")]
PlanName = Annotated[str, _named("npz")]
Folder = Annotated[
    str,
    Field(
        pattern=r"^[^\x00]+$",
        json_schema_extra={WRITE: ["the path of a folder, in quotes", "paths of folders"]},
    ),
]
Table = Literal["moves", "measures", "prices", "remaining", "offers"]
Ahead = Annotated[int, Field(ge=0, le=520), AS_WHOLE]
Runs = Annotated[int, Field(ge=0, le=1000), AS_WHOLE]
LargestHidden = Annotated[int, Field(ge=3, le=1000), AS_WHOLE]


class OutputsKeys(Part):
    """What is written of a plan or a ladder."""

    folder: Folder = "."
    """Where; it is made if it is not there."""
    page: bool | Page = True
    """Whether to write a page for the browser, or what to call it."""
    workbook: bool | Workbook = True
    """Whether to write an Excel workbook, or what to call it."""
    plan: bool | PlanName = True
    """Whether to write a plan file, from which all else can be written again, or what to call
    it."""
    csv: list[Table] = Field([], examples=[["moves", "measures"]])
    """Tables to write as CSV files. Of offers there is one only for an extract: a row a patient."""
    parquet: list[Table] = Field([], examples=[["moves"]])
    """Tables to write as Parquet files; takes pyarrow."""
    calls: bool | Workbook = True
    """Whether solve writes the list to ring, for bookers, or what to call it. There is one only for
    an extract. It has a row a patient: keep it where patients' records are kept."""
    weeks_ahead: Ahead = 4
    """Those are rung whose period starts within so many weeks, and those of notice."""
    today: datetime.date | None = Field(None, examples=[datetime.date(2026, 2, 2)])
    """The day of the calls, without quotes; the census if left out."""
    identifiers: bool = False
    """Whether the list to ring and tables of offers name patients; else rows are numbered."""
    suppress_below: Literal[0] | LargestHidden = THRESHOLD
    """Smaller counts of patients are hidden; 0 shows all."""
    replay: Runs = Field(0, examples=[10])
    """In so many random runs the page holds the plan, or the last rung of a ladder, against simpler
    ways. Each run takes about as long as a plan for each period."""
    title: Text | None = Field(None, examples=["Winter plan"])
    """The title of the page."""
    names: bool | File = True
    """What providers are called: a CSV file of codes and names; true for the names that the data
    hold, false for codes only."""

    def path(self, name: str, folder: Path, usual: str) -> Path | None:
        """Where one of the files goes; None if it is not to be written."""
        value = getattr(self, name)
        if value is False:
            return None
        return folder / self.folder / (value if isinstance(value, str) else usual)
