"""The families of outcomes, one file each; a new file is a new family.

The names are those of the files, so that options and help know them without importing any. A file holds a `Family` that
is called like it, with a capital.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from fairaudit.errors import OptionError

if TYPE_CHECKING:
    from fairaudit.models.family import Family

FAMILIES = tuple(sorted(module.name for module in iter_modules(__path__)))
"""Names of the families."""


def kind(text: str) -> type[Family]:
    """The class of the family of that name, with or without a number: what holds at any number of classes."""
    name = str(text).partition(":")[0]
    if name not in FAMILIES:
        raise OptionError(f"family '{name}' is unknown; choose one of {', '.join(FAMILIES)}")
    found: type[Family] = getattr(import_module(f"{__name__}.{name}"), name.capitalize())
    return found


def family(text: str, power: float = 1.5, classes: int = 2) -> Family:
    """The family of that name.

    Args:
        text: one of `FAMILIES`, with its number where it has one: ``tweedie:1.3``.
        power: p of the Tweedie family, 1 to 3, where the text has no number; ignored by the others.
        classes: number of classes K of the ordinal and multinomial families; ignored by the others.
    """
    _, colon, number = str(text).partition(":")
    try:
        own = float(number) if colon else None
    except ValueError as error:
        raise OptionError(f"family '{text}': '{number}' is no number") from error
    return kind(text).of(own, power, classes)


def classifiers(*, ordered: bool = True) -> tuple[str, ...]:
    """Names of the families whose outcome is a class, those of ordered classes among them or not."""
    return tuple(name for name in FAMILIES if kind(name).labels and (ordered or not kind(name).ordered))


def of_task(task: str) -> tuple[str, ...]:
    """Names of the families that fit the outcomes of a task, the usual one first."""
    able = [name for name in FAMILIES if task in kind(name).tasks]
    return tuple(sorted(able, key=lambda name: kind(name).usual != task))
