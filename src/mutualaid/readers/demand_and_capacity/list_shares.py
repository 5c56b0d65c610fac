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
    there = listing[listing["patients"] > 0]
    place = keys[LISTS].assign(of=np.arange(len(keys)))
    # The list itself; else the service's lists elsewhere; else all.
    found, left, lonely = [], place, list[str]()
    for on in (LISTS, ["service"], []):
        sums = there.groupby([*on, *by], sort=True)["patients"].sum().reset_index()
        parts = left.merge(sums, on=on) if on else left.merge(sums, how="cross")
        found.append(parts)
        left = left[~left["of"].isin(parts["of"])]
        if on is LISTS:
            lonely = [f"{origin} {service}" for origin, service, _ in left.itertuples(index=False)]
    every = pd.concat(found, ignore_index=True).sort_values(["of", *by], ignore_index=True)
    of = every["of"].to_numpy(dtype=np.int64)
    patients = every["patients"].to_numpy(dtype=np.float64)
    share = patients / np.bincount(of, weights=patients, minlength=len(keys))[of]
    notes.append(f"split by {listed(by)} in the proportions of the waiting list")
    if lonely:
        whose = "split as the service is elsewhere, or as all are: nobody is on their own list"
        notes.append(f"{many(len(lonely), 'list')} ({first_few(lonely, 3)}) {whose}")
    return every[[*LISTS, *by]], of, share


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
