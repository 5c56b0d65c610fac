"""Who the made-up patients are, what they want and what they need.

Every share here was made up to be plausible; none was counted from records. One follows a
published finding: people of low income are less willing to move (London Patient Choice Project).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.datasets.made_up_system import PRIORITY_SHAPES, Floats, Ints, _Recipe

Labels = Mapping[str, tuple[str | float, ...]]
Shares = Mapping[str, tuple[float, ...]]
BLANK = np.nan

LABELS: Labels = {
    "consent": ("yes", "no", "not asked"),
    "willing": ("within ICB", "50 miles", "30 minutes", "100 miles", "national", BLANK),
    "sex": ("female", "male"),
    "ethnicity": (
        "White",
        "Asian or Asian British",
        "Black, Black British, Caribbean or African",
        "Mixed or multiple ethnic groups",
        "Other ethnic group",
        "Not stated",
    ),
    "anaesthetic": ("general", "regional", "local"),
}
"""What the numbers that are drawn stand for."""

ASKED = 0.5
SAY_YES_IN_QUINTILE = (0.60, 0.65, 0.70, 0.75, 0.80)
"""Of those who were asked; the most deprived first."""
WILLING = (0.35, 0.25, 0.15, 0.08, 0.07)
"""How far those would go who say yes, in the order of the labels; the others do not say."""

ICBS = ("QX1", "QX2")

# An area's share of minorities runs from, to; then how these are made up.
MINORITIES = (0.04, 0.40)
MINORITY = (0.50, 0.22, 0.15, 0.13)
NOT_STATED = 0.06

# Share of children; adults' ages from, up to (those in the middle are the commonest); share of
# women.
AGES: Shares = {
    "C_100": (0.05, 18, 95, 0.50),
    "C_101": (0.04, 30, 95, 0.25),
    "C_110": (0.05, 24, 96, 0.54),
    "C_120": (0.25, 18, 86, 0.50),
    "C_130": (0.04, 42, 100, 0.55),
    "C_502": (0.00, 18, 80, 1.00),
}
OTHER_AGES = (0.05, 18, 95, 0.52)
ADULT = 18

# A chance plus a hundredth of the age; above each of these, one grade more.
ASA_ABOVE = (0.80, 1.30, 1.65)
ASA_BLANK = 0.02
# Share of general and of regional anaesthetics, the others local; share who stay overnight.
CARE: Shares = {
    "C_100": (0.88, 0.04, 0.29),
    "C_101": (0.72, 0.20, 0.25),
    "C_110": (0.62, 0.30, 0.40),
    "C_120": (0.94, 0.00, 0.16),
    "C_130": (0.12, 0.03, 0.02),
    "C_502": (0.86, 0.08, 0.31),
}
OTHER_CARE = (0.86, 0.06, 0.25)
OVERNIGHT_BY_ASA = (0.7, 1.0, 1.5, 2.0)
"""Times the service's share."""
CRITICAL_BY_ASA = (0.02, 0.06, 0.20, 0.50)
"""Of those who stay overnight."""

BOOKED, BOOKED_A_WEEK = 0.045, 0.0021
"""The chance of a date to come: of who has just joined, and more for each week waited."""
DAYS_AHEAD = 84
LAPSED, DAYS_LAPSED = 0.005, 28
TRANSFERRED = 0.01
NO_DATE = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What the collaborative settles of each patient: numbers of labels, quintile, week band."""

    trust: Ints
    service: Ints
    priority: Ints
    area: Ints
    quintile: Ints
    weeks: Ints

    def __len__(self) -> int:
        return len(self.weeks)

    @classmethod
    def of(cls, recipe: _Recipe, waiting: pd.DataFrame) -> Crowd:
        """Take the patients of a waiting list one by one, in an order that says nothing."""
        cohort = np.repeat(np.arange(len(waiting)), waiting["patients"])
        # Of two equal chances the first comes first, on every machine.
        cohort = cohort[np.argsort(recipe.draw("patient order", len(cohort)), kind="stable")]
        area = _places(recipe.areas(), waiting["area"])[cohort]
        return cls(
            trust=area // recipe.areas_per_trust,
            service=_places(sorted(recipe.services), waiting["service"])[cohort],
            priority=_places(list(PRIORITY_SHAPES), waiting["priority"])[cohort],
            area=area,
            quintile=waiting["deprivation"].to_numpy()[cohort],
            weeks=waiting["weeks_waiting"].to_numpy()[cohort],
        )


def numbers(recipe: _Recipe, crowd: Crowd) -> Ints:
    """A number from 0 for each, which tells neither the wait nor the row."""
    return np.argsort(recipe.draw("patient number", len(crowd)), kind="stable")


def dates(recipe: _Recipe, crowd: Crowd) -> dict[str, Ints]:
    """Days from the census to the clock start (0 or below), and to a date booked, if any.

    Band w holds 7w < days <= 7(w + 1), and band 0 also day 0, which makes it eight days long.
    """
    weeks = crowd.weeks
    day = recipe.draw("patient day", len(crowd))
    waited = np.where(weeks == 0, 8 * day, 7 * weeks + 1 + 7 * day).astype(np.int64)
    booked = recipe.draw("patient booked", len(crowd))
    when = recipe.draw("patient date", len(crowd))
    ahead = 1 + (DAYS_AHEAD * when).astype(np.int64)
    # Nobody had a date before the clock started.
    back = 1 + (np.minimum(waited, DAYS_LAPSED) * when).astype(np.int64)
    date = np.where(booked < BOOKED + BOOKED_A_WEEK * weeks, ahead, NO_DATE)
    date = np.where((booked >= 1 - LAPSED) & (waited > 0), -back, date)
    return {"clock_start": -waited, "tci_date": date}


def transferred(recipe: _Recipe, crowd: Crowd) -> Ints:
    """Whether each came from another provider: 1, or 0."""
    return (recipe.draw("patient transferred", len(crowd)) < TRANSFERRED).astype(np.int64)


def wishes(recipe: _Recipe, crowd: Crowd) -> dict[str, Ints]:
    """Numbers of the labels of consent, and of how far those who say yes would go."""
    yes = ASKED * np.array(SAY_YES_IN_QUINTILE)
    shares = np.stack([yes, ASKED - yes], axis=1)
    consent = _kind(recipe.draw("patient consent", len(crowd)), shares, crowd.quintile - 1)
    far = _kind(recipe.draw("patient willing", len(crowd)), np.array([WILLING]), 0)
    return {"consent": consent, "willing": np.where(consent == 0, far, len(WILLING))}


def persons(recipe: _Recipe, crowd: Crowd) -> dict[str, Ints]:
    """Age in whole years, and numbers of the labels of sex and ethnicity."""
    count = len(crowd)
    children, low, high, women = _by_service(recipe, AGES, OTHER_AGES)[crowd.service].T
    middling = recipe.draw("patient age", 2, count).sum(axis=0) / 2
    child = recipe.draw("patient child", count) < children
    age = np.where(child, ADULT * middling, low + (high - low) * middling).astype(np.int64)
    least, most = MINORITIES
    luck = recipe.draw("patient minorities", recipe.trusts * recipe.areas_per_trust)
    minorities = (least + (most - least) * luck * luck)[:, None] * np.array(MINORITY)
    white = 1 - NOT_STATED - minorities.sum(axis=1, keepdims=True)
    shares = np.concatenate([white, minorities], axis=1)
    return {
        "age": age,
        "sex": (recipe.draw("patient sex", count) >= women).astype(np.int64),
        "ethnicity": _kind(recipe.draw("patient ethnicity", count), shares, crowd.area),
    }


def needs(recipe: _Recipe, crowd: Crowd, age: Ints) -> dict[str, Ints]:
    """ASA grade (0: blank), the number of the anaesthetic's label, and two yes (1) or no (0).

    The sicker stay overnight more often, and critical care only ever follows a stay.
    """
    count = len(crowd)
    care = _by_service(recipe, CARE, OTHER_CARE)
    frailty = recipe.draw("patient asa", count) + age / 100
    # Grades from 0 here, which is how Python counts.
    grade = np.searchsorted(ASA_ABOVE, frailty, side="right")
    stays = care[crowd.service, -1] * np.array(OVERNIGHT_BY_ASA)[grade]
    overnight = recipe.draw("patient overnight", count) < stays
    critical = recipe.draw("patient critical", count) < np.array(CRITICAL_BY_ASA)[grade]
    blank = recipe.draw("patient asa blank", count) < ASA_BLANK
    chance = recipe.draw("patient anaesthetic", count)
    return {
        "asa": np.where(blank, 0, grade + 1),
        "anaesthetic": _kind(chance, care[:, :-1], crowd.service),
        "overnight": overnight.astype(np.int64),
        "critical_care": (overnight & critical).astype(np.int64),
    }


def icbs(recipe: _Recipe) -> tuple[str, ...]:
    """Each trust's ICB: the western half of the trusts is in one, the eastern in the other."""
    east = np.argsort(np.argsort(recipe.places()[:, 1], kind="stable"), kind="stable")
    return tuple(ICBS[half] for half in east * len(ICBS) // recipe.trusts)


def _places(names: list[str], labels: pd.Series) -> Ints:
    return pd.Index(names).get_indexer(pd.Index(labels)).astype(np.int64)


def _by_service(recipe: _Recipe, shares: Shares, other: tuple[float, ...]) -> Floats:
    """A row for each service, in the order of their codes."""
    return np.array([shares.get(code, other) for code in sorted(recipe.services)], dtype=np.float64)


def _kind(chance: Floats, shares: Floats, row: Ints | int) -> Ints:
    """The kind of each, given the shares of all kinds but the last, and which row of them holds."""
    kind = np.zeros(len(chance), dtype=np.int64)
    for end in np.cumsum(shares, axis=1).T:
        kind += chance >= end[row]
    return kind
