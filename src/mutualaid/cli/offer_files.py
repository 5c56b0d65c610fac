"""Who is asked to go where, as files: each names patients, and is written only if asked for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mutualaid.atomic_write import written_whole
from mutualaid.cli.scenario.ready import ScenarioFile
from mutualaid.errors import InputError, tell
from mutualaid.plan_methods import Plan
from mutualaid.report.csv_parquet import TABLES
from mutualaid.report.spreadsheet_text import guarded

OFFERS = "offers"
NAMES_OF_TABLES = (*TABLES, OFFERS)
"""Tables that may be written as files of their own."""


def check_tables(scenario: ScenarioFile) -> None:
    """Offers are made to patients: a list of counts names none.

    Raises
    ------
    InputError
        If offers are asked for and there is no list of patients.
    """
    asked = OFFERS in (*scenario.outputs.csv, *scenario.outputs.parquet)
    named = scenario.loaded.patients is not None or "patient_id" in scenario.system.waiting_list
    if asked and not named:
        raise InputError(
            f"{scenario.name} counts patients, and offers are made to each by name: give a list of "
            "patients, or leave offers out"
        )


def write_offers(plan: Plan, scenario: ScenarioFile, path: Path) -> Path:
    """Write the offers of a plan as CSV or Parquet, by the ending of the path; holds identifiers.

    A row an offer, as :meth:`mutualaid.Plan.offers` gives them, with the trust's name where it is
    known.
    """
    made = plan.offers(scenario.loaded.patients)
    table = made.table
    names = scenario.loaded.names
    if names and "provider" in table:
        at = list(table.columns).index("provider") + 1
        called = table["provider"].astype(object).map(lambda code: names.get(code, code))
        table = table.copy()
        table.insert(at, "provider_name", called)
    text = [name for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)]
    table = table.astype(dict.fromkeys(text, object))
    if made.too_soon:
        tell(
            f"{made.too_soon:,} moves of the plan are too soon for three weeks' notice: no offer "
            "is written for them (plan with Weeks of notice in Rules, or [policy] notice_weeks)"
        )
    with written_whole(path) as temporary:
        if path.suffix == ".parquet":
            table.to_parquet(temporary, index=False)
        else:
            shown = table.astype(object).map(guarded)
            shown.columns = pd.Index([guarded(str(name)) for name in shown.columns])
            shown.to_csv(temporary, index=False, encoding="utf-8-sig", lineterminator="\n")
    return path
