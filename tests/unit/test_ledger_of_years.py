"""The books from one plan to the next: they add up over years, and a file is checked."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mutualaid as ma

SPRING, SUMMER = "2026-04-06", "2026-06-01"
TARIFF = {f"C_{code}": 1000.0 for code in (100, 101, 110, 120, 130, 502)}


def plan_of(trusts, mode=None, **more):
    """The plan of some made-up trusts for two periods."""
    return ma.optimise(
        ma.datasets.collaborative(trusts=trusts, areas_per_trust=1, periods=2, **more), None, mode
    )


@pytest.fixture(scope="module")
def plans():
    """Three trusts in spring, two of them in summer."""
    return plan_of(3), plan_of(2)


@pytest.fixture(scope="module")
def ledger(plans):
    """Both in one ledger."""
    return ma.Ledger.of(plans[0], SPRING).extend(plans[1], dt.date(2026, 6, 1))


def test_what_each_plan_books_adds_up_over_both(plans, ledger):
    """By trust; who has left keeps what it gave and got."""
    sums = pd.concat([plan.balance() for plan in plans]).groupby("origin").sum()
    both = ledger.balance().set_index("origin")
    assert both.index.to_list() == ["XA1", "XB2", "XC3"]
    for column in ("patients_given", "patients_received", "patients_net"):
        assert both[column].to_dict() == sums[column].to_dict()
    assert both["harm_weeks_saved_net"].to_dict() == pytest.approx(
        sums["harm_weeks_saved_net"].to_dict()
    )
    assert both["horizons"].to_dict() == {"XA1": 2, "XB2": 2, "XC3": 1}
    days = {*("2026-04-06", "2026-05-04", "2026-06-01", "2026-06-29")}
    assert set(ledger.table["date"]) <= days


def test_a_part_of_the_years_by_its_days(plans, ledger):
    """Spring alone is the first plan's; nothing is booked before it."""
    spring = ledger.balance(until=SUMMER).set_index("origin")["patients_given"]
    assert spring.to_dict() == plans[0].balance().set_index("origin")["patients_given"].to_dict()
    assert ledger.balance(until=SPRING)["patients_given"].sum() == 0
    later = ledger.balance(since=dt.date(2026, 6, 1))["patients_given"].sum()
    assert later + spring.sum() == ledger.balance()["patients_given"].sum()


def test_only_what_was_lived_through_is_booked(plans):
    """The first period of a plan that was made anew after it."""
    books = ma.Ledger.of(plans[0], SPRING, periods=1)
    first = plans[0].moves.query("period == 1")["patients"].sum()
    assert books.horizons.loc[0, ["end", "periods", "patients"]].to_list() == [
        "2026-05-04",
        1,
        first,
    ]
    assert books.extend(plans[1], "2026-05-04").horizons["start"].to_list()[1] == "2026-05-04"


def test_who_owes_whom(ledger):
    """What one has given beyond what came back is what the other has got beyond it."""
    pairs = ledger.pairs.set_index(["provider", "origin"])
    for (one, other), row in pairs.iterrows():
        assert row["net"] == -pairs.loc[(other, one), "net"]
        assert row["saved_net"] == pytest.approx(-pairs.loc[(other, one), "saved_net"])
    net = ledger.balance().set_index("origin")["patients_net"]
    assert pairs.groupby("provider")["net"].sum().to_dict() == {
        trust: count for trust, count in net.items() if trust in set(pairs.reset_index()["origin"])
    }


def test_saved_and_loaded_it_is_the_same_and_goes_on(plans, tmp_path):
    """Also one in which nobody helped anybody, and one with money."""
    alone = plan_of(2, ma.Independent())
    for books in (
        ma.Ledger.of(plans[0], SPRING, tariff=TARIFF),
        ma.Ledger.of(alone, SPRING),
        ma.Ledger.of(plans[0], SPRING).extend(plans[1], SUMMER),
    ):
        again = ma.Ledger.load(books.save(tmp_path / "aid.parquet"))
        pd.testing.assert_frame_equal(again.table, books.table, check_dtype=False)
        pd.testing.assert_frame_equal(again.horizons, books.horizons)
        pd.testing.assert_frame_equal(again.balance(), books.balance(), check_dtype=False)
        assert repr(again) == repr(books)
        assert "Received" in again._repr_html_()
    money = ma.Ledger.of(plans[0], SPRING, tariff=TARIFF)
    money.save(tmp_path / "money.parquet")
    longer = ma.Ledger.load(tmp_path / "money.parquet").extend(plans[1], SUMMER, tariff=TARIFF)
    assert longer.balance()["tariff_net"].sum() == pytest.approx(0)


def test_a_plan_is_booked_once(plans, ledger):
    """At whatever date, and after loading as well; equal plans made anew are the same."""
    with pytest.raises(ma.InputError, match="in the ledger already, from 2026-04-06"):
        ledger.extend(plans[0], "2027-04-05")
    with pytest.raises(ma.InputError, match="in the ledger already, from 2026-06-01"):
        ledger.extend(plan_of(2), "2027-04-05")


def test_dates_money_and_periods_that_do_not_fit_are_told(plans, ledger):
    """Overlaps name both horizons; a tariff is for all or none."""
    other = plan_of(4)
    with pytest.raises(ma.InputError, match="overlaps the horizon from 2026-04-06 to 2026-06-01"):
        ledger.extend(other, "2026-05-04")
    with pytest.raises(ma.InputError, match="leave out the tariff"):
        ledger.extend(other, "2027-04-05", tariff=TARIFF)
    with pytest.raises(ma.InputError, match="pass a tariff"):
        ma.Ledger.of(plans[0], SPRING, tariff=TARIFF).extend(other, "2027-04-05")
    with pytest.raises(ma.InputError, match="is no date"):
        ledger.extend(other, "spring")
    with pytest.raises(ma.InputError, match="periods"):
        ledger.extend(other, "2027-04-05", periods=3)
    with pytest.raises(ma.InputError, match="plan"):
        ledger.extend("plan", "2027-04-05")
    with pytest.raises(ma.InputError, match="is no date"):
        ledger.balance(since="31/12/2026")


def rewritten(path, change=None, head=None):
    """The file with other rows, or another head."""
    table = pq.read_table(path)
    frame, told = table.to_pandas(), table.schema.metadata
    if change is not None:
        frame = change(frame)
    told = told if head is None else head(told)
    out = path.with_name("other.parquet")
    pq.write_table(
        pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(told), out
    )
    return out


CHANGES = {
    "one patient more": (lambda t: t.assign(patients=t["patients"] + 1), "adds up to"),
    "nobody's patients": (lambda t: t.assign(origin="XZ9"), "is no trust of the horizon"),
    "another year": (lambda t: t.assign(date="2031-01-01"), "lies outside the horizon"),
    "a column less": (lambda t: t.drop(columns="saved"), "the column is missing"),
    "half patients": (lambda t: t.assign(patients=t["patients"] + 0.5), "is not whole"),
    "no patients known": (lambda t: t.assign(patients=None), "is no number"),
    "below nothing": (lambda t: t.assign(patients=-1), "is below 0"),
    "no horizon": (lambda t: t.assign(horizon=7), "is none of the ledger's"),
    "no provider": (lambda t: t.assign(provider=None), "is no text"),
    "a row less": (lambda t: t.iloc[1:], "adds up to"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_file_that_was_altered_is_refused(ledger, tmp_path, what):
    """With table, column and rows."""
    change, told = CHANGES[what]
    path = rewritten(ledger.save(tmp_path / "aid.parquet"), change)
    with pytest.raises(ma.InputError, match=told) as error:
        ma.Ledger.load(path)
    assert "other.parquet" in str(error.value)


def test_other_files_and_versions_are_refused(ledger, tmp_path):
    """What is no Parquet, no ledger, of another version, or has lost its head."""
    path = ledger.save(tmp_path / "aid.parquet")
    key = b"mutualaid ledger"
    for head, told in (
        (lambda _: {}, "is no ledger"),
        (lambda _: {key: b'{"version": 2, "horizons": []}'}, "of version 2"),
        (lambda _: {key: b"{"}, "is damaged"),
        (lambda _: {key: b'{"version": 1, "horizons": [{"start": 3}]}'}, "is damaged"),
    ):
        with pytest.raises(ma.InputError, match=told):
            ma.Ledger.load(rewritten(path, head=head))
    path.write_text("origin,provider\n")
    with pytest.raises(ma.InputError, match="cannot be read as Parquet"):
        ma.Ledger.load(path)
    with pytest.raises(ma.InputError, match=r"ends in .parquet"):
        ledger.save(tmp_path / "aid.csv")
