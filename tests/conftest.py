"""How thorough the random tests are: HYPOTHESIS_PROFILE is default, brief, quick or thorough."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("brief", max_examples=5, deadline=None)
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("default", max_examples=100, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
