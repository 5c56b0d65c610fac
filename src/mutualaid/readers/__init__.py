"""Files that people have, read into the tables of a system."""

from mutualaid.readers.rtt import RTT, read_rtt
from mutualaid.readers.services import (
    MIXED_SERVICES,
    SERVICES,
    national_service,
    rtt_service,
)
from mutualaid.readers.sites import read_sites, travel_matrix, travel_times

__all__ = [
    "MIXED_SERVICES",
    "RTT",
    "SERVICES",
    "national_service",
    "read_rtt",
    "read_sites",
    "rtt_service",
    "travel_matrix",
    "travel_times",
]
