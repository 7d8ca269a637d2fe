"""Strategies for configurations of a check over a small real table, and for baselines that were damaged."""

from __future__ import annotations

import datetime
import json
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from hostile_models import ODD, places
from hostile_runs import Question, run
from hostile_tables import TEXTS, damaged
from hypothesis import strategies as st

from fairaudit.gate.rules import RULES

CONFIG, BASELINE, SERIES = "fairaudit.toml", "fairaudit-baseline.json", "fairaudit-series.jsonl"
WORDS = (*TEXTS, "\0", "selection_rate", "sex", "t.csv", "each", "../t.csv", "/dev/null", "/")
VALUES = (*WORDS, True, 0, 1, -1, 0.5, 1e308, 2**63 - 1, 10**400, [], {}, ["sex"], [[]], [1], datetime.date(2030, 1, 1))
"""What may stand where another value belongs."""


@cache
def people() -> bytes:
    """120 people as CSV: a score, an outcome and a decision that men get more often."""
    rng = np.random.default_rng(5)
    rows = 120
    sex, race = rng.choice(["f", "m"], rows), rng.choice(["a", "b", "c"], rows, p=[0.5, 0.4, 0.1])
    score = np.clip(rng.beta(2, 2, rows) + 0.1 * (sex == "m"), 0, 1).round(3)
    frame = pd.DataFrame(
        {
            "s": score,
            "y": (rng.random(rows) < score).astype(int),
            "d": np.where(score > 0.5, "hire", "reject"),
            "sex": sex,
            "race": race,
            "age": rng.integers(18, 80, rows),
            "w": rng.random(rows).round(2) + 0.1,
            "n": rng.poisson(0.3, rows),
            "id": [f"k{place}" for place in range(rows)],
            "dept": rng.choice(list("AB"), rows),
            "hole": np.where(rng.random(rows) < 0.1, "", "x"),
            "one": "same",
        }
    )
    return frame.to_csv(index=False).encode()


def toml(table: dict[str, object]) -> str:
    """The table as TOML; a list of tables becomes ``[[name]]``, everything else stands inline."""
    lines = []
    for name, value in table.items():
        if isinstance(value, dict) and value and all(isinstance(inner, dict) for inner in value.values()):
            for inner, content in value.items():
                lines += [f"[{_key(name)}.{_key(inner)}]", *_pairs(content)]
        elif isinstance(value, dict):
            lines += [f"[{_key(name)}]", *_pairs(value)]
        elif isinstance(value, list) and value and all(isinstance(inner, dict) for inner in value):
            for inner in value:
                lines += [f"[[{_key(name)}]]", *_pairs(inner)]
        else:
            lines.insert(0, f"{_key(name)} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _pairs(table: object) -> list[str]:
    assert isinstance(table, dict)
    return [f"{_key(name)} = {_value(value)}" for name, value in table.items()]


def _key(name: str) -> str:
    return _value(name)


def _value(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(name)} = {_value(inner)}" for name, inner in value.items()) + "}"
    return str(value).lower()


PLAIN: dict[str, object] = {"source": "t.csv", "target": "y", "prediction": "s", "threshold": 0.5, "protected": ["sex"]}
"""A table that is checked, about which almost every limit can be decided."""


@st.composite
def _data(draw: st.DrawFn, fitting: bool) -> dict[str, object]:
    """A table that is checked, sound by itself."""
    data = dict(PLAIN)
    attributes = ["sex", "race", "dept", "age:bins=30,50"] + (
        [] if fitting else ["age", "age:continuous", "one", "hole"]
    )
    data["protected"] = draw(st.lists(st.sampled_from(attributes), min_size=1, max_size=2, unique=True))
    data["threshold"] = draw(
        st.sampled_from([0.5, 0.5, ">0.4", "median", "top=10%", "top=30"] + ([] if fitting else [2, -1]))
    )
    if not fitting and draw(st.booleans()):
        del data["threshold"]
    if not fitting and draw(st.booleans()):
        data["target"] = draw(st.sampled_from(["n", "y=0", "d"]))
    roles: dict[str, object] = {
        "weight": "w",
        "cluster": "id",
        "key": "id",
        "tidy": True,
        "keep": ["sex=f,m"],
        "leave-out": ["race=c"],
        "favourable": "yes",
        "rows-are": "people",
        "na": "?",
        "search-over": ["n"],
        "merge": ["race:ab=a,b"],
    }
    roles |= {} if fitting else {"given": "dept", "count": "n", "reference": ["sex=m"], "profile": "four-fifths"}
    for name in draw(st.lists(st.sampled_from(sorted(roles)), max_size=2, unique=True)):
        data[name] = roles[name]
    return data


COMMON = (
    "selection_rate",
    "tpr",
    "fpr",
    "accuracy",
    "auc",
    "brier",
    "base_rate",
    "mean_prediction",
    "ppv",
    "equalized_odds",
)
RATES = [rule for rule in RULES if rule.measure in COMMON and rule.statistic not in ("standardised", "subgroup")]


@st.composite
def _limit(draw: st.DrawFn, names: list[str], fitting: bool) -> dict[str, object]:
    rule = draw(st.sampled_from(RATES if fitting else RULES))
    limit: dict[str, object] = {"measure": rule.measure, "statistic": rule.statistic}
    values = [0.1, 0.8, 0, 1, 0.5, 1e-9, -1, 100]
    sides = draw(st.sampled_from(["max", "min"] if fitting else ["max", "min", "both", "margin", "neither"]))
    limit |= {
        **{side: {side: draw(st.sampled_from(values))} for side in ("max", "min")},
        "both": {"min": 0.1, "max": 0.9},
        "neither": {},
        "margin": {"margin": draw(st.sampled_from([0, 0.02, 1e308]))},
    }[sides]
    groups: list[object] = ["each", "single", "any"] + (
        [] if fitting else ["intersection", "sex", ["sex", "race"], "x"]
    )
    extra: dict[str, object] = {
        "by": draw(st.sampled_from(groups)),
        "decided-by": "point",
        "level": "warn",
        "data": names[0],
        **({} if fitting else {"class": "a", "decided-by": draw(st.sampled_from(["point", "confident", "anytime"]))}),
    }
    if rule.statistic == "overall":
        del extra["by"]
    for name in draw(st.lists(st.sampled_from(sorted(extra)), max_size=2)):
        limit[name] = extra[name]
    return limit


@st.composite
def _sound(draw: st.DrawFn, fitting: bool) -> dict[str, object]:
    """A configuration in which each part is what it should be, if not always fit for the others."""
    names = draw(st.sampled_from([["main"], ["main"], ["a", "b"]]))
    table: dict[str, object] = {"data": {name: draw(_data(fitting)) for name in names}}
    limits = draw(st.lists(_limit(names, fitting), min_size=1, max_size=3))
    if len(names) > 1:
        limits[0].pop("data", None)
    table["limit"] = limits
    if any("margin" in limit or limit.get("decided-by") == "anytime" for limit in limits):
        table["baseline"] = {"file": BASELINE}
    options: dict[str, object] = {
        "bootstrap": draw(st.sampled_from([20, 2, 50] if fitting else [20, 0, 2, 50])),
        "permutations": draw(st.sampled_from([19, 0, 1])),
    }
    others: dict[str, object] = {
        "min-group": draw(st.sampled_from([1, 10])),
        "confidence": draw(st.sampled_from([0.5, 0.99, 1e-9, 0.99999999999])),
        "search": 2,
        "search-min": 5,
        "density": draw(st.sampled_from(["bins:3", "kde:0.15"])),
        "scale": "equal",
        "seed": 3,
    }
    for name in draw(st.lists(st.sampled_from(sorted(others)), max_size=3, unique=True)):
        options[name] = others[name]
    table["options"] = options
    if not fitting and draw(st.booleans()):
        expires = draw(st.sampled_from([datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)]))
        rule = draw(st.sampled_from(["FA1", "FA101", "FB101", "FA", "x"]))
        table["waiver"] = [{"rule": rule, "reason": "r", "owner": "o", "expires": expires}]
    return table


def _replace(table: dict[str, object], place: tuple[object, ...], value: object) -> None:
    node: object = table
    for key in place[:-1]:
        node = node[key]  # type: ignore[index]
    node[place[-1]] = value  # type: ignore[index]


@st.composite
def configurations(draw: st.DrawFn) -> Question:
    """A configuration and a command that reads it; about half of the checks reach a verdict."""
    how = draw(st.sampled_from([*["fits"] * 10, "sound", "sound", "values", "values", "names", "text"]))
    table = draw(_sound(how == "fits"))
    if how == "values":
        for _ in range(draw(st.integers(1, 2))):
            _replace(table, draw(st.sampled_from(places(table))), draw(st.sampled_from(VALUES)))
    elif how == "names":
        place = draw(st.sampled_from(places(table)))
        inside = (*place[:-1], draw(st.sampled_from(["unknown", "min", "source", "rule", "", "a.b"])))
        _replace(table, inside if isinstance(place[-1], str) else place, draw(st.sampled_from(VALUES)))
    content = toml(table).encode(errors="replace")
    if how == "text":
        content = draw(damaged(content))
    files = {CONFIG: content, "t.csv": people()}
    return Question(draw(_command()), files)


@st.composite
def _command(draw: st.DrawFn) -> tuple[str, ...]:
    arguments = draw(st.sampled_from([*[("check",)] * 10, ("baseline", "update"), ("baseline", "append")]))
    if arguments[0] == "check":
        extras = [
            ("--exit-zero",),
            ("--fail-on", "inconclusive"),
            ("--fail-on", "warn"),
            ("--select", "FA1"),
            ("--github",),
        ]
        extras += [("--output", f"{name}=r.{name}") for name in ("json", "junit", "sarif", "markdown", "html")]
        for extra in draw(st.lists(st.sampled_from(extras), max_size=2)):
            arguments += extra
    return arguments


WITH_MARGINS = f"""
[data.main]
source = "t.csv"
target = "y"
prediction = "s"
threshold = 0.5
protected = ["sex", "race"]
key = "id"
[[limit]]
measure = "selection_rate"
margin = 0.02
[[limit]]
measure = "tpr"
max = 0.2
margin = 0.05
[[limit]]
measure = "selection_rate"
max = 0.3
decided-by = "anytime"
[baseline]
file = "{BASELINE}"
[options]
bootstrap = 20
permutations = 0
"""


@cache
def kept() -> dict[str, bytes]:
    """The files that a sound baseline, a series and stored results consist of: name → content."""
    files = {CONFIG: WITH_MARGINS.encode(), "t.csv": people()}
    audit = ("audit", "t.csv", "--prediction", "s", "--target", "y", "--protected", "sex", "--bootstrap", "20")
    with tempfile.TemporaryDirectory() as name:
        for arguments in (
            ("baseline", "update"),
            ("baseline", "append"),
            ("check", "--output", "json=check.json"),
            (*audit, "--permutations", "0", "--report", "audit.json", "--save-table", "scores.parquet"),
        ):
            ended = run(Question(arguments, files), Path(name))
            assert not ended.faults(), ended.err
            files |= {path.name: path.read_bytes() for path in Path(name).iterdir()}
    return files


def baselines() -> st.SearchStrategy[Question]:
    """Files that earlier runs stored, one of them damaged, and a command that reads it."""
    return _stored_and_damaged(kept())


@st.composite
def _stored_and_damaged(draw: st.DrawFn, stored: dict[str, bytes]) -> Question:
    files = dict(stored)
    name = draw(st.sampled_from(sorted(files.keys() - {CONFIG, "t.csv"})))
    if name.endswith((".json", ".jsonl")) and draw(st.integers(0, 3)):
        first, _, rest = files[name].decode().partition("\n") if name.endswith("l") else (files[name].decode(), "", "")
        node = json.loads(first)
        place = draw(st.sampled_from(places(node)))
        value = draw(ODD)
        _replace(node, place, None if value is Ellipsis else value)
        files[name] = (json.dumps(node) + "\n" + rest).encode()
    else:
        files[name] = draw(damaged(files[name]))
    reading = {
        "check.json": [("verify", name), ("compare", name, name)],
        "audit.json": [("verify", name), ("compare", name, "audit.json"), ("compare", "check.json", name)],
        "scores.parquet": [
            ("merge", name),
            ("merge", name, name),
            ("audit", name, "--bootstrap", "0", "--permutations", "0"),
        ],
        SERIES: [("check",), ("baseline", "append")],
    }
    return Question(draw(st.sampled_from(reading.get(name, [("check",)]))), files)
