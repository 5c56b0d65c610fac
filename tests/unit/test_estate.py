"""Rooms that partners lend: a treatment needs a team and a place."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma

HIPS = "C_110"


def rooms(*rows, columns=("site", "period", "slots")):
    return pd.DataFrame(list(rows), columns=list(columns))


def teams(*rows):
    return pd.DataFrame(list(rows), columns=["provider", "service", "period", "slots"])


def lent(plan):
    """How many are treated in lent rooms."""
    rows = plan.treatments
    return int(rows.loc[rows["site"] != rows["provider"], "patients"].sum())


def helped(estate, **more):
    """Alder has six patients and two slots; its team could do more, had it rooms."""
    return ma.optimise(two_trusts(slots=(2, 0)), collaboration=ma.Resource(lend=estate), **more)


def test_the_home_team_works_in_a_partner_s_theatre():
    """Birch's rooms stand empty and Alder's team has three slots to spare: three more patients."""
    estate = ma.Estate(rooms=rooms(("BIR", 1, 4)), teams=teams(("ALD", HIPS, 1, 5)))
    plan = helped(estate)
    assert lent(plan) == 3
    assert plan.moves.empty
    assert plan.treatments["patients"].sum() == 5
    assert plan.gap == 0
    assert plan.objective < ma.optimise(two_trusts(slots=(2, 0))).objective


@pytest.mark.parametrize(("room", "team", "treated"), [(1, 9, 1), (9, 3, 1), (9, 2, 0), (9, 9, 4)])
def test_neither_team_nor_room_does_more_than_it_can(room, team, treated):
    """Who is treated in lent rooms: as many as the room holds, the team can do, and need it."""
    estate = ma.Estate(rooms=rooms(("BIR", 1, room)), teams=teams(("ALD", HIPS, 1, team)))
    assert lent(helped(estate)) == treated


def test_the_team_s_own_rooms_count():
    """A team of five in two rooms of its own may as well do all five elsewhere, never more."""
    estate = ma.Estate(rooms=rooms(("BIR", 1, 9)), teams=teams(("ALD", HIPS, 1, 5)))
    assert helped(estate).treatments["patients"].sum() == 5


def test_a_room_is_lent_only_where_it_is_worth_its_price():
    """A patient who is treated now saves 39 harm-weeks: not worth a session at 200."""
    columns = ("site", "period", "slots", "session", "price")
    for price, used, paid in ((10.0, 4, 20.0), (70.0, 4, 140.0), (200.0, 0, 0.0)):
        estate = ma.Estate(
            rooms=rooms(("BIR", 1, 4, 2, price), columns=columns),
            teams=teams(("ALD", HIPS, 1, 9)),
        )
        plan = helped(estate)
        assert lent(plan) == used
        travel = plan.treatments.eval("extra_minutes * patients").sum() / 60
        assert plan.objective == pytest.approx(plan.harm_weeks + travel + paid)
        assert plan.gap == 0


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_a_surge_site_opens_when_a_partner_s_own_is_out_of_use():
    """The Hub stands by for a flood: it opens to Alder in the period of its closure."""
    columns = ("site", "period", "slots", "surge")
    surge = rooms(("BIR", 1, 4, True), ("BIR", 2, 4, True), columns=columns)
    closed = pd.DataFrame({"provider": ["ALD"], "period": [2]})
    estate = ma.Estate(
        rooms=surge, teams=teams(("ALD", HIPS, 1, 4), ("ALD", HIPS, 2, 4)), closures=closed
    )
    system = two_trusts(periods=2, slots=(0, 0))
    plan = ma.optimise(system, collaboration=ma.Deep(lend=estate))
    assert plan.treatments["period"].tolist() == [2]
    assert lent(plan) == 4


def test_a_room_for_one_service_is_for_that_service():
    """A cataract room is no place for hips."""
    columns = ("site", "period", "slots", "service")
    estate = ma.Estate(
        rooms=rooms(("BIR", 1, 4, HIPS), ("BIR", 1, 1, None), columns=columns),
        teams=teams(("ALD", HIPS, 1, 9)),
    )
    assert lent(helped(estate)) == 4
    system = two_trusts(slots=(2, 0))
    other = ma.Estate(
        rooms=rooms(("BIR", 1, 4, "C_130"), columns=columns), teams=teams(("ALD", HIPS, 1, 9))
    )
    with pytest.raises(ma.InputError, match=r"estate.rooms.service: is not in this system"):
        ma.optimise(system, collaboration=ma.Resource(lend=other))


def test_lending_never_costs_and_never_hurts():
    """With estate each rung is at least as good as without; nobody is worse off."""
    system = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=3)
    estate = ma.Estate(
        rooms=rooms(*[("XA1", t, 30) for t in (1, 2, 3)]),
        teams=teams(*[("XB2", "C_110", t, 200) for t in (1, 2, 3)]),
    )
    for mode in (ma.Resource, ma.Deep):
        without = ma.optimise(system, collaboration=mode())
        plan = ma.optimise(system, collaboration=mode(lend=estate))
        assert plan.certificate.cost <= without.certificate.cost
        assert plan.gap <= 1e-3
    ladder = ma.ladder(system, lend=estate)
    assert (ladder.table["saved_by_step"] >= 0).all()
    assert ladder.table["worse_off"].iloc[:3].tolist() == [0, 0, 0]


def test_the_audit_counts_teams_and_rooms_itself():
    """Tables that say more was done in lent rooms than fits fail, whatever a solver said."""
    estate = ma.Estate(rooms=rooms(("BIR", 1, 4)), teams=teams(("ALD", HIPS, 1, 5)))
    plan = helped(estate)
    smaller = ma.Estate(rooms=rooms(("BIR", 1, 2)), teams=teams(("ALD", HIPS, 1, 4)))
    claimed = replace(plan, collaboration=ma.Resource(lend=smaller))
    assert {"no team does more than it can", "no room holds more than it can"} <= set(
        claimed.violations()["rule"]
    )
    surge = ma.Estate(
        rooms=rooms(("BIR", 1, 4, True), columns=("site", "period", "slots", "surge")),
        teams=teams(("ALD", HIPS, 1, 5)),
        closures=pd.DataFrame({"provider": ["BIR"], "period": [1]}),
    )
    claimed = replace(plan, collaboration=ma.Resource(lend=surge))
    assert set(claimed.violations()["rule"]) == {"surge sites are for closures"}
    dear = ma.Estate(
        rooms=rooms(("BIR", 1, 4, 1.0), columns=("site", "period", "slots", "price")),
        teams=teams(("ALD", HIPS, 1, 5)),
    )
    claimed = replace(plan, collaboration=ma.Resource(lend=dear))
    assert "rooms are paid for by whole sessions (harm-weeks)" in set(claimed.violations()["rule"])


@pytest.mark.parametrize(
    ("tables", "where", "what"),
    [
        ({"rooms": rooms(("BIR", 1), columns=("site", "period"))}, "estate.rooms", "lacks slots"),
        (
            {"rooms": rooms(("BIR", 1, 2, 3), columns=("site", "period", "slots", "beds"))},
            "estate.rooms",
            "has beds",
        ),
        ({"rooms": rooms(("BIR", 1, -1))}, "estate.rooms", "below 0"),
        ({"rooms": rooms(("BIR", 1, 1.5))}, "estate.rooms", "whole number"),
        ({"rooms": rooms(("BIR", 0, 1))}, "estate.rooms", "whole number from 1"),
        ({"rooms": rooms(("BIR", 1, "many"))}, "estate.rooms", ""),
        ({"rooms": rooms((None, 1, 1))}, "estate.rooms", ""),
        ({"rooms": rooms(("BIR", 1, 1), ("BIR", 1, 2))}, "estate.rooms", "twice"),
        (
            {"rooms": rooms(("BIR", 1, 1, "yes"), columns=("site", "period", "slots", "surge"))},
            "estate.rooms",
            "neither True nor False",
        ),
        (
            {"rooms": rooms(("BIR", 1, 1, True), columns=("site", "period", "slots", "surge"))},
            "estate.closures",
            "opens to nobody",
        ),
        ({"rooms": 5}, "", "not a table"),
        ({"teams": teams(("ALD", HIPS, 1, 1), ("ALD", HIPS, 1, 2))}, "estate.teams", "twice"),
        ({"teams": teams(("ALD", HIPS, 1, -1))}, "estate.teams", "below 0"),
        ({"closures": pd.DataFrame({"provider": ["ALD"]})}, "estate.closures", "lacks period"),
    ],
)
def test_an_estate_that_cannot_be_used_is_refused(tables, where, what):
    """Table, what is wrong, and what to do."""
    right = {"rooms": rooms(("BIR", 1, 4)), "teams": teams(("ALD", HIPS, 1, 5))}
    with pytest.raises(ma.InputError) as caught:
        ma.Estate(**{**right, **tables})
    assert where in set(caught.value.problems["table"])
    assert what in str(caught.value)


def test_codes_of_an_estate_are_those_of_the_system():
    """Every stray code is named at once, with its table and row."""
    estate = ma.Estate(
        rooms=rooms(("CED", 1, 4), ("BIR", 7, 1)),
        teams=teams(("CED", HIPS, 1, 5), ("ALD", "C_999", 1, 5)),
        closures=pd.DataFrame({"provider": ["OAK"], "period": [1]}),
    )
    with pytest.raises(ma.InputError) as caught:
        ma.optimise(two_trusts(), collaboration=ma.Resource(lend=estate))
    found = set(zip(*(caught.value.problems[c] for c in ("table", "column")), strict=True))
    assert found == {
        ("estate.rooms", "site"),
        ("estate.rooms", "period"),
        ("estate.teams", "provider"),
        ("estate.teams", "service"),
        ("estate.closures", "provider"),
    }
