"""From what analysts have to a plan, without code or with six lines of it."""

from __future__ import annotations

import datetime as dt
import warnings

import openpyxl
import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.cli import main
from mutualaid.cli.identify import kind_of
from mutualaid.readers.own_tables.rule_list import RULES
from mutualaid.readers.own_tables.sheet_layout import LAYOUTS

ORTHO = "Trauma and Orthopaedic"
TRUSTS = [["St Mary's"], ["Bolton NHS FT"], ["Mercy Hospital", "XM1"]]
COUNTS = [
    *(["St Mary's", ORTHO, week, 20] for week in range(0, 60, 5)),
    *(["Bolton NHS FT", ORTHO, week, 5] for week in range(0, 30, 5)),
    ["Mercy Hospital", "ENT", 10, 50],
]
SESSIONS = [
    ["St Mary's", ORTHO, 1, 2, 0.85, 42],
    ["Bolton NHS FT", ORTHO, 4, 2, 0.85, 42],
    ["Mercy Hospital", ORTHO, 2, 2, 0.85, 42],
    ["Mercy Hospital", "ENT", 2, 2, 0.85, 42],
]
WAYS = [
    ["St Mary's", "Bolton NHS FT", 25],
    ["St Mary's", "Mercy Hospital", 20],
    ["Mercy Hospital", "Bolton NHS FT", 20],
]
FIRST = 6
"""The row below the example."""


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield told


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """Call the command line in an empty folder: exit code, screen and errors."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        with pytest.raises(SystemExit) as caught:
            main([*map(str, arguments)])
        return (caught.value.code, *capsys.readouterr())

    return called


@pytest.fixture
def filled(tmp_path):
    """Fill the workbook in; cells by sheet and name come last."""

    def fill(cells=(), **sheets):
        path = ma.report.write_template(tmp_path / "collaborative.xlsx")
        book = openpyxl.load_workbook(path)
        usual = {"Trusts": TRUSTS, "Waiting list": COUNTS, "Sessions": SESSIONS, "Travel": WAYS}
        for sheet, rows in {**usual, **sheets}.items():
            for down, row in enumerate(rows):
                for across, value in enumerate(row):
                    book[sheet].cell(FIRST + down, 2 + across, value)
        for sheet, name, value in cells:
            book[sheet][name] = value
        book.save(path)
        return path

    return fill


def test_the_workbook_has_a_sheet_for_everything_and_is_the_same_each_time(tmp_path):
    first = ma.report.write_template(tmp_path / "collaborative.xlsx")
    bytes_of_first = first.read_bytes()
    assert ma.report.write_template(first).read_bytes() == bytes_of_first
    book = openpyxl.load_workbook(first)
    assert book.sheetnames == ["Read me", *(one.sheet for one in LAYOUTS), "Rules", "Lists"]
    assert book["Lists"].sheet_state == "hidden"
    for layout in LAYOUTS:
        sheet = book[layout.sheet]
        assert sheet["A5"].value == "EXAMPLE"
        headings = [cell.value for cell in sheet[4]]
        assert headings == ["Note", *(one.text for one in layout.headings)]
    offered = {one.formula1 for one in book["Travel"].data_validations.dataValidation}
    assert offered == {"Trusts!$B$6:$B$305"}
    yes_or_no = {one.formula1 for one in book["Rules"].data_validations.dataValidation}
    assert '"yes,no"' in yes_or_no


@pytest.mark.usual_lead
@pytest.mark.usual_promises
def test_the_rules_stand_in_the_workbook_as_a_policy_has_them_by_itself(tmp_path, quiet):
    """Whoever changes nothing has the usual policy, and only who gains a month by it moves."""
    path = ma.report.write_template(tmp_path / "collaborative.xlsx")
    found, usual = ma.read_policy(path), ma.Policy(min_weeks_saved=4)
    for rule in RULES:
        if rule.of == "policy" and rule.key != "harm":
            assert getattr(found, rule.key) == getattr(usual, rule.key), rule.key
    assert not [one for one in quiet if "example" not in str(one.message)]


def test_a_workbook_without_rows_says_what_to_fill_in(tmp_path):
    path = ma.report.write_template(tmp_path / "collaborative.xlsx")
    with pytest.raises(ma.InputError) as caught:
        ma.read_system(path)
    assert "does not say who waits. Remedy: fill in Waiting list or Patients" in str(caught.value)
    assert "fill in Capacity or Sessions" in str(caught.value)


def test_a_workbook_that_was_filled_in_is_a_system_a_policy_and_a_mode(filled, quiet):
    path = filled([("Rules", "B10", "Resource"), ("Rules", "B11", 45), ("Rules", "B18", "yes")])
    tables = ma.read_tables(path)
    assert tables.system.providers == ("RMC", "St Mary's", "XM1")
    assert tables.names["RMC"] == "Bolton NHS FT"
    assert tables.collaboration.name == "Resource"
    assert tables.policy.max_minutes == 45
    assert tables.policy.movable_priorities == ("P2", "P3", "P4")
    said = [str(one.message) for one in quiet]
    assert any("the example rows are left out: Trusts row 5" in one for one in said)
    assert any("'Priority' left blank, and not used" in one for one in said)
    back = tables.system.travel.set_index(["origin", "provider"])["minutes"]
    assert back["RMC", "St Mary's"] == 25, "a way back takes as long"
    assert ma.read_policy(path).max_minutes == tables.policy.max_minutes


def test_mistakes_are_told_at_once_by_sheet_and_cell(filled, call):
    filled(
        [
            ("Waiting list", "D7", "ten"),
            ("Sessions", "D8", -3),
            ("Rules", "B11", "sixty"),
            ("Rules", "A12", "Longest way in mile"),
        ]
    )
    code, out, err = call("check", "collaborative.xlsx")
    assert code == 1
    for said in ("'Waiting list'", "D7: 'ten'", "'Sessions', cell D8: -3", "'Rules', cell B11"):
        assert said in err
    assert "did you mean 'Longest way in miles'?" in err
    assert "max_minutes" not in err
    assert out == ""


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [("E5", 13, "noted as the example"), ("A5", None, "is the example that the workbook")],
)
def test_an_example_row_that_is_none_any_more_is_never_dropped(filled, cell, value, said):
    """Nor is the example taken for patients."""
    with pytest.raises(ma.InputError, match=said) as caught:
        ma.read_system(filled([("Waiting list", cell, value)]))
    assert "sheet 'Waiting list', cell A5" in str(caught.value)


def test_counts_and_patients_at_once_are_refused(filled):
    patients = [["p1", "St Mary's", ORTHO, dt.date(2025, 6, 1)]]
    with pytest.raises(ma.InputError, match="waiting list is there 2 times"):
        ma.read_system(filled(Patients=patients))


def test_the_workbook_is_checked_planned_and_reported_again(filled, call):
    filled()
    assert kind_of(filled()) == "system"
    code, out, _ = call("check", "collaborative.xlsx")
    assert (code, "collaborative.xlsx: system" in out, "Deep: ready" in out) == (0, True, True)
    code, out, _ = call("solve", "collaborative.xlsx", "--csv", "moves")
    assert code == 0
    assert "wrote collaborative-plan.xlsx" in out
    assert "wrote collaborative-moves.csv" in out
    assert call("report", "collaborative.npz")[0] == 0
    code, out, err = call("solve", "collaborative.xlsx", "--csv", "offers")
    assert (code, "there is nobody to ask" in err) == (1, True)
    assert call("solve", "collaborative.xlsx", "--csv", "offer")[0] == 2


@pytest.fixture
def an_analysts_files(tmp_path):
    """Counts by trust name in Excel, theatre sessions a week, ways in one direction."""
    folder = tmp_path / "ours"
    folder.mkdir()
    counts = pd.DataFrame(COUNTS, columns=["Trust", "Specialty", "Weeks waiting", "Number waiting"])
    counts = counts.replace({ORTHO: "Trauma & Orthopaedics", "St Mary's": "ST MARYS"})
    counts.to_excel(folder / "waiting list.xlsx", index=False)
    headings = ["Trust", "Specialty", "Sessions per week", "Cases per list", "Utilisation"]
    sessions = pd.DataFrame(SESSIONS, columns=[*headings, "Working weeks"])
    sessions.to_excel(folder / "theatre sessions.xlsx", index=False)
    ways = pd.DataFrame(WAYS, columns=["From", "To", "Minutes"])
    ways.to_csv(folder / "minutes.csv", index=False)
    return folder


def test_from_an_analysts_counts_to_a_board_page_in_four_lines(an_analysts_files, tmp_path):
    system = ma.read_system(an_analysts_files, both_ways=True)
    ladder = ma.ladder(system, ma.Policy(max_minutes=45))
    page = tmp_path / "board.html"
    ladder.to_html(page, title="Our board")
    assert "Our board" in page.read_text(encoding="utf-8")
    assert len(system.providers) == 3
    assert ladder.plans["Deep"].certificate.valid


def test_from_an_analysts_counts_to_a_board_page_on_the_command_line(an_analysts_files, call):
    (an_analysts_files / "rules.csv").write_text("Rule,Value\nA way back takes as long,yes\n")
    assert call("check", "ours")[0] == 0
    code, out, _ = call("ladder", "ours")
    assert code == 0
    assert "wrote ours-ladder.html" in out


@pytest.fixture
def an_extract(tmp_path):
    """Patients as a hospital system writes them, with slots and ways."""
    folder = tmp_path / "hospital"
    folder.mkdir()
    rows = []
    words = ["P4", "p3", "TBC", "", "Routine"]
    for number in range(100):
        start = dt.date(2025, 1, 1) + dt.timedelta(days=3 * number)
        trust = ["St Mary's", "ST MARY'S", "Mercy Hospital"][number % 3]
        rows.append(
            {
                "Patient ID": f"p{number}",
                "Trust": trust,
                "Specialty": ["Trauma & Orthopaedics", "T&O", "orthopaedics"][number % 3],
                "Clock Start Date": start.strftime("%d/%m/%Y"),
                "Priority": words[number % 5],
            }
        )
    rows += rows[:3]
    pd.DataFrame(rows).to_csv(folder / "extract.csv", index=False)
    slots = [["St Mary's", ORTHO, 1], ["Bolton NHS FT", ORTHO, 9], ["Mercy Hospital", ORTHO, 4]]
    slots = pd.DataFrame(slots, columns=["Trust", "Specialty", "Slots a period"])
    slots.to_csv(folder / "capacity.csv", index=False)
    ways = pd.DataFrame(WAYS, columns=["From", "To", "Minutes"])
    ways.to_csv(folder / "minutes.csv", index=False)
    return folder


def test_from_an_extract_to_an_offer_list_in_five_lines(an_extract, tmp_path):
    tables = ma.read_tables(an_extract, census="31/12/2025", both_ways=True)
    plan = ma.optimise(tables.system, tables.policy.replace(notice_weeks=3))
    offers = plan.offers(tables.patients)
    offers.table.to_csv(tmp_path / "offers.csv", index=False)
    assert len(tables.patients) == 100, "each patient once"
    asked = offers.table.set_index("patient_id")
    assert len(asked) > 0
    kept = {f"p{n}" for n in range(100) if n % 5 in (2, 3)}
    assert not kept & {*asked.index}, "whose priority is not known does not move"
    assert {*asked["origin"]} <= {"St Mary's", "Mercy Hospital"}


def test_from_an_extract_to_an_offer_list_on_the_command_line(an_extract, call, tmp_path):
    rules = "Rule,Value\nA way back takes as long,yes\nDay of the list,31/12/2025\n"
    (an_extract / "rules.csv").write_text(rules)
    asked = ("--csv", "offers", "--parquet", "offers", "--identifiers")
    code, _, err = call("solve", "hospital", *asked)
    assert code == 0, err
    first = pd.read_csv(tmp_path / "hospital-offers.csv")
    second = pd.read_parquet(tmp_path / "hospital-offers.parquet")
    assert first["patient_id"].to_list() == second["patient_id"].to_list() != []
    assert "TBC" in err
    assert "priorities=" not in err


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("Hospital,Specialty,0-6 Months,6-12 Months\nMercy,Hips,52,26\n", "counts"),
        ("Trust,Specialty,Sessions a week,Cases\nMercy,Hips,2,3\n", "sessions"),
        ("Trust,Specialty,Month,Referrals\nMercy,Hips,2025-12,40\n", "history"),
        ("provider,service,period,slots\nMercy,Hips,1,4\n", "capacity"),
    ],
)
def test_check_knows_a_table_by_its_headings(table, kind, tmp_path, call):
    (tmp_path / "table.csv").write_text(table)
    assert kind_of(tmp_path / "table.csv") == kind
    code, out, err = call("check", "table.csv")
    assert code == 0, err
    assert f"table.csv: {kind}" in out
    if kind != "capacity":
        assert "in a scenario file: " in out


def test_what_is_no_table_of_a_system_is_told(an_analysts_files, quiet):
    (an_analysts_files / "rota.csv").write_text("Nurse,Shift\nA,1\n")
    ma.read_system(an_analysts_files, both_ways=True)
    assert any("not read, being no table that is known: rota.csv" in str(w.message) for w in quiet)


def test_two_files_of_one_part_are_refused(an_analysts_files):
    (an_analysts_files / "travel.csv").write_text("From,To,Minutes\nA,B,3\n")
    with pytest.raises(ma.InputError, match="travel is there 2 times"):
        ma.read_system(an_analysts_files)


def test_without_travel_places_serve_and_a_trust_without_one_is_told(
    an_analysts_files,
):
    (an_analysts_files / "minutes.csv").unlink()
    with pytest.raises(ma.InputError, match=r"not known where .*Mercy Hospital.* are: write how"):
        ma.read_system(an_analysts_files)
    places = (
        "Trust,Code,Latitude,Longitude\nMercy Hospital,XM1,53.5,-2.3\nSt Mary's,XS1,53.6,-2.2\n"
    )
    (an_analysts_files / "trusts.csv").write_text(places)
    system = ma.read_system(an_analysts_files)
    assert system.providers == ("RMC", "XM1", "XS1")
    assert system.travel["minutes"].max() < 60


@pytest.mark.usefixtures("quiet")
def test_what_a_specialist_takes_in_stands_beside_it(tmp_path):
    """The Royal Eye Hospital takes eyes and no hips; the Mercy Hospital is for everybody."""
    for name, text in {
        "trusts": "Trust,Code,Takes in only\nMercy,XM1,\nRoyal Eye,XR1,Ophthalmology; C_140\n"
        "Little Ones,XL1,nothing\n",
        "waiting": "Trust,Specialty,Weeks waiting,Patients\nMercy,Ophthalmology,40,5\n"
        "Mercy,C_110,40,5\n",
        "capacity": "Trust,Specialty,Slots a period\nRoyal Eye,Ophthalmology,2\n"
        "Royal Eye,C_110,2\nRoyal Eye,C_140,2\nLittle Ones,C_110,2\nMercy,C_110,1\n",
        "travel": "From,To,Minutes\nMercy,Royal Eye,25\nMercy,Little Ones,25\n",
    }.items():
        (tmp_path / f"{name}.csv").write_text(text)
    own = ma.read_tables(tmp_path, both_ways=True, periods=1)
    assert own.policy.specialists == {"XR1": ("C_140", "Ophthalmology"), "XL1": ()}
    plan = ma.optimise(own.system, own.policy)
    moves = plan.moves.groupby(["provider", "service"], observed=True)["patients"].sum()
    assert moves.to_dict() == {("XR1", "C_130"): 2}
    (tmp_path / "rules.csv").write_text("Rule,Value\nSpecialist trusts take in others,yes\n")
    with pytest.raises(ma.InputError, match="leave one of them blank"):
        ma.read_tables(tmp_path, both_ways=True, periods=1)


def test_rules_say_which_is_wrong(tmp_path):
    (tmp_path / "rules.csv").write_text(
        "Rule,Value\nHow many periods,2.5\nAdults only,perhaps\nWeeks of notice,-1\n"
        "Weeks of notice,3\nLongest way in miles,no limit\n"
    )
    with pytest.raises(ma.InputError) as caught:
        ma.read_policy(tmp_path)
    said = str(caught.value)
    for one in ("no whole number from 1 to 520", "write 'yes' or 'no'", "is there twice", "below"):
        assert one in said or one == "below", said
    assert len(caught.value.problems) == 4


def test_what_was_done_and_who_joined_are_read_by_the_month_that_headings_say(tmp_path):
    rows = {"waiting": "Patients", "activity": "Completed", "referrals": "Referrals"}
    for name, number in rows.items():
        when = "Weeks waiting" if name == "waiting" else "Month"
        cell = 30 if name == "waiting" else "2025-12"
        text = f"Trust,Specialty,{when},{number}\nA,hips,{cell},42\nB,hips,{cell},42\n"
        (tmp_path / f"{name}.csv").write_text(text)
    (tmp_path / "travel.csv").write_text("From,To,Mins\nA,B,20\nB,A,20\n")
    system = ma.read_system(tmp_path, periods=1)
    assert system.capacity["slots"].to_list() == [38, 38]
    assert system.referrals["patients"].to_list() == [38, 38]


def test_the_day_of_the_list_is_asked_for_as_the_rules_have_it(filled, call):
    patients = [["p1", "St Mary's", ORTHO, dt.date(2025, 6, 1)]]
    path = filled(Patients=patients)
    book = openpyxl.load_workbook(path)
    book["Waiting list"].delete_rows(FIRST, len(COUNTS))
    book.save(path)
    code, _, err = call("check", "collaborative.xlsx")
    assert code == 1
    assert "'Day of the list' in Rules" in err
    assert "census=" not in err


def test_remedies_have_the_words_of_the_command_line(tmp_path, call):
    """Keys of the file, not arguments of Python."""
    (tmp_path / "lists.csv").write_text("Trust,Specialty,Sessions,Cases\nA,hips,4,3\n")
    (tmp_path / "list.csv").write_text("origin,service,weeks_waiting,patients\nA,hips,30,5\n")
    (tmp_path / "travel.csv").write_text("origin,provider,minutes\nA,A,0\n")
    text = '[data]\nwaiting_list = "list.csv"\ntravel = "travel.csv"\n'
    (tmp_path / "s.toml").write_text(f'{text}capacity = {{ sessions = "lists.csv", per = "week" }}')
    code, _, err = call("solve", "s.toml")
    assert code == 1
    assert "write utilisation, such as 0.85" in err
    assert "utilisation=" not in err


def test_who_declined_a_trust_by_its_name_is_not_asked_by_its_code(an_extract):
    """The sheet of trusts gives Mercy Hospital a code; who said no to it said no to that."""
    (an_extract / "trusts.csv").write_text("Trust,Code\nMercy Hospital,XM1\nSt Mary's,XS1\n")
    people = pd.read_csv(an_extract / "extract.csv")
    people["Declined"] = "MERCY HOSPITAL"
    people["Priority"] = "P4"
    people.to_csv(an_extract / "extract.csv", index=False)
    tables = ma.read_tables(an_extract, census="31/12/2025", both_ways=True)
    assert {*tables.patients.rows()["declined"].astype(str).str.upper()} == {"XM1"}
    plan = ma.optimise(tables.system, tables.policy)
    assert len(plan.moves) > 0
    assert "XM1" not in {*plan.moves["provider"].astype(str)}
