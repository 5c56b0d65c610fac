"""What is possible in a system's tables but unlikely is said when it is made, and with its plan."""

from __future__ import annotations

import warnings

import pytest

import mutualaid as ma
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.report import rules_text
from mutualaid.report.sheets import sheets

USUAL = ma.datasets.collaborative(trusts=3)


def told(**changed):
    """What is said when a system is made of the usual tables and some others."""
    tables = {
        name: USUAL.table(name)
        for name in ("waiting_list", "capacity", "travel", "referrals", "removals")
    }
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        system = ma.System(**{**tables, **changed})
    assert tuple(str(one.message) for one in said) == system.notes
    return system


def slots(**changed):
    return USUAL.capacity.assign(**changed)


def test_an_ordinary_year_has_no_notes():
    assert told().notes == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"referrals": None, "removals": None}, "nobody joins any list in 52 weeks"),
        ({"capacity": slots(slots=lambda rows: rows["slots"] // 4)}, "are they slots a week"),
        ({"capacity": slots(slots=lambda rows: rows["slots"] * 13)}, "are they slots a year"),
        ({"capacity": USUAL.capacity.query("period <= 3")}, "no slots in periods 4 to 13 of 13"),
        ({"capacity": USUAL.capacity.query("period <= 6 or provider != 'XA1'")}, "of XA1 after"),
        ({"referrals": USUAL.referrals.query("period <= 6"), "removals": None}, "no referrals in"),
        ({"referrals": USUAL.referrals.query("origin != 'XA1'"), "removals": None}, "lists of XA1"),
        (
            {
                "waiting_list": USUAL.waiting_list.assign(
                    weeks_waiting=lambda t: t.weeks_waiting * 7
                )
            },
            "are weeks_waiting days",
        ),
    ],
)
def test_each_unlikely_table_is_named_with_its_figures(changed, said):
    """Slots a week or a year, capacity that ends, lists that nobody joins, days for weeks."""
    assert any(said in note for note in told(**changed).notes)


def test_hours_of_a_pool_beside_minutes_of_use_are_asked_about():
    usage = {"service": list(USUAL.services), "pool": "theatre", "amount": 90.0}
    pools = USUAL.capacity.groupby(["provider", "period"], observed=True)["slots"].sum() * 1.5
    pools = pools.rename("amount").reset_index().assign(pool="theatre")
    assert any("are both in one unit" in note for note in told(pools=pools, usage=usage).notes)


def test_notes_stand_where_the_plan_is_shown():
    """In the workbook's summary, which is the head of the page too, and without hidden counts."""
    system = told(capacity=USUAL.capacity.query("period <= 3"))
    plan = ma.optimise(system)
    summary = sheets(plan, counts_of(plan))[0]
    assert any("no slots in periods 4 to 13" in note for note in summary.notes)
    assert rules_text.ALONE in summary.notes


def test_a_scenario_that_closes_a_trust_is_not_warned_of():
    """Whoever changes a system means it; the notes say it all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        closed = USUAL.replace(capacity=USUAL.capacity.query("period <= 3"))
    assert any("no slots in periods 4 to 13" in note for note in closed.notes)


def test_targets_are_shown_with_who_misses_them():
    plan = ma.optimise(USUAL, targets=[ma.Target(weeks=18)])
    sheet = next(one for one in sheets(plan, counts_of(plan, 0)) if one.name == "Targets")
    found = dict(zip(sheet.table["Trust"], sheet.table["Met"], strict=True))
    met = plan.targets.set_index("origin")["met"]
    assert found == {trust: "met" if kept else "missed" for trust, kept in met.items()}
    assert sheet.table["Missed by (patients)"].tolist() == plan.targets["missed"].tolist()
