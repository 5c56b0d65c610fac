"""The inter-provider transfer list: what a trust sends with a patient whom another one treats.

Names are those of the NHS Data Dictionary's Inter-Provider Transfer Administrative Minimum Data
Set (IPTAMDS). A waiting list holds only part of it: names, addresses, the general practice and
the referring clinician are added by the trust that sends it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import numpy as np
import pandas as pd

from mutualaid.arguments import argument, checks_arguments
from mutualaid.data.column_checks import as_frame
from mutualaid.data.schema import IDENTIFIERS
from mutualaid.errors import InputError, Problems, tell

ON_THE_FORM = "20"
"""Subsequent activity during a referral to treatment period: what the form says."""
IN_THE_SENDERS_SYSTEM = "21"
"""Transfer to another provider: what the sender records in its own system, not on the form."""

FIELDS = {
    "pathway_id": "PATIENT_PATHWAY_IDENTIFIER",
    "pathway_issuer": "ORGANISATION_CODE_(PATIENT_PATHWAY_IDENTIFIER_ISSUER)",
    "person_id": "PERSON_ID_(PSEUDONYMISED_NHS_NUMBER)",
    "local_id": "LOCAL_PATIENT_IDENTIFIER",
    "clock_start": "REFERRAL_TO_TREATMENT_PERIOD_START_DATE",
    "priority": "PRIORITY",
    "consent": "CONSENT",
}
"""Columns of the list that are handed on as they are, and under which names."""

NEEDED = ("patient_id", "origin", "service", "provider")


@checks_arguments
def transfer_list(
    offers: pd.DataFrame,
    patients: object,
    accepted: Collection[str] | None = None,
    *,
    decided: dt.date | None = None,
) -> pd.DataFrame:
    """Make the transfer list of who is offered treatment elsewhere. Holds identifiers.

    A row a patient, for the form that the origin sends to the receiver. It names patients: keep
    it where the patients' records are kept. The clock is not reset: the start of the referral to
    treatment period is the list's own. The receiver reports the wait unless agreed otherwise.

    Parameters
    ----------
    offers
        The table of ``plan.patients``, of ``plan.offers`` or of who accepted
        (:attr:`mutualaid.patients.Replan.accepted`): ``patient_id``, ``origin``, ``service``,
        ``provider``. Where there is a ``decision``, rows in which it is ``"offer"`` are used.
    patients
        The :class:`mutualaid.PatientList` that they are of, or its table.
    accepted
        The ``patient_id`` of who accepted; None: everybody who is offered.
    decided
        When it was decided to refer on; by default the census, if known, else left empty.

    Returns
    -------
    pandas.DataFrame
        In the order of the offers, under the data dictionary's names, those of
        ``PATIENT_PATHWAY_IDENTIFIER``, its issuer, ``LOCAL_PATIENT_IDENTIFIER``,
        ``REFERRAL_TO_TREATMENT_PERIOD_START_DATE`` that the list holds (the pathway and the clock
        are always there, empty if it does not); ``REFERRING_ORGANISATION_CODE``,
        ``ORGANISATION_CODE_(RECEIVING)``, the ``TREATMENT_FUNCTION_CODE`` of both services (three
        characters, or the label as given), ``DECISION_TO_REFER_DATE_(INTER-PROVIDER_TRANSFER)``,
        and ``REFERRAL_TO_TREATMENT_PERIOD_STATUS_(INTER-PROVIDER_TRANSFER)``, which is 20 on the
        form. Beyond the data set: ``STATUS_IN_THE_SENDERS_SYSTEM`` (21), ``PRIORITY``,
        ``CONSENT`` and the pseudonymous number, if held.

    Raises
    ------
    InputError
        If a column is not there, an offer or an acceptance is of nobody on the list, or the list
        holds nothing that would tell the receiver who a patient is.

    Warns
    -----
    InputWarning
        How many rows have no pathway identifier, issuer or clock start, all of which the form
        must have.

    Examples
    --------
    >>> listed = pd.DataFrame({"patient_id": ["a"], "pathway_id": ["P1"], "pathway_issuer": "XA1",
    ...     "clock_start": [pd.Timestamp("2025-01-02")]})
    >>> offers = pd.DataFrame({"patient_id": ["a"], "origin": "XA1", "service": "C_110",
    ...     "decision": "offer", "provider": "XB2"})
    >>> row = transfer_list(offers, listed, decided=dt.date(2025, 9, 1)).iloc[0]
    >>> row["ORGANISATION_CODE_(RECEIVING)"], row["TREATMENT_FUNCTION_CODE_(RECEIVING_SERVICE)"]
    ('XB2', '110')
    """
    # A table has columns, which may be called anything; a list of patients has a census.
    known = None if isinstance(patients, pd.DataFrame) else patients
    frame = getattr(known, "frame", None)
    listed = as_frame("patients", patients) if frame is None else frame
    going = _going(offers, listed, accepted)
    census = getattr(known, "census", None) if decided is None else decided
    own = listed.set_index("patient_id").reindex(going["patient_id"])
    function = going["service"].astype(str).str.removeprefix("C_")
    columns: dict[str, object] = {
        name: _plain(own[column]) for column, name in FIELDS.items() if column in own
    }
    for column in ("pathway_id", "pathway_issuer", "clock_start"):
        columns.setdefault(FIELDS[column], np.full(len(going), None, dtype=object))
    columns |= {
        "REFERRING_ORGANISATION_CODE": _plain(going["origin"]),
        "TREATMENT_FUNCTION_CODE_(REFERRING_SERVICE)": function.to_numpy(),
        "ORGANISATION_CODE_(RECEIVING)": _plain(going["provider"]),
        "TREATMENT_FUNCTION_CODE_(RECEIVING_SERVICE)": function.to_numpy(),
        "DECISION_TO_REFER_DATE_(INTER-PROVIDER_TRANSFER)": pd.Timestamp(census)
        if census is not None
        else pd.NaT,
        "REFERRAL_TO_TREATMENT_PERIOD_STATUS_(INTER-PROVIDER_TRANSFER)": ON_THE_FORM,
        "STATUS_IN_THE_SENDERS_SYSTEM": IN_THE_SENDERS_SYSTEM,
    }
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(going)))
    _warn_of_gaps(table)
    return table


def _plain(values: pd.Series) -> np.ndarray:
    """Values without the list's categories, so that tables of several lists can be joined."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype(object).to_numpy()
    result: np.ndarray = values.to_numpy()
    return result


def _going(
    offers: pd.DataFrame, listed: pd.DataFrame, accepted: Collection[str] | None
) -> pd.DataFrame:
    problems = Problems()
    argument.kind("offers", offers, pd.DataFrame, "pass what plan.patients gives")
    problems.need("offers", offers, NEEDED, "pass the table of plan.patients")
    problems.need("patients", listed, ("patient_id",), "pass the list itself")
    problems.raise_if_any()
    held = [name for name in IDENTIFIERS if name in listed and name != "pathway_issuer"]
    if not any(listed[name].notna().any() for name in held):
        raise InputError("the list holds no identifier: the receiver could not tell who is sent")
    if listed["patient_id"].duplicated().any():
        rows = listed["patient_id"].duplicated(keep=False).to_numpy()
        problems.add("patients", "patient_id", "is there twice", "keep one row each", rows=rows)
    going = offers
    if "decision" in offers:
        going = offers[(offers["decision"] == "offer").to_numpy()]
    unknown = ~going["patient_id"].isin(listed["patient_id"]).to_numpy()
    if unknown.any():
        what = "is of nobody on the list"
        problems.add("offers", "patient_id", what, "pass the list that they are of", rows=unknown)
    if accepted is not None:
        if isinstance(accepted, str):
            raise InputError("accepted is one text: pass a list, or a set, of patient_id")
        wanted = pd.Series(list(accepted), dtype=object)
        strange = ~wanted.isin(going["patient_id"]).to_numpy()
        if strange.any():
            what = "is of nobody who was offered anything"
            problems.add("accepted", "", what, "leave it out", rows=strange)
        going = going[going["patient_id"].isin(wanted).to_numpy()]
    problems.raise_if_any()
    return going.reset_index(drop=True)


def _warn_of_gaps(table: pd.DataFrame) -> None:
    gaps = {
        FIELDS[column]: int(table[FIELDS[column]].isna().sum())
        for column in ("pathway_id", "pathway_issuer", "clock_start")
    }
    if any(gaps.values()):
        told = ", ".join(f"{name} in {rows:,}" for name, rows in gaps.items() if rows)
        tell(f"of {len(table):,} transfers fields that the form must have are empty: {told}")
