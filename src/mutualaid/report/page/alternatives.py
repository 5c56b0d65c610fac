"""What else was on the table: the plan beside simpler ways, in the same random runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from mutualaid.disclosure.coarse_figures import rounded
from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.errors import InputError
from mutualaid.formats import many, percent
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.policy.acceptance import Acceptance
from mutualaid.report import series
from mutualaid.report.forecast_sheet import three_sheet, told_of
from mutualaid.report.page.table_cells import NOTHING, Column, Table, printed
from mutualaid.report.sheet import COUNT

ALONE, NO_POLICY, TODAY = "nothing", "hindsight", "As today (forecast)"
OVER = ("over_18", "over_52")
WAYS = {
    ALONE: ("Each trust alone", "most harm first, then the longest wait"),
    "nearest first": ("Nearest with room", "who waits long goes to the nearest slot that is free"),
    "longest first": (
        "Longest first",
        "whoever has waited longest has the next slot, at home or the nearest",
    ),
    "stable matching": (
        "Stable matching",
        "patients would rather go less far, trusts treat who has waited longest",
    ),
    "LP once": ("The plan, as it is", "followed to its end, whatever comes"),
    "LP re-planned": ("The plan, made anew", "for the lists as they are, as time goes by"),
}
"""How policies of a replay are called on a page, and what they do; others by their own names."""
COLUMNS = {
    "saved": "Harm-weeks saved",
    "moves": "Moved",
    "asked": "Offers",
    "over_18": "Over 18 weeks",
    "over_52": "Over 52 weeks",
}


class Odds(Protocol):
    """What was random: see :class:`mutualaid.simulation.Noise`."""

    @property
    def acceptance(self) -> float | Acceptance | None:
        """How likely who is asked is to accept."""


@runtime_checkable
class Replayed(Protocol):
    """A plan and other ways in the same random runs: see :class:`mutualaid.simulation.Replay`."""

    @property
    def plan(self) -> CertifiedPlan:
        """The plan."""

    @property
    def noise(self) -> Odds:
        """What was random."""

    @property
    def runs(self) -> pd.DataFrame:
        """A row a seed and policy."""


def check_replayed(replay: object, plans: Iterable[CertifiedPlan]) -> None:
    """Make sure that a page can show a replay beside its plans.

    Raises
    ------
    InputError
        If it is no replay, of another plan, or without what each trust does alone.

    Examples
    --------
    >>> check_replayed(None, [])
    >>> check_replayed("replay", [])
    Traceback (most recent call last):
    mutualaid.errors.InputError: replay is no replay of a plan: pass what plan.replay() gives
    """
    if replay is None:
        return
    if not isinstance(replay, Replayed):
        raise InputError("replay is no replay of a plan: pass what plan.replay() gives")
    if not any(_same(replay.plan, plan) for plan in plans):
        raise InputError("replay is of another plan: pass what replay() of this plan gives")
    if ALONE not in set(replay.runs["policy"]):
        raise InputError(
            f"replay has no policy {ALONE!r}, against which a page tells what is saved: replay "
            "with mutualaid.simulation.Nothing() among the policies"
        )


def alternatives(
    plans: Mapping[str, tuple[CertifiedPlan, Counts]], replay: Replayed
) -> list[Table]:
    """Lay out what other ways bring beside the plan: means of the runs, and their ranges.

    Parameters
    ----------
    plans
        The plans of a page by name, with what may be shown of each.
    replay
        The replay of one of them.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> found = plan.replay(policies=[ma.simulation.Nothing()], seeds=[0], hindsight=False)
    >>> [table.rows[0][0] for table in alternatives({"Deep": (plan, counts_of(plan))}, found)]
    ['Each trust alone']
    """
    name, (plan, counts) = next(
        (name, both) for name, both in plans.items() if _same(both[0], replay.plan)
    )
    runs = replay.runs[replay.runs["policy"] != NO_POLICY]
    alone = runs[runs["policy"] == ALONE].set_index("seed")["objective"]
    runs = runs.assign(saved=runs["seed"].map(alone).to_numpy() - runs["objective"])
    means, ranges = _as_today(plan, counts)
    for policy, own in runs.groupby("policy", sort=False):
        label = WAYS.get(str(policy), (str(policy), ""))[0]
        figures = [own[column] for column in COLUMNS]
        kinds = list(zip(figures, COLUMNS, strict=True))
        mean = [_shown(values.mean(), column, counts) for values, column in kinds]
        range_ = [_range(values, column, counts) for values, column in kinds]
        for cells, rows in ((mean, means), (range_, ranges)):
            if policy == ALONE:
                cells[:3] = [NOTHING] * 3
            rows.append([label, *cells])
    columns = [Column("Way"), *(Column(heading, COUNT) for heading in COLUMNS.values())]
    found = Table(
        key="alternatives",
        caption="The plan beside other ways: means of random runs",
        columns=columns,
        rows=means,
        notes=_notes(name if len(plans) > 1 else "the plan", plan, counts, replay),
    )
    if len(alone) == 1:
        return [found]
    caption = "The lowest and the highest of these runs"
    return [found, replace(found, key="alternatives-range", caption=caption, rows=ranges, notes=())]


def _same(one: CertifiedPlan, other: CertifiedPlan) -> bool:
    """Whether two plans are one; a plan that was read from a file is the plan that was written."""
    return one is other or (
        one.certificate.cost == other.certificate.cost and one.moves.equals(other.moves)
    )


def _as_today(plan: CertifiedPlan, counts: Counts) -> tuple[list[list[str]], list[list[str]]]:
    """What is forecast as today, if anything is, and its range; nobody is asked."""
    told = told_of(three_sheet(plan, counts))
    if not told or plan.system.as_today is None:
        return [], []
    found = [printed(told[name]["as_today"]) for name in OVER]
    ends = [[printed(told[name][end]) for end in ("low", "high")] for name in OVER]
    ranges = [NOTHING if NOTHING in end else " to ".join(end) for end in ends]
    return [[TODAY, *[NOTHING] * 3, *found]], [[TODAY, *[NOTHING] * 3, *ranges]]


def _range(values: pd.Series, column: str, counts: Counts) -> str:
    """The lowest and the highest of the runs."""
    ends = [_shown(end, column, counts) for end in (values.min(), values.max())]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _shown(value: float, column: str, counts: Counts) -> str:
    """A figure as coarse as those of the plan; fewer patients than are told are not counted."""
    if column == "saved":
        unit = 0.0 if counts.coarse is None else counts.coarse.harm
        harm = float(rounded([value], unit)[0])
        return HIDDEN if harm != harm else printed(harm)
    step = series.rounding(counts)
    if value < step:
        return f"<{step}"
    return printed(float(np.floor(value / (step or 1) + 0.5) * (step or 1)))


def _notes(name: str, plan: CertifiedPlan, counts: Counts, replay: Replayed) -> list[str]:
    acceptance = replay.noise.acceptance
    seeds = replay.runs["seed"].nunique()
    told = (
        acceptance.says
        if isinstance(acceptance, Acceptance)
        else "Every offer is accepted."
        if acceptance == 1
        else f"Every offer is accepted with a chance of {percent(float(acceptance or 0), 0)}."
    )
    ways = [
        f"{WAYS[way][0]}: {WAYS[way][1]}."
        for way in dict.fromkeys(replay.runs["policy"])
        if way in WAYS
    ]
    notes = [
        " ".join(ways),
        f"{many(seeds, 'run')} in which referrals, slots and answers are drawn at random, the same "
        f"for every way. All keep to the rules in force for {name}. Who waits over 18 or 52 weeks "
        "is counted at the end.",
        f"{told} Who declines waits on at home; nobody is asked more than twice. Weeks saved are "
        "those of the forecast of each trust alone.",
        "Saved: harm with travel and moves, less than with each trust alone in the same run.",
    ]
    if plan.system.as_today is None:
        notes.append(
            "No forecast stands behind these data: today's order is taken for that of each trust "
            "alone."
        )
    else:
        notes.append(
            f"As today: the forecast from {plan.system.as_today.month} if everybody goes on as "
            "now, and where it will lie nine times in ten; it is not part of the runs."
        )
    step = series.rounding(counts)
    if step:
        notes.append(f"Patients are rounded to {step}, and harm so that no small number shows.")
    return notes
