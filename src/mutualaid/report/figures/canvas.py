"""A sheet with a title, what is drawn, notes, and room for one or more panels between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.labels import short_number
from mutualaid.report.figures.style import (
    DARK,
    FAINT,
    GREY,
    HEADING,
    SMALL,
    TEXT,
    WHITE,
    colour_scale,
    drawable,
    ink_on,
    pixels_wide,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 10.0
MARGIN = 0.3
"""Inches left free on all sides."""


class Canvas:
    """A sheet that is as high as its words and its panels need; drawn within ``styled()``.

    Parameters
    ----------
    title, subtitle
        What is found; what is drawn, with its unit.
    notes
        Sentences below the panels.
    height
        Of the panels, in inches.

    Examples
    --------
    >>> from mutualaid.report.figures.style import styled
    >>> with styled():
    ...     sheet = Canvas("Nobody moves", "Moves", [], height=1.0)
    ...     sheet.drawing("Nobody moves.").title
    'Nobody moves'
    """

    def __init__(self, title: str, subtitle: str, notes: Sequence[str], *, height: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.title = title
        self.figure = Figure(figsize=(WIDTH, height))
        self._renderer = FigureCanvasAgg(self.figure).get_renderer()
        heading = self.wrapped(title, HEADING, "bold")
        what = self.wrapped(subtitle, TEXT)
        said = self.wrapped(" ".join(notes), SMALL)
        head = MARGIN + _inches(heading, HEADING) + 0.06 + _inches(what, TEXT) + 0.16
        foot = MARGIN * 0.8 + (_inches(said, SMALL) + 0.12 if said else 0.0)
        total = head + height + foot
        self.figure.set_size_inches(WIDTH, total)
        self._area = (MARGIN / WIDTH, foot / total, 1 - 2 * MARGIN / WIDTH, height / total)
        below = total - MARGIN - _inches(heading, HEADING) - 0.06
        for text, top, size, ink, weight in (
            (heading, total - MARGIN, HEADING, DARK, "bold"),
            (what, below, TEXT, GREY, "normal"),
            (said, foot - 0.12, SMALL, GREY, "normal"),
        ):
            look: dict[str, Any] = {"size": size, "color": ink, "weight": weight, "va": "top"}
            self.figure.text(MARGIN / WIDTH, top / total, text, linespacing=1.35, **look)

    def wrapped(self, text: str, size: float, weight: str = "normal") -> str:
        """Break a text into lines that fit between the margins."""
        lines: list[str] = []
        for word in drawable(text).split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.wide(longer, size, weight) > WIDTH - 2 * MARGIN:
                lines.append(word)
            else:
                lines[-1:] = [longer]
        return "\n".join(lines)

    def wide(self, text: str, size: float, weight: str = "normal") -> float:
        """How wide a text is, in inches."""
        return pixels_wide(self._renderer, text, size, weight) / float(self.figure.dpi)

    def panels(self, **options: Any) -> Any:
        """Panels side by side, laid out so that nothing is cut: as ``Figure.subplots``."""
        from matplotlib.layout_engine import ConstrainedLayoutEngine

        engine = ConstrainedLayoutEngine(rect=self._area, w_pad=0.0, h_pad=0.0, wspace=0.06)
        self.figure.set_layout_engine(engine)
        return self.figure.subplots(**options)

    def whole(self) -> Axes:
        """One panel that fills the room, without axes."""
        axes = self.figure.add_axes(self._area)
        axes.set_axis_off()
        return axes

    def shape(self) -> tuple[float, float]:
        """Width and height of the room between title and notes, in inches."""
        wide, high = self.figure.get_size_inches()
        return self._area[2] * float(wide), self._area[3] * float(high)

    def drawing(self, alt: str) -> Drawing:
        """Lay everything out and hand it over."""
        self.figure.draw_without_rendering()
        # The layout stands: drawing again elsewhere must not move anything.
        self.figure.set_layout_engine("none")
        return Drawing(figure=self.figure, title=self.title, alt=alt)


def message(title: str, subtitle: str, sentence: str) -> Drawing:
    """A figure where there is nothing to draw, which says so."""
    sheet = Canvas(title, subtitle, [], height=1.2)
    axes = sheet.whole()
    axes.text(0.5, 0.5, drawable(sentence), ha="center", va="center", size=12, color=GREY)
    return sheet.drawing(f"{title}. {sentence}")


def number_axis(axis: Any, most: int = 5) -> None:
    """Numbers that people read, and not too many of them."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda number, _: short_number(round(number, 6))))


def name_columns(axes: Any, names: Sequence[str], *, turned: bool) -> None:
    """Names above the columns of a matrix, aslant if they would run into each other."""
    axes.set_xticks(range(len(names)), [drawable(name) for name in names])
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", length=0, rotation=40 if turned else 0)
    if turned:
        for label in axes.get_xticklabels():
            label.set(ha="left", rotation_mode="anchor")
    axes.spines[:].set_visible(False)


def fill(
    axes: Any,
    values: npt.NDArray[np.float64],
    most: tuple[float, float],
    texts: Mapping[tuple[int, int], str],
    size: float,
) -> Any:
    """Draw a matrix: its fields by their values, from the least to the most, and texts in them."""
    from matplotlib.colors import Normalize

    scale, norm = colour_scale(), Normalize(*most)
    picture = axes.imshow(values, cmap=scale, norm=norm, aspect="auto")
    rows, columns = values.shape
    axes.hlines(np.arange(rows + 1) - 0.5, -0.5, columns - 0.5, color=WHITE, linewidth=1.5)
    axes.vlines(np.arange(columns + 1) - 0.5, -0.5, rows - 0.5, color=WHITE, linewidth=1.5)
    for (row, column), text in texts.items():
        value = values[row, column]
        ink = ink_on(FAINT if np.isnan(value) else scale(norm(value)))
        axes.text(column, row, text, ha="center", va="center", size=size, color=ink)
    return picture


def note(
    axes: Any, text: str, at: tuple[float, float], offset: tuple[float, float], **look: Any
) -> None:
    """Write a text so many points to the right of a place, and above it."""
    axes.annotate(text, at, offset, textcoords="offset points", **look)


def with_room(
    values: npt.ArrayLike, texts: Sequence[str], sheet: Canvas, inches: float
) -> tuple[float, float]:
    """Limits of an axis on which each text fits beyond the end of its bar.

    Parameters
    ----------
    values, texts
        Ends of the bars, and what is written there: left of those below 0, right of others.
    sheet
        The sheet, for the widths of texts.
    inches
        How wide the panel is, at least.

    Examples
    --------
    >>> from mutualaid.report.figures.style import styled
    >>> with styled():
    ...     sheet = Canvas("Gains", "Harm-weeks", [], height=1.0)
    ...     low, high = with_room([-5.0, 10.0], ["-5", "+10"], sheet, 3.0)
    >>> low < -5.0 and high > 10.0
    True
    """
    ends = np.asarray(values, dtype=float)
    wide = np.array([sheet.wide(text, SMALL) + 0.14 for text in texts])
    wide = np.where(ends < 0, -wide, wide)
    low, high = min(float(ends.min()), 0.0), max(float(ends.max()), 0.0)
    start = unit = ((high - low) or 1.0) / inches
    # What an inch stands for depends on the room that texts take, and the other way round; where
    # they would need all of it, they get what is left by bars of a fifth.
    for _ in range(100):
        beyond = ends + wide * unit
        low, high = min(0.0, float(beyond.min())), max(0.0, float(beyond.max()))
        unit = min((high - low) / inches, 5 * start)
    return low, high


def _inches(text: str, size: float) -> float:
    return (text.count("\n") + 1) * size * 1.35 / 72 if text else 0.0
