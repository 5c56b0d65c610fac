"""Offers to make as a CSV or Parquet file, a row an offer."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.atomic_write import written_whole
from mutualaid.data.schema import IDENTIFIERS
from mutualaid.errors import InputError
from mutualaid.offers.choose import Offers
from mutualaid.report.spreadsheet_text import guarded

ENDINGS = (".csv", ".parquet")


@checks_arguments
def write_offers(
    offers: Offers, path: str | os.PathLike[str], *, identifiers: bool = False
) -> Path:
    """Write offers to a file, whole or not at all: a record of each patient, so confidential.

    Parameters
    ----------
    offers
        What ``plan.offers`` gave.
    path
        The file to write, which ends in ``.csv`` or ``.parquet``.
    identifiers
        Whether it names patients. If not, ``row`` numbers the offers, from 1.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If the path ends otherwise, or cannot be written to.

    Examples
    --------
    >>> import mutualaid as ma, tempfile
    >>> made_up = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> rows = made_up.waiting_list.loc[lambda rows: rows.index.repeat(rows["patients"])]
    >>> people = rows.assign(patients=1, patient_id=range(len(rows))).astype({"patient_id": str})
    >>> offers = ma.optimise(made_up).offers(people)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_offers(offers, f"{folder}/offers.csv")
    ...     print(path.read_text("utf-8-sig")[:10])
    row,origin
    """
    argument.kind("offers", offers, Offers, "pass what plan.offers gives")
    argument.kind("identifiers", identifiers, bool, "write True or False")
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{Path(path).name!r}: a file of offers ends in {' or '.join(ENDINGS)}")
    hidden = [] if identifiers else [name for name in IDENTIFIERS if name in offers.table]
    frame = offers.table.drop(columns=hidden)
    frame.insert(0, "row", np.arange(1, len(frame) + 1))
    labels = [name for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    frame = frame.astype(dict.fromkeys(labels, object))
    with written_whole(path) as temporary:
        if ending == ".parquet":
            frame.to_parquet(temporary, index=False)
        else:
            texts = [n for n in frame if not pd.api.types.is_numeric_dtype(frame[n].dtype)]
            texts = [n for n in texts if not pd.api.types.is_datetime64_any_dtype(frame[n].dtype)]
            cells = {str(name): frame[name].astype(object).map(guarded) for name in texts}
            frame.assign(**cells).to_csv(
                temporary, index=False, encoding="utf-8-sig", lineterminator="\n"
            )
    return Path(path)
