"""Importance: a share for each factor and model, the longest lists cut."""

from __future__ import annotations

import msgspec
from explained import example

from fairaudit.report import wording as w
from fairaudit.report.lines import TextGrid
from fairaudit.report.sections import importance
from fairaudit.results import CarryingRows


def test_each_share_stands_beside_its_interval():
    explanation = example()
    for factor, row in zip(explanation.factors, importance.table(explanation).rows, strict=True):
        shares = [w.percent(model.importance[factor]) for model in explanation.models]
        assert [entry.text for entry in row[1:]] == shares
        assert all(" to " in entry.detail for entry in row[1:])


def test_a_model_without_a_say_is_marked_on_a_terminal_and_in_the_picture():
    _, grid = importance.lines(example())
    assert isinstance(grid, TextGrid)
    assert [head.title for head in grid.heads] == ["factor", "glm", "boosting", "network (no say)"]
    assert "network (no say)" in importance.picture(example()).svg


def test_more_factors_than_fit_are_counted():
    factors = [f"factor {place:02}" for place in range(importance.MAX_FACTORS + 2)]
    shares = dict.fromkeys(factors, 1 / len(factors))
    models = [
        msgspec.structs.replace(model, importance=shares, intervals=dict.fromkeys(factors, (0.0, 0.1)))
        for model in example().models
    ]
    explanation = msgspec.structs.replace(example(), factors=factors, models=models)
    _, grid = importance.lines(explanation)
    assert grid.lines[-2].fields == ("… 2 more in the reports",)
    assert importance.picture(explanation).caption.endswith("Shown are 15 of 17 factors.")


def test_a_factor_that_one_row_carries_is_told_for_the_model_on_pages_and_terminals():
    one = CarryingRows(factor="rare", rows=1, of=2000, share=0.83)
    first, *others = example().models
    told = msgspec.structs.replace(first, attribution=msgspec.structs.replace(first.attribution, carried=[one]))
    explanation = msgspec.structs.replace(example(), models=[told, *others])
    said = "In glm 1 row of 2,000 carries 83.0% of the importance of rare: what is said of it is said of them."
    assert importance.content(explanation).lead[-1] == said
    *_, last = importance.lines(explanation)
    assert last.text == said
    assert importance.carried_by_few(example()) == []
