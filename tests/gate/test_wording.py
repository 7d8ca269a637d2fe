"""How the gate tells a finding: the same words in every output."""

import pytest
from kinds import check
from msgspec import structs

from fairaudit.gate import wording
from fairaudit.results.check import GroupSize, LeftOut, Waived

CHECK = check()
(BROKEN,) = CHECK.findings


def with_finding(**changes):
    return structs.replace(CHECK, findings=[structs.replace(BROKEN, **changes)])


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "BROKEN"),
        ({"fails": False}, "warning"),
        ({"fails": False, "waived": 1}, "waived"),
        ({"verdict": "kept", "fails": False}, "kept"),
        ({"verdict": "uncertain", "fails": False}, "uncertain"),
        ({"verdict": "uncertain"}, "INCONCLUSIVE"),
        ({"verdict": "unmeasured", "fails": False}, "not assessed"),
        ({"verdict": "unmeasured"}, "NOT ASSESSED"),
    ],
)
def test_what_fails_is_in_capitals(changes, label):
    (finding,) = with_finding(**changes).findings
    assert wording.label(finding) == label
    assert label.isupper() == finding.fails


def test_what_fails_stands_last():
    kept = structs.replace(BROKEN, verdict="kept", fails=False)
    warned = structs.replace(BROKEN, fails=False)
    assert wording.in_order([BROKEN, kept, warned]) == [kept, warned, BROKEN]


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "selection rate, gap by sex"),
        ({"statistic": "ratio", "by": ["sex", "race"]}, "selection rate, ratio by sex × race"),
        ({"statistic": "group", "cell": {"sex": "f"}}, "selection rate of f"),
        ({"against": "margin"}, "selection rate, gap by sex against the baseline"),
        ({"measure": "auc", "statistic": "overall", "by": []}, "AUC, overall"),
    ],
)
def test_a_title_says_what_was_limited(changes, title):
    changed = with_finding(**changes)
    assert wording.title(changed, changed.findings[0]).casefold() == title.casefold()


def test_a_sentence_says_what_was_found_and_what_was_allowed():
    told = wording.sentence(CHECK, structs.replace(BROKEN, interval=(0.2, 0.4)))
    assert told == "30.0 pp (95% interval 20.0 to 40.0), at most 10.0 pp allowed."


def test_a_worsening_is_told_with_both_values():
    changes = {"against": "margin", "baseline": 0.1, "worsening": 0.2, "paired": False, "p_value": 0.001, "bound": 0.02}
    told = wording.sentence(CHECK, structs.replace(BROKEN, **changes))
    assert told.startswith("30.0 pp after 10.0 pp, worse by 20.0 pp, rows not matched, at most 2.0 pp worse allowed")


def test_a_waiver_is_told_with_its_owner_and_day():
    waived = Waived(rule="FA101", reason="r", owner="o", expires="2027-01-01")
    assert wording.waiver_sentence(waived) == "Waived until 2027-01-01 by o: r"


def test_of_several_measures_it_is_said_by_which_a_group_was_not_compared():
    small = LeftOut(by=["sex"], cell={"sex": "x"}, n=90, measures=["tpr"], why="3 rows with a positive outcome")
    other = LeftOut(by=["sex"], cell={"sex": "y"}, n=9, measures=["selection_rate"], why="9 rows; 25 are needed")
    data = structs.replace(CHECK.data[0], left_out=[small, other])
    (told,) = wording.remarks(CHECK, data)
    assert told.startswith("Not compared: sex = x (90 rows; ")
    assert "sex = y (selection rate: 9 rows; 25 are needed)" in told


def test_a_group_is_named_with_a_level_that_steers_nothing():
    gone = GroupSize(by=["sex"], cell={"sex": "\x1b[31mf\n"}, n=90)
    (told,) = wording.remarks(CHECK, structs.replace(CHECK.data[0], gone=[gone]))
    assert told.isprintable()


@pytest.mark.parametrize(
    ("highest", "lowest", "named"),
    [
        ({"sex": "m"}, {"sex": "f"}, True),
        ({"sex": "m"}, None, False),
        (None, {"sex": "f"}, False),
        (None, None, False),
    ],
)
def test_the_two_groups_of_a_gap_are_named_where_both_are_known(highest, lowest, named):
    told = with_finding(highest=highest, lowest=lowest)
    said = wording.sentence(told, told.findings[0])
    assert said.endswith(" Highest: m; lowest: f.") == named
    assert ("Highest" in said) == named
