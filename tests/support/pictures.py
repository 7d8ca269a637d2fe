"""What is drawn: all pictures of a report, and the words in one."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable

from fairaudit.report.document import pictures
from fairaudit.report.drawing import Picture
from fairaudit.report.opening import Reported

SVG = "{http://www.w3.org/2000/svg}"


def drawn(result: Reported) -> list[Picture]:
    """All pictures of a report, in its order."""
    return [picture for some in pictures(result).values() for picture in some]


def named(drawings: Iterable[Picture], key: str) -> str:
    """The SVG of one of some pictures; those after it are not drawn."""
    return next(picture.svg for picture in drawings if picture.key == key)


def texts(svg: str) -> list[str]:
    """The words in a picture."""
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]
