"""Who joins or leaves, told apart as the list is: by priority, by area."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.data.column_checks import Floats, Ints, as_frame
from mutualaid.data.patient_list import PatientList
from mutualaid.data.taking.take_table import take
from mutualaid.data.whole_numbers import largest_remainder
from mutualaid.errors import Problems
from mutualaid.formats import first_few, listed, many

OF_LIST = ("priority", "area", "stream", "wait_class")
LISTS = ["origin", "service"]


def list_of(call: str, given: object, by: Sequence[str]) -> pd.DataFrame | None:
    """The list that a call gives, with the columns that it is split by; checked.

    Raises
    ------
    InputError
        If it is no list, or lacks a column.
    """
    with Arguments(call) as check:
        odd = [one for one in by if one not in OF_LIST] if not isinstance(by, str) else [by]
        if odd:
            remedy = f"write some of {list(OF_LIST)}"
            check.wrong("by", f"has {first_few(map(repr, odd))}", remedy)
        if len(by) and given is None:
            check.wrong("by", "is given without waiting_list", "pass the list that is split so")
    if given is None:
        return None
    if isinstance(given, PatientList):
        given = given.waiting_list(*(one for one in by if one in given.columns))
    problems = Problems()
    frame = take("waiting_list", as_frame("waiting_list", given), problems).frame
    if "patients" not in frame and "patient_id" in frame:
        frame = frame.assign(patients=1)
    problems.need("waiting_list", frame, (*LISTS, *by, "patients"))
    problems.raise_if_any()
    patients = pd.to_numeric(frame["patients"], errors="coerce").to_numpy(dtype=np.float64)
    bad = ~(np.isfinite(patients) & (patients >= 0))
    problems.note("waiting_list", "patients", bad, "is no number of patients", "write 0 or more")
    for name in (*LISTS, *by):
        absent = frame[name].isna().to_numpy(dtype=bool)
        problems.note("waiting_list", name, absent, "is missing", "write it on every row")
    if not (patients > 0).any():
        problems.add("waiting_list", "patients", "counts nobody", "pass the list of who waits")
    problems.raise_if_any()
    labels = {name: frame[name].astype(str) for name in (*LISTS, *by)}
    found = pd.DataFrame({**labels, "patients": patients})
    return found.groupby([*LISTS, *by], sort=True)["patients"].sum().reset_index()


def split(
    keys: pd.DataFrame, listing: pd.DataFrame, by: Sequence[str], notes: list[str]
) -> tuple[pd.DataFrame, Ints, Floats]:
    """Split lists in the proportions of their patients.

    Parameters
    ----------
    keys
        ``origin`` and ``service`` of each.
    listing
        Patients by ``origin``, ``service`` and the columns of ``by``.
    by
        What to split by.
    notes
        Takes down which lists had nobody, and whose proportions they have.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``service`` and the columns of ``by``.
    int64 array, shape (parts,)
        Which row of ``keys`` each part is of.
    float64 array, shape (parts,)
        Its share; those of a key add up to 1.

    Examples
    --------
    >>> keys = pd.DataFrame({"origin": ["A"], "service": ["ENT"]})
    >>> listing = pd.DataFrame({"origin": "A", "service": "ENT", "priority": ["P2", "P4"],
    ...                         "patients": [1, 3]})
    >>> split(keys, listing, ["priority"], [])[2].tolist()
    [0.25, 0.75]
    """
    by = list(by)
    parts, borrowed = [], []
    patients = listing["patients"].to_numpy(dtype=np.float64)
    own = listing.groupby(LISTS).indices
    of_kind = listing.groupby("service").indices
    everybody = np.arange(len(listing))
    for at, (origin, service) in enumerate(keys[LISTS].itertuples(index=False)):
        nobody = everybody[:0]
        choices = (own.get((origin, service), nobody), of_kind.get(service, nobody), everybody)
        rows = next((one for one in choices if patients[one].sum() > 0), nobody)
        if rows is not choices[0]:
            borrowed.append(f"{origin} {service}")
        sums = listing.iloc[rows].groupby(by, sort=True)["patients"].sum()
        share = (sums / sums.sum()).rename("share").reset_index()
        parts.append(share[share["share"] > 0].assign(origin=origin, service=service, of=at))
    found = pd.concat(parts, ignore_index=True)
    notes.append(f"split by {listed(by)} in the proportions of the waiting list")
    if borrowed:
        whose = "split as the service is elsewhere, or as all are: nobody is on their own list"
        notes.append(f"{many(len(borrowed), 'list')} ({first_few(borrowed, 3)}) {whose}")
    return found[[*LISTS, *by]], found["of"].to_numpy(np.int64), found["share"].to_numpy(np.float64)


def shared_out(whole: Ints, running: Floats, of: Ints, share: Floats) -> Ints:
    """Share whole numbers of each period among parts, always by what each still lacks.

    Parameters
    ----------
    whole : int64 array, shape (periods, keys)
    running : float64 array, shape (periods, keys)
        The sums that ``whole`` is made of, up to each period.
    of, share : arrays, shape (parts,)
        The key of each part, and its share of it.

    Returns
    -------
    int64 array, shape (periods, parts)

    Examples
    --------
    >>> whole = np.ones((4, 1), dtype=np.int64)
    >>> running = np.arange(1.0, 5.0)[:, None]
    >>> shared_out(whole, running, np.zeros(2, dtype=np.int64), np.array([0.25, 0.75])).T.tolist()
    [[0, 1, 0, 0], [1, 0, 1, 1]]
    """
    given = np.zeros(len(of), dtype=np.int64)
    result = np.zeros((len(whole), len(of)), dtype=np.int64)
    for period, totals in enumerate(whole):
        due = running[period][of] * share
        lacking = np.maximum(due - given, 0.0)
        none = (np.bincount(of, weights=lacking, minlength=len(totals)) <= 0)[of]
        result[period] = largest_remainder(np.where(none, share, lacking), of, totals)
        given += result[period]
    return result
