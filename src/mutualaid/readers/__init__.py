"""Files that people have, read into the tables of a system."""

from mutualaid.data.rates import every_period
from mutualaid.data.words.service_words import SERVICES
from mutualaid.policy.policy import MIXED_SERVICES
from mutualaid.readers.counts.read import read_counts
from mutualaid.readers.demand_and_capacity.history import (
    referrals_from_history,
    removals_from_history,
    slots_from_activity,
)
from mutualaid.readers.demand_and_capacity.sessions import slots_from_sessions
from mutualaid.readers.own_tables.read import OwnTables, read_policy, read_system, read_tables
from mutualaid.readers.rtt.read import RTT, read_rtt
from mutualaid.readers.services import national_service, rtt_service
from mutualaid.readers.sites import read_sites
from mutualaid.readers.waiting_list import read_waiting_list
from mutualaid.readers.way_estimates import travel_times
from mutualaid.readers.way_tables import travel_matrix

__all__ = [
    "MIXED_SERVICES",
    "OwnTables",
    "RTT",
    "SERVICES",
    "every_period",
    "national_service",
    "read_counts",
    "read_policy",
    "read_rtt",
    "read_sites",
    "read_system",
    "read_tables",
    "read_waiting_list",
    "referrals_from_history",
    "removals_from_history",
    "rtt_service",
    "slots_from_activity",
    "slots_from_sessions",
    "travel_matrix",
    "travel_times",
]
