"""Every dependence measure equals its definition by double centring of full matrices."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fairaudit.distance.coupling import MOST_TERMS, blocks, coupling, products, term_weights, unbiased_coupling
from fairaudit.errors import OptionError
from fairaudit.scoretable.cells import sum_by

ROOT = np.sqrt(2)
KINDS = ("dcov:s0", "sum", "ccdcov", "jdcov", "interaction")


@st.composite
def data(draw, most=3, least=4):
    """Predictions and the columns of one to `most` attributes: categories of 2 or 3 levels, then numbers."""
    n, d = draw(st.integers(least, 14)), draw(st.integers(1, most))
    f = np.array(draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))) / 4
    columns = []
    for _ in range(d):
        column = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
        assume(len(np.unique(column)) > 1)
        columns.append(column)
    return f, columns, draw(st.booleans())


def attributes(columns, numeric, names):
    """The columns named s0, s1, …; the last one a number where `numeric`."""
    made = {f"s{j}": names(column) for j, column in enumerate(columns)}
    if numeric:
        made[f"s{len(columns) - 1}"] = columns[-1].astype(float)
    return made


def distances(column):
    """Distances between rows under the paper's encoding, shape (n, n)."""
    if column.dtype != object:
        return np.abs(column[:, None] - column[None]) / np.ptp(column)
    apart = 1.0 if len(np.unique(column)) == 2 else ROOT
    return apart * (column[:, None] != column[None])


def whole(columns):
    return np.sqrt(sum(distances(column) ** 2 for column in columns))


def centred(matrix, weight):
    return matrix - (matrix @ weight)[:, None] - (matrix @ weight)[None] + weight @ matrix @ weight


def u_centred(matrix):
    n = len(matrix)
    rows = matrix.sum(axis=1)
    result = matrix - (rows[:, None] + rows[None]) / (n - 2) + matrix.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(result, 0)
    return result


def definition(kind, f, columns, weight, c=1.0):
    """The biased measure as a V-statistic over all pairs of rows."""
    spread = np.abs(f[:, None] - f[None])
    if kind.startswith("dcov:"):
        columns, kind = [columns[int(kind[-1])]], "ccdcov"
    if kind == "ccdcov":
        return weight @ (centred(spread, weight) * centred(whole(columns), weight)) @ weight
    if kind == "sum":
        return sum(definition("ccdcov", f, [column], weight) for column in columns)
    terms = [-centred(spread, weight), *(-centred(distances(column), weight) for column in columns)]
    total = 0.0
    for size in range(2, len(terms) + 1):
        for chosen in combinations(range(len(terms)), size):
            if kind == "interaction" and not (chosen[0] == 0 and size >= 3):
                continue
            product = np.prod([terms[j] for j in chosen], axis=0)
            total += c ** (len(terms) - size) * (weight @ product @ weight)
    return total


def unbiased_definition(kind, f, columns, c=1.0):
    n, spread = len(f), np.abs(f[:, None] - f[None])
    if kind.startswith("dcov:"):
        columns, kind = [columns[int(kind[-1])]], "ccdcov"
    if kind == "ccdcov":
        return (u_centred(spread) * u_centred(whole(columns))).sum() / (n * (n - 3))
    if kind == "sum":
        return sum(unbiased_definition("ccdcov", f, [column]) for column in columns)
    terms = [c - u_centred(spread), *(c - u_centred(distances(column)) for column in columns)]
    return np.prod(terms, axis=0).sum() / (n * (n - 3)) - c ** len(terms) * n / (n - 3)


def measure(kind, f, cells, weight, c=1.0):
    made = blocks(cells)
    if kind.startswith("dcov:"):
        made = made.only(kind.removeprefix("dcov:"))
    return coupling(kind, made, sum_by(made.cell, weight), c).value(f, made.cell, weight)


def unbiased(kind, f, cells, c=1.0):
    made, weight = blocks(cells), np.full(len(f), 1 / len(f))
    return unbiased_coupling(kind, made, sum_by(made.cell, weight * len(f)), c).value(f, made.cell, weight)


@pytest.mark.parametrize("kind", KINDS)
@given(drawn=data(), c=st.sampled_from([1.0, 0.5, 2.0]), random=st.integers(0, 2**31))
def test_biased_measures_equal_double_centring_of_full_matrices(encode, names, kind, drawn, c, random):
    f, columns, numeric = drawn
    made = attributes(columns, numeric, names)
    weight = np.random.default_rng(random).integers(0, 4, len(f)).astype(float)
    assume(weight.sum() > 0)
    weight /= weight.sum()
    for omega in (np.full(len(f), 1 / len(f)), weight):
        expected = definition(kind, f, list(made.values()), omega, c)
        # Products of at most four numbers below 3, summed with weights that sum to 1.
        assert measure(kind, f, encode(**made), omega, c) == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("kind", KINDS[:-1])
@given(drawn=data(), c=st.sampled_from([1.0, 0.5, 2.0]))
def test_unbiased_measures_equal_u_centring_of_full_matrices(encode, names, kind, drawn, c):
    f, columns, numeric = drawn
    made = attributes(columns, numeric, names)
    expected = unbiased_definition(kind, f, list(made.values()), c)
    assert unbiased(kind, f, encode(**made), c) == pytest.approx(expected, abs=1e-11)


def test_a_value_is_the_same_by_table_and_by_sorted_pass(encode, names):
    rng = np.random.default_rng(4)
    cells = encode(s0=names(rng.integers(0, 3, 600)), s1=rng.integers(0, 9, 600).astype(float))
    made = blocks(cells)
    weight = rng.dirichlet(np.ones(600))
    measured = coupling("ccdcov", made, sum_by(made.cell, weight))
    f = rng.integers(0, 200, 600) / 8  # few enough values for the table
    apart = f + rng.random(600) * 1e-12  # as good as equal, but too many for it
    assert len(np.unique(f)) <= 200 < 256 < len(np.unique(apart))
    assert measured.value(f, made.cell, weight) == pytest.approx(measured.value(apart, made.cell, weight), abs=1e-11)


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        ("xor", {"sum": 0, "ccdcov": (1 - ROOT / 2) / 4, "interaction": 1 / 8, "jdcov": 1 / 8}),
        ("first", {"sum": 1 / 4, "ccdcov": ROOT / 8, "interaction": 0, "jdcov": 1 / 4}),
    ],
)
@pytest.mark.parametrize("kind", KINDS[1:])
def test_two_fair_coins_have_the_values_worked_out_by_hand(encode, names, prediction, expected, kind):
    z1, z2 = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    f = (z1 ^ z2 if prediction == "xor" else z1).astype(float)
    cells = encode(z1=names(z1), z2=names(z2))
    assert measure(kind, f, cells, np.full(4, 0.25)) == pytest.approx(expected[kind], abs=1e-12)


def test_the_other_parity_of_two_coins_has_the_same_joint_dependence(encode, names):
    z1, z2 = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    cells = encode(z1=names(z1), z2=names(z2))
    same = (z1 == z2).astype(float)
    assert measure("jdcov", same, cells, np.full(4, 0.25)) == pytest.approx(1 / 8, abs=1e-12)


@given(drawn=data(most=3), c=st.sampled_from([1.0, 0.25, 3.0]))
def test_jdcov_is_the_sum_of_its_three_parts(encode, names, drawn, c):
    f, columns, numeric = drawn
    assume(len(columns) > 1)
    cells = encode(**attributes(columns, numeric, names))
    made, weight = blocks(cells), np.full(len(f), 1 / len(f))
    joint = coupling("jdcov", made, sum_by(made.cell, weight), c)
    parts = joint.constant + c ** (len(columns) - 1) * measure("sum", f, cells, weight, c)
    parts += measure("interaction", f, cells, weight, c)
    assert parts == pytest.approx(joint.value(f, made.cell, weight), abs=1e-12 * max(1, c**4))


@given(drawn=data())
def test_the_constant_of_jdcov_is_the_dependence_of_the_attributes_themselves(encode, names, drawn):
    f, columns, numeric = drawn
    made = attributes(columns, numeric, names)
    weight = np.full(len(f), 1 / len(f))
    joint = coupling("jdcov", blocks(encode(**made)), sum_by(blocks(encode(**made)).cell, weight))
    flat = np.zeros(len(f))
    assert joint.constant == pytest.approx(definition("jdcov", flat, list(made.values()), weight), abs=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_couplings_are_symmetric_and_doubly_centred(encode, names, kind):
    rng = np.random.default_rng(8)
    cells = encode(s0=names(rng.integers(0, 3, 50)), s1=names(rng.integers(0, 2, 50)), s2=rng.integers(0, 5, 50) / 1.0)
    made = blocks(cells)
    mass = sum_by(made.cell, rng.dirichlet(np.ones(50)))
    matrix = coupling(kind, made, mass, c=0.7).matrix
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-15)
    np.testing.assert_allclose(matrix @ mass, 0, atol=1e-14)


@pytest.mark.parametrize("kind", ["dcov:s0", "sum", "ccdcov"])
@given(drawn=data())
def test_distance_covariances_are_never_negative(encode, names, kind, drawn):
    f, columns, numeric = drawn
    cells = encode(**attributes(columns, numeric, names))
    assert measure(kind, f, cells, np.full(len(f), 1 / len(f))) >= -1e-14


@pytest.mark.parametrize("kind", KINDS)
def test_other_names_and_another_order_of_categories_change_nothing(encode, names, kind):
    rng = np.random.default_rng(2)
    f, race, sex = rng.random(80), rng.integers(0, 4, 80), rng.integers(0, 2, 80)
    renamed = np.array(["z", "B", "é", ""], dtype=object)[race]
    weight = rng.dirichlet(np.ones(80))
    before = measure(kind, f, encode(s0=names(race), s1=names(sex)), weight)
    after = measure(kind, f, encode(s0=renamed, s1=names(1 - sex)), weight)
    assert after == pytest.approx(before, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_order_of_attributes_changes_nothing(encode, names, kind):
    rng = np.random.default_rng(2)
    f, made = rng.random(80), {"a": names(rng.integers(0, 4, 80)), "b": rng.integers(0, 9, 80) / 1.0}
    weight = rng.dirichlet(np.ones(80))
    turned = dict(reversed(made.items()))
    expected = measure(kind, f, encode(**made), weight)
    assert measure(kind, f, encode(**turned), weight) == pytest.approx(expected, rel=1e-12)


def test_an_attribute_alone_is_measured_on_its_own_levels(encode, names):
    rng = np.random.default_rng(2)
    f, a, b = rng.random(60), names(rng.integers(0, 3, 60)), names(rng.integers(0, 4, 60))
    made, weight = blocks(encode(a=a, b=b)), np.full(60, 1 / 60)
    joint = coupling("dcov:b", made, sum_by(made.cell, weight)).value(f, made.cell, weight)
    assert joint == pytest.approx(definition("ccdcov", f, [b], weight), abs=1e-14)
    assert len(made.only("b").between[0]) == 4


def test_measures_without_meaning_are_refused(encode, names):
    made = blocks(encode(s0=names(np.array([0, 1]))))
    mass = np.array([0.5, 0.5])
    with pytest.raises(OptionError, match="'dcov:zz': 'zz' is not a protected attribute; they are: s0"):
        coupling("dcov:zz", made, mass)
    with pytest.raises(OptionError, match="penalty 'dcor' is unknown; choose one of none, dcov:NAME"):
        coupling("dcor", made, mass)
    with pytest.raises(OptionError, match="'interaction' has no unbiased version"):
        unbiased_coupling("interaction", made, 8 * mass)


def compas_cells(encode, compas, by):
    rows = compas.iloc[:3000]
    columns = {name: rows[name].to_numpy(float if name == "age" else object) for name in by.split("+")}
    return rows["decile_score"].to_numpy() / 10, encode(**columns)


@pytest.mark.parametrize("by", ["sex", "race", "age", "sex+race", "sex+race+age"])
def test_the_measures_on_real_data_are_the_reference_values(oracles, encode, compas, by):
    f, cells = compas_cells(encode, compas, by)
    weight = np.full(3000, 1 / 3000)
    if "+" not in by:
        assert measure(f"dcov:{by}", f, cells, weight) == pytest.approx(oracles["dcov_sq_biased"][by], abs=1e-10)
        assert unbiased(f"dcov:{by}", f, cells) == pytest.approx(oracles["dcov_sq_unbiased"][by], abs=1e-10)
        return
    assert measure("ccdcov", f, cells, weight) == pytest.approx(oracles["ccdcov_sq_biased"][by], abs=1e-10)
    assert unbiased("ccdcov", f, cells) == pytest.approx(oracles["ccdcov_sq_unbiased"][by], abs=1e-10)
    assert measure("jdcov", f, cells, weight) == pytest.approx(oracles["jdcov_sq_biased_c1"][by], abs=1e-10)
    assert unbiased("jdcov", f, cells) == pytest.approx(oracles["jdcov_sq_unbiased_c1"][by], abs=1e-10)
    made = blocks(cells)
    alone = coupling("jdcov", made, sum_by(made.cell, weight)).constant
    assert alone == pytest.approx(oracles["jdcov_sq_biased_c1_attributes_only"][by], abs=1e-10)


def test_dcor_gives_the_same_distance_covariance_of_an_integer_attribute(encode):
    import dcor  # takes seconds, so only here

    rng = np.random.default_rng(11)
    age = rng.integers(18, 80, 300).astype(np.float64)  # as float64: dcor overflows on integers
    f = rng.random(300) + age / 80
    scaled = (age - age.min()) / np.ptp(age)
    cells = encode(age=age)
    naive = {"method": dcor.DistanceCovarianceMethod.NAIVE}  # the definition; the fast way compiles for a minute
    biased = measure("dcov:age", f, cells, np.full(300, 1 / 300))
    assert biased == pytest.approx(dcor.distance_covariance_sqr(f, scaled, **naive), rel=1e-10)
    expected = dcor.u_distance_covariance_sqr(f, scaled, **naive)
    assert unbiased("dcov:age", f, cells) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("c", [1.0, 0.3])
@pytest.mark.parametrize("count", [2, MOST_TERMS, MOST_TERMS + 1, 15])
def test_the_sum_of_the_terms_of_all_orders_is_a_product(count, c):
    factors = list(np.random.default_rng(count).normal(0, 0.4, (count, 3, 3)))
    terms = [
        sum(np.prod([factors[place] for place in chosen], axis=0) for chosen in combinations(range(count), order))
        for order in range(1, count + 1)
    ]
    expected = c**count + sum(c ** (count - order) * term for order, term in enumerate(terms, 1))
    np.testing.assert_allclose(products(factors, term_weights("jdcov", count, c)), expected, rtol=1e-9, atol=1e-12)
