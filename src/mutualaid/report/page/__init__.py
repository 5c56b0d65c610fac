"""A page for the board: one self-contained HTML file of a plan, or of a ladder.

``write`` is the way in. ``content`` and the modules that it uses make plain texts and tables of a
plan; ``templates`` lay them out and escape all of them; ``page.css`` and ``page.js`` go into the
file as they are. Nothing is fetched from anywhere, and without its script the page still reads.
"""

from mutualaid.report.page.write import write_page

__all__ = ["write_page"]
