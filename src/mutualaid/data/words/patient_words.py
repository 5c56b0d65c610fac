"""What the words of hospitals say about a patient: how urgent, agreed or not, still waiting or not.

The one vocabulary of the library, for readers and for tables given straight to a System. Words
that are known are read as what they say. Any other word is reported as not known, or None: what is
unknown never widens what is allowed. A word means the same whatever stands in the other rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mutualaid.data.schema import NO_PRIORITY, NOT_KNOWN
from mutualaid.data.words.column_names import REFERRAL_SCALE, SURGICAL_SCALE, tidy

Scale = Literal["surgical", "referral", "unsure"]
"""What a bare number counts: P1 to P6; PRIORITY TYPE CODE (1 routine, 2 urgent, 3 two-week wait,
by the NHS data dictionary); or it could be either."""


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split(", "))


YES = frozenset({"yes", "y", "true", "t", "1"})
NO = frozenset({"no", "n", "false", "f", "0"})
CONSENTED = YES | {"agreed", "agrees", "willing", "consented", "accepted", "given", "consents"}
REFUSED = NO | {
    *("refused", "declined", "disagrees", "unwilling", "not willing", "not given", "refuses"),
    *("declines", "not agreed", "not consented", "withdrawn", "no consent"),
}
NOT_ASKED = frozenset({"not asked", "not yet asked", "to be asked"})
NOT_RECORDED = frozenset({"unknown", NOT_KNOWN, "not recorded", "not stated"})
ON_CANCER_PATHWAY = frozenset({"suspected", "confirmed", "on cancer ptl", "cancer pathway"})
NOT_CANCER = frozenset(
    {"non cancer", "not cancer", "no cancer", "not on cancer ptl", "not on ptl", "noncancer"}
)

_CANCER = re.compile(
    r"\b(?:2|two) ?w(?:ee)?ks? ?(?:w(?:ai)?ts?|rule)\b|\b2 ?ww\b|\btww\b|\b2 ?wk\b|\b2 ?wr\b"
    r"|\busc\b|\bfds\b|\bfaster diagnosis\b|\b(?:28|31|62) day (?:pathway|target|wait|standard)\b"
    r"|\bbreast symptomatic\b|\bred flag\b|\bsuspected\b"
    r"|\bcancers?\b|\boncolog\w*|\bmalignan\w*|\btumou?rs?\b|\w*carcinoma\w*|\bneoplas\w*"
    r"|\bmelanoma\w*|\bleuk\w*|\blymphoma\w*|\bmetasta\w*|\w*sarcoma\w*",
    re.ASCII,
)
_NOT_CANCER = re.compile(r"\b(?:non|not|no)(?: an?)? ?(?:cancer|2 ?ww|malignant)\b", re.ASCII)
_ROUTINE = re.compile(r"\b(?:non|not) ?urgent\b|\bnonurgent\b|\broutine(?:ly)?\b", re.ASCII)
_EMERGENCY = re.compile(
    r"\bemerg\w*|\bimmediate(?:ly)?\b|\blife threatening\b|\bcritical\b|\btrauma list\b", re.ASCII
)
_URGENT = re.compile(
    r"\burgent(?:ly)?\b|\burgency\b|\burg\b|^u$|\bsoon(?:er|est)?\b|\bhigh(?:er|est)?\b"
    r"|\bexpedit\w*|\basap\b|\bfast track\w*|\baccelerat\w*|\bas soon as\b",
    re.ASCII,
)
_UNITS = r" ?(?:months?|mths?|weeks?|wks?|days?)\b"
_SPELT_OUT = re.compile(
    r"\b(?:surgical |clinical )?(?:priority|prio|pri)(?: code)? ?"
    rf"(?:p ?(?=[1-9])|(?=[1-9])(?!\d+(?: (?:to |or )?\d+)?{_UNITS}))"
)
_P_CODE = re.compile(r"\bp ?([1-6])[ab]?\b", re.ASCII)
_P_EITHER = re.compile(r"\bp ?[1-6][ab]?(?: ?/ ?| or | to | and )p? ?([1-6])[ab]?\b", re.ASCII)
_LASTS = re.compile(rf"\b\d+(?: (?:to |or )?\d+)?{_UNITS}", re.ASCII)
_BARE = re.compile(r"([1-9])([ab])?", re.ASCII)
_NUMBERED = re.compile(r"([1-9]) (.*\D.*)", re.ASCII)
_DOUBT = re.compile(
    r"[?~]|^\W*[-+<>=]|\bnot\b(?! ?-?urgent)|\bno\b|\bwas\b|\bprev|\bprior\b|\bformer|\bex\b"
    r"|\bold\b|\binitial|\borigin|\bupgrad|\bescalat|\bquer|\bunknown\b|\btbc\b|\bunclear|\bpending\b|\bawait"
    r"|\bexpired\b|\bmaybe\b|\bpossibl|\bprobabl|\breview|\bconfirm|\bchange|\bincrease|\bworse"
    r"|\bdeteriorat",
    re.ASCII,
)
"""What takes the certainty from a priority that would let somebody move."""
_MARKS = re.compile(r"[^a-z0-9/]+", re.ASCII)
BESIDE_ROUTINE = _phrases(
    "elective, referral, priority, surgery, surgical, patient, list, wait, waiting, pathway,"
    " appointment, outpatient, inpatient, day, case, daycase, procedure, clinical, code, category,"
    " rtt, gp, new, follow, up, 18, week, weeks, referred, appt, operation, care, admission"
)
"""Words that take nothing away from "routine"; beside any other word it is not believed."""

STRICTEST_FIRST = ("P1", "P5", "P6", NOT_KNOWN, "P2", "P3", "P4")
"""Who is further from being moved comes first: P1, P5 and P6 never move, and P2 when asked."""

_REFERRAL = {"1": "P4", "2": "P2", "3": "P2"}
TWO_WEEK_WAIT = "3"


@dataclass(frozen=True, slots=True)
class Urgency:
    """What is known of how urgent a patient is."""

    priority: str
    """P1 to P6, or "not known"."""
    cancer: bool = False
    """Whether the words speak of cancer, suspected or not."""

    @property
    def known(self) -> bool:
        """Whether the words could be read."""
        return self.priority != NOT_KNOWN


UNREAD = Urgency(NOT_KNOWN)


def scale_of(heading: str) -> Scale:
    """What a bare number in a column of priorities counts, by what the column is called.

    Examples
    --------
    >>> scale_of("P Code"), scale_of("Priority Type Code"), scale_of("Priority")
    ('surgical', 'referral', 'unsure')
    """
    word = tidy(heading)
    if word in SURGICAL_SCALE:
        return "surgical"
    return "referral" if word in REFERRAL_SCALE else "unsure"


def urgency(text: str, scale: Scale = "unsure") -> Urgency:
    """Read how urgent a patient is, in the words of an export.

    A P code is itself. Emergencies are P1; urgent, soon, high and words of cancer are P2;
    routine and non-urgent are P4. Of two that differ the stricter holds; but P3 and P4 are known
    only where the code comes first and no other number follows, how long it may last excepted.
    "Elective" and "planned" say how a patient comes in, not how urgent it is, and are not known,
    as any other word is: neither are diagnostic codes, D1 to D6, which count other weeks. A bare
    number is not known where it could be of either scale and they do not agree: 2 is urgent on
    both.

    Parameters
    ----------
    text
        The words.
    scale
        What a bare number counts.

    Examples
    --------
    >>> [urgency(t).priority for t in ("P1a", "P2 - urgent", "4 - Routine", "Soon", "Planned")]
    ['P1', 'P2', 'P4', 'P2', 'not known']
    >>> urgency("Two Week Wait")
    Urgency(priority='P2', cancer=True)
    >>> [urgency(t).priority for t in ("1", "2", "3")], urgency("3", "surgical").priority
    (['not known', 'P2', 'not known'], 'P3')
    """
    found = _urgency(" ".join(_MARKS.sub(" ", text.casefold()).split()), scale)
    doubtful = moves(found) and _DOUBT.search(text.casefold()) is not None
    return Urgency(NOT_KNOWN, found.cancer) if doubtful else found


def priority(text: str, scale: Scale = "unsure") -> str | None:
    """Read a priority as one label: P1 to P6, our own "none", or None where it is not known.

    Words of cancer say more than a P code does, and stay as they are: only a policy that names
    them moves who has them.

    Examples
    --------
    >>> [priority(t) for t in ("p3", "Routine", "Soon", "2WW", "none", "None", "3")]
    ['P3', 'P4', 'P2', '2WW', 'none', None, None]
    """
    if text == NO_PRIORITY:
        return text
    found = urgency(text, scale)
    if not found.known:
        return None
    return text if found.cancer else found.priority


def _urgency(word: str, scale: Scale) -> Urgency:
    if scale == "referral":
        # There "priority 3" is a number of that scale, and no P code.
        word = _SPELT_OUT.sub("", word)
    bare = _BARE.fullmatch(word)
    if bare is not None:
        return _number(bare[1], bare[2] or "", scale)
    numbered = _NUMBERED.fullmatch(word)
    if numbered is None or _CANCER.match(word):
        return _words(word)
    said, number = _words(numbered[2]), numbered[1]
    if not said.known:
        return said
    readings = [_number(number, "", s) for s in ("surgical", "referral") if scale in (s, "unsure")]
    told = [reading for reading in readings if reading.known]
    # The words settle what the number counts, unless they gainsay it on every scale.
    agreed = not told or any(moves(reading) == moves(said) for reading in told)
    if moves(said) and (number in "789" or not {*_P_CODE.findall(numbered[2])} <= {number}):
        return UNREAD
    return said if agreed else stricter(said, *told)


def moves(found: Urgency) -> bool:
    """Say whether an urgency is one of those that may move without being asked for.

    Examples
    --------
    >>> moves(Urgency("P3")), moves(Urgency("P4", cancer=True)), moves(UNREAD)
    (True, False, False)
    """
    return found.priority in ("P3", "P4") and not found.cancer


def stricter(*found: Urgency) -> Urgency:
    """Of several readings the one that is furthest from being moved; cancer if any says so.

    Examples
    --------
    >>> stricter(Urgency("P4"), Urgency("P2"))
    Urgency(priority='P2', cancer=False)
    """
    least = min(found, key=lambda one: STRICTEST_FIRST.index(one.priority))
    return Urgency(least.priority, any(one.cancer for one in found))


def _number(number: str, part: str, scale: Scale) -> Urgency:
    surgical = Urgency(f"P{number}") if number in "123456" else UNREAD
    if scale == "surgical":
        return surgical
    if part:
        # Only surgical priorities have parts, 1a and 1b.
        return surgical if scale == "unsure" and number == "1" else UNREAD
    known = number in _REFERRAL
    referral = Urgency(_REFERRAL[number], number == TWO_WEEK_WAIT) if known else UNREAD
    if scale == "referral":
        return referral
    return surgical if surgical == referral else UNREAD


def _words(word: str) -> Urgency:
    """Read words of which none is a bare number."""
    word = _SPELT_OUT.sub("p", word)
    plain = _NOT_CANCER.sub(" ", word)
    cancer = _CANCER.search(plain) is not None
    rest, routine = _ROUTINE.subn(" ", plain)
    codes = [f"P{number}" for number in (*_P_CODE.findall(rest), *_P_EITHER.findall(rest))]
    found = [*codes]
    if _EMERGENCY.search(rest):
        found.append("P1")
    if cancer or _URGENT.search(rest):
        found.append("P2")
    if not found and routine and set(rest.replace("/", " ").split()) <= BESIDE_ROUTINE:
        found.append("P4")
    if not found or (codes and re.search(r"\bp ?[0789]\b", rest)):
        return UNREAD
    said = stricter(*(Urgency(priority, cancer) for priority in found))
    return UNREAD if codes and moves(said) and not _plainly(word) else said


def _plainly(word: str) -> bool:
    """Whether a P code stands before all but "routine", and nothing after it counts anything."""
    word = _ROUTINE.sub(" ", word).lstrip()
    code = _P_CODE.match(word)
    return code is not None and not re.search(r"\d", _LASTS.sub(" ", word.replace(code[0], " ")))


# --- yes and no ---


def yes_no(text: str) -> bool | None:
    """Read a yes or no; None if it is neither.

    Examples
    --------
    >>> yes_no("Y"), yes_no("false"), yes_no("maybe")
    (True, False, None)
    """
    word = _plain(text)
    return True if word in YES else False if word in NO else None


def consent(text: str) -> str | None:
    """Read a consent to be moved: "yes", "no", "not asked", "not known"; None if it is none.

    Examples
    --------
    >>> [consent(t) for t in ("Y", "Declined", "Unknown", "maybe")]
    ['yes', 'no', 'not known', None]
    """
    word = _plain(text)
    if word in CONSENTED:
        return "yes"
    if word in REFUSED:
        return "no"
    if word in NOT_ASKED:
        return "not asked"
    return NOT_KNOWN if word in NOT_RECORDED else None


def cancer(text: str) -> bool | None:
    """Read whether a pathway is one for cancer; None if it cannot be told.

    Examples
    --------
    >>> [cancer(t) for t in ("Y", "2WW", "non-cancer", "0", "pending")]
    [True, True, False, False, None]
    """
    word = _plain(text)
    if word in NOT_CANCER:
        return False
    if word in ON_CANCER_PATHWAY or (word not in NO and _CANCER.search(word)):
        return True
    return yes_no(text)


def _plain(text: str) -> str:
    """Words in small letters with blanks between them; other marks stay, and make them unknown."""
    return " ".join(re.sub(r"(?<=\w)[-_/]+(?=\w)", " ", text.casefold()).split()).rstrip(".")


# --- who has left ---

STILL_WAITING = _phrases(
    "active, open, waiting, on list, on the list, on waiting list, current, live, booked, tci,"
    " dated, undated, unbooked, not booked, pending, suspended, planned, incomplete, listed,"
    " ongoing, validated, awaiting, still waiting, awaiting tci, awaiting date, awaiting"
    " appointment, in progress, awaiting admission, awaiting treatment, on hold, not removed, not"
    " discharged, not treated, not stopped, clock running, running, alive, living, added, not"
    " deceased, not dead, tci booked, awaiting booking, a, registered"
)
GONE = _phrases(
    "removed, withdrawn, discharged, treated, closed, complete, completed, deceased, died, dead,"
    " death, rip, stopped, clock stopped, admitted, inactive, not waiting, off list, off the list,"
    " transferred out, removal, removed from list, removed from waiting list, returned to gp, rtt"
    " stop, discharge, withdrew, treatment declined, patient declined, ended, end, rtt clock"
    " stopped, clock stop, no longer waiting, treatment complete, declined treatment, patient"
    " died, first treatment, no longer required, treatment not required, left, formally dead, seen"
)
NOT_GONE = frozenset({"no", "n", "none", "nil", "not applicable", "n a", "not yet", "blank"})
NO_DATE_WORDS = _phrases(
    "tbc, tba, tbd, to be confirmed, to be arranged, to be booked, to be agreed, not booked,"
    " unbooked, not dated, undated, no date, none, no tci, pending, awaiting list, awaiting date,"
    " awaiting tci, awaiting booking, awaiting, no, not yet booked, not yet, waiting, waiting"
    " list, wl, not applicable, not scheduled, unscheduled, to be scheduled, on list, blank, n,"
    " nil, not listed, to follow, tbb, n/a, none yet, awaiting appointment, awaiting admission, no"
    " date yet, date tbc, tci tbc, tci date tbc, not set, to be advised, not arranged, on waiting"
    " list, nr"
)
"""What stands where a date would for a patient who has none; marks alone ("?", "-") as well."""


def still_waits(text: str) -> bool | None:
    """Read a status: whether somebody still waits; None if it cannot be told.

    Examples
    --------
    >>> [still_waits(t) for t in ("Active", "Removed - patient died", "Waiting", "stage 2")]
    [True, False, True, None]
    """
    word = _plain(text)
    if word in STILL_WAITING:
        return True
    if word in GONE:
        return False
    first = re.split(r"\s*(?:[-:;,(\u2013]|/)\s*", text.casefold().strip(), maxsplit=1)[0]
    return None if first == text.casefold().strip() else still_waits(first)


def no_date(text: str) -> bool:
    """Say whether a text says that there is no date yet.

    Examples
    --------
    >>> no_date("TBC"), no_date("?"), no_date("30/02/2026"), no_date("unknown")
    (True, True, False, False)
    """
    return not text.strip("?-\u2013\u2014./_* ") or _plain(text).replace(".", "") in NO_DATE_WORDS


def not_gone(text: str) -> bool:
    """Say whether a text says that somebody has not left, where a date or a reason would be.

    Examples
    --------
    >>> not_gone("not removed"), not_gone("-"), not_gone("?"), not_gone("TBC")
    (True, True, False, False)
    """
    word = _plain(text)
    return not text.strip("-\u2013\u2014./_ ") or word in NOT_GONE or still_waits(text) is True
