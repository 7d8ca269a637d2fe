"""Dependence within strata: averages, shuffles within strata, and what the strata explain."""

from __future__ import annotations

import numpy as np
import pytest

import fairaudit as fa
from fairaudit.distance.penalty import dependence_penalty
from fairaudit.measures.conditional import NO_CORRELATION, conditional_dependence
from fairaudit.measures.dependence import TOO_FEW, dependence_measures
from fairaudit.scoretable.table import score_table


def conditional(cells, f, stratum, weight=None, permutations=0, seed=0):
    table = score_table(cells, "regression", prediction=f, weight=weight, stratum=stratum)
    return conditional_dependence(table, "demographic", permutations, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def rows(encode, names):
    rng = np.random.default_rng(1)
    stratum = rng.integers(-1, 3, 500)
    cells = encode(a=names((rng.random(500) * 3 + stratum).astype(int)), b=rng.lognormal(size=500))
    return cells, np.round(rng.normal(size=500) + stratum, 1), stratum


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_measure_that_a_penalty_within_strata_lowers(rows, weighted):
    cells, f, stratum = rows
    weight = np.random.default_rng(2).integers(1, 4, 500) / 1.0 if weighted else None
    share = np.full(500, 1 / 500) if weight is None else weight / weight.sum()
    found = conditional(cells, f, stratum, weight)
    for kind, measure in (("dcov:a", found.dcov[0]), ("dcov:b", found.dcov[1]), ("ccdcov", found.ccdcov)):
        penalty = dependence_penalty(cells, kind, share, stratum)
        assert measure.biased == pytest.approx(penalty(f)[0], rel=1e-11)
        assert measure.excess == pytest.approx(penalty.excess(f), rel=1e-9)
        assert (measure.unbiased is None) == weighted
        assert NO_CORRELATION in measure.why
    assert (found.strata, found.n) == (3, int((stratum >= 0).sum()))


def test_rows_without_strata_have_none(rows):
    cells, f, _ = rows
    assert conditional(cells, f, None) is None


def test_p_values_are_uniform_where_only_the_strata_depend(encode, names):
    rng, seen = np.random.default_rng(3), []
    for seed in range(300):
        stratum = rng.integers(0, 2, 40)
        cells = encode(a=names((rng.random(40) < 0.2 + 0.6 * stratum).astype(int)))
        f = rng.random(40) + stratum
        seen.append(conditional(cells, f, stratum, permutations=39, seed=seed).ccdcov.p_value)
    for level in (0.05, 0.2, 0.5):
        error = np.sqrt(level * (1 - level) / 300)
        assert np.mean(np.array(seen) <= level + 1e-9) <= level + 3.5 * error
    assert np.mean(seen) == pytest.approx(0.5, abs=0.0125 + 3 * np.sqrt(1 / 12 / 300) + 0.05)  # ties push it up


def test_an_audit_reports_it_on_request(compas):
    asked = {"protected": ["sex", "race"], "prediction": "decile_score", "target": "two_year_recid"}
    options = fa.Options(bootstrap=0, permutations=99, parity="equalized-odds")
    plain = fa.audit(compas, **asked, options=fa.Options(bootstrap=0, permutations=99))
    assert plain.dependence.conditional is None
    audit = fa.audit(compas, **asked, options=options)
    found = audit.dependence.conditional
    assert (found.parity, found.strata, found.n) == ("equalized-odds", 2, len(compas))
    assert 0 < found.ccdcov.excess < audit.dependence.ccdcov.excess
    assert found.ccdcov.p_value == 0.01
    assert audit.manifest.arguments["parity"] == "equalized-odds"
    positive = compas[compas["two_year_recid"] == 1]
    chance = fa.audit(compas, **asked, options=fa.Options(bootstrap=0, permutations=0, parity="equal-opportunity"))
    alone = fa.audit(
        positive, prediction="decile_score", protected=["sex", "race"], options=fa.Options(bootstrap=0, permutations=0)
    )
    assert chance.dependence.conditional.ccdcov.biased == pytest.approx(alone.dependence.ccdcov.biased, rel=1e-12)
    given = fa.audit(compas, **asked, given="c_charge_degree", options=fa.Options(bootstrap=0, permutations=0))
    assert given.dependence.conditional.parity == "demographic given c_charge_degree"
    for text in (audit.to_markdown(), audit.to_html(), str(audit)):
        assert "equalized-odds" in text


def test_a_stratum_without_weight_says_nothing_and_one_of_few_rows_gives_the_reason_once(encode, names):
    rng = np.random.default_rng(4)
    cells = encode(a=names(np.arange(60) % 2))
    f, stratum = rng.random(60), np.repeat([0, 1, 2], [30, 27, 3])
    found = conditional(cells, f, stratum)
    assert (found.strata, found.n, found.ccdcov.unbiased) == (3, 60, None)
    assert found.ccdcov.why == f"{TOO_FEW}; {NO_CORRELATION}"
    weight = np.where(stratum == 1, 0.0, 1.0)
    without = conditional(cells, f, stratum, weight)
    kept = stratum != 1
    alone = conditional(cells.take(kept), f[kept], stratum[kept], weight[kept])
    assert (without.strata, without.n) == (2, 33)
    assert without.ccdcov.biased == pytest.approx(alone.ccdcov.biased, rel=1e-12)
    enough = conditional(cells.take(stratum < 2), f[stratum < 2], stratum[stratum < 2])
    assert enough.ccdcov.unbiased is not None
    assert enough.ccdcov.why == NO_CORRELATION


def test_with_one_stratum_it_is_the_measure_of_its_rows(encode, names):
    rng = np.random.default_rng(8)
    cells, f = encode(a=names(rng.integers(0, 2, 60))), rng.random(60)
    found = conditional(cells, f, np.zeros(60, dtype=int)).ccdcov
    alone = dependence_measures(score_table(cells, "regression", prediction=f)).single("ccdcov", {})
    assert found.attribute == "a"
    for name in ("unbiased", "biased", "floor", "excess"):
        assert getattr(found, name) == pytest.approx(getattr(alone, name), rel=1e-12)


def test_a_stratum_of_equal_predictions_gives_no_reason_as_its_unbiased_value_is_known(encode, names):
    rng = np.random.default_rng(9)
    stratum = np.repeat([0, 1], 30)
    f = np.where(stratum == 0, 0.3, rng.random(60))
    found = conditional(encode(a=names(np.arange(60) % 2)), f, stratum).ccdcov
    assert found.unbiased is not None
    assert found.why == NO_CORRELATION


def test_unbiased_values_and_floors_are_averages_by_the_shares_of_the_strata(encode, names):
    rng = np.random.default_rng(6)
    a, f, stratum = names(rng.integers(0, 2, 60)), rng.random(60), np.repeat([0, 1], [40, 20])
    found = conditional(encode(a=a), f, stratum).dcov[0]
    table = score_table(encode(a=a), "regression", prediction=f, stratum=stratum)
    parts = [dependence_measures(table.take(table.stratum == one)).single("dcov:a", {}) for one in (0, 1)]
    for name in ("unbiased", "biased", "floor", "excess"):
        first, second = (getattr(part, name) for part in parts)
        assert getattr(found, name) == pytest.approx((40 * first + 20 * second) / 60, rel=1e-12), name
    assert (found.attribute, found.dcor_sq) == ("a", None)


def test_a_p_value_counts_shuffles_within_strata_of_the_average_that_reach_as_far(encode, names):
    """Two strata of four rows: each shuffle of either stratum is as likely as any other."""
    a, f, stratum = names([0, 0, 1, 1] * 2), np.array([1.0, 2, 3, 5, 2, 1, 4, 9]), np.repeat([0, 1], 4)
    found = conditional(encode(a=a), f, stratum, permutations=999)
    averages = [
        (conditional(encode(a=a), np.concatenate([first, second]), stratum).ccdcov.biased)
        for first in ([1.0, 2, 3, 5], [1.0, 3, 2, 5], [1.0, 5, 2, 3])  # the ways to halve four
        for second in ([1.0, 2, 4, 9], [1.0, 4, 2, 9], [1.0, 9, 2, 4])
    ]
    share = np.mean(np.array(averages) >= found.ccdcov.biased - 1e-12)
    assert found.ccdcov.p_value == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 999))
    p = found.ccdcov.p_value
    assert found.ccdcov.p_error == pytest.approx(np.sqrt(p * (1 - p) / 1000))


def test_exact_places_of_several_numbers_are_asked_for_in_each_stratum(encode, names):
    rng = np.random.default_rng(7)
    cells = encode(a=rng.lognormal(size=600), b=names(rng.integers(0, 2, 600)))
    f, stratum = rng.random(600), np.repeat([0, 1], 300)
    table = score_table(cells, "regression", prediction=f, stratum=stratum)
    rough, exact = (
        conditional_dependence(table, "demographic", 0, np.random.default_rng(0), pairwise)
        for pairwise in (False, True)
    )
    penalty = dependence_penalty(cells, "ccdcov", np.full(600, 1 / 600), stratum, pairwise=True)
    assert exact.ccdcov.biased == pytest.approx(penalty(f)[0], rel=1e-9)
    assert rough.ccdcov.biased != pytest.approx(exact.ccdcov.biased, rel=1e-6)
    assert conditional(cells, f, stratum).ccdcov.biased == rough.ccdcov.biased
