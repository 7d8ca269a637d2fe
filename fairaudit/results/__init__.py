"""The frozen result of an audit: what every report, gate and test reads.

All types are immutable values that become JSON (`to_json`) and come back (`from_json`) exactly. A number that could not
be measured is None with a `why` beside it; NaN and infinity never occur. The docstring under a field is also its
description in the published JSON Schema. `by` always names the protected attributes that form the groups: one name for
a single attribute, several for their intersection.
"""

from fairaudit.results.audit import SCHEMA, Audit, Performance, from_json
from fairaudit.results.measures import (
    CellError,
    ConditionalDependence,
    Dependence,
    DependenceReport,
    Disparity,
    Distribution,
    Divergence,
    Group,
    IndependenceTest,
    JointDependence,
    Measure,
)
from fairaudit.results.models import (
    Attribution,
    BeforeAfter,
    Calibration,
    Change,
    Consistency,
    Estimate,
    FactorGap,
    GuidedFactor,
    ImportanceDivergence,
    Model,
    PathPoint,
    Proxy,
)
from fairaudit.results.values import (
    Cell,
    Count,
    Interval,
    Manifest,
    Prediction,
    Probability,
    ProtectedAttribute,
    Result,
    Rows,
    Source,
    Subject,
    Task,
)

__all__ = [
    "SCHEMA",
    "Attribution",
    "Audit",
    "BeforeAfter",
    "Calibration",
    "Cell",
    "CellError",
    "Change",
    "ConditionalDependence",
    "Consistency",
    "Count",
    "Dependence",
    "DependenceReport",
    "Disparity",
    "Distribution",
    "Divergence",
    "Estimate",
    "FactorGap",
    "Group",
    "GuidedFactor",
    "ImportanceDivergence",
    "IndependenceTest",
    "Interval",
    "JointDependence",
    "Manifest",
    "Measure",
    "Model",
    "PathPoint",
    "Performance",
    "Prediction",
    "Probability",
    "ProtectedAttribute",
    "Proxy",
    "Result",
    "Rows",
    "Source",
    "Subject",
    "Task",
    "from_json",
]
