"""What a section shows on a terminal, as values."""

from fairaudit.report.lines import Head, Line, grid, heads


def test_names_are_text_of_a_width_and_numbers_are_not():
    name, first, second = heads("group", "rows", "rate", width=12)
    assert (name.text, name.width) == (True, 12)
    assert first == Head("rows")
    assert second == Head("rate")


def test_a_tuple_stands_for_a_line_without_style():
    made = grid(heads("group", "rows"), [("a", "1"), Line(("b", "2"), "bold")])
    assert made.lines == (Line(("a", "1")), Line(("b", "2"), "bold"))
