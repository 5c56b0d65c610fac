"""How partners work together: the modes, from nobody helping anybody to the population first.

A trust is *worse off* if its own patients bear more harm-weeks of waiting than they would under
:class:`Independent`, summed over the horizon and its tail, wherever they are treated. Travel is
reported beside it and never netted against it. *Aid* is counted in patients treated for others,
unless said otherwise. Each mode allows all that the one before it allows, so that total harm
never rises from one to the next.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mutualaid.arguments import Arguments
from mutualaid.policy.estate import Estate
from mutualaid.policy.income import Income
from mutualaid.policy.partner import Partner, check_partners
from mutualaid.policy.promise import Promise, Promises, check_promises, read_promises

BALANCES = ("patients", "pool", "tariff")
PROTECTED = ("trust", "service")


@dataclass(frozen=True, slots=True)
class Collaboration:
    """A way to collaborate. Use one of the modes below.

    What a mode may ask for is here with what stands for its absence, so that whoever makes or
    checks a plan asks the mode, and not which mode it is.
    """

    @property
    def moves(self) -> bool:
        """Whether any patient may be treated away from home."""
        return True

    @property
    def name(self) -> str:
        """What the mode is called."""
        return type(self).__name__

    @property
    def harm_limit(self) -> float | None:
        """The most that a trust's own patients may bear, as a share of Independent's."""
        return None

    @property
    def harm_at_most(self) -> Mapping[str, float]:
        """The most harm-weeks that own patients may bear, of trusts that are told so."""
        return {}

    @property
    def protect(self) -> Literal["trust", "service"]:
        """Whose harm that limit is on: each trust's, or each service's of a trust."""
        return "trust"

    @property
    def balance(self) -> Literal["patients", "pool", "tariff"] | None:
        """How aid is counted that is matched by aid; None where it need not be."""
        return None

    @property
    def tolerance(self) -> float:
        """By how much what is given and what is received may differ."""
        return math.inf

    @property
    def tariff(self) -> Mapping[str, float] | None:
        """Money for a patient of each service, where aid is counted in it."""
        return None

    @property
    def min_gain(self) -> float:
        """The least share of its harm alone that each trust gains if it takes part."""
        return 0.0

    @property
    def share(self) -> Literal["max-min"] | None:
        """How the gain is shared; None where it need not be."""
        return None

    @property
    def reciprocity(self) -> float | None:
        """So many patients more than it gets each trust may give; None for no limit."""
        return None

    @property
    def spare_only(self) -> bool:
        """Whether others use only what the owner's own plan leaves over."""
        return False

    @property
    def lend(self) -> Estate | None:
        """Rooms that partners lend each other."""
        return None

    @property
    def partners(self) -> Sequence[Partner]:
        """Partners that are no hospitals."""
        return ()

    @property
    def income(self) -> Income | None:
        """Limits of what trusts are paid, and contracts."""
        return None

    @property
    def promises(self) -> Promises:
        """Figures of each trust that are no worse than alone, as they were given."""
        return ()

    @property
    def promised(self) -> tuple[Promise, ...]:
        """The same one by one.

        Examples
        --------
        >>> [promise.figure for promise in Deep(promises="board").promised]
        ['harm', 'share_within_18', 'over_52', 'over_65']
        """
        return read_promises(self.promises, self.harm_limit)

    def itself_holds(self, promise: Promise) -> bool:
        """Whether a promise is what the mode asks for anyhow, of harm.

        Examples
        --------
        >>> board = Resource().promised
        >>> [Resource().itself_holds(promise) for promise in board]
        [True, False, False, False]
        """
        limit = self.harm_limit
        if promise.figure != "harm" or limit is None or promise.tolerance != limit:
            return False
        return self.protect == "service" or promise.by == "trust"

    @property
    def binds(self) -> bool:
        """Whether partners promise each other anything.

        Examples
        --------
        >>> Deep().binds, Deep(reciprocity=5).binds, Resource().binds, Deep(promises="board").binds
        (False, True, True, True)
        """
        asked = (self.harm_limit, self.balance, self.reciprocity)
        given = self.spare_only or self.promised or self.partners or self.income
        return bool(given or self.harm_at_most) or any(part is not None for part in asked)


@dataclass(frozen=True, slots=True)
class Independent(Collaboration):
    """Nobody helps anybody: every patient is treated at home or waits. The baseline.

    Examples
    --------
    >>> Independent().moves
    False
    """

    @property
    def moves(self) -> bool:
        """No patient is treated away from home."""
        return False


@dataclass(frozen=True, slots=True)
class Transactional(Collaboration):
    """All partners benefit: nobody is worse off, and aid is matched by aid.

    Worse off is whose own patients bear more harm, or who is worse in a figure that boards answer
    for: see ``promises``.

    Parameters
    ----------
    tolerance
        By how much what a partner does for the others may differ from what they do for it, over
        the horizon: patients, units of a pool, or money, as ``balance`` says.
    balance
        How aid is counted: ``"patients"``; ``"pool"`` (what treating them uses of each pool of
        the system); ``"tariff"`` (money).
    min_gain
        The least share of its Independent harm that each trust must gain if it takes part, that
        is, if anybody moves out of it or into it. A trust that takes no part stays as it was.
    share
        ``"max-min"``: among the plans, the one with the largest smallest proportional gain; of
        those the one with the largest second smallest, and so on; then the least cost. None:
        the least cost.
    protect
        ``"trust"``: no trust's own patients are worse off, taken together; ``"service"``: in no
        service of any trust.
    tariff
        Money for a patient of each service, for ``balance="tariff"``.
    promises
        Figures of each trust that are no worse than alone. ``"board"``, the default: the harm of
        its own patients, as far as the mode protects it, its share within 18 weeks, and who is
        over 52 and over 65 weeks when the horizon ends (:data:`mutualaid.policy.BOARD_FIGURES`).
        ``"harm"``, or an empty list: harm alone. A list of :class:`mutualaid.Promise`: harm, and
        those.
    partners
        Partners that are no hospitals: :class:`mutualaid.Partner` in a list.
    income
        Limits of what trusts are paid, and contracts: :class:`mutualaid.Income`.

    Raises
    ------
    InputError
        If anything is out of range.

    Examples
    --------
    >>> Transactional(tolerance=5, min_gain=0.01).tolerance
    5
    """

    tolerance: float = 0
    balance: Literal["patients", "pool", "tariff"] = "patients"
    min_gain: float = 0.0
    share: Literal["max-min"] | None = None
    protect: Literal["trust", "service"] = "trust"
    tariff: Mapping[str, float] | None = None
    promises: Promises = "board"
    partners: Sequence[Partner] = ()
    income: Income | None = None

    def __post_init__(self) -> None:
        with Arguments("Transactional") as check:
            check.number("tolerance", self.tolerance)
            check.share("min_gain", self.min_gain)
            check.choice("balance", self.balance, BALANCES)
            check.choice("protect", self.protect, PROTECTED)
            check.choice("share", self.share, ("max-min", None))
            _check_tariff(self.balance, self.tariff, check)
            check_promises(self.promises, check)
            check_partners(self.partners, check)
            check.kind("income", self.income, Income | None, "pass a mutualaid.Income")

    @property
    def harm_limit(self) -> float | None:
        """Nobody's own patients are worse off."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Resource(Collaboration):
    """Partners give what costs them little: nobody is worse off, but giving need not be matched.

    Parameters
    ----------
    cost_tolerance
        How much more harm than under Independent a trust's own patients may bear, as a share.
    spare_only
        Others use only what the owner's own plan leaves over: in every queue and period each
        trust treats as many of its own patients at home as under Independent.
    lend
        Rooms that partners lend each other, for the home trust's own team: see
        :class:`mutualaid.Estate`.
    reciprocity
        Nobody treats more of the others' patients than they treat of its own plus so many, over
        the horizon; None for no limit.
    protect
        ``"trust"`` or ``"service"``: as in :class:`Transactional`.
    promises
        As in :class:`Transactional`: ``"board"`` if not given.
    partners, income
        As in :class:`Transactional`.

    Examples
    --------
    >>> Resource(spare_only=True).harm_limit
    0.0
    >>> [promise.figure for promise in Resource().promised]
    ['harm', 'share_within_18', 'over_52', 'over_65']
    >>> Resource(promises="harm").promised
    ()
    """

    cost_tolerance: float = 0.0
    spare_only: bool = False
    lend: Estate | None = None
    reciprocity: int | None = None
    protect: Literal["trust", "service"] = "trust"
    promises: Promises = "board"
    partners: Sequence[Partner] = ()
    income: Income | None = None

    def __post_init__(self) -> None:
        with Arguments("Resource") as check:
            check.share("cost_tolerance", self.cost_tolerance, 1e6)
            check.choice("protect", self.protect, PROTECTED)
            check.flag("spare_only", self.spare_only)
            _check_lending(self.lend, self.reciprocity, check)
            check_promises(self.promises, check)
            check_partners(self.partners, check)
            check.kind("income", self.income, Income | None, "pass a mutualaid.Income")

    @property
    def harm_limit(self) -> float | None:
        """Own patients are worse off by the tolerance at most."""
        return self.cost_tolerance


@dataclass(frozen=True, slots=True)
class Deep(Collaboration):
    """The population comes first: least total harm, whatever it does to a partner's own figures.

    Parameters
    ----------
    max_sacrifice
        The most that any one trust's own patients may lose, as a share of what they bear under
        Independent (who bears nothing alone is then asked for nothing); None for no limit. 0 is
        :class:`Resource` without estate, and without its promises.
    lend, reciprocity
        As in :class:`Resource`.
    promises
        As in :class:`Transactional`, but nothing if not given.
    partners, income
        As in :class:`Transactional`.

    Examples
    --------
    >>> Deep(max_sacrifice=0.05).harm_limit
    0.05
    """

    max_sacrifice: float | None = None
    lend: Estate | None = None
    reciprocity: int | None = None
    promises: Promises = ()
    partners: Sequence[Partner] = ()
    income: Income | None = None

    def __post_init__(self) -> None:
        with Arguments("Deep") as check:
            check.share("max_sacrifice", self.max_sacrifice, 1e6, optional=True)
            _check_lending(self.lend, self.reciprocity, check)
            check_promises(self.promises, check)
            check_partners(self.partners, check)
            check.kind("income", self.income, Income | None, "pass a mutualaid.Income")

    @property
    def harm_limit(self) -> float | None:
        """The cap on any one trust's sacrifice."""
        return self.max_sacrifice


def _check_lending(lend: object, reciprocity: object, check: Arguments) -> None:
    check.kind("lend", lend, Estate | None, "pass a mutualaid.Estate")
    check.number("reciprocity", reciprocity, optional=True)


def _check_tariff(balance: object, tariff: object, check: Arguments) -> None:
    in_money = isinstance(balance, str) and balance == "tariff"
    if in_money and tariff is None:
        check.wrong("balance", "is 'tariff', and no tariff is given", "give a tariff as well")
    elif tariff is not None and not in_money:
        check.wrong("tariff", "is for balance='tariff' alone", "leave it out, or write that")
    check.kind("tariff", tariff, Mapping | None, "map services to money")
    if isinstance(tariff, Mapping):
        for service, money in tariff.items():
            check.number(f"tariff of {service}", money, 0, 1e9)
