"""Options that all estimators share: declared, described and checked once, and flat as scikit-learn wants them."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest
from sklearn.base import clone

import fairaudit as fa
from fairaudit.errors import OptionError
from fairaudit.models.options import ModelOptions

ESTIMATORS = [fa.PenalizedGLM, fa.PenalizedBoosting, fa.PenalizedNetwork]
SHARED = [field.name for field in fields(ModelOptions)]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_estimator_has_the_shared_options_with_the_same_defaults(estimator):
    own, shared = estimator().get_params(), {field.name: field.default for field in fields(ModelOptions)}
    assert {name: own[name] for name in SHARED} == shared
    assert len(own) > len(shared)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_option_is_described_where_a_user_looks(estimator):
    words = estimator.__doc__.partition("Args:")[2].partition("Attributes:")[0]
    for name in estimator().get_params():
        assert words.count(f"\n        {name}: ") == 1, name


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_first_five_may_be_given_by_position_and_all_survive_a_clone(estimator):
    model = estimator("gaussian", "dcov", 0.0, 50.0, None, unseen="mean")
    assert (model.family, model.penalty, model.reduce, model.unseen) == ("gaussian", "dcov", 50.0, "mean")
    assert clone(model).get_params() == model.get_params()
    assert list(inspect.signature(estimator).parameters)[:5] == SHARED[:5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"random_state": -1}, "random_state is -1; it is a whole number from 0"),
        ({"strength": -1.0, "penalty": "sum"}, "strength is -1; it must not be negative"),
        ({"consistency": 1e13}, "consistency is 1e"),
        ({"reduce": 100.0, "penalty": "sum"}, "reduce is 100; it must lie between 0 and 100 per cent"),
        ({"max_loss": -1.0, "penalty": "sum"}, "max_loss is -1; it must be 0 per cent or more"),
        ({"strength": 1.0}, "strength needs a penalty"),
        ({"strength": 1.0, "reduce": 50.0, "penalty": "sum"}, "give strength or reduce, not both"),
        ({"group_weight": "alike"}, "group_weight 'alike' is unknown"),
        ({"decision_threshold": 0.5, "family": "gaussian"}, "decision_threshold is 0.5 for the gaussian family"),
        ({"knowledge": "income"}, "knowledge is 'income'; write knowledge="),
        ({"consistency": 1.0}, "consistency needs knowledge"),
        ({"family": "weibull"}, "family 'weibull' is unknown"),
    ],
)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_what_is_out_of_range_or_contradicts_itself_is_refused(estimator, options, message):
    with pytest.raises(OptionError, match=message):
        estimator(**options)._check_options()
