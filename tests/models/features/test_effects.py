"""The effects that the coefficients of a design stand for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fairaudit.models.features.design import Design
from fairaudit.models.features.effects import Effects, _second_differences

RNG = np.random.default_rng(0)
N = 400
FRAME = pd.DataFrame(
    {
        "income": np.exp(2 * RNG.normal(size=N)),
        "flag": RNG.integers(0, 2, N).astype(float),
        "hole": np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N)),
        "town": RNG.choice(list("abcd"), N, p=[0.5, 0.3, 0.19, 0.01]),
        "sex": RNG.choice(["f", "m"], N),
    }
)


def effects_of(design: Design, frame: pd.DataFrame = FRAME) -> Effects:
    return Effects.of(design, design.transform(frame), np.ones(N))


def read(design: Design, curve: np.ndarray) -> dict[str, np.ndarray]:
    """Kind → effects of the coefficients whose linear predictor is nearest to a curve of the rows."""
    effects = effects_of(design)
    coefficients = np.linalg.lstsq(design.transform(FRAME), curve - curve.mean(), rcond=None)[0]
    values = effects.matrix @ coefficients
    return {name: values[effects.kind == place] for place, name in enumerate(effects.names)}


def test_every_factor_has_kinds_of_its_own_and_straight_effects_are_shared():
    effects = effects_of(Design(interactions=[("flag", "town")]).fit(FRAME))
    assert effects.names == ["straight", "bent income", "bent hole", "levels town", "joint flag, town"]
    # Two slopes, a plain number, a missing value, two levels.
    assert np.bincount(effects.kind).tolist() == [6, 6, 6, 4, 4]


def test_a_straight_line_has_no_bends_and_a_slope_per_standard_deviation():
    design = Design().fit(FRAME[["income"]])
    effects = read(design, 3 * FRAME["income"].to_numpy())
    np.testing.assert_allclose(effects["bent income"], 0, atol=1e-6)
    assert effects["straight"] == pytest.approx(3 * FRAME["income"].std(ddof=0))


def test_the_straight_effect_of_a_curve_is_the_slope_of_least_squares_over_the_rows():
    curve = np.log(FRAME["income"].to_numpy())
    design = Design().fit(FRAME[["income"]])
    coefficients = np.linalg.lstsq(design.transform(FRAME), curve - curve.mean(), rcond=None)[0]
    fitted = design.transform(FRAME) @ coefficients
    slope = np.polyfit(FRAME["income"], fitted, 1)[0]
    assert read(design, curve)["straight"] == pytest.approx(slope * FRAME["income"].std(ddof=0))


def test_a_curve_has_bends_whatever_the_unit_of_its_number():
    # A cubic, which splines are exactly: so the coefficients are known beyond the rows, too.
    curve = FRAME["income"].to_numpy() ** 3
    here = read(Design().fit(FRAME[["income"]]), curve)["bent income"]
    scaled = FRAME.assign(income=1000 * FRAME["income"] + 5)
    design = Design().fit(scaled[["income"]])
    effects = effects_of(design, scaled)
    coefficients = np.linalg.lstsq(design.transform(scaled), curve - curve.mean(), rcond=None)[0]
    there = (effects.matrix @ coefficients)[effects.kind == 1]
    assert np.abs(here).max() > 1
    np.testing.assert_allclose(there, here, rtol=1e-4, atol=1e-9 * np.abs(here).max())


def test_the_bends_of_even_knots_are_second_differences():
    rows = _second_differences(np.arange(6.0))
    expected = np.diff(np.eye(8), n=2, axis=0)[:, :-1]
    np.testing.assert_allclose(rows, expected, atol=1e-12)


def test_the_effect_of_a_level_is_its_distance_from_the_mean_however_rare_it_is():
    town = FRAME["town"].map({"a": 0.0, "b": 0.0, "c": 0.0, "d": 2.0}).to_numpy()
    design = Design().fit(FRAME[["town"]])
    levels = read(design, town)["levels town"]
    assert levels[3] - levels[:3] == pytest.approx(2)


def test_effects_say_the_coefficients():
    effects = effects_of(Design(interactions="pairs").fit(FRAME))
    np.testing.assert_allclose(effects.inverse @ effects.matrix, np.eye(len(effects.kind)), atol=1e-8)


def test_effects_in_deviations_weigh_by_the_precision_of_their_kind():
    effects = effects_of(Design().fit(FRAME))
    of_kind = np.arange(1.0, len(effects.names) + 1)
    coefficients = np.random.default_rng(1).normal(size=len(effects.kind))
    expected = float(of_kind[effects.kind] @ (effects.matrix @ coefficients) ** 2)
    assert np.sum((effects.in_deviations(of_kind) @ coefficients) ** 2) == pytest.approx(expected)
