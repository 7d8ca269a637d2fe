"""Dependence: read against chance, also within strata where that was asked."""

from __future__ import annotations

import msgspec
import pytest
from example import binary

from fairaudit.report.document import findings
from fairaudit.report.sections import dependence
from fairaudit.results import ConditionalDependence


def replaced(value, **changes):
    return msgspec.structs.replace(value, **changes)


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.4, "No dependence of the predictions on race, sex and age shows"), (0.001, "The predictions depend on")],
)
def test_dependence_is_read_against_chance(p, words):
    audit = binary()
    joint = replaced(audit.dependence.ccdcov, p_value=p)
    told = " ".join(findings(replaced(audit, dependence=replaced(audit.dependence, ccdcov=joint))))
    assert words in told


@pytest.mark.parametrize(
    ("parity", "p", "told"),
    [
        ("equalized-odds", 0.004, "Among rows with the same outcome the predictions depend on "),
        ("equal-opportunity given job", 0.4, "Among rows with the positive outcome and the same job no dependence of "),
        ("demographic given job", None, None),
    ],
)
def test_a_dependence_within_strata_that_was_asked_for_is_told(parity, p, told):
    audit = binary()
    within = replaced(audit.dependence.ccdcov, p_value=p)
    conditional = ConditionalDependence(parity=parity, strata=2, n=100, dcov=[], ccdcov=within)
    audit = replaced(audit, comparison=[], dependence=replaced(audit.dependence, conditional=conditional))
    assert [each[: len(told or "")] for each in findings(audit) if "Among rows" in each] == ([told] if told else [])


def test_a_table_within_strata_stands_beside_the_others_only_where_it_was_asked_for():
    audit = binary()
    within = ConditionalDependence(
        parity="demographic given job", strata=2, n=100, dcov=[], ccdcov=audit.dependence.ccdcov
    )
    asked = replaced(audit, dependence=replaced(audit.dependence, conditional=within))
    assert [table.key for table in dependence.content(audit).tables] == ["dependence", "jdcov"]
    (*_, table) = dependence.content(asked).tables
    assert table.key == "conditional"
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_a_corrected_p_value_is_called_so_as_the_table_beside_it_has_the_plain_one():
    audit = binary()
    joint = replaced(audit.dependence.ccdcov, p_value=0.001, p_adjusted=0.078)
    told = dependence.findings(replaced(audit, dependence=replaced(audit.dependence, ccdcov=joint)))[0].text
    assert told.endswith("shows beyond chance (CCdCov², adjusted p = 0.078).")
