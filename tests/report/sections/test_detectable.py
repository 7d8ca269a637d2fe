"""What these groups could show, as a table."""

from __future__ import annotations

from example import binary, count

from fairaudit.report.sections import detectable


def test_each_measure_has_its_gap_its_groups_and_whether_equality_is_shown():
    (table,) = detectable.content(binary()).tables
    texts = [[entry.text for entry in row] for row in table.rows]
    assert texts[0] == [
        "selection rate",
        "sex",
        "2",
        "7.2 pp",
        "Female and Male",
        "7.2 pp",
        "Female and Male",
        "5.0 pp: shown",
    ]
    assert texts[1][3] == "—"
    assert "too small" in table.footnotes[table.rows[1][3].note - 1]


def test_an_audit_without_tests_has_no_such_section():
    assert detectable.content(count()) is None
