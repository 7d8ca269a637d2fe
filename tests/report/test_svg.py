"""Pictures as SVG: the same bytes always, sound, and in the colours and fonts of the page."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import pytest
from example import binary, count, hostile
from explained import example as explanation
from explained import hostile as hostile_explanation
from pictures import SVG, drawn

from fairaudit.report.svg import INK, PAPER

RESULTS = [binary, count, hostile, explanation, hostile_explanation]


@pytest.fixture(scope="module", params=RESULTS, ids=lambda make: f"{make.__module__}-{make.__name__}")
def made(request):
    return request.param(), drawn(request.param())


def test_the_same_result_gives_the_same_pictures(made):
    result, pictures = made
    assert drawn(result) == pictures


def test_settings_of_the_reader_change_nothing(made):
    result, pictures = made
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.grid": True, "savefig.dpi": 10}):
        assert drawn(result) == pictures


def test_each_picture_is_sound_xml_with_title_and_caption(made):
    _, pictures = made
    assert len({picture.key for picture in pictures}) == len(pictures) > 0
    for picture in pictures:
        root = ElementTree.fromstring(picture.svg)
        assert root.find(f"{SVG}title").text == picture.title
        assert root.find(f"{SVG}desc").text == picture.caption
        assert picture.caption.endswith(".")
        assert "  " not in picture.caption


def test_colours_follow_the_page_and_fonts_too(made):
    for picture in made[1]:
        assert INK not in picture.svg
        assert PAPER not in picture.svg
        assert "DejaVu" not in picture.svg
        assert "<style" not in picture.svg
