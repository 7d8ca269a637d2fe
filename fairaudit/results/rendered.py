"""The one door from a result to its renderers."""

from __future__ import annotations

from importlib import import_module
from typing import ClassVar

from fairaudit.results.json import render
from fairaudit.results.values import Result


class Rendered(Result, frozen=True):
    """A result that stands by itself: as JSON with a schema, and on a terminal.

    The renderers stand above the results and read them; a result knows of them by name only, when it is asked.
    """

    terminal: ClassVar[str] = "fairaudit.report.terminal"
    """Module that lays it out for a terminal."""

    def to_json(self) -> str:
        """The result as JSON, keys sorted, two spaces of indent, a newline at the end; `from_json` gives it back."""
        return render(self)

    def __str__(self) -> str:
        return _text(self.terminal, self, width=100)


class Document(Rendered, frozen=True):
    """A result that can be read as a document, too: as Markdown, and as a page."""

    markdown: ClassVar[str] = "fairaudit.report.formats.md"
    """Module that lays it out as Markdown."""
    page: ClassVar[str] = "fairaudit.report.formats.html"
    """Module that lays it out as a page."""

    def to_markdown(self) -> str:
        """The result as a Markdown document."""
        return _text(self.markdown, self)

    def to_html(self) -> str:
        """The result as one self-contained HTML page."""
        return _text(self.page, self)

    def _repr_html_(self) -> str:
        return self.to_html()


def _text(module: str, result: Rendered, **layout: int) -> str:
    text: str = import_module(module).render(result, **layout)
    return text
