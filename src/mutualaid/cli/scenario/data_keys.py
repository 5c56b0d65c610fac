"""The keys of ``[data]``: where the tables of a system are, or what they are made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from mutualaid import datasets
from mutualaid.calibration.twin import Twin
from mutualaid.cli.scenario.made_tables import Capacity, Referrals, Removals, WaitingList
from mutualaid.cli.scenario.part import (
    AS_LIST,
    AS_WHOLE,
    Code,
    Codes,
    Day,
    File,
    Part,
    Periods,
    Share,
    Text,
    Unlimited,
    Whole,
)
from mutualaid.data.system import System
from mutualaid.datasets.made_up_system import SERVICE_SHAPES
from mutualaid.readers import RTT, read_rtt, read_waiting_list, travel_matrix, travel_times
from mutualaid.readers.rtt.read import REMOVALS_SHARE

Names = dict[str, Text]
Order = Literal["day first", "month first"]
Length = Annotated[Periods, Field(description="Length of a period in weeks.")]
HowMany = Annotated[Periods, Field(description="How many periods there are.")]
LEFT_OUT = (
    "What a pair of origin (or area) and provider without a row in travel means, where somebody "
    'waits for what the provider offers: an "error", or "unreachable".'
)
Unlisted = Annotated[Literal["error", "unreachable"], Field(description=LEFT_OUT)]


class MatrixKeys(Part, makes=travel_matrix):
    """An analyst's own travel times, wide or long."""

    matrix: File = Field(examples=["times.csv"])
    """A table with a column for each provider, or a row a way."""
    unit: Literal["minutes", "seconds", "hours"] | None = Field(None, examples=["minutes"])
    """In what times are, where the heading does not say."""
    names: Names | None = Field(None, examples=[{"SE1 7EH": "RJ1"}])
    """From the names in the table to the codes of providers."""
    time: Text | None = Field(None, examples=["drive_time"])
    """The heading of the times."""
    distance: Text | None = Field(None, examples=["length"])
    """The heading of the distances."""
    distance_unit: Literal["miles", "km", "metres"] | None = Field(None, examples=["km"])
    """In what distances are, where the heading does not say."""
    sheet: Text | None = Field(None, examples=["Minutes"])
    """The sheet of a workbook, or the file in an archive, where there are several."""
    both_ways: bool = False
    """Whether a way that is there in one direction only takes as long in the other one."""


class EstimateKeys(Part, makes=travel_times):
    """Travel times from the places of providers."""

    detour: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = Field(None, examples=[1.3])
    """How much longer the way is than the great circle. Left out, with kmh as well: minutes by a
    curve that was fitted to car times."""
    kmh: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(None, examples=[45.0])
    """Speed in km an hour, stops included."""
    max_minutes: Unlimited | None = Field(None, examples=[120.0])
    """Leave out ways that take longer."""


def _way(value: object) -> str:
    if not isinstance(value, Mapping):
        return File.__name__
    return (MatrixKeys if "matrix" in value else EstimateKeys).__name__


Travel = Annotated[
    Annotated[File, Tag(File.__name__)]
    | Annotated[MatrixKeys, Tag(MatrixKeys.__name__)]
    | Annotated[EstimateKeys, Tag(EstimateKeys.__name__)],
    Discriminator(_way),
]


class Ways(Part):
    """How far it is."""

    travel: Travel | None = Field(None, examples=["travel.csv"])
    """Minutes one way: a table of origin or area, provider, minutes and perhaps miles. Or a matrix,
    { matrix = "minutes.csv", unit = "minutes" }. Left out: minutes and miles are estimated from the
    places of sites; { detour = 1.3, kmh = 45 } does so at one speed."""
    sites: File | None = Field(None, examples=["providers.csv"])
    """Places and names: a table of provider_code, latitude and longitude, and perhaps provider_name
    and icb_code. Left out with rtt: the places of England's providers as NHS England and NHS.UK
    publish them, which come with the package."""


class SystemKeys(Ways, makes=System):
    """What there is besides those who wait."""

    capacity: Capacity = Field(examples=["capacity.csv"])
    """Patients who can be treated: a table of provider, service, period and slots. Or made of what
    was done, { activity = "completed.csv", per = "month" }, or of sessions, { sessions =
    "lists.csv", per = "week", utilisation = 0.85, working_weeks = 42 }."""
    referrals: Referrals | None = Field(None, examples=["referrals.csv"])
    """Who joins: a table of origin, service, period and patients. Or made of who joined before,
    { history = "joined.csv", per = "month", by = ["priority"] }."""
    removals: Removals | None = Field(None, examples=["removals.csv"])
    """Who leaves untreated: a table of the same columns, or made of who left before."""
    pools: File | None = Field(None, examples=["pools.csv"])
    """What services share: a table of provider, pool, period and amount."""
    usage: File | None = Field(None, examples=["usage.csv"])
    """What a patient needs of it: a table of service, pool and amount."""
    accepts: File | None = Field(None, examples=["accepts.csv"])
    """What sites accept: a table of provider, column, and any of at_least, at_most and among."""
    booked: File | None = Field(None, examples=["booked.csv"])
    """Who has a date and is treated at home then: a table of origin, service, weeks_waiting, period
    and patients."""
    finer: File | None = Field(None, examples=["finer.csv"])
    """Which services are parts of another, whose slots their patients use where a provider lists
    none for the part: a table of service and part_of."""
    period_weeks: Length = 4
    periods: HowMany = 13
    unlisted: Unlisted = "error"


class TablesKeys(SystemKeys, makes=System):
    """Or your own tables, as CSV, Parquet or Excel files."""

    waiting_list: WaitingList = Field(examples=["waiting_list.csv"])
    """Who waits: a table of origin, service, weeks_waiting and patients. Or counts by band of
    waits, { counts = "ntpf.csv", census = "2026-01" }."""


class ReaderKeys(Part, makes=read_waiting_list):
    """How a patient-level extract is read."""

    columns: Names | None = Field(None, examples=[{"origin": "Trust code"}])
    """The extract's headings that are not recognised, or another that is meant, by our name."""
    census: Day | Text | None = Field(None, examples=[dt.date(2026, 1, 31)])
    """The day to which waits are counted; the extract's own if it holds one."""
    services: Text | Names = "rtt"
    """ "rtt" turns treatment functions into services of the RTT return and sets aside the rows of
    those that belong to no named one; a table from the extract's word or code to service, or one
    service for all other codes such as "X06", says what becomes of these; "as given" keeps the
    extract's labels."""
    icb: Text | Names | None = Field(None, examples=["QOP"])
    """The ICB of all patients, or of each provider's, for patients whose own is not in the
    extract."""
    unusable: Literal["set aside", "error"] = "set aside"
    """Rows that cannot be used are "set aside", or are an "error"."""
    dates: Order | dict[str, Order] | None = Field(None, examples=["month first"])
    """ "day first" or "month first": how 02/03/2026 is read; or a table to these from our names of
    columns. Left out: the day comes first."""
    priorities: dict[str, Code] | None = Field(None, examples=[{"Elective": "P4"}])
    """What words of the extract mean, P1 to P6, where they are not known."""
    sheet: Text | None = Field(None, examples=["Waiting list"])
    """The extract's sheet in a workbook, or its file in an archive, where there are several."""


class ExtractKeys(SystemKeys, ReaderKeys):
    """Or a patient-level extract in place of waiting_list, with capacity and travel as above."""

    patients: File = Field(examples=["extract.csv"])
    """The extract."""
    keep: Codes = Field([], examples=[["deprivation"]])
    """Columns of the extract that tell queues apart as well."""


class ExtractsOfEngland(Part, makes=read_rtt):
    """How NHS England's file is read."""

    period_weeks: Length = 4
    exclude_commissioners: Codes = Field(["NONC"])
    """Commissioners whose patients are left out. NONC is care commissioned outside England."""
    removals_share: Share = REMOVALS_SHARE
    """Patients who leave the list untreated, as a share of new RTT periods, for providers and lists
    without two consecutive months."""
    successors: dict[str, Code] | None = Field(None, examples=[{"RW6": "RM3"}])
    """By the code of a provider that is no more, the code of the one that has its lists now."""


class PartOfEngland(Part, makes=RTT.system):
    """What is taken of NHS England's file."""

    periods: HowMany = 13
    providers: Codes | None = Field(None, examples=[["R0A", "RM3"]])
    """Providers by code or name, in place of icb or beside it. Left out: those travel names."""
    services: Codes | None = Field(None, examples=[["C_110"]])
    """Only these services, by code or name."""
    unlisted: Unlisted = "error"


class TwinOfEngland(PartOfEngland, makes=Twin.system):
    """How lists and slots are told apart, where a twin of the months is made."""

    classes: Annotated[int, Field(ge=1), AS_WHOLE] | Annotated[list[Share], Field(min_length=2)] = 6
    """How many wait classes each service and stream is told apart by, or the quantiles of the wait
    at completion between which they lie, from 0 to 1."""
    streams: bool = True
    """Whether slots of pathways that end with an admission, and without one, are told apart."""
    steerable: Share | File | None = Field(None, examples=[0.2])
    """The share of slots that a plan may use, or a table of share with any of provider, service,
    stream and wait_class; the others are booked. Left out: half of the admitted stream's and a
    fifth of the other's beyond the quickest 30 % of completions, and none of those."""


class RttKeys(Ways, ExtractsOfEngland, TwinOfEngland):
    """Or NHS England's file; where providers are is known, or in a table of sites."""

    rtt: File | Annotated[list[File], Field(min_length=1)] = Field(
        examples=["20260131-RTT-January-2026-full-extract.zip"]
    )
    """One month's file, or several."""
    twin: bool | None = Field(None, examples=[False])
    """Whether what each list does as today is learned from the months, and the plan is made by
    stream and wait class beside that forecast. Left out: where there are two consecutive months."""
    icb: Codes | None = Field(None, examples=[["QOP"]])
    """The trusts of these boards, by code or name."""
    within_minutes: Unlimited | None = Field(None, examples=[60.0])
    """And NHS trusts within so many minutes of those."""


class ExampleKeys(Part, makes=datasets.collaborative, chosen_by="example"):
    """A made-up collaborative, until your own tables take its place."""

    example: Literal["collaborative"]
    trusts: Annotated[int, Field(ge=2, le=26), AS_WHOLE] = 8
    """How many hospital trusts."""
    areas_per_trust: Annotated[int, Field(ge=1, le=4), AS_WHOLE] = 3
    """How many places a trust's patients live in."""
    services: Annotated[list[Code], Field(min_length=1), AS_LIST] = Field(list(SERVICE_SHAPES))
    """Codes of the services, each offered by every trust."""
    periods: HowMany = 13
    period_weeks: Length = 4
    list_size: Annotated[int, Field(ge=1, le=10_000_000), AS_WHOLE] | None = Field(
        None, examples=[60_000]
    )
    """Patients waiting in all; 7,500 a trust if left out."""
    priorities: bool = True
    """Whether patients have a surgical priority."""
    seed: Whole = 2026
    """Another one gives another collaborative."""


Data = TablesKeys | ExtractKeys | RttKeys | ExampleKeys
SOURCES: Mapping[str, type[Part]] = {
    "waiting_list": TablesKeys,
    "patients": ExtractKeys,
    "rtt": RttKeys,
    "example": ExampleKeys,
}
"""By the key that says where data come from."""
