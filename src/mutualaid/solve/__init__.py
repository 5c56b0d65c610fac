"""Network to certified flow. Knows arrays only, nothing of health."""

from mutualaid.solve.certificate import Certificate, certify
from mutualaid.solve.interface import Limits
from mutualaid.solve.solver import Solution, solve
from mutualaid.solve.status import Status

__all__ = ["Certificate", "Limits", "Solution", "Status", "certify", "solve"]
