"""Pictures: the same bytes always, text as text, and a visible word where a value is missing."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib as mpl
import msgspec
import pytest
from example import HOSTILE, binary, count, drawn, hostile

import fairaudit.report
from fairaudit.report import drawing
from fairaudit.report import wording as w
from fairaudit.report.sections import comparison, distributions
from fairaudit.report.sections import groups as rates
from fairaudit.report.sections.attribution import pictures as gap_pictures
from fairaudit.report.svg import INK, PAPER
from fairaudit.report.svg import drawing as drawing_style

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture(scope="module", params=[binary, count, hostile], ids=["binary", "count", "hostile"])
def made(request):
    return request.param(), drawn(request.param())


def test_the_same_audit_gives_the_same_pictures(made):
    audit, pictures = made
    assert drawn(audit) == pictures


def test_settings_of_the_reader_change_nothing(made):
    audit, pictures = made
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.grid": True, "savefig.dpi": 10}):
        assert drawn(audit) == pictures


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


def test_text_is_text_and_a_dollar_is_no_formula():
    svg = next(p.svg for p in drawn(hostile()) if p.key == "groups-chart-1")
    assert w.shorten(HOSTILE["Hispanic"], drawing.LABEL_LENGTH) in texts(svg)
    assert HOSTILE["African-American"] in texts(svg)
    assert w.shorten(HOSTILE["Caucasian"], drawing.LABEL_LENGTH) in texts(svg)


def test_a_missing_value_leaves_the_words_not_measured():
    svg = next(p.svg for p in drawn(binary()) if p.key == "groups-chart-1")
    assert texts(svg).count("not measured") == 3
    gaps = next(p.svg for p in drawn(binary()) if p.key == "attribution-chart-1")
    assert texts(gaps).count("not measured") == 1
    changes = comparison.picture(binary())
    assert texts(changes.svg).count("not measured") == 1


def test_a_group_without_a_mean_says_so():
    audit = binary()
    groups = [
        msgspec.structs.replace(g, mean_prediction=None, interval=None) if g.by == ["sex"] else g for g in audit.groups
    ]
    picture = distributions.picture(msgspec.structs.replace(audit, groups=groups), ["sex"], "x")
    assert sum("not" in text for text in texts(picture.svg)) >= 2


def test_more_groups_than_fit_are_counted_in_the_caption():
    audit = count()
    groups = [msgspec.structs.replace(audit.groups[0], cell={"gender": f"g{i:02}"}, n=i + 30) for i in range(20)]
    audit = msgspec.structs.replace(audit, groups=groups)
    picture = rates.picture(audit, ["gender"], "x")
    assert picture.caption.endswith(f"Shown are the {rates.MAX_GROUPS} largest of 20 groups.")
    shown = [text for text in texts(picture.svg) if text.startswith("g")]
    assert shown == [f"g{i:02}" for i in range(20 - rates.MAX_GROUPS, 20)]


def test_the_comparison_shows_both_ends_in_their_unit():
    seen = texts(comparison.picture(binary()).svg)
    assert "67.1% → 66.4%" in seen
    assert "33.6 pp → 11.8 pp" in seen
    assert "−65%, better" in seen
    assert "−2.4%, worse" in seen


def test_long_labels_are_fewer(monkeypatch):
    def seen():
        with drawing_style():
            axes = drawing.add_axes(drawing.new_figure(100), 150, 10, 100, 50)
            axes.set_xlim(0.4988, 0.5022)
            drawing.set_ticks(axes, "rate")
            return [place for place in axes.get_xticks() if 0.4988 <= place <= 0.5022]

    few = seen()
    monkeypatch.setattr(drawing, "LONG_TICK", 99)
    assert len(few) < len(seen())


def test_every_bar_of_the_gaps_keeps_off_the_edges(monkeypatch):
    attribution = binary().attribution
    parts = [dict.fromkeys(attribution.importance, 0.0) | part for part in ({"age": -0.2}, {"age": 0.1})]
    gaps = [
        msgspec.structs.replace(gap, gap=sum(part.values()), contributions=part)
        for gap, part in zip(attribution.gaps, parts, strict=False)
    ]
    drawn = []
    monkeypatch.setattr(gap_pictures, "to_svg", lambda figure, *_: drawn.append(figure.axes[0].get_xlim()) or "")
    gap_pictures.factor_gaps(msgspec.structs.replace(attribution, gaps=gaps), gaps[0].by, "gaps")
    ((low, high),) = drawn
    assert low < -0.2
    assert high > 0.1


def test_the_zero_of_the_comparison_stands_over_its_line():
    audit = binary()
    below = msgspec.structs.replace(audit.comparison[4], plain=1e-6, fair=-2e-6, change=-3e-6, percent=None)
    svg = comparison.picture(msgspec.structs.replace(audit, comparison=[below])).svg
    (zero,) = (text for text in ElementTree.fromstring(svg).iter(f"{SVG}text") if "".join(text.itertext()) == "0")
    assert float(zero.get("x")) == pytest.approx(196 + 138 / 2)  # the scale goes as far to the left as to the right


def test_a_full_name_and_its_estimator_fit_their_place():
    audit = binary()
    long = msgspec.structs.replace(audit.comparison[4], measure="jensen_shannon_excess", by=["race", "sex", "age"])
    seen = texts(comparison.picture(msgspec.structs.replace(audit, comparison=[long])).svg)
    assert "Jensen–Shannon divergence" in seen
    assert "by race × sex × age, excess" in seen


@pytest.mark.parametrize(
    ("values", "unit", "signed", "labels"),
    [
        ([1.0, 1.1, 1.2], "number", False, ["1.0", "1.1", "1.2"]),
        ([0.09, 0.1, 0.11], "number", False, ["0.09", "0.10", "0.11"]),
        ([0.275, 0.3, 0.325], "rate", False, ["27.5%", "30.0%", "32.5%"]),
        ([-0.02, 0.0, 0.02], "number", True, ["−0.02", "0", "+0.02"]),
        ([0.0, 2000.0], "number", False, ["0", "2,000"]),
        ([-0.1, 0.1], "points", False, ["−10", "10"]),
        ([-0.04, 0.0, 0.04], "rate", False, ["", "0%", "4%"]),
        ([0.96, 1.0, 1.04], "rate", False, ["96%", "100%", ""]),
        ([], "number", False, []),
    ],
)
def test_the_labels_of_an_axis_have_as_many_decimals(values, unit, signed, labels):
    assert drawing.tick_labels(values, unit, signed) == labels


def test_no_window_is_opened_and_no_figure_kept():
    from matplotlib import _pylab_helpers

    drawn(count())
    assert _pylab_helpers.Gcf.get_all_fig_managers() == []
    assert all(
        "pyplot" not in path.read_text(encoding="utf-8")
        for path in Path(fairaudit.report.__file__).parent.rglob("*.py")
    )


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ({"race": "Black", "sex": "Male"}, "Black × Male"),
        ({"race": "African-American", "sex": "Female", "age": "25–45"}, "African… × Female × 25–45"),
        ({"race": "a" * 40}, "a" * 24 + "…"),
        ({}, "all"),
    ],
)
def test_of_a_crossing_every_value_stays_to_be_seen(cell, label):
    assert drawing.group_label(cell, ["race", "sex", "age"]) == label


def test_hollow_dots_are_explained_only_where_there_are_any():
    captions = {picture.key: picture.caption for picture in drawn(binary())}
    assert "Hollow dots" in captions["groups-chart-1"]
    assert "Hollow dots" not in captions["groups-chart-2"]
