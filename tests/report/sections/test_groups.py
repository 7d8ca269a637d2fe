"""The groups: their rates as dots, with words where there is no value."""

from __future__ import annotations

import msgspec
import numpy as np
import pandas as pd
from example import HOSTILE, binary, count, hostile
from pictures import named, texts

import fairaudit as fa
from fairaudit.report import drawing
from fairaudit.report import wording as w
from fairaudit.report.lines import Heading, TextGrid
from fairaudit.report.sections import groups


def test_text_is_text_and_a_dollar_is_no_formula():
    svg = named(groups.pictures(hostile()), "groups-chart-1")
    assert w.shorten(HOSTILE["Hispanic"], drawing.LABEL_LENGTH) in texts(svg)
    assert HOSTILE["African-American"] in texts(svg)
    assert w.shorten(HOSTILE["Caucasian"], drawing.LABEL_LENGTH) in texts(svg)


def test_a_missing_value_leaves_the_words_not_measured():
    assert texts(named(groups.pictures(binary()), "groups-chart-1")).count("not measured") == 3


def test_more_groups_than_fit_are_counted_in_the_caption():
    audit = count()
    many = [msgspec.structs.replace(audit.groups[0], cell={"gender": f"g{i:02}"}, n=i + 30) for i in range(20)]
    audit = msgspec.structs.replace(audit, groups=many)
    picture = groups.picture(audit, groups.groupings(audit)[0], "x")
    assert picture.caption.endswith(f"Shown are the {groups.MAX_GROUPS} largest of 20 groups.")
    shown = [text for text in texts(picture.svg) if text.startswith("g")]
    assert shown == [f"g{i:02}" for i in range(20 - groups.MAX_GROUPS, 20)]


def test_hollow_dots_are_explained_only_where_there_are_any():
    captions = {picture.key: picture.caption for picture in groups.pictures(binary())}
    assert "Hollow dots" in captions["groups-chart-1"]
    assert "Hollow dots" not in captions["groups-chart-2"]


def test_a_group_that_is_too_small_is_dim_on_a_terminal_and_noted_in_its_table():
    grid = next(block for block in groups.lines(binary()) if isinstance(block, TextGrid))
    styles = {line.fields[0]: line.style for line in grid.lines}
    assert styles["Asian"] == "dim"
    assert styles["Caucasian"] == ""
    table = groups.table(binary(), groups.groupings(binary())[0], 1)
    marks = {row[0].text: row[0].note for row in table.rows}
    assert "25 are needed" in table.footnotes[marks["Asian"] - 1]
    assert marks["Caucasian"] == 0


def test_sets_of_attributes_come_with_single_ones_first():
    sets = groups.sets_of_attributes(binary().groups[::-1])
    assert [len(by) for by in sets] == sorted(len(by) for by in sets)
    assert len({tuple(by) for by in sets}) == len(sets)


def test_groups_of_a_set_stand_in_one_table_and_are_said_to_overlap():
    rng = np.random.default_rng(1)
    cells = rng.choice(["White", "Black", "White; Black", "Asian; White", ""], 600)
    frame = pd.DataFrame({"race": cells, "sex": rng.choice(["F", "M"], 600), "d": rng.integers(0, 2, 600)})
    options = fa.Options(bootstrap=20, permutations=19)
    audit = fa.audit(frame, decision="d", protected=["race:set=;", "sex"], missing="group", options=options)
    race, sex, crossed = groups.groupings(audit)
    assert [next(iter(group.cell.values())) for group in race.members] == [
        "race includes Asian",
        "race includes Black",
        "race includes White",
        "(missing)",
    ]
    assert (race.label, race.overlap, sex.overlap, crossed.label) == ("race", True, False, "race × sex")
    assert len(crossed.members) == 2 * len(race.members)
    table = groups.table(audit, race)
    assert table.caption.startswith("Groups by race, which overlap")
    assert any(column.title == "ratio to the better off, with or without" for column in table.columns)
    headings = [block.text for block in groups.lines(audit) if isinstance(block, Heading)]
    assert headings == ["Groups by race, which overlap", "Groups by sex"]
