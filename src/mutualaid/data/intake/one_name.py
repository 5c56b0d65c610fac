"""One trust, one service, one label: where a table names what another table has the code of.

Labels mean the same where one is the name of the other, or both are one name, by the rule of
:mod:`mutualaid.data.words.known_names`. Two labels that stand in one column are two things, and so
are two codes. Spellings of one code are another matter: they are told, not mended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Clean
from mutualaid.data.intake.cross_checks import FINER_COLUMNS, PROVIDER_COLUMNS, SERVICE_COLUMNS
from mutualaid.data.taking.safety_columns import Finding
from mutualaid.data.words.england import provider_names
from mutualaid.data.words.known_names import plain_code, plain_name, with_name
from mutualaid.data.words.service_words import SERVICES, names_of_service, plain_service

Place = tuple[str, str]


@lru_cache(maxsize=10_000)
def _provider_forms(label: str) -> tuple[str, ...]:
    """The names that a label of a provider is, or stands for."""
    name = provider_names().get(label)
    return (plain_name(label),) if name is None else (plain_name(name),)


@lru_cache(maxsize=10_000)
def _service_forms(label: str) -> tuple[str, ...]:
    """The names that a label of a service is, or stands for."""
    names = names_of_service(label)
    return tuple(dict.fromkeys(map(plain_service, names or (label,))))


Kind = tuple[Sequence[Place], Callable[[str], tuple[str, ...]], Callable[[], Collection[str]]]
KINDS: tuple[Kind, ...] = (
    ((*PROVIDER_COLUMNS, ("accepts", "provider")), _provider_forms, provider_names),
    ((*SERVICE_COLUMNS, *FINER_COLUMNS, ("accepts", "service")), _service_forms, lambda: SERVICES),
)
"""Columns of one kind of label, the names of a label, and the codes that are known."""


def with_one_name(
    tables: Mapping[str, Clean], settled: Collection[str]
) -> tuple[dict[str, Clean], list[Finding]]:
    """Give labels that mean the same one label: the code, where one of them is a code.

    Parameters
    ----------
    tables
        Columns of each table that were clean on their own.
    settled
        Tables whose labels stay as they are, because they were checked before.

    Returns
    -------
    tables, findings
        The tables, and a finding for each label that was read as another.

    Examples
    --------
    >>> tables = {"capacity": {"provider": pd.Categorical(["RM3", "R0A"])},
    ...           "waiting_list": {"origin": pd.Categorical(["Northern Care Alliance", "R0A"])}}
    >>> named, found = with_one_name(tables, ())
    >>> list(named["waiting_list"]["origin"]), found[0].done
    (['RM3', 'R0A'], 'read as RM3 (Northern Care Alliance)')
    """
    result, findings = {name: dict(clean) for name, clean in tables.items()}, list[Finding]()
    for places, forms, codes in KINDS:
        held = {
            (table, column): values
            for table, column in places
            if isinstance(values := tables.get(table, {}).get(column), pd.Categorical)
        }
        read = _read_as(held, forms, codes(), settled)
        for place, values in held.items():
            here = {label: read[label] for label in values.categories if label in read}
            if not here or place[0] in settled:
                continue
            counts = np.bincount(values.codes[values.codes >= 0], minlength=len(values.categories))
            rows = dict(zip(values.categories, counts.tolist(), strict=True))
            findings += [
                Finding(*place, f"names {was!r}", rows[was], f"read as {with_name(is_)}")
                for was, is_ in here.items()
            ]
            renamed = values.rename_categories(here)
            result[place[0]][place[1]] = renamed.reorder_categories(sorted(renamed.categories))
    return result, findings


def _read_as(
    held: Mapping[Place, pd.Categorical],
    forms: Callable[[str], tuple[str, ...]],
    codes: Collection[str],
    settled: Collection[str],
) -> dict[str, str]:
    """By each label that another label stands for, that other."""
    columns = [set(values.categories) for values in held.values()]
    labels = dict.fromkeys(label for values in held.values() for label in values.categories)
    if all(len(column) == len(labels) for column in columns):
        # Every table has every label.
        return {}
    fixed = {
        label
        for place, values in held.items()
        if place[0] in settled
        for label in values.categories
    }
    order = {label: at for at, label in enumerate(labels)}
    read: dict[str, str] = {}
    for alike in _alike(labels, forms):
        spelt = {plain_code(one) for one in alike}
        if len(spelt) < len(alike) or sum(one in codes for one in alike) > 1:
            continue
        if any(len(alike & column) > 1 for column in columns):
            continue
        best = min(alike, key=lambda one: (one not in fixed, one not in codes, order[one]))
        read.update((one, best) for one in alike if one != best)
    return read


def _alike(labels: Collection[str], forms: Callable[[str], tuple[str, ...]]) -> Iterator[set[str]]:
    """Labels that share names, directly or by way of a third, where there are several."""
    first: dict[str, str] = {}
    above = {label: label for label in labels}

    def top(label: str) -> str:
        while above[label] != label:
            above[label] = label = above[above[label]]
        return label

    for label in labels:
        for name in filter(None, forms(label)):
            above[top(label)] = top(first.setdefault(name, label))
    groups: dict[str, set[str]] = {}
    for label in labels:
        groups.setdefault(top(label), set()).add(label)
    yield from (group for group in groups.values() if len(group) > 1)
