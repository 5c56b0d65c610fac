"""A year of building trust, in four steps from transactional to deep, with the ledger.

Five made-up trusts have never helped each other. Each has one specialty with slots to spare and one
that is short of them. They start small: the smallest agreement of matched aid that already brings
a part of the gain, found by ``first_steps``, in which nobody loses on a figure that boards answer
for; few patients at first. Then the next one. Each step is planned on the lists as they are by
then, and what stood in the step before stands unless changing it is worth it. By the last step the
population comes first, within a limit to what anybody loses. The same year with each trust alone is
the yardstick.

Run: ``python examples/trust_building.py``
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

import mutualaid as ma

QUEUE = ["origin", "service", "priority", "area"]
LANE = ["origin", "provider", "service"]
SERVICES = {
    "C_100": "general surgery",
    "C_101": "urology",
    "C_110": "orthopaedics",
    "C_120": "ear, nose and throat",
    "C_130": "ophthalmology",
    "C_502": "gynaecology",
}
POLICY = ma.Policy()
START = dt.date(2026, 4, 6)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is agreed for some months: how to collaborate, on how many lanes, how fast."""

    name: str
    months: int
    agreed: str
    mode: ma.Collaboration
    part: float | None = None
    ramp: tuple[int, ...] | None = None


STEPS = (
    Step(
        name="1 first lanes",
        months=3,
        agreed="aid is matched patient by patient, on the fewest lanes that bring a quarter of the "
        "gain; 50 moves, then 100, then 200 a month",
        mode=ma.Transactional(),
        part=0.25,
        ramp=(50, 100, 200),
    ),
    Step(
        name="2 wider",
        months=3,
        agreed="aid is still matched, on the fewest lanes that bring 60% of the gain; as many "
        "patients as it takes",
        mode=ma.Transactional(),
        part=0.6,
    ),
    Step(
        name="3 resource",
        months=3,
        agreed="giving need not be matched, nobody's own patients are worse off; any lane",
        mode=ma.Resource(),
    ),
    Step(
        name="4 deep",
        months=4,
        agreed="the population first; no trust's patients lose more than 5%",
        mode=ma.Deep(max_sacrifice=0.05),
    ),
)
ALONE = tuple(
    Step(name=step.name, months=step.months, agreed="nobody helps", mode=ma.Independent())
    for step in STEPS
)


@dataclass(frozen=True, kw_only=True)
class Quarter:
    """One step as it was lived through: its plan, and the same months by the rules before it."""

    step: Step
    plan: ma.Plan
    lanes: pd.DataFrame | None
    by_old_rules: float
    standing: int
    kept: int

    @cached_property
    def left(self) -> pd.Series:
        """What a plan counts 13 weeks more for whoever is left, by trust, in 1/1000 harm-weeks."""
        left = plain(self.plan.remaining)
        weeks, tail = left["weeks_at_end"].to_numpy(), POLICY.tail_weeks
        total = POLICY.harm.table([None], int(weeks.max()) + tail)[0]
        after = (total[weeks + tail] - total[weeks]) * left["patients"]
        return after.groupby(left["origin"]).sum().reindex(self.plan.system.providers, fill_value=0)

    @cached_property
    def harm(self) -> pd.Series:
        """What each trust's own patients bore until its end, and no longer, in the same unit."""
        borne = plain(self.plan.entries).groupby("origin")["harm"].sum()
        return borne.reindex(self.plan.system.providers, fill_value=0) - self.left

    @property
    def trouble(self) -> int:
        """What travel and moves count, in the same unit."""
        return int(self.plan.entries["cost"].sum())


def main() -> None:
    """Live through the year twice, together and alone, and lay the books open."""
    year = uneven(ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=13))
    names = ma.datasets.collaborative_providers(trusts=5).set_index("provider")["name"]
    together, alone = lived(year, STEPS), lived(year, ALONE)

    for quarter, saved in zip(together, saved_by(together, alone), strict=True):
        print(told(quarter, saved, names), end="\n\n")
    print("Who treated whose patients over the year (rows treat, columns are treated):")
    print(who_for_whom(together, names).to_string(), end="\n\n")
    print("For the board: the year, step by step")
    print(by_step(together, alone).to_string(index=False), end="\n\n")
    print("A step adds what it saves over the rules of the one before, in its own weeks and the 13")
    print("after them. Saved so far: against the year alone, counting 13 weeks for who is left.\n")
    print(
        "For the board: each trust's balance, patients treated for others less own patients treated"
    )
    print("by others since the start of the year, after step")
    print(balances(together, names).to_string(), end="\n\n")
    print("and the harm that its own patients are spared since then, counted in the same way:")
    print(spared(together, alone, names).map("{:+.1%}".format).to_string())
    check(year, together, alone)


def uneven(year: ma.System) -> ma.System:
    """Give each trust one specialty with slots to spare, and one that is short of them."""
    changes: list[ma.studies.changes.Change] = []
    for place, trust in enumerate(year.providers):
        strong, weak = (year.services[(place + i) % len(year.providers)] for i in (0, 1))
        changes += [
            ma.studies.changes.Capacity(factor=1.3, provider=trust, service=strong),
            ma.studies.changes.Capacity(factor=0.7, provider=trust, service=weak),
        ]
    system, _ = ma.studies.Scenario("strong and weak specialties", changes).apply(year)
    return system


def lived(year: ma.System, steps: Sequence[Step]) -> list[Quarter]:
    """Plan each step on the lists as they are by then, and live through it."""
    waiting, first = plain(year.waiting_list), 1
    quarters: list[Quarter] = []
    before = Step(name="", months=0, agreed="nobody helps", mode=ma.Independent())
    lanes: pd.DataFrame | None = None
    for step in steps:
        system = months(year, waiting, first, step.months)
        stands = quarters[-1].plan if quarters and quarters[-1].step.mode.moves else None
        old = planned(system, before, lanes, stands)
        lanes = few_lanes(system, step, lanes)
        plan = planned(system, step, lanes, stands)
        moved = 0 if stands is None else int(stands.moves["patients"].sum())
        dropped = 0 if stands is None else -plan.changes_since(stands)["change"].clip(upper=0).sum()
        quarters.append(
            Quarter(
                step=step,
                plan=plan,
                lanes=lanes,
                by_old_rules=old.objective,
                standing=moved,
                kept=moved - int(dropped),
            )
        )
        waiting, first, before = still_waiting(plan), first + step.months, step
    return quarters


def planned(
    system: ma.System, step: Step, lanes: pd.DataFrame | None, stands: ma.Plan | None
) -> ma.Plan:
    """Plan some months by the rules of a step; what stands is dropped only if that is worth it."""
    policy = POLICY.replace(allowed_lanes=lanes, ramp=step.ramp)
    if not step.mode.moves:
        stands = None
    return ma.optimise(system, policy, step.mode, previous=stands)


def few_lanes(system: ma.System, step: Step, opened: pd.DataFrame | None) -> pd.DataFrame | None:
    """Add the fewest lanes that bring a part of the gain to those that are open; None for all."""
    if step.part is None:
        return None
    rungs = ma.ladder(system, POLICY)
    first = ma.first_steps(rungs, step.part, up_to=step.mode.name)
    lanes = first.lanes[LANE]
    return lanes if opened is None else pd.concat([opened, lanes]).drop_duplicates()


def months(year: ma.System, waiting: pd.DataFrame, first: int, count: int) -> ma.System:
    """Cut some months out of the year, with the lists as they are when these begin."""
    tables = {}
    for name in ("capacity", "referrals", "removals"):
        table = plain(year.table(name))
        table = table[table["period"].between(first, first + count - 1)]
        tables[name] = table.assign(period=table["period"] - (first - 1))
    return ma.System(
        waiting,
        travel=year.travel,
        period_weeks=year.period_weeks,
        periods=count,
        **tables,
    )


def still_waiting(plan: ma.Plan) -> pd.DataFrame:
    """Make the next step's waiting list: who is left, with the weeks waited by then.

    The library takes removals off the newest before it plans, so that who is left has not been
    removed, and who has been removed is not left: nobody is lost, and nobody leaves twice.
    """
    left = plain(plan.remaining).rename(columns={"weeks_waiting": "weeks_at_census"})
    left = left.rename(columns={"weeks_at_end": "weeks_waiting"})
    result = left.groupby([*QUEUE, "weeks_waiting"], as_index=False)["patients"].sum()
    system = plan.system
    came, left_untreated = (
        int(system.table(name)["patients"].sum()) for name in ("referrals", "removals")
    )
    before = int(system.waiting_list["patients"].sum())
    treated, after = int(plan.treatments["patients"].sum()), int(result["patients"].sum())
    assert before + came == treated + left_untreated + after, "patients are lost or made up"
    return result


def plain(table: pd.DataFrame) -> pd.DataFrame:
    """Codes as plain text, without the column that says how deprived an area is."""
    known = table.drop(columns="deprivation", errors="ignore")
    codes = [name for name in (*QUEUE, "provider") if name in known]
    return known.astype(dict.fromkeys(codes, object))


def so_far(quarters: Sequence[Quarter]) -> pd.DataFrame:
    """What each trust's own patients bore by the end of each step and in 13 weeks after.

    A row a trust, a column a step; in 1/1000 harm-weeks. The 13 weeks are those after the step
    itself only: what then becomes of who was left before is the later steps' to count.
    """
    steps = [quarter.step.name for quarter in quarters]
    harm = pd.concat([quarter.harm for quarter in quarters], axis=1, keys=steps)
    return harm.cumsum(axis=1) + pd.concat([q.left for q in quarters], axis=1, keys=steps)


def saved_by(together: Sequence[Quarter], alone: Sequence[Quarter]) -> list[float]:
    """Harm-weeks saved by the end of each step against the year alone, less travel and moves."""
    gained = (so_far(alone) - so_far(together)).sum()
    paid = pd.Series([quarter.trouble for quarter in together], gained.index).cumsum()
    return [float(units) / ma.harm.SCALE for units in gained - paid]


def told(quarter: Quarter, saved: float, names: pd.Series) -> str:
    """Tell a step in words."""
    step, plan = quarter.step, quarter.plan
    moves = plan.moves.astype(dict.fromkeys(LANE, object))
    busy = moves.groupby(LANE)["patients"].sum().sort_values(ascending=False)
    lines = [
        f"Step {step.name}, {4 * step.months} weeks. Agreed: {step.agreed}.",
        f"  {moves['patients'].sum():,} patients move on {len(busy)} lanes; the busiest:",
    ]
    for (origin, provider, service), patients in busy.head(3).items():
        lines.append(
            f"    {patients:>5,}  {SERVICES[service]}: {names[origin]} to {names[provider]}"
        )
    if quarter.standing:
        lines.append(
            f"  Of the {quarter.standing:,} moves of the step before, {quarter.kept:,} are made "
            "again, month for month."
        )
    added = quarter.by_old_rules - plan.objective
    lines += [
        f"  The step adds {added:,.0f} harm-weeks to what the rules before it would have saved.",
        f"  Saved since the start of the year: {saved:,.0f} harm-weeks.",
    ]
    return "\n".join(lines)


def lanes_of(plan: ma.Plan) -> pd.DataFrame:
    """The lanes that a plan uses."""
    return plan.moves[LANE].drop_duplicates()


def ledger_of(quarters: Sequence[Quarter]) -> ma.Ledger:
    """The books that the partners keep, from one plan to the next."""
    day, books = START, None
    for quarter in quarters:
        plan = quarter.plan
        books = ma.Ledger.of(plan, day) if books is None else books.extend(plan, day)
        day += dt.timedelta(weeks=plan.system.period_weeks * plan.system.periods)
    assert books is not None, "there is no quarter"
    return books


def who_for_whom(quarters: Sequence[Quarter], names: pd.Series) -> pd.DataFrame:
    """Add up the ledgers: patients by who treated them and whose they are."""
    table = ledger_of(quarters).pairs.pivot_table(
        "patients", "provider", "origin", "sum", fill_value=0
    )
    table = table.reindex(index=names.index, columns=names.index, fill_value=0)
    table = table.rename(index=names, columns=names).rename_axis(index=None, columns=None)
    table["given"] = table.sum(axis=1)
    table.loc["received"] = table.sum()
    return table.map("{:,}".format)


def by_step(together: Sequence[Quarter], alone: Sequence[Quarter]) -> pd.DataFrame:
    """A row a step: what was agreed, done and saved."""
    rows = []
    for quarter, without, saved in zip(together, alone, saved_by(together, alone), strict=True):
        plan, step = quarter.plan, quarter.step
        ends, ends_alone = (one.measures(by=None).iloc[0] for one in (plan, without.plan))
        rows.append(
            {
                "step": step.name,
                "weeks": 4 * step.months,
                "way to collaborate": plan.collaboration.name,
                "lanes": len(lanes_of(plan)),
                "moves": f"{plan.moves['patients'].sum():,}",
                "step adds": f"{quarter.by_old_rules - plan.objective:,.0f}",
                "saved so far": f"{saved:,.0f}",
                "over 18 weeks": f"{ends['over_18_after']:,.0f}",
                "alone": f"{ends_alone['over_18_after']:,.0f}",
            }
        )
    return pd.DataFrame(rows)


def balances(together: Sequence[Quarter], names: pd.Series) -> pd.DataFrame:
    """A row a trust: its balance after each step, in patients."""
    nets = {
        quarter.step.name: quarter.plan.balance().set_index("origin")["patients_net"]
        for quarter in together
    }
    table = pd.DataFrame(nets).reindex(names.index).cumsum(axis=1)
    table = table.rename(index=names).rename_axis(None)
    return table.map(lambda patients: f"{patients:+,}" if patients else "0")


def spared(together: Sequence[Quarter], alone: Sequence[Quarter], names: pd.Series) -> pd.DataFrame:
    """A row a trust: what its own patients were spared by the end of each step, as a share."""
    share = 1 - so_far(together) / so_far(alone)
    return share.reindex(names.index).rename(index=names).rename_axis(None)


def check(year: ma.System, together: Sequence[Quarter], alone: Sequence[Quarter]) -> None:
    """Stop with an error if the story is not true."""
    whole = ma.optimise(year, POLICY, ma.Independent())
    losses = [
        measured["harm_weeks_after"] / measured["harm_weeks_before"] - 1
        for measured in (quarter.plan.measures() for quarter in together)
    ]
    treated = [sum(q.plan.treatments["patients"].sum() for q in qs) for qs in (together, alone)]
    start, came, gone = (
        int(year.table(name)["patients"].sum())
        for name in ("waiting_list", "referrals", "removals")
    )
    true = {
        "aid is balanced while it is transactional": all(
            (q.plan.balance()["patients_net"] == 0).all()
            for q in together
            if isinstance(q.step.mode, ma.Transactional)
        ),
        "lanes are as few as agreed": all(
            q.lanes is None or len(lanes_of(q.plan)) <= len(q.lanes) for q in together
        ),
        "the first step takes a few lanes only, the second adds some": (
            0 < len(together[0].lanes) < len(together[1].lanes) < len(lanes_of(together[2].plan))
        ),
        "nobody loses on a figure of boards in the first two steps": all(
            q.plan.clauses()["kept"].all() for q in together[:2]
        ),
        "moves are as few as agreed": all(
            q.plan.moves.loc[q.plan.moves["period"] == month, "patients"].sum() <= most
            for q in together
            for month, most in enumerate(q.step.ramp or (), start=1)
        ),
        "nobody is worse off in the first three steps": all(
            (loss <= 1e-9).all() for loss in losses[:3]
        ),
        "nobody loses more than 5 % in the last": bool((losses[3] <= 0.05 + 1e-9).all()),
        "each step adds something": all(q.plan.objective < q.by_old_rules for q in together),
        "by the end of every step nobody's patients are behind alone": bool(
            (so_far(together) <= so_far(alone)).all(axis=None)
        ),
        "the ledger has what every plan's own books have": (
            ledger_of(together).balance()["patients_net"].tolist()
            == sum(q.plan.balance()["patients_net"] for q in together).tolist()
        ),
        "the year is better than alone": saved_by(together, alone)[-1] > 0,
        "alone, a year in four steps is a year": so_far(alone).iloc[:, -1].sum()
        == whole.entries["harm"].sum()
        and treated[1] == whole.treatments["patients"].sum(),
        "nobody is lost on the way": all(
            start + came == done + gone + int(qs[-1].plan.remaining["patients"].sum())
            for qs, done in zip((together, alone), treated, strict=True)
        ),
        "every plan is proven to 0.1 %": all(q.plan.gap < 1e-3 for q in together),
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


if __name__ == "__main__":
    main()
