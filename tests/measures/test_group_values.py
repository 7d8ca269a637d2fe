"""Which measures a table allows, and how the value of a group stands in a result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from grouped import measured, table_of
from several_classes import people, scored
from sklearn.metrics import roc_auc_score

from fairaudit.auditing.resampled import Resampled
from fairaudit.chance.equality import equal_shares
from fairaudit.chance.laws.shares import narrow_limits
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.group_values import group_values, held, of_groups, too_few, with_parts
from fairaudit.options import Options
from fairaudit.results import GroupValue
from fairaudit.scoretable.grid import groups


@pytest.mark.parametrize(
    ("task", "given", "expected"),
    [
        ("binary", ("decision",), {"selection_rate"}),
        ("binary", ("outcome",), {"base_rate"}),
        ("binary", ("prediction",), {"mean_prediction"}),
        ("binary", ("prediction", "outcome"),
         {"base_rate", "auc", "calibration", "calibration_error", "mean_prediction"}),
        ("regression", ("outcome",), {"mean_outcome"}),
        ("regression", ("prediction", "decision"), {"mean_prediction", "selection_rate"}),
        ("count", ("outcome",), {"frequency"}),
        ("count", ("decision", "outcome"), {"frequency", "selection_rate"}),
    ],
)  # fmt: skip
def test_only_measures_that_the_columns_allow_are_measured(encode, names, task, given, expected):
    columns = {name: np.array([0.0, 1, 1, 0]) for name in given}
    allowed = of_groups(table_of(encode, names, task, [0, 0, 1, 1], **columns))
    assert {measure.name for measure in allowed} == expected


def test_a_small_group_has_a_reason_in_place_of_its_value(encode, names):
    group = np.repeat([0, 1], [40, 24])
    table = table_of(encode, names, "binary", group, decision=np.tile([0.0, 1], 32))
    _, values = measured(table, Options(bootstrap=20, permutations=0))
    large, small = values["selection_rate"].results(0.95)
    assert (large.value, large.why) == (0.5, None)
    assert (small.value, small.interval, small.n, small.why) == (None, None, 24, "24 rows; 25 are needed")


def test_a_measure_made_of_others_asks_for_them():
    assert with_parts({"equalized_odds", "auc"}) == {"equalized_odds", "auc", "tpr", "fpr"}
    assert with_parts({"jensen_shannon", "unknown"}) == {"jensen_shannon", "unknown"}


def test_a_mean_of_rows_that_are_nearly_all_0_says_what_it_rests_on(encode, names):
    amount = np.zeros(200)
    amount[:3], amount[100:140] = 50.0, 70.0
    table = table_of(encode, names, "regression", np.repeat([0, 1], 100), prediction=amount)
    _, values = measured(table, Options(bootstrap=20, permutations=0))
    found = values["mean_prediction"].results(0.95)
    assert found[0].few == "rests on 3 of 100 rows: all others are 0"
    assert found[1].few is None


def test_a_calibration_error_is_told_with_what_noise_alone_gives(encode, names):
    rng = np.random.default_rng(4)
    group, p = np.repeat([0, 1], [200, 2000]), rng.uniform(0.05, 0.95, 2200)
    drawn = [
        measured(
            table_of(encode, names, "binary", group, prediction=p, outcome=(rng.random(2200) < p) * 1.0),
            Options(bootstrap=2, permutations=0),
        )[1]["calibration_error"].results(0.95)
        for _ in range(60)
    ]
    for place in (0, 1):
        values, floors = ([getattr(one[place], name) for one in drawn] for name in ("value", "floor"))
        assert np.mean(values) == pytest.approx(np.mean(floors), rel=0.1)
        assert drawn[0][place].excess == values[0] - floors[0]
    assert drawn[0][0].floor > 2 * drawn[0][1].floor


def test_values_stand_with_the_rows_and_events_they_rest_on_and_their_limits(encode, names):
    group = np.repeat([0, 1, 2], [40, 24, 50])
    decision = np.concatenate([np.arange(40) < 12, np.arange(24) < 20, np.arange(50) < 50]).astype(float)
    _, values = measured(
        table_of(encode, names, "binary", group, decision=decision), Options(bootstrap=2, permutations=0)
    )
    for confidence, tail in ((0.95, 0.025), (0.8, 0.1)):
        low, high = narrow_limits(np.array([0.3, 1.0]), np.array([40.0, 50.0]), tail)
        assert values["selection_rate"].results(confidence) == [
            GroupValue(value=0.3, interval=(pytest.approx(low[0]), pytest.approx(high[0])), n=40, events=12),
            GroupValue(n=24, events=20, why="24 rows; 25 are needed"),
            GroupValue(value=1.0, interval=(pytest.approx(low[1]), 1.0), n=50, events=50, few="rests on 50 of 50 rows"),
        ]


def test_groups_that_have_a_value_are_tested_to_be_equal_by_the_draws_asked_for(encode, names):
    group = np.repeat([0, 1, 2, 3], [30, 24, 30, 40])
    decision = np.concatenate([np.arange(30) < 2, np.arange(24) < 20, np.arange(30) < 5, np.arange(40) < 3]).astype(
        float
    )
    table = table_of(encode, names, "binary", group, decision=decision)
    _, values = measured(table, Options(bootstrap=2, permutations=0))
    expected = equal_shares(np.array([2.0, 5, 3]), np.array([30.0, 30, 40]), 99, np.random.default_rng(1))
    assert values["selection_rate"].equality(99, np.random.default_rng(1)) == expected
    table = table_of(encode, names, "binary", group, prediction=decision, outcome=decision)
    errors = measured(table, Options(bootstrap=2, permutations=0))[1]
    assert errors["calibration_error"].equality(99, np.random.default_rng(1)) is None


def test_without_replicates_there_are_values_but_no_limits_laws_or_tests(encode, names):
    table = table_of(encode, names, "binary", np.repeat([0, 1], 30), decision=np.tile([0.0, 1], 30))
    _, values = measured(table)
    rate = values["selection_rate"]
    assert (rate.law, rate.equality(99, np.random.default_rng(1))) == (None, None)
    assert np.isnan(rate.limits(0.95)).all()
    assert rate.results(0.95) == [GroupValue(value=0.5, n=30, events=15)] * 2


def test_where_no_group_is_large_enough_there_is_no_law(encode, names):
    table = table_of(encode, names, "binary", np.repeat([0, 1], 20), decision=np.tile([0.0, 1], 20))
    _, values = measured(table, Options(bootstrap=2, permutations=0))
    rate = values["selection_rate"]
    assert (len(rate.fit), rate.law) == (0, None)
    assert [one.why for one in rate.results(0.95)] == ["20 rows; 25 are needed"] * 2


def test_a_ratio_of_nothing_to_nothing_is_not_defined(encode, names):
    prediction = np.repeat([0.5, 0.0], 40)
    table = table_of(
        encode, names, "count", np.repeat([0, 1], 40), prediction=prediction, outcome=np.tile([1.0, 0], 40)
    )
    _, values = measured(table, Options(bootstrap=2, permutations=0))
    first, second = values["actual_expected"].results(0.95)
    assert (first.value, first.few) == (1.0, None)
    assert second == GroupValue(n=40, events=20, why="not defined for these rows")


@pytest.mark.parametrize(
    ("rows", "worth", "least", "about", "why"),
    [
        (30, 30.0, 25, "", None),
        (25, 25.0, 25, "", None),
        (24, 24.0, 25, "", "24 rows; 25 are needed"),
        (1, 1.0, 25, "people", "1 row; 25 are needed"),
        (25, 24.4, 25, "", "25 rows, by their weights worth 24; 25 are needed"),
        (25, 24.4, 25, "people", "25 rows, about 24 people; 25 are needed"),
        (0, 0.0, 0, "", "0 rows; 1 are needed"),
        (1, 1.0, 0, "", None),
    ],
)
def test_what_says_too_little_is_told_by_its_rows_their_weight_or_the_people(rows, worth, least, about, why):
    assert too_few(rows, worth, "rows", least, about) == why


@pytest.mark.parametrize(
    ("task", "lowest", "highest", "probability"),
    [
        ("binary", 0.0, 1.0, True),
        ("binary", -1e-9, 1.0, False),
        ("binary", 0.0, 1.0 + 1e-9, False),
        ("regression", 0.0, 1.0, False),
    ],
)
def test_predictions_are_probabilities_where_the_outcome_is_binary_and_they_lie_between_0_and_1(
    encode, names, task, lowest, highest, probability
):
    columns = {"prediction": np.array([lowest, 0.5, highest]), "outcome": np.array([0.0, 1, 1])}
    holds = held(table_of(encode, names, task, [0, 1, 1], **columns))
    assert holds == {"prediction", "outcome"} | ({"probability"} if probability else set())
    only = held(table_of(encode, names, task, [0, 1, 1], outcome=columns["outcome"]))
    assert only == {"outcome"}


def test_families_of_amounts_are_known_by_their_power_and_classes_by_their_probabilities(encode, names):
    table = table_of(encode, names, "regression", [0, 1, 1], prediction=np.array([1.0, 2, 3]))
    powers = {power: held(replace(table, power=power)) - {"prediction"} for power in (None, 2.0, 1.5)}
    assert powers == {None: set(), 2.0: {"gamma"}, 1.5: {"tweedie"}}
    classes = scored(people(50), prediction="p_*")
    assert held(classes) == {"prediction", "probability", "decision", "outcome"}
    assert held(scored(people(50), decision="told")) == {"decision", "outcome"}


def test_only_what_is_asked_for_is_measured_and_under_the_name_that_it_is_called(encode, names):
    table = table_of(
        encode, names, "binary", [0, 1] * 30, decision=np.tile([0.0, 1, 1], 20), outcome=np.tile([0.0, 1], 30)
    )
    resampled = Resampled(table, Options(bootstrap=0, permutations=0))
    chosen = groups(table.attributes, table.level, (0,))
    parts = (table, resampled.grid, resampled.segments, chosen, Options(bootstrap=0), True)
    assert list(group_values(*parts, asked=frozenset(["tpr", "unknown"]))) == ["tpr"]
    called = {"tpr": MEASURES["tpr[left]"]}
    assert list(group_values(*parts, asked=frozenset(["tpr", "fpr"]), called=called)) == ["tpr[left]", "fpr"]


def test_a_score_stands_for_the_outcome_rate_of_its_rows_only_where_the_outcome_is_binary(encode, names):
    score, outcome = np.tile([1.0, 3.0], 30), np.tile([0.0, 1, 1, 1], 15)
    group = np.repeat([0, 1], 30)
    _, binary = measured(table_of(encode, names, "binary", group, prediction=score, outcome=outcome), probability=False)
    assert binary["calibration"].value == pytest.approx(
        [
            np.mean(outcome[:30] - np.where(score[:30] < 2, 0.5, 1.0)),
            np.mean(outcome[30:] - np.where(score[30:] < 2, 0.5, 1.0)),
        ]
    )
    _, numeric = measured(
        table_of(encode, names, "regression", group, prediction=score, outcome=outcome), probability=False
    )
    assert numeric["mean_error"].value == pytest.approx([np.mean((outcome - score)[group == g]) for g in (0, 1)])


@pytest.mark.parametrize(("held_apart", "few"), [(4, "rests on 4 of 100 rows: all others are 0"), (5, None)])
def test_a_mean_is_marked_up_to_four_rows_that_are_not_0(encode, names, held_apart, few):
    amount = np.zeros(200)
    amount[:held_apart], amount[100:140] = 50.0, 70.0
    table = table_of(encode, names, "regression", np.repeat([0, 1], 100), prediction=amount)
    _, values = measured(table, Options(bootstrap=20, permutations=0))
    assert values["mean_prediction"].results(0.95)[0].few == few


@pytest.mark.parametrize(("events", "few"), [(0, "0 events"), (1, "1 event"), (4, "4 events"), (5, None)])
def test_a_frequency_is_marked_up_to_four_events(encode, names, events, few):
    outcome = np.concatenate([np.arange(40) < events, np.ones(40)]).astype(float)
    _, values = measured(table_of(encode, names, "count", np.repeat([0, 1], 40), outcome=outcome))
    assert values["frequency"].results(0.95)[0].few == (None if few is None else f"rests on {few}")


def test_replicates_of_a_biased_measure_keep_their_spread_and_its_value(encode, names):
    """A value of the grid differs from that of the lines: replicates of an area of many scores lie about the latter."""
    rng = np.random.default_rng(2)
    group, f = rng.integers(0, 2, 400), rng.random(400)
    y = (rng.random(400) < f).astype(float)
    table = table_of(encode, names, "binary", group, prediction=f, outcome=y, merge=False)
    _, values = measured(table, Options(bootstrap=400, permutations=0), aligned=True)
    area = values["auc"]
    exact = [roc_auc_score(y[group == g], f[group == g]) for g in (0, 1)]
    assert area.value == pytest.approx(exact)
    assert area.replicates.mean(axis=0) == pytest.approx(exact, abs=0.004)
    assert area.replicates.std(axis=0) == pytest.approx(np.sqrt(area.law.variance), rel=0.15)
    # Forty people whose scores are neighbours of the grid: it takes them for equal.
    near = np.append(f, 0.5 + np.arange(40) / 1e6)
    of_three, of_all = np.append(group, np.full(40, 2)), np.append(y, np.arange(40) >= 20)
    table = table_of(encode, names, "binary", of_three, prediction=near, outcome=of_all, merge=False)
    few = measured(table, Options(bootstrap=50, permutations=0), aligned=True)[1]["auc"]
    assert few.value[2] == 1
    assert few.replicates[:, 2].mean() == pytest.approx(1, abs=0.05)
    _, none = measured(table)
    assert none["auc"].replicates.shape == none["calibration_error"].replicates.shape == (0, 3)
