"""Which column of a table of counts says what."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from mutualaid.data.opening.code_cells import as_written
from mutualaid.data.opening.number_cells import are_numbers
from mutualaid.data.taking.date_columns import kind_of
from mutualaid.data.words.column_names import KNOWN, headings_in, tidy
from mutualaid.data.words.total_words import TOTALS
from mutualaid.errors import Problems
from mutualaid.formats import first_few
from mutualaid.readers.counts.band_names import Said, band_of, unit_in
from mutualaid.readers.counts.bands import CALL, FEWEST, PASS_BANDS, TABLE

_CODES = {
    "origin": "hospital_hipe hospital_code hbt hb lhb_code local_health_board_code"
    " localhealthboard_code health_board_code provider_code provider_org_code trust_code",
    "service": "specialty_hipe speciality_hipe treatmentfunction_code treatment_function_code",
}
_NAMES = {
    "origin": "hospital hospital_name provider_name provider_org_name hsc_trust trust_name"
    " local_health_board lhb localhealthboard_itemname_eng local_health_board_name health_board"
    " health_board_name nhs_board nhs_board_of_treatment organisation_name organisation board",
    "service": "treatment_function_name treatment_function_description specialty_name"
    " speciality_name treatmentfunction_itemname_eng specialty_description service_name",
}
_COUNTS = (
    "patients number_of_patients no_of_patients patient_count patients_waiting number_waiting"
    " total_waiting total count number data data_value data_values value number_on_list on_list"
    " number_seen_on_list waiting pathways number_of_pathways total_patients"
)
_TOTALS = headings_in(
    "total totals total_all grand_total overall total_waiting total_patients all_patients all"
    " total_number_of_incomplete_pathways total_number_waiting total_number_of_patients"
    " number_waiting total_patients_waiting total_pathways total_incomplete_pathways"
)
"""Headings of the sum of all bands, and labels of a band that is their sum."""


def _usual(column: str) -> tuple[str, ...]:
    known = KNOWN[column].headings
    every = (column, *_CODES.get(column, "").split(), *known, *_NAMES.get(column, "").split())
    return tuple(dict.fromkeys(map(tidy, every)))


OF_COLUMN: Mapping[str, tuple[str, ...]] = {
    **{column: _usual(column) for column in ("origin", "service", "area")},
    "priority": ("priority",),
}
"""Headings that are recognised for each column, the surest first."""
COUNTS = tuple(map(tidy, _COUNTS.split()))
NEEDED = ("origin", "service")
_OF_ALL = headings_in(
    "specialties specialities hospitals trusts boards functions services ages bands providers"
    " patients areas types groups weeks months adults treatment programmes"
)
"""What "all" of them is a total."""
_COUNTRIES = headings_in("england wales scotland northern_ireland ireland nhs_scotland national")
_OF_A_COUNTRY = re.compile(r"[ewsnk]92\d{6}", re.ASCII)
"""Countries, by name and by the code of the Office for National Statistics, have no lists."""
OF_WAITS = re.compile(r"week|month|wait|band|time|duration", re.ASCII)
OF_FIGURES = re.compile(r"%|percent|mean|median|average|total|count|number|rate", re.ASCII)
OF_AGES = re.compile(r"\bages?\b|\baged\b|categori", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A table of counts, by what its columns say."""

    labels: Mapping[str, str]
    """By our name of a column that tells queues apart, its heading."""
    said: Mapping[str, Said]
    """Bands, by their headings or by the labels of ``band``."""
    unit: str | None
    """What bands count that name no unit, where the heading above them says it."""
    band: str | None = None
    """The column of bands of a table with a row a band; None if each band has a column."""
    patients: str | None = None
    """Its column of patients."""
    total: str | None = None
    """The column of the sums of all bands."""
    is_nested: bool = False
    """Whether each band holds all longer ones as well."""
    dates: Sequence[str] = ()
    """Columns that hold dates or months."""
    others: Sequence[str] = ()
    """Columns of labels that split the counts further, and are added up over."""
    notes: Sequence[str] = field(default_factory=list)


def find_columns(
    frame: pd.DataFrame,
    named: Mapping[str, str | None],
    keep: Sequence[str],
    bands: Collection[str] | None,
    problems: Problems,
) -> Columns | None:
    """Say which column says what; None if something needed is missing, which is noted.

    Parameters
    ----------
    frame
        The table.
    named
        Headings that the call gives: of ``origin``, ``service``, ``area``, ``band``, ``patients``.
    keep
        Headings of further columns that tell queues apart.
    bands
        Names of bands that the call gives; None where they are recognised.
    problems
        Takes down what is missing, or could be two things.
    """
    notes: list[str] = []
    headings = [str(heading) for heading in frame.columns]
    before = len(problems.rows)
    _check_named(headings, {**named, **{f"keep: {one}": one for one in keep}}, problems)
    labels = _labels_of(headings, named, keep, problems, notes)
    free = [one for one in headings if one not in labels.values()]
    wide = _wide(free, bands)
    band = named.get("band")
    if band is None and (len(wide) < FEWEST if bands is None else len(wide) < len(bands)):
        band = _band_column(frame, free, bands, problems)
        if band is None and len(problems.rows) == before and not wide:
            problems.add(TABLE, "", "has no bands of waits that are recognised", PASS_BANDS)
    if len(problems.rows) > before:
        return None
    patients = None
    if band is not None:
        wide = _labels_of_bands(frame[band], bands)
        rest = [one for one in free if one != band]
        patients = named.get("patients") or _counted(frame, rest, problems)
        if patients is None:
            return None
        total = None
    else:
        rest = [one for one in free if one not in wide]
        total = _total_of(rest, problems)
    rest = [one for one in rest if one not in (patients, total)]
    dates = [one for one in rest if kind_of(one, frame[one]) in ("months", "dates")]
    others = [one for one in rest if one not in dates and kind_of(one, frame[one]) != "index"]
    numbers = [one for one in others if are_numbers(frame[one]) and frame[one].notna().any()]
    numbers = [one for one in numbers if not _is_code(one, frame[one], band is not None)]
    if bands is not None and total is not None and any(map(band_of, numbers)):
        notes.append(f"{total!r} is not held against the bands, which are not all of them")
        numbers, total = [*numbers, total], None
    if numbers:
        notes.append(f"left out: {first_few(map(repr, numbers))}")
    return Columns(
        labels=labels,
        said=wide,
        unit=None if band is None else unit_in(band),
        band=band,
        patients=patients,
        total=total,
        dates=dates,
        others=[one for one in others if one not in numbers],
        notes=notes,
    )


def _is_code(heading: str, values: pd.Series, has_counts: bool) -> bool:
    """Whether numbers tell rows apart: beside a column of counts, whole ones mostly do."""
    if tidy(heading).endswith("code"):
        return True
    whole = as_written(values).dropna().astype(str).str.fullmatch(r"\s*\d{1,9}(?:\.0*)?\s*")
    return has_counts and not OF_FIGURES.search(heading.casefold()) and bool(whole.all())


def is_total(label: object) -> bool:
    """Whether a label stands for a sum of others.

    Examples
    --------
    >>> is_total("All specialties"), is_total("Hospital Total"), is_total("S92000003")
    (True, True, True)
    >>> is_total("Total Hip Replacement"), is_total("Allergy")
    (False, False)
    """
    if not isinstance(label, str):
        return False
    words = re.findall(r"[a-z0-9_]+", label.casefold())
    if not words:
        return False
    form = tidy(label)
    return (form in TOTALS or form in _COUNTRIES or _OF_A_COUNTRY.fullmatch(form) is not None) or (
        len(words) <= 3
        and (words[-1] in ("total", "totals") or (words[0] == "all" and words[-1] in _OF_ALL))
    )


def _check_named(
    headings: Sequence[str], named: Mapping[str, str | None], problems: Problems
) -> None:
    for name, heading in named.items():
        if heading is not None and heading not in headings:
            there = first_few(map(repr, headings), 12)
            what = f"is {heading!r}, which is no heading of the table"
            problems.add(CALL, name.partition(":")[0], what, f"it has {there}")


def _labels_of(
    headings: Sequence[str],
    named: Mapping[str, str | None],
    keep: Sequence[str],
    problems: Problems,
    notes: list[str],
) -> dict[str, str]:
    """Columns that tell queues apart, by our names of them."""
    taken = {one for one in named.values() if one is not None} | set(keep)
    labels: dict[str, str] = {}
    for ours, usual in OF_COLUMN.items():
        given = named.get(ours)
        places = {tidy(one): one for one in reversed(headings) if one not in taken}
        found = [places[one] for one in usual if one in places]
        if given is not None:
            labels[ours] = given
        elif found:
            labels[ours] = found[0]
            if len(found) > 1 and ours in NEEDED:
                others = first_few(map(repr, found[1:]))
                notes.append(f"{ours} is read from {found[0]!r}, not from {others}")
        elif ours in NEEDED:
            remedy = f"pass {ours}= with its heading"
            if ours == "service":
                remedy += ", or add a column with one label for all, such as 'all'"
            problems.add(TABLE, ours, "no heading is recognised", remedy)
    for heading in keep:
        labels.setdefault(heading, heading)
    return labels


def _wide(headings: Sequence[str], bands: Collection[str] | None) -> dict[str, Said]:
    """Columns that are bands of waits."""
    if bands is not None:
        return {one: Said(0, None, "weeks") for one in headings if one in bands}
    said = {
        one: band_of(one)
        for one in headings
        if not OF_AGES.search(one.casefold()) and tidy(one) not in _TOTALS
    }
    return {name: one for name, one in said.items() if one is not None}


def _labels_of_bands(values: pd.Series, bands: Collection[str] | None) -> dict[str, Said]:
    known = [str(one).strip() for one in as_written(values).dropna().unique()]
    if bands is not None:
        return {one: Said(0, None, "weeks") for one in known if one in bands}
    said = {one: band_of(one) for one in known}
    return {name: one for name, one in said.items() if one is not None}


def _band_column(
    frame: pd.DataFrame,
    headings: Sequence[str],
    bands: Collection[str] | None,
    problems: Problems,
) -> str | None:
    """The column of bands of a table with a row a band."""
    found = []
    for heading in headings:
        cells = frame[heading]
        if OF_AGES.search(heading.casefold()) or pd.api.types.is_numeric_dtype(cells.dtype):
            continue
        known = [one for one in as_written(cells).dropna().unique() if str(one).strip()]
        said = _labels_of_bands(cells, bands)
        if bands is not None:
            if set(bands) <= {str(one).strip() for one in known}:
                found.append(heading)
            continue
        strange = [one for one in known if str(one).strip() not in said and not is_total(one)]
        waits = OF_WAITS.search(tidy(heading)) or any(one.unit for one in said.values())
        if waits and len(said) >= FEWEST and 4 * len(strange) <= len(known):
            found.append(heading)
    if len(found) > 1:
        what = f"{first_few(map(repr, found))} could be the bands"
        problems.add(TABLE, "", what, "pass band= with the heading that is meant")
    elif not found and bands is not None:
        absent = f"{first_few(map(repr, bands))}: are not headings, and no column holds them all"
        problems.add(CALL, "bands", absent, "write headings or labels as the table has them")
    return found[0] if len(found) == 1 else None


def _counted(frame: pd.DataFrame, headings: Sequence[str], problems: Problems) -> str | None:
    places = {tidy(one): one for one in reversed(headings)}
    found = [places[one] for one in COUNTS if one in places]
    if not found:
        found = [one for one in headings if are_numbers(frame[one], most=True)]
        if len(found) != 1:
            what = "no heading is recognised"
            problems.add(TABLE, "patients", what, "pass patients= with the heading of the counts")
            return None
    return found[0]


def _total_of(headings: Sequence[str], problems: Problems) -> str | None:
    found = [one for one in headings if tidy(one) in _TOTALS]
    if len(found) > 1:
        what = f"{first_few(map(repr, found))} could be the sum of the bands"
        problems.add(TABLE, "", what, "drop all but one of them")
    return found[0] if found else None
