"""A list of patients, one row each, and what an analyst may see of it without asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.column_checks import as_frame
from mutualaid.data.label_codes import codes_of, combined
from mutualaid.data.patient_streams import NON_ADMITTED, streams_of
from mutualaid.data.schema import IDENTIFIERS, LINE_COLUMNS, PERSONAL
from mutualaid.data.taking.take_table import take
from mutualaid.data.words.headings import PATIENTS
from mutualaid.errors import InputError, Problems, tell
from mutualaid.formats import date, many

NEEDED = ("patient_id", "origin", "service", "weeks_waiting")
QUALITY = ("column", "problem", "rows", "done")
BOOKING = ("origin", "service", *LINE_COLUMNS, "priority", "area", "period", "weeks_waiting")
COHORT = ("origin", "service", *LINE_COLUMNS, "priority", "area", "weeks_waiting")


class PatientList:
    """Patients on waiting lists, one row each. Made by :func:`mutualaid.read_waiting_list`.

    It never changes. Identifiers are in it, and are handed out only where that is asked for.

    Parameters
    ----------
    frame
        ``patient_id`` (one row each), ``origin``, ``service``, ``weeks_waiting`` (RTT week band)
        and any other column that :data:`mutualaid.data.schema.PATIENT_COLUMNS` knows, or the
        analyst named.
    census
        The day for which waits are counted, if known.
    quality
        What was found when the list was read: ``column``, ``problem``, ``rows``, ``done``.
    set_aside
        Rows that could not be used, with the ``reason``.
    checked
        Whether a reader has made sure of all that is checked here.

    Raises
    ------
    InputError
        If a needed column is not there, an identifier is missing or stands for two rows, a
        wait is not whole weeks from 0, or a heading cannot be understood.

    Warns
    -----
    InputWarning
        Whose priority, consent or the like is not known: they do not move.

    Examples
    --------
    >>> patients = PatientList(pd.DataFrame({"patient_id": ["a", "b"], "origin": "XA1",
    ...     "service": "C_110", "weeks_waiting": [30, 41], "consent": ["yes", "no"]}))
    >>> patients
    PatientList: 2 patients, 1 origin, 1 service
    >>> patients.rows().columns.to_list()
    ['origin', 'service', 'weeks_waiting', 'consent']
    """

    __slots__ = ("_frame", "_quality", "_set_aside", "census")

    _frame: pd.DataFrame
    _quality: pd.DataFrame
    _set_aside: pd.DataFrame
    census: dt.date | None

    def __init__(
        self,
        frame: object,
        census: dt.date | None = None,
        quality: pd.DataFrame | None = None,
        set_aside: pd.DataFrame | None = None,
        *,
        checked: bool = False,
    ) -> None:
        table = as_frame(PATIENTS, frame)
        if not checked:
            table, found = _taken_in(table)
            quality = found if quality is None else quality
        labels = [
            name for name in (*COHORT[:-1], *PERSONAL) if name in table and _is_text(table[name])
        ]
        kept = table.assign(**{name: table[name].astype("category") for name in labels})
        set_ = object.__setattr__
        set_(self, "_frame", kept.reset_index(drop=True))
        set_(self, "_quality", pd.DataFrame(columns=QUALITY) if quality is None else quality)
        set_(self, "_set_aside", pd.DataFrame() if set_aside is None else set_aside)
        set_(self, "census", census)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a PatientList never changes: make a new one to change {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a PatientList never changes: {name} cannot be deleted")

    def __len__(self) -> int:
        return len(self._frame)

    def __repr__(self) -> str:
        frame = self._frame
        origins, services = frame["origin"].nunique(), frame["service"].nunique()
        aside = f"; {len(self._set_aside):,} rows set aside" if len(self._set_aside) else ""
        when = f" at {date(self.census)}" if self.census is not None else ""
        return (
            f"PatientList: {len(self):,} patients{when}, {many(origins, 'origin')}, "
            f"{many(services, 'service')}{aside}"
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The rows themselves, identifiers included: for the library; never to be changed."""
        return self._frame

    @property
    def columns(self) -> list[str]:
        """What the list holds."""
        return [str(name) for name in self._frame.columns]

    @property
    def quality(self) -> pd.DataFrame:
        """What was found when the list was read, and what was done about it: a copy."""
        return self._quality.copy()

    @checks_arguments
    def rows(self, *, identifiers: bool = False) -> pd.DataFrame:
        """Give the patients, a row each: a copy, without identifiers unless asked.

        Examples
        --------
        >>> patients = PatientList({"patient_id": ["a"], "origin": ["XA1"],
        ...     "service": ["C_110"], "weeks_waiting": [30]})
        >>> "patient_id" in patients.rows(), "patient_id" in patients.rows(identifiers=True)
        (False, True)
        """
        return _without_identifiers(self._frame, identifiers)

    @checks_arguments
    def unusable(self, *, identifiers: bool = False) -> pd.DataFrame:
        """Give the rows that could not be used, with the reason: a copy.

        Examples
        --------
        >>> patients = PatientList({"patient_id": ["a"], "origin": ["XA1"],
        ...     "service": ["C_110"], "weeks_waiting": [30]})
        >>> patients.unusable().empty
        True
        """
        return _without_identifiers(self._set_aside, identifiers)

    @checks_arguments
    def waiting_list(self, *keep: str) -> pd.DataFrame:
        """Count the patients who are alike: the table that a System is made of.

        Parameters
        ----------
        *keep
            Columns to keep beside those that decide where patients may go: what a policy, a
            harm curve or a site's limits ask about.

        Returns
        -------
        pandas.DataFrame
            ``origin``, ``service``, ``stream``, ``wait_class``, ``priority``, ``area``,
            ``weeks_waiting``, the personal columns that the list holds, those kept, and
            ``patients``; sorted.

        Raises
        ------
        InputError
            If a column to keep is not there, or is an identifier.

        Examples
        --------
        >>> patients = PatientList({"patient_id": ["a", "b"], "origin": ["XA1"] * 2,
        ...     "service": ["C_110"] * 2, "weeks_waiting": [30, 30]})
        >>> patients.waiting_list()["patients"].to_list()
        [2]
        """
        absent = [name for name in keep if name not in self._frame]
        if absent:
            raise InputError(
                f"the list has no {', '.join(absent)}: name the column when it is read"
            )
        identifying = [name for name in keep if name in IDENTIFIERS]
        if identifying:
            raise InputError(f"{', '.join(identifying)}: identifiers do not tell cohorts apart")
        names = [n for n in (*COHORT, *PERSONAL) if n in self._frame]
        names = list(dict.fromkeys([*names, *keep]))
        return count_alike(self._frame, names)

    def with_streams(self) -> PatientList:
        """Tell by a decision to admit which of a service's slots can treat each patient.

        Nobody is given a wait class: of one patient it is not known. Who is known to wait for
        admission has the stream ``"admitted"``, everybody else ``"non_admitted"``, also of whom
        nothing is known: no decision to admit is recorded. How many these are is told by
        :attr:`quality`. Capacity and referrals need the same labels: see
        ``Twin.slots``.

        Returns
        -------
        PatientList
            The same list with the column ``stream``, in place of another one if it has any.

        Raises
        ------
        InputError
            If no column of the list tells, or one says what is neither yes nor no.

        Examples
        --------
        >>> patients = PatientList({"patient_id": ["a", "b"], "origin": ["XA1"] * 2,
        ...     "service": ["C_110"] * 2, "weeks_waiting": [30, 30], "admitted": [True, False]})
        >>> patients.with_streams().waiting_list()[["stream", "patients"]].to_numpy().tolist()
        [['admitted', 1], ['non_admitted', 1]]
        """
        stream, unknown = streams_of(self._frame)
        said = "does not say whether a decision to admit was made"
        note = "admitted", said, unknown, f"stream {NON_ADMITTED}"
        return self._with({"stream": stream}, note)

    @checks_arguments
    @checks_arguments
    def with_services(self, by: str) -> PatientList:
        """Tell the patients of a service apart by a column, such as a procedure or a consultant.

        The slots of ``"C_110 W37"`` treat nobody of ``"C_110 W40"`` or of ``"C_110"``: capacity,
        referrals and the like need the same labels.

        Parameters
        ----------
        by
            A column of the list. Who has nothing in it keeps the service as it is, and so only the
            slots that are for no finer service; :attr:`quality` tells how many do.

        Returns
        -------
        PatientList
            The same list with finer services; the column stays.

        Raises
        ------
        InputError
            If there is no such column, or it does not describe patients.

        Examples
        --------
        >>> patients = PatientList({"patient_id": ["a", "b"], "origin": ["XA1"] * 2,
        ...     "service": ["C_110"] * 2, "weeks_waiting": [30, 30], "procedure": ["W37", None]})
        >>> patients.with_services("procedure").rows()["service"].to_list()
        ['C_110 W37', 'C_110']
        """
        if by not in self._frame:
            raise InputError(f"the list has no {by}: name the column when it is read")
        if by in (*IDENTIFIERS, *NEEDED):
            raise InputError(f"{by} tells no finer services: use a column such as a procedure")
        unknown = self._frame[by].isna().to_numpy()
        plain = self._frame["service"].astype(object)
        finer = plain.astype(str) + " " + self._frame[by].astype(object).astype(str)
        note = by, "is missing", int(unknown.sum()), "keeps its service"
        return self._with({"service": finer.where(~unknown, plain)}, note)

    def _with(self, columns: dict[str, pd.Series], note: tuple[str, str, int, str]) -> PatientList:
        """The same list with other columns, and a note of what was not known of some rows."""
        row = pd.DataFrame([note] if note[2] else [], columns=QUALITY)
        quality = pd.concat([self._quality, row], ignore_index=True) if len(row) else self._quality
        frame = self._frame.assign(**columns)
        return PatientList(frame, self.census, quality, self._set_aside, checked=True)

    @checks_arguments
    def booked(self, period_weeks: int = 4, periods: int = 13) -> pd.DataFrame:
        """Count the patients who have a date: the table of bookings of a System.

        Who has a date that cannot be read, one before the census, or one after the last period
        is not among them. An outpatient appointment is a date as well: leave such out of the list's
        dates where slots are for treatment.

        Parameters
        ----------
        period_weeks, periods
            Those of the System.

        Returns
        -------
        pandas.DataFrame
            ``origin``, ``service``, ``stream``, ``wait_class``, ``priority`` and ``area`` where
            the list has them, ``period``, ``weeks_waiting`` when it starts, and ``patients``;
            without rows if nobody has a date.

        Raises
        ------
        InputError
            If the list does not say who has a date.

        Examples
        --------
        Of two patients one has a date in nine weeks, which is in the third period of four weeks:

        >>> patients = PatientList({"patient_id": ["a", "b"], "origin": ["XA1"] * 2,
        ...     "service": ["C_110"] * 2, "weeks_waiting": [30, 30], "date_weeks": [9, np.inf]})
        >>> patients.booked().to_dict("records")
        [{'origin': 'XA1', 'service': 'C_110', 'period': 3, 'weeks_waiting': 38, 'patients': 1}]
        """
        argument.whole("period_weeks", period_weeks, 1)
        argument.whole("periods", periods, 1)
        if "date_weeks" not in self._frame:
            raise InputError("the list has no date_weeks: name the column when it is read")
        weeks = self._frame["date_weeks"].to_numpy(dtype=np.float64)
        dated = (weeks >= 0) & (weeks < period_weeks * periods)
        if "date" in self._frame:
            # A date that cannot be read keeps a patient at home, from the first week on.
            dated &= self._frame["date"].notna().to_numpy()
        rows = self._frame[dated]
        period = (weeks[dated] // period_weeks).astype(np.int64) + 1
        waited = rows["weeks_waiting"].to_numpy(dtype=np.int64) + (period - 1) * period_weeks
        rows = rows.assign(period=period, weeks_waiting=waited)
        names = [name for name in BOOKING if name in rows]
        return count_alike(rows, names)


def count_alike(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Count rows that are alike in some columns.

    Returns
    -------
    pandas.DataFrame
        ``names`` and ``patients``, sorted by ``names``.

    Examples
    --------
    >>> count_alike(pd.DataFrame({"origin": ["B", "A", "B"]}), ["origin"])["patients"].to_list()
    [1, 2]
    """
    key = combined([codes_of(frame[name])[0] + 1 for name in names])
    # Which of the rows that are alike comes first does not matter.
    order = np.argsort(key)
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    first = order[starts]
    table: dict[str, object] = {name: frame[name].array.take(first) for name in names}
    table["patients"] = np.diff(np.append(starts, len(key)))
    return pd.DataFrame(table, copy=False)


def _is_text(column: pd.Series) -> bool:
    return not isinstance(column.dtype, pd.CategoricalDtype) and (
        pd.api.types.is_string_dtype(column.dtype) or column.dtype == object
    )


def _without_identifiers(frame: pd.DataFrame, identifiers: bool) -> pd.DataFrame:
    if identifiers:
        return frame.copy()
    return frame.drop(columns=[name for name in IDENTIFIERS if name in frame])


def _taken_in(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients under our headings and in our words, checked; and what was found."""
    problems = Problems()
    taken = take(PATIENTS, frame, problems)
    problems.raise_if_any()
    _check(taken.frame)
    for sentence in taken.told:
        tell(sentence)
    return taken.frame, pd.DataFrame([row[1:] for row in taken.findings], columns=QUALITY)


def _check(frame: pd.DataFrame) -> None:
    problems = Problems()
    for name in NEEDED:
        if name not in frame:
            remedy = "add it, or take the table in with read_waiting_list"
            if name == "patient_id":
                remedy = "give each patient an identifier"
            problems.add("patients", name, "the column is missing", remedy)
    problems.raise_if_any()
    identifier = frame["patient_id"]
    missing = identifier.isna().to_numpy(dtype=bool)
    twice = identifier.duplicated(keep=False).to_numpy() & ~missing
    weeks = pd.to_numeric(frame["weeks_waiting"], errors="coerce").to_numpy(dtype=np.float64)
    odd = ~(weeks >= 0) | (weeks != np.floor(weeks))
    for column, what, remedy, mask in (
        ("patient_id", "is missing", "give each patient an identifier", missing),
        ("patient_id", "stands for more than one row", "keep one row a patient", twice),
        ("weeks_waiting", "is not whole weeks from 0", "count whole RTT weeks", odd),
    ):
        problems.note("patients", column, mask, what, remedy)
    problems.raise_if_any()
