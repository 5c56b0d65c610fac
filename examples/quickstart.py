"""Show what eight made-up trusts would gain by helping each other, and who gives what.

Run: ``python examples/quickstart.py``
"""

from __future__ import annotations

import mutualaid as ma


def main() -> None:
    """Plan a year for the bundled collaborative and print what a board would ask."""
    system = ma.datasets.collaborative()
    policy = ma.Policy(harm=ma.harm.rtt(), max_minutes=60)
    plan = ma.optimise(system, policy)
    print(plan, end="\n\n")

    trusts = plan.measures(by="origin").set_index("origin")
    print("Each trust's own patients, after a year alone (before) and together (after):")
    columns = ["list_size", "share_within_18", "over_52", "harm_weeks"]
    both = [f"{name}_{side}" for name in columns for side in ("before", "after")]
    print(trusts[[*both, "moves_out_after", "moves_in_after"]].round(3).T.to_string(), end="\n\n")

    print("The five busiest lanes:")
    lanes = plan.moves.groupby(["origin", "provider", "service"], observed=True)["patients"].sum()
    print(lanes.nlargest(5).to_string(), end="\n\n")

    print("Where one more slot is worth most, in harm-weeks:")
    print(plan.prices.nlargest(5, "price").to_string(index=False), end="\n\n")

    origin, provider, service = lanes.idxmax()
    queue = plan.moves.query("origin == @origin and service == @service and provider == @provider")
    labels = queue[["priority", "area"]].iloc[0].to_dict()
    print("Why the busiest lane is used:")
    print(plan.explain(origin, service, provider, period=1, **labels))

    if not plan.certificate.optimal:
        raise SystemExit("the plan is not proven best")


if __name__ == "__main__":
    main()
