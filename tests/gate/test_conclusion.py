"""What a check and a comparison conclude: in the order in which people ask, and never more than is known."""

from __future__ import annotations

import pytest
from kinds import check, comparison
from made import HEAD, LIMIT, people
from msgspec import structs

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
