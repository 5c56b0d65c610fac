"""Writing the page: one file, whole or not at all, that asks nothing of anybody."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import os
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pandas as pd
from markupsafe import Markup

from mutualaid.arguments import argument
from mutualaid.atomic_write import written_whole
from mutualaid.data.patient_list import PatientList
from mutualaid.disclosure.suppression import THRESHOLD
from mutualaid.errors import InputError
from mutualaid.formats import clean
from mutualaid.plan.certified import CertifiedPlan
from mutualaid.readers.display_names import Names
from mutualaid.report.page.alternatives import Replayed, check_replayed
from mutualaid.report.page.content import page_of

if TYPE_CHECKING:
    from jinja2 import Template

HERE = "mutualaid.report.page"


@runtime_checkable
class Rungs(Protocol):
    """Plans side by side for one system, by name, each rung allowing more than the one before."""

    @property
    def plans(self) -> Mapping[str, CertifiedPlan]:
        """The plans."""


def write_page(
    plan_or_ladder: CertifiedPlan | Rungs,
    path: str | os.PathLike[str],
    *,
    suppress_below: int | None = THRESHOLD,
    title: str | None = None,
    names: Mapping[str, str] | None = None,
    patients: object | None = None,
    quality: pd.DataFrame | None = None,
    census: dt.date | None = None,
    replay: object | None = None,
) -> Path:
    """Write a plan, or a ladder, as one HTML file for a board, whole or not at all.

    The file opens in any browser without a server and without the internet; it asks for nothing
    from anywhere. It holds the headline in words, the ladder, charts, a part for each trust, the
    moves, the prices, the rules in force, the quality of the data, what is proven, and how to read
    all that. No patient is in it. The same plan gives the same bytes.

    Parameters
    ----------
    plan_or_ladder
        A :class:`mutualaid.Plan`, or what :func:`mutualaid.ladder` gives. Of a ladder the highest
        rung is shown first, and on paper; the others are chosen on the page.
    path
        The file to write, ending in ``.html`` or ``.htm``; one that is there is replaced on
        success.
    suppress_below
        Smaller counts of patients are hidden, and whatever would give them away, in all plans of a
        ladder together: see :mod:`mutualaid.disclosure.suppression`. None or 0 shows all.
    title
        The title of the page.
    names
        Names of providers for people, by code: shown as "Name (CODE)".
    patients
        The :class:`mutualaid.PatientList` that the plan was made for: its census and the quality
        of its data are shown. Nobody in it is.
    quality
        What was found when the list was read, if other than in ``patients``: ``column``,
        ``problem``, ``rows``, ``done``.
    census
        The day for which waits are counted, if other than that of ``patients``.
    replay
        What :meth:`mutualaid.Plan.replay` gives for the plan, or for a rung: the page then says
        what else was on the table. One of its policies is ``mutualaid.simulation.Nothing()``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If it is no plan and no ladder, a name, the title, the census or the replay is not what it
        should be, or the path cannot be written to.

    Examples
    --------
    >>> import mutualaid as ma, tempfile
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_page(plan, f"{folder}/plan.html", names={"XA1": "Alder"}).name
    'plan.html'
    """
    plans = _plans(plan_or_ladder)
    kinds = PatientList | pd.DataFrame | None
    argument.kind("patients", patients, kinds, "pass what mutualaid.read_waiting_list gives")
    if isinstance(patients, PatientList):
        quality = patients.quality if quality is None else quality
        census = patients.census if census is None else census
    _check(path, title, quality, census)
    check_replayed(replay, plans.values())
    first = next(iter(plans.values()))
    page = page_of(
        plans,
        suppress_below=suppress_below,
        title=None if title is None else clean(title).strip(),
        labels=Names(first.system.providers, names),
        quality=quality,
        census=census,
        replay=replay if isinstance(replay, Replayed) else None,
    )
    style, script = _part("page.css"), _part("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    html = _template().render(page=page, style=Markup(style), script=Markup(script), digest=digest)
    with written_whole(path) as temporary:
        temporary.write_text(html, encoding="utf-8", newline="\n")
    return Path(path)


def _plans(given: object) -> dict[str, CertifiedPlan]:
    if isinstance(given, CertifiedPlan):
        return {given.collaboration.name: given}
    plans = given.plans if isinstance(given, Rungs) else None
    right = isinstance(plans, Mapping) and all(isinstance(p, CertifiedPlan) for p in plans.values())
    if not isinstance(plans, Mapping) or not plans or not right:
        raise InputError(
            f"a page is made of a plan or a ladder, not of a {type(given).__name__}: pass what "
            "mutualaid.optimise or mutualaid.ladder gives"
        )
    return dict(plans)


def _check(path: object, title: object, quality: object, census: object) -> None:
    if isinstance(path, str | os.PathLike):
        name = Path(path).name
        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise InputError(f"{name!r}: a page's name ends in .html")
    if title is not None and (not isinstance(title, str) or not clean(title).strip()):
        raise InputError(f"title is {title!r}: write a text, or leave it out")
    argument.kind("quality", quality, pd.DataFrame | None, "pass the list's own table")
    argument.kind("census", census, dt.date | None, "pass a datetime.date, or leave it out")


@cache
def _template() -> Template:
    # Imported when a page is written: it takes longer than the rest of this room.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")


def _part(name: str) -> str:
    return (resources.files(HERE) / name).read_text(encoding="utf-8")
