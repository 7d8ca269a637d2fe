"""From score to decision: that no decision was named is said everywhere, and what each threshold would do is shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa
from fairaudit.report.formats import html, md
from fairaudit.report.sections import thresholds

SAID = "No decision was named"


def scored(**roles):
    rng = np.random.default_rng(3)
    group = rng.choice(["a", "b"], 800)
    frame = pd.DataFrame({"g": group, "score": rng.normal(600, 50, 800) + 30 * (group == "b")})
    options = fa.Options(bootstrap=0, permutations=0)
    return fa.audit(frame, prediction="score", protected="g", options=options, **roles)


@pytest.fixture(scope="module")
def audit():
    return scored()


def test_the_table_has_the_thresholds_that_tenths_of_all_reach(audit):
    curve = thresholds.selection(audit)
    table = thresholds.table(audit, curve)
    everybody = [float(entry.text.rstrip("%")) for entry in table.rows[0][2:]]
    np.testing.assert_allclose(everybody, range(90, 0, -10), atol=2)
    assert [row[0].text for row in table.rows] == ["all rows", "g: a", "g: b"]
    assert table.rows[1][6].text < table.rows[2][6].text  # b has the higher scores


def test_every_output_says_that_no_decision_was_named(audit):
    assert SAID in md.render(audit)
    assert SAID in html.render(audit)
    [line] = thresholds.lines(audit)
    assert SAID in line.text


def test_a_picture_shows_a_band_for_each_group(audit):
    [picture] = thresholds.pictures(audit)
    assert picture.key == "selection-chart-1"
    assert "Shaded: 95% band, which holds at all points of a group at once." in picture.caption


def test_nothing_is_said_where_there_is_a_decision():
    decided = scored(threshold=620)
    assert thresholds.content(decided) is None
    assert list(thresholds.lines(decided)) == list(thresholds.pictures(decided)) == []
    assert SAID not in md.render(decided)
