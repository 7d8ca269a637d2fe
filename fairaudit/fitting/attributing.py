"""Attributions of a fitted model on rows of people: ours of any kind, or one of another maker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fairaudit.arrays import Floats, Ints
from fairaudit.errors import OptionError, RoleError
from fairaudit.explaining.attribution import Attributed, attribution
from fairaudit.explaining.proxies import proxies
from fairaudit.explaining.resampling import RowDraws
from fairaudit.models.estimator import PenalizedEstimator
from fairaudit.options import Options, Scale, whole
from fairaudit.results import Attribution
from fairaudit.scoretable.cells import Cells
from fairaudit.scoretable.facets import facets
from fairaudit.streams import Stream

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

Explain = Callable[["pd.DataFrame"], tuple[Attributed, Floats, str]]
"""From features to attributions, the linear predictor and its scale in words."""

NETWORK_ROWS = 2000
"""Rows on which a network is attributed unless it is told more: 64 paths from each, of 32 points or so."""
FOREIGN_ROWS = 500
"""Rows on which a foreign model is attributed: hundreds of predictions for each of 100 background rows."""
BACKGROUND = 100
"""Rows that stand for the absence of a feature in a foreign model."""


def attribute(
    model: Any,
    X: object,
    protected: object = None,
    *,
    weight: ArrayLike | None = None,
    background: object = None,
    rows: int | None = None,
    scale: Scale = "paper",
    options: Options | None = None,
) -> Attribution:
    """Which factors carry the predictions of a fitted model, and the gaps between groups.

    Args:
        model: a fitted model of this package (exact; networks as `PenalizedNetwork.attributed` says), or any other
            with ``predict``, ``predict_proba`` or ``decision_function``, pipelines of scikit-learn included, through
            shap. A model of several classes has an attribution for each.
        X: features, n rows, as the model takes them; best rows that it was not fitted on.
        protected: data frame of the protected attributes of the same rows, read as in `penalty`; None: no gaps.
        weight: row weights, shape (n,), ≥ 0; None: all equal.
        background: features of rows that stand for the absence of a factor, for a foreign model; None: 100 rows of X.
        rows: most rows to attribute, drawn with the seed; None: all, but 2,000 of a network and 500 of a foreign model.
        scale: how protected attributes are scaled in distances.
        options: `min_group`, `confidence`, `bootstrap` and `seed` are used.

    Returns:
        The frozen result: importance, gaps of groups by factor, divergence of the groups' importance distributions, and
        dependence of each factor on each attribute. Intervals are of the rows, with the model as it is.

    Raises:
        FairAuditError: an argument does not fit the model or the others.
    """
    options = Options.checked(options)
    options.refuse_suppression("an attribution")
    features = _frame(X)
    size = len(features)
    cells, mass = None, np.full(size, 1 / max(size, 1))
    if protected is not None:
        from fairaudit.measures.frames import encoded

        cells, mass = encoded(protected, weight, scale)
    elif weight is not None:
        from fairaudit.models.features.inputs import read_weight

        mass = read_weight(weight, size)
        mass = mass / mass.sum()
    if len(mass) != size:
        raise RoleError(f"the features have {size} rows, the protected attributes {len(mass)}")
    if rows is not None and whole(rows, "rows") < 2:
        raise OptionError(f"rows is {rows}; at least 2 are needed")
    if isinstance(model, PenalizedEstimator):
        if background is not None:
            raise OptionError("background is for models of other makers; this one brings what it needs")
        explain, most = own_explainer(model)
        names = [str(name) for name in model.classes_] if model.distribution.several else []
    else:
        named = hasattr(X, "columns") or hasattr(X, "column_names")
        explain, names = _foreign_explainer(model, features, background, options.seed, named=named)
        most = FOREIGN_ROWS
    return attributed_rows(explain, features, cells, mass, options, most if rows is None else rows, names)


def own_explainer(model: PenalizedEstimator) -> tuple[Explain, int | None]:
    """How a model of this package is attributed, and on how many rows at most."""

    def explain(features: pd.DataFrame) -> tuple[Attributed, Floats, str]:
        rows = features if hasattr(model, "feature_names_in_") else features.to_numpy()
        if model.distribution.several:
            return against_mean(model.attributed(rows), model.linear_predictor(rows), model.distribution.scale)
        linear = model.linear_predictor(rows)
        bounded = model.distribution.bounded(linear)
        return model.attributed(rows).within(linear, bounded), bounded, model.distribution.scale

    return explain, NETWORK_ROWS if hasattr(model, "hidden") else None


def against_mean(attributed: Attributed, linear: Floats, scale: str) -> tuple[Attributed, Floats, str]:
    """The sums of classes, shapes (n, J, K) and (n, K), less their mean over the classes: what is added to all of them
    changes no probability, so that only that is told."""
    values = attributed.values - attributed.values.mean(axis=2, keepdims=True)
    centred = linear - linear.mean(axis=1, keepdims=True)
    return replace(attributed, values=values), centred, f"{scale} against the mean of the classes"


def of_codes(
    model: PenalizedEstimator, attributed: Attributed, linear: Floats, classes: int
) -> tuple[Attributed, Floats]:
    """Attributions of a model fitted to codes of classes as those of all K of them; of one that no training row had
    they are 0. Of other models, and where `classes` is 0, what they are."""
    if not classes:
        return attributed, linear
    known = model.classes_.astype(np.intp)
    values, sums = np.zeros((*attributed.values.shape[:2], classes)), np.zeros((len(linear), classes))
    values[..., known], sums[:, known] = attributed.values, linear
    return replace(attributed, values=values), sums


def attributed_rows(
    explain: Explain,
    features: pd.DataFrame,
    cells: Cells | None,
    weight: Floats,
    options: Options,
    most: int | None,
    classes: Sequence[str] = (),
    count: Floats | None = None,
) -> Attribution:
    """The attribution of a model on some rows.

    Args:
        explain: attributes rows.
        features: n rows.
        cells: their protected attributes; None: no groups.
        weight: ω, shape (n,), sums to 1.
        options: how to measure.
        most: most rows to attribute; None: all.
        classes: names of the classes of a model that has several, in the order of its sums.
        count: how many rows each of these stands for, shape (n,); None: one.
    """
    n = len(features)
    chosen = sampled(weight, most, Stream.ATTRIBUTED_ROWS.generator(options.seed))
    part = features if len(chosen) == n else features.iloc[chosen]
    attributed, linear, scale = explain(part)
    mass = weight[chosen] / weight[chosen].sum()
    parts, dependences = [], []
    if cells is not None:
        protected, several = cells.take(chosen), len(cells.attributes)
        parts = facets(protected).all_groups({1, several})
        dependences = proxies(features, cells, weight, count)
    people = None if count is None else count[chosen]
    draws = RowDraws.of(len(chosen), options.bootstrap, Stream.ATTRIBUTED_REPLICATES.generator(options.seed), people)
    return attribution(
        attributed,
        linear,
        [str(name) for name in features.columns],
        parts,
        mass,
        scale,
        options.min_group,
        draws,
        options.confidence,
        of_rows=n if count is None else int(count.sum()),
        proxies=dependences,
        classes=classes,
        count=people,
    )


def sampled(weight: Floats, most: int | None, rng: np.random.Generator) -> Ints:
    """Positions of at most so many rows of positive weight, drawn without replacement, in increasing order."""
    counted = np.flatnonzero(weight > 0)
    if most is None or len(counted) <= most:
        return counted
    return np.sort(counted[rng.permutation(len(counted))[:most]])


def _foreign_explainer(
    model: Any, features: pd.DataFrame, background: object, seed: int, *, named: bool
) -> tuple[Explain, list[str]]:
    """How a model of another maker is attributed, and the names of its classes, if it has several."""
    from fairaudit.explaining.foreign import Foreign, foreign

    others = (
        features.iloc[sampled(np.ones(len(features)), BACKGROUND, Stream.BACKGROUND_ROWS.generator(seed))]
        if background is None
        else _frame(background)
    )
    if list(others.columns) != list(features.columns):
        raise RoleError("the background and X must have the same columns in the same order")
    read = Foreign.of(model, features, named=named)

    def explain(part: pd.DataFrame) -> tuple[Attributed, Floats, str]:
        attributed, linear = foreign(read, part, others, seed)
        return against_mean(attributed, linear, read.scale) if read.classes else (attributed, linear, read.scale)

    return explain, list(read.classes)


def _frame(X: object) -> pd.DataFrame:
    """Features as a data frame with text names."""
    import pandas as pd

    from fairaudit.models.features.inputs import refuse_namesakes

    if hasattr(X, "columns") or hasattr(X, "column_names"):
        if not isinstance(X, pd.DataFrame):
            from fairaudit.data.sources import from_frame

            X = from_frame(X).frame
        frame = X
        refuse_namesakes(frame)
    else:
        table = np.asarray(X)
        if table.ndim != 2:
            raise RoleError(f"X must have rows and columns; its shape is {table.shape}")
        frame = pd.DataFrame(table, columns=[f"x{index}" for index in range(table.shape[1])])
    if not len(frame):
        raise RoleError("X has no rows; there is nothing to attribute")
    return frame
