"""Tests and ratios: each group against the reference, as statisticians of a court or a regulator read it."""

from __future__ import annotations

from collections.abc import Sequence

from fairaudit.report import wording as w
from fairaudit.report.sections import Content, Section
from fairaudit.report.table import Column, Entry, Footnotes, Table, cut
from fairaudit.results import Audit, RateContrast

MANY_DEVIATIONS = 2.0
"""Standard deviations from which a difference is in bold: the lower end of the courts' "two or three"."""
TO_FOUR_FIFTHS = "how many more of the group would have to get the favourable decision for a ratio of 0.8"


def content(audit: Audit) -> Content | None:
    """How to read the tests, and a table for each rate and set of attributes."""
    if not audit.contrasts:
        return None
    lead = (
        f"Each group against one, the reference, in one rate: every interval ({w.confidence(audit)}) and p-value is for"
        " that pair alone, whereas those of the sections above hold for all groups at once. Adjusted p-values are"
        " corrected for the groups of one table. People are counted; where rows have weights, by what they are worth.",
        "Standard deviations: the difference over its error if both rates were the same. Courts have called more than"
        " two or three of them suspect (Castaneda v. Partida 1977, Hazelwood v. United States 1977): a practice, no"
        " rule of law. Shortfall: the people whom the group lacks for both to have their common rate.",
    )
    members: dict[tuple[tuple[str, ...], str], list[RateContrast]] = {}
    for each in audit.contrasts:
        members.setdefault((tuple(each.by), each.measure), []).append(each)
    ordered = sorted(members, key=lambda key: (len(key[0]), _place(audit, key[1])))
    first = min((measure for _, measure in ordered), key=lambda name: _place(audit, name))
    tables = [
        table(audit, members[by, measure], number, fold=len(by) > 1 or measure != first)
        for number, (by, measure) in enumerate(ordered, 1)
    ]
    return Content("For experts: tests and ratios", lead, tuple(tables))


def _place(audit: Audit, measure: str) -> tuple[bool, int]:
    first = w.words(audit, measure).headline
    return first is None, first or 0


def table(audit: Audit, members: Sequence[RateContrast], number: int = 0, fold: bool = False) -> Table:
    """One rate in the groups of one set of attributes against their reference."""
    notes, reference = Footnotes(), members[0]
    ruled = reference.to_four_fifths is not None
    columns = (
        Column(w.by_label(reference.by), numeric=False, about="the group"),
        Column("people", about="people whom the rate is about"),
        Column("rate"),
        Column("difference", about="rate minus that of the reference"),
        Column("SD", about="standard deviations: the difference over its error if both rates were the same"),
        Column("shortfall", about="people whom the group lacks for both to have their common rate"),
        *([Column("to 4/5", about=TO_FOUR_FIFTHS)] if ruled else []),
        Column("p", about="Fisher's exact test, two-sided; adjusted: corrected for the groups of this table"),
        Column("risk ratio", about="rate over that of the reference; 1: equal"),
        Column("odds ratio", about="odds over those of the reference; 1: equal"),
    )
    caption, rows = cut(_caption(audit, reference), [_row(notes, contrast, ruled) for contrast in members])
    return Table(f"experts-{number}", caption, columns, rows, tuple(notes.texts), fold)


def _caption(audit: Audit, one: RateContrast) -> str:
    label = w.words(audit, one.measure).label
    of = f"1 − {label} (the favourable decision)" if one.spared else label
    return (
        f"{w.capital(of)} by {w.by_label(one.by)}, against {w.cell_label(one.reference, one.by)}:"
        f" {w.percent(one.reference_rate)} of {_people(one.reference_people)}"
    )


def _people(number: float) -> str:
    return w.count(round(number))


def _row(notes: Footnotes, one: RateContrast, ruled: bool) -> tuple[Entry, ...]:
    many = abs(one.standard_deviations) > MANY_DEVIATIONS
    return (
        Entry(w.cell_label(one.cell, one.by)),
        Entry(_people(one.people)),
        Entry(w.percent(one.rate)),
        Entry(w.points(one.difference, signed=True), w.interval(one.difference_interval, "points")),
        Entry(w.number(one.standard_deviations, signed=True), strong=many),
        Entry(w.number(one.shortfall)),
        *([Entry(w.count(one.to_four_fifths))] if ruled else []),
        notes.entry(w.p_value(one.p_value), one.p_value is None, one.why, f"adjusted {w.p_value(one.p_adjusted)}"),
        Entry(w.number(one.risk_ratio), w.interval(one.risk_ratio_interval)),
        notes.entry(w.number(one.odds_ratio), one.odds_ratio is None, one.why, w.interval(one.odds_ratio_interval)),
    )


SECTIONS = (Section(Audit, 62, content),)
