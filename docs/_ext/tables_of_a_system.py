"""The columns of every input table, from the rows that checks and error messages are made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import Directive

from mutualaid.data.schema import ENTRIES, PATIENT_COLUMNS, TABLES

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def table_of(heads: Sequence[str], rows: Sequence[Sequence[str]], literal: int = 1) -> nodes.table:
    """Make a table of text, whose first columns are code."""
    result = nodes.table()
    group = nodes.tgroup(cols=len(heads))
    result += group
    group += [nodes.colspec(colwidth=1) for _ in heads]
    for part, lines in ((nodes.thead(), [heads]), (nodes.tbody(), rows)):
        for line in lines:
            row = nodes.row()
            for place, text in enumerate(line):
                code = isinstance(part, nodes.tbody) and place < literal
                inline = nodes.literal(text, text) if code else nodes.Text(text)
                row += nodes.entry("", nodes.paragraph("", "", inline))
            part += row
        group += part
    return result


class InputTable(Directive):
    """``input-table:: waiting_list``: the columns of one table of a system."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        name = self.arguments[0]
        if name not in TABLES:
            raise self.error(f"there is no table {name!r}: use one of {', '.join(TABLES)}")
        rows = [(c.name, c.unit, c.meaning, "yes" if c.required else "no") for c in TABLES[name]]
        return [table_of(("column", "unit", "meaning", "needed"), rows)]


class PatientColumns(Directive):
    """``patient-columns::``: what a patient-level list may hold."""

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        return [table_of(("column", "meaning"), list(PATIENT_COLUMNS.items()))]


class EntryColumns(Directive):
    """``entry-columns::``: what a plan tells of everybody."""

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        rows = [
            (c.name, c.unit, c.meaning, "always" if c.required else "where known") for c in ENTRIES
        ]
        return [table_of(("column", "unit", "meaning", "given"), rows)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("input-table", InputTable)
    app.add_directive("patient-columns", PatientColumns)
    app.add_directive("entry-columns", EntryColumns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
