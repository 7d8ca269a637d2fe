"""A check on the terminal."""

import re

from fairaudit.gate.formats import text as terminal
from fairaudit.results.verdict import ASKED


def test_the_terminal_shows_failing_findings_last_in_80_columns_without_control_characters(hostile):
    text = terminal.render(hostile)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert max(map(len, text.splitlines())) <= 80
    labels = re.findall(r"^(kept|not assessed|uncertain|waived|warning|BROKEN)\b", text, re.MULTILINE)
    assert labels == sorted(labels, key=["kept", "not assessed", "uncertain", "waived", "warning", "BROKEN"].index)
    assert "\x1b[31mBROKEN" in terminal.render(hostile, color=True)


def test_the_verdict_stands_last(hostile):
    text = terminal.render(hostile)
    told = " ".join(text.partition("\nVerdict\n")[2].split())
    assert told == " ".join(f"{ASKED[each.question]} {each.text}" for each in hostile.verdict.answers).replace(
        "  ", " "
    )
    assert "\x1b[31mAre the limits kept?" in terminal.render(hostile, color=True)
