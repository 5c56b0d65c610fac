"""How the pages are built. Nothing is fetched, at build time or by whoever reads them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import mutualaid

project = "mutualaid"
author = "The mutualaid developers"
project_copyright = author
release = version = mutualaid.__version__
language = "en-GB"

extensions = [
    "mathml",
    "public_names",
    "tables_of_a_system",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
]
exclude_patterns = ["_build"]
nitpicky = True
# Types of other projects: no inventory is fetched to link to them.
nitpick_ignore_regex = [(r"py:.*", r"(collections|concurrent|datetime|numpy|pandas|pathlib)\..*")]

myst_enable_extensions = ["colon_fence", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "none"
# Equations are numbered by page, so that a number on one page is no other one on the next.
numfig = True
numfig_format = {"code-block": "File %s:\u00a0"}
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

html_theme = "furo"
html_title = f"mutualaid {release}"
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_permalinks_icon = "#"
