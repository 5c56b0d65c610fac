"""What a plan looks like to people: page, workbook, files, with small numbers hidden."""

from mutualaid.disclosure.published_counts import Suppressed, suppress
from mutualaid.plan.ledger_of_years import Ledger
from mutualaid.plan.why import Why
from mutualaid.report.blank_workbook import write_template
from mutualaid.report.call_list import list_calls
from mutualaid.report.csv_parquet import write_csv, write_parquet
from mutualaid.report.offers_file import write_offers
from mutualaid.report.page import write_page
from mutualaid.report.workbook import write_workbook
from mutualaid.risk.register import RiskLadder, RiskRegister

__all__ = [
    "Ledger",
    "RiskLadder",
    "RiskRegister",
    "Suppressed",
    "Why",
    "list_calls",
    "suppress",
    "write_csv",
    "write_offers",
    "write_page",
    "write_parquet",
    "write_template",
    "write_workbook",
]


def __dir__() -> list[str]:
    return sorted(__all__)
