"""The tables that a system is made of: every column, its unit and its meaning.

Checks, error messages and documentation are all made from these rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal[
    "label",
    "count",
    "weeks",
    "period",
    "minutes",
    "miles",
    "amount",
    "identifier",
    "bound",
    "maybe",
    "flag",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an input table."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    required: bool = True


ORIGIN = Column("origin", "label", "ODS code", "the provider whose list the patient is on")
PROVIDER = Column("provider", "label", "ODS code", "the provider who treats")
SERVICE = Column("service", "label", "code", "treatment function, or any finer label")
PERIOD = Column("period", "period", "1 to periods", "counted from the census date")
PATIENTS = Column("patients", "count", "patients", "whole patients, 0 or more")
PRIORITY = Column("priority", "label", "P1 to P6", "surgical priority", required=False)
AREA = Column("area", "label", "any code", "where the patient lives", required=False)
STREAM = Column("stream", "label", "any code", "whose slots: a part of a service", required=False)
WAIT_CLASS = Column("wait_class", "label", "any code", "whose slots: by wait", required=False)
LINE_COLUMNS = ("stream", "wait_class")
"""Beside the service, what tells slots apart: those of one label treat nobody of another."""
POOL = Column("pool", "label", "any name", "a resource that services share")
CLOCK = Column("weeks_waiting", "weeks", "RTT week band", "when the period starts", required=False)
LATER = Column(
    "weeks_later", "weeks", "weeks", "from the period's start until the clock's", required=False
)

TABLES: dict[str, tuple[Column, ...]] = {
    "waiting_list": (
        ORIGIN,
        SERVICE,
        Column("weeks_waiting", "weeks", "RTT week band", "whole weeks waited at the census"),
        PATIENTS,
        PRIORITY,
        AREA,
        STREAM,
        WAIT_CLASS,
        Column("patient_id", "identifier", "any", "one patient a row", required=False),
    ),
    "capacity": (
        PROVIDER,
        SERVICE,
        PERIOD,
        Column("slots", "count", "patients", "how many can be treated, whoever's they are"),
        Column("site", "label", "site code", "a place of the provider", required=False),
        STREAM,
        WAIT_CLASS,
    ),
    "travel": (
        Column("origin", "label", "ODS code", "where the way starts", required=False),
        Column("area", "label", "any code", "where the way starts, by home", required=False),
        PROVIDER,
        Column("minutes", "minutes", "minutes", "one way"),
        Column("miles", "miles", "miles", "one way; empty: not known", required=False),
    ),
    "referrals": (
        *(ORIGIN, SERVICE, PERIOD, PATIENTS, PRIORITY, AREA),
        *(CLOCK, LATER, STREAM, WAIT_CLASS),
    ),
    "removals": (
        *(ORIGIN, SERVICE, PERIOD, PATIENTS, PRIORITY, AREA),
        *(CLOCK, LATER, STREAM, WAIT_CLASS),
    ),
    "pools": (PROVIDER, POOL, PERIOD, Column("amount", "amount", "the pool's unit", "available")),
    "usage": (
        SERVICE,
        POOL,
        Column("amount", "amount", "the pool's unit", "needed a patient"),
        Column("provider", "label", "ODS code", "where, if usage differs", required=False),
    ),
    "accepts": (
        PROVIDER,
        Column("service", "maybe", "code", "empty: every service", required=False),
        Column("column", "label", "a column", "of the waiting list: what is asked about"),
        Column("at_least", "bound", "the column's", "empty: no such limit", required=False),
        Column("at_most", "bound", "the column's", "empty: no such limit", required=False),
        Column("among", "maybe", "values", "with | between them; empty: any", required=False),
    ),
}

TABLES["finer"] = (
    SERVICE,
    Column("part_of", "label", "code", "the service whose slots it may use where it has none"),
)

# Bookings say what removals say, and always how long who is booked will have waited.
TABLES["booked"] = tuple(
    replace(column, required=True) if column is CLOCK else column for column in TABLES["removals"]
)

_HARM = "1/1000 harm-weeks"
ALONE_PERIOD = "alone_period"
ENTRIES: tuple[Column, ...] = (
    ORIGIN,
    Column("provider", "label", "ODS code", "who treats; missing: nobody does", required=False),
    SERVICE,
    Column("priority", "label", "P1 to P6", "missing where the list has none", required=False),
    Column("site", "label", "ODS code", "where, if rooms are lent", required=False),
    Column("slots_of", "label", "code", "whose slots, where services have parts", required=False),
    Column("weeks_waiting", "weeks", "weeks", "at the census; below 0: referred so much later"),
    Column("referred", "period", "0 to periods", "0: on the list at the census"),
    Column("period", "period", "1 to periods + 1", "of treatment; after the last one: untreated"),
    Column(
        ALONE_PERIOD,
        "period",
        "0 to periods + 1",
        "of treatment if nobody moved, where weeks saved are asked for; 0: may not move at all",
        required=False,
    ),
    PATIENTS,
    Column("minutes", "minutes", "minutes", "one way; 0 for who is untreated"),
    Column("miles", "miles", "miles", "one way, where the travel table says", required=False),
    Column("extra_minutes", "minutes", "minutes", "one way, beyond the way to the origin"),
    Column("moved", "flag", "True or False", "treated away from home"),
    Column("harm", "amount", _HARM, "of waiting, of all patients of the row"),
    Column("cost", "amount", _HARM, "of their travel and moves"),
    Column("saved", "amount", _HARM, "what never being treated would add to their harm"),
)
"""What becomes of patients: a row for every cohort, lane and period that anybody has.

Columns of the waiting list that tell patients apart come after ``priority``.
"""

WHO_OF_ENTRIES = ("origin", "service", "priority")
CLOCK_OF_ENTRIES = ("weeks_waiting", "referred")
AMOUNTS_OF_ENTRIES = tuple(column.name for column in ENTRIES if column.kind == "amount")
BECOMES = tuple(c.name for c in ENTRIES if c.name not in (*WHO_OF_ENTRIES, *CLOCK_OF_ENTRIES))
"""Columns that say what becomes of patients, not who they are."""


def who(names: Iterable[object]) -> list[str]:
    """Columns of an outcome that say who somebody is, not what becomes of them.

    Examples
    --------
    >>> who(["origin", "provider", "service", "frailty", "weeks_waiting", "patients"])
    ['origin', 'service', 'frailty', 'weeks_waiting']
    """
    return [str(name) for name in names if name not in BECOMES]


# A column of the waiting list that says who or when would be taken for the plan's own.
RESERVED = (
    *(name for name in BECOMES if name != "patients"),
    *("slots", "pool", "amount", "referred", "weeks_at_treatment", "weeks_at_end", "may_go"),
)


IDENTIFIERS = ("patient_id", "person_id", "local_id", "pathway_id", "pathway_issuer")
"""Columns that say who a patient is, or could: shown only where that is asked for."""

NO_PRIORITY = "none"
"""The label of patients who have no surgical priority, beside others who have one."""

CONSENTS = ("yes", "no", "not asked")

NOT_KNOWN = "not known"
"""The label of who has a priority or a consent that is missing or cannot be read: nobody moves."""

DECLINED = "declined"
DECLINED_ALL = "any"
"""In the column of that name: patients who have had all the offers that they may have."""

PERSONAL = (
    *("cancer", "consent", "date_weeks", "willing_minutes", "willing_miles", "willing_icb"),
    *("transferred", "adult", DECLINED),
)
"""Columns of a waiting list that decide where its patients may go, beside their queue's."""

PATIENT_COLUMNS: dict[str, str] = {
    "patient_id": "tells rows apart; an identifier",
    "person_id": "pseudonymous NHS number; an identifier",
    "local_id": "hospital number; an identifier",
    "pathway_id": "patient pathway identifier; an identifier",
    "pathway_issuer": "who issued the pathway identifier; with it, an identifier",
    "origin": "the provider whose list the patient is on",
    "service": "treatment function, or any finer label",
    "site": "site of the origin",
    "clock_start": "when the RTT clock started, or the patient joined the list",
    "days_waiting": "days from the clock's start to the census",
    "weeks_waiting": "RTT week band at the census: band w holds 7w < days <= 7(w + 1)",
    "priority": "surgical priority P1 to P6, none, or not known: does not move",
    "priority_date": "when the priority was last reviewed",
    "area": "where the patient lives",
    "stream": "which of a service's slots treat the patient, such as admitted",
    "wait_class": "which of these slots, by how long their patients wait",
    "consent": "to be moved: yes, no, not asked, or not known: does not move",
    "willing_minutes": "the patient's own travel limit, one way; infinite for none",
    "willing_miles": "the patient's own limit of distance, one way; infinite for none",
    "willing_icb": "the ICB within which the patient is willing to go; empty for anywhere",
    "icb": "the patient's ICB",
    "date": "a date for treatment that is booked already",
    "date_weeks": "whole weeks from the census to that date; infinite for none",
    "transferred": "already moved from another provider",
    DECLINED: "the provider whose offer the patient declined; any: no more offers; or empty",
    "cancer": "on a cancer pathway",
    "adult": "18 or over at the census; False where the age is not known",
    "age": "in years",
    "age_band": "0-17, 18-44, 45-64, 65-74, 75+, unknown",
    "deprivation": "IMD quintile, 1 the most deprived, or unknown",
    "ethnicity": "as recorded, or unknown",
    "sex": "as recorded",
    "admitted": "a decision to admit was made",
}
"""What a patient list may hold; any other column is kept under the name it was given."""


PRIORITIES = ("P1", "P2", "P3", "P4", "P5", "P6")
"""Surgical priorities, as the rules for moves know them."""

MIXED_SERVICES = ("X01", "X02", "X03", "X04", "X05", "X06")
"""Treatment functions that are groups of unlike services."""


def columns(table: str) -> dict[str, Column]:
    """Columns of a table by name.

    Examples
    --------
    >>> list(columns("capacity"))
    ['provider', 'service', 'period', 'slots', 'site', 'stream', 'wait_class']
    """
    return {column.name: column for column in TABLES[table]}
