"""What Transactional and Resource promise unless told otherwise: what boards answer for."""

from __future__ import annotations

import pytest

import mutualaid as ma
from mutualaid.cli.outputs import modes_of_ladder
from mutualaid.report import rules_text
from mutualaid.studies.run_ladder import rungs_of

pytestmark = pytest.mark.usual_promises

MADE_UP = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)
FIGURES = ["harm", "share_within_18", "over_52", "over_65"]


def worse(plan):
    """Trusts that are worse off in a figure that a board answers for."""
    now = plan.measures()
    found = now["share_within_18_after"] < now["share_within_18_before"] - 1e-12
    for figure in ("harm_weeks", "over_52", "over_65"):
        found |= now[f"{figure}_after"] > now[f"{figure}_before"] + 1e-9
    return int(found.sum())


@pytest.fixture(scope="module")
def ladder():
    """Three trusts, and the ladder as it is unless told otherwise."""
    return ma.ladder(MADE_UP)


def test_nobody_is_worse_off_in_what_boards_answer_for(ladder):
    """On the second and the third rung; the last promises nothing, and saves more by it."""
    assert worse(ladder.plans["Transactional"]) == worse(ladder.plans["Resource"]) == 0
    assert worse(ladder.plans["Deep"]) > 0
    assert (ladder.table["saved_by_step"] >= -1e-9).all()
    for name in ("Transactional", "Resource"):
        clauses = ladder.plans[name].clauses(prices=True)
        assert list(clauses["figure"].unique()) == FIGURES
        assert clauses["kept"].all()
        assert clauses.loc[clauses["figure"] == "harm", "price"].isna().all()
    assert ladder.plans["Deep"].clauses().empty


def test_harm_alone_is_there_for_the_asking(ladder):
    """By a word or by nothing; it allows all that the usual promises allow."""
    plans = [ma.optimise(MADE_UP, None, ma.Resource(promises=how)) for how in ("harm", (), [])]
    assert len({plan.certificate.cost for plan in plans}) == 1
    assert plans[0].objective <= ladder.plans["Resource"].objective * (1 + 1e-4)
    assert plans[0].clauses().empty
    assert not (plans[0].limits["kind"].astype(str) == "promised").any()


def test_harm_is_promised_as_far_as_the_mode_protects_it():
    """A tolerance of harm is one of its clause too, and harm has its one row."""
    mode = ma.Resource(cost_tolerance=0.05)
    assert mode.promised[0] == ma.Promise("harm", tolerance=0.05)
    plan = ma.optimise(MADE_UP, None, mode)
    clauses = plan.clauses().query("figure == 'harm'")
    assert (clauses["limit"] > clauses["alone"]).all()
    assert "harm" not in " ".join(plan.limits.query("kind == 'promised'")["promise"].astype(str))


@pytest.mark.parametrize(
    "mode",
    [
        ma.Transactional(protect="service", promises="board"),
        ma.Transactional(tolerance=5, share="max-min", promises="board"),
        ma.Transactional(tolerance=5, min_gain=0.001, promises="board"),
        ma.Resource(spare_only=True, promises="board"),
        ma.Resource(reciprocity=20, protect="service", promises="board"),
    ],
    ids=repr,
)
def test_usual_promises_go_with_every_option(mode):
    """Whatever else is asked, nobody is worse off in what boards answer for."""
    small = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    plan = ma.optimise(small, None, mode)
    assert worse(plan) == 0
    assert plan.violations().empty


def test_rungs_never_promise_less_than_the_one_above():
    """Each rung's promises are those of the one above and perhaps more, however they are given."""
    own = ma.Transactional(promises=[ma.Promise("treated")])
    for given in (
        {},
        {"promises": "harm"},
        {"promises": "board"},
        {"transactional": own},
        {"transactional": own, "promises": [ma.Promise("over_52")]},
        {"transactional": ma.Transactional(promises="harm")},
    ):
        _, second, third, last = (set(mode.promised) for mode in rungs_of(**given))
        assert second >= third >= last
    assert not any(mode.promised for mode in rungs_of(promises="harm"))
    assert rungs_of(promises="board")[3].promised
    with pytest.raises(ma.InputError, match="'harm'"):
        ma.ladder(MADE_UP, promises="none")


def test_a_scenario_s_ladder_takes_what_its_mode_promises():
    """Of Transactional and Resource on the second and third rung, of Deep on the last three."""
    counted = {
        ma.Deep(): [0, 4, 4, 0],
        ma.Deep(promises="harm"): [0, 0, 0, 0],
        ma.Deep(promises="board"): [0, 4, 4, 4],
        ma.Resource(): [0, 4, 4, 0],
        ma.Resource(promises="harm"): [0, 0, 0, 0],
        ma.Transactional(promises=(ma.Promise("over_65"),)): [0, 1, 1, 0],
    }
    for mode, expected in counted.items():
        assert [len(rung.promised) for rung in modes_of_ladder(mode)] == expected


def test_what_is_promised_is_said_on_page_and_in_the_workbook(ladder, tmp_path):
    """In words on the page, with the rules in the workbook, and nothing of who promises nothing."""
    told = rules_text.promised(ma.Resource())
    assert "over 52 weeks; who is over 65 weeks" in told[0]
    page = ladder.to_html(tmp_path / "ladder.html").read_text(encoding="utf-8")
    assert "Transactional and Resource: in each trust no worse than alone" in page
    rules = rules_text.rules(ma.Policy(), ma.Transactional())
    setting = rules.loc[rules["Name in the software"] == "promises", "Setting"].item()
    assert setting.count("no worse than alone") == len(FIGURES)
    assert rules_text.promised(ma.Deep()) == []
