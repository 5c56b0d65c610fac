"""A trust, a service or a board is meant by its code or its name: one rule, and never a guess."""

from __future__ import annotations

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.cli import main
from mutualaid.data.words import england
from mutualaid.data.words.known_names import boards_named, providers_named, services_named

NCA = "Northern Care Alliance NHS Foundation Trust"


@pytest.fixture
def tables():
    """Two trusts with two services, all by code."""
    trusts, services = ["R0A", "RM3"], ["C_110", "C_130"]
    pairs = [(trust, service) for trust in trusts for service in services]
    listed = pd.DataFrame(pairs, columns=["origin", "service"])
    slots = pd.DataFrame(pairs, columns=["provider", "service"])
    ways = [("R0A", "RM3", 20.0), ("RM3", "R0A", 25.0)]
    return {
        "waiting_list": listed.assign(weeks_waiting=20, patients=[30, 20, 10, 5]),
        "capacity": slots.assign(period=1, slots=[5, 5, 9, 9]),
        "travel": pd.DataFrame(ways, columns=["origin", "provider", "minutes"]),
        "referrals": listed.assign(period=1, patients=4),
    }


def same(one, other):
    """Two systems have the same tables."""
    names = ("waiting_list", "capacity", "travel", "referrals")
    return all(one.table(name).equals(other.table(name)) for name in names)


def renamed(tables, name, column, names):
    """The tables with other labels in one column."""
    return {**tables, name: tables[name].replace({column: names})}


# --- one rule ---


@pytest.mark.parametrize(
    "text",
    [
        *(NCA, "NORTHERN CARE ALLIANCE NHS FT", "northern care alliance", "RM3", "rm3"),
        "The Northern Care Alliance Trust",
    ],
)
def test_a_trust_is_known_by_its_code_and_by_its_name(text):
    """In capitals or not, with "NHS Foundation Trust", "NHS FT", "Trust" or nothing behind."""
    known = providers_named([*england.provider_names()])
    assert known.find(text).code == "RM3"
    assert known.find(text).exact == (text in ("RM3", NCA))


@pytest.mark.parametrize(
    "text", ["Guys & St. Thomas", "GUY\u2019S AND SAINT THOMAS\u2019 NHS TRUST"]
)
def test_signs_and_small_differences_do_not_matter(text):
    """Apostrophes, "&" and "and", "St", "St." and "Saint"."""
    assert providers_named([*england.provider_names()]).find(text).code == "RJ1"


def test_a_name_that_two_have_is_told_with_both():
    """There are two Duchy Hospitals, and nobody says which."""
    known = providers_named([*england.provider_names()])
    assert known.find("Duchy Hospital") is None
    told = known.unknown("Duchy Hospital")
    assert told == "'Duchy Hospital' (could be NT447 (Duchy Hospital) and NVC04 (Duchy Hospital))"


def test_a_part_of_a_name_is_never_taken_for_it():
    """St Mary's is a hospital of Imperial College, and another one's name has the words."""
    known = providers_named([*england.provider_names()])
    assert known.find("St Mary's") is None
    assert "St Marys Portsmouth" in known.unknown("St Mary's")
    assert known.unknown("Wigan").startswith("'Wigan' (could be RRF (Wrightington, Wigan and")


def test_a_slip_is_told_with_what_is_nearest():
    """By code and by name."""
    known = providers_named([*england.provider_names()])
    assert known.unknown("RM33") == "'RM33' (nearest: RM3 (Northern Care Alliance))"
    assert known.unknown("Nothern Care") == "'Nothern Care' (nearest: RM3 (Northern Care Alliance))"


def test_services_and_boards_are_known_by_name():
    """As hospitals call them; as people call them."""
    services = services_named([*ma.readers.SERVICES])
    found = [services.find(text).code for text in ("Orthopaedics", "T&O", "110", "Eyes", "ENT")]
    assert found == ["C_110", "C_110", "C_110", "C_130", "C_120"]
    boards = boards_named([*england.board_names()])
    told = ("Greater Manchester", "NHS Greater Manchester ICB", "qop")
    assert {boards.find(text).code for text in told} == {"QOP"}
    assert boards.find("Manchester") is None


# --- tables of a system ---


@pytest.mark.parametrize("name", ["Northern Care Alliance", NCA, NCA.upper()])
@pytest.mark.parametrize(
    ("table", "column"),
    [("capacity", "provider"), ("waiting_list", "origin"), ("travel", "origin")],
)
def test_a_table_may_name_a_trust_that_others_have_the_code_of(tables, table, column, name):
    """The system is the same, and its quality says what was read as what."""
    system = ma.System(**renamed(tables, table, column, {"RM3": name}), periods=1)
    assert same(system, ma.System(**tables, periods=1))
    row = system.quality.query("problem == @told", local_dict={"told": f"names {name!r}"})
    assert row["done"].tolist() == ["read as RM3 (Northern Care Alliance)"]
    assert row["table"].tolist() == [table]


def test_a_table_may_name_a_service_that_others_have_the_code_of(tables):
    """Orthopaedics are C_110."""
    other = renamed(tables, "capacity", "service", {"C_110": "Orthopaedics", "C_130": "Eyes"})
    assert same(ma.System(**other, periods=1), ma.System(**tables, periods=1))


def test_one_name_in_two_spellings_is_one_trust(tables):
    """Neither is a code: the table of slots says how it is written."""
    ours = {"R0A": "St Mary's NHS Trust", "RM3": "Hope"}
    theirs = {"R0A": "ST MARYS", "RM3": "Hope"}
    named = {
        name: frame.replace({c: ours for c in ("origin", "provider") if c in frame})
        for name, frame in tables.items()
    }
    named["waiting_list"] = tables["waiting_list"].replace({"origin": theirs})
    system = ma.System(**named, periods=1)
    assert system.providers == ("Hope", "St Mary's NHS Trust")
    assert "names 'ST MARYS'" in set(system.quality["problem"])


def test_two_labels_in_one_column_are_two_trusts(tables):
    """Nobody merges St Mary's with St. Marys where one table has both."""
    names = {"R0A": "St Mary's", "RM3": "St. Marys"}
    named = {
        name: frame.replace({c: names for c in ("origin", "provider") if c in frame})
        for name, frame in tables.items()
    }
    assert ma.System(**named, periods=1).providers == ("St Mary's", "St. Marys")


def test_numbered_services_are_not_one(tables):
    """Hips 1 in one table and Hips 2 in another are two services."""
    names = {"C_110": "Hips 1", "C_130": "Eyes"}
    other = {name: frame.replace({"service": names}) for name, frame in tables.items()}
    other["capacity"] = other["capacity"].replace({"service": {"Hips 1": "Hips 2"}})
    with pytest.warns(ma.InputWarning, match="nobody has capacity for Hips 1"):
        assert "Hips 2" in ma.System(**other, periods=1).services


def test_systems_with_one_label_each_are_as_they_were(tables):
    """Nothing is read as anything else, and quality says nothing of names."""
    quality = ma.System(**tables, periods=1).quality
    assert not quality["problem"].str.startswith("names").any()


def test_a_table_that_is_replaced_may_name_what_the_others_have_codes_of(tables):
    """The tables that stay have the labels."""
    system = ma.System(**tables, periods=1)
    named = tables["capacity"].replace({"provider": {"RM3": "Northern Care Alliance"}})
    assert same(system.replace(capacity=named), system)


# --- policies, modes, targets and changes ---


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
@pytest.mark.parametrize(
    ("by_code", "by_name"),
    [
        ({"max_in": {"RM3": 2}}, {"max_in": {NCA: 2}}),
        ({"max_out": {"R0A": 3}}, {"max_out": {"Manchester University": 3}}),
        (
            {"forbidden_lanes": [{"origin": "R0A", "service": "C_110"}]},
            {"forbidden_lanes": [{"origin": "MANCHESTER UNIVERSITY NHS FT", "service": "T&O"}]},
        ),
        (
            {"allowed_lanes": [{"provider": "RM3", "service": "C_130"}]},
            {"allowed_lanes": [{"provider": "northern care alliance", "service": "Eyes"}]},
        ),
    ],
)
def test_a_policy_may_name_what_the_system_has_codes_of(tables, by_code, by_name):
    """The same moves, and the plan's own policy has the codes."""
    system = ma.System(**tables, periods=1)
    plans = [ma.optimise(system, ma.Policy(**rules)) for rules in (by_code, by_name)]
    assert plans[0].moves.equals(plans[1].moves)
    assert len(plans[0].moves)
    (rule,) = by_code
    ours, theirs = (getattr(plan.policy, rule).astype(object) for plan in plans)
    assert ours.equals(theirs)


def test_what_a_policy_was_read_as_is_said(tables):
    """A name in other letters is a warning."""
    policy = ma.Policy(max_in={"northern care alliance": 2})
    with pytest.warns(
        ma.InputWarning, match="max_in.provider: 'northern care alliance' is read as"
    ):
        ma.optimise(ma.System(**tables, periods=1), policy)


def test_a_policy_that_names_nobody_is_refused_with_what_is_nearest(tables):
    """Nothing is guessed of a slip."""
    system = ma.System(**tables, periods=1)
    with pytest.raises(ma.InputError, match=r"'Nothern Care' \(nearest: RM3 \(Northern Care"):
        ma.optimise(system, ma.Policy(max_in={"Nothern Care": 2}))
    with pytest.raises(ma.InputError, match=r"'RM33' \(nearest: RM3 \(Northern Care"):
        ma.optimise(system, ma.Policy(forbidden_lanes=[{"provider": "RM33"}]))


def test_a_policy_by_code_is_the_very_same(tables):
    """Nothing is copied that needs not be."""
    policy = ma.Policy(max_in={"RM3": 2}, forbidden_lanes=[{"origin": "RM3"}])
    assert ma.optimise(ma.System(**tables, periods=1), policy).policy is policy


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_targets_changes_and_explanations_take_names(tables):
    """And answer as they do to codes."""
    system = ma.System(**tables, periods=1)
    plan = ma.optimise(system, targets=[ma.Target(weeks=18, origins=("Manchester University",))])
    assert plan.asked_targets[0].origins == ("R0A",)
    told = [plan.explain("R0A", "C_110", one) for one in ("RM3", "Northern Care Alliance")]
    assert told[0] == told[1]
    changes = [ma.studies.changes.Capacity(factor=0.5, provider=one) for one in ("RM3", NCA)]
    found = [change.apply(system, ma.Policy())[0].capacity for change in changes]
    assert found[0].equals(found[1])
    assert found[0]["slots"].sum() < system.capacity["slots"].sum()


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_rooms_and_tariffs_take_names(tables):
    """Of modes as of policies."""
    system = ma.System(**tables, periods=1)
    rooms = [
        ma.Estate(
            rooms=pd.DataFrame({"site": [site], "period": [1], "slots": [5]}),
            teams=pd.DataFrame(
                {"provider": [team], "service": [service], "period": [1], "slots": [9]}
            ),
        )
        for site, team, service in (
            ("RM3", "R0A", "C_110"),
            ("Northern Care Alliance", "Manchester University", "Orthopaedics"),
        )
    ]
    plans = [ma.optimise(system, None, ma.Deep(lend=lend)) for lend in rooms]
    assert plans[0].treatments.equals(plans[1].treatments)
    tariffs = [{"C_110": 5000, "C_130": 900}, {"Orthopaedics": 5000, "Ophthalmology": 900}]
    modes = [ma.Transactional(balance="tariff", tariff=tariff) for tariff in tariffs]
    assert len({ma.optimise(system, None, mode).objective for mode in modes}) == 1


# --- England's places ---


def test_every_provider_has_one_row_a_board_a_sector_and_a_kind():
    """And where its place is known, it is in England."""
    places = ma.datasets.providers()
    assert places["provider"].is_unique
    assert places["provider"].is_monotonic_increasing
    assert not places[["name", "icb_code", "icb_name", "sector", "kind"]].eq("").any(axis=None)
    assert set(places["sector"]) == {"NHS", "independent"}
    known = places.dropna(subset=["latitude"])
    assert known["latitude"].between(49.8, 55.9).all()
    assert known["longitude"].between(-6.5, 1.8).all()
    assert known["longitude"].notna().all()
    assert places["icb_code"].nunique() == 42
    trusts = places[places["sector"] == "NHS"]
    # A community trust with a list in some months of 2024 and 2025, and no hospital site.
    assert trusts.loc[trusts["latitude"].isna(), "provider"].tolist() == ["RY6"]
    assert trusts["name"].str.contains("NHS").all()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *(("RP4", "children"), ("RBS", "children"), ("RCU", "children"), ("RPY", "cancer")),
        *(("RBV", "cancer"), ("REN", "cancer"), ("RP6", "eye"), ("RGM", "heart"), ("RBQ", "heart")),
        *(("RAN", "orthopaedic"), ("RL1", "orthopaedic"), ("RRJ", "orthopaedic"), ("REP", "women")),
        *(("RET", "neurology"), ("RPC", "plastic"), ("RQ3", "women and children")),
        *(("RM3", "general"), ("RYY", "community"), ("NPG01", "eye"), ("NT327", "general")),
    ],
)
def test_kinds_are_what_people_know_them_to_be(code, kind):
    """Specialist trusts by a list, independent clinics by their names."""
    assert ma.datasets.providers().set_index("provider").loc[code, "kind"] == kind


def test_the_file_says_under_which_licence_it_is():
    """Whoever copies the file has the attribution with it."""
    head = england.FILE.read_text(encoding="utf-8").partition("provider,name")[0]
    assert "Open Government Licence v3.0" in head
    assert "NHS England" in head
    assert "Strategy Unit" in head


def test_ways_between_known_places_need_no_table():
    """All that have a place, the nearest of Manchester among them."""
    travel = ma.travel_times(max_minutes=30).set_index(["origin", "provider"])
    assert travel.loc[("R0A", "RBV"), "minutes"] < 15
    assert len({origin for origin, _ in travel.index}) == 315


# --- where the system itself has names ---


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_a_system_of_names_is_asked_by_code_as_well(tables):
    """Every table says Northern Care Alliance; a policy says RM3."""
    names = {"RM3": "Northern Care Alliance", "R0A": "Manchester University"}
    named = {
        name: frame.replace({c: names for c in ("origin", "provider") if c in frame})
        for name, frame in tables.items()
    }
    system = ma.System(**named, periods=1)
    plan = ma.optimise(system, ma.Policy(max_in={"RM3": 2}))
    assert plan.policy.max_in["provider"].tolist() == ["Northern Care Alliance"]
    assert set(plan.moves["provider"].astype(str)) == {"Northern Care Alliance"}


def test_a_scenario_takes_the_names_that_its_sites_have(tables, tmp_path, capsys):
    """The table of sites says what A1 is called, and the waiting list calls it so."""
    called = {"R0A": "A1", "RM3": "A2"}
    for name, frame in tables.items():
        own = frame.replace({c: called for c in ("origin", "provider") if c in frame})
        own.to_csv(tmp_path / f"{name}.csv", index=False)
    listed = pd.read_csv(tmp_path / "waiting_list.csv")
    listed = listed.replace({"origin": {"A1": "ST MARYS NHS TRUST", "A2": "Hope Hospital"}})
    listed.to_csv(tmp_path / "waiting_list.csv", index=False)
    sites = {"provider": ["A1", "A2"], "name": ["St Mary's", "Hope Hospitals"]}
    pd.DataFrame({**sites, "latitude": [53.4, 53.5], "longitude": -2.2}).to_csv(
        tmp_path / "sites.csv", index=False
    )
    text = "\n".join(
        [
            "version = 1",
            "[data]",
            *(f'{name} = "{name}.csv"' for name in tables),
            'sites = "sites.csv"',
            "periods = 1",
        ]
    )
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as done:
        main(["check", str(tmp_path / "own.toml")])
    assert done.value.code == 0
    told = capsys.readouterr()
    assert "waiting_list.origin: 'ST MARYS NHS TRUST' is read as A1 (St Mary's)" in told.err
    assert "2 of 2 providers" in told.out


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_who_is_on_a_list_of_patients_is_found_by_its_labels(tables):
    """The list has names, all other tables codes: offers are made to the list as it is."""
    people = pd.DataFrame(
        {
            "patient_id": range(40),
            "origin": ["NORTHERN CARE ALLIANCE"] * 10 + ["Manchester University"] * 30,
            "service": "C_110",
            "weeks_waiting": range(40),
        }
    )
    rest = {name: frame for name, frame in tables.items() if name != "waiting_list"}
    system = ma.System(people, **rest, periods=1)
    assert system.providers == ("Manchester University", "NORTHERN CARE ALLIANCE")
    named = set(system.quality.query("problem.str.startswith('names')")["problem"])
    assert named == {"names 'R0A'", "names 'RM3'"}
    plan = ma.optimise(system)
    offered = plan.patients(people)
    assert set(offered["origin"]) <= set(people["origin"])
    assert len(plan.moves)


def test_two_services_of_one_table_are_not_merged_into_one_code(tables):
    """Trauma and Orthopaedics are one treatment function, and two lists where slots are of two."""
    other = renamed(tables, "capacity", "service", {"C_110": "Trauma", "C_130": "Orthopaedics"})
    with pytest.warns(ma.InputWarning, match="nobody has capacity for C_110"):
        assert {"Trauma", "Orthopaedics"} < set(ma.System(**other, periods=1).services)
