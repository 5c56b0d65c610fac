"""Network to certified flow. Knows arrays only, nothing of health."""

from mutualaid.solve.certificate import Certificate as Certificate
from mutualaid.solve.certificate import certify as certify
from mutualaid.solve.interface import Limits as Limits
from mutualaid.solve.solver import Solution as Solution
from mutualaid.solve.solver import solve as solve
from mutualaid.solve.status import Status as Status
