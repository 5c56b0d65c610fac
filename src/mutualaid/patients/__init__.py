"""Patients by name: whom to ask, what to send, and going on from what they said."""

from mutualaid.data.site_criteria import within_icb
from mutualaid.offers.choose import Offers
from mutualaid.offers.equity_report import EquityReport
from mutualaid.offers.transfers import transfer_list
from mutualaid.patients.answers import read_answers
from mutualaid.patients.replanning import Replan, replan
from mutualaid.report.call_list import CallList

__all__ = [
    "CallList",
    "EquityReport",
    "Offers",
    "Replan",
    "read_answers",
    "replan",
    "transfer_list",
    "within_icb",
]


def __dir__() -> list[str]:
    return sorted(__all__)
