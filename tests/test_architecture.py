"""The arrows between the parts of the package, held by a walk over its imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import fairaudit

PACKAGE = Path(fairaudit.__file__).parent

LAYERS = [
    {"errors"},
    {"files", "schemas"},
    {"roles", "results", "explanation"},
    {"config"},
    {"cells"},
    {"scoretable"},
    {"stats"},
    {"data"},
    {"strata"},
    {"models", "factors"},
    {"measures"},
    {"auditing"},
    {"fitting"},
    {"scoring"},
    {"report"},
    {"gate"},
    {"cli"},
]
"""A part may import its own layer and those before it, at the top of a module."""
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(tree: ast.Module) -> set[str]:
    """Modules of the package that are imported when the module is (not inside functions or for types only)."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fairaudit."):
            found.add(node.module.split(".")[1])
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    if part(path) in ("__init__", "__main__"):
        return
    mine = LEVEL[part(path)]
    for other in imports(ast.parse(path.read_text())):
        assert LEVEL[other] <= mine, f"{path.name} imports {other}"


def test_renderers_import_no_arithmetic():
    for path in (PACKAGE / "report").glob("*.py"):
        assert imports(ast.parse(path.read_text())) <= {
            "errors",
            "files",
            "results",
            "explanation",
            "roles",
            "report",
            "schemas",
        }, path.name


def test_public_names_are_sorted_and_exist():
    assert list(fairaudit.__all__) == sorted(fairaudit.__all__)
    assert all(getattr(fairaudit, name) is not None for name in fairaudit.__all__)


def test_help_imports_nothing_heavy():
    heavy = {"numpy", "pandas", "scipy", "sklearn", "duckdb", "matplotlib", "numba", "rich", "jinja2", "msgspec"}
    code = (
        "import sys; sys.argv = ['fairaudit', '--help']\n"
        "from fairaudit.cli import cli\n"
        "cli.main(standalone_mode=False)\n"
        f"print('loaded', sorted({heavy!r} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.rstrip().endswith("loaded []")


def shared_generators(tree: ast.Module) -> set[str]:
    """Names at the top of a module that stand for a random generator."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    made = [node for node in assigned if ast.unparse(node.value.func).endswith("default_rng")]
    return {ast.unparse(target) for node in made for target in node.targets}


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.rglob("test_*.py")), ids=lambda path: path.stem)
def test_what_a_test_draws_does_not_depend_on_the_tests_before_it(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    shared = shared_generators(tree)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    used = {
        node.id for each in functions for line in each.body for node in ast.walk(line) if isinstance(node, ast.Name)
    }
    assert not used & shared, "draw from a generator of the test's own"
