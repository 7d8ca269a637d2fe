"""Bootstrap replicates vary as rows that are drawn with replacement, whether drawn by row or by segment."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

from fairaudit.chance.bootstrap import BUCKETS, bucket_of, drawn_buckets, drawn_masses, interval, segments
from fairaudit.data.roles import Protected
from fairaudit.errors import SizeError
from fairaudit.measures.group_values import group_values
from fairaudit.options import Options
from fairaudit.scoretable.cells import cells
from fairaudit.scoretable.grid import grid, groups
from fairaudit.scoretable.table import score_table

DRAWS = 3000
WITHIN = 0.06
"""A standard deviation of 3,000 draws is known to 1.3%; the linearised one is off by about 1/n. Four times that."""


def measured(table, draws=DRAWS, seed=0):
    """Every measure with replicates of the rows, each a line of its own."""
    own = grid(table.value, table.weight)
    made = segments(table, own, draws, np.random.default_rng(seed), aligned=True)
    chosen = groups(table.attributes, table.level, (0,))
    return group_values(table, own, made, chosen, Options(), probability=True)


def spread_of_ratio(top, bottom):
    """Linearised standard deviation of Σ top / Σ bottom when rows are drawn with replacement."""
    ratio = top.sum() / bottom.sum()
    return np.sqrt(((top - ratio * bottom) ** 2).sum()) / bottom.sum()


def rows_of(task, weighting):
    """Rows of two groups whose predictions repeat, so that rows that are alike share a line."""
    rng = np.random.default_rng(12)
    n = 3000
    group = rng.integers(0, 2, n)
    weight = {
        "equal": None,
        "all ten": np.full(n, 10.0),
        "all a tenth": np.full(n, 0.1),
        "unequal": rng.lognormal(sigma=0.7, size=n),
    }[weighting]
    f = rng.integers(1, 9, n) / 10
    if task == "binary":
        return group, f, (rng.random(n) < f).astype(float), (f > 0.45).astype(float), None, weight
    if task == "regression":
        return group, 10 * f, 10 * f + rng.normal(size=n), None, None, weight
    exposure = rng.integers(1, 13, n) / 12
    return group, f * exposure, rng.poisson(f * exposure) / 1.0, None, exposure, weight


def expected_spreads(task, f, y, decision, exposure, weight, mine):
    w = (np.ones(len(f)) if weight is None else weight)[mine]
    f, y = f[mine], y[mine]
    if task == "binary":
        d = decision[mine]
        return {
            "mean_prediction": spread_of_ratio(w * f, w),
            "base_rate": spread_of_ratio(w * y, w),
            "selection_rate": spread_of_ratio(w * d, w),
            "tpr": spread_of_ratio(w * y * d, w * y),
            "ppv": spread_of_ratio(w * y * d, w * d),
            "accuracy": spread_of_ratio(w * (y == d), w),
            "calibration": spread_of_ratio(w * (y - f), w),
        }
    if task == "regression":
        mse = (w * (y - f) ** 2).sum() / w.sum()
        return {
            "mean_prediction": spread_of_ratio(w * f, w),
            "mean_outcome": spread_of_ratio(w * y, w),
            "mean_error": spread_of_ratio(w * (y - f), w),
            "rmse": spread_of_ratio(w * (y - f) ** 2, w) / (2 * np.sqrt(mse)),
        }
    e = exposure[mine]
    return {
        "frequency": spread_of_ratio(w * y, w * e),
        "mean_prediction": spread_of_ratio(w * f, w * e),
        "actual_expected": spread_of_ratio(w * y, w * f),
    }


@pytest.mark.parametrize("weighting", ["equal", "unequal"])
@pytest.mark.parametrize("task", ["binary", "regression", "count"])
def test_replicates_of_rows_vary_as_the_rows_call_for(encode, names, task, weighting):
    group, f, y, decision, exposure, weight = rows_of(task, weighting)
    columns = {"outcome": y, "decision": decision, "exposure": exposure, "weight": weight}
    found = measured(score_table(encode(g=names(group)), task, prediction=f, merge=False, **columns))
    off = {}
    for g in (0, 1):
        for name, spread in expected_spreads(task, f, y, decision, exposure, weight, group == g).items():
            off[g, name] = found[name].replicates[:, g].std(ddof=1) / spread - 1
    assert {place: round(float(value), 3) for place, value in off.items() if not abs(value) <= WITHIN} == {}


@pytest.mark.parametrize("weighting", ["equal", "all ten", "all a tenth", "unequal"])
def test_masses_drawn_by_segment_vary_and_covary_as_those_of_rows_do(encode, names, weighting):
    """With rows drawn with replacement a mass has the variance Σ ω² − (Σ ω)²/n, two of them −(Σ ω)(Σ ω')/n."""
    group, f, y, decision, _, weight = rows_of("binary", weighting)
    columns = {"outcome": y, "decision": decision, "weight": weight}
    table = score_table(encode(g=names(group)), "binary", prediction=f, **columns)
    made = segments(table, grid(table.value, table.weight), DRAWS, np.random.default_rng(0))
    assert made.replicates.keys() == {"mass"}
    squares = np.bincount(made.line, weights=table.mass**2 / table.rows)
    mass, drawn, rows = made.observed["mass"], made.replicates["mass"], len(f)
    variance = squares - mass**2 / rows
    many = made.observed["rows"] > 20
    assert drawn.min() >= 0
    assert drawn[:, many].var(axis=0) == pytest.approx(variance[many], rel=0.15)  # 2,000 squares: 3% each
    assert (np.abs(drawn.mean(axis=0) - mass) < 5 * np.sqrt(variance / DRAWS)).all()
    half = np.arange(len(mass)) % 2 == 0
    together = np.cov(drawn[:, half].sum(axis=1), drawn[:, ~half].sum(axis=1))[0, 1]
    scale = np.sqrt(variance[half].sum() * variance[~half].sum() / DRAWS)
    assert together == pytest.approx(-mass[half].sum() * mass[~half].sum() / rows, abs=5 * scale)


def test_a_replicate_costs_the_segments_and_not_the_rows(encode, names, monkeypatch):
    rng, shapes = np.random.default_rng(1), []
    n = 30_000
    table = score_table(encode(g=names(rng.integers(0, 3, n))), "binary", prediction=rng.random(n))

    class Watched:
        def multinomial(self, people, chance, size):
            shapes.append((people, len(chance), size))
            return rng.multinomial(people, chance, size=size)

    segments(table, grid(table.value, table.weight), 10, Watched())
    assert len(table) == n
    assert shapes == [(n, 3 * 32, 10)]


@pytest.mark.parametrize("task", ["binary", "regression", "count"])
def test_replicates_are_centred_on_what_was_observed(encode, names, task):
    group, f, y, decision, exposure, weight = rows_of(task, "unequal")
    columns = {"outcome": y, "decision": decision, "exposure": exposure, "weight": weight}
    found = measured(score_table(encode(g=names(group)), task, prediction=f, merge=False, **columns))
    for name, each in found.items():
        if name == "calibration_error":  # an absolute value, biased upwards
            continue
        error = each.replicates.std(axis=0) / np.sqrt(DRAWS)
        bias = each.replicates.std(axis=0) / np.sqrt(len(f))  # of a ratio, of order 1/n
        assert (np.abs(each.replicates.mean(axis=0) - each.value) < 5 * (error + bias)).all(), name


def test_observed_sums_are_those_of_the_lines_of_each_segment(encode, names):
    group, f, y, decision, _, weight = rows_of("binary", "unequal")
    columns = {"outcome": y, "decision": decision, "weight": weight}
    table = score_table(encode(g=names(group)), "binary", prediction=f, **columns)
    made = segments(table, grid(table.value, table.weight), 0, np.random.default_rng(0))
    assert made.replicates == {}
    expected = {"rows": np.ones(len(f)), "mass": weight, "value": weight * f, "outcome": weight * y}
    assert made.observed.keys() == expected.keys()
    for segment, line in enumerate(made.first):
        level, value, said, seen = (
            column[line] for column in (table.level, table.value, table.decision, table.outcome)
        )
        mine = (group == level[0]) & (f == value) & (decision == said) & (y == seen)
        for name, values in expected.items():
            assert made.observed[name][segment] == pytest.approx(values[mine].sum(), rel=1e-12)


def test_the_same_seed_draws_the_same_replicates_and_another_seed_others(encode, names):
    group, f, y, decision, _, weight = rows_of("binary", "unequal")
    table = score_table(encode(g=names(group)), "binary", prediction=f, outcome=y, decision=decision, weight=weight)
    first, again, other = (
        segments(table, grid(table.value, table.weight), 20, np.random.default_rng(seed)).replicates["mass"]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_an_interval_leaves_out_what_could_not_be_measured():
    low, high = interval(np.array([[1.0], [np.nan], [2.0], [3.0]]), 0.5)
    assert (low[0], high[0]) == (1.5, 2.5)
    none, some = np.transpose(interval(np.array([[np.nan, 1.0], [np.nan, 3.0]]), 0.9))
    assert np.isnan(none).all()
    assert some == pytest.approx([1.1, 2.9])


@pytest.mark.parametrize("rate", [0.15, 0.5])
def test_intervals_cover_the_true_rate_at_least_nine_times_in_ten(encode, names, rate):
    rng = np.random.default_rng(9)
    group = np.repeat([0, 1], 120)
    cells = encode(g=names(group))
    covered = 0
    for seed in range(200):
        table = score_table(cells, "binary", decision=(rng.random(240) < rate).astype(float))
        rates = measured(table, draws=0, seed=seed)["selection_rate"]
        covered += sum(measure.interval[0] <= rate <= measure.interval[1] for measure in rates.results(0.95))
    assert 0.9 <= covered / 400 <= 0.98


def test_up_to_so_many_clusters_have_a_bucket_each_and_more_share_them_evenly():
    assert bucket_of(np.array([7, 3, 7, 9])).tolist() == [1, 0, 1, 2]
    sizes = np.bincount(bucket_of(np.arange(5 * BUCKETS + 3)))
    assert len(sizes) == BUCKETS
    assert set(sizes) <= {5, 6}
    assert (np.bincount(bucket_of(np.arange(2 * BUCKETS))) == 2).all()
    assert (np.bincount(bucket_of(np.arange(BUCKETS))) == 1).all()


def test_all_rows_of_one_bucket_are_drawn_each_time():
    np.testing.assert_array_equal(drawn_buckets(1, 3, np.random.default_rng(0)), np.ones((3, 1)))


@pytest.mark.parametrize("buckets", [2, 5, 40])
def test_replicates_of_buckets_have_the_variance_of_independent_people(buckets):
    values = np.random.default_rng(1).normal(size=buckets)
    drawn = drawn_buckets(buckets, 40_000, np.random.default_rng(2))
    assert drawn.sum(axis=1) == pytest.approx(buckets)
    assert (drawn @ values / buckets).var() == pytest.approx(values.var(ddof=1) / buckets, rel=0.04)


def test_replicates_take_all_rows_of_a_person_or_none():
    person = np.repeat(np.arange(30), 4)
    protected = {"g": pd.Series(np.where(person < 15, "a", "b"))}
    table = score_table(
        cells(protected, [Protected("g", "categorical")]), "binary", decision=(person % 2) * 1.0, cluster=person
    )
    drawn = segments(table, grid(table.value, table.weight), 20, np.random.default_rng(3)).replicates["mass"]
    times = drawn / 4 / (30 / 29)
    assert np.allclose(times, np.round(times))
    assert times.sum(axis=1) == pytest.approx(29)


def scored(encode, group, task="binary", merge=True, **columns):
    """A score table of two groups, from columns as lists."""
    arrays = {name: np.array(values, dtype=float) for name, values in columns.items() if name != "cluster"}
    arrays |= {name: np.array(values) for name, values in columns.items() if name == "cluster"}
    return score_table(encode(g=group), task, merge=merge, **arrays)


def drawn_segments(table, draws=50, seed=0, **options):
    return segments(table, grid(table.value, table.weight), draws, np.random.default_rng(seed), **options)


@pytest.mark.parametrize(("task", "apart"), [("binary", 2), ("regression", 1), ("ordinal", 1)])
def test_a_segment_is_of_one_outcome_where_that_is_a_class_and_of_any_where_it_is_a_number(encode, task, apart):
    columns = {"prediction": [0.5, 0.5, 0.5, 0.5], "outcome": [0, 1, 1, 0]}
    assert len(drawn_segments(scored(encode, list("aabb"), task, **columns)).first) == 2 * apart


def test_without_an_outcome_a_segment_is_of_one_group_value_and_decision(encode):
    columns = {"prediction": [0.1, 0.1, 0.1, 0.9], "decision": [0, 1, 1, 1]}
    made = drawn_segments(scored(encode, list("aaab"), **columns))
    assert sorted(made.observed["rows"]) == [1, 1, 2]
    assert made.observed.keys() == {"rows", "mass", "value"}


def test_clusters_without_replicates_draw_nothing(encode):
    table = scored(encode, list("abab"), decision=[0, 1, 1, 0], cluster=[0, 0, 1, 1])
    assert drawn_segments(table, draws=0).replicates == {}


@pytest.mark.parametrize("clustered", [False, True])
def test_of_aligned_tables_all_sums_are_drawn_and_each_of_two_gets_the_same_rows(encode, clustered):
    rng = np.random.default_rng(2)
    group, y, f = rng.integers(0, 2, 60), rng.integers(0, 3, 60), rng.integers(1, 4, 60)
    columns = {"outcome": y, **({"cluster": np.arange(60) // 2} if clustered else {})}
    names = [f"g{code}" for code in group]
    first, second = (
        drawn_segments(scored(encode, names, "regression", prediction=f + by, **columns), aligned=True)
        for by in (0, 10)
    )
    assert first.replicates.keys() == {"mass", "value", "outcome", "error_sq"}
    np.testing.assert_array_equal(first.replicates["mass"], second.replicates["mass"])
    np.testing.assert_allclose(second.replicates["value"], first.replicates["value"] + 10 * first.replicates["mass"])
    np.testing.assert_allclose(first.replicates["mass"].sum(axis=1), 60)
    assert first.observed["error_sq"].sum() == pytest.approx(((y - f) ** 2).sum())


def test_rows_that_share_a_line_are_drawn_each_for_itself(encode):
    """Twice 40 rows in two lines: their numbers vary as a coin thrown 80 times does, not as one drawn twice."""
    table = scored(encode, ["a"] * 40 + ["b"] * 40, decision=[1] * 80, weight=[3.0] * 80)
    assert len(table) == 2
    mass = drawn_segments(table, 4000, aligned=True).replicates["mass"]
    np.testing.assert_allclose(mass.sum(axis=1), 240)
    assert (mass[:, 0] / 3).var() == pytest.approx(80 / 4, rel=0.1)  # 4,000 squares: 2.2%
    assert (mass[:, 0] / 3).mean() == pytest.approx(40, abs=0.4)


def test_of_two_rows_each_may_be_drawn_twice(encode):
    table = scored(encode, ["a", "b"], decision=[1, 1])
    for aligned in (False, True):
        mass = drawn_segments(table, aligned=aligned).replicates["mass"]
        assert {tuple(each) for each in mass} == {(2.0, 0.0), (1.0, 1.0), (0.0, 2.0)}


@pytest.mark.parametrize("aligned", [False, True])
def test_no_replicate_depends_on_how_many_are_drawn_at_a_time(encode, monkeypatch, aligned):
    rng = np.random.default_rng(4)
    columns = {"decision": rng.integers(0, 2, 30), "weight": rng.uniform(1, 2, 30)}
    table = scored(encode, [f"g{code}" for code in rng.integers(0, 2, 30)], merge=False, **columns)
    together = drawn_segments(table, 20, aligned=aligned).replicates
    monkeypatch.setattr("fairaudit.chance.bootstrap.CHUNK", 3 * (30 if aligned else 4))
    apart = drawn_segments(table, 20, aligned=aligned).replicates
    assert apart.keys() == together.keys()
    for name, values in together.items():
        np.testing.assert_array_equal(apart[name], values)


def test_masses_of_like_rows_are_multiples_of_one_and_those_of_unlike_rows_have_their_variance():
    """Of 60 rows twenty weigh 2, twenty 1 or 5 by halves, and twenty nothing."""
    rows, mass, squares = np.full(3, 20.0), np.array([40.0, 60.0, 0.0]), np.array([80.0, 260.0, 0.0])
    drawn = drawn_masses(rows, mass, squares, 8000, np.random.default_rng(1))
    assert set(drawn[:, 0] / 2) <= set(range(61))
    assert (drawn[:, 2] == 0).all()
    assert drawn.mean(axis=0) == pytest.approx(mass, abs=0.6)
    assert drawn.var(axis=0)[:2] == pytest.approx((squares - mass**2 / 60)[:2], rel=0.06)  # 8,000 squares: 1.6%


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_replicates_are_the_same_in_any_unit_of_weight(unit):
    rows, mass, squares = np.array([20.0, 30.0]), np.array([40.0, 70.0]), np.array([120.0, 165.0])
    plain, scaled = (drawn_masses(rows, by * mass, by**2 * squares, 50, np.random.default_rng(1)) for by in (1.0, unit))
    np.testing.assert_allclose(scaled, unit * plain, rtol=1e-9)


@pytest.mark.parametrize(("aligned", "sums"), [(False, 1), (True, 3)])
def test_replicates_that_do_not_fit_are_refused_with_how_many_do(encode, monkeypatch, aligned, sums):
    table = scored(encode, list("aabb"), prediction=[0.1, 0.2, 0.1, 0.2], outcome=[0, 1, 1, 0])
    held = 8 * sums * 4  # bytes of a replicate: of four segments

    def with_room(held_bytes, draws):
        for place in ("fairaudit.memory.left", "fairaudit.chance.bootstrap.left"):
            monkeypatch.setattr(place, lambda: held_bytes)
        return drawn_segments(table, draws, aligned=aligned).replicates

    assert len(with_room(40 * held, 40)["mass"]) == 40
    for room, remedy in (
        (40 * held, "ask for at most 40 replicates"),
        (2 * held, "ask for at most 2 replicates"),
        (1 * held, "ask for none (0), or for fewer attributes or bands"),
    ):
        with pytest.raises(SizeError) as refused:
            with_room(room, 41)
        assert str(refused.value) == (
            "41 bootstrap replicates of 4 groups and values need less than 1 MB of memory, and this machine leaves less"
            f" than 1 MB; {remedy}"
        )


def test_segments_cannot_be_changed_and_are_told_from_others_with_the_same_numbers(encode):
    made = drawn_segments(scored(encode, list("ab"), decision=[1, 1]))
    with pytest.raises(FrozenInstanceError):
        made.line = made.first
    assert len({made, replace(made)}) == 2
