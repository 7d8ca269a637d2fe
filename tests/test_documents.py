"""What README and docs/ show runs as it is written, in its order, in a folder with the tables of a reader."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest
from documents import blocks

import fairaudit
from fairaudit.cli import cli, main
from fairaudit.data import datasets
from fairaudit.models.guides.knowledge import Knowledge

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if any(block.language in ("python", "toml") or block.commands for block in blocks(path))
)
SHOWN = {"console", "python", "toml", "text", "yaml", "groovy"}
"""Languages of blocks; `text` is the program's own output, and yaml and groovy are read by others' programs."""
HELP = "docs/cli.md"
SHOWN_ELSEWHERE = [words for page in PAGES if page != HELP for block in blocks(ROOT / page) for words in block.commands]
"""Commands that help pages repeat: once is enough for fits, which take time and leave nothing behind."""
FITS = {"fit", "calibrate", "explain"}
MERGE = ["fairaudit", "merge"]
"""Of score tables of several days, which no page makes and `data/test_stored.py` adds up."""
MOST_ROWS = 1200
"""Rows of a table that models are fitted on: commands are as written, tables shorter, or pages would take minutes."""
TODAY = "1782864000"
"""The first of July 2026, when no waiver that a page shows has expired."""


def reader_tables(compas: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The files that pages take for granted: scores of customers, their holdout, claims, and new rows of COMPAS."""
    rng = np.random.default_rng(1)
    n = len(compas)
    men = (compas["sex"] == "Male").to_numpy()
    income = rng.gamma(4.0, 500.0, n)
    score = np.clip(rng.uniform(0, 0.85, n) + 0.15 * men, 0, 1).round(4)
    customers = compas.assign(
        customer_id=np.arange(n),
        id=np.arange(n),
        p=score,
        income=income.round(),
        score=score,
        defaulted=(rng.uniform(size=n) < score).astype(int),
        y=(rng.uniform(size=n) < score).astype(int),
    )
    years = rng.uniform(0.1, 1.0, n)
    claims = pd.DataFrame(
        {
            "Gender": compas["sex"].to_numpy(),
            "Power": rng.integers(4, 12, n),
            "Area": rng.choice(["A", "B", "C"], n),
            "Exposure": years.round(3),
            "ClaimNb": rng.poisson(years * (0.2 + 0.2 * men)),
        }
    )
    return {
        "scores.csv": customers,
        "holdout.csv": customers,
        "new.csv": customers,
        "monday.csv": customers,
        "claims.csv": claims.head(MOST_ROWS),
    }


@pytest.fixture(scope="module")
def reader(tmp_path_factory, compas):
    """Those files, and a model of the customers."""
    folder = tmp_path_factory.mktemp("reader")
    tables = reader_tables(compas)
    for name, table in tables.items():
        table.to_csv(folder / name, index=False)
    roles = {"target": "defaulted", "protected": ["sex"], "features": ["income", "score", "age"]}
    plain = fairaudit.fit(tables["scores.csv"], **roles, fitting=fairaudit.FitOptions(strength=0.1))
    plain.save(folder / "model.skops")
    return folder


@pytest.fixture
def folder(reader, tmp_path, monkeypatch):
    """A working directory with the files of a reader, where embedded tables are short and the day is fixed."""
    for path in reader.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    whole = datasets.load_dataset
    monkeypatch.setattr(datasets, "load_dataset", lambda name: shortened(whole(name)))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", TODAY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shortened(dataset):
    return replace(dataset, frame=dataset.frame.head(MOST_ROWS))


@pytest.fixture
def run(capsys, monkeypatch):
    """A function that runs one command of a page and says how it ended."""

    def call(words: list[str]) -> str:
        if words[0] == "make":
            return dry_run(words)
        if words[:4] == ["python", "-m", "pip", "install"]:
            assert words[4:] == ["."], "tests/test_package.py builds and installs the repository itself"
            return ""
        assert words[0] == "fairaudit", words
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as stop:
            main()
        written = capsys.readouterr().err
        # A verdict is an answer, an error is none; published cases of COMPAS need more rows than there are here.
        asked = {"check": {0, 1, 3}, "selftest": {0, 1}}.get(words[1], {0})
        return "" if stop.value.code in asked else f"exit status {stop.value.code}: {written}"

    return call


def dry_run(words: list[str]) -> str:
    """Whether the Makefile knows what to do; this test is a part of what it would do."""
    made = subprocess.run([*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    return made.stderr if made.returncode else ""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_as_written_and_in_its_order(page, folder, run):
    names: dict[str, object] = {}
    for block in blocks(ROOT / page):
        assert block.language in SHOWN, f"{page}:{block.line}"
        if block.language == "toml":
            block.write(folder)
        elif block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), names)
        for words in block.commands if block.language in ("console", "text") else ():
            if page == HELP and words in SHOWN_ELSEWHERE and words[1] in FITS:
                continue
            if words[:2] != MERGE:
                assert run(words) == "", f"{page}:{block.line}: {' '.join(words)}"


KNOWLEDGE = [block for block in blocks(ROOT / "docs" / "factors.md") if block.language == "toml"]


@pytest.mark.parametrize("block", KNOWLEDGE, ids=lambda block: next(iter(tomllib.loads(block.text))))
def test_each_way_to_write_knowledge_is_one(block, tmp_path):
    block.write(tmp_path)
    factors = ["income", "attend", "educ", "region"]
    assert len(Knowledge.read(tmp_path / "known.toml").reference(factors).tier) == len(factors)


def mentioned() -> list[tuple[str, str]]:
    """Commands within sentences, and in blocks that are for programs of others."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("*/**/*.md")), ROOT / "action.yml"]
    own = [page for page in pages if not {".venv", "reports"} & set(page.relative_to(ROOT).parts[:1])]
    texts = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in own}
    inline = [(page, words) for page, text in texts.items() for words in re.findall(r"`fairaudit ([a-z][^`]*)`", text)]
    others = [
        (page, words)
        for page, text in texts.items()
        for words in re.findall(r"(?:-|'\S*) ?fairaudit ((?:check|audit|fit) --[^'\n]+)", text)
    ]
    return sorted(set(inline + others))


@pytest.mark.parametrize(("page", "words"), mentioned())
def test_a_command_within_a_sentence_has_options_that_exist(page, words):
    command = cli
    for word in words.split():
        if isinstance(command, click.Group):
            command = command.get_command(click.Context(command), word)
            assert command is not None, words
        elif word.startswith("--"):
            assert word.split("=")[0] in {name for option in command.params for name in option.opts}, words
