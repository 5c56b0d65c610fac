"""A system in which tables are replaced is the system that is made of them anew."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, relaxed

import mutualaid as ma
from mutualaid.data.schema import TABLES

COLUMNS = sorted({column.name for columns in TABLES.values() for column in columns})
ODD = {
    "origin": ["RA", "RD", "ra", "RA ", "", None, 7, "R0A", "R0A02"],
    "provider": ["RB", "RD", "rb", " RB", None, 7, "R0A", "R0A02"],
    "service": ["C_110", "110", "C_999", "x05", "", None],
    "priority": ["P2", "P1", "p2", "none"],
    "area": ["north", "east", "North", None],
    "pool": ["theatre", "beds", "Theatre"],
    "period": [0, 1, 2, 9, 1.5, None],
    "column": ["age", "asa", "patient_id", "willing_icb"],
    "among": ["yes", "", "no|yes", 3],
    "at_most": [40, None, "much"],
    "weeks_waiting": [0, 3, 60, -1, 9000],
    "patient_id": ["a", "b", 1, "1", None],
    "consent": ["yes", "no", "maybe"],
    "age": [3, 40, -1, None, "old"],
    "minutes": [0, 5.5, 61, -3, float("inf")],
}
AMOUNTS = [0, 1, 2, 30, -1, 2.5, float("nan"), 10**10, "3", True]


@st.composite
def edited(draw, table):
    """A table otherwise: rows shuffled, gone or twice, cells, columns and types changed."""
    table = table.copy()
    for edit in draw(st.lists(st.sampled_from(EDITS), max_size=3)):
        table = edit(draw, table)
    return table


def _shuffled(draw, table):
    return table.sample(frac=1, random_state=draw(st.integers(0, 99)))


def _fewer(draw, table):
    return table.iloc[draw(st.integers(0, 2)) :: draw(st.integers(1, 2))]


def _twice(draw, table):
    return pd.concat([table, table.iloc[: draw(st.integers(1, 2))]], ignore_index=True)


def _cell(draw, table):
    heading = draw(st.sampled_from(list(table.columns))) if len(table.columns) else None
    if heading is None or not len(table):
        return table
    values = table[heading].astype(object).tolist()
    place = draw(st.integers(0, len(values) - 1))
    values[place] = draw(st.sampled_from(ODD.get(heading, AMOUNTS)))
    return table.assign(**{heading: pd.Series(values, table.index)})


def _whole_column(draw, table):
    heading = draw(st.sampled_from([*COLUMNS, "consent", "age"]))
    value = draw(st.sampled_from(ODD.get(heading, AMOUNTS)))
    return table.assign(**{heading: pd.Series([value] * len(table), table.index)})


def _without(draw, table):
    return table.drop(
        columns=draw(st.sampled_from(list(table.columns) or ["none"])), errors="ignore"
    )


def _counts(draw, table):
    amounts = [h for h in ("slots", "patients", "amount", "minutes") if h in table]
    factor = draw(st.integers(0, 3))
    return table.assign(**{h: pd.to_numeric(table[h], errors="coerce") * factor for h in amounts})


def _categories(draw, table):
    if draw(st.booleans()):
        return table.astype({h: object for h in table if table[h].dtype == "category"})
    texts = [h for h in table if not pd.api.types.is_numeric_dtype(table[h].dtype)]
    return table.astype(dict.fromkeys(texts, "category"))


EDITS = (_shuffled, _fewer, _twice, _cell, _cell, _whole_column, _without, _counts, _categories)


@st.composite
def systems(draw):
    """A system that can be used: with personal columns, patients of their own, and accepts."""
    case = draw(cases())
    tables = dict(case.tables)
    waiting = tables["waiting_list"]
    if draw(st.booleans()):
        count = len(waiting)
        waiting = waiting.assign(
            consent=draw(st.lists(st.sampled_from(["yes", "no"]), min_size=count, max_size=count)),
            age=draw(st.lists(st.integers(8, 11), min_size=count, max_size=count)),
        )
        if "referrals" in tables and draw(st.booleans()):
            tables["referrals"] = tables["referrals"].assign(age=9)
        tables["accepts"] = pd.DataFrame(
            {"provider": tables["capacity"]["provider"].iloc[:1], "column": "age", "at_most": 10}
        )
    tables["waiting_list"] = waiting
    if draw(st.integers(0, 2)) == 0:
        rows = waiting.loc[waiting.index.repeat(waiting["patients"])].drop(columns="patients")
        rows = rows.assign(patient_id=[f"p{n}" for n in range(len(rows))])
        one_each = draw(st.booleans())
        tables["waiting_list"] = rows if one_each else ma.PatientList(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        return ma.System(
            **tables,
            period_weeks=case.period_weeks,
            periods=case.periods,
            unlisted=draw(st.sampled_from(["error", "unreachable"])),
        )


@st.composite
def replacements(draw, system):
    """Tables for some of a system's, or none in their place."""
    other = draw(cases()).tables
    given = {}
    for name in draw(st.lists(st.sampled_from(sorted(TABLES)), unique=True, max_size=3)):
        own = system.table(name)
        kind = draw(st.sampled_from(["own", "own", "own", "other", "none"]))
        base = own if kind == "own" else other.get(name) if kind == "other" else None
        given[name] = None if base is None else draw(edited(base))
    return given


SAID_ONCE = ("travel: ", "unlisted='unreachable'", "nobody joins", "slots ", "there are no ")
"""What is said of tables when they are first given, and stands in the notes of any system."""


def outcome(make, *args, **tables):
    """What comes of making a system: it, or its error; and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = make(*args, **tables)
        except ma.InputError as error:
            result = error
    said = [(one.category, str(one.message)) for one in caught]
    return result, [one for one in said if not one[1].startswith(SAID_ONCE)]


def anew(system, **replaced):
    """The system made of all tables."""
    tables = {name: system.table(name) for name in TABLES} | replaced
    return ma.System(
        **tables,
        period_weeks=system.period_weeks,
        periods=system.periods,
        unlisted=system.unlisted,
    )


def assert_same(found, expected):
    """Two outcomes are the same: in values, types, categories, order and words."""
    (result, said), (wanted, told) = found, expected
    assert said == told
    assert type(result) is type(wanted)
    if isinstance(wanted, ma.InputError):
        assert str(result) == str(wanted)
        pd.testing.assert_frame_equal(result.problems, wanted.problems)
        return
    assert result.notes == wanted.notes
    for name in ("providers", "services", "start", "periods", "period_weeks", "unlisted"):
        assert getattr(result, name) == getattr(wanted, name)
    for name in TABLES:
        own, other = result.table(name), wanted.table(name)
        assert (own is None) == (other is None)
        if other is None:
            continue
        pd.testing.assert_frame_equal(own, other, check_index_type="exact", check_freq=True)
        for heading in other:
            if isinstance(other[heading].dtype, pd.CategoricalDtype):
                left, right = own[heading].cat, other[heading].cat
                assert left.categories.dtype == right.categories.dtype
                assert left.codes.dtype == right.codes.dtype
                assert list(left.categories) == list(right.categories)
                np.testing.assert_array_equal(left.codes, right.codes)


@relaxed
@given(st.data())
def test_replacing_tables_is_making_the_system_anew(data):
    """The same tables, errors and warnings; also a second time, and after a pickle."""
    system = data.draw(systems())
    for _ in range(2):
        replaced = data.draw(replacements(system))
        before = {name: system.table(name) for name in TABLES}
        expected = outcome(anew, system, **replaced)
        found = outcome(system.replace, **replaced)
        assert_same(found, expected)
        assert_same(outcome(system.replace, **replaced), expected)
        copied = pickle.loads(pickle.dumps(system))
        assert_same(outcome(copied.replace, **replaced), expected)
        for name, table in before.items():
            if table is not None:
                pd.testing.assert_frame_equal(system.table(name), table)
        if isinstance(found[0], ma.System):
            system = found[0]


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_what_the_caller_changes_later_does_not_change_the_system(backwards):
    """Values are copied, in whatever order their rows come."""
    step = -1 if backwards else 1
    two = {"origin": ["ALD", "BIR"][::step], "service": "C_110"}
    amounts = {
        "waiting_list": {"weeks_waiting": 40, "patients": 6, "age": 9},
        "capacity": {"period": 1, "slots": 3},
        "travel": {"minutes": 20.5},
    }
    arrays = {
        name: {heading: np.array([value] * 2) for heading, value in columns.items()}
        for name, columns in amounts.items()
    }
    labels = {
        "waiting_list": two,
        "capacity": {"provider": two["origin"], "service": "C_110"},
        "travel": {"origin": two["origin"], "provider": two["origin"][::-1]},
    }
    tables = {
        name: pd.DataFrame(
            {
                h: pd.Series(v, range(2), copy=False)
                for h, v in (labels[name] | arrays[name]).items()
            },
            copy=False,
        )
        for name in arrays
    }
    system = ma.System(**tables, periods=1)
    again = system.replace(**tables)
    for columns in arrays.values():
        for values in columns.values():
            values[:] = 1
    for made in (system, again):
        for name, columns in amounts.items():
            for heading, value in columns.items():
                assert made.table(name)[heading].tolist() == [value] * 2


def test_a_warning_points_at_the_line_that_replaced_a_table():
    """The line that a warning shows is the analyst's own."""
    system = two_trusts()
    none = system.capacity.assign(slots=0)
    with pytest.warns(ma.InputWarning, match="nobody has capacity for C_110") as caught:
        system.replace(capacity=none)
    line = test_a_warning_points_at_the_line_that_replaced_a_table.__code__.co_firstlineno + 5
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


def test_a_table_that_stays_is_not_made_again():
    """Where no label comes or goes, the other tables of the new system are the very same."""
    system = two_trusts()
    more = system.replace(capacity=system.capacity.assign(slots=9))
    less = more.replace(capacity=system.capacity)
    for name in ("waiting_list", "travel"):
        assert system._tables[name] is more._tables[name] is less._tables[name]


def test_referrals_may_not_have_a_column_that_the_new_list_lacks():
    """A further column of the referrals is one of the waiting list's, also when that changes."""
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": 6, "age": 9}
    )
    joins = {"origin": "ALD", "service": "C_110", "period": [1, 1], "patients": 1, "age": [9, 8]}
    system = two_trusts(waiting=waiting, referrals=pd.DataFrame(joins))
    replaced = {"waiting_list": waiting.drop(columns="age")}
    found = outcome(system.replace, **replaced)
    assert_same(found, outcome(anew, system, **replaced))
    assert len(found[0].problems) == 2


def test_patients_who_were_counted_are_put_in_the_order_of_all_lists():
    """Counted by the number, sorted by its text: 10 before 9, as in a system made anew."""
    rows = {"patient_id": ["a", "b"], "origin": "ALD", "service": "C_110", "weeks_waiting": 40}
    people = ma.PatientList(pd.DataFrame(rows | {"age": [9, 10]}))
    asks = pd.DataFrame({"provider": ["BIR"], "column": ["age"], "at_most": [11]})
    system = two_trusts(waiting=people, accepts=asks)
    assert system.waiting_list["age"].to_list() == [9, 10]
    replaced = {"capacity": system.capacity}
    found = outcome(system.replace, **replaced)
    assert_same(found, outcome(anew, system, **replaced))
    assert found[0].waiting_list["age"].to_list() == [10, 9]


def test_how_many_find_nobody_is_counted_again_when_lists_change():
    """The warning is that of the lists as they are now, and comes when only capacity changes."""
    joins = pd.DataFrame({"origin": "ALD", "service": "C_110", "period": [1], "patients": 1})
    leave = joins.assign(patients=9)
    with pytest.warns(ma.InputWarning, match="2 of the removals"):
        system = two_trusts(referrals=joins, removals=leave)
    with pytest.warns(ma.InputWarning, match="2 of the removals"):
        system = system.replace(capacity=system.capacity)
    with pytest.warns(ma.InputWarning, match="3 of the removals"):
        system = system.replace(referrals=None)
    with pytest.warns(ma.InputWarning, match="1 of the removals"):
        system.replace(referrals=joins.assign(patients=2))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("capacity", "is not there for 1 pair that could matter: ALD to CED"),
        ("travel", "is not there for 1 pair that could matter: ALD to BIR"),
        ("waiting_list", "nobody is on this list"),
        ("referrals", "is not there for 1 pair that could matter: BIR to ALD"),
        ("usage", "says nothing of some that have a pool: BIR theatre"),
        ("pools", "says nothing of some that have a pool: CED theatre"),
    ],
)
def test_a_table_that_no_longer_fits_the_others_is_refused(name, problem):
    """Rules between tables are asked again if any of their tables is another."""
    leave = pd.DataFrame({"origin": "ALD", "service": "C_110", "period": [1], "patients": 1})
    pools = pd.DataFrame(
        {"provider": ["ALD", "BIR"], "pool": "theatre", "period": 1, "amount": 9.0}
    )
    usage = pd.DataFrame(
        {"provider": ["ALD", "BIR"], "service": "C_110", "pool": "theatre", "amount": 1.0}
    )
    system = two_trusts(removals=leave, pools=pools, usage=usage)
    travel = system.travel
    system = system.replace(travel=travel[travel["origin"].astype(str) == "ALD"])
    capacity = system.capacity.astype({"provider": object})
    waiting = system.waiting_list.astype({"service": object, "origin": object})
    other = {
        "capacity": pd.concat([capacity, capacity.iloc[:1].assign(provider="CED")]),
        "travel": travel[travel["origin"].astype(str) == "BIR"],
        "waiting_list": waiting.assign(origin="BIR"),
        "referrals": leave.assign(origin="BIR"),
        "usage": usage.iloc[:1],
        "pools": pd.concat([pools, pools.iloc[:1].assign(provider="CED")]),
    }
    replaced = {name: other[name]}
    found = outcome(system.replace, **replaced)
    assert_same(found, outcome(anew, system, **replaced))
    assert problem in str(found[0])
