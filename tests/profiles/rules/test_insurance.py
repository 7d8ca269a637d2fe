"""Premiums and claims by group, against sums by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fairaudit as fa

QUICK = fa.Options(bootstrap=0, permutations=0)


@pytest.fixture
def policies():
    rng = np.random.default_rng(3)
    n = 400
    years = rng.uniform(0.2, 1.0, n).round(2)
    sex = rng.choice(["f", "m"], n)
    expected = (years * rng.uniform(0.05, 0.3, n)).round(4)
    return pd.DataFrame({"sex": sex, "e": years, "premium": expected, "claims": rng.poisson(expected * 1.3)})


def values(audit, name):
    return {row.cell["sex"]: row.values[name] for row in audit.rule.tables[0].rows}


def audited(frame, **given):
    return fa.audit(frame, prediction="premium", protected="sex", profile="insurance", options=QUICK, **given)


def test_means_are_per_exposure_and_a_to_e_is_the_ratio_of_sums(policies):
    audit = audited(policies, target="claims", exposure="e")
    sums = policies.groupby("sex")[["e", "premium", "claims"]].sum()
    total = policies[["e", "premium"]].sum()
    mean = sums["premium"] / sums["e"]
    assert values(audit, "mean") == pytest.approx(mean.to_dict())
    assert values(audit, "relativity") == pytest.approx((mean / (total["premium"] / total["e"])).to_dict())
    assert values(audit, "actual") == pytest.approx((sums["claims"] / sums["e"]).to_dict())
    assert values(audit, "actual_expected") == pytest.approx((sums["claims"] / sums["premium"]).to_dict())
    assert values(audit, "share") == pytest.approx((sums["e"] / total["e"]).to_dict())
    assert values(audit, "policies") == policies["sex"].value_counts().to_dict()


def test_amounts_without_exposure_are_per_row(policies):
    frame = policies.assign(claims=policies["claims"] * 1234.5)
    audit = audited(frame, target="claims", task="regression")
    sums = frame.groupby("sex")[["premium", "claims"]].sum()
    assert values(audit, "actual_expected") == pytest.approx((sums["claims"] / sums["premium"]).to_dict())
    assert values(audit, "mean") == pytest.approx(frame.groupby("sex")["premium"].mean().to_dict())
    assert "no exposure is named" in audit.rule.statements[-2]


def test_without_claims_there_is_no_a_to_e(policies):
    audit = audited(policies)
    assert [column.name for column in audit.rule.tables[0].columns] == ["policies", "share", "mean", "relativity"]
    assert "--target" in audit.rule.statements[0]


def test_a_low_premium_is_good_unless_the_user_says_otherwise(policies):
    assert audited(policies).favourable == "low"
    assert audited(policies, favourable="high").favourable == "high"


def test_what_has_no_premium_is_refused(policies):
    with pytest.raises(fa.RoleError, match="prediction='NAME'"):
        fa.audit(policies, target="claims", protected="sex", profile="insurance", options=QUICK)
