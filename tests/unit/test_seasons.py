"""What hospitals do in winter, measured from files; and the winters that may come."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hospitals import two_trusts

import mutualaid as ma
from mutualaid.studies.scenarios import from_toml, to_toml
from mutualaid.studies.winters import (
    INDEX,
    PROBABILITIES,
    sampled_winters,
    winter_periods,
    winter_scenarios,
)
from mutualaid.studies.winters.season_fit import Seasons, bank_holidays, seasons, working_days

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("MUTUALAID_DATA", ROOT.parent / "shared" / "data"))
MONTHS = {"2025-11": "November-2025", "2025-12": "December-2025", "2026-01": "January-2026"}
FILES = sorted((DATA / "rtt").glob("*-full-extract.zip"))

few = pytest.mark.filterwarnings("ignore:The spread is that of:mutualaid.InputWarning")


def read(folder, done, *, names=MONTHS, parts=("Part_1A", "Part_1B")):
    """Files of some months, and what is read from them.

    ``done`` says how many pathways each provider and service completes a month: half of them
    admitted if it is even, and one more not admitted if it is odd.
    """
    paths = []
    for month, name in names.items():
        rows = []
        for (provider, service), counts in done.items():
            count = counts[list(names).index(month)]
            for part, number in zip(parts, (count // 2, count - count // 2), strict=True):
                rows.append((provider, service, part, number))
            # Who waits and who joins is no capacity.
            rows += [(provider, service, "Part_2", 7), (provider, service, "Part_3", 5)]
        table = pd.DataFrame(
            {
                "Period": f"RTT-{name}",
                "Provider Parent Org Code": "QAA",
                "Provider Org Code": [row[0] for row in rows],
                "Provider Org Name": [f"{row[0]} HOSPITAL" for row in rows],
                "Commissioner Org Code": "01A",
                "RTT Part Type": [row[2] for row in rows],
                "Treatment Function Code": [row[1] for row in rows],
                **{f"Gt {w:02} To {w + 1:02} Weeks SUM 1": "" for w in range(104)},
                "Gt 104 Weeks SUM 1": "",
                "Patients with unknown clock start date": "",
                "Total All": [row[3] for row in rows],
            }
        )
        known = (table["RTT Part Type"] != "Part_3").to_numpy()
        table["Gt 02 To 03 Weeks SUM 1"] = table["Total All"].where(known, "")
        paths.append(folder / f"{month}.csv")
        table.to_csv(paths[-1], index=False)
    return ma.read_rtt(paths)


@pytest.fixture
def one_trust(tmp_path):
    """Alder does 100 pathways a working day in November, 80 in December and 90 in January."""
    # 20, 21 and 21 working days.
    return read(tmp_path, {("ALD", "C_110"): (2000, 1680, 1890)})


@pytest.fixture(scope="module")
def eleven(tmp_path_factory):
    """Eleven trusts: December at 0.80, 0.81 … 0.90 of their November, January as November."""
    done = {
        (f"R{i:02}", "C_110"): (20_000, 210 * (80 + i), 21_000)
        # In no order.
        for i in (3, 7, 0, 10, 1, 9, 4, 2, 8, 6, 5)
    }
    return read(tmp_path_factory.mktemp("eleven"), done)


@pytest.fixture(scope="module")
def measured(eleven):
    """Their seasons, against November."""
    return seasons(eleven, reference=["2025-11"])


@pytest.fixture(scope="module")
def system():
    """Three trusts, thirteen periods of four weeks."""
    return ma.datasets.collaborative(trusts=3, areas_per_trust=1)


def slots(system, scenario):
    """How many slots are left in a scenario."""
    return int(scenario.apply(system)[0].capacity["slots"].sum())


def of_name(winters, name):
    """The scenario of a name."""
    return next(one for one in winters.scenarios if one.name == name)


def left(winters, name):
    """What is left of the slots of each period in a scenario that is the same for everybody."""
    return {t: one.factor for one in of_name(winters, name).changes for t in one.periods}


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
    ],
)
def test_bank_holidays_are_those_of_england(year, days):
    """As gov.uk lists them, days in lieu, jubilees, a funeral and a coronation included."""
    assert [str(day)[5:] for day in bank_holidays([year])] == days.split()


def test_a_month_has_the_working_days_that_nobody_is_off():
    """December 2025: 23 days from Monday to Friday, less Christmas Day and Boxing Day."""
    counts = [
        len(working_days(f"{month}-01", str(pd.Period(month, "M").end_time.date())))
        for month in ("2025-11", "2025-12", "2026-01", "2026-02")
    ]
    assert counts == [20, 21, 21, 20]
    # From one year to the next: New Year's Day is off.
    assert [str(d) for d in working_days("2025-12-30", "2026-01-02")] == [
        "2025-12-30",
        "2025-12-31",
        "2026-01-02",
    ]


@few
def test_a_december_of_four_fifths_has_the_index_0_8(one_trust):
    """Against November: 1680 / 21 = 80 a working day to 2000 / 20 = 100."""
    table = seasons(one_trust, reference=["2025-11"]).table
    assert table["working_days"].tolist() == [20, 21, 21]
    assert table["completed"].tolist() == [2000, 1680, 1890]
    assert table["per_working_day"].tolist() == [100, 80, 90]
    assert table["index"].tolist() == [1, 0.8, 0.9]


@few
def test_against_the_mean_of_the_months_working_days_even_out(one_trust):
    """5,570 pathways in 62 working days are 89.84 a day, whichever month they are in."""
    found = seasons(one_trust)
    mean = 5570 / 62
    assert found.table["index"].tolist() == pytest.approx([100 / mean, 80 / mean, 90 / mean])
    assert found.working_share == 62 / 92
    weight = found.table["working_days"]
    assert (found.table["index"] * weight).sum() == pytest.approx(weight.sum())


@few
def test_services_and_trusts_have_seasons_of_their_own(tmp_path):
    """Hips fall to a half in December; eyes, and the other trust, do not."""
    rtt = read(
        tmp_path,
        {
            ("ALD", "C_110"): (400, 210, 420),
            ("ALD", "C_130"): (400, 420, 420),
            ("BIR", "C_130"): (200, 210, 210),
        },
    )
    found = seasons(rtt, reference=["2025-11"], at_least=1)
    december = {
        key: rows[rows["month"] == "2025-12"].set_index(key)["index"].to_dict()
        for key, rows in (("provider", found.providers), ("service", found.services))
    }
    assert december == {"provider": {"ALD": 0.75, "BIR": 1}, "service": {"C_110": 0.5, "C_130": 1}}
    hips = seasons(rtt, services=["C_110"], reference=["2025-11"], at_least=1)
    assert hips.table["index"].tolist() == [1, 0.5, 1]
    birch = seasons(rtt, providers=["BIR"], reference=["2025-11"], at_least=1)
    assert birch.table["index"].tolist() == [1, 1, 1]


@few
def test_a_return_that_is_missing_is_no_season(tmp_path):
    """Birch made none for November: the others are compared with themselves, and it is told."""
    done = {("ALD", "C_110"): (2000, 1680, 1890), ("BIR", "C_110"): (0, 600, 400)}
    found = seasons(read(tmp_path, done), reference=["2025-11"])
    assert found.table["index"].tolist() == [1, 0.8, 0.9]
    assert set(found.providers["provider"]) == {"ALD"}
    assert "1 providers with 1,000 completed pathways are left out" in " ".join(found.notes)


def test_the_spread_is_that_between_trusts(eleven, measured):
    """Of 0.80, 0.81 … 0.90 the median is 0.85, the outer tenths 0.81 and 0.89."""
    december = measured.spread.set_index("month").loc["2025-12"]
    assert december["providers"] == 11
    assert december[["mean", "q10", "q50", "q90"]].tolist() == pytest.approx(
        [0.85, 0.81, 0.85, 0.89]
    )
    # 11 numbers a hundredth apart: sum of squares 110 over 10.
    assert december["standard_deviation"] == pytest.approx(np.sqrt(11) / 100)
    # The largest December has 18,900: whoever has fewer than 19,000 is no part of the spread.
    with pytest.warns(ma.InputWarning, match="spread is that of 0 providers"):
        none = seasons(eleven, at_least=19_000)
    assert none.by_trust == {}


def test_rows_in_another_order_are_the_same_seasons(eleven, measured):
    """Nothing hangs on where a row is."""
    shuffled = replace(eleven, counts=eleven.counts.sample(frac=1, random_state=1))
    again = seasons(shuffled, reference=["2025-11"])
    for name in ("table", "providers", "services", "spread"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(measured, name))


def test_a_few_trusts_are_no_spread(one_trust):
    """Quantiles between one trust and itself say nothing."""
    with pytest.warns(ma.InputWarning, match="spread is that of 1 providers"):
        seasons(one_trust)


def test_one_month_has_no_season(tmp_path):
    """Nor have two files of the same month."""
    done, name = {("ALD", "C_110"): (2000,)}, {"2025-12": "December-2025"}
    rtt = read(tmp_path, done, names=name)
    with pytest.raises(ma.InputError, match=r"are of one month, 2025-12\. Remedy: read two"):
        seasons(rtt)
    again = tmp_path / "again.csv"
    again.write_bytes((tmp_path / "2025-12.csv").read_bytes())
    with pytest.raises(ma.InputError, match="pass one file a month"):
        ma.read_rtt([tmp_path / "2025-12.csv", again])


def test_what_is_not_in_the_files_is_told_at_once(one_trust, tmp_path):
    """Provider, service, month and least size."""
    with pytest.raises(ma.InputError) as error:
        seasons(
            one_trust, providers=["BIR"], services="C_110", reference=["2025-10"], at_least=True
        )
    assert error.value.problems["column"].tolist() == [
        "providers",
        "services",
        "reference",
        "at_least",
    ]
    with pytest.raises(ma.InputError, match="rtt is a list"):
        seasons([one_trust])
    gaps = {("ALD", "C_110"): (2000, 0, 1890), ("BIR", "C_110"): (0, 600, 400)}
    with pytest.raises(ma.InputError, match="no provider has completed pathways in every month"):
        seasons(read(tmp_path, gaps))


@pytest.mark.parametrize(
    ("census", "weeks", "periods", "winter"),
    [
        # From 1 February: February; then 6 December to 2 January, and 3 to 30 January.
        ("2026-01", 4, 13, (1, 12, 13)),
        ("2026-01-31", 4, 13, (1, 12, 13)),
        # From 1 March: 6 December to 27 February.
        ("2026-02", 4, 13, (11, 12, 13)),
        # From 1 December: to 22 February. The fourth has six days of February.
        ("2025-11", 4, 13, (1, 2, 3)),
        # From 16 November: the first has 13 of its 28 days in December, one day too few.
        ("2025-11-15", 4, 3, (2, 3)),
        ("2025-11-16", 4, 3, (1, 2, 3)),
        # From 1 December by the week: 90 days are 12 weeks and 6 days, and 6 of 7 are a half.
        ("2025-11", 1, 16, tuple(range(1, 14))),
        # From 1 September by the quarter of 13 weeks: 1 December to 1 March.
        ("2025-08", 13, 4, (2,)),
        ("2026-03", 4, 6, ()),
    ],
)
@pytest.mark.filterwarnings("ignore:nobody joins any list:mutualaid.InputWarning")
def test_which_periods_are_of_winter(census, weeks, periods, winter):
    """Half of the days or more in December to February."""
    system = two_trusts(periods=periods, period_weeks=weeks)
    assert winter_periods(system, census) == winter


def test_christmas_takes_days_away_and_winter_takes_work(system):
    """By hand, with the published dips: 6 December 2026 to 2 January 2027.

    17 working days (Christmas Day, Monday the 28th and New Year's Day are off) at 0.888 are 15.1;
    an ordinary four weeks have 28 x 253 / 365 = 19.41. So 0.778 of the slots are left. February
    and January have 20 days each, at 0.974 more than 19.41: nothing is lost, nothing is added.
    """
    winters = winter_scenarios(system, "2026-01")
    assert winters.periods == (1, 12, 13)
    assert left(winters, "expected") == {}
    assert left(winters, "as last year") == {12: 0.778}
    # 17 x 0.825; and 20 x 0.892.
    assert left(winters, "bad") == {1: 0.919, 12: 0.723, 13: 0.919}
    # 7 % of a quarter of the days besides.
    assert left(winters, "strikes") == {1: 0.983, 12: 0.764, 13: 0.983}


def test_every_winter_fits_the_bundled_system_and_is_worse_than_the_one_before(system):
    """None adds a slot, and strikes and outbreak come on top of last year's dip."""
    winters = winter_scenarios(system, "2026-01")
    assert [one.name for one in winters.scenarios] == list(PROBABILITIES)
    assert sum(winters.probabilities) == pytest.approx(1)
    expected, mild, usual, bad, strikes, outbreak = (
        slots(system, one) for one in winters.scenarios
    )
    assert system.capacity["slots"].sum() == expected > mild > usual > bad
    assert usual > strikes
    assert usual > outbreak
    # Every change checks the system anew.
    assert max(len(one.changes) for one in winters.scenarios) <= 4


def test_the_published_dips_are_in_order():
    """Mild, as last year, bad: in each month."""
    for month in (12, 1, 2):
        mild, usual, bad = (INDEX[name][month] for name in ("mild", "as last year", "bad"))
        assert 1 >= mild > usual > bad


def test_winters_go_straight_to_a_plan_for_all_of_them():
    """Scenarios and probabilities are what a plan in two stages asks for."""
    system = ma.datasets.collaborative(trusts=2, areas_per_trust=1, periods=3)
    winters = winter_scenarios(system, "2025-11")
    plan = ma.studies.two_stage(
        system, None, winters.scenarios, probabilities=winters.probabilities, commit=1
    )
    assert plan.table["probability"].tolist() == pytest.approx(winters.probabilities)
    runs = ma.studies.run_scenarios(system, None, winters.scenarios).table.set_index("scenario")
    assert runs.loc["expected", "objective"] < runs.loc["as last year", "objective"]
    assert from_toml(to_toml(winters.scenarios)) == winters.scenarios
    assert "Scenario 'mild'" in repr(winters)


def test_an_outbreak_closes_the_wards_of_one_site_for_one_period(system):
    """The largest in January, unless another is named; a fifth of its slots need a ward."""
    winters = winter_scenarios(system, "2026-01")
    january = system.capacity[system.capacity["period"] == 13]
    largest = january.groupby(january["provider"].astype(str))["slots"].sum().idxmax()
    *dips, closed = of_name(winters, "outbreak").changes
    assert dips == list(of_name(winters, "as last year").changes)
    assert (closed.provider, closed.periods, closed.factor) == (largest, (13,), 0.805)
    other = winter_scenarios(system, "2026-01", outbreak_at="XC3", outbreak_loss=1)
    *_, closed = of_name(other, "outbreak").changes
    assert (closed.provider, closed.factor) == ("XC3", 0)


@few
def test_last_winters_work_comes_back_in_full(tmp_path):
    """A period that is a month has that month's pathways, whatever the system's mean is.

    Alder does 2,100 in January and 1,600 in February; a system made of both has the mean, 1,756 in
    four weeks. From a census in January, period 1 is February.
    """
    names = {"2026-01": "January-2026", "2026-02": "February-2026"}
    rtt = read(tmp_path, {("ALD", "C_110"): (2100, 1600)}, names=names)
    travel = pd.DataFrame({"origin": ["ALD"], "provider": ["ALD"], "minutes": [0]})
    system = rtt.system(travel, periods=1)
    winters = winter_scenarios(system, "2026-01", seasons=seasons(rtt))
    assert int(system.capacity["slots"].sum()) == 1756
    assert slots(system, of_name(winters, "as last year")) == pytest.approx(1600, abs=1)


def test_with_seasons_mild_and_bad_are_the_outer_tenths(system, measured):
    """December at 0.81, 0.85 and 0.89 of November, on 17 days; November had 20 in 30."""
    winters = winter_scenarios(system, "2026-01", seasons=measured)
    for name, index in (("mild", 0.89), ("as last year", 0.85), ("bad", 0.81)):
        # 20 working days in 30 are 18.67 in 28; January and February lose nothing.
        assert left(winters, name) == {12: round(17 * index * 30 / 20 / 28, 3)}
    assert "11 trusts" in winters.basis


def test_a_month_above_the_mean_adds_no_slots(system, eleven):
    """Against the mean of three months January is above 1; a winter never gives."""
    found = seasons(eleven)
    assert found.latest[1] > 1
    for winters in (
        winter_scenarios(system, "2026-01", seasons=found),
        sampled_winters(system, "2026-01", found, n=4),
    ):
        for one in winters.scenarios:
            assert all(change.factor < 1 for change in one.changes)


def test_days_of_other_months_are_ordinary_days(system, eleven):
    """Period 1 is 24 November to 21 December: 5 working days in November, 15 in December.

    November is above the mean of the three months; but that is no winter's doing.
    """
    found = seasons(eleven)
    winters = winter_scenarios(system, "2025-11-23", seasons=found)
    done = 5 + 15 * found.latest[12]
    assert left(winters, "as last year")[1] == round(done / (28 * 62 / 92), 3)


def factors(winters):
    """What is left of December at each trust, a row a winter."""
    return [
        {change.provider: change.factor for change in one.changes if 12 in change.periods}
        for one in winters.scenarios
    ]


def test_the_same_seed_draws_the_same_winters(system, measured):
    """Another seed draws others."""
    first, again, other = (
        sampled_winters(system, "2026-01", measured, n=5, seed=seed) for seed in (7, 7, 8)
    )
    assert first.scenarios == again.scenarios
    assert first.scenarios != other.scenarios
    assert first.probabilities == [0.2] * 5


def test_winters_are_the_same_on_every_machine(system, measured):
    """Written down once; a change of it is a change of everybody's plans."""
    winters = sampled_winters(system, "2026-01", measured, n=2, seed=0)
    assert factors(winters) == [
        {"XA1": 0.772, "XB2": 0.772, "XC3": 0.816},
        {"XA1": 0.805, "XB2": 0.805, "XC3": 0.805},
    ]


def test_a_trusts_winters_hang_on_nobody_elses(system, measured):
    """Fewer partners, or rows in another order: its draws are the same."""
    every = factors(sampled_winters(system, "2026-01", measured, n=6))
    rows = system.capacity.sample(frac=1, random_state=3)
    shuffled = system.replace(capacity=rows)
    assert factors(sampled_winters(shuffled, "2026-01", measured, n=6)) == every
    alone = system.replace(capacity=rows[rows["provider"] != "XC3"])
    kept = [{code: f for code, f in one.items() if code != "XC3"} for one in every]
    assert factors(sampled_winters(alone, "2026-01", measured, n=6)) == kept


def test_winters_are_drawn_from_the_measured_spread(system, measured):
    """Never beyond the hardest and the mildest trust, and about their mean on average."""
    drawn = factors(sampled_winters(system, "2026-01", measured, n=40, together=0))
    values = [factor for one in drawn for factor in one.values()]
    usual = 17 * 30 / 20 / 28
    assert 0.8 * usual - 0.001 <= min(values) < max(values) <= 0.9 * usual + 0.001
    assert np.mean(values) == pytest.approx(0.85 * usual, abs=0.01)


def test_together_all_trusts_have_the_same_winter(system, measured):
    """From the hardest to the mildest; apart, they balance each other out."""
    together = factors(sampled_winters(system, "2026-01", measured, n=10, together=1))
    assert all(len(set(one.values())) == 1 for one in together)
    of_all = [next(iter(one.values())) for one in together]
    assert of_all == sorted(of_all)
    assert len(set(of_all)) == 10
    apart = factors(sampled_winters(system, "2026-01", measured, n=10, together=0))
    assert np.std([sum(one.values()) / 3 for one in apart]) < np.std(of_all)


def half_open(system):
    """Birch has no slots in winter."""
    table = system.capacity
    return system.replace(capacity=table[(table["provider"] == "ALD") | (table["period"] > 3)])


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda s, _: winter_periods(s, "January 2026"), "census: is 'January 2026'"),
        (lambda s, _: winter_periods(s, "2026-13"), "census: is '2026-13'"),
        (lambda s, _: winter_periods(s, "2026-02-30"), "census: is '2026-02-30'"),
        (lambda s, _: winter_periods(s, 2026), "census: is 2026"),
        (lambda s, _: winter_scenarios(s, "2026-03"), "no period from 2026-04-01 on has slots"),
        (lambda s, m: sampled_winters(s, "2026-03", m), "plan for more periods"),
        (
            lambda s, _: winter_scenarios(
                s, "2026", seasons="last", strike_loss=7, strike_days=21, outbreak_loss=-0.1
            ),
            "5 problems",
        ),
        (lambda s, _: winter_scenarios(s, "2025-11", outbreak_at="ZZZ"), "such as 'ALD'"),
        (
            lambda s, _: winter_scenarios(half_open(s), "2025-11", outbreak_at="BIR"),
            "name a provider with slots in period 2",
        ),
        (
            lambda s, m: sampled_winters(s, "2025-11", m, n=0, seed=-1, together=1.5),
            "3 problems",
        ),
        (lambda s, m: sampled_winters(s, "2025-11", m, n=2.5), "n: is 2.5"),
        (lambda s, _: sampled_winters(s, "2025-11", None), "is a NoneType"),
        (lambda s, m: sampled_winters(s, "2025-11", replace(m, by_trust={})), "no spread"),
    ],
)
def test_what_cannot_be_meant_is_refused(measured, call, what):
    """What, where, and what to do."""
    with pytest.raises(ma.InputError, match=what):
        call(two_trusts(periods=6), measured)


def test_who_has_no_slots_in_winter_has_no_winter(measured):
    """A change that changes nothing would be a mistake."""
    system = half_open(two_trusts(periods=6, slots=(200, 400)))
    winters = sampled_winters(system, "2025-11", measured, n=3)
    assert {change.provider for one in winters.scenarios for change in one.changes} == {"ALD"}
    for one in winters.scenarios:
        assert slots(system, one) < system.capacity["slots"].sum()


@pytest.mark.skipif(
    len(FILES) < 3, reason="the three published RTT files are not there: set MUTUALAID_DATA"
)
def test_englands_december_did_a_tenth_less_than_its_november():
    """The published files of November 2025 to January 2026, and the constants taken from them."""
    rtt = ma.read_rtt(FILES[-3:])
    found = seasons(rtt, reference=["2025-11"])
    assert isinstance(found, Seasons)
    assert found.table["working_days"].tolist() == [20, 21, 21]
    assert found.table["completed"].tolist() == [1_502_370, 1_400_652, 1_537_163]
    assert found.providers["provider"].nunique() == 493
    december, january = found.latest[12], found.latest[1]
    assert round(december, 3) == INDEX["as last year"][12] == 0.888
    assert round(january, 3) == INDEX["as last year"][1] == 0.974
    assert found.spread["providers"].tolist() == [157] * 3
    for name, q in (("mild", 0.9), ("bad", 0.1)):
        for month in (12, 1):
            measured = float(np.quantile(found.by_trust[month], q))
            assert min(1, round(measured, 3)) == INDEX[name][month]
    counts = rtt.counts.groupby("part", observed=True)["pathways"].sum()
    admitted, other = counts["completed_admitted"], counts["completed_non_admitted"]
    assert round(admitted / (admitted + other), 3) == 0.195
