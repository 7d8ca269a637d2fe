"""Values of a kind that training did not have, and how columns are read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from designed import FRAME, raw

from fairaudit.errors import OptionError, RoleError
from fairaudit.models.features.bins import Bins
from fairaudit.models.features.design import Design
from fairaudit.models.features.encoder import MISSING, codes_of, named, names


def test_an_unseen_level_is_refused_by_name():
    design = Design().fit(FRAME[["kind"]])
    with pytest.raises(RoleError, match=r"'kind' has the level 'unseen' in 2 rows, .* it knows p, q, r"):
        design.transform(pd.DataFrame({"kind": ["unseen", "q", "unseen"]}))
    with pytest.raises(RoleError, match=r"the level '\(missing\)' in 1 row,"):
        design.transform(pd.DataFrame({"kind": [None, "q"]}))


def test_an_unseen_level_can_count_as_the_mean():
    design = Design(interactions=[("kind", "x")], unseen="mean").fit(FRAME)
    frame = FRAME.iloc[:2].assign(kind=["unseen", "q"])
    matrix, owned = design.transform(frame), design.share_[:, 1] > 0
    np.testing.assert_array_equal(matrix[0, owned], 0)
    assert (matrix[0, ~owned] != 0).any()
    assert (matrix[1, owned] != 0).any()
    assert design.unknown(frame).tolist() == [[False, True, False, False], [False] * 4]


def test_a_missing_level_seen_in_fitting_has_its_own_column():
    frame = pd.DataFrame({"kind": np.array(["p", None, "q", np.nan], dtype=object)})
    columns = raw(Design().fit(frame), frame)
    assert columns.shape == (4, 3)
    np.testing.assert_allclose(columns[1], columns[3], atol=1e-12)


def test_a_number_missing_only_later_is_refused_or_counts_as_the_mean():
    later = pd.DataFrame({"x": [np.nan, 0.5]})
    with pytest.raises(RoleError, match="'x' is missing in 1 row, and was never missing when the model was fitted"):
        Design().fit(FRAME[["x"]]).transform(later)
    matrix = Design(unseen="mean").fit(FRAME[["x"]]).transform(later)
    np.testing.assert_array_equal(matrix[0], 0)
    assert (matrix[1] != 0).any()


def test_text_where_numbers_were_is_refused():
    design = Design().fit(FRAME[["x"]])
    with pytest.raises(RoleError, match="'x' held numbers when the model was fitted; now it holds 'much'"):
        design.transform(pd.DataFrame({"x": ["much"]}))


def test_an_absent_feature_is_refused_and_the_order_is_free():
    design = Design().fit(FRAME)
    with pytest.raises(RoleError, match="the model needs the features x, flag; the data have kind, hole"):
        design.transform(FRAME[["kind", "hole"]])
    np.testing.assert_array_equal(design.transform(FRAME[FRAME.columns[::-1]]), design.transform(FRAME))


def test_pandas_categories_and_nullable_numbers_are_read_as_the_plain_ones():
    plain = FRAME[["kind", "hole"]]
    typed = pd.DataFrame({"kind": plain["kind"].astype("category"), "hole": plain["hole"].astype("Float64")})
    np.testing.assert_array_equal(Design().fit(typed).transform(typed), Design().fit(plain).transform(plain))


def test_a_category_with_holes_is_read_as_text_with_holes():
    text = pd.DataFrame({"kind": np.array(["p", None, "q", "p"], dtype=object)})
    typed = text.astype("category")
    np.testing.assert_array_equal(Design().fit(typed).transform(typed), Design().fit(text).transform(text))


def test_a_category_called_missing_is_not_the_missing_one():
    frame = pd.DataFrame({"kind": np.array(["p", None, "(missing)", "None", "nan"], dtype=object)})
    np.testing.assert_allclose(
        raw(Design().fit(frame), frame) @ raw(Design().fit(frame), frame).T, np.eye(5), atol=1e-12
    )
    later = pd.DataFrame({"kind": np.array([None, np.nan], dtype=object)})
    np.testing.assert_allclose(Design(unseen="mean").fit(frame.drop(index=1)).transform(later), 0, atol=1e-12)


def test_a_missing_category_has_a_name_and_one_that_is_called_so_another():
    assert names(pd.Series(["a", None, MISSING])).tolist() == ["a", MISSING, f"{MISSING}'"]


@pytest.mark.parametrize("dtype", [object, "category", "string"])
def test_codes_are_places_among_the_levels_and_minus_one_elsewhere(dtype):
    column = pd.Series(["q", "p", None, "new"], dtype=dtype)
    assert codes_of(column, ["p", "q", MISSING]).tolist() == [1, 0, 2, -1]
    assert codes_of(column, ["p", "q"]).tolist() == [1, 0, -1, -1]


def test_columns_go_under_text_names():
    assert list(named(pd.DataFrame([[1, 2]])).columns) == ["0", "1"]


def test_bins_refuse_what_they_have_not_seen_as_a_design_does():
    later = pd.DataFrame({"kind": ["new", "p"], "x": [np.nan, 2.0]})
    strict, lenient = (Bins(unseen=how).fit(FRAME[["x", "kind"]]) for how in ("error", "mean"))
    assert strict.unknown(later).tolist() == [[True, True], [False, False]]
    with pytest.raises(RoleError, match="'x' is missing in 1 row, and was never missing"):
        strict.transform(later)
    assert np.isnan(lenient.transform(later)).tolist() == [[True, True], [False, False]]


def test_another_way_with_the_unseen_is_refused():
    with pytest.raises(OptionError, match="unseen 'guess' is unknown; choose one of error, mean"):
        Bins(unseen="guess").fit(FRAME)
