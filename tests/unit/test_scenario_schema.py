"""Editors are told what a scenario file may say by a schema that agrees with the reader."""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from mutualaid.cli import main
from mutualaid.cli.scenario.part import Part
from mutualaid.cli.scenario.schema_file import NAME, schema_of, schema_text
from mutualaid.cli.scenario.template import template

jsonschema = pytest.importorskip("jsonschema")
ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples" / "scenarios").glob("*.toml"))
BLOCK = re.compile(r"```\{code-block\} toml\n:caption: (?P<name>\S+)\n\n(?P<text>.*?)```", re.S)
DOCUMENTED = {
    found["name"]: found["text"]
    for page in sorted((ROOT / "docs").rglob("*.md"))
    for found in BLOCK.finditer(page.read_text(encoding="utf-8"))
    # A series of what may come otherwise is another kind of file.
    if "[[scenario]]" not in found["text"]
}


def plain(value):
    """What TOML holds as JSON would: dates are texts there."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


@pytest.fixture(scope="module")
def wrong():
    """Say what the schema finds wrong in a text."""
    validator = jsonschema.Draft7Validator(json.loads(schema_text()))

    def found(text):
        return list(validator.iter_errors(plain(tomllib.loads(text))))

    return found


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(json.loads(schema_text()))


def test_the_schema_knows_the_file_of_init(wrong):
    assert wrong(template("winter.toml")) == []


def everything(heading):
    """One table of the file of init, with every line that is a key."""
    part = template("winter.toml").split(f"\n{heading}\n")[1].split("\n\n")[0]
    lines = [line.removeprefix("# ") for line in part.splitlines()]
    return "\n".join(line for line in lines if re.match(r"[a-z_]+ = ", line))


@pytest.mark.parametrize("heading", ["[data]", "[policy]", "[solve]", "[outputs]"])
def test_the_schema_knows_whatever_that_file_shows(wrong, heading):
    data = "" if heading == "[data]" else '[data]\nexample = "collaborative"\n'
    text = f"{data}{heading}\n{everything(heading)}\n"
    assert len(tomllib.loads(text)[heading.strip("[]")]) > 5
    assert wrong(text) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_schema_knows_the_examples(wrong, path):
    assert wrong(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_schema_knows_the_files_of_the_documentation(wrong, name):
    """All but the one whose mistakes it marks as the command does."""
    assert bool(wrong(DOCUMENTED[name])) == (name == "mistakes.toml")


def test_the_documentation_has_files():
    assert {"winter.toml", "mistakes.toml"} <= {*DOCUMENTED}


@pytest.mark.parametrize(
    "text",
    [
        "[policy]\nmax_minuts = 45\n",
        "[policy]\nmove_weeks = -1\n",
        '[policy]\nharm = "rt"\n',
        '[policy]\nharm = { curve = "rtt", table = "harm.csv" }\n',
        '[collaboration]\nmode = "Deep"\ntolerance = 5\n',
        "[collaboration]\ntolerance = 5\n",
        '[[change]]\nkind = "capacity"\n',
        "[solve]\nthreads = 0\n",
        '[outputs]\npage = "page.pdf"\n',
        "[outputs]\nsuppress_below = 2\n",
        "[winter]\n",
    ],
)
def test_the_schema_marks_mistakes(wrong, text):
    assert wrong('[data]\nexample = "collaborative"\n') == []
    assert wrong(f'[data]\nexample = "collaborative"\n{text}')


def test_editors_that_take_inf_for_null_do_not_mark_it():
    """Taplo, which is in most of them, hands the schema null for the inf of TOML."""
    validator = jsonschema.Draft7Validator(json.loads(schema_text()))
    data = {"example": "collaborative"}
    for minutes, marked in ((None, False), (60, False), (-1, True), ("inf", True)):
        found = list(validator.iter_errors({"data": data, "policy": {"max_minutes": minutes}}))
        assert bool(found) == marked


def test_the_schema_asks_for_data_and_knows_one_version(wrong):
    assert wrong("[policy]\n")
    assert wrong('version = 2\n[data]\nexample = "collaborative"\n')
    assert wrong('[data]\nexample = "collaborative"\nrtt = "january.zip"\n')


def below(part):
    for one in part.__subclasses__():
        yield one
        yield from below(one)


@pytest.mark.parametrize("part", sorted({*below(Part)}, key=str), ids=lambda part: part.__name__)
def test_every_example_of_a_key_can_be_written(part):
    """For the reader and for the schema."""
    schema = copy.deepcopy(dict(schema_of(part)))
    whole = {name: one.examples[0] for name, one in part.model_fields.items() if one.examples}
    chosen = schema.get("properties", {}).get(part.chosen_by, {}).get("const")
    whole |= {} if chosen is None else {part.chosen_by: chosen}
    if "data" in part.model_fields:
        whole["data"] = {"example": "collaborative"}
    TypeAdapter(part).validate_python(whole)
    assert list(jsonschema.Draft7Validator(schema).iter_errors(plain(whole))) == []


def test_the_command_writes_the_schema_that_init_names(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def code(*arguments):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        return left.value.code

    assert code("schema") == code("init", "winter.toml") == 0
    named = (tmp_path / "winter.toml").read_text(encoding="utf-8").splitlines()[0]
    assert named == f"#:schema ./{NAME}"
    assert (tmp_path / NAME).read_text(encoding="utf-8") == schema_text()
    (tmp_path / NAME).write_text("mine")
    assert code("schema") == 1
    assert "--force" in capsys.readouterr().err
    assert code("schema", "--force") == 0
    assert (tmp_path / NAME).read_text(encoding="utf-8") == schema_text()
