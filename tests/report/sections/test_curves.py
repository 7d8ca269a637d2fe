"""Curves on a page: a panel for each group, the decision on its curve, and no colour needed to read them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import msgspec
import pytest
from example import binary, count, hostile

from fairaudit.report import wording as w
from fairaudit.report.document import document
from fairaudit.report.formats import md
from fairaudit.report.sections import curves

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def named(audit) -> dict[str, str]:
    return {picture.key: picture.svg for picture in curves.pictures(audit)}


@pytest.fixture(scope="module")
def drawn():
    return named(binary())


def test_each_curve_has_a_picture_for_each_attribute(drawn):
    assert list(drawn) == [f"{name}-chart-{place}" for name in ("roc", "calibration") for place in (1, 2, 3)]


def test_each_group_has_a_panel_with_its_name_its_rows_and_one_number(drawn):
    seen = texts(drawn["roc-chart-2"])
    assert {"Female", "Male"} <= set(seen)
    group = next(group for group in binary().groups if group.cell == {"sex": "Male"})
    assert f"{w.number(group.measures['auc'].value)}, 500 rows" in seen


def test_a_group_without_points_says_so(drawn):
    assert texts(drawn["roc-chart-1"]).count("not measured") == 1
    assert texts(drawn["roc-chart-2"]).count("not measured") == 0


def test_the_decision_is_a_diamond_where_both_its_rates_were_measured():
    audit = binary()
    captions = [picture.caption for picture in curves.pictures(audit)]
    assert ["Diamond: the decision." in caption for caption in captions] == [True] * 3 + [False] * 3
    bare = [msgspec.structs.replace(group, measures={}) for group in audit.groups]
    for picture in curves.pictures(msgspec.structs.replace(audit, groups=bare)):
        assert "Diamond" not in picture.caption


def test_group_and_all_rows_differ_in_width_not_in_colour_alone(drawn):
    widths = {float(width) for width in re.findall(r"stroke-width: ([0-9.]+)", drawn["roc-chart-1"])}
    assert {1.1, 1.5} <= widths


def test_axes_end_near_where_an_outcome_is_rare():
    audit = binary()
    calibration = audit.curves[1]
    rare = [
        msgspec.structs.replace(group, x=[x / 10 for x in group.x], y=[y / 10 for y in group.y], low=[], high=[])
        for group in calibration.groups
    ]
    calibration = msgspec.structs.replace(calibration, groups=rare)
    for svg in named(msgspec.structs.replace(audit, curves=[calibration])).values():
        assert {"0%", "5%", "10%"} <= set(texts(svg))
        assert "100%" not in texts(svg)


def test_more_groups_than_fit_are_counted_in_the_caption():
    audit = binary()
    roc = audit.curves[0]
    many = [msgspec.structs.replace(roc.groups[1], cell={"race": f"g{place:02}"}, n=place) for place in range(20)]
    roc = msgspec.structs.replace(roc, groups=[roc.groups[0], *many])
    (picture,) = curves.pictures(msgspec.structs.replace(audit, curves=[roc]))
    assert picture.caption.endswith(f"Shown are the {curves.MAX_GROUPS} largest of 20 groups.")
    shown = [text for text in texts(picture.svg) if text.startswith("g")]
    assert shown == [f"g{place:02}" for place in range(20 - curves.MAX_GROUPS, 20)]


def test_points_with_intervals_are_a_table_and_a_missing_curve_has_its_reason():
    audit = binary()
    (table,) = curves.content(audit).tables
    assert table.key == "curves-calibration"
    everybody = table.rows[0]
    assert everybody[0].text == "all rows"
    assert (everybody[2].text, everybody[2].detail) == ("20.0% → 20.0%", "14.0% to 26.0%")
    asian = next(row for row in table.rows if row[0].text == "race: Asian")
    assert table.footnotes[asian[0].note - 1] == "12 rows; 25 are needed"


def test_a_result_without_curves_has_no_such_section():
    assert curves.content(count()) is None
    assert list(curves.pictures(count())) == []
    assert "curves" not in document(count()).sections
    assert "curves" in document(binary()).sections


def test_hostile_names_are_text():
    for svg in named(hostile()).values():
        ElementTree.fromstring(svg)
    assert not re.search(r"<[a-z/]", md.render(hostile()))
