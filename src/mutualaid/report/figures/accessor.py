"""The figures that can be asked of a plan, and of a ladder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.forecast_tables import ALL
from mutualaid.disclosure.several_plans import counts_of, counts_side_by_side
from mutualaid.disclosure.suppression import THRESHOLD
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.plan.published import require_plan
from mutualaid.readers.display_names import Names
from mutualaid.readers.sites import read_sites
from mutualaid.report.figures.flow_map import draw_map
from mutualaid.report.figures.flow_matrix import draw_matrix, moved
from mutualaid.report.figures.forecast_chart import draw_forecasts
from mutualaid.report.figures.gains import draw_gains
from mutualaid.report.figures.ladder_chart import Rungs, draw_frontier, draw_rungs
from mutualaid.report.figures.list_size import draw_list_size
from mutualaid.report.figures.price_map import draw_prices
from mutualaid.report.figures.style import styled
from mutualaid.report.figures.wait_chart import draw_waits
from mutualaid.report.series import steps

if TYPE_CHECKING:
    from mutualaid.report.figures.figure import Drawing


class PlanFigures:
    """The figures of a plan: ``plan.plot``.

    Small counts are hidden as they are in the workbook. Names are those that a figure shows in
    place of a provider's code.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> figures = PlanFigures(plan)
    >>> places = ma.datasets.collaborative_providers(trusts=3)
    >>> figures.flows(places).alt.split(".")[0]
    'Map of flows between trusts'
    """

    def __init__(self, plan: CertifiedPlan) -> None:
        require_plan(plan)
        self._plan = plan
        self._counted = cache(lambda threshold: counts_of(plan, threshold))

    @checks_arguments
    def flows(
        self,
        sites: object = None,
        *,
        names: Mapping[str, str] | None = None,
        suppress_below: int | None = THRESHOLD,
        services: Collection[str] | None = None,
    ) -> Drawing:
        """Draw who goes where: a map if places are given, a matrix if not.

        Parameters
        ----------
        sites
            ``provider``, ``latitude``, ``longitude``, and ``name`` if they have one: see
            :func:`mutualaid.read_sites`.
        names
            Names of providers by code; those of the sites if not given.
        suppress_below
            Counts from 1 to one below it are hidden; None or 0 hides nothing.
        services
            Only these; all if not given.

        Raises
        ------
        InputError
            If an option is out of range, sites are no table of places, a service is not in the
            plan, or matplotlib is not there.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
        >>> PlanFigures(plan).flows(services=["C_110"]).title
        'Patients treated away from home'
        """
        with styled():
            places = None if sites is None else read_sites(sites)
            if names is None and places is not None and "name" in places:
                named = places.dropna(subset="name")
                names = dict(zip(named["provider"].astype(str), named["name"], strict=True))
            found = moved(self._plan, self._counted(suppress_below), services)
            if places is None:
                return draw_matrix(found, self._names(names))
            return draw_map(found, self._names(names), places)

    @checks_arguments
    def waits(self, *, suppress_below: int | None = THRESHOLD) -> Drawing:
        """Draw how long people wait: at the census, and at the end alone and together.

        Parameters
        ----------
        suppress_below
            As for :meth:`flows`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> PlanFigures(ma.optimise(ma.datasets.collaborative(trusts=2))).waits().title[:13]
        'Over 18 weeks'
        """
        with styled():
            return draw_waits(self._plan, self._counted(suppress_below))

    @checks_arguments
    def gains(
        self,
        *,
        names: Mapping[str, str] | None = None,
        suppress_below: int | None = THRESHOLD,
    ) -> Drawing:
        """Draw gain and sacrifice of each trust, in both lenses.

        Parameters
        ----------
        names, suppress_below
            As for :meth:`flows`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
        >>> PlanFigures(plan).gains().alt.split(".")[0]
        'Bar chart of gains and sacrifices by trust'
        """
        with styled():
            return draw_gains(self._plan, self._counted(suppress_below), self._names(names))

    @checks_arguments
    def prices(self, *, names: Mapping[str, str] | None = None) -> Drawing:
        """Draw what one more slot would save, anywhere.

        Parameters
        ----------
        names
            As for :meth:`flows`. A price is no count of patients: none is hidden.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
        >>> PlanFigures(plan).prices().alt.split(".")[0]
        'Heat map of prices'
        """
        with styled():
            return draw_prices(self._plan, self._names(names))

    @checks_arguments
    def list_size(
        self, *, census: dt.date | None = None, suppress_below: int | None = THRESHOLD
    ) -> Drawing:
        """Draw how long the list is between periods, alone and together.

        Parameters
        ----------
        census
            The day of the census, for dates beside the weeks.
        suppress_below
            As for :meth:`flows`; sizes are rounded to its nearest multiple, or more coarsely.

        Raises
        ------
        InputError
            If the census is no date, an option is out of range, or matplotlib is not there.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> PlanFigures(plan).list_size(census=dt.date(2026, 1, 31)).alt.split(".")[0]
        'Line chart of the list'
        """
        argument.kind("census", census, dt.date | None, "pass a datetime.date, or leave it out")
        with styled():
            return draw_list_size(self._plan, self._counted(suppress_below), census)

    @checks_arguments
    def forecasts(
        self,
        provider: str | None = None,
        *,
        over: int = 18,
        names: Mapping[str, str] | None = None,
        suppress_below: int | None = THRESHOLD,
    ) -> Drawing:
        """Draw how forecasts of what happens as today have done before.

        Parameters
        ----------
        provider
            Whose patients; None for all together.
        over
            Who has waited so many weeks or longer; 0 for the whole list.
        names, suppress_below
            As for :meth:`flows`.

        Raises
        ------
        InputError
            If there is no such provider, an option is out of range, or matplotlib is not there.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> PlanFigures(plan).forecasts().title
        'How well this baseline has forecast you'
        """
        system = self._plan.system
        if provider is not None:
            argument.choice("provider", provider, system.providers)
        argument.whole("over", over, 0)
        history = None if system.as_today is None else system.as_today.history
        whose = ALL, "all trusts together"
        with styled():
            if provider is not None:
                whose = provider, self._names(names).full(provider)
            return draw_forecasts(history, *whose, over=over, suppress_below=suppress_below)

    def _names(self, names: Mapping[str, str] | None) -> Names:
        plan = self._plan
        trusts = [plan.measures()["origin"], plan.slots["provider"]]
        trusts += [plan.moves[end] for end in ("origin", "provider")]
        return Names(sorted({str(code) for column in trusts for code in column.unique()}), names)


class LadderFigures:
    """The figures of a ladder: ``ladder.plot``.

    Examples
    --------
    >>> import mutualaid as ma
    >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
    >>> LadderFigures(rungs).rungs().alt.split(".")[0]
    'Bar charts of the ladder'
    """

    def __init__(self, ladder: Rungs) -> None:
        self._ladder = ladder

    @checks_arguments
    def rungs(self, *, suppress_below: int | None = THRESHOLD) -> Drawing:
        """Draw what each rung saves, and at what price.

        Parameters
        ----------
        suppress_below
            Counts from 1 to one below it are hidden; None or 0 hides nothing.

        Examples
        --------
        >>> import mutualaid as ma
        >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
        >>> LadderFigures(rungs).rungs().title[:10]
        'Deep saves'
        """
        plans = self._ladder.plans
        with styled():
            counts = counts_side_by_side(plans, suppress_below)
            system = next(iter(plans.values())).system
            weeks, known = system.periods * system.period_weeks, system.as_today is not None
            return draw_rungs(steps(plans, counts), counts, weeks, forecast=known)

    @checks_arguments
    def frontier(self, *, tolerance: float = 1e-3, time_limit: float | None = None) -> Drawing:
        """Draw total harm against the cap on any one trust's sacrifice.

        Parameters
        ----------
        tolerance, time_limit
            As for :meth:`mutualaid.studies.Ladder.frontier`.

        Examples
        --------
        >>> import mutualaid as ma
        >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2))
        >>> LadderFigures(rungs).frontier().alt.split(".")[0]
        "Curve of total harm against the cap on any one trust's sacrifice"
        """
        with styled():
            return draw_frontier(self._ladder.frontier(tolerance=tolerance, time_limit=time_limit))
