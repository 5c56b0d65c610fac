"""Who waits, as the model sees it: queues, their lots, and who of them leaves untreated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.data.label_codes import positions
from mutualaid.errors import InputError
from mutualaid.model.lanes import build_slots
from mutualaid.model.queues import build_queues
from mutualaid.model.sorted_rows import in_order, run_starts
from mutualaid.model.strands import strands_of


def listed(*rows, **more):
    """Alder's list, a row of age band, weeks waited and patients each."""
    waiting = pd.DataFrame(rows, columns=["band", "weeks_waiting", "patients"]).assign(
        origin="ALD", service="C_110"
    )
    return two_trusts(waiting=waiting, periods=3, **more)


def queues_of(*rows, **more):
    """Queues of that list, which the policy tells apart by age band."""
    return build_queues(listed(*rows, **more), ["band"])


def lots(queues):
    """Age band, weeks at the census, period of referral and patients of each lot."""
    band = queues.labels["band"].astype(str).to_numpy()[queues.lot_queue]
    columns = band, queues.lot_weeks, queues.lot_referred, queues.lot_patients
    return [tuple(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


LIST = (("young", 10, 2), ("old", 40, 6), ("young", 50, 3), ("old", 20, 0))
REFERRED = pd.DataFrame(
    {
        "origin": "ALD",
        "service": "C_110",
        "band": ["old", "old", "young"],
        "period": [2, 1, 3],
        "patients": [5, 4, 1],
    }
)


def test_lots_are_those_alike_in_wait_the_longest_of_each_queue_first():
    """A week on the list counts from the census: who joins in period 2 is at -4 weeks."""
    queues = queues_of(*LIST, referrals=REFERRED)
    assert lots(queues) == [
        ("old", 40, 0, 6),
        ("old", 0, 1, 4),
        ("old", -4, 2, 5),
        ("young", 50, 0, 3),
        ("young", 10, 0, 2),
        ("young", -8, 3, 1),
    ]
    assert queues.patients().tolist() == [15, 6]
    assert queues.lot_arrival.tolist() == [1, 1, 2, 1, 1, 3]
    assert queues.arrived(3).tolist() == [[10, 15, 15], [5, 5, 6]]
    assert len(queues) == 2
    assert queues.names == ["origin", "service", "band"]


def test_removals_of_a_queue_take_its_newest_first():
    gone = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "band": ["old"], "period": [1], "patients": [6]}
    )
    queues = queues_of(*LIST, referrals=REFERRED, removals=gone)
    # Period 1's four referrals leave first, then two of those who were there.
    assert queues.lot_removed.tolist() == [2, 4, 0, 0, 0, 0]
    assert queues.lot_patients.tolist() == [4, 0, 5, 3, 2, 1]


def test_removals_of_a_later_period_take_who_has_come_by_then():
    gone = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "band": ["old"], "period": [2], "patients": [6]}
    )
    queues = queues_of(*LIST, referrals=REFERRED, removals=gone)
    assert queues.lot_removed.tolist() == [0, 1, 5, 0, 0, 0]


def test_queues_know_in_which_period_who_is_removed_leaves():
    gone = pd.DataFrame(
        {
            "origin": "ALD",
            "service": "C_110",
            "band": "old",
            "period": [2, 1, 3],
            "patients": [6, 1, 2],
        }
    )
    queues = queues_of(*LIST, referrals=REFERRED, removals=gone)
    removed = queues.removed
    found = zip(*(getattr(removed, n).tolist() for n in ("lot", "period", "patients")), strict=True)
    assert list(found) == [(1, 1, 1), (1, 2, 1), (1, 3, 2), (2, 2, 5)]
    assert queues_of(*LIST, referrals=REFERRED).removed is None
    elsewhere = gone.assign(band="unknown to the list")
    assert queues_of(*LIST, removals=elsewhere).removed is None


@pytest.mark.parametrize(
    ("leave", "expected"),
    [(1, [1, 0]), (2, [1, 1]), (3, [2, 1]), (4, [3, 1]), (9, [6, 3])],
)
def test_removals_that_do_not_say_of_which_queue_are_shared_by_largest_remainder(leave, expected):
    """Six and three: of four 2.67 and 1.33, that is three and one."""
    gone = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": [1], "patients": [leave]})
    queues = queues_of(("old", 10, 6), ("young", 10, 3), removals=gone)
    assert queues.lot_removed.tolist() == expected


def test_the_shortest_waits_of_all_queues_leave_before_longer_ones_of_any():
    gone = pd.DataFrame({"origin": ["ALD"], "service": "C_110", "period": [1], "patients": [4]})
    queues = build_queues(
        listed(("old", 10, 2), ("old", 60, 5), ("young", 11, 9), removals=gone), ["band"]
    )
    assert lots(queues) == [("old", 60, 0, 5), ("old", 10, 0, 0), ("young", 11, 0, 7)]


@pytest.mark.filterwarnings("ignore:.*the newest leave in their place")
def test_removals_that_say_how_long_take_those_and_then_who_has_waited_less():
    gone = pd.DataFrame(
        {
            "origin": ["ALD"],
            "service": "C_110",
            "period": [2],
            "patients": [4],
            "weeks_waiting": [44],
        }
    )
    queues = build_queues(
        listed(("old", 40, 3), ("old", 60, 5), ("young", 10, 9), removals=gone), ["band"]
    )
    assert lots(queues) == [("old", 60, 0, 5), ("old", 40, 0, 0), ("young", 10, 0, 8)]


def test_rows_are_in_order_of_the_first_column_then_the_next_and_stay_put_where_alike():
    first, second = np.array([1, 0, 1, 0, 1]), np.array([7, 3, 7, 2, -4])
    assert in_order(first, second).tolist() == [3, 1, 4, 0, 2]


def test_numbers_too_far_apart_for_one_key_are_in_the_same_order():
    """A span of 2**40 and one of 2**30 make more keys than 64 bits hold."""
    first, second = np.array([2**40, 0, 2**40, 0, 2**40]), np.array([7, 3, 7, 2, -(2**30)])
    assert in_order(first, second).tolist() == [3, 1, 4, 0, 2]


def test_nothing_is_in_order():
    assert in_order(np.zeros(0, dtype=np.int64)).tolist() == []
    assert run_starts(np.zeros(0, dtype=np.int64)).tolist() == []


def test_a_run_ends_where_any_column_changes():
    assert run_starts(np.array([4, 4, 4, 5, 5])).tolist() == [0, 3]
    assert run_starts(np.array([4, 4, 4, 5, 5]), np.array([1, 1, 2, 2, 2])).tolist() == [0, 2, 3]


def test_a_label_that_is_not_there_has_no_position():
    column = pd.Series(pd.Categorical(["b", "x", "a", "b"]))
    assert positions(column, ["a", "b"]).tolist() == [1, -1, 0, 1]


def test_a_policy_may_not_ask_about_the_wait_or_the_number():
    for name in ("weeks_waiting", "patients"):
        with pytest.raises(InputError, match="does not tell queues apart"):
            build_queues(listed(*LIST), [name])


def test_who_joins_late_with_the_longest_wait_of_all_has_a_strand_apart():
    """Joining in period 2 with 60 weeks and in 3 with 59, before who is there already."""
    late = pd.DataFrame(
        {
            "origin": "ALD",
            "service": "C_110",
            "band": "old",
            "period": [2, 3],
            "patients": [1, 2],
            "weeks_waiting": [60, 59],
        }
    )
    queues = queues_of(("old", 10, 4), ("young", 5, 3), referrals=late)
    found = strands_of(queues, np.array([True, True]))
    assert lots(queues)[:3] == [("old", 56, 2, 1), ("old", 51, 3, 2), ("old", 10, 0, 4)]
    assert found.lot.tolist() == [0, 1, 2, 3]
    assert found.strand.tolist() == [0, 0, 1, 2]
    assert found.queue.tolist() == [0, 0, 1]
    assert found.lead.tolist() == [0, 2, 3]
    assert found.alone.tolist() == [False, False, True]
    assert found.leads(4).tolist() == [0, 0, 2, 3]


def test_strands_of_some_queues_leave_the_others_alone():
    queues = queues_of(*LIST, referrals=REFERRED)
    found = strands_of(queues, np.array([False, True]))
    assert found.lot.tolist() == [3, 4, 5]
    assert found.queue.tolist() == [1]
    assert found.leads(6).tolist() == [0, 1, 2, 3, 3, 3]


def test_slots_of_the_sites_of_a_trust_are_added_up_and_a_listed_nought_counts_as_listed():
    capacity = pd.DataFrame(
        [
            ("BIR", "C_110", 1, 2),
            ("ALD", "C_110", 1, 3),
            ("ALD", "C_120", 2, 0),
        ],
        columns=["provider", "service", "period", "slots"],
    )
    waiting = pd.DataFrame(
        {"origin": ["ALD"], "service": "C_110", "weeks_waiting": 40, "patients": 6}
    )
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["BIR"], "minutes": [30.0]})
    slots = build_slots(ma.System(waiting, capacity, travel, periods=2))
    assert slots.provider.tolist() == [0, 1, 0]
    assert slots.service.tolist() == [0, 0, 1]
    assert slots.count.tolist() == [[3, 0], [2, 0], [0, 0]]
    assert slots.position.tolist() == [[0, 2], [1, -1]]
    assert slots.room.tolist() == [-1, -1, -1]
