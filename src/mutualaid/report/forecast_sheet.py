"""Three numbers of each figure as they are shown: as today, in order at home, and together.

Counts of the plan are those of its other tables, hidden where they are hidden there. A forecast is
shown of the whole system and of each trust, never of less, in whole patients; a small one is hidden
like a small count. What is told of the aid is that of :meth:`mutualaid.Plan.three_numbers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.disclosure.coarse_figures import rounded
from mutualaid.disclosure.plan_counts import SIDES, Counts
from mutualaid.disclosure.published_counts import HIDDEN, printed
from mutualaid.disclosure.single_sums import SMALL
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.report.sheet import COUNT, SHARE, SIGNED, TEXT, Sheet, change

THREE = "Three numbers"
EVERYBODY = "All trusts"
SHOWN_FIGURES = {
    "list_size": ("On the list at the end (patients)", COUNT),
    "over_18": ("… over 18 weeks (patients)", COUNT),
    "over_52": ("… over 52 weeks (patients)", COUNT),
    "over_65": ("… over 65 weeks (patients)", COUNT),
    "share_within_18": ("… within 18 weeks (share)", SHARE),
    "treated": ("Treated (patients)", COUNT),
    "harm_weeks": ("Harm of waiting (harm-weeks)", COUNT),
}
COLUMNS = {
    "as_today": "As today",
    "low": "… from",
    "high": "… to",
    "in_order": "Alone, in order",
    "together": "Together",
    "order_at_home": "Order at home",
    "aid": "Aid",
    "aid_told": "The aid is",
}
KINDS = (TEXT, TEXT, COUNT, COUNT, COUNT, COUNT, COUNT, SIGNED, SIGNED, TEXT)
NOTES = (
    "As today: forecast if everybody goes on as now; from … to: the published count will lie there "
    "nine times in ten, where that is known. Alone, in order: each trust treats its longest "
    "waiters first, without help. Together: the plan.",
    "Order at home (alone less as today) takes nobody's help and is no aid. Aid is together less "
    "alone; within the error of the forecast: less than half the width of its range.",
)
Told = Mapping[str, object]


def three_sheet(plan: CertifiedPlan, counts: Counts) -> Sheet | None:
    """Lay the three numbers out, of all trusts and of each; None where there is no forecast.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> three_sheet(plan, counts_of(plan)) is None
    True
    """
    forecast = plan.system.as_today
    if forecast is None:
        return None
    whole = plan.three_numbers().set_index("figure")
    trusts = dict(iter(plan.three_numbers("origin").groupby("origin")))
    rows = _rows(EVERYBODY, whole, counts.whole, counts.whole_marks, counts)
    for place, code in enumerate(counts.trusts["origin"].astype(str)):
        if code in trusts:
            own = counts.trusts.iloc[[place]], counts.trust_marks.iloc[[place]]
            rows += _rows(code, trusts[code].set_index("figure"), *own, counts)
    kinds = [kind for _, kind in SHOWN_FIGURES.values()]
    return Sheet(
        name=THREE,
        title=f"As today (forecast from {forecast.month}), in order at home, and together",
        notes=[*NOTES, *(f"Assumed in the forecast: {note}" for note in forecast.notes)],
        table=pd.DataFrame(rows, columns=["Trust", "Figure", *COLUMNS.values()], dtype=object),
        kinds=KINDS,
        row_kinds=kinds * (len(rows) // len(kinds)),
    )


def told_of(sheet: Sheet | None, whose: str = EVERYBODY) -> dict[str, Told]:
    """What a sheet says of a trust, or of all: by figure, then by what it is.

    Examples
    --------
    >>> told_of(None)
    {}
    """
    if sheet is None:
        return {}
    rows = sheet.table[sheet.table["Trust"] == whose]
    return {
        name: dict(zip(COLUMNS, row[2:], strict=True))
        for name, row in zip(SHOWN_FIGURES, rows.itertuples(index=False, name=None), strict=False)
    }


def _rows(
    whose: str, three: pd.DataFrame, own: pd.DataFrame, marks: pd.DataFrame, counts: Counts
) -> list[tuple[object, ...]]:
    """Each figure of a trust, or of all: a row of the sheet."""
    rows: list[tuple[object, ...]] = []
    for name, (label, _) in SHOWN_FIGURES.items():
        today = [_forecast(side, name, three, counts) for side in ("as_today", "low", "high")]
        alone, together = (_counted(own, marks, f"{name}_{side}", counts) for side in SIDES)
        aid = change(alone, together)
        told = None if isinstance(aid, str) else "none" if aid == 0 else three["aid_told"][name]
        rows.append((whose, label, *today, alone, together, change(today[0], alone), aid, told))
    return rows


def _forecast(side: str, name: str, three: pd.DataFrame, counts: Counts) -> object:
    """A forecast as it is shown: whole patients, small ones hidden."""
    value = float(three[side][name])
    if value != value:
        return None
    if name == "share_within_18":
        small = [_small(three["as_today"][part], counts) for part in ("list_size", "over_18")]
        return HIDDEN if any(small) else value
    if name == "harm_weeks":
        unit = counts.coarse.harm if counts.coarse is not None else 1.0
        coarse = float(rounded([value], unit)[0])
        return HIDDEN if coarse != coarse else coarse
    return f"<{counts.threshold}" if _small(value, counts) else round(value)


def _small(value: float, counts: Counts) -> bool:
    return 0 < round(value) < counts.threshold


def _counted(own: pd.DataFrame, marks: pd.DataFrame, name: str, counts: Counts) -> object:
    """A figure of the plan as its other tables show it; None where there is none."""
    value = printed(own[name], marks[name].to_numpy(), counts.threshold)[0]
    return None if value is None or value != value else value


def charted(history: pd.DataFrame, provider: str, over: int) -> pd.DataFrame:
    """How a count of a trust, or of all, was forecast before, as far ahead as enough are known.

    Parameters
    ----------
    history
        See :class:`mutualaid.data.as_today.AsToday`.
    provider
        Its code, or ``"all"``.
    over
        Weeks; 0 for the list.

    Returns
    -------
    pandas.DataFrame
        The rows of one horizon by month: the longest of which at least four months are known; no
        rows where there is none.

    Examples
    --------
    >>> from mutualaid.data.forecast_tables import HISTORY
    >>> charted(pd.DataFrame(columns=HISTORY), "all", 18).empty
    True
    """
    rows = history[(history["provider"] == provider) & (history["over"] == over)]
    months = rows.groupby("horizon")["month"].nunique()
    enough = months.index[months >= FEWEST_MONTHS]
    if not len(enough):
        return rows.iloc[:0]
    chosen: pd.DataFrame = rows[rows["horizon"] == enough.max()]
    return chosen.sort_values("month", kind="stable").drop_duplicates("month", ignore_index=True)


FEWEST_MONTHS = 4
"""Of fewer months no figure is drawn: it would tell nothing of how forecasts fare."""


def record(rows: pd.DataFrame, what: str) -> str:
    """How forecasts have fared, in words: how far off, and how often within their range.

    Examples
    --------
    >>> rows = pd.DataFrame({"horizon": [3, 3], "forecast": [95.0, 110.0], "low": [90.0, 100.0],
    ...                      "high": [101.0, 120.0], "published": [100.0, 100.0],
    ...                      "persistence": [80.0, 120.0]})
    >>> record(rows, "over 18 weeks")[:69]
    'Forecasts of who is over 18 weeks 3 months ahead were off by 7.5% on '
    """
    came = rows["published"].where(rows["published"] > 0)
    off = (rows["forecast"] - rows["published"]).abs() / came
    still = (rows["persistence"] - rows["published"]).abs() / came
    ahead = int(rows["horizon"].iloc[0])
    said = [
        f"Forecasts of who is {what} {ahead} {'month' if ahead == 1 else 'months'} ahead were off "
        f"by {off.mean():.1%} on average over {len(rows)} months"
    ]
    if off.isna().all():
        said = [f"Forecasts of who is {what}, over {len(rows)} months in which nobody was"]
    if still.notna().any():
        said.append(f"saying that nothing changes by {still.mean():.1%}")
    ranged = rows.dropna(subset=["low", "high"])
    if len(ranged):
        within = ranged["published"].between(ranged["low"], ranged["high"])
        said.append(f"what came lay within the range in {int(within.sum())} of {len(ranged)}")
    return f"{'; '.join(said)}."


def hide_small(rows: pd.DataFrame, names: Sequence[str], threshold: int) -> pd.DataFrame:
    """Past counts as they may be shown: small ones as ``<5``, others whole, as texts.

    Examples
    --------
    >>> came = pd.DataFrame({"published": [3.0, 1200.2]})
    >>> hide_small(came, ["published"], 5)["published"].tolist()
    ['<5', 1200]
    """
    shown = {}
    for name in names:
        values = rows[name].round()
        marks = np.where((values > 0) & (values < threshold), SMALL, 0).astype(np.int8)
        whole = [None if value != value else int(value) for value in values]
        shown[name] = printed(np.array(whole, dtype=object), marks, threshold)
    return pd.DataFrame(shown, index=rows.index, dtype=object)
