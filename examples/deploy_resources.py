"""Forty weekend lists, and where they do a population most good.

A made-up collaborative of five trusts has money for forty weekend lists of six patients in the
next 32 weeks. Shared out by size, sent to the longest list, or placed where they save most?

Run: ``python examples/deploy_resources.py``
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import mutualaid as ma

LISTS, PATIENTS, A_MONTH = 40, 6, 4
"""Lists in all, patients to a list, and lists that one specialty can staff in four weeks."""


def main() -> None:
    """Place the lists by three rules and compare what they save."""
    system = ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=8)
    offer = pd.DataFrame({"slots": [PATIENTS], "most": [A_MONTH]})
    best = ma.studies.deploy(system, offer, budget=LISTS, collaboration=ma.Resource())
    print(best, end="\n\n")
    print("Where the lists go:")
    where = best.table.pivot_table("sessions", "provider", "service", "sum", fill_value=0)
    print(where.to_string(), end="\n\n")

    print("What is the next slot worth after that, and for how many?")
    print(
        ma.studies.next_slots(best.plan, top=5, most=30).round(2).to_string(index=False), end="\n\n"
    )

    placings = {
        "none": None,
        "shared out by size of list": by_size(system),
        "to the longest waits": by_longest(system),
        "where they save most": best.plan,
    }
    rows = []
    for name, placed in placings.items():
        plan = placed
        if placed is None:
            plan = best.without
        elif isinstance(placed, pd.DataFrame):
            made = ma.build(added(system, placed), collaboration=ma.Resource(), reference=system)
            plan = made.solve()
        whole = plan.measures(by=None).iloc[0]
        rows.append(
            {
                "forty lists": name,
                "harm-weeks saved": round(best.without.objective - plan.objective),
                "treated": int(whole["treated_after"]),
                "over 18 weeks": int(whole["over_18_after"]),
                "patients moved": int(whole["moves_in_after"]),
            }
        )
    board = pd.DataFrame(rows)
    print("For the board:")
    print(board.to_string(index=False))
    check(best, board)


def by_size(system: ma.System) -> pd.DataFrame:
    """As many lists for each trust as its share of the waiting list, for its longest service."""
    waiting = system.waiting_list
    size = waiting.groupby("origin", observed=True)["patients"].sum()
    exact = size / size.sum() * LISTS
    count = np.floor(exact).astype(int)
    count[(exact - count).nlargest(LISTS - int(count.sum())).index] += 1
    rows = []
    for trust, lists in count.items():
        mine = waiting[waiting["origin"] == trust]
        service = mine.groupby("service", observed=True)["patients"].sum().idxmax()
        rows += [(trust, service, 1 + i % system.periods) for i in range(lists)]
    return _counted(rows)


def by_longest(system: ma.System) -> pd.DataFrame:
    """All lists to the trust and service with the longest mean wait, a month after another."""
    waiting = system.waiting_list
    weeks = waiting["weeks_waiting"] * waiting["patients"]
    keys = [waiting["origin"], waiting["service"]]
    mean = (
        weeks.groupby(keys, observed=True).sum()
        / waiting.groupby(["origin", "service"], observed=True)["patients"].sum()
    )
    rows = []
    for trust, service in mean.sort_values(ascending=False).index:
        rows += [(trust, service, t) for t in range(1, system.periods + 1) for _ in range(A_MONTH)]
    return _counted(rows[:LISTS])


def _counted(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["provider", "service", "period"])
    return table.groupby(list(table.columns)).size().rename("lists").reset_index()


def added(system: ma.System, placed: pd.DataFrame) -> ma.System:
    """Add the lists' slots to a system."""
    keys = ["provider", "service", "period"]
    capacity = system.capacity.astype({"provider": object, "service": object})
    more = placed[keys].assign(slots=placed["lists"] * PATIENTS)
    both = pd.concat([capacity[[*keys, "slots"]], more])
    return system.replace(capacity=both.groupby(keys, as_index=False)["slots"].sum())


def check(best: ma.studies.Deployment, board: pd.DataFrame) -> None:
    """Stop with an error if the story is not true."""
    saved = board["harm-weeks saved"].to_list()
    placed = best.table.groupby(["provider", "service", "period"])["sessions"].sum()
    true = {
        "no rule beats the best placing": max(saved) == saved[-1] > saved[0] == 0,
        "the budget is kept": best.table["sessions"].sum() <= LISTS,
        "no specialty is asked for more than it can staff": bool((placed <= A_MONTH).all()),
        "the placing is proven to 0.1 %": best.gap < 1e-3,
        "the patients' plan is valid": best.plan.certificate.valid,
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


if __name__ == "__main__":
    main()
