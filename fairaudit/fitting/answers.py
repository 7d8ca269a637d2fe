"""What the models of a pool say of the factors, side by side: who has a say, and on what all who have one agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from fairaudit.arrays import Floats, Ints
from fairaudit.explaining.relations import critical, depth, direct, precedence
from fairaudit.measures.divergence import jensen_shannon
from fairaudit.results import Attribution
from fairaudit.results.explanation import FactorRelation, ModelPair, PooledModel

WORSE = 0.1
"""Share of what the best model gains over the constant one; a model that loses more than that, beyond a standard error,
is clearly worse and has no say."""


@dataclass(frozen=True, eq=False)
class ModelAnswer:
    """What one kind of model says about rows that it was not fitted on."""

    name: str
    losses: Floats
    """Half deviance of each row, shape (n,)."""
    attribution: Attribution
    share: Floats
    """p, shape (J,)."""
    covariance: Floats
    """Of its error, shape (J, J)."""


def ranked(answers: list[ModelAnswer], mass: Floats, null: float, confidence: float) -> list[PooledModel]:
    """The models, best first, and which of them have a say.

    Args:
        answers: one of each model.
        mass: weights of the rows as shares, shape (n,).
        null: mean half deviance of the constant model.
        confidence: coverage of the intervals.
    """
    best = min(answers, key=lambda answer: float(mass @ answer.losses))
    return [
        _pooled_model(answer, best, mass, null, confidence)
        for answer in sorted(answers, key=lambda answer: float(mass @ answer.losses))
    ]


def _pooled_model(answer: ModelAnswer, best: ModelAnswer, mass: Floats, null: float, confidence: float) -> PooledModel:
    """A model against the best of the pool, which it may be itself."""
    loss, gain = float(mass @ answer.losses), null - float(mass @ best.losses)
    difference = answer.losses - best.losses
    worse = float(mass @ difference)
    error = float(np.sqrt(mass**2 @ (difference - worse) ** 2))
    clearly = answer is not best and worse - error > WORSE * max(gain, 0.0) and gain > 0
    why = f"its loss is {worse:.3g} ± {error:.2g} above that of {best.name}, which gains {gain:.3g}"
    spread = critical(confidence) * np.sqrt(np.diagonal(answer.covariance))
    ends = zip(np.maximum(answer.share - spread, 0), np.minimum(answer.share + spread, 1), strict=True)
    importance = answer.attribution.importance
    return PooledModel(
        name=answer.name,
        included=not clearly,
        why=why if clearly else None,
        loss=loss,
        gain=100 * (1 - loss / null) if null > 0 else None,
        worse=worse,
        standard_error=error,
        importance=importance,
        intervals={name: (float(low), float(high)) for name, (low, high) in zip(importance, ends, strict=True)},
        attribution=answer.attribution,
    )


@dataclass(frozen=True, eq=False)
class Consensus:
    """On what all models with a say agree; fields as in `Explanation`."""

    factors: list[str]
    relations: list[FactorRelation]
    levels: list[list[str]]
    settled: float | None
    pairs: list[ModelPair]


def agreement(answers: list[ModelAnswer], names: list[str], top: int, confidence: float) -> Consensus:
    """The relations that hold for each of some models.

    Args:
        answers: one of each model that has a say.
        names: of the J factors.
        top: number of factors whose overlap is told.
        confidence: coverage of the margins.
    """
    z = critical(confidence)
    orders = {answer.name: precedence(answer.share, answer.covariance, z) for answer in answers}
    common = np.logical_and.reduce(list(orders.values()))
    share = np.array([answer.share for answer in answers])
    ranking, level = np.argsort(-share.mean(axis=0), kind="stable"), depth(common)
    count = len(names) * (len(names) - 1) / 2
    return Consensus(
        factors=[names[j] for j in ranking],
        relations=_relations(common, names, ranking, share),
        levels=[[names[j] for j in ranking if level[j] == place] for place in range(int(level.max()) + 1)],
        settled=float(common.sum() / count) if count else None,
        pairs=[_pair(one, other, orders, count, top) for i, one in enumerate(answers) for other in answers[i + 1 :]],
    )


def _relations(order: NDArray[np.bool_], names: list[str], ranking: Ints, share: Floats) -> list[FactorRelation]:
    """The pairs of an order, the most important factors first; `share` is of each model, shape (models, J)."""
    covering = direct(order)
    return [
        FactorRelation(
            primary=names[j],
            secondary=names[k],
            direct=bool(covering[j, k]),
            least=float((share[:, j] - share[:, k]).min()),
        )
        for j in ranking
        for k in ranking
        if order[j, k]
    ]


def _pair(
    one: ModelAnswer, other: ModelAnswer, orders: dict[str, NDArray[np.bool_]], count: float, top: int
) -> ModelPair:
    """How far two models agree on `count` pairs of factors."""
    mine, theirs = orders[one.name], orders[other.name]
    tau = round(float(kendalltau(one.share, other.share).statistic), 12) if count else np.nan
    first, second = (set(np.argsort(-answer.share, kind="stable")[:top].tolist()) for answer in (one, other))
    return ModelPair(
        models=[one.name, other.name],
        agreed=float((mine & theirs).sum() / count) if count else None,
        contradicted=float((mine & theirs.T).sum() / count) if count else None,
        kendall=tau if np.isfinite(tau) else None,
        top_overlap=len(first & second) / top,
        jensen_shannon=float(jensen_shannon(np.array([one.share, other.share]) / 2)),
    )
