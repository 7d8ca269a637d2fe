"""What is said of a search for subgroups: which one stands out, and how far none can lie from all people."""

from __future__ import annotations

from fairaudit.auditing.family import SIGNIFICANT
from fairaudit.results import Audit, Subgroup, SubgroupBound, SubgroupSearch, Words
from fairaudit.results.figures import (
    conditions_label,
    confidence_level,
    count,
    gap_in_unit,
    in_unit,
    interval,
    number,
    p_clause,
    sentence_list,
)
from fairaudit.text import clean

USUAL = 500
"""Size beside the smallest one for which a sentence states the limit: large enough for a limit that says something."""
LABEL = 40
"""Most characters of a level."""


def standing_out(audit: Audit) -> list[SubgroupSearch]:
    """The searches whose clearest subgroup stands out from chance."""
    searches = [] if audit.subgroups is None else audit.subgroups.searches
    return [search for search in searches if search.p_adjusted is not None and search.p_adjusted <= SIGNIFICANT]


def sentence(audit: Audit) -> str | None:
    """What the search says of the measure in which a subgroup stands out most: who it is, and the limit that holds for
    all subgroups; None where nothing was searched."""
    if audit.subgroups is None or not audit.subgroups.searches:
        return None
    search = max(audit.subgroups.searches, key=lambda each: max((abs(one.score) for one in each.worst), default=-1.0))
    words = audit.measures.get(search.measure) or Words(label=search.measure, short=search.measure)
    if search.why is not None:
        return f"No {words.label} was searched: {search.why}."
    return f"{_clearest(audit, search, words)} {_bound(audit, search, words)}"


def _among(audit: Audit, search: SubgroupSearch) -> str:
    assert audit.subgroups is not None
    names = sentence_list(map(clean, audit.subgroups.over))
    if len(audit.subgroups.over) > 1:
        whole = "both" if len(audit.subgroups.over) == 2 else "all"
        every = audit.subgroups.depth == len(audit.subgroups.over)
        names = f"{whole if every else f'up to {audit.subgroups.depth}'} of {names}"
    people = f"{count(search.subgroups)} subgroups of at least {count(audit.subgroups.fewest)} people"
    return f"{people} by {names}" if search.subgroups != 1 else f"the one subgroup that is large enough by {names}"


def _clearest(audit: Audit, search: SubgroupSearch, words: Words) -> str:
    among = _among(audit, search)
    if not search.worst:
        return f"Of {among} none is worse off in {words.label} than the people outside it."
    first = search.worst[0]
    who = conditions_label(first.cell, audit.subgroups.over if audit.subgroups else (), LABEL)
    figures = (
        f"{who}: {in_unit(first.value, words.unit)} of {count(first.n)} people"
        if words.unit == "rate"
        else f"{who}: {in_unit(first.value, words.unit)} for {count(first.n)} people"
    )
    figures += f" against {in_unit(search.overall, words.unit)} of all{_compared(audit, search, first, words)}"
    role = "stands out most" if search.side == "both" else "is most clearly worse off"
    if search in standing_out(audit):
        return f"Of {among} the one that {role} in {words.label} is {figures}."
    tested = "" if search.p_value is None else " from chance"
    verb = f"stands out{tested}" if search.p_value is not None else "was tested against chance"
    return f"In {words.label} none of {among} {verb}; the nearest to it is {figures}."


def _compared(audit: Audit, search: SubgroupSearch, first: Subgroup, words: Words) -> str:
    if first.compared is None:
        return ""
    if search.contrast == "ratio":
        told, ends = f"{number(first.compared)} times", interval(first.interval)
    else:
        told = f"{gap_in_unit(abs(first.compared), words.unit)} {'less' if first.compared < 0 else 'more'}"
        ends = interval(first.interval, words.unit, gap=True)
    inside = [f"{_certainty(audit)} interval {ends}, for all subgroups at once"] if ends else []
    p_value = first.p_value if search.p_adjusted is None else search.p_adjusted
    inside += [] if p_value is None else [f"{'' if search.p_adjusted is None else 'adjusted '}{p_clause(p_value)}"]
    return f", {told}" + (f" ({'; '.join(inside)})" if inside else "")


def _certainty(audit: Audit) -> str:
    return confidence_level(audit.confidence)


def _bound(audit: Audit, search: SubgroupSearch, words: Words) -> str:
    """The limit for the smallest subgroups of which anything is certain, and for larger ones."""
    certain = [bound for bound in search.bounds if _says(search, bound)]
    if not certain:
        return f"For no size of subgroups is a limit of the {words.label} certain."
    first = certain[0]
    text = f"With {_certainty(audit)} certainty no subgroup of at least {count(first.people)} people has"
    text += f" {'an' if words.label[0] in 'aeiou' else 'a'} {words.label} {_limit(search, first, words)}"
    if first is not search.bounds[0]:
        text += "; of smaller ones nothing is certain"
    larger = next((bound for bound in certain if bound.people >= USUAL and bound.people > 2 * first.people), None)
    if larger is not None and (larger.low, larger.high) != (first.low, first.high):
        text += f", and none of at least {count(larger.people)} people {_limit(search, larger, words)}"
    return f"{text}."


def _says(search: SubgroupSearch, bound: SubgroupBound) -> bool:
    """Whether a limit excludes anything."""
    ends = [end for end in (bound.low, bound.high) if end is not None]
    return bool(ends) and (search.contrast == "difference" or bound.low is None or bound.low > 0)


def _limit(search: SubgroupSearch, bound: SubgroupBound, words: Words) -> str:
    def told(end: float) -> str:
        if search.contrast == "ratio":
            return f"{number(end)} times that of all"
        return f"{gap_in_unit(abs(end), words.unit)} {'below' if end < 0 else 'above'} that of all"

    if search.contrast == "ratio":
        parts = [f"below {told(bound.low)}"] if bound.low is not None else []
        parts += [f"above {told(bound.high)}"] if bound.high is not None else []
        return " or ".join(parts)
    parts = [f"more than {told(min(bound.low, 0.0))}"] if bound.low is not None else []
    parts += [f"more than {told(max(bound.high, 0.0))}"] if bound.high is not None else []
    return " or ".join(parts)
