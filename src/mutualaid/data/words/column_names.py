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

from mutualaid.data.schema import IDENTIFIERS

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


def headings_in(text: str) -> frozenset[str]:
    """Tidy headings that are written with blanks between them."""
    return frozenset(map(tidy, text.split()))


_RTT_CLOCK = (
    "clock_start referral_to_treatment_period_start_date rtt_period_start_date rtt_period_start"
    " rtt_clock_start_date rtt_clock_start rtt_start_date rtt_start clock_start_date"
)
CLOCK_HEADINGS = tuple(_RTT_CLOCK.split())
"""Headings of the RTT clock itself; others are dates to fall back on."""

_HEADINGS: Mapping[str, str] = {
    # Who the patient is.
    "patient_id": "patient_id patient_key unique_patient_id",
    "person_id": "person_id pseudo_nhs_number pseudonymised_nhs_number pseudo_nhs_no"
    " nhs_number_pseudo pseudo_id nhs_number nhs_no",
    "local_id": "local_id local_patient_identifier local_patient_id hospital_number hospital_no"
    " hosp_no mrn medical_record_number pas_id pas_number unit_number district_number"
    " casenote_number patient_number",
    "pathway_id": "pathway_id patient_pathway_identifier patient_pathway_id ppid"
    " pathway_identifier rtt_pathway_id unique_pathway_identifier upi pathway_number",
    "pathway_issuer": "pathway_issuer organisation_code_patient_pathway_identifier_issuer"
    " organisation_identifier_patient_pathway_identifier_issuer ppid_issuer pathway_issuer_code"
    " pathway_id_issuer",
    "referral_id": "referral_id referral_identifier referral_number ubrn"
    " unique_booking_reference_number",
    # Whose list it is.
    "origin": "origin organisation_identifier_code_of_provider organisation_code_code_of_provider"
    " organisation_code_of_provider provider_code provider_org_code provider"
    " reporting_organisation trust_code trust organisation_code org_code ods_code",
    "service": "service activity_treatment_function_code treatment_function_code"
    " treatment_function tfc tfc_code specialty_code specialty speciality spec main_specialty_code"
    " main_specialty",
    "site": "site organisation_site_identifier_of_treatment site_code_of_treatment site_code"
    " treatment_site_code treatment_site hospital_site",
    # How long the wait has been.
    "clock_start": f"{_RTT_CLOCK} decision_to_admit_date dta_date date_added_to_list"
    " date_added_to_waiting_list date_added date_on_list added_to_list waiting_list_date"
    " referral_request_received_date referral_received_date referral_date",
    "days_waiting": "days_waiting days_waited waiting_days wait_days days_wait rtt_days_waiting"
    " rtt_days_waited rtt_wait_days current_wait_days",
    "weeks_waiting": "weeks_waiting weeks_waited waiting_weeks wait_weeks weeks_wait"
    " rtt_weeks_waiting rtt_weeks_waited rtt_wait_weeks rtt_weeks current_wait_weeks",
    "census": "census week_ending_date census_date der_week_ending week_ending snapshot_date"
    " as_at_date extract_date report_date",
    "rtt_status": "rtt_status referral_to_treatment_period_status rtt_status_code"
    " rtt_period_status rtt_period_status_code",
    "clock_stop": "clock_stop referral_to_treatment_period_end_date rtt_period_end_date"
    " rtt_end_date rtt_clock_stop_date rtt_clock_stop rtt_stop_date clock_stop_date"
    " rtt_clock_end_date rtt_end rtt_stop",
    # Who has left the list. A yes to "still_waiting" is nobody who has.
    "removal_date": "removal_date date_removed removed_date date_of_removal removed_on"
    " removed_from_list_date date_removed_from_list list_removal_date waiting_list_removal_date"
    " date_removed_from_waiting_list wl_removal_date elective_admission_list_removal_date"
    " removal_from_list_date end_date withdrawal_date withdrawn_date date_withdrawn"
    " date_of_withdrawal pathway_end_date pathway_closed_date date_closed closed_date"
    " referral_closed_date referral_closure_date referral_end_date service_discharge_date"
    " waiting_list_end_date cancellation_date date_off_list off_list_date date_left_list"
    " left_list_date removal_dt wl_removal_dt date_removed_from_wl removed_from_wl_date"
    " wl_end_date list_end_date date_delisted delisted_date date_taken_off_list removal_date_time"
    " date_of_removal_from_list wl_date_removed date_rtt_closed",
    "discharge_date": "discharge_date date_of_discharge discharged_date date_discharged"
    " discharge_date_hospital_provider_spell discharge_date_time discharged_on"
    " referral_discharge_date outpatient_discharge_date",
    "treatment_date": "treatment_date treated_date date_of_treatment date_treated"
    " first_treatment_date first_definitive_treatment_date treated_on actual_admission_date"
    " admitted_date date_admitted date_of_admission admission_date"
    " start_date_hospital_provider_spell admitted_on procedure_date surgery_date operation_date"
    " date_of_operation",
    "death_date": "death_date date_of_death person_death_date dod deceased_date date_deceased"
    " died_date date_died reg_date_of_death patient_death_date date_of_decease death_dt"
    " deceased_on died_on date_time_of_death",
    "deceased": "deceased deceased_flag deceased_indicator is_deceased died dead death_flag"
    " patient_deceased patient_died death_status death_indicator rip rip_flag dead_flag"
    " deceased_yn deceased_status died_flag",
    "removed": "removed removed_flag removed_from_list removed_from_waiting_list withdrawn"
    " withdrawn_flag discharged discharged_flag treated treated_flag clock_stopped clock_stop_flag"
    " rtt_clock_stopped is_removed left_list pathway_closed closed removed_from_wl delisted"
    " off_list removed_from_pathway removed_yn withdrawn_by_patient patient_withdrawn",
    "removal_reason": "removal_reason reason_for_removal removal_reason_code reason_removed"
    " waiting_list_removal_reason reason_for_removal_from_list withdrawal_reason"
    " elective_admission_list_removal_reason_code discharge_reason"
    " elective_admission_list_removal_reason clock_stop_reason withdrawn_reason"
    " removal_reason_description rtt_clock_stop_reason reason_withdrawn discharge_outcome"
    " end_reason reason_for_withdrawal",
    "still_waiting": "still_waiting still_on_list on_list on_waiting_list currently_waiting"
    " is_waiting active is_active active_flag active_indicator active_yn waiting_flag on_list_flag"
    " active_pathway active_on_list clock_running",
    "list_status": "list_status waiting_list_status wl_status pathway_status status patient_status"
    " referral_status waiting_status current_status outcome pathway_outcome waiting_list_outcome"
    " wl_outcome clock_status rtt_clock_status entry_status wl_entry_status list_entry_status"
    " removal_status waiting_list_entry_status",
    # When the row was made.
    "created": "date_and_time_data_set_created data_set_created",
    # How urgent it is. Many systems keep "Routine" or "Urgent" under "Priority", beside a P code.
    "priority": "procedure_priority_code surgical_priority surgical_priority_code p_code"
    " p_category fssa_priority procedure_priority p_codes clinical_priority_code clinical_priority"
    " priority_code priority priority_description priority_desc priority_level priority_category"
    " waiting_list_priority wl_priority admission_priority urgency urgency_code clinical_urgency"
    " outpatient_priority_code prioritisation diagnostic_priority_code diagnostic_priority"
    " current_priority current_priority_code case_priority patient_priority priority_p_code fssa"
    " fssa_code fssa_category p_cat p_level p_number p_no d_code d_category pri prty"
    " admission_urgency urgency_category clinical_prioritisation clinical_prioritisation_code"
    " prioritisation_code prioritisation_category surgical_prioritisation"
    " surgical_prioritisation_code",
    "priority_date": "priority_date date_of_last_priority_review last_priority_review_date"
    " priority_review_date p_code_review_date",
    "priority_type": "priority_type priority_type_code referral_priority_type"
    " priority_type_description referral_priority referral_urgency referral_priority_code"
    " rtt_priority",
    "cancer": "cancer inclusion_on_cancer_ptl cancer_ptl on_cancer_ptl cancer_pathway cancer_flag"
    " suspected_cancer is_cancer cancer_status two_week_wait 2ww tww usc urgent_suspected_cancer"
    " cancer_indicator two_week_wait_flag 2ww_flag usc_flag cancer_ptl_flag cancer_yn two_ww"
    " 2_week_wait 2_week_wait_flag 2_week_rule two_week_rule 2wr cancer_type suspected_cancer_type"
    " cancer_site cancer_tumour_site tumour_site tumour_type tumour_group malignancy malignant cwt"
    " cwt_flag fds fds_flag faster_diagnosis_standard 62_day_pathway 62_day 31_day_pathway"
    " cancer_62_day suspected_cancer_flag",
    # Where the patient lives, and is willing to go.
    "area": "area der_lsoa2021 lsoa_2021 lsoa21cd lsoa21 lsoa lsoa_code der_lsoa2011 lsoa_2011"
    " lsoa11cd lsoa11 lower_super_output_area postcode_sector postcode_district postcode"
    " patient_postcode home_postcode postcode_of_usual_address",
    "consent": "consent consent_to_transfer transfer_consent mutual_aid_consent consent_to_move"
    " willing_to_transfer willing_to_move patient_consent consent_status consent_flag consented"
    " consent_given consent_to_mutual_aid consent_yn consents consents_to_transfer agrees_to_move"
    " agrees_to_transfer agreed_to_move agreed_to_transfer agrees_to_mutual_aid mutual_aid_agreed"
    " transfer_agreed patient_agrees patient_agreed happy_to_move happy_to_transfer"
    " accepts_transfer will_move ok_to_move ok_to_transfer transfer_ok mutual_aid_ok opt_in"
    " opted_in mutual_aid_opt_in",
    "willing": "willing willing_to_travel willingness_to_travel travel_willingness"
    " travel_preference travel_limit max_travel max_travel_time maximum_travel maximum_travel_time"
    " max_travel_distance",
    "willing_minutes": "willing_minutes willing_to_travel_minutes max_travel_minutes"
    " maximum_travel_minutes willing_mins max_travel_mins max_minutes",
    "willing_miles": "willing_miles willing_to_travel_miles miles_willing_to_travel"
    " max_travel_miles maximum_travel_miles",
    "willing_icb": "willing_icb",
    "declined": "declined",
    "icb": "icb icb_code dm_icb_commissioner icb_of_residence patient_icb icb_commissioner"
    " integrated_care_board",
    # What has been arranged already.
    "date": "tci_date tci to_come_in_date planned_admission_date offered_for_admission_date"
    " booked_date date_booked tci_date_time booked_admission_date scheduled_date planned_tci_date"
    " date booked theatre_date planned_date tci_dt date_of_tci admission_booked_date",
    "outpatient_date": "outpatient_date outpatient_future_appointment_date future_appointment_date"
    " next_appointment_date next_appt_date appointment_date",
    "date_weeks": "date_weeks",
    "transferred": "transferred already_transferred transferred_in transferred_before"
    " previously_transferred already_moved previously_moved",
    "transfer_status": "transfer_status",
    "accepting_provider": "accepting_provider mutual_aid_accepting_provider",
    "list_type": "list_type waiting_list_type wl_type",
    "decision_to_admit": "decision_to_admit decision_to_admit_date dta_date dta",
    "admitted": "admitted admitted_pathway",
    # Who waits: for fairness and for what a site can safely do.
    "age": "age der_age_week_ending_date age_at_week_ending_date age_at_census current_age"
    " age_years patient_age",
    "date_of_birth": "date_of_birth dob birth_date person_birth_date patient_dob",
    "adult": "adult is_adult adult_flag adult_yn",
    "age_band": "age_band",
    "deprivation": "deprivation imd_quintile deprivation_quintile imd_2025_quintile"
    " imd_2019_quintile imd19_quintile index_of_multiple_deprivation_quintile",
    "imd_decile": "imd_decile deprivation_decile imd_2025_decile imd_2019_decile imd19_decile"
    " index_of_multiple_deprivation_decile"
    " index_of_multiple_deprivation_imd_decile_where_1_is_most_deprived_10_of_lsoas",
    "ethnicity": "ethnicity ethnic_category ethnic_category_code ethnic_group ethnic_origin"
    " ethnic_code",
    "sex": "sex person_stated_gender_code stated_gender_code person_gender_code"
    " person_phenotypic_sex gender_code gender sex_code",
    "asa": "asa asa_grade asa_physical_status_classification_system_code asa_score asa_class"
    " asa_code",
    "anaesthetic": "anaesthetic anaesthetic_type type_of_anaesthetic anaesthesia",
    "overnight": "overnight overnight_stay",
    "intended_management": "intended_management intended_management_code",
    "critical_care": "critical_care critical_care_needed critical_care_required"
    " needs_critical_care",
    "equipment": "equipment special_equipment equipment_required",
    "complexity": "complexity complexity_score case_complexity",
    "bmi": "bmi body_mass_index",
}
"""By our name of the column, the headings that mean it: the surest first, blanks between them."""


LEAVING = (
    *("removal_date", "discharge_date", "treatment_date", "death_date"),
    *("deceased", "removed", "removal_reason", "still_waiting", "list_status"),
)
"""Columns that say that somebody has left the list, beside the RTT clock."""

_IDENTIFIERS = (*IDENTIFIERS, "referral_id")
_DATED = (
    *("clock_start", "clock_stop", "date", "outpatient_date", "date_of_birth"),
    *(name for name in LEAVING if name.endswith("_date")),
)
_EVERY = (
    *("rtt_status", "clock_stop", "date", "outpatient_date", "transferred", *LEAVING),
    *("priority", "priority_type", "cancer", "consent"),
)

FIELDS = tuple(
    Field(name, tuple(text.split()), name in _IDENTIFIERS, name in _DATED, name in _EVERY)
    for name, text in _HEADINGS.items()
)
KNOWN: Mapping[str, Field] = MappingProxyType({field.name: field for field in FIELDS})

SURGICAL_SCALE = headings_in(
    "procedure_priority_code surgical_priority surgical_priority_code p_code p_category p_codes"
    " fssa_priority procedure_priority priority_p_code fssa fssa_code fssa_category p_cat p_level"
    " p_number p_no surgical_prioritisation surgical_prioritisation_code"
)
REFERRAL_SCALE = headings_in("priority_type priority_type_code referral_priority_type")
"""Headings that say what a bare number counts: P1 to P6, or the priority type of a referral."""

AS_GIVEN = ("anaesthetic", "critical_care", "equipment", "complexity")
"""Kept as they are, for what a site accepts."""
