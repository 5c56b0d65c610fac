"""Sample paths: who comes, who leaves, which slots take place and who would accept.

A path is drawn once a seed and shared by all policies (*common random numbers*): they face the
same patients, the same cancelled sessions and patients of the same mind, so that differences
between them come from their decisions alone. Each source of randomness has a stream of its own:
switching one off leaves the others as they were.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.label_codes import positions
from mutualaid.data.system import System
from mutualaid.errors import InputWarning
from mutualaid.model.model import Frame
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes
from mutualaid.simulation.lots_of_path import on_expected_lots
from mutualaid.simulation.matching_counts import before
from mutualaid.simulation.noise import Noise

STREAMS = ("referrals", "removals", "capacity", "cancelled", "acceptance")
_one_at_a_time = threading.Lock()
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SamplePath:
    """One realisation of everything random; no decision changes it.

    Attributes
    ----------
    seed : int
        The seed that it was drawn from.
    system : System
        The system with the referrals, removals and slots of this path.
    patients, removed : int64 arrays, shape (lots,)
        Patients of each expected lot who come and stay, and those who leave untreated.
    booked : int64 array, shape (lots, periods)
        Those of them who are treated at home in a period, whatever a policy decides.
    slots : int64 array, shape (pairs, periods, weeks of a period)
        Slots that take place.
    first : int64 array, shape (lots,)
        Position of each lot's first patient when all patients are numbered lot by lot.
    draws : float64 array, shape (2, patients)
        Each patient's own numbers from 0 to 1, of a first and of a second time of being asked: who
        is asked accepts if it is below the chance of the offer. The n-th of a lot to be asked a
        first time has the same number under every policy, and so has the n-th to be asked again.
    """

    seed: int
    system: System
    patients: Ints
    removed: Ints
    booked: Ints
    slots: Ints
    first: Codes
    draws: Floats

    def accepting(
        self, lot: Codes, place: Ints, count: Ints, chance: Floats, *, again: bool = False
    ) -> Ints:
        """How many accept of ``count`` patients of a lot who come after its first ``place``.

        ``chance`` is that of each offer; ``again`` if they are asked a second time.
        """
        offer = np.repeat(np.arange(len(lot)), count)
        start = self.first[lot] + place - before(count, np.zeros_like(lot))
        patient = np.repeat(start, count) + np.arange(len(offer))
        yes = self.draws[int(again), patient] < chance[offer]
        return np.bincount(offer, weights=yes, minlength=len(lot)).astype(np.int64)


def draw_sample_path(frame: Frame, noise: Noise, seed: int) -> SamplePath:
    """Draw the sample path of one seed.

    The same seed gives the same path on any machine with the same version of NumPy.

    Parameters
    ----------
    frame
        The expected queues, slots and referrals.
    noise
        What is random, and how much.
    seed
        A whole number from 0.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> frame = plan.model.frame
    >>> certain = draw_sample_path(frame, Noise.none(), 0)
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
    patients, removed, booked = on_expected_lots(frame, real)
    return SamplePath(
        seed=seed,
        system=real,
        patients=patients,
        removed=removed,
        booked=booked,
        slots=slots,
        first=np.cumsum(patients) - patients,
        draws=rng["acceptance"].random((2, int(patients.sum()))),
    )


def quietly(make: Callable[[], System]) -> System:
    """Make a system within a replay without the warnings that the original system gave."""
    # Filters for warnings are the whole process's: no other thread may put back ours.
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return make()


def capacity_table(frame: Frame, slots: Ints) -> pd.DataFrame:
    """Slots by pair and period as a table."""
    pairs, periods = slots.shape
    provider = np.array(frame.system.providers, dtype=object)[frame.slots.provider]
    lines = frame.system.lines.columns_of(np.repeat(frame.slots.line, periods))
    return pd.DataFrame(
        {
            "provider": np.repeat(provider, periods),
            **{name: labels.astype(object) for name, labels in lines.items()},
            "period": np.tile(np.arange(1, periods + 1), pairs),
            "slots": slots.ravel(),
        }
    )


Streams = dict[str, np.random.Generator]


def _demand(system: System, referrals: pd.DataFrame, noise: Noise, rng: Streams) -> Floats:
    """Demand as a multiple of what is expected, for each row of the table of referrals."""
    shape = len(system.providers), len(system.lines), system.periods
    factor = _factor(noise.referrals or 0.0, shape, rng["referrals"])
    result: Floats = factor[
        positions(referrals["origin"], system.providers),
        system.lines.of(referrals),
        referrals["period"].to_numpy() - 1,
    ]
    return result


def _factor(spread: float, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Gamma variates with mean 1 and the given standard deviation; ones where it is 0."""
    if spread == 0:
        return np.ones(shape)
    return rng.gamma(spread**-2, spread**2, size=shape)


def _weekly_slots(frame: Frame, noise: Noise, rng: Streams) -> Ints:
    """Slots that take place, shape (pairs, periods, weeks): spread over weeks, then cancelled."""
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
    return rng["cancelled"].binomial(tried, chance)
