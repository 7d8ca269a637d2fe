"""What may be asked of measuring and fitting: the words of each option, and how an audit measures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Literal, get_args

from fairaudit.errors import OptionError, listing
from fairaudit.problems import Problems

Scale = Literal["paper", "standardised", "equal"]
Parity = Literal["demographic", "equalized-odds", "equal-opportunity"]
GroupWeight = Literal["size", "equal"]
Correction = Literal["holm", "bh", "none"]
Penalized = Literal["prediction", "decision"]
Trace = Literal["penalty", "consistency"]
Divergence = Literal["kl", "reverse-kl", "js", "balanced", "plackett-luce"]

Margins = tuple[tuple[str, float], ...]
"""Measure and the gap up to which groups are equal in it; under `SHARES` that of all shares."""
SHARES = "shares"
"""Name of the margin that is for every measure which is a share."""
MARGINS: Margins = ((SHARES, 0.05),)
"""Difference of two shares up to which groups count as equivalent, unless another is asked for."""

EngineName = Literal["auto", "pandas", "duckdb", "spark"]
ENGINES: tuple[str, ...] = get_args(EngineName)
"""What may count the rows of a file."""
LOCAL = "local[*]"
"""The master of Spark unless somebody names one: the processors of this machine."""
MODELS = ("glm", "boosting", "network")
"""Kinds of models that are fitted."""
MOST_DRAWS = 100_000
"""Most replicates and shuffles: more of them show digits that no reader can use, and fill the memory."""
FEWEST_SHOWN = 5
"""Rows, or people, from which a group's mean and distribution are told: of fewer they would be those of single ones."""
LARGEST = 2**63 - 1
"""Largest whole number that a result can state."""
SCALES: tuple[str, ...] = get_args(Scale)
CORRECTIONS: tuple[str, ...] = get_args(Correction)
PARITIES: tuple[str, ...] = get_args(Parity)
GROUP_WEIGHTS: tuple[str, ...] = get_args(GroupWeight)
TRACES: tuple[str, ...] = get_args(Trace)
DIVERGENCES: tuple[str, ...] = get_args(Divergence)
PENALIZED: tuple[str, ...] = get_args(Penalized)
RECALIBRATIONS = ("none", "isotonic")


def one_of(value: object, name: str, known: tuple[str, ...]) -> None:
    """Refuse a word that is not among those known."""
    if value not in known:
        raise OptionError(f"{name} '{value}' is unknown; there are {listing(known)}")


def parse_density(text: str) -> tuple[str, float | None]:
    """``bins``, ``bins:M`` or ``kde:BANDWIDTH`` as (kind, number)."""
    kind, colon, number = text.partition(":")
    try:
        value = float(number) if colon else None
    except ValueError:
        value = -1.0
    fits = {
        "bins": value is None or (2 <= value <= 1000 and value == int(value)),
        "kde": value is not None and 0 < value < math.inf,
    }
    if not fits.get(kind, False):
        raise OptionError(f"density '{text}' is unknown; write bins, bins:20 (2 to 1000) or kde:0.15 (a bandwidth)")
    return kind, value


def whole(value: object, name: str) -> int:
    """The value as a whole number, or an `OptionError`."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise OptionError(f"{name} is {value!r}; a whole number is needed")
    return int(value)


def real(value: object, name: str) -> float:
    """The value as a number, or an `OptionError`."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise OptionError(f"{name} is {value!r}; a number is needed")
    return float(value)


def margins(given: object) -> Margins:
    """Margins of equivalence as pairs, those that are not named as they are by default.

    Args:
        given: a number for all shares; texts ``NUMBER`` or ``MEASURE=NUMBER``, where ``3%`` is 0.03; or a mapping from
            measure to number, in the unit of the measure.
    """
    parts: list[tuple[object, object]] = []
    if isinstance(given, Mapping):
        parts = list(given.items())
    elif isinstance(given, str) or not isinstance(given, Sequence):
        parts = [_margin(given)]
    else:
        parts = [part if isinstance(part, tuple) and len(part) == 2 else _margin(part) for part in given]
    asked = {str(name): _above_zero(str(name), value) for name, value in parts}
    if not asked.get(SHARES, 0.0) < 1:
        raise OptionError(f"margin is {asked[SHARES]:g} for shares; it must be below 1, such as 0.05 or 5%")
    return tuple(sorted((dict(MARGINS) | asked).items()))


def _margin(text: object) -> tuple[object, object]:
    """One margin as it is written."""
    name, equals, number = text.rpartition("=") if isinstance(text, str) else ("", "", text)
    return (name.strip() if equals else SHARES), number


def _above_zero(name: str, value: object) -> float:
    """A margin as a number."""
    if isinstance(value, str):
        scale, text = (0.01, value.strip()[:-1]) if value.strip().endswith("%") else (1.0, value)
        try:
            value = scale * float(text)
        except ValueError:
            raise OptionError(f"margin '{value}' is no number; write NUMBER or MEASURE=NUMBER, such as 3%") from None
    number = real(value, f"margin for {name}")
    if not 0 < number < float("inf"):
        raise OptionError(f"margin is {number:g} for {name}; it must be above 0, such as 0.05")
    return number


@dataclass(frozen=True)
class Options:
    """How the audit measures. Every value is stated in the report's manifest."""

    min_group: int = 25
    """Independent rows of equal weight below which a group is not compared: by Pinsker's bound on the expected
    divergence p/(2n) ≤ 8δ² of a fitted p-parameter distribution (Sheena 2021), one rate is known to δ = 5 points of
    Bayes error from n = 25."""
    confidence: float = 0.95
    """Coverage of the intervals."""
    suppress: int = 0
    """People that every number of an audit must be about; 0: groups of any size are told, those of fewer than
    `FEWEST_SHOWN` without a value."""
    bootstrap: int = 1000
    """Bootstrap replicates; 0 for no intervals."""
    permutations: int = 499
    """Permutations of the predictions for floors and p-values; 0 for none."""
    seed: int = 0
    """Seed of every random draw."""
    density: str = "bins"
    """How continuous predictions become distributions: ``bins`` (equal mass), ``bins:M`` or ``kde:BANDWIDTH``."""
    scale: Scale = "paper"
    """How attributes are scaled before distances are taken: as published, by standard deviation, or to equal weight."""
    exact: bool = False
    """Whether measures of several attributes take the exact places of continuous ones, from all pairs of rows, instead
    of quantile cells: O(n²) time."""
    parity: Parity = "demographic"
    """Among which rows independence is asked: ``demographic`` (all), ``equalized-odds`` (within each outcome) or
    ``equal-opportunity`` (within the positive outcome)."""
    search: int = 0
    """Most attributes that are combined in the search for subgroups that stand out; 0 for no search."""
    search_min: int = 50
    """People that a subgroup of the search needs, and what they must be worth under weights."""
    correction: Correction = "holm"
    """How p-values are corrected for the number of hypotheses: ``holm`` (at most 5% of audits claim anything that is
    not there), ``bh`` (at most 5% of what is claimed is not there) or ``none``."""
    margin: Margins | float | str | Sequence[str] | Mapping[str, float] = MARGINS
    """Gap up to which groups count as equal: of all shares, and of measures by name, in their own unit (see
    `margins`)."""
    extra: dict[str, object] = field(default_factory=dict, compare=False)
    """Further arguments to state in the manifest (those of the command)."""

    def __post_init__(self) -> None:
        """Refuse values outside their range, all of them at once."""
        problems = Problems()
        for check in (self._check_shares, self._check_words):
            with problems.gathered():
                check()
        for name in ("min_group", "suppress", "bootstrap", "permutations", "search", "search_min", "seed"):
            with problems.gathered():
                self._check_whole(name)
        with problems.gathered():
            object.__setattr__(self, "margin", margins(self.margin))
        problems.tell()

    def _check_shares(self) -> None:
        object.__setattr__(self, "confidence", real(self.confidence, "confidence"))
        if not 0 < self.confidence < 1:
            raise OptionError(f"confidence is {self.confidence:g}; it must lie between 0 and 1, such as 0.95")

    def _check_words(self) -> None:
        problems = Problems()
        with problems.gathered():
            if self.parity not in PARITIES:
                raise OptionError(f"parity '{self.parity}' is unknown; choose one of {', '.join(PARITIES)}")
        with problems.gathered():
            one_of(self.scale, "scale", SCALES)
        with problems.gathered():
            one_of(self.correction, "correction", CORRECTIONS)
        with problems.gathered():
            if not isinstance(self.density, str):
                raise OptionError(f"density is {self.density!r}; text is needed, such as 'bins' or 'kde:0.15'")
        problems.tell()

    def _check_whole(self, name: str) -> None:
        words = name.replace("_", "-")
        object.__setattr__(self, name, whole(getattr(self, name), words))
        if getattr(self, name) < 0:
            raise OptionError(f"{words} is {getattr(self, name)}; it must not be negative")
        most = MOST_DRAWS if name in ("bootstrap", "permutations") else LARGEST
        if getattr(self, name) > most:
            raise OptionError(f"{words} is {getattr(self, name):,}; it must be at most {most:,}")
        if name == "bootstrap" and self.bootstrap == 1:
            raise OptionError("bootstrap is 1; an interval needs at least 2 replicates, or 0 for no intervals")
        if name == "search_min" and self.search_min < 1:
            raise OptionError("search-min is 0; a subgroup has at least 1 person")

    def refuse_suppression(self, work: str) -> None:
        """Refuse to suppress small groups where only audits can."""
        if self.suppress:
            raise OptionError(
                f"suppress is {self.suppress}, which audits know; {work} tells of its rows in other ways. Audit the"
                " predictions that it writes"
            )

    @classmethod
    def checked(cls, given: Options | None) -> Options:
        """The options given, or the defaults."""
        if given is not None and not isinstance(given, cls):
            raise OptionError(f"options is of type {type(given).__name__}; write options=fairaudit.Options(...)")
        return given or cls()
