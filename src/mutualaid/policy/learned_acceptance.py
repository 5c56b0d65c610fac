"""How likely patients are to accept, learned from the answers that came back.

The log odds of an offer are those of the default curve, and a departure from them that is linear
in what is known of the offer:

``log odds = log odds of the default curve + sum of coefficient * value``

The coefficients are those of greatest posterior density where each is, before any answer,
normal with mean 0 and the standard deviation ``spread``, by itself. So without answers it is the
default curve, and the more answers there are the less that matters. With the logarithm of the
likelihood strictly concave there is one such point, and Newton's method finds it. Their
uncertainty is that of the normal distribution with the same curvature there (Laplace).

Values are counted in units of which a coefficient may well be as large as ``spread``, from a
middle at which they are 0: see :data:`UNITS`. What is not known of an offer counts as its middle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.column_checks import Floats
from mutualaid.data.taking.from_file import frame_of
from mutualaid.errors import InputError, Problems
from mutualaid.formats import many
from mutualaid.policy.acceptance import Acceptance, curve_log_odds
from mutualaid.policy.acceptance_table import numbers_of, texts_of

SPREAD = 1.0
"""Log odds: one in two becomes 27 % to 73 %."""
MOST_STEPS = 100
NEAR = 1e-8
"""How far below the greatest log density Newton's last step starts, twice, at most."""


class Unit(NamedTuple):
    """How a number of an offer is counted."""

    middle: float
    size: float
    says: str


UNITS: Mapping[str, Unit] = {
    "weeks_saved": Unit(12.0, 10.0, "per 10 weeks saved, from 12"),
    "extra_minutes": Unit(30.0, 30.0, "per 30 extra minutes, from 30"),
    "deprivation": Unit(3.0, 1.0, "per quintile of deprivation (1 is the most deprived), from 3"),
    "age": Unit(60.0, 10.0, "per 10 years of age, from 60"),
}
"""Numbers that are learned from, where the answers have them."""
GROUPS = ("service", "age_band")
"""Labels that are learned from: a coefficient for each that the answers have."""
SAID = {"accepted": 1.0, "declined": 0.0, "no answer": 0.0}
"""Responses that are learned from; whoever was treated or removed was not asked in the end."""
NEEDED = ("weeks_saved", "extra_minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Departing:
    """The default curve, and departures from it."""

    terms: tuple[tuple[str, str], ...]
    """Of each coefficient: the column, and the label that it is of; "" for a number or all."""
    coefficients: tuple[float, ...]

    def __call__(self, offers: pd.DataFrame) -> Floats:
        return _logistic(self.log_odds(offers))

    def log_odds(self, offers: pd.DataFrame) -> Floats:
        """Log odds of offers."""
        result: Floats = curve_log_odds(offers) + design(self.terms, offers) @ np.array(
            self.coefficients, dtype=np.float64
        )
        return result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedAcceptance(Acceptance):
    """How likely patients are to accept, as answers tell. Made by :func:`learn_acceptance`.

    Attributes
    ----------
    table : pandas.DataFrame
        A coefficient a row: ``term`` (``"everybody"``, a column, or a column and a label),
        ``unit``, ``coefficient`` (how far the log odds depart from the default curve's),
        ``standard_error``, ``low`` and ``high`` (between which it lies with 95 %), ``odds_ratio``
        and ``answers`` (how many it rests on).
    answers, accepted : int
        How many answers it was learned from, and how many were yes.
    covariance : numpy.ndarray
        Of the coefficients, in the order of the table.
    """

    table: pd.DataFrame = field(repr=False)
    answers: int
    accepted: int
    covariance: Floats = field(repr=False)

    @checks_arguments
    def interval(self, offers: object, level: float = 0.95) -> pd.DataFrame:
        """Give the chance that each offer is accepted, and between which it lies.

        Parameters
        ----------
        offers
            As when it is called.
        level
            With which probability it does, above 0 and below 1.

        Returns
        -------
        pandas.DataFrame
            ``acceptance``, ``low``, ``high``, in the order of the offers.

        Examples
        --------
        >>> learned = learn_acceptance(pd.DataFrame(columns=["response", "weeks_saved",
        ...                                                  "extra_minutes"]))
        >>> offers = pd.DataFrame({"weeks_saved": [26.0], "extra_minutes": [30.0]})
        >>> learned.interval(offers).round(2).iloc[0].tolist()
        [0.67, 0.07, 0.98]
        """
        argument.share("level", level, below=True)
        frame = frame_of("offers", offers)
        middle = self(frame)
        rule = self.rule
        assert isinstance(rule, _Departing)
        values = design(rule.terms, frame)
        odds = rule.log_odds(frame)
        wide = np.sqrt(np.einsum("ij,jk,ik->i", values, self.covariance, values))
        reach = NormalDist().inv_cdf(0.5 + level / 2) * wide
        return pd.DataFrame(
            {"acceptance": middle, "low": _logistic(odds - reach), "high": _logistic(odds + reach)},
            index=frame.index,
        )

    def __repr__(self) -> str:
        return f"Acceptance({self.name})"


@checks_arguments
def learn_acceptance(answers: object, *, spread: float = SPREAD) -> LearnedAcceptance:
    """Learn from answers how likely patients are to accept; with few of them, little.

    A logistic regression on what is known of each offer, drawn to the default curve. The log odds
    of an offer are those of the default curve and, for each term, a coefficient times its value.
    Each is, before any answer, normal with mean 0 and the standard deviation ``spread``; those of
    greatest posterior density are taken, and their uncertainty is that of the normal distribution
    with the same curvature there. Values are counted in the table's units, from its middles; what
    is not known of an offer counts as the middle. The order of the rows does not matter.

    Parameters
    ----------
    answers
        An answer a row, such as :func:`mutualaid.patients.read_answers` gives, of one list or of
        several: ``response`` (``"accepted"``; ``"declined"`` and ``"no answer"`` are both a no;
        rows with ``"treated"`` or ``"removed"`` are left out), ``weeks_saved`` and
        ``extra_minutes``. Learned from as well, where they are there: ``deprivation`` (quintile, 1
        to 5), ``age`` (years), or without it ``age_band``, and ``service``.
    spread
        How far a coefficient may well be from the default curve before any answer is seen: the
        standard deviation of its normal prior, in log odds. A small one trusts the curve more.

    Returns
    -------
    LearnedAcceptance
        To be passed as ``Policy(acceptance=…)``.

    Raises
    ------
    InputError
        If a column is missing, a response is unknown, or a number is missing or is none.

    Examples
    --------
    Of a hundred like offers that the default curve gives a chance of 67 %, ninety were accepted:

    >>> answers = pd.DataFrame({"response": ["accepted"] * 90 + ["declined"] * 10,
    ...                         "weeks_saved": 26, "extra_minutes": 30})
    >>> learned = learn_acceptance(answers)
    >>> learned
    Acceptance(learned from 100 answers, 90 of them yes, and the default curve)
    >>> float(learned(answers).round(2)[0])
    0.9
    """
    argument.number("spread", spread, 0.0, 10.0, "log odds", above=True)
    frame = frame_of("answers", answers).reset_index(drop=True)
    _check(frame)
    frame = frame[frame["response"].isin(list(SAID)).to_numpy(dtype=bool)]
    said = np.array([SAID[word] for word in frame["response"]], dtype=np.float64)
    terms = _terms(frame)
    values, known = design(terms, frame), curve_log_odds(frame)
    # Sums of floats hang on their order: it is made the same whatever that of the rows.
    order = np.lexsort([said, known, *values.T])
    values, known, said = values[order], known[order], said[order]
    found, curvature = _most_likely(values, known, said, spread)
    covariance = np.linalg.inv(curvature).astype(np.float64)
    count, accepted = len(said), int(said.sum())
    name = f"learned from {many(count, 'answer')}, {accepted:,} of them yes, and the default curve"
    return LearnedAcceptance(
        name=name,
        says=(
            f"The chance that a patient accepts is learned from {many(count, 'answer')}, "
            f"{accepted:,} of them yes, by a logistic regression that is drawn to a curve through "
            f"published figures (a spread of {spread:g} in log odds)."
        ),
        needs=NEEDED,
        reads=tuple(dict.fromkeys(n for n, _ in terms if n and n not in NEEDED)),
        rule=_Departing(terms=terms, coefficients=tuple(found.tolist())),
        table=_table(terms, found, covariance, frame),
        answers=count,
        accepted=accepted,
        covariance=covariance,
    )


def design(terms: tuple[tuple[str, str], ...], offers: pd.DataFrame) -> Floats:
    """Values of offers by which coefficients are multiplied; shape (offers, terms)."""
    columns = []
    texts: dict[str, np.ndarray] = {}
    for name, label in terms:
        if not name:
            columns.append(np.ones(len(offers)))
        elif name not in offers:
            columns.append(np.zeros(len(offers)))
        elif name in UNITS:
            unit = UNITS[name]
            numbers = pd.to_numeric(offers[name].astype(object), errors="coerce")
            columns.append((numbers_of(numbers) - unit.middle) / unit.size)
        else:
            if name not in texts:
                texts[name] = np.array(texts_of(offers[name]), dtype=object)
            columns.append((texts[name] == label).astype(np.float64))
    return np.nan_to_num(np.column_stack(columns), nan=0.0)


def _check(frame: pd.DataFrame) -> None:
    problems = Problems()
    problems.need("answers", frame, ("response", *NEEDED))
    problems.raise_if_any()
    known = (*SAID, "treated", "removed")
    wrong = ~frame["response"].isin(known).to_numpy(dtype=bool)
    remedy = f"write {', '.join(known)}, or drop the row"
    what = "is not one of the words for it"
    problems.note("answers", "response", wrong, what, remedy, frame["response"].astype(str))
    for name in (name for name in UNITS if name in frame):
        numbers = numbers_of(pd.to_numeric(frame[name].astype(object), errors="coerce"))
        there = frame[name].notna().to_numpy(dtype=bool) | (name in NEEDED)
        bad = there & ~np.isfinite(numbers)
        if name == "deprivation":
            bad |= there & ~((numbers >= 1) & (numbers <= 5))
        problems.note("answers", name, bad, "is missing or no number that it can be", "correct it")
    problems.raise_if_any()


def _terms(frame: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """What there is a coefficient of: everybody, numbers, then labels in the order of the text."""

    def every() -> Iterator[tuple[str, str]]:
        yield "", ""
        for name in UNITS:
            if name in NEEDED or (name in frame and frame[name].notna().any()):
                yield name, ""
        for name in GROUPS:
            if name in frame and not (name == "age_band" and "age" in frame):
                held = frame[name][frame[name].notna().to_numpy(dtype=bool)]
                yield from ((name, label) for label in sorted({*texts_of(held)}))

    return tuple(every())


def _most_likely(
    values: Floats, known: Floats, said: Floats, spread: float
) -> tuple[Floats, Floats]:
    """Find the coefficients of greatest posterior density, and the curvature there."""
    prior = np.eye(values.shape[1]) / spread**2
    found = np.zeros(values.shape[1])

    def minus_density(coefficients: Floats) -> float:
        odds = known + values @ coefficients
        fit = np.logaddexp(0.0, np.where(said > 0, -odds, odds)).sum()
        return float(fit + coefficients @ prior @ coefficients / 2)

    def slope(coefficients: Floats) -> tuple[Floats, Floats]:
        chance = _logistic(known + values @ coefficients)
        weight = (chance * (1 - chance))[:, None]
        return (
            values.T @ (chance - said) + prior @ coefficients,
            values.T @ (values * weight) + prior,
        )

    height = minus_density(found)
    for _ in range(MOST_STEPS):
        gradient, curvature = slope(found)
        step = np.linalg.solve(curvature, gradient)
        if gradient @ step <= NEAR:
            # So near, the whole step is right to many more digits than the density can tell.
            found = found - step
            return found, slope(found)[1]
        length = 1.0
        # Newton's step may be too long far away; a shorter one always goes down.
        while (lower := minus_density(found - length * step)) > height:
            length /= 2
        found, height = found - length * step, lower
    raise InputError("the answers tell no coefficients: a number among them is far too large")


def _table(
    terms: tuple[tuple[str, str], ...], found: Floats, covariance: Floats, frame: pd.DataFrame
) -> pd.DataFrame:
    error = np.sqrt(np.diag(covariance))
    reach = NormalDist().inv_cdf(0.975) * error
    counts = []
    for name, label in terms:
        if not name:
            counts.append(len(frame))
        elif label:
            counts.append(texts_of(frame[name]).count(label))
        else:
            counts.append(int(frame[name].notna().sum()))
    return pd.DataFrame(
        {
            "term": [f"{name} {label}".strip() or "everybody" for name, label in terms],
            "unit": [UNITS[n].says if n in UNITS else "log odds, if so" for n, _ in terms],
            "coefficient": found,
            "standard_error": error,
            "low": found - reach,
            "high": found + reach,
            "odds_ratio": np.exp(found),
            "answers": counts,
        }
    )


def _logistic(odds: Floats) -> Floats:
    result: Floats = 0.5 + 0.5 * np.tanh(odds / 2)
    return result
