"""A configuration is read strictly: what it cannot mean is refused in one sentence that names the place."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from made import HEAD, LIMIT

from fairaudit.errors import ConfigError
from fairaudit.gate.config import find, fit_settings, from_tables, read

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


MAX = LIMIT + "max = {}\n"
ANYTIME = 'decided-by = "anytime"\n'
WAIVER = '[[waiver]]\nrule = "FA1"\nreason = "{}"\nowner = "{}"\nexpires = 2099-01-01\n'
BASELINE = "[baseline]\n"
KEYS = "data, limit, waiver, baseline, options, fit"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # keys
        ("zz = 1\n" + HEAD + KEPT, f"unknown key 'zz' in the top level; there are {KEYS}"),
        ("limits = 1\n" + HEAD + KEPT, "unknown key 'limits' in the top level; did you mean 'limit'?"),
        (HEAD + KEPT + "[baseline]\nfil = 'x'\n", "unknown key 'fil' in [baseline]; did you mean 'file'?"),
        (HEAD + KEPT + "[baseline]\nzz = 'x'\n", "unknown key 'zz' in [baseline]; there are file, series"),
        (HEAD + KEPT + KEPT + "maxi = 1\n", "unknown key 'maxi' in [limit 2]; did you mean 'max'?"),
        ("waiver = {reasn = 'x'}\n" + HEAD + KEPT, "unknown key 'reasn' in [waiver]; did you mean 'reason'?"),
        (
            HEAD + KEPT + 'rule = "point"\n' + KEPT + 'rule = "point"\ndecided-by = "point"\n',
            "limit 2 has 'decided-by' and its old name 'rule'; leave 'rule' out",
        ),
        # values
        (
            HEAD + '[data.b]\nsource = "t.csv"\nprotected = ["a", 3]\n' + KEPT,
            "data, b, protected 2: Expected `str`, got `int`",
        ),
        (HEAD + KEPT + KEPT + 'level = "x"\n', "limit 2, level: Invalid enum value 'x'"),
        (HEAD + KEPT + WAIVER.format("r", "o").replace('owner = "o"\n', ""), "waiver 1: the key 'owner' is missing"),
        (HEAD + KEPT + "[baseline]\nfile = 3\n", "baseline, file: Expected `str`, got `int`"),
        (
            "limit = [3, {measure = 'auc', max = 1}]\n" + HEAD,
            "limit 1: Expected `object`, got `int`",
        ),
        # what asks nothing
        (
            "limit = []\n[data]\n",
            [
                "there is no data to check; add a table such as [data.scores] with a source",
                "there is no limit; a check of nothing would always pass. Add a [[limit]]",
            ],
        ),
        (HEAD + LIMIT, "limit 1 (selection_rate) limits nothing; give it max, min, or a margin against the baseline"),
        (HEAD + MAX.format(0.1) + "min = 0.1\n", None),
        (
            HEAD + MAX.format(0.1) + "min = 0.11\n",
            "limit 1 (selection_rate) has min 0.11 above max 0.1; nothing can be both",
        ),
        (HEAD + MAX.format("inf"), "limit 1 (selection_rate) has max = inf; a finite number is needed"),
        (HEAD + LIMIT + "min = -inf\n", "limit 1 (selection_rate) has min = -inf; a finite number is needed"),
        (
            HEAD + LIMIT + "margin = nan\n" + BASELINE,
            "limit 1 (selection_rate) has margin = nan; a finite number is needed",
        ),
        (
            HEAD + LIMIT + "margin = -0.01\n" + BASELINE,
            "limit 1 (selection_rate) has a negative margin; give how much worse it may become, or 0",
        ),
        (HEAD + LIMIT + "margin = 0\n" + BASELINE, None),
        (
            HEAD + LIMIT + "margin = 0\n",
            "limit 1 (selection_rate) has a margin, and there is no [baseline] to hold it against; add one",
        ),
        (
            HEAD + KEPT + ANYTIME + "margin = 0.1\n" + BASELINE,
            "limit 1 (selection_rate) has a margin and is decided at any time, which holds numbers only; give it a"
            " max or min instead",
        ),
        (
            HEAD + KEPT + ANYTIME,
            "limit 1 (selection_rate) is decided at any time, and there is no [baseline] that keeps a series; add one",
        ),
        (HEAD + KEPT + ANYTIME + BASELINE, None),
        (HEAD + KEPT + LIMIT + "margin = 0.1\n" + BASELINE, None),
        (
            HEAD + KEPT + BASELINE,
            "there is a [baseline], and no limit has a margin or is decided at any time; give one a margin,"
            " such as 0.02",
        ),
        (
            HEAD + KEPT + "data = []\n",
            ["limit 1 (selection_rate) is for no data; name some of main, or leave out the key data"],
        ),
        (
            HEAD + KEPT + 'data = ["main", "b"]\n',
            "limit 1 (selection_rate) is for data 'b', which is not there; there are main",
        ),
        (
            HEAD + "[data.c]\nsource = 'c'\n[data.b]\nsource = 'b'\n" + KEPT + 'data = "main"\n',
            "no limit is for the data b, c; add one, or leave the data out",
        ),
        (HEAD + "[data.b]\nsource = 'b'\n" + KEPT + 'data = "main"\n' + KEPT, None),
        (
            HEAD + KEPT + WAIVER.format("r", "o") + WAIVER.format(" ", "\\t"),
            "waiver 2 (FA1) has an empty reason",
        ),
        (HEAD + KEPT + WAIVER.format("r", " "), "waiver 1 (FA1) has an empty owner"),
        (
            HEAD.replace("[options]", "[options]\nconfidence = 2.0").replace("200", "1") + KEPT,
            [
                "[options]: confidence is 2; it must lie between 0 and 1, such as 0.95",
                "[options]: bootstrap is 1; an interval needs at least 2 replicates, or 0 for no intervals",
            ],
        ),
        (HEAD.replace('"t.csv"', '""') + KEPT, "[data.main] has the path '', which no file can have"),
        (
            HEAD + "model = ''\n" + LIMIT + "margin = 0\n[baseline]\nfile = ''\nseries = ''\n",
            [
                "[data.main] has the path '', which no file can have",
                "[baseline] has the path '', which no file can have",
            ],
        ),
        # settings of models
        ("fit = 3\n" + HEAD + KEPT, "fit: Expected `object`, got `int`"),
        (HEAD + KEPT + "[fit]\nridg = 1\n", "unknown key 'ridg' in [fit]; did you mean 'ridge'?"),
    ],
)
def test_what_a_configuration_cannot_mean_is_refused_in_whole_sentences(config, text, told):
    if told is None:
        config(text)
        return
    with pytest.raises(ConfigError) as caught:
        config(text)
    assert lines_of(caught) == ([told] if isinstance(told, str) else told)


def test_an_unknown_setting_of_a_model_is_told_with_those_there_are(config):
    with pytest.raises(ConfigError, match=r"unknown key 'zz' in \[fit\]; there are \w+, .*\(\d+ in all\)$"):
        config(HEAD + KEPT + "[fit]\nzz = 1\n")
    with pytest.raises(ConfigError, match=r"^'fairaudit\.toml': \[fit\]: ridge is 'x'; a number is needed$"):
        config(HEAD + KEPT + "[fit]\nridge = 'x'\n")


def test_a_path_starts_at_the_folder_of_the_configuration():
    made = from_tables(tomllib.loads(HEAD + KEPT), Path("folder/fairaudit.toml"))
    assert made.resolve("t.csv") == str(Path("folder/t.csv"))
    assert made.resolve("/a/t.csv") == "/a/t.csv"
    assert made.resolve("https://a.b/t.csv") == "https://a.b/t.csv"
    assert made.lines == (None,)


def test_every_file_that_a_check_reads_is_known_by_what_it_is(folder):
    for name in ("one.csv", "two.csv", "m.skops"):
        Path(name).write_text("x")
    tables = tomllib.loads(
        HEAD.replace("t.csv", "*.csv").replace("[data.main]", "[data.main]\nmodel = 'm.skops'") + KEPT
    )
    taken = from_tables(tables, Path("fairaudit.toml")).files_read()
    assert {str(path): what for path, what in taken.items()} == {
        "fairaudit.toml": "the configuration",
        **dict.fromkeys(["*.csv", "one.csv", "two.csv", "t.csv", "m.skops"], "read by the check"),
    }


def test_a_configuration_is_looked_for_by_its_name_and_then_in_the_project(folder):
    with pytest.raises(ConfigError) as caught:
        find(Path())
    assert str(caught.value) == (
        "there is no fairaudit.toml here, and no [tool.fairaudit] in a pyproject.toml; write one with: fairaudit init"
        " SOURCE"
    )
    Path("pyproject.toml").write_text("[tool.other]\na = 1\n")
    with pytest.raises(ConfigError, match=r"there is no fairaudit\.toml here"):
        find(Path())
    Path("pyproject.toml").write_text("[tool.fairaudit]\na = 1\n")
    assert find(Path()) == Path("pyproject.toml")
    Path("fairaudit.toml").write_text("")
    assert find(Path()) == Path("fairaudit.toml")
    assert find(Path().resolve()) == Path("fairaudit.toml").resolve()


def test_settings_of_a_model_are_those_of_the_table_that_are_for_it(folder):
    assert fit_settings(Path(), "glm") == {}
    Path("fairaudit.toml").write_text(HEAD)
    assert fit_settings(Path(), "glm") == {}
    Path("fairaudit.toml").write_text("[fit]\nridge = 0.5\nlearning-rate = 0.01\n")
    assert fit_settings(Path(), "glm") == {"ridge": 0.5}
    assert fit_settings(Path(), "boosting") == {"learning_rate": 0.01}
    assert fit_settings(Path("none"), "glm") == {}
    Path("fairaudit.toml").write_text("fit = 3\n")
    with pytest.raises(ConfigError) as caught:
        fit_settings(Path(), "glm")
    assert str(caught.value) == "'fairaudit.toml': fit is 3; a table of settings is needed"


def test_comments_and_layout_change_no_hash_and_a_value_does(config):
    first = config(HEAD + KEPT)
    assert config("# a comment\n" + HEAD + KEPT).sha256 == first.sha256
    assert config(HEAD + MAX.format(0.91)).sha256 != first.sha256


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (HEAD + KEPT + "\n# [[limit]]\n" + KEPT, (13, 20)),
        (HEAD.replace("[options]", "[options] # [[limit]]") + "  [[ limit ]]\nmeasure = 'auc'\nmax = 1\n", (12,)),
        (HEAD + "[[limit]]\nmeasure = 'auc'\nmax = 1\n".replace("[[limit]]", "[['limit']]"), (None,)),
        ("limit = [{measure = 'auc', max = 1}, {measure = 'auc', max = 1}]\n" + HEAD, (None, None)),
    ],
)
def test_each_limit_knows_its_line_where_that_is_sure(config, text, lines):
    assert config(text).lines == lines


def test_a_profile_is_said_for_all_data(config):
    made = config(HEAD + "[data.b]\nsource = 'b'\n" + KEPT).with_profile("four-fifths")
    assert {name: data.profile for name, data in made.config.data.items()} == dict.fromkeys(
        ["main", "b"], "four-fifths"
    )
    assert made.lines == (15,)


def test_a_file_that_cannot_be_read_says_why(folder):
    with pytest.raises(ConfigError) as caught:
        read(Path("none.toml"))
    assert str(caught.value) == "'none.toml' cannot be read: No such file or directory"
