"""The solvers that are asked: minimum-cost flow, HiGHS, and whatever PuLP knows."""
