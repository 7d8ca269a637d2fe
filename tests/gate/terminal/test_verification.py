"""A verification on a terminal: what changed stands last."""

from kinds import verification
from msgspec import structs

from fairaudit.gate.terminal.verification import render
from fairaudit.gate.verification import conclusion
from fairaudit.results import Fact

SAME = Fact(name="numpy", same=True, text="1.0")
CHANGED = Fact(name="data", same=False, text="t.csv: changed")
UNKNOWN = Fact(name="data", same=None, text="-: cannot be read again")
MISSING = Fact(name="data", same=None, found=False, text="there is no t.csv")


def lines(*facts):
    told = conclusion(facts)
    return render(structs.replace(verification(), facts=list(facts), verdict=told)).splitlines()


def test_what_is_missing_or_changed_stands_last():
    assert [line.split()[0] for line in lines(CHANGED, MISSING, UNKNOWN, SAME)[:4]] == [
        "unknown",
        "same",
        "MISSING",
        "CHANGED",
    ]


def test_the_last_line_counts_what_is_not_as_it_was():
    assert lines(SAME, UNKNOWN)[-1] == "Is all as it was? Nothing changed."
    assert lines(SAME, CHANGED)[-1] == "Is all as it was? 1 of 2 things changed."
    assert lines(SAME, MISSING)[-1] == "Is all as it was? 1 of 2 is not there."
    assert lines(CHANGED, MISSING, MISSING)[-1] == "Is all as it was? 1 of 3 things changed; 2 of 3 are not there."


def test_no_text_steers_the_terminal():
    facts = [Fact(name="a\nb", same=False, text="\x1b[2J")]
    text = render(structs.replace(verification(), facts=facts, verdict=conclusion(facts)))
    assert "\x1b" not in text
    assert len(text.splitlines()) == 3
