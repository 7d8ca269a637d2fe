"""Knowledge about the importance of factors, from a file, from Python or from other models."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from fairaudit.errors import OptionError, SourceError, listing
from fairaudit.models.guides.consistency import Reference

TIERS = ("primary", "secondary", "other")
KINDS = ("weights", "order", "tiers")
EXAMPLE = 'write [weights] with lines such as income = 3, or order = ["income", "age"], or [tiers] with primary = [...]'


@dataclass(frozen=True)
class Knowledge:
    """What is known of the importance of factors: weights, or an order, or tiers; exactly one of them.

    A factor that is not mentioned is behind all that are: its weight is 0, it is behind the order, or in the last tier.
    """

    weights: Mapping[str, float] | None = None
    """Factor → weight, ≥ 0, not all 0; only their proportions count."""
    order: Sequence[str] | None = None
    """Factors, the most important first."""
    tiers: Mapping[str, Sequence[str]] | None = None
    """Tier (`primary`, `secondary`, `other`) → factors; those of one tier are not compared."""
    source: str = field(default="given", compare=False)
    """Where it is from, in words."""

    def __post_init__(self) -> None:
        """Refuse knowledge that says nothing, or contradicts itself."""
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = f"both {' and '.join(given)}" if given else "none of weights, order and tiers"
            raise OptionError(f"the knowledge holds {found}; one of them is needed: {EXAMPLE}")
        if self.weights is not None:
            _check_weights(self.weights)
            return
        if self.order is not None:
            names = list(_names(self.order, "order"))
        else:
            assert self.tiers is not None
            names = _tiered(self.tiers)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise OptionError(f"the knowledge names {listing(twice)} more than once; each factor has one place")

    @property
    def kind(self) -> str:
        """`weights`, `order` or `tiers`."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def mentioned(self) -> list[str]:
        """The factors that it names, in its order."""
        if self.weights is not None:
            return list(self.weights)
        if self.order is not None:
            return list(self.order)
        return [name for tier in TIERS for name in (self.tiers or {}).get(tier, ())]

    def __str__(self) -> str:
        """What is known in one line: ``income 3, age 1``, ``income > age``, or ``primary: income; other: age``."""
        if self.weights is not None:
            return ", ".join(f"{name} {value:.4g}" for name, value in self.weights.items())
        if self.order is not None:
            return " > ".join(self.order)
        tiers = self.tiers or {}
        return "; ".join(f"{tier}: {', '.join(tiers[tier])}" for tier in TIERS if tiers.get(tier))

    def reference(self, factors: Sequence[str]) -> Reference:
        """The knowledge on the factors of a model.

        Raises:
            OptionError: it names something that is not among them.
        """
        unknown = [name for name in self.mentioned if name not in factors]
        if unknown:
            raise OptionError(
                f"the knowledge names {listing(unknown)}; the factors of the model are {listing(factors)}"
            )
        if self.weights is not None:
            weight = np.array([float(self.weights.get(name, 0.0)) for name in factors])
            return Reference(np.unique(-weight, return_inverse=True)[1].reshape(-1).astype(np.intp), weight)
        if self.order is not None:
            place = {name: index for index, name in enumerate(self.order)}
        else:
            place = {name: TIERS.index(tier) for tier, names in (self.tiers or {}).items() for name in names}
        last = len(self.order) if self.order is not None else TIERS.index("other")
        return Reference(np.array([place.get(name, last) for name in factors], dtype=np.intp))

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Knowledge:
        """The knowledge in a TOML file.

        Raises:
            SourceError: there is no such file, or it is no TOML.
            OptionError: it holds something else than one of weights, order and tiers, or values that do not fit.
        """
        file = Path(path)
        try:
            held = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise SourceError(f"knowledge file '{path}' cannot be read: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SourceError(f"knowledge file '{path}' is no TOML: {error}; {EXAMPLE}") from error
        strange = [name for name in held if name not in KINDS]
        if strange:
            raise OptionError(f"knowledge file '{path}' holds {listing(strange)}; {EXAMPLE}")
        try:
            return cls(**held, source=file.name)
        except OptionError as error:
            raise OptionError(f"knowledge file '{path}': {error}") from error


def _check_weights(weights: Any) -> None:
    if not isinstance(weights, Mapping):
        raise OptionError(f"weights are {weights!r}; factors with a number each are needed, such as income = 3")
    for name, value in weights.items():
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < np.inf:
            raise OptionError(f"the weight of '{name}' is {value!r}; a number that is not negative is needed")
    if not any(weights.values()):
        raise OptionError("no factor has a weight above 0; a weight says how much a factor matters, such as income = 3")


def _tiered(tiers: Any) -> list[str]:
    if not isinstance(tiers, Mapping):
        raise OptionError(f'tiers are {tiers!r}; lists of factors are needed, such as primary = ["income"]')
    strange = [tier for tier in tiers if tier not in TIERS]
    if strange:
        raise OptionError(f"there is no tier {listing(strange)}; the tiers are {', '.join(TIERS)}")
    names = [name for tier, members in tiers.items() for name in _names(members, tier)]
    if not any(tiers.get(tier) for tier in TIERS[:-1]):
        raise OptionError("no factor is primary or secondary, so that there is no order to follow")
    return names


def _names(value: Any, what: str) -> Sequence[str]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(name, str) for name in value):
        raise OptionError(f'{what} is {value!r}; a list of factors is needed, such as ["income", "age"]')
    if what == "order" and not value:
        raise OptionError("order names no factor; list them, the most important first")
    return value
