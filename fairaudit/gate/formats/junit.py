"""The check as JUnit XML, as Jenkins, GitLab and others read it: one suite for each of the data, one case a finding."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from fairaudit.gate import wording
from fairaudit.report import wording as w
from fairaudit.results.check import Check, Checked, Finding

NOT_XML = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})


def render(check: Check) -> str:
    """The check as one XML document.

    A finding that makes the check fail is a failure, or an error where nothing could be assessed; other findings that
    could not be assessed are skipped. Warnings, waivers and uncertain findings pass and are told in the case's output.
    Groups that no verdict speaks of are told in the output of the suite.
    """
    root = ET.Element("testsuites", {"name": "fairaudit check", **_counts(check.findings), "time": "0"})
    for data in check.data:
        root.append(_suite(check, data))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(check: Check, data: Checked) -> ET.Element:
    findings = [finding for finding in check.findings if finding.data == data.name]
    skipped = sum(finding.verdict == "unmeasured" and not finding.fails for finding in findings)
    suite = ET.Element(
        "testsuite", {"name": _text(data.name), **_counts(findings), "skipped": str(skipped), "time": "0"}
    )
    for finding in findings:
        suite.append(_case(check, finding))
    if remarks := wording.remarks(check, data):
        ET.SubElement(suite, "system-out").text = _text("\n".join(remarks))
    return suite


def _counts(findings: list[Finding]) -> dict[str, str]:
    failing = [finding.verdict for finding in findings if finding.fails]
    errors = failing.count("unmeasured")
    return {"tests": str(len(findings)), "failures": str(len(failing) - errors), "errors": str(errors)}


def _case(check: Check, finding: Finding) -> ET.Element:
    name = f"{finding.rule} {wording.title(check, finding)} ({finding.against} {finding.bound:g})"
    case = ET.Element("testcase", {"name": _text(name), "classname": f"fairaudit.{_text(finding.data)}", "time": "0"})
    sentence = _text(wording.sentence(check, finding))
    if finding.fails:
        kind = "error" if finding.verdict == "unmeasured" else "failure"
        ET.SubElement(case, kind, {"message": sentence, "type": finding.rule}).text = f"{_text(name)}\n{sentence}"
    elif finding.verdict == "unmeasured":
        ET.SubElement(case, "skipped", {"message": sentence})
    else:
        waiver = wording.waiver(check, finding)
        more = f"\n{_text(wording.waiver_sentence(waiver))}" if waiver is not None else ""
        ET.SubElement(case, "system-out").text = f"{wording.label(finding)}: {sentence}{more}"
    return case


def _text(text: str) -> str:
    """Text of which every character is allowed in XML 1.0."""
    return w.clean(text).translate(NOT_XML)
