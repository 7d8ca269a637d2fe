"""Measures over all rows: how good predictions are, from the single lines of the score table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import ndtri, stdtrit

from fairaudit.arrays import Floats, Ints
from fairaudit.chance.laws import Law, two_sided
from fairaudit.chance.laws.areas import Areas
from fairaudit.chance.laws.shares import Shares
from fairaudit.measures.catalogue import BY_NUMBER
from fairaudit.measures.group_values import held
from fairaudit.measures.measure import Measure
from fairaudit.measures.ranking import AUC
from fairaudit.measures.view import Bearing, Quotient, View, all_rows
from fairaudit.results import Interval
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.classes import against_rest
from fairaudit.scoretable.table import ScoreTable


@dataclass(frozen=True, eq=False)
class Overall:
    """One measure over all rows of a table."""

    measure: Measure
    view: View

    @cached_property
    def _taken(self) -> tuple[float, Bearing]:
        assert self.measure.of_rows is not None
        return self.measure.of_rows.over_all(self.view)

    @property
    def value(self) -> float | None:
        """The value; None where it is not defined (AUC of one class), or infinite."""
        value = self._taken[0]
        return value if np.isfinite(value) else None

    @property
    def infinite(self) -> int:
        """Rows whose loss is infinite, such as that of a certainty that failed: then the value is, too."""
        if not isinstance(self.measure.of_rows, Quotient) or self.value is not None:
            return 0
        return round(float(self.rows[np.isinf(self.measure.of_rows.above(self.view))].sum()))

    @property
    def bearing(self) -> Floats:
        """How each line bears on the value, shape (L,), see `view.Bearing`; of a value that is defined."""
        return self._taken[1]()

    @property
    def rows(self) -> Floats:
        """Rows of each line, shape (L,)."""
        return self.view.table.rows

    @property
    def cluster(self) -> Ints | None:
        """Whom the rows of each line are about, shape (L,); None: each row about somebody else."""
        return self.view.table.cluster


def overall(table: ScoreTable) -> dict[str, Overall]:
    """The measures over all rows that a table's task and columns allow, those of its task before those borrowed.

    They judge predictions or decisions: a table of outcomes alone has none.
    """
    there = held(table)
    if table.task == "ordinal" and "prediction" in there:
        there |= {"decision"}  # for the level that is nearest
    wanted = [measure for measure in BY_NUMBER if measure.of_rows is not None and _is_of(measure, table.task)]
    judging = [each for each in wanted if "prediction" in there or "decision" in each.needs]
    allowed = [measure for measure in judging if there.issuperset(measure.needs)]
    allowed.sort(key=lambda measure: table.task not in measure.tasks)
    view = all_rows(table) if allowed else None
    whole = {} if view is None else {measure.name: Overall(measure, view) for measure in allowed}
    for place, name in enumerate(table.classes if "prediction" in there else ()):
        binary = against_rest(table, place)
        plain = overall(binary) if table.outcome is not None else {}
        own = {each.name: each.against_rest(name) for each in BY_NUMBER if each.by_class and each.name in plain}
        whole |= {one.name: Overall(one, plain[base].view) for base, one in own.items()}
    return whole


def _is_of(measure: Measure, task: str) -> bool:
    return task in measure.tasks or task in measure.tasks_overall


def infinite(measured: Mapping[str, Overall]) -> dict[str, int]:
    """Measures that are infinite → rows that make them so."""
    return {name: each.infinite for name, each in measured.items() if each.infinite}


def performance(table: ScoreTable) -> dict[str, float | None]:
    """Measure → value over all rows; None where it is not defined."""
    return {name: each.value for name, each in overall(table).items()}


def standard_error(bearing: Floats, rows: Floats, cluster: Ints | None = None) -> float | None:
    r"""√Σ bearing² / n: standard error of a value on whose lines of n rows it bears so, the rows independent; None
    where all are about one person, who shows none.

    The infinitesimal jackknife, √Σ ω² ψ² over rows of share ω and influence ψ. In C clusters
    :math:`\sqrt{C / (C - 1) \sum_c (\sum_{k \in c} b_k)^2}`.
    """
    if cluster is None:
        return float(np.sqrt(np.sum(bearing**2 / rows)))
    clusters = len(np.unique(cluster))
    if clusters < 2:
        return None
    return float(np.sqrt(np.sum(sum_by(cluster, bearing) ** 2) * clusters / (clusters - 1)))


def intervals(measured: Mapping[str, Overall], confidence: float) -> dict[str, Interval]:
    """Intervals of the measures that have a value: of shares and areas by their law, as those of a group; of others
    normal, value ± z · standard error, over C clusters Student's with C − 1 degrees of freedom; none over a single
    one."""
    result = {}
    for name, measure in measured.items():
        if measure.value is None:
            continue
        if isinstance(law := _law(measure), Shares | Areas):
            low, high = two_sided(law, confidence)
            result[name] = (float(low[0]), float(high[0]))
            continue
        error = standard_error(measure.bearing, measure.rows, measure.cluster)
        if error is None:
            continue
        upper, clusters = (1 + confidence) / 2, measure.cluster
        reach = ndtri(upper) if clusters is None else stdtrit(len(np.unique(clusters)) - 1, upper)
        half = float(reach) * error
        result[name] = (measure.value - half, measure.value + half)
    return result


def _law(of: Overall) -> Law | None:
    """The law of a measure that is the same over all rows as in a group; None where it has none."""
    known = of.measure.known
    if of.measure.of_groups is not of.measure.of_rows or known is None:
        return None
    return known.law(of.view)


def follows(table: ScoreTable) -> tuple[float, float | None] | None:
    """Chance that somebody decided yes has a higher prediction than somebody decided no, with its standard error; None
    where there are not both, or all decisions are one."""
    if table.decision is None or table.subject != "prediction" or table.task == "multiclass":
        return None
    area, bearing = AUC.over_all(all_rows(replace(table, outcome=table.decision)))
    return None if np.isnan(area) else (area, standard_error(bearing(), table.rows, table.cluster))
