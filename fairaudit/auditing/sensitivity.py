"""What an audit in which nothing stands out has shown all the same: which gaps it would have found, and ruled out."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.results import Audit, Detectable
from fairaudit.results.figures import by_label, detectable_sentence, points, sentence_list


def could_be_found(audit: Audit) -> str:
    """A sentence for each single attribute about the measure that is told first, and one on equivalence; empty where no
    measure was tested."""
    single = [each for each in _first(audit) if len(each.by) == 1]
    told = [detectable_sentence(each, audit.measures[each.measure]) for each in single]
    return " ".join([*told, *_equivalence(audit, [each for each in single if each.equivalent is not None])])


def _first(audit: Audit) -> list[Detectable]:
    """For each set of attributes the measure that is told first."""
    of_set: dict[tuple[str, ...], Detectable] = {}
    for each in sorted(audit.detectable, key=lambda one: _place(audit, one)):
        of_set.setdefault(tuple(each.by), each)
    return list(of_set.values())


def _place(audit: Audit, one: Detectable) -> tuple[int, int]:
    words = audit.measures[one.measure]
    return (10_000, 0) if words.headline is None else (words.headline, 0)


def _equivalence(audit: Audit, asked: list[Detectable]) -> Iterator[str]:
    if not asked:
        return
    shown = [each for each in asked if each.equivalent]
    margin = points(asked[0].margin, unit="percentage points").replace(".0 ", " ")
    certainty = f"with {100 * audit.confidence:g}% certainty"
    if not shown:
        yield f"That groups are equal within {margin} is not shown for any of these."
        return
    names = sentence_list(f"{audit.measures[each.measure].label} by {by_label(each.by)}" for each in shown)
    others = "" if len(shown) == len(asked) else ", for the others it is not"
    yield f"Gaps above {margin} are ruled out {certainty} for {names}{others}."
