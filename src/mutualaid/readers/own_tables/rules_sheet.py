"""The sheet of rules: what was written into it, as a policy, a mode and what readers need."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from mutualaid.data.opening.number_cells import read_numbers
from mutualaid.data.opening.opened_table import OpenedTable, is_blank
from mutualaid.data.rates import LONGEST_HORIZON_PERIODS
from mutualaid.data.words.column_names import tidy
from mutualaid.errors import InputError, Problems
from mutualaid.policy.collaboration import Collaboration, Deep
from mutualaid.policy.policy import Policy
from mutualaid.readers.own_tables.rule_list import NO, NO_LIMIT, NONE_SAID, RULES, YES, Rule

TABLE = "rules"
RULE, VALUE, MEANING = "Rule", "Value", "What it means"
HEADINGS = frozenset(map(tidy, (RULE, VALUE)))
BY_WORDS: Mapping[str, Rule] = {tidy(name): one for one in RULES for name in (one.text, one.key)}
WORDS_OF = {**dict.fromkeys(("true", "y"), YES), **dict.fromkeys(("false", "n"), NO)}
UNLIMITED = frozenset(("nolimit", "none", "unlimited", "inf", "infinity", "any"))
HORIZON = ("period_weeks", "periods")
LONGEST = LONGEST_HORIZON_PERIODS
ALIKE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the rules say."""

    policy: Policy = field(default_factory=Policy)
    mode: Collaboration = field(default_factory=Deep)
    system: Mapping[str, object] = field(default_factory=dict)
    """``period_weeks``, ``periods`` and ``unlisted``, as far as they are written."""
    both_ways: bool = False
    census: str | dt.date | None = None


def read_rules(opened: OpenedTable) -> Rules:
    """Read the rules; all that is wrong in them is told at once, each by its cell.

    Raises
    ------
    InputError
        If a rule is not known, is there twice, or its value cannot be used.
    """
    body = opened.body()
    by_form = {tidy(heading): heading for heading in body.frame.columns}
    problems = Problems()
    origin = opened.origin(body)
    if origin is not None:
        problems.origins[TABLE] = origin
    for name in (RULE, VALUE):
        if tidy(name) not in by_form:
            problems.add(TABLE, name, "the column is missing", "head a column so")
    problems.raise_if_any()
    rule, value = (by_form[tidy(name)] for name in (RULE, VALUE))
    said: dict[str, object] = {}
    known: dict[str, int] = {}
    pairs = zip(body.frame[rule], body.frame[value], strict=True)
    for row, (text, cell) in enumerate(pairs):
        if is_blank(text):
            problems.add(TABLE, rule, "is blank beside a value", "write which rule", rows=[row])
            continue
        found = BY_WORDS.get(tidy(str(text)))
        if found is None:
            problems.add(TABLE, rule, "is no rule", _near(str(text)), rows=[row], values=[text])
        elif found.key in known:
            problems.add(TABLE, rule, "is there twice", "keep one", rows=[row], values=[text])
        else:
            known[found.key] = row
            if not is_blank(cell):
                _take(found, cell, row, value, said, problems)
    problems.raise_if_any()
    return _made(said)


def _near(text: str) -> str:
    near = difflib.get_close_matches(tidy(text), BY_WORDS, 1, ALIKE)
    if near:
        return f"did you mean {BY_WORDS[near[0]].text!r}?"
    return "write one of " + ", ".join(repr(one.text) for one in RULES)


def _take(
    rule: Rule, cell: object, row: int, heading: str, said: dict[str, object], problems: Problems
) -> None:
    """Take one value down, if it can be used on its own."""
    amiss = Problems(origins=dict(problems.origins))
    value = _value(rule, cell, row, heading, amiss)
    if not amiss.rows and rule.of == "policy":
        try:
            Policy().replace(**{rule.key: value})
        except InputError as error:
            for one in error.problems.to_dict("records"):
                told = f"{rule.text!r} {one['problem']}"
                amiss.add(TABLE, heading, told, str(one["remedy"]), rows=[row], values=[cell])
    if not amiss.rows and rule.key in HORIZON:
        if isinstance(value, float) and value.is_integer() and 1 <= value <= LONGEST:
            value = int(value)
        else:
            what = f"{rule.text!r} is no whole number from 1 to {LONGEST}"
            amiss.add(TABLE, heading, what, "write one", rows=[row], values=[cell])
    problems.rows += amiss.rows
    if not amiss.rows:
        said[rule.key] = value


def _value(rule: Rule, cell: object, row: int, heading: str, amiss: Problems) -> object:
    if rule.is_date:
        return cell.date() if isinstance(cell, dt.datetime) else cell
    if rule.words:
        word = tidy(str(cell))
        by_word = {tidy(one): meant for one, meant in rule.words.items()}
        found = by_word.get(word, by_word.get(WORDS_OF.get(word, "")))
        if found is None:
            what = f"{rule.text!r} is none of its words"
            remedy = f"write {' or '.join(map(repr, rule.words))}"
            amiss.add(TABLE, heading, what, remedy, rows=[row], values=[cell])
            return None
        return found() if rule.key in ("mode", "harm") else found
    if tidy(str(cell)) in UNLIMITED and rule.key in NONE_SAID:
        return NONE_SAID[rule.key]
    alone = Problems()
    number = read_numbers(TABLE, heading, pd.Series([cell], dtype=object), alone)
    for _, _, what, *_, remedy in alone.rows:
        more = f", or {NO_LIMIT!r}" if rule.key in NONE_SAID else ""
        amiss.add(
            TABLE, heading, f"{rule.text!r} {what}", f"{remedy}{more}", rows=[row], values=[cell]
        )
    return float(number[0])


def _made(said: Mapping[str, object]) -> Rules:
    """Put together what was taken down."""
    of: dict[str, dict[str, object]] = {"policy": {}, "system": {}}
    for rule in RULES:
        if rule.key in said and rule.of in of:
            of[rule.of][rule.key] = said[rule.key]
    rest: dict[str, object] = {k: said[k] for k in ("mode", "both_ways", "census") if k in said}
    policy = {k: v for k, v in of["policy"].items() if v is not None}
    return Rules(policy=Policy().replace(**policy), system=of["system"], **rest)  # type: ignore[arg-type]
