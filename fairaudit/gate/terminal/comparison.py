"""A comparison of two audits on a terminal."""

from __future__ import annotations

from fairaudit.gate.wording import STATISTICS
from fairaudit.report import wording as w
from fairaudit.results.comparison import Comparison, Difference

LABEL = 37
COLUMNS = (LABEL, 11, 11, 11, 8)
"""Widths: what, before, after, change, p."""


def render(comparison: Comparison, width: int = 80, every: bool = False) -> str:
    """The comparison as lines of at most 80 characters: the changes beyond chance, or every measure."""
    certain = [difference for difference in comparison.differences if _certain(comparison, difference)]
    shown = comparison.differences if every else certain
    lines = [
        f"{w.shorten(comparison.before.name, 36)} → {w.shorten(comparison.after.name, 36)}",
        "",
        _line(("measure", "before", "after", "change", "p")),
    ]
    lines += [line for difference in shown for line in _difference(comparison, difference)]
    if not shown:
        lines.append("nothing changed beyond chance")
    left = len(comparison.differences) - len(shown)
    lines += ["", f"{len(certain)} of {len(comparison.differences)} measures changed beyond chance."]
    if left:
        lines.append(f"The other {left} are shown with --all.")
    if comparison.alone:
        lines.append(f"{len(comparison.alone)} measures are in one of the audits only.")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _certain(comparison: Comparison, difference: Difference) -> bool:
    return difference.p_value is not None and difference.p_value <= 1 - comparison.confidence


def _difference(comparison: Comparison, difference: Difference) -> list[str]:
    unit = w.words(comparison, difference.measure).unit
    shares = unit in ("rate", "points") and difference.statistic in ("gap", "overall")
    values = [w.percent(value) if shares else w.number(value) for value in (difference.before, difference.after)]
    change = w.points(difference.change, signed=True) if shares else w.number(difference.change, signed=True)
    by = f" by {w.by_label(difference.by)}" if difference.by else ""
    label = f"{w.words(comparison, difference.measure).label}, {STATISTICS[difference.statistic]}{by}"
    lines = [_line((label if len(label) <= LABEL else "", *values, change, w.p_value(difference.p_value)))]
    if len(label) > LABEL:
        lines.insert(0, w.shorten(label, 80))
    if _certain(comparison, difference) and difference.better is not None:
        improved = ((difference.change or 0.0) < 0) == (difference.better == "lower")
        lines[-1] += " +" if improved else " !"
    return lines


def _line(cells: tuple[str, ...]) -> str:
    first, *others = zip(cells, COLUMNS, strict=True)
    return first[0].ljust(first[1]) + "".join(text.rjust(width) for text, width in others)
