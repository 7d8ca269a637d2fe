"""What every report is made of, whatever the result: pages, documents and terminals lay it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fairaudit.report import opening, sections
from fairaudit.report.drawing import Picture
from fairaudit.report.legible import left_out, legible
from fairaudit.report.lines import Block, Heading, Listing
from fairaudit.report.opening import Reported
from fairaudit.report.sections import Content, Sentence
from fairaudit.results import Audit

LIMIT = 7
"""Findings at most, but for those that are not counted."""


@dataclass(frozen=True)
class Outline:
    """The content of a report, without markup."""

    title: str
    """Heading."""
    question: str
    """What was asked."""
    facts: list[tuple[str, str]]
    """Key facts: name and value."""
    first: dict[str, Content]
    """Anchor → section before the findings, in order."""
    findings: list[str]
    """The sentences that a busy reader needs first."""
    sections: dict[str, Content]
    """Anchor → section after the findings, in order."""


def document(result: Reported) -> Outline:
    """What the report of a result says."""
    before: dict[str, Content] = {}
    after: dict[str, Content] = {}
    shown = legible(result) if isinstance(result, Audit) else result
    for name, section in sections.of_result(result).items():
        content = section.content(shown)
        if content is not None:
            (before if section.order < 0 else after)[name] = content
    if isinstance(result, Audit) and (told := left_out(result)) is not None:
        after["groups"] = replace(after["groups"], lead=(*after["groups"].lead, told))
    opened = opening.opening(result)
    return Outline(opened.title, opened.question, opened.facts, before, findings(result), after)


def pictures(result: Reported) -> dict[str, list[Picture]]:
    """Anchor of a section → its pictures, where it has any."""
    drawn = {name: list(section.pictures(result)) for name, section in sections.of_result(result).items()}
    return {name: some for name, some in drawn.items() if some}


def findings(result: Reported) -> list[str]:
    """The sentences of all sections that a busy reader needs first, at most `LIMIT` but for those not counted."""
    return chosen(finding for section in sections.of_result(result).values() for finding in section.findings(result))


def chosen(findings: Iterable[Sentence]) -> list[str]:
    """Sentences of which the first are kept where there are too many, cautions last."""
    listed = list(findings)
    limit = LIMIT + sum(finding.room == "beyond the limit" for finding in listed)
    cautions = [finding.text for finding in listed if finding.room == "last"]
    optional = [finding for finding in listed if finding.room == "if there is room"]
    room = max(1, limit - (len(listed) - len(optional)))
    kept = [f.text for f in listed if f.room != "last" and f not in optional[room:]]
    return kept[: limit - len(cautions)] + cautions


def lines(result: Reported) -> list[Block]:
    """What a terminal shows after title, question and facts."""
    placed = list(sections.of_result(result).values())
    placed.sort(key=lambda section: section.order if section.terminal_order is None else section.terminal_order)
    told = tuple(findings(result))
    blocks: list[Block] = [Heading("Findings"), Listing(told, numbered=True)] if told else []
    for section in placed:
        blocks += section.lines(result)
    return blocks
