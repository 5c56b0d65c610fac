"""How thorough the random tests are, and which tests run.

``HYPOTHESIS_PROFILE`` is brief (5 random systems a test, unless told otherwise), quick, default or
thorough. Tests marked ``slow`` run if ``MUTUALAID_TESTS=all``, or if files are named: CI runs all.
``MUTUALAID_SHARE=1/2`` runs the first half of the tests only, and ``2/2`` the other: always the
same ones, whatever their order.

In the hospitals of the tests a move takes no time to prepare, unless a policy says how long:
``Policy(lead_weeks=)`` is 0 in them by itself, but where they are marked ``usual_lead``. And
Transactional and Resource promise harm alone in them, but where they are marked
``usual_promises``.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

import mutualaid as ma

settings.register_profile("brief", max_examples=5, deadline=None)
settings.register_profile("quick", max_examples=10, deadline=None)
settings.register_profile("default", max_examples=100, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "brief"))

ALL = "MUTUALAID_TESTS"


def pytest_configure(config):
    """Whoever names files wants all that is in them; workers inherit the answer."""
    if config.args_source == pytest.Config.ArgsSource.ARGS:
        os.environ.setdefault(ALL, "all")


def pytest_report_header():
    """Say what does not run."""
    if os.environ.get(ALL) == "all":
        return None
    return f"slow tests are left out: {ALL}=all runs them as well"


def pytest_collection_modifyitems(config, items):
    """Leave out what is slow, and what is not in the share that was asked for."""
    part, _, parts = os.environ.get("MUTUALAID_SHARE", "1/1").partition("/")

    def wanted(item):
        if os.environ.get(ALL) != "all" and item.get_closest_marker("slow"):
            return False
        return zlib.crc32(item.nodeid.encode()) % int(parts) + 1 == int(part)

    left_out = [item for item in items if not wanted(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if wanted(item)]


PROMISING = (ma.Transactional, ma.Resource)
TESTS = Path(__file__).parent


@contextmanager
def moves_at_once(node) -> Iterator[None]:
    """Let a move take no time by itself, and promise harm alone, where not the usual is asked.

    Examples in docstrings show what is usual.
    """
    if not node.path.is_relative_to(TESTS):
        yield
        return
    usual = ma.Policy.__init__.__kwdefaults__
    before = usual["lead_weeks"], [mode.__init__.__defaults__ for mode in PROMISING]
    if not node.get_closest_marker("usual_lead"):
        usual["lead_weeks"] = 0
    if not node.get_closest_marker("usual_promises"):
        for mode in PROMISING:
            mode.__init__.__defaults__ = tuple(
                () if default == "board" else default for default in mode.__init__.__defaults__
            )
    try:
        yield
    finally:
        usual["lead_weeks"] = before[0]
        for mode, defaults in zip(PROMISING, before[1], strict=True):
            mode.__init__.__defaults__ = defaults


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Run a test, and set up what it needs, in hospitals where a move takes no time."""
    with moves_at_once(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Make what modules of tests make when they are read in the same hospitals."""
    with moves_at_once(collector):
        return (yield)
