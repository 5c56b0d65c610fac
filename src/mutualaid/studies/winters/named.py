"""The named winters: expected, mild, as last year, bad, strikes, and an outbreak."""

from __future__ import annotations

from typing import Any

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
from mutualaid.studies.winters.winter_numbers import (
    BAD,
    DECIMALS,
    INDEX,
    MILD,
    OUTBREAK_LOSS,
    OUTBREAK_MONTH,
    PROBABILITIES,
    STRIKE_DAYS,
    STRIKE_LOSS,
    WORKING_SHARE,
)

DEFAULT_BASIS = (
    "Dips: completed pathways a working day in December 2025 and January 2026 against November "
    "2025, and their spread between 157 trusts; February as January, an assumption."
)


@checks_arguments
def winter_scenarios(
    system: System,
    census: str,
    *,
    seasons: Seasons | None = None,
    strike_loss: float = STRIKE_LOSS,
    strike_days: float = STRIKE_DAYS,
    outbreak_at: str | None = None,
    outbreak_loss: float = OUTBREAK_LOSS,
) -> Winters:
    """Make six winters: expected, mild, as last year, bad, strikes, and an outbreak.

    Parameters
    ----------
    system
        The system, with slots that are the same all year round, as
        :meth:`mutualaid.readers.RTT.system` makes them: where a winter is in the slots already, it
        would count twice.
    census
        As for :func:`winter_periods`.
    seasons
        Where the dips come from: see Notes. None: :data:`mutualaid.studies.winters.INDEX`, measured
        on the published files of November 2025 to January 2026.
    strike_loss, strike_days
        Share of the capacity of a strike day that is lost, and strike days in every 20 working
        days of the winter: sources in :mod:`mutualaid.studies.winters.winter_numbers`.
    outbreak_at
        Where infection closes the wards. None: where there are the most slots then.
    outbreak_loss
        Share of its slots that are lost in that one period: those that need a ward.

    Returns
    -------
    Winters
        ``"expected"`` is the system as it is; ``"mild"``, ``"as last year"`` and ``"bad"`` are
        dips; ``"strikes"`` and ``"outbreak"`` come on top of last year's dip. The probabilities
        are those of :data:`mutualaid.studies.winters.PROBABILITIES`, an assumption.

    Raises
    ------
    InputError
        If an option is out of range, or no period with slots is of winter.

    Notes
    -----
    The factor of a winter period is the sum over its working days of the index of their month,
    over the working days that the system's slots stand for: those of an ordinary year, or of the
    months in ``seasons.reference``. It is rounded to three decimals and never above 1. Days of
    other months, and of months that ``seasons`` lacks, have the index 1.

    With ``seasons``, last year's index is that of all its providers together in the latest such
    month. Mild and bad are the quantiles 0.9 and 0.1 between trusts: a winter in which every
    trust fares as one in ten did, or better or worse. That stands in for what files of a single
    winter cannot tell, how one winter differs from the next. It is hard on the bad one: trusts
    that do badly one by one make no bad winter for all.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=3, areas_per_trust=1)
    >>> winters = winter_scenarios(system, "2026-01")
    >>> winters.scenarios[2]
    Scenario 'as last year': capacity times 0.778 in period 12
    >>> round(sum(winters.probabilities), 9)
    1.0
    """
    with Arguments("winter_scenarios") as check:
        calendar = Calendar.of(system, census, check)
        if seasons is not None:
            check_seasons(seasons, check)
        check.share("strike_loss", strike_loss)
        check.number("strike_days", strike_days, 0, 20)
        check.share("outbreak_loss", outbreak_loss)
        calendar.check_usable(check)
        closed = _site(system, calendar, outbreak_at, check)

    index = INDEX if seasons is None else _indices(seasons)
    share = WORKING_SHARE if seasons is None else seasons.working_share
    dips = {name: calendar.factors(of, share, calendar.usable) for name, of in index.items()}
    usual = dips["as last year"]
    kept = 1 - strike_loss * strike_days / 20
    struck = {period: round(factor * kept, DECIMALS) for period, factor in usual.items()}
    outbreak = Capacity(factor=round(1 - outbreak_loss, DECIMALS), **closed)
    scenarios = [
        Scenario("expected"),
        *(Scenario(name, changes(factors)) for name, factors in dips.items()),
        Scenario("strikes", changes(struck)),
        Scenario("outbreak", [*changes(usual), outbreak]),
    ]
    basis = DEFAULT_BASIS if seasons is None else basis_of(seasons)
    return Winters(
        scenarios=scenarios,
        probabilities=[PROBABILITIES[one.name] for one in scenarios],
        periods=calendar.winter,
        basis=f"{basis} The probabilities are an assumption.",
    )


def _indices(seasons: Seasons) -> dict[str, dict[int, float]]:
    """Index by month of the year for the mild winter, last year's and the bad one."""
    mild, bad = (
        {month: float(np.quantile(each, q)) for month, each in seasons.by_trust.items()}
        for q in (MILD, BAD)
    )
    return {"mild": mild, "as last year": dict(seasons.latest), "bad": bad}


def _site(
    system: System, calendar: Calendar, wanted: str | None, check: Arguments
) -> dict[str, Any]:
    """Where and when wards close: where there are the most slots, of several the first by code."""
    if not calendar.usable:
        return {}
    period = calendar.busiest(OUTBREAK_MONTH)
    table = system.capacity[system.capacity["period"] == period].astype({"provider": object})
    slots = table.groupby("provider")["slots"].sum().sort_index()
    if wanted is not None and wanted not in slots.index:
        remedy = f"name a provider with slots in period {period}, such as {slots.index[0]!r}"
        check.wrong("outbreak_at", f"is {wanted!r}", remedy)
    provider = str(slots.idxmax()) if wanted is None else wanted
    return {"provider": provider, "periods": (period,)}
