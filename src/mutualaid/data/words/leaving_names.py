"""Headings under which lists say that somebody has left them, beside the RTT clock."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAVING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "removal_date": (
            *("removal_date", "date_removed", "removed_date", "date_of_removal", "removed_on"),
            *("removed_from_list_date", "date_removed_from_list", "list_removal_date"),
            *("waiting_list_removal_date", "date_removed_from_waiting_list", "wl_removal_date"),
            *("elective_admission_list_removal_date", "removal_from_list_date", "end_date"),
            *("withdrawal_date", "withdrawn_date", "date_withdrawn", "date_of_withdrawal"),
            *("pathway_end_date", "pathway_closed_date", "date_closed", "closed_date"),
            *("referral_closed_date", "referral_closure_date", "referral_end_date"),
            *("service_discharge_date", "waiting_list_end_date", "cancellation_date"),
            *("date_off_list", "off_list_date", "date_left_list", "left_list_date", "removal_dt"),
            *("wl_removal_dt", "date_removed_from_wl", "removed_from_wl_date", "wl_end_date"),
            *("list_end_date", "date_delisted", "delisted_date", "date_taken_off_list"),
            *(
                "removal_date_time",
                "date_of_removal_from_list",
                "wl_date_removed",
                "date_rtt_closed",
            ),
        ),
        "discharge_date": (
            *("discharge_date", "date_of_discharge", "discharged_date", "date_discharged"),
            *("discharge_date_hospital_provider_spell", "discharge_date_time", "discharged_on"),
            *("referral_discharge_date", "outpatient_discharge_date"),
        ),
        "treatment_date": (
            *("treatment_date", "treated_date", "date_of_treatment", "date_treated"),
            *("first_treatment_date", "first_definitive_treatment_date", "treated_on"),
            *("actual_admission_date", "admitted_date", "date_admitted", "date_of_admission"),
            *("admission_date", "start_date_hospital_provider_spell", "admitted_on"),
            *("procedure_date", "surgery_date", "operation_date", "date_of_operation"),
        ),
        "death_date": (
            *("death_date", "date_of_death", "person_death_date", "dod", "deceased_date"),
            *("date_deceased", "died_date", "date_died", "reg_date_of_death", "patient_death_date"),
            *("date_of_decease", "death_dt", "deceased_on", "died_on", "date_time_of_death"),
        ),
        "deceased": (
            *("deceased", "deceased_flag", "deceased_indicator", "is_deceased", "died", "dead"),
            *("death_flag", "patient_deceased", "patient_died", "death_status", "death_indicator"),
            *("rip", "rip_flag", "dead_flag", "deceased_yn", "deceased_status", "died_flag"),
        ),
        "removed": (
            *("removed", "removed_flag", "removed_from_list", "removed_from_waiting_list"),
            *("withdrawn", "withdrawn_flag", "discharged", "discharged_flag", "treated"),
            *(
                "treated_flag",
                "clock_stopped",
                "clock_stop_flag",
                "rtt_clock_stopped",
                "is_removed",
            ),
            *("left_list", "pathway_closed", "closed", "removed_from_wl", "delisted", "off_list"),
            *("removed_from_pathway", "removed_yn", "withdrawn_by_patient", "patient_withdrawn"),
        ),
        "removal_reason": (
            *("removal_reason", "reason_for_removal", "removal_reason_code", "reason_removed"),
            *("waiting_list_removal_reason", "reason_for_removal_from_list", "withdrawal_reason"),
            *("elective_admission_list_removal_reason_code", "discharge_reason"),
            *("elective_admission_list_removal_reason", "clock_stop_reason", "withdrawn_reason"),
            *("removal_reason_description", "rtt_clock_stop_reason", "reason_withdrawn"),
            *("discharge_outcome", "end_reason", "reason_for_withdrawal"),
        ),
        "still_waiting": (
            *("still_waiting", "still_on_list", "on_list", "on_waiting_list", "currently_waiting"),
            *("is_waiting", "active", "is_active", "active_flag", "active_indicator", "active_yn"),
            *("waiting_flag", "on_list_flag", "active_pathway", "active_on_list", "clock_running"),
        ),
        "list_status": (
            *("list_status", "waiting_list_status", "wl_status", "pathway_status", "status"),
            *("patient_status", "referral_status", "waiting_status", "current_status"),
            *("outcome", "pathway_outcome", "waiting_list_outcome", "wl_outcome"),
            *("clock_status", "rtt_clock_status", "entry_status", "wl_entry_status"),
            *("list_entry_status", "removal_status", "waiting_list_entry_status"),
        ),
    }
)
"""By our name of the column. Those of a date end in "_date"; a yes to "still_waiting" is nobody
who has left."""
