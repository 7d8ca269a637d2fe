"""A verification on a terminal: what changed stands last, where the eye is."""

from __future__ import annotations

from fairaudit.results.verification import Verification
from fairaudit.text import clean

WORDS = {True: "same", False: "CHANGED", None: "unknown"}
"""Whether a thing is unchanged → what it is called."""
ABSENT = "MISSING"
"""What a thing is called that is not there."""


def render(verification: Verification, width: int = 80) -> str:
    """The verification, a line for each thing; a path is never broken, so a line may be longer than `width`."""
    facts = sorted(verification.facts, key=lambda fact: (fact.same is False, not fact.found))
    lines = [f"{WORDS[fact.same] if fact.found else ABSENT:<9}{clean(fact.name)}: {clean(fact.text)}" for fact in facts]
    changed, absent = sum(fact.same is False for fact in facts), sum(not fact.found for fact in facts)
    parts = [f"{changed} of {len(facts)} things changed"] if changed else []
    parts += [f"{absent} of {len(facts)} {'is' if absent == 1 else 'are'} not there"] if absent else []
    last = f"{'; '.join(parts)}." if parts else "Nothing changed."
    return "\n".join([*lines, "", last]) + "\n"
