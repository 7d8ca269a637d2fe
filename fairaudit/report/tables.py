"""The tables of a report, as values without markup: each format draws the same ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from fairaudit.report import wording as w
from fairaudit.report.findings import change_label, change_value, is_better, is_finding
from fairaudit.results import (
    Audit,
    Dependence,
    Disparity,
    Estimate,
    Group,
    JointDependence,
    Measure,
)
from fairaudit.results.explanation import Explanation

_NOT_OF_TWO = "not the difference of two groups, but a measure of all together"
NO_SHARE = "the plain model shows no dependence over its floor"
MAX_ROWS = 400
"""Rows of one table: a page of thousands is read by nobody, and the JSON has them all."""


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
class Footnotes:
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

    def known(self, text: str, value: object, why: str | None) -> Entry:
        """The text of a value, or why there is none."""
        return self.entry(text, value is None, why)


def cut(caption: str, rows: Sequence[tuple[Entry, ...]]) -> tuple[str, tuple[tuple[Entry, ...], ...]]:
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
    names, mean, notes = measure_names(members), w.mean_metric(audit), Footnotes()
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
    caption, shown = cut(f"Groups by {w.by_label(by)}, with {w.confidence(audit)} intervals", rows)
    fold = len(by) > 1 or len(rows) > 25
    return Table(f"groups-{number}", caption, tuple(columns), shown, tuple(notes.texts), fold)


def _measure(notes: Footnotes, name: str, measure: Measure | None) -> Entry:
    if measure is None:
        return notes.entry("", True, "not a measure of this group")
    unit = w.metric(name).unit
    text = w.in_unit(measure.value, unit)
    return notes.entry(text, measure.value is None, measure.why, w.interval(measure.interval, unit))


def disparities(audit: Audit, items: Sequence[Disparity], key: str, caption: str) -> Table:
    """Gaps between groups with the two groups, interval, ratio and adjusted p-value."""
    notes = Footnotes()
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
    caption, rows = cut(caption, [_disparity(audit, notes, disparity) for disparity in items])
    return Table(key, caption, columns, rows, tuple(notes.texts), fold=len(rows) > 30)


def _disparity(audit: Audit, notes: Footnotes, d: Disparity) -> tuple[Entry, ...]:
    known = w.metric_of(audit, d.metric)
    gap = w.gap_in_unit(d.value, known.unit)
    return (
        Entry(known.label, strong=is_finding(d)),
        Entry(w.by_label(d.by)),
        notes.entry(gap, d.value is None, d.why, w.interval(d.interval, known.unit, gap=True), is_finding(d)),
        notes.known(w.number(d.ratio), d.ratio, d.why or "no ratio: the measure is not a rate, or the highest is 0"),
        notes.known(w.cell_label(d.highest or {}, d.by), d.highest, d.why or _NOT_OF_TWO),
        notes.known(w.cell_label(d.lowest or {}, d.by), d.lowest, d.why or _NOT_OF_TWO),
        notes.known(w.gap_in_unit(d.floor, known.unit), d.floor, d.why or "no floor is estimated for this measure"),
        notes.known(w.p_value(d.p_value), d.p_value, d.why or "no test for this measure"),
        notes.known(w.p_value(d.p_adjusted), d.p_adjusted, d.why or "no test for this measure"),
    )


def divergence(audit: Audit) -> Table:
    """Jensen–Shannon divergences with floor, excess and p-value."""
    notes = Footnotes()
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
                notes.known(w.number(d.value), d.value, d.why),
                notes.known(w.number(d.floor), d.floor, d.why),
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
    notes, report = Footnotes(), audit.dependence
    rows = [_dependence(notes, f"{w.clean(d.attribute)} (dCov²)", d) for d in report.dcov]
    rows.append(_dependence(notes, "all, one encoding (CCdCov²)", report.ccdcov))
    rows.append(_dependence(notes, "all, as blocks (JdCov²)", report.jdcov))
    return Table("dependence", "Squared distance covariance", DEPENDENCE, tuple(rows), tuple(notes.texts))


def conditional(audit: Audit) -> Table:
    """Squared distance covariances within strata, averaged."""
    notes, found = Footnotes(), audit.dependence.conditional
    assert found is not None
    columns = tuple(column for column in DEPENDENCE if column.title != CORRELATION)
    named = [(f"{w.clean(d.attribute)} (dCov²)", d) for d in found.dcov]
    named.append(("all, one encoding (CCdCov²)", found.ccdcov))
    at = [column.title for column in DEPENDENCE].index(CORRELATION)
    whole = [_dependence(notes, label, d) for label, d in named]
    rows = tuple((*row[:at], *row[at + 1 :]) for row in whole)
    title = f"Within {w.count(found.strata)} strata ({w.clean(found.parity)}), {w.count(found.n)} rows"
    return Table("conditional", title, columns, rows, tuple(notes.texts))


def _dependence(notes: Footnotes, label: str, d: Dependence | JointDependence) -> tuple[Entry, ...]:
    sure = d.p_value is not None and d.p_value <= 0.05
    dcor_sq = d.dcor_sq if isinstance(d, Dependence) else None
    why = d.why if isinstance(d, Dependence) else "not defined for JdCov²"
    return (
        Entry(label),
        notes.known(w.number(d.biased), d.biased, d.why),
        notes.known(w.number(d.floor), d.floor, d.why),
        notes.entry(w.number(d.excess), d.excess is None, d.why, strong=sure),
        notes.known(w.number(d.unbiased), d.unbiased, d.why),
        notes.known(w.number(dcor_sq), dcor_sq, why),
        notes.known(w.p_value(d.p_value), d.p_value, d.why),
    )


def joint_parts(audit: Audit) -> Table:
    """JdCov² split into its parts."""
    notes, joint = Footnotes(), audit.dependence.jdcov
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
        (Entry(name), notes.known(w.number(value), value, joint.why), Entry(text)) for name, value, text in parts
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
    notes = Footnotes()
    no_percent = "no per cent: a value is below 0, or the plain one is 0"
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
                notes.known(change_value(audit, c, c.plain), c.plain, why),
                notes.known(change_value(audit, c, c.fair), c.fair, why),
                notes.known(change, c.change, why),
                notes.known(w.percent_change(c.percent), c.percent, why if c.change is None else no_percent),
                Entry(verdict, strong=better is False),
            )
        )
    return Table(
        "comparison", f"Plain against {w.chosen(audit)}, held-out rows", columns, tuple(rows), tuple(notes.texts)
    )


def path(audit: Audit) -> Table:
    """Every strength that was tried, measured on rows that were not fitted on."""
    assert audit.calibration is not None
    notes, names = Footnotes(), w.in_order({name for point in audit.path for name in point.performance})
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
                notes.known(
                    f"{point.reduction:.3g}%" if point.reduction is not None else "", point.reduction, NO_SHARE
                ),
                _estimate(notes, point.divergence),
                *(_estimate(notes, point.performance.get(name, Estimate(mean=None))) for name in names),
            )
        )
    folds, repeats = audit.calibration.folds, audit.calibration.repeats
    times = "" if repeats == 1 else f", {w.count(repeats)} times"
    caption = f"The path: means over {w.count(folds)} folds of the training rows{times}, ± standard error"
    return Table("path", caption, tuple(columns), tuple(rows), tuple(notes.texts))


def _estimate(notes: Footnotes, estimate: Estimate, words: Callable[[float | None], str] = w.number) -> Entry:
    """A mean with its standard error in smaller print."""
    error = "" if estimate.standard_error is None else f"± {w.number(estimate.standard_error)}"
    return notes.entry(words(estimate.mean), estimate.mean is None, "not defined on every fold", error)


def performance(audit: Audit) -> Table:
    """Performance on the audited and, for a fitted model, on the training rows."""
    report, notes = audit.performance, Footnotes()
    both = bool(report.train)
    why = "not defined for these rows"
    rows = []
    for name in w.in_order([*report.test, *report.train]):
        unit = w.metric(name).unit
        row = [Entry(w.metric(name).label)]
        for values in (report.test, report.train)[: 1 + both]:
            row.append(notes.known(w.in_unit(values.get(name), unit), values.get(name), why))
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
