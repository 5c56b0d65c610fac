"""Why one trust's own patients bear less or more than alone: reasons that add up to the unit.

Every patient of the trust is followed from what becomes of them alone to what becomes of them
together. Of patients who are alike, who is treated earlier alone is taken to be treated earlier
together, and at home before elsewhere. Who goes elsewhere is a reason by itself. Who stays and is
treated *sooner* takes a slot that own patients have left who went elsewhere: those who would have
been treated from then on until their turn alone. Who stays and is treated *later* has given way to
patients of others who were treated there in the meantime. Where several partners have a part in it,
it is shared out by their numbers of patients, in whole units; where none has, it is another order
at home. So each unit of harm stands in one row, and no row holds what is left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.schema import who
from mutualaid.policy.harm import SCALE

Ints = npt.NDArray[np.int64]

ELSEWHERE = ("sooner elsewhere", "as soon elsewhere", "later elsewhere")
FREED, GUESTS = "sooner at home, slots freed", "later at home, others treated"
ORDER = ("sooner at home, another order", "later at home, another order")
REASONS = (*ELSEWHERE, FREED, ORDER[0], GUESTS, ORDER[1])
"""Why harm changes, in the order of tables."""
UNITS = ("harm", "harm_of_joiners", "harm_of_tail")
COLUMNS = ("reason", "partner", "service", "patients", "harm_weeks", *UNITS)
BESIDE = ("extra_minutes", "cost")


@dataclass(frozen=True, eq=False, kw_only=True)
class _Fates:
    """The own patients of a trust, from what becomes of them alone to what does together.

    Arrays of shape (parts,): ``one`` and ``other`` are rows of the two tables, alone and together.
    """

    one: Ints
    other: Ints
    patients: Ints


def reasons(
    trust: str,
    table: pd.DataFrame,
    before: pd.DataFrame,
    lines: Sequence[str],
    *,
    shares_pools: bool,
) -> pd.DataFrame:
    """Part what changes for the own patients of a trust by reason, partner and service.

    Parameters
    ----------
    trust
        Whose patients.
    table, before
        Everybody in the plan, and alone: tables of :func:`mutualaid.outcomes.tables.entries` with
        one column more, ``tail``: what of ``harm`` is counted after the horizon.
    lines
        The columns that say whose slots: see :class:`mutualaid.data.lines.Lines`.
    shares_pools
        Whether services share resources, so that patients of one may stand in the way of another.

    Returns
    -------
    pandas.DataFrame
        ``reason`` (of :data:`REASONS`), ``partner`` (who treats them, where those went who left a
        slot, or whose patients were treated; empty for another order at home), ``service`` (of
        the own patients), ``patients``, ``harm_weeks`` (together less alone) and, in whole
        1/1000 harm-weeks, ``harm``, of it ``harm_of_joiners`` (of who joins after the census) and
        ``harm_of_tail`` (counted after the horizon); beside it ``extra_minutes`` (one way, all
        patients) and ``cost`` (of travel and moves, 1/1000 harm-weeks).
    """
    mine = [
        rows[(rows["origin"] == trust).to_numpy()].reset_index(drop=True)
        for rows in (before, table)
    ]
    alone, plan = mine
    fates = _followed(alone, plan)
    one, other, patients = fates.one, fates.other, fates.patients
    first, then = (side["period"].to_numpy() for side in mine)
    was, now = first[one], then[other]
    moved = plan["moved"].to_numpy()[other]
    change = {
        unit: (_each(plan, name)[other] - _each(alone, name)[one]) * patients
        for unit, name in (("harm", "harm"), ("harm_of_tail", "tail"))
    }
    joins = plan["referred"].to_numpy()[other] > 0
    change["harm_of_joiners"] = np.where(joins, change["harm"], 0)
    line = _numbers(plan, table, lines)[0][other]
    parts = [_elsewhere(plan, fates, change, was, now, moved)]
    freed = _Causes.of(line[moved], was[moved], _treats(plan, trust)[other][moved], patients[moved])
    host = _hosted(table, trust)
    guests = _Causes.of(
        _numbers(plan, table, lines)[1][host],
        table["period"].to_numpy()[host],
        table["origin"].astype(object).to_numpy()[host],
        table["patients"].to_numpy()[host],
    )
    service = plan["service"].astype(object).to_numpy()[other]
    for causes, kept, begin, end, told in (
        (freed, ~moved & (now < was), now, was, (FREED, ORDER[0])),
        (guests, ~moved & (now > was), was, now, (GUESTS, ORDER[1])),
    ):
        amounts = {"patients": patients, **change}
        parts.append(
            causes.shared(
                line[kept],
                begin[kept],
                end[kept],
                service[kept],
                {name: amount[kept] for name, amount in amounts.items()},
                told,
                shares_pools=shares_pools,
            )
        )
    return _tidy(pd.concat(parts, ignore_index=True))


def _followed(alone: pd.DataFrame, plan: pd.DataFrame) -> _Fates:
    """Follow patients who are alike in the order of their treatment, at home before elsewhere."""
    keys = [name for name in who(plan.columns) if name not in ("tail", "site")]
    both = pd.concat([alone[keys].astype(object), plan[keys].astype(object)])
    group = both.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    order, end = [], []
    for rows, alike in ((alone, group[: len(alone)]), (plan, group[len(alone) :])):
        placed = np.lexsort((rows["moved"].to_numpy(), rows["period"].to_numpy(), alike))
        order.append(placed)
        end.append(np.cumsum(rows["patients"].to_numpy()[placed]))
    # Both tables hold the same patients, so that their numbers run side by side.
    cuts = np.union1d(*end)
    one, other = (
        placed[np.searchsorted(ends, cuts)] for placed, ends in zip(order, end, strict=True)
    )
    return _Fates(one=one, other=other, patients=np.diff(cuts, prepend=0))


def _each(rows: pd.DataFrame, name: str) -> Ints:
    """An amount of one patient of each row."""
    each: Ints = rows[name].to_numpy() // np.maximum(rows["patients"].to_numpy(), 1)
    return each


def _numbers(plan: pd.DataFrame, table: pd.DataFrame, lines: Sequence[str]) -> tuple[Ints, Ints]:
    """The line of slots of each row of both, as numbers."""
    names = list(lines)
    every = pd.concat([plan[names].astype(object), table[names].astype(object)])
    number = every.groupby(names, dropna=False).ngroup().to_numpy().astype(np.int64)
    return number[: len(plan)], number[len(plan) :]


def _treats(rows: pd.DataFrame, trust: str) -> npt.NDArray[np.object_]:
    """Who treats; of own teams in rooms elsewhere, whose rooms."""
    treats = rows["provider"].astype(object)
    if "site" in rows:
        treats = treats.where(treats != trust, rows["site"].astype(object))
    return treats.to_numpy()


def _hosted(table: pd.DataFrame, trust: str) -> npt.NDArray[np.bool_]:
    """Who is no patient of the trust, and is treated in its place."""
    where = table["site" if "site" in table else "provider"]
    hosted: npt.NDArray[np.bool_] = ((where == trust) & (table["origin"] != trust)).to_numpy()
    return hosted


def _elsewhere(
    plan: pd.DataFrame,
    fates: _Fates,
    change: dict[str, Ints],
    was: Ints,
    now: Ints,
    moved: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Who goes elsewhere, by who treats them."""
    row, patients = fates.other[moved], fates.patients[moved]
    later = np.sign(now - was)[moved] + 1
    trust = str(plan["origin"].iloc[0]) if len(plan) else ""
    return pd.DataFrame(
        {
            "reason": np.array(ELSEWHERE, dtype=object)[later],
            "partner": _treats(plan, trust)[row],
            "service": plan["service"].astype(object).to_numpy()[row],
            "patients": patients,
            **{name: amount[moved] for name, amount in change.items()},
            "extra_minutes": plan["extra_minutes"].to_numpy()[row] * patients,
            "cost": _each(plan, "cost")[row] * patients,
        }
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class _Causes:
    """Patients whose coming or going changes what others wait for.

    ``count`` has how many of each line and partner there are before each period, shape (lines,
    partners, periods + 2): the number within a span is a difference of two.
    """

    line: Ints
    partners: npt.NDArray[np.object_]
    count: Ints

    @classmethod
    def of(
        cls, line: Ints, period: Ints, partner: npt.NDArray[np.object_], patients: Ints
    ) -> _Causes:
        """Count patients by line, partner and period."""
        lines, place = np.unique(line, return_inverse=True)
        partners, who_ = np.unique(partner.astype(str), return_inverse=True)
        shape = len(lines), len(partners), int(period.max(initial=0)) + 2
        count = np.zeros(shape, dtype=np.int64)
        np.add.at(count, (place, who_, period + 1), patients)
        return cls(line=lines, partners=partners.astype(object), count=np.cumsum(count, axis=2))

    def _within(self, line: Ints, begin: Ints, end: Ints, *, of_all: bool) -> Ints:
        """How many there are by partner, from one period until another; shape (parts, partners)."""
        last = self.count.shape[2] - 1
        ends = np.minimum(begin, last), np.minimum(end, last)
        if of_all:
            every = self.count.sum(axis=0).T
            return np.asarray(every[ends[1]] - every[ends[0]], dtype=np.int64)
        place = np.minimum(np.searchsorted(self.line, line), max(len(self.line) - 1, 0))
        found = self.count[place, :, ends[1]] - self.count[place, :, ends[0]]
        return np.asarray(found * (self.line[place] == line)[:, None], dtype=np.int64)

    def shared(
        self,
        line: Ints,
        begin: Ints,
        end: Ints,
        service: npt.NDArray[np.object_],
        amounts: dict[str, Ints],
        told: tuple[str, str],
        *,
        shares_pools: bool,
    ) -> pd.DataFrame:
        """Share amounts out among partners by their patients within a span, or of the whole."""
        weight = np.zeros((len(line), len(self.partners)), dtype=np.int64)
        never, ever = np.zeros_like(begin), np.full_like(end, self.count.shape[2] - 1)
        if len(self.line):
            for of_all in (False, True) if shares_pools else (False,):
                for span in ((begin, end), (never, ever)):
                    none = weight.sum(axis=1) == 0
                    weight[none] = self._within(
                        line[none], span[0][none], span[1][none], of_all=of_all
                    )
        alone = weight.sum(axis=1) == 0
        part, partner = np.nonzero(weight)
        rows = pd.DataFrame(
            {
                "reason": told[0],
                "partner": self.partners[partner],
                "service": service[part],
                **{name: _split(amount, weight)[part, partner] for name, amount in amounts.items()},
            }
        )
        rest = pd.DataFrame(
            {
                "reason": told[1],
                "partner": "",
                "service": service[alone],
                **{name: amount[alone] for name, amount in amounts.items()},
            }
        )
        return pd.concat([rows, rest], ignore_index=True).assign(extra_minutes=0.0, cost=0)


def _split(amount: Ints, weight: Ints) -> Ints:
    """Split whole amounts by weights into whole parts: what rounding leaves goes to the largest."""
    if not weight.shape[1]:
        return weight
    total = np.maximum(weight.sum(axis=1), 1)
    # In two steps, so that products of whole numbers stay within 64 bits.
    whole, rest = amount // total, amount % total
    parts = whole[:, None] * weight + rest[:, None] * weight // total[:, None]
    parts[np.arange(len(parts)), weight.argmax(axis=1)] += amount - parts.sum(axis=1)
    return np.where(weight.sum(axis=1)[:, None] > 0, parts, 0)


def _tidy(rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["reason", "partner", "service"]
    rows["reason"] = pd.Categorical(rows["reason"], categories=list(REASONS), ordered=True)
    table = rows.groupby(keys, observed=True, as_index=False)[["patients", *UNITS, *BESIDE]].sum()
    table["reason"] = table["reason"].astype(object)
    table[["patients", *UNITS, "cost"]] = table[["patients", *UNITS, "cost"]].astype(np.int64)
    table["harm_weeks"] = table["harm"] / SCALE
    table["extra_minutes"] = table["extra_minutes"].astype(np.float64)
    return table[[*COLUMNS, *BESIDE]]
