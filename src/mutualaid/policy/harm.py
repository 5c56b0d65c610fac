"""Harm curves: what a week of waiting costs, by how long somebody has waited.

A curve gives the harm rate of each whole week of waiting: ``rate[w]`` is paid between week `w`
and week `w + 1`, in harm-weeks a week. With a rate of 1 a harm-week is a person-week of waiting.
Rates are rounded once to 1/1000 and are integers from there on, so that plans can be compared
exactly. They are judgements: put your own in, and show them to whoever bears the result.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import checks_arguments, is_number
from mutualaid.data.column_checks import check_labels, check_numbers
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import InputError, Problems

__all__ = ["Harm", "clinical", "from_function", "from_table", "person_weeks", "rtt"]

SCALE = 1000
"""Units of cost in a harm-week: every cost is a whole number of 1/1000 harm-weeks."""

HIGHEST_RATE = 1_000_000
RTT_STEPS: Mapping[int, float] = {18: 1.0, 52: 1.0, 65: 1.0, 78: 1.0, 104: 1.0}
CLINICAL_TARGET_WEEKS: Mapping[str, int] = {"P1": 1, "P2": 4, "P3": 12, "P4": 52}
CLINICAL_OVERDUE_RATE: Mapping[str, float] = {"P1": 16.0, "P2": 8.0, "P3": 4.0, "P4": 2.0}
POSTPONED = ("P5", "P6")

Rule = Callable[[int, str | None], float]


@dataclass(frozen=True, slots=True)
class _Steps:
    """A rate that rises at given weeks, whatever the label."""

    rate: float
    steps: tuple[tuple[int, float], ...] = ()

    def __call__(self, weeks: int, _label: str | None) -> float:
        return self.rate + sum(size for week, size in self.steps if weeks >= week)


@dataclass(frozen=True, slots=True)
class _Targets:
    """A rate of 1 until a priority's target, another beyond it."""

    targets: dict[str, int]
    overdue: dict[str, float]

    def __call__(self, weeks: int, priority: str | None) -> float:
        if priority is None or priority not in self.targets:
            return 1.0
        return self.overdue[priority] if weeks >= self.targets[priority] else 1.0


@dataclass(frozen=True, slots=True)
class _Listed:
    """A rate that holds from each listed week until the next one."""

    curves: dict[str | None, tuple[tuple[int, ...], tuple[float, ...]]]

    def __call__(self, weeks: int, label: str | None) -> float:
        starts, rates = self.curves[label if label in self.curves else None]
        return rates[bisect.bisect_right(starts, weeks) - 1]


@dataclass(frozen=True, slots=True)
class _Given:
    """The caller's own function."""

    function: Callable[..., float]
    labelled: bool

    def __call__(self, weeks: int, label: str | None) -> float:
        return self.function(weeks, label) if self.labelled else self.function(weeks)


@dataclass(frozen=True, slots=True)
class Harm:
    """What waiting costs.

    Attributes
    ----------
    name : str
        A short description, for reports.
    by : str or None
        The column of the waiting list that the rate depends on, if any.
    labels : tuple of str, or None
        The values of that column that the curve knows; None if it knows any.
    rule : callable
        The rate in harm-weeks a week, given whole weeks waited and the label.

    Examples
    --------
    >>> rtt().rate(17), rtt().rate(18), rtt().rate(60)
    (1.0, 2.0, 3.0)
    """

    name: str
    by: str | None
    labels: tuple[str, ...] | None
    rule: Rule

    @checks_arguments
    def rate(self, weeks: int, label: str | None = None) -> float:
        """Harm-weeks a week, after so many whole weeks of waiting.

        Raises
        ------
        InputError
            If the curve does not know the label.
        """
        if self.labels is not None and label not in self.labels:
            raise InputError(f"{self.name} has no curve for {label!r}")
        return float(self.rule(weeks, label))

    def __repr__(self) -> str:
        return f"Harm({self.name})"

    @checks_arguments
    def table(self, labels: Sequence[str | None], weeks: int) -> npt.NDArray[np.int64]:
        """Cumulated harm in 1/1000 harm-weeks.

        Parameters
        ----------
        labels
            The values of the column ``by``, or ``[None]``.
        weeks
            The longest wait that matters, in weeks.

        Returns
        -------
        numpy.ndarray
            Shape ``(len(labels), weeks + 1)``: entry `w` is the harm from week 0 to week `w`.

        Raises
        ------
        InputError
            If the curve does not know a label, or gives a rate that is negative, not finite or
            beyond reason.
        """
        problems = Problems()
        if self.labels is not None and self.by is not None:
            unknown = sorted({str(label) for label in labels} - set(self.labels))
            if unknown:
                problems.add(
                    "harm",
                    self.by,
                    f"{self.name} has no curve for {', '.join(unknown)}",
                    f"give one, or write one of {', '.join(self.labels)}",
                )
                problems.raise_if_any()
        found = [[self.rule(week, label) for week in range(weeks)] for label in labels]
        for row in found:
            week = next(
                (week for week, rate in enumerate(row) if not is_number(rate, 0, HIGHEST_RATE)),
                None,
            )
            if week is not None:
                problems.add(
                    "harm",
                    self.by or "",
                    f"the rate at week {week} is {row[week]!r}",
                    f"give a rate from 0 to {HIGHEST_RATE:,} for every week",
                )
                problems.raise_if_any()
        rates = np.array(found, dtype=np.float64).reshape(len(labels), weeks)
        result = np.zeros((len(labels), weeks + 1), dtype=np.int64)
        np.cumsum(np.rint(rates * SCALE).astype(np.int64), axis=1, out=result[:, 1:])
        return result


def person_weeks() -> Harm:
    """Every week of waiting counts 1, however long somebody has waited.

    Examples
    --------
    >>> person_weeks().rate(80)
    1.0
    """
    return Harm("person-weeks", None, None, _Steps(1.0))


@checks_arguments
def rtt(rate: float = 1.0, steps: Mapping[int, float] | None = None) -> Harm:
    """A rate that steps up at the waiting-time milestones of the NHS in England.

    Parameters
    ----------
    rate
        Harm-weeks a week before the first step.
    steps
        What the rate rises by at each week; by default 1 each at 18 weeks (the standard: 92 %
        within 18 weeks) and at 52, 65, 78 and 104 weeks (the milestones of the elective
        recovery). So a week counts 1, and once more for every milestone that has been passed:
        6 beyond two years. The size of the steps is a judgement, not a published figure.

    Returns
    -------
    Harm

    Raises
    ------
    InputError
        If the rate, or a step's week or size, is negative or not finite.

    Examples
    --------
    >>> rtt(steps={52: 9.0}).rate(52)
    10.0
    """
    if steps is not None and not isinstance(steps, Mapping):
        raise InputError("harm.rtt: steps is a mapping from weeks to sizes")
    steps = dict(RTT_STEPS if steps is None else steps)
    if not all(is_number(week, 0, HIGHEST_RATE) and week % 1 == 0 for week in steps):
        raise InputError("harm.rtt: a step is at a whole week, 0 or more")
    _not_negative("harm.rtt", {"rate": rate} | {f"steps[{w}]": s for w, s in steps.items()})
    text = ", ".join(f"+{size:g} at {week}" for week, size in sorted(steps.items()))
    return Harm(
        f"RTT: {rate:g} a week, {text}" if text else f"RTT: {rate:g} a week",
        None,
        None,
        _Steps(rate, tuple(sorted((int(week), float(size)) for week, size in steps.items()))),
    )


@checks_arguments
def clinical(
    targets: Mapping[str, int] | None = None, overdue: Mapping[str, float] | None = None
) -> Harm:
    """A rate by surgical priority, higher once its target is passed.

    Parameters
    ----------
    targets
        Weeks within which each priority should be treated. By default the Federation of Surgical
        Specialty Associations' prioritisation guide: P1 within days (1 week here), P2 4 weeks,
        P3 12 weeks (three months), P4 more than 12 weeks, for which a year (52 weeks) is taken.
    overdue
        Harm-weeks a week beyond the target; before it a week counts 1. By default 16, 8, 4 and 2
        for P1 to P4: each priority twice the next. A judgement, not a published figure.

    Returns
    -------
    Harm
        By the column ``priority``. P5 and P6 (the patient chose to postpone) count 1 a week.

    Raises
    ------
    InputError
        If a target or a rate is negative or not finite, or the two do not name the same
        priorities.

    Examples
    --------
    >>> clinical().rate(5, "P2"), clinical().rate(5, "P4")
    (8.0, 1.0)
    """
    targets = dict(CLINICAL_TARGET_WEEKS if targets is None else targets)
    overdue = dict(CLINICAL_OVERDUE_RATE if overdue is None else overdue)
    unnamed = [repr(p) for p in (*targets, *overdue) if not isinstance(p, str)]
    if unnamed:
        raise InputError(f"harm.clinical: a priority is text, not {', '.join(unnamed)}")
    if set(targets) != set(overdue):
        odd = ", ".join(sorted(set(targets) ^ set(overdue)))
        raise InputError(f"harm.clinical: targets and overdue must both name {odd}")
    _not_negative("harm.clinical", {f"targets[{p}]": t for p, t in targets.items()})
    _not_negative("harm.clinical", {f"overdue[{p}]": r for p, r in overdue.items()})

    text = ", ".join(f"{p} {overdue[p]:g} after {t} weeks" for p, t in sorted(targets.items()))
    known = tuple(sorted({*targets, *POSTPONED}))
    return Harm(f"clinical: 1 a week; {text}", "priority", known, _Targets(targets, overdue))


@checks_arguments
def from_table(table: object) -> Harm:
    """A curve from a table of rates.

    Parameters
    ----------
    table
        ``weeks_waiting`` and ``rate`` (harm-weeks a week from that week until the next week
        listed; the last one holds for ever), and optionally one more column, of the waiting
        list's (``priority``, ``service``, …), that the rate depends on. Every curve starts at
        week 0.

    Returns
    -------
    Harm

    Raises
    ------
    InputError
        If columns are missing or surplus, a week is listed twice or not whole, a rate is
        negative or missing, or a curve does not start at week 0.

    Examples
    --------
    >>> curve = from_table({"weeks_waiting": [0, 18], "rate": [1.0, 3.0]})
    >>> curve.rate(17), curve.rate(200)
    (1.0, 3.0)
    """
    frame = frame_of("harm table", table)
    problems = Problems()
    problems.need("harm table", frame, ("weeks_waiting", "rate"))
    others = [str(name) for name in frame.columns if name not in ("weeks_waiting", "rate")]
    if len(others) > 1:
        problems.add("harm table", ", ".join(others), "more than one further column", "keep one")
    problems.raise_if_any()
    weeks = check_numbers("harm table", "weeks_waiting", frame["weeks_waiting"], problems)
    rates = check_numbers("harm table", "rate", frame["rate"], problems)
    by = others[0] if others else None
    labels = None if by is None else check_labels("harm table", by, frame[by], problems)
    problems.raise_if_any()
    if weeks is None or rates is None:
        raise InputError("harm table: empty")
    groups = np.full(len(frame), None) if labels is None else np.asarray(labels, dtype=object)
    problems.note(
        "harm table",
        "weeks_waiting",
        weeks != np.floor(weeks),
        "is not a whole number",
        "round it",
        weeks,
    )
    twice = pd.DataFrame({"group": groups, "week": weeks}).duplicated(keep=False).to_numpy()
    problems.note("harm table", "weeks_waiting", twice, "is listed twice", "keep one")
    curves: dict[str | None, tuple[tuple[int, ...], tuple[float, ...]]] = {}
    for group in dict.fromkeys(groups):
        rows = sorted(zip(weeks[groups == group], rates[groups == group], strict=True))
        curves[group] = (tuple(int(w) for w, _ in rows), tuple(float(r) for _, r in rows))
        if rows[0][0] != 0:
            problems.add("harm table", "weeks_waiting", f"does not start at 0 ({group})", "add it")
    if not curves:
        problems.add("harm table", "", "has no rows", "add one for week 0")
    problems.raise_if_any()

    known = None if by is None else tuple(sorted(str(group) for group in curves))
    return Harm(
        f"table of {len(frame)} rates" + (f" by {by}" if by else ""), by, known, _Listed(curves)
    )


@checks_arguments
def from_function(function: Callable[..., float], by: str | None = None) -> Harm:
    """A curve from a function.

    Parameters
    ----------
    function
        Called with the whole weeks waited, and with the label too if ``by`` is given; returns
        harm-weeks a week, 0 or more.
    by
        The column of the waiting list that the rate depends on.

    Returns
    -------
    Harm

    Examples
    --------
    >>> from_function(lambda weeks: 1 + weeks / 52).rate(26)
    1.5
    """
    if not callable(function):
        raise InputError("harm.from_function takes a function of the weeks waited")
    name = getattr(function, "__name__", "function")
    title = f"function {name}" + (f" by {by}" if by else "")
    return Harm(title, by, None, _Given(function, by is not None))


def _not_negative(where: str, values: Mapping[str, object]) -> None:
    bad = {name: value for name, value in values.items() if not is_number(value, 0, HIGHEST_RATE)}
    if bad:
        text = ", ".join(f"{name} = {value}" for name, value in bad.items())
        raise InputError(f"{where}: {text}: write a number from 0 to {HIGHEST_RATE:,}")


def __dir__() -> list[str]:
    return sorted(__all__)
