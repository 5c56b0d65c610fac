"""Which of a service's slots can treat a patient: those with an admission, or without."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mutualaid.data.words.headings import PATIENTS
from mutualaid.data.words.patient_words import yes_no
from mutualaid.errors import Problems

ADMITTED, NON_ADMITTED = "admitted", "non_admitted"


def streams_of(patients: pd.DataFrame) -> tuple[pd.Series, int]:
    """The stream of each patient, and of how many nothing is known.

    Parameters
    ----------
    patients
        With the column ``admitted``: whether a decision to admit was made.

    Raises
    ------
    InputError
        If there is no such column, or it says what is neither yes nor no.

    Examples
    --------
    >>> found, unknown = streams_of(pd.DataFrame({"admitted": ["yes", "no", None]}))
    >>> list(found), unknown
    (['admitted', 'non_admitted', 'non_admitted'], 1)
    """
    problems = Problems()
    if "admitted" not in patients:
        remedy = (
            "read the list with its type of waiting list, date of decision to admit or intended "
            'management, or name the column: columns={"admitted": ...}'
        )
        problems.add(PATIENTS, "admitted", "the column is missing: it tells streams", remedy)
        problems.raise_if_any()
    said = patients["admitted"].astype(object)
    unknown = said.isna().to_numpy()
    words = {value: yes_no(_text(value)) for value in said[~unknown].unique()}
    odd = said.isin([value for value, meant in words.items() if meant is None]).to_numpy()
    problems.note(PATIENTS, "admitted", odd, "is neither yes nor no", "write yes, no or nothing")
    problems.raise_if_any()
    yes = np.array([words.get(value) is True for value in said.where(~unknown, None)], dtype=bool)
    labels = pd.Index([ADMITTED, NON_ADMITTED])
    found = pd.Categorical.from_codes((~yes).astype(np.int64), labels)
    return pd.Series(found, index=patients.index), int(unknown.sum())


def _text(value: object) -> str:
    """A flag of a table as text: numbers may come as 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
