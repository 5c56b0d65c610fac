"""Learn rates by age and stream from months of counts.

A pathway ends with an admission, without one, or leaves the list unreported (a removal). Each of
these has a rate a week for each list (a provider and a service) and week of wait.

- *Completed* pathways are counted by week of wait; over those who waited so long they give the
  rate. Small lists say little: a list is held against its service in England, multiplied by how
  its provider and then the list itself differ, each by so much as its numbers can tell
  (empirical Bayes with a gamma prior: (seen + k) / (expected + k)).
- *Net leaving* is what is left: every month is played again from the list before it with these
  rates, and what is too many or too few at its end, by age, leaves or has joined. It is told
  apart by age in England, service and provider. So each provider's balance closes over the
  months that are read, and joiners with weeks on their clock are those who leave less than none.
- Recent months count more. A trend of net leaving in England goes on, damped, for ages at which a
  backtest showed that it helps.
- A week with a bank holiday is a shorter week; months have seasons where a year can be read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mutualaid.calibration.fitted_rates import Rates
from mutualaid.calibration.monthly_counts import Counts, MonthlyCounts
from mutualaid.calibration.projection import month_on
from mutualaid.calibration.seasons import seasons
from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.workdays import WORKDAYS_A_WEEK

WINDOW_MONTHS = 6
RECENT = 0.7
"""A month counts so many times as much as the month after it."""
TREND_MONTHS = 15
TREND_RECENT = 0.9
AGES = (0, 4, 8, 13, 18, 26, 39, 52, 65)
"""Weeks at which the groups begin by which net leaving is told apart."""
TREND_BY_AGE = (0.0, 0.0, 0.25, 0.5, 1.0, 1.0, 0.85, 0.85, 0.85)
"""How much of the trend goes on, by these groups: none for the young, whose numbers follow from
who joins, and a little less for the oldest; chosen by backtest."""
TREND_NEEDED = 5
"""A trend is told from so many months or more; from fewer it is as likely chance."""
BANDS = (0, 2, 5, 9, 13, 18, 22, 26, 32, 39, 46, 52, 58, 65, 78)
"""Weeks at which the groups begin by which a list may differ from its service."""

# Pathways that a provider's, and a list's, own numbers are weighed against.
PROVIDER_PRIOR, LIST_PRIOR, SERVICE_PRIOR = 30.0, 10.0, 30.0
# Patient-weeks that net leaving of a service, and of a provider, is weighed against, over all ages.
SERVICE_WEEKS, PROVIDER_WEEKS = 2e5, 3e4
ROUNDS = 3
HIGHEST_RATE = 2.0
LAG_WEEKS = 2
"""Who is too many at an age left too late on the way there: on average half a month ago."""


def fit(counts: MonthlyCounts) -> Rates:
    """Learn rates from months of counts: from the last months most, and from none to come.

    Parameters
    ----------
    counts
        Months in calendar order; the last is the one to forecast from.
    """
    season = seasons(counts)
    months = _Months(counts, season)
    window = counts.pairs(WINDOW_MONTHS) or counts.pairs()[-1:]
    admitted, non_admitted = _completing(months, window)
    rates = Rates(
        admitted=admitted,
        non_admitted=non_admitted,
        leaving=np.zeros_like(admitted),
        joining=_joining(months),
        level=np.zeros(counts.weeks),
        trend=np.zeros(counts.weeks),
        season=season,
    )
    for _ in range(ROUNDS):
        rates = replace(rates, leaving=_left_over(months, rates, window))
    level, trend = _trend(months, rates)
    return replace(rates, level=level, trend=trend)


@dataclass(frozen=True, eq=False)
class _Months:
    """Counts with what each month's work was worth in weeks of five days."""

    counts: MonthlyCounts
    season: dict[int, float]

    def worked(self, month: int) -> float:
        """Nominal weeks of work in a month."""
        calendar = int(self.counts.months[month][-2:])
        usual = self.season.get(calendar, 1.0)
        return float(self.counts.workdays[month]) / WORKDAYS_A_WEEK * usual

    def since(self, month: int) -> int:
        """Months from one of them to the last."""
        return int(self.counts.ordinals[-1] - self.counts.ordinals[month])

    def both(self, month: int) -> Mask:
        """Lists of providers with a return at both ends of a month, and a row in it."""
        counts = self.counts
        there = (counts.returned[month] & counts.returned[month - 1])[counts.provider]
        result: Mask = there & counts.given[month]
        return result


def groups_of(starts: tuple[int, ...], weeks: int) -> np.ndarray:
    """The group of each week, by where groups start.

    Examples
    --------
    >>> groups_of((0, 2, 5), 6).tolist()
    [0, 0, 1, 1, 1, 2]
    """
    return np.searchsorted(np.array(starts), np.arange(weeks), side="right") - 1


def by_group(values: np.ndarray, starts: tuple[int, ...]) -> Floats:
    """Sums over the weeks of each group; shape (…, groups)."""
    kept = [start for start in starts if start < values.shape[-1]]
    result: Floats = np.add.reduceat(values, kept, axis=-1, dtype=np.float64)
    return result


def _completing(months: _Months, window: list[int]) -> tuple[Counts, Counts]:
    counts = months.counts
    shape = counts.waiting.shape[1:]
    exposed, ended = np.zeros(shape), [np.zeros(shape), np.zeros(shape)]
    for month in window:
        weight = RECENT ** months.since(month) * months.both(month)[:, None]
        middle = (counts.waiting[month] + counts.waiting[month - 1]) / 2
        exposed += middle * weight * months.worked(month)
        ended[0] += counts.admitted[month] * weight
        ended[1] += counts.non_admitted[month] * weight
    admitted, non_admitted = (_shrunk(counts, some, exposed) for some in ended)
    return admitted, non_admitted


def _shrunk(counts: MonthlyCounts, ended: Floats, exposed: Floats) -> Counts:
    """Rates of lists: the service's, times how the provider and the list differ by age."""
    england = ended.sum(axis=0) / np.maximum(exposed.sum(axis=0), 1.0)
    prior = SERVICE_PRIOR / np.maximum(england, 1e-6)
    of_service = (counts.by_service(ended) + SERVICE_PRIOR) / (counts.by_service(exposed) + prior)
    usual = of_service[counts.service]
    expected, seen = by_group(usual * exposed, BANDS), by_group(ended, BANDS)
    due, done = counts.by_provider(expected), counts.by_provider(seen)
    k = PROVIDER_PRIOR
    whole = (done.sum(axis=1, keepdims=True) + k) / (due.sum(axis=1, keepdims=True) + k)
    provider = ((done + k * whole) / (due + k))[counts.provider]
    k = LIST_PRIOR
    own = (seen.sum(axis=1) + k) / ((expected * provider).sum(axis=1) + k)
    factor = (seen + k * provider * own[:, None]) / (expected + k)
    rate = usual * factor[:, groups_of(BANDS, counts.weeks)]
    result: Counts = np.clip(rate, 0.0, HIGHEST_RATE).astype(np.float32)
    return result


def _joining(months: _Months) -> Floats:
    """Clock starts a nominal week, over the months in which the list existed; none if it ended."""
    counts = months.counts
    new, worked = np.zeros(len(counts.provider)), np.zeros(len(counts.provider))
    for month in np.flatnonzero(counts.whole).tolist():
        if months.since(month) < WINDOW_MONTHS:
            there = counts.returned[month][counts.provider] & counts.given[month]
            weight = RECENT ** months.since(month) * there
            new += counts.new[month] * weight
            worked += months.worked(month) * weight
    ended = counts.returned[-1][counts.provider] & ~counts.given[-1]
    result: Floats = np.where(ended, 0.0, new / np.maximum(worked, 1e-9))
    return result


def _over(months: _Months, rates: Rates, month: int) -> Floats:
    """Too many patients, by list and week, when a month is played again; a little earlier."""
    counts = months.counts
    played = month_on(
        counts.waiting[month - 1],
        rates,
        weeks=float(counts.length[month]),
        worked=months.worked(month),
        joining=counts.new[month],
    )
    over = (played - counts.waiting[month]) * months.both(month)[:, None]
    result = np.zeros(over.shape)
    result[:, :-LAG_WEEKS] = over[:, LAG_WEEKS:]
    result[:, 0] += over[:, :LAG_WEEKS].sum(axis=1)
    return result


def _left_over(months: _Months, rates: Rates, window: list[int]) -> Counts:
    """Net leaving that makes each month end, on average, as it did."""
    counts = months.counts
    over, exposed = np.zeros((2, len(counts.provider), len(_ages(counts))))
    for month in window:
        weight = RECENT ** months.since(month)
        over += by_group(_over(months, rates, month), AGES) * weight
        both = months.both(month)[:, None] * months.worked(month) * weight
        middle = (counts.waiting[month] + counts.waiting[month - 1]) / 2
        exposed += by_group(middle, AGES) * both
    everybody = exposed.sum(axis=0)
    england = over.sum(axis=0) / np.maximum(everybody, 1.0)
    share = everybody / max(everybody.sum(), 1.0)
    k = SERVICE_WEEKS * share + 1e-9
    more = (counts.by_service(over) + k * england) / (counts.by_service(exposed) + k)
    rate = more[counts.service]
    k = PROVIDER_WEEKS * share + 1e-9
    rest = counts.by_provider(over - rate * exposed) / (counts.by_provider(exposed) + k)
    rate = rate + rest[counts.provider]
    least = -0.9 * (rates.admitted + rates.non_admitted) - 0.05
    leaving = rates.leaving + rate[:, groups_of(AGES, counts.weeks)]
    result: Counts = np.clip(leaving, least, 1.0).astype(np.float32)
    return result


def _ages(counts: MonthlyCounts) -> list[int]:
    return [age for age in AGES if age < counts.weeks]


def _trend(months: _Months, rates: Rates) -> tuple[Floats, Floats]:
    """Level now and growth a month of net leaving in England, by week of wait.

    A weighted line through the months, for each group of ages. It is damped as it goes on; to
    shrink it by what chance explains as well made a backtest worse at every age from 18 weeks on.
    """
    counts = months.counts
    when, rows = [], []
    for month in counts.pairs(TREND_MONTHS):
        both = months.both(month)
        middle = (counts.waiting[month] + counts.waiting[month - 1])[both].sum(axis=0) / 2
        exposed = by_group(middle, AGES) * months.worked(month)
        over = by_group(_over(months, rates, month).sum(axis=0), AGES)
        rows.append(over / np.maximum(exposed, 1.0))
        when.append(-months.since(month))
    x, y = np.array(when, dtype=np.float64), np.array(rows)
    weight = TREND_RECENT**-x
    middle_x = (weight * x).sum() / weight.sum()
    mean = (weight[:, None] * y).sum(axis=0) / weight.sum()
    spread = (weight * (x - middle_x) ** 2).sum()
    growth = np.zeros(y.shape[1])
    if len(x) >= TREND_NEEDED:
        growth = ((weight * (x - middle_x))[:, None] * (y - mean)).sum(axis=0) / spread
        growth = growth * np.array(TREND_BY_AGE[: len(growth)])
    group = groups_of(AGES, counts.weeks)
    return (mean - growth * middle_x)[group], growth[group]
