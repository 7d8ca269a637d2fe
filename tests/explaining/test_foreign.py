"""Models of other makers are taken apart by shap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from proxied import ETA, FEW, PROTECTED, SHAP, N, X, Y, needs_shap
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import fairaudit as fa
from fairaudit.errors import OptionError
from fairaudit.explaining.foreign import foreign


@needs_shap
@pytest.mark.filterwarnings(*SHAP)
def test_a_background_of_fractions_stands_for_whole_numbers_as_it_is():
    whole = pd.DataFrame({"a": np.arange(40) % 5, "b": np.arange(40) % 7})
    model = LinearRegression().fit(whole, 2 * whole["a"] - whole["b"])
    found, _, _ = foreign(model, whole, whole * 0 + 0.5, seed=0)
    np.testing.assert_allclose(found.values, np.column_stack([2 * (whole["a"] - 0.5), 0.5 - whole["b"]]), atol=1e-9)


@needs_shap
@pytest.mark.filterwarnings(*SHAP)
def test_a_foreign_linear_model_has_its_own_coefficients():
    numbers = X[["proxy", "number"]].iloc[:150]
    model = LinearRegression().fit(numbers, ETA[:150])
    found = fa.attribute(model, numbers, PROTECTED.iloc[:150], options=FEW)
    share = np.abs(model.coef_ * (numbers - numbers.mean())).mean()
    assert found.method == "shap permutation"
    assert found.importance == pytest.approx((share / share.sum()).to_dict(), abs=0.05)  # 100 rows stand for the mean
    whole = fa.attribute(model, numbers, background=numbers, options=FEW)
    assert whole.importance == pytest.approx((share / share.sum()).to_dict(), abs=1e-9)


@needs_shap
@pytest.mark.filterwarnings(*SHAP)
@pytest.mark.parametrize("kind", ["pipeline", "forest"])
def test_foreign_classifiers_are_taken_apart_on_their_own_scale(kind):
    if kind == "pipeline":
        encode = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
        model, rows, scale = make_pipeline(encode, LogisticRegression()).fit(X, Y), X, "decision function"
    else:
        rows, scale = X[["proxy", "number"]].to_numpy(), "log-odds"
        model = RandomForestClassifier(20, max_depth=3, random_state=0).fit(rows, Y)
    found = fa.attribute(model, rows, PROTECTED, rows=60, options=fa.Options(bootstrap=0, min_group=5))
    assert found.scale == scale
    for gap in found.gaps:
        assert sum(gap.contributions.values()) == pytest.approx(gap.gap, abs=1e-9)


@needs_shap
@pytest.mark.filterwarnings(*SHAP)
def test_many_features_of_a_foreign_model_are_told_apart():
    rng = np.random.default_rng(1)
    wide = pd.DataFrame(rng.normal(size=(60, 10)), columns=[f"v{index}" for index in range(10)])
    model = LinearRegression().fit(wide, wide @ np.arange(10))
    found = fa.attribute(model, wide, background=wide, options=fa.Options(bootstrap=0))
    share = np.abs(model.coef_ * (wide - wide.mean())).mean()
    assert found.importance == pytest.approx((share / share.sum()).to_dict(), abs=1e-9)


@needs_shap
@pytest.mark.filterwarnings(*SHAP)
def test_models_that_have_no_single_sum_are_refused():
    rng = np.random.default_rng(1)
    three = LogisticRegression().fit(X[["proxy"]], rng.integers(0, 3, N))
    with pytest.raises(OptionError, match="gives 3 numbers a row"):
        fa.attribute(three, X[["proxy"]])
    with pytest.raises(OptionError, match="no method to predict"):
        fa.attribute("model", X)
    multinomial = fa.PenalizedGLM("multinomial").fit(X, rng.integers(0, 3, N))
    assert len(fa.attribute(multinomial, X).classes) == 3  # one of ours has a sum for each class


def test_a_model_fitted_on_an_array_is_attributed_without_a_warning():
    values = X[["proxy"]].to_numpy()
    model = fa.PenalizedGLM("gaussian").fit(values, ETA)
    assert fa.attribute(model, values, options=FEW).importance == {"x0": 1.0}
