"""What a heading means: our names of columns, and the headings that other tables give them.

The one table of aliases of the library: every reader and every table of a System asks it.
Headings are compared without regard to capitals, blanks, underscores and other marks. The names
are ours, those of the Waiting List Minimum Data Set (WLMDS), and those usual in hospitals' own
patient administration systems and RTT patient tracking lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from mutualaid.data.words.leaving_names import LEAVING
from mutualaid.data.words.safety_names import SAFETY

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = "waiting_list"


@dataclass(frozen=True, slots=True)
class Field:
    """Something that an extract may hold."""

    name: str
    headings: tuple[str, ...]
    """Headings that mean it, the surest first."""
    identifier: bool = False
    """Whether it says who a patient is: as many values as rows, and never shown."""
    dated: bool = False
    """Whether it says nothing without the census."""
    every: bool = False
    """Whether each column that means it is read, not only the surest: the strictest holds."""


BESIDE = ": "
"""Between the name of a field and the heading of a column that is read beside its surest."""


def tidy(heading: object) -> str:
    """Reduce a heading to its letters and digits, in small letters.

    Examples
    --------
    >>> tidy(" Pseudo_NHS-Number")
    'pseudonhsnumber'
    """
    return re.sub(r"[\W_]+", "", str(heading).casefold())


CLOCK_HEADINGS = (
    *("clock_start", "referral_to_treatment_period_start_date", "rtt_period_start_date"),
    *("rtt_period_start", "rtt_clock_start_date", "rtt_clock_start", "rtt_start_date"),
    *("rtt_start", "clock_start_date"),
)
"""Headings of the RTT clock itself; others are dates to fall back on."""

FIELDS: tuple[Field, ...] = (
    # Who the patient is.
    Field("patient_id", ("patient_id", "patient_key", "unique_patient_id"), identifier=True),
    Field(
        "person_id",
        (
            *("person_id", "pseudo_nhs_number", "pseudonymised_nhs_number", "pseudo_nhs_no"),
            *("nhs_number_pseudo", "pseudo_id", "nhs_number", "nhs_no"),
        ),
        identifier=True,
    ),
    Field(
        "local_id",
        (
            *("local_id", "local_patient_identifier", "local_patient_id", "hospital_number"),
            *("hospital_no", "hosp_no", "mrn", "medical_record_number", "pas_id", "pas_number"),
            *("unit_number", "district_number", "casenote_number", "patient_number"),
        ),
        identifier=True,
    ),
    Field(
        "pathway_id",
        (
            *("pathway_id", "patient_pathway_identifier", "patient_pathway_id", "ppid"),
            *("pathway_identifier", "rtt_pathway_id", "unique_pathway_identifier", "upi"),
            "pathway_number",
        ),
        identifier=True,
    ),
    Field(
        "pathway_issuer",
        (
            "pathway_issuer",
            "organisation_code_patient_pathway_identifier_issuer",
            "organisation_identifier_patient_pathway_identifier_issuer",
            *("ppid_issuer", "pathway_issuer_code", "pathway_id_issuer"),
        ),
        identifier=True,
    ),
    Field(
        "referral_id",
        (
            *("referral_id", "referral_identifier", "referral_number", "ubrn"),
            "unique_booking_reference_number",
        ),
        identifier=True,
    ),
    # Whose list it is.
    Field(
        "origin",
        (
            *("origin", "organisation_identifier_code_of_provider"),
            *("organisation_code_code_of_provider", "organisation_code_of_provider"),
            *("provider_code", "provider_org_code", "provider", "reporting_organisation"),
            *("trust_code", "trust", "organisation_code", "org_code", "ods_code"),
        ),
    ),
    Field(
        "service",
        (
            *("service", "activity_treatment_function_code", "treatment_function_code"),
            *("treatment_function", "tfc", "tfc_code", "specialty_code", "specialty"),
            *("speciality", "spec", "main_specialty_code", "main_specialty"),
        ),
    ),
    Field(
        "site",
        (
            *("site", "organisation_site_identifier_of_treatment", "site_code_of_treatment"),
            *("site_code", "treatment_site_code", "treatment_site", "hospital_site"),
        ),
    ),
    # How long the wait has been.
    Field(
        "clock_start",
        (
            *CLOCK_HEADINGS,
            *("decision_to_admit_date", "dta_date", "date_added_to_list"),
            *("date_added_to_waiting_list", "date_added", "date_on_list", "added_to_list"),
            *("waiting_list_date", "referral_request_received_date", "referral_received_date"),
            "referral_date",
        ),
        dated=True,
    ),
    Field(
        "days_waiting",
        (
            *("days_waiting", "days_waited", "waiting_days", "wait_days", "days_wait"),
            *("rtt_days_waiting", "rtt_days_waited", "rtt_wait_days", "current_wait_days"),
        ),
    ),
    Field(
        "weeks_waiting",
        (
            *("weeks_waiting", "weeks_waited", "waiting_weeks", "wait_weeks", "weeks_wait"),
            *("rtt_weeks_waiting", "rtt_weeks_waited", "rtt_wait_weeks", "rtt_weeks"),
            "current_wait_weeks",
        ),
    ),
    Field(
        "census",
        (
            *("census", "week_ending_date", "census_date", "der_week_ending", "week_ending"),
            *("snapshot_date", "as_at_date", "extract_date", "report_date"),
        ),
    ),
    Field(
        "rtt_status",
        (
            *("rtt_status", "referral_to_treatment_period_status", "rtt_status_code"),
            *("rtt_period_status", "rtt_period_status_code"),
        ),
        every=True,
    ),
    Field(
        "clock_stop",
        (
            *("clock_stop", "referral_to_treatment_period_end_date", "rtt_period_end_date"),
            *("rtt_end_date", "rtt_clock_stop_date", "rtt_clock_stop", "rtt_stop_date"),
            *("clock_stop_date", "rtt_clock_end_date", "rtt_end", "rtt_stop"),
        ),
        dated=True,
        every=True,
    ),
    *(
        Field(name, headings, dated=name.endswith("_date"), every=True)
        for name, headings in LEAVING.items()
    ),
    Field(
        "created",
        (
            "date_and_time_data_set_created",
            "data_set_created",
        ),
    ),
    # How urgent it is. Many systems keep "Routine" or "Urgent" under "Priority", beside a P code.
    Field("priority", SAFETY["priority"], every=True),
    Field(
        "priority_date",
        (
            *("priority_date", "date_of_last_priority_review", "last_priority_review_date"),
            *("priority_review_date", "p_code_review_date"),
        ),
    ),
    Field("priority_type", SAFETY["priority_type"], every=True),
    Field("cancer", SAFETY["cancer"], every=True),
    # Where the patient lives, and is willing to go.
    Field(
        "area",
        (
            *("area", "der_lsoa2021", "lsoa_2021", "lsoa21cd", "lsoa21", "lsoa", "lsoa_code"),
            *("der_lsoa2011", "lsoa_2011", "lsoa11cd", "lsoa11", "lower_super_output_area"),
            *("postcode_sector", "postcode_district", "postcode", "patient_postcode"),
            *("home_postcode", "postcode_of_usual_address"),
        ),
    ),
    Field("consent", SAFETY["consent"], every=True),
    Field("willing", SAFETY["willing"]),
    Field("willing_minutes", SAFETY["willing_minutes"]),
    Field("willing_miles", SAFETY["willing_miles"]),
    Field("willing_icb", ("willing_icb",)),
    Field("declined", ("declined",)),
    Field(
        "icb",
        (
            *("icb", "icb_code", "dm_icb_commissioner", "icb_of_residence", "patient_icb"),
            *("icb_commissioner", "integrated_care_board"),
        ),
    ),
    # What has been arranged already.
    Field(
        "date",
        (
            *("tci_date", "tci", "to_come_in_date", "planned_admission_date"),
            *("offered_for_admission_date", "booked_date", "date_booked", "tci_date_time"),
            *("booked_admission_date", "scheduled_date", "planned_tci_date", "date", "booked"),
            *("theatre_date", "planned_date", "tci_dt", "date_of_tci", "admission_booked_date"),
        ),
        dated=True,
        every=True,
    ),
    Field(
        "outpatient_date",
        (
            *("outpatient_date", "outpatient_future_appointment_date"),
            *("future_appointment_date", "next_appointment_date", "next_appt_date"),
            "appointment_date",
        ),
        dated=True,
        every=True,
    ),
    Field("date_weeks", ("date_weeks",)),
    Field(
        "transferred",
        (
            "transferred",
            "already_transferred",
            "transferred_in",
            "transferred_before",
            "previously_transferred",
            "already_moved",
            "previously_moved",
        ),
        every=True,
    ),
    Field("transfer_status", ("transfer_status",)),
    Field("accepting_provider", ("accepting_provider", "mutual_aid_accepting_provider")),
    Field("list_type", ("list_type", "waiting_list_type", "wl_type")),
    Field(
        "decision_to_admit", (*("decision_to_admit", "decision_to_admit_date", "dta_date", "dta"),)
    ),
    Field("admitted", ("admitted", "admitted_pathway")),
    # Who waits: for fairness and for what a site can safely do.
    Field(
        "age",
        (
            *("age", "der_age_week_ending_date", "age_at_week_ending_date", "age_at_census"),
            *("current_age", "age_years", "patient_age"),
        ),
    ),
    Field(
        "date_of_birth",
        ("date_of_birth", "dob", "birth_date", "person_birth_date", "patient_dob"),
        dated=True,
    ),
    Field("adult", ("adult", "is_adult", "adult_flag", "adult_yn")),
    Field("age_band", ("age_band",)),
    Field(
        "deprivation",
        (
            *("deprivation", "imd_quintile", "deprivation_quintile", "imd_2025_quintile"),
            *("imd_2019_quintile", "imd19_quintile", "index_of_multiple_deprivation_quintile"),
        ),
    ),
    Field(
        "imd_decile",
        (
            *("imd_decile", "deprivation_decile", "imd_2025_decile", "imd_2019_decile"),
            *("imd19_decile", "index_of_multiple_deprivation_decile"),
            "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSOAs)",
        ),
    ),
    Field(
        "ethnicity",
        (
            *("ethnicity", "ethnic_category", "ethnic_category_code", "ethnic_group"),
            *("ethnic_origin", "ethnic_code"),
        ),
    ),
    Field(
        "sex",
        (
            *("sex", "person_stated_gender_code", "stated_gender_code", "person_gender_code"),
            *("person_phenotypic_sex", "gender_code", "gender", "sex_code"),
        ),
    ),
    Field(
        "asa",
        (
            *("asa", "asa_grade", "asa_physical_status_classification_system_code", "asa_score"),
            *("asa_class", "asa_code"),
        ),
    ),
    Field(
        "anaesthetic", (*("anaesthetic", "anaesthetic_type", "type_of_anaesthetic", "anaesthesia"),)
    ),
    Field("overnight", ("overnight", "overnight_stay")),
    Field("intended_management", ("intended_management", "intended_management_code")),
    Field(
        "critical_care",
        (
            *("critical_care", "critical_care_needed", "critical_care_required"),
            "needs_critical_care",
        ),
    ),
    Field("equipment", ("equipment", "special_equipment", "equipment_required")),
    Field("complexity", ("complexity", "complexity_score", "case_complexity")),
    Field("bmi", ("bmi", "body_mass_index")),
)

KNOWN: Mapping[str, Field] = MappingProxyType({field.name: field for field in FIELDS})

SURGICAL_SCALE = frozenset(
    map(
        tidy,
        (
            *("procedure_priority_code", "surgical_priority", "surgical_priority_code", "p_code"),
            *("p_category", "fssa_priority", "procedure_priority", "p_codes", "priority_p_code"),
            *("fssa", "fssa_code", "fssa_category", "p_cat", "p_level", "p_number", "p_no"),
            *("surgical_prioritisation", "surgical_prioritisation_code"),
        ),
    )
)
REFERRAL_SCALE = frozenset(
    map(tidy, ("priority_type", "priority_type_code", "referral_priority_type"))
)
"""Headings that say what a bare number counts: P1 to P6, or the priority type of a referral."""

AS_GIVEN = ("anaesthetic", "critical_care", "equipment", "complexity")
"""Kept as they are, for what a site accepts."""
