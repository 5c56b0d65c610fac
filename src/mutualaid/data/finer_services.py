"""Finer services: parts of a service, whose patients may use its slots where they have none.

``finer`` says of which service each is a part: ``"C_110/hip"`` of ``"C_110"``. At a provider that
lists capacity for the part (0 slots too), its patients are treated in those slots and in no others.
At any other, they may use the slots that the provider has for the whole. Slots of a part treat
nobody else: nobody has said that they could.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Clean, Mask
from mutualaid.data.schema import LINE_COLUMNS, MIXED_SERVICES
from mutualaid.errors import Problems

Line = tuple[str, ...]
Codes = npt.NDArray[np.integer[Any]]


def parts_of(finer: object) -> dict[str, str]:
    """By each finer service, the one of which it is a part.

    Examples
    --------
    >>> parts_of({"service": ["hips"], "part_of": ["C_110"]}), parts_of(None)
    ({'hips': 'C_110'}, {})
    """
    if not isinstance(finer, Mapping) or not {"service", "part_of"} <= finer.keys():
        return {}
    both = (np.asarray(finer[name], dtype=object).tolist() for name in ("service", "part_of"))
    return dict(zip(*both, strict=True))


def finer_table(parts: Mapping[Any, Any]) -> pd.DataFrame:
    """Finer services as a table.

    Examples
    --------
    >>> finer_table({"hips": "C_110"}).to_dict("records")
    [{'service': 'hips', 'part_of': 'C_110'}]
    """
    return pd.DataFrame({"service": [*parts], "part_of": [*parts.values()]}, dtype=object)


def above(line: Line, parts: Mapping[str, str]) -> Iterator[Line]:
    """The lines of the services of which a line's is a part, the nearest first.

    Examples
    --------
    >>> list(above(("hips", "day"), {"hips": "bones", "bones": "C_110"}))
    [('bones', 'day'), ('C_110', 'day')]
    """
    service, seen = line[0], {line[0]}
    while service in parts and parts[service] not in seen:
        service = parts[service]
        seen.add(service)
        yield (service, *line[1:])


def in_slots_of(
    finer: pd.DataFrame | None, capacity: pd.DataFrame, treated: pd.DataFrame
) -> pd.DataFrame:
    """A table of who is treated where, with the service whose slots they use as ``service``.

    Examples
    --------
    >>> capacity = pd.DataFrame({"provider": ["A", "B", "B"], "service": ["C_110", "C_110", "hip"]})
    >>> treated = pd.DataFrame({"provider": ["A", "B"], "service": "hip"})
    >>> in_slots_of(finer_table({"hip": "C_110"}), capacity, treated)["service"].tolist()
    ['C_110', 'hip']
    """
    if finer is None:
        return treated
    keys = ["provider", "service", *(name for name in LINE_COLUMNS if name in capacity)]
    parts = parts_of(dict(finer))
    listed = {*capacity[keys].astype(object).itertuples(index=False, name=None)}
    services = []
    for provider, *line in treated[keys].astype(object).itertuples(index=False, name=None):
        lines = (tuple(line), *above(tuple(line), parts))
        services.append(next((one for one in lines if (provider, *one) in listed), lines[0])[0])
    return treated.assign(service=pd.Series(services, index=treated.index, dtype=object))


def offer_parts(
    lines: Sequence[Line], tables: Mapping[str, Clean], offers: Mask, listed: Codes
) -> None:
    """Offer parts where the whole is offered, but where they have slots of their own listed.

    Parameters
    ----------
    lines, tables
        The lines, and the checked tables.
    offers : bool array, shape (lines, providers)
        Where there are slots; this is changed.
    listed : int array
        The line of each row of capacity.
    """
    parts = parts_of(tables.get("finer"))
    own = np.zeros_like(offers)
    own[listed, tables["capacity"]["provider"].codes] = True
    place = {one: at for at, one in enumerate(lines)}
    for one in place if parts else ():
        missing = ~own[place[one]]
        for whole in above(one, parts):
            if whole in place:
                offers[place[one]] |= missing & own[place[whole]] & offers[place[whole]]
                missing &= ~own[place[whole]]


def check_finer(tables: Mapping[str, Clean], problems: Problems) -> None:
    """Each row names a service that is there and one with capacity; no part holds itself."""
    finer = tables["finer"]
    parts = parts_of(finer)
    if not parts:
        return
    codes = {
        name: set(tables[name]["service"].categories)
        for name in ("capacity", "waiting_list", "referrals")
        if "service" in tables.get(name, {})
    }
    there, offered = set().union(*codes.values()), codes.get("capacity", set())
    # Who goes up from a service of a circle never comes to one that is no part.
    round_ = {one for one in parts if [(one,), *above((one,), parts)][-1][0] in parts}
    for column, wrong, what, remedy in (
        ("service", {*parts} - there, "is on no list and has no capacity", "correct or drop it"),
        ("part_of", {*parts.values()} - offered, "has no capacity here", "correct or drop it"),
        ("service", round_, "is a part of itself", "drop one of the rows"),
        (
            "part_of",
            {*MIXED_SERVICES},
            "is a group of unlike services, whose slots are for nobody knows whom",
            "list capacity for the finer service itself",
        ),
    ):
        given = np.asarray(finer[column], dtype=object)
        mask = np.array([one in wrong for one in given], dtype=bool)
        problems.note("finer", column, mask, what, remedy, given)
    for name, why in (
        ("booked", "nobody says which slots who has a date was booked into"),
        ("pools", "nobody says what a patient in a slot of the whole service uses"),
    ):
        if name in tables:
            remedy = "leave one of them out, and list capacity for each service"
            problems.add("finer", "", f"does not go with {name}: {why}", remedy)
