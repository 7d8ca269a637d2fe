"""A comparison on a terminal, at 80 columns."""

import re

import every_finding
from kinds import comparison
from msgspec import structs

from fairaudit.gate.conclusion import comparison_with_conclusion
from fairaudit.gate.terminal.comparison import render
from fairaudit.results.comparison import GroupChange

ONE = comparison()
(GREW,) = ONE.differences


def test_a_change_for_the_worse_is_marked_and_one_for_the_better_is_too():
    worse = structs.replace(GREW, better="lower")
    better = structs.replace(GREW, better="higher")
    lines = render(structs.replace(ONE, differences=[worse, better])).splitlines()
    assert [line[-1] for line in lines if line.startswith("selection rate")] == ["!", "+"]


def test_what_is_not_beyond_chance_is_shown_on_request_only():
    chance = comparison_with_conclusion(structs.replace(ONE, differences=[structs.replace(GREW, p_value=0.5)]))
    assert "selection rate" not in render(chance)
    assert "1 measure is shown with --all." in render(chance)
    assert "Did it get worse? Nothing changed beyond chance, of 1 measure." in render(chance)
    assert "selection rate" in render(chance, every=True)


def test_the_verdict_stands_last():
    text = render(comparison_with_conclusion(structs.replace(ONE, differences=[structs.replace(GREW, better="lower")])))
    last = " ".join(text.partition("\nVerdict\n")[2].split())
    assert last.startswith(
        "Did it get worse? 1 of 1 measure changed beyond chance: 1 for the worse. By how much? Selection"
    )


def test_no_line_is_longer_than_eighty_characters():
    long = structs.replace(GREW, by=["a" * 40, "b" * 60])
    source = structs.replace(ONE.before, name="x" * 200)
    text = render(structs.replace(ONE, before=source, differences=[long], alone=["a"] * 1000))
    assert max(map(len, text.splitlines())) <= 80


def test_a_gap_of_shares_is_told_in_points_and_a_share_of_all_rows_in_per_cent():
    gap = structs.replace(GREW, before=0.1, after=0.25, change=0.15)
    assert re.search(r" 10\.0 pp +25\.0 pp +\+15\.0 pp", render(structs.replace(ONE, differences=[gap])))
    overall = structs.replace(gap, statistic="overall", by=[])
    assert re.search(r" 10\.0% +25\.0% +\+15\.0 pp", render(structs.replace(ONE, differences=[overall])))


def test_what_is_measured_is_called_as_in_a_check():
    excess = structs.replace(GREW, measure="jensen_shannon", statistic="excess", by=["sex"])
    assert " by sex, over its noise floor" in render(structs.replace(ONE, differences=[excess]))


def test_names_of_one_folder_are_told_apart_and_one_name_is_told_once():
    folder = "/a/long/folder/of/a/project/of/ours/"
    before, after = (structs.replace(ONE.before, name=folder + name) for name in ("one.csv", "two.csv"))
    first = render(structs.replace(ONE, before=before, after=after)).splitlines()[0]
    assert first.count("one.csv →") == first.count("two.csv") == 1
    assert render(structs.replace(ONE, before=before, after=before)).startswith("Two audits of /a/long")


def test_under_a_change_stand_those_who_gain_and_those_who_lose_most_first():
    sides = [("a", 0.1, 0.15), ("b", 0.3, 0.2), ("c", 0.3, 0.1), ("d", 0.3, 0.28), ("e", 0.3, 0.25)]
    groups = [
        GroupChange(cell={"g": name}, before=before, after=after, change=after - before, gain=after - before)
        for name, before, after in sides
    ]
    gap = structs.replace(GREW, by=["g"], groups=groups)
    lines = render(structs.replace(ONE, differences=[gap]))
    assert "  gain: a (+5.0 pp); lose: c (−20.0 pp), b (−10.0 pp), e (−5.0 pp) and 1 more" in lines
    unknown = structs.replace(gap, groups=[structs.replace(each, gain=None) for each in groups])
    assert "gain" not in render(structs.replace(ONE, differences=[unknown]))


def test_the_whole_output_at_80_columns(golden):
    golden("comparison.txt", render(every_finding.comparison()))
    golden("comparison-all.txt", render(every_finding.comparison(), every=True))


def test_a_name_and_a_label_that_just_fit_are_told_whole():
    before, after = (structs.replace(ONE.before, name="a" * length) for length in (36, 37))
    assert render(structs.replace(ONE, before=before, after=after)).splitlines()[0] == f"{'a' * 36} → …{'a' * 35}"
    same = structs.replace(ONE.before, name="b" * 60)
    assert render(structs.replace(ONE, before=same, after=same)).splitlines()[0] == f"Two audits of {'b' * 60}"
    longer = structs.replace(ONE.before, name="b" * 61)
    assert render(structs.replace(ONE, before=longer, after=longer)).splitlines()[0] == f"Two audits of {'b' * 59}…"
    for name, fits in (("c" * 14, True), ("c" * 15, False)):
        label = f"selection rate, gap by {name}"
        text = render(structs.replace(ONE, differences=[structs.replace(GREW, by=[name])]))
        assert (f"{label}    10.0 pp" in text, f"{label}\n" in text) == (fits, not fits)


def test_without_a_change_beyond_chance_no_other_measures_are_spoken_of():
    chance = structs.replace(ONE, differences=[structs.replace(GREW, p_value=0.5)] * 2)
    assert "\n\n2 measures are shown with --all.\n\nVerdict\n" in render(chance)
    assert "--all" not in render(ONE)


def test_a_terminal_that_is_wide_is_filled():
    long = structs.replace(GREW, by=["a" * 60, "b" * 60], p_value=0.01)
    told = comparison_with_conclusion(structs.replace(ONE, differences=[long], alone=["a"] * 1000))
    assert max(map(len, render(told, width=100).splitlines())) == 100
