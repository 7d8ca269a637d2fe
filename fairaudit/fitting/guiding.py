"""Models guided by knowledge of their factors: where the knowledge is from, and what it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fairaudit.arrays import Floats, Ints, Step
from fairaudit.chance.bootstrap import interval
from fairaudit.errors import OptionError
from fairaudit.explaining.attribution import carrying_rows, shares
from fairaudit.explaining.resampling import RowDraws
from fairaudit.fitting.attributing import own_explainer, sampled
from fairaudit.fitting.estimators import fitted, training_data, unfitted
from fairaudit.fitting.options import FitOptions
from fairaudit.fitting.prediction import losses
from fairaudit.fitting.split import Part, Split, check_side
from fairaudit.models.estimator import PenalizedEstimator
from fairaudit.models.family import null_deviance
from fairaudit.models.guides import consistency as measures
from fairaudit.models.guides.knowledge import Knowledge
from fairaudit.models.splits import folds_of
from fairaudit.options import MODELS, Options
from fairaudit.results import BeforeAfter, Consistency, GuidedFactor
from fairaudit.streams import Stream

POOL = ("glm", "boosting")
"""Kinds of model from which knowledge is taken unless others are named; the guided kind has no say."""
PER_CHOICE = 0.02
"""Default α of the Plackett–Luce loss over that of divergences: it has no zero, and a strong one leaves all importance
to the first factor."""
FOLDS = 3
"""Parts of the training rows, each attributed by models that were fitted without it."""


def guide(split: Split, step: Step) -> Split:
    """The same split with its knowledge at hand: that of a pool is estimated on the training rows.

    Raises:
        OptionError: the knowledge does not fit the features or the divergence.
    """
    fitting = split.fitting
    if fitting.knowledge is None:
        return split
    known, strength = fitting.knowledge, fitting.consistency_strength
    natural = natural_strength(split) if strength is None else 0.0
    if isinstance(known, str):
        kinds = pool_of(known, fitting.model)
        known = pooled(split, kinds, step)
    reference = known.reference(split.factors)
    asked = fitting.divergence or reference.divergence
    measures.ConsistencyLoss(reference, asked)
    if strength is None:
        strength = natural * (PER_CHOICE if asked == measures.PLACKETT_LUCE else 1.0)
    return replace(split, fitting=replace(fitting, knowledge=known, divergence=asked, consistency_strength=strength))


def pool_of(text: str, guided: str) -> tuple[str, ...]:
    """The kinds of model in ``pool`` or ``pool:KIND,KIND``, less the guided one."""
    name, colon, listed = text.partition(":")
    kinds = tuple(listed.split(",")) if colon else POOL
    strange = [kind for kind in kinds if kind not in MODELS]
    if name != "pool" or strange:
        raise OptionError(
            f"knowledge '{text}' is no pool; write pool, or pool:boosting,network with kinds of {', '.join(MODELS)}"
        )
    others = tuple(kind for kind in dict.fromkeys(kinds) if kind != guided)
    if not others:
        raise OptionError(f"the pool holds no other kind of model than {guided}, which is to be guided by it")
    return others


def pooled(split: Split, kinds: tuple[str, ...], step: Step) -> Knowledge:
    """Weights of the factors: the mean of the importance shares that models of other kinds give them.

    Each kind is fitted on all but one fold of the training rows and attributed on that fold, for each fold: the rows
    held out, on which the guided model is judged, take no part, nor does any row that the attributed model has seen.
    """
    free = FitOptions(penalty="none", family=split.fitting.family, power=split.fitting.power)
    train, seed = split.train, split.options.seed
    fold_of = folds_of(
        len(train.rows), train.unit, Stream.KNOWLEDGE_FOLDS.generator(seed), FOLDS, "knowledge from a pool"
    )
    importances = []
    for kind in kinds:
        total = np.zeros(len(split.factors))
        for fold in range(FOLDS):
            step(f"knowledge from {kind}, fold {fold + 1} of {FOLDS}")
            inside, held = train.take(fold_of != fold), train.take(fold_of == fold)
            check_side(split.table, inside.rows, "fitted")
            model = fitted(replace(split, train=inside, fitting=replace(free, model=kind)), "none", step)
            _, sizes = attributed(held, model, Stream.KNOWLEDGE_ROWS.generator(seed))
            total += train.mass[fold_of == fold].sum() * sizes.sum(axis=0)
        importances.append(shares(total))
    weights = dict(zip(split.factors, map(float, np.mean(importances, axis=0)), strict=True))
    return Knowledge(weights=weights, source=f"pool: {', '.join(kinds)}")


def natural_strength(split: Split) -> float:
    """α that weighs one nat of divergence like all that the constant model loses: the scale of the loss in its unit."""
    training = unfitted(split, "none").read(**training_data(split.train, penalised=False))
    return float(f"{null_deviance(training.family, training.outcome, training.weight):.2g}")


def attributed(part: Part, model: PenalizedEstimator, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Rows of a part that are attributed, by position, and their ω |φ|, shape (m, J), ω summing to 1 over them."""
    explain, most = own_explainer(model)
    chosen = sampled(part.mass, most, rng)
    rows = part.take(chosen)
    attribution, _, _ = explain(rows.features)
    return chosen, rows.mass[:, None] * attribution.sizes


@dataclass(frozen=True, eq=False)
class _Side:
    """One model on the held-out rows: measured, and in each bootstrap replicate."""

    share: Floats
    """r, shape (J,)."""
    distance: Floats
    """d, first as measured, then in the replicates, shape (1 + R,)."""
    agreement: Floats
    """Shape (1 + R,); NaN where nothing is ordered."""
    loss: Floats
    """Mean half deviance, shape (1 + R,)."""

    @classmethod
    def of(
        cls, part: Part, model: PenalizedEstimator, consistency: measures.ConsistencyLoss, options: Options
    ) -> _Side:
        seed, draws = options.seed, options.bootstrap
        chosen, sizes = attributed(part, model, Stream.GUIDED_ROWS.generator(seed))
        mass, loss = part.mass, losses(model, part)
        each = RowDraws.of(len(chosen), draws, Stream.GUIDED_REPLICATES.generator(seed))
        sums = np.vstack([sizes.sum(axis=0), each.sums(sizes)])
        whole = RowDraws.of(len(mass), draws, Stream.GUIDED_LOSS_REPLICATES.generator(seed))
        means = whole.sums(np.column_stack([mass * loss, mass]))
        tier = consistency.reference.tier
        agreements = [measures.agreement(tier, row) for row in sums]
        return cls(
            shares(sums[0]),
            np.array([consistency(row)[0] for row in sums]),
            np.array([np.nan if value is None else value for value in agreements]),
            np.concatenate([[mass @ loss], means[:, 0] / means[:, 1]]),
        )


def consistency(split: Split, plain: PenalizedEstimator, guided: PenalizedEstimator) -> Consistency:
    """What the knowledge changed, on the held-out rows: the plain against the guided model."""
    fitting, known, options = split.fitting, split.fitting.knowledge, split.options
    assert isinstance(known, Knowledge)
    assert fitting.divergence is not None
    assert fitting.consistency_strength is not None
    reference = known.reference(split.factors)
    measure = measures.ConsistencyLoss(reference, fitting.divergence)
    seen, sizes = attributed(split.train, guided, Stream.GUIDING_ROWS.generator(options.seed))
    before, after = (_Side.of(split.test, model, measure, options) for model in (plain, guided))
    return Consistency(
        source=known.source,
        kind=known.kind,  # type: ignore[arg-type]
        divergence=fitting.divergence,  # type: ignore[arg-type]
        strength=fitting.consistency_strength,
        factors=_guided_factors(split.factors, reference, before, after),
        unmentioned=[name for name in split.factors if name not in known.mentioned],
        distance=_both(before.distance, after.distance, options.confidence),
        agreement=_both(before.agreement, after.agreement, options.confidence),
        loss=_both(before.loss, after.loss, options.confidence),
        carried=carrying_rows(sizes, split.train.mass[seen], split.factors),
    )


def _guided_factors(names: list[str], reference: measures.Reference, plain: _Side, guided: _Side) -> list[GuidedFactor]:
    """The factors with their shares before and after, by tier and share."""
    weight = None if reference.weight is None else shares(reference.weight)
    order = sorted(range(len(names)), key=lambda j: (reference.tier[j], -plain.share[j]))
    return [
        GuidedFactor(
            factor=names[j],
            tier=int(reference.tier[j]) + 1,
            knowledge=None if weight is None else float(weight[j]),
            plain=float(plain.share[j]),
            guided=float(guided.share[j]),
        )
        for j in order
    ]


def _both(before: Floats, after: Floats, confidence: float) -> BeforeAfter:
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(before > 0, 100 * (after / before - 1), np.nan)
    ends = [_interval(series, confidence) for series in (before, after, percent)]
    return BeforeAfter(
        plain=_known(before[0]),
        plain_interval=ends[0],
        guided=_known(after[0]),
        guided_interval=ends[1],
        percent=_known(percent[0]),
        percent_interval=ends[2],
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _interval(series: Floats, confidence: float) -> tuple[float, float] | None:
    """The interval of a number, which comes first, from its replicates; None where it or they are not known."""
    if not np.isfinite(series[0]) or not np.isfinite(series[1:]).any():
        return None
    low, high = interval(series[1:], confidence)
    return float(low), float(high)
