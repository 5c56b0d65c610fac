"""No figure of a report gives another away: attacked with another solver, figure by figure."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pulp
import pytest
from hospitals import two_trusts
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cases, costly

import mutualaid as ma
from mutualaid.disclosure.several_plans import counts_of

OVER = ["over_18", "over_52", "over_65", "over_78", "over_104"]
SMALLEST, LARGEST = 1, 4
ENDLESS = 100_000


class Reader:
    """Somebody with the whole report, who knows what adds up to what."""

    def __init__(self, counts):
        self.lp = pulp.LpProblem("reader", pulp.LpMinimize)
        self.secret = {}
        self.truth = {}
        marks = {"before": counts.trust_marks, "after": counts.trust_marks}
        tables = [(counts.trusts["origin"].astype(str), counts.trusts, counts.trust_marks)]
        tables += [(["everybody"], counts.whole, counts.whole_marks)]
        names = [f"{n}_{s}" for s in marks for n in ("list_size", "within_18", *OVER, "treated")]
        names += ["moves_out_after", "moves_in_after"]
        for trusts, table, mark in tables:
            for place, trust in enumerate(trusts):
                for name in names:
                    value = int(table[name].iloc[place])
                    self.see((trust, name), value, int(mark[name].iloc[place]))
                self.lists(trust)
        everybody = list(counts.trusts["origin"].astype(str))
        for name in names:
            self.adds(("everybody", name), [(trust, name) for trust in everybody])
        self.lanes(counts, everybody)

    def see(self, key, value, mark):
        """A figure: its number, or the range that its mark leaves."""
        low, high = {0: (value, value), 1: (SMALLEST, LARGEST), 2: (0, ENDLESS)}[mark]
        self.secret[key] = self.lp.add_variable(f"x{len(self.secret)}", low, high)
        self.truth[key] = value

    def guess(self, key, value):
        """Something that is not in the report, but follows from it."""
        self.see(key, value, 2)

    def adds(self, total, parts):
        """What a reader knows; and the test, that it is so."""
        assert self.truth[total] == sum(self.truth[part] for part in parts), (total, parts)
        self.lp += self.secret[total] == pulp.lpSum(self.secret[part] for part in parts)

    def lists(self, trust):
        for side in ("before", "after"):
            over = [(trust, f"{name}_{side}") for name in OVER]
            self.adds((trust, f"list_size_{side}"), [(trust, f"within_18_{side}"), over[0]])
            for longer, longest in pairwise(over):
                between = (*longer, "between")
                self.guess(between, self.truth[longer] - self.truth[longest])
                self.adds(longer, [longest, between])
            people = (trust, "people", side)
            both = [(trust, f"list_size_{side}"), (trust, f"treated_{side}")]
            self.guess(people, sum(self.truth[key] for key in both))
            self.adds(people, both)
        self.adds((trust, "people", "before"), [(trust, "people", "after")])

    def lanes(self, counts, everybody):
        out, into, to, used = (defaultdict(list) for _ in range(4))
        for lane in counts.moves.itertuples():
            key = (str(lane.origin), str(lane.provider), str(lane.service))
            self.see(key, int(lane.patients), int(lane.mark))
            out[key[0]].append(key)
            into[key[1]].append(key)
            to[key[1:]].append(key)
        for slot in counts.prices.itertuples():
            key = (str(slot.provider), str(slot.service), int(slot.period), "used")
            self.see(key, int(slot.used), int(slot.mark))
            used[key[:2]].append(key)
        own = defaultdict(list)
        for pair, slots in used.items():
            home = (*pair, "own")
            coming = to[pair]
            filled = sum(self.truth[key] for key in slots)
            self.guess((*pair, "filled"), filled)
            self.guess(home, filled - sum(self.truth[key] for key in coming))
            self.adds((*pair, "filled"), slots)
            self.adds((*pair, "filled"), [home, *coming])
            own[pair[0]].append(home)
        for trust in everybody:
            self.adds((trust, "moves_out_after"), out[trust])
            self.adds((trust, "moves_in_after"), into[trust])
            left = (trust, "stayed")
            gone = (trust, "moves_out_after")
            self.guess(left, self.truth[trust, "treated_after"] - self.truth[gone])
            self.adds((trust, "treated_after"), [gone, left])
            self.adds(left, own[trust])

    def reach(self, key, sign):
        """How far a figure can go."""
        self.lp.setObjective(sign * self.secret[key])
        self.lp.solve(pulp.HiGHS(msg=False))
        return self.secret[key].value()

    def exposed(self):
        """Small figures, printed or not, that can be told from 1 or from 4."""
        return [
            key
            for key, value in self.truth.items()
            if SMALLEST <= value <= LARGEST
            and (self.reach(key, 1) > SMALLEST + 1e-6 or self.reach(key, -1) < LARGEST - 1e-6)
        ]


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
@settings(costly)
@given(cases(most_patients=9), st.booleans())
def test_no_figure_of_a_report_gives_another_away(case, together):
    """Lists, bands, totals, moves, slots: small figures stay unknown, differences as well."""
    how = ma.Deep() if together else ma.Independent()
    plan = ma.optimise(case.system(), case.policy, how)
    assert not Reader(counts_of(plan)).exposed()


def test_the_reader_is_no_fool():
    """With everything shown, every small figure is known."""
    reader = Reader(counts_of(ma.optimise(two_trusts()), 0))
    small = [key for key, value in reader.truth.items() if SMALLEST <= value <= LARGEST]
    assert small
    assert reader.exposed() == small
