"""The made-up patients are the same everywhere, and are those of the made-up collaborative."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools

import numpy as np
import pandas as pd
import pytest

from mutualaid.datasets import collaborative, collaborative_providers, patients
from mutualaid.errors import InputError

CENSUS = pd.Timestamp("2026-01-31")
COHORT = ["origin", "service", "weeks_waiting", "priority", "area", "deprivation"]
OURS = "efbb4bf4f1c62dac42ec9ad12f2ce2acdc3f1890f9a256dd22d5d560d8e6b9ce"
AS_WLMDS = "319f1e9502f8bc12e5be3d197d0108e8b29c34c1e068fab311727ad6e19f0de1"
SEEDS = (2026, 0, 5)


def digest(frame):
    return hashlib.sha256(frame.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def days_waited(frame, census=CENSUS):
    return (census - frame["clock_start"]).dt.days


def band(days):
    """The RTT week band, by looking for it: w holds 7w < days <= 7(w + 1), 0 also day 0."""
    return next(w for w in itertools.count() if days <= 7 * (w + 1))


def share(condition):
    return pytest.approx(condition.mean(), abs=0.012)


@pytest.fixture(scope="module")
def frames():
    return {seed: patients(20_000, seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def frame(frames):
    return frames[2026]


@pytest.mark.parametrize(
    ("size", "seed", "options"),
    [
        (20_000, 2026, {}),
        (999, 7, {"trusts": 3, "services": ["hips", "C_110"], "areas_per_trust": 1}),
        (5_000, 1, {"trusts": 26, "areas_per_trust": 4}),
        (None, 3, {"trusts": 2}),
        (1, 4, {}),
    ],
)
def test_the_patients_are_those_of_the_collaborative(size, seed, options):
    """Whoever counts the patients finds every cohort of the collaborative, and nobody else."""
    made = patients(size, seed, **options)
    weeks = days_waited(made).map(band)
    counted = made.assign(weeks_waiting=weeks).groupby(COHORT).size()
    system = collaborative(seed, list_size=size, **options)
    cohorts = system.waiting_list.groupby(COHORT, observed=True)["patients"].sum()
    assert counted.to_dict() == cohorts.to_dict()
    assert len(made) == (size or 7_500 * options["trusts"])
    assert made.index.equals(pd.RangeIndex(len(made)))


def test_clocks_started_on_any_day_of_the_band(frame):
    """A band has seven days and the first has eight, all as likely as each other."""
    days = days_waited(frame)
    first = days[days <= 7].value_counts(normalize=True).sort_index()
    assert first.index.to_list() == list(range(8))
    assert first.to_list() == pytest.approx([1 / 8] * 8, abs=0.03)
    later = ((days[days > 7] - 1) % 7).value_counts(normalize=True).sort_index()
    assert later.index.to_list() == list(range(7))
    assert later.to_list() == pytest.approx([1 / 7] * 7, abs=0.01)


def test_the_patients_are_the_same_on_every_machine():
    """Whoever makes up the list gets the same file, to the byte."""
    assert digest(patients(3_000)) == OURS
    assert digest(patients(3_000)) == OURS
    assert digest(patients(3_000, wlmds=True)) == AS_WLMDS


def test_another_seed_is_another_list(frames):
    """Another seed changes every column in which there is anything to change."""
    one, other = frames[2026], frames[0]
    same = [name for name in one if one[name].equals(other[name])]
    assert same == ["admitted"]


def test_the_order_of_services_does_not_matter():
    """A service is the same service wherever it is named in the list."""
    codes = ["C_130", "hips", "C_110"]
    assert digest(patients(500, services=codes)) == digest(patients(500, services=codes[::-1]))


def test_each_patient_has_identifiers_that_nobody_could_take_for_real(frame):
    """Identifiers name the trust, are unique, and hold no number as long as an NHS number."""
    for name, pattern, length in [
        ("patient_id", r"X[A-Z]\d-\d{7}", 11),
        ("pathway_id", r"X[A-Z]\d-PATHWAY-\d{8}", 20),
    ]:
        assert frame[name].is_unique
        assert frame[name].str.fullmatch(pattern).all()
        assert (frame[name].str.len() == length).all()
        assert (frame[name].str[:3] == frame["origin"]).all()
    assert (frame["pathway_issuer"] == frame["origin"]).all()
    pseudonyms = patients(500, wlmds=True)["pseudo_nhs_number"]
    assert pseudonyms.is_unique
    assert pseudonyms.str.fullmatch(r"PSEUDO-\d{7}").all()


def test_neither_identifier_nor_row_tells_the_wait(frame):
    """Rows are in no order, and identifiers are in another."""
    number = frame["patient_id"].str[4:].astype(int)
    assert sorted(number) == list(range(20_000))
    told = pd.DataFrame(
        {
            "number": number,
            "days": days_waited(frame),
            "origin": pd.factorize(frame["origin"], sort=True)[0],
            "priority": pd.factorize(frame["priority"], sort=True)[0],
        }
    )
    row = pd.Series(range(20_000))
    assert (told.corrwith(row).abs() < 0.03).all()
    assert (told.drop(columns="number").corrwith(number).abs() < 0.03).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_shares_are_those_stated(frames, seed):
    """Of the whole list, the shares are near those that the description gives."""
    made = frames[seed]
    assert share(made["consent"] == "yes") == 0.35
    assert share(made["consent"] == "no") == 0.15
    assert share(made["consent"] == "not asked") == 0.50
    assert share(made["tci_date"] > CENSUS) == 0.08
    assert (made["tci_date"] < CENSUS).mean() == pytest.approx(0.005, abs=0.002)
    assert made["transferred"].mean() == pytest.approx(0.01, abs=0.003)
    assert made["asa"].isna().mean() == pytest.approx(0.02, abs=0.004)
    assert made["critical_care"].mean() == pytest.approx(0.03, abs=0.007)
    assert (made["ethnicity"] == "Not stated").mean() == pytest.approx(0.06, abs=0.006)
    assert made["admitted"].all()


def test_the_deprived_are_less_willing_to_move(frames):
    """Of those asked, 60 % from the most deprived fifth say yes and 80 % from the least."""
    made = pd.concat(frames.values())
    asked = made[made["consent"] != "not asked"]
    yes = (asked["consent"] == "yes").groupby(asked["deprivation"]).mean()
    assert yes.to_dict() == pytest.approx({1: 0.60, 2: 0.65, 3: 0.70, 4: 0.75, 5: 0.80}, abs=0.025)
    was_asked = (made["consent"] != "not asked").groupby(made["deprivation"]).mean()
    assert was_asked.to_list() == pytest.approx([0.5] * 5, abs=0.02)


def test_only_who_says_yes_says_how_far(frame):
    """Limits are of those who would go; a tenth of them name none."""
    yes = frame["consent"] == "yes"
    assert frame.loc[~yes, "willing"].isna().all()
    shares = frame.loc[yes, "willing"].fillna("blank").value_counts(normalize=True)
    stated = {
        "within ICB": 0.35,
        "50 miles": 0.25,
        "30 minutes": 0.15,
        "100 miles": 0.08,
        "national": 0.07,
        "blank": 0.10,
    }
    assert shares.to_dict() == pytest.approx(stated, abs=0.015)


def test_dates_are_soon_or_have_just_passed(frames):
    """A date lies 1 to 84 days ahead, or at most 28 days back and not before the clock."""
    made = pd.concat(frames.values())
    made = made[made["tci_date"].notna()]
    ahead = (made["tci_date"] - CENSUS).dt.days
    assert set(ahead[ahead >= 0]) == set(range(1, 85))
    assert set(ahead[ahead < 0]) == set(range(-28, 0))
    assert (made["tci_date"] >= made["clock_start"]).all()
    fresh = pd.concat(patients(20_000, seed, services=["C_502"]) for seed in range(20))
    fresh = fresh[days_waited(fresh) <= 7]
    dated = fresh[fresh["tci_date"] < CENSUS]
    assert len(dated) > 10
    assert (dated["tci_date"] >= dated["clock_start"]).all()
    assert (dated["tci_date"] == dated["clock_start"]).any()


def test_long_waiters_have_dates_more_often(frames):
    """Over a year, one in six has a date; under ten weeks, one in eighteen."""
    made = pd.concat(frames.values())
    days = days_waited(made)
    dated = made["tci_date"] > CENSUS
    assert dated[days > 364].mean() == pytest.approx(0.175, abs=0.03)
    assert dated[days <= 70].mean() == pytest.approx(0.055, abs=0.006)


def test_the_old_are_frailer_and_the_frail_need_more(frame):
    """ASA grades rise with age; beds and critical care follow the grade."""
    by_grade = frame.groupby("asa")[["age", "overnight", "critical_care"]].mean()
    assert by_grade.index.to_list() == [1, 2, 3, 4]
    for name in by_grade:
        assert by_grade[name].is_monotonic_increasing
    assert by_grade.loc[4, "age"] - by_grade.loc[1, "age"] > 35
    assert frame.loc[frame["critical_care"], "overnight"].all()
    grades = frame["asa"].value_counts(normalize=True).sort_index().astype(float)
    assert grades.to_list() == pytest.approx([0.26, 0.48, 0.23, 0.03], abs=0.03)
    well = frame[frame["asa"] == 1].groupby("age").size()
    assert well.index.max() < 80


def test_a_blank_grade_says_nothing_of_the_need(frames):
    """Those without a grade stay overnight as often as the others."""
    made = pd.concat(frames.values())
    stays = made.groupby(made["asa"].isna())["overnight"].mean()
    assert stays[True] == pytest.approx(stays[False], abs=0.04)


def test_each_service_has_its_own_patients(frame):
    """Gynaecology treats women, ENT many children, ophthalmology the old under local."""
    services = frame.groupby("service")
    female = services["sex"].agg(lambda sex: (sex == "female").mean())
    assert female["C_502"] == 1
    assert female["C_101"] == pytest.approx(0.25, abs=0.03)
    assert female.drop(["C_502", "C_101"]).between(0.46, 0.59).all()
    children = services["age"].agg(lambda age: (age < 18).mean())
    assert children["C_502"] == 0
    assert children["C_120"] == pytest.approx(0.25, abs=0.03)
    assert children.drop(["C_502", "C_120"]).between(0.02, 0.08).all()
    assert services["age"].mean().idxmax() == "C_130"
    assert frame["age"].between(0, 99).all()
    assert set(range(95)) <= set(frame["age"])
    kinds = pd.crosstab(frame["service"], frame["anaesthetic"], normalize="index")
    assert kinds.loc["C_130"].to_dict() == pytest.approx(
        {"general": 0.12, "regional": 0.03, "local": 0.85}, abs=0.03
    )
    assert kinds.loc["C_110"].to_dict() == pytest.approx(
        {"general": 0.62, "regional": 0.30, "local": 0.08}, abs=0.03
    )
    assert (kinds["general"].drop("C_130") > 0.55).all()
    stays = services["overnight"].mean()
    assert (stays.idxmin(), stays.idxmax()) == ("C_130", "C_110")


def test_a_service_that_is_not_known_has_patients_too():
    """A label of the analyst's own has people of every kind."""
    made = patients(3_000, services=["knees", "C_502"])
    knees = made[made["service"] == "knees"]
    assert (knees["sex"] == "female").mean() == pytest.approx(0.52, abs=0.04)
    assert knees["age"].mean() == pytest.approx(54, abs=2)
    assert set(knees["anaesthetic"]) == {"general", "regional", "local"}


def test_ethnicity_differs_between_areas(frames):
    """From 4 to 40 % of an area's patients are of minorities, half of these Asian."""
    white = []
    for made in frames.values():
        stated = made[made["ethnicity"] != "Not stated"]
        by_area = (stated["ethnicity"] == "White").groupby(stated["area"]).agg(["mean", "size"])
        white += list(by_area.loc[by_area["size"] > 400, "mean"])
        assert made["ethnicity"].nunique() == 6
    assert np.mean(white) == pytest.approx(0.83, abs=0.03)
    assert max(white) == pytest.approx(0.95, abs=0.03)
    assert min(white) == pytest.approx(0.60, abs=0.08)
    made = pd.concat(frames.values())
    small = made[~made["ethnicity"].isin(["White", "Not stated"])]
    shares = small["ethnicity"].value_counts(normalize=True)
    assert shares.to_list() == pytest.approx([0.50, 0.22, 0.15, 0.13], abs=0.02)
    assert shares.index[0] == "Asian or Asian British"
    assert shares.index[1] == "Black, Black British, Caribbean or African"


@pytest.mark.parametrize(("seed", "trusts"), [(2026, 8), (1, 8), (2026, 3), (0, 2)])
def test_a_trust_and_its_patients_are_in_one_icb(seed, trusts):
    """The western half of the trusts is in one ICB, and the eastern in the other."""
    made = patients(3_000, seed, trusts=trusts)
    icbs = made.groupby("origin")["icb"].agg(["nunique", "first"])
    assert (icbs["nunique"] == 1).all()
    east = collaborative_providers(seed, trusts=trusts).set_index("provider")["longitude"]
    first = icbs["first"][east.sort_values().index]
    west = (trusts + 1) // 2
    assert first.to_list() == ["QX1"] * west + ["QX2"] * (trusts - west)


def test_what_has_no_reason_to_go_together_does_not(frame):
    """Each thing is drawn by itself: being asked, a date, a transfer, sex, blanks and the day."""
    alone = pd.DataFrame(
        {
            "asked": frame["consent"] != "not asked",
            "dated": frame["tci_date"] > CENSUS,
            "transferred": frame["transferred"],
            "female": frame["sex"] == "female",
            "white": frame["ethnicity"] == "White",
            "far": frame["willing"].isin(["100 miles", "national"]),
            "blank": frame["asa"].isna(),
            "day": (days_waited(frame) - 1) % 7,
            "child": frame["age"] < 18,
            "regional": (frame["anaesthetic"] == "regional") & (frame["service"] == "C_110"),
        }
    ).astype(float)
    together = alone.corr().abs().to_numpy() - np.eye(alone.shape[1])
    # Who says yes was asked.
    asked, far = (list(alone).index(name) for name in ("asked", "far"))
    assert together[asked, far] > 0.15
    together[[asked, far], [far, asked]] = 0
    assert together.max() < 0.05


@pytest.mark.parametrize("seed", [2026, 1])
def test_the_national_data_set_says_the_same(seed):
    """Under the headings and codes of the data set the patients are who they were."""
    ours, theirs = patients(2_000, seed), patients(2_000, seed, wlmds=True)
    services = "C_" + theirs["activity_treatment_function_code"]
    text = {
        "patient_id": theirs["local_patient_identifier"],
        "pathway_id": theirs["patient_pathway_identifier"],
        "pathway_issuer": theirs["organisation_code_patient_pathway_identifier_issuer"],
        "origin": theirs["organisation_identifier_code_of_provider"],
        "service": services,
        "priority": theirs["procedure_priority_code"],
        "area": theirs["der_lsoa2021"],
        "icb": theirs["dm_icb_commissioner"],
        "clock_start": theirs["referral_to_treatment_period_start_date"],
        "sex": theirs["person_stated_gender_code"].map({"2": "female", "1": "male"}),
        "age": theirs["der_age_week_ending_date"],
        "overnight": theirs["intended_management_code"].map({"1": True, "2": False}),
        "asa": theirs["asa_physical_status_classification_system_code"].astype("Int64"),
        "ethnicity": theirs["ethnic_category"].map(
            {
                "A": "White",
                "H": "Asian or Asian British",
                "N": "Black, Black British, Caribbean or African",
                "D": "Mixed or multiple ethnic groups",
                "S": "Other ethnic group",
                "Z": "Not stated",
            }
        ),
    }
    for name, column in text.items():
        pd.testing.assert_series_equal(ours[name], column, check_names=False)
    same = ["consent", "willing", "deprivation", "anaesthetic", "critical_care", "tci_date"]
    pd.testing.assert_frame_equal(ours[same], theirs[same])
    accepting = theirs["mutual_aid_accepting_provider"]
    assert (accepting.notna() == ours["transferred"]).all()
    assert (accepting.dropna() == ours.loc[ours["transferred"], "origin"]).all()
    assert ours["transferred"].any()
    assert (theirs["week_ending_date"] == CENSUS).all()
    assert (theirs["referral_to_treatment_period_status"] == "20").all()
    assert (theirs["waiting_list_type"] == "IRTT").all()
    assert len(theirs.columns) == len(ours.columns) + 3


@pytest.mark.parametrize(
    "census",
    [
        "2026-02-01",
        dt.date(2026, 2, 1),
        dt.datetime(2026, 2, 1, 9),
        pd.Timestamp("2026-02-01 23:59"),
    ],
)
def test_another_census_moves_every_date(frame, census):
    """Counted a day later, the same patients joined a day later; the time of day is nothing."""
    later = patients(20_000, census=census)
    for name in ("clock_start", "tci_date"):
        assert later[name].isna().equals(frame[name].isna())
        assert set((later[name] - frame[name]).dropna()) == {pd.Timedelta(days=1)}
    week = patients(10, census=census, wlmds=True)["week_ending_date"]
    assert set(week) == {pd.Timestamp("2026-02-01")}
    others = [name for name in frame if name not in ("clock_start", "tci_date")]
    pd.testing.assert_frame_equal(later[others], frame[others])


@pytest.mark.parametrize("wlmds", [False, True])
def test_a_list_saved_as_text_is_read_as_it_was(tmp_path, wlmds):
    """A CSV file holds all that the list holds, and days without a time."""
    made = patients(1_000, wlmds=wlmds)
    made.to_csv(tmp_path / "list.csv", index=False)
    dates = list(made.select_dtypes("datetime"))
    kinds = {name: kind for name, kind in made.dtypes.items() if name not in dates}
    read = pd.read_csv(tmp_path / "list.csv", dtype=kinds, parse_dates=dates)
    pd.testing.assert_frame_equal(made.astype({d: read[d].dtype for d in dates}), read)
    assert "00:00" not in (tmp_path / "list.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("wlmds", [False, True])
def test_a_list_saved_as_parquet_is_read_as_it_was(tmp_path, wlmds):
    """A Parquet file gives back text as text, numbers as numbers and days as days."""
    pytest.importorskip("pyarrow")
    made = patients(1_000, wlmds=wlmds)
    made.to_parquet(tmp_path / "list.parquet", index=False)
    read = pd.read_parquet(tmp_path / "list.parquet")
    pd.testing.assert_frame_equal(read.isna(), made.isna())
    dates = list(made.select_dtypes("datetime"))
    made = made.astype({day: read[day].dtype for day in dates})
    # Older pandas has two kinds of nothing in text.
    texts = list(made.select_dtypes(exclude=["number", "bool", "datetime"]))
    for frame in (made, read):
        frame[texts] = frame[texts].fillna("")
    pd.testing.assert_frame_equal(made, read)
    assert not any(isinstance(kind, pd.CategoricalDtype) for kind in read.dtypes)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("size", 0),
        ("size", 10_000_001),
        ("size", 2.5),
        ("seed", -1),
        ("trusts", 27),
        ("areas_per_trust", 5),
        ("services", "C_110"),
        ("services", []),
        ("census", "31/01/2026"),
        ("census", "2026-02-30"),
        ("census", "1999-12-31"),
        ("census", dt.date(2200, 1, 1)),
        ("census", pd.NaT),
        ("census", None),
        ("census", 20260131),
        ("wlmds", "yes"),
    ],
)
def test_an_argument_that_cannot_be_is_named(argument, value):
    """Whoever asks for nobody, or for a list on 30 February, is told what to mend."""
    with pytest.raises(InputError) as caught:
        patients(**{argument: value})
    problems = caught.value.problems
    assert problems[["table", "column"]].to_numpy().tolist() == [["patients", argument]]
    assert repr(value) in problems["problem"].iloc[0]
    assert problems["remedy"].iloc[0]


def test_every_wrong_argument_is_named_at_once():
    """Five mistakes are reported together, not one at a time."""
    with pytest.raises(InputError) as caught:
        patients(0, -1, trusts=1, census="today", wlmds=1)
    assert sorted(caught.value.problems["column"]) == ["census", "seed", "size", "trusts", "wlmds"]


@pytest.mark.parametrize("census", ["2000-01-01", "2199-12-31"])
def test_a_list_can_be_of_the_past_or_the_future(census):
    """A list of the first or the last day that can be, is."""
    made = patients(50, census=census)
    assert (days_waited(made, pd.Timestamp(census)) >= 0).all()
