"""What the reader of the published file tells a log."""

from __future__ import annotations

import logging
import re

from mutualaid.readers import read_rtt


def test_a_log_tells_what_was_read(write, line, caplog):
    """Months, and how much there was of them; how long it took."""
    rows = [
        line("RAA", "C_110", "Part_2", {3: 100}),
        line("RAA", "C_110", "Part_1B", {3: 10}),
        line("RAA", "C_110", "Part_3", 12),
    ]
    path = write(rows)
    with caplog.at_level(logging.INFO, logger="mutualaid"):
        read_rtt(path)
    (told,) = [record.getMessage() for record in caplog.records]
    assert re.fullmatch(r"months 2026-01: 1 providers, 3 rows of counts, read in \d+\.\d\d s", told)
