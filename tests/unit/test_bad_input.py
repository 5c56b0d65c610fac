"""Bad input is named in full: the table, the column, how many rows, what is wrong, what to do.

Each test takes tables that are right, breaks one thing, and reads the message that comes back.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import pickle

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma

TRUSTS = ("RJ1", "RJ2", "R0A")
SERVICES = ("C_110", "C_130")
PERIODS = (1, 2)
NEEDED = [
    ("waiting_list", "origin"),
    ("waiting_list", "service"),
    ("waiting_list", "weeks_waiting"),
    ("waiting_list", "patients"),
    ("capacity", "provider"),
    ("capacity", "service"),
    ("capacity", "period"),
    ("capacity", "slots"),
    ("travel", "provider"),
    ("travel", "minutes"),
    ("referrals", "origin"),
    ("referrals", "service"),
    ("referrals", "period"),
    ("referrals", "patients"),
    ("removals", "origin"),
    ("removals", "service"),
    ("removals", "period"),
    ("removals", "patients"),
    ("pools", "provider"),
    ("pools", "pool"),
    ("pools", "period"),
    ("pools", "amount"),
    ("usage", "service"),
    ("usage", "pool"),
    ("usage", "amount"),
]
COUNTS = [
    ("waiting_list", "patients"),
    ("capacity", "slots"),
    ("referrals", "patients"),
    ("removals", "patients"),
]
WHOLE = [*COUNTS, ("waiting_list", "weeks_waiting"), ("capacity", "period"), ("pools", "period")]
NUMBERS = [*WHOLE, ("travel", "minutes"), ("pools", "amount"), ("usage", "amount")]
LABELS = [
    ("waiting_list", "origin"),
    ("waiting_list", "service"),
    ("capacity", "provider"),
    ("travel", "origin"),
    ("travel", "provider"),
    ("referrals", "service"),
    ("removals", "origin"),
    ("pools", "pool"),
    ("usage", "pool"),
]
SECRET = "943-476-5919"


@pytest.fixture
def tables():
    """Three trusts, two services, two periods; every way is known, and every table is given."""
    return {
        "waiting_list": pd.DataFrame(
            list(itertools.product(TRUSTS, SERVICES, (10, 60), (3,))),
            columns=["origin", "service", "weeks_waiting", "patients"],
        ),
        "capacity": pd.DataFrame(
            list(itertools.product(TRUSTS, SERVICES, PERIODS, (2,))),
            columns=["provider", "service", "period", "slots"],
        ),
        "travel": pd.DataFrame(
            [(a, b, 20.5) for a, b in itertools.permutations(TRUSTS, 2)],
            columns=["origin", "provider", "minutes"],
        ),
        "referrals": pd.DataFrame(
            list(itertools.product(TRUSTS, SERVICES, PERIODS, (2,))),
            columns=["origin", "service", "period", "patients"],
        ),
        "removals": pd.DataFrame(
            list(itertools.product(TRUSTS, SERVICES, PERIODS, (1,))),
            columns=["origin", "service", "period", "patients"],
        ),
        "pools": pd.DataFrame(
            list(itertools.product(TRUSTS, ("theatre",), PERIODS, (600.5,))),
            columns=["provider", "pool", "period", "amount"],
        ),
        "usage": pd.DataFrame(
            list(itertools.product(SERVICES, ("theatre",), (90.5,))),
            columns=["service", "pool", "amount"],
        ),
    }


@pytest.fixture
def short(tables):
    """The three tables that every system needs, and no more."""
    return {name: tables[name] for name in ("waiting_list", "capacity", "travel")}


@pytest.fixture
def by_area(short):
    """The same, with travel from where patients live: north or south."""
    travel = pd.DataFrame(
        list(itertools.product(("north", "south"), TRUSTS, (30.5,))),
        columns=["area", "provider", "minutes"],
    )
    waiting = short["waiting_list"].assign(area=["north", "south"] * 6)
    return {**short, "waiting_list": waiting, "travel": travel}


@pytest.fixture
def by_patient(short):
    """The same, with one patient a row."""
    waiting = short["waiting_list"].drop(columns="patients")
    return {
        **short,
        "waiting_list": waiting.assign(patient_id=[f"{SECRET}-{i}" for i in range(12)]),
    }


@pytest.fixture
def system(short):
    """A system that is right."""
    return build(short)


def build(tables, **options):
    return ma.System(**tables, **{"periods": 2, **options})


def put(tables, table, column, value, rows=(0,)):
    """Write one value into some cells, whatever the column held."""
    frame = tables[table]
    values = frame[column].astype(object).to_list()
    for row in rows:
        values[row] = value
    tables[table] = frame.assign(**{column: pd.Series(values, dtype=object, index=frame.index)})


def put_all(tables, table, column, values):
    """Write a whole column."""
    tables[table] = tables[table].assign(**{column: values})


def refused(make, *args, **options):
    """The error that says no, whose text says all that its table of problems says."""
    with pytest.raises(ma.InputError) as caught:
        make(*args, **options)
    error = caught.value
    assert isinstance(error, ValueError)
    assert list(error.problems) == ["table", "column", "problem", "rows", "examples", "remedy"]
    text = str(error)
    for problem in error.problems.itertuples():
        assert problem.problem in text
        assert problem.remedy in text
        assert problem.table in text
        assert problem.column in text
        assert problem.examples in text
    return error


def problem(error, table, column, rows=None, *, alone=True):
    """The one problem of a column; the only one of all unless others are expected."""
    found = error.problems
    mine = found[(found["table"] == table) & (found["column"] == column)]
    assert len(mine) == 1, str(error)
    if alone:
        assert len(found) == 1, str(error)
    if rows is not None:
        assert mine["rows"].item() == rows, str(error)
    return mine.iloc[0]


def same(one, other):
    """Two systems hold the same tables."""
    for name in ("waiting_list", "capacity", "travel", "referrals", "removals", "pools", "usage"):
        if one.table(name) is None:
            assert other.table(name) is None
        else:
            pd.testing.assert_frame_equal(one.table(name), other.table(name), check_like=True)


def test_the_tables_that_every_test_here_breaks_are_right(tables, short, by_area, by_patient):
    """Nothing is wrong before a test breaks it."""
    assert build(tables).waiting_list["patients"].sum() == 36
    for few in (short, by_area, by_patient):
        assert build(few).providers == ("R0A", "RJ1", "RJ2")


# Columns


@pytest.mark.parametrize(("table", "column"), NEEDED)
def test_a_needed_column_is_missing(tables, table, column):
    """A table without a column that is needed is refused, and the column is the only problem."""
    tables[table] = tables[table].drop(columns=column)
    found = problem(refused(build, tables), table, column, rows=0)
    assert "missing" in found["problem"]
    assert "add it" in found["remedy"]


def test_travel_starts_nowhere(tables):
    """A table of ways that says neither from which trust nor from which area is refused."""
    tables["travel"] = tables["travel"].drop(columns="origin")
    error = refused(build, tables)
    found = problem(error, "travel", "origin", rows=0, alone=False)
    assert "missing" in found["problem"]
    assert "area" in found["remedy"]


def test_travel_starts_at_two_places(by_area):
    """A way that starts at a trust and at an area cannot mean both."""
    put_all(by_area, "travel", "origin", "RJ1")
    found = problem(refused(build, by_area), "travel", "origin", rows=0)
    assert "both origin and area" in found["problem"]
    assert "one of both" in found["remedy"]


@pytest.mark.parametrize(
    ("table", "column", "written"),
    [
        ("waiting_list", "patients", "patient"),
        ("waiting_list", "weeks_waiting", "weeks_waitin"),
        ("capacity", "slots", "Slotss"),
        ("capacity", "period", " periods"),
        ("travel", "minutes", "minute"),
        ("referrals", "origin", "ORIGN"),
    ],
)
def test_a_column_is_misspelt(tables, table, column, written):
    """Whoever writes patient for patients is told which column to rename."""
    tables[table] = tables[table].rename(columns={column: written})
    error = refused(build, tables)
    assert repr(written) in str(error) or written in set(error.problems["column"])
    assert f"rename it to {column!r}" in str(error) or f"rename {written!r}" in str(error)


def test_a_table_has_a_column_that_means_nothing(tables):
    """A column that nobody would read is refused rather than ignored."""
    put_all(tables, "capacity", "surgeon", "Mr Jones")
    found = problem(refused(build, tables), "capacity", "surgeon", rows=0)
    assert "not a column of this table" in found["problem"]
    assert "drop it" in found["remedy"]


@pytest.mark.parametrize("column", ["provider", "period", "minutes", "slots", "site"])
def test_a_waiting_list_has_a_column_that_the_plan_writes(short, column):
    """A list that says who will treat, or when, would be taken for the plan's own answer."""
    put_all(short, "waiting_list", column, "RJ1")
    found = problem(refused(build, short), "waiting_list", column, rows=0)
    assert "drop it" in found["remedy"]


def test_a_column_is_there_twice(tables):
    """Of two columns called slots nobody can say which is meant."""
    tables["capacity"] = pd.concat([tables["capacity"], tables["capacity"][["slots"]]], axis=1)
    text = str(refused(build, tables))
    assert "capacity" in text
    assert "more than one column called slots" in text


def test_a_heading_is_a_number(short):
    """A column that describes patients may be headed 2024, as a sheet may have it."""
    short["waiting_list"] = short["waiting_list"].assign(year=1).rename(columns={"year": 2024})
    assert "2024" in [str(heading) for heading in build(short).waiting_list]


@pytest.mark.parametrize("table", [5, [1, 2], [{"origin": "RJ1"}], np.zeros((2, 2))])
def test_what_is_given_is_no_table(short, table):
    """A list or a number is not a table of capacity."""
    text = str(refused(build, {**short, "capacity": table}))
    assert "capacity is a" in text
    assert "DataFrame" in text


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(None, id="nothing"),
        pytest.param(pd.Series([1, 2]), id="one column"),
        pytest.param({"provider": "RJ1", "slots": 3}, id="mapping of single values"),
        pytest.param({"provider": ["RJ1"], "slots": [1, 2]}, id="columns of unequal length"),
    ],
)
@pytest.mark.parametrize("name", ["waiting_list", "capacity", "travel"])
def test_what_is_given_is_nearly_a_table(short, name, table):
    """Something that pandas itself cannot read as a table is named as what it is."""
    assert name in str(refused(build, {**short, name: table}))


@pytest.mark.parametrize("name", ["waiting_list", "capacity", "travel", "referrals", "removals"])
def test_a_table_has_no_columns_at_all(tables, name):
    """An empty sheet lacks every needed column."""
    tables[name] = pd.DataFrame()
    found = refused(build, tables).problems
    columns = set(found.loc[found["table"] == name, "column"])
    assert columns >= {column for table, column in NEEDED if table == name}


# Numbers


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_number_is_written_as_text(tables, table, column):
    """One cell that says twelve in text is found, shown and not guessed at."""
    put(tables, table, column, "12", rows=(1,))
    found = problem(refused(build, tables), table, column, rows=1)
    assert "not numbers" in found["problem"]
    assert found["examples"] == "row 1: '12'"
    assert found["remedy"]


def test_a_whole_column_of_numbers_is_text(tables):
    """A column read as text is to be converted by whoever knows what it holds."""
    put_all(tables, "capacity", "slots", tables["capacity"]["slots"].astype(str))
    found = problem(refused(build, tables), "capacity", "slots", rows=12)
    assert "to_numeric" in found["remedy"]


def test_suppressed_counts_are_not_numbers(tables):
    """A star for a small number is neither zero nor anything else."""
    put(tables, "waiting_list", "patients", "*", rows=(2, 5))
    found = problem(refused(build, tables), "waiting_list", "patients", rows=2)
    assert found["examples"] == "rows 2: '*', 5: '*'"


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_truth_value_is_no_number(tables, table, column):
    """True is not one slot, one week or one minute, alone or as a whole column."""
    put_all(tables, table, column, True)
    found = problem(refused(build, tables), table, column, rows=len(tables[table]))
    assert "True" in found["problem"]
    assert "write numbers" in found["remedy"]


def test_one_truth_value_among_numbers(tables):
    """A column that mixes numbers and True is read cell by cell."""
    put(tables, "waiting_list", "patients", True, rows=(4,))
    found = problem(refused(build, tables), "waiting_list", "patients", rows=1)
    assert found["examples"] == "row 4: True"


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_gap_hides_no_other_mistake(tables, table, column):
    """Of 2, three and nothing, both three and nothing are told at once."""
    put(tables, table, column, "three", rows=(1,))
    put(tables, table, column, None, rows=(0,))
    found = refused(build, tables).problems
    assert found["column"].to_list() == [column, column]
    assert found["examples"].to_list() == ["row 0", "row 1: 'three'"]


@pytest.mark.parametrize("amount", [0.0004, 0.0014, 0.0304])
@pytest.mark.parametrize("table", ["pools", "usage"])
def test_an_amount_is_not_rounded_in_silence(tables, table, amount):
    """A pool that nobody would use any of is in too large a unit."""
    put_all(tables, table, "amount", amount)
    found = problem(refused(build, tables), table, "amount", rows=len(tables[table]))
    assert "1/1,000 of its unit" in found["problem"]
    assert "smaller unit" in found["remedy"]


@pytest.mark.parametrize("amount", [0, 0.001, 0.05, 1 / 3, 7.0004])
def test_an_amount_that_rounding_hardly_changes_is_welcome(tables, amount):
    """A third of an hour is 0.333 hours."""
    put_all(tables, "usage", "amount", amount)
    assert build(tables).usage is not None


@pytest.mark.parametrize(
    "code", ["RJ\n1", "RJ\x1b[31m1", "RJ\u20281", "R\x00J1", "RJ\t1", "\ud800"]
)
@pytest.mark.parametrize(("table", "column"), [*LABELS, ("waiting_list", "area")])
def test_a_code_with_a_line_break_is_refused(tables, table, column, code):
    """A code that breaks the line, or the file, is refused where it enters."""
    if column == "area":
        put_all(tables, table, column, "north")
    put(tables, table, column, code)
    error = refused(build, tables)
    found = problem(error, table, column, rows=1, alone=False)
    assert "control character" in found["problem"]


@pytest.mark.parametrize("gap", [None, float("nan"), pd.NA, pd.NaT], ids=str)
@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_number_is_missing(tables, table, column, gap):
    """An empty cell is not zero: somebody has to say so."""
    put(tables, table, column, gap, rows=(0, 1))
    found = problem(refused(build, tables), table, column, rows=2)
    assert found["problem"] == "is missing"
    assert "0 if none" in found["remedy"]


@pytest.mark.parametrize("dtype", ["float64", "Int64", "Float64"])
def test_a_number_is_missing_in_a_column_of_any_type(tables, dtype):
    """A gap is found however the column says that it is one."""
    slots = pd.array([None, *[2] * 11], dtype="Float64").astype("Float64")
    put_all(tables, "capacity", "slots", pd.Series(slots).astype(dtype))
    found = problem(refused(build, tables), "capacity", "slots", rows=1)
    assert found["problem"] == "is missing"
    assert found["examples"] == "row 0"


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_number_is_below_zero(tables, table, column):
    """Nobody has minus three patients, slots, weeks or minutes."""
    values = tables[table][column].to_list()
    put_all(tables, table, column, [-3, *values[1:]])
    found = problem(refused(build, tables), table, column, rows=1)
    assert found["problem"] == "is below 0"
    assert "row 0: -3" in found["examples"]
    assert "0 or more" in found["remedy"]


@pytest.mark.parametrize(("table", "column"), WHOLE)
def test_a_count_is_not_whole(tables, table, column):
    """Half a patient, half a slot, half a week and half a period are refused."""
    put_all(tables, table, column, tables[table][column] + 0.5)
    found = problem(refused(build, tables), table, column, rows=len(tables[table]))
    assert "whole" in found["problem"]
    assert "round" in found["remedy"]


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_number_is_infinite(tables, table, column, value):
    """Without end is no number of minutes, slots or patients."""
    values = tables[table][column].to_list()
    put_all(tables, table, column, [value, *values[1:]])
    found = problem(refused(build, tables), table, column, rows=1)
    assert "infinite" in found["problem"]
    assert "finite" in found["remedy"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(1e19, id="float"),
        pytest.param(2.0**63, id="smallest float that does not fit"),
        pytest.param(2**70, id="Python int"),
        pytest.param(-(2**70), id="negative Python int"),
        pytest.param(10**400, id="Python int beyond any float"),
        pytest.param(np.uint64(2**64 - 1), id="uint64"),
    ],
)
@pytest.mark.parametrize(("table", "column"), WHOLE)
def test_a_count_does_not_fit_in_64_bits(tables, table, column, value):
    """A number with twenty digits is refused by name, not by an overflow."""
    put(tables, table, column, value)
    found = problem(refused(build, tables), table, column, rows=1)
    assert "64 bits" in found["problem"]
    assert "check the number" in found["remedy"]


@pytest.mark.parametrize("value", [np.uint64(2**64 - 1), np.uint64(2**63), 2.0**63, 1e300], ids=str)
def test_a_whole_column_of_counts_does_not_fit(tables, value):
    """The largest unsigned number, which a mistaken -1 becomes, does not pass for a count."""
    put_all(tables, "capacity", "slots", value)
    found = problem(refused(build, tables), "capacity", "slots", rows=12)
    assert "64 bits" in found["problem"]


@pytest.mark.parametrize(("table", "column"), COUNTS)
def test_a_count_is_beyond_all_patients_there_are(tables, table, column):
    """A thousand million is the most; one more is taken for a slip."""
    put(tables, table, column, 10**9 + 1)
    found = problem(refused(build, tables), table, column, rows=1)
    assert "over 1,000,000,000" in found["problem"]
    assert "check" in found["remedy"]


def test_a_wait_is_longer_than_a_life(tables):
    """A wait of 5,201 weeks was counted in days or worse."""
    put(tables, "waiting_list", "weeks_waiting", 5_201, rows=(3,))
    found = problem(refused(build, tables), "waiting_list", "weeks_waiting", rows=1)
    assert "over 5,200" in found["problem"]
    assert "check the unit" in found["remedy"]
    assert found["examples"] == "row 3: 5201"


@pytest.mark.parametrize("minutes", [1e19, 1e300])
def test_a_way_takes_longer_than_numbers_reach(short, minutes):
    """Minutes whose cost no whole number can hold are refused, here or when a plan is asked for."""
    put_all(short, "travel", "minutes", minutes)
    error = refused(lambda: ma.optimise(build(short), ma.Policy(max_minutes=float("inf"))))
    assert "minutes" in str(error)


@pytest.mark.parametrize(("table", "amount"), [("pools", 1e16), ("pools", 1e19), ("usage", 1e19)])
def test_a_pool_holds_more_than_numbers_reach(tables, table, amount):
    """An amount that does not fit in 64 bits at 1/1000 of its unit is refused by name."""
    put_all(tables, table, "amount", amount)
    assert f"{table}.amount" in str(refused(lambda: ma.optimise(build(tables))))


@pytest.mark.parametrize(
    "value",
    [pd.Timestamp("2025-01-31"), pd.Timedelta("20min"), 3 + 0j, b"3", [3]],
    ids=["date", "duration", "complex", "bytes", "list"],
)
@pytest.mark.parametrize(("table", "column"), [("travel", "minutes"), ("capacity", "slots")])
def test_a_number_is_something_else(tables, table, column, value):
    """A date, a duration or a complex number is no number of minutes or slots."""
    put(tables, table, column, value)
    found = problem(refused(build, tables), table, column, rows=1)
    assert "not numbers" in found["problem"]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(pd.date_range("2025-01-01", periods=6), id="dates"),
        pytest.param(pd.timedelta_range("20min", periods=6), id="durations"),
        pytest.param(np.full(6, 20 + 1j), id="complex"),
        pytest.param(pd.Categorical(["20"] * 6), id="categories"),
    ],
)
def test_a_whole_column_of_numbers_is_something_else(tables, values):
    """A column of dates or of durations is not one of minutes."""
    put_all(tables, "travel", "minutes", values)
    found = problem(refused(build, tables), "travel", "minutes")
    assert "not numbers" in found["problem"]


# Labels


@pytest.mark.parametrize(("table", "column"), LABELS)
def test_a_code_is_written_as_a_number(tables, table, column):
    """A code read as a number may have lost its zeros; only its owner knows."""
    put(tables, table, column, 110)
    found = problem(refused(build, tables), table, column, rows=1)
    assert "not text" in found["problem"]
    assert "row 0: 110" in found["examples"]
    assert "as text" in found["remedy"]


def test_a_whole_column_of_codes_is_numbers(tables):
    """Treatment functions 110 and 130 read as numbers are not the codes C_110 and C_130."""
    codes = tables["usage"]["service"].str.removeprefix("C_").astype(int)
    put_all(tables, "usage", "service", codes)
    found = problem(refused(build, tables), "usage", "service", rows=2)
    assert "not text" in found["problem"]


@pytest.mark.parametrize(
    "value",
    [True, b"RJ1", 1.5, pd.Timestamp("2025-01-31"), ("RJ1",)],
    ids=["truth value", "bytes", "float", "date", "tuple"],
)
def test_a_code_is_something_else(tables, value):
    """A column that mixes text with anything else is read cell by cell."""
    put(tables, "waiting_list", "origin", value, rows=(7,))
    found = problem(refused(build, tables), "waiting_list", "origin", rows=1)
    assert "not text" in found["problem"]
    assert found["examples"].startswith("row 7: ")


@pytest.mark.parametrize("gap", [None, float("nan"), pd.NA], ids=str)
@pytest.mark.parametrize(("table", "column"), LABELS)
def test_a_code_is_missing(tables, table, column, gap):
    """A patient of no trust and a slot of no service are not dropped in silence."""
    put(tables, table, column, gap, rows=(1,))
    found = problem(refused(build, tables), table, column, rows=1)
    assert found["problem"] == "is missing"
    assert found["examples"] == "row 1"
    assert "drop the row" in found["remedy"]


def test_a_code_is_missing_among_categories(tables):
    """A gap in a column of categories is a gap."""
    origins = tables["waiting_list"]["origin"].astype("category")
    put_all(tables, "waiting_list", "origin", origins.where(origins.index != 2))
    found = problem(refused(build, tables), "waiting_list", "origin", rows=1)
    assert found["problem"] == "is missing"


@pytest.mark.parametrize(("table", "column"), LABELS)
def test_a_code_is_empty(tables, table, column):
    """Text with nothing in it is no code."""
    put(tables, table, column, "", rows=(0, 1))
    found = problem(refused(build, tables), table, column, rows=2)
    assert found["problem"] == "is empty"
    assert "write the code" in found["remedy"]


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0"], ids=["space", "tab", "hard space"])
def test_a_code_is_only_blanks(tables, blank):
    """A cell that looks empty and is not is called blank."""
    put(tables, "capacity", "provider", blank)
    found = problem(refused(build, tables), "capacity", "provider", rows=1)
    assert found["problem"] == "is blank"
    assert "write the code" in found["remedy"]


@pytest.mark.parametrize("written", [" RJ1", "RJ1 ", "RJ1\n", "RJ1\u00a0"])
@pytest.mark.parametrize(
    ("table", "column"), [("waiting_list", "origin"), ("capacity", "provider")]
)
def test_a_code_has_stray_blanks(tables, table, column, written):
    """A code with a blank beside it looks like another trust, and the remedy shows it without."""
    put(tables, table, column, written)
    found = problem(refused(build, tables), table, column, rows=1)
    assert "blanks around" in found["problem"]
    assert repr(written) in found["examples"]
    assert "'RJ1'" in found["remedy"]


@pytest.mark.parametrize("values", [range(12), [1, *["RJ1"] * 11], [True] * 12])
def test_categories_are_not_text(tables, values):
    """Categories are codes only if every one of them is text."""
    put_all(tables, "waiting_list", "origin", pd.Categorical(list(values)))
    found = problem(refused(build, tables), "waiting_list", "origin")
    assert "not text" in found["problem"]
    assert "as text" in found["remedy"]


# Rows that stand for the same thing


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("waiting_list", "origin, service, weeks_waiting"),
        ("capacity", "provider, service, period"),
        ("travel", "origin, provider"),
        ("referrals", "origin, service, period"),
        ("removals", "origin, service, period"),
        ("pools", "provider, pool, period"),
        ("usage", "service, pool"),
    ],
)
def test_two_rows_stand_for_the_same_thing(tables, table, key):
    """A row that is there twice would count twice; both are shown."""
    frame = tables[table]
    tables[table] = pd.concat([frame, frame.iloc[[1]]], ignore_index=True)
    found = problem(refused(build, tables), table, key, rows=2)
    assert "same thing" in found["problem"]
    assert found["examples"] == f"rows 1, {len(frame)}"
    assert found["remedy"]


@pytest.mark.parametrize(("table", "column"), [("travel", "minutes"), ("usage", "amount")])
def test_nobody_is_told_to_add_up_ways_or_needs(tables, table, column):
    """Of 20 and 30 minutes for one way the sum is wrong, so one of the rows has to go."""
    frame = tables[table]
    tables[table] = pd.concat([frame, frame.iloc[[0]].assign(**{column: 1.0})], ignore_index=True)
    error = refused(build, tables)
    assert "keep one" in str(error)
    assert "add their numbers" not in str(error)


def test_a_cohort_is_there_twice_though_its_counts_differ(tables):
    """The number of patients does not tell two cohorts apart."""
    waiting = tables["waiting_list"]
    tables["waiting_list"] = pd.concat([waiting, waiting.iloc[[0]].assign(patients=99)])
    found = problem(refused(build, tables), "waiting_list", "origin, service, weeks_waiting")
    assert found["rows"] == 2


def test_a_cohort_split_by_deprivation_is_not_twice(short):
    """A column that describes patients tells cohorts apart."""
    waiting = short["waiting_list"]
    parts = [waiting.assign(deprivation=quintile) for quintile in (1, 5)]
    short["waiting_list"] = pd.concat(parts)
    assert build(short).waiting_list["patients"].sum() == 72


@pytest.mark.parametrize("quintile", [1, float("nan")])
def test_a_cohort_is_there_twice_within_one_quintile(short, quintile):
    """The same column does not tell apart what it does not tell apart."""
    waiting = short["waiting_list"].assign(deprivation=quintile)
    short["waiting_list"] = pd.concat([waiting, waiting.iloc[[4]]], ignore_index=True)
    key = "origin, service, weeks_waiting, deprivation"
    problem(refused(build, short), "waiting_list", key, rows=2)


def test_a_column_of_the_list_holds_lists(short):
    """A column that describes patients by lists cannot tell them apart, and is named."""
    put_all(short, "waiting_list", "conditions", [["asthma"]] * 12)
    assert "conditions" in str(refused(build, short))


def test_sites_of_a_provider_are_not_twice(short):
    """Slots at two sites of one trust add up."""
    capacity = short["capacity"]
    short["capacity"] = pd.concat([capacity.assign(site=site) for site in ("RJ101", "RJ102")])
    assert build(short).capacity["slots"].sum() == 48


# Codes that must agree


@pytest.mark.parametrize(
    ("table", "column", "was", "is_"),
    [
        ("waiting_list", "origin", "rj1", "RJ1"),
        ("travel", "origin", "Rj1", "RJ1"),
        ("referrals", "origin", "rJ1", "RJ1"),
        ("pools", "provider", "rj1", "RJ1"),
        ("waiting_list", "service", "c_110", "C_110"),
        ("waiting_list", "service", "110", "C_110"),
        ("usage", "service", "110", "C_110"),
        ("usage", "pool", "Theatre", "theatre"),
    ],
)
def test_a_code_is_spelt_in_two_ways(tables, table, column, was, is_):
    """The remedy for rj1 is to write RJ1, and for 110 to write C_110."""
    values = tables[table][column].replace({is_: was})
    put_all(tables, table, column, values)
    error = refused(build, tables)
    found = problem(error, table, column, rows=int((values == was).sum()), alone=False)
    assert "spelt" in found["problem"]
    assert f"{was!r} as {is_!r}" in found["remedy"]


def test_priorities_are_spelt_in_two_ways(short, tables):
    """P4 on the list and p4 among referrals are one queue."""
    put_all(short, "waiting_list", "priority", "P4")
    short["referrals"] = tables["referrals"].assign(priority="p4")
    system = build(short)
    assert set(system.referrals["priority"]) == set(system.waiting_list["priority"]) == {"P4"}


def test_a_list_belongs_to_an_unknown_trust(tables):
    """A trust that is neither on the map nor has capacity is likely one that is."""
    put(tables, "waiting_list", "origin", "RJ11")
    error = refused(build, tables)
    found = problem(error, "waiting_list", "origin", rows=1, alone=False)
    assert "not in capacity or travel" in found["problem"]
    assert "'RJ11' (nearest: RJ1 (Guy's and St Thomas'))" in found["remedy"]


def test_a_pool_belongs_to_an_unknown_trust(tables):
    """Theatre minutes of a trust that nobody knows serve nobody."""
    put(tables, "pools", "provider", "RJ11")
    found = problem(refused(build, tables), "pools", "provider", rows=1)
    assert "nearest: RJ1 (Guy's and St Thomas')" in found["remedy"]


def test_usage_names_an_unknown_service(tables):
    """A service that nobody offers and nobody waits for uses nothing."""
    put(tables, "usage", "service", "C_111")
    found = problem(refused(build, tables), "usage", "service", rows=1)
    assert "not in capacity or waiting_list" in found["problem"]
    assert "'C_111' (nearest: C_110 (Trauma and Orthopaedic))" in found["remedy"]


def test_usage_names_an_unknown_pool(tables):
    """A theater that no trust has is the theatre that they do have."""
    put(tables, "usage", "pool", "theater")
    found = problem(refused(build, tables), "usage", "pool", rows=1)
    assert "not in pools" in found["problem"]
    assert "nearest: theatre" in found["remedy"]


@pytest.mark.parametrize(("given", "lacking"), [("pools", "usage"), ("usage", "pools")])
def test_pools_and_usage_come_together(tables, given, lacking):
    """Minutes that nobody uses, or uses of what nobody has, limit nothing."""
    del tables[lacking]
    found = problem(refused(build, tables), lacking, "", rows=0)
    assert "missing" in found["problem"]
    assert "together" in found["remedy"]
    assert given in tables


@pytest.mark.parametrize("period", [0, 3])
@pytest.mark.parametrize("table", ["capacity", "referrals", "removals", "pools"])
def test_a_period_is_outside_the_horizon(tables, table, period):
    """Of two periods there is neither a period 0 nor a third."""
    put(tables, table, "period", period, rows=(1,))
    found = problem(refused(build, tables), table, "period", rows=1)
    assert "periods 1 to 2" in found["problem"]
    assert found["examples"] == f"row 1: {period}"
    assert "periods=" in found["remedy"]


def test_patients_leave_a_list_that_nobody_is_on(tables):
    """Nobody can be removed from a list without patients."""
    del tables["referrals"]
    tables["waiting_list"] = tables["waiting_list"].query("origin != 'RJ1'")
    found = problem(refused(build, tables), "removals", "origin, service", rows=4)
    assert "nobody is on this list" in found["problem"]
    assert "correct the codes" in found["remedy"]


@pytest.mark.parametrize("column", ["priority", "area"])
@pytest.mark.parametrize("table", ["referrals", "removals"])
def test_what_joins_or_leaves_a_queue_says_which(short, tables, table, column):
    """Referrals without a priority cannot join a list that has priorities."""
    put_all(short, "waiting_list", column, "P4")
    short[table] = tables[table]
    found = problem(refused(build, short), table, column, rows=0)
    assert "waiting_list has it" in found["problem"]
    assert "add it" in found["remedy"]


def test_referrals_say_more_than_the_list(short, tables):
    """A list without priorities cannot take referrals that have them."""
    short["referrals"] = tables["referrals"].assign(priority="P4")
    found = problem(refused(build, short), "waiting_list", "priority", rows=0)
    assert "referrals has it" in found["problem"]


def test_travel_is_by_area_and_the_list_is_not(by_area):
    """Where ways start at home, a list must say where its patients live."""
    by_area["waiting_list"] = by_area["waiting_list"].drop(columns="area")
    found = problem(refused(build, by_area), "waiting_list", "area", rows=0)
    assert "missing" in found["problem"]
    assert "travel by origin" in found["remedy"]


def test_patients_live_in_an_unknown_area(by_area):
    """An area from which no way starts is likely one that is misspelt."""
    put(by_area, "waiting_list", "area", "nort")
    found = problem(refused(build, by_area), "waiting_list", "area", rows=1, alone=False)
    assert "not in travel" in found["problem"]
    assert "nearest: north" in found["remedy"]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("waiting_list", "origin", "rj1"),
        ("waiting_list", "origin", "RJ11"),
        ("waiting_list", "origin", "RJ101"),
        ("capacity", "provider", "rj1"),
        ("travel", "origin", "rj1"),
    ],
)
def test_one_mistake_is_reported_once(tables, table, column, value):
    """A misspelt trust is not said to lack its ways as well."""
    put(tables, table, column, value)
    problem(refused(build, tables), table, column, rows=1, alone=True)


@pytest.mark.parametrize("column", [("waiting_list", "origin"), ("capacity", "provider")])
def test_trusts_and_their_sites_are_mixed(tables, column):
    """RJ101 is a site of RJ1: one ODS level is used throughout."""
    put(tables, *column, "RJ101", rows=(0, 1))
    tables["travel"] = pd.concat(
        [
            tables["travel"],
            pd.DataFrame(
                [(a, b, 20.5) for t in TRUSTS for a, b in ((t, "RJ101"), ("RJ101", t))],
                columns=["origin", "provider", "minutes"],
            ),
        ]
    )
    error = refused(build, tables)
    found = problem(error, *column, rows=2, alone=False)
    assert "trusts and their sites" in found["problem"]
    assert "'RJ101' is a site of 'RJ1'" in found["remedy"]


# Ways that must be known


@pytest.mark.parametrize("fixture", ["short", "by_area"])
def test_the_minutes_of_a_way_are_not_there(fixture, request):
    """A pair without minutes is neither near nor out of reach."""
    tables = request.getfixturevalue(fixture)
    tables["travel"] = tables["travel"].iloc[1:]
    found = problem(refused(build, tables), "travel", "minutes")
    lost = {"short": "RJ1 to RJ2", "by_area": "north to RJ1"}[fixture]
    assert lost in found["problem"]
    assert "unlisted='unreachable'" in found["remedy"]


def test_no_minutes_are_there_at_all(short):
    """Six ways between three trusts are missing; five are shown."""
    short["travel"] = short["travel"].iloc[:0]
    found = problem(refused(build, short), "travel", "minutes")
    assert "6 pairs" in found["problem"]
    assert "…" in found["problem"]


def test_unlisted_ways_may_be_out_of_reach(short):
    """Whoever says so may leave out ways that nobody would go."""
    short["travel"] = short["travel"].iloc[1:]
    assert len(build(short, unlisted="unreachable").travel) == 5


def test_a_way_that_nobody_would_go_may_be_left_out(short):
    """Nobody at RJ1 waits for the only service of RJ2: their way does not matter."""
    short["capacity"] = short["capacity"].query("provider != 'RJ2' or service != 'C_130'")
    short["waiting_list"] = short["waiting_list"].query("origin != 'RJ1' or service != 'C_110'")
    short["travel"] = short["travel"].query("origin != 'RJ1' or provider != 'RJ2'")
    assert len(build(short).travel) == 5


def test_a_way_to_a_trust_without_a_slot_may_be_left_out(short):
    """A trust whose slots are all 0 has no capacity that anybody could travel to."""
    slots = short["capacity"]["slots"].where(short["capacity"]["provider"] != "RJ2", 0)
    put_all(short, "capacity", "slots", slots)
    short["travel"] = short["travel"].query("provider != 'RJ2'")
    assert len(build(short).travel) == 4


def test_a_way_from_an_empty_list_may_be_left_out(short):
    """A list of 0 patients sends nobody anywhere."""
    patients = short["waiting_list"]["patients"].where(short["waiting_list"]["origin"] != "RJ1", 0)
    put_all(short, "waiting_list", "patients", patients)
    short["travel"] = short["travel"].query("origin != 'RJ1'")
    assert len(build(short).travel) == 4


# Patients, one a row


def no_secret(error):
    for text in (str(error), repr(error), repr(error.args), error.problems.to_csv()):
        assert SECRET not in text


def test_patients_who_are_alike_are_not_twice(by_patient):
    """Two people with the same wait on one list are two people."""
    waiting = by_patient["waiting_list"]
    more = waiting.assign(patient_id=[f"{SECRET}-{i}" for i in range(12, 24)])
    by_patient["waiting_list"] = pd.concat([waiting, more])
    assert build(by_patient).waiting_list["patients"].sum() == 24


def test_a_patient_is_there_twice(by_patient):
    """One person has one row, and nobody reads in the message who it is."""
    put(by_patient, "waiting_list", "patient_id", f"{SECRET}-2", rows=(9,))
    error = refused(build, by_patient)
    found = problem(error, "waiting_list", "patient_id", rows=2)
    assert "more than one row" in found["problem"]
    assert found["examples"] == "rows 2, 9"
    assert "one row a patient" in found["remedy"]
    no_secret(error)


@pytest.mark.parametrize("gap", [None, float("nan"), "", "  "], ids=repr)
def test_a_patient_has_no_identifier(by_patient, gap):
    """A plan could not name somebody whose identifier is not there."""
    put(by_patient, "waiting_list", "patient_id", gap, rows=(5,))
    error = refused(build, by_patient)
    found = problem(error, "waiting_list", "patient_id", rows=1)
    assert "give each patient an identifier" in found["remedy"]
    no_secret(error)


def test_identifiers_stay_out_of_every_other_message(by_patient):
    """Whatever else is wrong with a patient's row, the message does not say whose it is."""
    put(by_patient, "waiting_list", "weeks_waiting", -1, rows=(0, 1))
    put(by_patient, "waiting_list", "origin", None, rows=(2,))
    put(by_patient, "waiting_list", "patient_id", f"{SECRET}-4", rows=(3,))
    put(by_patient, "waiting_list", "patient_id", None, rows=(6,))
    error = refused(build, by_patient)
    assert len(error.problems) == 4
    no_secret(error)


@pytest.mark.parametrize("count", [0, 2])
def test_a_patients_row_counts_none_or_two(by_patient, count):
    """A row with an identifier is one patient."""
    put_all(by_patient, "waiting_list", "patients", [1] * 11 + [count])
    error = refused(build, by_patient)
    found = problem(error, "waiting_list", "patients", rows=1)
    assert "not 1" in found["problem"]
    assert found["examples"] == f"row 11: {count}"
    assert "patient_id" in found["remedy"]
    no_secret(error)


@pytest.mark.parametrize("written", ["patientid", "Patient ID", "patient_di", "patient_key"])
def test_the_heading_of_the_identifiers_is_misspelt(by_patient, written):
    """Whoever writes patientid means patient_id, and does not call identifiers a count."""
    waiting = by_patient["waiting_list"].rename(columns={"patient_id": written})
    by_patient["waiting_list"] = waiting
    if written == "patient_di":
        error = refused(build, by_patient)
        assert "'patient_id'" in str(error)
        no_secret(error)
    else:
        assert "patient_id" in build(by_patient).waiting_list


# The call itself


@pytest.mark.parametrize("name", ["period_weeks", "periods"])
@pytest.mark.parametrize(
    "value", [0, -1, 1.5, 2.0, "4", None, True, 521, 10**30, float("nan"), [4]], ids=repr
)
def test_the_horizon_is_no_whole_number(short, name, value):
    """Periods and their weeks are whole numbers from 1 to 520."""
    found = problem(refused(build, short, **{name: value}), "System", name, rows=0)
    assert repr(value) in found["problem"]
    assert "1 to 520" in found["remedy"]


@pytest.mark.parametrize("value", ["ignore", None, 0])
def test_unlisted_is_neither_of_two_words(short, value):
    """Ways that are not listed are an error or out of reach, nothing else."""
    found = problem(refused(build, short, unlisted=value), "System", "unlisted", rows=0)
    assert "'error' or 'unreachable'" in found["remedy"]


def test_a_table_is_asked_for_that_no_system_has(system):
    """A name that is not that of a table is answered with those that are."""
    text = str(refused(system.table, "waiting"))
    assert "'waiting'" in text
    assert "waiting_list" in text


def test_every_problem_is_reported_at_once(tables):
    """Eight mistakes in six tables are one error, so that they are mended in one go."""
    put(tables, "waiting_list", "patients", -1)
    put(tables, "waiting_list", "origin", None)
    put(tables, "waiting_list", "weeks_waiting", 10_000)
    put(tables, "capacity", "slots", "two")
    put(tables, "travel", "minutes", float("nan"))
    put(tables, "referrals", "period", 3)
    put(tables, "pools", "amount", float("inf"))
    tables["usage"] = tables["usage"].drop(columns="amount")
    error = refused(build, tables)
    places = set(zip(error.problems["table"], error.problems["column"], strict=True))
    assert places >= {
        ("waiting_list", "patients"),
        ("waiting_list", "origin"),
        ("waiting_list", "weeks_waiting"),
        ("capacity", "slots"),
        ("travel", "minutes"),
        ("referrals", "period"),
        ("pools", "amount"),
        ("usage", "amount"),
    }
    assert len(error.problems) == 8
    assert str(error).startswith("8 problems in the input:\n  ")


def test_of_many_rows_five_are_shown(tables):
    """Twelve rows have it; the message counts all and shows five."""
    put_all(tables, "capacity", "slots", -1)
    found = problem(refused(build, tables), "capacity", "slots", rows=12)
    assert found["examples"] == "rows 0: -1, 1: -1, 2: -1, 3: -1, 4: -1, …"


def test_rows_are_counted_from_the_top_whatever_their_labels(tables):
    """A row's number in the message is its place, not the label of a pandas index."""
    tables["capacity"].index = [7] * 12
    put_all(tables, "capacity", "slots", [2, 2, 2, -5] + [2] * 8)
    tables["waiting_list"].index = range(100, 112)
    put(tables, "waiting_list", "origin", 110, rows=(4,))
    error = refused(build, tables)
    assert problem(error, "capacity", "slots", alone=False)["examples"] == "row 3: -5"
    assert problem(error, "waiting_list", "origin", alone=False)["examples"] == "row 4: 110"


def test_an_error_survives_another_process(tables):
    """An error from a worker process says there what it says here."""
    put(tables, "capacity", "slots", -1)
    error = refused(build, tables)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    pd.testing.assert_frame_equal(again.problems, error.problems)


# What can be used, but should be known


def test_nobody_has_capacity_for_a_service(short):
    """Eighteen patients wait for what nobody offers: that is said, and they wait."""
    short["capacity"] = short["capacity"].query("service == 'C_110'")
    with pytest.warns(ma.InputWarning, match="nobody has capacity for C_130: the 18 patients"):
        assert build(short).services == SERVICES


def test_a_service_has_two_names(short):
    """What the list calls C_130 and the slots call Peepers is asked about, by both names."""
    services = short["capacity"]["service"].astype(object).replace("C_130", "Peepers")
    put_all(short, "capacity", "service", services)
    with pytest.warns(ma.InputWarning, match=r"for C_130: the 18 .*; nobody waits for Peepers: if"):
        build(short)


def test_all_slots_of_a_service_are_zero(short):
    """A service whose every slot is 0 is one that nobody has capacity for."""
    slots = short["capacity"]["slots"].where(short["capacity"]["service"] != "C_130", 0)
    put_all(short, "capacity", "slots", slots)
    with pytest.warns(ma.InputWarning, match="nobody has capacity for C_130"):
        build(short)


def test_referrals_to_a_service_without_capacity_are_counted(short, tables):
    """Six patients are referred to what nobody offers: the warning does not say 0."""
    short["referrals"] = tables["referrals"].iloc[[0, 4, 8]].assign(service="C_999")
    with pytest.warns(ma.InputWarning, match="C_999: the 6 patients"):
        build(short)


def test_more_patients_leave_than_are_there(short, tables):
    """Of ten removals from a list of six, four find nobody."""
    short["removals"] = tables["removals"].iloc[[0]].assign(patients=10)
    with pytest.warns(ma.InputWarning, match="4 of the removals find nobody"):
        build(short)


def test_patients_leave_before_they_are_referred(short, tables):
    """A removal in period 1 cannot be one of a referral of period 2."""
    short["removals"] = tables["removals"].iloc[[0]].assign(patients=7)
    short["referrals"] = tables["referrals"].iloc[[1]].assign(patients=5)
    with pytest.warns(ma.InputWarning, match="1 of the removals find nobody"):
        build(short)


def test_patients_leave_after_they_are_referred(short, tables):
    """Of six on the list and two referred in period 1, eight can leave in period 2."""
    short["referrals"] = tables["referrals"].iloc[[0]]
    short["removals"] = tables["removals"].iloc[[1]].assign(patients=8)
    assert build(short).removals["patients"].sum() == 8


def test_a_warning_points_at_the_line_that_made_the_system(short):
    """The line that a warning shows is the analyst's own."""
    short["capacity"] = short["capacity"].query("service == 'C_110'")
    with pytest.warns(ma.InputWarning) as caught:
        ma.System(**short, periods=2)
    line = test_a_warning_points_at_the_line_that_made_the_system.__code__.co_firstlineno + 4
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


# What never changes


@pytest.mark.parametrize("name", ["periods", "providers", "waiting_list", "anything"])
def test_a_system_never_changes(system, name):
    """Nothing of a checked system can be set or deleted."""
    with pytest.raises(AttributeError, match=f"never changes.*{name}"):
        setattr(system, name, 3)
    with pytest.raises(AttributeError, match=f"never changes.*{name}"):
        delattr(system, name)
    assert system.periods == 2


@pytest.mark.parametrize("name", ["waiting_list", "capacity", "travel", "referrals", "pools"])
def test_tables_are_handed_out_as_copies(tables, name):
    """Whoever writes into a table of a system writes into a copy."""
    system = build(tables)
    before = system.table(name).copy()
    for taken in (getattr(system, name), system.table(name)):
        taken.iloc[:, -1] = 99
        del taken[taken.columns[0]]
        pd.testing.assert_frame_equal(system.table(name), before)
        pd.testing.assert_frame_equal(getattr(system, name), before)


def test_the_tables_given_are_not_changed(tables):
    """Checking a table, rightly or wrongly filled, leaves it as it was."""
    before = copy.deepcopy(tables)
    build(tables)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(tables[name], frame)
    put(tables, "capacity", "provider", " RJ1")
    put(tables, "capacity", "slots", "x")
    before = copy.deepcopy(tables)
    refused(build, tables)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(tables[name], frame)


def test_changing_a_table_later_does_not_change_the_system(tables):
    """A system keeps what it was given, whatever becomes of it."""
    system, twin = build(tables), build(copy.deepcopy(tables))
    for frame in tables.values():
        frame.iloc[:, -1] = 0
    same(system, twin)


# What is welcome


def test_the_labels_of_rows_are_ignored(tables):
    """Neither a filtered nor a repeated pandas index changes a system."""
    plain = build(tables)
    shuffled = {name: frame.sample(frac=1, random_state=1) for name, frame in tables.items()}
    same(build(shuffled), plain)
    for frame in tables.values():
        frame.index = ["same"] * len(frame)
    same(build(tables), plain)


def integers(frame):
    return [name for name in frame if frame[name].dtype == "int64"]


@pytest.mark.parametrize(
    "convert",
    [
        pytest.param(lambda f: f.convert_dtypes(), id="nullable types"),
        pytest.param(lambda f: f.astype(object), id="objects"),
        pytest.param(lambda f: f.astype(dict.fromkeys(integers(f), "float64")), id="floats"),
        pytest.param(lambda f: f.astype(dict.fromkeys(integers(f), "Int64")), id="Int64"),
        pytest.param(lambda f: f.astype(dict.fromkeys(integers(f), "Float64")), id="Float64"),
        pytest.param(lambda f: f.astype(dict.fromkeys(integers(f), "int8")), id="small integers"),
        pytest.param(lambda f: f.astype(dict.fromkeys(integers(f), "uint16")), id="unsigned"),
        pytest.param(lambda f: f.astype(dict.fromkeys(integers(f), "float16")), id="small floats"),
        pytest.param(lambda f: {name: f[name].to_list() for name in f}, id="mapping of lists"),
        pytest.param(lambda f: {name: f[name].to_numpy() for name in f}, id="mapping of arrays"),
        pytest.param(lambda f: f[f.columns[::-1]], id="columns in another order"),
    ],
)
def test_numbers_and_text_are_welcome_in_any_type(tables, convert):
    """The same numbers and codes make the same system, whatever holds them."""
    same(build({name: convert(frame) for name, frame in tables.items()}), build(tables))


@pytest.mark.parametrize("more", [[], ["RXX"], ["AAA", "RXX"]])
def test_categories_are_welcome(tables, more):
    """Codes as categories, used or not and in any order, are the same codes."""
    plain = build(tables)
    for table, column in LABELS:
        values = tables[table][column]
        given = [*sorted(values.unique(), reverse=True), *more]
        put_all(tables, table, column, pd.Categorical(values, categories=given))
    same(build(tables), plain)


@pytest.mark.parametrize("kind", ["table", "batch", "types"])
def test_arrow_is_welcome(tables, kind):
    """An Arrow table is as good as a DataFrame."""
    arrow = pytest.importorskip("pyarrow")
    convert = {
        "table": arrow.Table.from_pandas,
        "batch": arrow.RecordBatch.from_pandas,
        "types": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    }[kind]
    same(build({name: convert(frame) for name, frame in tables.items()}), build(tables))


def test_a_gap_in_an_arrow_table_is_missing(tables):
    """A null of Arrow is a gap like any other."""
    arrow = pytest.importorskip("pyarrow")
    capacity = arrow.Table.from_pandas(tables["capacity"])
    slots = arrow.array([None, *[2] * 11])
    tables["capacity"] = capacity.set_column(3, "slots", slots)
    found = problem(refused(build, tables), "capacity", "slots", rows=1)
    assert found["problem"] == "is missing"


# The policy on its own


@pytest.mark.parametrize("name", ["max_minutes", "weeks_per_hour", "move_weeks", "max_share_moved"])
@pytest.mark.parametrize(
    "value", [-1, float("nan"), "60", None, True, 1j, np.complex128(60), [60]], ids=repr
)
def test_a_number_of_the_policy_is_no_number(name, value):
    """Minutes, prices and shares are numbers from 0."""
    found = problem(refused(ma.Policy, **{name: value}), "policy", name, rows=0)
    assert repr(getattr(value, "item", lambda: value)()) in found["problem"]
    assert "number from 0" in found["remedy"]


@pytest.mark.parametrize("value", [1.01, 50, float("inf")])
def test_more_than_all_patients_are_to_move(value):
    """A share is at most 1; fifty per cent is 0.5."""
    found = problem(refused(ma.Policy, max_share_moved=value), "policy", "max_share_moved")
    assert "0 to 1" in found["remedy"]


@pytest.mark.parametrize("name", ["weeks_per_hour", "move_weeks"])
@pytest.mark.parametrize("value", [2e6, float("inf")])
def test_a_price_is_beyond_reason(name, value):
    """Prices are finite, so that plans can be compared."""
    problem(refused(ma.Policy, **{name: value}), "policy", name)


@pytest.mark.parametrize("name", ["min_weeks_to_move", "tail_weeks"])
@pytest.mark.parametrize("value", [-1, 1.5, float("nan"), float("inf"), 5_201, "4", None, True])
def test_weeks_of_the_policy_are_not_whole_weeks(name, value):
    """Weeks are whole, from 0 to a hundred years."""
    found = problem(refused(ma.Policy, **{name: value}), "policy", name, rows=0)
    assert "whole weeks" in found["remedy"]


@pytest.mark.parametrize("priority", ["P1", "P5", "P6"])
def test_a_priority_that_never_moves_is_asked_to(priority):
    """Emergencies and patients who chose to postpone never move."""
    error = refused(ma.Policy, movable_priorities=("P3", priority))
    found = problem(error, "policy", "movable_priorities", rows=0)
    assert priority in found["problem"]
    assert "never move" in found["problem"]
    assert "leave them out" in found["remedy"]


def test_priorities_are_one_text():
    """The text P4 is not a list of the letters P and 4."""
    found = problem(refused(ma.Policy, movable_priorities="P4"), "policy", "movable_priorities")
    assert "'P4'" in found["problem"]
    assert "list" in found["remedy"]


@pytest.mark.parametrize("value", [None, 4, (3, 4), (["P3"],), (None,)], ids=repr)
def test_priorities_are_not_text(value):
    """Priorities are text, several of them; the numbers 3 and 4 would fit nobody."""
    error = refused(ma.Policy, movable_priorities=value)
    problem(error, "policy", "movable_priorities", rows=0)


@pytest.mark.parametrize("priority", ["p1", "P1 "])
def test_an_emergency_does_not_move_for_being_written_otherwise(short, priority):
    """P1 never moves, in small letters neither: the policy is refused, or nobody is moved."""
    waiting = short["waiting_list"].query("origin == 'RJ1'").assign(priority=priority.strip())
    short["waiting_list"] = waiting
    plan = None
    with contextlib.suppress(ma.InputError):
        policy = ma.Policy(movable_priorities=(priority,), weeks_per_hour=0, move_weeks=0)
        plan = ma.optimise(build(short), policy)
    assert plan is None or plan.moves.empty


@pytest.mark.parametrize("name", ["move_mixed_services", "move_cancer"])
@pytest.mark.parametrize("value", [1, 0, "yes", None], ids=repr)
def test_a_choice_is_neither_yes_nor_no(name, value):
    """Whether cancer patients may move is True or False, not 1."""
    found = problem(refused(ma.Policy, **{name: value}), "policy", name, rows=0)
    assert "True or False" in found["remedy"]


@pytest.mark.parametrize("value", ["rtt", None, 1.0, ma.harm.rtt], ids=lambda v: str(v)[:10])
def test_harm_is_no_curve(value):
    """The name of a curve, a number, and a curve that was not called are no curves."""
    found = problem(refused(ma.Policy, harm=value), "policy", "harm", rows=0)
    assert "mutualaid.harm" in found["remedy"]


@pytest.mark.parametrize("name", ["max_out", "max_in"])
@pytest.mark.parametrize(
    ("cap", "says"),
    [
        pytest.param(-1, "below 0", id="negative"),
        pytest.param({"RJ1": 3, "RJ2": -1}, "below 0", id="negative for one trust"),
        pytest.param(2.5, "whole", id="fractional"),
        pytest.param({"RJ1": 2.5}, "whole", id="fractional for one trust"),
        pytest.param(float("nan"), "missing", id="not a number"),
        pytest.param({"RJ1": None}, "missing", id="no number for one trust"),
        pytest.param(float("inf"), "infinite", id="infinite"),
        pytest.param(2**70, "64 bits", id="too large"),
        pytest.param({"RJ1": "3"}, "not numbers", id="text"),
        pytest.param({"RJ1": True}, "True", id="truth value for one trust"),
    ],
)
def test_a_cap_is_no_number_of_patients(name, cap, says):
    """At most so many patients: a whole number, 0 or more."""
    found = problem(refused(ma.Policy, **{name: cap}), f"policy.{name}", "patients", rows=1)
    assert says in found["problem"]
    assert found["remedy"]


@pytest.mark.parametrize("cap", [True, False])
def test_a_cap_is_a_truth_value(cap):
    """No moves out is the cap 0, not False."""
    text = str(refused(ma.Policy, max_out=cap))
    assert "policy.max_out" in text
    assert "number of patients" in text


@pytest.mark.parametrize("cap", ["3", [1, 2], [{"provider": "RJ1", "patients": 1}]], ids=repr)
def test_a_cap_is_no_table(cap):
    """Text and lists are not caps."""
    assert "policy.max_in" in str(refused(ma.Policy, max_in=cap))


@pytest.mark.parametrize(
    ("cap", "column"),
    [
        pytest.param({"provider": ["RJ1", "RJ1"], "patients": [1, 2]}, "provider", id="a trust"),
        pytest.param({"provider": [None, None], "patients": [1, 2]}, "provider", id="every trust"),
        pytest.param(
            {"provider": ["RJ1"] * 2, "period": [1, 1], "patients": [1, 2]},
            "provider, period",
            id="a trust in a period",
        ),
        pytest.param({"period": [2, 2], "patients": [1, 2]}, "period", id="a period"),
        pytest.param({"patients": [1, 2]}, "patients", id="everybody"),
    ],
)
def test_a_cap_is_there_twice(cap, column):
    """Of two caps for one trust nobody can say which holds."""
    error = refused(ma.Policy, max_out=pd.DataFrame(cap))
    problem(error, "policy.max_out", column, rows=2)
    assert "keep one" in str(error)


@pytest.mark.parametrize(
    ("cap", "column"),
    [({"provider": ["RJ1"], "most": [3]}, "most"), ({"provider": ["RJ1"]}, "patients")],
    ids=["another column", "no number"],
)
def test_a_table_of_caps_has_other_columns(cap, column):
    """A table of caps says provider, period and patients."""
    found = problem(refused(ma.Policy, max_out=pd.DataFrame(cap)), "policy.max_out", column)
    assert "provider, period, patients" in found["remedy"]


@pytest.mark.parametrize(("provider", "says"), [(110, "not text"), (" RJ1", "blanks")])
def test_a_cap_names_a_trust_badly(provider, says):
    """A trust in a table of caps is a code like any other."""
    found = problem(refused(ma.Policy, max_out={provider: 3}), "policy.max_out", "provider", rows=1)
    assert says in found["problem"]


@pytest.mark.parametrize("name", ["forbidden_lanes", "allowed_lanes"])
@pytest.mark.parametrize(
    ("lanes", "row"),
    [([{}], 0), ([{"origin": "RJ1"}, {}], 1), ([{"origin": None, "provider": None}], 0)],
)
def test_a_lane_says_nothing(name, lanes, row):
    """An empty row would forbid, or allow, every move there is."""
    found = problem(refused(ma.Policy, **{name: lanes}), f"policy.{name}", "", rows=1)
    assert "fits every move" in found["problem"]
    assert found["examples"] == f"row {row}"


@pytest.mark.parametrize(
    "lanes",
    [5, "RJ1", ["RJ1"], [("RJ1", "RJ2")], [5], {"origin": "RJ1"}],
    ids=repr,
)
def test_lanes_are_no_table(lanes):
    """A lane is a mapping from columns to codes, not a pair of codes."""
    assert "policy.forbidden_lanes" in str(refused(ma.Policy, forbidden_lanes=lanes))


def test_every_problem_of_a_policy_is_reported_at_once():
    """Five mistakes in one policy are one error."""
    error = refused(ma.Policy, harm=1, max_minutes=-1, tail_weeks=-1, max_share_moved=2, max_out=-1)
    assert len(error.problems) == 5


# The policy in a system


@pytest.mark.parametrize("name", ["max_out", "max_in"])
def test_a_cap_is_for_an_unknown_trust(system, name):
    """A cap on a trust that the system does not have would bind nobody."""
    policy = ma.Policy(**{name: {"RJ1": 1, "RJ9": 2}})
    found = problem(refused(ma.optimise, system, policy), f"policy.{name}", "provider", rows=1)
    assert "not a provider of this system" in found["problem"]
    assert found["examples"] == "row 1: 'RJ9'"


@pytest.mark.parametrize("period", [0, 3])
def test_a_cap_is_for_a_period_outside_the_horizon(system, period):
    """A cap in period 3 of 2 would bind nobody."""
    policy = ma.Policy(max_out=pd.DataFrame({"period": [1, period], "patients": [1, 2]}))
    found = problem(refused(ma.optimise, system, policy), "policy.max_out", "period", rows=1)
    assert "1 to 2" in found["remedy"]


@pytest.mark.parametrize("cap", [1e19, np.uint64(2**64 - 1)])
def test_a_cap_does_not_fit_in_64_bits(system, cap):
    """A cap beyond all whole numbers is refused by name, not by an overflow."""
    error = refused(lambda: ma.optimise(system, ma.Policy(max_in=cap)))
    assert "policy.max_in" in str(error)


@pytest.mark.parametrize("name", ["forbidden_lanes", "allowed_lanes"])
@pytest.mark.parametrize("lane", [{"orign": "RJ1"}, {"priority": "P4"}, {"minutes": 20}], ids=repr)
def test_a_lane_is_by_a_column_that_nobody_has(system, name, lane):
    """A lane by a column that the list does not have could fit nobody."""
    text = str(refused(ma.optimise, system, ma.Policy(**{name: [lane]})))
    assert next(iter(lane)) in text
    assert "waiting_list" in text


@pytest.mark.parametrize("column", ["weeks_waiting", "patients"])
def test_a_lane_is_by_a_column_that_tells_no_queues_apart(system, column):
    """The wait and the number of patients are no label of a queue."""
    assert column in str(refused(ma.optimise, system, ma.Policy(forbidden_lanes=[{column: 10}])))


@pytest.mark.parametrize("name", ["forbidden_lanes", "allowed_lanes"])
@pytest.mark.parametrize(
    ("column", "code"),
    [("origin", "RJ9"), ("provider", "rj11"), ("service", "111"), ("provider", "")],
)
def test_a_lane_names_an_unknown_code(system, name, column, code):
    """A lane that forbids what is not there forbids nothing, and its author should know."""
    policy = ma.Policy(**{name: [{"origin": "RJ1"}, {column: code}]})
    found = problem(refused(ma.optimise, system, policy), f"policy.{name}", column, rows=1)
    assert "not a code of this system" in found["problem"]
    assert repr(code) in found["examples"]
    assert found["remedy"]


def test_harm_is_by_a_column_that_nobody_has(system):
    """A curve by priority needs a list with priorities."""
    text = str(refused(ma.optimise, system, ma.Policy(harm=ma.harm.clinical())))
    assert "priority" in text
    assert "waiting_list" in text


def test_harm_has_no_curve_for_a_priority(short):
    """A priority that the curve does not know has no price."""
    put_all(short, "waiting_list", "priority", "P9")
    with pytest.warns(ma.InputWarning, match="no priority that is known"):
        system = build(short)
    error = refused(ma.optimise, system, ma.Policy(harm=ma.harm.clinical()))
    found = problem(error, "harm", "priority", rows=0)
    assert "P9" in found["problem"]
    assert "P4" in found["remedy"]


@pytest.mark.parametrize("value", ["False", "N", "no", 0, False])
def test_a_word_says_that_it_is_no_cancer(short, value):
    """The text False is read as what it says."""
    put_all(short, "waiting_list", "cancer", value)
    assert not build(short).waiting_list["cancer"].any()


@pytest.mark.parametrize("value", [None, "perhaps", 7, float("nan"), ""])
def test_nobody_knows_whether_it_is_cancer(short, value):
    """Who may be on a cancer pathway is taken to be, and that is said."""
    put_all(short, "waiting_list", "cancer", [value, *[False] * 11])
    with pytest.warns(ma.InputWarning, match="taken to be on a cancer pathway"):
        system = build(short)
    assert int(system.waiting_list["cancer"].sum()) == 1


# The call for a plan


@pytest.mark.parametrize("value", ["Chain", "network", None, 1], ids=repr)
def test_a_formulation_is_unknown(system, value):
    """A formulation is one of three, and they are named."""
    text = str(refused(ma.optimise, system, formulation=value))
    assert repr(value) in text
    assert "'auto', 'chain' or 'ageing'" in text


@pytest.mark.parametrize("value", ["HiGHS", "flow:x", "highs:x", "", None, 1], ids=repr)
def test_a_solver_is_unknown(system, value):
    """A solver is one of those that are named, or PuLP's."""
    text = str(refused(ma.optimise, system, solver=value))
    assert repr(value) in text
    assert "auto, flow, highs, pulp" in text
    assert "pulp:NAME" in text


def test_a_solver_of_pulp_is_unknown(system):
    """PuLP's own list answers for a name that it does not have."""
    text = str(refused(ma.optimise, system, solver="pulp:NOPE"))
    assert "'NOPE'" in text
    assert "HiGHS" in text


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(
            {"harm": ma.harm.from_table({"weeks_waiting": [0, 20], "rate": [2.0, 1.0]})},
            id="harm that falls",
        ),
        pytest.param({"min_weeks_to_move": 30}, id="lanes that open later"),
    ],
)
def test_the_chain_is_asked_for_where_it_is_not_exact(system, rules):
    """A plan that could not be proven best is not made."""
    text = str(refused(ma.optimise, system, ma.Policy(**rules), formulation="chain"))
    assert "not exact for 6 queues" in text
    assert "'ageing' or 'auto'" in text


@pytest.mark.parametrize("rules", [{"max_out": 1}, {"max_in": 1}, {"max_share_moved": 0.5}])
def test_the_flow_solver_takes_no_side_rows(system, rules):
    """Caps tie queues together, which is beyond a minimum-cost flow."""
    policy = ma.Policy(move_weeks=0, weeks_per_hour=0, **rules)
    text = str(refused(ma.optimise, system, policy, solver="flow"))
    assert "no side rows" in text
    assert "'highs'" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("time_limit", v) for v in (0, -1, float("nan"), float("inf"), "5")],
        *[("threads", v) for v in (0, -1, True, 1.5, "2")],
        *[("mip_gap", v) for v in (-0.1, 1, 1.5, float("nan"), "0")],
    ],
)
def test_an_option_of_the_solver_is_out_of_range(system, name, value):
    """Seconds above 0, one thread or more, a gap from 0 to 1."""
    text = str(refused(ma.optimise, system, **{name: value}))
    assert f"{name} is {value!r}: write " in text


@pytest.mark.parametrize("value", ["policy", {"max_minutes": 30}, ma.Policy, 5], ids=str)
def test_what_is_given_is_no_policy(system, value):
    """A mapping of rules, or the class itself, is no policy."""
    text = str(refused(ma.optimise, system, value))
    assert "policy is a" in text
    assert "Policy" in text


@pytest.mark.parametrize("value", ["Deep", ma.Deep, 1], ids=str)
def test_what_is_given_is_no_way_to_collaborate(system, value):
    """The name of a mode, or its class, is no mode."""
    text = str(refused(ma.optimise, system, None, value))
    assert "collaboration is a" in text
    assert "Collaboration" in text


@pytest.mark.parametrize("value", [None, "system", {}], ids=repr)
def test_what_is_given_is_no_system(value):
    """Tables are checked first: a plan is made from a system."""
    text = str(refused(ma.optimise, value))
    assert "system is a" in text
    assert "System" in text


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (
            lambda s: ma.optimise(s, collaboration="deep"),
            r"is a str: pass a Collaboration, such as .*Deep",
        ),
        (lambda s: ma.optimise(s, collaboration=ma.Deep), "is a class, Deep: pass a Coll"),
        (lambda s: ma.optimise(s.waiting_list), "system is a DataFrame: pass a mutualaid.System"),
        (lambda s: ma.optimise(s, targets=ma.Target(weeks=52)), "targets is not a list"),
        (lambda s: ma.ladder(s, transactional=ma.Deep()), "transactional is a Deep"),
        (lambda s: ma.ladder(s).frontier(tolerance=-1), "tolerance is -1: write a share"),
        (lambda s: ma.ladder(s).frontier(time_limit=-1), "time_limit is -1: write seconds"),
        (lambda s: ma.studies.deploy(s, {"slots": [1]}, 1, time_limit="x"), "time_limit is 'x'"),
        (lambda s: ma.optimise(s).sacrifices(target="a"), "is 'a'. Remedy: write a share"),
        (lambda s: ma.optimise(s).sacrifices(target={"ZZZ": 0.9}), "is for 'ZZZ'"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_words(asked, what):
    """The option, what it is, and what to write instead; never a patient's row."""
    with pytest.raises(ma.InputError, match=what):
        asked(ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=2))
