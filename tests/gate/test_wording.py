"""How the gate tells a finding: the same words in every output."""

import pytest
from kinds import check
from msgspec import structs

from fairaudit.auditing.words import words
from fairaudit.gate import wording
from fairaudit.results.check import GroupSize, LeftOut, Waived
from fairaudit.results.values import DroppedGroup

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


def left_out(measure="selection_rate", why="9 rows; 25 are needed", **cell):
    return LeftOut(by=list(cell), cell=cell, n=9, measures=[measure], why=why)


def with_data(**changes):
    return structs.replace(CHECK, data=[structs.replace(CHECK.data[0], **changes)])


@pytest.mark.parametrize(
    ("status", "verdicts", "groups", "told"),
    [
        (0, ["kept"], [], "Every limit is kept: 1 kept (exit status 0)."),
        (0, ["kept", "uncertain"], [], "No limit fails: 1 uncertain, 1 kept (exit status 0)."),
        (
            0,
            ["kept"],
            [left_out(sex="x")],
            "Every limit is kept by the groups that could be compared: 1 kept; 1 group not compared (exit status 0).",
        ),
        (
            0,
            ["broken"],
            [left_out(sex="x"), left_out("tpr", sex="x"), left_out(sex="y")],
            "No limit fails: 1 warning; 2 groups not compared (exit status 0).",
        ),
        (1, ["broken"], [], "A limit is broken: 1 warning (exit status 1)."),
        (3, ["uncertain"], [], "Inconclusive: an interval straddles a limit: 1 uncertain (exit status 3)."),
        (4, ["unmeasured"] * 2, [], "A limit could not be assessed: 2 not assessed (exit status 4)."),
    ],
)
def test_the_check_in_one_line(status, verdicts, groups, told):
    findings = [structs.replace(BROKEN, verdict=verdict, fails=False) for verdict in verdicts]
    made = structs.replace(with_data(left_out=groups), status=status, findings=findings)
    assert wording.headline(made) == told


def test_of_several_tables_one_that_leaves_a_group_out_is_enough_to_say_so():
    kept = structs.replace(BROKEN, verdict="kept", fails=False)
    whole = structs.replace(with_data(), status=0, findings=[kept])
    part = structs.replace(whole.data[0], left_out=[left_out(sex="x")])
    both = structs.replace(whole, data=[whole.data[0], part])
    assert wording.outcome(whole) == "every limit is kept"
    assert wording.outcome(both) == "every limit is kept by the groups that could be compared"


def test_what_was_not_assessed_is_counted_once_whether_it_fails_or_not():
    findings = [structs.replace(BROKEN, verdict="unmeasured", fails=fails) for fails in (True, False, False)]
    assert wording.counts(structs.replace(CHECK, findings=[BROKEN, *findings])) == "1 broken, 3 not assessed"


def test_of_one_measure_it_is_not_said_which_and_of_one_table_not_its_name():
    groups = [left_out(sex="x"), left_out(why="nobody of another group there", sex="y")]
    data = structs.replace(CHECK.data[0], left_out=groups, gone=[GroupSize(by=["sex"], cell={"sex": "z"}, n=1200)])
    assert wording.remarks(CHECK, data) == [
        "Not compared: sex = x (9 rows; 25 are needed), sex = y (9 rows; nobody of another group there).",
        "Gone since the baseline: sex = z (1,200 rows then).",
    ]
    assert wording.remarks(CHECK, CHECK.data[0]) == []


@pytest.mark.parametrize(("count", "more"), [(12, ""), (13, " and 1 more (the JSON has all)")])
def test_twelve_groups_are_named_and_the_others_are_counted(count, more):
    new = [GroupSize(by=["g"], cell={"g": str(place)}, n=30) for place in range(count)]
    (told,) = wording.remarks(CHECK, structs.replace(CHECK.data[0], new=new))
    named = ", ".join(f"g = {place} (30 rows now)" for place in range(12))
    assert told == f"New since the baseline: {named}{more}."


KNOWN = structs.replace(CHECK, measures=words(["selection_rate", "accuracy", "calibration"]))
CHANGED = {"against": "margin", "bound": 0.02, "baseline": 0.1, "value": 0.3}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"worsening": 0.2},
            "30.0 pp after 10.0 pp, worse by 20.0 pp, rows not matched, at most 2.0 pp worse allowed.",
        ),
        (
            {"worsening": -0.2},
            "30.0 pp after 10.0 pp, better by 20.0 pp, rows not matched, at most 2.0 pp worse allowed.",
        ),
        ({"worsening": 0.0}, "30.0 pp after 10.0 pp, unchanged, rows not matched, at most 2.0 pp worse allowed."),
        ({}, "30.0 pp after 10.0 pp, unchanged, rows not matched, at most 2.0 pp worse allowed."),
        (
            {"worsening": 0.2, "paired": True, "interval": (0.1, 0.3), "p_value": 0.012},
            "30.0 pp after 10.0 pp, worse by 20.0 pp on the same rows (95% interval 10.0 to 30.0), at most 2.0 pp worse"
            " allowed, p = 0.012.",
        ),
        (
            {"worsening": 0.2, "statistic": "group", "cell": {"sex": "f"}, "better": "lower"},
            "30.0% after 10.0%, worse by 20.0 pp (a low value is good for a person here), rows not matched, at most"
            " 2.0 pp worse allowed.",
        ),
        (
            {"worsening": 0.2, "statistic": "group", "cell": {"sex": "f"}},
            "30.0% after 10.0%, worse by 20.0 pp, rows not matched, at most 2.0 pp worse allowed.",
        ),
        (
            {"worsening": 0.2, "statistic": "overall", "measure": "accuracy", "by": [], "better": "higher"},
            "30.0% after 10.0%, worse by 20.0 pp, rows not matched, at most 2.0 pp worse allowed.",
        ),
        (
            {"worsening": 0.2, "statistic": "group", "measure": "calibration", "interval": (0.1, 0.3)},
            "+30.0 pp after +10.0 pp, worse by 20.0 pp, rows not matched (95% interval 10.0 to 30.0), at most"
            " 2.0 pp worse allowed.",
        ),
        (
            {"worsening": 0.2, "statistic": "ratio", "better": "higher"},
            "0.300 after 0.100, worse by 0.200, rows not matched, at most 0.0200 worse allowed.",
        ),
    ],
)
def test_a_change_since_the_baseline_is_told_in_one_sentence(changes, told):
    finding = structs.replace(BROKEN, **CHANGED, **changes)
    assert wording.sentence(KNOWN, finding) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "30.0 pp, at most 10.0 pp allowed."),
        ({"against": "min", "bound": 0.5}, "30.0 pp, at least 50.0 pp allowed."),
        ({"left_out": 1}, "30.0 pp, at most 10.0 pp allowed. 1 group is not compared."),
        ({"left_out": 2}, "30.0 pp, at most 10.0 pp allowed. 2 groups are not compared."),
        ({"statistic": "group", "interval": (0.2, 0.4)}, "30.0% (95% interval 20.0 to 40.0), at most 10.0% allowed."),
        ({"statistic": "ratio", "interval": (0.2, 0.4)}, "0.300 (95% interval 0.200 to 0.400), at most 0.100 allowed."),
        (
            {"measure": "calibration", "interval": (0.2, 0.4)},
            "30.0 pp (95% interval 20.0 to 40.0), at most 10.0 pp allowed.",
        ),
        (
            {"measure": "calibration", "statistic": "group", "interval": (0.2, 0.4)},
            "+30.0 pp (95% interval +20.0 to +40.0), at most +10.0 pp allowed.",
        ),
        ({"looks": 1}, "30.0 pp today, at most 10.0 pp allowed."),
        (
            {"looks": 1, "interval": (0.2, 0.4)},
            "30.0 pp today (95% interval over one look 20.0 to 40.0), at most 10.0 pp allowed.",
        ),
        (
            {"looks": 11, "interval": (0.2, 0.4)},
            "30.0 pp today (95% interval over all 11 looks 20.0 to 40.0), at most 10.0 pp allowed.",
        ),
        ({"looks": 9, "changed": True}, "30.0 pp today (it has changed within the 9 looks), at most 10.0 pp allowed."),
        ({"verdict": "unmeasured", "left_out": 1}, "not assessed: there is no value. 1 group is not compared."),
        ({"verdict": "unmeasured", "why": "9 rows"}, "not assessed: 9 rows."),
        (
            {"verdict": "uncertain", "statistic": "subgroup", "lowest": {"sex": "f"}},
            "0.300, at most 0.100 allowed; the interval straddles the limit. It is sex = f.",
        ),
    ],
)
def test_what_was_found_and_what_was_allowed_are_one_sentence(changes, told):
    assert wording.sentence(KNOWN, structs.replace(BROKEN, **changes)) == told


def test_of_dropped_rows_it_is_said_how_many_why_and_of_whom():
    dropped = [DroppedGroup(attribute="sex", level=level, read=1500, dropped=2) for level in ("f", "m")]
    rows = structs.replace(CHECK.data[0].rows, read=3000, used=2996, dropped={"b": 1, "a": 3}, dropped_groups=dropped)
    (told,) = wording.remarks(CHECK, structs.replace(CHECK.data[0], rows=rows))
    assert told == "Dropped: 4 of 3,000 rows (a: 3, b: 1); by sex: f 2 of 1,500, m 2 of 1,500."


def test_the_waiver_of_a_finding_is_the_one_of_its_number():
    waivers = [Waived(rule="FA101", reason=reason, owner="o", expires="2027-01-01") for reason in "abc"]
    made = structs.replace(CHECK, waivers=waivers)
    assert [wording.waiver(made, structs.replace(BROKEN, waived=number)) for number in (1, 3)] == [
        waivers[0],
        waivers[2],
    ]
    assert wording.waiver(made, BROKEN) is None
