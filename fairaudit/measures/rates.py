"""Rates of decisions and outcomes in groups."""

from __future__ import annotations

import numpy as np

from fairaudit.arrays import Flags
from fairaudit.measures.measure import EVERY, ROWS, Basis, Measure, Proposal
from fairaudit.measures.view import Share, View

POSITIVE = Basis("rows with a positive outcome", lambda view: view.rows(view.positive), "rows of {}")
NEGATIVE = Basis(
    "rows with a negative outcome", lambda view: view.rows(~view.positive), "rows of other classes than {}"
)
DECIDED = Basis("rows with a positive decision", lambda view: view.rows(view.decided), "rows predicted as {}")
DECLINED = Basis("rows with a negative decision", lambda view: view.rows(~view.decided))


def decided(view: View) -> Flags:
    """Segments with a positive decision."""
    return view.decided


def positive(view: View) -> Flags:
    """Segments with a positive outcome."""
    return view.positive


def negative(view: View) -> Flags:
    """Segments with a negative outcome."""
    return ~view.positive


def declined(view: View) -> Flags:
    """Segments with a negative decision."""
    return ~view.decided


def _agrees(view: View) -> Flags:
    """Segments whose decision is the outcome; an expected level decides for the one nearest to it."""
    if view.table.task == "ordinal":
        return np.equal(np.round(view.of_line(view.table.value)), view.of_line(view.table.outcome))
    if view.table.classes:
        return np.equal(view.of_line(view.table.decision), view.of_line(view.table.outcome))
    return np.equal(view.positive, view.decided)


_ACCURACY = Share(_agrees)

RATES = (
    Measure(
        name="selection_rate",
        number=1,
        label="selection rate",
        short="selected",
        about="share of the group that is selected (decision yes)",
        plain="share with {decision}",
        formula="P(d = 1 given g)",
        by_class="share predicted as {}",
        unit="rate",
        better=None,
        good="favourable",
        tasks=EVERY,
        needs=("decision",),
        statistics=("gap", "ratio", "group", "standardised", "subgroup"),
        headline={"binary": 0, "count": 0, "regression": 0, "ordinal": 0},
        pictured=("binary",),
        compared=True,
        proposals=(
            Proposal("gap", 0.1, "How far the shares of yes may lie apart between groups. Ten points are common."),
            Proposal(
                "ratio",
                0.8,
                "The lowest share of the decision that is good for a person (of yes, where nobody says which) to the"
                " highest: the four-fifths rule of thumb, 29 CFR 1607.4 D.",
            ),
        ),
        searched=True,
        of_groups=Share(decided),
        basis=ROWS,
    ),
    Measure(
        name="fpr",
        number=3,
        label="false positive rate",
        short="FPR",
        about="share selected among those with outcome 0",
        plain="share with {decision} among those without {outcome}",
        formula="P(d = 1 given y = 0, g)",
        by_class="false positive rate of {}",
        unit="rate",
        better="lower",
        good="favourable",
        tasks=("binary",),
        needs=("decision", "outcome"),
        statistics=("gap", "ratio", "group", "standardised", "subgroup"),
        headline={"binary": 1},
        pictured=("binary",),
        compared=True,
        searched=True,
        of_groups=Share(decided, negative),
        basis=NEGATIVE,
    ),
    Measure(
        name="tpr",
        number=2,
        label="true positive rate",
        short="TPR",
        about="share selected among those with outcome 1",
        plain="share with {decision} among those with {outcome}",
        formula="P(d = 1 given y = 1, g)",
        by_class="recall of {}",
        unit="rate",
        better="higher",
        good="favourable",
        tasks=("binary",),
        needs=("decision", "outcome"),
        statistics=("gap", "ratio", "group", "standardised", "subgroup"),
        headline={"binary": 2},
        pictured=("binary",),
        compared=True,
        searched=True,
        of_groups=Share(decided, positive),
        basis=POSITIVE,
    ),
    Measure(
        name="fnr",
        number=4,
        label="false negative rate",
        about="share not selected among those with outcome 1",
        plain="share without {decision} among those with {outcome}",
        formula="P(d = 0 given y = 1, g) = 1 − TPR, whose gap it mirrors",
        unit="rate",
        better="lower",
        good="opposed",
        tasks=("binary",),
        needs=("decision", "outcome"),
        statistics=("group",),
        of_groups=Share(declined, positive),
        basis=POSITIVE,
    ),
    Measure(
        name="ppv",
        number=5,
        label="precision",
        about="share with outcome 1 among those selected (positive predictive value)",
        plain="share with {outcome} among those with {decision}",
        formula="P(y = 1 given d = 1, g)",
        by_class="precision of {}",
        unit="rate",
        better="higher",
        tasks=("binary",),
        needs=("decision", "outcome"),
        statistics=("gap", "ratio", "group"),
        headline={"binary": 3},
        of_groups=Share(positive, decided),
        basis=DECIDED,
    ),
    Measure(
        name="npv",
        number=18,
        label="negative predictive value",
        short="NPV",
        about="share with outcome 0 among those not selected",
        plain="share without {outcome} among those without {decision}",
        formula="P(y = 0 given d = 0, g)",
        unit="rate",
        better="higher",
        tasks=("binary",),
        needs=("decision", "outcome"),
        statistics=("gap", "ratio", "group"),
        of_groups=Share(negative, declined),
        basis=DECLINED,
    ),
    Measure(
        name="fdr",
        number=19,
        label="false discovery rate",
        short="FDR",
        about="share with outcome 0 among those selected",
        plain="share without {outcome} among those with {decision}",
        formula="P(y = 0 given d = 1, g) = 1 − precision, whose gap it mirrors",
        unit="rate",
        better="lower",
        tasks=("binary",),
        needs=("decision", "outcome"),
        statistics=("group",),
        of_groups=Share(negative, decided),
        basis=DECIDED,
    ),
    Measure(
        name="accuracy",
        number=6,
        label="accuracy",
        about="share of decisions that agree with the outcome",
        formula="P(d = y given g); for an ordinal outcome d is the level nearest to f",
        unit="rate",
        better="higher",
        good="quality",
        tasks=("binary", "multiclass"),
        tasks_overall=("ordinal",),
        needs=("decision", "outcome"),
        statistics=("gap", "ratio", "group", "overall"),
        headline={"binary": 7, "multiclass": 4},
        of_groups=_ACCURACY,
        of_rows=_ACCURACY,
    ),
    Measure(
        name="equalized_odds",
        number=7,
        label="equalised odds",
        about="the larger of the gaps in true and false positive rate",
        formula="the larger of the gaps of `tpr` and `fpr` (Hardt, Price, Srebro 2016)",
        unit="rate",
        better="lower",
        tasks=("binary",),
        needs=("decision", "outcome"),
        statistics=("gap",),
        compared=True,
        proposals=(
            Proposal("gap", 0.1, "How far the rates of error may lie apart between groups. Ten points are common."),
        ),
        largest_of=("tpr", "fpr"),
    ),
    Measure(
        name="base_rate",
        number=8,
        label="observed rate",
        about="share of the group with outcome 1; a fact of the data",
        plain="share with {outcome}",
        formula="P(y = 1 given g)",
        by_class="observed share of {}",
        unit="rate",
        better=None,
        good="favourable",
        tasks=("binary",),
        needs=("outcome",),
        statistics=("gap", "ratio", "group", "standardised", "subgroup"),
        proposals=(
            Proposal("gap", 0.1, "How far the outcomes may lie apart between groups. Ten points are common."),
            Proposal("ratio", 0.8, "The lowest share of the outcome to the highest: four fifths, as of decisions."),
        ),
        searched=True,
        of_groups=Share(positive),
    ),
)
"""In the order of tables."""
