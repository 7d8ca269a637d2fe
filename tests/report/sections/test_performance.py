"""Performance: training rows beside the held-out ones only where a model was fitted."""

from __future__ import annotations

import msgspec
from example import binary, count

from fairaudit.report.sections import performance
from fairaudit.results import Performance


def test_training_rows_have_a_column_only_where_there_are_any():
    fitted, given = performance.table(binary()), performance.table(count())
    assert "training rows" in [column.title for column in fitted.columns]
    assert "training rows" not in [column.title for column in given.columns]
    assert "audited rows" in [column.title for column in given.columns]


def test_a_value_that_is_not_defined_has_a_note():
    table = performance.table(binary())
    row = next(row for row in table.rows if row[0].text in ("log loss", "log_loss"))
    assert table.footnotes[row[1].note - 1] == "not defined for these rows"


def test_without_any_measure_there_is_nothing():
    audit = msgspec.structs.replace(count(), performance=Performance())
    assert performance.content(audit) is None
    assert list(performance.lines(audit)) == []
