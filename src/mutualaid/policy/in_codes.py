"""Policies and modes that name trusts and services, in the codes of a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import pandas as pd

from mutualaid.data.system_names import SystemNames
from mutualaid.policy.acceptance import Acceptance
from mutualaid.policy.acceptance_table import Table
from mutualaid.policy.collaboration import Collaboration
from mutualaid.policy.estate import Estate
from mutualaid.policy.income import Income
from mutualaid.policy.policy import Policy

Mode = TypeVar("Mode", bound=Collaboration)
TABLES = ("forbidden_lanes", "allowed_lanes", "max_out", "max_in")


def policy_in_codes(policy: Policy, names: SystemNames) -> Policy:
    """A policy with the codes of what its tables name; the very same where they name nothing.

    Warns
    -----
    InputWarning
        What was read as what, where it was not letter for letter.

    Examples
    --------
    >>> names = SystemNames.of(("RM3", "R0A"), ("C_110",))
    >>> named = Policy(max_in={"Northern Care Alliance NHS Foundation Trust": 10})
    >>> policy_in_codes(named, names).max_in["provider"].to_list()
    ['RM3']
    """
    changed: dict[str, Any] = {}
    for name in TABLES:
        table = getattr(policy, name)
        if isinstance(table, pd.DataFrame):
            changed[name] = names.frame(table, f"policy.{name}")
    if isinstance(policy.specialists, Mapping):
        changed["specialists"] = _specialists(policy.specialists, names)
    if policy.acceptance is not None:
        changed["acceptance"] = _acceptance(policy.acceptance, names)
    changed = {name: new for name, new in changed.items() if new is not getattr(policy, name)}
    return replace(policy, **changed) if changed else policy


def mode_in_codes(mode: Mode, names: SystemNames) -> Mode:
    """A mode with the codes of what is lent and paid for; the very same where it names nothing.

    Examples
    --------
    >>> from mutualaid.policy.collaboration import Transactional
    >>> names = SystemNames.of(("RM3",), ("C_110",))
    >>> paid = Transactional(balance="tariff", tariff={"Trauma and Orthopaedic": 5_000})
    >>> mode_in_codes(paid, names).tariff
    {'C_110': 5000}
    """
    changed: dict[str, Any] = {}
    if isinstance(mode.tariff, Mapping):
        changed["tariff"] = names.mapping("service", mode.tariff, f"{mode.name}.tariff")
    if mode.lend is not None:
        changed["lend"] = _estate(mode.lend, names)
    if mode.income is not None:
        changed["income"] = _income(mode.income, names)
    spared = [names.frame(one.spares, "partner.spares") for one in mode.partners]
    if any(new is not one.spares for one, new in zip(mode.partners, spared, strict=True)):
        both = zip(mode.partners, spared, strict=True)
        changed["partners"] = tuple(replace(one, spares=new) for one, new in both)
    changed = {name: new for name, new in changed.items() if new is not getattr(mode, name)}
    return replace(mode, **changed) if changed else mode


def _specialists(
    taken: Mapping[str, Sequence[str]], names: SystemNames
) -> Mapping[str, Sequence[str]]:
    where = "policy.specialists"
    taken = names.mapping("provider", taken, where)
    found = names.codes("service", {one for some in taken.values() for one in some}, where)
    if not found:
        return taken
    return {who: [found.get(one, one) for one in some] for who, some in taken.items()}


def _income(income: Income, names: SystemNames) -> Income:
    given: dict[str, Any] = {"tariff": names.mapping("service", income.tariff, "income.tariff")}
    for name in ("limits", "contracts"):
        table = getattr(income, name)
        if table is not None:
            given[name] = names.frame(table, f"income.{name}")
    changed = {name: new for name, new in given.items() if new is not getattr(income, name)}
    return replace(income, **changed) if changed else income


def _estate(estate: Estate, names: SystemNames) -> Estate:
    tables = {item.name: getattr(estate, item.name) for item in fields(estate)}
    read = {
        name: names.frame(table, f"estate.{name}")
        for name, table in tables.items()
        if table is not None
    }
    changed = {name: table for name, table in read.items() if table is not tables[name]}
    return replace(estate, **changed) if changed else estate


def _acceptance(acceptance: Acceptance, names: SystemNames) -> Acceptance:
    rule = acceptance.rule
    if not isinstance(rule, Table):
        return acceptance
    labels = []
    for column, given in rule.labels:
        found = names.codes(column, filter(None, given), f"acceptance.{column}")
        labels.append((column, tuple(found.get(one, one) for one in given)))
    if tuple(labels) == rule.labels:
        return acceptance
    return replace(acceptance, rule=replace(rule, labels=tuple(labels)))
