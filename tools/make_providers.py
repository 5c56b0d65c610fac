"""Make the places of England's providers, which the package ships, from published files.

Run: ``python -m tools.make_providers HOSPITALS_CSV MAIN_SITES_CSV RTT_FILE ...``

- RTT_FILE: NHS England, *Consultant-led RTT waiting times, Full CSV data file*, one or several
  months: codes and names of providers, and the board that each belongs to (the latest month's).
- HOSPITALS_CSV: NHS.UK's directory of hospitals (*Hospital.csv*): ``site_code``, ``sector``,
  ``latitude``, ``longitude``, ``provider_code``.
- MAIN_SITES_CSV: where trusts have their main site, as The Strategy Unit's
  ``nhp_inputs_selection_app`` gives it: ``provider_code``, ``latitude``, ``longitude``, and
  ``location_source``, of which the rows ``provider_locations`` are taken.

A provider is at its main site; else at the site that has its code; else at the median of its sites
in the NHS sector; else of all its sites; else its place is not known, and its cells are blank.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pandas as pd

from mutualaid.data.words.england import COLUMNS, FILE, LINES_OF_LICENCE
from mutualaid.readers.display_names import proper

NHS_TRUST = re.compile("[RT][A-Z0-9]{2}")
"""ODS codes of NHS trusts have three places."""

SPECIALIST = {
    "RAN": "orthopaedic",  # Royal National Orthopaedic
    "RBQ": "heart",  # Liverpool Heart and Chest
    "RBS": "children",  # Alder Hey
    "RBV": "cancer",  # The Christie
    "RCU": "children",  # Sheffield Children's
    "REN": "cancer",  # The Clatterbridge
    "REP": "women",  # Liverpool Women's
    "RET": "neurology",  # The Walton Centre
    "RGM": "heart",  # Royal Papworth
    "RL1": "orthopaedic",  # Robert Jones and Agnes Hunt
    "RP4": "children",  # Great Ormond Street
    "RP6": "eye",  # Moorfields
    "RPC": "plastic",  # Queen Victoria
    "RPY": "cancer",  # The Royal Marsden
    "RQ3": "women and children",  # Birmingham Women's and Children's
    "RRJ": "orthopaedic",  # Royal Orthopaedic
}
"""NHS trusts for one kind of patient or of work: reviewed one by one."""

COMMUNITY = frozenset(
    (
        *("R1A", "R1C", "R1D", "R1L", "RDR", "RJ8", "RKL", "RP7", "RPG", "RRE", "RT1", "RV3"),
        *("RW1", "RW4", "RW5", "RWX", "RX4", "RXG", "RY6", "RYW", "RYY", "TAD"),
    )
)
"""NHS trusts for community or mental health services, which have no acute hospital."""

HOSPITALS = {
    # Clinics with theatres.
    **dict.fromkeys(["NT314", "NT402", "NT418", "NT434", "NVC20"], "general"),
    "NXM01": "orthopaedic",  # The Horder Centre
}
"""Independent hospitals whose name does not say that they are: reviewed one by one."""

WORDS = {
    "eye": "EYE EYECARE OPHTHALMOLOGY SPAMEDICA NEWMEDICA ACES OPTEGRA ISIGHT",
    "children": "CHILDREN CHILDRENS",
    "women": "WOMEN WOMENS",
    "cancer": "CANCER",
    "heart": "HEART CARDIAC CARDIOLOGY",
    "orthopaedic": "ORTHOPAEDIC ORTHOPAEDICS SPINE MSK",
    "skin": "DERMATOLOGY",
    "general": "HOSPITAL HOSPITALS",
}
"""Words in the name of an independent provider that say its kind, the first that fits."""


def kind(code: str, name: str) -> str:
    """Say what kind of provider one is: by the lists above, and else by its name."""
    if NHS_TRUST.fullmatch(code):
        return SPECIALIST.get(code, "community" if code in COMMUNITY else "general")
    if code in HOSPITALS:
        return HOSPITALS[code]
    words = set(re.findall("[A-Z]+", name.upper().replace("'", "")))
    return next((one for one, told in WORDS.items() if words & set(told.split())), "other")


def named(files: list[Path]) -> pd.DataFrame:
    """Every provider of the months, with the name and the board that its latest return has."""
    headings = {
        "Provider Org Code": "code",
        "Provider Org Name": "name",
        "Provider Parent Org Code": "icb_code",
        "Provider Parent Name": "icb_name",
    }
    months = []
    for file in files:
        read = pd.read_csv(file, usecols=[*headings, "Period"], dtype=str).drop_duplicates()
        month = pd.to_datetime(read["Period"].str.removeprefix("RTT-"), format="%B-%Y")
        months.append(read.rename(columns=headings).assign(month=month))
    found = pd.concat(months).sort_values("month", kind="stable")
    return found.drop_duplicates("code", keep="last").sort_values("code", ignore_index=True)


def placed(codes: pd.Series, hospitals: pd.DataFrame, main: pd.DataFrame) -> pd.DataFrame:
    """Latitude and longitude of each code, by the first way that knows it."""
    place = ["latitude", "longitude"]
    trusts = main[main["location_source"] == "provider_locations"]
    nhs = hospitals[hospitals["sector"] == "NHS Sector"]
    ways = (
        trusts.set_index("provider_code")[place],
        hospitals.drop_duplicates("site_code").set_index("site_code")[place],
        nhs.groupby("provider_code")[place].median(),
        hospitals.groupby("provider_code")[place].median(),
    )
    result = ways[0].reindex(codes)
    for way in ways[1:]:
        result = result.fillna(way.reindex(codes))
    return result.round(5)


def main() -> None:
    """Read the files, and write the one that is shipped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hospitals", type=Path)
    parser.add_argument("main_sites", type=Path)
    parser.add_argument("rtt", type=Path, nargs="+")
    given = parser.parse_args()
    found = named(given.rtt)
    places = placed(found["code"], pd.read_csv(given.hospitals), pd.read_csv(given.main_sites))
    pairs = zip(found["code"], found["name"], strict=True)
    table = found.assign(
        kind=[kind(code, name) for code, name in pairs],
        name=found["name"].str.split().str.join(" ").map(proper),
        icb_name=found["icb_name"].map(proper),
        latitude=places["latitude"].to_numpy(),
        longitude=places["longitude"].to_numpy(),
        sector=found["code"].str.fullmatch(NHS_TRUST).map({True: "NHS", False: "independent"}),
    )
    text = table.rename(columns={"code": "provider"})[list(COLUMNS)].to_csv(
        index=False, lineterminator="\n"
    )
    comments = "".join(f"# {line}\n" for line in LINES_OF_LICENCE)
    FILE.write_text(comments + text, encoding="utf-8", newline="\n")
    known = int(table["latitude"].notna().sum())
    print(f"{FILE.name}: {len(table)} providers, {known} with a place")


if __name__ == "__main__":
    main()
