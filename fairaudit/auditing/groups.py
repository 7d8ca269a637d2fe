"""The groups of an audit compared: rates and gaps, divergences, histograms, as they stand in the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from msgspec import structs

from fairaudit.arrays import Floats, Ints
from fairaudit.auditing.resampled import Resampled, discrete
from fairaudit.chance.laws import two_sided
from fairaudit.chance.laws.distances import excess_limits
from fairaudit.chance.shuffles import Null
from fairaudit.measures.adequacy import adequacy
from fairaudit.measures.catalogue import BY_NUMBER, MEASURES
from fairaudit.measures.certainty import lines_of
from fairaudit.measures.contrasts import contrasts, is_told
from fairaudit.measures.detectable import detectable, margin_of
from fairaudit.measures.divergence import Density, density
from fairaudit.measures.gaps import disparity, largest_of
from fairaudit.measures.group_values import GroupValues, too_few
from fairaudit.measures.information import information
from fairaudit.measures.ratios import Ratios, ratios, spares
from fairaudit.measures.spread import mean_measure, uf_name, unfairness_index
from fairaudit.measures.view import divide
from fairaudit.options import FEWEST_SHOWN, Options, margins
from fairaudit.results import Disparity, Distribution, Divergence, Group, GroupValue, Subject
from fairaudit.results.experts import Detectable, RateContrast
from fairaudit.results.words import side_of
from fairaudit.scoretable.cells import sum_by
from fairaudit.scoretable.grid import Grid, Groups, grid, in_chunks, total

HISTOGRAM_BINS = 24
TAIL = 0.005
"""Share of the values at each end that the histogram joins to its outermost bins."""
MEAN_OF_SUBJECT = {
    name: known
    for name in ("mean_prediction", "selection_rate", "base_rate", "mean_outcome", "frequency")
    if (known := MEASURES[name].known) is not None
}
"""Measure → how certain the mean of what is measured is, whether predictions, decisions or outcomes."""
NO_MEAN = "classes have no mean; each has its shares"
NO_FLOOR = "the floor needs permutations (--permutations)"


@dataclass(frozen=True, eq=False)
class Compared:
    """The groups of an audit, and what differs between them."""

    groups: list[Group]
    disparities: list[Disparity]
    contrasts: list[RateContrast]
    """Each group against the reference, in the rates that are told first; none unless all measures are wanted."""
    told: list[tuple[Groups, GroupValues, Disparity]]
    """The measures that are told first, or that have a margin of their own, with their largest gap."""

    def detectable(self, level: float, options: Options) -> list[Detectable]:
        """Which gaps the tests at a level would find, and which are ruled out."""
        found = (detectable(*told, level, margin_of(told[1].measure, options)) for told in self.told)
        return [each for each in found if each is not None]


def groups_and_disparities(resampled: Resampled, favourable: str | None, reference: Mapping[str, str]) -> Compared:
    """Every group with its rates, and the largest gap of every measure.

    Args:
        resampled: the score table.
        favourable: which way is good for a person; None: nobody said.
        reference: attribute → level that others are compared with.
    """
    rows: list[Group] = []
    gaps: list[Disparity] = []
    pairs: list[RateContrast] = []
    told: list[tuple[Groups, GroupValues, Disparity]] = []
    table, options = resampled.table, resampled.options
    for chosen, measured in zip(resampled.groups, resampled.measured, strict=True):
        share = sum_by(chosen.index, table.weight, len(chosen))
        against = {
            name: ratios(
                chosen, values, share, side_of(favourable, values.measure.of_class), reference, options.confidence
            )
            for name, values in measured.items()
        }
        rows += _group_rows(resampled, chosen, measured, against)
        for name, values in measured.items():
            pairs += contrasts(chosen, values, against[name], options.confidence) if resampled.asked is None else []
        own = {
            name: _with_reference(disparity(chosen, values, options, spares(name, favourable)), chosen, against[name])
            for name, values in measured.items()
            if "gap" in values.measure.statistics
        }
        gaps += own.values()
        asked = dict(margins(options.margin))
        told += [(chosen, measured[name], gap) for name, gap in own.items() if is_told(measured[name]) or name in asked]
        gaps += [
            largest_of(
                measure.name,
                [own[part] for part in measure.largest_of],
                [measured[part] for part in measure.largest_of],
                options.confidence,
            )
            for measure in BY_NUMBER
            if measure.largest_of and own.keys() >= set(measure.largest_of)
        ]
        gaps += [
            _unfairness(resampled, chosen, way, own)
            for way in (False, True)
            if table.task in MEASURES[uf_name(way)].tasks and resampled.wants(uf_name(way))
        ]
    return Compared(rows, gaps, pairs, told if resampled.asked is None else [])


def _with_reference(gap: Disparity, chosen: Groups, against: Ratios | None) -> Disparity:
    return gap if against is None else structs.replace(gap, reference=chosen.cell(against.reference))


def _with_ratios(values: list[GroupValue], against: Ratios | None) -> list[GroupValue]:
    if against is None:
        return values
    return [
        value
        if np.isnan(ratio)
        else structs.replace(
            value, ratio=float(ratio), ratio_interval=None if np.isnan(low) else (float(low), float(high))
        )
        for value, ratio, low, high in zip(values, against.value, against.low, against.high, strict=True)
    ]


def _group_rows(
    resampled: Resampled, chosen: Groups, measured: dict[str, GroupValues], against: Mapping[str, Ratios | None]
) -> list[Group]:
    table, options = resampled.table, resampled.options
    count, mass = (sum_by(chosen.index, values) for values in (table.rows, table.weight))
    mean = divide(sum_by(chosen.index, table.weight * table.value), mass)
    averaged = not table.classes  # codes of classes have no mean
    columns = {
        name: _with_ratios(values.results(options.confidence), against[name]) for name, values in measured.items()
    }
    worth = information(table, chosen.index, len(chosen))
    enough = adequacy(table, resampled.grid, resampled.density, chosen.index, worth.effective)
    least, about = max(options.min_group, 1), "" if worth.people is None else "people"
    single = worth.effective < shown_from(options)
    low, high = _mean_limits(resampled, chosen, np.flatnonzero((worth.effective >= options.min_group) & (mass > 0)))
    result = []
    for index, n in enumerate(count):
        effective = float(worth.effective[index])
        adequate = bool(effective >= options.min_group and mass[index] > 0)
        why = too_few(n, effective, "rows", least, about)
        why = None if adequate or why is None else f"{why} to compare it with others"
        if single[index] and averaged:
            why = f"{why}; a mean of so few would tell of single {about or 'rows'}"
        result.append(
            Group(
                by=list(chosen.by),
                cell=chosen.cell(index),
                n=int(n),
                effective=effective,
                people=None if worth.people is None else int(worth.people[index]),
                share=float(min(mass[index], 1.0)),
                mean_prediction=float(mean[index]) if averaged and mass[index] > 0 and not single[index] else None,
                interval=(float(low[index]), float(high[index]))
                if adequate and np.isfinite(low[index]) and np.isfinite(high[index])
                else None,
                adequate=adequate,
                why="all weights are 0" if mass[index] <= 0 else why or (None if averaged else NO_MEAN),
                adequacy=enough[index],
                measures={name: values[index] for name, values in columns.items()},
            )
        )
    return result


def _mean_limits(resampled: Resampled, chosen: Groups, fit: Ints) -> tuple[Floats, Floats]:
    """Interval of the mean of what is measured in each group, shape (G,) twice; NaN where there is none."""
    low, high = np.full(len(chosen), np.nan), np.full(len(chosen), np.nan)
    if resampled.options.bootstrap and len(fit) and not resampled.table.classes:
        view = lines_of(resampled.table, resampled.grid, chosen.index, fit, None)
        law = MEAN_OF_SUBJECT[mean_measure(resampled.table.task, resampled.table.subject)].law(view)
        low[fit], high[fit] = two_sided(law, resampled.options.confidence)
    return low, high


def _unfairness(resampled: Resampled, chosen: Groups, weighted: bool, own: Mapping[str, Disparity]) -> Disparity:
    """The unfairness index; its p-value is that of equal means, which is that the index is 0."""
    name, by = uf_name(weighted), list(chosen.by)
    if resampled.variance <= 0:
        return Disparity(measure=name, by=by, value=None, why="all values are equal")
    table, spread = resampled.table, resampled.spread(weighted)
    mass = sum_by(chosen.index, table.weight)
    # Every group as one point at its own mean: UF needs the means alone.
    mean = np.nan_to_num(divide(sum_by(chosen.index, table.weight * table.value), mass))
    value = float(unfairness_index(np.diag(mass), mean, spread, weighted))
    null = resampled.nulls[f"{name}:{'|'.join(by)}"]
    equality = own.get(mean_measure(resampled.table.task, resampled.table.subject))
    ends = None
    if resampled.segments.replicates and null.spread_known:
        group, point = chosen.index[resampled.segments.first], resampled.grid.index[resampled.segments.first]
        shape = len(resampled.grid.values), len(chosen)
        drawn = _replicated(
            resampled,
            point * shape[1] + group,
            shape,
            lambda tables: unfairness_index(tables, resampled.grid.values, spread, weighted),
        )
        ends = _beyond_chance(value, null, drawn, resampled.options.confidence)
        ends = ends[0], min(ends[1], 1.0) if weighted else ends[1]
    tested = equality is not None and equality.p_value is not None
    return Disparity(
        measure=name,
        by=by,
        value=value,
        floor=null.floor,
        excess=None if null.floor is None else value - null.floor,
        interval=ends,
        p_value=equality.p_value if tested and equality else null.p_value,
        p_error=equality.p_error if tested and equality else null.p_error,
        test=equality.test if tested and equality else "permutation",
    )


def _beyond_chance(value: float, null: Null, replicates: Floats, confidence: float) -> tuple[float, float]:
    """Interval of what a measure is beyond chance; see `excess_limits`."""
    return excess_limits(value, null.draws, float(replicates.var(ddof=1)), (1 - confidence) / 2)


def divergences(resampled: Resampled) -> list[Divergence]:
    """Divergences of what is measured, and of discrete decisions and outcomes beside it."""
    if not resampled.divergences:
        return []
    result = _divergences(resampled, resampled.table.subject, resampled.grid, resampled.density, resampled.nulls)
    for subject in resampled.other_subjects():
        keys = resampled.table.decision if subject == "decision" else resampled.table.outcome
        assert keys is not None
        own = grid(keys, resampled.table.weight)
        result += _divergences(resampled, subject, own, discrete(own), resampled.other_nulls(own, subject))
    return result


def _divergences(
    resampled: Resampled, subject: Subject, own: Grid, shape: Density, nulls: Mapping[str, Null]
) -> list[Divergence]:
    """Each divergence of one subject in every grouping."""
    return [
        _divergence(resampled, name, subject, chosen, own, shape, nulls[f"{name}:{'|'.join(chosen.by)}"])
        for name in resampled.divergences
        for chosen in resampled.groups
    ]


def _divergence(
    resampled: Resampled, name: str, subject: Subject, chosen: Groups, own: Grid, shape: Density, null: Null
) -> Divergence:
    table, size, points = resampled.table, len(chosen), len(own.values)
    apart = resampled.divergences[name]
    value = _exact_divergence(resampled, apart.value, chosen, own, shape)
    p_value, trusted = None, False
    if apart.test is not None and shape.bin is not None and table.exchangeable:
        counts = sum_by(chosen.index * points + own.index, table.rows, size * points)
        p_value, trusted = apart.test.p_value(shape(counts.reshape(size, points)))
        # Beyond what the shuffles can tell, both must agree.
        trusted = trusted or (null.at_limit and p_value is not None and p_value < (null.p_value or 1.0))
    ends = None
    # Outcomes are a key of the segments for binary tasks only; elsewhere their replicates are not kept.
    kept = subject != "outcome" or table.subject == "outcome" or table.task in ("binary", "multiclass")
    if resampled.segments.replicates and null.spread_known and kept:
        first = resampled.segments.first
        index = chosen.index[first] * points + own.index[first]
        drawn = _replicated(resampled, index, (size, points), lambda tables: apart.value(shape(tables)))
        ends = _beyond_chance(value, null, drawn, resampled.options.confidence)
    return Divergence(
        name=name,
        of=subject,
        by=list(chosen.by),
        value=value,
        floor=null.floor,
        excess=None if null.floor is None else value - null.floor,
        interval=ends,
        p_value=p_value if trusted else null.p_value,
        p_error=0.0 if trusted else null.p_error,
        test=apart.test.name if trusted and apart.test else ("permutation" if null.p_value is not None else None),
        density=shape.name,
        unit=apart.counted_in,
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


def _exact_divergence(
    resampled: Resampled, divergence: Callable[[Floats], Floats], chosen: Groups, own: Grid, shape: Density
) -> float:
    """The divergence of the table itself; a kernel density takes every distinct value, not the grid."""
    table = resampled.table
    if shape.kernel is not None and not own.exact:
        own = grid(table.value, table.weight, len(table))
        shape = density(resampled.options.density, own, table.weight)
    size, points = len(chosen), len(own.values)
    mass = sum_by(chosen.index * points + own.index, table.weight, size * points)
    return float(divergence(shape(mass.reshape(size, points))))


def shown_from(options: Options) -> int:
    """Independent rows from which a group's mean and distribution are told: of fewer they would be those of single
    people. Whoever compares smaller groups has said that they may be seen."""
    return min(FEWEST_SHOWN, max(options.min_group, 1))


def distributions(resampled: Resampled) -> list[Distribution]:
    """Histograms of what is measured in the groups of each single attribute; of classes their shares tell it."""
    table = resampled.table
    if table.classes:
        return []
    edges, bin, count = _histogram(resampled)
    result = []
    for chosen in (each for each in resampled.groups if len(each.by) == 1):
        mass = sum_by(chosen.index * count + bin, table.weight, len(chosen) * count)
        single = information(table, chosen.index, len(chosen)).effective < shown_from(resampled.options)
        for index, shares in enumerate(mass.reshape(len(chosen), count)):
            if shares.sum() > 0 and not single[index]:
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
