"""Estate: rooms that partners lend each other, for the home trust's own team.

A treatment needs a team and a place. A trust's team works in its own rooms (the slots of
``capacity`` are what team and rooms can do together) or in a room that is lent: then the patient
is treated by the own trust, at another site. Lending ties no partner's staff; it needs a team
that has hours beyond its own rooms, or whose own rooms are out of use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import check_labels, check_numbers
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import Problems

ROOM_KEYS = ("site", "service", "period")
TEAM_KEYS = ("provider", "service", "period")


@dataclass(frozen=True, eq=False, kw_only=True)
class Estate:
    """Rooms that can be lent, and the teams that could work in them.

    Parameters
    ----------
    rooms
        ``site`` (a provider of the system, or a shared building that travel leads to),
        ``period``, ``slots`` (patients who can be treated in rooms that are lent); optionally
        ``service`` (an empty cell: any), ``session`` (patients to a session: rooms are then
        lent by whole sessions), ``price`` (harm-weeks that a session, or else a slot, counts as)
        and ``surge`` (True: the building opens only to trusts in ``closures``).
    teams
        ``provider``, ``service``, ``period``, ``slots``: all that the trust's own team can treat,
        in its own rooms and elsewhere. Teams that are not listed work in their own rooms only.
    closures
        ``provider``, ``period``: whose own building is out of use, and when.

    Raises
    ------
    InputError
        If a table cannot be used; ``.problems`` lists everything.

    Examples
    --------
    >>> estate = Estate(
    ...     rooms=pd.DataFrame({"site": ["HUB"], "period": [1], "slots": [8]}),
    ...     teams=pd.DataFrame({"provider": ["A"], "service": ["hips"], "period": [1],
    ...                         "slots": [10]}),
    ... )
    >>> estate
    Estate: 8 slots in rooms at HUB, for teams of A
    """

    rooms: pd.DataFrame
    teams: pd.DataFrame
    closures: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        problems = Problems()
        rooms = _checked(
            "estate.rooms", self.rooms, ("site", "period", "slots"), ROOM_OPTIONS, problems
        )
        teams = _checked(
            "estate.teams", self.teams, ("provider", "service", "period", "slots"), (), problems
        )
        object.__setattr__(self, "rooms", rooms)
        object.__setattr__(self, "teams", teams)
        if self.closures is not None:
            closures = _checked(
                "estate.closures", self.closures, ("provider", "period"), (), problems
            )
            object.__setattr__(self, "closures", closures)
        problems.raise_if_any()
        _twice("estate.rooms", rooms, [c for c in ROOM_KEYS if c in rooms], problems)
        _twice("estate.teams", teams, list(TEAM_KEYS), problems)
        if "surge" in rooms and rooms["surge"].any() and self.closures is None:
            problems.add(
                "estate.closures",
                "",
                "is missing, and a surge site opens to nobody",
                "list provider and period of each closure",
            )
        problems.raise_if_any()

    def __repr__(self) -> str:
        slots = int(self.rooms["slots"].sum())
        sites, teams = (
            ", ".join(dict.fromkeys(column))
            for column in (self.rooms["site"], self.teams["provider"])
        )
        return f"Estate: {slots:,} slots in rooms at {sites}, for teams of {teams}"

    def check(self, providers: tuple[str, ...], services: tuple[str, ...], periods: int) -> None:
        """Check that its codes are those of a system.

        Raises
        ------
        InputError
            If a site, trust, service or period is not there.
        """
        problems = Problems()
        for name, table in (
            ("rooms", self.rooms),
            ("teams", self.teams),
            ("closures", self.closures),
        ):
            if table is None:
                continue
            for column, known in (
                ("site", list(providers)),
                ("provider", list(providers)),
                ("service", list(services)),
                ("period", list(range(1, periods + 1))),
            ):
                if column not in table:
                    continue
                stray = (~table[column].isin(known) & table[column].notna()).to_numpy()
                problems.note(
                    f"estate.{name}",
                    column,
                    stray,
                    "is not in this system",
                    "correct it, or put it on the map with a row in travel"
                    if column == "site"
                    else "correct it",
                    table[column],
                )
        problems.raise_if_any()


ROOM_OPTIONS = ("service", "session", "price", "surge")
WHOLE = ("period", "slots", "session")


def _checked(
    name: str, table: object, needed: tuple[str, ...], more: tuple[str, ...], problems: Problems
) -> pd.DataFrame:
    frame = frame_of(name, table).reset_index(drop=True)
    absent = [c for c in needed if c not in frame]
    surplus = [str(c) for c in frame.columns if c not in (*needed, *more)]
    if absent or surplus:
        told = [f"lacks {', '.join(absent)}"] * bool(absent)
        told += [f"has {', '.join(surplus)}"] * bool(surplus)
        problems.add(
            name,
            "",
            " and ".join(told),
            f"columns {', '.join(needed)}" + f"; optionally {', '.join(more)}" * bool(more),
        )
        return frame
    result = {}
    for heading in frame.columns:
        values = frame[heading]
        if heading == "service" and heading in more:
            # An empty cell fits every service; the others are checked in place.
            check_labels(name, heading, _filled(values, "every"), problems)
            result[heading] = values.astype(object).where(values.notna(), None)
        elif heading in ("site", "provider", "service"):
            check_labels(name, heading, values, problems)
            result[heading] = values.astype(object)
        elif heading == "surge":
            if not values.map(lambda v: isinstance(v, bool | np.bool_)).all():
                problems.add(name, heading, "is neither True nor False", "write True or False")
            result[heading] = values
        else:
            numbers = check_numbers(name, heading, values, problems)
            if numbers is None:
                result[heading] = values
                continue
            low = 1 if heading in ("period", "session") else 0
            wrong = (numbers < low) | ((numbers != np.floor(numbers)) & (heading in WHOLE))
            problems.note(
                name, heading, wrong, f"is not a whole number from {low}", "correct it", numbers
            )
            result[heading] = pd.Series(numbers.astype(np.int64) if heading in WHOLE else numbers)
    return pd.DataFrame(result)


def _filled(values: pd.Series, filler: str) -> pd.Series:
    return values.astype(object).where(values.notna(), filler).infer_objects()


def _twice(name: str, table: pd.DataFrame, keys: list[str], problems: Problems) -> None:
    twice = table[keys].astype(object).duplicated(keep=False).to_numpy()
    problems.note(name, ", ".join(keys), twice, "is there twice", "keep one")
