"""What boards sign: figures that are no worse than alone, told, recounted and priced."""

from __future__ import annotations

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.audit import promised_figures_audit

MADE_UP = ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4)


@pytest.fixture(scope="module")
def board():
    """Three trusts that promise what a board is held to."""
    return ma.optimise(MADE_UP, None, ma.Deep(promises="board"))


def test_a_board_keeps_its_figures(board):
    """Harm, the share within 18 weeks, and who is over 52 and 65 are no worse in any trust."""
    now = board.measures()
    for figure in ("harm_weeks", "over_52", "over_65"):
        assert (now[f"{figure}_after"] <= now[f"{figure}_before"] + 1e-9).all()
    assert (now["share_within_18_after"] >= now["share_within_18_before"] - 1e-12).all()
    assert board.objective > ma.optimise(MADE_UP).objective


def test_each_clause_says_what_came_of_it_and_what_it_costs(board):
    """A row a promise and trust; a promise costs the same in each of its rows, and never less."""
    clauses = board.clauses(prices=True)
    assert len(clauses) == 4 * 3
    assert clauses["kept"].all()
    assert (clauses["price"] >= 0).all()
    assert len(clauses[["promise", "price"]].drop_duplicates()) == 4
    assert ma.optimise(MADE_UP).clauses(prices=True).empty


def test_rows_know_their_promise(board):
    """Rows of the model say in words and in columns which promise to whom they are."""
    rows = board.limits.query("kind == 'promised'")
    assert set(rows["promise"].astype(str)) == {repr(p) for p in ma.BOARD_FIGURES}
    assert rows["limit"].iloc[0] == "XA1: harm no worse than alone, in each trust"


@pytest.mark.parametrize("figure", ["harm", "over_52", "share_within_18", "list_size"])
def test_a_plan_that_breaks_a_promise_is_noticed(board, figure):
    """Where a trust's patients are left to wait who were treated, the recount says so."""
    forged, end = board.entries.copy(), MADE_UP.periods + 1
    theirs = forged["origin"] == "XA1"
    forged.loc[theirs, "period"] = end
    forged.loc[theirs, "harm"] *= 9
    promise = ma.Promise(figure)
    found = list(promised_figures_audit.broken(MADE_UP, promise, forged, board.baseline_entries))
    assert [(rule, where) for rule, where, _ in found] == [(f"kept: {promise!r}", "XA1")]


@pytest.mark.parametrize("figure", ["treated", "treated_own"])
def test_treating_fewer_than_promised_is_noticed(board, figure):
    """Nobody of a trust is treated: that is fewer than alone."""
    forged = board.entries.copy()
    forged.loc[forged["origin"] == "XA1", "period"] = MADE_UP.periods + 1
    found = list(
        promised_figures_audit.broken(MADE_UP, ma.Promise(figure), forged, board.baseline_entries)
    )
    assert "XA1" in [where for _, where, _ in found]


def test_a_tolerance_lets_a_figure_be_so_much_worse():
    """A tenth fewer of its own patients treated by itself, and no fewer than that."""
    modes = [ma.Deep(promises=[ma.Promise("treated_own", tolerance=slack)]) for slack in (0.0, 0.1)]
    strict, loose = (ma.optimise(MADE_UP, None, mode) for mode in modes)
    assert loose.objective <= strict.objective
    clauses = loose.clauses()
    assert (clauses["came"] >= clauses["alone"] * 0.9).all()


def test_a_ladder_with_promises_never_falls():
    """Each rung above allows what the one below does, with the same promises."""
    rungs = ma.ladder(MADE_UP, promises=[ma.Promise("over_52"), ma.Promise("treated")])
    assert (rungs.table["saved_by_step"] >= -1e-9).all()
    assert all(len(p.collaboration.promised) == 2 for p in list(rungs.plans.values())[1:])


def test_what_is_no_promise_is_told():
    """Unknown figures, tolerances and periods; all at once, with what to write."""
    with pytest.raises(ma.InputError) as told:
        ma.Promise("happiness", tolerance=-1, period=0)
    assert len(told.value.problems) == 3
    with pytest.raises(ma.InputError, match="harm is over all periods"):
        ma.Promise("harm", period=2)
    with pytest.raises(ma.InputError, match="board"):
        ma.Deep(promises="bored")
    with pytest.raises(ma.InputError, match="promises"):
        ma.Resource(promises=["over_52"])
    with pytest.raises(ma.InputError, match="the horizon ends with period 4"):
        ma.optimise(MADE_UP, None, ma.Deep(promises=[ma.Promise("over_52", period=5)]))


def test_prices_of_slots_are_made_anew_with_promises():
    """With a slot more everything promised is counted anew: dear, and never a wrong number."""
    small = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2)
    plan = ma.optimise(small, None, ma.Deep(promises="board"))
    assert isinstance(plan.prices, pd.DataFrame)


def test_who_reports_matters_for_the_providers_lens_alone():
    """Where the origin reports, who is treated counts as for residents."""
    lenses = [
        {"lens": "residents"},
        {"lens": "provider", "reported_by": "origin"},
        {"lens": "provider"},
    ]
    promises = [ma.Promise("treated", tolerance=1.0, **lens) for lens in lenses]
    plan = ma.optimise(MADE_UP, None, ma.Deep(promises=promises))
    assert plan.moves["patients"].sum() > 0
    sides = [
        rows[["origin", "alone", "came"]].to_numpy().tolist()
        for _, rows in plan.clauses().groupby("promise", sort=False)
    ]
    assert sides[0] == sides[1] != sides[2]
    reports = {"residents": sides[0], "receiver": sides[2]}
    for lens, told in (("residents", reports["residents"]), ("provider", reports["receiver"])):
        measured = plan.measures(lens=lens).set_index("origin")["treated_after"]
        assert {trust: came for trust, _, came in told} == measured.to_dict()
    with pytest.raises(ma.InputError, match="reported_by"):
        ma.Promise("treated", reported_by="origin")
    with pytest.raises(ma.InputError, match="reported_by"):
        ma.Promise("treated", lens="provider", reported_by="nobody")
