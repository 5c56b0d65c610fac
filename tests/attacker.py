# ruff: noqa: ARG005, B023
"""Somebody who has all that one run writes, and works out what the hidden counts can be.

They know how plans work: the same patients are on both lists, waits go on week by week, a slot
treats one patient, a median is a median, and what a week of waiting costs. The unknown is how many
patients of each trust and service have waited how long, and who is treated where and when. From
the files, and from nothing else of the plan, come limits on that; for every hidden count the least
and the most that it can be are two integer programs.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from functools import cached_property

import highspy
import numpy as np
import pandas as pd

from mutualaid.cli.outputs import plan_table, system_line
from mutualaid.disclosure.several_plans import counts_of
from mutualaid.readers.display_names import Names
from mutualaid.report.page.content import page_of
from mutualaid.report.sheets import sheets

LINES = (18, 52, 65, 78, 104)
SHARES = {"median": 0.5, "p92": 0.92}
ENDLESS = 10_000
MINUS = "\u2212"


class Run:
    """All that is written of a plan: what a reader has."""

    def __init__(self, plan, folder, threshold=5):
        self.threshold = threshold
        self.csv = {}
        for table in ("measures", "moves", "prices", "remaining"):
            path = plan.to_csv(folder / f"{table}.csv", table=table, suppress_below=threshold)
            self.csv[table] = pd.read_csv(
                io.StringIO(path.read_text("utf-8-sig")), dtype=str, keep_default_na=False
            )
        providers = plan.system.providers
        page = page_of(
            {plan.collaboration.name: plan},
            suppress_below=threshold,
            title=None,
            labels=Names(providers, None),
            quality=None,
            census=None,
        )
        self.asked = " ".join(page.asked)
        self.page = page.parts[0]
        self.workbook = {s.name: s for s in sheets(plan, counts_of(plan, threshold))}
        self.screen = {row[0]: row[1:] for row in plan_table(plan, threshold).to_numpy().tolist()}
        self.line = system_line(plan.system, counts_of(plan, threshold))

    @property
    def unit(self):
        """To what harm is rounded: the notes say so."""
        said = re.search(r"Harm is rounded to ([\d,.]+) harm-weeks", self.asked)
        return float(said.group(1).replace(",", "")) if said else None


class Attacker:
    """The counts that agree with a run, as an integer program."""

    def __init__(self, plan, run, weeks):
        self.run, self.system, self.policy = run, plan.system, plan.policy
        self.size, self.periods = plan.system.period_weeks, plan.system.periods
        self.trusts = list(plan.system.providers)
        self.services = list(plan.system.services)
        self.rows, self.columns = [], 0
        self.hidden = {}
        self.truths = {}
        self.minutes = {
            (str(r.origin), str(r.provider)): float(r.minutes)
            for r in plan.system.travel.itertuples()
        }
        self.rate = self.policy.harm
        self.people(weeks)
        self.lists()
        self.tables()
        self.curves()
        self.shown_elsewhere()

    # The unknown.

    def variable(self):
        self.columns += 1
        return self.columns - 1

    def people(self, weeks):
        """Who is treated where and when, alone and together: the same patients."""
        self.after, self.before = {}, {}
        kinds = [(w, 0) for w in weeks]
        if self.system.referrals is not None:
            kinds += [(-(r - 1) * self.size, r) for r in range(1, self.periods + 1)]
        for o in self.trusts:
            for s in self.services:
                for w, r in kinds:
                    key = (o, s, w, r)
                    same = defaultdict(float)
                    for t in range(max(r, 1), self.periods + 2):
                        where = self.trusts if t <= self.periods else [None]
                        for p in where:
                            self.after[(*key, p, t)] = v = self.variable()
                            same[v] += 1
                        p = o if t <= self.periods else None
                        self.before[(*key, p, t)] = v = self.variable()
                        same[v] -= 1
                    self.limit(same, 0, 0)
        self.slots = {}
        for row in self.run.csv["prices"].itertuples():
            self.slots[row.provider, row.service, int(row.period)] = self.variable()

    def limit(self, weights, low, high):
        self.rows.append((dict(weights), low, high))

    def entries(self, side):
        return self.after if side == "after" else self.before

    def count(self, side, wanted):
        """A sum of the unknown, by what each is."""
        found = defaultdict(float)
        for key, v in self.entries(side).items():
            if amount := float(wanted(*key)):
                found[v] += amount
        return found

    def waited(self, w, t):
        return w + (min(t, self.periods + 1) - 1) * self.size

    def harm(self, w, r, t):
        """Harm-weeks of a patient, by the curve."""
        start = self.waited(w, max(r, 1))
        end = self.waited(w, t) + (self.policy.tail_weeks if t > self.periods else 0)
        return sum(float(self.rate.rate(week)) for week in range(start, end))

    # What is read.

    def see(self, name, cell, weights):
        """A printed count, and what it is the sum of."""
        text = str(cell).replace(",", "").replace(MINUS, "-").removesuffix(".0")
        if text.startswith("<"):
            self.limit(weights, 1, self.run.threshold - 1)
            self.hidden[name] = weights
        elif text == "*":
            self.hidden[name] = weights
        else:
            self.limit(weights, float(text), float(text))

    def near(self, cell, weights, half):
        """A rounded figure."""
        text = str(cell).replace(",", "").replace(MINUS, "-")
        if text not in ("*", "", "\u2013"):
            self.limit(weights, float(text) - half, float(text) + half)

    def lists(self):
        """The measures of each trust, in the CSV file."""
        for row in self.run.csv["measures"].to_dict("records"):
            self.measures(row["origin"], row, lambda o, t=row["origin"]: o == t)

    def measures(self, who, row, mine):
        end = self.periods + 1
        for side in ("before", "after"):
            left = self.count(side, lambda o, s, w, r, p, t: mine(o) and t == end)
            done = self.count(side, lambda o, s, w, r, p, t: mine(o) and t < end)
            whole = {"list_size": left, "treated": done}
            for line in LINES:
                whole[f"over_{line}"] = self.count(
                    side,
                    lambda o, s, w, r, p, t, k=line: (
                        mine(o) and t == end and self.waited(w, t) >= k
                    ),
                )
            whole["within_18"] = self.count(
                side, lambda o, s, w, r, p, t: mine(o) and t == end and self.waited(w, t) < 18
            )
            whole["moves_out"] = self.count(
                side, lambda o, s, w, r, p, t: mine(o) and p not in (None, o)
            )
            whole["moves_in"] = self.count(
                side, lambda o, s, w, r, p, t: p not in (None, o) and mine(p)
            )
            for name, weights in whole.items():
                if f"{name}_{side}" in row:
                    self.see((who, name, side), row[f"{name}_{side}"], weights)
            self.harms(row, side, mine)
            for wait, later in (("wait", 0.0), ("wait_treated", self.size / 2)):
                self.quantiles(row, side, mine, wait, later)

    def harms(self, row, side, mine):
        unit = self.run.unit
        costs = self.count(side, lambda o, s, w, r, p, t: mine(o) * self.harm(w, r, t))
        self.near(row.get(f"harm_weeks_{side}", "*"), costs, 0.001 if unit is None else unit / 2)
        if row.get(f"person_weeks_{side}", "*") != "*":
            weeks = 2 * self.run.threshold * self.periods * self.size
            half = 0.001 if unit is None else 5 * weeks / 2
            spent = self.count(
                side,
                lambda o, s, w, r, p, t: (
                    mine(o)
                    * (
                        (min(t, self.periods + 1) - max(r, 1)) * self.size
                        + (self.size / 2 if t <= self.periods else 0)
                    )
                ),
            )
            self.near(row[f"person_weeks_{side}"], spent, half)

    def quantiles(self, row, side, mine, wait, later):
        """A mean and two quantiles, of how many the reader may have to guess."""
        listed = wait == "wait"

        def there(o, t):
            return mine(o) and (t > self.periods) == listed

        text = row.get(f"mean_{wait}_{side}", "*")
        if text not in ("*", "", "\u2013"):
            mean, half = float(text), 0.5
            for way in (-1, 1):
                off = self.count(
                    side,
                    lambda o, s, w, r, p, t, way=way: (
                        there(o, t) * (self.waited(w, t) + later - mean - way * half)
                    ),
                )
                self.limit(off, *((-ENDLESS * 100, 1e-6) if way > 0 else (-1e-6, ENDLESS * 100)))
        for name, share in SHARES.items():
            text = row.get(f"{name}_{wait}_{side}", "*")
            if text in ("*", ""):
                continue
            level = float(text)
            at = self.count(
                side,
                lambda o, s, w, r, p, t: (
                    there(o, t) * ((self.waited(w, t) + later <= level) - share)
                ),
            )
            below = self.count(
                side,
                lambda o, s, w, r, p, t: (
                    there(o, t) * ((self.waited(w, t) + later < level) - share)
                ),
            )
            self.limit(at, -1e-6, ENDLESS)
            self.limit(below, -ENDLESS, -1e-4)

    def tables(self):
        """Moves, slots and who is left, in the CSV files."""
        end = self.periods + 1
        lanes = set()
        for row in self.run.csv["moves"].itertuples():
            lane = (row.origin, row.provider, row.service)
            lanes.add(lane)
            weights = self.count("after", lambda o, s, w, r, p, t, lane=lane: (o, p, s) == lane)
            self.see((*lane, "lane"), row.patients, weights)
            self.limit(weights, 1, ENDLESS)
            if row.first_period == "*":
                continue
            for t in range(1, end):
                inside = int(row.first_period) <= t <= int(row.last_period)
                edge = t in (int(row.first_period), int(row.last_period))
                when = self.count(
                    "after", lambda o, s, w, r, p, u, lane=lane, t=t: (o, p, s, u) == (*lane, t)
                )
                self.limit(when, int(edge), ENDLESS if inside else 0)
        elsewhere = self.count(
            "after", lambda o, s, w, r, p, t: p not in (None, o) and (o, p, s) not in lanes
        )
        if "left out" not in self.run.asked:
            self.limit(elsewhere, 0, 0)
        known = set()
        for row in self.run.csv["prices"].itertuples():
            place = (row.provider, row.service, int(row.period))
            known.add(place)
            used = self.count("after", lambda o, s, w, r, p, t, place=place: (p, s, t) == place)
            alone = self.count("before", lambda o, s, w, r, p, t, place=place: (p, s, t) == place)
            self.see((*place, "used"), row.used, used)
            slots = {self.slots[place]: 1.0}
            if row.slots != "*":
                self.limit(slots, float(row.slots), float(row.slots))
            for people in (used, alone):
                room = defaultdict(float, {v: -a for v, a in people.items()})
                room[self.slots[place]] += 1
                # A slot with a price is full.
                full = people is used and float(row.price) > 0
                self.limit(room, 0, 0 if full else ENDLESS)
        for side in ("before", "after"):
            nowhere = self.count(
                side, lambda o, s, w, r, p, t: p is not None and (p, s, t) not in known
            )
            self.limit(nowhere, 0, 0)
        listed = set()
        for row in self.run.csv["remaining"].itertuples():
            listed.add((row.origin, row.service))
            left = self.count(
                "after",
                lambda o, s, w, r, p, t, row=row: t == end and (o, s) == (row.origin, row.service),
            )
            self.see((row.origin, row.service, "left"), row.patients, left)
            self.limit(left, 1, ENDLESS)
        nobody = self.count("after", lambda o, s, w, r, p, t: t == end and (o, s) not in listed)
        if "left out" not in self.run.asked:
            self.limit(nobody, 0, 0)

    def curves(self):
        """The charts of the page: who waits how long, and how many are on the list."""
        charts = {chart.key: chart for chart in self.run.page.charts}
        end = self.periods + 1
        shown = 0
        for row in charts["waits"].table.rows:
            low = int(row[0].split(" ")[0])
            shown = high = low + self.size
            self.see(
                ("bin", low, "census"),
                row[1],
                self.count("after", lambda o, s, w, r, p, t, a=low, b=high: r == 0 and a <= w < b),
            )
            for place, side in ((2, "before"), (3, "after")):
                bin_ = self.count(
                    side,
                    lambda o, s, w, r, p, t, a=low, b=high: t == end and a <= self.waited(w, t) < b,
                )
                self.see(("bin", low, side), row[place], bin_)
        if not charts["waits"].table.notes:
            for side in ("before", "after"):
                beyond = self.count(
                    side, lambda o, s, w, r, p, t: t == end and self.waited(w, t) >= shown
                )
                self.limit(beyond, 0, 0)

        for row in charts["sizes"].table.rows:
            at = int(row[0]) // self.size
            for place, side in ((1, "before"), (2, "after")):
                size = self.count(side, lambda o, s, w, r, p, t, at=at: r <= at < t)
                self.see(("size", at, side), row[place], size)

    def shown_elsewhere(self):
        """The page's and the workbook's summary, and the screen."""
        unit = self.run.unit
        half = 0.5 if unit is None else unit / 2
        labels = {
            "On the list at the end (patients)": "list_size",
            "… over 18 weeks (patients)": "over_18",
            "… over 52 weeks (patients)": "over_52",
            "… over 65 weeks (patients)": "over_65",
            "Treated (patients)": "treated",
            "Harm of waiting (harm-weeks)": "harm_weeks",
            "… mean wait so far (weeks)": "mean_wait",
            "… mean wait until treated (weeks)": "mean_wait_treated",
        }
        row = {}
        for label, alone, together, _ in self.run.page.summary.rows:
            if label in labels:
                row |= {f"{labels[label]}_before": alone, f"{labels[label]}_after": together}
            if label == "Patients treated away from home":
                row["moves_out_after"] = together
        clean = {k: v.replace(",", "") if v != "\u2013" else "*" for k, v in row.items()}
        self.measures("everybody", clean, lambda _: True)
        for side, place in (("before", 0), ("after", 1)):
            cost = self.count(
                side,
                lambda o, s, w, r, p, t: self.harm(w, r, t) + self.cost(o, p),
            )
            text = self.run.screen["harm-weeks"][place]
            self.near(text, cost, half)
            sheet = self.run.workbook["Summary"].table.set_index("Figure")
            text = sheet.loc[
                "Harm with travel and moves (harm-weeks)", ["Alone", "Together"][place]
            ]
            self.near(text, cost, 0.001 if unit is None else half)
            for name, line in (("over 18 weeks", 18), ("over 52 weeks", 52)):
                over = self.count(
                    side,
                    lambda o, s, w, r, p, t, k=line: t > self.periods and self.waited(w, t) >= k,
                )
                self.see(("screen", name, side), self.run.screen[name][place], over)
        way = (
            self.run.workbook["Summary"]
            .table.set_index("Figure")
            .loc["Their mean extra way (minutes, one way)", "Together"]
        )
        if way not in ("*", None) and way == way:
            for sense in (-1, 1):
                off = self.count(
                    "after",
                    lambda o, s, w, r, p, t, sense=sense: (
                        p not in (None, o)
                        and self.minutes.get((o, p), 0.0) - float(way) - sense * 0.5
                    ),
                )
                self.limit(off, *((-1e7, 1e-6) if sense > 0 else (-1e-6, 1e7)))
        for words, weights in (
            ("patients waiting", self.count("after", lambda o, s, w, r, p, t: r == 0)),
            ("slots in", dict.fromkeys(self.slots.values(), 1.0)),
        ):
            said = re.search(rf"([\d,<*]+) {words}", self.run.line).group(1)
            if "slots" in words:
                self.near(said, weights, 0)
            else:
                self.see(("screen", words), said, weights)

    def cost(self, o, p):
        if p in (None, o):
            return 0.0
        hours = self.minutes.get((o, p), 0.0) / 60
        return hours * self.policy.weeks_per_hour + self.policy.move_weeks

    # What can be.

    @cached_property
    def solver(self):
        """The program, without anything to be least."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, len(self.rows)
        lp.col_cost_ = np.zeros(self.columns)
        lp.col_lower_, lp.col_upper_ = np.zeros(self.columns), np.full(self.columns, ENDLESS)
        lp.row_lower_ = np.array([low for _, low, _ in self.rows], dtype=float)
        lp.row_upper_ = np.array([high for _, _, high in self.rows], dtype=float)
        matrix = lp.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *(len(weights) for weights, _, _ in self.rows)])
        matrix.index_ = np.array([v for weights, _, _ in self.rows for v in weights])
        matrix.value_ = np.array([a for w, _, _ in self.rows for a in w.values()], dtype=float)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * self.columns
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("time_limit", 30.0)
        solver.passModel(lp)
        return solver

    def solve(self, weights, sense):
        """The world in which a sum is least (1) or most (-1)."""
        cost = np.zeros(self.columns)
        for v, a in weights.items():
            cost[v] += sense * a
        every = np.arange(self.columns, dtype=np.int32)
        self.solver.changeColsCost(self.columns, every, cost)
        self.solver.run()
        assert self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return np.rint(np.asarray(self.solver.getSolution().col_value))

    def value(self, x, weights):
        return round(sum(a * x[v] for v, a in weights.items()))

    def true_world(self, plan):
        """The plan itself as a world: it must agree with all that is read."""
        x = np.zeros(self.columns)
        for side, rows in (("before", plan.baseline_entries), ("after", plan.entries)):
            for row in rows.itertuples():
                gone = row.period > self.periods
                key = (str(row.origin), str(row.service), int(row.weeks_waiting), int(row.referred))
                where = None if gone else str(row.provider)
                x[self.entries(side)[(*key, where, int(row.period))]] += row.patients
        for row in plan.prices.itertuples():
            x[self.slots[str(row.provider), str(row.service), int(row.period)]] = row.slots
        return x

    def broken(self, x):
        """Limits that a world does not keep."""
        return [
            (low, sum(a * x[v] for v, a in weights.items()), high)
            for weights, low, high in self.rows
            if not low - 1e-6 <= sum(a * x[v] for v, a in weights.items()) <= high + 1e-6
        ]

    def exposed(self, truth):
        """Hidden counts of 1 to 4 that can be told from 1 or from 4, with what they can be."""
        most = self.run.threshold - 1
        worlds = [truth]
        found = {}
        for name, weights in self.hidden.items():
            if not 1 <= self.value(truth, weights) <= most:
                continue
            reach = []
            for sense, end in ((1, 1), (-1, most)):
                values = [self.value(x, weights) for x in worlds]
                if any(sense * v <= sense * end for v in values):
                    reach.append(end)
                    continue
                worlds.append(self.solve(weights, sense))
                reach.append(self.value(worlds[-1], weights))
            if reach[0] > 1 or reach[1] < most:
                found[name] = tuple(reach)
        return found


def kind(name):
    """Of what a count is."""
    if name[0] in ("bin", "screen", "size"):
        return name[0]
    return name[-1] if name[-1] in ("lane", "used", "left") else "measures"
