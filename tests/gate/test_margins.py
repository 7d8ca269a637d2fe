"""A margin is broken when a measure became worse by more than it, surely, over all margins of the check together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made import HEAD, LIMIT, people
from msgspec import structs
from scipy.stats import norm

import fairaudit as fa
from fairaudit.auditing.changes import EstimatedChange
from fairaudit.auditing.reading import Reading
from fairaudit.errors import ConfigError
from fairaudit.gate.baseline import BaselineFile, StoredData, StoredNumber
from fairaudit.gate.margins import Undecided, against_baseline, better_way, decided
from fairaudit.gate.measuring import Asked
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit, Measuring
from fairaudit.results import Source
from fairaudit.results.check import Finding

Z = 1.959964


class Pairs:
    """Stands for the same rows with two predictions: every measure has changed by 0.5."""

    def change(self, measure, statistic, by):
        return EstimatedChange(0.5, 0.1)


def held(rule, value, error=0.01):
    number = StoredNumber(rule=rule.baseline_id, by=["sex"], value=value, standard_error=error)
    data = StoredData(source=Source(name="t.csv"), rows=9, keyed=None, numbers=[number])
    return BaselineFile(fairaudit="0", options=Measuring(), data={"main": data})


def asked(measure="selection_rate", statistic="gap", **limit):
    rule = find(measure, statistic, "")
    return Asked(1, Limit(measure=measure, statistic=statistic, **{"margin": 0.02, **limit}), rule, "limit 1")


def reading(limit, value, error=0.01, by=("sex",)):
    ends = None if error is None else (value - Z * error, value + Z * error)
    return Reading(limit.rule.measure, limit.rule.statistic, by, None, value, ends, ends)


def verdict(limit, before, now, error=0.01, pairs=None):
    better = limit.rule.better or "higher"
    undecided = against_baseline(
        held(limit.rule, before), limit, "main", [reading(limit, now, error)], pairs, better, 0.95
    )
    (finding,) = decided(undecided, 0.95)
    return finding


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [(0.1, 0.1, "uncertain"), (0.1, 0.05, "kept"), (0.1, 0.13, "uncertain"), (0.1, 0.2, "broken")],
)
def test_a_gap_that_grew_surely_by_more_than_the_margin_breaks_it(before, now, expected):
    finding = verdict(asked(), before, now)
    assert finding.verdict == expected
    assert finding.worsening == pytest.approx(now - before)
    assert finding.interval == pytest.approx((now - before - Z * 0.0002**0.5, now - before + Z * 0.0002**0.5))


def test_where_more_is_better_a_fall_is_a_worsening():
    finding = verdict(asked("selection_rate", "ratio"), 0.9, 0.5)
    assert (finding.verdict, finding.worsening) == ("broken", pytest.approx(0.4))


def test_by_the_point_alone_no_error_counts():
    assert verdict(asked(decided_by="point"), 0.1, 0.121).verdict == "broken"
    assert verdict(asked(decided_by="point"), 0.1, 0.119).verdict == "kept"


def test_the_same_rows_are_compared_where_they_are_known():
    finding = verdict(asked(), 0.1, 0.1, pairs=Pairs())
    assert (finding.worsening, finding.paired, finding.verdict) == (0.5, True, "broken")


def test_without_an_interval_nothing_can_be_said():
    finding = verdict(asked(), 0.1, 0.2, error=None)
    assert (finding.verdict, finding.why) == ("unmeasured", "there is no interval")


def test_what_the_baseline_lacks_is_told():
    limit = asked(by="any")
    undecided = against_baseline(
        held(limit.rule, 0.1), limit, "main", [reading(limit, 0.1, by=("race",))], None, "lower", 0.95
    )
    assert undecided[0].finding.why == "it is not in the baseline"
    with pytest.raises(ConfigError, match="the baseline has no data 'other'"):
        against_baseline(held(limit.rule, 0.1), limit, "other", [], None, "lower", 0.95)
    with pytest.raises(ConfigError, match="the baseline has no FB201 for data 'main'"):
        against_baseline(held(limit.rule, 0.1), asked("selection_rate", "ratio"), "main", [], None, "higher", 0.95)


def test_p_values_are_adjusted_over_all_margins_so_that_many_are_no_reason_to_fail():
    limit = asked(margin=0.0)
    one = against_baseline(held(limit.rule, 0.1), limit, "main", [reading(limit, 0.128)], None, "lower", 0.95)
    (alone,) = decided(one, 0.95)
    together = decided(one * 20, 0.95)
    assert alone.verdict == "broken"
    assert {each.verdict for each in together} == {"uncertain"}
    assert together[0].p_value == pytest.approx(20 * alone.p_value)


def test_findings_without_a_p_value_stay_where_they_are():
    limit = asked()
    readings = [reading(limit, 0.3), reading(limit, 0.3, error=None), reading(limit, 0.1)]
    found = decided(against_baseline(held(limit.rule, 0.1), limit, "main", readings, None, "lower", 0.95), 0.95)
    assert [each.verdict for each in found] == ["broken", "unmeasured", "uncertain"]


MARGIN = "\n[baseline]\n" + LIMIT + 'statistic = "group"\nmargin = 0.05\n'


def group_findings(folder, run, favourable, gap):
    """Findings on the selection rate of each sex where scores of men have risen by `gap` since the baseline."""
    told = HEAD.replace("threshold = 0.5", f'threshold = 0.5\nfavourable = "{favourable}"')
    Path("fairaudit.toml").write_text(told + MARGIN, encoding="utf-8")
    people(4000, 1).to_csv("t.csv", index=False)
    assert run("baseline", "update")[0] == 0
    people(4000, 1, gap=gap).to_csv("t.csv", index=False)
    status, text = run("check", "--no-color")
    return status, " ".join(text.split())


@pytest.mark.parametrize(
    ("favourable", "gap", "status", "way"),
    [("yes", 0.2, 0, "better"), ("yes", -0.2, 1, "worse"), ("no", 0.2, 1, "worse"), ("no", -0.2, 0, "better")],
)
def test_a_rate_of_a_group_breaks_its_margin_only_in_the_direction_that_is_bad_for_people(
    folder, run, favourable, gap, status, way
):
    told, text = group_findings(folder, run, favourable, gap)
    good = "high" if favourable == "yes" else "low"
    assert told == status
    assert f"{way} by " in text
    assert f"(a {good} value is good for a person here)" in text
    assert "FB601" in text
    assert ("BROKEN" in text) == (status == 1)


def test_a_margin_on_a_rate_of_groups_is_refused_while_nobody_said_what_is_good_for_a_person(folder, run):
    Path("fairaudit.toml").write_text(HEAD + MARGIN, encoding="utf-8")
    status, text = run("baseline", "update")
    assert status == 2
    assert "which way is good for a person, and nobody said; add favourable to [data.main]" in text


def reading_of(limit, value, error=0.01, **changes):
    return replace(reading(limit, value, error), **changes)


def one(limit, now, before=None, pairs=None, better="lower"):
    """The finding of a reading against a baseline of one number."""
    undecided = against_baseline(before or held(limit.rule, 0.1), limit, "main", [now], pairs, better, 0.95)
    (finding,) = decided(undecided, 0.95)
    return finding


def test_a_finding_against_the_baseline_is_one_value():
    limit = asked(level="warn")
    finding = one(limit, reading_of(limit, 0.2, highest={"sex": "m"}, lowest={"sex": "f"}))
    width = Z * 0.0002**0.5
    assert (finding.interval, finding.worsening) == (pytest.approx((0.1 - width, 0.1 + width)), pytest.approx(0.1))
    assert finding.p_value == pytest.approx(norm.sf(0.08 / 0.0002**0.5))
    expected = Finding(
        rule="FB101",
        data="main",
        limit=1,
        measure="selection_rate",
        statistic="gap",
        by=["sex"],
        level="warn",
        decided_by="confident",
        against="margin",
        bound=0.02,
        verdict="broken",
        value=0.2,
        interval=finding.interval,
        baseline=0.1,
        worsening=finding.worsening,
        better="lower",
        p_value=finding.p_value,
        paired=False,
        highest={"sex": "m"},
        lowest={"sex": "f"},
    )
    assert finding == expected


def test_the_value_of_one_group_is_never_compared_by_the_gap_of_the_same_rows():
    limit = asked(statistic="group")
    number = StoredNumber(rule="FB601", by=["sex"], cell={"sex": "f"}, value=0.1, standard_error=0.01)
    data = StoredData(source=Source(name="t.csv"), rows=9, numbers=[number])
    before = BaselineFile(fairaudit="0", options=Measuring(), data={"main": data})
    finding = one(limit, reading_of(limit, 0.12, cell={"sex": "f"}), before, Pairs())
    assert (finding.worsening, finding.paired) == (pytest.approx(0.02), False)
    other = one(limit, reading_of(limit, 0.12, cell={"sex": "m"}), before, Pairs())
    assert (other.verdict, other.why, other.baseline) == ("unmeasured", "it is not in the baseline", None)


def test_the_same_rows_are_compared_though_the_baseline_lacks_the_number():
    limit = asked()
    finding = one(limit, reading_of(limit, 0.2, by=("race",)), pairs=Pairs())
    assert (finding.baseline, finding.worsening, finding.paired, finding.verdict) == (None, 0.5, True, "broken")


def test_why_today_has_no_value_goes_before_what_the_baseline_lacks():
    limit = asked()
    none = replace(reading(limit, 0.2, None), value=None, why="9 rows; 25 are needed")
    assert one(limit, none).why == "9 rows; 25 are needed"
    assert one(limit, replace(none, by=("race",))).why == "9 rows; 25 are needed"
    assert one(limit, replace(none, why=None)).why == "there is no interval"


@pytest.mark.parametrize(
    ("now", "error", "limit", "verdict"),
    [
        (0.07, 0.0, {"margin": 0.0}, "kept"),
        (0.1, 0.0, {"margin": 0.0}, "kept"),  # an interval that ends at the margin is within it
        (0.125, 0.0, {"margin": 0.025, "decided_by": "point"}, "kept"),
        (0.126, 0.0, {"margin": 0.025, "decided_by": "point"}, "broken"),
        (0.2, 0.9, {"margin": 0.025, "decided_by": "point"}, "broken"),
        (0.0, 0.9, {"margin": 0.025, "decided_by": "point"}, "kept"),
        (0.05, 0.9, {}, "uncertain"),
    ],
)
def test_a_margin_is_kept_up_to_its_very_number(now, error, limit, verdict):
    made = asked(**limit)
    before = held(made.rule, 0.1, error=0.0)
    assert one(made, reading(made, now, error), before).verdict == verdict


def test_by_the_point_alone_a_margin_is_kept_up_to_its_very_number():
    limit = asked(margin=0.25, decided_by="point")
    assert one(limit, reading(limit, 0.75), held(limit.rule, 0.5)).verdict == "kept"  # numbers without rounding


def test_a_p_value_of_just_the_error_breaks_the_margin():
    finding = Finding(
        rule="FB101",
        data="main",
        limit=1,
        measure="selection_rate",
        statistic="gap",
        by=["sex"],
        level="fail",
        decided_by="confident",
        against="margin",
        bound=0.02,
        verdict="unmeasured",
        worsening=0.1,
        interval=(0.0, 0.2),
    )
    for p_value, verdict in ((0.25, "broken"), (0.2501, "uncertain"), (0.1, "broken")):
        assert [each.verdict for each in decided([Undecided(finding, p_value)], 0.75)] == [verdict]


@pytest.mark.parametrize(("now", "then"), [(True, False), (False, True)])
def test_a_ratio_of_one_decision_is_not_held_against_one_of_the_other(now, then):
    limit = asked("selection_rate", "ratio")
    before = held(limit.rule, 0.9)
    (number,) = before.data["main"].numbers
    data = structs.replace(before.data["main"], numbers=[structs.replace(number, spared=then)])
    words = {True: "favourable decisions, no", False: "decisions that are yes"}
    with pytest.raises(ConfigError) as caught:
        one(limit, reading_of(limit, 0.9, spared=now), structs.replace(before, data={"main": data}))
    assert str(caught.value) == (
        f"limit 1: for data 'main' the baseline holds the ratio of {words[then]}, and today's is of {words[now]}; run:"
        " fairaudit baseline update"
    )


def audited(**roles):
    frame = people(200, 1)
    options = fa.Options(bootstrap=0, permutations=0)
    return fa.audit(
        frame, **{"prediction": "score", "threshold": 0.5, "target": "y", "protected": "sex", **roles}, options=options
    )


@pytest.mark.parametrize(
    ("measure", "statistic", "favourable", "better"),
    [
        ("selection_rate", "gap", None, "lower"),
        ("selection_rate", "ratio", "no", "higher"),
        ("auc", "overall", "no", "higher"),
        ("selection_rate", "group", "yes", "higher"),
        ("selection_rate", "group", "no", "lower"),
        ("calibration", "group", "yes", "lower"),
        ("calibration", "group", "no", "higher"),
        ("fnr", "group", "no", "lower"),
        ("accuracy", "group", None, "higher"),
    ],
)
def test_what_is_better_is_what_the_measure_says_else_what_is_good_for_people(measure, statistic, favourable, better):
    audit = audited() if favourable is None else audited(favourable=favourable)
    assert better_way(asked(measure, statistic), "main", audit) == better


@pytest.mark.parametrize(
    ("measure", "roles", "told"),
    [
        (
            "selection_rate",
            {},
            "limit 1: whether a change of the selection rate is for the worse depends on which way is good for a"
            ' person, and nobody said; add favourable to [data.main], such as favourable = "yes"',
        ),
        (
            "mean_prediction",
            {"target": "id", "threshold": None},
            "limit 1: whether a change of the mean prediction is for the worse depends on which way is good for a"
            ' person, and nobody said; add favourable to [data.main], such as favourable = "high"',
        ),
    ],
)
def test_a_margin_whose_sign_nobody_knows_is_refused_in_one_sentence(measure, roles, told):
    with pytest.raises(ConfigError) as caught:
        better_way(asked(measure, "group"), "main", audited(**roles))
    assert str(caught.value) == told
