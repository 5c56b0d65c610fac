"""Files that people have, read into the tables of a system."""

from mutualaid.data.rates import every_period
from mutualaid.data.words.service_words import SERVICES
from mutualaid.policy.policy import MIXED_SERVICES
from mutualaid.readers.rtt.read import RTT, read_rtt
from mutualaid.readers.services import national_service, rtt_service
from mutualaid.readers.sites import read_sites
from mutualaid.readers.waiting_list import read_waiting_list
from mutualaid.readers.way_estimates import travel_times
from mutualaid.readers.way_tables import travel_matrix

__all__ = [
    "MIXED_SERVICES",
    "RTT",
    "SERVICES",
    "every_period",
    "national_service",
    "read_rtt",
    "read_sites",
    "read_waiting_list",
    "rtt_service",
    "travel_matrix",
    "travel_times",
]
