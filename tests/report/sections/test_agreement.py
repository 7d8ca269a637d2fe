"""Agreement: who contradicts whom is told first."""

from __future__ import annotations

import msgspec
from explained import example

from fairaudit.report.document import findings
from fairaudit.report.formats import md


def test_models_that_contradict_each_other_are_named_first():
    pair = msgspec.structs.replace(example().pairs[0], contradicted=1 / 3)
    told = findings(msgspec.structs.replace(example(), pairs=[pair]))
    assert "glm and boosting contradict each other on 33.3% of the pairs." in told


def test_without_two_models_that_have_a_say_no_agreement_is_shown():
    assert "Agreement of the models" in md.render(example())
    assert "Agreement of the models" not in md.render(msgspec.structs.replace(example(), pairs=[]))
