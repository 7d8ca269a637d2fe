"""What an audit in which nothing stands out has shown all the same: which gaps it would have found, and ruled out."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.results import Audit, Detectable
from fairaudit.results.figures import by_label, confidence_level, detectable_sentence, gap_in_unit, sentence_list


def could_be_found(audit: Audit) -> str:
    """A sentence for each single attribute about the measure that is told first, and one on equivalence; empty where no
    measure was tested."""
    first = _first(audit)
    told = [detectable_sentence(each, audit.measures[each.measure]) for each in first if len(each.by) == 1]
    return " ".join([*told, *_equivalence(audit, [each for each in audit.detectable if _asked(audit, each, first)])])


def _asked(audit: Audit, one: Detectable, first: list[Detectable]) -> bool:
    """Whether it is said if groups are equal: in what is told first, and where someone named a margin, as of no share
    there is one by default."""
    named = audit.measures[one.measure].unit not in ("rate", "points")
    return len(one.by) == 1 and one.equivalent is not None and (one in first or named)


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
    """A sentence for every margin: for which measures gaps beyond it are ruled out."""
    of_margin: dict[str, list[Detectable]] = {}
    for each in asked:
        unit = audit.measures[each.measure].unit
        margin = gap_in_unit(each.margin, unit, long=True).replace(".0 ", " ")
        of_margin.setdefault(margin, []).append(each)
    for margin, measures in of_margin.items():
        yield _within(audit, margin, measures, "any of these" if len(of_margin) == 1 else _names(audit, measures))


def _within(audit: Audit, margin: str, asked: list[Detectable], everything: str) -> str:
    shown = [each for each in asked if each.equivalent]
    if not shown:
        return f"That groups are equal within {margin} is not shown for {everything}."
    others = "" if len(shown) == len(asked) else ", for the others it is not"
    certainty = f"with {confidence_level(audit.confidence)} certainty"
    return f"Gaps above {margin} are ruled out {certainty} for {_names(audit, shown)}{others}."


def _names(audit: Audit, measures: list[Detectable]) -> str:
    return sentence_list(f"{audit.measures[each.measure].label} by {by_label(each.by)}" for each in measures)
