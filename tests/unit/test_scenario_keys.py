"""What a scenario file may say is what the library takes from Python, key by key."""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime as dt
import inspect
import os
import re
import types
import typing

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid import harm
from mutualaid.cli.outputs import NAMES_OF_TABLES
from mutualaid.cli.scenario import data_keys, made_tables, mode_keys, policy_keys
from mutualaid.cli.scenario.change_keys import KINDS
from mutualaid.cli.scenario.output_keys import OutputsKeys
from mutualaid.cli.scenario.part import File, Part
from mutualaid.cli.scenario.scenario_keys import ScenarioKeys, SolveKeys, TargetKeys
from mutualaid.cli.scenario.schema_file import schema_of
from mutualaid.cli.scenario.template import template
from mutualaid.data import schema
from mutualaid.datasets.made_up_system import BOUNDS
from mutualaid.model.build import FORMULATIONS
from mutualaid.model.limits.targets import BY
from mutualaid.model.linear_terms import OBJECTIVES
from mutualaid.planning.solve_options import limits_of
from mutualaid.policy import collaboration
from mutualaid.readers.waiting_list.dates import ORDERS
from mutualaid.solve.solver import SOLVERS
from mutualaid.studies.changes import KINDS as CHANGES

pytestmark = [pytest.mark.usual_lead, pytest.mark.usual_promises]


def below(part):
    for one in part.__subclasses__():
        yield one
        yield from below(one)


ALL = sorted({*below(Part)}, key=lambda part: part.__name__)
MAKES = {part: part.makes for part in ALL if part.makes is not None}
MAKES |= {policy_keys.Rules: ma.Policy, policy_keys.PolicyKeys: ma.Policy}
# What other keys give, or a file cannot say.
NOT_KEYS = {
    data_keys.SystemKeys: {"waiting_list", "as_today"},
    data_keys.TablesKeys: {"as_today"},
    data_keys.ReaderKeys: {"source"},
    data_keys.ExtractsOfEngland: {"path"},
    data_keys.PartOfEngland: {"self", "travel"},
    data_keys.TwinOfEngland: {"self", "travel"},
    data_keys.MatrixKeys: {"source"},
    data_keys.EstimateKeys: {"sites"},
    made_tables.CountsKeys: {"table"},
    made_tables.SessionsKeys: {"table", "periods", "period_weeks"},
    made_tables.ActivityKeys: {"table", "periods", "period_weeks"},
    made_tables.JoinedKeys: {"table", "periods", "period_weeks", "waiting_list"},
    made_tables.LeftKeys: {"table", "periods", "period_weeks", "waiting_list"},
    SolveKeys: {
        *("system", "policy", "collaboration", "targets"),
        *("previous", "change_weeks", "executor", "progress"),
    },
}
# What is not passed on under its own name.
NOT_PARAMETERS = {
    data_keys.SystemKeys: {"sites"},
    data_keys.TablesKeys: {"sites"},
    data_keys.MatrixKeys: {"matrix"},
    made_tables.CountsKeys: {"counts"},
    made_tables.SessionsKeys: {"sessions"},
    made_tables.ActivityKeys: {"activity"},
    made_tables.JoinedKeys: {"history"},
    made_tables.LeftKeys: {"history"},
    policy_keys.PolicyKeys: {"preset", "miles"},
}


def name_of(part):
    return part.__name__


def keys(part):
    """The keys that are passed on."""
    return {
        name: field
        for name, field in part.model_fields.items()
        if name != part.chosen_by and name not in NOT_PARAMETERS.get(part, ())
    }


def parameters(part):
    taken = inspect.signature(MAKES[part]).parameters.items()
    return {name: one for name, one in taken if name not in NOT_KEYS.get(part, ())}


def test_every_table_of_a_file_is_looked_at():
    """Those without one maker are put together from others that have one."""
    assert {part for part in ALL if part not in MAKES} == {
        *(ScenarioKeys, OutputsKeys),
        *(data_keys.Ways, data_keys.ExtractKeys, data_keys.RttKeys),
        next(iter(KINDS.values())).__bases__[0],
    }


@pytest.mark.parametrize("part", MAKES, ids=name_of)
def test_a_table_has_a_key_for_every_parameter_and_no_other(part):
    assert {*keys(part)} == {*parameters(part)}


@pytest.mark.parametrize("part", MAKES, ids=name_of)
def test_what_holds_unless_it_is_written_holds_in_python_too(part):
    for name, parameter in parameters(part).items():
        field = part.model_fields[name]
        if name == "travel":
            # The places of sites will do in its stead.
            continue
        if parameter.default is parameter.empty:
            assert field.is_required(), name
            continue
        usual = parameter.default
        if isinstance(usual, tuple):
            usual = list(usual)
        if (part, name) == (policy_keys.PolicyKeys, "min_weeks_saved"):
            # Files that boards plan from ask only those to move who gain a month by it.
            usual = 4
        if name == "harm":
            # Made anew for each policy.
            assert str(ma.Policy().harm) == str(harm.rtt())
            usual = None
        assert field.default == usual, name


ANYTHING = "anything"
PLAIN = {bool: "truth", int: "whole", float: "number", str: "text", dt.date: "day"}
PLAIN |= {File: "table", pd.DataFrame: "table", object: ANYTHING, typing.Any: ANYTHING}
SEVERAL = (list, tuple, collections.abc.Sequence, collections.abc.Collection)
SEVERAL += (collections.abc.Iterable,)


def kinds(hint):
    """The kinds of value that a type is a choice of; missing is no kind."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return kinds(inside[0])
    if origin in (typing.Union, types.UnionType):
        return {one for part in inside if part is not type(None) for one in kinds(part)}
    if origin is typing.Literal:
        return {PLAIN[type(one)] for one in inside}
    if origin in SEVERAL:
        return {("list", *sorted(kinds(inside[0]), key=str))}
    if origin in (dict, collections.abc.Mapping):
        return {("by key", *sorted(kinds(inside[1]), key=str))}
    if hint is policy_keys.Rules:
        return {("by key", ANYTHING)}
    if dataclasses.is_dataclass(hint) or issubclass(hint, Part):
        return {"made"}
    return {PLAIN[hint]}


# Names that modules have for type checkers alone.
LATER = {"os": os, **{name: getattr(collections.abc, name) for name in collections.abc.__all__}}


@pytest.mark.parametrize("part", MAKES, ids=name_of)
def test_a_key_takes_the_kinds_of_value_that_its_parameter_takes(part):
    made = MAKES[part]
    hints = typing.get_type_hints(made.__init__ if made is ma.System else made, localns=LATER)
    for name in parameters(part):
        ours, theirs = kinds(part.model_fields[name].annotation), kinds(hints[name])
        if ("by key", ANYTHING) in theirs:
            assert {one[0] for one in ours} == {"by key"}
        elif ANYTHING not in theirs:
            assert ours == theirs, name


def test_the_words_of_a_key_are_those_that_the_library_knows():
    def words(part, name):
        properties = schema_of(part)["properties"][name]
        inside = properties.get("items", properties)
        found = [inside, *inside.get("anyOf", ())]
        return {word for one in found for word in one.get("enum", ())}

    assert words(SolveKeys, "solver") == {*SOLVERS}
    assert words(SolveKeys, "formulation") == {*FORMULATIONS}
    assert words(SolveKeys, "objectives") == {*OBJECTIVES}
    assert words(TargetKeys, "by") == {*BY}
    assert words(OutputsKeys, "csv") == words(OutputsKeys, "parquet") == {*NAMES_OF_TABLES}
    assert words(mode_keys.TransactionalKeys, "balance") == {*collaboration.BALANCES}
    assert words(mode_keys.TransactionalKeys, "protect") == {*collaboration.PROTECTED}
    assert words(mode_keys.ResourceKeys, "protect") == {*collaboration.PROTECTED}
    assert words(policy_keys.Rules, "movable_consent") == {*schema.CONSENTS} - {"no"}
    assert words(data_keys.ReaderKeys, "dates") == {*ORDERS}


def test_every_mode_change_and_table_of_a_system_has_keys():
    made = {one for one in vars(collaboration).values() if isinstance(one, type)}
    modes = {one for one in made if issubclass(one, collaboration.Collaboration)}
    modes -= {collaboration.Collaboration}
    assert {one.makes for one in mode_keys.MODES.values()} == modes
    assert {name: one.makes for name, one in KINDS.items()} == CHANGES
    assert {*schema.TABLES} <= {*data_keys.TablesKeys.model_fields}


def limits(part):
    """Each key with a number that has limits, and these."""
    for name in keys(part):
        written = schema_of(part)["properties"][name]
        for one in (written, *written.get("anyOf", ())):
            if {"minimum", "maximum"} & {*one}:
                yield name, one["type"] == "integer", one.get("minimum"), one.get("maximum")


def sample(part):
    """The least that a table needs."""
    needed = {n: field.examples[0] for n, field in keys(part).items() if field.is_required()}
    return {"min_gain": 0.0, **needed} if part is policy_keys.EquityKeys else needed


CHECKED = [
    *(policy_keys.Rules, policy_keys.EquityKeys, policy_keys.RttHarm),
    *(policy_keys.ConstantAcceptance, TargetKeys, *mode_keys.MODES.values()),
    *(one for name, one in KINDS.items() if name != "site"),
]


@pytest.mark.parametrize("part", CHECKED, ids=name_of)
def test_the_limits_of_a_number_are_those_of_the_library(part):
    """What stands at a limit is taken, what is beyond it refused."""
    make = MAKES[part]
    for name, whole, low, high in limits(part):
        rest = sample(part)
        for limit, beyond in ((low, -1), (high, 1)):
            if limit is None:
                continue
            make(**{**rest, name: limit})
            over = limit + beyond if whole else limit + beyond * 1e-6 * max(1.0, abs(limit))
            with pytest.raises(ma.InputError):
                make(**{**rest, name: over})


def test_the_limits_of_the_made_up_collaborative_and_of_solvers_are_theirs():
    found = {name: (low, high) for name, _, low, high in limits(data_keys.ExampleKeys)}
    assert found == {
        name: (low, None if high == float("inf") else high) for name, (low, high) in BOUNDS.items()
    }
    for name, _, low, _ in limits(SolveKeys):
        usual = dict.fromkeys(("time_limit", "threads", "mip_gap"))
        limits_of(**{**usual, name: low})
        with pytest.raises(ma.InputError):
            limits_of(**{**usual, name: low - 1})


@pytest.mark.parametrize("part", ALL, ids=name_of)
def test_every_key_says_what_it_means_and_shows_a_value(part):
    """As editors and the file of init show it; a word that chooses a table speaks for itself."""
    for name, field in part.model_fields.items():
        if name != part.chosen_by:
            assert field.description, name
            assert field.description.endswith("."), name
        if part is not ScenarioKeys and field.default is None:
            assert field.examples, name


@pytest.mark.parametrize("part", ALL, ids=lambda part: part.__name__)
def test_init_lists_every_key(part):
    """Also those of what stands in braces behind another key."""
    text = template("winter.toml")
    absent = [one for one in part.model_fields if not re.search(rf"\b{one}\b", text)]
    assert absent == []
