"""The files that extracts come in: CSV, workbooks and Parquet, well made or not."""

from __future__ import annotations

import datetime as dt
import gzip
import warnings
import zipfile
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import relaxed

import mutualaid as ma
from mutualaid.data.opening import text_table
from mutualaid.errors import InputError, InputWarning
from mutualaid.readers.waiting_list import read_waiting_list
from mutualaid.readers.waiting_list.duplicates import _suspects, numbered

CENSUS = "2026-01-31"
HEAD = "patient_id,origin,service,clock_start,priority"
ROWS = ["007,XA1,110,01/09/2025,P2", "008,NA,101,2026-01-01,P3"]

# The headings of the national data set, as an integrated care board holds it.
WLMDS = {
    "week_ending_date": ["2026-01-25", "2026-01-25"],
    "pseudo_nhs_number": ["9000000001", "9000000002"],
    "local_patient_identifier": ["H1", "H2"],
    "person_stated_gender_code": ["1", "2"],
    "ethnic_category": ["A", "Z"],
    "der_lsoa2021": ["E01000001", "E01000002"],
    "der_age_week_ending_date": [34, 81],
    "der_age_at_referral_to_treatment_period_start_date": [33, 80],
    "der_age_band_5_year": ["30-34", "80-84"],
    "organisation_identifier_code_of_commissioner": ["72Q", "72Q"],
    "der_practice_code": ["G85001", "G85002"],
    "waiting_list_type": ["IRTT", "ORTT"],
    "organisation_identifier_code_of_provider": ["RJ1", "RJZ"],
    "organisation_site_identifier_of_treatment": ["RJ122", "RJZ01"],
    "organisation_identifier_referring_organisation": ["X", "Y"],
    "referral_request_received_date": ["2025-08-01", "2025-08-01"],
    "original_referral_request_received_date": ["2025-07-01", "2025-07-01"],
    "referral_to_treatment_period_start_date": ["2025-09-01", "2025-12-01"],
    "referral_to_treatment_period_end_date": ["", ""],
    "current_pathway_period_start_date": ["2025-09-01", "2025-12-01"],
    "referral_identifier": ["R1", "R2"],
    "patient_pathway_identifier": ["PP1", "PP2"],
    "organisation_code_patient_pathway_identifier_issuer": ["RJ1", "RJZ"],
    "source_of_referral": ["3", "3"],
    "main_specialty_code": ["100", "100"],
    "activity_treatment_function_code": ["110", "108"],
    "consultant_code": ["C1", "C2"],
    "outpatient_future_appointment_date": ["", "2026-02-10"],
    "due_date": ["", ""],
    "outpatient_appointment_date": ["", ""],
    "date_last_attended": ["", ""],
    "cancellation_date": ["", ""],
    "tci_date": ["2026-03-01", ""],
    "referral_to_treatment_period_status": ["20", "20"],
    "decision_to_admit_date": ["2025-10-01", ""],
    "proposed_procedure_opcs_code": ["W371", "W401"],
    "admission_method_code_hospital_provider_spell": ["11", "12"],
    "priority_type_code": ["1", "3"],
    "procedure_priority_code": ["P4", "P2"],
    "diagnostic_priority_code": ["", ""],
    "date_of_last_priority_review": ["2025-12-01", ""],
    "last_pas_validation_date": ["", ""],
    "inclusion_on_cancer_ptl": ["N", "N"],
    "dm_icb_commissioner": ["QMJ", "QMJ"],
    "dm_sub_icb_commissioner": ["93C", "93C"],
    "intended_management_code": ["1", "2"],
    "asa_physical_status_classification_system_code": ["2", "3"],
    "transfer_status": ["", ""],
    "mutual_aid_accepting_provider": ["", "RJ2"],
    "date_and_time_data_set_created": ["2026-01-26 04:00:00", "2026-01-26 04:00:00"],
    "der_submission_id": ["1", "1"],
    "der_row_id": ["1", "2"],
}


@pytest.fixture
def save(tmp_path):
    """Save lines as a CSV file, and give its path."""

    def to_file(rows=(), *, head=HEAD, name="list.csv", encoding="utf-8", end="\r\n"):
        path = tmp_path / name
        content = end.join([*([head] if head is not None else []), *rows, ""]).encode(encoding)
        path.write_bytes(gzip.compress(content) if name.lower().endswith(".gz") else content)
        return path

    return to_file


def read(source, **options):
    """Read quietly: rows that are set aside are looked at by the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        return read_waiting_list(source, **{"census": CENSUS, **options})


def remarks(patients):
    """What is noted of the file as a whole."""
    quality = patients.quality
    return quality.loc[quality["column"] == "", "problem"].tolist()


# --- the national data set ---


@pytest.mark.parametrize("style", [str, str.upper, str.title, lambda h: h.replace("_", " ")])
@pytest.mark.parametrize("kind", ["table", "csv"])
def test_the_national_data_set_needs_no_mapping(style, kind, tmp_path):
    """In capitals or not: every field that means something is found, and nothing else is kept."""
    source = pd.DataFrame(WLMDS).rename(columns=style)
    if kind == "csv":
        path = tmp_path / "wlmds.csv"
        source.to_csv(path, index=False)
        source = path
    patients = read_waiting_list(source)
    assert patients.census == dt.date(2026, 1, 25)
    frame = patients.frame
    assert frame["patient_id"].tolist() == ["RJ1|PP1|R1", "RJZ|PP2|R2"]
    first = frame.iloc[0].to_dict()
    expected = {
        "person_id": "9000000001",
        "local_id": "H1",
        "pathway_id": "PP1",
        "pathway_issuer": "RJ1",
        "origin": "RJ1",
        "service": "C_110",
        "site": "RJ122",
        "clock_start": pd.Timestamp(2025, 9, 1),
        "days_waiting": 146,
        "weeks_waiting": 20,
        "priority": "P4",
        "priority_date": pd.Timestamp(2025, 12, 1),
        "area": "E01000001",
        "icb": "QMJ",
        "date": pd.Timestamp(2026, 3, 1),
        "date_weeks": 5,
        "transferred": False,
        "cancer": False,
        "adult": True,
        "age": 34,
        "age_band": "18-44",
        "deprivation": None,
        "ethnicity": "A",
        "sex": "1",
        "admitted": True,
        "asa": 2,
        "overnight": "yes",
    }
    del expected["deprivation"], first["patient_id"]
    assert first == expected
    second = frame.iloc[1]
    assert (second["cancer"], second["transferred"], second["admitted"]) == (True, True, False)
    assert (second["service"], second["date"]) == ("C_110", pd.Timestamp(2026, 2, 10))


@pytest.mark.parametrize("wlmds", [False, True])
def test_the_made_up_list_is_understood(wlmds):
    """Under our names or the national ones: the patients are those of its collaborative."""
    made = ma.datasets.patients(400, trusts=3, wlmds=wlmds)
    patients = read_waiting_list(made, census="2026-01-31")
    assert len(patients) == 400
    keys = ["origin", "service", "priority", "area", "weeks_waiting"]
    found = patients.waiting_list().groupby(keys, observed=True)["patients"].sum()
    system = ma.datasets.collaborative(trusts=3, list_size=400)
    wanted = system.waiting_list.groupby(keys, observed=True)["patients"].sum()
    assert found.to_dict() == wanted.to_dict()
    columns = {"consent", "willing_minutes", "willing_icb", "date_weeks", "transferred", "adult"}
    assert columns <= set(patients.columns)


# --- CSV ---


@pytest.mark.parametrize("name", ["list.csv", "LIST.CSV", "list.csv.gz", "LIST.CSV.GZ"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_is_read_as_text(save, name, encoding):
    """Zeros in front of a code survive, and "NA" is a code."""
    patients = read(str(save(ROWS, name=name, encoding=encoding)))
    frame = patients.frame
    assert frame["patient_id"].tolist() == ["007", "008"]
    assert frame["origin"].tolist() == ["XA1", "NA"]
    assert frame["days_waiting"].tolist() == [152, 30]
    assert remarks(patients) == []
    # A heading is as it is read, whatever stands before the first.
    assert (
        len(
            read(
                save(ROWS, name=name, encoding=encoding),
                columns={"mine": "patient_id", "patient_id": "patient_id"},
            )
        )
        == 2
    )


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_are_seen(save, mark):
    """And said."""
    rows = [row.replace(",", mark) for row in ROWS]
    patients = read(save(rows, head=HEAD.replace(",", mark)))
    assert len(patients) == 2
    assert remarks(patients) == [f"cells are separated by {mark!r}"]


def test_files_of_old_spreadsheets_are_read(save):
    """Windows-1252, if it is no UTF-8, wherever that shows."""
    rows = [f"{n},XA1,110,01/09/2025,P2" for n in range(3)]
    patients = read(save([*rows, "x,ÜX,110,01/09/2025,P2"], encoding="cp1252"))
    assert patients.frame["origin"].tolist()[-1] == "ÜX"
    assert remarks(patients) == ["the file is not UTF-8: read as Windows-1252"]
    headed = read(save(rows, head=HEAD.replace("priority", "Priorité"), encoding="cp1252"))
    assert remarks(headed)[0].startswith("the file is not UTF-8")


def test_rows_with_too_many_cells_are_set_aside(save):
    """What stands where is anybody's guess; a separator at the end of each line is harmless."""
    rows = ["1,XA1,110,01/09/2025,P2,", "2,XA1,Hips, knees,01/09/2025,P2", "3,XA1,110,01/09/2025"]
    patients = read(save(rows))
    assert patients.unusable()["reason"].to_dict() == {1: "more cells than headings"}
    assert patients.frame["priority"].tolist() == ["P2", "not known"]


def test_blank_rows_are_set_aside(save):
    """Lines without anything are no rows at all."""
    patients = read(save([ROWS[0], "", ",,,,", ROWS[1]], head="\r\n" + HEAD))
    assert patients.unusable()["reason"].to_dict() == {1: "the row is blank"}


def test_headings_may_be_quoted(save):
    """With a separator or a line break inside."""
    head = '"Patient_ID",Origin,"Service","RTT\nStart Date","notes, if any; or; none"'
    patients = read(save(['1,XA1,110,01/09/2025,"a, b"'], head=head))
    assert patients.frame["weeks_waiting"].tolist() == [21]


def test_a_heading_that_stands_twice_is_asked_about(save):
    """If it means something; notes may stand there as often as they like."""
    rows = ["1,XA1,110,01/09/2025,P2,P3"]
    with pytest.raises(InputError, match="'priority' and 'priority' fit equally well"):
        read(save(rows, head=HEAD + ",priority"))
    with pytest.raises(InputError, match="2 columns are called 'priority'"):
        read(save(rows, head=HEAD + ",priority"), columns={"priority": "priority"})
    twice = HEAD.replace("priority", "notes") + ",notes"
    assert len(read(save(rows, head=twice))) == 1


def test_files_that_cannot_be_read_say_so(save, tmp_path):
    """Empty, without rows, of another kind, not there, broken."""
    for content in ([], [""]):
        with pytest.raises(InputError, match="the file is empty"):
            read(save(content, head=None))
    with pytest.raises(InputError, match="it has no headings"):
        read(save([",,,,"], head=" , ,"))
    with pytest.raises(InputError, match="has headings and no rows"):
        read(save([]))
    with pytest.raises(InputError, match="field larger than field limit"):
        read(save(["1"], head="x" * 200_000))
    for name in ("list", "no.csv", "no.csv.gz", "no.parquet", "no.xlsx"):
        with pytest.raises(InputError, match="cannot be read: No such file"):
            read(tmp_path / name)
    with pytest.raises(InputError, match="cannot be read"):
        read(save(['1,XA1,"110,01/09/2025,P2']))
    for name in ("broken.csv.gz", "broken.parquet", "broken.xlsx"):
        (tmp_path / name).write_bytes(b"no such file")
        with pytest.raises(InputError, match="cannot be read: it is"):
            read(tmp_path / name)
    cut = save(ROWS * 50, name="cut.csv.gz")
    cut.write_bytes(cut.read_bytes()[:-12])
    with pytest.raises(InputError, match="cannot be read"):
        read(cut)
    whole = bytearray(save(ROWS * 50, name="cut.csv.gz").read_bytes())
    whole[30:60] = bytes(30)
    cut.write_bytes(whole)
    with pytest.raises(InputError, match="cannot be read"):
        read(cut)
    with pytest.raises(InputError, match="not a table"):
        read(3)
    with pytest.raises(InputError, match="the column is missing"):
        read(pd.DataFrame())


# --- workbooks ---


def workbook(path, rows):
    """Write a sheet by hand: text, numbers, and days as a workbook keeps them."""

    def cell(value):
        if value is None:
            return "<c/>"
        if isinstance(value, dt.date):
            serial = (value - dt.date(1899, 12, 30)).days
            return f'<c s="1"><v>{serial}</v></c>'
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="List" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData>'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_workbooks_keep_what_each_cell_is(tmp_path):
    """Dates, days' numbers, text, and codes that were typed as numbers."""
    pytest.importorskip("python_calamine")
    path = workbook(
        tmp_path / "list.xlsx",
        [
            ["Hospital Number", "Provider", "TFC", "RTT Start Date", "P Code", "ASA"],
            ["007", "XA1", 110, dt.date(2025, 9, 1), 2, 1],
            [1234567, "NA", "110", 45901, "P3", None],
            [8.5, "XA1", 101.0, "01/09/2025", None, "3"],
            [9, "XA1", 101.0, 20250901, None, "3"],
            [10, "XA1", 101.0, 0.5, None, "3"],
        ],
    )
    patients = read(path)
    frame = patients.frame
    assert frame["patient_id"].tolist() == ["007", "1234567", "8.5", "9"]
    assert frame["origin"].tolist() == ["XA1", "NA", "XA1", "XA1"]
    assert frame["service"].tolist() == ["C_110", "C_110", "C_101", "C_101"]
    assert frame["days_waiting"].tolist() == [152] * 4
    assert frame["priority"].tolist() == ["P2", "P3", "not known", "not known"]
    assert patients.unusable()["reason"].tolist() == ["is not a date"]


def test_days_numbers_are_dates_in_workbooks_only(save):
    """In a file of text such a number may be anything."""
    patients = read(save(["1,XA1,110,45901,P2", *ROWS]))
    assert patients.unusable()["reason"].to_dict() == {0: "is not a date"}


def test_a_workbook_without_anything_says_so(tmp_path):
    """And headings may stand below blank rows."""
    pytest.importorskip("python_calamine")
    with pytest.raises(InputError, match="every sheet is empty: 'List'"):
        read(workbook(tmp_path / "empty.xlsx", []))
    rows = [[None] * 6, [None, *HEAD.split(",")], *([None, *row.split(",")] for row in ROWS)]
    assert len(read(workbook(tmp_path / "low.xlsx", rows))) == 2


# --- Parquet and other tables ---


def frame_of(**columns):
    """Two patients."""
    base = {
        "patient_id": ["a", "b"],
        "origin": ["XA1", "XA1"],
        "service": [110, 101],
        "clock_start": [dt.date(2025, 9, 1), dt.date(2026, 1, 1)],
        "priority": ["P2", None],
        "surname": ["Smith", "Jones"],
    }
    return {**base, **columns}


def test_parquet_is_read_with_its_types(tmp_path):
    """Text, days, whole numbers with gaps, in several row groups; only what means something."""
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    big = 9_007_199_254_740_993
    table = pa.table(
        {
            **frame_of(patient_id=pa.array([big, None])),
            "tci_date": pa.array([dt.datetime(2026, 3, 1, 8), None], pa.timestamp("us", "UTC")),
            "age": pa.array([40, None]),
            "transferred": [True, False],
        }
    )
    path = tmp_path / "list.parquet"
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), path, row_group_size=1)
    patients = read(path)
    frame = patients.frame
    # A float would have made ...992 of it.
    assert frame["patient_id"].tolist() == [str(big)]
    assert frame["service"].tolist() == ["C_110"]
    assert frame["days_waiting"].tolist() == [152]
    assert frame["date_weeks"].tolist() == [4]
    assert frame["age"].tolist() == [40]
    assert patients.unusable()["reason"].tolist() == ["identifier is missing", "the same row again"]
    assert "surname" not in patients.columns


def test_parquet_leaves_identifiers_in_arrow(tmp_path):
    """A million Python texts would take longer than all the rest."""
    pq = pytest.importorskip("pyarrow.parquet")
    pa = pytest.importorskip("pyarrow")
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table(frame_of(ppid=["p", "q"], patient_id=["a ", "b"])), path)
    for options in ({}, {"columns": {"patient_id": None}}):
        frame = read(path, **options).frame
        assert frame["patient_id"].dtype.storage == "pyarrow"
        assert frame["patient_id"].tolist() == (["p", "q"] if options else ["a", "b"])


@pytest.mark.parametrize("library", ["pyarrow", "polars", "duckdb", "mapping"])
def test_tables_of_other_libraries_are_welcome(library):
    """The same list as from pandas."""
    cells = frame_of()
    expected = read(pd.DataFrame(cells)).rows(identifiers=True)
    if library == "pyarrow":
        table = pytest.importorskip("pyarrow").table(cells)
    elif library == "polars":
        table = pytest.importorskip("polars").DataFrame(cells)
    elif library == "duckdb":
        source = pytest.importorskip("pyarrow").table(cells)
        table = pytest.importorskip("duckdb").from_arrow(source)
    else:
        table = cells
    rows = read(table).rows(identifiers=True)
    pd.testing.assert_frame_equal(rows, expected, check_dtype=False)


def test_a_column_of_another_library_is_no_table():
    """Whatever Arrow makes of it."""
    with pytest.raises(InputError, match="waiting_list is a ChunkedArray, "):
        read(pytest.importorskip("pyarrow").chunked_array([["a"]]))


# --- identifiers that stand on several rows ---

# A zero byte is a letter in Arrow; pandas before 3 stops comparing an object's text at one.
texts = {
    "arrow": st.text(alphabet="ab\x00é", max_size=10),
    "object": st.text(alphabet="abé", max_size=10),
}
columns = st.sampled_from(["arrow", "object"]).flatmap(
    lambda kind: st.tuples(st.just(kind), st.lists(st.none() | texts[kind], max_size=12))
)


@relaxed
@given(columns, st.integers(0, 3))
def test_repeats_are_found_wherever_they_lie(kind_and_names, before):
    """Each pair of rows compared with each other, in a table or a part of one."""
    kind, names = kind_and_names
    column = pd.Series(["b", "aa", "a"][:before] + names, dtype=object)
    if kind == "arrow":
        pytest.importorskip("pyarrow")
        column = column.astype(pd.StringDtype("pyarrow"))
    numbers = numbered(column.iloc[min(before, 3) :])
    for row, name in enumerate(names):
        same = [other == name and name is not None for other in names]
        assert (numbers[row] >= 0) == (sum(same) > 1)
        assert not (numbers[row] >= 0) or (numbers == numbers[row]).tolist() == same


def test_identifiers_that_differ_somewhere_need_no_comparing():
    """At the beginning, in the middle, at the end, or in their length."""
    pytest.importorskip("pyarrow")
    names = [
        f"{a:03}-in-the-middle-{b:03}-{c:03}" for a in range(9) for b in range(9) for c in range(9)
    ]
    column = pd.Series([*names, "", "0", "00"], dtype=pd.StringDtype("pyarrow"))
    assert not _suspects(column).any()
    assert _suspects(pd.concat([column, column.iloc[:1]])).sum() == 2


def test_texts_of_many_lengths_are_compared_too():
    """As they are."""
    names = ["x" * length for length in range(100)]
    column = pd.Series([*names, "x" * 50], dtype=pd.Series([""]).dtype)
    assert np.flatnonzero(numbered(column) >= 0).tolist() == [50, 100]


def test_a_separator_is_looked_for_in_the_headings():
    """Those that are known, the usual one first."""
    assert text_table.SEPARATORS[0] == ","
