"""Harm of waiting as whole numbers, in 1/1000 harm-weeks, by queue, wait and period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mutualaid.data.column_checks import Mask
from mutualaid.errors import InputError
from mutualaid.model.network import Ints
from mutualaid.model.queues import Codes, Queues
from mutualaid.policy.harm import Harm


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Curves:
    """Cumulative harm of waiting for each kind of queue.

    Attributes
    ----------
    total : int64 array, shape (labels, weeks + 1)
        Harm of a patient from week 0 to each week of waiting, in 1/1000 harm-weeks.
    label : int64 array, shape (queues,)
        The row of ``total`` for each queue.
    period_weeks, periods, tail_weeks : int
        The horizon.
    """

    total: Ints
    label: Codes
    period_weeks: int
    periods: int
    tail_weeks: int

    def waited(self, weeks: Ints, period: Ints | int) -> Ints:
        """Weeks waited at the start of a period, from ``weeks`` waited at the census."""
        return weeks + (period - 1) * self.period_weeks

    def untreated(self, queue: Codes, weeks: Ints, period: Ints | int) -> Ints:
        """Harm of a patient who is untreated in a period; in the last one with the tail."""
        start = self.waited(weeks, period)
        last = np.equal(period, self.periods)
        length = self.period_weeks + np.where(last, self.tail_weeks, 0)
        return self.between(self.label[queue], start, start + length)

    def between(self, label: Codes, start: Ints, end: Ints) -> Ints:
        """Harm of a patient from one wait to another; none before the clock starts, below 0."""
        begun, ended = np.maximum(start, 0), np.maximum(end, 0)
        result: Ints = self.total[label, ended] - self.total[label, begun]
        return result

    def until(self, queue: Codes, weeks: Ints, first: Ints, period: Ints) -> Ints:
        """Harm from the start of period ``first`` until treatment in a period.

        A period of ``periods + 1`` stands for being untreated to the end, tail included.
        """
        start, end = self.waited(weeks, first), self.waited(weeks, period)
        end = end + np.where(period > self.periods, self.tail_weeks, 0)
        return self.between(self.label[queue], start, end)

    def never_falls(self) -> Mask:
        """Mask of the queues whose harm rate never falls with waiting, shape (queues,)."""
        steady = np.all(np.diff(self.total, n=2, axis=1) >= 0, axis=1)
        result: Mask = steady[self.label]
        return result


def build_curves(
    harm: Harm, queues: Queues, period_weeks: int, periods: int, tail_weeks: int
) -> Curves:
    """Tabulate a harm curve for the queues of a system.

    Raises
    ------
    InputError
        If the curve asks about a column that the queues do not have, or does not know a label.
    """
    longest = int(queues.lot_weeks.max(initial=0)) + periods * period_weeks + tail_weeks
    if harm.by is None:
        labels: list[str | None] = [None]
        label = np.zeros(len(queues), dtype=np.int64)
    elif harm.by not in queues.labels:
        raise InputError(f"harm is by {harm.by}, a column that the waiting list does not have")
    else:
        column = queues.labels[harm.by].cat
        used, label = np.unique(column.codes.to_numpy(), return_inverse=True)
        labels = list(column.categories[used])
    return Curves(
        total=harm.table(labels, longest),
        label=label.astype(np.int64),
        period_weeks=period_weeks,
        periods=periods,
        tail_weeks=tail_weeks,
    )
