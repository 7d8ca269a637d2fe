"""The measured values of a result as one table, a row each: for spreadsheets and programs that want no tree.

Left out are the points of pictures (distributions and curves). The columns are the same for every result, so that the
tables of several can be put below each other:

`part` (where the value stands in the JSON), `model`, `measure`, `statistic`, `by` and `group` (attributes and their
values, between `` × ``), `against` (the group with the lowest value, where two are compared), `factor`, `rows`,
`value`, `low` and `high` (its interval), `floor`, `excess`, `p_value`, `p_adjusted`, `why` (why there is no value).
Numbers are written in full, shares between 0 and 1. An empty field is a value that there is not.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

from fairaudit.report import wording as w
from fairaudit.report.opening import Reported
from fairaudit.results import (
    Attribution,
    Audit,
    BeforeAfter,
    Consistency,
    Dependence,
    Interval,
    JointDependence,
    Model,
    Proxy,
    StandardisedContrast,
)
from fairaudit.results.explanation import Explanation
from fairaudit.results.models import CarryingRows, Surrogate
from fairaudit.results.power import Power
from fairaudit.results.rule import RuleReport
from fairaudit.results.selftest import SelfTest

COLUMNS = (
    "part",
    "model",
    "measure",
    "statistic",
    "by",
    "group",
    "against",
    "factor",
    "rows",
    "value",
    "low",
    "high",
    "floor",
    "excess",
    "p_value",
    "p_adjusted",
    "why",
)
Row = dict[str, Any]

_FORMULA = ("=", "+", "-", "@")


def render(result: Reported) -> str:
    """The measured values as CSV with a line of headings, in the order of the JSON.

    A text that a spreadsheet would take for a formula has an apostrophe before it, as spreadsheets themselves write it.
    """
    stream = StringIO()
    table = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    rows = _of_result(result)
    table.writerows({name: _field(value) for name, value in row.items()} for row in rows)
    return stream.getvalue()


def _of_result(result: Reported) -> Iterator[Row]:
    if isinstance(result, Audit):
        return _of_audit(result)
    if isinstance(result, Power):
        return _of_power(result)
    return _of_selftest(result) if isinstance(result, SelfTest) else _of_explanation(result)


def _field(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    text = w.clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _bounds(interval: Interval | None) -> Row:
    return {} if interval is None else {"low": interval[0], "high": interval[1]}


def _of_audit(audit: Audit) -> Iterator[Row]:
    yield from _values_of_groups(audit)
    yield from _gaps(audit)
    yield from _contrasts(audit)
    yield from _for_experts(audit)
    for d in audit.divergence:
        named = {"part": "divergence", "measure": d.name, "statistic": d.of, "by": w.by_label(d.by)}
        numbers = {"value": d.value, "floor": d.floor, "excess": d.excess, "p_value": d.p_value, "why": d.why}
        yield named | numbers | _bounds(d.interval)
    yield from _within_strata(audit)
    yield from _dependences(audit)
    yield from _performance(audit)
    yield from _path(audit)
    if audit.consistency is not None:
        yield from _consistency(audit.consistency)
    for change in audit.comparison:
        named = {"part": "comparison", "measure": change.measure, "by": w.by_label(change.by)}
        for statistic, value in (("plain", change.plain), ("fair", change.fair), ("change", change.change)):
            yield named | {"statistic": statistic, "value": value}
    yield from _subgroups(audit)
    if audit.rule is not None:
        yield from _rule(audit.rule)
    if audit.surrogate is not None:
        yield from _surrogate(audit.surrogate)
    if audit.attribution is not None:
        yield from _attributions(audit.attribution, "" if audit.model is None else audit.model.name)


def _surrogate(surrogate: Surrogate) -> Iterator[Row]:
    by = list(surrogate.group)
    ends = {"group": w.cell_label(surrogate.group, by), "against": w.cell_label(surrogate.against, by)}
    named = {"part": "surrogate", "measure": surrogate.measure, "by": w.by_label(by), **ends}
    yield named | {"statistic": "gap", "value": surrogate.gap}
    yield named | {"statistic": "explained", "value": surrogate.explained}
    for name, part in surrogate.contributions.items():
        yield named | {"statistic": "part", "factor": name, "value": part}
    if surrogate.remainder is not None:
        yield named | {"statistic": "remainder", "value": surrogate.remainder}


def _subgroups(audit: Audit) -> Iterator[Row]:
    found = audit.subgroups
    for search in [] if found is None else found.searches:
        named = {"part": "subgroups", "measure": search.measure}
        if search.why is not None:
            yield named | {"why": search.why}
        for each in search.worst:
            who = {"by": w.by_label(each.cell), "group": w.conditions_label(each.cell, each.cell), "rows": each.n}
            yield named | who | {"statistic": "value", "value": each.value, "p_value": each.p_value}
            yield named | who | {"statistic": search.contrast, "value": each.compared} | _bounds(each.interval)
        for bound in search.bounds:
            size = {"statistic": "no subgroup beyond", "rows": bound.people}
            yield named | size | {"low": bound.low, "high": bound.high}


def _rule(report: RuleReport) -> Iterator[Row]:
    for table in report.tables:
        for row in table.rows:
            named = {"part": "rule", "by": w.by_label(table.by), "group": w.cell_label(row.cell, table.by)}
            for column in table.columns:
                value = row.values.get(column.name)
                yield named | {"measure": column.name, "statistic": report.profile, "value": value, "why": row.remark}


def _performance(audit: Audit) -> Iterator[Row]:
    report = audit.performance
    for statistic, values in (("train", report.train), ("test", report.test), ("constant", report.constant)):
        for name, value in values.items():
            ends = report.intervals.get(name) if statistic == "test" else None
            yield {"part": "performance", "measure": name, "statistic": statistic, "value": value} | _bounds(ends)
    if audit.model is not None:
        yield from _model(audit.model)
    yield from _reductions(audit)
    if audit.price is not None:
        price = {"part": "price", "why": audit.price.why}
        yield price | {"measure": "per cent given up", "value": audit.price.share} | _bounds(audit.price.interval)
        yield price | {"measure": "points given up", "value": audit.price.points} | _bounds(audit.price.points_interval)


def _reductions(audit: Audit) -> Iterator[Row]:
    for each in audit.reductions:
        named = {"part": "reductions", "measure": each.measure, "by": w.by_label(each.by), "why": each.why}
        yield named | {"statistic": "per cent", "value": each.percent} | _bounds(each.interval)
        yield named | {"statistic": "per cent per spread", "value": each.dcor_percent} | _bounds(each.dcor_interval)
        for name, value in (("decorrelation", each.decorrelation), ("shrinkage", each.shrinkage)):
            yield named | {"statistic": name, "value": value}


def _model(model: Model) -> Iterator[Row]:
    for statistic, explained in (("train", model.train), ("test", model.test)):
        if explained is not None:
            named = {"part": "model", "model": model.name, "statistic": statistic, "why": explained.why}
            yield named | {"measure": "explained", "value": explained.share} | _bounds(explained.interval)
            yield named | {"measure": "balance", "value": explained.balance}


def _path(audit: Audit) -> Iterator[Row]:
    """Means over the folds, with one standard error to both sides where there is one."""
    for point in audit.path:
        named = {"part": "path", "statistic": f"strength {point.strength!r}"}
        measured = {"loss": point.loss, "dependence": point.dependence, "jensen_shannon": point.divergence}
        for name, estimate in (measured | point.performance).items():
            mean, error = estimate.mean, estimate.standard_error
            ends = None if mean is None or error is None else (mean - error, mean + error)
            yield named | {"measure": name, "value": mean} | _bounds(ends)


def _consistency(consistency: Consistency) -> Iterator[Row]:
    for name in ("distance", "agreement", "loss"):
        both: BeforeAfter = getattr(consistency, name)
        named = {"part": "consistency", "measure": name}
        yield named | {"statistic": "plain", "value": both.plain} | _bounds(both.plain_interval)
        yield named | {"statistic": "guided", "value": both.guided} | _bounds(both.guided_interval)
    for factor in consistency.factors:
        named = {"part": "consistency", "measure": "importance", "factor": factor.factor}
        for statistic, share in (("known", factor.knowledge), ("plain", factor.plain), ("guided", factor.guided)):
            if share is not None:
                yield named | {"statistic": statistic, "value": share}
    yield from (_carried({"part": "consistency"}, few) for few in consistency.carried)


def _carried(named: Row, few: CarryingRows) -> Row:
    """What a few rows carry of a factor's importance."""
    return named | {"measure": "carried", "factor": few.factor, "rows": few.rows, "value": few.share}


def _values_of_groups(audit: Audit) -> Iterator[Row]:
    for group in audit.groups:
        named = {"part": "groups", "by": w.by_label(group.by), "group": w.cell_label(group.cell, group.by)}
        yield named | {"measure": "share", "rows": group.n, "value": group.share}
        if "mean_prediction" not in group.measures:
            mean = {"measure": "mean_prediction", "rows": group.n, "value": group.mean_prediction, "why": group.why}
            yield named | mean | _bounds(group.interval)
        for name, measure in group.measures.items():
            numbers = {"measure": name, "rows": measure.n, "value": measure.value, "why": measure.why}
            chance = {"floor": measure.floor, "excess": measure.excess}
            yield named | numbers | chance | _bounds(measure.interval)


def _gaps(audit: Audit) -> Iterator[Row]:
    for d in audit.disparities:
        groups = {
            name: w.cell_label(cell, d.by) for name, cell in (("group", d.highest), ("against", d.lowest)) if cell
        }
        named = {"part": "disparities", "measure": d.measure, "by": w.by_label(d.by), **groups, "why": d.why}
        numbers = {"floor": d.floor, "excess": d.excess, "p_value": d.p_value, "p_adjusted": d.p_adjusted}
        yield named | {"statistic": "gap", "value": d.value} | numbers | _bounds(d.interval)
        if d.ratio is not None:
            yield named | {"statistic": "ratio", "value": d.ratio} | _bounds(d.ratio_interval)


def _contrasts(audit: Audit) -> Iterator[Row]:
    """Each group against the reference, with its tests."""
    for c in audit.contrasts:
        named: Row = {
            "part": "contrasts",
            "measure": c.measure,
            "by": w.by_label(c.by),
            "group": w.cell_label(c.cell, c.by),
        }
        named |= {"against": w.cell_label(c.reference, c.by), "rows": c.people}
        yield named | {
            "statistic": "difference", "value": c.difference, "p_value": c.p_value, "p_adjusted": c.p_adjusted,
            "why": None if c.p_value is not None else c.why,
        } | _bounds(c.difference_interval)  # fmt: skip
        yield named | {"statistic": "standard deviations", "value": c.standard_deviations}
        yield named | {"statistic": "shortfall", "value": c.shortfall}
        if c.to_four_fifths is not None:
            yield named | {"statistic": "to four fifths", "value": c.to_four_fifths}
        yield named | {"statistic": "risk ratio", "value": c.risk_ratio} | _bounds(c.risk_ratio_interval)
        odds = {"value": c.odds_ratio, "why": c.why if c.odds_ratio is None else None}
        yield named | {"statistic": "odds ratio"} | odds | _bounds(c.odds_ratio_interval)


def _within_strata(audit: Audit) -> Iterator[Row]:
    for within in audit.within:
        cells = [w.cell_label(group.cell, within.by) for group in within.groups]
        named: Row = {"part": "within strata", "measure": within.measure, "by": w.by_label(within.by)}
        for stratum in within.strata:
            own = named | {"statistic": f"{within.given}: {stratum.level}"}
            for label, value in zip(cells, stratum.values, strict=True):
                yield (
                    own
                    | {"group": label, "rows": value.n, "value": value.value, "why": value.why}
                    | _bounds(value.interval)
                )
            yield own | {"rows": stratum.n, "value": stratum.gap, "why": stratum.why} | _bounds(stratum.interval)
        for label, group in zip(cells, within.groups, strict=True):
            standardised = {"statistic": "standardised", "value": group.standardised, "why": group.why}
            yield named | {"group": label, "rows": group.n} | standardised | _bounds(group.interval)
            if group.conditional_disparity is not None:
                conditional = {"statistic": "conditional demographic disparity", "value": group.conditional_disparity}
                yield named | {"group": label, "rows": group.n} | conditional | _bounds(group.conditional_interval)
        whole = {"value": within.value, "floor": within.floor, "excess": within.excess, "why": within.why}
        chance = {"p_value": within.p_value, "p_adjusted": within.p_adjusted}
        yield named | {"statistic": "standardised gap"} | whole | chance | _bounds(within.interval)
        for contrast in within.contrasts:
            yield from _standardised(named, within.by, contrast)


def _standardised(named: Row, by: list[str], contrast: StandardisedContrast) -> Iterator[Row]:
    pair = named | {"group": w.cell_label(contrast.cell, by), "against": w.cell_label(contrast.reference, by)}
    for statistic, value, ends in (
        ("crude difference", contrast.crude, contrast.crude_interval),
        ("standardised difference", contrast.standardised, contrast.interval),
        ("difference by spread", contrast.between, contrast.between_interval),
    ):
        yield pair | {"statistic": statistic, "value": value, "why": contrast.why} | _bounds(ends)
    for statistic, common in (
        ("common odds ratio", contrast.odds_ratio),
        ("common ratio", contrast.risk_ratio),
        ("common difference", contrast.risk_difference),
    ):
        if common is not None:
            yield pair | {"statistic": statistic, "value": common.value, "why": common.why} | _bounds(common.interval)


def _for_experts(audit: Audit) -> Iterator[Row]:
    """Recalibration, events over expected ones, and lift."""
    for r in audit.recalibration:
        named: Row = {"part": "recalibration", "by": w.by_label(r.by), "group": w.cell_label(r.cell, r.by), "rows": r.n}
        missing = {"why": r.why if r.slope is None else None}
        yield named | {"measure": "intercept", "value": r.intercept} | _bounds(r.intercept_interval)
        yield named | {"measure": "slope", "value": r.slope, "p_value": r.p_value} | missing | _bounds(r.slope_interval)
    for e in audit.event_ratios:
        named = {"part": "event ratios", "by": w.by_label(e.by), "group": w.cell_label(e.cell, e.by)}
        yield named | {"measure": "actual_expected", "value": e.ratio, "p_value": e.p_value} | _bounds(e.interval)
        yield named | {"measure": "dispersion", "value": e.dispersion}
    for one in audit.lift:
        named = {"part": "lift", "by": w.by_label(one.by), "group": w.cell_label(one.cell, one.by), "rows": one.n}
        yield named | {"measure": "gini", "value": one.gini, "why": one.why} | _bounds(one.gini_interval)
        for place, part in enumerate(one.tenths, 1):
            of = named | {"measure": f"part {place}"}
            yield of | {"statistic": "predicted", "value": part.predicted}
            yield of | {"statistic": "observed", "value": part.observed} | _bounds(part.interval)
    for place, tenth in enumerate(audit.double_lift, 1):
        for statistic in ("observed", "plain", "chosen"):
            value = getattr(tenth, statistic)
            yield {"part": "double lift", "measure": f"part {place}", "statistic": statistic, "value": value}


def _of_selftest(result: SelfTest) -> Iterator[Row]:
    for case in result.cases:
        named: Row = {"part": "selftest", "measure": case.name, "by": case.chapter, "why": case.why}
        yield named | {"statistic": f"published {case.published}", "value": case.ours}
        yield named | {"statistic": "digits", "value": case.digits}


def _of_power(power: Power) -> Iterator[Row]:
    for one in power.gaps:
        named: Row = {"part": "power", "measure": one.measure, "by": w.by_label(one.by)}
        for group in one.groups:
            yield named | {"statistic": "people", "group": w.clean(group.name), "rows": group.people}
        yield named | {"statistic": "gap", "value": one.gap, "why": one.why}
        yield named | {"statistic": "gap of the largest", "value": one.largest_gap}
        yield named | {"statistic": "simulated power", "value": one.simulated}
        if power.asked is not None:
            yield named | {"statistic": "power", "value": one.power}
            yield named | {"statistic": "people needed", "value": one.people_needed}


def _dependences(audit: Audit) -> Iterator[Row]:
    report = audit.dependence
    for d in report.dcov:
        yield from _dependence({"part": "dependence", "measure": "dcov"}, d)
    yield from _dependence({"part": "dependence", "measure": "ccdcov"}, report.ccdcov)
    yield from _dependence({"part": "dependence", "measure": "jdcov"}, report.jdcov)
    if report.conditional is not None:
        for d in report.conditional.dcov:
            yield from _dependence({"part": "dependence within strata", "measure": "dcov"}, d)
        yield from _dependence({"part": "dependence within strata", "measure": "ccdcov"}, report.conditional.ccdcov)


def _dependence(named: Row, d: Dependence | JointDependence) -> Iterator[Row]:
    chance = {"floor": d.floor, "excess": d.excess, "p_value": d.p_value, "why": d.why}
    if isinstance(d, Dependence):
        named = named | {"by": d.attribute}
    yield named | {"statistic": "biased", "value": d.biased} | chance
    yield named | {"statistic": "unbiased", "value": d.unbiased, "why": d.why}
    if isinstance(d, Dependence):
        yield named | {"statistic": "dcor_sq", "value": d.dcor_sq} | _bounds(d.dcor_interval)
    else:
        for statistic in ("attributes_only", "pairs", "interaction"):
            yield named | {"statistic": statistic, "value": getattr(d, statistic)}


def _attributions(attribution: Attribution, model: str) -> Iterator[Row]:
    named: Row = {"part": "attribution", "model": model}
    yield from _by_factor(named | {"measure": "importance"}, attribution.importance, attribution.importance_intervals)
    yield from (_carried(named, few) for few in attribution.carried)
    for gap in attribution.gaps:
        group = {"by": w.by_label(gap.by), "group": w.cell_label(gap.cell, gap.by), "rows": gap.n}
        whole = {"measure": "gap", "value": gap.gap, "why": gap.why}
        yield named | group | whole | _bounds(gap.interval)
        parts = named | group | {"measure": "contribution"}
        yield from _by_factor(parts, gap.contributions, gap.contribution_intervals)
    for d in attribution.divergence:
        apart = {"measure": "importance_divergence", "by": w.by_label(d.by), "value": d.value, "why": d.why}
        yield named | apart | {"floor": d.floor, "excess": d.excess} | _bounds(d.interval)
    for name, own in attribution.classes.items():
        yield from _attributions(own, f"{model}[{name}]")
    yield from _proxies(attribution.proxies)


def _proxies(proxies: Iterable[Proxy]) -> Iterator[Row]:
    for proxy in proxies:
        named = {"part": "proxies", "measure": "dcor_sq", "by": proxy.attribute, "factor": proxy.factor}
        yield named | {"value": proxy.dcor_sq, "p_value": proxy.p_value, "why": proxy.why}


def _by_factor(named: Row, values: Mapping[str, float], intervals: Mapping[str, Interval]) -> Iterator[Row]:
    for factor, value in values.items():
        yield named | {"factor": factor, "value": value} | _bounds(intervals.get(factor))


def _of_explanation(explanation: Explanation) -> Iterator[Row]:
    for model in explanation.models:
        named = {"part": "models", "model": model.name, "why": model.why}
        for name, value in (("loss", model.loss), ("gain", model.gain)):
            yield named | {"measure": name, "value": value}
        importance = {"part": "models", "model": model.name, "measure": "importance"}
        yield from _by_factor(importance, model.importance, model.intervals)
        yield from _attributions(model.attribution, model.name)
    for relation in explanation.relations:
        named = {"part": "relations", "measure": "least difference", "factor": relation.primary}
        yield named | {"against": relation.secondary, "value": relation.least}
    for pair in explanation.pairs:
        for name in ("agreed", "contradicted", "kendall", "top_overlap", "jensen_shannon"):
            named = {"part": "agreement", "model": " and ".join(pair.models), "measure": name}
            yield named | {"value": getattr(pair, name)}
    yield from _proxies(explanation.proxies)
