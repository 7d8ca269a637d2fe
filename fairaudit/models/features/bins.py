"""Features for trees: numbers as the codes of their bins, categories as codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fairaudit.arrays import Floats, check_numbers
from fairaudit.models.features.encoder import Encoder, Unseen, codes_of, numbers

if TYPE_CHECKING:
    import pandas as pd


class Bins(Encoder):
    """Encode features as whole numbers that trees split.

    A number becomes the code of its bin: each distinct value a bin where they are few enough, else bins of equal
    weight. A category becomes the place of its level. A missing number stays missing; trees find a side for it. Bins
    are cut under the weights, so that a row of weight two is the row twice.

    Args:
        max_bins: most bins of a number, ≥ 2.
        unseen: what to do with a value of a kind that the training rows did not have: ``error``, or ``mean``: it is
            taken as missing.

    Attributes:
        names_: names of the J factors.
        categorical_: positions of the categories.
    """

    unknown_counts = "as missing"

    def __init__(self, max_bins: int = 255, unseen: Unseen = "error") -> None:
        self.max_bins = max_bins
        self.unseen = unseen

    def fit(self, X: pd.DataFrame, y: None = None, sample_weight: Floats | None = None) -> Self:
        """Choose bins and levels.

        Args:
            X: features, n rows; numeric columns are numbers, all others categories.
            y: ignored.
            sample_weight: weights of the rows, shape (n,).
        """
        self._learn(X, np.ones(len(X)) if sample_weight is None else sample_weight)
        self.categorical_ = [index for index, each in enumerate(self.encoders_) if "levels" in each]
        return self

    def transform(self, X: pd.DataFrame) -> Floats:
        """Codes, shape (n, J), NaN where missing or unknown; columns are found by name, in any order.

        Raises:
            RoleError: as `Encoder`.
        """
        X, unknown = self._checked(X)
        codes = np.column_stack(
            [self._codes(X[name], encoder) for name, encoder in zip(self.names_, self.encoders_, strict=True)]
        )
        codes[unknown] = np.nan
        return codes

    def _scale(self, known: Floats, weight: Floats) -> dict[str, Any]:
        distinct, index = np.unique(known, return_inverse=True)
        starts = np.arange(len(distinct))
        if len(distinct) > self.max_bins:
            below = np.cumsum(np.bincount(index, weight)) / weight.sum()
            # A share that is a whole number of bins but for rounding fills the last of them.
            part = np.minimum(np.floor(below * self.max_bins * (1 - 1e-12)), self.max_bins - 1)
            starts = np.flatnonzero(np.diff(part, prepend=-1.0))
        last, first = distinct[starts[1:] - 1], distinct[starts[1:]]
        between = last / 2 + first / 2
        # A value belongs to the bin whose lower edge is the last one not above it. Between two neighbours there may be
        # no number.
        return {"edges": np.where(between > last, between, first)}

    def _check_scale(self, name: str, encoder: dict[str, Any]) -> None:
        check_numbers(f"the edges of '{name}'", encoder["edges"], (None,))
        if (np.diff(encoder["edges"]) <= 0).any():
            raise ValueError(f"the edges of '{name}' do not rise")

    def check(self) -> None:
        """As `Encoder.check`; the categories are where their levels are."""
        super().check()
        if self.categorical_ != [place for place, known in enumerate(self.encoders_) if "levels" in known]:
            raise ValueError("its categories are not those that have levels")

    def _codes(self, column: pd.Series[Any], encoder: dict[str, Any]) -> Floats:
        if "levels" in encoder:
            return codes_of(column, encoder["levels"]).astype(np.float64)
        values = numbers(column)
        codes = np.searchsorted(encoder["edges"], values, side="right").astype(np.float64)
        codes[np.isnan(values)] = np.nan
        return codes
