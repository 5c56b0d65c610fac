"""A plan in a few lines, as text and for a notebook."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from mutualaid.formats import percent
from mutualaid.html_repr import shown

FIGURES = {
    "On the list at the end (patients)": "list_size",
    "… over 18 weeks": "over_18",
    "… over 52 weeks": "over_52",
    "… over 65 weeks": "over_65",
    "Treated (patients)": "treated",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Summary:
    """What is said of a plan where there is room for a few lines.

    Attributes
    ----------
    mode, system, asked, proof : str
        How partners work together, the system, what is asked of the patients who move, and what
        has been proven.
    before, after : float
        Harm, extra travel and moves in harm-weeks, alone and together.
    whole : pandas.Series
        The measures of all patients, each as ``…_before`` and ``…_after``.
    today : pandas.DataFrame, optional
        With a forecast of what happens as today: see :meth:`mutualaid.Plan.three_numbers`.
    """

    mode: str
    system: str
    before: float
    after: float
    whole: pd.Series
    asked: str
    proof: str
    today: pd.DataFrame | None = None

    def _pair(self, name: str) -> tuple[int, int]:
        return int(self.whole[f"{name}_before"]), int(self.whole[f"{name}_after"])

    def _lines(self) -> list[str]:
        saved = (self.before - self.after) / self.before if self.before else 0.0
        alone, together = zip(*(self._pair(f"over_{weeks}") for weeks in (18, 52, 65)), strict=True)
        return [
            f"{self.after:,.1f} harm-weeks with travel and moves: {percent(saved, 2)} below "
            f"the {self.before:,.1f} of Independent",
            f"{int(self.whole['moves_in_after']):,} of {self._pair('treated')[1]:,} treated "
            f"patients {self.asked}",
            f"over 18 weeks at the end: {together[0]:,} (Independent: {alone[0]:,}); over 52: "
            f"{together[1]:,} ({alone[1]:,}); over 65: {together[2]:,} ({alone[2]:,})",
            *self._as_today(),
            self.proof,
        ]

    def _as_today(self) -> list[str]:
        """What would be if everybody went on as now, where that is forecast."""
        if self.today is None:
            return []
        row = self.today.set_index("figure")["as_today"]
        known = row["harm_weeks"] == row["harm_weeks"]
        harm = f"{row['harm_weeks']:,.1f} harm-weeks" if known else "harm not known"
        over = [_count(row[f"over_{weeks}"]) for weeks in (18, 52, 65)]
        return [
            f"as today (forecast): {harm}, over 18: {over[0]}; over 52: {over[1]}; over 65: "
            f"{over[2]}; from there to Independent is order at home, not aid"
        ]

    def text(self) -> str:
        """Lay it out as lines."""
        return "\n  ".join([f"Plan ({self.mode}), {self.system}", *self._lines()])

    def html(self) -> str:
        """Lay it out as a small table."""
        rows: list[tuple[object, ...]] = []
        for label, name in FIGURES.items():
            before, after = self._pair(name)
            rows.append((label, before, after, f"{after - before:+,}"))
        change = f"{self.after - self.before:+,.1f}"
        rows.append(("Harm with travel and moves (harm-weeks)", self.before, self.after, change))
        headings = ["Figure", "Alone", "Together", "Change"]
        if self.today is not None:
            today = self.today.set_index("figure")["as_today"]
            found = [*(_count(today[name]) for name in FIGURES.values()), today["harm_weeks"]]
            rows = [(row[0], value, *row[1:]) for row, value in zip(rows, found, strict=True)]
            headings[1:] = ["As today (forecast)", "Alone, in order", "Together", "Aid"]
        lines = self._lines()
        return shown(
            f"Plan ({self.mode})",
            [self.system, lines[1], lines[-1]],
            caption="All patients, wherever they are treated",
            headings=headings,
            rows=rows,
        )


def _count(value: float) -> str:
    """A forecast count in whole patients."""
    return f"{value:,.0f}" if value == value else "not known"
