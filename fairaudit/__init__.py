"""Audit tables of people and predictions for unfairness, see why, and fit fairer models.

>>> import fairaudit as fa
>>> compas = fa.load_dataset("compas")
>>> audit = fa.audit(compas.frame, prediction="decile_score", target="two_year_recid", protected=["race", "sex"])
>>> [gap.by for gap in audit.disparities if gap.metric == "auc"]
[['race'], ['sex'], ['race', 'sex']]

Names are imported when they are first used, so that `import fairaudit` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fairaudit.auditing.run import audit
    from fairaudit.data.datasets import Dataset, load_dataset
    from fairaudit.errors import FairAuditError, FitError, OptionError, RoleError, SourceError
    from fairaudit.fitting import CalibrationOptions, Fit, FitOptions, PoolOptions, attribute, calibrate, explain, fit
    from fairaudit.fitting.scoring import SavedModel, load_model
    from fairaudit.measures.frames import distance_covariance, independence_test, penalty
    from fairaudit.models.boosting import PenalizedBoosting
    from fairaudit.models.glm import PenalizedGLM
    from fairaudit.models.guides.knowledge import Knowledge
    from fairaudit.models.network import PenalizedNetwork
    from fairaudit.options import Options
    from fairaudit.results import Audit, from_json
    from fairaudit.results.explanation import Explanation

_HOMES = {
    "Audit": "results",
    "CalibrationOptions": "fitting",
    "Dataset": "data.datasets",
    "Explanation": "results.explanation",
    "FairAuditError": "errors",
    "Fit": "fitting",
    "FitError": "errors",
    "FitOptions": "fitting",
    "Knowledge": "models.guides.knowledge",
    "OptionError": "errors",
    "Options": "options",
    "PenalizedBoosting": "models.boosting",
    "PenalizedGLM": "models.glm",
    "PenalizedNetwork": "models.network",
    "PoolOptions": "fitting",
    "RoleError": "errors",
    "SavedModel": "fitting.scoring",
    "SourceError": "errors",
    "attribute": "fitting",
    "audit": "auditing.run",
    "calibrate": "fitting",
    "distance_covariance": "measures.frames",
    "explain": "fitting",
    "fit": "fitting",
    "from_json": "results",
    "independence_test": "measures.frames",
    "load_dataset": "data.datasets",
    "load_model": "fitting.scoring",
    "penalty": "measures.frames",
}

__all__ = [
    "Audit",
    "CalibrationOptions",
    "Dataset",
    "Explanation",
    "FairAuditError",
    "Fit",
    "FitError",
    "FitOptions",
    "Knowledge",
    "OptionError",
    "Options",
    "PenalizedBoosting",
    "PenalizedGLM",
    "PenalizedNetwork",
    "PoolOptions",
    "RoleError",
    "SavedModel",
    "SourceError",
    "attribute",
    "audit",
    "calibrate",
    "distance_covariance",
    "explain",
    "fit",
    "from_json",
    "independence_test",
    "load_dataset",
    "load_model",
    "penalty",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'fairaudit' has no attribute '{name}'")
    value: object = getattr(import_module(f"fairaudit.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
