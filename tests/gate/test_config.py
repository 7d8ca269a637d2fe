"""A configuration is read strictly: what it cannot mean is refused in one sentence that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest
from made import HEAD, LIMIT

from fairaudit.errors import ConfigError
from fairaudit.gate.config import read

KEPT = LIMIT + "max = 0.9\n"


@pytest.fixture
def config(folder):
    """A function from a text to the configuration in it."""

    def made(text: str | bytes, name: str = "fairaudit.toml"):
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(Path(name))

    return made


def test_the_old_name_of_a_key_means_what_the_new_one_does(config):
    limits = [config(HEAD + KEPT + f'{key} = "point"\n').config.limit for key in ("decided-by", "rule")]
    assert limits[0] == limits[1]
    assert limits[0][0].decided_by == "point"


def test_a_key_under_both_of_its_names_is_refused(config):
    with pytest.raises(ConfigError, match="limit 1 has 'decided-by' and its old name 'rule'; leave 'rule' out"):
        config(HEAD + KEPT + 'rule = "point"\ndecided-by = "point"\n')


def test_an_unknown_value_under_the_old_name_is_told_under_the_new_one(config):
    with pytest.raises(ConfigError, match=r"limit 1, decided-by"):
        config(HEAD + KEPT + 'rule = "sure"\n')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD.replace('"t.csv"', '"\\u0000x"') + KEPT, r"\[data.main\] has the path"),
        (HEAD.replace('"t.csv"', '""') + KEPT, r"\[data.main\] has the path ''"),
        (HEAD + KEPT + "margin = 0\n[baseline]\nfile = ''\n", r"\[baseline\] has the path ''"),
        (HEAD + KEPT + 'margin = 0\n[baseline]\nfile = "a\\u0000"\n', r"\[baseline\] has the path"),
        (HEAD + LIMIT + f"max = {'9' * 5000}\n", r"value has 5000 digits$"),
        ("limit = " + "[" * 9000 + "]" * 9000, "nested too deep|no valid TOML"),
        ("limit = 3\n" + HEAD, "limit: Expected `array`"),
        ("limit = [3]\n" + HEAD, "limit 1: Expected `object`"),
        ("data = 3\n" + KEPT, "data: Expected `object`"),
        ("data = {main = 3}\n" + KEPT, "data, .*: Expected `object`"),
        ("waiver = {}\n" + HEAD + KEPT, "waiver: Expected `array`"),
        (HEAD + LIMIT + f"max = {10**400}\n", "limit 1|cannot be meant|cannot be read"),
        (
            HEAD.replace("[options]", f"[options]\nseed = {2**70}") + KEPT,
            r"\[options\]: seed is 1,180,591,620,717,411,303,424; it must be at most",
        ),
        (
            HEAD.replace("= 200", "= 1000000000") + KEPT,
            r"\[options\]: bootstrap is 1,000,000,000; it must be at most 100,000",
        ),
        (b"\xff\xfe", "no valid TOML"),
        (b"", "the key 'data' is missing"),
    ],
)
def test_a_damaged_configuration_ends_in_one_sentence(config, text, told):
    with pytest.raises(ConfigError, match=told) as refused:
        config(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["tool = 3\n", "[tool]\nfairaudit = 3\n", "[[tool]]\n"])
def test_a_project_without_a_table_for_fairaudit_is_told_to_lack_it(config, text):
    with pytest.raises(ConfigError, match=r"has no section \[tool.fairaudit\]"):
        config(text, "pyproject.toml")


def lines_of(caught) -> list[str]:
    """The problems of a message, without the name of the file."""
    return [line.removeprefix("'fairaudit.toml': ") for line in caught.value.lines]


def test_unknown_keys_of_all_tables_are_told_at_once(config):
    with pytest.raises(ConfigError) as caught:
        config(HEAD + "sourc = 1\n[data.other]\ntargt = 'y'\n" + LIMIT + "maxi = 1\n")
    assert [line.partition(";")[0] for line in lines_of(caught)] == [
        "unknown key 'sourc' in [data.main]",
        "unknown key 'targt' in [data.other]",
        "unknown key 'maxi' in [limit 1]",
    ]


def test_values_of_a_wrong_type_in_several_tables_are_told_at_once(config):
    with pytest.raises(ConfigError) as caught:
        config(HEAD + "[data.other]\nsource = 3\n" + LIMIT + 'max = "x"\n[[limit]]\nmax = 1\n')
    assert lines_of(caught) == [
        "data, other, source: Expected `str`, got `int`",
        "limit 1, max: Expected `float | null`, got `str`",
        "limit 2: the key 'measure' is missing",
    ]


def test_limits_and_waivers_that_mean_nothing_are_told_at_once(config):
    waiver = '[[waiver]]\nrule = "FA1"\nreason = " "\nowner = "me"\nexpires = 2099-01-01\n'
    with pytest.raises(ConfigError) as caught:
        config(HEAD.replace("200", "1") + LIMIT + LIMIT + "max = 0.1\nmin = 0.2\n" + waiver)
    assert lines_of(caught) == [
        "[options]: bootstrap is 1; an interval needs at least 2 replicates, or 0 for no intervals",
        "limit 1 (selection_rate) limits nothing; give it max, min, or a margin against the baseline",
        "limit 2 (selection_rate) has min 0.2 above max 0.1; nothing can be both",
        "waiver 1 (FA1) has an empty reason",
    ]
