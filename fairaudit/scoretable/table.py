"""The score table: the counts from which everything in an audit is computed.

Rows that are alike in all that an audit sees (protected attributes, what is measured, decision, outcome, weight and
exposure) are counted as one *line*. Rates, divergences, distance covariances, calibration, intervals and
p-values need only the lines; a bootstrap replicate is a draw over them, exactly as over the rows. Score tables of two
files with the same encoding add up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairaudit.arrays import Flags, Floats, Ints
from fairaudit.data.condensed import MOST_DISTINCT
from fairaudit.engines import GRID_BITS, on_grid
from fairaudit.results import Subject, Task
from fairaudit.scoretable.cells import Attribute, Cells, sum_by
from fairaudit.scoretable.columns import Columns
from fairaudit.scoretable.strata import Admissible

QUOTIENT_BITS = 44
"""Significant bits in which weights and outcomes of single rows are compared: dividing their sums may change the last
of 53."""


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """Lines of a score table. L lines, d attributes; all arrays have one entry (row) per line."""

    task: Task
    """Kind of outcome."""
    subject: Subject
    """Whether `value` is a prediction, a decision or the outcome itself."""
    attributes: tuple[Attribute, ...]
    """The protected attributes."""
    level: Ints
    """Level in each attribute, shape (L, d)."""
    value: Floats
    """What is measured, f; for counts with exposure per unit of exposure."""
    decision: Floats | None
    """0/1, where there is a decision."""
    outcome: Floats | None
    """The outcome y: 0/1, a number, a count or a level index."""
    rows: Floats
    """Number of rows n."""
    mass: Floats
    """Σ weight · exposure: what shares and means are weighted by; the rows where there is neither."""
    outcome_sum: Floats | None
    """Σ weight · outcome; per `mass` it is the mean outcome, for counts the frequency."""
    places: tuple[Floats | None, ...]
    """Encoded value in each attribute whose levels are quantile cells, shape (L,); None where levels are exact."""
    error_bound: float
    """Largest relative change of `value` by rounding; 0 when exact."""
    exposure: Floats | None = None
    """Time at risk of each row of a line, where counts have one: `mass` holds it, and values and means are rates per
    unit of it."""
    stratum: Ints | None = None
    """Stratum among whose rows independence is asked, negative for none, shape (L,); None: among all rows."""
    given: Ints | None = None
    """Value of the admissible column, as a place in its levels, shape (L,); None where there is no such column."""
    admissible: Admissible | None = None
    """That column."""
    distinct: int | None = None
    """Distinct values that the data have, where those of the table are rounded; None where they are the same."""
    cluster: Ints | None = None
    """Code of whom the rows of a line are about, shape (L,), where people have several rows, which depend on each
    other; None: every row is about somebody else."""
    classes: tuple[str, ...] = ()
    """Names of the classes, where outcomes and decisions are codes of them (task multiclass); `value` is then the code
    of the class that is told."""
    probabilities: Floats | None = None
    """Probability of each class, shape (L, K); None where no prediction has one."""
    power: float | None = None
    """Variance as a power of the mean in the family of the model that predicts amounts: 2 gamma; None: not known."""

    def __len__(self) -> int:
        """Number of lines."""
        return len(self.value)

    def __add__(self, other: ScoreTable) -> ScoreTable:
        """The table of both sets of rows. Both must have the same task, subject and encoded attributes."""
        mine, others = ((table.task, table.subject, table.exposed) for table in (self, other))
        if self.attributes is not other.attributes or mine != others:
            raise ValueError("score tables add up only with the same task, subject, exposure and encoded attributes")
        parts: dict[str, Any] = {name: _stack(getattr(self, name), getattr(other, name)) for name in COLUMNS}
        parts["places"] = tuple(_stack(*pair) for pair in zip(self.places, other.places, strict=True))
        both = replace(self, error_bound=max(self.error_bound, other.error_bound), **parts)
        return _merge(both)

    def take(self, lines: Ints) -> ScoreTable:
        """Some of the lines."""
        held = {name: getattr(self, name) for name in COLUMNS}
        places = tuple(None if place is None else place[lines] for place in self.places)
        parts: dict[str, Any] = {name: None if values is None else values[lines] for name, values in held.items()}
        return replace(self, places=places, **parts)

    def cells(self) -> Cells:
        """The protected attributes of the lines."""
        return Cells(self.attributes, self.level, self.places)

    def people(self, lines: Ints | Flags) -> Ints | None:
        """Code, from 0, of whom some of the lines are about; None where each row is about somebody else."""
        if self.cluster is None:
            return None
        codes: Ints = np.unique(self.cluster[lines], return_inverse=True)[1].astype(np.intp)
        return codes

    @property
    def measured(self) -> Floats:
        """What is measured, in columns: `value`, shape (L, 1); of classes the probability of each, or 1 for the class
        that is told and 0 for all others, shape (L, K)."""
        if not self.classes:
            return self.value[:, None]
        if self.subject == "prediction" and self.probabilities is not None:
            return self.probabilities
        told: Floats = (self.value[:, None] == np.arange(len(self.classes))).astype(np.float64)
        return told

    @property
    def exposed(self) -> bool:
        """Whether values and means are rates per unit of a time at risk."""
        return self.exposure is not None

    @property
    def row_weight(self) -> Floats:
        """Σ weight without the time at risk, shape (L,)."""
        return self.mass if self.exposure is None else self.mass / self.exposure

    @property
    def expected(self) -> Floats:
        """Prediction of a row of each line, shape (L,): for counts the expected count in its time at risk."""
        return self.value if self.exposure is None else self.value * self.exposure

    @property
    def equal_weights(self) -> bool:
        """Whether every row has the same mass, as the unbiased estimators need."""
        each = self.mass / self.rows
        return bool(np.ptp(each) <= 1e-12 * each.max())  # sums of equal numbers round differently

    @property
    def exchangeable(self) -> bool:
        """Whether rows are alike but for what they say: of equal mass, and each about somebody else."""
        return self.equal_weights and self.cluster is None

    @property
    def weight(self) -> Floats:
        """ω: mass of each line as a share of all, shape (L,), sums to 1."""
        share: Floats = self.mass / self.mass.sum()
        return share

    @property
    def weight_sq(self) -> Floats:
        """Σ ω² over the rows of each line, shape (L,); in clusters Σ ω_k ω_l over pairs of rows about the same one."""
        if self.cluster is not None:
            share = self.weight
            return share * sum_by(self.cluster, share)[self.cluster]
        square: Floats = self.weight**2 / self.rows
        return square


SUMS = ("rows", "mass", "outcome_sum")
COLUMNS = ("level", "value", "decision", "outcome", "exposure", "stratum", "given", "cluster", "probabilities", *SUMS)


def score_table(
    cells: Cells,
    task: Task,
    *,
    prediction: Floats | None = None,
    decision: Floats | None = None,
    outcome: Floats | None = None,
    exposure: Floats | None = None,
    weight: Floats | None = None,
    stratum: Ints | None = None,
    given: Ints | None = None,
    admissible: Admissible | None = None,
    count: Floats | None = None,
    cluster: Ints | None = None,
    classes: tuple[str, ...] = (),
    probabilities: Floats | None = None,
    distinct: int | None = None,
    merge: bool = True,
) -> ScoreTable:
    """Group rows into a score table.

    Args:
        cells: protected attributes of the n rows.
        task: kind of outcome.
        prediction: f, shape (n,); for counts the expected count, which is divided by the exposure.
        decision: 0/1, shape (n,).
        outcome: y, shape (n,): 0/1, a number, a count or a level index.
        exposure: time at risk, shape (n,), > 0.
        weight: row weights, shape (n,), ≥ 0.
        stratum: stratum of each row, shape (n,); negative: none.
        given: value of the admissible column, as a place in its levels, shape (n,).
        admissible: that column.
        count: people that each row stands for, whole, shape (n,), ≥ 1; None: one. Prediction, decision, outcome,
            exposure and weight are those of each of them, and they are the rows of the table.
        cluster: code of whom each row is about, shape (n,), from 0; None: of somebody else each.
        classes: names of the classes, for the task multiclass; decisions and outcomes are then codes of them.
        probabilities: probability of each class, shape (n, K).
        distinct: how many distinct values the data have of what is measured, where they are on the grid already.
        merge: whether rows that are alike become one line; else each row is one, in the order given.

    Returns:
        The table. What is measured is the prediction, else the decision, else the outcome.
    """
    one = np.ones(len(cells.levels))
    rows_of_each = one if count is None else count
    weight = rows_of_each * (one if weight is None else weight)
    mass = weight if exposure is None else weight * exposure
    if probabilities is not None:
        prediction = probabilities.argmax(axis=1).astype(np.float64)
    subject, value = _subject(prediction, decision, outcome)
    if exposure is not None and subject != "decision":
        value = value / exposure
    value, error_bound, distinct = _on_grid(value, distinct, exposed=exposure is not None)
    if probabilities is not None:
        probabilities, error_bound, distinct = _vectors_on_grid(probabilities, distinct)
    rows = ScoreTable(
        task=task,
        subject=subject,
        attributes=cells.attributes,
        level=cells.levels,
        value=value,
        decision=decision,
        outcome=outcome,
        rows=rows_of_each,
        mass=mass,
        outcome_sum=None if outcome is None else weight * outcome,
        places=cells.places,
        error_bound=error_bound,
        distinct=distinct,
        exposure=exposure,
        stratum=stratum,
        given=given,
        admissible=admissible,
        cluster=cluster,
        classes=classes,
        probabilities=probabilities,
    )
    return _merge(rows) if merge else rows


def _subject(prediction: Floats | None, decision: Floats | None, outcome: Floats | None) -> tuple[Subject, Floats]:
    if prediction is not None:
        return "prediction", prediction
    if decision is not None:
        return "decision", decision
    if outcome is None:
        raise ValueError("a score table needs a prediction, a decision or an outcome")
    return "outcome", outcome


def _on_grid(value: Floats, distinct: int | None, exposed: bool) -> tuple[Floats, float, int | None]:
    """Values as they are while distinct ones are few, else on the grid; the largest relative change, and how many
    distinct ones there were, where there is one."""
    if distinct is None:
        if len(value) <= MOST_DISTINCT or (count := len(np.unique(value))) <= MOST_DISTINCT:
            return value, 0.0, None
        return on_grid(value), 2.0**-GRID_BITS, count
    # A count per time at risk was rounded before the division, too, and so may the time have been.
    return on_grid(value), (3 if exposed else 1) * 2.0**-GRID_BITS, distinct


def _vectors_on_grid(vectors: Floats, distinct: int | None) -> tuple[Floats, float, int | None]:
    """The same of vectors, shape (n, K), which are told apart as wholes."""
    if distinct is None:
        if len(vectors) <= MOST_DISTINCT or (count := len(np.unique(vectors, axis=0))) <= MOST_DISTINCT:
            return vectors, 0.0, None
        distinct = count
    return on_grid(vectors), 2.0**-GRID_BITS, distinct


def _rounded(value: Floats, bits: int) -> Floats:
    """Values to so many significant bits."""
    mantissa, exponent = np.frexp(value)
    result: Floats = np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits)
    return result


def _merge(rows: ScoreTable) -> ScoreTable:
    """Like lines added up, in the order of level, place, value, decision, outcome, weight and exposure."""
    keys = _keys(rows)
    sums = {name: values for name in SUMS if (values := getattr(rows, name)) is not None}
    lines = Columns(keys | sums).group(list(keys), list(sums))
    parts: dict[str, Any] = {name: lines.get(name) for name in COLUMNS}
    parts["level"] = np.column_stack([lines[f"level {place}"] for place in range(rows.level.shape[1])])
    if rows.probabilities is not None:
        each = [lines[f"probability {place}"] for place in range(len(rows.classes))]
        parts["probabilities"] = np.column_stack(each)
    parts["places"] = tuple(lines.get(f"place {place}") for place in range(len(rows.places)))
    return replace(rows, **parts)


def _keys(rows: ScoreTable) -> dict[str, NDArray[Any]]:
    """All that tells lines apart, the most significant first; weight and outcome are those of one row."""
    keys = {f"level {place}": level for place, level in enumerate(rows.level.T)}
    keys |= {f"place {place}": values for place, values in enumerate(rows.places) if values is not None}
    if rows.probabilities is not None:
        keys |= {f"probability {place}": values for place, values in enumerate(rows.probabilities.T)}
    own = {
        "value": rows.value,
        "decision": rows.decision,
        "outcome": rows.outcome,
        "stratum": rows.stratum,
        "given": rows.given,
        "mass of a row": _rounded(rows.mass / rows.rows, QUOTIENT_BITS),
        "outcome of a row": None if rows.outcome_sum is None else _rounded(rows.outcome_sum / rows.rows, QUOTIENT_BITS),
        "exposure": rows.exposure,
        "cluster": rows.cluster,
    }
    return keys | {name: values for name, values in own.items() if values is not None}


def _stack(first: Floats | None, second: Floats | None) -> Floats | None:
    if first is None or second is None:
        if first is not second:
            raise ValueError("score tables add up only with the same columns")
        return None
    return np.concatenate([first, second])
