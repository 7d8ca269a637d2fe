"""What an explanation concludes: which factors matter, whether models agree, what carries the gaps, what stands in."""

from __future__ import annotations

from msgspec import structs

from fairaudit.auditing.carried import by_factors
from fairaudit.chance.simultaneous import holm
from fairaudit.results.explanation import Explanation, PooledModel
from fairaudit.results.figures import carried_by_few, cell_label, count, number, percent, sentence_list
from fairaudit.results.verdict import Conclusion
from fairaudit.text import clean

NAMED = 2
"""Factors that are named."""
SIGNIFICANT = 0.05
"""Adjusted p-values up to here are told."""


def with_conclusion(explanation: Explanation) -> Explanation:
    """The explanation with its verdict."""
    verdict = Conclusion.of(
        ("beware", _beware(explanation)),
        ("factors", _factors(explanation)),
        ("agree", _agree(explanation)),
        ("what carries it", _carried(explanation.models[0])),
        ("stand-ins", _stand_ins(explanation)),
        ("left out", _left_out(explanation)),
    )
    return structs.replace(explanation, verdict=verdict)


def _heard(explanation: Explanation) -> list[PooledModel]:
    """The models that have a say."""
    return [model for model in explanation.models if model.included]


def _beware(explanation: Explanation) -> str | None:
    best, warnings = explanation.models[0], []
    if best.gain is not None and best.gain <= 0:
        warnings.append("No model predicts better than a constant, so what they say of the factors may be chance.")
    for model in _heard(explanation):
        if few := carried_by_few(model.attribution.carried):
            warnings.append(f"In {clean(model.name)} {few}.")
    return " ".join(warnings) or None


def _factors(explanation: Explanation) -> str:
    """The factors of most importance, with their share in each model that has a say."""
    heard = _heard(explanation)
    named = []
    for name in explanation.factors[:NAMED]:
        shares = [f"{percent(model.importance[name])} in {clean(model.name)}" for model in heard]
        named.append(f"{clean(name)}, {sentence_list(shares)}")
    more = len(explanation.factors) - len(named)
    others = f"; {count(more)} more share the rest" if more else ""
    return f"Of all that moves the predictions of rows: {'; then '.join(named)}{others}."


def _agree(explanation: Explanation) -> str | None:
    """On how many pairs of factors the models agree, beyond what new rows and a new fit would change."""
    heard, total = _heard(explanation), len(explanation.factors) * (len(explanation.factors) - 1) // 2
    if not total:
        return None
    pairs = f"{count(len(explanation.relations))} of {count(total)} pairs of factors"
    if len(heard) == 1:
        return f"Only {clean(heard[0].name)} predicts well enough to be asked; it is sure of the order of {pairs}."
    crossed = max((pair.contradicted or 0.0 for pair in explanation.pairs), default=0.0)
    against = (
        "on none they contradict each other"
        if not crossed
        else f"on up to {percent(crossed)} two contradict each other"
    )
    left = [clean(model.name) for model in explanation.models if not model.included]
    unasked = f" {sentence_list(left)} predicts clearly worse and was not asked." if len(left) == 1 else ""
    return (
        f"{sentence_list(clean(model.name) for model in heard)} are sure of the same order of {pairs}, beyond what new"
        f" rows and a new fit would change; {against}.{unasked}"
    )


def _carried(best: PooledModel) -> str | None:
    """The group that lies farthest from the mean, and the factor that carries most of it."""
    gaps = [gap for gap in best.attribution.gaps if len(gap.by) == 1 and gap.gap]
    if not gaps:
        return None
    gap = max(gaps, key=lambda each: abs(each.gap or 0.0))
    group = f"{cell_label(gap.cell, gap.by, 60)} ({clean(gap.by[0])})"
    if not gap.beyond_chance:
        return f"In {clean(best.name)} no group lies clear of the mean: {group} lies farthest, which may be chance."
    side = "above" if (gap.gap or 0.0) > 0 else "below"
    return f"In {clean(best.name)} {group} lies farthest from the mean, {side} it. {by_factors(gap)}"


def _stand_ins(explanation: Explanation) -> str | None:
    """The factor that tells most about each protected attribute, beyond chance."""
    tested = [proxy for proxy in explanation.proxies if proxy.dcor_sq is not None and proxy.p_value is not None]
    adjusted = dict(
        zip(map(id, tested), holm([proxy.p_value for proxy in tested if proxy.p_value is not None]), strict=True)
    )
    named = []
    for attribute in explanation.protected:
        mine = [proxy for proxy in tested if proxy.attribute == attribute.name and adjusted[id(proxy)] <= SIGNIFICANT]
        if mine:
            best = max(mine, key=lambda proxy: proxy.dcor_sq or 0.0)
            named.append(f"about {clean(attribute.name)} {clean(best.factor)} ({number(best.dcor_sq)})")
    if not named:
        return "No factor tells about a protected attribute beyond chance." if tested else None
    return f"Most of all factors tell {sentence_list(named)}, in squared distance correlation: 0 is nothing, 1 all."


def _left_out(explanation: Explanation) -> str | None:
    dropped = sum(explanation.rows.dropped.values())
    if not dropped:
        return None
    reasons = sentence_list(f"{clean(reason)} ({count(n)})" for reason, n in sorted(explanation.rows.dropped.items()))
    return f"{count(dropped)} of {count(explanation.rows.read)} rows were not used: {reasons}."
