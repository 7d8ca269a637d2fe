"""The sentences that a busy reader reads first: what is good, what is bad, and what is not known."""

from __future__ import annotations

import msgspec
import pytest
from example import binary, count, hostile

from fairaudit.report import wording as w
from fairaudit.report.document import LIMIT, findings
from fairaudit.report.sections.comparison import is_better
from fairaudit.report.sections.disparities import disparity_sentence, is_finding, worst_first
from fairaudit.results import Audit, ConditionalDependence


def replaced(value, **changes):
    return msgspec.structs.replace(value, **changes)


def with_comparison(**changes) -> Audit:
    """The binary example whose comparison is the joint dependence alone, changed."""
    audit = binary()
    joint = next(change for change in audit.comparison if change.measure == "ccdcov")
    return replaced(audit, comparison=[replaced(joint, **changes)])


def test_the_sentences_of_the_example(golden):
    golden("findings.txt", "\n".join(findings(binary())) + "\n")


def test_the_first_sentences_say_what_got_better_at_which_price_and_what_got_worse():
    first, second, *_ = findings(binary())
    assert first.startswith("The fairer model removes 65% of the joint dependence (CCdCov²)")
    assert "Its price: accuracy 67.1% → 66.4%" in first
    assert second.startswith("In places the fairer model is worse: calibration gap by race")


@pytest.mark.parametrize("make", [binary, count, hostile])
def test_there_are_a_few_sentences_of_one_line_each(make):
    audit = make()
    told = findings(audit)
    assert 1 <= len(told) <= LIMIT + (audit.consistency is not None)
    assert all(len(sentence.splitlines()) == 1 for sentence in told)
    assert "None" not in " ".join(told)
    assert "nan" not in " ".join(told).split()


def test_a_penalty_that_did_not_help_is_said_to():
    told = findings(with_comparison(fair=0.003, change=0.00036, percent=13.6))
    assert told[0].startswith("The penalty did not help: the joint dependence (CCdCov²) went from 0.00264 to 0.00300")


def test_more_than_all_of_an_excess_is_not_removed():
    told = findings(with_comparison(measure="ccdcov_excess", plain=3e-6, fair=-2e-6, change=-5e-6, percent=None))
    assert told[0].startswith(
        "The fairer model removes all of the joint dependence (CCdCov²) over its noise floor, from"
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
    assert told[0].startswith("The fairer model lowers the joint dependence (CCdCov²) from 0.00100 to −1.00×10⁻⁴")


def test_a_price_too_small_for_its_figures_is_told_in_per_cent():
    audit = binary()
    loss = next(change for change in audit.comparison if change.measure == "brier")
    loss = replaced(loss, plain=0.26701, fair=0.26739, change=0.00038, percent=0.142)
    joint = next(change for change in audit.comparison if change.measure == "ccdcov")
    told = findings(replaced(audit, comparison=[joint, loss]))
    assert told[0].endswith("Its price: Brier score 0.267 → 0.267 (+0.1%).")


def test_findings_stand_out_from_chance_after_correction_and_come_first():
    ranked = worst_first(binary())
    sure = [is_finding(disparity) for disparity in ranked]
    assert sure == sorted(sure, reverse=True)
    assert all(d.p_adjusted <= w.SIGNIFICANT for d in ranked if is_finding(d))
    assert {"base_rate", "equalized_odds", "uf"}.isdisjoint(d.measure for d in ranked)


def test_a_disparity_names_both_groups_their_values_the_gap_and_its_doubt():
    audit = binary()
    told = disparity_sentence(audit, audit.disparities[2])
    assert told.startswith("Selection rate by age: 51.3% for under 25 against 35.6% for over 45, a gap of 15.7 perc")
    assert "(95% interval 11.6 to 20.0; adjusted p < 0.001)" in told


def test_an_interval_that_includes_zero_beside_a_small_p_is_explained():
    audit = binary()
    wide = replaced(audit.disparities[2], interval=(-0.01, 0.3))
    told = disparity_sentence(audit, wide)
    assert told.endswith("The p-value is for all groups together; for these two alone the interval includes 0.")
    assert "for these two alone" not in disparity_sentence(audit, replaced(wide, p_adjusted=0.4))


def test_nothing_found_is_said_with_the_number_of_tests():
    audit = replaced(binary(), consistency=None)
    audit = replaced(audit, disparities=[replaced(d, p_adjusted=0.9) for d in audit.disparities], comparison=[])
    told = findings(audit)[0]
    assert told.startswith(f"None of {len(audit.disparities)} differences between groups stands out from chance")
    assert "The largest is: Selection rate by" in told


def test_nothing_tested_is_not_called_fair():
    told = findings(count())
    assert told[0].startswith("No difference between groups could be tested against chance")
    assert any("was not tested against chance" in sentence for sentence in told)


def test_groups_too_small_and_rows_left_out_are_named():
    told = " ".join(findings(binary()))
    assert "too small to be compared (fewer than 25 rows): Asian" in told
    assert "Rows left out of 6,172: no value in two_year_recid (3)." in told


def test_a_model_that_did_not_converge_is_never_passed_over():
    audit = binary()
    told = findings(replaced(audit, model=replaced(audit.model, converged=False)))
    assert any(sentence.startswith("The optimiser did not converge") for sentence in told)


@pytest.mark.parametrize(
    ("p", "words"), [(0.4, "differ no more than chance allows"), (0.001, "bits apart beyond chance")]
)
def test_a_divergence_is_read_against_chance(p, words):
    audit = binary()
    told = " ".join(findings(replaced(audit, divergence=[replaced(audit.divergence[2], p_value=p)])))
    assert words in told


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.4, "No dependence of the predictions on race, sex and age shows"), (0.001, "The predictions depend on")],
)
def test_dependence_is_read_against_chance(p, words):
    audit = binary()
    joint = replaced(audit.dependence.ccdcov, p_value=p)
    told = " ".join(findings(replaced(audit, dependence=replaced(audit.dependence, ccdcov=joint))))
    assert words in told


@pytest.mark.parametrize(
    ("parity", "p", "told"),
    [
        ("equalized-odds", 0.004, "Among rows with the same outcome the predictions depend on "),
        ("equal-opportunity given job", 0.4, "Among rows with the positive outcome and the same job no dependence of "),
        ("demographic given job", None, None),
    ],
)
def test_a_dependence_within_strata_that_was_asked_for_is_told(parity, p, told):
    audit = binary()
    within = replaced(audit.dependence.ccdcov, p_value=p)
    conditional = ConditionalDependence(parity=parity, strata=2, n=100, dcov=[], ccdcov=within)
    audit = replaced(audit, comparison=[], dependence=replaced(audit.dependence, conditional=conditional))
    assert [each[: len(told or "")] for each in findings(audit) if "Among rows" in each] == ([told] if told else [])


@pytest.mark.parametrize(
    ("change", "better", "verdict"),
    [(-1.0, "lower", True), (1.0, "lower", False), (1.0, "higher", True), (0.0, "lower", None), (None, "higher", None)],
)
def test_better_follows_the_direction_of_the_measure(change, better, verdict):
    assert is_better(replaced(binary().comparison[0], change=change, better=better)) is verdict
