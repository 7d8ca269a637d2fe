"""The tables of a report, as values without markup: each format draws the same ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fairaudit.explanation import Explanation
from fairaudit.report import wording as w
from fairaudit.report.findings import change_label, change_value, is_better, is_finding
from fairaudit.results import (
    Attribution,
    Audit,
    BeforeAfter,
    Consistency,
    Dependence,
    Disparity,
    Estimate,
    FactorGap,
    Group,
    JointDependence,
    Measure,
    Proxy,
)

_NOT_OF_TWO = "not the difference of two groups, but a measure of all together"
NO_SHARE = "the plain model shows no dependence over its floor"
MAX_ROWS = 400
"""Rows of one table: a page of thousands is read by nobody, and the JSON has them all."""


IMPORTANCE_GROUPS = 20
"""Groups whose importance distributions stand side by side."""


@dataclass(frozen=True)
class Entry:
    """One field of a table."""

    text: str
    """What it says."""
    detail: str = ""
    """Smaller print beside it: an interval."""
    note: int = 0
    """Number of the footnote that says why there is no value; 0 for none."""
    strong: bool = False
    """A finding."""


@dataclass(frozen=True)
class Column:
    """Heading of one column."""

    title: str
    """Short words."""
    numeric: bool = True
    """Whether it is aligned to the right."""
    about: str = ""
    """One line that explains it."""


@dataclass(frozen=True)
class Table:
    """A table with its caption and footnotes; the first column names the row."""

    key: str
    """Identifier, unique within a report."""
    caption: str
    """What it shows."""
    columns: tuple[Column, ...]
    """Headings."""
    rows: tuple[tuple[Entry, ...], ...]
    """Fields, as many in each row as there are columns."""
    footnotes: tuple[str, ...] = ()
    """Why numbers are missing; entry `note` = 1 is the first."""
    fold: bool = False
    """Whether it is long, so that a format may fold it away."""


@dataclass
class _Footnotes:
    """Numbers the reasons of a table, equal ones once."""

    texts: list[str] = field(default_factory=list)

    def entry(self, text: str, missing: bool, why: str | None, detail: str = "", strong: bool = False) -> Entry:
        """A field; a missing value becomes a dash with the number of its reason."""
        if not missing:
            return Entry(text, detail, strong=strong)
        reason = w.clean(why or "not measured; no reason was recorded")
        if reason not in self.texts:
            self.texts.append(reason)
        return Entry(w.DASH, note=self.texts.index(reason) + 1)


def _cut(caption: str, rows: Sequence[tuple[Entry, ...]]) -> tuple[str, tuple[tuple[Entry, ...], ...]]:
    """The first rows, and a caption that says so where there are more."""
    if len(rows) > MAX_ROWS:
        caption += f" (the first {w.count(MAX_ROWS)} of {w.count(len(rows))}; the JSON report has all)"
    return caption, tuple(rows[:MAX_ROWS])


def sets_of_attributes(groups: Iterable[Group]) -> list[list[str]]:
    """The sets of attributes that form groups, single ones first, in the order of the audit."""
    found: list[list[str]] = []
    for group in groups:
        if group.by not in found:
            found.append(group.by)
    return sorted(found, key=len)


def measure_names(groups: Sequence[Group]) -> list[str]:
    """Measures of these groups in the order of the tables; the mean prediction has a column of its own."""
    return w.in_order(name for group in groups for name in group.measures if name != "mean_prediction")


def groups(audit: Audit, by: list[str], number: int = 0) -> Table:
    """Every group of one set of attributes with its rows, share, mean and rates."""
    members = [group for group in audit.groups if group.by == by]
    names, mean, notes = measure_names(members), w.mean_metric(audit), _Footnotes()
    rows = []
    for group in members:
        why = group.why or "too small to be compared"
        label = w.cell_label(group.cell, by)
        row = [
            Entry(label) if group.adequate else Entry(label, note=notes.entry("", True, why).note),
            Entry(w.count(group.n)),
            Entry(w.percent(group.share)),
            notes.entry(
                w.in_unit(group.mean_prediction, mean.unit),
                group.mean_prediction is None,
                group.why,
                w.interval(group.interval, mean.unit),
            ),
        ]
        row += [_measure(notes, name, group.measures.get(name)) for name in names]
        rows.append(tuple(row))
    columns = [
        Column(w.by_label(by), numeric=False, about="the group"),
        Column("rows"),
        Column("share", about="share of the total weight"),
        Column(mean.label, about=mean.about),
        *(Column(w.metric(name).label, about=w.metric(name).about) for name in names),
    ]
    caption, shown = _cut(f"Groups by {w.by_label(by)}, with {w.confidence(audit)} intervals", rows)
    fold = len(by) > 1 or len(rows) > 25
    return Table(f"groups-{number}", caption, tuple(columns), shown, tuple(notes.texts), fold)


def _measure(notes: _Footnotes, name: str, measure: Measure | None) -> Entry:
    if measure is None:
        return notes.entry("", True, "not a measure of this group")
    unit = w.metric(name).unit
    text = w.in_unit(measure.value, unit)
    return notes.entry(text, measure.value is None, measure.why, w.interval(measure.interval, unit))


def disparities(audit: Audit, items: Sequence[Disparity], key: str, caption: str) -> Table:
    """Gaps between groups with the two groups, interval, ratio and adjusted p-value."""
    notes = _Footnotes()
    columns = (
        Column("measure", numeric=False),
        Column("by", numeric=False, about="the attributes that form the groups"),
        Column("difference", about="highest minus lowest; 0: no difference"),
        Column("ratio", about="lowest over highest; 1: no difference"),
        Column("highest", numeric=False),
        Column("lowest", numeric=False),
        Column("floor", about="what chance alone gives"),
        Column("p", about="χ² test that all groups are equal"),
        Column("adjusted p", about="after Holm's correction over all differences"),
    )
    caption, rows = _cut(caption, [_disparity(audit, notes, disparity) for disparity in items])
    return Table(key, caption, columns, rows, tuple(notes.texts), fold=len(rows) > 30)


def _disparity(audit: Audit, notes: _Footnotes, d: Disparity) -> tuple[Entry, ...]:
    known = w.metric_of(audit, d.metric)
    gap = w.gap_in_unit(d.value, known.unit)
    return (
        Entry(known.label, strong=is_finding(d)),
        Entry(w.by_label(d.by)),
        notes.entry(gap, d.value is None, d.why, w.interval(d.interval, known.unit, gap=True), is_finding(d)),
        _or(notes, w.number(d.ratio), d.ratio, d.why or "no ratio: the measure is not a rate, or the highest is 0"),
        _or(notes, w.cell_label(d.highest or {}, d.by), d.highest, d.why or _NOT_OF_TWO),
        _or(notes, w.cell_label(d.lowest or {}, d.by), d.lowest, d.why or _NOT_OF_TWO),
        _or(notes, w.gap_in_unit(d.floor, known.unit), d.floor, d.why or "no floor is estimated for this measure"),
        _or(notes, w.p_value(d.p_value), d.p_value, d.why or "no test for this measure"),
        _or(notes, w.p_value(d.p_adjusted), d.p_adjusted, d.why or "no test for this measure"),
    )


def _or(notes: _Footnotes, text: str, value: object, why: str | None) -> Entry:
    return notes.entry(text, value is None, why)


def divergence(audit: Audit) -> Table:
    """Jensen–Shannon divergences with floor, excess and p-value."""
    notes = _Footnotes()
    columns = (
        Column("groups of", numeric=False),
        Column("distribution of", numeric=False),
        Column("value", about="in bits; 0: the groups have one distribution"),
        Column("floor", about="what chance alone gives"),
        Column("excess", about="value minus floor: read this one"),
        Column("p", about="test that the groups have one distribution"),
        Column("read as", numeric=False, about="how values became distributions"),
    )
    rows = []
    for d in audit.divergence:
        sure = d.p_value is not None and d.p_value <= 0.05
        rows.append(
            (
                Entry(w.by_label(d.by)),
                Entry(f"{d.of}s"),
                _or(notes, w.number(d.value), d.value, d.why),
                _or(notes, w.number(d.floor), d.floor, d.why),
                notes.entry(w.number(d.excess), d.excess is None, d.why, w.interval(d.interval), sure),
                notes.entry(w.p_value(d.p_value), d.p_value is None, d.why, d.test or ""),
                Entry(w.clean(d.density)),
            )
        )
    return Table("divergence", "Jensen–Shannon divergence in bits", columns, tuple(rows), tuple(notes.texts))


CORRELATION = "squared distance correlation"
DEPENDENCE = (
    Column("dependence on", numeric=False),
    Column("biased", about="V-statistic, at least 0"),
    Column("floor", about="its mean when predictions are shuffled: what chance alone gives"),
    Column("excess", about="biased minus floor"),
    Column("unbiased", about="U-statistic; about 0, of either sign, under independence"),
    Column(CORRELATION, about="scale-free: about 0 under independence, 1 at most"),
    Column("p", about="permutation test of independence"),
)


def dependence(audit: Audit) -> Table:
    """Squared distance covariances: each attribute alone, all in one encoding, and mutual."""
    notes, report = _Footnotes(), audit.dependence
    rows = [_dependence(notes, f"{w.clean(d.attribute)} (dCov²)", d) for d in report.dcov]
    rows.append(_dependence(notes, "all, one encoding (CCdCov²)", report.ccdcov))
    rows.append(_dependence(notes, "all, as blocks (JdCov²)", report.jdcov))
    return Table("dependence", "Squared distance covariance", DEPENDENCE, tuple(rows), tuple(notes.texts))


def conditional(audit: Audit) -> Table:
    """Squared distance covariances within strata, averaged."""
    notes, found = _Footnotes(), audit.dependence.conditional
    assert found is not None
    columns = tuple(column for column in DEPENDENCE if column.title != CORRELATION)
    named = [(f"{w.clean(d.attribute)} (dCov²)", d) for d in found.dcov]
    named.append(("all, one encoding (CCdCov²)", found.ccdcov))
    at = [column.title for column in DEPENDENCE].index(CORRELATION)
    whole = [_dependence(notes, label, d) for label, d in named]
    rows = tuple((*row[:at], *row[at + 1 :]) for row in whole)
    title = f"Within {w.count(found.strata)} strata ({w.clean(found.parity)}), {w.count(found.n)} rows"
    return Table("conditional", title, columns, rows, tuple(notes.texts))


def _dependence(notes: _Footnotes, label: str, d: Dependence | JointDependence) -> tuple[Entry, ...]:
    sure = d.p_value is not None and d.p_value <= 0.05
    dcor_sq = d.dcor_sq if isinstance(d, Dependence) else None
    why = d.why if isinstance(d, Dependence) else "not defined for JdCov²"
    return (
        Entry(label),
        _or(notes, w.number(d.biased), d.biased, d.why),
        _or(notes, w.number(d.floor), d.floor, d.why),
        notes.entry(w.number(d.excess), d.excess is None, d.why, strong=sure),
        _or(notes, w.number(d.unbiased), d.unbiased, d.why),
        _or(notes, w.number(dcor_sq), dcor_sq, why),
        _or(notes, w.p_value(d.p_value), d.p_value, d.why),
    )


def joint_parts(audit: Audit) -> Table:
    """JdCov² split into its parts."""
    notes, joint = _Footnotes(), audit.dependence.jdcov
    parts: tuple[tuple[str, float | None, str], ...] = (
        ("the attributes among themselves", joint.attributes_only, "a property of the people; no model changes it"),
        (f"{w.subject(audit)} with single attributes", joint.pairs, "the sum of the dCov² above"),
        (f"{w.subject(audit)} with combinations", joint.interaction, "beyond what single attributes show; either sign"),
        ("all (JdCov²)", joint.biased, "the sum of the three"),
    )
    if len(joint.interaction_by_order) > 1:
        orders = [
            (f"… of which with {order} attributes", value, "terms with just so many attributes")
            for order, value in sorted(joint.interaction_by_order.items())
        ]
        parts = (*parts[:3], *orders, *parts[3:])
    rows = tuple(
        (Entry(name), _or(notes, w.number(value), value, joint.why), Entry(text)) for name, value, text in parts
    )
    columns = (Column("part", numeric=False), Column("value"), Column("meaning", numeric=False))
    return Table("jdcov", "JdCov² split into its parts", columns, rows, tuple(notes.texts))


def comparison(audit: Audit) -> Table:
    """The plain against the fairer model on the same held-out rows."""
    columns = (
        Column("measure", numeric=False),
        Column("plain", about="model without penalty"),
        Column(w.chosen(audit), about="model with penalty" if w.is_penalised(audit) else "model with knowledge"),
        Column("change", about=f"{w.chosen(audit)} minus plain"),
        Column("in per cent", about="change in per cent of plain"),
        Column("", numeric=False),
    )
    notes = _Footnotes()
    no_percent = "no per cent: the plain value is 0 or of another sign"
    rows = []
    for c in audit.comparison:
        better = is_better(c)
        verdict = "not measured" if c.change is None else {True: "▲ better", False: "▼ worse", None: "= same"}[better]
        why = "not measured in one of the two models"
        unit = w.metric_of(audit, c.measure).unit
        change = w.points(c.change, signed=True) if unit in ("rate", "points") else w.number(c.change, signed=True)
        rows.append(
            (
                Entry(change_label(audit, c)),
                _or(notes, change_value(audit, c, c.plain), c.plain, why),
                _or(notes, change_value(audit, c, c.fair), c.fair, why),
                _or(notes, change, c.change, why),
                _or(notes, w.percent_change(c.percent), c.percent, why if c.change is None else no_percent),
                Entry(verdict, strong=better is False),
            )
        )
    return Table(
        "comparison", f"Plain against {w.chosen(audit)}, held-out rows", columns, tuple(rows), tuple(notes.texts)
    )


def path(audit: Audit) -> Table:
    """Every strength that was tried, measured on rows that were not fitted on."""
    assert audit.calibration is not None
    notes, names = _Footnotes(), w.in_order({name for point in audit.path for name in point.performance})
    what = w.traced(audit)
    columns = [
        Column(what.symbol, numeric=False, about=f"strength of the {what.term}"),
        Column("", numeric=False),
        Column("loss", about="mean half deviance; 0 is perfect"),
        Column("change", about="of the loss, in per cent of the plain model's"),
        Column(what.noun, about=what.about),
        Column("taken away", about=f"of the plain model's {what.noun}"),
        Column("JSD, bits", about="between groups of all attributes, over its noise floor"),
        *(Column(w.metric_of(audit, name).label) for name in names),
    ]
    rows = []
    for point in audit.path:
        chosen = point.strength == audit.calibration.strength
        where = ", ".join(word for word, true in (("chosen", chosen), ("on the front", point.front)) if true)
        rows.append(
            (
                Entry(w.number(point.strength), strong=chosen),
                Entry(where, strong=chosen),
                _estimate(notes, point.loss),
                _estimate(notes, point.loss_change, w.percent_change),
                _estimate(notes, point.dependence),
                _or(notes, f"{point.reduction:.3g}%" if point.reduction is not None else "", point.reduction, NO_SHARE),
                _estimate(notes, point.divergence),
                *(_estimate(notes, point.performance.get(name, Estimate(mean=None))) for name in names),
            )
        )
    folds, repeats = audit.calibration.folds, audit.calibration.repeats
    times = "" if repeats == 1 else f", {w.count(repeats)} times"
    caption = f"The path: means over {w.count(folds)} folds of the training rows{times}, ± standard error"
    return Table("path", caption, tuple(columns), tuple(rows), tuple(notes.texts))


def consistency(found: Consistency, confidence: str) -> Table:
    """Distance from what is known, order and loss, before and after."""
    notes = _Footnotes()
    unit = "nats" if found.divergence != "plackett-luce" else "nats a choice"
    lines: list[tuple[str, BeforeAfter, Callable[[float | None], str]]] = [
        (f"{w.DIVERGENCES[found.divergence]}, {unit}", found.distance, w.number),
        ("pairs in the known order", found.agreement, w.percent),
        ("loss (mean half deviance)", found.loss, w.precise),
    ]
    columns = (
        Column("on the held-out rows", numeric=False),
        Column("plain", about="model without knowledge"),
        Column("guided", about="model with knowledge"),
        Column("change", about="in per cent of the plain model's value"),
    )
    rows = []
    for name, both, words in lines:
        cells = [
            (both.plain, both.plain_interval, words),
            (both.guided, both.guided_interval, words),
            (both.percent, both.percent_interval, w.exact_change),
        ]
        rows.append(
            (
                Entry(name),
                *(
                    Entry(
                        _or(notes, say(value), value, "there is no such number").text,
                        "" if ends is None else f"{say(ends[0])} to {say(ends[1])}",
                    )
                    for value, ends, say in cells
                ),
            )
        )
    caption = f"What the knowledge changed ({confidence} bootstrap intervals of the rows)"
    return Table("consistency", caption, columns, tuple(rows), tuple(notes.texts))


def guided_factors(found: Consistency) -> Table:
    """Each factor's importance beside what is known of it."""
    weighed = any(factor.knowledge is not None for factor in found.factors)
    columns = [
        Column("factor", numeric=False),
        Column("place", about="in the order of the knowledge; factors of one place are not compared"),
        *([Column("known", about="share of the weights")] if weighed else []),
        Column("plain", about="share of all attributions in the model without knowledge"),
        Column("guided", about="the same in the model with knowledge"),
    ]
    rows = [
        (
            Entry(w.clean(factor.factor)),
            Entry(w.count(factor.tier)),
            *([Entry(w.percent(factor.knowledge))] if weighed else []),
            Entry(w.percent(factor.plain)),
            Entry(w.percent(factor.guided)),
        )
        for factor in found.factors
    ]
    caption = "Importance of the factors, in the order of the knowledge"
    return Table("guided-factors", caption, tuple(columns), tuple(rows), ())


def _estimate(notes: _Footnotes, estimate: Estimate, words: Callable[[float | None], str] = w.number) -> Entry:
    """A mean with its standard error in smaller print."""
    error = "" if estimate.standard_error is None else f"± {w.number(estimate.standard_error)}"
    return notes.entry(words(estimate.mean), estimate.mean is None, "not defined on every fold", error)


def attribution(found: Attribution, by: list[str], number: int = 0) -> Table:
    """Which factors carry the gap of each group, largest gaps first; factors by importance."""
    notes, factors = _Footnotes(), factors_by_importance(found)
    rows = []
    for gap in largest_gaps(g for g in found.gaps if g.by == by):
        row = [Entry(w.cell_label(gap.cell, by)), Entry(w.count(gap.n))]
        ends = w.interval(gap.interval)
        row.append(notes.entry(w.number(gap.gap, signed=True), gap.gap is None, gap.why, ends, strong=True))
        for name in factors:
            value = gap.contributions.get(name)
            ends = w.interval(gap.contribution_intervals.get(name))
            row.append(notes.entry(w.number(value, signed=True), value is None, gap.why, ends))
        rows.append(tuple(row))
    columns = [Column(w.by_label(by), numeric=False), Column("rows"), Column("gap", about="sum of the contributions")]
    columns += [Column(w.clean(name), about="contribution of this factor") for name in factors]
    caption = f"Gap to the overall mean by factor, groups of {w.by_label(by)} ({w.clean(found.scale)})"
    caption, shown = _cut(caption, rows)
    return Table(f"attribution-{number}", caption, tuple(columns), shown, tuple(notes.texts), fold=len(by) > 1)


def factors_by_importance(found: Attribution) -> list[str]:
    """Factors of the model, the most important first."""
    importance = found.importance
    return sorted(importance, key=lambda name: (-importance[name], name))


def largest_gaps(gaps: Iterable[FactorGap]) -> list[FactorGap]:
    """Gaps by size, unmeasured ones last."""
    return sorted(gaps, key=lambda gap: (gap.gap is None, -abs(gap.gap or 0.0)))


def importance(found: Attribution) -> Table:
    """Factors by importance, over all rows and in the groups of each single attribute."""
    groups = [gap for gap in found.gaps if len(gap.by) == 1 and gap.importance][:IMPORTANCE_GROUPS]
    each = [(found.importance, found.importance_intervals)]
    each += [(group.importance, group.importance_intervals) for group in groups]
    rows = tuple(
        (
            Entry(w.clean(name)),
            *(Entry(w.percent(shares.get(name)), w.interval(ends.get(name), "rate")) for shares, ends in each),
        )
        for name in factors_by_importance(found)
    )
    about = "share of the total absolute attribution"
    columns = [Column("factor", numeric=False), Column("all rows", about=about)]
    columns += [Column(w.cell_label(group.cell, group.by, 25), about=about) for group in groups]
    return Table(
        "importance", "Importance of the factors, overall and by group", tuple(columns), rows, fold=len(rows) > 15
    )


def importance_divergence(found: Attribution) -> Table:
    """How far apart the groups' importance distributions are."""
    notes = _Footnotes()
    columns = (
        Column("groups of", numeric=False),
        Column("value", about="in bits; 0: the factors weigh alike in all groups"),
        Column("floor", about="what chance alone gives"),
        Column("excess", about="value minus floor: read this one"),
    )
    rows = tuple(
        (
            Entry(w.by_label(each.by)),
            _or(notes, w.number(each.value), each.value, each.why),
            _or(notes, w.number(each.floor), each.floor, each.why),
            notes.entry(w.number(each.excess), each.excess is None, each.why, w.interval(each.interval)),
        )
        for each in found.divergence
    )
    caption = "Divergence between the groups' importance distributions, in bits"
    return Table("importance-divergence", caption, columns, rows, tuple(notes.texts))


def proxies(found: Sequence[Proxy]) -> Table:
    """Squared distance correlation of each factor with each protected attribute; the strongest in bold."""
    notes = _Footnotes()
    names = list(dict.fromkeys(each.attribute for each in found))
    factors = list(dict.fromkeys(each.factor for each in found))
    known = {(each.factor, each.attribute): each for each in found}
    top = {name: strongest(each for each in found if each.attribute == name) for name in names}
    rows = []
    for factor in factors:
        row = [Entry(w.clean(factor))]
        for name in names:
            each = known[factor, name]
            p_value = "" if each.p_value is None else w.p_clause(each.p_value)
            row.append(notes.entry(w.number(each.dcor_sq), each.dcor_sq is None, each.why, p_value, each is top[name]))
        rows.append(tuple(row))
    columns = (Column("factor", numeric=False), *(Column(w.clean(name)) for name in names))
    caption = "What each factor tells about each protected attribute (squared distance correlation)"
    return Table("proxies", caption, columns, tuple(rows), tuple(notes.texts), fold=len(rows) > 15)


def strongest(found: Iterable[Proxy]) -> Proxy | None:
    """The proxy with the largest distance correlation that is no chance."""
    sure = [each for each in found if each.dcor_sq is not None and (each.p_value or 0.0) <= 0.05]
    return max(sure, key=lambda each: each.dcor_sq or 0.0, default=None)


def performance(audit: Audit) -> Table:
    """Performance on the audited and, for a fitted model, on the training rows."""
    report, notes = audit.performance, _Footnotes()
    both = bool(report.train)
    why = "not defined for these rows"
    rows = []
    for name in w.in_order([*report.test, *report.train]):
        unit = w.metric(name).unit
        row = [Entry(w.metric(name).label)]
        for values in (report.test, report.train)[: 1 + both]:
            row.append(_or(notes, w.in_unit(values.get(name), unit), values.get(name), why))
        rows.append((*row, Entry(w.metric(name).about)))
    names = ("held-out rows", "training rows") if both else ("audited rows",)
    columns = (Column("measure", numeric=False), *map(Column, names), Column("meaning", numeric=False))
    return Table("performance", "How well the predictions fit", columns, tuple(rows), tuple(notes.texts))


def protected(audit: Audit | Explanation) -> Table:
    """The protected attributes as they were read."""
    columns = (
        Column("attribute", numeric=False),
        Column("kind", numeric=False),
        Column("values", numeric=False),
        Column("groups", numeric=False, about="the groups in which rates are read"),
        Column("missing"),
        Column("distance between two values", numeric=False),
    )
    rows = []
    for p in audit.protected:
        values = f"{len(p.levels)} levels" if p.levels is not None else "—"
        if p.range is not None:
            values = f"{p.range[0]:g} to {p.range[1]:g}"
        bands = ", ".join(w.shorten(band, 60) for band in p.bands[:12])
        bands += f" and {len(p.bands) - 12} more" if len(p.bands) > 12 else ""
        row = (w.clean(p.name), p.kind, values, bands, w.count(p.missing), w.clean(p.encoding))
        rows.append(tuple(map(Entry, row)))
    return Table("protected", "Protected attributes as they were read", columns, tuple(rows))


def manifest(audit: Audit | Explanation) -> Table:
    """What is needed to repeat the audit."""
    made, source = audit.manifest, audit.source
    facts: list[tuple[str, str]] = [("source", source.name)]
    if source.sha256:
        facts.append(("SHA-256 of the source", source.sha256))
    if source.bytes is not None:
        facts.append(("bytes read", w.count(source.bytes)))
    facts += [("seed", str(made.seed)), ("fairaudit", made.fairaudit), ("Python", made.python)]
    facts += [(f"package {name}", version) for name, version in sorted(made.packages.items())]
    for name, value in sorted(made.arguments.items()):
        if value is not None:
            facts.append((f"argument {name}", ", ".join(value) if isinstance(value, list) else str(value)))
    rows = tuple((Entry(w.clean(name)), Entry(w.clean(value))) for name, value in facts)
    return Table(
        "manifest",
        "Source, versions and arguments",
        (Column("what", numeric=False), Column("value", numeric=False)),
        rows,
    )
