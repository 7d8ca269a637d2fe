"""Which rows are fitted on and which are held out, and what is known of each part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fairaudit as fa
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import FitError, OptionError
from fairaudit.fitting.split import part_of, split, split_table
from fairaudit.results import Source
from fairaudit.scoretable.strata import strata


@given(st.integers(2, 200), st.integers(0, 5), st.sampled_from([0.2, 0.3, 0.5]))
def test_a_split_is_complete_disjoint_and_of_the_asked_size(n, seed, size):
    try:
        train, test = split(n, size, seed, None)
    except OptionError:
        assert n < 5
        return
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(n))
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()
    assert abs(len(test) - size * n) <= 0.5 + 1e-9


@given(
    st.lists(st.integers(0, 30), min_size=60, max_size=120).filter(lambda keys: len(set(keys)) > 4), st.integers(0, 3)
)
def test_rows_with_one_key_stay_on_one_side(keys, seed):
    keys = np.array(keys)
    train, test = split(len(keys), 0.3, seed, keys)
    assert set(keys[train]).isdisjoint(keys[test])
    assert len(train) + len(test) == len(keys)
    assert abs(len(test) - 0.3 * len(keys)) <= np.bincount(keys).max()


def test_a_split_depends_on_its_seed():
    first, again, other = (split(100, 0.3, seed, None)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_split_with_an_empty_side_is_refused():
    with pytest.raises(OptionError, match=r"a test-size of 0\.3 leaves no rows on one side of the split; there are 1"):
        split(10, 0.3, 0, np.zeros(10, dtype=np.int64))


@pytest.mark.parametrize(("side", "half"), [("training", 0), ("held-out", 1)])
def test_a_side_of_the_split_without_outcomes_or_weight_is_refused(side, half):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"x": rng.random(80), "s": ["f", "m"] * 40, "y": rng.integers(0, 2, 80), "k": 0, "w": 1.0})
    frame.loc[40:, "k"] = 1
    held = split(80, 0.5, 0, frame["k"].to_numpy())[1][0] // 40  # which half is held out
    mine = frame["k"] == (held if half else 1 - held)
    arguments = {
        "target": "y",
        "protected": "s",
        "features": "x",
        "split_by": "k",
        "fitting": fa.FitOptions(strength=0.1, test_size=0.5),
    }
    with pytest.raises(FitError, match=f"the outcome is 1 in all 40 {side} rows.* split by a column with more values"):
        fa.fit(frame.assign(y=frame["y"].where(~mine, 1)), **arguments)
    with pytest.raises(FitError, match=f"the weight is 0 in all 40 {side} rows"):
        fa.fit(frame.assign(w=frame["w"].where(~mine, 0)), **arguments, weight="w")


def people(rows=120):
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "sex": rng.choice(["f", "m"], rows),
            "x": rng.normal(size=rows),
            "y": rng.integers(0, 2, rows),
            "w": rng.integers(1, 4, rows).astype(float),
            "house": np.arange(rows) // 3,
            "region": rng.choice(["n", "s"], rows),
        }
    )


def split_of(frame, **roles):
    asked = Roles(
        target="y",
        protected=(Protected("sex"),),
        features=("x",),
        weight="w",
        split_by="house",
        given="region",
        **roles,
    )
    return split_table(role_table(frame, asked, features=True), Source(name="t"), asked, fa.FitOptions(), fa.Options())


def test_each_part_holds_its_rows_of_every_column():
    frame = people()
    halves = split_of(frame)
    for part in (halves.train, halves.test):
        mine = frame.iloc[part.rows]
        np.testing.assert_array_equal(part.features["x"], mine["x"])
        np.testing.assert_array_equal(part.outcome, mine["y"])
        np.testing.assert_array_equal(part.weight, mine["w"])
        np.testing.assert_array_equal(part.stratum, strata(halves.table, "demographic", part.rows))
        assert (part.exposure, len(part.cells.levels)) == (None, len(part.rows))
        np.testing.assert_allclose(part.mass, mine["w"] / mine["w"].sum(), rtol=1e-15)
    assert set(halves.train.unit).isdisjoint(halves.test.unit)


@given(st.lists(st.booleans(), min_size=120, max_size=120).filter(any))
def test_some_rows_of_a_part_are_those_rows_of_the_table(kept):
    halves = split_of(people())
    everything = part_of(halves.table, halves.cells, np.arange(120), "demographic")
    by_mask, by_place = everything.take(np.array(kept)), everything.take(np.flatnonzero(kept))
    direct = part_of(halves.table, halves.cells, np.flatnonzero(kept))
    for part in (by_mask, by_place):
        np.testing.assert_array_equal(part.rows, direct.rows)
        np.testing.assert_array_equal(part.outcome, direct.outcome)
        np.testing.assert_array_equal(part.weight, direct.weight)
        np.testing.assert_array_equal(part.cells.levels, direct.cells.levels)
        np.testing.assert_array_equal(part.stratum, everything.stratum[np.array(kept)])
        assert part.features.equals(direct.features)


def test_parts_without_a_parity_have_no_strata():
    halves = split_of(people())
    assert part_of(halves.table, halves.cells, np.arange(5)).stratum is None
