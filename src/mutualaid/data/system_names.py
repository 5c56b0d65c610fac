"""Trusts and services that people name to a system, as the codes that it has for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from mutualaid.data.words.known_names import KnownNames, providers_named, services_named
from mutualaid.errors import tell

KIND_OF = {"origin": "provider", "provider": "provider", "site": "provider", "service": "service"}
"""Columns that hold providers or services."""
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class SystemNames:
    """The providers and services of a system, and what they are called.

    What is read as something else is told as a warning; what stands for no code, or for several,
    is left as it is, for whoever checks codes to refuse.

    Examples
    --------
    >>> names = SystemNames.of(("RM3", "XA1"), ("C_110",))
    >>> names.code("provider", "Northern Care Alliance NHS Foundation Trust", "policy")
    'RM3'
    >>> names.told("provider", ["RM33"])
    "'RM33' (nearest: RM3 (Northern Care Alliance))"
    """

    known: Mapping[str, KnownNames]

    @classmethod
    def of(cls, providers: Iterable[str], services: Iterable[str]) -> SystemNames:
        """The names of some providers and services."""
        return cls(
            {
                "provider": providers_named([*map(str, providers)]),
                "service": services_named([*map(str, services)]),
            }
        )

    def code(self, column: str, text: str, where: str) -> str:
        """The code that a text in a column stands for; the text itself where it is none."""
        return self.codes(column, [text], where).get(text, text)

    def codes(self, column: str, texts: Iterable[object], where: str) -> dict[Any, str]:
        """By each text that is no code but stands for one, that code."""
        known = self.known.get(KIND_OF.get(column, ""))
        if known is None:
            return {}
        strange = [one for one in texts if isinstance(one, str) and one not in known.names]
        if not strange:
            return {}
        read = known.read(strange)
        for note in read.notes:
            tell(f"{where}: {note}")
        return dict(read.codes)

    def frame(self, table: pd.DataFrame, where: str) -> pd.DataFrame:
        """A table with codes in place of names; the very same where it has none."""
        renamed = {}
        for column in table.columns:
            if str(column) in KIND_OF:
                given = table[column].dropna().unique()
                if found := self.codes(str(column), given, f"{where}.{column}"):
                    renamed[column] = table[column].astype(object).replace(found)
        return table.assign(**renamed) if renamed else table

    def mapping(self, column: str, given: Mapping[str, Value], where: str) -> Mapping[str, Value]:
        """A mapping with codes in place of names; the very same where it has none."""
        found = self.codes(column, given, where)
        if not found or len({found.get(one, one) for one in given}) < len(given):
            return given
        return {found.get(name, name): value for name, value in given.items()}

    def told(self, column: str, unknown: Iterable[object]) -> str:
        """Texts that stand for none of the codes, each with what is nearest."""
        known = self.known.get(KIND_OF.get(column, ""))
        texts = sorted({str(one) for one in unknown})
        return ", ".join(texts if known is None else map(known.unknown, texts))
