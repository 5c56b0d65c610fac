"""Every number of the default winters, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping

WINTER = (12, 1, 2)
"""The months of winter: December to February."""
DECIMALS = 3
"""Of factors, so that they can be read where they are kept as TOML."""

INDEX: Mapping[str, Mapping[int, float]] = {
    "mild": {12: 0.965, 1: 1.0, 2: 1.0},
    "as last year": {12: 0.888, 1: 0.974, 2: 0.974},
    "bad": {12: 0.825, 1: 0.892, 2: 0.892},
}
"""What is done a working day, by month of the year, against an ordinary month.

Measured on the published files of November 2025 to January 2026, against November 2025, the only
month of them that is no winter's. As last year: all 493 providers with completed pathways in each
month. Mild and bad: the mildest and the hardest tenth of the 157 with 1,000 a month or more (the
mild January is 1.071, cut to 1). Assumptions: that November is an ordinary month, that February is
as January (there is no file of one), and that winters differ as trusts did in one of them. Each
of November and December 2025 had a five-day strike of resident doctors in it.
"""
WORKING_SHARE = 253 / 365
"""Working days for each day of an ordinary year in England: 365 less 104 of weekends and 8 bank
holidays (gov.uk/bank-holidays)."""
MILD, BAD = 0.9, 0.1
"""Quantiles between trusts that are taken for a mild and a bad winter: an assumption."""

STRIKE_LOSS = 0.07
"""Share of the capacity of a strike day that is lost.

NHS England: 93 % of planned care was kept up in the five days of July 2025, and more than 95 % in
those of November 2025 (Independent, 23 November 2025). In 2016 there were 9.1 % fewer admissions
and 6.0 % fewer outpatient appointments than expected (Furnivall et al. 2018, BMJ Open 8:e019319).
What was never booked for these days is not in NHS England's figure: the loss may be greater.
"""
STRIKE_DAYS = 5.0
"""Strike days in every 20 working days of the winter. Assumption: a round each four weeks, much as
from 14 November and from 17 December 2025; of such five days at most five are working days."""
OUTBREAK_LOSS = 0.195
"""Share of a site's slots that need a ward.

Measured on the published files of November 2025 to January 2026: 867,344 of 4,457,742 completed
pathways were admitted. Day cases, which may go on, are among them. That all of them are lost for
a period is an assumption; if slots are of inpatients only, 1 is the number.
"""
OUTBREAK_MONTH = 1
"""The outbreak comes in the period with the most days of January: an assumption."""

PROBABILITIES: Mapping[str, float] = {
    "expected": 0.1,
    "mild": 0.2,
    "as last year": 0.3,
    "bad": 0.15,
    "strikes": 0.15,
    "outbreak": 0.1,
}
"""How likely each winter is: an assumption, to be replaced by one's own judgement."""
TOGETHER = 0.5
"""How likely a provider's winter is that of the whole system, not one of its own: an assumption,
as files of one winter cannot tell."""
