"""Dependence within strata: averages, shuffles within strata, and what the strata explain."""

from __future__ import annotations

import numpy as np
import pytest

import fairaudit as fa
from fairaudit.distance.penalty import dependence_penalty
from fairaudit.measures.conditional import NO_CORRELATION, conditional_dependence
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
