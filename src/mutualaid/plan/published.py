"""Plans as they are handed in: checked, and told with which others they are published."""

from __future__ import annotations

from collections.abc import Iterable

from mutualaid.arguments import argument
from mutualaid.plan.certified import CertifiedPlan


def suppress_together(plans: Iterable[CertifiedPlan]) -> None:
    """Make small numbers be hidden in several plans as in one system, from now on.

    Examples
    --------
    >>> import mutualaid as ma
    >>> made_up = ma.datasets.collaborative(trusts=2, periods=2)
    >>> plan, other = ma.optimise(made_up), ma.optimise(made_up, collaboration=ma.Resource())
    >>> suppress_together([plan, other])
    >>> other in plan.published_with
    True
    """
    every = tuple(plans)
    for plan in every:
        plan.__dict__["_published_with"] = every


def require_plan(value: object) -> None:
    """Check that a plan was passed.

    Raises
    ------
    InputError
        If it is something else; its value is not told, as it may be a table of patients.

    Examples
    --------
    >>> require_plan("plan")
    Traceback (most recent call last):
    mutualaid.errors.InputError: plan is a str: pass a mutualaid.Plan
    """
    argument.kind("plan", value, CertifiedPlan, "pass a mutualaid.Plan")
