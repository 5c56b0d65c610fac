"""Who treated whose patients, and what it saved them: the books of mutual aid.

What a treatment *saves* is the harm that the patient would bear if never treated within the
horizon and its tail, less what they bear until treated. So the harm that a trust's own patients
are spared is the sum of what every partner's treatments save them, its own included, and what a
plan gains a trust is that sum less the same sum of what it does alone: the books add up, to the
unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.errors import InputError
from mutualaid.policy.harm import SCALE

BY = ("service", "period", "priority", "area")


def ledger(
    table: pd.DataFrame,
    before: pd.DataFrame,
    by: Sequence[str],
    tariff: Mapping[str, float] | None,
    periods: int,
    *,
    own: bool,
) -> pd.DataFrame:
    """Book every treatment for others: see :meth:`mutualaid.Plan.ledger`."""
    names = (by,) if isinstance(by, str) else tuple(by)
    absent = [name for name in names if name not in BY or name not in table]
    if absent:
        raise InputError(f"a ledger is not by {', '.join(absent)}: use any of {', '.join(BY)}")
    keys = ["provider", "origin", *names]
    aid = _booked(table[table["moved"]], keys, tariff)
    if not own:
        return _tidy(aid, keys)
    treated, alone = (
        _booked(rows[(rows["period"] <= periods) & ~rows["moved"]], keys, tariff)
        for rows in (table, before)
    )
    change = treated.sub(alone, fill_value=0)
    return _tidy(pd.concat([aid, change[(change != 0).any(axis=1)]]), keys)


def _booked(
    rows: pd.DataFrame, keys: list[str], tariff: Mapping[str, float] | None
) -> pd.DataFrame:
    plain = rows.astype({name: object for name in keys if name != "period"})
    booked = plain.assign(travel=plain["extra_minutes"] * plain["patients"])
    columns = ["patients", "saved", "travel"]
    if tariff is not None:
        services = sorted(set(plain["service"]) - set(tariff))
        if services:
            raise InputError(
                f"the tariff has nothing for {', '.join(services[:5])}"
                f"{', …' * (len(services) > 5)}: name every service that moves"
            )
        money = plain["service"].map(dict(tariff)).to_numpy(dtype=np.float64)
        booked["tariff"] = money * plain["patients"]
        columns.append("tariff")
    return booked.groupby(keys, observed=True)[columns].sum()


def _tidy(booked: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    rows = booked.reset_index().sort_values(keys, ignore_index=True)
    rows["harm_weeks_saved"] = rows.pop("saved") / SCALE
    rows["patients"] = rows["patients"].astype(np.int64)
    rows["extra_minutes"] = rows.pop("travel").astype(np.float64)
    columns = [*keys, "patients", "harm_weeks_saved", "extra_minutes"]
    return rows[[*columns, *(["tariff"] if "tariff" in rows else [])]]


def balance(book: pd.DataFrame, providers: Sequence[str]) -> pd.DataFrame:
    """Add up a ledger by trust: see :meth:`mutualaid.Plan.balance`."""
    amounts = [c for c in ("patients", "harm_weeks_saved", "tariff") if c in book]
    result = pd.DataFrame({"origin": list(providers)})
    for amount in amounts:
        given = book.groupby("provider")[amount].sum().reindex(list(providers), fill_value=0)
        got = book.groupby("origin")[amount].sum().reindex(list(providers), fill_value=0)
        result[f"{amount}_given"] = given.to_numpy()
        result[f"{amount}_received"] = got.to_numpy()
        result[f"{amount}_net"] = given.to_numpy() - got.to_numpy()
    return result
