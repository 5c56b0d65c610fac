"""Why a cohort or a lane is treated as it is, in words that its trust can check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from mutualaid.arguments import argument
from mutualaid.data.system_names import SystemNames
from mutualaid.errors import InputError
from mutualaid.model.alone_groups import saves_enough
from mutualaid.model.arcs import Kind
from mutualaid.model.lanes import judge
from mutualaid.model.lead_time import lead_time
from mutualaid.model.model import Model
from mutualaid.policy.harm import SCALE
from mutualaid.solve.solver import Solution


def explain(
    model: Model,
    solution: Solution,
    table: pd.DataFrame,
    labels: Mapping[str, object],
    provider: str | None,
    period: int,
    weeks_waiting: int | None,
    *,
    moves: bool,
) -> str:
    """Explain: see :meth:`mutualaid.Plan.explain`."""
    system = model.frame.system
    argument.whole("period", period, 1, system.periods)
    names = SystemNames.of(system.providers, system.services)
    labels = {n: names.code(n, v, n) if isinstance(v, str) else v for n, v in labels.items()}
    provider = None if provider is None else names.code("provider", provider, "provider")
    if provider is not None and provider not in system.providers:
        told = names.told("provider", [provider])
        raise InputError(f"{told} is not a provider of this system")
    queue = _queue(model, labels)
    name = " ".join(str(v) for v in model.frame.queues.labels.iloc[queue])
    rows = table[_of_queue(model, table, queue)]
    if weeks_waiting is not None:
        rows = rows[(rows["weeks_waiting"] == weeks_waiting) & (rows["referred"] == 0)]
        name += f", {weeks_waiting} weeks at the census"
        if not len(rows):
            raise InputError(f"nobody of {name} is on the list")
    if provider is None:
        fate = _fate(rows, name, system.periods)
        return "\n".join([*fate, *_offers(model, solution, queue, period)])
    return "\n".join(_lane(model, solution, rows, name, queue, provider, period, moves=moves))


def _queue(model: Model, labels: Mapping[str, object]) -> int:
    table = model.frame.queues.labels
    absent = [name for name in labels if name not in table]
    if absent:
        raise InputError(f"queues have no {', '.join(absent)}: use {', '.join(table.columns)}")
    fits = np.ones(len(table), dtype=bool)
    for name, value in labels.items():
        fits &= (table[name].astype(object) == value).to_numpy()
    found = np.flatnonzero(fits)
    told = ", ".join(f"{name} {value}" for name, value in labels.items())
    if not len(found):
        raise InputError(f"there is no queue with {told}")
    if len(found) > 1:
        others = [name for name in table.columns if name not in labels]
        raise InputError(f"{len(found)} queues fit {told}: say which {' and '.join(others)} too")
    return int(found[0])


def _of_queue(model: Model, table: pd.DataFrame, queue: int) -> np.ndarray:
    mask = np.ones(len(table), dtype=bool)
    for name, value in model.frame.queues.labels.iloc[queue].items():
        mask &= (table[str(name)] == value).to_numpy()
    return mask


def _fate(rows: pd.DataFrame, name: str, periods: int) -> Iterator[str]:
    total = int(rows["patients"].sum())
    yield f"{name}: {total:,} patients."
    treated = rows[rows["period"] <= periods]
    for provider, part in treated.groupby("provider", observed=True):
        where = f"at {provider}" if part["moved"].any() else f"at home ({provider})"
        first, last = int(part["period"].min()), int(part["period"].max())
        when = f"in period {first}" if first == last else f"in periods {first} to {last}"
        yield f"  {int(part['patients'].sum()):,} treated {where} {when}."
    left = total - int(treated["patients"].sum())
    if left:
        yield f"  {left:,} still wait after period {periods}."


def _offers(model: Model, solution: Solution, queue: int, period: int) -> Iterator[str]:
    """Say for each lane what one patient more would change."""
    lanes = model.lanes
    mine = np.flatnonzero(lanes.queue == queue)
    if not len(mine):
        yield "  No lane is open to them: see explain(…, provider=…) for the rules that say no."
    for lane in mine:
        provider = model.frame.system.providers[lanes.provider[lane]]
        yield f"  {provider}, period {period}: {_change(model, solution, int(lane), period)}"


def _lane(
    model: Model,
    solution: Solution,
    rows: pd.DataFrame,
    name: str,
    queue: int,
    provider: str,
    period: int,
    *,
    moves: bool,
) -> Iterator[str]:
    frame = model.frame
    here = rows[rows["provider"] == provider]
    count = int(here["patients"].sum())
    yield f"{name} at {provider}: {count:,} patients treated there."
    place = frame.system.providers.index(provider)
    found = np.flatnonzero((model.lanes.queue == queue) & (model.lanes.provider == place))
    pair = frame.slots.position[place, frame.queues.line[queue]]
    if not len(found) or not frame.slots.count[pair].any():
        for reason in _closed(model, queue, place, moves=moves):
            yield f"  Not open to them: {reason}"
        return
    lane = int(found[0])
    minutes, extra = model.lanes.minutes[lane], model.lanes.extra[lane]
    if not model.lanes.home[lane]:
        yield (
            f"  The way is {minutes:g} minutes, {extra:g} more than home; travel and move count "
            f"{model.lanes.cost[lane] / SCALE:g} harm-weeks a patient."
        )
    for when, part in here.groupby("period"):
        yield f"  Period {when}: {int(part['patients'].sum()):,}."
    yield f"  In period {period}: {_change(model, solution, lane, period)}"


def _closed(model: Model, queue: int, provider: int, *, moves: bool) -> Iterator[str]:
    frame = model.frame
    pair = frame.slots.position[provider, frame.queues.line[queue]]
    if pair < 0 or not frame.slots.count[pair].any():
        columns = " and ".join(("service", *frame.system.lines.more))
        yield f"{frame.system.providers[provider]} has no slot for this {columns}."
        return
    if not moves:
        yield "In this mode nobody helps anybody."
    reasons = list(judge(frame.system, frame.policy, frame.queues, queue, provider))
    if not reasons and frame.queues.alone is not None:
        weeks = frame.policy.min_weeks_saved
        reasons = [f"whenever they went, it would be less than {weeks} weeks sooner than at home."]
    yield from reasons


def _change(model: Model, solution: Solution, lane: int, period: int) -> str:
    """Say what treating one patient more in a lane and period would change, and why."""
    means, network = model.means, model.network
    arc = np.flatnonzero(
        (means.kind == Kind.TREAT) & (means.lane == lane) & (means.period == period)
    )
    if not len(arc):
        return "; ".join(_shut(model, lane, period)) + "."
    tail, head = int(network.tail[arc[0]]), int(network.head[arc[0]])
    unit = SCALE * solution.price_scale
    saving, slot = -solution.potential[tail] / unit, -solution.potential[head] / unit
    way = model.lanes.cost[lane] / SCALE
    limits = network.rows.row[network.rows.arc == arc[0]]
    held = network.rows.coefficient[network.rows.arc == arc[0]]
    cap = -float(solution.row_price[limits] @ held) / unit if len(limits) else 0.0
    if saving < 0:
        return "nobody of them is left untreated from here on, so that more would save nothing."
    net = way + max(slot, 0.0) + cap - saving
    parts = [f"treating one more would save {saving:,.3f} harm-weeks"]
    if way:
        parts.append(f"travel and move cost {way:,.3f}")
    parts.append(f"the slot is worth {max(slot, 0.0):,.3f}")
    if cap > 0:
        parts.append(f"the limits in force cost {cap:,.3f}")
    told = "; ".join(parts)
    if net > 1e-9:
        return f"{told}: one more there would add {net:,.3f} harm-weeks."
    return f"{told}: the plan uses this lane, or could as well."


def _shut(model: Model, lane: int, period: int) -> Iterator[str]:
    """Say every reason for which nobody can be treated in a lane and period."""
    frame, lanes = model.frame, model.lanes
    begins = (period - 1) * frame.system.period_weeks
    notice = frame.policy.notice_weeks
    if lanes.away[lane] and begins < notice:
        yield (
            f"nobody is moved with less than {notice} weeks' notice, and this period begins "
            f"{begins} weeks after the census"
        )
    if lanes.away[lane]:
        yield from _no_lead(model, int(lanes.queue[lane]), period)
    if not saves_enough(frame, lanes)[lane, period - 1]:
        yield (
            f"their own trust would treat them less than {frame.policy.min_weeks_saved} weeks later"
        )
    if not frame.slots.count[lanes.pair[lane], period - 1]:
        yield "no slots there in this period"
    if not frame.queues.arrived(frame.curves.periods)[lanes.queue[lane], period - 1]:
        yield "nobody of them has been referred by then"


def _no_lead(model: Model, queue: int, period: int) -> Iterator[str]:
    """Say that a move takes longer than anybody of a queue has been there."""
    lead = lead_time(model.frame, model.lanes)
    if lead.ready[queue, period - 1] or not lead.arrived[queue, period - 1]:
        return
    arrival = model.frame.queues.lot_arrival[model.frame.queues.lot_queue == queue]
    weeks = (period - int(arrival.min())) * model.frame.system.period_weeks
    since = "the census" if arrival.min() == 1 else "they joined"
    yield (
        f"a move takes {model.frame.policy.lead_weeks} weeks to prepare, and this period begins "
        f"{weeks} weeks after {since}"
    )
