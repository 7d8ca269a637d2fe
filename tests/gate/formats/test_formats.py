"""What holds for every format of a check."""

import pytest
from made import EVERYTHING

from fairaudit.gate.formats import FORMATS, render


def test_the_example_has_every_verdict(hostile):
    assert {each.verdict for each in hostile.findings} == {"kept", "broken", "uncertain", "unmeasured"}
    assert any(each.waived for each in hostile.findings)
    assert {each.level for each in hostile.findings if each.verdict == "broken"} == {"fail", "warn"}


@pytest.mark.parametrize("format", FORMATS)
def test_two_runs_give_the_same_bytes(checked, format):
    assert render(checked(EVERYTHING), format) == render(checked(EVERYTHING), format)
