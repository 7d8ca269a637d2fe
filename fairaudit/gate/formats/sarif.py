"""The check as SARIF 2.1.0 (OASIS), for code scanning: everything that is not kept, at its limit's line."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fairaudit.gate import wording
from fairaudit.gate.formats import fingerprint
from fairaudit.gate.rules import FAMILIES
from fairaudit.report import wording as w
from fairaudit.results.check import Check, Finding
from fairaudit.results.json import dumps

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(check: Check) -> str:
    """The check as one SARIF log with one run. A waived finding is a suppressed result."""
    reported = [finding for finding in check.findings if finding.verdict != "kept"]
    rules = sorted({finding.rule for finding in check.findings})
    examples = {finding.rule: finding for finding in check.findings}
    run = {
        "tool": {
            "driver": {
                "name": "fairaudit",
                "version": check.manifest.fairaudit,
                "rules": [_rule(check, examples[rule]) for rule in rules],
            }
        },
        "invocations": [_invocation(check)],
        "results": [_result(check, finding, rules.index(finding.rule)) for finding in reported],
        "columnKind": "unicodeCodePoints",
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _invocation(check: Check) -> dict[str, Any]:
    """How the run ended, and of whom it says nothing."""
    ended: dict[str, Any] = {"executionSuccessful": True, "exitCode": check.status}
    remarks = [remark for data in check.data for remark in wording.remarks(check, data)]
    if remarks:
        ended["toolExecutionNotifications"] = [{"level": "note", "message": {"text": text}} for text in remarks]
    return ended


def _rule(check: Check, finding: Finding) -> dict[str, Any]:
    words = w.words(check, finding.measure)
    against = ", worse than in the baseline" if finding.against == "margin" else " beyond its limit"
    name = f"{finding.measure}_{finding.statistic}{'_worse' if finding.against == 'margin' else ''}"
    text = f"{words.label}: {FAMILIES[finding.statistic][1]}{against}"
    return {
        "id": finding.rule,
        "name": "".join(part.capitalize() for part in name.split("_")),
        "shortDescription": {"text": text},
        "fullDescription": {"text": f"{text}. {words.about[:1].upper()}{words.about[1:]}."},
        "help": {"text": "docs/check.md of fairaudit lists every rule, docs/metrics.md every formula."},
        "properties": {"tags": ["fairness" if finding.statistic != "overall" else "performance"]},
    }


def _result(check: Check, finding: Finding, index: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(check.config.name.replace("\\", "/"))}}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line}
    level = "error" if finding.fails else "warning" if finding.verdict == "broken" else "note"
    text = f"{w.clean(finding.data)}: {wording.title(check, finding)}: {wording.sentence(check, finding)}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"fairaudit/1": fingerprint(finding)},
    }
    waiver = wording.waiver(check, finding)
    if waiver is not None:
        sentence = wording.waiver_sentence(waiver)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": sentence}]
    return result
