"""A scenario without a scenario file: a workbook that was filled in, or a folder of tables."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.problems import FileProblems
from mutualaid.cli.scenario.ready import Loaded, ScenarioFile
from mutualaid.readers import read_tables


def read_own_tables(path: Path) -> ScenarioFile:
    """Read a workbook or a folder as a scenario: its rules are the policy and the mode.

    Outputs stand beside it, under its name; the workbook of the plan is called otherwise than the
    one that was filled in.

    Raises
    ------
    InputError
        If anything in it cannot be used, by sheet and cell.
    """
    place = path.resolve()
    tables = read_tables(path)
    files = [place] if place.is_file() else sorted(one for one in place.iterdir() if one.is_file())
    stem = place.stem if place.is_file() else place.name
    return ScenarioFile(
        name=path.name or place.name,
        folder=path.parent if path.name else place.parent,
        stem=stem,
        system=tables.system,
        policy=tables.policy,
        collaboration=tables.collaboration,
        targets=(),
        options={},
        outputs=OutputsKeys.model_validate({"workbook": f"{stem}-plan.xlsx"}),
        loaded=Loaded(system=tables.system, names=tables.names, patients=tables.patients),
        inputs={one.name: one for one in files},
        planning=hashlib.sha256(b"own tables").hexdigest(),
        keys={},
        problems=FileProblems(path.name, {}),
    )
