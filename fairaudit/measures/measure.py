"""What a measure is: its words, its formula, what it needs, and what can be limited of it.

An entry of the catalogue is pure data first; its formula is a function of a `View`. Everything else that must know of a
measure (tables, findings, pictures, limits, their ids, the documentation) is derived from its entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from fairaudit.arrays import Floats
from fairaudit.measures.certainty import Certainty, of_share
from fairaudit.measures.view import Formula, Share, View
from fairaudit.results import Task
from fairaudit.results.words import Better, Unit, of_class_name
from fairaudit.text import shorten

Need = Literal["prediction", "probability", "decision", "outcome", "gamma", "tweedie"]
"""What a table may hold. `probability`: a prediction between 0 and 1 of a binary outcome; `gamma`, `tweedie`:
predictions of amounts by a model of that family."""
Statistic = Literal["gap", "ratio", "excess", "correlation", "value", "group", "overall", "standardised", "subgroup"]
"""What can be limited of a measure, see `gate.rules.FAMILIES`."""
Good = Literal["favourable", "opposed", "quality"]
"""How a value in a group stands to what is good for its people. `favourable`: a high value is good where high numbers,
or yes, are; `opposed`: where low numbers, or no, are; `quality`: predictions that are right are good whatever they
say."""
Kind = Literal["groups", "divergence", "dependence"]
"""`groups`: a number of each group, of the gaps between them, or of all rows."""

LONGEST = 40
"""Letters of a class in the label of a measure."""
NUMERIC: tuple[Task, ...] = ("regression", "ordinal")
"""Tasks whose outcome is a number."""
EVERY: tuple[Task, ...] = ("binary", "count", *NUMERIC)
"""Tasks of one number a row."""
ANY: tuple[Task, ...] = (*EVERY, "multiclass")
"""All tasks."""


@dataclass(frozen=True)
class Basis:
    """The rows that a number rests on."""

    words: str
    """What they are called."""
    rows: Callable[[View], Floats]
    """How many there are in each group, shape (G,)."""
    by_class: str = ""
    """What they are called of one class against the rest, ``{}`` standing for the class; empty: the same."""


ROWS = Basis("rows", View.rows)


@dataclass(frozen=True)
class Proposal:
    """A limit that a first configuration has."""

    statistic: Statistic
    """What is limited."""
    usual: float | None
    """The norm; None: there is none, so that a floor below today's interval stands in its place."""
    about: str
    """What it asks, and whose number it is, in a sentence or two."""


@dataclass(frozen=True)
class LawTest:
    """A test of independence by a law, beside the shuffles."""

    name: str
    """What results call it."""
    p_value: Callable[[Floats], tuple[float | None, bool]]
    """Counts of rows by group and point, shape (G, M) → the p-value, and whether its law can be trusted there."""


@dataclass(frozen=True)
class OfDistributions:
    """How far the distributions of groups are apart."""

    value: Callable[[Floats], Floats]
    """Joint masses of group and point, shape (..., G, M), each table summing to 1 → shape (...); 0: the groups have one
    distribution; larger: they are farther apart."""
    counted_in: str
    """Unit in words, such as bits."""
    test: LawTest | None = None
    """A law that the number of rows allows; None: shuffles alone tell what chance gives."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure. Of classes it may be taken of each against the rest, see `against_rest`."""

    name: str
    """Name in results, limits and messages."""
    number: int
    """Last two digits of the ids of its rules. Numbers are never given anew."""
    label: str
    """Plain words."""
    short: str = ""
    """Heading of narrow tables; empty: the label."""
    about: str
    """One line: what it is, and what 0 or 1 means."""
    plain: str = ""
    """What it is by the names of columns, with {decision}, {outcome}, {prediction}, {target} and {exposure} in place of
    them; empty where the label is plain enough."""
    formula: str
    """One line for the documentation, in the notation of its page."""
    unit: Unit
    """How a value is written."""
    better: Better | None
    """Which direction is better; None where neither is, so that nothing can become worse."""
    good: Good | None = None
    """How a value in a group stands to what is good for its people; None: in no plain way."""
    tasks: tuple[Task, ...]
    """Kinds of outcome that it is for."""
    tasks_overall: tuple[Task, ...] = ()
    """Kinds of outcome for which it is taken over all rows, though not in groups."""
    needs: tuple[Need, ...]
    """What the table must hold; empty: it takes whatever is measured."""
    statistics: tuple[Statistic, ...]
    """What can be limited of it; the one with the lowest id is what a limit reads unless it says otherwise."""
    kind: Kind = "groups"
    """What it is of."""
    joint: bool = False
    """Whether it is of all attributes at once."""
    headline: Mapping[Task, int] = field(default_factory=dict)
    """Task → place among the measures that are told first, from 0."""
    pictured: tuple[Task, ...] = ()
    """Tasks in which the picture of the groups shows it."""
    compared: bool = False
    """Whether its gaps are listed where two models are compared."""
    right: float | None = None
    """Value of a group whose predictions are right on average; None where there is no such value."""
    proposals: tuple[Proposal, ...] = ()
    """The limits that a first configuration has."""
    of_groups: Callable[[View], Floats] | None = None
    """Value in each group, shape (..., G), from sums by grid point, decision and outcome; NaN where undefined. None: it
    has no value in a group."""
    of_rows: Formula | None = None
    """Value over all rows, from the single lines of a score table; None: it is of groups alone."""
    of_distributions: OfDistributions | None = None
    """Value of the groups' distributions; None: it is no divergence."""
    basis: Basis = ROWS
    """The rows that its value in a group rests on."""
    certainty: Certainty | None = None
    """Its law and its test; of a `Share` they follow from it, see `known`."""
    counted: Callable[[View], Floats] | None = None
    """Events that its value in a group counts, shape (G,); of a `Share` they follow from it, see `events`."""
    searched: bool = False
    """Whether a search for subgroups looks at it; its `of_groups` is then a quotient of sums."""
    ties: bool = False
    """Whether predictions that the grid joins count as equal, so that its value is taken from the lines instead."""
    biased: bool = False
    """Whether chance raises it in a small group, and in a replicate the more."""
    largest_of: tuple[str, ...] = ()
    """Measures the largest gap of which is its gap."""
    by_class: str = ""
    """What it is called of one class against the rest, ``{}`` standing for the class; empty: it is not taken of one."""
    of_class: str | None = None
    """The class that it is of, against the rest; None: it is of all."""
    of_top: str = ""
    """The measure that it is of the likeliest class and whether it occurred, see `scoretable.classes.top_label`; empty:
    it is of no such table."""

    def against_rest(self, of_class: str) -> Measure:
        """The measure of one class against the rest: the same formula of the binary table of that class."""
        shown = shorten(of_class, LONGEST)
        told = self.by_class.replace("{}", shown)
        return replace(
            self,
            name=of_class_name(self.name, of_class),
            basis=replace(self.basis, words=(self.basis.by_class or self.basis.words).replace("{}", shown)),
            label=told,
            short=told,
            about=f"{self.about}; 1 is the class {shown}, 0 any other",
            tasks=("multiclass",),
            of_class=of_class,
            headline={"multiclass": self.headline["binary"]} if "binary" in self.headline else {},
            pictured=(),
            compared=self.compared and self.by_class.startswith("share"),
            proposals=(),
            searched=False,
        )

    @property
    def events(self) -> Callable[[View], Floats] | None:
        """People, or events, that its value in a group counts, shape (G,); None where it is no rate."""
        formula = self.of_groups
        if isinstance(formula, Share):
            return lambda view: view.weighed_rows(formula.counted(view))
        return self.counted

    @property
    def has_ratio(self) -> bool:
        """Whether the ratio of two groups makes sense."""
        return "ratio" in self.statistics

    @cached_property
    def known(self) -> Certainty | None:
        """Its law in groups, and the test that they are equal; None where it has no value in a group."""
        return of_share(self.of_groups) if isinstance(self.of_groups, Share) else self.certainty

    @property
    def within_strata(self) -> bool:
        """Whether it is also measured within the strata of an admissible column."""
        return "standardised" in self.statistics

    @property
    def proportion(self) -> bool:
        """Whether its value in a group is a share of some rows of the group."""
        return isinstance(self.of_groups, Share)

    @property
    def requirement(self) -> str:
        """What the data must have for it, in words; empty where whatever is measured will do."""
        if "outcome" in self.needs and len(self.needs) > 1 and "decision" not in self.needs:
            kind = {"binary": "a binary outcome", "count": "a count as outcome"}.get(self.tasks[0], "a numeric outcome")
            return f"a {self.needs[0]} and {kind}"
        if self.needs == ("decision",):
            return "a decision (decision or threshold)"
        if self.needs == ("outcome",):
            return "an outcome (target)"
        article = {"outcome": "an outcome"}
        return " and ".join(article.get(need, f"a {need}") for need in self.needs)
