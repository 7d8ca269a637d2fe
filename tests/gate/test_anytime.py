"""Limits decided at any time: what they are held against, and what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fairaudit.auditing.reading import Reading
from fairaudit.errors import ConfigError
from fairaudit.gate.anytime import FIRST, Today, _shares, claims, judge_series, watched
from fairaudit.gate.config import from_tables
from fairaudit.gate.measuring import Run
from fairaudit.gate.series import Look, SeriesLine
from fairaudit.results import Source

TABLES = {"data": {"main": {"source": "t.csv", "decision": "d", "target": "y", "protected": ["g"]}}, "baseline": {}}


def looks(rates, days, rows=400, seed=0):
    """A look for each day: rate of yes by group and day, outcomes at random."""
    rng = np.random.default_rng(seed)
    made = []
    for day in range(days):
        lines = []
        for group, rate in rates.items():
            for outcome in (0, 1):
                yes = rng.binomial(rows // 2, rate(day) if callable(rate) else rate)
                lines += [SeriesLine([group], 1, outcome, yes), SeriesLine([group], 0, outcome, rows // 2 - yes)]
        made.append(Look(data="main", source=Source(name="t", sha256=str(day)), attributes=["g"], lines=lines))
    return made


def found(series, limit, cell=None, error=0.05):
    """The findings of one limit on a series, of all pairs or of one group."""
    limit = {"measure": "selection_rate", "decided-by": "anytime", **limit}
    [asked] = Run(from_tables({**TABLES, "limit": [limit]}, Path("f.toml"))).limits()
    by = () if limit.get("statistic") == "overall" else ("g",)
    reading = Reading(limit["measure"], limit.get("statistic", "gap"), by, cell, 0.1, None, None)
    names = {"g": {level: level for level in "abc"}}
    return judge_series(asked, Today("main", [reading], names), series, error, least=25)


STEADY = {"a": 0.3, "b": 0.36}


@pytest.mark.parametrize(
    ("limit", "cell", "verdict"),
    [
        ({"max": 0.02}, None, "broken"),
        ({"max": 0.12}, None, "kept"),
        ({"max": 0.06}, None, "uncertain"),
        ({"statistic": "ratio", "min": 0.92}, None, "broken"),
        ({"statistic": "ratio", "min": 0.7}, None, "kept"),
        ({"statistic": "group", "max": 0.25}, {"g": "a"}, "broken"),
        ({"statistic": "group", "max": 0.4}, {"g": "a"}, "kept"),
        ({"statistic": "group", "min": 0.35}, {"g": "a"}, "broken"),
        ({"measure": "equalized_odds", "max": 0.01}, None, "broken"),
        ({"measure": "equalized_odds", "max": 0.15}, None, "kept"),
        ({"measure": "accuracy", "statistic": "overall", "min": 0.45}, None, "kept"),
        ({"measure": "accuracy", "statistic": "overall", "min": 0.55}, None, "broken"),
    ],
)
def test_a_series_decides_what_its_rates_say(limit, cell, verdict):
    [finding] = found(looks(STEADY, 40), limit, cell)
    assert (finding.verdict, finding.looks) == (verdict, 40)


@pytest.mark.parametrize(
    ("limit", "cell", "truth"),
    [
        ({"max": 0.5}, None, 0.06),
        ({"statistic": "ratio", "min": 0.1}, None, 0.3 / 0.36),
        ({"statistic": "group", "max": 0.9}, {"g": "b"}, 0.36),
        ({"measure": "tpr", "max": 0.5}, None, 0.06),
    ],
)
def test_an_interval_holds_the_truth_at_every_look_and_narrows(limit, cell, truth):
    series, widths = looks(STEADY, 60, seed=4), []
    for days in (1, 5, 20, 60):
        [finding] = found(series[:days], limit, cell)
        low, high = finding.interval
        assert low <= truth <= high
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.12


def test_three_groups_have_the_gap_of_the_two_that_are_farthest_apart():
    [finding] = found(looks({"a": 0.3, "b": 0.33, "c": 0.42}, 60), {"max": 0.05})
    assert finding.verdict == "broken"
    assert finding.interval[0] <= 0.12 <= finding.interval[1]
    assert finding.interval[0] > 0.05


def test_a_series_that_has_changed_has_no_interval_of_one_value():
    series = looks({"a": 0.3, "b": lambda day: 0.3 if day < 60 else 0.6}, 120, rows=1000)
    [finding] = found(series, {"max": 0.1})
    assert (finding.verdict, finding.changed, finding.interval) == ("broken", True, None)


def test_a_limit_kept_just_so_breaks_in_few_series_however_long():
    broken = 0
    for seed in range(12):
        series = looks({"a": 0.3, "b": 0.35}, 50, rows=100, seed=100 + seed)
        broken += any(found(series[:days], {"max": 0.05})[0].verdict == "broken" for days in (5, 20, 35, 50))
    assert broken <= 1


def test_groups_that_are_too_small_are_not_bet_on_until_they_are_large_enough():
    small = looks({"a": 0.3, "b": 0.9}, 1, rows=20)
    [finding] = found(small, {"max": 0.01})
    assert (finding.verdict, finding.why) == ("unmeasured", "no two groups have had 25 rows in all looks together")
    assert found(looks({"a": 0.3, "b": 0.9}, 5, rows=20), {"max": 0.01})[0].verdict != "unmeasured"


def test_groups_that_come_later_take_nothing_from_those_that_were_there():
    arrival = np.array([0.0, 0.0, 3.0, 7.0, np.inf])
    share = _shares(arrival)
    np.testing.assert_allclose(share, [FIRST / 2, FIRST / 2, (1 - FIRST) / 2, (1 - FIRST) / 4, 0.0])
    np.testing.assert_array_equal(share[:3], _shares(arrival[:3]))
    assert share.sum() <= 1


def test_every_ordered_pair_of_groups_is_a_claim():
    [asked] = Run(
        from_tables({**TABLES, "limit": [{"measure": "tpr", "max": 0.1, "decided-by": "anytime"}]}, Path("f.toml"))
    ).limits()
    made = claims(watched(looks({"a": 0.3, "b": 0.3, "c": 0.5}, 3), asked.rule, ["g"], 25, ""), "gap")
    assert made.first.of.shape == (3, 6)
    assert (made.first.of == 200).all()  # rows with outcome 1


def test_a_measure_of_which_nothing_is_proven_is_refused_with_those_that_can():
    tables = {**TABLES, "limit": [{"measure": "auc", "min": 0.7, "statistic": "overall", "decided-by": "anytime"}]}
    with pytest.raises(
        ConfigError, match=r"auc \(overall\) cannot be decided at any time.*selection_rate \(gap, ratio"
    ):
        Run(from_tables(tables, Path("f.toml"))).limits()


@pytest.mark.parametrize(
    ("limit", "baseline", "message"),
    [
        ({"max": 0.1, "margin": 0.1}, {}, "give it a max or min instead"),
        ({"max": 0.1}, None, "there is no .baseline. that keeps a series"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused(limit, baseline, message):
    tables = {"data": TABLES["data"], "limit": [{"measure": "selection_rate", "rule": "anytime", **limit}]}
    tables |= {} if baseline is None else {"baseline": baseline}
    with pytest.raises(ConfigError, match=message):
        from_tables(tables, Path("f.toml"))


def test_the_error_is_shared_by_all_limits_that_are_decided_so():
    limits = [{"measure": name, "max": 0.1, "decided-by": "anytime"} for name in ("tpr", "fpr")]
    data = dict.fromkeys(("one", "two"), TABLES["data"]["main"])
    tables = {"data": data, "baseline": {}, "limit": [*limits, {"measure": "ppv", "max": 0.1, "data": "one"}]}
    run = Run(from_tables(tables, Path("f.toml")))
    assert run.anytime_questions == 4
