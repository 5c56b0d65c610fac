"""The command line does what it says, and says what to do where it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.cli import commands, main
from mutualaid.cli.console import progress, shown, table
from mutualaid.data.schema import TABLES
from mutualaid.disclosure.several_plans import counts_side_by_side

DATA = Path(os.environ.get("MUTUALAID_DATA", Path(__file__).parents[3] / "shared" / "data"))
SMALL = (
    '[data]\nexample = "collaborative"\ntrusts = 3\nareas_per_trust = 1\nperiods = 2\n'
    "list_size = 3000\n"
)
NASTY = "St [bold]Mary[/bold] \x1b[31m\u202eyram\u202c <script>alert(1)</script>"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(capsys):
    """Call the command line; give its exit code and what it wrote."""

    def called(*arguments):
        with pytest.raises(SystemExit) as caught:
            main([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return called


def scenario(folder, text=SMALL, name="winter.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def tables(folder, system):
    for name in TABLES:
        if system.table(name) is not None:
            system.table(name).to_csv(folder / f"{name}.csv", index=False)


def test_the_help_names_every_command_and_what_exit_codes_mean(call):
    code, out, _ = call("--help")
    assert code == 0
    names = ("demo", "init", "schema", "check", "solve", "ladder", "rtt", "report", "bench")
    assert all(f"\n  {name} " in out for name in names)
    assert "3 no plan was found" in " ".join(out.split())


@pytest.mark.slow
def test_the_demo_ends_with_where_its_page_lies(here, call):
    """It may be called again; what it did not write it leaves alone."""
    code, out, err = call("demo")
    assert (code, err) == (0, "")
    page = here / "mutualaid-demo.html"
    assert out.splitlines()[-1] == f"The page: {page}"
    assert all(mode in out for mode in ("Independent", "Transactional", "Resource", "Deep"))
    assert "Alder Valley" in page.read_text(encoding="utf-8")
    assert call("demo")[0] == 0
    page.write_text("my own notes")
    code, _, err = call("demo")
    assert code == 1
    assert "--force" in err
    assert page.read_text() == "my own notes"
    assert call("demo", "--force")[0] == 0
    assert "my own notes" not in page.read_text(encoding="utf-8")


def test_the_module_is_the_command():
    run = subprocess.run(
        [sys.executable, "-m", "mutualaid", "--version"], capture_output=True, text=True, check=True
    )
    assert run.stdout == f"mutualaid {ma.__version__}\n"


def test_help_does_not_wait_for_a_solver():
    """Nothing that solves or draws is imported before a command asks for it."""
    code = (
        "import sys; import importlib.util as u; import types; "
        "package = types.ModuleType('mutualaid'); "
        "package.__path__ = [u.find_spec('mutualaid').submodule_search_locations[0]]; "
        "sys.modules['mutualaid'] = package; import mutualaid.cli.app; "
        "late = {'pandas', 'numpy', 'highspy', 'pulp', 'pydantic', 'rich.progress'}; "
        "print(sorted(late & {*sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_nothing_that_reads_scenarios_is_imported_before_one_is_read():
    """Python users never wait for it, nor does the demo."""
    code = "import sys, mutualaid, mutualaid.cli.commands; print('pydantic' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_a_new_scenario_file_can_be_planned_and_is_never_lost(here, call):
    code, out, _ = call("init", "winter.toml")
    assert code == 0
    assert "mutualaid solve winter.toml" in out
    (here / "winter.toml").write_text(SMALL)
    code, _, err = call("init", "winter.toml")
    assert code == 1
    assert "--force" in err
    assert (here / "winter.toml").read_text() == SMALL


def test_a_scenario_is_planned_and_written(here, call):
    path = scenario(here, f'{SMALL}[outputs]\nfolder = "out"\ncsv = ["moves", "measures"]\n')
    code, out, err = call("solve", path)
    assert (code, err) == (0, "")
    assert "proven best" in out
    names = {one.name for one in (here / "out").iterdir()}
    assert names == {
        *("winter.html", "winter.xlsx", "winter.npz", "winter-moves.csv", "winter-measures.csv")
    }
    assert all(f"wrote {here / 'out' / name}" in out for name in names)


def test_what_is_not_asked_for_is_not_written(here, call):
    path = scenario(here, f"{SMALL}[outputs]\npage = false\nworkbook = false\nplan = false\n")
    assert call("solve", path)[0] == 0
    assert [one.name for one in here.iterdir()] == ["winter.toml"]


@pytest.mark.slow
@pytest.mark.usual_lead
@pytest.mark.usual_promises
def test_the_ladder_shows_and_writes_four_plans(here, call):
    path = scenario(here, SMALL)
    (here / "winter.html").write_text("the page of solve")
    code, out, _ = call("ladder", path)
    assert code == 0
    rungs = ma.ladder(
        ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=2, list_size=3000),
        ma.Policy(min_weeks_saved=4),
    )
    for alone, cost in (found.costs for found in counts_side_by_side(rungs.plans, 5).values()):
        for harm in (alone, cost):
            assert ("*" if harm != harm else f"{harm:,.0f}") in out
    assert not any(f"{exact:,.0f}" in out for exact in rungs.table["objective"])
    names = {one.name for one in here.iterdir()}
    assert {f"winter-{mode}.xlsx" for mode in ("transactional", "resource", "deep")} < names
    assert {"winter-ladder.html", "winter-ladder.npz"} < names
    assert (here / "winter.html").read_text() == "the page of solve"
    assert call("report", here / "winter-ladder.npz")[0] == 0


def test_the_ladder_takes_its_second_rung_from_the_file(here, call, monkeypatch):
    taken = {}
    real = commands.make_ladder
    monkeypatch.setattr(commands, "make_ladder", lambda *a, **k: taken.update(k) or real(*a, **k))
    mode = '[collaboration]\nmode = "Transactional"\ntolerance = 7\n'
    assert call("ladder", scenario(here, SMALL + mode))[0] == 0
    assert taken["transactional"] == ma.Transactional(tolerance=7)


def test_a_ladder_does_not_pass_over_targets_in_silence(here, call):
    code, _, err = call("ladder", scenario(here, f"{SMALL}[[target]]\nweeks = 52\n"))
    assert code == 1
    assert "a ladder takes no target" in err


def test_small_counts_are_not_shown(here, call):
    """Two trusts between whom four patients move."""
    tables(here, two_trusts(waiting=None, slots=(2, 4)))
    text = (
        '[data]\nwaiting_list = "waiting_list.csv"\ncapacity = "capacity.csv"\n'
        'travel = "travel.csv"\nperiods = 1\n'
    )
    for more, shown_as in (("", "<5"), ("[outputs]\nsuppress_below = 0\n", "4")):
        code, out, _ = call("solve", scenario(here, text + more))
        assert code == 0
        assert f"treated away from home 0 {shown_as}" in " ".join(out.split())


def test_data_that_cannot_be_used_are_told_on_the_standard_error(here, call):
    code, out, err = call("solve", scenario(here, f"{SMALL}[policy]\nmax_minute = 5\n"))
    assert (code, out) == (1, "")
    assert err == (
        "Error: winter.toml: line 8, policy.max_minute: is no key of [policy]: "
        "did you mean max_minutes?\n"
    )


def test_a_file_that_is_not_there_is_one_line(here, call):
    code, _, err = call("solve", here / "absent.toml")
    assert code == 1
    assert err.count("\n") == 1
    assert "No such file" in err


@pytest.mark.parametrize("arguments", [["solve"], ["plan"], ["demo", "--fast"], ["rtt"]])
def test_a_wrong_call_is_2(call, arguments):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert "mutualaid" in err


def test_no_plan_is_3(here, call):
    """Groups that no plan can bring so near to each other: nobody may be treated at all."""
    text = (
        f'{SMALL}[collaboration]\nmode = "Transactional"\nmin_gain = 0.9\n[[target]]\nweeks = 0\n'
    )

    def refused(*_, **__):
        raise ma.SolverError("no plan keeps every limit", "infeasible")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(commands, "optimise", refused)
        code, _, err = call("solve", scenario(here, text))
    assert code == 3
    assert err == "No plan: no plan keeps every limit\n"


def test_a_fault_is_a_line_and_never_shows_what_it_held(here, call, monkeypatch):
    def broken(*_, **__):
        raise KeyError("patient 943 476 5919")

    monkeypatch.setattr(commands, "optimise", broken)
    path = scenario(here)
    code, _, err = call("solve", path)
    assert code == 4
    assert "943" not in err
    assert err.count("\n") == 1


def test_debug_shows_where_an_error_comes_from(here, call):
    path = scenario(here, SMALL.replace("trusts = 3", "trusts = 99"))
    for arguments in (["--debug", "solve", path], ["solve", path, "--debug"]):
        code, _, err = call(*arguments)
        assert code == 1
        assert "Traceback" in err
        assert err.splitlines()[-1].startswith("Error: winter.toml: line 3")
    assert "Traceback" not in call("solve", path)[2]


def test_what_a_scenario_reads_is_never_written_over(here, call):
    tables(here, two_trusts())
    text = (
        '[data]\nwaiting_list = "waiting_list.csv"\ncapacity = "winter-moves.csv"\n'
        'travel = "travel.csv"\nperiods = 1\n[outputs]\npage = false\ncsv = ["moves"]\n'
    )
    (here / "capacity.csv").rename(here / "winter-moves.csv")
    before = (here / "winter-moves.csv").read_bytes()
    code, _, err = call("solve", scenario(here, text))
    assert code == 1
    assert "give the output another name" in err
    assert (here / "winter-moves.csv").read_bytes() == before


def test_names_from_files_can_do_nothing_to_a_terminal(here, call):
    """Codes with escape sequences are refused, and shown as harmless text; markup is text."""
    system = two_trusts()
    tables(here, system)

    def called(name):
        for file in ("waiting_list", "capacity", "travel"):
            frame = system.table(file).astype(object).replace("ALD", name)
            frame.to_csv(here / f"{file}.csv", index=False)

    called(NASTY)
    text = (
        '[data]\nwaiting_list = "waiting_list.csv"\ncapacity = "capacity.csv"\n'
        'travel = "travel.csv"\nperiods = 1\n[outputs]\npage = false\n'
    )
    code, _, refused = call("solve", scenario(here, text))
    assert code == 1
    assert "control character" in refused
    called("St [bold]Mary[/bold] <script>alert(1)</script>")
    wrong = f'{text}[[change]]\nkind = "closure"\nprovider = "St [red]X \\u001b[31m\\u202e"\n'
    code, out, err = call("solve", scenario(here, wrong))
    assert code == 1
    assert "[red]X" in err
    code, out, more = call("solve", scenario(here, text))
    assert code == 0
    for written in (refused, err, out, more):
        assert not {"\x1b", "\u202e", "\u202c"} & {*written}


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain", "plain"),
        ("a\nb\r\nc\td", "a b c d"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\u202eabc\u2066\u200f", "abc"),
        ("half \ud800", "half "),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("Ysbyty Gwynedd, Sjúkrahús, 病院", "Ysbyty Gwynedd, Sjúkrahús, 病院"),
    ],
)
def test_a_text_is_one_harmless_line(text, safe):
    assert shown(text) == safe


def test_a_terminal_without_the_letters_gets_question_marks():
    run = subprocess.run(
        [sys.executable, "-c", "from mutualaid.cli.console import say; say('Sjúkrahús 病')"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert run.stdout.strip() == b"Sj?krah?s ?"


def test_wide_letters_keep_columns_apart():
    lines = table(pd.DataFrame({"trust": ["病院", "abcd"], "n": ["1", "22"]})).splitlines()
    assert lines == ["trust   n", "病院    1", "abcd   22"]


def test_progress_is_quiet_unless_somebody_is_looking(capsys, monkeypatch):
    with progress(4) as step:
        step("Independent")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with progress(4) as step:
        step("Independent")
        step(NASTY)
    out, err = capsys.readouterr()
    assert out == ""
    assert "1/4" in err
    assert "\u202e" not in err


def test_benchmarks_are_run_where_they_are(call, monkeypatch):
    """In a checkout, with their own options; elsewhere a line says where to get them."""
    code, _, err = call("bench", "--size", "gigantic")
    assert code == 2
    assert "gigantic" in err
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    code, _, err = call("bench")
    assert code == 2
    assert "checkout" in err


@pytest.mark.slow
@pytest.mark.skipif(
    not (DATA / "rtt").is_dir(), reason="the published RTT file is not there: set MUTUALAID_DATA"
)
def test_a_board_is_planned_from_the_published_file_and_again_from_its_scenario(here, call):
    """The trusts of Greater Manchester, one service; the saved scenario gives the same plan."""
    file = next((DATA / "rtt").glob("*January-2026*.zip"))
    asked = ["rtt", file, "--service", "Orthopaedics", "--mode", "Deep", "--periods", "2"]
    code, out, err = call(*asked, "--icb", "QOP", "--save-scenario", "gm.toml", "--out", "out")
    assert code == 0
    assert "services: 'Orthopaedics' is read as C_110 (Trauma and Orthopaedic)" in err
    assert {one.name for one in (here / "out").iterdir()} == {"rtt-QOP.html", "rtt-QOP.xlsx"}
    (here / "out" / "rtt-QOP.html").unlink()
    code, again, _ = call("solve", "gm.toml")
    assert code == 0
    assert (here / "out" / "rtt-QOP.html").is_file()
    figures = [text.partition("System: ")[2].partition("wrote ")[0] for text in (out, again)]
    assert figures[0] == figures[1] != ""
    places = ("--sites", DATA / "providers.csv")
    code, named, err = call(*asked, *places, "--icb", "greater manchester", "--out", "by-name")
    assert code == 0
    assert "icb: 'greater manchester' is read as QOP (NHS Greater Manchester)" in err
    assert "have no coordinates" in err
    assert named.partition("System: ")[2].partition("wrote ")[0] == figures[0]
    more = ("--provider", "Northern Care Alliance", "--provider", "Bolton NHS FT")
    code, out, err = call(*asked, *more, "--out", "two")
    assert code == 0
    assert "providers: 'Northern Care Alliance' is read as RM3 (Northern Care Alliance)" in err
    assert "at 2 of 2 providers" in out
    code, _, err = call(*asked, "--icb", "QOQ")
    assert code == 0, "another board"
    code, _, err = call(*asked, "--icb", "Q0P")
    assert code == 1
    assert "the call: --icb: has 'Q0P' (nearest: QOP (NHS Greater Manchester))" in err
    code, _, err = call(*asked[:-4], "--icb", "QOP", "--mode", "Deepest")
    assert code == 2
    assert "did you mean Deep?" in err


def test_the_page_of_an_extract_has_its_census_and_its_quality(tmp_path):
    """And no patient."""
    people = ma.datasets.patients(400, trusts=2)
    people.to_csv(tmp_path / "extract.csv", index=False)
    here = ma.datasets.collaborative(trusts=2, list_size=400, periods=2)
    for name in ("capacity", "travel"):
        here.table(name).to_csv(tmp_path / f"{name}.csv", index=False)
    scenario = tmp_path / "ours.toml"
    scenario.write_text(
        "[data]\n"
        'patients = "extract.csv"\n'
        "census = 2026-01-31\n"
        'capacity = "capacity.csv"\n'
        'travel = "travel.csv"\n'
        "periods = 2\n"
        "[outputs]\n"
        'page = "ours.html"\n',
        encoding="utf-8",
    )
    with pytest.raises(SystemExit) as left:
        main(["solve", str(scenario)])
    assert left.value.code == 0
    page = next(tmp_path.rglob("ours.html")).read_text("utf-8")
    assert "from 31 January 2026" in page
    assert "taken as no date" in page
    assert not any(str(code) in page for code in people["patient_id"])
