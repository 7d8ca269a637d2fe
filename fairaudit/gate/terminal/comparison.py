"""A comparison of two audits on a terminal."""

from __future__ import annotations

import textwrap

from fairaudit.gate.wording import GAPS, measured
from fairaudit.report import wording as w
from fairaudit.results.comparison import Comparison, Difference
from fairaudit.results.words import Unit

LABEL = 37
COLUMNS = (LABEL, 11, 11, 11, 8)
"""Widths: what, before, after, change, p."""
NAME = 36
"""Characters of a source's name."""
MOST_GROUPS = 3
"""Groups that are named of those that gain, and of those that lose."""
UNTESTED = "without intervals no change can be told from chance"


def render(comparison: Comparison, width: int = 80, every: bool = False) -> str:
    """The comparison as lines of at most 80 characters: the changes beyond chance, or every measure."""
    certain = [difference for difference in comparison.differences if _certain(comparison, difference)]
    shown = comparison.differences if every else certain
    lines = [_names(comparison), ""]
    if comparison.status or comparison.alone:
        lines += [*textwrap.wrap(_unlike(comparison), 80), ""]
    if shown or not comparison.status:
        lines.append(_line(("measure", "before", "after", "change", "p")))
        lines += [line for difference in shown for line in _difference(comparison, difference)]
        if not shown:
            tested = any(difference.p_value is not None for difference in comparison.differences)
            lines.append("nothing changed beyond chance" if tested else UNTESTED)
        lines.append("")
    return "\n".join(line.rstrip() for line in [*lines, *_end(comparison, len(certain), len(shown))]) + "\n"


def _names(comparison: Comparison) -> str:
    """Both sources; of long names the ends, in which files of one folder differ."""
    before, after = (w.clean(source.name) for source in (comparison.before, comparison.after))
    if before == after:
        return f"Two audits of {w.shorten(before, 60)}"
    ends = (name if len(name) <= NAME else f"…{name[1 - NAME :]}" for name in (before, after))
    return " → ".join(ends)


def _unlike(comparison: Comparison) -> str:
    """What of the two audits cannot be compared, and why."""
    before, after = comparison.before_attributes, comparison.after_attributes
    count = len(comparison.alone)
    only = f"{w.count(count)} measure{'s are' if count > 1 else ' is'} in one of the audits only" if count else ""
    if set(before) != set(after):
        names = [w.sentence_list(map(w.clean, attributes)) for attributes in (before, after)]
        why = f"the audits have different attributes ({names[0]}; {names[1]})"
    else:
        why = "the audits hold different measures"
    if comparison.status:
        none = "no gap between groups is measured in both"
        return f"Nothing of the groups could be compared: {why}, and {none}{'; ' if only else ''}{only}."
    return f"Not all could be compared: {why}; {only}."


def _end(comparison: Comparison, certain: int, shown: int) -> list[str]:
    """How many measures changed, and where the others are."""
    count = len(comparison.differences)
    others = count - shown
    left = [f"The other {others} {'is' if others == 1 else 'are'} shown with --all." if shown else "--all shows them."]
    left = left if others else []
    if comparison.status:
        rows = f"Of all rows together both hold {count} measure{'s' if count != 1 else ''}"
        return [f"{rows}; {certain} changed beyond chance.", *left] if count else []
    word = "measure" if count == 1 else "measures"
    return [f"{certain} of {count} {word} changed beyond chance, p corrected for all of them.", *left]


def _certain(comparison: Comparison, difference: Difference) -> bool:
    return difference.p_value is not None and difference.p_value <= 1 - comparison.confidence


def _difference(comparison: Comparison, difference: Difference) -> list[str]:
    unit = w.words(comparison, difference.measure).unit
    shares = unit in ("rate", "points") and difference.statistic in (*GAPS, "overall")
    read = w.gap_in_unit if difference.statistic in GAPS else w.in_unit
    values = [read(value, unit if shares else "number") for value in (difference.before, difference.after)]
    change = w.points(difference.change, signed=True) if shares else w.number(difference.change, signed=True)
    label = measured(w.words(comparison, difference.measure).label, difference.statistic, difference.by)
    lines = [_line((label if len(label) <= LABEL else "", *values, change, w.p_value(difference.p_value)))]
    if len(label) > LABEL:
        lines.insert(0, w.shorten(label, 80))
    if _certain(comparison, difference) and difference.better is not None:
        improved = ((difference.change or 0.0) < 0) == (difference.better == "lower")
        lines[-1] += " +" if improved else " !"
    if _certain(comparison, difference):
        lines += [f"  {line}" for line in textwrap.wrap(_who(difference, unit), 78)]
    return lines


def _who(difference: Difference, unit: Unit) -> str:
    """Which groups gain and which lose, those of the largest change first; nothing where it is not known."""
    shares = unit in ("rate", "points")
    known = sorted((each for each in difference.groups if each.gain), key=lambda each: -abs(each.change))
    sides = []
    for word, sign in (("gain", 1), ("lose", -1)):
        own = [each for each in known if sign * (each.gain or 0.0) > 0]
        sizes = [w.points(each.change, signed=True) if shares else w.number(each.change, signed=True) for each in own]
        names = [
            f"{w.cell_label(each.cell, difference.by, 30)} ({size})"
            for each, size in list(zip(own, sizes, strict=True))[:MOST_GROUPS]
        ]
        more = f" and {len(own) - MOST_GROUPS} more" if len(own) > MOST_GROUPS else ""
        if own:
            sides.append(f"{word}: {', '.join(names)}{more}")
    return "; ".join(sides)


def _line(cells: tuple[str, ...]) -> str:
    first, *others = zip(cells, COLUMNS, strict=True)
    return first[0].ljust(first[1]) + "".join(text.rjust(width) for text, width in others)
