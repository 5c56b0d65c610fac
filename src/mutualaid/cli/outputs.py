"""What a scenario asks for, written; and what the screen shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mutualaid.cli.scenario.named_files import read_names
from mutualaid.cli.scenario.ready import ScenarioFile
from mutualaid.data.system import System
from mutualaid.disclosure.plan_counts import Counts
from mutualaid.disclosure.published_counts import HIDDEN
from mutualaid.disclosure.published_counts import printed as of_tally
from mutualaid.disclosure.several_plans import counts_of, counts_side_by_side
from mutualaid.errors import InputError, tell
from mutualaid.plan_methods import Plan
from mutualaid.policy.collaboration import Collaboration, Resource, Transactional
from mutualaid.report.csv_parquet import TABLES
from mutualaid.report.forecast_sheet import COLUMNS, KINDS, SHOWN_FIGURES, three_sheet, told_of
from mutualaid.report.offers_file import write_offers
from mutualaid.report.page.table_cells import NOTHING, printed
from mutualaid.report.series import steps
from mutualaid.report.sheet import COUNT, POINTS, SHARE, SIGNED
from mutualaid.report.sheets import targets_sheet
from mutualaid.simulation import ALTERNATIVES
from mutualaid.studies.run_ladder import rungs_of as modes_of_rungs
from mutualaid.studies.rungs import Ladder

LINES = (18, 52, 65)
AS_TODAY = "as today"
MISSED_SHOWN = 5
OFFERS = "offers"
"""The table that has a row a patient."""
NAMES_OF_TABLES = (*TABLES, OFFERS)
"""Tables that may be written as files of their own."""


def names_of(scenario: ScenarioFile) -> dict[str, str] | None:
    """What providers are called, as ``[outputs]`` asks for; None for their codes."""
    names = scenario.outputs.names
    if isinstance(names, str):
        return read_names(scenario.folder / names)
    return dict(scenario.loaded.names) if names and scenario.loaded.names else None


def write(scenario: ScenarioFile, made: Plan | Ladder) -> list[Path]:
    """Write the page, workbooks and tables that ``[outputs]`` asks for.

    A ladder has one page, which stands beside that of a plan of the same scenario; its workbooks
    and tables are those of each rung that helps anybody. Gives the files, the page first.
    """
    outputs, stem = scenario.outputs, scenario.stem
    folder = scenario.folder / outputs.folder
    folder.mkdir(parents=True, exist_ok=True)
    shown = {"suppress_below": outputs.suppress_below}
    patients = scenario.loaded.patients
    written = []
    page = outputs.path("page", scenario.folder, f"{stem}.html")
    if page is not None:
        options: dict[str, Any] = {"title": outputs.title, "names": names_of(scenario)}
        if patients is not None:
            options |= {"quality": patients.quality, "census": patients.census}
        if outputs.replay:
            options["replay"] = _replayed(made, outputs.replay)
        page = named_for(page, made)
        made.to_html(free(page, scenario), **shown, **options)
        written.append(page)
    workbook = outputs.path("workbook", scenario.folder, f"{stem}.xlsx")
    for rung, plan in rungs_of(made).items():
        if workbook is not None:
            path = free(workbook.with_stem(f"{workbook.stem}{rung}"), scenario)
            plan.to_excel(path, patients=patients, **shown)
            written.append(path)
        saved = {"csv": (plan.to_csv, outputs.csv), "parquet": (plan.to_parquet, outputs.parquet)}
        for ending, (save, tables) in saved.items():
            for table in tables:
                path = free(folder / f"{stem}{rung}-{table}.{ending}", scenario)
                if table == OFFERS:
                    written.append(_write_offers(scenario, plan, path))
                else:
                    written.append(save(path, table=table, **shown))
    if isinstance(made, Plan) and (listed := _calls(scenario, made)) is not None:
        written.append(listed)
    return written


def _replayed(made: Plan | Ladder, runs: int) -> object:
    """The plan, or the last rung, beside simpler ways in random runs."""
    plan = made if isinstance(made, Plan) else list(made.plans.values())[-1]
    return plan.replay(policies=ALTERNATIVES, seeds=range(runs), hindsight=False)


def check_outputs(scenario: ScenarioFile) -> None:
    """Make sure that outputs which name patients are asked for only where there are any.

    Raises
    ------
    InputError
        If they are asked for, and the scenario has no extract.
    """
    outputs = scenario.outputs
    if scenario.loaded.patients is not None:
        return
    asked = [
        f'{name} = ["{OFFERS}"]' for name in ("csv", "parquet") if OFFERS in vars(outputs)[name]
    ]
    if "calls" in outputs.model_fields_set and outputs.calls:
        asked.append("calls")
    if asked:
        raise InputError(
            f"{scenario.name}: outputs asks for {' and '.join(asked)}, and there is nobody to ask: "
            "take an extract in place of counts ([data] patients), or leave it out"
        )


def _write_offers(scenario: ScenarioFile, plan: Plan, path: Path) -> Path:
    offers = plan.offers(scenario.loaded.patients)
    return write_offers(offers, path, identifiers=scenario.outputs.identifiers)


def calls_options(scenario: ScenarioFile) -> dict[str, Any]:
    """Give what ``[outputs]`` says of a list to ring, as ``Plan.call_list`` takes it."""
    outputs = scenario.outputs
    options = {"weeks": outputs.weeks_ahead, "identifiers": outputs.identifiers}
    return {**options, "names": names_of(scenario)}


def _calls(scenario: ScenarioFile, plan: Plan) -> Path | None:
    """Write the list to ring, if there is anybody to ring; None if there is not."""
    path = scenario.outputs.path("calls", scenario.folder, f"{scenario.stem}-calls.xlsx")
    patients = scenario.loaded.patients
    if path is None or patients is None:
        return None
    options = {**calls_options(scenario), "today": scenario.outputs.today}
    try:
        return plan.call_list(patients, **options).write(free(path, scenario))
    except InputError as error:
        if "calls" in scenario.outputs.model_fields_set:
            raise
        # Where a change of the scenario changes the lists, its patients are others.
        tell(f"no list to ring is written: {error}")
        return None


def named_for(path: Path, made: Plan | Ladder) -> Path:
    """Name the one file of a ladder so that it replaces none of a plan."""
    return path.with_stem(f"{path.stem}-ladder") if isinstance(made, Ladder) else path


def free(path: Path, scenario: ScenarioFile) -> Path:
    """Take a path to write to, unless it is one that the scenario reads."""
    read = [*scenario.inputs.values(), scenario.folder / f"{scenario.stem}.toml"]
    if path.resolve() in {one.resolve() for one in read}:
        raise InputError(f"{path} is read by the scenario: give the output another name")
    return path


def rungs_of(made: Plan | Ladder) -> Mapping[str, Plan]:
    """Give the plans that have a workbook of their own, by what is added to its name."""
    if isinstance(made, Plan):
        return {"": made}
    return {f"-{name.lower()}": plan for name, plan in list(made.plans.items())[1:]}


def modes_of_ladder(mode: Collaboration) -> tuple[Collaboration, ...]:
    """Give the four rungs, with what a scenario's mode says about its own and about estate."""
    return modes_of_rungs(**asked_of_ladder(mode))


def asked_of_ladder(mode: Collaboration) -> dict[str, Any]:
    """Give what a scenario's mode asks of a ladder, as :func:`mutualaid.ladder` takes it.

    What Transactional or Resource promises holds on the second and the third rung, what Deep
    promises on the last as well.
    """
    second, promises = None, None
    if isinstance(mode, Transactional):
        second = mode
    elif isinstance(mode, Resource):
        second = Transactional(promises=mode.promises)
    else:
        promises = mode.promises or None
    return {
        "transactional": second,
        "lend": mode.lend,
        "promises": promises,
        "partners": mode.partners,
    }


def hidden(count: float, threshold: int) -> str:
    """A count of patients that is in no sum with others, with small ones hidden.

    Examples
    --------
    >>> hidden(3, 5), hidden(1200, 5), hidden(3, 0)
    ('<5', '1,200', '3')
    """
    return f"<{threshold}" if 0 < count < threshold else f"{count:,.0f}"


def system_line(system: System, counts: Counts) -> str:
    """Give a system in a line, with the numbers of its patients and slots as they may be shown.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    >>> system_line(system, counts_of(ma.optimise(system))).split(" at ")[0]
    'System: 15,000 patients waiting'
    """
    text = repr(system)
    for (number, mark), words in (
        (counts.listed, "patients waiting"),
        (counts.referred, "to be referred"),
        (counts.slots, "slots in"),
    ):
        said = printed(of_tally([number], np.array([mark]), counts.threshold)[0])
        text = text.replace(f"{number:,} {words}", f"{said} {words}", 1)
    return text


def _counted(counts: Counts, name: str) -> str:
    """A count of all trusts together, as it may be shown."""
    marks = counts.whole_marks[name].to_numpy()
    return printed(of_tally(counts.whole[name], marks, counts.threshold)[0])


def _or_hidden(value: float) -> str:
    return HIDDEN if value != value else printed(value, COUNT)


def ladder_table(ladder: Ladder, threshold: int) -> pd.DataFrame:
    """Lay the four rungs out for the screen, with the numbers that their page shows."""
    counts = counts_side_by_side(ladder.plans, threshold)
    table = steps(ladder.plans, counts)
    more = table["unknown"].map(lambda unknown: " +" if unknown else "")

    def counted(name: str) -> list[str]:
        return [_counted(found, name) for found in counts.values()]

    found = pd.DataFrame(
        {
            "mode": table["rung"],
            "harm-weeks": table["cost"].map(_or_hidden),
            "saved": table["saved_share"].map(lambda x: HIDDEN if x != x else f"{x:.2%}"),
            "moves": counted("moves_in_after"),
            **{f"over {weeks}": counted(f"over_{weeks}_after") for weeks in LINES},
            "trusts worse off": table["worse_off"].map(str) + more,
            "worst loss": table["worst_loss"].map("{:.1%}".format) + more,
        }
    )
    first = next(iter(ladder.plans))
    today = told_of(three_sheet(ladder.plans[first], counts[first]))
    if today:
        names = {"harm-weeks": "harm_weeks"} | {f"over {w}": f"over_{w}" for w in LINES}
        row = {name: printed(today[figure]["as_today"]) for name, figure in names.items()}
        row["mode"] = AS_TODAY
        forecast = pd.DataFrame([{name: row.get(str(name), NOTHING) for name in found}])
        found = pd.concat([forecast, found], ignore_index=True)
    return found


def plan_table(plan: Plan, threshold: int) -> pd.DataFrame:
    """Lay a plan out for the screen: each trust alone, and together, as its page has it."""
    counts = counts_of(plan, threshold)
    alone, together = (_or_hidden(cost) for cost in counts.costs)
    figures = [("on the list", "list_size"), *((f"over {w} weeks", f"over_{w}") for w in LINES)]
    rows = [
        ("harm-weeks", alone, together),
        *(
            (label, _counted(counts, f"{name}_before"), _counted(counts, f"{name}_after"))
            for label, name in figures
        ),
        ("treated away from home", "0", _counted(counts, "moves_in_after")),
    ]
    found = pd.DataFrame(rows, columns=["at the end", "alone", f"with {plan.collaboration.name}"])
    today = told_of(three_sheet(plan, counts))
    if today:
        names = ["harm_weeks", *(name for _, name in figures)]
        found.insert(1, AS_TODAY, [*(printed(today[n]["as_today"]) for n in names), NOTHING])
    return found


def three_table(made: Plan | Ladder, threshold: int) -> pd.DataFrame | None:
    """Lay three numbers out for the screen, of the plan or of a ladder's last rung, as pages do.

    None where no forecast stands behind the system.
    """
    if isinstance(made, Plan):
        plan, counts = made, counts_of(made, threshold)
    else:
        last = list(made.plans)[-1]
        plan, counts = made.plans[last], counts_side_by_side(made.plans, threshold)[last]
    told = told_of(three_sheet(plan, counts))
    if not told:
        return None
    rows = []
    for figure, (label, kind) in SHOWN_FIGURES.items():
        cells = {"at the end": label}
        for (side, heading), own in zip(COLUMNS.items(), KINDS[2:], strict=True):
            shown = kind if own == COUNT else POINTS if own == SIGNED and kind == SHARE else own
            cells[heading.lower()] = printed(told[figure][side], shown)
        rows.append(cells)
    return pd.DataFrame(rows)


def targets_table(plan: Plan, threshold: int) -> pd.DataFrame:
    """Lay out for the screen how many of each target's lists meet it, and which do not."""
    found = targets_sheet(plan, counts_of(plan, threshold)).table
    rows = []
    for target, lists in found.groupby("Target", sort=False):
        missed = lists[lists["Met"] == "missed"]
        who = [" ".join(filter(None, row)) for row in missed[["Trust", "Service"]].to_numpy()]
        more = f" and {len(who) - MISSED_SHOWN} more" if len(who) > MISSED_SHOWN else ""
        hidden = int((lists["Met"] == HIDDEN).sum())
        unknown = f", {hidden} hidden" if hidden else ""
        rows.append(
            {
                "target": str(target),
                "met": f"{int((lists['Met'] == 'met').sum())} of {len(lists)}{unknown}",
                "missed by": ", ".join(filter(None, who[:MISSED_SHOWN])) + more,
            }
        )
    return pd.DataFrame(rows)


def coarse_note(plan: Plan, threshold: int) -> str:
    """Say to what harm is rounded on the screen; nothing where it is as it is."""
    coarse = counts_of(plan, threshold).coarse
    if coarse is None:
        return ""
    return (
        f"Small numbers are hidden (<{threshold}, *; +: or more), and harm is rounded to "
        f"{coarse.harm:,.0f} harm-weeks so as not to tell them: suppress_below = 0 shows all."
    )
