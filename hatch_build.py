"""What the build adds to the metadata: the README with links that lead somewhere from any page that shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE = re.compile(r"\]\((?![a-z]+:|#)([^)]+)\)")
"""The target of a link in Markdown that is no URL and no place on the same page."""


class AbsoluteLinks(MetadataHookInterface):
    """The README as the project's description, files of the repository named by their addresses there."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field `readme`."""
        files = metadata["urls"]["Repository"] + "/blob/main/"
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": RELATIVE.sub(rf"]({files}\1)", text)}
