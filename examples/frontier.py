"""What do moves buy, and travel, and one trust's sacrifice? Three frontiers, read for a board.

Eight made-up trusts plan 24 weeks ahead. The best plan moves thousands of patients, sends some of
them far, and makes the patients of some trusts wait longer than they would alone. Need it? Each
frontier says how much of what the best plan saves can be had for less of one of the three, what a
little more of it is worth at every point, and from where on it is worth less than on average.

Run: ``python examples/frontier.py``
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

import mutualaid as ma

TOLERANCE = 0.002
"""Between its points a frontier is known to this share of its whole fall."""
SAME = 1e-9
"""Percent by which rounding in floating point may be off."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One of the three: how its frontier is asked for, and how a board reads it."""

    against: str
    column: str
    title: str
    one_more: str
    question: str
    spot: str
    at: tuple[float, ...]
    of_most: bool
    unit: float = 1.0
    shown: str = "{:,.0f}"


CRITERIA = (
    Criterion(
        against="moves",
        column="moves",
        title="patients moved",
        one_more="one more move",
        question="What do moves buy? With none of them {:.0%} of the saving, with a tenth {:.0%}.",
        spot="{:,.0f} moves",
        at=(0, 0.1, 0.25, 0.5, 0.75, 1),
        of_most=True,
    ),
    Criterion(
        against="travel",
        column="travel",
        title="hours of extra travel",
        one_more="one more hour",
        question="What does travel buy? With none {:.0%} of the saving, with a tenth {:.0%}.",
        spot="{:,.0f} hours of extra travel",
        at=(0, 0.1, 0.25, 0.5, 0.75, 1),
        of_most=True,
        unit=60.0,
    ),
    Criterion(
        against="loss",
        column="max_sacrifice",
        title="most a trust may lose",
        one_more="one more point",
        question="What does sacrifice buy? If no trust's patients bear more than alone, {:.0%} of "
        "the\nsaving; if none's bear over 5% more, {:.0%}.",
        spot="a limit of {:.0f}% on any trust's loss",
        at=(0, 0.05, 0.1, 0.25, 0.5, 0.75),
        of_most=False,
        unit=0.01,
        shown="{:.0f}%",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A frontier in a board's units: patients, hours, percentage points."""

    criterion: Criterion
    amount: np.ndarray
    value: np.ndarray

    def least(self, at: float) -> float:
        """The least objective with so much, on the line between two exact points.

        A frontier is convex, so that it lies there or, by the tolerance at most, below.
        """
        return float(np.interp(at, self.amount, self.value))

    def worth(self, at: float) -> float:
        """What one more is worth there, in harm-weeks; nothing where there is no use for it."""
        place = int(np.searchsorted(self.amount, at, side="right"))
        if place >= len(self.amount):
            return 0.0
        step = slice(place - 1, place + 1)
        return float(-np.diff(self.value[step])[0] / np.diff(self.amount[step])[0])

    @property
    def fall(self) -> float:
        """What the whole of it saves."""
        return float(self.value[0] - self.value[-1])

    @property
    def sweet_spot(self) -> float:
        """The exact point from which on one more is worth less than one on average."""
        gained = (self.value[0] - self.value) / self.fall
        return float(self.amount[np.argmax(gained - self.amount / self.amount[-1])])

    def points(self) -> list[float]:
        """Where a board looks: the shares that were asked for, and the end."""
        scale = self.amount[-1] if self.criterion.of_most else 1 / self.criterion.unit
        asked = [share * scale for share in self.criterion.at]
        return sorted({min(x, float(self.amount[-1])) for x in [*asked, self.amount[-1]]})


def main() -> None:
    """Trace the three frontiers, then make whole plans at their sweet spots."""
    system = ma.datasets.collaborative(periods=6)
    best = ma.optimise(system)
    curves = [traced(system, criterion) for criterion in CRITERIA]
    saving = best.baseline_objective - best.objective
    print(
        f"Alone, the {len(system.providers)} trusts bear {best.baseline_objective:,.0f} "
        f"harm-weeks in {system.periods * system.period_weeks} weeks and after.\n"
        f"The best plan together saves {saving:,.0f} of them "
        f"({saving / best.baseline_objective:.1%}), travel and moves counted.\n"
        "How much of that can be had for less?\n"
    )
    for curve in curves:
        print(lead(curve, best))
        print(board(curve, best).to_string(index=False))
        print(in_words(curve, best), end="\n\n")

    plans = whole_plans(system, best, curves)
    print("For the board: whole plans to choose from, if everybody accepts")
    print(choices(plans, best).to_string(index=False))
    check(curves, plans, best)


def traced(system: ma.System, criterion: Criterion) -> Curve:
    """Trace one frontier."""
    found = ma.studies.frontier(system, against=criterion.against, tolerance=TOLERANCE)
    return Curve(
        criterion=criterion,
        amount=found[criterion.column].to_numpy() / criterion.unit,
        value=found["objective"].to_numpy(),
    )


def board(curve: Curve, best: ma.Plan) -> pd.DataFrame:
    """A frontier at the points where a board looks."""
    one = curve.criterion
    at = curve.points()
    saved = [best.baseline_objective - curve.least(x) for x in at]
    whole = best.baseline_objective - best.objective
    table = pd.DataFrame({one.title: [one.shown.format(x) for x in at]})
    if one.of_most:
        table["of the best plan's"] = [f"{x / curve.amount[-1]:.0%}" for x in at]
    return table.assign(
        **{
            "harm-weeks saved": [f"{x:,.0f}" for x in saved],
            "of the saving": [f"{x / whole:.0%}" for x in saved],
            f"{one.one_more} saves": [f"{curve.worth(x):,.{digits(curve)}f}" for x in at],
        }
    )


def lead(curve: Curve, best: ma.Plan) -> str:
    """Say what the first of it brings."""
    whole = best.baseline_objective - best.objective
    brought = [(best.baseline_objective - curve.least(x)) / whole for x in curve.points()[:2]]
    return curve.criterion.question.format(*brought)


def digits(curve: Curve) -> int:
    """As many decimals as mean anything, for what one more is worth."""
    return 0 if curve.worth(curve.amount[0]) >= 100 else 1


def in_words(curve: Curve, best: ma.Plan) -> str:
    """Say where the curve bends."""
    one, spot = curve.criterion, curve.sweet_spot
    whole = best.baseline_objective - best.objective
    brought = (best.baseline_objective - curve.least(spot)) / whole
    form = f",.{digits(curve)}f"
    before, after = curve.worth(spot - 1e-6 * curve.amount[-1]), curve.worth(spot)
    return (
        f"Sweet spot: {one.spot.format(spot)}, for {brought:.0%} of the saving. Up to there "
        f"{one.one_more}\nsaves {before:{form}} harm-weeks or more, beyond it {after:{form}} or "
        f"less; on average over the whole way {curve.fall / curve.amount[-1]:{form}}."
    )


def whole_plans(system: ma.System, best: ma.Plan, curves: list[Curve]) -> dict[str, ma.Plan]:
    """Plans of whole patients: at the start of two curves, at the sweet spot of two, and all."""
    moves, _, loss = curves
    slack = moves.least(moves.sweet_spot) / best.objective - 1
    limit = loss.sweet_spot * loss.criterion.unit
    return {
        "no trust is worse off": ma.optimise(system, collaboration=ma.Resource(promises="harm")),
        "nobody travels further": ma.optimise(system, objectives=["travel", "cost"]),
        "sweet spot of moves": ma.optimise(
            system, objectives=["cost", "moves"], slack={"cost": slack}
        ),
        "sweet spot of sacrifice": ma.optimise(system, collaboration=ma.Deep(max_sacrifice=limit)),
        "the best plan": best,
    }


def losses(plan: ma.Plan) -> pd.Series:
    """What each trust's own patients bear more than alone, in percent; negative for less."""
    trusts = plan.measures().set_index("origin")
    return (trusts["harm_weeks_after"] / trusts["harm_weeks_before"] - 1) * 100


def taken(plan: ma.Plan) -> tuple[float, float, float]:
    """What a plan takes of the three: patients moved, hours of extra travel, the worst loss."""
    moves = plan.moves
    hours = (moves["patients"] * moves["extra_minutes"]).sum() / 60
    return float(moves["patients"].sum()), float(hours), max(float(losses(plan).max()), 0.0)


def choices(plans: dict[str, ma.Plan], best: ma.Plan) -> pd.DataFrame:
    """Lay whole plans side by side, what each saves and what it takes."""
    names = ma.datasets.collaborative_providers().set_index("provider")["name"]
    whole = best.baseline_objective - best.objective
    rows = []
    for title, plan in plans.items():
        saved = best.baseline_objective - plan.objective
        moved, hours, worst = taken(plan)
        loss = losses(plan)
        rows.append(
            {
                "plan": title,
                "harm-weeks saved": f"{saved:,.0f}",
                "of the saving": f"{saved / whole:.0%}",
                "patients moved": f"{moved:,.0f}",
                "extra hours": f"{hours:,.0f}",
                "trusts worse off": int((loss > SAME).sum()),
                "who loses most": f"{names[loss.idxmax()]}, {worst:.0f}%"
                if worst > SAME
                else "nobody",
            }
        )
    return pd.DataFrame(rows)


def check(curves: list[Curve], plans: dict[str, ma.Plan], best: ma.Plan) -> None:
    """Stop with an error if the story is not true."""
    bends = [-np.diff(curve.value) / np.diff(curve.amount) for curve in curves]
    true = {
        "more of anything costs nothing": all((slopes > 0).all() for slopes in bends),
        "the first brings most": all(
            (np.diff(slopes) < 1e-6 * slopes[0]).all() for slopes in bends
        ),
        "each ends at the best plan": all(
            abs(curve.value[-1] / best.objective - 1) < 1e-6 for curve in curves
        ),
        "without moves everybody is alone": abs(curves[0].value[0] / best.baseline_objective - 1)
        < 1e-6,
        "no plan of whole patients lies below": all(
            plan.objective >= curve.least(at) - TOLERANCE * curve.fall
            for plan in plans.values()
            for curve, at in zip(curves, taken(plan), strict=True)
        ),
        "plans made for a point come as low as the curve": all(
            plans[name].objective <= curve.least(taken(plans[name])[i]) + TOLERANCE * curve.fall
            for name, i, curve in (
                ("sweet spot of moves", 0, curves[0]),
                ("nobody travels further", 1, curves[1]),
                ("no trust is worse off", 2, curves[2]),
                ("sweet spot of sacrifice", 2, curves[2]),
            )
        ),
        "nobody travels further where they need not": taken(plans["nobody travels further"])[1]
        == 0,
        "every plan is proven to 0.1 %": all(
            (plan.gap if plan.stages is None else plan.stages["gap"].max()) < 1e-3
            for plan in plans.values()
        ),
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


if __name__ == "__main__":
    main()
