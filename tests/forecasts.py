"""Made-up forecasts of what happens as today, for systems of tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

import mutualaid as ma
from mutualaid.data.as_today import AsToday

WEEKS = 105
CELL = ["origin", "service"]


def cells_of(system: ma.System) -> pd.DataFrame:
    """Every origin and service of which somebody is on a list or joins one."""
    tables = [system.waiting_list, system.referrals]
    rows = [table[CELL].astype(str) for table in tables if table is not None]
    return pd.concat(rows).drop_duplicates().sort_values(CELL, ignore_index=True)


def _numbered(cells: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    index = pd.MultiIndex.from_frame(cells)
    return index.get_indexer(pd.MultiIndex.from_frame(table[CELL].astype(str)))


def of_entries(
    system: ma.System,
    entries: pd.DataFrame,
    leavers: pd.DataFrame | None = None,
    **more: object,
) -> AsToday:
    """A forecast by which exactly that happens which a plan's tables tell."""
    cells, periods, step = cells_of(system), system.periods, system.period_weeks
    waiting = np.zeros((len(cells), periods + 1, WEEKS), np.float32)
    treated = np.zeros((len(cells), periods))
    row = _numbered(cells, entries)
    first, until = entries["referred"].to_numpy(), entries["period"].to_numpy()
    patients, weeks = entries["patients"].to_numpy(), entries["weeks_waiting"].to_numpy()
    for period in range(periods + 1):
        there = (first <= period) & (until > period)
        band = np.minimum(weeks + period * step, WEEKS - 1)[there]
        np.add.at(waiting, (row[there], period, band), patients[there])
    done = until <= periods
    np.add.at(treated, (row[done], until[done] - 1), patients[done])
    leaving = np.zeros_like(waiting[:, 1:])
    row_of = {pair: place for place, pair in enumerate(cells.itertuples(index=False, name=None))}
    for left in [] if leavers is None else leavers.itertuples():
        place = row_of[left.origin, left.service]
        for period in range(left.referred, left.period):
            band = min(left.weeks_waiting + period * step, WEEKS - 1)
            waiting[place, period, band] += left.patients
        band = min(left.weeks_waiting + (left.period - 1) * step, WEEKS - 1)
        leaving[place, left.period - 1, band] += left.patients
    values = {"waiting": waiting, "treated": treated, "leaving": leaving}
    return _made(system, cells, values | more)


def nobody_chooses(lists: dict[str, dict[int, int]], slots: int, periods: int = 4) -> ma.System:
    """Trusts that are forecast by age, in whole patients, and have booked every slot like that.

    Of every wait the same share is treated; one in thirty leaves. ``lists`` holds who waits how
    long; as many join in each period as there are slots.
    """
    cells = pd.DataFrame({"origin": [*lists], "service": "hips"})
    waiting = np.zeros((len(cells), periods + 1, WEEKS))
    treated, leaving = np.zeros((len(cells), periods)), np.zeros((len(cells), periods, WEEKS))
    removed, booked = [], []
    for cell, (origin, waits) in enumerate(lists.items()):
        waiting[cell, 0, list(waits)] = list(waits.values())
        for period in range(periods):
            there = waiting[cell, period].copy()
            there[0] += slots
            left = there // 30
            done = (there - left) * slots // (there - left).sum()
            waiting[cell, period + 1, 4:] = (there - left - done)[:-4]
            treated[cell, period], leaving[cell, period] = done.sum(), left
            for rows, gone in ((removed, left), (booked, done)):
                rows += [(origin, period + 1, w, int(gone[w])) for w in np.flatnonzero(gone)]
    names = ["origin", "period", "weeks_waiting", "patients"]
    tables = [
        pd.DataFrame(rows, columns=names).assign(service="hips") for rows in (removed, booked)
    ]
    each = pd.DataFrame({"period": range(1, periods + 1), "service": "hips", "slots": slots})
    ends = each.merge(pd.DataFrame({"provider": [*lists]}), how="cross")
    used = tables[1].groupby(["origin", "period"], as_index=False)["patients"].sum()
    found = [(o, w, n, "hips") for o, waits in lists.items() for w, n in waits.items()]
    return ma.System(
        pd.DataFrame(found, columns=["origin", "weeks_waiting", "patients", "service"]),
        used.rename(columns={"origin": "provider", "patients": "slots"}).assign(service="hips"),
        pd.DataFrame({"origin": [*lists], "provider": [*lists][::-1], "minutes": 20.0}),
        referrals=ends.rename(columns={"provider": "origin", "slots": "patients"}),
        removals=tables[0],
        booked=tables[1],
        periods=periods,
        as_today=AsToday(
            month="2026-01",
            cells=cells,
            period_weeks=4,
            periods=periods,
            waiting=waiting,
            treated=treated,
            leaving=leaving,
        ),
    )


def by_age(system: ma.System, *, ranges: bool = True, history: bool = True) -> AsToday:
    """A forecast by which everybody is as likely to be treated, whatever they have waited."""
    cells, periods, step = cells_of(system), system.periods, system.period_weeks
    waiting = np.zeros((len(cells), periods + 1, WEEKS), np.float32)
    leaving = np.zeros((len(cells), periods, WEEKS), np.float32)
    treated = np.zeros((len(cells), periods))
    listed = system.waiting_list
    band = np.minimum(listed["weeks_waiting"], WEEKS - 1)
    np.add.at(waiting, (_numbered(cells, listed), 0, band), listed["patients"])

    def flows(table: pd.DataFrame | None, what: str, where: str = "origin") -> np.ndarray:
        result = np.zeros((len(cells), periods))
        if table is not None:
            row = _numbered(cells, table.rename(columns={where: "origin"}))
            known = row >= 0
            place = row[known], table["period"].to_numpy()[known] - 1
            np.add.at(result, place, table[what].to_numpy()[known])
        return result

    joins, leaves = flows(system.referrals, "patients"), flows(system.removals, "patients")
    slots = flows(system.capacity, "slots", "provider")
    for period in range(periods):
        start = waiting[:, period].astype(float)
        there = np.maximum(start.sum(axis=1, keepdims=True), 1e-9)
        left = np.minimum(leaves[:, period : period + 1] / there, 1.0) * start
        rest = start - left
        rest[:, 0] += joins[:, period]
        there = np.maximum(rest.sum(axis=1, keepdims=True), 1e-9)
        done = np.minimum(slots[:, period : period + 1] / there, 1.0)
        treated[:, period] = (rest * done).sum(axis=1)
        kept = rest * (1 - done)
        waiting[:, period + 1, step:] = kept[:, :-step]
        waiting[:, period + 1, -1] += kept[:, -step:].sum(axis=1)
        leaving[:, period] = left
    values: dict[str, object] = {"waiting": waiting, "treated": treated, "leaving": leaving}
    made = _made(system, cells, values)
    if ranges:
        values["errors"] = _ranges(made)
    if history:
        values["history"] = _history(made)
    return _made(system, cells, values)


def _made(system: ma.System, cells: pd.DataFrame, values: dict[str, object]) -> AsToday:
    horizon = {"period_weeks": system.period_weeks, "periods": system.periods}
    notes = ("Everybody is as likely to be treated, whatever they have waited.",)
    return AsToday(month="2026-01", cells=cells, notes=notes, **horizon, **values)


def _ranges(made: AsToday) -> pd.DataFrame:
    """Ranges that widen with the horizon, and for long waits."""
    rows = []
    for period in range(1, made.periods + 1):
        for by in (None, "origin"):
            table = made.table(by=by, period=period)
            for over in (0, 18, 52, 65):
                name = f"over_{over}" if over else "list_size"
                share = (0.01 + over / 1000) * (1 if by is None else 2) * period**0.5
                for place, count in enumerate(table[name]):
                    who = "all" if by is None else table["origin"][place]
                    rows.append((who, over, period, count * (1 - share), count * (1 + share)))
    return pd.DataFrame(rows, columns=["provider", "over", "period", "low", "high"])


def _history(made: AsToday) -> pd.DataFrame:
    """What such a forecast would have said of fourteen months, and what came."""
    chance = np.random.default_rng(7)
    months = [str(month) for month in pd.period_range("2024-12", "2026-01", freq="M")]
    rows = []
    for by in (None, "origin"):
        now = made.table(by=by, period=0)
        for over in (18, 52):
            for place, count in enumerate(now[f"over_{over}"]):
                who = "all" if by is None else now["origin"][place]
                came = count * np.cumprod(1 + chance.normal(0, 0.02, len(months)))
                for horizon in (3, 6):
                    for at in range(horizon, len(months)):
                        said = came[at] * (1 + chance.normal(0, 0.03))
                        row = (months[at - horizon], months[at], horizon, who, over, said)
                        rows.append((*row, said * 0.94, said * 1.06, came[at], came[at - horizon]))
    columns = ["origin_month", "month", "horizon", "provider", "over", "forecast"]
    return pd.DataFrame(rows, columns=[*columns, "low", "high", "published", "persistence"])
