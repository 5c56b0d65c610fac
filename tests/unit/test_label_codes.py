"""Labels as numbers: rows that are alike have one number, and what is not there is not found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.data import label_codes as coded
from mutualaid.data.column_checks import LARGEST_KEY
from mutualaid.data.schema import BECOMES, ENTRIES, who

LABEL = st.sampled_from(["A", "B", "C", None])
ROWS = st.lists(st.tuples(LABEL, LABEL, st.integers(0, 3)), max_size=12)
NAMES = ["origin", "service", "period"]


def table(rows, kind):
    """Rows as a table, its labels as text or as categories."""
    frame = pd.DataFrame(rows, columns=NAMES).astype({"period": "int64"})
    return frame.astype({"origin": kind, "service": kind})


@given(ROWS, ROWS, st.sampled_from(["object", "category"]), st.sampled_from(["object", "category"]))
def test_a_row_is_found_where_it_is_and_nowhere_else(ours, theirs, kind, other):
    """By all of its labels, missing ones among them; as looking through the rows one by one."""
    ours = list(dict.fromkeys(ours))
    for dense in (0, 2**22):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(coded, "DENSE", dense)
            found = coded.rows_among(table(ours, kind), table(theirs, other))
        assert found.tolist() == [ours.index(row) if row in ours else -1 for row in theirs]


@given(ROWS, st.sampled_from(["object", "category"]))
def test_groups_are_rows_that_are_alike_in_the_order_of_their_labels(rows, kind):
    """A missing label comes first."""
    group, labels = coded.grouped(table(rows, kind), NAMES)
    in_order = sorted(set(rows), key=lambda row: [("" if x is None else str(x)) for x in row])
    assert group.tolist() == [in_order.index(row) for row in rows]
    assert len(labels) == len(in_order)


@given(ROWS)
def test_rows_that_are_alike_have_one_number(rows):
    """Numbered as they come, and each number knows its first row."""
    frame = table(rows, "category")
    columns = [frame["origin"].cat.codes, frame["service"].cat.codes, frame["period"]]
    group, first = coded.alike(*(np.asarray(column, dtype=np.int64) for column in columns))
    different = list(dict.fromkeys(rows))
    assert group.tolist() == [different.index(row) for row in rows]
    assert [rows[at] for at in first] == different


def test_more_combinations_than_fit_in_64_bits_stay_apart():
    """Four columns of a million labels each have 10**24 combinations."""
    ends = np.array([0, 10**6], dtype=np.int64)
    number = coded.combined([ends, ends[::-1], ends, ends[::-1]])
    assert len(set(number.tolist())) == 2
    assert int(number.max()) < LARGEST_KEY


@pytest.mark.parametrize("kind", ["object", "category"])
def test_a_label_that_is_none_of_them_has_no_position(kind):
    """Nor has one that is missing."""
    column = pd.Series(["B", "Z", None], dtype=kind)
    assert coded.positions(column, ["A", "B"]).tolist() == [1, -1, -1]


def test_what_becomes_of_patients_says_nothing_of_who_they_are():
    """Every column of the outcome is one or the other, with a unit and a meaning."""
    names = [column.name for column in ENTRIES]
    assert [*who(names), *BECOMES] == sorted(names, key=lambda name: name in BECOMES)
    assert who(names) == ["origin", "service", "priority", "weeks_waiting", "referred"]
    assert all(column.unit and column.meaning for column in ENTRIES)
