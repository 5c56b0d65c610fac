"""Winter comes as last year, or worse, to a plan that was made for none.

A made-up collaborative of five trusts plans 32 weeks ahead. Winter takes slots away in weeks 13 to
24 (periods 4 to 6): a mild one a tenth, last year's a fifth, a bad one a third; in the worst one an
outbreak closes a site for four weeks besides. How does the plan fare that was made for no winter,
what do its promises cost, and who carries the risk? And what would the moves of the first twelve
weeks be, decided now, if the board looked at the worst fifth of what may come?

Run: ``python examples/winter.py``
"""

from __future__ import annotations

import pandas as pd

import mutualaid as ma
from mutualaid.studies.changes import Capacity, Closure

PERIODS = (4, 5, 6)
LIKELY = (0.2, 0.3, 0.3, 0.15, 0.05)
"""How likely the board takes each winter to be: its own judgement."""
MODE = ma.Deep(max_sacrifice=0.1)


def winters() -> list[ma.studies.Scenario]:
    """The expected year, and four winters, each worse than the one before."""
    less = {"mild": 0.9, "as last year": 0.8, "bad": 2 / 3}
    scenarios = [ma.studies.Scenario("no winter")]
    scenarios += [
        ma.studies.Scenario(name, [Capacity(factor=share, periods=PERIODS)])
        for name, share in less.items()
    ]
    outbreak = ma.studies.Scenario("outbreak at XB2", [Closure(provider="XB2", periods=(5,))])
    return [*scenarios, scenarios[-1] + outbreak]


def main() -> None:
    """Plan for no winter, put the plan under stress, and compare with planning for each."""
    system = ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=8)
    scenarios = winters()
    for one in scenarios:
        print(one)
    plan = ma.optimise(system, collaboration=MODE)
    tested = ma.studies.stress(plan, scenarios)

    table = tested.table
    board = table[["scenario", "promised", "kept", "over_18", "over_52"]].copy()
    for column, title in (
        ("alone", "each trust alone"),
        ("objective", "plan, promises kept"),
        ("replanned", "planned for it"),
        ("cost_of_promise", "cost of promises"),
    ):
        board[title] = table[column].map("{:,.0f}".format)
    print("\nFor the board (harm-weeks with travel and moves):")
    print(board.to_string(index=False))

    print(
        "\nWho carries the risk? Harm-weeks of each trust's own patients beyond what was planned:"
    )
    risk = tested.trusts.pivot_table("change", "origin", "scenario", "sum").round().astype(int)
    print(risk[[one.name for one in scenarios]].map("{:,}".format).to_string())

    hedged = ma.studies.two_stage(
        system,
        None,
        scenarios,
        commit=3,
        probabilities=LIKELY,
        collaboration=MODE,
        measure="cvar",
        level=0.8,
    )
    decided = hedged.table
    print("\nThe moves of weeks 1 to 12, decided now for all five winters, by their worst fifth:")
    print(
        pd.DataFrame(
            {
                "winter": decided["scenario"],
                "likely": decided["probability"].map("{:.0%}".format),
                "moves kept": decided["kept"].map("{:,}".format),
                "cancelled": decided["cancelled"],
                "each trust alone": decided["alone"].map("{:,.0f}".format),
                "decided for the mean": decided["expected_value_plan"].map("{:,.0f}".format),
                "decided for all": decided["objective"].map("{:,.0f}".format),
                "had we known": decided["wait_and_see"].map("{:,.0f}".format),
            }
        ).to_string(index=False)
    )
    worth = hedged.worth
    print(
        f"In the worst fifth, deciding for all winters saves {worth['stochastic_solution']:,.0f} "
        f"harm-weeks over deciding for their mean; knowing the winter would save "
        f"{worth['perfect_information']:,.0f} more. At most {hedged.gap:.3%} could be better."
    )
    check(tested, hedged)


def check(tested: ma.studies.Stress, hedged: ma.studies.TwoStage) -> None:
    """Stop with an error if the story is not true."""
    table = tested.table
    true = {
        "what is expected keeps every promise at no cost": table["kept"].iloc[0]
        == table["promised"].iloc[0]
        and table["cost_of_promise"].iloc[0] == 0,
        "every winter is worse than the one before": table["replanned"].is_monotonic_increasing,
        "planning for it is never worse": bool((table["cost_of_promise"] >= 0).all()),
        "with promises kept it is still better than alone": bool(
            (table["objective"] < table["alone"]).all()
        ),
        "every plan is valid": all(
            p.violations().empty for p in (*tested.plans.values(), *hedged.plans.values())
        ),
        "knowing is no worse than deciding, and that no worse than trusting the mean": bool(
            hedged.worth["wait_and_see"]
            <= hedged.worth["two_stage"]
            <= hedged.worth["expected_value_plan"]
        ),
        "the decision is proven to 0.1 %": hedged.gap < 1e-3,
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


if __name__ == "__main__":
    main()
