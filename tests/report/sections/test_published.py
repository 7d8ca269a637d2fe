"""Published numbers beside ours: what disagrees is seen."""

from __future__ import annotations

from fairaudit.auditing.manifest import versions
from fairaudit.report.sections import published
from fairaudit.report.terminal import render
from fairaudit.results.selftest import CheckedCase, SelfTest
from fairaudit.selftest.run import conclusion


def result(agrees=True):
    one = CheckedCase(
        chapter="ranking", name="area", source="R, pROC", published="0.7314", ours=0.73137 if agrees else 0.9,
        digits=4.0 if agrees else 0.6, needed=4.0, agrees=agrees,
    )  # fmt: skip
    told = conclusion([one])
    return SelfTest(status=0 if agrees else 1, agreed=int(agrees), cases=[one], verdict=told, manifest=versions({}, 0))


def test_agreement_is_one_sentence_and_a_difference_names_its_case():
    assert result().verdict.answers[0].text.startswith("All 1 published numbers agree")
    assert "1 of 1 published numbers differ: area." in result(False).verdict.answers[0].text
    assert "Do the numbers agree? All 1 published" in render(result(), 80)


def test_a_case_that_differs_is_in_bold_and_called_so():
    row = published.table(result(False), "ranking").rows[0]
    assert row[0].strong
    assert "DIFFERS" in render(result(False), 80)
    assert "agrees" in render(result(), 80)
