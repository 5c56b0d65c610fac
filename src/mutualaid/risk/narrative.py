"""The agenda of an honest conversation: what the tables of a risk register say, in sentences.

Numbers are rounded for people; the tables hold them in full. *Alone* is what each trust does if
nobody helps anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from mutualaid.formats import figure, figures, listed, whole_percent
from mutualaid.risk.of_moving import gaps
from mutualaid.risk.phrases import (
    LEAST,
    MOST,
    Row,
    change,
    harm,
    named,
    people,
    ranked,
    records,
    sentence,
)
from mutualaid.risk.risk_settings import RiskSettings


def risks_removed(
    whole: Row, groups: pd.DataFrame, trusts: pd.DataFrame, settings: RiskSettings
) -> Iterator[str]:
    """Say which risks a plan takes away.

    Parameters
    ----------
    whole, groups
        Of :func:`mutualaid.risk.distribution.risks`: the row of the whole system, and the table by
        group.
    trusts
        A table of :func:`mutualaid.risk.distribution.by_trust`.
    settings
        How they were made.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.risk.distribution import by_trust, paired, risks
    >>> entries = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2)).baseline_entries
    >>> same, settings = paired(entries, entries, 2, 4), RiskSettings(thresholds=(200,))
    >>> tables = risks(same, settings), by_trust(same, settings, ["XA1", "XB2"])
    >>> (row,) = risks(same, settings, by=()).to_dict("records")
    >>> for said in list(risks_removed(row, *tables, settings))[1:]:
    ...     print(said)
    Nobody bears less than alone, and nobody more: no risk changes hands.
    Nobody's wait reaches 200 weeks.
    """
    before, after = whole["harm_weeks_before"], whole["harm_weeks_after"]
    alone = f"alone, {people(whole['patients'], 'bears', 'bear')} {harm(before)}; with the plan"
    same = abs(after - before) < LEAST
    yield sentence(f"{alone} {'as much' if same else change(before, after)}")
    better, worse = (int(trusts[f"patients_{way}"].sum()) for way in ("better", "worse"))
    for count, part, way in ((better, "taken", "less"), (worse, "new", "more")):
        if count:
            amount, who = harm(trusts[f"harm_weeks_{part}"].sum()), people(count, "bears", "bear")
            yield sentence(f"{who} {way} than alone, {amount} {way} in all")
    if not better and not worse:
        yield "Nobody bears less than alone, and nobody more: no risk changes hands."
    falls = ranked(groups, -groups["harm_weeks_change"], settings.by)
    if settings.by and falls:
        yield sentence(f"by group, most is taken from {listed(falls)}")
    reached = [
        (m, whole[f"reached_{m}_after"], whole[f"reached_{m}_before"]) for m in settings.thresholds
    ]
    yield _reached(reached, "alone")


def _reached(marks: Sequence[tuple[int, int, int]], then: str) -> str:
    """Say how many reach each number of weeks, now and then."""
    parts: list[str] = []
    for mark, now, before in marks:
        if now or before:
            # The first says that they are patients.
            who = f"{now:,}" if parts and now else people(now)
            parts.append(f"{mark} weeks for {who} ({then} {before:,})")
    if not parts:
        return f"Nobody's wait reaches {marks[0][0]} weeks."
    return sentence(f"the wait reaches {listed(parts)}")


def risks_shifted(
    groups: pd.DataFrame, trusts: pd.DataFrame, settings: RiskSettings
) -> Iterator[str]:
    """Say which risks a plan moves, and to whom.

    Parameters
    ----------
    groups, trusts, settings
        As for :func:`risks_removed`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.risk.distribution import by_trust, paired, risks
    >>> entries = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2)).baseline_entries
    >>> same = paired(entries, entries, 2, 4)
    >>> settings = RiskSettings()
    >>> tables = risks(same, settings), by_trust(same, settings, ["XA1", "XB2"])
    >>> for said in risks_shifted(*tables, settings):
    ...     print(said)
    No group, taken together, bears more than alone.
    No trust's own patients, taken together, bear more than alone.
    Nobody's wait reaches 18 weeks or another threshold only because of the plan.
    No trust treats patients of others.
    """
    if settings.by:
        rises = ranked(groups, groups["harm_weeks_change"], settings.by)
        none = "no group, taken together, bears more than alone"
        yield sentence(f"by group, most is put on {listed(rises)}" if rises else none)
    yield _losers(trusts)
    yield _new(trusts, settings)
    helpers = trusts.sort_values("treats_others", ascending=False, kind="stable").head(MOST)
    told: list[str] = []
    for row in records(helpers[helpers["treats_others"] > 0]):
        # The first says that they are patients, and the share of what.
        count, share = row["treats_others"], whole_percent(row["share_others"])
        each = f"{count:,}, {share}" if told else f"{people(count)}, {share} of all whom it treats"
        told.append(f"{row['origin']} ({each})")
    most = f"most patients of others are treated at {listed(told)}"
    yield sentence(most if told else "no trust treats patients of others")


def _losers(trusts: pd.DataFrame) -> str:
    alone = trusts["harm_weeks_before"]
    worse = ranked(trusts, trusts["harm_weeks_after"] - alone, ("origin",), of=alone, most=None)
    if not worse:
        return "No trust's own patients, taken together, bear more than alone."
    return sentence(f"taken together, the own patients of {listed(worse)} bear more than alone")


def _new(trusts: pd.DataFrame, settings: RiskSettings) -> str:
    """Say how many reach each number of weeks only because of the plan, and whose they are."""
    parts: list[str] = []
    for mark in settings.thresholds:
        new = trusts[f"reached_{mark}_new"]
        if count := int(new.sum()):
            whose, most = trusts["origin"].iloc[int(new.argmax())], int(new.max())
            part = "" if most == count else f"{most:,} of them "
            who = f"{count:,}" if parts else people(count)
            parts.append(f"{mark} weeks for {who} ({part}of {whose})")
    if not parts:
        first, *others = settings.thresholds
        return (
            f"Nobody's wait reaches {first} weeks{' or another threshold' * bool(others)} only "
            "because of the plan."
        )
    return sentence(f"only because of the plan the wait reaches {listed(parts)}")


def risks_remaining(whole: Row, residual: pd.DataFrame, settings: RiskSettings) -> Iterator[str]:
    """Say which risks are the highest that stay.

    Parameters
    ----------
    whole, settings
        As for :func:`risks_removed`.
    residual
        A table of :func:`mutualaid.risk.distribution.residual`.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.risk.distribution import paired, residual, risks
    >>> plan = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2))
    >>> both = paired(plan.baseline_entries, plan.entries, 2, 4)
    >>> highest = residual(risks(both, RiskSettings()), RiskSettings())
    >>> (row,) = risks(both, RiskSettings(), by=()).to_dict("records")
    >>> print(next(risks_remaining(row, highest, RiskSettings())))  # doctest: +ELLIPSIS
    The worst 5% of patients bear ...
    """
    if whole["harm_weeks_after"] < LEAST:
        yield "After the plan nobody bears any harm."
        return
    worst = whole_percent(1 - settings.level)
    then = " (alone nobody bears any)"
    if whole["harm_weeks_before"] > LEAST:
        alone = figure(whole["cvar_harm_before"])
        then = f" (alone {whole_percent(whole['tail_share_before'])}, {alone} each)"
    yield sentence(
        f"the worst {worst} of patients bear {whole_percent(whole['tail_share_after'])} of the "
        f"harm that stays, {harm(whole['cvar_harm_after'])} each{then}"
    )
    if not settings.by:
        return
    first = {row["ranked_by"]: row for row in records(residual[::-1])}
    total, mean, tail = (first[ranking] for ranking in ("total", "mean", "tail"))
    part = f"{harm(total['harm_weeks_after'])}, {whole_percent(total['share_of_harm'])} of all"
    hard = f"{harm(tail['cvar_harm_after'])} a patient"
    each = f"{harm(mean['mean_harm_after'])} a patient, {people(mean['patients'])}"
    for where, row, told in (
        ("by group, the most harm that stays is in", total, part),
        ("for a patient on average, it is in", mean, each),
        (f"for the worst {worst} of a group, it is in", tail, hard),
    ):
        yield sentence(f"{where} {named(row, settings.by)} ({told})")


def risks_of_moving(
    moving: Row, continuity: pd.DataFrame, deprivation: pd.DataFrame | None, settings: RiskSettings
) -> Iterator[str]:
    """Say what moving itself risks: distance, continuity, deprivation.

    Parameters
    ----------
    moving, continuity, deprivation
        The row, the table and the table of the functions of these names in
        :mod:`mutualaid.risk.of_moving`.
    settings
        How they were made.

    Examples
    --------
    >>> import mutualaid as ma
    >>> from mutualaid.risk.of_moving import continuity, moving
    >>> alone = ma.optimise(ma.datasets.collaborative(trusts=2, periods=2)).baseline_entries
    >>> (row,) = moving(alone, RiskSettings()).to_dict("records")
    >>> print(*risks_of_moving(row, continuity(alone, RiskSettings()), None, RiskSettings()))
    Nobody is treated away from home.
    """
    if not moving["moved"]:
        yield "Nobody is treated away from home."
        return
    yield _distance(moving, settings)
    far = [(mark, moving[f"extra_over_{mark:g}"]) for mark in settings.far]
    # Where nobody travels so much further, nobody travels more than that.
    told = [far[0], *((mark, count) for mark, count in far[1:] if count)]
    parts = [f"more than {mark:g} minutes for {people(count)}" for mark, count in told]
    yield sentence(f"it is {listed(parts)}")
    split = continuity.sort_values(["providers", "moved"], ascending=False, kind="stable").iloc[0]
    yield (
        f"{split['service']} of {split['origin']} is split most: its patients go to "
        f"{split['providers']} providers elsewhere."
        if split["providers"] > 1
        else "No trust's patients of one service go to more than one provider elsewhere."
    )
    few = people(moving["in_small_lanes"], "goes", "go")
    share = f" ({whole_percent(moving['share_small'])} of those who move)" * (few != "nobody goes")
    yield sentence(f"{few} in lanes of a service with fewer than {people(settings.small)}{share}")
    parted = people(moving["parted"], "goes", "go")
    yield sentence(f"{parted} while others of their queue are treated at home in the same period")
    yield _burden(deprivation, settings)


def _distance(moving: Row, settings: RiskSettings) -> str:
    moved, share = moving["moved"], whole_percent(moving["share_moved"])
    return sentence(
        f"{people(moved, 'moves', 'move')}, {share} of all who are treated, if everybody accepts: "
        f"{figures(moving['mean_extra_minutes'], 'minute')} further one way on average, within "
        f"{figure(moving[f'{settings.tail}_extra_minutes'])} for {whole_percent(settings.level)}, "
        f"{figure(moving['most_extra_minutes'])} at the most"
    )


def _burden(table: pd.DataFrame | None, settings: RiskSettings) -> str:
    """Say who is asked to travel, by how deprived their homes are."""
    column = settings.deprivation
    if table is None:
        return (
            "Whether the deprived are asked to travel more, the list does not say: it has no "
            f"column {column}, or one in which patients of a queue differ."
        )
    rows = table[table["treated"] > 0]
    if len(rows) == 1:
        return f"Everybody treated has {column} {rows[column].iloc[0]}: nothing to compare."
    gap, _ = gaps(table, settings)
    ends = ("", "")
    if not pd.isna(gap):
        ends = (" (the most deprived)", " (the least)")
        points = f"{abs(100 * gap):.1f} percentage points {'more' if gap > 0 else 'fewer'}"
        verdict = f"{points} of the most deprived" if gap else "no gap"
    else:
        # Nobody knows which end is the most deprived, or nobody there is treated.
        rows = rows.sort_values("share_moved", ascending=False, kind="stable")
        same = rows["share_moved"].iloc[0] == rows["share_moved"].iloc[-1]
        verdict = "the same share of all" if same else "the largest share and the smallest"
    first, *_, last = records(rows)
    told = [
        f"of {column} {row[column]}{end}, {_asked(row)}"
        for row, end in zip((first, last), ends, strict=True)
    ]
    return sentence(f"asked to travel are, {'; '.join(told)}: {verdict}")


def _asked(row: Row) -> str:
    if not row["moved"]:
        return "nobody"
    further = figures(row["mean_extra_minutes"], "minute")
    return f"{whole_percent(row['share_moved'])} of those treated ({further} further)"


def ladder_step(
    below: Row, here: Row, groups: pd.DataFrame, trusts: pd.DataFrame, settings: RiskSettings
) -> Iterator[str]:
    """Say what a step up the ladder takes from whom, and what it puts on whom.

    Parameters
    ----------
    below, here
        Rows of the ladder's table: the rung below, and the rung.
    groups, trusts
        By group and by ``origin``, ``harm_weeks_change`` over the rung below; by ``origin`` also
        ``harm_weeks_before`` (alone) and ``harm_weeks_after``.
    settings
        How they were made.

    Examples
    --------
    >>> rung = {"rung": "Deep", "harm_weeks": 9.0, "cvar_harm": 3.0, "reached_52": 4, "moved": 0}
    >>> trusts = pd.DataFrame({"origin": ["XA1"], "harm_weeks_change": [0.0]})
    >>> trusts = trusts.assign(harm_weeks_before=9.0, harm_weeks_after=9.0)
    >>> settings = RiskSettings(by=("origin",), thresholds=(52,))
    >>> for said in ladder_step(rung, rung, trusts, trusts, settings):
    ...     print(said)
    The harm is the same as in Deep.
    No trust's own patients, taken together, bear less or more than there.
    The worst 5% of patients bear 3 harm-weeks each (Deep 3).
    The wait reaches 52 weeks for 4 patients (Deep 4).
    No trust's own patients, taken together, bear more than alone.
    Nobody moves.
    """
    there = below["rung"]
    before, after = below["harm_weeks"], here["harm_weeks"]
    same = abs(after - before) < LEAST
    told = "the harm is the same as" if same else f"{change(before, after)} than"
    yield sentence(f"{told} in {there}")
    none = "no trust's own patients, taken together, bear less or more than there"
    own = _give_and_take(trusts, ("origin",), "the own patients of ")
    yield sentence(f"the step {own}" if own else none)
    detail = _give_and_take(groups, settings.by, "")
    if settings.by not in ((), ("origin",)) and detail:
        yield sentence(f"by group, it {detail}")
    yield sentence(
        f"the worst {whole_percent(1 - settings.level)} of patients bear {harm(here['cvar_harm'])} "
        f"each ({there} {figure(below['cvar_harm'])})"
    )
    marks = [(m, here[f"reached_{m}"], below[f"reached_{m}"]) for m in settings.thresholds]
    yield _reached(marks, there)
    yield _losers(trusts)
    yield _distance(here, settings) if here["moved"] else "Nobody moves."


def _give_and_take(table: pd.DataFrame, by: Sequence[str], whose: str) -> str:
    falls, rises = (ranked(table, sign * table["harm_weeks_change"], by) for sign in (-1, 1))
    parts = [f"takes most from {whose}{listed(falls)}"] * bool(falls)
    parts += [f"puts most on {whose}{listed(rises)}"] * bool(rises)
    return listed(parts) if parts else ""
