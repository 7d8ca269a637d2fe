"""What a check and a comparison conclude: in the order in which people ask, and never more than is known."""

from __future__ import annotations

import pytest
from kinds import check, comparison
from made import HEAD, LIMIT, people
from msgspec import structs

from fairaudit.auditing.words import words
from fairaudit.gate.conclusion import check_with_conclusion, comparison_with_conclusion, gainers, unlike
from fairaudit.results.comparison import GroupChange
from fairaudit.results.verdict import ASKED

ONE = comparison()
(GREW,) = ONE.differences
(BROKEN,) = check().findings


def answers(result):
    return {answer.question: answer.text for answer in result.verdict.answers}


def of_findings(*changes):
    findings = [structs.replace(BROKEN, **change) for change in changes]
    return answers(check_with_conclusion(structs.replace(check(), findings=findings)))


def of_differences(*changes, **others):
    differences = [structs.replace(GREW, **change) for change in changes]
    return answers(comparison_with_conclusion(structs.replace(ONE, differences=differences, **others)))


def gap(**changes):
    """A change of the gap in selection rates, and what it has other than the first."""
    return {"better": "lower", **changes}


def test_every_question_has_words():
    for result in (check_with_conclusion(check()), comparison_with_conclusion(ONE)):
        assert {answer.question for answer in result.verdict.answers} <= ASKED.keys()


def test_a_check_says_first_whether_limits_are_kept_and_then_what_is_broken():
    told = of_findings({})
    assert list(told)[:2] == ["kept", "broken"]
    assert told["kept"] == "A limit is broken: 1 broken (exit status 1)."
    assert told["broken"] == "Selection rate, gap by sex: 30.0 pp, at most 10.0 pp allowed."


def test_of_many_broken_limits_three_are_told_in_full_and_the_others_are_counted():
    told = of_findings(*[{"value": 0.3 + place / 100} for place in range(5)])
    assert told["broken"].count(" allowed.") == 3
    assert told["broken"].endswith("And 2 more.")


def test_where_nothing_is_broken_nothing_is_said_of_it_nor_of_a_baseline_where_there_is_none():
    told = of_findings({"verdict": "kept", "fails": False})
    assert set(told) == {"kept"}


@pytest.mark.parametrize(
    ("verdict", "worsening", "words"),
    [
        ("broken", 0.2, "In 1 of 1 comparison with the baseline, beyond the margin: selection rate, gap by sex"),
        ("kept", -0.1, "In none of 1 comparison with the baseline did it by more than the margin allows"),
        ("uncertain", 0.01, "In none of 1 comparison with the baseline did it by more than the margin allows"),
    ],
)
def test_whether_anything_got_worse_is_said_of_margins(verdict, worsening, words):
    told = of_findings({"against": "margin", "verdict": verdict, "worsening": worsening, "fails": verdict == "broken"})
    assert told["worse"].startswith(words)
    assert ("1 is better than then" in told["worse"]) == (worsening < 0)


def test_limits_within_their_intervals_are_counted_as_open():
    told = of_findings({"verdict": "uncertain", "fails": False})
    assert "1 limit lies within its interval, so that neither is said" in told["how sure"]
    assert "how sure" not in of_findings({})


def test_the_verdict_of_a_check_is_part_of_its_json(checked):
    found = checked(HEAD + LIMIT + "max = 0.05\n")
    assert answers(found)["kept"].startswith("A limit is broken: 1 broken")
    assert type(found).__name__ == "Check"
    assert '"verdict"' in found.to_json()


def test_a_comparison_counts_what_changed_by_its_direction():
    told = of_differences({"better": "lower"}, {"better": "higher"}, {"better": None}, {"p_value": 0.5})
    assert told["worse"] == (
        "3 of 4 measures changed beyond chance: 1 for the worse, 1 for the better and 1 in neither way."
    )
    assert (
        told["how much"]
        == "Selection rate, gap by sex: 10.0 pp before, 30.0 pp after, a change of +20.0 pp, for the worse."
    )


def test_without_a_change_beyond_chance_it_is_not_said_that_nothing_changed():
    told = of_differences({"p_value": 0.5})
    assert told["worse"] == "Nothing changed beyond chance, of 1 measure. That does not show that nothing changed."
    assert "how much" not in told
    assert of_differences({"p_value": None})["worse"].startswith("That cannot be told: without intervals")
    assert of_differences()["worse"] == "That cannot be told: no measure is in both audits."


def test_what_cannot_be_compared_is_never_called_unchanged():
    told = of_differences({"by": []}, status=4, alone=["auc, overall"], before_attributes=["a"], after_attributes=["b"])
    assert told["worse"].startswith("Of groups that cannot be told; of all rows together 1 of 1 measure changed")
    assert told["left out"].startswith("Nothing of the groups could be compared: the audits have different attributes")
    assert unlike(ONE) is None


def test_those_who_gain_and_those_who_lose_are_named_most_first():
    groups = [
        GroupChange(cell={"sex": name}, before=0.2, after=0.2 + change, change=change, gain=change)
        for name, change in (("a", 0.1), ("b", -0.2), ("c", -0.1))
    ]
    told = of_differences({"better": "lower", "groups": groups})
    assert told["who gains"] == "Gain: a (+10.0 pp); lose: b (−20.0 pp), c (−10.0 pp)."
    unknown = [structs.replace(each, gain=None) for each in groups]
    assert gainers(structs.replace(GREW, groups=unknown), "rate") == ""
    assert "who gains" not in of_differences({"groups": unknown})


def test_a_check_of_crossed_columns_says_so_before_all_else(folder, checked):
    frame = people(900, 1)
    frame.assign(y=1 - frame["y"]).to_csv("t.csv", index=False)
    found = checked(HEAD + LIMIT + "max = 0.9\n")
    first = found.verdict.answers[0]
    assert (first.question, found.status) == ("beware", 0)
    assert first.text.startswith("The prediction runs against the outcome")
    assert found.data[0].beware == [first.text]


def test_of_three_broken_limits_all_are_told_and_of_two_tables_the_names():
    assert of_findings({}, {}, {})["broken"].count("Selection rate, gap by sex: 30.0 pp") == 3
    assert "more" not in of_findings({}, {}, {})["broken"]
    both = structs.replace(check(), data=[*check().data, structs.replace(check().data[0], name="other")])
    told = answers(check_with_conclusion(both))
    assert told["broken"] == "Selection rate, gap by sex of main: 30.0 pp, at most 10.0 pp allowed."


def test_of_what_fails_the_gravest_is_told_first_and_the_last_limit_before_the_others():
    told = of_findings({"verdict": "unmeasured", "why": "w"}, {"value": 0.2}, {"value": 0.4}, {"fails": False})
    assert told["broken"] == (
        "Selection rate, gap by sex: 40.0 pp, at most 10.0 pp allowed. Selection rate, gap by sex: 20.0 pp, at most"
        " 10.0 pp allowed. Selection rate, gap by sex: not assessed: w."
    )


def test_what_to_beware_of_is_told_with_the_name_of_the_data_where_there_are_several():
    one = structs.replace(check().data[0], beware=["It runs backwards."])
    alone = answers(check_with_conclusion(structs.replace(check(), data=[one])))
    both = answers(check_with_conclusion(structs.replace(check(), data=[one, structs.replace(one, name="other")])))
    assert alone["beware"] == "It runs backwards."
    assert both["beware"] == "main: It runs backwards. other: It runs backwards."


MARGIN = {"against": "margin", "worsening": 0.2, "fails": True}
KEPT = MARGIN | {"verdict": "kept", "fails": False, "worsening": 0.0}
BETTER = KEPT | {"worsening": -0.1}
NAMED = "selection rate, gap by sex against the baseline"


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        ([{}], None),
        ([MARGIN | {"worsening": None}], None),
        (
            [KEPT],
            "In none of 1 comparison with the baseline did it by more than the margin allows, as far as can be told.",
        ),
        (
            [BETTER, KEPT],
            "In none of 2 comparisons with the baseline did it by more than the margin allows, as far as can be told;"
            " 1 is better than then.",
        ),
        ([MARGIN, {}], f"In 1 of 1 comparison with the baseline, beyond the margin: {NAMED}."),
        (
            [MARGIN, MARGIN, BETTER, BETTER],
            f"In 2 of 4 comparisons with the baseline, beyond the margin: {NAMED} and {NAMED}; 2 are better than then.",
        ),
        (
            [MARGIN] * 4,
            f"In 4 of 4 comparisons with the baseline, beyond the margin: {NAMED}, {NAMED} and {NAMED}.",
        ),
    ],
)
def test_whether_it_got_worse_since_the_baseline_is_one_sentence(findings, told):
    assert of_findings(*findings).get("worse") == told


@pytest.mark.parametrize(
    ("count", "their"), [(1, "1 limit lies within its interval"), (2, "2 limits lie within theirs")]
)
def test_how_sure_a_check_is_is_one_sentence(count, their):
    told = of_findings(*[{"verdict": "uncertain", "fails": False}] * count)
    assert told["how sure"] == (
        "A limit counts as broken where the whole 95% interval is beyond it, and as kept where it is within; "
        f"{their}, so that neither is said."
    )


@pytest.mark.parametrize(
    ("changes", "others", "told"),
    [
        ([gap()], {}, "1 of 1 measure changed beyond chance: 1 for the worse."),
        ([gap(change=-0.2), gap(p_value=0.06)], {}, "1 of 2 measures changed beyond chance: 1 for the better."),
        ([gap(change=0.0), gap(p_value=None)], {}, "1 of 1 measure changed beyond chance: 1 in neither way."),
        ([gap(p_value=0.05)], {}, "1 of 1 measure changed beyond chance: 1 for the worse."),
        (
            [gap(p_value=0.051)],
            {},
            "Nothing changed beyond chance, of 1 measure. That does not show that nothing changed.",
        ),
        ([gap(p_value=None)], {}, "That cannot be told: without intervals no change can be told from chance."),
        (
            [gap(by=[], p_value=0.5), gap(by=[], p_value=0.5)],
            {"status": 4},
            "Of groups that cannot be told; of all rows together none of 2 measures changed beyond chance.",
        ),
        (
            [gap(by=[])],
            {"status": 4},
            "Of groups that cannot be told; of all rows together 1 of 1 measure changed beyond chance.",
        ),
    ],
)
def test_whether_a_comparison_shows_a_change_is_one_sentence(changes, others, told):
    assert of_differences(*changes, **others)["worse"] == told


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (gap(), gap(statistic="ratio", p_value=0.0, change=0.9)),  # a gap of rates before all else
        (gap(), gap(measure="jensen_shannon", p_value=0.0, change=0.9)),
        (gap(statistic="standardised"), gap(statistic="ratio", p_value=0.0, change=0.9)),
        (gap(), gap(by=["sex", "race"], p_value=0.0, change=0.9)),  # of one attribute before several
        (gap(p_value=0.002), gap(p_value=0.003, change=0.9)),  # the surest
        (gap(p_value=0.001, change=0.3), gap(p_value=0.0002, change=0.2)),  # equally sure: the largest
        (gap(p_value=0.0, change=0.3), gap(p_value=0.0002, change=0.2)),
        (gap(p_value=0.04, change=0.1), gap(change=-0.4, p_value=0.0002)),  # for the worse before for the better
    ],
)
def test_of_several_changes_the_one_that_says_most_is_told(first, second):
    known = words(["selection_rate", "jensen_shannon"])
    alone = of_differences(first, measures=known)["how much"]
    assert alone == of_differences(first, second, measures=known)["how much"]
    assert alone == of_differences(second, first, measures=known)["how much"]
    assert alone != of_differences(second, measures=known)["how much"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (gap(), "Selection rate, gap by sex: 10.0 pp before, 30.0 pp after, a change of +20.0 pp, for the worse."),
        (
            gap(statistic="standardised", change=-0.2, before=0.3, after=0.1),
            "Selection rate, standardised gap by sex: 30.0 pp before, 10.0 pp after, a change of −20.0 pp, for the"
            " better.",
        ),
        (
            gap(statistic="overall", by=[], better=None),
            "Selection rate, overall: 10.0% before, 30.0% after, a change of +20.0 pp.",
        ),
        (
            gap(statistic="ratio", better="higher"),
            "Selection rate, ratio by sex: 0.100 before, 0.300 after, a change of +0.200, for the better.",
        ),
        (
            gap(measure="calibration"),
            "Calibration, gap by sex: 10.0 pp before, 30.0 pp after, a change of +20.0 pp, for the worse.",
        ),
        (gap(measure="rmse"), "RMSE, gap by sex: 0.100 before, 0.300 after, a change of +0.200, for the worse."),
    ],
)
def test_a_change_is_told_in_its_unit(changes, told):
    known = words(["selection_rate", "calibration", "rmse"])
    label = known["rmse"].label
    assert of_differences(changes, measures=known)["how much"] == told.replace("RMSE", label[:1].upper() + label[1:])


def test_of_each_side_three_groups_are_named_and_the_others_counted():
    def of(count, unit="rate"):
        groups = [
            GroupChange(cell={"sex": f"{sign}{place}"}, before=0.5, after=0.5, change=change, gain=change)
            for sign, size in (("+", 0.01), ("-", -0.01))
            for place, change in enumerate([size * (count - place) for place in range(count)])
        ]
        same = GroupChange(cell={"sex": "same"}, before=0.5, after=0.5, change=0.0, gain=0.0)
        return gainers(structs.replace(GREW, groups=[same, *groups]), unit)

    assert of(3) == "gain: +0 (+3.0 pp), +1 (+2.0 pp), +2 (+1.0 pp); lose: -0 (−3.0 pp), -1 (−2.0 pp), -2 (−1.0 pp)"
    assert of(4).startswith("gain: +0 (+4.0 pp), +1 (+3.0 pp), +2 (+2.0 pp) and 1 more; lose: -0 (−4.0 pp)")
    assert of(1, "number") == "gain: +0 (+0.0100); lose: -0 (−0.0100)"
    assert of(1, "points") == of(1, "rate")


def test_a_group_with_a_long_name_is_named_shortly():
    one = GroupChange(cell={"sex": "x" * 60}, before=0.5, after=0.6, change=0.1, gain=0.1)
    assert gainers(structs.replace(GREW, groups=[one]), "rate") == f"gain: {'x' * 29}… (+10.0 pp)"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, None),
        (
            {"alone": ["a"]},
            "Not all could be compared: the audits hold different measures; 1 measure is in one of the audits only.",
        ),
        (
            {"alone": ["a"] * 1200, "before_attributes": ["a", "b"], "after_attributes": ["a"]},
            "Not all could be compared: the audits have different attributes (a and b; a); 1,200 measures are in one of"
            " the audits only.",
        ),
        (
            {"status": 4},
            "Nothing of the groups could be compared: the audits hold different measures, and no gap between groups is"
            " measured in both.",
        ),
        (
            {"status": 4, "alone": ["a", "b"], "before_attributes": ["a", "b"], "after_attributes": ["b", "a"]},
            "Nothing of the groups could be compared: the audits hold different measures, and no gap between groups is"
            " measured in both; 2 measures are in one of the audits only.",
        ),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(changes, told):
    assert unlike(structs.replace(ONE, **changes)) == told


def test_how_p_values_are_meant_is_said_where_there_is_one():
    told = of_differences({"p_value": None}, {})["how sure"]
    assert told == (
        "P-values are corrected for all measures, and take the audits as of different rows: of the same rows, smaller"
        " changes would show."
    )
    assert "how sure" not in of_differences({"p_value": None})
