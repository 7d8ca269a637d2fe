"""A margin is broken when a measure became worse by more than it, surely, over all margins of the check together."""

from __future__ import annotations

from pathlib import Path

import pytest
from made import HEAD, LIMIT, people

from fairaudit.auditing.changes import EstimatedChange
from fairaudit.auditing.reading import Reading
from fairaudit.errors import ConfigError
from fairaudit.gate.baseline import BaselineFile, StoredData, StoredNumber
from fairaudit.gate.margins import against_baseline, decided
from fairaudit.gate.measuring import Asked
from fairaudit.gate.rules import find
from fairaudit.gate.tables import Limit, Measuring
from fairaudit.results import Source

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
