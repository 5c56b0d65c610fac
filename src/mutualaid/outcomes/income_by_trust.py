"""What treatments pay whoever gives them: by a tariff, alone and together.

Money is told of a plan and never mixed into harm: no plan is better for what it pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import check_labels, check_numbers
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import Problems

COLUMNS = ("provider", "alone", "together", "change", "from_others", "to_others")
MOST = 1e9
PENCE = 100


def read_tariff(given: object, streams: bool) -> pd.DataFrame:
    """Take a tariff: money by service, or a table of service, perhaps stream, and money.

    Parameters
    ----------
    given
        A mapping, or a table or file.
    streams
        Whether patients have streams, by which a tariff may differ.

    Raises
    ------
    InputError
        If it cannot be used; ``.problems`` lists everything.

    Examples
    --------
    >>> read_tariff({"C_110": 5200.0}, False).to_dict("records")
    [{'service': 'C_110', 'money': 5200.0}]
    """
    if isinstance(given, Mapping) and "money" not in given:
        given = {"service": list(given), "money": list(given.values())}
    frame = frame_of("tariff", given).reset_index(drop=True)
    problems = Problems()
    known = ["service", *(["stream"] if streams else []), "money"]
    absent = [name for name in ("service", "money") if name not in frame]
    surplus = [str(name) for name in frame.columns if name not in known]
    if absent or surplus:
        told = [f"lacks {', '.join(absent)}"] * bool(absent)
        told += [f"has {', '.join(surplus)}"] * bool(surplus)
        problems.add("tariff", "", " and ".join(told), f"columns {', '.join(known)}")
        problems.raise_if_any()
    keys = [name for name in known[:-1] if name in frame]
    for name in keys:
        check_labels("tariff", name, frame[name], problems)
    money = check_numbers("tariff", "money", frame["money"], problems)
    if money is not None:
        problems.note("tariff", "money", money > MOST, "is above 1e9", "correct it", money)
    problems.raise_if_any()
    twice = frame[keys].astype(object).duplicated(keep=False).to_numpy()
    problems.note("tariff", ", ".join(keys), twice, "is there twice", "keep one")
    problems.raise_if_any()
    return frame[[*keys, "money"]].astype(dict.fromkeys(keys, object))


def income_table(
    table: pd.DataFrame,
    before: pd.DataFrame,
    tariff: pd.DataFrame,
    providers: Sequence[str],
    periods: int,
) -> pd.DataFrame:
    """A row a provider: see :meth:`mutualaid.Plan.income`.

    Raises
    ------
    InputError
        If somebody is treated for whom the tariff has nothing.
    """
    keys = [name for name in tariff.columns if name != "money"]
    sides = [side[(side["period"] <= periods).to_numpy()] for side in (before, table)]
    every = pd.concat([side[keys].astype(object) for side in sides]).drop_duplicates()
    found = every.merge(tariff, on=keys, how="left")
    absent = found[found["money"].isna()][keys].sort_values(keys).astype(str).agg(", ".join, axis=1)
    problems = Problems()
    if len(absent):
        some = "; ".join(absent.head(5)) + "; …" * (len(absent) > 5)
        remedy = "name everything that anybody is treated for, 0 if it pays nothing"
        problems.add("tariff", ", ".join(keys), f"has nothing for {some}", remedy)
    problems.raise_if_any()
    paid = [_paid(side, tariff, keys) for side in sides]
    alone, together = (_sum(side, "provider", providers) for side in paid)
    moved = paid[1][paid[1]["moved"]]
    values = (
        providers,
        alone / PENCE,
        together / PENCE,
        (together - alone) / PENCE,
        _sum(moved, "provider", providers) / PENCE,
        _sum(moved, "origin", providers) / PENCE,
    )
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def _paid(side: pd.DataFrame, tariff: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    names = ["origin", "provider", *keys]
    rows = side[[*names, "moved", "patients"]].astype(dict.fromkeys(names, object))
    rows = rows.merge(tariff, on=keys)
    each = np.rint(rows["money"].to_numpy(dtype=np.float64) * PENCE).astype(np.int64)
    return rows.assign(pence=each * rows["patients"])


def _sum(rows: pd.DataFrame, by: str, providers: Sequence[str]) -> pd.Series:
    total = rows.groupby(by)["pence"].sum().reindex(list(providers), fill_value=0)
    return total.reset_index(drop=True).astype(np.int64)
