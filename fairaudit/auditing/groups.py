"""The groups of an audit compared: rates and gaps, divergences, histograms, as they stand in the result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.auditing.resampled import Resampled, discrete
from fairaudit.chance.bootstrap import interval
from fairaudit.chance.shuffles import Null
from fairaudit.measures.catalogue import BY_NUMBER
from fairaudit.measures.divergence import Density, density, g_test, jensen_shannon
from fairaudit.measures.gaps import disparity, holm, homogeneity, largest_of
from fairaudit.measures.group_values import GroupValues, group_values, measured_interval, with_parts
from fairaudit.measures.spread import uf_name, unfairness_index
from fairaudit.measures.view import divide
from fairaudit.results import Disparity, Distribution, Divergence, Group, Subject
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Grid, Groups, grid, in_chunks, total

HISTOGRAM_BINS = 24
TAIL = 0.005
"""Share of the values at each end that the histogram joins to its outermost bins."""
NO_FLOOR = "the floor needs permutations (--permutations)"


def groups_and_disparities(resampled: Resampled, probability: bool) -> tuple[list[Group], list[Disparity]]:
    """Every group with its rates, and the largest gap of every measure, p-values adjusted over all gaps.

    Args:
        resampled: the score table.
        probability: whether the measured values are probabilities of the outcome.
    """
    rows: list[Group] = []
    gaps: list[Disparity] = []
    table, options = resampled.table, resampled.options
    needed = None if resampled.asked is None else with_parts(resampled.asked)
    for chosen in resampled.groups:
        measured = group_values(table, resampled.grid, resampled.segments, chosen, options, probability, needed)
        mean = _replicated_mean(resampled, chosen)
        rows += _group_rows(resampled, chosen, measured, mean)
        own = {
            name: disparity(chosen, values, options)
            for name, values in measured.items()
            if "gap" in values.measure.statistics
        }
        gaps += own.values()
        gaps += [
            largest_of(measure.name, [own[part] for part in measure.largest_of])
            for measure in BY_NUMBER
            if measure.largest_of and own.keys() >= set(measure.largest_of)
        ]
        gaps += [_unfairness(resampled, chosen, mean, way) for way in (False, True) if resampled.wants(uf_name(way))]
    return rows, holm(gaps)


def _group_rows(
    resampled: Resampled, chosen: Groups, measured: dict[str, GroupValues], replicated: Floats
) -> list[Group]:
    table, options = resampled.table, resampled.options
    count, mass = (sum_by(chosen.index, values) for values in (table.rows, table.weight))
    mean = divide(sum_by(chosen.index, table.weight * table.value), mass)
    columns = {name: values.results(options.confidence) for name, values in measured.items()}
    low, high = measured_interval(replicated, options.confidence)
    result = []
    for index, n in enumerate(count):
        adequate = bool(n >= options.min_group and mass[index] > 0)
        why = None if adequate else f"{n:.0f} rows; {options.min_group} are needed to compare it with others"
        result.append(
            Group(
                by=list(chosen.by),
                cell=chosen.cell(index),
                n=int(n),
                share=float(min(mass[index], 1.0)),
                mean_prediction=float(mean[index]) if mass[index] > 0 else None,
                interval=(float(low[index]), float(high[index]))
                if adequate and np.isfinite(low[index]) and np.isfinite(high[index])
                else None,
                adequate=adequate,
                why="all weights are 0" if mass[index] <= 0 else why,
                measures={name: values[index] for name, values in columns.items()},
            )
        )
    return result


def _replicated_mean(resampled: Resampled, chosen: Groups) -> Floats:
    """Mean of what is measured in each group, in each replicate, shape (R, G)."""
    sums = resampled.segments.replicates
    if not sums:
        return np.empty((0, len(chosen)))
    group = chosen.index[resampled.segments.first]
    return divide(total(sums["value"], group, len(chosen)), total(sums["mass"], group, len(chosen)))


def _unfairness(resampled: Resampled, chosen: Groups, replicated: Floats, weighted: bool) -> Disparity:
    name, by = uf_name(weighted), list(chosen.by)
    if resampled.variance <= 0:
        return Disparity(measure=name, by=by, value=None, why="all values are equal")
    table, spread = resampled.table, resampled.spread(weighted)
    mass = sum_by(chosen.index, table.weight)
    # Every group as one point at its own mean: UF needs the means alone.
    mean = np.nan_to_num(divide(sum_by(chosen.index, table.weight * table.value), mass))
    value = float(unfairness_index(np.diag(mass), mean, spread, weighted))
    null = resampled.nulls[f"{name}:{'|'.join(by)}"]
    ends, p_value = None, null.p_value
    if len(replicated) > 1 and null.floor is not None:
        group, point = chosen.index[resampled.segments.first], resampled.grid.index[resampled.segments.first]
        shape = len(resampled.grid.values), len(chosen)
        drawn = _replicated(
            resampled,
            point * shape[1] + group,
            shape,
            lambda tables: unfairness_index(tables, resampled.grid.values, spread, weighted),
        )
        low, high = _around(value, drawn, resampled.options.confidence)
        ends = max(low, 0.0), min(max(high, 0.0), 1.0) if weighted else max(high, 0.0)
        p_value = _equal_means(resampled, chosen, mean, replicated)
    return Disparity(
        measure=name,
        by=by,
        value=value,
        floor=null.floor,
        excess=None if null.floor is None else value - null.floor,
        interval=ends,
        p_value=p_value,
    )


def _equal_means(resampled: Resampled, chosen: Groups, mean: Floats, replicated: Floats) -> float | None:
    """P-value that the means of all groups of sufficient size are equal, which is that UF is 0."""
    rows = sum_by(chosen.index, resampled.table.rows)
    fit = (rows >= resampled.options.min_group) & np.isfinite(replicated).all(axis=0)
    if fit.sum() < 2:
        return None
    return homogeneity(mean[fit], replicated[:, fit].var(axis=0, ddof=1), rows[fit], rate=False)


def divergences(resampled: Resampled) -> list[Divergence]:
    """Jensen–Shannon divergences of what is measured, and of discrete decisions and outcomes beside it."""
    if not resampled.wants("jensen_shannon"):
        return []
    result = [
        _divergence(
            resampled,
            resampled.table.subject,
            chosen,
            resampled.grid,
            resampled.density,
            resampled.nulls["jsd:" + "|".join(chosen.by)],
        )
        for chosen in resampled.groups
    ]
    for subject in resampled.other_subjects():
        keys = resampled.table.decision if subject == "decision" else resampled.table.outcome
        assert keys is not None
        own = grid(keys, resampled.table.weight)
        nulls = resampled.other_nulls(own)
        result += [
            _divergence(resampled, subject, chosen, own, discrete(own), nulls["|".join(chosen.by)])
            for chosen in resampled.groups
        ]
    return result


def _divergence(
    resampled: Resampled, subject: Subject, chosen: Groups, own: Grid, shape: Density, null: Null
) -> Divergence:
    table, size, points = resampled.table, len(chosen), len(own.values)
    value = _exact_divergence(resampled, chosen, own, shape)
    p_value, trusted = None, False
    if shape.bin is not None and table.equal_weights:
        counts = sum_by(chosen.index * points + own.index, table.rows, size * points)
        p_value, trusted = g_test(shape(counts.reshape(size, points)))
    ends = None
    # Outcomes are a key of the segments for binary tasks only; elsewhere their replicates are not kept.
    kept = subject != "outcome" or table.subject == "outcome" or table.task == "binary"
    if resampled.segments.replicates and null.floor is not None and kept:
        first = resampled.segments.first
        index = chosen.index[first] * points + own.index[first]
        drawn = _replicated(resampled, index, (size, points), lambda tables: jensen_shannon(shape(tables)))
        ends = _around(value - null.floor, drawn, resampled.options.confidence)
    return Divergence(
        name="jensen_shannon",
        of=subject,
        by=list(chosen.by),
        value=value,
        floor=null.floor,
        excess=None if null.floor is None else value - null.floor,
        interval=ends,
        p_value=p_value if trusted else null.p_value,
        test="G-test" if trusted else ("permutation" if null.p_value is not None else None),
        density=shape.name,
        why=None if null.floor is not None else NO_FLOOR,
    )


def _replicated(
    resampled: Resampled, index: Ints, shape: tuple[int, int], statistic: Callable[[Floats], Floats]
) -> Floats:
    """A statistic of the table of masses in each replicate; `index` is each segment's place in the flat table."""
    size = shape[0] * shape[1]
    result = []
    for sums in in_chunks({"mass": resampled.segments.replicates["mass"]}, size):
        mass = total(sums["mass"], index, size)
        whole = mass.sum(axis=-1, keepdims=True)  # 0 where only rows without weight were drawn
        share = np.divide(mass, whole, out=np.zeros_like(mass), where=whole > 0)
        result.append(statistic(share.reshape(-1, *shape)))
    return np.concatenate(result)


def _around(centre: float, replicates: Floats, confidence: float) -> tuple[float, float]:
    """The spread of the replicates about an estimate. Replicates carry the noise of the data and their own, so that
    those of a divergence lie above it; their spread is used, not their place."""
    low, high = interval(replicates - replicates.mean(), confidence)
    return centre + float(low), centre + float(high)


def _exact_divergence(resampled: Resampled, chosen: Groups, own: Grid, shape: Density) -> float:
    """The divergence of the table itself; a kernel density takes every distinct value, not the grid."""
    table = resampled.table
    if shape.kernel is not None and not own.exact:
        own = grid(table.value, table.weight, len(table))
        shape = density(resampled.options.density, own, table.weight)
    size, points = len(chosen), len(own.values)
    mass = sum_by(chosen.index * points + own.index, table.weight, size * points)
    return float(jensen_shannon(shape(mass.reshape(size, points))))


def distributions(resampled: Resampled) -> list[Distribution]:
    """Histograms of what is measured in the groups of each single attribute."""
    table = resampled.table
    edges, bin, count = _histogram(resampled)
    result = []
    for chosen in (each for each in resampled.groups if len(each.by) == 1):
        mass = sum_by(chosen.index * count + bin, table.weight, len(chosen) * count)
        for index, shares in enumerate(mass.reshape(len(chosen), count)):
            if shares.sum() > 0:
                result.append(
                    Distribution(
                        by=list(chosen.by),
                        cell=chosen.cell(index),
                        edges=[float(edge) for edge in edges],
                        shares=[float(share) for share in shares / shares.sum()],
                    )
                )
    return result


def _histogram(resampled: Resampled) -> tuple[Floats, Ints, int]:
    """Edges (or values, where few are distinct), bin of each line, and number of bins."""
    table = resampled.table
    if resampled.grid.exact:
        return resampled.grid.values, resampled.grid.index, len(resampled.grid.values)
    order = np.argsort(table.value)
    mass = np.cumsum(table.weight[order])
    place = np.searchsorted(mass, [TAIL, 1 - TAIL]).clip(max=len(mass) - 1)  # the sum may round below 1 − TAIL
    low, high = table.value[order][place]
    edges = np.linspace(low, high, HISTOGRAM_BINS + 1)
    bin = np.searchsorted(edges, table.value, side="right") - 1
    return edges, np.clip(bin, 0, HISTOGRAM_BINS - 1).astype(np.intp), HISTOGRAM_BINS
