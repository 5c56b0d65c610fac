"""Who goes where, as a map: an arrow from the trust whose patients move to the one that treats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.formats import listed, many
from mutualaid.readers.display_names import Names
from mutualaid.report.figures.canvas import Canvas, message
from mutualaid.report.figures.figure import Drawing
from mutualaid.report.figures.flow_matrix import Moved, amount, notes
from mutualaid.report.figures.label_placement import Board, Box, spread
from mutualaid.report.figures.style import BLUE, DARK, FAINT, GREY, SMALL, WHITE, drawable
from mutualaid.report.series import busiest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = npt.NDArray[np.float64]

MOST_ARROWS = 60
MOST_NAMES = 40
FLAT, STEEP = 4.6, 7.5
"""Inches of the map of trusts side by side, and one above the other."""

KM_A_DEGREE = 111.2
EDGE = 0.16
"""Share of the map's extent left free on each side, for names."""

THICK, THIN = 12.0, 1.4
"""Widths of arrows in points: of the largest flow, and of the smallest."""

SAME_PLACE = 0.01
"""Trusts nearer to each other than this share of the map's extent are in one place."""

GOLDEN_ANGLE = 2.39996
HEAD = 8.0
BEND = 0.14
ENDS = ("origin", "provider")
ALWAYS_NAMED = 12
"""With no more trusts than these each has its name, room or no room."""

LONG_NAME = 18
HARD = 3.0
"""Weight of what no word may cover."""

SMALLEST = 0.04
"""Flows of less than this share of the largest bear no number."""

CROWDED = 0.1
"""Share of a name that may be taken by something else."""

ROUND_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def draw_map(found: Moved, names: Names, sites: pd.DataFrame) -> Drawing:
    """Draw flows on a map; what has no place on it is said.

    Parameters
    ----------
    found
        The flows.
    names
        Names of the trusts.
    sites
        ``provider``, ``latitude`` and ``longitude``: see :func:`mutualaid.read_sites`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.disclosure.several_plans import counts_of
    >>> from mutualaid.report.figures.flow_matrix import moved
    >>> from mutualaid.report.figures.style import styled
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> places = ma.datasets.collaborative_providers(trusts=3)
    >>> with styled():
    ...     drawing = draw_map(moved(plan, counts_of(plan)), Names(places["provider"]), places)
    >>> drawing.alt.startswith("Map of flows")
    True
    """
    if found.pairs.empty:
        return message("Nobody is treated away from home", found.when, "No flow to draw.")
    trusts = busiest(found.pairs)
    places = sites.set_index(sites["provider"].astype(str))[["latitude", "longitude"]]
    absent = [code for code in trusts if code not in places.index]
    placed = [code for code in trusts if code in places.index]
    if not placed:
        return message(found.title, found.when, "None of the trusts has a place on the map.")
    there = found.pairs["origin"].isin(placed) & found.pairs["provider"].isin(placed)
    drawn = found.pairs[there].head(MOST_ARROWS)
    missing = _missing(found, drawn, absent, names)
    sheet = Canvas(
        found.title,
        f"Each arrow: patients of one trust who are treated at another {found.when}",
        [*_explained(len(placed)), *notes(found), *missing],
        height=_height(places.loc[placed].to_numpy(dtype=float)),
    )
    axes = sheet.whole()
    km = _apart(_kilometres(places.loc[placed].to_numpy(dtype=float)))
    board = _frame(axes, km, sheet.shape())
    at = dict(zip(placed, km, strict=True))
    lines = _arrows(axes, board, drawn, at)
    dots = [Box.around(board.pixels(point), 13.0, 13.0) for point in km]
    board.take(*dots, weight=HARD)
    axes.scatter(km[:, 0], km[:, 1], s=48, color=DARK, edgecolor=WHITE, linewidth=1.2, zorder=5)
    _scale_bar(axes, board)
    for place, code in enumerate(placed[:MOST_NAMES]):
        words = _two_lines(drawable(names(code))), drawable(_sums(found, code))
        _name(axes, board, at[code], *words, always=place < ALWAYS_NAMED)
    for row, line in zip(drawn.to_dict("records"), lines, strict=True):
        if row["patients"] >= SMALLEST * drawn["patients"].max():
            _number(axes, board, line, amount(int(row["patients"]), bool(row["more"])))
    return sheet.drawing(
        f"Map of flows between trusts. {found.title} {found.when}. "
        + " ".join([found.sentence(names), *missing])
    )


def _explained(trusts: int) -> list[str]:
    what = "numbers" if trusts <= ALWAYS_NAMED else "names and numbers"
    return [f"The thicker an arrow, the more patients; {what} stand where there is room."]


def _missing(found: Moved, drawn: pd.DataFrame, absent: list[str], names: Names) -> list[str]:
    said = []
    if absent:
        shown = [names(code) for code in absent[:8]]
        more = [f"{len(absent) - 8} more"] if len(absent) > 8 else []
        said.append(f"Without a place on the map: {listed([*shown, *more])}.")
    left = found.pairs.drop(index=drawn.index)
    if len(left):
        number = amount(int(left["patients"].sum()), bool(left["more"].any()))
        said.append(f"Not drawn: {many(len(left), 'flow')}, {number} patients in all.")
    return said


def _sums(found: Moved, code: str) -> str:
    out, into = (found.total(code, side) for side in ("out", "in"))
    parts = [f"{out} sent"] if out != "0" else []
    return ", ".join([*parts, *([f"{into} taken"] if into != "0" else [])])


def _kilometres(degrees: Points) -> Points:
    """East and north in kilometres: true in all directions at the middle latitude."""
    middle = np.deg2rad((degrees[:, 0].min() + degrees[:, 0].max()) / 2)
    return np.column_stack([degrees[:, 1] * np.cos(middle), degrees[:, 0]]) * KM_A_DEGREE


def _apart(km: Points) -> Points:
    """Put trusts that are in one place side by side: an arrow between them has to be seen."""
    least = max(float(np.ptp(km, axis=0).max()), 1.0) * SAME_PLACE
    placed = km.copy()
    for trust in range(1, len(km)):
        turn = 0
        while (np.hypot(*(placed[:trust] - placed[trust]).T) < least).any():
            turn += 1
            angle = turn * GOLDEN_ANGLE
            step = np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(turn)
            placed[trust] = km[trust] + 3 * least * step
    return placed


def _height(degrees: Points) -> float:
    wide, high = np.ptp(_kilometres(degrees), axis=0)
    return float(np.clip(3.8 + 1.5 * high / max(wide, 1.0), FLAT, STEEP))


def _frame(axes: Axes, km: Points, shape: tuple[float, float]) -> Board:
    """Fit the map into the panel, the same scale both ways."""
    low, high = km.min(axis=0), km.max(axis=0)
    extent = np.maximum(high - low, 1.0) / (1 - 2 * EDGE)
    scale = float((extent / np.array(shape)).max())
    half = np.array(shape) * scale / 2
    middle = (low + high) / 2
    axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
    axes.set_ylim(middle[1] - half[1], middle[1] + half[1])
    axes.set_facecolor(FAINT)
    axes.set_axis_on()
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return Board(axes)


def _arrows(axes: Axes, board: Board, drawn: pd.DataFrame, at: dict[str, Points]) -> list[Points]:
    """Draw the arrows, the smallest on top; the line of each, in pixels."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    most = max(int(drawn["patients"].max()), 1) if len(drawn) else 1
    lines: list[Points] = []
    for order, row in enumerate(drawn.to_dict("records")):
        start, end = (board.pixels(at[str(row[end])]) for end in ENDS)
        hidden = row["patients"] == 0
        width = (THIN + (THICK - THIN) * row["patients"] / most) * board.point
        outline, line, width = _arrow(start, end, width)
        if hidden:
            # Where hidden lanes are all there is, no width says how many: a thin line, in dashes.
            tail = line[np.hypot(*(line - line[-1]).T) >= HEAD * 0.8]
            axes.plot(*board.data(tail).T, color=GREY, linewidth=0.9, dashes=(3, 2), zorder=2)
            outline = _head(outline)
        codes = [Path.MOVETO, *[Path.LINETO] * (len(outline) - 2), Path.CLOSEPOLY]
        axes.add_patch(
            PathPatch(
                Path(board.data(outline), codes),
                facecolor=GREY if hidden else BLUE,
                edgecolor=WHITE if width > 5 else "none",
                linewidth=0.6,
                alpha=0.9,
                zorder=2 + order / 1000,
                gid=f"flow {order}",
            )
        )
        side = max(width, 4.0)
        board.take(*(Box.around(point, side, side) for point in line[2:-2:2]), weight=0.5)
        lines.append(line)
    return lines


def _arrow(start: Points, end: Points, width: float) -> tuple[Points, Points, float]:
    """A bent arrow that grows thinner on its way, with a head; its middle line; its width."""
    way = end - start
    length = float(np.hypot(*way)) or 1.0
    width = min(width, length / 5)
    bend = (start + end) / 2 + np.array([-way[1], way[0]]) * BEND
    t = np.linspace(0, 1, 61)[:, None]
    line = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
    # It leaves and arrives beside the dots, not on them.
    gone = [np.hypot(*(line - point).T) for point in (start, end)]
    line = line[(gone[0] >= min(8.0, length / 5)) & (gone[1] >= min(9.0, length / 5))]
    head = min(max(width * 1.3, HEAD), length / 3)
    body = line[np.hypot(*(line - line[-1]).T) >= head * 0.9]
    body = body if len(body) > 2 else line[:3]
    side = np.gradient(body, axis=0)
    side = np.column_stack([-side[:, 1], side[:, 0]]) / np.hypot(*side.T)[:, None]
    half = np.linspace(width / 2, max(width / 4, 0.6), len(body))[:, None]
    wide = max(width * 0.62, head * 0.42)
    left, right = body + side * half, body - side * half
    tip = [body[-1] + side[-1] * wide, line[-1], body[-1] - side[-1] * wide]
    return np.vstack([left, tip, right[::-1], left[:1]]), line, width


def _head(outline: Points) -> Points:
    """The head of an arrow alone: the three corners in the middle of its outline."""
    middle = len(outline) // 2 - 1
    corners = outline[middle - 1 : middle + 2]
    return np.vstack([corners, corners[:1]])


def _two_lines(name: str) -> str:
    """A long name in two lines, as even as its words allow."""
    if len(name) <= LONG_NAME or " " not in name:
        return name
    breaks = [place for place, letter in enumerate(name) if letter == " "]
    middle = min(breaks, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:middle]}\n{name[middle + 1 :]}"


def _name(axes: Axes, board: Board, point: Points, name: str, below: str, *, always: bool) -> None:
    wide = max(board.wide(name, SMALL + 0.5, "bold"), board.wide(below, SMALL - 1)) + 4
    top = 15.0 * (name.count("\n") + 1)
    high = top + (12.0 if below else 0.0)
    box, far = board.best(board.pixels(point), wide, high, spread(wide, high))
    if not always and board.taken(box) > CROWDED * wide * high:
        return
    board.take(box, weight=HARD)
    dot = board.pixels(point)
    # Words lean towards their dot.
    lean = 0.5 if box.left < dot[0] < box.right else 0.0 if dot[0] <= box.left else 1.0
    x = box.left + 2 + lean * (wide - 4)
    style: dict[str, Any] = {
        "va": "top",
        "ha": {0.0: "left", 0.5: "center", 1.0: "right"}[lean],
        "zorder": 7,
        "bbox": _ground(FAINT, 0.7),
    }
    first, second = board.data(np.array([[x, box.top], [x, box.top - top]]))
    axes.text(first[0], first[1], name, size=SMALL + 0.5, weight="bold", linespacing=1.1, **style)
    axes.text(second[0], second[1], below, size=SMALL - 1, color=GREY, **style)
    if far:
        nearest = board.data(box.nearest(dot)[None, :])[0]
        axes.plot(*np.array([point, nearest]).T, color=DARK, linewidth=0.7, zorder=4)


def _number(axes: Axes, board: Board, line: Points, text: str) -> None:
    """Write a number on its arrow, where there is the most room, if there is enough."""
    wide = board.wide(text, SMALL - 0.5) + 3
    spots = line[[len(line) * part // 100 for part in (45, 35, 55, 27, 65)]]
    boxes = [Box.around(spot, wide, 11.0) for spot in spots]
    taken = [board.taken(box) for box in boxes]
    best = int(np.argmin(taken))
    # Its own arrow is in its way, and may be.
    if taken[best] > 0.5 * wide * 11.0:
        return
    board.take(boxes[best])
    spot = board.data(spots[best][None, :])[0]
    middle: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 6}
    axes.text(spot[0], spot[1], text, size=SMALL - 0.5, bbox=_ground(WHITE, 0.85), **middle)


def _ground(colour: str, alpha: float) -> dict[str, Any]:
    """A pale ground for words; an outline of the letters would make shapes of them in an SVG."""
    return {"facecolor": colour, "alpha": alpha, "edgecolor": "none", "pad": 0.8}


def _scale_bar(axes: Axes, board: Board) -> None:
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    length = max([km for km in ROUND_KM if km <= (right - left) / 5] or [ROUND_KM[0]])
    x, y = left + (right - left) * 0.02, bottom + (top - bottom) * 0.035
    axes.plot([x, x + length], [y, y], color=DARK, linewidth=2, solid_capstyle="butt", zorder=4)
    axes.text(x, y + (top - bottom) * 0.012, f"{length} km", size=SMALL, color=DARK, va="bottom")
    corner = board.pixels(np.array([x, y]))
    end = board.pixels(np.array([x + length, y]))
    board.take(Box(corner[0] - 2, corner[1] - 4, max(end[0], corner[0] + 50), corner[1] + 22))
