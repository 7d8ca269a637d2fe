"""A result as one self-contained HTML page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fairaudit.report.document import document, pictures
from fairaudit.report.opening import Reported

if TYPE_CHECKING:
    from jinja2 import Environment


def render(result: Reported) -> str:
    """The result as one HTML page, the same bytes for the same result."""
    from markupsafe import Markup

    environment = _environment()
    style = environment.loader.get_source(environment, "style.css")[0]  # type: ignore[union-attr]
    drawn = {
        name: [
            {"caption": picture.caption, "title": picture.title, "svg": Markup(picture.svg)}  # noqa: S704  # ours
            for picture in some
        ]
        for name, some in pictures(result).items()
    }
    return environment.get_template("report.html.j2").render(
        **vars(document(result)),
        pictures=drawn,
        schema=result.schema,
        version=result.manifest.fairaudit,
        style=Markup(style),  # noqa: S704  # our own style sheet
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("fairaudit.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
