"""From files of months to a twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutualaid.arguments import Arguments, checks_arguments
from mutualaid.calibration.fitting import fit
from mutualaid.calibration.merged_providers import followed
from mutualaid.calibration.monthly_counts import monthly_counts
from mutualaid.calibration.twin import Twin
from mutualaid.readers.rtt.read import RTT, read_rtt

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence


@checks_arguments
def calibrate(
    files: RTT | str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | object,
    *,
    period_weeks: int = 4,
    successors: Mapping[str, str] | None = None,
    follow_mergers: bool = True,
) -> Twin:
    """Learn from months of NHS England's RTT files how every list moves, as today.

    For every provider, service and stream (pathways that end with an admission, and without):
    how soon who has waited so long is treated, who joins, and who leaves unreported, at what age.
    How well that forecasts is told by :func:`mutualaid.backtest`.

    Parameters
    ----------
    files
        Two or more months, of which two are consecutive: as for :func:`mutualaid.read_rtt`, or
        what it gave. Six months or more are better; with twelve or more months have seasons.
    period_weeks
        Length of a period in weeks; that of the ``RTT`` where one is given.
    successors
        As for :func:`mutualaid.read_rtt`: providers that are known to have merged.
    follow_mergers
        Whether to take a provider that vanishes while another grows by about its lists, service by
        service, for one that has merged into it; :attr:`Twin.quality` names them.

    Returns
    -------
    Twin

    Raises
    ------
    InputError
        If the files cannot be read, or hold no two consecutive months with parts 1A, 1B, 2 and 3.

    Notes
    -----
    The method, its evidence and its limits: the page on the baseline in the documentation.

    Examples
    --------
    >>> import mutualaid as ma
    >>> twin = ma.calibrate(["November.zip", "December.zip", "January.zip"])  # doctest: +SKIP
    >>> twin  # doctest: +SKIP
    Twin of 2026-01: 7,155,958 waiting at 515 providers; rates of 21 months, in two streams, ...
    """
    rtt = files if isinstance(files, RTT) else None
    if rtt is None:
        rtt = read_rtt(files, period_weeks, successors=successors)
    elif successors is not None or period_weeks not in (4, rtt.period_weeks):
        with Arguments("calibrate") as check:
            check.wrong(
                "files",
                "were read already",
                "give period_weeks and successors to read_rtt, or calibrate the files themselves",
            )
    counts = monthly_counts(rtt)
    if follow_mergers:
        counts = followed(counts)
    return Twin(rtt=rtt, counts=counts, rates=fit(counts))
