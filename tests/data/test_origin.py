"""Places and numbers of rows are those of the source, whichever lines stand for them."""

import numpy as np

from fairaudit.data.origin import Origin, first_in_row

LINES = Origin(rows=np.array([2, 1, 3]), first=np.array([4, 0, 1]))


def test_rows_are_counted_not_lines():
    chosen = np.array([True, False, True])
    assert (LINES.total, LINES.count(chosen), LINES.share(chosen)) == (6, 5, 5 / 6)


def test_the_earliest_line_is_that_of_the_first_row():
    assert LINES.earliest(np.array([True, False, True])) == 2
    assert LINES.where(2) == " in row 2"
    assert first_in_row(np.array([True, False, True]), LINES, "a mark") == " (first in row 2, a mark)"


def test_without_an_order_no_row_is_named():
    lines = Origin(LINES.rows)
    assert lines.earliest(np.array([False, True, True])) == 1
    assert (lines.where(1), lines.number(1), first_in_row(np.array([False, True, True]), lines)) == ("", None, "")


def test_rows_stand_for_themselves():
    rows = Origin.of_rows(np.array([3, 7]))
    assert (rows.total, rows.where(1)) == (2, " in row 8")
    assert rows.take(np.array([1])).where(0) == " in row 8"
