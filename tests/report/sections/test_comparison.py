"""Plain against fair: what got better, at which price, and both ends in their unit."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import msgspec
import pytest
from example import binary
from pictures import SVG, texts

from fairaudit.auditing.gains import gained
from fairaudit.report.document import findings
from fairaudit.report.sections import comparison
from fairaudit.report.sections.comparison import is_better
from fairaudit.results import Audit, Reduction


def replaced(value, **changes):
    return msgspec.structs.replace(value, **changes)


def with_comparison(**changes) -> Audit:
    """The binary example whose comparison is the joint dependence alone, changed."""
    audit = binary()
    joint = next(change for change in audit.comparison if change.measure == "ccdcov")
    return replaced(audit, comparison=[replaced(joint, **changes)])


def test_the_first_sentences_say_what_got_better_at_which_price_and_what_got_worse():
    first, second, *_ = findings(binary())
    assert first.startswith("On these rows the joint dependence (CCdCov²) over its noise floor is lower, from 0.00264")
    assert "how sure that is was not measured. Performance: accuracy 67.1% → 66.4%" in first
    assert second.startswith("In places the fairer model is worse on these rows, which was not tested: calibration gap")


def with_reduction(**values) -> Audit:
    """The binary example with how sure the change of the joint dependence is."""
    audit = binary()
    joint = next(change for change in audit.comparison if change.measure == "ccdcov")
    by = [attribute.name for attribute in audit.protected]
    known = Reduction(measure="ccdcov", by=by, penalised=True, plain=joint.plain, fair=joint.fair, **values)
    return replaced(audit, comparison=[joint], reductions=[known])


def test_a_reduction_is_told_with_its_interval_and_what_of_it_is_shrinkage():
    values = {"percent": 65.0, "interval": (52.0, 78.0), "spread": 0.8, "total": -1.05, "shrinkage": -0.223}
    told = findings(with_reduction(**values, dcor_percent=56.0, dcor_interval=(40.0, 72.5)))
    assert told[0].startswith("The fairer model removes 65% (95% interval 52% to 78%) of the joint dependence")
    assert "0.800 times as far apart as the plain model's; of their correlation (dCor²) 56%" in told[0]
    assert "so that 21% of the reduction, in logarithms, is shrinkage." in told[0]


@pytest.mark.parametrize("interval", [(-6.0, 107.0), None], ids=["around nothing", "unbounded"])
def test_what_may_be_chance_is_not_called_a_reduction(interval):
    audit = with_reduction(percent=65.0, interval=interval, why=None if interval else "it is not clear of chance")
    assert findings(audit)[0].startswith("Whether the fairer model lowers the joint dependence (CCdCov²)")
    assert "removes" not in " ".join(findings(audit))
    assert [row[-1].text for row in comparison.table(audit).rows] == ["unclear"]


def test_a_penalty_that_did_not_help_is_said_to():
    told = findings(with_comparison(fair=0.003, change=0.00036, percent=13.6))
    assert told[0].startswith("The penalty did not help: the joint dependence (CCdCov²) went from 0.00264 to 0.00300")


def test_more_than_all_of_an_excess_is_not_removed():
    told = findings(with_comparison(measure="ccdcov_excess", plain=3e-6, fair=-2e-6, change=-5e-6, percent=None))
    assert told[0].startswith(
        "On these rows the joint dependence (CCdCov²) over its noise floor is lower, from 3.00×10⁻⁶ to −2.00×10⁻⁶"
    )


def test_an_excess_that_is_chance_in_both_models_is_neither_better_nor_worse():
    audit = with_comparison(measure="ccdcov_excess", plain=-3e-6, fair=-2e-6, change=1e-6, percent=None)
    assert is_better(audit.comparison[0]) is None
    assert findings(audit)[0].startswith("There was nothing to remove: the joint dependence (CCdCov²)")
    assert is_better(replaced(audit.comparison[0], fair=1e-6, change=4e-6)) is False


@pytest.mark.parametrize(
    ("strength", "asked", "why"),
    [
        (0.0, 90.0, "on training rows that were not fitted on, the plain model shows no dependence over its noise"),
        (0.0, None, "the strength of the penalty is 0"),
        (3.0, 90.0, "the penalty, at λ = 3.00, changes no prediction"),
    ],
)
def test_where_nothing_changed_neither_help_nor_price_is_spoken_of(strength, asked, why):
    audit = with_comparison(plain=1e-5, fair=1e-5, change=0.0, percent=0.0)
    told = findings(replaced(audit, model=replaced(audit.model, strength=strength, reduce_asked=asked)))
    assert told[0].startswith(f"The fairer model is the plain one: {why}")
    assert "cost" not in told[0]


def test_a_gain_that_was_not_measured_is_not_claimed():
    told = findings(with_comparison(fair=None, change=None, percent=None))
    assert told[0].startswith("Whether the fairer model lowers the joint dependence (CCdCov²) could not be measured.")


def test_a_gain_without_per_cent_is_told_in_numbers():
    told = findings(with_comparison(plain=0.001, fair=-0.0001, change=-0.0011, percent=None))
    assert told[0].startswith("On these rows the joint dependence (CCdCov²) is lower, from 0.00100 to −1.00×10⁻⁴")


def test_a_price_too_small_for_its_figures_is_told_in_per_cent():
    audit = binary()
    loss = next(change for change in audit.comparison if change.measure == "brier")
    loss = replaced(loss, plain=0.26701, fair=0.26739, change=0.00038, percent=0.142)
    joint = next(change for change in audit.comparison if change.measure == "ccdcov")
    told = findings(replaced(audit, comparison=[joint, loss]))
    assert told[0].endswith("Performance: Brier score 0.267 → 0.267 (+0.1%).")


@pytest.mark.parametrize(
    ("change", "better", "verdict"),
    [(-1.0, "lower", True), (1.0, "lower", False), (1.0, "higher", True), (0.0, "lower", None), (None, "higher", None)],
)
def test_better_follows_the_direction_of_the_measure(change, better, verdict):
    assert is_better(replaced(binary().comparison[0], change=change, better=better)) is verdict


def test_the_comparison_shows_both_ends_in_their_unit():
    seen = texts(comparison.picture(binary()).svg)
    assert "67.1% → 66.4%" in seen
    assert "33.6 pp → 11.8 pp" in seen
    assert "−65%, better" in seen
    assert "−2.4%, worse" in seen


def test_the_zero_of_the_comparison_stands_over_its_line():
    audit = binary()
    below = msgspec.structs.replace(audit.comparison[4], plain=1e-6, fair=-2e-6, change=-3e-6, percent=None)
    svg = comparison.picture(msgspec.structs.replace(audit, comparison=[below])).svg
    (zero,) = (text for text in ElementTree.fromstring(svg).iter(f"{SVG}text") if "".join(text.itertext()) == "0")
    assert float(zero.get("x")) == pytest.approx(196 + 138 / 2)  # the scale goes as far to the left as to the right


def test_a_full_name_and_its_estimator_fit_their_place():
    audit = binary()
    long = msgspec.structs.replace(audit.comparison[4], measure="jensen_shannon_excess", by=["race", "sex", "age"])
    seen = texts(comparison.picture(msgspec.structs.replace(audit, comparison=[long])).svg)
    assert "Jensen–Shannon divergence" in seen
    assert "by race × sex × age, excess" in seen


def test_a_missing_value_leaves_the_words_not_measured():
    assert texts(comparison.picture(binary()).svg).count("not measured") == 1


def test_a_change_that_no_figure_shows_is_called_the_same():
    audit = with_comparison(
        measure="r2",
        kind="performance",
        by=[],
        better="higher",
        plain=0.0586721,
        fair=0.0586722,
        change=1e-7,
        percent=2e-4,
    )
    assert comparison.judgement(audit, audit.comparison[0]) == "same"
    assert [row[-1].text for row in comparison.table(audit).rows] == ["= same"]


def test_without_a_change_the_verdict_says_that_the_fairer_model_is_the_plain_one():
    audit = with_comparison(plain=1e-5, fair=1e-5, change=0.0, percent=0.0)
    still = replaced(audit, model=replaced(audit.model, strength=0.0, reduce_asked=90.0))
    assert list(gained(still)) == [
        "Nothing: the fairer model is the plain one, because on training rows that were not fitted on, the plain model"
        " shows no dependence over its noise floor."
    ]
