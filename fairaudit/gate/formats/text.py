"""The check on a terminal: failing findings last, and after them the verdict, where the eye is."""

from __future__ import annotations

import textwrap

from fairaudit.gate import wording
from fairaudit.report import wording as w
from fairaudit.report.sections.verdict import answered
from fairaudit.results.check import Check, Finding
from fairaudit.text import log_lines

INDENT = 14
COLORS = {"BROKEN": "31", "NOT ASSESSED": "31", "INCONCLUSIVE": "31", "warning": "33", "uncertain": "33"}
COLORS |= {"waived": "33", "kept": "32", "not assessed": "2"}
"""Label → code of its colour."""


def render(check: Check, width: int = 80, color: bool = False) -> str:
    """The check as lines of at most `width` characters (longer only where a single word is), coloured only if asked."""
    head = f"fairaudit check {w.clean(check.config.name)} · {wording.sources(check)}"
    lines = [*textwrap.wrap(head, width), ""]
    for finding in wording.in_order(check.findings):
        lines += _finding(check, finding, width, color)
    if check.ignored:
        limits = f"{check.ignored} limit{'s are' if check.ignored > 1 else ' is'}"
        lines.append(f"{limits} left out by --select and --ignore.")
    return log_lines("\n".join([*lines, *_verdict(check, width, color)]) + "\n")


def _verdict(check: Check, width: int, color: bool) -> list[str]:
    """The verdict, its first answer coloured by the exit status; of a check of an early version its headline."""
    told = answered(check.verdict) or [("", wording.headline(check))]
    first, *others = [textwrap.wrap(f"{asked} {text}".strip(), width, subsequent_indent="  ") for asked, text in told]
    code = "31" if check.status else "32"
    lines = [*(_painted(line, code, color) for line in first), *(line for answer in others for line in answer)]
    return ["", "Verdict", *lines]


def _finding(check: Check, finding: Finding, width: int, color: bool) -> list[str]:
    label = wording.label(finding)
    data = f"{w.clean(finding.data)}: " if len(check.data) > 1 else ""
    texts = [f"{finding.rule} {data}{wording.title(check, finding)}", wording.sentence(check, finding)]
    waiver = wording.waiver(check, finding)
    if waiver is not None:
        texts.append(wording.waiver_sentence(waiver))
    space = " " * INDENT
    lines = [
        line
        for text in texts
        for line in textwrap.wrap(text, max(width - INDENT, 20), break_long_words=False, break_on_hyphens=False)
    ]
    painted = _painted(label, COLORS[label], color) + " " * (INDENT - len(label))
    return [painted + lines[0], *(space + line for line in lines[1:])]


def _painted(text: str, code: str, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
