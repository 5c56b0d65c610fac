"""Winters that may come, as scenarios with probabilities: a documented set, or one from the data.

Each is less capacity in the periods that lie in December to February. A period's slots follow its
working days in England and what is done a working day in that month; no winter adds slots.
"""

from mutualaid.studies.winters.calendar import Winters, winter_periods
from mutualaid.studies.winters.named import winter_scenarios
from mutualaid.studies.winters.sampled import sampled_winters
from mutualaid.studies.winters.winter_numbers import (
    INDEX,
    OUTBREAK_LOSS,
    PROBABILITIES,
    STRIKE_DAYS,
    STRIKE_LOSS,
    TOGETHER,
)

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
