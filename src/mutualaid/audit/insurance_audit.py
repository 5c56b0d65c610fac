"""A second opinion on what an insurance settled in a shock, counted from the tables alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import pandas as pd

from mutualaid.policy.harm import SCALE


def broken(
    share: float,
    most_loss: float | None,
    short: Mapping[str, float],
    *,
    table: pd.DataFrame,
    before: pd.DataFrame,
    calm: pd.DataFrame,
) -> Iterator[tuple[str, str, float]]:
    """Say whom the promise is not kept to, and by how much: rule, where, harm-weeks.

    Parameters
    ----------
    share
        The share of its loss to which each trust that is hit is brought back.
    most_loss
        The most that others lose, as a share of their harm in the calm; None for no limit.
    short
        Who is hit, and by how many harm-weeks it is said to fall short: 0 where it does not.
    table, before, calm
        Tables of :func:`mutualaid.outcomes.tables.entries`: the plan, each trust alone in the
        shock, and each alone in the calm.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2), None, ma.Independent())
    >>> same = dict.fromkeys(("table", "before", "calm"), plan.entries)
    >>> list(broken(0.5, 0.0, {"XA1": 0.0}, **same))
    []
    """
    came, alone, quiet = (_harm(side) for side in (table, before, calm))
    part = Fraction(repr(float(share)))
    extra = None if most_loss is None else Fraction(repr(float(most_loss)))
    for trust in sorted({*came, *alone, *quiet, *short}):
        now, then, usual = (side.get(trust, 0) for side in (came, alone, quiet))
        if trust in short:
            promised = then - part * max(then - usual, 0)
            # Harm is counted in thousandths: what is promised is rounded in the trust's favour.
            over = now - promised.__floor__() - round(short[trust] * SCALE)
            if over > 0:
                yield "who is hit is brought back (harm-weeks)", trust, over / SCALE
            if now > then:
                yield "who is hit is not worse off than alone (harm-weeks)", trust, _in(now - then)
        elif extra is not None:
            most = max(then, usual) + extra * usual
            if now > most:
                yield "the others lose no more than stated (harm-weeks)", trust, _in(now - most)


def _in(units: Fraction | int) -> float:
    return float(Fraction(units) / SCALE)


def _harm(table: pd.DataFrame) -> dict[str, int]:
    """What each trust's own patients bear, in 1/1000 harm-weeks."""
    sums = table["harm"].groupby(table["origin"].astype(object)).sum()
    return {str(trust): int(harm) for trust, harm in sums.items()}
