"""The file that says what providers are called."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mutualaid.errors import Problems
from mutualaid.readers.sites import HEADINGS
from mutualaid.readers.small_tables import read_cells


def read_names(path: Path) -> dict[str, str]:
    """Read what providers are called from a CSV file with their codes."""
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
