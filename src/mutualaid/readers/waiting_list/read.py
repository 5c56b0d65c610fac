"""Patient-level extracts of waiting lists, read into a list of patients."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.data.column_checks import Mask
from mutualaid.data.opening.open_table import open_table
from mutualaid.data.opening.opened_table import OpenedTable, overflowing
from mutualaid.data.patient_list import PatientList
from mutualaid.data.schema import PATIENT_COLUMNS
from mutualaid.data.words.column_names import KNOWN, TABLE, tidy
from mutualaid.data.words.headings import PATIENTS, spellings
from mutualaid.data.words.known_names import plain_name
from mutualaid.errors import InputError, Origin
from mutualaid.readers.services import TOTAL
from mutualaid.readers.waiting_list import attributes
from mutualaid.readers.waiting_list.column_mapping import Chosen, choose
from mutualaid.readers.waiting_list.extract import Column, Extract
from mutualaid.readers.waiting_list.identity import identities
from mutualaid.readers.waiting_list.left_list import check_left
from mutualaid.readers.waiting_list.parse import Labels, categories, recoded
from mutualaid.readers.waiting_list.quality_log import QualityLog
from mutualaid.readers.waiting_list.reader_options import Options, check_options
from mutualaid.readers.waiting_list.travel_preferences import places, wishes
from mutualaid.readers.waiting_list.urgency import counted, urgencies
from mutualaid.readers.waiting_list.wait_columns import bookings, find_census, waits

NEVER_KEPT = ("date_of_birth", "referral_id")
"""Read to work out an age or an identity, and kept nowhere, nor among rows set aside."""

CODE = re.compile(r"\S{1,3}|(?=\S*\d)\S+")
"""Codes of providers: of three characters, as trusts have, or with a digit; else it is a name."""
NO_SERVICE = "no service"
UNNAMED = "belongs to no named RTT service"

DATED = (*(name for name, known in KNOWN.items() if known.dated), "priority_date", "created")


@checks_arguments
def read_waiting_list(
    source: str | os.PathLike[str] | object,
    columns: Mapping[str, object | None] | None = None,
    census: str | dt.date | None = None,
    *,
    services: str | Mapping[str, str] = "rtt",
    icb: str | Mapping[str, str] | None = None,
    unusable: str = "set aside",
    dates: str | Mapping[str, str] | None = None,
    priorities: Mapping[str, str] | None = None,
    sheet: str | None = None,
) -> PatientList:
    """Read a patient-level extract of waiting lists.

    The headings of the national data set (WLMDS), of RTT patient tracking lists and the names
    of :data:`mutualaid.data.schema.PATIENT_COLUMNS` are recognised, in capitals or not. What means
    nothing here is not read: an extract has a hundred columns, some with names of people. What
    is recognised, assumed, mended or set aside is told by ``PatientList.quality``.

    Parameters
    ----------
    source
        Path of a CSV file, workbook (Excel, LibreOffice), Parquet or Feather file, packed with
        gzip or zip or not, or a table: pandas, polars, pyarrow, DuckDB.
    columns
        From our name to the extract's heading, where it is not recognised or another is meant:
        ``{"origin": "Trust", "area": None}``; None leaves a column out. A column under any
        other name is kept as it is.
    census
        The day to which waits are counted. By default the extract's own (``week_ending_date``),
        if it holds one. Not needed if the extract has days or weeks waited and no dates.
    services
        ``"rtt"`` turns treatment functions into services of the RTT return and sets aside the
        rows of those that belong to no named one; a mapping from the extract's word or national
        code to service (``{"Knee clinic": "C_110"}``; "110" and "T&O" are the same service), or
        one service for all other codes such as ``"X06"``, says what becomes of these;
        ``"as given"`` keeps the extract's labels. Usual names and abbreviations need no mapping.
    icb
        The ICB of all patients, or of each provider's, for patients whose own is not in the
        extract: it bounds who is willing to go "within ICB".
    unusable
        Rows that cannot be used are ``"set aside"`` with a warning (see
        ``PatientList.unusable``), or are an ``"error"``.
    dates
        ``"day first"`` or ``"month first"``: how 02/03/2026 is read; or a mapping to these from
        our names of columns. By default the day comes first, and a column that holds a date
        which can only be month first is an error.
    priorities
        What words of the extract mean, P1 to P6, where they are not known or mean something
        else there: ``{"Elective": "P4"}``.
    sheet
        The sheet of a workbook, or the file in an archive of several. By default the one with
        headings that are recognised.

    Returns
    -------
    PatientList
        A row a patient, in the order of the extract.

    Raises
    ------
    InputError
        If the source cannot be read, a column that is needed is missing or could be either of
        two, the census is not known, dates are month first or mixed, the table counts patients
        instead of naming them, or no row can be used. No identifier is ever shown.

    Warns
    -----
    InputWarning
        How many rows are set aside, and why; and what keeps patients from moving because it is
        missing or not known: the words, and how many say them.

    Notes
    -----
    Weeks are RTT bands: band w holds 7w < days <= 7(w + 1), and band 0 also day 0 (NHS England,
    RTT recording and reporting guidance v5.0, section 10.1.7). Dates are ISO, ``31/01/2026``,
    ``31 Jan 2026`` or ``20260131``; years of two digits and Excel's numbers of days are read where
    a whole column agrees on them; an instant with a time zone is a date in London.

    Codes of providers are read in capitals; a name has the spelling of its first row, whatever
    its capitals and signs in others.

    A row is told apart by its ``patient_id``; else by issuer, pathway and referral; else by the
    hospital number; else by the pseudonymous NHS number. Of rows with one identifier the last
    one made is used if the extract says which that is; else none of those that differ.

    What is not known never lets anybody move. Urgent, soon and high are P2; words of cancer are
    P2 and cancer; routine and non-urgent are P4. A bare number counts P codes or types of referral
    (1 routine, 2 urgent, 3 two-week wait) as the heading says; under a heading that does not, only
    2 is known. Of two things that a cell says, and of several columns of priority, the strictest
    holds. Any other word, and a priority that is missing where there is
    a column of them, is ``"not known"`` and does not move. The same holds of a consent that is
    missing or cannot be read. A cancer flag that cannot be read is a yes, and so is a blank one
    beside answers of no; a travel limit that is not stated is none, and one that cannot be read
    is 0 minutes; a booking that cannot be read is one in the first week; who is an adult is so by
    all that is said of their age.

    Who was removed, withdrawn, discharged, treated or admitted by the census, or whose clock has
    stopped, is set aside, as is who has died; so is a row of which such a column does not tell.
    A date of removal after the census is told, and the patient waits.

    Examples
    --------
    >>> extract = pd.DataFrame({
    ...     "Hospital Number": ["H1", "H2"], "Provider": ["xa1", "XA1"], "TFC": ["108", "110"],
    ...     "RTT Start Date": ["01/09/2025", "2025-09-15"], "P Code": ["P3", "4"]})
    >>> patients = read_waiting_list(extract, census="2026-01-05")
    >>> patients
    PatientList: 2 patients at 5 January 2026, 1 origin, 1 service
    >>> patients.rows()[["origin", "service", "days_waiting", "weeks_waiting", "priority"]]
      origin service  days_waiting  weeks_waiting priority
    0    XA1   C_110           126             17       P3
    1    XA1   C_110           112             15       P4
    """
    options = check_options(
        columns=columns,
        census=census,
        services=services,
        icb=icb,
        unusable=unusable,
        dates=dates,
        priorities=priorities,
    )
    opened = open_table(source, sheet=sheet, what=TABLE, known=_known(options))
    chosen = choose(opened.headings, options.columns)
    extract = _extract(opened, chosen, options)
    day = find_census(extract, options.census)
    # All columns of dates at once, so that every one that proves another order is named.
    extract.read_dates(extract.every(*DATED), day)
    made = _columns(extract, chosen, options, day)
    log = extract.quality_log
    usable = log.usable
    if options.strict or not usable.any():
        log.raise_reasons()
    log.tell_all()
    rows = slice(None) if usable.all() else usable
    order = [name for name in (*PATIENT_COLUMNS, *made) if name in made]
    frame = pd.DataFrame(
        {name: _finished(made[name], rows) for name in dict.fromkeys(order)}, copy=False
    )
    aside = _set_aside(extract, made["patient_id"])
    return PatientList(frame, census=day, quality=log.quality(), set_aside=aside, checked=True)


def _extract(opened: OpenedTable, chosen: Chosen, options: Options) -> Extract:
    """Read the columns that mean something, and note which they are."""
    identifiers = {
        at for name, at in chosen.places.items() if name in KNOWN and KNOWN[name].identifier
    }
    wanted = sorted(set(chosen.places.values()))
    loaded = opened.load(wanted, identifiers, ())
    columns = {name: loaded[at] for name, at in chosen.places.items()}
    rows = len(next(iter(columns.values())))
    if not rows:
        raise InputError(f"{TABLE} has headings and no rows" + _in(opened))
    log = QualityLog(rows, _origin_of(opened, chosen))
    for remark in opened.remarks:
        log.note("", remark, 0, "read so")
    for name, found, done in chosen.notes:
        log.note(name, found, 0, done)
    spare = len(opened.headings) - len(wanted)
    if spare:
        named = ", ".join(chosen.unread)
        log.note("", f"columns that mean nothing here: {spare} ({named})", 0, "not read")
    for name, heading in chosen.overheard:
        held = name in chosen.places
        log.overlook(name, f"the column {heading!r} sounds like it", aloud=not held)
    beyond = overflowing(loaded)
    if beyond is not None:
        remedy = "put text that holds the separator in quotation marks"
        log.set_aside("", beyond, "more cells than headings", remedy)
    blank = np.ones(rows, dtype=bool)
    for column in columns.values():
        if not blank.any():
            break
        blank &= column.isna().to_numpy(dtype=bool)
    log.set_aside("", blank, "the row is blank", "leave out blank rows")
    return Extract(
        columns=columns,
        quality_log=log,
        serials=opened.serials,
        order=options.dates,
        headings=chosen.theirs,
        named=frozenset(name for name, theirs in options.columns.items() if theirs is not None),
    )


def _known(options: Options) -> set[str]:
    """Headings by which the sheet and the row of headings are found."""
    named = {tidy(heading) for heading in options.columns.values() if isinstance(heading, str)}
    return {*spellings(PATIENTS), *named}


def _origin_of(opened: OpenedTable, chosen: Chosen) -> Origin | None:
    """The file, with its own heading of each column."""
    origin = opened.origin()
    if origin is None:
        return None
    headed = {name: str(theirs) for name, theirs in chosen.theirs.items() if theirs != name}
    return replace(origin, headed=headed)


def _in(opened: OpenedTable) -> str:
    return "" if opened.own_numbers is None else f": {opened.where}"


def _columns(
    extract: Extract, chosen: Chosen, options: Options, census: dt.date | None
) -> dict[str, Column]:
    """Every column of the list, for all rows; rows that cannot be used are set aside."""
    origin = _origin(extract)
    # A postcode that is named as the area is meant as it stands; one that is found is shortened.
    shorten = "area" not in options.columns and "postcode" in tidy(chosen.theirs.get("area", ""))
    found: dict[str, Column] = {**identities(extract, origin), "origin": origin}
    found["service"] = _service(extract, options)
    found.update(waits(extract, census))
    check_left(extract, census)
    found.update(bookings(extract, census))
    where = places(extract, origin, options.icb, shorten=shorten)
    found.update(where)
    found.update(wishes(extract, where.get("icb")))
    found.update(urgencies(extract, options.priorities))
    found.update(attributes.arrangements(extract))
    found.update(attributes.ages(extract, census))
    found.update(attributes.backgrounds(extract))
    found.update(attributes.suitability(extract, chosen.extras))
    return found


def _origin(extract: Extract) -> Labels:
    labels, log = extract.labels("origin"), extract.quality_log
    log.set_aside("origin", labels.missing, "is missing", "write the provider's code")
    named: dict[str, str] = {}
    for text in labels.texts:
        # A name has one spelling, that of its first row; codes are capitals.
        named.setdefault(plain_name(text), text)
    return recoded(
        labels,
        lambda text: text.upper() if CODE.fullmatch(text) else named[plain_name(text)],
        absent="",
        unreadable="",
    )[0]


def _service(extract: Extract, options: Options) -> Labels:
    labels, log = extract.labels("service"), extract.quality_log
    log.set_aside("service", labels.missing, "is missing", "write the treatment function")
    if options.specialties is None:
        return labels
    codes = [options.specialties.service(text) for text in labels.texts]
    total = labels.spread((code == TOTAL for code in codes), False, bool)
    nameless = labels.spread((code is None for code in codes), False, bool)
    log.set_aside("service", total, "a total, not a patient", "leave out the total C_999")
    remedy = (
        "say with services={'the word': 'C_110'} what becomes of such words, or keep them: "
        "services='as given'"
    )
    detail = counted(labels, [code is None for code in codes])
    log.set_aside("service", nameless, UNNAMED, remedy, detail=detail)
    named = dict(zip(labels.texts, codes, strict=True))
    return recoded(labels, named.get, absent=NO_SERVICE, unreadable=NO_SERVICE)[0]


def _finished(column: Column, rows: Mask | slice) -> object:
    """A column as pandas keeps it, of some rows only."""
    if isinstance(column, Labels):
        return categories(column, rows)
    return column.array[rows] if isinstance(column, pd.Series) else column[rows]


def _set_aside(extract: Extract, patient: Column) -> pd.DataFrame:
    """The rows that cannot be used, as they are, with the reason; their numbers as the index."""
    rows = ~extract.quality_log.usable
    held = {name: c for name, c in extract.columns.items() if name not in NEVER_KEPT}
    cells = {name: _finished(c, rows) for name, c in {**held, "patient_id": patient}.items()}
    return pd.DataFrame(
        {**cells, "reason": extract.quality_log.reasons()}, index=np.flatnonzero(rows)
    )
