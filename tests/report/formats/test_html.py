"""The HTML page: sound markup, nothing foreign, names from the data as plain text, the same bytes always."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from example import HOSTILE, binary, count, hostile

from fairaudit.report import wording as w
from fairaudit.report.formats import html
from fairaudit.report.sections import groups

VOID = {"meta", "link", "br", "hr", "img", "input"}
AUDITS = {"binary": binary, "count": count, "hostile": hostile}


@cache
def rendered(name: str) -> str:
    return html.render(AUDITS[name]())


class Page(HTMLParser):
    """Reads a page; `faults` names each end tag that does not close what was opened last."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def values(self, name: str, *tags: str) -> list[str]:
        return [value for tag, key, value in self.attributes if key == name and (not tags or tag in tags)]


@pytest.fixture(scope="module", params=list(AUDITS))
def page(request):
    return Page(rendered(request.param))


def test_every_tag_is_closed_in_its_place(page):
    assert page.faults == []
    assert page.open == []


def test_the_page_runs_nothing_and_loads_nothing(page):
    assert not page.tags.keys() & {"script", "iframe", "object", "embed", "img", "base", "form"}
    assert page.values("href", "link") == ["data:,"]
    assert page.values("src") == page.values("srcset") == []
    links = page.values("href", "a", "use") + page.values("xlink:href")
    assert [link for link in links if not link.startswith("#")] == []
    assert [name for _, name, _ in page.attributes if name.startswith("on")] == []
    styles = [text for tag, text in page.texts if tag == "style"] + page.values("style")
    assert [text for text in styles if "@import" in text or "http" in text.lower()] == []


def test_ids_are_unique_and_every_reference_has_its_target(page):
    ids = Counter(page.values("id"))
    assert [name for name, times in ids.items() if times > 1] == []
    wanted = {link.removeprefix("#") for link in page.values("href", "a", "use") + page.values("xlink:href")}
    wanted |= {name for value in page.values("aria-labelledby") for name in value.split()}
    assert wanted - set(ids) == set()


def test_every_figure_has_a_title_and_a_caption(page):
    figures = page.tags["figure"]
    assert page.tags["figcaption"] == page.tags["svg"] == figures
    assert len([text for tag, text in page.texts if tag == "title"]) == figures + 1
    assert len([text for tag, text in page.texts if tag == "figcaption" and text.strip()]) == figures
    assert page.values("role", "svg") == ["img"] * figures


def test_the_binary_example_has_all_pictures():
    assert Page(rendered("binary")).tags["figure"] == 2 + 3 + 3 + 6 + 3 + 4


def test_every_row_of_a_table_has_as_many_fields_as_its_heading():
    for table in rendered("hostile").split("<table>")[1:]:
        rows = [Page(row).tags for row in table.split("</table>")[0].split("<tr>")[1:]]
        assert len({tags["td"] + tags["th"] for tags in rows}) == 1


def test_hostile_names_are_text(page):
    assert page.tags.keys().isdisjoint({"i", "script"})
    text = rendered("hostile")
    assert "<b>|a" not in text
    assert "<i>#" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    seen = unescape(text)
    for bad in HOSTILE.values():
        assert w.clean(bad) in seen, bad


def test_the_same_audit_gives_the_same_bytes_in_another_process():
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); from example import hostile; "
        "from fairaudit.report.formats.html import render; "
        "print(hashlib.sha256(render(hostile()).encode()).hexdigest())"
    )
    here = rendered("hostile")
    assert html.render(hostile()) == here
    command = [sys.executable, "-c", code, str(Path(__file__).parents[2] / "support")]
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert made.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


def test_what_was_not_measured_is_a_dash_with_its_reason():
    text = rendered("binary")
    shown = groups.table(binary(), groups.groupings(binary())[0], 1)
    asian = next(row for row in shown.rows if row[0].text == "Asian")
    assert asian[4].text == w.DASH
    assert shown.footnotes[asian[4].note - 1] == "12 rows; 25 are needed"
    note = f"groups-1-note-{asian[4].note}"
    assert f'>—<sup><a href="#{note}"' in text
    assert f'<li id="{note}">12 rows; 25 are needed</li>' in text
    assert "None" not in text
    assert "nan" not in {word.lower() for _, data in Page(text).texts for word in data.split()}


@pytest.mark.parametrize("name", AUDITS)
def test_a_page_stays_small(name):
    assert len(rendered(name).encode()) < 2_000_000


def test_without_a_penalty_there_is_no_comparison():
    assert 'id="comparison-section"' in rendered("binary")
    assert 'id="comparison-section"' not in rendered("count")
