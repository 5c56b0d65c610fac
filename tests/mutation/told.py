"""What a run found, in words: the table of folders, and every mutant that nobody noticed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cosmic_ray.work_item import WorkItem, WorkResult

HEAD = "| folder | mutants tried | caught | survived | share caught |"
RULE = "| --- | --- | --- | --- | --- |"


def table(results: Sequence[tuple[WorkItem, WorkResult]], folder_of: Mapping[str, str]) -> str:
    """Write a row for each folder, and one for all."""
    rows = [HEAD, RULE]
    folders = sorted({*folder_of.values()}, key=list(folder_of.values()).index)
    for folder in [*folders, "all"]:
        caught = [
            result.is_killed
            for item, result in results
            if folder in ("all", folder_of[item.mutations[0].module_path.as_posix()])
        ]
        if caught:
            share = f"{100 * sum(caught) / len(caught):.0f} %"
            cells = (folder, len(caught), sum(caught), len(caught) - sum(caught), share)
            rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def survivors(results: Sequence[tuple[WorkItem, WorkResult]]) -> str:
    """Write file, line and change of every mutant that no test noticed."""
    told = []
    for item, result in sorted(results, key=lambda pair: _order(pair[0])):
        if not result.is_killed:
            spec = item.mutations[0]
            lines = (result.diff or "").split("\n")
            changed = [line for line in lines if re.match(r"[-+](?![-+]{2} )", line)]
            where = f"{spec.module_path.as_posix()}:{spec.start_pos[0]}"
            told.append("\n".join([f"{where} {spec.operator_name}: {result.output}", *changed]))
    return "\n\n".join(told)


def _order(item: WorkItem) -> tuple[str, tuple[int, int]]:
    spec = item.mutations[0]
    return spec.module_path.as_posix(), spec.start_pos
