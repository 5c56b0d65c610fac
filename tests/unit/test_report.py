"""Files for people: whole or not at all, small numbers hidden, identifiers only when asked for."""

from __future__ import annotations

import datetime as dt
import sys
import warnings
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.atomic_write import written_whole
from mutualaid.data.patient_list import PatientList
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.patients import transfer_list
from mutualaid.report import write_csv, write_parquet, write_workbook
from mutualaid.report.csv_parquet import _alone
from mutualaid.report.rules_text import proof, rules, setting
from mutualaid.report.sheets import change, sheets
from mutualaid.report.spreadsheet_text import guarded, like_formula, sheet_names


@pytest.fixture(scope="module")
def plan():
    return ma.optimise(ma.datasets.collaborative())


@pytest.fixture(scope="module")
def counts(plan):
    return counts_of(plan)


def small_plan(waiting=None, **more):
    """Alder's few long waiters, some of whom go to Birch."""
    return ma.optimise(two_trusts(waiting=waiting, **more))


# Files


def test_a_file_takes_its_place_only_when_all_is_written(tmp_path):
    """A plan that fails half-way leaves the last good file, and nothing else."""
    path = tmp_path / "plan.csv"
    path.write_text("last month")

    def fail():
        with written_whole(path) as temporary:
            temporary.write_text("this mon")
            assert path.read_text() == "last month"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "last month"
    with written_whole(path) as temporary:
        assert temporary.parent == tmp_path
        temporary.write_text("this month")
        assert path.read_text() == "last month"
    assert path.read_text() == "this month"
    assert [file.name for file in tmp_path.iterdir()] == ["plan.csv"]


def test_a_new_file_can_be_read_by_whom_other_files_can(tmp_path):
    """Not by its owner only, as temporary files are."""
    plain = tmp_path / "plain"
    plain.write_text("")
    with written_whole(tmp_path / "plan.csv") as temporary:
        temporary.write_text("plan")
    assert (tmp_path / "plan.csv").stat().st_mode == plain.stat().st_mode
    plain.chmod(0o640)
    with written_whole(plain) as temporary:
        temporary.write_text("plan")
    assert plain.stat().st_mode & 0o777 == 0o640


def test_a_path_that_cannot_be_written_is_told_at_once(tmp_path):
    """A folder, a folder that is not there, a number."""
    for path, words in (
        (tmp_path, "is a folder"),
        (tmp_path / "not" / "there.csv", "is not there"),
        (7, "is an int"),
        ("", "is a folder"),
    ):
        with pytest.raises(ma.InputError, match=words), written_whole(path):
            raise AssertionError
    assert not list(tmp_path.iterdir())


# What is counted, and what is hidden


def test_counts_are_those_of_the_plan(plan, counts):
    """Nothing is lost: lanes add up to moves, trusts to everybody."""
    assert counts.moves["patients"].sum() == plan.moves["patients"].sum()
    assert (counts.moves["first"] <= counts.moves["last"]).all()
    lane = counts.moves.iloc[0]
    rows = plan.moves[
        (
            plan.moves[["origin", "provider", "service"]] == lane[["origin", "provider", "service"]]
        ).all(axis=1)
    ]
    assert lane["minutes"] == pytest.approx(np.average(rows["minutes"], weights=rows["patients"]))
    assert lane["extra_minutes"] == pytest.approx(
        np.average(rows["extra_minutes"], weights=rows["patients"])
    )
    assert (lane["first"], lane["last"]) == (rows["period"].min(), rows["period"].max())


def test_no_small_number_is_shown_anywhere(counts):
    """Of lanes, trusts, totals and used slots; and nothing else is called small."""
    pairs = [(counts.moves["patients"], counts.moves["mark"])]
    pairs += [(counts.prices["used"], counts.prices["mark"])]
    names = [
        name for name in counts.trust_marks if name.startswith(("list", "over", "treated", "mo"))
    ]
    for table, marks in (
        (counts.trusts, counts.trust_marks),
        (counts.whole, counts.whole_marks),
    ):
        pairs += [(table[name], marks[name]) for name in names]
    seen = 0
    for values, marks in pairs:
        small = values.between(1, 4).to_numpy()
        assert (marks[small] > 0).all()
        assert not (marks[~small] == 1).any()
        seen += small.sum()
    assert seen


def test_three_patients_cannot_be_counted_from_slots_or_lists():
    """Three go to Birch, which has nobody of its own: nothing in the report adds up to three."""
    made = small_plan(
        pd.DataFrame({"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": [5]})
    )
    assert made.moves["patients"].sum() == 3
    found = counts_of(made)
    birch = found.prices["provider"] == "BIR"
    assert (found.prices.loc[birch, "mark"] > 0).all()
    for sheet in sheets(made, found):
        cells = sheet.table.to_numpy(dtype=object).ravel().tolist() + list(sheet.total or [])
        assert 3 not in [cell for cell in cells if not isinstance(cell, str)], sheet.name
    # Two of Alder's own; and five in all less those two.
    alder = found.trusts["origin"] == "ALD"
    assert (found.trust_marks.loc[alder, "moves_out_after"] > 0).all()
    assert (found.trust_marks.loc[alder, "treated_before"] > 0).all()
    everything = counts_of(made, 0)
    assert everything.hidden == 0
    assert found.hidden > 5


def test_counts_hang_together_so_that_no_difference_tells():
    """22 over 18 weeks of a list of 25: three within. One of the two must go."""
    waiting = pd.DataFrame(
        {
            "origin": "ALD",
            "service": "C_110",
            "weeks_waiting": [2, 30],
            "patients": [3, 28],
        }
    )
    found = counts_of(small_plan(waiting, slots=(6, 0)))
    alder = found.trust_marks[found.trusts["origin"] == "ALD"].iloc[0]
    assert found.trusts["within_18_after"].max() == 3
    assert alder["within_18_after"] == 1
    assert alder["over_18_after"] or alder["list_size_after"]
    assert alder["share_within_18_after"] == 2


def test_who_is_treated_or_waits_is_the_same_number_either_way():
    """Three more treated by the plan than alone: the lists must not tell."""
    found = counts_of(small_plan(slots=(2, 1)))
    alder = found.trust_marks[found.trusts["origin"] == "ALD"].iloc[0]
    values = found.trusts[found.trusts["origin"] == "ALD"].iloc[0]
    assert (values["list_size_before"], values["treated_before"]) == (4, 2)
    assert (values["list_size_after"], values["treated_after"]) == (3, 3)
    assert all(
        alder[name] > 0
        for name in ("list_size_before", "treated_before", "list_size_after", "treated_after")
    )


def test_what_rests_on_hidden_numbers_is_hidden(counts):
    """Minutes, periods, means, changes and slots."""
    for sheet in ("moves", "prices"):
        assert (getattr(counts, sheet)["mark"] > 0).any(), sheet
    made = {sheet.name: sheet for sheet in sheets(ma.optimise(ma.datasets.collaborative()), counts)}
    moves = made["Moves"].table
    hidden = moves["Patients"].isin(["<5", "*"])
    assert hidden.sum() == (counts.moves["mark"] > 0).sum()
    assert (moves.loc[hidden, list(moves.columns[4:])] == "*").all(axis=None)
    # When they go is hidden as well where the use of a slot of theirs is.
    assert not (moves.loc[~hidden, list(moves.columns[4:6])] == "*").any(axis=None)
    timed = counts.moves["timed"].to_numpy()
    assert ((moves["First period"] == "*").to_numpy() == (hidden.to_numpy() | ~timed)).all()
    assert not timed.all()
    prices = made["Prices"].table
    assert (prices["Slots"] == "*").tolist() == prices["Slots used"].isin(["<5", "*"]).tolist()
    trusts = made["By trust"].table
    either = trusts["Alone"].isin(["<5", "*"]) | trusts["Together"].isin(["<5", "*"])
    assert (trusts.loc[either, "Change"] == "*").all()
    assert either.any()


def test_a_change_is_shown_only_between_two_numbers_that_are():
    """20 and <5: the difference would tell."""
    assert change(20, "<5") == "*"
    assert change("*", 20) == "*"
    assert change(20, 17) == -3
    assert change(None, 17) is None


# Sheets


def test_the_first_sheet_says_what_was_asked_and_who_proved_it(plan, counts):
    """In words; that nobody was asked; and from when."""
    first = sheets(plan, counts, census=dt.date(2026, 1, 31))[0]
    text = " ".join(first.notes)
    for words in ("Deep", "31 January 2026", "13 periods of 4 weeks", "Proven best", "<5"):
        assert words in text
    assert "If everybody accepts" in text
    figures = first.table.set_index("Figure")
    assert figures.loc["Treated (patients)", "Together"] == plan.treatments["patients"].sum()
    assert figures.loc["Patients treated away from home", "Together"] == 9935
    assert figures.loc["Harm with travel and moves (harm-weeks)", "Change"] == pytest.approx(
        plan.objective - plan.baseline_objective, abs=1000
    )
    assert "<5" not in " ".join(sheets(plan, counts_of(plan, 0))[0].notes)


def test_each_receiver_has_a_sheet_with_its_total(plan, counts):
    """The rows of its own, and how many in all."""
    made = sheets(plan, counts)
    names = [sheet.name for sheet in made]
    receivers = sorted(set(plan.moves["provider"].astype(str)))
    assert [name for name in names if name.startswith("To ")] == [f"To {r}" for r in receivers]
    one = next(sheet for sheet in made if sheet.name == "To XA1")
    assert one.total[2] == plan.moves.query("provider == 'XA1'")["patients"].sum()
    assert list(one.table.columns[:3]) == ["From (origin)", "Service", "Patients"]
    assert len(one.table) == (counts.moves["provider"] == "XA1").sum()


def three_trusts(going=(6, 3), minutes=(20, 50)):
    """Alder's patients go to Birch and to Oak, which is further."""
    names = ["BIR", "OAK"]
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": "C_110", "weeks_waiting": [40], "patients": [sum(going)]}
    )
    capacity = pd.DataFrame(
        {"provider": ["ALD", *names], "service": "C_110", "period": 1, "slots": [0, *going]}
    )
    travel = pd.DataFrame({"origin": "ALD", "provider": names, "minutes": map(float, minutes)})
    return ma.optimise(ma.System(waiting, capacity, travel, periods=1))


def test_the_mean_way_is_not_told_where_it_would_tell_lanes_apart():
    """Six go 20 minutes and three 50: a mean of 30 would say so. Of 3,000 it says nothing."""
    way, harm = (
        "Their mean extra way (minutes, one way)",
        "Harm with travel and moves (harm-weeks)",
    )

    def first(made, threshold=5):
        return sheets(made, counts_of(made, threshold))[0].table.set_index("Figure")

    few = three_trusts()
    assert first(few).loc[way, "Together"] == "*"
    assert first(few, 0).loc[way, "Together"] == 30
    assert first(three_trusts(going=(60, 30))).loc[way, "Together"] == 30
    assert first(three_trusts(minutes=(50, 50))).loc[way, "Together"] == 50
    many = three_trusts(going=(3000, 3))
    assert first(many).loc[way, "Together"] == 20
    assert first(few, 0).loc[harm, "Together"] == few.objective
    assert first(few).loc[harm, ["Together", "Change"]].tolist() == ["*", "*"]
    # Their harm is less than ten times what ten of them may come to.
    assert first(many).loc[harm, "Together"] == "*"
    assert many.objective < 10 * counts_of(many).coarse.harm
    hidden = first(three_trusts(going=(1, 2)))
    assert hidden.loc[harm, "Together"] == "*"
    assert hidden.loc[harm, "Change"] == "*"


def test_every_rule_is_on_its_sheet():
    """Each field of the policy and of the collaboration, in words."""
    made = ma.optimise(
        two_trusts(),
        ma.Policy(max_in=5, forbidden_lanes=[{"origin": "BIR", "provider": "ALD"}], ramp=[1, 2]),
        ma.Transactional(tolerance=3),
    )
    table = rules(made.policy, made.collaboration).set_index("Name in the software")
    for part in (made.policy, made.collaboration):
        assert {field.name for field in fields(part)} <= set(table.index)
    assert table.loc["forbidden_lanes", "Setting"] == "origin BIR, provider ALD"
    assert table.loc["max_in", "Setting"] == "patients 5"
    assert table.loc["ramp", "Setting"] == "1, 2"
    assert table.loc["tolerance", "Setting"] == "3"
    assert table.loc["allowed_lanes", "Setting"] == "not set"
    assert not table["Rule"].str.contains("_").any()


def test_settings_are_told_in_full_but_not_without_end():
    """Tables row by row, the first twenty."""
    many = pd.DataFrame({"origin": [f"R{n}" for n in range(25)], "provider": None})
    text = setting(many)
    assert text.startswith("origin R0; origin R1")
    assert text.endswith("origin R19; and 5 rows more")
    assert setting({"hips": 2.5}) == "hips: 2.5"
    assert setting(list(range(22))).endswith("19 and 2 more")
    assert setting(many.iloc[:0]) == "none"
    assert setting(ma.harm.person_weeks()) == ma.harm.person_weeks().name


def test_a_plan_with_a_gap_does_not_call_itself_best():
    """How far it is, at most, and whether whole numbers say so."""
    one = {"primal_infeasibility": 0, "dual_infeasibility": 0, "pure": False}
    certificate = ma.Certificate(cost=1000, lower_bound=999, exact=False, **one)
    assert "at most 0.1000% above the best" in proof(certificate)
    assert "floating-point" in proof(certificate)


def test_findings_about_the_data_are_on_a_sheet_and_small_ones_hidden(plan, counts):
    """Three rows with a problem are three patients."""
    quality = pd.DataFrame(
        {"column": ["clock_start"] * 2, "problem": ["x", "y"], "rows": [3, 70], "done": ["", "z"]}
    )
    made = {sheet.name: sheet for sheet in sheets(plan, counts, quality=quality)}
    assert made["Data quality"].table["Rows"].tolist() == ["<5", 70]
    assert "Data quality" not in [sheet.name for sheet in sheets(plan, counts, quality=quality[:0])]
    with pytest.raises(ma.InputError, match="quality has no done"):
        sheets(plan, counts, quality=quality.drop(columns="done"))


# Texts


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+1",
        "-1",
        "@x",
        "\t1",
        "\r1",
        "\n1",
        "  =1",
        "\u00a0@x",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        "\u22121",
    ],
)
def test_what_a_spreadsheet_would_run_is_guarded(text):
    """Whatever stands before it, and full width as well."""
    assert like_formula(text)
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["RJ1", "", "a=b", "<5", "*", "St Mary's", "3-4", "é"])
def test_plain_text_stays_as_it_is(text):
    """Names, marks, and signs in the middle."""
    assert not like_formula(text)
    assert guarded(text) == text


def test_names_of_sheets_are_valid_and_unique():
    """31 characters as Excel counts them, none of its seven signs, no two alike in any case."""
    wanted = ["To A", "to a", "TO A", "a[b]c:d*e?f/g\\h", "'quoted'", "History", "", "x" * 300]
    wanted += ["x" * 299, "🏥" * 40, "\u202eRTL", "Straße", "STRASSE", "\uff34\uff2f \uff21"]
    names = sheet_names(wanted)
    assert len({name.casefold() for name in names}) == len(wanted)
    assert names[:3] == ["To A", "to a (2)", "TO A (3)"]
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"


# CSV and Parquet


def test_a_csv_file_shows_what_the_workbook_shows(plan, counts, tmp_path):
    """The same marks for the same lanes, whoever wrote first."""
    path = write_csv(plan, tmp_path / "moves.csv")
    table = pd.read_csv(path, encoding="utf-8-sig")
    workbook = next(s for s in sheets(plan, counts) if s.name == "Moves").table
    assert table["patients"].astype(str).tolist() == workbook["Patients"].astype(str).tolist()
    assert (table.loc[table["patients"].isin(["<5", "*"]), "minutes"] == "*").all()
    assert path.read_bytes() == write_csv(plan, tmp_path / "again.csv").read_bytes()
    prices = pd.read_csv(write_csv(plan, tmp_path / "p.csv", table="prices"))
    assert (prices["used"].astype(str) == "*").sum() == (counts.prices["mark"] == 2).sum()
    assert (prices["slots"].astype(str) == "*").sum() == (counts.prices["mark"] > 0).sum()
    other = write_csv(plan, tmp_path / "m.csv", by=["service", "provider", "origin"])
    assert other.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("table", ["moves", "measures", "prices", "remaining"])
def test_every_table_can_be_written_by_other_columns(plan, tmp_path, table):
    """By service: no small number; with 0, all of them."""
    shown = pd.read_csv(write_csv(plan, tmp_path / "a.csv", table=table, by="service"))
    every = pd.read_csv(
        write_csv(plan, tmp_path / "b.csv", table=table, by="service", suppress_below=0)
    )
    assert list(shown["service"]) == list(every["service"])
    count = {"moves": "patients", "measures": "over_52_after", "prices": "used"}
    name = count.get(table, "patients")
    numbers = pd.to_numeric(shown[name], errors="coerce")
    assert not numbers.between(1, 4).any()
    assert (numbers.isna() | (numbers == every[name])).all()
    assert not every.isin(["*", "<5"]).any(axis=None)
    rows = pd.read_csv(write_csv(plan, tmp_path / "c.csv", table=table, by=None, suppress_below=0))
    expected = plan.measures(by=None) if table == "measures" else getattr(plan, table)
    assert rows.shape == expected.shape


def test_a_table_by_other_columns_hides_with_its_own_totals(tmp_path):
    """Three of one priority move, of twelve: another must be hidden with them."""
    waiting = pd.DataFrame(
        {
            "origin": "ALD",
            "service": "C_110",
            "priority": ["P3", "P4"],
            "weeks_waiting": 40,
            "patients": [3, 9],
        }
    )
    made = small_plan(waiting, slots=(0, 20))
    table = pd.read_csv(write_csv(made, tmp_path / "m.csv", by=["priority"]))
    assert table["patients"].tolist() == ["<5", "*"]
    seven = write_csv(made, tmp_path / "m.csv", by=["priority"], suppress_below=3)
    assert pd.read_csv(seven)["patients"].tolist() == [3, 9]
    left = pd.read_csv(write_csv(made, tmp_path / "r.csv", table="remaining"))
    assert left.empty


def test_a_file_by_two_columns_stands_up_to_the_totals_of_each():
    """Three of one trust's; the totals of trusts and of priorities may be known elsewhere."""
    table = pd.DataFrame(
        {"origin": ["A", "A", "B", "B"], "priority": ["P3", "P4"] * 2, "patients": [3, 9, 20, 30]}
    )
    assert _alone(table, ("origin", "priority"), "patients", 5).tolist() == [1, 2, 2, 2]
    assert _alone(table, ("origin",), "patients", 0).tolist() == [0, 0, 0, 0]


def test_measures_hide_what_is_worked_out_from_hidden_counts(tmp_path):
    """A mean wait of three patients; their minutes; their harm."""
    made = small_plan(slots=(3, 1), periods=1)
    row = pd.read_csv(write_csv(made, tmp_path / "m.csv", table="measures")).set_index("origin")
    alder = row.loc["ALD"]
    assert alder["list_size_after"] in ("<5", "*")
    for name in (
        "mean_wait_after",
        "share_within_18_after",
        "harm_weeks_after",
        "travel_minutes_after",
    ):
        assert alder[name] == "*", name
    assert alder["moves_out_after"] in ("<5", "*")


def test_minutes_of_travel_are_hidden_with_any_hidden_lane(tmp_path):
    """3,000 go 20 minutes and three 50: 60,150 minutes in all would say so."""
    for threshold, expected in ((5, "*"), (0, "60150.0")):
        path = write_csv(
            three_trusts(going=(3000, 3)),
            tmp_path / "m.csv",
            table="measures",
            suppress_below=threshold,
        )
        alder = pd.read_csv(path, dtype=str).set_index("origin").loc["ALD"]
        assert alder["treated_after"] == "3003"
        assert alder["travel_minutes_after"] == expected


def test_parquet_files_say_what_is_missing(plan, counts, tmp_path):
    """Hidden counts are missing, and the column suppressed says where."""
    pytest.importorskip("pyarrow")
    table = pd.read_parquet(write_parquet(plan, tmp_path / "moves.parquet"))
    hidden = (counts.moves["mark"] > 0).to_numpy()
    assert table["suppressed"].tolist() == (hidden | ~counts.moves["timed"]).tolist()
    assert table["patients"].isna().tolist() == hidden.tolist()
    assert table["minutes"].isna().tolist() == hidden.tolist()
    assert table["patients"].dtype == "Int64"
    shown = counts.moves.loc[~hidden, "patients"]
    assert table.loc[~hidden, "patients"].tolist() == shown.tolist()
    first = (tmp_path / "moves.parquet").read_bytes()
    assert write_parquet(plan, tmp_path / "again.parquet").read_bytes() == first
    for name in ("measures", "prices", "remaining"):
        path = write_parquet(plan, tmp_path / "x.parquet", table=name)
        assert pd.read_parquet(path)["suppressed"].dtype == bool
    full = write_parquet(plan, tmp_path / "full.parquet", by=None, suppress_below=0)
    assert len(pd.read_parquet(full)) == len(plan.moves)


def test_without_pyarrow_one_is_told_what_to_install(plan, tmp_path, monkeypatch):
    """Or to write a CSV file."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ma.InputError, match="pip install pyarrow"):
        write_parquet(plan, tmp_path / "moves.parquet")
    assert not list(tmp_path.iterdir())


def test_tables_that_are_not_there_are_named(plan, tmp_path):
    """Tables, columns, and rows of single patients without leave."""
    path = tmp_path / "x.csv"
    for options, words in (
        ({"table": "patients"}, "'moves', 'measures', 'prices' or 'remaining'"),
        ({"by": ["ward"]}, "moves are not by ward"),
        ({"table": "measures", "by": ["ward"]}, "measures are not by ward"),
        ({"by": None}, "suppress_below=0"),
        ({"by": []}, "by is empty"),
        ({"suppress_below": 2}, "3 to 1,000"),
    ):
        with pytest.raises(ma.InputError, match=words):
            write_csv(plan, path, **options)
    with pytest.raises(ma.InputError, match=r"mutualaid\.Plan"):
        write_csv(plan.moves, path)
    assert not path.exists()


def test_hostile_names_are_text_in_csv_files(tmp_path):
    """A trust that is called like a formula."""
    tables = two_trusts()
    name = "=cmd|' /C calc'!A0"
    waiting, capacity, travel = (
        frame.astype({c: object for c in frame if c in ("origin", "provider")}).replace("BIR", name)
        for frame in (tables.waiting_list, tables.capacity, tables.travel)
    )
    made = ma.optimise(ma.System(waiting, capacity, travel, periods=1))
    text = write_csv(made, tmp_path / "m.csv").read_text("utf-8-sig")
    assert f"'{name}" in text
    assert f",{name}" not in text


# Transfers


@pytest.fixture
def listed():
    return pd.DataFrame(
        {
            "patient_id": ["a", "b", "c"],
            "pathway_id": ["P1", None, "P3"],
            "pathway_issuer": ["XA1", None, "X09"],
            "clock_start": pd.to_datetime(["2025-01-02", "2025-03-04", "2025-05-06"]),
            "priority": pd.Categorical(["P3", "P4", "P4"]),
            "consent": pd.Categorical(["yes", "yes", "no"]),
            "local_id": ["1", "2", "3"],
        }
    )


@pytest.fixture
def offers():
    return pd.DataFrame(
        {
            "patient_id": ["c", "b", "a"],
            "origin": pd.Categorical(["XA1"] * 3),
            "service": ["C_110", "C_110", "eyes"],
            "decision": ["stays", "offer", "offer"],
            "provider": ["XA1", "XB2", "XC3"],
        }
    )


def test_a_transfer_keeps_the_clock_and_the_pathway(offers, listed):
    """Who is offered, in the order of the offers; 20 on the form, 21 at home."""
    with pytest.warns(ma.InputWarning, match="2 transfers") as caught:
        table = transfer_list(offers, listed, decided=dt.date(2025, 9, 1))
    assert "IDENTIFIER in 1" in str(caught[0].message)
    assert table["PATIENT_PATHWAY_IDENTIFIER"].tolist()[1] == "P1"
    assert pd.isna(table["PATIENT_PATHWAY_IDENTIFIER"][0])
    assert table["ORGANISATION_CODE_(PATIENT_PATHWAY_IDENTIFIER_ISSUER)"][1] == "XA1"
    starts = table["REFERRAL_TO_TREATMENT_PERIOD_START_DATE"]
    assert starts.tolist() == [pd.Timestamp("2025-03-04"), pd.Timestamp("2025-01-02")]
    assert table["REFERRING_ORGANISATION_CODE"].tolist() == ["XA1", "XA1"]
    assert table["ORGANISATION_CODE_(RECEIVING)"].tolist() == ["XB2", "XC3"]
    for side in ("REFERRING", "RECEIVING"):
        name = f"TREATMENT_FUNCTION_CODE_({side}_SERVICE)"
        assert table[name].tolist() == ["110", "eyes"]
    status = "REFERRAL_TO_TREATMENT_PERIOD_STATUS_(INTER-PROVIDER_TRANSFER)"
    assert table[status].tolist() == ["20", "20"]
    assert table["STATUS_IN_THE_SENDERS_SYSTEM"].tolist() == ["21", "21"]
    decided = table["DECISION_TO_REFER_DATE_(INTER-PROVIDER_TRANSFER)"]
    assert (decided == pd.Timestamp("2025-09-01")).all()
    assert table["LOCAL_PATIENT_IDENTIFIER"].tolist() == ["2", "1"]
    assert table["PRIORITY"].tolist() == ["P4", "P3"]
    assert table["CONSENT"].tolist() == ["yes", "yes"]


def test_only_who_accepted_is_transferred(offers, listed):
    """The others stay; nobody else can have accepted."""
    table = transfer_list(offers, listed, accepted={"a"})
    assert table["PATIENT_PATHWAY_IDENTIFIER"].tolist() == ["P1"]
    assert table["DECISION_TO_REFER_DATE_(INTER-PROVIDER_TRANSFER)"].isna().all()
    assert transfer_list(offers, listed, accepted=[]).empty
    with pytest.raises(ma.InputError, match="nobody who was offered"):
        transfer_list(offers, listed, accepted=["c"])
    with pytest.raises(ma.InputError, match="one text"):
        transfer_list(offers, listed, accepted="a")


def test_a_list_without_pathways_is_told_in_counts_only(offers, listed):
    """The columns are there, empty; no identifier is in the warning."""
    bare = listed[["patient_id"]]
    with pytest.warns(ma.InputWarning) as caught:
        table = transfer_list(offers, bare)
    assert table["PATIENT_PATHWAY_IDENTIFIER"].isna().all()
    assert table["REFERRAL_TO_TREATMENT_PERIOD_START_DATE"].isna().all()
    assert "START_DATE in 2" in str(caught[0].message)
    assert "'a'" not in str(caught[0].message)


def test_transfers_that_cannot_be_are_refused_without_naming_anybody(offers, listed):
    """Strangers, doubles, tables of something else."""
    with pytest.raises(ma.InputError, match="nobody on the list") as caught:
        transfer_list(offers.assign(patient_id=["c", "secret", "a"]), listed)
    assert "secret" not in str(caught.value)
    twice = listed.assign(patient_id=["a", "a", "b"])
    with pytest.raises(ma.InputError, match="twice"):
        transfer_list(offers, twice)
    with pytest.raises(ma.InputError, match=r"offers\.provider"):
        transfer_list(offers.drop(columns="provider"), listed)
    with pytest.raises(ma.InputError, match=r"patients\.patient_id"):
        transfer_list(offers, listed.drop(columns="patient_id"))
    with pytest.raises(ma.InputError, match="is a str"):
        transfer_list("offers", listed)
    nobody = listed.assign(**dict.fromkeys(("patient_id", "pathway_id", "local_id")))
    with pytest.raises(ma.InputError, match="no identifier"):
        transfer_list(offers, nobody)


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_everybody_of_a_table_without_decisions_goes(offers, listed):
    """Who accepted, as replan tells it, and offers with their ranks, have no decision."""
    going = offers[offers["decision"] == "offer"].drop(columns="decision")
    pd.testing.assert_frame_equal(transfer_list(going, listed), transfer_list(offers, listed))


def test_a_list_of_patients_brings_its_census(offers, listed):
    """The day of the decision, unless another one is given; a column of that name is none."""
    people = listed.assign(origin="XA1", service="C_110", weeks_waiting=30)
    name = "DECISION_TO_REFER_DATE_(INTER-PROVIDER_TRANSFER)"
    kept = PatientList(people, census=dt.date(2026, 1, 31))
    assert transfer_list(offers[2:], kept)[name].item() == pd.Timestamp("2026-01-31")
    later = transfer_list(offers[2:], kept, decided=dt.date(2026, 2, 3))
    assert later[name].item() == pd.Timestamp("2026-02-03")
    column = people.assign(census="never", frame="of mind")
    assert transfer_list(offers[2:], column)[name].isna().all()


def test_a_full_list_gives_no_warning(offers, listed):
    """Every field that the form must have is held."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        transfer_list(offers[2:], listed)


def test_nothing_is_written_outside_the_folder_that_was_named(plan, tmp_path, monkeypatch):
    """Not even for a moment: there is no folder for temporary files here."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    (tmp_path / "out").mkdir()
    write_workbook(plan, tmp_path / "out" / "plan.xlsx")
    write_csv(plan, tmp_path / "out" / "plan.csv")
    assert {file.name for file in tmp_path.rglob("*")} == {"out", "plan.xlsx", "plan.csv"}
