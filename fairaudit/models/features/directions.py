"""Directions: numbers with which a prediction may only rise, or only fall."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.errors import OptionError, listing
from fairaudit.models.families import kind
from fairaudit.models.features.design import Design


def signs(asked: Mapping[str, int] | None, names: Sequence[str], categories: Container[int]) -> list[int]:
    """The direction of each feature: 1, −1, or 0 for none.

    Args:
        asked: feature → direction; None: none.
        names: of the features.
        categories: places of those that are no numbers.

    Raises:
        OptionError: something else than a number of the features is to have a direction, or something else than 1, −1
            or 0 is asked of it.
    """
    asked = dict(asked or {})
    for name, sign in asked.items():
        if name not in names:
            raise OptionError(f"monotone_constraints: '{name}' is no feature; the features are {listing(names)}")
        if sign not in (-1, 0, 1):
            raise OptionError(f"monotone_constraints: '{name}' is {sign!r}; choose one of 1, 0, -1")
        if sign and names.index(name) in categories:
            raise OptionError(f"monotone_constraints: '{name}' is a category; only numbers rise and fall")
    return [int(asked.get(name, 0)) for name in names]


def check_directions(asked: Mapping[str, int] | None, family: str) -> None:
    """Refuse directions of a model whose features say one number for each class."""
    if kind(family).several and any(dict(asked or {}).values()):
        raise OptionError(f"monotone_constraints mean nothing for the {family} family: its classes share one sum")


@dataclass(frozen=True, eq=False)
class Directions:
    r"""The rises that some coefficients of a design stand for, none of which may be negative.

    A cubic B-spline does not fall where its coefficients do not, as its slope is a mean of their differences,

    .. math:: f'(x) = 3 \sum_i \frac{c_{i+1} - c_i}{t_{i+4} - t_{i+1}} B_{i,2}(x)

    with quadratic bases B ≥ 0 that sum to 1 (de Boor 1978, A Practical Guide to Splines, ch. X), at the ends and in the
    straight lines beyond as well. So the m coefficients of a number are read as m differences: those of the m + 1
    coefficients of its spline, the last of which is 0; of a plain column the slope. That is enough, not necessary: a
    spline may rise everywhere though a coefficient falls a little.
    """

    columns: Ints
    """Places of these coefficients, shape (m,)."""
    basis: Floats
    """The coefficients from the rises, shape (m, m)."""

    @classmethod
    def of(cls, design: Design, signs: Sequence[int]) -> Self | None:
        """The rises of the numbers of a fitted design; None where no number has a direction.

        Args:
            design: fitted.
            signs: direction of each factor.

        Raises:
            OptionError: a number is to have a direction and is part of an interaction.
        """
        places, parts = [], []
        for (factor, *others), place in design.blocks():
            if others and any(signs[one] for one in (factor, *others)):
                names = [design.names_[one] for one in (factor, *others)]
                name = next(name for name, one in zip(names, (factor, *others), strict=True) if signs[one])
                raise OptionError(
                    f"monotone_constraints: '{name}' is in the interaction of {' and '.join(names)}, where its slope"
                    " depends on the other; leave one of the two out"
                )
            if others or not signs[factor]:
                continue
            encoder = design.encoders_[factor]
            own = np.arange(place.start, place.stop - int(encoder["missing"]))  # a missing value has no direction
            differences = np.eye(len(own), k=1) - np.eye(len(own)) if encoder["knots"] is not None else np.eye(1)
            places.append(own)
            parts.append(signs[factor] * differences / design.scale_[own])
        if not places:
            return None
        whole = np.zeros((sum(map(len, places)),) * 2)
        start = 0
        for part in parts:
            stop = start + len(part)
            whole[start:stop, start:stop] = np.linalg.inv(part)
            start = stop
        return cls(np.concatenate(places), whole)

    def coordinates(self, count: int) -> Floats:
        """B, shape (p, p): all p coefficients from free ones, and last the rises.

        Args:
            count: p.
        """
        free = np.setdiff1d(np.arange(count), self.columns)
        basis = np.zeros((count, count))
        basis[free, np.arange(len(free))] = 1.0
        basis[np.ix_(self.columns, np.arange(len(free), count))] = self.basis
        return basis
