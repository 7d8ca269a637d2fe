"""What each column is for: the question that an audit asks of a table, before any row is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from numbers import Integral
from typing import Any, Literal, get_args

from fairaudit.data.cleaning import NA, Cleaning
from fairaudit.data.groupings import refuse_many_groupings
from fairaudit.data.threshold import Threshold
from fairaudit.errors import FairAuditError, OptionError, RoleError, listing
from fairaudit.options import one_of
from fairaudit.problems import Problems

Task = Literal["binary", "regression", "count", "ordinal", "multiclass"]
Missing = Literal["error", "group", "drop"]
Kind = Literal["auto", "categorical", "continuous", "bins", "set"]
Favourable = Literal["yes", "no", "high", "low"]
TASKS: tuple[str, ...] = get_args(Task)
MISSING: tuple[str, ...] = get_args(Missing)
FAVOURABLE: tuple[str, ...] = get_args(Favourable)
AS_SAID = (
    "target",
    "prediction",
    "decision",
    "threshold",
    "exposure",
    "weight",
    "count",
    "cluster",
    "task",
    "missing",
    "favourable",
    "rows_are",
    "given",
    "profile",
)
"""Roles that a command line and a configuration say in the same words."""
PLAIN_ROLES = ("exposure", "weight", "count", "cluster", "given", "split_by")
"""Roles that one column has, named without levels."""
SET = ":set="
"""Behind the name of a column: its cells hold several values, between which this stands."""
SEVERAL = ("protected", "search_over", "reference")
"""Fields of `Roles` that are written as a list, each part of which is read by itself."""


@dataclass(frozen=True)
class Protected:
    """One protected attribute: a column and how to read it."""

    name: str
    """The column."""
    kind: Kind = "auto"
    """``auto`` reads text and 0/1 as categories and other numbers as numbers; ``continuous`` insists on numbers;
    ``categorical`` takes each value as a name; ``bins`` cuts numbers at `edges`; ``set`` reads several values in a
    cell."""
    edges: tuple[float, ...] = ()
    """For ``bins``: increasing cuts; a value equal to a cut belongs to the upper band: 25 is in 25–44.9…"""
    na: str | None = None
    """Values that mean a missing one, between commas; empty: none is taken for a code. None: not said."""
    separator: str = ""
    """For ``set``: what stands between the values of a cell."""

    def __post_init__(self) -> None:
        """Refuse a set without a sign between its values."""
        if self.kind == "set":
            _separator(self.text(), self.separator)

    def text(self) -> str:
        """The attribute as `parse` reads it."""
        suffix = "" if self.na is None else f"{NA}{self.na}"
        if self.kind == "bins":
            return f"{self.name}:bins=" + ",".join(f"{edge:.17g}" for edge in self.edges) + suffix
        if self.kind == "set":
            return f"{self.name}{SET}{self.separator}{suffix}"
        return (self.name if self.kind == "auto" else f"{self.name}:{self.kind}") + suffix

    @classmethod
    def parse(cls, text: str) -> Protected:
        """``NAME``, ``NAME:continuous``, ``NAME:categorical``, ``NAME:bins=25,45`` or ``NAME:set=;``, each also with
        ``:na=-1,99``.

        Only these suffixes are special, so a column may have a colon in its name.
        """
        text, colon, na = text.rpartition(NA) if NA in text else (text, "", "")
        if colon:
            return replace(cls.parse(text), na=na)
        if SET in text:
            name, _, separator = text.rpartition(SET)
            return cls(name, "set", separator=_separator(text, separator))
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
        attributes, problems = [], Problems()
        for each in several:
            with problems.gathered():
                attributes.append(each if isinstance(each, Protected) else cls.parse(_name(each, "protected")))
        problems.tell()
        return tuple(attributes)


def column_names(given: str | Iterable[str], role: str) -> tuple[str, ...]:
    """One name of a column or several."""
    if not isinstance(given, Iterable):
        raise RoleError(f"{role} is {given!r}; the names of columns are needed, such as ['age', 'income']")
    return (given,) if isinstance(given, str) else tuple(_name(each, role) for each in given)


def one_prediction(given: str | Iterable[str] | None) -> str | None:
    """The prediction as `Roles` name it: several columns, one for each class, between commas."""
    if given is None or isinstance(given, str):
        return given
    names = column_names(given, "prediction")
    if any("," in name for name in names):
        raise RoleError(
            f"prediction names the columns {listing(names)}, of which some have commas; write a pattern such as 'p_*'"
        )
    return ",".join(names)


def references(given: str | Iterable[str]) -> tuple[tuple[str, str], ...]:
    """``NAME=LEVEL``, one or several, as pairs."""
    pairs, problems = [], Problems()
    for text in column_names(given, "reference"):
        name, equals, level = text.partition("=")
        with problems.gathered():
            if not equals or not name or not level:
                raise RoleError(f"reference is '{text}'; write NAME=LEVEL, such as race=White")
        pairs.append((name, level))
    problems.tell()
    return tuple(pairs)


def _name(name: object, role: str) -> str:
    if not isinstance(name, str):
        example = f"'{name}'" if isinstance(name, Integral) else "'age'"
        raise RoleError(f"{role} is {name!r}, which is no text; write the name of a column as text, such as {example}")
    return name


def _separator(text: str, separator: str) -> str:
    """What stands between values, also in quotation marks, which a blank needs."""
    quoted = len(separator) > 1 and separator[0] == separator[-1] and separator[0] in "'\""
    separator = separator[1:-1] if quoted else separator
    if not separator or separator.isalnum():
        raise OptionError(f"'{text}': a set needs the sign between its values, such as race:set=';'")
    return separator


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
    """A score, a probability, an expected value or (for counts) an expected count; for classes a column of labels, or
    one of probabilities for each class: ``proba_*``, where ``*`` stands for the class, or names between commas."""
    decision: str | None = None
    """A yes/no decision: ``NAME``, or ``NAME=LEVEL,LEVEL`` with the levels that mean yes; for classes their labels."""
    threshold: float | str | None = None
    """Cut of the prediction that makes a decision, as `Threshold.parse` reads it: a number (yes from there on), or such
    as ``'>0.5'``, ``'<620'``, ``median``, ``top=100`` or ``top=10%``; or ``cost=1:5``, what a wrong yes and a wrong no
    cost: yes from the probability on at which a yes is expected to cost no more than a no."""
    protected: tuple[Protected, ...] = ()
    """The protected attributes, in the order of the report."""
    search_over: tuple[Protected, ...] = ()
    """Attributes that only a search for subgroups combines, besides the protected ones."""
    exposure: str | None = None
    """Time at risk, for counts and amounts: amounts are then per unit of it."""
    weight: str | None = None
    """Row weights, such as survey weights; not exposure, and not a number of people."""
    count: str | None = None
    """How many people a row stands for, in a table of counts: whole numbers ≥ 0. Outcome, prediction, exposure and
    weight are those of each of them."""
    cluster: str | None = None
    """Whom a row is about, where people have several rows: rows with one value depend on each other."""
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
    favourable: Favourable | str | None = None
    """Which way is good for a person: ``yes`` or ``no`` of a decision or outcome, ``high`` or ``low`` of a number, a
    class where there are several; None where that is not known, so that nobody is called worse off."""
    reference: tuple[tuple[str, str], ...] = ()
    """Attribute and level of the group that others are compared with, for attributes that have one; else the best-off
    group of each."""
    rows_are: str | None = None
    """What a row is, in the plural, such as ``people`` or ``policies``: how sentences call rows. None: rows."""
    missing: Missing = "error"
    """Missing values in a role's column: an error, a group of their own (protected attributes and features), or the
    row dropped. An outcome or prediction cannot be a group: those rows are dropped and counted."""
    profile: str | None = None
    """A public rule (`fairaudit.profiles`), which fills in what is not said here and adds its table to an audit."""
    cleaning: Cleaning = field(default_factory=Cleaning)
    """How values are read before they play their parts. ``NAME:na=-999`` behind any column moves here."""
    unread: tuple[FairAuditError, ...] = field(default=(), compare=False, repr=False)
    """What was said of roles and could not be read (see `said`): told with what does not fit the table."""

    def __post_init__(self) -> None:
        """Refuse names that are no text, words that are not known, and more protected attributes than are compared."""
        refuse_many_groupings([1] * len(self.protected))  # before a row is read
        for role in ("target", "prediction", "decision", *PLAIN_ROLES):
            if getattr(self, role) is not None:
                text = _name(getattr(self, role), role)
                if NA in text:
                    column = text.rpartition(NA)[0]
                    object.__setattr__(self, role, column)
                    self._read_as_missing(text)
        if not isinstance(self.cleaning, Cleaning):
            raise OptionError(
                f"cleaning is of type {type(self.cleaning).__name__}; write cleaning=fairaudit.Cleaning(...)"
            )
        for attribute in (*self.protected, *self.search_over):
            if attribute.na is not None:
                self._read_as_missing(f"{attribute.name}{NA}{attribute.na}")
        if self.task is not None:
            one_of(self.task, "task", TASKS)
        one_of(self.missing, "missing", MISSING)
        if self.rows_are is not None and not _name(self.rows_are, "rows_are").strip():
            raise OptionError("rows-are is empty; write what a row is, in the plural, such as people")
        if self.cut is not None and (self.cut.rule, self.cut.side) == ("number", ">="):
            object.__setattr__(self, "threshold", self.cut.value)

    @property
    def sets(self) -> dict[str, str]:
        """Column whose cells hold several values → what stands between them."""
        return {each.name: each.separator for each in (*self.protected, *self.search_over) if each.kind == "set"}

    @property
    def kept_together(self) -> str | None:
        """Column whose rows of one value stay together where rows are split: `split_by`, else whom rows are about."""
        return self.split_by or self.cluster

    @property
    def cut(self) -> Threshold | None:
        """The threshold, read."""
        return None if self.threshold is None else Threshold.parse(self.threshold)

    @property
    def good_side(self) -> Favourable | str | None:
        """The side that is good for a person. Where decisions say yes below a cut, high or low numbers are told by the
        side of the decision: `low` with ``'<620'`` is `yes`."""
        if self.favourable in ("high", "low") and self.cut is not None and self.cut.below:
            return "no" if self.favourable == "high" else "yes"
        return self.favourable

    def _read_as_missing(self, text: str) -> None:
        known = self.cleaning.na_of
        if text not in known:
            object.__setattr__(self, "cleaning", replace(self.cleaning, na_of=(*known, text)))

    @classmethod
    def from_words(cls, words: Mapping[str, Any]) -> Roles:
        """Roles as a TOML table says them: keys with hyphens, protected attributes as `Protected.parse` reads them."""
        return cls(**{field: _field(field, value) for field, value in _fields_of(words).items()})


def said(**words: Any) -> dict[str, Any]:
    """Fields of `Roles` as somebody said them, each read by itself.

    What cannot be read is left out and kept in `unread`: `columns.checked_columns` tells it with all that does not fit
    the table.
    """
    problems, fields = Problems(), dict[str, Any]()
    for name, value in _fields_of(words).items():
        several = name in SEVERAL and isinstance(value, (list, tuple))
        for part in ([each] for each in value) if several else (value,):
            with problems.gathered():
                read = _field(name, part)
                Roles(**{name: read})  # refuses what it cannot be
                fields[name] = (*fields.get(name, ()), *read) if several else read
    return fields | ({"unread": tuple(problems.errors)} if problems else {})


def _fields_of(words: Mapping[str, Any]) -> dict[str, Any]:
    return {key.replace("-", "_"): value for key, value in words.items()}


def _field(name: str, value: Any) -> Any:
    """What somebody said of one field, as the field holds it."""
    if name in ("protected", "search_over"):
        return Protected.parse_all(value)
    if name == "reference":
        return references(value)
    if name == "prediction":
        return one_prediction(value)
    return column_names(value, name) if name in ("features", "drop") and value is not None else value
