"""Tables as values: reasons are numbered once, and long tables say what they leave out."""

from fairaudit.report.table import MAX_ROWS, Entry, Footnotes, cut
from fairaudit.report.wording import DASH


def test_equal_reasons_have_one_number_and_values_none():
    notes = Footnotes()
    fields = [
        notes.known("1.0", 1.0, None),
        notes.known("", None, "too few rows"),
        notes.known("", None, "no outcome"),
        notes.known("", None, "too few rows"),
    ]
    assert [field.note for field in fields] == [0, 1, 2, 1]
    assert [field.text for field in fields] == ["1.0", DASH, DASH, DASH]
    assert notes.texts == ["too few rows", "no outcome"]


def test_a_missing_value_without_a_reason_says_that_there_is_none():
    notes = Footnotes()
    notes.known("", None, None)
    assert notes.texts == ["not measured; no reason was recorded"]


def test_a_table_that_is_cut_says_so_in_its_caption():
    rows = [(Entry(str(number)),) for number in range(MAX_ROWS + 1)]
    assert cut("Groups", rows[:MAX_ROWS]) == ("Groups", tuple(rows[:MAX_ROWS]))
    caption, kept = cut("Groups", rows)
    assert len(kept) == MAX_ROWS
    assert caption == f"Groups (the first {MAX_ROWS} of {MAX_ROWS + 1}; the JSON report has all)"
