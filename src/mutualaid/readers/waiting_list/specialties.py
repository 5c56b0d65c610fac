"""Treatment functions in the words of extracts, as services of the RTT return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mutualaid.data.words.known_names import services_named
from mutualaid.data.words.service_words import SERVICES
from mutualaid.errors import InputError
from mutualaid.readers.services import ROLL_UP, TOTAL

AS_GIVEN, NAMED_ONLY = "as given", "rtt"
ALL_SERVICES = services_named([*SERVICES])

_CODE = re.compile(r"(?:C_?)?(\d{3})|(X0[1-6])", re.ASCII)
_CODE_AND_NAME = re.compile(
    r"((?:C_?)?\d{3}|X0[1-6])(?:\s*[-:/.,\u2013\u2014]\s*|\s+|\s*(?=[(\[]))(\D.*)", re.ASCII
)
_NAME_AND_CODE = re.compile(
    r"(\D*[^\d\s(\[:-])\s*[-:\u2013]?\s*[(\[]?\s*((?:C_)?\d{3}|X0[1-6])\s*[)\]]?", re.ASCII
)


def named(text: str) -> str | None:
    """The service that a name or an abbreviation stands for, if any.

    Examples
    --------
    >>> [named(text) for text in ("T&O", "ENT", "Ophthal", "Gynae", "knees")]
    ['C_110', 'C_120', 'C_130', 'C_502', None]
    """
    found = ALL_SERVICES.candidates(re.sub(r"\d+", " ", text))
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Specialties:
    """How labels of services are read."""

    told: Mapping[str, str] = field(default_factory=dict)
    """What the analyst says of a label or a code, as :func:`_key` writes them."""
    other: str | None = None
    """What becomes of all codes that belong to no named service."""

    def service(self, text: str) -> str | None:
        """Read a treatment function as a service of the RTT return; the total as itself.

        Parameters
        ----------
        text
            A national code, one of the RTT return, either with a name before or behind it, or
            a name or an abbreviation. A code and a name of different services are none.

        Examples
        --------
        >>> read = Specialties().service
        >>> [read(t) for t in ("108", "c_110", "X02", "110 - Orthopaedics", "104", "T&O")]
        ['C_110', 'C_110', 'X02', 'C_110', None, 'C_110']
        >>> read("999"), read("110 - Urology"), Specialties({"104": "X05"}).service("104 Bowel")
        ('C_999', None, 'X05')
        """
        if _key(text) in self.told:
            return self.told[_key(text)]
        code, name = _parts(text)
        for part in (code, name):
            if part and _key(part) in self.told:
                return self.told[_key(part)]
        by_name = named(name) if name else None
        if not code:
            return by_name
        found = _of_code(code)
        if found is None:
            return self.other
        beside = by_name is not None and by_name != found and found != TOTAL
        return None if beside else found


def _parts(text: str) -> tuple[str, str]:
    """The code and the name that a label holds, either empty."""
    word = text.strip()
    if _CODE.fullmatch(word.upper()):
        return word.upper(), ""
    found = _CODE_AND_NAME.fullmatch(word) or _CODE_AND_NAME.fullmatch(word.upper())
    if found is not None:
        return found[1].upper(), found[2]
    turned = _NAME_AND_CODE.fullmatch(word)
    return ("", word) if turned is None else (turned[2].upper(), turned[1])


def _of_code(code: str) -> str | None:
    """The service of a code that belongs to a named one, or to a group; the total as itself."""
    if code in SERVICES:
        return code
    digits = code[-3:]
    service = ROLL_UP.get(digits, f"C_{digits}")
    return service if service in SERVICES or service == TOTAL else None


def _key(text: str) -> str:
    """A label for comparing: its code if it is one alone, else its letters and digits."""
    found = _CODE.fullmatch(text.strip().upper())
    if found is not None:
        return found[1] or found[2]
    return re.sub(r"[\W_]+", "", text.casefold())


def check_services(services: object) -> Specialties | None:
    """Check services=, and say how labels are read; None to keep them.

    Raises
    ------
    InputError
        If it is none of the forms that are known, or leads to what is no service.

    Examples
    --------
    >>> check_services({"Knee clinic": "T&O"}).service("knee  CLINIC")
    'C_110'
    """
    if services is None or isinstance(services, str | Mapping):
        if services == AS_GIVEN:
            return None
        if services is None or services == NAMED_ONLY:
            return Specialties()
        if isinstance(services, str):
            return Specialties(other=_target(services, services))
        if all(isinstance(word, str | int) for word in services):
            told = {_key(str(word)): _target(to, services) for word, to in services.items()}
            return Specialties(told=told)
    raise InputError(
        f"services is {services!r}: 'rtt', 'as given', a group such as 'X06' for all other "
        "codes, or a mapping from the extract's word or national code to a service"
    )


def _target(to: object, services: object) -> str:
    """A service that a word is to become, in any form that is read."""
    text = str(to) if isinstance(to, int) and not isinstance(to, bool) else to
    found = Specialties().service(text) if isinstance(text, str) else None
    if found is None or found == TOTAL:
        raise InputError(
            f"services={services!r} leads to {to}, which is no RTT service: "
            f"one of {', '.join(SERVICES)}, its national code, or its name"
        )
    return found
