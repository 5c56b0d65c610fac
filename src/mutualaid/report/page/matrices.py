"""Tables that are read as pictures: who sends to whom, what slots are worth, who gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.readers.display_names import Names
from mutualaid.report import series
from mutualaid.report.page.table_cells import NOTHING, Column, Table, known, printed
from mutualaid.report.sheet import COUNT, ONE, SHARE, SIGNED, TEXT
from mutualaid.risk.phrases import records

SHADES = 6
MOST_TRUSTS, MOST_SERVICES = 25, 30
NO_CAPACITY = "There is no capacity: nobody has a slot in any period, and nobody is treated."


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A table with shaded cells.

    Attributes
    ----------
    key, caption
        As for a table.
    corner : str
        What rows and columns are.
    columns : sequence of (str, str)
        Short heading, and all of it.
    rows : sequence of (str, sequence of (str, int))
        What the row is, and its cells: printed, and how dark from 0 to 6.
    notes : sequence of str
    """

    key: str
    caption: str
    corner: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, Sequence[tuple[str, int]]]]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A trust's own gain as a bar: how long, to which side, and what is printed beside it."""

    label: str
    anchor: str
    width: int
    loses: bool
    cells: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Gain and sacrifice by trust."""

    key: str
    caption: str
    columns: Sequence[Column]
    bars: Sequence[Bar]
    notes: Sequence[str]


def flow_matrix(counts: Counts, labels: Names) -> Matrix | None:
    r"""Who sends how many to whom; None if nobody moves.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> found = flow_matrix(counts_of(plan), Names(["XA1", "XB2"]))
    >>> found.corner
    'From \\ to'
    """
    pairs = series.flows(counts)
    if pairs.empty:
        return None
    order = series.busiest(pairs)
    shown = sorted(order[:MOST_TRUSTS])
    cell = {(row["origin"], row["provider"]): row for row in records(pairs)}
    most = max(int(pairs["patients"].max()), 1)
    rows = []
    for origin in shown:
        cells = []
        for provider in shown:
            pair = cell.get((origin, provider))
            if pair is None:
                cells.append(("" if origin != provider else NOTHING, 0))
            elif not pair["patients"]:
                cells.append((HIDDEN, 0))
            else:
                more = " +" if pair["more"] else ""
                cells.append((printed(pair["patients"]) + more, _shade(pair["patients"], most)))
        rows.append((labels.short(origin), cells))
    notes = ["Rows send, columns treat. An empty cell: nobody goes that way."]
    if pairs["more"].any():
        notes.append(
            f"A + stands for lanes that are hidden and come on top; {HIDDEN} where all of them are."
        )
    if len(order) > len(shown):
        notes.append(
            f"The {len(shown)} trusts with the most moves; {len(order) - len(shown)} more are in "
            "the table of moves."
        )
    return Matrix(
        key="flows",
        caption="Who treats whose patients (patients over the whole horizon)",
        corner="From \\ to",
        columns=[(labels.code(code), labels.short(code)) for code in shown],
        rows=rows,
        notes=notes,
    )


def price_matrix(plan: CertifiedPlan, labels: Names) -> Matrix:
    """What one more slot would save in an average period, by provider and service.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> len(price_matrix(plan, Names(["XA1", "XB2"])).rows)
    2
    """
    prices = series.price_map(plan)
    matrix = partial(
        Matrix,
        key="prices",
        caption="What one more slot would save (harm-weeks)",
        corner="Provider \\ service",
    )
    if prices.empty:
        return matrix(columns=[], rows=[], notes=[NO_CAPACITY])
    shown = prices.iloc[:MOST_TRUSTS, :MOST_SERVICES]
    there = shown.to_numpy()[shown.notna().to_numpy()]
    least, most = float(there.min(initial=np.inf)), float(there.max(initial=0.0))
    rows = []
    for provider, values in zip(shown.index, shown.to_numpy(), strict=True):
        cells = [
            ("", 0) if value != value else (printed(value), _shade(value - least, most - least))
            for value in values
        ]
        rows.append((labels.short(str(provider)), cells))
    notes = [
        "Harm-weeks saved by one more slot in an average period. An empty cell: no slots there.",
        f"From the palest, {printed(least if there.size else 0)}, to the darkest, {printed(most)}. "
        "The price holds for the next slot, not for many.",
    ]
    if not plan.system.capacity["slots"].any():
        notes.insert(0, NO_CAPACITY)
    if not plan.prices["exact"].all():
        notes.append(series.NOT_EXACT)
    if prices.shape != shown.shape:
        notes.append(
            f"The {shown.shape[0]} providers and {shown.shape[1]} services with the highest "
            "prices; all of them are in the workbook."
        )
    columns = [(str(name), str(name)) for name in shown.columns]
    return matrix(columns=columns, rows=rows, notes=notes)


def gain_bars(gains: pd.DataFrame, step: int, labels: Names) -> Bars:
    """What the plan does to each trust's own patients, and to what it reports.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> gains = series.gains(plan, counts_of(plan))
    >>> len(gain_bars(gains, 5, Names(["XA1", "XB2"])).bars)
    2
    """
    gains = gains.sort_values("saved", ascending=False, kind="stable", na_position="last")
    most = float(gains["saved"].abs().max()) or 1.0
    bars = [
        Bar(
            label=labels.short(row["trust"]),
            anchor=labels.ids[row["trust"]],
            width=0 if row["saved"] != row["saved"] else round(100 * abs(row["saved"]) / most),
            loses=bool(row["saved"] < 0),
            cells=[
                known(row["saved"], SIGNED),
                known(row["saved_share"], SHARE),
                _word(row["saved"]),
                known(row["reported_before"]),
                known(row["reported_after"]),
            ],
        )
        for row in records(gains)
    ]
    notes = [
        "Saved: harm-weeks that a trust's own patients are spared, wherever they are treated; "
        "less than nothing is a sacrifice. Reported: patients over 18 weeks whom the trust itself "
        "reports in an average period, with those who come to it."
    ]
    if step:
        notes.append(f"Reported figures are rounded to multiples of {step}.")
    return Bars(
        key="gains",
        caption="Who gains and who gives, trust by trust",
        columns=[
            Column("Trust"),
            Column("Gives up | gains"),
            Column("Saved (harm-weeks)", SIGNED),
            Column("Share of what they bear alone", SHARE),
            Column("Own patients fare"),
            Column("Reports over 18 weeks, alone", COUNT),
            Column("Reports over 18 weeks, together", COUNT),
        ],
        bars=bars,
        notes=notes,
    )


def price_table(plan: CertifiedPlan, labels: Names, most: int) -> Table:
    """Each provider and service: the price in an average period, and the highest.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> len(price_table(plan, Names(["XA1", "XB2"]), 3).rows)
    3
    """
    found = prices_by_service(plan)
    notes = ["Every period is in the workbook (plan.to_excel) and in the CSV file (plan.to_csv)."]
    if not plan.prices["exact"].all():
        notes.append(series.NOT_EXACT)
    if len(found) > most:
        notes.insert(0, f"The highest {most:,} of {len(found):,}.")
    return Table(
        key="all-prices",
        caption="What one more slot would save, by provider and service",
        columns=[
            Column("Provider"),
            Column("Service"),
            Column("Average period (harm-weeks)", ONE),
            Column("Highest (harm-weeks)", ONE),
            Column("… in period", COUNT),
        ],
        rows=[[labels.short(row[0]), *row[1:]] for row in price_rows(found.head(most))],
        notes=notes,
        tools=True,
    )


def prices_by_service(plan: CertifiedPlan) -> pd.DataFrame:
    """``provider``, ``service``, ``mean``, ``highest`` and the first ``period`` that has it.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> bool((prices_by_service(plan)["highest"] >= prices_by_service(plan)["mean"]).all())
    True
    """
    prices = plan.prices.dropna(subset="price")
    table = prices.assign(
        provider=prices["provider"].astype(str), service=prices["service"].astype(str)
    )
    groups = table.groupby(["provider", "service"], sort=True)["price"]
    found = groups.agg(mean="mean", highest="max").reset_index()
    found["period"] = table.loc[groups.idxmax(), "period"].to_numpy()
    # The mean of equal prices may differ from them in the last digit.
    found["mean"] = found[["mean", "highest"]].min(axis=1)
    return found.sort_values("mean", ascending=False, kind="stable", ignore_index=True)


def price_rows(found: pd.DataFrame) -> list[list[str]]:
    """The rows of :func:`prices_by_service` as they are printed.

    Examples
    --------
    >>> price_rows(pd.DataFrame({"provider": ["XA1"], "service": ["C_110"], "mean": [2.0],
    ...                          "highest": [3.5], "period": [4]}))
    [['XA1', 'C_110', '2.0', '3.5', '4']]
    """
    kinds = {"provider": TEXT, "service": TEXT, "mean": ONE, "highest": ONE, "period": COUNT}
    return [[printed(row[name], kind) for name, kind in kinds.items()] for row in records(found)]


def _shade(value: float, most: float) -> int:
    return 1 + min(SHADES - 1, int(SHADES * value / most)) if most > 0 else 1


def _word(saved: float) -> str:
    if saved != saved:
        return HIDDEN
    return "better" if saved > 0 else "worse" if saved < 0 else "the same"
