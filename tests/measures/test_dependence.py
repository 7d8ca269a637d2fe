"""Distance covariances of a score table: floors, correlations, the bound of quantile cells."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chi2
from several_classes import people as classed
from several_classes import scored

from fairaudit.chance.shuffles import Null, null_distributions
from fairaudit.distance.coupling import coupling
from fairaudit.measures.dependence import (
    CLUSTERED,
    CONSTANT,
    TOO_FEW,
    UNEQUAL,
    chi_square_p_value,
    dependence_measures,
    not_asked,
)
from fairaudit.results import Dependence, DependenceReport, JointDependence
from fairaudit.scoretable.cells import Cells
from fairaudit.scoretable.classes import vector_grid
from fairaudit.scoretable.grid import grid
from fairaudit.scoretable.table import score_table


def report(cells, f, weight=None):
    return dependence_measures(score_table(cells, "regression", prediction=f, weight=weight)).report({})


def every(found):
    """The five measures of a report on two attributes."""
    return [*found.dcov, found.ccdcov, found.jdcov]


def centred(matrix, weight):
    return matrix - (matrix @ weight)[:, None] - (matrix @ weight)[None] + weight @ matrix @ weight


def distances(column):
    if column.dtype == object:
        return (np.sqrt(2) if len(np.unique(column)) > 2 else 1.0) * (column[:, None] != column[None])
    return np.abs(column[:, None] - column[None]) / np.ptp(column)


def plain_dcov(f, columns, weight):
    between = np.sqrt(sum(distances(column) ** 2 for column in columns))
    return weight @ (centred(np.abs(f[:, None] - f[None]), weight) * centred(between, weight)) @ weight


@pytest.mark.parametrize("by", ["sex", "race", "age"])
def test_the_bias_corrected_correlation_is_the_reference_value(oracles, encode, compas, by):
    rows = compas.iloc[:3000]
    cells = encode(**{by: rows[by].to_numpy(float if by == "age" else object)})
    found = report(cells, rows["decile_score"].to_numpy() / 10)
    assert found.dcov[0].dcor_sq == pytest.approx(oracles["dcor_sq_bias_corrected"][by], abs=1e-10)
    assert found.ccdcov.dcor_sq == pytest.approx(found.dcov[0].dcor_sq, rel=1e-12)


def test_the_floor_is_the_mean_over_all_permutations(encode, names):
    f = np.array([0.0, 1.0, 1.0, 2.5, 7.0])
    cells = encode(a=names([0, 0, 1, 2, 1]), b=np.array([1.0, 4.0, 2.0, 2.0, 9.0]))
    shuffled = [report(cells, f[list(order)]) for order in permutations(range(5))]
    means = np.mean([[measure.biased for measure in every(one)] for one in shuffled], axis=0)
    assert len(shuffled) == 120
    for one in shuffled[:3]:
        assert [measure.floor for measure in every(one)] == pytest.approx(means, abs=1e-13)
        assert [measure.excess for measure in every(one)] == pytest.approx(
            [measure.biased - floor for measure, floor in zip(every(one), means, strict=True)], abs=1e-13
        )


def test_the_floor_is_the_mean_over_many_shuffles(encode, names):
    rng = np.random.default_rng(1)
    cells = encode(a=names(rng.integers(0, 4, 150)), b=rng.integers(0, 6, 150) / 1.0)
    f = rng.lognormal(size=150)
    drawn = np.array([[m.biased for m in every(report(cells, rng.permutation(f)))] for _ in range(200)])
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    off = (np.array([measure.floor for measure in every(report(cells, f))]) - drawn.mean(axis=0)) / error
    assert np.abs(off).max() < 4, off


def test_excess_unbiased_value_and_correlation_are_zero_on_average_under_independence(encode, names):
    rng = np.random.default_rng(6)
    seen = []
    for _ in range(200):
        cells = encode(a=names(rng.integers(0, 3, 60)), b=rng.integers(0, 9, 60) / 1.0)
        found = every(report(cells, rng.random(60)))
        # JdCov² of three blocks is left out: its unbiased form is itself biased, and depends on the attributes alone.
        seen.append([m.excess for m in found] + [value for m in found[:-1] for value in (m.unbiased, m.dcor_sq)])
    seen = np.array(seen)
    off = seen.mean(axis=0) / (seen.std(axis=0, ddof=1) / np.sqrt(len(seen)))
    assert np.abs(off).max() < 4, off


def test_a_prediction_that_is_the_attribute_has_correlation_one(encode):
    rng = np.random.default_rng(0)
    age = rng.integers(0, 50, 400).astype(float)
    assert report(encode(age=age), 3 * age + 2).ccdcov.dcor_sq == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("factor", [1e-6, 7.0])
def test_the_correlation_has_no_scale(encode, names, factor):
    rng = np.random.default_rng(2)
    cells, f = encode(a=names(rng.integers(0, 3, 90))), rng.random(90)
    before, after = (report(cells, value).ccdcov for value in (f, factor * f + 5))
    assert after.dcor_sq == pytest.approx(before.dcor_sq, abs=1e-9)
    assert after.biased == pytest.approx(factor * before.biased, rel=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_the_error_of_quantile_cells_is_within_its_bound_and_near_its_estimate(encode, names, seed):
    rng = np.random.default_rng(seed)
    age, race = rng.lognormal(size=600), names(rng.integers(0, 3, 600))
    f = np.sin(2 * age) + (race == "level 1") + rng.normal(size=600) / 4
    found = report(encode(a=age, b=race), f).ccdcov
    error = plain_dcov(f, [age, race], np.full(600, 1 / 600)) - found.biased
    assert 0 < abs(error) <= found.error.bound < 0.2
    assert abs(found.error.estimate - error) < 4 * found.error.standard_error
    assert found.error.standard_error < found.error.bound / 10


def test_one_continuous_attribute_is_exact(encode):
    rng = np.random.default_rng(4)
    age = rng.lognormal(size=600)
    f = np.round(np.sin(2 * age) + rng.normal(size=600), 1)
    found = report(encode(a=age), f)
    expected = plain_dcov(f, [age], np.full(600, 1 / 600))
    for measure in every(found):
        assert measure.biased == pytest.approx(expected, rel=1e-11)
        assert measure.error is None
    assert found.jdcov.pairs == pytest.approx(expected, rel=1e-11)


def test_the_exact_report_is_that_of_cells_that_hold_equal_rows(encode, names):
    """300 distinct ages: the exact way over all pairs against a coupling between all of their cells."""
    rng = np.random.default_rng(9)
    ages = np.sort(rng.lognormal(size=300))
    age, race, sex = rng.choice(ages, 700), names(rng.integers(0, 3, 700)), names(rng.integers(0, 2, 700))
    age[:300] = ages
    f = np.round(np.sin(age) + (race == "level 1") * (sex == "level 1") + rng.normal(size=700), 1)
    cells = encode(a=age, b=race, c=sex)
    places = cells.places[0]
    each = replace(cells.attributes[0], coordinates=np.unique(places)[:, None])
    level = np.searchsorted(np.unique(places), places)
    fine = Cells((each, *cells.attributes[1:]), np.column_stack([level, cells.levels[:, 1:]]), (None,) * 3)
    table = score_table(cells, "regression", prediction=f)
    exact = dependence_measures(table, pairwise=True).report({})
    for mine, theirs in zip(every(exact), every(report(fine, f)), strict=True):
        for name in ("biased", "unbiased", "floor", "excess"):
            assert getattr(mine, name) == pytest.approx(getattr(theirs, name), abs=1e-13), name
    theirs = report(fine, f)
    assert exact.ccdcov.dcor_sq == pytest.approx(theirs.ccdcov.dcor_sq, rel=1e-10)
    for name in ("attributes_only", "pairs", "interaction"):
        assert getattr(exact.jdcov, name) == pytest.approx(getattr(theirs.jdcov, name), abs=1e-13)
    assert exact.jdcov.interaction_by_order == pytest.approx(theirs.jdcov.interaction_by_order, abs=1e-13)
    assert exact.ccdcov.error is None


def test_exact_cells_have_no_error(encode, names):
    found = report(encode(a=names([0, 1, 0, 1])), np.array([1.0, 2, 3, 4]))
    assert [measure.error for measure in every(found)] == [None] * 3


def test_unequal_weights_leave_out_the_unbiased_value_and_say_why(encode, names):
    rng = np.random.default_rng(3)
    cells = encode(a=names(rng.integers(0, 3, 80)), b=rng.integers(0, 6, 80) / 1.0)
    f, weight = rng.random(80), rng.integers(1, 5, 80).astype(float)
    for measure in every(report(cells, f, weight)):
        assert measure.unbiased is None
        assert measure.why == UNEQUAL
        assert measure.biased == pytest.approx(measure.floor + measure.excess)
    for measure in every(report(cells, f, np.full(80, 2.5))):
        assert measure.unbiased is not None
        assert measure.why is None


def test_weighted_values_equal_those_of_the_repeated_rows(encode, names):
    rng = np.random.default_rng(3)
    a, b, f = names(rng.integers(0, 3, 80)), rng.integers(0, 6, 80) / 1.0, rng.random(80)
    weight = rng.integers(1, 5, 80)
    again = np.repeat(np.arange(80), weight)
    weighted = every(report(encode(a=a, b=b), f, weight.astype(float)))
    repeated = every(report(encode(a=a[again], b=b[again]), f[again]))
    for one, other in zip(weighted, repeated, strict=True):
        assert one.biased == pytest.approx(other.biased, abs=1e-14)


def test_the_weighted_correlation_is_the_excess_over_the_biased_variances(encode, names):
    rng = np.random.default_rng(9)
    a, f, weight = names(rng.integers(0, 3, 50)), rng.random(50), rng.integers(1, 4, 50).astype(float)
    omega = weight / weight.sum()
    variances = [omega @ centred(matrix, omega) ** 2 @ omega for matrix in (distances(a), np.abs(f[:, None] - f[None]))]
    found = report(encode(a=a), f, weight).ccdcov
    assert found.dcor_sq == pytest.approx(found.excess / np.sqrt(np.prod(variances)), rel=1e-10)


@pytest.mark.parametrize("n", [6, 30, 240])
@pytest.mark.parametrize("value", [0.0, 0.1, 1.0, 1234.5])
def test_constant_predictions_depend_on_nothing_and_have_no_correlation(encode, names, n, value):
    """To a computer the mean of a number over many rows is not that number, nor its distance variance 0."""
    cells = encode(a=names(np.arange(n) % 3))
    for f in (np.full(n, value), value * (1 + 1e-15 * np.arange(n) / n)):
        for weight in (None, np.random.default_rng(1).random(n)):
            found = report(cells, f, weight).ccdcov
            assert (found.biased, found.floor) == pytest.approx((0, 0), abs=1e-12)
            assert (found.dcor_sq, found.why) == (None, CONSTANT)


def test_the_parts_of_jdcov_add_up_and_one_attribute_has_no_interaction(encode, names):
    rng = np.random.default_rng(5)
    f, a, b = rng.random(70), names(rng.integers(0, 3, 70)), names(rng.integers(0, 2, 70))
    found = report(encode(a=a, b=b), f).jdcov
    assert found.attributes_only + found.pairs + found.interaction == pytest.approx(found.biased, abs=1e-15)
    alone = report(encode(a=a), f)
    assert (alone.jdcov.attributes_only, alone.jdcov.interaction) == pytest.approx((0, 0), abs=1e-15)
    assert alone.jdcov.biased == pytest.approx(alone.ccdcov.biased, abs=1e-15)


@pytest.mark.parametrize("n", [2, 3])
def test_too_few_rows_for_the_unbiased_value_are_named_as_the_reason(encode, names, n):
    found = report(encode(a=names(np.arange(n) % 2)), np.arange(n) / 1.0).ccdcov
    assert found.unbiased is None
    assert found.why is not None
    assert found.why != UNEQUAL  # the weights are equal


def test_a_row_that_has_all_the_weight_leaves_nothing_undefined(encode, names):
    found = report(encode(a=names([0, 1, 1])), np.array([1.0, 2, 3]), np.array([0.0, 0, 1])).ccdcov
    for value in (found.biased, found.floor, found.excess):
        assert value is None or np.isfinite(value)


def test_standard_error_is_the_spread_over_samples(encode, names):
    found, errors = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        group = rng.integers(0, 3, 400)
        f = rng.normal(size=400) + 0.8 * (group == 1)
        table = score_table(encode(s=names(group)), "regression", prediction=f)
        measures = dependence_measures(table)
        found.append(measures.single("ccdcov", {}).biased)
        errors.append(measures.standard_error("ccdcov", grid(table.value, table.weight)))
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.2)


def people(seed, n=120, weighted=False, clustered=False):
    """The score table of people of three races and some ages, of unequal weight or with several rows."""
    rng = np.random.default_rng(seed)
    race, age, f = rng.integers(0, 3, n), rng.integers(0, 6, n) / 1.0, rng.integers(0, 9, n) / 8
    weight = rng.choice([0.0, 1.0, 2.0], n) if weighted else None
    person = rng.integers(0, n // 4, n) if clustered else None
    return lambda encode, names: score_table(
        encode(a=names(race), b=age), "regression", prediction=f, weight=weight, cluster=person
    )


def observed_on_grid(measures, points, centred=False):
    """Each measure as its shuffles see it: of the table of masses by value and cell."""
    views = measures.views(points, centred)
    nothing = null_distributions(measures.table, points.index, measures.blocks.cell, views, 0, np.random.default_rng(0))
    return {kind: null.observed for kind, null in nothing.items()}


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_what_is_shuffled_is_the_measure_without_the_part_of_the_attributes_alone(encode, names, weighted, centred):
    table = people(2, weighted=weighted)(encode, names)
    measures = dependence_measures(table)
    found = observed_on_grid(measures, grid(table.value, table.weight), centred)
    told = measures.report({})
    assert list(found) == ["dcov:a", "dcov:b", "ccdcov", "jdcov"]
    assert list(found.values()) == pytest.approx(
        [told.dcov[0].biased, told.dcov[1].biased, told.ccdcov.biased, told.jdcov.biased - told.jdcov.attributes_only],
        rel=1e-11,
    )


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "c")])
def test_what_is_shuffled_of_classes_is_the_sum_over_them(classes, centred):
    table = scored(classed(150, classes), prediction="p_*")
    measures = dependence_measures(table)
    found, told = observed_on_grid(measures, vector_grid(table), centred), measures.report({})
    assert found["ccdcov"] == pytest.approx(told.ccdcov.biased, rel=1e-11)
    assert found["dcov:sex"] == pytest.approx(told.dcov[0].biased, rel=1e-11)
    assert found["jdcov"] == pytest.approx(told.jdcov.biased - told.jdcov.attributes_only, rel=1e-11)


def test_a_centred_statistic_is_0_where_values_and_cells_are_independent_whatever_the_masses_of_the_cells(
    encode, names
):
    table = people(2)(encode, names)
    measures, points = dependence_measures(table), grid(table.value, table.weight)
    rng = np.random.default_rng(1)
    whole = rng.dirichlet(np.ones(len(points.values)))[:, None] * rng.dirichlet(np.ones(len(measures.blocks.levels)))
    for centred in (False, True):
        for view in measures.views(points, centred):
            merged = np.array([np.bincount(view.group, row) for row in whole])
            other = rng.dirichlet(np.ones(merged.size)).reshape(merged.shape)
            for statistic in view.statistics.values():
                assert (abs(float(statistic(merged))) < 1e-14) == centred
                both = statistic(np.array([[other], [merged]]))
                assert both.shape == (2, 1)
                assert both[:, 0] == pytest.approx([float(statistic(other)), float(statistic(merged))], abs=1e-14)


@pytest.mark.parametrize("kind", ["dcov:a", "dcov:b", "ccdcov", "jdcov"])
@pytest.mark.parametrize(("weighted", "clustered"), [(False, False), (True, False), (True, True)])
def test_the_standard_error_is_its_formula_over_all_pairs_of_rows(encode, names, kind, weighted, clustered):
    table = people(3, 60, weighted, clustered)(encode, names)
    measures, points = dependence_measures(table), grid(table.value, table.weight)
    line = np.repeat(np.arange(len(table)), table.rows.astype(int))
    omega = (table.weight / table.rows)[line]
    blocks = measures.blocks if kind in ("ccdcov", "jdcov") else measures.blocks.only(kind[5:])
    matrix = coupling(kind, blocks, np.bincount(blocks.cell, table.weight)).matrix
    coupled = matrix[np.ix_(blocks.cell[line], blocks.cell[line])]
    f = table.value[line]
    apart = centred(np.abs(f[:, None] - f), omega)
    h = (coupled * apart) @ omega
    bearing = omega * (h - omega @ h)
    squares = omega
    if clustered:
        person = table.cluster[line]
        bearing = np.array([bearing[person == one].sum() for one in np.unique(person)])
        squares = np.array([omega[person == one].sum() for one in np.unique(person)])
    first = 4 * (bearing**2).sum()
    second = 2 * (squares**2).sum() ** 2 * (omega @ coupled**2 @ omega) * (omega @ apart**2 @ omega)
    assert measures.standard_error(kind, points) == pytest.approx(np.sqrt(first + second), rel=1e-10)


def test_where_no_shuffle_reaches_so_far_the_smaller_p_value_of_the_law_is_told(encode, names):
    rng = np.random.default_rng(4)
    a = rng.integers(0, 3, 200)
    table = score_table(encode(a=names(a)), "regression", prediction=a + rng.random(200))
    measures = dependence_measures(table)
    value = measures.single("ccdcov", {})
    law = chi_square_p_value(value.dcor_sq, 200)
    few, reached = Null(value.biased, np.zeros(9)), Null(value.biased, np.array([0.0, value.biased, 0.0]))
    told = measures.single("ccdcov", {"ccdcov": few})
    assert law < few.p_value == 0.1
    assert (told.p_value, told.p_error) == (pytest.approx(law, rel=1e-9, abs=0), 0.0)
    told = measures.single("ccdcov", {"ccdcov": reached})
    assert (told.p_value, told.p_error) == (0.5, pytest.approx(0.25))
    assert measures.single("ccdcov", {"dcov:a": few}).p_value is None


def test_where_no_shuffle_reaches_a_weak_dependence_their_own_p_value_stays(encode, names):
    rng = np.random.default_rng(5)
    table = score_table(encode(a=names(rng.integers(0, 3, 200))), "regression", prediction=rng.random(200))
    measures = dependence_measures(table)
    null = Null(1.0, np.zeros(999))
    told = measures.single("ccdcov", {"ccdcov": null})
    assert (told.p_value, told.p_error) == (null.p_value, null.p_error)
    joint = measures.report({"jdcov": null}).jdcov
    assert (joint.p_value, joint.p_error) == (null.p_value, null.p_error)
    bare = measures.report({}).jdcov
    assert (bare.p_value, bare.p_error) == (None, None)


def test_intervals_are_asked_for_by_measure_value_and_scale(encode, names):
    table = people(6)(encode, names)
    measures, asked = dependence_measures(table), []

    def errors(kind, value, scale):
        asked.append((kind, value, scale))
        return (value - scale, value + scale)

    told = measures.report({}, errors)
    bare = measures.report({})
    scales = [one.unbiased / one.dcor_sq for one in (*told.dcov, told.ccdcov)]
    expected = []
    for kind, one, scale in zip(("dcov:a", "dcov:b", "ccdcov"), (*told.dcov, told.ccdcov), scales, strict=True):
        expected += [(kind, one.excess, 1.0), (kind, one.dcor_sq, pytest.approx(scale))]
        assert one.interval == (one.excess - 1, one.excess + 1)
        assert one.dcor_interval == pytest.approx((one.dcor_sq - scale, one.dcor_sq + scale))
    assert asked == [*expected, ("jdcov", told.jdcov.excess, 1.0)]
    assert told.jdcov.interval == (told.jdcov.excess - 1, told.jdcov.excess + 1)
    assert {one.interval for one in (*bare.dcov, bare.ccdcov, bare.jdcov)} == {None}
    constant = score_table(encode(a=names(np.arange(20) % 2)), "regression", prediction=np.ones(20))
    alike = dependence_measures(constant).single("ccdcov", {}, lambda kind, value, scale: (0.0, 1.0))
    assert (alike.interval, alike.dcor_interval) == ((0.0, 1.0), None)


def test_four_rows_are_enough_for_the_unbiased_value_and_repeated_people_have_none(encode, names):
    f = np.array([0.0, 1.0, 2.5, 3.0])
    cells = encode(a=names([0, 1, 0, 2]))
    found = report(cells, f).ccdcov
    apart, between = np.abs(f[:, None] - f), distances(np.array(["0", "1", "0", "2"], dtype=object))

    def hollow(matrix):
        rows = matrix.sum(axis=1)
        inner = matrix - rows[:, None] / 2 - rows / 2 + rows.sum() / 6
        return inner * (1 - np.eye(4))

    assert found.unbiased == pytest.approx((hollow(apart) * hollow(between)).sum() / 4)
    assert found.why is None
    three = report(encode(a=names([0, 1, 0])), np.array([0.0, 1.0, 3.0])).ccdcov
    assert (three.unbiased, three.why) == (None, TOO_FEW)
    table = score_table(cells, "regression", prediction=f, cluster=np.array([0, 0, 1, 1]))
    people_of_two_rows = dependence_measures(table).report({})
    assert {one.unbiased for one in every(people_of_two_rows)} == {None}
    assert {one.why for one in every(people_of_two_rows)} == {CLUSTERED}


COINS = np.array([[place >> coin & 1 for coin in range(3)] for place in range(8)])


@pytest.mark.parametrize(
    ("f", "pairs", "orders"),
    [
        (COINS[:, 0] ^ COINS[:, 1], 0.0, {"2": 1 / 8, "3": 0.0}),
        (COINS[:, 0] ^ COINS[:, 1] ^ COINS[:, 2], 0.0, {"2": 0.0, "3": 1 / 16}),
        (COINS[:, 0], 1 / 4, {"2": 0.0, "3": 0.0}),
    ],
)
def test_of_fair_coins_each_order_of_interaction_has_its_known_value(encode, names, f, pairs, orders):
    joint = report(encode(**{name: names(coin) for name, coin in zip("abc", COINS.T, strict=True)}), f / 1.0).jdcov
    assert joint.interaction_by_order == pytest.approx(orders, abs=1e-15)
    assert (joint.pairs, joint.attributes_only) == (pytest.approx(pairs, abs=1e-15), pytest.approx(0, abs=1e-15))
    assert joint.interaction == pytest.approx(sum(orders.values()), abs=1e-15)


@pytest.mark.parametrize(("count", "orders"), [(1, []), (2, ["2"]), (8, list("2345678")), (9, [])])
def test_interactions_are_told_by_order_of_up_to_eight_attributes(encode, names, count, orders):
    rng = np.random.default_rng(1)
    columns = {f"x{place}": names(rng.integers(0, 2, 30)) for place in range(count)}
    joint = report(encode(**columns), rng.random(30)).jdcov
    assert list(joint.interaction_by_order) == orders
    if orders:
        assert sum(joint.interaction_by_order.values()) == pytest.approx(joint.interaction, rel=1e-9)
    assert (joint.interaction == 0) == (count == 1)


def continuous(encode, names, weighted):
    rng = np.random.default_rng(8)
    age, race = rng.lognormal(size=600), names(rng.integers(0, 3, 600))
    f = np.round(np.sin(2 * age) + (race == "level 1") + rng.normal(size=600) / 4, 1)
    return encode(a=age, b=race), f, rng.integers(1, 4, 600) / 1.0 if weighted else None


@pytest.mark.parametrize("weighted", [False, True])
def test_several_attributes_are_measured_at_the_levels_of_a_number_and_one_alone_at_its_places(encode, names, weighted):
    cells, f, weight = continuous(encode, names, weighted)
    found, placed = report(cells, f, weight), report(cells.at_levels(), f, weight)
    alone = report(cells.only("a"), f, weight)
    parts = (
        "biased",
        "floor",
        "excess",
        "pairs",
        "interaction",
        "attributes_only",
        *([] if weighted else ["unbiased"]),
    )
    for name in parts:
        assert getattr(found.jdcov, name) == pytest.approx(getattr(placed.jdcov, name), rel=1e-9), name
    assert found.ccdcov.dcor_sq == pytest.approx(placed.ccdcov.dcor_sq, rel=1e-9)
    assert found.dcov[0].dcor_sq == pytest.approx(alone.dcov[0].dcor_sq, rel=1e-9)
    assert alone.ccdcov.dcor_sq == alone.dcov[0].dcor_sq
    assert found.dcov[0].dcor_sq != pytest.approx(placed.dcov[0].dcor_sq, rel=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_bound_of_the_error_of_quantile_cells_is_its_formula_and_is_told_of_ccdcov_alone(encode, names, weighted):
    cells, f, weight = continuous(encode, names, weighted)
    omega = np.full(600, 1 / 600) if weight is None else weight / weight.sum()
    apart, moved = np.abs(f[:, None] - f) @ omega, cells.displacement
    found = report(cells, f, weight)
    bound = 4 * omega @ (apart * moved) + 4 * (omega @ moved) * (omega @ apart)
    assert found.ccdcov.error.bound == pytest.approx(bound)
    assert found.jdcov.error.bound is None
    assert abs(found.jdcov.error.estimate) < bound
    assert found.jdcov.error.standard_error > 0
    assert [one.error for one in found.dcov] == [None, None]


def test_the_p_value_of_the_law_is_of_one_degree_never_0_and_1_far_below_independence():
    assert chi_square_p_value(0.02, 100) == pytest.approx(chi2.sf(3, 1))
    assert chi_square_p_value(0.0, 100) == pytest.approx(chi2.sf(1, 1))
    assert chi_square_p_value(-0.5, 100) == 1.0
    assert chi_square_p_value(1.0, 1e9) == np.finfo(float).tiny


def test_what_is_not_asked_for_has_no_number_but_the_reason():
    found = not_asked(["a", "b"])
    nothing = {"unbiased": None, "biased": None, "floor": None, "excess": None, "p_value": None, "why": "not asked for"}
    single = [Dependence(attribute=name, dcor_sq=None, **nothing) for name in ("a", "b", "a × b")]
    joint = JointDependence(attributes_only=None, pairs=None, interaction=None, **nothing)
    assert found == DependenceReport(dcov=single[:2], ccdcov=single[2], jdcov=joint)


def test_an_attribute_of_one_level_has_no_correlation(encode, names):
    found = report(encode(a=names([0] * 6)), np.arange(6.0)).ccdcov
    assert (found.biased, found.dcor_sq, found.why) == (0, None, CONSTANT)
