"""The area under the curve of groups, against its definition and scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from grouped import binary_rows, measured, table_of
from sklearn.metrics import roc_auc_score

from fairaudit.measures.ranking import AUC
from fairaudit.measures.view import all_rows


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("continuous", [False, True])
def test_the_area_of_a_group_is_that_of_scikit_learn(encode, names, weighted, continuous):
    group, f, _, y, omega = binary_rows(weighted)
    if continuous:  # beyond the points of the grid, which ties neighbours
        f = f + np.random.default_rng(2).uniform(0, 0.05, len(f))
    _, values = measured(table_of(encode, names, "binary", group, prediction=f, outcome=y, weight=omega))
    for g in range(3):
        mine = group == g
        expected = roc_auc_score(y[mine], f[mine], sample_weight=omega[mine])
        assert values["auc"].value[g] == pytest.approx(expected, abs=1e-12)
        assert values["auc"].rows[g] == min((mine & (y == 1)).sum(), (mine & (y == 0)).sum())


def test_the_area_is_the_share_of_ordered_pairs(encode, names):
    group, f, _, y, _ = binary_rows(False, n=120)

    def area(scores):
        return AUC(all_rows(table_of(encode, names, "binary", group, prediction=scores, outcome=y)))[0]

    pairs = [(a > b) + 0.5 * (a == b) for a in f[y == 1] for b in f[y == 0]]
    assert area(f) == pytest.approx(np.mean(pairs), rel=1e-12)
    assert area(-f) == pytest.approx(1 - np.mean(pairs), rel=1e-12)


def test_an_outcome_that_never_varies_has_no_ranking(encode, names):
    table = table_of(encode, names, "binary", [0, 1, 1], prediction=np.array([0.1, 0.2, 0.3]), outcome=np.ones(3))
    assert np.isnan(AUC(all_rows(table))[0])


def test_each_draw_has_an_area_of_its_own(encode, names):
    """Shape (draws, groups), also of rows of little weight."""
    group, f, _, y, _ = binary_rows(False, n=90)
    table = table_of(encode, names, "binary", group, prediction=f, outcome=y)
    view = replace(all_rows(table), group=table.level[:, 0], size=3)
    masses = np.random.default_rng(3).uniform(0.001, 0.01, (4, len(table)))
    together = AUC(replace(view, sums=view.sums | {"mass": masses}))
    assert together.shape == (4, 3)
    apart = [AUC(replace(view, sums=view.sums | {"mass": mass})) for mass in masses]
    np.testing.assert_allclose(together, apart)
    lines = [all_rows(table.take(np.flatnonzero(view.group == place))) for place in range(3)]
    light = [replace(of_one, sums=of_one.sums | {"mass": of_one.sums["mass"] / 1000}) for of_one in lines]
    for of_one, same in zip(lines, light, strict=True):
        (area, bearing), (again, scaled) = AUC.over_all(of_one), AUC.over_all(same)
        assert (again, area) == (pytest.approx(area), pytest.approx(roc_auc_score(*rows_of(of_one))))
        np.testing.assert_allclose(scaled(), bearing(), atol=1e-15)


def rows_of(view):
    """Outcome and prediction of each row of a view of all rows."""
    return (np.repeat(column, view.table.rows.astype(int)) for column in (view.table.outcome, view.table.value))
