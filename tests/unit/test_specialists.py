"""Specialist trusts take in only what they are told to take; their own patients are at home."""

from __future__ import annotations

import pandas as pd
import pytest
from hospitals import moved

import mutualaid as ma
from mutualaid.audit import plan_audit

EYES, HIPS = "C_130", "C_110"
SHUT = "specialists take in only what they are told to take"


def system(receiver: str = "RP6", services: tuple[str, ...] = (EYES, HIPS)) -> ma.System:
    """Six wait at R0A for each service, two at the receiver, which has ten slots for each."""
    waiting = [(o, s, 40, n) for s in services for o, n in (("R0A", 6), (receiver, 2))]
    slots = [(receiver, s, 1, 10) for s in services]
    return ma.System(
        pd.DataFrame(waiting, columns=["origin", "service", "weeks_waiting", "patients"]),
        pd.DataFrame(slots, columns=["provider", "service", "period", "slots"]),
        pd.DataFrame({"origin": ["R0A"], "provider": [receiver], "minutes": [30.0]}),
        periods=1,
        unlisted="unreachable",
    )


@pytest.fixture
def moorfields() -> ma.System:
    return system()


def test_moorfields_takes_in_nobody_unless_it_is_told_and_that_is_said(moorfields):
    """Its own four are treated, as ever."""
    with pytest.warns(ma.InputWarning, match=r"20 slots are for their own patients: RP6 \(Moor"):
        plan = ma.optimise(moorfields)
    assert moved(plan) == 0
    assert plan.treatments["patients"].sum() == 4
    closed = plan.closed_specialists()
    assert closed["service"].tolist() == [HIPS, EYES]
    assert closed["slots"].tolist() == [10, 10]
    assert closed["kind"].tolist() == ["eye", "eye"]
    told = plan.explain(origin="R0A", service=EYES, provider="RP6")
    assert "Specialist trusts take in only what they are told to take." in told


@pytest.mark.parametrize(
    "named", [{"RP6": [EYES]}, {"Moorfields Eye Hospital NHS Foundation Trust": ["Ophthalmology"]}]
)
@pytest.mark.filterwarnings("ignore:.*is read as:mutualaid.InputWarning")
def test_moorfields_takes_in_eyes_if_it_is_told_to(moorfields, named):
    """By code or by name; hips stay where they are. Nothing needs to be warned of any more."""
    plan = ma.optimise(moorfields, ma.Policy(specialists=named))
    assert moved(plan) == 6
    assert {*plan.moves["service"]} == {EYES}
    assert plan.closed_specialists()["service"].tolist() == [HIPS]


def test_nobody_is_a_specialist_if_it_is_so_said(moorfields):
    plan = ma.optimise(moorfields, ma.Policy(specialists=False))
    assert moved(plan) == 12
    assert plan.closed_specialists().empty


def test_what_one_takes_opens_no_other(moorfields):
    """That Alder takes only hips does not make a general hospital of Moorfields."""
    named = ma.Policy(specialists={"R0A": [HIPS]})
    assert moved(ma.optimise(moorfields, named)) == 0


KINDS = ma.datasets.providers().set_index("kind")["provider"].sort_values()


@pytest.mark.parametrize("code", ["XA1", KINDS["general"].iloc[0], KINDS["other"].iloc[0]])
def test_who_is_not_known_as_a_specialist_is_none(code):
    """Made-up codes, general hospitals, and clinics of which no word tells what they are for."""
    assert moved(ma.optimise(system(code))) == 12


def test_a_made_up_trust_is_a_specialist_if_it_is_so_said():
    policy = ma.Policy(specialists={"XA1": []})
    assert moved(ma.optimise(system("XA1"), policy)) == 0
    assert moved(ma.optimise(system("XA1"), policy.replace(specialists={"XA1": [HIPS]}))) == 6


def test_where_nobody_else_waits_nothing_is_closed():
    """Nor are the mixed services, which nobody moves anyway, or trusts that help nobody."""
    mixed = system(services=("X05",))
    assert ma.optimise(mixed).closed_specialists().empty
    with pytest.warns(ma.InputWarning, match="10 slots"):
        ma.optimise(mixed, ma.Policy(move_mixed_services=True))
    assert moved(ma.optimise(system(), None, ma.Independent())) == 0


def test_rooms_that_a_specialist_lends_are_lent():
    """Its rooms are for the others' own teams: the estate is what it was told."""
    one = system()
    rooms = pd.DataFrame({"site": ["RP6"], "period": 1, "slots": 3})
    teams = pd.DataFrame({"provider": ["R0A"], "service": [EYES], "period": 1, "slots": 3})
    mode = ma.Deep(lend=ma.Estate(rooms=rooms, teams=teams))
    plan = ma.optimise(one, ma.Policy(specialists={"RP6": []}), mode)
    assert moved(plan) == 0
    own = plan.treatments[plan.treatments["origin"] == "R0A"]
    assert own["patients"].sum() == 3


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"RP7": [EYES]}, r"policy\.specialists\.provider: names 'RP7' \(nearest: RP6"),
        ({"RP6": ["C_13"]}, r"policy\.specialists\.service: names 'C_13'"),
    ],
)
def test_codes_that_the_system_does_not_have_are_told(moorfields, said, told):
    with pytest.raises(ma.InputError, match=told):
        ma.optimise(moorfields, ma.Policy(specialists=said))


@pytest.mark.parametrize("said", [None, "RP6", ["RP6"], {"RP6": EYES}, {"RP6": [1]}, {1: [EYES]}])
def test_anything_else_is_refused(said):
    with pytest.raises(ma.InputError, match=r"policy\.specialists"):
        ma.Policy(specialists=said)


def test_the_audit_sees_who_went_to_a_specialist(moorfields):
    """A plan that was made for another policy: six and six are too many, or six."""
    plan = ma.optimise(moorfields, ma.Policy(specialists=False))

    def over(specialists) -> dict[str, float]:
        policy = plan.policy.replace(specialists=specialists)
        found = plan_audit.violations(moorfields, policy, plan.entries, plan.certificate.cost)
        return dict(zip(found["rule"], found["amount"], strict=True))

    assert over(True) == {SHUT: 12.0}
    assert over({"RP6": [EYES]}) == {SHUT: 6.0}
    assert over({"RP6": [EYES, HIPS]}) == {}
    assert over({"R0A": []}) == {SHUT: 12.0}


def test_the_page_says_so_without_numbers_of_slots(moorfields, tmp_path):
    plan = ma.optimise(moorfields, ma.Policy(specialists={"RP6": [EYES]}))
    page = plan.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "these slots are for their own patients: RP6 (Moorfields Eye Hospital), eye (C_110)" in (
        page
    )
