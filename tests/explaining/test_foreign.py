"""Models of other makers are taken apart by shap."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from proxied import ETA, FEW, PROTECTED, SHAP, N, X, Y, needs_shap
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import SVC

import fairaudit as fa
from fairaudit.errors import OptionError
from fairaudit.explaining.foreign import Foreign, foreign

pytestmark = [needs_shap, *(pytest.mark.filterwarnings(each) for each in SHAP)]
NO_DRAWS = fa.Options(bootstrap=0, min_group=5)


def wide(count, rows=12):
    rng = np.random.default_rng(count)
    return pd.DataFrame(rng.normal(size=(rows, count)), columns=[f"v{index}" for index in range(count)])


def by_every_order(sums, rows, background):
    """Shapley values as they are defined: the mean change over all orders in which features are replaced."""
    values = np.zeros(rows.shape)
    orders = list(permutations(range(rows.shape[1])))
    for row, own in enumerate(rows):
        for order in orders:
            mixed, last = background.copy(), sums(background).mean()
            for feature in order:
                mixed[:, feature] = own[feature]
                now = sums(mixed).mean()
                values[row, feature] += (now - last) / len(orders)
                last = now
    return values


@pytest.mark.parametrize("count", [2, 4])
def test_values_are_the_mean_change_over_all_orders_where_features_interact_in_pairs(count):
    rows, background = wide(count), wide(count, 5) + 1

    def sums(values):
        return np.exp(values[:, -1]) * values[:, 0] + np.tanh(values[:, count // 2])

    model = Foreign(lambda frame: sums(frame.to_numpy()), "unit")
    attributed, linear = foreign(model, rows, background, 0)
    expected = by_every_order(sums, rows.to_numpy(), background.to_numpy())
    np.testing.assert_allclose(attributed.values, expected, atol=1e-12)
    np.testing.assert_allclose(linear, sums(rows.to_numpy()))
    assert attributed.method == "shap permutation"


def test_a_background_of_fractions_stands_for_whole_numbers_as_it_is():
    whole = pd.DataFrame({"a": np.arange(40) % 5, "b": np.arange(40) % 7})
    model = LinearRegression().fit(whole, 2 * whole["a"] - whole["b"])
    found, _ = foreign(Foreign.of(model, whole), whole, whole * 0 + 0.5, 0)
    np.testing.assert_allclose(found.values, np.column_stack([2 * (whole["a"] - 0.5), 0.5 - whole["b"]]), atol=1e-9)


def test_a_foreign_linear_model_has_its_own_coefficients():
    numbers = X[["proxy", "number"]].iloc[:150]
    model = LinearRegression().fit(numbers, ETA[:150])
    found = fa.attribute(model, numbers, PROTECTED.iloc[:150], options=FEW)
    share = np.abs(model.coef_ * (numbers - numbers.mean())).mean()
    assert found.method == "shap permutation"
    assert found.importance == pytest.approx((share / share.sum()).to_dict(), abs=0.05)  # 100 rows stand for the mean
    whole = fa.attribute(model, numbers, background=numbers, options=FEW)
    assert whole.importance == pytest.approx((share / share.sum()).to_dict(), abs=1e-9)


@pytest.mark.parametrize("kind", ["pipeline", "forest"])
def test_foreign_classifiers_are_taken_apart_on_their_own_scale(kind):
    if kind == "pipeline":
        encode = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
        model, rows, scale = make_pipeline(encode, LogisticRegression()).fit(X, Y), X, "decision function"
    else:
        rows, scale = X[["proxy", "number"]].to_numpy(), "log-odds"
        model = RandomForestClassifier(20, max_depth=3, random_state=0).fit(rows, Y)
    found = fa.attribute(model, rows, PROTECTED, rows=60, options=NO_DRAWS)
    assert found.scale == scale
    assert found.classes == {}
    for gap in found.gaps:
        assert sum(gap.contributions.values()) == pytest.approx(gap.gap, abs=1e-9)


def three_classes():
    utility = np.column_stack([0 * ETA, 2 * X["proxy"], -X["number"]])
    return np.array(["left", "none", "right"])[(utility + np.random.default_rng(0).gumbel(size=(N, 3))).argmax(axis=1)]


def test_every_class_of_a_foreign_model_has_an_attribution():
    numbers, y = X[["proxy", "number"]], three_classes()
    model = LogisticRegression().fit(numbers, y)
    found = fa.attribute(model, numbers, PROTECTED, background=numbers, options=NO_DRAWS)
    assert found.scale == "log-odds against the mean of the classes"
    assert list(found.classes) == ["left", "none", "right"]
    slope = model.coef_ - model.coef_.mean(axis=0)
    away = (numbers - numbers.mean()).to_numpy()
    for k, name in enumerate(found.classes):
        share = np.abs(slope[k] * away).mean(axis=0)
        assert list(found.classes[name].importance.values()) == pytest.approx(share / share.sum(), abs=1e-9)
        for gap in found.classes[name].gaps:
            mine = (PROTECTED["sex"] == gap.cell["sex"]).to_numpy()
            assert list(gap.contributions.values()) == pytest.approx(slope[k] * away[mine].mean(axis=0), abs=1e-9)
    over_classes = [sum(each.gaps[0].contributions[factor] for each in found.classes.values()) for factor in numbers]
    assert over_classes == pytest.approx([0, 0], abs=1e-12)


def test_classes_of_texts_and_categories_in_a_pipeline_are_told_apart():
    rows = X.assign(kind=X["kind"].astype("category"), town=np.where(np.arange(N) % 7 == 0, None, X["kind"]))
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["kind", "town"]), remainder="passthrough"
    )
    model = make_pipeline(encode, RandomForestClassifier(5, max_depth=4, random_state=0)).fit(rows, three_classes())
    found = fa.attribute(model, rows, PROTECTED, rows=40, options=NO_DRAWS)
    assert set(found.classes) == {"left", "none", "right"}
    assert sum(found.importance.values()) == pytest.approx(1)
    assert max(found.importance, key=found.importance.get) == "proxy"


class Rule:
    """A model without a trace of scikit-learn, which only predicts, by the names of columns."""

    def __init__(self, labels):
        self.labels = labels

    def predict(self, frame):
        return np.array(self.labels)[np.digitize(frame["number"], np.linspace(-0.5, 0.5, len(self.labels) - 1))]


def test_a_model_that_only_predicts_labels_is_taken_apart_by_how_often_it_predicts_each():
    for labels in (["no", "yes"], ["high", "low", "middle"]):
        found = fa.attribute(Rule(labels), X, PROTECTED, rows=60, options=NO_DRAWS)
        assert found.scale.startswith("predicted class (1, others 0)")
        assert found.importance == {"proxy": 0, "number": 1, "kind": 0}
        assert list(found.classes) == (labels if len(labels) > 2 else [])
    numbers = fa.attribute(Rule([0.5, 2.0, 3.5]), X, rows=60, options=NO_DRAWS)
    assert (numbers.scale, numbers.classes) == ("unit of the prediction", {})


def test_models_whose_sums_are_those_of_no_class_are_refused():
    rng = np.random.default_rng(1)
    rows = X[["proxy"]]
    several = LinearRegression().fit(rows, rng.normal(size=(N, 3)))
    with pytest.raises(OptionError, match="gives 3 numbers a row; attributions are for one"):
        fa.attribute(several, rows)
    pairs = make_pipeline(SVC(decision_function_shape="ovo")).fit(rows, three_classes())
    with pytest.raises(OptionError, match="decides by 3 numbers a row, which are not those of its classes one by one"):
        fa.attribute(pairs, rows)
    both = RandomForestClassifier(2).fit(rows, np.column_stack([Y, Y]))
    with pytest.raises(OptionError, match="predicts several outcomes at once"):
        fa.attribute(both, rows)
    with pytest.raises(OptionError, match="no method to predict"):
        fa.attribute("model", X)
    one = fa.attribute(SVC().fit(rows, three_classes()), rows, rows=20, options=NO_DRAWS)
    assert (len(one.classes), one.scale) == (3, "decision function against the mean of the classes")


def test_a_model_fitted_on_an_array_is_attributed_without_a_warning():
    values = X[["proxy"]].to_numpy()
    model = fa.PenalizedGLM("gaussian").fit(values, ETA)
    assert fa.attribute(model, values, options=FEW).importance == {"x0": 1.0}
    assert fa.attribute(LinearRegression().fit(values, ETA), values, options=FEW).importance == {"x0": 1.0}
