"""Constraints of a caller's own, added to a model in PuLP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mutualaid.model.limits.row_kinds import LimitKind
from mutualaid.model.limits.side_rows import with_rows
from mutualaid.model.model import Model
from mutualaid.model.network import SideRows

OWN_CONSTRAINT = LimitKind("own_constraint", ("called",), "{}".format)
KINDS = (OWN_CONSTRAINT,)


def with_own(model: Model, rows: SideRows, names: Sequence[str]) -> Model:
    """Put a caller's rows into a model, as the caller calls them."""
    model, codes = model.told(names)
    known = OWN_CONSTRAINT.rows(codes)
    own = replace(rows, kind=np.full(len(rows), known.kind, dtype=np.int64), key=known.key)
    return with_rows(model, own)
