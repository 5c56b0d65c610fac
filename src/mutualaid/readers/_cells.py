"""Cells of a file, as codes and numbers."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.checks import as_frame
from mutualaid.errors import InputError, Problems


def read_cells(name: str, source: object) -> pd.DataFrame:
    """A table as it is, or a CSV file with every cell as text: a code may be "NA" or "007"."""
    if not isinstance(source, str | os.PathLike):
        return as_frame(name, source)
    try:
        return pd.read_csv(
            Path(source), dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig"
        )
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{source} cannot be read as CSV: {error}") from error


def read_numbers(
    table: str, column: str, values: pd.Series, problems: Problems
) -> npt.NDArray[np.float64]:
    """Turn a column into numbers, NaN where blank; note what is something else."""
    text = values.astype(object)
    blank = (text.isna() | text.map(lambda v: isinstance(v, str) and not v.strip())).to_numpy()
    numbers = pd.to_numeric(text.mask(blank), errors="coerce").to_numpy(dtype=np.float64)
    bad = (np.isnan(numbers) & ~blank) | np.isinf(numbers)
    if bad.any():
        problems.add(
            table,
            column,
            "is not a number",
            "write a number, or leave it blank",
            rows=bad,
            values=text,
        )
    return np.where(bad, np.nan, numbers)


def check_codes(table: str, column: str, values: pd.Series, problems: Problems) -> None:
    """Codes are text without blanks around them."""
    text = values.astype(object)
    bad = ~text.map(lambda v: isinstance(v, str) and v.strip() == v != "").to_numpy(dtype=bool)
    if bad.any():
        problems.add(
            table,
            column,
            "is not a code",
            "write text such as 'RJ1', without blanks around it",
            rows=bad,
            values=text,
        )
