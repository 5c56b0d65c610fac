"""RTT treatment functions by code: their names in the return, and what hospitals call them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

SERVICES: Mapping[str, str] = MappingProxyType(
    {
        "C_100": "General Surgery",
        "C_101": "Urology",
        "C_110": "Trauma and Orthopaedic",
        "C_120": "Ear Nose and Throat",
        "C_130": "Ophthalmology",
        "C_140": "Oral Surgery",
        "C_150": "Neurosurgical",
        "C_160": "Plastic Surgery",
        "C_170": "Cardiothoracic Surgery",
        "C_300": "General Internal Medicine",
        "C_301": "Gastroenterology",
        "C_320": "Cardiology",
        "C_330": "Dermatology",
        "C_340": "Respiratory Medicine",
        "C_400": "Neurology",
        "C_410": "Rheumatology",
        "C_430": "Elderly Medicine",
        "C_502": "Gynaecology",
        "X01": "Other (all, before April 2021)",
        "X02": "Other - Medical",
        "X03": "Other - Mental Health",
        "X04": "Other - Paediatric",
        "X05": "Other - Surgical",
        "X06": "Other - Other",
    }
)
"""RTT treatment functions by code, with NHS England's names."""

ABBREVIATIONS: Mapping[str, str] = {
    "C_100": "gen surg|general surg|gs|surgery general",
    "C_101": "uro|urol|urological surgery|urology surgery",
    "C_110": "t o|t and o|tando|to|t and o surgery|trauma|trauma and orthopaedics|trauma and ortho"
    "|trauma orthopaedics|trauma ortho|orthopaedics and trauma|orthopaedic|orthopaedics|ortho"
    "|orthopaedic surgery|orthopedics|orthopedic|orthopedic surgery|trauma and orthopedics"
    "|trauma surgery|spinal surgery|spines|tr and orth|trauma and orthopaedic surgery|orth|orthop",
    "C_120": "ent|e n t|ear nose throat|ear nose and throat surgery|otolaryngology"
    "|otorhinolaryngology|ent surgery",
    "C_130": "ophthal|ophth|ophthalmic|ophthalmic surgery|opthalmology|opthal|opth|eye|eyes"
    "|ophthalmology surgery|ophthalmological surgery",
    "C_140": "oral surg|omfs|oms|oral and maxillofacial surgery|oral and maxillo facial surgery"
    "|maxillofacial|maxillofacial surgery|maxillo facial surgery|maxillo facial|max fax|maxfax"
    "|max fac|oral and max fac surgery|oral maxillofacial surgery|oral and maxillofacial",
    "C_150": "neurosurgery|neuro surgery|neurosurg|neuro surg",
    "C_160": "plastic|plastics|plastic surg|plastic and reconstructive surgery",
    "C_170": "cardiothoracic|cardio thoracic surgery|cardiothoracics|cardio thoracic|ct surgery"
    "|cardiac surgery|thoracic surgery",
    "C_300": "general medicine|gen med|general med|gim",
    "C_301": "gastro|gastroenterol|gastro enterology",
    "C_320": "cardio|cardiol",
    "C_330": "derm|dermatol|dermatological medicine",
    "C_340": "respiratory|resp|resp med|respiratory med|thoracic medicine|chest medicine|chest",
    "C_400": "neurol",
    "C_410": "rheum|rheumatol|rheumatological medicine",
    "C_430": "geriatric medicine|geriatrics|geriatric|care of the elderly|care of elderly|coe|cote"
    "|medicine for the elderly|older peoples medicine|elderly care|elderly",
    "C_502": "gynae|gynaecological|gynecology|gyn|gynaecology surgery|gynaecol",
}
"""What hospitals call the named treatment functions, beside their names in the return."""


def plain_service(name: str) -> str:
    """Reduce a name to its words, in small letters, without "service" or a plural.

    Examples
    --------
    >>> [plain_service(name) for name in ("Trauma & Orthopaedics Service", "E.N.T.", "T&O")]
    ['trauma and orthopaedic', 'e n t', 't and o']
    """
    word = name.casefold().replace("&", " and ").replace("+", " and ")
    word = " ".join(re.sub(r"[^a-z0-9]+", " ", word).split())
    word = re.sub(r"(?: (?:services?|department|dept|specialty|speciality|clinics?))+$", "", word)
    return word.removesuffix("s")


def names_of_service(code: str) -> tuple[str, ...]:
    """What a service is called, its name in the return first; nothing if it is none of them.

    Examples
    --------
    >>> names_of_service("C_120")[:3], names_of_service("hips")
    (('Ear Nose and Throat', 'ent', 'e n t'), ())
    """
    if code not in SERVICES:
        return ()
    return (SERVICES[code], *filter(None, ABBREVIATIONS.get(code, "").split("|")))
