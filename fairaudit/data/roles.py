"""What each column is for: the question that an audit asks of a table, before any row is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Integral, Real
from typing import Literal, get_args

from fairaudit.errors import OptionError, RoleError, listing

Task = Literal["binary", "regression", "count", "ordinal", "multiclass"]
Missing = Literal["error", "group", "drop"]
Kind = Literal["auto", "categorical", "continuous", "bins"]
Scale = Literal["paper", "standardised", "equal"]
Parity = Literal["demographic", "equalized-odds", "equal-opportunity"]
GroupWeight = Literal["size", "equal"]
Penalized = Literal["prediction", "decision"]
Trace = Literal["penalty", "consistency"]
Divergence = Literal["kl", "reverse-kl", "js", "balanced", "plackett-luce"]

MODELS = ("glm", "boosting", "network")
"""Kinds of models that are fitted."""
FAMILIES_FITTED = ("binomial", "gaussian", "poisson", "gamma", "tweedie", "ordinal")
"""Distributions of the outcome that models are fitted for."""
TASKS: tuple[str, ...] = get_args(Task)
MISSING: tuple[str, ...] = get_args(Missing)
SCALES: tuple[str, ...] = get_args(Scale)
PARITIES: tuple[str, ...] = get_args(Parity)
GROUP_WEIGHTS: tuple[str, ...] = get_args(GroupWeight)
TRACES: tuple[str, ...] = get_args(Trace)
DIVERGENCES: tuple[str, ...] = get_args(Divergence)
PENALIZED: tuple[str, ...] = get_args(Penalized)


@dataclass(frozen=True)
class Protected:
    """One protected attribute: a column and how to read it."""

    name: str
    """The column."""
    kind: Kind = "auto"
    """``auto`` reads text and 0/1 as categories and other numbers as numbers; ``continuous`` insists on numbers;
    ``categorical`` takes each value as a name; ``bins`` cuts numbers at `edges`."""
    edges: tuple[float, ...] = ()
    """For ``bins``: increasing cuts; a value equal to a cut belongs to the upper band: 25 is in 25–44.9…"""

    def text(self) -> str:
        """The attribute as `parse` reads it."""
        if self.kind == "bins":
            return f"{self.name}:bins=" + ",".join(f"{edge:.17g}" for edge in self.edges)
        return self.name if self.kind == "auto" else f"{self.name}:{self.kind}"

    @classmethod
    def parse(cls, text: str) -> Protected:
        """``NAME``, ``NAME:continuous``, ``NAME:categorical`` or ``NAME:bins=25,45``.

        Only these suffixes are special, so a column may have a colon in its name.
        """
        name, colon, suffix = text.rpartition(":")
        if colon and suffix == "categorical":
            return cls(name, "categorical")
        if colon and suffix == "continuous":
            return cls(name, "continuous")
        if colon and suffix.startswith("bins="):
            return cls(name, "bins", _edges(text, suffix.removeprefix("bins=")))
        return cls(text)

    @classmethod
    def parse_all(cls, given: str | Protected | Iterable[str | Protected]) -> tuple[Protected, ...]:
        """One attribute or several, each as text (see `parse`) or parsed already."""
        several = (given,) if isinstance(given, (str, Protected)) else given
        if not isinstance(several, Iterable):
            raise RoleError(f"protected is {given!r}; the names of one or more columns are needed, such as ['sex']")
        return tuple(each if isinstance(each, Protected) else cls.parse(_name(each, "protected")) for each in several)


def column_names(given: str | Iterable[str], role: str) -> tuple[str, ...]:
    """One name of a column or several."""
    if not isinstance(given, Iterable):
        raise RoleError(f"{role} is {given!r}; the names of columns are needed, such as ['age', 'income']")
    return (given,) if isinstance(given, str) else tuple(_name(each, role) for each in given)


def _name(name: object, role: str) -> str:
    if not isinstance(name, str):
        example = f"'{name}'" if isinstance(name, Integral) else "'age'"
        raise RoleError(f"{role} is {name!r}, which is no text; write the name of a column as text, such as {example}")
    return name


def one_of(value: object, name: str, known: tuple[str, ...]) -> None:
    """Refuse a word that is not among those known."""
    if value not in known:
        raise OptionError(f"{name} '{value}' is unknown; there are {listing(known)}")


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


def _edges(text: str, cuts: str) -> tuple[float, ...]:
    try:
        edges = tuple(float(cut) for cut in cuts.split(","))
    except ValueError:
        edges = ()
    increasing = all(low < high for low, high in pairwise(edges))
    if not edges or not increasing or not all(abs(edge) < float("inf") for edge in edges):
        raise OptionError(f"'{text}': bins need increasing numbers between commas, such as age:bins=25,45")
    return edges


@dataclass(frozen=True)
class Roles:
    """Which column plays which part, and how its values are read. Columns are named, not yet checked."""

    target: str | None = None
    """The observed outcome: ``NAME``, or ``NAME=LEVEL,LEVEL``: for a binary task the levels that count as 1, for an
    ordinal one all levels from lowest to highest."""
    prediction: str | None = None
    """A score, a probability, an expected value or (for counts) an expected count."""
    decision: str | None = None
    """A yes/no decision: ``NAME``, or ``NAME=LEVEL,LEVEL`` with the levels that mean yes."""
    threshold: float | None = None
    """Cut of the prediction that makes a decision: yes where prediction ≥ threshold."""
    protected: tuple[Protected, ...] = ()
    """The protected attributes, in the order of the report."""
    exposure: str | None = None
    """Time at risk, for counts."""
    weight: str | None = None
    """Row weights, such as survey weights; not exposure."""
    task: Task | None = None
    """None: guessed from the target's values, and stated in the report."""
    features: tuple[str, ...] | None = None
    """Inputs of a model. None: every column that has no other role and is not dropped."""
    drop: tuple[str, ...] = ()
    """Columns that are not features."""
    given: str | None = None
    """Admissible column: independence is asked among rows with the same value of it."""
    split_by: str | None = None
    """Rows with one value of this column are kept on one side of the train/test split."""
    missing: Missing = "error"
    """Missing values in a role's column: an error, a group of their own (protected attributes and features), or the
    row dropped. An outcome or prediction cannot be a group: those rows are dropped and counted."""

    def __post_init__(self) -> None:
        """Refuse names that are no text and words that are not known."""
        for role in ("target", "prediction", "decision", "exposure", "weight", "given", "split_by"):
            if getattr(self, role) is not None:
                _name(getattr(self, role), role)
        if self.threshold is not None:
            real(self.threshold, "threshold")
        if self.task is not None:
            one_of(self.task, "task", TASKS)
        one_of(self.missing, "missing", MISSING)


@dataclass(frozen=True)
class Options:
    """How the audit measures. Every value is stated in the report's manifest."""

    min_group: int = 25
    """Rows below which a group says nothing: by Pinsker's bound on the expected divergence p/(2n) ≤ 8δ² of a fitted
    p-parameter distribution (Sheena 2021), one rate is known to δ = 5 points of Bayes error from n = 25."""
    confidence: float = 0.95
    """Coverage of the intervals."""
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
    extra: dict[str, object] = field(default_factory=dict, compare=False)
    """Further arguments to state in the manifest (those of the command)."""

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        object.__setattr__(self, "confidence", real(self.confidence, "confidence"))
        if not 0 < self.confidence < 1:
            raise OptionError(f"confidence is {self.confidence:g}; it must lie between 0 and 1, such as 0.95")
        if self.parity not in PARITIES:
            raise OptionError(f"parity '{self.parity}' is unknown; choose one of {', '.join(PARITIES)}")
        for name in ("min_group", "bootstrap", "permutations", "seed"):
            words = name.replace("_", "-")
            object.__setattr__(self, name, whole(getattr(self, name), words))
            if getattr(self, name) < 0:
                raise OptionError(f"{words} is {getattr(self, name)}; it must not be negative")
        if self.bootstrap == 1:
            raise OptionError("bootstrap is 1; an interval needs at least 2 replicates, or 0 for no intervals")
        one_of(self.scale, "scale", SCALES)
        if not isinstance(self.density, str):
            raise OptionError(f"density is {self.density!r}; text is needed, such as 'bins' or 'kde:0.15'")

    @classmethod
    def checked(cls, given: Options | None) -> Options:
        """The options given, or the defaults."""
        if given is not None and not isinstance(given, cls):
            raise OptionError(f"options is of type {type(given).__name__}; write options=fairaudit.Options(...)")
        return given or cls()
