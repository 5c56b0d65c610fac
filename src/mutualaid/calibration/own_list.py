"""What a forecast puts beside a trust's own list of patients: slots, joiners and leavers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False, kw_only=True)
class SlotTables:
    """Tables of a system but for its list and its ways, in whole numbers, without wait classes.

    Attributes
    ----------
    capacity : pandas.DataFrame
        ``provider``, ``service``, ``stream`` where streams are told apart, ``period``, ``slots``.
    referrals, removals : pandas.DataFrame
        ``origin``, ``service``, ``stream`` where told apart, ``period``, ``weeks_waiting`` when it
        starts, ``patients``.
    booked : pandas.DataFrame or None
        The columns of ``removals``: whose slots are spoken for, as the published counts have
        them; None if every slot is steerable. Of a list with dates use
        :meth:`mutualaid.data.patient_list.PatientList.booked` in its place.
    quality : pandas.DataFrame
        What was assumed: ``what``, ``provider``, ``lists``, ``patients``.
    """

    capacity: pd.DataFrame
    referrals: pd.DataFrame
    removals: pd.DataFrame
    booked: pd.DataFrame | None
    quality: pd.DataFrame
