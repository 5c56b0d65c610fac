"""One trust, one service, one label: where a table names what another table has the code of.

Labels mean the same where one is the name of the other, or both are one name, by the rule of
:mod:`mutualaid.data.words.known_names`. Two labels that stand in one column are two things, and so
are two codes. Spellings of one code are another matter: they are told, not mended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from mutualaid.data.column_checks import Clean
from mutualaid.data.intake.cross_checks import PROVIDER_COLUMNS, SERVICE_COLUMNS
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
    ((*SERVICE_COLUMNS, ("accepts", "service")), _service_forms, lambda: SERVICES),
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
        for place, values in held.items():
            if place[0] in settled:
                continue
            read = _read_as(place, held, forms, codes(), settled)
            if not read:
                continue
            counts = np.bincount(values.codes[values.codes >= 0], minlength=len(values.categories))
            rows = dict(zip(values.categories, counts.tolist(), strict=True))
            findings += [
                Finding(*place, f"names {was!r}", rows[was], f"read as {with_name(is_)}")
                for was, is_ in read.items()
            ]
            renamed = values.rename_categories(read)
            result[place[0]][place[1]] = renamed.reorder_categories(sorted(renamed.categories))
    return result, findings


def _read_as(
    place: Place,
    held: Mapping[Place, pd.Categorical],
    forms: Callable[[str], tuple[str, ...]],
    codes: Collection[str],
    settled: Collection[str],
) -> dict[str, str]:
    """The labels of a column that another column has another label for, and that label."""
    here = set(held[place].categories)
    others = [values.categories for at, values in held.items() if at != place]
    strange = here.difference(*others) if others else set()
    # Whoever has no name of its own elsewhere: most tables agree, and nothing is looked up.
    elsewhere = {label for labels in others for label in labels}
    if not strange or not elsewhere - here:
        return {}
    named = _by_form(elsewhere | here, forms)
    read = {}
    for label in sorted(strange):
        alike = {one for form in forms(label) for one in named.get(form, ())}
        if len(alike) < 2 or len({plain_code(one) for one in alike}) < len(alike):
            continue
        if len(alike & here) > 1 or any(len(alike.intersection(one)) > 1 for one in others):
            continue
        if sum(one in codes for one in alike) > 1:
            continue
        best = _best(alike, held, codes, settled)
        if best != label:
            read[label] = best
    return read


def _by_form(labels: Iterable[str], forms: Callable[[str], tuple[str, ...]]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {}
    for label in labels:
        for form in forms(label):
            if form:
                named.setdefault(form, set()).add(label)
    return named


def _best(
    alike: Collection[str],
    held: Mapping[Place, pd.Categorical],
    codes: Collection[str],
    settled: Collection[str],
) -> str:
    """The label that all shall have: a settled one, a code, or that of the first column."""
    first = {
        label: n for n, place in reversed([*enumerate(held)]) for label in held[place].categories
    }
    fixed = {
        label
        for place, values in held.items()
        if place[0] in settled
        for label in values.categories
    }
    return min(alike, key=lambda one: (one not in fixed, one not in codes, first[one], one))
