"""What every full report is made of, whatever the result: HTML and Markdown lay it out."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.report import explained, findings, outline
from fairaudit.report.outline import Section
from fairaudit.results import Audit
from fairaudit.results.explanation import Explanation

Reported = Audit | Explanation
"""Results that have reports."""


@dataclass(frozen=True)
class Document:
    """The content of a report, without markup."""

    title: str
    """Heading."""
    question: str
    """What was asked."""
    facts: list[tuple[str, str]]
    """Key facts: name and value."""
    findings: list[str]
    """The sentences that a busy reader needs first."""
    sections: list[Section]
    """Everything else, in order."""


def document(result: Reported) -> Document:
    """What the report of a result says."""
    if isinstance(result, Explanation):
        return Document(
            explained.title(result),
            explained.question(result),
            explained.facts(result),
            explained.findings(result),
            explained.sections(result),
        )
    return Document(
        outline.title(result),
        outline.question(result),
        outline.facts(result),
        findings.findings(result),
        outline.sections(result),
    )
