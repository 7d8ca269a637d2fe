"""No sentence of a random audit contradicts its table; `make test-sentences` reads five hundred."""

from __future__ import annotations

import os

import pytest
from msgspec import structs
from sentences import contradicted, random_audit, shows, value_of

AUDITS = int(os.environ.get("RANDOM_AUDITS", "60"))


@pytest.mark.parametrize("first", range(0, AUDITS, 10))
def test_no_sentence_contradicts_its_table(first):
    wrong = {
        seed: told for seed in range(first, min(first + 10, AUDITS)) if (told := list(contradicted(random_audit(seed))))
    }
    assert wrong == {}


def test_the_reader_sees_a_wrong_number_group_unit_and_claim():
    audit = next(audit for audit in map(random_audit, range(50)) if audit.verdict.lead is not None)
    lead, groups = audit.verdict.lead, audit.groups
    told = {(gap.measure, *gap.by): gap for gap in audit.disparities}
    gap = told[lead.measure, *lead.by]

    def reasons(**changes):
        changed = structs.replace(gap, **changes)
        others = [changed if each is gap else each for each in audit.disparities]
        return {reason for reason, _ in contradicted(structs.replace(audit, disparities=others))}

    assert reasons() == set()
    assert "the verdict and the p-values disagree" in {
        reason
        for reason, _ in contradicted(
            structs.replace(audit, disparities=[structs.replace(each, p_adjusted=1.0) for each in audit.disparities])
        )
    }
    assert reasons(interval=(gap.value + 1, gap.value + 2))
    assert any(
        "the lead's gap" in reason
        for reason, _ in contradicted(
            structs.replace(
                audit,
                groups=groups,
                verdict=structs.replace(audit.verdict, lead=structs.replace(lead, gap=lead.gap + 0.2)),
            )
        )
    )


@pytest.mark.parametrize(
    ("text", "value"), [("1,234", 1234.0), ("−0.53", -0.53), ("2.86×10⁻⁵", 2.86e-5), ("+12.5", 12.5)]
)
def test_shown_numbers_are_read_as_they_were_meant(text, value):
    assert value_of(text)[0] == pytest.approx(value)
    assert shows(text, value, False)
    assert not shows(text, value * 1.2, False)
