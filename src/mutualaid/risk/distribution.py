"""Which risks a plan takes away, which it puts on whom, and who carries which risk now.

A patient's *risk* is the harm that they bear over the horizon and its tail, and the wait that they
*reach*: weeks at treatment (half a period after its start, as in
:mod:`mutualaid.outcomes.measures`), or at the end of the last period if untreated. Patients of one
lot are alike, so nobody can say which of them a plan would have treated first: the first to be
treated before is compared with the first after, the second with the second, and so on. Of all ways
to pair them this one lets the least risk change hands. Harm borne before the census is the same in
every plan, and counted in none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mutualaid.data.label_codes import grouped
from mutualaid.data.schema import who
from mutualaid.errors import InputError
from mutualaid.model.decode import meet
from mutualaid.outcomes.measures import quantile
from mutualaid.policy.harm import SCALE
from mutualaid.risk.risk_settings import RiskSettings, ratio

RANKINGS = {"total": "harm_weeks_after", "mean": "mean_harm_after", "tail": "cvar_harm_after"}
SIDES = ("before", "after")


def paired(
    before: pd.DataFrame, after: pd.DataFrame, periods: int, period_weeks: int
) -> pd.DataFrame:
    """Lay what becomes of the same patients in two outcomes side by side.

    Parameters
    ----------
    before, after
        Tables of :func:`mutualaid.outcomes.tables.entries`, of the same patients.
    periods, period_weeks
        The horizon.

    Returns
    -------
    pandas.DataFrame
        Who they are (``origin``, ``service``, ``priority``, the other columns of the queues,
        ``weeks_waiting``, ``referred``), ``patients``; ``harm_before`` and ``harm_after`` (of each
        of them, in 1/1000 harm-weeks); ``reached_before`` and ``reached_after`` (weeks);
        ``place_before`` and ``place_after`` (who treats them, the origin if nobody does);
        ``treated_before`` and ``treated_after``.

    Raises
    ------
    InputError
        If the two are not of the same patients.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> both = paired(plan.baseline_entries, plan.entries, 2, 4)
    >>> float((both["patients"] * both["harm_after"]).sum() / 1000) == plan.harm_weeks
    True
    """
    keys = who(after)
    if keys != who(before):
        raise InputError(
            "the two outcomes do not tell patients apart by the same columns "
            f"({', '.join(who(before))}; {', '.join(keys)}): compare plans of one system"
        )
    lots, _ = grouped(pd.concat([before[keys].astype(object), after[keys].astype(object)]), keys)
    sides = []
    for table, lot in ((before, lots[: len(before)]), (after, lots[len(before) :])):
        place = np.asarray(table["origin"], dtype=object)
        place = np.where(table["period"] <= periods, np.asarray(table["provider"], object), place)
        code, _ = pd.factorize(place, sort=True)
        order = np.lexsort((code, table["period"], lot))
        sides.append((table.iloc[order], lot[order], place[order]))
    counts = [
        np.bincount(lot, weights=table["patients"], minlength=int(lots.max(initial=-1)) + 1)
        for table, lot, _ in sides
    ]
    if not np.array_equal(counts[0], counts[1]):
        raise InputError("the two outcomes are not of the same patients: compare plans of a system")
    *at, patients = meet(*(table["patients"].to_numpy() for table, _, _ in sides))
    result = sides[1][0][keys].iloc[at[1]].reset_index(drop=True)
    result["patients"] = patients
    for (table, _, place), rows, side in zip(sides, at, SIDES, strict=True):
        period = table["period"].to_numpy()
        treated = period <= periods
        waited = table["weeks_waiting"].to_numpy() + (period - 1) * period_weeks
        result[f"harm_{side}"] = (table["harm"] // table["patients"]).to_numpy()[rows]
        result[f"reached_{side}"] = (waited + np.where(treated, period_weeks / 2, 0.0))[rows]
        result[f"place_{side}"] = place[rows]
        result[f"treated_{side}"] = treated[rows]
    return result


def cvar(
    group: np.ndarray, value: np.ndarray, weight: np.ndarray, level: float, size: int
) -> np.ndarray:
    r"""Mean of the worst share ``1 - level`` of each group's weight: conditional value at risk.

    With the values sorted, :math:`\frac{1}{(1-\alpha) N} \sum_i w_i x_i`, where :math:`w_i` is how
    much of the weight of :math:`x_i` lies in the last :math:`(1-\alpha) N`: the patient on the
    boundary counts with a fraction. Groups without weight get NaN.

    Examples
    --------
    The worst 15 of 100 patients: 10 who bear 7, and half of the next 10, who bear 4.

    >>> import numpy as np
    >>> alone = np.zeros(3, int)
    >>> cvar(alone, np.array([1, 4, 7]), np.array([80, 10, 10]), 0.85, 1).round(9).tolist()
    [6.0]
    """
    order = np.lexsort((value, group))
    group, value, weight = group[order], value[order], weight[order]
    total = np.bincount(group, weights=weight, minlength=size)
    beyond = np.cumsum(total)[group] - np.cumsum(weight)
    tail = total - total * level
    counted = np.clip(tail[group] - beyond, 0, weight)
    return ratio(np.bincount(group, weights=counted * value, minlength=size), tail)


def risks(
    pairs: pd.DataFrame, settings: RiskSettings, by: Sequence[str] | None = None
) -> pd.DataFrame:
    """Measure the risks of groups of patients, before and after.

    Parameters
    ----------
    pairs
        A table of :func:`paired`.
    settings
        Options of the register.
    by
        Other columns that make the rows.

    Returns
    -------
    pandas.DataFrame
        The columns that make the rows; ``patients``; ``harm_weeks_before``, ``…_after`` and
        ``…_change``; and each of these ``…_before`` and ``…_after``:

        - ``mean_harm``, ``p95_harm``, ``cvar_harm``: harm-weeks that a patient bears on average,
          the least that all but the worst 5 % stay within, and the mean of the worst 5 %; with
          another level the name says so;
        - ``tail_share``: the part of the group's harm that its worst 5 % bear;
        - ``mean_reached``, ``p95_reached``, ``cvar_reached``: the same of the weeks reached;
        - ``reached_18``, …: patients who reach so many weeks, whether treated then or not.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> both = paired(plan.baseline_entries, plan.entries, 2, 4)
    >>> table = risks(both, RiskSettings(by=("origin",)))
    >>> bool((table["cvar_harm_after"] >= table["p95_harm_after"]).all())
    True
    """
    group, labels = grouped(pairs, settings.by if by is None else by)
    size = len(labels)
    patients = pairs["patients"].to_numpy()
    count = np.bincount(group, weights=patients, minlength=size)
    table = labels.assign(patients=count.astype(np.int64))
    harms = [_total(group, pairs[f"harm_{side}"], patients, size) for side in SIDES]
    table["harm_weeks_before"], table["harm_weeks_after"] = (harm / SCALE for harm in harms)
    table["harm_weeks_change"] = (harms[1] - harms[0]) / SCALE
    columns: dict[str, np.ndarray] = {}
    for side in SIDES:
        harm, weeks = pairs[f"harm_{side}"].to_numpy(), pairs[f"reached_{side}"].to_numpy()
        for name, value, unit in (("harm", harm, SCALE), ("reached", weeks, 1)):
            mean = ratio(_total(group, value, patients, size), count)
            at = quantile(group, value, patients, settings.level, size)
            worst = cvar(group, value, patients, settings.level, size)
            for measure, found in (("mean", mean), (settings.tail, at), ("cvar", worst)):
                columns[f"{measure}_{name}_{side}"] = found / unit
        tail = columns[f"cvar_harm_{side}"] * (count - count * settings.level)
        columns[f"tail_share_{side}"] = ratio(tail, table[f"harm_weeks_{side}"].to_numpy())
        for mark in settings.thresholds:
            reached = np.bincount(group, weights=patients * (weeks >= mark), minlength=size)
            columns[f"reached_{mark}_{side}"] = reached.astype(np.int64)
    measures = ["mean_harm", f"{settings.tail}_harm", "cvar_harm", "tail_share"]
    measures += ["mean_reached", f"{settings.tail}_reached", "cvar_reached"]
    measures += [f"reached_{mark}" for mark in settings.thresholds]
    names = [f"{measure}_{side}" for measure in measures for side in SIDES]
    return table.assign(**{name: columns[name] for name in names})


def _total(group: np.ndarray, each: object, patients: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(group, weights=np.asarray(each) * patients, minlength=size)


def by_trust(pairs: pd.DataFrame, settings: RiskSettings, trusts: Sequence[str]) -> pd.DataFrame:
    """Say for each trust's own patients which risk is taken away, which stays, and which is new.

    A patient who bears less than before has the difference taken away; one who bears more carries
    the difference as new. So *before* is *taken* and *kept*, and *after* is *kept* and *new*.

    Parameters
    ----------
    pairs, settings
        As for :func:`risks`.
    trusts
        Who gets a row, with patients of their own or not.

    Returns
    -------
    pandas.DataFrame
        ``origin``, ``patients``, ``patients_better`` and ``patients_worse`` (who bear less, and
        more, than before); ``harm_weeks`` and ``reached_18``, … (patients) as ``…_before``,
        ``…_taken``, ``…_kept``, ``…_new`` and ``…_after``; ``treats`` (patients treated there
        after, whoever's they are), ``treats_others`` and ``share_others``.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> both = paired(plan.baseline_entries, plan.entries, 2, 4)
    >>> table = by_trust(both, RiskSettings(), plan.system.providers)
    >>> after = table["harm_weeks_kept"] + table["harm_weeks_new"]
    >>> bool((after - table["harm_weeks_after"]).abs().max() < 1e-6)
    True
    """
    index = pd.Index(list(trusts), dtype=object)
    own, place = (index.get_indexer(pd.Index(pairs[c])) for c in ("origin", "place_after"))
    patients = pairs["patients"].to_numpy()

    def total(group: np.ndarray, each: np.ndarray) -> np.ndarray:
        return np.bincount(group, weights=each * patients, minlength=len(index))

    before, after = (pairs[f"harm_{side}"].to_numpy() for side in SIDES)
    table = pd.DataFrame({"origin": index})
    ways = {"": after == after, "_better": after < before, "_worse": after > before}
    for name, mask in ways.items():
        table[f"patients{name}"] = total(own, mask).astype(np.int64)
    for part, each in _parts(before, after).items():
        table[f"harm_weeks_{part}"] = total(own, each) / SCALE
    weeks = [pairs[f"reached_{side}"].to_numpy() for side in SIDES]
    for mark in settings.thresholds:
        over = [(side >= mark).astype(np.int64) for side in weeks]
        for part, each in _parts(*over).items():
            table[f"reached_{mark}_{part}"] = total(own, each).astype(np.int64)
    treated = pairs["treated_after"].to_numpy()
    table["treats"] = total(place, treated).astype(np.int64)
    table["treats_others"] = total(place, treated & (place != own)).astype(np.int64)
    table["share_others"] = table["treats_others"] / table["treats"]
    return table


def _parts(before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
    kept = np.minimum(before, after)
    return {
        "before": before,
        "taken": before - kept,
        "kept": kept,
        "new": after - kept,
        "after": after,
    }


def by_provider(pairs: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    """Say in whose hands each trust's patients and their remaining risk are after the plan.

    Whoever treats a patient carries them; whoever is untreated stays with the origin.

    Returns
    -------
    pandas.DataFrame
        A row for each ``carrier`` and ``origin`` that have patients in common: ``patients``,
        ``treated``, ``harm_weeks`` (all that these patients bear, on the list and until treated),
        ``reached_18``, …: patients who reach so many weeks.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> table = by_provider(paired(plan.baseline_entries, plan.entries, 2, 4), RiskSettings())
    >>> away = table["carrier"] != table["origin"]
    >>> bool(table.loc[away, "treated"].sum() == plan.moves["patients"].sum())
    True
    """
    table = pairs.assign(carrier=pairs["place_after"])
    group, labels = grouped(table, ("carrier", "origin"))
    size, patients = len(labels), pairs["patients"].to_numpy()

    def total(each: object) -> np.ndarray:
        return _total(group, each, patients, size)

    weeks = pairs["reached_after"].to_numpy()
    return labels.assign(
        patients=total(1).astype(np.int64),
        treated=total(pairs["treated_after"]).astype(np.int64),
        harm_weeks=total(pairs["harm_after"]) / SCALE,
        **{
            f"reached_{mark}": total(weeks >= mark).astype(np.int64) for mark in settings.thresholds
        },
    )


def residual(groups: pd.DataFrame, settings: RiskSettings) -> pd.DataFrame:
    """List the groups with the highest risks that remain after the plan.

    Parameters
    ----------
    groups
        A table of :func:`risks`.
    settings
        How many are told, and what the rows of ``groups`` are.

    Returns
    -------
    pandas.DataFrame
        ``ranked_by`` (``"total"``: harm-weeks of the group; ``"mean"``: of a patient; ``"tail"``:
        of its worst patients), ``rank``, the columns that make the rows, ``patients``,
        ``harm_weeks_after``, ``share_of_harm`` (of all the harm that remains), ``mean_harm_after``,
        ``cvar_harm_after`` and ``reached_18_after``, …. Ties are in the order of the labels.

    Examples
    --------
    >>> import mutualaid as ma
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> groups = risks(paired(plan.baseline_entries, plan.entries, 2, 4), RiskSettings())
    >>> residual(groups, RiskSettings(top=2))["ranked_by"].tolist()
    ['total', 'total', 'mean', 'mean', 'tail', 'tail']
    """
    whole = groups["harm_weeks_after"].sum()
    table = groups.assign(share_of_harm=groups["harm_weeks_after"] / (whole or np.nan))
    names = ["patients", "harm_weeks_after", "share_of_harm", "mean_harm_after", "cvar_harm_after"]
    names += [f"reached_{mark}_after" for mark in settings.thresholds]
    parts = []
    for ranking, column in RANKINGS.items():
        rows = table.sort_values(column, ascending=False, kind="stable").head(settings.top)
        part = rows[[*settings.by, *names]].reset_index(drop=True)
        part.insert(0, "ranked_by", ranking)
        part.insert(1, "rank", np.arange(1, len(part) + 1))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
