"""What one model has in common with another: its arcs and rows in it, and what is used again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.model.arcs import Kind
from mutualaid.model.auxiliary_arcs import Choice, add_choices
from mutualaid.model.build import build_frame, build_model
from mutualaid.model.embedding import arcs_in, with_rest
from mutualaid.model.reuse import frame_again, model_again
from mutualaid.model.variable_names import arc_names

POLICY = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=2)


def model_of(system, policy=POLICY, **more):
    return build_model(build_frame(system, policy), **more)


def more_slots(system, slots):
    """The system with other slots of Birch."""
    capacity = system.capacity
    capacity.loc[capacity["provider"] == "BIR", "slots"] = slots
    return system.replace(capacity=capacity)


def test_a_frame_is_used_again_where_only_slots_differ():
    system = two_trusts(periods=2)
    frame = build_frame(system, POLICY)
    again = frame_again(frame, more_slots(system, 3), POLICY)
    assert again is not None
    assert again.slots.count.tolist() == [[2, 2], [3, 3]]
    assert again.lanes is frame.lanes
    assert again.system.capacity["slots"].max() == 3


def test_a_frame_is_not_used_again_where_slots_come_or_go():
    """Lanes with no slots in a period have no arcs there."""
    system = two_trusts(periods=2)
    assert frame_again(build_frame(system, POLICY), more_slots(system, 0), POLICY) is None
    shut = more_slots(system, 0)
    assert frame_again(build_frame(shut, POLICY), more_slots(shut, 0), POLICY) is not None


def test_a_frame_is_not_used_again_for_another_policy_or_list():
    system = two_trusts(periods=2)
    frame = build_frame(system, POLICY)
    other = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=2, notice_weeks=8)
    assert frame_again(frame, more_slots(system, 3), other) is None
    waiting = system.waiting_list.assign(patients=7)
    assert frame_again(frame, system.replace(waiting_list=waiting), POLICY) is None


def test_a_frame_with_lent_rooms_is_not_used_again():
    system = two_trusts(periods=2)
    frame = build_frame(system, POLICY)
    rooms = ma.Estate(
        rooms=pd.DataFrame({"site": ["BIR"], "period": [1], "slots": [2]}),
        teams=pd.DataFrame(
            {"provider": ["ALD"], "service": ["C_110"], "period": [1], "slots": [9]}
        ),
    )
    lent = build_frame(system, POLICY, rooms)
    assert lent.rooms is not None
    assert frame_again(lent, more_slots(system, 3), POLICY) is None
    assert frame_again(frame, more_slots(system, 3), POLICY) is not None


def test_a_model_used_again_carries_the_new_slots():
    system = two_trusts(periods=2)
    model = model_of(system)
    frame = frame_again(model.frame, more_slots(system, 3), POLICY)
    again = model_again(model, frame)
    new = model_of(more_slots(system, 3))
    assert again.network.capacity.tolist() == new.network.capacity.tolist()
    assert again.frame is frame
    assert model.network.capacity.tolist() == model_of(system).network.capacity.tolist()


def test_a_model_with_rows_or_of_another_frame_is_not_used_again():
    system = two_trusts(periods=2)
    model = model_of(system)
    assert model_again(model, build_frame(system, POLICY)) is None
    capped = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=2, max_out=1)
    tied = model_of(system, capped)
    assert len(tied.network.rows)
    assert model_again(tied, frame_again(tied.frame, more_slots(system, 3), capped)) is None


def names(model, arcs):
    """What arcs are called, None where there is none."""
    told = np.array([*arc_names(model), None], dtype=object)
    return told[arcs].tolist()


def test_arcs_are_found_by_what_they_mean():
    """A model without moves has no arcs to Birch; all that it has are in the whole one."""
    whole, home = model_of(two_trusts(periods=2)), model_of(two_trusts(periods=2), moves=False)
    assert names(whole, arcs_in(whole, home)) == arc_names(home)
    there = arcs_in(home, whole)
    lost = [name for name, arc in zip(arc_names(whole), there, strict=True) if arc < 0]
    assert [name for name in lost if name.startswith("treat")] == [
        "treat_ALD_C_110_at_BIR_t1",
        "treat_ALD_C_110_at_BIR_t2",
    ]
    assert not [name for name in lost if name.startswith("wait")]


def test_every_arc_of_a_model_is_found_in_it():
    later = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": [2], "patients": [3]})
    model = model_of(two_trusts(periods=2, referrals=later))
    assert arcs_in(model, model).tolist() == list(range(model.network.arcs))


def test_choices_are_found_by_their_names():
    model = model_of(two_trusts())
    a, b, c = (Choice(name=name, most=1) for name in ("a", "b", "c"))

    def chosen(*choices):
        network, means, arcs = add_choices(model.network, model.means, choices)
        return replace(model, network=network, means=means, choices=choices), arcs

    (one, mine), (other, theirs) = chosen(a, b), chosen(c, b)
    found = arcs_in(one, other)
    assert found[theirs].tolist() == [-1, mine[1]]
    assert found[theirs + 1].tolist() == [-1, mine[1] + 1]
    assert found[: model.network.arcs].tolist() == list(range(model.network.arcs))


def test_choices_are_beside_the_network():
    model = model_of(two_trusts())
    before = model.network
    choices = [
        Choice(name="theatre", most=3, cost=7),
        Choice(name="clinic", most=2, cost=5, switch=False),
    ]
    network, means, arcs = add_choices(before, model.means, choices)
    n, first = before.nodes, before.arcs
    assert arcs.tolist() == [first, first + 2]
    assert network.supply[n:].tolist() == [3, 2, -5]
    assert network.tail[first:].tolist() == [n, n, n + 1, n + 1]
    assert network.head[first:].tolist() == [n + 2] * 4
    assert network.capacity[first:].tolist() == [3, 3, 2, 2]
    assert network.lower[first:].tolist() == [0] * 4
    assert network.cost[first:].tolist() == [7, 0, 5, 0]
    assert network.tie[first:].tolist() == [1, 0, 1, 0]
    assert network.components == before.components + 1
    assert network.first.tolist() == [first]
    assert network.loose.tolist() == [first + 2, first + 3]
    assert means.kind[first:].tolist() == [Kind.CHOICE, Kind.REST] * 2
    for name in ("lane", "pair", "lot", "queue", "period", "weeks"):
        assert getattr(means, name)[first:].tolist() == [-1] * 4
        assert getattr(means, name)[:first].tolist() == getattr(model.means, name).tolist()


def test_no_choices_change_nothing():
    model = model_of(two_trusts())
    network, means, arcs = add_choices(model.network, model.means, [])
    assert network is model.network
    assert means is model.means
    assert arcs.tolist() == []


def test_rows_of_another_model_are_added_and_those_that_are_there_are_not():
    plain = model_of(two_trusts(periods=2))
    capped = model_of(
        two_trusts(periods=2),
        ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=2, max_out=3, max_share_moved=0.5),
    )
    rows = capped.network.rows
    both = with_rest(plain, capped)
    assert both.network.rows.names == rows.names
    assert both.network.rows.upper.tolist() == rows.upper.tolist()
    assert both.network.rows.lower.tolist() == rows.lower.tolist()
    assert names(both, both.network.rows.arc) == names(capped, rows.arc)
    assert with_rest(capped, capped) is capped
    some = with_rest(plain, capped, usual=rows.names[:1])
    assert some.network.rows.names == rows.names[1:]
    assert some.network.rows.upper.tolist() == rows.upper[1:].tolist()
    assert some.network.rows.start.tolist() == (rows.start[1:] - rows.start[1]).tolist()


def test_a_row_over_arcs_that_are_not_there_cannot_be_added():
    home = model_of(two_trusts(periods=2), moves=False)
    capped = model_of(
        two_trusts(periods=2), ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=2, max_out=3)
    )
    assert with_rest(home, capped) is None


@pytest.mark.parametrize("most", [1, 2])
def test_lanes_may_be_used_only_if_they_are_open(most):
    policy = ma.Policy(harm=ma.harm.person_weeks(), tail_weeks=2, max_lanes=most)
    model = model_of(two_trusts(periods=2), policy)
    rows = model.network.rows
    assert [choice.name for choice in model.choices] == ["lane from ALD to BIR for C_110"]
    (chosen,) = model.means.arcs(Kind.CHOICE)
    told = {
        name: dict(zip(names(model, rows.arc[a:b]), rows.coefficient[a:b].tolist(), strict=True))
        for name, a, b in zip(rows.names, rows.start[:-1], rows.start[1:], strict=True)
    }
    opened = names(model, [chosen])[0]
    # Birch has four slots a period, fewer than Alder's six patients.
    assert told == {
        "lane from ALD to BIR for C_110 in period 1": {
            "treat_ALD_C_110_at_BIR_t1": 1,
            opened: -4,
        },
        "lane from ALD to BIR for C_110 in period 2": {
            "treat_ALD_C_110_at_BIR_t2": 1,
            opened: -4,
        },
        f"lanes open: at most {most}": {opened: 1},
    }
    assert rows.upper.tolist() == [0, 0, most]
