"""Regressions: NIST's certified coefficients by the Gaussian GLM, R's proportional odds by the ordinal one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd

from fairaudit.arrays import Floats
from fairaudit.models.glm import PenalizedGLM
from fairaudit.selftest.case import Case
from fairaudit.selftest.tables import HOUSING, LONGLEY, NORRIS, numbers

TITLE = "regressions"
NIST = "NIST StRD, linear least squares, www.itl.nist.gov/div898/strd/lls"
POLR = "R, MASS, ?polr; Venables and Ripley 2002, Modern Applied Statistics with S, 7.3"
CERTIFIED = {
    "Longley": (
        "-3482258.63459582", "15.0618722713733", "-0.0358191792925910", "-2.02022980381683", "-1.03322686717359",
        "-0.0511041056535807", "1829.15146461355",
    ),
    "Norris": ("-0.262323073774029", "1.00211681802045"),
}  # fmt: skip
"""Data set → certified intercept and coefficients."""
COEFFICIENTS = ("0.5664", "1.2888", "-0.5724", "-0.3662", "-1.0910", "0.3603")
THRESHOLDS = ("-0.4961", "0.6907")
PRICE = "a ridge of 1e-9, which makes collinear columns determinate, costs as much of these nearly collinear ones"
TINY = 1e-9
"""Ridge that only makes collinear columns determinate."""


def cases() -> Iterator[Case]:
    """Every coefficient, of Longley also what a tiny ridge leaves of it."""
    yield from _least_squares("Longley", numbers(LONGLEY, 7), 0.0, 11, "condition number of about 5·10⁹")
    yield from _least_squares("Longley", numbers(LONGLEY, 7), TINY, 4, PRICE)
    yield from _least_squares("Norris", numbers(NORRIS, 2), 0.0, 11, "the intercept is a difference of like numbers")
    yield from _proportional_odds()


def _least_squares(name: str, table: Floats, ridge: float, needed: float, why: str) -> Iterator[Case]:
    fitted = _coefficients(table[:, 1:], table[:, 0], ridge, "gaussian")
    label = f"{name}, ridge {ridge:g}"
    for place, (published, ours) in enumerate(zip(CERTIFIED[name], fitted, strict=True)):
        yield Case(f"{label}, B{place}", NIST, published, float(ours), needed, why)


def _coefficients(columns: Floats, outcome: Floats, ridge: float, family: str, weight: Floats | None = None) -> Floats:
    """Intercept (of the ordinal family each of them) and coefficients of the columns as they are given."""
    names = [f"x{place}" for place in range(columns.shape[1])]
    model = PenalizedGLM(family=family, ridge=ridge, n_knots=0, tol=1e-13, max_iter=10_000)
    someone = pd.DataFrame({"g": np.arange(len(outcome)) % 2})
    model.fit(pd.DataFrame(columns, columns=names), outcome, sensitive_features=someone, sample_weight=weight)
    slopes = model.coef_ / model.design_.scale_
    return np.concatenate([np.atleast_1d(model.intercept_) - model.design_.mean_ @ slopes, slopes])


def _proportional_odds() -> Iterator[Case]:
    levels = np.array(list(product(range(2), range(4), range(3), range(3))))
    contact, housing, influence, satisfaction = levels.T
    columns = [influence == 1, influence == 2, housing == 1, housing == 2, housing == 3, contact == 1]
    weight = numbers(HOUSING).ravel()
    fitted = _coefficients(np.column_stack(columns).astype(np.float64), satisfaction, 0.0, "ordinal", weight)
    names = ("Infl Medium", "Infl High", "Type Apartment", "Type Atrium", "Type Terrace", "Cont High")
    for name, published, ours in zip(names, COEFFICIENTS, fitted[2:], strict=True):
        yield Case(f"housing, {name}", POLR, published, float(ours))
    for name, published, ours in zip(("Low|Medium", "Medium|High"), THRESHOLDS, -fitted[:2], strict=True):
        yield Case(f"housing, {name}", POLR, published, float(ours))
