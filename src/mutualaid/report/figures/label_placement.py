"""Places for labels that stand in each other's way nowhere, or as little as can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mutualaid.report.figures.style import pixels_wide

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = npt.NDArray[np.float64]

NEAR = 8.0
"""Pixels from a dot to its label, if there is room."""

RINGS = (8.0, 18.0, 30.0, 45.0, 65.0, 90.0)


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels.

    Examples
    --------
    >>> Box(0.0, 0.0, 2.0, 2.0).shared(Box(1.0, 1.0, 3.0, 3.0))
    1.0
    """

    left: float
    bottom: float
    right: float
    top: float

    @classmethod
    def around(cls, middle: Points, wide: float, high: float) -> Box:
        """The box of a size around a point.

        Examples
        --------
        >>> Box.around(np.array([1.0, 1.0]), 2.0, 2.0)
        Box(left=0.0, bottom=0.0, right=2.0, top=2.0)
        """
        x, y = float(middle[0]), float(middle[1])
        return cls(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)

    def shared(self, other: Box) -> float:
        """The area that two boxes share."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return wide * high if wide > 0 and high > 0 else 0.0

    def nearest(self, point: Points) -> Points:
        """The point of the box that is nearest to another."""
        x = min(max(float(point[0]), self.left), self.right)
        y = min(max(float(point[1]), self.bottom), self.top)
        return np.array([x, y])


def spread(wide: float, high: float) -> list[tuple[float, float, float]]:
    """Middles of a label around its dot, the best first: right, left, above, below, aslant.

    Returns
    -------
    list of tuple of float
        Offsets in pixels, to the right and up, and how far from the dot the label is.

    Examples
    --------
    >>> spread(20.0, 10.0)[0]
    (18.0, 0.0, 8.0)
    """
    sides = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
    found = []
    for ring in RINGS:
        for x, y in sides:
            slant = 0.6 if x and y else 1.0
            found.append((x * (wide / 2 + ring * slant), y * (high / 2 + ring * slant), ring))
    return found


class Board:
    """A panel on which it is known what is taken; its limits must not change any more.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> board = Board(Figure().add_axes((0, 0, 1, 1)))
    >>> board.take(Box(0, 0, 10, 10))
    >>> board.taken(Box(5, 5, 15, 15))
    25.0
    """

    def __init__(self, axes: Axes) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self._axes = axes
        self.point = axes.figure.dpi / 72
        self._renderer = FigureCanvasAgg(axes.figure).get_renderer()
        self._taken: list[tuple[Box, float]] = []
        corners = axes.transAxes.transform([[0, 0], [1, 1]])
        self._whole = Box(*map(float, corners.ravel()))

    def pixels(self, point: Points) -> Points:
        """Where a point of the data is."""
        return np.asarray(self._axes.transData.transform(point), dtype=np.float64)

    def data(self, pixels: Points) -> Points:
        """Which points of the data are there."""
        return np.asarray(self._axes.transData.inverted().transform(pixels), dtype=np.float64)

    def wide(self, text: str, size: float, weight: str = "normal") -> float:
        """How wide a text is."""
        return pixels_wide(self._renderer, text, size, weight) if text else 0.0

    def take(self, *boxes: Box, weight: float = 1.0) -> None:
        """Note what is drawn; with less weight what a label may cross if it must."""
        self._taken += [(box, weight) for box in boxes]

    def taken(self, box: Box) -> float:
        """How much of a box is taken, by area and weight; what is off the panel counts most."""
        area = (box.right - box.left) * (box.top - box.bottom)
        off = area - box.shared(self._whole)
        return sum(box.shared(other) * weight for other, weight in self._taken) + 10 * off

    def best(
        self, dot: Points, wide: float, high: float, offsets: Iterable[tuple[float, float, float]]
    ) -> tuple[Box, bool]:
        """The first place that is free, or the one that is taken least; whether it is far off."""
        found: tuple[float, Box, bool] | None = None
        for x, y, ring in offsets:
            box = Box.around(dot + np.array([x, y]), wide, high)
            # A label far away is as bad as one that crosses something small.
            cost = self.taken(box) + 0.05 * wide * (ring - NEAR)
            if found is None or cost < found[0] - 1e-9:
                found = cost, box, ring > 2 * NEAR
        assert found is not None
        return found[1], found[2]
