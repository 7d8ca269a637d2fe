"""Pictures of a result as SVG: each a pure function of the result, readable without colour, in light and in dark."""

from __future__ import annotations

from fairaudit.report import tables
from fairaudit.report.charts.drawing import Picture
from fairaudit.report.charts.factors import hasse, importances, largest_gaps, waterfall
from fairaudit.report.charts.groups import distributions, group_rates
from fairaudit.report.charts.models import factor_gaps, plain_against_fair
from fairaudit.report.charts.path import path
from fairaudit.results import Attribution, Audit
from fairaudit.results.explanation import Explanation

__all__ = ["Picture", "pictures"]


def pictures(result: Audit | Explanation) -> list[Picture]:
    """All pictures of a report, in its order."""
    if isinstance(result, Explanation):
        return [hasse(result), importances(result), *_gaps(result.models[0].attribution)]
    return _of_audit(result)


def _gaps(found: Attribution) -> list[Picture]:
    """The largest gap of each attribute as a waterfall, then all gaps."""
    sets = sorted(dict.fromkeys(tuple(gap.by) for gap in found.gaps), key=len)
    made = [waterfall(found, gap, f"waterfall-chart-{i}") for i, gap in enumerate(largest_gaps(found), 1)]
    return made + [factor_gaps(found, list(by), f"attribution-chart-{i}") for i, by in enumerate(sets, 1)]


def _of_audit(audit: Audit) -> list[Picture]:
    single = [by for by in tables.sets_of_attributes(audit.groups) if len(by) == 1]
    spread = list(dict.fromkeys(tuple(d.by) for d in audit.distributions))
    made = [plain_against_fair(audit)] if audit.comparison else []
    made += [path(audit)] if audit.calibration else []
    made += [group_rates(audit, by, f"groups-chart-{i}") for i, by in enumerate(single, 1)]
    made += [distributions(audit, list(by), f"distributions-chart-{i}") for i, by in enumerate(spread, 1)]
    return made + (_gaps(audit.attribution) if audit.attribution else [])
