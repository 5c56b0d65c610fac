"""A message about a scenario file names the line that its reader has to look at."""

from __future__ import annotations

import tomllib

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.cli.scenario.line_numbers import lines_of, syntax_error


def line(text, *place):
    tomllib.loads(text)
    return lines_of(text)[place]


def test_a_key_stands_on_its_own_line():
    text = "[policy]\n\n# how far\nmax_minutes = 60\nmove_weeks = 0.5\n"
    assert line(text, "policy") == 1
    assert line(text, "policy", "max_minutes") == 4
    assert line(text, "policy", "move_weeks") == 5


def test_text_of_several_lines_is_no_key():
    text = 'a = """\nb = 1\n[c]\n"""\nd = \'\'\'\ne = 1\n# "\'\'\'\nb = 2\n'
    lines = lines_of(text)
    assert lines == {("a",): 1, ("d",): 5, ("b",): 8}


@pytest.mark.parametrize(
    "value",
    [
        '"a # b = ] }"',
        "'a # \" = ['",
        '"an escaped \\" quote # ["',
        '"""ends with two""""',
        '"""ends with three"""""',
        '"""an escaped \\""" stays inside"""',
        "'''ends with two''''",
        '"""\\\\"""',
        "1979-05-27 07:32:00",
        "[1, [2, 3,], # ]\n4,\n]",
        '{ b = 1, "c.d" = { e = "}" } }',
        "inf",
        "true # b = 1",
    ],
)
def test_whatever_a_value_is_the_key_after_it_is_found(value):
    text = f"a = {value}\nlast = 1\n"
    assert line(text, "last") == text.count("\n")


def test_keys_with_dots_and_quotes_are_the_same_as_tables():
    text = 'policy.harm.curve = "rtt"\n"policy"."max in" = 1\n[collaboration . "a.b"]\nc = 1\n'
    assert line(text, "policy", "harm", "curve") == 1
    assert line(text, "policy", "max in") == 2
    assert line(text, "collaboration", "a.b", "c") == 4


def test_a_quoted_key_is_read_as_toml_reads_it():
    assert line('"caf\\u00e9" = 1\n', "café") == 1


def test_items_are_told_apart():
    text = '[[change]]\nkind = "a"\n[[change]]\nkind = "b"\n'
    text += "[change.more]\nx = 1\n[[change.y]]\nz = 1\n"
    assert line(text, "change", 0, "kind") == 2
    assert line(text, "change", 1, "kind") == 4
    assert line(text, "change", 1, "more", "x") == 6
    assert line(text, "change", 1, "y", 0, "z") == 8


def test_items_of_a_list_and_of_an_inline_table_have_lines_of_their_own():
    text = "a = [\n  { b = 1 },\n  # { b = 2 },\n  { b = 3,  c = 4 },\n]\n"
    assert line(text, "a", 0, "b") == 2
    assert line(text, "a", 1, "c") == 4


def test_lines_are_counted_the_same_with_windows_line_ends():
    text = "[data]\r\nperiods = 13\r\n"
    assert lines_of(text)["data", "periods"] == 2


@pytest.mark.parametrize(
    ("text", "where"),
    [("a = 1\nb = \n", 2), ("[policy\n", 1), ('a = "\n', 1), ("a = 1\n\n\nb = [1,\n", 4)],
)
def test_what_is_not_toml_is_told_with_its_line(text, where):
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert syntax_error(text, caught.value)[0] == where


KEYS = st.text(min_size=1, max_size=6)
PLAIN = st.one_of(
    st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), st.text(max_size=12)
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def places(value, place=()):
    """Every key and item of what a file holds."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in inside:
        yield (*place, name)
        if isinstance(one, dict | list):
            yield from places(one, (*place, name))


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.booleans())
def test_every_key_of_any_file_has_a_line_and_nothing_else_has(content, multiline):
    text = tomli_w.dumps(content, multiline_strings=multiline)
    read = tomllib.loads(text)
    lines = lines_of(text)
    assert set(lines) == set(places(read))
    assert all(1 <= number <= text.count("\n") + 1 for number in lines.values())


@given(st.lists(st.tuples(st.integers(0, 3), PLAIN), min_size=1, max_size=8))
def test_the_line_of_a_key_is_the_one_that_holds_it(drawn):
    """Each key is followed by blank lines, comments that look like keys, and other values."""
    rows, expected = ["[data]"], {}
    for number, (blanks, value) in enumerate(drawn):
        rows += [f"# key_{number} = 1"] * blanks
        expected["data", f"key_{number}"] = sum(row.count("\n") + 1 for row in rows) + 1
        rows.append(tomli_w.dumps({f"key_{number}": value}).rstrip("\n"))
    lines = lines_of("\n".join(rows) + "\n")
    assert {place: lines[place] for place in expected} == expected
