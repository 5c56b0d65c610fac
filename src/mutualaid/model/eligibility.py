"""Eligibility of single patients: consent, dates, willingness to travel, what sites accept.

All patients of a queue must have the same lanes. A queue for every combination of such columns
would be too many; so the columns are reduced to the set of providers that a patient may go to, and
there is a queue for every set: the column ``may_go``, which states it in words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mutualaid.data.column_checks import Mask
from mutualaid.data.label_codes import alike, codes_of, positions
from mutualaid.data.schema import DECLINED, DECLINED_ALL
from mutualaid.data.site_criteria import ICB, accepted
from mutualaid.data.system import System
from mutualaid.policy.policy import Policy

ANYWHERE, NOWHERE = "anywhere", "nowhere"
Codes = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]

BUILT_IN = (
    *("consent", "date_weeks", "transferred", "adult", "willing_minutes", "willing_miles"),
    *(ICB, DECLINED),
)
"""Columns that every policy asks about; sites may ask about others."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MayGo:
    """The sets of providers that patients may go to by their own columns.

    Attributes
    ----------
    labels : tuple of str
        Each set in words: "anywhere", "nowhere", "to XA1, XB2".
    open : bool array, shape (labels, providers)
        The providers in it.
    unmeasured : bool array, shape (labels, providers)
        Providers that are closed to some of these patients only because they have a limit in miles
        and the travel table has no miles.
    unmeasured_patients, unmeasured_ways : int
        Patients and ways that are affected by that.
    """

    labels: tuple[str, ...]
    open: Mask
    unmeasured: Mask
    unmeasured_patients: int = 0
    unmeasured_ways: int = 0


def personal_columns(system: System) -> list[str]:
    """Columns of the waiting list, other than those of queues, that limit where patients may go."""
    waiting = system.waiting_list
    asked = [*BUILT_IN]
    accepts = system.table("accepts")
    if accepts is not None:
        asked += [str(name) for name in accepts["column"].astype(object)]
    return [name for name in dict.fromkeys(asked) if name in waiting]


def may_go(system: System, policy: Policy, *tables: pd.DataFrame) -> tuple[MayGo, list[Codes]]:
    """Find the set of providers that the patients of each row may go to.

    Parameters
    ----------
    system, policy
        Who offers what, how far it is, and whom the policy lets move.
    *tables
        Waiting list, referrals or patients: ``origin``, ``service``, ``area`` where ways start
        there, and the personal columns that they have. Who has no consent recorded was not asked;
        what else is not recorded is no limit, but that a site which asks about it does not
        accept them.

    Returns
    -------
    MayGo
        The sets.
    list of int64 arrays
        For each table, each row's position among the sets.

    Examples
    --------
    >>> import mutualaid as ma
    >>> system = ma.datasets.collaborative(trusts=2)
    >>> asked = system.waiting_list.assign(consent="no")
    >>> sets, codes = may_go(system.replace(waiting_list=asked), ma.Policy(), asked)
    >>> sets.labels[codes[0][0]]
    'nowhere'
    """
    providers = system.providers
    sets = [_sets(system, policy, table) for table in tables]
    both = np.concatenate(sets)
    group, first = alike(*both.T)
    may, could, blind = (
        _as_mask(part, len(providers)) for part in np.split(both[first], 3, axis=1)
    )
    words = _in_words(may, could & ~may, providers)
    labels, position = np.unique(np.array(words, dtype=object), return_inverse=True)
    open_ = np.zeros((len(labels), len(providers)), dtype=bool)
    # What "anywhere" leaves open is for the policy's other rules to say.
    open_[position] = may | np.array([word == ANYWHERE for word in words], dtype=bool)[:, None]
    code = position[group].astype(np.int64)
    ends = np.cumsum([len(part) for part in sets])[:-1]
    unmeasured = np.zeros_like(open_)
    np.logical_or.at(unmeasured, position, blind)
    kept, ways = _kept(system, tables, blind[group]) if blind.any() else (0, 0)
    result = MayGo(
        labels=tuple(labels.tolist()),
        open=open_,
        unmeasured=unmeasured,
        unmeasured_patients=kept,
        unmeasured_ways=ways,
    )
    return result, list(np.split(code, ends))


def _kept(system: System, tables: Sequence[pd.DataFrame], blind: Mask) -> tuple[int, int]:
    """Number of patients to whom a way is closed for want of miles, and of such ways."""
    counts = [
        table["patients"].to_numpy() if "patients" in table else np.ones(len(table), dtype=np.int64)
        for table in tables
    ]
    rows = np.flatnonzero(blind.any(axis=1))
    starts = pd.concat([table[system.start].astype(object) for table in tables])
    start, places = pd.factorize(starts.iloc[rows])
    ways = np.zeros((len(places), blind.shape[1]), dtype=bool)
    np.logical_or.at(ways, start, blind[rows])
    return int(np.concatenate(counts)[rows].sum()), int(ways.sum())


def _sets(system: System, policy: Policy, table: pd.DataFrame) -> Bits:
    """The providers open to each row, those open without personal limits, and those unmeasured.

    Each column is evaluated once for each of its values, as a set of providers; the set of a row is
    the intersection over its columns. Unmeasured are providers that only a limit in miles closes,
    where the table has no miles.
    """
    could, ways, miles, starts = _within_reach(system, policy, table)
    may = could.copy()
    listed = system.waiting_list.columns
    for name, test in _TESTS.items():
        if name in listed:
            codes, values = _values(table, name)
            asked = np.array([test(value, policy) for value in values], dtype=bool)
            may[~asked[codes]] = 0
    if DECLINED in table:
        codes, values = _values(table, DECLINED)
        # Codes are the same in small letters and capitals.
        names = np.array([provider.casefold() for provider in system.providers], dtype=object)
        left = [(names != str(value).casefold()) & (value != DECLINED_ALL) for value in values]
        may &= _as_bits(np.array(left, dtype=bool).reshape(len(values), len(names)))[codes]
    if "willing_minutes" in table:
        codes, values = _values(table, "willing_minutes")
        group, first = alike(starts, codes)
        limit = np.array([float(str(value)) for value in values])
        near = ways[starts[first]] <= limit[codes[first]][:, None]
        may &= _as_bits(near)[group]
    accepts = system.table("accepts")
    if accepts is None:
        accepts = pd.DataFrame({"provider": [], "column": [], "among": []}, dtype=object)
    services, meant = _values(table, "service")
    for name in dict.fromkeys([*accepts["column"].astype(object), ICB]):
        if name == ICB and ICB not in table:
            continue
        codes, values = _values(table, str(name))
        parts = [
            accepted(values, str(name), str(service), accepts, system.providers)
            for service in meant
        ]
        fits = np.concatenate([np.zeros((0, len(system.providers)), dtype=bool), *parts])
        may &= _as_bits(fits)[services * len(values) + codes]
    blind = np.zeros_like(may)
    if "willing_miles" in table:
        codes, values = _values(table, "willing_miles")
        group, first = alike(starts, codes)
        limit = np.array([float(str(value)) for value in values])[codes[first]][:, None]
        far = miles[starts[first]]
        # Whoever has no limit goes where the distance is not known, too.
        near = (far <= limit) | np.isinf(limit)
        blind = may & _as_bits(np.isnan(far) & ~near)[group]
        may &= _as_bits(near)[group]
    return np.concatenate([may, could, blind], axis=1)


def _consents(value: object, policy: Policy) -> bool:
    return value in policy.movable_consent


def _has_no_date(value: object, policy: Policy) -> bool:
    # Strictly within: a date 8 weeks and some days away is not within 8 weeks.
    weeks = float(str(value))
    return not (math.isfinite(weeks) and weeks < policy.keep_dates_weeks)


def _was_not_moved(value: object, policy: Policy) -> bool:
    return policy.move_transferred or not value


def _is_of_age(value: object, policy: Policy) -> bool:
    return bool(value) or not policy.adults_only


_TESTS: dict[str, Callable[[object, Policy], bool]] = {
    "consent": _consents,
    "date_weeks": _has_no_date,
    "transferred": _was_not_moved,
    "adult": _is_of_age,
}
_UNSAID: dict[str, object] = {
    "consent": "not asked",
    "date_weeks": math.inf,
    "transferred": False,
    "adult": False,
}
"""What a table that lacks the column says: that nobody was asked, and nobody is known to be 18."""


def _values(table: pd.DataFrame, name: str) -> tuple[Codes, list[object]]:
    """Each row's value as a position among the distinct values, of which missing is one."""
    if name not in table:
        return np.zeros(len(table), dtype=np.int64), [_UNSAID.get(name)]
    codes, values = codes_of(table[name])
    known: list[object] = list(values.tolist())
    missing = codes < 0
    if missing.any():
        known.append(None)
        codes = np.where(missing, len(known) - 1, codes)
    return codes, known


def _as_bits(mask: Mask) -> Bits:
    """Pack sets of providers into 64-bit words, shape (rows, words)."""
    packed = np.packbits(mask, axis=1)
    words = -(-max(mask.shape[1], 1) // 64)
    full = np.zeros((len(mask), words * 8), dtype=np.uint8)
    full[:, : packed.shape[1]] = packed
    return full.view(np.uint64)


def _as_mask(bits: Bits, providers: int) -> Mask:
    """Unpack sets of providers from 64-bit words."""
    plain = np.ascontiguousarray(bits).view(np.uint8)
    mask: Mask = np.unpackbits(plain, axis=1, count=providers).astype(bool)
    return mask


def _within_reach(
    system: System, policy: Policy, table: pd.DataFrame
) -> tuple[Bits, npt.NDArray[np.float64], npt.NDArray[np.float64], Codes]:
    """Mask of other providers with slots of the line that are within the policy's limits, by row.

    Also the minutes and miles from each start to each provider, and the start of each row.
    """
    providers, capacity, travel = pd.Index(system.providers), system.capacity, system.travel
    offered = np.zeros((len(system.lines), len(providers)), dtype=bool)
    offered[system.lines.of(capacity), positions(capacity["provider"], providers)] = True
    for part, whole in system.lines.parts:
        offered[part] |= offered[whole]
    known = travel[system.start].cat.categories
    # A way that is not known is NaN, which no comparison holds for, even with no limit.
    ways = np.full((len(known) + 1, len(providers)), np.nan)
    to = positions(travel["provider"], providers)
    from_ = travel[system.start].cat.codes.to_numpy()
    ways[from_, to] = travel["minutes"].to_numpy()
    miles = np.full_like(ways, np.nan)
    if "miles" in travel:
        miles[from_, to] = travel["miles"].to_numpy()
    starts = positions(table[system.start], known)
    line = system.lines.of(table)
    origin = positions(table["origin"], providers)
    group, first = alike(starts, line, origin)
    reach = offered[line[first]] & (ways[starts[first]] <= policy.max_minutes)
    if math.isfinite(policy.max_miles):
        reach &= miles[starts[first]] <= policy.max_miles
    reach[np.arange(len(first)), origin[first]] = False
    return _as_bits(reach)[group], ways, miles, starts


def _in_words(may: Mask, shut: Mask, providers: Sequence[str]) -> list[str]:
    # A code with a comma in it is quoted, or it could be taken for two.
    codes = [repr(code) if "," in code or "'" in code else code for code in providers]
    words = []
    for mine, others in zip(may, shut, strict=True):
        yes = [code for code, is_ in zip(codes, mine, strict=True) if is_]
        if not others.any():
            words.append(ANYWHERE)
        else:
            words.append(f"to {', '.join(yes)}" if yes else NOWHERE)
    return words
