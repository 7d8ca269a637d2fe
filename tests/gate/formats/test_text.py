"""A check on the terminal."""

import re

import every_finding
from msgspec import structs

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


def test_the_whole_output_at_80_columns(golden):
    golden("check.txt", terminal.render(every_finding.check()))


def test_of_one_table_the_name_is_not_told_with_each_finding_and_of_one_limit_left_out_it_is_one():
    whole = every_finding.check()
    one = structs.replace(whole, data=whole.data[:1], findings=whole.findings[:1], ignored=1)
    lines = terminal.render(one).splitlines()
    assert lines[2:7] == [
        "BROKEN        FA101 selection rate, gap by sex",
        "              30.0 pp (95% interval 20.0 to 40.0), at most 10.0 pp allowed.",
        "              Highest: m; lowest: f. 1 group is not compared.",
        "1 limit is left out by --select and --ignore.",
        "",
    ]
    assert "left out by" not in terminal.render(structs.replace(one, ignored=0))


def test_a_terminal_that_is_wide_or_narrow_is_filled_and_no_word_is_broken():
    wide = terminal.render(every_finding.check(), width=200)
    assert 190 < max(map(len, wide.splitlines())) <= 200
    narrow = terminal.render(every_finding.check(), width=20).partition("\nVerdict")[0]
    assert "\n              over its noise floor\n" in narrow  # twenty characters beside the labels, however narrow


def test_a_check_of_an_early_version_has_its_headline_for_a_verdict():
    early = structs.replace(every_finding.check(), verdict=None, status=0)
    assert terminal.render(early, color=True).endswith(
        "\nVerdict\n\x1b[32mNo limit fails: 4 broken, 3 not assessed, 1 inconclusive, 4 warning, 1 waived, 2\x1b[0m\n"
        "\x1b[32m  uncertain, 7 kept; 3 groups not compared (exit status 0).\x1b[0m\n"
    )
