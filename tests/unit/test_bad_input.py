"""Bad input is named in full, at once: table, column, rows and remedy."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import mutualaid as ma

TRUSTS, SERVICES = ("R0A", "RJ1", "RJ2"), ("C_110", "C_130")


def tables():
    """Three trusts, two services, two periods: nothing wrong with any of it."""
    cells = [(o, s) for o in TRUSTS for s in SERVICES]
    return {
        "waiting_list": pd.DataFrame(
            [(o, s, w, 10) for o, s in cells for w in (5, 40)],
            columns=["origin", "service", "weeks_waiting", "patients"],
        ),
        "capacity": pd.DataFrame(
            [(p, s, t, 8) for p, s in cells for t in (1, 2)],
            columns=["provider", "service", "period", "slots"],
        ),
        "travel": pd.DataFrame(
            [(o, p, 30.0 * (o != p)) for o in TRUSTS for p in TRUSTS],
            columns=["origin", "provider", "minutes"],
        ),
        "referrals": pd.DataFrame(
            [(o, s, t, 2) for o, s in cells for t in (1, 2)],
            columns=["origin", "service", "period", "patients"],
        ),
        "removals": pd.DataFrame(
            [(o, s, 1, 1) for o, s in cells],
            columns=["origin", "service", "period", "patients"],
        ),
        "pools": pd.DataFrame(
            [(p, "hours", t, 20.5) for p in TRUSTS for t in (1, 2)],
            columns=["provider", "pool", "period", "amount"],
        ),
        "usage": pd.DataFrame(
            [(s, "hours", 1.5) for s in SERVICES], columns=["service", "pool", "amount"]
        ),
    }


def system(changed, **options):
    return ma.System(**changed, **{"periods": 2, **options})


def refused(changed, **options):
    """The error that a system of these tables gives."""
    with pytest.raises(ma.InputError) as caught:
        system(changed, **options)
    return caught.value


def said(error, table, column, *words, rows=None):
    """The problem of a table and column, which must say these words."""
    found = error.problems
    found = found[(found["table"] == table) & (found["column"] == column)]
    assert len(found) >= 1, str(error)
    text = str(error)
    for word in words:
        assert re.search(word, text), f"{word!r} not in: {text}"
    assert found["remedy"].str.len().min() > 0
    if rows is not None:
        assert rows in found["rows"].to_list()
    return found


def put(changed, table, column, value, row=3):
    """Write a value into one row, whatever the column's type."""
    frame = changed[table].copy()
    values = frame[column].astype(object).to_list()
    values[row] = value
    frame[column] = pd.Series(values, index=frame.index).infer_objects()
    return {**changed, table: frame}


def test_good_tables_are_accepted():
    """Nothing wrong, nothing said."""
    assert "120 patients waiting at 3 of 3 providers" in repr(system(tables()))


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
    ("referrals", "period"),
    ("referrals", "patients"),
    ("removals", "service"),
    ("pools", "amount"),
    ("usage", "pool"),
]


@pytest.mark.parametrize(("table", "column"), NEEDED)
def test_a_missing_column(table, column):
    """The column is named, with what it means."""
    good = tables()
    error = refused({**good, table: good[table].drop(columns=column)})
    said(error, table, column, "missing", "add it|rename")


def test_a_misspelt_column_suggests_the_rename():
    """'slot' is meant to be 'slots'."""
    good = tables()
    error = refused({**good, "capacity": good["capacity"].rename(columns={"slots": "slot"})})
    said(error, "capacity", "slots", "rename 'slot'")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("capacity", "theatre"),
        ("travel", "miles"),
        ("referrals", "notes"),
        ("usage", "unit"),
        ("waiting_list", "provider"),
        ("waiting_list", "period"),
    ],
)
def test_a_surplus_column(table, column):
    """A column whose meaning nobody stated is not passed over."""
    good = tables()
    error = refused({**good, table: good[table].assign(**{column: 1})})
    said(error, table, column, "not a column of this table", "drop it|rename it")


def test_further_columns_describe_patients():
    """A waiting list may hold more, such as deprivation."""
    good = tables()
    good["waiting_list"]["deprivation"] = 3
    assert "deprivation" in system(good).waiting_list


def test_a_column_that_is_there_twice():
    """It cannot be known which one is meant."""
    good = tables()
    frame = pd.concat([good["capacity"], good["capacity"][["slots"]]], axis=1)
    with pytest.raises(ma.InputError, match="capacity has more than one column called slots"):
        system({**good, "capacity": frame})


def test_travel_from_nowhere():
    """Travel starts at an origin or at an area."""
    good = tables()
    error = refused({**good, "travel": good["travel"].drop(columns="origin")})
    said(error, "travel", "origin", "start each way at an origin or at an area")


def test_travel_from_two_places():
    """Not from both."""
    good = tables()
    error = refused({**good, "travel": good["travel"].assign(area="north")})
    said(error, "travel", "origin", "both origin and area")


NUMBERS = [
    ("waiting_list", "patients"),
    ("waiting_list", "weeks_waiting"),
    ("capacity", "slots"),
    ("capacity", "period"),
    ("travel", "minutes"),
    ("referrals", "patients"),
    ("pools", "amount"),
]


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_text_instead_of_a_number(table, column):
    """The row and what it holds are named."""
    found = said(refused(put(tables(), table, column, "ten")), table, column, "not numbers")
    assert "row 3: 'ten'" in found["examples"].iloc[0]


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_numbers_written_as_text(table, column):
    """A column of text is not guessed at; the remedy names the function."""
    good = tables()
    good[table][column] = good[table][column].astype(str)
    said(refused(good), table, column, "not numbers", "pandas.to_numeric")


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_truth_values_instead_of_numbers(table, column):
    """True is not one patient."""
    good = tables()
    good[table][column] = True
    said(refused(good), table, column, "True and False", rows=len(good[table]))


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_truth_value_among_numbers(table, column):
    """Nor when it hides among numbers."""
    said(refused(put(tables(), table, column, True)), table, column, rows=1)


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_number_that_is_missing(table, column):
    """A missing count is never a zero."""
    said(
        refused(put(tables(), table, column, np.nan)), table, column, "is missing", "row 3", rows=1
    )


@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_a_number_below_zero(table, column):
    """There are no negative patients, slots, weeks or minutes."""
    found = said(
        refused(put(tables(), table, column, -1)), table, column, "below 0|periods 1 to 2", rows=1
    )
    assert "-1" in found["examples"].iloc[0]


@pytest.mark.parametrize(
    ("table", "column"), [n for n in NUMBERS if n[1] not in ("minutes", "amount")]
)
def test_a_fraction_of_a_patient(table, column):
    """Patients, slots, weeks and periods are whole."""
    said(
        refused(put(tables(), table, column, 1.5)),
        table,
        column,
        "not a whole number",
        "row 3: 1.5",
        rows=1,
    )


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize(("table", "column"), NUMBERS)
def test_an_infinite_number(table, column, value):
    """No limit is not a number."""
    said(refused(put(tables(), table, column, value)), table, column, "infinite", rows=1)


@pytest.mark.parametrize("value", [2**70, 1e19, np.uint64(2**64 - 1)])
def test_a_number_beyond_64_bits(value):
    """Too large to count with, however it is written."""
    good = tables()
    good["capacity"]["slots"] = [value] * len(good["capacity"])
    said(refused(good), "capacity", "slots", "64 bits", rows=12)


def test_more_patients_than_people():
    """A count above a thousand million is a wrong unit."""
    said(
        refused(put(tables(), "waiting_list", "patients", 2 * 10**9)),
        "waiting_list",
        "patients",
        "over 1,000,000,000",
        "check the unit",
    )


def test_a_wait_of_centuries():
    """Days in place of weeks are noticed when they get absurd."""
    said(
        refused(put(tables(), "waiting_list", "weeks_waiting", 9_000)),
        "waiting_list",
        "weeks_waiting",
        "over 5,200",
        "RTT week band",
    )


@pytest.mark.parametrize("value", [pd.Timestamp("2026-01-31"), 1 + 2j])
def test_a_date_or_a_complex_number(value):
    """Not numbers either."""
    good = tables()
    good["capacity"]["slots"] = [value] * len(good["capacity"])
    said(refused(good), "capacity", "slots", "not numbers", rows=12)


LABELS = [
    ("waiting_list", "origin"),
    ("waiting_list", "service"),
    ("capacity", "provider"),
    ("travel", "provider"),
    ("referrals", "service"),
    ("pools", "pool"),
]


@pytest.mark.parametrize(("table", "column"), LABELS)
def test_codes_written_as_numbers(table, column):
    """110 is text: '110'."""
    good = tables()
    good[table][column] = 110
    said(refused(good), table, column, "not text", "write codes as text")


@pytest.mark.parametrize(("table", "column"), LABELS)
def test_a_number_among_codes(table, column):
    """Which row it is."""
    found = said(
        refused(put(tables(), table, column, 110, row=1)), table, column, "not text", rows=1
    )
    assert "row 1: 110" in found["examples"].iloc[0]


@pytest.mark.parametrize("nothing", [None, np.nan])
@pytest.mark.parametrize(("table", "column"), LABELS)
def test_a_code_that_is_missing(table, column, nothing):
    """Who it is about must be said."""
    said(refused(put(tables(), table, column, nothing, row=1)), table, column, "is missing", rows=1)


@pytest.mark.parametrize(("text", "words"), [("", "is empty"), ("  ", "is blank")])
def test_a_code_that_is_empty_or_blank(text, words):
    """An empty cell of a spreadsheet."""
    said(refused(put(tables(), "waiting_list", "origin", text)), "waiting_list", "origin", words)


def test_blanks_around_a_code():
    """The code meant is suggested."""
    found = said(
        refused(put(tables(), "waiting_list", "origin", "RJ1 ")),
        "waiting_list",
        "origin",
        "blanks around",
        "strip them: 'RJ1'",
        rows=1,
    )
    assert "'RJ1 '" in found["examples"].iloc[0]


def test_a_code_in_another_case():
    """'rj1' is suggested to be 'RJ1', as capacity writes it."""
    said(
        refused(put(tables(), "waiting_list", "origin", "rj1")),
        "waiting_list",
        "origin",
        "another way elsewhere",
        "write 'rj1' as 'RJ1'",
        rows=1,
    )


def test_a_treatment_function_in_another_form():
    """'110' and 'C_110' are one treatment function."""
    said(
        refused(put(tables(), "waiting_list", "service", "110")),
        "waiting_list",
        "service",
        "write '110' as 'C_110'",
        rows=1,
    )


def test_an_unknown_provider():
    """Nobody with capacity, nobody on the map: the nearest code is named."""
    said(
        refused(put(tables(), "waiting_list", "origin", "RJ7")),
        "waiting_list",
        "origin",
        "not in capacity or travel",
        r"'RJ7' \(nearest: 'RJ[12]'\)",
        rows=1,
    )


def test_an_unknown_service_or_pool_in_usage():
    """What nobody waits for and nobody offers, and a pool that nobody has."""
    good = tables()
    good["usage"] = pd.DataFrame(
        {"service": ["C_110", "C_131"], "pool": ["hours", "beds"], "amount": 1.0}
    )
    error = refused(good)
    said(error, "usage", "service", "'C_131'")
    said(error, "usage", "pool", "'beds'", "not in pools")


def test_pools_without_usage_and_usage_without_pools():
    """One means nothing without the other."""
    for lacking in ("pools", "usage"):
        good = tables()
        del good[lacking]
        said(refused(good), lacking, "", "the table is missing", "together")


@pytest.mark.parametrize("period", [0, 3])
@pytest.mark.parametrize("table", ["capacity", "referrals", "removals", "pools"])
def test_a_period_out_of_range(table, period):
    """There are periods 1 and 2."""
    said(refused(put(tables(), table, "period", period)), table, "period", "periods 1 to 2", rows=1)


@pytest.mark.parametrize("table", list(tables()))
def test_a_row_that_is_there_twice(table):
    """It would be added up without anyone saying so."""
    good = tables()
    good[table] = pd.concat([good[table], good[table].iloc[[0]]])
    found = refused(good).problems
    found = found[found["table"] == table]
    assert found["problem"].iloc[0] == "these rows stand for the same thing"
    assert found["rows"].iloc[0] == 2
    assert found["remedy"].iloc[0] == "add their numbers together first"


def test_cohorts_that_differ_in_a_further_column_are_two():
    """The most and the least deprived of one cohort may have a row each."""
    good = tables()
    waiting = good["waiting_list"].assign(deprivation=1)
    good["waiting_list"] = pd.concat([waiting, waiting.assign(deprivation=5)])
    assert system(good).waiting_list["patients"].sum() == 240


def test_mixed_ods_levels():
    """RJ1 is a trust and RJ101 one of its sites."""
    good = tables()
    more = good["capacity"].iloc[[0]].assign(provider="RJ101", service="C_130")
    good["capacity"] = pd.concat([good["capacity"], more])
    said(
        refused(good, unlisted="unreachable"),
        "capacity",
        "provider",
        "mixes trusts and their sites",
        "'RJ101' is a site of 'RJ1'",
        rows=1,
    )


def test_removals_from_a_list_that_nobody_is_on():
    """Nobody can leave it."""
    good = tables()
    nobody = good["removals"].iloc[[0]].assign(service="C_502")
    good["removals"] = pd.concat([good["removals"], nobody])
    with pytest.raises(ma.InputError, match="nobody is on this list"):
        system(good)


@pytest.mark.parametrize("lacking", ["waiting_list", "referrals", "removals"])
def test_priorities_in_one_table_only(lacking):
    """Each patient must belong to one queue."""
    good = tables()
    for name in ("waiting_list", "referrals", "removals"):
        if name != lacking:
            good[name]["priority"] = "P3"
    said(refused(good), lacking, "priority", "each patient belongs to one queue")


def by_area():
    good = tables()
    for name in ("waiting_list", "referrals", "removals"):
        good[name]["area"] = "near " + good[name]["origin"]
    good["travel"] = (
        good["travel"].assign(area="near " + good["travel"]["origin"]).drop(columns="origin")
    )
    return good


def test_travel_by_area_needs_areas():
    """Where travel starts at home, homes must be known."""
    assert system(by_area()).start == "area"
    good = by_area()
    good["waiting_list"] = good["waiting_list"].drop(columns="area")
    said(refused(good), "waiting_list", "area", "travel starts at an area")


def test_an_unknown_area():
    """A home that no way starts from."""
    said(
        refused(put(by_area(), "waiting_list", "area", "near RJ9")),
        "waiting_list",
        "area",
        "not in travel",
        "nearest: 'near RJ",
    )


def test_minutes_that_are_missing_for_a_pair_that_could_matter():
    """R0A's patients could go to RJ1, but nobody knows how far it is."""
    good = tables()
    far = (good["travel"]["origin"] == "R0A") & (good["travel"]["provider"] == "RJ1")
    good["travel"] = good["travel"][~far]
    said(
        refused(good),
        "travel",
        "minutes",
        "1 pairs that could matter: R0A to RJ1",
        "unlisted='unreachable'",
    )
    assert system(good, unlisted="unreachable").providers == TRUSTS


def test_minutes_that_are_missing_for_a_pair_that_cannot_matter():
    """Nobody of R0A waits for what RJ1 offers; and home is no way to go."""
    good = tables()
    good["waiting_list"] = good["waiting_list"].query("origin != 'R0A'")
    good["referrals"] = good["referrals"].query("origin != 'R0A'")
    good["removals"] = good["removals"].query("origin != 'R0A'")
    good["travel"] = good["travel"].query("origin != 'R0A' and origin != provider")
    assert system(good).providers == TRUSTS


def people():
    good = tables()
    waiting = good["waiting_list"].loc[good["waiting_list"].index.repeat(2)].reset_index(drop=True)
    waiting["patient_id"] = [f"NHS{943_476_5900 + row}" for row in range(len(waiting))]
    return {**good, "waiting_list": waiting.drop(columns="patients")}


def test_one_patient_a_row():
    """Then patients is 1."""
    assert system(people()).waiting_list["patients"].sum() == 24


@pytest.mark.parametrize(
    ("row", "value", "words"), [(1, "NHS9434765900", "more than one row"), (1, None, "is missing")]
)
def test_a_patients_identifier_is_checked_and_never_shown(row, value, words):
    """The rows are named, not the patients."""
    bad = people()
    bad["waiting_list"].loc[row, "patient_id"] = value
    error = refused(bad)
    said(error, "waiting_list", "patient_id", words)
    assert "NHS94" not in str(error)
    assert "NHS94" not in error.problems.to_csv()


def test_two_patients_in_one_row():
    """A row with an identifier is one patient."""
    bad = people()
    bad["waiting_list"]["patients"] = 2
    said(
        refused(bad), "waiting_list", "patients", "not 1 although each row is one patient", rows=24
    )


def test_not_a_table():
    """A path is not read here."""
    with pytest.raises(ma.InputError, match="waiting_list is a str, not a table"):
        system({**tables(), "waiting_list": "list.csv"})


@pytest.mark.parametrize(
    "option",
    [
        {"periods": 0},
        {"periods": 1.5},
        {"periods": True},
        {"period_weeks": "4"},
        {"period_weeks": 10_000},
        {"unlisted": "maybe"},
    ],
)
def test_a_horizon_that_makes_no_sense(option):
    """Whole periods of whole weeks, at least one."""
    error = refused(tables(), **option)
    assert error.problems["column"].to_list() == list(option)


def test_categories_that_are_not_text():
    """Categoricals of numbers are numbers."""
    good = tables()
    good["waiting_list"]["service"] = pd.Categorical([110] * 12)
    said(refused(good), "waiting_list", "service", "categories that are not text")


def test_every_problem_is_reported_at_once():
    """Five mistakes in four tables: five problems in one message, and as a table."""
    bad = tables()
    bad = put(bad, "waiting_list", "patients", -4)
    bad = put(bad, "waiting_list", "origin", "RJ2 ", row=7)
    bad = put(bad, "capacity", "slots", np.nan)
    bad = put(bad, "travel", "minutes", "far")
    bad["usage"] = bad["usage"].assign(unit="hours")
    error = refused(bad)
    assert len(error.problems) == 5
    assert str(error).startswith("5 problems in the input:")
    assert list(error.problems.columns) == [
        "table",
        "column",
        "problem",
        "rows",
        "examples",
        "remedy",
    ]
    assert isinstance(error, ValueError)


def test_at_most_five_rows_are_shown():
    """The count is whole, the examples are few."""
    bad = tables()
    bad["capacity"]["slots"] = -1
    found = said(refused(bad), "capacity", "slots", rows=12)
    assert found["examples"].iloc[0] == "rows 0: -1, 1: -1, 2: -1, 3: -1, 4: -1, …"


def test_a_system_never_changes():
    """Its tables are copies, it keeps none of the caller's, and it changes none of them."""
    given = tables()
    before = {name: frame.copy() for name, frame in given.items()}
    made = system(given)
    with pytest.raises(AttributeError, match="never changes"):
        made.periods = 3
    with pytest.raises(AttributeError, match="never changes"):
        del made.periods
    handed_out = made.waiting_list
    handed_out.loc[0, "patients"] = 999
    given["capacity"]["slots"] = 0
    assert made.waiting_list["patients"].sum() == 120
    assert made.capacity["slots"].sum() == 96
    del given["capacity"], before["capacity"]
    for name, frame in given.items():
        pd.testing.assert_frame_equal(frame, before[name])


@pytest.mark.parametrize("index", [[7] * 12, list("abcdefghijkl"), range(12, 0, -1)])
def test_the_index_means_nothing(index):
    """Rows are known by their columns, whatever the index says."""
    good = tables()
    good["waiting_list"].index = index
    pd.testing.assert_frame_equal(system(good).waiting_list, system(tables()).waiting_list)


@pytest.mark.parametrize("dtype", ["Int64", "float64", "object", "int8", "uint16", "Float64"])
def test_whole_numbers_of_any_type_are_welcome(dtype):
    """10.0 is ten patients."""
    good = tables()
    good["waiting_list"]["patients"] = good["waiting_list"]["patients"].astype(dtype)
    assert system(good).waiting_list["patients"].dtype == np.int64


@pytest.mark.parametrize("dtype", ["category", "object", "string"])
def test_text_of_any_type_is_welcome(dtype):
    """Categories, plain objects or pandas's own text."""
    good = tables()
    good["waiting_list"]["origin"] = good["waiting_list"]["origin"].astype(dtype)
    pd.testing.assert_frame_equal(system(good).waiting_list, system(tables()).waiting_list)


def test_unused_categories_are_no_providers():
    """A category that no row has is not somebody."""
    good = tables()
    good["waiting_list"]["origin"] = pd.Categorical(
        good["waiting_list"]["origin"], categories=[*TRUSTS, "ZZZ"]
    )
    assert system(good).providers == TRUSTS


def test_a_mapping_is_a_table():
    """Columns by name."""
    good = tables()
    good["usage"] = good["usage"].to_dict("list")
    assert system(good).usage["amount"].sum() == 3.0


def test_arrow_tables_are_welcome():
    """Whatever speaks Arrow: polars, pyarrow, DuckDB."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    good = {name: pa.Table.from_pandas(frame) for name, frame in tables().items()}
    pd.testing.assert_frame_equal(system(good).waiting_list, system(tables()).waiting_list)


BAD_POLICIES = [
    ({"max_minutes": -1}, "max_minutes", "number from 0"),
    ({"max_minutes": float("nan")}, "max_minutes", "number from 0"),
    ({"max_minutes": "60"}, "max_minutes", "number from 0"),
    ({"weeks_per_hour": float("inf")}, "weeks_per_hour", "0 to 1e"),
    ({"move_weeks": True}, "move_weeks", "number from 0"),
    ({"max_share_moved": 1.5}, "max_share_moved", "0 to 1"),
    ({"min_weeks_to_move": 17.5}, "min_weeks_to_move", "whole weeks"),
    ({"tail_weeks": -1}, "tail_weeks", "whole weeks"),
    ({"move_cancer": 1}, "move_cancer", "True or False"),
    ({"movable_priorities": "P3"}, "movable_priorities", "list of priorities"),
    ({"movable_priorities": ["P1", "P3"]}, "movable_priorities", "P1, which never move"),
    ({"harm": 1.0}, "harm", "curve of mutualaid.harm"),
    ({"max_out": -5}, "patients", "below 0"),
    ({"max_in": 2.5}, "patients", "not a whole number"),
    ({"max_in": {"RJ1": "many"}}, "patients", "not numbers"),
    ({"max_out": pd.DataFrame({"provider": ["RJ1", "RJ1"], "patients": 1})}, "provider", "twice"),
    ({"max_out": pd.DataFrame({"trust": ["RJ1"], "patients": 1})}, "trust", "columns provider"),
    ({"forbidden_lanes": [{}]}, "", "fits every move"),
]


@pytest.mark.parametrize(("options", "column", "words"), BAD_POLICIES)
def test_a_policy_that_makes_no_sense(options, column, words):
    """The part is named, with what it may be."""
    with pytest.raises(ma.InputError, match=words) as caught:
        ma.Policy(**options)
    assert caught.value.problems["column"].iloc[0] == column


def test_several_problems_of_a_policy_are_reported_at_once():
    """As with tables."""
    with pytest.raises(ma.InputError) as caught:
        ma.Policy(max_minutes=-1, tail_weeks=0.5, movable_priorities=["P6"])
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"forbidden_lanes": [{"origin": "RJ9"}]}, "not a code of this system"),
        ({"allowed_lanes": [{"provider": "rj1"}]}, "not a code of this system"),
        ({"forbidden_lanes": [{"consultant": "X"}]}, "asks about consultant"),
        ({"max_out": {"RJ9": 3}}, "not a provider of this system"),
        ({"max_in": pd.DataFrame({"period": [3], "patients": 1})}, "write 1 to 2"),
        ({"harm": ma.harm.clinical()}, "asks about priority"),
        ({"harm": ma.harm.from_function(lambda _w: -1.0)}, "rate at week 0 is -1.0"),
        ({"harm": ma.harm.from_function(lambda _w: float("nan"))}, "rate at week 0 is nan"),
    ],
)
def test_a_policy_that_does_not_fit_the_system(options, words):
    """A code, a column or a period that the tables do not have."""
    with pytest.raises(ma.InputError, match=words):
        ma.optimise(system(tables()), ma.Policy(**options))


def test_a_harm_curve_that_does_not_know_a_priority():
    """It is named, with those that it knows."""
    good = tables()
    for name in ("waiting_list", "referrals", "removals"):
        good[name]["priority"] = "urgent"
    with pytest.raises(ma.InputError, match=r"no curve for urgent.*P1, P2, P3"):
        ma.optimise(system(good), ma.Policy(harm=ma.harm.clinical()))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"solver": "magic"}, "auto, flow, highs, pulp"),
        ({"solver": "flow:LEMON"}, "auto, flow, highs, pulp"),
        ({"formulation": "dense"}, "auto, chain, ageing"),
        ({"time_limit": 0}, "seconds above 0"),
        ({"threads": 0}, "1 or more"),
        ({"mip_gap": 1.5}, "share from 0 to 1"),
        ({"policy": {"max_minutes": 60}}, "policy is a dict"),
        ({"collaboration": "deep"}, "collaboration is a str"),
    ],
)
def test_an_option_that_does_not_exist(options, words):
    """The message lists what there is."""
    with pytest.raises(ma.InputError, match=words):
        ma.optimise(system(tables()), **options)


def test_the_chain_where_it_is_not_exact():
    """A harm rate that falls with waiting needs the ageing network; auto picks it."""
    falling = ma.harm.from_table({"weeks_waiting": [0, 10], "rate": [2.0, 1.0]})
    policy = ma.Policy(harm=falling)
    with pytest.raises(ma.InputError, match="chain network is not exact for 6 queues"):
        ma.optimise(system(tables()), policy, formulation="chain")
    assert not ma.build(system(tables()), policy).model.chain.any()


def test_the_flow_solver_takes_no_side_rows():
    """The message says how many there are, and what to use."""
    bad = system(tables())
    with pytest.raises(ma.InputError, match="use 'auto', 'highs' or 'pulp'"):
        ma.optimise(bad, ma.Policy(max_share_moved=0.1), solver="flow")
