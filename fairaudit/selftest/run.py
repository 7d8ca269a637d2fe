"""Every published case, computed anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules

from fairaudit import selftest as chapters
from fairaudit.arrays import Step
from fairaudit.auditing.manifest import versions
from fairaudit.results.figures import count, sentence_list
from fairaudit.results.selftest import CheckedCase, SelfTest
from fairaudit.results.verdict import Conclusion
from fairaudit.selftest.case import Case

NO_CHAPTERS = ("case", "run", "tables")
NAMED = 5
"""Numbers that are named of those that differ."""


def chapter_names() -> list[str]:
    """Modules that are chapters, by name."""
    return [module.name for module in iter_modules(chapters.__path__) if module.name not in NO_CHAPTERS]


def selftest(step: Step = lambda _: None) -> SelfTest:
    """Published numbers beside those that this installation computes, with the digits that agree.

    Args:
        step: told the name of each chapter as it begins.
    """
    checked: list[CheckedCase] = []
    for name in chapter_names():
        module = import_module(f"{chapters.__name__}.{name}")
        step(f"computing {module.TITLE}")
        checked += _checked(module.TITLE, module.cases())
    agreed = sum(case.agrees for case in checked)
    return SelfTest(
        status=0 if agreed == len(checked) else 1,
        agreed=agreed,
        cases=checked,
        verdict=conclusion(checked),
        manifest=versions({}, 0),
    )


def conclusion(cases: Sequence[CheckedCase]) -> Conclusion:
    """Whether all cases agree, and which do not."""
    apart = [case.name for case in cases if not case.agrees]
    if not apart:
        told = f"All {count(len(cases))} published numbers agree in the digits that are needed."
    else:
        others = " and others" if len(apart) > NAMED else ""
        told = (
            f"{count(len(apart))} of {count(len(cases))} published numbers differ:"
            f" {sentence_list(apart[:NAMED])}{others}. Please report this with the versions in --json."
        )
    return Conclusion.of(("agreed", told))


def _checked(chapter: str, cases: Iterator[Case]) -> Iterator[CheckedCase]:
    """The cases of a chapter; where one fails, it and those behind it are one case that disagrees."""
    try:
        for case in cases:
            yield _one(chapter, case)
    except Exception as error:  # a fault in one chapter must not hide the others
        yield CheckedCase(
            chapter=chapter,
            name="the cases that follow",
            source="",
            published="",
            ours=None,
            digits=0.0,
            needed=1.0,
            agrees=False,
            why=f"they could not be computed: {type(error).__name__}: {error}",
        )


def _one(chapter: str, case: Case) -> CheckedCase:
    finite = case.ours == case.ours and abs(case.ours) != float("inf")
    return CheckedCase(
        chapter=chapter,
        name=case.name,
        source=case.source,
        published=case.published,
        ours=float(case.ours) if finite else None,
        digits=round(case.digits, 2),
        needed=case.required,
        agrees=case.digits >= case.required,
        why=case.why,
    )
