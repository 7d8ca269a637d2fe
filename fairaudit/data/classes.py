"""Predictions of one of several classes: labels, or a column of probabilities for each class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairaudit.data.origin import Origin
from fairaudit.data.outcome import codes_of
from fairaudit.data.values import Vector, bad_value, is_moment, is_numeric, level_names, numbers, quoted
from fairaudit.errors import OptionError, RoleError, listing

MOST_CLASSES = 64
"""Classes up to which each is measured against the rest."""
ROUNDED = 0.005
"""How far a probability of two digits may lie from what it stands for; a row's sum from 1 by as much for each class."""
NO_CUT = "a threshold cuts one number, and the task is multiclass; leave it out"
"""What is said to who names one."""
EXACT = 1e-6
"""Distance of a row's sum from 1 that is told of."""


@dataclass(frozen=True, eq=False)
class ClassValues:
    """Outcomes and predictions as classes, n rows, K classes."""

    classes: tuple[str, ...]
    """Their names, in the order of the columns of probabilities, else sorted."""
    outcome: Vector | None
    """Code of the observed class, shape (n,)."""
    decision: Vector | None
    """Code of the predicted class, shape (n,): that of a label, else the likeliest; None without a prediction."""
    probabilities: NDArray[np.float64] | None
    """Probability of each class, shape (n, K), rows summing to 1; None where labels alone are predicted."""
    notes: tuple[str, ...]


def class_columns(names: Sequence[str], text: str) -> dict[str, str] | None:
    """Class → column of its probability, where a prediction names several columns; None where it names one.

    Args:
        names: columns of the data.
        text: the name of a column; a pattern such as ``proba_*``, whose ``*`` stands for the class; or names between
            commas, each that of its class.
    """
    if text in names:
        return None
    if "*" in text:
        before, _, after = text.partition("*")
        if "*" in after:
            raise RoleError(f"prediction '{text}' has several *; one stands for the class, as in proba_*")
        short = len(before) + len(after)
        fitting = [name for name in names if len(name) > short and name.startswith(before) and name.endswith(after)]
        if len(fitting) < 2:
            raise RoleError(
                f"prediction '{text}' fits {'one column' if fitting else 'no column'}{': ' * bool(fitting)}"
                f"{listing(fitting)}, and each class needs one; the data have {listing(names, 20)}"
            )
        return {name[len(before) : len(name) - len(after)]: name for name in fitting}
    parts = [part if part in names else part.strip() for part in text.split(",")]
    if len(parts) < 2 or not any(part in names for part in parts):
        return None
    return {part: part for part in parts}


def told_as_classes(target: pd.Series, told: pd.Series) -> bool:
    """Whether a column of labels says which of more than two classes is predicted: it shares names with the target."""
    if any(is_numeric(column) or is_moment(column) for column in (target, told)):
        return False
    names = set(level_names(target))
    return 2 < len(names) <= MOST_CLASSES and bool(names & set(level_names(told)))


def read_classes(
    target: pd.Series | None, told: pd.Series | None, wide: Mapping[str, pd.Series] | None, origin: Origin
) -> ClassValues:
    """The columns of a multiclass audit, none of their values missing.

    Args:
        target: the observed class; None: it is not known.
        told: the predicted class; None: there is no label.
        wide: class → its probability; None: there are none.
        origin: the rows of each line.

    Raises:
        RoleError: there are too few or too many classes, an outcome without a probability, or no probabilities.
    """
    named = {f"target '{target.name}'": target} if target is not None else {}
    named |= {f"decision '{told.name}'": told} if told is not None else {}
    for what, column in named.items():
        if is_moment(column):
            raise RoleError(f"{what} holds dates; a class needs a name")
    if wide is None:
        classes = in_order({name for column in named.values() for name in level_names(column)})
    else:
        classes = list(wide)
    _refuse_number_of(classes, " and ".join(named) or "the prediction")
    for what, column in named.items():
        unknown = [name for name in level_names(column) if name not in classes]
        if unknown:
            raise RoleError(
                f"{what} has the class {quoted(unknown)}, for which no column holds a probability; there are columns"
                f" for {quoted(classes)} (in a pattern such as 'proba_*' the * stands for the class)"
            )
    outcome = None if target is None else codes_of(target, classes)
    decision = None if told is None else codes_of(told, classes)
    probabilities, notes = None, list[str]()
    if wide is not None:
        probabilities, notes = _probabilities(wide, origin)
        notes += [] if told is not None else told_of_likeliest(probabilities, origin)
    if probabilities is not None and decision is None:
        decision = probabilities.argmax(axis=1).astype(np.float64)
    notes += told_of_absent(classes, outcome, "observed") + told_of_absent(classes, decision, "predicted")
    return ClassValues(tuple(classes), outcome, decision, probabilities, tuple(notes))


def told_of_likeliest(probabilities: NDArray[np.float64], origin: Origin | None = None) -> list[str]:
    """Notes on what counts as predicted where there are probabilities alone, shape (n, K)."""
    notes = ["no label was named; the class of the highest probability counts as predicted"]
    of_each = origin or Origin.of_rows(len(probabilities))
    tied = of_each.count((probabilities == probabilities.max(axis=1, keepdims=True)).sum(axis=1) > 1)
    if tied:
        notes.append(f"in {tied:,} rows several classes have the highest probability; the first of them counts")
    return notes


def told_of_absent(classes: Sequence[str], code: Vector | None, verb: str) -> list[str]:
    """The note that some classes are never observed, or predicted; none where every one is."""
    never = [] if code is None else [name for place, name in enumerate(classes) if not (code == place).any()]
    return [f"no row is {verb} as {quoted(never)}"] if never else []


def in_order(names: Iterable[str]) -> list[str]:
    """Names of classes sorted, numbers by their size."""

    def place(name: str) -> tuple[float, str]:
        try:
            return float(name), name
        except ValueError:
            return np.inf, name

    return sorted(names, key=place)


def _refuse_number_of(classes: list[str], what: str) -> None:
    if len(classes) < 2:
        raise RoleError(f"{what} has one class {quoted(classes)} in all rows; two are needed")
    if len(classes) > MOST_CLASSES:
        raise RoleError(
            f"{what} has {len(classes)} classes, such as {listing(classes[:3])}; at most {MOST_CLASSES} are measured:"
            " join rare ones with --merge"
        )


def _probabilities(wide: Mapping[str, pd.Series], origin: Origin) -> tuple[NDArray[np.float64], list[str]]:
    """Probabilities, shape (n, K), each row made to sum to 1, and notes on how far it was from that."""
    columns = []
    for column in wide.values():
        what = f"prediction '{column.name}'"
        values = numbers(column, what, origin)
        wrong = (values < 0) | (values > 1)
        if wrong.any():
            raise bad_value(column, wrong, what, origin, "is no probability between 0 and 1")
        columns.append(values)
    table = np.column_stack(columns)
    whole = table.sum(axis=1)
    off, names = np.abs(whole - 1), listing(column.name for column in wide.values())
    if off.max() > ROUNDED * len(columns):
        far = off > ROUNDED * len(columns)
        line = origin.earliest(far)
        raise OptionError(
            f"the probabilities {names} sum to {whole[line]:.6g}{origin.where(line)}, not to 1 (in"
            f" {origin.count(far):,} of {origin.total:,} rows); name the columns of all classes,"
            " and no other"
        )
    notes = []
    if off.max() > EXACT:
        notes.append(
            f"the probabilities of {origin.count(off > EXACT):,} rows do not sum to 1 (by up to {off.max():.2g}); they"
            " are divided by their sum"
        )
    return table / whole[:, None], notes
