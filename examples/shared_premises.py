"""Shared premises: a winter without a theatre block, with and without an agreement.

Five made-up trusts share a building between them, the Hub, with four theatres' worth of rooms. In
winter a burst main puts the busiest trust's theatres out of use for six weeks. Its surgeons,
anaesthetists and nurses are well, and have nowhere to work. The first part tells that story.

The second asks what the agreement on the Hub is worth before anybody knows who is flooded: every
trust in turn, early and late, for four weeks, six and eight, each flood with a stated chance.

Both help everybody but the flooded trust: "nobody is worse off than alone" asks little of partners
of one that is flooded. The third part therefore insures it. Whoever is flooded is brought back to
half of its loss, and the others lose at most a stated share of their harm for it.

Run: ``python examples/shared_premises.py``
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

import mutualaid as ma
from mutualaid.studies.changes import Closure

FLOODED, PERIODS = "XA1", (3, 4, 5)
"""Whose theatres are out of use, and in which periods of two weeks."""
ROOMS = 300
"""Patients who can be treated at the Hub in two weeks."""
PROMISED = ma.studies.Insurance(share=0.5, most_loss=0.15)
"""Half of the loss is brought back, and nobody else loses more than 15 % of its harm for it."""
BEYOND = "XA1, weeks 5 to 12"
"""The flood that is too long for that."""


@dataclass(frozen=True, kw_only=True)
class Flood:
    """Whose theatres are out of use, in which periods of two weeks, and how likely that is."""

    trust: str
    periods: tuple[int, ...]
    chance: float

    @property
    def scenario(self) -> ma.studies.Scenario:
        """The winter with this flood."""
        name = f"{self.trust}, weeks {2 * self.periods[0] - 1} to {2 * self.periods[-1]}"
        return ma.studies.Scenario(name, [Closure(provider=self.trust, periods=self.periods)])


THE_FLOOD = Flood(trust=FLOODED, periods=PERIODS, chance=0.04)
FLOODS = (
    THE_FLOOD,
    *(Flood(trust=trust, periods=PERIODS, chance=0.03) for trust in ("XB2", "XC3", "XD4", "XE5")),
    Flood(trust=FLOODED, periods=(9, 10, 11), chance=0.02),
    Flood(trust=FLOODED, periods=(3, 4), chance=0.01),
    Flood(trust=FLOODED, periods=(3, 4, 5, 6), chance=0.01),
)
"""One winter in five has a flood; the chances are assumed, not found."""


def main() -> None:
    """Tell the story of one flood, weigh the agreement over all of them, then insure them."""
    calm = with_hub(
        ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=13, period_weeks=2)
    )
    one_flood(calm)
    any_flood(calm)
    insured(calm)


def one_flood(calm: ma.System) -> None:
    """Plan the winter as it should have been, as it is, and with what was agreed beforehand."""
    flood, _ = THE_FLOOD.scenario.apply(calm)
    estate = agreement(calm, THE_FLOOD)
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

    print(f"For the board, if {FLOODED} is flooded:")
    rows = []
    for name, plan in plans.items():
        mine = plan.measures().set_index("origin").loc[FLOODED]
        whole = plan.measures(by=None).iloc[0]
        rows.append(
            {
                "winter": name,
                f"{FLOODED}: treated": f"{mine['treated_after']:,.0f}",
                "over 18 weeks": f"{mine['over_18_after']:,.0f}",
                "harm-weeks": f"{mine['harm_weeks_after']:,.0f}",
                "all trusts: harm-weeks": f"{whole['harm_weeks_after']:,.0f}",
                "moved": f"{whole['moves_in_after']:,.0f}",
                "at the Hub": int(hub["patients"].sum()) if "Hub" in name else 0,
            }
        )
    board = pd.DataFrame(rows)
    print(board.to_string(index=False))
    check(plans, hub, estate)


def any_flood(calm: ma.System) -> None:
    """Weigh the agreement over all floods, and the winters without one."""
    scenarios = [flood.scenario for flood in FLOODS]
    helped = ma.studies.run_scenarios(
        calm, None, [ma.studies.Scenario("no flood"), *scenarios], collaboration=ma.Resource()
    )
    at_hub, lost = [helped.plans["no flood"]], [0]
    for flood in FLOODS:
        system, _ = flood.scenario.apply(calm)
        lost.append(int(calm.capacity["slots"].sum() - system.capacity["slots"].sum()))
        at_hub.append(ma.optimise(system, collaboration=ma.Resource(lend=agreement(calm, flood))))
    winters = pd.DataFrame(
        {
            "winter": helped.table["scenario"],
            "chance": [1 - sum(flood.chance for flood in FLOODS), *(f.chance for f in FLOODS)],
            "operations lost": lost,
            "treated there": [there(plan) for plan in at_hub],
            "alone": helped.table["alone"],
            "helped": helped.table["objective"],
            "with Hub": [plan.objective for plan in at_hub],
        }
    )
    winters["worth"] = winters["helped"] - winters["with Hub"]
    floods = winters.iloc[1:]
    average = (winters["chance"] * winters["worth"]).sum()
    print("\nFor the board, before anybody knows who is flooded: harm-weeks of all trusts, travel")
    print("and moves counted. No trust's patients are worse off than alone in the same winter.")
    print(weighed(winters).to_string(index=False))
    print(
        f"\nOver all winters the agreement is worth {average:,.0f} harm-weeks on average, in a "
        f"winter with a flood\n{average / floods['chance'].sum():,.0f}; it takes "
        f"{winters['helped'].max() - winters['with Hub'].max():,.0f} off the worst case. "
        "Without a flood the Hub stays shut."
    )
    check_all(winters, [*helped.plans.values(), *at_hub])


def insured(calm: ma.System) -> None:
    """Promise whoever is flooded half of its loss, before anybody knows who that is."""
    shocks = [
        ma.studies.Shock(
            scenario=flood.scenario,
            chance=flood.chance,
            hit=(flood.trust,),
            lend=agreement(calm, flood),
        )
        for flood in FLOODS
    ]
    settled = PROMISED.settle(calm, None, shocks)
    print(f"\n{PROMISED!r}")
    table = settled.table
    board = table[["shock", "chance", "loss", "without", "brought_back", "share", "others_most"]]
    board = board.assign(
        chance=[f"{x:.0%}" for x in board["chance"]],
        share=[f"{x:.0%}" for x in board["share"]],
        others_most=[f"{x:.1%}" for x in board["others_most"]],
        **{n: [f"{x:,.0f}" for x in board[n]] for n in ("loss", "without", "brought_back")},
    )
    print(
        board.rename(
            columns={
                "without": "brought back uninsured",
                "brought_back": "insured",
                "others_most": "another loses at most",
            }
        ).to_string(index=False)
    )
    for row in table[~table["reached"]].to_dict("records"):
        print(f"{row['shock']}: {row['short']:,.0f} harm-weeks short, as {row['why']}.")
    print("\nWhat the promise is worth and costs, in harm-weeks on average over all winters:")
    print(
        settled.premiums.drop(columns="calm").round().astype({"origin": str}).to_string(index=False)
    )
    check_insured(settled)


def there(plan: ma.Plan) -> int:
    """How many are treated at the Hub."""
    treated = plan.treatments
    return int(treated.loc[treated["site"] == "HUB", "patients"].sum()) if "site" in treated else 0


def weighed(winters: pd.DataFrame) -> pd.DataFrame:
    """A row a winter, then their mean by chance, and the worst."""
    ways = ["alone", "helped", "with Hub"]
    counts = ["operations lost", "treated there", *ways, "worth"]
    mean = {count: (winters["chance"] * winters[count]).sum() for count in counts}
    worst = {count: winters[count].max() for count in counts}
    worst["worth"] = worst["helped"] - worst["with Hub"]
    rows = [{"winter": "on average", **mean}, {"winter": "worst case", **worst}]
    table = pd.concat([winters, pd.DataFrame(rows)], ignore_index=True)
    for column, form in ({"chance": "{:.0%}"} | dict.fromkeys(counts, "{:,.0f}")).items():
        table[column] = ["" if pd.isna(x) else form.format(x) for x in table[column]]
    return table.rename(
        columns={
            "alone": "each trust alone",
            "helped": "helped by others",
            "with Hub": "and teams at the Hub",
            "worth": "agreement saves",
            "treated there": "at the Hub",
        }
    )


def with_hub(system: ma.System) -> ma.System:
    """Put the Hub on the map, as far from each home as the average trust."""
    travel = system.travel.astype({"provider": object, "area": object})
    away = travel.groupby("area")["minutes"].mean().clip(upper=55).round().reset_index()
    return system.replace(travel=pd.concat([travel, away.assign(provider="HUB")]))


def agreement(system: ma.System, flood: Flood) -> ma.Estate:
    """Open the Hub to whoever's own building is out of use."""
    team = system.capacity[system.capacity["provider"] == flood.trust]
    columns = ["provider", "service", "period", "slots"]
    every = range(1, system.periods + 1)
    return ma.Estate(
        rooms=pd.DataFrame({"site": "HUB", "period": every, "slots": ROOMS, "surge": True}),
        teams=team[columns].astype({"provider": object, "service": object}),
        closures=pd.DataFrame({"provider": flood.trust, "period": flood.periods}),
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
    stop_unless(true)


def check_all(winters: pd.DataFrame, plans: list[ma.Plan]) -> None:
    """Stop with an error if what is told of all floods is not true."""
    calm, floods = winters.iloc[0], winters.iloc[1:]
    mine = floods[floods["winter"].str.startswith(FLOODED)].set_index("winter")["alone"]
    by_length = [mine[f"{FLOODED}, weeks 5 to {end}"] for end in (8, 10, 12)]
    true = {
        "chances add up": abs(winters["chance"].sum() - 1) < 1e-9 and calm["chance"] > 0,
        "every flood harms": bool((floods["alone"] > calm["alone"]).all()),
        "others help in every winter": bool((winters["helped"] < winters["alone"]).all()),
        "the agreement helps in every flood": bool((floods["worth"] > 0).all()),
        "it plays no part without one": calm["worth"] == 0,
        "the Hub holds what it can, for who lost rooms": all(
            row["treated there"] <= min(ROOMS * len(flood.periods), row["operations lost"])
            for flood, (_, row) in zip(FLOODS, floods.iterrows(), strict=True)
        ),
        "a longer flood is worse": by_length == sorted(by_length),
        "nobody is worse off": all(
            (m["harm_weeks_after"] <= m["harm_weeks_before"] + 1e-9).all()
            for m in (plan.measures() for plan in plans)
        ),
        "every plan is proven to 0.1 %": all(plan.gap < 1e-3 for plan in plans),
    }
    stop_unless(true)


def check_insured(settled: ma.studies.Settled) -> None:
    """Stop with an error if the promise is not what it is said to be."""
    table = settled.table.set_index("shock")
    kept = table.drop(index=BEYOND)
    long = table.loc[BEYOND]
    the_flood = table.loc[THE_FLOOD.scenario.name]
    true = {
        "uninsured the flooded trust is not helped": the_flood["without"]
        < 0.001 * the_flood["loss"],
        "who is flooded recovers its share": bool((kept["share"] >= PROMISED.share).all()),
        "or it is said why not, and how near": "would have to lose more" in long["why"]
        and 0 < long["short"] < 0.1 * long["loss"]
        and long["least_short"] > 0.95 * long["short"],
        "others lose no more than stated": bool((table["others_most"] <= PROMISED.most_loss).all()),
        "and nothing where nobody has to": bool((table["others_most"] == 0).any()),
        "premiums add up to nothing": abs(settled.premiums["premium"].sum()) < 1e-6,
        "who is likely to need it most pays most": settled.premiums.set_index("origin")[
            "premium"
        ].idxmax()
        == FLOODED,
        "every promise is recounted": settled.violations().empty,
        "every plan is proven to 0.1 %": bool((table["gap"] < 1e-3).all()),
    }
    stop_unless(true)


def stop_unless(true: dict[str, bool]) -> None:
    """Stop with an error that names what is not true."""
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


if __name__ == "__main__":
    main()
