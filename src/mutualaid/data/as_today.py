"""What is forecast if everybody goes on as today: values, and what is counted from them.

Three numbers are told of a system, never two: what happens *as today* (this forecast); what each
trust alone could do if it treated its longest waiters first, *in order* (``Independent``); and what
all of them can do *together* (a plan). What lies between the first two is order at home, and no
aid. A forecast is made elsewhere, of what has been published; nothing is read or learned here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import argument, checks_arguments, is_whole, shown
from mutualaid.data.column_checks import Floats, Ints, as_frame
from mutualaid.data.forecast_tables import (
    ALL,
    ERRORS,
    HISTORY,
    check_ranges,
    checked_cells,
    checked_numbers,
)
from mutualaid.errors import InputError, Problems
from mutualaid.formats import many

STANDARD = 18
THRESHOLDS = (18, 52, 65)
A_HARM_WEEK = 1000
"""Harm is added up in 1/1000 of it."""
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

Floats32 = npt.NDArray[np.float32]


class HarmCurve(Protocol):
    """What waiting costs: see :class:`mutualaid.policy.harm.Harm`."""

    @property
    def by(self) -> str | None:
        """The column that it depends on, if any."""

    def table(self, labels: Sequence[str | None], weeks: int) -> Ints:
        """Cumulated harm by label and week, in 1/1000 harm-weeks."""


class HarmOfWaiting(Protocol):
    """What counts waiting: see :class:`mutualaid.Policy`."""

    @property
    def harm(self) -> HarmCurve:
        """What a week costs."""

    @property
    def tail_weeks(self) -> int:
        """For how long who is untreated at the end is counted on."""


def _none(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


@dataclass(frozen=True, eq=False, kw_only=True)
class AsToday:
    """What is forecast if everybody goes on as today.

    Attributes
    ----------
    month : str
        The month of the census, such as ``"2026-01"``.
    period_weeks, periods : int
        The horizon: those of the system that it stands behind.
    cells : pandas.DataFrame
        A row a cell: ``origin``, ``service``, and ``stream`` or other labels where there are any.
    waiting : float32 array, shape (cells, periods + 1, weeks)
        Who waits at the census (0) and at the end of each period, by RTT week band then; the last
        band is open. Who joins in a period counts from its end on.
    treated : float64 array, shape (cells, periods)
        Who is treated in each period.
    leaving : float32 array, shape (cells, periods, weeks)
        Who leaves untreated in each period, by RTT week band at its start.
    errors : pandas.DataFrame
        ``provider`` (an origin, or ``"all"``), ``over`` (weeks; 0: the whole list), ``period``,
        ``low``, ``high``: within which the published count will lie, nine times in ten. Where
        there is no row no range is known, and none is shown.
    history : pandas.DataFrame
        How forecasts of this kind have done before: ``origin_month`` (the last one that was known),
        ``month``, ``horizon`` (months), ``provider``, ``over``, ``forecast``, ``low``, ``high``,
        ``published`` and ``persistence`` (if nothing had changed).
    notes : tuple of str
        What was assumed, in sentences.

    Raises
    ------
    InputError
        If anything does not fit; ``.problems`` lists everything.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> waiting = np.zeros((1, 2, 70), np.float32)
    >>> waiting[0, 0, 20], waiting[0, 1, 24] = 100, 70
    >>> forecast = AsToday(
    ...     month="2026-01", period_weeks=4, periods=1, waiting=waiting,
    ...     cells=pd.DataFrame({"origin": ["A"], "service": ["hips"]}),
    ...     treated=np.array([[25.0]]), leaving=np.zeros((1, 1, 70), np.float32),
    ... )
    >>> forecast.table(over=[18])[["list_size", "over_18", "treated"]].iloc[0].tolist()
    [70.0, 70.0, 25.0]
    """

    month: str
    period_weeks: int
    periods: int
    cells: pd.DataFrame
    waiting: Floats32
    treated: Floats
    leaving: Floats32
    errors: pd.DataFrame = field(default_factory=lambda: _none(ERRORS))
    history: pd.DataFrame = field(default_factory=lambda: _none(HISTORY))
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = Problems()
        if not isinstance(self.month, str) or not MONTH.fullmatch(self.month):
            said = f"is {shown(self.month)}"
            problems.add("as_today", "month", said, 'write year and month, such as "2026-01"')
        for name in ("period_weeks", "periods"):
            if not is_whole(getattr(self, name), 1):
                said = f"is {shown(getattr(self, name))}"
                problems.add("as_today", name, said, "write a whole number from 1")
        if isinstance(self.notes, str) or not all(isinstance(note, str) for note in self.notes):
            problems.add("as_today", "notes", "are no list of sentences", "write (sentence, …)")
        cells = checked_cells(as_frame("cells", self.cells), problems)
        problems.raise_if_any()
        self._keep(cells=cells, notes=tuple(self.notes))
        self._keep(**self._arrays(problems))
        problems.raise_if_any()
        known = {ALL, *cells["origin"]}
        errors = checked_numbers("errors", as_frame("errors", self.errors), ERRORS, known, problems)
        history = checked_numbers(
            "history", as_frame("history", self.history), HISTORY, known, problems
        )
        problems.raise_if_any()
        check_ranges(errors, self.periods, problems)
        problems.raise_if_any()
        self._keep(errors=errors, history=history)

    def __repr__(self) -> str:
        first, last = (self.waiting[:, at].sum(dtype=np.float64) for at in (0, -1))
        periods = f"{many(self.periods, 'period')} of {self.period_weeks} weeks"
        return f"AsToday: from {self.month} over {periods}, {first:,.0f} waiting, then {last:,.0f}"

    def _keep(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _arrays(self, problems: Problems) -> dict[str, npt.NDArray[Any]]:
        """The arrays, checked, so that nobody can change them."""
        weeks = np.shape(self.waiting)[-1] if np.ndim(self.waiting) == 3 else 0
        cells, periods = len(self.cells), self.periods
        shapes: dict[str, tuple[tuple[int, ...], type]] = {
            "waiting": ((cells, periods + 1, weeks), np.float32),
            "treated": ((cells, periods), np.float64),
            "leaving": ((cells, periods, weeks), np.float32),
        }
        found: dict[str, npt.NDArray[Any]] = {}
        for name, (shape, kind) in shapes.items():
            try:
                array: npt.NDArray[Any] = np.array(getattr(self, name), dtype=kind)
            except (TypeError, ValueError):
                problems.add("as_today", name, "is no array of numbers", "pass a numpy array")
                continue
            if array.shape != shape:
                said = f"has the shape {array.shape}, not {shape}"
                problems.add("as_today", name, said, "give a row a cell, in their order")
            elif not (np.isfinite(array).all() and (array >= 0).all()):
                wrong = ~(np.isfinite(array) & (array >= 0)).reshape(cells, -1).all(axis=1)
                said = "has a number that is missing, infinite or below 0"
                problems.add("as_today", name, said, "write patients, 0 or more", rows=wrong)
            array.setflags(write=False)
            found[name] = array
        if weeks and weeks <= max(self.period_weeks, STANDARD):
            said = f"has {weeks} week bands"
            problems.add("as_today", "waiting", said, "give more than a period has, and than 18")
        return found

    @property
    def weeks(self) -> int:
        """How many RTT week bands there are; the last one is open."""
        return int(self.waiting.shape[2])

    def has(self, by: str | Sequence[str] | None) -> bool:
        """Whether cells are told apart by a column, or by several.

        Examples
        --------
        >>> import mutualaid as ma
        >>> from mutualaid.data.as_today import AsToday
        >>> made = AsToday(month="2026-01", period_weeks=4, periods=1, cells=pd.DataFrame(
        ...     {"origin": ["A"], "service": ["hips"]}), waiting=np.zeros((1, 2, 70)),
        ...     treated=np.zeros((1, 1)), leaving=np.zeros((1, 1, 70)))
        >>> made.has("origin"), made.has("priority")
        (True, False)
        """
        return set(_names(by)) <= {*self.cells.columns}

    @checks_arguments
    def table(
        self,
        over: Sequence[int] = THRESHOLDS,
        by: str | Sequence[str] | None = None,
        *,
        period: int | None = None,
    ) -> pd.DataFrame:
        """Count who waits at the end of a period, and who has been treated by then.

        Parameters
        ----------
        over
            Weeks: who has waited so long or longer is counted.
        by
            A column of the cells, or several, that make the rows; None for all together.
        period
            At whose end; 0 for the census, None for the last one.

        Returns
        -------
        pandas.DataFrame
            The columns ``by``; ``list_size``, ``over_18`` and so on, each with ``…_low`` and
            ``…_high`` (nine times in ten; missing where no range is known: ranges are of trusts,
            and of all together); ``within_18``, ``share_within_18``; and ``treated``, so far.

        Raises
        ------
        InputError
            If there is no such column, week band or period.

        Examples
        --------
        >>> waiting = np.zeros((1, 2, 70))
        >>> waiting[0, 0, 20], waiting[0, 1, 24] = 100, 70
        >>> made = AsToday(month="2026-01", period_weeks=4, periods=1, cells=pd.DataFrame(
        ...     {"origin": ["A"], "service": ["hips"]}), waiting=waiting,
        ...     treated=np.array([[25.0]]), leaving=np.zeros((1, 1, 70)))
        >>> made.table(by="origin", period=0)["over_18"].tolist()
        [100.0]
        """
        names, group, labels = self._groups(by)
        at = self._period(period)
        if not all(is_whole(weeks, 1, self.weeks - 1) for weeks in over):
            raise InputError(f"over is {shown(over)}: write weeks from 1 to {self.weeks - 1}")

        def total(values: npt.NDArray[Any]) -> Floats:
            sums = np.bincount(group, weights=values, minlength=len(labels))
            return np.asarray(sums, dtype=np.float64)

        listed = self.waiting[:, at].astype(np.float64)
        counts = {0: total(listed.sum(axis=1))}
        counts |= {weeks: total(listed[:, weeks:].sum(axis=1)) for weeks in over}
        within = total(listed[:, :STANDARD].sum(axis=1))
        columns: dict[str, object] = {}
        for weeks, count in counts.items():
            name = f"over_{weeks}" if weeks else "list_size"
            low, high = self._range(weeks, names, labels, at)
            columns |= {name: count, f"{name}_low": low, f"{name}_high": high}
        with np.errstate(invalid="ignore", divide="ignore"):
            share = within / counts[0]
        columns |= {"within_18": within, "share_within_18": share}
        columns["treated"] = total(self.treated[:, :at].sum(axis=1))
        return pd.concat([labels, pd.DataFrame(columns)], axis=1)

    @checks_arguments
    def harm(
        self, policy: HarmOfWaiting, by: str | Sequence[str] | None = None
    ) -> pd.DataFrame | None:
        """Add up the harm of waiting over the horizon and its tail, as a plan's is.

        Everybody untreated at the end of a period bears the harm of that period's weeks, and after
        the last one that of the tail. Who will leave untreated bears none, as in a plan, from which
        they are taken first. Of the open band everybody has waited as long as it begins.

        Parameters
        ----------
        policy
            A :class:`mutualaid.Policy`, for its harm curve and its tail.
        by
            As for :meth:`table`.

        Returns
        -------
        pandas.DataFrame or None
            The columns ``by`` and ``harm_weeks``; None where the curve is by a column that the
            forecast does not have, such as the priority: then it is not known.

        Raises
        ------
        InputError
            If there is no such column, or the curve does not know a label.

        Examples
        --------
        >>> import mutualaid as ma
        >>> waiting = np.zeros((1, 2, 70))
        >>> waiting[0, 0, 20], waiting[0, 1, 24] = 100, 70
        >>> made = AsToday(month="2026-01", period_weeks=4, periods=1, cells=pd.DataFrame(
        ...     {"origin": ["A"], "service": ["hips"]}), waiting=waiting,
        ...     treated=np.array([[25.0]]), leaving=np.zeros((1, 1, 70)))
        >>> policy = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=6)
        >>> made.harm(policy)["harm_weeks"].item() == 70 * (4 + 6)
        True
        """
        _, group, labels = self._groups(by)
        curve = policy.harm
        if curve.by is not None and curve.by not in self.cells:
            return None
        step, last = self.period_weeks, self.period_weeks + policy.tail_weeks
        kinds: list[str | None] = [None]
        kind = np.zeros(len(self.cells), dtype=np.int64)
        if curve.by is not None:
            kind, found = pd.factorize(self.cells[curve.by], sort=True)
            kinds = [str(label) for label in found]
        total = curve.table(kinds, self.weeks + last)
        bands = np.arange(self.weeks)
        harm = np.zeros(len(self.cells))
        for period in range(1, self.periods + 1):
            length = last if period == self.periods else step
            rate = total[:, bands + length] - total[:, bands]
            bearing = np.maximum(self.waiting[:, period] - self._will_leave[:, period], 0.0)
            # From the band that each band's patients were in when the period started, or from the
            # start of their clock, if that was later.
            begun = np.maximum(bands - step, 0)
            borne = total[:, bands + (length - step)] - total[:, begun]
            harm += (bearing[:, :-1] * borne[kind][:, :-1]).sum(axis=1)
            opened = (self._into_open(period) * rate[kind][:, self.weeks - 1 - step :]).sum(axis=1)
            harm += bearing[:, -1] * opened
        sums = np.bincount(group, weights=harm, minlength=len(labels)) / A_HARM_WEEK
        return pd.concat([labels, pd.DataFrame({"harm_weeks": sums})], axis=1)

    @cached_property
    def _will_leave(self) -> Floats32:
        """Of who waits at the end of each period, those who leave untreated later."""
        later = np.zeros_like(self.waiting)
        step = self.period_weeks
        for period in range(self.periods - 1, -1, -1):
            after = later[:, period + 1]
            later[:, period] = self.leaving[:, period]
            later[:, period, : -step - 1] += after[:, step:-1]
            from_open = after[:, -1:] * self._into_open(period + 1)
            later[:, period, -step - 1 :] += from_open.astype(np.float32)
        return later

    def _into_open(self, period: int) -> Floats:
        """Where who is in the open band at the end of a period was at its start, as shares.

        Shape (cells, period_weeks + 1), from the youngest band that reaches the open one.
        """
        begun = self.waiting[:, period - 1] - self.leaving[:, period - 1]
        there = np.maximum(begun[:, -self.period_weeks - 1 :], 0.0).astype(np.float64)
        total = there.sum(axis=1, keepdims=True)
        there[:, -1:] += total == 0
        result: Floats = there / (total + (total == 0))
        return result

    def _groups(self, by: str | Sequence[str] | None) -> tuple[tuple[str, ...], Ints, pd.DataFrame]:
        """The columns that make rows, the row of each cell, and the rows' labels."""
        names = _names(by)
        absent = [name for name in names if name not in self.cells]
        if absent:
            known = ", ".join(self.cells.columns)
            raise InputError(f"the forecast is not by {', '.join(absent)}: use {known}")
        if not names:
            return names, np.zeros(len(self.cells), dtype=np.int64), pd.DataFrame(index=range(1))
        groups = self.cells.groupby(list(names), sort=True)
        labels = groups.size().reset_index()[list(names)]
        return names, np.asarray(groups.ngroup(), dtype=np.int64), labels

    def _period(self, period: int | None) -> int:
        return self.periods if period is None else argument.whole("period", period, 0, self.periods)

    def _range(
        self, over: int, names: tuple[str, ...], labels: pd.DataFrame, period: int
    ) -> tuple[Floats, Floats]:
        """What a count lies within; missing where that is not known."""
        whose = [ALL] if not names else [""] * len(labels)
        if names == ("origin",):
            whose = list(labels["origin"])
        errors = self.errors
        rows = errors[(errors["over"] == over) & (errors["period"] == period)]
        found = rows.set_index("provider")[["low", "high"]].reindex(whose)
        return found["low"].to_numpy(np.float64), found["high"].to_numpy(np.float64)


def _names(by: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if by is None else (by,) if isinstance(by, str) else tuple(by)
