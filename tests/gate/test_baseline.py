"""Baselines: what is stored, what fails against them, and what is refused."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from made import HEAD, LIMIT, people

from fairaudit.auditing.reading import Reading
from fairaudit.data.roles import Protected, Roles
from fairaudit.data.table import role_table
from fairaudit.errors import ConfigError
from fairaudit.gate.baseline import (
    StoredNumber,
    encode,
    hashed_keys,
    load,
    matched_rows,
    rows_content,
    rows_path,
)
from fairaudit.gate.baseline import stored as stored_number
from fairaudit.gate.config import from_tables, read
from fairaudit.gate.rules import find
from fairaudit.gate.run import updated
from fairaudit.results import Source

BASELINE = "\n[baseline]\n" + LIMIT + "margin = 0.01\n"


@pytest.mark.parametrize("keyed", [True, False], ids=["same rows", "other rows"])
def test_a_baseline_fails_what_becomes_worse_and_nothing_else(run, keyed):
    key = 'key = "id"\n' if keyed else ""
    Path("fairaudit.toml").write_text(HEAD + key + BASELINE)
    people(4000, 1).to_csv("t.csv", index=False)
    assert run("baseline", "update")[0] == 0
    assert Path("fairaudit-baseline-main.csv.gz").exists() == keyed
    assert run("check")[0] == 0
    people(4000, 1, gap=0.12).to_csv("t.csv", index=False)
    status, printed = run("check")
    assert status == 1
    assert "FB101" in printed
    assert ("on the same rows" if keyed else "rows not matched") in " ".join(printed.split())


def test_a_baseline_that_was_tampered_with_is_refused(run):
    Path("fairaudit.toml").write_text(HEAD + 'key = "id"\n' + BASELINE)
    assert run("baseline", "update")[0] == 0
    content = Path("fairaudit-baseline-main.csv.gz").read_bytes()
    Path("fairaudit-baseline-main.csv.gz").write_bytes(content + b" ")
    assert run("check")[0] == 2
    Path("fairaudit-baseline.json").write_text("{}")
    assert run("check")[0] == 2


def test_a_baseline_measured_in_another_way_is_refused(run):
    Path("fairaudit.toml").write_text(HEAD + BASELINE)
    assert run("baseline", "update")[0] == 0
    Path("fairaudit.toml").write_text(HEAD.replace("[options]", "[options]\nmin-group = 30") + BASELINE)
    status, printed = run("check")
    assert status == 2
    assert "min-group = 25" in printed


def test_a_baseline_is_not_written_over_the_data(run):
    Path("fairaudit.toml").write_text(HEAD + BASELINE.replace("[baseline]", '[baseline]\nfile = "t.csv"'))
    status, printed = run("baseline", "update")
    assert status == 2
    assert "read by the check" in printed


def test_data_of_any_name_have_a_baseline(run):
    head = HEAD.replace("[data.main]", '[data."../a b"]')
    Path("fairaudit.toml").write_text(head + 'key = "id"\n' + BASELINE)
    assert run("baseline", "update")[0] == 0
    assert run("check")[0] == 0
    assert len(list(Path().glob("fairaudit-baseline-*.csv.gz"))) == 1


def test_a_baseline_update_gives_the_same_bytes(run):
    Path("fairaudit.toml").write_text(HEAD + 'key = "id"\n' + BASELINE)
    names = ("fairaudit-baseline.json", "fairaudit-baseline-main.csv.gz")
    made = []
    for _ in range(2):
        assert run("baseline", "update")[0] == 0
        made.append([Path(name).read_bytes() for name in names])
    assert made[0] == made[1]
    held = gzip.decompress(made[0][1]).decode()
    assert held.startswith("key,prediction,decision\n")
    assert not {"north", "south"} & set(re.split(r"[,\n]", held))


def test_a_key_must_name_each_row(run):
    frame = people(300, 1)
    Path("fairaudit.toml").write_text(HEAD + 'key = "id"\n' + BASELINE)
    frame.assign(id=7).to_csv("t.csv", index=False)
    assert "not unique" in run("baseline", "update")[1]
    frame.assign(id=[None, *range(299)]).to_csv("t.csv", index=False)
    assert "missing in 1 rows" in run("baseline", "update")[1]
    Path("fairaudit.toml").write_text(HEAD + 'key = "nr"\n' + BASELINE)
    assert "is no column" in run("baseline", "update")[1]


def test_a_key_is_the_same_whether_it_was_read_as_a_whole_number_or_not():
    whole = pd.Series([3, 1])
    assert hashed_keys(whole, "id") == hashed_keys(whole.astype(float), "id") == hashed_keys(whole.astype(str), "id")


@pytest.fixture
def stored(run):
    """A function that writes a baseline, has it damaged, and runs the check: exit status, all that was printed."""

    def damaged(damage):
        Path("fairaudit.toml").write_text(HEAD + 'key = "id"\n' + BASELINE)
        assert run("baseline", "update")[0] == 0
        damage()
        return run("check")

    return damaged


def changed(change):
    """Damage to the baseline: a change of its parsed content."""

    def damage():
        held = json.loads(Path("fairaudit-baseline.json").read_text())
        change(held)
        Path("fairaudit-baseline.json").write_text(json.dumps(held))

    return damage


def replaced(text):
    """Damage to the baseline: other content."""
    return lambda: Path("fairaudit-baseline.json").write_bytes(text)


def rows(content):
    """Damage to the file of single rows, whose hash in the baseline is made to agree."""

    def damage():
        path = Path("fairaudit-baseline-main.csv.gz")
        path.write_bytes(content(path.read_bytes()) if callable(content) else content)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        changed(lambda held: held["data"]["main"]["keyed"].update(sha256=digest))()

    return damage


def line(text):
    """A file of single rows with one more line."""
    return lambda content: gzip.compress(gzip.decompress(content) + text)


DAMAGES = {
    "empty": replaced(b""),
    "no JSON": replaced(b"{"),
    "no text": replaced(b"\xff\xfe\x00"),
    "nested": replaced(b'{"data": ' + b"[" * 100_000),
    "no object": replaced(b"[]"),
    "another format": changed(lambda held: held.update(schema="fairaudit/baseline/2")),
    "no options": changed(lambda held: held.pop("options")),
    "no data": changed(lambda held: held["data"].clear()),
    "other numbers": changed(lambda held: held["data"]["main"].update(numbers=[])),
    "text for a number": changed(lambda held: held["data"]["main"]["numbers"][0].update(value="0.1")),
    "a number beyond all": replaced(b'{"data": {"main": {"rows": 1e999}}}'),
    "a negative error": changed(lambda held: held["data"]["main"]["numbers"][0].update(standard_error=-1.0)),
    "groups that are none": changed(lambda held: held["data"]["main"].update(groups=[3])),
    "rows not compressed": rows(b"key,prediction,decision\n"),
    "rows cut off": rows(lambda content: content[:-9]),
    "rows damaged inside": rows(lambda content: content[:60] + b"\0" * 40 + content[100:]),
    "rows of no text": rows(gzip.compress(b"\xff\xfe")),
    "rows without lines": rows(gzip.compress(b"")),
    "rows of other columns": rows(gzip.compress(b"key,prediction\nx,1\n")),
    "a row too short": rows(line(b"abc,0.5\n")),
    "a row of words": rows(line(b"abc,high,1\n")),
    "a row that is no number": rows(line(b"abc,nan,1\n")),
    "a decision that is none": rows(line(b"abc,0.5,7\n")),
    "a row without end": rows(line(b'"' + b"x" * 200_000)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_baseline_ends_in_one_sentence(stored, name):
    status, printed = stored(DAMAGES[name])
    assert (status, printed.count("\n")) == (2, 1), printed
    assert printed.startswith("Error: ")
    assert "fairaudit baseline update" in printed


def reading(value=0.1, interval=(0.0, 0.2), **changes):
    return Reading("selection_rate", "gap", ("sex",), None, value, interval, interval, **changes)


def test_a_number_is_kept_with_its_standard_error_and_none_without():
    rule = find("selection_rate", "gap", "")
    z = 1.959964
    number = stored_number(rule, reading(interval=(0.1 - z * 0.03, 0.1 + z * 0.03), spared=True), 0.95)
    assert number == StoredNumber(
        rule="FB101", by=["sex"], value=0.1, standard_error=number.standard_error, spared=True
    )
    assert number.standard_error == pytest.approx(0.03)
    cell = reading(value=0.0, interval=None, error=0.0)
    assert stored_number(rule, cell, 0.95) == StoredNumber(rule="FB101", by=["sex"], value=0.0, standard_error=0.0)
    assert not stored_number(rule, cell, 0.95).spared
    assert stored_number(rule, reading(value=None, error=0.1), 0.95) is None
    assert stored_number(rule, reading(interval=None), 0.95) is None


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("main", "b-main.csv.gz"),
        ("A_z-9", "b-A_z-9.csv.gz"),
        ("a" * 40, f"b-{'a' * 40}.csv.gz"),
        ("a" * 41, f"b-{'a' * 40}-{hashlib.sha256(b'a' * 41).hexdigest()[:8]}.csv.gz"),
        ("../a b", f"b-_a_b-{hashlib.sha256(b'../a b').hexdigest()[:8]}.csv.gz"),
    ],
)
def test_rows_are_kept_beside_the_baseline_under_a_plain_name(name, file):
    tables = {"data": {name: {"source": "t.csv"}}, "limit": [{"measure": "auc", "margin": 0.1}]}
    configuration = from_tables({**tables, "baseline": {"file": "b.json"}}, Path("folder/f.toml"))
    assert rows_path(configuration, name) == Path("folder") / file


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("min-group = 30", "min-group = 25, and it is 30 now"),
        ('density = "bins:4"', "density = bins, and it is bins:4 now"),
        ('scale = "equal"', "scale = paper, and it is equal now"),
    ],
)
def test_numbers_measured_in_two_ways_are_refused_in_one_sentence(folder, options, told):
    text = HEAD + BASELINE
    Path("fairaudit.toml").write_text(text)
    for path, content in updated(read(Path("fairaudit.toml"))).items():
        Path(path).write_bytes(content)
    held, source = load(read(Path("fairaudit.toml")))
    content = Path("fairaudit-baseline.json").read_bytes()
    assert source == Source(
        name="fairaudit-baseline.json", sha256=hashlib.sha256(content).hexdigest(), bytes=len(content)
    )
    assert encode(held) == content
    assert content.startswith(b'{\n  "data": {\n    "main": {\n      "groups": [\n')
    Path("fairaudit.toml").write_text(text.replace("[options]", f"[options]\n{options}"))
    with pytest.raises(ConfigError) as caught:
        load(read(Path("fairaudit.toml")))
    assert str(caught.value) == (
        f"the baseline 'fairaudit-baseline.json' was measured with {told}; numbers measured in two ways cannot be"
        " compared: change it back, or run: fairaudit baseline update"
    )


def test_a_baseline_that_cannot_be_read_says_why(folder):
    Path("fairaudit.toml").write_text(HEAD + BASELINE)
    with pytest.raises(ConfigError) as caught:
        load(read(Path("fairaudit.toml")))
    assert str(caught.value) == (
        "the baseline 'fairaudit-baseline.json' cannot be read: No such file or directory; write it with: fairaudit"
        " baseline update"
    )


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([1, 2, None, None], "the key 'id' is missing in 2 rows; every row needs one"),
        (["a", "b", "b", "b"], "the key 'id' is not unique: 'b' names 3 rows"),
        ([1, 2, 1, 3], "the key 'id' is not unique: '1' names 2 rows"),
    ],
)
def test_a_key_that_names_no_single_row_is_refused_in_one_sentence(keys, told):
    with pytest.raises(ConfigError) as caught:
        hashed_keys(pd.Series(keys), "id")
    assert str(caught.value) == told


def test_a_key_is_kept_as_128_bits_of_its_hash():
    assert hashed_keys(pd.Series(["a"]), "id") == [hashlib.sha256(b"fairaudit:a").hexdigest()[:32]]


def table_of(frame, **roles):
    return role_table(frame, Roles(protected=(Protected("sex"),), **roles))


def rows_of(count, **columns):
    return pd.DataFrame({"sex": ["f", "m"] * (count // 2), **columns})


def test_rows_are_kept_sorted_by_their_key_with_what_there_is():
    frame = rows_of(4, score=[0.25, 0.5, 0.75, 1.0], d=[1, 0, 0, 1])
    both = table_of(frame, prediction="score", decision="d")
    text = gzip.decompress(rows_content(list("dbca"), both)).decode()
    assert text == "key,prediction,decision\na,1.0,1.0\nb,0.5,0.0\nc,0.75,0.0\nd,0.25,1.0\n"
    one = table_of(frame, decision="d")
    assert gzip.decompress(rows_content(list("abcd"), one)).decode().splitlines()[1:] == [
        "a,,1.0",
        "b,,0.0",
        "c,,0.0",
        "d,,1.0",
    ]
    other = table_of(frame, prediction="score")
    assert gzip.decompress(rows_content(list("abcd"), other)).decode().splitlines()[1] == "a,0.25,"
    with pytest.raises(ValueError, match="longer"):
        rows_content(list("abc"), both)


def matched(frame, keys, old, old_keys, tmp_path, **roles):
    """Today's rows that rows of then have: with predictions of now and then, and how many."""
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(rows_content(old_keys, old if hasattr(old, "task") else table_of(old, **roles)))
    expected = Source(name="rows.csv.gz", sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    return matched_rows(path, expected, keys, table_of(frame, **roles))


def test_the_same_rows_are_matched_by_their_keys_and_carry_what_was_predicted_then(tmp_path):
    keys = [f"k{place}" for place in range(10)]
    then = rows_of(10, score=[place / 10 for place in range(10)], d=[0, 1] * 5)
    now = then.assign(score=1 - then["score"], d=1)
    now.loc[0, "d"] = 0
    pair, count = matched(
        now, keys, then[::-1].reset_index(drop=True), keys[::-1], tmp_path, prediction="score", decision="d"
    )
    today, before = pair
    assert count == 10
    assert today.prediction.tolist() == now["score"].tolist()
    assert before.prediction.tolist() == then["score"].tolist()
    assert (today.decision.tolist(), before.decision.tolist()) == (now["d"].tolist(), then["d"].tolist())
    assert before.protected["sex"].tolist() == list(now["sex"])


@pytest.mark.parametrize(("known", "compared"), [(10, True), (9, True), (8, False), (0, False)])
def test_nine_of_ten_rows_must_be_in_the_baseline(known, compared, tmp_path):
    keys = [f"k{place}" for place in range(10)]
    frame = rows_of(10, score=[place / 10 for place in range(10)])
    then = [key if place < known else f"other{place}" for place, key in enumerate(keys)]
    pair, count = matched(frame, keys, frame, then, tmp_path, prediction="score")
    assert ((pair is not None), count) == (compared, known)
    if pair is not None:
        assert pair[0].index.tolist() == pair[1].index.tolist() == list(range(known))
        assert list(pair[0].protected["sex"].index) == list(range(known))


def test_rows_of_then_that_had_no_prediction_or_no_decision_are_not_compared(tmp_path):
    keys = [f"k{place}" for place in range(4)]
    frame = rows_of(4, score=[0.1, 0.2, 0.3, 0.4], d=[0, 1, 1, 0])
    for then, now in (({"decision": "d"}, {"prediction": "score"}), ({"prediction": "score"}, {"decision": "d"})):
        pair, count = matched(frame, keys, table_of(frame, **then), keys, tmp_path, **now)
        assert (pair, count) == (None, 4)
    both = {"prediction": "score", "decision": "d"}
    assert matched(frame, keys, table_of(frame, decision="d"), keys, tmp_path, **both) == (None, 4)


def test_of_classes_the_predicted_one_is_kept_by_its_name(tmp_path):
    keys = [f"k{place}" for place in range(12)]
    frame = rows_of(12, y=list("abc") * 4, told=list("bca") * 4)
    roles = {"target": "y", "decision": "told", "task": "multiclass"}
    table = table_of(frame, **roles)
    text = gzip.decompress(rows_content(keys, table)).decode().splitlines()
    assert sorted(text[1:])[:3] == ["k0,,b", "k1,,c", "k10,,c"]
    pair, count = matched(frame.assign(told=list("abc") * 4), keys, table, keys, tmp_path, **roles)
    assert count == 12
    assert [table.outcome_levels[int(code)] for code in pair[1].decision] == list("bca") * 4
    assert [table.outcome_levels[int(code)] for code in pair[0].decision] == list("abc") * 4
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(
        gzip.compress(b"key,prediction,decision\nk0,,zzz\n" + "".join(f"{key},,a\n" for key in keys[1:]).encode())
    )
    expected = Source(name="rows.csv.gz", sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    assert matched_rows(path, expected, keys, table)[1] == 11  # of a class that there is not today nothing is known
    path.write_bytes(gzip.compress(b"key,prediction,decision\nk0,a\n"))
    expected = Source(name="rows.csv.gz", sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(ConfigError) as caught:
        matched_rows(path, expected, keys, table)
    assert str(caught.value) == (
        "'rows.csv.gz' holds no rows that fairaudit wrote (the row k0 has 1 values); run: fairaudit baseline update"
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "'rows.csv.gz', the rows of the baseline, cannot be read: No such file or directory; "),
        (
            b"key,prediction\n",
            "'rows.csv.gz' holds no rows that fairaudit wrote (the first line is not key,prediction,decision); ",
        ),
        (
            b"key,prediction,decision\nk0,inf,1.0\n",
            "'rows.csv.gz' holds no rows that fairaudit wrote (the row k0 has the values inf, 1.0); ",
        ),
        (
            b"key,prediction,decision\nk0,0.5,0.5\n",
            "'rows.csv.gz' holds no rows that fairaudit wrote (the row k0 has the values 0.5, 0.5); ",
        ),
    ],
)
def test_rows_of_a_baseline_that_are_damaged_are_refused_in_one_sentence(tmp_path, content, told):
    path = tmp_path / "rows.csv.gz"
    packed = b"" if content is None else gzip.compress(content)
    if content is not None:
        path.write_bytes(packed)
    table = table_of(rows_of(4, score=[0.1, 0.2, 0.3, 0.4]), prediction="score")
    expected = Source(name="rows.csv.gz", sha256=hashlib.sha256(packed).hexdigest())
    with pytest.raises(ConfigError) as caught:
        matched_rows(path, expected, ["k0"] * 4, table)
    assert str(caught.value) == f"{told}run: fairaudit baseline update"
    if content is not None:
        with pytest.raises(ConfigError) as caught:
            matched_rows(path, Source(name="rows.csv.gz", sha256="0" * 64), ["k0"] * 4, table)
        assert str(caught.value) == (
            "'rows.csv.gz' does not belong to the baseline: its content has changed; run: fairaudit baseline update"
        )


def test_rows_may_have_any_number_and_decisions_of_yes_and_no(tmp_path):
    path = tmp_path / "rows.csv.gz"
    keys = list("abcd")
    path.write_bytes(gzip.compress(b"key,prediction,decision\na,0.0,0.0\nb,-2.5,1.0\nc,1.0,1.0\nd,7.0,0.0\n"))
    table = table_of(rows_of(4, score=[0.1, 0.2, 0.3, 0.4], d=[0, 1, 1, 0]), prediction="score", decision="d")
    expected = Source(name="rows.csv.gz", sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    pair, _ = matched_rows(path, expected, keys, table)
    assert (pair[1].prediction.tolist(), pair[1].decision.tolist()) == ([0.0, -2.5, 1.0, 7.0], [0, 1, 1, 0])
