"""Audit tables of people and predictions for unfairness, see why, and fit fairer models.

>>> import fairaudit as fa
>>> compas = fa.load_dataset("compas")
>>> audit = fa.audit(compas.frame, prediction="decile_score", target="two_year_recid", protected=["race", "sex"])
>>> [gap.by for gap in audit.disparities if gap.measure == "auc"]
[['race'], ['sex'], ['race', 'sex']]

Names are imported when they are first used, so that `import fairaudit` costs nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; the module typing would double the time of this import
if TYPE_CHECKING:
    from fairaudit.auditing.planning import power
    from fairaudit.auditing.run import audit
    from fairaudit.auditing.tables import CountedTable, load_table, merge, score_table
    from fairaudit.data.cleaning import Cleaning
    from fairaudit.data.datasets import Dataset, load_dataset
    from fairaudit.errors import ConfigError, FairAuditError, FitError, OptionError, RoleError, SizeError, SourceError
    from fairaudit.fitting import CalibrationOptions, Fit, FitOptions, PoolOptions, attribute, calibrate, explain, fit
    from fairaudit.fitting.predicting import predict
    from fairaudit.fitting.scoring import SavedModel, load_model
    from fairaudit.gate.library import append_baseline, baseline, check, compare, load_audit
    from fairaudit.measures.frames import distance_covariance, independence_test, penalty
    from fairaudit.memory import memory_limit
    from fairaudit.models.boosting import PenalizedBoosting
    from fairaudit.models.glm import PenalizedGLM
    from fairaudit.models.guides.knowledge import Knowledge
    from fairaudit.models.network import PenalizedNetwork
    from fairaudit.options import Options
    from fairaudit.results import Audit, from_json
    from fairaudit.results.check import Check
    from fairaudit.results.comparison import Comparison
    from fairaudit.results.explanation import Explanation
    from fairaudit.results.power import Power

    __version__: str

_HOMES = {
    "auditing.planning": ("power",),
    "auditing.run": ("audit",),
    "auditing.tables": ("CountedTable", "load_table", "merge", "score_table"),
    "data.datasets": ("Dataset", "load_dataset"),
    "data.cleaning": ("Cleaning",),
    "errors": ("ConfigError", "FairAuditError", "FitError", "OptionError", "RoleError", "SizeError", "SourceError"),
    "fitting": ("CalibrationOptions", "Fit", "FitOptions", "PoolOptions", "attribute", "calibrate", "explain", "fit"),
    "fitting.predicting": ("predict",),
    "fitting.scoring": ("SavedModel", "load_model"),
    "gate.library": ("append_baseline", "baseline", "check", "compare", "load_audit"),
    "measures.frames": ("distance_covariance", "independence_test", "penalty"),
    "memory": ("memory_limit",),
    "models.boosting": ("PenalizedBoosting",),
    "models.glm": ("PenalizedGLM",),
    "models.guides.knowledge": ("Knowledge",),
    "models.network": ("PenalizedNetwork",),
    "options": ("Options",),
    "results": ("Audit", "from_json"),
    "results.check": ("Check",),
    "results.comparison": ("Comparison",),
    "results.explanation": ("Explanation",),
    "results.power": ("Power",),
}
"""Module → the public names that it holds: those imported above for type checkers."""

__all__ = [
    "Audit",
    "CalibrationOptions",
    "Check",
    "Cleaning",
    "Comparison",
    "ConfigError",
    "CountedTable",
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
    "Power",
    "RoleError",
    "SavedModel",
    "SizeError",
    "SourceError",
    "__version__",
    "append_baseline",
    "attribute",
    "audit",
    "baseline",
    "calibrate",
    "check",
    "compare",
    "distance_covariance",
    "explain",
    "fit",
    "from_json",
    "independence_test",
    "load_audit",
    "load_dataset",
    "load_model",
    "load_table",
    "memory_limit",
    "merge",
    "penalty",
    "power",
    "predict",
    "score_table",
]


def __getattr__(name: str) -> object:
    """A public name, imported from its module; the version is that of the installed distribution."""
    from importlib import import_module

    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is not None:
        value: object = getattr(import_module(f"fairaudit.{home}"), name)
    elif name == "__version__":
        value = import_module("importlib.metadata").version("fairaudit-cli")
    else:
        raise AttributeError(f"module 'fairaudit' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
