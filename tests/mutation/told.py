"""What a run found, in words: the table of folders, and every mutant that nobody noticed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cosmic_ray.work_item import WorkItem, WorkResult
from tests.mutation import equivalent

HEAD = "| folder | mutants tried | change nothing | caught | survived | share caught |"
RULE = "| --- | --- | --- | --- | --- | --- |"


def table(results: Sequence[tuple[WorkItem, WorkResult]], folder_of: Mapping[str, str]) -> str:
    """Write a row for each folder, and one for all; the share is of those that change something."""
    rows = [HEAD, RULE]
    folders = sorted({*folder_of.values()}, key=list(folder_of.values()).index)
    for folder in [*folders, "all"]:
        here = [
            result
            for item, result in results
            if folder in ("all", folder_of[item.mutations[0].module_path.as_posix()])
        ]
        alike = sum(map(changes_nothing, here))
        caught = sum(result.is_killed for result in here)
        if len(here) > alike:
            share = f"{100 * caught / (len(here) - alike):.0f} %"
            cells = (folder, len(here), alike, caught, len(here) - alike - caught, share)
            rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def survivors(results: Sequence[tuple[WorkItem, WorkResult]]) -> str:
    """Write file, line and change of every mutant that no test noticed."""
    told = []
    for item, result in sorted(results, key=lambda pair: _order(pair[0])):
        if not result.is_killed and not changes_nothing(result):
            spec = item.mutations[0]
            changed = _changed(result)
            where = f"{spec.module_path.as_posix()}:{spec.start_pos[0]}"
            told.append("\n".join([f"{where} {spec.operator_name}: {result.output}", *changed]))
    return "\n\n".join(told)


def changes_nothing(result: WorkResult) -> bool:
    """Whether a mutant survived and was found to be equivalent."""
    changed = [" ".join(line[1:].split()) for line in _changed(result)]
    return not result.is_killed and tuple(changed) in equivalent.KNOWN


def _changed(result: WorkResult) -> list[str]:
    lines = (result.diff or "").split("\n")
    return [line for line in lines if re.match(r"[-+](?![-+]{2} )", line)]


def _order(item: WorkItem) -> tuple[str, tuple[int, int]]:
    spec = item.mutations[0]
    return spec.module_path.as_posix(), spec.start_pos
