"""Patients with columns of their own, and the rules about them, one patient at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from strategies import Case, cases

import mutualaid as ma


@dataclass(frozen=True)
class People:
    """A case whose list has a row for each patient, and what sites accept."""

    case: Case
    rows: pd.DataFrame
    accepts: pd.DataFrame | None
    policy: ma.Policy

    def patients(self, rows: pd.DataFrame | None = None) -> ma.PatientList:
        """The patients as a list."""
        return ma.PatientList(self.rows if rows is None else rows)

    def system(self, rows: pd.DataFrame | None = None) -> ma.System:
        """The system of the list."""
        return ma.System(
            **{**self.case.tables, "waiting_list": self.patients(rows)},
            accepts=self.accepts,
            period_weeks=self.case.period_weeks,
            periods=self.case.periods,
        )

    def may_go(self, patient: dict[str, object], provider: str) -> bool:
        """Whether a patient's own columns let them go to a provider."""
        policy = self.policy
        if "consent" in self.rows and patient["consent"] not in policy.movable_consent:
            return False
        if patient.get("date_weeks", np.inf) < min(policy.keep_dates_weeks, 10**6):
            return False
        if patient.get("transferred") and not policy.move_transferred:
            return False
        if policy.adults_only and not patient.get("adult", True):
            return False
        if patient.get("declined") in (provider, "any"):
            return False
        travel = self.case.tables["travel"]
        start = "area" if "area" in travel else "origin"
        way = travel[(travel[start] == patient[start]) & (travel["provider"] == provider)]
        if "willing_minutes" in patient and not (
            len(way) and way["minutes"].iloc[0] <= patient["willing_minutes"]
        ):
            return False
        limit = patient.get("willing_miles", np.inf)
        far = way["miles"].iloc[0] if len(way) and "miles" in way else np.nan
        if limit != np.inf and not far <= limit:
            return False
        rules = [] if self.accepts is None else self.accepts.to_dict("records")
        icbs = [r for r in rules if r["provider"] == provider and r["column"] == "willing_icb"]
        if patient.get("willing_icb") and not icbs:
            return False
        for rule in rules:
            if rule["provider"] != provider or rule.get("service", "") not in (
                "",
                patient["service"],
            ):
                continue
            value = patient.get(rule["column"])
            if rule["column"] == "willing_icb" and rule["column"] not in patient:
                continue
            if value is None or value != value:
                return False
            # A missing limit is NaN, which nothing is above.
            if value is not None and rule["column"] == "asa" and value > rule["at_most"]:
                return False
            if rule.get("among") and str(value) not in rule["among"].split("|"):
                return False
        return True


@st.composite
def people(draw, most_patients=3):
    """A small case with patients one by one."""
    case = draw(cases(most_patients=most_patients))
    counts = case.tables["waiting_list"]
    rows = counts.loc[counts.index.repeat(counts["patients"])].drop(columns="patients")
    rows = rows.reset_index(drop=True)
    size = len(rows)

    def column(values):
        return draw(st.lists(st.sampled_from(values), min_size=size, max_size=size))

    rows["patient_id"] = draw(st.permutations([f"patient {i}" for i in range(size)]))
    if draw(st.booleans()):
        rows["days_waiting"] = 7 * rows["weeks_waiting"] + np.array(column([1, 4, 7]))
    if draw(st.booleans()):
        rows["consent"] = column(["yes", "yes", "no", "not asked"])
    if draw(st.booleans()):
        rows["date_weeks"] = column([np.inf, np.inf, 0.0, 7.0, 8.0, 20.0])
    if draw(st.booleans()):
        rows["willing_minutes"] = column([np.inf, 0.0, 20.0, 60.0])
    if draw(st.booleans()):
        rows["willing_miles"] = column([np.inf, 0.0, 15.0, 50.0])
    if draw(st.booleans()):
        rows["transferred"] = column([False, False, True])
    if draw(st.booleans()):
        rows["adult"] = column([True, True, False])
    if draw(st.integers(0, 3)) == 0:
        rows["declined"] = column(["", "", "RA", "RB", "any"])
    rules = []
    if draw(st.booleans()):
        rows["asa"] = column([1.0, 2.0, 3.0, np.nan])
        service = draw(st.sampled_from(["", *sorted(case.tables["capacity"]["service"])]))
        rules.append({"provider": "RA", "service": service, "column": "asa", "at_most": 2.0})
    if draw(st.booleans()):
        rows["willing_icb"] = column(["", "Q1", "Q2"])
        if draw(st.booleans()):
            rules.append({"provider": "RA", "column": "willing_icb", "among": "|Q1"})
    offers = set(case.tables["capacity"]["provider"])
    rules = [rule for rule in rules if rule["provider"] in offers]
    accepts = pd.DataFrame(rules).fillna({"service": "", "among": ""}) if rules else None
    policy = case.policy.replace(
        movable_consent=draw(st.sampled_from([("yes",), ("yes", "not asked")])),
        keep_dates_weeks=draw(st.sampled_from([0, 8, np.inf])),
        move_transferred=draw(st.booleans()),
        adults_only="adult" in rows and draw(st.booleans()),
        notice_weeks=draw(st.sampled_from([0, 0, 1, 3])),
    )
    return People(case, rows, accepts, policy)
