"""The section on subgroups: its tables hold the numbers of the result, whatever attributes are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.report.document import lines
from fairaudit.report.formats import html, md
from fairaudit.report.lines import TextGrid
from fairaudit.report.sections import subgroups
from fairaudit.report.wording import count, number


@pytest.fixture(scope="module")
def audit():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"g|<b>": rng.choice(["<b>|a", "b"], 2000), "h": rng.choice(["u", "v"], 2000)})
    low = (frame["g|<b>"] == "<b>|a") & (frame["h"] == "u")
    frame["d"] = (rng.random(2000) < np.where(low, 0.1, 0.4)).astype(int)
    options = fa.Options(bootstrap=0, permutations=99, search=2)
    return fa.audit(frame, protected=["g|<b>", "h"], decision="d", favourable="yes", options=options)


def test_there_is_a_section_only_where_a_search_was_asked_for(audit):
    import msgspec

    none = msgspec.structs.replace(audit, subgroups=None)
    assert subgroups.content(none) is None
    assert list(subgroups.lines(none)) == []
    assert subgroups.content(audit).title == "Subgroups"


def test_tables_hold_the_subgroups_and_the_limits(audit):
    (search,) = audit.subgroups.searches
    worst, limits = subgroups.content(audit).tables
    assert [row[1].text for row in worst.rows] == [count(each.n) for each in search.worst]
    assert [row[3].text for row in worst.rows] == [number(each.compared) for each in search.worst]
    assert [column.title for column in limits.columns] == [
        "people at least",
        "subgroups",
        "none below",
        "least certain",
    ]
    assert [row[2].text for row in limits.rows] == [number(bound.low) for bound in search.bounds]
    assert all(len(row) == len(table.columns) for table in (worst, limits) for row in table.rows)


def test_names_with_markup_are_escaped_by_every_format(audit):
    page, text = html.render(audit), md.render(audit)
    assert "<b>|a" not in page
    assert "&lt;b&gt;|a" in page
    assert "| g|<b>" not in text


def test_a_terminal_shows_the_first_subgroups_of_each_measure(audit):
    shown = [
        block for block in lines(audit) if isinstance(block, TextGrid) and "measure: subgroup" in block.heads[0].title
    ]
    (grid,) = shown
    assert grid.lines[0].fields[0] == "selection rate: g|<b> = <b>|a and h = u"
    assert grid.lines[0].style == "bold"


def test_what_was_not_searched_is_told_with_its_reason(audit):
    import msgspec

    search = msgspec.structs.replace(audit.subgroups.searches[0], why="all people have the same value", worst=[])
    bare = msgspec.structs.replace(audit, subgroups=msgspec.structs.replace(audit.subgroups, searches=[search]))
    content = subgroups.content(bare)
    assert content.items == ("Selection rate: all people have the same value.",)
    assert content.tables == ()
