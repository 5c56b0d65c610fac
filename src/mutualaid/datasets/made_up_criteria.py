"""What the made-up hospitals can take from each other, which is not everybody."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from mutualaid.arguments import checks_arguments
from mutualaid.datasets.made_up_system import SERVICE_SHAPES, _Recipe

NO = "False|no"
Requirement = tuple[str, float, float, str]
# Column, at least, at most, among.
COLD_HUB: tuple[Requirement, ...] = (
    ("age", 18, np.nan, ""),
    ("asa", np.nan, 2, ""),
    ("critical_care", np.nan, np.nan, NO),
)
NO_GENERAL_ANAESTHETIC: tuple[Requirement, ...] = (
    ("anaesthetic", np.nan, np.nan, "local|regional"),
    ("overnight", np.nan, np.nan, NO),
)
NO_CRITICAL_CARE: tuple[Requirement, ...] = (
    ("asa", np.nan, 3, ""),
    ("critical_care", np.nan, np.nan, NO),
)
EIGHTHS_THAT_RESTRICT = 3


@checks_arguments
def accepts(
    *, trusts: int = 8, seed: int = 2026, services: Collection[str] = tuple(SERVICE_SHAPES)
) -> pd.DataFrame:
    """Make up what the providers of :func:`collaborative` ask of patients whom they accept.

    Of eight trusts, five accept everybody and are not in the table. One is a cold hub: adults of
    ASA grade 1 or 2 who need no critical care. One gives no general anaesthetic and keeps nobody
    overnight, in one of its services. One has no critical care, and takes up to ASA grade 3. The
    same arguments give the same table, on every machine.

    Parameters
    ----------
    trusts
        How many hospital trusts, 2 to 26; three in eight of them ask for something, and always
        at least one.
    seed
        A whole number from 0, as of the collaborative; another one chooses other trusts.
    services
        Codes of the services; their order does not matter.

    Returns
    -------
    pandas.DataFrame
        A row for each requirement: ``provider``, ``service`` (empty: all), ``column`` (of the
        patient list), ``at_least``, ``at_most`` (missing: no limit) and ``among`` (the values
        that are accepted, with ``|`` between them; empty: any). A patient has to meet all the
        requirements of a provider and service.

    Raises
    ------
    InputError
        If an argument cannot be used.

    Examples
    --------
    >>> made_up = accepts()
    >>> made_up["provider"].nunique()
    3
    >>> made_up.loc[made_up["at_most"] == 2, ["column", "at_most"]].to_numpy().tolist()
    [['asa', 2.0]]
    """
    recipe = _Recipe(seed, trusts, services)
    chosen = np.argsort(recipe.draw("accepts", trusts), kind="stable")
    chosen = chosen[: max(1, trusts * EIGHTHS_THAT_RESTRICT // 8)]
    luck = (recipe.draw("accepts service", trusts) * len(services)).astype(np.int64)
    rows = []
    for place, trust in enumerate(chosen):
        service, requirements = (
            ("", COLD_HUB),
            (sorted(services)[luck[trust]], NO_GENERAL_ANAESTHETIC),
            ("", NO_CRITICAL_CARE),
        )[place % 3]
        rows += [(recipe.codes()[trust], service, *one) for one in requirements]
    names = ["provider", "service", "column", "at_least", "at_most", "among"]
    return pd.DataFrame(sorted(rows), columns=names)
