"""What partners ask of a plan: who gave, who got, whose figures suffer, in both lenses.

All of it is counted from two tables, of who is treated where in the plan and alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.system import System
from mutualaid.outcomes import ledger as books
from mutualaid.outcomes import measures, sacrifice, three_numbers
from mutualaid.outcomes.measures import THRESHOLDS
from mutualaid.policy.policy import Policy
from mutualaid.risk import risk_settings
from mutualaid.risk.of_moving import labelled
from mutualaid.risk.register import RiskRegister, register


class Accounts(ABC):
    """Accounts of two outcomes, before and after. :class:`mutualaid.Plan` keeps them."""

    @property
    @abstractmethod
    def system(self) -> System:
        """The system that both are of."""

    @property
    @abstractmethod
    def policy(self) -> Policy:
        """What both are counted by."""

    @property
    @abstractmethod
    def entries(self) -> pd.DataFrame:
        """Everybody after: see :func:`mutualaid.outcomes.tables.entries`."""

    @property
    @abstractmethod
    def baseline_entries(self) -> pd.DataFrame:
        """Everybody before."""

    @property
    @abstractmethod
    def leavers(self) -> pd.DataFrame:
        """Who leaves untreated: see ``mutualaid.outcomes.tables.leavers``."""

    @property
    @abstractmethod
    def baseline_leavers(self) -> pd.DataFrame:
        """The same before."""

    @checks_arguments
    def measures(
        self,
        by: str | Sequence[str] | None = "origin",
        lens: str = "residents",
        *,
        reported_by: str = "receiver",
        period: int | None = None,
        leavers: bool = False,
    ) -> pd.DataFrame:
        """Waiting-list measures, before (``Independent``) and after, side by side.

        Who leaves untreated (``removals``) is counted nowhere, from the census on; with
        ``leavers=True`` until the start of the period in which they leave.

        Parameters
        ----------
        by
            A column, or several, that make the rows: ``"origin"``, ``"service"``, ``"priority"``
            or another column of the queues; None for the whole system. In the provider's lens
            ``"origin"`` holds who reports.
        lens
            ``"residents"`` or ``"provider"``: see :mod:`mutualaid.outcomes.measures`.
        reported_by
            Who reports a moved patient in the provider's lens: ``"receiver"`` or ``"origin"``.
        period
            Look at the list as the period starts, after that period's moves, and count what was
            done before it; None for the end of the last period.
        leavers
            Whether those who leave untreated, the same in every plan, are on the list until they
            leave, and their weeks among the ``person_weeks``. They bear no harm either way.

        Returns
        -------
        pandas.DataFrame
            A row a group; each measure as ``…_before`` and ``…_after``:

            - ``list_size``, ``within_18``, ``share_within_18``, ``over_18``, ``over_52``,
              ``over_65``, ``over_78``, ``over_104``: patients on the list, by weeks waited;
            - ``mean_wait``, ``median_wait``, ``p92_wait``: of who is on the list, whole weeks;
            - ``treated``, ``mean_wait_treated``, ``median_wait_treated``, ``p92_wait_treated``:
              patients, and their weeks at treatment, half a period after its start;
            - ``person_weeks``: spent on the list, half a period when treated;
            - ``harm_weeks``: over the whole horizon and its tail, always at the origin;
            - ``moves_out``, ``moves_in``: patients; ``travel_minutes``: extra, one way.

        Raises
        ------
        InputError
            If a column, lens, reporter or period is not there.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> after = plan.measures(by="service", lens="residents")
        >>> bool((after["list_size_after"] <= after["list_size_before"]).all())
        True
        """
        system = self.system
        options = measures.measure_options(
            self.entries, by, lens, reported_by, period, system.periods
        )
        before, after = self.baseline_entries, self.entries
        if leavers:
            before = measures.with_leavers(before, self.baseline_leavers)
            after = measures.with_leavers(after, self.leavers)
        return measures.compare(
            before,
            after,
            options,
            system.periods,
            system.period_weeks,
            system.providers,
        )

    @checks_arguments
    def three_numbers(
        self, by: str | Sequence[str] | None = None, *, period: int | None = None
    ) -> pd.DataFrame:
        """Tell three numbers of each figure: as today, in order at home, and together.

        Of a trust's own patients, wherever they are treated; all three of the same people: who
        leaves untreated waits until the start of the period in which they leave. Aid is
        ``together`` against ``in_order``; order at home, which needs nobody's help, is never
        counted as aid.

        Parameters
        ----------
        by
            As for :meth:`measures`. What the forecast does not tell apart is missing.
        period
            At the end of which period, its own referrals included; None for the last one.

        Returns
        -------
        pandas.DataFrame
            A row a group and ``figure`` (``list_size``, ``over_18``, ``over_40``, ``over_52``,
            ``over_65``, ``share_within_18``, ``treated`` so far, and ``harm_weeks`` over the whole
            horizon and its tail): ``as_today``, ``low`` and ``high`` (nine times in ten),
            ``in_order`` (``Independent``), ``together`` (the plan), ``order_at_home`` (in order
            less as today), ``aid`` (together less in order) and ``aid_told``: whether the aid is
            ``"beyond the error"`` of the forecast, half the width of its range, or ``"within the
            error of the forecast"``. Missing is what is not known: all that is of the forecast
            where :attr:`mutualaid.System.as_today` is None.

        Raises
        ------
        InputError
            If a column or period is not there.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> told = plan.three_numbers().set_index("figure")
        >>> bool(told.loc["harm_weeks", "aid"] == plan.harm_weeks - plan.baseline_objective)
        True
        >>> bool(told["as_today"].isna().all())
        True
        """
        system, last = self.system, self.system.periods
        before, after = self.baseline_entries, self.entries
        at = last if period is None else argument.whole("period", period, 1, last)
        options = measures.measure_options(self.entries, by, "residents", "receiver", None, last)
        return three_numbers.three_numbers(
            measures.with_leavers(before, self.baseline_leavers),
            measures.with_leavers(after, self.leavers),
            system.as_today,
            self.policy,
            options.by,
            at,
            system.period_weeks,
        )

    @checks_arguments
    def ledger(
        self,
        by: str | Sequence[str] = (),
        *,
        tariff: Mapping[str, float] | None = None,
        own: bool = False,
    ) -> pd.DataFrame:
        """Book who treated whose patients, and what it saved them.

        Parameters
        ----------
        by
            Further columns that make the rows: any of ``"service"``, ``"period"``,
            ``"priority"``, ``"area"``.
        tariff
            Money for a patient of each service.
        own
            Also by how much each trust's treatments of its own patients differ from what it
            would do alone (``provider`` is ``origin``). The harm-weeks saved for a trust then
            add up to what its own patients gain over Independent.

        Returns
        -------
        pandas.DataFrame
            ``provider`` (who treated), ``origin`` (whose patients), the columns ``by``,
            ``patients``, ``harm_weeks_saved`` (what never being treated would have added to
            their harm), ``extra_minutes`` (one way, all patients) and, with a tariff, ``tariff``.

        Raises
        ------
        InputError
            If a column is not there, or the tariff lacks a service.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> book = plan.ledger(by="service")
        >>> bool(book["patients"].sum() == plan.moves["patients"].sum())
        True
        """
        periods = self.system.periods
        return books.ledger(self.entries, self.baseline_entries, by, tariff, periods, own=own)

    @checks_arguments
    def balance(self, *, tariff: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Add up the ledger by trust.

        Returns
        -------
        pandas.DataFrame
            ``origin``, and of ``patients``, ``harm_weeks_saved`` and, with a tariff, money what
            the trust has ``_given`` the others, what it has ``_received``, and the difference
            ``_net``.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> int(plan.balance()["patients_net"].sum())
        0
        """
        return books.balance(self.ledger(tariff=tariff), self.system.providers)

    @checks_arguments
    def sacrifices(
        self,
        target: float | Mapping[str, float] = sacrifice.STANDARD,
        *,
        reported_by: str = "receiver",
        period: int | None = None,
    ) -> pd.DataFrame:
        """List every figure of every trust that the plan makes worse, in both lenses.

        Parameters
        ----------
        target
            The share within 18 weeks that trusts are held to: one for all, or by trust (those
            without are held to none).
        reported_by
            Who reports a moved patient in the provider's lens: ``"receiver"`` or ``"origin"``.
        period
            As for :meth:`measures`. At the end of the plan whoever moved has been treated, so
            that reports differ from residents' figures at the start of other periods only.

        Returns
        -------
        pandas.DataFrame
            ``origin``, ``lens``, ``measure`` (``harm_weeks``, ``over_18``, ``over_52``,
            ``over_65``, ``share_within_18``), ``before`` (Independent), ``after``, ``change``,
            ``target``, ``met_before`` and ``met_after`` (missing without a target).

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> worse = plan.sacrifices(target=0.92, period=2)
        >>> set(worse["lens"]) <= {"residents", "provider"}
        True
        """
        views = {
            lens: self.measures(lens=lens, reported_by=reported_by, period=period)
            for lens in measures.LENSES
        }
        return sacrifice.sacrifices(views, target)

    @checks_arguments
    def risks(
        self,
        by: str | Sequence[str] | None = risk_settings.BY,
        *,
        level: float = risk_settings.LEVEL,
        thresholds: Sequence[int] = THRESHOLDS,
        top: int = risk_settings.TOP,
        far: Sequence[float] = risk_settings.FAR,
        small: int = risk_settings.SMALL,
        deprivation: str = risk_settings.DEPRIVATION,
    ) -> RiskRegister:
        """Register which risks the plan takes away, moves to whom, leaves, and adds by moving.

        Parameters
        ----------
        by
            A column, or several, that make the groups; None for the whole system.
        level
            Where the tail of a distribution starts: 0.95 for the worst 5 % of patients.
        thresholds
            Weeks whose passing, before treatment or the end, is counted.
        top
            How many of the highest risks that stay are listed.
        far
            Extra minutes, one way, beyond which patients are counted.
        small
            A lane of a service with fewer patients than this is small.
        deprivation
            The column of the waiting list that says how deprived patients' homes are.

        Returns
        -------
        RiskRegister
            Tables, and printed the agenda of an honest conversation.

        Raises
        ------
        InputError
            If a column is not there, or a number is out of range.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> found = plan.risks()
        >>> print(found.agenda.splitlines()[0])
        Risks that the plan takes away
        """
        system = self.system
        before, after = (
            labelled(table, system.waiting_list, deprivation)
            for table in (self.baseline_entries, self.entries)
        )
        settings = risk_settings.check_settings(
            after, by, level, thresholds, top, far, small, deprivation
        )
        return register(before, after, system.periods, system.period_weeks, settings)

    @checks_arguments
    def new_threshold_breaches(
        self,
        lines: Mapping[str, float] | None = None,
        *,
        reported_by: str = "receiver",
        period: int | None = None,
    ) -> pd.DataFrame:
        """List the thresholds that a trust or service newly breaches with the plan.

        Parameters
        ----------
        lines
            The threshold of each measure of :meth:`measures`: shares are to stay at or above it,
            counts at or below. By default nobody over 52 or 65 weeks and 92 % within 18.
        reported_by, period
            As for :meth:`sacrifices`.

        Returns
        -------
        pandas.DataFrame
            ``lens``, ``origin``, ``service`` (empty: all services together), ``measure``,
            ``line``, ``before``, ``after``; empty if none is breached that was kept before.

        Examples
        --------
        >>> import mutualaid as ma
        >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
        >>> list(plan.new_threshold_breaches({"over_52": 0}).columns[:3])
        ['lens', 'origin', 'service']
        """
        views: dict[tuple[str, tuple[str, ...]], pd.DataFrame] = {
            (lens, by): self.measures(by=by, lens=lens, reported_by=reported_by, period=period)
            for lens in measures.LENSES
            for by in (("origin",), ("origin", "service"))
        }
        return sacrifice.new_threshold_breaches(views, sacrifice.LINES if lines is None else lines)
