"""What a fairer or guided model took away, and at what price, in sentences that say no more than their intervals."""

from __future__ import annotations

from fairaudit.results.audit import Audit
from fairaudit.results.figures import MINUS, confidence_level, number
from fairaudit.results.models import Model
from fairaudit.results.reduction import Reduction
from fairaudit.results.values import Interval

LEAST_DIGITS = 1
MOST_DIGITS = 6
"""Decimals of a per cent."""


def name_of(audit: Audit) -> str:
    """What the model is called beside the plain one: ``fairer``, or ``guided`` where it has no penalty."""
    return "fairer" if audit.model is None or audit.model.penalty != "none" else "guided"


def reduction_of(audit: Audit, measure: str, by: list[str]) -> Reduction | None:
    """How much of a measure was taken away; None where that was not measured."""
    return next((each for each in audit.reductions if (each.measure, each.by) == (measure, by)), None)


def taken_away(reduction: Reduction, what: str, confidence: float) -> str:
    """How much was taken away: only where the interval says that something was.

    Args:
        reduction: of a measure.
        what: its words, such as ``the joint dependence``.
        confidence: coverage of the interval.
    """
    ends = f"from {number(reduction.plain)} to {number(reduction.fair)} on the held-out rows"
    if reduction.percent is None:
        return f"There was nothing to remove: {what} went {ends}, and the plain model's is no more than chance gives."
    if reduction.interval is None:
        why = reduction.why or "its error was not measured"
        return f"Whether the fairer model lowers {what} cannot be told: it went {ends}, and {why}."
    sure = f"{confidence_level(confidence)} interval {_ends(reduction.interval)}"
    if reduction.interval[1] <= 0:
        return f"The penalty did not help: {what} went {ends}, {_percent(-reduction.percent)} more ({sure})."
    if reduction.interval[0] <= 0:
        taken = _percent(reduction.percent)
        return f"Whether the fairer model lowers {what} cannot be told: it went {ends}, {taken} less ({sure})."
    if reduction.percent >= 100:
        return f"The fairer model leaves nothing of {what} that is more than chance, {ends} ({sure})."
    return f"The fairer model removes {_percent(reduction.percent)} ({sure}) of {what}, {ends}."


def split_of(reduction: Reduction) -> str:
    """How much of a reduction is shrinkage and how much less correlation; nothing where there is no reduction."""
    interval, total = reduction.interval, reduction.total
    if reduction.spread is None or interval is None or interval[0] <= 0:
        return ""
    apart = f"Its predictions lie {number(reduction.spread)} times as far apart as the plain model's"
    what = "of their correlation (dCor²)" if reduction.measure in ("ccdcov", "dcov") else "per spread of them"
    if reduction.dcor_percent is None or total is None or reduction.shrinkage is None:
        return f"{apart}."
    if reduction.dcor_percent <= 0:
        more = _percent(-reduction.dcor_percent)
        return f"{apart}, and {what} there is {more} more: the reduction is shrinkage alone."
    sure = "" if reduction.dcor_interval is None else f" ({_ends(reduction.dcor_interval)})"
    gone = f"{apart}; {what} {_percent(reduction.dcor_percent)}{sure} is gone"
    share = reduction.shrinkage / total
    if share <= 0:
        return f"{gone}, so that none of the reduction is shrinkage."
    return f"{gone}, so that {_percent(100 * share)} of the reduction, in logarithms, is shrinkage."


def same_as_plain(audit: Audit) -> str:
    """Why the fairer model is the plain one, without a full stop; empty where it is not, or nothing was compared."""
    model = audit.model
    if model is None or not audit.comparison or any(change.change for change in audit.comparison):
        return ""
    if model.strength != 0:
        return f"the penalty, at λ = {number(model.strength)}, changes no prediction"
    if (model.reduce_asked, model.reduce_dcor_asked) == (None, None):
        return "the strength of the penalty is 0"
    return "on training rows that were not fitted on, the plain model shows no dependence over its noise floor"


def price_of(audit: Audit) -> str:
    """What the model costs: points of D², the share of the constant model's deviance that a model explains.

    Nothing is called a price, or a gain, that the interval does not part from 0.
    """
    price, name = audit.price, name_of(audit)
    if price is None or price.points is None:
        why = "it was not measured" if price is None else price.why
        return f"What the {name} model costs is not known: {why}."
    known, digits = price.points_interval, _digits(price.points)
    sure = "" if known is None else f" ({confidence_level(audit.confidence)} interval {_ends(known, digits)})"
    size, explained = f"{price.points:.{digits}f} points of D²{sure}".replace("-", MINUS), _explained(audit, digits)
    if known == (0.0, 0.0):
        return f"It costs nothing: {explained}."
    if known is not None and known[1] < 0:
        return f"It costs nothing, its price being {size}: {explained}."
    if known is not None and known[0] <= 0:
        return f"Whether it costs anything cannot be told, its price being {size}: {explained}."
    return f"Its price is {size}: {explained}{_share(audit)}."


def _explained(audit: Audit, digits: int) -> str:
    """What the two models explain of the deviance, in per cent with so many decimals."""
    models: list[Model | None] = [audit.plain.model if audit.plain else None, audit.model]
    shares = [None if model is None or model.test is None else model.test.share for model in models]
    plain, fair = ("an unknown share" if share is None else f"{100 * share:.{digits}f}%" for share in shares)
    return f"it explains {fair} of the deviance, the plain model {plain}".replace("-", MINUS)


def _share(audit: Audit) -> str:
    """The price as a share of what the plain model explains; nothing where that explains nothing."""
    price = audit.price
    if price is None or price.share is None or price.share <= 0:
        return ""
    sure = "" if price.interval is None else f" ({_ends(price.interval)})"
    return f", so that {_percent(price.share)}{sure} of what that explains is given up"


def _digits(points: float) -> int:
    """Decimals of a per cent by which a difference of so many points is seen, to two figures."""
    if not points:
        return LEAST_DIGITS
    size = abs(points)
    return next((digits for digits in range(LEAST_DIGITS, MOST_DIGITS) if size >= 10.0 ** (1 - digits)), MOST_DIGITS)


def _percent(value: float) -> str:
    """Per cent in whole numbers, and with figures of its own below ten and close to a hundred."""
    if abs(value) < 9.95:
        return f"{value:.2g}%".replace("-", MINUS)
    return (f"{value:.1f}%" if 99 < value < 100 else f"{value:,.0f}%").replace("-", MINUS)


def _ends(bounds: Interval, digits: int | None = None) -> str:
    """``86% to 95%``; of points with so many decimals."""
    if digits is None:
        return " to ".join(_percent(bound) for bound in bounds)
    return " to ".join(f"{bound:.{digits}f}".replace("-", MINUS) for bound in bounds)
