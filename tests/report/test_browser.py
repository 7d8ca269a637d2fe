"""The page in a real browser: it opens from a file, without errors, and fits a screen and a telephone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from example import binary, hostile

from fairaudit.report.formats import html

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = """--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync"""

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver (Debian: apt-get install chromium-driver)"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module", params=[binary, hostile], ids=["binary", "hostile"])
def page(request, browser, tmp_path_factory) -> str:
    path: Path = tmp_path_factory.mktemp("page") / "audit.html"
    path.write_text(html.render(request.param()), encoding="utf-8")
    browser.get(path.as_uri())
    return path.as_uri()


def resize(browser, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def test_the_console_is_silent_and_nothing_is_fetched(browser, page):
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)") in (
        [],
        ["data:,"],
    )
    assert browser.title.startswith("Fairness audit")


@pytest.mark.parametrize("width", [1280, 390])
def test_every_picture_has_a_size_and_its_text_stays_inside(browser, page, width):
    resize(browser, width)
    found = browser.execute_script("""
        return [...document.querySelectorAll('figure svg')].map(svg => {
          const box = svg.getBoundingClientRect();
          const out = [...svg.querySelectorAll('text')].filter(t => {
            const r = t.getBoundingClientRect();
            return r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 || r.bottom > box.bottom + 1;
          });
          return [box.width, box.height, out.map(t => t.textContent)];
        })""")
    assert len(found) == 21
    assert all(wide > 300 and high > 60 for wide, high, _ in found)
    assert [outside for *_, outside in found if outside] == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("opened", [False, True], ids=["folded", "unfolded"])
def test_the_page_does_not_scroll_sideways(browser, page, width, opened):
    resize(browser, width)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = arguments[0])", opened)
    inner, scroll = browser.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
    assert inner == width
    assert scroll <= width


def test_all_links_lead_to_a_place_on_this_page(browser, page):
    broken = browser.execute_script("""
        return [...document.querySelectorAll('a')].map(a => a.getAttribute('href'))
          .filter(h => !h.startsWith('#') || !document.getElementById(h.slice(1)))""")
    assert broken == []


def test_long_tables_unfold_when_clicked(browser, page):
    resize(browser, 1280)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = false)")
    folded = browser.find_elements("css selector", "details")
    assert folded
    for details in folded:
        assert not details.find_element("css selector", "table").is_displayed()
        browser.execute_script("arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})", details)
        details.find_element("css selector", "summary").click()
        assert details.find_element("css selector", "table").is_displayed()


def test_dark_and_light_change_paper_and_ink_together(browser, page):
    seen = {}
    for scheme in ("light", "dark"):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        seen[scheme] = browser.execute_script("""
            const ink = getComputedStyle(document.querySelector('figure svg text')).fill;
            return [getComputedStyle(document.body).backgroundColor, ink]""")
    assert seen["light"] == ["rgb(255, 255, 255)", "rgb(27, 31, 36)"]
    assert seen["dark"] == ["rgb(20, 23, 27)", "rgb(231, 234, 238)"]


def test_the_name_of_a_row_stays_in_sight_when_its_table_is_scrolled(browser, page):
    resize(browser, 390)
    left = browser.execute_script("""
        const box = document.querySelector('#groups-1 .scroll'); box.scrollLeft = 300;
        return box.querySelector('tbody th').getBoundingClientRect().left - box.getBoundingClientRect().left""")
    assert abs(left) < 1
