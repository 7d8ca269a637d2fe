"""Calibration: the chosen strength stands out, and every strength is there."""

from __future__ import annotations

from example import binary, count

from fairaudit.report import wording as w
from fairaudit.report.lines import TextGrid
from fairaudit.report.sections import path


def test_the_chosen_strength_is_strong_in_the_table_and_bold_on_a_terminal():
    audit = binary()
    chosen = w.number(audit.calibration.strength)
    (strong,) = (row for row in path.table(audit).rows if row[0].strong)
    assert strong[0].text == chosen
    assert strong[1].text.startswith("chosen")
    (grid,) = (block for block in path.lines(audit) if isinstance(block, TextGrid))
    (bold,) = (line for line in grid.lines if line.style == "bold")
    assert (bold.fields[0], bold.fields[-1]) == (chosen, "chosen")


def test_every_strength_has_a_row_and_a_line():
    audit = binary()
    (grid,) = (block for block in path.lines(audit) if isinstance(block, TextGrid))
    assert len(path.table(audit).rows) == len(grid.lines) == len(audit.path)


def test_without_a_calibration_there_is_nothing():
    assert path.content(count()) is None
    assert list(path.lines(count())) == list(path.pictures(count())) == []


def test_the_terminals_path_has_the_standard_error_of_each_penalised_strength():
    audit = binary()
    (grid,) = [block for block in path.lines(audit) if isinstance(block, TextGrid)]
    plain, *others = (line.fields for line in grid.lines)
    assert "±" not in "".join(plain)
    for point, fields in zip(audit.path[1:], others, strict=True):
        assert fields[2].endswith(f" ± {point.loss_change.standard_error:.2g}")
        assert fields[4].endswith("%" if point.reduction_error is None else f" ± {point.reduction_error:.2g}")
