"""The tables that a system is made of: every column, its unit and its meaning.

Checks, error messages and documentation are all made from these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["label", "count", "weeks", "period", "minutes", "amount", "identifier"]


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
POOL = Column("pool", "label", "any name", "a resource that services share")

TABLES: dict[str, tuple[Column, ...]] = {
    "waiting_list": (
        ORIGIN,
        SERVICE,
        Column("weeks_waiting", "weeks", "RTT week band", "whole weeks waited at the census"),
        PATIENTS,
        PRIORITY,
        AREA,
        Column("patient_id", "identifier", "any", "one patient a row", required=False),
    ),
    "capacity": (
        PROVIDER,
        SERVICE,
        PERIOD,
        Column("slots", "count", "patients", "how many can be treated, whoever's they are"),
        Column("site", "label", "site code", "a place of the provider", required=False),
    ),
    "travel": (
        Column("origin", "label", "ODS code", "where the way starts", required=False),
        Column("area", "label", "any code", "where the way starts, by home", required=False),
        PROVIDER,
        Column("minutes", "minutes", "minutes", "one way"),
    ),
    "referrals": (ORIGIN, SERVICE, PERIOD, PATIENTS, PRIORITY, AREA),
    "removals": (ORIGIN, SERVICE, PERIOD, PATIENTS, PRIORITY, AREA),
    "pools": (PROVIDER, POOL, PERIOD, Column("amount", "amount", "the pool's unit", "available")),
    "usage": (
        SERVICE,
        POOL,
        Column("amount", "amount", "the pool's unit", "needed a patient"),
        Column("provider", "label", "ODS code", "where, if usage differs", required=False),
    ),
}

# A column of the waiting list that says who or when would be taken for the plan's own.
RESERVED = (
    *("provider", "period", "minutes", "slots", "site", "pool", "amount"),
    *(
        "extra_minutes",
        "referred",
        "moved",
        "harm",
        "cost",
        "saved",
        "weeks_at_treatment",
        "weeks_at_end",
    ),
)


PRIORITIES = ("P1", "P2", "P3", "P4", "P5", "P6")
"""Surgical priorities, as the rules for moves know them."""

MIXED_SERVICES = ("X01", "X02", "X03", "X04", "X05", "X06")
"""Treatment functions that are groups of unlike services."""


def columns(table: str) -> dict[str, Column]:
    """Columns of a table by name.

    Examples
    --------
    >>> list(columns("capacity"))
    ['provider', 'service', 'period', 'slots', 'site']
    """
    return {column.name: column for column in TABLES[table]}
