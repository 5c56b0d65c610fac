"""How likely a patient is to accept the offer of treatment elsewhere.

Nobody has to move. A plan that offers a slot to a patient needs a view of whether the offer will
be taken, and says which view it took: a curve through published figures, one probability for
everybody, a table, or a function of the analyst's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.column_checks import Floats
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import InputError, Problems
from mutualaid.formats import many
from mutualaid.policy.acceptance_table import LABELS, LIMITS, numbers_of, table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A published share of patients who accepted, and the offer that it is taken to be for.

    Examples
    --------
    >>> LONDON
    Anchor(share=0.67, weeks_saved=26.0, extra_minutes=30.0)
    """

    share: float
    weeks_saved: float
    extra_minutes: float


CEILING = 0.70
"""30 % of 2,114 patients chose their current hospital whatever else they were offered."""

LONDON = Anchor(share=0.67, weeks_saved=26.0, extra_minutes=30.0)
ISLE_OF_WIGHT = Anchor(share=CEILING / 2, weeks_saved=17.0, extra_minutes=60.0)
PORTUGAL = Anchor(share=0.20, weeks_saved=13.0, extra_minutes=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Curve:
    """A logistic curve under a ceiling."""

    ceiling: float
    start: float
    per_week: float
    per_minute: float

    @classmethod
    def through(cls, ceiling: float, middle: Anchor, one: Anchor, other: Anchor) -> Self:
        """The curve that passes through three anchors: Cramer's rule on the log odds."""
        start, rise_1, rise_2 = (
            math.log(anchor.share / (ceiling - anchor.share)) for anchor in (middle, one, other)
        )
        weeks_1, weeks_2 = (a.weeks_saved - middle.weeks_saved for a in (one, other))
        minutes_1, minutes_2 = (a.extra_minutes - middle.extra_minutes for a in (one, other))
        rise_1, rise_2 = rise_1 - start, rise_2 - start
        determinant = minutes_1 * weeks_2 - weeks_1 * minutes_2
        per_week = (minutes_1 * rise_2 - minutes_2 * rise_1) / determinant
        per_minute = (weeks_1 * rise_2 - weeks_2 * rise_1) / determinant
        return cls(
            ceiling=ceiling,
            start=start - per_week * middle.weeks_saved + per_minute * middle.extra_minutes,
            per_week=per_week,
            per_minute=per_minute,
        )

    def odds(self, offers: pd.DataFrame) -> Floats:
        """The log odds under the ceiling."""
        weeks, minutes = (numbers_of(offers[name]) for name in ("weeks_saved", "extra_minutes"))
        result: Floats = self.start + self.per_week * weeks - self.per_minute * minutes
        return result

    def __call__(self, offers: pd.DataFrame) -> Floats:
        odds = self.odds(offers)
        # The logistic function by way of tanh, which no number is too large for.
        result: Floats = self.ceiling * (0.5 + 0.5 * np.tanh(odds / 2))
        return result


_DEFAULT = _Curve.through(CEILING, ISLE_OF_WIGHT, LONDON, PORTUGAL)


def curve_log_odds(offers: pd.DataFrame) -> Floats:
    """Log odds of the default curve, of chances that may be too small to be told from 0.

    Examples
    --------
    >>> offers = pd.DataFrame({"weeks_saved": [26.0, -9999.0], "extra_minutes": [30.0, 0.0]})
    >>> curve_log_odds(offers).round(1).tolist()
    [0.7, -2292.7]
    """
    odds = _DEFAULT.odds(offers)
    # With p = c / (1 + e^-x), p / (1 - p) is c / (1 - c + e^-x).
    result: Floats = np.log(CEILING) - np.logaddexp(np.log(1 - CEILING), -odds)
    return result


@dataclass(frozen=True, slots=True)
class _Constant:
    """One probability for everybody."""

    probability: float

    def __call__(self, offers: pd.DataFrame) -> Floats:
        return np.full(len(offers), self.probability)


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """The analyst's own function; what it returns is checked, and never shown."""

    function: Callable[[pd.DataFrame], npt.ArrayLike]
    name: str

    def __call__(self, offers: pd.DataFrame) -> Floats:
        if not len(offers):
            return np.zeros(0)
        given = self.function(offers.copy())
        problems = Problems()
        table = f"acceptance by {self.name}"
        if isinstance(given, pd.Series) and not given.index.equals(offers.index):
            remedy = "return it in the order, and with the index, of the offers"
            problems.add(table, "", "has another index than the offers", remedy)
        found = np.asarray(given)
        if found.shape != (len(offers),) or found.dtype.kind not in "iuf":
            what = f"is of shape {found.shape} and type {found.dtype}"
            problems.add(table, "", what, f"return {len(offers):,} numbers, one an offer")
            problems.raise_if_any()
        result = found.astype(np.float64)
        bad = ~((result >= 0) & (result <= 1))
        if bad.any():
            remedy = "return a number from 0 to 1 for every offer"
            problems.add(table, "", "is not a probability", remedy, rows=bad)
        problems.raise_if_any()
        return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How likely patients are to accept an offer. Made by one of its four class methods.

    Called with a table of offers, one a row, it gives the probability that each is accepted.

    Attributes
    ----------
    name : str
        What it is, in short.
    says : str
        A sentence for reports: what it is, and where it comes from.
    needs : tuple of str
        Columns that a table of offers must have.
    rule : callable
        From offers that have these columns to probabilities.

    Examples
    --------
    >>> offers = pd.DataFrame({"weeks_saved": [26, 4], "extra_minutes": [30, 60]})
    >>> Acceptance.default()(offers).round(2).tolist()
    [0.67, 0.03]
    """

    name: str
    says: str
    needs: tuple[str, ...]
    rule: Callable[[pd.DataFrame], Floats]

    @property
    def everybody(self) -> bool:
        """Whether every offer is accepted, whatever it is.

        Examples
        --------
        >>> Acceptance.constant(1).everybody, Acceptance.default().everybody
        (True, False)
        """
        return isinstance(self.rule, _Constant) and self.rule.probability == 1

    @property
    def reads_all(self) -> bool:
        """Whether the rule may read any column of the offers: a function of the analyst's own.

        Examples
        --------
        >>> Acceptance.from_function(lambda offers: offers["minutes"] * 0).reads_all
        True
        """
        return isinstance(self.rule, _Given)

    @classmethod
    def default(cls) -> Self:
        """Give a curve that rises with the weeks saved and falls with the extra minutes.

        ``p = 0.70 * logistic(a + b * weeks_saved - c * extra_minutes)``. The ceiling is that of
        the London Patient Choice Project: 30 % of 2,114 patients always chose their current
        hospital (Burge et al. 2004, Appl Health Econ Health Policy 3(4):183-194). a, b and c are
        those of the one such curve through three published figures:

        - London, 2002 to 2004: 15,000 of 22,500 who had waited about six months accepted, 67 %.
          Taken as 26 weeks saved for 30 extra minutes: both are assumptions.
        - Isle of Wight (Ryan et al. 2000, J Public Health Med 22(2):202-210): the 30 % of those
          asked who traded waiting against travel would leave the island for 3.9 months saved, or
          17 weeks (48 % always chose the mainland, 22 % never). Taken as half of those under the
          ceiling, and for 60 extra minutes: both are assumptions.
        - Portugal, first half of 2022: 20 % of the vouchers for surgery elsewhere were used.
          Taken as 13 weeks saved for 60 extra minutes: both are assumptions.

        So it is a stated starting point, not an estimate. A week weighs as much as 6.6 minutes;
        67 % is so close under 70 % that the curve is steep; with nothing saved and no way to go
        it still gives 10 %. Where answers have come back,
        :func:`~mutualaid.policy.learn_acceptance` goes on from it.

        Examples
        --------
        >>> offers = pd.DataFrame({"weeks_saved": [26, 17, 13], "extra_minutes": [30, 60, 60]})
        >>> Acceptance.default()(offers).round(2).tolist()
        [0.67, 0.35, 0.2]
        """
        return cls(
            name="default curve",
            says=(
                "The chance that a patient accepts is taken from a curve that rises with the weeks "
                f"saved and falls with the extra minutes of travel, to at most {CEILING:.0%}, "
                "through published figures of London (2002 to 2004), the Isle of Wight (2000) and "
                "Portugal (2022), whose weeks and minutes are in part assumed."
            ),
            needs=("weeks_saved", "extra_minutes"),
            rule=_DEFAULT,
        )

    @classmethod
    @checks_arguments
    def constant(cls, p: float) -> Self:
        """Give every offer the same probability; 1 is to say that everybody accepts.

        Raises
        ------
        InputError
            If it is not a number from 0 to 1.

        Examples
        --------
        >>> Acceptance.constant(0.4)(pd.DataFrame({"origin": ["XA1", "XB2"]})).tolist()
        [0.4, 0.4]
        """
        share = argument.number("p", p, 0, 1, "a probability")
        return cls(
            name=f"constant {share:g}",
            says=f"Every patient is taken to accept with a chance of {100 * share:g} %, as given.",
            needs=(),
            rule=_Constant(share),
        )

    @classmethod
    def from_table(cls, table: object) -> Self:
        """Give each offer the probability of the first row that fits it.

        Parameters
        ----------
        table
            ``probability``, from 0 to 1; any of the labels ``origin``, ``provider``, ``service``,
            ``priority``, ``area``, ``deprivation``, ``ethnicity`` and ``age_band``, compared as
            they are written; ``up_to_minutes``, the most minutes one way (``minutes`` of the
            offer), and ``from_weeks``, the least weeks waited (``weeks_waiting``). What is empty
            or missing fits every offer.

        Raises
        ------
        InputError
            If a column is missing or unknown, or a value unusable; and, when it is called, if
            offers lack a column, or fit no row.

        Examples
        --------
        >>> acceptance = Acceptance.from_table(pd.DataFrame({
        ...     "provider": ["XB2", "XB2", ""], "up_to_minutes": [30, None, None],
        ...     "probability": [0.6, 0.3, 0.5]}))
        >>> acceptance(pd.DataFrame({"provider": ["XB2", "XB2", "XC3"],
        ...     "minutes": [20, 40, 40]})).tolist()
        [0.6, 0.3, 0.5]
        """
        rule = table_of(frame_of("acceptance", table))
        names = [name for name, _ in rule.labels]
        numbers = [LIMITS[name] for name, _ in rule.limits]
        by = " by " + ", ".join(names + numbers) if names + numbers else ""
        count = len(rule.probabilities)
        what = f"table of {many(count, 'row')}{by}"
        says = f"The chance that a patient accepts is taken from a {what}, as given."
        return cls(name=what, says=says, needs=(*names, *numbers), rule=rule)

    @classmethod
    @checks_arguments
    def from_function(
        cls, f: Callable[[pd.DataFrame], npt.ArrayLike], name: str | None = None
    ) -> Self:
        """Give each offer the probability that a function of the offers says.

        Parameters
        ----------
        f
            From the offers, a DataFrame, to as many numbers from 0 to 1. It is not called where
            there are no offers, and gets a copy.
        name
            What to call it in reports; by default its own name.

        Raises
        ------
        InputError
            If it is no function; and, when it is called, if it returns anything else.

        Examples
        --------
        >>> near = Acceptance.from_function(lambda offers: 1 / (1 + offers["minutes"] / 60), "near")
        >>> near(pd.DataFrame({"minutes": [0, 60]})).tolist()
        [1.0, 0.5]
        """
        if not callable(f):
            raise InputError("Acceptance.from_function takes a function of the offers")
        title = f"function {name or getattr(f, '__name__', 'given')}"
        says = f"The chance that a patient accepts is taken from the {title}, as given."
        return cls(name=title, says=says, needs=(), rule=_Given(f, title))

    def __call__(self, offers: object) -> Floats:
        """Give the probability that each offer is accepted.

        Parameters
        ----------
        offers
            A table, one offer a row, with the columns that :attr:`needs` names: ``weeks_saved``
            (weeks of waiting that the offer saves), ``extra_minutes`` and ``minutes`` (one way),
            ``weeks_waiting`` and labels. Others do not matter, and no identifier is ever read.

        Returns
        -------
        numpy.ndarray
            One probability an offer, in their order.

        Raises
        ------
        InputError
            If a column is missing, a number in it is missing or not finite, or the rule has no
            probability for an offer.
        """
        frame = frame_of("offers", offers)
        problems = Problems()
        for name in self.needs:
            if name not in frame:
                remedy = f"add it: acceptance, a {self.name}, depends on it"
                problems.add("offers", name, "the column is missing", remedy)
            elif name not in LABELS:
                _check_finite(name, frame[name], problems)
        problems.raise_if_any()
        return self.rule(frame)

    def __repr__(self) -> str:
        return f"Acceptance({self.name})"


def _check_finite(name: str, values: pd.Series, problems: Problems) -> None:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        problems.add("offers", name, f"holds {values.dtype}, not numbers", "write numbers")
        return
    bad = ~np.isfinite(numbers_of(values))
    problems.note("offers", name, bad, "is missing or not finite", "write the number")
