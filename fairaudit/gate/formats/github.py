"""The check as GitHub annotations: workflow commands on the lines of the configuration.

GitHub shows at most ten errors and ten warnings of a step; the last one says how many more there are.
"""

from __future__ import annotations

from fairaudit.gate import wording
from fairaudit.report import wording as w
from fairaudit.results.check import Check, Finding

MOST = 10
"""Annotations of one kind that GitHub shows for a step."""


def render(check: Check) -> str:
    """Workflow commands, one a line; nothing where all is kept by all groups."""
    by_kind: dict[str, list[Finding]] = {"error": [], "warning": []}
    for finding in check.findings:
        if finding.fails:
            by_kind["error"].append(finding)
        elif finding.verdict == "broken" and finding.waived is None:
            by_kind["warning"].append(finding)
    lines = [line for kind, findings in by_kind.items() for line in _commands(check, kind, findings)]
    place = f"file={_property(check.config.name)},title=fairaudit"
    lines += [f"::notice {place}::{_data(remark)}" for data in check.data for remark in wording.remarks(check, data)]
    return "".join(f"{line}\n" for line in lines)


def _commands(check: Check, kind: str, findings: list[Finding]) -> list[str]:
    shown = findings if len(findings) <= MOST else findings[: MOST - 1]
    lines = [_command(check, kind, finding) for finding in shown]
    if len(shown) < len(findings):
        more = f"and {len(findings) - len(shown)} more: the job summary has all of them"
        lines.append(f"::{kind} file={_property(check.config.name)},title=fairaudit::{_data(more)}")
    return lines


def _command(check: Check, kind: str, finding: Finding) -> str:
    place = f"file={_property(check.config.name)}"
    if finding.line is not None:
        place += f",line={finding.line}"
    title = _property(f"{finding.rule} {w.shorten(finding.data, 40)}")
    text = _data(f"{wording.title(check, finding)}: {wording.sentence(check, finding)}")
    return f"::{kind} {place},title={title}::{text}"


def _data(text: str) -> str:
    """Text of a command: what would end it or the line, escaped as the runner's own toolkit does it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(w.clean(text)).replace(":", "%3A").replace(",", "%2C")
