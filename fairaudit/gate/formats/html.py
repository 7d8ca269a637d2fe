"""The check as one self-contained HTML page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fairaudit.gate import wording
from fairaudit.report import wording as w
from fairaudit.results.check import Check

if TYPE_CHECKING:
    from jinja2 import Environment


def render(check: Check) -> str:
    """The check as one HTML page, failing findings first."""
    from markupsafe import Markup

    environment = _environment()
    style = environment.loader.get_source(environment, "style.css")[0]  # type: ignore[union-attr]
    findings = []
    for each in wording.in_order(check.findings)[::-1]:
        waiver = wording.waiver(check, each)
        findings.append(
            {
                "label": wording.label(each),
                "fails": each.fails,
                "rule": each.rule,
                "data": w.clean(each.data),
                "title": wording.title(check, each),
                "sentence": wording.sentence(check, each),
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
                "name": w.clean(each.name),
                "source": w.clean(each.source.name),
                "sha256": each.source.sha256 or "",
                "rows": w.count(each.rows.used),
                "remarks": wording.remarks(check, each),
                "notes": [w.clean(note) for note in each.notes],
            }
            for each in check.data
        ],
        findings=findings,
        schema=check.schema,
        version=check.manifest.fairaudit,
        style=Markup(style),
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
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
