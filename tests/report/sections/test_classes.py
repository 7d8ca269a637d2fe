"""Classes: a table of each measure and attribute, a line for each class, whatever the class is called."""

from __future__ import annotations

import pytest
from example import binary
from markup import Tags
from several_classes import CLASSES, people

import fairaudit as fa
from fairaudit.report import terminal
from fairaudit.report.sections import classes, groups

QUICK = fa.Options(bootstrap=50, permutations=19)


@pytest.fixture(scope="module")
def audited():
    return fa.audit(people(), target="y", prediction="p_*", protected=["sex", "age"], options=QUICK)


def test_only_an_audit_of_classes_has_the_section():
    assert classes.content(binary()) is None
    assert list(classes.lines(binary())) == []


def test_a_line_of_the_table_is_a_class_with_its_groups_side_by_side(audited):
    table = classes.table(audited, "tpr", ["sex"], 1)
    assert table.caption == "Recall of each class by sex"
    assert [column.title for column in table.columns] == ["class", "F", "M", "difference", "adjusted p"]
    assert [row[0].text for row in table.rows] == audited.classes
    women = next(group for group in audited.groups if group.cell == {"sex": "F"})
    assert table.rows[0][1].text.startswith(f"{100 * women.measures[f'tpr[{audited.classes[0]}]'].value:.1f}%")


def test_each_measure_of_each_attribute_has_a_table(audited):
    tables = classes.content(audited).tables
    assert len(tables) == 2 * len(classes.measures(audited))
    assert len({table.key for table in tables}) == len(tables)


def test_groups_have_no_columns_of_single_classes_and_no_mean(audited):
    titles = [column.title for column in groups.table(audited, groups.groupings(audited)[0]).columns]
    assert "accuracy" in titles
    assert not any("mean prediction" in title or CLASSES[0] in title for title in titles)


def test_of_many_classes_a_terminal_lists_those_that_differ_most():
    names = tuple(f"ward {number:02}" for number in range(30))
    audit = fa.audit(people(2000, names), target="y", decision="told", protected=["sex"], options=QUICK)
    text = terminal.render(audit)
    assert "… 22 more classes in the reports, which differ less" in text
    assert "ward 00" in text  # the one that differs
    assert max(map(len, text.splitlines())) <= 80


def test_a_page_and_a_table_show_hostile_names_as_text(audited):
    tags = Tags()
    tags.feed(audited.to_html())
    assert "blink" not in tags.seen
    assert "&lt;blink&gt;|a" in audited.to_html()
    assert all("<blink>" not in line for line in audited.to_markdown().splitlines())
