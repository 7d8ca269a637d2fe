"""Code blocks of a Markdown page, and the commands that they show."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A block with the name of its language."""
FILE = re.compile(r"# (?P<name>[\w./-]+\.toml)(?P<added>, at its end)?\b.*\n")
"""First line of a block that says which file it is, or is to be added to."""


@dataclass(frozen=True)
class Block:
    """A block of code."""

    language: str
    text: str
    line: int
    """Line of the page on which the code begins, from 1."""

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command: in a console block lines after ``$``, in a help page those of the program."""
        prompt = r"\$ " if self.language == "console" else r" +(?=fairaudit )"
        whole = self.text.replace("\\\n", " ")
        return [shlex.split(line, comments=True) for line in re.findall(rf"^{prompt}(\S.*)", whole, re.MULTILINE)]

    def write(self, folder: Path) -> None:
        """Put a block of a file where its first line says."""
        named = FILE.match(self.text)
        assert named, f"line {self.line}: the first line of a TOML block names its file, such as '# known.toml'"
        path = folder / named["name"]
        before = path.read_text(encoding="utf-8") if named["added"] else ""
        path.write_text(before + self.text, encoding="utf-8")


def blocks(page: Path) -> list[Block]:
    """The blocks of a page with a language, in their order."""
    text = page.read_text(encoding="utf-8")
    return [Block(fence[1], fence[2], text[: fence.start(2)].count("\n") + 1) for fence in FENCE.finditer(text)]
