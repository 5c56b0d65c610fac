"""The ladder of collaboration: four ways to work together, one after the other.

Each rung allows all that the one below allows, so that what is saved never falls on the way up.
What the step from one rung to the next saves is the price of what the lower one insists on: of
balanced aid, of nobody being worse off, in harm or in a figure that boards answer for.
:class:`mutualaid.studies.Ladder` lays them side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mutualaid.arguments import Arguments, argument, checks_arguments
from mutualaid.data.system import System
from mutualaid.plan_methods import Plan
from mutualaid.planning.optimise import build_within
from mutualaid.policy.collaboration import (
    Collaboration,
    Deep,
    Independent,
    Resource,
    Transactional,
)
from mutualaid.policy.estate import Estate
from mutualaid.policy.partner import Partner
from mutualaid.policy.policy import Policy
from mutualaid.policy.promise import Promises, check_promises, read_promises
from mutualaid.solve.interface import Limits
from mutualaid.studies.rungs import Ladder


@checks_arguments
def ladder(
    system: System,
    policy: Policy | None = None,
    *,
    transactional: Transactional | None = None,
    lend: Estate | None = None,
    promises: Promises | None = None,
    partners: Sequence[Partner] = (),
    solver: str = "auto",
    time_limit: float | None = None,
    threads: int | None = None,
    mip_gap: float | None = None,
    progress: Callable[[str], object] | None = None,
) -> Ladder:
    """Make a plan for each of the four ways to collaborate.

    Parameters
    ----------
    system, policy
        As for :func:`mutualaid.optimise`.
    transactional
        The second rung; ``Transactional()`` if not given.
    lend
        Estate that is lent on the last two rungs.
    promises
        What each trust is promised on the last three rungs, as in :class:`mutualaid.Transactional`;
        beside it the second keeps promises of its own. ``"harm"`` for harm alone. If not given, the
        third rung promises what the second does, and the last nothing.
    partners
        Partners that are no hospitals, on the last three rungs; to be given here where
        ``transactional`` has them too.
    solver, time_limit, threads, mip_gap
        As for :func:`mutualaid.optimise`.
    progress
        Called with the name of each rung before it is solved.

    Returns
    -------
    Ladder

    Raises
    ------
    InputError, SolverError
        As :func:`mutualaid.optimise`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> rungs = ma.ladder(ma.datasets.collaborative(trusts=3, areas_per_trust=1, periods=4))
    >>> list(rungs.table["rung"])
    ['Independent', 'Transactional', 'Resource', 'Deep']
    >>> bool((rungs.table["saved_by_step"] >= 0).all())
    True
    """
    remedy = "pass a mutualaid.Transactional"
    argument.kind("transactional", transactional, Transactional | None, remedy)
    if promises is not None:
        with Arguments("ladder") as check:
            check_promises(promises, check)
    plans: dict[str, Plan] = {}
    below: Plan | None = None
    for mode in rungs_of(transactional, lend, promises, partners):
        if progress is not None:
            progress(mode.name)
        model = build_within(Limits(), system, policy, mode)
        below = model.solve(
            solver, time_limit=time_limit, threads=threads, mip_gap=mip_gap, start=below
        )
        plans[mode.name] = below
    return Ladder(plans=plans)


def rungs_of(
    transactional: Transactional | None = None,
    lend: Estate | None = None,
    promises: Promises | None = None,
    partners: Sequence[Partner] = (),
) -> tuple[Collaboration, ...]:
    """Give the four ways to collaborate, each of which allows all that the one before allows.

    Parameters
    ----------
    transactional, lend, promises, partners
        As for :func:`ladder`.

    Examples
    --------
    >>> from mutualaid.policy.promise import Promise
    >>> [len(mode.promised) for mode in rungs_of()]
    [0, 4, 4, 0]
    >>> [len(mode.promised) for mode in rungs_of(Transactional(promises="harm"))]
    [0, 0, 0, 0]
    >>> own = Transactional(promises=[Promise("treated")])
    >>> [len(mode.promised) for mode in rungs_of(own, promises=[Promise("over_52")])]
    [0, 2, 1, 1]
    """
    second = transactional or Transactional()
    if not second.partners:
        second = replace(second, partners=partners)
    if promises is None:
        third = Resource(lend=lend, promises=second.promises, partners=partners)
        return Independent(), second, third, Deep(lend=lend, partners=partners)
    if second.promises == Transactional().promises:
        second = replace(second, promises=promises)
    else:
        both = (*second.promised, *read_promises(promises, second.harm_limit))
        second = replace(second, promises=tuple(dict.fromkeys(both)))
    return (
        Independent(),
        second,
        Resource(lend=lend, promises=promises, partners=partners),
        Deep(lend=lend, promises=promises, partners=partners),
    )
