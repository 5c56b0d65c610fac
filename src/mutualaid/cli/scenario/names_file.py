"""The file that says what providers are called."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mutualaid.errors import Problems
from mutualaid.readers.sites import HEADINGS
from mutualaid.readers.small_tables import read_cells


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
