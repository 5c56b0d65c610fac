"""A virtual ward: patients go home days earlier, and beds, the bottleneck, come free.

Five made-up trusts are short of surgical beds: theatres stand idle because nobody can be admitted.
Four of them open a virtual ward together, where patients are looked after at home once they no
longer need a hospital bed. What does that free, for whom, and what does it spare the council?

Run: ``python examples/virtual_care.py [--shorter 0.2] [--care-hours 0.75] [--hourly-rate 24]``
"""

from __future__ import annotations

import argparse

import pandas as pd

import mutualaid as ma

STAYS = {"C_100": 2.5, "C_101": 1.5, "C_110": 3.0, "C_120": 0.8, "C_130": 0.3, "C_502": 1.8}
"""Bed-days a patient, by service: made up, of the usual order."""
WITH_WARD = ("XA1", "XB2", "XC3", "XD4")
BEDS = 0.8
"""Bed-days there are, as a share of what full theatres would need."""


def main() -> None:
    """Plan with beds as they are and with the virtual ward, alone and together."""
    options = _options()
    system = with_beds(ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=8))
    ward = system.replace(usage=shorter(system.usage, options.shorter))
    modes = {"alone": ma.Independent(), "together": ma.Resource()}
    plans = {
        (beds, how): ma.optimise(of, collaboration=mode)
        for beds, of in (("as they are", system), ("virtual ward", ward))
        for how, mode in modes.items()
    }
    freed = bed_days(plans["as they are", "alone"], system) - bed_days(
        plans["as they are", "alone"], ward
    )
    print(f"A virtual ward at {', '.join(WITH_WARD)} shortens stays by {options.shorter:.0%}.")
    print(f"For the same patients it needs {freed:,.0f} bed-days fewer in 32 weeks.\n")

    before, after = plans["as they are", "alone"], plans["virtual ward", "together"]
    mine = before.measures().set_index("origin")
    theirs = after.measures().set_index("origin")
    who = pd.DataFrame(
        {
            "virtual ward": ["yes" if t in WITH_WARD else "no" for t in mine.index],
            "treated before": mine["treated_after"],
            "treated now": theirs["treated_after"],
            "harm-weeks saved": (mine["harm_weeks_after"] - theirs["harm_weeks_after"]).round(),
        }
    )
    print("For whom? Each trust's own patients, alone without the ward and together with it:")
    print(who.to_string(), end="\n\n")

    rows = []
    for (beds, how), plan in plans.items():
        whole = plan.measures(by=None).iloc[0]
        weeks = late_weeks(plan)
        rows.append(
            {
                "beds": beds,
                "trusts": how,
                "treated": int(whole["treated_after"]),
                "waiting at the end": int(whole["list_size_after"]),
                "over 18 weeks": int(whole["over_18_after"]),
                "harm-weeks": round(plan.harm_weeks),
                "care at home, £": round(weeks * options.care_hours * options.hourly_rate),
            }
        )
    board = pd.DataFrame(rows)
    board["council saves, £"] = board["care at home, £"].iloc[0] - board["care at home, £"]
    print("For the board:")
    print(board.to_string(index=False))
    print(
        f"\nAssumed, not found: each week on the list beyond 18 takes {options.care_hours:g} hours "
        f"of council care\nat £{options.hourly_rate:g}. Change it with --care-hours, --hourly-rate."
    )
    check(plans, freed)


def with_beds(system: ma.System) -> ma.System:
    """Give every trust fewer bed-days than its theatres could fill."""
    stays = pd.Series(STAYS, name="amount")
    usage = pd.DataFrame(
        [(p, s, "bed-days", days) for p in system.providers for s, days in stays.items()],
        columns=["provider", "service", "pool", "amount"],
    )
    capacity = system.capacity.astype({"provider": object, "service": object})
    need = capacity["slots"] * capacity["service"].map(stays)
    pools = need.groupby([capacity["provider"], capacity["period"]]).sum().mul(BEDS).round()
    pools = pools.rename("amount").reset_index().assign(pool="bed-days")
    return system.replace(pools=pools, usage=usage)


def shorter(usage: pd.DataFrame, share: float) -> pd.DataFrame:
    """Fewer bed-days a patient where there is a virtual ward."""
    usage = usage.astype({"provider": object, "service": object, "pool": object})
    ward = usage["provider"].isin(WITH_WARD)
    return usage.assign(amount=usage["amount"].where(~ward, usage["amount"] * (1 - share)))


def bed_days(plan: ma.Plan, system: ma.System) -> float:
    """What the patients that a plan treats would need of the beds of a system."""
    usage = system.usage.astype({"provider": object, "service": object})
    treated = plan.treatments.astype({"provider": object, "service": object})
    both = treated.merge(usage, on=["provider", "service"])
    return float((both["patients"] * both["amount"]).sum())


def late_weeks(plan: ma.Plan) -> float:
    """Patient-weeks on the list beyond 18 weeks, until treatment or the end of the horizon."""
    length, last = plan.system.period_weeks, plan.system.periods
    done, left = plan.treatments, plan.remaining
    first = done["weeks_waiting"].clip(lower=18)
    late = (done["weeks_at_treatment"] + length / 2 - first.clip(lower=18)).clip(lower=0)
    end = left["weeks_waiting"] + last * length
    late_left = (end - left["weeks_waiting"].clip(lower=18)).clip(lower=0)
    return float((late * done["patients"]).sum() + (late_left * left["patients"]).sum())


def check(plans: dict[tuple[str, str], ma.Plan], freed: float) -> None:
    """Stop with an error if the story is not true."""
    cost = {key: plan.objective for key, plan in plans.items()}
    true = {
        "shorter stays free beds": freed > 0,
        "beds were the bottleneck": cost["virtual ward", "alone"] < cost["as they are", "alone"],
        "help adds to it": cost["virtual ward", "together"] <= cost["virtual ward", "alone"],
        "nobody is worse off": all(
            (m["harm_weeks_after"] <= m["harm_weeks_before"] + 1e-9).all()
            for m in (plans[key].measures() for key in plans)
        ),
        "every plan is proven to 0.1 %": all(plan.gap < 1e-3 for plan in plans.values()),
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shorter", type=float, default=0.2, help="share of a stay spent at home")
    parser.add_argument("--care-hours", type=float, default=0.75, help="a patient a late week")
    parser.add_argument("--hourly-rate", type=float, default=24.0, help="pounds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
