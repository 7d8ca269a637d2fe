"""The Jensen–Shannon divergence between groups, its test, and the densities that it compares."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2_contingency

from fairaudit.errors import OptionError
from fairaudit.measures.divergence import density, g_test, grid_points, jensen_shannon
from fairaudit.options import parse_density
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import grid

TABLES = arrays(
    float, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=st.sampled_from([0.0, 1.0, 2.0, 7.0])
).filter(lambda table: table.sum() > 0)


def entropy(shares):
    return -sum(share * np.log2(share) for share in shares if share > 0)


def plain_divergence(mass):
    """H(Σ π_g p_g) − Σ π_g H(p_g), as it is defined."""
    mixture = [sum(mass[group][point] for group in range(len(mass))) for point in range(len(mass[0]))]
    value = entropy(mixture)
    for row in mass:
        if row.sum() > 0:
            value -= row.sum() * entropy(row / row.sum())
    return value


@given(TABLES)
def test_the_divergence_equals_its_definition(table):
    mass = table / table.sum()
    assert jensen_shannon(mass) == pytest.approx(plain_divergence(mass), abs=1e-14)


@given(TABLES)
def test_it_lies_between_zero_and_the_entropy_of_shares_and_points(table):
    mass = table / table.sum()
    value = jensen_shannon(mass)
    assert 0 <= value <= min(entropy(mass.sum(axis=1)), entropy(mass.sum(axis=0))) + 1e-14


@given(arrays(float, 4, elements=st.integers(1, 9)), arrays(float, 6, elements=st.integers(0, 9)))
def test_it_is_zero_where_all_groups_have_one_distribution(shares, distribution):
    assume(distribution.sum() > 0)
    mass = np.outer(shares / shares.sum(), distribution / distribution.sum())
    assert jensen_shannon(mass) == 0


@given(arrays(float, 5, elements=st.integers(1, 9)))
def test_it_is_the_entropy_of_the_shares_where_no_two_groups_share_a_point(shares):
    mass = np.diag(shares / shares.sum())
    assert jensen_shannon(mass) == pytest.approx(entropy(np.diagonal(mass)), abs=1e-14)


def test_two_equal_groups_apart_are_one_bit():
    assert jensen_shannon(np.array([[0.5, 0], [0, 0.5]])) == 1


@given(TABLES, st.randoms(use_true_random=False))
def test_it_does_not_see_the_order_of_groups_or_points(table, random):
    rows, columns = (random.sample(range(size), size) for size in table.shape)
    mass = table / table.sum()
    assert jensen_shannon(mass[rows][:, columns]) == pytest.approx(jensen_shannon(mass), abs=1e-14)


def test_many_tables_at_once_are_the_tables_one_by_one():
    mass = np.random.default_rng(0).dirichlet(np.ones(12), size=(3, 2)).reshape(3, 2, 3, 4)
    np.testing.assert_allclose(jensen_shannon(mass), [[jensen_shannon(each) for each in row] for row in mass])


@given(TABLES)
def test_the_g_test_is_that_of_the_likelihood_ratio(table):
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    p_value, trusted = g_test(table)
    if min(kept.shape) < 2:
        assert (p_value, trusted) == (None, False)
        return
    expected = chi2_contingency(kept, correction=False, lambda_="log-likelihood")
    assert p_value == pytest.approx(expected.pvalue, rel=1e-8, abs=1e-12)
    assert trusted == (expected.expected_freq.min() >= 5)
    statistic = 2 * table.sum() * np.log(2) * jensen_shannon(table / table.sum())
    assert statistic == pytest.approx(expected.statistic, abs=1e-10)


@pytest.mark.parametrize(("counts", "trusted"), [([[10, 10], [5, 5]], True), ([[9, 10], [5, 5]], False)])
def test_the_law_of_the_g_test_is_trusted_from_five_expected_rows_on(counts, trusted):
    assert g_test(np.array(counts, dtype=float))[1] == trusted


def test_the_g_test_rejects_five_per_cent_under_independence():
    rng = np.random.default_rng(7)
    p_values = []
    for _ in range(600):
        group, point = rng.integers(0, 3, 400), rng.choice(4, 400, p=[0.4, 0.3, 0.2, 0.1])
        counts = np.zeros((3, 4))
        np.add.at(counts, (group, point), 1)
        p_values.append(g_test(counts)[0])
    error = np.sqrt(0.05 * 0.95 / 600)
    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=3 * error)
    assert np.mean(p_values) == pytest.approx(0.5, abs=3 * np.sqrt(1 / 12 / 600))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("bins", ("bins", None)), ("bins:2", ("bins", 2)), ("bins:1000", ("bins", 1000)), ("kde:0.15", ("kde", 0.15))],
)
def test_densities_are_read_as_written(text, expected):
    assert parse_density(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "kde", "kde:", "kde:0", "kde:-1", "kde:inf", "kde:nan", "kde:x", "bins:1", "bins:2.5", "bins:1001", "bins:",
     "bins:nan", "hist", "Bins"],
)  # fmt: skip
def test_other_densities_are_refused_with_examples(text):
    with pytest.raises(OptionError, match=f"^density '{text}' is unknown; write bins, bins:20"):
        parse_density(text)


@pytest.mark.parametrize("text", ["bins", "bins:3", "bins:20", "bins:100", "kde:0.1"])
def test_the_grid_is_fine_enough_and_a_multiple_of_the_bins(text):
    points, bins = grid_points(text), int(parse_density(text)[1] or 16) if text.startswith("bins") else 1
    assert points % bins == 0
    assert max(bins, 16) <= points < 64 + bins or points == bins


@pytest.mark.parametrize(
    ("text", "points"),
    [("bins", 32), ("bins:2", 32), ("bins:3", 33), ("bins:20", 40), ("bins:32", 32), ("bins:33", 33), ("bins:100", 100),
     ("kde:0.1", 32)],
)  # fmt: skip
def test_the_grid_has_the_fewest_points_from_32_on_that_are_a_multiple_of_the_bins(text, points):
    assert grid_points(text) == points


def test_bins_are_sixteen_where_no_number_is_asked_for_and_fewer_where_single_values_are_heavy():
    value, weight = np.arange(800.0), np.full(800, 1 / 800)
    own = grid(value, weight, 32)
    assert density("bins", own, weight).name == "bins:16"
    assert density("bins", own, weight).bin.tolist() == np.repeat(np.arange(16), 2).tolist()
    heavy = np.where(value == 799, 1.0, 1e-9)
    heavy /= heavy.sum()
    of_one = grid(value, heavy, 800)
    assert density("bins:4", replace(of_one, exact=False), heavy).name == "bins:2"


def test_a_group_without_mass_has_a_kernel_density_of_none():
    value, weight = np.array([0.0, 0.4, 1.0]), np.full(3, 1 / 3)
    smooth = density("kde:0.2", grid(value, weight), weight)(np.array([[0.5, 0.25, 0.25], [0.0, 0.0, 0.0]]))
    assert smooth.sum(axis=1) == pytest.approx([1.0, 0.0])
    assert (smooth[1] == 0).all()


def test_a_kernel_density_is_called_as_it_was_asked_for_and_taken_at_a_thousand_points():
    value, weight = np.array([-1.0, 0.4, 3.0]), np.full(3, 1 / 3)
    shape = density("kde:0.150", grid(value, weight), weight)
    assert (shape.name, shape.bin) == ("kde:0.15", None)
    assert (len(shape.kernel.points), shape.kernel.points[0], shape.kernel.points[-1]) == (1000, -1.0, 3.0)
    least = 4 / 999 / 2
    assert density(f"kde:{least * 1.001}", grid(value, weight), weight).kernel.bandwidth == pytest.approx(
        least, rel=0.01
    )
    with pytest.raises(OptionError, match=r"over -1 to 3 is taken; choose at least 0\.002, or bins$"):
        density(f"kde:{least * 0.999}", grid(value, weight), weight)


def test_differences_of_entropy_beyond_rounding_are_told():
    step = 1e-5
    mass = np.array([[0.25 + step, 0.25 - step], [0.25, 0.25]])
    assert 0 < jensen_shannon(mass) == pytest.approx(plain_divergence(mass), rel=1e-3)


def test_few_values_are_compared_as_they_are():
    value, weight = np.array([1.0, 2, 2, 5]), np.full(4, 0.25)
    own = grid(value, weight)
    shape = density("bins", own, weight)
    assert shape.name == "discrete"
    mass = np.array([[0.25, 0.25, 0], [0, 0.25, 0.25]])
    np.testing.assert_array_equal(shape(mass), mass)


@pytest.mark.parametrize("bins", [4, 16])
def test_many_values_fall_into_bins_of_equal_mass_whatever_their_scale(bins):
    rng = np.random.default_rng(2)
    value, weight = rng.lognormal(sigma=2, size=3000), np.full(3000, 1 / 3000)
    own = grid(value, weight, grid_points(f"bins:{bins}"))
    shape = density(f"bins:{bins}", own, weight)
    mass = shape(sum_by(own.index, weight)[None])
    assert shape.name == f"bins:{bins}"
    np.testing.assert_allclose(mass, 1 / bins, atol=2 * bins / 3000)
    of_logs = grid(np.log(value), weight, grid_points(f"bins:{bins}"))
    np.testing.assert_array_equal(of_logs.index, own.index)


def test_a_kernel_density_keeps_the_shares_and_equals_its_definition():
    value, weight = np.array([0.1, 0.5, 0.5, 1.0]), np.full(4, 0.25)
    group = np.array([0, 0, 1, 1])
    own = grid(value, weight)
    mass = sum_by(group * 3 + own.index, weight).reshape(2, 3)
    smooth = density("kde:0.15", own, weight)(mass)
    points = np.linspace(0.1, 1.0, 1000)
    for each in (0, 1):
        bells = sum(np.exp(-((points - f) ** 2) / (2 * 0.15**2)) for f in value[group == each])
        np.testing.assert_allclose(smooth[each], 0.5 * bells / bells.sum(), rtol=1e-12)


@pytest.mark.parametrize("text", ["bins:2", "kde:0.2"])
def test_densities_of_many_tables_at_once_are_those_of_the_tables(text):
    rng = np.random.default_rng(1)
    value, weight = rng.random(40), np.full(40, 1 / 40)
    shape = density(text, replace(grid(value, weight), exact=False), weight)
    mass = rng.dirichlet(np.ones(120), size=4).reshape(4, 3, 40)
    np.testing.assert_allclose(shape(mass), [shape(each) for each in mass], rtol=1e-12)


def test_kernels_of_many_values_are_added_up_in_parts(monkeypatch):
    rng = np.random.default_rng(3)
    value, weight = rng.random(250), np.full(250, 1 / 250)
    mass = rng.random((4, 2, 250))
    own = grid(value, weight, 250)
    whole = density("kde:0.1", own, weight)(mass)
    monkeypatch.setattr("fairaudit.measures.divergence.KDE_CHUNK", 7)
    np.testing.assert_allclose(density("kde:0.1", own, weight)(mass), whole, rtol=1e-12)


def test_a_kernel_density_of_many_values_takes_little_memory():
    value, weight = np.arange(100_000.0), np.full(100_000, 1e-5)
    own = grid(value, weight, len(value))
    mass = np.full((2, len(value)), 5e-6)
    tracemalloc.start()
    density("kde:5e3", own, weight)(mass)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.parametrize("bandwidth", ["1e-200", "1e-320", "4e-4"])
def test_kernels_narrower_than_the_points_they_are_taken_at_are_refused(bandwidth):
    own = grid(np.array([0.0, 0.3, 1.0]), np.full(3, 1 / 3))
    with pytest.raises(OptionError, match=r"falls between the 1,000 points .* over 0 to 1 .* at least 0\.0005"):
        density(f"kde:{bandwidth}", own, np.full(3, 1 / 3))


def test_just_wide_enough_kernels_weigh_every_value_alike():
    value = np.linspace(0, 1, 777)
    own = grid(value, np.full(777, 1 / 777), 777)
    kernel = density("kde:0.000501", own, np.full(777, 1 / 777)).kernel
    sums = kernel.smooth(np.eye(777)).sum(axis=1)[1:-1]  # at the ends half of a kernel is outside
    assert sums.max() / sums.min() < 1.03


@pytest.mark.parametrize("by", ["race", "sex+race"])
def test_the_divergences_on_real_data_are_the_reference_values(oracles, compas, by):
    rows = compas.iloc[:3000]
    _, group = np.unique(rows[by.split("+")].agg("|".join, axis=1), return_inverse=True)
    weight = np.full(3000, 1 / 3000)
    own = grid(rows["decile_score"].to_numpy() / 10, weight)
    mass = sum_by(group * 10 + own.index, weight).reshape(-1, 10)
    value = jensen_shannon(density("kde:0.15", own, weight)(mass))
    assert value == pytest.approx(oracles["jsd_bits_kde_0.15_1000"][by], abs=1e-10)
    _, text = np.unique(rows["score_text"], return_inverse=True)
    value = jensen_shannon(sum_by(group * 3 + text, weight).reshape(-1, 3))
    assert value == pytest.approx(oracles["jsd_bits_discrete_score_text"][by], abs=1e-10)


ANOTHER = """
import numpy as np
from fairaudit.measures import divergence
from fairaudit.measures.measure import EVERY, Measure, OfDistributions

def total_variation(mass):
    apart = mass - mass.sum(axis=-1, keepdims=True) * mass.sum(axis=-2, keepdims=True)
    return np.abs(apart).sum(axis=(-2, -1)) / 2

divergence.DIVERGENCE += (
    Measure(
        name="total_variation", number=98, label="total variation", about="share of the mass to move; 0: none",
        formula="½ Σ |π_g p_g − π_g p|", unit="number", better="lower", tasks=EVERY, needs=(),
        statistics=("excess",), kind="divergence", of_distributions=OfDistributions(total_variation, "shares"),
    ),
)
"""
LIMITED = """
[data.main]
source = "rows.csv"
decision = "hired"
protected = ["sex"]
[[limit]]
measure = "total_variation"
max = 0.05
"""


@pytest.fixture(scope="module")
def with_another(tmp_path_factory):
    """The command line with one more entry in this file, run in a folder with a table and a limit on that entry."""
    folder = tmp_path_factory.mktemp("another")
    rows = ["a,1"] * 75 + ["a,0"] * 25 + ["b,1"] * 25 + ["b,0"] * 75
    (folder / "rows.csv").write_text("\n".join(["sex,hired", *rows]))
    (folder / "fairaudit.toml").write_text(LIMITED)

    def run(*arguments):
        script = (
            f"{ANOTHER}\nimport sys\nfrom fairaudit.cli import main\nsys.argv = {['fairaudit', *arguments]!r}\nmain()"
        )
        return subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)

    return folder, run


@pytest.fixture(scope="module")
def audited(with_another):
    """What such an audit prints, its JSON and its Markdown."""
    folder, run = with_another
    reports = ("--report", "audit.json", "--report", "audit.md")
    printed = run("audit", "rows.csv", "--decision", "hired", "--protected", "sex", *reports).stdout
    return printed, json.loads((folder / "audit.json").read_text()), (folder / "audit.md").read_text()


def test_one_more_entry_is_measured_told_and_tested_by_shuffles(audited):
    _, audit, _ = audited
    known = {divergence["name"]: divergence for divergence in audit["divergence"]}
    another = known["total_variation"]
    # Each group of half the rows lies a quarter from the mean of both, on yes and on no: ½ · 4 · ½ · ¼.
    assert another["value"] == pytest.approx(0.25)
    assert 0 < another["floor"] < 0.05
    assert another["excess"] == pytest.approx(another["value"] - another["floor"])
    assert another["interval"][0] < another["excess"] < another["interval"][1]
    assert (another["test"], another["unit"]) == ("permutation", "shares")
    assert known["jensen_shannon"]["test"] == "G-test"
    assert audit["measures"]["total_variation"]["label"] == "total variation"


def test_one_more_entry_stands_in_every_report_in_its_own_table(audited):
    printed, _, page = audited
    assert "JSD (bits) by sex" in printed
    assert "total variation (shares) by sex" in printed
    assert page.index("Jensen–Shannon divergence in bits") < page.index("total variation in shares")


def test_one_more_entry_can_be_limited(with_another):
    _, run = with_another
    checked = run("check")
    assert checked.returncode == 1
    assert "FA398" in checked.stdout
