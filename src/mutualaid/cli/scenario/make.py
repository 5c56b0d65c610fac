"""What the parts of a scenario file stand for, made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mutualaid.cli.scenario.line_numbers import Place
from mutualaid.cli.scenario.named_files import Files, read_table
from mutualaid.cli.scenario.part import File, Part
from mutualaid.cli.scenario.problems import FileProblems
from mutualaid.errors import InputError


@dataclass(frozen=True)
class Maker:
    """Makes what parts stand for; what is wrong is noted, and nothing is raised."""

    problems: FileProblems
    files: Files

    def made(self, part: Part, place: Place) -> Any:
        """Make what a part stands for, of the tables that it names and all else that it says.

        Returns
        -------
        object
            None if it cannot be made.
        """
        given = part.given()
        if part.makes is None:
            raise TypeError(f"a {type(part).__name__} makes nothing by itself")
        values = {name: self._value(value, (*place, name)) for name, value in given.items()}
        usable = {name: value for name, value in values.items() if value is not None}
        # With what is unusable left out, so that everything is told at once.
        made = self.problems.made(place, part.makes, usable)
        return made if len(usable) == len(given) else None

    def _value(self, value: Any, place: Place) -> Any:
        """What a key stands for; None if that is unusable."""
        if isinstance(value, Part):
            return self.made(value, place)
        return self._table(value, place) if isinstance(value, File) else value

    def _table(self, file: File, place: Place) -> Any:
        try:
            return read_table(str(place[-1]), self.files.used[file])
        except InputError as error:
            self.problems.add(place, str(error))
            return None
