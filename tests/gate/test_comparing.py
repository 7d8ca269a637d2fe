"""Two audits next to each other: what changed beyond chance."""

import json
import re
from pathlib import Path

import pytest
from made import people

import fairaudit


@pytest.fixture(scope="module")
def two_audits():
    """The same people, men scored higher in the second."""
    options = fairaudit.Options(bootstrap=100, permutations=19)
    roles = {"prediction": "score", "target": "y", "threshold": 0.5, "protected": ["sex", "region"], "options": options}
    return [fairaudit.audit(people(2000, 1, gap=gap), **roles).to_json() for gap in (0.0, 0.3)]


@pytest.fixture
def audits(run, two_audits):
    """a.json and b.json."""
    for name, text in zip(("a.json", "b.json"), two_audits, strict=True):
        Path(name).write_text(text)


def test_compare_tells_what_changed_beyond_chance(run, audits):
    status, printed = run("compare", "a.json", "b.json")
    assert status == 0
    assert re.search(r"selection rate, gap by sex .* < 0.001 !", printed)
    assert max(map(len, printed.splitlines())) <= 80
    assert "nothing changed beyond chance" in run("compare", "a.json", "a.json")[1]
    assert run("compare", "a.json", "b.json", "--all")[1].count("\n") > printed.count("\n")


def test_compare_gives_all_numbers_as_json(run, audits):
    found = json.loads(run("compare", "a.json", "b.json", "--json")[1])
    sides = [json.loads(Path(name).read_text())["disparities"] for name in ("a.json", "b.json")]
    (gap,) = (d for d in found["differences"] if (d["rule"], d["by"]) == ("FA101", ["sex"]))
    values = [
        next(d["value"] for d in side if d["metric"] == "selection_rate" and d["by"] == ["sex"]) for side in sides
    ]
    assert [gap["before"], gap["after"], gap["change"]] == [*values, pytest.approx(values[1] - values[0])]
    assert gap["interval"][0] > 0


def test_compare_refuses_what_cannot_be_compared(run, audits):
    assert run("compare", "a.json", "none.json")[0] == 2
    Path("c.json").write_text("{}")
    assert run("compare", "a.json", "c.json")[0] == 2
    for old, new, told in (
        ('"binary"', '"regression"', "outcome"),
        ('"confidence": 0.95', '"confidence": 0.9', "alike"),
    ):
        Path("c.json").write_text(Path("a.json").read_text().replace(old, new))
        status, printed = run("compare", "a.json", "c.json")
        assert status == 2
        assert told in printed
