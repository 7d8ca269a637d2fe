"""Distributions: one scale for all groups, and the mean as a line."""

from __future__ import annotations

import msgspec
from example import binary, count
from pictures import texts

from fairaudit.report.sections import distributions


def test_a_group_without_a_mean_says_so():
    audit = binary()
    groups = [
        msgspec.structs.replace(g, mean_prediction=None, interval=None) if g.by == ["sex"] else g for g in audit.groups
    ]
    picture = distributions.picture(msgspec.structs.replace(audit, groups=groups), ["sex"], "x")
    assert sum("not" in text for text in texts(picture.svg)) >= 2


def test_each_attribute_with_a_distribution_has_a_picture():
    keys = [picture.key for picture in distributions.pictures(binary())]
    assert keys == [f"distributions-chart-{place}" for place in (1, 2, 3)]
    assert distributions.content(count()) is None
    assert list(distributions.pictures(count())) == []
