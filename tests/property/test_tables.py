"""Tables as people head and fill them: another spelling or a further column is no other plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import cases, costly, relaxed

import mutualaid as ma
from mutualaid.data.words.headings import spellings

pytestmark = pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")

JUNK = st.one_of(
    st.sampled_from(
        ["", " ", "?", "TBC", "see notes", "P9", "n/k", "-", "inf", "-1", "1e9", "x" * 40, "P3/P1"]
    ),
    st.sampled_from([None, np.nan, pd.NA, pd.NaT, -1, 0, 99, 3.5, -np.inf]),
    st.text(max_size=5).filter(lambda word: word.strip().casefold() not in SAYS_YES),
)
"""What a cell may hold that says nothing, or cannot be."""
SAYS_YES = {"y", "yes", "t", "true", "1", "p3", "p4", "3", "4", "5", "6", "none", "2", "p2", "0"}


def respelt(draw, heading):
    """A heading with other capitals, blanks and underscores."""
    parts = [draw(st.sampled_from([p, p.upper(), p.title()])) for p in heading.split("_")]
    return draw(st.sampled_from(["", " "])) + draw(st.sampled_from(["_", " ", "-", ""])).join(parts)


def what_moves(tables, policy, case):
    """How many patients move along each way, or the problems of the tables."""
    try:
        system = ma.System(**tables, period_weeks=case.period_weeks, periods=case.periods)
        plan = ma.optimise(system, policy)
    except ma.InputError as error:
        return error
    return plan


def same_plan(one, other):
    """Two plans are one."""
    keys = ["origin", "provider", "service", "weeks_waiting", "period"]
    keys += [name for name in ("priority", "area") if name in one.moves]
    for mine, theirs in ((one.moves, other.moves), (one.remaining, other.remaining)):
        common = [key for key in keys if key in mine]
        counts = [
            t.astype(dict.fromkeys(common, str)).groupby(common)["patients"].sum()
            for t in (mine, theirs)
        ]
        assert counts[0].to_dict() == counts[1].to_dict()
    assert one.objective == other.objective


OPEN = {
    "priority": "P3",
    "consent": "yes",
    "cancer": False,
    "adult": True,
    "transferred": False,
    "asa": 1,
    "age": 40,
    "date_weeks": np.inf,
    "willing_minutes": np.inf,
    "willing_icb": "",
    "declined": "",
}
"""What keeps nobody from moving."""
SHUT = {
    "priority": ["P1", "P2", "P5", "P6", "urgent", "2WW"],
    "consent": ["no", "not asked"],
    "cancer": [True],
    "adult": [False],
    "transferred": [True],
    "asa": [3, 6, None],
    "age": [17, 91, None],
    "date_weeks": [0, 8],
    "willing_minutes": [0, 10],
    "willing_icb": ["Q2"],
    "declined": ["BIR", "any"],
}
"""What keeps a patient of Alder from going to Birch."""
RULES = ma.Policy(adults_only=True, move_transferred=False)


def everything(**columns):
    """Every table, and patients who differ in what is given; Alder has no slots, Birch many."""
    size = max((len(v) for v in columns.values()), default=1)
    listed = {"origin": ["ALD"] * size, "service": "C_110", "weeks_waiting": range(30, 30 + size)}
    told = {name: columns.get(name, [value] * size) for name, value in OPEN.items()}
    told = {name: pd.Series(cells, dtype=object) for name, cells in told.items()}
    slots = {"provider": ["ALD", "BIR"], "service": "C_110", "period": 1, "slots": [0, 99]}
    ways = {"origin": ["ALD", "BIR"], "provider": ["BIR", "ALD"], "minutes": [25.0, 25.0]}
    joins = {"origin": ["ALD"], "service": "C_110", "period": 1, "patients": 2, "priority": "P4"}
    asked = {"provider": ["BIR"] * 3, "service": ["C_110", "C_110", ""]}
    asked |= {"column": ["asa", "age", "willing_icb"], "at_most": [2, 90, None]}
    asked |= {"at_least": [None, 18, None], "among": ["", "", "|Q1"]}
    hours = {"provider": ["ALD", "BIR"], "pool": "theatre", "period": 1, "amount": [9.0, 9.0]}
    return {
        "waiting_list": pd.DataFrame(listed).assign(patients=1, **told),
        "capacity": pd.DataFrame({**slots, "site": ["A1", "B1"]}),
        "travel": pd.DataFrame(ways),
        "referrals": pd.DataFrame(joins).assign(
            **{n: v for n, v in OPEN.items() if n not in joins}
        ),
        "removals": pd.DataFrame(joins).assign(patients=1),
        "pools": pd.DataFrame(hours),
        "usage": pd.DataFrame({"service": ["C_110"], "pool": "theatre", "amount": [1.0]}),
        "accepts": pd.DataFrame(asked),
    }


def who_moves(tables):
    """The weeks that those have waited who are moved, which no two patients share; or an error."""
    try:
        moves = ma.optimise(ma.System(**tables, periods=1), RULES).moves
    except ma.InputError as error:
        return error
    return set(moves["weeks_waiting"])


HEADED = [(t, c) for t, frame in everything().items() for c in map(str, frame.columns)]


@relaxed
@given(st.sampled_from(HEADED), st.data())
def test_a_heading_in_another_spelling_is_that_column_or_an_error_that_names_it(place, data):
    """Whatever the capitals, blanks and underscores, or the alias: never another plan.

    One patient is kept at home by the column, if any of theirs does that; the others may go.
    """
    table, column = place
    shut = {column: [*SHUT[column], OPEN[column]]} if column in SHUT else {}
    tables = everything(**shut)
    known = sorted(form for form, name in spellings(table).items() if name == column)
    written = data.draw(st.sampled_from(known)) if data.draw(st.booleans()) else ""
    written = written or respelt(data.draw, column)
    renamed = tables[table].rename(columns={column: written})
    right = who_moves(tables)
    assert len(right) == 1 + bool(tables["referrals"]["patients"].sum())
    found = who_moves({**tables, table: renamed})
    assert written in str(found) if isinstance(found, ma.InputError) else found == right


COLUMNS = st.one_of(
    st.sampled_from(["2025-05", "May-25", "ward 7", "7", "", "a|b", "31/05/2025"]).map(
        lambda value: lambda size: [value] * size
    ),
    st.sampled_from(
        [
            lambda size: list(range(size)),
            lambda size: list(range(size, 0, -1)),
            lambda size: [f"2025-{1 + i % 12:02d}" for i in range(size)],
            lambda size: pd.period_range("2025-01", periods=size, freq="M"),
            lambda size: pd.date_range("2025-01-31", periods=size, freq="D"),
            lambda size: pd.date_range("2025-01-31", periods=size, freq="D", tz="UTC"),
            lambda size: [["a"]] * size,
            lambda size: [None] * size,
            lambda size: [1.5 * i for i in range(size)],
            lambda size: pd.Categorical(["z", "a"] * size)[:size],
            lambda size: [i % 2 == 0 for i in range(size)],
        ]
    ),
)
HEADINGS = st.one_of(
    st.sampled_from(
        [
            *("month", "ArchiveDate", "Period", "Unnamed: 0", "index", "id", "row_id", "ward"),
            *("kind", "consultant", "may_go", "moved", "Harm", "reason", "decision", "queue"),
            *("lot", "level_0", "0", "patients_", "size", "count_", "column", "at_most", "group"),
            *("Miles", "weeks", "rtt status", "DOB", "sex", "age_band", "Comment", "name", "key"),
        ]
    ),
    st.text(max_size=8),
)


@costly
@given(cases(), HEADINGS, COLUMNS, st.data())
def test_a_column_that_means_nothing_changes_no_plan_or_is_refused(case, heading, column, data):
    """Whatever is written beside what is known, the plan is the same, or there is none."""
    table = data.draw(st.sampled_from(sorted(case.tables)))
    frame = case.tables[table]
    if heading in frame.columns or spellings(table).get(heading) in frame.columns:
        return
    wider = frame.assign(**{heading: column(len(frame))})
    right = what_moves(case.tables, case.policy, case)
    found = what_moves({**case.tables, table: wider}, case.policy, case)
    if not isinstance(found, ma.InputError):
        same_plan(right, found)


@relaxed
@given(
    st.sampled_from(sorted(set(SHUT) - {"declined"})),
    st.lists(JUNK, min_size=3, max_size=3),
    st.data(),
)
def test_junk_in_a_cell_moves_nobody_who_did_not_move_before(column, junk, data):
    """What a cell does not say opens no way; nor does it for who could move before."""
    cells = data.draw(
        st.lists(st.sampled_from([*SHUT[column], OPEN[column]]), min_size=3, max_size=3)
    )
    before = who_moves(everything(**{column: cells}))
    at = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True))
    spoilt = [
        junk[i] if i in at and means_less(column, junk[i]) else cell for i, cell in enumerate(cells)
    ]
    after = who_moves(everything(**{column: spoilt}))
    assert column in str(after) if isinstance(after, ma.InputError) else after <= before


def means_less(column, junk):
    """Whether a cell says nothing of a column: 3.5 may be an age in months, and no wish is none."""
    if column in ("date_weeks", "willing_minutes"):
        return not isinstance(junk, int | float) or junk != junk or junk < 0
    if column in ("asa", "age"):
        return not isinstance(junk, int | float) or not 0 < junk < 100
    if column == "willing_icb":
        return not isinstance(junk, str) or junk != ""
    return not (isinstance(junk, int) and junk == 0)
