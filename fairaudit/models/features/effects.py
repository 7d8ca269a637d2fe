"""The effects that the coefficients of a design stand for, in units that compare: what a prior can say the size of.

A coefficient of a scaled column means little by itself: that of a rare level is large because the column's spread is
small, those of a spline are bent and straight at once. So coefficients β are read as effects z = M β:

=========  ==========================================================================================================
straight   what a standard deviation of a number changes, and how far the second level of two is from the first, or
           missing values from the mean; all of them are of one kind
bent       second differences of the coefficients of one number's spline: 0 for a straight line
levels     how far each level of a factor of three or more is from the mean
joint      the coefficients of the products of two factors' columns
=========  ==========================================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Floats, Ints
from fairaudit.models.features.design import Design, spline_basis

STRAIGHT = "straight"
"""Kind of effects that all factors share."""
FEWEST_LEVELS = 3
"""Levels from which those of a factor are of a kind of their own."""


@dataclass(frozen=True, eq=False)
class Effects:
    """How the coefficients of a design are read as effects."""

    matrix: Floats
    """M, shape (p, p), block by block: z = M β; it has an inverse."""
    kind: Ints
    """Place in `names` of the kind of each effect, shape (p,)."""
    names: list[str]
    """The kinds: ``straight``, ``bent NAME``, ``levels NAME``, ``joint NAME, NAME``."""

    @classmethod
    def of(cls, design: Design, matrix: Floats, weight: Floats) -> Effects:
        """The effects of a fitted design.

        Args:
            design: fitted.
            matrix: its columns for some rows, shape (n, p), which say what line is nearest to a curve.
            weight: weights of these rows, shape (n,).
        """
        size = len(design.mean_)
        whole, kinds, names = np.zeros((size, size)), np.zeros(size, dtype=np.intp), [STRAIGHT]
        for factors, place in design.blocks():
            labels, scale = [design.names_[factor] for factor in factors], design.scale_[place]
            encoder = design.encoders_[factors[0]]
            if len(factors) > 1:
                name, rows, own = f"joint {', '.join(labels)}", np.diag(1 / scale), np.ones(len(scale), dtype=bool)
            elif "levels" in encoder:
                name, rows = f"levels {labels[0]}", np.diag(1 / scale)
                own = np.full(len(scale), len(scale) >= FEWEST_LEVELS)
            else:
                name, (rows, own) = f"bent {labels[0]}", _of_number(encoder, scale, matrix[:, place], weight)
            whole[place, place] = rows
            if own.any():
                kinds[place] = np.where(own, len(names), 0)
                names.append(name)
        return cls(whole, kinds, names)

    @cached_property
    def inverse(self) -> Floats:
        """The way back, shape (p, p): β from z."""
        return np.asarray(np.linalg.inv(self.matrix), dtype=np.float64)

    def in_deviations(self, precision: Floats) -> Floats:
        """F, shape (p, p), that makes effects in standard deviations of their kind of coefficients: z √λ = F β.

        Args:
            precision: λ = 1 / σ² of each kind, shape (kinds,).
        """
        return np.asarray(np.sqrt(precision)[self.kind][:, None] * self.matrix)


def _of_number(
    encoder: dict[str, Any], scale: Floats, columns: Floats, weight: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """The effects of one number from the coefficients of its scaled columns, shape (m, m), and which of them are bends.

    A missing value's is in units of the raw column, that of a plain number per standard deviation, as it is.
    """
    rows, bent = np.diag(1 / scale), np.zeros(len(scale), dtype=bool)
    knots = encoder["knots"]
    if knots is None:
        rows[0, 0] = 1.0
    else:
        bases = len(knots) + 1
        rows[: bases - 1, :bases] = _second_differences(knots) / scale[:bases]
        rows[bases - 1, :bases] = _slope(knots, scale[:bases], columns[:, :bases], weight)
        bent[: bases - 1] = True
    return rows, bent


def _second_differences(knots: Floats) -> Floats:
    r"""Bends of a cubic spline at its Greville abscissae ξ, in units of the curve, shape (knots, knots + 1).

    .. math:: \frac{\xi_{i+1} - \xi_{i-1}}{2} \left( \frac{c_{i+1} - c_i}{\xi_{i+1} - \xi_i}
        - \frac{c_i - c_{i-1}}{\xi_i - \xi_{i-1}} \right)

    Of evenly spaced knots these are the second differences of P-splines (Eilers & Marx 1996,
    doi:10.1214/ss/1038425655). They are 0 for straight lines only; and since each is a change of the curve over the
    rows between two quantiles, a skewed number may bend where its rows are as easily as in its long tail. The last
    coefficient is 0, as its basis is not among the columns.
    """
    step = np.diff(_greville(knots))
    rows = np.zeros((len(knots), len(knots) + 2))
    for k in range(len(knots)):
        width = (step[k] + step[k + 1]) / 2
        rows[k, k : k + 3] = width / step[k], -width / step[k] - width / step[k + 1], width / step[k + 1]
    return rows[:, :-1]


def _slope(knots: Floats, scale: Floats, columns: Floats, weight: Floats) -> Floats:
    """What a standard deviation of a number changes in the straight line nearest to its spline, by scaled column.

    The number is a spline itself, with its Greville abscissae as coefficients: so it need not be at hand.
    """
    greville = _greville(knots)
    number = columns @ ((greville[:-1] - greville[-1]) * scale)
    share = weight / weight.sum()
    number -= share @ number
    return np.asarray((share * number) @ columns / np.sqrt(share @ number**2))


def _greville(knots: Floats) -> Floats:
    """Greville abscissae: means of the three knots inside each base, shape (knots + 2,)."""
    places = spline_basis(knots).bsplines_[0].t
    return np.array([places[k + 1 : k + 4].mean() for k in range(len(knots) + 2)])
