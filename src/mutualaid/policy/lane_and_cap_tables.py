"""Tables of a policy: lanes that are forbidden or allowed, and caps on moves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, is_number
from mutualaid.data.column_checks import LARGEST_COUNT, as_frame, check_labels, check_numbers
from mutualaid.errors import InputError


def lane_table(name: str, lanes: object, problems: Arguments) -> pd.DataFrame:
    """Lanes as a table of text, with None where anything fits."""
    listed = list(lanes) if isinstance(lanes, list | tuple) else None
    if listed is not None and all(isinstance(lane, Mapping) for lane in listed):
        frame = pd.DataFrame([dict(lane) for lane in listed], dtype=object)
    else:
        frame = as_frame(f"policy.{name}", lanes)
    result = frame.astype(object).where(frame.notna(), None)
    empty = result.isna().all(axis=1).to_numpy() if len(result) else np.zeros(0, dtype=bool)
    problems.note(f"policy.{name}", "", empty, "is empty, and fits every move", "name one")
    return result


def cap_table(name: str, cap: object, problems: Arguments) -> pd.DataFrame:
    """Caps as a table provider, period, patients; None stands for every provider or period."""
    where = f"policy.{name}"
    if isinstance(cap, Mapping):
        frame = pd.DataFrame({"provider": list(cap), "patients": list(cap.values())})
    elif is_number(cap) or isinstance(cap, float):
        frame = pd.DataFrame({"patients": [cap]})
    elif isinstance(cap, bool):
        raise InputError(f"{where} is {cap!r}: write a number of patients")
    else:
        frame = as_frame(where, cap)
    surplus = [str(h) for h in frame.columns if h not in ("provider", "period", "patients")]
    if surplus or "patients" not in frame:
        problems.add(
            where,
            ", ".join(surplus) or "patients",
            "is not a column of this table" if surplus else "the column is missing",
            "use columns provider, period, patients",
        )
        return frame
    for heading in frame.columns:
        values = frame[heading]
        if heading != "patients":
            # An empty cell fits every provider or period; the others are checked in place.
            anything = "every" if heading == "provider" else 1
            values = values.astype(object).where(values.notna(), anything).infer_objects()
        if heading == "provider":
            check_labels(where, heading, values, problems)
            continue
        numbers = check_numbers(where, heading, values, problems)
        if numbers is None:
            continue
        for what, remedy, wrong in (
            ("is not a whole number", "round it", numbers != np.floor(numbers)),
            (f"is over {LARGEST_COUNT:,}", "leave the cap out", numbers > LARGEST_COUNT),
        ):
            problems.note(where, heading, wrong, what, remedy, numbers)
    keys = [h for h in ("provider", "period") if h in frame]
    twice = frame.assign(every="").duplicated([*keys, "every"], keep=False).to_numpy()
    problems.note(where, ", ".join(keys) or "patients", twice, "is there twice", "keep one")
    return frame.reindex(columns=["provider", "period", "patients"])
