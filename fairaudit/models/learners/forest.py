"""Boosted trees: how they are grown, what they predict, and how they say so of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from fairaudit.arrays import Floats

if TYPE_CHECKING:
    import lightgbm


Ending = Literal["counted", "judged", "falling", "unjudged", "nothing"]
"""How a phase came by its number of rounds: all that were asked for; by rows held out; by them, but the last rounds
were among the best; all, as no rows could be held out; none, as no tree could be grown."""


@dataclass(frozen=True)
class Growth:
    """How the trees of one phase are grown; the terms are LightGBM's."""

    n_estimators: int
    learning_rate: float
    num_leaves: int
    subsample: float = 1.0
    colsample_bytree: float = 1.0


@dataclass(frozen=True)
class Forest:
    """Trees as text, LightGBM's own format: numbers and names, no code."""

    text: str = ""
    """Empty for no trees."""
    rounds: int = 0
    ending: Ending = "counted"

    def booster(self) -> lightgbm.Booster:
        """The trees, ready to predict."""
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def predict(self, codes: Floats, columns: int, threads: int = 0) -> Floats:
        """Sum of the trees, shape (n,), or (n, columns) for several linear predictors."""
        if not self.rounds:
            return np.zeros(len(codes)) if columns == 1 else np.zeros((len(codes), columns))
        return np.asarray(self.booster().predict(codes, raw_score=True, num_threads=threads), dtype=np.float64)

    def contributions(self, codes: Floats, columns: int, threads: int = 0) -> Floats:
        """Attributions by TreeSHAP, shape (n, J), or (n, J, columns)."""
        shape = (len(codes), codes.shape[1] + 1)
        if not self.rounds:
            whole = np.zeros((*shape, columns))
        else:
            flat = np.asarray(self.booster().predict(codes, pred_contrib=True, num_threads=threads), dtype=np.float64)
            whole = np.moveaxis(flat.reshape(len(codes), columns, shape[1]), 1, 2)
        return whole[:, :-1, 0] if columns == 1 else whole[:, :-1]


@dataclass(frozen=True, eq=False)
class Boosted:
    """A solution: intercepts, and the trees of both phases."""

    strength: float
    intercept: Floats
    """Shape (), or (m,) for m linear predictors."""
    plain: Forest
    """Trees of the loss alone."""
    fair: Forest
    """Trees of loss and penalty, which begin where the plain ones end."""
    criterion: float = np.inf
    """Mean loss of the plain trees on the rows by which their number was chosen, else on those fitted."""
    steering_strength: float = 0.0
    """By which the knowledge steered the plain trees (see `steering`), and hence the fair ones; 0: not at all."""
    accumulated: Floats | None = None
    """State of the controller after the plain trees; None where there was none."""
