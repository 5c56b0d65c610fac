"""What a scenario file comes to: a system, a policy, a mode, and what is written of the plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutualaid.cli.scenario.line_numbers import Place
from mutualaid.cli.scenario.problems import FileProblems
from mutualaid.data.patient_list import PatientList
from mutualaid.data.system import System
from mutualaid.model.limits.targets import Target
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.policy import Policy

if TYPE_CHECKING:
    from mutualaid.cli.scenario.output_keys import OutputsKeys


@dataclass(frozen=True, eq=False, kw_only=True)
class Loaded:
    """What was read for a scenario.

    Attributes
    ----------
    system : System
        Before any change.
    names : mapping of str to str
        What providers are called, by code, as far as the data say.
    patients : PatientList or None
        The extract that the waiting list was counted from.
    """

    system: System
    names: Mapping[str, str] = field(default_factory=dict)
    patients: PatientList | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenarioFile:
    """A scenario file that can be used.

    Attributes
    ----------
    name : str
        What it is called in messages.
    folder : pathlib.Path
        Where paths in it start.
    stem : str
        What its outputs are called, unless it says otherwise.
    system, policy : System, Policy
        With the changes applied.
    collaboration : Collaboration
        The mode.
    targets : tuple of Target
        Targets of the plan.
    options : mapping
        Further arguments of :func:`mutualaid.optimise`.
    outputs : OutputsKeys
        What is written.
    loaded : Loaded
        What was read.
    inputs : mapping of str to pathlib.Path
        Every file that was read, by the name that it has in the scenario file.
    planning : str
        A digest of all but the outputs: two files that plan the same have the same.
    keys : mapping of str to collection of str
        The keys that tables of the file may have, by which problems that show later find theirs.
    problems : FileProblems
        Where problems that show later are told with their line.
    """

    name: str
    folder: Path
    stem: str
    system: System
    policy: Policy
    collaboration: Collaboration
    targets: tuple[Target, ...]
    options: Mapping[str, Any]
    outputs: OutputsKeys
    loaded: Loaded
    inputs: Mapping[str, Path]
    planning: str
    keys: Mapping[str, Collection[str]]
    problems: FileProblems

    def place(self, table: str, column: str) -> Place:
        """Say which key a problem is about that shows only when the plan is made."""
        for name in (column.partition(" ")[0], table.rpartition(".")[2]):
            for part, known in self.keys.items():
                if name in known:
                    return part, name
        return (table,) if table in self.keys else ()
