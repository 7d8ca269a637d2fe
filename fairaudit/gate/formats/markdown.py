"""The check as Markdown (GitHub's dialect): the job summary, or a comment on a merge request."""

from __future__ import annotations

from fairaudit.gate import wording
from fairaudit.report import wording as w
from fairaudit.report.formats.md import escape
from fairaudit.report.sections.verdict import answered
from fairaudit.results.check import Check, Finding


def render(check: Check) -> str:
    """The check as one Markdown document: the verdict, then the findings, those that fail first."""
    lines = [
        f"## fairaudit: {escape(wording.outcome(check))}",
        "",
        escape(f"{wording.counts(check)} · {w.clean(check.config.name)} · {wording.sources(check)}"),
    ]
    told = answered(check.verdict)
    if told:
        lines += ["", "| | |", "|:---|:---|", *(f"| **{escape(asked)}** | {escape(text)} |" for asked, text in told)]
    findings = wording.in_order(check.findings)[::-1]
    lines += ["", "| | rule | what | finding |", "|:---|:---|:---|:---|"]
    lines += [_row(check, finding) for finding in findings]
    return "\n".join(lines) + "\n"


def _row(check: Check, finding: Finding) -> str:
    label = escape(wording.label(finding))
    waiver = wording.waiver(check, finding)
    sentence = wording.sentence(check, finding) + (f" {wording.waiver_sentence(waiver)}" if waiver else "")
    what = f"{w.clean(finding.data)}: {wording.title(check, finding)}"
    cells = [f"**{label}**" if finding.fails else label, escape(finding.rule), escape(what), escape(sentence)]
    return "| " + " | ".join(cells) + " |"
