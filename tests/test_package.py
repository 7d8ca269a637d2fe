"""The built wheel, installed away from the checkout."""

import email
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return built


def test_the_wheel_carries_tables_templates_schema_and_types(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    tables = {f"fairaudit/datasets/{path.name}" for path in (ROOT / "datasets").iterdir()}
    assert {Path(name).suffix for name in tables} == {".gz", ".md", ".toml"}
    assert tables <= names
    assert {"fairaudit/py.typed", "fairaudit/results/audit-1.schema.json"} <= names
    assert any(name.startswith("fairaudit/report/templates/") for name in names)
    assert not any(name.startswith("tests/") for name in names)


def test_the_description_has_no_link_that_only_a_clone_can_follow(wheel):
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(archive.read(name))
    urls = dict(line.split(", ", 1) for line in metadata.get_all("Project-URL"))
    assert {"Repository", "Documentation", "Changelog", "Issues"} <= urls.keys()
    text = metadata.get_payload(decode=True).decode()
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert f"]({urls['Repository']}/blob/main/docs/cli.md)" in text
    assert not [target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith(("https://", "#"))]


def test_an_installed_wheel_audits_from_an_empty_directory(wheel, tmp_path):
    # The environment takes its libraries from this one, but the package from the wheel alone.
    venv.create(tmp_path / "env", with_pip=False)
    python = next((tmp_path / "env").glob("*/python"))
    packages = next((tmp_path / "env").rglob("site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "libraries.pth").write_text("\n".join(libraries))
    empty = tmp_path / "empty"
    empty.mkdir()
    code = (
        "import fairaudit, sys; from fairaudit.cli import main; print(fairaudit.__file__, file=sys.stderr);"
        " sys.argv = ['fairaudit', 'audit', 'compas', '--bootstrap', '20', '--permutations', '19',"
        " '--report', 'r.html']; main()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, "-c", code], cwd=empty, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert str(packages) in done.stderr
    assert "African-American" in done.stdout
    assert (empty / "r.html").stat().st_size > 10_000


def test_an_audit_needs_neither_scipy_stats_nor_other_modules_that_are_slow_to_import():
    code = (
        "import sys, pandas as pd, fairaudit as fa\n"
        "people = {'g': list('aabb') * 20, 'h': list('xyyx') * 20, 'd': [0, 1, 1, 1] * 20, 'y': [0, 1] * 40}\n"
        "frame = pd.DataFrame(people)\n"
        "options = fa.Options(bootstrap=20, permutations=19)\n"
        "fa.audit(frame, decision='d', target='y', protected=['g', 'h'], options=options).to_markdown()\n"
        "slow = {'scipy.stats', 'scipy.optimize', 'sklearn', 'dcor', 'shap', 'matplotlib', 'torch', 'lightgbm'}\n"
        "print('loaded', sorted(slow & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.rstrip().endswith("loaded []")
