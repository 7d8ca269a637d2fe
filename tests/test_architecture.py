"""The arrows between the parts of the package, held by a walk over its imports."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fairaudit

PACKAGE = Path(fairaudit.__file__).parent

LAYERS = [
    "text",
    "flags",
    "errors",
    "problems",
    "memory",
    "options",
    "clock",
    "arrays",
    "streams",
    "folders",
    "files",
    "compiled",
    "cores",
    "sessions",
    "results",
    "engines",
    "data",
    "scoretable",
    "distance",
    "chance",
    "measures",
    "profiles",
    "auditing",
    "explaining",
    "models",
    "fitting",
    "report",
    "gate",
    "selftest",
    "cli",
]
"""A part may import itself and those before it, at the top of a module and inside functions."""
LEVEL = {part: level for level, part in enumerate(LAYERS)}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name(path: Path) -> str:
    """The dotted name of a module, without the package's own."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name(path) for path in modules()}


def for_types_only(tree: ast.Module) -> set[int]:
    """Nodes that are read by type checkers alone."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {id(node) for block in blocks for node in ast.walk(block)}


def imports(path: Path) -> set[str]:
    """Modules of the package that a module imports, inside functions too, but not those for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped, found = for_types_only(tree), set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("fairaudit.") for alias in node.names if alias.name[:10] == "fairaudit."}
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "fairaudit":
            home = node.module.removeprefix("fairaudit").lstrip(".")
            inside = {f"{home}.{alias.name}".lstrip(".") for alias in node.names}
            found |= (inside & NAMES) | ({home} if home and inside - NAMES else set())
    return found


@pytest.mark.parametrize("path", modules(), ids=name)
def test_imports_point_one_way(path):
    part = name(path).split(".")[0]
    if part in ("", "__init__", "__main__"):
        return
    for other in imports(path):
        assert LEVEL[other.split(".")[0]] <= LEVEL[part], f"{name(path)} imports {other}"


def test_no_modules_import_each_other_in_a_circle():
    direct = {name(path): imports(path) - {name(path)} for path in modules()}
    reached = {module: set(others) for module, others in direct.items()}
    for middle in reached:
        for others in reached.values():
            if middle in others:
                others |= reached[middle]
    assert not {module for module, others in reached.items() if module in others}


def test_renderers_import_no_arithmetic():
    for path in (PACKAGE / "report").rglob("*.py"):
        parts = {other.split(".")[0] for other in imports(path)}
        assert parts <= {"text", "errors", "files", "results", "report"}, path.name


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


def test_the_page_on_the_architecture_names_what_there_is():
    root = PACKAGE.parent
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    for path in re.findall(r"`([\w./-]+/[\w./-]+)`", page):
        assert (root / path).exists() or (PACKAGE / path).exists(), path
    folders = re.findall(r"^\| `fairaudit/(\w+)` \|", page, re.MULTILINE)
    assert folders == [layer for layer in LAYERS if (PACKAGE / layer).is_dir()]
