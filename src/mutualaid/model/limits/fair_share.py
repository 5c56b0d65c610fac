"""Every trust keeps its fair share of the gain: ``share``."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from mutualaid.model.auxiliary_arcs import Choice
from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import grouped, offered, with_rows
from mutualaid.model.linear_terms import Term
from mutualaid.model.model import Model
from mutualaid.model.network import Ints

LARGEST_RATIO = 2**24
"""Of the numbers in one row, so that a solver takes note of them all."""
OR_MORE = 0
"""The rank of rows that ask whether a level can be reached."""


def _rank(rank: str) -> str:
    return {"": "", str(OR_MORE): ", or more"}.get(rank, f", rank {rank}")


FAIR_SHARE = LimitKind(
    "fair_share", ("origin", "rank"), lambda p, k: f"fair share of {p}{_rank(k)}"
)
IS_EXEMPT = LimitKind("is_exempt", ("origin", "rank"), lambda p, k: f"{p} is exempt{_rank(k)}")
EXEMPT = LimitKind("exempt", ("rank",), lambda k: f"exempt{_rank(k)}")
KINDS = (FAIR_SHARE, IS_EXEMPT, EXEMPT)


@dataclass(frozen=True, eq=False, kw_only=True)
class Bearers:
    """Trusts whose patients bear any harm alone, and what counts as theirs.

    ``origin`` is the position of each, ``base`` what it bears alone; ``term`` and ``group`` say
    which trust each part of the harm is of, -1 for none of them.
    """

    origin: Ints
    base: Ints
    term: Term
    group: Ints

    @cached_property
    def step(self) -> Ints:
        """What all that each trust's patients may bear is a multiple of."""
        result = self.base.copy()
        mine = self.group >= 0
        np.gcd.at(result, self.group[mine], self.term.coefficient[mine])
        return result

    @cached_property
    def largest(self) -> Ints:
        """The most that one patient of each trust may bear."""
        result = np.zeros_like(self.base)
        mine = self.group >= 0
        np.maximum.at(result, self.group[mine], self.term.coefficient[mine])
        return result

    def gains(self, flow: Ints) -> list[Fraction]:
        """What each trust gains, as a share of what it bears alone."""
        mine = self.group >= 0
        bears = np.zeros(len(self.base), dtype=np.int64)
        np.add.at(bears, self.group[mine], (self.term.coefficient * flow[self.term.arc])[mine])
        pairs = zip(bears.tolist(), self.base.tolist(), strict=True)
        return [1 - Fraction(now, alone) for now, alone in pairs]

    def held(self, model: Model, caps: Ints, exempt: int = 0, rank: int = -1) -> Model:
        """Hold trusts to caps of harm; so many of them, as the plan chooses, to none.

        ``rank`` tells the rows and choices of one such call from those of another.
        """
        count = len(self.base)
        # Harm comes in steps: a cap between two of them is the lower one.
        caps = caps - caps % self.step
        mine = self.group >= 0
        arc, coefficient, row = self.term.arc[mine], self.term.coefficient[mine], self.group[mine]
        parts = []
        if exempt:
            keys = IS_EXEMPT.keys(self.origin, rank)
            model, chosen = offered(model, [Choice(key=key, most=1) for key in keys])
            arc, row = np.concatenate([arc, chosen]), np.concatenate([row, np.arange(count)])
            # Beside the harm of a patient, HiGHS would leave out a number that is far smaller.
            little = self.largest // LARGEST_RATIO
            free = np.where(caps < self.base, np.maximum(self.base - caps, little), 0)
            coefficient = np.concatenate([coefficient, -free])
            one = np.ones(count, dtype=np.int64)
            few = np.array([exempt], dtype=np.int64)
            parts.append(grouped(chosen, one, 0 * one, None, few, EXEMPT.rows(rank)))
        shares = FAIR_SHARE.rows(self.origin, rank)
        parts.append(grouped(arc, coefficient, row, None, caps, shares))
        return with_rows(model, *parts)
