"""Shared premises: six weeks in winter without a theatre block, with and without an agreement.

Five made-up trusts share a building between them, the Hub, with four theatres' worth of rooms. In
winter a burst main puts the busiest trust's theatres out of use for six weeks. Its surgeons,
anaesthetists and nurses are well, and have nowhere to work.

Run: ``python examples/shared_premises.py``
"""

from __future__ import annotations

import pandas as pd

import mutualaid as ma

FLOODED, PERIODS = "XA1", (3, 4, 5)
"""Whose theatres are out of use, and in which periods of two weeks."""
ROOMS = 300
"""Patients who can be treated at the Hub in two weeks."""


def main() -> None:
    """Plan the winter as it should have been, as it is, and with what was agreed beforehand."""
    calm = with_hub(
        ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=13, period_weeks=2)
    )
    flood = flooded(calm)
    estate = agreement(calm)
    stories = {
        "no flood, each trust alone": (calm, ma.Independent()),
        "flood, each trust alone": (flood, ma.Independent()),
        "flood, patients helped by others": (flood, ma.Resource()),
        "flood, and teams at the Hub": (flood, ma.Resource(lend=estate)),
    }
    plans = {
        name: ma.optimise(system, collaboration=mode) for name, (system, mode) in stories.items()
    }
    lost = calm.capacity["slots"].sum() - flood.capacity["slots"].sum()
    print(
        f"{FLOODED} loses {lost:,} operations in six weeks, among {len(calm.providers) - 1} trusts."
    )
    print(estate, end="\n\n")

    hub = plans["flood, and teams at the Hub"].treatments
    hub = hub[hub["site"] == "HUB"]
    print("At the Hub, by service and fortnight, all of them by the flooded trust's own teams:")
    used = hub.pivot_table(
        "patients", "service", "period", aggfunc="sum", fill_value=0, observed=True
    )
    print(used.to_string(), end="\n\n")

    print("For the board:")
    rows = []
    for name, plan in plans.items():
        mine = plan.measures().set_index("origin").loc[FLOODED]
        whole = plan.measures(by=None).iloc[0]
        rows.append(
            {
                "winter": name,
                f"{FLOODED}: treated": int(mine["treated_after"]),
                "over 18 weeks": int(mine["over_18_after"]),
                "harm-weeks": round(mine["harm_weeks_after"]),
                "all trusts: harm-weeks": round(whole["harm_weeks_after"]),
                "moved": int(whole["moves_in_after"]),
                "at the Hub": int(hub["patients"].sum()) if "Hub" in name else 0,
            }
        )
    board = pd.DataFrame(rows)
    print(board.to_string(index=False))
    check(plans, hub, estate)


def with_hub(system: ma.System) -> ma.System:
    """Put the Hub on the map, as far from each home as the average trust."""
    travel = system.travel.astype({"provider": object, "area": object})
    away = travel.groupby("area")["minutes"].mean().clip(upper=55).round().reset_index()
    return system.replace(travel=pd.concat([travel, away.assign(provider="HUB")]))


def flooded(system: ma.System) -> ma.System:
    """Close one trust's theatres for six weeks."""
    capacity = system.capacity
    shut = (capacity["provider"] == FLOODED) & capacity["period"].isin(PERIODS)
    return system.replace(capacity=capacity.assign(slots=capacity["slots"].where(~shut, 0)))


def agreement(system: ma.System) -> ma.Estate:
    """Open the Hub to whoever's own building is out of use."""
    team = system.capacity[system.capacity["provider"] == FLOODED]
    columns = ["provider", "service", "period", "slots"]
    every = range(1, system.periods + 1)
    return ma.Estate(
        rooms=pd.DataFrame({"site": "HUB", "period": every, "slots": ROOMS, "surge": True}),
        teams=team[columns].astype({"provider": object, "service": object}),
        closures=pd.DataFrame({"provider": FLOODED, "period": PERIODS}),
    )


def check(plans: dict[str, ma.Plan], hub: pd.DataFrame, estate: ma.Estate) -> None:
    """Stop with an error if the story is not true."""
    harm = [plan.objective for plan in plans.values()]
    used = hub.groupby("period")["patients"].sum()
    true = {
        "a flood harms": harm[0] < harm[1],
        "help softens it, and the Hub more": harm[1] >= harm[2] > harm[3],
        "the Hub is open in the flood only": set(hub["period"]) <= set(PERIODS),
        "the Hub holds what it can": bool((used <= ROOMS).all()),
        "only own teams work there": bool((hub["provider"] == hub["origin"]).all()),
        "nobody else is worse off": all(
            (m["harm_weeks_after"] <= m["harm_weeks_before"] + 1e-9).all()
            for m in (plan.measures() for plan in plans.values())
        ),
        "every plan is proven to 0.1 %": all(plan.gap < 1e-3 for plan in plans.values()),
        "the agreement has a price for nobody": "price" not in estate.rooms,
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


if __name__ == "__main__":
    main()
