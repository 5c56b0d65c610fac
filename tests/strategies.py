"""Small hospitals systems and policies, of every kind that the library takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pandas as pd
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

import mutualaid as ma

relaxed = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
"""For tests that solve a few small systems an example."""
costly = settings(relaxed, max_examples=max(settings().max_examples // 3, 5))
"""For tests that solve many."""

PROVIDERS = ("RA", "RB", "RC")
SERVICES = ("C_110", "X05")
AREAS = ("north", "south")
STREAMS = ("admitted", "non_admitted")
CLASSES = ("1", "2")
CLOCK = (0, 3, 16, 30, 52, 75)
"""Weeks that patients join with, where not all clocks are new."""


@dataclass(frozen=True)
class Case:
    """Tables and a policy, before they become a System."""

    tables: dict[str, pd.DataFrame]
    policy: ma.Policy
    period_weeks: int
    periods: int

    def system(self, shuffle: int | None = None) -> ma.System:
        """The system, its rows shuffled if asked."""
        tables = self.tables
        if shuffle is not None:
            tables = {
                name: table.sample(frac=1, random_state=shuffle + i)
                for i, (name, table) in enumerate(tables.items())
            }
        return ma.System(**tables, period_weeks=self.period_weeks, periods=self.periods)


def _cells(draw, keys, most, amounts):
    """A table over some of the keys, with a whole number each."""
    chosen = draw(st.lists(st.sampled_from(keys), unique=True, max_size=most)) if keys else []
    return [(*key, draw(amounts)) for key in chosen]


@st.composite
def cases(
    draw,
    most_patients=3,
    side_rows=True,
    falling_harm=True,
    young_stay=True,
    on_the_clock=False,
    booked=False,
    lines=True,
    lined=False,
):
    """A small case. Brute force can solve those with few patients.

    ``on_the_clock`` asks for who joins with weeks on the clock, ``booked`` for who has a date; some
    cases have them anyway. ``lines`` lets slots of a service be of streams and classes; those of
    ``lined`` cases are.
    """
    providers = PROVIDERS[: draw(st.integers(1, 3))]
    services = SERVICES[: draw(st.integers(1, 2))]
    period_weeks, periods = draw(st.sampled_from([1, 2, 4])), draw(st.integers(1, 3))
    priorities = draw(st.sampled_from([(), ("P2", "P3", "P4")]))
    by_area = draw(st.booleans())
    more = draw(more_lines().filter(bool) if lined else more_lines()) if lines else {}
    slots_of = [(s, *line) for s in services for line in product(*more.values())]
    queue_keys = [
        (o, *s, *p, *a)
        for o in providers
        for s in slots_of
        for p in ([(x,) for x in priorities] or [()])
        for a in ([(x,) for x in AREAS] if by_area else [()])
    ]
    queue_columns = (
        ["origin", "service", *more] + ["priority"] * bool(priorities) + ["area"] * by_area
    )
    weeks = st.sampled_from([0, 3, 10, 16, 17, 18, 40, 51, 52, 70])
    wanted = [(*k, w) for k in queue_keys for w in draw(st.lists(weeks, max_size=2, unique=True))]
    patients = st.integers(1, most_patients)
    waiting = _cells(draw, wanted, 4, patients) or [(*queue_keys[0], 20, draw(patients))]
    tables = {
        "waiting_list": pd.DataFrame(waiting, columns=[*queue_columns, "weeks_waiting", "patients"])
    }
    times = range(1, periods + 1)
    places = [(p, *s, t) for p in providers for s in slots_of for t in times]
    slots = _cells(draw, places, 6, st.integers(0, 3))
    listed = {cell[:-1] for cell in slots}
    slots += [(p, *s, 1, 0) for p in providers for s in slots_of if (p, *s, 1) not in listed]
    columns = ["provider", "service", *more, "period", "slots"]
    tables["capacity"] = pd.DataFrame(slots, columns=columns)
    start = "area" if by_area else "origin"
    minutes = st.sampled_from([0, 5, 20, 30, 59, 60, 61, 90])
    ways = [(a, p) for a in (AREAS if by_area else providers) for p in providers]
    tables["travel"] = pd.DataFrame(
        [(*way, draw(minutes)) for way in ways if by_area or way[0] != way[1]],
        columns=[start, "provider", "minutes"],
    ).astype({"minutes": float, start: str, "provider": str})
    if draw(st.booleans()):
        # A blank is a distance that nobody knows, and the shorter way may be the longer drive.
        miles = st.sampled_from([0.0, 10.0, 15.0, 50.0, 70.0, float("nan")])
        tables["travel"]["miles"] = [draw(miles) for _ in range(len(tables["travel"]))]
    if on_the_clock or draw(st.booleans()):
        # Some clocks start later in the period than their patients join.
        later = tuple(-w for w in (1, 2) if w < period_weeks)
        clocks = [CLOCK, (*later, *CLOCK)]
        clock = draw(st.sampled_from(clocks if on_the_clock else [(), (), *clocks]))
        tables |= draw(flows(queue_keys, queue_columns, times, clock, waiting, period_weeks))
    if side_rows and draw(st.integers(0, 3)) == 0:
        tables["pools"] = pd.DataFrame(
            [
                (p, "theatre", t, draw(st.sampled_from([0, 1.5, 3, 6])))
                for p in providers[:2]
                for t in times
            ],
            columns=["provider", "pool", "period", "amount"],
        )
        tables["usage"] = pd.DataFrame(
            [(s, "theatre", draw(st.sampled_from([0.5, 1, 1.5, 2]))) for s in services],
            columns=["service", "pool", "amount"],
        )
    if booked or draw(st.integers(0, 3)) == 0:
        tables |= draw(bookings(tables, queue_columns, times, period_weeks))
    policy = draw(policies(providers, priorities, side_rows, falling_harm, young_stay))
    return Case(tables, policy, period_weeks, periods)


def prices_of(plan):
    """What each slot is worth, by all that tells slots apart."""
    more = plan.system.lines.more
    return plan.prices_by(more) if more else plan.prices


@st.composite
def more_lines(draw):
    """What tells slots of a service apart, and its labels: nothing, in most systems."""
    kinds = draw(
        st.sampled_from([(), (), (), ("stream",), ("wait_class",), ("stream", "wait_class")])
    )
    return {kind: STREAMS if kind == "stream" else CLASSES for kind in kinds}


def _typed(rows, columns):
    whole = {c: "int64" for c in columns if c in ("period", "weeks_waiting", "patients")}
    labels = {c: str for c in columns if c not in whole}
    return pd.DataFrame(rows, columns=columns).astype({**labels, **whole})


def _clocked(table):
    """Weeks below 0 as what they are: a clock that starts so many weeks later."""
    if "weeks_waiting" not in table or not (table["weeks_waiting"] < 0).any():
        return table
    weeks = table["weeks_waiting"]
    return table.assign(weeks_waiting=weeks.clip(lower=0), weeks_later=(-weeks).clip(lower=0))


@st.composite
def flows(draw, queue_keys, queue_columns, times, clock, wanted, weeks):
    """Who joins, and who leaves: with a new clock, or with weeks on it."""
    joining = [
        (*k, t, *c) for k in queue_keys for t in times for c in ([(w,) for w in clock] or [()])
    ]
    columns = [*queue_columns, "period", *["weeks_waiting"] * bool(clock), "patients"]
    rows = _cells(draw, joining, 3 if clock else 2, st.integers(0, 2))
    tables = {"referrals": _clocked(_typed(rows, columns))}
    queue = len(queue_columns)
    if not draw(st.booleans()):
        return tables
    if draw(st.booleans()):
        # Who leaves has mostly waited as long as somebody there; else the nearest younger leave.
        ages = {(row[:queue], row[queue]) for row in wanted}
        ages |= {(r[:queue], (r[queue + 1] if clock else 0) - (r[queue] - 1) * weeks) for r in rows}
        leaving = [
            (*k, t, age + (t - 1) * weeks + more)
            for k, age in sorted(ages)
            for t in times
            for more in (0, 1)
            if age + (t - 1) * weeks + more >= (1 - weeks if min(clock, default=0) < 0 else 0)
        ]
        leavers = _cells(draw, sorted({*leaving}), 3, st.integers(0, 2))
        columns = [*queue_columns, "period", "weeks_waiting", "patients"]
        tables["removals"] = _clocked(_typed(leavers, columns))
        return tables
    stock = {row[: queue + 1]: row[-1] for row in rows if row[-1]}
    if stock:
        leaving = [(*k, draw(st.integers(0, n))) for k, n in stock.items()]
        tables["removals"] = _typed(leaving, [*queue_columns, "period", "patients"])
    return tables


@st.composite
def bookings(draw, tables, queue_columns, times, weeks):
    """Who has a date, most of them somebody there; some bookings do not say of which queue."""
    on_the_list = tables["waiting_list"].to_dict("records")
    joining = tables.get("referrals", pd.DataFrame()).to_dict("records")
    ages = {(tuple(r[k] for k in queue_columns), r["weeks_waiting"]) for r in on_the_list}
    ages |= {
        (
            tuple(r[k] for k in queue_columns),
            r.get("weeks_waiting", 0) - r.get("weeks_later", 0) - (r["period"] - 1) * weeks,
        )
        for r in joining
    }
    dates = {
        (*k, t, age + (t - 1) * weeks + more)
        for k, age in ages
        for t in times
        for more in (0, 0, 1)
        if -weeks < age + (t - 1) * weeks and (age + (t - 1) * weeks >= 0 or more == 0)
    }
    columns = [*queue_columns, "period", "weeks_waiting", "patients"]
    table = _typed(_cells(draw, sorted(dates), 4, st.integers(0, 2)), columns)
    unsaid = draw(st.sampled_from([[], [], ["priority"], ["area"], ["priority", "area"]]))
    keys = [c for c in columns[:-1] if c not in unsaid]
    return {"booked": _clocked(table.groupby(keys, as_index=False)["patients"].sum())}


@st.composite
def harms(draw, priorities, falling=True):
    """A harm curve, of any kind."""
    kind = draw(st.sampled_from(["person", "rtt", "clinical", "table", "function"]))
    if kind == "rtt":
        return ma.harm.rtt(
            steps=draw(
                st.dictionaries(
                    st.integers(0, 60),
                    st.sampled_from([0.0, 0.25, 1.0, 4.5]),
                    max_size=3,
                )
            )
        )
    if kind == "clinical" and priorities:
        return ma.harm.clinical()
    if kind == "table" and falling:
        weeks = draw(st.lists(st.integers(1, 70), max_size=3, unique=True))
        rates = st.sampled_from([0.0, 0.5, 1.0, 2.0])
        return ma.harm.from_table(
            {"weeks_waiting": [0, *weeks], "rate": [draw(rates) for _ in [0, *weeks]]}
        )
    if kind == "function":
        return ma.harm.from_function(rising)
    return ma.harm.person_weeks()


def rising(weeks):
    """A harm rate that rises week by week."""
    return 1 + weeks / 7


@st.composite
def policies(draw, providers, priorities, side_rows, falling_harm, young_stay):
    """A policy, in which any rule may bind."""
    options = {
        "harm": draw(harms(priorities, falling_harm)),
        "max_minutes": draw(st.sampled_from([0, 20, 60, 90])),
        "max_miles": draw(st.sampled_from([float("inf"), float("inf"), float("inf"), 15, 50])),
        "weeks_per_hour": draw(st.sampled_from([0.0, 1.0, 3.0])),
        "move_weeks": draw(st.sampled_from([0.0, 0.5])),
        "tail_weeks": draw(st.sampled_from([0, 13])),
        "movable_priorities": draw(st.sampled_from([("P3", "P4"), ("P2", "P3", "P4"), ("P4",)])),
        "move_mixed_services": draw(st.booleans()),
        "lead_weeks": draw(st.sampled_from([0, 0, 0, 1, 2, 3, 5])),
    }
    if young_stay:
        options["min_weeks_to_move"] = draw(st.sampled_from([0, 0, 17, 18, 52]))
    lane = st.fixed_dictionaries(
        {},
        optional={
            "origin": st.sampled_from(providers),
            "provider": st.sampled_from(providers),
        },
    ).filter(bool)
    if draw(st.integers(0, 3)) == 0:
        options["forbidden_lanes"] = draw(st.lists(lane, min_size=1, max_size=2))
    if draw(st.integers(0, 5)) == 0:
        options["allowed_lanes"] = draw(st.lists(lane, min_size=1, max_size=3))
    if side_rows:
        if draw(st.integers(0, 3)) == 0:
            options["max_out"] = draw(st.integers(0, 3))
        if draw(st.integers(0, 3)) == 0:
            options["max_in"] = {p: draw(st.integers(0, 2)) for p in providers[:2]}
        if draw(st.integers(0, 3)) == 0:
            options["max_share_moved"] = draw(st.sampled_from([0.0, 0.4, 0.5]))
        if draw(st.integers(0, 3)) == 0:
            options["max_moves"] = draw(st.integers(0, 3))
    return ma.Policy(**options)


@st.composite
def estates(draw, case):
    """Rooms of some sites, lent in some periods, and teams that could work in them."""
    times = range(1, case.periods + 1)
    tables = case.tables
    providers = sorted(set(tables["capacity"]["provider"]))
    services = sorted(set(tables["capacity"]["service"]))
    rooms = _cells(draw, [(p, t) for p in providers for t in times], 3, st.integers(1, 4))
    rooms = rooms or [(providers[0], 1, 2)]
    rooms = pd.DataFrame(rooms, columns=["site", "period", "slots"])
    if draw(st.booleans()):
        rooms["session"] = draw(st.integers(1, 3))
        rooms["price"] = draw(st.sampled_from([0.0, 0.5, 8.0]))
    places = [(p, s, t) for p in providers for s in services for t in times]
    teams = _cells(draw, places, 5, st.integers(0, 5)) or [(*places[-1], 3)]
    columns = ["provider", "service", "period", "slots"]
    return ma.Estate(rooms=rooms, teams=pd.DataFrame(teams, columns=columns))
