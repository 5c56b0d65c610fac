"""Values of the model and of solvers cannot be changed, and are named part by part."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import mutualaid.model
import mutualaid.solve

# A list of arcs grows while a model is made.
GROWS = {"ArcList"}
ARRAYS = {"Ints", "Floats", "Codes", "Mask", "Nodes"}


def values():
    """Every dataclass of these rooms, by where it is."""
    found = {}
    for room in (mutualaid.model, mutualaid.solve):
        for file in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            for name, value in vars(importlib.import_module(file.name)).items():
                if inspect.isclass(value) and value.__module__ == file.name:
                    found[f"{file.name}.{name}"] = value
    return {name: value for name, value in found.items() if "__dataclass_params__" in vars(value)}


def test_no_value_can_be_changed():
    changeable = {name for name, value in values().items() if not value.__dataclass_params__.frozen}
    assert {name.rpartition(".")[2] for name in changeable} == GROWS


def test_no_value_takes_parts_that_it_does_not_have():
    """A part that is misspelt when it is set is an error, not one more part."""
    assert [name for name, value in values().items() if "__slots__" not in vars(value)] == []


def test_values_with_arrays_are_not_compared_and_are_named_part_by_part():
    """Two arrays are equal element by element, which is neither true nor false."""
    wrong = []
    for name, value in values().items():
        fields = dataclasses.fields(value)
        if any(str(field.type) in ARRAYS for field in fields):
            named = all(field.kw_only for field in fields)
            if value.__dataclass_params__.eq or not named:
                wrong.append(name)
    assert wrong == []
