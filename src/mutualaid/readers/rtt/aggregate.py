"""From the rows of one RTT file to counts: commissioners added up, totals checked and left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mutualaid.data.words.service_words import SERVICES
from mutualaid.readers.rtt.validate import PARTS
from mutualaid.readers.services import TOTAL

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt

    from mutualaid.errors import Problems
    from mutualaid.readers.rtt.rows_pandas import Numbers
    from mutualaid.readers.rtt.validate import Sheet

KEYS = ("month", "part", "provider", "service")
PROVIDER_COLUMNS = {"provider_name": "name", "icb": "icb_code", "icb_name": "icb_name"}
TOP_BAND = 104
SHOWN = 5


@dataclass(frozen=True)
class Extract:
    """What one file says."""

    counts: pd.DataFrame
    """``month``, ``part``, ``provider``, ``service``, ``weeks_waiting`` (missing where the file
    gives none), ``pathways``; sorted, and without zeros and totals of services."""
    providers: pd.DataFrame
    excluded: pd.DataFrame
    top_bands: Mapping[str, int]
    notes: tuple[str, ...]
    lists: pd.DataFrame
    """``month``, ``provider``, ``service``: each list that has a row, be it of zeros."""
    parts: Mapping[str, frozenset[str]]
    """Parts that there are rows of, by month."""
    codes: frozenset[str]
    """Codes of providers as they are given, before any is taken for its successor."""
    commissioners: frozenset[str] | None
    """Codes of commissioners; None if the file does not tell them apart."""


def extract(
    name: str,
    sheet: Sheet,
    exclude: Collection[str],
    successors: Mapping[str, str],
    problems: Problems,
) -> Extract:
    """Add up the commissioners of one file, apart from those excluded.

    Rows of a provider with a successor are counted to that; rows that are there twice are noted.
    """
    _check_repeated(name, sheet, problems)
    given, own = sheet, sheet.labels
    sheet = replace(sheet, labels=own | {"provider": _followed(own["provider"], successors)})
    labels = sheet.labels
    commissioners = labels.get("commissioner")
    out = np.zeros(len(labels["part"]), dtype=bool)
    told = None
    if commissioners is not None:
        out = _rows_with(commissioners, exclude)
        told = frozenset(str(code).strip() for code in commissioners.categories)
    total = _rows_with(labels["service"], [TOTAL])
    new = _rows_with(labels["part"], ["new_periods"])
    in_bands = sheet.cells.by_row(len(new))
    outside = np.where(new, _new_periods(sheet, in_bands), _unknown_clock(sheet, in_bands))
    pathways = np.where(new, outside, in_bands + outside)
    months = [str(month) for month in labels["month"].categories]
    counts, lists = _counts(sheet, ~out & ~total, new, outside)
    return Extract(
        counts=counts,
        providers=_providers(own, successors),
        excluded=_excluded(labels, pathways, out & ~total),
        top_bands=dict.fromkeys(months, sheet.top_band),
        notes=(
            *_total_notes(labels, pathways, ~out, total),
            *_row_total_notes(months, sheet, pathways, ~new & ~out),
            *_new_service_notes(months, labels),
            *_commissioner_notes(name, months, given, pathways, exclude, problems),
        ),
        lists=lists,
        parts=_parts(labels),
        codes=frozenset(map(str, own["provider"].categories)),
        commissioners=told,
    )


def _followed(providers: pd.Categorical, successors: Mapping[str, str]) -> pd.Categorical:
    """Providers with the codes of those that have taken over their lists."""
    codes = [str(code) for code in providers.categories]
    if not successors.keys() & set(codes):
        return providers
    after = [successors.get(code, code) for code in codes]
    known = pd.Index(sorted(set(after)), dtype=object)
    return pd.Categorical.from_codes(
        known.get_indexer(pd.Index(after))[providers.codes], categories=known
    )


def _parts(labels: Mapping[str, pd.Categorical]) -> dict[str, frozenset[str]]:
    """Which parts there are rows of, by month."""
    there = pd.DataFrame({key: labels[key] for key in ("month", "part")}).drop_duplicates()
    by_month = there.groupby("month", observed=False)["part"]
    return {str(month): frozenset(map(str, parts)) for month, parts in by_month}


def _rows_with(values: pd.Categorical, wanted: Collection[str]) -> npt.NDArray[np.bool_]:
    marked = [str(label).strip() in wanted for label in values.categories]
    mask: npt.NDArray[np.bool_] = np.array([*marked, False])[values.codes]
    return mask


def _check_repeated(name: str, sheet: Sheet, problems: Problems) -> None:
    """One commissioner has one row for each list; a second would be counted again.

    Where a file does not tell commissioners apart, rows of one list may be those of several.
    """
    if "commissioner" not in sheet.labels:
        return
    keys = pd.DataFrame({key: sheet.labels[key].codes for key in (*KEYS, "commissioner")})
    twice = keys.duplicated(keep=False).to_numpy() & (keys["commissioner"] >= 0).to_numpy()
    problems.note(
        name,
        "Provider Org Code, Commissioner Org Code, RTT Part Type, Treatment Function Code",
        twice,
        "these rows stand for the same list",
        "keep one of them",
        np.asarray(sheet.labels["provider"], dtype=object),
    )


def _unknown_clock(sheet: Sheet, in_bands: Numbers) -> Numbers:
    """Pathways of each row with no known clock start, and so in no band."""
    if "unknown" in sheet.numbers:
        return np.nan_to_num(sheet.numbers["unknown"])
    if "total_all" in sheet.numbers:
        return np.maximum(np.nan_to_num(sheet.numbers["total_all"] - in_bands), 0.0)
    return np.zeros(len(in_bands))


def _new_periods(sheet: Sheet, in_bands: Numbers) -> Numbers:
    """New RTT periods of each row: they have no band; older files call the total otherwise."""
    result = in_bands + _unknown_clock(sheet, in_bands)
    for key in ("total", "total_all"):
        if key in sheet.numbers:
            result = np.where(np.isnan(sheet.numbers[key]), result, sheet.numbers[key])
    return result


def _counts(
    sheet: Sheet,
    kept: npt.NDArray[np.bool_],
    new: npt.NDArray[np.bool_],
    outside: Numbers,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The counts, and the lists that there are rows of."""
    sizes = [len(sheet.labels[key].categories) for key in KEYS]
    each = np.ravel_multi_index([sheet.labels[key].codes.astype(np.intp) for key in KEYS], sizes)
    groups, group = np.unique(each, return_inverse=True)
    dated = (kept & ~new)[sheet.cells.rows]
    lone = np.flatnonzero(kept & (outside > 0))
    # Column 0 holds what has no band.
    width = sheet.top_band + 2
    places = group[sheet.cells.rows[dated]] * width + sheet.cells.weeks[dated] + 1
    cells = np.concatenate([places, group[lone] * width])
    weights = np.concatenate([sheet.cells.pathways[dated], outside[lone]])
    sums = np.bincount(cells, weights=weights, minlength=len(groups) * width)
    full = np.flatnonzero(sums)
    week = (full % width - 1).astype(np.int16)
    codes = np.unravel_index(groups[full // width], sizes)
    columns = _labelled(sheet, KEYS, codes)
    columns["weeks_waiting"] = pd.arrays.IntegerArray(week, week < 0)
    counts = pd.DataFrame(columns | {"pathways": sums[full].astype(np.int64)})
    there = np.zeros(len(groups), dtype=bool)
    there[group[kept]] = True
    month, _, *rest = np.unravel_index(groups[there], sizes)
    sizes = [sizes[0], *sizes[2:]]
    lists = np.unique(np.ravel_multi_index([month, *rest], sizes))
    keys = (KEYS[0], *KEYS[2:])
    return counts, pd.DataFrame(_labelled(sheet, keys, np.unravel_index(lists, sizes)))


def _labelled(
    sheet: Sheet, keys: Sequence[str], codes: Sequence[npt.NDArray[np.intp]]
) -> dict[str, object]:
    """Labels of rows, by what they are, from their places."""
    return {
        key: pd.Categorical.from_codes(places, dtype=sheet.labels[key].dtype)
        for key, places in zip(keys, codes, strict=True)
    }


def _providers(labels: Mapping[str, pd.Categorical], successors: Mapping[str, str]) -> pd.DataFrame:
    """Names of providers; one that has a successor is no provider any more."""
    provider = labels["provider"]
    first = np.unique(provider.codes, return_index=True)[1]
    columns: dict[str, object] = {"provider": np.asarray(provider, dtype=object)[first]}
    for key, column in PROVIDER_COLUMNS.items():
        columns[column] = np.asarray(labels[key][first], dtype=object) if key in labels else None
    table = pd.DataFrame(columns)
    return table[~table["provider"].isin(successors)].set_index("provider")


def _excluded(
    labels: Mapping[str, pd.Categorical], pathways: Numbers, out: npt.NDArray[np.bool_]
) -> pd.DataFrame:
    rows = pd.DataFrame({key: labels[key] for key in KEYS[:2]} | {"pathways": pathways * out})
    sums = rows.groupby(list(KEYS[:2]), observed=False)["pathways"].sum().reset_index()
    return sums.astype({"month": str, "part": str, "pathways": np.int64})


def _total_notes(
    labels: Mapping[str, pd.Categorical],
    pathways: Numbers,
    kept: npt.NDArray[np.bool_],
    total: npt.NDArray[np.bool_],
) -> list[str]:
    """Where the file's own totals of services differ from their sum."""
    months = ", ".join(map(str, labels["month"].categories))
    if not total.any():
        return [f"{months}: no {TOTAL} rows, so that the sum of the services was not checked."]
    rows = pd.DataFrame({key: labels[key] for key in KEYS[:3]})
    rows["difference"] = np.where(total, pathways, -pathways) * kept
    sums = rows.groupby(list(KEYS[:3]), observed=True)["difference"].sum()
    wrong = sums[sums != 0]
    if wrong.empty:
        return []
    firsts = wrong.head(SHOWN).reset_index().itertuples()
    shown = "; ".join(f"{row.provider} {row.part} {row.difference:+,.0f}" for row in firsts)
    more = "; …" if len(wrong) > SHOWN else ""
    return [
        f"{months}: {TOTAL} differs from the sum of the services at {len(wrong)} (provider, part) "
        f"pairs ({shown}{more}); the services are used."
    ]


def _row_total_notes(
    months: list[str], sheet: Sheet, pathways: Numbers, rows: npt.NDArray[np.bool_]
) -> list[str]:
    """Where the total of a row differs from its bands and unknown clock starts."""
    if "total_all" not in sheet.numbers:
        return []
    stated = np.where(np.isnan(sheet.numbers["total_all"]), pathways, sheet.numbers["total_all"])
    wrong = rows & (stated != pathways)
    if not wrong.any():
        return []
    return [
        f"{', '.join(months)}: Total All differs from the week bands and unknown clock starts in "
        f"{wrong.sum():,} rows (by {(stated - pathways)[wrong].sum():+,.0f} pathways); the bands "
        "are used."
    ]


def _new_service_notes(months: list[str], labels: Mapping[str, pd.Categorical]) -> list[str]:
    strange = sorted(set(labels["service"].categories) - set(SERVICES) - {TOTAL})
    if not strange:
        return []
    return [
        f"{', '.join(months)}: {', '.join(strange)} are treatment functions that mutualaid does "
        "not know; they are kept under their own codes."
    ]


def _commissioner_notes(
    name: str,
    months: list[str],
    sheet: Sheet,
    pathways: Numbers,
    exclude: Collection[str],
    problems: Problems,
) -> list[str]:
    """What follows where a file does not tell commissioners apart."""
    if "commissioner" in sheet.labels:
        return []
    notes = []
    if exclude:
        notes.append(
            f"{', '.join(months)}: no column of commissioners, so that those of "
            f"{', '.join(sorted(exclude))} are not left out."
        )
    keys = pd.DataFrame({key: sheet.labels[key].codes for key in KEYS})
    twice = keys.duplicated(keep=False).to_numpy()
    if twice.any():
        rows = keys.assign(pathways=pathways)
        counts = rows.groupby(list(KEYS))["pathways"].agg(["size", "nunique"])
        if (counts["size"] == counts["size"].iloc[0]).all() and (counts["nunique"] == 1).all():
            what = f"every list is there {counts['size'].iloc[0]} times with the same count"
            remedy = "keep one row for each list, or the column Commissioner Org Code"
            problems.add(name, "", what, remedy)
        notes.append(
            f"{', '.join(months)}: no column of commissioners; {int(twice.sum()):,} rows are of "
            "lists that have several, and were added up."
        )
    return notes


def joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put files one below the other, with one set of labels; all parts are there, even unused.

    Each file is in order; so are all of them, unless one holds months on both sides of another.
    """
    labels = {key: {str(c) for t in tables for c in t[key].cat.categories} for key in KEYS}
    labels["part"] = set(PARTS.values())
    aligned = [
        table.assign(**{key: table[key].cat.set_categories(sorted(labels[key])) for key in KEYS})
        for table in tables
    ]
    counts = pd.concat(aligned, ignore_index=True)
    if counts["month"].cat.codes.is_monotonic_increasing:
        return counts
    return counts.sort_values([*KEYS, "weeks_waiting"], ignore_index=True, na_position="first")


def waiting_list(counts: pd.DataFrame, month: str) -> pd.DataFrame:
    """Incomplete pathways of a month whose week is known."""
    weeks = counts["weeks_waiting"].to_numpy(dtype=np.int64, na_value=-1)
    rows = np.flatnonzero(_rows(counts, month) & (weeks >= 0))
    return pd.DataFrame(
        {
            "origin": _spelt_out(counts["provider"], rows),
            "service": _spelt_out(counts["service"], rows),
            "weeks_waiting": weeks[rows],
            "patients": counts["pathways"].to_numpy()[rows],
        }
    )


def _spelt_out(labels: pd.Series, rows: npt.NDArray[np.intp]) -> pd.api.extensions.ExtensionArray:
    """Labels of some rows as text: each label is made text once, and not in every row."""
    chosen = pd.Categorical(labels.array[rows]).remove_unused_categories()
    return pd.Series(np.asarray(chosen.categories, dtype=object)).array.take(chosen.codes)


def _rows(counts: pd.DataFrame, month: str) -> npt.NDArray[np.bool_]:
    """Rows of the waiting list of a month."""
    rows = (counts["month"] == month) & (counts["part"] == PARTS["part_2"])
    return rows.to_numpy(dtype=bool)


def count_notes(counts: pd.DataFrame, month: str, top_bands: Mapping[str, int]) -> list[str]:
    """What a reader of the tables must know about waits that are not exact."""
    pathways = counts["pathways"].to_numpy()
    weeks = counts["weeks_waiting"].to_numpy(dtype=np.int16, na_value=-1)
    waiting = _rows(counts, month)
    stops = counts["part"].isin([PARTS["part_1a"], PARTS["part_1b"]]).to_numpy()
    top = top_bands[month]
    longest = pathways[waiting & (weeks == top)].sum()
    undated = pathways[stops & (weeks < 0)].sum()
    lost = pathways[waiting & (weeks < 0)].sum()
    short = [each for each, band in sorted(top_bands.items()) if band < TOP_BAND]
    notes = {
        "Completed pathways are what was done, not what could be done: as capacity they are a "
        "floor.": True,
        f"{month}: {longest:,} patients are in the open band at the top; their weeks_waiting is "
        f"{top}, the least that they can have waited.": longest,
        f"{undated:,} completed pathways have an unknown clock start; they count as "
        "capacity.": undated,
        f"{month}: {lost:,} patients wait with an unknown clock start; they are not in "
        "waiting_list.": lost,
        f"{', '.join(short)}: the top band is below {TOP_BAND} weeks ({top_bands[short[0]]}); "
        "longer waits are not told apart."
        if short
        else "": short,
    }
    return [note for note, holds in notes.items() if holds]
