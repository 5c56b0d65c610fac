"""Tables of a twin: whole numbers whose totals are exact, and who is booked or leaves is there."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_counts import made_counts

import mutualaid as ma
from mutualaid.calibration.fitting import fit
from mutualaid.calibration.monthly_counts import MonthlyCounts
from mutualaid.calibration.path import path
from mutualaid.calibration.twin_system import Tables, tables
from mutualaid.data.booked_order import reserve
from mutualaid.errors import InputError

PERIODS, WEEKS = 5, 4
LINE = ["stream", "wait_class"]


def made(counts: MonthlyCounts, periods: int = PERIODS, **options: object) -> Tables:
    rates = fit(counts)
    forecast = path(counts, rates, periods, WEEKS)
    return tables(counts, rates, forecast, period_weeks=WEEKS, **options)


def system_of(found: Tables, periods: int = PERIODS) -> ma.System:
    providers = sorted({*found.capacity["provider"], *found.waiting_list["origin"]})
    ways = [(a, b, 20.0) for a in providers for b in providers if a != b]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        return ma.System(
            found.waiting_list,
            found.capacity,
            pd.DataFrame(ways or [("A", "A", 0.0)], columns=["origin", "provider", "minutes"]),
            referrals=found.referrals,
            removals=found.removals,
            booked=found.booked,
            period_weeks=WEEKS,
            periods=periods,
            unlisted="unreachable",
        )


def clocks(table: pd.DataFrame) -> pd.Series:
    later = table.get("weeks_later", 0)
    return table["weeks_waiting"] - later - (table["period"] - 1) * WEEKS


def rows_of(frames: list[pd.DataFrame], keys: list[str]) -> list[tuple]:
    """Labels, clock at the census, period and patients of each row."""
    parts = []
    for frame in frames:
        frame = frame if "clock" in frame else frame.assign(clock=clocks(frame))
        columns = [frame[key].astype(str) for key in keys]
        columns += [frame[name] for name in ("clock", "period", "patients")]
        parts += list(zip(*(column.tolist() for column in columns), strict=True))
    return parts


def find_nobody(found: Tables) -> tuple[int, int]:
    """Bookings and removals without a patient, one by one, by the rules of a system.

    Bookings come first, and take the earliest referred; then removals take the newest.
    """
    keys = ["origin", "service", *(name for name in LINE if name in found.waiting_list)]
    there: dict[tuple, Counter[int]] = defaultdict(Counter)
    waiting = found.waiting_list.assign(clock=found.waiting_list["weeks_waiting"], period=0)
    for *who, clock, period, patients in rows_of([waiting, found.referrals], keys):
        there[(*who, clock)][period] += patients
    lost = []
    for table, newest in ((found.booked, False), (found.removals, True)):
        missing = 0
        rows = rows_of([table], keys) if table is not None else []
        for *who, clock, period, patients in sorted(rows, key=lambda row: row[-2]):
            people, wanted = there[(*who, clock)], patients
            for referred in sorted(people, reverse=newest):
                taken = min(wanted, people[referred]) if referred <= period else 0
                people[referred] -= taken
                wanted -= taken
            missing += wanted
        lost.append(missing)
    return lost[0], lost[1]


@pytest.fixture(scope="module")
def counts() -> MonthlyCounts:
    return made_counts()


@pytest.fixture(scope="module")
def found(counts: MonthlyCounts) -> Tables:
    return made(counts)


def test_published_counts_are_the_sums_over_streams_and_classes(
    counts: MonthlyCounts, found: Tables
) -> None:
    keys = ["origin", "service", "weeks_waiting"]
    sums = found.waiting_list.groupby(keys, observed=True)["patients"].sum()
    own, week = np.nonzero(counts.waiting[-1])
    published = {
        (counts.providers[counts.provider[i]], counts.services[counts.service[i]], w): int(
            counts.waiting[-1][i, w]
        )
        for i, w in zip(own.tolist(), week.tolist(), strict=True)
    }
    assert sums.to_dict() == published


def test_totals_are_those_of_the_path_rounded(counts: MonthlyCounts, found: Tables) -> None:
    forecast = path(counts, fit(counts), PERIODS, WEEKS)
    done = forecast.admitted.sum(dtype=float) + forecast.non_admitted.sum(dtype=float)
    assert abs(found.capacity["slots"].sum() - done) <= 1
    joined = forecast.joined.sum() + np.maximum(-forecast.left, 0).sum(dtype=float)
    assert abs(found.referrals["patients"].sum() - joined) <= 1
    left = np.maximum(forecast.left, 0).sum(dtype=float)
    assert abs(found.removals["patients"].sum() + found.lived.nobody.sum() - left) <= 1


def test_slots_of_a_list_follow_its_forecast_period_by_period(
    counts: MonthlyCounts, found: Tables
) -> None:
    forecast = path(counts, fit(counts), PERIODS, WEEKS)
    done = (forecast.admitted + forecast.non_admitted).sum(axis=2, dtype=float)
    keys = ["provider", "service", "period"]
    sums = found.capacity.groupby(keys, observed=True)["slots"].sum().to_numpy()
    table = sums.reshape(len(counts.provider), PERIODS)
    assert np.abs(np.cumsum(table, axis=1).T - np.cumsum(done, axis=0)).max() < 4


def test_nothing_is_below_one(found: Tables) -> None:
    for table in (found.waiting_list, found.capacity, found.referrals, found.removals):
        assert (table.iloc[:, -1] > 0).all()
    assert (found.booked["patients"] > 0).all()


def test_every_booking_and_removal_finds_its_patient(found: Tables) -> None:
    assert find_nobody(found) == (0, 0)


def test_a_system_of_them_voids_no_booking(found: Tables) -> None:
    system = system_of(found)
    frames = {
        name: getattr(system, name)
        for name in ("waiting_list", "capacity", "referrals", "removals", "booked")
    }
    stands = reserve(frames, ["origin", "service", *LINE], WEEKS, PERIODS)
    assert int(stands.patients.sum()) == int(found.booked["patients"].sum())


def test_they_can_be_planned(found: Tables) -> None:
    plan = ma.optimise(system_of(found))
    assert plan.certificate.valid


def test_no_class_has_more_booked_than_slots(found: Tables) -> None:
    keys = ["service", *LINE, "period"]
    slots = found.capacity.groupby(["provider", *keys], observed=True)["slots"].sum()
    booked = found.booked.groupby(["origin", *keys], observed=True)["patients"].sum()
    assert (booked <= slots.reindex(booked.index, fill_value=0)).all()


def test_what_is_booked_is_the_share_that_is_not_steerable(counts: MonthlyCounts) -> None:
    found = made(counts, steerable=0.25)
    used = found.capacity["slots"].sum() - found.lived.unused.sum()
    booked = found.booked["patients"].sum() + found.lived.no_room
    assert booked == pytest.approx(0.75 * used, abs=0.5 * found.lived.unused.shape[1])


def test_with_everything_steerable_nobody_is_booked(counts: MonthlyCounts) -> None:
    assert made(counts, steerable=1).booked is None


def test_with_one_class_and_no_streams_tables_are_plain(counts: MonthlyCounts) -> None:
    found = made(counts, classes=1, streams=False, steerable=1)
    for table in (found.waiting_list, found.capacity, found.referrals, found.removals):
        assert not {*LINE} & {*table}
    assert found.booked is None
    system_of(found)


def test_streams_alone_and_classes_alone(counts: MonthlyCounts) -> None:
    assert [name for name in LINE if name in made(counts, classes=1).capacity] == ["stream"]
    assert [name for name in LINE if name in made(counts, streams=False).capacity] == ["wait_class"]


def test_a_service_and_a_provider_can_be_taken_alone(counts: MonthlyCounts) -> None:
    found = made(counts, providers=["RX1"], services="C_110")
    assert set(found.waiting_list["origin"]) == {"RX1"}
    assert set(found.capacity["service"]) == {"C_110"}
    with pytest.raises(InputError, match="RX9"):
        made(counts, providers=["RX9"])


def test_a_list_with_one_patient_is_in_one_class(counts: MonthlyCounts) -> None:
    waiting = counts.waiting.copy()
    waiting[:, 0] = 0
    waiting[:, 0, 20] = 1
    alone = replace(counts, waiting=waiting)
    found = made(alone)
    own = found.waiting_list[
        (found.waiting_list["origin"] == "RX0") & (found.waiting_list["service"] == "C_100")
    ]
    assert own["patients"].tolist() == [1]
    assert find_nobody(found) == (0, 0)


def test_a_service_without_admissions_has_hardly_a_slot_for_one(counts: MonthlyCounts) -> None:
    admitted = counts.admitted.copy()
    admitted[:, counts.service == 1] = 0
    decided = counts.decided.copy()
    decided[:, counts.service == 1] = 0
    found = made(replace(counts, admitted=admitted, decided=decided))
    slots = found.capacity.groupby(["service", "stream"], observed=False)["slots"].sum()
    assert slots["C_110", "admitted"] < 0.15 * slots["C_110", "non_admitted"]
    assert find_nobody(found) == (0, 0)


def test_where_nobody_waits_or_joins_there_is_no_table(counts: MonthlyCounts) -> None:
    nobody = replace(counts, waiting=counts.waiting * 0, new=counts.new * 0)
    with pytest.raises(InputError, match="nobody waits or joins"):
        made(nobody)


def test_quality_says_what_was_done_and_to_how_many(found: Tables) -> None:
    told = found.quality.groupby("what")["patients"].sum()
    assert told["booked"] == found.booked["patients"].sum()
    assert told["waiting where more have a decision to admit than rates say"] > 0


def test_the_sum_of_classes_is_the_same_however_many(counts: MonthlyCounts) -> None:
    sums = [
        made(counts, classes=k).capacity.groupby(["stream", "period"], observed=True)["slots"].sum()
        for k in (1, 3, 6, 10)
    ]
    assert all(one.equals(sums[0]) for one in sums)


@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(2, 5),
    st.sampled_from([3.0, 30.0, 300.0]),
    st.integers(0, 1000),
    st.sampled_from([1, 2, 6]),
    st.sampled_from([None, 0.0, 0.5, 1]),
    st.booleans(),
)
def test_any_lists_make_tables_that_hold_together(
    providers: int,
    services: int,
    months: int,
    patients: float,
    seed: int,
    classes: int,
    steerable: object,
    streams: bool,
) -> None:
    counts = made_counts(providers, services, months, patients=patients, seed=seed)
    if not counts.waiting[-1].any():
        return
    found = made(counts, 7, classes=classes, streams=streams, steerable=steerable)
    # Who sent no list for the last month has the one that it sent last.
    if counts.returned[-1].all():
        assert found.waiting_list["patients"].sum() == counts.waiting[-1].sum()
    assert find_nobody(found) == (0, 0)
    rows = Counter(map(tuple, found.referrals.iloc[:, :-1].astype(str).to_numpy().tolist()))
    assert max(rows.values(), default=1) == 1
    if len(found.capacity):
        system_of(found, 7)
