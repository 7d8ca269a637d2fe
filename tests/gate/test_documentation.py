"""What the documentation, the action and the hook say is what the gate does."""

import re
from pathlib import Path

from fairaudit.gate.config import read
from fairaudit.gate.formats import FORMATS
from fairaudit.gate.rules import find

ROOT = Path(__file__).parents[2]


def test_the_example_of_the_documentation_is_a_configuration(tmp_path):
    texts = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "check.md").read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "fairaudit.toml"
    path.write_text("".join(texts), encoding="utf-8")
    for limit in read(path).config.limit:
        find(limit.measure, limit.statistic, "")


def test_every_output_is_described_and_every_output_that_is_shown_is_one():
    page = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    table = page.partition("| format | for |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == list(FORMATS)
    for name in ("docs/check.md", "action.yml", "README.md"):
        shown = re.findall(r"--output \"?([a-z]+)=", (ROOT / name).read_text(encoding="utf-8"))
        assert set(shown) <= set(FORMATS), name


def test_the_hook_runs_the_check():
    assert "entry: fairaudit check\n" in (ROOT / ".pre-commit-hooks.yaml").read_text()
