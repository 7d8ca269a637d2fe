"""The public functions on arrays: penalty, distance covariance, independence test."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import fairaudit as fa
from fairaudit.errors import OptionError, RoleError
from fairaudit.measures.dependence import UNEQUAL
from fairaudit.results import IndependenceTest

RNG = np.random.default_rng(7)
N = 240
FRAME = pd.DataFrame(
    {"race": RNG.choice(["a", "b", "c"], N), "sex": RNG.choice(["f", "m"], N), "age": RNG.integers(18, 60, N)}
)
F = RNG.normal(size=N) + (FRAME["race"] == "a").to_numpy(float)
WEIGHT = RNG.integers(1, 5, N) / 2


def centred(distance, weight):
    mean = distance @ weight
    return distance - mean[:, None] - mean[None, :] + weight @ mean


def columns(frame):
    """The published encoding, written out."""
    age = frame["age"].to_numpy(float)
    return {
        "race": (frame["race"].to_numpy(object)[:, None] == np.array(["a", "b", "c"], dtype=object)).astype(float),
        "sex": (frame["sex"] == "m").to_numpy(float)[:, None],
        "age": ((age - age.min()) / (age.max() - age.min()))[:, None],
    }


def distances(places):
    return np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))


def test_within_strata_it_is_the_share_weighted_sum_of_the_strata():
    rng = np.random.default_rng(1)
    strata = rng.integers(0, 3, N)
    value, gradient = fa.penalty(FRAME, "ccdcov", WEIGHT, strata=strata)(F)
    expected, slope = 0.0, np.zeros(N)
    encoded = np.hstack(list(columns(FRAME).values()))
    for stratum in range(3):
        mine = strata == stratum
        share = WEIGHT[mine].sum() / WEIGHT.sum()
        omega = WEIGHT[mine] / WEIGHT[mine].sum()
        coupled = centred(distances(encoded[mine]), omega) * np.outer(omega, omega)
        gap = F[mine][:, None] - F[mine][None]
        # The range of age is that of all rows: one encoding for all strata.
        expected += share * (coupled * np.abs(gap)).sum()
        slope[mine] = share * 2 * (coupled * np.sign(gap)).sum(axis=1)
    assert value == pytest.approx(expected, abs=1e-14)
    np.testing.assert_allclose(gradient, slope, atol=1e-15)


def test_rows_without_a_stratum_are_left_out():
    rng = np.random.default_rng(1)
    positive = np.where(rng.random(N) < 0.5, 1.0, np.nan)
    kept = ~np.isnan(positive)
    value, gradient = fa.penalty(FRAME, "dcov:race", strata=positive)(F)
    alone = fa.penalty(FRAME[kept], "dcov:race")(F[kept])
    assert value == pytest.approx(alone[0], abs=1e-15)
    np.testing.assert_allclose(gradient[kept], alone[1], atol=1e-16)
    assert (gradient[~kept] == 0).all()


def test_of_prediction_vectors_it_is_the_sum_over_the_classes():
    dependence = fa.penalty(FRAME, "jdcov")
    vectors = np.column_stack([F, F**2, -F])
    value, gradient = dependence(vectors)
    parts = [dependence(column) for column in vectors.T]
    assert value == pytest.approx(sum(amount for amount, _ in parts), abs=1e-15)
    np.testing.assert_array_equal(gradient, np.column_stack([slope for _, slope in parts]))


@pytest.mark.parametrize("scale", ["paper", "standardised", "equal"])
def test_each_scale_is_what_it_says(scale):
    omega = WEIGHT / WEIGHT.sum()
    parts = []
    for places in columns(FRAME).values():
        if scale == "standardised":
            places = places / np.sqrt(omega @ (places - omega @ places) ** 2)
        if scale == "equal":
            places = places / (omega @ distances(places) @ omega)
        parts.append(places)
    coupled = centred(distances(np.hstack(parts)), omega)
    expected = omega @ (coupled * np.abs(F[:, None] - F[None])) @ omega
    assert fa.penalty(FRAME, "ccdcov", WEIGHT, scale=scale)(F)[0] == pytest.approx(expected, abs=1e-13)
    assert fa.distance_covariance(F, FRAME, "ccdcov", WEIGHT, scale=scale).biased == pytest.approx(expected, abs=1e-13)


def test_equal_scale_makes_the_unit_of_an_attribute_irrelevant():
    money = FRAME.assign(age=FRAME["age"] * 1000.0)
    for kind in ("ccdcov", "dcov:age"):
        found = [fa.penalty(frame, kind, scale="equal")(F)[0] for frame in (FRAME, money)]
        assert found[0] == pytest.approx(found[1], rel=1e-12)


@pytest.mark.parametrize("c", [0.5, 1.0, 2.0])
def test_jdcov_weighs_lower_orders_by_c(c):
    omega = np.full(N, 1 / N)
    u = [-centred(distances(places), omega) for places in columns(FRAME).values()]
    uf = -centred(np.abs(F[:, None] - F[None]), omega)
    whole = np.mean((uf + c) * (u[0] + c) * (u[1] + c) * (u[2] + c)) - c**4
    attributes = c * (np.mean((u[0] + c) * (u[1] + c) * (u[2] + c)) - c**3)
    assert fa.penalty(FRAME, "jdcov", c=c)(F)[0] == pytest.approx(whole - attributes, abs=1e-13)


KINDS = ["dcov:age", "dcov:race", "sum", "ccdcov", "jdcov"]


def both_ways(frame):
    """The same people, age truly continuous: 300 levels, at exact places or in cells."""
    return frame.assign(age=frame["age"] + np.random.default_rng(1).random(len(frame)))


def measured(frame, f, kind, weight=None, exact=False):
    value, gradient = fa.penalty(frame, kind, weight, exact=exact)(f)
    return value, gradient


@pytest.fixture(scope="module", params=["whole years", "exact age", "age in cells"])
def people(request):
    """Attributes of 400 people, whether to take exact places, and predictions."""
    rng = np.random.default_rng(2)
    frame = pd.concat([FRAME, FRAME.iloc[:160]], ignore_index=True)
    f = rng.normal(size=400) + (frame["race"] == "a") * frame["age"] / 60
    if request.param != "whole years":
        frame = both_ways(frame)
    return frame, request.param == "exact age", f.to_numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_names_and_order_of_categories_change_nothing(people, kind):
    frame, exact, f = people
    renamed = frame.assign(race=frame["race"].map({"a": "zebra", "b": "ape", "c": "<b>|c"}), sex=frame["sex"] == "f")
    value, gradient = measured(frame, f, kind, exact=exact)
    again, again_gradient = measured(renamed, f, kind, exact=exact)
    assert again == pytest.approx(value, rel=1e-12, abs=1e-15)
    np.testing.assert_allclose(again_gradient, gradient, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_rows_changes_nothing(people, kind):
    frame, exact, f = people
    order = np.random.default_rng(3).permutation(len(f))
    value, gradient = measured(frame, f, kind, exact=exact)
    again, again_gradient = measured(frame.iloc[order], f[order], kind, exact=exact)
    assert again == pytest.approx(value, rel=1e-11, abs=1e-15)
    np.testing.assert_allclose(again_gradient, gradient[order], atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_weight_two_is_the_row_twice(people, kind):
    frame, exact, f = people
    weight = np.where(np.arange(len(f)) < 100, 2.0, 1.0)
    twice = np.append(np.arange(len(f)), np.arange(100))
    value, gradient = measured(frame, f, kind, weight, exact)
    again, again_gradient = measured(frame.iloc[twice], f[twice], kind, exact=exact)
    assert again == pytest.approx(value, rel=1e-11, abs=1e-15)
    folded = again_gradient[: len(f)].copy()
    folded[:100] += again_gradient[len(f) :]
    np.testing.assert_allclose(folded, gradient, atol=1e-14)


@pytest.mark.parametrize("kind", ["float32", "int64", "int8", "float64", "Int16", "object"])
def test_the_type_of_a_number_changes_nothing(kind):
    for column, measure in (("age", "dcov:age"), ("age", "ccdcov")):
        value, gradient = fa.penalty(FRAME, measure)(F)
        again, again_gradient = fa.penalty(FRAME.assign(**{column: FRAME[column].astype(kind)}), measure)(F)
        assert again == value
        np.testing.assert_array_equal(again_gradient, gradient)


def test_a_policy_cut_into_two_halves_of_its_exposure_changes_nothing():
    rng = np.random.default_rng(1)
    exposure = np.random.default_rng(4).uniform(0.1, 1, N)
    frame = FRAME.assign(claims=rng.poisson(0.3, N), expected=np.exp(F) * exposure, exposure=exposure)
    halves = frame.assign(expected=frame["expected"] / 2, exposure=exposure / 2, claims=frame["claims"] / 2)
    halves = pd.concat([halves, halves], ignore_index=True)
    options = fa.Options(bootstrap=0, permutations=0)
    whole, cut = (
        fa.audit(
            each, prediction="expected", exposure="exposure", task="count", protected=list(FRAME), options=options
        ).dependence
        for each in (frame, halves)
    )
    pairs = zip((*whole.dcov, whole.ccdcov, whole.jdcov), (*cut.dcov, cut.ccdcov, cut.jdcov), strict=True)
    for one, other in pairs:
        assert other.biased == pytest.approx(one.biased, rel=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(bad):
    spoilt = F.copy()
    spoilt[3] = bad
    with pytest.raises(ValueError, match="predictions must be finite"):
        fa.penalty(FRAME)(spoilt)
    weight = WEIGHT.copy()
    weight[3] = bad
    with pytest.raises(RoleError, match="weight must hold"):
        fa.penalty(FRAME, weight=weight)
    with pytest.raises(RoleError, match="age"):
        fa.penalty(FRAME.assign(age=np.where(np.arange(N) == 3, bad, FRAME["age"])))


def test_the_exact_measure_is_the_double_loop():
    frame = both_ways(pd.concat([FRAME, FRAME.iloc[:160]], ignore_index=True))
    f = np.random.default_rng(5).normal(size=400)
    omega = np.full(400, 1 / 400)
    encoded = columns(frame)
    coupled = centred(distances(np.hstack(list(encoded.values()))), omega)
    expected = omega @ (coupled * np.abs(f[:, None] - f[None])) @ omega
    assert fa.penalty(frame, exact=True)(f)[0] == pytest.approx(expected, rel=1e-11)
    found = fa.distance_covariance(f, frame, exact=True)
    assert (found.biased, found.error) == (pytest.approx(expected, rel=1e-11), None)
    rough = fa.distance_covariance(f, frame)
    assert rough.biased != pytest.approx(expected, rel=1e-6)
    assert abs(rough.biased + rough.error.estimate - expected) < 4 * rough.error.standard_error


@pytest.mark.parametrize("method", ["permutation", "chi-square"])
def test_planted_dependence_is_found_and_none_is_not(method):
    rng = np.random.default_rng(1)
    found = fa.independence_test(F, FRAME, "ccdcov", method=method, permutations=199)
    assert found.p_value <= 0.005
    assert found.method == method
    assert fa.independence_test(rng.normal(size=N), FRAME, "ccdcov", method=method, permutations=199).p_value > 0.05


def test_p_values_of_discrete_attributes_are_uniform_under_independence():
    coins = pd.DataFrame({"z": np.arange(60) % 2})
    p_values = [
        fa.independence_test(
            np.random.default_rng(draw).integers(0, 2, 60), coins, "dcov", permutations=99, seed=draw
        ).p_value
        for draw in range(400)
    ]
    for level in (0.05, 0.1, 0.3):
        assert np.mean(np.array(p_values) <= level) <= level + 3 * np.sqrt(level * (1 - level) / 400)


def test_the_same_seed_gives_the_same_p_value():
    rng = np.random.default_rng(1)
    weak = rng.normal(size=N)
    first, second = (fa.independence_test(weak, FRAME, "jdcov", permutations=99, seed=3) for _ in range(2))
    assert first == second
    assert first.permutations == 99


def test_its_measure_is_that_of_the_audit():
    frame = FRAME.assign(score=F)
    audit = fa.audit(frame, prediction="score", protected=list(FRAME), options=fa.Options(bootstrap=0, permutations=0))
    assert fa.distance_covariance(F, FRAME) == audit.dependence.ccdcov
    assert fa.distance_covariance(F, FRAME, "dcov:age") == audit.dependence.dcov[2]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: fa.penalty(FRAME, c=0.0), OptionError, "c is 0; it must be positive"),
        (lambda: fa.penalty(FRAME, strata=[None] * N), RoleError, "not all of them missing"),
        (lambda: fa.penalty(FRAME, strata=[1, 2]), RoleError, f"strata must hold {N} values"),
        (lambda: fa.distance_covariance(F[:-1], FRAME), RoleError, f"prediction must hold {N} finite numbers"),
        (lambda: fa.distance_covariance(np.full(N, np.nan), FRAME), RoleError, "finite"),
        (lambda: fa.distance_covariance(np.append(F[1:], np.inf), FRAME), RoleError, "finite"),
        (lambda: fa.distance_covariance(F, FRAME, "jdcov"), OptionError, "choose one of ccdcov, or dcov:NAME"),
        (lambda: fa.independence_test(F, FRAME, "sum"), OptionError, "choose one of ccdcov, jdcov"),
        (lambda: fa.independence_test(F, FRAME, "jdcov", method="chi-square"), OptionError, "method='permutation'"),
        (lambda: fa.independence_test(F, FRAME, method="magic"), OptionError, "auto, permutation, chi-square"),
        (lambda: fa.independence_test(F, FRAME, permutations=0), OptionError, "at least 1"),
        (lambda: fa.independence_test(F, FRAME, permutations="9"), OptionError, "a whole number is needed"),
        (lambda: fa.penalty(FRAME, c="x"), OptionError, "c is 'x'; a number is needed"),
        (lambda: fa.penalty(FRAME, 3), OptionError, "kind is 3; text is needed"),
        (lambda: fa.distance_covariance(F, FRAME, 3), OptionError, "kind is 3; text is needed"),
        (lambda: fa.penalty(FRAME, scale="metric"), OptionError, "scale 'metric' is unknown"),
        (lambda: fa.penalty(FRAME, weight=["x"] * N), RoleError, "weight must hold numbers"),
        (lambda: fa.distance_covariance(["x"] * N, FRAME), RoleError, "prediction must hold numbers"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("kind", ["dcov:income", "sum"])
def test_one_continuous_attribute_is_exact_without_cells(kind):
    rng = np.random.default_rng(1)
    n = 700
    frame = pd.DataFrame({"income": rng.lognormal(size=n), "sex": rng.choice(["f", "m"], n)})
    f = frame["income"].to_numpy() + rng.normal(size=n)
    omega = np.full(n, 1 / n)
    income = frame["income"].to_numpy()[:, None] / np.ptp(frame["income"])
    coupled = centred(distances(income), omega)
    if kind == "sum":
        coupled = coupled + centred(distances((frame["sex"] == "m").to_numpy(float)[:, None]), omega)
    gap = f[:, None] - f[None]
    measure = fa.penalty(frame, kind)
    value, gradient = measure(f)
    assert value == pytest.approx(omega @ (coupled * np.abs(gap)) @ omega, abs=1e-13)
    np.testing.assert_allclose(gradient, 2 / n**2 * (coupled * np.sign(gap)).sum(axis=1), atol=1e-15)
    floor = value - measure.excess(f)
    drawn = [measure(rng.permutation(f))[0] for _ in range(100)]
    assert floor == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / 10)


def test_a_column_may_have_any_name():
    plain = fa.penalty(FRAME[["sex", "age"]])(F)[0]
    for name in ("(rows)", "'", ""):
        assert fa.penalty(FRAME[["sex", "age"]].rename(columns={"sex": name}))(F)[0] == plain
    assert fa.penalty(FRAME[["sex", "age"]].rename(columns={"sex": "a", "age": "a'"}))(F)[0] == plain


@pytest.mark.parametrize(("rows", "method"), [(100_000, "permutation"), (100_001, "chi-square")])
def test_beyond_a_hundred_thousand_rows_the_law_is_taken_where_there_is_one(rows, method):
    f, coins = np.arange(rows) % 3 == 0, pd.DataFrame({"z": np.arange(rows) % 2})
    assert fa.independence_test(f, coins, "dcov", permutations=1).method == method
    assert fa.independence_test(f, coins, "jdcov", permutations=1).method == "permutation"


def test_the_chi_square_test_refers_the_correlation_and_the_effective_number_of_rows_to_its_law():
    for weight in (None, WEIGHT):
        found = fa.independence_test(F, FRAME, "dcov:race", weight, method="chi-square")
        correlation = fa.distance_covariance(F, FRAME, "dcov:race", weight).dcor_sq
        n = N if weight is None else weight.sum() ** 2 / (weight**2).sum()
        assert found == IndependenceTest(
            kind="dcov:race",
            p_value=pytest.approx(chi2.sf(n * correlation + 1, 1), rel=1e-9, abs=0),
            method="chi-square",
            dcor_sq=correlation,
            why=None if weight is None else UNEQUAL,
        )


def test_without_correlation_the_law_gives_no_p_value_but_the_reason():
    found = fa.independence_test(np.ones(N), FRAME, method="chi-square")
    assert (found.p_value, found.dcor_sq, found.why) == (None, None, "all values are equal")


def test_a_test_takes_quantile_cells_of_a_continuous_attribute_among_several():
    frame = both_ways(pd.concat([FRAME, FRAME.iloc[:160]], ignore_index=True))
    f = np.random.default_rng(5).normal(size=400)
    cells, exact = (fa.distance_covariance(f, frame, exact=exact).dcor_sq for exact in (False, True))
    assert fa.independence_test(f, frame, method="chi-square").dcor_sq == cells != pytest.approx(exact, rel=1e-6)


def test_a_permutation_test_counts_the_shuffles_that_reach_as_far_and_says_how_many_there_were():
    coins = pd.DataFrame({"z": [0, 1] * 4})
    f = np.array([1.0, 0, 1, 0, 1, 0, 1, 1])
    found = fa.independence_test(f, coins, "dcov")
    # Of the 56 ways to place three zeros among eight, 4 + 4 put all of them on one side of the coin.
    assert found.p_value == pytest.approx(8 / 56, abs=4 * np.sqrt(8 / 56 * 48 / 56 / 999))
    assert found == IndependenceTest(
        kind="dcov:z",
        p_value=found.p_value,
        method="permutation",
        permutations=999,
        dcor_sq=fa.distance_covariance(f, coins, "dcov").dcor_sq,
    )
    assert found.p_value * 1000 == pytest.approx(round(found.p_value * 1000))
    one = fa.independence_test(f, coins, "dcov", permutations=1)
    assert (one.permutations, one.p_value in (0.5, 1.0)) == (1, True)
    assert fa.independence_test(F, FRAME, "jdcov", permutations=9).dcor_sq is None


def test_what_is_not_asked_for_is_the_published_measure_of_equal_rows():
    plain = fa.penalty(FRAME)(F)[0]
    asked = {"c": 1.0, "scale": "paper", "exact": False, "group_weight": "size", "weight": np.ones(N)}
    assert fa.penalty(FRAME, "ccdcov", **asked)(F)[0] == plain
    assert fa.penalty(FRAME, "jdcov", c=1.0)(F)[0] == fa.penalty(FRAME, "jdcov")(F)[0]
    first, second = (
        fa.independence_test(F**2, FRAME, permutations=99, seed=0),
        fa.independence_test(F**2, FRAME, permutations=99),
    )
    assert first == second


@pytest.mark.parametrize("weight", [np.zeros(N), np.full(N, -1.0), np.append(-0.5, np.ones(N - 1)), np.ones(N - 1)])
def test_weights_are_as_many_numbers_as_rows_none_below_0_and_not_all_0(weight):
    with pytest.raises(RoleError, match=f"^weight must hold {N} finite numbers that are not negative and not all 0$"):
        fa.penalty(FRAME, weight=weight)


def test_a_row_of_weight_0_is_left_out():
    weight = np.append(0.0, np.ones(N - 1))
    kept = fa.distance_covariance(F[1:], FRAME.iloc[1:], "dcov:race")
    assert fa.distance_covariance(F, FRAME, "dcov:race", weight).biased == pytest.approx(kept.biased, rel=1e-12)


def test_a_single_stratum_of_few_rows_or_of_all_but_one_is_the_penalty_of_its_rows():
    for few in (5, N - 1):
        some = np.where(np.arange(N) < few, 7.0, np.nan)
        value, gradient = fa.penalty(FRAME, "dcov:sex", strata=some)(F)
        assert value == pytest.approx(fa.penalty(FRAME.iloc[:few], "dcov:sex")(F[:few])[0], abs=1e-15)
        assert value > 0
        assert (gradient[few:] == 0).all()
