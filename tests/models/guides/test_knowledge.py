"""Knowledge of factors: the ways to write it, and what is refused."""

import numpy as np
import pytest

from fairaudit.errors import OptionError, SourceError
from fairaudit.models.guides.knowledge import Knowledge

FACTORS = ["age", "income", "region", "sex"]


def read(tmp_path, text):
    path = tmp_path / "k.toml"
    path.write_text(text)
    return Knowledge.read(path)


@pytest.mark.parametrize(
    ("text", "same", "tier"),
    [
        ("[weights]\nincome = 3\nage = 1.5", Knowledge(weights={"income": 3, "age": 1.5}), [1, 0, 2, 2]),
        ('order = ["income", "age"]', Knowledge(order=["income", "age"]), [1, 0, 2, 2]),
        (
            '[tiers]\nprimary = ["income"]\nsecondary = ["age", "sex"]',
            Knowledge(tiers={"primary": ["income"], "secondary": ["age", "sex"]}),
            [1, 0, 2, 1],
        ),
    ],
)
def test_a_file_says_the_same_as_python_and_what_it_does_not_mention_is_last(tmp_path, text, same, tier):
    found = read(tmp_path, text)
    assert (found.weights, found.order, found.tiers) == (same.weights, same.order, same.tiers)
    assert found.source == "k.toml"
    assert found.reference(FACTORS).tier.tolist() == tier


def test_weights_are_kept_in_the_order_of_the_factors():
    np.testing.assert_array_equal(Knowledge(weights={"sex": 2, "age": 1}).reference(FACTORS).weight, [1, 0, 0, 2])
    assert Knowledge(order=["sex"]).reference(FACTORS).weight is None


def test_in_one_line_it_reads_as_it_was_meant():
    assert str(Knowledge(weights={"income": 3, "age": 0.5})) == "income 3, age 0.5"
    assert str(Knowledge(order=["income", "age"])) == "income > age"
    assert str(Knowledge(tiers={"other": ["sex"], "primary": ["age"]})) == "primary: age; other: sex"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds none of weights, order and tiers; one of them is needed: write"),
        ('order = ["a"]\n[weights]\na = 1', "holds both weights and order"),
        ("[weights]\nage = -1", "the weight of 'age' is -1; a number that is not negative is needed"),
        ('[weights]\nage = "much"', "the weight of 'age' is 'much'"),
        ("[weights]\nage = nan", "the weight of 'age' is nan"),
        ("[weights]\nage = true", "the weight of 'age' is True"),
        ("[weights]\nage = 0", "no factor has a weight above 0"),
        ("weights = 3", "weights are 3; factors with a number each"),
        ("order = []", "order names no factor"),
        ('order = "age"', "order is 'age'; a list of factors is needed"),
        ('order = ["age", "sex", "age"]', "names age more than once"),
        ('[tiers]\nprimary = ["age"]\nother = ["age"]', "names age more than once"),
        ('[tiers]\nfirst = ["age"]', "there is no tier first; the tiers are primary, secondary, other"),
        ('[tiers]\nother = ["age"]', "no factor is primary or secondary"),
        ("tiers = 1", "tiers are 1"),
        ("wieghts = 3", "holds wieghts; write"),
        ("age 3", "is no TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_file_and_the_way_out(tmp_path, text, message):
    with pytest.raises((OptionError, SourceError)) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "knowledge file" in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path):
    path = tmp_path / "k.toml"
    path.write_text('order = ["a", "b"]', encoding="utf-8-sig")
    assert Knowledge.read(path).order == ["a", "b"]


def test_weights_of_any_size_give_the_same_shares():
    huge, plain = (Knowledge(weights={"a": size, "b": size}).reference(["a", "b", "c"]) for size in (1e308, 1.0))
    np.testing.assert_array_equal(huge.shares, plain.shares)


def test_an_absent_file_is_named():
    with pytest.raises(SourceError, match=r"'nowhere\.toml' cannot be read: No such file"):
        Knowledge.read("nowhere.toml")


def test_an_unknown_factor_is_told_with_those_that_exist():
    with pytest.raises(OptionError, match="names incom; the factors of the model are age, income, region, sex"):
        Knowledge(order=["incom"]).reference(FACTORS)
