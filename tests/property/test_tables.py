"""Tables as people head and fill them: another spelling or a further column is no other plan."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import people
from strategies import cases, costly, relaxed

import mutualaid as ma
from mutualaid.headings import spellings
from mutualaid.model.personal import may_go
from mutualaid.schema import NO_PRIORITY

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
SAFETY = ("priority", "consent", "cancer", "adult", "transferred", "asa", "date_weeks")
WISHES = ("willing_minutes", "willing_icb", "declined")


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


@costly
@given(cases(), st.data())
def test_a_heading_in_another_spelling_is_that_column_or_an_error_that_names_it(case, data):
    """Whatever the capitals, blanks and underscores, or the alias: never another plan."""
    table = data.draw(st.sampled_from(sorted(case.tables)))
    frame = case.tables[table]
    column = data.draw(st.sampled_from(sorted(map(str, frame.columns))))
    known = sorted(form for form, name in spellings(table).items() if name == column)
    written = data.draw(
        st.one_of(st.just(None), st.sampled_from(known)).map(lambda form: form or "")
    ) or respelt(data.draw, column)
    tables = {**case.tables, table: frame.rename(columns={column: written})}
    right = what_moves(case.tables, case.policy, case)
    found = what_moves(tables, case.policy, case)
    if isinstance(found, ma.InputError):
        assert written in str(found) or str(found) == str(right)
    else:
        same_plan(right, found)


@costly
@given(people(), st.sampled_from(SAFETY[1:] + WISHES), st.data())
def test_a_personal_column_in_another_spelling_is_that_column(case, column, data):
    """Consent, cancer, dates and wishes are heard however their columns are headed."""
    if column not in case.rows:
        return
    written = respelt(data.draw, column)
    rows = case.rows.rename(columns={column: written})
    moved = [
        ma.optimise(case.system(table), case.policy).moves["patients"].sum()
        for table in (case.rows, rows)
    ]
    assert moved[0] == moved[1]


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
@given(people(), st.sampled_from(SAFETY + WISHES[:2]), JUNK, st.data())
def test_junk_in_a_cell_moves_nobody_who_did_not_move_before(case, column, junk, data):
    """What a cell does not say never opens a way: the ways of each patient can only get fewer."""
    if column == "cancer":
        told = st.lists(st.booleans(), min_size=len(case.rows), max_size=len(case.rows))
        case = replace(case, rows=case.rows.assign(cancer=data.draw(told)))
    if column not in case.rows or not len(case.rows):
        return
    if column in WISHES and (junk is None or junk != junk or str(junk).strip() in ("", "0", "inf")):
        return  # an empty wish is no wish, and these are numbers
    at = data.draw(st.integers(0, len(case.rows) - 1))
    cells = case.rows[column].astype(object).to_list()
    cells[at] = junk
    rows = case.rows.assign(**{column: pd.Series(cells, dtype=object, index=case.rows.index)})
    before = ways_open(case, case.rows)
    try:
        after = ways_open(case, rows)
    except ma.InputError:
        return
    assert not (after & ~before).any()


def ways_open(case, rows):
    """Whether each patient could be moved to each provider, one after the other alone."""
    counted = rows.drop(columns=["patient_id", "days_waiting"], errors="ignore")
    providers = ("RA", "RB", "RC")
    open_ = np.zeros((len(rows), len(providers)), dtype=bool)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ma.InputWarning)
        listed = counted.assign(patient_id=[str(i) for i in range(len(counted))])
        tables = {**case.case.tables, "waiting_list": listed}
        tables = {k: v for k, v in tables.items() if k not in ("referrals", "removals")}
        system = ma.System(
            **tables,
            accepts=case.accepts,
            period_weeks=case.case.period_weeks,
            periods=case.case.periods,
        )
        frame = system.waiting_list.set_index("patient_id").loc[listed["patient_id"]].reset_index()
    sets, codes = may_go(system, case.policy, frame)
    for at, provider in enumerate(system.providers):
        open_[:, providers.index(provider)] = sets.open[codes[0], at]
    if "priority" in frame:
        movable = [*case.policy.movable_priorities, NO_PRIORITY]
        open_ &= frame["priority"].isin(movable).to_numpy()[:, None]
    if "cancer" in frame and not case.policy.move_cancer:
        open_ &= ~frame["cancer"].to_numpy(dtype=bool)[:, None]
    return open_
