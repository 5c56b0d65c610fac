"""A virtual ward and a council: patients go home days earlier, and beds come free.

Five made-up trusts are short of surgical beds: theatres stand idle because nobody can be admitted.
Four of them open a virtual ward together, where patients are looked after at home once they no
longer need a hospital bed. That takes short-term care at home, which the council gives, and which
costs it money; each day fewer in hospital spares it care later on, as people keep their strength.
How much does it give, to whom, and do both sides gain?

Run: ``python examples/virtual_care.py [--care-hours 2] [--hourly-rate 24] [--gain 60]``
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
SHARE = 0.2
"""At most this share of a stay can be spent at home."""
HOURS = 900
"""Hours of care at home that the council has in four weeks."""
PERIODS = 4
COUNCIL = "Council"
GAP = 1e-3
"""Plans are proven to this, which takes a second; the best of whole patients would take longer."""


def main() -> None:
    """Plan alone and together, with the council, without it, and with one that gains nothing."""
    options = _options()
    system = with_beds(ma.datasets.collaborative(trusts=5, areas_per_trust=1, periods=PERIODS))
    council = partner(options.care_hours, options.hourly_rate, options.gain)
    for_nothing = partner(options.care_hours, options.hourly_rate, 0.0)
    # Alone with the council: nobody moves, and so no trust needs another's word.
    at_home = ma.Policy(max_moves=0)
    plans = {
        "trusts alone": ma.optimise(system, collaboration=ma.Independent(), mip_gap=GAP),
        "alone, with the council": planned(system, [council], at_home),
        "together": planned(system, []),
        "together, with the council": planned(system, [council]),
        "a council that gains nothing": planned(system, [for_nothing]),
    }
    rows = []
    for who, plan in plans.items():
        whole = plan.measures(by=None).iloc[0]
        accounts = plan.partner_accounts
        rows.append(
            {
                "": who,
                "treated": int(whole["treated_after"]),
                "waiting": int(whole["list_size_after"]),
                "harm-weeks": round(plan.harm_weeks),
                "hours of care": int(plan.help_given["given"].sum()),
                "bed-days spared": round(plan.help_given["spared"].sum()),
                "council, £": round(accounts["account"].sum()),
            }
        )
    print(f"In {4 * PERIODS} weeks:")
    print(pd.DataFrame(rows).to_string(index=False), end="\n\n")

    best = plans["together, with the council"]
    print("The council's account, £:")
    print(best.partner_accounts.to_string(index=False), end="\n\n")
    print("The trusts' accounts, in harm-weeks of their own patients:")
    print(trusts(best).to_string(), end="\n\n")
    print(
        f"Assumed, not found: a bed-day spared takes {options.care_hours:g} hours of care at home, "
        f"at £{options.hourly_rate:g} an hour,\nand is worth £{options.gain:g} to the council in "
        "care that is not needed later. Change it with --care-hours, --hourly-rate, --gain."
    )
    check(plans)


def planned(
    system: ma.System, partners: list[ma.Partner], policy: ma.Policy | None = None
) -> ma.Plan:
    """Nobody is worse off, and who can help does."""
    return ma.optimise(system, policy, ma.Resource(partners=partners), mip_gap=GAP)


def partner(hours: float, rate: float, gain: float) -> ma.Partner:
    """The council: so many hours spare a bed-day, at a rate, and that is worth something to it."""
    return ma.Partner(
        COUNCIL,
        pools=pd.DataFrame({"pool": "home care", "period": range(1, PERIODS + 1), "amount": HOURS}),
        spares=pd.DataFrame(
            {
                "pool": "home care",
                "provider": WITH_WARD,
                "spares": "bed-days",
                "amount": 1 / hours,
                "at_most": SHARE,
            }
        ),
        costs={"home care": rate},
        benefits={"bed-days": gain},
    )


def trusts(plan: ma.Plan) -> pd.DataFrame:
    """Each trust alone and in a plan: treated, harm-weeks, and bed-days that were spared."""
    own = plan.measures().set_index("origin")
    spared = plan.help_given.groupby("provider")["spared"].sum()
    return pd.DataFrame(
        {
            "virtual ward": ["yes" if trust in WITH_WARD else "no" for trust in own.index],
            "bed-days spared": spared.reindex(own.index).fillna(0.0).round().astype(int),
            "treated alone": own["treated_before"],
            "treated now": own["treated_after"],
            "harm-weeks saved": (own["harm_weeks_before"] - own["harm_weeks_after"]).round(),
        }
    )


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


def check(plans: dict[str, ma.Plan]) -> None:
    """Stop with an error if the story is not true."""
    cost = {key: plan.objective for key, plan in plans.items()}
    best, nothing = plans["together, with the council"], plans["a council that gains nothing"]
    true = {
        "beds were the bottleneck": cost["alone, with the council"] < cost["trusts alone"],
        "help of trusts adds to it": cost["together, with the council"]
        < cost["alone, with the council"],
        "the council's help adds to it": cost["together, with the council"] < cost["together"],
        "no trust loses": all(
            (m["harm_weeks_after"] <= m["harm_weeks_before"] + 1e-9).all()
            for m in (plan.measures() for plan in plans.values())
        ),
        "the council does not lose": all(
            (plan.partner_accounts["account"] >= 0).all() for plan in plans.values()
        ),
        "the council takes part": bool(best.partner_accounts["takes_part"].all()),
        "it gains by it": bool((best.partner_accounts["account"] > 0).all()),
        "with no gain it does not": not nothing.partner_accounts["takes_part"].any(),
        "and without it no bed comes free": nothing.help_given.empty
        and plans["together"].help_given.empty,
        "every plan is proven to 0.1 %": all(plan.gap <= GAP for plan in plans.values()),
    }
    failed = [what for what, is_so in true.items() if not is_so]
    if failed:
        raise SystemExit(f"not true: {', '.join(failed)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--care-hours", type=float, default=2.0, help="at home, a bed-day spared")
    parser.add_argument("--hourly-rate", type=float, default=24.0, help="pounds")
    parser.add_argument("--gain", type=float, default=60.0, help="pounds, a bed-day spared")
    return parser.parse_args()


if __name__ == "__main__":
    main()
