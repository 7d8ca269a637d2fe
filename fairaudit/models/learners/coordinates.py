"""Coordinates in which L-BFGS takes few steps, and a direction is a bound on one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.linalg import solve_triangular

from fairaudit.arrays import Floats
from fairaudit.models.features.directions import Directions


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Points x = U δ of coefficients β = B δ, without directions B = 1.

    With UᵀU the curvature by δ, that by x is 1 everywhere. Of rises, the last of δ, it stays what is left of it beside
    the others, with 1 on its diagonal: for a bound on one of them to be one on a single coordinate.
    """

    upper: Floats
    """U, shape (p, p), upper triangular."""
    basis: Floats | None
    """B, shape (p, p); None: 1."""
    rises: int
    """How many of the last coordinates may not be negative."""

    @classmethod
    def of(cls, curvature: Floats, directions: Directions | None) -> Self:
        """The coordinates for a curvature of the objective by β, shape (p, p), positive definite."""
        if directions is None:
            return cls(np.asarray(np.linalg.cholesky(curvature).T), None, 0)
        basis, count = directions.coordinates(len(curvature)), len(directions.columns)
        upper = np.linalg.cholesky(basis.T @ curvature @ basis).T
        rest = upper[-count:, -count:]
        rest[...] = np.diag(np.sqrt(np.sum(rest**2, axis=0)))
        return cls(np.asarray(upper), basis, count)

    def point(self, coefficients: Floats) -> Floats:
        """x of coefficients."""
        own = coefficients if self.basis is None else np.linalg.solve(self.basis, coefficients)
        return np.asarray(self.upper @ own)

    def coefficients(self, point: Floats) -> Floats:
        """β of a point."""
        own = np.asarray(solve_triangular(self.upper, point))
        return own if self.basis is None else self.basis @ own

    def slope(self, by_coefficient: Floats) -> Floats:
        """The gradient by x from that by β."""
        own = by_coefficient if self.basis is None else self.basis.T @ by_coefficient
        return np.asarray(solve_triangular(self.upper, own, trans="T"))

    def bounds(self, intercepts: int) -> list[tuple[float | None, None]] | None:
        """Bounds on so many intercepts and then x, as SciPy takes them; None: there are none."""
        if not self.rises:
            return None
        free = intercepts + len(self.upper) - self.rises
        return [(None, None)] * free + [(0.0, None)] * self.rises
