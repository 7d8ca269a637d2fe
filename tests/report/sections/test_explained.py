"""What reports say of what the models explain, and of the price of a fairer one."""

from __future__ import annotations

import dataclasses

import pytest
from example import binary
from msgspec import structs

from fairaudit.report.lines import TextGrid
from fairaudit.report.sections.explained import content, findings, lines
from fairaudit.report.sections.path import lines as lines_of_path
from fairaudit.report.sections.path import table as table_of_path
from fairaudit.results import Estimate, Explained, Price

PLAIN = Explained(deviance=0.63, constant=0.69, share=0.09, interval=(0.07, 0.11), balance=1.03, constant_balance=1.04)
FAIR = Explained(deviance=0.67, constant=0.69, share=0.03, interval=(0.02, 0.04), balance=1.02, constant_balance=1.04)


def audit(plain=PLAIN, fair=FAIR, price=None):
    whole = binary()
    before, after = (
        structs.replace(model, test=test, train=test)
        for model, test in ((whole.plain.model, plain), (whole.model, fair))
    )
    usual = Price(share=68.26, interval=(58.5, 76.4), points=6.0, points_interval=(5.1, 6.9))
    known = usual if price is None else price
    return structs.replace(whole, model=after, price=known, plain=structs.replace(whole.plain, model=before))


def test_the_constant_model_stands_first_in_the_table():
    (table,) = content(audit()).tables
    assert [row[0].text for row in table.rows] == ["constant", "plain", "fair"]
    assert [entry.text for entry in table.rows[0][1:4]] == ["0.69000", "0%", "1.040"]
    assert [entry.text for entry in table.rows[1][1:4]] == ["0.63000", "9.0%", "1.030"]
    assert table.rows[1][2].detail == "7.0% to 11.0%"


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (Price(points=6.0, points_interval=(5.1, 6.9)), "Its price is 6.0 points of D² (95% interval 5.1 to 6.9)"),
        (Price(why="it explains nothing"), "What the fairer model costs is not known: it explains nothing."),
    ],
)
def test_the_price_stands_with_what_the_models_explain(price, words):
    assert words in " ".join(content(audit(price=price)).lead)
    assert any(words in getattr(block, "text", "") for block in lines(audit(price=price)))


def test_what_is_worse_than_the_constant_is_said_first():
    poor = Explained(deviance=0.8, constant=0.69, share=-0.16)
    assert findings(audit()) == []
    (found,) = findings(audit(fair=poor))
    assert found.text.startswith("The fairer model predicts worse than the constant on the held-out rows")
    (found,) = findings(audit(plain=poor, fair=poor))
    assert found.text.startswith("The plain and the fairer model predict worse than the constant")
    assert dataclasses.astuple(found)[1] == "kept"
    markdown = audit(plain=poor, fair=poor).to_markdown()
    assert markdown.index("predict worse than the constant") < markdown.index("On these rows the joint dependence")
    assert "so that 68% (58% to 76%) of what that explains is given up. Performance: accuracy" in markdown


def test_an_audit_without_these_numbers_has_no_such_section():
    assert content(binary()) is None
    assert list(lines(binary())) == []


def test_a_path_tells_what_each_strength_gives_up_where_that_is_known():
    whole = binary()
    path = [structs.replace(point, given_up=Estimate(mean=5.0 * place)) for place, point in enumerate(whole.path)]
    before, after = ([column.title for column in table_of_path(audit).columns] for audit in
                     (whole, structs.replace(whole, path=path)))  # fmt: skip
    assert [title for title in after if title not in before] == ["given up"]
    (grid,) = [block for block in lines_of_path(structs.replace(whole, path=path)) if isinstance(block, TextGrid)]
    assert [head.title for head in grid.heads][2] == "given up"
    assert [line.fields[2] for line in grid.lines] == ["0.0%", "+5.0%", *(f"+{5 * k}%" for k in range(2, len(path)))]
