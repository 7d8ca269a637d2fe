"""A comparison of two audits on a terminal."""

from __future__ import annotations

import textwrap

from fairaudit.gate.conclusion import certain, changes_in_unit, gainers, improves
from fairaudit.gate.wording import measured
from fairaudit.report import wording as w
from fairaudit.report.sections.verdict import answered
from fairaudit.results.comparison import Comparison, Difference
from fairaudit.text import log_lines

LABEL = 37
COLUMNS = (LABEL, 11, 11, 11, 8)
"""Widths: what, before, after, change, p."""
NAME = 36
"""Characters of a source's name."""


def render(comparison: Comparison, width: int = 80, every: bool = False) -> str:
    """The comparison as lines of at most `width` characters, 80 at least: changes beyond chance, or every measure; then
    the verdict."""
    beyond = [difference for difference in comparison.differences if certain(comparison, difference)]
    shown = comparison.differences if every else beyond
    lines = [_names(comparison), ""]
    if shown:
        lines.append(_line(("measure", "before", "after", "change", "p")))
        lines += [line for difference in shown for line in _difference(comparison, difference, width)]
        lines.append("")
    others = len(comparison.differences) - len(shown)
    if others:
        rest = "The other " if shown else ""
        lines += [f"{rest}{w.count(others)} measure{'s are' if others > 1 else ' is'} shown with --all.", ""]
    lines.append("Verdict")
    for asked, text in answered(comparison.verdict):
        lines += textwrap.wrap(f"{asked} {text}", width, subsequent_indent="  ")
    return log_lines("\n".join(line.rstrip() for line in lines) + "\n")


def _names(comparison: Comparison) -> str:
    """Both sources; of long names the ends, in which files of one folder differ."""
    before, after = (w.clean(source.name) for source in (comparison.before, comparison.after))
    if before == after:
        return f"Two audits of {w.shorten(before, 60)}"
    ends = (name if len(name) <= NAME else f"…{name[1 - NAME :]}" for name in (before, after))
    return " → ".join(ends)


def _difference(comparison: Comparison, difference: Difference, width: int) -> list[str]:
    label = measured(w.words(comparison, difference.measure).label, difference.statistic, difference.by)
    values = changes_in_unit(comparison, difference)
    lines = [_line((label if len(label) <= LABEL else "", *values, w.p_value(difference.p_value)))]
    if len(label) > LABEL:
        lines.insert(0, w.shorten(label, width))
    if certain(comparison, difference):
        improved = improves(difference)
        lines[-1] += {True: " +", False: " !", None: ""}[improved]
        unit = w.words(comparison, difference.measure).unit
        lines += [f"  {line}" for line in textwrap.wrap(gainers(difference, unit), width - 2)]
    return lines


def _line(cells: tuple[str, ...]) -> str:
    first, *others = zip(cells, COLUMNS, strict=True)
    return first[0].ljust(first[1]) + "".join(text.rjust(width) for text, width in others)
