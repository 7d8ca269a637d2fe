"""What a fairer model takes away of the plain one's dependence on held-out rows, split into what is shrinkage."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from fairaudit.arrays import Floats
from fairaudit.chance.reductions import two_excesses
from fairaudit.distance.penalty import DependencePenalty, dependence_penalty, unscaled
from fairaudit.results import Change, Interval, Reduction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fairaudit.fitting.held_out import Judged
    from fairaudit.fitting.split import Part, Split

NOTHING = "the plain model shows no dependence over its noise floor"
CHANCE = "the plain model's dependence is not clear of chance on these rows, so that its reduction has no interval"
TOO_MANY = "the attributes have too many cells for an interval"
ALL = "the fairer model shows no dependence over its noise floor, which has no logarithm"


def reductions(split: Split, plain: Judged, chosen: Judged, changes: Sequence[Change]) -> list[Reduction]:
    """Of every dependence that two models are compared by, and of what is penalised, how much was taken away.

    Args:
        split: the rows, and what was asked.
        plain: the plain model.
        chosen: the penalised one.
        changes: what differs between them.
    """
    part, model = split.test, chosen.model
    predictions = plain.test.model.rate, chosen.test.model.rate
    threshold = split.cut.value if split.fitting.penalize == "decision" and split.cut is not None else None
    aim = dependence_penalty(
        part.cells,
        model.penalty,
        part.mass,
        part.stratum,
        group_weight=model.group_weight,
        threshold=threshold,
        count=part.count,
    )
    names = [attribute.name for attribute in part.cells.attributes]
    aimed = f"dcov:{names[0]}" if len(names) == 1 else unscaled(aim.kind)  # of one attribute all measures are its dCov²
    usual = part.stratum is None and model.group_weight == "size" and threshold is None
    found = []
    for change in changes:
        measured = _penalty(part, change, aim)
        if measured is not None and change.plain is not None and change.fair is not None:
            own = change.measure == "within_strata_excess" or (usual and measured.kind == aimed)
            found.append(_reduction(part, measured, predictions, split.options.confidence, own, change))
    if not any(reduction.penalised for reduction in found):
        found.insert(0, _reduction(part, replace(aim, kind=unscaled(aim.kind)), predictions, split.options.confidence))
    return sorted(found, key=lambda reduction: not reduction.penalised)


def _penalty(part: Part, change: Change, aim: DependencePenalty) -> DependencePenalty | None:
    """The measure of a change on the held-out rows; None where it is no dependence."""
    if change.kind != "dependence":
        return None
    name = change.measure.removesuffix("_excess")
    if name == "within_strata":
        return replace(aim, kind=unscaled(aim.kind))
    kind = f"dcov:{change.by[0]}" if name == "dcov" else name
    return dependence_penalty(part.cells, kind, part.mass, count=part.count)


def _reduction(
    part: Part,
    measure: DependencePenalty,
    predictions: tuple[Floats, Floats],
    confidence: float,
    penalised: bool = True,
    change: Change | None = None,
) -> Reduction:
    """How much of a measure was taken away; of a change, whose values the audits stated, by these."""
    pairs = two_excesses(measure, *predictions, part.cluster)
    own = [[measure.excess(each, scale_free=free) for each in predictions] for free in (False, True)]
    before, after = own[0] if change is None else (float(change.plain or 0.0), float(change.fair or 0.0))
    name, _, attribute = measure.kind.partition(":")
    by = [attribute] if attribute else [each.name for each in part.cells.attributes]
    measured = Reduction(
        measure=name if change is None else change.measure.removesuffix("_excess"),
        by=by if change is None or not change.by else list(change.by),
        penalised=penalised,
        plain=before,
        fair=after,
    )
    if not before > 0:
        return structs.replace(measured, why=NOTHING)
    # What is left of the spread: exact, and for one stratum the ratio of the distance standard deviations.
    (plain, fair), (plain_free, fair_free) = own
    spread = (fair / fair_free) / (plain / plain_free) if fair_free and plain_free else None
    pair = None if pairs is None else replace(pairs[0], before=before, after=after)
    ends = None if pair is None else pair.interval(confidence)
    why = TOO_MANY if pair is None else CHANCE if ends is None else None
    percent = 100 * (1 - after / before)
    measured = structs.replace(
        measured,
        percent=percent,
        interval=ends,
        dcor_percent=_per_spread(percent, spread),
        dcor_interval=None if ends is None else _scaled(ends, spread),
        spread=spread,
        why=why,
    )
    if not after > 0 or spread is None or not spread > 0:
        return structs.replace(measured, why=why or ALL)
    total, shrinkage = float(np.log(after / before)), float(np.log(spread))
    return structs.replace(measured, total=total, decorrelation=total - shrinkage, shrinkage=shrinkage)


def _per_spread(percent: float, spread: float | None) -> float | None:
    """A reduction in per cent as one of the measure per distance standard deviation."""
    return 100 * (1 - (1 - percent / 100) / spread) if spread else None


def _scaled(ends: Interval, spread: float | None) -> Interval | None:
    low, high = (_per_spread(end, spread) for end in ends)
    return None if low is None or high is None else (low, high)
