"""The check as a Code Quality report for GitLab: findings in the merge request and on the lines of the configuration.

The format is that of GitLab's documentation ("Code Quality report format"): an array of objects. It has no place for
what is tolerated or kept, so waived and kept findings are left out. Whom no finding speaks of is an issue of its own.
"""

from __future__ import annotations

import hashlib
from typing import Any

from fairaudit.gate import wording
from fairaudit.gate.formats import fingerprint
from fairaudit.report import wording as w
from fairaudit.results.check import Check, Checked, Finding
from fairaudit.results.json import dumps

APART = "left-out"
"""What the issue of groups is called that no finding speaks of."""


def render(check: Check) -> str:
    """The findings that are not kept, as a JSON array in their order, and then whom none speaks of; an empty one where
    all is kept by all."""
    reported = [finding for finding in check.findings if finding.verdict != "kept" and finding.waived is None]
    apart = [(data, remark) for data in check.data for remark in wording.remarks(check, data)]
    issues = [_issue(check, finding) for finding in reported]
    return dumps(issues + [_remark(check, data, remark) for data, remark in apart])


def _issue(check: Check, finding: Finding) -> dict[str, Any]:
    text = f"{w.clean(finding.data)}: {wording.title(check, finding)}: {wording.sentence(check, finding)}"
    return {
        "check_name": finding.rule,
        "description": text,
        "severity": _severity(finding),
        "fingerprint": fingerprint(finding),
        "location": {"path": check.config.name.replace("\\", "/"), "lines": {"begin": finding.line or 1}},
    }


def _remark(check: Check, data: Checked, remark: str) -> dict[str, Any]:
    """Whom no finding speaks of; the same issue from run to run while it is of the same kind."""
    kind = remark.removeprefix(f"{w.clean(data.name)}: ").partition(":")[0].partition(" since")[0]
    parts = (APART, data.name, kind)
    return {
        "check_name": APART,
        "description": remark,
        "severity": "info",
        "fingerprint": hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32],
        "location": {"path": check.config.name.replace("\\", "/"), "lines": {"begin": 1}},
    }


def _severity(finding: Finding) -> str:
    """`major` where the check fails, `minor` for a warning, `info` for what is uncertain or could not be assessed."""
    if finding.fails:
        return "major"
    return "minor" if finding.verdict == "broken" else "info"
