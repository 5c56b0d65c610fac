"""The files that a scenario names: found from where it lies."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mutualaid.cli.scenario.problems import told
from mutualaid.data.opening.cells import read_cells
from mutualaid.data.opening.open_table import SHEET, split
from mutualaid.data.words.column_names import tidy
from mutualaid.errors import Problems
from mutualaid.readers.sites import HEADINGS


@dataclass
class Files:
    """The files of one scenario."""

    folder: Path
    """Where paths start that are not absolute."""
    used: dict[str, Path] = field(default_factory=dict)
    """What was named, as it is written, and the file that it leads to."""
    sheets: dict[str, str] = field(default_factory=dict)
    """The sheet of each, where one is named."""

    def source(self, name: str) -> Path:
        """The file that was named, with its sheet, as readers take it."""
        path, sheet = self.used[name], self.sheets.get(name)
        return path if sheet is None else path.with_name(f"{path.name}{SHEET}{sheet}")

    def amiss(self, name: str) -> tuple[str, str] | None:
        """Find a file; say why it cannot be used and what to write, or None if it is there."""
        remedy = "paths start at the folder of the scenario file"
        try:
            path, sheet = split(self.folder / name)
            if path.is_file():
                self.used[name] = path
                if sheet is not None:
                    self.sheets[name] = sheet
                return None
            if path.is_dir():
                return f"is a folder, {told(name)}", "name a file in it"
            there = path.parent.iterdir() if path.parent.is_dir() else ()
            near = difflib.get_close_matches(path.name, [o.name for o in there if o.is_file()], n=1)
        except OSError as error:
            return f"is {told(name)}: {error.strerror or error}", remedy
        meant = f"did you mean {near[0]}? " if near else ""
        return f"there is no file {told(name)}", meant + remedy


def read_names(path: Path) -> dict[str, str]:
    """Read what providers are called from a file with their codes."""
    known = {tidy(one) for column in ("provider", "name") for one in HEADINGS[column]}
    frame = read_cells("names", path, known=known)
    there = {tidy(h): h for h in frame.columns}
    picked = {}
    problems = Problems()
    for column in ("provider", "name"):
        heading = next((there[tidy(o)] for o in HEADINGS[column] if tidy(o) in there), None)
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
