"""Means of predictions, outcomes and errors."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Floats
from fairaudit.measures.certainty import ANYWHERE, Domain, of_mean, of_root
from fairaudit.measures.measure import EVERY, NUMERIC, Measure, Proposal
from fairaudit.measures.view import Quotient, Root, View, divide, summed

MEAN_OUTCOME = Quotient(summed("outcome"), summed("mass"))
"""Mean outcome; of counts by their time at risk."""
_MEAN_PREDICTION = Quotient(summed("value"), summed("mass"))
_MEAN_SQUARE = Quotient(summed("error_sq"), summed("mass"))
_RMSE = Root(_MEAN_SQUARE)
_ERROR = Quotient(lambda view: view.sums["outcome"] - view.sums["value"], summed("mass"))


def _range_of_predictions(view: View) -> Domain:
    """Between which numbers a mean prediction lies for certain."""
    value, task = view.table.value, view.table.task
    if task == "binary":
        return (0.0, 1.0) if value.min() >= 0 and value.max() <= 1 else ANYWHERE
    return (0.0, np.inf) if task == "count" and value.min() >= 0 else ANYWHERE


def _mean_error(view: View) -> Floats:
    return divide(view.total("outcome") - view.total("value"), view.total("mass"))


NUMBERS = (
    Measure(
        name="mean_prediction",
        number=12,
        label="mean prediction",
        about="weighted mean of the predictions",
        plain="mean of {prediction}",
        formula="E(f given g); for counts Σ expected / Σ exposure",
        by_class="mean probability of {}",
        unit="number",
        better=None,
        good="favourable",
        tasks=EVERY,
        needs=("prediction",),
        statistics=("gap", "ratio", "group", "standardised"),
        headline={"binary": 4, "count": 1, "regression": 1, "ordinal": 1},
        pictured=("count", *NUMERIC),
        compared=True,
        searched=True,
        of_groups=_MEAN_PREDICTION,
        certainty=of_mean(_MEAN_PREDICTION, _range_of_predictions),
    ),
    Measure(
        name="mean_outcome",
        number=13,
        label="mean outcome",
        short="outcome",
        about="weighted mean of the observed outcomes",
        plain="mean of {target}",
        formula="E(y given g)",
        unit="number",
        better=None,
        good="favourable",
        tasks=NUMERIC,
        needs=("outcome",),
        statistics=("gap", "ratio", "group", "standardised"),
        headline=dict.fromkeys(NUMERIC, 4),
        pictured=NUMERIC,
        searched=True,
        of_groups=MEAN_OUTCOME,
        certainty=of_mean(MEAN_OUTCOME),
    ),
    Measure(
        name="mean_error",
        number=14,
        label="mean error",
        short="error",
        about="mean of outcome minus prediction; above 0 the group is underestimated",
        formula="E(y − f given g)",
        unit="number",
        better=None,
        tasks=NUMERIC,
        needs=("prediction", "outcome"),
        statistics=("gap", "group"),
        headline=dict.fromkeys(NUMERIC, 2),
        pictured=NUMERIC,
        right=0.0,
        of_groups=_mean_error,
        certainty=of_mean(_ERROR),
    ),
    Measure(
        name="rmse",
        number=15,
        label="typical error (RMSE)",
        short="RMSE",
        about="root mean squared error; 0 is perfect",
        formula="√E((y − f)² given g)",
        unit="number",
        better="lower",
        good="quality",
        tasks=NUMERIC,
        needs=("prediction", "outcome"),
        statistics=("gap", "ratio", "group", "overall"),
        headline=dict.fromkeys(NUMERIC, 3),
        proposals=(
            Proposal("overall", None, "How large the typical error may be. Not a norm: just beyond today's interval."),
        ),
        of_groups=_RMSE,
        certainty=of_root(_MEAN_SQUARE),
        of_rows=_RMSE,
    ),
)
