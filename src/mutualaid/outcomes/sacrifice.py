"""What a plan asks of whom: every figure that gets worse, every threshold newly breached."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments
from mutualaid.errors import InputError

STANDARD = 0.92
"""The NHS's standard: this share of the list within 18 weeks."""
WORSE_ABOVE = ("harm_weeks", "over_18", "over_52", "over_65")
LINES: Mapping[str, float] = {"over_52": 0, "over_65": 0, "share_within_18": STANDARD}
SHARE = "share_within_18"


def sacrifices(
    views: Mapping[str, pd.DataFrame], target: float | Mapping[str, float]
) -> pd.DataFrame:
    """List what gets worse: see :meth:`mutualaid.Plan.sacrifices`.

    Parameters
    ----------
    views
        Measures by origin, for each lens.
    target
        The share within 18 weeks that trusts are held to: one for all, or by trust.

    Raises
    ------
    InputError
        If a target is not a share, or for a trust that is not there.
    """
    _check(target, list(views["residents"]["origin"]))
    parts = []
    for lens, table in views.items():
        for measure in (*WORSE_ABOVE, SHARE):
            before, after = table[f"{measure}_before"], table[f"{measure}_after"]
            sign = -1 if measure == SHARE else 1
            part = pd.DataFrame(
                {
                    "origin": table["origin"].astype(object),
                    "lens": lens,
                    "measure": measure,
                    "before": before.astype(np.float64),
                    "after": after.astype(np.float64),
                }
            )
            part["change"] = part["after"] - part["before"]
            part["target"] = np.nan
            if measure == SHARE:
                part["target"] = _targets(target, part["origin"])
            parts.append(part[sign * part["change"] > 0])
    rows = pd.concat(parts, ignore_index=True)
    rows["met_before"] = _met(rows, "before")
    rows["met_after"] = _met(rows, "after")
    return rows.sort_values(["origin", "lens", "measure"], ignore_index=True)


def _check(target: object, origins: list[str]) -> None:
    given = target if isinstance(target, Mapping) else {"all": target}
    with Arguments("sacrifices") as check:
        for who, share in given.items():
            if isinstance(target, Mapping) and who not in origins:
                check.wrong("target", f"is for {who!r}", "name a trust of the system")
            check.share("target", share)


def _targets(target: float | Mapping[str, float], origins: pd.Series) -> pd.Series:
    if isinstance(target, Mapping):
        return origins.map(dict(target)).astype(np.float64)
    return pd.Series(float(target), index=origins.index)


def _met(rows: pd.DataFrame, side: str) -> pd.Series:
    """Whether a target is met; missing where there is none."""
    met = (rows[side] >= rows["target"]).astype("boolean")
    return met.mask(rows["target"].isna() | rows[side].isna())


def new_threshold_breaches(
    views: Mapping[tuple[str, tuple[str, ...]], pd.DataFrame], lines: Mapping[str, float]
) -> pd.DataFrame:
    """List every threshold newly breached: see :meth:`mutualaid.Plan.new_threshold_breaches`.

    Parameters
    ----------
    views
        Measures by (lens, columns that make the rows).
    lines
        The threshold of each measure: shares are to stay at or above it, counts at or below.

    Raises
    ------
    InputError
        If a measure is not there.
    """
    columns = ["lens", "origin", "service", "measure", "line", "before", "after"]
    parts = [pd.DataFrame(columns=columns)]
    for (lens, by), table in views.items():
        for measure, line in lines.items():
            if f"{measure}_before" not in table:
                known = [
                    str(c).removesuffix("_before") for c in table if str(c).endswith("_before")
                ]
                raise InputError(f"measures have no {measure!r}: use {', '.join(known)}")
            before, after = table[f"{measure}_before"], table[f"{measure}_after"]
            crossed = (before <= line) & (after > line)
            if measure.startswith("share_"):
                # An empty list meets every line.
                crossed = (before.isna() | (before >= line)) & (after < line)
            rows = table[crossed]
            part = pd.DataFrame(
                {
                    "origin": rows["origin"].astype(object),
                    "service": rows["service"].astype(object) if "service" in by else "",
                    "before": before[crossed].astype(np.float64),
                    "after": after[crossed].astype(np.float64),
                }
            )
            parts.append(part.assign(lens=lens, measure=measure, line=float(line)))
    filled = [part for part in parts if len(part)] or parts[:1]
    rows = pd.concat(filled, ignore_index=True)[columns]
    return rows.sort_values(["lens", "service", "origin", "measure"], ignore_index=True)
