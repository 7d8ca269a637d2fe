"""The words of measures that a result carries, so that whoever reads it needs no other list."""

from __future__ import annotations

from typing import Literal

from fairaudit.results.values import Count, Result

Unit = Literal["rate", "points", "number", "ratio"]
"""How a value is written. `rate`: a share, in per cent. `points`: a signed difference of shares. `ratio`: 1 means
equal."""
Better = Literal["lower", "higher"]
Good = Literal["favourable", "opposed", "quality"]
ESTIMATORS = ("_excess", "_unbiased", "_biased")
"""Endings by which a comparison of models tells an estimator of a measure."""


def measure_of(name: str) -> str:
    """The measure without the name of its estimator: ``ccdcov_excess`` is ``ccdcov``."""
    for ending in ESTIMATORS:
        name = name.removesuffix(ending)
    return name


def of_class_name(measure: str, of_class: str) -> str:
    """Name of a measure of one class against the rest: ``tpr[left]``."""
    return f"{measure}[{of_class}]"


def class_of(name: str) -> tuple[str, str | None]:
    """The measure and the class of a name such as ``tpr[left]``; None where it is of no single class.

    A class may have brackets in its name, a measure has none.
    """
    measure, bracket, rest = name.partition("[")
    return (measure, rest[:-1]) if bracket and rest.endswith("]") else (name, None)


def side_of(favourable: str | None, of_class: str | None) -> str | None:
    """The good side of a measure: of one class against the rest ``yes`` where it is the class that is good for a
    person, and not known elsewhere; of all others what the audit says."""
    if of_class is None:
        return favourable
    return "yes" if favourable == of_class else None


def direction(favourable: str | None, good: Good | None, better: Better | None) -> int:
    """1 where a high value of a measure is good for a person, −1 where a low one is, 0 where nobody said.

    Args:
        favourable: the side of the audit that is good for a person: yes, no, high, low, or None.
        good: how the measure stands to it.
        better: which values of it are better, where it tells how right predictions are.
    """
    if good == "quality":
        return {"higher": 1, "lower": -1, None: 0}[better]
    towards = {"yes": 1, "high": 1, "no": -1, "low": -1}.get(favourable or "", 0)
    return {"favourable": towards, "opposed": -towards, None: 0}[good]


class Words(Result, frozen=True, kw_only=True):
    """What people call a measure, and how they read it."""

    label: str
    """Plain words."""
    short: str
    """Heading of narrow tables."""
    about: str = ""
    """One line: what it is, and what 0 or 1 means."""
    plain: str = ""
    """What it is by the names of this result's columns, such as ``share with hired = 1``; empty where the label is
    plain enough, or no column is named."""
    unit: Unit = "number"
    """How its value in one group is written: `rate` is a share, in per cent; `points` a signed difference of shares;
    of a `ratio` 1 means equal."""
    better: Better | None = None
    """Which direction is better; None where neither is."""
    good: Good | None = None
    """Which values are good for the people of a group: `favourable`, high ones where the audit's favourable side is yes
    or high; `opposed`, low ones there; `quality`, those that are `better`, whatever is favourable; None: in no plain
    way."""
    of_class: str | None = None
    """The class that it is of, against the rest; None: it is of all rows alike."""
    of_outcomes: bool = False
    """Whether it tells of outcomes alone, which no prediction changes."""
    right: float | None = None
    """Value of a group whose predictions are right on average; None where there is no such value."""
    place: Count | None = None
    """Place in the tables of this result, from 0."""
    headline: Count | None = None
    """Place among the measures that are told first, from 0; None: it stands in the tables only."""
    pictured: bool = False
    """Whether the picture of the groups shows it."""
