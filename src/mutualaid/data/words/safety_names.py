"""Headings under which lists say how urgent patients are, and whether and how far they would go."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SAFETY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "priority": (
            *("procedure_priority_code", "surgical_priority", "surgical_priority_code"),
            *("p_code", "p_category", "fssa_priority", "procedure_priority", "p_codes"),
            *("clinical_priority_code", "clinical_priority", "priority_code", "priority"),
            *("priority_description", "priority_desc", "priority_level", "priority_category"),
            *("waiting_list_priority", "wl_priority", "admission_priority", "urgency"),
            *("urgency_code", "clinical_urgency", "outpatient_priority_code", "prioritisation"),
            *("diagnostic_priority_code", "diagnostic_priority", "current_priority"),
            *("current_priority_code", "case_priority", "patient_priority", "priority_p_code"),
            *("fssa", "fssa_code", "fssa_category", "p_cat", "p_level", "p_number", "p_no"),
            *("d_code", "d_category", "pri", "prty", "admission_urgency", "urgency_category"),
            *("clinical_prioritisation", "clinical_prioritisation_code", "prioritisation_code"),
            *("prioritisation_category", "surgical_prioritisation", "surgical_prioritisation_code"),
        ),
        "priority_type": (
            *("priority_type", "priority_type_code", "referral_priority_type"),
            *("priority_type_description", "referral_priority", "referral_urgency"),
            *("referral_priority_code", "rtt_priority"),
        ),
        "cancer": (
            *("cancer", "inclusion_on_cancer_ptl", "cancer_ptl", "on_cancer_ptl"),
            *("cancer_pathway", "cancer_flag", "suspected_cancer", "is_cancer", "cancer_status"),
            *("two_week_wait", "2ww", "tww", "usc", "urgent_suspected_cancer", "cancer_indicator"),
            *("two_week_wait_flag", "2ww_flag", "usc_flag", "cancer_ptl_flag", "cancer_yn"),
            *("two_ww", "2_week_wait", "2_week_wait_flag", "2_week_rule", "two_week_rule", "2wr"),
            *("cancer_type", "suspected_cancer_type", "cancer_site", "cancer_tumour_site"),
            *("tumour_site", "tumour_type", "tumour_group", "malignancy", "malignant", "cwt"),
            *("cwt_flag", "fds", "fds_flag", "faster_diagnosis_standard", "62_day_pathway"),
            *("62_day", "31_day_pathway", "cancer_62_day", "suspected_cancer_flag"),
        ),
        "consent": (
            *("consent", "consent_to_transfer", "transfer_consent", "mutual_aid_consent"),
            *("consent_to_move", "willing_to_transfer", "willing_to_move", "patient_consent"),
            *("consent_status", "consent_flag", "consented", "consent_given"),
            *("consent_to_mutual_aid", "consent_yn", "consents", "consents_to_transfer"),
            *("agrees_to_move", "agrees_to_transfer", "agreed_to_move", "agreed_to_transfer"),
            *("agrees_to_mutual_aid", "mutual_aid_agreed", "transfer_agreed", "patient_agrees"),
            *("patient_agreed", "happy_to_move", "happy_to_transfer", "accepts_transfer"),
            *("will_move", "ok_to_move", "ok_to_transfer", "transfer_ok", "mutual_aid_ok"),
            *("opt_in", "opted_in", "mutual_aid_opt_in"),
        ),
        "willing": (
            *("willing", "willing_to_travel", "willingness_to_travel", "travel_willingness"),
            *("travel_preference", "travel_limit", "max_travel", "max_travel_time"),
            *("maximum_travel", "maximum_travel_time", "max_travel_distance"),
        ),
        "willing_minutes": (
            *("willing_minutes", "willing_to_travel_minutes", "max_travel_minutes"),
            *("maximum_travel_minutes", "willing_mins", "max_travel_mins", "max_minutes"),
        ),
        "willing_miles": (
            *("willing_miles", "willing_to_travel_miles", "miles_willing_to_travel"),
            *("max_travel_miles", "maximum_travel_miles"),
        ),
    }
)
"""By our name of the column, the surest first."""
