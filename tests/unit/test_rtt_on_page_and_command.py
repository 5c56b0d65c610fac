"""The published file on the command line, and the page of a system in which nobody has a slot."""

from __future__ import annotations

import pandas as pd
import pytest
from rtt_months import extracts, played

import mutualaid as ma
from mutualaid.cli.app import main
from mutualaid.cli.scenario.read import read_scenario_file
from mutualaid.report.page.matrices import NO_CAPACITY, price_matrix


def plan_with(slots):
    """Two trusts with lists, and slots at the first; no row at all where there are none."""
    waiting = pd.DataFrame(
        {
            "origin": ["RAA", "RBB"],
            "service": "C_110",
            "weeks_waiting": [20, 3],
            "patients": [50, 40],
        }
    )
    capacity = pd.DataFrame(
        {"provider": ["RAA"], "service": ["C_110"], "period": [1], "slots": [slots or 0]}
    )
    ways = pd.DataFrame(
        [(a, b, 0 if a == b else 20) for a in ("RAA", "RBB") for b in ("RAA", "RBB")],
        columns=["origin", "provider", "minutes"],
    )
    rows = capacity.iloc[:0] if slots is None else capacity
    return ma.optimise(ma.System(waiting, rows, ways, periods=2), ma.Policy(max_minutes=60))


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
@pytest.mark.parametrize("slots", [None, 0])
def test_the_page_says_that_there_is_no_capacity(tmp_path, slots):
    """No row of slots, or rows that say 0: the page is written and says why nobody is treated."""
    path = tmp_path / "page.html"
    plan_with(slots).to_html(path)
    assert NO_CAPACITY in path.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_a_page_with_slots_does_not_say_so():
    """Ten slots are capacity."""
    from mutualaid.readers.display_names import Names

    notes = price_matrix(plan_with(10), Names(["RAA", "RBB"], None)).notes
    assert NO_CAPACITY not in notes


HEAD = ["Period", "Provider Org Code", "RTT Part Type", "Treatment Function Code"]


@pytest.fixture
def extract(tmp_path):
    """Write an extract of some parts for two trusts of one board, in the folder of the call."""

    def write(*parts):
        rows = [
            ["RTT-January-2026", trust, part, "C_110", 40, 5, 45]
            for trust in ("RAA", "RBB")
            for part in parts
        ]
        bands = ["Gt 00 To 01 Weeks SUM 1", "Gt 01 Weeks SUM 1", "Total All"]
        path = tmp_path / "january.csv"
        pd.DataFrame(rows, columns=[*HEAD, *bands]).to_csv(path, index=False)
        return path

    sites = {"provider_code": ["RAA", "RBB"], "icb_code": "QOP", "latitude": [53.4, 53.5]}
    pd.DataFrame({**sites, "longitude": -2.2}).to_csv(tmp_path / "sites.csv", index=False)
    return write


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """Call the command line in the folder; give its exit code and what it wrote."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        with pytest.raises(SystemExit) as caught:
            main([*map(str, arguments), "--sites", "sites.csv", "--icb", "QOP"])
        return caught.value.code, *capsys.readouterr()

    return called


def test_the_command_refuses_a_file_of_incomplete_pathways_before_it_plans(call, extract, tmp_path):
    """Exit code 1, what lacks, and no page."""
    code, out, err = call("rtt", extract("Part_2"))
    assert code == 1
    assert "holds only part 2: parts 1A, 1B and 3 are missing" in err
    assert "a fault in mutualaid" not in err + out
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("RAA", "--successor: is 'RAA'. Remedy: write it as RW6=RM3"),
        ("RAA=", "--successor: is 'RAA='"),
        ("RAA=RZZ", "in none of the files: 'RZZ'"),
        ("RAA=RAA", "leads back to where it starts: RAA to RAA"),
    ],
)
def test_a_successor_that_cannot_be_is_refused(call, extract, option, words):
    """Exit code 1 and what is wrong with it."""
    path = extract("Part_2", "Part_1A", "Part_1B", "Part_3")
    code, _, err = call("rtt", path, "--successor", option)
    assert code == 1
    assert words in " ".join(err.split())


def test_a_successor_is_written_into_the_scenario(call, extract, tmp_path):
    """The file that does the same has the merger in it, and what is planned is one trust."""
    path = extract("Part_2", "Part_1A", "Part_1B", "Part_3")
    code, _, err = call(
        *("rtt", path, "--successor", "RAA=RBB", "--mode", "Independent"),
        *("--periods", 1, "--save-scenario", "same.toml"),
    )
    assert code == 0, err
    text = (tmp_path / "same.toml").read_text()
    assert '[data.successors]\nRAA = "RBB"' in text
    assert ma.read_rtt(path, successors={"RAA": "RBB"}).waiting_list["origin"].unique() == ["RBB"]


def test_the_check_knows_the_published_file_in_every_form(extract, tmp_path):
    """Packed, with semicolons, cleaned, as Parquet: it is NHS England's file."""
    from mutualaid.cli.identify import check, kind_of

    pytest.importorskip("pyarrow")
    path = extract("Part_2", "Part_1A", "Part_1B", "Part_3")
    frame = pd.read_csv(path, dtype=str).rename(columns=lambda name: name.lower().replace(" ", "_"))
    forms = {
        "a.csv.gz": lambda to: frame.to_csv(to, index=False),
        "b.csv": lambda to: frame.to_csv(to, index=False, sep=";"),
        "c.parquet": frame.to_parquet,
        "d.csv": lambda to: frame.to_csv(to, index=False, lineterminator="\r"),
        "e.csv": lambda to: frame.to_csv(to, index=False, encoding="utf-16", sep="\t"),
    }
    for name, write in forms.items():
        write(tmp_path / name)
        assert kind_of(tmp_path / name) == "rtt", name
        assert "90 pathways waiting" in check(tmp_path / name, "rtt").says, name


MONTHS = {("RAA", "C_110"): 6.0, ("RBB", "C_110"): 2.0}


@pytest.fixture
def months(extract, tmp_path):
    """Three made-up months of two trusts, the second of which is left out on request."""

    def write(*without):
        return extracts(played(MONTHS, months=3, without=without, whole=True), tmp_path)

    extract("Part_2")  # for the places of the trusts
    return write


def test_consecutive_months_make_a_twin_and_its_three_numbers_are_told(call, months, tmp_path):
    """As today, alone in order, together; and the scenario file says what was asked for."""
    asked = ["rtt", *months(), "--classes", 2, "--steerable", 0.5, "--periods", 2, "--mode", "Deep"]
    code, out, err = call(*asked, "--save-scenario", "same.toml")
    assert code == 0, err
    head = next(line for line in out.splitlines() if "order at home" in line)
    for words in ("as today", "alone, in order", "together", "aid"):
        assert words in head
    assert '"As today" is a forecast, from 2024-06' in out
    assert "no forecast" not in (out + err).lower().replace("is no forecast", "")
    text = (tmp_path / "same.toml").read_text()
    assert "classes = 2\nsteerable = 0.5" in text
    scenario = read_scenario_file(tmp_path / "same.toml")
    assert {"stream", "wait_class"} <= {*scenario.system.waiting_list}
    assert scenario.system.as_today is not None


def test_a_ladder_of_months_tells_three_numbers_of_its_last_rung(call, months):
    code, out, err = call("rtt", *months(), "--classes", 1, "--periods", 1)
    assert code == 0, err
    assert "order at home" in out
    assert out.index("as today") < out.index("Independent")


@pytest.mark.parametrize(("without", "read"), [((), 1), (("2024-05",), 2)])
def test_without_consecutive_months_no_forecast_stands_behind_a_plan(call, months, without, read):
    """One month, or two with a gap: it is planned, and said."""
    code, out, err = call("rtt", *months(*without)[-read:], "--periods", 1, "--mode", "Deep")
    assert code == 0, err
    assert "no forecast of what happens as today stands behind this plan" in err
    assert "No forecast of what happens as today stands behind this system." in out
    assert "as today" not in out.split("Certificate")[0]


def test_one_queue_is_what_was_asked_for(call, months, tmp_path):
    """The months are those of a twin, and none is made."""
    asked = ["rtt", *months(), "--one-queue", "--periods", 1, "--mode", "Deep"]
    code, out, err = call(*asked, "--save-scenario", "same.toml")
    assert code == 0, err
    assert "No forecast of what happens as today stands behind this system." in out
    assert "twin = false" in (tmp_path / "same.toml").read_text()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--classes", 3], "classes: goes with a twin, and no two consecutive months"),
        (
            ["--steerable", 0.1, "--one-queue"],
            "steerable: goes with a twin, and twin is false",
        ),
    ],
)
def test_what_a_twin_alone_takes_is_refused_without_one(call, months, more, why):
    code, _, err = call("rtt", months()[-1], "--periods", 1, *more)
    assert code == 1
    assert why in " ".join(err.split())


def test_a_scenario_may_ask_for_a_twin_and_say_by_trust_what_is_steerable(months, tmp_path):
    """A table of shares; and a twin that is asked for is never left out in silence."""
    (tmp_path / "steerable.csv").write_text("provider,share\nRAA,0.4\nRBB,0\n")
    files = [path.name for path in months()]
    text = (
        f'[data]\nrtt = {files}\nsites = "sites.csv"\nperiods = 1\nclasses = [0, 0.5, 1]\n'
        'twin = true\nstreams = false\nsteerable = "steerable.csv"\n'
    )
    path = tmp_path / "ours.toml"
    path.write_text(text)
    system = read_scenario_file(path).system
    assert "stream" not in system.waiting_list
    booked = system.booked.groupby("origin", observed=True)["patients"].sum()
    slots = system.capacity.groupby("provider", observed=True)["slots"].sum()
    assert booked["RBB"] / slots["RBB"] > booked["RAA"] / slots["RAA"]
    path.write_text(text.replace(str(files), str(files[:1])))
    with pytest.raises(ma.InputError, match="needs two consecutive months"):
        read_scenario_file(path)
