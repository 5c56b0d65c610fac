"""Somebody who has the counts of a plan, or of every rung of a ladder, and knows what adds up.

The unknown are whole numbers; for every small count the least and the most that it can be are two
integer programs. Nothing of the package is used but the counts themselves and their marks.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import highspy
import numpy as np

LINES = ("over_18", "over_52", "over_65", "over_78", "over_104")
LISTED = ("list_size", "within_18", *LINES, "treated")
EVERYBODY = "everybody"
ENDLESS = 10_000
SHOWN, SMALL, STAR = 0, 1, 2


class Reader:
    """What is printed of some plans for one system as limits on whole numbers.

    Parameters
    ----------
    every
        The counts of each plan. What trusts do alone is the same in all of them.
    """

    def __init__(self, every):
        self.most = every[0].threshold - 1
        self.place, self.low, self.high, self.truth, self.protected = {}, [], [], [], []
        self.rows = []
        for rung, counts in enumerate(every):
            self.measures(rung, counts)
            self.moves(rung, counts)
            self.slots(rung, counts)
            self.charts(rung, counts)

    # What is read.

    def see(self, key, value, mark, *, least=0, protected=True):
        """A count: its number, or the range that its mark leaves; twice seen, both hold."""
        low, high = {SHOWN: (value, value), SMALL: (1, self.most)}.get(mark, (least, ENDLESS))
        if key not in self.place:
            self.place[key] = len(self.truth)
            self.truth.append(value)
            self.protected.append(protected)
            self.low.append(low)
            self.high.append(high)
        at = self.place[key]
        assert self.truth[at] == value, f"{key} is {value} here and {self.truth[at]} elsewhere"
        self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)
        return key

    def guess(self, key, value, *, protected=True):
        """What is printed nowhere, and follows all the same."""
        return self.see(key, value, STAR, protected=protected)

    def true(self, keys):
        return sum(self.truth[self.place[key]] for key in keys)

    def same(self, some, others):
        """Two sums are the same number, if they are: a reader is not told anything wrong."""
        if self.true(some) == self.true(others):
            weights = defaultdict(int)
            for sign, keys in ((1, some), (-1, others)):
                for key in keys:
                    weights[self.place[key]] += sign
            self.rows.append(weights)

    def measures(self, rung, counts):
        """Lists, bands and treatments, by trust and in all; alone and together."""
        tables = [(counts.trusts["origin"].astype(str).tolist(), counts.trusts, counts.trust_marks)]
        tables.append(([EVERYBODY], counts.whole, counts.whole_marks))
        self.trusts = tables[0][0]
        sides = {"before": None, "after": rung}
        for who, table, marks in tables:
            for at, trust in enumerate(who):
                for side, of in sides.items():
                    for name in LISTED:
                        column = f"{name}_{side}"
                        value, mark = int(table[column].iloc[at]), int(marks[column].iloc[at])
                        self.see((of, trust, name), value, mark)
                    self.bands(of, trust)
                for name in ("moves_out", "moves_in"):
                    value = int(table[f"{name}_after"].iloc[at])
                    self.see((rung, trust, name), value, int(marks[f"{name}_after"].iloc[at]))
                both = [
                    [(of, trust, name) for name in ("list_size", "treated")] for of in (None, rung)
                ]
                self.same(*both)
                # A total of people who are few is not to be told either.
                if self.true(both[0]) == self.true(both[1]):
                    self.same([self.guess((trust, "people"), self.true(both[0]))], both[0])
        for of, names in ((None, LISTED), (rung, (*LISTED, "moves_out", "moves_in"))):
            for name in names:
                self.same([(of, EVERYBODY, name)], [(of, trust, name) for trust in self.trusts])

    def bands(self, of, trust):
        """A list is who is within 18 weeks and who is over; between two lines wait the others."""
        over = [(of, trust, line) for line in LINES]
        self.same([(of, trust, "list_size")], [(of, trust, "within_18"), over[0]])
        for longer, longest in pairwise(over):
            between = self.guess((*longer, "only"), self.true([longer]) - self.true([longest]))
            self.same([longer], [longest, between])

    def moves(self, rung, counts):
        """Lanes make what trusts give and take; who is left makes lists."""
        out, into, left = (defaultdict(list) for _ in range(3))
        self.coming = defaultdict(list)
        for row in counts.moves.itertuples():
            key = (rung, "lane", row.origin, row.provider, row.service)
            self.see(key, int(row.patients), int(row.mark), least=1)
            out[str(row.origin)].append(key)
            into[str(row.provider)].append(key)
            self.coming[str(row.provider), str(row.service)].append(key)
        for row in counts.remaining.itertuples():
            key = (rung, "left", row.origin, row.service)
            self.see(key, int(row.patients), int(row.mark), least=1)
            left[str(row.origin)].append(key)
        for trust in self.trusts:
            self.same([(rung, trust, "moves_out")], out[trust])
            self.same([(rung, trust, "moves_in")], into[trust])
            self.same([(rung, trust, "list_size")], left[trust])

    def slots(self, rung, counts):
        """Slots are used by a provider's own patients, and by those who come to it."""
        used, own, by_period = (defaultdict(list) for _ in range(3))
        for row in counts.prices.itertuples():
            key = (str(row.provider), str(row.service), int(row.period))
            slots = ("slots", *key)
            self.see(slots, int(row.slots), int(row.slots_mark), protected=False)
            mine = self.see((rung, "used", *key), int(row.used), int(row.mark))
            idle = int(row.slots) - int(row.used)
            spare = [self.guess((rung, "idle", *key), idle, protected=False)] if idle else []
            self.same([slots], [mine, *spare])
            used[key[:2]].append(mine)
            by_period[key[2]].append(mine)
        for pair, keys in used.items():
            filled = self.guess((rung, "filled", *pair), self.true(keys))
            value = self.true(keys) - self.true(self.coming[pair])
            home = self.guess((rung, "own", *pair), value)
            self.same([filled], keys)
            self.same([filled], [home, *self.coming[pair]])
            own[pair[0]].append(home)
        for trust in self.trusts:
            gone, all_treated = (rung, trust, "moves_out"), (rung, trust, "treated")
            value = self.true([all_treated]) - self.true([gone])
            stayed = self.guess((rung, trust, "stayed"), value)
            self.same([all_treated], [gone, stayed])
            self.same([stayed], own[trust])
        self.by_period = by_period

    def charts(self, rung, counts):
        """Bins by weeks waited, and how long the list is as each period ends."""
        listed = self.see(("listed",), *counts.listed)
        referred = self.see(("referred",), *counts.referred)
        ends = {"census": [listed], "alone": [(None, EVERYBODY, "list_size")]}
        ends["together"] = [(rung, EVERYBODY, "list_size")]
        for name, whole in ends.items():
            of = rung if name == "together" else None
            bins = []
            for week, value in counts.waits[name].items():
                mark = int(counts.wait_marks.loc[week, name])
                bins.append(self.see((of, name, int(week)), int(value), mark))
            self.same(whole, bins)
        for name, of in (("alone", None), ("together", rung)):
            sizes = []
            for period, value in counts.sizes[name].items():
                mark = int(counts.size_marks.loc[period, name])
                sizes.append(self.see((of, "size", int(period)), int(value), mark))
            self.same(sizes[:1], [listed])
            self.same(sizes[-1:], ends[name])
            if of is not None and not self.true([referred]):
                for period, (before, after) in enumerate(pairwise(sizes), start=1):
                    self.same([before], [after, *self.by_period[period]])

    # What can be.

    def solver(self):
        """All whole numbers that agree with what is printed."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.truth), len(self.rows)
        lp.col_cost_ = np.zeros(len(self.truth))
        lp.col_lower_, lp.col_upper_ = (np.array(x, dtype=float) for x in (self.low, self.high))
        lp.row_lower_ = lp.row_upper_ = np.zeros(len(self.rows))
        matrix = lp.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *map(len, self.rows)])
        matrix.index_ = np.array([place for row in self.rows for place in row])
        matrix.value_ = np.array([a for row in self.rows for a in row.values()], dtype=float)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(self.truth)
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.passModel(lp)
        return solver

    def exposed(self):
        """Small counts, printed or not, that can be told from 1 or from the largest small one."""
        truth = np.array(self.truth)
        assert (truth >= self.low).all(), "what is printed is true"
        assert (truth <= self.high).all(), "what is printed is true"
        solver, worlds, found = self.solver(), [truth], {}
        every = np.arange(len(truth), dtype=np.int32)
        for key, place in self.place.items():
            if not (self.protected[place] and 1 <= truth[place] <= self.most):
                continue
            for sense, end in ((1, 1), (-1, self.most)):
                if any(sense * world[place] <= sense * end for world in worlds):
                    continue
                cost = np.zeros(len(truth))
                cost[place] = sense
                solver.changeColsCost(len(truth), every, cost)
                solver.run()
                assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
                worlds.append(np.rint(np.asarray(solver.getSolution().col_value)))
                if sense * worlds[-1][place] > sense * end:
                    found[key] = int(worlds[-1][place])
        return found
