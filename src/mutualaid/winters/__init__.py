"""Winters that may come, as scenarios with probabilities: a documented set, or one from the data.

Each is less capacity in the periods that lie in December to February. A period's slots follow its
working days in England and what is done a working day in that month; no winter adds slots.
"""

from mutualaid.winters.numbers import (
    INDEX,
    OUTBREAK_LOSS,
    PROBABILITIES,
    STRIKE_DAYS,
    STRIKE_LOSS,
    TOGETHER,
)
from mutualaid.winters.sampled import sampled_winters
from mutualaid.winters.scenarios import winter_scenarios
from mutualaid.winters.when import Winters, winter_periods

__all__ = [
    "INDEX",
    "OUTBREAK_LOSS",
    "PROBABILITIES",
    "STRIKE_DAYS",
    "STRIKE_LOSS",
    "TOGETHER",
    "Winters",
    "sampled_winters",
    "winter_periods",
    "winter_scenarios",
]
