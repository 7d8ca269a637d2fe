"""Dependence within strata: equalised odds, equal opportunity, and parity given an admissible column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.chance.shuffles import Null, null_distributions
from fairaudit.measures.dependence import DependenceMeasures, dependence_measures
from fairaudit.results import ConditionalDependence, Dependence
from fairaudit.scoretable.classes import vector_grid
from fairaudit.scoretable.grid import grid
from fairaudit.scoretable.table import ScoreTable

NO_CORRELATION = "an average over strata has no correlation"


def conditional_dependence(
    table: ScoreTable, parity: str, permutations: int, rng: np.random.Generator, pairwise: bool = False
) -> ConditionalDependence | None:
    r"""Distance covariances within the strata of a score table, averaged with the strata's shares.

    .. math:: \sum_s \pi_s \, Q(f_s; W_s)

    Values, floors and unbiased values are those averages; a p-value shuffles the predictions within each stratum, so
    that whatever the strata themselves explain is no evidence.

    Args:
        table: a score table with strata; lines with a negative one are left out.
        parity: the notion, in words.
        permutations: number of shuffles.
        rng: source of the shuffles.
        pairwise: as in `dependence_measures`.

    Returns:
        The averages; None where the table has no strata.
    """
    if table.stratum is None:
        return None
    strata = [table.take(np.flatnonzero(table.stratum == one)) for one in np.unique(table.stratum[table.stratum >= 0])]
    strata = [stratum for stratum in strata if stratum.mass.sum() > 0]
    mass = np.array([stratum.mass.sum() for stratum in strata])
    share = mass / mass.sum()
    measures = [dependence_measures(stratum, pairwise) for stratum in strata]
    nulls = [_nulls(each, permutations, rng) for each in measures]
    kinds = [*(f"dcov:{attribute.name}" for attribute in table.attributes), "ccdcov"]
    averages = [_average(kind, measures, nulls, share) for kind in kinds]
    return ConditionalDependence(
        parity=parity,
        strata=len(strata),
        n=int(sum(stratum.rows.sum() for stratum in strata)),
        dcov=averages[:-1],
        ccdcov=averages[-1],
    )


def _nulls(measures: DependenceMeasures, permutations: int, rng: np.random.Generator) -> dict[str, Null]:
    table = measures.table
    points = vector_grid(table) if table.classes else grid(table.value, table.weight)
    return null_distributions(table, points.index, measures.blocks.cell, measures.views(points), permutations, rng)


def _average(
    kind: str, measures: Sequence[DependenceMeasures], nulls: Sequence[dict[str, Null]], share: Floats
) -> Dependence:
    parts = [measure.single(kind, {}) for measure in measures]

    def mean(name: str) -> float | None:
        values = [getattr(part, name) for part in parts]
        return None if None in values else float(share @ values)

    unbiased = mean("unbiased")
    null = Null(
        float(share @ [of_stratum[kind].observed for of_stratum in nulls]),
        np.sum([part * of_stratum[kind].draws for part, of_stratum in zip(share, nulls, strict=True)], axis=0),
    )
    reasons = [part.why for part in parts if part.unbiased is None]
    return Dependence(
        attribute=parts[0].attribute,
        unbiased=unbiased,
        biased=mean("biased"),
        floor=mean("floor"),
        excess=mean("excess"),
        dcor_sq=None,
        p_value=null.p_value,
        p_error=null.p_error,
        why="; ".join(filter(None, [*reasons[:1], NO_CORRELATION])),
    )
