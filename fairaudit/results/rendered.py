"""The one door from a result to its renderers."""

from __future__ import annotations

from importlib import import_module

from fairaudit.results.json import render
from fairaudit.results.values import Result


class Rendered(Result, frozen=True):
    """A result that can be read: as JSON, as a Markdown document, as a page, on a terminal.

    The renderers stand above the results and read them; a result knows of them by name only, when it is asked.
    """

    def to_json(self) -> str:
        """The result as JSON, keys sorted, two spaces of indent, a newline at the end; `from_json` gives it back."""
        return render(self)

    def to_markdown(self) -> str:
        """The result as a Markdown document."""
        return _report("markdown", self)

    def to_html(self) -> str:
        """The result as one self-contained HTML page."""
        return _report("html", self)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return _report("terminal", self, width=100)


def _report(format: str, result: Rendered, **layout: int) -> str:
    text: str = import_module(f"fairaudit.report.{format}").render(result, **layout)
    return text
