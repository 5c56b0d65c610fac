"""The part ``[outputs]`` of a scenario file: what is written, and where."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from mutualaid.cli.files import Files
from mutualaid.cli.findings import Findings
from mutualaid.disclosure.suppression import THRESHOLD, check_threshold
from mutualaid.errors import InputError, Problems
from mutualaid.readers.sites import HEADINGS
from mutualaid.readers.small_tables import read_cells
from mutualaid.report.csv_parquet import TABLES


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What is written of a plan or a ladder.

    Parameters
    ----------
    folder
        Where; it is made if it is not there.
    page
        Whether to write a page for the browser, or what to call it.
    workbook
        Whether to write an Excel workbook, or what to call it.
    plan
        Whether to write a plan file, from which all else can be written again, or what to call it.
    csv
        Tables to write as CSV files.
    parquet
        Tables to write as Parquet files; takes pyarrow.
    suppress_below
        Smaller counts of patients are hidden; 0 shows all.
    title
        The title of the page.
    names
        What providers are called: a CSV file of codes and names; true for the names that the data
        hold, false for codes only.

    Raises
    ------
    InputError
        If anything is out of range.

    Examples
    --------
    >>> Outputs(csv=["moves"]).csv
    ('moves',)
    """

    folder: str = "."
    page: bool | str = True
    workbook: bool | str = True
    plan: bool | str = True
    csv: tuple[str, ...] = ()
    parquet: tuple[str, ...] = ()
    suppress_below: int = THRESHOLD
    title: str | None = None
    names: bool | str = True

    def __post_init__(self) -> None:
        problems = Problems()
        for name, ending in (("page", ".html"), ("workbook", ".xlsx"), ("plan", ".npz")):
            value = getattr(self, name)
            if isinstance(value, str) and not _is_file(value, ending):
                remedy = f"write the name of a file that ends in {ending}, true or false"
                problems.add("outputs", name, f"is {value!r}", remedy)
        for name, kinds, remedy in (
            ("folder", (str,), "write the path of a folder"),
            ("page", (bool, str), "write true, false or the name of a file"),
            ("workbook", (bool, str), "write true, false or the name of a file"),
            ("plan", (bool, str), "write true, false or the name of a file"),
            ("title", (str, type(None)), "write text, in quotes"),
            ("names", (bool, str), "write the path of a CSV file, true or false"),
        ):
            value = getattr(self, name)
            if not isinstance(value, kinds) or value == "":
                problems.add("outputs", name, f"is {value!r}", remedy)
        for name in ("csv", "parquet"):
            value = getattr(self, name)
            listed = list(value) if isinstance(value, list | tuple) else None
            if listed is None or any(one not in TABLES for one in listed):
                remedy = f"write a list of any of {', '.join(TABLES)}"
                problems.add("outputs", name, f"is {value!r}", remedy)
            else:
                object.__setattr__(self, name, tuple(dict.fromkeys(listed)))
        try:
            check_threshold(self.suppress_below)
        except InputError as error:
            problem, _, remedy = str(error).removeprefix("suppress_below ").partition(": ")
            problems.add("outputs", "suppress_below", problem, remedy)
        problems.raise_if_any()

    def look_up(self, findings: Findings, files: Files) -> None:
        """Find the file of names, if there is one."""
        if isinstance(self.names, str):
            path = files.find(findings, ("outputs", "names"), self.names)
            if path is not None:
                try:
                    read_names(path)
                except InputError as error:
                    findings.taken(error, lambda *_: ("outputs", "names"))

    def path(self, name: str, folder: Path, usual: str) -> Path | None:
        """Where one of the files goes; None if it is not to be written."""
        value = getattr(self, name)
        if value is False:
            return None
        return folder / self.folder / (value if isinstance(value, str) else usual)


KEYS = tuple(one.name for one in fields(Outputs))


def _is_file(name: str, ending: str) -> bool:
    return name.lower().endswith(ending) and "\0" not in name and len(Path(name).name) > len(ending)


def read_names(path: Path) -> dict[str, str]:
    r"""Read what providers are called from a CSV file with their codes.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, or a code has two names.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "names.csv"
    ...     _ = path.write_text("provider_code,provider_name\nRJ1,Guy's and St Thomas'\n")
    ...     read_names(path)
    {'RJ1': "Guy's and St Thomas'"}
    """
    frame = read_cells("names", path)
    tidy = {"_".join(str(h).lower().replace("_", " ").split()): h for h in frame.columns}
    picked = {}
    problems = Problems()
    for column in ("provider", "name"):
        heading = next((tidy[one] for one in HEADINGS[column] if one in tidy), None)
        if heading is None:
            problems.add("names", column, "the column is missing", f"add it to {path.name}")
        else:
            picked[column] = frame[heading]
    problems.raise_if_any()
    pairs = pd.DataFrame(picked).dropna().drop_duplicates()
    twice = pairs["provider"].duplicated(keep=False).to_numpy()
    if twice.any():
        codes = pairs["provider"]
        problems.add("names", "provider", "has two names", "keep one", rows=twice, values=codes)
        problems.raise_if_any()
    return {str(code): str(name) for code, name in pairs.itertuples(index=False)}
