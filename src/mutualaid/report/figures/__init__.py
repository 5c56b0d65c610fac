"""Figures for a notebook, a report and a slide: ``plan.plot`` and ``ladder.plot``.

Drawn with matplotlib, which comes with ``pip install 'mutualaid[plot]'`` and is imported when the
first figure is drawn.
"""

from mutualaid.report.figures.accessor import LadderFigures, PlanFigures
from mutualaid.report.figures.figure import Drawing

__all__ = ["Drawing", "LadderFigures", "PlanFigures"]
