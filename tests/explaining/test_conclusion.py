"""What an explanation concludes, from its own numbers."""

from __future__ import annotations

from explained import example
from msgspec import structs

from fairaudit.explaining.conclusion import with_conclusion
from fairaudit.report.document import findings
from fairaudit.results import CarryingRows

WHOLE = example()


def answers(**changes):
    told = with_conclusion(structs.replace(WHOLE, **changes)).verdict
    return {answer.question: answer.text for answer in told.answers}


def test_the_factors_of_most_importance_are_told_with_their_share_in_each_model_that_has_a_say():
    assert answers()["factors"] == (
        "Of all that moves the predictions of rows: priors, 60.0% in glm and 55.0% in boosting; then degree, 25.0% in"
        " glm and 20.0% in boosting; 1 more share the rest."
    )


def test_agreement_is_of_pairs_and_a_model_without_a_say_is_named():
    assert answers()["agree"] == (
        "glm and boosting are sure of the same order of 2 of 3 pairs of factors, beyond what new rows and a new fit"
        " would change; on none they contradict each other. network predicts clearly worse and was not asked."
    )
    crossed = [structs.replace(WHOLE.pairs[0], contradicted=1 / 3)]
    assert "on up to 33.3% two contradict each other" in answers(pairs=crossed)["agree"]
    assert "agree" not in answers(factors=["priors"], relations=[])


def test_one_model_with_a_say_agrees_with_nobody():
    alone = [WHOLE.models[0], *(structs.replace(model, included=False) for model in WHOLE.models[1:])]
    assert answers(models=alone, pairs=[])["agree"].startswith("Only glm predicts well enough to be asked")


def test_the_group_farthest_from_the_mean_is_told_with_what_carries_it():
    assert answers()["what carries it"] == (
        "In glm Male (sex) lies farthest from the mean, above it. Of the distance of the predictions of Male from the"
        " mean, 120.0% comes through priors and 20.0% comes through number, while the others together take back 40.0%."
        " That shows the way of the model, not a cause."
    )


def test_a_distance_whose_interval_holds_nothing_is_not_told_as_one():
    best = WHOLE.models[0]
    gaps = [structs.replace(gap, interval=(-0.1, 0.6)) for gap in best.attribution.gaps]
    models = [structs.replace(best, attribution=structs.replace(best.attribution, gaps=gaps)), *WHOLE.models[1:]]
    assert answers(models=models)["what carries it"] == (
        "In glm no group lies clear of the mean: Male (sex) lies farthest, which may be chance."
    )
    (told, *_) = [text for text in findings(structs.replace(WHOLE, models=models)) if "largest gap" in text]
    assert told == (
        "The largest gap in glm is that of Male (sex): +0.250 log-odds, which may be chance: its interval is −0.100 to"
        " 0.600."
    )


def test_factors_that_tell_about_groups_are_told_only_beyond_chance():
    assert answers()["stand-ins"].startswith("Most of all factors tell about sex priors (0.0400), in squared distance")
    none = [structs.replace(proxy, p_value=None if proxy.p_value is None else 0.5) for proxy in WHOLE.proxies]
    assert answers(proxies=none)["stand-ins"] == "No factor tells about a protected attribute beyond chance."
    assert "stand-ins" not in answers(proxies=[])


def test_rows_that_were_not_used_and_models_that_learnt_nothing_are_told():
    told = answers()
    assert told["left out"] == "5 of 905 rows were not used: no value in y (5)."
    assert "beware" not in told
    nothing = [structs.replace(model, gain=-0.1) for model in WHOLE.models]
    assert next(iter(answers(models=nothing))) == "beware"


def test_what_one_row_carries_in_a_model_with_a_say_is_told_before_all_else():
    one = CarryingRows(factor="rare", rows=1, of=2000, share=0.83)

    def carried(place):
        models = list(WHOLE.models)
        models[place] = structs.replace(
            models[place], attribution=structs.replace(models[place].attribution, carried=[one])
        )
        return answers(models=models)

    told = carried(1)
    assert next(iter(told)) == "beware"
    assert told["beware"] == "In boosting 1 row of 2,000 carries 83.0% of the importance of rare."
    assert "beware" not in carried(2)
