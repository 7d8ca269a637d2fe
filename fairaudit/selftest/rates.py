"""Rates of groups: documented examples of fairlearn and R, and of papers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from fairaudit.auditing.run import audit
from fairaudit.chance.equality import equal_shares
from fairaudit.chance.fourfold import fisher, risk_ratio_limits
from fairaudit.chance.laws.shares import exact_limits, score_limits
from fairaudit.options import Options
from fairaudit.selftest.case import Case
from fairaudit.streams import Stream

TITLE = "rates of groups"
FAIRLEARN = "fairlearn, user guide, Performing a Fairness Assessment, and Common fairness metrics"
GROUP = list("bbabbcccaacabccbcc")
OUTCOME = [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1]
DECISION = [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0]
BY_GROUP = {
    "tpr": ("0.5", "0.6", "0.4"),
    "fpr": ("1.000000", "0.000000", "0.666667"),
    "selection_rate": ("0.75", "0.50", "0.50"),
}
GAPS = {"tpr": "0.20", "fpr": "1.00", "selection_rate": "0.25", "equalized_odds": "1.0"}
RATIOS = {"tpr": "0.666667", "selection_rate": "0.666667"}
SMOKERS, PATIENTS = (83.0, 90.0, 129.0, 70.0), (86.0, 93.0, 136.0, 82.0)
TABLES = 99_999
"""Tables drawn behind the p-value of the smokers."""


def cases() -> Iterator[Case]:
    """fairlearn's eighteen people; Koopman's, Fisher's and Fleiss's examples."""
    yield from _fairlearn()
    x, n, x_ref, n_ref = (np.array([each]) for each in (36.0, 40.0, 16.0, 80.0))
    low, high = risk_ratio_limits(x, n, x_ref, n_ref, 0.025)
    koopman = "Koopman 1984, doi:10.2307/2531405, 36 of 40 against 16 of 80"
    yield Case("risk ratio, lower limit", koopman, "2.94", float(low[0]))
    yield Case("risk ratio, upper limit", koopman, "7.15", float(high[0]))
    yield Case("Fisher's test, tea tasting", "R, ?fisher.test, TeaTasting: 34/70", "0.4857", fisher(3, 4, 1, 4))
    yield from _fleiss()


def _fairlearn() -> Iterator[Case]:
    people = pd.DataFrame({"g": GROUP, "y": OUTCOME, "d": DECISION})
    options = Options(bootstrap=0, permutations=0, min_group=1)
    measured = audit(people, decision="d", target="y", protected="g", options=options)
    for measure, published in BY_GROUP.items():
        for group, value in zip(measured.groups, published, strict=True):
            ours = group.measures[measure].value
            yield Case(f"{measure} of {group.cell['g']}", FAIRLEARN, value, np.nan if ours is None else ours)
    gaps = {gap.measure: gap for gap in measured.disparities}
    for measure, value in GAPS.items():
        yield Case(f"{measure}, difference", FAIRLEARN, value, gaps[measure].value or 0.0)
    for measure, value in RATIOS.items():
        yield Case(f"{measure}, ratio", FAIRLEARN, value, gaps[measure].ratio or 0.0)


def _fleiss() -> Iterator[Case]:
    """The smokers of four groups of patients; their p-value is Pearson's in R, and of shuffled tables here."""
    rng = Stream.SELF_TEST.generator(0)
    ours = equal_shares(np.array(SMOKERS), np.array(PATIENTS), TABLES, rng).p_value
    source = "R, ?prop.test, smokers (Fleiss 1981, p. 139): X² = 12.6, p = 0.005585"
    why = "R takes the χ² law, where so few did not smoke that an audit shuffles"
    yield Case("equal shares, p-value", source, "0.005585", ours, 0.5, why)
    share, size = np.array([0.0, 81 / 263]), np.array([20.0, 263.0])
    newcombe = "Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I"
    score, exact = score_limits(share, size, 0.025), exact_limits(share, size, 0.025)
    for name, limits, published in (
        ("Wilson, 81 of 263", (score[0][1], score[1][1]), ("0.2553", "0.3662")),
        ("Clopper–Pearson, 81 of 263", (exact[0][1], exact[1][1]), ("0.2527", "0.3676")),
        ("Wilson, 0 of 20", (score[0][0], score[1][0]), ("0.0000", "0.1611")),
        ("Clopper–Pearson, 0 of 20", (exact[0][0], exact[1][0]), ("0.0000", "0.1684")),
    ):
        for end, ours, value in zip(("lower", "upper"), limits, published, strict=True):
            yield Case(f"{name}, {end} limit", newcombe, value, float(ours))
