"""The risks of moving itself: how far, how many ways a service is split, and who is asked to go.

A *lane of a service* is an origin, a service and a provider elsewhere that treats any of its
patients: a pathway that somebody must set up, with notes, tests and follow-up going both ways. All
figures are of the whole horizon, and of everybody who is to move: some will say no.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.label_codes import grouped
from mutualaid.data.schema import who
from mutualaid.outcomes.measures import quantile
from mutualaid.risk.risk_settings import RiskSettings, ratio


def distance(
    after: pd.DataFrame, settings: RiskSettings, by: Sequence[str] = ("origin",)
) -> pd.DataFrame:
    """Measure how far patients move, one way.

    Parameters
    ----------
    after
        A table of :func:`mutualaid.outcomes.tables.entries`.
    settings
        Which quantile, and what is far.
    by
        Columns that make the rows; none for everybody who moves.

    Returns
    -------
    pandas.DataFrame
        A row for each group of which anybody moves (without columns always one): the columns
        ``by``, ``moved`` (patients); ``mean_minutes``, ``p95_minutes``, ``most_minutes``; the same
        of ``extra_minutes``, beyond the way to their own provider; ``extra_over_60``, …: patients
        who travel more than so many minutes further.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> table = distance(plan.entries, RiskSettings(), by=())
    >>> bool(table["moved"].iloc[0] == plan.moves["patients"].sum())
    True
    """
    moves = after[after["moved"]]
    group, labels = grouped(moves, by)
    size, patients = len(labels), moves["patients"].to_numpy()
    count = np.bincount(group, weights=patients, minlength=size)
    table = labels.assign(moved=count.astype(np.int64))
    for name in ("minutes", "extra_minutes"):
        minutes = moves[name].to_numpy()
        total = np.bincount(group, weights=minutes * patients, minlength=size)
        table[f"mean_{name}"] = ratio(total, count)
        table[f"{settings.tail}_{name}"] = quantile(group, minutes, patients, settings.level, size)
        table[f"most_{name}"] = quantile(group, minutes, patients, 1.0, size)
    for mark in settings.far:
        beyond = patients * (moves["extra_minutes"].to_numpy() > mark)
        over = np.bincount(group, weights=beyond, minlength=size)
        table[f"extra_over_{mark:g}"] = over.astype(np.int64)
    return table


def continuity(after: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    """Measure how a service's patients are spread over providers.

    Returns
    -------
    pandas.DataFrame
        A row for each ``origin`` and ``service`` of which anybody moves: ``moved`` and ``at_home``
        (patients treated away and at home); ``providers`` (elsewhere: how many different ones);
        ``in_small_lanes`` and ``share_small`` (of who moves: those in lanes of the service with
        fewer patients than is small); ``parted`` (those who move while others of their queue are
        treated at home in the same period).

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> set(continuity(plan.entries, RiskSettings())["providers"]) <= {1}
    True
    """
    moves = after[after["moved"]]
    keys = ["origin", "service"]
    lane, lanes = grouped(moves, [*keys, "provider"])
    lanes = lanes.assign(
        moved=np.bincount(lane, weights=moves["patients"], minlength=len(lanes)).astype(np.int64),
        parted=np.bincount(lane, weights=_parted(after), minlength=len(lanes)).astype(np.int64),
    )
    lanes["in_small_lanes"] = lanes["moved"].where(lanes["moved"] < settings.small, 0)
    lanes["providers"] = 1
    names = ["moved", "providers", "in_small_lanes", "parted"]
    table = lanes.groupby(keys, sort=True)[names].sum()
    home = after[~after["moved"] & after["provider"].notna()].astype(dict.fromkeys(keys, object))
    at_home = home.groupby(keys)["patients"].sum().reindex(table.index, fill_value=0)
    table.insert(1, "at_home", at_home.astype(np.int64))
    table.insert(4, "share_small", table["in_small_lanes"] / table["moved"])
    return table.reset_index()


def labelled(table: pd.DataFrame, waiting_list: pd.DataFrame, column: str) -> pd.DataFrame:
    """Add a column of the waiting list to an outcome, where the list says it of whole queues.

    Queues are told apart by such a column only where a policy asks about it. Where it follows
    from the area, or from all that tells queues apart, everybody has it all the same.

    Parameters
    ----------
    table
        A table of :func:`mutualaid.outcomes.tables.entries`.
    waiting_list
        The list that it came from.
    column
        The column, such as ``"deprivation"``.

    Returns
    -------
    pandas.DataFrame
        The table with the column; as it is if it has it already, or if the list has none, has
        gaps in it, or has patients of one queue who differ.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> after = labelled(plan.entries, plan.system.waiting_list, "deprivation")
    >>> sorted(set(after["deprivation"])) == sorted(set(plan.system.waiting_list["deprivation"]))
    True
    """
    if column in table or column not in waiting_list:
        return table
    every = [name for name in who(table) if name in waiting_list and name != "weeks_waiting"]
    for keys in ([name for name in every if name == "area"], every):
        known = waiting_list.loc[waiting_list["patients"] > 0, [*keys, column]].drop_duplicates()
        if known[column].isna().any() or known[keys].duplicated().any():
            continue
        group, labels = grouped(table, keys)
        found = labels.merge(known.astype(dict.fromkeys(keys, object)), on=keys, how="left")
        if keys and not found[column].isna().any():
            return table.assign(**{column: found[column].to_numpy()[group]})
    return table


def _parted(after: pd.DataFrame) -> np.ndarray:
    """Patients of each move of whose queue others are treated at home in the same period."""
    labels = [name for name in who(after) if name not in ("weeks_waiting", "referred")]
    together, found = grouped(after, [*labels, "period"])
    moved, home = after["moved"].to_numpy(), after["provider"].notna().to_numpy()
    at_home = np.bincount(together[home & ~moved], minlength=len(found)) > 0
    result: np.ndarray = (after["patients"].to_numpy() * at_home[together])[moved]
    return result


def deprivation(after: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame | None:
    """Measure who is asked to travel, by how deprived their homes are.

    Returns
    -------
    pandas.DataFrame or None
        A row for each label of the column, by the first number in it if every label has one of
        its own (``"2"``, ``"Decile 10"``), else in the order of the text: the column, ``patients``
        (on the list at any time), ``treated``, ``moved``, ``share_moved`` (of who is treated),
        ``mean_extra_minutes`` (of who moves) and ``extra_minutes_each`` (of who is treated). None
        if the list does not say.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> deprivation(plan.entries, RiskSettings()) is None
    True
    """
    if settings.deprivation not in after:
        return None
    group, labels = grouped(after, (settings.deprivation,))
    patients, size = after["patients"].to_numpy(), len(labels)
    treated, moved = after["provider"].notna().to_numpy(), after["moved"].to_numpy()

    def total(each: np.ndarray) -> np.ndarray:
        return np.bincount(group, weights=patients * each, minlength=size)

    table = labels
    for name, mask in (("patients", moved | True), ("treated", treated), ("moved", moved)):
        table[name] = total(mask).astype(np.int64)
    extra = total(after["extra_minutes"].to_numpy() * moved)
    table["share_moved"] = table["moved"] / table["treated"]
    table["mean_extra_minutes"] = extra / table["moved"]
    table["extra_minutes_each"] = extra / table["treated"]
    number = _numbers(table[settings.deprivation])
    return table if number is None else table.iloc[np.argsort(number)].reset_index(drop=True)


def gaps(table: pd.DataFrame | None, settings: RiskSettings) -> tuple[float, float]:
    """How much more the most deprived are asked to travel than the least.

    The first number is the most deprived, as in the English indices: "where 1 is most deprived".

    Returns
    -------
    gap of ``share_moved``, gap of ``mean_extra_minutes``
        Missing where the list does not say, or says it in words only.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"quintile": ["1", "5"], "share_moved": [0.5, 0.25], "mean_extra_minutes": [30.0, 20.0]}
    ... )
    >>> gaps(table, RiskSettings(deprivation="quintile"))
    (0.25, 10.0)
    """
    if table is None or len(table) < 2 or _numbers(table[settings.deprivation]) is None:
        return np.nan, np.nan
    most, least = table.iloc[0], table.iloc[-1]
    names = ("share_moved", "mean_extra_minutes")
    share, minutes = (float(most[name]) - float(least[name]) for name in names)
    return share, minutes


def _numbers(labels: pd.Series) -> np.ndarray | None:
    """The first number in each label; None unless each has one of its own."""
    found = [re.search(r"\d+", str(label)) for label in labels]
    numbers = [int(match.group()) for match in found if match is not None]
    alone = len(numbers) == len(found) == len(set(numbers))
    return np.array(numbers) if alone else None


def moving(after: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    """Sum up the risks of moving, for the whole system.

    Returns
    -------
    pandas.DataFrame
        One row: the columns of :func:`distance`; ``share_moved`` (of who is treated); ``lanes`` (of
        services), ``split_services`` (an origin's service that goes to more than one provider
        elsewhere) and ``in_split_services`` (their patients who move), ``in_small_lanes``,
        ``share_small``, ``parted``; ``deprivation_gap_share`` and ``deprivation_gap_minutes``: see
        :func:`gaps`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> int(moving(plan.entries, RiskSettings())["split_services"].iloc[0])
    0
    """
    table = distance(after, settings, by=())
    spread = continuity(after, settings)
    several = spread["providers"] > 1
    moved = int(table["moved"].iloc[0])
    treated = int(after["patients"].where(after["provider"].notna(), 0).sum())
    small = int(spread["in_small_lanes"].sum())
    share, minutes = gaps(deprivation(after, settings), settings)
    return table.assign(
        share_moved=moved / treated if treated else np.nan,
        lanes=int(spread["providers"].sum()),
        split_services=int(several.sum()),
        in_split_services=int(spread["moved"].where(several, 0).sum()),
        in_small_lanes=small,
        share_small=small / moved if moved else np.nan,
        parted=int(spread["parted"].sum()),
        deprivation_gap_share=share,
        deprivation_gap_minutes=minutes,
    )
