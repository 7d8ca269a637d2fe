"""Baselines: what is stored, what fails against them, and what is refused."""

import gzip
import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from made import HEAD, LIMIT, people

from fairaudit.gate.baseline import hashed_keys

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
