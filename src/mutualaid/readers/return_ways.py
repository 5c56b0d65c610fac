"""Ways that a table has in one direction only, made of the way back."""

from __future__ import annotations

import pandas as pd

from mutualaid.errors import InputError


def with_returns(ways: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Add to each way between providers the way back, if it is not there.

    Parameters
    ----------
    ways
        ``origin`` and ``provider``, categorical with the same categories, and what a way takes.

    Returns
    -------
    pandas.DataFrame
        The same and those that were added, in the order of their ends.
    int
        How many were added.

    Raises
    ------
    InputError
        If ways start at areas: nobody is treated there.

    Examples
    --------
    >>> ends = pd.Index(["RJ1", "RXH"])
    >>> ways = pd.DataFrame({"origin": pd.Categorical(["RJ1"], ends),
    ...                      "provider": pd.Categorical(["RXH"], ends), "minutes": [31.0]})
    >>> with_returns(ways)[0]
      origin provider  minutes
    0    RJ1      RXH     31.0
    1    RXH      RJ1     31.0
    """
    if "origin" not in ways:
        raise InputError(
            "both_ways goes with ways between providers: these start at areas, where nobody is "
            "treated; leave it out"
        )
    back = ways.rename(columns={"origin": "provider", "provider": "origin"})[ways.columns]
    both = pd.concat([ways, back], ignore_index=True)
    both = both.drop_duplicates(["origin", "provider"], keep="first")
    ordered = both.sort_values(["origin", "provider"], ignore_index=True)
    return ordered, len(ordered) - len(ways)
