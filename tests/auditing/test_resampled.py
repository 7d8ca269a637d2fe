"""Replicates and shuffles: what a seed changes, and what is left out where nothing is drawn or asked."""

from __future__ import annotations

from audited_compas import COMPAS, NONE

import fairaudit as fa


def test_another_seed_changes_intervals_but_no_value(audited, compas):
    other = fa.audit(compas, **COMPAS, options=fa.Options(bootstrap=30, permutations=19, seed=1))
    assert other != audited
    for one, two in zip(audited.groups, other.groups, strict=True):
        assert {name: m.value for name, m in one.measures.items()} == {
            name: m.value for name, m in two.measures.items()
        }
    assert [each.value for each in audited.disparities] == [each.value for each in other.disparities]
    assert audited.dependence.ccdcov.biased == other.dependence.ccdcov.biased


def test_without_resampling_there_are_values_and_no_intervals(compas):
    audit = fa.audit(compas, **COMPAS, options=NONE)
    text = audit.to_json()
    assert fa.from_json(text) == audit
    assert {group.interval for group in audit.groups} == {None}
    assert {each.p_value for each in audit.disparities} == {None}
    assert audit.dependence.ccdcov.p_value is None
    for each in audit.divergence:
        assert each.value is not None
        assert (each.floor, each.why) == (None, "the floor needs permutations (--permutations)")


def test_what_is_asked_for_alone_is_the_same_number_and_nothing_else_is_measured():
    from fairaudit.auditing.run import audit_table
    from fairaudit.data.datasets import load_dataset
    from fairaudit.data.table import role_table

    compas = load_dataset("compas")
    table, options = role_table(compas.frame, compas.roles), fa.Options(bootstrap=50, permutations=19)
    whole = audit_table(table, compas.source, compas.roles, options)
    part = audit_table(table, compas.source, compas.roles, options, asked=frozenset({"equalized_odds", "dcov"}))
    plain = {(gap.measure, tuple(gap.by)): (gap.value, gap.interval, gap.bounds) for gap in whole.disparities}
    assert {gap.measure for gap in part.disparities} == {"tpr", "fpr", "equalized_odds"}
    for gap in part.disparities:
        assert (gap.value, gap.interval, gap.bounds) == plain[gap.measure, tuple(gap.by)]
    assert part.divergence == part.distributions == []
    assert [each.interval for each in part.dependence.dcov] == [each.interval for each in whole.dependence.dcov]
