"""What a scenario asks for, written; and what the screen shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mutualaid.cli.output_section import read_names
from mutualaid.cli.scenario_file import ScenarioFile
from mutualaid.collaboration import Collaboration, Deep, Independent, Resource, Transactional
from mutualaid.errors import InputError
from mutualaid.plan import Plan
from mutualaid.rungs import Ladder

LINES = (18, 52, 65)


def names_of(scenario: ScenarioFile) -> dict[str, str] | None:
    """What providers are called, as ``[outputs]`` asks for; None for their codes."""
    names = scenario.outputs.names
    if isinstance(names, str):
        return read_names(scenario.folder / names)
    return dict(scenario.loaded.names) if names and scenario.loaded.names else None


def write(scenario: ScenarioFile, made: Plan | Ladder) -> list[Path]:
    """Write the page, workbooks and tables that ``[outputs]`` asks for.

    A ladder has one page, which stands beside that of a plan of the same scenario; its workbooks
    and tables are those of each rung that helps anybody.

    Returns
    -------
    list of pathlib.Path
        The files, the page first.

    Raises
    ------
    InputError
        If a file cannot be written, or is one that the scenario reads.
    """
    outputs, stem = scenario.outputs, scenario.stem
    (scenario.folder / outputs.folder).mkdir(parents=True, exist_ok=True)
    shown = {"suppress_below": outputs.suppress_below}
    patients = scenario.loaded.patients
    written = []
    page = outputs.path("page", scenario.folder, f"{stem}.html")
    if page is not None:
        options: dict[str, Any] = {"title": outputs.title, "names": names_of(scenario)}
        if patients is not None:
            options |= {"quality": patients.quality, "census": patients.census}
        page = named_for(page, made)
        made.to_html(free(page, scenario), **shown, **options)
        written.append(page)
    workbook = outputs.path("workbook", scenario.folder, f"{stem}.xlsx")
    for rung, plan in rungs_of(made).items():
        if workbook is not None:
            path = free(workbook.with_stem(f"{workbook.stem}{rung}"), scenario)
            plan.to_excel(path, patients=patients, **shown)
            written.append(path)
        for table in outputs.csv:
            path = scenario.folder / outputs.folder / f"{stem}{rung}-{table}.csv"
            written.append(plan.to_csv(free(path, scenario), table=table, **shown))
        for table in outputs.parquet:
            path = scenario.folder / outputs.folder / f"{stem}{rung}-{table}.parquet"
            written.append(plan.to_parquet(free(path, scenario), table=table, **shown))
    return written


def named_for(path: Path, made: Plan | Ladder) -> Path:
    """Name the one file of a ladder so that it replaces none of a plan.

    Examples
    --------
    >>> import mutualaid as ma
    >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2))
    >>> named_for(Path("winter.html"), rungs).name
    'winter-ladder.html'
    """
    return path.with_stem(f"{path.stem}-ladder") if isinstance(made, Ladder) else path


def free(path: Path, scenario: ScenarioFile) -> Path:
    """Take a path to write to, unless it is one that the scenario reads.

    Raises
    ------
    InputError
        If it is.
    """
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
    lend = getattr(mode, "lend", None)
    second = mode if isinstance(mode, Transactional) else Transactional()
    return Independent(), second, Resource(lend=lend), Deep(lend=lend)


def hidden(count: float, threshold: int) -> str:
    """A count of patients for the screen, with small ones hidden.

    Examples
    --------
    >>> hidden(3, 5), hidden(1200, 5), hidden(3, 0)
    ('<5', '1,200', '3')
    """
    return f"<{threshold}" if 0 < count < threshold else f"{count:,.0f}"


def ladder_table(ladder: Ladder, threshold: int) -> pd.DataFrame:
    """Lay the four rungs out for the screen.

    Examples
    --------
    >>> import mutualaid as ma
    >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2))
    >>> ladder_table(rungs, 5)["mode"].tolist()
    ['Independent', 'Transactional', 'Resource', 'Deep']
    """
    table = ladder.table

    def counted(name: str) -> pd.Series:
        return table[name].map(lambda count: hidden(count, threshold))

    return pd.DataFrame(
        {
            "mode": table["rung"],
            "harm-weeks": table["objective"].map("{:,.0f}".format),
            "saved": table["saved_share"].map("{:.2%}".format),
            "moves": counted("moves"),
            **{f"over {weeks}": counted(f"over_{weeks}") for weeks in LINES},
            "trusts worse off": table["worse_off"].map(str),
            "worst loss": table["worst_loss"].map("{:.1%}".format),
        }
    )


def plan_table(plan: Plan, threshold: int) -> pd.DataFrame:
    """Lay a plan out for the screen: each trust alone, and together.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2))
    >>> plan_table(plan, 5)["at the end"].tolist()[-2:]
    ['over 65 weeks', 'treated away from home']
    """
    whole = plan.measures(by=None).iloc[0]
    rows = [
        ("harm-weeks", f"{plan.baseline_objective:,.0f}", f"{plan.objective:,.0f}"),
        *(
            (
                label,
                hidden(whole[f"{name}_before"], threshold),
                hidden(whole[f"{name}_after"], threshold),
            )
            for label, name in (
                ("on the list", "list_size"),
                *((f"over {weeks} weeks", f"over_{weeks}") for weeks in LINES),
                ("treated away from home", "moves_in"),
            )
        ),
    ]
    return pd.DataFrame(rows, columns=["at the end", "alone", f"with {plan.collaboration.name}"])
