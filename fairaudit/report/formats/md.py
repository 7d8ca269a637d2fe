"""A result as a Markdown document (GitHub's dialect)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from fairaudit.report.document import document
from fairaudit.report.opening import Reported
from fairaudit.report.sections import Content
from fairaudit.report.table import Column, Entry, Table

if TYPE_CHECKING:
    from jinja2 import Template

_SPECIAL = re.compile(r"[\\`*_\[\]|~$#!]")
_LINE_START = re.compile(r"^(?=-|\+(?:\s|$)|=+$)")
_NUMBERED = re.compile(r"^(\d+)(?=[.)](?:\s|$))")


class Raw(str):
    """Text that is Markdown already; everything else is escaped on its way out."""


def render(result: Reported) -> str:
    """The result as one Markdown document, the same bytes for the same result."""
    content = document(result)
    return _template().render(**vars(content) | {"first": _said(content.first), "sections": _said(content.sections)})


def _said(sections: dict[str, Content]) -> list[Content]:
    """Sections that are more than pictures."""
    return [section for section in sections.values() if section.tables or section.items]


def escape(value: object) -> str:
    """Text in which nothing is markup: no HTML, emphasis, link, mention, table border, formula or heading."""
    if isinstance(value, Raw):
        return value
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = " ".join(text.splitlines())
    text = _SPECIAL.sub(r"\\\g<0>", text)
    text = text.replace("@", "&#64;").replace("://", "&#58;//")
    text = re.sub(r"(?i)\b(www)\.", r"\1&#46;", text)
    return _NUMBERED.sub(r"\1\\", _LINE_START.sub(r"\\", text.strip()))


def table(value: Table) -> Raw:
    """A table with its footnotes."""
    rule = "|".join("---:" if column.numeric else ":---" for column in value.columns)
    lines = [_line(_heading(column) for column in value.columns), f"|{rule}|"]
    lines += [_line(map(_entry, row)) for row in value.rows]
    notes = [f"{escape(f'[{index}]')} {escape(text)}" for index, text in enumerate(value.footnotes, 1)]
    return Raw("\n".join(lines) + ("\n\n" + "  \n".join(notes) if notes else ""))


def _line(fields: Iterable[str]) -> str:
    return "| " + " | ".join(fields) + " |"


def _heading(column: Column) -> str:
    return escape(column.title) or " "


def _entry(entry: Entry) -> str:
    text = escape(entry.text) + (" " + escape(f"[{entry.note}]") if entry.note else "")
    if entry.strong and text:
        text = f"**{text}**"
    return text + (f" ({escape(entry.detail)})" if entry.detail else "")


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # Escaping is the default: what is not Raw passes `escape`. HTML autoescape would be the wrong dialect.
    environment = Environment(
        loader=PackageLoader("fairaudit.report", "templates"),
        autoescape=False,  # noqa: S701
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["table"] = table
    return environment.get_template("report.md.j2")
