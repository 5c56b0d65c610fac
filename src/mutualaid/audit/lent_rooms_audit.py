"""A second opinion on lent rooms, from the tables alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mutualaid.data.system import System
from mutualaid.policy.estate import Estate
from mutualaid.policy.harm import SCALE

Breach = tuple[str, str, float]


def violations(system: System, estate: Estate, table: pd.DataFrame, paid: int) -> pd.DataFrame:
    """List what a plan does with lent rooms that the estate does not allow.

    Parameters
    ----------
    system, estate
        What the plan was made for.
    table
        A table of :func:`mutualaid.outcomes.tables.entries` with the column ``site``.
    paid
        What the plan is said to pay for rooms, in 1/1000 harm-weeks.

    Returns
    -------
    pandas.DataFrame
        ``rule``, ``where``, ``amount``; empty if all is well.
    """
    treated = table[(table["period"] <= system.periods).to_numpy()].astype(
        dict.fromkeys(("origin", "provider", "site", "service"), object)
    )
    lent = treated[(treated["site"] != treated["provider"]).to_numpy()]
    found = [
        *_own_teams(lent),
        *_teams(system, estate, treated, lent),
        *_rooms(estate, lent),
        *_surge(estate, lent),
        *_price(estate, lent, paid),
    ]
    return pd.DataFrame(found, columns=["rule", "where", "amount"])


def _own_teams(lent: pd.DataFrame) -> Iterator[Breach]:
    strangers = lent[lent["provider"] != lent["origin"]]
    if len(strangers):
        yield "lent rooms are for the own team", "rooms", float(strangers["patients"].sum())


def _teams(
    system: System, estate: Estate, treated: pd.DataFrame, lent: pd.DataFrame
) -> Iterator[Breach]:
    keys = ["provider", "service", "period"]
    used = treated.groupby(keys)["patients"].sum()
    own = system.capacity.astype({"provider": object, "service": object})
    can = own.groupby(keys)["slots"].sum()
    can = can.combine(estate.teams.set_index(keys)["slots"], max, fill_value=0)
    abroad = set(map(tuple, lent[keys].drop_duplicates().to_numpy().tolist()))
    for where in sorted(abroad):
        over = int(used[where]) - int(can.get(where, 0))
        if over > 0:
            yield "no team does more than it can", ", ".join(map(str, where)), float(over)


def _fits(estate: Estate, lent: pd.DataFrame) -> pd.DataFrame:
    """Each lent treatment with the room that it could be in: of its service before of any."""
    rooms = estate.rooms.rename(columns={"slots": "room_slots"})
    if "service" not in rooms:
        rooms = rooms.assign(service=None)
    rooms = rooms.assign(of=rooms["service"].astype(object).where(rooms["service"].notna(), ""))
    return lent.merge(rooms.drop(columns="service"), on=["site", "period"], how="left")


def _rooms(estate: Estate, lent: pd.DataFrame) -> Iterator[Breach]:
    """All rooms of a site together hold what is done there, and rooms for one service theirs."""
    for (site, period), here in lent.groupby(["site", "period"]):
        rooms = _fits(estate, here.head(1)).drop_duplicates("of").set_index("of")["room_slots"]
        own = here.groupby("service")["patients"].sum()
        beyond = sum(max(int(n) - int(rooms.get(s, 0)), 0) for s, n in own.items())
        over = beyond - int(np.nan_to_num(rooms.get("", 0)))
        if over > 0:
            yield "no room holds more than it can", f"{site}, period {period}", float(over)


def _surge(estate: Estate, lent: pd.DataFrame) -> Iterator[Breach]:
    if "surge" not in estate.rooms or estate.closures is None or not len(lent):
        return
    surge = estate.rooms.groupby(["site", "period"])["surge"].all()
    closed = set(zip(estate.closures["provider"], estate.closures["period"], strict=True))
    keys = ["site", "provider", "period"]
    used = lent.groupby(keys)["patients"].sum().reset_index()
    for site, provider, period, patients in used.to_numpy(dtype=object).tolist():
        if surge.get((site, period), False) and (provider, period) not in closed:
            yield "surge sites are for closures", f"{site}, {provider}", float(patients)


def _price(estate: Estate, lent: pd.DataFrame, paid: int) -> Iterator[Breach]:
    """What is paid is whole sessions at their price; where rooms differ, no less than a share."""
    if "price" not in estate.rooms:
        if paid:
            yield "rooms without a price cost nothing (harm-weeks)", "rooms", paid / SCALE
        return
    keys = ["site", "period", "service", "provider"]
    used = lent.groupby(keys)["patients"].sum().reset_index()
    fits = _fits(estate, used)
    fits = fits[(fits["of"] == "") | (fits["of"] == fits["service"])]
    session = fits["session"] if "session" in fits else pd.Series(1, fits.index)
    price = np.rint(fits["price"] * SCALE).astype(np.int64)
    fits = fits.assign(
        whole=-(-fits["patients"] // session) * price, least=fits["patients"] * price // session
    )
    rooms = fits.groupby(keys)[["whole", "least"]].min()
    # Where there is a choice of rooms it may be shared between them, and sessions be full.
    several = fits.groupby(keys).size() > 1
    due = int(rooms["whole"].where(~several, rooms["least"]).sum())
    if paid < due or (paid > due and not several.any()):
        yield "rooms are paid for by whole sessions (harm-weeks)", "rooms", abs(due - paid) / SCALE
