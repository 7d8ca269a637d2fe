"""Divergence: read against chance."""

from __future__ import annotations

import msgspec
import pytest
from example import binary, count

from fairaudit.report.document import findings
from fairaudit.report.sections import divergence


@pytest.mark.parametrize(
    ("p", "words"), [(0.4, "no difference in the distributions of"), (0.001, "bits apart beyond chance")]
)
def test_a_divergence_is_read_against_chance(p, words):
    audit = binary()
    told = " ".join(
        findings(msgspec.structs.replace(audit, divergence=[msgspec.structs.replace(audit.divergence[2], p_value=p)]))
    )
    assert words in told


def test_a_result_without_divergences_has_no_such_section():
    assert divergence.content(binary()) is not None
    assert divergence.content(count()) is None
    assert divergence.findings(count()) == []


def test_the_corrected_p_value_decides_whether_distributions_differ_and_is_called_so():
    audit = binary()
    tested = msgspec.structs.replace(audit.divergence[2], p_value=0.001, p_adjusted=0.078)
    (finding,) = divergence.findings(msgspec.structs.replace(audit, divergence=[tested]))
    assert "no difference in the distributions" in finding.text
    assert "adjusted p = 0.078" in finding.text
