"""From a list of patients to Monday's calls, and on from what came back to Tuesday's.

A made-up extract of 20,000 patients of eight trusts is read and planned, so that nobody is asked to
move who does not gain four weeks by it. Bookers get a list to ring; some patients say no; the plan
goes on from there, and learns from the answers who is likely to say yes.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

import mutualaid as ma
from mutualaid.datasets.made_up_system import NAMES

SIZE, CENSUS, MONDAY = 20_000, "2026-01-31", dt.date(2026, 2, 2)
CALLS, WORTH = 20, 4
"""So many calls can be made in a day; nobody is asked who gains fewer weeks."""


def section(title: str) -> None:
    """Print a heading."""
    print(f"\n{title}\n{'-' * len(title)}")


def ring(path: Path, calls: ma.patients.CallList, seed: int) -> None:
    """Type answers to the first calls into a workbook, as bookers do; drawn by their chances."""
    rng = np.random.default_rng(seed)
    chance = calls.asked["acceptance"].to_numpy()
    book = openpyxl.load_workbook(path)
    made = 0
    for sheet in book.worksheets[1:]:
        rows = list(sheet.iter_rows())
        head = next(at for at, row in enumerate(rows) if row[0].value == "Row")
        for row in rows[head + 1 :]:
            if made == CALLS:
                break
            made += 1
            yes = rng.random() < chance[int(row[0].value) - 1]
            no = rng.choice(["declined", "not reached"], p=[0.7, 0.3])
            row[-1].value = "accepted" if yes else str(no)
    book.save(path)


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
    policy = ma.Policy(
        notice_weeks=3,
        move_transferred=False,
        acceptance=ma.Acceptance.default(),
        min_weeks_saved=WORTH,
    )
    plan = ma.optimise(system, policy)
    section("The plan")
    print(plan)
    section("Who waits, and who is asked to travel")
    print(plan.equity("deprivation", patients))

    names = dict(zip(system.providers, NAMES, strict=False))
    section("Monday: whom to ring")
    calls = plan.call_list(patients, weeks=4, today=MONDAY, names=names, identifiers=True)
    print(calls)
    first = calls.table.head(CALLS)
    least = int(first["weeks_saved"].min())
    print(f"The first {len(first)} calls: each is of a patient who gains {least} weeks or more.")
    shown = ["row", "origin", "service", "provider", "weeks_saved", "extra_minutes", "answer_by"]
    print(first[shown].to_string(index=False))

    with tempfile.TemporaryDirectory() as folder:
        path = calls.write(Path(folder) / "monday.xlsx")
        ring(path, calls, seed=2026)
        answers = ma.patients.read_answers(path, calls)
        section("What came back")
        print(answers["response"].value_counts().to_string())
        again = ma.patients.replan(plan, answers, patients)
        print(again)

        section("Tuesday: whom to ring")
        tuesday = again.call_list(
            weeks=4, today=MONDAY + dt.timedelta(days=1), names=names, identifiers=True
        )
        print(tuesday)
        gone = calls.asked["patient_id"].isin(answers["patient_id"])
        kept = tuesday.asked["patient_id"].isin(calls.asked["patient_id"][~gone])
        least = int(tuesday.table["weeks_saved"].min())
        print(f"{int(kept.sum()):,} of them were on Monday's list and have not answered yet.")
        print(f"Each gains {least} weeks or more.")
        tuesday.write(Path(folder) / "tuesday.xlsx")
        forms = ma.patients.transfer_list(again.accepted, patients)
        print(f"{len(forms):,} transfer forms are ready.")

    section("What the answers tell")
    learned = ma.learn_acceptance(answers)
    print(learned)
    told = ["term", "coefficient", "standard_error", "low", "high"]
    general = learned.table[~learned.table["term"].str.startswith("service")]
    print(general[told].to_string(index=False, float_format="%.2f"))
    offer = pd.DataFrame({"weeks_saved": [WORTH, 26], "extra_minutes": [20, 20]})
    print(
        "So few answers say little: the chance of a yes to 4 and to 26 weeks saved, 20 minutes on"
    )
    print(offer.join(learned.interval(offer)).to_string(index=False, float_format="%.2f"))


if __name__ == "__main__":
    main()
