"""Why a trust gains or loses by a plan: a table that adds up, words, and what is in force."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.system_names import SystemNames
from mutualaid.errors import InputError
from mutualaid.formats import MINUS, figures, first_few, listed, many, percent
from mutualaid.html_repr import shown
from mutualaid.model.arcs import Kind
from mutualaid.model.model import Model
from mutualaid.model.outcome import Outcome
from mutualaid.outcomes import change_of_trust as change
from mutualaid.outcomes.ledger import ledger
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.plan.slot_prices import limit_table
from mutualaid.policy.harm import SCALE

LISTED = 3
"""So many lanes, or services, are named in a sentence."""
BINDING = 1e-9
IN_HARM = ("harm_of_trust", "harm_of_service")
IN_PATIENTS = "balance_in_patients"
SENTENCES = {
    change.ELSEWHERE[0]: "{} treated elsewhere, sooner than alone",
    change.ELSEWHERE[1]: "{} treated elsewhere, as soon as alone",
    change.ELSEWHERE[2]: "{} treated elsewhere, later than alone",
    change.FREED: "{} treated sooner at home, in slots that those left who went elsewhere",
    change.ORDER[0]: "{} treated sooner at home, where its own are treated in another order",
    change.GUESTS: "{} treated later at home, as patients of others are treated there",
    change.ORDER[1]: "{} treated later at home, where its own are treated in another order",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Why:
    """Why one trust gains or loses: see :meth:`mutualaid.Plan.why`. It holds small numbers.

    Attributes
    ----------
    trust : str
        Whose own patients it is about, wherever they are treated.
    alone, together : int
        What they bear alone, and with the plan, in 1/1000 harm-weeks, tail included.
    table : pandas.DataFrame
        A row a ``reason``, ``partner`` and ``service``: ``patients``, ``harm_weeks`` (together
        less alone: below 0 for what is gained), the same in whole 1/1000 harm-weeks (``harm``) and
        of it ``harm_of_joiners`` (of who joins after the census) and ``harm_of_tail`` (counted
        after the horizon). ``harm`` adds up to :attr:`change`, to the unit. Beside it, and never
        netted: ``extra_minutes`` (one way, all patients) and ``cost`` (of travel and moves, 1/1000
        harm-weeks).
    aid : pandas.DataFrame
        The provider's side: ``partner``; ``patients_given`` and ``harm_weeks_given``, of theirs
        that the trust treats and what that saves them; ``patients_received`` and
        ``harm_weeks_received``, the other way round. As in :meth:`mutualaid.Plan.ledger`.
    clauses : pandas.DataFrame
        Rows of :attr:`mutualaid.Plan.limits` about the trust that cost something: ``limit``,
        ``kind``, ``level``, ``lower``, ``upper``, ``price`` (harm-weeks that everybody would be
        spared with one unit more; in rows of harm a unit is 1/1000 harm-week).
    slots : pandas.DataFrame
        ``service``, ``slots`` and ``price``: what one of its slots more is worth to everybody by
        the plan's own prices, in harm-weeks, on average over its slots; at most so much where
        side rows tie the plan.
    """

    trust: str
    alone: int
    together: int
    table: pd.DataFrame
    aid: pd.DataFrame
    clauses: pd.DataFrame
    slots: pd.DataFrame

    @property
    def change(self) -> int:
        """Together less alone, in 1/1000 harm-weeks: the sum of ``table["harm"]``."""
        return self.together - self.alone

    @property
    def text(self) -> str:
        """The same in words."""
        return "\n".join([self._headline, *(f"  {line}" for line in self._lines())])

    @property
    def _headline(self) -> str:
        size = figures(abs(self.change) / SCALE, "harm-week")
        if not self.change:
            return f"{self.trust}: its own patients bear as much with the plan as alone."
        share = percent(abs(self.change) / self.alone) if self.alone else ""
        of = f", {share} of what they bear alone" * bool(share)
        word = "more" if self.change > 0 else "less"
        return f"{self.trust}: its own patients bear {size} {word} with the plan than alone{of}."

    def _lines(self) -> Iterator[str]:
        for reason, rows in self.table.groupby("reason", sort=False):
            yield self._reason(str(reason), rows)
        later = self.table[[*change.UNITS[1:], "cost"]].sum()
        parts = [
            f"who joins after the census bears {_less_or_more(int(later['harm_of_joiners']))}"
            if later["harm_of_joiners"]
            else "",
            f"{_less_or_more(int(later['harm_of_tail']))} is counted after the horizon"
            if later["harm_of_tail"]
            else "",
        ]
        if told := listed(filter(None, parts)):
            yield f"Of this, {told}."
        if later["cost"]:
            minutes = figures(float(self.table["extra_minutes"].sum()), "minute")
            weeks = figures(int(later["cost"]) / SCALE, "harm-week")
            yield f"Beside it: {minutes} further one way; travel and moves count {weeks}."
        given, received = (int(self.aid[f"patients_{way}"].sum()) for way in ("given", "received"))
        if given:
            saved = figures(float(self.aid["harm_weeks_given"].sum()), "harm-week")
            whose = first_few(self.aid.query("patients_given > 0")["partner"], LISTED)
            yield (
                f"It treats {many(given, 'patient')} of {whose}, which spares them {saved} against "
                f"never being treated; {many(received, 'patient')} of its own "
                f"{'is' if received == 1 else 'are'} treated by others."
            )
        for row in self.clauses.to_dict("records"):
            yield self._clause(row)
        dear = self.slots[self.slots["price"] > 0].head(LISTED)
        if self.change > 0 and len(dear):
            worth = [f"{r['service']} {r['price']:,.1f}" for r in dear.to_dict("records")]
            yield (
                "What its slots are worth to everybody, in harm-weeks for one more: "
                f"{listed(worth)}."
            )

    def _reason(self, reason: str, rows: pd.DataFrame) -> str:
        most = rows.reindex(rows["harm"].abs().sort_values(ascending=False, kind="stable").index)
        lanes = [
            " ".join(filter(None, (one["partner"], one["service"])))
            + (f" {_signed(one['harm'])}" if one["harm"] else "")
            for one in most.to_dict("records")
        ]
        who = SENTENCES[reason].format(many(int(rows["patients"].sum()), "patient"))
        told = first_few(lanes, LISTED)
        total = int(rows["harm"].sum())
        return f"{who}: {_less_or_more(total) if total else 'no change'} ({told})."

    @staticmethod
    def _clause(row: Mapping[Hashable, object]) -> str:
        unit, size = "", 1
        if row["kind"] in IN_HARM or " harm " in str(row["limit"]):
            unit, size = "harm-week", SCALE
        elif row["kind"] == IN_PATIENTS:
            unit = "patient"
        # What a unit of other rows is, no reader knows: what such a clause costs is told by it all.
        price = figures(float(str(row["price"])) * size, "harm-week")
        told = f"; one {unit} more would spare everybody {price}" * bool(unit)
        return f"In force: {row['limit']}{told}."

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        sums = self.table.groupby("reason", sort=False)[["patients", "harm"]].sum()
        rows: list[tuple[object, ...]] = [
            (reason, int(row["patients"]), _signed(int(row["harm"])))
            for reason, row in sums.iterrows()
        ]
        rows.append(("all reasons", None, _signed(self.change)))
        return shown(
            f"Why: {self.trust}",
            [self._headline],
            caption="Its own patients, with the plan less alone",
            headings=["Reason", "Patients", "Harm-weeks"],
            rows=rows,
        )


def why(plan: CertifiedPlan, trust: str) -> Why:
    """Say why a trust gains or loses: see :meth:`mutualaid.Plan.why`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> told = why(plan, "XA1")
    >>> int(told.table["harm"].sum()) == told.change
    True
    """
    system = plan.system
    names = SystemNames.of(system.providers, system.services)
    trust = names.code("provider", trust, "why")
    if trust not in system.providers:
        known = first_few(system.providers, 20)
        raise InputError(
            f"{names.told('provider', [trust])} is not a trust of this system: write one of {known}"
        )
    table, before = (
        entries.assign(tail=_tail(model, outcome))
        for entries, model, outcome in (
            (plan.entries, plan.model, plan.outcome),
            (plan.baseline_entries, plan.baseline_model, plan.baseline_outcome),
        )
    )
    bears = [int(rows.loc[rows["origin"] == trust, "harm"].sum()) for rows in (before, table)]
    return Why(
        trust=trust,
        alone=bears[0],
        together=bears[1],
        table=change.reasons(
            trust, table, before, system.lines.columns, shares_pools=system.pools is not None
        ),
        aid=_aid(plan, trust),
        clauses=_clauses(plan, trust),
        slots=_slots(plan, trust),
    )


def _tail(model: Model, outcome: Outcome) -> np.ndarray:
    """What of the harm of each row is counted after the horizon, in 1/1000 harm-weeks."""
    curves, queues = model.frame.curves, model.frame.queues
    label = curves.label[queues.lot_queue[outcome.lot]]
    end = curves.waited(queues.lot_weeks[outcome.lot], curves.periods + 1)
    after = curves.between(label, end, end + curves.tail_weeks) * outcome.patients
    return np.where(outcome.period > curves.periods, after, 0)


def _aid(plan: CertifiedPlan, trust: str) -> pd.DataFrame:
    """What it treats for whom, and who treats for it."""
    book = ledger(plan.entries, plan.baseline_entries, (), None, plan.system.periods, own=False)
    sides = []
    for mine, theirs, way in (("provider", "origin", "given"), ("origin", "provider", "received")):
        rows = book[(book[mine] == trust) & (book[theirs] != trust)].set_index(theirs)
        amounts = rows[["patients", "harm_weeks_saved"]]
        sides.append(amounts.set_axis([f"patients_{way}", f"harm_weeks_{way}"], axis=1))
    both = pd.concat(sides, axis=1).sort_index().rename_axis("partner").reset_index()
    counts = ["patients_given", "patients_received"]
    both = both.fillna(dict.fromkeys(both.columns[1:], 0))
    both[counts] = both[counts].astype(np.int64)
    return both.astype({"partner": object})


def _clauses(plan: CertifiedPlan, trust: str) -> pd.DataFrame:
    """What is in force for the trust, and costs something."""
    limits = limit_table(plan.model, plan.solution)
    about = np.zeros(len(limits), dtype=bool)
    for column in ("origin", "provider"):
        if column in limits:
            about |= (limits[column].astype(object) == trust).to_numpy()
    about &= (limits["price"] > BINDING).to_numpy()
    names = ["limit", "kind", "level", "lower", "upper", "price"]
    return limits.loc[about, names].reset_index(drop=True)


def _slots(plan: CertifiedPlan, trust: str) -> pd.DataFrame:
    """What one more of its slots is worth to everybody, by the prices of the proof."""
    model, solution = plan.model, plan.solution
    slots, means, network = model.frame.slots, model.means, model.network
    arcs = means.arcs(Kind.SLOTS)
    pair = means.pair[arcs]
    mine = slots.provider[pair] == plan.system.providers.index(trust)
    arcs, pair = arcs[mine], pair[mine]
    way = solution.potential[network.tail[arcs]] - solution.potential[network.head[arcs]]
    worth = np.maximum(-way, 0) / solution.price_scale / SCALE
    count = slots.count[pair, means.period[arcs] - 1]
    services = np.array(plan.system.services, dtype=object)[slots.service[pair]]
    rows = pd.DataFrame({"service": services, "slots": count, "price": worth * count})
    table = rows.groupby("service", as_index=False)[["slots", "price"]].sum()
    table["price"] = table["price"] / table["slots"].clip(lower=1)
    return table.sort_values(["price", "service"], ascending=[False, True], ignore_index=True)


def _less_or_more(units: int) -> str:
    return f"{figures(abs(units) / SCALE, 'harm-week')} {'less' if units < 0 else 'more'}"


def _signed(units: object) -> str:
    amount = int(str(units)) / SCALE
    return f"{MINUS if amount < 0 else '+' if amount > 0 else ''}{abs(amount):,.1f}"
