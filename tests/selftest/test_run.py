"""Every published number agrees, has its source, and a fault in one chapter hides no other."""

from __future__ import annotations

import json

import jsonschema
import pytest

import fairaudit as fa
from fairaudit.report.terminal import render
from fairaudit.results import schemas
from fairaudit.results.selftest import SelfTest
from fairaudit.selftest import rates, run


@pytest.fixture(scope="module")
def result():
    return run.selftest()


def test_every_published_number_agrees(result):
    assert [(case.name, case.why) for case in result.cases if not case.agrees] == []
    assert result.status == 0
    assert result.agreed == len(result.cases) > 80


def test_every_case_has_a_source_and_a_reason_where_fewer_digits_are_needed(result):
    for case in result.cases:
        assert case.source
        assert case.needed > 0
        assert case.why or case.digits >= min(case.needed, 12)


def test_longley_keeps_its_digits_without_a_ridge_and_loses_them_with_the_default_one(result):
    digits = {
        ridge: [c.digits for c in result.cases if f"Longley, ridge {ridge}," in c.name] for ridge in ("0", "1e-09")
    }
    assert {len(each) for each in digits.values()} == {7}
    assert min(digits["0"]) > 11
    assert 4 < min(digits["1e-09"]) < 7


def test_a_chapter_that_fails_is_a_case_that_disagrees_and_hides_no_other(monkeypatch):
    first = next(rates.cases())

    def broken():
        yield first
        raise ArithmeticError("no such luck")

    monkeypatch.setattr(run, "chapter_names", lambda: ["rates", "ranking"])
    monkeypatch.setattr(rates, "cases", broken)
    found = run.selftest()
    assert found.status == 1
    assert [case.agrees for case in found.cases] == [True, False, True, True, True]
    assert "ArithmeticError: no such luck" in found.cases[1].why


def test_the_result_keeps_its_schema_comes_back_and_is_told_at_80_columns(result):
    jsonschema.Draft202012Validator(schemas.schema("selftest")).validate(json.loads(result.to_json()))
    assert fa.from_json(result.to_json(), SelfTest) == result
    text = render(result, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "published numbers agree" in text
    assert "aSAH" in result.to_markdown()
