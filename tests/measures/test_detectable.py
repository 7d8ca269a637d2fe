"""The gap that a table would have found, for measures of every kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from grouped import measured, table_of
from msgspec import structs

import fairaudit as fa
from fairaudit.chance.power import detectable_gap, detectable_share_gap
from fairaudit.errors import OptionError
from fairaudit.measures.catalogue import MEASURES
from fairaudit.measures.detectable import TOO_SMALL, detectable, margin_of, refuse_unknown_margins
from fairaudit.measures.gaps import disparity
from fairaudit.options import Options


def test_every_tested_measure_that_is_told_first_has_a_gap_in_its_own_unit():
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"g": rng.choice(["a", "b", "c"], 900), "x": rng.normal(50, 10, 900)})
    rows["y"] = rows["x"] + rng.normal(0, 5, 900)
    result = fa.audit(rows, prediction="x", target="y", protected="g", options=Options(bootstrap=2, permutations=0))
    mean = next(each for each in result.detectable if each.measure == "mean_prediction")
    (gap,) = [each for each in result.disparities if each.measure == "mean_prediction"]
    groups = sorted(result.groups, key=lambda group: group.n)
    errors = [rows["x"][rows["g"] == group.cell["g"]].std() / group.n**0.5 for group in groups[:2]]
    assert mean.gap == pytest.approx(detectable_gap(*errors, 3, mean.level), rel=0.02)
    assert mean.margin is None
    assert mean.equivalent is None
    assert gap.p_value is not None


OPTIONS = Options(bootstrap=2, permutations=99, min_group=5)


@pytest.fixture(scope="module")
def asked(encode, names):
    """A function from (selected, people) of each group to what is detectable of their selection rates."""

    def of(*counts, level=0.05, margin=None, options=OPTIONS, **changes):
        group = np.concatenate([np.full(size, place) for place, (_, size) in enumerate(counts)])
        decision = np.concatenate([np.arange(size) < events for events, size in counts]).astype(float)
        chosen, values = measured(table_of(encode, names, "binary", group, decision=decision), options)
        gap = disparity(chosen, values["selection_rate"], options)
        return detectable(chosen, values["selection_rate"], structs.replace(gap, **changes), level, margin)

    return of


def group(number):
    return {"g": f"level {number}"}


def test_the_first_gap_is_between_the_groups_of_least_and_the_second_between_those_of_most_people(asked):
    found = asked((20, 100), (10, 40), (60, 300), (12, 50), level=0.01)
    assert [cell["g"][-1] for cell in found.members] == ["1", "3", "0", "2"]
    assert found.people == [40.0, 50.0, 100.0, 300.0]
    assert found.rate == pytest.approx(102 / 490)
    assert (found.level, found.power) == (0.01, 0.8)
    assert found.gap == pytest.approx(detectable_share_gap(102 / 490, 40, 50, 4, 0.01))
    assert found.largest_gap == pytest.approx(detectable_share_gap(102 / 490, 100, 300, 4, 0.01))
    assert (found.measure, found.by, found.why) == ("selection_rate", ["g"], None)


def test_of_two_groups_both_gaps_are_the_same(asked):
    found = asked((20, 100), (10, 40))
    assert found.gap == found.largest_gap == pytest.approx(detectable_share_gap(30 / 140, 100, 40, 2, 0.05))


def test_groups_of_as_many_people_keep_their_order(asked):
    found = asked((10, 40), (12, 40), (8, 40))
    assert found.members == [group(0), group(1), group(2)]


def test_groups_too_small_for_any_gap_have_none_and_the_reason(asked):
    found = asked((1, 5), (1, 5), (30, 150), (30, 150), level=1e-6)
    assert (found.gap, found.why) == (None, TOO_SMALL)
    assert found.largest_gap == pytest.approx(detectable_share_gap(62 / 310, 150, 150, 4, 1e-6))


def test_groups_are_equivalent_where_the_bounds_of_their_gap_lie_within_the_margin(asked):
    for bounds, equivalent in (((0.0, 0.05), True), ((0.0, 0.0501), False)):
        found = asked((20, 100), (10, 40), margin=0.05, bounds=bounds)
        assert (found.margin, found.equivalent) == (0.05, equivalent)
    for margin, bounds in ((None, (0.0, 0.01)), (0.05, None)):
        found = asked((20, 100), (10, 40), margin=margin, bounds=bounds)
        assert (found.margin, found.equivalent) == (None, None)


def test_what_was_not_tested_has_no_gap_to_be_found(asked):
    assert asked((20, 100), (10, 40), options=Options(bootstrap=0, permutations=0, min_group=5)) is None
    assert asked((20, 100), (10, 40), p_value=None) is None
    assert asked((20, 100), (1, 4), p_value=0.5) is None  # one group alone is large enough


def test_where_nobody_is_selected_no_gap_is_told(asked):
    found = asked((0, 40), (0, 50))
    assert (found.gap, found.rate, found.why) == (None, 0.0, TOO_SMALL)


def test_means_that_do_not_vary_have_no_gap_and_others_that_of_their_errors(encode, names):
    rng = np.random.default_rng(2)
    of_group, value = np.repeat([0, 1, 2], [60, 40, 90]), rng.normal(size=190)
    for prediction, known in ((value, True), (1e-6 * value, True), (np.full(190, 0.3), False)):
        chosen, values = measured(table_of(encode, names, "regression", of_group, prediction=prediction), OPTIONS)
        mean = values["mean_prediction"]
        found = detectable(chosen, mean, disparity(chosen, mean, OPTIONS), 0.05)
        assert (found.people, found.rate) == ([], None)
        if known:
            order = np.argsort(-mean.law.error)
            assert found.members == [group(place) for place in order]
            first, second, third = mean.law.error[order]
            assert found.gap == pytest.approx(detectable_gap(first, second, 3, 0.05))
            assert found.largest_gap == pytest.approx(detectable_gap(second, third, 3, 0.05))
        else:
            assert (found.gap, found.largest_gap, found.why) == (None, None, TOO_SMALL)
            assert found.members == [group(0), group(1), group(2)]


def test_a_margin_is_that_of_the_measure_else_of_shares_where_it_is_one():
    options = Options(margin={"mean_prediction": 2.0, "tpr": 0.1})
    known = {name: margin_of(MEASURES[name], options) for name in ("mean_prediction", "tpr", "fpr", "calibration")}
    assert known == {"mean_prediction": 2.0, "tpr": 0.1, "fpr": 0.05, "calibration": 0.05}
    assert margin_of(MEASURES["rmse"], options) is None


@pytest.mark.parametrize("name", ["r2", "fnr", "jensen_shannon", "selection_rates", "equalized_odds"])
def test_a_margin_for_what_has_no_gaps_of_its_own_is_refused_with_what_has(name):
    with pytest.raises(
        OptionError, match=rf"^margin is given for '{name}', which is no measure with gaps between group"
    ):
        refuse_unknown_margins(Options(margin={name: 0.1}))


def test_margins_for_shares_and_for_measures_with_gaps_are_accepted():
    refuse_unknown_margins(Options(margin={"shares": 0.03, "tpr": 0.1, "mean_error": 2.0}))
