"""The mutation run breaks what it says, asks the tests that run it, and believes no broken test."""

from __future__ import annotations

import ast
import textwrap
from functools import partial

import pytest

pytest.importorskip("cosmic_ray")

from cosmic_ray import work_item
from tests.mutation import equivalent, inside, noticing, places, settings, told, trying
from tests.mutation.forks import Found, Job, side_by_side

OUTCOME = work_item.TestOutcome
CODE = '''\
"""Beds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 1

BEDS = 4


def free(taken: int | None, spare: int = 2) -> int | None:
    """How many beds are free."""
    if taken is None:
        raise ValueError("say how many")
    left = BEDS - taken
    return (
        left
        + spare
    )


class Ward:
    """A ward."""

    rooms = 3
'''


@pytest.fixture
def ward(tmp_path, monkeypatch):
    """A file of the library with beds in it."""
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    path = tmp_path / "ward.py"
    path.write_text(CODE, encoding="utf-8")
    return path


def changes(path):
    """Line and new text of every mutant of a file."""
    found = set()
    for item in places.mutants(path, CODE):
        before, after = CODE.splitlines(), places.mutated(CODE, item.mutations[0]).splitlines()
        found |= {(at, new) for at, new in enumerate(after, 1) if new != before[at - 1]}
    return found


def test_every_pattern_of_the_settings_finds_a_file():
    for patterns in (*settings.FOLDERS.values(),):
        for pattern in patterns:
            assert list(settings.SOURCE.glob(pattern)), pattern
    for pattern in (*settings.TESTS, *settings.LEFT_OUT, *settings.LOOKING):
        assert list(settings.ROOT.glob(pattern)), pattern


def test_a_file_is_broken_in_what_it_does(ward):
    found = changes(ward)
    assert (17, "    left = BEDS + taken") in found
    assert (15, "    if taken is not None:") in found
    assert (20, "        - spare") in found
    assert (10, "BEDS = 5") in found


def test_a_check_that_raises_is_left_out_whole(ward):
    assert (16, "        pass") in changes(ward)


@pytest.mark.parametrize(
    ("statement", "without"),
    [
        ("check(beds)", "pass"),
        ("found.problems.add(1)", "pass"),
        ("beds += 1", "pass"),
        ("cost[late] = 0", "pass"),
        ("self.beds = 4", "pass"),
        ("beds = 4", None),
        ("beds: int = 4", None),
        ("return free(4)", None),
    ],
)
def test_what_can_be_left_out_alone_is(tmp_path, monkeypatch, statement, without):
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    code = f"def ward(self):\n    {statement}\n"
    dropped = [
        places.mutated(code, item.mutations[0])
        for item in places.mutants(tmp_path / "ward.py", code)
        if item.mutations[0].operator_name == "DropStatement"
    ]
    assert dropped == ([] if without is None else [f"def ward(self):\n    {without}\n"])


def test_annotations_and_imports_for_types_are_not_broken(ward):
    lines = {at for at, _ in changes(ward)}
    assert 8 not in lines
    assert not any("int & None" in new for _, new in changes(ward))


def test_a_sample_is_the_same_for_the_same_seed_and_draws_a_place_once(ward):
    items = places.mutants(ward, CODE)
    folder_of = {"ward.py": "beds"}
    one = places.sample(items, folder_of, 5, seed=1)
    assert one == places.sample(list(reversed(items)), folder_of, 5, seed=1)
    assert one != places.sample(items, folder_of, 5, seed=2)
    assert len({item.mutations[0].start_pos for item in one}) == 5


def test_a_sample_of_more_than_there_are_takes_every_place(ward):
    items = places.mutants(ward, CODE)
    every = {item.mutations[0].start_pos for item in items}
    chosen = places.sample(items, {"ward.py": "beds"}, 10_000, seed=1)
    assert {item.mutations[0].start_pos for item in chosen} == every


@pytest.mark.parametrize(
    ("line", "lines", "on_import"),
    [
        (10, range(1, 28), True),  # a constant: the whole file
        (13, range(13, 22), True),  # a default: the whole function
        (15, range(15, 16), False),  # the condition of an if, without what follows
        (20, range(18, 22), False),  # a statement of several lines
        (27, range(1, 28), True),  # a field of a class that does nothing: the whole file
    ],
)
def test_the_lines_that_a_place_belongs_to(line, lines, on_import):
    assert noticing.around(ast.parse(CODE), line) == (list(lines), on_import)


def test_a_field_belongs_to_a_class_that_does_something():
    code = "beds = 1\n\n\nclass Ward:\n    rooms = 3\n\n    def f(self):\n        return 1\n"
    assert noticing.around(ast.parse(code), 5) == ([4, 5, 6, 7, 8], True)


def test_a_line_between_statements_belongs_to_the_file():
    assert noticing.around(ast.parse("a = 1\n\nb = 2\n"), 2) == ([1, 2, 3], True)


def test_what_follows_except_belongs_to_its_own_line():
    code = "def f():\n    try:\n        g()\n    except KeyError:\n        h()\n"
    assert noticing.around(ast.parse(code), 4) == ([4], False)
    assert noticing.around(ast.parse(code), 5) == ([5], False)


def test_a_decorator_belongs_to_its_function():
    code = "@cached\ndef f():\n    g()\n"
    assert noticing.around(ast.parse(code), 1) == ([1, 2, 3], True)


SECONDS = {"a::1": 0.5, "a::2": 1.0, "a::3": 2.0, "b::1": 9.0, "c::1": 50.0}


def test_quick_tests_come_first_then_one_of_each_file():
    record = noticing.Record(SECONDS, {})
    assert noticing.batches(record, {*SECONDS}, 30.0) == [["a::1", "a::2"], ["b::1", "a::3"]]


def test_tests_that_run_little_come_before_quicker_ones_that_run_much():
    lines = {"ward.py": {1: {"a::1", "a::2"}, 2: {"a::1"}, 3: {"a::1", "b::1"}}}
    record = noticing.Record({"a::1": 0.1, "a::2": 0.3, "b::1": 1.2}, lines)
    assert noticing.batches(record, {"a::1", "a::2", "b::1"}, 30.0) == [["a::2", "b::1"], ["a::1"]]


def test_tests_that_take_longer_than_there_is_time_are_not_asked():
    record = noticing.Record(SECONDS, {})
    assert noticing.batches(record, {"a::1", "c::1"}, 30.0) == [["a::1"]]


def test_a_test_that_is_alone_is_asked_however_long_it_takes():
    record = noticing.Record(SECONDS, {})
    assert noticing.batches(record, {"c::1"}, 30.0) == [["c::1"]]
    assert noticing.batches(record, set(), 30.0) == []


def test_tests_of_a_line_come_from_every_line_of_the_statement():
    record = noticing.Record(SECONDS, {"ward.py": {18: {"a::1"}, 20: {"a::2"}, 25: {"b::1"}}})
    assert record.of("ward.py", [18, 19, 20]) == {"a::1", "a::2"}
    assert record.of("theatre.py", [18]) == set()


def test_tests_that_look_at_files_are_asked_of_what_runs_on_import(monkeypatch):
    monkeypatch.setattr(settings, "LOOKING", ("c",))
    record = noticing.Record(SECONDS, {"ward.py": {18: {"a::1"}}})
    assert record.of("ward.py", [18], on_import=True) == {"a::1", "c::1"}


RAN = {"ward.py": {17: {"ward::quick", "ward::slow"}}}


def tried(ward, answers, runs=RAN):
    """What becomes of a mutant when processes answer this, and which tests each was asked."""
    item = next(item for item in places.mutants(ward, CODE) if item.mutations[0].start_pos[0] == 17)
    kept, asked = [], []
    record = noticing.Record({"ward::quick": 1.0, "ward::slow": 5.0}, runs)
    bench = trying.Bench(record, 30.0, lambda _, result: kept.append(result))
    trial = bench.trial(item)
    try:
        job = next(trial)
        for answer in answers:
            asked.append((job.work.args[0], job.work.args[1] is not None))
            job = trial.send(answer)
    except StopIteration:
        pass
    assert len(kept) == 1
    return kept[0].test_outcome, asked


PASSED = Found({"code": 0, "test": None}, late=False, log="")


def failing(test):
    return Found({"code": 1, "test": test}, late=False, log="assert 3 == 4")


def test_a_mutant_survives_when_no_test_fails(ward):
    outcome, asked = tried(ward, [PASSED, PASSED])
    assert outcome is OUTCOME.SURVIVED
    assert asked == [(["ward::quick"], True), (["ward::slow"], True)]


def test_a_mutant_that_no_test_runs_survives(ward):
    assert tried(ward, [], runs={}) == (OUTCOME.SURVIVED, [])


def test_a_test_that_fails_catches_when_it_passes_without_the_mutant(ward):
    outcome, asked = tried(ward, [failing("ward::quick"), PASSED])
    assert outcome is OUTCOME.KILLED
    assert asked == [(["ward::quick"], True), (["ward::quick"], False)]


def test_a_test_that_fails_without_the_mutant_too_catches_nothing(ward):
    outcome, asked = tried(ward, [failing("ward::quick"), failing("ward::quick"), PASSED])
    assert outcome is OUTCOME.SURVIVED
    assert asked[-1] == (["ward::slow"], True)


def test_a_mutant_whose_tests_never_end_is_caught(ward):
    outcome, _ = tried(ward, [Found(None, late=True, log="")])
    assert outcome is OUTCOME.KILLED


def test_a_mutant_that_ends_the_process_is_caught(ward):
    outcome, asked = tried(ward, [Found(None, late=False, log="Killed"), PASSED])
    assert outcome is OUTCOME.KILLED
    assert asked[1] == (["ward::quick"], False)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_answer_and_are_ended_when_late():
    def nap():
        while True:
            pass

    heard = []

    def trial(work, seconds):
        heard.append((yield Job(work, seconds)))

    def crash():
        raise ValueError("no beds")

    side_by_side([trial(lambda: {"beds": 3}, 60), trial(nap, 0.3), trial(crash, 60)], 2)
    told_, late, crashed = sorted(heard, key=lambda found: (found.value is None, not found.late))
    assert told_.value == {"beds": 3}
    assert late == Found(None, late=True, log="")
    assert crashed.value is None
    assert "no beds" in crashed.log


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("asked", ["test_ward.py", "ward.py"])
def test_a_broken_text_is_run_in_place_of_the_file(tmp_path, monkeypatch, asked):
    """By a test that imports it, and by its own doctest."""
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    ward = tmp_path / "ward.py"
    ward.write_text('def beds():\n    """\n    >>> beds()\n    4\n    """\n    return 4\n')
    (tmp_path / "test_ward.py").write_text(
        "import ward\n\n\ndef test_beds():\n    assert ward.beds() == 4\n"
    )
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --import-mode=importlib --doctest-modules\n"
    )
    heard = []

    def trial(broken):
        heard.append((yield Job(partial(inside.run, [asked], broken), 60)))

    text = ward.read_text().replace("return 4", "return 5")
    side_by_side([trial(None), trial(inside.Broken(ward, text))], 1)
    plain, broken = (found.value for found in heard)
    assert plain == {"code": 0, "test": None}
    assert broken["code"] == 1
    assert broken["test"].startswith(asked)
    assert "return 4" in ward.read_text()


def result(name, line, outcome, diff=""):
    spec = work_item.MutationSpec(name, "AddNot", 0, (line, 0), (line, 1))
    caught = work_item.WorkResult(work_item.WorkerOutcome.NORMAL, "no test fails", outcome, diff)
    return work_item.WorkItem.single(f"{name}:{line}", spec), caught


RESULTS = [
    result(
        "ward.py",
        30,
        OUTCOME.SURVIVED,
        "--- ward\n+++ ward\n x\n-beds\n+not beds",
    ),
    result("ward.py", 31, OUTCOME.KILLED),
    result("ward.py", 32, OUTCOME.KILLED),
    result("theatre.py", 4, OUTCOME.SURVIVED, "--- theatre\n+++ theatre\n-a\n+b"),
]


def test_the_table_counts_by_folder_and_over_all():
    folder_of = {"ward.py": "wards", "theatre.py": "theatres", "lift.py": "lifts"}
    assert told.table(RESULTS, folder_of) == textwrap.dedent("""\
        | folder | mutants tried | change nothing | caught | survived | share caught |
        | --- | --- | --- | --- | --- | --- |
        | wards | 3 | 0 | 2 | 1 | 67 % |
        | theatres | 1 | 0 | 0 | 1 | 0 % |
        | all | 4 | 0 | 2 | 2 | 50 % |""")


def test_what_is_known_to_change_nothing_counts_for_nobody(monkeypatch):
    monkeypatch.setattr(equivalent, "KNOWN", {("beds", "not beds"): "nobody asks"})
    folder_of = {"ward.py": "wards", "theatre.py": "theatres"}
    told_ = told.table(RESULTS, folder_of).splitlines()
    assert told_[2] == "| wards | 3 | 1 | 2 | 0 | 100 % |"
    assert told_[-1] == "| all | 4 | 1 | 2 | 1 | 67 % |"
    assert "ward.py" not in told.survivors(RESULTS)


def test_what_is_known_to_change_nothing_stands_in_a_file_that_is_broken():
    """A line that was changed since has to be looked at again."""
    lines = {
        " ".join(line.split())
        for path in settings.sources()
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    assert [before for before, _ in equivalent.KNOWN if before not in lines] == []


def test_survivors_are_told_with_place_and_change():
    assert told.survivors(RESULTS) == textwrap.dedent("""\
        theatre.py:4 AddNot: no test fails
        -a
        +b

        ward.py:30 AddNot: no test fails
        -beds
        +not beds""")


def test_tests_of_the_room_itself_are_asked_first():
    """What every plan runs is run by a thousand tests, of which few are about it."""
    record = noticing.Record(SECONDS, {})
    found = noticing.batches(record, {*SECONDS}, 30.0, near={"b"})
    assert found[0] == ["b::1"]
    assert sorted(test for batch in found for test in batch) == sorted(
        test for batch in noticing.batches(record, {*SECONDS}, 30.0) for test in batch
    )


@pytest.mark.parametrize("folder", settings.FOLDERS)
def test_every_folder_has_tests_of_its_own(folder):
    """A pattern that finds no file would ask nobody first."""
    assert settings.near(folder)
    for pattern in settings.NEAR[folder]:
        assert [*settings.ROOT.glob(pattern)]
