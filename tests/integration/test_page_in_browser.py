"""The page for the board as a browser shows it: headless Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

import mutualaid as ma
from mutualaid.report.page import write_page

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed: pip install playwright"
)
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright",
    reason="axe-core is not installed: pip install axe-playwright-python",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
    ),
]

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("MUTUALAID_DATA", ROOT.parent / "shared" / "data"))
QOP = ["R0A", "RBV", "RM3", "RMC", "RMP", "RRF", "RWJ"]
QUIET = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESK, PHONE, NARROW = (1440, 1000), (390, 844), (360, 740)
HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def ladder_file(tmp_path_factory):
    rungs = ma.ladder(ma.datasets.collaborative())
    return write_page(rungs, tmp_path_factory.mktemp("page") / "ladder.html")


@pytest.fixture(scope="module")
def greater_manchester(tmp_path_factory):
    if not (DATA / "rtt").is_dir():
        pytest.skip("the published RTT file is not there: MUTUALAID_DATA")
    rtt = ma.read_rtt(next((DATA / "rtt").glob("*January-2026*.zip")))
    sites = ma.read_sites(DATA / "providers.csv")
    system = rtt.system(ma.travel_times(sites), periods=13, providers=QOP)
    names = dict(zip(sites["provider"].astype(str), sites["name"].astype(str), strict=True))
    rungs = ma.ladder(system, ma.Policy(max_minutes=60, specialists=False))
    folder = tmp_path_factory.mktemp("page")
    return write_page(rungs, folder / "greater-manchester.html", names=names)


@pytest.fixture
def opened(browser):
    """Open a file; at the end nothing was asked of anybody, said in the console, or popped up."""
    noise, pages = [], []

    def show(path, size=DESK, **context):
        width, height = size
        page = browser.new_page(viewport={"width": width, "height": height}, **context)
        pages.append(page)
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on("dialog", lambda dialog: (noise.append("dialog"), dialog.dismiss()))
        page.on(
            "request",
            lambda r: None if r.url.startswith(("file:", "data:")) else noise.append(r.url),
        )
        page.goto(path.as_uri())
        return page

    yield show
    for page in pages:
        page.close()
    assert noise == []


def violations(page):
    found = axe.Axe().run(page).response["violations"]
    return [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found]


def shown(page, key):
    """The cells of the rows that can be seen."""
    script = f"""[...document.querySelectorAll('[data-key="{key}"] tbody tr')]
        .filter(row => row.offsetParent).map(row => [...row.cells].map(c => c.innerText.trim()))"""
    return page.evaluate(script)


def numbers(rows, place):
    return [float(row[place].replace(",", "")) for row in rows if row[place][0].isdigit()]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_any_rung(opened, ladder_file, size):
    """WCAG 2.2 AA as far as a program can tell, with all that opens opened."""
    page = opened(ladder_file, size)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert violations(page) == []


@pytest.mark.filterwarnings("ignore::mutualaid.InputWarning")
def test_greater_manchester_opens_reads_and_prints(opened, greater_manchester, tmp_path):
    """Published data with the trusts' own names: no noise, no violation, a file of a sane size."""
    assert greater_manchester.stat().st_size < 3_000_000
    page = opened(greater_manchester)
    assert "Greater" not in page.title()
    assert "7 trusts" in page.title()
    assert page.get_by_text("MANCHESTER UNIVERSITY", exact=False).count() > 1
    assert violations(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert 10 <= pages_of(page, tmp_path) <= 45


def test_tables_sort_by_numbers_and_by_text_with_hidden_ones_last(opened, ladder_file):
    """From the header's button, which says so to who cannot see it."""
    page = opened(ladder_file)
    moves = page.locator('[data-key="moves"]')
    moves.get_by_role("button", name="Show all").click()
    for name, place in (("Patients", 3), ("Mean minutes", 4)):
        heading = moves.locator("th", has=page.get_by_role("button", name=name)).first
        button = heading.get_by_role("button")
        for direction, down in (("descending", True), ("ascending", False)):
            button.click()
            assert heading.get_attribute("aria-sort") == direction
            rows = shown(page, "moves")
            found = numbers(rows, place)
            assert found == sorted(found, reverse=down)
            assert len(found) > 20
            assert not any(row[place][0].isdigit() for row in rows[len(found) :])
    moves.get_by_role("button", name="Service").click()
    services = [row[2] for row in shown(page, "moves")]
    assert services == sorted(services)
    assert moves.locator("th[aria-sort]").count() == 1
    assert page.locator("#told").inner_text() == "Sorted by Service, ascending"


def test_search_finds_rows_and_says_how_many(opened, ladder_file):
    """In all columns or in one; an empty search brings all back."""
    page = opened(ladder_file)
    moves = page.locator('[data-key="moves"]')
    total = page.locator('[data-key="moves"] tbody tr').count()
    assert len(shown(page, "moves")) == 25 < total
    moves.get_by_label("Search the table").fill("xe5")
    rows = shown(page, "moves")
    assert rows
    assert all("XE5" in row[:2] for row in rows)
    assert f"{len(rows)} of {total} rows found" in moves.locator("output").inner_text()
    moves.get_by_label("Look in").select_option(label="To (provider)")
    assert all(row[1] == "XE5" for row in shown(page, "moves"))
    moves.get_by_label("Search the table").fill("no such trust")
    assert shown(page, "moves") == []
    moves.get_by_label("Search the table").fill("")
    moves.get_by_role("button", name="Show all").click()
    assert len(shown(page, "moves")) == total


def test_rungs_are_chosen_by_keyboard_alone(opened, ladder_file):
    """Skip link, tabs by arrows, trust by its select, sorting by Enter; focus is never lost."""
    page = opened(ladder_file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.get_by_role("tab", name="Deep").focus()
    assert page.locator("#plan h2").inner_text() == "Deep"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.textContent") == "Resource"
    assert page.locator("#plan h2").inner_text() == "Resource"
    page.keyboard.press("Home")
    assert "Nobody moves" in page.locator("#moves").inner_text()
    page.keyboard.press("End")
    assert page.get_by_role("tab", name="Deep").get_attribute("aria-selected") == "true"
    assert len(shown(page, "moves")) == 25
    page.get_by_label("Choose a trust").focus()
    page.keyboard.press("ArrowDown")
    visible = [t.get_attribute("id") for t in page.locator(".trust").all() if t.is_visible()]
    assert visible == ["trust-XB2"]
    page.locator('[data-key="moves"] th button').first.focus()
    page.keyboard.press("Enter")
    assert page.locator('[data-key="moves"] th').first.get_attribute("aria-sort") == "ascending"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"


def test_a_link_leads_to_a_trust_and_the_choice_stays_across_rungs(opened, ladder_file):
    """Each trust can be sent the address of its own part."""
    page = opened(ladder_file)
    page.locator(".gains a", has_text="XG7").click()
    assert page.locator("#trust-XG7").is_visible()
    assert not page.locator("#trust-XA1").is_visible()
    page.get_by_role("tab", name="Transactional").click()
    assert page.locator("#trust-XG7").is_visible()
    assert page.get_by_label("Choose a trust").input_value() == "trust-XG7"
    page.goto(ladder_file.as_uri() + "#trust-XC3")
    page.reload()
    assert page.locator("#trust-XC3").is_visible()


def test_pointing_at_a_chart_tells_its_numbers(opened, ladder_file):
    """What the table below the chart says too, for who does not point."""
    page = opened(ladder_file)
    page.locator("svg.wide .spot").nth(2).hover()
    told = page.locator("#tip").inner_text()
    page.get_by_text("The numbers of this chart").first.click()
    row = shown(page, "waits")[2]
    assert row[0] in told
    assert all(number in told for number in row[1:])


@pytest.mark.parametrize("size", [NARROW, PHONE, DESK], ids=["360", "390", "1440"])
def test_the_page_never_scrolls_sideways(opened, ladder_file, size):
    """Wide tables do, inside their own frames."""
    page = opened(ladder_file, size)
    page.select_option("#trust-choice", "")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_without_scripts_the_page_still_reads(opened, ladder_file):
    """The highest rung, every trust; and it says what is missing."""
    page = opened(ladder_file, java_script_enabled=False)
    text = page.locator("body").inner_text()
    assert "Without scripts this page shows the details of Deep only" in text
    assert page.locator("#trust-XH8").is_visible()
    assert not page.get_by_role("tab").first.is_visible()


def pages_of(page, folder):
    """How many sheets of A4 it prints on, none of them blank."""
    page.pdf(path=folder / "page.pdf", prefer_css_page_size=True, print_background=True)
    text = subprocess.run(
        ["pdftotext", "-layout", str(folder / "page.pdf"), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    sheets = text.split("\f")[:-1]
    assert all(sheet.strip() for sheet in sheets)
    return len(sheets)


@pytest.mark.skipif(
    shutil.which("pdftotext") is None,
    reason="pdftotext is not installed: apt-get install poppler-utils",
)
def test_it_prints_on_a4(opened, ladder_file, tmp_path):
    """Every trust, every row, no controls; on a sane number of sheets."""
    page = opened(ladder_file)
    assert 8 <= pages_of(page, tmp_path) <= 24
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Search the table" not in text
    assert "Choose a trust" not in text
    page.emulate_media(media="print")
    assert all(trust.is_visible() for trust in page.locator(".trust").all())
    assert len(shown(page, "moves")) == page.locator('[data-key="moves"] tbody tr').count()


def test_hostile_names_do_no_harm(opened, tmp_path):
    """Script, formula, 300 characters, text from right to left, pictures: shown, and no more."""
    codes = [HOSTILE, "=cmd|' /C calc'!A0", "x" * 300, "\u0645\u0633\u062a\u0634\u0641\u0649", "🏥"]
    waiting = pd.DataFrame(
        {"origin": "ALD", "service": HOSTILE, "weeks_waiting": [40], "patients": [110]}
    )
    capacity = pd.DataFrame(
        {"provider": ["ALD", *codes], "service": HOSTILE, "period": 1, "slots": 10}
    )
    travel = pd.DataFrame({"origin": "ALD", "provider": codes, "minutes": 30.0})
    plan = ma.optimise(ma.System(waiting, capacity, travel, periods=1))
    names = {"ALD": f"\u202e{HOSTILE}", codes[1]: HOSTILE}
    page = opened(write_page(plan, tmp_path / "p.html", title=HOSTILE, names=names), NARROW)
    assert page.title() == HOSTILE
    assert page.locator("img").count() == 0
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
    page.select_option("#trust-choice", "")
    assert page.locator(".trust").count() == 6
    assert violations(page) == []
