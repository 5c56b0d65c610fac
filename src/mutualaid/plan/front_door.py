"""The package as a whole, which knows the verbs that plan anew and so lie above a plan."""

from __future__ import annotations

import sys
from typing import Any


def front_door() -> Any:
    """The package.

    Examples
    --------
    >>> import mutualaid as ma
    >>> front_door() is ma
    True
    """
    return sys.modules["mutualaid"]
