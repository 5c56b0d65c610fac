"""What the four plans of a ladder tell, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments, is_whole
from mutualaid.data.as_today import AsToday
from mutualaid.errors import InputError
from mutualaid.formats import percent
from mutualaid.html_repr import shown
from mutualaid.model.linear_terms import objective
from mutualaid.outcomes.tables import in_harm_weeks
from mutualaid.plan.published import suppress_together
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build, optimise
from mutualaid.planning.solve_options import limits_of
from mutualaid.policy.collaboration import Deep
from mutualaid.policy.harm import SCALE
from mutualaid.report import write_page
from mutualaid.report.figures import LadderFigures
from mutualaid.risk.register import RiskLadder
from mutualaid.risk.risk_settings import BY
from mutualaid.solve.interface import Limits
from mutualaid.solve.parametric import least_within
from mutualaid.studies.pareto import against_loss, loss_by_trust
from mutualaid.studies.shapley_value import Shapley, shapley

THRESHOLDS = (18, 52, 65)
AS_TODAY = "As today"
_WHOLE = dict.fromkeys(("list_size", *(f"over_{w}" for w in THRESHOLDS), "moves", "worse_off"), int)
"""Columns of patients and trusts, which a row that lacks some of them makes decimal."""


def _answers(plan: Plan) -> dict[str, float]:
    """How often somebody is asked, and what would be saved if everybody accepted."""
    if not plan.policy.some_decline:
        return {}
    every = plan.if_everybody_accepts
    saved = every.baseline_objective - every.objective
    return {
        "asked": float(plan.asks["asked"].sum()),
        "saved_if_everybody_accepts": saved,
    }


@dataclass(frozen=True, eq=False, kw_only=True)
class Ladder:
    """Four plans, side by side. Made by :func:`mutualaid.ladder`.

    Attributes
    ----------
    plans : mapping of str to Plan
        By the name of the mode, from ``"Independent"`` to ``"Deep"``.
    """

    plans: Mapping[str, Plan]

    def __post_init__(self) -> None:
        suppress_together(self.plans.values())

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a rung.

        ``rung``; ``objective`` (harm, travel and moves) and ``harm_weeks``; ``saved`` (of the
        objective, against Independent), ``saved_share`` and ``saved_by_step`` (against the rung
        below); ``list_size``, ``over_18``, ``over_52``, ``over_65`` at the end; ``moves``
        (patients) and ``travel_minutes`` (extra, one way); ``worse_off`` (how many trusts' own
        patients bear more harm than alone) and ``worst_loss`` (the most that any trust's do, as
        a share of what they bear alone; 0 if none does); ``gap``. Where the policy says that some
        decline, also ``asked`` (how often somebody is asked) and ``saved_if_everybody_accepts``.

        Where a forecast stands behind the system, a row ``"As today"`` comes before the others:
        its harm and its waits, and nothing saved, as what lies between it and Independent is order
        at home, and no aid. What does not apply to it is missing.
        """
        rows = [] if self.as_today is None else [self._as_today(self.as_today)]
        alone = self.plans["Independent"].certificate.cost
        below = alone
        for name, plan in self.plans.items():
            whole = plan.measures(by=None).iloc[0]
            loss = loss_by_trust(plan)
            cost = plan.certificate.cost
            rows.append(
                {
                    "rung": name,
                    "objective": in_harm_weeks(cost),
                    "harm_weeks": plan.harm_weeks,
                    "saved": in_harm_weeks(alone - cost),
                    "saved_share": (alone - cost) / max(alone, 1),
                    "saved_by_step": in_harm_weeks(below - cost),
                    "list_size": int(whole["list_size_after"]),
                    **{f"over_{w}": int(whole[f"over_{w}_after"]) for w in THRESHOLDS},
                    "moves": int(whole["moves_in_after"]),
                    "travel_minutes": float(whole["travel_minutes_after"]),
                    "worse_off": int((loss > 0).sum()),
                    "worst_loss": max(float(loss.max()), 0.0) if len(loss) else 0.0,
                    "gap": plan.gap,
                    **_answers(plan),
                }
            )
            below = cost
        return pd.DataFrame(rows)

    @property
    def as_today(self) -> AsToday | None:
        """The forecast that stands behind its system, if there is one."""
        return self.plans["Independent"].system.as_today

    def _as_today(self, forecast: AsToday) -> dict[str, Any]:
        """What is forecast, as a row of the table."""
        harm = forecast.harm(self.plans["Independent"].policy)
        weeks = np.nan if harm is None else float(harm["harm_weeks"].iloc[0])
        told = self.plans["Independent"].three_numbers().set_index("figure")["as_today"]
        names = ["list_size", *(f"over_{w}" for w in THRESHOLDS)]
        return {
            "rung": AS_TODAY,
            "objective": weeks,
            "harm_weeks": weeks,
            **{name: told[name] for name in names},
        }

    @cached_property
    def trusts(self) -> pd.DataFrame:
        """A row a trust: what its own patients bear alone, and what each rung saves them.

        ``origin``, ``harm_weeks`` (Independent), and for each other rung ``…_gain`` (harm-weeks
        saved, negative for a sacrifice), ``…_gain_share``, ``…_given`` and ``…_received``
        (patients treated for others, and by others).
        """
        alone = self.plans["Independent"].measures().set_index("origin")["harm_weeks_after"]
        result = pd.DataFrame({"harm_weeks": alone})
        for name, plan in list(self.plans.items())[1:]:
            after = plan.measures().set_index("origin")["harm_weeks_after"]
            aid = plan.balance().set_index("origin")
            label = name.lower()
            result[f"{label}_gain"] = alone - after
            result[f"{label}_gain_share"] = ((alone - after) / alone).fillna(0.0)
            result[f"{label}_given"] = aid["patients_given"]
            result[f"{label}_received"] = aid["patients_received"]
        return result.reset_index()

    @property
    def price_of_sovereignty(self) -> pd.Series:
        """What each insistence costs the system, in harm-weeks.

        ``balanced_aid``: that giving is matched (Transactional against Resource).
        ``nobody_worse_off``: that no trust loses, in harm or in another figure that Resource
        promises and Deep does not (Resource against Deep): the price of individual rationality.
        ``acting_alone``: all of it (Independent against Deep).

        Examples
        --------
        >>> import mutualaid as ma
        >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
        >>> list(rungs.price_of_sovereignty.index)
        ['balanced_aid', 'nobody_worse_off', 'acting_alone']
        """
        cost = {name: plan.certificate.cost for name, plan in self.plans.items()}
        return pd.Series(
            {
                "balanced_aid": in_harm_weeks(cost["Transactional"] - cost["Resource"]),
                "nobody_worse_off": in_harm_weeks(cost["Resource"] - cost["Deep"]),
                "acting_alone": in_harm_weeks(cost["Independent"] - cost["Deep"]),
            },
            name="harm_weeks",
        )

    @checks_arguments
    def new_threshold_breaches(
        self,
        lines: Mapping[str, float] | None = None,
        *,
        reported_by: str = "receiver",
        period: int | None = None,
    ) -> pd.DataFrame:
        """List for each rung the thresholds that it newly breaches.

        See :meth:`mutualaid.Plan.new_threshold_breaches`.

        Returns
        -------
        pandas.DataFrame
            ``rung`` and the columns of :meth:`mutualaid.Plan.new_threshold_breaches`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
        >>> rungs.new_threshold_breaches({"over_52": 10**6}).empty
        True
        """
        parts = []
        for name, plan in list(self.plans.items())[1:]:
            crossed = plan.new_threshold_breaches(lines, reported_by=reported_by, period=period)
            crossed.insert(0, "rung", name)
            parts.append(crossed)
        return pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)

    @checks_arguments
    def frontier(self, *, tolerance: float = 1e-3, time_limit: float | None = None) -> pd.DataFrame:
        """Trace total harm against the cap on any one trust's sacrifice.

        From ``Resource`` (no sacrifice) to the cap at which it no longer binds, of the linear
        relaxation with the policy's side rows and without estate: a bound on every plan of whole
        patients, which come within a few parts in a million of it on large systems.

        Parameters
        ----------
        tolerance
            Stop refining where the curve is known to this share of what sacrifice saves; 0 finds
            every kink, of which large systems have many.
        time_limit
            Seconds for each run of the solver.

        Returns
        -------
        pandas.DataFrame
            ``max_sacrifice`` (as for :class:`mutualaid.Deep`), ``objective`` (harm-weeks, exact
            there), ``kink`` (whether the slope changes there, and the curve is straight to the
            next point on either side) and ``saved_per_point`` (harm-weeks for one percentage
            point more, on the way to the next point; missing at the last).

        Examples
        --------
        >>> import mutualaid as ma
        >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
        >>> curve = rungs.frontier()
        >>> bool(curve["objective"].round(3).is_monotonic_decreasing)
        True
        """
        limits = limits_of(time_limit, None, None)
        return against_loss(self.plans["Deep"], limits, tolerance)

    @checks_arguments
    def value_per_move(self, at: Sequence[int] = (50, 100, 500)) -> pd.DataFrame:
        """Say how much of what Deep saves its first moves bring.

        Parameters
        ----------
        at
            Numbers of moves.

        Returns
        -------
        pandas.DataFrame
            ``moves``, ``saved`` (harm-weeks that the best plan with at most so many moves saves,
            of the linear relaxation) and ``share`` of what Deep saves.

        Raises
        ------
        InputError
            If a number of moves is not a whole number from 0.

        Examples
        --------
        >>> import mutualaid as ma
        >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
        >>> curve = rungs.value_per_move(at=[0, 10, 20])
        >>> bool(curve["share"].is_monotonic_increasing)
        True
        """
        if not all(is_whole(k, 0) for k in at):
            raise InputError(f"at is {at!r}: whole numbers of moves, 0 or more")
        deep, alone = self.plans["Deep"], self.plans["Independent"].certificate.cost
        model = build(deep.system, deep.policy, Deep()).model
        weight = objective(model, "moves")
        most = np.array(list(at), dtype=np.int64)
        saved = (alone - least_within(model.network, weight, most, Limits())) / SCALE
        whole = in_harm_weeks(alone - deep.certificate.cost)
        return pd.DataFrame({"moves": most, "saved": saved, "share": saved / max(whole, 1 / SCALE)})

    @checks_arguments
    def smallest_plan(self, within: float, *, time_limit: float | None = None) -> Plan:
        """Find the plan with the fewest moves that saves nearly as much as Deep.

        Parameters
        ----------
        within
            It may save this share less than Deep: 0.05 for 95 % of what Deep saves.
        time_limit
            Seconds for each run of a solver.

        Raises
        ------
        InputError
            If the share is not from 0 to 1.

        Examples
        --------
        >>> import mutualaid as ma
        >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
        >>> few = rungs.smallest_plan(within=0.05)
        >>> deep = rungs.plans["Deep"]
        >>> bool(few.moves["patients"].sum() <= deep.moves["patients"].sum())
        True
        """
        argument.share("within", within)
        deep, alone = self.plans["Deep"], self.plans["Independent"].certificate.cost
        gain = alone - deep.certificate.cost
        # A float is read as the decimal that it prints as: 0.29 of 100 units is 29. Half a unit
        # more, since the share of the cost may fall short of the whole number meant.
        spare = math.floor(Fraction(repr(float(within))) * gain)
        slack = (spare + 0.5) / max(deep.certificate.cost, 1)
        return optimise(
            deep.system,
            deep.policy,
            deep.collaboration,
            objectives=["cost", "moves"],
            slack={"cost": slack},
            time_limit=time_limit,
        )

    @checks_arguments
    def risks(self, by: str | Sequence[str] | None = BY, **options: Any) -> RiskLadder:
        """Lay the risk registers of the four rungs side by side: see :meth:`mutualaid.Plan.risks`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2)
        >>> rungs = ma.ladder(system).risks()
        >>> print(rungs.agenda.splitlines()[0])
        From Independent to Transactional
        """
        return RiskLadder(
            registers={name: plan.risks(by, **options) for name, plan in self.plans.items()}
        )

    def shapley(self, **options: int) -> Shapley:
        """Share what Deep saves among the trusts: see :func:`mutualaid.studies.shapley`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2)
        >>> shares = ma.ladder(system).shapley()
        >>> shares.exact, round(float(shares.table["share_of_gain"].sum()), 9)
        (True, 1.0)
        """
        deep = self.plans["Deep"]
        return shapley(deep.system, deep.policy, **options)

    def to_html(self, path: str | PathLike[str], **options: Any) -> Path:
        """Write the four plans to one page: see :func:`mutualaid.report.write_page`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2))
        >>> rungs.to_html("ladder.doc")
        Traceback (most recent call last):
        mutualaid.errors.InputError: 'ladder.doc': a page's name ends in .html
        """
        return write_page(self, path, **options)

    @cached_property
    def plot(self) -> LadderFigures:
        """Figures of the ladder: see :class:`mutualaid.report.figures.LadderFigures`."""
        return LadderFigures(self)

    def __repr__(self) -> str:
        lines = [f"Ladder, {self.plans['Independent'].system!r}"]
        table = self.table
        for row in table[table["rung"] == AS_TODAY].to_dict("records"):
            known = row["objective"] == row["objective"]
            harm = f"{row['objective']:,.1f} harm-weeks" if known else "harm not known"
            over = _whole(row["over_52"])
            long = "not known" if over is None else f"{over:,}"
            lines.append(f"  {AS_TODAY:<13} {harm:>27} (forecast), over 52: {long}")
        lines += [
            f"  {row['rung']:<13} {row['objective']:>16,.1f} harm-weeks "
            f"({percent(0.0 - row['saved_share'], 2, signed=True)}), {row['moves']:>9,} moves, "
            f"over 52: {row['over_52']:>7,}, {row['worse_off']} trusts worse off"
            for row in table[table["rung"] != AS_TODAY].astype(_WHOLE).to_dict("records")
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        names = {
            "objective": "Harm with travel and moves (harm-weeks)",
            "saved_share": "Saved (share)",
            "moves": "Moves (patients)",
            "over_18": "Over 18 weeks at the end",
            "over_52": "Over 52",
            "over_65": "Over 65",
            "worse_off": "Trusts worse off",
        }
        table = self.table.assign(
            saved_share=[
                percent(share, 2) if share == share else "" for share in self.table.saved_share
            ]
        )
        rows = [
            [_whole(value) if name in _WHOLE else value for name, value in row.items()]
            for row in table[["rung", *names]].to_dict("records")
        ]
        forecast = ""
        if self.as_today is not None:
            forecast = f"; {AS_TODAY.lower()} is forecast, and saved is against Independent"
        return shown(
            "Ladder",
            [repr(self.plans["Independent"].system)],
            caption="Each rung allows all that the one above it in this table allows" + forecast,
            headings=("Rung", *names.values()),
            rows=rows,
        )


def _whole(value: float) -> int | None:
    """A number of patients or trusts; None where there is none."""
    return round(value) if value == value else None
