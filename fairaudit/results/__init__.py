"""Frozen results: audit, explanation, check, comparison and verification, and all that they hold.

All types are immutable values that become JSON (`to_json`) and come back (`from_json`, by the schema that they name)
exactly. The docstring under a field is also its description in the published JSON Schema.
"""

from fairaudit.results.audit import Audit, Performance
from fairaudit.results.check import Check, Checked, Finding, Waived
from fairaudit.results.comparison import Comparison, Difference
from fairaudit.results.curves import Axis, Curve, GroupCurve
from fairaudit.results.experts import RateContrast
from fairaudit.results.explanation import Explanation, FactorRelation, ModelPair, PooledModel
from fairaudit.results.measures import (
    CellError,
    ConditionalDependence,
    Dependence,
    DependenceReport,
    Disparity,
    Distribution,
    Divergence,
    Group,
    GroupValue,
    IndependenceTest,
    JointDependence,
)
from fairaudit.results.models import (
    Attribution,
    BeforeAfter,
    Calibration,
    Change,
    Consistency,
    Estimate,
    Explained,
    FactorGap,
    GuidedFactor,
    ImportanceDivergence,
    Model,
    PathPoint,
    Price,
    Proxy,
)
from fairaudit.results.stored import from_json
from fairaudit.results.strata import (
    CommonEstimate,
    Homogeneity,
    StandardisedContrast,
    StandardisedGroup,
    Stratum,
    WithinStrata,
)
from fairaudit.results.subgroups import Subgroup, SubgroupBound, Subgroups, SubgroupSearch
from fairaudit.results.values import (
    Cell,
    Count,
    DroppedGroup,
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
from fairaudit.results.verification import Fact, Verification
from fairaudit.results.words import Words

__all__ = [
    "Attribution",
    "Audit",
    "Axis",
    "BeforeAfter",
    "Calibration",
    "Cell",
    "CellError",
    "Change",
    "Check",
    "Checked",
    "CommonEstimate",
    "Comparison",
    "ConditionalDependence",
    "Consistency",
    "Count",
    "Curve",
    "Dependence",
    "DependenceReport",
    "Difference",
    "Disparity",
    "Distribution",
    "Divergence",
    "DroppedGroup",
    "Estimate",
    "Explained",
    "Explanation",
    "Fact",
    "FactorGap",
    "FactorRelation",
    "Finding",
    "Group",
    "GroupCurve",
    "GroupValue",
    "GuidedFactor",
    "Homogeneity",
    "ImportanceDivergence",
    "IndependenceTest",
    "Interval",
    "JointDependence",
    "Manifest",
    "Model",
    "ModelPair",
    "PathPoint",
    "Performance",
    "PooledModel",
    "Prediction",
    "Price",
    "Probability",
    "ProtectedAttribute",
    "Proxy",
    "RateContrast",
    "Result",
    "Rows",
    "Source",
    "StandardisedContrast",
    "StandardisedGroup",
    "Stratum",
    "Subgroup",
    "SubgroupBound",
    "SubgroupSearch",
    "Subgroups",
    "Subject",
    "Task",
    "Verification",
    "Waived",
    "WithinStrata",
    "Words",
    "from_json",
]
