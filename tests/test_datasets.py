"""The made-up collaborative is the same everywhere, and shaped like the real thing."""

import hashlib
import re

import numpy as np
import pandas as pd
import pytest

from mutualaid.data.system import System
from mutualaid.datasets import _Recipe, _tables, collaborative, collaborative_providers
from mutualaid.errors import InputError

SHA256 = "e568e39848a281e993f6274ff5d41c50c01706147c2f2531f15ab1ed5271df11"
KEYS = {
    "waiting_list": ["origin", "service", "priority", "area", "weeks_waiting"],
    "capacity": ["provider", "service", "period"],
    "travel": ["area", "provider"],
    "referrals": ["origin", "service", "priority", "area", "period"],
    "removals": ["origin", "service", "priority", "area", "period"],
}


def made(seed=2026, trusts=8, **options):
    return _tables(_Recipe(seed, trusts, **options))


def digest(tables):
    text = "".join(table.to_csv(index=False, lineterminator="\n") for table in tables.values())
    return hashlib.sha256(text.encode()).hexdigest()


def share_over(waiting_list, weeks):
    """Share of patients who have waited over so many weeks, by trust."""
    late = waiting_list[waiting_list["weeks_waiting"] >= weeks].groupby("origin")["patients"].sum()
    everybody = waiting_list.groupby("origin")["patients"].sum()
    return late.reindex(everybody.index, fill_value=0) / everybody


def balance(tables, by):
    """Slots for each patient who joins and is not removed."""
    joining, leaving = (
        tables[name].groupby(["origin", *by])["patients"].sum()
        for name in ("referrals", "removals")
    )
    slots = tables["capacity"].groupby(["provider", *by])["slots"].sum()
    return slots.to_numpy() / joining.sub(leaving, fill_value=0)


@pytest.fixture(scope="module")
def tables():
    return made()


def test_the_collaborative_is_the_same_on_every_machine(tables):
    """Whoever makes the collaborative gets the same patients, slots and minutes, to the byte."""
    assert digest(tables) == SHA256
    assert digest(made()) == SHA256


def test_another_seed_is_another_collaborative(tables):
    """Another seed changes every table."""
    other = made(seed=7)
    assert all(digest({name: tables[name]}) != digest({name: other[name]}) for name in tables)


def test_the_order_of_services_does_not_matter():
    """A service is the same service wherever it is named in the list."""
    codes = ["C_130", "C_110", "C_999X"]
    assert digest(made(trusts=3, services=codes)) == digest(made(trusts=3, services=codes[::-1]))


def test_a_longer_list_leaves_hospitals_where_they_are(tables):
    """The map does not change with the number of patients on the lists."""
    longer = made(list_size=120_000)
    assert longer["waiting_list"]["patients"].sum() == 120_000
    pd.testing.assert_frame_equal(tables["travel"], longer["travel"])


@pytest.mark.parametrize("trusts", [2, 3, 8, 20, 26])
def test_a_larger_collaborative_has_more_of_everything(trusts):
    """Each trust brings its 7,500 patients on average, its three areas and its six services."""
    grown = made(trusts=trusts)
    assert grown["waiting_list"]["patients"].sum() == 7_500 * trusts
    assert grown["waiting_list"]["origin"].nunique() == trusts
    assert len(grown["capacity"]) == trusts * 6 * 13
    assert len(grown["travel"]) == 3 * trusts * trusts


@pytest.mark.parametrize("trusts", [2, 3, 8, 20])
@pytest.mark.parametrize("seed", [2026, 1])
def test_every_cohort_queue_and_slot_is_counted_once(trusts, seed):
    """No table says anything twice, counts half a patient, or leaves its rows in disorder."""
    for name, table in made(seed, trusts).items():
        assert not table.duplicated(KEYS[name]).any()
        numbers = table.select_dtypes("number").drop(columns=["minutes", "miles"], errors="ignore")
        assert all(np.issubdtype(kind, np.integer) for kind in numbers.dtypes)
        assert (numbers >= 0).all(axis=None)
        pd.testing.assert_frame_equal(table, table.sort_values(KEYS[name], ignore_index=True))


@pytest.mark.parametrize("trusts", [2, 3, 8, 20])
def test_no_queue_loses_more_patients_than_it_gains(trusts):
    """Of no queue, in no period, do more patients leave untreated than join."""
    grown = made(trusts=trusts)
    keys = KEYS["referrals"]
    both = grown["removals"].merge(
        grown["referrals"], on=keys, how="left", suffixes=("_out", "_in"), validate="1:1"
    )
    assert (both["patients_out"] <= both["patients_in"]).all()
    assert 0.1 < both["patients_out"].sum() / grown["referrals"]["patients"].sum() < 0.14


@pytest.mark.parametrize("seed", range(5))
def test_waits_are_as_uneven_as_in_england(seed):
    """Two trusts in eight struggle, two are far ahead, and the rest are near the average."""
    waiting = made(seed)["waiting_list"]
    over_18, over_40, over_52 = (share_over(waiting, weeks) for weeks in (18, 40, 52))
    order = over_52.sort_values().index
    ahead, ordinary, struggling = order[:2], order[2:-2], order[-2:]
    assert over_52[struggling].between(0.045, 0.095).all()
    assert over_52[ordinary].between(0.01, 0.045).all()
    assert (over_40[ahead] < 0.01).all()
    assert over_18[ordinary].between(0.3, 0.42).all()
    everybody = waiting["patients"].sum()
    within_18 = waiting.loc[waiting["weeks_waiting"] < 18, "patients"].sum() / everybody
    assert 0.6 < within_18 < 0.7
    longest = waiting.groupby("origin")["weeks_waiting"].max()
    assert (longest[struggling] > 80).all()
    assert (longest[ahead] < 60).all()


def test_the_usual_collaborative_keeps_to_its_description(tables):
    """The struggling trusts have 6 to 8 % over 52 weeks, and the average trust about 2 %."""
    over_52 = share_over(tables["waiting_list"], 52).sort_values()
    assert over_52.iloc[-2:].between(0.06, 0.08).all()
    assert over_52.iloc[2:-2].mean() == pytest.approx(0.02, abs=0.005)


def test_the_largest_trust_is_about_five_times_the_smallest(tables):
    """Trusts are of very uneven sizes."""
    sizes = tables["waiting_list"].groupby("origin")["patients"].sum()
    assert 4 < sizes.max() / sizes.min() < 7


def test_the_urgent_wait_less_and_the_deprived_wait_more(tables):
    """P2 is a twelfth of the list and treated soonest; the poorest areas wait the longest."""
    waiting = tables["waiting_list"]
    weeks = waiting.assign(weeks=waiting["weeks_waiting"] * waiting["patients"])
    by_priority = weeks.groupby("priority")[["weeks", "patients"]].sum()
    assert (by_priority["patients"] / 60_000).round(2).to_list() == [0.08, 0.35, 0.57]
    assert (by_priority["weeks"] / by_priority["patients"]).is_monotonic_increasing
    by_quintile = weeks.groupby("deprivation")[["weeks", "patients"]].sum()
    assert by_quintile.index.to_list() == [1, 2, 3, 4, 5]
    mean = by_quintile["weeks"] / by_quintile["patients"]
    assert mean[1] > mean[3] > mean[5]
    assert len(waiting[["area", "deprivation"]].drop_duplicates()) == 24


@pytest.mark.parametrize("seed", range(5))
def test_struggling_trusts_are_short_of_slots_and_those_ahead_have_some_to_spare(seed):
    """Slots are 90 to 95 % of need where waits are longest, 105 to 110 % where shortest."""
    tables = made(seed)
    order = share_over(tables["waiting_list"], 52).sort_values().index
    ratio = balance(tables, [])
    assert ratio[order[:2]].between(1.049, 1.101).all()
    assert ratio[order[2:-2]].between(0.979, 1.021).all()
    assert ratio[order[-2:]].between(0.899, 0.951).all()


def test_every_service_has_a_trust_with_slots_to_give_and_one_in_need(tables):
    """In each service one trust has spare slots while another falls behind, so that aid helps."""
    ratio = balance(tables, ["service"]).groupby("service")
    assert (ratio.max() > 1.05).all()
    assert (ratio.min() < 0.95).all()


def test_there_are_fewer_slots_in_winter(tables):
    """Periods 11 and 12, December and January, have 15 % fewer slots than the others."""
    slots = tables["capacity"].groupby("period")["slots"].sum()
    usual = slots.drop([11, 12])
    assert usual.max() - usual.min() < 0.01 * usual.min()
    assert (slots[[11, 12]] / usual.mean()).to_list() == pytest.approx([0.85, 0.85], abs=0.005)


def test_some_but_not_all_hospitals_are_within_an_hour(tables):
    """Patients live near their own trust, and can reach some of the others within 60 minutes."""
    travel = tables["travel"].assign(home=lambda table: table["area"].str[:3])
    own = travel["home"] == travel["provider"]
    assert travel.loc[own, "minutes"].between(6, 21).all()
    near = travel[~own & (travel["minutes"] <= 60)]
    reach = near.groupby("home")["provider"].nunique()
    assert len(reach) == 8
    assert reach.between(1, 7).all()
    assert 0.3 < len(near) / (~own).sum() < 0.8
    assert (travel["minutes"] == travel["minutes"].round(1)).all()


def test_minutes_agree_with_the_map(tables):
    """Where a trust lies on the map is where its patients' minutes lead."""
    places = collaborative_providers().set_index("provider")
    north = places["latitude"] * 111.2
    east = places["longitude"] * 64.2
    apart = np.hypot(north["XA1"] - north["XB2"], east["XA1"] - east["XB2"]) * 60 * 1.3 / 45
    ways = tables["travel"].set_index(["area", "provider"])["minutes"]
    assert abs(ways["XA1-N", "XB2"] - apart) <= ways["XA1-N", "XA1"] + 0.2


def test_trusts_cannot_be_taken_for_real_ones():
    """Every trust has a name and a code of its own, and lies in the North Sea."""
    places = collaborative_providers(trusts=26)
    assert places["provider"].is_unique
    assert places["name"].is_unique
    assert all(re.fullmatch(r"X[A-Z][1-9]", code) for code in places["provider"])
    assert places["latitude"].between(54, 55.5).all()
    assert places["longitude"].between(1.5, 3.5).all()


def test_the_collaborative_is_a_system(tables):
    """The tables pass every check that a real collaborative's would."""
    system = collaborative()
    assert isinstance(system, System)
    assert (system.periods, system.period_weeks) == (13, 4)
    assert system.services == ("C_100", "C_101", "C_110", "C_120", "C_130", "C_502")
    assert system.providers == tuple(collaborative_providers()["provider"])
    for name in KEYS:
        assert len(getattr(system, name)) == len(tables[name])


def test_a_collaborative_can_do_without_priorities():
    """Where nobody set priorities, no table mentions them."""
    system = collaborative(
        trusts=2, areas_per_trust=1, periods=2, period_weeks=1, list_size=500, priorities=False
    )
    assert not any("priority" in getattr(system, name) for name in KEYS)
    assert system.waiting_list["patients"].sum() == 500
    assert set(system.travel["area"]) == {"XA1-E", "XB2-E"}


@pytest.mark.parametrize("size", [1, 40])
def test_even_a_handful_of_patients_make_a_collaborative(size):
    """A list of next to nobody is still a list."""
    system = collaborative(trusts=2, services=["hips"], list_size=size)
    assert system.waiting_list["patients"].sum() == size


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("seed", -1),
        ("seed", 1.5),
        ("trusts", 1),
        ("trusts", 27),
        ("trusts", True),
        ("services", "C_110"),
        ("services", []),
        ("services", None),
        ("services", ["C_110", "C_110"]),
        ("services", [110]),
        ("areas_per_trust", 0),
        ("areas_per_trust", 5),
        ("periods", 0),
        ("period_weeks", "4"),
        ("list_size", 0),
        ("priorities", "P2"),
    ],
)
def test_an_argument_that_cannot_be_is_named(argument, value):
    """Whoever asks for half a trust or no services is told which argument to mend."""
    with pytest.raises(InputError) as caught:
        collaborative(**{argument: value})
    assert caught.value.problems["column"].to_list() == [argument]


def test_every_wrong_argument_is_named_at_once():
    """Three mistakes are reported together, not one at a time."""
    with pytest.raises(InputError) as caught:
        collaborative(-1, trusts=0, periods=0)
    assert len(caught.value.problems) == 3
