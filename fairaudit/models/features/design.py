"""From features to a design matrix: splines for numbers, one-hots for categories, each column tied to its factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from fairaudit.arrays import Floats, check_numbers
from fairaudit.errors import OptionError, listing
from fairaudit.models.features.encoder import Encoder, Unseen, codes_of, numbers

if TYPE_CHECKING:
    import pandas as pd

Interactions = Literal["pairs"] | Sequence[tuple[str, str]] | None

ROUNDING = 1e-12
"""A spread below that share of the mean is rounding: the number is constant."""
BEYOND = 0.1
"""Share of its range by which a number must be outside of it to be far beyond: some row of a sample always is a bit.
Up to there its effect goes on in a straight line; from there on it stays: a line has no bound, and what follows from it
for a row unlike all others would be a claim about nothing."""
FEWEST_KNOTS = 4
"""Distinct knots that a cubic spline needs; with fewer a number stays a plain column."""


class Design(Encoder):
    """Encode features as centred, scaled columns.

    A number becomes a cubic B-spline with knots at its quantiles; where these are fewer than four, since a few values
    are those of most rows, at these values and at quantiles of the other rows; a plain column where that is too few as
    well. Beyond the rows fitted on its effect goes on in a straight line for a tenth of their range, and then stays;
    where no splines are asked for the line has no end. A category becomes one column per level, a missing value a
    column of its own with the number at its median. An interaction of two factors is the products of their columns,
    where a number stands with its plain column (not its spline): the joint levels of two categories, a slope of the
    number within each level, the product of two numbers. Columns are centred and scaled by the weighted mean and
    standard deviation of the rows fitted on, so that coefficients compare and attributions β (x − mean) need nothing
    else.

    Args:
        n_knots: quantiles at which a spline has its knots; fewer than 4, such as 0: plain columns.
        interactions: ``pairs`` for all pairs of factors, or a list of pairs of their names.
        unseen: what to do with a value of a kind that the training rows did not have (a new level, a missing value in
            a number that had none): ``error``, or ``mean``: the columns of the factor are 0, as if it were unknown.

    Attributes:
        names_: names of the J factors.
        share_: to which factors a column belongs, shape (p, J): 1 for its own, ½ and ½ for the two of an interaction.
        mean_: weighted mean of each column before centring, shape (p,).
        scale_: its weighted standard deviation, shape (p,); 1 for a constant.
    """

    def __init__(self, n_knots: int = 6, interactions: Interactions = None, unseen: Unseen = "error") -> None:
        self.n_knots = n_knots
        self.interactions = interactions
        self.unseen = unseen

    def fit(self, X: pd.DataFrame, y: None = None, sample_weight: Floats | None = None) -> Self:
        """Choose knots, levels and scales.

        Args:
            X: features, n rows; numeric columns are numbers, all others categories.
            y: ignored.
            sample_weight: weights of the rows for centring, shape (n,).
        """
        self.fit_transform(X, y, sample_weight)
        return self

    def fit_transform(self, X: pd.DataFrame, y: None = None, sample_weight: Floats | None = None) -> Floats:
        """As `fit` and `transform` on the same rows, the columns built once, shape (n, p)."""
        if self.n_knots < 0 or self.n_knots != int(self.n_knots):
            raise OptionError(f"n_knots is {self.n_knots}; it must be a whole number from 0 (no splines)")
        weight = np.ones(len(X)) if sample_weight is None else sample_weight
        X = self._learn(X, weight)
        self.pairs_ = self._pairs()
        blocks = self.blocks()
        columns = blocks[-1][1].stop
        self.share_, self.mean_, self.scale_ = (
            np.zeros((columns, len(self.names_))),
            np.empty(columns),
            np.empty(columns),
        )
        matrix = np.empty((len(X), columns), order="F")
        for (factors, place), raw in zip(blocks, self._raw(X), strict=True):
            self.share_[place, list(factors)] = 1 / len(factors)
            mean = weight @ raw / weight.sum()
            part = np.subtract(raw, mean, out=matrix[:, place])
            spread = np.sqrt(weight @ part**2 / weight.sum())
            # Bases, levels and products are of size 1; a plain number is of any size.
            least = 0.0 if len(factors) == 1 and self.encoders_[factors[0]].get("knots", mean) is None else 1.0
            scale = np.where(spread > ROUNDING * np.maximum(least, np.abs(mean)), spread, 1.0)
            part /= scale
            self.mean_[place], self.scale_[place] = mean, scale
        return matrix

    @classmethod
    def joined(cls, parts: Sequence[Design], unseen: Unseen) -> Design:
        """The design of several factors, each fitted by itself, which has no interactions."""
        whole = cls(parts[0].n_knots, None, unseen)
        whole.names_ = [name for part in parts for name in part.names_]
        whole.encoders_ = [encoder for part in parts for encoder in part.encoders_]
        whole.pairs_ = []
        whole.mean_, whole.scale_ = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("mean_", "scale_")
        )
        whole.share_ = block_diag(*(part.share_ for part in parts))
        return whole

    def transform(self, X: pd.DataFrame) -> Floats:
        """The design matrix, shape (n, p); columns are found by name, in any order.

        Raises:
            RoleError: a feature is absent, holds text where it held numbers, or (under ``unseen='error'``) a value of
                a kind that the training rows did not have.
        """
        X, unknown = self._checked(X)
        matrix = np.empty((len(X), len(self.mean_)), order="F")
        for (factors, place), raw in zip(self.blocks(), self._raw(X), strict=True):
            part = np.subtract(raw, self.mean_[place], out=matrix[:, place])
            part /= self.scale_[place]
            part[unknown[:, list(factors)].any(axis=1)] = 0.0
        return matrix

    def beyond(self, X: pd.DataFrame) -> dict[str, tuple[NDArray[np.bool_], float, float]]:
        """By number: the rows in which it is far beyond those fitted on, where its effect stays; and their ends."""
        X, outside = self._select(X), {}
        for name, encoder in zip(self.names_, self.encoders_, strict=True):
            ends = _ends(encoder)
            if ends is None:
                continue
            values = numbers(X[name])
            beyond = (within(values, encoder) != values) & ~np.isnan(values)
            if beyond.any():
                outside[name] = beyond, *ends
        return outside

    def _pairs(self) -> list[tuple[int, int]]:
        if self.interactions is None:
            return []
        if isinstance(self.interactions, str):
            if self.interactions != "pairs":
                raise OptionError(f"interactions '{self.interactions}' is unknown; say 'pairs' or list pairs of names")
            return list(combinations(range(len(self.names_)), 2))
        pairs: dict[tuple[int, int], None] = {}
        for pair in self.interactions:
            first, second, *rest = (str(name) for name in pair) if len(pair) > 1 else ("", "")
            if rest or first == second or not {first, second} <= set(self.names_):
                raise OptionError(
                    f"interaction {tuple(pair)!r}: a pair of different factors is needed; there are"
                    f" {listing(self.names_)}"
                )
            one, other = sorted((self.names_.index(first), self.names_.index(second)))
            pairs[one, other] = None
        return list(pairs)

    def _scale(self, known: Floats, weight: Floats) -> dict[str, Any]:
        if not len(known):
            return {"knots": None, "ends": None, "median": 0.0, "centre": 0.0, "spread": 1.0}
        centre = float(np.average(known, weights=weight))
        spread = float(np.sqrt(np.average((known - centre) ** 2, weights=weight)))
        spread = spread if spread > ROUNDING * abs(centre) else 1.0
        shares = [0.5, *np.linspace(0, 1, max(self.n_knots, 1))]
        median, *quantiles = np.quantile(known, shares, weights=weight, method="inverted_cdf")
        distinct = np.unique(quantiles)
        if len(distinct) < FEWEST_KNOTS <= self.n_knots:
            distinct = _knots_beside_frequent_values(known, weight, self.n_knots)
        knots = distinct if len(distinct) >= FEWEST_KNOTS else None
        ends = (float(known.min()), float(known.max())) if self.n_knots >= FEWEST_KNOTS else None
        return {"knots": knots, "ends": ends, "median": float(median), "centre": centre, "spread": spread}

    def _check_scale(self, name: str, encoder: dict[str, Any]) -> None:
        size = [encoder[word] for word in ("median", "centre", "spread")]
        check_numbers(f"median, centre and spread of '{name}'", size, (3,))
        knots = encoder["knots"]
        if knots is not None:
            check_numbers(f"the knots of '{name}'", knots, (None,))
        ends = encoder.get("ends")
        if ends is not None:
            check_numbers(f"the ends of '{name}'", ends, (2,))
        if encoder["spread"] <= 0 or (knots is not None and (len(knots) < FEWEST_KNOTS or np.diff(knots).min() <= 0)):
            raise ValueError(f"the spread or the knots of '{name}' do not rise")

    def check(self) -> None:
        """As `Encoder.check`; the columns fit the factors, and the interactions are pairs of them."""
        super().check()
        count = len(self.names_)
        for pair in self.pairs_:
            if len(pair) != 2 or not 0 <= pair[0] < pair[1] < count:
                raise ValueError(f"an interaction is of the factors {pair}; there are {count}")
        columns = self.blocks()[-1][1].stop
        check_numbers("the shares of its columns", self.share_, (columns, count))
        check_numbers("the means of its columns", self.mean_, (columns,))
        check_numbers("the scales of its columns", self.scale_, (columns,))
        if self.scale_.min() <= 0:
            raise ValueError("a column has a scale of 0 or below")

    def blocks(self) -> list[tuple[tuple[int, ...], slice]]:
        """The factors of each piece that `_raw` yields, and its place among the columns."""
        plain = [len(encoder.get("levels", "1")) for encoder in self.encoders_]
        owners = [*((factor,) for factor in range(len(self.encoders_))), *self.pairs_]
        widths = [*map(_width, self.encoders_), *(plain[one] * plain[other] for one, other in self.pairs_)]
        ends = np.cumsum([0, *widths])
        return [(factors, slice(*ends[k : k + 2])) for k, factors in enumerate(owners)]

    def _raw(self, X: pd.DataFrame) -> Iterator[Floats]:
        """The columns of each factor, then of each interaction, neither centred nor scaled.

        One by one: all of them twice would be gigabytes.
        """
        for name, encoder in zip(X.columns, self.encoders_, strict=True):
            yield self._columns(X[name], encoder)
        plain = {
            factor: self._columns(X.iloc[:, factor], self.encoders_[factor])
            if "levels" in self.encoders_[factor]
            else self._plain(X.iloc[:, factor], self.encoders_[factor])
            for factor in {factor for pair in self.pairs_ for factor in pair}
        }
        for one, other in self.pairs_:
            yield (plain[one][:, :, None] * plain[other][:, None, :]).reshape(len(X), -1)

    def _columns(self, column: pd.Series[Any], encoder: dict[str, Any]) -> Floats:
        if "levels" in encoder:
            codes = codes_of(column, encoder["levels"])
            known = np.flatnonzero(codes >= 0)
            one_hot = np.zeros((len(codes), len(encoder["levels"])))
            one_hot[known, codes[known]] = 1.0
            return one_hot
        values = within(numbers(column), encoder)
        missing = np.isnan(values)
        filled = np.where(missing, encoder["median"], values)[:, None]
        columns = filled if encoder["knots"] is None else np.asarray(spline_basis(encoder["knots"]).transform(filled))
        return np.column_stack([columns, missing]).astype(np.float64) if encoder["missing"] else columns

    def _plain(self, column: pd.Series[Any], encoder: dict[str, Any]) -> Floats:
        """A number as one column, centred first: products of uncentred numbers would repeat the numbers themselves."""
        values = within(numbers(column), encoder)
        filled = np.where(np.isnan(values), encoder["median"], values)
        return np.asarray((filled - encoder["centre"]) / encoder["spread"])[:, None]


def _knots_beside_frequent_values(known: Floats, weight: Floats, count: int) -> Floats:
    """Knots of a number that has one value, or a few, in most of the rows, such as a count that is mostly 0.

    Each value that holds as many rows as lie between two knots is a knot; the others are quantiles of the other rows.
    """
    values, place = np.unique(known, return_inverse=True)
    mass = np.bincount(place, weight)
    often = mass >= weight.sum() / (count - 1)
    frequent: Floats = values[often]
    if often.all() or len(frequent) >= count:
        return frequent
    rest = np.quantile(
        values[~often], np.linspace(0, 1, count - len(frequent)), weights=mass[~often], method="inverted_cdf"
    )
    return np.unique(np.concatenate([frequent, rest]))


def _ends(encoder: dict[str, Any]) -> tuple[float, float] | None:
    """Least and largest number fitted on; None of a level, and where lines have no end."""
    knots = encoder.get("knots")
    if knots is not None:
        return float(knots[0]), float(knots[-1])
    ends = encoder.get("ends")  # models saved by 0.1.0 have none
    return None if ends is None else (float(ends[0]), float(ends[1]))


def within(values: Floats, encoder: dict[str, Any]) -> Floats:
    """Numbers no further beyond those fitted on than `BEYOND` of their range."""
    ends = _ends(encoder)
    if ends is None:
        return values
    margin = BEYOND * (ends[1] - ends[0])
    return np.clip(values, ends[0] - margin, ends[1] + margin)


def _width(encoder: dict[str, Any]) -> int:
    """Columns of a factor: one for each level or each base of the spline, and one for missing numbers."""
    if "levels" in encoder:
        return len(encoder["levels"])
    return int(encoder["missing"]) + (1 if encoder["knots"] is None else len(encoder["knots"]) + 1)


def spline_basis(knots: Floats) -> Any:
    """Cubic B-splines, knots + 1 columns, linear beyond the outer knots; built anew, so that a model holds knots."""
    from sklearn.preprocessing import SplineTransformer  # which imports a progress bar, a tenth of a second

    spline = SplineTransformer(degree=3, knots=knots[:, None], extrapolation="linear", include_bias=False)
    return spline.fit(knots[:, None])
