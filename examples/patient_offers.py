"""From a list of patients to offers that a booking team can send, and on from what came back.

A made-up extract of 20,000 patients of eight trusts is read, planned and handed out as offers;
some patients say no, and the plan goes on from there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import mutualaid as ma

SIZE, CENSUS = 20_000, "2026-01-31"
ACCEPTANCE = ma.Acceptance.default()


def section(title: str) -> None:
    """Print a heading."""
    print(f"\n{title}\n{'-' * len(title)}")


def responses(offers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """What comes back of offers for the first two periods, drawn with their probabilities."""
    rng = np.random.default_rng(seed)
    asked = offers[offers["period"] <= 2]
    yes = rng.random(len(asked)) < asked["acceptance"].to_numpy()
    no = np.where(rng.random(len(asked)) < 0.7, "declined", "no answer")
    return asked[["patient_id"]].assign(response=np.where(yes, "accepted", no))


def main() -> None:
    """Run the whole way once."""
    with tempfile.TemporaryDirectory() as folder:
        extract = Path(folder) / "waiting_list.csv"
        ma.datasets.patients(SIZE, census=CENSUS).to_csv(extract, index=False)
        patients = ma.read_waiting_list(extract, census=CENSUS)
    section("The list")
    print(patients)
    print(patients.quality.query("rows > 0").to_string(index=False))

    neighbours = ma.datasets.collaborative(list_size=SIZE)
    homes = patients.rows()[["origin", "icb"]].drop_duplicates().astype(str)
    bounds = ma.patients.within_icb(dict(zip(homes["origin"], homes["icb"], strict=True)))
    system = ma.System(
        patients.waiting_list(
            "deprivation", "age", "asa", "critical_care", "anaesthetic", "overnight"
        ),
        neighbours.capacity,
        neighbours.travel,
        neighbours.referrals,
        neighbours.removals,
        accepts=pd.concat([ma.datasets.accepts(), bounds]),
    )
    # Offers are for who agreed to be asked, with three weeks' notice; nobody is sent twice.
    policy = ma.Policy(notice_weeks=3, move_transferred=False, acceptance=ACCEPTANCE)
    plan = ma.optimise(system, policy)
    section("The plan")
    print(plan)

    offers = plan.offers(patients, risk=0.05)
    section("Offers to make")
    print(offers)
    columns = ["provider", "service", "period", "slots", "offers", "filled", "risk"]
    busiest = offers.cells.nlargest(5, "slots")[columns]
    print(busiest.to_string(index=False, float_format="%.2f"))

    section("Who waits, and who is asked to travel")
    print(plan.equity("deprivation", patients))
    fair = ma.optimise(system, policy.replace(equity=ma.Equity(max_gap_weeks=1.5)))
    print(
        "\nNo quintile waits more than 1.5 weeks longer than another, on average: "
        f"{ma.studies.price_of_equity(fair):,.0f} harm-weeks dearer"
    )

    again = ma.patients.replan(
        plan, responses(offers.table, seed=2026), patients, offers=offers.table
    )
    section("What came back, and what changes")
    print(again)
    print(again.counts.to_string(index=False))
    asked = again.offers[again.offers["decision"] == "offer"]
    print(f"\nOffers now: {len(asked):,}, in")
    counts = pd.crosstab(asked["provider"].astype(str), asked["change"].astype(str))
    print(counts.to_string())
    with tempfile.TemporaryDirectory() as folder:
        book = again.plan.to_excel(
            Path(folder) / "offers.xlsx",
            patients=again.patients,
            offers=again.plan.offers(again.patients),
            identifiers=True,
        )
        forms = ma.patients.transfer_list(again.accepted, patients)
        print(f"\n{book.name} names whom to ask next; {len(forms):,} transfer forms are ready.")
    print(
        f"\nThe new plan: {again.plan.objective:,.0f} harm-weeks for the "
        f"{len(again.patients):,} who still wait; {len(again.accepted):,} have accepted a place."
    )


if __name__ == "__main__":
    main()
