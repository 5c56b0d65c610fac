"""A made-up hospital collaborative, the same for everybody.

For examples, tests and benchmarks: nobody in it exists. Its shape is that of English elective
care (about 60 % within 18 weeks, about 2 % over 52, very uneven between trusts); its numbers
were drawn from no record.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.data.rates import LONGEST_HORIZON_PERIODS
from mutualaid.data.system import System

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Pairs = Mapping[str, tuple[float, float]]

NAMES = (
    "Alder Valley",
    "Bramble Heath",
    "Cobble Haven",
    "Dunlin Shore",
    "Ember Hill",
    "Fallow Dale",
    "Gorse Point",
    "Heron Mere",
    "Ivy Down",
    "Juniper Vale",
    "Kestrel Edge",
    "Linnet Wood",
    "Mallow Fen",
    "Nettle Bay",
    "Otter Ford",
    "Plover Sands",
    "Quill Park",
    "Rowan Reach",
    "Sorrel Wold",
    "Tansy Green",
    "Umber Cross",
    "Vetch Island",
    "Willow Strand",
    "Xenia Field",
    "Yarrow Brook",
    "Zephyr Bank",
)
PATIENTS_A_TRUST = 7_500

# Share of the list and length of the waits, each beside the others'. The services are general
# surgery, urology, trauma and orthopaedics, ENT, ophthalmology and gynaecology.
SERVICE_SHAPES: Pairs = {
    "C_100": (7, 0.97),
    "C_101": (7, 0.96),
    "C_110": (14, 1.06),
    "C_120": (11, 1.04),
    "C_130": (10, 0.95),
    "C_502": (10, 1.02),
}
OTHER_SERVICE = (8, 1.0)
PRIORITY_SHAPES: Pairs = {"P2": (8, 0.45), "P3": (35, 0.96), "P4": (57, 1.06)}
NO_PRIORITY: Pairs = {"": (1, 1.0)}

# A trust's longest waits in weeks, and its slots for each who joins and stays: each from, to.
STRUGGLING = (101.0, 104.0, 0.90, 0.95)
ORDINARY = (78.0, 86.0, 0.98, 1.02)
AHEAD = (46.0, 52.0, 1.05, 1.10)
REMOVED_SHARE = 0.12
# December and January, if the census is at the end of February.
WINTER_WEEKS = np.arange(40, 48)
WINTER_SLOTS, OTHER_SLOTS = 85, 100

# Dogger Bank, under the North Sea, where no map can take a trust for a real one.
CENTRE, KM_A_DEGREE = (54.75, 2.5), (111.2, 64.2)
SIDE_KM_OF_EIGHT_TRUSTS = 60.0
MINUTES_A_KM = 1.3 * 60 / 45
MILES_A_KM = 1.3 / 1.609344
# Multiples of these, less their whole part, fill a square evenly and on no grid (Roberts' R2).
EVEN_STEPS = (0.7548776662466927, 0.5698402909980532)
COMPASS: Pairs = {"E": (0, 1), "N": (1, 0), "S": (-1, 0), "W": (0, -1)}

BOUNDS: Pairs = {
    "seed": (0, math.inf),
    "trusts": (2, len(NAMES)),
    "areas_per_trust": (1, len(COMPASS)),
    "periods": (1, LONGEST_HORIZON_PERIODS),
    "period_weeks": (1, LONGEST_HORIZON_PERIODS),
    "list_size": (1, 10_000_000),
}


@checks_arguments
def collaborative(
    seed: int = 2026,
    *,
    trusts: int = 8,
    services: Collection[str] = tuple(SERVICE_SHAPES),
    areas_per_trust: int = 3,
    periods: int = 13,
    period_weeks: int = 4,
    list_size: int | None = None,
    priorities: bool = True,
) -> System:
    """Make up a collaborative of hospital trusts whose lists are very uneven.

    No patient, area or hospital in it is real. The same arguments give the same tables, byte
    for byte, on every machine.

    A quarter of the trusts struggle: about 7 % of their patients have waited over 52 weeks, some
    over 80, and there are slots for only 90 to 95 % of those who join and stay. A quarter are
    far ahead: hardly anybody has waited over 40 weeks, and slots exceed need by 5 to 10 %. Every
    trust does better in some services than in others. Weeks 40 to 47 of each year have 15 %
    fewer slots. The largest trust is about five times the smallest.

    Parameters
    ----------
    seed
        A whole number from 0; another one gives another collaborative.
    trusts
        How many hospital trusts, 2 to 26.
    services
        Codes of the services, each offered by every trust; their order does not matter.
    areas_per_trust
        How many places a trust's patients live in, 1 to 4.
    periods, period_weeks
        How many periods, and the length of each in weeks.
    list_size
        Patients waiting in all; 7,500 a trust if not given.
    priorities
        Whether patients have a surgical priority; if not, no table has the column.

    Returns
    -------
    System
        With ``waiting_list``: ``origin`` (code of the trust whose list it is), ``service``,
        ``weeks_waiting`` (RTT week band at the census), ``patients`` (how many are alike),
        ``priority`` (P2, the soonest, to P4), ``area`` (where they live) and ``deprivation``
        (the area's quintile, 1 the most deprived, where waits are a little longer);
        ``capacity``, a row for every trust, service and period: ``provider``, ``service``,
        ``period``, ``slots`` (patients who can be treated); ``travel``, a row for every pair:
        ``area``, ``provider``, ``minutes``, ``miles`` (one way); ``referrals`` and ``removals``:
        ``origin``, ``service``, ``period``, ``patients`` (who join, and who leave untreated,
        never more than join), ``priority``, ``area``.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    >>> system = collaborative(trusts=3, services=["C_110", "C_130"], list_size=9_000)
    >>> system.providers
    ('XA1', 'XB2', 'XC3')
    >>> int(system.waiting_list["patients"].sum())
    9000
    """
    recipe = _Recipe(
        seed, trusts, services, areas_per_trust, periods, period_weeks, list_size, priorities
    )
    made = _tables(recipe)
    return System(
        made["waiting_list"],
        made["capacity"],
        made["travel"],
        made["referrals"],
        made["removals"],
        period_weeks=period_weeks,
        periods=periods,
    )


@checks_arguments
def collaborative_providers(seed: int = 2026, *, trusts: int = 8) -> pd.DataFrame:
    """Names and places of the trusts of :func:`collaborative`, as made up as the rest.

    Takes ``seed`` and ``trusts`` as that does, and returns ``provider`` (code), ``name``,
    ``latitude`` and ``longitude`` (degrees; on Dogger Bank, under the North Sea).

    Examples
    --------
    >>> collaborative_providers(trusts=3)["name"].to_list()
    ['Alder Valley', 'Bramble Heath', 'Cobble Haven']
    """
    recipe = _Recipe(seed, trusts)
    degrees = np.array(CENTRE) + recipe.places() / np.array(KM_A_DEGREE)
    latitude, longitude = np.rint(degrees.T * 1e4) / 1e4
    columns = {"provider": recipe.codes(), "name": NAMES[:trusts]}
    return pd.DataFrame({**columns, "latitude": latitude, "longitude": longitude})


@dataclass(frozen=True, slots=True)
class _Recipe:
    """The arguments, known to be usable, and the chance that follows from them.

    All that is made of the numbers drawn is made by arithmetic and square roots, which every
    machine rounds alike; not by logarithms or powers, which it does not.
    """

    seed: int
    trusts: int
    services: Collection[str] = tuple(SERVICE_SHAPES)
    areas_per_trust: int = 3
    periods: int = 13
    period_weeks: int = 4
    list_size: int | None = None
    priorities: bool = True

    def __post_init__(self) -> None:
        with Arguments("collaborative") as check:
            for name, (low, high) in BOUNDS.items():
                check.whole(name, getattr(self, name), int(low), high, optional=name == "list_size")
            listed = isinstance(self.services, Collection) and not isinstance(self.services, str)
            codes = list(self.services) if listed else []
            if not codes or len({code for code in codes if isinstance(code, str)}) < len(codes):
                remedy = "write a list of codes, each once, such as ['C_110', 'C_130']"
                check.wrong("services", f"is {self.services!r}", remedy)
            check.flag("priorities", self.priorities)

    def draw(self, topic: str, *shape: int) -> Floats:
        """Numbers from 0 up to 1, of each topic the same whatever else is drawn.

        NumPy keeps a bit generator's raw bits the same in every version; of what its
        distributions make of them it does not promise that.
        """
        stream = np.random.SeedSequence(int(self.seed), spawn_key=tuple(topic.encode()))
        raw = np.random.PCG64(stream).random_raw(math.prod(shape))
        # The upper 53 bits are all that a float holds.
        return (np.asarray(raw >> np.uint64(11), dtype=np.float64) * 2.0**-53).reshape(shape)

    def codes(self) -> list[str]:
        """Codes in the order of the names; a real trust's starts with R or T."""
        return [f"X{name[0]}{place % 9 + 1}" for place, name in enumerate(NAMES[: self.trusts])]

    def areas(self) -> list[str]:
        """Areas in the order of their codes."""
        headings = list(COMPASS)[: self.areas_per_trust]
        return [f"{code}-{heading}" for code in self.codes() for heading in headings]

    def places(self) -> Floats:
        """Kilometres north and east of the centre: more trusts cover more ground."""
        steps = np.arange(self.trusts)[:, None] * np.array(EVEN_STEPS)
        side = SIDE_KM_OF_EIGHT_TRUSTS * math.sqrt(self.trusts / 8)
        spread: Floats = side * (np.mod(self.draw("place", 2) + steps, 1.0) - 0.5)
        return spread

    def ranks(self) -> Ints:
        """Trusts' ranks by size, from 0, the smallest."""
        return np.argsort(self.draw("size", self.trusts), kind="stable")

    def tendencies(self) -> tuple[Floats, Floats]:
        """The longest wait of each trust, and its slots for each patient who joins and stays."""
        # Whatever the seed, both those who struggle and those ahead are small and large.
        tendency = np.array([AHEAD, STRUGGLING, ORDINARY, ORDINARY])[self.ranks() % 4]
        chance = np.stack([self.draw(topic, self.trusts) for topic in ("longest", "balance")])
        longest, balance = tendency[:, ::2].T * (1 - chance) + tendency[:, 1::2].T * chance
        return longest, balance


def _tables(recipe: _Recipe) -> dict[str, pd.DataFrame]:
    queues = _queues(recipe)
    patients, longest = (queues[name].to_numpy() for name in ("patients", "longest"))
    # The share of a list that has waited over w weeks is (1 - w / longest) to the fourth power.
    queue = np.repeat(np.arange(len(queues)), patients)
    lapse = 1 - np.sqrt(np.sqrt(recipe.draw("wait", len(queue))))
    weeks = np.floor(longest[queue] * lapse).astype(np.int64)
    bands = int(weeks.max()) + 1
    cohorts = np.bincount(queue * bands + weeks, minlength=len(queues) * bands)

    # If so many join, a list keeps its length and its shape.
    steady = (4 * recipe.period_weeks * patients / longest)[:, None]
    shape = (len(queues), recipe.periods)
    rate = steady * (0.9 + 0.2 * recipe.draw("referral rate", *shape))
    joining = np.floor(rate + recipe.draw("referral", *shape)).astype(np.int64)
    leaving = np.floor(joining * REMOVED_SHARE + recipe.draw("removal", *shape)).astype(np.int64)
    staying = (joining - leaving).reshape(recipe.trusts, len(recipe.services), -1).sum(axis=2)
    flows = queues.drop(columns="deprivation")
    return {
        "waiting_list": _long(queues, cohorts.reshape(-1, bands), "weeks_waiting", 0),
        "capacity": _capacity(recipe, staying),
        "travel": _travel(recipe),
        "referrals": _long(flows, joining, "period", 1),
        "removals": _long(flows, leaving, "period", 1),
    }


def _queues(recipe: _Recipe) -> pd.DataFrame:
    """A row for each trust, service, priority and area, in this order."""
    kinds = PRIORITY_SHAPES if recipe.priorities else NO_PRIORITY
    services, areas, each = sorted(recipe.services), recipe.areas(), recipe.areas_per_trust
    shape = (recipe.trusts, len(services), len(kinds), each)
    trust, service, kind, area = (axis.ravel() for axis in np.indices(shape))
    area += trust * each
    shapes = np.array([SERVICE_SHAPES.get(code, OTHER_SERVICE) for code in services])
    urgency = np.array(list(kinds.values()))
    longest, _ = recipe.tendencies()
    # From 1 to 5, with more small trusts than large ones.
    rank = recipe.ranks() / (recipe.trusts - 1)
    size = 1 + 4 * rank * rank
    # Areas whose trust struggles tend to be deprived.
    wealth = recipe.draw("deprivation", len(areas)) - longest.repeat(each) / 100
    quintile = 1 + np.argsort(np.argsort(wealth, kind="stable")) * 5 // len(areas)
    local = 0.7 + 0.6 * recipe.draw("service size", *shape[:2])
    luck = 1.1 - 0.2 * recipe.draw("service luck", *shape[:2])
    spread = 0.6 + 0.8 * recipe.draw("area size", len(areas))

    share = size[trust] * spread[area] * local[trust, service]
    share = share * shapes[service, 0] * urgency[kind, 0]
    waits = longest[trust] * (1.06 - 0.02 * quintile)[area] * luck[trust, service]
    waits = waits * shapes[service, 1] * urgency[kind, 1]
    total = PATIENTS_A_TRUST * recipe.trusts if recipe.list_size is None else recipe.list_size
    names = _every(origin=recipe.codes(), service=services, priority=kinds, area=range(each))
    queues = names.assign(
        area=np.array(areas)[area],
        deprivation=quintile[area],
        patients=_apportion(np.array(total), share),
        longest=waits,
    )
    return queues if recipe.priorities else queues.drop(columns="priority")


def _long(queues: pd.DataFrame, patients: Ints, when: str, first: int) -> pd.DataFrame:
    """Turn counts, queues down and times across, into a row for each count above 0."""
    queue, time = np.nonzero(patients)
    table = queues.iloc[queue].reset_index(drop=True)
    table = table.assign(**{when: time + first, "patients": patients[queue, time]})
    order = ("origin", "service", when, "patients", "priority", "area", "deprivation")
    return table[[name for name in order if name in table]]


def _capacity(recipe: _Recipe, staying: Ints) -> pd.DataFrame:
    """Slots for those who join and stay: more or fewer by trust, service and season."""
    _, balance = recipe.tendencies()
    # The luck that makes a service's waits long at a trust also leaves it short of slots.
    luck = 0.88 + 0.24 * recipe.draw("service luck", *staying.shape)
    slots = _apportion(np.rint(balance * staying.sum(axis=1)), np.maximum(staying, 1) * luck)
    weeks = np.arange(recipe.periods * recipe.period_weeks).reshape(recipe.periods, -1) % 52
    season = np.where(np.isin(weeks, WINTER_WEEKS), WINTER_SLOTS, OTHER_SLOTS).sum(axis=1)
    slots = _apportion(slots, np.broadcast_to(season, (*staying.shape, recipe.periods)))
    periods = range(1, recipe.periods + 1)
    rows = _every(provider=recipe.codes(), service=sorted(recipe.services), period=periods)
    return rows.assign(slots=slots.ravel())


def _travel(recipe: _Recipe) -> pd.DataFrame:
    hospitals, each = recipe.places(), recipe.areas_per_trust
    away = 4 + 8 * recipe.draw("area distance", recipe.trusts, each, 1)
    homes = hospitals[:, None] + away * np.array(list(COMPASS.values())[:each])
    apart = homes.reshape(-1, 1, 2) - hospitals
    squared = apart[..., 0] * apart[..., 0] + apart[..., 1] * apart[..., 1]
    km = np.sqrt(squared).ravel()
    ways = _every(area=recipe.areas(), provider=recipe.codes())
    return ways.assign(
        minutes=np.rint(MINUTES_A_KM * km * 10) / 10, miles=np.rint(MILES_A_KM * km * 10) / 10
    )


def _every(**names: Iterable[object]) -> pd.DataFrame:
    """A row for every combination, the first name the slowest to change."""
    return pd.MultiIndex.from_product(list(names.values()), names=list(names)).to_frame(index=False)


def _apportion(total: Ints | Floats, weights: Ints | Floats) -> Ints:
    """Whole numbers along the last axis in proportion to weights, adding up to the total."""
    ends = np.cumsum(weights, axis=-1)
    ends = np.floor(ends / ends[..., -1:] * total[..., None] + 0.5).astype(np.int64)
    parts: Ints = np.diff(ends, axis=-1, prepend=0)
    return parts
