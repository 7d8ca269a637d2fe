"""A verdict cannot be read as covering a group that it does not speak of: every output says which it is."""

from __future__ import annotations

import json
from pathlib import Path

import example
import pandas as pd
import pytest
import stratified
from made import HEAD, LIMIT, TODAY, people
from msgspec import structs

from fairaudit.auditing.reading import Reading
from fairaudit.gate.config import read
from fairaudit.gate.formats import FORMATS, render
from fairaudit.gate.left_out import counted, left_out, only_first
from fairaudit.gate.run import check, updated
from fairaudit.gate.wording import headline
from fairaudit.results import GroupValue
from fairaudit.results.check import GroupSize, LeftOut

SMALL = """
[data.d]
source = "small.csv"
decision = "d"
target = "y"
protected = ["g"]

[options]
bootstrap = 100
permutations = 19
"""
GAP = '[[limit]]\nmeasure = "{}"\nstatistic = "{}"\n{}\n'


def table(**counts: tuple[int, int, int]) -> None:
    """Write small.csv: group → rows, of them selected, of them with a positive outcome."""
    frames = [
        pd.DataFrame({"g": name, "d": [1] * chosen + [0] * (n - chosen), "y": [1] * positive + [0] * (n - positive)})
        for name, (n, chosen, positive) in counts.items()
    ]
    pd.concat(frames).to_csv("small.csv", index=False)


@pytest.fixture
def small(checked):
    """A check of two large groups treated alike, and of 24 people of whom nobody is selected."""
    table(a=(360, 180, 100), b=(360, 180, 100), c=(24, 0, 10))
    return checked(
        SMALL + GAP.format("selection_rate", "gap", "max = 0.1") + GAP.format("selection_rate", "ratio", "min = 0.8")
    )


def test_a_group_left_out_is_a_value_of_the_result(small):
    (data,) = small.data
    (group,) = data.left_out
    assert (small.status, group.cell, group.n, group.measures) == (0, {"g": "c"}, 24, ["selection_rate"])
    assert group.why == "24 rows; 25 are needed"
    assert [finding.left_out for finding in small.findings] == [1, 1]


@pytest.mark.parametrize("format", FORMATS)
def test_every_output_names_the_group_that_was_left_out(small, format):
    text = render(small, format)
    assert "24 rows" in text
    assert "left_out" in text if format == "json" else "g = c" in text


def test_the_summary_line_claims_nothing_of_the_group(small):
    assert headline(small) == (
        "Every limit is kept by the groups that could be compared: 2 kept; 1 group not compared (exit status 0)."
    )


def test_without_a_group_left_out_nothing_is_said_of_any(checked):
    table(a=(360, 180, 100), b=(360, 180, 100))
    found = checked(SMALL + GAP.format("selection_rate", "gap", "max = 0.2"))
    assert headline(found) == "Every limit is kept: 1 kept (exit status 0)."
    for format in FORMATS:
        assert "not compared" not in render(found, format).lower()


def test_a_group_with_too_few_outcomes_is_left_out_of_what_rests_on_them(checked):
    table(a=(360, 180, 100), b=(360, 180, 100), c=(100, 50, 9))
    limits = GAP.format("equalized_odds", "gap", "max = 0.3") + GAP.format("selection_rate", "gap", "max = 0.3")
    found = checked(SMALL + limits)
    (group,) = found.data[0].left_out
    assert (group.measures, group.why) == (["tpr"], "9 rows with a positive outcome; 25 are needed")
    assert [finding.left_out for finding in found.findings] == [1, 0]
    assert "g = c (100 rows; 9 rows with a positive outcome; 25 are needed)" in render(found, "text").replace(
        "\n  ", " "
    )


def test_a_limit_on_each_group_does_not_pass_over_the_one_left_out(checked):
    table(a=(360, 180, 100), b=(360, 180, 100), c=(24, 0, 10))
    found = checked(SMALL + GAP.format("selection_rate", "group", "min = 0.3"))
    assert [(each.cell["g"], each.verdict) for each in found.findings] == [
        ("a", "kept"),
        ("b", "kept"),
        ("c", "unmeasured"),
    ]
    assert headline(found) == "No limit fails: 1 not assessed, 2 kept; 1 group not compared (exit status 0)."


def test_what_takes_every_row_leaves_no_group_out(checked):
    table(a=(360, 180, 100), b=(360, 180, 100), c=(24, 0, 10))
    found = checked(SMALL + GAP.format("jensen_shannon", "excess", "max = 0.9"))
    assert found.data[0].left_out == []


def test_many_groups_are_counted_and_the_json_has_them_all(checked):
    table(a=(360, 180, 100), b=(360, 180, 100), **{f"s{k:02}": (k + 1, 0, 0) for k in range(20)})
    found = checked(SMALL + GAP.format("selection_rate", "gap", "max = 0.1"))
    assert [group.n for group in found.data[0].left_out] == list(range(20, 0, -1))
    assert "and 8 more (the JSON has all)" in " ".join(render(found, "text").split())
    assert "20 groups not compared" in headline(found)


def test_of_several_data_each_says_its_own(checked):
    table(a=(360, 180, 100), b=(360, 180, 100), c=(24, 0, 10))
    both = HEAD + SMALL.split("[options]")[0] + GAP.format("selection_rate", "gap", "max = 0.9")
    text = render(checked(both), "text")
    assert "d: Not compared: g = c" in text
    assert "main: Not compared" not in text


@pytest.mark.parametrize("format", FORMATS)
def test_every_output_tells_of_which_groups_rows_were_dropped(checked, format):
    table(a=(360, 180, 100), b=(360, 180, 100))
    frame = pd.read_csv("small.csv").astype({"y": object})
    frame.loc[frame.index[330:370], "y"] = None
    frame.to_csv("small.csv", index=False)
    missing = SMALL.replace('protected = ["g"]', 'protected = ["g"]\nmissing = "drop"')
    found = checked(missing + GAP.format("selection_rate", "gap", "max = 0.9"))
    text = " ".join(render(found, format).split())
    dropped = {(group.level, group.dropped, group.read) for group in found.data[0].rows.dropped_groups}
    assert dropped == {("a", 30, 360), ("b", 10, 360)}
    if format != "json":
        assert "Dropped: 40 of 720 rows (outcome" in text
        assert "missing: 40); by g: a 30 of 360, b 10 of 360." in text


MARGIN = '[baseline]\n[[limit]]\nmeasure = "selection_rate"\nmargin = 0.5\n'


@pytest.fixture
def later(checked):
    """A function from the groups then and now to the check now against the baseline of then."""

    def made(then, now):
        table(**then)
        config = SMALL + MARGIN
        Path("fairaudit.toml").write_text(config)
        for path, content in updated(read(Path("fairaudit.toml"))).items():
            Path(path).write_bytes(content)
        table(**now)
        return checked(config)

    return made


BOTH = {"a": (360, 180, 100), "b": (360, 180, 100)}


@pytest.mark.parametrize("format", FORMATS)
def test_groups_that_are_gone_or_new_since_the_baseline_are_told_in_every_output(later, format):
    found = later({**BOTH, "old": (525, 200, 90)}, {**BOTH, "young": (300, 120, 90)})
    text = " ".join(render(found, format).split())
    (data,) = found.data
    assert [(group.cell, group.n) for group in data.gone] == [({"g": "old"}, 525)]
    assert [(group.cell, group.n) for group in data.new] == [({"g": "young"}, 300)]
    if format != "json":
        assert "Gone since the baseline: g = old (525 rows then)." in text
        assert "New since the baseline: g = young (300 rows now)." in text


def test_a_group_that_was_never_compared_is_not_missed(later):
    (data,) = later({**BOTH, "old": (20, 1, 1)}, {**BOTH, "young": (24, 1, 1)}).data
    assert (data.gone, data.new) == ([], [])


def test_a_baseline_of_an_early_version_is_silent_about_groups(later):
    later({**BOTH, "old": (525, 200, 90)}, BOTH)
    held = json.loads(Path("fairaudit-baseline.json").read_text())
    del held["data"]["d"]["groups"]
    Path("fairaudit-baseline.json").write_text(json.dumps(held))
    assert check(read(Path("fairaudit.toml")), TODAY).data[0].gone == []


def test_bands_that_follow_the_data_are_no_groups_that_come_and_go(checked):
    people(900, 1).assign(age=lambda each: each["id"] * 0.037).to_csv("t.csv", index=False)
    config = HEAD.replace('"region"]', '"age"]') + "[baseline]\n" + LIMIT + "margin = 0.5\n"
    Path("fairaudit.toml").write_text(config)
    for path, content in updated(read(Path("fairaudit.toml"))).items():
        Path(path).write_bytes(content)
    people(900, 1).assign(age=lambda each: each["id"] * 0.05 + 7).to_csv("t.csv", index=False)
    assert checked(config).data[0].new == []


def group(n, **cell):
    return GroupSize(by=list(cell), cell=cell, n=n)


def test_of_a_group_that_is_gone_its_parts_are_not_told_again():
    then = [group(90, sex="f"), group(80, race="x"), group(40, sex="f", race="x"), group(30, sex="m", race="x")]
    now = [group(90, sex="m"), group(80, race="x"), group(99, sex="m", race="y")]
    assert only_first(then, now, 25) == [then[0], then[3]]


def test_a_grouping_that_one_of_both_lacks_is_not_compared():
    assert only_first([group(90, sex="f")], [group(90, race="x")], 25) == []


def test_people_whom_nobody_can_be_compared_with_within_strata_are_told_beside_the_verdict(checked):
    counts = {"F": ((51, 60), (60, 200), (9, 40)), "M": ((144, 180), (15, 60), (0, 0))}
    stratified.people(counts).to_csv("small.csv", index=False)
    roles = SMALL.replace('target = "y"', 'given = "stratum"')
    found = checked(roles + GAP.format("selection_rate", "standardised", "max = 0.2"))
    (one,) = found.data[0].left_out
    assert (one.cell, one.n) == ({"g": "F", "stratum": "C"}, 40)
    assert [finding.left_out for finding in found.findings] == [1]
    assert "g × stratum = F × C (40 rows; nobody of another group there)" in render(found, "text").replace("\n  ", " ")


def test_a_value_of_a_set_that_nobody_has_any_more_is_told_and_those_without_it_are_not():
    then = [group(90, **{"race (A)": f"race {how} A"}) for how in ("includes", "does not include")]
    then += [group(90, **{"race (B)": f"race {how} B"}) for how in ("includes", "does not include")]
    assert only_first(then, then[2:], 25) == then[:1]
    assert only_first(then[2:], then, 25) == []


def of_groups(*values):
    """An audit of groups of one attribute: level, rows, and measure → value or the reason why there is none."""
    audit = example.binary()
    groups = [
        structs.replace(
            audit.groups[0],
            by=["g"],
            cell={"g": level},
            n=n,
            why=why,
            measures={
                measure: GroupValue(n=n, value=given if isinstance(given, float) else None, interval=None)
                if not isinstance(given, str)
                else GroupValue(n=n, value=None, interval=None, why=given)
                for measure, given in measures.items()
            },
        )
        for level, n, why, measures in values
    ]
    return structs.replace(audit, groups=groups)


def gap_of(measure, statistic="gap", by=("g",)):
    return Reading(measure, statistic, by, None, 0.1, None, None)


def test_a_group_is_left_out_once_for_each_reason_with_the_measures_that_it_lacks():
    audit = of_groups(
        ("a", 90, None, {"selection_rate": 0.5, "tpr": "few", "fpr": "few"}),
        ("b", 100, "small", {"selection_rate": None, "tpr": "few", "fpr": 0.1}),
        ("c", 80, None, {"selection_rate": None, "tpr": 0.1, "fpr": 0.2}),
        ("d", 70, None, {"selection_rate": 0.5, "tpr": 0.1, "fpr": 0.2, "auc": None}),
    )
    both = [gap_of("equalized_odds"), gap_of("selection_rate", "ratio")]
    told = [(one.cell["g"], one.n, one.measures, one.why) for one in left_out(audit, both)]
    assert told == [
        ("b", 100, ["selection_rate"], "small"),
        ("b", 100, ["tpr"], "few"),
        ("a", 90, ["fpr", "tpr"], "few"),
        ("c", 80, ["selection_rate"], "it has no value"),
    ]
    assert [one.cell["g"] for one in left_out(audit, [gap_of("auc", "group")])] == ["d"]
    assert left_out(audit, [gap_of("auc", "overall", ()), gap_of("tpr", "gap", ("h",)), gap_of("tpr", "excess")]) == []


def test_a_finding_counts_the_groups_of_its_own_grouping_and_measure(small):
    (one,) = small.findings[:1]
    data = structs.replace(
        small.data[0],
        left_out=[
            LeftOut(by=["g"], cell={"g": "c"}, n=9, measures=["selection_rate"], why="w"),
            LeftOut(by=["g"], cell={"g": "c"}, n=9, measures=["selection_rate", "tpr"], why="v"),
            LeftOut(by=["g"], cell={"g": "d"}, n=9, measures=["tpr"], why="w"),
            LeftOut(by=["g", "h"], cell={"g": "c", "h": "x"}, n=9, measures=["selection_rate"], why="w"),
        ],
    )

    def count(**changes):
        (finding,) = counted([structs.replace(one, left_out=0, **changes)], [data])
        return finding.left_out

    assert count() == 1
    assert count(measure="tpr") == count(measure="equalized_odds") == 2
    assert count(by=["g", "h"]) == 1
    assert count(statistic="standardised") == 2  # with the strata of its groups
    assert count(statistic="overall", by=[]) == count(statistic="excess") == count(by=["h"]) == 0
    assert count(statistic="group", cell={"g": "a"}) == 0  # each group has a finding of its own


def test_a_group_of_just_as_many_rows_as_are_needed_is_missed():
    assert only_first([group(25, sex="f"), group(24, sex="x")], [group(90, sex="m")], 25) == [group(25, sex="f")]


def test_groups_that_are_gone_are_told_from_the_largest():
    then = [group(30, sex="a"), group(50, sex="b"), group(40, sex="c")]
    assert [one.n for one in only_first(then, [group(9, sex="m")], 1)] == [50, 40, 30]
