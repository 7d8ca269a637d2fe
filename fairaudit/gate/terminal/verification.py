"""A verification on a terminal: what changed stands last, and after it the verdict, where the eye is."""

from __future__ import annotations

from fairaudit.report.sections.verdict import answered
from fairaudit.results.verification import Verification
from fairaudit.text import clean, log_lines

WORDS = {True: "same", False: "CHANGED", None: "unknown"}
"""Whether a thing is unchanged → what it is called."""
ABSENT = "MISSING"
"""What a thing is called that is not there."""


def render(verification: Verification, width: int = 80) -> str:
    """The verification, a line for each thing; a path is never broken, so a line may be longer than `width`."""
    facts = sorted(verification.facts, key=lambda fact: (fact.same is False, not fact.found))
    lines = [f"{WORDS[fact.same] if fact.found else ABSENT:<9}{clean(fact.name)}: {clean(fact.text)}" for fact in facts]
    told = [f"{asked} {text}" for asked, text in answered(verification.verdict)]
    return log_lines("\n".join([*lines, "", *told]) + "\n")
