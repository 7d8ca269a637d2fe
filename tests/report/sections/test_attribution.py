"""Why: gaps by factor, and what factors tell about protected attributes."""

from __future__ import annotations

import msgspec
from example import binary
from explained import example as explanation
from pictures import named, texts

from fairaudit.report.lines import Paragraph, TextGrid
from fairaudit.report.sections import attribution
from fairaudit.report.sections.attribution import pictures as gap_pictures
from fairaudit.report.sections.attribution.gaps import largest_gaps
from fairaudit.report.sections.attribution.proxies import strongest
from fairaudit.results import CarryingRows


def test_every_bar_of_the_gaps_keeps_off_the_edges(monkeypatch):
    whole = binary().attribution
    parts = [dict.fromkeys(whole.importance, 0.0) | part for part in ({"age": -0.2}, {"age": 0.1})]
    gaps = [
        msgspec.structs.replace(gap, gap=sum(part.values()), contributions=part)
        for gap, part in zip(whole.gaps, parts, strict=False)
    ]
    drawn = []
    monkeypatch.setattr(gap_pictures, "to_svg", lambda figure, *_: drawn.append(figure.axes[0].get_xlim()) or "")
    gap_pictures.factor_gaps(msgspec.structs.replace(whole, gaps=gaps), gaps[0].by, "gaps")
    ((low, high),) = drawn
    assert low < -0.2
    assert high > 0.1


def test_a_missing_value_leaves_the_words_not_measured():
    assert texts(named(gap_pictures.pictures(binary().attribution), "attribution-chart-1")).count("not measured") == 1


def test_gaps_come_by_size_and_those_not_measured_last():
    gaps = largest_gaps(binary().attribution.gaps)
    sizes = [None if gap.gap is None else abs(gap.gap) for gap in gaps]
    measured = [size for size in sizes if size is not None]
    assert measured == sorted(measured, reverse=True)
    assert sizes[: len(measured)] == measured


def test_only_what_is_no_chance_is_the_strongest_proxy():
    one, *_ = explanation().proxies
    chance = msgspec.structs.replace(one, dcor_sq=0.9, p_value=0.4)
    assert strongest([chance, one]) == one
    assert strongest([chance]) is None


def test_a_terminal_names_the_factors_that_carry_each_gap():
    section = next(section for section in attribution.SECTIONS if isinstance(binary(), section.of))
    grid = next(block for block in section.lines(binary()) if isinstance(block, TextGrid))
    assert all(line.fields[2].count(",") < attribution.MOST_FACTORS for line in grid.lines)
    assert 0 < len(grid.lines) <= attribution.MOST_GAPS


def test_an_explanation_shows_the_best_model_and_says_so():
    section = next(section for section in attribution.SECTIONS if isinstance(explanation(), section.of))
    assert section.content(explanation()).lead[-1].startswith("Shown for glm, which predicts best")


def test_rows_beyond_what_a_prediction_may_be_are_told():
    whole = binary().attribution
    assert not any("model adds up" in text for text in attribution.content(whole, []).lead)
    cut = msgspec.structs.replace(whole, cut_rows=3, cut=2.5)
    (told,) = [text for text in attribution.content(cut, []).lead if "model adds up" in text]
    assert told.startswith("For 3 rows the model adds up to more, or less,")
    assert "(at most 2.50)" in told


def test_of_an_audit_a_factor_that_few_rows_carry_is_told_on_pages_and_terminals():
    few = [CarryingRows(factor=f"f{place}", rows=2, of=900, share=0.4) for place in range(5)]
    audit = binary()
    told = msgspec.structs.replace(audit, attribution=msgspec.structs.replace(audit.attribution, carried=few))
    section = attribution.SECTIONS[0]
    *_, said = section.content(told).lead
    assert said.startswith("2 rows of 900 carry 40.0% of the importance of f0, ")
    assert "likewise of 2 more" in said
    assert list(section.lines(told))[-1] == Paragraph(said, "yellow")
    assert not any("carry" in text for text in section.content(audit).lead)
