"""The models of a pool: who has no say, and that none has learnt anything."""

from __future__ import annotations

import msgspec
from explained import example

from fairaudit.report.sections import models


def test_who_has_no_say_is_told_with_the_reason_and_marked_in_the_table():
    (finding,) = models.findings(example())
    assert finding.text == (
        "Network has no say, as it predicts clearly worse: its loss is 0.1 ± 0.01 above that of glm."
    )
    say = {row[0].text: row[-1].text for row in models.table(example()).rows}
    assert say == {"glm": "yes", "boosting": "yes", "network": "no"}
    assert models.names_heard(example()) == ["glm", "boosting"]


def test_a_pool_that_has_learnt_nothing_says_so():
    idle = [msgspec.structs.replace(model, gain=-0.1, included=True) for model in example().models]
    (finding,) = models.findings(msgspec.structs.replace(example(), models=idle))
    assert finding.text.startswith("No model predicts better than a constant")
