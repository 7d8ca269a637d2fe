"""The design matrix: centred columns, unseen levels, missing numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from designed import FRAME, RNG, N, raw
from sklearn.base import clone
from sklearn.preprocessing import SplineTransformer

from fairaudit.errors import OptionError
from fairaudit.models.features.design import Design
from fairaudit.models.glm import PenalizedGLM


@pytest.mark.parametrize("weight", [None, RNG.random(N)], ids=["equal", "weighted"])
def test_columns_are_centred_and_scaled_under_the_weights(weight):
    matrix = Design().fit(FRAME, sample_weight=weight).transform(FRAME)
    mean = np.average(matrix, axis=0, weights=weight)
    np.testing.assert_allclose(mean, 0, atol=1e-12)
    np.testing.assert_allclose(np.average((matrix - mean) ** 2, axis=0, weights=weight), 1, rtol=1e-10)


def test_each_column_belongs_to_its_factor():
    design = Design(n_knots=6).fit(FRAME)
    # A cubic spline over 6 knots has 8 functions, less one; three levels; a plain column; a spline and its holes.
    assert design.share_.sum(axis=0).tolist() == [7, 3, 1, 8]
    assert (design.share_.max(axis=1) == 1).all()
    assert design.transform(FRAME).shape == (N, 19)


@pytest.mark.parametrize("n_knots", [0, 3])
def test_without_knots_a_number_is_its_plain_column(n_knots):
    design = Design(n_knots=n_knots).fit(FRAME[["x"]])
    np.testing.assert_allclose(raw(design, FRAME), FRAME[["x"]], atol=1e-12)


def test_an_interaction_is_the_products_of_plain_columns_shared_between_its_factors():
    design = Design(interactions=[("x", "kind"), ("flag", "x")]).fit(FRAME)
    columns, main = raw(design, FRAME), 19
    # Pairs stand in the order of the features: the slope of x within each level, then the product of two numbers.
    x, flag = ((FRAME[name] - FRAME[name].mean()) / FRAME[name].std(ddof=0) for name in ("x", "flag"))
    for level, column in zip(("p", "q", "r"), columns[:, main:].T, strict=False):
        np.testing.assert_allclose(column, x * (FRAME["kind"] == level), atol=1e-12)
    np.testing.assert_allclose(columns[:, -1], x * flag, atol=1e-12)
    assert design.share_[main:].tolist() == [[0.5, 0.5, 0, 0]] * 3 + [[0.5, 0, 0.5, 0]]
    matrix = design.transform(FRAME)
    np.testing.assert_allclose(matrix.mean(axis=0), 0, atol=1e-12)


def test_the_interaction_of_a_constant_number_says_nothing():
    """The mean of 0.1, 0.1, … is not 0.1 to the last digit; divided by that spread it would be a column of ones."""
    frame = FRAME[["x"]].assign(same=0.1)
    assert np.average(frame["same"], weights=np.full(N, 1 / N)) != 0.1
    design = Design(n_knots=0, interactions="pairs").fit(frame, sample_weight=np.full(N, 1 / N))
    np.testing.assert_allclose(design.transform(frame)[:, 1:], 0, atol=1e-12)
    x = (FRAME["x"] - FRAME["x"].mean()) / FRAME["x"].std(ddof=0)
    np.testing.assert_allclose(design.transform(frame.assign(same=0.3))[:, 2], 0.2 * x, rtol=1e-9)


@pytest.mark.parametrize("size", [1e-15, 1e15])
def test_the_unit_of_a_plain_number_does_not_matter(size):
    one, other = (Design(n_knots=0).fit_transform(FRAME[["x"]] * unit) for unit in (1.0, size))
    np.testing.assert_allclose(other, one, rtol=1e-9)


def test_all_pairs_of_two_categories_are_their_joint_levels():
    frame = pd.DataFrame({"a": ["u", "v", "u", "v"], "b": ["s", "s", "t", "t"], "c": [1.0, 2.0, 4.0, 8.0]})
    design = Design(n_knots=0, interactions="pairs").fit(frame)
    columns = raw(design, frame)
    np.testing.assert_allclose(columns[:, 5:9], np.eye(4)[[0, 2, 1, 3]], atol=1e-12)
    assert columns.shape == (4, 2 + 2 + 1 + 4 + 2 + 2)


@pytest.mark.parametrize("wrong", ["triples", [("x", "zz")], [("x", "x")], [("x",)], [("x", "kind", "flag")]])
def test_interactions_of_what_does_not_exist_are_refused(wrong):
    with pytest.raises(OptionError, match="interaction"):
        Design(interactions=wrong).fit(FRAME)


def test_a_number_becomes_the_cubic_spline_with_knots_at_its_quantiles():
    knots = np.quantile(FRAME["x"], np.linspace(0, 1, 6), method="inverted_cdf")[:, None]
    spline = SplineTransformer(degree=3, knots=knots, extrapolation="linear", include_bias=False)
    expected = spline.fit_transform(FRAME[["x"]].to_numpy())
    np.testing.assert_allclose(raw(Design().fit(FRAME), FRAME)[:, :7], expected, atol=1e-12)


def test_beyond_its_range_a_spline_is_linear_for_a_tenth_of_it_and_then_stays():
    design = Design().fit(FRAME[["x"]])
    tenth = np.ptp(FRAME["x"]) / 10
    columns = design.transform(pd.DataFrame({"x": FRAME["x"].max() + tenth * np.array([0.0, 0.5, 1, 2, 1e6])}))
    np.testing.assert_allclose(np.diff(columns[:3], n=2, axis=0), 0, atol=1e-9)
    np.testing.assert_array_equal(columns[3:], columns[[2, 2]])


def test_a_plain_number_stays_there_too_unless_no_splines_were_asked_for():
    far = FRAME[["flag"]].iloc[:3].assign(flag=[1.0, 1.1, 50.0])
    stays, goes_on = (Design(n_knots=knots).fit(FRAME[["flag"]]).transform(far)[:, 0] for knots in (6, 0))
    assert stays[2] == pytest.approx(stays[1])
    assert goes_on[2] == pytest.approx(goes_on[0] + 490 * (goes_on[1] - goes_on[0]))


def test_numbers_beyond_a_tenth_of_the_range_are_far_beyond_it():
    design = Design().fit(FRAME)
    low, high = FRAME["x"].min(), FRAME["x"].max()
    margin = (high - low) / 10
    x = [low - 1.01 * margin, low - 0.99 * margin, 0.0, high + 0.99 * margin, high + 1.01 * margin, 1e9, np.nan]
    others = FRAME.drop(columns="x").iloc[: len(x)].assign(flag=100.0)
    outside = {name: (rows.sum(), *ends) for name, (rows, *ends) in design.beyond(others.assign(x=x)).items()}
    assert outside == {"x": (3, low, high), "flag": (7, 0.0, 1.0)}
    assert design.beyond(FRAME) == {}
    assert Design(n_knots=0).fit(FRAME).beyond(others.assign(x=x)) == {}  # lines that have no end


def test_a_missing_number_stands_at_the_median_with_a_column_of_its_own():
    design = Design().fit(FRAME[["hole"]])
    median = np.quantile(FRAME["hole"].dropna(), 0.5, method="inverted_cdf")
    hole, there = raw(design, pd.DataFrame({"hole": [np.nan, median]}))
    np.testing.assert_allclose(hole[:-1], there[:-1], atol=1e-12)
    assert (hole[-1], there[-1]) == pytest.approx((1, 0), abs=1e-12)


@pytest.mark.parametrize("options", [{"n_knots": -1}, {"n_knots": 2.5}, {"unseen": "ignore"}])
def test_options_without_meaning_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        Design(**options).fit(FRAME)


def test_a_number_without_any_value_is_two_constant_columns():
    frame = pd.DataFrame({"x": FRAME["x"], "empty": np.full(N, np.nan)})
    np.testing.assert_allclose(Design().fit(frame).transform(frame)[:, 7:], 0, atol=1e-12)


def test_it_clones():
    assert clone(Design(n_knots=4)).n_knots == 4


def knots(values, weight=None, n_knots=6):
    (encoder,) = Design(n_knots=n_knots).fit(pd.DataFrame({"x": values}), sample_weight=weight).encoders_
    return None if encoder["knots"] is None else encoder["knots"].tolist()


def test_a_count_that_is_mostly_0_has_a_knot_there_and_at_quantiles_of_the_other_rows():
    values = np.concatenate([np.zeros(900), np.arange(1, 101)])
    # Of the hundred others the quantiles 0, 1/4, 1/2, 3/4 and 1.
    assert knots(values) == [0, 1, 25, 50, 75, 100]
    assert knots(-values) == [-100, -76, -51, -26, -1, 0]


def test_each_of_a_few_frequent_values_is_a_knot():
    values = np.concatenate([np.zeros(500), np.full(400, 7.0), np.arange(1, 101) / 10])
    assert knots(values) == [0, 0.1, 3.3, 6.6, 7, 10]


@pytest.mark.parametrize("values", [[0, 1], [0, 1, 2], [0.0] * 900 + [5.0] * 50 + [9.0] * 50], ids=["2", "3", "3 rare"])
def test_a_number_of_three_values_stays_a_plain_column(values):
    assert knots(np.repeat(values, 10)) is None


def test_knots_count_weight_as_rows():
    values = np.concatenate([np.zeros(900), np.arange(1, 101)])
    assert knots(np.arange(101.0), np.array([900.0] + [1.0] * 100)) == knots(values)


def test_what_a_count_that_is_mostly_0_does_need_not_be_straight():
    rng = np.random.default_rng(1)
    count = np.where(rng.random(4000) < 0.85, 0, rng.integers(1, 15, 4000))
    frame, effect = pd.DataFrame({"count": count}), 2.0 * (count > 0)  # the first is what matters
    model = PenalizedGLM("gaussian").fit(frame, effect + rng.normal(size=4000))
    predicted = model.predict(pd.DataFrame({"count": [0, 1, 5, 14]}))
    np.testing.assert_allclose(predicted, [0, 2, 2, 2], atol=0.35)
