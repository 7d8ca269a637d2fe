"""What carries the difference of a verdict, in sentences: factors of the model, else a surrogate of other columns."""

from __future__ import annotations

from collections.abc import Iterator

from fairaudit.auditing.family import SIGNIFICANT
from fairaudit.measures.catalogue import MEASURES
from fairaudit.results import Audit, FactorGap
from fairaudit.results.figures import by_label, count, gap_in_unit, percent, sentence_list, whom
from fairaudit.results.models import Surrogate
from fairaudit.results.verdict import Lead
from fairaudit.results.words import Unit, class_of
from fairaudit.text import clean

CANCELLED = 0.5
"""Share of what factors add to a distance from which on others are said to take most of it back."""
NAMED = 2
"""Columns that are named of those that a difference goes along with."""


def carried(audit: Audit, lead: Lead) -> Iterator[str]:
    """What carries the difference; nothing where neither a model nor another column is at hand."""
    if audit.attribution is not None:
        cell, of_class = lead.worse or lead.highest, class_of(lead.measure)[1]
        attribution = audit.attribution.classes.get(of_class or "", audit.attribution)
        gap = next((gap for gap in attribution.gaps if gap.cell == cell and gap.gap), None)
        if gap is not None and gap.contributions:
            yield by_factors(gap) if _predicted_apart(audit, lead) else _not_predicted(lead)
    elif audit.surrogate is not None:
        yield _by_surrogate(audit, lead, audit.surrogate)


def _predicted_apart(audit: Audit, lead: Lead) -> bool:
    """Whether mean predictions or decisions of the groups differ beyond chance: measures that need no outcome."""
    return any(
        gap.by == lead.by
        and gap.p_adjusted is not None
        and gap.p_adjusted <= SIGNIFICANT
        and "outcome" not in MEASURES[gap.measure].needs
        for gap in audit.disparities
        if gap.measure in MEASURES
    )


def _not_predicted(lead: Lead) -> str:
    """That factors carry nothing: the difference is in what happens beside the predictions."""
    return (
        f"Not said: on average the predictions do not differ by {by_label(lead.by)} beyond chance, so that there is no"
        " distance that factors carry."
    )


def by_factors(gap: FactorGap) -> str:
    """Which factors carry the predictions of the group away from the mean, in shares of the way."""
    assert gap.gap is not None
    share = {name: part / gap.gap for name, part in gap.contributions.items()}
    main = [name for name in sorted(share, key=lambda name: (-share[name], name))[:NAMED] if share[name] > 0]
    group, back = whom(gap.cell, gap.by, 60), -sum(part for part in share.values() if part < 0)
    if back > CANCELLED * sum(part for part in share.values() if part > 0):  # parts of what is left would mislead
        through, others = sentence_list(map(clean, main)), [name for name in share if share[name] < 0]
        told = (
            f"The predictions of {group} lie apart from the mean through {through}, and most of that is taken back"
            f" through {sentence_list(map(clean, sorted(others, key=lambda name: (share[name], name))[:NAMED]))}."
        )
    else:
        parts = sentence_list(f"{percent(share[name])} comes through {clean(name)}" for name in main)
        beyond = sum(share[name] for name in main) - 1
        others_back = f", while the others together take back {percent(beyond)}" if beyond > 0 else ""
        told = f"Of the distance of the predictions of {group} from the mean, {parts}{others_back}."
    return f"{told} That shows the way of the model, not a cause."


def _by_surrogate(audit: Audit, lead: Lead, surrogate: Surrogate) -> str:
    """The gap in parts that add up to it, in its direction; or that the other columns tell too little."""
    itself = _told_by_themselves(audit, surrogate)
    if not surrogate.columns:
        return f"Not said: there is no other column.{itself}"
    passed = f" ({count(surrogate.passed_over)} more were not looked at)" if surrogate.passed_over else ""
    several = "1 other column" if surrogate.columns == 1 else f"{count(surrogate.columns)} other columns"
    share = f"explains {percent(surrogate.explained)} of the variance within groups"
    if surrogate.remainder is None:
        chance = ", no more than chance may in so few rows" if surrogate.explained < surrogate.by_chance else ""
        return (
            f"Not said: a surrogate, a sum over {several}{passed}, {share}{chance}, too little to tell what goes along"
            f" with the gap.{itself}"
        )
    words = audit.measures[surrogate.measure]
    of_measure = "" if surrogate.measure == lead.measure else f" in the {words.label}"
    parts = sentence_list(_parts(surrogate, surrogate.remainder, words.unit))
    gap = gap_in_unit(abs(surrogate.gap), words.unit, long=True)
    return (
        f"Of the gap of {gap}{of_measure}, {parts}, by a surrogate: a sum over {several}{passed}, which {share}. That"
        f" is what goes along with it, not a cause.{itself}"
    )


def _parts(surrogate: Surrogate, remainder: float, unit: Unit) -> Iterator[str]:
    """The parts of a gap, signed so that those in its direction are above 0: the two largest by name, then the rest."""
    way = -1.0 if surrogate.gap < 0 else 1.0
    parts = {name: way * part for name, part in surrogate.contributions.items()}
    main = sorted(parts, key=lambda name: (-parts[name], name))[:NAMED]
    for place, name in enumerate(main):
        yield f"{clean(name)} {'' if place else 'goes along '}with {_amount(parts[name], unit)}"
    if len(parts) > len(main):
        others = sum(part for name, part in parts.items() if name not in main)
        yield f"the other columns with {_amount(others, unit)}"
    yield f"{'nothing else' if len(parts) == 1 else 'none of them'} with {_amount(way * remainder, unit)}"


def _amount(part: float, unit: Unit) -> str:
    """A part without its unit, which stands at the gap."""
    return gap_in_unit(part, unit).removesuffix(" pp")


def _told_by_themselves(audit: Audit, surrogate: Surrogate) -> str:
    """Which columns are left out because they say what is measured again."""
    names = [clean(name) for name in surrogate.told_by_themselves]
    if not names:
        return ""
    tell = ("tells", "itself") if len(names) == 1 else ("tell", "themselves")
    return (
        f" Left out: {sentence_list(names)}, which {tell[0]} the {audit.prediction.subject}s nearly by {tell[1]}, made"
        " of them or into them."
    )
