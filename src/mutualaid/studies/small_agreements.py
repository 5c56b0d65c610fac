"""The first steps of an agreement: the smallest that already brings something, then the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, argument, checks_arguments, is_number, shown
from mutualaid.errors import InputError
from mutualaid.formats import figures, first_few, listed, many, percent, whole_percent
from mutualaid.html_repr import shown as html
from mutualaid.plan_methods import Plan
from mutualaid.planning.fewest_lanes import Enough, LaneSearch
from mutualaid.planning.optimise import build, optimise
from mutualaid.planning.problem import PlanModel
from mutualaid.planning.solve_options import limits_of
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.harm import SCALE
from mutualaid.policy.promise import Promise, Promises, check_promises, read_promises
from mutualaid.solve.interface import Limits
from mutualaid.studies.rungs import Ladder

LANE = ["origin", "provider", "service"]
SHARES = (0.25, 0.5, 0.75, 0.9)
SPARE = 0.002
"""So much more is asked of the relaxation, as plans of whole patients save a little less."""
AGAIN = 3
NAMED = 4
"""So many lanes, or partners, are named in a sentence."""
COLUMNS = [
    *("step", "rung", "share", "reached", "saved", "saved_share", "saved_of_ladder", "lanes"),
    *("new_lanes", "patients", "trusts", "lost", "gap"),
]
OF_LANES = ["step", *LANE, "patients", "new"]
OF_PAIRS = ["step", *LANE[:2], "patients", "returned", "services", "new"]


@dataclass(frozen=True, eq=False, kw_only=True)
class FirstSteps:
    """Agreements from the smallest on: made by :func:`mutualaid.studies.first_steps`.

    Each keeps the lanes of the one before. They hold small numbers.

    Attributes
    ----------
    table : pandas.DataFrame
        A row a step: ``step`` (from 1), ``rung`` (of the ladder), ``share`` (asked for),
        ``reached`` (whether it is), ``saved`` (harm-weeks with travel and moves, against each trust
        alone), ``saved_share`` (of what the widest agreement with these promises saves),
        ``saved_of_ladder`` (of what the ladder's highest rung saves), ``lanes``, ``new_lanes``,
        ``patients`` (who move), ``trusts`` (that send or treat patients), ``lost`` (promises that
        are not kept: 0) and ``gap``.
    lanes : pandas.DataFrame
        A row a step and lane: ``step``, ``origin``, ``provider``, ``service``, ``patients`` and
        ``new`` (not open in the step before).
    trusted : pandas.DataFrame
        A row a step and pair, what has to be trusted and to whom: ``step``, ``origin`` (trusts),
        ``provider`` (is trusted with) ``patients`` and how many ``services``, ``returned`` (how
        many it sends in turn) and ``new``.
    plans : mapping of int to Plan
        The plan of each step.
    promised : tuple of Promise
        What nobody loses on.
    """

    table: pd.DataFrame
    lanes: pd.DataFrame
    trusted: pd.DataFrame
    plans: Mapping[int, Plan]
    promised: tuple[Promise, ...]

    @property
    def text(self) -> str:
        """The same in words."""
        return "\n".join([self._headline, *self._steps()])

    @property
    def _headline(self) -> str:
        names = listed(dict.fromkeys(promise.figure for promise in self.promised))
        return f"First steps: nobody loses on {names}" if names else "First steps"

    def _steps(self) -> Iterator[str]:
        for row in self.table.to_dict("records"):
            step = row["step"]
            yield (
                f"Step {step} ({row['rung']}): {percent(row['saved_share'])} of the gain, "
                f"{figures(row['saved'], 'harm-week')}, with {many(row['lanes'], 'lane')} "
                f"({row['new_lanes']:,} new) and {many(row['patients'], 'patient')} of "
                f"{many(row['trusts'], 'trust')}."
            )
            if not row["reached"]:
                yield (
                    f"  {whole_percent(row['share'])} was asked for: with these promises no more "
                    "can be had."
                )
            if row["new_lanes"]:
                yield f"  New lanes: {self._new_lanes(step)}."
            pairs = self.trusted[(self.trusted["step"] == step)]
            most = pairs.sort_values("patients", ascending=False, kind="stable")
            told = [
                f"{pair['origin']} trusts {pair['provider']} with "
                f"{many(pair['patients'], 'patient')} ({pair['returned']:,} in turn)"
                for pair in most.to_dict("records")
            ]
            if told:
                yield f"  Who trusts whom: {first_few(told, NAMED)}."
            yield f"  {self._unmatched(step)}"

    def _new_lanes(self, step: int) -> str:
        new = self.lanes[(self.lanes["step"] == step) & self.lanes["new"]]
        most = new.sort_values("patients", ascending=False, kind="stable")
        return first_few(
            (
                f"{lane['origin']} to {lane['provider']} for {lane['service']} "
                f"({many(lane['patients'], 'patient')})"
                for lane in most.to_dict("records")
            ),
            NAMED,
        )

    def _unmatched(self, step: int) -> str:
        """What is given without a return, and what those who give it rely on."""
        plan = self.plans[step]
        if plan.collaboration.balance is not None:
            unit = plan.collaboration.balance
            return (
                f"Aid is matched by aid, in {'patients' if unit == 'patients' else f'its {unit}'}."
            )
        net = plan.balance().set_index("origin")["patients_net"]
        gives = net[net > 0].sort_values(ascending=False, kind="stable")
        if not len(gives):
            return "Nobody gives more than it gets."
        told = [f"{trust} {many(int(count), 'patient')}" for trust, count in gives.items()]
        return (
            f"Given beyond what is got: {first_few(told, NAMED)}; who gives them relies on the "
            "promises alone."
        )

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        names = {
            "saved_share": "Part of the gain",
            "lanes": "Lanes",
            "new_lanes": "New",
            "patients": "Patients who move",
            "trusts": "Trusts",
        }
        table = self.table.assign(
            saved_share=[percent(share) for share in self.table["saved_share"]]
        )
        return html(
            "First steps",
            [self._headline],
            caption="Each step keeps the lanes of the one before",
            headings=["Step", *names.values()],
            rows=[
                [f"{row['step']} {row['rung']}", *(row[name] for name in names)]
                for row in table.to_dict("records")
            ],
        )


@checks_arguments
def first_steps(
    ladder: Ladder,
    share: float | Sequence[float] = SHARES,
    *,
    promises: Promises | None = None,
    up_to: str = "Deep",
    time_limit: float | None = None,
    progress: Callable[[str], object] | None = None,
) -> FirstSteps:
    """Find the smallest agreement that already brings a part of the gain, then the next ones.

    Of all ways to work together along the ladder that with the fewest new lanes is taken, then with
    the fewest patients, then the lowest rung; in every one nobody loses on any promised figure. A
    later step keeps the lanes of the one before and is on no lower rung.

    Which lanes are opened is a good choice (lanes get a price that rises until too little is saved,
    and each is closed that can be spared), and no fewer may be proven to do; the plan of each step
    is certified and audited like any other.

    Parameters
    ----------
    ladder
        The ladder: its system, its policy and its rungs.
    share
        The part of the gain, above 0 and up to 1, that the first step brings; several, rising, for
        the next ones. The gain is what the widest agreement with these promises saves, up to
        ``up_to``.
    promises
        On what nobody loses, as in :class:`mutualaid.Transactional`. None: what the ladder's rungs
        promise, or ``"board"`` where they promise no figure.
    up_to
        The highest rung that a step may take: ``"Transactional"`` for aid that is matched in all.
    time_limit
        Seconds for each run of a solver.
    progress
        Called with what is done, before it is.

    Returns
    -------
    FirstSteps
        A step whose part cannot be had at all brings as much as there is; it says so, and is the
        last.

    Raises
    ------
    InputError
        If no ladder is passed, or a share or promise cannot be understood.

    Examples
    --------
    >>> import mutualaid as ma
    >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3))
    >>> steps = ma.first_steps(rungs, share=[0.5, 0.9])
    >>> bool((steps.table["saved_share"] >= steps.table["share"]).all())
    True
    """
    argument.kind("ladder", ladder, Ladder, "pass what mutualaid.ladder gives")
    shares = _shares(share)
    with Arguments("first_steps") as check:
        check.choice("up_to", up_to, list(ladder.plans)[1:])
        if promises is not None:
            check_promises(promises, check)
    told = progress or (lambda _name: None)
    limits = limits_of(time_limit, None, None)
    alone = ladder.plans["Independent"]
    own = tuple(p for plan in ladder.plans.values() for p in plan.collaboration.promised)
    promised = read_promises(promises if promises is not None else own or "board")
    told("all lanes")
    wide = list(ladder.plans)
    ways = [ladder.plans[name] for name in wide[1 : wide.index(up_to) + 1]]
    rungs = _rungs(ways, promised, limits)
    top = rungs[-1].mode
    widest = optimise(alone.system, alone.policy, top, time_limit=time_limit)
    gain = alone.certificate.cost - widest.certificate.cost
    steps: list[Plan] = []
    least, opened = 0, pd.DataFrame(columns=LANE)
    reached: list[bool] = []
    for part in shares:
        told(f"{whole_percent(part)} of the gain")
        if gain <= 0:
            break
        place, plan = _step(rungs, least, part * gain, gain, opened, time_limit)
        saved = alone.certificate.cost - plan.certificate.cost
        enough = saved >= part * gain
        if not enough:
            place, plan = len(rungs) - 1, widest
        steps.append(plan)
        reached.append(enough)
        least, opened = place, _lanes_of(plan, opened)
        if not enough:
            break
    return _told(ladder, steps, shares, reached, gain, promised)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Rung:
    """A way to work together with the promises, and the search for few lanes in it."""

    mode: Collaboration
    made: PlanModel
    search: LaneSearch
    names: pd.DataFrame


def _shares(given: float | Sequence[float]) -> list[float]:
    shares = [given] if is_number(given) else list(given) if isinstance(given, Sequence) else []
    fit = bool(shares) and all(is_number(one, 0, 1) and one > 0 for one in shares)
    if not fit or any(a >= b for a, b in pairwise(shares)):
        raise InputError(
            f"share is {shown(given)}: write a number above 0 and up to 1, or several that rise"
        )
    return [float(one) for one in shares]


def _rungs(ways: Sequence[Plan], promised: tuple[Promise, ...], limits: Limits) -> list[_Rung]:
    """Every way of the ladder with the promises, without those that bring no more than another."""
    found: list[_Rung] = []
    for plan in ways:
        every = tuple(dict.fromkeys([*plan.collaboration.promised, *promised]))
        kept: dict[str, Any] = {"promises": every}
        mode = replace(plan.collaboration, **kept)
        made = build(plan.system, plan.policy, mode)
        search = LaneSearch(made, limits)
        if found and search.most <= found[-1].search.most + 0.5:
            continue
        names = pd.DataFrame(search.routes.names(plan.system), columns=LANE)
        found.append(_Rung(mode=mode, made=made, search=search, names=names))
    return found


def _step(
    rungs: Sequence[_Rung],
    first: int,
    least: float,
    gain: float,
    opened: pd.DataFrame,
    time_limit: float | None,
) -> tuple[int, Plan]:
    """The smallest agreement that saves so much, from a rung on, and its rung."""
    ask = least
    for _ in range(AGAIN):
        best: tuple[tuple[int, float, int], Enough] | None = None
        for place, rung in enumerate(rungs):
            if place < first:
                continue
            stays = _places(rung.names, opened)
            found = rung.search.fewest(min(ask + SPARE * gain, rung.search.most - 1), stays)
            if found is None or found.saved < ask:
                continue
            size = len(np.setdiff1d(found.lanes, stays)), found.patients, place
            if best is None or size < best[0]:
                best = size, found
        if best is None:
            break
        (_, _, place), found = best
        chosen = rungs[place]
        plan = _planned(chosen, found, time_limit)
        saved = _alone(chosen) - plan.certificate.cost
        if saved >= least:
            return place, plan
        ask += least - saved + SPARE * gain
    rung = rungs[-1]
    every = Enough(lanes=np.arange(len(rung.names)), saved=rung.search.most, patients=0.0)
    return len(rungs) - 1, _planned(rung, every, time_limit)


def _alone(rung: _Rung) -> int:
    return int(rung.search.alone)


def _places(names: pd.DataFrame, opened: pd.DataFrame) -> np.ndarray:
    """Where lanes that are open already stand among those of a rung."""
    keys = pd.MultiIndex.from_frame(names)
    return np.flatnonzero(keys.isin(pd.MultiIndex.from_frame(opened)))


def _planned(rung: _Rung, found: Enough, time_limit: float | None) -> Plan:
    """The best plan on these lanes alone."""
    system, policy = rung.made.model.frame.system, rung.made.model.frame.policy
    if policy.allowed_lanes is None:
        policy = policy.replace(allowed_lanes=rung.names.iloc[found.lanes])
    else:
        # What is allowed may be finer than a lane: the others are forbidden besides.
        shut = rung.names[~np.isin(np.arange(len(rung.names)), found.lanes)]
        if policy.forbidden_lanes is not None:
            shut = pd.concat([pd.DataFrame(policy.forbidden_lanes), shut], ignore_index=True)
        policy = policy.replace(forbidden_lanes=shut if len(shut) else None)
    return optimise(system, policy, rung.mode, time_limit=time_limit)


def _lanes_of(plan: Plan, opened: pd.DataFrame) -> pd.DataFrame:
    """The lanes of a plan, and those that were open before."""
    used = plan.moves[LANE].astype(object).drop_duplicates()
    return pd.concat([opened.astype(object), used]).drop_duplicates(ignore_index=True)


def _told(
    ladder: Ladder,
    steps: Sequence[Plan],
    shares: Sequence[float],
    reached: Sequence[bool],
    gain: int,
    promised: tuple[Promise, ...],
) -> FirstSteps:
    alone = ladder.plans["Independent"].certificate.cost
    whole = alone - min(plan.certificate.cost for plan in ladder.plans.values())
    rows: list[dict[str, object]] = []
    lanes: list[pd.DataFrame] = []
    pairs: list[pd.DataFrame] = []
    before: tuple[set[tuple[str, ...]], set[tuple[str, ...]]] = (set(), set())
    for step, (plan, share, enough) in enumerate(zip(steps, shares, reached, strict=False), 1):
        moves = plan.moves[[*LANE, "patients"]].astype(dict.fromkeys(LANE, object))
        lane = moves.groupby(LANE)[["patients"]].sum().reset_index()
        both = lane.groupby(LANE[:2])["patients"]
        pair = pd.DataFrame({"patients": both.sum(), "services": both.size()}).reset_index()
        sent = pair.set_index(LANE[:2])["patients"]
        back = [int(sent.get((p, o), 0)) for o, p in pair[LANE[:2]].to_numpy()]
        pair.insert(3, "returned", back)
        for table, keys, known in ((lane, LANE, before[0]), (pair, LANE[:2], before[1])):
            found = list(table[keys].itertuples(index=False, name=None))
            table["new"] = [one not in known for one in found]
            known.update(found)
            table.insert(0, "step", step)
        lanes.append(lane)
        pairs.append(pair)
        saved = alone - plan.certificate.cost
        clauses = plan.clauses()
        rows.append(
            {
                "step": step,
                "rung": plan.collaboration.name,
                "share": share,
                "reached": enough,
                "saved": saved / SCALE,
                "saved_share": saved / gain,
                "saved_of_ladder": saved / max(whole, 1),
                "lanes": len(lane),
                "new_lanes": int(lane["new"].sum()),
                "patients": int(lane["patients"].sum()),
                "trusts": len({*lane["origin"], *lane["provider"]}),
                "lost": int((~clauses["kept"].astype(bool)).sum()),
                "gap": plan.gap,
            }
        )
    return FirstSteps(
        table=pd.DataFrame(rows, columns=COLUMNS),
        lanes=_stacked(lanes, OF_LANES),
        trusted=_stacked(pairs, OF_PAIRS),
        plans=dict(enumerate(steps, 1)),
        promised=promised,
    )


def _stacked(tables: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    none = pd.DataFrame(columns=list(columns))
    return pd.concat([*tables], ignore_index=True)[[*columns]] if tables else none
