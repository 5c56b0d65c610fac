"""Where patients live, and where they are willing to go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mutualaid.data.column_checks import Floats, Mask
from mutualaid.data.schema import DECLINED, DECLINED_ALL
from mutualaid.data.schema import NOT_KNOWN as CONSENT_UNKNOWN
from mutualaid.data.words.patient_words import consent, yes_no
from mutualaid.errors import InputError
from mutualaid.readers.waiting_list import codes as codes
from mutualaid.readers.waiting_list.extract import NOT_KNOWN, UNKNOWN, Column, Extract, coded
from mutualaid.readers.waiting_list.parse import NO_LABEL, Labels, recoded
from mutualaid.readers.waiting_list.urgency import STAYS, counted

CONSENTS_STRICTEST = ("no", CONSENT_UNKNOWN, "not asked", "yes")
EVERY_OFFER = frozenset({DECLINED_ALL, "all", "declined", "every", "everything"})


def places(
    extract: Extract, origin: Labels, icb: str | Mapping[str, str] | None, *, shorten: bool
) -> dict[str, Labels]:
    """Site, area and ICB, which is as told where the extract does not say it.

    Full postcodes are shortened to sectors where that is asked for.
    """
    columns = {}
    if "site" in extract:
        columns["site"] = coded(extract, "site", lambda text: text, UNKNOWN)
    if "area" in extract:
        columns["area"] = _area(extract, shorten)
    known = extract.labels("icb") if "icb" in extract else None
    if icb is not None:
        named = _icb_of(origin, icb)
        known = named if known is None else _filled(known, named)
    if known is not None:
        columns["icb"], _ = recoded(known, str.upper, absent=UNKNOWN, unreadable=UNKNOWN)
    return columns


def _area(extract: Extract, shorten: bool) -> Labels:
    labels, log = extract.labels("area"), extract.quality_log
    log.note_rows("area", "is missing", labels.missing, f"taken as {UNKNOWN}")
    sectors = [codes.sector(text) if shorten else None for text in labels.texts]
    full = labels.spread((sector is not None for sector in sectors), False, bool)
    log.note_rows("area", "is a full postcode", full, "shortened to its sector")
    final = dict(zip(labels.texts, sectors, strict=True))
    return recoded(labels, lambda t: final[t] or t, absent=UNKNOWN, unreadable=UNKNOWN)[0]


def check_icb(icb: object) -> str | Mapping[str, str] | None:
    """Check icb=."""
    if icb is None or (isinstance(icb, str) and icb):
        return icb
    if isinstance(icb, Mapping) and all(isinstance(t, str) and t for p in icb.items() for t in p):
        return {origin.strip().upper(): code for origin, code in icb.items()}
    raise InputError("icb= is the code of one ICB, or a mapping from provider to its ICB")


def _icb_of(origin: Labels, icb: str | Mapping[str, str]) -> Labels:
    """The ICB of each row's provider."""
    if isinstance(icb, str):
        return Labels(np.zeros(len(origin.codes), dtype=np.int8), (icb,))
    texts = tuple(dict.fromkeys(icb.values()))
    place = [texts.index(icb[o]) if o in icb else NO_LABEL for o in origin.texts]
    return Labels(origin.spread(place, NO_LABEL, np.int32), texts)


def _filled(labels: Labels, other: Labels) -> Labels:
    """Labels, and another's where there is none."""
    place = {t: at for at, t in enumerate(dict.fromkeys((*labels.texts, *other.texts)))}
    own, beyond = (
        source.spread((place[text] for text in source.texts), NO_LABEL, np.int32)
        for source in (labels, other)
    )
    return Labels(np.where(labels.missing, beyond, own), tuple(place))


def wishes(extract: Extract, icb: Labels | None) -> dict[str, Column]:
    """Consent to be moved, and how far the patient is willing to go."""
    columns: dict[str, Column] = {}
    if extract.every("consent"):
        columns["consent"] = _consent(extract)
    if DECLINED in extract:
        columns[DECLINED] = coded(extract, DECLINED, _declined, "")
    units = {"willing": None, "willing_minutes": codes.MINUTES, "willing_miles": codes.MILES}
    held = extract.holds(*units)
    rows, log = len(extract.quality_log.usable), extract.quality_log
    if held:
        minutes: Floats = np.full(rows, np.inf)
        miles: Floats = np.full(rows, np.inf)
        within, told = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
        for name in held:
            labels = extract.spoken(name)
            limits = [codes.travel_limit(t, units[name]) for t in labels.texts]
            odd = labels.spread((limit is None for limit in limits), False, bool)
            log.note_rows(name, "cannot be read", odd, "taken as nowhere: 0 minutes")
            # Who is willing to go only so far is never sent further: the least limit holds.
            minutes = np.minimum(minutes, _least(labels, limits, codes.MINUTES))
            miles = np.minimum(miles, _least(labels, limits, codes.MILES))
            within |= labels.spread((limit == "icb" for limit in limits), False, bool)
            told |= ~labels.missing
        log.note_rows(held[0], "states no limit", ~told, "taken as willing to go anywhere")
        columns["willing_minutes"] = minutes
        if "willing_miles" in held or np.isfinite(miles).any():
            columns["willing_miles"] = miles
        if within.any() or "willing" in held:
            columns["willing_icb"] = _within(extract, icb, within, minutes)
    if "willing_icb" in extract:
        bound = extract.labels("willing_icb")
        known = columns.get("willing_icb")
        named = recoded(bound, str.upper, absent=codes.NO_ICB, unreadable=codes.NO_ICB)[0]
        columns["willing_icb"] = _stricter(known, named) if isinstance(known, Labels) else named
    return columns


def _consent(extract: Extract) -> Labels:
    """What patients have said to a move; of two columns that differ the stricter holds."""
    ranks, log = [], extract.quality_log
    for name in extract.every("consent"):
        labels = extract.labels(name)
        meant = [consent(text) for text in labels.texts]
        odd = [one in (None, CONSENT_UNKNOWN) for one in meant]
        rows = labels.spread(odd, False, bool)
        log.tell("consent", f"{NOT_KNOWN}: {counted(labels, odd)}", rows, STAYS)
        places = [CONSENTS_STRICTEST.index(one or CONSENT_UNKNOWN) for one in meant]
        ranks.append(labels.spread(places, len(CONSENTS_STRICTEST), np.int8))
    least = np.minimum.reduce(ranks)
    silent = (least == len(CONSENTS_STRICTEST)) & log.usable
    remedy = "write 'not asked' where nobody has been asked"
    log.tell("consent", "is missing", silent, STAYS, remedy)
    place = [*range(len(CONSENTS_STRICTEST)), CONSENTS_STRICTEST.index(CONSENT_UNKNOWN)]
    return Labels(np.array(place, dtype=np.int32)[least], CONSENTS_STRICTEST)


def _least(labels: Labels, limits: Sequence[tuple[float, str] | str | None], unit: str) -> Floats:
    """Each row's limit in a unit, infinite for none; what cannot be read is 0 minutes."""
    nowhere = 0.0, codes.MINUTES
    told = (nowhere if limit is None else limit for limit in limits)
    numbers = (
        limit[0] if not isinstance(limit, str) and limit[1] == unit else np.inf for limit in told
    )
    return labels.spread(numbers, np.inf, np.float64)


def _within(extract: Extract, icb: Labels | None, within: Mask, minutes: Floats) -> Labels:
    """The ICB of who goes only there; who has none that is known goes nowhere."""
    anywhere = Labels(np.zeros(len(within), dtype=np.int32), (codes.NO_ICB,))
    home = Labels(np.full(len(within), NO_LABEL), ()) if icb is None else icb
    known = home.spread((text != UNKNOWN for text in home.texts), False, bool)
    lost = within & ~known
    minutes[lost] = 0.0
    what, done = "within ICB, and the patient's ICB is not known", "taken as nowhere: 0 minutes"
    extract.quality_log.note_rows("willing", what, lost, f"{done} (pass icb=)")
    bound = Labels(np.where(within & known, home.codes, NO_LABEL), home.texts)
    return _filled(bound, anywhere)


def _stricter(first: Labels, second: Labels) -> Labels:
    """The first limit, and the second where the first is none."""
    free = first.spread((text == codes.NO_ICB for text in first.texts), True, bool)
    return _filled(Labels(np.where(free, NO_LABEL, first.codes), first.texts), second)


def _declined(text: str) -> str:
    """The provider whose offer was declined; any, for who declined and it is not said which."""
    flag = yes_no(text)
    if flag is False:
        return ""
    return DECLINED_ALL if flag or text.lower() in EVERY_OFFER else text.upper()
