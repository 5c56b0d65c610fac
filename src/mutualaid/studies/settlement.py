"""What an insurance settles in each shock, and what it is worth and costs each partner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.audit import insurance_audit
from mutualaid.errors import SolverError
from mutualaid.formats import figures, many, percent
from mutualaid.html_repr import shown as html
from mutualaid.plan_methods import Plan
from mutualaid.policy.harm import SCALE


@dataclass(frozen=True, eq=False, kw_only=True)
class Settlement:
    """One shock as it is insured.

    Attributes
    ----------
    shock, chance
        What may come, and how likely it is.
    hit : tuple of str
        Who is insured in it.
    plan, without : Plan
        With the promise, and without it: where nobody is worse off than alone in the shock.
    limits : mapping of str to int
        The most that own patients bear as promised, in 1/1000 harm-weeks.
    short : mapping of str to int
        By how much each that is hit falls short of it, in the same unit: 0 where it is kept.
    least_short : float
        No plan falls short by fewer harm-weeks, of all that are hit together.
    why : str
        What stands in the way; empty where the promise is kept.
    """

    shock: str
    chance: float
    hit: tuple[str, ...]
    plan: Plan
    without: Plan
    limits: Mapping[str, int]
    short: Mapping[str, int]
    least_short: float
    why: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Settled:
    """Every shock as it is insured: made by :meth:`mutualaid.studies.Insurance.settle`.

    It holds small numbers, and is the partners' own. All amounts are harm-weeks of own patients.

    Attributes
    ----------
    share, most_loss
        What was promised: see :class:`mutualaid.studies.Insurance`.
    table : pandas.DataFrame
        A row a shock and trust that is hit: ``shock``, ``chance``, ``origin``; ``calm`` and
        ``alone`` (what its own patients bear alone, in the calm and in the shock), ``loss`` (their
        difference), ``insured`` (with the promise), ``brought_back`` (of the loss) and ``share``
        of it, ``without`` (brought back where nobody is worse off than alone in the shock, and
        no more is promised); ``reached``, ``short`` (of what was promised), ``least_short`` (no
        plan falls short by less, of all that are hit together) and ``why``;
        ``others_loss`` (of all others that lose against the calm), ``others_most`` (the most
        that any one of them loses, as a share of its harm in the calm); ``moved`` (patients),
        ``cost`` (of the promise: harm-weeks of everybody with travel and moves, beyond
        ``without``) and ``gap`` (of the plan).
    partners : pandas.DataFrame
        A row a shock and trust: ``shock``, ``chance``, ``origin``, ``hit``, ``calm``, ``alone``,
        ``without``, ``insured``, ``limit`` (the most that was promised; NaN for none), ``worth``
        (``without`` less ``insured``).
    premiums : pandas.DataFrame
        A row a trust: ``origin``, ``calm``; ``received`` and ``given`` (what the promise saves its
        own patients in the shocks in which it does, and costs them in the others, each by its
        chance), ``worth`` (the one less the other), ``premium`` (what is fair that it pays in:
        then the promise is worth to everybody the same share of their harm in the calm; below 0
        it is paid) and ``after`` (``worth`` less ``premium``). Premiums add up to 0.
    plans, without : mapping of str to Plan
        With the promise and without it, by shock.
    calm : Plan
        Each trust alone in the calm.
    """

    share: float
    most_loss: float | None
    table: pd.DataFrame
    partners: pd.DataFrame
    premiums: pd.DataFrame
    plans: Mapping[str, Plan]
    without: Mapping[str, Plan]
    calm: Plan

    @classmethod
    def of(
        cls,
        share: float,
        most_loss: float | None,
        calm: Plan,
        settlements: Mapping[str, Settlement],
    ) -> Settled:
        """Lay settlements side by side.

        Raises
        ------
        SolverError
            If one of them does not pass its audit.
        """
        sides = [calm.entries, *(one.plan.baseline_entries for one in settlements.values())]
        own = {str(trust) for side in sides for trust in side["origin"].unique()}
        own |= {trust for one in settlements.values() for trust in one.hit}
        # A shared building has no patients of its own, and nothing to lose.
        usual = harm_of(calm.entries, [one for one in calm.system.providers if one in own])
        partners = pd.concat(
            [_partners(one, usual) for one in settlements.values()], ignore_index=True
        )
        settled = cls(
            share=share,
            most_loss=most_loss,
            table=_table(settlements.values(), partners),
            partners=partners,
            premiums=_premiums(partners, usual),
            plans={name: one.plan for name, one in settlements.items()},
            without={name: one.without for name, one in settlements.items()},
            calm=calm,
        )
        broken = settled.violations()
        if len(broken):
            raise SolverError(f"the insurance failed its audit:\n{broken.to_string(index=False)}")
        return settled

    def violations(self) -> pd.DataFrame:
        """Count from the tables alone whether every promise is kept as it is said to be.

        Returns
        -------
        pandas.DataFrame
            ``shock``, ``rule``, ``where``, ``amount`` (harm-weeks); empty, or it would not have
            been returned.
        """
        found = []
        for shock, plan in self.plans.items():
            mine = self.table[self.table["shock"] == shock]
            found += [
                (shock, *breach)
                for breach in insurance_audit.broken(
                    self.share,
                    self.most_loss,
                    dict(zip(mine["origin"], mine["short"], strict=True)),
                    table=plan.entries,
                    before=plan.baseline_entries,
                    calm=self.calm.entries,
                )
            ]
        return pd.DataFrame(found, columns=["shock", "rule", "where", "amount"])

    @property
    def text(self) -> str:
        """The same in words."""
        return "\n".join([self._headline, *self._shocks(), *self._paid()])

    @property
    def _headline(self) -> str:
        kept = int(self.table["reached"].sum())
        return (
            f"Insured against {many(len(self.plans), 'shock')}: {plain(self.share)} of the loss is "
            f"promised to whoever is hit, and kept in {kept:,} of {many(len(self.table), 'case')}"
        )

    def _shocks(self) -> Iterator[str]:
        for row in self.table.to_dict("records"):
            loss, back, without = (
                figures(row[name], "harm-week") for name in ("loss", "brought_back", "without")
            )
            yield (
                f"{row['shock']} ({plain(row['chance'])}): {row['origin']} loses {loss}; {back} "
                f"({percent(row['share'])}) are brought back, {without} without the promise. No "
                f"other loses more than {percent(row['others_most'])}."
            )
            if not row["reached"]:
                yield f"  {figures(row['short'], 'harm-week')} short: {row['why']}."

    def _paid(self) -> Iterator[str]:
        for row in self.premiums.to_dict("records"):
            paid = "pays in" if row["premium"] >= 0 else "is paid"
            yield (
                f"{row['origin']}: worth {figures(row['received'], 'harm-week')} on average, gives "
                f"{figures(row['given'], 'harm-week')}; fairly it {paid} "
                f"{figures(abs(row['premium']), 'harm-week')}."
            )

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        names = ["received", "given", "premium"]
        return html(
            "Insurance",
            [self._headline, *self._shocks()],
            caption="What the promise is worth and costs, in harm-weeks on average over all shocks",
            headings=["Trust", "Received", "Given", "Fair premium"],
            rows=[
                [row["origin"], *(f"{row[name]:,.1f}" for name in names)]
                for row in self.premiums.to_dict("records")
            ],
        )


def plain(share: float) -> str:
    """A share as it was promised.

    Examples
    --------
    >>> plain(0.5), plain(0.025)
    ('50%', '2.5%')
    """
    return f"{round(100 * share, 6):g}%"


def harm_of(table: pd.DataFrame, providers: Sequence[str]) -> dict[str, int]:
    """What each trust's own patients bear, in 1/1000 harm-weeks, from a table of entries.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> harm = harm_of(plan.entries, plan.system.providers)
    >>> sum(harm.values()) == int(plan.entries["harm"].sum())
    True
    """
    sums = table["harm"].groupby(table["origin"].astype(object)).sum()
    return {trust: int(sums.get(trust, 0)) for trust in providers}


def _partners(one: Settlement, usual: Mapping[str, int]) -> pd.DataFrame:
    """A row a trust of one shock."""
    providers = list(usual)
    sides = {
        "calm": usual,
        "alone": harm_of(one.plan.baseline_entries, providers),
        "without": harm_of(one.without.entries, providers),
        "insured": harm_of(one.plan.entries, providers),
    }
    table = pd.DataFrame({"shock": one.shock, "chance": one.chance, "origin": providers})
    table["hit"] = [trust in one.hit for trust in providers]
    for name, harm in sides.items():
        table[name] = np.array([harm[trust] for trust in providers], dtype=np.int64) / SCALE
    table["limit"] = [one.limits.get(trust, np.nan) / SCALE for trust in providers]
    table["worth"] = table["without"] - table["insured"]
    return table


def _table(settlements: Iterable[Settlement], partners: pd.DataFrame) -> pd.DataFrame:
    """A row a shock and trust that is hit."""
    rows = []
    for one in settlements:
        mine = partners[partners["shock"] == one.shock]
        others = mine[~mine["hit"]]
        lost = (others["insured"] - others["calm"]).clip(lower=0)
        share = lost / others["calm"].where(others["calm"] > 0, 1.0)
        for row in mine[mine["hit"]].to_dict("records"):
            loss = row["alone"] - row["calm"]
            back = row["alone"] - row["insured"]
            short = one.short[row["origin"]]
            rows.append(
                {
                    **{name: row[name] for name in ("shock", "chance", "origin", "calm", "alone")},
                    "loss": loss,
                    "insured": row["insured"],
                    "brought_back": back,
                    "share": back / loss if loss > 0 else 1.0,
                    "without": row["alone"] - row["without"],
                    "reached": short == 0,
                    "short": short / SCALE,
                    "least_short": one.least_short,
                    "why": one.why if short else "",
                    "others_loss": float(lost.sum()),
                    "others_most": float(share.max()) if len(share) else 0.0,
                    "moved": int(one.plan.moves["patients"].sum()),
                    "cost": one.plan.objective - one.without.objective,
                    "gap": one.plan.gap,
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("shock", "chance", "origin", "calm", "alone", "loss", "insured", "brought_back", "share"),
    *("without", "reached", "short", "least_short", "why", "others_loss", "others_most"),
    *("moved", "cost", "gap"),
]


def _premiums(partners: pd.DataFrame, usual: Mapping[str, int]) -> pd.DataFrame:
    """What the promise is worth and costs each trust, by chance, and what is fair to pay."""
    weighed = partners["chance"] * partners["worth"]
    parts = pd.DataFrame(
        {
            "origin": partners["origin"],
            "received": weighed.clip(lower=0),
            "given": (-weighed).clip(lower=0),
        }
    )
    providers = list(usual)
    table = parts.groupby("origin").sum().reindex(providers).reset_index()
    table.insert(1, "calm", np.array([usual[trust] for trust in providers]) / SCALE)
    table["worth"] = table["received"] - table["given"]
    size = table["calm"] if table["calm"].sum() > 0 else table["calm"] + 1
    fair = table["worth"] - table["worth"].sum() * size / size.sum()
    units = np.rint(fair.to_numpy() * SCALE).astype(np.int64)
    # Premiums add up to 0 to the unit: what rounding leaves is the largest one's.
    units[np.argmax(np.abs(units))] -= units.sum()
    table["premium"] = units / SCALE
    table["after"] = table["worth"] - table["premium"]
    return table
