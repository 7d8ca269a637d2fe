"""What each feature adds to the linear predictor of a linear model, without the design matrix.

A feature without interactions enters through a function of its own value: a level has one number, and a spline is a
cubic polynomial between two knots. These are read off the design once, and then evaluated for any number of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.models.features.design import BEYOND, Design, within
from fairaudit.models.features.encoder import codes_of, numbers

if TYPE_CHECKING:
    import pandas as pd


BLOCK = 1 << 15
"""Rows that are evaluated at once, so that they stay in the processor's cache."""


def contributions(design: Design, features: pd.DataFrame, coefficients: Floats) -> Floats:
    r"""Σ β (x − mean) over the columns of each feature; an interaction is split equally between its two.

    Args:
        design: a fitted design.
        features: n rows.
        coefficients: β of the centred and scaled columns, shape (p,).

    Returns:
        Shape (n, J), equal to ``(design.transform(features) * coefficients) @ design.share_`` up to rounding.

    O(n J) time, and no memory beyond the result; with interactions the columns are built, block by block.
    """
    result = np.empty((len(features), len(design.names_)), order="F")
    if design.pairs_:
        for start in range(0, len(features), BLOCK):
            rows = slice(start, start + BLOCK)
            result[rows] = (design.transform(features.iloc[rows]) * coefficients) @ design.share_
        return result
    features = design._select(features)
    for place, (name, encoder) in enumerate(zip(design.names_, design.encoders_, strict=True)):
        own = np.flatnonzero(design.share_[:, place])
        slope, shift = coefficients[own] / design.scale_[own], design.mean_[own]
        if "levels" in encoder:
            unknown = _levels(features[name], encoder, slope @ (np.eye(len(own)) - shift[:, None]), result[:, place])
        else:
            unknown = _curve(design, features[name], encoder, slope, shift, result[:, place])
        if unknown and design.unseen == "error":
            design._checked(features)  # says what is unknown
    return result


def _levels(column: pd.Series[Any], encoder: dict[str, Any], values: Floats, result: Floats) -> bool:
    """Put the number of each row's level into `result`, 0 for an unknown one; whether there is an unknown one."""
    codes = codes_of(column, encoder["levels"])
    np.take(np.append(values, 0.0), codes, out=result, mode="wrap")
    return bool(codes.min(initial=0) < 0)


def _curve(
    design: Design, column: pd.Series[Any], encoder: dict[str, Any], slope: Floats, shift: Floats, result: Floats
) -> bool:
    """Put the curve at each row's number into `result`; whether a number is missing that may not be."""
    import pandas as pd

    def at(places: Floats) -> Floats:
        return (design._columns(pd.Series(places), encoder) - shift) @ slope

    values = within(numbers(column), encoder)
    starts, widths, powers = _pieces(encoder, at)
    for begin in range(0, len(values), BLOCK):
        block = values[begin : begin + BLOCK]
        piece = np.searchsorted(starts[1:], block, side="right")
        distance = (block - starts[piece]) / widths[piece]
        height = powers[-1][piece]
        for power in powers[-2::-1]:
            height *= distance
            height += power[piece]
        result[begin : begin + BLOCK] = height
    missing = np.isnan(values)
    if not missing.any():
        return False
    result[missing] = float(at(np.array([np.nan]))[0]) if encoder["missing"] else 0.0
    return not encoder["missing"]


def _pieces(encoder: dict[str, Any], at: Any) -> tuple[Floats, Floats, list[Floats]]:
    """The curve as polynomials of the distance from the start of a piece in its widths.

    Returns:
        Where pieces start (the first has no start, but a place to measure from), their widths, and the coefficients of
        each power, lowest first.
    """
    knots = encoder["knots"]
    if knots is None:
        ends = np.array([encoder["centre"], encoder["centre"] + encoder["spread"]])
        if encoder.get("ends") is not None and np.diff(encoder["ends"])[0] > 0:
            ends = np.array(encoder["ends"])
        low, high = at(ends)
        return ends[:1], np.diff(ends), [np.array([low]), np.array([high - low])]
    width = np.concatenate([[knots[1] - knots[0]], np.diff(knots), [knots[-1] - knots[-2]]])
    start = np.concatenate([[knots[0]], knots])
    places = start[:, None] + np.linspace(0, 1, 4) * width[:, None]
    inside = (places - start[:, None]) / width[:, None]  # not quite thirds where the knots have few digits apart
    heights = at(places.ravel()).reshape(-1, 4)
    powers = np.linalg.solve(inside[:, :, None] ** np.arange(4), heights[:, :, None])[:, :, 0].T
    margin = BEYOND * (knots[-1] - knots[0])  # further out the curve is no line, but stays
    ends = np.array([knots[0] - margin, knots[-1] + margin])
    before, after = at(ends)
    left, right = heights[1, 0], heights[-2, -1]
    powers[:, 0] = left, (left - before) * width[0] / (knots[0] - ends[0]), 0, 0
    powers[:, -1] = right, (after - right) * width[-1] / (ends[1] - knots[-1]), 0, 0
    return start, width, list(powers)
