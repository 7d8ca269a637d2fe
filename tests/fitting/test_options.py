"""Options of a fit that have no meaning, or do not fit the outcome, are refused."""

from __future__ import annotations

import pytest

import fairaudit as fa
from fairaudit.errors import OptionError
from fairaudit.fitting.options import check_task, family_for
from fairaudit.models import families


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test_size": 0}, "test-size is 0"),
        ({"test_size": 1}, "test-size is 1"),
        ({"test_size": float("nan")}, "test-size is nan"),
        ({"strength": 1.0, "reduce": 50.0}, r"give FitOptions\(strength=…\) or FitOptions\(reduce=…\), not both"),
        ({"strength": -1.0}, "strength is -1; it must be 0 or more"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"strength": float("inf")}, "strength is inf"),
        ({"reduce": 100.0}, "reduce is 100"),
        ({"reduce_dcor": 0.0}, "reduce-dcor is 0; it must lie between 0 and 100 per cent"),
        (
            {"reduce_dcor": 50.0, "reduce": 50.0},
            r"give .*\(reduce=…\) or .*\(reduce_dcor=…\), not both",
        ),
        (
            {"penalty": "none", "reduce": 50.0},
            r"penalty none takes no .*\(strength=…\) or goal such as",
        ),
        (
            {"max_loss": 1.0, "max_deviance": 1.0},
            r"give .*\(max_loss=…\) or .*\(max_deviance=…\), not both",
        ),
        ({"max_deviance": -1.0}, "max-deviance is -1; it must be 0 per cent or more"),
        ({"strength": "x"}, "strength is 'x'; a number is needed"),
        ({"penalty": 3}, "penalty is 3; text is needed"),
        ({"model": "forest"}, "model 'forest' is unknown; choose one of glm, boosting, network"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        fa.FitOptions(**options)


def test_the_options_of_a_fit_are_options(compas):
    with pytest.raises(OptionError, match=r"fitting is of type dict; write fitting=fairaudit.FitOptions\(...\)"):
        fa.fit(compas, target="two_year_recid", protected="sex", fitting={"strength": 1.0})


@pytest.mark.parametrize(
    ("fitting", "message"),
    [
        ({"family": "poisson"}, "family poisson does not fit the task binary; choose one of binomial"),
        (
            {"family": "beta"},
            "family 'beta' is unknown; choose one of binomial, gamma, gaussian, multinomial, ordinal, poisson",
        ),
        ({"group_weight": "alike"}, "group-weight 'alike' is unknown; there are size, equal"),
        ({"penalize": "odds"}, "penalize 'odds' is unknown; there are prediction, decision"),
    ],
)
def test_a_family_or_aim_that_does_not_fit_is_refused(compas, fitting, message):
    with pytest.raises(OptionError, match=message):
        fa.fit(compas, target="two_year_recid", protected=["sex"], fitting=fa.FitOptions(**fitting))


def test_only_binary_outcomes_have_decisions_to_penalise():
    with pytest.raises(OptionError, match="penalize decision is for binary outcomes; the task is regression"):
        check_task(fa.FitOptions(penalize="decision"), "regression")


@pytest.mark.parametrize("task", ["binary", "count", "regression", "ordinal", "multiclass"])
def test_the_usual_family_of_a_task_is_its_first(task):
    able = families.of_task(task)
    assert family_for(task, None) == able[0]
    assert [family_for(task, family) for family in able] == list(able)


def test_an_aim_of_the_penalty_needs_a_penalty():
    with pytest.raises(OptionError, match="group-weight and penalize are of the penalty, and it is none"):
        check_task(fa.FitOptions(penalty="none", group_weight="equal"), "binary")
