"""A made-up patient-level extract, of any size, that fits the made-up collaborative."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.datasets import made_up_people as _people
from mutualaid.datasets.made_up_people import BLANK, LABELS, Labels
from mutualaid.datasets.made_up_system import (
    PRIORITY_SHAPES,
    SERVICE_SHAPES,
    Ints,
    _Recipe,
    _tables,
)
from mutualaid.errors import InputError

YEARS = (2000, 2199)
RENAMED = {"list_size": "size"}
"""Arguments that the collaborative knows by another name."""
DATES = ("clock_start", "tci_date")

WLMDS = {
    "patient_id": "local_patient_identifier",
    "pathway_id": "patient_pathway_identifier",
    "pathway_issuer": "organisation_code_patient_pathway_identifier_issuer",
    "origin": "organisation_identifier_code_of_provider",
    "service": "activity_treatment_function_code",
    "priority": "procedure_priority_code",
    "area": "der_lsoa2021",
    "icb": "dm_icb_commissioner",
    "clock_start": "referral_to_treatment_period_start_date",
    "transferred": "mutual_aid_accepting_provider",
    "admitted": "waiting_list_type",
    "age": "der_age_week_ending_date",
    "sex": "person_stated_gender_code",
    "ethnicity": "ethnic_category",
    "asa": "asa_physical_status_classification_system_code",
    "overnight": "intended_management_code",
}
"""What the Waiting List Minimum Data Set calls our columns; the others it does not hold."""

WLMDS_LABELS: Labels = {
    "sex": ("2", "1"),
    # Each broad group by one of its codes: British, Indian, African, White and Black Caribbean,
    # any other, not stated.
    "ethnicity": ("A", "H", "N", "D", "S", "Z"),
    "asa": (BLANK, "1", "2", "3", "4"),
    "overnight": ("2", "1"),
}
INPATIENT, CLOCK_RUNS = "IRTT", "20"

Made = Mapping[str, Ints]


@checks_arguments
def patients(
    size: int | None = 20_000,
    seed: int = 2026,
    *,
    trusts: int = 8,
    census: str | dt.date = "2026-01-31",
    services: Collection[str] = tuple(SERVICE_SHAPES),
    areas_per_trust: int = 3,
    wlmds: bool = False,
) -> pd.DataFrame:
    """Make up a patient-level waiting list, one row a patient.

    Nobody in it exists. Counted by origin, service, priority, area and week band, its patients
    are exactly those of ``collaborative(seed, trusts=trusts, services=services,
    areas_per_trust=areas_per_trust, list_size=size)``: take capacity, travel, referrals and
    removals from there, and :func:`accepts` for what each provider asks of a patient. The same
    arguments give the same table, byte for byte once saved as CSV, on every machine. Its rows are
    in an order that says nothing about anybody.

    All shares are made up. Half of the patients were asked whether they would go elsewhere, and
    from 60 % of those from the most deprived fifth of areas to 80 % from the least said yes: about
    35 % of all say yes, 15 % no. Of those who say yes, 35 % go anywhere within their ICB, 25 %
    up to 50 miles, 15 % up to 30 minutes, 8 % up to 100 miles, 7 % anywhere, and 10 % do not say.
    About 8 % have a date within 12 weeks, more of those who have waited long; 0.5 % have one that
    has passed. 1 % have come from another provider. Few who are old are well (ASA grade 1); 2 %
    have no grade. About 3 % need critical care, all of whom stay overnight.

    Parameters
    ----------
    size
        How many patients, 1 to 10,000,000; 7,500 a trust if None.
    seed
        A whole number from 0; another one gives another list.
    trusts
        How many hospital trusts, 2 to 26.
    census
        The day on which they are counted, from 2000 to 2199: a date, or text such as
        ``"2026-01-31"``.
    services
        Codes of the services; their order does not matter.
    areas_per_trust
        How many places a trust's patients live in, 1 to 4.
    wlmds
        Whether to write it as the Waiting List Minimum Data Set would: with its headings and its
        codes (treatment function ``"110"`` for ``"C_110"``), a pseudonym (``pseudo_nhs_number``),
        the census (``week_ending_date``) and the RTT status (20: the clock runs). Columns that
        the data set does not hold keep their names.

    Returns
    -------
    pandas.DataFrame
        ``patient_id``, ``pathway_id`` and ``pathway_issuer`` (all made up, and no number as long
        as an NHS number); ``origin`` (code of the trust whose list it is), ``service``,
        ``priority`` (P2, the soonest, to P4), ``area`` (where they live), ``icb`` (QX1 or QX2; a
        trust and all its patients are in one), ``deprivation`` (the area's quintile, 1 the most
        deprived), ``clock_start`` (date), ``tci_date`` (date booked, or missing),
        ``transferred``, ``consent`` (``"yes"``, ``"no"``, ``"not asked"``), ``willing`` (how
        far, in words, or missing), ``age`` (years), ``sex``, ``ethnicity`` (five broad groups, or
        not stated), ``asa`` (1 to 4, or missing), ``anaesthetic`` (``"general"``,
        ``"regional"``, ``"local"``), ``overnight`` and ``critical_care`` (True or False),
        ``admitted`` (True: all wait for admission).

    Raises
    ------
    InputError
        If an argument cannot be used; every one that cannot is named.

    Examples
    --------
    >>> made_up = patients(1_000, trusts=3)
    >>> len(made_up), made_up["patient_id"].is_unique
    (1000, True)
    >>> made_up["consent"].value_counts().index.to_list()
    ['not asked', 'yes', 'no']
    >>> patients(1_000, trusts=3, wlmds=True)["activity_treatment_function_code"].min()
    '100'
    """
    recipe, day = _asked(size, seed, trusts, census, services, areas_per_trust, wlmds)
    crowd = _people.Crowd.of(recipe, _tables(recipe)["waiting_list"])
    persons = _people.persons(recipe, crowd)
    made: Made = {
        "patient_id": _people.numbers(recipe, crowd),
        "origin": crowd.trust,
        "service": crowd.service,
        "priority": crowd.priority,
        "area": crowd.area,
        "icb": crowd.trust,
        "deprivation": crowd.quintile,
        **_people.dates(recipe, crowd),
        "transferred": _people.transferred(recipe, crowd),
        **_people.wishes(recipe, crowd),
        **persons,
        **_people.needs(recipe, crowd, persons["age"]),
    }
    labels: Labels = {
        "origin": tuple(recipe.codes()),
        "service": tuple(sorted(recipe.services)),
        "priority": tuple(PRIORITY_SHAPES),
        "area": tuple(recipe.areas()),
        "icb": _people.icbs(recipe),
        **LABELS,
    }
    return _as_wlmds(made, labels, day) if wlmds else _as_ours(made, labels, day)


def _asked(
    size: int | None,
    seed: int,
    trusts: int,
    census: str | dt.date,
    services: Collection[str],
    areas_per_trust: int,
    wlmds: bool,
) -> tuple[_Recipe, dt.date]:
    """Turn the arguments into a recipe and a day, or name every one that cannot be used."""
    problems = Arguments("patients")
    day = _day(census)
    if day is None:
        first, last = YEARS
        remedy = f"write a date from {first} to {last}, such as '2026-01-31'"
        problems.wrong("census", f"is {census!r}", remedy)
    problems.flag("wlmds", wlmds)
    recipe = None
    try:
        recipe = _Recipe(seed, trusts, services, areas_per_trust, list_size=size)
    except InputError as error:
        for wrong in error.problems.itertuples():
            name = RENAMED.get(str(wrong.column), str(wrong.column))
            problems.wrong(name, str(wrong.problem), str(wrong.remedy))
    if recipe is None or day is None or problems.rows:
        raise InputError(problems.frame())
    return recipe, day


def _day(census: object) -> dt.date | None:
    """Give the day that is meant, if it is one that a list could be taken on."""
    try:
        day = dt.date.fromisoformat(census) if isinstance(census, str) else census
        # A time of day, such as a pandas Timestamp has, says nothing of a list.
        day = day.date() if isinstance(day, dt.datetime) else day
    except ValueError:
        return None
    return day if isinstance(day, dt.date) and YEARS[0] <= day.year <= YEARS[1] else None


def _as_ours(made: Made, labels: Labels, day: dt.date) -> pd.DataFrame:
    columns = _columns(made, labels, day)
    for name in ("transferred", "overnight", "critical_care"):
        columns[name] = made[name] == 1
    columns["asa"] = pd.arrays.IntegerArray(made["asa"], made["asa"] == 0)
    return pd.DataFrame({**columns, "admitted": True})


def _as_wlmds(made: Made, labels: Labels, day: dt.date) -> pd.DataFrame:
    # Who came from elsewhere was accepted by the provider whose list it is.
    accepting = np.where(made["transferred"] == 1, made["origin"] + 1, 0)
    codes: Labels = {
        **labels,
        "service": tuple(str(code).removeprefix("C_") for code in labels["service"]),
        "transferred": (BLANK, *labels["origin"]),
        **WLMDS_LABELS,
    }
    columns = _columns({**made, "transferred": accepting}, codes, day)
    columns["critical_care"] = made["critical_care"] == 1
    always: dict[str, object] = {
        "week_ending_date": np.datetime64(day, "s"),
        "pseudo_nhs_number": _numbered("PSEUDO-", made["patient_id"], 7),
        "referral_to_treatment_period_status": CLOCK_RUNS,
        "admitted": INPATIENT,
    }
    return pd.DataFrame({**always, **columns}).rename(columns=WLMDS)


def _columns(made: Made, labels: Labels, day: dt.date) -> dict[str, object]:
    """Write the numbers out: identifiers, labels, days or the numbers themselves."""
    number, trust = made["patient_id"], made["origin"]
    issuers = pd.Index(labels["origin"]).take(trust)
    columns: dict[str, object] = {
        "patient_id": issuers + _numbered("-", number, 7),
        "pathway_id": issuers + _numbered("-PATHWAY-", number, 8),
        "pathway_issuer": issuers,
    }
    for name, numbers in made.items():
        if name in labels:
            columns[name] = pd.Index(labels[name]).take(numbers)
        elif name in DATES:
            # The lowest number there is means no date, in NumPy as here.
            date = np.datetime64(day, "D") + numbers.astype("timedelta64[D]")
            columns[name] = date.astype("datetime64[s]")
        elif name not in columns:
            columns[name] = numbers
    return columns


def _numbered(prefix: str, numbers: Ints, digits: int) -> pd.Index:
    """Write a prefix and the number, with noughts in front."""
    # A column for each character: a million rows take a tenth of a second.
    text = np.empty((len(numbers), len(prefix) + digits), dtype=np.uint32)
    text[:, : len(prefix)] = [ord(character) for character in prefix]
    for place in range(digits):
        text[:, -1 - place] = ord("0") + numbers // 10**place % 10
    written: pd.Index = pd.Index(text.view(f"U{text.shape[1]}")[:, 0].astype(object))
    return written
