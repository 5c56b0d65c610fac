"""Who waits, who is asked to travel, and how far: by group of patients, before and after."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats
from mutualaid.errors import InputError
from mutualaid.policy.equity import UNKNOWN, as_groups, slope_index

MEASURES = {
    "mean_weeks": "weeks waited when treated, or at the end of the horizon",
    "share_moved": "of the patients treated away from home",
    "mean_extra_minutes": "of those moved, one way, beyond the way home",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EquityReport:
    """How evenly a plan treats groups of patients. Made by :meth:`mutualaid.Plan.equity`.

    Attributes
    ----------
    by : str
        The column that makes the groups.
    table : pandas.DataFrame
        A row a group: ``group``, ``patients``, ``mean_weeks_before``, ``mean_weeks_after``
        (waited when treated, or at the end of the horizon; before: if nobody helped anybody),
        ``gain_weeks``, ``moved``, ``share_moved``, ``mean_extra_minutes`` and
        ``most_extra_minutes`` of those moved (one way). The last row may be of patients of whom
        the group is not known.
    gaps : pandas.DataFrame
        For ``mean_weeks``, ``share_moved`` and ``mean_extra_minutes``: ``gap_before``,
        ``gap_after`` (largest less smallest of the known groups) and ``slope_before``,
        ``slope_after`` (slope index of inequality, where groups are numbers, 1 the most
        deprived: see :func:`mutualaid.policy.equity.slope_index`).
    """

    by: str
    table: pd.DataFrame
    gaps: pd.DataFrame

    def __repr__(self) -> str:
        weeks = self.gaps.set_index("measure").loc["mean_weeks"].astype(float)
        text = (
            f"EquityReport by {self.by}: gap in mean wait {weeks['gap_before']:.2f} weeks alone, "
            f"{weeks['gap_after']:.2f} together"
        )
        if np.isfinite(weeks["slope_before"]):
            text += (
                f"; slope index {weeks['slope_before']:+.2f} alone, {weeks['slope_after']:+.2f} "
                "together"
            )
        return f"{text}\n{self.table.to_string(index=False)}"


def report(by: str, before: pd.DataFrame, after: pd.DataFrame, period_weeks: int) -> EquityReport:
    """Measure two outcomes by group.

    Parameters
    ----------
    by
        What the groups are called.
    before, after
        ``group``, ``patients``, ``weeks_waiting``, ``period`` (``periods + 1`` for who is
        untreated), ``moved`` and ``extra_minutes``.
    period_weeks
        The length of a period.

    Returns
    -------
    EquityReport

    Examples
    --------
    >>> alone = pd.DataFrame({"group": ["1", "5"], "patients": [10, 10], "weeks_waiting": [20, 10],
    ...     "period": [3, 1], "moved": False, "extra_minutes": 0.0})
    >>> together = alone.assign(period=[1, 1], moved=[True, False], extra_minutes=[25.0, 0.0])
    >>> report("deprivation", alone, together, 4).gaps["gap_after"].iloc[0]
    np.float64(10.0)
    """
    sides = [_means(table, period_weeks) for table in (before, after)]
    groups = sides[1].index
    known = [name for name in groups if name != UNKNOWN]
    order = sorted(known, key=_rank) + [name for name in groups if name == UNKNOWN]
    was, is_ = (side.reindex(order) for side in sides)
    table = pd.DataFrame(
        {
            "group": order,
            "patients": is_["patients"].to_numpy(dtype=np.int64),
            "mean_weeks_before": was["mean_weeks"].to_numpy(),
            "mean_weeks_after": is_["mean_weeks"].to_numpy(),
            "gain_weeks": (was["mean_weeks"] - is_["mean_weeks"]).to_numpy(),
            "moved": is_["moved"].to_numpy(dtype=np.int64),
            "share_moved": is_["share_moved"].to_numpy(),
            "mean_extra_minutes": is_["mean_extra_minutes"].to_numpy(),
            "most_extra_minutes": is_["most_extra_minutes"].to_numpy(),
        }
    )
    ordered = all(_is_number(name) for name in known)
    rows = []
    for measure in MEASURES:
        row: dict[str, object] = {"measure": measure}
        for when, side in (("before", was), ("after", is_)):
            of_known = side.loc[sorted(known, key=_rank)]
            values: Floats = of_known[measure].to_numpy(dtype=np.float64)
            there = np.isfinite(values)
            row[f"gap_{when}"] = float(np.ptp(values[there])) if there.any() else math.nan
            counts = of_known["patients"].to_numpy(dtype=np.int64)[there]
            sloped = ordered and there.sum() > 1
            row[f"slope_{when}"] = (
                slope_index(values[there].tolist(), counts.tolist()) if sloped else math.nan
            )
        rows.append(row)
    names = ["measure", "gap_before", "gap_after", "slope_before", "slope_after"]
    return EquityReport(by=by, table=table, gaps=pd.DataFrame(rows)[names])


def grouped_entries(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Take a table of entries as what :func:`report` reads.

    Raises
    ------
    InputError
        If the table does not tell patients apart by that column.
    """
    if by not in table:
        raise InputError(
            f"the plan does not tell patients apart by {by}: pass the list of patients, or ask "
            "for it in the policy (Equity) or its harm curve"
        )
    names = ["patients", "weeks_waiting", "period", "moved", "extra_minutes"]
    return table[names].assign(group=as_groups(table[by]).to_numpy())


def _means(table: pd.DataFrame, period_weeks: int) -> pd.DataFrame:
    patients = table["patients"]
    weeks = table["weeks_waiting"] + (table["period"] - 1) * period_weeks
    moved = patients.where(table["moved"], 0)
    parts = pd.DataFrame(
        {
            "patients": patients,
            "weeks": weeks * patients,
            "moved": moved,
            "minutes": table["extra_minutes"].fillna(0.0) * moved,
            "most_extra_minutes": table["extra_minutes"].where(table["moved"]),
        }
    )
    parts["group"] = table["group"].to_numpy()
    by_group = parts.groupby("group", sort=False)
    sums = by_group[["patients", "weeks", "moved", "minutes"]].sum()
    sums["mean_weeks"] = sums["weeks"] / sums["patients"]
    sums["share_moved"] = sums["moved"] / sums["patients"]
    sums["mean_extra_minutes"] = sums["minutes"] / sums["moved"].where(sums["moved"] > 0)
    sums["most_extra_minutes"] = by_group["most_extra_minutes"].max()
    return sums


def _is_number(name: str) -> bool:
    return name.replace(".", "", 1).isdigit()


def _rank(name: str) -> tuple[int, float, str]:
    return (0, float(name), name) if _is_number(name) else (1, 0.0, name)
