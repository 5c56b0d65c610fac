"""The world of one seed: who comes, who leaves, what takes place and who would accept.

It is drawn once and shared by all policies (*common random numbers*): they face the same
patients, the same cancelled sessions and the same answers, so that their differences are their
own doing. Each kind of chance has a stream of its own, so that switching one off leaves the
others as they were.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.labels import positions, rows_among
from mutualaid.data.system import System
from mutualaid.errors import InputWarning
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, Queues, build_queues
from mutualaid.simulation.noise import Noise

STREAMS = ("referrals", "removals", "capacity", "cancelled", "acceptance")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class World:
    """What comes to pass, whatever anybody decides.

    Attributes
    ----------
    seed : int
        What it was drawn from.
    system : System
        The system as it turns out, with who came, who left and what took place.
    patients, removed : int64 arrays, shape (lots,)
        How many there are, and how many leave untreated, of each lot that was expected.
    slots : int64 array, shape (pairs, periods, weeks of a period)
        Slots that take place.
    first : int64 array, shape (lots,)
        Where each lot's patients start, all patients being counted through.
    willing : int64 array, shape (patients + 1,)
        How many of the patients before each would accept if they were asked.
    """

    seed: int
    system: System
    patients: Ints
    removed: Ints
    slots: Ints
    first: Codes
    willing: Ints

    def accepting(self, lot: Codes, place: Ints, count: Ints) -> Ints:
        """How many accept of ``count`` patients of a lot, the first ``place`` being passed over."""
        start = self.first[lot] + place
        result: Ints = self.willing[start + count] - self.willing[start]
        return result


def draw_world(frame: Frame, noise: Noise, seed: int) -> World:
    """Draw the world of one seed.

    The same seed gives the same world on any machine with the same version of NumPy.

    Parameters
    ----------
    frame
        What is expected.
    noise
        What is random.
    seed
        A whole number from 0.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> frame = plan.model.frame
    >>> certain = draw_world(frame, Noise.none(), 0)
    >>> bool((certain.patients == frame.queues.lot_patients).all())
    True
    """
    rng = {
        name: np.random.default_rng(np.random.SeedSequence([seed, stream]))
        for stream, name in enumerate(STREAMS)
    }
    system = frame.system
    referrals, removals = system.referrals, system.removals
    if referrals is not None and noise.referrals is not None:
        mean = referrals["patients"].to_numpy() * _demand(system, referrals, noise, rng)
        referrals["patients"] = rng["referrals"].poisson(mean)
    if removals is not None and noise.removals:
        removals["patients"] = rng["removals"].poisson(removals["patients"].to_numpy())
    slots = _weekly_slots(frame, noise, rng)
    real = quietly(
        lambda: system.replace(
            referrals=referrals,
            removals=removals,
            capacity=capacity_table(frame, slots.sum(axis=2)),
        )
    )
    patients, removed = _on_expected_lots(frame.queues, real)
    willing = rng["acceptance"].random(int(patients.sum())) < noise.acceptance
    return World(
        seed=seed,
        system=real,
        patients=patients,
        removed=removed,
        slots=slots,
        first=np.cumsum(patients) - patients,
        willing=np.concatenate([[0], np.cumsum(willing)]).astype(np.int64),
    )


def quietly(make: Callable[[], System]) -> System:
    """Make a system of a replay; what its own system warned of, it need not say again."""
    # Filters for warnings are the whole process's: no other thread may put back ours.
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return make()


def capacity_table(frame: Frame, slots: Ints) -> pd.DataFrame:
    """Slots by pair and period as a table."""
    pairs, periods = slots.shape
    provider = np.array(frame.system.providers, dtype=object)[frame.slots.provider]
    service = np.array(frame.system.services, dtype=object)[frame.slots.service]
    return pd.DataFrame(
        {
            "provider": np.repeat(provider, periods),
            "service": np.repeat(service, periods),
            "period": np.tile(np.arange(1, periods + 1), pairs),
            "slots": slots.ravel(),
        }
    )


Streams = dict[str, np.random.Generator]
Floats = npt.NDArray[np.float64]


def _demand(system: System, referrals: pd.DataFrame, noise: Noise, rng: Streams) -> Floats:
    """What demand is, as a multiple of what is expected, for each row of the referrals."""
    shape = len(system.providers), len(system.services), system.periods
    factor = _factor(noise.referrals or 0.0, shape, rng["referrals"])
    result: Floats = factor[
        positions(referrals["origin"], system.providers),
        positions(referrals["service"], system.services),
        referrals["period"].to_numpy() - 1,
    ]
    return result


def _factor(spread: float, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Gamma with mean 1."""
    if spread == 0:
        return np.ones(shape)
    return rng.gamma(spread**-2, spread**2, size=shape)


def _weekly_slots(frame: Frame, noise: Noise, rng: Streams) -> Ints:
    """Slots that take place: a period's are spread evenly over its weeks, then some fall out."""
    system, slots = frame.system, frame.slots
    weeks = system.period_weeks
    ends = (2 * np.arange(weeks + 1) * slots.count[..., None] + weeks) // (2 * weeks)
    planned = np.diff(ends, axis=2)
    shape = len(system.providers), system.periods
    factor = _factor(noise.capacity, shape, rng["capacity"])[slots.provider]
    mean = planned * factor[..., None]
    # So many are planned that the mean takes place; without chance that is what was planned.
    tried = np.ceil(mean / (1 - noise.cancelled)).astype(np.int64)
    chance = np.divide(mean, tried, out=np.zeros_like(mean), where=tried > 0)
    return rng["cancelled"].binomial(tried, np.minimum(chance, 1.0))


def _on_expected_lots(expected: Queues, real: System) -> tuple[Ints, Ints]:
    """Who there is after removals, and who was removed, counted on the lots that were expected.

    Nobody comes who could not have been expected: each real lot is one of them.
    """
    columns = list(expected.labels.columns)
    found = build_queues(real, columns)
    queue = rows_among(expected.labels, found.labels)[found.lot_queue]
    keys = [
        pd.MultiIndex.from_arrays([number, lots.lot_weeks, lots.lot_referred])
        for number, lots in ((expected.lot_queue, expected), (queue, found))
    ]
    lot = keys[0].get_indexer(keys[1])
    patients, removed = np.zeros((2, len(expected.lot_queue)), dtype=np.int64)
    patients[lot], removed[lot] = found.lot_patients, found.lot_removed
    return patients, removed
