"""What a result concludes: answers to the questions that people ask of it, in the order in which they ask.

Every result that stands by itself has them, first on its pages and last on a terminal. Those of an audit say whether
groups differ, who is worse off, by how much, how surely, and what carries it.
"""

from __future__ import annotations

from typing import Literal

from fairaudit.results.values import Cell, Count, Interval, Probability, Result

FOUR_FIFTHS = 0.8
"""Ratio of selection rates below which the rule of thumb of the Uniform Guidelines (29 CFR 1607.4 D, 1978) speaks."""
Question = Literal[
    "differ",
    "who",
    "how much",
    "how sure",
    "what carries it",
    "within strata",
    "what was gained",
    "which strength",
    "subgroups",
    "beware",
    "left out",
    "could be found",
    "kept",
    "broken",
    "worse",
    "who gains",
    "factors",
    "agree",
    "stand-ins",
    "people",
    "agreed",
    "unchanged",
]
ASKED: dict[Question, str] = {
    "beware": "Beware:",
    "differ": "Do groups differ?",
    "who": "Who is worse off?",
    "how much": "By how much?",
    "how sure": "How sure is that?",
    "what carries it": "What carries it?",
    "within strata": "And within strata?",
    "what was gained": "What was gained?",
    "which strength": "Which strength?",
    "subgroups": "Which subgroups?",
    "left out": "Left out:",
    "could be found": "Which gaps would be found?",
    "kept": "Are the limits kept?",
    "broken": "What is broken?",
    "worse": "Did it get worse?",
    "who gains": "Who gains, who loses?",
    "factors": "Which factors matter most?",
    "agree": "Do the models agree?",
    "stand-ins": "What tells about the groups?",
    "people": "And the gap asked for?",
    "agreed": "Do the numbers agree?",
    "unchanged": "Is all as it was?",
}
"""Question → how it is asked."""


class Answer(Result, frozen=True, kw_only=True):
    """One question and its answer, in a sentence or two that agree with the numbers of the result."""

    question: Question
    """`differ`, `who`, `how much`, `how sure`, `what carries it`; `within strata`: whether it is there also among
    people with the same value of the admissible column, where one was named; `what was gained`: by a fairer model
    against the plain one; `subgroups`: what a search over combinations of attributes says; `beware`: why all else may
    be beside the point; `left out`: which people the answers are not about; `could be found`, where nothing stands out:
    which gaps would have; `which strength`: how a calibration chose. Of a check `kept`, `broken`, and as of a
    comparison `worse`: whether anything changed for the worse beyond chance; `who gains`. Of an explanation `factors`,
    `agree`, and `stand-ins`: which factors tell about the protected attributes. Of a plan `people`: how many a gap
    needs; of a self-test `agreed`; of a verification `unchanged`."""
    text: str
    """The answer."""


class Lead(Result, frozen=True, kw_only=True):
    """The difference that the verdict is about: of those beyond chance the one that concerns most people."""

    measure: str
    """Name of the measure."""
    by: list[str]
    """The attributes that form the groups."""
    worse: Cell | None
    """The group that is worse off; None where it is not known which way is good for a person."""
    against: Cell | None
    """The group that it is compared with: the reference that was named, else the best-off one; None as for `worse`."""
    highest: Cell
    """Of the two groups the one with the higher value."""
    lowest: Cell
    """The other."""
    gap: float
    """Higher − lower value of the two groups."""
    ratio: float | None
    """Lower / higher value, where the measure is a rate; of a decision the ratio of the favourable rates, where it is
    known which is favourable."""
    persons: float | None
    """People of the worse-off group who would have to be treated otherwise for its rate to be that of the other; None
    where the measure is no rate."""
    of: Count
    """People of that group whom the measure is about."""
    p_adjusted: Probability
    """Of the measure in all groups, corrected for all tests of the audit."""
    bounds: Interval | None
    """Interval of the largest gap between any two of the groups, all pairs at once."""


class Conclusion(Result, frozen=True, kw_only=True):
    """What a result concludes."""

    answers: list[Answer]
    """In the order in which people ask."""

    @classmethod
    def of(cls, *answers: tuple[Question, str | None]) -> Conclusion:
        """The answers that there are; a question without one is not asked."""
        return Conclusion(answers=[Answer(question=asked, text=text) for asked, text in answers if text])


class Verdict(Conclusion, frozen=True, kw_only=True):
    """What an audit concludes."""

    differ: Literal["yes", "not shown", "not tested"]
    """Whether a difference between groups stands out from chance after correction for all tests."""
    tested: Count
    """Differences between groups that were tested."""
    beyond_chance: Count
    """Those that stand out."""
    lead: Lead | None
    """The difference that is told; None where none stands out."""
