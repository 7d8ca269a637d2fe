"""Dependence: distance covariances of what is measured and the protected attributes."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.report import wording as w
from fairaudit.report.lines import Block, Heading, Line, grid, heads
from fairaudit.report.sections import Content, Section, Sentence
from fairaudit.report.sections.divergence import joint_lines
from fairaudit.report.table import Column, Entry, Footnotes, Table
from fairaudit.results import Audit, Dependence, DependenceReport, JointDependence

CORRELATION = "squared distance correlation"
DEPENDENCE = (
    Column("dependence on", numeric=False),
    Column("biased", about="V-statistic, at least 0"),
    Column("floor", about="its mean when predictions are shuffled: what chance alone gives"),
    Column("excess", about="biased minus floor"),
    Column("unbiased", about="U-statistic; about 0, of either sign, under independence"),
    Column(CORRELATION, about="scale-free: about 0 under independence, 1 at most"),
    Column("p", about="permutation test of independence, as if it were the only one"),
    Column("adjusted p", about="the same corrected for all hypotheses of the audit: findings go by this one"),
)


def content(audit: Audit) -> Content:
    """How to read distance covariances, and their tables."""
    lead = (
        "Squared distance covariance is 0 only when what is measured is independent of the attributes: it sees "
        "differences of any kind, not only of the mean. Its size depends on the unit of what is measured, so compare "
        "it with its floor, or read the scale-free distance correlation.",
        "JdCov² also counts what shows only when attributes are combined. Its part for combinations is the one to"
        " watch: groups can be treated alike by each single attribute and still differ at their crossing.",
    )
    tables = [table(audit), joint_parts(audit)]
    if audit.dependence.conditional is not None:
        tables.append(conditional(audit))
    return Content("Dependence", lead, tuple(tables), tuple(_cell_errors(audit)))


def _cell_errors(audit: Audit) -> list[str]:
    """What quantile cells may cost the measures of several attributes."""
    items = []
    for name, error in (("CCdCov²", audit.dependence.ccdcov.error), ("JdCov²", audit.dependence.jdcov.error)):
        if error is not None:
            bound = "" if error.bound is None else f" (certainly between ±{w.number(error.bound)})"
            items.append(
                f"A continuous attribute stands in cells of equal size. Its exact places would change the biased {name}"
                f" by about {w.number(error.estimate, signed=True)}, standard error {w.number(error.standard_error)}"
                f"{bound}; --exact measures it."
            )
    return items


def table(audit: Audit) -> Table:
    """Squared distance covariances: each attribute alone, all in one encoding, and mutual."""
    notes, report = Footnotes(), audit.dependence
    rows = [_row(notes, f"{w.clean(d.attribute)} (dCov²)", d) for d in report.dcov]
    rows.append(_row(notes, "all, one encoding (CCdCov²)", report.ccdcov))
    rows.append(_row(notes, "all, as blocks (JdCov²)", report.jdcov))
    return Table("dependence", "Squared distance covariance", DEPENDENCE, tuple(rows), tuple(notes.texts))


def conditional(audit: Audit) -> Table:
    """Squared distance covariances within strata, averaged."""
    notes, within = Footnotes(), audit.dependence.conditional
    assert within is not None
    columns = tuple(column for column in DEPENDENCE if column.title != CORRELATION)
    named = [(f"{w.clean(d.attribute)} (dCov²)", d) for d in within.dcov]
    named.append(("all, one encoding (CCdCov²)", within.ccdcov))
    at = [column.title for column in DEPENDENCE].index(CORRELATION)
    whole = [_row(notes, label, d) for label, d in named]
    rows = tuple((*row[:at], *row[at + 1 :]) for row in whole)
    title = f"Within {w.count(within.strata)} strata ({w.clean(within.parity)}), {w.count(within.n)} rows"
    return Table("conditional", title, columns, rows, tuple(notes.texts))


def _row(notes: Footnotes, label: str, d: Dependence | JointDependence) -> tuple[Entry, ...]:
    decides = w.corrected(d.p_value, d.p_adjusted)[0]
    sure = decides is not None and decides <= w.SIGNIFICANT
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
        notes.known(w.p_value(decides), decides, d.why),
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


def lines(audit: Audit) -> Iterator[Block]:
    """Dependence and divergence in one table."""
    yield Heading("Dependence and divergence (0: none; read the excess over the floor; adjusted p)")
    columns = heads("measure", "value", "floor", "excess", "dCor²", "p", width=44)
    yield grid(columns, [*_lines(audit), *joint_lines(audit)])


def _lines(audit: Audit) -> Iterator[Line]:
    report = audit.dependence
    measured = [(f"dCov² on {w.clean(single.attribute)}", single, single.dcor_sq) for single in report.dcov]
    if len(report.dcov) > 1:
        measured.append(("CCdCov² on all", report.ccdcov, report.ccdcov.dcor_sq))
    if report.conditional is not None:
        strata = f"{w.clean(report.conditional.parity)}, {w.count(report.conditional.strata)} strata"
        measured.append((strata, report.conditional.ccdcov, None))
    for label, d, correlation in measured:
        decides = w.corrected(d.p_value, d.p_adjusted)[0]
        yield Line((label, *map(w.number, (d.biased, d.floor, d.excess, correlation)), w.p_value(decides)))
    if len(report.dcov) > 1:
        joint = report.jdcov
        numbers = map(w.number, (joint.biased, joint.floor, joint.excess))
        yield Line(("JdCov² on all", *numbers, "", w.p_value(w.corrected(joint.p_value, joint.p_adjusted)[0])))
        yield Line(("  of which interaction", w.number(joint.interaction), "", "", "", ""))


def findings(audit: Audit) -> list[Sentence]:
    """Whether what is measured depends on the attributes beyond chance, also within strata where that was asked."""
    return [Sentence(text) for text in (*_overall(audit), *_conditional(audit))]


def _overall(audit: Audit) -> list[str]:
    joint = audit.dependence.ccdcov
    what = f"the {w.subject(audit)}"
    names = w.sentence_list(w.clean(attribute.name) for attribute in audit.protected)
    size = f"squared distance correlation {w.number(joint.dcor_sq)}, 0 would be none"
    p_value, clause = w.corrected(joint.p_value, joint.p_adjusted)
    if p_value is None:
        untested = f"How far {what} depend on {names} was not tested against chance ({size})."
        return [untested] if joint.dcor_sq is not None else []
    if p_value > w.SIGNIFICANT:
        return [f"No dependence of {what} on {names} shows beyond chance (CCdCov², {clause})."]
    together = " taken together" if len(audit.protected) > 1 else ""
    details = f"CCdCov², {clause}" + (f"; {size}" if joint.dcor_sq is not None else "")
    sentence = f"{w.capital(what)} depend on {names}{together} ({details})."
    if _of_combinations(audit.dependence):
        sentence += " Most of it shows only in combinations of attributes, not in single ones."
    return [sentence]


def _of_combinations(report: DependenceReport) -> bool:
    """Whether what combinations of attributes add lies beyond what single ones show, both less what chance gives."""
    joint, floors = report.jdcov, [single.floor for single in report.dcov]
    if joint.pairs is None or joint.excess is None or joint.interval is None or None in floors:
        return False
    pairs = max(joint.pairs - sum(floor for floor in floors if floor is not None), 0.0)
    return joint.interval[0] > 2 * pairs


def _conditional(audit: Audit) -> list[str]:
    """The dependence within outcomes, or among rows with one value of an admissible column, where it was asked for."""
    within = audit.dependence.conditional
    if within is None:
        return []
    p_value, clause = w.corrected(within.ccdcov.p_value, within.ccdcov.p_adjusted)
    if p_value is None:
        return []
    parity, _, given = within.parity.partition(" given ")
    outcome = {"equalized-odds": "the same outcome", "equal-opportunity": "the positive outcome"}.get(parity)
    same = w.sentence_list(filter(None, (outcome, given and f"the same {w.clean(given)}")))
    names = w.sentence_list(w.clean(attribute.name) for attribute in audit.protected)
    chance = f"({w.clean(within.parity)}; CCdCov², {clause})"
    if p_value > w.SIGNIFICANT:
        return [f"Among rows with {same} no dependence of the {w.subject(audit)} on {names} shows {chance}."]
    return [f"Among rows with {same} the {w.subject(audit)} depend on {names} {chance}."]


SECTIONS = (Section(Audit, 80, content, lines=lines, findings=findings),)
