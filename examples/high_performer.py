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
MEASURES = ("list_size", "share_within_18", "over_18", "over_52", "harm_weeks")


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

    print("What it does to each one's figures after 32 weeks:")
    board = pd.concat(
        [
            figures(plan, who, label, **view)
            for who in (performer, neighbour)
            for label, view in {
                "own patients": {"lens": "residents"},
                "reports, moved to receiver": {"lens": "provider"},
                "reports, moved stay with origin": {"lens": "provider", "reported_by": "origin"},
            }.items()
        ],
        ignore_index=True,
    )
    middle = plan.measures(lens="provider", period=4).set_index("origin")
    longest = middle.loc[performer, "over_18_after"] - middle.loc[performer, "over_18_before"]
    print(board.round(3).to_string(index=False), end="\n\n")
    print(f"At the start of period 4 {performer} reports {longest:+,} patients over 18 weeks.\n")

    print("Every figure that gets worse, for the board:")
    worse = plan.sacrifices(target=0.92)
    print(worse.round(3).to_string(index=False), end="\n\n")
    crossed = plan.passing_on()
    print(f"Lines that somebody stood under before and is pushed over: {len(crossed)}.")
    capped = {
        share: ma.optimise(system, policy, ma.Deep(max_sacrifice=share))
        for share in (0.0, 0.05, 0.1, 0.2)
    }
    price = pd.DataFrame(
        {
            f"most that {performer}'s patients may lose": [f"{share:.0%}" for share in capped],
            "patients taken": [int(p.moves["patients"].sum()) for p in capped.values()],
            "harm-weeks saved": [
                round(p.baseline_objective - p.objective) for p in capped.values()
            ],
        }
    )
    print("\nAnd if the board sets a limit to it:")
    print(price.to_string(index=False))
    check(plan, capped, performer, neighbour)


def pair(system: ma.System) -> tuple[str, str]:
    """Find the trust with the largest share within 18 weeks at the end, alone, and the smallest."""
    alone = ma.optimise(system, collaboration=ma.Independent()).measures().set_index("origin")
    share = alone["share_within_18_after"]
    return str(share.idxmax()), str(share.idxmin())


def figures(plan: ma.Plan, who: str, label: str, **view: str) -> pd.DataFrame:
    """One trust's figures before and after, in one lens."""
    row = plan.measures(**view).set_index("origin").loc[who]
    both = {
        f"{name}_{side}": row[f"{name}_{side}"] for name in MEASURES for side in ("before", "after")
    }
    return pd.DataFrame([{"trust": who, "figures": label, **both}])


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
    worse = plan.sacrifices()
    saved = [p.baseline_objective - p.objective for p in capped.values()]
    true = {
        "the neighbour gains": change[neighbour] < 0,
        "the high performer sacrifices": change[performer] > 0,
        "the population gains": plan.objective < plan.baseline_objective,
        "every mover has waited long": bool((plan.moves["weeks_at_treatment"] >= LONGEST).all()),
        "the sacrifice is in the report": performer in set(worse["origin"]),
        "totals are the same in every lens": max(lens) - min(lens) < 1e-6 * max(lens),
        "a tighter limit saves no more": saved == sorted(saved),
        "no limit saves most": saved[-1] <= plan.baseline_objective - plan.objective + 1e-9,
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


if __name__ == "__main__":
    main()
