"""The check as a Code Quality report for GitLab: findings in the merge request and on the lines of the configuration.

The format is that of GitLab's documentation ("Code Quality report format"): an array of objects. It has no place for
what is tolerated or kept, so waived and kept findings are left out.
"""

from __future__ import annotations

from typing import Any

from fairaudit.gate import wording
from fairaudit.gate.formats import fingerprint
from fairaudit.report import wording as w
from fairaudit.results.check import Check, Finding
from fairaudit.results.json import dumps


def render(check: Check) -> str:
    """The findings that are not kept, as a JSON array in their order; an empty one where all is kept."""
    reported = [finding for finding in check.findings if finding.verdict != "kept" and finding.waived is None]
    return dumps([_issue(check, finding) for finding in reported])


def _issue(check: Check, finding: Finding) -> dict[str, Any]:
    text = f"{w.clean(finding.data)}: {wording.title(check, finding)}: {wording.sentence(check, finding)}"
    return {
        "check_name": finding.rule,
        "description": text,
        "severity": _severity(finding),
        "fingerprint": fingerprint(finding),
        "location": {"path": check.config.name.replace("\\", "/"), "lines": {"begin": finding.line or 1}},
    }


def _severity(finding: Finding) -> str:
    """`major` where the check fails, `minor` for a warning, `info` for what is uncertain or could not be assessed."""
    if finding.fails:
        return "major"
    return "minor" if finding.verdict == "broken" else "info"
