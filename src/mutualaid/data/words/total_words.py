"""Words for the sum of other rows."""

from __future__ import annotations

TOTALS = frozenset(
    {"total", "totals", "all", "overall", "grandtotal", "subtotal", "sum", "alltotal", "combined"}
    | {"allpatients", "allages", "allservices", "allspecialties", "persons", "both", "c999", "999"}
)
"""What the rows of totals are called."""
