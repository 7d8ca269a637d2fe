"""Write the tables of measures in docs/metrics.md and docs/check.md: `python docs/make_measures.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from fairaudit.gate.rules import FAMILIES, RULES
from fairaudit.measures.catalogue import BY_NUMBER, CHAPTERS
from fairaudit.measures.measure import ANY, EVERY, Measure

FOLDER = Path(__file__).parent
PAGES = ("metrics.md", "check.md")
TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""A table between two marks, the first with its name: a chapter of the catalogue, or `rules`."""


def filled(page: str) -> str:
    """A page with its tables made anew."""
    return TABLE.sub(lambda mark: f"{mark[1]}\n{_table(mark[2])}\n\n{mark[3]}", page)


def _table(name: str) -> str:
    return _rules() if name == "rules" else _chapter(CHAPTERS[name])


def _chapter(measures: Iterable[Measure]) -> str:
    """The measures of one idea: what each is, its formula, what it is for, and which way is better."""
    lines = [("name", "what it is", "formula", "for", "better"), ("---",) * 5]
    for measure in measures:
        tasks = (*measure.tasks, *measure.tasks_overall)
        told = (
            "all" if set(tasks) >= set(ANY) else "all but multiclass" if set(tasks) >= set(EVERY) else ", ".join(tasks)
        )
        what = f"{measure.label}: {measure.about}"
        lines.append((f"`{measure.name}`", what, measure.formula, told, measure.better or ""))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rules() -> str:
    """The id of each measure and statistic; ° where neither more nor less is better, † where a person's good says."""
    marks = {
        rule: "" if rule.better else "\N{NO-BREAK SPACE}†" if rule.signed else "\N{NO-BREAK SPACE}°" for rule in RULES
    }
    ids = {(rule.measure, rule.statistic): rule.id + mark for rule, mark in marks.items()}
    lines = [("measure", *FAMILIES), (":---",) * (1 + len(FAMILIES))]
    for measure in BY_NUMBER:
        if measure.statistics:
            lines.append((f"`{measure.name}`", *(ids.get((measure.name, each), "") for each in FAMILIES)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    for name in PAGES:
        path = FOLDER / name
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
