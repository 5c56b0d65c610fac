"""Specialist trusts: which providers take in only what they are told to take, and what that shuts.

A slot of a children's hospital is none for an adult, though both are of one service; what such a
provider takes from others is for it to say. Who is known as a specialist is told by
:func:`mutualaid.datasets.providers`, by ODS code: whose ``kind`` is neither ``"general"`` nor
``"other"``. Of a code that is not there nothing is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from mutualaid.arguments import Arguments, shown
from mutualaid.data.schema import MIXED_SERVICES
from mutualaid.data.system import System
from mutualaid.data.system_names import SystemNames
from mutualaid.data.words import england
from mutualaid.data.words.known_names import with_name
from mutualaid.errors import Problems, tell
from mutualaid.formats import first_few, many

Specialists = bool | Mapping[str, Sequence[str]]
"""Whether who is known as a specialist is one; or that, and what the providers named take in."""
COLUMNS = ("provider", "kind", "service", "slots")
LONGEST = 12


def services_taken(
    specialists: Specialists, providers: Iterable[str], services: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The services that each specialist among some providers takes patients of others for.

    Raises
    ------
    InputError
        If a provider or a service that is named is not among these.

    Examples
    --------
    >>> trusts = "RBV", "RP6", "R0A"
    >>> services_taken(True, trusts, ["C_130"])
    {'RBV': (), 'RP6': ()}
    >>> services_taken({"RP6": ("C_130",)}, trusts, ["C_130"])
    {'RBV': (), 'RP6': ('C_130',)}
    >>> services_taken(False, trusts, ["C_130"])
    {}
    """
    if specialists is False:
        return {}
    known, listed = england.specialist_kinds(), [*providers]
    taken: dict[str, tuple[str, ...]] = dict.fromkeys(filter(known.get, listed), ())
    if isinstance(specialists, Mapping):
        _check_codes(specialists, listed, services)
        taken |= {one: tuple(some) for one, some in specialists.items()}
    return taken


def _check_codes(
    specialists: Mapping[str, Sequence[str]], providers: list[str], services: Collection[str]
) -> None:
    names, problems = SystemNames.of(providers, services), Problems()
    stray = {
        "provider": sorted(specialists.keys() - {*providers}),
        "service": sorted({one for some in specialists.values() for one in some} - {*services}),
    }
    for column, codes in stray.items():
        if codes:
            what = f"names {names.told(column, codes)}, no {column} of this system"
            problems.add("policy.specialists", column, what, "correct it, or leave it out")
    problems.raise_if_any()


def closed_to_others(
    system: System, specialists: Specialists, *, mixed: bool = False
) -> pd.DataFrame:
    """The slots of specialists that only their own patients may use.

    Parameters
    ----------
    system, specialists
        What is planned for, and what its policy says of specialists.
    mixed
        Whether the policy moves mixed services, which are left out else.

    Returns
    -------
    pandas.DataFrame
        ``provider``, ``kind`` (empty where no table has one), ``service`` and ``slots`` of all
        periods, of services that others wait for too.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2, periods=2)
    >>> table = closed_to_others(system, {"XB2": ("C_110",)})
    >>> sorted({*table["provider"]}), "C_110" in set(table["service"])
    (['XB2'], False)
    """
    taken = services_taken(specialists, system.providers, system.services)
    capacity, waiting = system.capacity, system.waiting_list
    table = capacity[capacity["provider"].isin(list(taken))]
    table = table[["provider", "service", "slots"]].astype({"provider": str, "service": str})
    table = table.groupby(["provider", "service"])["slots"].sum().reset_index()
    pairs = waiting[["origin", "service"]].drop_duplicates().astype(str)
    lists, own = pairs["service"].value_counts(), {*pairs.itertuples(index=False, name=None)}
    unmoved = () if mixed else MIXED_SERVICES
    shut = [
        slots > 0
        and service not in (*taken[provider], *unmoved)
        and lists.get(service, 0) > ((provider, service) in own)
        for provider, service, slots in table.itertuples(index=False, name=None)
    ]
    kind = table["provider"].map(england.specialist_kinds()).fillna("").astype(str)
    table = table.assign(kind=kind)[np.array(shut, dtype=bool)]
    return table.reindex(columns=list(COLUMNS)).reset_index(drop=True)


def said(closed: pd.DataFrame, *, slots: bool = True) -> str:
    """Say what :func:`closed_to_others` found; nothing where it found nothing.

    Parameters
    ----------
    closed
        Its table.
    slots
        Whether to say how many slots there are.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"provider": ["RP6"], "kind": "eye", "service": ["C_130"], "slots": [120]})
    >>> print(said(table))
    specialists take in only what they are told to take, so that 120 slots are for their own \
patients: RP6 (Moorfields Eye Hospital), eye (C_130)
    """
    if not len(closed):
        return ""
    told = []
    for (provider, kind), rows in closed.groupby(["provider", "kind"], sort=True):
        name = with_name(str(provider)) + (f", {kind}" if kind else "")
        told.append(f"{name} ({first_few(rows['service'], LONGEST)})")
    count = many(int(closed["slots"].sum()), "slot is", "slots are") if slots else "these slots are"
    return (
        f"specialists take in only what they are told to take, so that {count} for their own "
        f"patients: {first_few(told, LONGEST)}"
    )


def say_closed(system: System, specialists: Specialists, *, mixed: bool = False) -> None:
    """Warn of what specialists do not take in, unless the policy itself says what they do."""
    if specialists is True and (message := said(closed_to_others(system, True, mixed=mixed))):
        tell(f"{message}; name what they do take in the policy's specialists")


def read_specialists(name: str, value: object, check: Arguments) -> Specialists:
    """Check what a policy says of specialists.

    Examples
    --------
    >>> with Arguments("policy") as check:
    ...     read_specialists("specialists", {"RP6": ["C_130"]}, check)
    {'RP6': ('C_130',)}
    """
    if isinstance(value, bool):
        return value
    remedy = "write True, False, or a list of services by provider"
    if not isinstance(value, Mapping):
        check.wrong(name, f"is {shown(value)}", remedy)
        return True
    taken: dict[str, tuple[str, ...]] = {}
    for provider, services in value.items():
        several = isinstance(services, Iterable) and not isinstance(services, str | Mapping)
        listed = tuple(services) if several else (None,)
        if not isinstance(provider, str) or not all(isinstance(one, str) for one in listed):
            check.wrong(name, f"has {shown(services)} for {shown(provider)}", remedy)
            continue
        taken[provider] = tuple(sorted({*listed}))
    return taken
