"""Fits of one estimator at many strengths of its penalty."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from numpy.typing import ArrayLike
from sklearn.base import clone

from fairaudit.arrays import Step
from fairaudit.cores import one_thread, side_by_side
from fairaudit.errors import OptionError
from fairaudit.models.estimator import PenalizedEstimator
from fairaudit.models.objective import Objective
from fairaudit.models.options import SEARCHED

Model = TypeVar("Model", bound=PenalizedEstimator)


@one_thread()
def fit_path(
    estimator: Model,
    strengths: Iterable[float],
    X: object,
    y: ArrayLike,
    sensitive_features: object = None,
    sample_weight: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    step: Step | None = None,
) -> list[Model]:
    """Fitted copies of an estimator, one for each strength, in the order given.

    The data are prepared and the plain model is fitted once. Each penalised fit starts where the last ended, so that
    strengths in ascending order are fastest; those of boosting all start from the plain one, and run side by side. A
    copy is what its own `fit` would give: of boosting the very same trees, of a linear model the same optimum, as far
    as ``tol`` determines it.

    Args:
        estimator: a `PenalizedGLM` or `PenalizedBoosting`; it stays as it is. Its own ``strength`` does not matter, and
            ``reduce`` must be None.
        strengths: λ ≥ 0, unit of loss per unit of prediction.
        X: features, n rows, as in `fit`; so are the others.
        step: told when the plain model and when each strength is fitted.

    Warns:
        ConvergenceWarning: as `fit`, for each copy that did not reach its optimum or that is separated.

    >>> import numpy as np
    >>> from fairaudit.models.glm import PenalizedGLM
    >>> x = np.arange(8.0)
    >>> models = fit_path(PenalizedGLM("gaussian", "dcov", n_knots=0), [0, 100], x[:, None], x, x > 3)
    >>> [round(float(np.ptp(model.predict(x[:, None]))), 1) for model in models]
    [7.0, 0.0]
    """
    base = clone(estimator)
    for name in SEARCHED:
        if getattr(base, name) is not None:
            raise OptionError(f"{name} is {getattr(base, name):g}; a path has strengths of its own, so leave it None")
    if base.recalibrate != "none":
        raise OptionError("a path is not recalibrated; leave recalibrate 'none', and refit the strength that is chosen")
    strengths = [float(strength) for strength in strengths]
    for strength in strengths:
        base.set_params(strength=strength)._check_options()
    if not strengths:
        return []
    base.reduction_ = base.promise_ = base.recalibration_ = None
    tell = step or (lambda _: None)
    given = (sensitive_features, sample_weight, exposure, offset, None, strata, tell)
    problem = base.problem(base.read(X, y, *given))
    plain = problem.solve(0.0)
    tell("plain model fitted")
    models = []
    for strength, solution in zip(strengths, _solutions(problem, plain, strengths), strict=True):
        model = copy.copy(base).set_params(strength=strength)
        model._finish(problem, solution)
        models.append(model)
        tell(f"strength {strength:.3g} fitted")
    return models


def _solutions(problem: Objective[Any], plain: Any, strengths: Sequence[float]) -> Iterator[Any]:
    """The solution at each strength, in their order."""

    def solution(problem: Objective[Any], strength: float, start: Any) -> Any:
        return problem.solve(strength, start) if strength else problem.polish(plain)

    if problem.fresh:
        yield from side_by_side(lambda strength: solution(problem.alone, strength, plain), strengths, problem.threads)
        return
    last = plain
    for strength in strengths:
        last = solution(problem, strength, last)
        yield last
