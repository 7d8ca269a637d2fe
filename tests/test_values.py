"""Values are frozen, named field by field, and equal by what they hold where that can be compared at all."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

import fairaudit

PACKAGE = Path(fairaudit.__file__).parent
PARTS = sorted(
    {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")} - {"__main__"}
)
CHANGING = {
    # what is learnt or built step by step
    "fairaudit.engines.Known",
    "fairaudit.report.table.Footnotes",
    "fairaudit.models.learners.phase.Phase",
    "fairaudit.models.guides.steering.Steering",
    # estimators as scikit-learn has them, whose parameters are set
    "fairaudit.models.boosting.PenalizedBoosting",
    "fairaudit.models.glm.PenalizedGLM",
    "fairaudit.models.estimator.PenalizedEstimator",
    "fairaudit.models.network.PenalizedNetwork",
    "fairaudit.models.options.ModelOptions",
}
"""Classes that are no values, each group with its reason."""
ARRAYS = {"Floats", "Ints", "Flags", "NDArray", "ndarray", "Vector", "DataFrame", "Series", "csr_array", "RoleTable"}
"""Types of which two cannot be held to be equal or not."""


def classes(part: str) -> Iterator[type]:
    """The classes that a part of the package defines."""
    paths = sorted((PACKAGE / part).rglob("*.py")) if (PACKAGE / part).is_dir() else [PACKAGE / f"{part}.py"]
    for path in paths:
        name = ".".join(["fairaudit", *path.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")
        yield from (
            each for each in vars(import_module(name)).values() if isinstance(each, type) and each.__module__ == name
        )


def called(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


@pytest.mark.parametrize("part", PARTS)
def test_a_value_never_changes(part):
    for cls in classes(part):
        if issubclass(cls, msgspec.Struct):
            assert cls.__struct_config__.frozen, called(cls)
        elif is_dataclass(cls):
            assert cls.__dataclass_params__.frozen == (called(cls) not in CHANGING), called(cls)


@pytest.mark.parametrize("part", PARTS)
def test_the_fields_of_a_stored_value_are_always_named(part):
    for cls in classes(part):
        if issubclass(cls, msgspec.Struct) and not cls.__struct_config__.array_like:
            assert cls.__match_args__ == (), called(cls)


@pytest.mark.parametrize("part", PARTS)
def test_what_holds_arrays_is_equal_to_itself_alone(part):
    """Else two of them could not be compared: numpy has no one answer."""
    for cls in classes(part):
        if is_dataclass(cls) and cls.__dataclass_params__.eq:
            names = {name for field in fields(cls) for name in re.findall(r"\w+", without_functions(str(field.type)))}
            held = (vars(sys.modules[cls.__module__]).get(name) for name in names)
            alone = {one.__name__ for one in held if is_dataclass(one) and not one.__dataclass_params__.eq}
            assert not names & ARRAYS | alone, called(cls)


def without_functions(words: str) -> str:
    """A type without the functions in it, which are equal to themselves alone and may be compared."""
    return re.sub(r"Callable\[\[[^\]]*\], [^\]]*\]", "", words)
