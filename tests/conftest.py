"""How thorough the random tests are, and whether all tests run.

``HYPOTHESIS_PROFILE`` is default, brief, quick or thorough. ``MUTUALAID_SHARE=1/2`` runs the first
half of the tests only, and ``2/2`` the other: always the same ones, whatever their order.
"""

from __future__ import annotations

import os
import zlib

from hypothesis import settings

settings.register_profile("brief", max_examples=5, deadline=None)
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("default", max_examples=100, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(config, items):
    """Leave out what is not in the share that was asked for."""
    part, _, parts = os.environ.get("MUTUALAID_SHARE", "1/1").partition("/")
    shares = [(zlib.crc32(item.nodeid.encode()) % int(parts) + 1, item) for item in items]
    config.hook.pytest_deselected(items=[item for share, item in shares if share != int(part)])
    items[:] = [item for share, item in shares if share == int(part)]
