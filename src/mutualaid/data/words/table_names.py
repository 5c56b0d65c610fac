"""What a heading means in the tables that are no list of patients: slots, ways, pools, rules.

The other half of the library's one table of aliases: see :mod:`mutualaid.data.words.column_names`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mutualaid.data.words.column_names import KNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping


def _by_name(texts: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Headings that are written with blanks between them, by our name of the column."""
    return MappingProxyType({name: tuple(text.split()) for name, text in texts.items()})


COLUMNS = _by_name(
    {
        "provider": "provider provider_code provider_org_code treating_provider trust trust_code"
        " org_code organisation_code ods_code",
        "period": "period period_number period_no",
        "stream": "stream stream_name pathway_stream",
        "wait_class": "wait_class waiting_class class_of_wait",
        "slots": "slots slot number_of_slots no_of_slots n_slots slots_available available_slots",
        "patients": "patients number_of_patients no_of_patients n_patients patient_count"
        " patients_waiting number_waiting count",
        "minutes": "minutes mins travel_minutes travel_time_minutes travel_mins drive_minutes"
        " drive_time_minutes time_minutes duration_minutes travel_time_mins drive_time_mins",
        "miles": "miles distance_miles travel_miles drive_miles road_miles distance_in_miles"
        " miles_one_way",
    }
)
"""Columns of a System's other tables."""

OF_A_WAY = _by_name(
    {
        "origin": "origin from origin_code from_provider origin_provider from_id origin_id"
        " from_trust origin_trust",
        "provider": "provider to provider_code to_provider destination to_id destination_id"
        " to_trust destination_trust",
    }
)
"""Where a way starts and ends: of a table of ways, "trust" could mean either."""

WAY_ENDS = _by_name(
    {
        "origin": "origin from from_id from_code from_provider from_trust from_site from_postcode"
        " from_name origin_id origin_code origin_provider origin_trust origin_site origin_postcode"
        " origin_name orig orig_id o_id source source_id start start_id",
        "area": f"{' '.join(KNOWN['area'].headings)} from_lsoa from_msoa from_area origin_lsoa"
        " origin_msoa origin_area lsoa11nm lsoa21nm lsoa_name msoa msoa_code msoa11cd msoa21cd"
        " msoa_2011 msoa_2021 msoa_name msoa11nm msoa21nm oa oa11cd oa21cd output_area"
        " middle_super_output_area area_code area_id geography_code data_zone datazone",
        "provider": "provider to to_id to_code to_provider to_trust to_site to_postcode to_name"
        " to_hospital destination destination_id destination_code destination_provider"
        " destination_trust destination_site destination_postcode destination_name dest dest_id"
        " d_id provider_code provider_org_code trust trust_code ods_code org_code hospital"
        " hospital_code hospital_postcode site site_code target target_id",
    }
)
"""Headings of the two ends of a way, in tables of travel times; a way starts at either of two."""
