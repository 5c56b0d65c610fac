"""Limits that tie queues or services together, one file for each kind, as side rows.

A limit is a module with ``KINDS`` and ``add``, and it is switched on by standing in one of the
lists below, in the order of which rows stand in a model. A kind of row that only some calls make
(targets, fair shares, a caller's own constraints) stands in ``ON_REQUEST``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from mutualaid.model.limits import (
    asked_twice,
    balance_of_aid,
    batches,
    fair_share,
    group_gains,
    group_gaps,
    harm_at_most,
    income_limits,
    lane_budget,
    lent_rooms,
    max_in_and_out,
    max_moves,
    max_share_moved,
    not_worse_off,
    own_constraints,
    owners_first,
    partners_help,
    pools,
    promised_figures,
    reciprocity,
    send_or_receive,
    taking_part,
    targets,
)
from mutualaid.model.limits.baseline import Alone
from mutualaid.model.limits.row_kinds import NAMELESS, LimitKind
from mutualaid.model.limits.side_rows import Added, with_rows
from mutualaid.model.model import Model
from mutualaid.model.network import SideRows
from mutualaid.policy.collaboration import Collaboration


class Described(Protocol):
    """A module that says which kinds of rows and choices it makes."""

    @property
    def KINDS(self) -> tuple[LimitKind, ...]:  # noqa: N802
        """The kinds."""


class Limit(Described, Protocol):
    """A limit of a system or a policy."""

    def add(self, model: Model, /) -> Added:
        """Give the model, with choices if there are any, and the rows."""


class Promise(Described, Protocol):
    """A limit that is measured against what each trust would do alone."""

    def add(self, model: Model, mode: Collaboration, before: Alone, /) -> Added:
        """Give the model, with choices or other bounds, and the rows."""


OF_EACH_ALONE: tuple[Limit, ...] = (pools,)
OF_ALL: tuple[Limit, ...] = (
    max_in_and_out,
    max_moves,
    max_share_moved,
    *OF_EACH_ALONE,
    lent_rooms,
    lane_budget,
    batches,
    send_or_receive,
)
AGREED: tuple[Promise, ...] = (
    reciprocity,
    owners_first,
    not_worse_off,
    promised_figures,
    balance_of_aid,
    taking_part,
    partners_help,
    income_limits,
    group_gains,
    group_gaps,
    harm_at_most,
)
ON_REQUEST: tuple[Described, ...] = (targets, fair_share, own_constraints, asked_twice)

KINDS: Mapping[int, LimitKind] = {
    kind.number: kind
    for kind in (
        NAMELESS,
        *(kind for limit in (*OF_ALL, *AGREED, *ON_REQUEST) for kind in limit.KINDS),
    )
}
"""Every kind of row and choice by its number."""


def limited(model: Model, *, moves: bool) -> Model:
    """Put the limits of a system and its policy into a model.

    Raises
    ------
    InputError
        If a limit names what is not there.
    """
    rows: list[SideRows] = []
    for limit in OF_ALL if moves else OF_EACH_ALONE:
        model, more = limit.add(model)
        rows += more
    return with_rows(model, *rows)


def agree(model: Model, mode: Collaboration, before: Alone) -> Model:
    """Put what partners promise each other, and groups of patients, into a model.

    Raises
    ------
    InputError
        If the mode needs what the system does not have: pools, or a tariff for a service; or names
        partners that do not fit it.
    """
    rows: list[SideRows] = []
    for promise in AGREED:
        model, more = promise.add(model, mode, before)
        rows += more
    return with_rows(model, *rows)
