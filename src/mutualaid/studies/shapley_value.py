"""Who brings how much of the gain: the Shapley value of collaborating.

The worth of some trusts is what they save, against everybody acting alone, if they help each other
and nobody else: a lane is open if both its ends are among them. A trust's Shapley share is what it
adds to that, averaged over all orders in which the trusts could join (Shapley 1953, "A value for
n-person games"). The shares add up to the whole gain.

Services that no side row ties together are games of their own, and shares of a sum of games are
sums of shares; so the trusts that matter to one service are few. Up to ``exact_up_to`` of them
all coalitions are solved; beyond, orders are sampled, each with its reverse (Castro, Gómez and
Tejada 2009, "Polynomial calculation of the Shapley value based on sampling").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import factorial

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.system import System
from mutualaid.errors import InputError
from mutualaid.model import linear_terms
from mutualaid.model.build import build_frame, build_model
from mutualaid.model.model import Model
from mutualaid.model.network import Ints, Network
from mutualaid.planning.solve_options import refuse_groups
from mutualaid.policy.harm import SCALE
from mutualaid.policy.policy import Policy
from mutualaid.solve.backends.flow import solve_flow
from mutualaid.solve.solver import solve

SURE = 1.96
"""Standard errors to either side of a 95 % interval."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Shapley:
    """Each trust's share of the gain. Made by :func:`shapley`.

    Attributes
    ----------
    table : pandas.DataFrame
        ``origin``; ``share`` (harm-weeks) and ``share_of_gain``; ``standard_error``, ``low`` and
        ``high`` (a 95 % interval; nothing to either side where exact).
    gain : float
        What all trusts save together, in harm-weeks.
    exact : bool
        Whether every coalition was solved.
    solved : int
        How many coalitions were solved.
    """

    table: pd.DataFrame
    gain: float
    exact: bool
    solved: int


@checks_arguments
def shapley(
    system: System,
    policy: Policy | None = None,
    *,
    exact_up_to: int = 12,
    orders: int = 20,
    seed: int = 0,
) -> Shapley:
    """Share the gain of :class:`mutualaid.Deep` among the trusts.

    Parameters
    ----------
    system, policy
        As for :func:`mutualaid.optimise`.
    exact_up_to
        Where at most so many trusts matter to a service, every coalition is solved.
    orders
        Otherwise so many random orders are sampled, each with its reverse; 2 or more.
    seed
        Of the sample.

    Returns
    -------
    Shapley

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    >>> import mutualaid as ma
    >>> shares = shapley(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4))
    >>> shares.exact, bool(abs(shares.table["share"].sum() - shares.gain) < 1e-6)
    (True, True)
    """
    argument.whole("exact_up_to", exact_up_to, 1, 20)
    argument.whole("orders", orders, 2, 10**6)
    argument.whole("seed", seed, 0, 2**63)
    refuse_groups(policy, "shapley")
    if policy is not None and policy.equity is not None:
        raise InputError(
            "a limit between groups is kept by all trusts together, not by each coalition: pass "
            "policy.replace(equity=None)"
        )
    model = build_model(build_frame(system, policy or Policy()))
    share = [Fraction(0)] * len(system.providers)
    variance = np.zeros(len(system.providers))
    gain = solved = 0
    exact = True
    random = np.random.default_rng(seed)
    for game in _games(model):
        count = len(game.players)
        if count <= exact_up_to:
            parts, spread = _every_coalition(game), np.zeros(count)
        else:
            exact = False
            parts, spread = _sampled(game, orders, random)
        for player, part, error in zip(game.players.tolist(), parts, spread, strict=True):
            share[player] += part
            variance[player] += error
        gain += game.worth((1 << count) - 1)
        solved += len(game.known)
    errors = np.sqrt(variance) / SCALE
    shares = np.array([float(part / SCALE) for part in share])
    table = pd.DataFrame(
        {
            "origin": system.providers,
            "share": shares,
            "share_of_gain": shares / max(gain / SCALE, 1 / SCALE),
            "standard_error": errors,
            "low": shares - SURE * errors,
            "high": shares + SURE * errors,
        }
    )
    return Shapley(table=table, gain=gain / SCALE, exact=exact, solved=solved)


@dataclass(slots=True, eq=False)
class _Game:
    """One network and the trusts that could send or take its patients.

    ``players`` are positions among the providers; ``ends`` the players, by position here, at the
    two ends of each arc of ``arcs``.
    """

    network: Network
    arcs: Ints
    ends: tuple[Ints, Ints]
    players: Ints
    known: dict[int, int] = field(default_factory=dict)

    def cost(self, coalition: int) -> int:
        inside = np.array([coalition >> i & 1 for i in range(len(self.players))], dtype=bool)
        capacity = self.network.capacity.copy()
        capacity[self.arcs[~(inside[self.ends[0]] & inside[self.ends[1]])]] = 0
        network = replace(self.network, capacity=capacity)
        if len(network.rows):
            return solve(network).certificate.cost
        return network.total(solve_flow(network))

    def worth(self, coalition: int) -> int:
        """What a coalition saves, in 1/1000 harm-weeks; coalitions are sets of bits."""
        if not coalition & (coalition - 1):
            return 0
        if coalition not in self.known:
            if 0 not in self.known:
                self.known[0] = self.cost(0)
            self.known[coalition] = self.cost(coalition)
        return self.known[0] - self.known[coalition]


def _games(model: Model) -> Iterator[_Game]:
    network = model.network
    away = linear_terms.away(model)
    lane = model.means.lane[away]
    origin = model.frame.queues.origin[model.lanes.queue[lane]]
    provider = model.lanes.provider[lane]
    whole = len(network.rows) > 0
    for k in range(1 if whole else network.components):
        start, stop = (0, network.arcs) if whole else network.arc_start[k : k + 2].tolist()
        here = (away >= start) & (away < stop)
        players, ends = np.unique(
            np.concatenate([origin[here], provider[here]]), return_inverse=True
        )
        if not here.any():
            continue
        half = int(here.sum())
        yield _Game(
            network=network if whole else network.component(k),
            arcs=away[here] - start,
            ends=(ends[:half], ends[half:]),
            players=players,
        )


def _every_coalition(game: _Game) -> list[Fraction]:
    count = len(game.players)
    result = [0] * count
    for coalition in range(1 << count):
        worth, size = game.worth(coalition), coalition.bit_count()
        # What a member adds to the others counts once for each order of them and of the rest.
        joined = factorial(max(size - 1, 0)) * factorial(count - size)
        missed = factorial(size) * factorial(max(count - size - 1, 0))
        for player in range(count):
            if coalition >> player & 1:
                result[player] += joined * worth
            else:
                result[player] -= missed * worth
    return [Fraction(total, factorial(count)) for total in result]


def _sampled(
    game: _Game, orders: int, random: np.random.Generator
) -> tuple[list[Fraction], np.ndarray]:
    """Average over random orders and their reverses; and the variance of that average."""
    count = len(game.players)
    totals = [0] * count
    means = np.zeros((orders, count))
    for i in range(orders):
        order = random.permutation(count).tolist()
        for way in (order, order[::-1]):
            coalition = before = 0
            for player in way:
                coalition |= 1 << player
                worth = game.worth(coalition)
                totals[player] += worth - before
                means[i, player] += (worth - before) / 2
                before = worth
    return [Fraction(total, 2 * orders) for total in totals], means.var(axis=0, ddof=1) / orders
