"""The table of all measured values: one column layout, the values exact, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
from io import StringIO

import msgspec
import pytest
from example import binary, count, hostile
from explained import example as explanation
from explained import hostile as hostile_explanation

from fairaudit.report.formats.csv import COLUMNS, render

RESULTS = [binary, count, hostile, explanation, hostile_explanation]
EVERY_RESULT = pytest.mark.parametrize("make", RESULTS, ids=lambda make: f"{make.__module__}-{make.__name__}")


def rows(result) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(render(result))))


@EVERY_RESULT
def test_every_row_has_the_same_columns_and_says_what_is_measured(make):
    lines = list(csv.reader(StringIO(render(make()))))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) > 10
    assert {len(line) for line in lines} == {len(COLUMNS)}
    assert all(row["part"] and row["measure"] for row in rows(make()))


@EVERY_RESULT
def test_the_same_result_gives_the_same_table(make):
    assert render(make()) == render(make())


def test_values_of_groups_and_gaps_come_back_exactly():
    audit, table = binary(), rows(binary())
    for group in audit.groups:
        for name, measure in group.measures.items():
            (row,) = (
                row
                for row in table
                if (row["part"], row["measure"], row["group"]) == ("groups", name, " × ".join(group.cell.values()))
            )
            assert row["value"] == ("" if measure.value is None else repr(measure.value))
            assert (row["low"], row["high"]) == tuple(map(repr, measure.interval or ())) or not measure.interval
            assert row["why"] == (measure.why or "")
    gaps = [row for row in table if row["part"] == "disparities" and row["statistic"] == "gap"]
    assert [row["value"] for row in gaps] == ["" if d.value is None else repr(d.value) for d in audit.disparities]


def test_what_a_fit_measured_beside_the_groups_is_there_too():
    audit = binary()
    values = {(row["part"], row["measure"], row["statistic"]): row["value"] for row in rows(audit)}
    for point in audit.path:
        assert values["path", "loss", f"strength {point.strength!r}"] == repr(point.loss.mean)
    assert values["consistency", "distance", "guided"] == repr(audit.consistency.distance.guided)
    assert values["performance", "accuracy", "train"] == repr(audit.performance.train["accuracy"])
    assert values["comparison", audit.comparison[0].measure, "plain"] == repr(audit.comparison[0].plain)
    shares = [row for row in rows(audit) if row["part"] == "consistency" and row["statistic"] == "guided"]
    assert {factor.factor for factor in audit.consistency.factors} <= {row["factor"] for row in shares}


def test_a_value_that_there_is_not_is_an_empty_field_with_its_reason():
    missing = [row for row in rows(binary()) if row["value"] == "" and row["part"] == "groups"]
    assert missing
    assert all(row["why"] for row in missing)


def test_every_estimator_of_a_dependence_has_a_row_of_its_own():
    joint = binary().dependence.jdcov
    values = {row["statistic"]: row["value"] for row in rows(binary()) if row["measure"] == "jdcov"}
    names = ("biased", "unbiased", "attributes_only", "pairs", "interaction")
    assert values == {name: "" if getattr(joint, name) is None else repr(getattr(joint, name)) for name in names}


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_name_that_a_spreadsheet_would_take_for_a_formula_is_text(start):
    audit = binary()
    bad = f"{start}HYPERLINK(1)"
    group = msgspec.structs.replace(audit.groups[0], cell={"race": bad})
    texts = {row["group"] for row in rows(msgspec.structs.replace(audit, groups=[group]))}
    assert f"'{bad}" in texts
    assert bad not in texts


def test_names_from_the_data_stay_in_their_field():
    text = render(hostile())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]sex" in text


def test_an_explanation_has_the_shares_of_every_factor_in_every_model():
    result = explanation()
    shares = [row for row in rows(result) if row["part"] == "models" and row["measure"] == "importance"]
    assert len(shares) == len(result.models) * len(result.factors)
    assert {(row["model"], row["factor"]): float(row["value"]) for row in shares} == {
        (model.name, factor): share for model in result.models for factor, share in model.importance.items()
    }
