"""Many winters, in which each provider's dip is drawn from the measured spread between trusts."""

from __future__ import annotations

import numpy as np

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.data.system import System
from mutualaid.studies.changes import Capacity
from mutualaid.studies.scenarios import Scenario
from mutualaid.studies.winters.calendar import (
    Calendar,
    Winters,
    basis_of,
    changes,
    check_seasons,
)
from mutualaid.studies.winters.season_fit import Seasons
from mutualaid.studies.winters.winter_numbers import TOGETHER

MOST_SCENARIOS = 1000
LARGEST_SEED = 2**63


@checks_arguments
def sampled_winters(
    system: System,
    census: str,
    seasons: Seasons,
    *,
    n: int = 20,
    seed: int = 0,
    together: float = TOGETHER,
) -> Winters:
    """Draw winters in which each provider has a dip from the measured spread between trusts.

    Parameters
    ----------
    system, census
        As for :func:`winter_scenarios`.
    seasons
        The spread, measured by :func:`mutualaid.studies.seasons`.
    n
        How many winters, all as likely.
    seed
        A whole number from 0; another one gives other winters.
    together
        Probability that a provider's winter has the rank, between trusts, that the winter of the
        whole system has, and not one of its own. At 0 trusts balance each other out, and hardly
        any winter is bad for all; at 1 all fare alike. The default is an assumption: files of
        one winter cannot tell.

    Returns
    -------
    Winters
        In each, a change for each provider and factor.

    Raises
    ------
    InputError
        If an option is out of range, or no period with slots is of winter.

    Notes
    -----
    The whole system has a winter from each `n`-th of the spread, the hardest first. What a
    provider draws depends on the seed, its code and the number of the winter: not on the other
    providers, the order of rows or the machine. It has the same rank in all months of a winter.
    Factors are made as by :func:`winter_scenarios`, and so never above 1.

    Examples
    --------
    >>> import mutualaid as ma
    >>> rtt = ma.read_rtt(["november.zip", "december.zip"])  # doctest: +SKIP
    >>> known = ma.studies.seasons(rtt)  # doctest: +SKIP
    >>> winters = sampled_winters(rtt.system(travel), rtt.month, known)  # doctest: +SKIP
    >>> len(winters.scenarios)  # doctest: +SKIP
    20
    """
    with Arguments("sampled_winters") as check:
        calendar = Calendar.of(system, census, check)
        check_seasons(seasons, check)
        check.whole("n", n, 1, MOST_SCENARIOS)
        check.whole("seed", seed, 0, LARGEST_SEED)
        check.share("together", together)
        calendar.check_usable(check)

    offered = _offered(system, calendar)
    scenarios = []
    for k in range(n):
        rank = (k + _draw(seed, k, "", 1)[0]) / n
        found: list[Capacity] = []
        for code, periods in offered.items():
            apart, own = _draw(seed, k, code, 2)
            at = rank if apart < together else own
            index = {m: float(np.quantile(each, at)) for m, each in seasons.by_trust.items()}
            found += changes(calendar.factors(index, seasons.working_share, periods), code)
        scenarios.append(Scenario(f"winter {k + 1} of {n}", found))
    return Winters(
        scenarios=scenarios,
        probabilities=[1 / n] * n,
        periods=calendar.winter,
        basis=f"{basis_of(seasons)} Drawn with seed {seed}; together {together:g}, an assumption.",
    )


def _offered(system: System, calendar: Calendar) -> dict[str, tuple[int, ...]]:
    """The winter periods in which each provider has slots, by code."""
    table = system.capacity.astype({"provider": object})
    table = table[table["period"].isin(calendar.usable)]
    rows = table[["provider", "period"]].drop_duplicates().sort_values(["provider", "period"])
    return {str(code): tuple(part["period"]) for code, part in rows.groupby("provider")}


def _draw(seed: int, winter: int, code: str, count: int) -> list[float]:
    """Numbers from 0 up to 1 of a provider's winter; no code for the whole system's.

    Raw bits of PCG64, as its distributions may change between versions of NumPy.
    """
    stream = np.random.SeedSequence(int(seed), spawn_key=(winter, *code.encode()))
    raw = np.random.PCG64(stream).random_raw(count)
    return [float(bits >> 11) * 2.0**-53 for bits in raw.tolist()]
