"""The sheets of the workbook to fill in: their headings, what these mean, and an example row.

Whoever writes the workbook and whoever reads it go by this one description.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from mutualaid.data.words.column_names import tidy

NOTE = "Note"
"""The heading of the first column of each sheet: it is for whoever fills it in."""
EXAMPLE = "EXAMPLE"
"""What stands there in the row that only shows how a row is written."""
RULES_SHEET = "Rules"
READ_ME = "Read me"
TRUSTS, SERVICES, PRIORITIES, YES_NO = "trusts", "services", "priorities", "yes or no"
"""What a cell may be chosen from."""
A_PERIOD = " a period"
"""How a heading ends whose numbers hold for every period, unless a row says for which."""
TAKES_IN = "Takes in only"
"""The heading of what specialist trusts take in."""
HERE, THERE = "Example Hospital", "Another Example Hospital"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One column of a sheet."""

    text: str
    meaning: str
    example: object = None
    """What the example row holds."""
    choices: str = ""
    """What its cells are chosen from; nothing for anything."""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One sheet."""

    part: str
    """What its rows are."""
    sheet: str
    says: str
    """What to fill in, for whoever does."""
    headings: tuple[Heading, ...]

    @property
    def example(self) -> Mapping[str, object]:
        """The example row, by the letters of its headings."""
        held = {tidy(one.text): one.example for one in self.headings}
        return {heading: value for heading, value in held.items() if value is not None}


def _trust(text: str = "Trust", meaning: str = "Whose list it is.", value: str = HERE) -> Heading:
    return Heading(text=text, meaning=meaning, example=value, choices=TRUSTS, required=True)


_SERVICE = Heading(
    text="Specialty",
    meaning="As in the list, or a name of your own: the same in every sheet.",
    example="Trauma and Orthopaedic",
    choices=SERVICES,
    required=True,
)
_PRIORITY = Heading(
    text="Priority",
    meaning="P1 to P6. Leave the whole column blank if it is not recorded.",
    example="P4",
    choices=PRIORITIES,
)
_PERIOD = Heading(
    text="Period", meaning="1, 2, 3 ... Leave the whole column blank: the same in each."
)


def _flow(part: str, sheet: str, says: str, meaning: str, example: int) -> Layout:
    """A sheet of who joins, or of who leaves."""
    number = Heading(
        text=f"Patients{A_PERIOD}", meaning=meaning, example=example, choices="", required=True
    )
    headings = (_trust(), _SERVICE, _PERIOD, number, _PRIORITY)
    return Layout(part=part, sheet=sheet, says=says, headings=headings)


LAYOUTS = (
    Layout(
        part="trusts",
        sheet="Trusts",
        says="Every trust (or hospital) that takes part. The other sheets offer these names.",
        headings=(
            Heading(
                text="Trust",
                meaning="Its name, as in the other sheets.",
                example=HERE,
                required=True,
            ),
            Heading(text="Code", meaning="Its ODS code. May be left blank.", example="RXX9"),
            Heading(
                text="Latitude",
                meaning="Where it is, in degrees. Only if Travel is left blank, and only for who "
                "is no NHS trust of England.",
                example=53.5,
            ),
            Heading(text="Longitude", meaning="West of Greenwich is below 0.", example=-2.2),
            Heading(
                text=TAKES_IN,
                meaning="Only for a specialist trust: the specialties for which it takes patients "
                "of others, with ; between them, or the word nothing. Left blank, a trust that is "
                "known as a specialist takes nothing, and any other whatever it has slots for.",
            ),
        ),
    ),
    Layout(
        part="waiting_list",
        sheet="Waiting list",
        says="How many wait, by how long. Or leave this sheet blank, and fill in Patients.",
        headings=(
            _trust(),
            _SERVICE,
            Heading(
                text="Weeks waiting",
                meaning="Whole weeks waited so far: 0, 1, 2 ...",
                example=30,
                required=True,
            ),
            Heading(
                text="Patients", meaning="How many have waited so long.", example=12, required=True
            ),
            _PRIORITY,
        ),
    ),
    Layout(
        part="patients",
        sheet="Patients",
        says="A row for each patient. Or leave this sheet blank, and fill in Waiting list. Paste "
        "your own extract with its own headings over it if you like.",
        headings=(
            Heading(
                text="Patient ID",
                meaning="A pseudonym that tells rows apart: no name.",
                example="example-1",
                required=True,
            ),
            _trust(),
            _SERVICE,
            Heading(
                text="Clock start",
                meaning="A date. The day of the list is said in Rules.",
                example=dt.date(2026, 3, 31),
                required=True,
            ),
            _PRIORITY,
            Heading(
                text="Consent to move",
                meaning="yes, no or not asked. Leave the whole column blank if nobody was asked.",
                example="yes",
            ),
            Heading(text="Booked date", meaning="A date for treatment, where there is one."),
        ),
    ),
    Layout(
        part="capacity",
        sheet="Capacity",
        says="How many patients each trust can treat. Or leave this sheet blank, and fill in "
        "Sessions.",
        headings=(
            _trust(meaning="Who treats."),
            _SERVICE,
            _PERIOD,
            Heading(
                text=f"Slots{A_PERIOD}",
                meaning="Patients who can be treated in a period of (unless Rules says otherwise) "
                "four weeks.",
                example=40,
                required=True,
            ),
        ),
    ),
    Layout(
        part="sessions",
        sheet="Sessions",
        says="Theatre or clinic sessions a week. Or leave this sheet blank, and fill in Capacity.",
        headings=(
            _trust(meaning="Who treats."),
            _SERVICE,
            Heading(text="Sessions a week", meaning="How many.", example=5, required=True),
            Heading(text="Cases", meaning="Patients a session.", example=3, required=True),
            Heading(
                text="Utilisation",
                meaning="The share of these cases that is treated: 0.85; 1 for all.",
                example=0.85,
                required=True,
            ),
            Heading(
                text="Working weeks",
                meaning="Weeks of a year in which sessions take place: 42; 52 for all.",
                example=42,
                required=True,
            ),
        ),
    ),
    Layout(
        part="travel",
        sheet="Travel",
        says="How far it is between trusts, one way. Left blank, it is estimated from where trusts "
        "are. Rules says whether a way back takes as long.",
        headings=(
            _trust("From", "Where the way starts."),
            _trust("To", "Where it ends.", THERE),
            Heading(text="Minutes", meaning="One way.", example=25, required=True),
            Heading(text="Miles", meaning="One way. Only if Rules has a limit in miles."),
        ),
    ),
    _flow(
        "referrals",
        "Referrals",
        "Who joins the lists. May be left blank: then nobody does.",
        "How many join.",
        45,
    ),
    _flow(
        "removals",
        "Removals",
        "Who leaves the lists untreated. May be left blank: then nobody does.",
        "How many leave untreated.",
        4,
    ),
)
"""The sheets in their order; that of rules comes behind them."""
BY_SHEET: Mapping[str, Layout] = {tidy(one.sheet): one for one in LAYOUTS}
"""Each by its name, as :func:`mutualaid.data.words.column_names.tidy` writes it."""
