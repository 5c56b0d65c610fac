"""Who waits: what is arranged, age and background, what a site may ask."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.words.column_names import AS_GIVEN
from mutualaid.data.words.patient_words import yes_no
from mutualaid.readers.waiting_list import codes as codes
from mutualaid.readers.waiting_list.dates import Days
from mutualaid.readers.waiting_list.extract import NOT_KNOWN, UNKNOWN, Column, Extract, coded, flags
from mutualaid.readers.waiting_list.parse import NO_LABEL, Labels, recoded

OLDEST = 120
ADULT = 18
BANDS = ("0-17", "18-44", "45-64", "65-74", "75+", UNKNOWN)
BAND_STARTS = (18, 45, 65, 75)
ROMAN = ("i", "ii", "iii", "iv", "v", "vi")
Meaning = Callable[[str], bool | None]
DECIDED: Mapping[str, tuple[Meaning, bool]] = {
    "admitted": (yes_no, False),
    "list_type": (codes.inpatient, False),
    # A date is a decision; a "no" is none.
    "decision_to_admit": (lambda text: yes_no(text) is not False, True),
    "intended_management": (codes.elective_admission, False),
}
"""What tells that a decision to admit was made, the surest first; and what other words mean."""
_ASA = re.compile(
    r"(?:asa)?\s*(?:grade|class)?\s*([1-6]|vi|iv|v|i{1,3})e?(?:[\s:(-](.*))?", re.ASCII
)
_OTHER_GRADE = re.compile(r"\d|\b(?:vi|iv|v|i{1,3})\b", re.ASCII)


def arrangements(extract: Extract) -> dict[str, Column]:
    """Whether a patient has come from another provider already, and waits for admission."""
    columns: dict[str, Column] = {}
    # The code values of the two fields are not published: whatever is there says "transferred".
    moved = [
        ~extract.labels(name).missing
        for name in extract.holds("transfer_status", "accepting_provider")
    ]
    moved += [flags(extract, n, yes_no, True) for n in extract.every("transferred")]
    if moved:
        columns["transferred"] = np.logical_or.reduce(moved)
    columns.update(_admitted(extract))
    return columns


def _admitted(extract: Extract) -> dict[str, Column]:
    """Whether a decision to admit was made, by the surest column that says it of each patient.

    Of whom the first column says nothing the next one is asked. Where there are dates of decision,
    no date is no decision.
    """
    found = np.zeros(len(extract.quality_log.usable), dtype=bool)
    told = np.zeros_like(found)
    held = extract.holds(*DECIDED)
    for name in held:
        if told.all():
            break
        code, unreadable = DECIDED[name]
        labels = extract.labels(name)
        says = (unreadable or code(text) is not None for text in labels.texts)
        known = labels.spread(says, False, bool)
        found |= flags(extract, name, code, unreadable) & ~told
        told |= known
    if not held:
        return {}
    if "decision_to_admit" not in held:
        said = "no column says whether a decision to admit was made"
        extract.quality_log.note_rows("admitted", said, ~told, "taken as no")
    return {"admitted": found}


def ages(extract: Extract, census: dt.date | None) -> dict[str, Column]:
    """Age in years at the census, whether adult, and age band; the date of birth is not kept.

    Somebody is adult if an age, a date of birth or a flag says so and none of them says
    otherwise, or something that cannot be read.
    """
    held = extract.holds("age", "date_of_birth")
    columns: dict[str, Column] = {}
    rows = len(extract.quality_log.usable)
    said: Mask = np.zeros(rows, dtype=bool)
    doubted: Mask = np.zeros(rows, dtype=bool)
    if held:
        age: Floats = np.full(rows, np.nan)
        for name in held:
            if name == "age":
                years, unreadable = extract.numbers(name)
            else:
                born, unreadable = extract.days(name)
                years = completed_years(born, census)
            odd = unreadable | (years < 0) | (years > OLDEST)
            what = f"gives no age from 0 to {OLDEST}"
            extract.quality_log.tell(name, what, odd, f"taken as {UNKNOWN}")
            said |= ~odd & (years >= ADULT)
            doubted |= odd | (years < ADULT)
            age = np.where(np.isnan(age), np.where(odd, np.nan, years), age)
        unknown = np.isnan(age)
        band = np.searchsorted(BAND_STARTS, np.where(unknown, 0, age), side="right")
        columns["age"] = age
        columns["age_band"] = Labels(np.where(unknown, len(BANDS) - 1, band), BANDS)
    elif "age_band" in extract:
        columns["age_band"] = coded(
            extract, "age_band", lambda text: text if text in BANDS else None, UNKNOWN
        )
    if "adult" in extract:
        told = flags(extract, "adult", yes_no, False)
        said |= told
        doubted |= ~told & ~extract.labels("adult").missing
    if held or "adult" in extract:
        columns["adult"] = said & ~doubted
    return columns


def completed_years(born: Days, census: dt.date | None) -> Floats:
    """Give the birthdays that somebody has had by a day; NaN where the birth is not known.

    Examples
    --------
    >>> completed_years(np.array(["2008-03-01", "NaT"], dtype="M8[D]"), dt.date(2026, 2, 28))
    array([17., nan])
    """
    if census is None:
        return np.full(len(born), np.nan)
    days = pd.DatetimeIndex(born)
    same = days.month == census.month
    to_come = (days.month > census.month) | (same & (days.day > census.day))
    years: Floats = (census.year - days.year - to_come).to_numpy(dtype=np.float64)
    return years


def backgrounds(extract: Extract) -> dict[str, Column]:
    """Deprivation, ethnicity and sex."""
    columns: dict[str, Column] = {}
    if "deprivation" in extract:
        columns["deprivation"] = coded(extract, "deprivation", codes.quintile, UNKNOWN)
    elif "imd_decile" in extract:
        columns["deprivation"] = coded(extract, "imd_decile", codes.quintile_of_decile, UNKNOWN)
    for name in extract.holds("ethnicity", "sex"):
        columns[name] = coded(extract, name, lambda text: text, UNKNOWN)
    return columns


def suitability(extract: Extract, named: tuple[str, ...]) -> dict[str, Column]:
    """What a site may ask about, and what the analyst named: as given.

    ASA grade and BMI are numbers, NaN where they are not known.
    """
    columns: dict[str, Column] = {}
    if "asa" in extract:
        grades, odd = recoded(extract.labels("asa"), asa_grade, absent="nan", unreadable="nan")
        extract.quality_log.tell("asa", NOT_KNOWN, odd, f"taken as {UNKNOWN}")
        columns["asa"] = grades.spread(map(float, grades.texts), np.nan, np.float64)
    if "bmi" in extract:
        columns["bmi"], unreadable = extract.numbers("bmi")
        extract.quality_log.note_rows("bmi", "is not a number", unreadable, f"taken as {UNKNOWN}")
    if "overnight" in extract:
        columns["overnight"] = extract.as_given("overnight")
    elif "intended_management" in extract:
        columns["overnight"] = _overnight(extract.labels("intended_management"))
    for name in (*extract.holds(*AS_GIVEN), *named):
        columns[name] = extract.as_given(name)
    return columns


def _overnight(labels: Labels) -> Labels:
    answers = ("yes", "no")
    told = [codes.OVERNIGHT.get(codes.leading(text) or text) for text in labels.texts]
    places = [NO_LABEL if answer is None else answers.index(answer) for answer in told]
    return Labels(labels.spread(places, NO_LABEL, np.int32), answers)


def asa_grade(text: str) -> str | None:
    """Read an ASA grade.

    Examples
    --------
    >>> [asa_grade(text) for text in ("2", "ASA III", "ASA Grade 3 - severe", "2E", "2 - 3")]
    ['2', '3', '3', '2', None]
    """
    found = _ASA.fullmatch(text.lower())
    # Two grades are none: it is not known which holds.
    if found is None or _OTHER_GRADE.search(found[2] or ""):
        return None
    return str(ROMAN.index(found[1]) + 1) if found[1] in ROMAN else found[1]
