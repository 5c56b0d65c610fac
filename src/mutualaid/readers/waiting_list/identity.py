"""What tells the rows of an extract apart, and rows that it does not tell apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.readers.waiting_list.duplicates import numbered
from mutualaid.readers.waiting_list.extract import Column, Extract
from mutualaid.readers.waiting_list.parse import Labels

JOIN = "|"
AGAIN = "the same row again"
OLDER = "an older row under one identifier"
DIFFER = "one identifier, rows that differ"


def identities(extract: Extract, origin: Labels) -> dict[str, Column]:
    """Name each row, set aside rows without a name or with another's, and keep all identifiers.

    A row is its ``patient_id``; else its pathway, with who issued it and the referral; else the
    hospital number; else the pseudonymous NHS number.
    """
    names = ("patient_id", "person_id", "local_id", "pathway_id", "pathway_issuer", "referral_id")
    held = {name: extract.identifiers(name) for name in extract.holds(*names)}
    patient = _patient(extract, held, origin)
    missing, remedy = patient.isna().to_numpy(dtype=bool), "give each patient an identifier"
    extract.quality_log.set_aside("patient_id", missing, "identifier is missing", remedy)
    _tell_apart(extract, patient)
    held.pop("referral_id", None)
    return {**held, "patient_id": patient}


def _patient(extract: Extract, held: dict[str, pd.Series], origin: Labels) -> pd.Series:
    if "patient_id" in held:
        return held["patient_id"]
    if "pathway_id" in held:
        parts = [n for n in ("pathway_issuer", "pathway_id", "referral_id") if n in held]
        _say(extract, *parts)
        return _joined([held[name] for name in parts], held["pathway_id"])
    if "local_id" not in held:
        _say(extract, "person_id")
        return held["person_id"]
    local = held["local_id"]
    if not _shared(local, origin):
        _say(extract, "local_id")
        return local
    # Hospital numbers are each provider's own: two patients may have the same one.
    _say(extract, "origin", "local_id")
    providers = pd.Series(origin.spread(origin.texts, "", object), dtype=local.dtype)
    return _joined([providers, local], local)


def _say(extract: Extract, *parts: str) -> None:
    extract.quality_log.note("patient_id", "not in the extract", 0, f"made of {' + '.join(parts)}")


def _joined(parts: list[pd.Series], needed: pd.Series) -> pd.Series:
    """Texts with a bar between them; missing where the part that is needed is."""
    missing = needed.isna()
    filled = [part.fillna("") if part.isna().any() else part for part in parts]
    joined = filled[0]
    for part in filled[1:]:
        joined = joined + JOIN + part
    return joined.mask(missing) if missing.any() else joined


def _shared(local: pd.Series, origin: Labels) -> bool:
    """Whether two providers use the same hospital number."""
    numbers = numbered(local)
    repeated = numbers >= 0
    numbers, providers = numbers[repeated], origin.codes[repeated]
    of_number = np.zeros(numbers.max(initial=-1) + 1, dtype=providers.dtype)
    of_number[numbers] = providers
    return bool((of_number[numbers] != providers).any())


def _tell_apart(extract: Extract, patient: pd.Series) -> None:
    numbers = numbered(patient)
    rows = np.flatnonzero((numbers >= 0) & extract.quality_log.usable)
    rows = rows[_repeated(numbers[rows])]
    if not len(rows):
        return
    cells = pd.DataFrame({n: column.array[rows] for n, column in extract.columns.items()})
    again = cells.duplicated().to_numpy()
    _mark(extract, rows[again], AGAIN, "drop the copies")
    rows = rows[~again]
    rows = rows[_repeated(numbers[rows])]
    if "created" in extract:
        newest = _newest(extract, numbers, rows)
        older = rows[~newest]
        rows = rows[newest]
        rows = rows[_repeated(numbers[rows])]
        # Older than rows that cannot be told apart either: the same reason for all of them.
        told = ~np.isin(numbers[older], numbers[rows])
        _mark(extract, older[told], OLDER, "keep one row a patient")
        rows = np.append(rows, older[~told])
    _mark(extract, rows, DIFFER, "keep one row a patient, or name the pathway with columns=")


def _repeated(numbers: npt.NDArray[np.int64]) -> Mask:
    """Which numbers stand there more than once."""
    result: Mask = np.bincount(numbers, minlength=1)[numbers] > 1
    return result


def _newest(extract: Extract, numbers: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> Mask:
    """Which of some rows were made last of those with their number."""
    instants, unreadable = extract.instants("created")
    extract.quality_log.note_rows("created", "is not a date", unreadable, "read as blank")
    age = pd.Series(instants[rows].astype(np.int64))
    result: Mask = (age == age.groupby(numbers[rows]).transform("max")).to_numpy()
    return result


def _mark(extract: Extract, rows: npt.NDArray[np.int64], reason: str, remedy: str) -> None:
    mask = np.zeros(len(extract.quality_log.usable), dtype=bool)
    mask[rows] = True
    extract.quality_log.set_aside("patient_id", mask, reason, remedy)
