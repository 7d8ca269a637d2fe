"""COMPAS as several tests audit it."""

from __future__ import annotations

import pandas as pd

import fairaudit as fa

QUICK = fa.Options(bootstrap=30, permutations=19)
NONE = fa.Options(bootstrap=0, permutations=0)
COMPAS = {
    "prediction": "decile_score",
    "target": "two_year_recid",
    "decision": "score_text=Medium,High",
    "protected": ["race", "sex", "age:bins=25,45"],
}
AGES = ["18–24", "25–44", "45–96"]


def with_bands(frame):
    return frame.assign(age=pd.cut(frame["age"], [17, 24, 44, 96], labels=AGES).astype(str))


def groups_by(audit, *by):
    return {tuple(group.cell[name] for name in by): group for group in audit.groups if group.by == list(by)}


def gap(audit, measure, *by):
    (found,) = [each for each in audit.disparities if (each.measure, each.by) == (measure, list(by))]
    return found
