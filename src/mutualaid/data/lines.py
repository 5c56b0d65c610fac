"""Lines of slots: which slots can treat whom. Slots of one line are never used by another.

A line is a service, and where the tables have the columns a ``stream`` of it (``"admitted"``) and a
``wait_class`` (``"1"``). People speak of services; slots are of lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Ints
from mutualaid.data.finer_services import above
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
    whole : tuple of int
        The line of the whole service of which each one's is a part, -1 for none; empty if no
        service is a part of another. See :mod:`mutualaid.data.finer_services`.

    Examples
    --------
    >>> lines = Lines(("service", "stream"), (("hips", "day"), ("hips", "night")), ("hips",))
    >>> lines.of(pd.DataFrame({"service": ["hips", "hips"], "stream": ["night", "?"]})).tolist()
    [1, -1]
    """

    columns: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    services: tuple[str, ...]
    whole: tuple[int, ...] = ()

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
    def parts(self) -> list[tuple[int, int]]:
        """Each line of a part with that of its whole, from the whole down.

        Examples
        --------
        >>> labels = ("bones",), ("hips",), ("old hips",)
        >>> Lines(("service",), labels, ("bones", "hips", "old hips"), (-1, 0, 1)).parts
        [(1, 0), (2, 1)]
        """
        depth = [0] * len(self.whole)
        for one in range(len(depth)):
            up = self.whole[one]
            while up >= 0:
                depth[one], up = depth[one] + 1, self.whole[up]
        order = sorted(range(len(depth)), key=depth.__getitem__)
        return [(one, self.whole[one]) for one in order if depth[one]]

    @property
    def together(self) -> Ints:
        """A line for each that stands for all whose slots or patients may be tied; (lines,)."""
        result = np.arange(len(self), dtype=np.int64)
        for one, whole in self.parts:
            result[one] = result[whole]
        return result

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


def lines_of(
    services: Sequence[str], tables: Iterable[pd.DataFrame], parts: Mapping[str, str] | None = None
) -> Lines:
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
    given = list(tables)
    more = [name for name in LINE_COLUMNS if all(name in table for table in given)]
    columns, known = ("service", *more), tuple(services)
    if not more:
        labels = tuple((service,) for service in known)
        return Lines(columns, labels, known, _whole(labels, parts or {}))
    found = {
        row
        for table in given
        for row in table[list(columns)].drop_duplicates().itertuples(index=False, name=None)
    }
    labels = tuple(sorted(found))
    return Lines(columns, labels, known, _whole(labels, parts or {}))


def _whole(labels: tuple[tuple[str, ...], ...], parts: Mapping[str, str]) -> tuple[int, ...]:
    """The nearest line above each that there is."""
    if not parts:
        return ()
    place = {one: at for at, one in enumerate(labels)}
    return tuple(next((place[up] for up in above(one, parts) if up in place), -1) for one in labels)
