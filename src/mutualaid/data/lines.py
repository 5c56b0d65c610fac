"""Lines of slots: which slots can treat whom. Slots of one line are never used by another.

A line is a service, and where the tables have the columns a ``stream`` of it (``"admitted"``) and a
``wait_class`` (``"1"``). People speak of services; slots are of lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Ints
from mutualaid.data.label_codes import positions, rows_among
from mutualaid.data.schema import LINE_COLUMNS
from mutualaid.errors import InputError


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a system, in a fixed order: by service, then stream, then class.

    Attributes
    ----------
    columns : tuple of str
        ``"service"``, and ``"stream"`` and ``"wait_class"`` where the system has them.
    labels : tuple of tuples of str
        The labels of each line, in the order of the columns.
    services : tuple of str
        The services of the system.

    Examples
    --------
    >>> lines = Lines(("service", "stream"), (("hips", "day"), ("hips", "night")), ("hips",))
    >>> lines.of(pd.DataFrame({"service": ["hips", "hips"], "stream": ["night", "?"]})).tolist()
    [1, -1]
    """

    columns: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    services: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def more(self) -> tuple[str, ...]:
        """The columns beside the service.

        Examples
        --------
        >>> Lines(("service", "stream"), (("hips", "day"),), ("hips",)).more
        ('stream',)
        """
        return self.columns[1:]

    @property
    def service(self) -> Ints:
        """The service of each line, as a position in the system's services; shape (lines,).

        Examples
        --------
        >>> Lines(("service",), (("hips",), ("knees",)), ("hips", "knees")).service.tolist()
        [0, 1]
        """
        return positions(pd.Index([one[0] for one in self.labels], dtype=object), self.services)

    @property
    def texts(self) -> tuple[str, ...]:
        """Each line in words.

        Examples
        --------
        >>> Lines(("service", "stream"), (("hips", "day"),), ("hips",)).texts
        ('hips day',)
        """
        return tuple(" ".join(one) for one in self.labels)

    def table(self) -> pd.DataFrame:
        """The labels of the lines, a row each.

        Examples
        --------
        >>> Lines(("service", "stream"), (("hips", "day"),), ("hips",)).table().to_dict("records")
        [{'service': 'hips', 'stream': 'day'}]
        """
        return pd.DataFrame(list(self.labels), columns=list(self.columns), dtype=object)

    def of(self, table: pd.DataFrame) -> Ints:
        """The line of each row of a table, -1 where it is none; shape (rows,).

        Raises
        ------
        InputError
            If the table lacks a column that tells lines apart.

        Examples
        --------
        >>> lines = Lines(("service",), (("hips",), ("knees",)), ("hips", "knees"))
        >>> lines.of(pd.DataFrame({"service": ["knees"]})).tolist()
        [1]
        """
        absent = [name for name in self.columns if name not in table]
        if absent:
            raise InputError(
                f"slots are told apart by {', '.join(absent)}, which a table does not have: add "
                "the column, with the labels of capacity"
            )
        if not self.more:
            return positions(table["service"], self.services)
        return rows_among(self.table(), table)

    def columns_of(self, line: Ints) -> dict[str, pd.Categorical]:
        """The labels of the lines at some positions, by column; services among all of them.

        Examples
        --------
        >>> lines = Lines(("service", "stream"), (("hips", "day"), ("hips", "night")), ("hips",))
        >>> list(lines.columns_of(np.array([1, 1]))["stream"])
        ['night', 'night']
        """
        known = np.array(self.labels, dtype=object).reshape(len(self), len(self.columns))
        result = {}
        for place, name in enumerate(self.columns):
            values = self.services if name == "service" else sorted(set(known[:, place]))
            code = positions(pd.Index(known[:, place], dtype=object), list(values))
            result[name] = pd.Categorical.from_codes(code[line], pd.Index(values, dtype=object))
        return result


def lines_of(services: Sequence[str], tables: Iterable[pd.DataFrame]) -> Lines:
    """Find the lines of checked tables: those of capacity, the waiting list and referrals.

    Examples
    --------
    >>> tables = [pd.DataFrame({"service": ["hips"], "wait_class": ["2"]}),
    ...           pd.DataFrame({"service": ["hips"], "wait_class": ["1"]})]
    >>> lines_of(["hips"], tables).labels
    (('hips', '1'), ('hips', '2'))
    >>> lines_of(["hips"], [pd.DataFrame({"service": ["hips"]})]).columns
    ('service',)
    """
    parts = list(tables)
    more = [name for name in LINE_COLUMNS if all(name in part for part in parts)]
    columns, known = ("service", *more), tuple(services)
    if not more:
        return Lines(columns, tuple((service,) for service in known), known)
    found = {
        row
        for part in parts
        for row in part[list(columns)].drop_duplicates().itertuples(index=False, name=None)
    }
    return Lines(columns, tuple(sorted(found)), known)
