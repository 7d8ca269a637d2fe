"""Exponential families with their canonical links: what a GLM minimises without a penalty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from fairaudit.errors import FitError, OptionError

Floats = NDArray[np.float64]

LARGEST_LOG = 30.0
"""Bound on the linear predictor of a log link, far outside any rate; keeps a wild line-search step finite."""


@dataclass(frozen=True)
class Family:
    """A family with canonical link: the derivative of the loss by the linear predictor is mean − outcome."""

    name: str
    link: str
    scale: str
    """Unit of the linear predictor, in words."""
    mean: Callable[[Floats], Floats]
    """Inverse link μ(η)."""
    slope: Callable[[Floats], Floats]
    """dμ/dη as a function of μ."""
    loss: Callable[[Floats, Floats], Floats]
    """Loss of each row, a function of outcome and η: half the deviance up to a constant of the outcome."""
    start: Callable[[float], float]
    """Link of a mean: the intercept of the constant model."""
    support: Callable[[Floats], bool]
    """Whether all outcomes can occur."""
    outcomes: str
    """The outcomes that can occur, in words."""


FAMILIES = {
    "binomial": Family(
        name="binomial",
        link="logit",
        scale="log-odds",
        mean=expit,
        slope=lambda mean: mean * (1 - mean),
        loss=lambda y, eta: np.logaddexp(0, eta) - y * eta,
        start=lambda mean: float(np.log(mean / (1 - mean))),
        support=lambda y: bool(np.isin(y, (0, 1)).all()),
        outcomes="0 and 1",
    ),
    "gaussian": Family(
        name="gaussian",
        link="identity",
        scale="unit of the outcome",
        mean=lambda eta: eta,
        slope=np.ones_like,
        loss=lambda y, eta: 0.5 * (y - eta) ** 2,
        start=float,
        support=lambda y: bool(np.isfinite(y).all()),
        outcomes="finite numbers",
    ),
    "poisson": Family(
        name="poisson",
        link="log",
        scale="log rate",
        mean=lambda eta: np.exp(np.minimum(eta, LARGEST_LOG)),
        slope=lambda mean: mean,
        loss=lambda y, eta: np.exp(np.minimum(eta, LARGEST_LOG)) - y * eta,
        start=lambda mean: float(np.log(mean)),
        support=lambda y: bool((np.isfinite(y) & (y >= 0)).all()),
        outcomes="finite numbers that are not negative",
    ),
}


def family(name: str) -> Family:
    """The family of that name."""
    if name not in FAMILIES:
        raise OptionError(f"family '{name}' is unknown; choose one of {', '.join(FAMILIES)}")
    return FAMILIES[name]


def check_outcome(chosen: Family, outcome: Floats) -> None:
    """Refuse outcomes that the family cannot have, or that do not vary."""
    if not chosen.support(outcome):
        raise FitError(f"the outcome does not fit the {chosen.name} family, which needs {chosen.outcomes}")
    if np.ptp(outcome) == 0:
        raise FitError(f"the outcome is {outcome[0]:g} in all {len(outcome)} training rows; there is nothing to fit")
