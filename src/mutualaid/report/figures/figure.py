"""A figure with the words that stand for it where it cannot be seen."""

from __future__ import annotations

import base64
import html
import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mutualaid.arguments import argument
from mutualaid.atomic_write import written_whole
from mutualaid.errors import InputError
from mutualaid.report.figures.style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("png", "svg", "pdf")
DPI = 200
"""Twice the dots of a screen, so that a figure is sharp on a slide and on paper."""

SCREEN_DPI = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawing:
    """A figure, its title, and its alternative text. Made by ``plan.plot`` and ``ladder.plot``.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The figure; it belongs to no window and to no notebook's list of figures.
    title : str
        What it finds, in a few words.
    alt : str
        What it shows, with its main numbers, in sentences: for a screen reader, or where there
        is no room for a figure.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.report.figures import PlanFigures
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=3, periods=2))
    >>> drawing = PlanFigures(plan).waits()
    >>> drawing.alt.startswith("Histogram of waits")
    True
    """

    figure: Figure = field(repr=False)
    title: str
    alt: str

    def save(self, path: str | os.PathLike[str], *, dpi: float = DPI) -> Path:
        """Write the figure as PNG, SVG or PDF; the same figure gives the same bytes.

        The alternative text goes with it, in the file's own description.

        Parameters
        ----------
        path
            Its ending says which.
        dpi
            Dots an inch, of a PNG.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InputError
            If the ending is another, the dots are none, or the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> import mutualaid as ma
        >>> from mutualaid.report.figures import PlanFigures
        >>> drawing = PlanFigures(ma.optimise(ma.datasets.collaborative(trusts=2))).waits()
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     drawing.save(Path(folder) / "waits.svg").name
        'waits.svg'
        """
        argument.kind("path", path, str | os.PathLike, "write the path of a file")
        kind = Path(path).suffix.lower().removeprefix(".")
        if kind not in KINDS:
            raise InputError(f"{Path(path).name!r} ends in none of .png, .svg and .pdf")
        argument.number("dpi", dpi, 20, 1200)
        content = self._as(kind, dpi)
        with written_whole(path) as temporary:
            temporary.write_bytes(content)
        return Path(path)

    def _as(self, kind: str, dpi: float) -> bytes:
        """The file's content; dates are left out, as they would differ from run to run."""
        kinds: dict[str, dict[str, Any]] = {
            "png": {"Description": self.alt},
            "svg": {"Description": self.alt, "Date": None},
            "pdf": {"Subject": self.alt, "CreationDate": None},
        }
        about = {"Title": self.title, **kinds[kind]}
        buffer = io.BytesIO()
        with styled():
            self.figure.savefig(buffer, format=kind, dpi=dpi, metadata=about)
        return _described(buffer.getvalue(), self.alt) if kind == "svg" else buffer.getvalue()

    def _repr_html_(self) -> str:
        width = round(self.figure.get_figwidth() * SCREEN_DPI)
        image = base64.b64encode(self._as("png", DPI)).decode("ascii")
        return (
            f'<img alt="{html.escape(self.alt)}" width="{width}" '
            f'style="max-width: 100%; height: auto" src="data:image/png;base64,{image}">'
        )


def _described(content: bytes, alt: str) -> bytes:
    """Add the description where browsers and screen readers look for it in an SVG."""
    text = content.decode("utf-8")
    text = text.replace("<svg ", '<svg role="img" ', 1)
    description = f"</title>\n <desc>{html.escape(alt, quote=False)}</desc>"
    return text.replace("</title>", description, 1).encode("utf-8")
