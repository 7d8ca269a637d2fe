"""The check as one self-contained HTML page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fairaudit.gate import wording
from fairaudit.report import wording as w
from fairaudit.report.sections.verdict import answered
from fairaudit.results.check import Check

if TYPE_CHECKING:
    from jinja2 import Environment


def render(check: Check) -> str:
    """The check as one HTML page: the verdict, then the findings, those that fail first."""
    from markupsafe import Markup

    environment = _environment()
    style = environment.loader.get_source(environment, "style.css")[0]  # type: ignore[union-attr]
    findings = []
    for finding in wording.in_order(check.findings)[::-1]:
        waiver = wording.waiver(check, finding)
        findings.append(
            {
                "label": wording.label(finding),
                "fails": finding.fails,
                "rule": finding.rule,
                "data": w.clean(finding.data),
                "title": wording.title(check, finding),
                "sentence": wording.sentence(check, finding),
                "waiver": wording.waiver_sentence(waiver) if waiver else "",
            }
        )
    return environment.get_template("check.html.j2").render(
        status=wording.outcome(check),
        counts=wording.counts(check),
        exit_status=check.status,
        config=w.clean(check.config.name),
        data=[
            {
                "name": w.clean(data.name),
                "source": w.clean(data.source.name),
                "sha256": data.source.sha256 or "",
                "rows": w.count(data.rows.used),
                "notes": [w.clean(note) for note in data.notes],
            }
            for data in check.data
        ],
        verdict=answered(check.verdict),
        findings=findings,
        schema=check.schema,
        version=check.manifest.fairaudit,
        style=Markup(style),  # noqa: S704  # our own style sheet
    )


@cache
def _environment() -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader(
            [PackageLoader("fairaudit.gate", "templates"), PackageLoader("fairaudit.report", "templates")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
