"""A verification on a terminal: what changed stands last, where the eye is."""

from __future__ import annotations

from fairaudit.results.verification import Verification
from fairaudit.text import clean

WORDS = {True: "same", False: "CHANGED", None: "unknown"}
"""Whether a thing is unchanged → what it is called."""


def render(verification: Verification, width: int = 80) -> str:
    """The verification, a line for each thing; a path is never broken, so a line may be longer than `width`."""
    facts = sorted(verification.facts, key=lambda fact: fact.same is False)
    lines = [f"{WORDS[fact.same]:<9}{clean(fact.name)}: {clean(fact.text)}" for fact in facts]
    changed = sum(fact.same is False for fact in facts)
    last = f"{changed} of {len(facts)} things changed." if changed else "Nothing changed."
    return "\n".join([*lines, "", last]) + "\n"
