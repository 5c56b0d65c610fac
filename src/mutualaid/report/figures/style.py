"""How all figures look: colours, letters and margins."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mutualaid.errors import InputError

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

# NHS blue, and colours that differ from it and from each other in lightness as well as in hue.
BLUE = "#005EB8"
PALE_BLUE = "#C9E0F5"
DARK = "#212B32"
GREY = "#5C6F7B"
LIGHT = "#D8DDE0"
FAINT = "#F0F4F5"
ORANGE = "#F2A33A"
WHITE = "#FFFFFF"
SCALE = ("#F4F8FC", "#C9E0F5", "#7FB2E0", "#2F7CC4", "#005EB8", "#00306B")
"""From few to many, ever darker: it reads in greyscale."""

FONTS = ("Frutiger", "Frutiger LT Std", "Arial", "Helvetica", "Liberation Sans", "DejaVu Sans")
PLACEHOLDER = "\u25a1"
TEXT, SMALL, HEADING = 10.0, 9.0, 15.0


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw in the house style, and leave everybody else's settings as they are.

    Raises
    ------
    InputError
        If matplotlib is not there.

    Examples
    --------
    >>> with styled():
    ...     import matplotlib
    ...     matplotlib.rcParams["text.parse_math"]
    False
    """
    try:
        import matplotlib as mpl
    except ImportError:
        raise InputError(
            "figures are drawn with matplotlib, which is not there: pip install 'mutualaid[plot]'"
        ) from None
    from matplotlib import style

    # A user's own settings would change what a figure says: it starts from matplotlib's.
    with style.context("default"), mpl.rc_context(_settings()):
        yield


def _settings() -> dict[str, Any]:
    return {
        # Names come from data: a $ in one starts no formula.
        "text.parse_math": False,
        "text.usetex": False,
        "font.family": [*_families(), "sans-serif"],
        "font.sans-serif": list(_families()),
        "font.size": TEXT,
        "text.color": DARK,
        "axes.edgecolor": GREY,
        "axes.labelcolor": DARK,
        "axes.labelsize": TEXT,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.titlesize": TEXT,
        "axes.titlelocation": "left",
        "axes.unicode_minus": True,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": DARK,
        "ytick.labelcolor": DARK,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.major.size": 3.0,
        "ytick.major.size": 0.0,
        "grid.color": LIGHT,
        "grid.linewidth": 0.6,
        "hatch.linewidth": 1.0,
        "hatch.color": DARK,
        "svg.fonttype": "none",
        "svg.hashsalt": "mutualaid",
        "pdf.fonttype": 42,
        "savefig.facecolor": WHITE,
        "figure.facecolor": WHITE,
    }


@lru_cache(maxsize=1)
def _families() -> tuple[str, ...]:
    """The fonts that are there, as asking for others is answered by a warning for each."""
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    return tuple(name for name in FONTS if name in there)


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    """Characters that can be drawn in regular and in bold letters."""
    from matplotlib import font_manager

    drawn: list[set[int]] = []
    for weight in ("regular", "bold"):
        found: set[int] = set()
        for name in _families():
            wanted = font_manager.FontProperties(family=name, weight=weight)
            found |= set(font_manager.get_font(font_manager.findfont(wanted)).get_charmap())
        drawn.append(found)
    return frozenset(drawn[0] & drawn[1])


def drawable(text: str) -> str:
    """Put a box for each character that no font at hand can draw.

    Examples
    --------
    >>> drawable("Alder \U000f0000Valley")
    'Alder □Valley'
    """
    return "".join(c if ord(c) in _glyphs() or c == "\n" else PLACEHOLDER for c in text)


def pixels_wide(renderer: Any, text: str, size: float, weight: str = "normal") -> float:
    """How wide a text is as it is drawn, in pixels."""
    from matplotlib.font_manager import FontProperties

    letters = FontProperties(size=size, weight=weight)
    measure = renderer.get_text_width_height_descent
    return max(float(measure(line, letters, False)[0]) for line in text.split("\n"))


def colour_scale() -> Colormap:
    """From few to many, ever darker; what is missing is nearly white.

    Examples
    --------
    >>> colour_scale().N
    256
    """
    from matplotlib.colors import LinearSegmentedColormap

    scale = LinearSegmentedColormap.from_list("mutualaid", list(SCALE))
    return scale.with_extremes(bad=FAINT)


def luminance(colour: str | Sequence[float]) -> float:
    """How light a colour is, from 0 to 1, as WCAG reckons it.

    Examples
    --------
    >>> luminance("#FFFFFF"), luminance("#000000")
    (1.0, 0.0)
    """
    from matplotlib.colors import to_rgb

    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))


def ink_on(colour: str | Sequence[float]) -> str:
    """Letters that can be read on a colour: dark or white.

    Examples
    --------
    >>> ink_on("#FFFFFF"), ink_on("#005EB8")
    ('#212B32', '#FFFFFF')
    """
    ground = luminance(colour)
    dark = (ground + 0.05) / (luminance(DARK) + 0.05)
    return DARK if dark >= 1.05 / (ground + 0.05) else WHITE
