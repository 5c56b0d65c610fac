"""A high performer takes its neighbour's longest and most complex waiters.

Among five made-up trusts the one with the shortest waits offers to treat patients of the one with
the longest: whoever has waited 26 weeks or more, the urgent (P2) among them. The population gains.
The high performer's own figures suffer, and who reports the patients decides how it looks.

Run: ``python examples/high_performer.py``
"""

from __future__ import annotations

import pandas as pd

import mutualaid as ma

LONGEST = 26
SOON = 2
"""The period at whose start the reports are read: four weeks after the census."""
VIEWS = {
    "own patients": {"lens": "residents"},
    "reports, moved to receiver": {"lens": "provider"},
    "reports, moved stay with origin": {"lens": "provider", "reported_by": "origin"},
}
CAPS = (0.0, 0.05, 0.1, 0.2)


def main() -> None:
    """Find the pair, make the plan, and show it from every side."""
    system = ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=8)
    performer, neighbour = pair(system)
    policy = ma.Policy(
        max_minutes=120,
        min_weeks_to_move=LONGEST,
        movable_priorities=("P2", "P3", "P4"),
        allowed_lanes=[{"origin": neighbour, "provider": performer}],
    )
    plan = ma.optimise(system, policy, ma.Deep())
    taken = plan.moves
    print(f"{performer} takes {taken['patients'].sum():,} patients of {neighbour},")
    urgent = taken.loc[taken["priority"] == "P2", "patients"].sum()
    print(f"{urgent:,} of them urgent, all after {LONGEST} weeks or more, if everybody accepts.\n")

    for period, when in ((SOON, f"at the start of period {SOON}"), (None, "at the end")):
        print(f"Figures {when}, each trust alone (before) and with the plan (after):")
        board = pd.concat(
            [
                figures(plan, who, label, period, **view)
                for who in (performer, neighbour)
                for label, view in VIEWS.items()
            ],
            ignore_index=True,
        )
        print(board.round(3).to_string(index=False), end="\n\n")

    print(f"Every figure that gets worse, at the start of period {SOON}:")
    worse = plan.sacrifices(target=0.92, period=SOON)
    print(worse.round(3).to_string(index=False), end="\n\n")
    crossed = plan.new_threshold_breaches(period=SOON).query("service == ''")
    print("Lines that a trust stood under before and is pushed over then, in either lens:")
    print(crossed.drop(columns="service").round(3).to_string(index=False), end="\n\n")

    capped = {share: ma.optimise(system, policy, ma.Deep(max_sacrifice=share)) for share in CAPS}
    print("For the board: what if it sets a limit to the sacrifice?")
    print(limits(plan, capped, performer).to_string(index=False))
    check(plan, capped, performer, neighbour)


def pair(system: ma.System) -> tuple[str, str]:
    """Find the trust with the largest share within 18 weeks at the end, alone, and the smallest.

    Of several with the largest share, the smallest trust: for it the step is the largest.
    """
    alone = ma.optimise(system, collaboration=ma.Independent()).measures()
    ranked = alone.sort_values(
        ["share_within_18_after", "list_size_after"], ascending=[False, True]
    )["origin"]
    return str(ranked.iloc[0]), str(ranked.iloc[-1])


def figures(plan: ma.Plan, who: str, label: str, period: int | None, **view: str) -> pd.DataFrame:
    """One trust's figures before and after, in one lens."""
    row = plan.measures(period=period, **view).set_index("origin").loc[who]
    measured = {
        f"{short} {side}": row[f"{name}_{side}"]
        for name, short in (
            ("list_size", "list"),
            ("share_within_18", "within 18"),
            ("over_18", "over 18"),
            ("over_52", "over 52"),
        )
        for side in ("before", "after")
    }
    return pd.DataFrame([{"trust": who, "figures": label, **measured}])


def limits(plan: ma.Plan, capped: dict[float, ma.Plan], performer: str) -> pd.DataFrame:
    """What each limit to the sacrifice does, and what none does."""
    plans = {f"{share:.0%}": limited for share, limited in capped.items()} | {"no limit": plan}
    rows = []
    for label, one in plans.items():
        soon = one.measures(lens="provider", period=SOON).set_index("origin").loc[performer]
        rows.append(
            {
                f"most that {performer}'s patients may lose": label,
                "patients taken": int(one.moves["patients"].sum()),
                "harm-weeks saved": round(one.baseline_objective - one.objective),
                f"{performer} reports within 18": f"{soon['share_within_18_after']:.1%}",
            }
        )
    return pd.DataFrame(rows)


def check(plan: ma.Plan, capped: dict[float, ma.Plan], performer: str, neighbour: str) -> None:
    """Stop with an error if the story is not true."""
    harm = plan.measures().set_index("origin")
    change = harm["harm_weeks_after"] - harm["harm_weeks_before"]
    lens = [
        plan.measures(lens=lens, reported_by=who)["person_weeks_after"].sum()
        for lens, who in (
            ("residents", "receiver"),
            ("provider", "receiver"),
            ("provider", "origin"),
        )
    ]
    worse = plan.sacrifices(period=SOON)
    soon = {
        label: plan.measures(period=SOON, **view).set_index("origin")["share_within_18_after"]
        for label, view in VIEWS.items()
    }
    moved, stay = (soon[label][performer] for label in list(VIEWS)[1:])
    saved = [p.baseline_objective - p.objective for p in capped.values()]
    true = {
        "the neighbour gains": change[neighbour] < 0,
        "the high performer sacrifices": change[performer] > 0,
        "the population gains": plan.objective < plan.baseline_objective,
        "every mover has waited long": bool((plan.moves["weeks_at_treatment"] >= LONGEST).all()),
        "the sacrifice is in the report": performer in set(worse["origin"]),
        "its report suffers more if it reports whom it takes": moved < stay,
        "the neighbour's report looks better for it": soon[list(VIEWS)[1]][neighbour]
        > soon[list(VIEWS)[2]][neighbour],
        "totals are the same in every lens": max(lens) - min(lens) < 1e-6 * max(lens),
        "a tighter limit saves no more": saved == sorted(saved),
        "no limit saves most": saved[-1] <= plan.baseline_objective - plan.objective + 1e-9,
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


if __name__ == "__main__":
    main()
